//! Designs side by side, at one point or at several.

use super::super::super::names::{Named, shorten};
use super::super::super::numbers::Notes;
use super::super::study::study_lines;
use super::super::{Entry, Section, comparison as parts, run, sweep};
use super::{Document, HALF_WIDTH, binds_first, figure, key_figures, stability};
use crate::results::{Comparison, Summary};

/// A comparison as Markdown.
pub fn comparison_markdown(comparison: &Comparison) -> String {
    let Named { comparison, subject } = &shorten(comparison);
    let mut document = Document::default();
    let mut notes = Notes::default();
    let of = if subject.is_empty() { "" } else { ": " };
    document.heading(2, &format!("Comparison of {} designs{of}{subject}", comparison.designs.len()));
    if let Some(question) = comparison.designs.iter().find_map(|design| design.question.as_ref()) {
        document.paragraph(question);
    }
    document.table(&parts::objectives(&comparison.designs, &mut notes));
    document.table(&figures(&comparison.designs, &mut notes));
    for section in parts::differences(comparison, &mut notes) {
        document.titled(&section);
    }
    document.list("Warnings", &parts::warnings(comparison));
    document.details("All figures side by side", |inner| {
        inner.titled(&parts::side_by_side("Figures", &comparison.designs, &parts::general_rows(&comparison.designs), &mut notes));
    });
    document.details("Bill", |inner| {
        let rows = parts::bill_rows(&comparison.designs);
        inner.titled(&parts::side_by_side("USD per month", &comparison.designs, &rows, &mut notes));
    });
    document.details("What the scenarios differ in", |inner| {
        inner.list(parts::DIFFERENCES_TITLE, &parts::scenario_differences(comparison));
    });
    document.details("Assumptions", |inner| inner.titled(&parts::assumptions(&comparison.designs)));
    document.details("About this comparison", |inner| {
        for design in &comparison.designs {
            inner.paragraph(&format!("{}: {}", design.scenario, run::study_facts(design)));
            study_lines(design).iter().for_each(|line| inner.paragraph(line));
        }
    });
    document.paragraph(HALF_WIDTH);
    document.footnotes(&notes);
    document.text
}

fn figures(designs: &[Summary], notes: &mut Notes) -> Section {
    let mut heading = vec!["key figure"];
    heading.extend(designs.iter().map(|design| &*design.scenario));
    let mut section = Section::new("Key figures", 1..usize::MAX, &heading);
    let row = |name: &str, cells: Vec<Entry>| std::iter::once(name.into()).chain(cells).collect::<Vec<Entry>>();
    section.row(row("stability", designs.iter().map(stability).collect()));
    let each: Vec<_> = designs.iter().map(key_figures).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, ..) in each.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let cells = designs.iter().zip(&each).map(|(design, own)| {
            let found = own.iter().find(|(other, ..)| other == name);
            found.map_or_else(|| "-".into(), |(_, estimate, unit)| figure(design, estimate, *unit, notes))
        });
        section.row(row(name, cells.collect()));
    }
    section.row(row("binds first", designs.iter().map(|design| binds_first(&design.limits).into()).collect()));
    section
}

/// A comparison at several values of a key as Markdown.
pub fn sweep_markdown(varied: &str, points: &[(String, Comparison)]) -> String {
    let points: &[(String, Comparison)] = &points
        .iter()
        .map(|(value, comparison)| (value.clone(), shorten(comparison).comparison.into_owned()))
        .collect::<Vec<_>>();
    let mut document = Document::default();
    let mut notes = Notes::default();
    document.heading(2, &format!("Designs over {} values of {varied}", points.len()));
    for (value, comparison) in points {
        let found = parts::objectives(&comparison.designs, &mut notes);
        if !found.rows.is_empty() {
            document.heading(4, &format!("Objectives at {value}"));
            document.table(&found);
        }
    }
    document.titled(&sweep::figures(points, &mut notes));
    document.list("Unstable, and other warnings", &sweep::warnings(points));
    document.details("What binds first", |inner| inner.titled(&sweep::limiters(points, &mut notes)));
    document.details("What the scenarios differ in", |inner| {
        if let Some((_, comparison)) = points.first() {
            inner.list(parts::DIFFERENCES_TITLE, &parts::scenario_differences(comparison));
        }
    });
    document.details("Assumptions", |inner| {
        if let Some((_, comparison)) = points.first() {
            inner.titled(&parts::assumptions(&comparison.designs));
        }
    });
    document.paragraph(HALF_WIDTH);
    document.footnotes(&notes);
    document.text
}
