//! Enum values: `- work: {..}`, a name alone, or a map that its struct reads as a whole.

use serde::de::{self, DeserializeSeed, Visitor};

use super::deserializer::NodeDeserializer;
use super::error::DecodeError;
use crate::reader::diagnostics::Code;
use crate::reader::tree::Node;

type Result<T> = std::result::Result<T, DecodeError>;

/// An enum value: a name alone, or a name with what belongs to it.
pub(super) struct Variant<'a> {
    pub(super) key: &'a Node,
    pub(super) payload: Option<&'a Node>,
    pub(super) reader: NodeDeserializer<'a>,
}

impl<'a> de::EnumAccess<'a> for Variant<'a> {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self)> {
        // A wrong name makes the whole value wrong, not only what belongs to the name.
        let reader = self.reader.key(self.key, self.reader.node);
        let name = reader.blame(seed.deserialize(reader))?;
        Ok((name, self))
    }
}

impl<'a> Variant<'a> {
    fn payload(&self) -> Result<Payload<'a>> {
        if let Some(value) = self.payload {
            return Ok(Payload { key: self.key, value, map: self.reader });
        }
        let hint = format!("write `{}: ...`", self.key);
        let message = format!("`{}` needs settings", self.key);
        let error = DecodeError::message(Code::WrongType, message, Some(hint));
        self.reader.blame(Err(error))
    }
}

impl<'a> de::VariantAccess<'a> for Variant<'a> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        if self.payload.is_none() {
            return Ok(());
        }
        de::Deserialize::deserialize(self.payload()?.alone()?)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value> {
        let payload = self.payload()?;
        self.reader.blame(seed.deserialize(payload))
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let payload = self.payload()?;
        de::Deserializer::deserialize_tuple(payload.alone()?, length, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        let payload = self.payload()?;
        de::Deserializer::deserialize_struct(payload, "", fields, visitor)
    }
}

/// What belongs to a variant: the value of its key, or the whole map when the struct asks for the key itself.
#[derive(Clone, Copy)]
struct Payload<'a> {
    key: &'a Node,
    value: &'a Node,
    map: NodeDeserializer<'a>,
}

impl<'a> Payload<'a> {
    /// The value of the key alone. Keys beside it have no meaning then.
    fn alone(self) -> Result<NodeDeserializer<'a>> {
        let session = self.map.session;
        if session.is_pruned(self.value) {
            return self.map.blame(Err(DecodeError::consequence()));
        }
        let other = self.map.node.entries().iter().find(|(key, value)| !std::ptr::eq(key, self.key) && !session.is_pruned(value));
        match other {
            Some((key, value)) => {
                let message = format!("the key `{key}` is not known beside `{}`", self.key);
                let hint = format!("indent it to belong to `{}`, or begin a new list element", self.key);
                self.map.key(key, value).blame(Err(DecodeError::message(Code::UnknownKey, message, Some(hint))))
            }
            None => Ok(self.map.child(self.value, Some(self.key))),
        }
    }
}

macro_rules! read_value_alone {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
            self.alone()?.$method(visitor)
        }
    )* };
}

impl<'a> de::Deserializer<'a> for Payload<'a> {
    type Error = DecodeError;

    read_value_alone! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_i128 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_option deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier deserialize_ignored_any
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        if self.key.as_str().is_some_and(|key| fields.contains(&key)) {
            return self.map.deserialize_struct(name, fields, visitor);
        }
        self.alone()?.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        if name.starts_with('$') {
            return self.alone()?.deserialize_newtype_struct(name, visitor);
        }
        // A wrapper or a box around the struct must not hide that the struct reads the whole map.
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        self.alone()?.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.alone()?.deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, name: &'static str, length: usize, visitor: V) -> Result<V::Value> {
        self.alone()?.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.alone()?.deserialize_enum(name, variants, visitor)
    }
}
