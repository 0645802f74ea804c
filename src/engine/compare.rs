//! Comparison of designs that ran under the same seeds.

use crate::reader::{Node, Value};
use crate::results::{Comparison, Estimate, PairedDifference, ScenarioDifference};
use crate::scenario::Model;
use crate::stats;

use super::collect::Run;
use super::estimate::CONFIDENCE;

/// Keys that must agree for a comparison to mean anything.
const SHARED: [&str; 3] = ["workload", "study", "region"];

/// Puts runs side by side: the first is the baseline of every difference.
pub fn compare(models: &[Model], runs: Vec<Run>) -> Comparison {
    let mut differences = Vec::new();
    let mut simultaneous_intervals = 0;
    if let Some(base) = runs.first() {
        let paths = metrics(base);
        // Bonferroni: all intervals of all designs hold together.
        simultaneous_intervals = paths.len() * (runs.len() - 1);
        for run in &runs[1..] {
            differences.extend(paths.iter().filter_map(|path| pair(base, run, path, simultaneous_intervals)));
        }
    }
    let scenario_differences =
        models.get(1..).unwrap_or_default().iter().flat_map(|model| list_differences(&models[0], model)).collect();
    Comparison {
        schema: "floodplan.comparison/1".to_string(),
        designs: runs.into_iter().map(|run| run.summary).collect(),
        simultaneous_intervals,
        differences,
        scenario_differences,
    }
}

/// Keys in which shared parts of the scenarios differ: a comparison is refused unless they are allowed.
pub fn refusals(models: &[Model], allowed: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let Some(first) = models.first() else { return found };
    for model in &models[1..] {
        for (key, here, there) in diff(&first.root, &model.root) {
            let path = key.join(".");
            let [here, there] = [here, there].map(|value| value.unwrap_or_else(|| "absent".to_string()));
            let shared = SHARED.iter().any(|key| path == *key || path.starts_with(&format!("{key}.")));
            // Where the work goes in, and what clients do about failures, is part of the design; what comes in is shared.
            let design = path.starts_with("workload.")
                && path.rsplit('.').next().is_some_and(|key| ["target", "route", "invocation", "retry"].contains(&key));
            let external = path.starts_with("services.") && is_external(first, model, &path);
            if (shared && !design || external)
                && !allowed.iter().any(|allow| path == *allow || path.starts_with(&format!("{allow}.")))
            {
                found.push(format!("`{path}` is {here} in `{}` and {there} in `{}`", first.name, model.name));
            }
        }
    }
    found
}

fn is_external(first: &Model, second: &Model, path: &str) -> bool {
    let Some(name) = path.split('.').nth(1) else { return false };
    [first, second].iter().all(|model| {
        let node = model.root.get("services").and_then(|services| services.get(name)).and_then(|service| service.get("type"));
        node.and_then(Node::as_str) == Some("external")
    })
}

fn list_differences(first: &Model, second: &Model) -> Vec<ScenarioDifference> {
    let found = diff(&first.root, &second.root);
    let relevant = found.into_iter().filter(|(key, ..)| *key != ["name"] && *key != ["question"]);
    let named = |(key, baseline_value, design_value)| ScenarioDifference {
        design: second.name.clone(),
        key,
        baseline_value,
        design_value,
    };
    relevant.map(named).collect()
}

/// A key, and its shortened values here and there.
type Difference = (Vec<String>, Option<String>, Option<String>);

/// The first key on every way in which two trees differ.
fn diff(here: &Node, there: &Node) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(here, there, &[], &mut found);
    // What a sweep would vary says nothing of the design as it is.
    found.retain(|(key, ..)| !(key.len() >= 2 && key[0] == "study" && key[1] == "sweep"));
    found
}

fn walk(here: &Node, there: &Node, path: &[String], found: &mut Vec<Difference>) {
    let join = |key: &str| path.iter().cloned().chain([key.to_string()]).collect::<Vec<String>>();
    if let (Value::Map(_), Value::Map(_)) = (&here.value, &there.value) {
        for (key, value) in here.entries() {
            let name = key.as_str().unwrap_or("?");
            match there.get(name) {
                Some(other) => walk(value, other, &join(name), found),
                None => found.push((join(name), Some(short(value)), None)),
            }
        }
        for (key, value) in there.entries() {
            let name = key.as_str().unwrap_or("?");
            if here.get(name).is_none() {
                found.push((join(name), None, Some(short(value))));
            }
        }
    } else if here.to_json() != there.to_json() {
        found.push((path.to_vec(), Some(short(here)), Some(short(there))));
    }
}

fn short(node: &Node) -> String {
    let text = node.to_json().to_string();
    if text.chars().count() <= 60 { text } else { format!("{}...", text.chars().take(57).collect::<String>()) }
}

/// The metrics that a comparison shows: the bill, then every journey metric.
fn metrics(run: &Run) -> Vec<String> {
    let shown = |path: &&String| path.starts_with("bill.") || path.starts_with("journeys.");
    let mut paths: Vec<String> = run.samples.keys().filter(shown).cloned().collect();
    paths.sort_by_key(|path| path.starts_with("journeys."));
    paths
}

fn pair(base: &Run, run: &Run, path: &str, together: usize) -> Option<PairedDifference> {
    let (before, after) = (base.samples.get(path)?, run.samples.get(path)?);
    let confidence = 1.0 - (1.0 - CONFIDENCE) / together.max(1) as f64;
    let found = stats::compare(before, after, confidence).ok()?;
    let verdict = match found.verdict {
        stats::Verdict::Lower => "lower",
        stats::Verdict::Higher => "higher",
        stats::Verdict::Identical | stats::Verdict::NoDifferenceShown => "no difference shown",
    };
    let interval = found.difference;
    Some(PairedDifference {
        metric: path.to_string(),
        unit: unit(path).to_string(),
        baseline: base.summary.scenario.clone(),
        design: run.summary.scenario.clone(),
        difference: Estimate {
            mean: Some(interval.mean),
            low: Some(interval.low),
            high: Some(interval.high),
            ..Estimate::default()
        },
        verdict: verdict.to_string(),
        correlation: found.correlation,
        // Reported as the factor by which pairing shrinks the variance.
        variance_reduction: found.variance_reduction.filter(|share| *share < 1.0).map(|share| 1.0 / (1.0 - share)),
    })
}

fn unit(path: &str) -> &'static str {
    if path.contains("_ms") {
        "ms"
    } else if path.contains("_usd") {
        "USD"
    } else if path.contains(".ending_shares.") {
        "share"
    } else if path.ends_with("per_second") {
        "1/s"
    } else {
        "journeys"
    }
}
