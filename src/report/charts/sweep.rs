//! A load sweep: latency, cost and refusals against load per design, and which limiter binds first where.

use super::super::tables::{binds, first_to_bind};
use super::frame::{MARGIN, Panel, SMALL, TOP, label_room, legend, no_data, row_label, titled};
use super::palette::{self, SOFT_INK};
use super::scale::{Label, Scale};
use super::scene::{Colour, Face, HEIGHT, Point, Scene, WIDTH, fit_text, text_width};
use super::{headline_latency, highest_refused_share, lower_bound};
use crate::results::{Comparison, Estimate, Summary};

/// Height of a design's row in the strip of limiters.
const STRIP_ROW: f64 = 38.0;

/// Where the loads lie on the axis, and how the axis is drawn.
pub(super) struct LoadAxis {
    places: Vec<f64>,
    scale: Option<Scale>,
}

impl LoadAxis {
    /// Labels that begin with a positive number, each larger than the last, lie on a logarithmic axis; others are spaced evenly.
    pub(super) fn new(labels: &[&str], left: f64, right: f64) -> Self {
        let numbers: Option<Vec<f64>> = labels.iter().map(|label| leading_number(label)).collect();
        let rising = |loads: &Vec<f64>| loads.windows(2).all(|pair| pair[0] < pair[1]);
        if let Some(loads) = numbers.filter(|loads| loads.len() > 1 && rising(loads)) {
            let scale = Scale::log(loads[0], loads[loads.len() - 1], left, right);
            let places = loads.iter().map(|load| scale.at(*load)).collect();
            return Self { places, scale: Some(scale) };
        }
        let step = (right - left) / labels.len().max(1) as f64;
        Self { places: (0..labels.len()).map(|index| left + (index as f64 + 0.5) * step).collect(), scale: None }
    }
}

impl LoadAxis {
    /// Pixel columns of the values, in their order.
    pub(super) fn places(&self) -> &[f64] {
        &self.places
    }
}

fn leading_number(label: &str) -> Option<f64> {
    let text = label.trim_start_matches(|sign: char| !sign.is_ascii_digit());
    let end = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == ',')).unwrap_or(text.len());
    let number: f64 = text[..end].replace(',', "").parse().ok()?;
    (number > 0.0).then_some(number)
}

/// One measure against load.
struct Measure {
    name: String,
    label: Label,
    log: bool,
    get: fn(&Summary) -> Option<Estimate>,
}

fn measures(points: &[(String, Comparison)]) -> [Measure; 3] {
    let first = points.iter().flat_map(|point| &point.1.designs).find_map(super::headline_milestone);
    let subject = first.map(|(journey, milestone)| format!(", {journey}: {milestone}")).unwrap_or_default();
    [
        Measure {
            name: format!("p99 latency{subject}"),
            label: Label::Milliseconds,
            log: true,
            get: |design| headline_latency(design).map(|latency| latency.p99.clone()),
        },
        Measure {
            // Of fulfilled ones: journeys that are refused at the door cost next to nothing, and would make overload look cheap.
            name: "USD per million fulfilled journeys".to_owned(),
            label: Label::Number,
            log: false,
            get: |design| Some(lower_bound(design, &design.bill.per_million_fulfilled_usd)),
        },
        Measure {
            name: "highest refused share of any limiter".to_owned(),
            label: Label::Percent,
            log: false,
            get: |design| highest_refused_share(design).map(Estimate::exact),
        },
    ]
}

/// Names and colours of the designs, in order of first appearance over the loads.
fn designs(points: &[(String, Comparison)]) -> Vec<(String, Colour)> {
    let mut names: Vec<String> = Vec::new();
    for design in points.iter().flat_map(|point| &point.1.designs) {
        if !names.contains(&design.scenario) {
            names.push(design.scenario.clone());
        }
    }
    names.into_iter().enumerate().map(|(position, name)| (name, palette::by_position(position))).collect()
}

/// Three panels over one load axis and a strip that names the first-binding limiter.
pub(super) fn of_points(points: &[(String, Comparison)]) -> Scene {
    let title = "Load sweep: what gives way first";
    let designs = designs(points);
    if designs.is_empty() {
        return no_data(title, "the sweep has no points");
    }
    let subtitle = "The strip names the limiter that binds at the lowest load; a full dot: it binds at this load already";
    let mut scene = titled(title, subtitle, "Whiskers: 95 % confidence intervals. A hollow dot in a panel is a lower bound.");
    let top = legend(&mut scene, &designs, MARGIN, WIDTH - MARGIN, TOP - 4.0);
    let left = label_room(designs.iter().map(|(name, _)| &**name)).clamp(92.0, 240.0);
    let right = WIDTH - MARGIN - 24.0;
    let labels: Vec<&str> = points.iter().map(|point| &*point.0).collect();
    let axis = LoadAxis::new(&labels, left + 14.0, right - 14.0);
    let strip = STRIP_ROW * designs.len().min(5) as f64;
    let bottom = HEIGHT - 66.0 - strip - 24.0;
    let height = (bottom - top) / 3.0;
    for (index, measure) in measures(points).iter().enumerate() {
        let panel =
            Panel { left, top: top + index as f64 * height + 26.0, right, bottom: top + (index + 1) as f64 * height - 8.0 };
        for place in &axis.places {
            scene.line(vec![(*place, panel.top), (*place, panel.bottom)], palette::GRID, 1.0);
        }
        draw_measure(&mut scene, panel, points, &designs, &axis, measure);
    }
    let panel = Panel { left, top: bottom + 22.0, right, bottom: bottom + 22.0 + strip };
    draw_strip(&mut scene, panel, points, &designs, &axis);
    load_labels(&mut scene, panel, &labels, &axis, "load");
    scene
}

fn draw_measure(
    scene: &mut Scene,
    panel: Panel,
    points: &[(String, Comparison)],
    designs: &[(String, Colour)],
    axis: &LoadAxis,
    measure: &Measure,
) {
    let all = points.iter().flat_map(|point| &point.1.designs).filter_map(measure.get);
    let values: Vec<f64> = all.flat_map(|estimate| [estimate.mean, estimate.beyond, estimate.high]).flatten().collect();
    let highest = values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let lowest = values.iter().copied().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let y = if measure.log {
        Scale::log(lowest, highest, panel.bottom, panel.top)
    } else {
        Scale::from_zero(highest, panel.bottom, panel.top)
    };
    panel.vertical_axis(scene, &y, measure.label, &measure.name);
    panel.edges(scene);
    for (name, colour) in designs {
        let mut line: Vec<Point> = Vec::new();
        for (place, (_, comparison)) in axis.places.iter().zip(points) {
            let design = comparison.designs.iter().find(|design| design.scenario == *name);
            let estimate = design.and_then(measure.get).unwrap_or_default();
            let Some(value) = estimate.mean.or(estimate.beyond) else {
                scene.line(std::mem::take(&mut line), *colour, 1.8);
                continue;
            };
            line.push((*place, y.at(value)));
            if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
                scene.upright_whisker(y.at(low), y.at(high), *place, *colour);
            }
            scene.dot((*place, y.at(value)), 4.0, *colour, estimate.mean.is_none());
        }
        scene.line(line, *colour, 1.8);
    }
}

/// One row per design: a dot per load, and the limiter's name where it changes and there is room.
fn draw_strip(scene: &mut Scene, panel: Panel, points: &[(String, Comparison)], designs: &[(String, Colour)], axis: &LoadAxis) {
    let step = (panel.bottom - panel.top) / designs.len() as f64;
    scene.text((panel.left, panel.top - 10.0), "binds first", Face::new(SMALL, palette::INK).bold());
    for (row, (name, colour)) in designs.iter().enumerate() {
        let y = panel.top + row as f64 * step + step * 0.3;
        row_label(scene, name, panel.left, y);
        scene.line(vec![(panel.left, y), (panel.right, y)], palette::GRID, 1.0);
        let changes = limiter_changes(points, name);
        for (place, (_, comparison)) in axis.places.iter().zip(points) {
            let design = comparison.designs.iter().find(|design| design.scenario == *name);
            if let Some(first) = design.and_then(|design| first_to_bind(&design.limits)) {
                scene.dot((*place, y), 5.0, *colour, !binds(first));
            }
        }
        if step < 26.0 {
            continue;
        }
        for (index, (_, limiter)) in changes.iter().enumerate() {
            // The last load's name has no room to its right, so it ends below its dot; the name before it ends where it begins.
            let last = axis.places.len() - 1;
            let at_end = |at: usize| at == last && at > 0;
            let begin = |(at, name): &(usize, String)| {
                let width = text_width(name, SMALL, false).min((axis.places[last] - axis.places[0]) / 2.0);
                if at_end(*at) { panel.right + 20.0 - width } else { axis.places[*at] - 5.0 }
            };
            let start = begin(&changes[index]);
            let end = changes.get(index + 1).map_or(panel.right + 20.0, |next| begin(next) - 14.0);
            let text = fit_text(limiter, SMALL, end - start);
            if text.chars().count() > 5 || text == *limiter {
                scene.text((start, y + 14.0), text, Face::new(SMALL, colour.for_text()));
            }
        }
    }
}

/// The loads at which a design's first-binding limiter changes, with its name.
fn limiter_changes(points: &[(String, Comparison)], name: &str) -> Vec<(usize, String)> {
    let mut changes: Vec<(usize, String)> = Vec::new();
    for (position, (_, comparison)) in points.iter().enumerate() {
        let design = comparison.designs.iter().find(|design| design.scenario == *name);
        let Some(row) = design.and_then(|design| first_to_bind(&design.limits)) else {
            continue;
        };
        let limiter = format!("{} {}", row.service, row.limiter);
        if changes.last().is_none_or(|(_, last)| *last != limiter) {
            changes.push((position, limiter));
        }
    }
    changes
}

/// The loads below the strip; a label that would touch the one before is left out.
pub(super) fn load_labels(scene: &mut Scene, panel: Panel, labels: &[&str], axis: &LoadAxis, key: &str) {
    let face = Face::new(SMALL, SOFT_INK).anchored(super::scene::Anchor::Middle);
    let mut free_from = f64::NEG_INFINITY;
    for (label, place) in labels.iter().zip(&axis.places) {
        let text = fit_text(label, SMALL, 120.0);
        let half = text_width(&text, SMALL, false) / 2.0;
        if place - half > free_from {
            scene.text((*place, panel.bottom + 12.0), text, face);
            free_from = place + half + 8.0;
        }
    }
    let name = format!("{key} ({})", if axis.scale.is_some() { "log scale" } else { "not to scale" });
    let name = fit_text(&name, SMALL, panel.right - panel.left);
    let middle = f64::midpoint(panel.left, panel.right);
    scene.text((middle, panel.bottom + 32.0), name, face.coloured(palette::INK).bold());
}
