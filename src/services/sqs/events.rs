use crate::fabric::context::is_none;
use crate::fabric::{
    About, Call, CallId, Category, Class, Coming, Context, JourneyRef, Luck, Operation, Parameters, Record, Reply, Service,
    errors, marks,
};
use crate::kernel::{Draw, SECOND, Time};

use super::VISIBILITY_MAX;
use super::state::{Message, Queue, Single, State, Tags};

/// A message can be seen: its way through the service, or its delay, is over.
pub(super) const TIMER_VISIBLE: u16 = 0;
/// The earliest visibility time-out.
const TIMER_VISIBILITY: u16 = 1;
/// The visibility of one message, which was changed.
const TIMER_CHANGED: u16 = 2;
/// The earliest end of a message's retention.
pub(super) const TIMER_RETENTION: u16 = 3;
/// The end of the retention of one message, which was sent before it came here.
const TIMER_RETENTION_OF: u16 = 4;
/// The end of a long poll.
pub(super) const TIMER_POLL: u16 = 5;
/// Look at the waiting receivers again.
pub(super) const TIMER_WAKE: u16 = 6;
/// Observe the age of the oldest message.
pub(super) const TIMER_SAMPLE: u16 = 7;

impl Service for Queue {
    fn start(&mut self, context: &mut Context) {
        self.fill(context);
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        self.handled += 1;
        match context.get(call).operation {
            Operation::SendMessage => self.send(context, call),
            Operation::DeadLetter => self.keep_dead_letter(context, call),
            Operation::ReceiveMessage => self.receive(context, call),
            Operation::DeleteMessage => self.delete(context, call),
            Operation::ChangeMessageVisibility => self.change_visibility(context, call),
            _ => unreachable!("a queue is asked only for what it declared"),
        }
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        self.moved(context, token, reply);
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        match timer {
            TIMER_VISIBLE => self.arrived(context, argument),
            TIMER_VISIBILITY => self.visibility_due(context),
            TIMER_CHANGED => self.changed_due(context, argument),
            TIMER_RETENTION => self.retention_due(context),
            TIMER_RETENTION_OF => {
                let Single { entry, stamp } = self.singles.remove(argument);
                self.expire(context, entry, stamp);
            }
            TIMER_POLL => self.poll_due(context, argument),
            TIMER_WAKE => {
                self.waiting.rechecking = false;
                self.wake(context);
            }
            _ => self.sample_age(context),
        }
    }

    fn about(&self, coming: Coming) -> About {
        let Coming::Timer(TIMER_VISIBLE, entry) = coming else { return About::NOTHING };
        let found = self.messages.get(entry);
        found.map_or(About::NOTHING, |message| About { seen: message.receipt, ..About::journey(message.journey) })
    }

    fn set(&mut self, _context: &mut Context, key: &str, value: f64) {
        let time = (value.max(0.0) * SECOND as f64) as Time;
        match key {
            "visibility_timeout" => self.plan.visibility_timeout = time.min(VISIBILITY_MAX),
            "delay" => self.plan.delay = time.min(super::DELAY_MAX),
            _ => {}
        }
    }

    fn finish(&mut self, context: &mut Context) {
        self.bill_parked(context);
    }
}

impl Queue {
    /// Scalars that the timeline may set.
    pub const SETTABLE: &'static [&'static str] = &["visibility_timeout", "delay"];

    pub(super) fn next_stamp(&mut self) -> u32 {
        self.stamp = self.stamp.wrapping_add(1);
        self.stamp
    }

    /// The key of a call's draws; calls of no journey are told apart by their number.
    fn luck_key(&self, context: &mut Context, call: CallId) -> (u64, u64) {
        let (a, b) = context.luck_key(call);
        (a, if context.get(call).journey.is_some() { b } else { self.handled })
    }

    /// The draw of a call for `luck`.
    pub(super) fn luck(&self, context: &mut Context, call: CallId, luck: Luck) -> Draw {
        let (a, b) = self.luck_key(context, call);
        context.draw(luck, a, b)
    }

    // ---- sending ----

    fn send(&mut self, context: &mut Context, call: CallId) {
        let sent = *context.get(call);
        let (a, b) = self.luck_key(context, call);
        let latency = context.sample(&self.plan.send, context.draw(Luck::Latency, a, b));
        self.usage.call(context, u64::from(sent.size), sent.journey);
        if u64::from(sent.size) > self.plan.message_bytes_max {
            context.count(self.probes.too_large, 1);
            context.reply(call, Reply::error(Class::Rejected, errors::TOO_LARGE), latency);
            return;
        }
        let delay = match context.parameters(call) {
            Parameters::Send { delay: Some(delay) } => *delay,
            _ => self.plan.delay,
        };
        context.count(self.probes.sent, 1);
        context.hold(sent.journey);
        let now = context.now();
        let shard = self.visible.place(context.draw(Luck::Partition, a, b));
        self.store(context, &sent, delay, now, (shard, true));
        context.reply(call, Reply::OK, latency);
    }

    /// A message that its owner could not deliver. Its share of the journey is closed already, so it is kept without one.
    fn keep_dead_letter(&mut self, context: &mut Context, call: CallId) {
        let letter = *context.get(call);
        if *context.parameters(call) != Parameters::Direct {
            self.usage.call(context, u64::from(letter.size), letter.journey);
        }
        let mut sent_at = context.now();
        if !is_none(letter.batch) {
            // Another queue moved it here; its clock goes on.
            let batch = context.close_batch(letter.batch);
            sent_at = batch.since;
            context.recycle(batch.records);
        }
        context.count(self.probes.dead_letters_kept, 1);
        let shard = self.visible.place(self.luck(context, call, Luck::Partition));
        self.store(context, &letter, 0, sent_at, (shard, false));
        context.reply(call, Reply::OK, 0);
    }

    /// Keeps the message that a call carries: on this server, and as an open share of its journey or not.
    fn store(&mut self, context: &mut Context, sent: &Call, delay: Time, sent_at: Time, (shard, held): (u8, bool)) {
        let now = context.now();
        let stamp = self.next_stamp();
        // Work without a journey needs a lineage of its own, or all of it would share one luck.
        let lineage = if sent.journey.is_some() { sent.lineage } else { sent.lineage.extend(self.handled) };
        let entry = self.messages.insert(Message {
            journey: sent.journey,
            lineage,
            arrived_at: now,
            content: sent.content,
            size: sent.size,
            path: sent.path,
            born: stamp,
            receipt: stamp,
            receives: 0,
            tags: Tags::new(shard, held, sent.repeat),
            state: if delay > 0 { State::Delayed } else { State::Arriving },
        });
        context.raise(if delay > 0 { self.probes.delayed } else { self.probes.moving }, 1);
        context.timer(delay.max(self.plan.visible_after), TIMER_VISIBLE, entry);
        if let Some(delay) = self.retention.set(now, entry, stamp) {
            context.timer(delay, TIMER_RETENTION, 0);
        }
        if sent_at < now {
            self.sent_before.insert(entry, sent_at);
            let left = self.plan.retention.saturating_sub(now - sent_at);
            let single = self.singles.insert(Single { entry, stamp });
            context.timer(left, TIMER_RETENTION_OF, single);
        }
        self.sample_soon(context);
    }

    fn arrived(&mut self, context: &mut Context, entry: u32) {
        let Message { journey, path, state, .. } = self.messages[entry];
        match state {
            State::Gone => {
                self.messages.remove(entry);
                return;
            }
            State::Delayed => context.lower(self.probes.delayed, 1),
            _ => context.lower(self.probes.moving, 1),
        }
        self.messages[entry].path = context.lap(journey, path, Category::Service);
        self.show(context, entry);
        self.wake(context);
    }

    /// Makes a message visible.
    pub(super) fn show(&mut self, context: &mut Context, entry: u32) {
        let receipt = self.next_stamp();
        let message = &mut self.messages[entry];
        message.state = State::Visible;
        message.receipt = receipt;
        self.visible.push(entry, receipt);
        context.raise(self.probes.visible, 1);
    }

    // ---- visibility ----

    /// Hides a message that was handed out until its visibility time-out.
    pub(super) fn hide(&mut self, context: &mut Context, entry: u32, receipt: u32) {
        if self.plan.visibility_timeout != self.visibility.delay {
            // The timeline has changed the time-out since the run began.
            self.decide_by(context, entry, receipt, self.plan.visibility_timeout);
        } else if let Some(delay) = self.visibility.set(context.now(), entry, receipt) {
            context.timer(delay, TIMER_VISIBILITY, 0);
        }
    }

    fn decide_by(&mut self, context: &mut Context, entry: u32, receipt: u32, after: Time) {
        let single = self.singles.insert(Single { entry, stamp: receipt });
        self.changed.insert(entry, single);
        context.timer(after, TIMER_CHANGED, single);
    }

    fn visibility_due(&mut self, context: &mut Context) {
        while let Some((entry, receipt)) = self.visibility.due(context.now()) {
            if !self.changed.contains_key(&entry) {
                self.reappear(context, entry, receipt);
            }
        }
        if let Some(delay) = self.visibility.rearm(context.now()) {
            context.timer(delay, TIMER_VISIBILITY, 0);
        }
        self.wake(context);
    }

    fn changed_due(&mut self, context: &mut Context, single: u32) {
        let Single { entry, stamp } = self.singles.remove(single);
        if self.changed.get(&entry) == Some(&single) {
            self.changed.remove(&entry);
            self.reappear(context, entry, stamp);
            self.wake(context);
        }
    }

    /// A visibility time-out passed: the message is visible again, unless it was dealt with.
    fn reappear(&mut self, context: &mut Context, entry: u32, receipt: u32) {
        if !self.is_in_flight(entry, receipt) {
            return;
        }
        let Message { journey, path, .. } = self.messages[entry];
        self.messages[entry].path = context.lap(journey, path, Category::BackOff);
        context.count(self.probes.redelivered, 1);
        self.land(context);
        self.show(context, entry);
    }

    fn is_in_flight(&self, entry: u32, receipt: u32) -> bool {
        self.messages.get(entry).is_some_and(|message| message.state == State::InFlight && message.receipt == receipt)
    }

    /// A message is in flight no more.
    fn land(&mut self, context: &mut Context) {
        context.lower(self.probes.in_flight, 1);
        context.give_back(self.plan.in_flight, 1);
    }

    fn change_visibility(&mut self, context: &mut Context, call: CallId) {
        let timeout = match context.parameters(call) {
            Parameters::Visibility { timeout } => *timeout,
            _ => 0,
        };
        let batch = context.get(call).batch;
        let since = if is_none(batch) { 0 } else { context.batch(batch).since };
        let records = context.take_records(call);
        let first = records.first().map_or(JourneyRef::NONE, |record| record.journey);
        self.bill_entries(context, records.len(), first);
        let draw = self.luck(context, call, Luck::Latency);
        let latency = context.sample(&self.plan.delete, draw);
        let mut reply = Reply::OK;
        for record in &records {
            if context.now() + timeout > since + VISIBILITY_MAX {
                // The total may not pass 12 h from the receive; the call is refused, not cut short.
                reply = Reply::error(Class::Rejected, errors::TOO_LARGE);
            } else if self.is_in_flight(record.entry, record.receipt) {
                self.decide_by(context, record.entry, record.receipt, timeout);
            }
        }
        context.give_back_records(call, records);
        context.reply(call, reply, latency);
    }

    // ---- the ends of messages ----

    fn delete(&mut self, context: &mut Context, call: CallId) {
        let records = context.take_records(call);
        let first = records.first().map_or(JourneyRef::NONE, |record| record.journey);
        self.bill_entries(context, records.len(), first);
        let draw = self.luck(context, call, Luck::Latency);
        let latency = context.sample(&self.plan.delete, draw);
        self.read_messages(&records);
        context.read_journeys(&records);
        for record in &records {
            if !self.is_in_flight(record.entry, record.receipt) {
                context.count(self.probes.stale_deletes, 1);
            } else if self.misses_a_copy(context, record) {
                context.count(self.probes.duplicates, 1);
            } else {
                context.count(self.probes.deleted, 1);
                self.remove(context, record.entry);
            }
        }
        context.give_back_records(call, records);
        context.reply(call, Reply::OK, latency);
        self.wake(context);
    }

    /// Reads the messages of some records together: one after the other the processor would wait for each.
    fn read_messages(&self, records: &[Record]) {
        let receipt = |record: &Record| self.messages.get(record.entry).map_or(0, |message| message.receipt);
        if records.len() > 1 {
            std::hint::black_box(records.iter().fold(0, |seen, record| seen ^ receipt(record)));
        }
    }

    /// Whether a copy on a server that could not be reached survives the delete: it comes again after its time-out.
    fn misses_a_copy(&self, context: &Context, record: &Record) -> bool {
        let key = context.journey_key(record.journey);
        self.plan.duplicates > 0.0 && context.draw(Luck::Duplicate, key, record.lineage.0).chance(self.plan.duplicates)
    }

    /// A delete or change names up to 10 messages a call.
    fn bill_entries(&self, context: &mut Context, entries: usize, journey: JourneyRef) {
        for _ in 0..entries.div_ceil(10).max(1) {
            self.usage.call(context, 0, journey);
        }
    }

    /// Takes a message out of the queue, whatever its state, and closes its share.
    pub(super) fn remove(&mut self, context: &mut Context, entry: u32) {
        let message = self.messages[entry];
        context.spend(self.probes.time, context.now() - message.arrived_at);
        if !self.sent_before.is_empty() {
            self.sent_before.remove(&entry);
        }
        match message.state {
            // Its timer is under way and must find the slot taken.
            State::Arriving | State::Delayed => self.messages[entry].state = State::Gone,
            _ => {
                self.messages.remove(entry);
            }
        }
        match message.state {
            State::Arriving | State::Moving => context.lower(self.probes.moving, 1),
            State::Delayed => context.lower(self.probes.delayed, 1),
            State::Visible => {
                self.visible.leave(&self.messages);
                context.lower(self.probes.visible, 1);
            }
            State::InFlight => {
                self.changed.remove(&entry);
                let messages = &self.messages;
                self.visibility.end(|entry, receipt| {
                    messages.get(entry).is_some_and(|message| message.state == State::InFlight && message.receipt == receipt)
                });
                self.land(context);
            }
            State::Gone => {}
        }
        let messages = &self.messages;
        self.retention.end(|entry, born| messages.get(entry).is_some_and(|message| message.is(born)));
        if message.tags.held() {
            context.release(message.journey);
        }
    }

    fn retention_due(&mut self, context: &mut Context) {
        while let Some((entry, born)) = self.retention.due(context.now()) {
            self.expire(context, entry, born);
        }
        if let Some(delay) = self.retention.rearm(context.now()) {
            context.timer(delay, TIMER_RETENTION, 0);
        }
    }

    /// A message is too old, also when somebody is working on it.
    fn expire(&mut self, context: &mut Context, entry: u32, born: u32) {
        let Some(message) = self.messages.get(entry).copied().filter(|message| message.is(born)) else { return };
        if message.state == State::Moving {
            return;
        }
        context.count(self.probes.expired, 1);
        if message.tags.held() {
            context.mark(message.journey, marks::EXPIRED, message.path);
        }
        self.remove(context, entry);
    }
}

impl Message {
    /// Whether this is the message of that birth, and still there.
    pub(super) fn is(&self, born: u32) -> bool {
        self.born == born && self.state != State::Gone
    }
}
