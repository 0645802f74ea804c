//! Load that callers impose on the services which the timeline disturbs: the calls that arrive there, and which of them repeat
//! earlier ones.
//!
//! A call repeats another if it, or something that led to it, was tried again (a client's or workflow's retry, an event's next
//! attempt, a message received once more) and its journey has come from the same caller to the same service before. What a retry
//! is the first to reach is no repetition. Asking a queue for messages, and telling it what became of them, is no load here.

use super::call::{Call, CallId, NONE, Operation};
use super::journey::JourneyRef;
use super::series::Bins;
use super::world::World;

/// Callers of one watched service that are told apart for each journey.
const PAIRS_MAX: usize = 64;

/// Calls from one service to another, per time bin of warm-up and window.
#[derive(Clone, Debug)]
pub struct Load {
    pub caller: u16,
    pub callee: u16,
    pub calls: Bins,
    /// Calls that repeat no other.
    pub first: Bins,
}

/// The load on all watched services.
#[derive(Clone, Debug, Default)]
pub struct Loads {
    pub pairs: Vec<Load>,
}

impl Loads {
    /// The pair of a caller and a watched service; the first call makes it.
    fn pair(&mut self, caller: u16, callee: u16) -> usize {
        if let Some(found) = self.pairs.iter().position(|pair| (pair.caller, pair.callee) == (caller, callee)) {
            return found;
        }
        self.pairs.push(Load { caller, callee, calls: Bins::default(), first: Bins::default() });
        self.pairs.len() - 1
    }
}

impl World {
    /// Watches the load on a service.
    pub fn watch_load(&mut self, service: u16) {
        for plan in self.parties.iter_mut().filter(|plan| plan.service == service) {
            plan.watched = plan.gate;
        }
    }

    /// A call arrives at a watched service.
    pub(super) fn note_load(&mut self, call: CallId) {
        let call = self.calls[call];
        let about_messages =
            [Operation::ReceiveMessage, Operation::DeleteMessage, Operation::ChangeMessageVisibility].contains(&call.operation);
        let Some(caller) = self.parties.get(call.caller as usize).filter(|_| !about_messages) else { return };
        let (caller, callee) = (caller.service, self.parties[call.callee as usize].service);
        let pair = self.loads.pair(caller, callee);
        let repeats = self.touch(self.payer(&call), pair) && call.repeat;
        if !self.metrics.has_ended() {
            let now = self.calendar.now();
            let load = &mut self.loads.pairs[pair];
            load.calls.add(now, 1);
            if !repeats {
                load.first.add(now, 1);
            }
        }
    }

    /// The journey of a call; a batch goes by its first record.
    fn payer(&self, call: &Call) -> JourneyRef {
        if call.journey.is_some() || call.batch == NONE {
            return call.journey;
        }
        self.batches[call.batch].records.first().map_or(JourneyRef::NONE, |record| record.journey)
    }

    /// Notes that a journey has come to a service from a caller; answers whether it had before. Where that is not known, what is
    /// tried again counts as a repetition.
    fn touch(&mut self, journey: JourneyRef, pair: usize) -> bool {
        if pair < PAIRS_MAX { self.journeys.touch(journey, pair).unwrap_or(true) } else { true }
    }
}
