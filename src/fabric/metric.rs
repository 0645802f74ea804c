//! What is observed while a simulation runs: counters, levels, timings and their time series, all in integers.
//!
//! Counters and timings count the measured window (after warm-up, up to the horizon); series cover warm-up and window, in a
//! fixed number of bins whose width doubles as the run grows. Totals cover the whole run, drain included: they are what
//! its books are balanced by ([`super::balance`]).

use crate::kernel::{SECOND, Time};
use crate::results::SeriesKind;
use crate::stats::{Histogram, LevelStat};

use super::balance::Books;
use super::demand::Demand;

/// Bins of a time series.
pub const BINS: usize = 240;
/// Width of a bin at the start of a run.
const FIRST_WIDTH: Time = SECOND / 4;

/// Sums per bin of equal width; when the last bin is passed, neighbours merge and the width doubles.
#[derive(Clone, Debug)]
pub struct Bins {
    pub width: Time,
    pub sums: Vec<u128>,
    /// The bin that was added to last, and the times it covers: most additions go there again.
    last: usize,
    begin: Time,
    end: Time,
}

impl Default for Bins {
    fn default() -> Self {
        Self { width: FIRST_WIDTH, sums: Vec::new(), last: 0, begin: 0, end: 0 }
    }
}

impl Bins {
    /// Adds to the bin of `time`.
    #[inline]
    pub fn add(&mut self, time: Time, amount: u128) {
        self.find(time);
        self.sums[self.last] += amount;
    }

    /// Spreads `level` over the time from `from` to `to`, as level x nanoseconds.
    #[inline]
    pub fn add_level(&mut self, from: Time, to: Time, level: u64) {
        if level == 0 || to <= from {
            return;
        }
        if from >= self.begin && to < self.end {
            self.sums[self.last] += u128::from(level) * u128::from(to - from);
        } else {
            self.spread(from, to, level);
        }
    }

    fn spread(&mut self, from: Time, to: Time, level: u64) {
        self.find(to);
        let mut at = from;
        while at < to {
            let index = (at / self.width) as usize;
            let end = ((index as u64 + 1) * self.width).min(to);
            self.sums[index] += u128::from(level) * u128::from(end - at);
            at = end;
        }
    }

    /// Makes the bin of `time` the last one.
    #[inline]
    fn find(&mut self, time: Time) {
        if time < self.begin || time >= self.end {
            self.look_up(time);
        }
    }

    #[cold]
    fn look_up(&mut self, time: Time) {
        while time / self.width >= BINS as u64 {
            self.coarsen();
        }
        self.last = (time / self.width) as usize;
        self.begin = self.last as u64 * self.width;
        self.end = self.begin + self.width;
        if self.last >= self.sums.len() {
            self.sums.resize(self.last + 1, 0);
        }
    }

    /// Merges neighbouring bins.
    pub fn coarsen(&mut self) {
        self.sums = self.sums.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.width *= 2;
        (self.last, self.begin, self.end) = (0, 0, 0);
    }
}

/// Index of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterId(pub u32);
/// Index of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelId(pub u32);
/// Index of a timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimingId(pub u32);

/// A number of occurrences.
#[derive(Clone, Debug)]
pub struct Counter {
    pub service: u16,
    pub name: &'static str,
    /// What the service is connected to by what is counted, if it may have several such connections.
    pub connection: Option<u16>,
    pub count: u64,
    /// Of the whole run, warm-up and drain included.
    pub total: u64,
    pub series: Option<(SeriesKind, Bins)>,
    /// The highest rate in the measured window, where that is of interest.
    pub demand: Option<Demand>,
    /// Part of it is accounted for after the fact, so that it says nothing of a part of the window.
    pub settled_later: bool,
}

/// How much there is of something: messages waiting, environments busy.
#[derive(Clone, Debug)]
pub struct Level {
    pub service: u16,
    pub name: &'static str,
    /// As of a [`Counter`].
    pub connection: Option<u16>,
    pub value: u64,
    pub max: u64,
    /// The longest time on end that it was above zero, from the measured window to the end of the drain.
    pub longest: Time,
    /// Since when it has been above zero, if it is.
    above_since: Time,
    area: u128,
    /// The area before the measured window.
    area_before: u128,
    since: Time,
    pub kind: Option<SeriesKind>,
    pub bins: Bins,
    /// Time-weighted distribution, kept for concurrency levels.
    pub distribution: Option<LevelStat>,
    /// The measured window is over: distribution and series stay as they are.
    frozen: bool,
}

impl Level {
    /// Changes the level at `now`.
    #[inline]
    fn set(&mut self, now: Time, value: u64) {
        if now > self.since {
            self.area += u128::from(self.value) * u128::from(now - self.since);
            if self.kind.is_some() && !self.frozen {
                self.bins.add_level(self.since, now, self.value);
            }
            self.since = now;
        }
        if let Some(distribution) = &mut self.distribution
            && !self.frozen
        {
            distribution.set(now, value);
        }
        if self.value == 0 {
            self.above_since = now;
        } else if value == 0 {
            self.longest = self.longest.max(now - self.above_since);
        }
        self.value = value;
        self.max = self.max.max(value);
    }

    /// Level x nanoseconds of the whole run, up to the last change.
    pub fn whole_area(&self) -> u128 {
        self.area_before + self.area
    }
}

/// Durations of one kind.
#[derive(Clone, Debug)]
pub struct Timing {
    pub service: u16,
    pub name: &'static str,
    pub histogram: Histogram,
}

/// All that is observed.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    pub counters: Vec<Counter>,
    pub levels: Vec<Level>,
    pub timings: Vec<Timing>,
    /// Time averages of the levels over the measured window, filled when it ends.
    pub level_means: Vec<f64>,
    /// What must add up.
    pub books: Books,
    /// The connection that what is registered next belongs to.
    pub connection: Option<u16>,
    measuring: bool,
    /// The measured window is over.
    ended: bool,
    measured_from: Time,
    /// Begin and end of the measured window; the end lies at infinity while it is open.
    window: Option<(Time, Time)>,
}

impl Metrics {
    /// Registers a counter.
    pub fn counter(&mut self, service: u16, name: &'static str, kind: Option<SeriesKind>) -> CounterId {
        self.counters.push(Counter {
            service,
            name,
            connection: self.connection,
            count: 0,
            total: 0,
            series: kind.map(|kind| (kind, Bins::default())),
            demand: None,
            settled_later: false,
        });
        CounterId(self.counters.len() as u32 - 1)
    }

    /// Observes the rate of a counter, too.
    pub fn observe_rate(&mut self, id: CounterId) {
        self.counters[id.0 as usize].demand = Some(Demand::default());
    }

    /// Says that part of a counter is accounted for after the fact.
    pub fn settle_later(&mut self, id: CounterId) {
        self.counters[id.0 as usize].settled_later = true;
    }

    /// The highest 10 s mean rate of a counter in the measured window, if its rate is observed.
    pub fn peak_per_second(&self, index: usize) -> f64 {
        let end = self.window.map_or(0, |(_, end)| end);
        self.counters[index].demand.map_or(f64::NAN, |demand| demand.peak_per_second(end))
    }

    /// Registers a level that starts at zero.
    pub fn level(&mut self, service: u16, name: &'static str, kind: Option<SeriesKind>) -> LevelId {
        let distribution = (kind == Some(SeriesKind::Concurrency)).then(|| LevelStat::new(0, 0));
        self.levels.push(Level {
            service,
            name,
            connection: self.connection,
            value: 0,
            max: 0,
            longest: 0,
            above_since: 0,
            area: 0,
            area_before: 0,
            since: 0,
            kind,
            bins: Bins::default(),
            distribution,
            frozen: false,
        });
        LevelId(self.levels.len() as u32 - 1)
    }

    /// Registers a timing.
    pub fn timing(&mut self, service: u16, name: &'static str) -> TimingId {
        self.timings.push(Timing { service, name, histogram: Histogram::default() });
        TimingId(self.timings.len() as u32 - 1)
    }

    /// Counts `amount` occurrences now.
    #[inline]
    pub fn count(&mut self, now: Time, id: CounterId, amount: u64) {
        let counter = &mut self.counters[id.0 as usize];
        counter.total += amount;
        if self.measuring {
            counter.count += amount;
            if let Some(demand) = &mut counter.demand {
                demand.add(now, amount);
            }
        }
        if let Some((_, bins)) = &mut counter.series
            && !self.ended
        {
            bins.add(now, u128::from(amount));
        }
    }

    /// Counts occurrences of the measured window that are accounted for after the fact.
    pub fn count_afterwards(&mut self, id: CounterId, amount: u64) {
        let counter = &mut self.counters[id.0 as usize];
        counter.count += amount;
        counter.total += amount;
    }

    /// Raises a level.
    #[inline]
    pub fn raise(&mut self, now: Time, id: LevelId, amount: u64) {
        let level = &mut self.levels[id.0 as usize];
        level.set(now, level.value + amount);
    }

    /// Lowers a level.
    #[inline]
    pub fn lower(&mut self, now: Time, id: LevelId, amount: u64) {
        let level = &mut self.levels[id.0 as usize];
        debug_assert!(level.value >= amount, "level {} falls below zero", level.name);
        level.set(now, level.value - amount);
    }

    /// The highest value of a level since this was asked last; [`Self::restore_max`] undoes it.
    pub fn take_max(&mut self, index: usize) -> u64 {
        let level = &mut self.levels[index];
        std::mem::replace(&mut level.max, level.value)
    }

    /// Level x nanoseconds of the measured window up to `now`.
    pub fn area_at(&mut self, now: Time, index: usize) -> u128 {
        let level = &mut self.levels[index];
        level.set(now, level.value);
        level.area
    }

    /// Gives a level back its highest value of the measured window, which looks at it have taken.
    pub fn restore_max(&mut self, index: usize, highest: u64) {
        let level = &mut self.levels[index];
        level.max = level.max.max(highest);
    }

    /// The value of a level.
    pub fn value(&self, id: LevelId) -> u64 {
        self.levels[id.0 as usize].value
    }

    /// Records a duration.
    #[inline]
    pub fn time(&mut self, id: TimingId, duration: Time) {
        if self.measuring {
            self.timings[id.0 as usize].histogram.record(duration);
        }
    }

    /// Starts the measured window.
    pub fn begin_measuring(&mut self, now: Time) {
        self.measuring = true;
        self.measured_from = now;
        self.window = Some((now, Time::MAX));
        for counter in &mut self.counters {
            counter.count = 0;
            if let Some(demand) = &mut counter.demand {
                *demand = Demand::starting(now);
            }
        }
        for level in &mut self.levels {
            level.set(now, level.value);
            level.area_before += level.area;
            level.area = 0;
            level.max = level.value;
            level.longest = 0;
            level.above_since = now;
            if let Some(distribution) = &mut level.distribution {
                distribution.restart(now);
            }
        }
    }

    /// Ends the measured window: averages and series are fixed.
    pub fn end_measuring(&mut self, now: Time) {
        self.measuring = false;
        self.ended = true;
        self.window = Some((self.measured_from, now));
        let window = (now - self.measured_from).max(1) as f64;
        self.level_means = self
            .levels
            .iter_mut()
            .map(|level| {
                level.set(now, level.value);
                level.frozen = true;
                level.area as f64 / window
            })
            .collect();
    }

    /// The measured window, once it has begun; its end is `Time::MAX` until it has ended.
    pub fn window(&self) -> Option<(Time, Time)> {
        self.window
    }

    /// Whether the measured window is over: nothing is added to time series any more.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Whether the measured window is open.
    pub fn is_measuring(&self) -> bool {
        self.measuring
    }

    /// Brings every series up to the end of the run.
    pub fn finish(&mut self, now: Time) {
        for level in &mut self.levels {
            level.set(now, level.value);
            if level.value > 0 {
                level.longest = level.longest.max(now - level.above_since);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BINS, Bins, FIRST_WIDTH, Metrics};

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
    fn levels_are_averaged_over_the_measured_window_only() {
        let mut metrics = Metrics::default();
        let level = metrics.level(0, "depth", None);
        metrics.raise(0, level, 10);
        metrics.begin_measuring(100);
        metrics.lower(150, level, 8);
        metrics.end_measuring(200);
        assert_eq!(metrics.level_means, [6.0]);
        assert_eq!(metrics.levels[0].max, 10);
    }

    #[test]
    fn the_longest_spell_above_zero_begins_in_the_window_and_may_end_in_the_drain() {
        let mut metrics = Metrics::default();
        let level = metrics.level(0, "depth", None);
        metrics.raise(0, level, 1);
        metrics.begin_measuring(100);
        metrics.raise(130, level, 4);
        metrics.lower(170, level, 5);
        assert_eq!(metrics.levels[0].longest, 70, "warm-up does not count");
        metrics.raise(200, level, 1);
        metrics.end_measuring(210);
        metrics.lower(240, level, 1);
        assert_eq!(metrics.levels[0].longest, 70, "a shorter one changes nothing");
        metrics.raise(300, level, 1);
        metrics.finish(400);
        assert_eq!(metrics.levels[0].longest, 100, "one that never ended counts up to the end");
    }
}
