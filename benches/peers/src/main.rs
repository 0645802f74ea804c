//! floodplan beside other simulators: the same work in turn, each run in a process of its own, and a table of ratios.
//!
//! `benches/peers/run` sets up the Python simulators and starts this program; `benches/README.md` says what is measured and
//! keeps the results.

mod compare;
mod cost;
mod draws;
mod measure;
mod simulators;
mod table;
mod work;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use simulators::Simulator;
use work::Work;

/// Runs the same work on floodplan and other simulators and prints how they compare.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    comparison: Comparison,
}

/// How to compare.
#[derive(Args)]
pub struct Comparison {
    /// Rounds; in each of them all simulators run once, in turn.
    #[arg(long, default_value_t = 7)]
    rounds: u64,
    /// Only the works whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// The Python that has the simulators of python/requirements.txt; without it they are left out.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Where to write all runs as CSV.
    #[arg(long)]
    csv: Option<PathBuf>,
    /// A hundredth of the work, to try whether everything runs.
    #[arg(long)]
    quick: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Does one work on one simulator and prints what it found and cost, as a line of JSON.
    Work {
        simulator: Simulator,
        #[arg(long)]
        seed: u64,
        #[command(subcommand)]
        work: Work,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Some(Command::Work { simulator, seed, work }) => {
            let measured = measure::measure(|| simulator.run(work, seed));
            serde_json::to_string(&measured).map(|line| println!("{line}")).map_err(|error| error.to_string())
        }
        None => compare::compare(&arguments.comparison),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
