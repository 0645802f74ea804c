//! Reading a document: the machine level, Retry and Catch. States are read in `state_parse.rs`.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::cursor::NESTING_MAX;
use super::errors::{ALL, AslError, RESERVED};
use super::fields::{Fields, Report, nearest};
use super::graph;
use super::model::{QueryLanguage, State, StateMachine};
use super::retry::{Catcher, Jitter, Retrier};
use super::state_parse;

/// The longest state name. Source: <https://states-language.net/spec.html#states-fields>, read 2026-11-23.
const NAME_CHARACTERS_MAX: usize = 80;
/// The largest number of seconds or attempts the service takes.
pub(super) const SECONDS_MAX: u64 = 99_999_999;
/// The longest `MaxDelaySeconds`, one leap year.
const MAX_DELAY_SECONDS_MAX: u64 = 31_622_400;

/// Where a machine stands, which decides its fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Document,
    Branch,
    ItemProcessor,
}

impl StateMachine {
    /// Reads and checks a whole document; on failure every error with its place.
    ///
    /// Placeholders such as `${Function}` are accepted wherever a text may stand.
    pub fn parse(document: &Value) -> Result<Self, Vec<AslError>> {
        let mut report = Report::default();
        let machine = read_machine(document, Level::Document, QueryLanguage::JsonPath, 0, &mut report);
        match machine {
            Some(mut machine) if report.errors.is_empty() => {
                graph::warn_of_repeated_names(&machine, &mut report);
                machine.warnings = report.warnings;
                Ok(machine)
            }
            _ => Err(report.errors),
        }
    }
}

/// Reads a machine at the report's place. None only if an error was noted.
pub(super) fn read_machine(
    value: &Value,
    level: Level,
    inherited: QueryLanguage,
    depth: usize,
    report: &mut Report,
) -> Option<StateMachine> {
    if depth > NESTING_MAX {
        report.error("", format!("machines nest at most {NESTING_MAX} deep"), "");
        return None;
    }
    let Some(object) = value.as_object() else {
        report.error("", "a state machine is an object", "it needs StartAt and States");
        return None;
    };
    let mut fields = Fields { object, report, language: inherited };
    match level {
        Level::Document => {
            let allowed = ["Comment", "StartAt", "States", "TimeoutSeconds", "Version", "QueryLanguage"];
            fields.allow_only(&allowed, "a state machine");
        }
        Level::Branch => fields.allow_only(&["Comment", "StartAt", "States"], "a branch"),
        Level::ItemProcessor => {
            fields.allow_only(&["Comment", "StartAt", "States", "ProcessorConfig"], "an item processor");
        }
    }
    let query_language = read_query_language(&mut fields).unwrap_or(inherited);
    let comment = fields.text("Comment");
    let timeout_seconds = fields.whole("TimeoutSeconds", 1..=SECONDS_MAX);
    if fields.text("Version").is_some_and(|version| version != "1.0") {
        fields.report.error("Version", "the only version is 1.0", "");
    }
    let start_at = fields.required_text("StartAt", "name the first state");
    let states = read_states(&mut fields, query_language, depth);
    let machine = StateMachine { start_at, states, timeout_seconds, comment, query_language, warnings: Vec::new() };
    let declared: Vec<&str> =
        object.get("States").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    graph::check(&machine, &declared, report);
    Some(machine)
}

pub(super) fn read_query_language(fields: &mut Fields<'_>) -> Option<QueryLanguage> {
    match fields.text("QueryLanguage")?.as_str() {
        "JSONPath" => Some(QueryLanguage::JsonPath),
        "JSONata" => Some(QueryLanguage::Jsonata),
        other => {
            let message = format!("there is no query language {other}");
            fields.report.error("QueryLanguage", message, "JSONPath or JSONata");
            None
        }
    }
}

fn read_states(fields: &mut Fields<'_>, language: QueryLanguage, depth: usize) -> IndexMap<String, State> {
    let mut states = IndexMap::new();
    if !fields.has("States") {
        fields.report.error("", "States is missing", "it is an object of states by name");
    }
    let Some(object) = fields.object_field("States") else {
        return states;
    };
    if object.is_empty() {
        fields.report.error("States", "there are no states", "");
    }
    fields.report.inside("States", |report| {
        for (name, value) in object {
            if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX {
                report.error(name, format!("a state name has 1 to {NAME_CHARACTERS_MAX} characters"), "");
            }
            if let Some(state) = report.inside(name, |report| state_parse::read_state(name, value, language, depth, report)) {
                states.insert(name.clone(), state);
            }
        }
    });
    states
}

/// Reads Retry.
pub(super) fn read_retry(fields: &mut Fields<'_>) -> Vec<Retrier> {
    read_handlers(fields, "Retry", read_retrier)
}

/// Reads Catch.
pub(super) fn read_catch(fields: &mut Fields<'_>) -> Vec<Catcher> {
    read_handlers(fields, "Catch", read_catcher)
}

fn read_handlers<T>(fields: &mut Fields<'_>, key: &str, read: fn(&mut Fields<'_>) -> T) -> Vec<T> {
    let Some(list) = fields.list(key) else {
        return Vec::new();
    };
    let language = fields.language;
    let mut handlers = Vec::with_capacity(list.len());
    fields.report.inside(key, |report| {
        for (index, entry) in list.iter().enumerate() {
            report.inside(&index.to_string(), |report| {
                let Some(object) = entry.as_object() else {
                    report.error("", format!("an entry of {key} is an object"), "it needs ErrorEquals");
                    return;
                };
                check_wildcard_is_last(object, index + 1 == list.len(), report);
                handlers.push(read(&mut Fields { object, report, language }));
            });
        }
    });
    handlers
}

fn check_wildcard_is_last(object: &Map<String, Value>, last: bool, report: &mut Report) {
    let Some(Value::Array(names)) = object.get("ErrorEquals") else { return };
    if names.contains(&Value::String(ALL.to_owned())) {
        if names.len() > 1 {
            report.error("ErrorEquals", "States.ALL must stand alone", "it covers the other names already");
        }
        if !last {
            report.error("ErrorEquals", "States.ALL must be in the last entry", "later entries would never apply");
        }
    }
}

fn read_retrier(fields: &mut Fields<'_>) -> Retrier {
    let allowed =
        ["ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "Comment"];
    fields.allow_only(&allowed, "a retrier");
    let interval_seconds = fields.whole("IntervalSeconds", 1..=SECONDS_MAX).unwrap_or(1);
    let max_delay_seconds = fields.whole("MaxDelaySeconds", 1..=MAX_DELAY_SECONDS_MAX);
    if max_delay_seconds.is_some_and(|cap| cap <= interval_seconds) {
        fields.report.error("MaxDelaySeconds", "MaxDelaySeconds must be greater than IntervalSeconds", "");
    }
    Retrier {
        error_equals: read_error_names(fields),
        interval_seconds,
        max_attempts: fields.whole("MaxAttempts", 0..=SECONDS_MAX).unwrap_or(3),
        backoff_rate: read_backoff_rate(fields).unwrap_or(2.0),
        max_delay_seconds,
        jitter: read_jitter(fields).unwrap_or_default(),
    }
}

fn read_backoff_rate(fields: &mut Fields<'_>) -> Option<f64> {
    let value = fields.get("BackoffRate")?;
    let rate = value.as_f64().filter(|rate| *rate >= 1.0);
    if rate.is_none() {
        fields.report.error("BackoffRate", format!("BackoffRate must be a number from 1.0 but is {value}"), "");
    }
    rate
}

fn read_jitter(fields: &mut Fields<'_>) -> Option<Jitter> {
    match fields.text("JitterStrategy")?.as_str() {
        "NONE" => Some(Jitter::None),
        "FULL" => Some(Jitter::Full),
        other => {
            fields.report.error("JitterStrategy", format!("there is no jitter strategy {other}"), "NONE or FULL");
            None
        }
    }
}

fn read_catcher(fields: &mut Fields<'_>) -> Catcher {
    let allowed: &[&str] = match fields.language {
        QueryLanguage::JsonPath => &["ErrorEquals", "Next", "ResultPath", "Assign", "Comment"],
        QueryLanguage::Jsonata => &["ErrorEquals", "Next", "Output", "Assign", "Comment"],
    };
    fields.allow_only(allowed, "a catcher");
    Catcher {
        error_equals: read_error_names(fields),
        next: fields.required_text("Next", "name the state that handles the error"),
        result_path: fields.result_path("ResultPath"),
        assign: fields.object_template("Assign"),
        output: fields.template("Output"),
    }
}

fn read_error_names(fields: &mut Fields<'_>) -> Vec<String> {
    if !fields.has("ErrorEquals") {
        fields.report.error("", "ErrorEquals is missing", "list error names, or [\"States.ALL\"]");
    }
    let Some(list) = fields.list("ErrorEquals") else {
        return Vec::new();
    };
    if list.is_empty() {
        fields.report.error("ErrorEquals", "ErrorEquals is empty", "list error names, or [\"States.ALL\"]");
    }
    let mut names = Vec::with_capacity(list.len());
    fields.report.inside("ErrorEquals", |report| {
        for (index, name) in list.iter().enumerate() {
            match name {
                Value::String(name) => {
                    if name.starts_with("States.") && !RESERVED.contains(&name.as_str()) {
                        let hint = nearest(name, &RESERVED).map(|known| format!("did you mean {known}?"));
                        let message = format!("{name} is not one of the reserved error names");
                        report.warning(&index.to_string(), message, hint.unwrap_or_default());
                    }
                    names.push(name.clone());
                }
                other => report.error(&index.to_string(), format!("an error name is a text, not {other}"), ""),
            }
        }
    });
    names
}
