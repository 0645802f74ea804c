//! What it costs per month: bars by service for a run, bars by design stacked by service for a comparison.

use super::super::numbers::{self, Unit};
use super::super::tables::cost_by_service;
use super::frame::{MARGIN, Panel, SMALL, TEXT, TOP, label_room, legend, no_data, row_label, titled, value_label};
use super::palette::{self, GREY, INK, ServiceColours};
use super::scale::{Label, Scale};
use super::scene::{Colour, Face, HEIGHT, Scene, WIDTH, fit_text, text_width};
use crate::results::{Comparison, Estimate, Summary, Waterfall};

/// Bars in the chart of a run; the rest is summed up in one.
const BARS_SHOWN: usize = 18;
/// Thickest bar.
const BAR_MAX: f64 = 34.0;

/// One horizontal bar per service, dearest on top.
pub(super) fn of_run(summary: &Summary) -> Scene {
    let title = format!("Cost by service: {}", summary.scenario);
    let mut costs = cost_by_service(summary);
    let highest = costs.iter().filter_map(|(_, cost)| cost.high.or(cost.mean)).fold(0.0, f64::max);
    if highest <= 0.0 {
        return no_data(&title, "nothing was billed");
    }
    let total = summary.bill.month_usd.mean.unwrap_or(0.0);
    let rest = costs.split_off(costs.len().min(BARS_SHOWN));
    if !rest.is_empty() {
        let sum = rest.iter().filter_map(|(_, cost)| cost.mean).sum();
        costs.push((format!("{} other services", rest.len()), Estimate::exact(sum)));
    }
    let subtitle = format!("{} USD per month in {}", total_text(summary), summary.region);
    let uncertain = costs.iter().any(|(_, cost)| cost.low.is_some());
    let remark = if uncertain { "Whiskers: 95 % confidence intervals." } else { "" };
    let mut scene = titled(&title, &subtitle, remark);
    let left = label_room(costs.iter().map(|(name, _)| &**name));
    let panel = Panel { left, top: TOP, right: WIDTH - 190.0, bottom: HEIGHT - 84.0 };
    let x = Scale::from_zero(highest, panel.left, panel.right);
    panel.horizontal_axis(&mut scene, &x, Label::Number, "USD per month", true);
    let colours = ServiceColours::of_run(summary);
    let step = (panel.bottom - panel.top) / costs.len() as f64;
    let half = (step * 0.34).min(BAR_MAX / 2.0);
    for (row, (service, cost)) in costs.iter().enumerate() {
        let y = panel.top + (row as f64 + 0.5) * step;
        let mean = cost.mean.unwrap_or(0.0);
        let mut end = x.at(mean);
        scene.block((panel.left, y - half), (end, y + half), colours.get(service));
        if let (Some(low), Some(high)) = (cost.low, cost.high) {
            if x.at(high) - x.at(low) >= 2.0 {
                scene.whisker(x.at(low), x.at(high), y, INK);
            }
            end = end.max(x.at(high));
        }
        row_label(&mut scene, service, panel.left, y);
        let share = if total > 0.0 { format!("  ({})", numbers::percent(mean / total)) } else { String::new() };
        let text = format!("{}{share}", numbers::value(mean, Unit::Usd));
        value_label(&mut scene, (end + 8.0, y), &text, Face::new(SMALL, INK));
    }
    panel.edges(&mut scene);
    scene
}

/// The total with its half width, marked as a lower bound if it is one.
fn total_text(summary: &Summary) -> String {
    let mut notes = numbers::Notes::default();
    let text = numbers::estimate(&summary.bill.month_usd, Unit::Usd, &mut notes);
    if summary.bill.lower_bound { format!("Lower bound (work left undone is not billed): {text}") } else { text }
}

/// One stacked bar per design; services without a colour of their own are summed up as `other`.
pub(super) fn of_comparison(comparison: &Comparison) -> Scene {
    let title = "Cost by design and service";
    let colours = ServiceColours::by_cost(&comparison.designs);
    let totals: Vec<f64> = comparison.designs.iter().map(highest_total).collect();
    let highest = totals.iter().copied().fold(0.0, f64::max);
    if highest <= 0.0 {
        return no_data(title, "nothing was billed");
    }
    let regions: Vec<&str> = comparison.designs.iter().map(|design| &*design.region).collect();
    let place = if regions.windows(2).all(|pair| pair[0] == pair[1]) { regions[0] } else { "several regions" };
    let subtitle = format!("USD per month in {place}, stacked by service; at most eight services have a colour of their own");
    let remark = "Whiskers: 95 % confidence intervals of the totals. A total marked ≥ leaves out work left undone.";
    let mut scene = titled(title, &subtitle, remark);
    let mut entries: Vec<(String, Colour)> = colours.coloured().iter().map(|name| (name.clone(), colours.get(name))).collect();
    let is_other = |service: &str| !colours.coloured().iter().any(|name| name == service);
    let any_other = comparison.designs.iter().flat_map(cost_by_service).any(|(name, _)| is_other(&name));
    if any_other {
        entries.push(("other services".to_owned(), GREY));
    }
    let top = legend(&mut scene, &entries, MARGIN, WIDTH - MARGIN, TOP);
    let designs = palette::designs(comparison);
    let panel = Panel {
        left: label_room(designs.iter().map(|(name, _)| &**name)),
        top: top + 4.0,
        right: WIDTH - 150.0,
        bottom: HEIGHT - 84.0,
    };
    let x = Scale::from_zero(highest, panel.left, panel.right);
    panel.horizontal_axis(&mut scene, &x, Label::Number, "USD per month", true);
    let step = (panel.bottom - panel.top) / designs.len() as f64;
    let half = (step * 0.3).min(36.0);
    for (row, design) in comparison.designs.iter().enumerate() {
        let y = panel.top + (row as f64 + 0.5) * step;
        row_label(&mut scene, &design.scenario, panel.left, y);
        let mut parts: Vec<(f64, Colour)> = Vec::new();
        let costs = cost_by_service(design);
        for name in colours.coloured() {
            let cost = costs.iter().find(|(service, _)| service == name);
            parts.push((cost.and_then(|(_, cost)| cost.mean).unwrap_or(0.0), colours.get(name)));
        }
        let other = costs.iter().filter(|(name, _)| is_other(name)).filter_map(|(_, cost)| cost.mean).sum();
        parts.push((other, GREY));
        let mut end = stacked_bar(&mut scene, &x, (y - half, y + half), &parts, Unit::Usd);
        let month = &design.bill.month_usd;
        if let (Some(low), Some(high)) = (month.low, month.high) {
            scene.whisker(x.at(low), x.at(high), y, INK);
            end = end.max(x.at(high));
        }
        let mark = if design.bill.lower_bound { "≥ " } else { "" };
        let total = month.mean.unwrap_or_else(|| costs.iter().filter_map(|(_, cost)| cost.mean).sum());
        let text = format!("{mark}{}", numbers::value(total, Unit::Usd));
        value_label(&mut scene, (end + 8.0, y), &text, Face::new(TEXT, INK).bold());
    }
    panel.edges(&mut scene);
    scene
}

/// What changes from one design's bill to another's, line by line, by the means.
pub(super) fn changes(before: &Summary, after: &Summary) -> Waterfall {
    let mut changes: Vec<(String, f64)> = Vec::new();
    for (design, sign) in [(before, -1.0), (after, 1.0)] {
        for line in &design.bill.lines {
            let name = format!("{}: {}", line.service, line.sku);
            let cost = sign * line.usd_month.mean.unwrap_or(0.0);
            match changes.iter_mut().find(|(known, _)| *known == name) {
                Some((_, change)) => *change += cost,
                None => changes.push((name, cost)),
            }
        }
    }
    changes.retain(|(_, change)| change.abs() > 0.0);
    changes.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()));
    let names = (before.scenario.clone(), after.scenario.clone());
    Waterfall { names, before: before.bill.month_usd.mean.unwrap_or(0.0), changes }
}

/// The larger of the bill's total, its interval and the sum of its lines.
fn highest_total(design: &Summary) -> f64 {
    let lines: f64 = cost_by_service(design).iter().filter_map(|(_, cost)| cost.mean).sum();
    let month = &design.bill.month_usd;
    lines.max(month.mean.unwrap_or(0.0)).max(month.high.unwrap_or(0.0))
}

/// Draws parts end to end, with a white gap between them and the value inside where it fits. Returns the end.
pub(super) fn stacked_bar(scene: &mut Scene, x: &Scale, (top, bottom): (f64, f64), parts: &[(f64, Colour)], unit: Unit) -> f64 {
    let mut sum = 0.0;
    // A single part is the whole bar, whose value stands at its end.
    let several = parts.iter().filter(|part| part.0 > 0.0).count() > 1;
    for (value, colour) in parts.iter().filter(|(value, _)| *value > 0.0) {
        let (from, to) = (x.at(sum), x.at(sum + value));
        sum += value;
        let gap = if to - from > 3.0 { 1.0 } else { 0.0 };
        scene.block((from, top), (to - gap, bottom), *colour);
        let text = numbers::value(*value, unit);
        let fits = several && text_width(&text, SMALL, false) + 10.0 < to - from && bottom - top > SMALL + 2.0;
        if fits {
            let face = Face::new(SMALL, contrast(*colour)).anchored(super::scene::Anchor::Middle);
            let middle = (f64::midpoint(from, to), f64::midpoint(top, bottom));
            scene.text(middle, fit_text(&text, SMALL, to - from), face);
        }
    }
    x.at(sum)
}

/// Black or white, whichever is easier to read on the colour.
fn contrast(colour: Colour) -> Colour {
    let luminance = 0.2126 * f64::from(colour.red) + 0.7152 * f64::from(colour.green) + 0.0722 * f64::from(colour.blue);
    if luminance > 125.0 { palette::BLACK } else { Colour::new(255, 255, 255) }
}
