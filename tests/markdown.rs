//! Markdown as the command prints it.

use std::fs;
use std::process::{Command, Output};

const QUEUE: &str = "\
name: queue
question: Is <one> server | enough?
study: { duration: 60 s, replications: 3, seed: 11 }
services:
  server: { type: external, servers: 1, service_time: { exponential: { mean: 20 ms } } }
workload:
  requests:
    target: server
    rate: 20/s
    milestones: { answered: answered }
    endings: { fulfilled: answered }
objectives:
  fast: journeys.requests.milestones.answered.latency_ms.p50 < 1 s
  instant: journeys.requests.milestones.answered.latency_ms.p50 < 1 ms
  steady: journeys.requests.milestones.answered.latency_ms.p50 < 1 s in 100% of windows of 10 s
";

fn run(folder: &tempfile::TempDir, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder.path()).args(arguments.split(' ')).output().expect("the command runs")
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("queue.yaml"), QUEUE).expect("a scenario");
    let pool = QUEUE.replace("name: queue", "name: pool").replace("servers: 1", "servers: 2");
    fs::write(folder.path().join("pool.yaml"), pool).expect("a scenario");
    folder
}

/// What every document is held to: whole tables, folds closed, no stray markup.
fn document(output: &Output) -> String {
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    assert!(text.starts_with("## "), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(!text.contains('\u{1b}'));
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for pair in text.lines().collect::<Vec<_>>().windows(2) {
        if pair.iter().all(|line| line.starts_with('|')) {
            assert_eq!(cells(pair[0]), cells(pair[1]), "{pair:?}");
        }
    }
    text
}

#[test]
fn a_run_begins_with_its_objectives() {
    let folder = folder();
    let output = run(&folder, "run queue.yaml --format markdown --no-charts --quiet");
    assert_eq!(output.status.code(), Some(3), "one is missed");
    let text = document(&output);
    for expected in
        ["Is &lt;one&gt; server \\| enough?", "| ✓ met | fast |", "| **✗ missed** | instant |", "<summary>About this run"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let order = ["| ✓ met | fast", "| key figure |", "<details>"].map(|part| text.find(part).expect(part));
    assert!(order.is_sorted());
    assert_eq!(output.stdout, run(&folder, "run queue.yaml --format markdown --no-charts --quiet --threads 1").stdout);
}

#[test]
fn comparisons_and_sweeps_have_their_verdicts() {
    let folder = folder();
    let allow = "--allow services.server.servers --format markdown --no-charts --quiet";
    let text = document(&run(&folder, &format!("compare queue.yaml pool.yaml {allow}")));
    assert!(text.contains("✗ missed<br>") && text.contains("| verdict |") && text.contains("binds first"), "{text}");
    let text = document(&run(&folder, &format!("compare queue.yaml pool.yaml --vary workload.requests.rate=5/s,10/s {allow}")));
    assert!(text.contains("#### Objectives at 10/s"), "{text}");
    let text =
        document(&run(&folder, "sweep queue.yaml --vary workload.requests.rate=5/s,10/s --format markdown --no-charts --quiet"));
    assert!(text.contains("The cheapest point") && text.contains("| 10/s |"), "{text}");
}

#[test]
fn other_commands_keep_their_text_in_a_fence_and_errors_stay_text() {
    let folder = folder();
    for command in ["check queue.yaml", "trace queue.yaml", "prices sqs-requests-standard --region us-east-1"] {
        let plain = run(&folder, command);
        let fenced = run(&folder, &format!("{command} --format markdown"));
        let expected = format!("```text\n{}\n```\n", String::from_utf8_lossy(&plain.stdout).trim_end());
        assert_eq!(String::from_utf8_lossy(&fenced.stdout), expected, "{command}");
    }
    let wrong = run(&folder, "run nothing.yaml --format markdown");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty() && String::from_utf8_lossy(&wrong.stderr).contains("there is no file"));
}

#[test]
fn warnings_of_reading_are_in_the_summary() {
    let folder = folder();
    fs::write(folder.path().join("queue.yaml"), format!("{QUEUE}timeline: [ {{ from: 2 min, service: server, stop: true }} ]\n"))
        .expect("a scenario");
    let output = run(&folder, "run queue.yaml --format json --no-charts --quiet");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let warnings = json["warnings"].to_string();
    assert!(warnings.contains("the entry begins at 2 min, but the measured window ends at 1 min"), "{warnings}");
}
