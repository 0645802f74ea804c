//! The text that a blast prints: what each failure takes, context by context, and how far failures spread in each design.

use super::super::names;
use super::super::numbers::{self, Notes, Unit};
use super::{Entry, Section, Style, print_list, print_title, print_wrapped, shown};
use crate::results::{Blast, BlastDesign, Estimate, HIT_SHARE, ServiceFailure};

/// Contexts that a table has room for.
const CONTEXTS: usize = 6;

/// A blast as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn blast_text(blast: &Blast, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    let outage = numbers::milliseconds(blast.outage_seconds * 1e3);
    print_title(&mut out, &format!("Each service down for {outage}, one after the other"), style);
    let late = numbers::milliseconds(blast.late_after_ms);
    print_wrapped(
        &mut out,
        "",
        &format!(
            "Against the undisturbed run under the same seeds, journey by journey. Lost: fulfilled there and not here; to a context: \
             marks of its services are missing. Late: fulfilled more than {late} later. Shares are of the journeys that arrive \
             while the service is down. ± is half the width of the 95 % confidence interval."
        ),
    );
    let names = short_names(blast);
    for (design, name) in blast.designs.iter().zip(&names) {
        print_design(&mut out, design, name, &mut notes, style);
    }
    totals(blast, &names, &mut notes).print(&mut out, style);
    let bound = numbers::percent(HIT_SHARE);
    print_wrapped(&mut out, "", &format!("A context is hit if it loses more than {bound} of its work."));
    let text = notes.text();
    if !text.is_empty() {
        out.push('\n');
        text.lines().for_each(|line| print_wrapped(&mut out, "", line));
    }
    out
}

/// What tells the designs apart.
pub(in super::super) fn short_names(blast: &Blast) -> Vec<String> {
    let whole: Vec<&str> = blast.designs.iter().map(|design| design.design.as_str()).collect();
    names::tell_apart(&whole).map_or_else(|| whole.iter().map(ToString::to_string).collect(), |(short, _)| short)
}

fn print_design(out: &mut String, design: &BlastDesign, name: &str, notes: &mut Notes, style: Style) {
    matrices(design, name).into_iter().for_each(|section| section.print(out, style));
    figures(design, name, notes).print(out, style);
    instead(design, name).print(out, style);
    print_list(out, style, "Notes", &remarks(design));
}

/// A share in percent, without the sign, with as many digits as a cell of a matrix has room for.
pub(in super::super) fn cell_share(share: &Estimate) -> String {
    match share.mean.map(|mean| mean * 100.0) {
        None => "-".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(percent) if percent < 0.1 => "<0.1".to_owned(),
        Some(percent) if percent < 9.95 => format!("{percent:.1}"),
        Some(percent) if percent > 99.5 && percent < 100.0 => ">99".to_owned(),
        Some(percent) => format!("{percent:.0}"),
    }
}

/// The shares of whole journeys and of the contexts, in as many tables as the contexts need.
fn matrices(design: &BlastDesign, name: &str) -> Vec<Section> {
    let mut chunks: Vec<&[String]> = design.contexts.chunks(CONTEXTS).collect();
    if chunks.is_empty() {
        chunks.push(&[]);
    }
    let matrix = |(index, contexts): (usize, &[String])| {
        let whole = index == 0;
        let title = if whole {
            format!("{name}: percent of journeys lost and late, and lost to each context")
        } else {
            format!("{name}: percent lost to further contexts")
        };
        let mut heading = vec!["service down"];
        heading.extend(["lost", "late"].into_iter().filter(|_| whole));
        heading.extend(contexts.iter().map(String::as_str));
        let mut section = Section::new(title, 1..usize::MAX, &heading);
        for failure in &design.failures {
            let shares = contexts.iter().map(|context| failure.contexts.get(context).map(|loss| &loss.lost_share));
            let whole = [Some(&failure.lost_share), Some(&failure.late_share)].into_iter().filter(|_| whole);
            let cell = |share: Option<&Estimate>| Entry::from(share.map_or_else(String::new, cell_share));
            section.row(std::iter::once(failure.service.as_str().into()).chain(whole.chain(shares).map(cell)).collect());
        }
        section
    };
    chunks.into_iter().enumerate().map(matrix).collect()
}

fn figures(design: &BlastDesign, name: &str, notes: &mut Notes) -> Section {
    let heading = ["service down", "lost", "late", "mean delay", "dead letters", "recovered after"];
    let mut section = Section::new(format!("{name}: what each failure takes"), 1..usize::MAX, &heading);
    for failure in &design.failures {
        let seconds = super::scaled(&failure.recovered_after_seconds, 1e3);
        section.row(vec![
            failure.service.as_str().into(),
            shown(&failure.lost_share, Unit::Share, notes),
            shown(&failure.late_share, Unit::Share, notes),
            shown(&failure.delay_ms, Unit::Milliseconds, notes),
            shown(&failure.dead_letters, Unit::Number, notes),
            shown(&seconds, Unit::Milliseconds, notes),
        ]);
    }
    section
}

/// What the lost journeys ended as; services without any have no row.
fn instead(design: &BlastDesign, name: &str) -> Section {
    let mut ways: Vec<&str> = Vec::new();
    for way in design.failures.iter().flat_map(|failure| failure.instead.keys()) {
        if !ways.contains(&way.as_str()) {
            ways.push(way);
        }
    }
    let heading: Vec<&str> = ["service down", "lost in all"].into_iter().chain(ways.iter().copied()).collect();
    let title = format!("{name}: what became of lost journeys (whole window, mean per replication)");
    let mut section = Section::new(title, 1..usize::MAX, &heading);
    for failure in design.failures.iter().filter(|failure| !failure.instead.is_empty()) {
        let mut cells: Vec<Entry> = vec![failure.service.as_str().into(), count(Some(&failure.lost)).into()];
        cells.extend(ways.iter().map(|way| count(failure.instead.get(*way)).into()));
        section.row(cells);
    }
    section
}

fn count(estimate: Option<&Estimate>) -> String {
    estimate.and_then(|estimate| estimate.mean).map_or_else(String::new, numbers::number)
}

fn remarks(design: &BlastDesign) -> Vec<String> {
    let mut lines = Vec::new();
    if !design.own_timeline.is_empty() {
        lines.push(format!("the scenario's own timeline holds in all runs: {}", design.own_timeline.join("; ")));
    }
    lines.extend(design.spared.iter().map(|spared| format!("`{}` is not stopped: {}", spared.service, spared.reason)));
    if !design.silent_contexts.is_empty() {
        let contexts = design.silent_contexts.join(", ");
        lines.push(format!("no work of these contexts shows, since no step of theirs makes a mark: {contexts}"));
    }
    let list = |of: fn(&ServiceFailure) -> bool| -> String {
        let named = design.failures.iter().filter(|failure| of(failure)).map(|failure| failure.service.as_str());
        named.collect::<Vec<_>>().join(", ")
    };
    let growing = list(|failure| !failure.stable);
    if !growing.is_empty() {
        lines.push(format!("a backlog still grew at the end of the window after the failure of {growing}"));
    }
    let stopped = list(|failure| failure.stopped.is_some());
    if !stopped.is_empty() {
        lines.push(format!("incomplete, because a bound ended a run: {stopped}"));
    }
    lines
}

fn totals(blast: &Blast, names: &[String], notes: &mut Notes) -> Section {
    let heading = [
        "design",
        "services stopped",
        "hit no context",
        "some",
        "all",
        "journeys lost",
        "work of contexts lost",
        "against the first",
    ];
    let mut section = Section::new("How far failures spread: means over all failures of a design", 1..usize::MAX, &heading);
    for (design, name) in blast.designs.iter().zip(names) {
        let totals = &design.totals;
        let counts = [totals.failures, totals.hit_none, totals.hit_some, totals.hit_all];
        let mut cells: Vec<Entry> = vec![name.as_str().into()];
        cells.extend(counts.map(|count| count.to_string().into()));
        cells.push(shown(&totals.lost_share, Unit::Share, notes));
        cells.push(shown(&totals.context_share, Unit::Share, notes));
        cells.push(totals.against_first.as_ref().map_or_else(|| "".into(), |difference| shown(difference, Unit::Share, notes)));
        section.row(cells);
    }
    section.drop_empty_columns(1);
    section
}
