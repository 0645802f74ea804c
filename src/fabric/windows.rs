//! Journeys counted by the window of time in which they arrived: kept only where an objective holds window by window.

use crate::kernel::Time;

use super::journey::Journey;

/// What is counted of the journeys of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watched {
    /// Those that close under the ending of this index.
    Ending(usize),
    /// Those that never close.
    Unfinished,
    /// How long those that reach the milestone of this index take.
    Milestone(usize),
}

/// The journeys of one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// Journeys that arrived in it.
    pub started: u64,
    /// Of these, those that are watched for: so many closed under the ending, never closed, or reached the milestone.
    pub found: u64,
    /// Still open at the end of the run without having reached the milestone: slower than all that have.
    pub open: u64,
    /// Of those found, the ones that took less than the bound, and at most the bound.
    pub below: u64,
    pub at_most: u64,
    /// Sum and longest of their latencies, nanoseconds.
    pub sum: u128,
    pub longest: Time,
}

/// Counts per window, from the beginning of the measured window on.
#[derive(Clone, Debug)]
pub struct JourneyWatch {
    pub watched: Watched,
    /// What latencies are held against.
    bound: Time,
    begin: Time,
    width: Time,
    /// Whole windows only: what the end of the measured window cuts short is left out.
    pub windows: Vec<Window>,
}

impl JourneyWatch {
    /// Watches `count` windows of `width` that follow one another from `begin` on.
    pub fn new(watched: Watched, bound: Time, begin: Time, width: Time, count: usize) -> Self {
        Self { watched, bound, begin, width, windows: vec![Window::default(); count] }
    }

    fn at(&mut self, started: Time) -> Option<&mut Window> {
        let place = started.checked_sub(self.begin)? / self.width;
        self.windows.get_mut(usize::try_from(place).ok()?)
    }

    /// A measured journey arrives.
    pub(super) fn start(&mut self, now: Time) {
        if let Some(window) = self.at(now) {
            window.started += 1;
        }
    }

    /// A measured journey reaches a milestone.
    pub(super) fn reach(&mut self, milestone: usize, started: Time, latency: Time) {
        let bound = self.bound;
        if self.watched == Watched::Milestone(milestone)
            && let Some(window) = self.at(started)
        {
            window.found += 1;
            window.below += u64::from(latency < bound);
            window.at_most += u64::from(latency <= bound);
            window.sum += u128::from(latency);
            window.longest = window.longest.max(latency);
        }
    }

    /// A measured journey closes under an ending.
    pub(super) fn close(&mut self, ending: usize, started: Time) {
        if self.watched == Watched::Ending(ending)
            && let Some(window) = self.at(started)
        {
            window.found += 1;
        }
    }

    /// A measured journey is open at the end of the run.
    pub(super) fn leave_open(&mut self, journey: &Journey) {
        let watched = self.watched;
        let Some(window) = self.at(journey.started) else { return };
        match watched {
            Watched::Unfinished => window.found += 1,
            Watched::Milestone(milestone) => window.open += u64::from(journey.reached & (1 << milestone) == 0),
            Watched::Ending(_) => {}
        }
    }
}

impl Window {
    /// How many journeys a quantile ranks: those that reached the milestone and those that still might.
    pub fn ranked(&self) -> u64 {
        self.found + self.open
    }

    /// Whether the latency at `rank` (1 is the shortest) is below the bound, and whether it is at most the bound.
    pub fn holds_at(&self, rank: u64) -> (bool, bool) {
        (self.below >= rank, self.at_most >= rank)
    }
}

#[cfg(test)]
mod tests {
    use super::{JourneyWatch, Watched};

    #[test]
    fn journeys_count_in_the_window_of_their_arrival() {
        let mut watch = JourneyWatch::new(Watched::Milestone(1), 50, 1_000, 100, 3);
        for (started, latency) in [(999, 1), (1_000, 49), (1_099, 50), (1_100, 51), (1_299, 500), (1_300, 1)] {
            watch.start(started);
            watch.reach(1, started, latency);
            watch.reach(0, started, latency);
        }
        let seen: Vec<(u64, u64, u64, u64)> =
            watch.windows.iter().map(|window| (window.started, window.found, window.below, window.at_most)).collect();
        assert_eq!(seen, [(2, 2, 1, 2), (1, 1, 0, 0), (1, 1, 0, 0)], "before the first and behind the last window is nowhere");
        assert_eq!((watch.windows[0].sum, watch.windows[0].longest), (99, 50));
        assert_eq!(watch.windows[0].holds_at(2), (false, true));
    }
}
