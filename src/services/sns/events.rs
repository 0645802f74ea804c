use serde_json::Value;

use crate::fabric::{CallId, Class, ContentId, Context, Luck, NONE, Operation, Reply, Request, Service, errors};

use super::state::{Outlet, Topic};

impl Service for Topic {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let published = *context.get(call);
        context.count(self.probes.requests, 1);
        let (a, b) = context.luck_key(call);
        let latency = context.sample(&self.publish, context.draw(Luck::Latency, a, b));
        if !context.admit(self.quota, 1) {
            context.count(self.probes.throttled, 1);
            context.reply(call, Reply::error(Class::Throttled, errors::THROTTLED), latency);
            return;
        }
        if u64::from(published.size) > self.maximum_size {
            context.count(self.probes.too_large, 1);
            context.reply(call, Reply::error(Class::Rejected, errors::TOO_LARGE), latency);
            return;
        }
        self.usage.published(context, published.journey, published.size, self.body_filters);
        let set = self.receivers(context, published.content);
        let receivers = self.fan_out.receivers(set);
        context.count(self.probes.notifications, receivers.len() as u64);
        context.count(self.probes.filtered, (self.subscriptions.len() - receivers.len()) as u64);
        for &receiver in receivers {
            let outlet = &self.subscriptions[receiver as usize];
            self.usage.delivered(context, published.journey, published.size, outlet.endpoint);
            let request = Request {
                operation: Operation::Publish,
                journey: published.journey,
                lineage: published.lineage.extend(u64::from(receiver)),
                content: published.content,
                size: published.size,
                path: published.path,
                batch: NONE,
                site: 0,
                repeat: published.repeat,
            };
            context.call(outlet.hand_over, request, 0);
        }
        context.reply(call, Reply::OK, latency);
    }

    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {
        // A hand-over accepts everything; what becomes of it is no longer the topic's business.
    }

    fn timer(&mut self, _context: &mut Context, _timer: u16, _argument: u32) {
        unreachable!("a topic sets no timer")
    }
}

impl Topic {
    /// The set of subscriptions whose filters take `content`.
    fn receivers(&mut self, context: &mut Context, content: ContentId) -> usize {
        let subscriptions = &self.subscriptions;
        self.fan_out.decide(&mut context.world.contents, content, |value, set| {
            let takes = |(_, outlet): &(usize, &Outlet)| outlet.takes(value);
            set.extend(subscriptions.iter().enumerate().filter(takes).map(|(index, _)| index as u16));
        })
    }
}

impl Outlet {
    /// Whether the subscription wants a message with these fields.
    fn takes(&self, message: &Value) -> bool {
        let Some(filter) = &self.filter else { return true };
        // A rule's target gets the event as the body of a message without attributes, so no policy on attributes takes it.
        let has_attributes = message.get("detail-type").is_none();
        (has_attributes || !self.reads_attributes) && filter.matches(message)
    }
}
