//! Everything that is wrong with a scenario: where, what, and what to do about it.

#[cfg(test)]
mod tests;

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::sources::Sources;
use super::tree::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The scenario cannot be used.
    Error,
    /// The scenario can be used, but it may not mean what was meant.
    Warning,
}

macro_rules! codes {
    ($($name:ident $text:literal $explanation:literal)*) => {
        /// What kind of mistake it is. The text of a code never changes, so it can be searched for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $explanation] $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable text.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// One line for the manual.
            pub const fn explain(self) -> &'static str {
                match self { $(Self::$name => $explanation,)* }
            }
        }
    };
}

codes! {
    Syntax "syntax" "The file is not valid YAML, or uses a part of YAML that scenarios do not."
    DuplicateKey "duplicate-key" "A map has the same key twice; the first one counts."
    UnknownKey "unknown-key" "The key has no meaning here; nothing would read it."
    UnknownChoice "unknown-choice" "The text is not one of the words that are allowed here."
    MissingKey "missing-key" "A key that has no default is not there."
    WrongType "wrong-type" "The value is of another kind: text for a number, a list for a map."
    WrongUnit "wrong-unit" "The value has no unit, an unknown one, or one of another dimension."
    OutOfRange "out-of-range" "The value is outside what is possible or supported."
    InvalidValue "invalid-value" "The value is of the right kind but breaks a rule of this key."
    Expression "expression" "The arithmetic cannot be read or evaluated."
    UnknownParameter "unknown-parameter" "The expression names a parameter that is not defined."
    DuplicateName "duplicate-name" "Two files define the same name without saying which one counts."
    UnknownReference "unknown-reference" "The name refers to something that is not defined."
    WrongReference "wrong-reference" "The name refers to a service of a type that cannot stand here."
    BadPattern "bad-pattern" "An event pattern or filter policy is not valid."
    BadStateMachine "bad-state-machine" "A state machine definition is not valid."
    EventLoop "event-loop" "Events cause themselves without end."
    UnknownType "unknown-type" "No service type has this name."
    Include "include" "An included file cannot be read, or files include each other."
    Override "override" "A value from outside the file cannot be set."
    Conflict "conflict" "Two settings contradict each other."
    Unused "unused" "Something is defined and never used."
    TooManyErrors "too-many-errors" "So much is wrong that the rest was not looked at."
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One message about one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// The place to look at.
    pub span: Span,
    /// How bad it is.
    pub severity: Severity,
    /// What kind of mistake it is.
    pub code: Code,
    /// One sentence without full stop.
    pub message: String,
    /// What to do: each one line.
    pub hints: Vec<String>,
    /// Further places that explain it.
    pub labels: Vec<(Span, String)>,
}

impl Diagnostic {
    /// Adds a line on what to do.
    pub fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a second place, with what is to be seen there.
    pub fn label(&mut self, span: Span, text: impl Into<String>) -> &mut Self {
        self.labels.push((span, text.into()));
        self
    }
}

/// Collects what all stages of reading find.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
}

impl Diagnostics {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an error; hints and labels can be chained.
    pub fn error(&mut self, span: Span, code: Code, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Error, span, code, message.into())
    }

    /// Adds a warning; hints and labels can be chained.
    pub fn warning(&mut self, span: Span, code: Code, message: impl Into<String>) -> &mut Diagnostic {
        self.add(Severity::Warning, span, code, message.into())
    }

    fn add(&mut self, severity: Severity, span: Span, code: Code, message: String) -> &mut Diagnostic {
        let position = self.items.len();
        self.items.push(Diagnostic { span, severity, code, message, hints: Vec::new(), labels: Vec::new() });
        &mut self.items[position]
    }

    /// Takes over all of another collection.
    pub fn extend(&mut self, other: Self) {
        self.items.extend(other.items);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether there is an error among it.
    pub fn has_errors(&self) -> bool {
        self.items.iter().any(|item| item.severity == Severity::Error)
    }

    /// All of it by file and position, each thing once.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut items: Vec<&Diagnostic> = self.items.iter().collect();
        items.sort();
        items.dedup();
        items
    }

    /// The messages with excerpts, as text for a terminal. `colour` adds escape sequences.
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        let mut text = self.render_each(sources, colour).join("\n");
        text.truncate(text.trim_end().len());
        if !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// The messages with excerpts one by one, each ending in a line break, for those who merge several collections.
    pub fn render_each(&self, sources: &Sources, colour: bool) -> Vec<String> {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        self.sorted().into_iter().map(|item| format!("{}\n", render_one(item, sources, &renderer))).collect()
    }

    /// The messages as JSON: a list of objects with severity, code, message, file, line, column, hints and labels.
    pub fn to_json(&self, sources: &Sources) -> serde_json::Value {
        self.sorted().into_iter().map(|item| json_one(item, sources)).collect()
    }
}

fn render_one(item: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
    let level = match item.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(item.message.as_str()).id(item.code.as_str());
    let mut group = Group::with_title(title);
    let mut files = vec![item.span.file];
    for (span, _) in &item.labels {
        if !files.contains(&span.file) {
            files.push(span.file);
        }
    }
    for file in files {
        let text = sources.text(file);
        if text.is_empty() {
            if !sources.name(file).is_empty() {
                group = group.element(Origin::path(sources.name(file)));
            }
            continue;
        }
        let mut snippet = Snippet::source(text).path(sources.name(file)).line_start(1);
        if item.span.file == file {
            snippet = snippet.annotation(AnnotationKind::Primary.span(first_line(item.span, text)));
        }
        for (span, label) in item.labels.iter().filter(|(span, _)| span.file == file) {
            let annotation = AnnotationKind::Context.span(first_line(*span, text));
            snippet = snippet.annotation(annotation.label(label.as_str()));
        }
        group = group.element(snippet);
    }
    for hint in &item.hints {
        group = group.element(Level::HELP.with_name(Some("hint")).message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// The part of a span on its first line. A map of twenty lines is pointed at, not underlined in full.
fn first_line(span: Span, text: &str) -> Range<usize> {
    let start = (span.start as usize).min(text.len());
    let end = (span.end as usize).clamp(start, text.len());
    let covered = text.get(start..end).unwrap_or("");
    let length = covered.lines().next().map_or(0, |line| line.trim_end().len());
    start..start + length
}

fn json_one(item: &Diagnostic, sources: &Sources) -> serde_json::Value {
    let place = |span: Span| {
        serde_json::json!({
            "file": sources.name(span.file), "line": span.line, "column": span.column,
            "start": span.start, "end": span.end,
        })
    };
    let labels: Vec<_> =
        item.labels.iter().map(|(span, text)| serde_json::json!({ "place": place(*span), "text": text })).collect();
    serde_json::json!({
        "severity": item.severity, "code": item.code, "message": item.message,
        "place": place(item.span), "hints": item.hints, "labels": labels,
    })
}

/// The candidate that was probably meant: closest in spelling, or the same words in another order or form.
pub fn suggest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' ', '.'], "_");
    let wanted = plain(name);
    let wanted_folded = wanted.replace('_', "");
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let other = plain(candidate);
        let likeness = if other.replace('_', "") == wanted_folded {
            1.0
        } else {
            strsim::normalized_damerau_levenshtein(&wanted, &other).max(strsim::jaro_winkler(&wanted, &other) - 0.15)
        };
        if likeness > 0.6 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
