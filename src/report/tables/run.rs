//! The text that `run` prints: verdicts first, then what happened, what it costs and what would break first.

use super::super::numbers::{self, Notes, Unit};
use super::bill;
use super::study::study_lines;
use super::{
    Entry, Section, Style, binds, ending_share, limits_by_load, objective_entry, objective_unit, print_list, print_title,
    print_wrapped, recovery, scaled, shown,
};
use crate::results::{BreakdownRow, Estimate, ServiceSummary, Summary};

/// Rows of `what binds first`; the rest is in `limits.csv`.
const LIMITS_SHOWN: usize = 8;
/// Rows of `where the time goes` per milestone; the rest is summed up.
const BREAKDOWN_SHOWN: usize = 10;

/// The summary of one run as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn run_text(summary: &Summary, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    print_title(&mut out, &summary.scenario, style);
    if let Some(question) = &summary.question {
        print_wrapped(&mut out, "", question);
    }
    if !summary.objectives.is_empty() {
        objectives(summary, &mut notes).print(&mut out, style);
        out.push('\n');
    }
    facts(&mut out, summary, style);
    journeys(summary, &mut notes).print(&mut out, style);
    endings(summary, &mut notes).print(&mut out, style);
    latency(summary, &mut notes).print(&mut out, style);
    planning(summary, &mut notes).print(&mut out, style);
    services(summary, &mut notes).print(&mut out, style);
    for section in bill::sections(summary, &mut notes) {
        section.print(&mut out, style);
    }
    for section in breakdown(summary, &mut notes) {
        section.print(&mut out, style);
    }
    limits(summary, &mut notes).print(&mut out, style);
    for section in recovery::sections(summary, &mut notes) {
        section.print(&mut out, style);
    }
    assumptions(summary).print(&mut out, style);
    print_list(&mut out, style, "Free allowances applied", &summary.bill.allowances);
    print_list(&mut out, style, "Warnings", &summary.warnings);
    let footnotes = notes.text();
    if !footnotes.is_empty() {
        out.push('\n');
        for line in footnotes.lines() {
            print_wrapped(&mut out, "", line);
        }
    }
    out
}

fn facts(out: &mut String, summary: &Summary, style: Style) {
    print_wrapped(out, "", &study_facts(summary));
    for line in study_lines(summary) {
        print_wrapped(out, "", &line);
    }
    if summary.replications > 1 {
        print_wrapped(out, "", "± is half the 95 % confidence interval, the longer half if they differ.");
    }
    if summary.stability.stable {
        print_wrapped(out, "", "Stable: all work that comes in gets done.");
        return;
    }
    let verdict = "UNSTABLE: work piles up, so latencies depend on how long one watches.";
    print_title(out, verdict, style);
    for reason in &summary.stability.reasons {
        print_wrapped(out, "  - ", reason);
    }
}

/// What was simulated, in one sentence.
pub(super) fn study_facts(summary: &Summary) -> String {
    let runs = if summary.replications == 1 { "replication" } else { "replications" };
    let mut facts = format!("{} {runs} of {} s measured", summary.replications, numbers::number(summary.window_seconds));
    if summary.warm_up_seconds > 0.0 {
        facts = format!("{facts} after {} s warm-up", numbers::number(summary.warm_up_seconds));
    }
    format!(
        "{facts}, region {}, seed {}, {} events, fingerprint {}",
        summary.region,
        summary.seed,
        numbers::number(summary.events as f64),
        summary.fingerprint
    )
}

pub(super) fn objectives(summary: &Summary, notes: &mut Notes) -> Section {
    let mut section = Section::new("Objectives", 3..usize::MAX, &["", "objective", "condition", "value"]);
    for objective in &summary.objectives {
        section.row(vec![
            objective_entry(objective),
            objective.name.clone().into(),
            objective.condition.clone().into(),
            shown(&objective.value, objective_unit(objective), notes),
        ]);
    }
    section
}

pub(super) fn journeys(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = ["journey", "started", "completed per second", "unfinished", "stuck", "late", "duplicate effects"];
    let mut section = Section::new("Journeys, per replication", 1..usize::MAX, &heading);
    for (name, journey) in &summary.journeys {
        section.row(vec![
            name.clone().into(),
            shown(&journey.started, Unit::Number, notes),
            shown(&journey.per_second, Unit::Number, notes),
            shown(&journey.unfinished, Unit::Number, notes),
            shown(&journey.stuck, Unit::Number, notes),
            shown(&journey.late, Unit::Number, notes),
            shown(&journey.duplicates, Unit::Number, notes),
        ]);
    }
    section
}

pub(super) fn endings(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = ["journey", "ending", "journeys", "share of started"];
    let mut section = Section::new("Endings", 2..usize::MAX, &heading);
    for (name, journey) in &summary.journeys {
        for (ending, count) in &journey.endings {
            section.row(vec![
                name.clone().into(),
                ending.clone().into(),
                shown(count, Unit::Number, notes),
                shown(&ending_share(count, &journey.started), Unit::Share, notes),
            ]);
        }
    }
    section
}

pub(super) fn latency(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = ["journey", "milestone", "mean", "p50", "p90", "p99"];
    let mut section = Section::new("Latency from arrival", 2..usize::MAX, &heading);
    for (name, journey) in &summary.journeys {
        for (milestone, reached) in &journey.milestones {
            let latency = &reached.latency_ms;
            let mut row: Vec<Entry> = vec![name.clone().into(), milestone.clone().into()];
            for estimate in [&latency.mean, &latency.p50, &latency.p90, &latency.p99] {
                row.push(shown(estimate, Unit::Milliseconds, notes));
            }
            section.row(row);
        }
    }
    section
}

/// What it would take to know the latencies better.
pub(super) fn planning(summary: &Summary, notes: &mut Notes) -> Section {
    let relative = summary.planning.first().map_or(0.0, |line| line.relative);
    let title = format!("Runs needed to know latencies to ± {}, by the present spread", numbers::percent(relative));
    let heading = ["journey", "milestone", "", "now known to", "replications", "requests in all"];
    let mut section = Section::new(title, 3..usize::MAX, &heading);
    for line in &summary.planning {
        let mut row: Vec<Entry> = vec![line.journey.clone().into(), line.milestone.clone().into(), line.metric.clone().into()];
        if let Some(reason) = &line.withheld {
            row.extend([format!("- [{}]", notes.mark(reason)).into(), "".into(), "".into()]);
        } else {
            let about = |count: Option<u64>| count.map_or_else(String::new, |count| format!("about {}", numbers::about(count)));
            let known = line.relative_half_width.map_or_else(String::new, |known| format!("± {}", numbers::percent(known)));
            row.extend([known.into(), about(line.replications).into(), about(line.requests).into()]);
        }
        section.row(row);
    }
    section
}

pub(super) fn services(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = [
        "service",
        "type",
        "load, requests/s",
        "peak concurrency",
        "peak backlog",
        "oldest message",
        "throttled",
        "dead letters",
    ];
    let mut section = Section::new("Services, per replication", 2..usize::MAX, &heading);
    for (name, service) in &summary.services {
        let figures = [
            load(service, notes),
            peak(service, &["concurren", "in_progress", "busy", "executions_open", "in_flight"], notes),
            peak(service, &["backlog", "waiting", "queue_length", "visible"], notes),
            oldest_message(service, notes),
            throttles(service, notes),
            total(service, &["dead_letter"], notes),
        ];
        if figures.iter().any(|figure| !figure.text.is_empty()) {
            let mut row: Vec<Entry> = vec![name.clone().into(), service.kind.clone().into()];
            row.extend(figures);
            section.row(row);
        }
    }
    section.drop_empty_columns(2);
    section
}

/// What an external sees, retries included: the mean of the window and its highest 10 s.
fn load(service: &ServiceSummary, notes: &mut Notes) -> Entry {
    let mut rate = |which: &str| {
        let metric = service.metrics.get(&format!("requests_per_second_{which}"))?;
        Some(format!("{which} {}", numbers::estimate(metric, Unit::Number, notes)))
    };
    let lines: Vec<String> = [rate("mean"), rate("peak")].into_iter().flatten().collect();
    lines.join("\n").into()
}

/// The highest age of the oldest message of a queue.
fn oldest_message(service: &ServiceSummary, notes: &mut Notes) -> Entry {
    let metric = service.metrics.get("oldest_message_age_seconds_max");
    metric.map_or_else(|| "".into(), |age| shown(&scaled(age, 1e3), Unit::Milliseconds, notes))
}

/// The metric that tells the highest value of something: its name holds one of `words`, and `max` or `peak`.
fn peak(service: &ServiceSummary, words: &[&str], notes: &mut Notes) -> Entry {
    let named = |name: &str| words.iter().any(|word| name.contains(word));
    let highest = |name: &str| name.contains("max") || name.contains("peak");
    let countable = |name: &str| !name.contains("share") && !name.contains("_ms");
    let metric = service.metrics.iter().find(|(name, _)| named(name) && highest(name) && countable(name));
    metric.map_or_else(|| "".into(), |(_, estimate)| shown(estimate, Unit::Number, notes))
}

/// The first metric whose name holds one of `words`.
fn total(service: &ServiceSummary, words: &[&str], notes: &mut Notes) -> Entry {
    let metric = service.metrics.iter().find(|(name, _)| words.iter().any(|word| name.contains(word)));
    metric.map_or_else(|| "".into(), |(_, estimate)| shown(estimate, Unit::Number, notes))
}

/// What each limiter turned away: one line a metric, those at zero left out unless all are.
fn throttles(service: &ServiceSummary, notes: &mut Notes) -> Entry {
    let counts: Vec<(&String, &Estimate)> =
        service.metrics.iter().filter(|(name, _)| name.contains("throttle") && !name.contains("share")).collect();
    let some: Vec<String> = counts
        .iter()
        .filter(|(_, estimate)| estimate.mean != Some(0.0))
        .map(|(name, estimate)| {
            let count = numbers::estimate(estimate, Unit::Number, notes);
            let limiter = limiter_of(name);
            if limiter.is_empty() { count } else { format!("{limiter}: {count}") }
        })
        .collect();
    match (counts.is_empty(), some.is_empty()) {
        (true, _) => "".into(),
        (false, true) => "0".into(),
        (false, false) => some.join("\n").into(),
    }
}

/// `throttled_burst_rate_count` is about the limiter `burst rate`.
fn limiter_of(metric: &str) -> String {
    let words = metric.split('_');
    let limiter = words.filter(|word| !word.starts_with("throttle") && !["count", "by", "requests"].contains(word));
    limiter.collect::<Vec<_>>().join(" ")
}

/// One table per milestone: service and category against all journeys and the slowest 1 %.
pub(super) fn breakdown(summary: &Summary, notes: &mut Notes) -> Vec<Section> {
    let mut milestones: Vec<(&str, &str)> = Vec::new();
    for row in &summary.breakdown {
        let key = (&*row.journey, &*row.milestone);
        if !milestones.contains(&key) {
            milestones.push(key);
        }
    }
    let sections = milestones.into_iter().map(|(journey, milestone)| {
        let of_milestone = |row: &&BreakdownRow| row.journey == journey && row.milestone == milestone;
        let rows: Vec<&BreakdownRow> = summary.breakdown.iter().filter(of_milestone).collect();
        let title = format!("Where the time goes: {journey} to {milestone}, on the critical path");
        breakdown_section(title, &rows, notes)
    });
    sections.collect()
}

fn breakdown_section(title: String, rows: &[&BreakdownRow], notes: &mut Notes) -> Section {
    let heading = ["service", "category", "all journeys", "share", "slowest 1 %", "share"];
    let mut section = Section::new(title, 2..usize::MAX, &heading);
    let total = |group: &str| -> f64 {
        let of_group = rows.iter().filter(|row| row.group == group);
        of_group.filter_map(|row| row.mean_ms.mean).sum()
    };
    let totals = [total("all"), total("slowest_1_percent")];
    let mut parts: Vec<(&str, &str, [Estimate; 2])> = Vec::new();
    for row in rows {
        let key = (&*row.service, &*row.category);
        let index = parts.iter().position(|part| (part.0, part.1) == key);
        let index = index.unwrap_or_else(|| {
            parts.push((key.0, key.1, [Estimate::default(), Estimate::default()]));
            parts.len() - 1
        });
        parts[index].2[usize::from(row.group != "all")] = row.mean_ms.clone();
    }
    let size = |part: &(&str, &str, [Estimate; 2])| {
        let share = |group: usize| part.2[group].mean.unwrap_or(0.0) / totals[group].max(f64::MIN_POSITIVE);
        share(0).max(share(1))
    };
    parts.sort_by(|left, right| size(right).total_cmp(&size(left)));
    parts.retain(|part| size(part) > 0.0);
    let cells = |estimates: [Estimate; 2], notes: &mut Notes| {
        let mut cells: Vec<Entry> = Vec::new();
        for (estimate, total) in estimates.iter().zip(totals) {
            cells.push(shown(estimate, Unit::Milliseconds, notes));
            let share = estimate.mean.filter(|_| total > 0.0).map(|mean| numbers::percent(mean / total));
            cells.push(share.unwrap_or_default().into());
        }
        cells
    };
    let rest = parts.split_off(parts.len().min(BREAKDOWN_SHOWN));
    for (service, category, estimates) in parts {
        let mut row: Vec<Entry> = vec![service.into(), category.replace('_', " ").into()];
        row.extend(cells(estimates, notes));
        section.row(row);
    }
    if !rest.is_empty() {
        let sum = |group: usize| Estimate::exact(rest.iter().filter_map(|part| part.2[group].mean).sum());
        let mut row: Vec<Entry> = vec![format!("{} more", rest.len()).into(), "".into()];
        row.extend(cells([sum(0), sum(1)], notes));
        section.row(row);
    }
    section
}

pub(super) fn limits(summary: &Summary, notes: &mut Notes) -> Section {
    let sorted = limits_by_load(&summary.limits);
    let mut title = "What binds first (load multiple: linear estimate)".to_owned();
    if sorted.len() > LIMITS_SHOWN {
        title = format!("{title}, first {LIMITS_SHOWN} of {}", sorted.len());
    }
    let heading = ["limiter", "binds at load", "peak use", "quota", "refused", "delayed"];
    let mut section = Section::new(title, 1..usize::MAX, &heading);
    for row in sorted.into_iter().take(LIMITS_SHOWN) {
        let multiple = row.load_multiple.map(|multiple| format!("× {}", numbers::number(multiple)));
        let fixed = if row.adjustable { "" } else { ", fixed" };
        let already = binds(row);
        let binding = already || row.load_multiple.is_some_and(|multiple| multiple <= 1.0);
        let multiple = multiple.unwrap_or_else(|| if already { "already" } else { "unused" }.to_owned());
        section.row(vec![
            format!("{}: {}", row.service, row.limiter).into(),
            if binding { Entry::verdict(false, multiple) } else { multiple.into() },
            numbers::estimate_mean(&row.peak_use, Unit::Number, notes).into(),
            format!("{} {}{fixed}", numbers::number(row.quota), row.unit).into(),
            numbers::estimate_mean(&row.refused_share, Unit::Share, notes).into(),
            numbers::estimate_mean(&row.delayed_share, Unit::Share, notes).into(),
        ]);
    }
    section
}

pub(super) fn assumptions(summary: &Summary) -> Section {
    let heading = ["assumption", "value", "range", "services"];
    let title = "Assumptions that no source states (`check` and summary.json say why)";
    let mut section = Section::new(title, 4..usize::MAX, &heading);
    for assumption in &summary.assumptions {
        section.row(vec![
            assumption.name.clone().into(),
            assumption.value.clone().into(),
            assumption.range.clone().into(),
            assumption.services.join(", ").into(),
        ]);
    }
    section
}
