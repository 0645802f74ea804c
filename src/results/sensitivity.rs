//! What an answer owes to numbers that no source states.

use serde::Serialize;

use super::Estimate;

/// Version of the shape of sensitivity.json.
pub const SENSITIVITY_SCHEMA: &str = "floodplan.sensitivity/1";

/// An assumption that was varied.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VariedAssumption {
    pub name: String,
    /// Of `low`, `value` and `high`; empty for plain numbers.
    pub unit: String,
    pub low: f64,
    /// In force without variation.
    pub value: f64,
    pub high: f64,
    pub services: Vec<String>,
    pub why: String,
}

/// An assumption in force that was not varied, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    pub name: String,
    pub reason: String,
}

/// What one assumption does to a metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AssumptionEffect {
    pub assumption: String,
    /// The metric with the assumption at the end of its range, all others in force.
    pub at_low: Estimate,
    pub at_high: Estimate,
    /// `at_high` minus `at_low`, paired. The interval holds together with those of all other assumptions (Bonferroni).
    pub swing: Estimate,
    /// Whether that interval excludes 0.
    pub shown: bool,
    /// Squared correlation of assumption and metric over the joint sample, with its 95 % interval.
    pub explained: Estimate,
}

/// A metric over the joint sample: means of the points, by rank.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct JointSample {
    pub points: u64,
    pub minimum: f64,
    pub p5: f64,
    pub median: f64,
    pub p95: f64,
    pub maximum: f64,
}

/// One metric, and what each assumption does to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MetricSensitivity {
    pub metric: String,
    /// With all assumptions as they are in force.
    pub value: Estimate,
    /// The widest swing first; assumptions without one last.
    pub effects: Vec<AssumptionEffect>,
    /// Absent without a sample, or if the metric is withheld at a point of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joint: Option<JointSample>,
}

/// Whether an objective's verdict hangs on assumptions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ObjectiveSensitivity {
    pub name: String,
    pub condition: String,
    /// With all assumptions as they are in force.
    pub met: bool,
    /// Ends of ranges at which the verdict is the other one: assumption, and `low` or `high`.
    pub turned_by: Vec<(String, String)>,
    /// Points of the joint sample at which it is the other one.
    pub turned_in_sample: u64,
}

/// `sensitivity`: assumptions varied one at a time and together.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Sensitivity {
    pub schema: String,
    pub scenario: String,
    pub seed: u64,
    pub replications: u64,
    /// Points of the joint sample.
    pub samples: u64,
    pub assumptions: Vec<VariedAssumption>,
    pub left_out: Vec<LeftOut>,
    pub metrics: Vec<MetricSensitivity>,
    pub objectives: Vec<ObjectiveSensitivity>,
    /// A bound ended a run at some point.
    pub incomplete: bool,
    /// What keeps the numbers from being taken at face value.
    pub warnings: Vec<String>,
}
