//! Moves to the dead-letter queue, and the age of the oldest message.

use crate::fabric::metric::LevelId;
use crate::fabric::{Batch, Category, Context, Operation, Record, Reply, Request, marks};
use crate::kernel::{SECOND, Time};

use super::events::{TIMER_SAMPLE, TIMER_VISIBLE};
use super::state::{Message, Move, Queue, State};

/// Ages are observed this often while there are messages: finer than CloudWatch's minute, so that short runs have a curve.
const SAMPLE_EVERY: Time = 10 * SECOND;
/// Messages received this often without a delete leave CloudWatch's age metric. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// read 2026-11-23.
const POISON_RECEIVES: u16 = 3;

impl Queue {
    /// Moves a visible message that has been received too often.
    pub(super) fn dead_letter(&mut self, context: &mut Context, entry: u32) {
        let Some(redrive) = self.plan.redrive else { return };
        let receipt = self.next_stamp();
        let message = &mut self.messages[entry];
        message.state = State::Moving;
        message.receipt = receipt;
        message.path = context.lap(message.journey, message.path, Category::Queue);
        let Message { journey, lineage, content, size, path, receives, tags, arrived_at, .. } = *message;
        self.visible.leave(&self.messages);
        context.lower(self.probes.visible, 1);
        context.raise(self.probes.moving, 1);
        let record =
            Record { journey, lineage, content, size, path, entry, receipt, failed: true, receives, repeat: tags.repeat() };
        let mut records = context.spare_records();
        records.push(record);
        // The batch tells the other queue when the message was first sent: its retention goes on from there.
        let sent_at = self.sent_before.get(&entry).copied().unwrap_or(arrived_at);
        let batch = context.open_batch(Batch { since: sent_at, ..Batch::of(records) });
        let request = Request {
            operation: Operation::DeadLetter,
            journey,
            lineage: lineage.extend(u64::MAX),
            content,
            size,
            path,
            batch,
            site: redrive.site,
            repeat: tags.repeat(),
        };
        let token = self.moves.insert(Move { entry, batch });
        context.call(redrive.party, request, token);
    }

    /// The dead-letter queue has the message, or has refused it: then it stays, and is looked at again later.
    pub(super) fn moved(&mut self, context: &mut Context, token: u32, reply: Reply) {
        let Move { entry, batch } = self.moves.remove(token);
        let Message { journey, path, tags, .. } = self.messages[entry];
        if !reply.outcome.is_ok() {
            let batch = context.close_batch(batch);
            context.recycle(batch.records);
            self.messages[entry].state = State::Arriving;
            context.timer(self.plan.visibility_timeout.max(SECOND), TIMER_VISIBLE, entry);
            return;
        }
        context.count(self.probes.dead_lettered, 1);
        if tags.held() {
            context.mark(journey, marks::DEAD_LETTERED, path);
        }
        self.remove(context, entry);
    }

    // ---- ages ----

    pub(super) fn sample_soon(&mut self, context: &mut Context) {
        if !self.sampling {
            self.sampling = true;
            context.timer(SAMPLE_EVERY, TIMER_SAMPLE, 0);
        }
    }

    /// Observes the age of the oldest message, and what CloudWatch would show for it.
    pub(super) fn sample_age(&mut self, context: &mut Context) {
        self.sampling = false;
        let now = context.now();
        let age = |message: Option<&Message>| message.map_or(0, |message| (now - message.arrived_at) / SECOND);
        let oldest = age(self.by_age().next());
        let hides_poison = self.plan.hides_poison;
        let shown = age(self.by_age().find(|message| !(hides_poison && message.receives >= POISON_RECEIVES)));
        set_level(context, self.probes.oldest, oldest);
        set_level(context, self.probes.oldest_shown, shown);
        if !self.messages.is_empty() {
            self.sample_soon(context);
        }
    }

    /// The messages in order of their arrival.
    fn by_age(&self) -> impl Iterator<Item = &Message> {
        self.retention.entries().filter_map(|(entry, born)| self.messages.get(entry).filter(|message| message.is(born)))
    }
}

fn set_level(context: &mut Context, level: LevelId, value: u64) {
    let before = context.world.metrics.value(level);
    if value > before {
        context.raise(level, value - before);
    } else {
        context.lower(level, before - value);
    }
}
