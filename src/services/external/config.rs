use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::duration::DurationSpec;
use crate::reader::Spanned;
use crate::units::{Count, Rate, Share};

/// A dependency that is not an AWS service: a payment provider, a database of your own, any queue of the textbooks. Requests are
/// served first come, first served.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalConfig {
    /// Requests served at once; without it there is no limit.
    pub servers: Option<Count>,
    /// Requests in service and waiting together; more are refused. Without it there is no limit.
    pub capacity: Option<Count>,
    /// How long one request is served.
    pub service_time: DurationSpec,
    /// Share of requests that end with a retryable error, after their service time; none by default.
    pub errors: Option<Share>,
    /// Business answers and their shares of the successful requests; steps can branch on them. Must add up to 100 %.
    #[serde(default)]
    pub answers: IndexMap<Spanned<String>, Share>,
    /// Requests per second above which it refuses; without it there is no limit.
    pub rate_limit: Option<Rate>,
    /// Requests it takes at once under the rate limit; one second's worth by default.
    pub burst: Option<Count>,
    /// Requests whose caller has given up are dropped from the queue instead of served.
    #[serde(default)]
    pub drop_when_abandoned: bool,
}
