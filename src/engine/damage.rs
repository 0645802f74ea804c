//! What disturbances took: runs are repeated without each entry of their timelines, under the same seeds.

use indexmap::IndexMap;

use crate::kernel::Time;
use crate::results::{Damage, Estimate};
use crate::scenario::Model;
use crate::units::Duration;

use super::collect::{self, Run};
use super::estimate::mean;
use super::replication::Replication;
use super::{Progress, RunError, extend, price_book, recovery};

/// After every run.
const NEVER: Time = Time::MAX / 2;

/// Notes in the recoveries of finished runs what each disturbance took. For each of them the run's replications are simulated once
/// more, without that entry of the timeline.
pub fn assess(models: &[Model], runs: &mut [Run], progress: &Progress) -> Result<(), RunError> {
    let mut twins: Vec<Model> = Vec::new();
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (index, (model, run)) in models.iter().zip(&*runs).enumerate() {
        for (row, entry) in recovery::reported(&settled(model, run)).into_iter().enumerate() {
            let mut twin = settled(model, run);
            // It stays, so that whatever it rests on is known in both, and begins when nobody looks any more.
            (twin.timeline[entry].from, twin.timeline[entry].until) = (NEVER, None);
            twins.push(twin);
            places.push((index, row));
        }
    }
    if twins.is_empty() {
        return Ok(());
    }
    let book = price_book().map_err(RunError::Prices)?;
    let counts: Vec<u64> = places.iter().map(|(index, _)| u64::from(runs[*index].summary.replications)).collect();
    let mut made: Vec<Vec<Replication>> = vec![Vec::new(); twins.len()];
    extend(&twins, &counts, &mut made, progress)?;
    for ((twin, replications), (index, row)) in twins.iter().zip(&made).zip(places) {
        let undisturbed = collect::collect(twin, replications, book)?;
        let run = &mut runs[index];
        run.summary.recoveries[row].damage =
            Some(damage(run, &undisturbed, twin.study.month().map_or(f64::NAN, |month| month.traffic.to_f64())));
    }
    Ok(())
}

/// A model with the warm-up that its run had.
fn settled(model: &Model, run: &Run) -> Model {
    let mut settled = model.clone();
    settled.study.warm_up = Duration(run.warm_up);
    settled.study.finds_warm_up = false;
    settled
}

/// The run less the same run without a disturbance; the month has the traffic of so many windows.
fn damage(run: &Run, undisturbed: &Run, windows: f64) -> Damage {
    let difference = |path: &str, factor: f64| -> Vec<f64> {
        let (Some(with), Some(without)) = (run.samples.get(path), undisturbed.samples.get(path)) else { return Vec::new() };
        with.iter().zip(without).map(|(with, without)| (with - without) * factor).collect()
    };
    let journeys: Vec<&String> = run.summary.journeys.keys().collect();
    let sum = |metric: &str, factor: f64| -> Estimate {
        let each: Vec<Vec<f64>> = journeys.iter().map(|name| difference(&format!("journeys.{name}.{metric}"), factor)).collect();
        let replications = each.first().map_or(0, Vec::len);
        // They are counts, which a rate over the window yields but for rounding.
        let total = |place: usize| each.iter().map(|own| libm::round(own[place])).sum();
        mean(&(0..replications).map(total).collect::<Vec<f64>>())
    };
    let window = run.summary.window_seconds;
    let mut endings: IndexMap<String, IndexMap<String, Estimate>> = IndexMap::new();
    for (name, journey) in &run.summary.journeys {
        let own = endings.entry(name.clone()).or_default();
        for ending in journey.endings.keys() {
            own.insert(ending.clone(), mean(&difference(&format!("journeys.{name}.endings.{ending}"), 1.0)));
        }
        own.insert("unfinished".to_string(), mean(&difference(&format!("journeys.{name}.unfinished"), 1.0)));
    }
    Damage {
        lost: sum("per_second", -window),
        endings,
        duplicates: sum("duplicates", 1.0),
        dead_letters: mean(&difference("dead_letters", 1.0)),
        usd: mean(&difference("bill.month_usd", 1.0 / windows)),
    }
}
