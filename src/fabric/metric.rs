//! What is observed while a simulation runs: counters, levels, timings and their time series, all in integers.
//!
//! Counters and timings count the measured window (after warm-up, up to the horizon); series cover warm-up and window
//! ([`super::series`]). Totals cover the whole run, drain included: they are what its books are balanced by
//! ([`super::balance`]). An event adds to totals only; window and series are differences of them, taken when one ends.

use crate::kernel::Time;
use crate::results::SeriesKind;
use crate::stats::{Histogram, LevelStat};

use super::balance::Books;
use super::demand::Demand;
use super::series::{Bins, OpenBin};

/// Index of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CounterId(pub u32);
/// Index of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelId(pub u32);
/// Index of a timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimingId(pub u32);
/// Index of a counter whose rate is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemandId(pub u32);

/// A number of occurrences.
#[derive(Clone, Debug)]
pub struct Counter {
    pub service: u16,
    pub name: &'static str,
    /// What the service is connected to by what is counted, if it may have several such connections.
    pub connection: Option<u16>,
    /// Of the measured window, once that is over; until then [`Metrics::counted`] tells.
    count: u64,
    /// Its total when the measured window began.
    before: u64,
    pub series: Option<(SeriesKind, Bins)>,
    /// The highest rate in the measured window, where that is of interest.
    demand: Option<DemandId>,
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
    pub kind: Option<SeriesKind>,
    pub bins: Bins,
}

/// What changes of a level: one line of the cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
struct Height {
    value: u64,
    max: u64,
    since: Time,
    area: u128,
    /// Since when it has been above zero, if it is.
    above_since: Time,
    /// The longest time on end that it was above zero, from the measured window to the end of the drain.
    longest: Time,
    /// Index of its distribution, if it has one.
    distribution: Option<std::num::NonZeroU32>,
}

impl Height {
    /// Changes the level at `now`, without a branch: whether a queue is empty is what nobody can predict.
    #[inline]
    fn set(&mut self, now: Time, value: u64) {
        self.area += u128::from(self.value) * u128::from(now - self.since);
        self.since = now;
        self.above_since = if self.value == 0 { now } else { self.above_since };
        let spell = if value == 0 { now - self.above_since } else { 0 };
        self.longest = self.longest.max(spell);
        self.value = value;
        self.max = self.max.max(value);
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
    /// Occurrences in the whole run, warm-up and drain included, by counter.
    pub totals: Vec<u64>,
    demands: Vec<Demand>,
    pub levels: Vec<Level>,
    heights: Vec<Height>,
    /// Areas below the levels before the measured window.
    areas_before: Vec<u128>,
    /// Time-weighted distributions, kept for concurrency levels.
    distributions: Vec<LevelStat>,
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
    open_bin: OpenBin,
}

impl Metrics {
    /// Registers a counter.
    pub fn counter(&mut self, service: u16, name: &'static str, kind: Option<SeriesKind>) -> CounterId {
        self.counters.push(Counter {
            service,
            name,
            connection: self.connection,
            count: 0,
            before: 0,
            series: kind.map(|kind| (kind, Bins::default())),
            demand: None,
            settled_later: false,
        });
        self.totals.push(0);
        CounterId(self.counters.len() as u32 - 1)
    }

    /// Observes the rate of a counter, too: whoever counts calls [`Metrics::ask`] as well.
    pub fn observe_rate(&mut self, id: CounterId) -> DemandId {
        self.demands.push(Demand::default());
        let demand = DemandId(self.demands.len() as u32 - 1);
        self.counters[id.0 as usize].demand = Some(demand);
        demand
    }

    /// Says that part of a counter is accounted for after the fact.
    pub fn settle_later(&mut self, id: CounterId) {
        self.counters[id.0 as usize].settled_later = true;
    }

    /// Whether the rate of a counter is observed.
    pub fn has_rate(&self, index: usize) -> bool {
        self.counters[index].demand.is_some()
    }

    /// The highest 10 s mean rate of a counter in the measured window, if its rate is observed.
    pub fn peak_per_second(&self, index: usize) -> f64 {
        let end = self.window.map_or(0, |(_, end)| end);
        self.counters[index].demand.map_or(f64::NAN, |id| self.demands[id.0 as usize].peak_per_second(end))
    }

    /// Registers a level that starts at zero.
    pub fn level(&mut self, service: u16, name: &'static str, kind: Option<SeriesKind>) -> LevelId {
        let mut height = Height::default();
        if kind == Some(SeriesKind::Concurrency) {
            self.distributions.push(LevelStat::new(0, 0));
            height.distribution = std::num::NonZeroU32::new(self.distributions.len() as u32);
        }
        self.levels.push(Level { service, name, connection: self.connection, kind, bins: Bins::default() });
        self.heights.push(height);
        self.areas_before.push(0);
        LevelId(self.levels.len() as u32 - 1)
    }

    /// Registers a timing.
    pub fn timing(&mut self, service: u16, name: &'static str) -> TimingId {
        self.timings.push(Timing { service, name, histogram: Histogram::default() });
        TimingId(self.timings.len() as u32 - 1)
    }

    /// Counts `amount` occurrences.
    #[inline]
    pub fn count(&mut self, id: CounterId, amount: u64) {
        self.totals[id.0 as usize] += amount;
    }

    /// So much is asked for now, where a rate is observed.
    #[inline]
    pub fn ask(&mut self, now: Time, id: DemandId, amount: u64) {
        if self.measuring {
            self.demands[id.0 as usize].add(now, amount);
        }
    }

    /// Counts occurrences of the measured window that are accounted for after the fact; no series shows them.
    pub fn count_afterwards(&mut self, id: CounterId, amount: u64) {
        self.totals[id.0 as usize] += amount;
        if let Some((_, bins)) = &mut self.counters[id.0 as usize].series {
            bins.skip(amount);
        }
    }

    /// What a counter has counted in the measured window up to now.
    pub fn counted(&self, index: usize) -> u64 {
        let counter = &self.counters[index];
        if self.measuring { self.totals[index] - counter.before } else { counter.count }
    }

    /// Raises a level.
    #[inline]
    pub fn raise(&mut self, now: Time, id: LevelId, amount: u64) {
        self.change(now, id, |value| value + amount);
    }

    /// Lowers a level.
    #[inline]
    pub fn lower(&mut self, now: Time, id: LevelId, amount: u64) {
        debug_assert!(self.value(id) >= amount, "level {} falls below zero", self.levels[id.0 as usize].name);
        self.change(now, id, |value| value - amount);
    }

    #[inline]
    fn change(&mut self, now: Time, id: LevelId, change: impl Fn(u64) -> u64) {
        let height = &mut self.heights[id.0 as usize];
        let value = change(height.value);
        height.set(now, value);
        if let Some(place) = height.distribution {
            self.distribute(now, place.get() as usize - 1, value);
        }
    }

    /// A level with a distribution has changed. By itself, since most levels have none and need fewer registers.
    #[inline(never)]
    fn distribute(&mut self, now: Time, place: usize, value: u64) {
        if !self.ended {
            self.distributions[place].set(now, value);
        }
    }

    /// The highest value of a level since this was asked last; [`Self::restore_max`] undoes it.
    pub fn take_max(&mut self, index: usize) -> u64 {
        let height = &mut self.heights[index];
        std::mem::replace(&mut height.max, height.value)
    }

    /// Level x nanoseconds of the measured window up to `now`.
    pub fn area_at(&mut self, now: Time, index: usize) -> u128 {
        let height = &mut self.heights[index];
        height.set(now, height.value);
        height.area
    }

    /// Gives a level back its highest value of the measured window, which looks at it have taken.
    pub fn restore_max(&mut self, index: usize, highest: u64) {
        let height = &mut self.heights[index];
        height.max = height.max.max(highest);
    }

    /// The value of a level.
    pub fn value(&self, id: LevelId) -> u64 {
        self.heights[id.0 as usize].value
    }

    /// The highest value of a level in the measured window, and after.
    pub fn highest(&self, index: usize) -> u64 {
        self.heights[index].max
    }

    /// The longest time on end that a level was above zero, from the measured window to the end of the drain.
    pub fn longest_above_zero(&self, index: usize) -> Time {
        self.heights[index].longest
    }

    /// Level x nanoseconds of the whole run, up to the last change.
    pub fn whole_area(&self, id: LevelId) -> u128 {
        self.areas_before[id.0 as usize] + self.heights[id.0 as usize].area
    }

    /// How long a level stood at which height in the measured window, if it is a concurrency.
    pub fn distribution(&self, index: usize) -> Option<&LevelStat> {
        self.heights[index].distribution.map(|place| &self.distributions[place.get() as usize - 1])
    }

    /// Records a duration.
    #[inline]
    pub fn time(&mut self, id: TimingId, duration: Time) {
        if self.measuring {
            self.timings[id.0 as usize].histogram.record(duration);
        }
    }

    /// The last instant of the open bin of the time series.
    #[inline]
    pub(super) fn bin_last(&self) -> Time {
        self.open_bin.last
    }

    /// The open bin of the time series.
    pub(super) fn open_bin(&self) -> OpenBin {
        self.open_bin
    }

    /// The bins of the time series are twice as wide from now on.
    pub(super) fn coarsen(&mut self) {
        self.open_bin.coarsen();
        self.counters.iter_mut().filter_map(|counter| counter.series.as_mut()).for_each(|(_, bins)| bins.coarsen());
        self.levels.iter_mut().filter(|level| level.kind.is_some()).for_each(|level| level.bins.coarsen());
    }

    /// Notes in the open bin what counters and levels have grown by; it goes on to `now`, or ends there.
    pub(super) fn look(&mut self, now: Time) {
        let bin = self.open_bin.index;
        for (counter, total) in self.counters.iter_mut().zip(&self.totals) {
            if let Some((_, bins)) = &mut counter.series {
                bins.look(bin, u128::from(*total));
            }
        }
        for ((level, height), before) in self.levels.iter_mut().zip(&mut self.heights).zip(&self.areas_before) {
            if level.kind.is_some() {
                height.set(now, height.value);
                level.bins.look(bin, before + height.area);
            }
        }
    }

    /// Whether the open bin has something to show, or a level reaches into it.
    pub(super) fn has_news(&self) -> bool {
        let counters = || self.counters.iter().zip(&self.totals);
        counters().any(|(counter, total)| counter.series.as_ref().is_some_and(|(_, bins)| bins.has_news(u128::from(*total))))
            || self.levels.iter().zip(&self.heights).any(|(level, height)| level.kind.is_some() && height.value > 0)
    }

    /// The next bin of the time series opens.
    pub(super) fn next_bin(&mut self) {
        self.open_bin.step();
    }

    /// Starts the measured window.
    pub fn begin_measuring(&mut self, now: Time) {
        self.measuring = true;
        self.measured_from = now;
        self.window = Some((now, Time::MAX));
        for (counter, total) in self.counters.iter_mut().zip(&self.totals) {
            counter.before = *total;
        }
        self.demands.iter_mut().for_each(|demand| *demand = Demand::starting(now));
        for (height, before) in self.heights.iter_mut().zip(&mut self.areas_before) {
            height.set(now, height.value);
            *before += height.area;
            height.area = 0;
            height.max = height.value;
            height.longest = 0;
            height.above_since = now;
        }
        self.distributions.iter_mut().for_each(|distribution| distribution.restart(now));
    }

    /// Ends the measured window: counts and averages are fixed.
    pub(super) fn end_measuring(&mut self, now: Time) {
        for index in 0..self.counters.len() {
            self.counters[index].count = self.counted(index);
        }
        self.measuring = false;
        self.ended = true;
        self.open_bin.close();
        self.window = Some((self.measured_from, now));
        let window = (now - self.measured_from).max(1) as f64;
        for height in &mut self.heights {
            height.set(now, height.value);
            if let Some(place) = height.distribution {
                self.distributions[place.get() as usize - 1].set(now, height.value);
            }
        }
        self.level_means = self.heights.iter().map(|height| height.area as f64 / window).collect();
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
    #[inline]
    pub fn is_measuring(&self) -> bool {
        self.measuring
    }

    /// Brings every level up to the end of the run.
    pub fn finish(&mut self, now: Time) {
        for height in &mut self.heights {
            height.set(now, height.value);
            if height.value > 0 {
                height.longest = height.longest.max(now - height.above_since);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Metrics;

    #[test]
    fn levels_are_averaged_over_the_measured_window_only() {
        let mut metrics = Metrics::default();
        let level = metrics.level(0, "depth", None);
        metrics.raise(0, level, 10);
        metrics.begin_measuring(100);
        metrics.lower(150, level, 8);
        metrics.end_measuring(200);
        assert_eq!(metrics.level_means, [6.0]);
        assert_eq!(metrics.highest(0), 10);
    }

    #[test]
    fn the_longest_spell_above_zero_begins_in_the_window_and_may_end_in_the_drain() {
        let mut metrics = Metrics::default();
        let level = metrics.level(0, "depth", None);
        metrics.raise(0, level, 1);
        metrics.begin_measuring(100);
        metrics.raise(130, level, 4);
        metrics.lower(170, level, 5);
        assert_eq!(metrics.longest_above_zero(0), 70, "warm-up does not count");
        metrics.raise(200, level, 1);
        metrics.end_measuring(210);
        metrics.lower(240, level, 1);
        assert_eq!(metrics.longest_above_zero(0), 70, "a shorter one changes nothing");
        metrics.raise(300, level, 1);
        metrics.finish(400);
        assert_eq!(metrics.longest_above_zero(0), 100, "one that never ended counts up to the end");
    }
}
