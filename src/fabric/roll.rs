//! A roll of journeys: what became of each one. Only studies that follow journeys from run to run call it, since it grows with
//! their number.

use crate::kernel::Time;

/// A journey of the measured window at its end, or at the end of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollEntry {
    pub workload: u16,
    /// The key of its draws: the same arrival has the same key in every run under the same seed.
    pub key: u64,
    pub started: Time,
    pub marks: u64,
    /// Still open when the run ended.
    pub open: bool,
}

/// All journeys of the measured window.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    pub entries: Vec<RollEntry>,
    /// Workload, key and latency of those that reached the observed milestone.
    pub latencies: Vec<(u16, u64, Time)>,
}
