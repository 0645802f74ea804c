//! Each test names the documented rule, measurement or formula that it checks.

mod admission;
mod asynchronous;
mod billing;
mod environments;
mod mapping;
mod queue;

use crate::fabric::testing::{Plan, Trial};
use crate::fabric::{Operation, Request};
use crate::kernel::{MILLISECOND, SECOND, Time};
use crate::services::testing::services;

/// Latencies switched off, so that times can be told exactly.
const QUIET: &str =
    "latency: { front_end: 0, asynchronous: 0, event_source: 0, destination: 0, platform: 0, runtime_init: 0, first_run: 0 }";

/// A function `f` with these keys and no latencies of its own.
fn function(keys: &str) -> Plan {
    services(&format!("f:\n  type: lambda\n  {QUIET}\n  {}\n", keys.replace('\n', "\n  ")))
}

fn invoke() -> Request {
    Request::background(Operation::Invoke)
}

fn event() -> Request {
    Request { size: 1024, ..Request::background(Operation::InvokeEvent) }
}

/// Seconds as virtual time.
fn seconds(seconds: f64) -> Time {
    (seconds * SECOND as f64).round() as Time
}

/// When a call was answered, in milliseconds, and by which error name.
fn outcome(trial: &Trial, token: u32) -> (u64, &str) {
    let (at, reply) = trial.heard(token).expect("answered");
    (at / MILLISECOND, &trial.simulation.world.error_names[reply.outcome.error as usize])
}
