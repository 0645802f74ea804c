//! From replications to a summary: estimates with intervals, the bill, limits, breakdown, curves and series.

mod bill;
mod breakdown;
mod metrics;
mod quantiles;

pub(super) use metrics::check as check_metrics;
pub use metrics::names as metric_names;
pub use quantiles::quantile_interval;

use indexmap::IndexMap;
use rustc_hash::FxHashMap;

use crate::fabric::metric::LevelId;
use crate::fabric::outcomes::WorkloadOutcomes;
use crate::kernel::{SECOND, Time};
use crate::pricing::PriceBook;
use crate::results::{
    AssumptionUse, BillSummary, Estimate, JourneySummary, LatencySummary, LimitRow, MilestoneSummary, ObjectiveResult,
    SUMMARY_SCHEMA, SeriesKind, ServiceSummary, Span, Stability, Summary,
};
use crate::scenario::{Model, Objective, Verdict};
use crate::stats::Histogram;

use super::estimate::{mean, mean_ms, own_quantile_ms, quantile_ms};
use super::replication::Replication;
use super::{RunError, precision, recovery, series};

/// A summary, and the values of single replications that paired comparisons need.
#[derive(Clone, Debug)]
pub struct Run {
    pub summary: Summary,
    /// Path of the metric to its value in each replication.
    pub samples: IndexMap<String, Vec<f64>>,
    /// Set when a bound ended a replication: the results are partial.
    pub stopped: Option<String>,
    /// The warm-up that it had.
    pub warm_up: Time,
    /// For each replication: `SERVICE.COUNTER` to its total of the whole run, and `SERVICE.LEVEL` to its value at the end.
    pub totals: Vec<IndexMap<String, u64>>,
}

/// Makes the summary of a model's replications.
pub fn collect(model: &Model, replications: &[Replication], book: &PriceBook) -> Result<Run, RunError> {
    let mut collector = Collector { model, replications, samples: IndexMap::new() };
    let unstable: Vec<String> = distinct(replications.iter().flat_map(|replication| replication.unstable.iter().cloned()));
    let stopped = replications.iter().find_map(|replication| replication.stopped.clone());
    let mut summary = Summary {
        schema: SUMMARY_SCHEMA.to_string(),
        scenario: model.name.clone(),
        question: model.question.clone(),
        version: env!("CARGO_PKG_VERSION").to_string(),
        region: model.region.clone(),
        seed: model.study.seed.0,
        replications: replications.len() as u32,
        fingerprint: format!("{:016x}", fingerprint(replications)),
        events: replications.iter().map(|replication| replication.events).sum(),
        window_seconds: model.study.duration.as_seconds(),
        warm_up_seconds: model.study.warm_up.as_seconds(),
        warm_up_decided_by: None,
        precision: None,
        planning: Vec::new(),
        stability: Stability { stable: unstable.is_empty(), reasons: unstable },
        journeys: collector.journeys(),
        services: collector.services(),
        dead_letters: collector.dead_letters(),
        bill: BillSummary::default(),
        objectives: Vec::new(),
        assumptions: assumptions(replications),
        warnings: Vec::new(),
        recoveries: Vec::new(),
        limits: collector.limits(),
        breakdown: collector.breakdown(),
        curves: collector.curves(),
        series: series::collect(replications),
        spans: spans(model),
    };
    summary.bill = collector.bill(book, !summary.stability.stable || stopped.is_some())?;
    let each: Vec<_> = replications.iter().map(|replication| series::collect(std::slice::from_ref(replication))).collect();
    summary.recoveries = recovery::collect(model, replications, &each, &dead_letter_queues(replications));
    summary.warnings = warnings(replications, stopped.as_ref());
    summary.objectives = objectives(model, &summary, replications);
    summary.planning = precision::plan(model, &summary);
    let totals = replications.iter().map(totals).collect();
    Ok(Run { samples: collector.samples, summary, stopped, warm_up: model.study.warm_up.0, totals })
}

struct Collector<'a> {
    model: &'a Model,
    replications: &'a [Replication],
    samples: IndexMap<String, Vec<f64>>,
}

impl Collector<'_> {
    /// An estimate of a number that each replication has, kept for comparisons under its path.
    fn estimate(&mut self, path: String, value: impl Fn(&Replication) -> f64) -> Estimate {
        let values: Vec<f64> = self.replications.iter().map(value).collect();
        let estimate = mean(&values);
        self.samples.insert(path, values);
        estimate
    }

    fn window(&self) -> f64 {
        self.model.study.duration.as_seconds()
    }

    fn journeys(&mut self) -> IndexMap<String, JourneySummary> {
        let plans = self.replications.first().map_or(Vec::new(), |replication| replication.workloads.clone());
        let window = self.window();
        let mut made = IndexMap::new();
        for (index, plan) in plans.iter().enumerate() {
            let path = format!("journeys.{}", plan.name);
            let started = self.estimate(format!("{path}.started"), |r| r.outcomes.workloads[index].started as f64);
            let unfinished = self.estimate(format!("{path}.unfinished"), |r| open_of(&r.outcomes.workloads[index]) as f64);
            let mut endings = IndexMap::new();
            for (place, (name, _)) in plan.endings.iter().enumerate() {
                let ending =
                    self.estimate(format!("{path}.endings.{name}"), |r| r.outcomes.workloads[index].endings[place] as f64);
                endings.insert(name.clone(), ending);
            }
            let last = plan.endings.len();
            let other = self.estimate(format!("{path}.endings.other"), |r| r.outcomes.workloads[index].endings[last] as f64);
            endings.insert("other".to_string(), other);
            let names = endings.keys().cloned().collect::<Vec<String>>();
            let share = |r: &Replication, place: usize| {
                let outcomes = &r.outcomes.workloads[index];
                outcomes.endings[place] as f64 / outcomes.started as f64
            };
            let mut ending_shares = IndexMap::new();
            for (place, name) in names.into_iter().enumerate() {
                let estimate = self.estimate(format!("{path}.ending_shares.{name}"), |r| share(r, place));
                ending_shares.insert(name, estimate);
            }
            let mut milestones = IndexMap::new();
            for (place, (name, _)) in plan.milestones.iter().enumerate() {
                let latency_ms = self.latency(index, place, &format!("{path}.milestones.{name}.latency_ms"));
                milestones.insert(name.clone(), MilestoneSummary { latency_ms });
            }
            let late = self.estimate(format!("{path}.late"), |r| r.outcomes.workloads[index].late as f64);
            let duplicates = self.estimate(format!("{path}.duplicates"), |r| r.outcomes.workloads[index].duplicates as f64);
            let stuck = self.estimate(format!("{path}.stuck"), |r| stuck(r, index) as f64);
            let observed = plan.observed;
            let per_second = self.estimate(format!("{path}.per_second"), |r| reached(r, index, observed) as f64 / window);
            let observed = plan.milestones.get(observed).map(|(name, _)| name.clone());
            let journey = JourneySummary {
                observed,
                started,
                endings,
                ending_shares,
                unfinished,
                stuck,
                late,
                duplicates,
                per_second,
                milestones,
            };
            made.insert(plan.name.clone(), journey);
        }
        made
    }

    fn latency(&mut self, workload: usize, milestone: usize, path: &str) -> LatencySummary {
        let histograms: Vec<&Histogram> =
            self.replications.iter().map(|r| &r.outcomes.workloads[workload].milestones[milestone]).collect();
        // Journeys that closed without the milestone never reach it; those still open might, and rank slower than all.
        let open: Vec<u64> = self.replications.iter().map(|r| r.outcomes.workloads[workload].open[milestone]).collect();
        let means = histograms.iter().map(|histogram| histogram.mean().unwrap_or(f64::NAN) / 1e6).collect();
        self.samples.insert(format!("{path}.mean"), means);
        for (name, q) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
            let own = histograms.iter().zip(&open).map(|(histogram, open)| own_quantile_ms(histogram, *open, q)).collect();
            self.samples.insert(format!("{path}.{name}"), own);
        }
        LatencySummary {
            count: histograms.iter().map(|histogram| histogram.count()).sum(),
            mean: mean_ms(&histograms),
            p50: quantile_ms(&histograms, &open, 0.5),
            p90: quantile_ms(&histograms, &open, 0.9),
            p95: quantile_ms(&histograms, &open, 0.95),
            p99: quantile_ms(&histograms, &open, 0.99),
            p999: quantile_ms(&histograms, &open, 0.999),
        }
    }

    fn services(&mut self) -> IndexMap<String, ServiceSummary> {
        let Some(first) = self.replications.first() else { return IndexMap::new() };
        let mut made: IndexMap<String, ServiceSummary> = first
            .kinds
            .iter()
            .map(|(name, kind, context)| {
                (name.clone(), ServiceSummary { kind: (*kind).to_string(), context: context.clone(), metrics: IndexMap::new() })
            })
            .collect();
        let mut names = MetricNames::default();
        for (index, counter) in first.metrics.counters.iter().enumerate() {
            let name = &first.service_names[counter.service as usize];
            let metric = names.next(&first.service_names, counter.service, counter.name, counter.connection);
            let estimate = self.estimate(format!("services.{name}.{metric}"), |r| r.metrics.counted(index) as f64);
            insert(&mut made, name, metric.clone(), estimate);
            if first.metrics.has_rate(index) {
                let window = self.window();
                let path = format!("services.{name}.{metric}_per_second");
                let average = self.estimate(format!("{path}_mean"), |r| r.metrics.counted(index) as f64 / window);
                let peak = self.estimate(format!("{path}_peak"), |r| r.metrics.peak_per_second(index));
                insert(&mut made, name, format!("{metric}_per_second_mean"), average);
                insert(&mut made, name, format!("{metric}_per_second_peak"), peak);
            }
        }
        for (index, level) in first.metrics.levels.iter().enumerate() {
            let name = &first.service_names[level.service as usize];
            let metric = names.next(&first.service_names, level.service, level.name, level.connection);
            let path = format!("services.{name}.{metric}");
            let average = self.estimate(format!("{path}_mean"), |r| r.metrics.level_means[index]);
            let maximum = self.estimate(format!("{path}_max"), |r| r.metrics.highest(index) as f64);
            insert(&mut made, name, format!("{metric}_mean"), average);
            insert(&mut made, name, format!("{metric}_max"), maximum);
            if level.kind == Some(SeriesKind::Backlog) {
                // How long until a backlog is gone: the longest time on end that something was waiting.
                let longest =
                    self.estimate(format!("{path}_longest_s"), |r| r.metrics.longest_above_zero(index) as f64 / SECOND as f64);
                insert(&mut made, name, format!("{metric}_longest_s"), longest);
            }
            if first.metrics.distribution(index).is_some() {
                for (suffix, q) in [("p50", 0.5), ("p99", 0.99), ("p999", 0.999)] {
                    let quantile = self.estimate(format!("{path}_{suffix}"), |r| {
                        r.metrics.distribution(index).map_or(f64::NAN, |levels| levels.quantile(q))
                    });
                    insert(&mut made, name, format!("{metric}_{suffix}"), quantile);
                }
            }
        }
        for (index, timing) in first.metrics.timings.iter().enumerate() {
            let name = &first.service_names[timing.service as usize];
            let histograms: Vec<&Histogram> = self.replications.iter().map(|r| &r.metrics.timings[index].histogram).collect();
            if histograms.iter().all(|histogram| histogram.count() == 0) {
                continue;
            }
            let open = vec![0; histograms.len()];
            let metric = names.next(&first.service_names, timing.service, timing.name, None);
            let path = format!("services.{name}.{metric}");
            let means = histograms.iter().map(|histogram| histogram.mean().unwrap_or(f64::NAN) / 1e6).collect();
            self.samples.insert(format!("{path}_mean"), means);
            insert(&mut made, name, format!("{metric}_mean"), mean_ms(&histograms));
            for (suffix, q) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
                let own = histograms.iter().map(|histogram| own_quantile_ms(histogram, 0, q)).collect();
                self.samples.insert(format!("{path}_{suffix}"), own);
                insert(&mut made, name, format!("{metric}_{suffix}"), quantile_ms(&histograms, &open, q));
            }
        }
        made
    }

    /// They are counted where they leave; the queue that keeps them has a counter of its own.
    fn dead_letters(&mut self) -> Estimate {
        let leaving = |name: &str| name.contains("dead_letter") && name != "dead_letters_kept";
        self.estimate("dead_letters".to_string(), |r| {
            let counters = r.metrics.counters.iter().enumerate().filter(|(_, counter)| leaving(counter.name));
            counters.map(|(index, _)| r.metrics.counted(index) as f64).sum()
        })
    }

    fn limits(&mut self) -> Vec<LimitRow> {
        let Some(first) = self.replications.first() else { return Vec::new() };
        let rows = first.limiters.iter().enumerate().map(|(index, limiter)| {
            let share = |part: fn(&super::replication::LimiterUse) -> u64| {
                let values: Vec<f64> = self
                    .replications
                    .iter()
                    .map(|r| part(&r.limiters[index]) as f64 / (r.limiters[index].asked.max(1)) as f64)
                    .collect();
                mean(&values)
            };
            // The mean over replications, like the peak beside it: the worst of many would be worse the more there are.
            let high = self.replications.iter().map(|r| r.limiters[index].high_use).sum::<f64>() / self.replications.len() as f64;
            let peaks: Vec<f64> = self.replications.iter().map(|r| r.limiters[index].peak).collect();
            LimitRow {
                service: limiter.service.clone(),
                limiter: limiter.name.clone(),
                unit: limiter.unit.clone(),
                quota: limiter.quota,
                peak_use: mean(&peaks),
                refused_share: share(|limiter| limiter.refused),
                delayed_share: share(|limiter| limiter.delayed),
                load_multiple: (high > 0.0).then(|| limiter.quota / high),
                adjustable: limiter.adjustable,
            }
        });
        rows.collect()
    }
}

/// Names of metrics: a service with several connections of one kind has the metrics of each, those from the second on with the
/// name of what it is connected to (`poller_records_refunds`).
#[derive(Default)]
pub(super) struct MetricNames {
    seen: FxHashMap<(u16, &'static str), Vec<Option<u16>>>,
}

impl MetricNames {
    /// The name of the next metric; `services` are the names of all services.
    pub(super) fn next(&mut self, services: &[String], service: u16, name: &'static str, connection: Option<u16>) -> String {
        let seen = self.seen.entry((service, name)).or_default();
        let again = connection.is_none() || seen.contains(&connection);
        seen.push(connection);
        match (seen.len(), connection) {
            (1, _) => name.to_string(),
            (_, Some(other)) if !again => format!("{name}_{}", services[usize::from(other)]),
            (count, _) => format!("{name}_{count}"),
        }
    }
}

fn insert(services: &mut IndexMap<String, ServiceSummary>, name: &str, metric: String, estimate: Estimate) {
    if let Some(service) = services.get_mut(name) {
        let earlier = service.metrics.insert(metric, estimate);
        debug_assert!(earlier.is_none(), "two metrics of one name");
    }
}

/// Totals of the counters and last values of the levels; connections of one kind at one service add up.
fn totals(replication: &Replication) -> IndexMap<String, u64> {
    let mut made: IndexMap<String, u64> = IndexMap::new();
    let path = |service: u16, name: &str| format!("{}.{name}", replication.service_names[service as usize]);
    for (counter, total) in replication.metrics.counters.iter().zip(&replication.metrics.totals) {
        *made.entry(path(counter.service, counter.name)).or_default() += total;
    }
    for (index, level) in replication.metrics.levels.iter().enumerate() {
        *made.entry(path(level.service, level.name)).or_default() += replication.metrics.value(LevelId(index as u32));
    }
    made
}

/// Journeys that reached the observed milestone: those that started in the window, where the run drained. A run that did
/// not drain has left behind journeys of the window and served others of the warm-up, so there it is whatever reached
/// the milestone while the window was open.
fn reached(replication: &Replication, workload: usize, observed: usize) -> u64 {
    let outcomes = &replication.outcomes.workloads[workload];
    let drained = replication.unstable.is_empty() && replication.stopped.is_none();
    match outcomes.milestones.get(observed) {
        Some(milestone) if drained => milestone.count(),
        Some(_) => outcomes.reached_in_window,
        None if drained => outcomes.closed,
        None => outcomes.closed_in_window,
    }
}

/// Names of the services that only keep dead letters, in every replication that has any there.
fn dead_letter_queues(replications: &[Replication]) -> Vec<String> {
    let all = replications.iter().flat_map(|r| r.dead_letter_queues.iter().map(|index| r.service_names[*index as usize].clone()));
    let mut names: Vec<String> = all.collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Journeys of which nothing more came: under the ending named `stuck`, else under no named ending.
fn stuck(replication: &Replication, workload: usize) -> u64 {
    let endings = &replication.workloads[workload].endings;
    let place = endings.iter().position(|(name, _)| name == "stuck").unwrap_or(endings.len());
    replication.outcomes.workloads[workload].endings[place]
}

fn open_of(outcomes: &WorkloadOutcomes) -> u64 {
    outcomes.started - outcomes.closed
}

fn fingerprint(replications: &[Replication]) -> u64 {
    replications.iter().fold(0xcbf2_9ce4_8422_2325, |hash, replication| {
        (hash ^ replication.fingerprint).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(17)
    })
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    for value in values {
        // Figures differ between replications; the first wording of each kind of message is enough.
        let kind = |text: &str| text.split(" grows ").next().map(ToString::to_string);
        if !seen.iter().any(|known| kind(known) == kind(&value)) {
            seen.push(value);
        }
    }
    seen
}

fn assumptions(replications: &[Replication]) -> Vec<AssumptionUse> {
    replications.first().map_or(Vec::new(), |replication| replication.assumptions.clone())
}

/// The warm-up and the disturbances, up to the end of the window, where the series end.
fn spans(model: &Model) -> Vec<Span> {
    let mut spans = Vec::new();
    if model.study.warm_up.0 > 0 {
        spans.push(Span { label: "warm-up".to_string(), from_seconds: 0.0, to_seconds: model.study.warm_up.as_seconds() });
    }
    spans.extend(disturbances(model));
    spans
}

fn disturbances(model: &Model) -> Vec<Span> {
    let horizon = model.study.horizon();
    model.timeline.iter().filter(|entry| entry.from < horizon).map(|entry| recovery::disturbance(model, entry)).collect()
}

fn warnings(replications: &[Replication], stopped: Option<&String>) -> Vec<String> {
    let mut warnings: Vec<String> = stopped.iter().map(|reason| format!("the results are partial: {reason}")).collect();
    let duplicates: u64 =
        replications.iter().flat_map(|replication| &replication.outcomes.workloads).map(|workload| workload.duplicates).sum();
    if duplicates > 0 {
        warnings
            .push(format!("{duplicates} side effects happened more than once for a journey (duplicates, over all replications)"));
    }
    let abandoned: u64 = replications.iter().map(|replication| replication.abandoned_calls).sum();
    if abandoned > 0 {
        warnings.push(format!("{abandoned} calls went on after their caller had given up (over all replications)"));
    }
    warnings
}

fn objectives(model: &Model, summary: &Summary, replications: &[Replication]) -> Vec<ObjectiveResult> {
    if model.objectives.is_empty() {
        return Vec::new();
    }
    let json = serde_json::to_value(summary).unwrap_or_default();
    let mut windowed = 0..;
    let each = model.objectives.iter().map(|objective| {
        if objective.windows.is_some() {
            return judged(objective, share_of_windows(replications, windowed.next().unwrap_or_default()));
        }
        let path: Vec<&str> = objective.path.iter().map(String::as_str).collect();
        let missing = || Some(format!("there is no metric `{}`", objective.path.join(".")));
        judged(objective, at(&json, &path).unwrap_or_else(|| Estimate { withheld: missing(), ..Estimate::default() }))
    });
    each.collect()
}

/// The share of the windows in which an objective holds; `place` counts the objectives that hold window by window.
fn share_of_windows(replications: &[Replication], place: usize) -> Estimate {
    let shares: Vec<f64> = replications.iter().map(|r| r.held.get(place).map_or(f64::NAN, |held| held.share())).collect();
    mean(&shares)
}

fn judged(objective: &Objective, value: Estimate) -> ObjectiveResult {
    // A quantile beyond everything that finished fails any upper bound; what is withheld proves nothing.
    let endless = value.beyond.map(|_| f64::INFINITY);
    let met = value.mean.or(endless).is_some_and(|value| objective.judge_run(value) == Verdict::Met);
    let ends = [value.low.or(endless), value.high.or(endless)];
    let agrees = |end: Option<f64>| end.is_some_and(|end| (objective.judge_run(end) == Verdict::Met) == met);
    let bound = objective.windows.map_or(objective.bound, |windows| windows.share);
    // Where both ends miss an equation it may still hold in between.
    let within = matches!(ends, [Some(low), Some(high)] if low < bound && bound < high);
    let shown = ends.into_iter().all(agrees) && !within;
    ObjectiveResult {
        name: objective.name.clone(),
        condition: objective.condition.clone(),
        metric: objective.path.join("."),
        window_seconds: objective.windows.map(|windows| windows.width as f64 / SECOND as f64),
        value,
        bound,
        met,
        shown,
    }
}

/// The estimate, or plain number, at a path of the summary as JSON.
pub(super) fn at(json: &serde_json::Value, path: &[&str]) -> Option<Estimate> {
    let value = path.iter().try_fold(json, |value, key| value.get(key))?;
    if let Some(number) = value.as_f64() {
        return Some(Estimate::exact(number));
    }
    let number = |key: &str| value.get(key).and_then(serde_json::Value::as_f64);
    Some(Estimate {
        mean: number("mean"),
        low: number("low"),
        high: number("high"),
        beyond: number("beyond"),
        withheld: value.get("withheld").and_then(|text| text.as_str()).map(ToString::to_string),
    })
}
