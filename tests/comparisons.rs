//! Comparisons under common random numbers: what one design draws the other draws, too, wherever they are alike.

use floodplan::engine::{Progress, compare, run_all};
use floodplan::results::{Comparison, PairedDifference};
use floodplan::scenario::read_text;
use floodplan::stats;

fn compared(texts: &[String]) -> Comparison {
    let models: Vec<_> = texts
        .iter()
        .map(|text| {
            let reading = read_text(text);
            reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
        })
        .collect();
    let runs = run_all(&models, &Progress::default()).unwrap_or_else(|error| panic!("{error:?}"));
    compare(&models, runs)
}

fn difference<'a>(comparison: &'a Comparison, metric: &str) -> &'a PairedDifference {
    let found = comparison.differences.iter().find(|row| row.metric == metric);
    found.unwrap_or_else(|| {
        panic!("no {metric} among {:?}", comparison.differences.iter().map(|row| &row.metric).collect::<Vec<_>>())
    })
}

/// A request goes to a function that tells two others over a bus; the second has the work given.
fn fork(work: &str, more_services: &str) -> String {
    format!(
        "name: 'fork {work}'
study: {{ duration: 60 s, replications: 5 }}
services:
{more_services}  accept:
    type: lambda
    steps: [ {{ work: {{ p50: 20 ms, p99: 90 ms }} }}, {{ put_events: {{ bus: bus, detail_type: Placed, size: 1 KB }} }} ]
  bus:
    type: eventbridge
    rules:
      left: {{ event_pattern: {{ detail-type: [Placed] }}, targets: [ {{ target: left }} ] }}
      right: {{ event_pattern: {{ detail-type: [Placed] }}, targets: [ {{ target: right }} ] }}
  left: {{ type: lambda, steps: [ {{ work: {{ p50: 30 ms, p99: 200 ms }} }}, {{ mark: left }} ] }}
  right: {{ type: lambda, steps: [ {{ work: {work} }}, {{ mark: right }} ] }}
workload:
  orders:
    target: accept
    invocation: event
    rate: 50/s
    milestones: {{ left: left, right: right }}
    endings: {{ done: {{ all: [left, right] }} }}
"
    )
}

#[test]
fn a_branch_that_did_not_change_draws_the_same_when_another_did() {
    let before = fork("{ p50: 30 ms, p99: 200 ms }", "");
    // Slower work, which also holds more environments and starts more of them cold, and services that only the second design has.
    let after = fork(
        "{ p50: 300 ms, p99: 2 s }",
        "  extra: { type: sqs }\n  another: { type: sns, subscriptions: { to: { endpoint: extra } } }\n",
    );
    let comparison = compared(&[before, after]);
    for metric in ["mean", "p50", "p99"] {
        let left = difference(&comparison, &format!("journeys.orders.milestones.left.latency_ms.{metric}"));
        let ends = (left.difference.mean, left.difference.low, left.difference.high);
        assert_eq!(ends, (Some(0.0), Some(0.0), Some(0.0)), "{metric} of the branch that did not change");
        assert_eq!(left.verdict, "no difference shown");
        let right = difference(&comparison, &format!("journeys.orders.milestones.right.latency_ms.{metric}"));
        assert_eq!(right.verdict, "higher", "{metric}: {right:?}");
    }
}

/// Three services one after the other, each without a queue; the one in the middle takes a fixed time.
fn chain(middle: &str) -> String {
    let external = |name: &str, time: &str| format!("  {name}: {{ type: external, service_time: {time} }}\n");
    let random = "{ p50: 40 ms, p99: 900 ms }";
    format!(
        "name: chain {middle}
study: {{ duration: 60 s, replications: 5 }}
services:
{}{}{}  calls:
    type: step_functions
    workflow_type: EXPRESS
    resources: {{ first: first, middle: middle, last: last }}
    definition:
      StartAt: First
      States:
        First: {{ Type: Task, Resource: first, Next: Middle }}
        Middle: {{ Type: Task, Resource: middle, Next: Last }}
        Last: {{ Type: Task, Resource: last, End: true }}
    marks: {{ Last: done }}
workload:
  requests:
    target: calls
    rate: 40/s
    milestones: {{ done: done }}
    endings: {{ done: done }}
",
        external("first", random),
        external("middle", middle),
        external("last", random)
    )
}

#[test]
fn a_fixed_change_in_the_middle_is_the_difference_in_every_replication() {
    let comparison = compared(&[chain("20 ms"), chain("50 ms")]);
    let mean = difference(&comparison, "journeys.requests.milestones.done.latency_ms.mean");
    for end in [mean.difference.mean, mean.difference.low, mean.difference.high] {
        assert!((end.unwrap() - 30.0).abs() < 1e-6, "what follows the change draws the same: {mean:?}");
    }
    assert!(mean.correlation.is_some_and(|correlation| correlation > 0.999_999));
    assert!(mean.variance_reduction.is_none_or(|factor| factor > 1e6), "nothing is left to reduce: {mean:?}");
}

#[test]
fn the_intervals_of_all_metrics_and_designs_hold_together() {
    let texts = [fork("40 ms", ""), fork("{ p50: 40 ms, p99: 60 ms }", ""), fork("{ p50: 41 ms, p99: 60 ms }", "")];
    let comparison = compared(&texts);
    let metric = "journeys.orders.milestones.right.latency_ms.mean";
    assert_eq!(comparison.simultaneous_intervals % 2, 0, "as many for each of two designs");
    assert!(comparison.simultaneous_intervals >= comparison.differences.len());
    assert!(comparison.simultaneous_intervals > 20, "{}", comparison.simultaneous_intervals);
    // The half width is that of one interval times the ratio of the Student-t factors.
    let alone = compared(&texts[..2]);
    let half = |found: &Comparison| difference(found, metric).difference.half_width().unwrap();
    let factor = |found: &Comparison| stats::student_t_quantile(1.0 - 0.025 / found.simultaneous_intervals as f64, 4.0);
    let ratio = half(&comparison) / half(&alone);
    assert!(ratio > 1.1 && (ratio / (factor(&comparison) / factor(&alone)) - 1.0).abs() < 1e-9, "{ratio}");
}
