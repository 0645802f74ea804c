//! What steps make of payloads: picks of fields, constants, envelopes, and branches on patterns and answers.

use indexmap::{IndexMap, IndexSet};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::super::build::Builder;
use super::super::call::{ErrorId, errors};
use super::super::content::{ContentId, MemoId, Projection, fields_of};
use super::super::context::Context;
use super::super::pattern::Pattern;
use super::super::program::Payload;

/// A made payload.
#[derive(Clone, Debug)]
pub struct Emission {
    memo: MemoId,
    fields: IndexSet<String>,
    values: IndexMap<String, Value>,
    /// Source and detail type, for events.
    envelope: Option<(String, String)>,
    /// Bytes, if not those of the payload at hand.
    size: Option<u32>,
    /// The content, if it is always the same.
    constant: Option<ContentId>,
}

/// A branch.
#[derive(Clone, Debug)]
pub enum Branch {
    /// On the payload's fields.
    Match { memo: MemoId, pattern: Pattern, then: u32, otherwise: u32 },
    /// On the external's answer: its name to where to go on, and where else.
    Answer { answers: Vec<(ContentId, u32)>, otherwise: u32 },
}

/// All transforms and branches of a step program.
#[derive(Clone, Debug, Default)]
pub struct Transforms {
    pub(super) emissions: Vec<Emission>,
    pub(super) branches: Vec<Branch>,
}

impl Transforms {
    /// The payload that a transform makes.
    pub fn apply(&self, context: &mut Context, transform: u32, payload: Payload) -> Result<Payload, ErrorId> {
        let Some(emission) = self.emissions.get(transform as usize) else { return Err(errors::HANDLER) };
        let content = match emission.constant {
            Some(content) => content,
            None => context.world.contents.project(emission.memo, payload.0, emission),
        };
        Ok((content, emission.size.unwrap_or(payload.1)))
    }

    /// Where a branch goes on.
    pub fn branch(&self, context: &mut Context, branch: u32, payload: Payload, answer: ContentId) -> u32 {
        match &self.branches[branch as usize] {
            Branch::Match { memo, pattern, then, otherwise } => {
                let matches =
                    context.world.contents.evaluate(*memo, payload.0, |value| u32::from(pattern.matches(fields_of(value))));
                if matches == 1 { *then } else { *otherwise }
            }
            Branch::Answer { answers, otherwise } => {
                answers.iter().find(|(content, _)| *content == answer).map_or(*otherwise, |(_, to)| *to)
            }
        }
    }
}

impl Emission {
    /// The payload with these fields of the one at hand and these constants, in an event if there is an envelope.
    pub fn new(
        builder: &mut Builder,
        fields: &[String],
        values: &IndexMap<String, Value>,
        envelope: Option<(String, String)>,
        size: Option<u32>,
    ) -> Self {
        let fields = fields.iter().cloned().collect();
        let mut made = Self { memo: builder.memo(), fields, values: values.clone(), envelope, size, constant: None };
        if made.fields.is_empty() {
            made.constant = Some(builder.world.contents.projected(ContentId::EMPTY, &made));
        }
        made
    }
}

impl Projection for Emission {
    fn write<S: Serializer>(&self, value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        let detail = Detail { emission: self, given: fields_of(value).as_object() };
        match &self.envelope {
            Some((source, detail_type)) => Event { source, detail_type, detail }.serialize(serializer),
            None => detail.serialize(serializer),
        }
    }
}

/// The fields of an emission.
struct Detail<'a> {
    emission: &'a Emission,
    given: Option<&'a Map<String, Value>>,
}

impl Serialize for Detail<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Emission { fields, values, .. } = self.emission;
        let given = |name: &str| self.given.and_then(|given| given.get(name));
        let mut map = serializer.serialize_map(None)?;
        for name in fields {
            if let Some(found) = given(name) {
                // A constant has the place of the field that it replaces.
                map.serialize_entry(name, values.get(name).unwrap_or(found))?;
            }
        }
        for (name, constant) in values {
            if !(fields.contains(name) && given(name).is_some()) {
                map.serialize_entry(name, constant)?;
            }
        }
        map.end()
    }
}

/// An EventBridge event as rules see it.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Event<'a, D> {
    pub source: &'a str,
    pub detail_type: &'a str,
    pub detail: D,
}

/// An EventBridge event as rules see it.
pub fn event_envelope(source: &str, detail_type: &str, detail: Value) -> Value {
    let mut event = Map::new();
    event.insert("source".to_owned(), Value::from(source));
    event.insert("detail-type".to_owned(), Value::from(detail_type));
    event.insert("detail".to_owned(), detail);
    Value::Object(event)
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;
    use serde_json::{Value, json};

    use super::super::super::content::Contents;
    use super::Emission;

    fn emitted(payload: Value, fields: &[&str], values: &[(&str, Value)], envelope: Option<(&str, &str)>) -> String {
        let mut contents = Contents::default();
        let emission = Emission {
            memo: contents.memo(),
            fields: fields.iter().map(|name| (*name).to_owned()).collect(),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect::<IndexMap<_, _>>(),
            envelope: envelope.map(|(source, detail_type)| (source.to_owned(), detail_type.to_owned())),
            size: None,
            constant: None,
        };
        let payload = contents.intern(payload);
        let made = contents.project(emission.memo, payload, &emission);
        let value = contents.value(made).clone();
        assert_eq!(contents.intern(value.clone()), made, "the value is what the text says");
        value.to_string()
    }

    #[test]
    fn fields_keep_their_order_and_constants_take_the_place_of_what_they_replace() {
        let order = json!({ "id": 7, "tier": "gold", "amount": 1.5 });
        assert_eq!(emitted(order.clone(), &["amount", "none", "id", "amount"], &[], None), r#"{"amount":1.5,"id":7}"#);
        let values = [("status", json!("shipped")), ("tier", json!(null))];
        assert_eq!(emitted(order.clone(), &["tier", "id"], &values, None), r#"{"tier":null,"id":7,"status":"shipped"}"#);
        assert_eq!(emitted(order.clone(), &["id"], &values, None), r#"{"id":7,"status":"shipped","tier":null}"#);
        let event = json!({ "source": "shop", "detail-type": "Placed", "detail": order });
        let ready = r#"{"source":"shop","detail-type":"Ready","detail":{"tier":"gold"}}"#;
        assert_eq!(emitted(event, &["tier", "source"], &[], Some(("shop", "Ready"))), ready);
        assert_eq!(emitted(json!([1]), &["tier"], &[], None), "{}");
    }
}
