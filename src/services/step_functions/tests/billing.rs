//! The bill, as documented at <https://aws.amazon.com/step-functions/pricing/>.

use serde_json::{Value, json};

use crate::fabric::testing::Trial;
use crate::fabric::{Class, Operation, Outcome, errors};
use crate::kernel::{MILLISECOND, SECOND};
use crate::pricing::metering::{BYTES_PER_GB, MEGABYTE_MILLISECONDS_PER_GB_SECOND};
use crate::services::testing::services;

use super::super::assumptions::START_TRANSITIONS;
use super::{EXTERNAL, machine, start, start_sized};

fn wait(seconds: u64) -> Value {
    json!({ "StartAt": "W", "States": { "W": { "Type": "Wait", "Seconds": seconds, "End": true } } })
}

/// Every state entered is a transition, and so is every retry; the start is one only if the assumption says so.
#[test]
fn standard_workflows_pay_for_states_and_retries() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Next": "T" },
        "T": { "Type": "Task", "Resource": "psp", "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 2 }],
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "P" }], "End": true },
        "P": { "Type": "Parallel", "Next": "E", "Branches": [
            { "StartAt": "X", "States": { "X": { "Type": "Pass", "End": true } } },
            { "StartAt": "Y", "States": { "Y": { "Type": "Pass", "End": true } } } ] },
        "E": { "Type": "Fail", "Error": "Sorry" }
    } });
    let text = machine("STANDARD", "resources: { psp: psp },", &definition);
    let failed = Outcome::of(Class::Unavailable, errors::INJECTED);
    for (per_start, expected) in [(0.0, 8), (1.0, 9)] {
        let plan = services(&text).answering("psp", EXTERNAL, failed, 0);
        let mut trial = plan.assume(START_TRANSITIONS.name, per_start).trial();
        start(&mut trial, 0, Operation::StartExecution, &json!({}));
        trial.run();
        // A, T three times, P, X, Y and E.
        assert_eq!(trial.metered("wf", "step-functions-transitions"), expected);
        assert_eq!((trial.counter("wf", "transitions"), trial.counter("wf", "states_entered")), (8, 6));
        assert_eq!(trial.metered("wf", "step-functions-express-requests"), 0);
    }
}

fn express(keys: &str, definition: &Value, size: u32, input: &Value) -> Trial {
    let mut trial = services(&machine("EXPRESS", keys, definition)).trial();
    start_sized(&mut trial, 0, Operation::StartExecution, input, size);
    trial.run();
    trial
}

/// Duration counts in steps of 100 ms, memory in steps of 64 MB.
#[test]
fn express_workflows_pay_for_requests_and_rounded_duration_and_memory() {
    for (seconds, milliseconds) in [(0, 0), (10, 10_000), (1, 1_000)] {
        let trial = express("", &wait(seconds), 1_000, &json!({}));
        assert_eq!(trial.metered("wf", "step-functions-express-requests"), 1);
        assert_eq!(trial.metered("wf", "step-functions-express-duration"), u128::from(milliseconds * 64_u64));
        assert_eq!(trial.metered("wf", "step-functions-transitions"), 0);
    }
    let keys = "resources: { W: psp },";
    let definition = json!({ "StartAt": "W", "States": { "W": { "Type": "Task", "Resource": "psp", "End": true } } });
    let text = machine("EXPRESS", keys, &definition);
    for (took, billed) in [(1, 100), (100, 100), (101, 200), (999, 1_000)] {
        let mut trial = services(&text).accepting("psp", EXTERNAL, took * MILLISECOND).trial();
        start(&mut trial, 0, Operation::StartExecution, &json!({}));
        trial.run();
        assert_eq!(trial.metered("wf", "step-functions-express-duration"), billed * 64);
    }
}

/// The pricing page's example: 100 million executions of 10 s at 64 MB are 17,361.11 GB-hours.
#[test]
fn the_published_express_example_has_its_gigabyte_hours() {
    let trial = express("", &wait(10), 1_000, &json!({}));
    let gigabyte_seconds =
        trial.metered("wf", "step-functions-express-duration") as f64 / f64::from(MEGABYTE_MILLISECONDS_PER_GB_SECOND);
    let hours = gigabyte_seconds * 1e8 / 3_600.0;
    assert!((hours - 17_361.11).abs() < 0.01, "{hours}");
}

/// 50 MB, the definition, and the data once for each iteration: 400 iterations with 32 KB stay within 64 MB, 500 do not.
#[test]
fn memory_grows_with_the_steps_of_maps() {
    let processor = json!({ "StartAt": "P", "States": { "P": { "Type": "Wait", "Seconds": 1, "End": true } } });
    let definition = json!({ "StartAt": "M", "States": { "M": {
        "Type": "Map", "ItemsPath": "$.list", "ItemProcessor": processor, "ResultPath": null, "End": true } } });
    for (items, megabytes) in [(400, 64), (500, 128)] {
        let list: Vec<u32> = vec![1; items];
        let trial = express("", &definition, 32_000, &json!({ "list": list }));
        let metered = trial.metered("wf", "step-functions-express-duration");
        let took = trial.timing("wf", "execution_ms").quantile(0.5).unwrap() / SECOND as f64 * 10.0;
        assert!(
            (metered as f64 / (took.ceil() * 100.0 * f64::from(megabytes)) - 1.0).abs() < 0.02,
            "{items}: {metered} after {took}"
        );
    }
}

/// Nothing is logged unless asked for; `ALL` logs every event, with data if told so.
#[test]
fn logging_is_billed_by_event_and_data() {
    let definition = json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } } });
    let log = |keys: &str| express(keys, &definition, 1_000, &json!({})).metered("wf", "logs-ingestion-vended");
    assert_eq!(log(""), 0);
    assert_eq!(log("logging_configuration: { level: FATAL },"), 0);
    // The execution starts and ends, the state is entered and left.
    assert_eq!(log("logging_configuration: { level: ALL },"), 4 * 750);
    assert_eq!(log("logging_configuration: { level: ALL, log_bytes: 100 B },"), 4 * 100);
    assert_eq!(log("logging_configuration: { level: ALL, include_execution_data: true },"), 4 * 750 + 2 * 1_000);
    assert_eq!(BYTES_PER_GB, 1 << 30);
    let failing = json!({ "StartAt": "A", "States": { "A": { "Type": "Fail", "Error": "E" } } });
    let failed = |level: &str| {
        let keys = format!("logging_configuration: {{ level: {level} }},");
        express(&keys, &failing, 1_000, &json!({})).metered("wf", "logs-ingestion-vended")
    };
    assert_eq!((failed("FATAL"), failed("ERROR"), failed("OFF")), (750, 750, 0));
}
