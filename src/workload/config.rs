//! The workload as a scenario writes it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fabric::duration::DurationSpec;
use crate::fabric::steps::RetryMode;
use crate::reader::{OneOrMany, ScalarOr, Spanned};
use crate::units::{Bytes, Count, Duration, Number, Rate, Share};

/// A stream of journeys: who asks what, how often, with which payload, and what counts as done.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkloadConfig {
    /// The service that is called. Its type decides how: a function is invoked, a queue gets a message, a bus an event.
    pub target: Spanned<String>,
    /// The route of an API, such as `POST /orders`; needed when the target is an API.
    pub route: Option<Spanned<String>>,
    /// For a function: `request_response` (default) waits for its result, `event` hands over to its asynchronous queue.
    pub invocation: Option<crate::fabric::steps::Invocation>,
    /// Mean arrivals per second (open workload).
    pub rate: Option<Rate>,
    /// How arrivals are spaced at that rate: `poisson` (default) or `constant`.
    #[serde(default)]
    pub arrivals: Spacing,
    /// Journeys that arrive together at each arrival instant; 1 by default.
    pub batch: Option<Count>,
    /// Rates over time instead of one rate: each entry holds from `at` to the next.
    #[serde(default)]
    pub profile: Vec<ProfileStep>,
    /// The profile starts again after this long; without it the last rate holds on.
    pub profile_period: Option<Duration>,
    /// Additional journeys at one time.
    #[serde(default)]
    pub bursts: Vec<Burst>,
    /// Recorded arrivals instead of a rate.
    pub trace: Option<Trace>,
    /// Closed workload instead of a rate: so many users, each waiting for its answer.
    pub users: Option<Count>,
    /// How long a user pauses between an answer and its next request; none by default.
    pub think_time: Option<DurationSpec>,
    /// The client gives up waiting for one attempt after this long; by default it waits for ever.
    pub timeout: Option<Duration>,
    /// What the client does when an attempt is throttled, fails in a way that may pass, or times out: the AWS kits' present
    /// standard mode (`2026`) unless told otherwise. One journey, however many attempts; latency counts from the first one.
    #[serde(default)]
    pub retry: RetryMode,
    /// What the request carries.
    #[serde(default)]
    pub payload: PayloadConfig,
    /// Named points of a journey, at most 16, each a condition on marks: `paid: charged`, `done: { all: [paid, packed] }`.
    #[serde(default)]
    pub milestones: IndexMap<String, MarkCondition>,
    /// Named endings, conditions likewise, tested in this order when nothing of the journey is under way any more; `other` if none holds.
    #[serde(default)]
    pub endings: IndexMap<String, MarkCondition>,
    /// The milestone whose critical path is reported; the last listed one by default.
    pub observe: Option<Spanned<String>>,
}

/// Spacing of arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Spacing {
    /// Independent of one another.
    #[default]
    Poisson,
    /// Evenly.
    Constant,
}

/// A rate from a time on.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileStep {
    /// When it begins to hold, from the start of the run; the first one is `0 s`.
    pub at: Duration,
    /// Mean arrivals from then on.
    pub rate: Rate,
}

/// Many journeys at one time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// When it begins, from the start of the run (warm-up included).
    pub at: Duration,
    /// Journeys.
    pub count: Count,
    /// Spread evenly over this long; all at once by default.
    #[serde(default)]
    pub over: Option<Duration>,
}

/// Arrivals out of a CSV file: a column of times, one arrival each, or counts per time bin.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Path, relative to the scenario.
    pub file: Spanned<String>,
    /// The first line holds column names.
    #[serde(default = "yes")]
    pub header: bool,
    /// Name (or zero-based number) of the column of times.
    pub time: String,
    /// Unit of numeric times: `s` by default; a bin's length where counts are given (`1 min`).
    pub unit: Option<Duration>,
    /// Name (or number) of the column of counts; then each row stands for `unit` of time, spread uniformly.
    pub count: Option<String>,
}

fn yes() -> bool {
    true
}

/// What a request carries.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PayloadConfig {
    /// Size of the request; 1 KB by default.
    pub size: Option<Bytes>,
    /// Fields that rules read.
    #[serde(default)]
    pub fields: IndexMap<String, FieldSpec>,
}

/// A payload field: a constant, or a random value.
pub type FieldSpec = ScalarOr<serde_json::Value, Field>;

/// A random payload field. Values are discrete, so that equal payloads are kept once: numbers drawn from percentiles are
/// rounded to three significant digits.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// One of these, with these probabilities, which must add up to 100 %.
    pub choose: Option<IndexMap<String, Share>>,
    /// A whole number between two bounds, both included and at most 100,000 apart.
    pub integer: Option<IntegerRange>,
    /// A lognormal number, rounded to three significant digits.
    pub number: Option<NumberPercentiles>,
    /// A list of items; its length is a whole number between two bounds.
    pub list: Option<ListSpec>,
}

/// Bounds of a whole number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegerRange {
    /// The lowest value.
    pub from: i64,
    /// The highest value.
    pub to: i64,
}

/// Percentiles of a number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberPercentiles {
    /// Median, above 0.
    pub p50: Number,
    /// 99th percentile.
    pub p99: Number,
}

/// A list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSpec {
    /// Number of items, 0 to 1,000.
    pub length: IntegerRange,
    /// Fields of each item.
    #[serde(default)]
    pub item: IndexMap<String, FieldSpec>,
}

/// A condition on marks: a mark, `{ all: [..] }` or `{ any: [..] }`.
pub type MarkCondition = ScalarOr<Spanned<String>, AllAny>;

/// A condition on several marks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AllAny {
    /// Marks that must all have been made.
    #[serde(default)]
    pub all: Option<OneOrMany<Spanned<String>>>,
    /// Marks of which one must have been made; together with `all`, besides those.
    #[serde(default)]
    pub any: Option<OneOrMany<Spanned<String>>>,
}
