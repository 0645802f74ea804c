//! Latencies over time: a histogram for each bin of a time series.

use crate::kernel::Time;
use crate::stats::{Histogram, PackedHistograms};

use super::series::{BINS, Bins};

/// In curves over time shorter latencies count as this: no chart tells 66 microseconds from none, and without it each of
/// the bins would keep one more octave of rare, tiny latencies whenever a run becomes twice as long.
const SHORTEST: Time = 1 << 16;

/// Histograms per bin; bins merge like [`Bins`]. Time does not run backwards, so only the last one is recorded into and all
/// before it are packed.
#[derive(Clone, Debug)]
pub struct LatencyBins {
    pub width: Time,
    closed: PackedHistograms,
    /// The bin behind the closed ones; empty only as long as nothing has been recorded at all.
    open: Histogram,
    /// When the open bin ends.
    end: Time,
}

impl Default for LatencyBins {
    fn default() -> Self {
        let width = Bins::default().width;
        Self { width, closed: PackedHistograms::default(), open: Histogram::new(), end: width }
    }
}

impl LatencyBins {
    /// Records a latency at `time`, which is no earlier than that of the call before.
    #[inline]
    pub fn record(&mut self, time: Time, latency: Time) {
        if time >= self.end {
            self.advance(time);
        }
        self.open.record(latency.max(SHORTEST));
    }

    /// Opens the bin of `time`.
    #[cold]
    fn advance(&mut self, time: Time) {
        while time / self.width >= BINS as u64 {
            self.coarsen();
        }
        while time >= self.end {
            self.closed.push(&self.open);
            self.open.clear();
            self.end += self.width;
        }
    }

    /// How many bins there are: the last is the last one in which anything was recorded.
    pub fn len(&self) -> usize {
        if self.is_empty() { 0 } else { self.closed.len() + 1 }
    }

    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.open.count() == 0
    }

    /// The latencies of a bin; an empty histogram where there is none.
    pub fn histogram(&self, index: usize) -> Histogram {
        if index == self.closed.len() {
            return self.open.clone();
        }
        let mut found = Histogram::new();
        self.closed.merge_into(index, &mut found);
        found
    }

    /// Merges neighbouring bins.
    pub fn coarsen(&mut self) {
        self.width *= 2;
        let old = std::mem::take(&mut self.closed);
        let pairs = old.len() / 2;
        let mut pair = Histogram::new();
        for first in (0..pairs).map(|pair| 2 * pair) {
            pair.clear();
            old.merge_into(first, &mut pair);
            old.merge_into(first + 1, &mut pair);
            self.closed.push(&pair);
        }
        if old.len() % 2 == 1 {
            old.merge_into(old.len() - 1, &mut self.open);
        }
        self.end = (pairs as u64 + 1) * self.width;
    }
}

#[cfg(test)]
mod tests {
    use super::{BINS, LatencyBins};
    use crate::kernel::Time;
    use crate::stats::Histogram;

    fn latency(time: Time) -> Time {
        1_000_000 + time % 7_919 * 1_000
    }

    fn record(bins: &mut LatencyBins, times: &[Time]) {
        times.iter().for_each(|&time| bins.record(time, latency(time)));
    }

    /// Holds every bin against a histogram of the latencies of its times.
    fn check(bins: &LatencyBins, times: &[Time]) {
        assert_eq!(bins.len() as u64, times.last().map_or(0, |last| last / bins.width + 1));
        for index in 0..=bins.len() {
            let mut wanted = Histogram::new();
            let inside = |time: &&Time| **time / bins.width == index as u64;
            times.iter().filter(inside).for_each(|&time| wanted.record(latency(time)));
            assert_eq!(bins.histogram(index), wanted, "bin {index} of {} latencies at {} ns", times.len(), bins.width);
        }
    }

    #[test]
    fn each_bin_holds_the_latencies_of_its_times_whatever_its_width_has_become() {
        let first = LatencyBins::default().width;
        let begin = 5;
        let gap = 200..450;
        let end = 3 * BINS as u64;
        let times: Vec<Time> = (begin..end).filter(|bin| !gap.contains(bin)).map(|bin| bin * first + bin % 7).collect();
        for split in [0, 1, 2, 100, 101, 195, 196, times.len()] {
            let mut bins = LatencyBins::default();
            record(&mut bins, &times[..split]);
            check(&bins, &times[..split]);
            bins.coarsen();
            check(&bins, &times[..split]);
            record(&mut bins, &times[split..]);
            check(&bins, &times);
            assert!(bins.width >= 4 * first, "the last time lies in a bin of its own");
        }
    }
}
