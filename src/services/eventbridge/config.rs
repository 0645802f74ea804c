use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::reader::{OneOrMany, Raw, ScalarOr, Spanned};
use crate::units::{Count, Duration};

/// An Amazon EventBridge custom event bus of the Classic kind: rules that match events and send them to targets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventBridgeConfig {
    /// Rules by name. An event goes to the targets of every rule that matches it, to each by itself.
    #[serde(default)]
    pub rules: IndexMap<String, Rule>,
    /// The year whose delivery latency is reproduced: `2026` (default), `2023` or `2022`.
    pub latency_profile: Option<Spanned<Count>>,
}

/// A rule of a bus.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What an event must look like. Steps that put events fill `source`, `detail-type` and `detail`. A workload that sends to
    /// the bus itself names `source` and `detail-type` among its payload fields; its other fields are the `detail`.
    pub event_pattern: Raw,
    /// Where events go, at most 5: a Lambda function (invoked asynchronously), an SQS queue, an SNS topic, a state machine, or
    /// another bus; by name, or as a map with more to say.
    pub targets: OneOrMany<ScalarOr<String, Target>>,
    /// `ENABLED` (default) or `DISABLED`.
    #[serde(default)]
    pub state: RuleState,
}

/// Whether a rule is at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RuleState {
    /// It matches events.
    #[default]
    Enabled,
    /// It matches nothing.
    Disabled,
}

/// A target of a rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The service that gets the events.
    pub target: Spanned<String>,
    /// A standard SQS queue for events that cannot be delivered; without it they are lost.
    pub dead_letter: Option<Spanned<String>>,
    /// Retries of one delivery, 0 to 185; 185 by default.
    pub maximum_retry_attempts: Option<Spanned<Count>>,
    /// Age at which an event is given up, from 60 s to 24 h; 24 h by default.
    pub maximum_event_age: Option<Spanned<Duration>>,
}
