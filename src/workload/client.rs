//! The clients of a workload: they open journeys, make requests, wait, retry and give up.

use crate::fabric::call::NONE;
use crate::fabric::deadline::Deadlines;
use crate::fabric::metric::CounterId;
use crate::fabric::retry::RetryProfile;
use crate::fabric::{
    About, CallId, Category, Class, Coming, ContentId, Context, JourneyRef, Luck, Operation, PartyId, PathId, Reply, Request,
    Service, errors, marks,
};
use crate::kernel::{Lineage, Sampler, Slab, Time};

use super::arrivals::Arrivals;
use super::payload::PayloadPlan;

/// Everything a workload's clients need to know.
#[derive(Clone, Debug)]
pub struct Plan {
    pub workload: u16,
    /// Key of the workload's draws: a hash of its name.
    pub key: u64,
    pub target: PartyId,
    pub operation: Operation,
    pub site: u32,
    pub arrivals: Option<Arrivals>,
    pub batch: u64,
    pub bursts: Vec<(Time, u64, Time)>,
    pub users: u64,
    pub think: Sampler,
    pub timeout: Option<Time>,
    pub retry: RetryProfile,
    pub payload: PayloadPlan,
    /// Every n-th journey is watched hop by hop.
    pub watch_every: u64,
}

/// What the clients report.
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    pub requests: CounterId,
    pub retries: CounterId,
    pub timeouts: CounterId,
    pub refused: CounterId,
}

/// One request under way.
#[derive(Clone, Copy, Debug)]
struct Ask {
    journey: JourneyRef,
    content: ContentId,
    path: PathId,
    call: CallId,
    sequence: u32,
    attempts: u16,
    /// Tokens paid for the last retry.
    spent: u8,
    /// Why the last attempt is to be repeated: the wait before a retry is booked as a throttle's or as a back-off.
    throttled: bool,
}

const _: () = assert!(size_of::<Ask>() == 28);

/// The clients of one workload.
#[derive(Debug)]
pub struct Client {
    plan: Plan,
    probes: Probes,
    asks: Slab<Ask>,
    deadlines: Deadlines,
    ordinal: u64,
    /// Arrivals of the schedule so far (bursts have their own ordinals in one line with these).
    scheduled: u64,
    /// Tells the timer of the next arrival from one that a change of the rate has made void.
    schedule_number: u32,
    sequence: u32,
    tokens: u32,
}

const TIMER_ARRIVAL: u16 = 0;
const TIMER_BURST: u16 = 1;
const TIMER_USER: u16 = 2;
const TIMER_RETRY: u16 = 3;
const TIMER_DEADLINE: u16 = 4;

impl Client {
    /// Clients that have not started.
    pub fn new(plan: Plan, probes: Probes) -> Self {
        let deadlines = Deadlines::new(plan.timeout.unwrap_or(Time::MAX));
        let tokens = plan.retry.quota.map_or(0, |quota| quota.tokens);
        Self { plan, probes, asks: Slab::default(), deadlines, ordinal: 0, scheduled: 0, schedule_number: 0, sequence: 0, tokens }
    }

    fn schedule(&mut self, context: &mut Context) {
        let now = context.now();
        let (key, ordinal) = (self.plan.key, self.scheduled);
        let Some(arrivals) = &mut self.plan.arrivals else { return };
        self.scheduled += 1;
        if let Some(at) = arrivals.next(context, key, now, ordinal) {
            context.timer(at.saturating_sub(now), TIMER_ARRIVAL, self.schedule_number);
        }
    }

    fn open(&mut self, context: &mut Context) {
        if !context.arrivals_open() {
            return;
        }
        // The key names the arrival, not the order of draws: the same arrival has the same key in every design.
        let key = self.plan.key << 40 | self.ordinal;
        let watched = self.ordinal.is_multiple_of(self.plan.watch_every);
        self.ordinal += 1;
        let (journey, path) = context.open_journey(self.plan.workload, key, watched);
        let content = self.plan.payload.draw(context, key);
        let ask =
            self.asks.insert(Ask { journey, content, path, call: NONE, attempts: 0, spent: 0, throttled: false, sequence: 0 });
        // The client's own interest keeps the journey open between attempts.
        context.hold(journey);
        self.attempt(context, ask);
    }

    fn attempt(&mut self, context: &mut Context, index: u32) {
        context.count(self.probes.requests, 1);
        let ask = self.asks[index];
        let request = Request {
            operation: self.plan.operation,
            journey: ask.journey,
            lineage: Lineage::root().extend(u64::from(ask.attempts)),
            content: ask.content,
            size: self.plan.payload.size,
            path: ask.path,
            batch: NONE,
            site: self.plan.site,
            repeat: ask.attempts > 0,
        };
        let call = context.call(self.plan.target, request, index);
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let sequence = self.sequence;
        let ask = &mut self.asks[index];
        ask.call = call;
        ask.attempts += 1;
        ask.sequence = sequence;
        if self.plan.timeout.is_some()
            && let Some(delay) = self.deadlines.set(context.now(), index, sequence)
        {
            context.timer(delay, TIMER_DEADLINE, 0);
        }
    }

    fn answered(&mut self, context: &mut Context, index: u32, reply: Reply) {
        let class = reply.outcome.class;
        if reply.outcome.is_ok() {
            let ask = self.asks.remove(index);
            self.refund(u32::from(ask.spent));
            context.mark(ask.journey, marks::ANSWERED, reply.path);
            return self.close(context, ask);
        }
        let ask = &mut self.asks[index];
        ask.call = NONE;
        ask.path = reply.path;
        let ask = *ask;
        let cost = self.plan.retry.cost(class);
        if RetryProfile::retries(class) && u32::from(ask.attempts) < self.plan.retry.maximum_attempts && self.pay(cost) {
            context.count(self.probes.retries, 1);
            self.asks[index].spent = cost as u8;
            self.asks[index].throttled = class == Class::Throttled;
            let draw = context.draw(Luck::Jitter, context.journey_key(ask.journey), u64::from(ask.attempts));
            let wait = self.plan.retry.wait(class, u32::from(ask.attempts) - 1, draw);
            context.timer(wait, TIMER_RETRY, index);
            return;
        }
        context.count(self.probes.refused, 1);
        if class == Class::TimedOut {
            context.mark(ask.journey, marks::TIMED_OUT, reply.path);
        }
        context.mark(ask.journey, marks::REFUSED, reply.path);
        let ask = self.asks.remove(index);
        self.close(context, ask);
    }

    fn pay(&mut self, cost: u32) -> bool {
        if self.plan.retry.quota.is_none() {
            return true;
        }
        let affordable = self.tokens >= cost;
        if affordable {
            self.tokens -= cost;
        }
        affordable
    }

    /// A success gives back what the retry that led to it has cost, or one token where it was the first attempt.
    fn refund(&mut self, spent: u32) {
        if let Some(quota) = self.plan.retry.quota {
            self.tokens = (self.tokens + spent.max(1)).min(quota.tokens);
        }
    }

    fn close(&mut self, context: &mut Context, ask: Ask) {
        let key = context.journey_key(ask.journey);
        context.release(ask.journey);
        if self.plan.users > 0 {
            let draw = context.draw(Luck::Arrival, key, 1);
            let pause = self.plan.think.sample(draw);
            context.timer(pause, TIMER_USER, 0);
        }
    }

    fn deadline(&mut self, context: &mut Context) {
        let now = context.now();
        while let Some((index, sequence)) = self.deadlines.due(now) {
            let Some(ask) = self.asks.get(index).copied().filter(|ask| ask.sequence == sequence && ask.call != NONE) else {
                continue;
            };
            context.count(self.probes.timeouts, 1);
            context.abandon(ask.call);
            self.asks[index].call = NONE;
            let path = context.lap(ask.journey, ask.path, Category::Service);
            self.answered(context, index, Reply { path, ..Reply::error(Class::TimedOut, errors::TIMEOUT) });
        }
        if let Some(delay) = self.deadlines.rearm(now) {
            context.timer(delay, TIMER_DEADLINE, 0);
        }
    }
}

impl Service for Client {
    fn start(&mut self, context: &mut Context) {
        self.schedule(context);
        for index in 0..self.plan.bursts.len() {
            let at = self.plan.bursts[index].0;
            context.timer(at, TIMER_BURST, index as u32);
        }
        for user in 0..self.plan.users {
            let draw = context.draw(Luck::Arrival, self.plan.key, user);
            let pause = self.plan.think.sample(draw);
            context.timer(pause, TIMER_USER, 0);
        }
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        context.reply(call, Reply::OK, 0);
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        if self.plan.timeout.is_some() {
            self.asks[token].sequence = 0;
            let asks = &self.asks;
            self.deadlines.end(|key, sequence| asks.get(key).is_some_and(|ask| ask.sequence == sequence));
        }
        self.answered(context, token, reply);
    }

    fn about(&self, coming: Coming) -> About {
        let Coming::Reply(token) = coming else { return About::NOTHING };
        self.asks.get(token).map_or(About::NOTHING, |ask| About { seen: ask.sequence, ..About::journey(ask.journey) })
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        match timer {
            TIMER_ARRIVAL if argument != self.schedule_number => {}
            TIMER_ARRIVAL => {
                for _ in 0..self.plan.batch {
                    self.open(context);
                }
                if context.arrivals_open() {
                    self.schedule(context);
                }
            }
            TIMER_BURST => {
                let (_, left, gap) = &mut self.plan.bursts[argument as usize];
                let at_once = if *gap == 0 { *left } else { 1.min(*left) };
                *left -= at_once;
                let again = (*left > 0).then_some(*gap);
                for _ in 0..at_once {
                    self.open(context);
                }
                if let Some(gap) = again {
                    context.timer(gap, TIMER_BURST, argument);
                }
            }
            TIMER_USER => self.open(context),
            TIMER_RETRY => {
                let ask = self.asks[argument];
                let category = if ask.throttled { Category::Throttle } else { Category::BackOff };
                let path = context.lap(ask.journey, ask.path, category);
                self.asks[argument].path = path;
                self.attempt(context, argument);
            }
            _ => self.deadline(context),
        }
    }

    /// Another rate holds at once: the arrival that was to come next comes sooner or later, or not before the rate is above
    /// zero again.
    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        let now = context.now();
        if key == "rate"
            && let Some(arrivals) = &mut self.plan.arrivals
        {
            let next = arrivals.set_rate(now, value);
            self.schedule_number = self.schedule_number.wrapping_add(1);
            if let Some(at) = next {
                context.timer(at.saturating_sub(now), TIMER_ARRIVAL, self.schedule_number);
            }
        }
    }
}
