//! The world: everything that parties share, and the event loop that delivers to them.

use crate::kernel::{Calendar, EventClass, Slab, Streams, Time};

use super::batch::{Batch, Record};
use super::call::{Call, CallId, NO_PARTY, NONE, Operation, Parameters, PartyId};
use super::content::Contents;
use super::faults::Faults;
use super::journey::{Journey, JourneyRef, Journeys, Reached, WorkloadPlan};
use super::limit::Limiter;
use super::load::Loads;
use super::meter::Ledger;
use super::metric::Metrics;
use super::outcomes::Outcomes;
use super::path::{PathId, Paths};
use super::roll::RollEntry;
use super::trace::Tracer;

/// Event kinds that the loop itself understands; a party's own timers start at [`TIMER`].
pub(super) mod kind {
    pub const ARRIVE: u16 = 0;
    pub const REPLY: u16 = 1;
    pub const DISTURB: u16 = 2;
    pub const TIMER: u16 = 16;
}

/// What the timeline is doing to a service at the moment.
#[derive(Clone, Copy, Debug)]
pub struct Condition {
    /// Every call is answered with an error.
    pub down: bool,
    /// Service times and latencies are multiplied by this.
    pub slow: f64,
    /// Share of calls answered with a retryable error.
    pub fail: f64,
}

impl Condition {
    /// Undisturbed.
    pub const NORMAL: Condition = Condition { down: false, slow: 1.0, fail: 0.0 };
}

/// A party's identity: which service it acts for, and the key of its draws.
#[derive(Clone, Debug)]
pub struct PartyPlan {
    /// Index of the service.
    pub service: u16,
    /// Hash of the service's name: the same service has the same luck in every design.
    pub key: u32,
    /// Calls pass the gate of the timeline (the service proper, not its connections).
    pub gate: bool,
    /// The load on it is watched.
    pub watched: bool,
    /// Slot of the per-journey call counter, if calls to this party are keyed by journey and count.
    pub counted: Option<u8>,
}

/// Why a run ended before its horizon and drain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The limit on events was reached.
    Events(u64),
    /// Too much work was in flight at once.
    InFlight(u64),
    /// Too many different payload contents.
    Contents,
    /// A chain of events caused itself too often; the names of the services it passes.
    Loop(String),
}

/// Bounds that every run has.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub events: u64,
    /// Open calls and queued messages.
    pub in_flight: u64,
}

/// Calls that there is room for from the start. More are moved as their number grows, which a call, being aligned to lines of the
/// cache, cannot be in place; and after pieces of many megabytes were given back, `malloc` keeps larger ones than before.
const CALLS_ROOM: usize = 1 << 20;

/// Lists of records that are kept to be used again.
const SPARE_MAX: usize = 1024;

/// Everything shared.
#[derive(Debug)]
pub struct World {
    pub(super) calendar: Calendar,
    pub(super) calls: Slab<Call>,
    pub(super) batches: Slab<Batch>,
    /// Lists of records that are not in use, to be used again.
    pub(super) spare_records: Vec<Vec<Record>>,
    pub(super) journeys: Journeys,
    pub(super) paths: Paths,
    pub contents: Contents,
    pub limiters: Vec<Limiter>,
    pub ledger: Ledger,
    pub metrics: Metrics,
    pub loads: Loads,
    pub outcomes: Outcomes,
    pub(super) streams: Streams,
    pub(super) sites: Vec<Parameters>,
    pub(super) parties: Vec<PartyPlan>,
    pub conditions: Vec<Condition>,
    pub faults: Faults,
    pub service_names: Vec<String>,
    pub error_names: Vec<String>,
    pub mark_names: Vec<String>,
    /// Which service makes which mark, by index.
    pub marks_made: Vec<(u16, u32)>,
    /// Calls that each service got for journeys of the measured window.
    pub calls_for_journeys: Vec<u64>,
    pub workloads: Vec<WorkloadPlan>,
    pub(super) tracer: Option<Tracer>,
    pub(super) arrivals_open: bool,
    pub(super) stopped: Option<Stopped>,
    pub(super) bounds: Bounds,
    pub(super) fingerprint: u64,
    pub(super) events: u64,
    pub(super) abandoned: u64,
    pub(super) messages: u64,
}

impl World {
    /// An empty world.
    pub(super) fn new(streams: Streams, bounds: Bounds) -> Self {
        Self {
            calendar: Calendar::default(),
            calls: Slab::with_capacity(CALLS_ROOM),
            batches: Slab::default(),
            spare_records: Vec::new(),
            journeys: Journeys::default(),
            paths: Paths::default(),
            contents: Contents::default(),
            limiters: Vec::new(),
            ledger: Ledger::default(),
            metrics: Metrics::default(),
            loads: Loads::default(),
            outcomes: Outcomes::default(),
            streams,
            sites: vec![Parameters::None],
            parties: Vec::new(),
            conditions: Vec::new(),
            faults: Faults::default(),
            service_names: Vec::new(),
            error_names: super::call::errors::NAMES.iter().map(ToString::to_string).collect(),
            mark_names: super::journey::marks::NAMES.iter().map(ToString::to_string).collect(),
            marks_made: Vec::new(),
            calls_for_journeys: Vec::new(),
            workloads: Vec::new(),
            tracer: None,
            arrivals_open: true,
            stopped: None,
            bounds,
            fingerprint: 0xcbf2_9ce4_8422_2325,
            events: 0,
            abandoned: 0,
            messages: 0,
        }
    }

    /// The current virtual time.
    #[inline]
    pub fn now(&self) -> Time {
        self.calendar.now()
    }

    /// Fingerprint of the event sequence so far.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Why the run ended early, if it did.
    pub fn stopped(&self) -> Option<&Stopped> {
        self.stopped.as_ref()
    }

    /// Marks emitted more than once by one journey: side effects of duplicates.
    pub fn duplicates(&self) -> u64 {
        self.outcomes.workloads.iter().map(|workload| workload.duplicates).sum()
    }

    /// Calls whose caller gave up before the answer.
    pub fn abandoned(&self) -> u64 {
        self.abandoned
    }

    /// Journeys in flight.
    pub fn journeys(&self) -> &Journeys {
        &self.journeys
    }

    /// Open calls: everything that some party still owes an answer for.
    pub fn open_calls(&self) -> usize {
        self.calls.len()
    }

    /// Messages held for journeys: shares that are not calls.
    pub fn open_messages(&self) -> u64 {
        self.messages
    }

    /// The hops of the traced journey.
    pub fn tracer(&self) -> Option<&Tracer> {
        self.tracer.as_ref()
    }

    /// The name of a service.
    pub fn service_name(&self, service: u16) -> &str {
        self.service_names.get(service as usize).map_or("", String::as_str)
    }

    /// Follows one arrival hop by hop.
    pub fn follow(&mut self, arrival: u64) {
        self.tracer = Some(Tracer::new(arrival));
    }

    /// Counts the journeys that are still open by the milestones they have not reached: the run is over.
    pub fn count_open(&mut self) {
        for journey in self.journeys.iter().filter(|journey| journey.is_measured()) {
            let outcomes = &mut self.outcomes.workloads[journey.workload() as usize];
            for (index, open) in outcomes.open.iter_mut().enumerate() {
                *open += u64::from(journey.reached & (1 << index) == 0);
            }
            outcomes.watches.iter_mut().for_each(|watch| watch.leave_open(journey));
            if let Some(roll) = &mut self.outcomes.roll {
                roll.entries.push(entry(journey, true));
            }
        }
    }

    /// The open bin of the time series is over: all series look, and the next one opens.
    #[cold]
    pub(super) fn end_bin(&mut self) {
        let bin = self.metrics.open_bin();
        if bin.is_beyond() {
            self.coarsen();
        } else {
            self.metrics.look(bin.last + 1);
            self.outcomes.look(bin.index);
            self.metrics.next_bin();
        }
    }

    fn coarsen(&mut self) {
        self.metrics.coarsen();
        self.outcomes.coarsen();
    }

    /// Ends the measured window: counts, averages and series are fixed.
    pub fn end_measuring(&mut self, now: Time) {
        let beyond = self.metrics.open_bin().is_beyond();
        let news = self.metrics.has_news() || self.outcomes.has_news();
        if news && beyond {
            self.coarsen();
        }
        if news || !beyond {
            self.metrics.look(now);
            self.outcomes.look(self.metrics.open_bin().index);
        }
        self.metrics.end_measuring(now);
    }

    /// Stops arrivals: window and cool-down are over.
    pub fn close_arrivals(&mut self) {
        self.arrivals_open = false;
    }

    /// Schedules a timeline change at a party; it precedes everything else of its instant.
    pub(super) fn schedule_disturbance(&mut self, time: Time, party: PartyId, entry: u32) {
        self.calendar.schedule_class(EventClass::First, time, party, kind::DISTURB, entry);
    }

    /// Keeps a list of records that is no longer needed, unless enough are kept.
    #[inline]
    pub(super) fn recycle(&mut self, mut records: Vec<Record>) {
        if self.spare_records.len() < SPARE_MAX {
            records.clear();
            self.spare_records.push(records);
        }
    }

    /// Mixes an event into the fingerprint: FNV-1a over words, cheap and order-sensitive.
    #[inline]
    pub(super) fn observe(&mut self, time: Time, party: u16, kind: u16, argument: u32) {
        let word = (u64::from(party) << 48) | (u64::from(kind) << 32) | u64::from(argument);
        self.fingerprint = (self.fingerprint ^ time).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        self.fingerprint = (self.fingerprint ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// Takes an answered call and frees its slot: the only place where that happens.
    #[inline]
    pub(super) fn take_answered(&mut self, call: CallId) -> Call {
        let taken = self.calls.remove(call);
        if taken.caller == NO_PARTY {
            self.abandoned += 1;
            if taken.operation == Operation::ReceiveMessage && taken.batch != NONE {
                // Messages that were already on their way to a receiver that has gone come back by their visibility time-out.
                self.batches.remove(taken.batch);
            }
        }
        taken
    }

    /// Adds an open share to a journey.
    #[inline]
    pub(super) fn hold(&mut self, journey: JourneyRef) {
        if let Some(journey) = self.journeys.get_mut(journey) {
            journey.open += 1;
        }
    }

    /// Closes an open share; the journey closes with its last one. The answer says whether there was a journey.
    #[inline]
    pub(super) fn release(&mut self, journey: JourneyRef) -> bool {
        let Some(found) = self.journeys.get_mut(journey) else { return false };
        debug_assert!(found.open > 0, "more shares closed than opened");
        found.open -= 1;
        if found.open == 0 {
            self.close_journey(journey);
        }
        true
    }

    fn close_journey(&mut self, journey: JourneyRef) {
        let now = self.now();
        let in_window = self.metrics.is_measuring();
        let Self { journeys, workloads, outcomes, paths, tracer, .. } = self;
        let closed = journeys.close(journey, paths);
        if closed.is_measured()
            && let Some(roll) = &mut outcomes.roll
        {
            roll.entries.push(entry(closed, false));
        }
        let plan = &workloads[closed.workload() as usize];
        let ending = plan.endings.iter().position(|(_, condition)| condition.holds(closed.marks));
        outcomes.close(now, closed.workload(), ending, (closed.is_measured(), in_window), now - closed.started);
        if let Some(tracer) = tracer {
            let name = ending.map(|index| plan.endings[index].0.as_str());
            tracer.close(journey, now, name);
        }
    }

    /// Emits a mark; milestones that it completes are timed.
    pub(super) fn mark(&mut self, journey: JourneyRef, mark: u32, path: PathId) {
        let now = self.now();
        let Self { journeys, workloads, outcomes, metrics, paths, tracer, mark_names, .. } = self;
        let Some(found) = journeys.get_mut(journey) else { return };
        let (before, workload, measured) = (found.marks, found.workload(), found.is_measured());
        let marks = before | 1_u64 << mark;
        if marks == before {
            outcomes.workloads[workload as usize].duplicates += u64::from(measured);
            return;
        }
        found.marks = marks;
        if let Some(tracer) = tracer {
            tracer.mark(journey, now, &mark_names[mark as usize]);
        }
        let plan = &workloads[workload as usize];
        for (index, (name, condition)) in plan.milestones.iter().enumerate() {
            let reached = 1_u16 << index;
            if found.reached & reached != 0 || !condition.holds(marks) {
                continue;
            }
            found.reached |= reached;
            if let Some(tracer) = tracer {
                tracer.milestone(journey, now, name);
            }
            let observed = index == plan.observed;
            let watched = observed && found.is_watched();
            let event = Reached {
                workload,
                milestone: index as u16,
                latency: now - found.started,
                measured,
                observed,
                late: observed && plan.given_up.iter().any(|condition| condition.holds(before)),
                in_window: metrics.is_measuring(),
                path: if watched { path } else { PathId::NONE },
            };
            outcomes.reach(now, &event, paths, !metrics.has_ended());
            if observed
                && measured
                && let Some(roll) = &mut outcomes.roll
            {
                roll.latencies.push((workload, found.key, event.latency));
            }
            if watched && tracer.is_none() {
                paths.free(&mut found.laps);
            }
        }
    }
}

fn entry(journey: &Journey, open: bool) -> RollEntry {
    RollEntry { workload: journey.workload(), key: journey.key, started: journey.started, marks: journey.marks, open }
}
