//! Intervals of quantiles at another confidence than that of the summary. The other intervals are those of Student-t, whose width
//! follows from the summary's; these follow the distribution that was observed.

use super::super::estimate::quantile_interval_ms;
use super::super::replication::Replication;
use super::MetricNames;
use crate::fabric::metric::Timing;
use crate::stats::Histogram;

/// The quantiles of durations that a summary has.
const QUANTILES: [(&str, f64); 5] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)];

/// Durations of one kind in each replication, how many were still open at its end, and which quantile of them is meant.
struct Durations<'a> {
    finished: Vec<&'a Histogram>,
    open: Vec<u64>,
    q: f64,
}

/// The interval of the quantile of durations at a path of `summary.json`, milliseconds. The high end is infinite where it lies among
/// what was still open. The outer `None` says that the path is no such quantile, the inner one that it has no interval.
pub fn quantile_interval(replications: &[Replication], path: &[String], confidence: f64) -> Option<Option<(f64, f64)>> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let durations = match path.as_slice() {
        ["journeys", workload, "milestones", milestone, "latency_ms", statistic] => {
            latency(replications, workload, milestone, quantile(statistic)?)
        }
        ["services", service, metric] => {
            let (name, statistic) = metric.rsplit_once('_')?;
            timing(replications, service, name, quantile(statistic)?)
        }
        _ => None,
    }?;
    Some(quantile_interval_ms(&durations.finished, &durations.open, durations.q, confidence))
}

fn quantile(statistic: &str) -> Option<f64> {
    QUANTILES.iter().find(|(name, _)| *name == statistic).map(|(_, q)| *q)
}

fn latency<'a>(replications: &'a [Replication], workload: &str, milestone: &str, q: f64) -> Option<Durations<'a>> {
    let plans = &replications.first()?.workloads;
    let workload = plans.iter().position(|plan| plan.name == workload)?;
    let milestone = plans[workload].milestones.iter().position(|(name, _)| *name == milestone)?;
    let outcomes = || replications.iter().map(|replication| &replication.outcomes.workloads[workload]);
    Some(Durations {
        finished: outcomes().map(|outcomes| &outcomes.milestones[milestone]).collect(),
        open: outcomes().map(|outcomes| outcomes.open[milestone]).collect(),
        q,
    })
}

fn timing<'a>(replications: &'a [Replication], service: &str, name: &str, q: f64) -> Option<Durations<'a>> {
    let first = replications.first()?;
    let service = first.service_names.iter().position(|known| known == service)?;
    let mut names = MetricNames::default();
    // Numbered as in the summary: counters and levels come first.
    for counter in &first.metrics.counters {
        names.next(&first.service_names, counter.service, counter.name, counter.connection);
    }
    for level in &first.metrics.levels {
        names.next(&first.service_names, level.service, level.name, level.connection);
    }
    let mut next = |timing: &Timing| names.next(&first.service_names, timing.service, timing.name, None);
    let named: Vec<String> = first.metrics.timings.iter().map(&mut next).collect();
    let of_service = |index: &usize| usize::from(first.metrics.timings[*index].service) == service;
    let index = (0..named.len()).filter(of_service).find(|index| named[*index] == name)?;
    Some(Durations {
        finished: replications.iter().map(|replication| &replication.metrics.timings[index].histogram).collect(),
        open: vec![0; replications.len()],
        q,
    })
}
