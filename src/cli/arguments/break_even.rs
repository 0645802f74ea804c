//! Options of `break-even`.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::EXIT_CODES;
use super::{DesignOptions, OutputOptions, SettingOptions, StudyOptions, resolution};

const EXAMPLES: &str = "\
Examples:
  floodplan break-even standard.yaml express.yaml --vary parameters.wait='1 s..250 s'
  floodplan break-even queue.yaml topic.yaml --vary workload.orders.rate=1/s..1000/s
  floodplan break-even small.yaml large.yaml --vary workload.orders.rate=10/s..100/s \\
      --metric journeys.orders.milestones.paid.latency_ms.p99";

/// Find the value of a key at which two designs cost the same, or are equal in another metric.
///
/// Tests values spread over the range, both designs under the same seeds, and looks at the differences pair by pair. Replications
/// are added (twice as many at each look) until the interval of the mean difference lies wholly on one side of zero, or the
/// budget is used up. Where the sign changes between two values, the range between them is halved as `find` does, down to the
/// resolution or to values at which neither design is shown to be lower. A value at which a design is unstable or is stopped by a
/// limit tells nothing, since its bill is a lower bound.
///
/// The report names the largest tested value at which one design is shown to be lower, the smallest above it at which the other
/// is, and the break-even between: where the straight line between the two mean differences crosses zero, with its 95 % interval.
/// All shown signs hold at once with 95 % confidence (Bonferroni's rule over looks and values). Every change of sign is reported;
/// if there is none, the report says which design is lower wherever it was tested.
///
/// The designs must agree in workload, external services, Region and study as for `compare`; `--allow KEY` lets a difference
/// pass. Writes break-even.json, tested.csv (one row per value) and a chart to `output/break-even-<names>/`. Finished values are
/// kept while it runs: stopped at any moment, the same command with `--resume` goes on.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct BreakEvenOptions {
    /// The scenario file of the first design
    #[arg(value_name = "A")]
    pub first: PathBuf,
    /// The scenario file of the second design
    #[arg(value_name = "B")]
    pub second: PathBuf,
    /// The key and the range in which they are compared: `workload.orders.rate=10/s..2000/s`
    #[arg(long, required = true, value_name = "PATH=LOW..HIGH")]
    pub vary: String,
    /// Path in summary.json of a metric that both have in each replication; of a quantile, each replication's own counts
    #[arg(long, default_value = "bill.month_usd", value_name = "PATH")]
    pub metric: String,
    /// Values that differ by less than this share of themselves are not told apart: `1%`
    #[arg(long, default_value = "1%", value_name = "SHARE", value_parser = resolution)]
    pub resolution: f64,
    /// Most replications at a value
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=100_000))]
    pub budget: u64,
    /// Values tested before anything is known, the ends included; crossings closer together than these are missed
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1000))]
    pub spread: u64,
    /// Go on with a search that was interrupted
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub designs: DesignOptions,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}
