//! Sweeps as users meet them: the same bytes on any number of threads, and after being killed at any moment.

#[path = "common/files.rs"]
mod files;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use files::bytes;

/// A queue, short enough for a test.
const QUEUE: &str = "\
name: queue
study: { duration: 300 s, warm_up: 10 s, replications: 4, seed: 11 }
services:
  server: { type: external, servers: 1, service_time: { exponential: { mean: 20 ms } } }
workload:
  requests:
    target: server
    rate: 20/s
    milestones: { answered: answered }
    endings: { fulfilled: answered }
objectives:
  fast enough: journeys.requests.milestones.answered.latency_ms.p99 < 200 ms
";

const GRID: [&str; 4] = ["--vary", "workload.requests.rate=5/s..45/s:log:6", "--vary", "services.server.servers=1,2,3"];

fn command(folder: &Path, out: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(["sweep", "queue.yaml", "--quiet", "--out", out]).args(arguments);
    command
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("queue.yaml"), QUEUE).expect("a scenario");
    folder
}

fn run(folder: &Path, out: &str, arguments: &[&str]) -> Output {
    command(folder, out, arguments).output().expect("the command runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn killed_ten_times_and_resumed_it_ends_with_the_same_bytes_on_any_threads() {
    let folder = folder();
    let at = folder.path();
    let undisturbed = run(at, "one", &[&GRID[..], &["--threads", "1"]].concat());
    assert_eq!(undisturbed.status.code(), Some(0), "{}", told(&undisturbed));
    let expected = bytes(&at.join("one"));
    for name in ["points.csv", "sweep.json", "charts/pareto.svg", "charts/heatmap-queue.png"] {
        assert!(expected.contains_key(name), "{name} is missing: {:?}", expected.keys());
    }
    let two = run(at, "two", &[&GRID[..], &["--threads", "2"]].concat());
    assert_eq!(two.status.code(), Some(0), "{}", told(&two));
    assert!(bytes(&at.join("two")) == expected, "two threads, other bytes");

    let mut kept = 0;
    for kill in 0..10_u64 {
        let mut arguments = GRID.to_vec();
        arguments.extend(["--threads", "2", "--resume"]);
        let mut child =
            command(at, "killed", &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command starts");
        // Moments that differ in every way: while reading, in the first points, in the last.
        std::thread::sleep(Duration::from_millis(15 + (kill * kill * 37) % 190));
        let _ = child.kill();
        child.wait().expect("it ends");
        let lines = fs::read_to_string(at.join("killed/.sweep.jsonl")).map_or(0, |text| text.lines().count());
        assert!(lines >= kept || at.join("killed/points.csv").exists(), "what was kept is lost: {lines} of {kept}");
        kept = lines;
    }
    let finished = run(at, "killed", &[&GRID[..], &["--threads", "1", "--resume"]].concat());
    assert_eq!(finished.status.code(), Some(0), "{}", told(&finished));
    assert!(bytes(&at.join("killed")) == expected, "killed and resumed, other bytes");
}

#[test]
fn a_complete_sweep_leaves_tidy_rows_and_no_journal() {
    let folder = folder();
    let at = folder.path();
    let vary = ["--vary", "workload.requests.rate=10/s,20/s"];
    let whole = run(at, "whole", &vary);
    assert_eq!(whole.status.code(), Some(0), "{}", told(&whole));
    let csv = fs::read_to_string(at.join("whole/points.csv")).expect("points.csv");
    assert!(csv.starts_with("point,workload.requests.rate,design,stable,metric,mean,low,high,beyond,withheld\n"), "{csv}");
    let row = csv.lines().find(|line| line.starts_with("1,20/s,queue,true,journeys.requests.started,")).expect("a row");
    let mean: f64 = row.split(',').nth(5).and_then(|cell| cell.parse().ok()).expect("a mean");
    assert!((mean - 6_000.0).abs() < 200.0, "20/s over 300 s: {row}");
    // Other replications are other outcomes, whatever the journal holds.
    fs::create_dir_all(at.join("other")).expect("a folder");
    fs::write(at.join("other/.sweep.jsonl"), "{\"key\":\"x\",\"outcome\":{\n").expect("a journal");
    let other = run(at, "other", &[&vary[..], &["--resume", "--replications", "3"]].concat());
    assert_eq!(other.status.code(), Some(0), "{}", told(&other));
    assert!(!at.join("other/.sweep.jsonl").exists(), "a complete sweep leaves no journal");
    assert_ne!(csv, fs::read_to_string(at.join("other/points.csv")).expect("points.csv"));
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let folder = folder();
    let cases: [(&[&str], &str); 8] = [
        (&["--vary", "services.sever.servers=1,2"], "server"),
        (&["--vary", "services.server.servers=5..1:3"], "is empty"),
        (&["--vary", "services.server.servers=1..5"], "needs a count"),
        (&["--vary", "workload.requests.rate=1/s..60/min:3"], "different units"),
        (&["--vary", "services.server.servers=1,2", "--vary", "services.server.servers=1,2"], "varied twice"),
        (&["--vary", "services.server.servers=1,2", "--vary", "workload.requests.rate=1/s", "--sample", "zip"], "equally many"),
        (&["--vary", "services.server.servers=1,2", "--sample", "latin:1"], "at least 2"),
        (
            &["--vary", "services.server.servers=1,2", "--set", "objectives.x=\"bill.mont_usd < 1\""],
            "did you mean `bill.month_usd`",
        ),
    ];
    for (arguments, expected) in cases {
        let output = run(folder.path(), "out", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(expected), "{arguments:?}: {}", told(&output));
        assert!(!folder.path().join("out").exists(), "{arguments:?} left something behind");
    }
}

#[test]
fn an_unwritable_folder_is_said_and_earlier_results_stay() {
    let folder = folder();
    let at = folder.path();
    let vary = ["--vary", "services.server.servers=1,2"];
    assert_eq!(run(at, "out", &vary).status.code(), Some(0));
    let before = bytes(&at.join("out"));
    // A folder where the journal has to go cannot be written as a file.
    fs::create_dir_all(at.join("out/.sweep.jsonl/x")).expect("a folder in the way");
    let refused = run(at, "out", &vary);
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("cannot keep finished points"), "{}", told(&refused));
    fs::remove_dir_all(at.join("out/.sweep.jsonl")).expect("removed");
    let mut after = bytes(&at.join("out"));
    after.remove(".sweep.new");
    assert!(after == before, "earlier results were touched");
}
