//! Amazon SQS standard queues.
//!
//! Modelled: sends that become visible after the service's own way or a delay; receives of up to 10 messages, by short poll
//! (half of the servers, so that small queues look empty when they are not), by long poll, and parked for pollers that
//! would only ask again; visibility time-outs with receipts, so that one message can be in two batches at once and stale
//! deletes do nothing; at-least-once delivery; retention, also in flight; the limit on messages in flight; redrive to a
//! dead-letter queue when a message is asked for once too often, with the retention clock of standard queues that goes on; ages
//! as they are and as CloudWatch shows them; a backlog at the start of the run; every call billed in 64 KB chunks, empty receives included.
//!
//! Left out: FIFO queues, fair queues (message groups on a standard queue), SendMessageBatch (each send is a call of its own),
//! redrive back to the source, server-side encryption and its KMS calls, purges, policies, data transfer out of the
//! Region, empty answers of long polls to a queue with messages, the error of a change of visibility for a message that is no
//! longer in flight.
//!
//! Sources, read 2026-11-23: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>,
//! .../quotas-queues.html, .../sqs-short-and-long-polling.html, .../sqs-visibility-timeout.html,
//! .../sqs-dead-letter-queues.html, .../sqs-available-cloudwatch-metrics.html, .../standard-queues.html;
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>.

mod config;
mod events;
mod initial;
mod receive;
mod redrive;
mod shards;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use config::{RedriveConfig, SqsConfig};
pub use state::Queue;

use rustc_hash::FxHashMap;

use crate::fabric::build::Assumption;
use crate::fabric::deadline::Deadlines;
use crate::fabric::{Builder, Declarer, LimiterKind, Operation, Parameters, PartyId};
use crate::kernel::{MILLISECOND, SECOND, Sampler, Slab, Time};
use crate::reader::{Code, Spanned};
use crate::results::SeriesKind;
use crate::units::{Bytes, Duration};

use super::{Party, Room};
use shards::{SHARDS_MAX, Shards};
use state::{Plan, Probes, Redrive, Waiting};
use usage::{LONG_POLL, Usage};

const DAY: Time = 24 * 3600 * SECOND;

// Limits of the settings. Source:
// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html> and
// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>, read 2026-11-23.
pub(crate) const VISIBILITY_DEFAULT: Time = 30 * SECOND;
const VISIBILITY_MAX: Time = 12 * 3600 * SECOND;
const RETENTION_DEFAULT: Time = 4 * DAY;
const RETENTION_MIN: Time = 60 * SECOND;
const RETENTION_MAX: Time = 14 * DAY;
const DELAY_MAX: Time = 15 * 60 * SECOND;
const MESSAGE_BYTES_MIN: u64 = 1 << 10;
const MESSAGE_BYTES_MAX: u64 = 1 << 20;
const RECEIVES_MAX: u64 = 1_000;
/// A bound of this program, so that a mistyped number does not fill the memory.
const INITIAL_MESSAGES_MAX: u64 = 10_000_000;
/// CloudWatch hides poison messages only where the redrive policy lets them be received more often than this. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// read 2026-11-23.
const HIDES_POISON_ABOVE: u16 = 3;
/// Messages of one queue in flight. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>, read 2026-11-23.
const IN_FLIGHT_MAX: f64 = 120_000.0;
/// Spread of the way from a message's visibility to a poller's handler: the logarithm's standard deviation above the floor.
/// Fits 13.7/16.2/33.8/105 ms (p10/p50/p90/p99) from send to handler, with 3 ms until the message is visible:
/// <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/> (2022), read 2026-11-23.
const DELIVERY_SIGMA: f64 = 1.44;

const VISIBLE_AFTER: Assumption = Assumption {
    name: "sqs.visible_after",
    default: 0.003,
    unit: "s",
    low: 0.001,
    high: 0.01,
    why: "from the send call until receives can see the message: chosen together with the delivery to pollers to meet the \
          measured way from SQS to Lambda",
};
const DELIVERY_FLOOR: Assumption = Assumption {
    name: "sqs.poller_delivery_floor",
    default: 10.0,
    unit: "ms",
    low: 5.0,
    high: 13.0,
    why: "least time from visibility until a waiting poller has handed the message to its function: the measured floor of \
          13 ms from SQS to Lambda less the time until visibility",
};
const DELIVERY_MEDIAN: Assumption = Assumption {
    name: "sqs.poller_delivery_p50_above_floor",
    default: 3.2,
    unit: "ms",
    low: 1.0,
    high: 8.0,
    why: "median of the random part of that way, fitted to the measurement",
};
const SEND_P50: Assumption =
    latency("sqs.send_p50", 8.0, 5.0, 12.0, "median of SendMessage as the caller sees it, by an estimate");
const SEND_P99: Assumption = latency("sqs.send_p99", 40.0, 20.0, 200.0, "99th percentile of SendMessage, by an estimate");
const RECEIVE_P50: Assumption =
    latency("sqs.receive_p50", 9.0, 5.0, 15.0, "median of ReceiveMessage that need not wait, by an estimate");
const RECEIVE_P99: Assumption =
    latency("sqs.receive_p99", 45.0, 20.0, 200.0, "99th percentile of ReceiveMessage, by an estimate");
const DELETE_P50: Assumption = latency("sqs.delete_p50", 7.0, 4.0, 12.0, "median of DeleteMessage, by an estimate");
const DELETE_P99: Assumption = latency("sqs.delete_p99", 35.0, 15.0, 200.0, "99th percentile of DeleteMessage, by an estimate");
const SERVERS: Assumption = Assumption {
    name: "sqs.servers_per_queue",
    default: 10.0,
    unit: "servers",
    low: 8.0,
    high: 16.0,
    why: "servers that a queue is spread over, half of which a short poll asks: AWS says a weighted random subset and \
          publishes neither number",
};
const DUPLICATES: Assumption = Assumption {
    name: "sqs.duplicate_probability",
    default: 1e-6,
    unit: "",
    low: 0.0,
    high: 1e-5,
    why: "probability that a delete misses a copy of the message, which then comes again: AWS promises at-least-once \
          delivery and gives no rate",
};

const fn latency(name: &'static str, default: f64, low: f64, high: f64, why: &'static str) -> Assumption {
    Assumption { name, default, unit: "ms", low, high, why }
}

impl Room for SqsConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let party = declarer.main_party(false);
        for operation in [
            Operation::SendMessage,
            Operation::ReceiveMessage,
            Operation::DeleteMessage,
            Operation::ChangeMessageVisibility,
            Operation::DeadLetter,
        ] {
            declarer.port(operation, party);
        }
        // In nanoseconds.
        declarer.fact("visibility_timeout", nanos(self.visibility_timeout, VISIBILITY_DEFAULT));
        declarer.fact("receive_message_wait_time", nanos(self.receive_message_wait_time, 0));
        declarer.fact("message_retention_period", nanos(self.message_retention_period, RETENTION_DEFAULT));
    }

    fn settable() -> &'static [&'static str] {
        Queue::SETTABLE
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::SendMessage);
        self.check(builder);
        self.check_initial(builder);
        let redrive = self.redrive.as_ref().and_then(|redrive| self.redrive(builder, redrive));
        let plan = self.plan(builder, redrive);
        let servers = builder.assume(&SERVERS).clamp(1.0, SHARDS_MAX as f64) as u64;
        let queue = Queue {
            sent_before: FxHashMap::default(),
            visibility: Deadlines::new(plan.visibility_timeout),
            retention: Deadlines::new(plan.retention),
            plan,
            probes: probes(builder),
            usage: Usage::register(builder),
            messages: Slab::default(),
            visible: Shards::new(servers),
            singles: Slab::default(),
            changed: FxHashMap::default(),
            waiting: Waiting::default(),
            moves: Slab::default(),
            stamp: 0,
            handled: 0,
            sampling: false,
        };
        vec![(party, Party::Queue(Box::new(queue)))]
    }
}

impl SqsConfig {
    fn plan(&self, builder: &mut Builder, redrive: Option<Redrive>) -> Plan {
        let most = builder.quota("sqs.messages_in_flight", IN_FLIGHT_MAX).max(0.0) as u64;
        Plan {
            visible_after: builder.assume_time(&VISIBLE_AFTER),
            delay: nanos(self.delay, 0),
            visibility_timeout: nanos(self.visibility_timeout, VISIBILITY_DEFAULT),
            retention: nanos(self.message_retention_period, RETENTION_DEFAULT),
            message_bytes_max: self.maximum_message_size.map_or(MESSAGE_BYTES_MAX, |size| size.value.0),
            redrive,
            initial: self.initial_messages.map(|count| (count.value.0, self.initial_message_bytes() as u32)),
            in_flight: builder.limiter("messages_in_flight", "messages", LimiterKind::Slots { most }, false),
            over_limit: builder.error_name("OverLimit"),
            duplicates: builder.assume(&DUPLICATES),
            send: builder.assume_latency(&SEND_P50, &SEND_P99),
            receive: builder.assume_latency(&RECEIVE_P50, &RECEIVE_P99),
            delete: builder.assume_latency(&DELETE_P50, &DELETE_P99),
            delivery: delivery(builder),
            hides_poison: redrive.is_none_or(|redrive| redrive.receives_max > HIDES_POISON_ABOVE),
        }
    }

    /// Checks the ranges of all settings.
    fn check(&self, builder: &mut Builder) {
        in_range(builder, "visibility_timeout", self.visibility_timeout, 0, VISIBILITY_MAX);
        in_range(builder, "message_retention_period", self.message_retention_period, RETENTION_MIN, RETENTION_MAX);
        in_range(builder, "delay", self.delay, 0, DELAY_MAX);
        in_range(builder, "receive_message_wait_time", self.receive_message_wait_time, 0, LONG_POLL);
        if let Some(size) = self.maximum_message_size
            && !(MESSAGE_BYTES_MIN..=MESSAGE_BYTES_MAX).contains(&size.value.0)
        {
            let message = format!("the `maximum_message_size` of a queue is from 1 KB to 1 MB, not {}", Bytes(size.value.0));
            builder.error(size.span, Code::OutOfRange, message);
        }
        if let (Some(delay), Some(retention)) = (self.delay, self.message_retention_period)
            && delay.value >= retention.value
        {
            let message = "every message expires before its delay is over";
            builder.diagnostics.warning(delay.span, Code::Conflict, message);
        }
    }

    fn initial_message_bytes(&self) -> u64 {
        self.initial_message_size.map_or(1 << 10, |size| size.value.0)
    }

    /// Checks the messages that are there at the start.
    fn check_initial(&self, builder: &mut Builder) {
        if let Some(count) = self.initial_messages
            && count.value.0 > INITIAL_MESSAGES_MAX
        {
            builder.error(count.span, Code::OutOfRange, "a queue begins with 10,000,000 messages at most");
        }
        let Some(size) = self.initial_message_size else { return };
        let most = self.maximum_message_size.map_or(MESSAGE_BYTES_MAX, |size| size.value.0);
        if self.initial_messages.is_none() {
            builder.error(size.span, Code::Conflict, "`initial_message_size` belongs to `initial_messages`");
        }
        if size.value.0 > most {
            let message = format!("the queue takes no messages larger than {}", Bytes(most));
            builder.error(size.span, Code::OutOfRange, message);
        }
    }

    /// Finds the dead-letter queue and says what is unwise about it.
    fn redrive(&self, builder: &mut Builder, redrive: &RedriveConfig) -> Option<Redrive> {
        let count = redrive.max_receive_count;
        if !(1..=RECEIVES_MAX).contains(&count.value.0) {
            builder.error(count.span, Code::OutOfRange, "`max_receive_count` is from 1 to 1,000");
        }
        let name = &redrive.dead_letter;
        let (party, _) = builder.target(name, &[Operation::DeadLetter], "a dead-letter queue")?;
        let (kind, own) = (builder.declared[name.value.as_str()].kind, builder.name());
        if kind != "sqs" {
            let message = format!("`{}` is of type `{kind}`; the dead-letter queue of a queue is of type `sqs`", name.value);
            builder.error(name.span, Code::WrongReference, message);
            return None;
        }
        if name.value == own {
            let message = format!("`{own}` cannot be its own dead-letter queue");
            builder.diagnostics.error(name.span, Code::WrongReference, message).hint("name another queue of type `sqs`");
            return None;
        }
        let kept =
            builder.declared[name.value.as_str()].facts.get("message_retention_period").copied().unwrap_or(RETENTION_DEFAULT);
        let retention = nanos(self.message_retention_period, RETENTION_DEFAULT);
        if kept <= retention {
            let message = format!(
                "`{}` keeps messages for {}, not longer than `{own}` ({}): their clock goes on when they move, so they may vanish at once",
                name.value,
                Duration(kept),
                Duration(retention)
            );
            let hint = "give the dead-letter queue a longer `message_retention_period`, up to 14 d";
            builder.diagnostics.warning(name.span, Code::Conflict, message).hint(hint);
        }
        let site = builder.site(Parameters::Direct);
        Some(Redrive { party, site, receives_max: count.value.0.min(RECEIVES_MAX) as u16 })
    }
}

fn nanos(setting: Option<Spanned<Duration>>, default: Time) -> Time {
    setting.map_or(default, |setting| setting.value.nanos())
}

fn in_range(builder: &mut Builder, key: &str, setting: Option<Spanned<Duration>>, least: Time, most: Time) {
    if let Some(setting) = setting
        && !(least..=most).contains(&setting.value.nanos())
    {
        let message = format!("the `{key}` of a queue is from {} to {}, not {}", Duration(least), Duration(most), setting.value);
        builder.error(setting.span, Code::OutOfRange, message);
    }
}

fn delivery(builder: &mut Builder) -> Sampler {
    let floor = builder.assume(&DELIVERY_FLOOR).max(0.0) * MILLISECOND as f64;
    let median = builder.assume(&DELIVERY_MEDIAN) * MILLISECOND as f64;
    if median <= 0.0 {
        return Sampler::constant(floor as Time);
    }
    Sampler::shifted_lognormal(floor, median, DELIVERY_SIGMA).unwrap_or_else(|_| Sampler::constant((floor + median) as Time))
}

fn probes(builder: &mut Builder) -> Probes {
    let visible = builder.level("messages_visible", Some(SeriesKind::Backlog));
    let in_flight = builder.level("messages_in_flight", Some(SeriesKind::Concurrency));
    let (delayed, moving) = (builder.level("messages_delayed", None), builder.level("messages_on_their_way", None));
    let kept = [visible, in_flight, delayed, moving];
    let probes = Probes {
        sent: builder.counter_series("messages_sent", SeriesKind::Throughput),
        received: builder.counter_series("messages_received", SeriesKind::Throughput),
        empty_receives: builder.counter("empty_receives"),
        deleted: builder.counter_series("messages_deleted", SeriesKind::Throughput),
        stale_deletes: builder.counter("stale_deletes"),
        duplicates: builder.counter("missed_deletes"),
        expired: builder.counter_series("messages_expired", SeriesKind::Failures),
        dead_lettered: builder.counter_series("messages_dead_lettered", SeriesKind::Failures),
        dead_letters_kept: builder.counter("dead_letters_kept"),
        redelivered: builder.counter("visibility_timeouts"),
        over_limit: builder.counter("receives_refused_over_limit"),
        starved: builder.counter("receives_starved_in_flight"),
        too_large: builder.counter("sends_refused_too_large"),
        visible,
        in_flight,
        delayed,
        moving,
        oldest: builder.level("oldest_message_age_seconds", None),
        oldest_shown: builder.level("cloudwatch_oldest_message_age_seconds", None),
        age: builder.timing("age_at_receive_ms"),
        time: builder.law("messages", &kept),
    };
    // Polls that wait cost no events; what they come to is known at the end.
    builder.world.metrics.settle_later(probes.empty_receives);
    let ways = [probes.deleted, probes.expired, probes.dead_lettered];
    builder.balance("messages", &[probes.sent, probes.dead_letters_kept], &ways, &kept);
    probes
}
