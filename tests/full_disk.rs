//! What happens when files cannot be written: a clear message, and earlier results as they were.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const QUEUE: &str = "\
name: queue
study: { duration: 20 s, replications: 2, seed: 11 }
services:
  server: { type: external, servers: 1, service_time: { exponential: { mean: 20 ms } } }
workload:
  requests:
    target: server
    rate: 20/s
    milestones: { answered: answered }
    endings: { fulfilled: answered }
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("queue.yaml"), QUEUE).expect("a scenario");
    folder
}

fn run(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(arguments.split(' ')).output().expect("the command runs")
}

/// Like a disk that fills up: no file can grow beyond so many blocks of 512 bytes, and the attempt is an error and no signal.
fn run_limited(folder: &Path, blocks: u32, arguments: &str) -> Output {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {arguments}", env!("CARGO_BIN_EXE_floodplan"));
    Command::new("sh").current_dir(folder).args(["-c", &script]).output().expect("a shell")
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn bytes(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder").flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                found.insert(entry.path().display().to_string(), fs::read(entry.path()).expect("a file"));
            }
        }
    }
    found
}

#[test]
fn a_run_that_finds_no_room_leaves_the_earlier_report_whole() {
    let folder = folder();
    let out = folder.path().join("out");
    assert_eq!(run(folder.path(), "run queue.yaml --out out --no-charts").status.code(), Some(0));
    let before = bytes(&out);
    let refused = run_limited(folder.path(), 8, "run queue.yaml --out out --no-charts --seed 12");
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("cannot write") && told(&refused).contains("summary.json"), "{}", told(&refused));
    assert!(told(&refused).contains("ulimit"), "it does not say what to do: {}", told(&refused));
    assert!(bytes(&out) == before, "the earlier report was touched, or something was left behind");
    // And where there was no report there is none, not even a folder.
    let refused = run_limited(folder.path(), 8, "run queue.yaml --out fresh --no-charts");
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(!folder.path().join("fresh").exists());
}

#[test]
fn a_sweep_that_finds_no_room_is_resumed_to_the_same_bytes() {
    let folder = folder();
    let sweep = "sweep queue.yaml --no-charts --threads 1 --vary workload.requests.rate=5/s,10/s,15/s,20/s,25/s,30/s";
    assert_eq!(run(folder.path(), &format!("{sweep} --out whole")).status.code(), Some(0));
    let refused = run_limited(folder.path(), 24, &format!("{sweep} --out out"));
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    assert!(told(&refused).contains("cannot keep finished points") && told(&refused).contains("--resume"), "{}", told(&refused));
    let resumed = run(folder.path(), &format!("{sweep} --out out --resume"));
    assert_eq!(resumed.status.code(), Some(0), "{}", told(&resumed));
    let kept: u32 =
        told(&resumed).split(" of 6 runs").next().and_then(|kept| kept.trim().parse().ok()).expect("how many are there");
    assert!((1..6).contains(&kept), "{kept} of 6 were kept");
    let names = |name: &str| bytes(&folder.path().join(name)).into_values().collect::<Vec<_>>();
    assert!(names("out") == names("whole"), "resumed, other bytes");
}

#[test]
fn a_sweep_that_cannot_write_its_report_keeps_its_points() {
    let folder = folder();
    let sweep = "sweep queue.yaml --no-charts --vary workload.requests.rate=5/s,10/s";
    assert_eq!(run(folder.path(), &format!("{sweep} --out out")).status.code(), Some(0));
    let before = bytes(&folder.path().join("out"));
    // Room for each line of the journal, not for sweep.json with both points.
    let lines = 1 + fs::metadata(folder.path().join("out/sweep.json")).expect("sweep.json").len() as u32 / 2 / 512;
    let refused = run_limited(folder.path(), lines, &format!("{sweep} --seed 3 --out out"));
    assert_eq!(refused.status.code(), Some(2), "{}", told(&refused));
    let mut after = bytes(&folder.path().join("out"));
    after.retain(|name, _| !name.ends_with(".sweep.jsonl") && !name.ends_with(".sweep.new"));
    assert!(after == before, "the earlier report was touched");
}

#[test]
fn folders_that_cannot_be_written_are_told_before_anything_runs() {
    let folder = folder();
    fs::write(folder.path().join("file"), "mine").expect("a file");
    for out in ["file", "file/below", "/proc/floodplan", "/dev/full"] {
        for command in ["run queue.yaml", "sweep queue.yaml --vary workload.requests.rate=5/s,10/s", "ladder queue.yaml"] {
            let refused = run(folder.path(), &format!("{command} --out {out}"));
            assert_eq!(refused.status.code(), Some(2), "{command} {out}: {}", told(&refused));
            assert!(told(&refused).contains("cannot write to"), "{command} {out}: {}", told(&refused));
            assert!(refused.stdout.is_empty(), "something was simulated");
        }
    }
    assert_eq!(fs::read_to_string(folder.path().join("file")).expect("the file"), "mine");
}

#[test]
fn designs_of_a_comparison_share_the_warm_up_found_and_the_number_of_replications() {
    let folder = folder();
    let text = QUEUE.replace(
        "study: { duration: 20 s, replications: 2, seed: 11 }",
        "study:\n  duration: 120 s\n  warm_up: auto\n  replications: 3\n  precision: { metrics: journeys.requests.milestones.answered.latency_ms.mean, \
         relative: 10%, maximum_replications: 40 }",
    );
    // Busier, so that it needs more replications by itself than the other.
    let text = text.replace("rate: 20/s", "rate: 40/s");
    fs::write(folder.path().join("one.yaml"), &text).expect("a scenario");
    let two = text.replace("name: queue", "name: pool").replace("servers: 1", "servers: 2");
    fs::write(folder.path().join("two.yaml"), &two).expect("a scenario");
    let read = |output: &Output| -> serde_json::Value {
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", told(output)))
    };
    let compared =
        read(&run(folder.path(), "compare one.yaml two.yaml --allow services.server.servers --format json --no-charts --quiet"));
    let of = |index: usize, key: &str| compared["designs"][index][key].as_f64().unwrap_or_else(|| panic!("{key}"));
    assert_eq!(of(0, "replications"), of(1, "replications"));
    assert_eq!(of(0, "warm_up_seconds"), of(1, "warm_up_seconds"));
    assert!(of(0, "replications") > 3.0, "no precision was asked for: {}", of(0, "replications"));
    let alone = read(&run(folder.path(), "run two.yaml --format json --no-charts --quiet"));
    let alone = alone["replications"].as_f64().expect("replications");
    assert!(alone < of(1, "replications"), "the calmer design needs as many by itself: {alone}");
    let reached = |index: usize| compared["designs"][index]["precision"]["reached"].as_bool();
    assert_eq!((reached(0), reached(1)), (Some(true), Some(true)));
}
