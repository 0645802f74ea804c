//! A capacity search: each objective's metric as a share of its bound over the varied key, and where all objectives hold.

use super::super::tables::find_headline;
use super::frame::{MARGIN, Panel, SMALL, TOP, legend, no_data, titled, value_label};
use super::palette::{self, BLUE, INK, SOFT_INK};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Colour, Face, HEIGHT, Point, Scene, WIDTH, text_width};
use crate::results::{Capacity, Search, Shown, Tested, TestedObjective, Wanted};

/// Height of the row of verdicts below the panel.
const STRIP: f64 = 30.0;
/// Room left of the panel.
const LEFT: f64 = 112.0;

/// The chart of one design.
pub(super) fn of_design(search: &Search, design: &Capacity) -> Scene {
    let title = find_headline(search);
    let names = objectives(design);
    let (lowest, highest) = span(design);
    if names.is_empty() || !lowest.is_finite() {
        return no_data(&title, "no objective has a bound above 0 and a value");
    }
    let subtitle = format!("{}: {} values tested from {} to {}", design.design, design.tested.len(), search.low, search.high);
    let remark = "Dot: shown to hold. Cross: shown to miss. Ring: not told apart within the budget. Bars: the intervals that decide, all of \
                  which hold at once with 95 % confidence.";
    let mut scene = titled(&title, &subtitle, remark);
    let top = legend(&mut scene, &names, MARGIN, WIDTH - MARGIN, TOP - 4.0);
    let panel = Panel { left: LEFT, top: top + 26.0, right: WIDTH - MARGIN - 30.0, bottom: HEIGHT - 84.0 - STRIP };
    let numbers = || design.tested.iter().map(|tested| tested.number);
    let x = axis(search.log, numbers(), panel.left + 14.0, panel.right - 14.0);
    let y = Scale::log(lowest, highest, panel.bottom, panel.top);
    panel.vertical_axis(&mut scene, &y, Label::Percent, "value as a share of its bound");
    let below = Panel { bottom: panel.bottom + STRIP, ..panel };
    let unit = design.tested.first().map_or("", |tested| tested.value.trim_start_matches(|sign: char| !unit_sign(sign)));
    below.horizontal_axis(&mut scene, &x, Label::Number, &in_unit(&search.varied, unit), true);
    panel.edges(&mut scene);
    answer(&mut scene, panel, search, design, &x);
    let bound = y.at(1.0);
    scene.line(vec![(panel.left, bound), (panel.right, bound)], INK, 1.6);
    value_label(&mut scene, (panel.left + 8.0, bound - 11.0), "bound", Face::new(SMALL, INK).bold());
    for (index, (_, colour)) in names.iter().enumerate() {
        curve(&mut scene, design, index, *colour, &x, &y);
    }
    let row = panel.bottom + STRIP / 2.0;
    let face = Face::new(SMALL, SOFT_INK).anchored(Anchor::End);
    scene.text((panel.left - 8.0, row), "all objectives", face);
    for tested in &design.tested {
        mark(&mut scene, (x.at(tested.number), row), INK, tested.shown);
    }
    scene
}

/// Whether a sign of a value belongs to its unit.
fn unit_sign(sign: char) -> bool {
    !(sign.is_ascii_digit() || sign == '.' || sign == '-')
}

/// The name of a key with the unit of its values.
pub(super) fn in_unit(key: &str, unit: &str) -> String {
    if unit.trim().is_empty() { key.to_owned() } else { format!("{key}, {}", unit.trim()) }
}

/// The axis of the varied key over the tested numbers.
pub(super) fn axis(log: bool, numbers: impl Iterator<Item = f64>, left: f64, right: f64) -> Scale {
    let (lowest, highest) =
        numbers.fold((f64::INFINITY, 0.0), |(lowest, highest), number| (f64::min(lowest, number), f64::max(highest, number)));
    if log { Scale::log(lowest, highest, left, right) } else { Scale::from_zero(highest, left, right) }
}

/// Names of the objectives that have a share to show, with their colours; what is to stay above its bound says so.
fn objectives(design: &Capacity) -> Vec<(String, Colour)> {
    let first = design.tested.iter().find(|tested| !tested.objectives.is_empty());
    let objectives = first.map_or(&[][..], |tested| &tested.objectives);
    let name = |objective: &TestedObjective| {
        let above = if objective.condition.contains('>') { ", to stay above" } else { "" };
        format!("{}{above}", objective.name)
    };
    objectives.iter().enumerate().map(|(index, objective)| (name(objective), palette::by_position(index))).collect()
}

/// The metric as a share of its bound; a quantile among what did not finish is drawn at the bound below it.
fn share(objective: &TestedObjective) -> Option<f64> {
    let share = objective.value.mean.or(objective.value.beyond)? / objective.bound;
    (share.is_finite() && share > 0.0).then_some(share)
}

/// Lowest and highest share, the bound included.
fn span(design: &Capacity) -> (f64, f64) {
    let shares = design.tested.iter().flat_map(|tested| &tested.objectives).filter_map(share);
    let (lowest, highest) = shares.fold((f64::INFINITY, 0.0), |(low, high), share| (f64::min(low, share), f64::max(high, share)));
    if lowest.is_finite() { (lowest.min(0.8), highest.max(1.25)) } else { (lowest, highest) }
}

fn curve(scene: &mut Scene, design: &Capacity, index: usize, colour: Colour, x: &Scale, y: &Scale) {
    let mut line: Vec<Point> = Vec::new();
    let mut marks: Vec<(Point, Shown)> = Vec::new();
    for tested in &design.tested {
        let Some(objective) = tested.objectives.get(index) else { continue };
        let Some(share) = share(objective) else { continue };
        let place = (x.at(tested.number), y.at(share));
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

/// The values at which all objectives are shown to hold, up to the answer, which is labelled.
fn answer(scene: &mut Scene, panel: Panel, search: &Search, design: &Capacity, x: &Scale) {
    let number = |value: &Option<String>| -> Option<f64> {
        let named = |tested: &&Tested| Some(&tested.value) == value.as_ref();
        design.tested.iter().find(named).map(|tested| tested.number)
    };
    let Some(holds) = number(&design.holds) else { return };
    let at = x.at(holds);
    let (easiest, word) = match search.wanted {
        Wanted::Largest => (x.at(design.tested[0].number), "largest"),
        Wanted::Smallest => (x.at(design.tested[design.tested.len() - 1].number), "smallest"),
    };
    scene.block((easiest, panel.top), (at, panel.bottom + STRIP), BLUE.with_alpha(0.08));
    scene.line(vec![(at, panel.top), (at, panel.bottom + STRIP)], BLUE, 2.0);
    let mut text = format!("{word} that holds: {}", design.holds.as_deref().unwrap_or_default());
    if let Some(misses) = &design.misses {
        text.push_str(&format!("; {misses} misses"));
    }
    let face = Face::new(SMALL, BLUE.for_text()).bold();
    let width = text_width(&text, SMALL, true);
    let middle = f64::midpoint(panel.left, panel.right);
    let start = if at < middle { at + 8.0 } else { at - 8.0 - width };
    value_label(scene, (start, panel.top + 12.0), &text, face);
}
