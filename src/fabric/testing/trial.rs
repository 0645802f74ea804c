//! A small world under test, and what it tells.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::fabric::batch::Record;
use crate::fabric::journey::marks;
use crate::fabric::limit::Limiter;
use crate::fabric::path::Category;
use crate::fabric::world::kind;
use crate::fabric::{
    CallId, Class, ContentId, Context, Disturbance, JourneyRef, NONE, Operation, Parameters, PartyId, Reply, Request, Service,
    Simulation,
};
use crate::kernel::Time;
use crate::results::AssumptionUse;
use crate::stats::Histogram;

use super::script::{Arrival, Notes, Planned, TIMER_CALL};

/// A small world under test. Journeys end as the first of the fabric's own marks that they carry, in bit order, or under
/// no name; their one milestone, `done`, is the mark of that name.
pub struct Trial {
    pub simulation: Simulation<Box<dyn Service>>,
    pub assumptions: Vec<AssumptionUse>,
    pub(super) services: IndexMap<String, crate::fabric::build::Declared>,
    pub(super) driver: Rc<RefCell<Notes>>,
    pub(super) stubs: IndexMap<String, Rc<RefCell<Notes>>>,
}

impl Trial {
    /// The index of a call site with these parameters.
    pub fn site(&mut self, parameters: Parameters) -> u32 {
        let sites = &mut self.simulation.world.sites;
        sites.iter().position(|known| *known == parameters).unwrap_or_else(|| {
            sites.push(parameters);
            sites.len() - 1
        }) as u32
    }

    /// The party of a service that takes an operation.
    pub fn party(&self, service: &str, operation: Operation) -> PartyId {
        let ports = &self.services[service].ports;
        ports.iter().find(|(known, _)| *known == operation).expect("the service takes the operation").1
    }

    /// Plans a call of no journey, or of the request's; answers its token.
    pub fn at(&mut self, time: Time, service: &str, request: Request) -> u32 {
        self.plan_call(time, service, request, false)
    }

    /// Plans a call that opens a journey of its own, with the token as its key.
    pub fn journey_at(&mut self, time: Time, service: &str, request: Request) -> u32 {
        self.plan_call(time, service, request, true)
    }

    fn plan_call(&mut self, time: Time, service: &str, request: Request, opens_journey: bool) -> u32 {
        let callee = self.party(service, request.operation);
        let mut notes = self.driver.borrow_mut();
        notes.planned.push(Planned { callee, request, opens_journey, call: NONE, heard: None });
        let token = notes.planned.len() as u32 - 1;
        self.simulation.world.calendar.schedule(time, 0, kind::TIMER + TIMER_CALL, token);
        token
    }

    /// Opens a journey that several calls can share; it stays open until [`Trial::close_journey`].
    pub fn open_journey(&mut self, key: u64) -> JourneyRef {
        let mut context = Context::new(&mut self.simulation.world, 0);
        let (journey, _) = context.open_journey(0, key, false);
        context.hold(journey);
        journey
    }

    /// Nothing but its open calls keeps a journey of [`Trial::open_journey`] any longer.
    pub fn close_journey(&mut self, journey: JourneyRef) {
        Context::new(&mut self.simulation.world, 0).release(journey);
    }

    /// Handles everything to the end and lets every party account for what needed no events.
    pub fn run(&mut self) {
        self.run_until(Time::MAX);
        self.finish();
    }

    /// Handles everything up to `time`, which becomes the current time.
    pub fn run_until(&mut self, time: Time) {
        self.simulation.run_until(time);
        assert!(self.simulation.world.stopped().is_none(), "{:?}", self.simulation.world.stopped());
    }

    /// The current time.
    pub fn now(&self) -> Time {
        self.simulation.world.now()
    }

    /// Calls that were answered after their caller had given up.
    pub fn abandoned(&self) -> u64 {
        self.simulation.world.abandoned()
    }

    /// Whether every call was answered and every journey and message has come to its end.
    pub fn all_is_over(&self) -> bool {
        let world = &self.simulation.world;
        world.open_calls() == 0 && world.journeys().is_empty() && world.open_messages() == 0
    }

    /// Answers a call that a stub left open.
    pub fn answer(&mut self, call: CallId, reply: Reply, after: Time) {
        Context::new(&mut self.simulation.world, 0).reply(call, reply, after);
    }

    /// The caller of a planned call gives up now.
    pub fn abandon(&mut self, token: u32) {
        let call = self.driver.borrow().planned[token as usize].call;
        Context::new(&mut self.simulation.world, 0).abandon(call);
    }

    /// When a planned call was answered, and how.
    pub fn heard(&self, token: u32) -> Option<(Time, Reply)> {
        self.driver.borrow().planned[token as usize].heard
    }

    /// The answer to a planned call, which must have been answered.
    pub fn reply(&self, token: u32) -> Reply {
        self.heard(token).expect("the call was answered").1
    }

    /// When each of the planned calls was answered, and how; all must have been.
    pub fn answers(&self) -> Vec<(Time, Reply)> {
        self.driver.borrow().planned.iter().map(|planned| planned.heard.expect("the call was answered")).collect()
    }

    /// How many of the planned calls were answered in this way; all must have been answered.
    pub fn answered(&self, class: Class) -> usize {
        self.answers().iter().filter(|(_, reply)| reply.outcome.class == class).count()
    }

    /// The name of the error of an answer; empty when there is none.
    pub fn error_name(&self, reply: Reply) -> &str {
        &self.simulation.world.error_names[reply.outcome.error as usize]
    }

    /// Stores content for requests.
    pub fn intern(&mut self, value: Value) -> ContentId {
        self.simulation.world.contents.intern(value)
    }

    /// Stored content.
    pub fn value(&self, content: ContentId) -> &Value {
        self.simulation.world.contents.value(content)
    }

    /// The journey of a planned call.
    pub fn journey(&self, token: u32) -> JourneyRef {
        self.driver.borrow().planned[token as usize].request.journey
    }

    /// Takes the records out of a batch; none when there is no batch.
    pub fn take_records(&mut self, batch: u32) -> Vec<Record> {
        if batch == NONE { Vec::new() } else { self.simulation.world.batches.remove(batch).records }
    }

    /// Stores records as a batch, as if they had been received at the start.
    pub fn put_records(&mut self, records: Vec<Record>) -> u32 {
        self.simulation.world.batches.insert(crate::fabric::Batch::of(records))
    }

    /// Batches in the store: anything left when all is done is a leak.
    pub fn open_batches(&self) -> usize {
        self.simulation.world.batches.len()
    }

    /// What a stub got.
    pub fn arrivals(&self, stub: &str) -> Vec<Arrival> {
        self.stubs[stub].borrow().arrivals.clone()
    }

    /// The timeline does something to a service from `time` on.
    pub fn disturb(&mut self, time: Time, service: &str, disturbance: Disturbance) {
        let party = self.services[service].main;
        self.simulation.disturb_at(time, party, disturbance);
    }

    /// The measured window ends; what follows is drain.
    pub fn end_measuring(&mut self) {
        let now = self.now();
        self.simulation.world.close_arrivals();
        self.simulation.world.metrics.end_measuring(now);
    }

    /// The measured window starts now.
    pub fn begin_measuring(&mut self) {
        let now = self.now();
        self.simulation.world.metrics.begin_measuring(now);
    }

    fn index(&self, service: &str) -> u16 {
        self.services[service].index
    }

    /// The value of a counter.
    pub fn counter(&self, service: &str, name: &str) -> u64 {
        let index = self.index(service);
        let counters = &self.simulation.world.metrics.counters;
        let found = counters.iter().position(|counter| counter.service == index && counter.name == name);
        self.simulation.world.metrics.counted(found.expect("a counter of that name"))
    }

    /// The value of a level now, and its highest.
    pub fn level(&self, service: &str, name: &str) -> (u64, u64) {
        let index = self.index(service);
        let levels = &self.simulation.world.metrics.levels;
        let found = levels.iter().position(|level| level.service == index && level.name == name).expect("a level of that name");
        let metrics = &self.simulation.world.metrics;
        (metrics.value(crate::fabric::metric::LevelId(found as u32)), metrics.highest(found))
    }

    /// The recorded durations of a timing.
    pub fn timing(&self, service: &str, name: &str) -> &Histogram {
        let index = self.index(service);
        let timings = &self.simulation.world.metrics.timings;
        &timings.iter().find(|timing| timing.service == index && timing.name == name).expect("a timing of that name").histogram
    }

    /// The metered quantity of a price row, as counted (before the divisor).
    pub fn metered(&self, service: &str, sku: &str) -> u128 {
        let index = self.index(service);
        let meters = &self.simulation.world.ledger.meters;
        meters.iter().filter(|meter| meter.service == index && meter.sku == sku).map(|meter| meter.quantity).sum()
    }

    /// A limiter by its name, of a service or of the `account`.
    pub fn limiter(&self, service: &str, name: &str) -> &Limiter {
        let limiters = &self.simulation.world.limiters;
        limiters
            .iter()
            .find(|limiter| limiter.plan.service == service && limiter.plan.name == name)
            .expect("a limiter of that name")
    }

    /// Quota, requests seen and requests refused of a limiter of a service or of the `account`.
    pub fn limit(&self, service: &str, name: &str) -> (f64, u64, u64) {
        let limiter = self.limiter(service, name);
        (limiter.quota(), limiter.asked, limiter.refused)
    }

    /// Journeys that ended as `name`; an empty name is those that ended under none.
    pub fn endings(&self, name: &str) -> u64 {
        let place = marks::NAMES.iter().position(|known| *known == name).unwrap_or(marks::NAMES.len());
        self.simulation.world.outcomes.workloads[0].endings[place]
    }

    /// Latencies of the milestone `done`.
    pub fn done(&self) -> &Histogram {
        &self.simulation.world.outcomes.workloads[0].milestones[0]
    }

    /// Total time on the critical paths to `done` at a service for a category.
    pub fn on_path(&self, service: &str, category: Category) -> u128 {
        let key = (self.index(service), category);
        let classes = &self.simulation.world.outcomes.workloads[0].classes;
        classes.iter().flat_map(|class| classes.spent(class)).filter(|(place, _)| *place == key).map(|(_, spent)| spent).sum()
    }

    /// Journeys in flight.
    pub fn open_journeys(&self) -> usize {
        self.simulation.world.journeys().len()
    }

    /// Events handled so far.
    pub fn events(&self) -> u64 {
        self.simulation.world.events()
    }

    /// Lets every party account for what needed no events.
    pub fn finish(&mut self) {
        self.simulation.finish();
    }
}
