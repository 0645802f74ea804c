//! Each service of a design stopped in turn, and what that takes with it.
//!
//! The disturbed runs have the seeds of the undisturbed one, so that each journey is met again under its key and compared with
//! itself. What a failure takes is defined journey by journey:
//!
//! * A journey is **lost** if it is fulfilled in the undisturbed run and not in the disturbed one. Fulfilled is the ending of
//!   that name; without one, the observed milestone; without any, an answer that accepts.
//! * It is lost **to a context** if a mark that the services of that context make is on it in the undisturbed run and not in the
//!   disturbed one. Marks of the ending `abandoned` are no work and do not count.
//! * Shares are of the journeys that arrive while the service is down and that had something to lose.
//!
//! Where users wait for answers before they come again (`users`), the n-th journey is compared with the n-th, and one that never
//! comes about is lost. Disturbed runs are drained whatever has piled up, so that journeys that are merely late are not lost.

mod tally;

use std::io;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use indexmap::IndexMap;
use rayon::prelude::*;

use self::tally::{NEVER, Tally, known, share};
use super::journal::{Journal, keys};
use crate::engine::{ContextMarks, Fate, Progress, Replication, Run, RunError, context_marks, expect, mean, replicate};
use crate::engine::{settle_warm_up, summarise};
use crate::kernel::Time;
use crate::results::{BLAST_SCHEMA, Blast, BlastDesign, BlastTotals, ContextLoss, Estimate, HIT_SHARE, ServiceFailure, Spared};
use crate::scenario::{Change, Model, ServiceModel, TimelineEntry};
use crate::stats;

/// Two-sided confidence of every interval.
const CONFIDENCE: f64 = 0.95;
/// Why there is no share, and no delay.
const NOTHING_TO_LOSE: &str = "in some replication no journey that arrives during the failure has anything to lose";
const NEVER_BOTH: &str = "in some replication no journey that arrives during the failure is fulfilled both with it and without";
/// What becomes of a journey that the disturbed run does not have.
const ABSENT: &str = "absent";

/// What is done to each service.
#[derive(Clone, Debug)]
pub struct Outage {
    /// From the beginning of the measured window, nanoseconds.
    pub at: Time,
    pub length: Time,
    /// A journey that is fulfilled later than undisturbed by more than this is late.
    pub late_after: Time,
    /// Only these services are stopped; all if it is empty.
    pub only: Vec<String>,
}

impl Outage {
    fn span(&self, model: &Model) -> (Time, Time) {
        let from = model.study.warm_up.0 + self.at;
        (from, from + self.length)
    }

    fn includes(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// The services that an outage leaves alone because stopping them would say nothing of its own.
fn spared(model: &Model, outage: &Outage) -> Vec<Spared> {
    let (from, until) = outage.span(model);
    let stops = |entry: &&TimelineEntry| entry.changes.contains(&Change::Stop);
    let meets = |entry: &&TimelineEntry| entry.from < until && entry.until.is_none_or(|end| end > from);
    let reason = |service: &ServiceModel| {
        let own = model.timeline.iter().filter(stops).filter(meets).find(|entry| entry.target == service.name)?;
        Some(format!("the scenario's own timeline stops it at that time (`{}`)", own.label))
    };
    let considered = model.services.iter().filter(|service| outage.includes(&service.name));
    considered.filter_map(|service| Some(Spared { service: service.name.clone(), reason: reason(service)? })).collect()
}

/// Stops each service of each design in turn. Finished failures are taken from the journal and added to it; the undisturbed runs
/// are always simulated.
///
/// # Errors
/// What keeps a run from yielding results; `Ok(Err)` if the journal cannot be written.
pub fn blast(
    mut models: Vec<Model>,
    outage: &Outage,
    journal: &mut Journal<ServiceFailure>,
    progress: &Progress,
) -> Result<io::Result<Blast>, RunError> {
    let keys = keys(&models);
    settle_warm_up(&mut models, progress)?;
    for model in &mut models {
        model.study.keeps_journeys = true;
    }
    let targets: Vec<Target> = models
        .iter()
        .zip(&keys)
        .map(|(model, key)| Target::new(model, key, outage))
        .collect::<Option<_>>()
        .ok_or_else(|| RunError::Violation("a model that was checked does not compile".to_string()))?;
    for target in &targets {
        let missing = target.stopped.iter().filter(|service| journal.get(&target.key(service)).is_none()).count() as u64;
        expect(std::slice::from_ref(target.model), std::iter::once((1 + missing) * target.model.study.replications.0), progress);
    }
    let journal = Mutex::new(journal);
    let mut designs: Vec<BlastDesign> = Vec::new();
    for target in &targets {
        match target.run(&journal, progress)? {
            Ok(design) => designs.push(design),
            Err(error) => return Ok(Err(error)),
        }
    }
    total(&mut designs);
    let milliseconds = |time: Time| time as f64 / 1e6;
    Ok(Ok(Blast {
        schema: BLAST_SCHEMA.to_string(),
        outage_seconds: outage.length as f64 / 1e9,
        late_after_ms: milliseconds(outage.late_after),
        designs,
    }))
}

/// One design, and what is done to it.
struct Target<'a> {
    model: &'a Model,
    outage: &'a Outage,
    stopped: Vec<&'a ServiceModel>,
    spared: Vec<Spared>,
    marks: ContextMarks,
    key: String,
}

/// The undisturbed run of a design.
struct Before {
    run: Run,
    /// The fates of each replication, by key.
    fates: Vec<Vec<Fate>>,
}

impl<'a> Target<'a> {
    fn new(model: &'a Model, key: &str, outage: &'a Outage) -> Option<Self> {
        let spared = spared(model, outage);
        let considered = model.services.iter().filter(|service| outage.includes(&service.name));
        let stopped = considered.filter(|service| !spared.iter().any(|spared| spared.service == service.name)).collect();
        Some(Self { model, outage, stopped, spared, marks: context_marks(model)?, key: key.to_string() })
    }

    /// Everything that a failure depends on.
    fn key(&self, service: &ServiceModel) -> String {
        let Outage { at, length, late_after, .. } = self.outage;
        let warm_up = self.model.study.warm_up.0;
        format!("{}|blast|{}|{at}|{length}|{late_after}|{warm_up}", self.key, service.name)
    }

    fn run(
        &self,
        journal: &Mutex<&mut Journal<ServiceFailure>>,
        progress: &Progress,
    ) -> Result<io::Result<BlastDesign>, RunError> {
        let mut replications = replications(self.model, progress)?;
        let fates = replications.iter_mut().map(Replication::take_fates).collect();
        let before = Before { run: summarise(self.model, &replications)?, fates };
        drop(replications);
        let failures: Vec<Result<io::Result<ServiceFailure>, RunError>> = self
            .stopped
            .par_iter()
            .with_max_len(1)
            .map(|service| {
                let key = self.key(service);
                let known = journal.lock().ok().and_then(|journal| journal.get(&key).cloned());
                if let Some(known) = known {
                    return Ok(Ok(known));
                }
                let failure = self.fail(service, &before, progress)?;
                let written = journal.lock().map_or(Ok(()), |mut journal| journal.add(&key, &failure));
                Ok(written.map(|()| failure))
            })
            .collect();
        let mut kept = Vec::new();
        for failure in failures {
            match failure? {
                Ok(failure) => kept.push(failure),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(self.design(&before, kept)))
    }

    fn design(&self, before: &Before, failures: Vec<ServiceFailure>) -> BlastDesign {
        let (from, until) = self.outage.span(self.model);
        let count = |of: fn(&Fate) -> bool| -> Estimate {
            let values: Vec<f64> = before.fates.iter().map(|fates| fates.iter().filter(|fate| of(fate)).count() as f64).collect();
            mean(&values)
        };
        BlastDesign {
            design: self.model.name.clone(),
            seed: self.model.study.seed.0,
            replications: self.model.study.replications.0,
            from_seconds: from as f64 / 1e9,
            to_seconds: until as f64 / 1e9,
            own_timeline: self.model.timeline.iter().map(|entry| entry.label.clone()).collect(),
            contexts: self.marks.contexts.keys().cloned().collect(),
            silent_contexts: self.marks.silent.clone(),
            started: count(|_| true),
            fulfilled: count(|fate| fate.fulfilled),
            failures,
            spared: self.spared.clone(),
            totals: BlastTotals::default(),
        }
    }

    fn fail(&self, service: &ServiceModel, before: &Before, progress: &Progress) -> Result<ServiceFailure, RunError> {
        let (from, until) = self.outage.span(self.model);
        let mut model = self.model.clone();
        let entry = TimelineEntry::stop(service, from, until);
        let label = entry.label.clone();
        model.timeline.push(entry);
        let mut after = replications(&model, progress)?;
        let ways = after.first().map_or_else(Vec::new, Replication::ways);
        let tallies: Vec<Tally> = after
            .iter_mut()
            .zip(&before.fates)
            .map(|(after, before)| Tally::of(before, &after.take_fates(), (from, until), self.outage.late_after, &self.marks))
            .collect();
        let run = summarise(&model, &after)?;
        let each = |value: &dyn Fn(&Tally) -> f64| mean(&tallies.iter().map(value).collect::<Vec<f64>>());
        let share_of = |value: &dyn Fn(&Tally) -> f64, reason: &str| withheld_for(each(value), reason);
        let contexts = self.marks.contexts.keys().enumerate().map(|(index, context)| {
            let loss = ContextLoss {
                arrived: each(&|tally| tally.contexts[index].arrived as f64),
                lost_share: share_of(&|tally| tally.contexts[index].share(), NOTHING_TO_LOSE),
                lost: each(&|tally| tally.contexts[index].lost as f64),
            };
            (context.clone(), loss)
        });
        let mut instead = IndexMap::new();
        let named = ways.iter().map(String::as_str).enumerate();
        for (way, name) in named.chain([(NEVER, ABSENT)]) {
            let lost = |tally: &Tally| tally.instead.get(&way).copied().unwrap_or(0) as f64;
            if tallies.iter().any(|tally| lost(tally) > 0.0) {
                instead.insert(name.to_string(), each(&lost));
            }
        }
        Ok(ServiceFailure {
            service: service.name.clone(),
            kind: service.config.kind().to_string(),
            context: service.context.clone(),
            fingerprint: run.summary.fingerprint.clone(),
            stable: run.summary.stability.stable,
            stopped: run.stopped.clone(),
            arrived: each(&|tally| tally.arrived as f64),
            lost_share: share_of(&|tally| share(tally.lost_of_arrived, tally.arrived), NOTHING_TO_LOSE),
            late_share: share_of(&|tally| share(tally.late_of_arrived, tally.arrived), NOTHING_TO_LOSE),
            delay_ms: share_of(&|tally| tally.delay as f64 / 1e6 / tally.delayed as f64, NEVER_BOTH),
            lost: each(&|tally| tally.lost as f64),
            late: each(&|tally| tally.late as f64),
            instead,
            contexts: contexts.collect(),
            dead_letters: difference(&dead_letters(&before.run), &dead_letters(&run)),
            p99_difference_ms: p99_difference(&before.run, &run),
            recovered_after_seconds: recovered(&run, &label),
            lost_shares: tallies.iter().map(|tally| known(share(tally.lost_of_arrived, tally.arrived))).collect(),
            context_shares: tallies.iter().map(Tally::context_share).collect(),
        })
    }
}

/// All replications of a model, in parallel.
fn replications(model: &Model, progress: &Progress) -> Result<Vec<Replication>, RunError> {
    let numbers = 0..model.study.replications.0 as u32;
    let made: Vec<Option<Replication>> = numbers
        .into_par_iter()
        .with_max_len(1)
        .map(|number| {
            let made = (!progress.cancelled.load(Ordering::Relaxed)).then(|| replicate(model, number, progress));
            progress.done.fetch_add(1, Ordering::Relaxed);
            made.flatten()
        })
        .collect();
    made.into_iter().collect::<Option<Vec<Replication>>>().ok_or(RunError::Cancelled)
}

/// Messages to dead-letter queues and destinations in each replication, drain included.
fn dead_letters(run: &Run) -> Vec<f64> {
    let leaving = |name: &str| name.contains("dead_letter") && !name.ends_with("dead_letters_kept");
    let sum = |totals: &IndexMap<String, u64>| {
        let counted = totals.iter().filter(|(name, _)| leaving(name.rsplit('.').next().unwrap_or(name)));
        counted.map(|(_, count)| *count as f64).sum()
    };
    run.totals.iter().map(sum).collect()
}

fn difference(before: &[f64], after: &[f64]) -> Estimate {
    mean(&after.iter().zip(before).map(|(after, before)| after - before).collect::<Vec<f64>>())
}

fn p99_difference(before: &Run, after: &Run) -> Estimate {
    let observed = before.summary.journeys.iter().find_map(|(name, journey)| {
        let milestone = journey.observed.as_ref()?;
        Some(format!("journeys.{name}.milestones.{milestone}.latency_ms.p99"))
    });
    let of = |run: &Run| observed.as_ref().and_then(|path| run.samples.get(path).cloned()).unwrap_or_default();
    let found = difference(&of(before), &of(after));
    withheld_for(found, "in some replication there is no 99th percentile, or it lies beyond what finished")
}

/// An estimate that gives another reason where it is withheld.
fn withheld_for(estimate: Estimate, reason: &str) -> Estimate {
    match estimate.withheld {
        Some(_) => Estimate { withheld: Some(reason.to_string()), ..Estimate::default() },
        None => estimate,
    }
}

fn recovered(run: &Run, label: &str) -> Estimate {
    let ours = run.summary.recoveries.iter().rev().find(|recovery| recovery.label == label);
    ours.map_or_else(
        || {
            let reason = "the failure begins with the measured window or ends with it".to_string();
            Estimate { withheld: Some(reason), ..Estimate::default() }
        },
        |recovery| recovery.over_after_seconds.clone(),
    )
}

/// Sums the failures of each design up, and holds them against the first.
fn total(designs: &mut [BlastDesign]) {
    let mut first: Option<Vec<f64>> = None;
    for design in designs {
        let hit = |loss: &ContextLoss| loss.lost_share.mean.is_some_and(|share| share > HIT_SHARE);
        let mut totals = BlastTotals { failures: design.failures.len() as u64, ..BlastTotals::default() };
        for failure in &design.failures {
            let hits = failure.contexts.values().filter(|loss| hit(loss)).count();
            let kind = match hits {
                0 => &mut totals.hit_none,
                all if all == failure.contexts.len() => &mut totals.hit_all,
                _ => &mut totals.hit_some,
            };
            *kind += 1;
        }
        let lost: Vec<&[Option<f64>]> = design.failures.iter().map(|failure| failure.lost_shares.as_slice()).collect();
        let contexts: Vec<&[Option<f64>]> = design.failures.iter().map(|failure| failure.context_shares.as_slice()).collect();
        let count = design.replications as usize;
        let own = by_replication(&contexts, count);
        totals.lost_share = mean(&by_replication(&lost, count));
        totals.context_share = mean(&own);
        if let Some(first) = &first {
            totals.against_first = Some(paired(first, &own));
        } else {
            first = Some(own);
        }
        design.totals = totals;
    }
}

/// The mean over failures in each replication; NaN where there is none.
fn by_replication(failures: &[&[Option<f64>]], count: usize) -> Vec<f64> {
    let of = |number: usize| {
        let values: Vec<f64> = failures.iter().filter_map(|each| each.get(number).copied().flatten()).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    (0..count).map(of).collect()
}

fn paired(first: &[f64], own: &[f64]) -> Estimate {
    match stats::compare(first, own, CONFIDENCE) {
        Ok(found) => {
            let interval = found.difference;
            Estimate { mean: Some(interval.mean), low: Some(interval.low), high: Some(interval.high), ..Estimate::default() }
        }
        Err(_) => difference(first, own),
    }
}
