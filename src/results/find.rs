//! What a capacity search yields: at which tested values all objectives hold.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// What the runs at a value show, at the confidence of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    Hold,
    Miss,
    /// An interval still held its bound when the replications were used up.
    NotToldApart,
}

/// Which value is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    Largest,
    Smallest,
}

/// An objective at a tested value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedObjective {
    pub name: String,
    pub condition: String,
    /// Length of the windows of an objective that holds window by window; `value` and `bound` are then shares of windows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<f64>,
    /// In the unit of the metric.
    pub bound: f64,
    /// The metric, with its 95 % interval.
    pub value: Estimate,
    /// The interval that decides: all of a search hold at once with the search's confidence. An end that is absent is unbounded.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub shown: Shown,
}

/// What the runs at one value of the varied key yield.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tested {
    /// As it is written in the scenario.
    pub value: String,
    /// Without its unit.
    pub number: f64,
    pub shown: Shown,
    /// Why it misses whatever the intervals say, or why nothing is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub replications: u64,
    pub stable: bool,
    pub fingerprint: String,
    pub objectives: Vec<TestedObjective>,
}

/// What a search has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Some tested values hold, others do not.
    Found,
    /// The objectives hold at the end of the range at which they should be hardest to meet.
    HoldsThroughout,
    /// No tested value is shown to hold.
    HoldsNowhere,
}

/// Two tested values that contradict the assumption of the search: `holds` is the harder one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    pub holds: String,
    pub misses: String,
}

/// The answer for one design.
#[derive(Clone, Debug, Serialize)]
pub struct Capacity {
    pub design: String,
    pub finding: Finding,
    /// The largest (or smallest, if that is wanted) tested value that is shown to hold.
    pub holds: Option<String>,
    /// The nearest tested value beyond it that is shown to miss.
    pub misses: Option<String>,
    /// Tested values between these that are shown neither to hold nor to miss.
    pub not_told_apart: Vec<String>,
    pub contradictions: Vec<Contradiction>,
    /// Numbers of replications after which it was looked at the intervals.
    pub looks: Vec<u64>,
    /// Confidence of each single interval: Bonferroni's share for so many objectives, looks and values.
    pub interval_confidence: f64,
    /// All tested values, rising.
    pub tested: Vec<Tested>,
}

/// A capacity search: one answer for each design.
#[derive(Clone, Debug, Serialize)]
pub struct Search {
    pub schema: String,
    /// Path of the key that is varied.
    pub varied: String,
    pub wanted: Wanted,
    pub low: String,
    pub high: String,
    /// The middle of two values is that of their logarithms.
    pub log: bool,
    /// Neighbours differ by this share.
    pub resolution: f64,
    /// Most replications at a value.
    pub budget: u64,
    /// Most values that the search may test.
    pub values_max: u64,
    /// With which all verdicts of a design hold together.
    pub confidence: f64,
    pub designs: Vec<Capacity>,
}
