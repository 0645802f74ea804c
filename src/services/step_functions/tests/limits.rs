//! Quotas, as documented at <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.

use serde_json::{Value, json};

use crate::fabric::{Class, Operation, Outcome, errors};
use crate::kernel::{MILLISECOND, SECOND, Time};

use super::super::super::bench::{Bench, Setup, count_of};
use super::{error, machine, output, run_one, start};

fn pass() -> Value {
    json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "Next": "B" }, "B": { "Type": "Pass", "End": true } } })
}

fn bench(kind: &str, region: &str, definition: &Value) -> Bench {
    let services = machine(kind, "", definition);
    Setup { services: &services, region: Some(region), ..Setup::default() }
        .build()
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// 2,000 starts at once: the bucket of the Region and type passes, the rest is told to slow down; 1 s later the refill
/// passes too.
#[test]
fn a_burst_of_starts_meets_the_bucket_of_the_region() {
    let cases = [
        ("STANDARD", "us-east-1", 1_300, 300, "step_functions.start_execution"),
        ("STANDARD", "eu-west-1", 1_300, 300, "step_functions.start_execution"),
        ("STANDARD", "eu-central-1", 800, 150, "step_functions.start_execution"),
        ("EXPRESS", "us-east-1", 2_000, 2_000, "step_functions.start_express_execution"),
    ];
    for (kind, region, at_once, later, limiter) in cases {
        let mut bench = bench(kind, region, &pass());
        let mut asks = Vec::new();
        for (wave, at) in [0, SECOND].into_iter().enumerate() {
            asks.extend(
                (0..2_000).map(|index| start(&mut bench, wave as u64 * 2_000 + index, at, Operation::StartExecution, &json!({}))),
            );
        }
        let heard = bench.run(asks);
        assert_eq!(count_of(&heard[..2_000], Class::Accepted), at_once, "{kind} {region}");
        assert_eq!(count_of(&heard[2_000..], Class::Accepted), later, "{kind} {region}");
        let refused = 4_000 - at_once as u64 - later as u64;
        assert_eq!(bench.count("throttled_start_execution"), refused);
        assert_eq!(bench.limiter(limiter).2, refused);
        assert_eq!(bench.count("executions_succeeded"), (at_once + later) as u64);
        assert!(
            heard.iter().flatten().all(|heard| heard.reply.outcome.is_ok() || heard.reply.outcome.error == errors::THROTTLED)
        );
    }
}

/// Synchronous executions have no quota of starts.
#[test]
fn synchronous_starts_do_not_use_the_bucket() {
    let mut bench = bench("EXPRESS", "us-east-1", &pass());
    let asks = (0..7_000).map(|index| start(&mut bench, index, 0, Operation::StartSyncExecution, &json!({}))).collect();
    let heard = bench.run(asks);
    assert_eq!(count_of(&heard, Class::Accepted), 7_000);
}

/// 800 executions of two states meet a bucket of 800 transitions: the second half waits for up to a second, and nothing fails.
#[test]
fn transitions_beyond_the_bucket_wait() {
    let mut bench = bench("STANDARD", "eu-central-1", &pass());
    let asks = (0..800).map(|index| start(&mut bench, index, 0, Operation::StartExecution, &json!({}))).collect();
    bench.run(asks);
    assert_eq!(bench.count("executions_succeeded"), 800);
    assert_eq!(bench.count("throttled_transitions"), 800);
    let world = &bench.simulation.world;
    let limiter = world.limiters.iter().find(|limiter| limiter.plan.name == "step_functions.state_transition").unwrap();
    assert_eq!((limiter.asked, limiter.delayed, limiter.refused), (1_600, 800, 0));
    let timing = world.metrics.timings.iter().find(|timing| timing.name == "execution_ms").unwrap();
    let longest = timing.histogram.quantile(1.0).unwrap();
    assert!((longest / SECOND as f64 - 1.0).abs() < 0.01, "{longest}");
}

/// Executions that are open count, and a million is the most.
#[test]
fn open_executions_have_a_quota() {
    let definition = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 60, "End": true } } });
    let mut bench = bench("STANDARD", "us-east-1", &definition);
    let limiter =
        bench.simulation.world.limiters.iter_mut().find(|limiter| limiter.plan.name == "step_functions.open_executions");
    let limiter = limiter.expect("there is such a limiter");
    assert_eq!(limiter.quota(), 1_000_000.0);
    limiter.set_quota(0, 2.0);
    let asks = [0, 0, SECOND, 61 * SECOND].into_iter().enumerate();
    let asks = asks.map(|(index, at)| start(&mut bench, index as u64, at, Operation::StartExecution, &json!({}))).collect();
    let heard = bench.run(asks);
    let accepted: Vec<bool> = heard.iter().map(|heard| heard.unwrap().reply.outcome.is_ok()).collect();
    assert_eq!(accepted, [true, true, false, true]);
    assert_eq!(error(&bench, &heard[2].unwrap()), "ExecutionLimitExceeded");
    assert_eq!(bench.count("refused_open_executions"), 1);
}

/// An endless loop of two-event states: the execution's own two events and 12,499 states fill the history.
#[test]
fn a_standard_loop_ends_when_its_history_is_full() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Choice", "Choices": [{ "Variable": "$.stop", "IsPresent": true, "Next": "C" }], "Default": "A" },
        "C": { "Type": "Succeed" }
    } });
    let mut bench = bench("STANDARD", "us-east-1", &definition);
    let asks = vec![start(&mut bench, 1, 0, Operation::StartExecution, &json!({}))];
    bench.run(asks);
    assert_eq!((bench.count("history_limit"), bench.count("executions_failed")), (1, 1));
    assert_eq!(bench.metered("step-functions-transitions"), 12_499);
    assert_eq!(bench.limiter("history_events"), (25_000.0, 1, 1));
}

/// Tasks are five events each: 4,999 of them fit, and neither Catch nor Retry saves the execution.
#[test]
fn a_loop_of_tasks_ends_after_five_thousand_of_them() {
    let any = json!(["States.ALL"]);
    let definition = json!({ "StartAt": "T", "States": {
        "T": { "Type": "Task", "Resource": "work", "Next": "T",
            "Retry": [{ "ErrorEquals": any }], "Catch": [{ "ErrorEquals": any, "Next": "E" }] },
        "E": { "Type": "Succeed" }
    } });
    let services = machine("STANDARD", "resources: { work: work },", &definition);
    let backends: &[(&str, &[Operation], Outcome, Time)] = &[("work", &[Operation::Request], Outcome::OK, MILLISECOND)];
    let mut bench = Setup { services: &services, backends, ..Setup::default() }.build().unwrap();
    let asks = vec![start(&mut bench, 1, 0, Operation::StartExecution, &json!({}))];
    bench.run(asks);
    assert_eq!(bench.backend("work").got.len(), 4_999);
    assert_eq!((bench.count("history_limit"), bench.count("executions_failed")), (1, 1));
}

/// Without time and without a history, a loop fails at last instead of running for ever.
#[test]
fn an_express_loop_without_time_ends() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Parallel", "Branches": [{ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } }],
            "ResultPath": null, "Next": "B" },
        "B": { "Type": "Choice", "Choices": [{ "Variable": "$.stop", "IsPresent": true, "Next": "C" }], "Default": "A" },
        "C": { "Type": "Succeed" }
    } });
    let mut bench = bench("EXPRESS", "us-east-1", &definition);
    let heard = run_one(&mut bench, &json!({}));
    assert_eq!(error(&bench, &heard), "States.Runtime");
}

#[test]
fn express_executions_end_after_five_minutes_whatever_the_document_says() {
    let wait = |seconds: u64| json!({ "StartAt": "W", "TimeoutSeconds": 900, "States": { "W": { "Type": "Wait", "Seconds": seconds, "End": true } } });
    let mut bench = bench("EXPRESS", "us-east-1", &wait(600));
    let heard = run_one(&mut bench, &json!({}));
    assert_eq!((heard.at, error(&bench, &heard)), (300 * SECOND, "States.Timeout"));
    assert_eq!(heard.reply.outcome.class, Class::Failed);
    assert_eq!((bench.count("express_5_minutes"), bench.count("executions_timed_out")), (1, 1));
    assert_eq!(bench.limiter("express_5_minutes"), (300.0, 1, 1));
    let mut bench = self::bench("EXPRESS", "us-east-1", &wait(299));
    let heard = run_one(&mut bench, &json!({}));
    assert_eq!((heard.at, heard.reply.outcome), (299 * SECOND, Outcome::OK));
    assert_eq!(bench.limiter("express_5_minutes"), (300.0, 1, 0));
}

/// `TimeoutSeconds` of the machine ends what runs in it, children included.
#[test]
fn an_execution_ends_when_its_own_time_is_up() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Task", "Resource": "work", "End": true } } });
    let definition = json!({ "StartAt": "P", "TimeoutSeconds": 5, "States": {
        "P": { "Type": "Parallel", "Branches": [branch("one"), branch("two")], "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "E" }], "Next": "E" },
        "E": { "Type": "Succeed" }
    } });
    let services = machine("STANDARD", "resources: { work: work }, on_failed_mark: stuck,", &definition);
    let backends: &[(&str, &[Operation], Outcome, Time)] = &[("work", &[Operation::Request], Outcome::OK, 20 * SECOND)];
    let mut bench = Setup { services: &services, backends, ..Setup::default() }.build().unwrap();
    let asks = (0..3).map(|index| start(&mut bench, index, index * SECOND, Operation::StartExecution, &json!({}))).collect();
    bench.run(asks);
    assert_eq!(
        (bench.count("executions_timed_out"), bench.count("executions_succeeded"), bench.count("express_5_minutes")),
        (3, 0, 0)
    );
    assert_eq!(bench.backend("work").abandoned, 6);
    assert!(bench.simulation.world.journeys().is_empty() && bench.simulation.world.open_messages() == 0, "nothing is left open");
}

#[test]
fn data_beyond_256_kib_fails_the_execution_and_cannot_be_caught_by_all() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Pass", "End": true } } });
    let definition = json!({ "StartAt": "P", "States": {
        "P": { "Type": "Parallel", "Branches": [branch("one"), branch("two")], "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "E" }], "End": true },
        "E": { "Type": "Pass", "End": true }
    } });
    for (size, class, name) in [
        (120 * 1024, Class::Accepted, ""),
        (140 * 1024, Class::Failed, "States.DataLimitExceeded"),
        (257 * 1024, Class::Rejected, "ValidationException"),
    ] {
        let mut bench = bench("EXPRESS", "us-east-1", &definition);
        let mut ask = start(&mut bench, 1, 0, Operation::StartSyncExecution, &json!({}));
        ask.size = size;
        let heard = bench.run(vec![ask])[0].unwrap();
        assert_eq!((heard.reply.outcome.class, error(&bench, &heard)), (class, name), "{size} bytes");
        if class == Class::Accepted {
            assert_eq!(output(&bench, &heard), json!([{}, {}]));
            assert!((2 * size..2 * size + 8).contains(&heard.reply.size), "{}", heard.reply.size);
        }
    }
}
