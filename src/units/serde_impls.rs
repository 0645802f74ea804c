//! Reading, writing and JSON Schema of the unit types.
//!
//! The scenario reader recognises a unit type by the name it asks for, evaluates the scalar as an
//! expression over the parameters, and hands over the integer. Other formats hand over text or a number,
//! which is then read as a literal.

use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::{Serialize, Serializer};

use super::{Bytes, Count, Duration, Money, Number, Quantity, Rate, Share, UnitError};

/// The unit types, as the scenario reader tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitType {
    /// [`Duration`]
    Duration,
    /// [`Bytes`]
    Bytes,
    /// [`Rate`]
    Rate,
    /// [`Share`]
    Share,
    /// [`Count`]
    Count,
    /// [`Number`]
    Number,
    /// [`Money`]
    Money,
}

impl UnitType {
    const ALL: [Self; 7] = [Self::Duration, Self::Bytes, Self::Rate, Self::Share, Self::Count, Self::Number, Self::Money];

    /// The newtype name by which the type asks the scenario reader for a value.
    pub const fn request(self) -> &'static str {
        match self {
            Self::Duration => "$floodplan::Duration",
            Self::Bytes => "$floodplan::Bytes",
            Self::Rate => "$floodplan::Rate",
            Self::Share => "$floodplan::Share",
            Self::Count => "$floodplan::Count",
            Self::Number => "$floodplan::Number",
            Self::Money => "$floodplan::Money",
        }
    }

    /// The type that asks by this name.
    pub fn from_request(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.request() == name)
    }

    /// What a user is told to write: `a duration such as 30 s`.
    pub const fn expectation(self) -> &'static str {
        match self {
            Self::Duration => "a duration such as `30 s`",
            Self::Bytes => "a size such as `256 KB`",
            Self::Rate => "a rate such as `200/s`",
            Self::Share => "a share such as `0.5%` or `0.005`",
            Self::Count => "a whole number",
            Self::Number => "a number",
            Self::Money => "an amount such as `20 USD`",
        }
    }

    const fn pattern(self) -> &'static str {
        match self {
            Self::Duration => r"^(\s*[0-9][0-9._]*\s*(ns|us|ms|s|min|h|d)\s*|\s*0\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
            Self::Bytes => r"^(\s*[0-9][0-9._]*\s*([KMGT]i?)?B\s*|\s*0\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
            Self::Rate => r"^(\s*0\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
            Self::Share => r"^(\s*[0-9][0-9._]*\s*%?\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
            Self::Count => r"^(\s*[0-9][0-9_]*\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
            Self::Number => r"^(\s*-?[0-9][0-9._]*\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
            Self::Money => r"^(\s*-?\$?[0-9][0-9._]*\s*(USD)?\s*|[A-Za-z_]\w*|.*[-+*/(].*)$",
        }
    }

    fn schema(self, description: &str) -> Schema {
        let pattern = self.pattern();
        let text = json_schema!({ "type": "string", "pattern": pattern });
        let number = match self {
            Self::Duration | Self::Bytes | Self::Rate => json_schema!({ "const": 0 }),
            Self::Share => json_schema!({ "type": "number", "minimum": 0, "maximum": 1 }),
            Self::Count => json_schema!({ "type": "integer", "minimum": 0 }),
            Self::Number | Self::Money => json_schema!({ "type": "number" }),
        };
        json_schema!({ "description": description, "anyOf": [text, number] })
    }
}

/// A type that the reader hands over as the integer or float inside.
trait Unit: Sized {
    const TYPE: UnitType;

    fn from_quantity(quantity: Quantity) -> Result<Self, UnitError>;

    fn from_inner(inner: Inner) -> Option<Self>;
}

/// What the scenario reader hands over after it evaluated the scalar.
#[derive(Clone, Copy)]
enum Inner {
    Unsigned(u64),
    Wide(i128),
    Float(f64),
}

macro_rules! unit {
    ($($name:ident, $variant:ident, $convert:ident, $description:literal;)*) => { $(
        impl Unit for $name {
            const TYPE: UnitType = UnitType::$name;

            fn from_quantity(quantity: Quantity) -> Result<Self, UnitError> {
                quantity.$convert()
            }

            fn from_inner(inner: Inner) -> Option<Self> {
                match inner {
                    Inner::$variant(value) => Some(Self(value)),
                    _ => None,
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_newtype_struct(Self::TYPE.request(), Evaluated::<Self>(PhantomData))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                UnitType::$name.schema($description)
            }
        }
    )* };
}

unit! {
    Duration, Unsigned, to_duration, "A duration with its unit: `30 s`, `1.5 ms`, `10 min` (ns, us, ms, s, min, h, d), or an expression over parameters.";
    Bytes, Unsigned, to_bytes, "A size with its unit: `256 KB`, `1.5 GB` (B, KB, MB, GB, TB in steps of 1024), or an expression over parameters.";
    Rate, Unsigned, to_rate, "A rate: `200/s`, `5/min`, `10/h`, or an expression over parameters.";
    Share, Float, to_share, "A share: `0.5%` or `0.005`, or an expression over parameters.";
    Count, Unsigned, to_count, "A whole number, 0 or more, or an expression over parameters.";
    Number, Float, to_number, "A number, or an expression over parameters.";
    Money, Wide, to_money, "An amount in US dollars: `20 USD` or `20`, or an expression over parameters.";
}

/// Takes the evaluated integer from the scenario reader; any other format arrives as a newtype.
struct Evaluated<T>(PhantomData<T>);

impl<T: Unit> Evaluated<T> {
    fn take<E: de::Error>(inner: Inner) -> Result<T, E> {
        T::from_inner(inner).ok_or_else(|| E::custom(format!("expected {}", T::TYPE.expectation())))
    }
}

impl<'de, T: Unit> Visitor<'de> for Evaluated<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::TYPE.expectation())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        Self::take(Inner::Unsigned(value))
    }

    fn visit_i128<E: de::Error>(self, value: i128) -> Result<T, E> {
        Self::take(Inner::Wide(value))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        Self::take(Inner::Float(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(Literal::<T>(PhantomData))
    }
}

/// Reads a literal from text or from a bare number.
struct Literal<T>(PhantomData<T>);

impl<T: Unit> Visitor<'_> for Literal<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::TYPE.expectation())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Quantity::parse(text).and_then(T::from_quantity).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<T, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<T, E> {
        if T::TYPE == UnitType::Number && value.is_finite() {
            return Evaluated::<T>::take(Inner::Float(value));
        }
        self.visit_str(&value.to_string())
    }
}
