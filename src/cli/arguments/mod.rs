//! The command line. The comments below are its manual.

mod blast;
mod break_even;
mod find;
mod ladder;
mod sensitivity;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use break_even::BreakEvenOptions;
pub use find::FindOptions;
pub use ladder::LadderOptions;

use super::exit::EXIT_CODES;
use crate::scenario::axis::{Sampling, SamplingError};

pub use blast::BlastOptions;
pub use sensitivity::SensitivityOptions;

const EXAMPLES: &str = "\
Examples:
  floodplan check shop.yaml
  floodplan run shop.yaml
  floodplan run shop.yaml --set workload.orders.rate=500/s --out output/rush
  floodplan compare queue.yaml stream.yaml
  floodplan compare queue.yaml stream.yaml --vary workload.orders.rate=200/s,2000/s,20000/s
  floodplan sweep shop.yaml --vary workload.orders.rate=10/s..2000/s:log:12
  floodplan blast choreography.yaml orchestration.yaml
  floodplan sensitivity shop.yaml
  floodplan find shop.yaml --vary workload.orders.rate=10/s..2000/s
  floodplan break-even queue.yaml stream.yaml --vary workload.orders.rate=10/s..2000/s
  floodplan ladder shop.yaml
  floodplan trace shop.yaml --journey 17";

/// Answers capacity and cost questions about serverless architectures on AWS before they are built.
///
/// A scenario file describes an architecture and its traffic. floodplan simulates it through models of each AWS service
/// and reports latency, backlog, failures, what breaks first, and an itemised bill, with confidence intervals. Results
/// go to standard output and to files; everything else goes to standard error.
#[derive(Debug, Parser)]
#[command(name = "floodplan", version, max_term_width = 100)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

/// What each command does is said at its options: a comment here would hide it from the long help.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(RunOptions),
    Compare(CompareOptions),
    Sweep(SweepOptions),
    Blast(BlastOptions),
    Sensitivity(SensitivityOptions),
    Find(FindOptions),
    BreakEven(BreakEvenOptions),
    Ladder(LadderOptions),
    Check(CheckOptions),
    Trace(TraceOptions),
    Bill(BillOptions),
    Prices(PricesOptions),
    Schema(SchemaOptions),
    Completions(CompletionsOptions),
}

const RUN_EXAMPLES: &str = "\
Examples:
  floodplan run shop.yaml
  floodplan run shop.yaml --replications 30 --seed 7
  floodplan run shop.yaml --set services.charge.memory_size='1 GB' --set parameters.wait='3 s'
  floodplan run shop.yaml --format json --no-charts | jq .bill.month_usd
  floodplan run shop.yaml --format markdown > comment.md";

/// Simulate one scenario and report on it.
///
/// Prints a summary and writes summary.json, bill.csv, journeys.csv, latency.csv, timeseries.csv, limits.csv,
/// breakdown.csv and charts to `output/<name of the scenario file>/`. Files appear together or not at all.
#[derive(Debug, Args)]
#[command(after_help = RUN_EXAMPLES, after_long_help = format!("{RUN_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct RunOptions {
    /// The scenario file (YAML or JSON)
    pub scenario: PathBuf,
    /// Also write the usage of the month to this file, as a usage file of infracost
    #[arg(long, value_name = "FILE")]
    pub infracost_usage: Option<PathBuf>,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  floodplan compare queue.yaml stream.yaml --replications 30
  floodplan compare queue.yaml stream.yaml --vary workload.orders.rate=200/s,2000/s,20000/s
  floodplan compare shop.yaml --vary services.charge.memory_size='512 MB,1 GB,2 GB'";

/// Simulate several designs under the same traffic and luck, and tell their differences.
///
/// The first scenario is the baseline. The designs must agree in workload, external services, Region and study, or the
/// comparison is refused; `--allow KEY` lets a difference pass. Replications of all designs use the same seeds, so that
/// differences are told apart from chance with few of them. With `--vary` all designs are compared at each of several
/// values, and the report tells which limiter gives way first at each. Files go to `output/compare-<names>/`.
#[derive(Debug, Args)]
#[command(after_help = COMPARE_EXAMPLES, after_long_help = format!("{COMPARE_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct CompareOptions {
    /// The scenario files, the baseline first; one is enough with `--vary`
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// Compare at each of several values of a key: `workload.orders.rate=200/s,2000/s`
    #[arg(long, value_name = "PATH=V1,V2,...")]
    pub vary: Option<String>,
    #[command(flatten)]
    pub designs: DesignOptions,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}

const SWEEP_EXAMPLES: &str = "\
Examples:
  floodplan sweep shop.yaml
  floodplan sweep shop.yaml --vary workload.orders.rate=10/s..2000/s:log:12
  floodplan sweep shop.yaml --vary services.charge.events.payments.batch_size=1,2,5,10 \\
      --vary services.charge.memory_size='512 MB,1 GB'
  floodplan sweep shop.yaml --vary parameters.a=1..100 --vary parameters.b='1 s..9 s' --sample sobol:64
  floodplan sweep queue.yaml stream.yaml --vary workload.orders.rate=10/s..2000/s:log:12 --resume";

/// Simulate designs at many points: a grid, lists in step, or a sample of a space.
///
/// Each `--vary` gives a key its values: a list, `LOW..HIGH:COUNT` in even steps, or `LOW..HIGH:log:COUNT` in even ratios; ends
/// without unit and fraction are counted in whole numbers. Without `--vary` the sweep written in the scenario is run (`study.sweep`);
/// with several scenarios, all that have one must have the same. Reports key figures at each point, the Pareto front of latency and
/// cost, the cheapest points that meet the objectives, and what binds first. Writes points.csv (one row per point, design and
/// metric), sweep.json and charts to `output/sweep-<names>/`. Finished points are kept while it runs: killed at any moment, the
/// same command with `--resume` simulates only what is missing and ends with the same bytes. A missed objective is a finding here
/// and no failure: the exit code stays 0.
#[derive(Debug, Args)]
#[command(after_help = SWEEP_EXAMPLES, after_long_help = format!("{SWEEP_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct SweepOptions {
    /// The scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// Values for a key (repeatable), instead of the scenario's `study.sweep`: `PATH=V1,V2`, `PATH=LOW..HIGH:COUNT`,
    /// `PATH=LOW..HIGH:log:COUNT`
    #[arg(long, value_name = "PATH=VALUES")]
    pub vary: Vec<String>,
    /// How keys are combined: `grid` (unless the scenario's sweep says otherwise), `zip` (in step), `latin:N` (hypercube) or `sobol:N`
    /// (scrambled); N is a count of points, which `--seed` draws (1 if not given)
    #[arg(long, value_name = "HOW", value_parser = sampling)]
    pub sample: Option<Sampling>,
    /// Go on with a sweep that was interrupted
    #[arg(long)]
    pub resume: bool,
    /// Costs per million fulfilled journeys that differ by less than this share count as equal when the cheapest point is chosen; `1%`
    /// unless the scenario's sweep says otherwise
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub indifference: Option<f64>,
    #[command(flatten)]
    pub designs: DesignOptions,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}

fn sampling(text: &str) -> Result<Sampling, SamplingError> {
    text.parse()
}

fn share(text: &str) -> Result<f64, String> {
    let percent = text.trim().strip_suffix('%').ok_or("write a share in percent, for example 1%")?;
    match percent.trim().parse::<f64>() {
        Ok(value) if (0.0..=100.0).contains(&value) => Ok(value / 100.0),
        _ => Err("a share lies between 0% and 100%".to_owned()),
    }
}

/// How close together values are told apart: a share above 0, at most 50 %.
fn resolution(text: &str) -> Result<f64, String> {
    match share(text)? {
        value if (RESOLUTION_MIN..=0.5).contains(&value) => Ok(value),
        _ => Err("a resolution lies between 0.0001% and 50%".to_owned()),
    }
}

/// Finer resolutions would be lost in the rounding of values.
const RESOLUTION_MIN: f64 = 1e-6;

const CHECK_EXAMPLES: &str = "\
Examples:
  floodplan check shop.yaml
  floodplan check shop.yaml --set services.charge.timeout='3 s'
  floodplan check shop.yaml --format json | jq .assumptions";

/// Tell what is wrong with a scenario and how it was understood, without simulating.
///
/// Prints every mistake with its place, then the services with the values in force, the limits and quotas, the
/// assumptions that no source states, with their ranges, and the marks. Ends with 2 if there is a mistake.
#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES, after_long_help = format!("{CHECK_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct CheckOptions {
    /// The scenario file (YAML or JSON)
    pub scenario: PathBuf,
    #[command(flatten)]
    pub settings: SettingOptions,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

const TRACE_EXAMPLES: &str = "\
Examples:
  floodplan trace shop.yaml
  floodplan trace shop.yaml --journey 17 --format json";

/// Follow one journey hop by hop, with the reason of each wait.
///
/// Simulates replication 0 up to the end of that journey and tells each call, answer, wait and mark, with the time since
/// the journey arrived. Journeys are counted from 0 in order of arrival, over all workloads.
#[derive(Debug, Args)]
#[command(after_help = TRACE_EXAMPLES, after_long_help = format!("{TRACE_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct TraceOptions {
    /// The scenario file (YAML or JSON)
    pub scenario: PathBuf,
    /// Which journey, counted from 0 in order of arrival
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub journey: u64,
    #[command(flatten)]
    pub settings: SettingOptions,
    /// Seed of all draws, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

const BILL_EXAMPLES: &str = "\
Examples:
  floodplan bill examples/usage/shop.yaml
  floodplan bill examples/usage/shop.yaml --month 30d --no-free-tier --format csv
  floodplan bill examples/usage/shop.yaml --set services.queue.send_batch=1 --against examples/usage/shop.yaml
  floodplan bill examples/usage/shop.yaml --charts output/shop-bill
  floodplan bill examples/usage/shop.yaml --format infracost > infracost-usage.yml
  floodplan bill --keys";

/// Price a month of usage without simulating it.
///
/// A usage file (YAML) says how many requests, of what size and duration, how many GB and hours; the metering rules of AWS
/// turn that into what is billed. Usage is added up per account and Region before tiers and free allowances. Usage files of
/// infracost are read, too.
#[derive(Debug, Args)]
#[command(after_help = BILL_EXAMPLES, after_long_help = format!("{BILL_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct BillOptions {
    /// The usage file (YAML)
    pub usage: Option<PathBuf>,
    /// Print what differs from the bill of another usage file, the one before
    #[arg(long, value_name = "USAGE")]
    pub against: Option<PathBuf>,
    /// Give a key another value (repeatable), not in the file of `--against`: `services.queue.requests=5/s`
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Length of the month, instead of the file's: `30d`, `"744 h"`
    #[arg(long, value_name = "D")]
    pub month: Option<String>,
    /// Take off no always-free allowances
    #[arg(long)]
    pub no_free_tier: bool,
    /// Take off the allowances of an account's first twelve months, too
    #[arg(long)]
    pub twelve_months: bool,
    #[command(flatten)]
    pub prices: PriceOptions,
    /// How to print the bill
    #[arg(long, value_enum, default_value_t = BillFormat::Text)]
    pub format: BillFormat,
    /// Write charts to this folder: cost by service, cost against load, and with `--against` the waterfall between the two bills
    #[arg(long, value_name = "DIR")]
    pub charts: Option<PathBuf>,
    /// How far the chart of cost against load goes, as a multiple of the usage
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub load: u64,
    /// Print all types of services and their keys
    #[arg(long)]
    pub keys: bool,
}

const PRICES_EXAMPLES: &str = "\
Examples:
  floodplan prices
  floodplan prices lambda --region eu-west-1
  floodplan prices sqs-requests-standard --region us-east-1 --explain
  floodplan prices kinesis --format json";

/// List, filter and explain the price book.
///
/// Each price tells its unit, tiers, date and source, and the free allowance.
#[derive(Debug, Args)]
#[command(after_help = PRICES_EXAMPLES, after_long_help = format!("{PRICES_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct PricesOptions {
    /// Words that the SKU or the product has, all of them
    pub filter: Vec<String>,
    /// One Region only
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Tell source, date, allowance and note of each price
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub prices: PriceOptions,
    /// How to print them
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Prices")]
pub struct PriceOptions {
    /// A table of prices of your own, which replace or extend those of the book (repeatable)
    #[arg(long, value_name = "FILE")]
    pub prices: Vec<PathBuf>,
}

/// How a bill is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BillFormat {
    /// A tree for people
    Text,
    /// JSON for programs; mistakes in the input are then printed as JSON, too
    Json,
    /// One line per service and dimension
    Csv,
    /// A table
    Markdown,
    /// The usage as a usage file of infracost, for the resources that both know
    Infracost,
}

const SCHEMA_EXAMPLES: &str = "\
Examples:
  floodplan schema > floodplan.schema.json
  floodplan schema --format markdown > reference.md

Editors with a YAML language server complete and check a scenario that begins with
  # yaml-language-server: $schema=floodplan.schema.json";

/// Print the JSON Schema of scenario files, or the reference manual made from it.
#[derive(Debug, Args)]
#[command(after_help = SCHEMA_EXAMPLES)]
pub struct SchemaOptions {
    /// `json` for editors, `markdown` for people
    #[arg(long, value_enum, default_value_t = SchemaFormat::Json)]
    pub format: SchemaFormat,
}

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  floodplan completions bash > ~/.local/share/bash-completion/completions/floodplan
  floodplan completions fish > ~/.config/fish/completions/floodplan.fish";

/// Print a script that completes commands and options in a shell.
#[derive(Debug, Args)]
#[command(after_help = COMPLETIONS_EXAMPLES)]
pub struct CompletionsOptions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Options of commands that put designs side by side.
#[derive(Clone, Debug, Args)]
pub struct DesignOptions {
    /// Let the designs differ in this key although comparisons need it to be the same (repeatable)
    #[arg(long, value_name = "KEY")]
    pub allow: Vec<String>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub struct SettingOptions {
    /// Give a key another value (repeatable): `services.charge.timeout="3 s"`, `parameters.rate=500/s`
    #[arg(long, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Scenario")]
pub struct StudyOptions {
    /// Independent replications, instead of the scenario's (10 unless it says otherwise)
    #[arg(long, value_name = "N")]
    pub replications: Option<u64>,
    /// Seed of all draws, instead of the scenario's
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Length of the measured window, instead of the scenario's: `90s`, `"10 min"`
    #[arg(long, value_name = "D")]
    pub duration: Option<String>,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputOptions {
    /// Folder for the files, instead of one under `output/`
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How to print the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write no charts, which take most of the space
    #[arg(long)]
    pub no_charts: bool,
    /// Show neither progress nor the list of files
    #[arg(long, short)]
    pub quiet: bool,
    /// Threads to simulate on, instead of one per processor; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1024))]
    pub threads: Option<u64>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables for people
    Text,
    /// JSON for programs; mistakes in the input are then printed as JSON, too
    Json,
    /// GitHub Markdown, for a comment on a pull request: objectives and key figures, the rest folded away
    Markdown,
}

/// What `schema` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// JSON Schema, draft 2020-12
    Json,
    /// All keys with type, default and meaning
    Markdown,
}
