//! How large outputs are.
//!
//! A payload has a size and the few fields that rules read; what its size exceeds their JSON text by is unseen.
//! An output is as long as its JSON text, plus its share of what is unseen in what it was made from: all of it when at
//! least as much is visible in the output as was before, else in proportion. Templates that read nothing hand on nothing.

use serde_json::Value;

use crate::fabric::call::ErrorId;
use crate::fabric::program::Payload;
use crate::fabric::{ContentId, Context};

use super::super::asl::errors::DATA_LIMIT_EXCEEDED;
use super::super::assumptions::PAYLOAD_BYTES_MAX;
use super::Operators;
use super::carrier::View;

impl Operators {
    /// Bytes of the data's JSON text.
    pub fn visible(&self, context: &mut Context, content: ContentId) -> u32 {
        if !self.carried {
            return context.world.contents.length(content);
        }
        context.world.contents.evaluate(self.length, content, |value| json_bytes(View::of(value, true).data))
    }

    pub(super) fn unseen(&self, context: &mut Context, payload: Payload) -> u32 {
        payload.1.saturating_sub(self.visible(context, payload.0))
    }

    /// A content with its size, made by an operator of a payload, and of nothing else that has a size.
    pub(super) fn kept(
        &self,
        context: &mut Context,
        operator: u32,
        content: ContentId,
        payload: Payload,
    ) -> Result<Payload, ErrorId> {
        if self.plans[operator as usize].keeps_input {
            self.whole(context, content, payload)
        } else {
            self.sized(context, content, 0, 0)
        }
    }

    /// A content with its size, made of a payload of which all may be in it.
    pub(super) fn whole(&self, context: &mut Context, content: ContentId, payload: Payload) -> Result<Payload, ErrorId> {
        let from = self.visible(context, payload.0);
        if content == payload.0 {
            return self.within_limit(content, u64::from(payload.1.max(from)));
        }
        self.sized(context, content, payload.1.saturating_sub(from), from)
    }

    /// A content with its size, made of contents of which `from` bytes were visible and `unseen` were not.
    pub(super) fn sized(&self, context: &mut Context, content: ContentId, unseen: u32, from: u32) -> Result<Payload, ErrorId> {
        let visible = self.visible(context, content);
        let share = u64::from(unseen) * u64::from(visible.min(from)) / u64::from(from.max(1));
        self.within_limit(content, u64::from(visible) + share)
    }

    fn within_limit(&self, content: ContentId, size: u64) -> Result<Payload, ErrorId> {
        if size > u64::from(PAYLOAD_BYTES_MAX) { Err(self.error(DATA_LIMIT_EXCEEDED)) } else { Ok((content, size as u32)) }
    }
}

fn json_bytes(value: &Value) -> u32 {
    value.to_string().len().min(u32::MAX as usize) as u32
}
