//! `sensitivity` where arithmetic says what the answer owes to each assumption; and every assumption that a scenario rests on
//! does something.

#[path = "common/command.rs"]
mod command;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use command::told;

/// Items of 100 KB, twice a second, into a table: the latency is the write's and the transfer's.
const PUTS: &str = "\
name: puts
study: { duration: 600 s, replications: 4, seed: 5 }
services: { table: { type: dynamodb } }
workload:
  puts:
    target: table
    rate: 2/s
    payload: { size: 100 KB }
    milestones: { done: answered }
    endings: { fulfilled: answered }
objectives:
  quick: journeys.puts.milestones.done.latency_ms.mean < 15 ms
  served: journeys.puts.endings.other == 0
";

/// One state a second, so that only the price of a start can change the bill.
const MACHINE: &str = "\
name: machine
study: { duration: 300 s, replications: 2, free_tier: false }
services:
  process:
    type: step_functions
    definition: { StartAt: Only, States: { Only: { Type: Pass, End: true } } }
    marks: { Only: done }
workload:
  starts: { target: process, rate: 1/s, milestones: { done: done }, endings: { fulfilled: done } }
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("puts.yaml", PUTS), ("machine.yaml", MACHINE)] {
        fs::write(folder.path().join(name), text).expect("a scenario");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command::run(folder, &[&["sensitivity"], arguments].concat())
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    command::json(folder, &[&["sensitivity"], arguments].concat())
}

fn effect<'a>(found: &'a Value, metric: usize, assumption: &str) -> &'a Value {
    let effects = found["metrics"][metric]["effects"].as_array().expect("effects");
    let known = || effects.iter().map(|effect| effect["assumption"].to_string()).collect::<Vec<_>>().join(", ");
    effects.iter().find(|effect| effect["assumption"] == assumption).unwrap_or_else(|| panic!("{assumption}: {}", known()))
}

fn mean(estimate: &Value) -> f64 {
    estimate["mean"].as_f64().unwrap_or_else(|| panic!("no number: {estimate}"))
}

const MEAN: &str = "journeys.puts.milestones.done.latency_ms.mean";

#[test]
fn swings_are_those_of_the_arithmetic_and_ranked_by_them() {
    let folder = folder();
    let found = json(folder.path(), &["puts.yaml", "--metric", MEAN, "--samples", "64", "--no-charts"]);
    // 100 KB at 0 to 10 ms per 100 KB.
    let transfer = effect(&found, 0, "dynamodb.transfer_per_100_kb");
    let swing = &transfer["swing"];
    assert!((mean(swing) - 10.0).abs() < 1e-4, "{transfer}");
    let width = swing["high"].as_f64().unwrap_or(f64::NAN) - swing["low"].as_f64().unwrap_or(f64::NAN);
    assert!(width < 1e-3, "the same luck at both ends: {swing}");
    assert_eq!(transfer["shown"], true);
    // The mean of a lognormal with median m and 99th percentile q is m exp(s^2 / 2) with s = ln(q / m) / 2.3263.
    let lognormal = |median: f64, p99: f64| {
        let sigma = libm::log(p99 / median) / 2.326_35;
        median * libm::exp(sigma * sigma / 2.0)
    };
    let expected = [
        ("dynamodb.write_latency_p50", lognormal(9.0, 18.0) - lognormal(3.0, 18.0)),
        ("dynamodb.write_latency_p99", lognormal(6.0, 40.0) - lognormal(6.0, 10.0)),
        // That share of the calls takes 50 to 500 ms longer.
        ("dynamodb.tail_share", 0.005 * 275.0),
    ];
    for (name, expected) in expected {
        let found = effect(&found, 0, name);
        let swing = mean(&found["swing"]);
        let tolerance = if name.ends_with("share") { 0.6 } else { 0.3 };
        assert!((swing - expected).abs() < tolerance, "{name}: {swing} instead of {expected}");
    }
    let ranked = found["metrics"][0]["effects"].as_array().expect("effects");
    let names: Vec<&str> = ranked.iter().take(3).filter_map(|effect| effect["assumption"].as_str()).collect();
    assert_eq!(names, ["dynamodb.transfer_per_100_kb", "dynamodb.write_latency_p50", "dynamodb.write_latency_p99"]);
    // Writes are not reads, and nothing is throttled.
    for name in ["dynamodb.consistent_read_extra", "dynamodb.read_latency_p50", "dynamodb.throttled_latency"] {
        let none = effect(&found, 0, name);
        assert_eq!((mean(&none["swing"]), &none["shown"]), (0.0, &Value::Bool(false)), "{none}");
        assert!(mean(&none["explained"]) < 0.15, "{none}");
    }
    // The variance of a uniform variable is a twelfth of its range squared: 8.3 of about 11.3.
    let explained = &transfer["explained"];
    assert!((0.55..0.85).contains(&mean(explained)), "{explained}");
    assert!(explained["low"].as_f64() > Some(0.3), "{explained}");
    let joint = &found["metrics"][0]["joint"];
    let [low, middle, high] = ["p5", "median", "p95"].map(|key| joint[key].as_f64().expect("a number"));
    assert!(6.0 < low && low < middle && middle < high && high < 22.0, "{joint}");
    // 6.8 + 3 ms in force; at 10 ms per 100 KB it is 16.8.
    let objectives = &found["objectives"];
    assert_eq!(objectives[0]["met"], true);
    assert_eq!(objectives[0]["turned_by"], serde_json::json!([["dynamodb.transfer_per_100_kb", "high"]]));
    assert!(objectives[0]["turned_in_sample"].as_u64() > Some(5), "{objectives}");
    assert_eq!((&objectives[1]["turned_by"], objectives[1]["turned_in_sample"].as_u64()), (&serde_json::json!([]), Some(0)));
}

#[test]
fn a_bill_that_depends_on_one_assumption_says_so() {
    let folder = folder();
    let found = json(folder.path(), &["machine.yaml", "--samples", "16"]);
    // 25 USD per million transitions, and one more of them for each execution.
    assert_eq!(found["metrics"][1]["metric"], "bill.per_million_fulfilled_usd");
    let start = effect(&found, 1, "step_functions.billed_start_transitions");
    assert!((mean(&start["swing"]) - 25.0).abs() < 1e-6, "{start}");
    assert!((mean(&start["explained"]) - 1.0).abs() < 1e-9, "{start}");
    assert_eq!(found["metrics"][1]["effects"][0]["assumption"], "step_functions.billed_start_transitions");
    let latency = effect(&found, 0, "step_functions.billed_start_transitions");
    assert_eq!((mean(&latency["swing"]), &latency["shown"]), (0.0, &Value::Bool(false)), "{latency}");
    let out = folder.path().join("output/sensitivity-machine");
    let chart = out.join("charts/tornado-bill.per_million_fulfilled_usd.svg");
    assert!(chart.exists() && chart.with_extension("png").exists(), "{:?}", fs::read_dir(out.join("charts")));
    let csv = fs::read_to_string(out.join("sensitivity.csv")).expect("sensitivity.csv");
    assert!(csv.starts_with("metric,assumption,unit,low,in_force,high,metric_in_force,"), "{csv}");
    let row =
        csv.lines().find(|line| line.starts_with("bill.per_million_fulfilled_usd,step_functions.billed_start")).expect("a row");
    assert!(row.contains(",transitions,0,0,1,"), "{row}");
}

#[test]
fn what_the_scenario_sets_is_known_unless_it_is_asked_for() {
    let folder = folder();
    let set = ["--set", "assumptions.dynamodb.transfer_per_100_kb=5", "--metric", MEAN, "--samples", "0", "--no-charts"];
    let found = json(folder.path(), &[&["puts.yaml"], &set[..]].concat());
    let left_out = found["left_out"].as_array().expect("a list");
    assert!(left_out.iter().any(|one| one["name"] == "dynamodb.transfer_per_100_kb"), "{left_out:?}");
    let known = mean(&found["metrics"][0]["value"]);
    let asked = json(folder.path(), &[&["puts.yaml", "--only", "dynamodb.transfer_per_100_kb"], &set[..]].concat());
    let transfer = effect(&asked, 0, "dynamodb.transfer_per_100_kb");
    assert_eq!(asked["assumptions"].as_array().map(Vec::len), Some(1));
    assert!((mean(&transfer["at_low"]) + 5.0 - known).abs() < 1e-4, "5 ms of 100 KB: {transfer}");
    assert!(asked["metrics"][0].get("joint").is_none(), "no sample was asked for");
}

#[test]
fn values_outside_of_a_range_are_taken_with_a_warning() {
    let folder = folder();
    let at = |value: &str| {
        let set = format!("assumptions.dynamodb.transfer_per_100_kb={value}");
        let output = Command::new(env!("CARGO_BIN_EXE_floodplan"))
            .current_dir(folder.path())
            .args(["check", "puts.yaml", "--set", &set])
            .output()
            .expect("the command runs");
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        told(&output) + &String::from_utf8_lossy(&output.stdout)
    };
    assert!(at("12").contains("lies outside of its range of 0 to 10 ms"), "{}", at("12"));
    assert!(!at("10").contains("lies outside"), "{}", at("10"));
    assert!(!at("0").contains("lies outside"), "0 switches it off: {}", at("0"));
}

#[test]
fn the_same_bytes_on_any_threads_and_after_a_resume() {
    let folder = folder();
    let at = folder.path();
    let read = |out: &str| {
        let files = ["sensitivity.json", "sensitivity.csv"];
        files.map(|file| fs::read(at.join(out).join(file)).unwrap_or_else(|error| panic!("{out}/{file}: {error}")))
    };
    let options = ["puts.yaml", "--samples", "4", "--no-charts", "--duration", "60 s"];
    let one = run(at, &[&options[..], &["--out", "one", "--threads", "1"]].concat());
    assert_eq!(one.status.code(), Some(0), "{}", told(&one));
    let whole = read("one");
    assert!(!at.join("one/.sensitivity.jsonl").exists(), "a complete study leaves no journal");
    let mut child = Command::new(env!("CARGO_BIN_EXE_floodplan"))
        .current_dir(at)
        .args(["sensitivity", "--quiet", "--out", "two", "--threads", "2"])
        .args(options)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the command starts");
    let journal = at.join("two/.sensitivity.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while lines() < 3 && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let _ = child.kill();
    child.wait().expect("it ends");
    let two = run(at, &[&options[..], &["--out", "two", "--threads", "2", "--resume"]].concat());
    assert_eq!(two.status.code(), Some(0), "{}", told(&two));
    assert!(read("two") == whole, "killed and resumed, other bytes");
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let folder = folder();
    let cases: [(&[&str], &str); 5] = [
        (&["--only", "dynamodb.transfer_per_100_mb"], "did you mean `dynamodb.transfer_per_100_kb`"),
        (&["--metric", "journeys.puts.milestones.done.latency_ms.p98"], "did you mean"),
        (&["--samples", "2"], "4 to 65536"),
        (&["--set", "assumptions.dynamodb.tail_shares=1"], "did you mean `dynamodb.tail_share`"),
        (&["--set", "services.table.type=external", "--set", "services.table.service_time=5 ms"], "rests on no assumption"),
    ];
    for (arguments, expected) in cases {
        let output = run(folder.path(), &[&["puts.yaml", "--out", "out"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(expected), "{arguments:?}: {}", told(&output));
        assert!(!folder.path().join("out").exists(), "{arguments:?} left something behind");
    }
}
