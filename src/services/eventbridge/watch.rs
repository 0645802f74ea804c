//! Finding journeys whose events cause one another without end.
//!
//! A function that answers an event with an event that its own rule matches is a loop, and AWS does not stop it: its loop
//! detection for functions does not cover EventBridge. Nothing tells a long chain from a wide fan-out, so the watch counts
//! the events of single journeys and reports one that has far too many.

use crate::fabric::{Context, JourneyRef};

/// Events of one journey at one bus that are taken for a loop. A round through a bus and a warm function takes about 0.15 s, so a
/// loop shows within the ten minutes of a study that says nothing else; a fan-out of 2,500 events from one request is no design.
pub(super) const EVENTS_MAX: u32 = 2_500;
/// Journeys watched at once. Any journey that loops will do, so a sample is enough.
const SLOTS: usize = 256;

/// Counts the events of a sample of journeys, in constant memory.
#[derive(Debug)]
pub(super) struct Watch {
    slots: Vec<(JourneyRef, u32)>,
}

impl Watch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self { slots: vec![(JourneyRef::NONE, 0); SLOTS] }
    }

    /// Notes an event of a journey; true when that was one too many.
    pub fn sees_loop(&mut self, context: &Context, journey: JourneyRef) -> bool {
        let slot = &mut self.slots[journey.index as usize % SLOTS];
        if slot.0 == journey {
            slot.1 += 1;
        } else if context.world.journeys().get(slot.0).is_none() {
            // The journey watched here has closed: the next one takes its place. One that loops never closes.
            *slot = (journey, 1);
        }
        slot.0 == journey && journey.is_some() && slot.1 > EVENTS_MAX
    }
}
