use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::fabric::duration::{Bounds, DurationSpec};
use crate::fabric::steps::Step;
use crate::reader::{Raw, ScalarOr, Spanned};
use crate::units::{Bytes, Count, Duration};

/// A Lambda function.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LambdaConfig {
    /// Language runtime, which decides how long an environment takes to initialise; `nodejs22.x` by default.
    #[serde(default)]
    pub runtime: Runtime,
    /// `x86_64` (default) or `arm64`.
    #[serde(default)]
    pub architecture: Architecture,
    /// `zip` (default) or `image`.
    #[serde(default)]
    pub package_type: PackageType,
    /// Memory, 128 MB (default) to 10,240 MB. It sets the price and how long the first run takes; durations of `work` are
    /// those at this memory.
    pub memory_size: Option<Spanned<Bytes>>,
    /// An invocation is killed after this long: 3 s by default, at most 900 s.
    pub timeout: Option<Spanned<Duration>>,
    /// Concurrency that is kept for this function and that it cannot exceed. 0 stops it: events go to the dead-letter
    /// target without a try.
    pub reserved_concurrent_executions: Option<Spanned<Count>>,
    /// Size of `/tmp`: 512 MB (default, free) to 10,240 MB.
    pub ephemeral_storage: Option<Spanned<Bytes>>,
    /// What the handler does. A function with `events` and without a `for_each` handles the records of its batch one
    /// after the other with these steps.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Time for the function's own static code, on top of the runtime's.
    pub init: Option<DurationSpec>,
    /// Queues that the function is fed from.
    #[serde(default)]
    pub events: IndexMap<Spanned<String>, EventSource>,
    /// Where events go that could not be handled: an SQS queue or SNS topic.
    pub dead_letter: Option<Spanned<String>>,
    /// Where a record of each handled event goes: a queue, topic, event bus or function.
    pub on_success: Option<Spanned<String>>,
    /// Where a record of each event goes that could not be handled: a queue, topic, event bus or function.
    pub on_failure: Option<Spanned<String>>,
    /// Retries of an event whose handler failed: 0 to 2 (default).
    pub maximum_retry_attempts: Option<Spanned<Count>>,
    /// Events older than this are given up: 60 s to 6 h (default).
    pub maximum_event_age: Option<Spanned<Duration>>,
    /// How long an idle environment is kept; AWS names no number, 600 s is an assumption.
    pub keep_alive: Option<Duration>,
    /// An environment is replaced once it is this old: a duration, or `{ from: 2 h, to: 6 h }` (an assumption, and the
    /// default). `0 s` sets no maximum.
    pub maximum_environment_age: Option<ScalarOr<Duration, Bounds>>,
    /// Environments that are initialised and idle when the run begins, as if they had just served; none by default. They are of
    /// age zero, and go after `keep_alive` like any others that stay idle.
    pub initial_environments: Option<Spanned<Count>>,
    /// Which idle environment serves the next request; AWS does not say.
    #[serde(default)]
    pub reuse: Reuse,
    /// Bytes that one invocation writes to the log, besides the platform's own lines.
    pub log_bytes: Option<Bytes>,
    /// `false` reproduces bills from before 2025-08-01, when initialisation was free.
    #[serde(default = "yes")]
    pub bill_init: bool,
    /// Latencies to use instead of the defaults.
    #[serde(default)]
    pub latency: Latencies,
}

fn yes() -> bool {
    true
}

/// A language runtime whose initialisation has been measured. `dotnet10-aot`, `go`, `rust`, `llrt` and
/// `graalvm-java23` run on `provided.al2023`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Runtime {
    #[default]
    #[serde(rename = "nodejs22.x")]
    Nodejs22,
    #[serde(rename = "nodejs24.x")]
    Nodejs24,
    #[serde(rename = "python3.12")]
    Python312,
    #[serde(rename = "python3.13")]
    Python313,
    #[serde(rename = "python3.14")]
    Python314,
    #[serde(rename = "java17")]
    Java17,
    #[serde(rename = "java21")]
    Java21,
    #[serde(rename = "java25")]
    Java25,
    #[serde(rename = "dotnet8")]
    Dotnet8,
    #[serde(rename = "dotnet10")]
    Dotnet10,
    #[serde(rename = "ruby3.4")]
    Ruby34,
    /// .NET 10, compiled ahead of time.
    #[serde(rename = "dotnet10-aot")]
    Dotnet10Aot,
    #[serde(rename = "go", alias = "provided.al2023")]
    Go,
    #[serde(rename = "rust")]
    Rust,
    #[serde(rename = "llrt")]
    Llrt,
    /// Java 23 as a GraalVM native image.
    #[serde(rename = "graalvm-java23")]
    GraalvmJava23,
}

/// Instruction set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    #[default]
    #[serde(rename = "x86_64")]
    X86,
    #[serde(rename = "arm64")]
    Arm,
}

/// How the code is delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackageType {
    #[default]
    Zip,
    Image,
}

/// Which idle environment is used next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reuse {
    /// The one that was created last, which lets the pool shrink after a peak.
    #[default]
    Newest,
    /// The one that became idle last.
    MostRecentlyUsed,
    /// The one that became idle first, which keeps all of them alive.
    LeastRecentlyUsed,
}

/// An event source mapping: how Lambda feeds a queue's messages to the function.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventSource {
    /// Records per invocation at most: 10 by default, up to 10,000 with a window of at least 1 s.
    pub batch_size: Option<Spanned<Count>>,
    /// How long a batch is gathered: whole seconds up to 300 s; 0 s by default. A quiet queue can take 20 s longer.
    pub maximum_batching_window: Option<Spanned<Duration>>,
    /// Invocations at once through this mapping: 2 to 1,000; by default 1,250.
    pub maximum_concurrency: Option<Spanned<Count>>,
    /// The handler reports which records failed, and only those come back.
    #[serde(default)]
    pub report_batch_item_failures: bool,
    /// Up to five patterns over `{ body: ... }`; records that match none are deleted without an invocation.
    #[serde(default)]
    pub filter_patterns: Vec<Raw>,
}

/// Latencies of the service. `0 s` switches one off.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latencies {
    /// What a synchronous invocation takes in all, besides the function, when a client or another service makes it.
    pub front_end: Option<DurationSpec>,
    /// From the acceptance of an event until the function is invoked.
    pub asynchronous: Option<DurationSpec>,
    /// From the receive of a batch until the function is invoked; none by default, since the queue's delivery to waiting pollers
    /// is that up to the handler.
    pub event_source: Option<DurationSpec>,
    /// From the end of an event, well or not, until its record is sent to the destination.
    pub destination: Option<DurationSpec>,
    /// From the need of a new environment until its initialisation begins.
    pub platform: Option<DurationSpec>,
    /// Initialisation of runtime and an empty function, instead of the measured table.
    pub runtime_init: Option<DurationSpec>,
    /// What the first run in an environment takes longer than the others.
    pub first_run: Option<DurationSpec>,
}
