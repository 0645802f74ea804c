//! Reading a pattern: objects, fields and `$or`. Alternatives of a field are read in
//! [`expression`].

mod expression;

use super::operator::Test;
use super::{COMBINATIONS_MAX, DEPTH_MAX, Dialect, Field, Pattern, PatternError, Segment};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const OR: &str = "$or";

/// Names that no field inside `$or` may have. Source: event-ruler, Constants.java,
/// <https://github.com/aws/event-ruler>, read 2026-11-23.
const RESERVED_IN_OR: [&str; 24] = [
    "exactly",
    "equals-ignore-case",
    "prefix",
    "suffix",
    "anything-but",
    "exists",
    "wildcard",
    "numeric",
    "cidr",
    "=",
    "<",
    "<=",
    ">",
    ">=",
    "regex",
    "not-wildcard",
    "not-equals-ignore-case",
    "date-after",
    "date-on-or-after",
    "date-before",
    "date-on-or-before",
    "in-date-range",
    "ip-address-in-range",
    "ip-address-not-in-range",
];

/// Reads a pattern in the given dialect, at most `characters_max` long as compact JSON.
pub(super) fn parse(value: &Value, dialect: Dialect, characters_max: usize) -> Result<Pattern, Vec<PatternError>> {
    let mut parser = Parser { dialect, path: Vec::new(), errors: Vec::new(), fields: Vec::new() };
    let mut combinations = vec![Combination::new()];
    match value {
        Value::Object(members) => {
            parser.object(members, None, &mut combinations, false);
            parser.check_size(value, characters_max);
        }
        _ => parser.error("a pattern must be an object", "name the fields to match, such as {\"source\": [\"shop\"]}"),
    }
    if parser.errors.is_empty() { Ok(compact(parser.fields, &combinations)) } else { Err(parser.errors) }
}

/// Fields of one combination: path to position in the list of fields. The order of the
/// map is the order in which the fields are tried.
type Combination = BTreeMap<String, usize>;

/// Drops the fields that a later definition of the same path replaced everywhere.
fn compact(fields: Vec<Field>, combinations: &[Combination]) -> Pattern {
    let mut new_positions: BTreeMap<usize, usize> = combinations.iter().flat_map(BTreeMap::values).map(|old| (*old, 0)).collect();
    for (new, position) in new_positions.values_mut().enumerate() {
        *position = new;
    }
    let combinations =
        combinations.iter().map(|combination| combination.values().map(|old| new_positions[old]).collect()).collect();
    let fields =
        fields.into_iter().enumerate().filter(|(old, _)| new_positions.contains_key(old)).map(|(_, field)| field).collect();
    Pattern { fields, combinations }
}

/// Collects the fields and the errors of one pattern.
struct Parser {
    dialect: Dialect,
    /// The way to the part being read.
    path: Vec<Segment>,
    errors: Vec<PatternError>,
    fields: Vec<Field>,
}

impl Parser {
    /// Reads an object whose dotted path is `prefix` and adds its fields to each of the
    /// combinations.
    fn object(
        &mut self,
        members: &Map<String, Value>,
        prefix: Option<&str>,
        combinations: &mut Vec<Combination>,
        inside_or: bool,
    ) {
        if members.is_empty() {
            self.error("an empty object matches nothing", "name a field, or leave the object out");
        }
        if self.path.len() >= DEPTH_MAX {
            self.error("the pattern is nested too deeply", &format!("use at most {DEPTH_MAX} levels"));
            return;
        }
        for (name, value) in members {
            self.path.push(Segment::Key(name.clone()));
            if name == OR && self.is_or(value) {
                self.or(value, prefix, combinations);
            } else {
                if inside_or && RESERVED_IN_OR.contains(&name.as_str()) {
                    self.error(
                        &format!("`{name}` is an operator and cannot name a field inside $or"),
                        "put the operator into the list of a field: {\"field\": [{...}]}",
                    );
                }
                let path = prefix.map_or_else(|| name.clone(), |prefix| format!("{prefix}.{name}"));
                self.member(value, path, combinations, inside_or);
            }
            self.path.pop();
        }
    }

    /// Reads the value of a field or of an object around fields.
    fn member(&mut self, value: &Value, path: String, combinations: &mut Vec<Combination>, inside_or: bool) {
        match value {
            Value::Object(_) if self.dialect == Dialect::SnsAttributes => self
                .error("message attributes have no fields of their own", "write a list of values, or filter on the message body"),
            Value::Object(members) => self.object(members, Some(&path), combinations, inside_or),
            Value::Array(alternatives) => {
                let depth = self.path.iter().filter(|segment| is_level(segment)).count();
                let tests = self.alternatives(alternatives);
                for combination in combinations {
                    combination.insert(path.clone(), self.fields.len());
                }
                self.fields.push(Field {
                    path: path.into_boxed_str(),
                    depth,
                    accepts_absence: tests.contains(&Test::Absent),
                    alternatives: tests.into_boxed_slice(),
                });
            }
            _ => self.error("a field needs a list of values, or an object with fields", &format!("write [{value}]")),
        }
    }

    fn alternatives(&mut self, alternatives: &[Value]) -> Vec<Test> {
        if alternatives.is_empty() {
            self.error("an empty list matches nothing", "list the values to accept");
        }
        let mut tests = Vec::with_capacity(alternatives.len());
        for (index, alternative) in alternatives.iter().enumerate() {
            self.path.push(Segment::Index(index));
            tests.extend(self.alternative(alternative));
            self.path.pop();
        }
        tests
    }

    /// Whether the value of `$or` makes it the operator. SNS takes anything else for a
    /// field of that name, EventBridge refuses it. Source:
    /// <https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html#or-operator>, read
    /// 2026-11-23.
    fn is_or(&self, value: &Value) -> bool {
        !self.dialect.is_sns()
            || value.as_array().is_some_and(|groups| {
                groups.len() >= 2
                    && groups.iter().all(|group| {
                        group
                            .as_object()
                            .is_some_and(|members| !members.keys().any(|name| RESERVED_IN_OR.contains(&name.as_str())))
                    })
            })
    }

    /// Reads the groups of `$or` and multiplies the combinations by them.
    fn or(&mut self, value: &Value, prefix: Option<&str>, combinations: &mut Vec<Combination>) {
        const HINT: &str = "write {\"$or\": [{\"a\": [1]}, {\"b\": [2]}]}";
        let groups = value.as_array().map_or(&[][..], Vec::as_slice);
        if groups.len() < 2 {
            self.error("$or needs a list of at least two objects", HINT);
        }
        let before = std::mem::take(combinations);
        let mut is_too_many = false;
        for (index, group) in groups.iter().enumerate() {
            self.path.push(Segment::Index(index));
            let mut extended = before.clone();
            match group {
                Value::Object(members) => self.object(members, prefix, &mut extended, true),
                _ => self.error("$or takes objects only", HINT),
            }
            self.path.pop();
            combinations.append(&mut extended);
            is_too_many |= combinations.len() > COMBINATIONS_MAX;
            combinations.truncate(COMBINATIONS_MAX);
        }
        if is_too_many {
            self.error(
                &format!("the $or groups make more than {COMBINATIONS_MAX} combinations"),
                "the numbers of groups multiply: split the pattern into several rules",
            );
        }
        if combinations.is_empty() {
            *combinations = before;
        }
    }

    fn check_size(&mut self, value: &Value, characters_max: usize) {
        // A pattern that is too deep is not written out: writing it nests as deeply.
        if self.errors.iter().any(|error| error.path.len() >= DEPTH_MAX) {
            return;
        }
        let characters = value.to_string().chars().count();
        if characters > characters_max {
            self.error(
                &format!("the pattern has {characters} characters, more than {characters_max}"),
                "shorten it, or split it",
            );
        }
    }

    /// Reports a mistake in the part being read.
    fn error(&mut self, message: &str, hint: &str) {
        self.errors.push(PatternError { path: self.path.clone(), message: message.to_owned(), hint: hint.to_owned() });
    }
}

/// Whether a step of the way counts as a level of nesting: `$or` and its groups do not.
fn is_level(segment: &Segment) -> bool {
    matches!(segment, Segment::Key(name) if name != OR)
}
