//! What a party can do: read the clock, make and answer calls, set timers, draw, lap, mark, meter and observe.

use crate::kernel::{Draw, Lineage, Purpose, Sampler, Time};

use super::balance::LawId;
use super::batch::{Batch, Record};
use super::call::{Call, CallId, Class, NO_PARTY, NONE, Outcome, Parameters, PartyId, Reply, Request, errors};
use super::journey::JourneyRef;
use super::limit::{Limiter, LimiterId};
use super::meter::MeterId;
use super::metric::{CounterId, DemandId, LevelId, TimingId};
use super::path::{Category, PathId};
use super::trace::Step;
use super::world::{Stopped, World, kind};

/// The world as one party sees it while it handles one event.
pub struct Context<'a> {
    pub world: &'a mut World,
    pub me: PartyId,
}

/// What draws are for; part of their key, so that two draws of one call never coincide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Luck {
    Arrival = 1,
    Field,
    Latency,
    Work,
    Failure,
    Jitter,
    Platform,
    Initialise,
    Age,
    Delivery,
    Step,
    Sample,
    Spread,
    Partition,
    Duplicate,
    Poison,
}

impl<'a> Context<'a> {
    /// The context of `me`.
    pub fn new(world: &'a mut World, me: PartyId) -> Self {
        Self { world, me }
    }

    /// The current virtual time.
    #[inline]
    pub fn now(&self) -> Time {
        self.world.calendar.now()
    }

    /// The index of the service this party acts for.
    #[inline]
    pub fn service(&self) -> u16 {
        self.world.parties[self.me as usize].service
    }

    // ---- calls ----

    /// Calls another party; it arrives at this instant, after what is already due. The journey holds one more share
    /// until the reply is delivered.
    pub fn call(&mut self, callee: PartyId, request: Request, token: u32) -> CallId {
        let now = self.now();
        self.world.hold(request.journey);
        let call = self.world.calls.insert(Call {
            journey: request.journey,
            lineage: request.lineage,
            since: now,
            token,
            content: request.content,
            size: request.size,
            path: request.path,
            batch: request.batch,
            site: request.site,
            caller: self.me,
            callee,
            outcome: Outcome::OK,
            operation: request.operation,
            repeat: request.repeat,
            answered: false,
            lost: false,
            flag: false,
        });
        if self.world.tracer.is_some() {
            let (from, to) = (self.service(), self.world.parties[callee as usize].service);
            self.trace(request.journey, || Step::Call { from, to, operation: request.operation });
        }
        if self.world.calls.len() as u64 + self.world.messages > self.world.bounds.in_flight {
            self.world.stopped = Some(Stopped::InFlight(self.world.bounds.in_flight));
        }
        self.world.calendar.schedule(now, callee, kind::ARRIVE, call);
        call
    }

    /// An open call.
    #[inline]
    pub fn get(&self, call: CallId) -> &Call {
        &self.world.calls[call]
    }

    /// The parameters of the site where the call was made.
    #[inline]
    pub fn parameters(&self, call: CallId) -> &Parameters {
        &self.world.sites[self.world.calls[call].site as usize]
    }

    /// Answers a call; the caller hears of it `after` from now. Time that nobody has lapped by then is this service's.
    pub fn reply(&mut self, call: CallId, reply: Reply, after: Time) {
        let at = self.now() + after;
        let slot = &mut self.world.calls[call];
        slot.answer(reply);
        let caller = slot.caller;
        // The reply of an abandoned call frees its slot at once, in `deliver`.
        self.world.calendar.schedule(at, caller, kind::REPLY, call);
    }

    /// The caller gives up: it will hear no reply. The callee goes on and owes one all the same.
    pub fn abandon(&mut self, call: CallId) {
        let now = self.now();
        let slot = &mut self.world.calls[call];
        slot.caller = NO_PARTY;
        slot.since = now;
    }

    /// Whether the caller of an open call has given up.
    #[inline]
    pub fn abandoned(&self, call: CallId) -> bool {
        self.world.calls[call].caller == NO_PARTY
    }

    /// When the caller of an open call gave up, if it has.
    pub fn abandoned_at(&self, call: CallId) -> Option<Time> {
        self.abandoned(call).then(|| self.world.calls[call].since)
    }

    // ---- batches ----

    /// Stores a batch.
    pub fn open_batch(&mut self, batch: Batch) -> u32 {
        self.world.batches.insert(batch)
    }

    /// A stored batch.
    pub fn batch(&self, batch: u32) -> &Batch {
        &self.world.batches[batch]
    }

    /// The journey on whose account a call is: its own, or that of the first record of its batch.
    #[inline]
    pub fn account_of(&self, call: CallId) -> JourneyRef {
        let call = self.get(call);
        match call.batch {
            NONE => call.journey,
            batch => self.batch(batch).records.first().map_or(call.journey, |record| record.journey),
        }
    }

    /// A stored batch.
    pub fn batch_mut(&mut self, batch: u32) -> &mut Batch {
        &mut self.world.batches[batch]
    }

    /// An empty list for records: one that was used before, if there is any.
    pub fn spare_records(&mut self) -> Vec<Record> {
        self.world.spare_records.pop().unwrap_or_default()
    }

    /// Gives back a list of records that is no longer needed.
    pub fn recycle(&mut self, records: Vec<Record>) {
        self.world.recycle(records);
    }

    /// The records that a call names, to be given back.
    pub fn take_records(&mut self, call: CallId) -> Vec<Record> {
        match self.get(call).batch {
            NONE => self.spare_records(),
            batch => std::mem::take(&mut self.batch_mut(batch).records),
        }
    }

    /// Gives back the records that a call names: to the caller, if it keeps them.
    pub fn give_back_records(&mut self, call: CallId, records: Vec<Record>) {
        let batch = self.get(call).batch;
        if batch != NONE && self.batch(batch).kept {
            self.batch_mut(batch).records = records;
            return;
        }
        if batch != NONE {
            self.close_batch(batch);
        }
        self.recycle(records);
    }

    /// Reads the journeys of some records together: one after the other the processor would wait for each.
    pub fn read_journeys(&self, records: &[Record]) {
        let open = |record: &Record| self.world.journeys.get(record.journey).map_or(0, |found| found.open);
        if records.len() > 1 {
            std::hint::black_box(records.iter().fold(0, |seen, record| seen ^ open(record)));
        }
    }

    /// Takes a batch out of the store.
    pub fn close_batch(&mut self, batch: u32) -> Batch {
        self.world.batches.remove(batch)
    }

    // ---- timers ----

    /// Sets a timer of this party.
    #[inline]
    pub fn timer(&mut self, after: Time, timer: u16, argument: u32) {
        let at = self.now().saturating_add(after);
        self.world.calendar.schedule(at, self.me, kind::TIMER + timer, argument);
    }

    // ---- journeys ----

    /// Opens a journey for an arrival. The caller must make at least one call for it in the same event.
    pub fn open_journey(&mut self, workload: u16, key: u64, watched: bool) -> (JourneyRef, PathId) {
        let now = self.now();
        let measured = self.world.metrics.is_measuring();
        let journey = self.world.journeys.open(now, key, workload, measured);
        self.world.outcomes.start(now, workload, measured);
        let traced = self.world.tracer.as_mut().is_some_and(|tracer| tracer.arrive(journey));
        let path = if watched || traced {
            let found = self.world.journeys.get_mut(journey).expect("just opened");
            self.world.paths.begin(now, &mut found.laps)
        } else {
            PathId::NONE
        };
        (journey, path)
    }

    /// Adds an open share to a journey: a message that a queue now keeps for it.
    pub fn hold(&mut self, journey: JourneyRef) {
        // A copy of a message may outlive its journey; then nobody waits for it.
        if let Some(found) = self.world.journeys.get_mut(journey) {
            found.open += 1;
            self.world.messages += 1;
        }
    }

    /// Closes a share opened with [`Context::hold`].
    pub fn release(&mut self, journey: JourneyRef) {
        self.world.messages -= u64::from(self.world.release(journey));
    }

    /// Emits a mark of a journey; a milestone it completes is timed, its critical path being `path`.
    pub fn mark(&mut self, journey: JourneyRef, mark: u32, path: PathId) {
        self.world.mark(journey, mark, path);
    }

    /// Whether the journey started in the measured window; background work counts while the window is open.
    #[inline]
    pub fn measured(&self, journey: JourneyRef) -> bool {
        if journey.is_some() {
            self.world.journeys.get(journey).is_some_and(|found| found.is_measured())
        } else {
            self.world.metrics.is_measuring()
        }
    }

    /// Whether arrivals still come: false during the drain.
    pub fn arrivals_open(&self) -> bool {
        self.world.arrivals_open
    }

    // ---- where the time went ----

    /// Ends a lap of `path` now: the time since its last lap passed at this service for `category`.
    #[inline]
    pub fn lap(&mut self, journey: JourneyRef, path: PathId, category: Category) -> PathId {
        let service = self.service();
        self.lap_at(journey, path, service, category)
    }

    /// Ends a lap of `path` now, on the account of another service.
    #[inline]
    pub fn lap_at(&mut self, journey: JourneyRef, path: PathId, service: u16, category: Category) -> PathId {
        let now = self.now();
        self.lap_to(journey, path, now, service, category)
    }

    /// Ends a lap of `path` at a time to come: when what is on its way now will be there.
    #[inline]
    pub fn lap_until(&mut self, journey: JourneyRef, path: PathId, end: Time, category: Category) -> PathId {
        let service = self.service();
        self.lap_to(journey, path, end, service, category)
    }

    #[inline]
    fn lap_to(&mut self, journey: JourneyRef, path: PathId, end: Time, service: u16, category: Category) -> PathId {
        if path == PathId::NONE { path } else { self.lap_watched(journey, path, end, service, category) }
    }

    fn lap_watched(&mut self, journey: JourneyRef, path: PathId, end: Time, service: u16, category: Category) -> PathId {
        let World { journeys, paths, .. } = &mut *self.world;
        let Some(found) = journeys.get_mut(journey).filter(|found| found.is_watched()) else { return PathId::NONE };
        let last = paths.end(path);
        if last >= end {
            return path;
        }
        let next = paths.lap(path, end, service, category, &mut found.laps);
        if self.world.tracer.is_some() {
            self.trace_lap(journey, service, category, end - last);
        }
        next
    }

    /// Ends a lap of a call's path now.
    #[inline]
    pub fn lap_call(&mut self, call: CallId, category: Category) {
        let Call { journey, path, .. } = self.world.calls[call];
        if path != PathId::NONE {
            let next = self.lap(journey, path, category);
            self.world.calls[call].path = next;
        }
    }

    /// Notes a step of the traced journey.
    pub fn trace(&mut self, journey: JourneyRef, step: impl FnOnce() -> Step) {
        let now = self.now();
        if let Some(tracer) = &mut self.world.tracer {
            tracer.step(journey, now, step);
        }
    }

    #[cold]
    fn trace_lap(&mut self, journey: JourneyRef, service: u16, category: Category, duration: Time) {
        self.trace(journey, || Step::Lap { service, category, duration });
    }

    /// Notes an answer to the traced journey.
    #[cold]
    pub(super) fn trace_reply(&mut self, journey: JourneyRef, from: u16, outcome: Outcome) {
        let to = self.service();
        let error = self.world.error_names[outcome.error as usize].clone();
        self.trace(journey, || Step::Reply { from, to, error });
    }

    // ---- what the timeline does ----

    /// Answers a call in its callee's stead if the timeline has the service fail, for good or by chance.
    #[cold]
    pub(super) fn turns_away(&mut self, service: u16, call: CallId) -> bool {
        let condition = self.world.conditions[service as usize];
        let failed = condition.down || {
            let (journey, lineage) = (self.get(call).journey, self.get(call).lineage);
            let key = self.journey_key(journey);
            self.draw(Luck::Failure, key, lineage.extend(self.now()).0).chance(condition.fail)
        };
        if failed {
            let error = if condition.down { errors::SERVICE_DOWN } else { errors::INJECTED };
            self.world.drop_named_records(call);
            self.reply(call, Reply::error(Class::Unavailable, error), 0);
        }
        failed
    }

    // ---- luck ----

    /// A draw keyed by this party's service, `luck` and two more words.
    #[inline]
    pub fn draw(&self, luck: Luck, a: u64, b: u64) -> Draw {
        let key = self.world.parties[self.me as usize].key;
        self.world.streams.draw(Purpose::new(key ^ (luck as u32).wrapping_mul(0x9e37_79b9)), a, b)
    }

    /// The key under which a call to this party draws: (journey, nth call of this journey to this service) where calls
    /// are counted, so that designs share their luck; elsewhere (journey, lineage and call site).
    pub fn luck_key(&mut self, call: CallId) -> (u64, u64) {
        let Call { journey, lineage, site, .. } = self.world.calls[call];
        self.luck_key_of(journey, lineage, site)
    }

    /// As [`Context::luck_key`], for work that has no call of its own (a record of a batch).
    pub fn luck_key_of(&mut self, journey: JourneyRef, lineage: Lineage, site: u32) -> (u64, u64) {
        if let Some(slot) = self.world.parties[self.me as usize].counted
            && let Some((key, nth)) = self.world.journeys.count_call(journey, slot)
        {
            let nth = u64::from(nth);
            return if nth == u64::from(u8::MAX) { (key, lineage.extend(nth).0) } else { (key, nth) };
        }
        (self.journey_key(journey), lineage.extend(u64::from(site)).0)
    }

    /// The draw key of a journey.
    pub fn journey_key(&self, journey: JourneyRef) -> u64 {
        self.world.journeys.get(journey).map_or(u64::MAX, |found| found.key)
    }

    /// Attributes of the table items keyed by a journey; none once it has closed.
    pub fn items(&self, journey: JourneyRef) -> Option<u64> {
        self.world.journeys.items(journey)
    }

    /// Replaces the attributes of the table items keyed by a journey; nothing happens once it has closed.
    pub fn set_items(&mut self, journey: JourneyRef, items: u64) {
        self.world.journeys.set_items(journey, items);
    }

    /// A duration, stretched while the timeline slows this service.
    #[inline]
    pub fn sample(&self, sampler: &Sampler, draw: Draw) -> Time {
        let nominal = sampler.sample(draw);
        let slow = self.world.conditions[self.service() as usize].slow;
        if slow == 1.0 { nominal } else { (nominal as f64 * slow) as Time }
    }

    // ---- limiters, meters, metrics ----

    /// A limiter.
    pub fn limiter(&mut self, id: LimiterId) -> &mut Limiter {
        &mut self.world.limiters[id.0 as usize]
    }

    /// Takes from a limiter, or is refused.
    #[inline]
    pub fn admit(&mut self, id: LimiterId, count: u64) -> bool {
        let now = self.now();
        self.world.limiters[id.0 as usize].try_take(now, count)
    }

    /// Takes from a delaying limiter; the answer is how long to wait.
    pub fn queue_at(&mut self, id: LimiterId, count: u64) -> Time {
        let now = self.now();
        self.world.limiters[id.0 as usize].take_or_wait(now, count)
    }

    /// Gives slots back to a limiter.
    #[inline]
    pub fn give_back(&mut self, id: LimiterId, count: u64) {
        let now = self.now();
        self.world.limiters[id.0 as usize].give_back(now, count);
    }

    /// Adds usage to a meter, on account of a journey or, with [`JourneyRef::NONE`], of the background.
    #[inline]
    pub fn meter(&mut self, meter: MeterId, quantity: u64, journey: JourneyRef) {
        let measured = self.measured(journey);
        if journey.is_some() {
            self.world.ledger.add(meter, quantity, measured);
        } else {
            self.world.ledger.add_background(meter, quantity, measured);
        }
    }

    /// Adds background usage that is accounted for after the fact; the caller says whether it fell into the measured window.
    pub fn meter_afterwards(&mut self, meter: MeterId, quantity: u64, measured: bool) {
        self.world.ledger.add_background(meter, quantity, measured);
    }

    /// Counts occurrences of the measured window that are accounted for after the fact.
    pub fn count_afterwards(&mut self, counter: CounterId, amount: u64) {
        self.world.metrics.count_afterwards(counter, amount);
    }

    /// Counts occurrences.
    #[inline]
    pub fn count(&mut self, counter: CounterId, amount: u64) {
        self.world.metrics.count(counter, amount);
    }

    /// So much is asked for now, where a rate is observed.
    #[inline]
    pub fn ask(&mut self, demand: DemandId, amount: u64) {
        let now = self.now();
        self.world.metrics.ask(now, demand, amount);
    }

    /// Raises a level.
    #[inline]
    pub fn raise(&mut self, level: LevelId, amount: u64) {
        let now = self.now();
        self.world.metrics.raise(now, level, amount);
    }

    /// Lowers a level.
    #[inline]
    pub fn lower(&mut self, level: LevelId, amount: u64) {
        let now = self.now();
        self.world.metrics.lower(now, level, amount);
    }

    /// Records a duration.
    #[inline]
    pub fn time(&mut self, timing: TimingId, duration: Time) {
        self.world.metrics.time(timing, duration);
    }

    /// Notes time spent in what a law is about, for the run's check of itself.
    #[inline]
    pub fn spend(&mut self, law: LawId, duration: Time) {
        self.world.metrics.books.spend(law, duration);
    }

    /// Stops the run: an event loop was found.
    pub fn stop_loop(&mut self, names: String) {
        if self.world.stopped.is_none() {
            self.world.stopped = Some(Stopped::Loop(names));
        }
    }
}

/// Whether an index is the absence of one.
#[inline]
pub fn is_none(index: u32) -> bool {
    index == NONE
}
