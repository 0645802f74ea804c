//! Results as tables for people and as CSV.

use std::fmt::Write;
use std::process::Command;

use crate::Comparison;
use crate::compare::{Contest, Entrant, Row};
use crate::measure::Measured;
use crate::simulators::Simulator;

const LOCK: &str = include_str!("../Cargo.lock");
const REQUIREMENTS: &str = include_str!("../python/requirements.txt");
const FLOODPLAN: Entrant = Entrant::Rust(Simulator::Floodplan);
/// The forms in which floodplan takes part.
const OURS: [Entrant; 3] = [FLOODPLAN, Entrant::Rust(Simulator::Sampled), Entrant::Rust(Simulator::Calendar)];

/// Median, smallest and largest.
#[derive(Clone, Copy)]
struct Spread {
    median: f64,
    low: f64,
    high: f64,
}

fn spread(values: impl Iterator<Item = f64>) -> Spread {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
    Spread { median, low: values[0], high: values[values.len() - 1] }
}

/// How many times as fast `ours` is, per request and CPU time, round by round.
fn ratio(ours: &Row, theirs: &Row) -> Spread {
    spread(ours.runs.iter().zip(&theirs.runs).map(|(ours, theirs)| per_request(theirs) / per_request(ours)))
}

fn per_request(measured: &Measured) -> f64 {
    measured.cost.cpu_seconds / measured.requests as f64
}

fn per_event(measured: &Measured) -> Option<f64> {
    measured.events.map(|events| measured.cost.cpu_seconds / events as f64)
}

fn row(rows: &[Row], entrant: Entrant) -> Option<&Row> {
    rows.iter().find(|row| row.entrant == entrant)
}

/// The Rust peer that takes the least time per request.
fn fastest(rows: &[Row]) -> Option<&Row> {
    let time = |row: &Row| spread(row.runs.iter().map(per_request)).median;
    rows.iter().filter(|row| row.entrant.is_rust_peer()).min_by(|one, other| time(one).total_cmp(&time(other)))
}

/// Everything as Markdown: where and with what it was measured, a table per contest, the targets.
pub fn markdown(contests: &[Contest], results: &[Vec<Row>], comparison: &Comparison) -> String {
    let mut text = format!("{}\n", circumstances(comparison));
    for (contest, rows) in contests.iter().zip(results) {
        table(&mut text, contest.name, rows);
    }
    targets(&mut text, contests, results);
    text
}

const HEADER: &str = "| simulator | requests/s | ns per request | events per request | ns per event | wall/CPU | peak MB \
     | a scenario is x times as fast |\n|---|---|---|---|---|---|---|---|\n";

fn table(text: &mut String, name: &str, rows: &[Row]) {
    let Some(ours) = row(rows, FLOODPLAN) else { return };
    let _ = write!(text, "{name}:\n\n{HEADER}");
    for theirs in rows {
        let median = |value: fn(&Measured) -> f64| spread(theirs.runs.iter().map(value)).median;
        let nanoseconds = 1e9 * median(per_request);
        let events = if theirs.runs.iter().all(|run| run.events.is_some()) {
            let events = median(|run| run.events.unwrap_or(0) as f64 / run.requests as f64);
            format!("{events:.2} | {:.0}", nanoseconds / events)
        } else {
            "- | -".to_string()
        };
        let ratio = ratio(ours, theirs);
        let ratio = if theirs.entrant == FLOODPLAN {
            "1".to_string()
        } else {
            format!("{:.2} ({:.2} to {:.2})", ratio.median, ratio.low, ratio.high)
        };
        let _ = writeln!(
            text,
            "| {} | {} | {nanoseconds:.0} | {events} | {:.2} | {:.0} | {ratio} |",
            theirs.entrant.name(),
            thousands(1e9 / nanoseconds),
            median(|run| run.cost.wall_seconds / run.cost.cpu_seconds),
            median(|run| run.cost.peak_kilobytes as f64 / 1e3),
        );
    }
    text.push('\n');
}

/// What is to be reached: in which contest, how many times as fast, as whom.
const TARGETS: [(&str, f64, Rival); 7] = [
    ("M/M/1", 1.0, Rival::FastestInRust),
    ("M/M/1", 1.7, Rival::FastestInRust),
    ("M/M/1", 5.0, Rival::Named(Entrant::Rust(Simulator::Nexosim))),
    ("M/M/1", 60.0, Rival::Named(Entrant::SimPy)),
    (FEW_PENDING, 1.4, Rival::FastestInRust),
    ("hold, 100,000 pending", 3.0, Rival::FastestInRust),
    (MANY_PENDING, 6.0, Rival::FastestInRust),
];
const FEW_PENDING: &str = "hold, 1,000 pending";
const MANY_PENDING: &str = "hold, 1,000,000 pending";
/// An event with many pending costs at most so many times one with few.
const FLATNESS: f64 = 3.0;

#[derive(Clone, Copy)]
enum Rival {
    FastestInRust,
    Named(Entrant),
}

/// Each target, and whether each form of floodplan reaches it.
fn targets(text: &mut String, contests: &[Contest], results: &[Vec<Row>]) {
    let _ = writeln!(text, "| target | {} |\n|---|---|---|---|", OURS.map(Entrant::name).join(" | "));
    let rows = |name: &str| Some(&results[contests.iter().position(|contest| contest.name == name)?]);
    for (name, factor, rival) in TARGETS {
        let Some(rows) = rows(name) else { continue };
        let Some(theirs) = (match rival {
            Rival::FastestInRust => fastest(rows),
            Rival::Named(entrant) => row(rows, entrant),
        }) else {
            continue;
        };
        let who = match rival {
            Rival::FastestInRust => format!("the fastest Rust peer ({})", theirs.entrant.name()),
            Rival::Named(entrant) => entrant.name().to_string(),
        };
        let reached = OURS.map(|entrant| {
            row(rows, entrant).map_or(String::new(), |ours| {
                let ratio = ratio(ours, theirs).median;
                format!("{}: {ratio:.2}x", yes(ratio >= factor))
            })
        });
        let _ = writeln!(text, "| {name}: at least {factor:.1}x {who} | {} |", reached.join(" | "));
    }
    let (Some(few), Some(many)) = (rows(FEW_PENDING), rows(MANY_PENDING)) else { return };
    let reached = OURS.map(|entrant| {
        let time = |rows| row(rows, entrant).map(|row| 1e9 * spread(row.runs.iter().filter_map(per_event)).median);
        let (Some(few), Some(many)) = (time(few), time(many)) else { return String::new() };
        format!("{}: {:.2}x ({many:.0} ns and {few:.0} ns)", yes(many <= FLATNESS * few), many / few)
    });
    let _ = writeln!(text, "| hold: an event costs at most {FLATNESS:.1}x with 1,000,000 pending | {} |", reached.join(" | "));
}

fn yes(reached: bool) -> &'static str {
    if reached { "yes" } else { "no" }
}

/// Date, machine, load and versions.
fn circumstances(comparison: &Comparison) -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok();
        output.map_or("unknown".to_string(), |output| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let system = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = system("/proc/cpuinfo");
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .unwrap_or(" unknown")
        .trim_start_matches(['\t', ':', ' ']);
    let load = system("/proc/loadavg");
    let python = if comparison.python.is_some() {
        REQUIREMENTS
            .lines()
            .filter(|line| line.starts_with("simpy") || line.starts_with("Ciw"))
            .map(|line| line.replace("==", " "))
            .collect::<Vec<_>>()
            .join(", ")
    } else {
        "no Python".to_string()
    };
    format!(
        "{date}, {model}, {count} processors, load average {load} at the end, {rounds} interleaved rounds.\n{rust}; floodplan {floodplan}, \
         simrs {simrs}, simcore {simcore}, odem-rs {odem}, nexosim {nexosim}, {python}.\n",
        date = said("date", &["-u", "+%Y-%m-%d"]),
        count = std::thread::available_parallelism().map_or(1, usize::from),
        load = load.split(' ').next().unwrap_or("unknown"),
        rounds = comparison.rounds,
        rust = said("rustc", &["--version"]),
        floodplan = version("floodplan"),
        simrs = version("simrs"),
        simcore = version("simcore"),
        odem = version("odem-rs"),
        nexosim = version("nexosim"),
    )
}

/// The version of a package, as it was locked when this program was built.
fn version(package: &str) -> &'static str {
    let mut lines = LOCK.lines().skip_while(|line| *line != format!("name = \"{package}\""));
    lines.nth(1).and_then(|line| line.strip_prefix("version = ")).unwrap_or("unknown").trim_matches('"')
}

/// A whole number with commas.
fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// All runs, a line each.
pub fn csv(contests: &[Contest], results: &[Vec<Row>]) -> String {
    let mut text =
        "work,simulator,round,requests,events,mean_seconds,p99_seconds,cpu_seconds,user_seconds,wall_seconds,peak_kilobytes\n"
            .to_string();
    for (contest, rows) in contests.iter().zip(results) {
        for row in rows {
            for (round, run) in row.runs.iter().enumerate() {
                let _ = writeln!(
                    text,
                    "\"{}\",\"{}\",{},{},{},{},{},{},{},{},{}",
                    contest.name,
                    row.entrant.name(),
                    round + 1,
                    run.requests,
                    run.events.map_or(String::new(), |events| events.to_string()),
                    run.mean_seconds,
                    run.p99_seconds,
                    run.cost.cpu_seconds,
                    run.cost.user_seconds,
                    run.cost.wall_seconds,
                    run.cost.peak_kilobytes
                );
            }
        }
    }
    text
}
