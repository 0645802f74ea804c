//! The ladder of limits against quotas whose load multiples arithmetic gives.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Three limiters that do not stand in one another's way.
const QUOTAS: &str = "\
name: three quotas
study: { duration: 60 s, warm_up: 40 s, replications: 2 }
account: { quotas: { step_functions.start_execution_refill: 50, step_functions.start_execution_bucket: 50 } }
services:
  provider: { type: external, rate_limit: 100/s, service_time: 10 ms }
  resize: { type: lambda, reserved_concurrent_executions: 20, steps: [ { work: 100 ms } ] }
  flow:
    type: step_functions
    definition: { StartAt: Done, States: { Done: { Type: Pass, End: true } } }
workload:
  payments: { target: provider, rate: 40/s, arrivals: constant, retry: none, milestones: { answered: answered } }
  pictures: { target: resize, rate: 12/s, arrivals: constant, retry: none, milestones: { answered: answered } }
  orders: { target: flow, rate: 10/s, arrivals: constant, retry: none, milestones: { answered: answered } }
";

fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("quotas.yaml"), text).expect("a scenario");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(arguments).arg("--quiet").output().expect("the command runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(output)))
}

fn number(value: &Value, path: &str) -> f64 {
    let found = path.split('.').fold(value, |value, key| &value[key]);
    found.as_f64().unwrap_or_else(|| panic!("{path} of {value}"))
}

fn close(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= expected.abs() * tolerance, "{what}: {found}, not {expected}");
}

#[test]
fn multiples_are_those_of_arithmetic_confirmed_by_two_loads_each() {
    let folder = folder(QUOTAS);
    let output = run(folder.path(), &["ladder", "quotas.yaml", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let ladder = json(&output);
    let rung = |limiter: &str| {
        let rungs = ladder["rungs"].as_array().expect("rungs");
        rungs.iter().find(|rung| rung["limiter"] == limiter).unwrap_or_else(|| panic!("{limiter} in {ladder}"))
    };
    // 100/s over 40/s; five per cent more is refused to the part that exceeds the limit.
    let rate = rung("rate_limit");
    assert_eq!(rate["finding"], "confirmed", "{rate}");
    close("rate limit, estimate", number(rate, "estimate"), 2.5, 0.01);
    close(
        "rate limit, refused above",
        number(rate, "above.refused_share.mean"),
        1.0 - 100.0 / (40.0 * number(rate, "above.load")),
        0.05,
    );
    assert_eq!(number(rate, "below.refused_share.mean"), 0.0);
    // 50/s over 10/s.
    let starts = rung("step_functions.start_execution");
    assert_eq!(starts["finding"], "confirmed", "{starts}");
    close("starts, estimate", number(starts, "estimate"), 5.0, 0.01);
    close("starts, above", number(starts, "above.load"), 5.25, 0.01);
    close("starts, below", number(starts, "below.load"), 4.75, 0.01);
    // Little: the rate times the duration is in use. The estimate holds the quota against whole executions, two of which are
    // in use for a part of the time, and is wrong: the bracket found instead holds what Little says.
    let slots = rung("reserved_concurrency");
    let base = json(&run(folder.path(), &["run", "quotas.yaml", "--format", "json", "--no-charts"]));
    let little = 20.0 / number(&base, "services.resize.concurrent_executions_mean.mean");
    assert_eq!(slots["finding"], "refined", "{slots}");
    assert!((number(slots, "estimate") / little - 1.0).abs() > 0.2, "the estimate is right: {slots}");
    let (below, above) = (number(slots, "below.load"), number(slots, "above.load"));
    assert!(below < little * 1.02 && above > little * 0.98, "{little} is not between {below} and {above}");
    assert!(above / below < 1.12, "{below} to {above}");
    // The account's unreserved concurrency is not used by the function that has its own.
    assert!(!ladder["no_estimate"].as_array().expect("a list").is_empty(), "{ladder}");
    let names: Vec<String> = fs::read_dir(folder.path().join("output/ladder-three-quotas"))
        .expect("files")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    for name in ["ladder.csv", "ladder.json", "charts"] {
        assert!(names.iter().any(|known| known == name), "{name} is missing: {names:?}");
    }
}

#[test]
fn bytes_do_not_depend_on_threads() {
    let text = QUOTAS.replace("duration: 60 s, warm_up: 40 s", "duration: 20 s");
    let folder = folder(&text);
    let ladder = |threads: &str| {
        let output = run(folder.path(), &["ladder", "quotas.yaml", "--limiters", "1", "--threads", threads, "--out", threads]);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let file = |name: &str| fs::read(folder.path().join(threads).join(name)).expect("a file");
        (output.stdout, file("ladder.csv"), file("ladder.json"), file("charts/ladder.svg"))
    };
    assert!(ladder("1") == ladder("2"));
}

#[test]
fn a_limiter_behind_another_is_not_reached() {
    let text = "\
name: chain
study: { duration: 30 s, warm_up: 10 s, replications: 2 }
services:
  front: { type: external, rate_limit: 100/s, service_time: 1 ms }
  gate: { type: api_gateway, protocol: http, throttling_rate_limit: 60/s, throttling_burst_limit: 60, routes: { GET /: { target: work } } }
  work: { type: lambda, reserved_concurrent_executions: 80, steps: [ { work: 500 ms } ] }
workload:
  a: { target: gate, route: GET /, rate: 30/s, arrivals: constant, retry: none, milestones: { answered: answered } }
  b: { target: front, rate: 1/s, arrivals: constant, retry: none, milestones: { answered: answered } }
";
    let folder = folder(text);
    let output = run(folder.path(), &["ladder", "quotas.yaml", "--format", "json", "--limiters", "2", "--up-to", "8"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let ladder = json(&output);
    let rung = |limiter: &str| {
        let rungs = ladder["rungs"].as_array().expect("rungs");
        rungs.iter().find(|rung| rung["limiter"].as_str().is_some_and(|name| name.contains(limiter))).expect("a rung").clone()
    };
    // 60/s pass the stage whatever comes, and keep 30 executions busy: never 80.
    assert_eq!(rung("reserved_concurrency")["finding"], "not_reached", "{ladder}");
    assert!(rung("reserved_concurrency")["above"].is_null());
}

#[test]
fn loads_that_cannot_be_multiplied_are_refused_before_anything_runs() {
    let traced = QUOTAS.replace("rate: 40/s, arrivals: constant", "trace: { file: t.csv, time: time }");
    let few = QUOTAS.replace("rate: 40/s, arrivals: constant", "users: 3");
    for (text, expected) in [(traced, "a trace has no rate"), (few, "3 users of `payments`")] {
        let folder = folder(&text);
        fs::write(folder.path().join("t.csv"), "time\n0\n1\n").expect("a trace");
        let output = run(folder.path(), &["ladder", "quotas.yaml"]);
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        assert!(told(&output).contains(expected), "{}", told(&output));
        assert!(!folder.path().join("output").exists());
    }
}
