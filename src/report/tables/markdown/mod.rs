//! The same reports as GitHub Markdown, for a comment on a pull request: what is asked of the design first, then the figures a review
//! begins with, the rest folded away.

mod comparison;
mod points;
mod run;

pub use comparison::{comparison_markdown, sweep_markdown};
pub use points::{ladder_markdown, points_markdown};
pub use run::run_markdown;

use super::super::numbers::{self, Notes, Unit};
use super::{Entry, Section, Tone, binds, first_to_bind, milestone_name, shown};
use crate::results::{Estimate, LimitRow, Summary};

/// What the half widths are.
const HALF_WIDTH: &str = "± is half the 95 % confidence interval, the longer half if they differ.";

/// A document under construction: blocks with an empty line between them.
#[derive(Default)]
struct Document {
    text: String,
}

impl Document {
    /// A block of finished Markdown.
    fn block(&mut self, markdown: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str(markdown.trim_end_matches('\n'));
        self.text.push('\n');
    }

    fn heading(&mut self, level: usize, text: &str) {
        self.block(&format!("{} {}", "#".repeat(level), escaped(text)));
    }

    fn paragraph(&mut self, text: &str) {
        self.block(&escaped(text));
    }

    fn list(&mut self, title: &str, lines: &[String]) {
        if !lines.is_empty() {
            self.heading(4, title);
            let items: Vec<String> = lines.iter().map(|line| format!("- {}", escaped(line))).collect();
            self.block(&items.join("\n"));
        }
    }

    /// A table without its title; an empty one leaves no trace.
    fn table(&mut self, section: &Section) {
        if !section.rows.is_empty() {
            self.block(&table(section));
        }
    }

    /// A table under its title.
    fn titled(&mut self, section: &Section) {
        if !section.rows.is_empty() {
            self.heading(4, &section.title);
            self.table(section);
        }
    }

    /// What `fill` adds stands folded under a summary, which is ours and needs no escaping, if it adds anything.
    fn details(&mut self, summary: &str, fill: impl FnOnce(&mut Document)) {
        let mut inner = Document::default();
        fill(&mut inner);
        if !inner.text.is_empty() {
            self.block(&format!("<details>\n<summary>{summary}</summary>\n\n{}\n</details>", inner.text));
        }
    }

    fn footnotes(&mut self, notes: &Notes) {
        let lines: Vec<String> = notes.text().lines().map(escaped).collect();
        if !lines.is_empty() {
            self.block(&lines.join("<br>\n"));
        }
    }
}

/// A table in GitHub's syntax; the verdicts carry their signs, colours there are none.
fn table(section: &Section) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(section.heading.iter().map(|name| cell(name)).collect());
    let rule = |column: usize| if section.numeric.contains(&column) { "---:" } else { ":---" };
    text.push_str(&line((0..section.heading.len()).map(|column| rule(column).to_owned()).collect()));
    for row in &section.rows {
        let mut cells: Vec<String> = row
            .iter()
            .map(|entry| if entry.tone == Tone::Bad { format!("**{}**", cell(&entry.text)) } else { cell(&entry.text) })
            .collect();
        cells.resize(section.heading.len(), String::new());
        text.push_str(&line(cells));
    }
    text
}

/// Text in a cell: one line, whatever it holds.
fn cell(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("<br>")
}

/// Text that Markdown and HTML leave alone.
fn escaped(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => made.push_str("&lt;"),
            '>' => made.push_str("&gt;"),
            '&' => made.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '$' => {
                made.push('\\');
                made.push(sign);
            }
            // Would call people of that name.
            '@' => made.push_str("&#64;"),
            '\n' | '\r' => made.push(' '),
            _ => made.push(sign),
        }
    }
    made
}

/// Text as it is, for commands whose output has no form of its own in Markdown.
pub fn fenced(text: &str) -> String {
    // Longer than any run of backticks within.
    let longest = text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end_matches('\n'))
}

/// The figures that a review begins with: name, value and unit, for each design the same.
fn key_figures(design: &Summary) -> Vec<(String, Estimate, Unit)> {
    let mut figures = Vec::new();
    for (name, journey) in &design.journeys {
        let Some(milestone) = journey.observed.as_ref().or_else(|| journey.milestones.keys().last()) else {
            figures.push((format!("{name}: closed per second"), journey.per_second.clone(), Unit::Number));
            continue;
        };
        figures.push((format!("{name}: {milestone} per second"), journey.per_second.clone(), Unit::Number));
        if let Some(reached) = journey.milestones.get(milestone) {
            for (statistic, estimate) in [("p50", &reached.latency_ms.p50), ("p99", &reached.latency_ms.p99)] {
                let title = format!("{} {statistic}", milestone_name(name, milestone));
                figures.push((title, estimate.clone(), Unit::Milliseconds));
            }
        }
    }
    figures.push(("USD per month".to_owned(), design.bill.month_usd.clone(), Unit::Usd));
    figures.push(("USD per million journeys".to_owned(), design.bill.per_million_journeys_usd.clone(), Unit::Usd));
    figures.push(("USD per million fulfilled".to_owned(), design.bill.per_million_fulfilled_usd.clone(), Unit::Usd));
    figures
}

/// An entry of a key figure; the bill of an unstable design is a lower bound.
fn figure(design: &Summary, estimate: &Estimate, unit: Unit, notes: &mut Notes) -> Entry {
    let mut entry = shown(estimate, unit, notes);
    if unit == Unit::Usd && design.bill.lower_bound && estimate.mean.is_some() {
        entry.text.insert_str(0, "≥ ");
    }
    entry
}

/// The limiter that gives way first, and when.
fn binds_first(limits: &[LimitRow]) -> String {
    let Some(row) = first_to_bind(limits) else { return "no limiter is in use".to_owned() };
    let when = match row.load_multiple {
        _ if binds(row) => "binds already".to_owned(),
        Some(multiple) => format!("at load × {} (linear estimate)", numbers::number(multiple)),
        None => String::new(),
    };
    format!("{}: {}, {when}", row.service, row.limiter)
}

fn stability(design: &Summary) -> Entry {
    Entry::verdict(design.stability.stable, if design.stability.stable { "stable" } else { "UNSTABLE" })
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Section};
    use super::{escaped, fenced, table};

    #[test]
    fn nothing_in_a_name_breaks_a_table_or_becomes_markup() {
        assert_eq!(escaped("a|b <b> *c* `d` [e](f) @team"), "a\\|b &lt;b&gt; \\*c\\* \\`d\\` \\[e\\](f) &#64;team");
        let mut section = Section::new("t", 1..2, &["name", "value"]);
        section.row(vec!["a|b".into(), "1\n2".into()]);
        section.row(vec![Entry::verdict(false, "x")]);
        assert_eq!(table(&section), "| name | value |\n| :--- | ---: |\n| a\\|b | 1<br>2 |\n| **x** |  |\n");
    }

    #[test]
    fn a_fence_is_longer_than_any_in_the_text() {
        assert_eq!(fenced("a ``` b\n"), "````text\na ``` b\n````\n");
        assert_eq!(fenced("a"), "```text\na\n```\n");
    }
}
