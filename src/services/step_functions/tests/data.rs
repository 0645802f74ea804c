//! What tasks send and make of the answers, variables, and sizes.

use serde_json::{Value, json};

use crate::fabric::testing::Trial;
use crate::fabric::{Operation, Parameters};
use crate::kernel::{SECOND, Time};
use crate::services::testing::services;

use super::{machine, run_one, start, start_sized};

const ALL: &[Operation] = &[
    Operation::Request,
    Operation::Invoke,
    Operation::InvokeEvent,
    Operation::SendMessage,
    Operation::Publish,
    Operation::PutEvents,
    Operation::StartExecution,
    Operation::StartSyncExecution,
    Operation::PutItem,
    Operation::GetItem,
    Operation::UpdateItem,
    Operation::DeleteItem,
];

fn trial(resource: &str, parameters: &Value, keys: &str, after: Time) -> Trial {
    let mut state = json!({ "Type": "Task", "Resource": resource, "ResultPath": "$.result", "End": true });
    if !parameters.is_null() {
        state["Parameters"] = parameters.clone();
    }
    let text = machine("EXPRESS", keys, &json!({ "StartAt": "T", "States": { "T": state } }));
    let plan = services(&text).accepting("target", ALL, after);
    plan.build().unwrap_or_else(|mistakes| panic!("{resource}: {mistakes}"))
}

/// The optimised integrations and those of the AWS kits: operation, what is sent, what comes back. Source of the shapes:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>.
#[test]
fn tasks_call_the_operation_of_their_resource() {
    let order = json!({ "order": 7 });
    let text = r#"{"order":7}"#;
    let entry = json!({ "Source": "shop", "DetailType": "Placed", "Detail.$": "$", "EventBusName": "bus-arn" });
    let event = json!({ "source": "shop", "detail-type": "Placed", "detail": order });
    let cases: Vec<(&str, Value, &str, Operation, Value, Value)> = vec![
        (
            "arn:aws:lambda:us-east-1:123456789012:function:charge",
            Value::Null,
            "charge",
            Operation::Invoke,
            order.clone(),
            json!({}),
        ),
        (
            "arn:aws:lambda:us-east-1:123456789012:function:charge:live",
            Value::Null,
            "charge",
            Operation::Invoke,
            order.clone(),
            json!({}),
        ),
        ("${ChargeFunction.Arn}", Value::Null, "ChargeFunction", Operation::Invoke, order.clone(), json!({})),
        (
            "arn:aws:states:::lambda:invoke",
            json!({ "FunctionName": "charge", "Payload.$": "$" }),
            "charge",
            Operation::Invoke,
            order.clone(),
            json!({ "ExecutedVersion": "$LATEST", "Payload": {}, "StatusCode": 200 }),
        ),
        (
            "arn:aws:states:::lambda:invoke",
            json!({ "FunctionName.$": "$.order", "InvocationType": "Event" }),
            "$.order",
            Operation::InvokeEvent,
            json!({}),
            json!({ "StatusCode": 202 }),
        ),
        (
            "arn:aws:states:::sqs:sendMessage",
            json!({ "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/1/mail", "MessageBody.$": "$" }),
            "mail",
            Operation::SendMessage,
            order.clone(),
            json!({ "MD5OfMessageBody": "", "MessageId": "message" }),
        ),
        (
            "arn:aws:states:::aws-sdk:sqs:sendMessage",
            json!({ "QueueUrl": "${Mail}", "MessageBody": text }),
            "Mail",
            Operation::SendMessage,
            order.clone(),
            json!({ "MD5OfMessageBody": "", "MessageId": "message" }),
        ),
        (
            "arn:aws:states:::sns:publish",
            json!({ "TopicArn": "arn:aws:sns:us-east-1:1:news", "Message.$": "$" }),
            "news",
            Operation::Publish,
            order.clone(),
            json!({ "MessageId": "message" }),
        ),
        (
            "arn:aws:states:::events:putEvents",
            json!({ "Entries": [entry] }),
            "bus-arn",
            Operation::PutEvents,
            event,
            json!({ "Entries": [{ "EventId": "event" }], "FailedEntryCount": 0 }),
        ),
        (
            "arn:aws:states:::dynamodb:putItem",
            json!({ "TableName": "orders", "Item": {} }),
            "orders",
            Operation::PutItem,
            json!({}),
            json!({}),
        ),
        (
            "arn:aws:states:::dynamodb:getItem",
            json!({ "TableName": "orders", "Key": {} }),
            "orders",
            Operation::GetItem,
            json!({}),
            json!({ "Item": {} }),
        ),
        (
            "arn:aws:states:::aws-sdk:dynamodb:updateItem",
            json!({ "TableName": "orders" }),
            "orders",
            Operation::UpdateItem,
            json!({}),
            json!({}),
        ),
        (
            "arn:aws:states:::dynamodb:deleteItem",
            json!({ "TableName": "orders" }),
            "orders",
            Operation::DeleteItem,
            json!({}),
            json!({}),
        ),
        (
            "arn:aws:states:::states:startExecution",
            json!({ "StateMachineArn": "${Child}", "Input.$": "$" }),
            "Child",
            Operation::StartExecution,
            order.clone(),
            json!({ "ExecutionArn": "execution", "StartDate": "2026-01-01T00:00:00Z" }),
        ),
        (
            "arn:aws:states:::aws-sdk:sfn:startSyncExecution",
            json!({ "StateMachineArn": "${Child}", "Input.$": "$" }),
            "Child",
            Operation::StartSyncExecution,
            order.clone(),
            json!({ "ExecutionArn": "execution", "Output": "{}", "Status": "SUCCEEDED" }),
        ),
        (
            "arn:aws:states:::http:invoke",
            json!({ "ApiEndpoint": "https://api.example.com/v1", "Method": "POST", "RequestBody.$": "$" }),
            "https://api.example.com/v1",
            Operation::Request,
            order.clone(),
            json!({ "ResponseBody": {}, "StatusCode": 200, "StatusText": "OK" }),
        ),
        (
            "arn:aws:states:::aws-sdk:s3:getObject",
            json!({ "Bucket": "b", "Key.$": "$.order" }),
            "arn:aws:states:::aws-sdk:s3:getObject",
            Operation::Request,
            json!({ "Bucket": "b", "Key": 7 }),
            json!({}),
        ),
        ("arn:aws:states:::aws-sdk:s3:getObject", Value::Null, "T", Operation::Request, order.clone(), json!({})),
    ];
    for (resource, parameters, key, operation, sent, result) in cases {
        let mut trial = trial(resource, &parameters, &format!("resources: {{ {} : target }},", json!(key)), SECOND);
        let (at, reply) = run_one(&mut trial, &order);
        let got = &trial.arrivals("target")[0];
        assert_eq!((got.operation, trial.value(got.content)), (operation, &sent), "{resource}");
        assert_eq!(*trial.value(reply.content), json!({ "order": 7, "result": result }), "{resource}");
        assert_eq!(at, SECOND);
    }
}

/// The overlay says what a DynamoDB task does to the journey's item.
#[test]
fn items_are_accessed_as_the_overlay_says() {
    let resource = "arn:aws:states:::dynamodb:updateItem";
    let keys =
        "resources: { orders: target }, items: { T: { set: [paid, seen], all_of: [placed], absent: [cancelled], size: 3 KB } },";
    let parameters = json!({ "TableName": "orders", "ConsistentRead": true });
    let mut trial = trial(resource, &parameters, keys, 0);
    run_one(&mut trial, &json!({}));
    assert_eq!(trial.arrivals("target")[0].size, 3 * 1024);
    let wanted = Parameters::Item { bytes: 3 * 1024, set: 0b11, all_of: 0b100, pass: 0, absent: 0b1000, consistent: true };
    let text = machine(
        "EXPRESS",
        keys,
        &json!({ "StartAt": "T", "States": { "T": { "Type": "Task", "Resource": resource, "Parameters": parameters, "End": true } } }),
    );
    let mut with_site = services(&text).accepting("target", ALL, 0).trial();
    assert_eq!(with_site.site(wanted), 1, "the task's own call site has these parameters");
}

#[test]
fn variables_live_in_their_machine_and_are_seen_inside() {
    let inner = json!({ "StartAt": "In", "States": { "In": {
        "Type": "Pass", "Assign": { "x.$": "$.outer", "secret": 1 }, "Parameters": { "outer.$": "$x" }, "End": true } } });
    let definition = json!({ "StartAt": "Set", "States": {
        "Set": { "Type": "Pass", "Assign": { "x.$": "$.a" }, "Next": "Each" },
        "Each": { "Type": "Map", "ItemsPath": "$.list", "ItemSelector": { "i.$": "$$.Map.Item.Value" }, "ItemProcessor": inner, "ResultPath": "$.out", "Next": "Show" },
        "Show": { "Type": "Pass", "Parameters": { "x.$": "$x", "out.$": "$.out", "input.$": "$$.Execution.Input.a", "name.$": "$$.State.Name" }, "End": true }
    } });
    let text = machine("EXPRESS", "", &definition);
    let mut trial = services(&text).trial();
    let (_, reply) = run_one(&mut trial, &json!({ "a": 5, "list": [1, 2] }));
    let expected = json!({ "x": 5, "out": [{ "outer": 5 }, { "outer": 5 }], "input": 5, "name": "Show" });
    assert_eq!(*trial.value(reply.content), expected);
}

/// Random functions differ between executions and states, but not without end: contents are kept once each.
#[test]
fn random_functions_have_many_but_not_endless_outcomes() {
    let definition = json!({ "StartAt": "A", "States": {
        "A": { "Type": "Pass", "Parameters": { "id.$": "States.UUID()" }, "ResultPath": "$.a", "Next": "B" },
        "B": { "Type": "Pass", "Parameters": { "id.$": "States.UUID()" }, "ResultPath": "$.b", "End": true }
    } });
    let text = machine("EXPRESS", "", &definition);
    let mut trial = services(&text).trial();
    for at in 0..200 {
        start(&mut trial, at, Operation::StartSyncExecution, &json!({}));
    }
    trial.run();
    let outputs: Vec<&Value> = trial.answers().iter().map(|(_, reply)| trial.value(reply.content)).collect();
    assert!(outputs.iter().all(|made| made["a"]["id"] != made["b"]["id"]));
    let mut first: Vec<String> = outputs.iter().map(|made| made["a"].to_string()).collect();
    first.sort();
    first.dedup();
    assert!(first.len() > 180, "{} different of 200", first.len());
}

/// A payload of 1,000 bytes of which 13 are visible.
#[test]
fn what_is_unseen_in_a_payload_is_handed_on_in_proportion() {
    let cases = [
        (Value::Null, 1_000),
        (json!({ "all.$": "$" }), 1_008),
        // Half as much is visible, so half of what is unseen comes along.
        (json!({ "b.$": "$.b" }), 7 + 987 * 7 / 13),
        (json!({ "fixed": 1 }), 11),
    ];
    for (parameters, expected) in cases {
        let mut trial = trial("psp", &parameters, "resources: { T: target },", 0);
        let input = json!({ "a": 1, "b": 2 });
        let token = start_sized(&mut trial, 0, Operation::StartSyncExecution, &input, 1_000);
        trial.run();
        assert_eq!(trial.arrivals("target")[0].size, expected, "{parameters}");
        // The result is placed beside all of the input.
        assert_eq!(trial.reply(token).size, 1_000 + r#","result":{}"#.len() as u32);
    }
}
