//! Retry, Catch and time-outs, as documented at
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>.

use serde_json::{Value, json};

use crate::engine::run_text;
use crate::fabric::testing::Trial;
use crate::fabric::{Class, Outcome, errors};
use crate::kernel::{SECOND, Time};
use crate::services::testing::services;

use super::{AT_ONCE, EXTERNAL, machine, metric, run_one, seconds};

/// A task that calls a service `psp` with this outcome after this delay.
fn trial(definition: &Value, outcome: Outcome, after: Time) -> Trial {
    let text = machine("EXPRESS", "resources: { Charge: psp },", definition);
    services(&text).answering("psp", EXTERNAL, outcome, after).trial()
}

fn charge(fields: &Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": "charge", "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let caught = json!({ "Type": "Pass", "Result": "caught", "ResultPath": "$.way", "End": true });
    json!({ "StartAt": "Charge", "States": { "Charge": state, "Caught": caught } })
}

const FAILED: Outcome = Outcome::of(Class::Unavailable, errors::INJECTED);

#[test]
fn retries_come_after_the_documented_waits() {
    let cases: &[(Value, &[u64])] = &[
        (json!({ "ErrorEquals": ["States.ALL"] }), &[0, 1, 3, 7]),
        (json!({ "ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 2, "BackoffRate": 1.5, "MaxAttempts": 2 }), &[0, 2, 5]),
        (json!({ "ErrorEquals": ["States.ALL"], "BackoffRate": 2.0, "MaxDelaySeconds": 2, "MaxAttempts": 4 }), &[0, 1, 3, 5, 7]),
        (json!({ "ErrorEquals": ["InternalServerError"], "BackoffRate": 1.0, "MaxAttempts": 1 }), &[0, 1]),
        (json!({ "ErrorEquals": ["States.ALL"], "MaxAttempts": 0 }), &[0]),
        (json!({ "ErrorEquals": ["SomethingElse"] }), &[0]),
        (json!({ "ErrorEquals": ["States.Timeout"] }), &[0]),
    ];
    for (retrier, expected) in cases {
        let mut trial = trial(&charge(&json!({ "Retry": [retrier] })), FAILED, 0);
        let (_, reply) = run_one(&mut trial, &json!({}));
        assert_eq!(seconds(trial.arrivals("psp").iter().map(|got| got.at)), *expected, "{retrier}");
        assert_eq!(reply.outcome, Outcome::of(Class::Failed, errors::INJECTED), "{retrier}");
        assert_eq!(trial.counter("wf", "retries"), expected.len() as u64 - 1);
    }
}

/// More retries than a byte counts still come to an end.
#[test]
fn three_hundred_retries_are_three_hundred() {
    let retry = json!([{ "ErrorEquals": ["States.ALL"], "BackoffRate": 1.0, "MaxAttempts": 280 }]);
    let mut trial = trial(&charge(&json!({ "Retry": retry })), FAILED, 0);
    let (at, _) = run_one(&mut trial, &json!({}));
    assert_eq!(trial.arrivals("psp").len(), 281);
    assert_eq!(at, 280 * SECOND);
}

#[test]
fn full_jitter_spreads_waits_between_nothing_and_the_nominal_wait() {
    let retry = json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 100, "BackoffRate": 1.0, "MaxAttempts": 2, "JitterStrategy": "FULL" }]);
    let mut trial = trial(&charge(&json!({ "Retry": retry })), FAILED, 0);
    run_one(&mut trial, &json!({}));
    let at: Vec<Time> = trial.arrivals("psp").iter().map(|got| got.at).collect();
    let waits: Vec<Time> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits.iter().all(|wait| *wait < 100 * SECOND) && waits[0] != waits[1], "{waits:?}");
}

/// The documentation's example: errors A, B, C, B meet waits of 1, 2 and 5 s, then Catch.
#[test]
fn each_retrier_keeps_its_own_count() {
    let definition = charge(&json!({
        "Retry": [
            { "ErrorEquals": ["InternalServerError", "ServiceUnavailable"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2 },
            { "ErrorEquals": ["QueueFull"], "IntervalSeconds": 5 },
        ],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
    }));
    // A: an internal error, B: the service is down, C: its queue is full.
    let text = format!(
        "name: example\nstudy: {{ duration: 1 min, replications: 1 }}\nservices:\n  psp: {{ type: external, servers: 1, capacity: 1, service_time: 0 ms }}\n  \
         wf: {{ type: step_functions, {AT_ONCE}, resources: {{ Charge: psp }}, marks: {{ Caught: caught }}, definition: {definition} }}\n\
         workload:\n  w: {{ target: wf, bursts: [{{ at: 0 s, count: 1 }}], milestones: {{ caught: caught }} }}\n\
         timeline:\n  - {{ from: 0 s, until: 500 ms, service: psp, fail: 100% }}\n  - {{ from: 500 ms, until: 2 s, service: psp, stop: true }}\n  \
         - {{ from: 2 s, until: 5 s, service: psp, set: {{ servers: 0, capacity: 0 }} }}\n  - {{ from: 5 s, service: psp, stop: true }}\n"
    );
    let run = run_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(run.summary().journeys["w"].milestones["caught"].latency_ms.mean.mean, Some(8_000.0));
    assert_eq!(metric(run.summary(), "wf", "retries"), 3.0);
    assert_eq!(metric(run.summary(), "wf", "executions_succeeded"), 1.0);
}

#[test]
fn errors_meet_the_handlers_that_list_them() {
    let limit = json!({ "TimeoutSeconds": 2 });
    // Error, further fields, what is listed, and whether that takes it.
    let cases: &[(Class, u16, &Value, &str, bool)] = &[
        (Class::Unavailable, errors::INJECTED, &json!({}), "States.ALL", true),
        (Class::Unavailable, errors::INJECTED, &json!({}), "States.TaskFailed", true),
        (Class::Unavailable, errors::INJECTED, &json!({}), "States.Timeout", false),
        (Class::Throttled, errors::LAMBDA_THROTTLED, &json!({}), "Lambda.TooManyRequestsException", true),
        (Class::Throttled, errors::LAMBDA_THROTTLED, &json!({}), "Lambda.ServiceException", false),
        (Class::Unavailable, errors::SERVICE_DOWN, &json!({}), "Lambda.ServiceException", true),
        (Class::Rejected, errors::CONDITION_FAILED, &json!({}), "DynamoDB.ConditionalCheckFailedException", true),
        (Class::Failed, errors::STATES_RUNTIME, &json!({}), "States.ALL", false),
        (Class::Failed, errors::STATES_RUNTIME, &json!({}), "States.Runtime", false),
        (Class::Accepted, errors::STATES_TIMEOUT, &limit, "States.Timeout", true),
        (Class::Accepted, errors::STATES_TIMEOUT, &limit, "States.ALL", true),
        (Class::Accepted, errors::STATES_TIMEOUT, &limit, "States.TaskFailed", false),
    ];
    for (class, id, fields, listed, taken) in cases {
        let mut fields = (*fields).clone();
        fields["Catch"] = json!([{ "ErrorEquals": [listed], "ResultPath": "$.error", "Next": "Caught" }]);
        let outcome = if *class == Class::Accepted { Outcome::OK } else { Outcome::of(*class, *id) };
        let mut trial = trial(&charge(&fields), outcome, 10 * SECOND);
        let (at, reply) = run_one(&mut trial, &json!({ "order": 7 }));
        let name = errors::NAMES[*id as usize];
        if *taken {
            let expected = json!({ "order": 7, "error": { "Error": name, "Cause": "" }, "way": "caught" });
            assert_eq!(*trial.value(reply.content), expected, "{name} and {listed}");
        } else {
            assert_eq!(trial.error_name(reply), name, "{name} and {listed}");
            assert_eq!(reply.outcome.class, Class::Failed);
        }
        assert_eq!(at, if fields["TimeoutSeconds"] == 2 { 2 * SECOND } else { 10 * SECOND });
        assert_eq!(trial.abandoned(), u64::from(fields["TimeoutSeconds"] == 2));
    }
}

/// The first catcher that lists the error decides, after the retries are used up.
#[test]
fn catch_comes_after_retry_and_the_first_that_lists_the_error_takes_it() {
    let fields = json!({
        "Retry": [{ "ErrorEquals": ["InternalServerError"], "IntervalSeconds": 4, "MaxAttempts": 1 }],
        "Catch": [
            { "ErrorEquals": ["Other"], "Next": "Charge" },
            { "ErrorEquals": ["InternalServerError"], "ResultPath": null, "Next": "Caught" },
            { "ErrorEquals": ["States.ALL"], "Next": "Charge" },
        ],
    });
    let mut trial = trial(&charge(&fields), FAILED, SECOND);
    let (at, reply) = run_one(&mut trial, &json!({ "order": 7 }));
    assert_eq!(*trial.value(reply.content), json!({ "order": 7, "way": "caught" }));
    assert_eq!(at, 6 * SECOND);
}

/// A failed execution emits `failed` and the mark of its own, a successful one neither.
#[test]
fn a_failed_execution_emits_its_mark() {
    for (kind, failed) in [("Fail", 1), ("Succeed", 0)] {
        let definition = json!({ "StartAt": "Stop", "States": { "Stop": { "Type": kind } } });
        let mut trial = services(&machine("EXPRESS", "on_failed_mark: done,", &definition)).trial();
        run_one(&mut trial, &json!({}));
        assert_eq!((trial.done().count(), trial.endings("failed")), (failed, failed), "{kind}");
    }
}

#[test]
fn a_fail_state_names_the_error_of_the_execution() {
    let cases = [
        (json!({ "Error": "Refused", "Cause": "no funds" }), "Refused"),
        (json!({ "ErrorPath": "$.reason" }), "TooPoor"),
        (json!({ "ErrorPath": "$.nothing" }), "States.Runtime"),
        (json!({}), "ExecutionFailed"),
    ];
    for (fields, expected) in cases {
        let mut state = json!({ "Type": "Fail" });
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let definition = json!({ "StartAt": "Stop", "States": { "Stop": state } });
        let text = machine("EXPRESS", "", &definition);
        let mut trial = services(&text).trial();
        let (_, reply) = run_one(&mut trial, &json!({ "reason": "TooPoor" }));
        assert_eq!(trial.error_name(reply), expected, "{fields}");
        assert_eq!(trial.counter("wf", "executions_failed"), 1);
    }
}
