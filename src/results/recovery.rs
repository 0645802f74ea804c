//! What disturbances did, what they took, and when they were over.

use indexmap::IndexMap;
use serde::Serialize;

use super::Estimate;

/// A level that rose while something was disturbed: what was held back, and where.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Held {
    pub service: String,
    pub metric: String,
    /// Highest mean of a time bin before the disturbance, and from its beginning on.
    pub before: Estimate,
    pub peak: Estimate,
}

/// What one entry of the timeline did and when it was over: read off the time series of each replication, with the interval that
/// their spread gives.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Recovery {
    pub label: String,
    pub from_seconds: f64,
    pub to_seconds: f64,
    /// Highest 99th percentile of latency in a bin before the disturbance, and from its beginning on, milliseconds.
    pub before_p99_ms: Estimate,
    pub worst_p99_ms: Estimate,
    /// The levels that rose most.
    pub held: Vec<Held>,
    /// From the end of the disturbance until latency and levels stayed near what they were before; withheld if that did not
    /// happen within the window in every replication.
    pub over_after_seconds: Estimate,
    /// The load on each service that the entry is about.
    pub loads: Vec<Load>,
    /// Absent where the run was not repeated without the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
}

/// How far retries amplified the load on a service: calls that arrived there over calls that repeat no other. A call repeats another
/// if it, or something that led to it, was tried again, and its journey had come from the same caller before.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Load {
    pub service: String,
    /// Calls per second from the end of the warm-up to the disturbance, and in the busiest time bin from then on.
    pub before_per_second: Estimate,
    pub peak_per_second: Estimate,
    /// Calls per first call during the disturbance, and from its end until it was over, or to the end of the window.
    pub amplification: Estimate,
    pub amplification_after: Estimate,
    /// Calls per first call in the time bin in which they were most, among bins with enough first calls to tell.
    pub amplification_peak: Estimate,
    /// Who called, most calls first.
    pub callers: Vec<CallerLoad>,
}

/// The part of one caller in a [`Load`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CallerLoad {
    pub caller: String,
    /// Calls from the beginning of the disturbance until it was over, or to the end of the window, and how many repeat no other.
    pub calls: Estimate,
    pub first_calls: Estimate,
}

/// What one entry of the timeline took: the run less the same run without the entry, under the same seeds and so with the same
/// arrivals and luck, replication by replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Damage {
    /// Journeys that did not reach the observed milestone and otherwise would have; where work is left undone at the end of the
    /// window, those that did not within it.
    pub lost: Estimate,
    /// How many more journeys closed under each ending, or were left open (`unfinished`), by journey and ending.
    pub endings: IndexMap<String, IndexMap<String, Estimate>>,
    /// Marks that journeys made again: side effects that happened twice.
    pub duplicates: Estimate,
    /// Messages that went to dead-letter queues and destinations.
    pub dead_letters: Estimate,
    /// What it costs on the bill of the window, USD.
    pub usd: Estimate,
}
