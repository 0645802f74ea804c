//! A bench for tests of rooms: calls at chosen times, stubs that answer, and everything they heard.
//!
//! A test lists services (rooms by closures, see `services::testing` for rooms from text; stubs by the operations they
//! take), builds a [`Trial`], plans calls with [`Trial::at`] or [`Trial::journey_at`], moves the clock with
//! [`Trial::run_until`], and looks at replies, arrivals, counters, levels, meters, limiters and endings. All of the run is
//! measured window, unless the test opens and closes the window itself.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;
use serde_json::Value;

use crate::kernel::{Streams, Time};
use crate::reader::{Diagnostics, Sources};
use crate::results::AssumptionUse;
use crate::stats::Histogram;

use super::batch::Record;
use super::journey::{Condition, WorkloadPlan, marks};
use super::limit::Limiter;
use super::path::Category;
use super::world::kind;
use super::{
    Bounds, Builder, CallId, Class, ContentId, Context, Declarer, Disturbance, JourneyRef, NONE, Operation, Outcome, Parameters,
    PartyId, Reply, Request, Service, Simulation,
};

/// How a stub answers: the reply and the time until it is heard; nothing leaves the call open for [`Trial::answer`].
pub type Answer = Box<dyn FnMut(&mut Context, CallId) -> Option<(Reply, Time)>>;

/// A call that a stub got.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub at: Time,
    pub call: CallId,
    pub operation: Operation,
    pub journey: JourneyRef,
    pub size: u32,
    pub content: ContentId,
    /// Copies of the records of its batch, if it has one.
    pub records: Vec<Record>,
}

/// What one script planned and heard.
#[derive(Default)]
struct Notes {
    planned: Vec<Planned>,
    arrivals: Vec<Arrival>,
}

struct Planned {
    callee: PartyId,
    request: Request,
    opens_journey: bool,
    call: CallId,
    heard: Option<(Time, Reply)>,
}

/// A party that makes planned calls and answers those it gets.
pub struct Script {
    notes: Rc<RefCell<Notes>>,
    answer: Answer,
}

const TIMER_CALL: u16 = 0;

impl Service for Script {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let got = *context.get(call);
        let records = if got.batch == NONE { Vec::new() } else { context.batch(got.batch).records.clone() };
        self.notes.borrow_mut().arrivals.push(Arrival {
            at: context.now(),
            call,
            operation: got.operation,
            journey: got.journey,
            size: got.size,
            content: got.content,
            records,
        });
        if let Some((reply, after)) = (self.answer)(context, call) {
            context.reply(call, reply, after);
        }
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        self.notes.borrow_mut().planned[token as usize].heard = Some((context.now(), reply));
    }

    fn timer(&mut self, context: &mut Context, _timer: u16, argument: u32) {
        let mut notes = self.notes.borrow_mut();
        let planned = &mut notes.planned[argument as usize];
        if planned.opens_journey {
            let (journey, path) = context.open_journey(0, u64::from(argument), true);
            planned.request.journey = journey;
            planned.request.path = path;
        }
        planned.call = context.call(planned.callee, planned.request, argument);
    }
}

impl Service for Box<dyn Service> {
    fn start(&mut self, context: &mut Context) {
        (**self).start(context);
    }
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        (**self).arrive(context, call);
    }
    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        (**self).reply(context, token, reply);
    }
    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        (**self).timer(context, timer, argument);
    }
    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        (**self).set(context, key, value);
    }
    fn finish(&mut self, context: &mut Context) {
        (**self).finish(context);
    }
}

/// Stands where building failed.
struct Vacant;

impl Service for Vacant {
    fn arrive(&mut self, _context: &mut Context, _call: CallId) {}
    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {}
    fn timer(&mut self, _context: &mut Context, _timer: u16, _argument: u32) {}
}

/// Built parties of a room.
pub type Parties = Vec<(PartyId, Box<dyn Service>)>;

enum Member {
    Room { kind: &'static str, declare: Box<dyn Fn(&mut Declarer)>, build: Box<dyn Fn(&mut Builder) -> Parties> },
    Stub { operations: Vec<Operation>, answer: Answer, facts: Vec<(&'static str, u64)> },
}

/// The services of a trial.
pub struct Plan {
    members: IndexMap<String, Member>,
    assumed: IndexMap<String, f64>,
    quotas: IndexMap<String, f64>,
    region: String,
    seed: u64,
    pub diagnostics: Diagnostics,
    pub sources: Sources,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            members: IndexMap::new(),
            assumed: IndexMap::new(),
            quotas: IndexMap::new(),
            region: "us-east-1".to_string(),
            seed: 1,
            diagnostics: Diagnostics::new(),
            sources: Sources::new(),
        }
    }
}

impl Plan {
    /// Adds a room.
    pub fn room(
        &mut self,
        name: &str,
        kind: &'static str,
        declare: impl Fn(&mut Declarer) + 'static,
        build: impl Fn(&mut Builder) -> Parties + 'static,
    ) {
        self.members.insert(name.to_string(), Member::Room { kind, declare: Box::new(declare), build: Box::new(build) });
    }

    /// Adds a service that takes these operations and answers as told.
    pub fn stub(
        mut self,
        name: &str,
        operations: &[Operation],
        answer: impl FnMut(&mut Context, CallId) -> Option<(Reply, Time)> + 'static,
    ) -> Self {
        let member = Member::Stub { operations: operations.to_vec(), answer: Box::new(answer), facts: Vec::new() };
        self.members.insert(name.to_string(), member);
        self
    }

    /// Adds a service that answers these operations with `outcome` after `after`.
    pub fn answering(self, name: &str, operations: &[Operation], outcome: Outcome, after: Time) -> Self {
        self.stub(name, operations, move |_, _| Some((Reply::new(outcome), after)))
    }

    /// Adds a service that accepts these operations after `after`.
    pub fn accepting(self, name: &str, operations: &[Operation], after: Time) -> Self {
        self.answering(name, operations, Outcome::OK, after)
    }

    /// Publishes a number of the stub added last.
    pub fn fact(mut self, name: &'static str, value: u64) -> Self {
        if let Some((_, Member::Stub { facts, .. })) = self.members.last_mut() {
            facts.push((name, value));
        }
        self
    }

    /// Overrides an assumption.
    pub fn assume(mut self, name: &str, value: f64) -> Self {
        self.assumed.insert(name.to_string(), value);
        self
    }

    /// Overrides a quota.
    pub fn quota(mut self, name: &str, value: f64) -> Self {
        self.quotas.insert(name.to_string(), value);
        self
    }

    /// Builds in another Region than us-east-1.
    pub fn region(mut self, region: &str) -> Self {
        self.region = region.to_string();
        self
    }

    /// Draws other luck than that of seed 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Builds and starts everything; a mistake in the configuration fails the test.
    pub fn trial(self) -> Trial {
        self.build().unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    /// Builds and starts everything, or tells the mistakes as a user sees them.
    pub fn build(self) -> Result<Trial, String> {
        let (trial, diagnostics, sources) = self.assemble();
        if diagnostics.has_errors() { Err(diagnostics.render(&sources, false)) } else { Ok(trial) }
    }

    /// The mistakes as a user sees them; a configuration without any fails the test.
    pub fn mistakes(self) -> String {
        self.build().err().expect("the configuration is refused")
    }

    /// Builds everything and returns the messages about it, in order of position.
    pub fn complaints(self) -> Vec<String> {
        let (_, diagnostics, _) = self.assemble();
        diagnostics.sorted().iter().map(|item| format!("{:?} {}: {}", item.severity, item.code.as_str(), item.message)).collect()
    }

    fn assemble(self) -> (Trial, Diagnostics, Sources) {
        let mut diagnostics = self.diagnostics;
        let mut declarer = Declarer::default();
        declarer.service("driver", "script", None);
        declarer.main_party(false);
        for (name, member) in &self.members {
            match member {
                Member::Room { kind, declare, .. } => {
                    declarer.service(name, kind, None);
                    declare(&mut declarer);
                }
                Member::Stub { operations, facts, .. } => {
                    declarer.service(name, "stub", None);
                    let party = declarer.main_party(false);
                    operations.iter().for_each(|operation| declarer.port(*operation, party));
                    facts.iter().for_each(|(fact, value)| declarer.fact(fact, *value));
                }
            }
        }
        let parties = declarer.parties();
        let bounds = Bounds { events: 200_000_000, in_flight: 50_000_000 };
        let mut builder = Builder::new(declarer, Streams::new(self.seed, 0), bounds, &self.region, &mut diagnostics);
        builder.assumed = self.assumed;
        builder.quotas = self.quotas;
        let mut slots: Vec<Box<dyn Service>> = (0..parties).map(|_| Box::new(Vacant) as Box<dyn Service>).collect();
        let driver = Rc::new(RefCell::new(Notes::default()));
        slots[0] = Box::new(Script { notes: Rc::clone(&driver), answer: Box::new(|_, _| Some((Reply::OK, 0))) });
        let mut stubs = IndexMap::new();
        for (index, (name, member)) in self.members.into_iter().enumerate() {
            builder.service = index as u16 + 1;
            match member {
                Member::Room { build, .. } => {
                    for (party, built) in build(&mut builder) {
                        slots[party as usize] = built;
                    }
                }
                Member::Stub { answer, .. } => {
                    let notes = Rc::new(RefCell::new(Notes::default()));
                    slots[builder.current().main as usize] = Box::new(Script { notes: Rc::clone(&notes), answer });
                    stubs.insert(name, notes);
                }
            }
        }
        let assumptions = std::mem::take(&mut builder.assumptions);
        let services: IndexMap<String, super::build::Declared> = builder.declared;
        let mut world = builder.world;
        let endings =
            marks::NAMES.iter().enumerate().map(|(bit, name)| ((*name).to_string(), Condition { any: vec![1 << bit] })).collect();
        let done = mark_bit(&mut world.mark_names, "done");
        let milestones = vec![("done".to_string(), Condition { any: vec![1 << done] })];
        world.outcomes.register(1, marks::NAMES.len());
        world.workloads.push(WorkloadPlan {
            name: "trial".to_string(),
            milestones,
            endings,
            observed: 0,
            fulfilled: None,
            given_up: Vec::new(),
        });
        world.metrics.begin_measuring(0);
        let mut simulation = Simulation { world, parties: slots, disturbances: Vec::new() };
        if !diagnostics.has_errors() {
            simulation.start();
        }
        (Trial { simulation, assumptions, services, driver, stubs }, diagnostics, self.sources)
    }
}

fn mark_bit(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_string());
        names.len() - 1
    })
}

/// A small world under test. Journeys end as the first of the fabric's own marks that they carry, in bit order, or under
/// no name; their one milestone, `done`, is the mark of that name.
pub struct Trial {
    pub simulation: Simulation<Box<dyn Service>>,
    pub assumptions: Vec<AssumptionUse>,
    services: IndexMap<String, super::build::Declared>,
    driver: Rc<RefCell<Notes>>,
    stubs: IndexMap<String, Rc<RefCell<Notes>>>,
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

    /// Stores records as a batch.
    pub fn put_records(&mut self, records: Vec<Record>) -> u32 {
        self.simulation.world.batches.insert(super::Batch { records })
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
        (metrics.value(super::metric::LevelId(found as u32)), metrics.highest(found))
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

#[cfg(test)]
mod tests {
    use super::{NONE, Operation, Plan, Reply, Request};
    use crate::fabric::call::errors;
    use crate::fabric::{Class, Disturbance};

    #[test]
    fn calls_are_made_when_planned_and_answers_are_heard() {
        let plan = Plan::default().accepting("provider", &[Operation::Request], 7);
        let mut trial = plan.trial();
        let early = trial.journey_at(5, "provider", Request::background(Operation::Request));
        let late = trial.at(30, "provider", Request::background(Operation::Request));
        trial.disturb(20, "provider", Disturbance::Down(true));
        trial.run_until(11);
        assert_eq!((trial.now(), trial.heard(early)), (11, None));
        assert_eq!(trial.open_journeys(), 1);
        trial.run_until(100);
        let (at, reply) = trial.heard(early).expect("answered");
        assert_eq!((at, reply.outcome, reply.batch), (12, Reply::OK.outcome, NONE));
        assert_eq!(trial.reply(late).outcome.class, Class::Unavailable);
        assert_eq!(trial.reply(late).outcome.error, errors::SERVICE_DOWN);
        assert_eq!(trial.arrivals("provider").len(), 1);
        assert_eq!((trial.open_journeys(), trial.endings("")), (0, 1));
    }
}
