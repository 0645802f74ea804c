//! The engine: compiles a model into a simulation, runs its replications, and collects what they yield.
//!
//! Left out: several accounts or Regions in one scenario; drain of a system whose work piles up (its open journeys count as
//! unfinished, its bill is a lower bound); loads at which limits bind, other than by a linear estimate from the load that was
//! simulated. A replication ends after `study.maximum_events` events, with `study.maximum_in_flight` calls and messages in
//! flight, or when it has drained for `study.drain`; the report of such a run is partial and says so.

mod advice;
mod collect;
mod compare;
mod compile;
mod damage;
mod estimate;
mod fates;
mod load;
mod precision;
mod recovery;
mod replication;
mod self_check;
mod series;
mod stability;
#[cfg(test)]
mod tests;
mod timeline;
mod warm_up;
mod windows;

use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::pricing::{PriceBook, PriceError};
use crate::reader::Diagnostics;
use crate::results::Summary;
use crate::scenario::Model;

pub use collect::{Run, metric_names, quantile_interval};
pub use compare::{compare, refusals};
pub use compile::{QuotaInForce, Understood, compile, understand};
pub use damage::assess;
pub use estimate::mean;
pub use fates::{ContextMarks, Fate, context_marks};
pub use replication::{Replication, replicate, trace};

/// How far a run has come, for progress bars, and whether it should stop.
#[derive(Debug, Default)]
pub struct Progress {
    /// Nanoseconds of measured and warm-up time simulated so far, over all replications.
    pub simulated: AtomicU64,
    /// As many as the run comes to, as far as is known by now.
    pub expected: AtomicU64,
    /// Replications done, and to be done as far as is known by now; pilot passes count like others.
    pub done: AtomicU64,
    pub planned: AtomicU64,
    /// Set to stop: replications that have not begun are left out, and the run yields nothing.
    pub cancelled: AtomicBool,
}

/// Why a run yields nothing.
#[derive(Debug)]
pub enum RunError {
    /// The scenario has mistakes that only compiling shows.
    Diagnostics(Diagnostics),
    /// The bill cannot be made.
    Prices(Vec<PriceError>),
    /// `warm_up: auto` finds no warm-up.
    WarmUp(String),
    /// Interrupted.
    Cancelled,
    /// A check of the simulation against itself failed: a mistake of ours.
    Violation(String),
}

/// The price book that the rooms bring along; it is read once.
pub fn price_book() -> Result<&'static PriceBook, Vec<PriceError>> {
    static BOOK: LazyLock<Result<PriceBook, Vec<PriceError>>> = LazyLock::new(read_price_book);
    BOOK.as_ref().map_err(Clone::clone)
}

fn read_price_book() -> Result<PriceBook, Vec<PriceError>> {
    let mut books = Vec::new();
    let mut errors = Vec::new();
    for (name, text) in crate::services::prices() {
        match PriceBook::parse(text, &format!("{name}/prices.csv")) {
            Ok(book) => books.push(book),
            Err(found) => errors.extend(found),
        }
    }
    if errors.is_empty() { PriceBook::join(books) } else { Err(errors) }
}

/// Runs all replications of all models in parallel; the runs come in the order of the models. Where a study asks for it, the
/// warm-up is found before, and replications are added until the results are precise enough; both hold for all models.
pub fn run_all(models: &[Model], progress: &Progress) -> Result<Vec<Run>, RunError> {
    run_until(models, progress, |look| precision::go_on(look.models, look.runs, look.done))
}

/// What there is after some replications.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    pub models: &'a [Model],
    pub runs: &'a [Run],
    /// Those of each model.
    pub replications: &'a [Vec<Replication>],
    /// How many replications of each model there are.
    pub done: u64,
}

/// As [`run_all`], but `go_on` decides at each look how many replications all models go on to; `None` ends it.
///
/// # Errors
/// What keeps the runs from yielding results.
pub fn run_until(
    models: &[Model],
    progress: &Progress,
    mut go_on: impl FnMut(&Look) -> Option<u64>,
) -> Result<Vec<Run>, RunError> {
    for model in models {
        let mut diagnostics = Diagnostics::new();
        validate(model, &mut diagnostics);
        if diagnostics.has_errors() {
            return Err(RunError::Diagnostics(diagnostics));
        }
    }
    let book = price_book().map_err(RunError::Prices)?;
    let mut models = models.to_vec();
    expect(&models, models.iter().map(|model| u64::from(model.study.finds_warm_up) * model.study.replications.0), progress);
    let warm_up = warm_up::settle(&mut models, progress)?;
    let mut counts = precision::begin(&models);
    let mut made: Vec<Vec<Replication>> = vec![Vec::new(); models.len()];
    let mut looks = Vec::new();
    loop {
        extend(&models, &counts, &mut made, progress)?;
        looks.extend(counts.iter().max());
        let collected = models.iter().zip(&made).map(|(model, own)| {
            let mut run = collect::collect(model, own, book)?;
            run.summary.precision = precision::judge(model, &run.summary, &looks);
            run.summary.warm_up_decided_by =
                warm_up.as_ref().filter(|_| model.study.finds_warm_up).map(|found| found.decided_by.clone());
            Ok(run)
        });
        let runs = collected.collect::<Result<Vec<Run>, RunError>>()?;
        let done = counts.iter().copied().max().unwrap_or(0);
        match go_on(&Look { models: &models, runs: &runs, replications: &made, done }) {
            Some(next) => counts.fill(next),
            None => return Ok(runs),
        }
    }
}

/// Finds the warm-up of the models that ask for it, the same for all.
///
/// # Errors
/// There is none, or it was interrupted.
pub fn settle_warm_up(models: &mut [Model], progress: &Progress) -> Result<(), RunError> {
    expect(models, models.iter().map(|model| u64::from(model.study.finds_warm_up) * model.study.replications.0), progress);
    warm_up::settle(models, progress).map(|_| ())
}

/// What replications of a model yield together.
///
/// # Errors
/// A check of a replication against itself failed, or the bill cannot be made.
pub fn summarise(model: &Model, replications: &[Replication]) -> Result<Run, RunError> {
    if let Some(violation) = replications.iter().find_map(|replication| replication.violation.clone()) {
        return Err(RunError::Violation(violation));
    }
    collect::collect(model, replications, price_book().map_err(RunError::Prices)?)
}

/// Compiles a model, so that all its mistakes are known; checks the metrics that its study names.
pub fn validate(model: &Model, diagnostics: &mut Diagnostics) {
    if compile(model, 0, diagnostics).is_some() {
        collect::check_metrics(model, diagnostics);
    }
}

/// Announces so many more replications of each model.
pub fn expect(models: &[Model], counts: impl Iterator<Item = u64>, progress: &Progress) {
    for (model, count) in models.iter().zip(counts) {
        progress.expected.fetch_add(model.study.horizon().saturating_mul(count), Ordering::Relaxed);
        progress.planned.fetch_add(count, Ordering::Relaxed);
    }
}

/// Runs all replications that are missing from `made`, in parallel, up to so many of each model.
fn extend(models: &[Model], counts: &[u64], made: &mut [Vec<Replication>], progress: &Progress) -> Result<(), RunError> {
    let missing = |index: usize| made[index].len() as u32..counts[index] as u32;
    let jobs: Vec<(usize, u32)> = (0..models.len()).flat_map(|index| missing(index).map(move |number| (index, number))).collect();
    expect(models, (0..models.len()).map(|index| missing(index).len() as u64), progress);
    let replications: Vec<(usize, Option<Replication>)> = jobs
        .par_iter()
        .with_max_len(1)
        .map(|(index, number)| {
            if progress.cancelled.load(Ordering::Relaxed) {
                return (*index, None);
            }
            let replication = replicate(&models[*index], *number, progress);
            progress.done.fetch_add(1, Ordering::Relaxed);
            (*index, replication)
        })
        .collect();
    if progress.cancelled.load(Ordering::Relaxed) {
        return Err(RunError::Cancelled);
    }
    for (index, replication) in replications {
        let Some(replication) = replication else { continue };
        if let Some(violation) = replication.violation {
            return Err(RunError::Violation(violation));
        }
        made[index].push(replication);
    }
    Ok(())
}

/// Runs one model.
pub fn run(model: &Model) -> Result<Run, RunError> {
    run_all(std::slice::from_ref(model), &Progress::default()).map(|mut runs| runs.remove(0))
}

/// Runs a scenario given as text and returns its summary: for tests and embedders.
///
/// # Errors
/// The rendered diagnostics, or what kept the run from yielding results.
pub fn run_text(text: &str) -> Result<Run, String> {
    let reading = crate::scenario::read_text(text);
    let Some(model) = reading.model else { return Err(reading.diagnostics.render(&reading.sources, false)) };
    run(&model).map_err(|error| match error {
        RunError::Diagnostics(diagnostics) => diagnostics.render(&reading.sources, false),
        RunError::WarmUp(message) => message,
        other => format!("{other:?}"),
    })
}

impl Run {
    /// The summary.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}
