//! The fabric: messages, calls, journeys, connections, retries, limiters and program frames that every service shares.
//!
//! Everything that acts is a party, connections included. Parties talk only through calls that travel as events, so
//! nobody ever borrows two of them. The fabric knows no service.
//!
//! Left out: the network between services, apart from latencies that the rooms add (no packet loss, no bandwidth, no zones, no
//! connection set-up of clients); the processor inside a function (steps that overlap do not slow each other down); what payload
//! fields hold beyond those that some rule reads (the rest is size); text of unbounded variety in fields (at most 2,000,000
//! different contents in a run); clocks that disagree. A scenario has at most 57 marks, 64 attributes of items, 16 milestones in
//! a workload, and 65,534 services and connections together.

pub mod ahead;
pub mod balance;
pub mod batch;
pub mod build;
pub mod call;
pub mod classes;
pub mod content;
pub mod context;
pub mod deadline;
pub mod demand;
pub mod duration;
pub mod fan_out;
pub mod faults;
pub mod hand_over;
pub mod journey;
pub mod latency;
pub mod limit;
mod line;
pub mod links;
pub mod load;
pub mod meter;
pub mod metric;
pub mod outcomes;
pub mod path;
pub mod pattern;
pub mod poller;
pub mod program;
pub mod retry;
pub mod roll;
pub mod series;
pub mod steps;
#[cfg(test)]
pub mod testing;
pub mod trace;
pub mod windows;
mod world;

pub use ahead::{About, Coming};
pub use batch::{Batch, Record};
pub use build::{Builder, Declarer};
pub use call::{Call, CallId, Class, NONE, Operation, Outcome, Parameters, PartyId, Reply, Request, errors};
pub use content::ContentId;
pub use context::{Context, Luck};
pub use journey::{JourneyRef, marks};
pub use limit::{LimiterId, LimiterKind, LimiterPlan};
pub use path::{Category, PathId};
pub use world::{Bounds, Condition, Stopped, World};

use crate::kernel::{Event, Time};
use call::NO_PARTY;
use world::{PartyPlan, kind};

/// What the timeline does to a party at an instant.
#[derive(Clone, Debug, PartialEq)]
pub enum Disturbance {
    /// Every call is answered with an error, or no longer.
    Down(bool),
    /// Times are multiplied by this; 1 is back to normal.
    Slow(f64),
    /// This share of the calls fails; 0 is back to normal.
    Fail(f64),
    /// This share of the journeys that start from now on always fails there; 0 ends it for those that start later.
    Poison(f64),
    /// Nothing passes between it and this other service, or passes again.
    Cut { other: u16, cut: bool },
    /// A limiter has another quota, whoever it belongs to.
    Quota { limiter: LimiterId, quota: f64 },
    /// A named scalar of the service's configuration has another value.
    Set { key: String, value: f64 },
}

/// Anything that acts: a room, a connection, a client.
pub trait Service {
    /// The run begins.
    fn start(&mut self, _context: &mut Context) {}
    /// A call arrived; it is this party's until it replies.
    fn arrive(&mut self, context: &mut Context, call: CallId);
    /// A call this party made was answered.
    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply);
    /// A timer of this party went off.
    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32);
    /// The timeline changes a scalar of this party.
    fn set(&mut self, _context: &mut Context, _key: &str, _value: f64) {}
    /// What an event that is still to come is about.
    fn about(&self, _coming: Coming) -> About {
        About::NOTHING
    }
    /// The run is over: account for what needs no events (idle pollers, provisioned hours).
    fn finish(&mut self, _context: &mut Context) {}
}

/// A world, its parties and its timeline, ready to run once.
pub struct Simulation<P> {
    pub world: World,
    pub parties: Vec<P>,
    /// Timeline entries by index: the party and what happens to it.
    pub disturbances: Vec<(PartyId, Disturbance)>,
}

impl<P: Service> Simulation<P> {
    /// Adds an entry to the timeline; it precedes everything else of its instant.
    pub fn disturb_at(&mut self, time: Time, party: PartyId, disturbance: Disturbance) {
        self.world.schedule_disturbance(time, party, self.disturbances.len() as u32);
        self.disturbances.push((party, disturbance));
    }

    /// Starts every party, in order.
    pub fn start(&mut self) {
        for (index, party) in self.parties.iter_mut().enumerate() {
            party.start(&mut Context::new(&mut self.world, index as PartyId));
        }
    }

    /// Handles events until `until` (inclusive), at which the clock then stands, or until a bound is reached.
    pub fn run_until(&mut self, until: Time) {
        while self.world.stopped.is_none() {
            let last = self.world.metrics.bin_last();
            if let Some(event) = self.world.calendar.pop_until(until.min(last)) {
                self.look_ahead();
                self.handle(event);
            } else if last < until {
                self.world.end_bin();
            } else {
                self.world.calendar.advance_to(until);
                return;
            }
        }
    }

    /// Handles events while journeys are open, up to `until`.
    pub fn drain_until(&mut self, until: Time) {
        while !self.world.journeys.is_empty() && self.world.stopped.is_none() {
            let Some(event) = self.world.calendar.pop_until(until) else { return };
            self.handle(event);
        }
    }

    /// Lets every party account for what needed no events.
    pub fn finish(&mut self) {
        for (index, party) in self.parties.iter_mut().enumerate() {
            party.finish(&mut Context::new(&mut self.world, index as PartyId));
        }
    }

    #[inline]
    fn handle(&mut self, event: Event) {
        self.world.events += 1;
        self.world.observe(event.time, event.party, event.kind, event.argument);
        match event.kind {
            kind::REPLY => self.deliver(event.argument),
            kind::ARRIVE => self.arrive(event.party, event.argument),
            kind::DISTURB => self.disturb(event.argument),
            timer => {
                let mut context = Context::new(&mut self.world, event.party);
                self.parties[event.party as usize].timer(&mut context, timer - kind::TIMER, event.argument);
            }
        }
        if self.world.contents.is_full() {
            self.world.stopped = Some(Stopped::Contents);
        }
        if self.world.events >= self.world.bounds.events {
            self.world.stopped = Some(Stopped::Events(self.world.bounds.events));
        }
    }

    /// Hands a call to its callee, unless the timeline answers in its stead.
    #[inline]
    fn arrive(&mut self, party: PartyId, call: CallId) {
        if self.world.faults.is_partitioned() && self.world.loses_call(call) {
            return;
        }
        let PartyPlan { gate, watched, service, .. } = self.world.parties[party as usize];
        if watched {
            self.world.note_load(call);
        }
        let mut context = Context::new(&mut self.world, party);
        if gate {
            let journey = context.account_of(call);
            let counts = journey.is_some() && context.measured(journey);
            context.world.calls_for_journeys[service as usize] += u64::from(counts);
            let condition = &context.world.conditions[service as usize];
            if (condition.down || condition.fail > 0.0) && context.turns_away(service, call) {
                return;
            }
        }
        self.parties[party as usize].arrive(&mut context, call);
    }

    /// Hands a reply to the caller, and frees the call's slot and share.
    #[inline]
    fn deliver(&mut self, call: CallId) {
        if self.world.faults.is_partitioned() && self.world.loses_reply(call) {
            return;
        }
        let taken = self.world.take_answered(call);
        if taken.caller != NO_PARTY {
            let mut reply = taken.reply();
            let callee = self.world.parties[taken.callee as usize].service;
            let mut context = Context::new(&mut self.world, taken.caller);
            reply.path = context.lap_at(taken.journey, reply.path, callee, Category::Service);
            if context.world.tracer.is_some() {
                context.trace_reply(taken.journey, callee, reply.outcome);
            }
            self.parties[taken.caller as usize].reply(&mut context, taken.token, reply);
        }
        self.world.release(taken.journey);
    }

    fn disturb(&mut self, entry: u32) {
        let (party, disturbance) = &self.disturbances[entry as usize];
        let service = self.world.parties[*party as usize].service as usize;
        match disturbance {
            Disturbance::Down(down) => self.world.conditions[service].down = *down,
            Disturbance::Slow(factor) => self.world.conditions[service].slow = *factor,
            Disturbance::Fail(share) => self.world.conditions[service].fail = *share,
            Disturbance::Poison(share) => self.world.faults.poison(self.world.calendar.now(), service as u16, *share),
            Disturbance::Cut { other, cut } => self.world.faults.cut(service as u16, *other, *cut),
            Disturbance::Quota { limiter, quota } => {
                let now = self.world.calendar.now();
                self.world.limiters[limiter.0 as usize].set_quota(now, *quota);
            }
            Disturbance::Set { key, value } => {
                let mut context = Context::new(&mut self.world, *party);
                self.parties[*party as usize].set(&mut context, key, *value);
            }
        }
    }
}
