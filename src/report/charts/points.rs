//! A sweep: curves over one key, heat maps over a grid of two, and cost against latency with the Pareto front.

use super::super::numbers;
use super::frame::{EndLabel, MARGIN, Panel, SMALL, TEXT, TOP, end_labels, legend, no_data, titled};
use super::palette::{self, INK, SOFT_INK};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Colour, Face, HEIGHT, Point, Scene, WIDTH, fit_text, text_width};
use super::sweep::{LoadAxis, load_labels};
use crate::results::{Estimate, Outcome, Sweep};

/// Room right of a chart of curves or dots, for labels.
const LABELS: f64 = 230.0;
/// Fewest and most rows and columns of a heat map.
const MAP: (usize, usize) = (2, 24);

/// What is drawn of an outcome.
struct Measure {
    name: String,
    label: Label,
    log: bool,
    get: fn(&Outcome) -> Option<Estimate>,
}

fn p99(outcome: &Outcome) -> Option<Estimate> {
    outcome.metrics.get(&format!("{}.p99", outcome.latency.as_ref()?)).cloned()
}

/// What is left undone is not billed: the cost of an unstable system is drawn as a bound.
fn cost(outcome: &Outcome) -> Option<Estimate> {
    let cost = outcome.metrics.get("bill.per_million_fulfilled_usd")?;
    if outcome.stable { Some(cost.clone()) } else { Some(Estimate { beyond: cost.mean, ..Estimate::default() }) }
}

fn bound(outcome: &Outcome) -> Option<Estimate> {
    let most = outcome.limits.iter().map(|limit| limit.bound_share).reduce(f64::max);
    most.map(Estimate::exact)
}

fn measures(sweep: &Sweep) -> [Measure; 3] {
    let path = outcomes(sweep).find_map(|outcome| outcome.latency.clone()).unwrap_or_default();
    let parts: Vec<&str> = path.split('.').collect();
    let subject = match parts.as_slice() {
        [_, journey, _, milestone, _] => format!(", {journey}: {milestone}"),
        _ => String::new(),
    };
    [
        Measure { name: format!("p99 latency{subject}"), label: Label::Milliseconds, log: true, get: p99 },
        Measure { name: "USD per million fulfilled".to_owned(), label: Label::Number, log: true, get: cost },
        Measure {
            name: "highest share of requests that a limiter refuses or delays".to_owned(),
            label: Label::Percent,
            log: false,
            get: bound,
        },
    ]
}

fn outcomes(sweep: &Sweep) -> impl Iterator<Item = &Outcome> {
    sweep.points.iter().flat_map(|point| &point.designs)
}

fn designs(sweep: &Sweep) -> Vec<(String, Colour)> {
    let first = sweep.points.first().map_or(&[][..], |point| &point.designs);
    first.iter().enumerate().map(|(index, outcome)| (outcome.design.clone(), palette::by_position(index))).collect()
}

/// Values of an estimate worth room on an axis.
fn range(measure: &Measure, sweep: &Sweep) -> (f64, f64) {
    let values = outcomes(sweep).filter_map(measure.get).flat_map(|estimate| [estimate.mean, estimate.beyond, estimate.high]);
    let values: Vec<f64> = values.flatten().filter(|value| value.is_finite()).collect();
    let lowest = values.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    (lowest, values.into_iter().fold(0.0, f64::max))
}

fn scale(measure: &Measure, sweep: &Sweep, from: f64, to: f64) -> Scale {
    let (lowest, highest) = range(measure, sweep);
    if measure.log && lowest.is_finite() { Scale::log(lowest, highest, from, to) } else { Scale::from_zero(highest, from, to) }
}

/// Latency, cost and what limiters do, each over the varied key, with bands of the intervals.
pub(super) fn curves(sweep: &Sweep) -> Scene {
    let key = sweep.varied.first().map_or("", String::as_str);
    let title = format!("Sweep of {key}");
    let designs = designs(sweep);
    if designs.is_empty() {
        return no_data(&title, "the sweep has no points");
    }
    let remark = "Bands: 95 % confidence intervals. Hollow: a lower bound, because the system is unstable or the quantile lies beyond what finished.";
    let mut scene = titled(&title, &format!("{} points", sweep.points.len()), remark);
    let top = legend(&mut scene, &designs, MARGIN, WIDTH - MARGIN, TOP - 4.0);
    let (left, right) = (92.0, WIDTH - MARGIN - 24.0);
    let labels: Vec<&str> = sweep.points.iter().map(|point| point.values.first().map_or("", String::as_str)).collect();
    let axis = LoadAxis::new(&labels, left + 14.0, right - 14.0);
    let bottom = HEIGHT - 76.0;
    let height = (bottom - top) / 3.0;
    let mut last = None;
    for (index, measure) in measures(sweep).iter().enumerate() {
        let panel =
            Panel { left, top: top + index as f64 * height + 26.0, right, bottom: top + (index + 1) as f64 * height - 8.0 };
        for place in axis.places() {
            scene.line(vec![(*place, panel.top), (*place, panel.bottom)], palette::GRID, 1.0);
        }
        let y = scale(measure, sweep, panel.bottom, panel.top);
        panel.vertical_axis(&mut scene, &y, measure.label, &measure.name);
        panel.edges(&mut scene);
        for (design, (_, colour)) in designs.iter().enumerate() {
            curve(&mut scene, sweep, design, *colour, &axis, &y, measure);
        }
        last = Some(panel);
    }
    if let Some(panel) = last {
        load_labels(&mut scene, panel, &labels, &axis, key);
    }
    scene
}

fn curve(scene: &mut Scene, sweep: &Sweep, design: usize, colour: Colour, axis: &LoadAxis, y: &Scale, measure: &Measure) {
    let estimates = sweep.points.iter().map(|point| point.designs.get(design).and_then(measure.get));
    let (mut line, mut above, mut below): (Vec<Point>, Vec<Point>, Vec<Point>) = (Vec::new(), Vec::new(), Vec::new());
    let mut dots: Vec<(Point, bool)> = Vec::new();
    for (x, estimate) in axis.places().iter().zip(estimates) {
        let Some(estimate) = estimate else { continue };
        let Some(value) = estimate.mean.or(estimate.beyond) else { continue };
        let at = (*x, y.at(value));
        dots.push((at, estimate.mean.is_none()));
        line.push(at);
        if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
            above.push((*x, y.at(high)));
            below.push((*x, y.at(low)));
        }
    }
    if above.len() > 1 {
        below.reverse();
        above.extend(below);
        scene.area(above, colour.with_alpha(0.2));
    }
    scene.line(line, colour, 2.0);
    for (at, hollow) in dots {
        scene.dot(at, 3.5, colour, hollow);
    }
}

/// Cost against latency of every point, the Pareto front joined and labelled.
pub(super) fn pareto(sweep: &Sweep) -> Scene {
    let title = "Cost against latency";
    let [latency, cost, _] = measures(sweep);
    let designs = designs(sweep);
    let drawn = outcomes(sweep).any(|outcome| p99(outcome).is_some_and(|p99| p99.mean.is_some()));
    if designs.is_empty() || !drawn {
        return no_data(title, "no point has a 99th percentile");
    }
    let subtitle =
        format!("{} points of {}; labelled: those that no other beats in both", sweep.points.len(), sweep.varied.join(", "));
    let remark =
        "Whiskers: 95 % confidence intervals. Hollow: unstable, or an objective is missed. Means decide what is on the front.";
    let mut scene = titled(title, &subtitle, remark);
    let mut top = TOP;
    if designs.len() > 1 {
        top = legend(&mut scene, &designs, MARGIN, WIDTH - MARGIN, TOP - 4.0);
    }
    let panel = Panel { left: 92.0, top: top + 24.0, right: WIDTH - LABELS - MARGIN, bottom: HEIGHT - 84.0 };
    let x = scale(&cost, sweep, panel.left, panel.right);
    let y = scale(&latency, sweep, panel.bottom, panel.top);
    panel.vertical_axis(&mut scene, &y, Label::Milliseconds, &latency.name);
    panel.horizontal_axis(&mut scene, &x, Label::Number, "USD per million fulfilled", true);
    panel.edges(&mut scene);
    let at = |outcome: &Outcome| -> Option<Point> {
        Some((x.at(outcome.metrics.get("bill.per_million_fulfilled_usd")?.mean?), y.at(p99(outcome)?.mean?)))
    };
    let front: Vec<Point> = sweep.pareto.iter().filter_map(|place| at(&sweep.points[place.0].designs[place.1])).collect();
    // A front is a staircase: between two of its points nothing is known that would be better than both.
    let mut stairs: Vec<Point> = Vec::new();
    for point in &front {
        if let Some(last) = stairs.last().copied() {
            stairs.push((point.0, last.1));
        }
        stairs.push(*point);
    }
    scene.line(stairs, SOFT_INK, 1.2);
    for point in &sweep.points {
        for (outcome, (_, colour)) in point.designs.iter().zip(&designs) {
            let Some(place) = at(outcome) else { continue };
            if let Some(Estimate { low: Some(low), high: Some(high), .. }) = p99(outcome) {
                scene.upright_whisker(y.at(low), y.at(high), place.0, *colour);
            }
            let hollow = !outcome.stable || outcome.objectives.iter().any(|objective| !objective.met);
            scene.dot(place, 5.0, *colour, hollow);
        }
    }
    let label = |place: &(usize, usize)| {
        let point = &sweep.points[place.0];
        Some(EndLabel { text: point.values.join(", "), colour: designs.get(place.1)?.1, from: at(&point.designs[place.1])? })
    };
    let labels: Vec<EndLabel> = sweep.pareto.iter().filter_map(label).collect();
    end_labels(&mut scene, &labels, panel.right, panel.top, panel.bottom);
    scene
}

/// A grid of two keys for one design: p99 on the left, cost on the right. `None` if the points are no grid.
pub(super) fn heat_map(sweep: &Sweep, design: usize) -> Option<Scene> {
    let values = |key: usize| {
        let mut found: Vec<&str> = Vec::new();
        for point in &sweep.points {
            let value = point.values.get(key).map_or("", String::as_str);
            if !found.contains(&value) {
                found.push(value);
            }
        }
        found
    };
    let (rows, columns) = (values(0), values(1));
    let fits = |count: usize| (MAP.0..=MAP.1).contains(&count);
    if !(fits(rows.len()) && fits(columns.len()) && rows.len() * columns.len() == sweep.points.len()) {
        return None;
    }
    let name = sweep.points.first()?.designs.get(design)?.design.clone();
    let title = format!("{} by {}", sweep.varied[1], sweep.varied[0]);
    let remark = "Darker is more. A cross: unstable, or an objective is missed.";
    let mut scene = titled(&title, &name, remark);
    let [latency, cost, _] = measures(sweep);
    let widest = rows.iter().map(|row| text_width(row, SMALL, false)).fold(0.0, f64::max);
    let label = (widest + 16.0).min(150.0);
    let half = (WIDTH - 2.0 * MARGIN) / 2.0;
    for (index, measure) in [latency, cost].iter().enumerate() {
        let left = MARGIN + index as f64 * half + label;
        let panel = Panel { left, top: TOP + 34.0, right: MARGIN + (index + 1) as f64 * half - 14.0, bottom: HEIGHT - 92.0 };
        let colour = if index == 0 { palette::BLUE } else { palette::VERMILLION };
        map(&mut scene, panel, sweep, design, (&rows, &columns), measure, colour, index == 0);
    }
    Some(scene)
}

fn map(
    scene: &mut Scene,
    panel: Panel,
    sweep: &Sweep,
    design: usize,
    (rows, columns): (&[&str], &[&str]),
    measure: &Measure,
    colour: Colour,
    time: bool,
) {
    let room = panel.right - panel.left;
    scene.text((panel.left, panel.top - 18.0), fit_text(&measure.name, SMALL, room), Face::new(SMALL, INK).bold());
    let of_design = || sweep.points.iter().filter_map(|point| point.designs.get(design));
    let mean = |outcome: &Outcome| (measure.get)(outcome).and_then(|estimate| estimate.mean.or(estimate.beyond));
    let lowest = of_design().filter_map(mean).fold(f64::INFINITY, f64::min);
    let highest = of_design().filter_map(mean).fold(0.0, f64::max);
    let (wide, high) = (room / columns.len() as f64, (panel.bottom - panel.top) / rows.len() as f64);
    let size = SMALL.min(high * 0.5).min(wide / 6.0).max(7.0);
    for point in &sweep.points {
        let (Some(row), Some(column)) =
            (rows.iter().position(|row| *row == point.values[0]), columns.iter().position(|column| *column == point.values[1]))
        else {
            continue;
        };
        let Some(outcome) = point.designs.get(design) else { continue };
        let corner = (panel.left + column as f64 * wide, panel.top + row as f64 * high);
        let end = (corner.0 + wide - 2.0, corner.1 + high - 2.0);
        let Some(value) = mean(outcome) else {
            scene.block(corner, end, palette::GRID);
            continue;
        };
        // Logarithmic, so that one bad corner does not make all others look alike.
        let span = libm::log(highest / lowest.max(1e-12));
        let share = if span > 0.0 && value > 0.0 { libm::log(value / lowest) / span } else { 0.0 };
        scene.block(corner, end, colour.with_alpha(0.08 + 0.72 * share));
        let text = if time { numbers::milliseconds(value) } else { numbers::usd(value) };
        let ink = if share > 0.6 { Colour::new(255, 255, 255) } else { INK };
        let missed = !outcome.stable || outcome.objectives.iter().any(|objective| !objective.met);
        let text = if missed { format!("{text} ×") } else { text };
        let middle = (f64::midpoint(corner.0, end.0), f64::midpoint(corner.1, end.1));
        scene.text(middle, fit_text(&text, size, wide - 4.0), Face::new(size, ink).anchored(Anchor::Middle));
    }
    for (index, row) in rows.iter().enumerate() {
        let face = Face::new(SMALL, SOFT_INK).anchored(Anchor::End);
        scene.text((panel.left - 8.0, panel.top + (index as f64 + 0.5) * high), fit_text(row, SMALL, 140.0), face);
    }
    for (index, column) in columns.iter().enumerate() {
        let face = Face::new(SMALL, SOFT_INK).anchored(Anchor::Middle);
        scene.text((panel.left + (index as f64 + 0.5) * wide, panel.bottom + 15.0), fit_text(column, SMALL, wide - 4.0), face);
    }
    let keys = [&sweep.varied[1], &sweep.varied[0]].map(|key| key.rsplit('.').next().unwrap_or(key));
    let text = format!("{} across, {} down", keys[0], keys[1]);
    let face = Face::new(TEXT, INK).anchored(Anchor::Middle);
    scene.text((f64::midpoint(panel.left, panel.right), panel.bottom + 40.0), fit_text(&text, TEXT, room), face);
}
