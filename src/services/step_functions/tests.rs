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

use crate::fabric::Operation;
use crate::kernel::{SECOND, Time};
use crate::results::Summary;

use super::super::bench::{Ask, Bench, Heard};

/// Keys that switch off all latencies of the room's own.
const AT_ONCE: &str =
    "start_latency: 0 ms, start_delay: 0 ms, transition_latency: 0 ms, task_latency: 0 ms, completion_latency: 0 ms";

/// A machine `wf` that adds no time of its own, with further keys; an Express one answers synchronously.
fn machine(kind: &str, keys: &str, definition: &Value) -> String {
    format!("wf: {{ type: step_functions, workflow_type: {kind}, {AT_ONCE}, {keys} definition: {definition} }}\n")
}

/// A start of `wf` with this input, in a journey of its own.
fn start(bench: &mut Bench, journey: u64, at: Time, operation: Operation, input: &Value) -> Ask {
    let content = bench.simulation.world.contents.intern(input.clone());
    let size = input.to_string().len() as u32;
    Ask { at, journey, content, size, last: true, ..bench.ask("wf", operation) }
}

/// Runs one synchronous execution of an Express `wf`.
fn run_one(bench: &mut Bench, input: &Value) -> Heard {
    let ask = start(bench, 1, 0, Operation::StartSyncExecution, input);
    bench.run(vec![ask])[0].expect("answered")
}

/// The data of an answer.
fn output(bench: &Bench, heard: &Heard) -> Value {
    bench.simulation.world.contents.value(heard.reply.content).clone()
}

/// The name of the error of an answer; empty when there is none.
fn error<'b>(bench: &'b Bench, heard: &Heard) -> &'b str {
    &bench.simulation.world.error_names[heard.reply.outcome.error as usize]
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
