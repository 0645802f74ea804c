//! Destinations: what became of an event is told to another service.

use serde_json::json;

use crate::fabric::call::NONE;
use crate::fabric::content::MemoId;
use crate::fabric::hand_over::Destination;
use crate::fabric::metric::CounterId;
use crate::fabric::steps::event_envelope;
use crate::fabric::{CallId, Context, Reply, Request, Service};

/// Passes an event on to a destination, on an event bus in the envelope that rules see. Queues, topics and functions get
/// the event's own fields, so that what reads them can go on with them.
#[derive(Debug)]
pub struct Relay {
    pub(super) target: Destination,
    /// For an event bus: what remembers the envelopes made, and their detail type.
    pub(super) envelope: Option<(MemoId, &'static str)>,
    pub(super) failures: CounterId,
}

/// Source of the events that destinations send. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>, read 2026-11-23.
const EVENT_SOURCE: &str = "lambda";

impl Service for Relay {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let taken = *context.get(call);
        let content = match self.envelope {
            Some((memo, detail_type)) => context.world.contents.transform(memo, taken.content, |event| {
                event_envelope(EVENT_SOURCE, detail_type, json!({ "requestPayload": event }))
            }),
            None => taken.content,
        };
        let request = Request {
            operation: self.target.operation,
            journey: taken.journey,
            lineage: taken.lineage,
            content,
            size: taken.size,
            path: taken.path,
            batch: NONE,
            site: self.target.site,
        };
        context.call(self.target.party, request, 0);
        context.reply(call, Reply::OK, 0);
    }

    fn reply(&mut self, context: &mut Context, _token: u32, reply: Reply) {
        if !reply.outcome.is_ok() {
            context.count(self.failures, 1);
        }
    }

    fn timer(&mut self, _context: &mut Context, _timer: u16, _argument: u32) {}
}
