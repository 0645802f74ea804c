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
        match self.payload {
            Some(value) if self.reader.session.is_pruned(value) => {
                self.reader.blame(Err(DecodeError::consequence()))
            }
            Some(value) => Ok(Payload {
                key: self.key,
                value,
                map: self.reader,
            }),
            None => {
                let hint = format!("write `{}: ...`", self.key);
                let message = format!("`{}` needs settings", self.key);
                self.reader.blame(Err(DecodeError::message(
                    Code::WrongType,
                    message,
                    Some(hint),
                )))
            }
        }
    }
}

impl<'a> de::VariantAccess<'a> for Variant<'a> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        match self.payload {
            None => Ok(()),
            Some(_) => {
                let payload = self.payload()?;
                payload.refuse_others()?;
                de::Deserialize::deserialize(payload.reader())
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value> {
        let payload = self.payload()?;
        self.reader.blame(seed.deserialize(payload))
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        let payload = self.payload()?;
        payload.refuse_others()?;
        de::Deserializer::deserialize_tuple(payload.reader(), length, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
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
    fn reader(self) -> NodeDeserializer<'a> {
        self.map.child(self.value, Some(self.key))
    }

    /// Keys beside the one that names the variant have no meaning unless the struct reads the whole map.
    fn refuse_others(self) -> Result<()> {
        let session = self.map.session;
        let other = self
            .map
            .node
            .entries()
            .iter()
            .find(|(key, value)| !std::ptr::eq(key, self.key) && !session.is_pruned(value));
        match other {
            Some((key, value)) => {
                let message = format!("the key `{key}` is not known beside `{}`", self.key);
                let hint = format!(
                    "indent it to belong to `{}`, or begin a new list element",
                    self.key
                );
                self.map.key(key, value).blame(Err(DecodeError::message(
                    Code::UnknownKey,
                    message,
                    Some(hint),
                )))
            }
            None => Ok(()),
        }
    }
}

macro_rules! read_value_alone {
    ($($method:ident)*) => { $(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
            self.refuse_others()?;
            self.reader().$method(visitor)
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
        self.refuse_others()?;
        self.reader().deserialize_struct(name, fields, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        if name.starts_with('$') {
            self.refuse_others()?;
            return self.reader().deserialize_newtype_struct(name, visitor);
        }
        // A wrapper or a box around the struct must not hide that the struct reads the whole map.
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        self.refuse_others()?;
        self.reader().deserialize_unit_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        self.refuse_others()?;
        self.reader().deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.refuse_others()?;
        self.reader()
            .deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.refuse_others()?;
        self.reader().deserialize_enum(name, variants, visitor)
    }
}
