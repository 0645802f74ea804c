//! Objectives held window by window, against arrivals by hand of which every window is known.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A server that takes exactly 1 s for each request, one after the other, and eight at once.
const SERVER: &str = "\
name: server
study: { duration: 10 min, replications: 2 }
services:
  server: { type: external, servers: 1, capacity: 8, service_time: 1 s }
workload:
  requests:
    target: server
    retry: none
    trace: { file: arrivals.csv, time: time }
    milestones: { answered: answered }
    endings: { fulfilled: answered, refused: refused }
objectives:
";

/// Requests that arrive together in each minute, a second after its beginning but for the first, from which traces count: none in the
/// sixth minute, two too many in the eighth.
const PER_MINUTE: [u64; 10] = [1, 2, 3, 4, 5, 0, 3, 10, 1, 2];

fn arrivals() -> String {
    let mut text = String::from("time\n");
    for (minute, count) in PER_MINUTE.iter().enumerate() {
        for _ in 0..*count {
            let _ = writeln!(text, "{}", minute * 60 + usize::from(minute > 0));
        }
    }
    text
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(arguments).output().expect("the command runs")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a run says of objectives, one a line, under these arrivals.
fn judged(objectives: &[&str], arrivals: &str, study: &[&str]) -> (Option<i32>, Vec<Value>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = SERVER.to_owned();
    for (index, objective) in objectives.iter().enumerate() {
        let _ = writeln!(text, "  o{index}: {objective}");
    }
    fs::write(folder.path().join("server.yaml"), text).expect("a scenario");
    fs::write(folder.path().join("arrivals.csv"), arrivals).expect("a trace");
    let fixed = ["run", "server.yaml", "--format", "json", "--no-charts", "--quiet"];
    let output = run(folder.path(), &[&fixed[..], study].concat());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
    (output.status.code(), json["objectives"].as_array().cloned().expect("objectives"))
}

/// The share of the windows in which each objective holds is exactly this.
fn holds_in(cases: &[(&str, f64)], arrivals: &str, study: &[&str]) {
    let objectives: Vec<&str> = cases.iter().map(|case| case.0).collect();
    let (_, found) = judged(&objectives, arrivals, study);
    for ((objective, share), found) in cases.iter().zip(&found) {
        assert_eq!(found["value"]["mean"].as_f64(), Some(*share), "{objective}: {found}");
        assert_eq!(found["value"]["low"].as_f64(), Some(*share), "no replication differs");
    }
}

#[test]
fn windows_are_counted_one_by_one() {
    holds_in(
        &[
            // The k-th of those that arrive together is answered after k seconds. Of nine minutes with answers three are slower.
            ("journeys.requests.milestones.answered.latency_ms.p99 < 3.5 s in 50% of windows of 1 min", 6.0 / 9.0),
            ("journeys.requests.milestones.answered.latency_ms.max < 3 s in 50% of windows of 1 min", 4.0 / 9.0),
            ("journeys.requests.milestones.answered.latency_ms.max <= 3 s in 50% of windows of 1 min", 6.0 / 9.0),
            // The median of 1..8 is 4, of 1..5 is 3, of 1..4 is 2.
            ("journeys.requests.milestones.answered.latency_ms.p50 < 3 s in 50% of windows of 1 min", 7.0 / 9.0),
            ("journeys.requests.milestones.answered.latency_ms.mean >= 2.5 s in 50% of windows of 1 min", 3.0 / 9.0),
            // Two of ten are refused in one of the nine minutes in which anything ends.
            ("journeys.requests.ending_shares.refused < 1% in 50% of windows of 1 min", 8.0 / 9.0),
            ("journeys.requests.ending_shares.refused <= 20% in 50% of windows of 1 min", 1.0),
            ("journeys.requests.endings.refused == 0 in 50% of windows of 1 min", 0.9),
            ("journeys.requests.started < 4 in 50% of windows of 1 min", 0.7),
            ("journeys.requests.per_second > 0.04 in 50% of windows of 1 min", 0.5),
            ("journeys.requests.unfinished == 0 in 50% of windows of 1 min", 1.0),
            ("services.server.queue_length_max < 4 in 50% of windows of 1 min", 0.8),
            // 10 + 9 + 8 + ... seconds x requests over 60 s: 4 + 3 + 2 + 1 = 10 of the five, 28 of the eight that fit.
            ("services.server.queue_length_mean < 0.16 in 50% of windows of 1 min", 0.8),
            ("services.server.queue_length_mean < 0.17 in 50% of windows of 1 min", 0.9),
            ("services.server.errors == 0 in 50% of windows of 1 min", 1.0),
            ("services.server.requests > 0 in 50% of windows of 1 min", 0.9),
            ("services.server.requests_per_second <= 3/min in 50% of windows of 1 min", 0.7),
        ],
        &arrivals(),
        &[],
    );
}

#[test]
fn windows_that_do_not_divide_the_run_and_several_widths_are_exact() {
    holds_in(
        &[
            // Six windows of 90 s: arrivals at 0, 61 | 121 | 181, 241 | 301(none) | 361, 421 | 481, 541(cut off at 540).
            ("journeys.requests.started <= 4 in 50% of windows of 90 s", 4.0 / 6.0),
            // One window of 7 min holds 18 of the requests.
            ("journeys.requests.started == 18 in 50% of windows of 7 min", 1.0),
            ("services.server.queue_length_max >= 4 in 50% of windows of 7 min", 1.0),
            ("services.server.queue_length_max >= 5 in 50% of windows of 7 min", 0.0),
            ("services.server.queue_length_max >= 4 in 50% of windows of 1 min", 0.2),
            // Eight arrive six seconds before the end of the window; seven wait.
            ("services.server.queue_length_max == 7 in 50% of windows of 427 s", 1.0),
        ],
        &arrivals(),
        &[],
    );
}

#[test]
fn the_instant_of_a_boundary_belongs_to_the_later_window() {
    holds_in(
        &[
            ("journeys.requests.started == 1 in 50% of windows of 1 min", 0.1),
            ("journeys.requests.started == 2 in 50% of windows of 1 min", 0.1),
            ("journeys.requests.milestones.answered.latency_ms.max > 1 s in 50% of windows of 1 min", 0.5),
            ("services.server.requests == 2 in 50% of windows of 1 min", 0.1),
            ("services.server.busy_servers_max == 0 in 50% of windows of 1 min", 0.8),
            ("services.server.busy_servers_mean == 0 in 50% of windows of 1 min", 0.8),
        ],
        "time\n0\n60\n60\n",
        &[],
    );
}

#[test]
fn levels_carry_over_into_the_next_window() {
    // Served from 0 s to 1 s and from 59.5 s to 60.5 s: half a second in the second window.
    holds_in(
        &[
            ("services.server.busy_servers_max == 1 in 50% of windows of 1 min", 0.2),
            ("services.server.busy_servers_mean > 0.0083 in 50% of windows of 1 min", 0.2),
            ("services.server.busy_servers_mean > 0.0084 in 50% of windows of 1 min", 0.1),
            ("journeys.requests.milestones.answered.latency_ms.p50 <= 1 s in 50% of windows of 1 min", 1.0),
        ],
        "time\n0\n59.5\n",
        &[],
    );
}

#[test]
fn journeys_that_never_end_are_slower_than_any_bound() {
    // The last request is held in the queue for ever: its server stops and answers nobody within the drain.
    let objectives = [
        "journeys.requests.milestones.answered.latency_ms.p50 < 1 h in 99% of windows of 1 min",
        "journeys.requests.unfinished == 0 in 99% of windows of 1 min",
    ];
    let slow = ["--set", "services.server.service_time=\"2 h\"", "--set", "study.drain=\"1 min\""];
    let (code, found) = judged(&objectives, "time\n1\n61\n", &slow);
    assert_eq!(code, Some(3));
    assert_eq!(found[0]["value"]["mean"].as_f64(), Some(0.0), "{found:?}");
    assert_eq!(found[1]["value"]["mean"].as_f64(), Some(0.8), "{found:?}");
}

#[test]
fn the_share_of_windows_is_judged_and_decides_the_exit_code() {
    let missed = "services.server.queue_length_max < 4 in 81% of windows of 1 min";
    let met = "services.server.queue_length_max < 4 in 80% of windows of 1 min";
    let (code, found) = judged(&[missed, met], &arrivals(), &[]);
    assert_eq!(code, Some(3));
    let verdicts: Vec<bool> = found.iter().filter_map(|one| one["met"].as_bool()).collect();
    assert_eq!(verdicts, [false, true]);
    assert_eq!((found[0]["bound"].as_f64(), found[0]["window_seconds"].as_f64()), (Some(0.81), Some(60.0)));
    assert_eq!(judged(&[met], &arrivals(), &[]).0, Some(0));
}

#[test]
fn looking_at_windows_changes_nothing_else() {
    let run = |objectives: &str| {
        let folder = tempfile::tempdir().expect("a folder");
        let text = SERVER.replace("objectives:\n", objectives);
        fs::write(folder.path().join("server.yaml"), text).expect("a scenario");
        fs::write(folder.path().join("arrivals.csv"), arrivals()).expect("a trace");
        let output = self::run(folder.path(), &["run", "server.yaml", "--format", "json", "--no-charts", "--quiet"]);
        let mut json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(&output)));
        json["objectives"].take();
        let files = fs::read_to_string(folder.path().join("output/server/timeseries.csv")).expect("time series");
        (json, files)
    };
    let with = run("objectives:\n  \
        a: services.server.queue_length_max < 4 in 80% of windows of 13 s\n  \
        b: services.server.busy_servers_mean < 1 in 80% of windows of 7 s\n  \
        c: journeys.requests.milestones.answered.latency_ms.p99 < 1 s in 80% of windows of 1 s\n");
    assert!(with == run(""), "an objective changes what it looks at");
}

#[test]
fn what_is_wrong_with_windows_is_said_at_its_place_all_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "{SERVER}  too long: journeys.requests.started < 4 in 50% of windows of 11 min
  unknown: services.server.queue_length_maxx < 4 in 50% of windows of 1 min
  no windows: bill.month_usd < 4 in 50% of windows of 1 min
  no share: journeys.requests.started < 4 in 150% of windows of 1 min
  too many: journeys.requests.started < 4 in 50% of windows of 1 ms
"
    );
    fs::write(folder.path().join("server.yaml"), text).expect("a scenario");
    fs::write(folder.path().join("arrivals.csv"), arrivals()).expect("a trace");
    let output = run(folder.path(), &["run", "server.yaml", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    let told = told(&output);
    for expected in ["13:13", "a window of 11 min does not fit", "150%", "more than 100000"] {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    let output = run(folder.path(), &["run", "server.yaml", "--quiet", "--duration", "1 h"]);
    assert!(!self::told(&output).contains("does not fit"), "{}", self::told(&output));
    // Names of metrics are looked up once everything else is right.
    let right = format!(
        "{SERVER}  unknown: services.server.queue_length_maxx < 4 in 50% of windows of 1 min
  no windows: bill.month_usd < 4 in 50% of windows of 1 min
"
    );
    fs::write(folder.path().join("server.yaml"), right).expect("a scenario");
    let output = run(folder.path(), &["run", "server.yaml", "--quiet"]);
    assert_eq!(output.status.code(), Some(2));
    for expected in
        ["13:12", "did you mean `services.server.queue_length_max`?", "14:15", "no metric that windows have is called"]
    {
        assert!(self::told(&output).contains(expected), "{expected}: {}", self::told(&output));
    }
    assert!(!folder.path().join("output").exists());
}

#[test]
fn a_workload_with_a_mistake_is_not_said_to_be_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("{SERVER}  quick: journeys.requests.milestones.answered.latency_ms.p99 < 1 s\n")
        .replace("trace: { file: arrivals.csv, time: time }", "rate: 5 KB");
    fs::write(folder.path().join("server.yaml"), text).expect("a scenario");
    let output = run(folder.path(), &["check", "server.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!told(&output).contains("no workload is called"), "{}", told(&output));
}
