//! Memory is proportional to work in flight, never to requests simulated: of ten times as many journeys at the same rate
//! nothing stays behind. What one more request in flight and one more service take is bounded, too.
//!
//! The simulator runs as a process of its own, so that nothing but the run is measured; without charts, whose drawing takes more
//! than most runs.

use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// What ten times the journeys may add: histograms get fuller, and a buffer happens to double once more. A tenth of the process was
/// the bound when it took 27 MB, and more than this. Two bytes kept of each journey are more than this in both comparisons.
const GROWTH_KILOBYTES_MAX: u64 = 2_000;

/// Peak resident memory of a run of the scenario with these settings, in kilobytes. Linux says it in
/// `/proc/PID/status`; elsewhere there is no answer.
fn peak_kilobytes(scenario: &Path, settings: &[&str]) -> Option<u64> {
    let out = tempfile::tempdir().expect("a folder for the results");
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.arg("run").arg(scenario).arg("--no-charts").arg("--out").arg(out.path());
    for setting in settings {
        command.args(["--set", setting]);
    }
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the simulator starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        // The high-water mark only rises, so the last one seen before the end is at most one poll old.
        let seen = std::fs::read_to_string(&status).ok().and_then(|text| high_water_mark(&text));
        peak = peak.max(seen);
        if let Some(ended) = child.try_wait().expect("the simulator can be waited for") {
            assert!(ended.success(), "{settings:?}: {ended}");
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// Bytes of peak memory that each one more takes, from a small run with so many to a large one.
fn bytes_for_one_more(small: (u64, Option<u64>), large: (u64, Option<u64>)) -> Option<u64> {
    Some(large.1?.saturating_sub(small.1?) * 1024 / (large.0 - small.0))
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

/// Holds the peak memory of one replication of a run against one that is ten times as long; so many journeys come in a second.
fn compare(scenario: &Path, rate: u64, seconds: u64) {
    let peak = |seconds: u64| {
        let duration = format!("study.duration={seconds} s");
        (rate * seconds, peak_kilobytes(scenario, &[&duration, "study.replications=1"]))
    };
    let (short, long) = (peak(seconds), peak(10 * seconds));
    let (Some(before), Some(after)) = (short.1, long.1) else {
        println!("skipped: this system does not tell the peak memory of a process in /proc");
        return;
    };
    println!("{}: {before} kB for {} journeys, {after} kB for {}", scenario.display(), short.0, long.0);
    let growth = after.saturating_sub(before);
    assert!(growth <= GROWTH_KILOBYTES_MAX, "{}: {before} kB at first, {growth} kB more", scenario.display());
}

#[test]
fn ten_million_journeys_at_one_server_need_no_more_memory_than_a_million() {
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/theory/mm1.yaml"), 40, 25_000);
}

/// A queue, a mapping with batches, a function that fails now and then, its dead letters, a topic: what keeps messages.
/// Dead letters that nobody fetches stay for their retention, so here it is short: what is kept is in flight, too.
const MESSAGES: &str = "
name: messages
question: Does memory grow with the number of messages?
study: { warm_up: 80 s, seed: 5, breakdown_every: 100 }
services:
  work: { type: sqs, visibility_timeout: 6 s, redrive: { dead_letter: dead, max_receive_count: 2 } }
  dead: { type: sqs, message_retention_period: 60 s }
  handle:
    type: lambda
    timeout: 1 s
    events: { work: { batch_size: 10, report_batch_item_failures: true } }
    steps: [ { for_each: { steps: [ { work: 2 ms }, { fail: { share: 2% } }, { publish: { topic: news } } ] } } ]
  news: { type: sns, subscriptions: { tell: tell } }
  tell: { type: lambda, steps: [ { work: 5 ms }, { mark: told } ] }
workload:
  orders:
    target: work
    rate: 2000/s
    payload: { fields: { tier: { choose: { gold: 10%, silver: 90% } } } }
    milestones: { told: told }
    endings: { told: told, lost: dead_lettered }
";

#[test]
fn two_million_orders_through_queue_topic_and_functions_need_no_more_memory_than_a_fifth_of_a_million() {
    let folder = tempfile::tempdir().expect("a folder for the scenario");
    let path = folder.path().join("messages.yaml");
    std::fs::write(&path, MESSAGES).expect("the scenario can be written");
    compare(&path, 2_000, 100);
}

/// Bytes at most for a request in flight at a service: its journey, its call, what client and service keep of it, and its event.
const REQUEST_BYTES_MAX: u64 = 200;

#[test]
fn a_request_in_flight_takes_few_bytes() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scenarios/hold.yaml");
    let peak = |users: u64| {
        let settings = [format!("workload.requests.users={users}"), "study.duration=1 s".to_owned()];
        (users, peak_kilobytes(&scenario, &settings.each_ref().map(String::as_str)))
    };
    let Some(bytes) = bytes_for_one_more(peak(10_000), peak(250_000)) else { return };
    println!("{bytes} bytes for each request in flight");
    assert!(bytes <= REQUEST_BYTES_MAX, "{bytes} bytes for each request in flight");
}

/// Bytes at most for a request on its way through queues and consumers: its journey and one and a half messages, of each of which
/// the queue keeps what it says and two deadlines, the consumer a copy and, for two in three, a frame and an event.
const QUEUED_BYTES_MAX: u64 = 450;

#[test]
fn a_request_among_queues_takes_few_bytes() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scenarios/queues.yaml");
    let peak = |rate: u64| {
        let settings = [
            format!("workload.requests.rate={rate}/s"),
            format!("parameters.workers={}", rate / 125),
            "study.duration=1 s".to_owned(),
            "study.warm_up=0 s".to_owned(),
        ];
        // A request takes about 0.24 s.
        (rate * 24 / 100, peak_kilobytes(&scenario, &settings.each_ref().map(String::as_str)))
    };
    let Some(bytes) = bytes_for_one_more(peak(20_000), peak(160_000)) else { return };
    println!("{bytes} bytes for each request among queues");
    assert!(bytes <= QUEUED_BYTES_MAX, "{bytes} bytes for each request among queues");
}

/// Bytes at most for a service, half of them queues and half functions: its time series above all, and their rows in the report.
const SERVICE_BYTES_MAX: u64 = 500_000;

#[test]
fn a_service_takes_less_than_half_a_megabyte() {
    let folder = tempfile::tempdir().expect("a folder for the scenarios");
    let peak = |pairs: u64| {
        let (mut services, mut workload) = (String::new(), String::new());
        for pair in 1..=pairs {
            let _ = writeln!(
                services,
                "  queue{pair}: {{ type: sqs }}
  function{pair}:
    type: lambda
    events: {{ queue{pair}: {{}} }}
    steps: [ {{ for_each: {{ steps: [ {{ work: {{ p50: 5 ms, p99: 20 ms }} }}, {{ mark: handled }} ] }} }} ]"
            );
            let _ = writeln!(
                workload,
                "  messages{pair}: {{ target: queue{pair}, rate: 10/s, milestones: {{ handled: handled }}, endings: {{ handled: handled }} }}"
            );
        }
        let study = "{ duration: 300 s, replications: 1 }";
        let text = format!("name: pairs\nquestion: How much memory?\nstudy: {study}\nservices:\n{services}workload:\n{workload}");
        let path = folder.path().join(format!("{pairs}.yaml"));
        std::fs::write(&path, text).expect("the scenario can be written");
        (2 * pairs, peak_kilobytes(&path, &[]))
    };
    let Some(bytes) = bytes_for_one_more(peak(4), peak(36)) else { return };
    println!("{bytes} bytes for each service");
    assert!(bytes <= SERVICE_BYTES_MAX, "{bytes} bytes for each service");
}
