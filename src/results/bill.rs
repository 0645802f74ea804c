//! What a run costs.

use indexmap::IndexMap;
use serde::Serialize;

use super::Estimate;

/// The part of a bill that no context or mark stands for.
pub const UNATTRIBUTED: &str = "unattributed";

/// What one service pays for one SKU.
#[derive(Clone, Debug, Serialize)]
pub struct BillLine {
    pub service: String,
    /// AWS product the line is billed under, e.g. `AWS Lambda`.
    pub product: String,
    pub sku: String,
    pub unit: String,
    /// Billed by time, used or not, as against what comes with traffic.
    pub standing: bool,
    pub quantity_month: Estimate,
    pub usd_month: Estimate,
}

/// The bill of a month.
#[derive(Clone, Debug, Default, Serialize)]
pub struct BillSummary {
    /// What the month is made of, in words.
    pub basis: String,
    pub month_usd: Estimate,
    /// The part that is billed by time, used or not, and the part that comes with traffic. They add up to `month_usd`.
    pub standing_month_usd: Estimate,
    pub traffic_month_usd: Estimate,
    pub per_million_journeys_usd: Estimate,
    pub per_million_fulfilled_usd: Estimate,
    /// A million times what one more journey costs at the volume of the month, at the prices of the tiers in force there.
    pub marginal_per_million_journeys_usd: Estimate,
    /// True when the system is unstable: work left undone has not been billed.
    pub lower_bound: bool,
    /// USD per month of all lines of a service, dearest first.
    pub services: IndexMap<String, Estimate>,
    /// What comes with traffic, by the service that it passes; in the same order.
    pub hops: IndexMap<String, HopCost>,
    /// USD per month by the `context` of the services; [`UNATTRIBUTED`] has the services without one. They add up to `month_usd`;
    /// empty when no service has a context.
    pub contexts: IndexMap<String, Estimate>,
    /// USD per month by the mark that a service makes; [`UNATTRIBUTED`] has the services that make none or several. They add up
    /// to `month_usd`; empty when no service makes exactly one.
    pub marks: IndexMap<String, Estimate>,
    pub lines: Vec<BillLine>,
    /// Free allowances applied, in words.
    pub allowances: Vec<String>,
    #[serde(skip)]
    pub against_load: CostAgainstLoad,
}

/// What a hop over a service costs. Connections bill nothing themselves: what a poller asks for stands at the queue it polls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct HopCost {
    /// USD of the lines that come with traffic, per million journeys started.
    pub per_million_journeys_usd: Estimate,
    /// Calls that the service got for a journey: requests, sends, deletes, tries again. Calls for no journey, as polls are, do not
    /// count.
    pub calls_per_journey: Estimate,
    /// USD of the lines that come with traffic, per million such calls.
    pub per_million_calls_usd: Estimate,
}

/// A bill at several loads, in USD per month.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostAgainstLoad {
    /// What the bill is of.
    pub name: String,
    /// Multiples of the usage, ascending, at least two.
    pub loads: Vec<f64>,
    /// Cost of each service at each load, the dearest service first.
    pub services: Vec<(String, Vec<f64>)>,
    /// Loads at which some price changes from one tier to the next, and what it is the price of.
    pub kinks: Vec<(f64, String)>,
}

/// From one bill to another, in USD per month.
#[derive(Clone, Debug, PartialEq)]
pub struct Waterfall {
    /// Names of the bill before and after.
    pub names: (String, String),
    /// Total of the bill before.
    pub before: f64,
    /// Name and size of each change, the largest first. They add up to the difference of the totals.
    pub changes: Vec<(String, f64)>,
}
