//! What EventBridge bills, and when.
//!
//! An entry is billed when the bus accepts it, one event for each started 64 KB. What another bus forwards is an entry like
//! any other. Rules, deliveries and their retries cost nothing.

use crate::fabric::meter::MeterId;
use crate::fabric::{Builder, Context, JourneyRef};
use crate::pricing::metering::eventbridge_events;

/// The billed dimension of a bus.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    events: MeterId,
}

impl Usage {
    /// Registers the dimension for the service being built.
    pub fn new(builder: &mut Builder) -> Self {
        Self { events: builder.meter("eventbridge-events-custom", 1) }
    }

    /// An entry was accepted.
    pub fn accepted(self, context: &mut Context, journey: JourneyRef, size: u32) {
        context.meter(self.events, eventbridge_events(u64::from(size)), journey);
    }
}
