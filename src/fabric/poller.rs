//! The poll integration model: consumer-side pollers fetch batches, invoke synchronously and report outcomes back.
//!
//! A poller long-polls the queue, gathers a batch (records, bytes, window), invokes the function and waits for its answer,
//! deletes what succeeded, and polls again. Parked receives cost no events; the queue bills their empty answers arithmetically.
//! How many pollers run, how fast that number grows and what is done after errors are policy values that the room
//! which owns the mapping supplies.

use crate::kernel::{Lineage, SECOND, Sampler, Slab, Time};

use super::Service;
use super::batch::{Batch, Record};
use super::call::{CallId, Class, NONE, Operation, PartyId, Reply, Request};
use super::content::{ContentId, MemoId};
use super::context::{Context, Luck};
use super::journey::JourneyRef;
use super::metric::{CounterId, LevelId};
use super::path::{Category, PathId};
use super::pattern::Pattern;

/// The numbers of a mapping.
#[derive(Clone, Debug)]
pub struct Policy {
    pub queue: PartyId,
    pub function: PartyId,
    /// Call site of the invocation: pollers invoke without the latency of a public front end.
    pub invoke_site: u32,
    /// Call sites of receives for 1 to 10 messages that stay parked until a message comes.
    pub receive_sites: Vec<u32>,
    /// Call site of receives that give up after the longest wait, while a batch is gathered.
    pub gather_sites: Vec<u32>,
    pub batch_size: u32,
    pub window: Time,
    /// Bytes that close a batch.
    pub batch_bytes: u64,
    /// Pollers at the start, at most, and added per second while all are busy.
    pub pollers_start: u32,
    pub pollers_maximum: u32,
    pub pollers_per_second: f64,
    /// How often the number of pollers is reconsidered.
    pub evaluation: Time,
    /// Whether failed invocations reduce the number of pollers; throttled ones always do.
    pub backs_off: bool,
    /// The number is reduced when more than this share of an evaluation's invocations was in vain, to this share of it.
    pub reduces_above: f64,
    pub reduces_to: f64,
    /// Pause after a receive that failed.
    pub pause_after_error: Time,
    /// Wait before a throttled invocation is tried again.
    pub throttle_wait: Sampler,
    /// After this long the messages of a throttled batch are given up: they become visible again.
    pub visibility_timeout: Time,
    /// Records that match no filter are deleted without an invocation; empty takes all.
    pub filters: Vec<(MemoId, Pattern)>,
}

/// What a mapping reports.
#[derive(Clone, Copy, Debug)]
pub struct Probes {
    pub pollers: LevelId,
    pub received: CounterId,
    /// Records of batches that are gathered or being worked on.
    pub held: LevelId,
    pub batches: CounterId,
    pub records: CounterId,
    pub filtered: CounterId,
    pub throttled: CounterId,
    pub failed_batches: CounterId,
    pub failed_records: CounterId,
    pub given_up: CounterId,
}

/// One poller.
#[derive(Clone, Debug)]
struct Poller {
    state: State,
    records: Vec<Record>,
    /// When the window that the first record opened ends.
    closes_at: Time,
    tries: u32,
    batch: u32,
    /// When the first record of the batch was received.
    first_at: Time,
    /// When it asked the queue last.
    asked_at: Time,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Receiving(CallId),
    Invoking,
    Waiting,
}

/// The pollers of one event source mapping.
#[derive(Debug)]
pub struct Pollers {
    policy: Policy,
    probes: Probes,
    pollers: Slab<Poller>,
    /// Pollers that ought to run; those above it stop when they are done.
    wanted: u32,
    /// Fraction of a poller that growth has earned.
    earned: f64,
    evaluating: bool,
    /// Since the last evaluation: invocations that failed, that were throttled, and that ended otherwise or failed.
    failed: u32,
    throttled: u32,
    ended: u32,
    invoked: u64,
}

const TIMER_EVALUATE: u16 = 0;
const TIMER_RETRY: u16 = 1;
const TIMER_ASK: u16 = 2;
/// A receive that has taken so long waits for messages; the queue's own answer takes less.
const IDLE_AFTER: Time = SECOND / 10;
/// Tokens of deletes, which nobody waits for.
const TOKEN_DELETE: u32 = NONE;

impl Pollers {
    /// Pollers that have not started.
    pub fn new(policy: Policy, probes: Probes) -> Self {
        let wanted = policy.pollers_start;
        Self {
            policy,
            probes,
            pollers: Slab::default(),
            wanted,
            earned: 0.0,
            evaluating: false,
            failed: 0,
            throttled: 0,
            ended: 0,
            invoked: 0,
        }
    }

    fn open(&mut self, context: &mut Context) {
        context.raise(self.probes.pollers, 1);
        let index = self.pollers.insert(Poller {
            state: State::Waiting,
            records: Vec::new(),
            closes_at: 0,
            tries: 0,
            batch: NONE,
            first_at: 0,
            asked_at: 0,
        });
        self.receive(context, index);
    }

    fn receive(&mut self, context: &mut Context, index: u32) {
        if self.pollers.len() as u32 > self.wanted && self.pollers[index].records.is_empty() {
            self.pollers.remove(index);
            context.lower(self.probes.pollers, 1);
            return;
        }
        let room = (self.policy.batch_size as usize).saturating_sub(self.pollers[index].records.len()).clamp(1, 10);
        let sites = if self.pollers[index].records.is_empty() { &self.policy.receive_sites } else { &self.policy.gather_sites };
        let request = Request { site: sites[room - 1], ..Request::background(Operation::ReceiveMessage) };
        let call = context.call(self.policy.queue, request, index);
        self.pollers[index].state = State::Receiving(call);
        self.pollers[index].asked_at = context.now();
        self.evaluate_soon(context);
    }

    /// Arms the evaluation while there is something to decide: all pollers are busy, or more run than at rest.
    fn evaluate_soon(&mut self, context: &mut Context) {
        if !self.evaluating {
            self.evaluating = true;
            context.timer(self.policy.evaluation, TIMER_EVALUATE, 0);
        }
    }

    fn evaluate(&mut self, context: &mut Context) {
        self.evaluating = false;
        // Of many pollers, some are always on the way to the queue and back: idle are those that wait there.
        let now = context.now();
        let idle = |poller: &Poller| matches!(poller.state, State::Receiving(_)) && now - poller.asked_at >= IDLE_AFTER;
        let busy = self.pollers.iter().filter(|(_, poller)| !idle(poller)).count() as u32;
        let running = self.pollers.len() as u32;
        let start = self.policy.pollers_start;
        if self.is_in_trouble() {
            self.wanted = ((f64::from(self.wanted) * self.policy.reduces_to) as u32).max(1);
            self.earned = 0.0;
        } else if busy >= running && running >= self.wanted && self.wanted < self.policy.pollers_maximum {
            self.earned += self.policy.pollers_per_second * (self.policy.evaluation as f64 / SECOND as f64);
            let more = self.earned as u32;
            self.earned -= f64::from(more);
            self.wanted = (self.wanted + more).min(self.policy.pollers_maximum);
        } else if self.wanted < start {
            self.wanted = start;
        } else if busy * 2 < running && self.wanted > start {
            self.wanted = (running - (running - busy) / 2).max(start);
        }
        (self.failed, self.throttled, self.ended) = (0, 0, 0);
        while (self.pollers.len() as u32) < self.wanted {
            self.open(context);
        }
        self.close_parked(context);
        // At rest - as many pollers as at the start, one of them parked - nothing needs deciding until work comes.
        let resting = busy == 0 && self.wanted == start && self.pollers.len() as u32 == start;
        if !resting {
            self.evaluate_soon(context);
        }
    }

    /// Whether too many of the invocations since the last evaluation were in vain.
    fn is_in_trouble(&self) -> bool {
        let failed = if self.policy.backs_off { self.failed } else { 0 };
        let (vain, all) = (failed + self.throttled, self.ended + self.throttled);
        f64::from(vain) > f64::from(all) * self.policy.reduces_above
    }

    fn close_parked(&mut self, context: &mut Context) {
        let surplus = (self.pollers.len() as u32).saturating_sub(self.wanted) as usize;
        let parked: Vec<(u32, CallId)> = self
            .pollers
            .iter()
            .filter_map(|(index, poller)| match poller.state {
                // An answer on its way carries messages, which nobody would handle: that poller stops when it is done.
                State::Receiving(call) if poller.records.is_empty() && !context.get(call).answered => Some((index, call)),
                _ => None,
            })
            .take(surplus)
            .collect();
        for (index, call) in parked {
            context.abandon(call);
            self.pollers.remove(index);
            context.lower(self.probes.pollers, 1);
        }
    }

    fn received(&mut self, context: &mut Context, index: u32, reply: Reply) {
        let now = context.now();
        if !reply.outcome.is_ok() {
            self.pollers[index].state = State::Waiting;
            context.timer(self.policy.pause_after_error, TIMER_ASK, index);
            return;
        }
        if reply.batch != NONE {
            let batch = context.close_batch(reply.batch);
            context.count(self.probes.received, batch.records.len() as u64);
            let mut records = batch.records;
            self.filter(context, &mut records);
            context.raise(self.probes.held, records.len() as u64);
            let poller = &mut self.pollers[index];
            if poller.records.is_empty() {
                poller.closes_at = now + self.policy.window;
                poller.first_at = now;
            }
            poller.records.extend_from_slice(&records);
            context.recycle(records);
        }
        self.go_on(context, index);
    }

    /// Invokes the function once the batch is full or its window over; until then, asks for more.
    fn go_on(&mut self, context: &mut Context, index: u32) {
        let now = context.now();
        let poller = &self.pollers[index];
        let bytes: u64 = poller.records.iter().map(|record| u64::from(record.size)).sum();
        let full = poller.records.len() as u32 >= self.policy.batch_size || bytes >= self.policy.batch_bytes;
        if poller.records.is_empty() || !(full || now >= poller.closes_at) {
            self.receive(context, index);
            return;
        }
        let fits = fitting(&self.pollers[index].records, self.policy.batch_bytes);
        let mut records = context.spare_records();
        for mut record in self.pollers[index].records.drain(..fits) {
            record.path = context.lap(record.journey, record.path, Category::BatchWait);
            records.push(record);
        }
        self.pollers[index].batch = context.open_batch(Batch::of(records));
        self.pollers[index].tries = 0;
        self.invoke(context, index);
    }

    /// Deletes what no filter takes and keeps the rest.
    fn filter(&mut self, context: &mut Context, records: &mut Vec<Record>) {
        if self.policy.filters.is_empty() {
            return;
        }
        let mut dropped = context.spare_records();
        let contents = &mut context.world.contents;
        records.retain(|record| {
            let takes = |(memo, pattern): &(MemoId, Pattern)| {
                let matches = |value: &_| u32::from(pattern.matches(&serde_json::json!({ "body": value })));
                contents.evaluate(*memo, record.content, matches) == 1
            };
            let kept = self.policy.filters.iter().any(takes);
            if !kept {
                dropped.push(*record);
            }
            kept
        });
        if !dropped.is_empty() {
            context.count(self.probes.filtered, dropped.len() as u64);
            self.delete(context, &dropped);
        }
        context.recycle(dropped);
    }

    fn delete(&mut self, context: &mut Context, records: &[Record]) {
        let journey = records.first().map_or(JourneyRef::NONE, |record| record.journey);
        for chunk in records.chunks(10) {
            let mut records = context.spare_records();
            records.extend_from_slice(chunk);
            let batch = context.open_batch(Batch::of(records));
            let request = Request { journey, batch, ..Request::background(Operation::DeleteMessage) };
            context.call(self.policy.queue, request, TOKEN_DELETE);
        }
    }

    fn invoke(&mut self, context: &mut Context, index: u32) {
        let batch = self.pollers[index].batch;
        self.pollers[index].state = State::Invoking;
        self.invoked += 1;
        let first = context.batch(batch).records[0];
        let size = context.batch(batch).size();
        let repeat = self.pollers[index].tries > 0 || context.batch(batch).records.iter().all(|record| record.repeat);
        let request = Request {
            operation: Operation::Invoke,
            journey: JourneyRef::NONE,
            lineage: Lineage::root().extend(self.invoked),
            content: ContentId::EMPTY,
            size: size as u32,
            path: PathId::NONE,
            batch,
            site: self.policy.invoke_site,
            repeat,
        };
        debug_assert!(first.receives > 0, "a record that was never received");
        context.call(self.policy.function, request, index);
    }

    fn invoked(&mut self, context: &mut Context, index: u32, reply: Reply) {
        match reply.outcome.class {
            Class::Throttled | Class::Unavailable => return self.throttled(context, index),
            _ => {}
        }
        let mut records = self.take_batch(context, index);
        self.ended += 1;
        if reply.outcome.is_ok() {
            context.count(self.probes.batches, 1);
            context.count(self.probes.records, records.len() as u64);
            records.retain(|record| !record.failed);
            self.delete(context, &records);
        } else {
            // One failed record is enough where the function does not report records: it throws.
            self.failed += 1;
            context.count(self.probes.failed_batches, 1);
            context.count(self.probes.failed_records, records.len() as u64);
        }
        context.recycle(records);
        self.go_on(context, index);
    }

    fn take_batch(&mut self, context: &mut Context, index: u32) -> Vec<Record> {
        let batch = self.pollers[index].batch;
        self.pollers[index].batch = NONE;
        let records = context.close_batch(batch).records;
        context.lower(self.probes.held, records.len() as u64);
        records
    }

    /// A throttled batch is tried again until its messages' visibility time-out has passed; then they are given up, and
    /// each of them has used up one receive.
    fn throttled(&mut self, context: &mut Context, index: u32) {
        context.count(self.probes.throttled, 1);
        self.throttled += 1;
        let poller = &mut self.pollers[index];
        poller.tries += 1;
        poller.state = State::Waiting;
        let (tries, first_at) = (poller.tries, poller.first_at);
        let draw = context.draw(Luck::Jitter, self.invoked, u64::from(tries) << 32 | u64::from(index));
        let wait = context.sample(&self.policy.throttle_wait, draw);
        if context.now() + wait >= first_at + self.policy.visibility_timeout {
            let records = self.take_batch(context, index);
            context.count(self.probes.given_up, records.len() as u64);
            context.recycle(records);
            self.go_on(context, index);
            return;
        }
        context.timer(wait, TIMER_RETRY, index);
    }
}

/// How many of the records make a batch of at most so many bytes; one always does.
fn fitting(records: &[Record], bytes_max: u64) -> usize {
    let mut bytes = 0;
    let fits = records.iter().take_while(|record| {
        bytes += u64::from(record.size);
        bytes <= bytes_max
    });
    fits.count().max(1)
}

impl Service for Pollers {
    fn start(&mut self, context: &mut Context) {
        for _ in 0..self.wanted {
            self.open(context);
        }
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        // Nobody calls pollers; answering keeps the accounting whole if somebody did.
        context.reply(call, Reply::OK, 0);
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        if token == TOKEN_DELETE {
            return;
        }
        match self.pollers[token].state {
            State::Receiving(_) => self.received(context, token, reply),
            State::Invoking => self.invoked(context, token, reply),
            State::Waiting => unreachable!("a waiting poller has no call under way"),
        }
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        match timer {
            TIMER_EVALUATE => self.evaluate(context),
            TIMER_ASK => self.go_on(context, argument),
            _ => {
                let batch = self.pollers[argument].batch;
                for position in 0..context.batch(batch).records.len() {
                    let record = context.batch(batch).records[position];
                    let path = context.lap(record.journey, record.path, Category::Throttle);
                    context.batch_mut(batch).records[position].path = path;
                }
                self.invoke(context, argument);
            }
        }
    }
}
