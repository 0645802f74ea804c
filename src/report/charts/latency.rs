//! Latency by percentile: one curve per milestone of a run, or per design of a comparison.

use super::super::numbers;
use super::frame::{EndLabel, Panel, TOP, end_labels, no_data, titled};
use super::palette;
use super::scale::{Label, Scale};
use super::scene::{Colour, HEIGHT, Point, Scene, WIDTH};
use crate::results::{Comparison, Estimate, LatencyCurve, LatencySummary, Summary};

/// Curves in one chart; more could not be told apart.
const CURVES_SHOWN: usize = 8;

/// Where fewer journeys than this share got to a milestone, the chart says so: its curve is of those that did.
const NEARLY_ALL: f64 = 0.985;

/// A curve with the estimates that belong to it.
struct Plot<'a> {
    name: String,
    colour: Colour,
    points: Vec<(f64, f64)>,
    /// Share of the journeys that got to the milestone, if not nearly all did.
    reached: Option<f64>,
    statistics: Option<&'a LatencySummary>,
}

/// All milestones of a run.
pub(super) fn of_run(summary: &Summary) -> Scene {
    let title = format!("Latency by percentile: {}", summary.scenario);
    let curves = summary.curves.iter().take(CURVES_SHOWN).enumerate();
    let plots = curves.map(|(position, curve)| {
        let name = format!("{}: {}", curve.journey, curve.milestone);
        plot(summary, curve, name, palette::by_position(position))
    });
    let mut remark = String::new();
    if summary.curves.len() > CURVES_SHOWN {
        remark = format!("The first {CURVES_SHOWN} of {} milestones; all of them are in latency.csv. ", summary.curves.len());
    }
    draw(&title, &remark, plots.collect())
}

/// One milestone in all designs.
pub(super) fn of_comparison(comparison: &Comparison, journey: &str, milestone: &str) -> Scene {
    let title = format!("Latency by percentile, {journey}: {milestone}");
    let mut plots = Vec::new();
    for (design, (name, colour)) in comparison.designs.iter().zip(palette::designs(comparison)) {
        let here = |curve: &&LatencyCurve| curve.journey == journey && curve.milestone == milestone;
        if let Some(curve) = design.curves.iter().find(here) {
            plots.push(plot(design, curve, name, colour));
        }
    }
    draw(&title, "", plots)
}

fn plot<'a>(summary: &'a Summary, curve: &LatencyCurve, name: String, colour: Colour) -> Plot<'a> {
    let journey = summary.journeys.get(&curve.journey);
    let milestone = journey.and_then(|journey| journey.milestones.get(&curve.milestone));
    let started = journey.and_then(|journey| journey.started.mean).map(|started| started * f64::from(summary.replications));
    let reached = started.zip(milestone).map(|(started, milestone)| milestone.latency_ms.count as f64 / started);
    let reached = reached.filter(|share| *share < NEARLY_ALL);
    let name = reached.map_or_else(|| name.clone(), |share| format!("{name}, {}", numbers::percent(share)));
    let usable = |point: &&(f64, f64)| (0.0..100.0).contains(&point.0) && point.1.is_finite();
    Plot {
        name,
        colour,
        points: curve.points.iter().filter(usable).copied().collect(),
        reached,
        statistics: milestone.map(|milestone| &milestone.latency_ms),
    }
}

/// The estimated percentiles of a milestone.
fn percentiles(latency: &LatencySummary) -> [(f64, &Estimate); 5] {
    [(50.0, &latency.p50), (90.0, &latency.p90), (95.0, &latency.p95), (99.0, &latency.p99), (99.9, &latency.p999)]
}

fn draw(title: &str, remark: &str, plots: Vec<Plot<'_>>) -> Scene {
    let positive = |value: &f64| *value > 0.0 && value.is_finite();
    let curve_values = plots.iter().flat_map(|plot| plot.points.iter().map(|point| point.1));
    let values: Vec<f64> = curve_values.filter(positive).collect();
    if values.is_empty() {
        return no_data(title, "no journey reached a milestone");
    }
    let intervals = plots.iter().filter_map(|plot| plot.statistics).flat_map(percentiles);
    let ends = intervals.flat_map(|(_, estimate)| [estimate.low, estimate.high]).flatten();
    let all: Vec<f64> = values.iter().copied().chain(ends.filter(positive)).collect();
    let lowest = all.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = all.iter().copied().fold(0.0, f64::max);
    let deepest = plots.iter().flat_map(|plot| &plot.points).map(|point| point.0).fold(50.0, f64::max);

    let subtitle = "Time from arrival to milestone that the given share of journeys stays below; each nine takes the same room.";
    let some = if plots.iter().any(|plot| plot.reached.is_some()) {
        "A share after a name: only so many journeys got there. "
    } else {
        ""
    };
    let remark =
        format!("{remark}{some}Bars: 95 % confidence intervals of p50, p90, p95, p99 and p99.9, where they can be given.");
    let mut scene = titled(title, subtitle, &remark);
    let panel = Panel { left: 92.0, top: TOP + 16.0, right: WIDTH - 250.0, bottom: HEIGHT - 78.0 };
    let x = Scale::tail(deepest, panel.left, panel.right);
    // An interval can reach far below the fastest journey only by lack of data; it must not stretch the axis.
    let y = Scale::log(lowest.max(highest * 1e-9), highest, panel.bottom, panel.top);
    panel.vertical_axis(&mut scene, &y, Label::Milliseconds, "latency");
    panel.horizontal_axis(&mut scene, &x, Label::Number, "percentile of journeys (stretched towards 100)", true);
    panel.edges(&mut scene);
    let mut labels = Vec::new();
    for plot in &plots {
        let line: Vec<Point> = plot.points.iter().map(|point| (x.at(point.0), y.at(point.1))).collect();
        let Some(end) = line.last().copied() else {
            continue;
        };
        scene.line(line, plot.colour, 2.2);
        for (percentile, estimate) in plot.statistics.map(percentiles).into_iter().flatten() {
            draw_interval(&mut scene, &x, &y, percentile, estimate, plot.colour);
        }
        labels.push(EndLabel { text: plot.name.clone(), colour: plot.colour, from: end });
    }
    end_labels(&mut scene, &labels, panel.right, panel.top, panel.bottom);
    scene
}

fn draw_interval(scene: &mut Scene, x: &Scale, y: &Scale, percentile: f64, estimate: &Estimate, colour: Colour) {
    let Some(mean) = estimate.mean.filter(|mean| *mean > 0.0) else {
        return;
    };
    let at = x.at(percentile);
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        scene.upright_whisker(y.at(low), y.at(high), at, colour);
    }
    scene.dot((at, y.at(mean)), 4.0, colour, true);
}
