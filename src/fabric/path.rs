//! Where the time went: causal chains of laps, one chain per thread of a journey.
//!
//! A path is the last lap of a chain; each lap says until when, at which service and for what reason time passed since
//! the lap before it. Forks share their common prefix, and a join goes on with the chain of the last arrival, so walking
//! back from a milestone yields the critical path, and its laps sum to the latency exactly, by construction.
//! All laps of a journey are linked and freed together once its observed milestone is reached or it closes.

use crate::kernel::Time;

use super::call::NONE;

/// The reason for which time passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Category {
    /// The service did what it was asked to do: user code, an external's service time.
    Work,
    /// The service's own latency: network, engine, delivery.
    Service,
    /// Waiting for a batch to close.
    BatchWait,
    /// Waiting for a server, a poller or another record.
    Queue,
    /// Waiting because a limiter refused or delayed.
    Throttle,
    /// Waiting before a retry, or for a visibility time-out.
    BackOff,
    /// Waiting for an execution environment to start.
    ColdStart,
}

impl Category {
    /// All categories in report order.
    pub const ALL: [Category; 7] = [
        Category::Work,
        Category::Service,
        Category::BatchWait,
        Category::Queue,
        Category::Throttle,
        Category::BackOff,
        Category::ColdStart,
    ];

    /// The name in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Category::Work => "work",
            Category::Service => "service",
            Category::BatchWait => "batch_wait",
            Category::Queue => "queue",
            Category::Throttle => "throttle",
            Category::BackOff => "back_off",
            Category::ColdStart => "cold_start",
        }
    }
}

/// The end of a chain of laps, or none when nobody watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathId(pub(super) u32);

impl PathId {
    /// Not watched.
    pub const NONE: PathId = PathId(NONE);
}

/// One lap: until `end`, at `service`, because of `category`, after lap `before`.
#[derive(Clone, Copy, Debug)]
pub struct Lap {
    pub end: Time,
    pub before: u32,
    /// Next lap of the same journey in order of creation reversed: the list that frees them together.
    sibling: u32,
    pub service: u16,
    pub category: Category,
}

/// All laps in use.
#[derive(Debug, Default)]
pub struct Paths {
    laps: Vec<Lap>,
    free: Vec<u32>,
}

impl Paths {
    /// Starts a chain at `now`; `head` is the journey's list.
    pub(super) fn begin(&mut self, now: Time, head: &mut u32) -> PathId {
        self.push(Lap { end: now, before: NONE, sibling: NONE, service: u16::MAX, category: Category::Work }, head)
    }

    /// Appends a lap that ends at `end`, after the end of the chain: nothing is to be stored when no time has passed.
    #[inline]
    pub(super) fn lap(&mut self, path: PathId, end: Time, service: u16, category: Category, head: &mut u32) -> PathId {
        self.push(Lap { end, before: path.0, sibling: NONE, service, category }, head)
    }

    fn push(&mut self, mut lap: Lap, head: &mut u32) -> PathId {
        lap.sibling = *head;
        let index = if let Some(index) = self.free.pop() {
            self.laps[index as usize] = lap;
            index
        } else {
            self.laps.push(lap);
            (self.laps.len() - 1) as u32
        };
        *head = index;
        PathId(index)
    }

    /// Frees every lap of the list.
    pub(super) fn free(&mut self, head: &mut u32) {
        while *head != NONE {
            self.free.push(*head);
            *head = self.laps[*head as usize].sibling;
        }
    }

    /// The laps from the end of the chain back to its start: (service, category, begin, end).
    pub fn walk(&self, path: PathId) -> impl Iterator<Item = (u16, Category, Time, Time)> + '_ {
        let mut last = self.laps.get(path.0 as usize);
        std::iter::from_fn(move || {
            let lap = last?;
            let before = self.laps.get(lap.before as usize)?;
            last = Some(before);
            Some((lap.service, lap.category, before.end, lap.end))
        })
    }

    /// When the chain ends; it must be one.
    #[inline]
    pub(super) fn end(&self, path: PathId) -> Time {
        self.laps[path.0 as usize].end
    }

    /// Laps in use.
    pub fn live(&self) -> usize {
        self.laps.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{Category, NONE, PathId, Paths};

    #[test]
    fn laps_of_a_join_sum_to_the_latency_of_the_last_arrival() {
        let mut paths = Paths::default();
        let mut head = NONE;
        let start = paths.begin(100, &mut head);
        let common = paths.lap(start, 150, 1, Category::Service, &mut head);
        let fast = paths.lap(common, 160, 2, Category::Work, &mut head);
        let slow = paths.lap(common, 300, 3, Category::Queue, &mut head);
        let laps: Vec<_> = paths.walk(slow).collect();
        assert_eq!(laps, [(3, Category::Queue, 150, 300), (1, Category::Service, 100, 150)]);
        assert_eq!(laps.iter().map(|lap| lap.3 - lap.2).sum::<u64>(), 200);
        assert_eq!(paths.end(fast), 160);
        assert_eq!(paths.walk(PathId::NONE).count(), 0);
        paths.free(&mut head);
        assert_eq!(paths.live(), 0);
    }
}
