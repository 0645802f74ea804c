//! Who runs what, in turn.

use std::path::Path;
use std::process::Command;

use clap::ValueEnum;

use crate::Comparison;
use crate::measure::Measured;
use crate::simulators::Simulator;
use crate::table;
use crate::work::Work;

/// Who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entrant {
    Rust(Simulator),
    SimPy,
    Ciw,
}

/// One work and those who do it. The slow ones do a share of it; speeds are per request.
pub struct Contest {
    pub name: &'static str,
    pub entrants: Vec<(Entrant, Work)>,
}

/// What one entrant of a contest did, a run per round.
pub struct Row {
    pub entrant: Entrant,
    pub runs: Vec<Measured>,
}

const RUST: [Entrant; 7] = [
    Entrant::Rust(Simulator::Floodplan),
    Entrant::Rust(Simulator::Sampled),
    Entrant::Rust(Simulator::Calendar),
    Entrant::Rust(Simulator::Simrs),
    Entrant::Rust(Simulator::Simcore),
    Entrant::Rust(Simulator::Odem),
    Entrant::Rust(Simulator::Nexosim),
];
const REQUESTS: u64 = 2_000_000;
/// Of Python's simulators, which take more than 5 microseconds each.
const PYTHON_REQUESTS: u64 = 200_000;
/// A try does so much less.
const QUICK: u64 = 100;

impl Entrant {
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust(Simulator::Floodplan) => "floodplan, a scenario",
            Self::Rust(Simulator::Sampled) => "floodplan, critical paths of every 1,000th",
            Self::Rust(Simulator::Calendar) => "floodplan, its calendar alone",
            Self::Rust(Simulator::Simrs) => "simrs",
            Self::Rust(Simulator::Simcore) => "simcore (DSLab)",
            Self::Rust(Simulator::Odem) => "odem-rs",
            Self::Rust(Simulator::Nexosim) => "NexoSim",
            Self::SimPy => "SimPy",
            Self::Ciw => "Ciw",
        }
    }

    /// Whether it is somebody else's, in Rust.
    pub fn is_rust_peer(self) -> bool {
        matches!(self, Self::Rust(simulator) if !matches!(simulator, Simulator::Floodplan | Simulator::Sampled | Simulator::Calendar))
    }

    /// The process that does the work.
    fn command(self, work: Work, seed: u64, python: Option<&Path>) -> Result<Command, String> {
        let script = match self {
            Self::Rust(simulator) => return rust(simulator, work, seed),
            Self::SimPy => "simpy_queue.py",
            Self::Ciw => "ciw_queue.py",
        };
        let (Some(python), Work::Queue { servers, requests }) = (python, work) else {
            return Err(format!("{} does queues only, and needs --python", self.name()));
        };
        let mut command = Command::new(python);
        command
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script))
            .args(["--servers", &servers.to_string(), "--requests", &requests.to_string()])
            .args(["--rate", &Work::rate(servers).to_string(), "--seed", &seed.to_string()]);
        Ok(command)
    }
}

fn rust(simulator: Simulator, work: Work, seed: u64) -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))?;
    let name = simulator.to_possible_value().ok_or("a simulator without a name")?;
    let mut command = Command::new(program);
    command.args(["work", name.get_name(), "--seed", &seed.to_string()]);
    match work {
        Work::Queue { servers, requests } => command.args(["queue", &servers.to_string(), &requests.to_string()]),
        Work::Hold { pending, seconds } => command.args(["hold", &pending.to_string(), &seconds.to_string()]),
    };
    Ok(command)
}

/// All works. Holds go on for so long that there are two to three million of them.
fn contests(with_python: bool, quick: bool) -> Vec<Contest> {
    let share = if quick { QUICK } else { 1 };
    let queue = |name, servers| {
        let work = |requests: u64| Work::Queue { servers, requests: requests / share };
        let rust = RUST.map(|entrant| (entrant, work(REQUESTS)));
        let python = [Entrant::SimPy, Entrant::Ciw].map(|entrant| (entrant, work(PYTHON_REQUESTS)));
        Contest { name, entrants: rust.into_iter().chain(python.into_iter().filter(|_| with_python)).collect() }
    };
    let hold = |name, pending, seconds: u32| {
        let work = Work::Hold { pending, seconds: (seconds / share as u32).max(1) };
        Contest { name, entrants: RUST.map(|entrant| (entrant, work)).to_vec() }
    };
    vec![
        queue("M/M/1", 1),
        queue("M/M/100", 100),
        hold("hold, 1,000 pending", 1_000, 2_000),
        hold("hold, 100,000 pending", 100_000, 20),
        hold("hold, 1,000,000 pending", 1_000_000, 2),
    ]
}

/// Runs everything and prints the tables.
///
/// # Errors
/// What kept a simulator from doing its work, or what is wrong with its answer.
pub fn compare(comparison: &Comparison) -> Result<(), String> {
    let mut contests = contests(comparison.python.is_some(), comparison.quick);
    contests.retain(|contest| comparison.only.as_ref().is_none_or(|only| contest.name.contains(only)));
    let mut results: Vec<Vec<Row>> = contests
        .iter()
        .map(|contest| contest.entrants.iter().map(|&(entrant, _)| Row { entrant, runs: Vec::new() }).collect())
        .collect();
    for round in 1..=comparison.rounds {
        for (contest, rows) in contests.iter().zip(&mut results) {
            for (&(entrant, work), row) in contest.entrants.iter().zip(rows) {
                let measured = measured(entrant, work, round, comparison.python.as_deref())
                    .map_err(|message| format!("{}, {}, round {round}: {message}", contest.name, entrant.name()))?;
                eprintln!("round {round}: {}: {}: {:.3} s", contest.name, entrant.name(), measured.cost.cpu_seconds);
                row.runs.push(measured);
            }
        }
    }
    print!("{}", table::markdown(&contests, &results, comparison));
    if let Some(path) = &comparison.csv {
        std::fs::write(path, table::csv(&contests, &results)).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// One run in a process of its own. The seed is the round's, so that every round tests the answers anew.
fn measured(entrant: Entrant, work: Work, seed: u64, python: Option<&Path>) -> Result<Measured, String> {
    let output = entrant.command(work, seed, python)?.output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let measured: Measured = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    work.mistake(&measured).map_or(Ok(measured), Err)
}
