//! From a model to a simulation.

use indexmap::IndexMap;
use serde::Serialize;

use crate::fabric::call::NO_PARTY;
use crate::fabric::journey::{Condition, WorkloadPlan};
use crate::fabric::steps::{Invocation, profile};
use crate::fabric::{Bounds, Builder, Declarer, Operation, Parameters, Simulation};
use crate::kernel::{Sampler, Streams, Time};
use crate::reader::{Code, Diagnostics, Either, Spanned, suggest};
use crate::results::{AssumptionUse, SeriesKind};
use crate::scenario::{Model, WorkloadModel};
use crate::services::Party;
use crate::workload::Client;
use crate::workload::arrivals::{Arrivals, Rates};
use crate::workload::client::{Plan, Probes};
use crate::workload::config::{MarkCondition, Spacing};
use crate::workload::payload::PayloadPlan;

use super::{advice, timeline};

/// A compiled replication and what compiling found out.
pub struct Compiled {
    pub simulation: Simulation<Party>,
    pub assumptions: Vec<AssumptionUse>,
    /// Index of the first service that is a workload's clients.
    pub first_client: usize,
    pub kinds: Vec<(String, &'static str, Option<String>)>,
}

/// What `check` tells of a scenario: assumptions and quotas in force.
#[derive(Clone, Debug)]
pub struct Understood {
    pub assumptions: Vec<AssumptionUse>,
    pub quotas: Vec<QuotaInForce>,
    pub limiters: Vec<(String, String, f64, String)>,
    pub marks: Vec<String>,
}

/// An account quota that some service of the scenario has.
#[derive(Clone, Debug, Serialize)]
pub struct QuotaInForce {
    /// The name under which a scenario changes it.
    pub name: String,
    pub value: f64,
    /// AWS's default.
    pub default: f64,
}

/// Compiles one replication; mistakes go to the diagnostics.
pub fn compile(model: &Model, replication: u32, diagnostics: &mut Diagnostics) -> Option<Compiled> {
    build(model, replication, diagnostics).map(|(compiled, _)| compiled)
}

/// Compiles and tells what was understood.
pub fn understand(model: &Model, diagnostics: &mut Diagnostics) -> Option<Understood> {
    let (compiled, quotas) = build(model, 0, diagnostics)?;
    let quotas = quotas.into_iter().map(|(name, default)| {
        let value = model.quotas.get(&name).map_or(default, |(value, _)| *value);
        QuotaInForce { name, value, default }
    });
    let world = &compiled.simulation.world;
    Some(Understood {
        assumptions: compiled.assumptions,
        quotas: quotas.collect(),
        limiters: world
            .limiters
            .iter()
            .map(|limiter| (limiter.plan.service.clone(), limiter.plan.name.clone(), limiter.quota(), limiter.plan.unit.clone()))
            .collect(),
        marks: world.mark_names.clone(),
    })
}

fn build(model: &Model, replication: u32, diagnostics: &mut Diagnostics) -> Option<(Compiled, IndexMap<String, f64>)> {
    let mut declarer = Declarer::default();
    for service in &model.services {
        declarer.service(&service.name, service.config.kind(), service.context.clone());
        service.config.declare(&mut declarer);
    }
    let first_client = declarer.services.len();
    let mut clients = Vec::new();
    for workload in &model.workloads {
        if declarer.services.contains_key(&workload.name) {
            let message = format!("`{}` is the name of a service and of a workload", workload.name);
            diagnostics
                .error(workload.span, Code::DuplicateName, message)
                .hint("reports list both by name: call one of them something else");
            return None;
        }
        declarer.service(&workload.name, "workload", None);
        clients.push(declarer.main_party(false));
    }
    if declarer.parties() >= usize::from(NO_PARTY) {
        let span = model.root.span;
        diagnostics.error(span, Code::OutOfRange, "the scenario has too many services and connections (65,534 at most)");
        return None;
    }
    let kinds =
        declarer.services.values().map(|declared| (declared.name.clone(), declared.kind, declared.context.clone())).collect();
    let parties = declarer.parties();
    let streams = Streams::new(model.study.seed.0, replication);
    let bounds = Bounds { events: model.study.maximum_events.0, in_flight: model.study.maximum_in_flight.0 };
    let mut builder = Builder::new(declarer, streams, bounds, &model.region, diagnostics);
    builder.assumed = model.assumptions.iter().map(|(name, (value, _))| (name.clone(), *value)).collect();
    builder.quotas = model.quotas.iter().map(|(name, (value, _))| (name.clone(), *value)).collect();
    let mut slots: Vec<Party> = (0..parties).map(|_| Party::Vacant).collect();
    for (index, service) in model.services.iter().enumerate() {
        builder.service = index as u16;
        for (party, built) in service.config.build(&mut builder) {
            slots[party as usize] = built;
        }
    }
    let made = marks_made(&builder);
    for (index, workload) in model.workloads.iter().enumerate() {
        builder.service = (first_client + index) as u16;
        if let Some(client) = client(&mut builder, workload, index as u16, model, made.as_deref()) {
            slots[clients[index] as usize] = Party::Client(Box::new(client));
        }
    }
    let disturbances = timeline::compile(&mut builder, model);
    unknown_overrides(&mut builder, model);
    advice::give(&mut builder, model);
    let failed = builder.diagnostics.has_errors();
    let (assumptions, quotas) = (std::mem::take(&mut builder.assumptions), std::mem::take(&mut builder.known_quotas));
    let world = builder.world;
    if failed {
        return None;
    }
    let mut simulation = Simulation { world, parties: slots, disturbances: Vec::new() };
    for (time, party, disturbance) in disturbances {
        simulation.disturb_at(time, party, disturbance);
    }
    Some((Compiled { simulation, assumptions, first_client, kinds }, quotas))
}

/// Overrides of assumptions or quotas that nothing asked for are mistakes, not decoration.
fn unknown_overrides(builder: &mut Builder, model: &Model) {
    let known: Vec<String> = builder.assumptions.iter().map(|assumption| assumption.name.clone()).collect();
    for (name, (_, span)) in &model.assumptions {
        if !known.contains(name) {
            let hint = hint(name, &known);
            builder
                .diagnostics
                .error(*span, Code::UnknownKey, format!("no service of this scenario rests on an assumption `{name}`"))
                .hint(hint);
        }
    }
    outside_range(builder, model);
    let known: Vec<String> = builder.known_quotas.keys().cloned().collect();
    for (name, (_, span)) in &model.quotas {
        if !known.contains(name) {
            let hint = hint(name, &known);
            builder
                .diagnostics
                .error(*span, Code::UnknownKey, format!("no service of this scenario has a quota `{name}`"))
                .hint(hint);
        }
    }
}

/// An assumption outside of its range is taken as it is, with a warning; 0, which switches a latency off, without.
fn outside_range(builder: &mut Builder, model: &Model) {
    for assumption in &builder.assumptions {
        let Some((value, span)) = model.assumptions.get(&assumption.name) else { continue };
        let numbers = &assumption.numbers;
        if *value != 0.0 && !(numbers.low..=numbers.high).contains(value) {
            let message = format!("`{}` lies outside of its range of {}", assumption.name, assumption.range);
            builder.diagnostics.warning(*span, Code::OutOfRange, message).hint(assumption.why.clone());
        }
    }
}

pub(super) fn hint(name: &str, known: &[String]) -> String {
    if known.is_empty() {
        return "there is none in this scenario; leave it out".to_string();
    }
    suggest(name, known.iter().map(String::as_str))
        .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"))
}

/// Operations that a client may make, in the order in which a bare target name is understood.
const CLIENT_OPERATIONS: [Operation; 7] = [
    Operation::Request,
    Operation::Invoke,
    Operation::SendMessage,
    Operation::Publish,
    Operation::PutEvents,
    Operation::StartExecution,
    Operation::PutItem,
];

fn client(builder: &mut Builder, workload: &WorkloadModel, index: u16, model: &Model, made: Option<&[String]>) -> Option<Client> {
    let config = &workload.config;
    let operations: Vec<Operation> = match config.invocation {
        Some(Invocation::Event) => vec![Operation::InvokeEvent],
        _ => CLIENT_OPERATIONS.to_vec(),
    };
    let target = builder.target(&config.target, &operations, "the target of a workload");
    if let Some((bus, Operation::PutEvents)) = target {
        advice::events_of_payload(builder, bus, &config.payload);
    }
    for condition in config.milestones.values().chain(config.endings.values()) {
        unknown_marks(builder, condition, made);
    }
    let site = site(builder, workload);
    let milestones = conditions(builder, &config.milestones);
    let endings = conditions(builder, &config.endings);
    let observed = match &config.observe {
        Some(name) => {
            let place = milestones.iter().position(|(known, _)| *known == name.value);
            if place.is_none() {
                builder.error(name.span, Code::UnknownReference, format!("the workload has no milestone `{}`", name.value));
            }
            place.unwrap_or(0)
        }
        None => milestones.len().saturating_sub(1),
    };
    builder.world.outcomes.register(milestones.len(), endings.len());
    let fulfilled = endings.iter().position(|(name, _)| name == "fulfilled");
    let client = [crate::fabric::marks::REFUSED, crate::fabric::marks::TIMED_OUT].map(|mark| Condition { any: vec![1 << mark] });
    let abandoned = endings.iter().filter(|(name, _)| name == "abandoned").map(|(_, condition)| condition.clone());
    let given_up = abandoned.chain(client).collect();
    let name = workload.name.clone();
    builder.world.workloads.push(WorkloadPlan { name, milestones, endings, observed, fulfilled, given_up });
    let payload = PayloadPlan::compile(&config.payload).unwrap_or_else(|problems| {
        let fields = ["workload", workload.name.as_str(), "payload", "fields"];
        let fields = fields.iter().try_fold(&model.root, |node, key| node.get(key));
        for (field, problem) in problems {
            let span = fields.and_then(|fields| fields.entry(&field)).map_or(workload.span, |(key, _)| key.span);
            builder.error(span, Code::OutOfRange, problem);
        }
        PayloadPlan::default()
    });
    let think = match &config.think_time {
        Some(spec) => crate::fabric::duration::sampler(spec).unwrap_or_else(|message| {
            builder.error(spec.span(), Code::OutOfRange, message);
            Sampler::constant(0)
        }),
        None => Sampler::constant(0),
    };
    let probes = Probes {
        requests: builder.counter_series("requests", SeriesKind::Throughput),
        retries: builder.counter("client_retries"),
        timeouts: builder.counter("client_timeouts"),
        refused: builder.counter_series("client_refused", SeriesKind::Failures),
    };
    let (target, operation) = target?;
    let key = workload
        .name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    let bursts = config.bursts.iter().map(|burst| {
        let gap = burst.over.map_or(0, |over| over.0 / burst.count.0.max(1));
        (burst.at.0, burst.count.0, gap)
    });
    let plan = Plan {
        workload: index,
        key,
        target,
        operation,
        site,
        arrivals: arrivals(workload),
        batch: config.batch.map_or(1, |batch| batch.0),
        bursts: bursts.collect(),
        users: config.users.map_or(0, |users| users.0),
        think,
        timeout: config.timeout.map(|timeout| timeout.0),
        retry: profile(config.retry, false),
        payload,
        watch_every: model.study.breakdown_every.0,
    };
    Some(Client::new(plan, probes))
}

fn site(builder: &mut Builder, workload: &WorkloadModel) -> u32 {
    let Some(route) = &workload.config.route else { return 0 };
    let routes = builder.declared.get(workload.config.target.value.as_str()).map_or(&[][..], |declared| &declared.routes);
    match routes.iter().position(|known| *known == route.value) {
        Some(index) => builder.site(Parameters::Route { index: index as u16 }),
        None => {
            let hint = hint(&route.value, routes);
            builder
                .diagnostics
                .error(
                    route.span,
                    Code::UnknownReference,
                    format!("`{}` has no route `{}`", workload.config.target.value, route.value),
                )
                .hint(hint);
            0
        }
    }
}

fn arrivals(workload: &WorkloadModel) -> Option<Arrivals> {
    let config = &workload.config;
    let poisson = config.arrivals == Spacing::Poisson;
    if let Some(recorded) = &workload.recorded {
        return Some(Arrivals::Recorded {
            rows: recorded.rows.clone(),
            spread: recorded.spread,
            row: 0,
            within: 0,
            offsets: Vec::new(),
        });
    }
    let steps: Vec<(Time, f64)> = if config.profile.is_empty() {
        vec![(0, config.rate?.as_per_second())]
    } else {
        config.profile.iter().map(|step| (step.at.0, step.rate.as_per_second())).collect()
    };
    Some(Arrivals::Rates(Rates::new(steps, config.profile_period.map(|period| period.0), poisson)))
}

/// The marks that services make, once all of them are built; `None` if mistakes kept some from being built in full.
fn marks_made(builder: &Builder) -> Option<Vec<String>> {
    (!builder.diagnostics.has_errors()).then(|| builder.world.mark_names.clone())
}

/// A condition on a mark that nothing makes never holds.
fn unknown_marks(builder: &mut Builder, condition: &MarkCondition, made: Option<&[String]>) {
    let Some(made) = made else { return };
    let written: Vec<&Spanned<String>> = match &condition.value {
        Either::Scalar(mark) => vec![mark],
        Either::Map(parts) => parts.all.iter().flatten().chain(parts.any.iter().flatten()).collect(),
    };
    for mark in written.into_iter().filter(|mark| !made.contains(&mark.value)) {
        let hint = hint(&mark.value, made);
        let message = format!("no step and no state makes a mark `{}`", mark.value);
        builder.diagnostics.error(mark.span, Code::UnknownReference, message).hint(hint);
    }
}

fn conditions(builder: &mut Builder, named: &IndexMap<String, MarkCondition>) -> Vec<(String, Condition)> {
    named.iter().map(|(name, condition)| (name.clone(), compile_condition(builder, condition))).collect()
}

fn compile_condition(builder: &mut Builder, condition: &MarkCondition) -> Condition {
    let bit = |builder: &mut Builder, mark: &Spanned<String>| builder.mark(mark).map_or(0, |mark| 1_u64 << mark);
    match &condition.value {
        Either::Scalar(mark) => Condition { any: vec![bit(builder, mark)] },
        Either::Map(parts) => {
            let all = parts.all.iter().flatten().fold(0, |set, mark| set | bit(builder, mark));
            match &parts.any {
                Some(any) => Condition { any: any.iter().map(|mark| all | bit(builder, mark)).collect() },
                None if all == 0 => {
                    builder.error(condition.span, Code::MissingKey, "a condition needs marks under `all` or `any`");
                    Condition { any: Vec::new() }
                }
                None => Condition { any: vec![all] },
            }
        }
    }
}
