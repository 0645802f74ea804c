//! Functions fed by a queue of the SQS room: the two together.

use super::*;

fn send() -> Request {
    Request { size: 1024, ..Request::background(Operation::SendMessage) }
}

/// Send to handler start with a warm function and an idle system, measured 13.7, 16.2, 33.8 and 105 ms (10th, 50th, 90th and
/// 99th percentile): <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/> (2022), read 2026-11-23.
#[test]
fn the_way_from_queue_to_handler_takes_its_measured_time() {
    let text = "q: { type: sqs }\nf:\n  type: lambda\n  latency: { platform: 0, runtime_init: 0, first_run: 0 }\n  \
                maximum_environment_age: 0 s\n  events: { q: { batch_size: 1 } }\n  steps: [ { mark: done } ]";
    let mut trial = services(text).trial();
    for index in 0..20_000 {
        trial.journey_at(index * SECOND, "q", send());
    }
    trial.run_until(20_100 * SECOND);
    assert_eq!(trial.done().count(), 20_000);
    for (share, measured, tolerance) in [(0.1, 13.7, 0.1), (0.5, 16.2, 0.1), (0.9, 33.8, 0.1), (0.99, 105.0, 0.25)] {
        let found = trial.done().quantile(share).expect("messages") / MILLISECOND as f64;
        assert!((found / measured - 1.0).abs() < tolerance, "p{share}: {found} ms");
    }
    assert_eq!(trial.counter("f", "cold_starts"), 1, "an idle environment of one second is warm");
}

/// Five pollers feed a function with two reserved executions: messages are dead-lettered that never ran, without one error of
/// the handler. A maximum concurrency as low as the reservation prevents it.
#[test]
fn few_reserved_executions_dead_letter_what_never_ran() {
    for (source, lost) in [("batch_size: 1", true), ("batch_size: 1, maximum_concurrency: 2", false)] {
        let text = format!(
            "q: {{ type: sqs, visibility_timeout: 30 s, redrive: {{ dead_letter: letters, max_receive_count: 1 }} }}\n\
             letters: {{ type: sqs }}\n\
             f:\n  type: lambda\n  {QUIET}\n  timeout: 30 s\n  reserved_concurrent_executions: 2\n  \
             events: {{ q: {{ {source} }} }}\n  steps: [ {{ work: 20 s }} ]"
        );
        let mut trial = services(&text).trial();
        for _ in 0..40 {
            trial.journey_at(SECOND, "q", send());
        }
        trial.run_until(3600 * SECOND);
        let (dead, ran) = (trial.endings("dead_lettered"), trial.counter("f", "invocations"));
        assert_eq!((dead > 0, ran < 40), (lost, lost), "{source}: {dead} dead-lettered, {ran} ran");
        assert_eq!((trial.counter("f", "errors"), trial.open_journeys()), (0, 0));
    }
}

/// A function with a backlog of 2,000 messages, at most so many of which it may run at once.
fn backlog(source: &str, reserved: u64, steps: &str) -> crate::fabric::testing::Plan {
    services(&format!(
        "q: {{ type: sqs, visibility_timeout: 30 s }}\n\
         f:\n  type: lambda\n  {QUIET}\n  timeout: 30 s\n  reserved_concurrent_executions: {reserved}\n  \
         events: {{ q: {{ batch_size: 1, {source} }} }}\n  steps: [ {steps} ]"
    ))
}

fn after(plan: crate::fabric::testing::Plan, time: Time) -> Trial {
    let mut trial = plan.trial();
    for _ in 0..2_000 {
        trial.journey_at(0, "q", send());
    }
    trial.run_until(time);
    trial
}

/// "Lambda retries throttled invocations until the visibility time-out passes, and reduces its concurrency": the mapping does not
/// grow against a function that has no room for more, reported failures or not; unless the reduction is assumed away.
#[test]
fn throttled_mappings_run_fewer_pollers() {
    let plan = |source: &str| backlog(source, 1, "{ work: 20 s }");
    for source in ["report_batch_item_failures: false", "report_batch_item_failures: true"] {
        let (_, most) = after(plan(source), 300 * SECOND).level("f", "pollers");
        assert!((5..=60).contains(&most), "{source}: {most} pollers");
    }
    let unreduced = plan("report_batch_item_failures: false").assume("lambda.event_source_reduces_above", 1.0);
    let (_, most) = after(unreduced, 300 * SECOND).level("f", "pollers");
    assert_eq!(most, 1000, "without a reduction, up to the account's concurrency");
}

/// Failed invocations reduce the pollers as well, failures that are reported record by record do not.
#[test]
fn failing_mappings_run_fewer_pollers_unless_they_report_failures() {
    let steps = "{ work: 500 ms }, { fail: { share: 100% } }";
    for (source, to, expected) in [
        ("report_batch_item_failures: false", 0.5, [2, 1]),
        ("report_batch_item_failures: false", 0.8, [4, 3]),
        ("report_batch_item_failures: true", 0.5, [55, 105]),
    ] {
        let plan = backlog(source, 900, steps).assume("lambda.event_source_reduces_to", to);
        let mut trial = after(plan, 15 * SECOND);
        let first = trial.level("f", "pollers").0;
        trial.run_until(25 * SECOND);
        assert_eq!([first, trial.level("f", "pollers").0], expected, "{source}, {to}");
    }
}

/// The mapping reconsiders its pollers as often as is assumed, and grows by 300 a minute all the same.
#[test]
fn the_number_of_pollers_is_reconsidered_as_often_as_assumed() {
    for (every, pollers) in [(2.0, 5 + 7 * 10), (10.0, 5 + 50), (20.0, 5)] {
        let plan = backlog("report_batch_item_failures: true", 900, "{ work: 25 s }");
        let trial = after(plan.assume("lambda.event_source_evaluation", every), 15 * SECOND);
        assert_eq!(trial.level("f", "pollers").0, pollers, "every {every} s");
    }
}

/// Pollers start at 5 and grow by 300 a minute while messages wait, whatever the account could run.
#[test]
fn concurrency_ramps_by_three_hundred_a_minute() {
    let text = format!(
        "q: {{ type: sqs, visibility_timeout: 1 h }}\nf:\n  type: lambda\n  {QUIET}\n  timeout: 30 s\n  \
         events: {{ q: {{ batch_size: 1 }} }}\n  steps: [ {{ work: 1 s }} ]"
    );
    let mut trial = services(&text).quota("lambda.concurrent_executions", 10_000.0).trial();
    for index in 0..160_000 {
        trial.journey_at(SECOND + index, "q", send());
    }
    for (at, expected) in [(9, 5), (65, 305), (125, 605), (185, 905)] {
        trial.run_until(at * SECOND);
        let (_, most) = trial.level("f", "concurrent_executions");
        assert!(most.abs_diff(expected) <= 50, "{most} at {at} s");
    }
    trial.run_until(280 * SECOND);
    let ((_, pollers), (_, most)) = (trial.level("f", "pollers"), trial.level("f", "concurrent_executions"));
    assert!(pollers == 1250 && (1240..=1250).contains(&most), "{pollers} pollers, {most} at once");
}
