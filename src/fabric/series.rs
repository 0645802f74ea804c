//! Time series: sums per bin of time, over warm-up and measured window.
//!
//! All series of a run share their bins: a fixed number at most, whose width doubles as the run grows. What is observed keeps
//! one running total, and when a bin ends, every series looks at what its total has grown by. So a series costs an event
//! nothing, and each sum is exact.

use crate::kernel::{SECOND, Time};

/// Bins of a time series.
pub const BINS: usize = 240;
/// Width of a bin at the start of a run.
const FIRST_WIDTH: Time = SECOND / 4;

/// Sums per bin of equal width.
#[derive(Clone, Debug)]
pub struct Bins {
    pub width: Time,
    pub sums: Vec<u128>,
    /// The running total up to the last look.
    seen: u128,
}

impl Default for Bins {
    fn default() -> Self {
        Self { width: FIRST_WIDTH, sums: Vec::new(), seen: 0 }
    }
}

impl Bins {
    /// Adds to the bin of `time`, for what keeps no running total; the width doubles as often as it must.
    pub fn add(&mut self, time: Time, amount: u128) {
        while time / self.width >= BINS as u64 {
            self.coarsen();
        }
        self.put((time / self.width) as usize, amount);
    }

    fn put(&mut self, index: usize, amount: u128) {
        if index >= self.sums.len() {
            self.sums.resize(index + 1, 0);
        }
        self.sums[index] += amount;
    }

    /// The running total now: what it has grown by since the last look belongs to the bin `index`.
    pub(super) fn look(&mut self, index: usize, total: u128) {
        if self.has_news(total) {
            self.put(index, total - self.seen);
            self.seen = total;
        }
    }

    /// Whether the running total has grown since the last look.
    pub(super) fn has_news(&self, total: u128) -> bool {
        total != self.seen
    }

    /// So much of the running total is not to be shown.
    pub(super) fn skip(&mut self, amount: u64) {
        self.seen += u128::from(amount);
    }

    /// Merges neighbouring bins.
    pub fn coarsen(&mut self) {
        self.sums = self.sums.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.width *= 2;
    }
}

/// The bin that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct OpenBin {
    width: Time,
    pub index: usize,
    /// Its last instant.
    pub last: Time,
}

impl Default for OpenBin {
    fn default() -> Self {
        Self { width: FIRST_WIDTH, index: 0, last: FIRST_WIDTH - 1 }
    }
}

impl OpenBin {
    /// Whether this would be one bin too many.
    pub fn is_beyond(self) -> bool {
        self.index >= BINS
    }

    fn find_last(&mut self) {
        self.last = (self.index as u64 + 1).checked_mul(self.width).map_or(Time::MAX, |end| end - 1);
    }

    /// The bin after it.
    pub fn step(&mut self) {
        self.index += 1;
        self.find_last();
    }

    /// It becomes a part of one that is twice as wide.
    pub fn coarsen(&mut self) {
        self.width = self.width.saturating_mul(2);
        self.index /= 2;
        self.find_last();
    }

    /// No other bin follows.
    pub fn close(&mut self) {
        self.last = Time::MAX;
    }
}

#[cfg(test)]
mod tests {
    use super::{BINS, Bins, FIRST_WIDTH, OpenBin};

    #[test]
    fn widths_double_and_sums_survive() {
        let mut bins = Bins::default();
        for index in 0..(BINS as u64 * 3) {
            bins.add(index * FIRST_WIDTH, 1);
        }
        assert_eq!(bins.width, FIRST_WIDTH * 4);
        assert_eq!(bins.sums.iter().sum::<u128>(), BINS as u128 * 3);
        assert!(bins.sums.iter().all(|sum| *sum == 4));
    }

    #[test]
    fn a_running_total_fills_the_bins_that_single_additions_fill() {
        let (mut added, mut looked, mut open, mut total) = (Bins::default(), Bins::default(), OpenBin::default(), 0);
        looked.skip(5);
        total += 5;
        for time in (0..900).map(|step: u64| step * step * 7_919_000) {
            while time > open.last {
                if open.is_beyond() {
                    open.coarsen();
                    looked.coarsen();
                } else {
                    looked.look(open.index, total);
                    open.step();
                }
            }
            added.add(time, u128::from(time % 5 + 1));
            total += u128::from(time % 5 + 1);
        }
        looked.look(open.index, total);
        assert!(added.width > FIRST_WIDTH);
        assert_eq!((added.width, added.sums), (looked.width, looked.sums));
    }
}
