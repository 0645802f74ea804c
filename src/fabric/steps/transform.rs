//! What steps make of payloads: picks of fields, constants, envelopes, and branches on patterns and answers.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::super::call::{ErrorId, errors};
use super::super::content::{ContentId, MemoId, fields_of};
use super::super::context::Context;
use super::super::pattern::Pattern;
use super::super::program::Payload;

/// A made payload.
#[derive(Clone, Debug)]
pub struct Emission {
    pub memo: MemoId,
    pub fields: Vec<String>,
    pub values: IndexMap<String, Value>,
    /// Source and detail type, for events.
    pub envelope: Option<(String, String)>,
    /// Bytes, if not those of the payload at hand.
    pub size: Option<u32>,
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
        let content = context.world.contents.transform(emission.memo, payload.0, |value| emission.make(value));
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
    fn make(&self, value: &Value) -> Value {
        let mut made = Map::new();
        if let Value::Object(fields) = fields_of(value) {
            for name in &self.fields {
                if let Some(found) = fields.get(name) {
                    made.insert(name.clone(), found.clone());
                }
            }
        }
        for (name, constant) in &self.values {
            made.insert(name.clone(), constant.clone());
        }
        match &self.envelope {
            Some((source, detail_type)) => event_envelope(source, detail_type, Value::Object(made)),
            None => Value::Object(made),
        }
    }
}

/// An EventBridge event as rules see it.
pub fn event_envelope(source: &str, detail_type: &str, detail: Value) -> Value {
    json!({ "source": source, "detail-type": detail_type, "detail": detail })
}
