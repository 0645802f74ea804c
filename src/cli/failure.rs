//! What keeps a command from doing what was asked, as text with excerpts or as JSON.

use serde_json::{Value, json};

use super::arguments::Format;
use super::console::{self, Console};
use super::exit::{Exit, bug_report};
use crate::engine::RunError;
use crate::pricing::PriceError;
use crate::reader::{Code, Diagnostics, Severity, Sources};
use crate::report::ReportError;

/// Codes of messages without a place in a scenario, and what they mean.
pub const CODES: &[(&str, &str)] = &[
    ("usage", "The command line is not complete or contradicts itself."),
    ("output", "A file, a folder or standard output cannot be written."),
    ("threads", "The system refuses to start that many threads."),
    ("designs-differ", "Designs that are to be compared differ in workload, externals, Region or study."),
    ("unknown-journey", "The journey that is to be followed does not arrive within the run."),
    ("load", "The load of the scenario cannot be multiplied: its arrivals are recorded, or counts would not be whole."),
    ("warm-up", "`warm_up: auto` finds no end of the warm-up in the first half of the run, or the run is too short to tell."),
    ("price-missing", "There is no price for something that the run used in this Region; it is never taken for zero."),
    ("price-too-large", "A bill is too large for its numbers."),
    ("price-unknown-column", "A price table has a column that means nothing."),
    ("price-missing-column", "A price table lacks a column."),
    ("price-duplicate-column", "A price table has a column twice."),
    ("price-malformed-line", "A price table cannot be read, or a line of it."),
    ("price-bad-field", "A field of a price table has a value that cannot be used."),
    ("price-bad-tiers", "The tiers of a price overlap or leave a gap, or its rows contradict each other."),
    ("price-bad-allowance", "Rows of a price table name one free allowance and mean different ones."),
    ("price-duplicate", "Two price tables have the same price."),
    ("price-override-unknown", "A price table of the user's has a SKU that nothing bills."),
    ("price-override-unit", "A price table of the user's counts a SKU in another unit than its usage."),
    ("interrupted", "The run was interrupted from the keyboard."),
    ("internal", "A mistake of floodplan, not of the scenario: please report it."),
];

/// Version of the shape of failures in JSON.
const SCHEMA: &str = "floodplan.diagnostics/1";

/// Why a command ends early.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug)]
pub enum Problem {
    /// All that was found in one scenario.
    Scenario(Findings),
    /// Something without a place in a file.
    Plain { code: &'static str, message: String, hints: Vec<String> },
}

/// Messages about a scenario and the texts they point into.
#[derive(Debug, Default)]
pub struct Findings {
    pub diagnostics: Diagnostics,
    pub sources: Sources,
}

impl Failure {
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self { exit, problems: vec![Problem::Plain { code, message: message.into(), hints: Vec::new() }] }
    }

    /// Adds a line on what to do to the last problem.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(Problem::Plain { hints, .. }) = self.problems.last_mut() {
            hints.push(hint.into());
        }
        self
    }

    /// Mistakes in scenarios.
    pub fn scenarios(findings: Vec<Findings>) -> Self {
        Self { exit: Exit::BadInput, problems: findings.into_iter().map(Problem::Scenario).collect() }
    }

    /// A mistake of ours that was noticed.
    pub fn our_mistake(what: impl Into<String>) -> Self {
        Self::new(Exit::OurMistake, "internal", what)
    }

    /// Ctrl-C; `what` tells what became of the files.
    pub fn interrupted(what: &str) -> Self {
        Self::new(Exit::Interrupted, "interrupted", what)
    }

    /// Tells the user, and says how to end.
    pub fn report(&self, console: Console) -> Exit {
        // Without a problem a panic has been explained already.
        if console.format == Format::Json && !self.problems.is_empty() {
            // That this cannot be written either leaves the exit code to tell it.
            let _ = console::result(&format!("{:#}\n", self.json()));
        } else if self.exit == Exit::Interrupted || self.exit == Exit::OurMistake {
            for problem in &self.problems {
                if let Problem::Plain { message, .. } = problem {
                    let report = if self.exit == Exit::OurMistake { bug_report(message) } else { format!("{message}\n") };
                    console::note(&report);
                }
            }
        } else {
            console::note(&self.text(console::coloured_notes()));
        }
        self.exit
    }

    fn json(&self) -> Value {
        let mut entries: Vec<Value> = Vec::new();
        for problem in &self.problems {
            match problem {
                Problem::Scenario(findings) => {
                    for entry in findings.json() {
                        // Scenarios that share a file share its mistakes.
                        if !entries.contains(&entry) {
                            entries.push(entry);
                        }
                    }
                }
                Problem::Plain { code, message, hints } => entries.push(json!({
                    "severity": "error", "code": code, "message": message,
                    "place": null, "hints": hints, "labels": [],
                })),
            }
        }
        json!({ "schema": SCHEMA, "diagnostics": entries })
    }

    fn text(&self, colour: bool) -> String {
        let mut parts: Vec<String> = Vec::new();
        let mut settings: Vec<String> = Vec::new();
        for problem in &self.problems {
            match problem {
                Problem::Scenario(findings) => {
                    for (part, setting) in findings.texts(colour) {
                        // The same wrong path with each of the values of a sweep is one mistake.
                        let known = setting.as_ref().is_some_and(|setting| settings.contains(setting)) || parts.contains(&part);
                        if !known {
                            parts.push(part);
                        }
                        settings.extend(setting);
                    }
                }
                Problem::Plain { message, hints, .. } => parts.push(plain_text(message, hints, colour)),
            }
        }
        parts.join("\n")
    }
}

impl Findings {
    /// The messages as JSON entries.
    pub fn json(&self) -> Vec<Value> {
        match self.diagnostics.to_json(&self.sources) {
            Value::Array(entries) => entries,
            other => vec![other],
        }
    }

    /// The warnings in words, for reports: without places, so that they do not depend on where the scenario lies.
    pub fn warnings(&self) -> Vec<String> {
        let warnings = self.diagnostics.sorted().into_iter().filter(|item| item.severity == Severity::Warning);
        warnings.map(|item| item.message.clone()).collect()
    }

    /// Each message with its excerpt and, if it is about the path of a setting, a key that is the same for any value.
    fn texts(&self, colour: bool) -> Vec<(String, Option<String>)> {
        let settings = self.diagnostics.sorted().into_iter().map(|item| {
            let origin = self.sources.name(item.span.file);
            (item.code == Code::Override).then(|| format!("{origin}\n{}\n{:?}", item.message, item.hints))
        });
        self.diagnostics.render_each(&self.sources, colour).into_iter().zip(settings).collect()
    }
}

/// A message in the manner of those with excerpts.
fn plain_text(message: &str, hints: &[String], colour: bool) -> String {
    let label = if colour { "\u{1b}[1m\u{1b}[91merror\u{1b}[0m" } else { "error" };
    let mut text = format!("{label}: {message}\n");
    for hint in hints {
        text.push_str("  = hint: ");
        text.push_str(hint);
        text.push('\n');
    }
    text
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Encode { .. } => Self::our_mistake(error.to_string()),
            _ => Self::new(Exit::BadInput, "output", error.to_string()),
        }
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            // Compiling again what has compiled before finds nothing new.
            RunError::Diagnostics(diagnostics) => Self::scenarios(vec![Findings { diagnostics, sources: Sources::new() }]),
            RunError::Prices(errors) => Self::from(errors),
            RunError::WarmUp(message) => Self::new(Exit::BadInput, "warm-up", message),
            RunError::Cancelled => Self::interrupted("interrupted: nothing was written"),
            RunError::Violation(what) => Self::our_mistake(format!("a run contradicts itself: {what}")),
        }
    }
}

impl From<Vec<PriceError>> for Failure {
    fn from(errors: Vec<PriceError>) -> Self {
        let missing = |error: &PriceError| matches!(error, PriceError::MissingPrice { .. } | PriceError::TooLarge { .. });
        // Any other error is one in the price tables that this program brings along.
        let exit = if errors.iter().all(missing) { Exit::BadInput } else { Exit::OurMistake };
        let plain = |error: PriceError| Problem::Plain { code: error.code(), message: error.to_string(), hints: Vec::new() };
        Self { exit, problems: errors.into_iter().map(plain).collect() }
    }
}
