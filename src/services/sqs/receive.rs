//! Receives: short polls, long polls that wait, parked pollers, and what they take.

use crate::fabric::{Batch, CallId, Category, Class, Context, JourneyRef, Luck, Parameters, Record, Reply};
use crate::kernel::{SECOND, Time};

use super::events::{TIMER_POLL, TIMER_WAKE};
use super::state::{Message, Queue, Receiver, State};
use super::usage::LONG_POLL;

/// Receives return at most this many messages. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>, read 2026-11-23.
const BATCH_MAX: u16 = 10;
/// While the timeline keeps the queue down, its waiting receivers are looked at this often.
const DOWN_RECHECK: Time = SECOND;

/// What was found for a receive.
struct Taken {
    records: Vec<Record>,
    /// Messages were there, but too many are in flight.
    starved: bool,
}

impl Queue {
    pub(super) fn receive(&mut self, context: &mut Context, call: CallId) {
        let (maximum, wait, park) = match *context.parameters(call) {
            Parameters::Receive { maximum, wait, park } => (maximum.clamp(1, BATCH_MAX), wait, park),
            _ => (1, 0, false),
        };
        let waits = wait > 0 || park;
        let servers = if waits { self.visible.all() } else { self.visible.half(self.luck(context, call, Luck::Sample)) };
        let taken = self.take(context, servers, maximum);
        if !taken.records.is_empty() {
            self.hand_over(context, call, taken.records, false);
            return;
        }
        context.recycle(taken.records);
        let draw = self.luck(context, call, Luck::Latency);
        let latency = context.sample(&self.plan.receive, draw);
        if waits {
            if taken.starved {
                context.count(self.probes.starved, 1);
            }
            self.await_message(context, call, maximum, wait, park);
        } else if taken.starved {
            context.count(self.probes.over_limit, 1);
            self.usage.call(context, 0, JourneyRef::NONE);
            context.reply(call, Reply::error(Class::Throttled, self.plan.over_limit), latency);
        } else {
            self.usage.empty_receive(context, &self.probes);
            context.reply(call, Reply::OK, latency);
        }
    }

    /// Takes up to `maximum` messages from these servers. Messages that have been received too often move to the dead-letter
    /// queue on the way: that is decided here, when somebody asks, and not when the last attempt failed.
    fn take(&mut self, context: &mut Context, servers: u64, maximum: u16) -> Taken {
        let mut taken = Taken { records: context.spare_records(), starved: false };
        let found = u64::from(maximum).min(self.visible.len);
        taken.records.reserve_exact(found as usize);
        self.visible.read_first(found, &self.messages);
        while taken.records.len() < usize::from(maximum) {
            let Some(entry) = self.visible.first(servers, &self.messages) else { break };
            let message = self.messages[entry];
            if self.plan.redrive.is_some_and(|redrive| message.receives >= redrive.receives_max) {
                self.dead_letter(context, entry);
                continue;
            }
            if !context.admit(self.plan.in_flight, 1) {
                taken.starved = true;
                break;
            }
            let record = self.hand_out(context, entry);
            taken.records.push(record);
        }
        taken
    }

    /// A visible message goes into flight.
    fn hand_out(&mut self, context: &mut Context, entry: u32) -> Record {
        let receipt = self.next_stamp();
        let now = context.now();
        let message = &mut self.messages[entry];
        message.state = State::InFlight;
        message.receipt = receipt;
        message.receives = message.receives.saturating_add(1);
        message.path = context.lap(message.journey, message.path, Category::Queue);
        let Message { journey, lineage, content, size, path, receives, tags, arrived_at, .. } = *message;
        self.visible.leave(&self.messages);
        context.lower(self.probes.visible, 1);
        context.raise(self.probes.in_flight, 1);
        context.count(self.probes.received, 1);
        context.time(self.probes.age, now - arrived_at);
        self.hide(context, entry, receipt);
        Record {
            journey,
            lineage: lineage.extend(u64::from(receives)),
            content,
            size,
            path,
            entry,
            receipt,
            failed: false,
            receives,
            repeat: tags.repeat() || receives > 1,
        }
    }

    /// Answers a receive with messages; `delivery` to a parked poller is calibrated apart.
    fn hand_over(&mut self, context: &mut Context, call: CallId, mut records: Vec<Record>, delivery: bool) {
        let sampler = if delivery { &self.plan.delivery } else { &self.plan.receive };
        let draw = context.draw(Luck::Delivery, context.journey_key(records[0].journey), records[0].lineage.0);
        let latency = context.sample(sampler, draw);
        let at = context.now() + latency;
        for record in &mut records {
            record.path = context.lap_until(record.journey, record.path, at, Category::Service);
        }
        let first = records[0].journey;
        let batch = Batch { since: context.now(), ..Batch::of(records) };
        let bytes = batch.size();
        self.usage.call(context, bytes, first);
        let batch = context.open_batch(batch);
        let size = u32::try_from(bytes).unwrap_or(u32::MAX);
        context.reply(call, Reply { batch, size, ..Reply::OK }, latency);
    }

    fn await_message(&mut self, context: &mut Context, call: CallId, maximum: u16, wait: Time, park: bool) {
        let now = context.now();
        let deadlines = (!park).then(|| self.waiting.deadline(wait));
        let index = self.waiting.push(call, now, maximum, deadlines);
        if let Some(place) = deadlines {
            let serial = self.waiting.receivers[index].serial;
            if let Some(delay) = self.waiting.deadlines[usize::from(place)].set(now, index, serial) {
                context.timer(delay, TIMER_POLL, u32::from(place));
            }
        }
    }

    /// Long polls end without a message.
    pub(super) fn poll_due(&mut self, context: &mut Context, place: u32) {
        let now = context.now();
        let place = place as usize;
        while let Some((index, serial)) = self.waiting.deadlines[place].due(now) {
            if self.waiting.receivers.get(index).is_some_and(|receiver| receiver.serial == serial) {
                let receiver = self.waiting.receivers.remove(index);
                self.usage.empty_receive(context, &self.probes);
                context.reply(receiver.call, Reply::OK, 0);
            }
        }
        if let Some(delay) = self.waiting.deadlines[place].rearm(now) {
            context.timer(delay, TIMER_POLL, place as u32);
        }
    }

    /// Gives visible messages to waiting receivers, those that have waited longest first.
    pub(super) fn wake(&mut self, context: &mut Context) {
        while self.visible.len > 0 {
            let Some(index) = self.waiting.front() else { return };
            if self.is_down(context) {
                if !std::mem::replace(&mut self.waiting.rechecking, true) {
                    context.timer(DOWN_RECHECK, TIMER_WAKE, 0);
                }
                return;
            }
            let receiver = self.waiting.receivers[index];
            let now = context.now();
            if context.abandoned(receiver.call) {
                self.drop_abandoned(context, index);
                continue;
            }
            if !context.limiter(self.plan.in_flight).has_room(now, 1) {
                return;
            }
            let servers = self.visible.all();
            let taken = self.take(context, servers, receiver.maximum);
            if taken.records.is_empty() {
                // All that was visible went to the dead-letter queue: the receiver goes on waiting.
                context.recycle(taken.records);
                return;
            }
            self.leave(context, index);
            self.hand_over(context, receiver.call, taken.records, receiver.deadlines.is_none());
        }
    }

    fn is_down(&self, context: &Context) -> bool {
        context.world.conditions[context.service() as usize].down
    }

    /// A receiver stops waiting: what it asked for in vain is billed.
    fn leave(&mut self, context: &mut Context, index: u32) {
        let Receiver { since, deadlines, .. } = self.waiting.receivers.remove(index);
        let Some(place) = deadlines else {
            let now = context.now();
            self.usage.parked(context, &self.probes, since, now, false);
            return;
        };
        let receivers = &self.waiting.receivers;
        self.waiting.deadlines[usize::from(place)]
            .end(|index, serial| receivers.get(index).is_some_and(|found| found.serial == serial));
    }

    /// The caller of a waiting receive has given up; what it asked for is billed all the same.
    fn drop_abandoned(&mut self, context: &mut Context, index: u32) {
        let Receiver { call, since, deadlines, .. } = self.waiting.receivers.remove(index);
        if deadlines.is_none() {
            let until = context.abandoned_at(call).unwrap_or_else(|| context.now());
            self.usage.parked(context, &self.probes, since, until, true);
        } else {
            self.usage.empty_receive(context, &self.probes);
        }
        context.reply(call, Reply::OK, 0);
    }

    /// The run is over but for its drain: bills what parked receivers have asked for in vain so far.
    pub(super) fn bill_parked(&mut self, context: &mut Context) {
        let now = context.now();
        let parked: Vec<u32> =
            self.waiting.receivers.iter().filter(|(_, receiver)| receiver.deadlines.is_none()).map(|(index, _)| index).collect();
        for index in parked {
            let Receiver { call, since, .. } = self.waiting.receivers[index];
            if context.abandoned(call) {
                self.drop_abandoned(context, index);
                continue;
            }
            self.usage.parked(context, &self.probes, since, now, false);
            // The poll under way goes on; those before it are settled.
            self.waiting.receivers[index].since = now - (now - since) % LONG_POLL;
        }
    }
}
