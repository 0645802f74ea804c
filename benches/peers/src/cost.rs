//! What work costs the process that does it.

use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};

/// Times and memory of a process.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Cost {
    /// User and system time.
    pub cpu_seconds: f64,
    pub user_seconds: f64,
    pub wall_seconds: f64,
    pub peak_kilobytes: i64,
}

/// Does the work, and says what it and the start of the process cost.
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let started = Instant::now();
    let result = work();
    let wall_seconds = started.elapsed().as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_SELF).expect("the system tells what this process has used");
    let user_seconds = usage.user_time().num_microseconds() as f64 / 1e6;
    let system_seconds = usage.system_time().num_microseconds() as f64 / 1e6;
    let cost = Cost { cpu_seconds: user_seconds + system_seconds, user_seconds, wall_seconds, peak_kilobytes: usage.max_rss() };
    (result, cost)
}
