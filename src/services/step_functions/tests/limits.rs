//! Quotas, as documented at <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.

use serde_json::{Value, json};

use crate::fabric::testing::Trial;
use crate::fabric::{Class, Context, Operation, Outcome, Reply, errors};
use crate::kernel::{MILLISECOND, SECOND, Time};
use crate::services::testing::services;

use super::{EXTERNAL, machine, run_one, start, start_sized};

fn pass() -> Value {
    json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "Next": "B" }, "B": { "Type": "Pass", "End": true } } })
}

fn trial(kind: &str, region: &str, definition: &Value) -> Trial {
    services(&machine(kind, "", definition)).region(region).trial()
}

fn start_many(trial: &mut Trial, count: u32, at: Time, operation: Operation) {
    for _ in 0..count {
        start(trial, at, operation, &json!({}));
    }
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
        let mut trial = trial(kind, region, &pass());
        start_many(&mut trial, 2_000, 0, Operation::StartExecution);
        start_many(&mut trial, 2_000, SECOND, Operation::StartExecution);
        trial.run();
        let outcomes: Vec<Outcome> = trial.answers().iter().map(|(_, reply)| reply.outcome).collect();
        let accepted = |outcomes: &[Outcome]| outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(accepted(&outcomes[..2_000]), at_once, "{kind} {region}");
        assert_eq!(accepted(&outcomes[2_000..]), later, "{kind} {region}");
        let refused = 4_000 - at_once as u64 - later as u64;
        assert_eq!(trial.counter("wf", "throttled_start_execution"), refused);
        assert_eq!(trial.limit("account", limiter).2, refused);
        assert_eq!(trial.counter("wf", "executions_succeeded"), (at_once + later) as u64);
        assert!(outcomes.iter().all(|outcome| outcome.is_ok() || outcome.error == errors::THROTTLED));
    }
}

/// Synchronous executions have no quota of starts.
#[test]
fn synchronous_starts_do_not_use_the_bucket() {
    let mut trial = trial("EXPRESS", "us-east-1", &pass());
    start_many(&mut trial, 7_000, 0, Operation::StartSyncExecution);
    trial.run();
    assert_eq!(trial.answered(Class::Accepted), 7_000);
}

/// 800 executions of two states meet a bucket of 800 transitions: the second half waits for up to a second, and nothing fails.
#[test]
fn transitions_beyond_the_bucket_wait() {
    let mut trial = trial("STANDARD", "eu-central-1", &pass());
    start_many(&mut trial, 800, 0, Operation::StartExecution);
    trial.run();
    assert_eq!(trial.counter("wf", "executions_succeeded"), 800);
    assert_eq!(trial.counter("wf", "throttled_transitions"), 800);
    let limiter = trial.limiter("account", "step_functions.state_transition");
    assert_eq!((limiter.asked, limiter.delayed, limiter.refused), (1_600, 800, 0));
    let longest = trial.timing("wf", "execution_ms").quantile(1.0).unwrap();
    assert!((longest / SECOND as f64 - 1.0).abs() < 0.01, "{longest}");
}

/// Executions that are open count, and a million is the most.
#[test]
fn open_executions_have_a_quota() {
    let definition = json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": 60, "End": true } } });
    let mut trial = trial("STANDARD", "us-east-1", &definition);
    let limiter =
        trial.simulation.world.limiters.iter_mut().find(|limiter| limiter.plan.name == "step_functions.open_executions");
    let limiter = limiter.expect("there is such a limiter");
    assert_eq!(limiter.quota(), 1_000_000.0);
    limiter.set_quota(0, 2.0);
    for at in [0, 0, SECOND, 61 * SECOND] {
        start(&mut trial, at, Operation::StartExecution, &json!({}));
    }
    trial.run();
    let accepted: Vec<bool> = trial.answers().iter().map(|(_, reply)| reply.outcome.is_ok()).collect();
    assert_eq!(accepted, [true, true, false, true]);
    assert_eq!(trial.error_name(trial.reply(2)), "ExecutionLimitExceeded");
    assert_eq!(trial.counter("wf", "refused_open_executions"), 1);
}

/// An endless loop of two-event states: the execution's own two events and 12,499 states fill the history.
#[test]
fn a_standard_loop_ends_when_its_history_is_full() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Choice", "Choices": [{ "Variable": "$.stop", "IsPresent": true, "Next": "C" }], "Default": "A" },
        "C": { "Type": "Succeed" }
    } });
    let mut trial = trial("STANDARD", "us-east-1", &definition);
    start(&mut trial, 0, Operation::StartExecution, &json!({}));
    trial.run();
    assert_eq!((trial.counter("wf", "history_limit"), trial.counter("wf", "executions_failed")), (1, 1));
    assert_eq!(trial.metered("wf", "step-functions-transitions"), 12_499);
    assert_eq!(trial.limit("wf", "history_events"), (25_000.0, 1, 1));
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
    let text = machine("STANDARD", "resources: { work: work },", &definition);
    let mut trial = services(&text).accepting("work", EXTERNAL, MILLISECOND).trial();
    start(&mut trial, 0, Operation::StartExecution, &json!({}));
    trial.run();
    assert_eq!(trial.arrivals("work").len(), 4_999);
    assert_eq!((trial.counter("wf", "history_limit"), trial.counter("wf", "executions_failed")), (1, 1));
}

/// Started and ended, the state entered and left, and for each of four attempts scheduled, started and how it ended.
#[test]
fn retries_are_events_of_the_history() {
    let definition = json!({ "StartAt": "T", "States": {
        "T": { "Type": "Task", "Resource": "work", "End": true, "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 3 }] }
    } });
    let mut attempts = 0;
    let answer = move |_: &mut Context, _| {
        attempts += 1;
        Some((if attempts < 4 { Reply::error(Class::Unavailable, errors::INJECTED) } else { Reply::OK }, 0))
    };
    let text = machine("STANDARD", "resources: { work: work },", &definition);
    let mut trial = services(&text).stub("work", EXTERNAL, answer).trial();
    start(&mut trial, 0, Operation::StartExecution, &json!({}));
    trial.run();
    assert_eq!((trial.counter("wf", "executions_succeeded"), trial.counter("wf", "retries")), (1, 3));
    assert_eq!(trial.limiter("wf", "history_events").peak, 2 + 2 + 4 * 3);
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
    let mut trial = trial("EXPRESS", "us-east-1", &definition);
    let (_, reply) = run_one(&mut trial, &json!({}));
    assert_eq!(trial.error_name(reply), "States.Runtime");
}

#[test]
fn express_executions_end_after_five_minutes_whatever_the_document_says() {
    let wait = |seconds: u64| json!({ "StartAt": "W", "TimeoutSeconds": 900, "States": { "W": { "Type": "Wait", "Seconds": seconds, "End": true } } });
    let mut trial = trial("EXPRESS", "us-east-1", &wait(600));
    let (at, reply) = run_one(&mut trial, &json!({}));
    assert_eq!((at, trial.error_name(reply)), (300 * SECOND, "States.Timeout"));
    assert_eq!(reply.outcome.class, Class::Failed);
    assert_eq!((trial.counter("wf", "express_5_minutes"), trial.counter("wf", "executions_timed_out")), (1, 1));
    assert_eq!(trial.limit("wf", "express_5_minutes"), (300.0, 1, 1));
    let mut trial = self::trial("EXPRESS", "us-east-1", &wait(299));
    let (at, reply) = run_one(&mut trial, &json!({}));
    assert_eq!((at, reply.outcome), (299 * SECOND, Outcome::OK));
    assert_eq!(trial.limit("wf", "express_5_minutes"), (300.0, 1, 0));
}

/// `TimeoutSeconds` of the machine ends what runs in it, children included.
#[test]
fn an_execution_ends_when_its_own_time_is_up() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: { "Type": "Task", "Resource": "work", "End": true } } });
    let definition = json!({ "StartAt": "P", "TimeoutSeconds": 5, "States": {
        "P": { "Type": "Parallel", "Branches": [branch("one"), branch("two")], "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "E" }], "Next": "E" },
        "E": { "Type": "Succeed" }
    } });
    let text = machine("STANDARD", "resources: { work: work }, on_failed_mark: done,", &definition);
    let mut trial = services(&text).accepting("work", EXTERNAL, 20 * SECOND).trial();
    for at in [0, SECOND, 2 * SECOND] {
        start(&mut trial, at, Operation::StartExecution, &json!({}));
    }
    trial.run();
    assert_eq!(
        (
            trial.counter("wf", "executions_timed_out"),
            trial.counter("wf", "executions_succeeded"),
            trial.counter("wf", "express_5_minutes")
        ),
        (3, 0, 0)
    );
    assert_eq!((trial.done().count(), trial.endings("failed")), (3, 3), "a time-out is a failure");
    assert_eq!(trial.abandoned(), 6);
    assert!(trial.all_is_over(), "nothing is left open");
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
        let mut trial = trial("EXPRESS", "us-east-1", &definition);
        let token = start_sized(&mut trial, 0, Operation::StartSyncExecution, &json!({}), size);
        trial.run();
        let reply = trial.reply(token);
        assert_eq!((reply.outcome.class, trial.error_name(reply)), (class, name), "{size} bytes");
        if class == Class::Accepted {
            assert_eq!(*trial.value(reply.content), json!([{}, {}]));
            assert!((2 * size..2 * size + 8).contains(&reply.size), "{}", reply.size);
        }
    }
}
