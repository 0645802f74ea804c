//! The text that a sensitivity study prints: what each metric owes to each assumption, and verdicts that hang on them.

use super::super::numbers::{self, Notes, Unit};
use super::{Entry, Section, Style, print_list, print_title, print_wrapped, unit_of_path};
use crate::results::{AssumptionEffect, Estimate, MetricSensitivity, ObjectiveSensitivity, Sensitivity, VariedAssumption};

/// Rows of a table; the rest is in sensitivity.csv.
const ROWS: usize = 20;

/// A sensitivity study as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn sensitivity_text(found: &Sensitivity, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    print_title(&mut out, &format!("{}: {} assumptions varied", found.scenario, found.assumptions.len()), style);
    let sample = match found.samples {
        0 => String::new(),
        points => format!(" Explained: squared correlation over {points} points at which all assumptions vary together."),
    };
    print_wrapped(
        &mut out,
        "",
        &format!(
            "One at a time at the low and high end of their ranges, under the same seeds. Swing: high minus low, ± half the width of \
             an interval that holds together with all others at 95 %; * it excludes 0.{sample}"
        ),
    );
    for metric in &found.metrics {
        effects(metric, found, &mut notes).print(&mut out, style);
        lines(metric, &mut notes).iter().for_each(|line| print_wrapped(&mut out, "", line));
    }
    objectives(&found.objectives, found.samples).print(&mut out, style);
    let left_out: Vec<String> = found.left_out.iter().map(|one| format!("{}: {}", one.name, one.reason)).collect();
    print_list(&mut out, style, "Assumptions left as they are", &left_out);
    print_list(&mut out, style, "Warnings", &found.warnings);
    let text = notes.text();
    if !text.is_empty() {
        out.push('\n');
        text.lines().for_each(|line| print_wrapped(&mut out, "", line));
    }
    out
}

/// Whether an assumption does anything to the metric, as far as means tell.
pub(in super::super) fn matters(effect: &AssumptionEffect) -> bool {
    effect.swing.mean.is_none_or(|swing| swing != 0.0)
}

/// A range as `30 (44) 62 ms`: low, in force, high.
pub(in super::super) fn range(assumption: &VariedAssumption) -> String {
    let [low, value, high] = [assumption.low, assumption.value, assumption.high].map(numbers::number);
    format!("{low} ({value}) {high} {}", assumption.unit).trim_end().to_owned()
}

fn effects(metric: &MetricSensitivity, found: &Sensitivity, notes: &mut Notes) -> Section {
    let heading = ["assumption", "low (in force) high", "at low", "at high", "swing", "explained"];
    let value = numbers::estimate(&metric.value, unit_of_path(&metric.metric), notes);
    let mut section = Section::new(format!("{} = {value}", metric.metric), 2..usize::MAX, &heading);
    let unit = unit_of_path(&metric.metric);
    for effect in metric.effects.iter().filter(|effect| matters(effect)).take(ROWS) {
        let assumption = found.assumptions.iter().find(|assumption| assumption.name == effect.assumption);
        let plain = |estimate: &Estimate, notes: &mut Notes| numbers::estimate_mean(estimate, unit, notes).into();
        let explained = if found.samples > 0 { explained(&effect.explained) } else { String::new() };
        let cells: Vec<Entry> = vec![
            effect.assumption.as_str().into(),
            assumption.map_or_else(String::new, range).into(),
            plain(&effect.at_low, notes),
            plain(&effect.at_high, notes),
            format!("{}{}", numbers::estimate(&effect.swing, unit, notes), if effect.shown { " *" } else { "" }).into(),
            explained.into(),
        ];
        section.row(cells);
    }
    section.drop_empty_columns(2);
    section
}

/// Mean and interval, in as little room as possible: `62 % (40-78)`.
pub(in super::super) fn explained(share: &Estimate) -> String {
    let whole = |share: f64| format!("{:.0}", share * 100.0);
    match (share.mean, share.low, share.high) {
        (Some(mean), Some(low), Some(high)) => format!("{} % ({}-{})", whole(mean), whole(low), whole(high)),
        (Some(mean), ..) => format!("{} %", whole(mean)),
        (None, ..) => "-".to_owned(),
    }
}

fn lines(metric: &MetricSensitivity, notes: &mut Notes) -> Vec<String> {
    let unit = unit_of_path(&metric.metric);
    let mut lines = Vec::new();
    let moved = metric.effects.iter().filter(|effect| matters(effect)).count();
    if moved == 0 {
        let value = numbers::estimate(&metric.value, unit, notes);
        lines.push(format!("No assumption moves {} from {value}.", metric.metric));
    }
    if moved > ROWS {
        lines.push(format!("{} more with smaller swings are in sensitivity.csv.", moved - ROWS));
    }
    let still = metric.effects.len() - moved;
    if still > 0 && moved > 0 {
        lines.push(format!("{still} others do not move it at all."));
    }
    if let Some(joint) = &metric.joint {
        let [low, middle, high] = [joint.p5, joint.median, joint.p95].map(|value| numbers::value(value, unit));
        lines.push(format!(
            "With all assumptions anywhere in their ranges: {low} to {high} (5th to 95th percentile of {} points), median {middle}.",
            joint.points
        ));
    }
    lines
}

fn objectives(objectives: &[ObjectiveSensitivity], samples: u64) -> Section {
    let mut section = Section::new("Objectives", 3..usize::MAX, &["objective", "in force", "turned by", "turned in the sample"]);
    for objective in objectives {
        let by: Vec<String> = objective.turned_by.iter().map(|(name, end)| format!("{name} {end}")).collect();
        let by = if by.is_empty() { "no assumption alone".to_owned() } else { by.join(", ") };
        let sample = if samples > 0 { format!("{} of {samples}", objective.turned_in_sample) } else { String::new() };
        let verdict = Entry::verdict(objective.met, if objective.met { "✓ met" } else { "✗ missed" });
        section.row(vec![objective.name.as_str().into(), verdict, by.into(), sample.into()]);
    }
    section.drop_empty_columns(3);
    section
}

/// The unit of a metric, for charts.
pub(in super::super) fn unit(metric: &MetricSensitivity) -> Unit {
    unit_of_path(&metric.metric)
}
