//! One replication: warm-up, measured window, cool-down, drain, and the checks of the run against itself.

use std::sync::atomic::Ordering;

use crate::fabric::load::Load;
use crate::fabric::meter::Meter;
use crate::fabric::metric::Metrics;
use crate::fabric::outcomes::Outcomes;
use crate::fabric::roll::Roll;
use crate::fabric::series::Bins;
use crate::fabric::{Simulation, Stopped, World};
use crate::kernel::{SECOND, Time};
use crate::reader::Diagnostics;
use crate::results::AssumptionUse;
use crate::scenario::Model;
use crate::services::Party;

use super::Progress;
use super::compile::{Compiled, compile};
use super::windows::{Held, Meters};
use super::{self_check, stability};

/// What one replication yields.
#[derive(Clone, Debug)]
pub struct Replication {
    pub fingerprint: u64,
    pub events: u64,
    pub outcomes: Outcomes,
    pub metrics: Metrics,
    /// What was metered in the measured window.
    pub usage: Vec<Meter>,
    /// Calls that each service got for journeys of the window.
    pub calls: Vec<u64>,
    /// Marks that the steps and states of each service make.
    pub marks: Vec<Vec<String>>,
    /// Load on the services that the timeline disturbs.
    pub loads: Vec<Load>,
    pub limiters: Vec<LimiterUse>,
    /// Why the system is unstable; empty when it is stable.
    pub unstable: Vec<String>,
    /// Services that only keep dead letters.
    pub dead_letter_queues: Vec<u16>,
    /// Set when a bound ended the run.
    pub stopped: Option<String>,
    /// When the last journey closed, or the run ended.
    pub ended_at: Time,
    pub abandoned_calls: u64,
    pub service_names: Vec<String>,
    pub kinds: Vec<(String, &'static str, Option<String>)>,
    pub assumptions: Vec<AssumptionUse>,
    pub workloads: Vec<crate::fabric::journey::WorkloadPlan>,
    /// In how many windows each objective held that holds window by window, in their order.
    pub held: Vec<Held>,
    /// A check of the run against itself that failed: a mistake of ours.
    pub violation: Option<String>,
}

/// A limiter after a run.
#[derive(Clone, Debug)]
pub struct LimiterUse {
    pub service: String,
    pub name: String,
    pub unit: String,
    pub quota: f64,
    pub peak: f64,
    pub asked: u64,
    pub refused: u64,
    pub delayed: u64,
    /// What the quota is held against: see [`crate::fabric::limit::Limiter::high_use`].
    pub high_use: f64,
    pub adjustable: bool,
}

/// Steps in which a run reports its progress.
const STEPS: u64 = 64;

/// Runs replication `number`. `None` when it was cancelled, or when the model does not compile (which was reported
/// before).
pub fn replicate(model: &Model, number: u32, progress: &Progress) -> Option<Replication> {
    let Compiled { mut simulation, assumptions, kinds, .. } = compile(model, number, &mut Diagnostics::new())?;
    let (warm_up, horizon) = (model.study.warm_up.0, model.study.horizon());
    simulation.world.outcomes.roll = model.study.keeps_journeys.then(Roll::default);
    simulation.start();
    run_in_steps(&mut simulation, 0, warm_up, progress)?;
    begin_measuring(&mut simulation.world, warm_up);
    let mut meters = Meters::new(model, &mut simulation, warm_up, horizon);
    measure(&mut simulation, warm_up, horizon, &mut meters, progress)?;
    let end = simulation.world.now().max(horizon.min(simulation.world.now()));
    simulation.finish();
    let now = if simulation.world.stopped().is_some() { end } else { horizon };
    meters.end(&mut simulation.world);
    simulation.world.end_measuring(now);
    let limiters = limiters(&simulation.world, now);
    let unstable = stability::judge(&simulation.world, warm_up, now);
    let violation = self_check::of_horizon(&simulation.world);
    let drains = (unstable.is_empty() || model.study.keeps_journeys) && simulation.world.stopped().is_none();
    if drains {
        simulation.run_until(horizon + model.study.cool_down());
    }
    simulation.world.close_arrivals();
    if drains {
        simulation.drain_until(horizon.saturating_add(model.study.drain.0));
    }
    let ended_at = simulation.world.now();
    simulation.world.metrics.finish(ended_at.max(now));
    simulation.world.count_open();
    let violation = violation.or_else(|| self_check::of_end(&simulation.world));
    let held = meters.judge(&simulation.world, warm_up, now);
    Some(Replication { limiters, unstable, held, violation, ..harvest(simulation, kinds, assumptions) })
}

/// What a simulation holds now.
fn harvest(
    simulation: Simulation<Party>,
    kinds: Vec<(String, &'static str, Option<String>)>,
    assumptions: Vec<AssumptionUse>,
) -> Replication {
    let world = &simulation.world;
    Replication {
        fingerprint: world.fingerprint(),
        events: world.events(),
        usage: world.ledger.meters.clone(),
        calls: world.calls_for_journeys.clone(),
        marks: marks(world),
        limiters: Vec::new(),
        unstable: Vec::new(),
        dead_letter_queues: stability::dead_letter_queues(world),
        stopped: world.stopped().map(stop_text),
        ended_at: world.now(),
        abandoned_calls: world.abandoned(),
        service_names: world.service_names.clone(),
        kinds,
        assumptions,
        workloads: world.workloads.clone(),
        held: Vec::new(),
        violation: None,
        outcomes: simulation.world.outcomes,
        metrics: simulation.world.metrics,
        loads: simulation.world.loads.pairs,
    }
}

fn marks(world: &World) -> Vec<Vec<String>> {
    let of_service = |service: usize| {
        let own = world.marks_made.iter().filter(|(maker, _)| *maker as usize == service);
        own.map(|(_, mark)| world.mark_names[*mark as usize].clone()).collect()
    };
    (0..world.service_names.len()).map(of_service).collect()
}

/// A replication in which nothing happens: it has all metrics and no values.
pub(super) fn unrun(model: &Model) -> Option<Replication> {
    let Compiled { mut simulation, assumptions, kinds, .. } = compile(model, 0, &mut Diagnostics::new())?;
    simulation.world.metrics.begin_measuring(0);
    simulation.world.end_measuring(0);
    Some(harvest(simulation, kinds, assumptions))
}

/// A replication from its start to the end of the window, to find its warm-up in.
pub(super) struct Pilot {
    pub outcomes: Outcomes,
    pub metrics: Metrics,
    pub workloads: Vec<crate::fabric::journey::WorkloadPlan>,
    pub service_names: Vec<String>,
    pub unstable: Vec<String>,
    /// When it ended: its duration after the start, or earlier at a bound.
    pub end: Time,
}

/// Runs the pilot pass of replication `number`; `None` when it was cancelled.
pub(super) fn pilot(model: &Model, number: u32, progress: &Progress) -> Option<Pilot> {
    let Compiled { mut simulation, .. } = compile(model, number, &mut Diagnostics::new())?;
    simulation.start();
    begin_measuring(&mut simulation.world, 0);
    run_in_steps(&mut simulation, 0, model.study.duration.0, progress)?;
    let end = simulation.world.now();
    simulation.world.end_measuring(end);
    progress.done.fetch_add(1, Ordering::Relaxed);
    let unstable = stability::judge(&simulation.world, 0, end);
    let World { outcomes, metrics, workloads, service_names, .. } = simulation.world;
    Some(Pilot { outcomes, metrics, workloads, service_names, unstable, end })
}

/// Follows one journey of replication 0, from its arrival to its end; the answer holds its steps and the names needed
/// to print them.
pub fn trace(model: &Model, arrival: u64) -> Option<(World, Vec<String>)> {
    let Compiled { mut simulation, kinds, .. } = compile(model, 0, &mut Diagnostics::new())?;
    simulation.world.follow(arrival);
    simulation.start();
    simulation.world.metrics.begin_measuring(0);
    let horizon = model.study.horizon();
    let mut at = 0;
    while at < horizon && !simulation.world.tracer().is_some_and(|tracer| tracer.closed) {
        at = (at + SECOND).min(horizon);
        simulation.run_until(at);
    }
    if !simulation.world.tracer().is_some_and(|tracer| tracer.closed) {
        simulation.run_until(horizon + model.study.cool_down());
        simulation.world.close_arrivals();
        simulation.drain_until(horizon.saturating_add(model.study.drain.0));
    }
    let names = kinds.into_iter().map(|(name, _, _)| name).collect();
    Some((simulation.world, names))
}

fn run_in_steps(simulation: &mut Simulation<Party>, from: Time, to: Time, progress: &Progress) -> Option<()> {
    let width = (to - from).div_ceil(STEPS).max(1);
    let mut at = from;
    while at < to {
        let next = (at + width).min(to);
        simulation.run_until(next);
        progress.simulated.fetch_add(next - at, Ordering::Relaxed);
        if progress.cancelled.load(Ordering::Relaxed) {
            return None;
        }
        at = next;
    }
    Some(())
}

/// Runs the measured window; the meters look at it wherever one of their windows ends.
fn measure(simulation: &mut Simulation<Party>, from: Time, to: Time, meters: &mut Meters, progress: &Progress) -> Option<()> {
    let width = (to - from).div_ceil(STEPS).max(1);
    let mut at = from;
    while at < to {
        let end = meters.next_end().filter(|end| *end <= at + width);
        let next = end.unwrap_or(at + width).min(to);
        // A window ends before whatever happens at the instant of its end, apart from the last: it ends with the run's.
        simulation.run_until(if end.is_some() && next < to { next - 1 } else { next });
        if end == Some(next) && simulation.world.stopped().is_none() {
            meters.cut(&mut simulation.world, next);
        }
        progress.simulated.fetch_add(next - at, Ordering::Relaxed);
        if progress.cancelled.load(Ordering::Relaxed) {
            return None;
        }
        at = next;
    }
    Some(())
}

fn begin_measuring(world: &mut World, now: Time) {
    world.metrics.begin_measuring(now);
    for limiter in &mut world.limiters {
        limiter.begin_measuring(now);
    }
}

fn limiters(world: &World, now: Time) -> Vec<LimiterUse> {
    let made = world.limiters.iter().map(|limiter| LimiterUse {
        service: limiter.plan.service.clone(),
        name: limiter.plan.name.clone(),
        unit: limiter.plan.unit.clone(),
        quota: limiter.quota(),
        peak: limiter.peak_use(now),
        asked: limiter.asked,
        refused: limiter.refused,
        delayed: limiter.delayed,
        high_use: limiter.high_use(now),
        adjustable: limiter.plan.adjustable,
    });
    made.collect()
}

fn stop_text(stopped: &Stopped) -> String {
    match stopped {
        Stopped::Events(limit) => format!("stopped after {limit} events (`study.maximum_events`)"),
        Stopped::InFlight(limit) => format!("stopped with {limit} calls and messages in flight (`study.maximum_in_flight`)"),
        Stopped::Contents => "stopped: payload fields take too many different values".to_string(),
        Stopped::Loop(names) => format!("stopped: events cause themselves without end: {names}"),
    }
}

/// The sums of a series' bins from `from` to `to`.
pub(super) fn sum_between(bins: &Bins, from: Time, to: Time) -> f64 {
    bins.sums
        .iter()
        .enumerate()
        .map(|(index, sum)| {
            let (begin, end) = (index as u64 * bins.width, (index as u64 + 1) * bins.width);
            let overlap = end.min(to).saturating_sub(begin.max(from));
            *sum as f64 * overlap as f64 / bins.width as f64
        })
        .sum()
}
