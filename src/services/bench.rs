//! A bench for rooms: services from YAML, backends that answer as told, and a caller that asks at listed times.

use std::collections::BTreeMap;

use crate::fabric::build::Assumption;
use crate::fabric::call::NONE;
use crate::fabric::journey::WorkloadPlan;
use crate::fabric::{
    Bounds, Builder, CallId, Class, ContentId, Context, Declarer, JourneyRef, Operation, Outcome, Parameters, PartyId, PathId,
    Reply, Request, Service, Simulation,
};
use crate::kernel::{Lineage, Streams, Time};
use crate::reader::{self, Diagnostics, Sources, tree};

use super::{Config, Party};

/// Something to ask: when, for which journey, of whom, what.
#[derive(Clone, Debug)]
pub struct Ask {
    pub at: Time,
    /// Journeys are opened when they are first named, and kept open until told otherwise.
    pub journey: u64,
    pub target: PartyId,
    pub operation: Operation,
    pub size: u32,
    pub content: ContentId,
    pub site: u32,
    /// The journey's last ask: afterwards it may close.
    pub last: bool,
}

/// What came back, and when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heard {
    pub at: Time,
    pub reply: Reply,
}

/// A call that a backend got.
#[derive(Clone, Debug, PartialEq)]
pub struct Got {
    pub at: Time,
    pub operation: Operation,
    pub content: serde_json::Value,
    pub size: u32,
}

/// Asks and listens.
#[derive(Debug, Default)]
pub struct Caller {
    asks: Vec<Ask>,
    heard: Vec<Option<Heard>>,
    journeys: BTreeMap<u64, JourneyRef>,
}

/// Answers every call in the same way.
#[derive(Debug)]
pub struct Backend {
    pub outcome: Outcome,
    pub after: Time,
    pub got: Vec<Got>,
    pub answered: u64,
    /// Calls whose caller had given up by the time of the answer.
    pub abandoned: u64,
}

/// The parties on the bench.
#[derive(Debug)]
pub enum Actor {
    Room(Party),
    Caller(Caller),
    Backend(Backend),
}

impl Service for Caller {
    fn start(&mut self, context: &mut Context) {
        self.heard = vec![None; self.asks.len()];
        for (index, ask) in self.asks.iter().enumerate() {
            context.timer(ask.at, 0, index as u32);
        }
    }

    fn arrive(&mut self, context: &mut Context, call: CallId) {
        context.reply(call, Reply::OK, 0);
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        self.heard[token as usize] = Some(Heard { at: context.now(), reply });
    }

    fn timer(&mut self, context: &mut Context, _timer: u16, argument: u32) {
        let ask = &self.asks[argument as usize];
        let journey = *self.journeys.entry(ask.journey).or_insert_with(|| {
            let (journey, _) = context.open_journey(0, ask.journey, false);
            context.hold(journey);
            journey
        });
        let request = Request {
            operation: ask.operation,
            journey,
            lineage: Lineage::root().extend(u64::from(argument)),
            content: ask.content,
            size: ask.size,
            path: PathId::NONE,
            batch: NONE,
            site: ask.site,
        };
        context.call(ask.target, request, argument);
        if ask.last {
            context.release(journey);
        }
    }
}

impl Service for Backend {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let taken = *context.get(call);
        let content = context.world.contents.value(taken.content).clone();
        self.got.push(Got { at: context.now(), operation: taken.operation, content, size: taken.size });
        context.timer(self.after, 0, call);
    }

    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {}

    fn timer(&mut self, context: &mut Context, _timer: u16, call: u32) {
        self.answered += 1;
        self.abandoned += u64::from(context.abandoned(call));
        context.reply(call, Reply::new(self.outcome), 0);
    }
}

impl Service for Actor {
    fn start(&mut self, context: &mut Context) {
        match self {
            Actor::Room(party) => party.start(context),
            Actor::Caller(caller) => caller.start(context),
            Actor::Backend(backend) => backend.start(context),
        }
    }
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        match self {
            Actor::Room(party) => party.arrive(context, call),
            Actor::Caller(caller) => caller.arrive(context, call),
            Actor::Backend(backend) => backend.arrive(context, call),
        }
    }
    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        match self {
            Actor::Room(party) => party.reply(context, token, reply),
            Actor::Caller(caller) => caller.reply(context, token, reply),
            Actor::Backend(backend) => backend.reply(context, token, reply),
        }
    }
    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        match self {
            Actor::Room(party) => party.timer(context, timer, argument),
            Actor::Caller(caller) => caller.timer(context, timer, argument),
            Actor::Backend(backend) => backend.timer(context, timer, argument),
        }
    }
    fn set(&mut self, context: &mut Context, key: &str, value: f64) {
        if let Actor::Room(party) = self {
            party.set(context, key, value);
        }
    }
    fn finish(&mut self, context: &mut Context) {
        if let Actor::Room(party) = self {
            party.finish(context);
        }
    }
}

/// How a bench is set up.
#[derive(Default)]
pub struct Setup<'a> {
    /// Services as a scenario writes them: `table: { type: dynamodb }`.
    pub services: &'a str,
    /// Name, operations, outcome and delay of each backend.
    pub backends: &'a [(&'a str, &'a [Operation], Outcome, Time)],
    pub region: Option<&'a str>,
    pub assumed: &'a [(&'a Assumption, f64)],
    /// Parameters of call sites; their indices are in [`Bench::sites`].
    pub sites: &'a [Parameters],
}

/// A simulation with services, backends and one caller.
pub struct Bench {
    pub simulation: Simulation<Actor>,
    pub sites: Vec<u32>,
    caller: PartyId,
    ports: BTreeMap<String, Vec<(Operation, PartyId)>>,
}

impl Setup<'_> {
    /// The bench, or the rendered mistakes of the services.
    pub fn build(&self) -> Result<Bench, String> {
        let mut diagnostics = Diagnostics::new();
        let mut sources = Sources::new();
        let file = sources.add("bench.yaml", self.services);
        let configs = self.read(file, &mut diagnostics);
        let mut declarer = Declarer::default();
        for (name, config) in &configs {
            declarer.service(name, config.kind(), None);
            config.declare(&mut declarer);
        }
        let mut parties = Vec::new();
        for (name, operations, outcome, after) in self.backends {
            declarer.service(name, "backend", None);
            let party = declarer.main_party(false);
            operations.iter().for_each(|operation| declarer.port(*operation, party));
            let backend = Backend { outcome: *outcome, after: *after, got: Vec::new(), answered: 0, abandoned: 0 };
            parties.push((party, Actor::Backend(backend)));
        }
        declarer.service("caller", "caller", None);
        let caller = declarer.main_party(false);
        parties.push((caller, Actor::Caller(Caller::default())));
        let bounds = Bounds { events: u64::MAX, in_flight: u64::MAX };
        let region = self.region.unwrap_or("us-east-1");
        let mut builder = Builder::new(declarer, Streams::new(7, 0), bounds, region, &mut diagnostics);
        builder.assumed = self.assumed.iter().map(|(assumption, value)| (assumption.name.to_string(), *value)).collect();
        for (index, (_, config)) in configs.iter().enumerate() {
            builder.service = index as u16;
            parties.extend(config.build(&mut builder).into_iter().map(|(party, built)| (party, Actor::Room(built))));
        }
        let sites = self.sites.iter().map(|site| builder.site(site.clone())).collect();
        let ports = builder.declared.values().map(|declared| (declared.name.clone(), declared.ports.clone())).collect();
        let mut world = builder.world;
        world.outcomes.register(0, 0);
        world.workloads.push(WorkloadPlan {
            name: "bench".into(),
            milestones: Vec::new(),
            endings: Vec::new(),
            observed: 0,
            fulfilled: None,
        });
        world.metrics.begin_measuring(0);
        if diagnostics.has_errors() {
            return Err(diagnostics.render(&sources, false));
        }
        parties.sort_by_key(|(party, _)| *party);
        let parties = parties.into_iter().map(|(_, actor)| actor).collect();
        Ok(Bench { simulation: Simulation { world, parties, disturbances: Vec::new() }, sites, caller, ports })
    }

    fn read(&self, file: u32, diagnostics: &mut Diagnostics) -> Vec<(String, Config)> {
        let Some(root) = tree::parse(self.services, file, diagnostics) else { return Vec::new() };
        let mut configs = Vec::new();
        for (key, value) in root.entries() {
            let mut plain = value.clone();
            let (_, kind) = plain.remove("type").expect("a service on the bench has a type");
            let decoded = super::decode(kind.as_str().unwrap_or_default(), &plain, &reader::Context::new(), diagnostics);
            if let Some(config) = decoded.expect("a service on the bench has a known type") {
                configs.push((key.as_str().unwrap_or_default().to_string(), config));
            }
        }
        configs
    }
}

impl Bench {
    /// The party that takes an operation of a service.
    pub fn party(&self, name: &str, operation: Operation) -> PartyId {
        let found = self.ports[name].iter().find(|(known, _)| *known == operation);
        found.expect("the service takes the operation").1
    }

    /// Something to ask at the start, for a journey of its own.
    pub fn ask(&self, name: &str, operation: Operation) -> Ask {
        let target = self.party(name, operation);
        Ask { at: 0, journey: 0, target, operation, size: 0, content: ContentId::EMPTY, site: 0, last: false }
    }

    /// Asks everything, runs to the end and returns what was heard of each ask, in order.
    pub fn run(&mut self, asks: Vec<Ask>) -> Vec<Option<Heard>> {
        if let Actor::Caller(caller) = &mut self.simulation.parties[self.caller as usize] {
            caller.asks = asks;
        }
        self.simulation.start();
        self.simulation.run_until(Time::MAX);
        self.simulation.finish();
        match &mut self.simulation.parties[self.caller as usize] {
            Actor::Caller(caller) => std::mem::take(&mut caller.heard),
            _ => Vec::new(),
        }
    }

    /// A backend.
    pub fn backend(&self, name: &str) -> &Backend {
        let (_, party) = self.ports[name][0];
        match &self.simulation.parties[party as usize] {
            Actor::Backend(backend) => backend,
            _ => panic!("{name} is no backend"),
        }
    }

    /// A counter of any service, by name.
    pub fn count(&self, name: &str) -> u64 {
        let counters = &self.simulation.world.metrics.counters;
        counters.iter().find(|counter| counter.name == name).expect("the counter exists").count
    }

    /// What a meter counted, in parts of its unit.
    pub fn metered(&self, sku: &str) -> u128 {
        self.simulation.world.ledger.meters.iter().filter(|meter| meter.sku == sku).map(|meter| meter.quantity).sum()
    }

    /// Quota, requests seen and requests refused of a limiter.
    pub fn limiter(&self, name: &str) -> (f64, u64, u64) {
        let found = self.simulation.world.limiters.iter().find(|limiter| limiter.plan.name == name);
        let limiter = found.unwrap_or_else(|| panic!("no limiter is called {name}"));
        (limiter.quota(), limiter.asked, limiter.refused)
    }
}

/// How many of the answers are of a class.
pub fn count_of(heard: &[Option<Heard>], class: Class) -> usize {
    heard.iter().flatten().filter(|heard| heard.reply.outcome.class == class).count()
}
