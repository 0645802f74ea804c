use crate::fabric::context::is_none;
use crate::fabric::program::{Finished, Host, Payload, Seed};
use crate::fabric::{
    About, Batch, CallId, Class, Coming, ContentId, Context, JourneyRef, Luck, NONE, Operation, PathId, Record, Reply, Request,
    Service, call::ErrorId, errors,
};
use crate::kernel::{Lineage, MILLISECOND, SECOND, Time};

use super::state::{Consumer, NOTHING, State, Workers};

/// A worker asks again; the machine's own timers come before it.
const TIMER_POLL: u16 = 2;
/// Tokens of the workers' own calls; those of the machine's are frames, far below.
const TOKEN_RECEIVE: u32 = 1 << 31;
const TOKEN_DELETE: u32 = 1 << 30;
/// An empty answer that took no time at all is followed by a pause of at least this: a loop without time would never end.
const PAUSE_MIN: Time = MILLISECOND;
/// While the timeline keeps the consumer down, its workers look this often whether that is over.
const DOWN_RECHECK: Time = SECOND;

impl Service for Consumer {
    fn start(&mut self, context: &mut Context) {
        for worker in 0..self.workers.wanted as u32 {
            // Workers that pause between polls did not all start at the same instant.
            let phase = context.draw(Luck::Spread, u64::from(worker), 0).below(self.workers.plan.poll_interval);
            self.workers.workers[worker as usize].state = State::Pausing;
            context.timer(phase, TIMER_POLL, worker);
        }
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        // Nobody calls a consumer; answering keeps the accounting whole if somebody did.
        context.reply(call, Reply::OK, 0);
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        if token & TOKEN_RECEIVE != 0 {
            self.received(context, token & !TOKEN_RECEIVE, reply);
        } else if token & TOKEN_DELETE != 0 {
            self.close(context, token & !TOKEN_DELETE);
        } else {
            self.machine.reply(context, &mut self.workers, token, reply);
            self.take_finished(context);
        }
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        if timer == TIMER_POLL {
            self.workers.receive(context, argument);
        } else {
            self.machine.timer(context, &mut self.workers, timer, argument);
            self.take_finished(context);
        }
    }

    fn about(&self, coming: Coming) -> About {
        match coming {
            Coming::Timer(TIMER_POLL, _) => About::NOTHING,
            Coming::Timer(timer, argument) => self.machine.about_timer(&self.workers, timer, argument),
            Coming::Reply(token) if token & TOKEN_RECEIVE != 0 => About::NOTHING,
            Coming::Reply(token) if token & TOKEN_DELETE != 0 => About::batch(self.workers.batch(token & !TOKEN_DELETE)),
            Coming::Reply(token) => self.machine.about(&self.workers, token),
        }
    }

    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        if key == "workers" {
            self.workers.resize(context, value.clamp(0.0, super::WORKERS_MAX as f64) as usize);
        }
    }
}

impl Consumer {
    /// Scalars that the timeline may set.
    pub const SETTABLE: &'static [&'static str] = &["workers"];

    fn received(&mut self, context: &mut Context, worker: u32, reply: Reply) {
        let workers = &mut self.workers;
        if !reply.outcome.is_ok() {
            return workers.refused(context, worker, reply.outcome.class);
        }
        workers.workers[worker as usize].refused = 0;
        if is_none(reply.batch) {
            context.count(workers.probes.empty, 1);
            return workers.pause(context, worker);
        }
        if is_down(context) {
            // The messages reached nobody; they come back after their visibility time-out.
            let batch = context.close_batch(reply.batch);
            context.recycle(batch.records);
            return workers.pause(context, worker);
        }
        workers.open(context, worker, reply.batch);
        let lineage = Lineage::root().extend(workers.receives);
        let seed = Seed { journey: JourneyRef::NONE, lineage, payload: NOTHING, path: PathId::NONE, repeat: false };
        self.machine.start(context, &mut self.workers, worker, seed);
        self.take_finished(context);
    }

    fn take_finished(&mut self, context: &mut Context) {
        while let Some(Finished { activation, error, .. }) = self.machine.take_finished() {
            let deletes = self.workers.worked(context, activation, error);
            if !deletes {
                self.close(context, activation);
            }
        }
    }

    /// A batch is done with: its journeys are no longer held by the worker, which asks for more.
    fn close(&mut self, context: &mut Context, worker: u32) {
        let workers = &mut self.workers;
        let batch = context.close_batch(workers.workers[worker as usize].batch);
        context.read_journeys(&batch.records);
        for record in &batch.records {
            context.release(record.journey);
        }
        context.recycle(batch.records);
        let entry = &mut workers.workers[worker as usize];
        entry.batch = NONE;
        context.lower(workers.probes.busy, 1);
        context.time(workers.probes.batch_time, context.now() - entry.started_at);
        workers.receive(context, worker);
    }
}

impl Workers {
    /// Asks the queue for messages, unless the worker ought to stop.
    fn receive(&mut self, context: &mut Context, worker: u32) {
        let down = is_down(context);
        let entry = &mut self.workers[worker as usize];
        if worker as usize >= self.wanted {
            entry.state = State::Stopped;
            return;
        }
        if down {
            entry.state = State::Pausing;
            context.timer(DOWN_RECHECK, TIMER_POLL, worker);
            return;
        }
        self.receives += 1;
        entry.started_at = context.now();
        let request = Request {
            site: self.plan.receive_site,
            lineage: Lineage::root().extend(self.receives),
            ..Request::background(Operation::ReceiveMessage)
        };
        entry.state = State::Receiving(context.call(self.plan.queue, request, TOKEN_RECEIVE | worker));
    }

    fn refused(&mut self, context: &mut Context, worker: u32, class: Class) {
        context.count(self.probes.refused, 1);
        let entry = &mut self.workers[worker as usize];
        entry.state = State::Pausing;
        entry.refused += 1;
        let draw = context.draw(Luck::Jitter, self.receives, u64::from(worker));
        let wait = self.plan.retry.wait(class, entry.refused - 1, draw);
        context.timer(wait.max(self.plan.poll_interval).max(PAUSE_MIN), TIMER_POLL, worker);
    }

    fn pause(&mut self, context: &mut Context, worker: u32) {
        let entry = &mut self.workers[worker as usize];
        entry.state = State::Pausing;
        let least = if context.now() == entry.started_at { PAUSE_MIN } else { 0 };
        context.timer(self.plan.poll_interval.max(least), TIMER_POLL, worker);
    }

    fn open(&mut self, context: &mut Context, worker: u32, batch: u32) {
        context.read_journeys(&context.batch(batch).records);
        for position in 0..context.batch(batch).records.len() {
            let record = context.batch(batch).records[position];
            // The work counts as an open share: the message may expire or be dead-lettered while somebody works on it.
            context.hold(record.journey);
            context.count(self.probes.repeated, u64::from(record.receives > 1));
        }
        let entry = &mut self.workers[worker as usize];
        entry.batch = batch;
        entry.state = State::Working;
        entry.started_at = context.now();
        context.raise(self.probes.busy, 1);
    }

    /// The steps ended; deletes what was done. Answers whether a delete is under way.
    fn worked(&mut self, context: &mut Context, worker: u32, error: ErrorId) -> bool {
        let worked = self.workers[worker as usize].batch;
        let is_done = |record: &&Record| error == errors::NONE && !record.failed;
        let records = &context.batch(worked).records;
        let (all, done) = (records.len(), records.iter().filter(is_done).count());
        let first = records.iter().find(is_done).map(|record| record.journey);
        context.count(self.probes.batches, 1);
        context.count(self.probes.records, done as u64);
        context.count(self.probes.failed, (all - done) as u64);
        // An error outside of a loop over the messages is the whole batch's.
        let Some(journey) = first.filter(|_| self.plan.deletes) else { return false };
        let batch = if done == all {
            context.batch_mut(worked).kept = true;
            worked
        } else {
            let mut records = context.spare_records();
            records.extend(context.batch(worked).records.iter().filter(is_done));
            context.open_batch(Batch::of(records))
        };
        let lineage = Lineage::root().extend(self.receives);
        let request = Request { batch, journey, lineage, ..Request::background(Operation::DeleteMessage) };
        context.call(self.plan.queue, request, TOKEN_DELETE | worker);
        self.workers[worker as usize].state = State::Deleting;
        true
    }

    /// The timeline wants another number of workers: those too many stop when they are done.
    fn resize(&mut self, context: &mut Context, wanted: usize) {
        self.wanted = wanted;
        while self.workers.len() < wanted {
            self.workers.push(super::idle());
        }
        for worker in 0..self.workers.len() {
            match self.workers[worker].state {
                State::Stopped if worker < wanted => self.receive(context, worker as u32),
                State::Receiving(call) if worker >= wanted => {
                    context.abandon(call);
                    self.workers[worker].state = State::Stopped;
                }
                _ => {}
            }
        }
    }
}

/// Whether the timeline keeps the consumer down.
fn is_down(context: &Context) -> bool {
    context.world.conditions[context.service() as usize].down
}

impl Host for Workers {
    fn branch(
        &mut self,
        context: &mut Context,
        _activation: u32,
        branch: u32,
        payload: Payload,
        answer: ContentId,
    ) -> Result<(u32, Payload), ErrorId> {
        Ok((self.transforms.branch(context, branch, payload, answer), payload))
    }

    fn transform(
        &mut self,
        context: &mut Context,
        _activation: u32,
        transform: u32,
        payload: Payload,
    ) -> Result<Payload, ErrorId> {
        self.transforms.apply(context, transform, payload)
    }

    fn record(&mut self, context: &mut Context, activation: u32, record: u32, error: Option<ErrorId>) {
        let batch = self.workers[activation as usize].batch;
        context.batch_mut(batch).records[record as usize].failed = error.is_some();
    }

    fn batch(&self, activation: u32) -> u32 {
        self.workers[activation as usize].batch
    }

    fn take_tokens(&mut self, _activation: u32, cost: u32) -> bool {
        let affordable = self.tokens >= cost;
        if affordable {
            self.tokens -= cost;
        }
        affordable
    }

    fn refund_tokens(&mut self, _activation: u32, spent: u32) {
        self.tokens = (self.tokens + spent.max(1)).min(super::RETRY_TOKENS);
    }
}
