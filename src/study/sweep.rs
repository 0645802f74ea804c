//! Designs at many points: the runs, in parallel over points and replications, and what is kept of each.

use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::journal::{Journal, keys, written_and_read};
use super::select::{pareto, select};
use crate::engine::{Progress, Run, RunError, run_all};
use crate::results::{Estimate, LimitAtPoint, Outcome, Sweep, SweepPoint};
use crate::scenario::Model;

/// Version of the shape of sweep.json.
const SCHEMA: &str = "floodplan.points/1";

/// Runs all models that the journal does not know, each outcome being added to it when it is there. Models come in groups of
/// `width`, the designs at one point, which have warm-up and number of replications in common. The order of the outcomes is that
/// of the models, whatever the threads do.
///
/// # Errors
/// What keeps a run from yielding results; `Ok(Err)` if the journal cannot be written.
pub fn outcomes(
    models: &[Model],
    width: usize,
    journal: &mut Journal,
    progress: &Progress,
) -> Result<io::Result<Vec<Outcome>>, RunError> {
    let keys: Vec<String> = models.chunks(width).flat_map(keys).collect();
    outcomes_of(models, width, &keys, journal, progress, outcome)
}

/// As [`outcomes`], for models that go by `keys`; `keep` says what is kept of a run.
///
/// # Errors
/// As for [`outcomes`].
pub fn outcomes_of<O: Clone + Serialize + DeserializeOwned + Send>(
    models: &[Model],
    width: usize,
    keys: &[String],
    journal: &mut Journal<O>,
    progress: &Progress,
    keep: impl Fn(&Run) -> O + Sync,
) -> Result<io::Result<Vec<O>>, RunError> {
    let mut made: Vec<Option<O>> = keys.iter().map(|key| journal.get(key).cloned()).collect();
    let missing: Vec<usize> = (0..models.len().div_ceil(width))
        .map(|point| point * width)
        .filter(|first| made[*first..(first + width).min(models.len())].iter().any(Option::is_none))
        .collect();
    let shared = Mutex::new(Shared { journal, made: Vec::new(), failed: None, unwritten: None });
    // Announced as a whole, so that the time left can be estimated; each point takes its part back when it announces itself.
    let announced = |group: &[Model]| -> (u64, u64) {
        let count = |model: &Model| model.study.replications.0;
        let time = |model: &Model| model.study.horizon().saturating_mul(count(model));
        (group.iter().map(time).sum(), group.iter().map(count).sum())
    };
    for first in &missing {
        let (time, count) = announced(&models[*first..(first + width).min(models.len())]);
        progress.expected.fetch_add(time, Ordering::Relaxed);
        progress.planned.fetch_add(count, Ordering::Relaxed);
    }
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(first) = missing.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
            let group = first..(first + width).min(models.len());
            let (time, count) = announced(&models[group.clone()]);
            progress.expected.fetch_sub(time, Ordering::Relaxed);
            progress.planned.fetch_sub(count, Ordering::Relaxed);
            let result = run_all(&models[group.clone()], progress);
            let Ok(mut shared) = shared.lock() else { return };
            match result {
                Ok(runs) => group.zip(&runs).for_each(|(index, run)| shared.keep(index, &keys[index], &keep(run))),
                Err(error) => shared.failed = shared.failed.take().or(Some(error)),
            }
            if shared.failed.is_some() || shared.unwritten.is_some() {
                progress.cancelled.store(true, Ordering::Relaxed);
                return;
            }
        }
    };
    let threads = rayon::current_num_threads();
    if missing.len() >= threads * POINTS_PER_THREAD {
        // One thread per point: no thread waits for the last replication of a point but at the very end.
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                    Ok(alone) => alone.install(work),
                    Err(_) => work(),
                });
            }
        });
    } else {
        work();
    }
    let Shared { made: new, failed, unwritten, .. } = shared.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(error) = unwritten {
        return Ok(Err(error));
    }
    if let Some(error) = failed {
        return Err(error);
    }
    for (index, outcome) in new {
        made[index] = Some(outcome);
    }
    let all: Vec<O> = made.into_iter().flatten().collect();
    if all.len() < models.len() { Err(RunError::Cancelled) } else { Ok(Ok(all)) }
}

/// So many points for each thread, and each works at points of its own; with fewer all work at the same point.
const POINTS_PER_THREAD: usize = 2;

/// What threads add to.
struct Shared<'a, O> {
    journal: &'a mut Journal<O>,
    made: Vec<(usize, O)>,
    failed: Option<RunError>,
    unwritten: Option<io::Error>,
}

impl<O: Serialize + DeserializeOwned> Shared<'_, O> {
    fn keep(&mut self, index: usize, key: &str, outcome: &O) {
        match written_and_read(outcome) {
            Ok(outcome) => {
                if let Err(error) = self.journal.add(key, &outcome) {
                    self.unwritten.get_or_insert(error);
                }
                self.made.push((index, outcome));
            }
            Err(error) => {
                self.failed.get_or_insert(RunError::Violation(error.to_string()));
            }
        }
    }
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
