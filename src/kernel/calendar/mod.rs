//! The pending-event set and the total order of events.
//!
//! Events are ordered by (time, class, insertion). The class is the top byte of the 64-bit order and the insertion
//! number the other 56 bits, so one integer comparison decides ties. Events that are scheduled for the current instant
//! go through first-in-first-out lanes; a calendar event of the same instant that sorts earlier precedes them.
//!
//! Nothing is ever cancelled here: what may end early (time-outs, keep-alive) is kept in a queue of its owner that has
//! one event pending, so that no dead event waits in the calendar (`fabric::deadline`).

mod heap;
#[cfg(test)]
mod tests;
mod wheel;

pub use heap::HeapCalendar;
pub use wheel::WheelCalendar;

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

impl Event {
    /// What events are ordered by; no two of one calendar share it.
    #[inline]
    fn key(&self) -> (Time, u64) {
        (self.time, self.order)
    }
}

/// The event calendar in use. A type alias, so that another pending-event set is one line.
pub type Calendar = WheelCalendar;
