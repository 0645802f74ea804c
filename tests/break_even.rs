//! `break-even` as users meet it, held against the arithmetic of prices and against closed forms.

#[path = "common/searching.rs"]
mod searching;

use std::path::Path;

use serde_json::Value;

use searching::{answer, ends_with_the_same_bytes, folder, run, told};

/// Without latencies of the workflow's own, so that durations are sums.
const INSTANT: [&str; 10] = [
    "--set",
    "services.workflow.start_delay=0 s",
    "--set",
    "services.workflow.start_latency=0 s",
    "--set",
    "services.workflow.transition_latency=0 s",
    "--set",
    "services.workflow.task_latency=0 s",
    "--set",
    "services.workflow.completion_latency=0 s",
];

fn choices() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/choices")
}

/// Prices of us-east-1 in USD, from the pricing page and feed of Step Functions: 25 per million transitions; 1 per million
/// requests; per GB-s, in tiers of a month that end at 1,000 and 5,000 GB-hours.
fn standard(executions: f64, states: f64) -> f64 {
    25e-6 * states * executions
}

fn express(executions: f64, seconds: f64) -> f64 {
    // Billed to 100 ms, rounded up, and 64 MB: 50 MB, the definition and the data are less.
    let used = executions * (seconds * 10.0).ceil() / 10.0 * 64.0 / 1024.0;
    let (first, second) = (used.min(3.6e6), (used - 3.6e6).clamp(0.0, 14.4e6));
    let third = (used - 18e6).max(0.0);
    1e-6 * executions + 1.667e-5 * first + 8.33e-6 * second + 4.56e-6 * third
}

/// Where a function changes sign.
fn root(mut low: f64, mut high: f64, function: impl Fn(f64) -> f64) -> f64 {
    let below = function(low) < 0.0;
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if (function(middle) < 0.0) == below { low = middle } else { high = middle }
    }
    low
}

fn at(crossing: &Value) -> f64 {
    crossing["at"]["mean"].as_f64().unwrap_or_else(|| panic!("there is no root: {crossing}"))
}

#[test]
fn standard_and_express_cost_the_same_at_the_volume_of_the_arithmetic() {
    let folder = folder(&[]);
    let month = 730.0 * 60.0;
    // Three tasks of 100 ms and a pause of 2 min; four states.
    let truth = root(2.0, 200.0, |rate| express(rate * month, 120.3) - standard(rate * month, 4.0));
    let files = ["reminder-standard.yaml", "reminder-express.yaml"].map(|name| choices().join(name));
    let files = files.each_ref().map(|path| path.to_str().expect("a path"));
    let vary = ["--vary", "workload.requests.rate=2/min..200/min"];
    let arguments = [&["break-even"], &files[..], &vary[..], &INSTANT[..]].concat();
    let (found, exit) = answer(folder.path(), "out", &arguments);
    assert_eq!(exit, Some(0), "{found}");
    let crossings = found["crossings"].as_array().expect("crossings");
    assert_eq!(crossings.len(), 1, "{crossings:?}");
    println!("break-even at {} a minute, by the arithmetic {truth:.4}", at(&crossings[0]));
    assert!((at(&crossings[0]) / truth - 1.0).abs() < 0.01, "{} for {truth}", at(&crossings[0]));
    assert_eq!(
        (&crossings[0]["lower_below"], &crossings[0]["lower_above"]),
        (&"Reminder, Standard".into(), &"Reminder, Express".into())
    );
    let tested = found["tested"].as_array().expect("values");
    for pair in tested {
        let rate = pair["number"].as_f64().expect("a rate");
        // One execution more or less in the window of 6 h.
        let near = |cost: f64, key: &str| (pair[key]["mean"].as_f64().expect("a cost") / cost - 1.0).abs() < 2.0 / (rate * 360.0);
        assert!(near(standard(rate * month, 4.0), "first") && near(express(rate * month, 120.3), "second"), "{pair}");
    }
}

#[test]
fn standard_and_express_cost_the_same_at_the_duration_of_the_arithmetic() {
    let folder = folder(&[]);
    // 6 claims a minute; four tasks, of which three take 100 ms.
    let executions = 6.0 * 60.0 * 730.0;
    let truth = root(20.0, 200.0, |review| express(executions, review + 0.3) - standard(executions, 4.0));
    let files = ["standard.yaml", "express.yaml"].map(|name| choices().join(name));
    let files = files.each_ref().map(|path| path.to_str().expect("a path"));
    let options = ["--vary", "parameters.review=20 s..200 s", "--set", "study.free_tier=false", "--duration", "30 min"];
    let arguments = [&["break-even"], &files[..], &options[..], &INSTANT[..]].concat();
    let (found, _) = answer(folder.path(), "out", &arguments);
    let crossing = &found["crossings"][0];
    println!("break-even at {} s, by the arithmetic {truth:.3} s", at(crossing));
    assert!((at(crossing) / truth - 1.0).abs() < 0.01, "{} for {truth}", at(crossing));
    assert_eq!((&crossing["lower_below"], &crossing["lower_above"]), (&"Express".into(), &"Standard".into()));
    assert!(crossing["value"].as_str().is_some_and(|value| value.ends_with(" s")), "{crossing}");
}

/// A pool in front of which requests queue.
fn pool(name: &str, study: &str, servers: u32, mean: &str) -> String {
    format!(
        "name: {name}
study: {{ breakdown_every: 1000000, {study} }}
services:
  pool: {{ type: external, servers: {servers}, service_time: {{ exponential: {{ mean: {mean} }} }} }}
workload:
  requests: {{ target: pool, rate: 1/s, milestones: {{ answered: answered }}, endings: {{ fulfilled: answered }} }}
"
    )
}

const LATENCY: [&str; 8] = [
    "break-even",
    "one.yaml",
    "two.yaml",
    "--metric",
    "journeys.requests.milestones.answered.latency_ms.mean",
    "--allow",
    "services.pool",
    "--no-charts",
];

#[test]
fn one_fast_and_two_slow_servers_are_equally_quick_where_the_formulas_say_and_the_interval_holds_it() {
    // M/M/1 with rate 1.6: 1 / (1.6 - load). M/M/2 with rate 1 each: 1 / (1 - (load / 2)^2).
    let truth = root(0.2, 1.4, |load| 1.0 / (1.0 - load * load / 4.0) - 1.0 / (1.6 - load));
    let (seeds, mut covered) = (12, 0);
    for seed in 1..=seeds {
        let study = format!("duration: 1000 s, warm_up: 100 s, seed: {seed}");
        let folder = folder(&[("one.yaml", &pool("one", &study, 1, "625 ms")), ("two.yaml", &pool("two", &study, 2, "1 s"))]);
        let arguments = [&LATENCY[..], &["--vary", "workload.requests.rate=0.2/s..1.4/s", "--budget", "20"]].concat();
        let output = run(folder.path(), "out", &[&arguments[..], &["--format", "json"]].concat());
        let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
        let crossing = &found["crossings"][0];
        let (low, high) = (crossing["at"]["low"].as_f64().expect("low"), crossing["at"]["high"].as_f64().expect("high"));
        println!("seed {seed}: {:.4} ({low:.4} to {high:.4}), truth {truth:.4}", at(crossing));
        covered += i32::from(low <= truth && truth <= high);
        assert!((at(crossing) / truth - 1.0).abs() < 0.1, "seed {seed}: {} for {truth}", at(crossing));
        let shown =
            |key: &str| crossing[key].as_str().and_then(|text| text.trim_end_matches("/s").parse::<f64>().ok()).expect("a rate");
        assert!(shown("shown_below") < truth && truth < shown("shown_above"), "seed {seed}: {crossing}");
        assert_eq!((&crossing["lower_below"], &crossing["lower_above"]), (&"one".into(), &"two".into()));
    }
    // Of intervals that cover 95 % each, 12 cover less than 9 times once in 400 studies.
    assert!(covered >= 9, "{covered} of {seeds} intervals hold the truth");
}

/// A constant time of service that is a function of `x`.
fn time(name: &str, time: &str) -> String {
    format!(
        "name: {name}
study: {{ duration: 60 s, replications: 4 }}
parameters: {{ x: 1 }}
services:
  pool: {{ type: external, service_time: {{ constant: {time} }} }}
workload:
  requests: {{ target: pool, rate: 5/s, milestones: {{ answered: answered }}, endings: {{ fulfilled: answered }} }}
"
    )
}

#[test]
fn every_change_of_sign_is_reported_and_where_there_is_none_who_is_lower() {
    let curve = "(x - 3) * (x - 3) * 10 ms + 10 ms";
    let folder = folder(&[("one.yaml", &time("curve", curve)), ("two.yaml", &time("line", "50 ms"))]);
    let run = |vary: &str| {
        let output = run(folder.path(), "out", &[&LATENCY[..], &["--vary", vary]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        let json = std::fs::read_to_string(folder.path().join("out/break-even.json")).expect("a file");
        let text = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        (serde_json::from_str::<Value>(&json).expect("JSON"), text)
    };
    // (x - 3)^2 = 4 at 1 and at 5.
    let (found, text) = run("parameters.x=0.4..5.9");
    let roots: Vec<f64> = found["crossings"].as_array().expect("crossings").iter().map(at).collect();
    assert!(roots.len() == 2 && (roots[0] - 1.0).abs() < 0.01 && (roots[1] - 5.0).abs() < 0.02, "{roots:?}");
    assert!(text.contains("The designs change places 2 times"), "{text}");
    let (found, text) = run("parameters.x=1.5..4.5");
    assert_eq!((&found["crossings"], &found["lower_throughout"]), (&Value::Array(Vec::new()), &"curve".into()));
    assert!(
        text.contains("The designs do not change places: curve is shown to be lower at every tested value from 1.5 to 4.5"),
        "{text}"
    );
}

#[test]
fn stopped_and_resumed_it_ends_with_the_same_bytes_on_any_threads() {
    let study = "duration: 300 s, warm_up: 20 s, replications: 4, seed: 5";
    let folder = folder(&[("one.yaml", &pool("one", study, 1, "625 ms")), ("two.yaml", &pool("two", study, 2, "1 s"))]);
    let arguments = [&LATENCY[..7], &["--vary", "workload.requests.rate=0.2/s..1.4/s", "--budget", "16"]].concat();
    let files = ["break-even.json", "charts/break-even.png", "charts/break-even.svg", "tested.csv"];
    ends_with_the_same_bytes(folder.path(), &arguments, ".break-even.jsonl", &files);
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let study = "duration: 60 s, replications: 2";
    let folder = folder(&[
        ("one.yaml", &pool("one", study, 1, "625 ms")),
        ("two.yaml", &pool("two", study, 2, "1 s")),
        ("other.yaml", &pool("other", study, 1, "625 ms").replace("rate: 1/s", "rate: 1/s, arrivals: constant")),
    ]);
    let rate = "workload.requests.rate=0.2/s..1.4/s";
    let metric = "--metric=journeys.requests.milestones.answered.latency_ms.man";
    let cases: [(&[&str], &str); 9] = [
        (&["one.yaml", "--vary", rate], "required"),
        (&["one.yaml", "two.yaml", "--vary", rate], "cannot be compared: `services.pool."),
        (&["one.yaml", "other.yaml", "--vary", rate], "cannot be compared: `workload.requests.arrivals`"),
        (
            &["one.yaml", "two.yaml", "--allow", "services.pool", "--vary", rate, metric],
            "did you mean `journeys.requests.milestones.answered.latency_ms.mean`?",
        ),
        (&["one.yaml", "two.yaml", "--vary", "workload.request.rate=1/s..2/s"], "did you mean `requests`?"),
        (&["one.yaml", "two.yaml", "--vary", "workload.requests=1..2"], "is a map"),
        (&["one.yaml", "two.yaml", "--vary", "workload.requests.rate=2/s..1/s"], "is empty"),
        (&["one.yaml", "two.yaml", "--vary", rate, "--spread", "1"], "--spread"),
        (&["one.yaml", "two.yaml", "--vary", rate, "--replications", "300"], "`--budget 200` is less than the 300"),
    ];
    for (arguments, expected) in cases {
        let output = run(folder.path(), "out", &[&["break-even"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(expected), "{arguments:?}: {}", told(&output));
        assert!(!folder.path().join("out").exists(), "{arguments:?} left something behind");
    }
}
