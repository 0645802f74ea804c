//! Rules, data flow and error handling, case by case.

use serde_json::{Value, json};

use super::super::choice_parse::rule_of;
use super::super::errors::{
    DATA_LIMIT_EXCEEDED, HEARTBEAT_TIMEOUT, INTRINSIC_FAILURE, NO_CHOICE_MATCHED, QUERY_EVALUATION_ERROR,
    RESULT_PATH_MATCH_FAILURE, RUNTIME, TASK_FAILED, TIMEOUT,
};
use super::super::{
    Integration, Retrier, State, StateKind, Task, Timestamp, WaitUntil, assigned, item_context, matching_catcher,
    matching_retrier,
};
use super::{machine, with_scope};

fn holds(rule: &Value, input: &Value) -> Result<bool, &'static str> {
    let rule = rule_of(rule).unwrap_or_else(|errors| panic!("{rule}: {errors:?}"));
    with_scope(&json!({}), &json!({}), |scope| rule.holds(input, scope)).map_err(|error| error.name)
}

#[test]
fn rules_compare() {
    let input = json!({
        "text": "log-2026.txt", "star": "a*b", "at": "2026-11-23T20:00:00Z", "later": "2026-11-23T21:30:00.5+01:00",
        "n": 3, "big": 9_007_199_254_740_993_u64, "yes": true, "null": null
    });
    let cases = [
        (json!({ "Variable": "$.text", "StringMatches": "log-*.txt" }), true),
        (json!({ "Variable": "$.text", "StringMatches": "*2*6*" }), true),
        (json!({ "Variable": "$.text", "StringMatches": "log-*.tx" }), false),
        (json!({ "Variable": "$.text", "StringMatches": "log" }), false),
        (json!({ "Variable": "$.text", "StringMatches": "*" }), true),
        (json!({ "Variable": "$.star", "StringMatches": "a\\*b" }), true),
        (json!({ "Variable": "$.text", "StringMatches": "log\\*" }), false),
        (json!({ "Variable": "$.n", "StringMatches": "*" }), false),
        (json!({ "Variable": "$.at", "TimestampLessThanPath": "$.later" }), true),
        (json!({ "Variable": "$.later", "TimestampGreaterThan": "2026-11-23T20:30:00Z" }), true),
        (json!({ "Variable": "$.later", "TimestampEquals": "2026-11-23T20:30:00.500Z" }), true),
        (json!({ "Variable": "$.at", "TimestampGreaterThanEquals": "2026-11-23T20:00:01Z" }), false),
        (json!({ "Variable": "$.text", "TimestampLessThanEquals": "2026-11-23T20:00:01Z" }), false),
        (json!({ "Variable": "$.at", "IsTimestamp": true }), true),
        (json!({ "Variable": "$.text", "IsTimestamp": false }), true),
        (json!({ "Variable": "$.big", "NumericEquals": 9_007_199_254_740_992_u64 }), false),
        (json!({ "Variable": "$.absent.x", "IsPresent": false }), true),
        (json!({ "Variable": "$.null", "IsPresent": true }), true),
        (
            json!({ "And": [{ "Variable": "$.n", "NumericGreaterThan": 2 }, { "Variable": "$.yes", "BooleanEquals": true }] }),
            true,
        ),
        (json!({ "And": [{ "Variable": "$.n", "NumericGreaterThan": 3 }, { "Variable": "$.absent", "IsNull": true }] }), false),
        (json!({ "Or": [{ "Variable": "$.n", "NumericLessThan": 3 }, { "Variable": "$.null", "IsNull": true }] }), true),
        (json!({ "Or": [{ "Variable": "$.n", "NumericLessThan": 3 }] }), false),
        (json!({ "Not": { "Not": { "Variable": "$.n", "NumericEqualsPath": "$.n" } } }), true),
    ];
    for (rule, expected) in cases {
        assert_eq!(holds(&rule, &input), Ok(expected), "{rule}");
    }
    assert_eq!(holds(&json!({ "Variable": "$.absent", "IsNull": true }), &input), Err(RUNTIME));
    assert_eq!(holds(&json!({ "Variable": "$.n", "NumericEqualsPath": "$.absent" }), &input), Err(RUNTIME));
    // A pattern that makes a backtracking matcher take forever.
    let slow = json!({ "Variable": "$", "StringMatches": format!("{}b", "a*".repeat(30)) });
    assert_eq!(holds(&slow, &Value::String("a".repeat(2_000))), Ok(false));
}

#[test]
fn timestamps_are_read() {
    let cases = [
        ("1970-01-01T00:00:00Z", Some((0, 0))),
        ("2000-02-29T12:00:00Z", Some((951_825_600, 0))),
        ("2016-12-05T21:29:29.123456789Z", Some((1_480_973_369, 123_456_789))),
        ("1969-12-31T23:59:59-01:00", Some((3_599, 0))),
        ("2016-12-05 21:29:29Z", None),
        ("2016-12-05T21:29:29", None),
        ("2016-13-05T21:29:29Z", None),
        ("2016-02-30T21:29:29Z", None),
        ("2016-12-05T25:29:29Z", None),
        ("05-12-2016T21:29:29Z", None),
        ("2016-12-05T21:29:29.Z", None),
        ("2016-12-05T21:29:29+1:00", None),
        ("2016-12-05T21:29:29é", None),
        ("", None),
    ];
    for (text, expected) in cases {
        let read = Timestamp::parse(text).map(|timestamp| (timestamp.seconds, timestamp.nanoseconds));
        assert_eq!(read, expected, "{text}");
    }
}

/// A machine of one state; `End` is added.
fn state(mut document: Value) -> State {
    if !matches!(document["Type"].as_str(), Some("Fail" | "Succeed" | "Choice")) {
        document["End"] = json!(true);
    }
    let machine = machine(&json!({ "StartAt": "S", "States": { "S": document, "T": { "Type": "Succeed" } } }));
    machine.states["S"].clone()
}

#[test]
fn data_flows_through_a_task() {
    let task = |mut fields: Value| {
        fields["Type"] = json!("Task");
        fields["Resource"] = json!("arn:aws:states:::lambda:invoke");
        state(fields)
    };
    let raw = json!({ "order": { "id": 7, "lines": [1, 2] }, "keep": true });
    let result = json!({ "Payload": { "ok": true }, "Status": 200 });
    let cases = [
        (json!({}), raw.clone(), result.clone()),
        (json!({ "InputPath": "$.order", "ResultPath": null }), raw["order"].clone(), raw.clone()),
        (json!({ "InputPath": null, "OutputPath": null }), json!({}), json!({})),
        (
            json!({ "InputPath": "$.order", "ResultPath": "$.order.done" }),
            raw["order"].clone(),
            json!({ "order": { "id": 7, "lines": [1, 2], "done": result }, "keep": true }),
        ),
        (
            json!({
                "InputPath": "$.order",
                "Parameters": { "n.$": "$.id", "fixed": { "deep": [{ "x.$": "$.lines[1]" }] }, "who.$": "$$.State.Name" },
                "ResultSelector": { "code.$": "$.Status", "name.$": "$$.State.Name" },
                "ResultPath": "$.r",
                "OutputPath": "$.r"
            }),
            json!({ "n": 7, "fixed": { "deep": [{ "x": 2 }] }, "who": "Here" }),
            json!({ "code": 200, "name": "Here" }),
        ),
    ];
    let context = json!({ "State": { "Name": "Here" } });
    for (fields, expected_input, expected_output) in cases {
        let state = task(fields.clone());
        with_scope(&context, &json!({}), |scope| {
            assert_eq!(state.input_of(&raw, scope), Ok(expected_input), "{fields}");
            assert_eq!(state.output_of(&raw, result.clone(), scope), Ok(expected_output), "{fields}");
        });
    }
    let failures = [
        (json!({ "InputPath": "$.absent" }), RUNTIME),
        (json!({ "Parameters": { "x.$": "$.absent" } }), RUNTIME),
        (json!({ "Parameters": { "x.$": "States.ArrayLength($.keep)" } }), INTRINSIC_FAILURE),
        (json!({ "ResultSelector": { "x.$": "$.absent" } }), RUNTIME),
        (json!({ "ResultPath": "$.keep.x" }), RESULT_PATH_MATCH_FAILURE),
        (json!({ "OutputPath": "$.absent" }), RUNTIME),
    ];
    for (fields, expected) in failures {
        let state = task(fields.clone());
        let outcome = with_scope(&context, &json!({}), |scope| {
            state.input_of(&raw, scope).and_then(|_| state.output_of(&raw, result.clone(), scope))
        });
        assert_eq!(outcome.unwrap_err().name, expected, "{fields}");
    }
}

#[test]
fn variables_are_set_and_read() {
    let pass = state(json!({
        "Type": "Pass", "Assign": { "total.$": "States.MathAdd($.n, $base)", "fixed": 1 }, "Parameters": { "n.$": "$.count" }
    }));
    with_scope(&json!({}), &json!({ "base": 10 }), |scope| {
        let input = pass.input_of(&json!({ "count": 5 }), scope).unwrap();
        assert_eq!(Value::Object(pass.assigned(&input, scope).unwrap()), json!({ "total": 15, "fixed": 1 }));
        let none = state(json!({ "Type": "Succeed" }));
        assert!(assigned(none.assign.as_ref(), &input, scope).unwrap().is_empty());
    });
}

#[test]
fn waits_fails_and_choices_read_their_input() {
    let input = json!({ "s": 5.0, "t": "2026-11-23T20:00:00Z", "half": 0.5, "name": "Broken", "n": 1 });
    let until = |fields: Value| {
        let StateKind::Wait(wait) = state(fields).kind else { panic!("no Wait") };
        with_scope(&json!({}), &json!({}), |scope| wait.until(&input, scope)).map_err(|error| error.name)
    };
    let at = Timestamp::parse("2026-11-23T20:00:00Z").unwrap();
    assert_eq!(until(json!({ "Type": "Wait", "Seconds": 3 })), Ok(WaitUntil::Seconds(3)));
    assert_eq!(until(json!({ "Type": "Wait", "SecondsPath": "$.s" })), Ok(WaitUntil::Seconds(5)));
    assert_eq!(until(json!({ "Type": "Wait", "TimestampPath": "$.t" })), Ok(WaitUntil::Timestamp(at)));
    assert_eq!(until(json!({ "Type": "Wait", "SecondsPath": "$.half" })), Err(RUNTIME));
    assert_eq!(until(json!({ "Type": "Wait", "TimestampPath": "$.name" })), Err(RUNTIME));

    let StateKind::Fail(fail) =
        state(json!({ "Type": "Fail", "ErrorPath": "$.name", "CausePath": "States.Format('n={}', $.n)" })).kind
    else {
        panic!("no Fail")
    };
    let failure = with_scope(&json!({}), &json!({}), |scope| fail.failure(&input, scope)).unwrap();
    assert_eq!((failure.error.as_deref(), failure.cause.as_deref()), (Some("Broken"), Some("n=1")));

    let rules =
        json!([{ "Variable": "$.n", "NumericEquals": 2, "Next": "S" }, { "Variable": "$.n", "IsNull": true, "Next": "S" }]);
    let choose = |document: Value| {
        let StateKind::Choice(choice) = state(document).kind else { panic!("no Choice") };
        with_scope(&json!({}), &json!({}), |scope| choice.choose(&input, scope).map(|(next, _)| next.to_owned()))
            .map_err(|error| error.name)
    };
    assert_eq!(choose(json!({ "Type": "Choice", "Choices": rules, "Default": "T" })), Ok("T".to_owned()));
    assert_eq!(choose(json!({ "Type": "Choice", "Choices": rules })), Err(NO_CHOICE_MATCHED));
}

#[test]
fn jsonata_is_kept_but_not_evaluated() {
    let pass = state(json!({ "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "a": 1, "b": ["{% $states.input.x %}"] } }));
    let error = with_scope(&json!({}), &json!({}), |scope| pass.output_of(&json!({}), json!({}), scope)).unwrap_err();
    assert_eq!(error.name, QUERY_EVALUATION_ERROR);
    assert!(error.cause.contains("JSONata is not modelled yet: {% $states.input.x %}"), "{error}");
    let fixed = state(json!({ "Type": "Pass", "QueryLanguage": "JSONata", "Output": { "a.$": "$.kept" } }));
    let output = with_scope(&json!({}), &json!({}), |scope| fixed.output_of(&json!({}), json!({}), scope));
    assert_eq!(output, Ok(json!({ "a.$": "$.kept" })));
}

#[test]
fn maps_take_items() {
    let processor = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    let map = |mut fields: Value| {
        fields["Type"] = json!("Map");
        fields["ItemProcessor"] = processor.clone();
        let StateKind::Map(map) = state(fields).kind else { panic!("no Map") };
        map
    };
    let input = json!({ "list": ["a", "b"], "k": 1, "p": 101, "c": 2.0 });
    let context = json!({ "Execution": { "Name": "e" } });
    with_scope(&context, &json!({}), |scope| {
        let plain = map(json!({ "ItemsPath": "$.list", "MaxConcurrencyPath": "$.c", "ToleratedFailurePercentagePath": "$.p" }));
        assert_eq!(plain.items_of(&input, scope), Ok(vec![json!("a"), json!("b")]));
        assert_eq!(plain.item_input(&input, 1, json!("b"), scope), Ok(json!("b")));
        assert_eq!(plain.max_concurrency(&input, scope), Ok(2));
        assert_eq!(plain.tolerated_failure_percentage(&input, scope).unwrap_err().name, RUNTIME);
        let select = map(json!({ "ItemSelector": {
            "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k", "e.$": "$$.Execution.Name"
        } }));
        let selected = json!({ "i": 1, "v": "b", "k": 1, "e": "e" });
        assert_eq!(select.item_input(&input, 1, json!("b"), scope), Ok(selected));
        assert_eq!(select.max_concurrency(&input, scope), Ok(0));
        assert_eq!(select.items_of(&input, scope).unwrap_err().name, RUNTIME);
        assert_eq!(item_context(&context, 4, json!("x"))["Map"]["Item"], json!({ "Index": 4, "Value": "x" }));
    });
}

#[test]
fn errors_find_their_handlers() {
    let retry = |names: &[&str]| -> Value { names.iter().map(|name| json!({ "ErrorEquals": [name] })).collect() };
    let cases: [(&[&str], &str, Option<usize>); 12] = [
        (&["A", "B", "States.ALL"], "B", Some(1)),
        (&["A", "B", "States.ALL"], "C", Some(2)),
        (&["A", "B"], "C", None),
        (&["States.TaskFailed", "States.Timeout"], "Lambda.TooManyRequestsException", Some(0)),
        (&["States.TaskFailed", "States.Timeout"], TIMEOUT, Some(1)),
        (&["States.TaskFailed"], TIMEOUT, None),
        (&["States.Timeout"], HEARTBEAT_TIMEOUT, Some(0)),
        (&["States.HeartbeatTimeout"], TIMEOUT, None),
        (&["States.ALL"], DATA_LIMIT_EXCEEDED, None),
        (&["States.DataLimitExceeded"], DATA_LIMIT_EXCEEDED, Some(0)),
        (&["States.Runtime", "States.TaskFailed", "States.ALL"], RUNTIME, None),
        (&["States.ALL"], TASK_FAILED, Some(0)),
    ];
    for (names, error, expected) in cases {
        let catch: Value = names.iter().map(|name| json!({ "ErrorEquals": [name], "Next": "T" })).collect();
        let task = state(json!({ "Type": "Task", "Resource": "r", "Retry": retry(names), "Catch": catch }));
        assert_eq!(matching_retrier(&task.retry, error), expected, "{names:?} {error}");
        assert_eq!(matching_catcher(&task.catch, error), expected, "{names:?} {error}");
    }
    let task = state(json!({
        "Type": "Task", "Resource": "r", "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "T", "ResultPath": "$.why" }]
    }));
    let output = with_scope(&json!({}), &json!({}), |scope| task.catch[0].output_of(&json!({ "a": 1 }), "E", "C", scope));
    assert_eq!(output, Ok(json!({ "a": 1, "why": { "Error": "E", "Cause": "C" } })));
}

#[test]
fn retries_wait_longer_each_time() {
    let retrier = |mut fields: Value| -> Retrier {
        fields["ErrorEquals"] = json!(["States.ALL"]);
        state(json!({ "Type": "Task", "Resource": "r", "Retry": [fields] })).retry[0].clone()
    };
    let waits = |retrier: &Retrier| -> Vec<f64> { (1..=4).map(|retry| retrier.wait_seconds(retry)).collect() };
    let default = retrier(json!({}));
    assert_eq!((default.max_attempts, waits(&default)), (3, vec![1.0, 2.0, 4.0, 8.0]));
    let capped = retrier(json!({ "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxDelaySeconds": 6, "MaxAttempts": 0 }));
    assert_eq!((capped.max_attempts, waits(&capped)), (0, vec![3.0, 4.5, 6.0, 6.0]));
    assert_eq!(capped.jittered_wait_seconds(2, 0.5), 4.5);
    let spread = retrier(json!({ "IntervalSeconds": 8, "JitterStrategy": "FULL" }));
    assert_eq!(spread.jittered_wait_seconds(2, 0.25), 4.0);
}

#[test]
fn resources_tell_when_a_task_is_done() {
    let cases = [
        ("arn:aws:lambda:us-east-1:111122223333:function:f", Integration::RequestResponse),
        ("arn:aws:states:::glue:startJobRun.sync", Integration::RunJob),
        ("arn:aws:states:::states:startExecution.sync:2", Integration::RunJob),
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", Integration::TaskToken),
        ("arn:aws:states:us-east-1:111122223333:activity:a", Integration::Activity),
    ];
    for (resource, expected) in cases {
        let task = Task { resource: resource.to_owned(), timeout_seconds: None, heartbeat_seconds: None, credentials: None };
        assert_eq!(task.integration(), expected, "{resource}");
    }
}
