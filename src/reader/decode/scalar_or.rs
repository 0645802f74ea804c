//! Values that have a short form: a plain scalar, or a map with more to say.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IntoDeserializer, SeqAccess, Visitor};

use super::deserializer::NodeDeserializer;
use super::error::DecodeError;
use super::types::{SpannedAccess, read_part, read_span};
use crate::reader::tree::Span;

/// The newtype name by which the short form is asked for.
pub(super) const SCALAR_OR: &str = "$floodplan::ScalarOr";

/// A scalar (or list) read as `S`, or a map read as `M`, and where it was written.
#[derive(Clone, Debug)]
pub struct ScalarOr<S, M> {
    pub value: Either<S, M>,
    pub span: Span,
}

/// Which of the two forms was written.
#[derive(Clone, Debug)]
pub enum Either<S, M> {
    Scalar(S),
    Map(M),
}

impl<S, M> ScalarOr<S, M> {
    /// Where it was written.
    pub fn span(&self) -> Span {
        self.span
    }

    /// A value that nobody wrote.
    pub fn scalar(value: S) -> Self {
        Self { value: Either::Scalar(value), span: Span::default() }
    }
}

impl<S: JsonSchema, M: JsonSchema> JsonSchema for ScalarOr<S, M> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_{}", S::schema_name(), M::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (scalar, map) = (generator.subschema_for::<S>(), generator.subschema_for::<M>());
        json_schema!({ "anyOf": [scalar, map] })
    }
}

impl<'de, S: Deserialize<'de>, M: Deserialize<'de>> Deserialize<'de> for ScalarOr<S, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(SCALAR_OR, ScalarOrVisitor(PhantomData))
    }
}

struct ScalarOrVisitor<S, M>(PhantomData<(S, M)>);

impl<'de, S: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for ScalarOrVisitor<S, M> {
    type Value = ScalarOr<S, M>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value or a map")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let is_map: bool = read_part(&mut parts)?;
        let span = read_span(&mut parts)?;
        let value = if is_map { Either::Map(read_part(&mut parts)?) } else { Either::Scalar(read_part(&mut parts)?) };
        Ok(ScalarOr { value, span })
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // Other formats do not say beforehand which of the two it is.
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Untold<S, M> {
            Map(M),
            Scalar(S),
        }
        let value = match Untold::deserialize(deserializer)? {
            Untold::Map(map) => Either::Map(map),
            Untold::Scalar(scalar) => Either::Scalar(scalar),
        };
        Ok(ScalarOr { value, span: Span::default() })
    }
}

/// Hands over which form it is, the span, and then the value.
pub(super) struct ScalarOrAccess<'a> {
    is_map: Option<bool>,
    spanned: SpannedAccess<'a>,
}

impl<'a> ScalarOrAccess<'a> {
    pub(super) fn new(reader: NodeDeserializer<'a>, is_map: bool) -> Self {
        Self { is_map: Some(is_map), spanned: SpannedAccess::new(reader) }
    }
}

impl<'a> SeqAccess<'a> for ScalarOrAccess<'a> {
    type Error = DecodeError;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        match self.is_map.take() {
            Some(is_map) => seed.deserialize(is_map.into_deserializer()).map(Some),
            None => self.spanned.next_element_seed(seed),
        }
    }
}
