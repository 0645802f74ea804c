//! The engine: compiles a model into a simulation, runs its replications, and collects what they yield.
//!
//! Left out: several accounts or Regions in one scenario; a search for the best setting (a sweep over the values of one key is
//! what there is); drain of a system whose work piles up (its open journeys count as unfinished, its bill is a lower bound); loads
//! at which limits bind, other than by a linear estimate from the load that was simulated. A replication ends after
//! `study.maximum_events` events, with `study.maximum_in_flight` calls and messages in flight, or when it has drained for
//! `study.drain`; the report of such a run is partial and says so.

mod advice;
mod collect;
mod compare;
mod compile;
mod estimate;
mod recovery;
mod replication;
mod self_check;
mod series;
mod stability;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use crate::pricing::{PriceBook, PriceError};
use crate::reader::Diagnostics;
use crate::results::Summary;
use crate::scenario::Model;

pub use collect::{Run, collect};
pub use compare::{compare, refusals};
pub use compile::{QuotaInForce, Understood, compile, understand};
pub use replication::{Replication, replicate, trace};

/// How far a run has come, for progress bars, and whether it should stop.
#[derive(Debug, Default)]
pub struct Progress {
    /// Nanoseconds of measured and warm-up time simulated so far, over all replications.
    pub simulated: AtomicU64,
    /// Replications done.
    pub done: AtomicU64,
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
    /// Interrupted.
    Cancelled,
    /// A check of the simulation against itself failed: a mistake of ours.
    Violation(String),
}

/// The price book that the rooms bring along.
pub fn price_book() -> Result<PriceBook, Vec<PriceError>> {
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

/// Runs all replications of all models in parallel; the runs come in the order of the models.
pub fn run_all(models: &[Model], progress: &Progress) -> Result<Vec<Run>, RunError> {
    for model in models {
        let mut diagnostics = Diagnostics::new();
        if compile(model, 0, &mut diagnostics).is_none() {
            return Err(RunError::Diagnostics(diagnostics));
        }
    }
    let book = price_book().map_err(RunError::Prices)?;
    let jobs: Vec<(usize, u32)> = models
        .iter()
        .enumerate()
        .flat_map(|(index, model)| (0..model.study.replications.0 as u32).map(move |number| (index, number)))
        .collect();
    let replications: Vec<Option<Replication>> = jobs
        .par_iter()
        .with_max_len(1)
        .map(|(index, number)| {
            if progress.cancelled.load(Ordering::Relaxed) {
                return None;
            }
            let replication = replicate(&models[*index], *number, progress);
            progress.done.fetch_add(1, Ordering::Relaxed);
            replication
        })
        .collect();
    if progress.cancelled.load(Ordering::Relaxed) {
        return Err(RunError::Cancelled);
    }
    let mut runs = Vec::new();
    let mut replications = replications.into_iter();
    for model in models {
        let own: Vec<Replication> = replications.by_ref().take(model.study.replications.0 as usize).flatten().collect();
        if let Some(violation) = own.iter().find_map(|replication| replication.violation.clone()) {
            return Err(RunError::Violation(violation));
        }
        runs.push(collect::collect(model, own, &book)?);
    }
    Ok(runs)
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
        other => format!("{other:?}"),
    })
}

impl Run {
    /// The summary.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}
