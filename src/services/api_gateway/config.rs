use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::duration::DurationSpec;
use crate::fabric::steps::Invocation;
use crate::reader::Spanned;
use crate::units::{Count, Duration, Rate};

/// An API of API Gateway: routes to functions, to other services and to external ones.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiGatewayConfig {
    /// `rest`: a Regional REST API. `http`: an HTTP API, which is cheaper and offers less.
    pub protocol: Protocol,
    /// What each route calls: `POST /orders: { target: accept }`.
    pub routes: IndexMap<String, RouteConfig>,
    /// Requests per second of the stage, over all routes; by default only the account's limit holds.
    pub throttling_rate_limit: Option<Spanned<Rate>>,
    /// Requests that the stage takes at once under its rate limit; one second's worth by default.
    pub throttling_burst_limit: Option<Spanned<Count>>,
    /// The API's own latency, without that of what it calls, instead of the assumed one.
    pub latency: Option<DurationSpec>,
}

/// The product behind an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// A REST API.
    Rest,
    /// An HTTP API.
    Http,
}

/// One route and its integration.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// The service that is called. Its type decides how: a function is invoked, a queue gets `SendMessage`, a topic
    /// `Publish`, an event bus `PutEvents`, a state machine `StartExecution`, a table `PutItem`, an external a request;
    /// topics and tables are for REST APIs only.
    pub target: Spanned<String>,
    /// `request_response` waits for a function's result (default) or for the end of an Express execution
    /// (`StartSyncExecution`). `event` hands the event to the function's asynchronous queue (REST only).
    pub invocation: Option<Spanned<Invocation>>,
    /// Detail type of the event, for event buses.
    pub detail_type: Option<Spanned<String>>,
    /// Source of the event, for event buses; the API's name by default.
    pub source: Option<Spanned<String>>,
    /// Payload fields to pass on; all by default.
    pub fields: Option<Vec<String>>,
    /// The API answers 504 after this long: 29 s by default and at most, unless the quota was raised (REST), or 30 s (HTTP).
    pub timeout: Option<Spanned<Duration>>,
}
