//! What a break-even search yields: at which values of a key two designs are equal in a metric.

use serde::{Deserialize, Serialize};

use super::Estimate;

/// Which of two designs has the lower metric, at the confidence of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lower {
    First,
    Second,
    NotToldApart,
}

/// Both designs at one value of the varied key, under the same seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TestedPair {
    /// As it is written in the scenario.
    pub value: String,
    /// Without its unit.
    pub number: f64,
    pub lower: Lower,
    /// Why the designs cannot be compared here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub replications: u64,
    /// The metric of each design, with its 95 % interval.
    pub first: Estimate,
    pub second: Estimate,
    /// Second minus first, with the 95 % interval of the pairs.
    pub difference: Estimate,
    /// The interval that decides: all of the search hold at once with its confidence.
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// Second minus first in each replication; `None` where there is no number.
    pub differences: Vec<Option<f64>>,
}

/// Where the designs change places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Crossing {
    /// Design with the lower metric below, and above.
    pub lower_below: String,
    pub lower_above: String,
    /// The largest tested value below, and the smallest above, at which that is shown.
    pub shown_below: String,
    pub shown_above: String,
    /// Tested values between these at which neither is shown to be lower.
    pub not_told_apart: Vec<String>,
    /// Where the straight line between the two crosses zero, with its 95 % interval; a number in the unit of the range.
    pub at: Estimate,
    /// The mean of `at` with the unit.
    pub value: String,
}

/// A break-even search.
#[derive(Clone, Debug, Serialize)]
pub struct BreakEven {
    pub schema: String,
    /// Path of the key that is varied.
    pub varied: String,
    /// Path of the metric in summary.json.
    pub metric: String,
    pub first: String,
    pub second: String,
    pub low: String,
    pub high: String,
    /// What stands behind a value of the range.
    pub unit: String,
    /// The middle of two values is that of their logarithms.
    pub log: bool,
    pub resolution: f64,
    /// Most replications at a value.
    pub budget: u64,
    /// Numbers of replications after which it was looked at the intervals.
    pub looks: Vec<u64>,
    /// Most values that the search may test.
    pub values_max: u64,
    /// With which all verdicts hold together.
    pub confidence: f64,
    /// Confidence of each single interval: Bonferroni's share for so many looks and values.
    pub interval_confidence: f64,
    /// From the lowest to the highest value.
    pub crossings: Vec<Crossing>,
    /// The design that is shown to be lower at every tested value.
    pub lower_throughout: Option<String>,
    /// All tested values, rising.
    pub tested: Vec<TestedPair>,
}
