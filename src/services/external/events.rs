use crate::fabric::{About, CallId, Category, Class, Coming, ContentId, Context, Luck, Reply, Service, errors};

use crate::kernel::Draw;

use super::state::{External, Serving, Waiting};

const TIMER_SERVED: u16 = 0;

impl Service for External {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        context.count(self.probes.requests, 1);
        context.ask(self.probes.demand, 1);
        if let Some(rate) = self.rate
            && !context.admit(rate, 1)
        {
            context.count(self.probes.throttled, 1);
            context.reply(call, Reply::error(Class::Throttled, errors::THROTTLED), 0);
            return;
        }
        let busy = self.serving.len() as u64;
        if busy + self.queue.len() as u64 >= self.capacity {
            context.count(self.probes.refused, 1);
            context.reply(call, Reply::error(Class::Unavailable, errors::QUEUE_FULL), 0);
            return;
        }
        if busy < self.servers {
            context.time(self.probes.wait, 0);
            self.serve(context, call);
            return;
        }
        context.count(self.probes.queued, 1);
        context.raise(self.probes.waiting, 1);
        self.queue.push_back(Waiting { call, since: context.now() });
    }

    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {
        unreachable!("an external service calls nobody")
    }

    fn timer(&mut self, context: &mut Context, _timer: u16, argument: u32) {
        self.served(context, argument);
    }

    fn about(&self, coming: Coming) -> About {
        let Coming::Timer(_, argument) = coming else { return About::NOTHING };
        self.serving.get(argument).map_or(About::NOTHING, |serving| About::call(serving.call))
    }

    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        match key {
            "servers" => {
                self.servers = value as u64;
                self.take_waiting(context);
            }
            "capacity" => self.capacity = value as u64,
            "errors" => self.errors = value,
            _ => {}
        }
    }
}

impl External {
    /// Scalars that the timeline may set.
    pub const SETTABLE: &'static [&'static str] = &["servers", "capacity", "errors"];

    fn serve(&mut self, context: &mut Context, call: CallId) {
        context.lap_call(call, Category::Queue);
        let (a, b) = context.luck_key(call);
        let duration = context.sample(&self.service, context.draw(Luck::Work, a, b));
        let luck = context.draw(Luck::Failure, a, b);
        context.raise(self.probes.busy, 1);
        context.spend(self.probes.served, duration);
        context.time(self.probes.service_time, duration);
        let index = self.serving.insert(Serving { call, luck });
        context.timer(duration, TIMER_SERVED, index);
    }

    fn served(&mut self, context: &mut Context, index: u32) {
        let Serving { call, luck } = self.serving.remove(index);
        context.lower(self.probes.busy, 1);
        context.lap_call(call, Category::Work);
        let poisoned = context.has_poison() && context.is_poisoned(context.get(call).journey);
        let reply = if poisoned {
            context.count(self.probes.failed, 1);
            Reply::error(Class::Failed, errors::HANDLER)
        } else if luck.chance(self.errors) {
            context.count(self.probes.failed, 1);
            Reply::error(Class::Unavailable, errors::INJECTED)
        } else {
            context.count(self.probes.succeeded, 1);
            Reply { content: self.answer(luck), ..Reply::OK }
        };
        context.reply(call, reply, 0);
        self.take_waiting(context);
    }

    fn answer(&self, luck: Draw) -> ContentId {
        if self.answers.is_empty() {
            return ContentId::EMPTY;
        }
        let point = luck.derive(1).unit();
        let hit = self.answers.iter().find(|(sum, _)| point < *sum).or(self.answers.last());
        hit.map_or(ContentId::EMPTY, |(_, content)| *content)
    }

    fn take_waiting(&mut self, context: &mut Context) {
        while (self.serving.len() as u64) < self.servers {
            let Some(Waiting { call, since }) = self.queue.pop_front() else { return };
            context.lower(self.probes.waiting, 1);
            let waited = context.now() - since;
            context.spend(self.probes.waited, waited);
            if self.drop_when_abandoned && context.abandoned(call) {
                context.count(self.probes.dropped, 1);
                context.reply(call, Reply::error(Class::TimedOut, errors::TIMEOUT), 0);
                continue;
            }
            context.time(self.probes.wait, waited);
            self.serve(context, call);
        }
    }
}
