//! The text that `compare` prints: designs as columns over the same rows, then the paired differences.

use super::super::names::{Named, shorten};
use super::super::numbers::{self, Notes, Unit};
use super::study::study_lines;
use super::{
    Entry, Section, Style, binds, cost_by_service, ending_share, extrapolated, first_to_bind, milestone_name,
    objective_with_value, print_list, print_title, print_wrapped, recovery, shown, unit_of_path,
};
use crate::results::{
    AssumptionUse, Comparison, Estimate, JourneySummary, LatencySummary, ObjectiveResult, PairedDifference, ScenarioDifference,
    Summary,
};

/// Designs side by side before another table begins; more would not fit the width.
const DESIGNS_PER_TABLE: usize = 4;

/// A row of the side-by-side table: its name, and what it says of a design.
pub(super) type Row<'a> = (String, Box<dyn Fn(&Summary, &mut Notes) -> Entry + 'a>);

/// Picks one statistic of a latency.
type Statistic = fn(&LatencySummary) -> &Estimate;

/// Counts of journeys that are nought when all goes well; they have a row where they are not.
const MISHAPS: [(&str, fn(&JourneySummary) -> &Estimate); 4] = [
    ("unfinished", |result| &result.unfinished),
    ("stuck", |result| &result.stuck),
    ("late", |result| &result.late),
    ("duplicate effects", |result| &result.duplicates),
];

/// A comparison as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn comparison_text(comparison: &Comparison, style: Style) -> String {
    let Named { comparison, subject } = &shorten(comparison);
    let mut out = String::new();
    let mut notes = Notes::default();
    let of = if subject.is_empty() { "" } else { ": " };
    let title = format!("Comparison of {} designs{of}{subject}", comparison.designs.len());
    print_title(&mut out, &title, style);
    if let Some(question) = comparison.designs.iter().find_map(|design| design.question.as_ref()) {
        print_wrapped(&mut out, "", question);
    }
    for designs in comparison.designs.chunks(DESIGNS_PER_TABLE) {
        side_by_side("Objectives", designs, &objective_rows(&comparison.designs), &mut notes).print(&mut out, style);
    }
    if comparison.designs.iter().any(|design| !design.objectives.is_empty()) {
        out.push('\n');
    }
    let mut told: Vec<String> = Vec::new();
    for line in comparison.designs.iter().flat_map(study_lines) {
        if !told.contains(&line) {
            print_wrapped(&mut out, "", &line);
            told.push(line);
        }
    }
    print_wrapped(&mut out, "", "± is half the 95 % confidence interval, the longer half if they differ.");
    let disturbed = comparison.designs.first().map_or("", extrapolated);
    let bill_title = format!("Bill, USD per month{disturbed}");
    for (title, rows) in
        [("Designs side by side", general_rows(&comparison.designs)), (&*bill_title, bill_rows(&comparison.designs))]
    {
        for designs in comparison.designs.chunks(DESIGNS_PER_TABLE) {
            side_by_side(title, designs, &rows, &mut notes).print(&mut out, style);
        }
    }
    for section in differences(comparison, &mut notes) {
        section.print(&mut out, style);
    }
    assumptions(&comparison.designs).print(&mut out, style);
    print_list(&mut out, style, DIFFERENCES_TITLE, &scenario_differences(comparison));
    print_list(&mut out, style, "Warnings", &warnings(comparison));
    let footnotes = notes.text();
    if !footnotes.is_empty() {
        out.push('\n');
        for line in footnotes.lines() {
            print_wrapped(&mut out, "", line);
        }
    }
    out
}

pub(super) fn side_by_side(title: &str, designs: &[Summary], rows: &[Row], notes: &mut Notes) -> Section {
    let mut heading = vec![""];
    heading.extend(designs.iter().map(|design| &*design.scenario));
    let mut section = Section::new(title, 1..usize::MAX, &heading);
    for (name, describe) in rows {
        let mut cells: Vec<Entry> = vec![name.clone().into()];
        cells.extend(designs.iter().map(|design| describe(design, notes)));
        section.row(cells);
    }
    section
}

/// The names that `list` yields for any of the designs, in order of first appearance.
fn union(designs: &[Summary], list: impl Fn(&Summary) -> Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in designs.iter().flat_map(list) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

pub(super) fn general_rows(designs: &[Summary]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row> = vec![(
        "stability".to_owned(),
        Box::new(|design, _| {
            let stable = design.stability.stable;
            Entry::verdict(stable, if stable { "stable" } else { "UNSTABLE" })
        }),
    )];
    for journey in union(designs, |design| design.journeys.keys().cloned().collect()) {
        rows.extend(journey_rows(designs, &journey));
    }
    rows.push(("USD per month".to_owned(), Box::new(|design, notes| shown(&design.bill.month_usd, Unit::Usd, notes))));
    rows.push((
        "USD per million journeys".to_owned(),
        Box::new(|design, notes| shown(&design.bill.per_million_journeys_usd, Unit::Usd, notes)),
    ));
    rows.push((
        "USD per million fulfilled".to_owned(),
        Box::new(|design, notes| shown(&design.bill.per_million_fulfilled_usd, Unit::Usd, notes)),
    ));
    rows.push((
        "peak concurrency".to_owned(),
        Box::new(|design, notes| highest(design, &["concurren", "busy", "executions_open"], notes).into()),
    ));
    rows.push((
        "peak backlog, or in flight".to_owned(),
        Box::new(|design, notes| {
            highest(design, &["waiting", "queue_length", "messages_visible", "messages_in_flight"], notes).into()
        }),
    ));
    rows.push(("dead letters".to_owned(), Box::new(|design, notes| shown(&design.dead_letters, Unit::Number, notes))));
    for rank in 0..3 {
        let title = ["where the time goes: most", "second", "third"][rank];
        rows.push((title.to_owned(), Box::new(move |design, notes| where_time_goes(design, rank, notes).into())));
    }
    rows.push(("binds first".to_owned(), Box::new(|design, _| first_limiter(design).into())));
    rows.extend(recovery_rows(designs));
    rows
}

/// What each disturbance did in each design, and when it was over.
fn recovery_rows(designs: &[Summary]) -> Vec<Row<'_>> {
    let labels = union(designs, |design| design.recoveries.iter().map(|row| row.label.clone()).collect());
    let mut rows: Vec<Row> = Vec::new();
    for label in labels {
        for (title, describe) in recovery::PARTS {
            let wanted = label.clone();
            let cell = move |design: &Summary, notes: &mut Notes| {
                let found = design.recoveries.iter().find(|row| row.label == wanted);
                found.map_or_else(|| "-".into(), |row| describe(row, notes))
            };
            rows.push((format!("{label}: {title}"), Box::new(cell)));
        }
    }
    rows
}

/// The service with the highest of the peaks whose names hold one of `words`.
fn highest(design: &Summary, words: &[&str], notes: &mut Notes) -> String {
    let mut found: Option<(&Estimate, &str)> = None;
    for (name, service) in &design.services {
        for (metric, estimate) in &service.metrics {
            let value = estimate.mean.unwrap_or(0.0);
            let fits = metric.ends_with("_max") && words.iter().any(|word| metric.contains(word));
            if fits && found.is_none_or(|(most, _)| value > most.mean.unwrap_or(0.0)) {
                found = Some((estimate, name));
            }
        }
    }
    found.map_or_else(|| "-".to_owned(), |(peak, name)| format!("{} in {name}", shown(peak, Unit::Number, notes).text))
}

/// The part of the critical path that takes the `rank`-th most time.
fn where_time_goes(design: &Summary, rank: usize, notes: &mut Notes) -> String {
    let mut rows: Vec<_> = design.breakdown.iter().filter(|row| row.group == "all").collect();
    rows.sort_by(|one, other| other.mean_ms.mean.unwrap_or(0.0).total_cmp(&one.mean_ms.mean.unwrap_or(0.0)));
    rows.get(rank).map_or_else(
        || "-".to_owned(),
        |row| {
            format!("{} {} {}", row.service, row.category.replace('_', " "), shown(&row.mean_ms, Unit::Milliseconds, notes).text)
        },
    )
}

/// Objectives as rows, designs as columns.
pub(super) fn objectives(designs: &[Summary], notes: &mut Notes) -> Section {
    side_by_side("Objectives", designs, &objective_rows(designs), notes)
}

fn objective_rows(designs: &[Summary]) -> Vec<Row<'_>> {
    let title = |objective: &ObjectiveResult| format!("{}: {}", objective.name, objective.condition);
    let titles = union(designs, |design| design.objectives.iter().map(title).collect());
    let row = |wanted: String| -> Row<'_> {
        let name = wanted.clone();
        let cell = move |design: &Summary, notes: &mut Notes| {
            let found = design.objectives.iter().find(|objective| title(objective) == wanted);
            found.map_or_else(|| "-".into(), |objective| objective_with_value(objective, notes))
        };
        (name, Box::new(cell))
    };
    titles.into_iter().map(row).collect()
}

fn journey_rows<'a>(designs: &'a [Summary], journey: &str) -> Vec<Row<'a>> {
    let row = |title: String, pick: Box<dyn Fn(&JourneySummary) -> Estimate>, unit: Unit| -> Row<'a> {
        let journey = journey.to_owned();
        let cell = move |design: &Summary, notes: &mut Notes| {
            let estimate = design.journeys.get(&journey).map(&pick);
            shown(&estimate.unwrap_or_default(), unit, notes)
        };
        (title, Box::new(cell))
    };
    let observed = designs.iter().find_map(|design| design.journeys.get(journey)?.observed.clone());
    let throughput = format!("{journey}: {} per second", observed.as_deref().unwrap_or("closed"));
    let mut rows = vec![
        row(format!("{journey}: started"), Box::new(|result| result.started.clone()), Unit::Number),
        row(throughput, Box::new(|result| result.per_second.clone()), Unit::Number),
    ];
    for (title, get) in MISHAPS {
        let happened = |design: &Summary| design.journeys.get(journey).is_some_and(|result| get(result).mean != Some(0.0));
        if designs.iter().any(happened) {
            rows.push(row(format!("{journey}: {title}"), Box::new(move |result| get(result).clone()), Unit::Number));
        }
    }
    let names = |list: fn(&JourneySummary) -> Vec<String>| {
        union(designs, |design| design.journeys.get(journey).map(list).unwrap_or_default())
    };
    for ending in names(|result| result.endings.keys().cloned().collect()) {
        let title = format!("{journey}: {ending}, share");
        let pick = move |result: &JourneySummary| {
            let count = result.endings.get(&ending);
            count.map(|count| ending_share(count, &result.started)).unwrap_or_default()
        };
        rows.push(row(title, Box::new(pick), Unit::Share));
    }
    for milestone in names(|result| result.milestones.keys().cloned().collect()) {
        let statistics: [(&str, Statistic); 4] = [
            ("mean", |latency| &latency.mean),
            ("p50", |latency| &latency.p50),
            ("p90", |latency| &latency.p90),
            ("p99", |latency| &latency.p99),
        ];
        for (statistic, get) in statistics {
            let title = format!("{} {statistic}", milestone_name(journey, &milestone));
            let milestone = milestone.clone();
            let pick = move |result: &JourneySummary| {
                let reached = result.milestones.get(&milestone);
                reached.map(|reached| get(&reached.latency_ms).clone()).unwrap_or_default()
            };
            rows.push(row(title, Box::new(pick), Unit::Milliseconds));
        }
    }
    rows
}

fn first_limiter(design: &Summary) -> String {
    let Some(row) = first_to_bind(&design.limits) else { return "-".to_owned() };
    let when = match row.load_multiple {
        _ if binds(row) => "already".to_owned(),
        Some(multiple) => format!("at × {}", numbers::number(multiple)),
        None => String::new(),
    };
    format!("{} {} {when}", row.service, row.limiter)
}

pub(super) fn bill_rows(designs: &[Summary]) -> Vec<Row<'_>> {
    let mut costs: Vec<(String, f64)> = Vec::new();
    for (service, cost) in designs.iter().flat_map(cost_by_service) {
        let mean = cost.mean.unwrap_or(0.0);
        match costs.iter_mut().find(|(name, _)| *name == service) {
            Some(entry) => entry.1 = entry.1.max(mean),
            None => costs.push((service, mean)),
        }
    }
    costs.sort_by(|left, right| right.1.total_cmp(&left.1));
    let row = |(name, _): (String, f64)| -> Row<'_> {
        let title = name.clone();
        let cell = move |design: &Summary, notes: &mut Notes| {
            let cost = cost_by_service(design).into_iter().find(|(service, _)| *service == name);
            cost.map_or_else(|| "".into(), |(_, cost)| shown(&cost, Unit::Usd, notes))
        };
        (title, Box::new(cell))
    };
    let mut rows: Vec<Row> = costs.into_iter().map(row).collect();
    rows.push((
        "total".to_owned(),
        Box::new(|design, notes| {
            let mut entry = shown(&design.bill.month_usd, Unit::Usd, notes);
            if design.bill.lower_bound {
                entry.text.insert_str(0, "≥ ");
            }
            entry
        }),
    ));
    rows
}

/// One table per design against the baseline. The files hold every metric; the text shows those a review asks for first.
pub(super) fn differences(comparison: &Comparison, notes: &mut Notes) -> Vec<Section> {
    let designs = comparison.designs.iter().skip(1);
    let table = |design: &Summary| {
        let rows = comparison.differences.iter().filter(|row| row.design == design.scenario && is_headline(row));
        let baseline = comparison.designs.first().map_or("", |first| &first.scenario);
        let title = format!(
            "{} minus {baseline}: paired differences under common random numbers, in intervals that hold together ({} at 95 %)",
            design.scenario, comparison.simultaneous_intervals
        );
        let mut section = Section::new(&title, 4..5, &["metric", "difference", "interval", "verdict", "variance cut by"]);
        for row in rows {
            section.row(difference_row(row, notes));
        }
        section
    };
    designs.map(table).collect()
}

fn difference_row(row: &PairedDifference, notes: &mut Notes) -> Vec<Entry> {
    let unit = if row.unit == "ms" { Unit::Milliseconds } else { unit_of_path(&row.unit.to_lowercase()) };
    let interval = match (row.difference.low, row.difference.high) {
        (Some(low), Some(high)) => format!("{} to {}", numbers::value(low, unit), numbers::value(high, unit)),
        _ => "-".to_owned(),
    };
    let mut difference = shown(&row.difference, unit, notes);
    if matches!(unit, Unit::Number | Unit::Usd) && !row.unit.is_empty() {
        difference.text = format!("{} {}", difference.text, row.unit);
    }
    let cut = match row.variance_reduction {
        None => "-".to_owned(),
        Some(factor) if factor > 1.0 => format!("{} times", numbers::number(factor)),
        Some(_) => "pairing did not help".to_owned(),
    };
    vec![short_metric(&row.metric).into(), difference, interval.into(), row.verdict.clone().into(), cut.into()]
}

/// Whether a difference belongs into the text: the bill, the usual latencies, and endings that differ at all.
fn is_headline(row: &PairedDifference) -> bool {
    let last = row.metric.rsplit('.').next().unwrap_or_default();
    if row.metric.starts_with("bill.") {
        return !["bill.hops.", "bill.contexts.", "bill.marks."].iter().any(|part| row.metric.starts_with(part));
    }
    if row.metric.contains(".latency_ms.") {
        return matches!(last, "mean" | "p50" | "p90" | "p99");
    }
    row.metric.contains(".endings.") && row.difference.mean != Some(0.0)
}

/// `journeys.checkout.milestones.fulfilled.latency_ms.p99` as `checkout fulfilled p99`.
fn short_metric(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('.').filter(|part| !["journeys", "milestones", "endings", "latency_ms"].contains(part)).collect();
    parts.join(" ").replace("bill ", "bill: ").replace('_', " ")
}

/// The numbers that no source states, and which designs rest on them.
pub(super) fn assumptions(designs: &[Summary]) -> Section {
    let mut section = Section::new(
        "Assumptions that no source states (`check` and summary.json say why)",
        4..usize::MAX,
        &["assumption", "value", "range", "designs that rest on it"],
    );
    for name in union(designs, |design| design.assumptions.iter().map(|one| one.name.clone()).collect()) {
        let uses = || {
            let of = |design| -> Option<(&Summary, &AssumptionUse)> {
                let design: &Summary = design;
                Some((design, design.assumptions.iter().find(|one| one.name == name)?))
            };
            designs.iter().filter_map(of)
        };
        let Some((_, first)) = uses().next() else { continue };
        let resting: Vec<&str> = uses().map(|(design, _)| design.scenario.as_str()).collect();
        let resting = if resting.len() == designs.len() { "all".to_owned() } else { resting.join(", ") };
        section.row(vec![name.clone().into(), first.value.clone().into(), first.range.clone().into(), resting.into()]);
    }
    section
}

/// The designs' warnings and reasons of instability, each with the design's name.
pub(super) fn warnings(comparison: &Comparison) -> Vec<String> {
    let of_design = |design: &Summary| {
        let reasons = design.stability.reasons.iter().map(|reason| format!("unstable: {reason}"));
        let all = reasons.chain(design.warnings.iter().cloned());
        all.map(|text| format!("{}: {text}", design.scenario)).collect::<Vec<_>>()
    };
    comparison.designs.iter().flat_map(of_design).collect()
}

pub(super) const DIFFERENCES_TITLE: &str = "The scenarios differ in (values in comparison.json)";

/// Per design what the baseline has not, what it lacks, and which keys differ, shortened to services and keys.
pub(super) fn scenario_differences(comparison: &Comparison) -> Vec<String> {
    let mut lines = Vec::new();
    for design in comparison.designs.iter().skip(1) {
        let own = comparison.scenario_differences.iter().filter(|row| row.design == design.scenario);
        let whole = |row: &&ScenarioDifference| row.key.len() == 2;
        let (added, rest): (Vec<_>, Vec<_>) = own.partition(|row| whole(row) && row.baseline_value.is_none());
        let (removed, changed): (Vec<_>, Vec<_>) = rest.into_iter().partition(|row| whole(row) && row.design_value.is_none());
        let last = |row: &&ScenarioDifference| row.key.last().cloned().unwrap_or_default();
        for (word, rows) in [("has also", added), ("has not", removed)] {
            if !rows.is_empty() {
                lines.push(format!("{} {word}: {}", design.scenario, rows.iter().map(last).collect::<Vec<_>>().join(", ")));
            }
        }
        // Keys of one service stand together.
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for row in changed {
            let depth = if row.key.first().is_some_and(|first| first == "services") { 2 } else { 1 };
            let (owner, key) = row.key.split_at(depth.min(row.key.len()));
            let (owner, key) = (owner.last().cloned().unwrap_or_default(), key.join("."));
            match groups.iter_mut().find(|(name, _)| *name == owner) {
                Some((_, keys)) => keys.push(key),
                None => groups.push((owner, vec![key])),
            }
        }
        let group = |(owner, keys): &(String, Vec<String>)| {
            let keys: Vec<&str> = keys.iter().map(String::as_str).filter(|key| !key.is_empty()).collect();
            if keys.is_empty() { owner.clone() } else { format!("{owner} ({})", keys.join(", ")) }
        };
        if !groups.is_empty() {
            let changes: Vec<String> = groups.iter().map(group).collect();
            lines.push(format!("{} differs in: {}", design.scenario, changes.join(", ")));
        }
    }
    lines
}
