//! Made-up values for required keys that are missing or wrong, so that reading goes on and finds what else is wrong.
//! The result is thrown away.

use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use super::error::DecodeError;
use super::types;
use crate::units::UnitType;

type Result<T> = std::result::Result<T, DecodeError>;

/// Structs in structs in enums are followed this deep.
const DEPTH_MAX: usize = 16;

/// Answers every question with the simplest value.
#[derive(Clone, Copy)]
pub(super) struct StandIn {
    depth: usize,
}

impl StandIn {
    pub(super) fn new() -> Self {
        Self { depth: 0 }
    }

    fn deeper(self) -> Result<Self> {
        if self.depth >= DEPTH_MAX {
            return Err(DecodeError::consequence());
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

/// The same stand-in so many times, for lists, or for the values of these fields.
struct Several {
    left: usize,
    fields: &'static [&'static str],
    stand_in: StandIn,
}

impl<'a> de::SeqAccess<'a> for Several {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.stand_in).map(Some)
    }
}

impl<'a> de::MapAccess<'a> for Several {
    type Error = DecodeError;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        match self.fields.split_first() {
            Some((field, rest)) => {
                self.fields = rest;
                seed.deserialize(field.into_deserializer()).map(Some)
            }
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value> {
        seed.deserialize(self.stand_in)
    }
}

struct FirstVariant {
    name: &'static str,
    stand_in: StandIn,
}

impl<'a> de::EnumAccess<'a> for FirstVariant {
    type Error = DecodeError;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self)> {
        Ok((seed.deserialize(self.name.into_deserializer())?, self))
    }
}

impl<'a> de::VariantAccess<'a> for FirstVariant {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.stand_in)
    }

    fn tuple_variant<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_tuple(self.stand_in, length, visitor)
    }

    fn struct_variant<V: Visitor<'a>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value> {
        de::Deserializer::deserialize_struct(self.stand_in, "", fields, visitor)
    }
}

macro_rules! simplest {
    ($($method:ident $visit:ident $value:expr;)*) => { $(
        fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
            visitor.$visit($value)
        }
    )* };
}

impl<'a> de::Deserializer<'a> for StandIn {
    type Error = DecodeError;

    simplest! {
        deserialize_bool visit_bool false;
        deserialize_i8 visit_i8 1;
        deserialize_i16 visit_i16 1;
        deserialize_i32 visit_i32 1;
        deserialize_i64 visit_i64 1;
        deserialize_i128 visit_i128 1;
        deserialize_u8 visit_u8 1;
        deserialize_u16 visit_u16 1;
        deserialize_u32 visit_u32 1;
        deserialize_u64 visit_u64 1;
        deserialize_u128 visit_u128 1;
        deserialize_f32 visit_f32 1.0;
        deserialize_f64 visit_f64 1.0;
        deserialize_char visit_char 'x';
        deserialize_str visit_str "";
        deserialize_string visit_str "";
        deserialize_bytes visit_str "";
        deserialize_byte_buf visit_str "";
        deserialize_identifier visit_str "";
    }

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_none()
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
        match UnitType::from_request(name) {
            Some(UnitType::Duration | UnitType::Bytes | UnitType::Rate | UnitType::Count) => visitor.visit_u64(1),
            Some(UnitType::Share | UnitType::Number) => visitor.visit_f64(1.0),
            Some(UnitType::Money) => visitor.visit_i128(1),
            None if name == types::ONE_OR_MANY => self.deserialize_seq(visitor),
            None => visitor.visit_newtype_struct(self.deeper()?),
        }
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Several { left: 0, fields: &[], stand_in: self })
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, length: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Several { left: length, fields: &[], stand_in: self.deeper()? })
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, _: &'static str, length: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Several { left: 0, fields: &[], stand_in: self })
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_map(Several { left: 0, fields, stand_in: self.deeper()? })
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        match variants.first() {
            Some(name) => visitor.visit_enum(FirstVariant { name, stand_in: self.deeper()? }),
            None => Err(DecodeError::consequence()),
        }
    }
}
