//! One run.

use super::super::super::numbers::Notes;
use super::super::study::study_lines;
use super::super::{Section, bill, recovery, run as parts};
use super::{Document, HALF_WIDTH, binds_first, figure, key_figures, stability};
use crate::results::Summary;

/// The summary of one run as Markdown.
pub fn run_markdown(summary: &Summary) -> String {
    let mut document = Document::default();
    let mut notes = Notes::default();
    document.heading(2, &summary.scenario);
    if let Some(question) = &summary.question {
        document.paragraph(question);
    }
    document.table(&parts::objectives(summary, &mut notes));
    document.table(&figures(summary, &mut notes));
    document.list("Unstable: work piles up", &summary.stability.reasons);
    document.list("Warnings", &summary.warnings);
    document.details("Journeys, latency, services", |inner| {
        inner.titled(&parts::journeys(summary, &mut notes));
        inner.titled(&parts::endings(summary, &mut notes));
        inner.titled(&parts::latency(summary, &mut notes));
        inner.titled(&parts::services(summary, &mut notes));
        for section in recovery::sections(summary, &mut notes) {
            inner.titled(&section);
        }
    });
    document.details("Bill", |inner| {
        for section in bill::sections(summary, &mut notes) {
            inner.titled(&section);
        }
        inner.list("Free allowances applied", &summary.bill.allowances);
    });
    document.details("Where the time goes", |inner| {
        for section in parts::breakdown(summary, &mut notes) {
            inner.titled(&section);
        }
    });
    document.details("What binds first", |inner| inner.titled(&parts::limits(summary, &mut notes)));
    document.details(&format!("Assumptions ({})", summary.assumptions.len()), |inner| {
        inner.titled(&parts::assumptions(summary));
    });
    document.details("About this run", |inner| {
        inner.paragraph(&parts::study_facts(summary));
        for line in study_lines(summary) {
            inner.paragraph(&line);
        }
        inner.titled(&parts::planning(summary, &mut notes));
    });
    if summary.replications > 1 {
        document.paragraph(HALF_WIDTH);
    }
    document.footnotes(&notes);
    document.text
}

fn figures(summary: &Summary, notes: &mut Notes) -> Section {
    let mut section = Section::new("", 1..2, &["key figure", "value"]);
    section.row(vec!["stability".into(), stability(summary)]);
    for (name, estimate, unit) in key_figures(summary) {
        section.row(vec![name.into(), figure(summary, &estimate, unit, notes)]);
    }
    section.row(vec!["binds first".into(), binds_first(&summary.limits).into()]);
    section
}
