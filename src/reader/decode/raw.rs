//! Parts of a scenario that are kept as they were written.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer, forward_to_deserialize_any};

use super::deserializer::NodeDeserializer;
use super::error::DecodeError;
use super::types::{SpannedAccess, read_part, read_span};
use crate::reader::tree::{Node, Span, Value};

/// The newtype name by which a node asks the scenario reader for itself.
pub(super) const NODE: &str = "$floodplan::Node";

/// A part of the scenario as it was written, for documents that have their own rules, such as event patterns and
/// state machines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Raw(pub Node);

impl Raw {
    /// The same data as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        self.0.to_json()
    }

    /// Where the part at the end of a way of keys and positions was written; as deep as the way can be followed.
    pub fn span_of<'a>(&self, way: impl IntoIterator<Item = &'a str>) -> Span {
        let mut at = &self.0;
        for step in way {
            let next = match &at.value {
                Value::Map(_) => at.get(step),
                Value::Seq(elements) => step.parse::<usize>().ok().and_then(|index| elements.get(index)),
                _ => None,
            };
            let Some(next) = next else { break };
            at = next;
        }
        at.span
    }
}

impl Raw {
    /// Where the key at the end of a way was written; as [`Raw::span_of`] where the way cannot be followed.
    pub fn key_span_of<'a>(&self, way: impl IntoIterator<Item = &'a str>) -> Span {
        let mut at = &self.0;
        let mut span = at.span;
        for step in way {
            let next = match &at.value {
                Value::Map(_) => at.entry(step).map(|(key, value)| (key.span, value)),
                Value::Seq(elements) => {
                    let element = step.parse::<usize>().ok().and_then(|index| elements.get(index));
                    element.map(|element| (element.span, element))
                }
                _ => None,
            };
            let Some((found, next)) = next else { break };
            (span, at) = (found, next);
        }
        span
    }
}

impl Deref for Raw {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.0
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl JsonSchema for Raw {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Node::deserialize(deserializer).map(Self)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NODE, NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        let json = serde_json::Value::deserialize(deserializer)?;
        Ok(Node::from_json(&json, Span::default()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Node, A::Error> {
        let span = read_span(&mut parts)?;
        let value = match read_part::<u32, A>(&mut parts)? {
            BOOL => Value::Bool(read_part(&mut parts)?),
            INT => Value::Int(read_part(&mut parts)?),
            FLOAT => Value::Float(read_part(&mut parts)?),
            STR => Value::Str(read_part(&mut parts)?),
            SEQ => Value::Seq(read_part(&mut parts)?),
            MAP => Value::Map(read_part(&mut parts)?),
            _ => Value::Null,
        };
        Ok(Node { value, span })
    }
}

const NULL: u32 = 0;
const BOOL: u32 = 1;
const INT: u32 = 2;
const FLOAT: u32 = 3;
const STR: u32 = 4;
const SEQ: u32 = 5;
const MAP: u32 = 6;

/// Hands over the five numbers of a span, the kind of the value and the value.
pub(super) struct NodeAccess<'a> {
    span: SpannedAccess<'a>,
    kind_given: bool,
}

impl<'a> NodeAccess<'a> {
    pub(super) fn new(reader: NodeDeserializer<'a>) -> Self {
        Self { span: SpannedAccess::new(reader), kind_given: false }
    }
}

impl<'a> SeqAccess<'a> for NodeAccess<'a> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        if let Some(part) = self.span.next_span_part() {
            return seed.deserialize(part.into_deserializer()).map(Some);
        }
        let reader = self.span.reader;
        if self.kind_given {
            return seed.deserialize(PayloadOfNode(reader)).map(Some);
        }
        self.kind_given = true;
        let kind = match reader.node.value {
            Value::Null => NULL,
            Value::Bool(_) => BOOL,
            Value::Int(_) => INT,
            Value::Float(_) => FLOAT,
            Value::Str(_) => STR,
            Value::Seq(_) => SEQ,
            Value::Map(_) => MAP,
        };
        seed.deserialize(kind.into_deserializer()).map(Some)
    }
}

/// The parts of a node in the order in which [`Node`] reads them.
struct PayloadOfNode<'a>(NodeDeserializer<'a>);

impl<'a> de::Deserializer<'a> for PayloadOfNode<'a> {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match &self.0.node.value {
            Value::Seq(elements) => {
                let readers = elements.iter().map(|element| self.0.child(element, None));
                visitor.visit_seq(de::value::SeqDeserializer::new(readers))
            }
            Value::Map(entries) => {
                let pairs = entries.iter().map(|(key, value)| {
                    let readers = [self.0.child(key, None), self.0.child(value, None)];
                    de::value::SeqDeserializer::new(readers.into_iter())
                });
                visitor.visit_seq(de::value::SeqDeserializer::new(pairs))
            }
            _ => self.0.deserialize_any(visitor),
        }
    }

    forward_to_deserialize_any! {
        <V: Visitor<'a>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
