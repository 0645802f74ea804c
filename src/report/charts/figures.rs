//! Key figures of several designs side by side: small panels, one figure each, a dot with its interval per design.

use super::super::numbers::{self, Notes, Unit};
use super::super::tables::fulfilled;
use super::frame::{MARGIN, Panel, SMALL, TOP, legend, no_data, titled};
use super::palette::{self, INK};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Colour, Face, HEIGHT, Scene, WIDTH, fit_text};
use super::{highest_refused_share, lower_bound};
use crate::results::{Comparison, Estimate, Summary};

/// Panels in the chart: three columns, two rows.
const COLUMNS: usize = 3;
const PANELS_SHOWN: usize = 6;

/// One figure: its name and what it is for each design.
struct Figure {
    name: String,
    unit: Unit,
    values: Vec<Estimate>,
}

impl Figure {
    fn is_empty(&self) -> bool {
        self.values.iter().all(|value| value.mean.is_none() && value.beyond.is_none())
    }

    /// The largest number the panel has to hold.
    fn highest(&self) -> f64 {
        let numbers = self.values.iter().flat_map(|value| [value.mean, value.high, value.beyond]);
        numbers.flatten().filter(|number| number.is_finite()).fold(0.0, f64::max)
    }
}

pub(super) fn of_comparison(comparison: &Comparison) -> Scene {
    let title = "Key figures by design";
    let designs = palette::designs(comparison);
    let figures = figures(comparison);
    if figures.is_empty() || designs.is_empty() {
        return no_data(title, "no key figure was estimated");
    }
    let subtitle = "Each panel has its own scale from zero; lower is better in all of them";
    let remark = "Whiskers: 95 % confidence intervals of the means over replications. A hollow dot is a lower bound.";
    let mut scene = titled(title, subtitle, remark);
    let top = legend(&mut scene, &designs, MARGIN, WIDTH - MARGIN, TOP);
    let rows = figures.len().div_ceil(COLUMNS);
    let width = (WIDTH - 2.0 * MARGIN) / COLUMNS as f64;
    let height = (HEIGHT - 34.0 - top) / rows as f64;
    for (index, figure) in figures.iter().enumerate() {
        let left = MARGIN + (index % COLUMNS) as f64 * width;
        let start = top + (index / COLUMNS) as f64 * height;
        let panel = Panel { left: left + 8.0, top: start + 30.0, right: left + width - 50.0, bottom: start + height - 36.0 };
        draw_figure(&mut scene, panel, figure, &designs);
    }
    scene
}

fn figures(comparison: &Comparison) -> Vec<Figure> {
    let all = |name: &str, unit: Unit, get: &dyn Fn(&Summary) -> Option<Estimate>| Figure {
        name: name.to_owned(),
        unit,
        values: comparison.designs.iter().map(|design| get(design).unwrap_or_default()).collect(),
    };
    let headline = comparison.designs.iter().find_map(super::headline_milestone);
    let mut figures = Vec::new();
    if let Some((journey, milestone)) = headline {
        let latency = |design: &Summary| {
            let reached = design.journeys.get(&journey)?.milestones.get(&milestone)?;
            Some(reached.latency_ms.clone())
        };
        let name = |statistic: &str| format!("{statistic} latency, {journey}: {milestone}");
        figures.push(all(&name("p50"), Unit::Milliseconds, &|design| Some(latency(design)?.p50)));
        figures.push(all(&name("p99"), Unit::Milliseconds, &|design| Some(latency(design)?.p99)));
    }
    figures.push(all("USD per month", Unit::Usd, &|design| Some(lower_bound(design, &design.bill.month_usd))));
    if fulfil_alike(comparison) {
        let cost = |design: &Summary| Some(lower_bound(design, &design.bill.per_million_journeys_usd));
        figures.push(all("USD per million journeys", Unit::Usd, &cost));
    } else {
        figures.push(all("journeys that are not fulfilled", Unit::Share, &|design| Some(unfulfilled(design))));
    }
    figures.push(all("USD per million fulfilled journeys", Unit::Usd, &|design| {
        Some(lower_bound(design, &design.bill.per_million_fulfilled_usd))
    }));
    figures.push(all("highest refused share of any limiter", Unit::Share, &|design| {
        highest_refused_share(design).map(Estimate::exact)
    }));
    figures.retain(|figure| !figure.is_empty());
    figures.truncate(PANELS_SHOWN);
    figures
}

/// Whether the designs fulfil the same share of journeys, within a hundredth of all. If they do not, their latencies do not
/// compare without those shares: a design that gives up on slow journeys looks fast.
fn fulfil_alike(comparison: &Comparison) -> bool {
    let shares: Vec<f64> = comparison.designs.iter().filter_map(|design| fulfilled(design).mean).collect();
    let (low, high) = shares.iter().fold((1.0_f64, 0.0_f64), |(low, high), share| (low.min(*share), high.max(*share)));
    high - low <= 0.01
}

fn unfulfilled(design: &Summary) -> Estimate {
    let share = fulfilled(design);
    let rest = |value: Option<f64>| value.map(|value| (1.0 - value).max(0.0));
    Estimate { mean: rest(share.mean), low: rest(share.high), high: rest(share.low), ..share }
}

fn draw_figure(scene: &mut Scene, panel: Panel, figure: &Figure, designs: &[(String, Colour)]) {
    let name = fit_text(&figure.name, SMALL, (panel.right - panel.left) * 0.9);
    scene.text((panel.left, panel.top - 14.0), name, Face::new(SMALL, INK).bold());
    let label = match figure.unit {
        Unit::Milliseconds => Label::Milliseconds,
        Unit::Share => Label::Percent,
        Unit::Number | Unit::Usd => Label::Number,
    };
    let x = Scale::from_zero(figure.highest(), panel.left, panel.right);
    panel.horizontal_axis(scene, &x, label, "", true);
    panel.edges(scene);
    let step = (panel.bottom - panel.top) / designs.len() as f64;
    let mut notes = Notes::default();
    for (row, ((_, colour), value)) in designs.iter().zip(&figure.values).enumerate() {
        let y = panel.top + (row as f64 + 0.62) * step;
        let Some(mean) = value.mean.or(value.beyond) else {
            let face = Face::new(SMALL, colour.for_text());
            scene.text((panel.left + 6.0, y), "not given: see the tables", face);
            continue;
        };
        scene.line(vec![(panel.left, y), (x.at(mean), y)], colour.with_alpha(0.35), 2.0);
        if let (Some(low), Some(high)) = (value.low, value.high) {
            scene.whisker(x.at(low), x.at(high), y, *colour);
        }
        scene.dot((x.at(mean), y), 6.0, *colour, value.mean.is_none());
        if step >= 30.0 {
            value_above(scene, panel, x.at(mean), y, &numbers::estimate(value, figure.unit, &mut notes), *colour);
        }
    }
}

/// The value above its dot, pushed inside the panel.
fn value_above(scene: &mut Scene, panel: Panel, at: f64, y: f64, text: &str, colour: Colour) {
    let half = super::scene::text_width(text, SMALL, false) / 2.0;
    let low = panel.left + half + 4.0;
    let middle = at.clamp(low, (panel.right + 24.0 - half).max(low));
    let face = Face::new(SMALL, colour.for_text()).anchored(Anchor::Middle);
    scene.text((middle, y - 15.0), text, face);
}
