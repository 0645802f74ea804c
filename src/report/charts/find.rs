//! A capacity search: each objective's metric as a share of its bound over the varied key, and where all objectives hold.

use super::super::tables::find_headline;
use super::frame::{MARGIN, Panel, SMALL, TOP, legend, no_data, titled, value_label};
use super::palette::{self, BLUE, INK, SOFT_INK};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Colour, Face, HEIGHT, Point, Scene, WIDTH};
use crate::results::{Capacity, Search, Shown, Tested, TestedObjective, Wanted};

/// Height of the row of verdicts below a panel.
const STRIP: f64 = 30.0;
/// Room left of a panel.
const LEFT: f64 = 92.0;
/// Room between an axis and the first and last value.
const INSET: f64 = 14.0;
/// Share of the width that the whole range takes when its middle is shown at large beside it.
const WHOLE: f64 = 0.58;

/// The chart of one design: the whole range, and beside it at large what lies around the answer.
pub(super) fn of_design(search: &Search, design: &Capacity) -> Scene {
    let title = find_headline(search);
    let colours = objectives(design);
    let shares = design.tested.iter().flat_map(|tested| &tested.objectives).filter_map(share);
    if shares.count() == 0 {
        return no_data(&title, "no objective has a bound above 0 and a value");
    }
    let subtitle = format!("{}: {} values tested from {} to {}", design.design, design.tested.len(), search.low, search.high);
    let remark = "Dot: shown to hold. Cross: shown to miss. Ring: not told apart within the budget. Bars: the intervals that decide, all of \
                  which hold at once with 95 % confidence.";
    let mut scene = titled(&title, &subtitle, remark);
    let top = legend(&mut scene, &colours, MARGIN, WIDTH - MARGIN, TOP - 4.0);
    let answer = answer(search, design);
    let face = Face::new(SMALL, BLUE.for_text()).bold();
    scene.text((MARGIN, top + 4.0), answer, face);
    let all = Panel { left: LEFT, top: top + 48.0, right: WIDTH - MARGIN - 20.0, bottom: HEIGHT - 84.0 - STRIP };
    let split = all.left + WHOLE * (all.right - all.left);
    let near = around(design);
    let beside = near.len() > 2 && near.len() < design.tested.len();
    let panel = Panel { right: if beside { split } else { all.right }, ..all };
    let x = axis(search.log, design.tested.iter().map(|tested| tested.number), panel.left + INSET, panel.right - INSET);
    View { search, design, tested: &design.tested, colours: &colours, panel, x }
        .draw(&mut scene, "value as a share of its bound");
    if beside {
        let panel = Panel { left: split + LEFT, ..all };
        let x = Scale::within(near[0].number, near[near.len() - 1].number, panel.left + INSET, panel.right - INSET);
        View { search, design, tested: near, colours: &colours, panel, x }.draw(&mut scene, "around the answer");
    }
    scene
}

/// The axis of the varied key over the tested numbers.
pub(super) fn axis(log: bool, numbers: impl Iterator<Item = f64>, left: f64, right: f64) -> Scale {
    let (lowest, highest) =
        numbers.fold((f64::INFINITY, 0.0), |(lowest, highest), number| (f64::min(lowest, number), f64::max(highest, number)));
    if log { Scale::log(lowest, highest, left, right) } else { Scale::from_zero(highest, left, right) }
}

/// The name of a key with the unit of its values.
pub(super) fn in_unit(key: &str, unit: &str) -> String {
    if unit.trim().is_empty() { key.to_owned() } else { format!("{key}, {}", unit.trim()) }
}

/// Names of the objectives with their colours; what is to stay above its bound says so.
fn objectives(design: &Capacity) -> Vec<(String, Colour)> {
    let first = design.tested.iter().find(|tested| !tested.objectives.is_empty());
    let objectives = first.map_or(&[][..], |tested| &tested.objectives);
    let name = |objective: &TestedObjective| {
        let above = objective.window_seconds.is_some() || objective.condition.contains('>');
        let above = if above { ", to stay above" } else { "" };
        format!("{}{above}", objective.name)
    };
    objectives.iter().enumerate().map(|(index, objective)| (name(objective), palette::by_position(index))).collect()
}

/// The metric as a share of its bound; a quantile among what did not finish is drawn at the slowest that did.
fn share(objective: &TestedObjective) -> Option<f64> {
    let share = objective.value.mean.or(objective.value.beyond)? / objective.bound;
    (share.is_finite() && share > 0.0).then_some(share)
}

/// The answer in one line.
fn answer(search: &Search, design: &Capacity) -> String {
    let word = match search.wanted {
        Wanted::Largest => "Largest",
        Wanted::Smallest => "Smallest",
    };
    match (&design.holds, &design.misses) {
        (Some(holds), Some(misses)) => format!("{word} tested value that holds: {holds}; {misses} is shown to miss"),
        (Some(holds), None) => format!("{word} tested value that holds: {holds}; none beyond it is shown to miss"),
        (None, _) => "No tested value is shown to hold".to_owned(),
    }
}

fn place(design: &Capacity, value: Option<&String>) -> Option<usize> {
    value.and_then(|value| design.tested.iter().position(|tested| tested.value == *value))
}

/// The tested values around the answer, with one more on each side.
fn around(design: &Capacity) -> &[Tested] {
    let Some(holds) = place(design, design.holds.as_ref()) else { return &[] };
    let misses = place(design, design.misses.as_ref()).unwrap_or(holds);
    &design.tested[holds.min(misses).saturating_sub(1)..design.tested.len().min(holds.max(misses) + 2)]
}

/// Some tested values of a design on a panel.
struct View<'a> {
    search: &'a Search,
    design: &'a Capacity,
    tested: &'a [Tested],
    colours: &'a [(String, Colour)],
    panel: Panel,
    x: Scale,
}

impl View<'_> {
    fn draw(&self, scene: &mut Scene, name: &str) {
        let panel = self.panel;
        let shares = || self.tested.iter().flat_map(|tested| &tested.objectives).filter_map(share);
        let y = Scale::log(shares().fold(0.8, f64::min), shares().fold(1.25, f64::max), panel.bottom, panel.top);
        panel.vertical_axis(scene, &y, Label::Percent, name);
        let below = Panel { bottom: panel.bottom + STRIP, ..panel };
        let unit = self.tested[0].value.trim_start_matches(|sign: char| sign.is_ascii_digit() || ".-".contains(sign));
        below.horizontal_axis(scene, &self.x, Label::Number, &in_unit(&self.search.varied, unit), true);
        panel.edges(scene);
        self.region(scene);
        let bound = y.at(1.0);
        scene.line(vec![(panel.left, bound), (panel.right, bound)], INK, 1.6);
        value_label(scene, (panel.left + 8.0, bound - 11.0), "bound", Face::new(SMALL, INK).bold());
        for (index, (_, colour)) in self.colours.iter().enumerate() {
            self.curve(scene, index, *colour, &y);
        }
        let row = panel.bottom + STRIP / 2.0;
        scene.text((panel.left - 8.0, row), "verdict", Face::new(SMALL, SOFT_INK).anchored(Anchor::End));
        for tested in self.tested {
            mark(scene, (self.x.at(tested.number), row), INK, tested.shown);
        }
    }

    /// From the end that is easiest to meet up to the answer.
    fn region(&self, scene: &mut Scene) {
        let Some(holds) = place(self.design, self.design.holds.as_ref()) else { return };
        let at = self.x.at(self.design.tested[holds].number);
        let easiest = match self.search.wanted {
            Wanted::Largest => self.x.at(self.tested[0].number),
            Wanted::Smallest => self.x.at(self.tested[self.tested.len() - 1].number),
        };
        let (top, bottom) = (self.panel.top, self.panel.bottom + STRIP);
        scene.block((easiest, top), (at, bottom), BLUE.with_alpha(0.08));
        scene.line(vec![(at, top), (at, bottom)], BLUE, 2.0);
    }

    fn curve(&self, scene: &mut Scene, index: usize, colour: Colour, y: &Scale) {
        let mut line: Vec<Point> = Vec::new();
        let mut marks: Vec<(Point, Shown)> = Vec::new();
        for tested in self.tested {
            let Some(objective) = tested.objectives.get(index) else { continue };
            let Some(share) = share(objective) else { continue };
            let place = (self.x.at(tested.number), y.at(share));
            if let (Some(low), Some(high)) = (objective.low, objective.high) {
                scene.upright_whisker(y.at(low / objective.bound), y.at(high / objective.bound), place.0, colour.with_alpha(0.7));
            }
            line.push(place);
            marks.push((place, objective.shown));
        }
        scene.line(line, colour.with_alpha(0.5), 1.2);
        for (place, shown) in marks {
            mark(scene, place, colour, shown);
        }
    }
}

fn mark(scene: &mut Scene, (x, y): Point, colour: Colour, shown: Shown) {
    match shown {
        Shown::Hold => scene.dot((x, y), 4.5, colour, false),
        Shown::NotToldApart => scene.dot((x, y), 4.5, colour, true),
        Shown::Miss => {
            scene.line(vec![(x - 4.5, y - 4.5), (x + 4.5, y + 4.5)], colour, 2.2);
            scene.line(vec![(x - 4.5, y + 4.5), (x + 4.5, y - 4.5)], colour, 2.2);
        }
    }
}
