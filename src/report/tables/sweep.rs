//! The text that a comparison over several values prints: per value and design the key figures, then what binds first.

use super::super::charts::{headline_latency, highest_refused_share};
use super::super::names::shorten;
use super::super::numbers::{self, Notes, Unit};
use super::comparison::{DIFFERENCES_TITLE, scenario_differences};
use super::{Entry, Section, Style, binds, first_to_bind, fulfilled, print_list, print_title, print_wrapped, shown};
use crate::results::{Comparison, Estimate, LimitRow, Summary};

/// A sweep as text: `varied` is what has another value at each point, `points` are the values with their comparisons.
pub fn sweep_text(varied: &str, points: &[(String, Comparison)], style: Style) -> String {
    let points: &[(String, Comparison)] = &points
        .iter()
        .map(|(value, comparison)| (value.clone(), shorten(comparison).comparison.into_owned()))
        .collect::<Vec<_>>();
    let mut out = String::new();
    let mut notes = Notes::default();
    let designs = points.first().map_or(0, |(_, comparison)| comparison.designs.len());
    let noun = if designs == 1 { "design" } else { "designs" };
    print_title(&mut out, &format!("{designs} {noun} over {} values of {varied}", points.len()), style);
    let question = points.iter().flat_map(|(_, comparison)| &comparison.designs).find_map(|design| design.question.as_ref());
    if let Some(question) = question {
        print_wrapped(&mut out, "", question);
    }
    print_wrapped(&mut out, "", "± is half the 95 % confidence interval, the longer half if they differ.");
    figures(points, &mut notes).print(&mut out, style);
    limiters(points, &mut notes).print(&mut out, style);
    if let Some((_, comparison)) = points.first() {
        print_list(&mut out, style, DIFFERENCES_TITLE, &scenario_differences(comparison));
    }
    print_list(&mut out, style, "Unstable, and other warnings", &warnings(points));
    let footnotes = notes.text();
    if !footnotes.is_empty() {
        out.push('\n');
        for line in footnotes.lines() {
            print_wrapped(&mut out, "", line);
        }
    }
    out
}

pub(super) fn figures(points: &[(String, Comparison)], notes: &mut Notes) -> Section {
    let title = "Key figures; latency: that of the observed milestone; refused: the most that any limiter refused";
    let heading = ["value", "design", "stable", "p50", "p99", "USD per million fulfilled", "fulfilled", "refused"];
    let mut section = Section::new(title, 3..usize::MAX, &heading);
    for (value, design, first) in rows(points) {
        let missing = Estimate::default();
        let latency = headline_latency(design);
        let stable = design.stability.stable;
        let mut cost = shown(&design.bill.per_million_fulfilled_usd, Unit::Usd, notes);
        if design.bill.lower_bound && design.bill.per_million_fulfilled_usd.mean.is_some() {
            cost.text.insert_str(0, "≥ ");
        }
        let refused = highest_refused_share(design).map_or_else(|| "-".to_owned(), |share| numbers::value(share, Unit::Share));
        section.row(vec![
            if first { value.into() } else { "".into() },
            design.scenario.clone().into(),
            Entry::verdict(stable, if stable { "yes" } else { "NO" }),
            shown(latency.map_or(&missing, |latency| &latency.p50), Unit::Milliseconds, notes),
            shown(latency.map_or(&missing, |latency| &latency.p99), Unit::Milliseconds, notes),
            cost,
            numbers::estimate_mean(&fulfilled(design), Unit::Share, notes).into(),
            refused.into(),
        ]);
    }
    section
}

pub(super) fn limiters(points: &[(String, Comparison)], notes: &mut Notes) -> Section {
    let title = "What binds first (load multiple: linear estimate)";
    let mut section = Section::new(title, 3..usize::MAX, &["value", "design", "limiter", "when it binds", "quota"]);
    for (value, design, first) in rows(points) {
        let mut cells: Vec<Entry> = vec![if first { value.into() } else { "".into() }, design.scenario.clone().into()];
        match first_to_bind(&design.limits) {
            Some(row) => {
                let fixed = if row.adjustable { "" } else { ", fixed" };
                cells.extend([
                    format!("{}: {}", row.service, row.limiter).into(),
                    when(row, notes),
                    format!("{} {}{fixed}", numbers::number(row.quota), row.unit).into(),
                ]);
            }
            None => cells.push("none is in use".into()),
        }
        section.row(cells);
    }
    section
}

/// When a limiter binds: already, with what it does to requests, or at a multiple of the load.
fn when(row: &LimitRow, notes: &mut Notes) -> Entry {
    if !binds(row) {
        return row
            .load_multiple
            .map_or_else(|| "-".into(), |multiple| format!("at load × {}", numbers::number(multiple)).into());
    }
    let parts = [(&row.refused_share, "refused"), (&row.delayed_share, "delayed")];
    let parts = parts.into_iter().filter(|(share, _)| share.mean.is_some_and(|mean| mean > 0.0));
    let parts: Vec<String> =
        parts.map(|(share, word)| format!("{} {word}", numbers::estimate_mean(share, Unit::Share, notes))).collect();
    Entry::verdict(false, format!("binds now: {}", parts.join(", ")))
}

/// Every design at every value, and whether it is the first at that value.
fn rows(points: &[(String, Comparison)]) -> impl Iterator<Item = (&str, &Summary, bool)> {
    points.iter().flat_map(|(value, comparison)| {
        comparison.designs.iter().enumerate().map(move |(index, design)| (value.as_str(), design, index == 0))
    })
}

pub(super) fn warnings(points: &[(String, Comparison)]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (value, design, _) in rows(points) {
        let reasons = design.stability.reasons.iter().map(|reason| format!("unstable: {reason}"));
        lines.extend(reasons.chain(design.warnings.iter().cloned()).map(|text| format!("{value}, {}: {text}", design.scenario)));
    }
    lines
}
