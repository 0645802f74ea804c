//! The error that travels through serde: first only a cause, then, as it leaves a deserializer, also a place.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::address;
use super::deserializer::NodeDeserializer;
use crate::reader::diagnostics::{Code, Diagnostics, suggest};
use crate::reader::expression::{blamed_span, code_of};
use crate::reader::tree::{Node, Span, Value};
use crate::units::{UnitError, UnitErrorKind};

/// What to leave out before the next reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// The node at this address.
    Prune(usize),
    /// Nothing, but the container at this address needs a made-up value for this field.
    StandIn(usize, &'static str),
}

#[derive(Debug)]
enum Cause {
    /// A consequence of something reported earlier.
    Consequence,
    Message {
        code: Code,
        message: String,
        hint: Option<String>,
    },
    WrongType {
        expected: String,
        hint: Option<String>,
    },
    UnknownField {
        name: String,
        expected: &'static [&'static str],
    },
    UnknownVariant {
        name: String,
        expected: &'static [&'static str],
    },
    MissingField(&'static str),
}

#[derive(Debug)]
struct Place {
    span: Span,
    blame: Blame,
    /// What was written there.
    found: String,
    /// The key whose value it is.
    owner: Option<String>,
    silent: bool,
}

/// A mistake in a node.
#[derive(Debug)]
pub struct DecodeError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    cause: Cause,
    place: Option<Place>,
}

impl DecodeError {
    fn new(cause: Cause) -> Self {
        Self(Box::new(Inner { cause, place: None }))
    }

    /// Something that follows from a mistake reported earlier.
    pub(super) fn consequence() -> Self {
        Self::new(Cause::Consequence)
    }

    /// The value is of another kind than the expected one.
    pub(super) fn wrong_type(expected: impl Into<String>, hint: Option<String>) -> Self {
        Self::new(Cause::WrongType { expected: expected.into(), hint })
    }

    /// Any other mistake.
    pub(super) fn message(code: Code, message: impl Into<String>, hint: Option<String>) -> Self {
        Self::new(Cause::Message { code, message: message.into(), hint })
    }

    /// A mistake in a quantity. A name that nothing resembles was hardly meant as a parameter.
    pub(super) fn quantity(error: UnitError, node: &Node, expectation: &str) -> Self {
        if error.kind == UnitErrorKind::Reported {
            return Self::consequence();
        }
        let span = blamed_span(node, &error);
        let unknown = error.kind == UnitErrorKind::UnknownName || error.kind == UnitErrorKind::Syntax;
        let hint = match error.hint {
            None if unknown => Some(format!("expected {expectation}, or an expression over parameters")),
            hint => hint,
        };
        let mut result = Self::message(code_of(error.kind), error.message, hint);
        result.0.place =
            Some(Place { span, blame: Blame::Prune(address(node)), found: String::new(), owner: None, silent: false });
        result
    }

    /// Blames a place, unless a place further inside was blamed before.
    pub(super) fn at(mut self, reader: &NodeDeserializer<'_>) -> Self {
        if self.0.place.is_some() {
            return self;
        }
        let node = reader.node;
        let target = address(reader.entry_value.unwrap_or(node));
        let mut place = Place {
            span: node.span,
            blame: Blame::Prune(target),
            found: node.describe(),
            owner: reader.owner.map(Node::to_string),
            silent: false,
        };
        match &self.0.cause {
            Cause::MissingField(field) => {
                place.blame = Blame::StandIn(target, field);
                place.silent = reader.was_attempted(field);
                place.span = header(node, reader.owner);
            }
            Cause::UnknownField { .. } | Cause::UnknownVariant { .. } => {}
            Cause::Consequence => place.silent = true,
            Cause::Message { .. } | Cause::WrongType { .. } => {
                place.silent = reader.session.is_tainted(node);
                place.span = header(node, reader.owner);
            }
        }
        self.0.place = Some(place);
        self
    }

    /// What to leave out before the next reading.
    pub(super) fn blame(&self) -> Option<Blame> {
        self.0.place.as_ref().map(|place| place.blame)
    }

    /// Tells the user, unless it is a mere consequence. Returns whether it was told.
    pub(super) fn report(&self, diagnostics: &mut Diagnostics) -> bool {
        let Some(place) = &self.0.place else {
            return false;
        };
        if place.silent {
            return false;
        }
        let (code, message, hint) = match &self.0.cause {
            Cause::Consequence => return false,
            Cause::Message { code, message, hint } => (*code, message.clone(), hint.clone()),
            Cause::WrongType { expected, hint } => {
                (Code::WrongType, format!("expected {expected}, found {}", place.found), hint.clone())
            }
            Cause::UnknownField { name, expected } => {
                (Code::UnknownKey, format!("the key `{name}` is not known here"), Some(choices(name, expected, "keys")))
            }
            Cause::UnknownVariant { name, expected } => {
                (Code::UnknownChoice, format!("`{name}` is not known here"), Some(choices(name, expected, "choices")))
            }
            Cause::MissingField(field) => match &place.owner {
                Some(owner) => (Code::MissingKey, format!("`{owner}` needs the key `{field}`"), None),
                None => (Code::MissingKey, format!("the key `{field}` is missing"), None),
            },
        };
        let diagnostic = diagnostics.error(place.span, code, message);
        if let Some(hint) = hint {
            diagnostic.hint(hint);
        }
        true
    }
}

/// The likeliest name, or all when none is likely and they are few.
fn choices(name: &str, expected: &[&str], what: &str) -> String {
    const SHOWN_MAX: usize = 24;
    if let Some(meant) = suggest(name, expected.iter().copied()) {
        return format!("did you mean `{meant}`?");
    }
    match expected {
        [] => format!("no {what} are possible here"),
        [only] => format!("only `{only}` is possible"),
        several => {
            let shown: Vec<String> = several.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
            let more = if several.len() > SHOWN_MAX { ", ..." } else { "" };
            format!("the {what} are {}{more}", shown.join(", "))
        }
    }
}

/// Where to point for the whole of a node: a list or map over several lines is named by its key.
fn header(node: &Node, owner: Option<&Node>) -> Span {
    match owner {
        Some(owner) if last_line(node) > owner.span.line => owner.span,
        _ => node.span,
    }
}

fn last_line(node: &Node) -> u32 {
    let inner = match &node.value {
        Value::Seq(elements) => elements.last().map(last_line),
        Value::Map(entries) => entries.last().map(|(_, value)| last_line(value)),
        _ => None,
    };
    inner.unwrap_or(0).max(node.span.line)
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.cause {
            Cause::Consequence => formatter.write_str("follows from an earlier mistake"),
            Cause::Message { message, .. } => formatter.write_str(message),
            Cause::WrongType { expected, .. } => write!(formatter, "expected {expected}"),
            Cause::UnknownField { name, .. } => {
                write!(formatter, "the key `{name}` is not known here")
            }
            Cause::UnknownVariant { name, .. } => write!(formatter, "`{name}` is not known here"),
            Cause::MissingField(field) => write!(formatter, "the key `{field}` is missing"),
        }
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::message(Code::InvalidValue, message.to_string(), None)
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::wrong_type(expected.to_string(), None)
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::message(Code::InvalidValue, format!("expected {expected}"), None)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::message(Code::InvalidValue, format!("expected {expected}, found {length} elements"), None)
    }

    fn unknown_variant(name: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownVariant { name: name.to_owned(), expected })
    }

    fn unknown_field(name: &str, expected: &'static [&'static str]) -> Self {
        Self::new(Cause::UnknownField { name: name.to_owned(), expected })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(Cause::MissingField(field))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::message(Code::DuplicateKey, format!("the key `{field}` is given twice"), None)
    }
}
