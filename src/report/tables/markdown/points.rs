//! A sweep, and a ladder of limits.

use super::super::super::numbers::Notes;
use super::super::ladder;
use super::super::points::{self as parts, POINTS_SHOWN};
use super::{Document, HALF_WIDTH};
use crate::results::{Ladder, Sweep};

/// A sweep as Markdown: which point is the cheapest that meets the objectives, and the key figures of each.
pub fn points_markdown(sweep: &Sweep) -> String {
    let mut document = Document::default();
    let mut notes = Notes::default();
    document.heading(2, &format!("{} points of {}", sweep.points.len(), sweep.varied.join(", ")));
    document.list("The cheapest point", &parts::cheapest(sweep));
    document.titled(&parts::figures(sweep, &mut notes));
    if sweep.points.len() > POINTS_SHOWN {
        document.paragraph(&format!("The first {POINTS_SHOWN} points; points.csv has all."));
    }
    document.details("Objectives at each point", |inner| inner.titled(&parts::objectives(sweep, &mut notes)));
    document.details("Pareto front", |inner| inner.titled(&parts::worth_a_look(sweep, &mut notes)));
    document.details("What binds first", |inner| inner.titled(&parts::limits(sweep)));
    document.paragraph(HALF_WIDTH);
    document.footnotes(&notes);
    document.text
}

/// A ladder as Markdown.
pub fn ladder_markdown(found: &Ladder) -> String {
    let mut document = Document::default();
    document.heading(2, &format!("What binds first: {}", found.scenario));
    if let Some(question) = &found.question {
        document.paragraph(question);
    }
    document.table(&ladder::rungs(found));
    document.paragraph(&ladder::rule(found));
    document.list("Remarks", &found.remarks);
    document.list("Incomplete", &found.stopped);
    document.details("Limiters without an estimate", |inner| inner.list(ladder::NO_ESTIMATE, &ladder::no_estimate(found)));
    document.text
}
