//! Options of `find`.

use std::path::PathBuf;

use clap::Args;

use super::super::exit::EXIT_CODES;
use super::{OutputOptions, SettingOptions, StudyOptions, resolution};

const EXAMPLES: &str = "\
Examples:
  floodplan find shop.yaml --vary workload.orders.rate=10/s..2000/s
  floodplan find shop.yaml --vary services.charge.reserved_concurrent_executions=1..500 --smallest
  floodplan find shop.yaml --vary services.charge.memory_size='128 MB..3008 MB' --smallest --resolution 5%
  floodplan find queue.yaml stream.yaml --vary workload.orders.rate=10/s..2000/s --budget 500 --resume";

/// Find the largest load, or the smallest limit, at which all objectives hold.
///
/// Tests the ends of the range, then halves it: in ratios for rates, shares and ranges that span ten times their low end (or
/// where `:log` stands behind the range), else in steps, and in whole numbers where the ends are whole counts or MB. At each
/// value replications under the same seeds are added (twice as many at each look) until every objective's interval lies wholly on
/// one side of its bound, or the budget is used up: the value is shown to hold, shown to miss, or not told apart from its bound.
/// A value at which the system is unstable or is stopped by a limit misses. `study.precision` has no say here.
///
/// The answer is the largest (smallest) tested value that is shown to hold, the nearest tested value beyond it that is shown to
/// miss, and what lies between them untold; nothing is extrapolated. The intervals are so wide that all verdicts of a design hold
/// at once with 95 % confidence: Bonferroni's rule over objectives, looks and the most values that the search may test. That the
/// objectives get harder to meet in one direction only is assumed; `--checks` more values are tested on each side, and tests that
/// contradict the assumption are reported.
///
/// Several scenarios get an answer each. Writes find.json, tested.csv (one row per value and objective) and a chart for each
/// design to `output/find-<names>/`. Finished values are kept while it runs: stopped at any moment, the same command with
/// `--resume` goes on. Ends with 3 if some scenario has no tested value that is shown to hold.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct FindOptions {
    /// The scenario files, with objectives
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// The key and the range in which the value is looked for: `workload.orders.rate=10/s..2000/s`
    #[arg(long, required = true, value_name = "PATH=LOW..HIGH")]
    pub vary: String,
    /// Look for the largest value, as for loads (this is the default)
    #[arg(long, conflicts_with = "smallest")]
    pub largest: bool,
    /// Look for the smallest value, as for limits, memory and concurrency
    #[arg(long)]
    pub smallest: bool,
    /// Values that differ by less than this share of themselves are not told apart: `1%`, at which whole numbers up to 100 are
    /// exact
    #[arg(long, default_value = "1%", value_name = "SHARE", value_parser = resolution)]
    pub resolution: f64,
    /// Most replications at a value
    #[arg(long, default_value_t = 200, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=100_000))]
    pub budget: u64,
    /// So many more values are tested on each side of the answer
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u64).range(0..=100))]
    pub checks: u64,
    /// Go on with a search that was interrupted
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}
