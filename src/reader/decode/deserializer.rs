//! serde's view of a node. Each method checks the kind of the node itself, so that messages speak of keys and lists
//! and not of Rust types.

use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use super::Session;
use super::error::DecodeError;
use super::raw;
use super::scalar_or;
use super::stand_in::StandIn;
use super::types::{self, SpannedAccess};
use super::variant::Variant;
use crate::reader::diagnostics::{Code, suggest};
use crate::reader::expression::evaluate_node;
use crate::reader::tree::{Node, Value};
use crate::units::{Quantity, UnitError, UnitType};

/// Keys named in a message that a map is missing altogether.
const KEYS_SHOWN_MAX: usize = 12;

type Result<T> = std::result::Result<T, DecodeError>;

/// Reads one node.
#[derive(Clone, Copy)]
pub struct NodeDeserializer<'a> {
    pub(super) node: &'a Node,
    pub(super) session: &'a Session<'a>,
    /// The key whose value, or whose list, the node is in.
    pub(super) owner: Option<&'a Node>,
    /// Set when the node is a key: its value, which is left out when the key is wrong.
    pub(super) entry_value: Option<&'a Node>,
}

impl<'a> NodeDeserializer<'a> {
    pub(super) fn root(node: &'a Node, owner: Option<&'a Node>, session: &'a Session<'a>) -> Self {
        Self { node, session, owner, entry_value: None }
    }

    pub(super) fn child(self, node: &'a Node, owner: Option<&'a Node>) -> Self {
        Self { node, session: self.session, owner, entry_value: None }
    }

    pub(super) fn key(self, key: &'a Node, value: &'a Node) -> Self {
        Self { node: key, session: self.session, owner: None, entry_value: Some(value) }
    }

    pub(super) fn blame<T>(self, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.at(&self))
    }

    /// Whether the key is there with a wrong value, or was misspelt: then it is not missing as well.
    pub(super) fn was_attempted(self, field: &str) -> bool {
        let refused = self.node.entries().iter().filter(|(_, value)| self.session.is_pruned(value));
        refused.filter_map(|(key, _)| key.as_str()).any(|key| suggest(key, [field]).is_some())
    }

    fn wrong<T>(self, expected: impl Into<String>, hint: Option<&str>) -> Result<T> {
        self.blame(Err(DecodeError::wrong_type(expected, hint.map(str::to_owned))))
    }

    fn text(self) -> Result<String> {
        match &self.node.value {
            Value::Str(text) => Ok(text.clone()),
            // A key such as `404` is a name like any other.
            Value::Int(_) | Value::Float(_) | Value::Bool(_) if self.entry_value.is_some() => Ok(self.node.to_string()),
            Value::Int(_) | Value::Float(_) | Value::Bool(_) => self.wrong("text", Some("put it in quotes")),
            _ => self.wrong("text", None),
        }
    }

    fn elements(self) -> Result<Elements<'a>> {
        match &self.node.value {
            Value::Seq(elements) => Ok(Elements { elements: elements.iter(), reader: self }),
            Value::Null => self.wrong("a list", None),
            Value::Map(_) => self.wrong("a list", Some("begin each element with `- `")),
            _ => self.wrong("a list", Some(&format!("write `[{}]`", self.node))),
        }
    }

    fn entries(self) -> Entries<'a> {
        let container = super::address(self.node);
        let stand_ins = self.session.stand_ins.iter().filter(|(node, _)| *node == container);
        Entries {
            rest: self.node.entries().iter(),
            stand_ins: stand_ins.map(|(_, field)| *field).collect(),
            pending: Pending::Nothing,
            reader: self,
        }
    }

    fn map<V: Visitor<'a>>(self, fields: &[&str], visitor: V) -> Result<V::Value> {
        if let Value::Map(_) = &self.node.value {
            return self.blame(visitor.visit_map(self.entries()));
        }
        let shown: Vec<String> = fields.iter().take(KEYS_SHOWN_MAX).map(|field| format!("`{field}`")).collect();
        let more = if fields.len() > KEYS_SHOWN_MAX { ", ..." } else { "" };
        let hint = (!fields.is_empty()).then(|| format!("its keys are {}{more}", shown.join(", ")));
        self.wrong("a map", hint.as_deref())
    }

    /// Evaluates a scalar for a unit type. An error is blamed on the part of the text that caused it.
    fn quantity<T>(self, expectation: &str, convert: impl FnOnce(Quantity) -> std::result::Result<T, UnitError>) -> Result<T> {
        let Some(result) = evaluate_node(self.node, &self.session.context.parameters) else {
            return self.wrong(expectation, None);
        };
        let result = result.and_then(convert);
        self.blame(result.map_err(|error| DecodeError::quantity(error, self.node, expectation)))
    }

    fn unit<V: Visitor<'a>>(self, unit: UnitType, visitor: V) -> Result<V::Value> {
        let expectation = unit.expectation();
        let value = match unit {
            UnitType::Duration => Number::Unsigned(self.quantity(expectation, Quantity::to_duration)?.0),
            UnitType::Bytes => Number::Unsigned(self.quantity(expectation, Quantity::to_bytes)?.0),
            UnitType::Rate => Number::Unsigned(self.quantity(expectation, Quantity::to_rate)?.0),
            UnitType::Count => Number::Unsigned(self.quantity(expectation, Quantity::to_count)?.0),
            UnitType::Share => Number::Float(self.quantity(expectation, Quantity::to_share)?.0),
            UnitType::Number => Number::Float(self.float(expectation)?),
            UnitType::Money => Number::Wide(self.quantity(expectation, Quantity::to_money)?.0),
        };
        self.blame(match value {
            Number::Unsigned(value) => visitor.visit_u64(value),
            Number::Wide(value) => visitor.visit_i128(value),
            Number::Float(value) => visitor.visit_f64(value),
        })
    }

    fn float(self, expectation: &str) -> Result<f64> {
        match self.node.value {
            Value::Float(value) if value.is_finite() => Ok(value),
            Value::Float(_) => self.blame(Err(DecodeError::message(Code::OutOfRange, "the number must be finite", None))),
            _ => self.quantity(expectation, Quantity::to_number).map(|number| number.0),
        }
    }

    fn integer<T: TryFrom<i128>>(self, least: i128, most: i128) -> Result<T> {
        let expectation = "a whole number";
        let whole = match &self.node.value {
            Value::Int(value) => i128::from(*value),
            _ => self.quantity(expectation, |quantity| {
                quantity.to_number()?;
                quantity
                    .value
                    .to_whole()
                    .ok_or_else(|| UnitError::new(crate::units::UnitErrorKind::Range, "expected a whole number"))
            })?,
        };
        T::try_from(whole).or_else(|_| {
            let message = format!("the number must be from {least} to {most}");
            self.blame(Err(DecodeError::message(Code::OutOfRange, message, None)))
        })
    }
}

enum Number {
    Unsigned(u64),
    Wide(i128),
    Float(f64),
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ident)*) => { $(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
            let value = self.integer::<$type>(i128::from($type::MIN), i128::from($type::MAX))?;
            self.blame(visitor.$visit(value))
        }
    )* };
}

impl<'a> de::Deserializer<'a> for NodeDeserializer<'a> {
    type Error = DecodeError;

    integers! {
        deserialize_u8 visit_u8 u8
        deserialize_u16 visit_u16 u16
        deserialize_u32 visit_u32 u32
        deserialize_u64 visit_u64 u64
        deserialize_i8 visit_i8 i8
        deserialize_i16 visit_i16 i16
        deserialize_i32 visit_i32 i32
        deserialize_i64 visit_i64 i64
        deserialize_i128 visit_i128 i128
    }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let result = match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => match u64::try_from(*value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(*value),
            },
            Value::Float(value) => visitor.visit_f64(*value),
            Value::Str(text) => visitor.visit_str(text),
            Value::Seq(_) => visitor.visit_seq(self.elements()?),
            Value::Map(_) => visitor.visit_map(self.entries()),
        };
        self.blame(result)
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match &self.node.value {
            Value::Bool(value) => self.blame(visitor.visit_bool(*value)),
            Value::Str(text) => match text.to_lowercase().as_str() {
                "yes" | "on" | "y" => self.wrong("`true` or `false`", Some("did you mean `true`?")),
                "no" | "off" | "n" => self.wrong("`true` or `false`", Some("did you mean `false`?")),
                _ => self.wrong("`true` or `false`", None),
            },
            _ => self.wrong("`true` or `false`", None),
        }
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let value = self.float("a number")?;
        self.blame(visitor.visit_f64(value))
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let text = self.text()?;
        self.blame(visitor.visit_string(text))
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.node.value {
            Value::Null => self.blame(visitor.visit_none()),
            _ => self.blame(visitor.visit_some(self)),
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match &self.node.value {
            Value::Null => self.blame(visitor.visit_unit()),
            Value::Map(entries) if entries.is_empty() => self.blame(visitor.visit_unit()),
            _ => self.wrong("nothing", Some("leave the value out")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if let Some(unit) = UnitType::from_request(name) {
            return self.unit(unit, visitor);
        }
        let result = match name {
            types::SPANNED => visitor.visit_seq(SpannedAccess::new(self)),
            raw::NODE => visitor.visit_seq(raw::NodeAccess::new(self)),
            types::ONE_OR_MANY if matches!(self.node.value, Value::Seq(_)) => visitor.visit_seq(self.elements()?),
            types::ONE_OR_MANY => visitor.visit_some(self),
            scalar_or::SCALAR_OR => {
                let is_map = matches!(self.node.value, Value::Map(_));
                visitor.visit_seq(scalar_or::ScalarOrAccess::new(self, is_map))
            }
            _ => visitor.visit_newtype_struct(self),
        };
        self.blame(result)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let elements = self.elements()?;
        self.blame(visitor.visit_seq(elements))
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let found = self.elements()?.elements.len();
        if found != length {
            let message = format!("expected {length} elements, found {found}");
            return self.blame(Err(DecodeError::message(Code::WrongType, message, None)));
        }
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, _: &'static str, length: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.map(&[], visitor)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.map(fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let shown: Vec<String> = variants.iter().map(|variant| format!("`{variant}`")).collect();
        match &self.node.value {
            Value::Str(_) => self.blame(visitor.visit_enum(Variant { key: self.node, payload: None, reader: self })),
            // To YAML a word such as `2026` is a number.
            Value::Int(number) if variants.contains(&number.to_string().as_str()) => {
                self.blame(visitor.visit_enum(number.to_string().into_deserializer()))
            }
            Value::Map(entries) => {
                // The key that names the variant; other keys belong to a struct that reads the whole map.
                let known = |key: &Node| key.as_str().is_some_and(|name| variants.contains(&name));
                let chosen = entries.iter().find(|(key, _)| known(key)).or(entries.first());
                let Some((key, value)) = chosen else {
                    return self.wrong(format!("one of {}", shown.join(", ")), None);
                };
                self.blame(visitor.visit_enum(Variant { key, payload: Some(value), reader: self }))
            }
            _ => self.wrong(format!("one of {}", shown.join(", ")), None),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.blame(visitor.visit_unit())
    }
}

/// The elements of a list without those that were found wrong.
struct Elements<'a> {
    elements: std::slice::Iter<'a, Node>,
    reader: NodeDeserializer<'a>,
}

impl<'a> de::SeqAccess<'a> for Elements<'a> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let session = self.reader.session;
        match self.elements.find(|element| !session.is_pruned(element)) {
            Some(element) => {
                let reader = self.reader.child(element, None);
                reader.blame(seed.deserialize(reader)).map(Some)
            }
            None => Ok(None),
        }
    }
}

/// The entries of a map without those that were found wrong, and made-up ones for required keys.
struct Entries<'a> {
    rest: std::slice::Iter<'a, (Node, Node)>,
    stand_ins: Vec<&'static str>,
    pending: Pending<'a>,
    reader: NodeDeserializer<'a>,
}

enum Pending<'a> {
    Nothing,
    Entry(&'a Node, &'a Node),
    StandIn,
}

impl<'a> de::MapAccess<'a> for Entries<'a> {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let session = self.reader.session;
        if let Some((key, value)) = self.rest.find(|(_, value)| !session.is_pruned(value)) {
            self.pending = Pending::Entry(key, value);
            let reader = self.reader.key(key, value);
            return reader.blame(seed.deserialize(reader)).map(Some);
        }
        match self.stand_ins.pop() {
            Some(field) => {
                self.pending = Pending::StandIn;
                seed.deserialize(field.into_deserializer()).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value> {
        match std::mem::replace(&mut self.pending, Pending::Nothing) {
            Pending::Entry(key, value) => {
                let reader = self.reader.child(value, Some(key));
                reader.blame(seed.deserialize(reader))
            }
            Pending::StandIn => seed.deserialize(StandIn::new()),
            Pending::Nothing => Err(DecodeError::consequence()),
        }
    }
}

impl<'a> IntoDeserializer<'a, DecodeError> for NodeDeserializer<'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
