//! SNS subscription filter policies.
//!
//! A policy is a pattern over the attributes or the body of a message. Where the two
//! differ from EventBridge: `exists: true` wants a value that is neither null nor empty,
//! `exists: false` on attributes wants at least one attribute, `$or` that is not
//! well-formed is a field name, fewer operators, and limits of their own. Sources:
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html> and
//! its pages on constraints, and/or logic, string, numeric and key matching, read
//! 2026-11-23.
//!
//! Left out: rounding to five decimals, and the range of ±1,000,000,000 for numbers of
//! messages (those of policies are checked).

use super::operator::Test;
use super::parse::parse;
use super::{Dialect, Field, Pattern, PatternError};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Bytes of a filter policy; counted in characters of compact JSON.
const POLICY_CHARACTERS_MAX: usize = 256 * 1_024;
/// Fields that a policy may name.
const KEYS_MAX: usize = 5;
/// Product of the numbers of values of all fields, summed over `$or`.
const VALUE_COMBINATIONS_MAX: usize = 150;
/// Wildcard characters in one text.
const WILDCARDS_PER_TEXT_MAX: usize = 3;
/// Points of complexity of all fields that use wildcards.
const WILDCARD_POINTS_MAX: usize = 100;

/// What a filter policy looks at: `FilterPolicyScope` of the subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// The attributes of the message; policies are flat.
    #[default]
    MessageAttributes,
    /// The body of the message, a JSON object; policies may be nested.
    MessageBody,
}

/// The filter policy of an SNS subscription, parsed and valid.
#[derive(Debug, Clone)]
pub struct FilterPolicy {
    pattern: Pattern,
    scope: Scope,
}

impl FilterPolicy {
    /// Reads a filter policy.
    ///
    /// # Errors
    /// Everything that is wrong with the policy, each with its place in `value`.
    pub fn parse(value: &Value, scope: Scope) -> Result<FilterPolicy, Vec<PatternError>> {
        let dialect = match scope {
            Scope::MessageAttributes => Dialect::SnsAttributes,
            Scope::MessageBody => Dialect::SnsBody,
        };
        let pattern = parse(value, dialect, POLICY_CHARACTERS_MAX)?;
        let errors = limit_errors(&pattern);
        if errors.is_empty() { Ok(FilterPolicy { pattern, scope }) } else { Err(errors) }
    }

    /// Whether the subscription takes the message, given its attributes or its body as
    /// the scope says. Without a JSON object to look at, it does not.
    ///
    /// An attribute is a plain value (text, number, list) or, as in the SNS interface,
    /// an object with `DataType` (or `Type`) and `StringValue` (or `Value`). `Binary`
    /// attributes, and lists and numbers that are not valid JSON, are ignored. Only
    /// attributes in the second form cost an allocation.
    pub fn matches(&self, message: &Value) -> bool {
        match self.scope {
            Scope::MessageBody => self.pattern.matches(message),
            Scope::MessageAttributes => {
                let attributes = plain_attributes(message);
                let has_any = attributes.as_object().is_some_and(|members| !members.is_empty());
                has_any && self.pattern.matches(&attributes)
            }
        }
    }

    /// The paths that the policy reads, as [`Pattern::fields`] lists them.
    pub fn fields(&self) -> Vec<Vec<String>> {
        self.pattern.fields()
    }
}

/// The attributes with each one in the form of the SNS interface replaced by its value.
fn plain_attributes(message: &Value) -> Cow<'_, Value> {
    let Value::Object(attributes) = message else {
        return Cow::Borrowed(message);
    };
    if !attributes.values().any(Value::is_object) {
        return Cow::Borrowed(message);
    }
    let plain: Map<String, Value> =
        attributes.iter().filter_map(|(name, attribute)| Some((name.clone(), plain_attribute(attribute)?))).collect();
    Cow::Owned(Value::Object(plain))
}

fn plain_attribute(attribute: &Value) -> Option<Value> {
    let Value::Object(members) = attribute else {
        return Some(attribute.clone());
    };
    let data_type = members.get("DataType").or_else(|| members.get("Type"))?.as_str()?;
    let value = members.get("StringValue").or_else(|| members.get("Value"))?;
    // A type may carry a label of the sender's after a dot: `Number.float`.
    let (kind, label) = data_type.split_once('.').unwrap_or((data_type, ""));
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    match (kind, value) {
        ("String" | "Number", Value::String(text)) if label == "Array" => parsed(text).filter(Value::is_array),
        ("String" | "Number", Value::Array(_)) if label == "Array" => Some(value.clone()),
        ("String", Value::String(_)) | ("Number", Value::Number(_)) => Some(value.clone()),
        ("Number", Value::String(text)) => parsed(text.trim()).filter(Value::is_number),
        _ => None,
    }
}

/// Limits of SNS on a policy as a whole.
fn limit_errors(pattern: &Pattern) -> Vec<PatternError> {
    let mut errors = Vec::new();
    let mut error = |message: String, hint: &str| {
        errors.push(PatternError { path: Vec::new(), message, hint: hint.to_owned() });
    };
    let keys = pattern.fields().len();
    if keys > KEYS_MAX {
        error(
            format!("the policy names {keys} fields, more than {KEYS_MAX}"),
            "filter on fewer fields, or let the publisher combine some",
        );
    }
    let combinations = value_combinations(pattern);
    if combinations > VALUE_COMBINATIONS_MAX {
        error(
            format!("{combinations} combinations of values, more than {VALUE_COMBINATIONS_MAX}"),
            "the numbers of values (times the nesting of their fields) multiply: list fewer",
        );
    }
    let points = pattern.fields.iter().map(wildcard_points).fold(0_usize, usize::saturating_add);
    if points > WILDCARD_POINTS_MAX {
        error(
            format!("{points} points of wildcard complexity, more than {WILDCARD_POINTS_MAX}"),
            "use fewer wildcards, or fewer values beside them",
        );
    }
    let tests = || pattern.fields.iter().flat_map(|field| field.alternatives.iter());
    if let Some(count) = tests().map(wildcards_in_text).max().filter(|count| *count > WILDCARDS_PER_TEXT_MAX) {
        error(
            format!("{count} wildcards in one text, more than {WILDCARDS_PER_TEXT_MAX}"),
            "use prefix or suffix for the outer ones",
        );
    }
    errors
}

/// The sum over the combinations of `$or` of the product over their fields of the number
/// of values times the depth of the field.
fn value_combinations(pattern: &Pattern) -> usize {
    let weight = |index: &usize| {
        let field = &pattern.fields[*index];
        field.alternatives.len().saturating_mul(field.depth)
    };
    let product = |combination: &[usize]| combination.iter().map(weight).fold(1, usize::saturating_mul);
    pattern.combinations.iter().map(|combination| product(combination)).fold(0, usize::saturating_add)
}

/// Points of the tests of a field times their number, if any of them uses a wildcard: one
/// for `anything-but` or a single wildcard, three for several wildcards.
fn wildcard_points(field: &Field) -> usize {
    if !field.alternatives.iter().any(Test::uses_wildcard) {
        return 0;
    }
    let points = |test: &Test| match test {
        Test::AnythingBut(_) => 1,
        test => match wildcards_in_text(test) {
            0 => 0,
            1 => 1,
            _ => 3,
        },
    };
    let sum: usize = field.alternatives.iter().map(points).sum();
    sum.saturating_mul(field.alternatives.len())
}

/// The most wildcard characters in one text of a test.
fn wildcards_in_text(test: &Test) -> usize {
    match test {
        Test::Wildcard(wildcard) => wildcard.count(),
        Test::AnythingBut(excluded) => excluded.iter().map(wildcards_in_text).max().unwrap_or(0),
        _ => 0,
    }
}
