//! What breaks first as the load rises: limiters by the load multiple at which they bind, confirmed by runs.

use serde::Serialize;

use super::{Estimate, LimitRow};

/// The ladder of a scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ladder {
    pub schema: String,
    pub scenario: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    pub seed: u64,
    pub replications: u32,
    pub window_seconds: f64,
    /// A limiter binds where it refuses or delays more than this share of what comes to it.
    pub binds_above: f64,
    /// No load beyond this multiple was tested.
    pub up_to: f64,
    /// The first to bind by the linear estimate first.
    pub rungs: Vec<Rung>,
    /// Limiters that were not used at the simulated load, or that no load reaches.
    pub no_estimate: Vec<LimitRow>,
    /// Loads that could not be made, in words.
    pub remarks: Vec<String>,
    /// Bounds that ended a run, in words.
    pub stopped: Vec<String>,
}

/// A limiter, where it is estimated to bind, and where it does.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rung {
    pub service: String,
    pub limiter: String,
    pub quota: f64,
    pub unit: String,
    pub adjustable: bool,
    /// Linear estimate of the load multiple at which it binds.
    pub estimate: f64,
    pub finding: Confirmation,
    /// The highest load tested at which it does not bind, and the lowest at which it does, if there are such.
    pub below: Option<Test>,
    pub above: Option<Test>,
}

/// What runs say about an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confirmation {
    /// It does not bind just below the estimate, and binds just above it.
    Confirmed,
    /// It binds elsewhere, between two tested loads.
    Refined,
    /// It binds at no load that was tested.
    NotReached,
    /// It binds at every load that was tested.
    BindsThroughout,
    /// It was not asked for, or lies beyond the highest load to be tested.
    #[default]
    NotTested,
}

/// A load that was simulated, and what the limiter did there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Test {
    /// Multiple of the load of the scenario.
    pub load: f64,
    pub refused_share: Estimate,
    pub delayed_share: Estimate,
}
