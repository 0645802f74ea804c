//! The text that a sweep prints: key figures at each point, what is worth a look, and what binds first.

use super::super::numbers::{self, Notes, Unit};
use super::{Entry, Section, Style, print_list, print_title, print_wrapped, shown};
use crate::results::{Estimate, LimitAtPoint, Outcome, Sweep};

/// Points in the text; the rest is in points.csv.
pub(super) const POINTS_SHOWN: usize = 60;

/// A sweep as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn points_text(sweep: &Sweep, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    let keys = sweep.varied.join(", ");
    print_title(&mut out, &format!("{} points of {keys}", sweep.points.len()), style);
    print_wrapped(&mut out, "", "± is half the 95 % confidence interval, the longer half if they differ.");
    figures(sweep, &mut notes).print(&mut out, style);
    if sweep.points.len() > POINTS_SHOWN {
        print_wrapped(&mut out, "", &format!("The first {POINTS_SHOWN} points; points.csv has all."));
    }
    worth_a_look(sweep, &mut notes).print(&mut out, style);
    print_list(&mut out, style, "The cheapest point", &cheapest(sweep));
    limits(sweep).print(&mut out, style);
    notes.print(&mut out);
    out
}

/// The last words of the keys: what they stand for is said in the title.
fn short_keys(sweep: &Sweep) -> Vec<String> {
    sweep.varied.iter().map(|path| path.rsplit('.').next().unwrap_or(path).replace('_', " ")).collect()
}

fn several(sweep: &Sweep) -> bool {
    sweep.points.first().is_some_and(|point| point.designs.len() > 1)
}

/// Rows that begin with the values of the varied keys and, where there are several, the design.
fn begin(sweep: &Sweep, (point, design): (usize, usize), first: bool) -> Vec<Entry> {
    let at = &sweep.points[point];
    let mut cells: Vec<Entry> = at.values.iter().map(|value| if first { value.clone().into() } else { "".into() }).collect();
    if several(sweep) {
        cells.push(at.designs[design].design.clone().into());
    }
    cells
}

fn heading(sweep: &Sweep, rest: &[&str]) -> Vec<String> {
    let mut heading = short_keys(sweep);
    if several(sweep) {
        heading.push("design".to_owned());
    }
    heading.extend(rest.iter().map(ToString::to_string));
    heading
}

fn section(title: &str, sweep: &Sweep, numeric: bool, rest: &[&str]) -> Section {
    let heading = heading(sweep, rest);
    let begin = heading.len() - rest.len();
    let range = if numeric { begin + 1..usize::MAX } else { usize::MAX..usize::MAX };
    Section::new(title, range, &heading.iter().map(String::as_str).collect::<Vec<_>>())
}

fn places(sweep: &Sweep) -> impl Iterator<Item = (usize, usize)> {
    sweep.points.iter().enumerate().take(POINTS_SHOWN).flat_map(|(point, at)| (0..at.designs.len()).map(move |one| (point, one)))
}

fn latency(outcome: &Outcome, statistic: &str) -> Estimate {
    let found = outcome.latency.as_ref().and_then(|path| outcome.metrics.get(&format!("{path}.{statistic}")));
    found.cloned().unwrap_or_default()
}

fn key_cells(outcome: &Outcome, notes: &mut Notes) -> Vec<Entry> {
    let missing = Estimate::default();
    let metric = |name: &str| outcome.metrics.get(name).unwrap_or(&missing);
    let objectives = if outcome.objectives.is_empty() {
        "".into()
    } else {
        let met = outcome.objectives.iter().filter(|objective| objective.met).count();
        Entry::verdict(met == outcome.objectives.len(), format!("{met} of {}", outcome.objectives.len()))
    };
    let bound = if outcome.stable { "" } else { "≥ " };
    let cost = |name: &str, notes: &mut Notes| {
        let mut entry = shown(metric(name), Unit::Usd, notes);
        entry.text.insert_str(0, bound);
        entry
    };
    vec![
        Entry::verdict(outcome.stable, if outcome.stable { "yes" } else { "NO" }),
        objectives,
        shown(&latency(outcome, "p50"), Unit::Milliseconds, notes),
        shown(&latency(outcome, "p99"), Unit::Milliseconds, notes),
        cost("bill.month_usd", notes),
        cost("bill.per_million_fulfilled_usd", notes),
    ]
}

const KEY_FIGURES: [&str; 6] = ["stable", "objectives met", "p50", "p99", "USD per month", "USD per million fulfilled"];

pub(super) fn figures(sweep: &Sweep, notes: &mut Notes) -> Section {
    let title = "Key figures; latency: that of the observed milestone";
    let mut section = section(title, sweep, true, &KEY_FIGURES);
    for (point, design) in places(sweep) {
        let mut cells = begin(sweep, (point, design), design == 0);
        cells.extend(key_cells(&sweep.points[point].designs[design], notes));
        section.row(cells);
    }
    section.drop_empty_columns(sweep.varied.len());
    section
}

/// One row per point and design, one column per objective; nothing where there are none.
pub(super) fn objectives(sweep: &Sweep, notes: &mut Notes) -> Section {
    let mut names: Vec<&str> = Vec::new();
    for objective in sweep.points.iter().flat_map(|point| &point.designs).flat_map(|design| &design.objectives) {
        if !names.contains(&&*objective.name) {
            names.push(&objective.name);
        }
    }
    let mut section = section("Objectives", sweep, true, &names);
    if names.is_empty() {
        return section;
    }
    for (point, design) in places(sweep) {
        let mut cells = begin(sweep, (point, design), design == 0);
        let own = &sweep.points[point].designs[design].objectives;
        cells.extend(names.iter().map(|name| {
            let found = own.iter().find(|objective| objective.name == *name);
            found.map_or_else(|| "-".into(), |objective| super::objective_with_value(objective, notes))
        }));
        section.row(cells);
    }
    section
}

pub(super) fn worth_a_look(sweep: &Sweep, notes: &mut Notes) -> Section {
    let title = "Pareto front: stable points that no other beats in p99 and in USD per million fulfilled, the cheapest first";
    let mut section = section(title, sweep, true, &KEY_FIGURES);
    for place in &sweep.pareto {
        let mut cells = begin(sweep, *place, true);
        cells.extend(key_cells(&sweep.points[place.0].designs[place.1], notes));
        section.row(cells);
    }
    section.drop_empty_columns(sweep.varied.len());
    section
}

pub(super) fn cheapest(sweep: &Sweep) -> Vec<String> {
    let selection = &sweep.selection;
    let name = |place: &(usize, usize)| {
        let point = &sweep.points[place.0];
        let mut name = point.values.join(", ");
        if several(sweep) {
            name = format!("{name}: {}", point.designs[place.1].design);
        }
        name
    };
    let objectives = sweep.points.iter().flat_map(|point| &point.designs).any(|design| !design.objectives.is_empty());
    let condition = if objectives { "is stable and meets all objectives" } else { "is stable (there are no objectives)" };
    let Some(best) = &selection.best else { return vec![format!("no point {condition}")] };
    let confidence = numbers::percent(selection.confidence);
    let zone = numbers::percent(selection.indifference);
    let mut lines = vec![format!(
        "of those that {}, {} is the cheapest",
        condition.replacen("is", "are", 1).replace("meets", "meet"),
        name(best)
    )];
    if selection.not_told_apart.is_empty() {
        lines.push(format!(
            "all others are dearer by more than {zone} of its cost, with {confidence} confidence for all together"
        ));
    } else {
        let others: Vec<String> = selection.not_told_apart.iter().map(name).collect();
        lines.push(format!(
            "not shown to be dearer by more than {zone} of its cost ({confidence} confidence for all together): {}",
            others.join("; ")
        ));
    }
    lines
}

pub(super) fn limits(sweep: &Sweep) -> Section {
    let mut section = section("What binds first (load multiple: linear estimate)", sweep, false, &["first", "second", "third"]);
    let text = |limit: &LimitAtPoint| {
        let when = match limit.load_multiple {
            _ if limit.bound_share > 0.0 => format!("binds now, {} of requests", numbers::percent(limit.bound_share)),
            Some(multiple) => format!("at load × {}", numbers::number(multiple)),
            None => String::new(),
        };
        format!("{} {} {when}", limit.service, limit.limiter)
    };
    for (point, design) in places(sweep) {
        let mut cells = begin(sweep, (point, design), design == 0);
        let limits = &sweep.points[point].designs[design].limits;
        cells.extend((0..3).map(|rank| limits.get(rank).map_or_else(String::new, text).into()));
        section.row(cells);
    }
    section.drop_empty_columns(sweep.varied.len());
    section
}
