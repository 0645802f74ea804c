//! What documents and keys may refer to, and what is said when they refer to nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::scenario;
use crate::services::testing::services;

use super::{AT_ONCE, EXTERNAL, machine};

#[test]
fn mistakes_are_named_with_their_state_and_a_hint() {
    let task = |fields: serde_json::Value| {
        let mut state = json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "charge" }, "End": true });
        state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({ "StartAt": "Charge", "States": { "Charge": state } })
    };
    let map = json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "End": true, "ItemProcessor": {
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" }, "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } } } } });
    let mapped = "resources: { charge: psp },";
    let cases = [
        ("", task(json!({})), "state `Charge` calls `arn:aws:states:::lambda:invoke`, which no service is mapped to"),
        ("", task(json!({})), r#"resources: { "charge": my-service }"#),
        ("resources: { charge: pps },", task(json!({})), "did you mean `psp`?"),
        ("resources: { charge: psp, refund: psp },", task(json!({})), "no task calls `refund`"),
        ("resources: { charge: psp }, marks: { Chrage: paid },", task(json!({})), "did you mean `Charge`?"),
        ("resources: { charge: psp }, items: { Charge: { set: [paid] } },", task(json!({})), "no DynamoDB task is `Charge`"),
        (
            mapped,
            task(json!({ "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "TimeoutSeconds": 9 })),
            "`.waitForTaskToken`) is not modelled yet",
        ),
        (
            mapped,
            task(json!({ "Resource": "arn:aws:states:::ecs:runTask.sync", "TimeoutSeconds": 9 })),
            "`.sync`) is not modelled yet",
        ),
        (mapped, task(json!({ "TimeoutSecondsPath": "$.t" })), "a computed TimeoutSeconds is not modelled yet"),
        ("", map, "the distributed Map is not modelled yet"),
        (
            "",
            json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}", "End": true } } }),
            "state `P` needs JSONata",
        ),
        ("", json!({ "StartAt": "P", "States": { "P": { "Type": "Pass", "Next": "Q" } } }), "there is no state Q here"),
        (
            mapped,
            task(json!({ "Resource": "arn:aws:states:::events:putEvents", "Parameters": { "Entries": [{}, {}] } })),
            "`putEvents` with one entry is modelled",
        ),
    ];
    for (keys, definition, expected) in cases {
        let text = machine("STANDARD", keys, &definition);
        let mistakes = services(&text).accepting("psp", EXTERNAL, 0).mistakes();
        assert!(mistakes.contains(expected), "{definition}\n{keys}\n{mistakes}\nlacks: {expected}");
    }
}

/// A definition in a file of its own, JSON or YAML, next to the scenario; mistakes are shown in that file.
#[test]
fn a_definition_may_stand_in_a_file() {
    let scenario = |file: &str| {
        format!(
            "name: file\nservices:\n  wf: {{ type: step_functions, {AT_ONCE}, marks: {{ P: done }}, definition: {{ file: {file} }} }}\n\
             workload:\n  w: {{ target: wf, rate: 1/s, milestones: {{ done: done }} }}\n"
        )
    };
    let texts = [
        ("main/json.yaml", scenario("../machines/a.json")),
        ("main/yaml.yaml", scenario("b.yaml")),
        ("main/bad.yaml", scenario("bad.json")),
        ("main/none.yaml", scenario("none.json")),
        ("machines/a.json", r#"{ "StartAt": "P", "States": { "P": { "Type": "Pass", "End": true } } }"#.to_string()),
        ("main/b.yaml", "StartAt: P\nStates:\n  P:\n    Type: Pass\n    End: true\n".to_string()),
        (
            "main/bad.json",
            "{\n  \"StartAt\": \"P\",\n  \"States\": { \"P\": { \"Type\": \"Pass\", \"Next\": \"Q\" } }\n}".to_string(),
        ),
    ];
    let files: BTreeMap<PathBuf, String> = texts.into_iter().map(|(path, text)| (PathBuf::from(path), text)).collect();
    for (path, expected) in [
        ("main/json.yaml", ""),
        ("main/yaml.yaml", ""),
        ("main/bad.yaml", "there is no state Q here\n --> main/bad.json:3:46"),
        ("main/none.yaml", "`main/none.json` cannot be read"),
    ] {
        let reading = scenario::read(Path::new(path), &files, &[]);
        let mut diagnostics = reading.diagnostics;
        let compiled = reading.model.and_then(|model| crate::engine::compile(&model, 0, &mut diagnostics));
        let text = diagnostics.render(&reading.sources, false);
        assert_eq!(compiled.is_some(), expected.is_empty(), "{path}: {text}");
        let place = expected.split("\n --> ").nth(1).unwrap_or("");
        assert!(text.contains(expected.split('\n').next().unwrap_or("")) && text.contains(place), "{path}: {text}");
    }
}
