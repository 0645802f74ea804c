//! The options of `blast`.

use std::path::PathBuf;

use clap::Args;

use super::{DesignOptions, EXIT_CODES, OutputOptions, SettingOptions, StudyOptions};
use crate::units::Duration;

const BLAST_EXAMPLES: &str = "\
Examples:
  floodplan blast shop.yaml
  floodplan blast choreography.yaml orchestration.yaml --replications 5
  floodplan blast shop.yaml --outage '10 min' --at '5 min' --late '1 min'
  floodplan blast shop.yaml --service charge --service payments --format json";

/// Stop each service in turn and tell what each failure takes with it.
///
/// Each service is down once for a while: every call to it is answered with an error, as by `stop` on a timeline. Each journey
/// of the disturbed run is compared with itself in the undisturbed run under the same seeds. It is lost if it is then not
/// fulfilled any more, late if it is fulfilled later by more than `--late`, and lost to a business context (the `context` of
/// services) if a mark that services of that context make is missing on it. Shares are of the journeys that arrive while the
/// service is down. Reports a matrix of services by contexts, what became of lost journeys, dead letters and the time to
/// recover, for each design, and how far failures spread in each. A timeline of the scenario's own holds in all runs. Writes
/// blast.csv (one row per failure, subject and metric), blast.json and a heat map to `output/blast-<names>/`. Finished failures
/// are kept while it runs: the same command with `--resume` simulates only what is missing. Objectives are not judged, and
/// `study.precision` adds no replications here.
#[derive(Debug, Args)]
#[command(after_help = BLAST_EXAMPLES, after_long_help = format!("{BLAST_EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct BlastOptions {
    /// The scenario files, designs of one workload
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// How long each service is down; 2 min, or a third of the measured window if that is shorter
    #[arg(long, value_name = "D", value_parser = duration)]
    pub outage: Option<Duration>,
    /// When it goes down, from the beginning of the measured window; a third of the window by default
    #[arg(long, value_name = "D", value_parser = duration)]
    pub at: Option<Duration>,
    /// A journey is late if it is fulfilled so much later than without the failure
    #[arg(long, default_value = "10 s", value_name = "D", value_parser = duration)]
    pub late: Duration,
    /// Stop only this service (repeatable); all by default
    #[arg(long, value_name = "NAME")]
    pub service: Vec<String>,
    /// Go on with a blast that was interrupted
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

fn duration(text: &str) -> Result<Duration, String> {
    text.parse().map_err(|error: crate::units::UnitError| error.to_string())
}
