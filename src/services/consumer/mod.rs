//! A consumer of an SQS queue that you run yourself, on containers or servers of your own.
//!
//! Modelled: workers that receive by short or long poll, do their steps for each message, delete what succeeded in one call, and ask
//! again; pauses after empty answers; retries of refused receives; workers started and stopped by the timeline. A
//! worker that long-polls for the full 20 s without a pause stays parked, so that it costs no events while idle; the
//! queue bills its empty receives all the same.
//!
//! Left out: the bill and the capacity of the hardware (workers do not slow each other down), deletes of single messages while
//! the rest of a batch is still being worked on, heart-beats that prolong the visibility time-out. Waits after refused
//! receives grow by the kit's back-off up to 20 s for as long as they are refused; a loop around a kit that gives up after three
//! attempts would begin again sooner.
//!
//! Sources, read 2026-11-23:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>.

mod config;
mod events;
mod state;
#[cfg(test)]
mod tests;

pub use config::ConsumerConfig;
pub use state::Consumer;

use crate::fabric::program::Machine;
use crate::fabric::retry::RetryProfile;
use crate::fabric::steps::{ForEachStep, Step, compile};
use crate::fabric::{Builder, Declarer, NONE, Operation, Parameters, PartyId};
use crate::kernel::{SECOND, Time};
use crate::reader::{Code, Spanned};
use crate::results::SeriesKind;
use crate::units::Count;

use super::{Party, Room};
use state::{Plan, Probes, State, Worker, Workers};

/// A receive waits at most this long, and returns at most this many messages. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>, read 2026-11-23.
const WAIT_MAX: Time = 20 * SECOND;
const MESSAGES_MAX: u64 = 10;
/// More workers than this are a mistake rather than a fleet.
const WORKERS_MAX: u64 = 100_000;
/// Tokens of the kits' retry quota. Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>, read
/// 2026-11-23.
const RETRY_TOKENS: u32 = 500;

impl Room for ConsumerConfig {
    fn declare(&self, declarer: &mut Declarer) {
        // Its work has the same luck in all designs, like a function's.
        declarer.main_party(true);
    }

    fn settable() -> &'static [&'static str] {
        Consumer::SETTABLE
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.current().main;
        let workers = count(builder, "workers", self.workers, WORKERS_MAX) as usize;
        let messages = count(builder, "maximum_messages", self.maximum_messages, MESSAGES_MAX) as u16;
        let wait = self.wait(builder);
        let pause = self.poll_interval.map_or(0, |interval| interval.value.nanos());
        // Who asks for the longest wait over and over may as well wait without end: the queue bills it as if it asked.
        let park = wait == WAIT_MAX && pause == 0;
        let receive_site = builder.site(Parameters::Receive { maximum: messages, wait, park });
        let name = builder.name();
        let steps = self.steps(builder);
        let program = compile(builder, &name, &steps);
        let Some((queue, _)) = builder.target(&self.queue, &[Operation::ReceiveMessage], "received from") else {
            return vec![(party, Party::Vacant)];
        };
        let room = Consumer {
            machine: Machine::new(program.program),
            workers: Workers {
                plan: Plan {
                    queue,
                    receive_site,
                    poll_interval: pause,
                    deletes: self.delete.unwrap_or(true),
                    retry: RetryProfile::standard_2026(false),
                },
                probes: probes(builder),
                transforms: program.transforms,
                workers: (0..workers).map(|_| idle()).collect(),
                wanted: workers,
                tokens: RETRY_TOKENS,
                receives: 0,
            },
        };
        vec![(party, Party::Consumer(Box::new(room)))]
    }
}

impl ConsumerConfig {
    fn wait(&self, builder: &mut Builder) -> Time {
        let Some(wait) = self.wait else {
            let queue = builder.declared.get(self.queue.value.as_str());
            return queue.and_then(|queue| queue.facts.get("receive_message_wait_time").copied()).unwrap_or(0);
        };
        if wait.value.nanos() > WAIT_MAX {
            builder.error(wait.span, Code::OutOfRange, format!("a receive waits at most 20 s, not {}", wait.value));
        }
        wait.value.nanos().min(WAIT_MAX)
    }

    /// The steps for a batch: those given, for each message unless they say so themselves.
    fn steps(&self, builder: &mut Builder) -> Vec<Step> {
        if self.work.is_some() && !self.steps.is_empty() {
            builder.error(self.queue.span, Code::Conflict, "give a consumer `steps` or `work`, not both");
        }
        if !self.marks.is_empty() && !self.steps.is_empty() {
            builder.error(self.marks[0].span, Code::Conflict, "`marks` go with `work`; among `steps` write `mark: NAME`");
        }
        if self.steps.iter().any(|step| matches!(step, Step::ForEach(_))) {
            return self.steps.clone();
        }
        let mut steps = self.steps.clone();
        steps.extend(self.work.clone().map(Step::Work));
        steps.extend(self.marks.iter().cloned().map(Step::Mark));
        vec![Step::ForEach(ForEachStep { concurrency: None, steps })]
    }
}

/// A count from 1 to `most`, 1 by default.
fn count(builder: &mut Builder, key: &str, setting: Option<Spanned<Count>>, most: u64) -> u64 {
    let Some(setting) = setting else { return 1 };
    if !(1..=most).contains(&setting.value.0) {
        builder.error(setting.span, Code::OutOfRange, format!("`{key}` is from 1 to {most}, not {}", setting.value));
    }
    setting.value.0.clamp(1, most)
}

/// A worker that does nothing yet.
fn idle() -> Worker {
    Worker { state: State::Stopped, batch: NONE, started_at: 0, refused: 0 }
}

fn probes(builder: &mut Builder) -> Probes {
    Probes {
        batches: builder.counter("batches"),
        records: builder.counter_series("messages_done", SeriesKind::Throughput),
        failed: builder.counter_series("messages_failed", SeriesKind::Failures),
        empty: builder.counter("empty_answers"),
        refused: builder.counter("receives_refused"),
        repeated: builder.counter("messages_received_again"),
        busy: builder.level("busy_workers", Some(SeriesKind::Concurrency)),
        batch_time: builder.timing("batch_time_ms"),
    }
}
