use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::duration::DurationSpec;
use crate::reader::{Raw, Spanned};
use crate::units::Bytes;

/// A Step Functions state machine.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepFunctionsConfig {
    /// `STANDARD` (default) or `EXPRESS`.
    #[serde(default)]
    pub workflow_type: WorkflowType,
    /// The state machine in the Amazon States Language, inline or as `{ file: orders.asl.json }`, a path relative to the
    /// scenario (JSON or YAML).
    pub definition: Raw,
    /// Which service each task means. Keys, the most telling first: the name of a state; the state's `Resource` as
    /// written; the function, queue, topic, bus, table or state machine that its parameters name. A placeholder `${Name}`
    /// or the last part of an ARN will do. Any task may be mapped to an `external`.
    #[serde(default)]
    pub resources: IndexMap<String, Spanned<String>>,
    /// Marks that states emit when they are left successfully: `{ Charge: paid }`.
    #[serde(default)]
    pub marks: IndexMap<String, Spanned<String>>,
    /// What DynamoDB tasks do to the journey's item, by state.
    #[serde(default)]
    pub items: IndexMap<String, ItemConfig>,
    /// A mark that a failed, timed out or refused execution emits, besides `failed`.
    pub on_failed_mark: Option<Spanned<String>>,
    /// Logging to CloudWatch Logs; off by default.
    #[serde(default)]
    pub logging_configuration: LoggingConfig,
    /// Time until `StartExecution` is answered.
    pub start_latency: Option<DurationSpec>,
    /// Time from the request until the first state is entered.
    pub start_delay: Option<DurationSpec>,
    /// Time to enter a state that is no task.
    pub transition_latency: Option<DurationSpec>,
    /// Time to enter a task, until its call is made; again for each retry.
    pub task_latency: Option<DurationSpec>,
    /// Time from the answer to a task's call until the state is left.
    pub completion_latency: Option<DurationSpec>,
}

/// Kind of workflow, which cannot be changed later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum WorkflowType {
    /// Up to a year, billed by state transition.
    #[default]
    Standard,
    /// Up to 5 minutes, billed by request, duration and memory.
    Express,
}

/// What a DynamoDB task does to the journey's item.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemConfig {
    /// Attributes that the write sets.
    #[serde(default)]
    pub set: Vec<Spanned<String>>,
    /// `GetItem` finds an item only if all of these attributes are set.
    #[serde(default)]
    pub all_of: Vec<Spanned<String>>,
    /// `GetItem` finds no item if one of these attributes is set.
    #[serde(default)]
    pub absent: Vec<Spanned<String>>,
    /// Item size; by default 1 KB.
    pub size: Option<Bytes>,
}

/// Logging to CloudWatch Logs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoggingConfig {
    /// `OFF` (default), `ALL`, `ERROR` or `FATAL`.
    #[serde(default)]
    pub level: LogLevel,
    /// Whether inputs and outputs are logged too.
    #[serde(default)]
    pub include_execution_data: bool,
    /// Bytes of one event without its data; 750 B by default.
    pub log_bytes: Option<Bytes>,
}

/// Which history events are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// None.
    #[default]
    Off,
    /// Every event.
    All,
    /// Failures of states and of the execution.
    Error,
    /// The execution's failure only.
    Fatal,
}
