//! Documents people use, documents that validators refuse, and recordings of the service.

use std::path::Path;

use serde_json::{Value, json};

use super::super::choice_parse::rule_of;
use super::super::{QueryLanguage, StateMachine};
use super::interpreter::{Ending, replay};
use super::with_scope;
use crate::corpus::corpus;

pub(in super::super::super) fn documents(folder: &str) -> Option<Vec<(String, Value)>> {
    let mut files: Vec<_> = std::fs::read_dir(corpus(folder)?).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    Some(files.iter().map(|file| (file.file_name().unwrap().to_string_lossy().into_owned(), read(file))).collect())
}

pub(in super::super::super) fn read(file: &Path) -> Value {
    let text = std::fs::read_to_string(file).unwrap();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json5") => json5::from_str(&text).unwrap(),
        Some("yaml" | "yml") => serde_yaml_ng::from_str(&text).unwrap(),
        _ => serde_json::from_str(&text).unwrap(),
    }
}

#[test]
fn documents_in_use_are_accepted() {
    let Some(documents) = documents("asl") else { return };
    let mut refused = Vec::new();
    for (name, document) in &documents {
        if let Err(errors) = StateMachine::parse(document) {
            refused.push(format!("{name}: {}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(documents.len() >= 75, "only {} documents", documents.len());
}

#[test]
fn documents_validators_refuse_are_refused() {
    let Some(documents) = documents("asl-invalid") else { return };
    let accepted: Vec<&str> =
        documents.iter().filter(|(_, document)| StateMachine::parse(document).is_ok()).map(|(name, _)| name.as_str()).collect();
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    assert!(documents.len() >= 37, "only {} documents", documents.len());
}

/// Time stamps in the recordings are replaced by the word "date"; comparing two of them says nothing.
#[test]
fn choice_rules_agree_with_the_service() {
    let Some(file) = corpus("asl-semantics/choice-rules.json") else { return };
    let cases = read(&file);
    let (mut checked, mut skipped) = (0, 0);
    for case in cases.as_array().unwrap() {
        let operator = case["operator"].as_str().unwrap();
        let timestamps = operator.starts_with("Timestamp");
        if timestamps && case["input"]["Variable"] == "date" {
            skipped += 1;
            continue;
        }
        let operand = if operator.ends_with("Path") {
            json!("$.Value")
        } else if timestamps {
            json!("2016-08-18T17:33:00Z")
        } else {
            case["input"]["Value"].clone()
        };
        let rule = rule_of(&json!({ "Variable": "$.Variable", operator: operand })).unwrap();
        let held = with_scope(&json!({}), &json!({}), |scope| rule.holds(&case["input"], scope)).unwrap();
        assert_eq!(Value::Bool(held), case["condition_true"], "{case}");
        checked += 1;
    }
    assert_eq!((checked, skipped), (247, 12));
}

#[test]
fn intrinsic_functions_agree_with_the_service() {
    let Some(file) = corpus("asl-semantics/intrinsic-functions.json") else { return };
    let (mut checked, mut skipped) = (0, 0);
    for case in read(&file).as_array().unwrap() {
        let machine = super::machine(&case["definition"]);
        let jsonata = machine.states.values().any(|state| state.query_language == QueryLanguage::Jsonata);
        // Placeholders stand for random results and for names of the recording account.
        let placeholder = case["output"].to_string().contains("ArnPart") || case["id"].as_str().unwrap().contains("math_random");
        if jsonata || placeholder {
            skipped += 1;
            continue;
        }
        let replay = replay(&machine, &case["input"]);
        assert_eq!(replay.ending, Ending::Output(case["output"].clone()), "{case}");
        checked += 1;
    }
    assert_eq!((checked, skipped), (63, 15));
}

/// Whether a recording can be compared: everything it needs is in it.
pub(in super::super::super) fn replayable(case: &Value, definition: &str) -> bool {
    let output = case["output"].to_string();
    let scrubbed = ["ArnPart", "_literal_placeholder_", "execution-arn", "\\\"date\\\"", ":<"];
    case["self_contained"] == true
        // The recorded definition is a nested machine's, the recorded history its caller's.
        && !case["states_entered"].as_array().unwrap().iter().any(|name| !definition.contains(name.as_str().unwrap()))
        && !definition.contains("PLACEHOLDER")
        && !definition.contains("ItemReader")
        && !definition.contains("{%")
        && !scrubbed.iter().any(|text| output.contains(text) || case["cause"].as_str().is_some_and(|cause| cause.contains(text)))
        && case["final"] != "ExecutionStarted"
        // Recorded twice, the second time with another index than the definition that was kept.
        && case["output"] != json!({ "item": { "item_key": 10 } })
}

/// Outputs that are no objects, and some inputs, were recorded as JSON text.
pub(in super::super::super) fn decoded(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}

#[test]
fn recorded_executions_are_reproduced() {
    let Some(file) = corpus("asl-semantics/execution-histories.json") else { return };
    let (mut checked, mut differing) = (0, Vec::new());
    for case in read(&file).as_array().unwrap() {
        let definition = case["definition"].to_string();
        if !replayable(case, &definition) {
            continue;
        }
        checked += 1;
        if let Err(difference) = compare(case) {
            differing.push(format!("{}: {difference}", case["id"]));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(checked, 49);
}

fn compare(case: &Value) -> Result<(), String> {
    let machine = StateMachine::parse(&case["definition"]).map_err(|errors| format!("{errors:?}"))?;
    let mut input = decoded(&case["input"]);
    // The recorder wrote "date" over time stamps of successful waits.
    let succeeded = case["final"] == "ExecutionSucceeded";
    let scrubbed = succeeded && input["TimestampValue"] == "date";
    if scrubbed {
        input["TimestampValue"] = json!("2016-12-05T21:29:29Z");
    }
    let expected_output = if scrubbed { input.clone() } else { decoded(&case["output"]) };
    let replay = replay(&machine, &input);
    if json!(replay.entered) != case["states_entered"] {
        return Err(format!("entered {:?}", replay.entered));
    }
    match &replay.ending {
        Ending::Output(output) if succeeded && *output == expected_output => Ok(()),
        Ending::Failed(error, cause) if !succeeded && json!(error) == case["error"] => {
            // The causes of our own errors are worded differently, those of Fail states are the document's.
            let own = error.as_deref().is_some_and(|error| error.starts_with("States."));
            if own || json!(cause) == case["cause"] { Ok(()) } else { Err(format!("cause {cause:?}")) }
        }
        ending => Err(format!("{ending:?}, recorded {} {} {}", case["final"], case["output"], case["error"])),
    }
}
