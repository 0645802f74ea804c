//! How the cost of a run grows with load, services and horizon, and what a second thread gains.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml --bin scaling` measures the growth and writes a CSV file and a chart beside
//! this file; `-- threads` measures the threads. Each run is a process of its own; sizes take turns.

mod chart;
#[path = "../peers/src/cost.rs"]
mod cost;
mod fit;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};
use floodplan::engine::run;
use floodplan::reader::{Disk, Setting};
use floodplan::scenario::{read, read_text};

use chart::Curve;
use cost::Cost;
use fit::{Power, median};

/// What grows and what stays: pairs of a queue and a function, messages per second of each pair, seconds.
const BASE: Size = Size { pairs: 4, rate: 50, seconds: 300 };
const FACTORS: [u32; 5] = [1, 2, 4, 8, 16];
/// Replications of the runs on one thread and on several.
const REPLICATIONS: u32 = 8;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// User time against load, number of services and horizon; writes growth.csv and growth.svg.
    Growth {
        #[arg(long, default_value_t = 5)]
        rounds: u32,
    },
    /// Wall time of a run on one thread and on several, in interleaved pairs. Needs idle processors.
    Threads {
        #[arg(long, default_value_t = 7)]
        pairs: u32,
        #[arg(long, default_value_t = 2)]
        threads: usize,
    },
    /// Runs one size and prints what it cost.
    Once { pairs: u32, rate: u32, seconds: u32 },
    /// Runs the choreography on so many threads and prints what it cost.
    OnThreads { threads: usize },
}

/// A scenario of pairs that have nothing to do with one another.
#[derive(Clone, Copy)]
struct Size {
    pairs: u32,
    rate: u32,
    seconds: u32,
}

impl Size {
    fn scenario(self) -> String {
        let Self { pairs, rate, seconds } = self;
        let mut services = String::new();
        let mut workload = String::new();
        for pair in 1..=pairs {
            let _ = write!(
                services,
                "  queue{pair}: {{ type: sqs }}
  function{pair}:
    type: lambda
    events: {{ queue{pair}: {{ batch_size: 10 }} }}
    steps: [ {{ for_each: {{ steps: [ {{ work: {{ p50: 5 ms, p99: 20 ms }} }}, {{ mark: handled }} ] }} }} ]
"
            );
            let _ = write!(
                workload,
                "  messages{pair}: {{ target: queue{pair}, rate: {rate}/s, milestones: {{ handled: handled }}, endings: {{ fulfilled: handled }} }}
"
            );
        }
        format!(
            "name: pairs
question: What do {pairs} pairs of a queue and a function cost to simulate?
study: {{ duration: {seconds} s, replications: 1 }}
services:
{services}workload:
{workload}"
        )
    }
}

/// One way to grow.
struct Growth {
    name: &'static str,
    axis: &'static str,
    size: fn(u32) -> Size,
    /// What the axis shows of a size.
    value: fn(Size) -> u32,
}

const GROWTHS: [Growth; 3] = [
    Growth {
        name: "load",
        axis: "messages per second of each pair",
        size: |factor| Size { rate: BASE.rate * factor, ..BASE },
        value: |size| size.rate,
    },
    Growth {
        name: "services",
        axis: "services (half queues, half functions)",
        size: |factor| Size { pairs: BASE.pairs * factor, ..BASE },
        value: |size| 2 * size.pairs,
    },
    Growth {
        name: "horizon",
        axis: "simulated seconds",
        size: |factor| Size { seconds: BASE.seconds * factor, ..BASE },
        value: |size| size.seconds,
    },
];

fn main() -> ExitCode {
    let outcome = match Parser::parse() {
        Arguments { job: Job::Growth { rounds } } => growth(rounds),
        Arguments { job: Job::Threads { pairs, threads } } => compare_threads(pairs, threads),
        Arguments { job: Job::Once { pairs, rate, seconds } } => once(Size { pairs, rate, seconds }),
        Arguments { job: Job::OnThreads { threads } } => on_threads(threads),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scaling")
}

/// Runs this program in a process of its own and reads what it cost.
fn child(arguments: &[String]) -> Result<Cost, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program).args(arguments).output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn print(cost: &Cost) -> Result<(), String> {
    println!("{}", serde_json::to_string(cost).map_err(|error| error.to_string())?);
    Ok(())
}

fn once(size: Size) -> Result<(), String> {
    let (outcome, cost) = cost::of(|| {
        let reading = read_text(&size.scenario());
        let model = reading.model.ok_or_else(|| reading.diagnostics.render(&reading.sources, false))?;
        run(&model).map_err(|error| format!("{error:?}"))
    });
    let summary = outcome?.summary;
    let expected = f64::from(size.pairs * size.rate) * f64::from(size.seconds);
    let handled: f64 = summary.journeys.values().filter_map(|journey| journey.endings["fulfilled"].mean).sum();
    // Five standard deviations of a Poisson number.
    if !summary.stability.stable || (handled - expected).abs() > 5.0 * expected.sqrt() {
        return Err(format!("{handled} messages were handled, not about {expected}"));
    }
    print(&cost)
}

fn growth(rounds: u32) -> Result<(), String> {
    let mut csv =
        "growth,value,pairs,rate_per_second,seconds,round,user_seconds,cpu_seconds,wall_seconds,peak_kilobytes\n".to_string();
    let mut times = vec![vec![Vec::new(); FACTORS.len()]; GROWTHS.len()];
    for round in 1..=rounds {
        for (growth, times) in GROWTHS.iter().zip(&mut times) {
            for (factor, times) in FACTORS.iter().zip(times) {
                let size = (growth.size)(*factor);
                let cost = child(&["once".to_string(), size.pairs.to_string(), size.rate.to_string(), size.seconds.to_string()])?;
                let _ = writeln!(
                    csv,
                    "{},{},{},{},{},{round},{},{},{},{}",
                    growth.name,
                    (growth.value)(size),
                    size.pairs,
                    size.rate,
                    size.seconds,
                    cost.user_seconds,
                    cost.cpu_seconds,
                    cost.wall_seconds,
                    cost.peak_kilobytes
                );
                times.push(cost.user_seconds);
            }
        }
        eprintln!("round {round} of {rounds}");
    }
    println!("| user time against | sizes | exponent ± standard error |\n|---|---|---|");
    let mut curves = Vec::new();
    for (growth, times) in GROWTHS.iter().zip(times) {
        let value = |factor: u32| (growth.value)((growth.size)(factor));
        let points: Vec<(f64, f64)> =
            FACTORS.iter().zip(times).map(|(&factor, times)| (f64::from(value(factor)), median(times.into_iter()))).collect();
        let power = Power::fit(&points);
        let sizes = FACTORS.map(|factor| value(factor).to_string()).join(", ");
        println!("| {} | {sizes} | {:.3} ± {:.3} |", growth.axis, power.exponent, power.standard_error);
        curves.push(Curve { axis: growth.axis, points, power });
    }
    let write = |name: &str, text: &str| std::fs::write(folder().join(name), text).map_err(|error| format!("{name}: {error}"));
    write("growth.csv", &csv)?;
    write("growth.svg", &chart::svg(&curves)?)
}

fn on_threads(threads: usize) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/orders/choreography.yaml");
    let setting = |path: &str, value: String| Setting { origin: "bench".to_string(), path: path.to_string(), value };
    let settings = [setting("study.replications", REPLICATIONS.to_string()), setting("study.duration", "250 s".to_string())];
    let reading = read(&path, &Disk, &settings);
    let model = reading.model.ok_or_else(|| reading.diagnostics.render(&reading.sources, false))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| error.to_string())?;
    let (outcome, cost) = cost::of(|| pool.install(|| run(&model)));
    outcome.map_err(|error| format!("{error:?}"))?;
    print(&cost)
}

fn compare_threads(pairs: u32, threads: usize) -> Result<(), String> {
    let wall = |threads: usize| child(&["on-threads".to_string(), threads.to_string()]).map(|cost| cost.wall_seconds);
    println!("| pair | 1 thread, s | {threads} threads, s | times as fast |\n|---|---|---|---|");
    let mut ratios = Vec::new();
    for pair in 1..=pairs {
        let (one, several) = (wall(1)?, wall(threads)?);
        println!("| {pair} | {one:.2} | {several:.2} | {:.3} |", one / several);
        ratios.push(one / several);
    }
    let ratio = median(ratios.into_iter());
    println!("\nMedian {ratio:.3}: {:.3} of linear.", ratio / threads as f64);
    Ok(())
}
