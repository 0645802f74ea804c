//! The options of `sensitivity`.

use std::path::PathBuf;

use clap::Args;

use super::{EXIT_CODES, OutputOptions, SettingOptions, StudyOptions};

const SENSITIVITY_EXAMPLES: &str = "\
Examples:
  floodplan sensitivity shop.yaml
  floodplan sensitivity shop.yaml --metric journeys.orders.milestones.fulfilled.latency_ms.p50 --metric bill.month_usd
  floodplan sensitivity shop.yaml --samples 128 --replications 5
  floodplan sensitivity shop.yaml --only lambda.asynchronous_queue_p50 --only eventbridge.delivery_p50 --samples 0";

/// Vary what no source states within its range, and tell what the answer owes to it.
///
/// Each assumption in force (`check` lists them) goes to the low and to the high end of its range, one at a time, and all of
/// them together take the points of a Latin hypercube over their ranges, under the same seeds. For each metric a table and a
/// tornado chart tell the metric at both ends, the swing between them with its paired interval, and the share of the variance
/// over the joint sample that each assumption explains (squared correlation); and between which values the metric lies if
/// all assumptions may be anywhere in their ranges. Verdicts of objectives that change anywhere are named. What the scenario
/// sets under `assumptions:` counts as known and is not varied unless `--only` names it. Writes sensitivity.csv,
/// sensitivity.json and charts to `output/sensitivity-<name>/`. Finished points are kept while it runs: the same command with
/// `--resume` simulates only what is missing. A missed objective is a finding here and no failure, and `study.precision` adds
/// no replications.
#[derive(Debug, Args)]
#[command(after_help = SENSITIVITY_EXAMPLES, after_long_help = format!("{SENSITIVITY_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct SensitivityOptions {
    /// The scenario file (YAML or JSON)
    pub scenario: PathBuf,
    /// A path in summary.json (repeatable); by default the 99th percentile of latency to each workload's observed milestone,
    /// and the cost per million fulfilled journeys
    #[arg(long, value_name = "PATH")]
    pub metric: Vec<String>,
    /// Points of the joint sample, 4 to 65536; 0 for none
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = samples)]
    pub samples: usize,
    /// Vary only this assumption (repeatable), even if the scenario sets it
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Go on with a study that was interrupted
    #[arg(long)]
    pub resume: bool,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}

fn samples(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if count == 0 || (4..=65_536).contains(&count) => Ok(count),
        _ => Err("write 0 for no joint sample, or 4 to 65536 points".to_owned()),
    }
}
