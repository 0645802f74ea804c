//! Designs at many points: the runs, in parallel over points and replications, and what is kept of each.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;

use super::journal::{Journal, key};
use super::select::{pareto, select};
use crate::engine::{Progress, Replication, Run, RunError, collect, price_book, replicate};
use crate::results::{Estimate, LimitAtPoint, Outcome, Sweep, SweepPoint};
use crate::scenario::Model;

/// Version of the shape of sweep.json.
const SCHEMA: &str = "floodplan.points/1";

/// The replications of a model that are done, and how many are missing.
struct Pending {
    replications: Vec<Option<Replication>>,
    missing: usize,
}

/// Runs all models that the journal does not know, each outcome being added to it when it is there. The order of the outcomes is
/// that of the models, whatever the threads do.
///
/// # Errors
/// What keeps a run from yielding results; `Ok(Err)` if the journal cannot be written.
pub fn outcomes(models: &[Model], journal: &mut Journal, progress: &Progress) -> Result<io::Result<Vec<Outcome>>, RunError> {
    let book = price_book().map_err(RunError::Prices)?;
    let keys: Vec<String> = models.iter().map(key).collect();
    let mut made: Vec<Option<Outcome>> = keys.iter().map(|key| journal.get(key).cloned()).collect();
    let mut jobs: Vec<(usize, u32)> = Vec::new();
    for (index, model) in models.iter().enumerate() {
        let count = model.study.replications.0;
        if made[index].is_none() {
            jobs.extend((0..count as u32).map(|number| (index, number)));
        } else {
            progress.done.fetch_add(count, Ordering::Relaxed);
            progress.simulated.fetch_add(model.study.horizon().saturating_mul(count), Ordering::Relaxed);
        }
    }
    let pending: Vec<Mutex<Pending>> = models
        .iter()
        .map(|model| {
            let count = model.study.replications.0 as usize;
            Mutex::new(Pending { replications: (0..count).map(|_| None).collect(), missing: count })
        })
        .collect();
    let next = AtomicUsize::new(0);
    let finished: Mutex<(Vec<(usize, Outcome)>, Option<RunError>, Option<io::Error>)> = Mutex::new((Vec::new(), None, None));
    let shared_journal = Mutex::new(journal);
    // Jobs are taken in order, so that points end one after another and little waits for its last replication.
    let work = || {
        while !progress.cancelled.load(Ordering::Relaxed) {
            let Some((index, number)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)).copied() else { return };
            let Some(replication) = replicate(&models[index], number, progress) else { return };
            progress.done.fetch_add(1, Ordering::Relaxed);
            let Ok(mut waiting) = pending[index].lock() else { return };
            waiting.replications[number as usize] = Some(replication);
            waiting.missing -= 1;
            if waiting.missing > 0 {
                continue;
            }
            let replications: Vec<Replication> = std::mem::take(&mut waiting.replications).into_iter().flatten().collect();
            drop(waiting);
            let result = finish(&models[index], replications, &book);
            let Ok(mut finished) = finished.lock() else { return };
            match result {
                Ok(outcome) => {
                    let written = shared_journal.lock().map(|mut journal| journal.add(&keys[index], &outcome));
                    if let Ok(Err(error)) = written {
                        finished.2.get_or_insert(error);
                        progress.cancelled.store(true, Ordering::Relaxed);
                    }
                    finished.0.push((index, outcome));
                }
                Err(error) => {
                    finished.1.get_or_insert(error);
                    progress.cancelled.store(true, Ordering::Relaxed);
                }
            }
        }
    };
    rayon::scope(|scope| (0..rayon::current_num_threads()).for_each(|_| scope.spawn(|_| work())));
    let (new, failed, unwritten) = finished.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(error) = failed {
        return Err(error);
    }
    if let Some(error) = unwritten {
        return Ok(Err(error));
    }
    for (index, outcome) in new {
        made[index] = Some(outcome);
    }
    let all: Vec<Outcome> = made.into_iter().flatten().collect();
    if all.len() < models.len() { Err(RunError::Cancelled) } else { Ok(Ok(all)) }
}

fn finish(model: &Model, replications: Vec<Replication>, book: &crate::pricing::PriceBook) -> Result<Outcome, RunError> {
    if let Some(violation) = replications.iter().find_map(|replication| replication.violation.clone()) {
        return Err(RunError::Violation(violation));
    }
    let outcome = outcome(&collect(model, replications, book)?);
    // What was written and read again is what an undisturbed sweep works with, too.
    let text = serde_json::to_string(&outcome).map_err(|error| RunError::Violation(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| RunError::Violation(error.to_string()))
}

/// What is kept of a run.
fn outcome(run: &Run) -> Outcome {
    let summary = run.summary();
    let mut metrics = IndexMap::new();
    estimates(&serde_json::to_value(summary).unwrap_or_default(), String::new(), &mut metrics);
    let latency = summary.journeys.iter().find_map(|(name, journey)| {
        let milestone = journey.observed.as_ref()?;
        journey.milestones.contains_key(milestone).then(|| format!("journeys.{name}.milestones.{milestone}.latency_ms"))
    });
    let mut limits: Vec<LimitAtPoint> = summary
        .limits
        .iter()
        .map(|row| LimitAtPoint {
            service: row.service.clone(),
            limiter: row.limiter.clone(),
            bound_share: [&row.refused_share, &row.delayed_share].iter().filter_map(|share| share.mean).fold(0.0, f64::max),
            load_multiple: row.load_multiple.filter(|multiple| multiple.is_finite()),
        })
        .filter(|limit| limit.bound_share > 0.0 || limit.load_multiple.is_some())
        .collect();
    let rank = |limit: &LimitAtPoint| if limit.bound_share > 0.0 { 0.0 } else { limit.load_multiple.unwrap_or(f64::INFINITY) };
    limits.sort_by(|left, right| rank(left).total_cmp(&rank(right)).then(right.bound_share.total_cmp(&left.bound_share)));
    let costs = run.samples.get("bill.per_million_fulfilled_usd").map_or(&[][..], Vec::as_slice);
    Outcome {
        design: summary.scenario.clone(),
        fingerprint: summary.fingerprint.clone(),
        stable: summary.stability.stable,
        stopped: run.stopped.clone(),
        latency,
        objectives: summary.objectives.clone(),
        limits,
        metrics,
        per_million_fulfilled_usd: costs.iter().map(|cost| cost.is_finite().then_some(*cost)).collect(),
    }
}

/// Every estimate below a value, by its path. Lines of the bill and tables have files of their own.
fn estimates(value: &serde_json::Value, path: String, found: &mut IndexMap<String, Estimate>) {
    let Some(map) = value.as_object() else { return };
    // `latency_ms` has a mean beside its quantiles, each an estimate of its own.
    let is_estimate = map.contains_key("mean") && !map.values().any(serde_json::Value::is_object);
    if is_estimate && let Ok(estimate) = serde_json::from_value(value.clone()) {
        found.insert(path, estimate);
        return;
    }
    for (name, below) in map {
        let below_path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        estimates(below, below_path, found);
    }
}

/// Puts outcomes, all designs of a point after one another, together with what they say as a whole.
pub fn sweep(varied: Vec<String>, values: Vec<Vec<String>>, outcomes: Vec<Outcome>, designs: usize, indifference: f64) -> Sweep {
    let mut outcomes = outcomes.into_iter();
    let points: Vec<SweepPoint> =
        values.into_iter().map(|values| SweepPoint { values, designs: outcomes.by_ref().take(designs).collect() }).collect();
    let (front, selection) = (pareto(&points), select(&points, indifference));
    Sweep { schema: SCHEMA.to_string(), varied, points, pareto: front, selection }
}
