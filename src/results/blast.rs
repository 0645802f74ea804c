//! What stopping each service of a design in turn takes with it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Estimate;

/// Version of the shape of blast.json.
pub const BLAST_SCHEMA: &str = "floodplan.blast/1";

/// Work of one business context that a failure takes away. Numbers are of journeys, mean per replication.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContextLoss {
    /// Journeys that arrive while the service is down and for which the context does some work in the undisturbed run.
    pub arrived: Estimate,
    /// The share of them for which some of that work is missing in the disturbed run.
    pub lost_share: Estimate,
    /// Journeys of the whole window for which some is missing.
    pub lost: Estimate,
}

/// One service stopped for a while, against the undisturbed run under the same seeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ServiceFailure {
    pub service: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// Business context of the service, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Of the event sequences of all replications, hexadecimal.
    pub fingerprint: String,
    /// False when a backlog still grew at the end of the window.
    pub stable: bool,
    /// Set when a bound ended a replication.
    pub stopped: Option<String>,
    /// Journeys that arrive while the service is down and are fulfilled in the undisturbed run.
    pub arrived: Estimate,
    /// The share of them that is not fulfilled in the disturbed run.
    pub lost_share: Estimate,
    /// The share of them that is fulfilled later than without the failure by more than the bound.
    pub late_share: Estimate,
    /// How much later those that are fulfilled in both runs are on average, milliseconds; negative is earlier.
    pub delay_ms: Estimate,
    /// Journeys of the whole window that are fulfilled in the undisturbed run and not in the disturbed one.
    pub lost: Estimate,
    /// Journeys of the whole window that are late.
    pub late: Estimate,
    /// What became of the lost journeys instead: ending to journeys. `unfinished` were open when the run ended, `absent` never
    /// began.
    pub instead: IndexMap<String, Estimate>,
    /// By context.
    pub contexts: IndexMap<String, ContextLoss>,
    /// Messages to dead-letter queues and destinations beyond those of the undisturbed run.
    pub dead_letters: Estimate,
    /// 99th percentile of latency to the observed milestone, disturbed minus undisturbed, milliseconds.
    pub p99_difference_ms: Estimate,
    /// From the end of the failure until latency and backlogs were back near what they were before; withheld if that did not
    /// happen.
    pub recovered_after_seconds: Estimate,
    /// `lost_share`, and the mean over contexts of theirs, in each replication.
    pub lost_shares: Vec<Option<f64>>,
    pub context_shares: Vec<Option<f64>>,
}

/// A service that was left alone, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Spared {
    pub service: String,
    pub reason: String,
}

/// All failures of a design together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BlastTotals {
    /// Services that were stopped.
    pub failures: u64,
    /// Failures by which no context, some contexts, and every context loses more than `HIT_SHARE` of its work.
    pub hit_none: u64,
    pub hit_some: u64,
    pub hit_all: u64,
    /// Mean over failures of the share of arriving journeys that is lost.
    pub lost_share: Estimate,
    /// Mean over failures and contexts of the share of the context's work that is lost.
    pub context_share: Estimate,
    /// `context_share` minus that of the first design, paired; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub against_first: Option<Estimate>,
}

/// More than this share of its work lost, and a context counts as hit.
pub const HIT_SHARE: f64 = 0.01;

/// One design of a blast.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BlastDesign {
    pub design: String,
    pub seed: u64,
    pub replications: u64,
    /// When the failures begin and end, seconds from the start of the run, warm-up included.
    pub from_seconds: f64,
    pub to_seconds: f64,
    /// Entries of the scenario's own timeline, which hold in all runs.
    pub own_timeline: Vec<String>,
    /// Contexts whose work shows by marks.
    pub contexts: Vec<String>,
    /// Contexts whose services make no mark.
    pub silent_contexts: Vec<String>,
    /// Journeys of the window, and those fulfilled, in the undisturbed run.
    pub started: Estimate,
    pub fulfilled: Estimate,
    pub failures: Vec<ServiceFailure>,
    pub spared: Vec<Spared>,
    pub totals: BlastTotals,
}

/// `blast`: each service of each design stopped in turn.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Blast {
    pub schema: String,
    pub outage_seconds: f64,
    /// A fulfilled journey counts as late from here on, milliseconds later than undisturbed.
    pub late_after_ms: f64,
    pub designs: Vec<BlastDesign>,
}
