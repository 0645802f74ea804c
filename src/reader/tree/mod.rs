//! The YAML tree with the position of every node. JSON is read as the YAML that it is.

mod reader;

#[cfg(test)]
mod tests;

use std::fmt;

pub use reader::{DEPTH_MAX, NODES_MAX, parse, parse_template};

/// A place in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Index into [`super::Sources`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// Line of the first byte, from 1.
    pub line: u32,
    /// Character of the first byte in its line, from 1.
    pub column: u32,
}

/// A value and where it was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub span: Span,
}

/// What YAML's core schema knows. Keys of a map are unique and scalars; their order is that of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing, `null` or `~`.
    #[default]
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text, quoted or not.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// A map.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// A node at a place.
    pub fn new(value: Value, span: Span) -> Self {
        Self { value, span }
    }

    /// The value of a key, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// The key and the value of a key, if this is a map that has it.
    pub fn entry(&self, key: &str) -> Option<&(Self, Self)> {
        self.entries().iter().find(|(name, _)| name.as_str() == Some(key))
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Map(entries) => entries.iter_mut().find(|(name, _)| name.as_str() == Some(key)).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Takes a key out of a map, the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<(Self, Self)> {
        match &mut self.value {
            Value::Map(entries) => {
                let position = entries.iter().position(|(name, _)| name.as_str() == Some(key))?;
                Some(entries.remove(position))
            }
            _ => None,
        }
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    pub fn elements(&self) -> &[Self] {
        match &self.value {
            Value::Seq(elements) => elements,
            _ => &[],
        }
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// What it is, as a message says it: a scalar with its value, a list or a map without.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Int(value) => format!("the number {value}"),
            Value::Float(value) => format!("the number {value}"),
            Value::Str(text) if text.chars().count() > 40 => {
                format!("the text `{}...`", text.chars().take(37).collect::<String>())
            }
            Value::Str(text) => format!("the text `{text}`"),
            Value::Seq(_) => "a list".to_owned(),
            Value::Map(_) => "a map".to_owned(),
        }
    }

    /// The same data as JSON. A float that JSON cannot say becomes null.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => serde_json::Number::from_f64(*value).into(),
            Value::Str(text) => text.as_str().into(),
            Value::Seq(elements) => elements.iter().map(Self::to_json).collect(),
            Value::Map(entries) => {
                entries.iter().map(|(key, value)| (key.to_string(), value.to_json())).collect::<serde_json::Map<_, _>>().into()
            }
        }
    }

    /// JSON as a tree, every node at the same place.
    pub fn from_json(json: &serde_json::Value, span: Span) -> Self {
        let value = match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Value::Str(text.clone()),
            serde_json::Value::Array(elements) => {
                Value::Seq(elements.iter().map(|element| Self::from_json(element, span)).collect())
            }
            serde_json::Value::Object(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(key, value)| (Self::new(Value::Str(key.clone()), span), Self::from_json(value, span)))
                    .collect(),
            ),
        };
        Self { value, span }
    }
}

impl fmt::Display for Node {
    /// A scalar as it would be written without quotes; a list or a map as JSON.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Null => formatter.write_str("null"),
            Value::Bool(value) => write!(formatter, "{value}"),
            Value::Int(value) => write!(formatter, "{value}"),
            Value::Float(value) => write!(formatter, "{value}"),
            Value::Str(text) => formatter.write_str(text),
            Value::Seq(_) | Value::Map(_) => write!(formatter, "{}", self.to_json()),
        }
    }
}
