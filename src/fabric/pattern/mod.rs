//! Content-based filters: EventBridge event patterns, SNS filter policies and the
//! filters of Lambda event source mappings. All three are one matcher with
//! different operators and limits.
//!
//! A pattern is an object shaped like the event. Every field it names must match
//! (AND), a field matches by any of its alternatives (OR), and `$or` joins groups
//! of fields. A pattern is parsed once, with every error reported, and evaluated
//! without allocating.
//!
//! The rules follow <https://github.com/aws/event-ruler>, the open-source matcher of
//! EventBridge, and the operator reference at
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>
//! (both read 2026-11-23):
//!
//! * Names are joined by dots: `{"a": {"b": [1]}}` and `{"a.b": [1]}` are the same
//!   pattern, both read `{"a": {"b": 1}}` and `{"a.b": 1}`, and the last definition of
//!   a field counts.
//! * Only leaves are values: scalars, and scalars inside arrays. An object or an empty
//!   array is no value, so `exists: false` accepts it.
//! * An array matches when one of its elements does. Fields that lie below the same
//!   array must match in the same element.
//! * Numbers are equal by value (`1`, `1.0`, `1e0`) as far as a double holds them
//!   exactly; larger ones are equal only as written, and no range accepts them.
//!
//! Left out: the exact limit of complexity for wildcards, which is not published
//! (a value has at most five of them here). The quotas of characters per pattern and of
//! wildcard rules per bus are adjustable, so they belong to the bus.

mod address;
mod error;
mod evaluate;
mod event_source;
mod operator;
mod parse;
mod sns;
#[cfg(test)]
mod tests;
mod text;

pub use error::{PatternError, Segment};
pub use event_source::{FILTERS_DEFAULT, FILTERS_MAX, FilterCriteria};
pub use sns::{FilterPolicy, Scope};

use operator::Test;
use serde_json::Value;

/// Characters that an event pattern may have as compact JSON.
/// Source: length of `EventPattern` in the service model of EventBridge,
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html>, read
/// 2026-11-23. The default quota is 2,048 and can be raised.
pub const PATTERN_CHARACTERS_MAX: usize = 4_096;

/// Combinations that the `$or` groups of one pattern may multiply to. Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-complex-example-or>,
/// read 2026-11-23.
pub const COMBINATIONS_MAX: usize = 1_000;

/// Wildcard characters in one value above which EventBridge is taken to refuse the
/// pattern as too complex. An assumption: the limit exists but is not published. The
/// user guide's example of a value worth simplifying has six, see
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching-complexity>,
/// read 2026-11-23.
pub const WILDCARDS_PER_VALUE_MAX: usize = 5;

/// Levels of nested objects that a pattern may have, so that reading one never
/// exhausts the stack. Our own limit, far above what the size limits leave room for
/// in practice.
pub const DEPTH_MAX: usize = 100;

/// An EventBridge event pattern, parsed and valid.
#[derive(Debug, Clone)]
pub struct Pattern {
    fields: Box<[Field]>,
    /// The pattern without `$or`: it matches when one of these lists of fields does.
    /// Each lists indices into `fields`, in the order of their paths.
    combinations: Box<[Box<[usize]>]>,
}

/// One field of a pattern.
#[derive(Debug, Clone)]
struct Field {
    /// Names of the enclosing objects and of the field, joined by dots.
    path: Box<str>,
    /// Objects from the top down to the field, itself included.
    depth: usize,
    /// Tests of which one must accept the value.
    alternatives: Box<[Test]>,
    /// One alternative is `exists: false`.
    accepts_absence: bool,
}

/// Who evaluates the pattern, which decides the operators and the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dialect {
    EventBus,
    EventSourceMapping,
    SnsAttributes,
    SnsBody,
}

impl Dialect {
    fn name(self) -> &'static str {
        match self {
            Dialect::EventBus => "EventBridge",
            Dialect::EventSourceMapping => "an event source mapping",
            Dialect::SnsAttributes | Dialect::SnsBody => "Amazon SNS",
        }
    }

    fn is_sns(self) -> bool {
        matches!(self, Dialect::SnsAttributes | Dialect::SnsBody)
    }
}

impl Pattern {
    /// Reads an event pattern.
    ///
    /// # Errors
    /// Everything that is wrong with the pattern, each with its place in `value`.
    pub fn parse(value: &Value) -> Result<Pattern, Vec<PatternError>> {
        parse::parse(value, Dialect::EventBus, PATTERN_CHARACTERS_MAX)
    }

    /// Whether the event, a JSON object, satisfies the pattern. Any other JSON value
    /// is not an event and never does.
    pub fn matches(&self, event: &Value) -> bool {
        evaluate::matches(self, event)
    }

    /// The paths that the pattern reads in an event, those inside `$or` included, each
    /// once and in the order of the pattern. A path goes through arrays without naming
    /// them, and a name that holds dots counts as several.
    pub fn fields(&self) -> Vec<Vec<String>> {
        let mut paths: Vec<Vec<String>> = Vec::new();
        for field in &self.fields {
            let path: Vec<String> = field.path.split('.').map(str::to_owned).collect();
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// Whether the pattern uses the wildcard operator, alone or inside `anything-but`.
    /// A bus has a quota on rules that do.
    pub fn uses_wildcard(&self) -> bool {
        let mut tests = self.fields.iter().flat_map(|field| field.alternatives.iter());
        tests.any(Test::uses_wildcard)
    }
}
