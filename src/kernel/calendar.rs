//! The pending-event set and the total order of events.
//!
//! Events are ordered by (time, class, insertion). The class is the top byte of the 64-bit order and the insertion
//! number the other 56 bits, so one integer comparison decides ties. Events of the default class that are scheduled
//! for the current instant go through a first-in-first-out lane instead of the heap; a calendar event of the same
//! instant that sorts earlier precedes the lane.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::Time;

/// Position of an event among the events of the same instant: lower classes come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventClass {
    /// Changes of the world that must be seen by everything else at that instant (timeline entries).
    First = 0,
    /// Everything else.
    Default = 1,
    /// Book-keeping that must see the outcome of the instant (end of warm-up, horizon).
    Last = 2,
}

/// A pending event: when, in what order, for whom, and one word of argument. What it refers to lives in slabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    pub time: Time,
    /// Class in the top byte, insertion number below.
    pub order: u64,
    /// The party that handles the event.
    pub party: u16,
    /// What kind of event it is for that party.
    pub kind: u16,
    /// Index of what the event is about.
    pub argument: u32,
}

/// The event calendar in use. A type alias, so that another pending-event set is one line.
pub type Calendar = HeapCalendar;

/// A calendar on std's binary heap with a zero-delay lane.
#[derive(Debug, Default)]
pub struct HeapCalendar {
    now: Time,
    inserted: u64,
    lane: VecDeque<Event>,
    heap: BinaryHeap<Reverse<Event>>,
}

impl HeapCalendar {
    /// The current virtual time.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        self.lane.len() + self.heap.len()
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.lane.is_empty() && self.heap.is_empty()
    }

    /// Schedules an event of the default class.
    #[inline]
    pub fn schedule(&mut self, time: Time, party: u16, kind: u16, argument: u32) {
        self.schedule_class(EventClass::Default, time, party, kind, argument);
    }

    /// Schedules an event of the given class; a time in the past is a mistake of the caller.
    #[inline]
    pub fn schedule_class(&mut self, class: EventClass, time: Time, party: u16, kind: u16, argument: u32) {
        debug_assert!(time >= self.now, "event scheduled {} ns in the past", self.now - time);
        let order = (u64::from(class as u8) << 56) | self.inserted;
        self.inserted += 1;
        let event = Event { time, order, party, kind, argument };
        if time == self.now && class == EventClass::Default {
            self.lane.push_back(event);
        } else {
            self.heap.push(Reverse(event));
        }
    }

    /// Removes the next event and advances the clock to it.
    #[inline]
    pub fn pop(&mut self) -> Option<Event> {
        let event = match (self.lane.front(), self.heap.peek()) {
            (None, None) => return None,
            (Some(front), Some(Reverse(top))) if top < front => self.heap.pop().map(|Reverse(event)| event),
            (Some(_), _) => self.lane.pop_front(),
            (None, Some(_)) => self.heap.pop().map(|Reverse(event)| event),
        }?;
        self.now = event.time;
        Some(event)
    }

    /// Moves the clock on to `time`, before which nothing may be pending; never back.
    pub fn advance_to(&mut self, time: Time) {
        debug_assert!(self.next_time().is_none_or(|next| next >= time), "the clock would pass a pending event");
        self.now = self.now.max(time);
    }

    /// The time of the next event.
    pub fn next_time(&self) -> Option<Time> {
        let lane = self.lane.front().map(|event| event.time);
        let heap = self.heap.peek().map(|Reverse(event)| event.time);
        lane.into_iter().chain(heap).min()
    }
}

#[cfg(test)]
mod tests {
    use super::{EventClass, HeapCalendar};

    #[test]
    fn an_event_is_24_bytes() {
        assert_eq!(std::mem::size_of::<super::Event>(), 24);
    }

    #[test]
    fn a_million_ties_keep_their_insertion_order() {
        let mut calendar = HeapCalendar::default();
        for index in 0..1_000_000_u32 {
            calendar.schedule(7, 0, 0, index);
        }
        for index in 0..1_000_000_u32 {
            assert_eq!(calendar.pop().map(|event| event.argument), Some(index));
        }
        assert!(calendar.is_empty());
    }

    #[test]
    fn earlier_calendar_events_of_the_instant_precede_the_lane() {
        let mut calendar = HeapCalendar::default();
        calendar.schedule(5, 0, 0, 1);
        calendar.schedule(5, 0, 0, 2);
        calendar.schedule_class(EventClass::Last, 5, 0, 0, 9);
        assert_eq!(calendar.pop().map(|event| event.argument), Some(1));
        calendar.schedule(5, 0, 0, 3);
        calendar.schedule_class(EventClass::First, 5, 0, 0, 0);
        let order: Vec<u32> = std::iter::from_fn(|| calendar.pop()).map(|event| event.argument).collect();
        assert_eq!(order, [0, 2, 3, 9]);
    }

    #[test]
    fn times_at_the_end_of_the_range_are_fine() {
        let mut calendar = HeapCalendar::default();
        calendar.schedule(u64::MAX, 0, 0, 1);
        calendar.schedule(0, 0, 0, 0);
        assert_eq!(calendar.next_time(), Some(0));
        assert_eq!(calendar.pop().map(|event| event.time), Some(0));
        assert_eq!(calendar.pop().map(|event| event.time), Some(u64::MAX));
        assert_eq!(calendar.pop(), None);
    }
}
