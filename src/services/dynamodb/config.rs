use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::duration::DurationSpec;
use crate::reader::Spanned;
use crate::units::{Rate, Share};

/// A DynamoDB table in on-demand mode. Items are keyed by the journey; sizes are given where the table is called.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DynamodbConfig {
    /// `PAY_PER_REQUEST` (default): on-demand mode. `PROVISIONED` is not modelled yet.
    pub billing_mode: Option<Spanned<BillingMode>>,
    /// What the table can serve at once, in request units; a new table serves 12,000 read and 4,000 write units per second.
    pub warm_throughput: Option<Throughput>,
    /// Caps that the owner sets on the table's request units; none by default.
    pub on_demand_throughput: Option<Throughput>,
    /// Share of the journeys whose item has one and the same key: a hot key, with one partition to serve it; none by default.
    pub hot_key_share: Option<Share>,
    /// Latency of reads as the caller sees it, instead of the assumed one.
    pub latency_read: Option<DurationSpec>,
    /// Latency of writes as the caller sees it, instead of the assumed one.
    pub latency_write: Option<DurationSpec>,
}

/// How a table's capacity is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BillingMode {
    /// Per request: on-demand mode.
    PayPerRequest,
    /// Per hour of provisioned capacity: not modelled yet.
    Provisioned,
}

/// Request units per second, in each direction.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throughput {
    /// Read request units: `12000/s`.
    pub read: Option<Rate>,
    /// Write request units: `4000/s`.
    pub write: Option<Rate>,
}
