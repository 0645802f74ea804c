//! The text that a capacity search prints: the answer of each design, how sure it is, and all tested values.

use super::super::numbers::{self, Notes, Unit};
use super::{Entry, Section, Style, print_list, print_title, print_wrapped, shown, unit_of_path};
use crate::results::{Capacity, Finding, Search, Shown, Tested, TestedObjective, Wanted};

/// A search as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn find_text(search: &Search, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    print_title(&mut out, &headline(search), style);
    print_wrapped(&mut out, "", &format!("Searched from {} to {}.", search.low, search.high));
    print_list(&mut out, style, "Objectives", &objectives(search));
    for design in &search.designs {
        print_list(&mut out, style, &design.design, &answer(search, design));
        tested(search, design, &mut notes).print(&mut out, style);
    }
    print_list(&mut out, style, "How sure this is", &confidence(search));
    notes.print(&mut out);
    out
}

/// Each objective with its condition, once.
fn objectives(search: &Search) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for objective in search.designs.iter().flat_map(|design| &design.tested).flat_map(|tested| &tested.objectives) {
        let line = format!("{}: {}", objective.name, objective.condition);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// What is looked for, in words.
pub(in super::super) fn headline(search: &Search) -> String {
    format!("The {} {} at which all objectives hold", extreme(search), search.varied)
}

fn extreme(search: &Search) -> &'static str {
    match search.wanted {
        Wanted::Largest => "largest",
        Wanted::Smallest => "smallest",
    }
}

/// The ends at which objectives should be easiest and hardest to meet, in words.
fn ends(search: &Search) -> [(&'static str, &str); 2] {
    let (low, high) = (("low end", &*search.low), ("high end", &*search.high));
    match search.wanted {
        Wanted::Largest => [low, high],
        Wanted::Smallest => [high, low],
    }
}

/// The answer in sentences.
pub(in super::super) fn answer(search: &Search, design: &Capacity) -> Vec<String> {
    let [(easiest, easy_value), (hardest, hard_value)] = ends(search);
    let mut lines = Vec::new();
    match design.finding {
        Finding::HoldsThroughout => lines.push(format!(
            "All objectives hold at the {hardest} of the range, {hard_value}. What lies beyond was not tested; nothing is said about it."
        )),
        Finding::HoldsNowhere => {
            let at_end = design.tested.iter().find(|tested| tested.value == easy_value).map(|tested| tested.shown);
            let how = match at_end {
                Some(Shown::Miss) => "is shown to miss".to_string(),
                _ => format!("is not told apart from the bound within {} replications", search.budget),
            };
            lines.push(format!(
                "No value is shown to hold: already the {easiest} of the range, {easy_value}, {how}. What lies beyond was not tested."
            ));
        }
        Finding::Found => {
            let holds = design.holds.as_deref().unwrap_or_default();
            lines.push(format!("{holds} is the {} tested value that is shown to hold.", extreme(search)));
        }
    }
    if design.finding == Finding::Found {
        lines.push(match &design.misses {
            Some(misses) => format!("{misses} is the nearest tested value beyond it that is shown to miss."),
            None => format!("No tested value beyond it is shown to miss, up to the {hardest}, {hard_value}."),
        });
    }
    if !design.not_told_apart.is_empty() && design.finding != Finding::HoldsNowhere {
        lines.push(format!("Between them, too close to a bound to tell: {}.", design.not_told_apart.join(", ")));
    }
    for pair in &design.contradictions {
        lines.push(format!(
            "AGAINST THE ASSUMPTION: {} is shown to hold although {}, which should be easier, is shown to miss. The objectives are not \
             monotone in this key, or the other extreme is meant; a sweep shows where they hold.",
            pair.holds, pair.misses
        ));
    }
    lines
}

fn tested(search: &Search, design: &Capacity, notes: &mut Notes) -> Section {
    let key = search.varied.rsplit('.').next().unwrap_or(&search.varied).replace('_', " ");
    let first = design.tested.iter().find(|tested| !tested.objectives.is_empty());
    let names: Vec<String> =
        first.map_or(&[][..], |tested| &tested.objectives).iter().map(|objective| objective.name.clone()).collect();
    let mut heading = vec![key.as_str(), "shown", "replications"];
    heading.extend(names.iter().map(String::as_str));
    heading.push("because");
    let mut section = Section::new(format!("Tested values: {}", design.design), 3..3 + names.len(), &heading);
    for tested in &design.tested {
        let mut cells = vec![tested.value.clone().into(), verdict(tested.shown), tested.replications.to_string().into()];
        cells.extend(
            (0..names.len()).map(|index| {
                tested.objectives.get(index).map_or_else(|| "".into(), |objective| objective_cell(objective, notes))
            }),
        );
        cells.push(reason(tested).into());
        section.row(cells);
    }
    section.drop_empty_columns(3 + names.len());
    section
}

fn verdict(shown: Shown) -> Entry {
    match shown {
        Shown::Hold => Entry::verdict(true, "✓ holds"),
        Shown::Miss => Entry::verdict(false, "✗ misses"),
        Shown::NotToldApart => "? not told apart".into(),
    }
}

fn objective_cell(objective: &TestedObjective, notes: &mut Notes) -> Entry {
    // What holds window by window has a share of windows for a value.
    let unit = if objective.window_seconds.is_some() { Unit::Share } else { unit_of_path(&objective.condition) };
    let mut entry = shown(&objective.value, unit, notes);
    let mark = match objective.shown {
        Shown::Hold => " ✓",
        Shown::Miss => " ✗",
        Shown::NotToldApart => " ?",
    };
    entry.text.push_str(mark);
    entry
}

fn reason(tested: &Tested) -> String {
    tested.reason.clone().unwrap_or_default()
}

/// How sure the verdicts are, what they assume, and whether tests contradict that.
fn confidence(search: &Search) -> Vec<String> {
    let mut lines = Vec::new();
    for design in &search.designs {
        let objectives = design.tested.iter().map(|tested| tested.objectives.len()).max().unwrap_or(0);
        let looks: Vec<String> = design.looks.iter().map(ToString::to_string).collect();
        let whose = if search.designs.len() > 1 { format!(" of {}", design.design) } else { String::new() };
        lines.push(format!(
            "All verdicts{whose} hold at once with {} confidence: Bonferroni's rule over {objectives} {}, looks after {} replications, \
             and at most {} values; each interval that decides has {} confidence. ± in the table is half the 95 % interval, which is \
             narrower.",
            numbers::percent(search.confidence),
            if objectives == 1 { "objective" } else { "objectives" },
            looks.join(", "),
            search.values_max,
            numbers::percent(design.interval_confidence),
        ));
    }
    let [(easiest, _), (hardest, _)] = ends(search);
    let contradicted = search.designs.iter().any(|design| !design.contradictions.is_empty());
    lines.push(format!(
        "That objectives only get harder to meet from the {easiest} to the {hardest} of the range is an assumption; {}.",
        if contradicted { "tests contradict it, see above" } else { "no test contradicts it" }
    ));
    lines
}
