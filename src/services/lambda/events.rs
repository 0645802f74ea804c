use crate::fabric::call::NONE;
use crate::fabric::program::{Finished, Seed, TIMER_DEADLINE, TIMER_FRAME};
use crate::fabric::{
    About, CallId, Category, Class, Coming, Context, LimiterId, Luck, Parameters, PartyId, PathId, Reply, Service, errors,
};
use crate::kernel::{Lineage, Time};

use super::admission::Refusal;
use super::pool::ColdStart;
use super::state::{Activation, Function};
use super::usage::Invocation;

// Timers below 2 belong to the machine.
const TIMER_ADMIT: u16 = 2;
const TIMER_BEGIN: u16 = 3;
const TIMER_RUN: u16 = 4;
const TIMER_KILL: u16 = 5;
const TIMER_TIMEOUT: u16 = 6;
pub(super) const TIMER_KEEP_ALIVE: u16 = 7;

impl Service for Function {
    fn start(&mut self, context: &mut Context) {
        self.floor.pool.warm(context, self.initial_environments);
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let taken = *context.get(call);
        let Some(mapping) = self.mapping(taken.caller) else { return self.admit(context, call) };
        let draw = context.draw(Luck::Delivery, u64::MAX, taken.lineage.extend(mapping as u64).0);
        match context.sample(&self.event_source, draw) {
            0 => self.admit(context, call),
            delay => context.timer(delay, TIMER_ADMIT, call),
        }
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        self.machine.reply(context, &mut self.floor, token, reply);
        self.take_finished(context);
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        match timer {
            TIMER_FRAME | TIMER_DEADLINE => {
                self.machine.timer(context, &mut self.floor, timer, argument);
                self.take_finished(context);
            }
            TIMER_ADMIT => {
                self.lap(context, argument, Category::Service);
                self.admit(context, argument);
            }
            TIMER_BEGIN => self.begin(context, argument),
            TIMER_RUN => self.run(context, argument),
            TIMER_KILL => self.kill(context, argument),
            TIMER_TIMEOUT => self.time_out(context),
            _ => self.floor.pool.expire(context),
        }
    }

    fn about(&self, coming: Coming) -> About {
        match coming {
            Coming::Timer(timer @ (TIMER_FRAME | TIMER_DEADLINE), argument) => {
                self.machine.about_timer(&self.floor, timer, argument)
            }
            Coming::Timer(TIMER_ADMIT, argument) => About::call(argument),
            Coming::Timer(TIMER_BEGIN | TIMER_RUN | TIMER_KILL, argument) => {
                self.floor.activations.get(argument).map_or(About::NOTHING, |activation| About::call(activation.call))
            }
            Coming::Timer(..) => About::NOTHING,
            Coming::Reply(token) => self.machine.about(&self.floor, token),
        }
    }

    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        if key == super::admission::RESERVED {
            self.admission.reserve(context, value as u64);
        }
    }
}

impl Function {
    /// Scalars that the timeline may set.
    pub const SETTABLE: &'static [&'static str] = &[super::admission::RESERVED];

    /// The place of the mapping that a caller is.
    fn mapping(&self, caller: PartyId) -> Option<usize> {
        self.mappings.iter().position(|mapping| mapping.party == caller)
    }

    fn admit(&mut self, context: &mut Context, call: CallId) {
        context.count(self.probes.requests, 1);
        let asynchronous = context.get(call).caller == self.queue;
        let limiter = match self.admission.enter(context, !asynchronous) {
            Ok(limiter) => limiter,
            Err(refusal) => return self.refuse(context, call, refusal),
        };
        let (environment, cold_start) = match self.floor.pool.take(context) {
            Some(environment) => (environment, None),
            None if self.admission.scale(context) => {
                let (environment, cold_start) = self.floor.pool.create(context);
                (environment, Some(cold_start))
            }
            None => {
                context.give_back(limiter, 1);
                return self.refuse(context, call, Refusal::ScalingRate);
            }
        };
        context.count(self.probes.invocations, 1);
        context.raise(self.probes.concurrency, 1);
        self.sequence = self.sequence.wrapping_add(1);
        let activation = self.activation(context, call, asynchronous, cold_start);
        let index = self.floor.activations.insert(Activation { environment, limiter, ..activation });
        match cold_start {
            Some(ColdStart { delay, .. }) => {
                context.count(self.probes.cold_starts, 1);
                context.time(self.probes.cold_start, delay);
                context.spend(self.probes.time, delay);
                context.timer(delay, TIMER_BEGIN, index);
            }
            None => self.begin(context, index),
        }
    }

    fn activation(&self, context: &mut Context, call: CallId, asynchronous: bool, cold_start: Option<ColdStart>) -> Activation {
        let taken = *context.get(call);
        let mapping = self.mapping(taken.caller);
        // Batches belong to no journey: without the mapping's place, two mappings would share their luck.
        let (a, b) = match mapping {
            Some(mapping) => (u64::MAX, taken.lineage.extend(mapping as u64).0),
            None => context.luck_key(call),
        };
        Activation {
            call,
            lineage: Lineage::root().extend(b),
            environment: NONE,
            limiter: LimiterId(NONE),
            root: NONE,
            sequence: self.sequence,
            init: cold_start.map_or(0, |cold_start| cold_start.init),
            begun_at: 0,
            answer_after: self.answer_after(context, call, a, b),
            batch: taken.batch,
            asynchronous,
            reports_records: mapping.is_some_and(|mapping| self.mappings[mapping].reports_records),
            failed_record: false,
        }
    }

    /// The front end's share of a synchronous invocation, all of it on the way back, so that it holds no environment.
    fn answer_after(&self, context: &mut Context, call: CallId, a: u64, b: u64) -> Time {
        match context.parameters(call) {
            Parameters::Direct => 0,
            _ => context.sample(&self.front_end, context.draw(Luck::Latency, a, b)),
        }
    }

    fn refuse(&mut self, context: &mut Context, call: CallId, refusal: Refusal) {
        let counter = match refusal {
            Refusal::RequestsPerSecond => self.probes.throttled_rate,
            Refusal::ReservedConcurrency => self.probes.throttled_reserved,
            Refusal::AccountConcurrency => self.probes.throttled_account,
            Refusal::ScalingRate => self.probes.throttled_scaling,
        };
        context.count(counter, 1);
        let taken = *context.get(call);
        // Events for a stopped function are given up without a retry.
        let class = if taken.caller == self.queue && self.admission.is_stopped() { Class::Rejected } else { Class::Throttled };
        let key = context.journey_key(taken.journey);
        let after = self.answer_after(context, call, key, taken.lineage.extend(u64::from(taken.site)).0);
        context.reply(call, Reply::error(class, errors::LAMBDA_THROTTLED), after);
    }

    /// Ends a lap of everything that waits for this invocation: the caller's path and those of the records.
    fn lap(&self, context: &mut Context, call: CallId, category: Category) {
        context.lap_call(call, category);
        let batch = context.get(call).batch;
        if batch == NONE {
            return;
        }
        for index in 0..context.batch(batch).records.len() {
            let record = context.batch(batch).records[index];
            let path = context.lap(record.journey, record.path, category);
            context.batch_mut(batch).records[index].path = path;
        }
    }

    /// The environment is there: the invocation begins, and its time-out with it.
    fn begin(&mut self, context: &mut Context, index: u32) {
        let now = context.now();
        let activation = &mut self.floor.activations[index];
        activation.begun_at = now;
        let Activation { environment, sequence, .. } = *activation;
        let lost = self.floor.pool.begin(context, environment);
        // Time-outs that strike before the handler runs are known beforehand and need no deadline.
        if lost >= self.timeouts.delay {
            context.timer(self.timeouts.delay, TIMER_KILL, index);
            return;
        }
        if let Some(delay) = self.timeouts.set(now, index, sequence) {
            context.timer(delay, TIMER_TIMEOUT, 0);
        }
        if lost > 0 {
            context.timer(lost, TIMER_RUN, index);
        } else {
            self.run(context, index);
        }
    }

    fn run(&mut self, context: &mut Context, index: u32) {
        let Activation { call, environment, lineage, batch, .. } = self.floor.activations[index];
        self.floor.pool.runs(environment);
        self.lap(context, call, Category::ColdStart);
        let taken = context.get(call);
        let seed = Seed {
            journey: taken.journey,
            lineage,
            payload: (taken.content, taken.size),
            path: taken.path,
            repeat: taken.repeat,
        };
        let entry = if batch == NONE { self.direct_entry } else { 0 };
        let root = self.machine.start_at(context, &mut self.floor, index, seed, entry);
        self.floor.activations[index].root = root;
        self.take_finished(context);
    }

    fn take_finished(&mut self, context: &mut Context) {
        while let Some(Finished { activation: index, error, payload, path }) = self.machine.take_finished() {
            let activation = &self.floor.activations[index];
            // Whoever does not report failed records throws.
            let thrown = activation.failed_record && !activation.reports_records;
            let error = if error == errors::NONE && thrown { errors::HANDLER } else { error };
            let reply = if error == errors::NONE {
                context.count(self.probes.succeeded, 1);
                Reply { path, content: payload.0, size: payload.1, ..Reply::OK }
            } else {
                context.count(self.probes.errors, 1);
                Reply { path, ..Reply::error(Class::Failed, error) }
            };
            self.end(context, index, reply);
            let activations = &self.floor.activations;
            self.timeouts.end(|index, sequence| activations.get(index).is_some_and(|activation| activation.sequence == sequence));
        }
    }

    /// Time-outs that have come; those of invocations that ended before are passed over.
    fn time_out(&mut self, context: &mut Context) {
        let now = context.now();
        while let Some((index, sequence)) = self.timeouts.due(now) {
            let live = self.floor.activations.get(index).filter(|activation| activation.sequence == sequence);
            if live.is_some() {
                self.kill(context, index);
            }
        }
        if let Some(delay) = self.timeouts.rearm(now) {
            context.timer(delay, TIMER_TIMEOUT, 0);
        }
    }

    /// The time-out kills an invocation: its calls are abandoned, and its environment starts over.
    fn kill(&mut self, context: &mut Context, index: u32) {
        let Activation { call, root, environment, .. } = self.floor.activations[index];
        let mut path = PathId::NONE;
        if root == NONE {
            self.lap(context, call, Category::ColdStart);
        } else {
            path = context.lap(context.account_of(call), self.machine.path(root), Category::Work);
            self.machine.abort(context, root);
        }
        self.floor.pool.reset(environment);
        context.count(self.probes.timeouts, 1);
        context.count(self.probes.errors, 1);
        let reply = Reply { path, ..Reply::error(Class::Failed, self.timed_out) };
        self.end(context, index, reply);
    }

    /// An invocation has ended: it is billed and answered, and its environment and slot are free.
    fn end(&mut self, context: &mut Context, index: u32, reply: Reply) {
        let activation = self.floor.activations.remove(index);
        let duration = context.now() - activation.begun_at;
        let event_bytes = activation.asynchronous.then(|| context.get(activation.call).size);
        let journey = context.account_of(activation.call);
        let invocation = Invocation { journey, init: activation.init, duration, event_bytes };
        self.meters.bill(context, &invocation);
        context.time(self.probes.duration, duration);
        context.spend(self.probes.time, duration);
        self.floor.pool.release(context, activation.environment);
        context.give_back(activation.limiter, 1);
        context.lower(self.probes.concurrency, 1);
        context.reply(activation.call, reply, activation.answer_after);
    }
}
