//! The metrics that a run of a model will have, and mistakes in those that the scenario names.

use indexmap::IndexMap;

use super::super::price_book;
use super::super::replication::{Replication, unrun};
use super::super::windows;
use super::{MetricNames, collect};
use crate::reader::{Code, Diagnostics, Span, suggest};
use crate::scenario::{Model, Objective};

/// Metrics of objectives and of `study.precision` that a run of this model does not have are mistakes.
pub(in super::super) fn check(model: &Model, diagnostics: &mut Diagnostics) {
    let precision = model.study.precision.iter().flat_map(|precision| &precision.metrics);
    let (windowed, whole): (Vec<&Objective>, Vec<&Objective>) =
        model.objectives.iter().partition(|objective| objective.windows.is_some());
    let objectives = whole.iter().map(|objective| (objective.path.join("."), objective.span));
    let mut named: Vec<(String, Span)> = precision.map(|metric| (metric.value.clone(), metric.span)).collect();
    // How many reached a milestone, what a service has cost, and whether that is all, are no estimates of their own or known only later.
    let told_later =
        |path: &str| path.ends_with(".latency_ms.count") || path == "bill.lower_bound" || path.starts_with("bill.services.");
    named.extend(objectives.filter(|(path, _)| !told_later(path)));
    if named.is_empty() && windowed.is_empty() {
        return;
    }
    let Some(replication) = unrun(model) else { return };
    let offered = windows::offered(&replication.workloads, &replication.metrics, &replication.service_names);
    for objective in windowed {
        unknown_in_windows(objective, &offered, diagnostics);
    }
    let known = metrics(model, replication);
    for (path, span) in named.into_iter().filter(|(path, _)| !known.contains(path)) {
        let message = format!("no metric of this scenario is called `{path}`");
        let hint = suggest(&path, known.iter().map(String::as_str)).map_or_else(
            || "a path in summary.json, as `journeys.NAME.milestones.NAME.latency_ms.p99`".to_string(),
            |close| format!("did you mean `{close}`?"),
        );
        diagnostics.error(span, Code::UnknownReference, message).hint(hint);
    }
}

/// A metric that exists but has no value in a window is another mistake than one that does not exist.
fn unknown_in_windows(objective: &Objective, offered: &[(String, windows::Part)], diagnostics: &mut Diagnostics) {
    let path = objective.path.join(".");
    if offered.iter().any(|(name, _)| *name == path) {
        return;
    }
    let message = format!("no metric that windows have is called `{path}`");
    let hint = suggest(&path, offered.iter().map(|(name, _)| name.as_str())).map_or_else(
        || {
            "windows have the journeys that arrive in them (`started`, `unfinished`, `endings`, `ending_shares`, latencies), the \
             throughput `per_second`, and of services counters, also `..._per_second`, and levels, `..._mean` and `..._max`"
                .to_string()
        },
        |close| format!("did you mean `{close}`?"),
    );
    diagnostics.error(objective.span, Code::UnknownReference, message).hint(hint);
}

/// Paths of the estimates that a run of this model has; none if it does not compile.
pub fn names(model: &Model) -> Vec<String> {
    unrun(model).map_or_else(Vec::new, |replication| metrics(model, replication))
}

/// Paths of the estimates that a run of this model has, those of which nothing may be observed included.
fn metrics(model: &Model, unrun: Replication) -> Vec<String> {
    let Ok(book) = price_book() else { return Vec::new() };
    let mut names = MetricNames::default();
    let mut timings = Vec::new();
    for timing in &unrun.metrics.timings {
        let name = names.next(&unrun.service_names, timing.service, timing.name, None);
        let service = &unrun.service_names[timing.service as usize];
        timings.extend(["mean", "p50", "p90", "p99"].map(|suffix| format!("services.{service}.{name}_{suffix}")));
    }
    let replications = [unrun];
    let samples = collect(model, &replications, book).map_or_else(|_| IndexMap::new(), |run| run.samples);
    samples.into_keys().chain(timings).collect()
}
