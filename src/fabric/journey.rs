//! Journeys: everything caused by one arrival of the workload, with exact accounting of what is still open.
//!
//! A journey counts its open shares: every call in a slot and every message in a queue holds one. When the count falls to
//! zero the journey closes and its ending is the first listed one whose condition holds on its marks. References carry
//! the slot's generation, so that a message left in a dead-letter queue may outlive its journey harmlessly.

use crate::kernel::Time;

use super::call::NONE;
use super::path::{PathId, Paths};

/// A reference to a journey that may have closed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JourneyRef {
    pub index: u32,
    pub generation: u32,
}

impl JourneyRef {
    /// No journey: background work.
    pub const NONE: JourneyRef = JourneyRef { index: NONE, generation: 0 };

    /// Whether the work belongs to a journey at all.
    #[inline]
    pub fn is_some(self) -> bool {
        self.index != NONE
    }
}

/// How many services may count the calls of one journey apart (externals and functions: shared luck).
pub const COUNTED_SERVICES_MAX: usize = 16;

/// What every run needs of a journey in flight. It may lie on two lines of the cache: who reads generation and counts has read both.
#[derive(Clone, Debug)]
#[repr(C)]
pub struct Journey {
    pub(super) generation: u32,
    /// Open calls and messages.
    pub(super) open: u32,
    /// The last of its laps; there are none when it is not watched, or no more.
    pub(super) laps: u32,
    /// The workload, and [`MEASURED`].
    origin: u16,
    /// Milestones reached, one bit each.
    pub(super) reached: u16,
    pub started: Time,
    /// The key of its draws: the same arrival has the same key in every design.
    pub key: u64,
    /// Marks emitted so far, one bit each.
    pub marks: u64,
    /// Calls to each of the first services that count them apart.
    counts: [u8; COUNTS],
}

/// Services whose counts of calls a journey has with it; those of more lie beside it.
const COUNTS: usize = 8;

const _: () = assert!(size_of::<Journey>() == 48);

/// Bit of a journey's origin: it started within the measured window.
const MEASURED: u16 = 1 << 15;

impl Journey {
    /// Index of its workload.
    #[inline]
    pub fn workload(&self) -> u16 {
        self.origin & !MEASURED
    }

    /// Whether it started within the measured window.
    #[inline]
    pub fn is_measured(&self) -> bool {
        self.origin & MEASURED != 0
    }

    /// Whether laps are recorded.
    #[inline]
    pub(super) fn is_watched(&self) -> bool {
        self.laps != NONE
    }
}

/// A condition on marks: true when all marks of any one of the sets are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    pub any: Vec<u64>,
}

impl Condition {
    /// Whether the condition holds on these marks.
    #[inline]
    pub fn holds(&self, marks: u64) -> bool {
        self.any.iter().any(|set| marks & set == *set)
    }
}

/// What a workload names: milestones to time, endings to count.
#[derive(Clone, Debug)]
pub struct WorkloadPlan {
    pub name: String,
    pub milestones: Vec<(String, Condition)>,
    pub endings: Vec<(String, Condition)>,
    /// The milestone whose critical path is reported: index into `milestones`.
    pub observed: usize,
    /// The ending that cost is divided by, if there is one named `fulfilled`.
    pub fulfilled: Option<usize>,
    /// Conditions on marks under which a journey counts as given up: what reaches the observed milestone after that is late.
    pub given_up: Vec<Condition>,
}

/// Marks the fabric sets itself, before the scenario's own.
pub mod marks {
    /// The client got an answer that accepts.
    pub const ANSWERED: u32 = 0;
    /// The client got an answer that refuses, or none, after all of its retries.
    pub const REFUSED: u32 = 1;
    /// A share of the journey went to a dead-letter queue or on-failure destination.
    pub const DEAD_LETTERED: u32 = 2;
    /// A share outlived its retention or maximum age.
    pub const EXPIRED: u32 = 3;
    /// A share was given up without a place to keep it.
    pub const DISCARDED: u32 = 4;
    /// An execution, invocation or call of the journey failed for good.
    pub const FAILED: u32 = 5;
    /// The client gave up waiting.
    pub const TIMED_OUT: u32 = 6;

    /// Names in bit order.
    pub const NAMES: [&str; 7] = ["answered", "refused", "dead_lettered", "expired", "discarded", "failed", "timed_out"];

    /// When each is made, for the manual.
    pub const MEANINGS: [&str; 7] = [
        "the client got an answer that accepts",
        "the client got an answer that refuses, or none, after all of its retries",
        "something of the journey went to a dead-letter queue or an on-failure destination",
        "something of the journey outlived its retention or maximum age",
        "something of the journey was given up without a place to keep it",
        "an execution, invocation or call of the journey failed for good",
        "the client gave up waiting",
    ];
}

/// All journeys in flight. A slot's generation changes when its journey closes, so a free slot answers to no reference.
#[derive(Debug)]
pub struct Journeys {
    slots: Vec<Journey>,
    /// Pairs of caller and watched service that the journey of a slot has come by, one bit each, up to the last slot that has any:
    /// most runs watch no service ([`super::load`]).
    touched: Vec<u64>,
    /// Attributes of the table items keyed by the journey of a slot, one bit each, up to the last slot that has any.
    items: Vec<u64>,
    /// Calls of the journey of a slot to each of the other services that count them apart, up to the last slot that has any.
    counts: Vec<u8>,
    /// Services that count calls apart, without those whose counts a journey has with it.
    others: usize,
    /// The first free slot; each names the next in place of its laps.
    free: u32,
    live: usize,
}

impl Default for Journeys {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Journeys {
    /// No journeys, whose calls so many services are to count apart.
    pub(super) fn new(counted: usize) -> Self {
        let (touched, items, counts) = (Vec::new(), Vec::new(), Vec::new());
        let others = counted.saturating_sub(COUNTS);
        Self { slots: Vec::new(), touched, items, counts, others, free: NONE, live: 0 }
    }

    /// Opens a journey; it holds no share yet.
    pub(super) fn open(&mut self, started: Time, key: u64, workload: u16, measured: bool) -> JourneyRef {
        debug_assert!(workload < MEASURED, "so many workloads do not fit");
        self.live += 1;
        let mut journey = Journey {
            started,
            key,
            marks: 0,
            generation: 0,
            open: 0,
            laps: NONE,
            origin: if measured { workload | MEASURED } else { workload },
            reached: 0,
            counts: [0; COUNTS],
        };
        if self.free == NONE {
            self.slots.push(journey);
            return JourneyRef { index: (self.slots.len() - 1) as u32, generation: 0 };
        }
        let index = self.free;
        let slot = &mut self.slots[index as usize];
        self.free = slot.laps;
        journey.generation = slot.generation;
        *slot = journey;
        let generation = slot.generation;
        self.forget(index as usize);
        JourneyRef { index, generation }
    }

    /// The next journey of a slot begins with nothing.
    #[inline]
    fn forget(&mut self, index: usize) {
        if let Some(touched) = self.touched.get_mut(index) {
            *touched = 0;
        }
        if let Some(items) = self.items.get_mut(index) {
            *items = 0;
        }
        let others = index * self.others;
        if others < self.counts.len() {
            self.counts[others..others + self.others].fill(0);
        }
    }

    /// The journey, unless it has closed.
    #[inline]
    pub fn get(&self, journey: JourneyRef) -> Option<&Journey> {
        self.slots.get(journey.index as usize).filter(|found| found.generation == journey.generation)
    }

    /// Reads what is kept of a journey, and makes nothing of it.
    #[inline]
    pub(super) fn look(&self, journey: JourneyRef) -> u64 {
        self.get(journey).map_or(0, |found| u64::from_le_bytes(found.counts))
    }

    /// The journey, unless it has closed.
    #[inline]
    pub fn get_mut(&mut self, journey: JourneyRef) -> Option<&mut Journey> {
        self.slots.get_mut(journey.index as usize).filter(|found| found.generation == journey.generation)
    }

    /// Notes that a journey has come by a pair of caller and watched service; answers whether it had before, unless it has closed.
    pub(super) fn touch(&mut self, journey: JourneyRef, pair: usize) -> Option<bool> {
        self.get(journey)?;
        let index = journey.index as usize;
        if index >= self.touched.len() {
            self.touched.resize(index + 1, 0);
        }
        let before = self.touched[index];
        self.touched[index] |= 1 << pair;
        Some(before & (1 << pair) != 0)
    }

    /// Attributes of the table items keyed by a journey, unless it has closed.
    pub(super) fn items(&self, journey: JourneyRef) -> Option<u64> {
        self.get(journey)?;
        Some(self.items.get(journey.index as usize).copied().unwrap_or(0))
    }

    /// Replaces the attributes of the table items keyed by a journey, unless it has closed.
    pub(super) fn set_items(&mut self, journey: JourneyRef, items: u64) {
        if self.get(journey).is_none() {
            return;
        }
        let index = journey.index as usize;
        if index >= self.items.len() {
            self.items.resize(index + 1, 0);
        }
        self.items[index] = items;
    }

    /// The key of a journey, and how many calls of it the service of this slot has counted before, unless it has closed; this one is
    /// counted, too.
    pub(super) fn count_call(&mut self, journey: JourneyRef, slot: u8) -> Option<(u64, u8)> {
        let others = self.others;
        let found = self.slots.get_mut(journey.index as usize).filter(|found| found.generation == journey.generation)?;
        let count = if let Some(count) = found.counts.get_mut(slot as usize) {
            count
        } else {
            let first = journey.index as usize * others;
            if first >= self.counts.len() {
                self.counts.resize(first + others, 0);
            }
            &mut self.counts[first + slot as usize - COUNTS]
        };
        let before = *count;
        *count = count.saturating_add(1);
        Some((found.key, before))
    }

    /// Closes a journey whose last share was closed; it must be there. The answer is what it was.
    pub(super) fn close(&mut self, journey: JourneyRef, paths: &mut Paths) -> &Journey {
        let slot = &mut self.slots[journey.index as usize];
        debug_assert!(slot.generation == journey.generation, "a journey closes once");
        paths.free(&mut slot.laps);
        slot.generation = slot.generation.wrapping_add(1);
        slot.open = 0;
        slot.laps = self.free;
        self.free = journey.index;
        self.live -= 1;
        slot
    }

    /// Journeys in flight.
    pub fn len(&self) -> usize {
        self.live
    }

    /// Whether none is in flight.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Journeys in flight.
    pub fn iter(&self) -> impl Iterator<Item = &Journey> {
        self.slots.iter().filter(|journey| journey.open > 0)
    }
}

/// A milestone that a journey has just reached.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    pub workload: u16,
    pub milestone: u16,
    pub latency: Time,
    pub measured: bool,
    /// Whether this is the milestone that rates and critical paths refer to.
    pub observed: bool,
    /// Whether the journey had been given up before.
    pub late: bool,
    /// Whether the measured window is open now, whenever the journey started.
    pub in_window: bool,
    /// The critical path, when this is the observed milestone of a watched journey.
    pub path: PathId,
}

#[cfg(test)]
mod tests {
    use super::{COUNTED_SERVICES_MAX, Journeys};
    use crate::fabric::path::Paths;

    #[test]
    fn calls_are_counted_by_journey_and_service_and_forgotten_with_the_journey() {
        let slots = [0, 7, 8, COUNTED_SERVICES_MAX as u8 - 1];
        let mut journeys = Journeys::new(COUNTED_SERVICES_MAX);
        let first = journeys.open(0, 10, 0, true);
        let second = journeys.open(0, 20, 0, true);
        for before in 0..3 {
            for slot in slots {
                assert_eq!(journeys.count_call(first, slot), Some((10, before)), "service {slot}");
            }
        }
        for slot in slots {
            assert_eq!(journeys.count_call(second, slot), Some((20, 0)), "service {slot}, whatever the other journey did");
        }
        journeys.close(first, &mut Paths::default());
        assert_eq!(journeys.count_call(first, 0), None, "it has closed");
        let third = journeys.open(5, 30, 0, true);
        assert_eq!(third.index, first.index, "the slot is used again");
        for slot in slots {
            assert_eq!(journeys.count_call(third, slot), Some((30, 0)), "service {slot}, in a slot used before");
            assert_eq!(journeys.count_call(second, slot), Some((20, 1)), "service {slot}");
        }
    }

    #[test]
    fn table_items_are_forgotten_with_the_journey() {
        let mut journeys = Journeys::new(0);
        let first = journeys.open(0, 10, 0, true);
        assert_eq!(journeys.items(first), Some(0));
        journeys.set_items(first, 5);
        assert_eq!(journeys.items(first), Some(5));
        journeys.close(first, &mut Paths::default());
        assert_eq!(journeys.items(first), None, "it has closed");
        let second = journeys.open(5, 20, 0, true);
        assert_eq!((second.index, journeys.items(second)), (first.index, Some(0)));
    }
}
