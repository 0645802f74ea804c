//! Closed formulas, through the whole public path, with all of the room's own latencies off.

use serde_json::{Value, json};

use crate::engine::run_text;
use crate::results::Summary;

use super::{AT_ONCE, metric};

fn run(service: &str, resources: &str, definition: &Value, seed: u64) -> Summary {
    let text = format!(
        "name: theory\nstudy: {{ duration: 2000 s, replications: 10, seed: {seed} }}\nservices:\n  psp: {{ type: external, {service} }}\n  \
         wf: {{ type: step_functions, workflow_type: EXPRESS, {AT_ONCE}, resources: {{ {resources} }}, marks: {{ Done: done, GaveUp: gave_up }}, definition: {definition} }}\n\
         workload:\n  w: {{ target: wf, rate: 20/s, milestones: {{ done: done, gave_up: gave_up }}, endings: {{ done: done, gave_up: gave_up }} }}\n"
    );
    run_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}")).summary
}

/// The slowest of ten exponential branches of mean 1 s takes H(10) = 2.929 s on average.
#[test]
fn a_parallel_takes_as_long_as_the_slowest_branch() {
    let branch = |place: u32| {
        let name = format!("B{place}");
        json!({ "StartAt": name, "States": { name.clone(): { "Type": "Task", "Resource": "psp", "End": true } } })
    };
    let branches: Vec<Value> = (0..10).map(branch).collect();
    let definition = json!({ "StartAt": "All", "States": {
        "All": { "Type": "Parallel", "Branches": branches, "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "GaveUp" }], "Next": "Done" },
        "Done": { "Type": "Pass", "End": true }, "GaveUp": { "Type": "Pass", "End": true }
    } });
    let summary = run("service_time: { exponential: { mean: 1 s } }", "psp: psp", &definition, 3);
    let mean = summary.journeys["w"].milestones["done"].latency_ms.mean.mean.unwrap();
    assert!((mean / 2_928.968_253_968 - 1.0).abs() < 0.01, "{mean}");
}

/// Four attempts that each take 0.25 s and fail with 20 %, with waits of 0.5, 1 and 2 s between them. The language counts
/// intervals in whole seconds, so here all times are four times as long: 1 s a call, waits of 2, 4 and 8 s.
#[test]
fn retries_follow_the_truncated_geometric_law() {
    let retry = json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "BackoffRate": 2.0, "MaxAttempts": 3 }]);
    let definition = json!({ "StartAt": "Charge", "States": {
        "Charge": { "Type": "Task", "Resource": "psp", "Retry": retry, "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "GaveUp" }], "Next": "Done" },
        "Done": { "Type": "Pass", "End": true }, "GaveUp": { "Type": "Pass", "End": true }
    } });
    let summary = run("service_time: 1 s, errors: 20%", "psp: psp", &definition, 4);
    let journeys = &summary.journeys["w"];
    let started = journeys.started.mean.unwrap();
    let gave_up = journeys.endings["gave_up"].mean.unwrap() / started;
    // 40,000 journeys in each of ten replications: the half-width of a 95 % interval is 8 % of the share.
    assert!((gave_up / 0.0016 - 1.0).abs() < 0.1, "{gave_up}");
    // Over all 400,000 journeys.
    let attempts = 1.0 + metric(&summary, "wf", "retries") / started;
    assert!((attempts / 1.248 - 1.0).abs() < 0.01, "{attempts}");
    let latency = journeys.milestones["done"].latency_ms.mean.mean.unwrap();
    assert!((latency / (4.0 * 461.538_461_538) - 1.0).abs() < 0.01, "{latency}");
    let given_up = journeys.milestones["gave_up"].latency_ms.mean.mean.unwrap();
    assert!((given_up / (4.0 * 4_500.0) - 1.0).abs() < 1e-3, "{given_up}");
}
