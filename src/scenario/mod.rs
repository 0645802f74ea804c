//! The validated model of a scenario: everything that was written, decoded and cross-checked, with positions kept.

pub mod axis;
mod in_force;
mod month;
mod objective;
mod precision;
mod read;
mod reference;
mod scale;
mod schema;
mod sweep;
#[cfg(test)]
mod tests;
mod timeline;
mod traces;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::{SECOND, Time};
use crate::reader::{Context, Node, Span};
use crate::services::Config;
use crate::units::{Count, Duration, Number};
use crate::workload::WorkloadConfig;

pub use in_force::{InForce, ValuesInForce, in_unit};
pub use month::{Month, Represents};
pub use objective::{Comparator, Objective, Verdict, Windows};
pub use precision::Precision;
use precision::WarmUp;
pub use read::{KEYS, Reading, read, read_text};
pub use reference::reference;
pub use scale::ScaleError;
pub use schema::schema;
pub use sweep::SweepConfig;
pub use timeline::{ACCOUNT, Change, EntryConfig, TimelineEntry};
pub use traces::Recorded;

/// A scenario, decoded.
#[derive(Clone, Debug)]
pub struct Model {
    pub name: String,
    pub question: Option<String>,
    pub region: String,
    pub study: Study,
    pub services: Vec<ServiceModel>,
    pub workloads: Vec<WorkloadModel>,
    pub objectives: Vec<Objective>,
    pub timeline: Vec<TimelineEntry>,
    /// Overrides of assumptions, and of account quotas, with the place of each.
    pub assumptions: IndexMap<String, (f64, Span)>,
    pub quotas: IndexMap<String, (f64, Span)>,
    pub free_tier: bool,
    /// The tree the model was read from, for comparing scenarios key by key.
    pub root: Node,
    pub context: Context,
}

impl Model {
    /// Gives an assumption another value, as `assumptions:` does.
    pub fn assume(&mut self, name: &str, value: f64) {
        self.assumptions.insert(name.to_owned(), (value, Span::default()));
    }
}

/// One service of the scenario.
#[derive(Clone, Debug)]
pub struct ServiceModel {
    pub name: String,
    pub span: Span,
    pub context: Option<String>,
    pub config: Config,
}

/// One workload of the scenario.
#[derive(Clone, Debug)]
pub struct WorkloadModel {
    pub name: String,
    pub span: Span,
    pub config: WorkloadConfig,
    pub recorded: Option<Recorded>,
}

/// How long, how often and from which seed to simulate.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// Length of the measured window; 10 min by default.
    #[serde(default = "ten_minutes")]
    pub duration: Duration,
    /// Time before it that is simulated but not measured; none by default. `auto` finds it in a pilot pass over the same seeds, as
    /// long as `duration`: MSER-5 on the mean latency of each workload's observed milestone per time bin (an empty bin counts
    /// as the one before) and on each backlog that reaches 50, replication by replication. The cut of a series is the
    /// median over replications; the latest of them is the warm-up of all replications, and of all designs in a comparison. A cut
    /// past the middle is refused. Not with a `timeline`.
    #[serde(default)]
    #[schemars(with = "WarmUp")]
    pub warm_up: Duration,
    /// `warm_up` is `auto`: the engine finds it.
    #[serde(skip)]
    pub finds_warm_up: bool,
    /// Traffic goes on for so long after the window, unmeasured, so that the last journeys of the window find the company
    /// that those before them had (batches fill, pollers are fed); a tenth of the duration by default, at most 10 s.
    #[serde(default)]
    pub cool_down: Option<Duration>,
    /// Independent replications, 1 to 100,000; 10 by default. A single one has no intervals.
    #[serde(default = "ten")]
    pub replications: Count,
    /// Goes on beyond `replications` until metrics are known well enough; by default it does not.
    pub precision: Option<Precision>,
    /// Seed of all draws; 1 by default. Designs under the same seed meet the same arrivals and the same luck.
    #[serde(default = "one")]
    pub seed: Count,
    /// After the cool-down a stable system drains until no journey is open, at most this long; 24 h by default.
    #[serde(default = "day")]
    pub drain: Duration,
    /// A replication stops after so many events; 10 thousand million by default.
    #[serde(default = "events")]
    pub maximum_events: Count,
    /// A replication stops with so many calls and messages in flight; 50 million by default.
    #[serde(default = "in_flight")]
    pub maximum_in_flight: Count,
    /// Journeys are followed hop by hop for the breakdown: every n-th; 1 (all) by default.
    #[serde(default = "one")]
    pub breakdown_every: Count,
    /// What the measured window stands for on the bill of a month: `steady` by default, `day`, `month`, or the load of each hour
    /// relative to the simulated one, `{ profile: [0.2, 0.2, ...] }`.
    #[serde(default)]
    pub represents: Represents,
    /// Hours of a month on the bill; 730 by default.
    #[serde(default = "month")]
    pub month_hours: Number,
    /// What `floodplan sweep` simulates without `--vary`; other commands leave it alone.
    pub sweep: Option<SweepConfig>,
    /// Whether always-free allowances apply; true by default.
    #[serde(default = "yes")]
    pub free_tier: bool,
    /// Whether the allowances of an account's first twelve months apply, too; false by default. Accounts opened since 2025-07-15 have
    /// credits in their place.
    #[serde(default)]
    pub twelve_month_free_tier: bool,
    /// What becomes of each journey is kept, and what is left is drained whatever piles up: for studies that follow journeys from
    /// run to run.
    #[serde(skip)]
    pub keeps_journeys: bool,
}

fn ten_minutes() -> Duration {
    Duration::seconds(600)
}
fn ten() -> Count {
    Count(10)
}
fn one() -> Count {
    Count(1)
}
fn day() -> Duration {
    Duration::seconds(86_400)
}
fn events() -> Count {
    Count(10_000_000_000)
}
fn in_flight() -> Count {
    Count(50_000_000)
}
fn month() -> Number {
    Number(730.0)
}
fn yes() -> bool {
    true
}

/// The longest cool-down that nobody asked for: batch windows are usually shorter.
const COOL_DOWN: Time = 10 * SECOND;

impl Study {
    /// End of the measured window.
    pub fn horizon(&self) -> Time {
        self.warm_up.0 + self.duration.0
    }

    /// How long traffic goes on after the window.
    pub fn cool_down(&self) -> Time {
        self.cool_down.map_or_else(|| (self.duration.0 / 10).min(COOL_DOWN), |given| given.0)
    }
}

impl Default for Study {
    fn default() -> Self {
        Self {
            duration: ten_minutes(),
            warm_up: Duration::default(),
            finds_warm_up: false,
            cool_down: None,
            replications: ten(),
            precision: None,
            sweep: None,
            seed: one(),
            drain: day(),
            maximum_events: events(),
            maximum_in_flight: in_flight(),
            breakdown_every: one(),
            represents: Represents::default(),
            month_hours: month(),
            free_tier: true,
            twelve_month_free_tier: false,
            keeps_journeys: false,
        }
    }
}

/// The account that the services belong to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Quotas that differ from AWS's defaults, by name (`check` lists the names): `lambda.concurrent_executions: 5000`.
    #[serde(default)]
    pub quotas: IndexMap<String, Number>,
}
