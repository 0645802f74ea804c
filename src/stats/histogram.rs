//! A histogram of whole numbers over their full range, at a bounded relative error.

/// 2^8 sub-buckets per octave. A bucket is at most 1/256 of its values wide, so whatever is read off inside it, by
/// interpolation too, is within 0.4 %.
const SUB_BITS: u32 = 8;
const SUB_BUCKETS: u64 = 1 << SUB_BITS;

/// Counts of whole numbers (nanoseconds, batch sizes) in log-linear buckets: numbers below 512 have a bucket each,
/// larger ones share it with others within 1/256. Count, sum, minimum and maximum are exact.
///
/// Memory follows the range between the smallest and the largest recorded number: 2 KB per octave, 118 KB at most.
#[derive(Clone, Debug, Default)]
pub struct Histogram {
    /// Counts of the buckets from `first` on.
    counts: Vec<u64>,
    first: usize,
    count: u64,
    sum: u128,
    /// Meaningful when `count` is not 0, as is `max`.
    min: u64,
    max: u64,
}

/// The numbers from `low` to `high`, both included, and how many of them were recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    pub low: u64,
    pub high: u64,
    pub count: u64,
}

/// What a histogram holds that is not empty: extremes, sum, index and count of its buckets.
pub(super) struct Cells<I> {
    pub min: u64,
    pub max: u64,
    pub sum: u128,
    pub cells: I,
}

impl Histogram {
    /// An empty histogram; it holds no memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records a number.
    #[inline]
    pub fn record(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    /// Records the same number `times` times (or for so many nanoseconds).
    #[inline]
    pub fn record_many(&mut self, value: u64, times: u64) {
        if times == 0 {
            return;
        }
        let bucket = index_of(value);
        let slot = bucket.wrapping_sub(self.first);
        if slot >= self.counts.len() {
            self.cover(bucket, bucket);
        }
        self.counts[bucket - self.first] += times;
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += times;
        self.sum += u128::from(value) * u128::from(times);
    }

    /// How many numbers were recorded.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their exact sum.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// Their mean, if there are any.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The smallest, if there are any.
    pub fn min(&self) -> Option<u64> {
        (self.count > 0).then_some(self.min)
    }

    /// The largest, if there are any.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }

    /// The number that a share `q` (in 0..=1, else the nearer end) of all is at most; `None` when there is none.
    ///
    /// The rank `q * count` is looked up and interpolated within its bucket, so the result is within 0.4 % of the
    /// number of that rank, exact below 512, and never outside of what was recorded.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        self.value_at_rank(q.clamp(0.0, 1.0) * self.count as f64)
    }

    /// The number at this rank, from 0 (the smallest) to `count` (the largest).
    pub(super) fn value_at_rank(&self, rank: f64) -> Option<f64> {
        let (index, part) = self.place_of_rank(rank)?;
        let (low, high) = bounds(index);
        // The outermost buckets reach beyond what was recorded.
        let (low, high) = (low.max(self.min), high.min(self.max));
        Some(low as f64 + part * (high - low) as f64)
    }

    /// The bucket of this rank, and the share of the bucket's numbers that lie up to it; `None` when there are none.
    pub(super) fn place_of_rank(&self, rank: f64) -> Option<(usize, f64)> {
        if self.count == 0 {
            return None;
        }
        let rank = if rank.is_nan() { 0.0 } else { rank.clamp(0.0, self.count as f64) };
        let mut before = 0_u64;
        for (offset, &count) in self.counts.iter().enumerate().filter(|entry| *entry.1 > 0) {
            if (before + count) as f64 >= rank {
                return Some((self.first + offset, (rank - before as f64) / count as f64));
            }
            before += count;
        }
        Some((index_of(self.max), 1.0))
    }

    /// How many numbers lie in buckets below this one, and how many in it.
    pub(super) fn before_and_in(&self, index: usize) -> (u64, u64) {
        let Some(offset) = index.checked_sub(self.first) else { return (0, 0) };
        let before = self.counts[..offset.min(self.counts.len())].iter().sum();
        (before, self.counts.get(offset).copied().unwrap_or(0))
    }

    /// How many numbers were above `threshold`. Within the bucket of the threshold they count as evenly spread.
    pub fn count_above(&self, threshold: u64) -> u64 {
        if self.count == 0 || threshold >= self.max {
            return 0;
        }
        if threshold < self.min {
            return self.count;
        }
        let limit = index_of(threshold);
        let (low, high) = bounds(limit);
        let (low, high) = (low.max(self.min), high.min(self.max));
        let mut above = 0;
        for (offset, &count) in self.counts.iter().enumerate().skip(limit.saturating_sub(self.first)) {
            above += if self.first + offset == limit {
                let part = u128::from(count) * u128::from(high - threshold);
                (part / (u128::from(high - low) + 1)) as u64
            } else {
                count
            };
        }
        above
    }

    /// The share of numbers above `threshold`, as [`Self::count_above`] counts them; 0 when there are none.
    pub fn fraction_above(&self, threshold: u64) -> f64 {
        if self.count == 0 { 0.0 } else { self.count_above(threshold) as f64 / self.count as f64 }
    }

    /// Adds everything the other histogram holds. Exact, whatever the order.
    pub fn merge(&mut self, other: &Self) {
        if other.count > 0 {
            self.merge_cells(Cells { min: other.min, max: other.max, sum: other.sum, cells: other.cells() });
        }
    }

    /// As [`Self::merge`], from the contents of a histogram that is not empty.
    pub(super) fn merge_cells(&mut self, other: Cells<impl Iterator<Item = (usize, u64)>>) {
        self.cover(index_of(other.min), index_of(other.max));
        self.min = if self.count == 0 { other.min } else { self.min.min(other.min) };
        self.max = self.max.max(other.max);
        for (index, count) in other.cells {
            self.counts[index - self.first] += count;
            self.count += count;
        }
        self.sum += other.sum;
    }

    /// Forgets what was recorded and keeps the room that was made for it.
    pub fn clear(&mut self) {
        self.counts.fill(0);
        (self.count, self.sum, self.min, self.max) = (0, 0, 0, 0);
    }

    /// The buckets that hold anything, from small to large.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.cells().map(|(index, count)| {
            let (low, high) = bounds(index);
            Bucket { low, high, count }
        })
    }

    /// Index and count of the buckets that hold anything, from small to large.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, u64)> {
        let used = self.counts.iter().enumerate().filter(|entry| *entry.1 > 0);
        used.map(|(offset, &count)| (self.first + offset, count))
    }

    /// Makes room for the buckets from `low` to `high`.
    #[cold]
    fn cover(&mut self, low: usize, high: usize) {
        if self.counts.is_empty() {
            self.first = low;
        }
        if low < self.first {
            // Room for a quarter octave more, since the next number may be smaller still.
            let first = low.saturating_sub(SUB_BUCKETS as usize / 4);
            self.counts.splice(0..0, std::iter::repeat_n(0, self.first - first));
            self.first = first;
        }
        let needed = high - self.first + 1;
        if needed > self.counts.len() {
            self.counts.resize(needed, 0);
        }
    }
}

/// Equal when they hold the same numbers, however much room they have made.
impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        (self.count, self.sum, self.min(), self.max()) == (other.count, other.sum, other.min(), other.max())
            && self.buckets().eq(other.buckets())
    }
}

impl Eq for Histogram {}

/// The bucket of a number. Below 256 it is the number itself; from there on the leading nine bits count, and each
/// octave follows the one before without a gap.
#[inline]
pub(super) fn index_of(value: u64) -> usize {
    let octave = (value | SUB_BUCKETS).ilog2();
    let shift = octave - SUB_BITS;
    ((u64::from(shift) << SUB_BITS) + (value >> shift)) as usize
}

/// The smallest and the largest number of a bucket.
fn bounds(index: usize) -> (u64, u64) {
    let index = index as u64;
    let shift = (index >> SUB_BITS).saturating_sub(1);
    let leading = index - (shift << SUB_BITS);
    let low = leading << shift;
    (low, low + ((1 << shift) - 1))
}
