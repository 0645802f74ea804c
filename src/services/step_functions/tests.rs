//! Tests: what the documentation says (`tests/errors.rs`, `tests/groups.rs`, `tests/limits.rs`, `tests/billing.rs`,
//! `tests/data.rs`), what documents may refer to (`tests/references.rs`), closed formulas (`tests/theory.rs`), documents
//! and recordings of others (`tests/corpus.rs`), and measurements (`tests/measurements.rs`).

mod billing;
mod corpus;
mod data;
mod errors;
mod groups;
mod limits;
mod measurements;
mod references;
mod theory;

use serde_json::Value;

use crate::fabric::testing::Trial;
use crate::fabric::{Operation, Reply, Request};
use crate::kernel::{SECOND, Time};
use crate::results::Summary;

/// Keys that switch off all latencies of the room's own.
const AT_ONCE: &str =
    "start_latency: 0 ms, start_delay: 0 ms, transition_latency: 0 ms, task_latency: 0 ms, completion_latency: 0 ms";

/// A machine `wf` that adds no time of its own, with further keys; an Express one answers synchronously.
fn machine(kind: &str, keys: &str, definition: &Value) -> String {
    format!("wf: {{ type: step_functions, workflow_type: {kind}, {AT_ONCE}, {keys} definition: {definition} }}\n")
}

/// What a task calls that stands for any service outside.
const EXTERNAL: &[Operation] = &[Operation::Request];

/// A start of `wf` with this input, in a journey of its own.
fn start(trial: &mut Trial, at: Time, operation: Operation, input: &Value) -> u32 {
    start_sized(trial, at, operation, input, input.to_string().len() as u32)
}

/// A start of `wf` whose input has more bytes than are visible.
fn start_sized(trial: &mut Trial, at: Time, operation: Operation, input: &Value, size: u32) -> u32 {
    let content = trial.intern(input.clone());
    trial.journey_at(at, "wf", Request { content, size, ..Request::background(operation) })
}

/// Runs one synchronous execution of an Express `wf`.
fn run_one(trial: &mut Trial, input: &Value) -> (Time, Reply) {
    let token = start(trial, 0, Operation::StartSyncExecution, input);
    trial.run();
    trial.heard(token).expect("answered")
}

/// Whole seconds, which virtual time without random latencies has.
fn seconds(times: impl IntoIterator<Item = Time>) -> Vec<u64> {
    times.into_iter().map(|time| time / SECOND).collect()
}

/// A metric of a service in a summary, mean over replications.
fn metric(summary: &Summary, service: &str, name: &str) -> f64 {
    let metrics = &summary.services[service].metrics;
    metrics.get(name).unwrap_or_else(|| panic!("no {name} among {:?}", metrics.keys())).mean.expect("a mean")
}
