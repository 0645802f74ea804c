//! Charts of bills alone: what changes between two of them, and how a bill grows with load.

use super::super::numbers::{self, Unit};
use super::frame::{Panel, SMALL, TOP, label_room, legend, no_data, row_label, titled, value_label};
use super::palette::{BLUE, GREY, INK, VERMILLION, by_position};
use super::scale::{Label, Scale};
use super::scene::{Colour, Face, HEIGHT, Scene, WIDTH, text_width};
use crate::results::{CostAgainstLoad, Waterfall};

/// Steps in a waterfall; the smaller changes are summed up in one.
const STEPS_SHOWN: usize = 14;
/// Services in a chart against load; the rest is summed up in one.
const SERVICES_SHOWN: usize = 7;

/// Total before, every change from where the last one ended, total after.
pub(super) fn waterfall(bill: &Waterfall) -> Scene {
    let title = format!("From {} to {}", bill.names.0, bill.names.1);
    if bill.changes.is_empty() {
        return no_data(&title, "the two bills are the same");
    }
    let mut changes = bill.changes.clone();
    let rest = changes.split_off(changes.len().min(STEPS_SHOWN));
    if !rest.is_empty() {
        changes.push((format!("{} smaller changes", rest.len()), rest.iter().map(|(_, change)| change).sum()));
    }
    let after = bill.before + changes.iter().map(|(_, change)| change).sum::<f64>();
    let subtitle = format!("{} to {} USD per month", numbers::value(bill.before, Unit::Usd), numbers::value(after, Unit::Usd));
    let mut scene =
        titled(&title, &subtitle, "Each step starts where the one above it ended. Orange costs more, blue costs less.");
    let names = [bill.names.0.as_str()].into_iter().chain(changes.iter().map(|(name, _)| &**name)).chain([&*bill.names.1]);
    let left = label_room(names);
    let panel = Panel { left, top: TOP, right: WIDTH - 150.0, bottom: HEIGHT - 84.0 };
    let (mut at, mut highest) = (bill.before, bill.before.max(after));
    for (_, change) in &changes {
        at += change;
        highest = highest.max(at);
    }
    let x = Scale::from_zero(highest, panel.left, panel.right);
    panel.horizontal_axis(&mut scene, &x, Label::Number, "USD per month", true);
    let step = (panel.bottom - panel.top) / (changes.len() + 2) as f64;
    let half = (step * 0.34).min(17.0);
    let mut bar = |row: usize, name: &str, from: f64, to: f64, colour: Colour, text: &str| {
        let y = panel.top + (row as f64 + 0.5) * step;
        scene.block((x.at(from.min(to)), y - half), (x.at(from.max(to)), y + half), colour);
        row_label(&mut scene, name, panel.left, y);
        value_label(&mut scene, (x.at(from.max(to)) + 8.0, y), text, Face::new(SMALL, INK));
    };
    bar(0, &bill.names.0, 0.0, bill.before, GREY, &numbers::value(bill.before, Unit::Usd));
    let mut at = bill.before;
    for (row, (name, change)) in changes.iter().enumerate() {
        let colour = if *change > 0.0 { VERMILLION } else { BLUE };
        let sign = if *change > 0.0 { "+" } else { "-" };
        bar(row + 1, name, at, at + change, colour, &format!("{sign}{}", numbers::value(change.abs(), Unit::Usd)));
        at += change;
    }
    bar(changes.len() + 1, &bill.names.1, 0.0, after, GREY, &numbers::value(after, Unit::Usd));
    panel.edges(&mut scene);
    scene
}

/// Services stacked over load; dashes mark where tiers change.
pub(super) fn against_load(bill: &CostAgainstLoad) -> Scene {
    let title = format!("Cost against load: {}", bill.name);
    let mut services = bill.services.clone();
    let rest = services.split_off(services.len().min(SERVICES_SHOWN));
    if !rest.is_empty() {
        let sums = (0..bill.loads.len()).map(|load| rest.iter().map(|(_, costs)| costs[load]).sum()).collect();
        services.push((format!("{} other services", rest.len()), sums));
    }
    let totals: Vec<f64> = (0..bill.loads.len()).map(|load| services.iter().map(|(_, costs)| costs[load]).sum()).collect();
    let highest = totals.iter().copied().fold(0.0, f64::max);
    if highest <= 0.0 {
        return no_data(&title, "nothing was billed");
    }
    let subtitle = "USD per month by service, when all usage that grows with traffic is multiplied";
    let mut scene = titled(&title, subtitle, "Upright lines: loads at which a price changes from one tier to the next.");
    let entries: Vec<(String, Colour)> =
        services.iter().enumerate().map(|(place, (name, _))| (name.clone(), by_position(place))).collect();
    let panel = Panel { left: 110.0, top: TOP + 40.0, right: WIDTH - 60.0, bottom: HEIGHT - 84.0 };
    legend(&mut scene, &entries, panel.left, panel.right, TOP);
    let last = bill.loads.last().copied().unwrap_or(1.0);
    let x = Scale::exactly(last, panel.left, panel.right);
    let y = Scale::from_zero(highest, panel.bottom, panel.top);
    panel.vertical_axis(&mut scene, &y, Label::Number, "USD per month");
    panel.horizontal_axis(&mut scene, &x, Label::Number, "multiple of the usage", true);
    let mut below = vec![0.0; bill.loads.len()];
    for (place, (_, costs)) in services.iter().enumerate() {
        let above: Vec<f64> = below.iter().zip(costs).map(|(below, cost)| below + cost).collect();
        let upper = bill.loads.iter().zip(&above).map(|(load, cost)| (x.at(*load), y.at(*cost)));
        let lower = bill.loads.iter().zip(&below).rev().map(|(load, cost)| (x.at(*load), y.at(*cost)));
        scene.area(upper.chain(lower).collect(), by_position(place));
        below = above;
    }
    let line = bill.loads.iter().zip(&totals).map(|(load, cost)| (x.at(*load), y.at(*cost))).collect();
    scene.line(line, INK, 2.0);
    for (place, (load, name)) in bill.kinks.iter().filter(|(load, _)| *load <= last).enumerate() {
        // Each line ends at its own name, so that it crosses none of those before it.
        let (at, top) = (x.at(*load), panel.top + 12.0 + 16.0 * place as f64);
        let width = text_width(name, SMALL, false);
        let beside = if at + 5.0 + width > panel.right { at - 8.0 - width } else { at + 5.0 };
        scene.line(vec![(at, panel.bottom), (at, top)], INK, 1.0);
        value_label(&mut scene, (beside, top), name, Face::new(SMALL, INK));
    }
    panel.edges(&mut scene);
    scene
}
