//! What user code does, as a short list of steps, and its compilation into a program.

mod compile;
mod transform;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::reader::{Raw, Spanned};
use crate::units::{Bytes, Duration, Share};

use super::duration::DurationSpec;

pub use compile::{StepProgram, compile, profile};
pub use transform::{Event, Transforms, event_envelope};

/// One step of a function or task.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Computes, or waits for something that is not modelled, for a random duration: `work: { p50: 12 ms, p99: 60 ms }`.
    Work(DurationSpec),
    /// Waits for a duration that faults on this service do not stretch.
    Sleep(DurationSpec),
    /// Calls an external service and waits for its answer.
    Call(CallStep),
    /// Invokes another Lambda function.
    Invoke(InvokeStep),
    /// SQS `SendMessage`.
    SendMessage(SendStep),
    /// SNS `Publish`.
    Publish(PublishStep),
    /// EventBridge `PutEvents` with one entry.
    PutEvents(PutEventsStep),
    /// Step Functions `StartExecution`.
    StartExecution(StartExecutionStep),
    /// DynamoDB `PutItem`.
    PutItem(WriteStep),
    /// DynamoDB `UpdateItem`.
    UpdateItem(WriteStep),
    /// DynamoDB `DeleteItem`.
    DeleteItem(WriteStep),
    /// DynamoDB `GetItem`; with `all_of` or `absent` it decides how to go on.
    GetItem(ReadStep),
    /// A conditional DynamoDB write that lets exactly one caller of a journey pass: the one that completes `all_of`.
    Join(JoinStep),
    /// Runs its steps only if the journey has not run them before, by a conditional DynamoDB write.
    Idempotent(IdempotentStep),
    /// Emits a mark of the journey.
    Mark(Spanned<String>),
    /// Fails with a probability.
    Fail(FailStep),
    /// Goes one way with a probability, else the other.
    Choose(ChooseStep),
    /// Goes one way if the payload matches an event pattern, else the other.
    When(WhenStep),
    /// Runs its steps for each record of the batch; each record has its own outcome.
    ForEach(ForEachStep),
    /// Sets payload fields for the steps that follow.
    Set(FieldsStep),
    /// Ends with a result.
    Return(FieldsStep),
}

/// Client behaviour of a call: a time-out for one attempt, and retries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RetryMode {
    /// The AWS kits' standard mode since 2026-11-10: 3 attempts (4 for DynamoDB), 50 ms (25 ms) transient base, 1 s throttle base,
    /// retry quota.
    #[default]
    #[serde(rename = "2026")]
    Standard2026,
    /// The standard mode before: 3 attempts, 1 s base.
    #[serde(rename = "pre2026-standard")]
    Pre2026Standard,
    /// boto3's legacy mode: 5 attempts (10 for DynamoDB), no quota.
    Legacy,
    /// One attempt.
    None,
    /// 3 attempts without pause.
    Naive,
}

/// Calls an external service and waits for its answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallStep {
    /// The external service.
    pub service: Spanned<String>,
    /// Gives up one attempt after this long.
    pub timeout: Option<Duration>,
    /// Retries of the client; none by default, since an external is not called through an AWS kit.
    #[serde(default = "no_retry")]
    pub retry: RetryMode,
    /// Steps by the answer that the external gives.
    #[serde(default)]
    pub answers: IndexMap<String, Vec<Step>>,
    /// Steps to go on with when the call fails for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

fn no_retry() -> RetryMode {
    RetryMode::None
}

/// How a function is invoked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Invocation {
    /// Waits for the result.
    #[default]
    RequestResponse,
    /// Hands the event to the function's asynchronous queue.
    Event,
}

/// Invokes another Lambda function.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvokeStep {
    /// The function that is invoked.
    pub function: Spanned<String>,
    /// `request_response` (default) or `event`.
    #[serde(default)]
    pub invocation: Invocation,
    /// Payload fields to pass on; none by default, which leaves the size to travel alone.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Further fields with constant values.
    #[serde(default)]
    pub values: IndexMap<String, serde_json::Value>,
    /// Payload size; by default that of the payload at hand.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// SQS `SendMessage`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SendStep {
    /// The queue that gets the message.
    pub queue: Spanned<String>,
    /// Payload fields to pass on; none by default, which leaves the size to travel alone.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Further fields with constant values.
    #[serde(default)]
    pub values: IndexMap<String, serde_json::Value>,
    /// Message size; by default that of the payload at hand.
    pub size: Option<Bytes>,
    /// Delay of this message, at most 15 min; by default the queue's.
    pub delay: Option<Duration>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// SNS `Publish`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishStep {
    /// The topic that gets the message.
    pub topic: Spanned<String>,
    /// Payload fields to pass on; filter policies read them as message attributes or body fields.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Further fields with constant values.
    #[serde(default)]
    pub values: IndexMap<String, serde_json::Value>,
    /// Message size; by default that of the payload at hand.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// EventBridge `PutEvents` with one entry.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutEventsStep {
    /// The event bus that gets the event.
    pub bus: Spanned<String>,
    /// The event's `detail-type`.
    pub detail_type: String,
    /// The event's `source`; the function's name by default.
    pub source: Option<String>,
    /// Payload fields to pass on in `detail`.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Further fields of `detail` with constant values.
    #[serde(default)]
    pub values: IndexMap<String, serde_json::Value>,
    /// Entry size; by default that of the payload at hand.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// Step Functions `StartExecution`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartExecutionStep {
    /// The state machine that is started.
    pub state_machine: Spanned<String>,
    /// Payload fields to pass on; none by default, which leaves the size to travel alone.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Further fields with constant values.
    #[serde(default)]
    pub values: IndexMap<String, serde_json::Value>,
    /// Size of the input; by default that of the payload at hand.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// A DynamoDB write of one item, keyed by the journey.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteStep {
    /// The table.
    pub table: Spanned<String>,
    /// Attributes that the write sets.
    #[serde(default)]
    pub set: Vec<Spanned<String>>,
    /// Item size; by default 1 KB.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// A DynamoDB read of one item, keyed by the journey.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadStep {
    /// The table.
    pub table: Spanned<String>,
    /// Item size; by default 1 KB.
    pub size: Option<Bytes>,
    /// Strongly consistent: dearer.
    #[serde(default)]
    pub consistent: bool,
    /// `then` runs if all of these attributes are set (and none of `absent`), else `otherwise`.
    #[serde(default)]
    pub all_of: Vec<Spanned<String>>,
    /// Attributes that must not be set for `then`.
    #[serde(default)]
    pub absent: Vec<Spanned<String>>,
    /// Steps when the item is as asked for.
    #[serde(default)]
    pub then: Vec<Step>,
    /// Steps when it is not.
    #[serde(default)]
    pub otherwise: Vec<Step>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// A join in choreography: one conditional `UpdateItem`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinStep {
    /// The table whose item the callers write.
    pub table: Spanned<String>,
    /// The attribute this caller sets.
    pub set: Spanned<String>,
    /// Attributes that must all be set for a caller to pass.
    pub all_of: Vec<Spanned<String>>,
    /// Attributes that keep everybody from passing (a cancelled order).
    #[serde(default)]
    pub absent: Vec<Spanned<String>>,
    /// What the one caller that passes does.
    #[serde(default)]
    pub then: Vec<Step>,
    /// What the others do.
    #[serde(default)]
    pub otherwise: Vec<Step>,
    /// Item size; by default 1 KB.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// Runs its steps at most once per journey.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdempotentStep {
    /// The table that remembers what is done.
    pub table: Spanned<String>,
    /// What is done at most once; names the attribute.
    pub key: Spanned<String>,
    /// What is done at most once per journey.
    pub steps: Vec<Step>,
    /// Item size; by default 1 KB.
    pub size: Option<Bytes>,
    /// What the client does when the call fails: the AWS kits' present standard mode (`2026`) unless told otherwise.
    #[serde(default)]
    pub retry: RetryMode,
    /// Steps to go on with when the call has failed for good; without them the function fails.
    pub on_error: Option<Vec<Step>>,
}

/// Fails with a probability.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailStep {
    /// Probability of the failure: `0.5%`; `100%` always fails.
    pub share: Share,
    /// Name of the error; `Error` by default.
    pub error: Option<String>,
}

/// A probabilistic branch.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChooseStep {
    /// Probability of `then`.
    pub share: Share,
    /// Steps with that probability.
    #[serde(default)]
    pub then: Vec<Step>,
    /// Steps else.
    #[serde(default)]
    pub otherwise: Vec<Step>,
}

/// A branch on the payload.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WhenStep {
    /// An event pattern over the payload's fields.
    #[serde(rename = "match")]
    pub pattern: Raw,
    /// Steps when the payload matches.
    #[serde(default)]
    pub then: Vec<Step>,
    /// Steps when it does not.
    #[serde(default)]
    pub otherwise: Vec<Step>,
}

/// A loop over the records of a batch.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ForEachStep {
    /// Records handled at once; 1 by default.
    pub concurrency: Option<u32>,
    /// What is done with each record.
    pub steps: Vec<Step>,
}

/// Payload fields.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldsStep {
    /// Fields of the payload at hand to keep; the others are dropped.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Fields with constant values.
    #[serde(default)]
    pub values: IndexMap<String, serde_json::Value>,
    /// Size of the payload from here on; by default it stays as it is.
    pub size: Option<Bytes>,
}
