//! The reference calendar: std's binary heap. It is what [`super::WheelCalendar`] is tested and measured against.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::{Event, EventClass, Time};

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

    /// As [`Self::pop`], but an event later than `until` stays where it is.
    #[inline]
    pub fn pop_until(&mut self, until: Time) -> Option<Event> {
        if self.next_time()? <= until { self.pop() } else { None }
    }

    /// Nothing is known beforehand.
    pub fn take_fresh(&mut self) -> Option<&[Event]> {
        None
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
