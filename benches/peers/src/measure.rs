//! What a simulator found, and what that cost its process.

use floodplan::stats::Histogram;
use serde::{Deserialize, Serialize};

use crate::cost::{self, Cost};

const NANOSECONDS: f64 = 1e9;

/// The times that requests took. All Rust programs keep them in the same histogram.
#[derive(Clone, Debug, Default)]
pub struct Tally(Histogram);

impl Tally {
    pub fn record(&mut self, nanoseconds: u64) {
        self.0.record(nanoseconds);
    }

    pub fn record_seconds(&mut self, seconds: f64) {
        self.0.record((seconds * NANOSECONDS) as u64);
    }

    /// The answer, with the events that the simulator handled for it.
    pub fn answer(&self, events: u64) -> Answer {
        Answer {
            requests: self.0.count(),
            events: Some(events),
            mean_seconds: self.0.mean().unwrap_or(f64::NAN) / NANOSECONDS,
            p99_seconds: self.0.quantile(0.99).unwrap_or(f64::NAN) / NANOSECONDS,
        }
    }
}

/// What a simulator found.
#[derive(Clone, Debug)]
pub struct Answer {
    pub requests: u64,
    /// By its own count; `None` where it does not tell.
    pub events: Option<u64>,
    pub mean_seconds: f64,
    pub p99_seconds: f64,
}

/// One run of one simulator in a process of its own: the line that the process prints.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Measured {
    pub requests: u64,
    pub events: Option<u64>,
    pub mean_seconds: f64,
    pub p99_seconds: f64,
    #[serde(flatten)]
    pub cost: Cost,
}

/// Does the work and says what it cost.
pub fn measure(work: impl FnOnce() -> Answer) -> Measured {
    let (Answer { requests, events, mean_seconds, p99_seconds }, cost) = cost::of(work);
    Measured { requests, events, mean_seconds, p99_seconds, cost }
}
