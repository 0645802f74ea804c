use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::duration::DurationSpec;
use crate::fabric::steps::Step;
use crate::reader::Spanned;
use crate::units::{Count, Duration};

/// A consumer of an SQS queue that you run yourself: workers that receive, work, and delete. Its hardware is not billed here;
/// its requests are, on the queue's account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsumerConfig {
    /// The queue it receives from.
    pub queue: Spanned<String>,
    /// Workers, each of which handles one batch at a time; 1 by default.
    pub workers: Option<Spanned<Count>>,
    /// How long a receive waits for messages: `0 s` is a short poll, at most 20 s. By default what the queue says by its
    /// `receive_message_wait_time`.
    pub wait: Option<Spanned<Duration>>,
    /// Pause after a receive that brought nothing; none by default.
    pub poll_interval: Option<Spanned<Duration>>,
    /// Messages that a receive asks for, from 1 to 10; 1 by default, as in AWS's API.
    pub maximum_messages: Option<Spanned<Count>>,
    /// What is done with a batch, as steps of a function. Without a `for_each` among them the steps are done for each message, one
    /// message after the other. A message whose steps fail is not deleted.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// In place of `steps`: how long each message takes, one after the other.
    pub work: Option<DurationSpec>,
    /// Marks of the journey when a message's `work` is done.
    #[serde(default)]
    pub marks: Vec<Spanned<String>>,
    /// Whether messages are deleted when they are done; yes by default.
    pub delete: Option<bool>,
}
