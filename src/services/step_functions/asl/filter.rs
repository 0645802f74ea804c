//! Filters of paths: `[?(@.price < 10 && @.category == 'fiction')]`.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::cursor::{Cursor, NESTING_MAX, unescape};
use super::path::{Segment, read_segments, select};

/// A condition on the elements of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Any(Vec<Filter>),
    All(Vec<Filter>),
    Not(Box<Filter>),
    /// The operand names something; a literal is its own truth.
    Present(Operand),
    Compare(Operand, Comparison, Operand),
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Literal(Value),
    /// A path from the element, `@`.
    Element(Vec<Segment>),
    /// A path from the root of the whole path, `$`.
    Root(Vec<Segment>),
}

/// How two sides are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// The right side is a list that has the left side.
    In,
    /// The right side is a list that has not got the left side.
    NotIn,
    /// The left side is a list or text that has the right side.
    Contains,
}

/// Longer symbols first, so that `<=` is not read as `<`.
const COMPARISONS: [(&str, Comparison); 9] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("in ", Comparison::In),
    ("nin ", Comparison::NotIn),
    ("contains ", Comparison::Contains),
];

impl Filter {
    /// Reads what follows the question mark.
    pub fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        let mut alternatives = vec![Self::read_all(cursor, depth)?];
        while cursor.eat("||") {
            alternatives.push(Self::read_all(cursor, depth)?);
        }
        Ok(if alternatives.len() == 1 { alternatives.remove(0) } else { Self::Any(alternatives) })
    }

    fn read_all(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        let mut conditions = vec![Self::read_one(cursor, depth)?];
        while cursor.eat("&&") {
            conditions.push(Self::read_one(cursor, depth)?);
        }
        Ok(if conditions.len() == 1 { conditions.remove(0) } else { Self::All(conditions) })
    }

    fn read_one(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        if depth > NESTING_MAX {
            return Err(format!("filters nest at most {NESTING_MAX} deep"));
        }
        cursor.skip_space();
        let filter = if cursor.eat("!") {
            Self::Not(Box::new(Self::read_one(cursor, depth + 1)?))
        } else if cursor.eat("(") {
            let inner = Self::read(cursor, depth + 1)?;
            cursor.expect(")")?;
            inner
        } else {
            Self::read_comparison(cursor, depth)?
        };
        cursor.skip_space();
        Ok(filter)
    }

    fn read_comparison(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        let left = Operand::read(cursor, depth)?;
        cursor.skip_space();
        if cursor.eat("=~") {
            return Err("regular expressions are not supported in filters".to_owned());
        }
        let Some(&(_, comparison)) = COMPARISONS.iter().find(|(symbol, _)| cursor.eat(symbol)) else {
            return Ok(Self::Present(left));
        };
        cursor.skip_space();
        Ok(Self::Compare(left, comparison, Operand::read(cursor, depth)?))
    }

    /// Whether an element of a list passes. Only objects can: `@` does not match scalars.
    ///
    /// Source: <https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html>, read 2026-11-23.
    pub fn accepts(&self, element: &Value, root: &Value) -> bool {
        element.is_object() && self.holds(element, root)
    }

    fn holds(&self, element: &Value, root: &Value) -> bool {
        match self {
            Self::Any(alternatives) => alternatives.iter().any(|filter| filter.holds(element, root)),
            Self::All(conditions) => conditions.iter().all(|filter| filter.holds(element, root)),
            Self::Not(filter) => !filter.holds(element, root),
            Self::Present(Operand::Literal(value)) => *value == Value::Bool(true),
            Self::Present(operand) => operand.find(element, root).is_some(),
            Self::Compare(left, comparison, right) => {
                comparison.holds(left.find(element, root).as_deref(), right.find(element, root).as_deref())
            }
        }
    }
}

impl Operand {
    fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        if cursor.eat("@") {
            return Ok(Self::Element(read_segments(cursor, depth)?));
        }
        if cursor.eat("$") {
            return Ok(Self::Root(read_segments(cursor, depth)?));
        }
        read_literal(cursor, depth).map(Self::Literal)
    }

    fn find<'v>(&'v self, element: &'v Value, root: &'v Value) -> Option<Cow<'v, Value>> {
        match self {
            Self::Literal(value) => Some(Cow::Borrowed(value)),
            Self::Element(segments) => select(segments, element, root),
            Self::Root(segments) => select(segments, root, root),
        }
    }
}

impl Comparison {
    /// What is missing equals nothing but another missing side.
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let equal = || match (left, right) {
            (Some(left), Some(right)) => ordering(left, right).map_or(left == right, Ordering::is_eq),
            (left, right) => left.is_none() && right.is_none(),
        };
        let order = || ordering(left?, right?);
        match self {
            Self::Equal => equal(),
            Self::NotEqual => !equal(),
            Self::Less => order().is_some_and(Ordering::is_lt),
            Self::LessOrEqual => order().is_some_and(Ordering::is_le),
            Self::Greater => order().is_some_and(Ordering::is_gt),
            Self::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Self::In => is_in(left, right),
            Self::NotIn => !is_in(left, right),
            Self::Contains => match (left, right) {
                (Some(Value::String(text)), Some(Value::String(part))) => text.contains(part.as_str()),
                _ => is_in(right, left),
            },
        }
    }
}

fn is_in(element: Option<&Value>, list: Option<&Value>) -> bool {
    match (element, list) {
        (Some(element), Some(Value::Array(list))) => list.contains(element),
        _ => false,
    }
}

/// The order of two numbers or two texts; None for anything else.
fn ordering(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn read_literal(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, String> {
    if depth > NESTING_MAX {
        return Err(format!("lists nest at most {NESTING_MAX} deep"));
    }
    match cursor.peek() {
        Some('\'' | '"') => cursor.quoted_raw().map(|raw| Value::String(unescape(raw))),
        Some('[') => read_list(cursor, depth),
        Some(character) if character.is_ascii_digit() || character == '-' => cursor.number().map(Value::Number),
        _ => match cursor.take_while(|character| character.is_alphanumeric() || character == '_') {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            "" => Err(format!("`{}` is not a value a filter can compare", cursor.rest())),
            // Documents in use compare with words that have no quotes.
            word => Ok(Value::String(word.to_owned())),
        },
    }
}

fn read_list(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, String> {
    cursor.expect("[")?;
    let mut list = Vec::new();
    loop {
        cursor.skip_space();
        if cursor.eat("]") {
            return Ok(Value::Array(list));
        }
        if !list.is_empty() {
            cursor.expect(",")?;
            cursor.skip_space();
        }
        list.push(read_literal(cursor, depth + 1)?);
    }
}
