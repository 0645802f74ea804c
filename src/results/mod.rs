//! What a run yields: plain data, no behaviour beyond small constructors.
//!
//! Everything here is produced by `engine` (and `stats`, `pricing`) and consumed by `report`. `summary.json` is
//! [`Summary`] serialised; its schema name is [`SUMMARY_SCHEMA`].

mod bill;
mod blast;
mod break_even;
mod find;
mod ladder;
mod recovery;
mod sensitivity;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use bill::{BillLine, BillSummary, CostAgainstLoad, HopCost, UNATTRIBUTED, Waterfall};
pub use blast::{BLAST_SCHEMA, Blast, BlastDesign, BlastTotals, ContextLoss, HIT_SHARE, ServiceFailure, Spared};
pub use break_even::{BreakEven, Crossing, Lower, TestedPair};
pub use find::{Capacity, Contradiction, Finding, Search, Shown, Tested, TestedObjective, Wanted};
pub use ladder::{Confirmation, Ladder, Rung, Test};
pub use recovery::{CallerLoad, Damage, Held, Load, Recovery};
pub use sensitivity::{
    AssumptionEffect, JointSample, LeftOut, MetricSensitivity, ObjectiveSensitivity, SENSITIVITY_SCHEMA, Sensitivity,
    VariedAssumption,
};

/// Version of the shape of `summary.json`.
pub const SUMMARY_SCHEMA: &str = "floodplan.summary/1";

/// A mean over replications with its two-sided 95 % Student-t interval.
///
/// `low`/`high` are absent with a single replication; intervals of quantiles need not be symmetric, and `high` alone is absent where
/// it falls among journeys that were still open. `withheld` carries the reason when no honest number can be
/// given (a quantile with too few exceedances, for instance); `mean` is then `None`.
/// `beyond` is set when the quantile falls among journeys that were still open: it prints as `> t`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub mean: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
}

impl Estimate {
    /// An exact number, without an interval.
    pub fn exact(value: f64) -> Self {
        Self { mean: Some(value), ..Self::default() }
    }

    /// The larger distance from the mean to an end of the interval; `None` without an interval, or where it has an open end.
    pub fn half_width(&self) -> Option<f64> {
        let (mean, low, high) = (self.mean?, self.low?, self.high?);
        Some((mean - low).max(high - mean)).filter(|half| half.is_finite())
    }
}

/// Latency of one milestone, milliseconds, from the journey's arrival.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LatencySummary {
    pub count: u64,
    pub mean: Estimate,
    pub p50: Estimate,
    pub p90: Estimate,
    pub p95: Estimate,
    pub p99: Estimate,
    pub p999: Estimate,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct MilestoneSummary {
    pub latency_ms: LatencySummary,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct JourneySummary {
    /// The milestone that rates and critical paths refer to; the one to look at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// Journeys started in the measured window, mean per replication.
    pub started: Estimate,
    /// Journeys per ending, mean per replication; `other` closed under no named ending.
    pub endings: IndexMap<String, Estimate>,
    /// The same as shares of the journeys started.
    pub ending_shares: IndexMap<String, Estimate>,
    pub unfinished: Estimate,
    /// Journeys of which nothing more came: closed under the ending named `stuck`, or, without one, under no named ending.
    pub stuck: Estimate,
    /// Journeys that reached the observed milestone after their client had given up, or after the ending named `abandoned`
    /// already held.
    pub late: Estimate,
    /// Marks made again by a journey that had them: side effects that happened twice.
    pub duplicates: Estimate,
    /// Journeys that reached the observed milestone, or closed where there is none, per second of the measured window: of those
    /// that started in it, or, where the system is unstable, of all that did so while it was open.
    pub per_second: Estimate,
    pub milestones: IndexMap<String, MilestoneSummary>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct ServiceSummary {
    #[serde(rename = "type")]
    pub kind: String,
    /// Bounded context label, if the scenario gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Metric name (full words, unit last) to estimate.
    #[serde(flatten)]
    pub metrics: IndexMap<String, Estimate>,
}

/// An objective and whether a run meets it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ObjectiveResult {
    pub name: String,
    pub condition: String,
    /// The path of the metric it is about.
    pub metric: String,
    /// Length of the windows of an objective that holds window by window; `value` and `bound` are then shares of windows, and not in
    /// the unit of the metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<f64>,
    pub value: Estimate,
    pub bound: f64,
    pub met: bool,
    /// Whether the whole 95 % interval of the value lies on the same side of the bound; a value without an interval shows nothing.
    pub shown: bool,
}

/// A number that the model needed and no source states.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AssumptionUse {
    pub name: String,
    pub value: String,
    pub range: String,
    pub why: String,
    pub services: Vec<String>,
    /// The same as numbers, in the unit of the declaration.
    #[serde(skip)]
    pub numbers: AssumptionNumbers,
}

/// An assumption in numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AssumptionNumbers {
    /// In force: the default, unless the scenario sets it.
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub unit: &'static str,
    pub set: bool,
}

/// One row of `limits.csv`: a limiter, how close the run came, and the load multiple at which it binds.
#[derive(Clone, Debug, Serialize)]
pub struct LimitRow {
    pub service: String,
    pub limiter: String,
    pub unit: String,
    pub quota: f64,
    pub peak_use: Estimate,
    /// Share of the requests at this limiter that it refused.
    pub refused_share: Estimate,
    /// Share that it delayed.
    pub delayed_share: Estimate,
    /// Linear estimate of the load multiple at which it binds; `None` when unused.
    pub load_multiple: Option<f64>,
    pub adjustable: bool,
}

/// One row of `breakdown.csv`: time on the critical path to the milestone, milliseconds per journey.
#[derive(Clone, Debug, Serialize)]
pub struct BreakdownRow {
    pub journey: String,
    pub milestone: String,
    /// `all` or `slowest_1_percent`.
    pub group: String,
    pub service: String,
    /// `work`, `service`, `batch_wait`, `queue`, `throttle`, `back_off` or `cold_start`.
    pub category: String,
    pub mean_ms: Estimate,
}

/// A distribution for the latency chart: (percentile in 0..100, milliseconds).
#[derive(Clone, Debug, Serialize)]
pub struct LatencyCurve {
    pub journey: String,
    pub milestone: String,
    pub points: Vec<(f64, f64)>,
}

/// What a time series shows; decides the panel and the axis label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesKind {
    /// p50 and p99 latency per bin, milliseconds.
    Latency,
    /// Journeys or requests per second.
    Throughput,
    /// Messages or requests waiting.
    Backlog,
    /// Work in progress at once.
    Concurrency,
    /// Failures per second.
    Failures,
    /// Calls per second at services that the timeline disturbs, all of them and those that repeat no other.
    Load,
}

/// One time series, averaged over replications; equal bins from the start of the run.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    pub kind: SeriesKind,
    pub service: String,
    pub name: String,
    pub unit: String,
    pub bin_seconds: f64,
    /// Mean over replications per bin; `NaN` where nothing was seen.
    pub values: Vec<f64>,
    /// Lowest and highest replication per bin, for the band.
    pub low: Vec<f64>,
    pub high: Vec<f64>,
}

/// A marked span of time on the charts: a timeline entry, or the warm-up.
#[derive(Clone, Debug, Serialize)]
pub struct Span {
    pub label: String,
    pub from_seconds: f64,
    pub to_seconds: f64,
}

/// Whether the metrics that `study.precision` names are known as well as it asks.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Precision {
    /// Asked for: half width of the 95 % interval over the mean.
    pub relative: f64,
    pub maximum_replications: u64,
    /// Numbers of replications after which it was looked at the intervals.
    pub looks: Vec<u64>,
    pub reached: bool,
    pub metrics: Vec<MetricPrecision>,
}

/// One metric of [`Precision`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetricPrecision {
    pub metric: String,
    /// Half width of the 95 % interval over the mean; absent when there is no interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_half_width: Option<f64>,
    pub reached: bool,
}

/// What it would take to know a latency to within a share of itself, by the spread of the replications that were run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Planning {
    pub journey: String,
    pub milestone: String,
    /// `mean` or `p99`.
    pub metric: String,
    /// Half width of the 95 % interval over the mean, as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relative_half_width: Option<f64>,
    /// As it should be: what `study.precision` asks for, 2 % without it.
    pub relative: f64,
    /// Replications of this length, and requests in all of them together, that would do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replications: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Why there is no such number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize)]
pub struct Stability {
    pub stable: bool,
    /// Why not, naming the limiter or server that binds.
    pub reasons: Vec<String>,
}

/// Everything a run of one scenario yields. `summary.json` is this, without the bulky tables that have their own files.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    pub schema: String,
    pub scenario: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    pub version: String,
    pub region: String,
    pub seed: u64,
    pub replications: u32,
    /// Fingerprint of the event sequences of all replications, hexadecimal.
    pub fingerprint: String,
    pub events: u64,
    pub window_seconds: f64,
    pub warm_up_seconds: f64,
    /// With `warm_up: auto`: the series with the latest cut, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warm_up_decided_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    pub planning: Vec<Planning>,
    pub stability: Stability,
    pub journeys: IndexMap<String, JourneySummary>,
    pub services: IndexMap<String, ServiceSummary>,
    /// Messages that went to dead-letter queues and destinations, all services together, mean per replication.
    pub dead_letters: Estimate,
    pub bill: BillSummary,
    pub objectives: Vec<ObjectiveResult>,
    pub assumptions: Vec<AssumptionUse>,
    pub warnings: Vec<String>,
    /// One entry per disturbance of the timeline that begins within the window.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recoveries: Vec<Recovery>,
    #[serde(skip)]
    pub limits: Vec<LimitRow>,
    #[serde(skip)]
    pub breakdown: Vec<BreakdownRow>,
    #[serde(skip)]
    pub curves: Vec<LatencyCurve>,
    #[serde(skip)]
    pub series: Vec<Series>,
    #[serde(skip)]
    pub spans: Vec<Span>,
}

/// One metric of two designs under common random numbers.
#[derive(Clone, Debug, Serialize)]
pub struct PairedDifference {
    pub metric: String,
    pub unit: String,
    pub baseline: String,
    pub design: String,
    /// Design minus baseline.
    pub difference: Estimate,
    /// `lower`, `higher` or `no difference shown`.
    pub verdict: String,
    /// Correlation of the two designs over replications.
    pub correlation: Option<f64>,
    /// Variance of an unpaired comparison over that of the paired one.
    pub variance_reduction: Option<f64>,
}

/// A key that has another value in a design than in the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScenarioDifference {
    pub design: String,
    /// Path of the key from the root of the scenario.
    pub key: Vec<String>,
    /// The values as JSON, shortened; `None` where the key is absent.
    pub baseline_value: Option<String>,
    pub design_value: Option<String>,
}

/// `compare`: several designs side by side.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Comparison {
    pub schema: String,
    pub designs: Vec<Summary>,
    /// The intervals of so many differences hold all together with 95 % confidence (Bonferroni), each being that much wider.
    pub simultaneous_intervals: usize,
    pub differences: Vec<PairedDifference>,
    /// Keys in which the scenarios differ.
    pub scenario_differences: Vec<ScenarioDifference>,
}

/// A limiter at one point of a sweep.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LimitAtPoint {
    pub service: String,
    pub limiter: String,
    /// Share of the requests at this limiter that it refused or delayed, whichever is more.
    pub bound_share: f64,
    /// Linear estimate of the load multiple at which it binds; `None` when unused.
    pub load_multiple: Option<f64>,
}

/// What one design yields at one point of a sweep: plain numbers that survive being written and read again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Outcome {
    pub design: String,
    pub fingerprint: String,
    pub stable: bool,
    /// Set when a bound ended a replication.
    pub stopped: Option<String>,
    /// Path of the latency of the milestone to look at first, up to and including `latency_ms`.
    pub latency: Option<String>,
    pub objectives: Vec<ObjectiveResult>,
    /// The limiters in use, the first to bind first.
    pub limits: Vec<LimitAtPoint>,
    /// Every estimate of summary.json by its path.
    pub metrics: IndexMap<String, Estimate>,
    /// USD per million fulfilled journeys in each replication, for selecting the cheapest.
    pub per_million_fulfilled_usd: Vec<Option<f64>>,
}

/// A point of a sweep: the values of the varied keys, and what each design yields there.
#[derive(Clone, Debug, Serialize)]
pub struct SweepPoint {
    pub values: Vec<String>,
    pub designs: Vec<Outcome>,
}

/// The cheapest of the points that meet all objectives, and those that cannot be told from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Selection {
    /// (point, design), each an index; `None` when nothing meets the objectives.
    pub best: Option<(usize, usize)>,
    /// Others whose bill is not shown to be dearer than the best by more than the indifference zone.
    pub not_told_apart: Vec<(usize, usize)>,
    /// Width of the indifference zone, as a share of the best bill.
    pub indifference: f64,
    /// Confidence that the best of all is among those named.
    pub confidence: f64,
}

/// A sweep: designs at many points.
#[derive(Clone, Debug, Serialize)]
pub struct Sweep {
    pub schema: String,
    /// Paths of the keys that have other values at each point.
    pub varied: Vec<String>,
    pub points: Vec<SweepPoint>,
    /// (point, design) of those that no other beats in both latency and cost, by rising cost.
    pub pareto: Vec<(usize, usize)>,
    pub selection: Selection,
}
