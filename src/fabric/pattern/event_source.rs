//! Filter criteria of Lambda event source mappings: up to five (ten on request) event
//! patterns of which one must match the record, with fewer operators than on a bus.
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>
//! and, for the operators, the column for pipes in
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>,
//! read 2026-11-23.
//!
//! The record is given as its filters see it: with the JSON of the `body`, `data` or
//! `value` in place of the text that carries it. A filter on fields of a body that is
//! plain text does not match, nor does a filter on a text when the body is an object,
//! which is what Lambda does with such records.

use super::parse::parse;
use super::{Dialect, PATTERN_CHARACTERS_MAX, Pattern, PatternError, Segment};
use serde_json::Value;

/// Filters that an event source mapping may have by default.
pub const FILTERS_DEFAULT: usize = 5;
/// Filters that an event source mapping may have once the quota is raised.
pub const FILTERS_MAX: usize = 10;

/// The filters of an event source mapping, parsed and valid.
#[derive(Debug, Clone)]
pub struct FilterCriteria {
    filters: Box<[Pattern]>,
}

impl FilterCriteria {
    /// Reads a list of at most `filters_max` filters. Each is a pattern, its JSON text,
    /// or an object with either under `Pattern`; the list may stand under `Filters`, as in
    /// CloudFormation (both names also in lower case).
    ///
    /// # Errors
    /// Everything that is wrong with the filters, each with its place in `value`; within
    /// a pattern that is given as text, the place is the text.
    pub fn parse(value: &Value, filters_max: usize) -> Result<FilterCriteria, Vec<PatternError>> {
        let (list, mut path) = unwrap(value, ["Filters", "filters"]);
        let Value::Array(list) = list else {
            return Err(vec![error(path, "filters are a list", "write [{\"body\": {...}}]")]);
        };
        let mut errors = Vec::new();
        if list.len() > filters_max {
            errors.push(error(
                path.clone(),
                &format!("{} filters, more than {filters_max}", list.len()),
                "join filters by $or, or have the quota raised to 10",
            ));
        }
        let mut filters = Vec::with_capacity(list.len());
        for (index, filter) in list.iter().enumerate() {
            path.push(Segment::Index(index));
            match filter_pattern(filter, &path) {
                Ok(pattern) => filters.push(pattern),
                Err(more) => errors.extend(more),
            }
            path.pop();
        }
        if errors.is_empty() { Ok(FilterCriteria { filters: filters.into_boxed_slice() }) } else { Err(errors) }
    }

    /// Whether the record goes to the function: one of the filters matches it, or there
    /// are none.
    pub fn matches(&self, record: &Value) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| filter.matches(record))
    }

    /// The paths that the filters read, each once, as [`Pattern::fields`] lists them.
    pub fn fields(&self) -> Vec<Vec<String>> {
        let mut paths = Vec::new();
        for path in self.filters.iter().flat_map(Pattern::fields) {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

/// The value under one of the names if it is all there is in an object, and the way to it.
fn unwrap<'v>(value: &'v Value, names: [&str; 2]) -> (&'v Value, Vec<Segment>) {
    let members = value.as_object().filter(|members| members.len() == 1);
    match members.and_then(|members| members.iter().next()) {
        Some((name, inner)) if names.contains(&name.as_str()) => (inner, vec![Segment::Key(name.clone())]),
        _ => (value, Vec::new()),
    }
}

/// Reads one filter, at `path`, as pattern or as the JSON text of one.
fn filter_pattern(filter: &Value, path: &[Segment]) -> Result<Pattern, Vec<PatternError>> {
    let (pattern, below) = unwrap(filter, ["Pattern", "pattern"]);
    let here = || [path, &below].concat();
    let read = |pattern: &Value| parse(pattern, Dialect::EventSourceMapping, PATTERN_CHARACTERS_MAX);
    let Value::String(text) = pattern else {
        return read(pattern).map_err(|errors| {
            let at = |inner: PatternError| PatternError { path: [here(), inner.path].concat(), ..inner };
            errors.into_iter().map(at).collect()
        });
    };
    let pattern: Value = serde_json::from_str(text).map_err(|mistake| {
        let message = format!("the pattern is not valid JSON: {mistake}");
        vec![error(here(), &message, "write the pattern itself instead of its text")]
    })?;
    read(&pattern).map_err(|errors| {
        let at = |inner: PatternError| PatternError {
            path: here(),
            message: inner.to_string(),
            hint: "in the text of the pattern".to_owned(),
        };
        errors.into_iter().map(at).collect()
    })
}

fn error(path: Vec<Segment>, message: &str, hint: &str) -> PatternError {
    PatternError { path, message: message.to_owned(), hint: hint.to_owned() }
}
