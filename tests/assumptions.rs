//! Every assumption that a scenario of the gallery rests on does something: at another value within its range the events or the
//! bill are others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use floodplan::engine::{run, understand};
use floodplan::reader::{Diagnostics, Disk, Setting};
use floodplan::scenario::{Model, read, read_text};

/// Scenarios of the gallery that together rest on nearly everything, and how short they are run.
const GALLERY: [&str; 8] = [
    "orders/orchestration-standard.yaml",
    "orders/orchestration-express.yaml",
    "orders/choreography.yaml",
    "choices/sns.yaml",
    "choices/six-topic.yaml",
    "choices/poll.yaml",
    "latency/lambda.yaml",
    "latency/tasks.yaml",
];
const STUDY: [(&str, &str); 4] =
    [("study.duration", "10 s"), ("study.warm_up", "0 s"), ("study.replications", "1"), ("study.drain", "30 min")];

/// Situations that the gallery is in only after hours, or under a load that takes long to simulate.
const SITUATIONS: &[&str] = &[
    // More requests than an API admits, and an account that shares its limit.
    "
name: API above its limit
account: { quotas: { api_gateway.account_throttle_rate: 5, api_gateway.account_throttle_burst: 5 } }
study: { duration: 20 s, replications: 1, free_tier: false }
services:
  api: { type: api_gateway, protocol: rest, routes: { GET /: { target: back } } }
  back: { type: external, service_time: 1 ms }
workload: { clients: { target: api, route: GET /, rate: 20/s, retry: none, milestones: { done: answered } } }
",
    // Reads that must be consistent, a condition that fails, and a cap on writes.
    "
name: table
study: { duration: 20 s, replications: 1, free_tier: false }
services:
  capped: { type: dynamodb, on_demand_throughput: { write: 5/s } }
  table: { type: dynamodb }
  function:
    type: lambda
    timeout: 30 s
    steps:
      - get_item: { table: table, consistent: true }
      - idempotent: { table: table, key: once, steps: [] }
      - idempotent: { table: table, key: once, steps: [] }
      - put_item: { table: capped, set: [seen] }
workload: { clients: { target: function, rate: 20/s, milestones: { done: answered } } }
",
    // A target that is down until the waits between deliveries are as long as they get.
    "
name: bus before a queue that is down
study: { duration: 1 h, replications: 1 }
services:
  bus: { type: eventbridge, rules: { all: { event_pattern: { source: [web] }, targets: queue } } }
  queue: { type: sqs }
  worker: { type: consumer, queue: queue, wait: 20 s, work: 1 ms, marks: [done] }
workload:
  clients:
    target: bus
    rate: 1/min
    payload: { fields: { source: { choose: { web: 100% } }, detail-type: { choose: { placed: 100% } } } }
    milestones: { done: done }
timeline: [ { from: 0 s, until: 55 min, service: queue, stop: true } ]
",
    "
name: bus above its limit
account: { quotas: { eventbridge.put_events: 5 } }
study: { duration: 20 s, replications: 1 }
services:
  bus: { type: eventbridge, rules: { all: { event_pattern: { source: [web] }, targets: queue } } }
  queue: { type: sqs }
  worker: { type: consumer, queue: queue, wait: 20 s, work: 1 ms, marks: [done] }
workload:
  clients:
    target: bus
    rate: 20/s
    retry: none
    payload: { fields: { source: { choose: { web: 100% } }, detail-type: { choose: { placed: 100% } } } }
    milestones: { done: done }
",
    // Environments that live as long as they may.
    "
name: a day
study: { duration: 30 h, replications: 1 }
services: { function: { type: lambda, steps: [ { work: 1 ms } ] } }
workload: { clients: { target: function, rate: 1/min, arrivals: constant, milestones: { done: answered } } }
",
    // Pollers that are throttled, or refused by their queue.
    "
name: mapping above a reservation
study: { duration: 2 min, replications: 1 }
services:
  queue: { type: sqs, visibility_timeout: 60 s }
  function:
    type: lambda
    timeout: 10 s
    reserved_concurrent_executions: 1
    events: { queue: { batch_size: 1 } }
    steps: [ { for_each: { steps: [ { work: 2 s }, { mark: done } ] } } ]
workload: { clients: { target: queue, rate: 20/s, milestones: { done: done } } }
",
    "
name: mapping whose pollers are at work when the queue goes down
study: { duration: 90 s, replications: 1 }
services:
  queue: { type: sqs }
  function:
    type: lambda
    timeout: 5 s
    events: { queue: { batch_size: 1 } }
    steps: [ { for_each: { steps: [ { work: 2 s }, { mark: done } ] } } ]
workload: { clients: { target: queue, rate: 2/s, milestones: { done: done } } }
timeline: [ { from: 10 s, until: 60 s, service: queue, stop: true } ]
",
    // More requests a second than ten times the concurrency.
    "
name: rate of a function
study: { duration: 10 s, replications: 1 }
services: { function: { type: lambda, reserved_concurrent_executions: 1, steps: [ { work: 1 ms } ] } }
workload:
  clients: { target: function, bursts: [ { at: 5 s, count: 60, over: 1 s } ], rate: 1/s, retry: none, milestones: { done: answered } }
",
    "
name: topic above its limit
account: { quotas: { sns.publish: 5 } }
study: { duration: 10 s, replications: 1 }
services:
  topic: { type: sns, subscriptions: { all: queue } }
  queue: { type: sqs }
  worker: { type: consumer, queue: queue, wait: 0 s, poll_interval: 100 ms, work: 1 ms, marks: [done] }
workload: { clients: { target: topic, rate: 20/s, retry: none, milestones: { done: done } } }
",
    // More items than a Map starts at once, and a start that takes time.
    "
name: wide map
assumptions: { step_functions.standard_start_delay_median: 20 }
study: { duration: 30 s, replications: 1 }
services:
  machine:
    type: step_functions
    marks: { Each: done }
    definition:
      StartAt: Each
      States:
        Each:
          Type: Map
          ItemsPath: $.items
          ItemProcessor: { StartAt: One, States: { One: { Type: Task, Resource: one, End: true } } }
          End: true
    resources: { one: one }
  one: { type: lambda, steps: [ { work: 100 ms } ] }
workload:
  clients:
    target: machine
    rate: 0.2/s
    payload: { fields: { items: { list: { length: { from: 60, to: 60 } } } } }
    milestones: { done: done }
",
    // More writes than a new table takes, for so long that it grows.
    "
name: growth
study: { duration: 33 min, replications: 1 }
services: { table: { type: dynamodb } }
workload:
  clients: { target: table, rate: 13/s, arrivals: constant, retry: none, payload: { size: 399 KB }, milestones: { done: answered } }
",
];

/// Events so rare that their ends of range would take hours to show: what they are set to instead.
const RARE: [(&str, f64); 2] = [("sns.publish_slow_share", 0.5), ("sqs.duplicate_probability", 0.5)];

fn gallery(path: &str) -> Model {
    let setting = |(path, value): (&str, &str)| Setting { origin: "test".into(), path: path.into(), value: value.into() };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(path);
    let reading = read(&path, &Disk, &STUDY.map(setting));
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

fn situation(text: &str) -> Model {
    let reading = read_text(text);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

/// What a run shows: its fingerprint and its bill.
fn shown(model: &Model) -> (String, String) {
    let run = run(model).unwrap_or_else(|error| panic!("{}: {error:?}", model.name));
    (run.summary.fingerprint.clone(), format!("{:?}", run.summary.bill))
}

#[test]
fn every_assumption_in_force_does_something() {
    let mut idle: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut at_work: BTreeSet<String> = BTreeSet::new();
    let situations = SITUATIONS.iter().map(|text| situation(text));
    for model in situations.chain(GALLERY.iter().map(|path| gallery(path))) {
        let mut diagnostics = Diagnostics::new();
        let Some(understood) = understand(&model, &mut diagnostics) else { panic!("{}: {diagnostics:?}", model.name) };
        let open: Vec<_> = understood.assumptions.iter().filter(|one| !one.numbers.set && !at_work.contains(&one.name)).collect();
        let before = if open.is_empty() { continue } else { shown(&model) };
        let mut found = Vec::new();
        for assumption in open {
            let numbers = &assumption.numbers;
            let rare = RARE.iter().find(|(name, _)| *name == assumption.name).map(|(_, value)| *value);
            let end = if numbers.value == numbers.high { numbers.low } else { numbers.high };
            let mut other = model.clone();
            other.assume(&assumption.name, rare.unwrap_or(end));
            if shown(&other) == before {
                idle.entry(assumption.name.clone()).or_default().push(model.name.clone());
            } else {
                found.push(assumption.name.clone());
            }
        }
        at_work.extend(found);
    }
    idle.retain(|name, _| !at_work.contains(name));
    assert!(at_work.len() > 70, "few assumptions were found: {at_work:?}");
    assert!(idle.is_empty(), "these assumptions change nothing, in these scenarios: {idle:#?}");
}
