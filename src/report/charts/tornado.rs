//! A tornado: what a metric owes to each assumption, the widest swing on top.

use std::fmt::Write as _;

use super::super::numbers;
use super::super::tables::{assumption_range, explained, matters, metric_unit};
use super::frame::{MARGIN, Panel, SMALL, TEXT, TOP, label_room, no_data, titled};
use super::palette::{self, BLUE, INK, SOFT_INK, VERMILLION};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Face, HEIGHT, Scene, WIDTH, fit_text};
use crate::results::{AssumptionEffect, MetricSensitivity, Sensitivity};

/// Bars of a tornado; the rest is in sensitivity.csv.
const BARS: usize = 16;
/// Room right of the bars for what is explained.
const EXPLAINED: f64 = 150.0;

/// The tornado of one metric.
pub(super) fn of_metric(found: &Sensitivity, metric: &MetricSensitivity) -> Scene {
    let title = format!("What {} depends on", metric.metric);
    let ends = |effect: &AssumptionEffect| Some((effect.at_low.mean?, effect.at_high.mean?));
    let bars: Vec<(&AssumptionEffect, (f64, f64))> = metric
        .effects
        .iter()
        .filter(|effect| matters(effect))
        .filter_map(|effect| Some((effect, ends(effect)?)))
        .take(BARS)
        .collect();
    let Some(middle) = metric.value.mean else { return no_data(&title, "the metric is withheld") };
    if bars.is_empty() {
        return no_data(&title, "no assumption moves the metric");
    }
    let unit = metric_unit(metric);
    let subtitle = format!(
        "{}: {} with all assumptions in force; a bar shows one of them at the ends of its range",
        found.scenario,
        numbers::value(middle, unit)
    );
    let mut scene = titled(&title, &subtitle, &remark(metric, bars.len()));
    key(&mut scene, found.samples > 0);
    let names: Vec<&str> = bars.iter().map(|(effect, _)| effect.assumption.as_str()).collect();
    let top = TOP + 28.0;
    let step = ((HEIGHT - 96.0 - top) / bars.len() as f64).min(44.0);
    let left = label_room(names.iter().copied()).max(190.0);
    let panel = Panel { left, top, right: WIDTH - MARGIN - EXPLAINED, bottom: top + step * bars.len() as f64 };
    let joint = metric.joint.as_ref().map(|joint| (joint.p5, joint.p95));
    let values = bars
        .iter()
        .flat_map(|(_, (low, high))| [*low, *high])
        .chain([middle])
        .chain(joint.iter().flat_map(|(low, high)| [*low, *high]));
    let (lowest, highest) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let x = Scale::between(lowest, highest, panel.left + 8.0, panel.right - 8.0);
    let label = if matches!(unit, numbers::Unit::Milliseconds) { Label::Milliseconds } else { Label::Number };
    if let Some((low, high)) = joint {
        scene.block((x.at(low), panel.top), (x.at(high), panel.bottom), palette::SHADE.with_alpha(0.10));
    }
    panel.horizontal_axis(&mut scene, &x, label, &metric.metric, true);
    panel.edges(&mut scene);
    for (index, (effect, (low, high))) in bars.iter().enumerate() {
        let y = panel.top + (index as f64 + 0.5) * step;
        bar(&mut scene, &x, y, step, middle, (*low, *high), effect.shown);
        let range = found.assumptions.iter().find(|one| one.name == effect.assumption).map_or_else(String::new, assumption_range);
        let two = step >= 30.0;
        let face = Face::new(SMALL, INK).anchored(Anchor::End);
        scene.text((panel.left - 10.0, if two { y - 7.0 } else { y }), fit_text(&effect.assumption, SMALL, left - MARGIN), face);
        if two {
            scene.text(
                (panel.left - 10.0, y + 8.0),
                fit_text(&range, 10.5, left - MARGIN),
                Face { size: 10.5, ..face }.coloured(SOFT_INK),
            );
        }
        if found.samples > 0 {
            scene.text((panel.right + 14.0, y), explained(&effect.explained), Face::new(SMALL, INK));
        }
    }
    let at = x.at(middle);
    scene.line(vec![(at, panel.top - 4.0), (at, panel.bottom)], INK, 1.5);
    scene
}

/// From the value in force to either end; pale where the swing is not shown to be more than chance.
fn bar(scene: &mut Scene, x: &Scale, y: f64, step: f64, middle: f64, (low, high): (f64, f64), shown: bool) {
    let half = (step * 0.32).min(12.0);
    let alpha = if shown { 0.9 } else { 0.3 };
    for (value, colour) in [(low, BLUE), (high, VERMILLION)] {
        let (from, to) = (x.at(middle).min(x.at(value)), x.at(middle).max(x.at(value)));
        scene.block((from, y - half), (to, y + half), colour.with_alpha(alpha));
    }
}

fn remark(metric: &MetricSensitivity, drawn: usize) -> String {
    let hidden = metric.effects.iter().filter(|effect| matters(effect)).count() - drawn;
    let mut remark = "Pale bars: a swing that chance may have made.".to_owned();
    if metric.joint.is_some() {
        remark.push_str(" Grey: 5th to 95th percentile with all assumptions anywhere in their ranges.");
    }
    if hidden > 0 {
        let _ = write!(remark, " {hidden} smaller swings are in sensitivity.csv.");
    }
    remark
}

/// What the colours and the column at the right mean.
fn key(scene: &mut Scene, sampled: bool) {
    let y = TOP - 2.0;
    for (x, colour, text) in [(MARGIN, BLUE, "assumption at its low end"), (MARGIN + 220.0, VERMILLION, "at its high end")] {
        scene.block((x, y - 6.0), (x + 13.0, y + 7.0), colour);
        scene.text((x + 20.0, y), text, Face::new(TEXT, INK));
    }
    if sampled {
        let face = Face::new(SMALL, SOFT_INK);
        scene.text((WIDTH - MARGIN - EXPLAINED + 14.0, y), "variance explained", face);
    }
}
