//! Tables for the terminal, at most 100 columns wide.

mod comparison;
mod run;
mod sweep;

use std::ops::Range;

use comfy_table::{Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

pub use comparison::comparison_text;
pub use run::run_text;
pub use sweep::sweep_text;

use super::numbers::{self, Notes, Unit};
use crate::results::{Estimate, LimitRow, ObjectiveResult, Summary};

/// Columns that every table fits into.
const WIDTH: u16 = 100;
/// The first column names the row, so it keeps this width before others do.
const FIRST_COLUMN_FLOOR: u16 = 24;
/// Width that any other column keeps, if its text is as long.
const COLUMN_FLOOR: u16 = 9;

/// Whether the text may carry terminal colour codes; `cli` decides, since only it knows what it writes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    Plain,
    /// Bold headings, green and red verdicts.
    Colour,
}

/// What a cell says, beyond its words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tone {
    Neutral,
    Good,
    Bad,
}

/// One cell of a table.
struct Entry {
    text: String,
    tone: Tone,
}

impl Entry {
    fn verdict(good: bool, text: impl Into<String>) -> Self {
        Self { text: text.into(), tone: if good { Tone::Good } else { Tone::Bad } }
    }
}

impl<T: Into<String>> From<T> for Entry {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Neutral }
    }
}

/// A titled table under construction; the numeric columns are right-aligned.
struct Section {
    title: String,
    heading: Vec<String>,
    numeric: Range<usize>,
    rows: Vec<Vec<Entry>>,
    /// A column that keeps more than `COLUMN_FLOOR`, if its text is as long, and how much.
    favoured: Option<(usize, u16)>,
}

impl Section {
    fn new(title: impl Into<String>, numeric: Range<usize>, heading: &[&str]) -> Self {
        let heading = heading.iter().map(ToString::to_string).collect();
        Self { title: title.into(), heading, numeric, rows: Vec::new(), favoured: None }
    }

    fn row(&mut self, cells: Vec<Entry>) {
        self.rows.push(cells);
    }

    /// Removes the columns from `first` on in which no row says anything.
    fn drop_empty_columns(&mut self, first: usize) {
        for column in (first..self.heading.len()).rev() {
            let empty = |row: &Vec<Entry>| row.get(column).is_none_or(|cell| cell.text.is_empty());
            if self.rows.iter().all(empty) {
                self.heading.remove(column);
                for row in &mut self.rows {
                    if column < row.len() {
                        row.remove(column);
                    }
                }
            }
        }
    }

    /// Characters of the widest line in a column.
    fn width(&self, column: usize) -> u16 {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let lines = cells.flat_map(|cell| cell.text.lines());
        let longest = lines.map(|line| line.chars().count()).max().unwrap_or(0);
        u16::try_from(longest).unwrap_or(WIDTH)
    }

    /// Appends the table to `out`; an empty one leaves no trace.
    fn print(self, out: &mut String, style: Style) {
        if self.rows.is_empty() {
            return;
        }
        let widths: Vec<u16> = (0..self.heading.len()).map(|column| self.width(column)).collect();
        let numeric = self.numeric;
        let align = |column: usize| {
            if numeric.contains(&column) { CellAlignment::Right } else { CellAlignment::Left }
        };
        let mut table = Table::new();
        table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
        if style == Style::Colour {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let heading = self.heading.iter().enumerate();
        table.set_header(heading.map(|(column, text)| Cell::new(text).set_alignment(align(column))));
        for row in self.rows {
            let cells = row.into_iter().enumerate();
            table.add_row(cells.map(|(column, entry)| {
                let cell = Cell::new(entry.text).set_alignment(align(column));
                match entry.tone {
                    Tone::Neutral => cell,
                    Tone::Good => cell.fg(Color::Green),
                    Tone::Bad => cell.fg(Color::Red),
                }
            }));
        }
        for (column, width) in widths.into_iter().enumerate() {
            let floor = match self.favoured {
                Some((favoured, floor)) if favoured == column => floor,
                _ if column == 0 => FIRST_COLUMN_FLOOR,
                _ => COLUMN_FLOOR,
            };
            if let Some(column) = table.column_mut(column) {
                let padding = 2;
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width.min(floor) + padding)));
            }
        }
        out.push('\n');
        print_title(out, &self.title, style);
        for line in table.lines() {
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
}

fn bold(text: &str, style: Style) -> String {
    match style {
        Style::Plain => text.to_owned(),
        Style::Colour => format!("\u{1b}[1m{text}\u{1b}[0m"),
    }
}

/// A bold text, wrapped at the table width.
fn print_title(out: &mut String, text: &str, style: Style) {
    let mut wrapped = String::new();
    print_wrapped(&mut wrapped, "", text);
    for line in wrapped.lines() {
        out.push_str(&bold(line, style));
        out.push('\n');
    }
}

/// A titled list of lines, wrapped at the table width; nothing if it is empty.
fn print_list(out: &mut String, style: Style, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    out.push('\n');
    print_title(out, title, style);
    for line in lines {
        print_wrapped(out, "- ", line);
    }
}

/// Wraps at the table width; continuation lines are indented as far as the first one's `lead`.
fn print_wrapped(out: &mut String, lead: &str, text: &str) {
    let mut line = lead.to_owned();
    let indent = lead.chars().count();
    for word in text.split_whitespace() {
        let length = line.chars().count();
        if length > indent && length + 1 + word.chars().count() > usize::from(WIDTH) {
            out.push_str(&line);
            out.push('\n');
            line = " ".repeat(indent);
        }
        if line.chars().count() > indent {
            line.push(' ');
        }
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

/// The limiters, those that bind first on top: before all others those that bind already, some of which - a longest duration -
/// no load reaches; unused ones last, in their own order.
pub(super) fn limits_by_load(limits: &[LimitRow]) -> Vec<&LimitRow> {
    let mut sorted: Vec<&LimitRow> = limits.iter().collect();
    let key = |row: &LimitRow| row.load_multiple.unwrap_or(f64::INFINITY);
    sorted.sort_by(|left, right| binds(right).cmp(&binds(left)).then(key(left).total_cmp(&key(right))));
    sorted
}

/// Whether a limiter refused or delayed anything.
pub(super) fn binds(row: &LimitRow) -> bool {
    [&row.refused_share, &row.delayed_share].into_iter().any(|share| share.mean.is_some_and(|mean| mean > 0.0))
}

/// The limiter that gives way first: among those that bind already, else among all, the one with the lowest load multiple.
pub(super) fn first_to_bind(limits: &[LimitRow]) -> Option<&LimitRow> {
    limits_by_load(limits).first().copied().filter(|row| binds(row) || row.load_multiple.is_some())
}

/// Monthly cost per service, dearest first, with the summed half widths of its lines.
///
/// The lines of one service come from the same replications and move together, so adding half widths is the safe side.
pub(super) fn cost_by_service(summary: &Summary) -> Vec<(String, Estimate)> {
    let mut costs: Vec<(String, f64, f64, bool)> = Vec::new();
    for line in &summary.bill.lines {
        let mean = line.usd_month.mean.unwrap_or(0.0);
        let half = numbers::half_width(&line.usd_month);
        match costs.iter_mut().find(|(name, ..)| *name == line.service) {
            Some(entry) => {
                entry.1 += mean;
                entry.2 += half.unwrap_or(0.0);
                entry.3 |= half.is_some();
            }
            None => costs.push((line.service.clone(), mean, half.unwrap_or(0.0), half.is_some())),
        }
    }
    costs.sort_by(|left, right| right.1.total_cmp(&left.1));
    let estimate = |(name, mean, half, known): (String, f64, f64, bool)| {
        let low = known.then_some(mean - half);
        let high = known.then_some(mean + half);
        let mean = Some(mean);
        (name, Estimate { mean, low, high, ..Estimate::default() })
    };
    costs.into_iter().map(estimate).collect()
}

/// An estimate times a constant, interval included.
pub(super) fn scaled(estimate: &Estimate, factor: f64) -> Estimate {
    Estimate {
        mean: estimate.mean.map(|value| value * factor),
        low: estimate.low.map(|value| value * factor),
        high: estimate.high.map(|value| value * factor),
        ..estimate.clone()
    }
}

/// The share of the started journeys that ended in a given way.
fn ending_share(count: &Estimate, started: &Estimate) -> Estimate {
    match started.mean {
        Some(total) if total > 0.0 => scaled(count, 1.0 / total),
        _ => Estimate::default(),
    }
}

/// The unit of an objective's value, read off the path it is a condition on.
fn objective_unit(objective: &ObjectiveResult) -> Unit {
    unit_of_path(&objective.condition)
}

/// The unit that the last word of a metric name or path states.
fn unit_of_path(path: &str) -> Unit {
    if path.contains("latency_ms") || path.contains("_ms") {
        Unit::Milliseconds
    } else if path.contains("usd") {
        Unit::Usd
    } else if path.contains("share") {
        Unit::Share
    } else {
        Unit::Number
    }
}

/// `ticked` in words and sign: a reader without colour must see it as well.
fn objective_entry(objective: &ObjectiveResult) -> Entry {
    let text = if objective.met { "✓ met" } else { "✗ missed" };
    Entry::verdict(objective.met, text)
}

/// `orders: paid` - how a milestone is named in one column.
fn milestone_name(journey: &str, milestone: &str) -> String {
    format!("{journey}: {milestone}")
}

/// An estimate with its half width as a neutral cell.
fn shown(estimate: &Estimate, unit: Unit, notes: &mut Notes) -> Entry {
    numbers::estimate(estimate, unit, notes).into()
}
