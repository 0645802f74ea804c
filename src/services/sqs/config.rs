use schemars::JsonSchema;
use serde::Deserialize;

use crate::reader::Spanned;
use crate::units::{Bytes, Count, Duration};

/// An Amazon SQS standard queue.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SqsConfig {
    /// How long a received message stays hidden unless it is deleted; 30 s by default, at most 12 h.
    pub visibility_timeout: Option<Spanned<Duration>>,
    /// How long a message is kept, counted from when it was first sent, also while it is in flight; 4 d by default, from 60 s
    /// to 14 d.
    pub message_retention_period: Option<Spanned<Duration>>,
    /// How long every new message stays invisible; none by default, at most 15 min. A message's own delay takes precedence.
    pub delay: Option<Spanned<Duration>>,
    /// Wait of receives that do not say how long they wait; none by default (short polling), at most 20 s.
    pub receive_message_wait_time: Option<Spanned<Duration>>,
    /// Larger messages are refused; 1 MB by default, from 1 KB to 1 MB.
    pub maximum_message_size: Option<Spanned<Bytes>>,
    /// Messages that lie in the queue when the run begins, visible and never received; none by default, at most 10 million.
    /// They belong to no journey: whatever handles them is as busy with them as with others, and is billed, but no latency, rate or
    /// ending counts them. Their body is empty, so that no filter pattern on a field lets them through.
    pub initial_messages: Option<Spanned<Count>>,
    /// The size of each of them; 1 KB by default.
    pub initial_message_size: Option<Spanned<Bytes>>,
    /// Where messages go that have been received too often.
    pub redrive: Option<RedriveConfig>,
}

/// A redrive policy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedriveConfig {
    /// The dead-letter queue: another SQS queue.
    pub dead_letter: Spanned<String>,
    /// Receives without a delete after which the next receive moves the message instead of handing it out; from 1 to 1,000.
    pub max_receive_count: Spanned<Count>,
}
