//! Destinations: what became of an event is told to another service.

use serde_json::json;

use crate::fabric::call::NONE;
use crate::fabric::content::MemoId;
use crate::fabric::hand_over::Destination;
use crate::fabric::metric::{CounterId, LevelId};
use crate::fabric::steps::event_envelope;
use crate::fabric::{CallId, Category, Context, Luck, Reply, Request, Service};
use crate::kernel::Sampler;

/// Passes an event on to a destination, on an event bus in the envelope that rules see. Queues, topics and functions get
/// the event's own fields, so that what reads them can go on with them.
#[derive(Debug)]
pub struct Relay {
    pub(super) target: Destination,
    /// For an event bus: what remembers the envelopes made, and their detail type.
    pub(super) envelope: Option<(MemoId, &'static str)>,
    /// From the end of the event until its record is sent.
    pub(super) delivery: Sampler,
    pub(super) failures: CounterId,
    /// Records that are yet to be sent.
    pub(super) waiting: LevelId,
}

/// Source of the events that destinations send. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>, read 2026-11-23.
pub(super) const EVENT_SOURCE: &str = "lambda";

const TIMER_SEND: u16 = 0;

impl Service for Relay {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let (key, lineage) = context.luck_key(call);
        match context.sample(&self.delivery, context.draw(Luck::Delivery, key, lineage)) {
            0 => self.pass_on(context, call),
            delay => {
                context.raise(self.waiting, 1);
                context.timer(delay, TIMER_SEND, call);
            }
        }
    }

    fn reply(&mut self, context: &mut Context, _token: u32, reply: Reply) {
        if !reply.outcome.is_ok() {
            context.count(self.failures, 1);
        }
    }

    fn timer(&mut self, context: &mut Context, _timer: u16, argument: u32) {
        context.lower(self.waiting, 1);
        context.lap_call(argument, Category::Service);
        self.pass_on(context, argument);
    }
}

impl Relay {
    fn pass_on(&self, context: &mut Context, call: CallId) {
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
            repeat: taken.repeat,
        };
        context.call(self.target.party, request, 0);
        context.reply(call, Reply::OK, 0);
    }
}
