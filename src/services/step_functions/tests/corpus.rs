//! Documents of others run, and recordings of the service are reproduced by the compiled machine.

use serde_json::{Value, json};

use crate::fabric::Operation;
use crate::kernel::MILLISECOND;
use crate::services::testing::services;

use super::super::asl::tests::corpus::{decoded, documents, read, replayable};
use super::super::asl::{StateKind, StateMachine};
use super::{EXTERNAL, machine, run_one, start};

/// `resources` that map every task to the backend, by state.
fn resources(machine: &StateMachine) -> String {
    let mut pairs = serde_json::Map::new();
    for state in machine.all_states() {
        if matches!(state.kind, StateKind::Task(_)) {
            pairs.insert(state.name.clone(), json!("psp"));
        }
    }
    format!("resources: {},", Value::Object(pairs))
}

/// Documents whose features are modelled compile with every task mapped to an external, and an execution comes to its end.
#[test]
fn documents_in_use_compile_and_run() {
    let Some(documents) = documents("asl") else { return };
    let (mut ran, mut features) = (Vec::new(), Vec::new());
    for (name, document) in &documents {
        let Ok(parsed) = StateMachine::parse(document) else { continue };
        let text = machine("STANDARD", &resources(&parsed), document);
        let mut trial = match services(&text).accepting("psp", EXTERNAL, 10 * MILLISECOND).build() {
            Ok(trial) => trial,
            Err(mistakes) => {
                let known = ["not modelled yet", "JSONata", "one entry is modelled", "too-many", "expected"];
                assert!(known.iter().any(|reason| mistakes.contains(reason)), "{name}: {mistakes}");
                continue;
            }
        };
        start(&mut trial, 0, Operation::StartExecution, &json!({}));
        trial.run();
        let ended = trial.counter("wf", "executions_succeeded")
            + trial.counter("wf", "executions_failed")
            + trial.counter("wf", "executions_timed_out");
        assert_eq!((trial.counter("wf", "executions_started"), ended), (1, 1), "{name}");
        assert!(trial.all_is_over(), "{name}");
        for state in parsed.all_states() {
            features.push(std::mem::discriminant(&state.kind));
            ran.extend((!state.retry.is_empty()).then_some(("Retry", name)));
            ran.extend((!state.catch.is_empty()).then_some(("Catch", name)));
        }
        ran.push(("document", name));
    }
    features.sort_unstable_by_key(|feature| format!("{feature:?}"));
    features.dedup();
    let count = |what: &str| ran.iter().filter(|(feature, _)| *feature == what).count();
    println!(
        "{} of {} documents run: {:?}",
        count("document"),
        documents.len(),
        ran.iter().filter(|(what, _)| *what == "document").map(|(_, name)| name).collect::<Vec<_>>()
    );
    assert!(count("document") >= 25 && count("Retry") > 0 && count("Catch") > 0, "{ran:?}");
    assert_eq!(features.len(), 8, "every type of state is among them");
}

/// Recorded executions without tasks: the same output or error, and as many states entered.
#[test]
fn recorded_executions_come_out_the_same() {
    let Some(file) = crate::corpus::corpus("asl-semantics/execution-histories.json") else { return };
    let (mut checked, mut differing) = (0, Vec::new());
    for case in read(&file).as_array().unwrap() {
        let definition = case["definition"].to_string();
        let modelled = !definition.contains("DISTRIBUTED") && !definition.contains("MaxConcurrencyPath");
        // The recorder wrote "date" over time stamps.
        if !replayable(case, &definition) || !modelled || case["input"]["TimestampValue"] == "date" {
            continue;
        }
        let text = machine("EXPRESS", "", &case["definition"]);
        let mut trial = match services(&text).build() {
            Ok(trial) => trial,
            Err(mistakes) => {
                differing.push(format!("{}: {mistakes}", case["id"]));
                continue;
            }
        };
        let (_, reply) = run_one(&mut trial, &decoded(&case["input"]));
        checked += 1;
        let entered = case["states_entered"].as_array().unwrap().len() as u64;
        if reply.outcome.is_ok() {
            let made = trial.value(reply.content);
            if case["final"] != "ExecutionSucceeded"
                || without_causes(made.clone()) != without_causes(decoded(&case["output"]))
                || trial.counter("wf", "states_entered") != entered
            {
                differing.push(format!(
                    "{}: {made} after {}, recorded {case}",
                    case["id"],
                    trial.counter("wf", "states_entered")
                ));
            }
        } else {
            let name = trial.error_name(reply);
            let recorded = case["error"].as_str().unwrap_or("ExecutionFailed");
            if case["final"] == "ExecutionSucceeded" || name != recorded {
                differing.push(format!("{}: {name}, recorded {case}", case["id"]));
            }
        }
    }
    println!("{checked} recordings");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert!(checked >= 23, "{checked}");
}

/// The causes of errors are not modelled: they are empty texts.
fn without_causes(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            for (name, field) in fields {
                *field = if name == "Cause" { json!("") } else { without_causes(field.take()) };
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(|element| *element = without_causes(element.take())),
        _ => {}
    }
    value
}
