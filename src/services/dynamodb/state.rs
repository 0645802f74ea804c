use crate::fabric::limit::Limiter;
use crate::fabric::meter::MeterId;
use crate::fabric::metric::{CounterId, TimingId};
use crate::fabric::{Context, LimiterId};
use crate::kernel::{Sampler, Time};

use super::growth::Growth;

/// Index of reads among the directions.
pub(super) const READ: usize = 0;
/// Index of writes among the directions.
pub(super) const WRITE: usize = 1;
/// Limiters count in these parts of a unit: reads take half units.
pub(super) const TOKENS_PER_UNIT: [f64; 2] = [2.0, 1.0];
/// Reasons for which a request is refused: the owner's maximum, the table quota, the on-demand limit, the key range.
pub(super) const REASONS: usize = 4;
/// Index of the on-demand limit among the reasons.
pub(super) const ON_DEMAND: usize = 2;
/// Index of the key range among the reasons; the others are limiters of the whole table.
pub(super) const KEY_RANGE: usize = 3;
/// A table whose on-demand bucket holds less than this share of a second's worth is short of units.
const LEFT_OVER: f64 = 0.05;
/// A new on-demand table has this many partitions. Source:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>, read 2026-11-23.
const PARTITIONS_MIN: u64 = 4;
/// More partitions than this change nothing that the model shows.
const PARTITIONS_MAX: u64 = 10_000;

/// A table at work.
#[derive(Debug)]
pub struct Dynamodb {
    pub(super) directions: [Direction; 2],
    pub(super) partitions: u64,
    pub(super) hot_key_share: f64,
    pub(super) throttled_latency: Time,
    pub(super) failed_condition_billed: bool,
    pub(super) throttled_billed: bool,
    /// Whether the partitions have been told that the measured window began.
    pub(super) measuring: bool,
    pub(super) probes: Probes,
}

/// Reads or writes of a table: what limits them and what is observed.
#[derive(Debug)]
pub(super) struct Direction {
    pub tokens_per_unit: f64,
    /// The limiters of the whole table, in the order in which they are asked.
    pub limiters: [Option<LimiterId>; KEY_RANGE],
    pub partitions: Vec<Limiter>,
    pub partition_units: f64,
    /// A partition as it is born.
    pub fresh: Limiter,
    /// The row that stands for the busiest partition in the list of limits.
    pub busiest: LimiterId,
    pub growth: Growth,
    pub latency: Latency,
    pub meter: MeterId,
    pub requests: CounterId,
    pub consumed: CounterId,
    /// By reason.
    pub throttled: [CounterId; REASONS],
    pub timing: TimingId,
}

/// How long an answer takes.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    pub base: Sampler,
    pub consistent_extra: Time,
    /// Nanoseconds for each byte of the item.
    pub per_byte: f64,
}

/// What is observed of both directions together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub throttled: CounterId,
    pub condition_failed: CounterId,
    pub too_large: CounterId,
}

impl Direction {
    /// Takes tokens from every limiter, or says which one refuses; then nothing is taken and only that one counts it.
    pub fn admit(&mut self, context: &mut Context, partition: u64, tokens: u64) -> Result<(), usize> {
        let now = context.now();
        let refusal = self.refusal(context, partition, tokens);
        let table = self.limiters.iter().copied().enumerate().filter_map(|(reason, limiter)| Some((reason, limiter?)));
        let partition = &mut self.partitions[partition as usize];
        match refusal {
            None => {
                table.for_each(|(_, limiter)| assert!(context.limiter(limiter).try_take(now, tokens), "has room"));
                assert!(partition.try_take(now, tokens), "has room");
            }
            Some(KEY_RANGE) => partition.refuse(now, tokens),
            Some(refusing) => {
                let found = table.filter(|(reason, _)| *reason == refusing);
                found.for_each(|(_, limiter)| context.limiter(limiter).refuse(now, tokens));
            }
        }
        refusal.map_or(Ok(()), Err)
    }

    /// The first limiter without room for so many tokens, or none.
    fn refusal(&mut self, context: &mut Context, partition: u64, tokens: u64) -> Option<usize> {
        let now = context.now();
        let mut has_room =
            |reason: usize, tokens| self.limiters[reason].is_none_or(|limiter| context.limiter(limiter).has_room(now, tokens));
        if let Some(reason) = (0..KEY_RANGE).find(|reason| !has_room(*reason, tokens)) {
            return Some(reason);
        }
        if self.partitions[partition as usize].has_room(now, tokens) {
            return None;
        }
        // Partitions together serve no more than the on-demand limit, so that an overloaded table shows at whichever
        // of them is asked. The key is to blame only while the table as a whole has something left.
        let is_table_short = !has_room(ON_DEMAND, (self.growth.limit() * LEFT_OVER) as u64);
        Some(if is_table_short { ON_DEMAND } else { KEY_RANGE })
    }

    /// Partitions that the on-demand limit needs.
    fn partitions_needed(&self) -> u64 {
        let units = self.growth.limit() / self.tokens_per_unit;
        (units / self.partition_units).ceil() as u64
    }

    /// Shows the busiest partition, and what all partitions refused, in the list of limits.
    pub fn report(&self, context: &mut Context) {
        let now = context.now();
        let by_peak = self.partitions.iter().max_by(|a, b| a.peak_use(now).total_cmp(&b.peak_use(now)));
        let Some(busiest) = by_peak else { return };
        let mut row = busiest.clone();
        row.asked = self.partitions.iter().map(|partition| partition.asked).sum();
        row.refused = self.partitions.iter().map(|partition| partition.refused).sum();
        *context.limiter(self.busiest) = row;
    }
}

impl Dynamodb {
    /// Adds the partitions that the on-demand limits of both directions need; partitions never merge.
    pub(super) fn split(&mut self) {
        let needed = self.directions.iter().map(Direction::partitions_needed).max().unwrap_or(0);
        self.partitions = needed.max(self.partitions).clamp(PARTITIONS_MIN, PARTITIONS_MAX);
        for direction in &mut self.directions {
            let fresh = direction.fresh.clone();
            direction.partitions.resize(self.partitions as usize, fresh);
        }
    }
}
