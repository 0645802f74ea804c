use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::pattern::Scope;
use crate::reader::{Raw, ScalarOr, Spanned};
use crate::units::{Bytes, Count, Duration};

/// An Amazon SNS standard topic: `Publish` is answered at once, and every subscription gets its own copy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnsConfig {
    /// Who gets the messages, by a name of your choice: the name of a Lambda function, an SQS queue or an external HTTP
    /// endpoint, or a map with more to say.
    #[serde(default)]
    pub subscriptions: IndexMap<String, ScalarOr<String, Subscription>>,
    /// The largest message that is accepted, from 1 KB to 1 MB; 256 KB by default. Above 256 KB a topic has at most 100
    /// subscriptions, of Lambda functions and SQS queues only.
    pub maximum_message_size: Option<Spanned<Bytes>>,
}

/// One subscription of a topic.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Subscription {
    /// A Lambda function (invoked asynchronously), an SQS standard queue or an external HTTP endpoint.
    pub endpoint: Spanned<String>,
    /// Only messages that match are delivered; without it, all are.
    pub filter_policy: Option<Raw>,
    /// What the policy reads: `MessageAttributes` (default, free of charge) or `MessageBody` (billed by the bytes scanned).
    /// The payload's fields are both. An event that comes from an EventBridge rule has no attributes.
    pub filter_policy_scope: Option<Spanned<FilterPolicyScope>>,
    /// A standard SQS queue for messages that cannot be delivered; without it they are lost.
    pub dead_letter: Option<Spanned<String>>,
    /// Retries of an HTTP endpoint; 3 retries 20 s apart by default. Those of functions and queues cannot be changed.
    pub delivery_policy: Option<Spanned<DeliveryPolicy>>,
}

/// What a filter policy reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum FilterPolicyScope {
    /// The message's attributes.
    #[default]
    MessageAttributes,
    /// The message's body, a JSON object.
    MessageBody,
}

impl From<FilterPolicyScope> for Scope {
    fn from(scope: FilterPolicyScope) -> Self {
        match scope {
            FilterPolicyScope::MessageAttributes => Scope::MessageAttributes,
            FilterPolicyScope::MessageBody => Scope::MessageBody,
        }
    }
}

/// When deliveries to an HTTP endpoint are retried: first without delay, then at the least delay, then with growing
/// delays, then at the greatest delay. The phase of growing delays has what the other phases leave of `num_retries`.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryPolicy {
    /// Retries in all phases together, at most 100; 3 by default.
    pub num_retries: Option<Count>,
    /// The least delay; 20 s by default.
    pub min_delay_target: Option<Duration>,
    /// The greatest delay; 20 s by default.
    pub max_delay_target: Option<Duration>,
    /// Retries without delay; none by default.
    pub num_no_delay_retries: Option<Count>,
    /// Retries at the least delay, before the delays grow; none by default.
    pub num_min_delay_retries: Option<Count>,
    /// Retries at the greatest delay, after the delays have grown; none by default.
    pub num_max_delay_retries: Option<Count>,
    /// How the delays grow from the least to the greatest: `linear` (default) or `exponential`.
    pub backoff_function: Option<BackoffFunction>,
}

/// How delays grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackoffFunction {
    /// By equal steps.
    #[default]
    Linear,
    /// By equal factors.
    Exponential,
}
