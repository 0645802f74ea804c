//! What happened when: a fixed number of bins, however long the run.

use thiserror::Error;

/// Bins of a series unless told otherwise. Even, so that neighbours merge in pairs.
const BINS: usize = 240;

/// One bin of a series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bin {
    /// Observations, or for a level the nanoseconds counted.
    pub weight: u64,
    /// Sum of the observations, or for a level of level x nanoseconds.
    pub sum: u128,
    pub max: u64,
}

impl Bin {
    /// The mean of the observations, or the time-weighted mean of the level; `None` for an empty bin.
    pub fn mean(&self) -> Option<f64> {
        (self.weight > 0).then(|| self.sum as f64 / self.weight as f64)
    }

    fn absorb(&mut self, other: Self) {
        self.weight += other.weight;
        self.sum += other.sum;
        self.max = self.max.max(other.max);
    }
}

/// Why two series cannot be merged as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum UnequalBins {
    #[error("bins of {own} ns and of {other} ns cannot be merged")]
    Width { own: u64, other: u64 },
    #[error("series of {own} and of {other} bins cannot be merged")]
    Limit { own: usize, other: usize },
    #[error("bins of {width} ns cannot be merged into bins of {wanted} ns")]
    NotDoubled { width: u64, wanted: u64 },
}

/// Observations over time: count, sum and maximum per bin. When a run outgrows the bins, neighbours merge and the
/// width doubles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSeries {
    bins: Bins,
}

impl TimeSeries {
    /// 240 bins that start out `width` nanoseconds wide (at least 1).
    pub fn new(width: u64) -> Self {
        Self::with_bins(BINS, width)
    }

    /// As many bins as told: at least 2, and rounded up to an even number.
    pub fn with_bins(limit: usize, width: u64) -> Self {
        Self { bins: Bins::new(limit, width) }
    }

    /// Records an observation at this time (nanoseconds).
    #[inline]
    pub fn record(&mut self, time: u64, value: u64) {
        let bin = self.bins.at(time);
        bin.weight += 1;
        bin.sum += u128::from(value);
        bin.max = bin.max.max(value);
    }

    /// Nanoseconds per bin now.
    pub fn width(&self) -> u64 {
        self.bins.width
    }

    /// The bins from time 0 up to the last one used.
    pub fn bins(&self) -> &[Bin] {
        &self.bins.list
    }

    /// Doubles the width until it is `width`, which must be the present one times a power of two.
    pub fn coarsen_to(&mut self, width: u64) -> Result<(), UnequalBins> {
        self.bins.coarsen_to(width)
    }

    /// Adds another series of the same width and number of bins; see [`Self::coarsen_to`].
    pub fn merge(&mut self, other: &Self) -> Result<(), UnequalBins> {
        self.bins.merge(&other.bins)
    }
}

/// A level over time: time-weighted mean and maximum per bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelSeries {
    bins: Bins,
    level: u64,
    since: u64,
}

impl LevelSeries {
    /// A level of 0 from time 0 on, in 240 bins that start out `width` nanoseconds wide (at least 1).
    pub fn new(width: u64) -> Self {
        Self::with_bins(BINS, width)
    }

    /// As many bins as told: at least 2, and rounded up to an even number.
    pub fn with_bins(limit: usize, width: u64) -> Self {
        Self { bins: Bins::new(limit, width), level: 0, since: 0 }
    }

    /// The level becomes `level` at `now`. Time does not run backwards: an earlier `now` counts as the latest seen.
    #[inline]
    pub fn set(&mut self, now: u64, level: u64) {
        self.advance(now);
        self.level = level;
        // A peak counts even if it lasts no time.
        let bin = self.bins.at(self.since);
        bin.max = bin.max.max(level);
    }

    /// The level moves by `change` at `now`, within the range of a `u64`.
    #[inline]
    pub fn add(&mut self, now: u64, change: i64) {
        self.set(now, self.level.saturating_add_signed(change));
    }

    /// Counts the present level up to `now`: at the end of a run, before reading or merging.
    #[inline]
    pub fn advance(&mut self, now: u64) {
        while self.since < now {
            // Make room for the end first, so that a long wait does not walk through narrow bins.
            self.bins.at(now - 1);
            let bin_end = (self.since - self.since % self.bins.width).saturating_add(self.bins.width);
            let until = bin_end.min(now);
            let held = until - self.since;
            let bin = self.bins.at(self.since);
            bin.weight += held;
            bin.sum += u128::from(self.level) * u128::from(held);
            bin.max = bin.max.max(self.level);
            self.since = until;
        }
    }

    /// The present level.
    pub fn level(&self) -> u64 {
        self.level
    }

    /// Nanoseconds per bin now.
    pub fn width(&self) -> u64 {
        self.bins.width
    }

    /// The bins from time 0 up to the last one used.
    pub fn bins(&self) -> &[Bin] {
        &self.bins.list
    }

    /// Doubles the width until it is `width`, which must be the present one times a power of two.
    pub fn coarsen_to(&mut self, width: u64) -> Result<(), UnequalBins> {
        self.bins.coarsen_to(width)
    }

    /// Adds the history of another replication, of the same width and number of bins. Means become means over
    /// replications, maxima the highest of them.
    pub fn merge(&mut self, other: &Self) -> Result<(), UnequalBins> {
        self.bins.merge(&other.bins)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Bins {
    limit: usize,
    width: u64,
    /// Bins used so far, from time 0; never more than `limit`.
    list: Vec<Bin>,
}

impl Bins {
    fn new(limit: usize, width: u64) -> Self {
        Self { limit: limit.clamp(2, 1 << 20).next_multiple_of(2), width: width.max(1), list: Vec::new() }
    }

    /// The bin of this time, after making room for it.
    #[inline]
    fn at(&mut self, time: u64) -> &mut Bin {
        let mut index = time / self.width;
        while index >= self.limit as u64 {
            self.coarsen();
            index = time / self.width;
        }
        let index = index as usize;
        if index >= self.list.len() {
            self.list.resize(index + 1, Bin::default());
        }
        &mut self.list[index]
    }

    #[cold]
    fn coarsen(&mut self) {
        for pair in 0..self.list.len().div_ceil(2) {
            let mut bin = self.list[2 * pair];
            if let Some(&second) = self.list.get(2 * pair + 1) {
                bin.absorb(second);
            }
            self.list[pair] = bin;
        }
        self.list.truncate(self.list.len().div_ceil(2));
        // With two bins or more, 2^63 ns already hold every time.
        self.width = self.width.saturating_mul(2);
    }

    fn coarsen_to(&mut self, wanted: u64) -> Result<(), UnequalBins> {
        let width = self.width;
        if wanted < width || !wanted.is_multiple_of(width) || !(wanted / width).is_power_of_two() {
            return Err(UnequalBins::NotDoubled { width, wanted });
        }
        while self.width < wanted {
            self.coarsen();
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), UnequalBins> {
        if self.limit != other.limit {
            return Err(UnequalBins::Limit { own: self.limit, other: other.limit });
        }
        if self.width != other.width {
            return Err(UnequalBins::Width { own: self.width, other: other.width });
        }
        if self.list.len() < other.list.len() {
            self.list.resize(other.list.len(), Bin::default());
        }
        for (bin, &addend) in self.list.iter_mut().zip(&other.list) {
            bin.absorb(addend);
        }
        Ok(())
    }
}
