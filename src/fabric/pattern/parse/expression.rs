//! Reading the alternatives of a field: exact values and operators.

use super::Parser;
use crate::fabric::pattern::address::{Cidr, parse_address};
use crate::fabric::pattern::operator::{Range, Test, comparable};
use crate::fabric::pattern::text::Wildcard;
use crate::fabric::pattern::{Dialect, Segment, WILDCARDS_PER_VALUE_MAX};
use serde_json::{Map, Number, Value};

const OPERATORS: [&str; 9] =
    ["prefix", "suffix", "equals-ignore-case", "wildcard", "anything-but", "numeric", "exists", "cidr", "exactly"];

/// Largest number in an SNS filter policy. Source:
/// <https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html>,
/// read 2026-11-23.
const SNS_NUMBER_MAX: f64 = 1e9;

impl Parser {
    /// Reads one element of a field's list; reports an error and yields nothing if it is
    /// not valid.
    pub(super) fn alternative(&mut self, value: &Value) -> Option<Test> {
        match value {
            Value::Null => Some(Test::Null),
            Value::Bool(wanted) => Some(Test::Boolean(*wanted)),
            Value::Number(number) => Some(Test::Number(number.clone())),
            Value::String(text) => Some(match parse_address(text) {
                Some(address) => Test::Address(address),
                None => Test::Text(text.as_str().into()),
            }),
            Value::Object(members) => self.expression(members),
            Value::Array(_) => {
                self.error("a list inside the list of values", "list the values themselves");
                None
            }
        }
    }

    fn expression(&mut self, members: &Map<String, Value>) -> Option<Test> {
        let (operator, operand) = self.only_member(members)?;
        self.path.push(Segment::Key(operator.clone()));
        let test = self.operation(operator, operand);
        self.path.pop();
        test
    }

    /// The single member of an operator object; several or none are an error.
    fn only_member<'v>(&mut self, members: &'v Map<String, Value>) -> Option<(&'v String, &'v Value)> {
        if members.len() > 1 {
            self.error("an operator object has one key", "give each operator its own {...} in the list");
            return None;
        }
        let member = members.iter().next();
        if member.is_none() {
            self.error("the operator is missing", &operators_hint(""));
        }
        member
    }

    fn operation(&mut self, operator: &str, operand: &Value) -> Option<Test> {
        match operator {
            "exactly" if !self.dialect.is_sns() => self.text(operand).map(|text| Test::Text(text.into())),
            "prefix" => self.affix(operand, Test::Prefix, Test::PrefixIgnoreCase),
            "suffix" => self.affix(operand, Test::Suffix, Test::SuffixIgnoreCase),
            "equals-ignore-case" => self.text(operand).map(|text| Test::EqualsIgnoreCase(text.into())),
            "wildcard" => {
                self.check_offered("wildcard", self.dialect != Dialect::EventSourceMapping)?;
                self.wildcard(operand)
            }
            "anything-but" => self.anything_but(operand),
            "numeric" => self.numeric(operand),
            "exists" => self.exists(operand),
            "cidr" => self.cidr(operand),
            _ => {
                let message = format!("`{operator}` is not an operator");
                self.error(&message, &operators_hint(operator));
                None
            }
        }
    }

    /// Reports an operator that the dialect does not have.
    fn check_offered(&mut self, operator: &str, is_offered: bool) -> Option<()> {
        if !is_offered {
            let message = format!("{} has no {operator} filter", self.dialect.name());
            self.error(&message, "filter by other operators, or in the consumer");
        }
        is_offered.then_some(())
    }

    fn text<'v>(&mut self, operand: &'v Value) -> Option<&'v str> {
        let text = operand.as_str();
        if text.is_none() {
            self.error("the operand must be text", "write one text in quotes");
        }
        text
    }

    /// Reads the operand of `prefix` or `suffix`: a text, or `equals-ignore-case`.
    fn affix(&mut self, operand: &Value, exact: fn(Box<str>) -> Test, ignoring_case: fn(Box<str>) -> Test) -> Option<Test> {
        let Value::Object(members) = operand else {
            return self.text(operand).map(|text| exact(text.into()));
        };
        let (operator, operand) = self.only_member(members)?;
        self.path.push(Segment::Key(operator.clone()));
        let text = if operator == "equals-ignore-case" {
            self.check_offered("prefix or suffix ignoring case", !self.dialect.is_sns()).and_then(|()| self.text(operand))
        } else {
            self.error(&format!("`{operator}` does not go with prefix or suffix"), "only equals-ignore-case does");
            None
        };
        self.path.pop();
        text.map(|text| ignoring_case(text.into()))
    }

    fn wildcard(&mut self, operand: &Value) -> Option<Test> {
        let text = self.text(operand)?;
        match Wildcard::parse(text) {
            Ok(wildcard) if self.dialect.is_sns() || wildcard.count() <= WILDCARDS_PER_VALUE_MAX => {
                Some(Test::Wildcard(wildcard))
            }
            Ok(wildcard) => {
                let message = format!("{} wildcards are too complex", wildcard.count());
                self.error(&message, &format!("use at most {WILDCARDS_PER_VALUE_MAX}"));
                None
            }
            Err(mistake) => {
                self.error(mistake, "write * for any text, \\* for an asterisk, \\\\ for a backslash");
                None
            }
        }
    }

    /// Reads `anything-but`: a text, a number, a list of either, or an operator on texts.
    fn anything_but(&mut self, operand: &Value) -> Option<Test> {
        let excluded = match operand {
            Value::Object(members) => {
                let (operator, operand) = self.only_member(members)?;
                self.path.push(Segment::Key(operator.clone()));
                let excluded = self.anything_but_operator(operator, operand);
                self.path.pop();
                excluded?
            }
            _ => self.each(operand, Parser::excluded_value)?,
        };
        let is_number = |test: &Test| matches!(test, Test::Number(_));
        if excluded.iter().any(is_number) && !excluded.iter().all(is_number) {
            self.error("anything-but mixes texts and numbers", "use two fields or two rules");
            return None;
        }
        Some(Test::AnythingBut(excluded.into_boxed_slice()))
    }

    fn anything_but_operator(&mut self, operator: &str, operand: &Value) -> Option<Vec<Test>> {
        let read: fn(&mut Parser, &Value) -> Option<Test> = match operator {
            "prefix" => |parser, value| parser.excluded_affix(value).map(Test::Prefix),
            "suffix" => |parser, value| parser.excluded_affix(value).map(Test::Suffix),
            "equals-ignore-case" if !self.dialect.is_sns() => {
                |parser, value| parser.text(value).map(|text| Test::EqualsIgnoreCase(text.into()))
            }
            "wildcard" => Parser::wildcard,
            _ => {
                self.error(
                    &format!("`{operator}` does not go with anything-but"),
                    "use prefix, suffix, wildcard, or (but not in SNS) equals-ignore-case",
                );
                return None;
            }
        };
        let is_offered = self.dialect != Dialect::EventSourceMapping;
        self.check_offered(&format!("anything-but {operator}"), is_offered)?;
        self.each(operand, read)
    }

    /// Reads one operand or each of a list of them, all or none.
    fn each(&mut self, operand: &Value, read: fn(&mut Parser, &Value) -> Option<Test>) -> Option<Vec<Test>> {
        let Value::Array(values) = operand else {
            return read(self, operand).map(|test| vec![test]);
        };
        if values.is_empty() {
            self.error("an empty list excludes nothing", "list the values to exclude");
            return None;
        }
        let mut tests = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            self.path.push(Segment::Index(index));
            tests.extend(read(self, value));
            self.path.pop();
        }
        (tests.len() == values.len()).then_some(tests)
    }

    fn excluded_value(&mut self, value: &Value) -> Option<Test> {
        match value {
            Value::String(text) => Some(Test::Text(text.as_str().into())),
            Value::Number(number) => {
                self.number(number)?;
                Some(Test::Number(number.clone()))
            }
            _ => {
                self.error("anything-but takes texts or numbers", "null, true and false cannot be excluded");
                None
            }
        }
    }

    fn excluded_affix(&mut self, value: &Value) -> Option<Box<str>> {
        let text = self.text(value)?;
        if text.is_empty() {
            self.error("an empty prefix or suffix excludes all texts", "write at least one character");
            return None;
        }
        Some(text.into())
    }

    /// Reads a number that takes part in numeric matching.
    fn number(&mut self, number: &Number) -> Option<f64> {
        let value = comparable(number);
        if value.is_none() {
            self.error("the number is too large to compare exactly", "keep it within ±2^53");
        } else if self.dialect.is_sns() && value.is_some_and(|value| value.abs() > SNS_NUMBER_MAX) {
            self.error("the number is out of range for SNS", "keep it within ±1,000,000,000");
            return None;
        }
        value
    }

    /// Reads `numeric`: `=`, `<` or `<=` with a number, or `>` or `>=` with a number and
    /// perhaps an upper end.
    fn numeric(&mut self, operand: &Value) -> Option<Test> {
        const HINT: &str = "write [\"=\", 5], [\">\", 0], or [\">=\", 0, \"<\", 10]";
        let terms = operand.as_array().map_or(&[][..], Vec::as_slice);
        let [first, number, rest @ ..] = terms else {
            self.error("numeric takes a list of a comparison and a number", HINT);
            return None;
        };
        let mut range = Range::ALL;
        let comparison = self.comparison(0, (first, number), &mut range, &["=", "<", "<=", ">", ">="])?;
        match rest {
            [] => return Some(Test::Range(range)),
            [second, number] if comparison.starts_with('>') => {
                self.comparison(2, (second, number), &mut range, &["<", "<="])?;
            }
            _ => {
                self.error("too many terms, or terms in the wrong order", HINT);
                return None;
            }
        }
        if range.bottom >= range.top {
            self.error("the range is empty", "the first number must be less than the second");
            return None;
        }
        Some(Test::Range(range))
    }

    /// Reads a comparison and its number, at `position` of the list, into the range.
    fn comparison<'v>(
        &mut self,
        position: usize,
        (comparison, number): (&'v Value, &Value),
        range: &mut Range,
        allowed: &[&str],
    ) -> Option<&'v str> {
        self.path.push(Segment::Index(position));
        let comparison = comparison.as_str().filter(|text| allowed.contains(text));
        if comparison.is_none() {
            self.error("not a comparison that can stand here", &format!("use {}", allowed.join(" ")));
        }
        self.path.pop();
        self.path.push(Segment::Index(position + 1));
        let number = if let Value::Number(number) = number {
            self.number(number)
        } else {
            self.error("not a number", "write the number without quotes");
            None
        };
        self.path.pop();
        let (comparison, number) = (comparison?, number?);
        if comparison.starts_with(['=', '<']) {
            range.top = number;
            range.includes_top = comparison.ends_with('=');
        }
        if comparison.starts_with(['=', '>']) {
            range.bottom = number;
            range.includes_bottom = comparison.ends_with('=');
        }
        Some(comparison)
    }

    fn exists(&mut self, operand: &Value) -> Option<Test> {
        match operand {
            Value::Bool(false) => Some(Test::Absent),
            Value::Bool(true) if self.dialect.is_sns() => Some(Test::ExistsWithValue),
            Value::Bool(true) => Some(Test::Exists),
            _ => {
                self.error("exists takes true or false", "write {\"exists\": true}");
                None
            }
        }
    }

    fn cidr(&mut self, operand: &Value) -> Option<Test> {
        let cidr = Cidr::parse(self.text(operand)?);
        if cidr.is_none() {
            self.error(
                "not a range of IP addresses",
                "write an address, a slash and fewer bits than the address has: 10.0.0.0/24",
            );
        }
        cidr.map(Test::Cidr)
    }
}

/// The operators, led by the one that was probably meant.
fn operators_hint(written: &str) -> String {
    let normal = written.to_lowercase().replace(['_', ' '], "-");
    if OPERATORS.contains(&normal.as_str()) {
        return format!("write `{normal}`");
    }
    format!("the operators are {}", OPERATORS[..8].join(", "))
}
