//! Demand: the highest mean rate over windows of 10 s.

use crate::kernel::{SECOND, Time};

/// Demand is observed in windows of this length.
const WINDOW: Time = 10 * SECOND;

/// What has been asked for per window since the observation began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Demand {
    /// Begin and demand of the window that is open.
    since: Time,
    count: u64,
    /// The highest demand of a window that is over, and whether there is one.
    most: u64,
    whole: bool,
}

impl Demand {
    /// Begins to observe at `now`.
    pub fn starting(now: Time) -> Self {
        Self { since: now, ..Self::default() }
    }

    /// So much is asked for now.
    #[inline]
    pub fn add(&mut self, now: Time, amount: u64) {
        if now >= self.since + WINDOW {
            self.most = self.most.max(self.count);
            self.count = 0;
            self.whole = true;
            self.since = now - (now - self.since) % WINDOW;
        }
        self.count += amount;
    }

    /// The highest 10 s mean up to `now`, per second; the mean of all where less than 10 s have been observed.
    pub fn peak_per_second(&self, now: Time) -> f64 {
        let observed = now.saturating_sub(self.since);
        let length = if self.whole { WINDOW } else { observed.min(WINDOW) };
        if length == 0 {
            return 0.0;
        }
        self.most.max(self.count) as f64 * SECOND as f64 / length as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Demand, SECOND};

    #[test]
    fn the_peak_is_that_of_the_busiest_ten_seconds_or_of_what_there_is() {
        let mut demand = Demand::starting(5 * SECOND);
        demand.add(6 * SECOND, 40);
        assert_eq!(demand.peak_per_second(5 * SECOND), 0.0);
        assert_eq!(demand.peak_per_second(7 * SECOND), 20.0, "40 in 2 s");
        assert_eq!(demand.peak_per_second(25 * SECOND), 4.0, "40 in 10 s, then nothing");
        demand.add(16 * SECOND, 100);
        demand.add(26 * SECOND, 10);
        assert_eq!(demand.peak_per_second(27 * SECOND), 10.0, "the window of 15 s to 25 s");
    }
}
