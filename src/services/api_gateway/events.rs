use crate::fabric::call::{ErrorId, NONE};
use crate::fabric::limit::Limiter;
use crate::fabric::metric::CounterId;
use crate::fabric::{
    CallId, Category, Class, Context, LimiterId, LimiterKind, LimiterPlan, Luck, Operation, Outcome, Parameters, Reply, Request,
    Service,
};
use crate::kernel::Time;

use super::state::{ApiGateway, Pending};
use super::usage;

/// The largest request. Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>, read 2026-11-23.
const PAYLOAD_BYTES_MAX: u32 = 10 * 1024 * 1024;

const TIMER_INTEGRATE: u16 = 0;
const TIMER_DEADLINE: u16 = 1;

impl Service for ApiGateway {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        context.count(self.probes.requests, 1);
        let (a, b) = context.luck_key(call);
        let latency = context.sample(&self.latency, context.draw(Luck::Latency, a, b));
        if let Err((class, error)) = self.admit(context, call) {
            if self.throttled_billed {
                self.bill(context, call);
            }
            context.count(self.probes.errors_4xx, 1);
            context.time(self.probes.latency, latency);
            context.reply(call, Reply::error(class, error), latency);
            return;
        }
        self.bill(context, call);
        context.raise(self.probes.in_flight, 1);
        let route = self.route(context, call).unwrap_or(0) as u32;
        let (arrived_at, integration) = (context.now(), NONE);
        let index = self.pending.insert(Pending { call, arrived_at, route, integration, integrated_at: 0, sequence: 0 });
        if latency == 0 {
            self.integrate(context, index);
        } else {
            context.timer(latency, TIMER_INTEGRATE, index);
        }
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        let Pending { route, integrated_at, .. } = self.pending[token];
        self.pending[token].sequence = 0;
        let deadline = self.routes[route as usize].deadline as usize;
        let pending = &self.pending;
        self.deadlines[deadline].end(|key, sequence| pending.get(key).is_some_and(|entry| entry.sequence == sequence));
        let elapsed = context.now() - integrated_at;
        context.time(self.probes.integration, elapsed);
        let outcome = self.outcome(context, route, reply.outcome);
        self.answer(context, token, Reply { outcome, batch: NONE, ..reply });
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        if timer == TIMER_INTEGRATE {
            self.integrate(context, argument);
        } else {
            self.deadline(context, argument);
        }
    }

    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        if key == "throttling_rate_limit" {
            self.throttle(context, value);
        }
    }
}

impl ApiGateway {
    /// Scalars that the timeline may set.
    pub const SETTABLE: &'static [&'static str] = &["throttling_rate_limit"];

    /// Why a request is not let in, if it is not: the chain of buckets, the size, the route.
    fn admit(&self, context: &mut Context, call: CallId) -> Result<(), (Class, ErrorId)> {
        if let Some(stage) = self.stage.limiter
            && !context.admit(stage, 1)
        {
            context.count(self.probes.throttled_stage, 1);
            return Err((Class::Throttled, self.errors.too_many));
        }
        if !context.admit(self.account, 1) {
            context.count(self.probes.throttled_account, 1);
            return Err((Class::Throttled, self.errors.too_many));
        }
        if context.get(call).size > PAYLOAD_BYTES_MAX {
            return Err((Class::Rejected, self.errors.too_large));
        }
        if self.route(context, call).is_none() {
            return Err((Class::Rejected, self.errors.not_found));
        }
        Ok(())
    }

    /// The route that a call names; an API with one route needs no name.
    fn route(&self, context: &Context, call: CallId) -> Option<usize> {
        match context.parameters(call) {
            Parameters::Route { index } => Some(usize::from(*index)).filter(|index| *index < self.routes.len()),
            _ => (self.routes.len() == 1).then_some(0),
        }
    }

    fn bill(&self, context: &mut Context, call: CallId) {
        let (size, journey) = (context.get(call).size, context.get(call).journey);
        context.meter(self.meter, usage::requests(self.protocol, size), journey);
    }

    /// Calls what the route stands for.
    fn integrate(&mut self, context: &mut Context, index: u32) {
        let Pending { call, route, .. } = self.pending[index];
        context.lap_call(call, Category::Service);
        let client = *context.get(call);
        let integration = &self.routes[route as usize];
        let request = Request {
            operation: integration.operation,
            journey: client.journey,
            lineage: client.lineage.extend(u64::from(route)),
            content: integration.payload(context, client.content),
            size: client.size,
            path: client.path,
            batch: NONE,
            site: 0,
            repeat: client.repeat,
        };
        let (party, deadline) = (integration.party, integration.deadline);
        let made = context.call(party, request, index);
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let pending = &mut self.pending[index];
        pending.integration = made;
        pending.integrated_at = context.now();
        pending.sequence = self.sequence;
        if let Some(delay) = self.deadlines[deadline as usize].set(context.now(), index, self.sequence) {
            context.timer(delay, TIMER_DEADLINE, deadline);
        }
    }

    /// The backend takes too long: the client hears so, and the backend goes on without a listener.
    fn deadline(&mut self, context: &mut Context, deadline: u32) {
        let now = context.now();
        while let Some((index, sequence)) = self.deadlines[deadline as usize].due(now) {
            let Some(pending) = self.pending.get(index).copied().filter(|pending| pending.sequence == sequence) else { continue };
            context.abandon(pending.integration);
            let elapsed = now - pending.integrated_at;
            context.time(self.probes.integration, elapsed);
            let outcome = self.failure(context, self.probes.timed_out, Class::TimedOut, self.errors.timed_out);
            self.answer(context, index, Reply::new(outcome));
        }
        if let Some(delay) = self.deadlines[deadline as usize].rearm(now) {
            context.timer(delay, TIMER_DEADLINE, deadline);
        }
    }

    fn answer(&mut self, context: &mut Context, index: u32, reply: Reply) {
        let Pending { call, arrived_at, .. } = self.pending.remove(index);
        context.lower(self.probes.in_flight, 1);
        let elapsed = context.now() - arrived_at;
        context.time(self.probes.latency, elapsed);
        context.spend(self.probes.time, elapsed);
        context.reply(call, reply, 0);
    }

    /// What the client sees of what became of the integration.
    fn outcome(&self, context: &mut Context, route: u32, outcome: Outcome) -> Outcome {
        let integration = &self.routes[route as usize];
        let (probes, errors) = (self.probes, self.errors);
        match (outcome.class, integration.operation) {
            (Class::Accepted, _) => {
                context.count(probes.succeeded, 1);
                outcome
            }
            // The response of a plain HTTP backend passes unchanged.
            (class, Operation::Request) => {
                let is_clients_fault = matches!(class, Class::Throttled | Class::Rejected);
                context.count(if is_clients_fault { probes.errors_4xx } else { probes.errors_5xx }, 1);
                outcome
            }
            (Class::Failed | Class::TimedOut, _) if integration.is_function() => {
                self.failure(context, probes.bad_gateway, Class::Unavailable, errors.bad_gateway)
            }
            (Class::Rejected, _) => {
                context.count(probes.errors_4xx, 1);
                outcome
            }
            _ => self.failure(context, probes.internal, Class::Unavailable, errors.internal),
        }
    }

    fn failure(&self, context: &mut Context, counter: CounterId, class: Class, error: ErrorId) -> Outcome {
        context.count(counter, 1);
        context.count(self.probes.errors_5xx, 1);
        Outcome::of(class, error)
    }

    /// The stage gets another rate limit; the burst stays what it was.
    fn throttle(&mut self, context: &mut Context, rate: f64) {
        let per_second = rate * self.stage.overshoot;
        let depth = self.stage.burst.unwrap_or(per_second.max(1.0));
        let limiter = self.stage.limiter.unwrap_or_else(|| stage_limiter(context, &self.stage.name, per_second, depth));
        self.stage.limiter = Some(limiter);
        let now: Time = context.now();
        context.limiter(limiter).set_bucket(now, per_second, depth);
    }
}

/// A limiter for a stage that the timeline gives its first limit.
fn stage_limiter(context: &mut Context, service: &str, per_second: f64, depth: f64) -> LimiterId {
    context.world.limiters.push(Limiter::new(LimiterPlan {
        service: service.to_string(),
        name: "stage_throttle".to_string(),
        unit: "requests/s".to_string(),
        kind: LimiterKind::Bucket { per_second, depth },
        adjustable: true,
    }));
    LimiterId(context.world.limiters.len() as u32 - 1)
}
