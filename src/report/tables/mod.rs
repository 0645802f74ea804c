//! Tables for the terminal, at most 100 columns wide.

mod bill;
mod blast;
mod break_even;
mod comparison;
mod find;
mod ladder;
mod markdown;
mod points;
mod recovery;
mod run;
mod sensitivity;
mod study;
mod sweep;

use std::ops::Range;

use comfy_table::{Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

pub use blast::blast_text;
pub(super) use blast::{cell_share, short_names};
pub use break_even::break_even_text;
pub(super) use break_even::root as break_even_root;
pub use comparison::comparison_text;
pub use find::find_text;
pub(super) use find::headline as find_headline;
pub(super) use ladder::between;
pub use ladder::ladder_text;
pub use markdown::{comparison_markdown, fenced, ladder_markdown, points_markdown, run_markdown, sweep_markdown};
pub use points::points_text;
pub use run::run_text;
pub use sensitivity::sensitivity_text;
pub(super) use sensitivity::{explained, matters, range as assumption_range, unit as metric_unit};
pub use sweep::sweep_text;

use super::numbers::{self, Notes, Unit};
use crate::results::{Estimate, LimitRow, ObjectiveResult, Span, Summary};

/// Columns that every table fits into.
const WIDTH: u16 = 100;
/// Width that a column keeps, if its text is as long, when figures have to be wrapped.
const COLUMN_FLOOR: u16 = 9;
/// Width that a column of names keeps, if its text is as long, before anything shorter is wrapped.
const NAME_FLOOR: u16 = 24;
/// No figure with its interval and unit is longer than this; what is, is a text.
const FIGURE_FLOOR: u16 = 20;
/// The span of the series that is no disturbance.
pub(super) const WARM_UP: &str = "warm-up";
/// Blanks beside a cell's text.
const PADDING: u16 = 2;

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
}

impl Section {
    fn new(title: impl Into<String>, numeric: Range<usize>, heading: &[&str]) -> Self {
        let heading = heading.iter().map(ToString::to_string).collect();
        Self { title: title.into(), heading, numeric, rows: Vec::new() }
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

    /// Characters of the longest of the pieces that `split` makes of a column's texts.
    fn longest<'a, I: Iterator<Item = &'a str>>(&'a self, column: usize, split: impl Fn(&'a str) -> I) -> u16 {
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let pieces = cells.flat_map(|cell| split(&cell.text)).map(|piece| piece.chars().count());
        u16::try_from(pieces.max().unwrap_or(0)).unwrap_or(WIDTH)
    }

    /// Widths of the columns' texts that fit side by side. Headings are wrapped between words if need be. What else gives way, always
    /// where a column is widest: long names, at first between words; then long texts among the figures; then shorter names between
    /// words; figures proper last.
    fn widths(&self) -> Vec<u16> {
        let heading = |column: usize| {
            let words = self.heading[column].split_whitespace().map(|word| word.chars().count());
            u16::try_from(words.max().unwrap_or(0)).unwrap_or(WIDTH)
        };
        let columns = 0..self.heading.len();
        let lines = columns.clone().map(|column| self.longest(column, str::lines).max(heading(column)));
        let words: Vec<u16> =
            columns.clone().map(|column| self.longest(column, str::split_whitespace).max(heading(column))).collect();
        let mut widths: Vec<u16> = lines.collect();
        let frame = (PADDING + 1) * widths.len() as u16 + 1;
        let room = u32::from(WIDTH.saturating_sub(frame));
        let figures = |column: usize| self.numeric.contains(&column);
        let natural = widths.clone();
        let name = |column: usize| words[column].min(NAME_FLOOR);
        let floors: [&dyn Fn(usize) -> u16; 6] = [
            &|column| if figures(column) { WIDTH } else { words[column].max(natural[column].min(NAME_FLOOR)) },
            &|column| if figures(column) { WIDTH } else { natural[column].min(NAME_FLOOR) },
            &|column| if figures(column) { natural[column].min(FIGURE_FLOOR) } else { WIDTH },
            &|column| if figures(column) { WIDTH } else { name(column) },
            &name,
            &|_| COLUMN_FLOOR,
        ];
        for floor in floors {
            while widths.iter().map(|width| u32::from(*width)).sum::<u32>() > room {
                let above = |column: &usize| widths[*column] > floor(*column);
                let Some(widest) = columns.clone().filter(above).max_by_key(|column| widths[*column]) else {
                    break;
                };
                widths[widest] -= 1;
            }
        }
        // A heading stands on one line where there is room.
        for column in columns {
            let used: u16 = widths.iter().sum();
            let wanted = u16::try_from(self.heading[column].chars().count()).unwrap_or(WIDTH);
            let missing = wanted.saturating_sub(widths[column]);
            if u32::from(used + missing) <= room {
                widths[column] += missing;
            }
        }
        widths
    }

    /// Appends the table to `out`; an empty one leaves no trace.
    fn print(self, out: &mut String, style: Style) {
        if self.rows.is_empty() {
            return;
        }
        let widths = self.widths();
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
            if let Some(column) = table.column_mut(column) {
                column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(width + PADDING)));
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

impl Notes {
    /// Appends the footnotes below the tables.
    fn print(&self, out: &mut String) {
        let footnotes = self.text();
        if !footnotes.is_empty() {
            out.push('\n');
        }
        for line in footnotes.lines() {
            print_wrapped(out, "", line);
        }
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

/// Monthly cost per service, dearest first.
pub(super) fn cost_by_service(summary: &Summary) -> Vec<(String, Estimate)> {
    summary.bill.services.iter().map(|(name, cost)| (name.clone(), cost.clone())).collect()
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

/// The unit of an objective's value and bound.
fn objective_unit(objective: &ObjectiveResult) -> Unit {
    // What holds window by window has a share of windows for a value.
    if objective.window_seconds.is_some() { Unit::Share } else { unit_of_path(&objective.metric) }
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

/// Whether an objective is met, in words and sign, since a reader without colour must see it as well.
fn verdict_of(objective: &ObjectiveResult) -> String {
    let sign = if objective.met { "✓ met" } else { "✗ missed" };
    // The interval holds values on both sides of the bound, or there is none.
    if objective.shown { sign.to_owned() } else { format!("{sign}, not shown") }
}

/// Verdict and value, where objectives stand beside one another.
fn objective_with_value(objective: &ObjectiveResult, notes: &mut Notes) -> Entry {
    let value = shown(&objective.value, objective_unit(objective), notes).text;
    Entry::verdict(objective.met, format!("{}\n{value}", verdict_of(objective)))
}

fn objective_entry(objective: &ObjectiveResult) -> Entry {
    Entry::verdict(objective.met, verdict_of(objective).replace(", ", "\n"))
}

/// What a bill with faults in its window stands for; nothing where there are none.
fn extrapolated(design: &Summary) -> &'static str {
    let fault = |span: &Span| span.label != WARM_UP;
    if design.spans.iter().any(fault) { " (as if the whole month went like this window, disturbances included)" } else { "" }
}

/// The share of the first workload's journeys that end as fulfilled.
pub(super) fn fulfilled(design: &Summary) -> Estimate {
    let first = design.journeys.values().next();
    let found = first.and_then(|journey| Some(ending_share(journey.endings.get("fulfilled")?, &journey.started)));
    found.unwrap_or_default()
}

/// `orders: paid` - how a milestone is named in one column.
fn milestone_name(journey: &str, milestone: &str) -> String {
    format!("{journey}: {milestone}")
}

/// An estimate with its half width as a neutral cell.
fn shown(estimate: &Estimate, unit: Unit, notes: &mut Notes) -> Entry {
    numbers::estimate(estimate, unit, notes).into()
}
