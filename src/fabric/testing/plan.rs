//! The services of a trial, before it is built.

use std::cell::RefCell;
use std::rc::Rc;

use indexmap::IndexMap;

use crate::fabric::journey::{Condition, WorkloadPlan, marks};
use crate::fabric::{Bounds, Builder, CallId, Context, Declarer, Operation, Outcome, PartyId, Reply, Service, Simulation};
use crate::kernel::{Streams, Time};
use crate::reader::{Diagnostics, Sources};

use super::script::{Answer, Notes, Script, Vacant};
use super::trial::Trial;

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
        let services: IndexMap<String, crate::fabric::build::Declared> = builder.declared;
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
