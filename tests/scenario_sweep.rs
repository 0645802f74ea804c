//! Sweeps written in the scenario: what they run, what replaces them, and what is said of wrong ones.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// A queue with a sweep of six points.
const QUEUE: &str = "\
name: queue
parameters: { patience: 200 ms }
study:
  duration: 60 s
  replications: 2
  seed: 11
  sweep:
    vary:
      workload.requests.rate: 5/s..45/s:log:3
      services.server.servers: [1, 2]
    indifference: 5%
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

/// The lines from `sweep:` up to the services.
fn without_sweep() -> String {
    let (before, rest) = QUEUE.split_once("  sweep:\n").expect("a sweep");
    format!("{before}{}", &rest[rest.find("services:\n  server").expect("services")..])
}

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("queue.yaml"), text).expect("a scenario");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(arguments).args(["--quiet", "--no-charts"]).output().expect("the command runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).expect("a file"))).collect()
}

#[test]
fn a_written_sweep_gives_the_bytes_of_the_same_sweep_by_options() {
    let (written, plain) = (folder(QUEUE), folder(&without_sweep()));
    let here = run(written.path(), &["sweep", "queue.yaml", "--out", "out"]);
    assert_eq!(here.status.code(), Some(0), "{}", told(&here));
    let options =
        ["--vary", "workload.requests.rate=5/s..45/s:log:3", "--vary", "services.server.servers=1,2", "--indifference", "5%"];
    let there = run(plain.path(), &[&["sweep", "queue.yaml", "--out", "out"], &options[..]].concat());
    assert_eq!(there.status.code(), Some(0), "{}", told(&there));
    assert_eq!(here.stdout, there.stdout);
    let files = bytes(&written.path().join("out"));
    assert_eq!(files.len(), 2, "{:?}", files.keys());
    assert!(files == bytes(&plain.path().join("out")), "other bytes");
    let json: serde_json::Value = serde_json::from_slice(&files["sweep.json"]).expect("JSON");
    assert_eq!(json["points"].as_array().map(Vec::len), Some(6));
    assert_eq!(json["selection"]["indifference"].as_f64(), Some(0.05));
}

#[test]
fn options_replace_the_written_sweep_or_a_part_of_it() {
    let folder = folder(QUEUE);
    let points = |arguments: &[&str]| {
        let output = run(folder.path(), &[&["sweep", "queue.yaml", "--format", "json"], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let values = json["points"].as_array().expect("points").iter().map(|point| point["values"].to_string()).collect();
        (values, json["selection"]["indifference"].as_f64())
    };
    let replaced: (Vec<String>, Option<f64>) = points(&["--vary", "parameters.patience=100 ms,300 ms"]);
    assert_eq!(replaced, (vec!["[\"100 ms\"]".to_owned(), "[\"300 ms\"]".to_owned()], Some(0.01)));
    let (sampled, zone) = points(&["--sample", "latin:4"]);
    assert_eq!((sampled.len(), zone), (4, Some(0.05)));
}

#[test]
fn run_and_compare_simulate_the_scenario_as_it_is() {
    let (with, without) = (folder(QUEUE), folder(&without_sweep()));
    let summary = |folder: &Path| {
        let output = run(folder, &["run", "queue.yaml", "--format", "json"]);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        output.stdout
    };
    assert!(summary(with.path()) == summary(without.path()));
    fs::write(with.path().join("other.yaml"), without_sweep().replace("servers: 1", "servers: 2")).expect("a scenario");
    let compared = run(with.path(), &["compare", "queue.yaml", "other.yaml", "--format", "json", "--allow", "services"]);
    assert_eq!(compared.status.code(), Some(0), "{}", told(&compared));
    assert!(!String::from_utf8_lossy(&compared.stdout).contains("sweep"), "a sweep is no difference between designs");
}

#[test]
fn without_any_sweep_the_command_says_what_to_do() {
    let folder = folder(&without_sweep());
    let output = run(folder.path(), &["sweep", "queue.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("nothing is varied"), "{}", told(&output));
    fs::write(folder.path().join("one.yaml"), QUEUE).expect("a scenario");
    fs::write(folder.path().join("other.yaml"), QUEUE.replace("[1, 2]", "[1, 3]")).expect("a scenario");
    let output = run(folder.path(), &["sweep", "one.yaml", "other.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("different sweeps"), "{}", told(&output));
}

#[test]
fn everything_wrong_with_a_written_sweep_is_said_with_its_place_by_any_command() {
    let wrong = QUEUE
        .replace("workload.requests.rate: 5/s..45/s:log:3", "workload.reqests.rate: 5/s..45/s:log:3")
        .replace(
            "services.server.servers: [1, 2]",
            "services.server.servers: [1, two]\n      services.server.sevice_time: [1 s, 2 s]",
        )
        .replace(
            "    indifference: 5%",
            "      services.server.capacity: 5..1:3\n      parameters.patiense: 1 s,2 s\n    sample: zap",
        );
    let folder = folder(&wrong);
    for command in ["sweep", "run", "check"] {
        let mut process = Command::new(env!("CARGO_BIN_EXE_floodplan"));
        let output = process.current_dir(folder.path()).args([command, "queue.yaml"]).output().expect("the command runs");
        assert_eq!(output.status.code(), Some(2), "{command}");
        let told = told(&output);
        for expected in [
            "queue.yaml:9:16",
            "there is no `reqests`",
            "did you mean `requests`?",
            "queue.yaml:10:36",
            "with `services.server.servers` at `two`",
            "queue.yaml:11:23",
            "did you mean `service_time`?",
            "queue.yaml:12:33",
            "the range `5..1:3` is empty",
            "queue.yaml:13:7",
            "did you mean `patience`?",
            "queue.yaml:14:13",
            "write grid, zip, latin:N or sobol:N",
        ] {
            assert!(told.contains(expected), "{command} does not say {expected}: {told}");
        }
    }
    assert!(!folder.path().join("output").exists());
}

#[test]
fn axes_that_cannot_be_combined_are_told_before_anything_runs() {
    for (from, to, expected) in [
        ("    indifference: 5%", "    sample: zip", "axes that go in step need equally many values"),
        ("    indifference: 5%", "    sample: latin:1", "at least 2 points"),
        ("5/s..45/s:log:3", "5/s..45/s", "needs a count of values"),
        ("[1, 2]", "1..60000:60000", "are more than 100000"),
        ("[1, 2]", "[1, 1]", "has the value 1 twice"),
        ("services.server.servers: [1, 2]", "study.sweep.sample: [1, 2]", "cannot vary itself"),
        ("study:", "account: {}\nstudy:", ""),
    ] {
        let folder = folder(&QUEUE.replace(from, to));
        let output = run(folder.path(), &["run", "queue.yaml"]);
        let code = if expected.is_empty() { Some(0) } else { Some(2) };
        assert_eq!(output.status.code(), code, "{to}: {}", told(&output));
        assert!(told(&output).contains(expected), "{to}: {}", told(&output));
    }
}
