//! Instructions that fixed pieces of work take, counted under valgrind and held against `benches/instructions.csv`.
//!
//! Counts do not depend on what else the machine does, so a regression of a few per cent shows where times would not tell.
//! `cargo bench --bench instructions` fails when a count has grown by more than 3 %; `UPDATE=1` before it writes the file
//! anew. Without valgrind, or under another compiler than that of the file, nothing can be compared: it says so and passes.
//!
//! Each piece of work runs in a process of its own, which is this program again with the name of the work.

mod common;

use std::fmt::Write;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use floodplan::engine::{Progress, replicate};
use floodplan::kernel::calendar::WheelCalendar;

/// A count may grow by this share.
const GROWTH_MAX: f64 = 0.03;
/// Before the name of a piece of work.
const WORK: &str = "--work";

/// A piece of work: its name, its scenario, and the settings that make it short.
type Work = (&'static str, &'static str, &'static [common::Set<'static>]);

const WORKS: &[Work] = &[
    ("M/M/1", "scenarios/theory/mm1.yaml", &[("study.duration", "1000 s"), ("workload.requests.rate", "45/s")]),
    (
        "hold model, 10k in flight",
        "benches/scenarios/hold.yaml",
        &[("workload.requests.users", "10000"), ("study.duration", "4 s")],
    ),
    (
        "ten hops through queues",
        "benches/scenarios/queues.yaml",
        &[
            ("workload.requests.rate", "5000/s"),
            ("parameters.workers", "40"),
            ("study.duration", "400 ms"),
            ("study.warm_up", "100 ms"),
        ],
    ),
    (
        "ten hops through functions",
        "benches/scenarios/functions.yaml",
        &[
            ("workload.requests.rate", "2000/s"),
            ("parameters.environments", "300"),
            ("study.duration", "1 s"),
            ("study.warm_up", "0 s"),
        ],
    ),
    ("one function", "benches/scenarios/function.yaml", &[("study.duration", "40000 s")]),
    ("orders, choreographed", "scenarios/orders/choreography.yaml", &[("study.duration", "5 s"), ("study.warm_up", "0 s")]),
    (
        "orders, orchestrated",
        "scenarios/orders/orchestration-standard.yaml",
        &[("study.duration", "5 s"), ("study.warm_up", "0 s")],
    ),
];
/// The calendar by itself, which has no scenario.
const CALENDAR: &str = "calendar, 10k pending";

fn work(name: &str) {
    if name == CALENDAR {
        return hold();
    }
    let (_, scenario, settings) = WORKS.iter().find(|work| work.0 == name).expect("the work has a name of the list");
    let model = common::model(scenario, settings);
    black_box(replicate(&model, 0, &Progress::default()).expect("the scenario runs"));
}

fn hold() {
    let mut calendar = WheelCalendar::default();
    let mut word = 1_u64;
    let mut delay = || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word >> 40
    };
    (0..10_000).for_each(|index| calendar.schedule(delay(), 0, 0, index));
    for _ in 0..300_000 {
        let event = calendar.pop().expect("events stay pending");
        calendar.schedule(event.time + delay(), 0, 0, event.argument);
    }
    black_box(calendar.now());
}

/// Instructions of a piece of work, as cachegrind counts them.
fn count(name: &str) -> u64 {
    let me = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new("valgrind");
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]).arg(me).args([WORK, name]);
    let output = command.output().expect("valgrind starts");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {told}");
    let line = told.lines().find_map(|line| line.split_once("I   refs:")).unwrap_or_else(|| panic!("no count in {told}"));
    line.1.trim().replace(',', "").parse().expect("a count is a number")
}

/// What a command says of its version; nothing if it is not there.
fn version(command: &str) -> Option<String> {
    let output = Command::new(command).arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.csv")
}

/// The compiler that the recorded counts are of, and the counts.
fn recorded() -> Option<(String, Vec<(String, u64)>)> {
    let text = std::fs::read_to_string(file()).ok()?;
    let compiler = text.lines().next()?.strip_prefix("# ")?.to_string();
    let row = |row: &str| {
        row.rsplit_once(',').and_then(|(name, count)| Some((name.trim_matches('"').to_string(), count.parse().ok()?)))
    };
    Some((compiler, text.lines().skip(2).filter_map(row).collect()))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(place) = arguments.iter().position(|argument| argument == WORK) {
        work(&arguments[place + 1]);
        return ExitCode::SUCCESS;
    }
    let compiler = version("rustc").unwrap_or_default();
    if version("valgrind").is_none() {
        println!("skipped: valgrind, which counts the instructions, is not installed");
        return ExitCode::SUCCESS;
    }
    let update = std::env::var_os("UPDATE").is_some();
    let before = match recorded() {
        Some((of, counts)) if of == compiler => counts,
        Some((of, _)) if !update => {
            println!("skipped: the counts of benches/instructions.csv are of {of}, and this is {compiler}");
            return ExitCode::SUCCESS;
        }
        _ => Vec::new(),
    };
    let mut table = format!("# {compiler}\nwork,instructions\n");
    let mut grown = false;
    for name in WORKS.iter().map(|work| work.0).chain([CALENDAR]) {
        let now = count(name);
        writeln!(table, "\"{name}\",{now}").expect("a text grows");
        let then = before.iter().find(|(known, _)| known == name).map(|(_, count)| *count);
        let change = then.map(|then| now as f64 / then as f64 - 1.0);
        let said = change.map_or("new".to_string(), |change| format!("{:+.2} %", change * 100.0));
        println!("{name}: {now} instructions, {said}");
        grown |= change.is_none_or(|change| change > GROWTH_MAX);
    }
    if update {
        std::fs::write(file(), table).expect("the counts can be written");
        return ExitCode::SUCCESS;
    }
    if grown {
        println!("more instructions than in benches/instructions.csv by over 3 %; UPDATE=1 accepts them");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
