//! Where the time goes: critical-path time stacked by category, overall and by service.

use super::super::numbers::{self, Unit};
use super::cost::stacked_bar;
use super::frame::{MARGIN, Panel, SMALL, TOP, label_room, legend, no_data, row_label, titled, value_label};
use super::palette::{CATEGORIES, GREY, INK, SOFT_INK};
use super::scale::{Label, Scale};
use super::scene::{Colour, Face, HEIGHT, Scene, WIDTH};
use crate::results::{BreakdownRow, Summary};

/// Time per category, milliseconds, with the category's colour.
type Parts = [(f64, Colour)];
/// A bar's name and its parts.
type Bar = (String, Vec<(f64, Colour)>);

/// Services per panel; the rest is summed up.
const SERVICES_SHOWN: usize = 14;
/// Bars of the overview.
const BARS_SHOWN: usize = 12;

const GROUPS: [(&str, &str); 2] = [("all", "all journeys"), ("slowest_1_percent", "slowest 1 %")];

/// The (journey, milestone) pairs that have a breakdown, in order of first appearance.
pub(super) fn milestones(summary: &Summary) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for row in &summary.breakdown {
        let pair = (row.journey.clone(), row.milestone.clone());
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs
}

/// Milliseconds per category, in the order of the palette; anything unknown comes last.
fn by_category<'a>(rows: impl Iterator<Item = &'a BreakdownRow>) -> Vec<(f64, Colour)> {
    let mut parts: Vec<(f64, Colour)> = CATEGORIES.iter().map(|category| (0.0, category.2)).collect();
    parts.push((0.0, GREY));
    for row in rows {
        let position = CATEGORIES.iter().position(|category| category.0 == row.category);
        let time = row.mean_ms.mean.filter(|time| time.is_finite()).unwrap_or(0.0);
        parts[position.unwrap_or(CATEGORIES.len())].0 += time.max(0.0);
    }
    parts
}

fn total(parts: &[(f64, Colour)]) -> f64 {
    parts.iter().map(|part| part.0).sum()
}

/// The categories that occur, for the legend.
fn categories_used(summary: &Summary) -> Vec<(String, Colour)> {
    let parts = by_category(summary.breakdown.iter());
    let used = CATEGORIES.iter().zip(&parts).filter(|(_, part)| part.0 > 0.0);
    let mut entries: Vec<(String, Colour)> = used.map(|(category, _)| (category.1.to_owned(), category.2)).collect();
    if parts[CATEGORIES.len()].0 > 0.0 {
        entries.push(("other".to_owned(), GREY));
    }
    entries
}

/// One bar per milestone and group, all of the same length: milestones can lie decades apart.
pub(super) fn overview(summary: &Summary) -> Scene {
    let title = format!("Where the time goes: {}", summary.scenario);
    let mut bars: Vec<Bar> = Vec::new();
    for (journey, milestone) in milestones(summary) {
        for (group, group_name) in GROUPS {
            let here = |row: &&BreakdownRow| row.journey == journey && row.milestone == milestone && row.group == group;
            let parts = by_category(summary.breakdown.iter().filter(here));
            bars.push((format!("{journey}: {milestone}, {group_name}"), parts));
        }
    }
    bars.truncate(BARS_SHOWN);
    let highest = bars.iter().map(|(_, parts)| total(parts)).fold(0.0, f64::max);
    if highest <= 0.0 {
        return no_data(&title, "no time on the critical path was recorded");
    }
    let subtitle =
        "Shares of the mean time on the critical path from arrival to milestone, by category; the time itself on the right";
    let mut scene = titled(&title, subtitle, "");
    let entries = categories_used(summary);
    let top = legend(&mut scene, &entries, MARGIN, WIDTH - MARGIN, TOP);
    let panel = Panel {
        left: label_room(bars.iter().map(|(name, _)| &**name)),
        top: top + 4.0,
        right: WIDTH - 110.0,
        bottom: HEIGHT - 74.0,
    };
    let x = Scale::exactly(1.0, panel.left, panel.right);
    panel.horizontal_axis(&mut scene, &x, Label::Percent, "share of the time", true);
    let rows = draw_rows(&mut scene, panel, &bars, true);
    for (y, half, parts) in rows {
        let sum = total(parts);
        let shares: Vec<(f64, Colour)> = parts.iter().map(|part| (part.0 / sum.max(f64::MIN_POSITIVE), part.1)).collect();
        let end = stacked_bar(&mut scene, &x, (y - half, y + half), &shares, Unit::Share);
        let text = numbers::value(sum, Unit::Milliseconds);
        value_label(&mut scene, (end + 7.0, y), &text, Face::new(SMALL, INK));
    }
    panel.edges(&mut scene);
    scene
}

/// One bar per service, all journeys on the left, the slowest 1 % on the right.
pub(super) fn by_service(summary: &Summary, journey: &str, milestone: &str) -> Scene {
    let title = format!("Where the time goes, {journey}: {milestone} ({})", summary.scenario);
    let of_milestone = |row: &&BreakdownRow| row.journey == journey && row.milestone == milestone;
    let rows: Vec<&BreakdownRow> = summary.breakdown.iter().filter(of_milestone).collect();
    let services = services_by_time(&rows);
    if services.is_empty() {
        return no_data(&title, "no time on the critical path was recorded");
    }
    let subtitle = "Mean time per journey on the critical path by service and category; each panel has its own scale";
    let mut scene = titled(&title, subtitle, "");
    let top = legend(&mut scene, &categories_used(summary), MARGIN, WIDTH - MARGIN, TOP);
    let left = label_room(services.iter().map(|service| &**service));
    let width = (WIDTH - MARGIN - left - 90.0) / 2.0;
    for (index, (group, group_name)) in GROUPS.into_iter().enumerate() {
        let start = left + index as f64 * (width + 90.0);
        let panel = Panel { left: start, top: top + 30.0, right: start + width - 60.0, bottom: HEIGHT - 74.0 };
        let bars: Vec<Bar> = service_bars(&rows, &services, group);
        let highest = bars.iter().map(|(_, parts)| total(parts)).fold(0.0, f64::max);
        let sum: f64 = bars.iter().map(|(_, parts)| total(parts)).sum();
        let heading = format!("{group_name}, {} in all", numbers::value(sum, Unit::Milliseconds));
        scene.text((start, top + 12.0), heading, Face::new(SMALL, INK).bold());
        if highest > 0.0 {
            draw_bars(&mut scene, panel, highest, &bars, index == 0);
        } else {
            let middle = f64::midpoint(panel.top, panel.bottom);
            scene.text((panel.left + 40.0, middle), "no data", Face::new(SMALL, SOFT_INK));
        }
    }
    scene
}

/// Services in the order of their larger share of either group; the last entry may stand for the rest.
fn services_by_time(rows: &[&BreakdownRow]) -> Vec<String> {
    let mut totals = [0.0_f64; 2];
    let mut times: Vec<(String, [f64; 2])> = Vec::new();
    for row in rows {
        let group = usize::from(row.group != GROUPS[0].0);
        let time = row.mean_ms.mean.filter(|time| time.is_finite()).unwrap_or(0.0).max(0.0);
        totals[group] += time;
        let known = times.iter().position(|(name, _)| *name == row.service);
        let position = known.unwrap_or_else(|| {
            times.push((row.service.clone(), [0.0; 2]));
            times.len() - 1
        });
        times[position].1[group] += time;
    }
    let share = |times: &[f64; 2]| {
        let of = |group: usize| times[group] / totals[group].max(f64::MIN_POSITIVE);
        of(0).max(of(1))
    };
    times.retain(|(_, entry)| share(entry) > 0.0);
    times.sort_by(|left, right| share(&right.1).total_cmp(&share(&left.1)));
    let mut names: Vec<String> = times.into_iter().map(|(name, _)| name).collect();
    if names.len() > SERVICES_SHOWN {
        let rest = names.len() - SERVICES_SHOWN + 1;
        names.truncate(SERVICES_SHOWN - 1);
        names.push(format!("{rest} other services"));
    }
    names
}

fn service_bars(rows: &[&BreakdownRow], services: &[String], group: &str) -> Vec<Bar> {
    let known = |name: &str| rows.iter().any(|row| row.service == name);
    let bar = |service: &String| {
        let belongs = |row: &&&BreakdownRow| {
            let here = if known(service) { row.service == *service } else { !services.contains(&row.service) };
            here && row.group == group
        };
        (service.clone(), by_category(rows.iter().filter(belongs).copied()))
    };
    services.iter().map(bar).collect()
}

fn draw_bars(scene: &mut Scene, panel: Panel, highest: f64, bars: &[Bar], named: bool) {
    let x = Scale::from_zero(highest, panel.left, panel.right);
    panel.horizontal_axis(scene, &x, Label::Milliseconds, "mean time per journey", true);
    for (y, half, parts) in draw_rows(scene, panel, bars, named) {
        let end = stacked_bar(scene, &x, (y - half, y + half), parts, Unit::Milliseconds);
        let text = numbers::value(total(parts), Unit::Milliseconds);
        value_label(scene, (end + 7.0, y), &text, Face::new(SMALL, INK));
    }
    panel.edges(scene);
}

/// Writes the row names and yields, per bar, its middle, half its thickness and its parts.
fn draw_rows<'a>(scene: &mut Scene, panel: Panel, bars: &'a [Bar], named: bool) -> Vec<(f64, f64, &'a Parts)> {
    let step = (panel.bottom - panel.top) / bars.len() as f64;
    let half = (step * 0.34).min(20.0);
    let mut rows = Vec::new();
    for (row, (name, parts)) in bars.iter().enumerate() {
        let y = panel.top + (row as f64 + 0.5) * step;
        if named {
            row_label(scene, name, panel.left, y);
        }
        rows.push((y, half, &**parts));
    }
    rows
}
