//! The event integration model: the owner of a hand-over accepts, queues, retries, ages out and dead-letters.
//!
//! Lambda's asynchronous queue, an SNS subscription, an EventBridge target and a destination are all this, with other
//! numbers; the room that owns the hand-over supplies them as a [`Policy`].

use crate::kernel::{Lineage, Sampler, Slab, Time};

use super::Service;
use super::balance::LawId;
use super::call::{CallId, Class, NONE, Operation, PartyId, Reply, Request};
use super::content::ContentId;
use super::context::{Context, Luck};
use super::journey::{JourneyRef, marks};
use super::limit::LimiterId;
use super::metric::{CounterId, LevelId, TimingId};
use super::path::{Category, PathId};
use super::retry::Schedule;

/// Where something is delivered, and by which operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    pub party: PartyId,
    pub operation: Operation,
    /// Call-site parameters of the delivery.
    pub site: u32,
}

/// The numbers of a hand-over.
#[derive(Clone, Debug)]
pub struct Policy {
    pub target: Destination,
    /// From the hand-over until its acceptance reaches the producer.
    pub acceptance: Sampler,
    /// From the hand-over until the first attempt.
    pub delivery: Sampler,
    /// After the work failed ([`Class::Failed`]).
    pub after_failure: Schedule,
    /// After a throttle or a failure of the service: not counted against `after_failure`.
    pub after_throttle: Schedule,
    pub maximum_age: Time,
    /// Where what cannot be delivered goes; without it, it is discarded.
    pub on_failure: Option<Destination>,
    pub on_success: Option<Destination>,
    /// A quota that delays deliveries.
    pub delivery_quota: Option<LimiterId>,
}

/// What a hand-over reports.
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    pub waiting: LevelId,
    pub accepted: CounterId,
    pub attempts: CounterId,
    pub retries: CounterId,
    pub delivered: CounterId,
    pub dead_lettered: CounterId,
    pub discarded: CounterId,
    pub expired: CounterId,
    /// What a dead-letter queue or destination has refused: it is lost.
    pub destination_failures: CounterId,
    pub age: TimingId,
    /// Time from acceptance to the end.
    pub time: LawId,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    journey: JourneyRef,
    lineage: Lineage,
    accepted_at: Time,
    content: ContentId,
    size: u32,
    path: PathId,
    failures: u32,
    throttles: u32,
    /// What was handed over had been tried before.
    repeat: bool,
    /// Why the entry waits at the moment.
    waiting: Category,
}

/// A hand-over at work.
#[derive(Debug)]
pub struct HandOver {
    policy: Policy,
    probes: Probes,
    entries: Slab<Entry>,
    /// Accepted so far; keys the draws of entries that belong to no journey.
    accepted: u64,
}

const TIMER_ATTEMPT: u16 = 0;
/// Tokens of calls that need no answer: deliveries to destinations.
const TOKEN_DESTINATION: u32 = NONE;

impl HandOver {
    /// A hand-over that has accepted nothing yet.
    pub fn new(policy: Policy, probes: Probes) -> Self {
        Self { policy, probes, entries: Slab::default(), accepted: 0 }
    }

    fn attempt(&mut self, context: &mut Context, index: u32) {
        let entry = self.entries[index];
        let age = context.now() - entry.accepted_at;
        let path = context.lap(entry.journey, entry.path, entry.waiting);
        self.entries[index].path = path;
        if age >= self.policy.maximum_age {
            self.give_up(context, index, true);
            return;
        }
        context.time(self.probes.age, age);
        context.count(self.probes.attempts, 1);
        let target = self.policy.target;
        let request = Request {
            operation: target.operation,
            journey: entry.journey,
            lineage: entry.lineage.extend(u64::from(entry.failures) << 32 | u64::from(entry.throttles)),
            content: entry.content,
            size: entry.size,
            path,
            batch: NONE,
            site: target.site,
            repeat: entry.repeat || entry.failures + entry.throttles > 0,
        };
        context.call(target.party, request, index);
    }

    fn retry(&mut self, context: &mut Context, index: u32, class: Class) {
        let entry = &mut self.entries[index];
        let (schedule, tries, category) = if class == Class::Failed {
            entry.failures += 1;
            (&self.policy.after_failure, entry.failures, Category::BackOff)
        } else {
            entry.throttles += 1;
            (&self.policy.after_throttle, entry.throttles, Category::Throttle)
        };
        entry.waiting = category;
        let (journey, lineage) = (entry.journey, entry.lineage);
        let draw = context.draw(Luck::Jitter, context.journey_key(journey), lineage.extend(u64::from(tries)).0);
        match schedule.wait(tries - 1, draw) {
            Some(wait) => {
                context.count(self.probes.retries, 1);
                context.timer(wait, TIMER_ATTEMPT, index);
            }
            None => self.give_up(context, index, false),
        }
    }

    /// An event is done with, one way or the other.
    fn leave(&mut self, context: &mut Context, index: u32) -> Entry {
        let entry = self.entries.remove(index);
        context.lower(self.probes.waiting, 1);
        context.spend(self.probes.time, context.now() - entry.accepted_at);
        entry
    }

    /// Nothing more will be tried: dead-letter, or discard.
    fn give_up(&mut self, context: &mut Context, index: u32, expired: bool) {
        let entry = self.leave(context, index);
        if expired {
            context.count(self.probes.expired, 1);
            context.mark(entry.journey, marks::EXPIRED, entry.path);
        }
        if let Some(destination) = self.policy.on_failure {
            context.count(self.probes.dead_lettered, 1);
            context.mark(entry.journey, marks::DEAD_LETTERED, entry.path);
            deliver(context, destination, &entry);
        } else {
            context.count(self.probes.discarded, 1);
            context.mark(entry.journey, marks::DISCARDED, entry.path);
        }
        context.release(entry.journey);
    }
}

fn deliver(context: &mut Context, destination: Destination, entry: &Entry) {
    let request = Request {
        operation: destination.operation,
        journey: entry.journey,
        lineage: entry.lineage.extend(u64::MAX),
        content: entry.content,
        size: entry.size,
        path: entry.path,
        batch: NONE,
        site: destination.site,
        repeat: entry.repeat,
    };
    context.call(destination.party, request, TOKEN_DESTINATION);
}

impl Service for HandOver {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let taken = *context.get(call);
        context.hold(taken.journey);
        context.raise(self.probes.waiting, 1);
        context.count(self.probes.accepted, 1);
        self.accepted += 1;
        // Work without a journey needs a lineage of its own, or all of it would share one luck.
        let lineage = if taken.journey.is_some() { taken.lineage } else { taken.lineage.extend(self.accepted) };
        let index = self.entries.insert(Entry {
            journey: taken.journey,
            lineage,
            accepted_at: context.now(),
            content: taken.content,
            size: taken.size,
            path: taken.path,
            failures: 0,
            throttles: 0,
            repeat: taken.repeat,
            waiting: Category::Service,
        });
        let key = context.journey_key(taken.journey);
        let lineage = lineage.extend(u64::from(taken.site));
        let accept_after = context.sample(&self.policy.acceptance, context.draw(Luck::Latency, key, lineage.0));
        context.reply(call, Reply::OK, accept_after);
        let mut wait = context.sample(&self.policy.delivery, context.draw(Luck::Delivery, key, lineage.0));
        if let Some(quota) = self.policy.delivery_quota {
            let queued = context.queue_at(quota, 1);
            if queued > wait {
                wait = queued;
                self.entries[index].waiting = Category::Throttle;
            }
        }
        context.timer(wait, TIMER_ATTEMPT, index);
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        if token == TOKEN_DESTINATION {
            context.count(self.probes.destination_failures, u64::from(!reply.outcome.is_ok()));
            return;
        }
        self.entries[token].path = reply.path;
        match reply.outcome.class {
            Class::Accepted => {
                let entry = self.leave(context, token);
                context.count(self.probes.delivered, 1);
                if let Some(destination) = self.policy.on_success {
                    deliver(context, destination, &entry);
                }
                context.release(entry.journey);
            }
            Class::Rejected => self.give_up(context, token, false),
            class => self.retry(context, token, class),
        }
    }

    fn timer(&mut self, context: &mut Context, _timer: u16, argument: u32) {
        self.attempt(context, argument);
    }
}
