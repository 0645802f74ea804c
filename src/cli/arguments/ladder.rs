//! Options of `ladder`.

use std::path::PathBuf;

use clap::Args;

use super::{EXIT_CODES, OutputOptions, SettingOptions, StudyOptions, share};

const EXAMPLES: &str = "\
Examples:
  floodplan ladder shop.yaml
  floodplan ladder shop.yaml --limiters 5 --up-to 50
  floodplan ladder shop.yaml --binds-above 1% --replications 5";

/// Tell what breaks first as the load rises, and confirm it by runs.
///
/// Simulates the scenario, takes from it the linear estimate of the load multiple at which each limiter binds, and then simulates 5 %
/// below and 5 % above the estimates of the first limiters, all arrivals multiplied: rates, profiles, users and bursts (recorded arrivals
/// cannot be). Where an estimate is wrong the load is searched for, in steps of 1.5 and by bisection, until two tested loads at most 11 %
/// apart say where the limiter begins to bind. A limiter that others keep from being reached is told as such. Writes ladder.csv,
/// ladder.json and a chart to `output/ladder-<name>/`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct LadderOptions {
    /// The scenario file (YAML or JSON)
    pub scenario: PathBuf,
    /// How many limiters are confirmed, the first to bind first
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub limiters: u64,
    /// No load beyond this multiple is tested, 1 to 10,000
    #[arg(long, value_name = "MULTIPLE", default_value_t = 20.0, value_parser = multiple)]
    pub up_to: f64,
    /// A limiter binds where it refuses or delays more than this share of what comes to it
    #[arg(long, value_name = "SHARE", default_value = "0.1%", value_parser = share)]
    pub binds_above: f64,
    #[command(flatten)]
    pub settings: SettingOptions,
    #[command(flatten)]
    pub study: StudyOptions,
    #[command(flatten)]
    pub output: OutputOptions,
}

fn multiple(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (1.0..=10_000.0).contains(&value) => Ok(value),
        _ => Err("a multiple lies between 1 and 10,000".to_owned()),
    }
}
