//! Amazon DynamoDB: on-demand tables.
//!
//! Modelled: `GetItem`, `PutItem`, `UpdateItem` and `DeleteItem` of one item per journey, with conditional writes (joins and
//! idempotent steps); request units (sources at [`crate::pricing::metering`]); the limiters of a table in the order in
//! which they are asked: the owner's maximum throughput, the table quota, the on-demand limit of twice the previous peak,
//! and the partition that holds the key. The first that says no names the reason. A refused request takes units nowhere.
//!
//! - A new on-demand table serves 4,000 write and 12,000 read units per second at once, which are 4 partitions, and any
//!   table twice its previous peak. Source:
//!   <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>, read 2026-11-23.
//! - Warm throughput says what a table can serve at once, and is no cap on a hot partition. Source:
//!   <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput-scenarios.html>, read 2026-11-23.
//! - A partition serves 3,000 read and 1,000 write units per second, reads and writes apart. Source:
//!   <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-key-range-limit-exceeded-mitigation.html>,
//!   read 2026-11-23.
//!
//! What an item says are the attribute bits of its journey. A write takes effect when it arrives. `DeleteItem` removes the
//! attributes it names. Once a journey has closed its items are out of reach: writes are billed and change nothing,
//! conditional ones fail (a late duplicate must not pass a join), reads find nothing.
//!
//! Left out: provisioned mode; indexes and their back-pressure; streams; transactions, batches, queries and scans; global
//! tables; DAX; partitions that split by heat, or that hold more than 10 GB; reads of one key from several replicas above
//! the partition ceiling; the few calls that take 5 s because a node fails; the storage bill; that `PutItem` replaces a
//! whole item. That a table's limits may be used for one second at once is documented for partitions only.

mod config;
mod events;
mod growth;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use config::{BillingMode, DynamodbConfig, Throughput};
pub use state::Dynamodb;

use crate::fabric::build::Assumption;
use crate::fabric::duration::{self, DurationSpec};
use crate::fabric::limit::Limiter;
use crate::fabric::{Builder, Declarer, LimiterId, LimiterKind, LimiterPlan, Operation, PartyId};
use crate::kernel::{MILLISECOND, Sampler};
use crate::reader::Code;
use crate::results::SeriesKind;
use crate::units::Rate;

use super::{Party, Room};
use growth::Growth;
use state::{Direction, Latency, Probes, REASONS};

/// Units per second that a new table serves at once. Source:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>, read 2026-11-23.
const NEW_TABLE: [f64; 2] = [12_000.0, 4_000.0];
/// Units per second of one partition. Source:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-key-range-limit-exceeded-mitigation.html>,
/// read 2026-11-23.
const PARTITION: [f64; 2] = [3_000.0, 1_000.0];
/// Units per second of one table, adjustable; on-demand tables are bound by it too. Source:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>, read 2026-11-23.
const TABLE_QUOTA: f64 = 40_000.0;

const GROWTH_WINDOW: Assumption = Assumption {
    name: "dynamodb.growth_window",
    default: 30.0,
    unit: "min",
    low: 5.0,
    high: 60.0,
    why: "growth beyond twice the previous peak should be spread over 30 minutes; how a table adapts is not published",
};
const READ_P50: Assumption = Assumption {
    name: "dynamodb.read_latency_p50",
    default: 4.0,
    unit: "ms",
    low: 2.0,
    high: 6.0,
    why: "only single-digit milliseconds on average are published: 2 ms in the service and a network hop",
};
const READ_P99: Assumption = Assumption {
    name: "dynamodb.read_latency_p99",
    default: 12.0,
    unit: "ms",
    low: 8.0,
    high: 30.0,
    why: "no percentiles are published for same-Region calls on a warm connection",
};
const WRITE_P50: Assumption = Assumption {
    name: "dynamodb.write_latency_p50",
    default: 6.0,
    unit: "ms",
    low: 3.0,
    high: 9.0,
    why: "only single-digit milliseconds on average are published: 3.5 ms in the service and a network hop",
};
const WRITE_P99: Assumption = Assumption {
    name: "dynamodb.write_latency_p99",
    default: 18.0,
    unit: "ms",
    low: 10.0,
    high: 40.0,
    why: "no percentiles are published for same-Region calls on a warm connection",
};
const TAIL_SHARE: Assumption = Assumption {
    name: "dynamodb.tail_share",
    default: 0.001,
    unit: "",
    low: 0.0,
    high: 0.005,
    why: "calls that first meet a failing node and take 50 to 500 ms longer; their share is not published",
};
const CONSISTENT_EXTRA: Assumption = Assumption {
    name: "dynamodb.consistent_read_extra",
    default: 0.5,
    unit: "ms",
    low: 0.0,
    high: 2.0,
    why: "a strongly consistent read asks the leader of the partition; by how much that is slower is not published",
};
const TRANSFER: Assumption = Assumption {
    name: "dynamodb.transfer_per_100_kb",
    default: 3.0,
    unit: "ms",
    low: 0.0,
    high: 10.0,
    why: "large items take longer; by how much is not published",
};
const THROTTLED_LATENCY: Assumption = Assumption {
    name: "dynamodb.throttled_latency",
    default: 2.0,
    unit: "ms",
    low: 1.0,
    high: 5.0,
    why: "a refusal is answered at once, after a network hop",
};
const FAILED_CONDITION_BILLED: Assumption = Assumption {
    name: "dynamodb.failed_condition_billed",
    default: 1.0,
    unit: "",
    low: 0.0,
    high: 1.0,
    why: "that a write whose condition fails takes its units is well known, but was not found stated for on-demand mode",
};
const THROTTLED_BILLED: Assumption = Assumption {
    name: "dynamodb.throttled_billed",
    default: 0.0,
    unit: "",
    low: 0.0,
    high: 1.0,
    why: "that throttled requests are free is well known, but was not found stated",
};

impl Room for DynamodbConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let party = declarer.main_party(false);
        for operation in [Operation::PutItem, Operation::UpdateItem, Operation::DeleteItem, Operation::GetItem] {
            declarer.port(operation, party);
        }
    }

    fn settable() -> &'static [&'static str] {
        Dynamodb::SETTABLE
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::PutItem);
        if let Some(mode) = &self.billing_mode
            && mode.value == BillingMode::Provisioned
        {
            let message = "provisioned capacity is not modelled yet; tables are `PAY_PER_REQUEST`";
            builder.error(mode.span, Code::OutOfRange, message);
            return vec![(party, Party::Vacant)];
        }
        let reads = self.direction(builder, state::READ);
        let writes = self.direction(builder, state::WRITE);
        let mut table = Dynamodb {
            directions: [reads, writes],
            partitions: 0,
            hot_key_share: self.hot_key_share.map_or(0.0, |share| share.0),
            throttled_latency: (builder.assume(&THROTTLED_LATENCY) * MILLISECOND as f64) as u64,
            failed_condition_billed: builder.assume(&FAILED_CONDITION_BILLED) >= 0.5,
            throttled_billed: builder.assume(&THROTTLED_BILLED) >= 0.5,
            measuring: false,
            probes: Probes {
                throttled: builder.counter_series("throttled", SeriesKind::Failures),
                condition_failed: builder.counter("condition_failed"),
                too_large: builder.counter("rejected_too_large"),
            },
        };
        table.split();
        vec![(party, Party::Dynamodb(Box::new(table)))]
    }
}

/// The names of one direction, in the order of [`state::READ`] and [`state::WRITE`].
struct Words {
    unit: &'static str,
    quota: &'static str,
    limiters: [&'static str; 4],
    requests: &'static str,
    consumed: &'static str,
    throttled: [&'static str; REASONS],
    latency: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        unit: "half read units/s",
        quota: "dynamodb.table_read_units",
        limiters: ["maximum_read_throughput", "table_read_quota", "on_demand_read_limit", "partition_read_ceiling"],
        requests: "reads",
        consumed: "consumed_read_half_units",
        throttled: [
            "throttled_reads_maximum",
            "throttled_reads_table_quota",
            "throttled_reads_on_demand",
            "throttled_reads_key_range",
        ],
        latency: "read_latency_ms",
    },
    Words {
        unit: "write units/s",
        quota: "dynamodb.table_write_units",
        limiters: ["maximum_write_throughput", "table_write_quota", "on_demand_write_limit", "partition_write_ceiling"],
        requests: "writes",
        consumed: "consumed_write_units",
        throttled: [
            "throttled_writes_maximum",
            "throttled_writes_table_quota",
            "throttled_writes_on_demand",
            "throttled_writes_key_range",
        ],
        latency: "write_latency_ms",
    },
];

impl DynamodbConfig {
    fn direction(&self, builder: &mut Builder, which: usize) -> Direction {
        let words = &WORDS[which];
        let of = |throughput: &Option<Throughput>| {
            throughput.and_then(|given| if which == state::READ { given.read } else { given.write }).map(Rate::as_per_second)
        };
        // A bucket is one second deep, and never shallower than one unit.
        let tokens = state::TOKENS_PER_UNIT[which];
        let bucket = |units: f64| LimiterKind::Bucket { per_second: units * tokens, depth: units.max(1.0) * tokens };
        let maximum =
            of(&self.on_demand_throughput).map(|units| builder.limiter(words.limiters[0], words.unit, bucket(units), true));
        let quota = builder.quota(words.quota, TABLE_QUOTA);
        let quota = builder.limiter(words.limiters[1], words.unit, bucket(quota), true);
        let limit = of(&self.warm_throughput).unwrap_or(NEW_TABLE[which]);
        let on_demand = builder.limiter(words.limiters[2], words.unit, bucket(limit), true);
        let partition = bucket(PARTITION[which]);
        let busiest = builder.limiter(words.limiters[3], words.unit, partition, false);
        let window = builder.assume(&GROWTH_WINDOW);
        Direction {
            tokens_per_unit: tokens,
            limiters: [maximum, Some(quota), Some(on_demand)],
            partitions: Vec::new(),
            partition_units: PARTITION[which],
            fresh: fresh_partition(builder, busiest),
            busiest,
            growth: Growth::new(limit * tokens, window),
            latency: self.latency(builder, which),
            meter: usage::meter(builder, which),
            requests: builder.counter_series(words.requests, SeriesKind::Throughput),
            consumed: builder.counter(words.consumed),
            throttled: words.throttled.map(|name| builder.counter(name)),
            timing: builder.timing(words.latency),
        }
    }

    fn latency(&self, builder: &mut Builder, which: usize) -> Latency {
        let given = if which == state::READ { &self.latency_read } else { &self.latency_write };
        if let Some(spec) = given {
            return Latency { base: sampler(builder, spec), consistent_extra: 0, per_byte: 0.0 };
        }
        let base = if which == state::READ {
            builder.assume_latency(&READ_P50, &READ_P99)
        } else {
            builder.assume_latency(&WRITE_P50, &WRITE_P99)
        };
        let share = builder.assume(&TAIL_SHARE).clamp(0.0, 1.0);
        let millisecond = MILLISECOND as f64;
        let base = Sampler::uniform(50.0 * millisecond, 500.0 * millisecond)
            .and_then(|tail| Sampler::sum(base.clone(), share, tail))
            .unwrap_or(base);
        let consistent = if which == state::READ { builder.assume(&CONSISTENT_EXTRA) } else { 0.0 };
        Latency {
            base,
            consistent_extra: (consistent * millisecond) as u64,
            per_byte: builder.assume(&TRANSFER) * millisecond / (100.0 * 1024.0),
        }
    }
}

fn sampler(builder: &mut Builder, spec: &DurationSpec) -> Sampler {
    duration::sampler(spec).unwrap_or_else(|message| {
        builder.error(spec.span(), Code::OutOfRange, message);
        Sampler::constant(0)
    })
}

/// A partition as it is born. Partitions are limiters of the table's own, so that the list of limits has one row for the
/// busiest of them instead of two rows for each.
fn fresh_partition(builder: &Builder, row: LimiterId) -> Limiter {
    let plan: LimiterPlan = builder.world.limiters[row.0 as usize].plan.clone();
    Limiter::new(plan)
}
