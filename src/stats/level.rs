//! A level over time: queue length, concurrency, backlog.

use super::histogram::Histogram;

/// How high a level was, each height weighted by how long it lasted.
#[derive(Clone, Debug)]
pub struct LevelStat {
    level: u64,
    since: u64,
    max: u64,
    /// Nanoseconds at each height.
    durations: Histogram,
}

impl LevelStat {
    /// A level that stands at `level` from `start` (nanoseconds) on.
    pub fn new(start: u64, level: u64) -> Self {
        Self { level, since: start, max: level, durations: Histogram::new() }
    }

    /// The level becomes `level` at `now`. Time does not run backwards: an earlier `now` counts as the latest seen.
    #[inline]
    pub fn set(&mut self, now: u64, level: u64) {
        self.advance(now);
        self.level = level;
        self.max = self.max.max(level);
    }

    /// The level moves by `change` at `now`, within the range of a `u64`.
    #[inline]
    pub fn add(&mut self, now: u64, change: i64) {
        self.set(now, self.level.saturating_add_signed(change));
    }

    /// Counts the present level up to `now`: at the end of a run, before reading or merging.
    #[inline]
    pub fn advance(&mut self, now: u64) {
        if now > self.since {
            self.durations.record_many(self.level, now - self.since);
            self.since = now;
        }
    }

    /// Forgets all before `now` but keeps the level: at the end of a warm-up.
    pub fn restart(&mut self, now: u64) {
        *self = Self::new(now.max(self.since), self.level);
    }

    /// The present level.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// The highest level, however short it lasted.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The time-weighted mean; the present level while no time has passed.
    pub fn mean(&self) -> f64 {
        self.durations.mean().unwrap_or(self.level as f64)
    }

    /// The level that was not exceeded for a share `q` of the time, within 0.4 % (exact below 512); the present level
    /// while no time has passed. `quantile(0.999)` is the peak use that a limit has to be compared with.
    pub fn quantile(&self, q: f64) -> f64 {
        self.durations.quantile(q).unwrap_or(self.level as f64)
    }

    /// The share of the time that the level was above `threshold`.
    pub fn fraction_above(&self, threshold: u64) -> f64 {
        self.durations.fraction_above(threshold)
    }

    /// Sum of level x nanoseconds, exact.
    pub fn area(&self) -> u128 {
        self.durations.sum()
    }

    /// Nanoseconds counted.
    pub fn elapsed(&self) -> u64 {
        self.durations.count()
    }

    /// Adds the history of another replication.
    pub fn merge(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        self.durations.merge(&other.durations);
    }
}
