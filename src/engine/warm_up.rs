//! `warm_up: auto`: where the warm-up ends, found in a pilot pass over the same seeds.
//!
//! MSER-5 is applied to each series of each replication by itself; a series' cut is the median over replications (the later of
//! two in the middle). What starts off biased is biased in all of them, whereas a late cut in one of several is chance, and the
//! latest of ten replications would often refuse a queue that is steady. The latest of the series, over all designs, is the
//! warm-up of all replications and designs, so that paired designs stay paired.
//!
//! Series are the mean latency of each workload's observed milestone per time bin of completion and each backlog. A bin in
//! which nothing completed counts as the one before it, those before the first completion as the first. A backlog that stays
//! below 50 in every bin of a replication has its cut at 0 there: what moves it is chance. The pilot pass is as long as the measured
//! window and does not drain.

use std::sync::atomic::Ordering;

use rayon::prelude::*;

use crate::fabric::latency::LatencyBins;
use crate::fabric::series::Bins;
use crate::kernel::{SECOND, Time};
use crate::results::SeriesKind;
use crate::scenario::Model;
use crate::stats::{Truncation, TruncationRefused, mser5};
use crate::units::Duration;

use super::replication::{Pilot, pilot};
use super::stability::BACKLOG_MIN;
use super::{Progress, RunError};

/// A warm-up that was found.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub length: Time,
    /// The series with the latest cut.
    pub decided_by: String,
}

/// Gives every model whose warm-up is to be found the latest that is found in any of them; `None` if there is no such model.
pub(super) fn settle(models: &mut [Model], progress: &Progress) -> Result<Option<Found>, RunError> {
    let jobs: Vec<(&Model, u32)> = models
        .iter()
        .filter(|model| model.study.finds_warm_up)
        .flat_map(|model| (0..model.study.replications.0 as u32).map(move |number| (model, number)))
        .collect();
    if jobs.is_empty() {
        return Ok(None);
    }
    let pilots: Vec<Option<Pilot>> =
        jobs.par_iter().with_max_len(1).map(|(model, number)| pilot(model, *number, progress)).collect();
    if progress.cancelled.load(Ordering::Relaxed) {
        return Err(RunError::Cancelled);
    }
    let mut pilots = pilots.into_iter().flatten();
    let mut latest: Option<Found> = None;
    for model in models.iter().filter(|model| model.study.finds_warm_up) {
        let own: Vec<Pilot> = pilots.by_ref().take(model.study.replications.0 as usize).collect();
        // Of equally late cuts the first is named.
        for found in find(model, &own).map_err(RunError::WarmUp)? {
            if latest.as_ref().is_none_or(|latest| found.length > latest.length) {
                latest = Some(found);
            }
        }
    }
    let Some(found) = latest else {
        let message = "there is nothing by which `warm_up: auto` could find the warm-up: no journey reaches a milestone";
        return Err(RunError::WarmUp(message.to_string()));
    };
    for model in models.iter_mut().filter(|model| model.study.finds_warm_up) {
        model.study.warm_up = Duration(found.length);
    }
    Ok(Some(found))
}

/// The cut of each series of a model that has values in some replication.
fn find(model: &Model, pilots: &[Pilot]) -> Result<Vec<Found>, String> {
    let mut series: Vec<(String, Vec<Time>)> = Vec::new();
    for pilot in pilots {
        for (index, Line { name, width, values }) in lines(pilot).into_iter().enumerate() {
            if index >= series.len() {
                series.push((format!("{name} in `{}`", model.name), Vec::new()));
            }
            if let Some(values) = values {
                let (name, cuts) = &mut series[index];
                cuts.push(cut(&values, name, width)? * width);
            }
        }
    }
    let mut found = Vec::new();
    for (decided_by, mut cuts) in series {
        if cuts.is_empty() {
            continue;
        }
        cuts.resize(pilots.len(), 0);
        cuts.sort_unstable();
        let length = cuts[cuts.len() / 2];
        if length * 2 > model.study.duration.0 {
            return Err(too_late(length, &decided_by, model, pilots));
        }
        found.push(Found { length, decided_by });
    }
    Ok(found)
}

/// How many bins to drop, late or not.
fn cut(values: &[f64], series: &str, width: Time) -> Result<Time, String> {
    let seconds = |bins: usize| (bins as Time * width) as f64 / SECOND as f64;
    match mser5(values) {
        Ok(Truncation { observations: cut, .. }) | Err(TruncationRefused::TooLate { cut, .. }) => Ok(cut as Time),
        Err(TruncationRefused::TooShort { given, least }) => Err(format!(
            "`warm_up: auto` needs {} s at least, and {series} covers {} s: run longer (`study.duration`)",
            seconds(least),
            seconds(given)
        )),
        Err(refused @ TruncationRefused::NotFinite { .. }) => Err(format!("{series}: {refused}")),
    }
}

fn too_late(length: Time, series: &str, model: &Model, pilots: &[Pilot]) -> String {
    let unstable = pilots.iter().find_map(|pilot| pilot.unstable.first());
    let why = unstable.map_or_else(String::new, |reason| format!("; it may have no steady state: {reason}"));
    format!(
        "the warm-up would take {} s of {} s by {series}, past the middle: run longer (`study.duration`), or give `warm_up` a \
         duration{why}",
        length as f64 / SECOND as f64,
        model.study.duration.as_seconds()
    )
}

/// One series of evenly spaced observations; without values where it says nothing.
struct Line {
    name: String,
    width: Time,
    values: Option<Vec<f64>>,
}

fn lines(pilot: &Pilot) -> Vec<Line> {
    let mut made = Vec::new();
    for (plan, outcomes) in pilot.workloads.iter().zip(&pilot.outcomes.workloads) {
        let values = mean_latencies(&outcomes.latencies, pilot.end);
        made.push(Line { name: format!("the latency of `{}`", plan.name), width: outcomes.latencies.width, values });
    }
    for level in pilot.metrics.levels.iter().filter(|level| level.kind == Some(SeriesKind::Backlog)) {
        let values = means(&level.bins, pilot.end);
        let values = values.iter().any(|value| *value >= BACKLOG_MIN).then_some(values);
        let name = format!("{} of `{}`", level.name.replace('_', " "), pilot.service_names[level.service as usize]);
        made.push(Line { name, width: level.bins.width, values });
    }
    made
}

/// Mean latency per whole bin up to `end`, nanoseconds; `None` if nothing completed.
fn mean_latencies(bins: &LatencyBins, end: Time) -> Option<Vec<f64>> {
    let mean = |index: usize| bins.histogram(index).mean();
    let mut last = (0..bins.len()).find_map(mean)?;
    let whole = (end / bins.width) as usize;
    let value = |index: usize| {
        last = mean(index).unwrap_or(last);
        last
    };
    Some((0..whole).map(value).collect())
}

/// Mean level per whole bin up to `end`.
fn means(bins: &Bins, end: Time) -> Vec<f64> {
    let value = |index: usize| bins.sums.get(index).copied().unwrap_or(0) as f64 / bins.width as f64;
    (0..(end / bins.width) as usize).map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::mean_latencies;
    use crate::fabric::latency::LatencyBins;

    #[test]
    fn an_empty_bin_counts_as_the_one_before_it() {
        let mut bins = LatencyBins::default();
        let width = bins.width;
        assert_eq!(mean_latencies(&bins, 6 * width), None);
        bins.record(width + 1, 100_000);
        bins.record(3 * width, 300_000);
        let found = mean_latencies(&bins, 6 * width + width / 2).expect("something completed");
        assert_eq!(found, [1e5, 1e5, 1e5, 3e5, 3e5, 3e5], "two before and behind, and no part of a bin");
    }
}
