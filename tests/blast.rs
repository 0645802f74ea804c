//! `blast` where arithmetic says what each failure takes: a bus with two consumers, and a state machine that calls both.

#[path = "common/command.rs"]
mod command;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use command::told;

/// Ten orders a second, evenly spaced, and no latency but the 5 ms of the two externals, so that exactly the orders of the outage
/// meet it. Functions call without retries and events are tried once.
const BASE: &str = "\
study: { duration: 120 s, warm_up: 10 s, replications: 2, seed: 3 }
defaults:
  lambda:
    timeout: 3 s
    latency: { front_end: 0 s, asynchronous: 0 s, platform: 0 s, runtime_init: 0 s, first_run: 0 s }
services:
  ledger: { type: external, context: billing, service_time: 5 ms }
  carrier: { type: external, context: shipping, service_time: 5 ms }
";

const BUS: &str = "\
name: bus
include: [base.yaml]
assumptions: { eventbridge.put_events_latency_p50: 0, eventbridge.delivery_p50: 0 }
services:
  shop:
    type: eventbridge
    rules:
      all: { event_pattern: { source: [web] }, targets: [bill, ship] }
  bill:
    type: lambda
    context: billing
    maximum_retry_attempts: 0
    steps: [ { call: { service: ledger } }, { mark: billed } ]
  ship:
    type: lambda
    context: shipping
    maximum_retry_attempts: 0
    steps: [ { call: { service: carrier } }, { mark: shipped } ]
  report: { type: lambda, context: analytics, steps: [ { work: 1 ms } ] }
workload:
  orders:
    target: shop
    rate: 10/s
    arrivals: constant
    payload: { size: 1 KB, fields: { source: { choose: { web: 100% } }, detail-type: { choose: { placed: 100% } } } }
    milestones: { done: { all: [billed, shipped] } }
    endings: { fulfilled: { all: [billed, shipped] }, half: { any: [billed, shipped] } }
";

const MACHINE: &str = "\
name: machine
include: [base.yaml]
services:
  process:
    type: step_functions
    context: ordering
    start_latency: 0 s
    start_delay: 0 s
    transition_latency: 0 s
    task_latency: 0 s
    completion_latency: 0 s
    resources: { bill: bill, ship: ship }
    definition:
      StartAt: Bill
      States:
        Bill: { Type: Task, Resource: 'arn:aws:lambda:us-east-1:1:function:bill', Next: Ship }
        Ship: { Type: Task, Resource: 'arn:aws:lambda:us-east-1:1:function:ship', End: true }
  bill: { type: lambda, context: billing, steps: [ { call: { service: ledger } }, { mark: billed } ] }
  ship: { type: lambda, context: shipping, steps: [ { call: { service: carrier } }, { mark: shipped } ] }
workload:
  orders:
    target: process
    rate: 10/s
    arrivals: constant
    payload: { size: 1 KB, fields: { source: { choose: { web: 100% } }, detail-type: { choose: { placed: 100% } } } }
    milestones: { done: { all: [billed, shipped] } }
    endings: { fulfilled: { all: [billed, shipped] }, half: { any: [billed, shipped] } }
";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in [("base.yaml", BASE), ("bus.yaml", BUS), ("machine.yaml", MACHINE)] {
        fs::write(folder.path().join(name), text).expect("a scenario");
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    command::run(folder, &[&["blast"], arguments].concat())
}

fn json(folder: &Path, arguments: &[&str]) -> Value {
    command::json(folder, &[&["blast"], arguments].concat())
}

fn design<'a>(blast: &'a Value, name: &str) -> &'a Value {
    let designs = blast["designs"].as_array().expect("designs");
    designs.iter().find(|design| design["design"] == name).unwrap_or_else(|| panic!("no design {name}"))
}

fn failure<'a>(blast: &'a Value, name: &str, service: &str) -> &'a Value {
    let failures = design(blast, name)["failures"].as_array().expect("failures");
    failures.iter().find(|failure| failure["service"] == service).unwrap_or_else(|| panic!("{service} was not stopped"))
}

fn mean(estimate: &Value) -> f64 {
    estimate["mean"].as_f64().unwrap_or_else(|| panic!("no number: {estimate}"))
}

/// Share of the work of a context that is lost, and journeys that lose it.
fn context(failure: &Value, name: &str) -> (f64, f64) {
    let loss = &failure["contexts"][name];
    (mean(&loss["lost_share"]), mean(&loss["lost"]))
}

#[test]
fn a_consumer_of_a_bus_takes_its_own_work_and_no_other() {
    let folder = folder();
    let blast = json(folder.path(), &["bus.yaml", "--outage", "30 s", "--at", "40 s", "--no-charts"]);
    // 30 s of 10 orders a second; those in flight when it begins or ends are served before or after.
    let ledger = failure(&blast, "bus", "ledger");
    assert_eq!(context(ledger, "billing"), (1.0, 300.0));
    assert_eq!(context(ledger, "shipping"), (0.0, 0.0));
    assert_eq!((mean(&ledger["arrived"]), mean(&ledger["lost"]), mean(&ledger["lost_share"])), (300.0, 300.0, 1.0));
    assert_eq!(mean(&ledger["instead"]["half"]), 300.0, "shipped without a bill: {ledger}");
    let carrier = failure(&blast, "bus", "carrier");
    assert_eq!((context(carrier, "billing"), context(carrier, "shipping")), ((0.0, 0.0), (1.0, 300.0)));
    // What every order comes through takes everything.
    let shop = failure(&blast, "bus", "shop");
    assert!(context(shop, "billing").0 > 0.9 && context(shop, "shipping").0 > 0.9, "{shop}");
    // What no order comes through takes nothing.
    let report = failure(&blast, "bus", "report");
    assert_eq!((mean(&report["lost"]), mean(&report["late"]), mean(&report["delay_ms"])), (0.0, 0.0, 0.0));
    let design = design(&blast, "bus");
    assert_eq!(design["silent_contexts"], serde_json::json!(["analytics"]));
    let totals = &design["totals"];
    let hits = ["hit_none", "hit_some", "hit_all"].map(|key| totals[key].as_u64().expect("a count"));
    // The functions themselves are asked again until they are back: like `report` they hit nothing; the bus hits all.
    assert_eq!(hits, [3, 2, 1], "{totals}");
    assert_eq!(mean(&failure(&blast, "bus", "bill")["lost"]), 0.0);
}

#[test]
fn a_state_machine_stops_as_a_whole() {
    let folder = folder();
    let blast = json(folder.path(), &["machine.yaml", "--outage", "30 s", "--at", "40 s", "--no-charts"]);
    let ledger = failure(&blast, "machine", "ledger");
    let both = (context(ledger, "billing"), context(ledger, "shipping"));
    assert_eq!(both, ((1.0, 300.0), (1.0, 300.0)), "what comes after the bill is not done either");
    assert_eq!(mean(&ledger["instead"]["other"]), 300.0, "{ledger}");
    let carrier = failure(&blast, "machine", "carrier");
    assert_eq!(context(carrier, "billing"), (0.0, 0.0), "bills come before");
    let (share, lost) = context(carrier, "shipping");
    assert!(lost == 300.0 && share >= 299.0 / 300.0, "one may arrive 5 ms before the carrier is down: {carrier}");
    assert_eq!(mean(&carrier["instead"]["half"]), 300.0, "{carrier}");
    // Side by side, the difference of what contexts lose is paired and exact: see the shares above.
    let both = json(folder.path(), &["bus.yaml", "machine.yaml", "--service", "ledger", "--at", "40 s", "--outage", "30 s"]);
    let against = &design(&both, "machine")["totals"]["against_first"];
    assert_eq!((mean(against), against["low"].as_f64(), against["high"].as_f64()), (0.5, Some(0.5), Some(0.5)));
    let charts = folder.path().join("output/blast-bus-machine/charts");
    assert!(charts.join("blast.svg").exists() && charts.join("blast.png").exists());
    let csv = fs::read_to_string(folder.path().join("output/blast-bus-machine/blast.csv")).expect("blast.csv");
    assert!(csv.starts_with("design,service,type,context,subject,metric,mean,low,high,withheld\n"), "{csv}");
    assert!(csv.contains("machine,ledger,external,billing,context shipping,lost_share,1,1,1,\n"), "{csv}");
}

#[test]
fn late_is_not_lost() {
    let folder = folder();
    let at = folder.path();
    // Tried again after one minute and after two more: what fails within 30 s gets through at the first retry.
    let retries = ["--set", "services.bill.maximum_retry_attempts=1", "--service", "ledger", "--at", "40 s", "--outage", "30 s"];
    let blast = json(at, &[&["bus.yaml", "--no-charts"], &retries[..]].concat());
    let ledger = failure(&blast, "bus", "ledger");
    assert_eq!((mean(&ledger["lost"]), mean(&ledger["late"]), mean(&ledger["late_share"])), (0.0, 300.0, 1.0));
    let delay = mean(&ledger["delay_ms"]);
    assert!((delay - 60_000.0).abs() < 1_000.0, "one minute: {delay}");
    assert_eq!(context(ledger, "billing"), (0.0, 0.0));
    let patient = json(at, &[&["bus.yaml", "--no-charts", "--late", "2 min"], &retries[..]].concat());
    assert_eq!(mean(&failure(&patient, "bus", "ledger")["late"]), 0.0);
}

#[test]
fn the_same_bytes_on_any_threads_and_after_a_resume() {
    let folder = folder();
    let at = folder.path();
    let read = |out: &str| {
        let files = ["blast.json", "blast.csv", "charts/blast.svg"];
        files.map(|file| fs::read(at.join(out).join(file)).unwrap_or_else(|error| panic!("{out}/{file}: {error}")))
    };
    let outage = ["--at", "40 s", "--outage", "30 s"];
    let one = run(at, &[&["bus.yaml", "--out", "one", "--threads", "1"], &outage[..]].concat());
    assert_eq!(one.status.code(), Some(0), "{}", told(&one));
    let whole = read("one");
    assert!(!at.join("one/.blast.jsonl").exists(), "a complete blast leaves no journal");
    // A journal with one finished failure whose service is marked, so that it shows where it came from, and a torn line.
    let mut child = Command::new(env!("CARGO_BIN_EXE_floodplan"))
        .current_dir(at)
        .args(["blast", "--quiet", "bus.yaml", "--out", "two", "--threads", "2"])
        .args(outage)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the command starts");
    let journal = at.join("two/.blast.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    while lines() < 2 && child.try_wait().expect("a child").is_none() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let _ = child.kill();
    child.wait().expect("it ends");
    if lines() > 0 {
        let text = fs::read_to_string(&journal).expect("a journal");
        fs::write(&journal, format!("{text}{{\"key\":\"torn")).expect("a journal");
    }
    let two = run(at, &[&["bus.yaml", "--out", "two", "--threads", "2", "--resume"], &outage[..]].concat());
    assert_eq!(two.status.code(), Some(0), "{}", told(&two));
    assert!(read("two") == whole, "killed and resumed, other bytes");
}

#[test]
fn a_timeline_of_its_own_is_kept_and_what_it_stops_is_spared() {
    let folder = folder();
    let timeline = "timeline: [ { from: 45 s, until: 60 s, service: carrier, stop: true } ]\n";
    fs::write(folder.path().join("bus.yaml"), format!("{BUS}{timeline}")).expect("a scenario");
    let outage = ["--service", "carrier", "--service", "ledger", "--at", "40 s", "--outage", "30 s"];
    let blast = json(folder.path(), &[&["bus.yaml", "--no-charts"], &outage[..]].concat());
    let design = design(&blast, "bus");
    assert_eq!(design["own_timeline"], serde_json::json!(["carrier down"]));
    assert_eq!(design["spared"][0]["service"], "carrier");
    // From second 50 to 80 of the run; until 60 nothing is shipped and nothing fulfilled anyway.
    let ledger = failure(&blast, "bus", "ledger");
    assert_eq!((mean(&ledger["arrived"]), mean(&ledger["lost"])), (200.0, 200.0));
    assert_eq!(context(ledger, "billing"), (1.0, 300.0));
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let folder = folder();
    let cases: [(&[&str], &str); 6] = [
        (&["--service", "leger"], "did you mean `ledger`"),
        (&["--at", "100 s", "--outage", "30 s"], "does not lie within the measured window"),
        (&["--outage", "0 s"], "no time"),
        (&["--outage", "5"], "unit"),
        (&["--late", "soon"], "soon"),
        (&["machine.yaml", "--set", "workload.orders.rtae=1/s"], "rate"),
    ];
    for (arguments, expected) in cases {
        let output = run(folder.path(), &[&["bus.yaml", "--out", "out"], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", told(&output));
        assert!(told(&output).contains(expected), "{arguments:?}: {}", told(&output));
        assert!(!folder.path().join("out").exists(), "{arguments:?} left something behind");
    }
}
