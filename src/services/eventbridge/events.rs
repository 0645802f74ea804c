use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::fabric::call::Call;
use crate::fabric::{
    CallId, Class, ContentId, Context, Luck, NONE, Operation, Parameters, Reply, Request, Service, errors, marks,
};

use super::state::{EventBus, Outlet};
use super::watch::EVENTS_MAX;

impl Service for EventBus {
    fn start(&mut self, context: &mut Context) {
        context.raise(self.probes.idle_rules, self.rules.len() as u64);
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let event = *context.get(call);
        context.count(self.probes.requests, 1);
        let (a, b) = context.luck_key(call);
        let latency = context.sample(&self.put_events, context.draw(Luck::Latency, a, b));
        if !context.admit(self.quota, 1) {
            context.count(self.probes.throttled, 1);
            context.reply(call, Reply::error(Class::Throttled, errors::THROTTLED), latency);
            return;
        }
        if u64::from(event.size) > self.maximum_size {
            context.count(self.probes.too_large, 1);
            context.reply(call, Reply::error(Class::Rejected, errors::TOO_LARGE), latency);
            return;
        }
        if self.watch.sees_loop(context, event.journey) {
            let name = context.world.service_name(context.service());
            context
                .stop_loop(format!("one journey has sent `{name}` more than {EVENTS_MAX} events, so its rules lead back to it"));
        }
        self.usage.accepted(context, event.journey, event.size);
        let forwarded = matches!(context.parameters(call), Parameters::Direct);
        self.forward(context, &event, forwarded);
        context.reply(call, Reply::OK, latency);
    }

    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {
        // A hand-over accepts everything; what becomes of it is no longer the bus's business.
    }

    fn timer(&mut self, _context: &mut Context, _timer: u16, _argument: u32) {
        unreachable!("a bus sets no timer")
    }
}

impl EventBus {
    /// Hands an event to the targets of the rules that match it; `forwarded` says that another bus sent it.
    fn forward(&mut self, context: &mut Context, event: &Call, forwarded: bool) {
        let set = self.receivers(context, event.content);
        let receivers = self.fan_out.receivers(set);
        if receivers.is_empty() {
            context.count(self.probes.unmatched, 1);
        }
        for &receiver in receivers {
            let target = &self.targets[receiver as usize];
            let request = Request {
                operation: Operation::PutEvents,
                journey: event.journey,
                lineage: event.lineage.extend(u64::from(receiver)),
                content: event.content,
                size: event.size,
                path: event.path,
                batch: NONE,
                site: 0,
                repeat: event.repeat,
            };
            if target.is_bus && forwarded {
                context.count(self.probes.refused_hops, 1);
                refuse_hop(context, target, request);
                continue;
            }
            context.count(self.probes.invocations, 1);
            context.call(target.hand_over, request, 0);
        }
    }

    /// The set of targets of the rules that match `content`.
    fn receivers(&mut self, context: &mut Context, content: ContentId) -> usize {
        let rules = &mut self.rules;
        let mut first_matches = 0;
        let set = self.fan_out.decide(&mut context.world.contents, content, |value, targets| {
            let event = as_event(value);
            for rule in rules.iter_mut().filter(|rule| rule.pattern.matches(&event)) {
                first_matches += u64::from(!rule.has_matched);
                rule.has_matched = true;
                targets.extend_from_slice(&rule.targets);
            }
        });
        if first_matches > 0 {
            context.lower(self.probes.idle_rules, first_matches);
        }
        set
    }
}

/// An event goes from bus to bus only once: at the second hop its delivery fails for good (`THIRD_ACCOUNT_HOP_DETECTED`).
fn refuse_hop(context: &mut Context, target: &Outlet, request: Request) {
    match target.dead_letter {
        Some(queue) => {
            context.mark(request.journey, marks::DEAD_LETTERED, request.path);
            let request = Request { operation: queue.operation, site: queue.site, ..request };
            context.call(queue.party, request, 0);
        }
        None => context.mark(request.journey, marks::DISCARDED, request.path),
    }
}

/// What a rule's pattern sees. Steps make whole events; of a workload's payload, `source` and `detail-type` are the event's
/// and the other fields its detail.
fn as_event(value: &Value) -> Cow<'_, Value> {
    let Value::Object(fields) = value else { return Cow::Borrowed(value) };
    if fields.contains_key("detail") {
        return Cow::Borrowed(value);
    }
    let is_envelope = |name: &str| matches!(name, "source" | "detail-type");
    let (envelope, detail): (Map<_, _>, Map<_, _>) =
        fields.iter().map(|(name, value)| (name.clone(), value.clone())).partition(|(name, _)| is_envelope(name));
    let mut event = Value::Object(envelope);
    event["detail"] = Value::Object(detail);
    Cow::Owned(event)
}
