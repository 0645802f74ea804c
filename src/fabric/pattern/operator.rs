//! The tests that a leaf of an event may be put to.

use super::address::{Cidr, parse_address};
use super::text::{Wildcard, ends_with_ignoring_case, equals_ignoring_case, strip_prefix_ignoring_case};
use serde_json::{Number, Value};
use std::net::IpAddr;

/// Integers up to this size are matched as numbers. Larger ones, and larger fractions,
/// are equal only to themselves. Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#filtering-numeric-matching>,
/// read 2026-11-23.
const COMPARABLE_MAX: f64 = 9_007_199_254_740_992.0;

/// One alternative of a field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Null,
    Boolean(bool),
    Number(Number),
    Text(Box<str>),
    /// An exact value that is an IP address: any spelling of the address matches.
    Address(IpAddr),
    EqualsIgnoreCase(Box<str>),
    Prefix(Box<str>),
    PrefixIgnoreCase(Box<str>),
    Suffix(Box<str>),
    SuffixIgnoreCase(Box<str>),
    Wildcard(Wildcard),
    Range(Range),
    Cidr(Cidr),
    /// `exists: true`: any leaf.
    Exists,
    /// `exists: true` of SNS: a leaf that is neither null nor empty. Source:
    /// <https://docs.aws.amazon.com/sns/latest/dg/attribute-key-matching.html>, read
    /// 2026-11-23.
    ExistsWithValue,
    /// `exists: false`: accepts no leaf; the search handles absence.
    Absent,
    /// `anything-but`: a leaf that none of the tests accepts.
    AnythingBut(Box<[Test]>),
}

impl Test {
    /// Whether the test accepts a leaf, that is, any JSON value but an object or array.
    pub(super) fn accepts(&self, leaf: &Value) -> bool {
        match (self, leaf) {
            (Test::Exists, _) | (Test::Null, Value::Null) => true,
            (Test::ExistsWithValue, leaf) => !leaf.is_null() && leaf.as_str() != Some(""),
            (Test::AnythingBut(excluded), leaf) => !excluded.iter().any(|test| test.accepts(leaf)),
            (Test::Boolean(wanted), Value::Bool(value)) => wanted == value,
            (Test::Number(wanted), Value::Number(number)) => numbers_equal(wanted, number),
            (Test::Range(range), Value::Number(number)) => comparable(number).is_some_and(|number| range.contains(number)),
            (test, Value::String(text)) => test.accepts_text(text),
            _ => false,
        }
    }

    fn accepts_text(&self, text: &str) -> bool {
        match self {
            Test::Text(wanted) => **wanted == *text,
            Test::Address(wanted) => parse_address(text) == Some(*wanted),
            Test::EqualsIgnoreCase(wanted) => equals_ignoring_case(text, wanted),
            Test::Prefix(prefix) => text.starts_with(&**prefix),
            Test::PrefixIgnoreCase(prefix) => strip_prefix_ignoring_case(text, prefix).is_some(),
            Test::Suffix(suffix) => text.ends_with(&**suffix),
            Test::SuffixIgnoreCase(suffix) => ends_with_ignoring_case(text, suffix),
            Test::Wildcard(wildcard) => wildcard.matches(text),
            Test::Cidr(cidr) => cidr.contains(text),
            _ => false,
        }
    }

    /// Whether the test has a wildcard in it.
    pub(super) fn uses_wildcard(&self) -> bool {
        match self {
            Test::Wildcard(_) => true,
            Test::AnythingBut(excluded) => excluded.iter().any(Test::uses_wildcard),
            _ => false,
        }
    }
}

/// A range of numbers; an end that is not given is open to infinity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) bottom: f64,
    pub(super) includes_bottom: bool,
    pub(super) top: f64,
    pub(super) includes_top: bool,
}

impl Range {
    /// All numbers.
    pub(super) const ALL: Range =
        Range { bottom: f64::NEG_INFINITY, includes_bottom: true, top: f64::INFINITY, includes_top: true };

    fn contains(&self, number: f64) -> bool {
        let above = number > self.bottom || self.includes_bottom && number == self.bottom;
        let below = number < self.top || self.includes_top && number == self.top;
        above && below
    }
}

/// The number as a double, if numeric matching applies to it.
pub(super) fn comparable(number: &Number) -> Option<f64> {
    // The bound itself is exact, and an integer just above it rounds to the bound, so
    // integers are compared as integers.
    let integer = number.as_i64().map(i64::unsigned_abs).or_else(|| number.as_u64());
    if integer.is_some_and(|integer| integer > COMPARABLE_MAX as u64) {
        return None;
    }
    number.as_f64().filter(|number| number.abs() <= COMPARABLE_MAX)
}

fn numbers_equal(wanted: &Number, number: &Number) -> bool {
    match (comparable(wanted), comparable(number)) {
        (Some(wanted), Some(number)) => wanted == number,
        (None, None) => wanted == number,
        _ => false,
    }
}
