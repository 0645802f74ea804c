//! Faults of the timeline that need a memory: networks that are cut in two, and payloads that are poison.
//!
//! A network between two services that is cut loses calls and answers without a word. Who made a call waits for its own time-out;
//! one that sets none hears of the loss when the time-out of its connection has passed since it made the call. A call that had
//! arrived is worked on all the same. Messages in a lost answer of a queue come back by their visibility time-out.
//!
//! A payload is poison for a service if its journey started while the timeline poisoned that service, and its luck is bad. It fails
//! there whenever it is tried, also when the entry of the timeline is over.

use crate::kernel::{SECOND, Time};

use super::build::Assumption;
use super::call::{CallId, Class, NO_PARTY, NONE, Operation, PartyId, Reply, errors};
use super::context::{Context, Luck};
use super::journey::JourneyRef;
use super::world::{World, kind};

/// Assumed because kits differ: boto3 waits 60 s for a connection and for an answer, the Rust kit 3.1 s for a connection, the
/// JavaScript kit without end. Source: <https://github.com/boto/botocore/blob/develop/botocore/endpoint.py> and
/// <https://github.com/smithy-lang/smithy-rs>, read 2026-11-23.
pub const CONNECTION_TIME_OUT: Assumption = Assumption {
    name: "network.connection_timeout",
    default: 60.0,
    unit: "s",
    low: 3.1,
    high: 300.0,
    why: "how long a caller that sets no time-out waits when the network is cut depends on its kit: 60 s with boto3, 3.1 s for a \
          connection with Rust's",
};

/// What the timeline has done to networks and payloads so far.
#[derive(Clone, Debug)]
pub struct Faults {
    /// Pairs of services between which nothing passes; a pair may be cut more than once at a time.
    cuts: Vec<(u16, u16)>,
    poisons: Vec<Poison>,
    pub connection_timeout: Time,
}

impl Default for Faults {
    fn default() -> Self {
        let connection_timeout = (CONNECTION_TIME_OUT.default * SECOND as f64) as Time;
        Self { cuts: Vec::new(), poisons: Vec::new(), connection_timeout }
    }
}

/// A share of the journeys that start in a span of time is poison for a service.
#[derive(Clone, Copy, Debug)]
struct Poison {
    service: u16,
    from: Time,
    until: Time,
    share: f64,
}

impl Faults {
    /// Whether any network is cut.
    #[inline]
    pub(super) fn is_partitioned(&self) -> bool {
        !self.cuts.is_empty()
    }

    fn is_cut(&self, one: u16, other: u16) -> bool {
        self.cuts.contains(&(one, other)) || self.cuts.contains(&(other, one))
    }

    /// Cuts the network between two services, or mends it.
    pub(super) fn cut(&mut self, one: u16, other: u16, cut: bool) {
        if cut {
            self.cuts.push((one, other));
        } else if let Some(place) = self.cuts.iter().position(|known| *known == (one, other)) {
            self.cuts.remove(place);
        }
    }

    /// Journeys that start from `now` on are poison for a service with this probability; 0 ends what began before.
    pub(super) fn poison(&mut self, now: Time, service: u16, share: f64) {
        for open in self.poisons.iter_mut().filter(|open| open.service == service && open.until == Time::MAX) {
            open.until = now;
        }
        if share > 0.0 {
            self.poisons.push(Poison { service, from: now, until: Time::MAX, share });
        }
    }
}

impl World {
    fn between(&self, caller: PartyId, callee: PartyId) -> Option<(u16, u16)> {
        (caller != NO_PARTY).then(|| (self.parties[caller as usize].service, self.parties[callee as usize].service))
    }

    /// Whether a call that is about to arrive is lost on its way; its caller then hears nothing until its connection times out.
    pub(super) fn loses_call(&mut self, call: CallId) -> bool {
        let slot = &self.calls[call];
        let ends = self.between(slot.caller, slot.callee);
        if !ends.is_some_and(|(caller, callee)| self.faults.is_cut(caller, callee)) {
            return false;
        }
        self.drop_named_records(call);
        self.calls[call].answered = true;
        self.time_out_later(call);
        true
    }

    /// Whether the answer that is about to be delivered is lost on its way.
    pub(super) fn loses_reply(&mut self, call: CallId) -> bool {
        let slot = &self.calls[call];
        let ends = self.between(slot.caller, slot.callee);
        if slot.lost || !ends.is_some_and(|(caller, callee)| self.faults.is_cut(caller, callee)) {
            return false;
        }
        if slot.operation == Operation::ReceiveMessage && slot.batch != NONE {
            self.batches.remove(slot.batch);
        }
        self.time_out_later(call);
        true
    }

    fn time_out_later(&mut self, call: CallId) {
        let now = self.now();
        let slot = &mut self.calls[call];
        slot.lost = true;
        let Reply { outcome, content, size, batch, flag, .. } = Reply::error(Class::TimedOut, errors::TIMEOUT);
        (slot.outcome, slot.content, slot.size, slot.batch, slot.flag) = (outcome, content, size, batch, flag);
        let at = slot.since.saturating_add(self.faults.connection_timeout).max(now);
        let caller = slot.caller;
        self.calendar.schedule(at, caller, kind::REPLY, call);
    }

    /// Frees the copies of messages that a call names to a queue, which will never read them, unless the caller keeps them.
    pub(super) fn drop_named_records(&mut self, call: CallId) {
        let slot = &self.calls[call];
        let named = [Operation::DeleteMessage, Operation::ChangeMessageVisibility].contains(&slot.operation);
        if named && slot.batch != NONE && !self.batches[slot.batch].kept {
            self.batches.remove(slot.batch);
        }
    }
}

impl Context<'_> {
    /// Whether the timeline has poisoned anything so far.
    #[inline]
    pub fn has_poison(&self) -> bool {
        !self.world.faults.poisons.is_empty()
    }

    /// Whether the payload of a journey always fails at this service.
    pub fn is_poisoned(&self, journey: JourneyRef) -> bool {
        let service = self.service();
        let Some(found) = self.world.journeys.get(journey) else { return false };
        self.world.faults.poisons.iter().enumerate().any(|(index, poison)| {
            poison.service == service
                && (poison.from..poison.until).contains(&found.started)
                && self.draw(Luck::Poison, found.key, index as u64).chance(poison.share)
        })
    }
}
