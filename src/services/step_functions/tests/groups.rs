//! Parallel and Map, as documented at <https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html> and
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>.

use serde_json::{Value, json};

use crate::fabric::build::Assumption;
use crate::fabric::{Class, Operation, Outcome, errors};
use crate::kernel::{SECOND, Time};

use super::super::super::bench::{Bench, Setup};
use super::super::assumptions::{MAP_RATE, MAP_SPACING};
use super::{error, machine, output, run_one, seconds};

const QUICK_MAPS: &[(&Assumption, f64)] = &[(&MAP_SPACING, 0.0), (&MAP_RATE, 0.0)];

fn bench(definition: &Value, keys: &str, backends: &[(&str, &[Operation], Outcome, Time)], maps: bool) -> Bench {
    let services = machine("EXPRESS", keys, definition);
    let assumed = if maps { QUICK_MAPS } else { &[] };
    Setup { services: &services, backends, assumed, ..Setup::default() }.build().unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn task(name: &str, fields: &Value) -> Value {
    let mut state = json!({ "Type": "Task", "Resource": name, "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": name, "States": { name: state } })
}

fn waiting(name: &str, seconds: u64) -> Value {
    let wait = json!({ "Type": "Wait", "Seconds": seconds, "Next": name });
    let shape = json!({ "Type": "Pass", "Result": name, "End": true });
    json!({ "StartAt": format!("Wait{name}"), "States": { format!("Wait{name}"): wait, name: shape } })
}

#[test]
fn branches_run_side_by_side_and_their_outputs_are_listed_in_order() {
    let definition = json!({ "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel", "Branches": [waiting("slow", 5), waiting("quick", 2), waiting("none", 0)], "ResultPath": "$.out", "End": true
    } } });
    let mut bench = bench(&definition, "", &[], false);
    let heard = run_one(&mut bench, &json!({ "order": 7 }));
    assert_eq!(output(&bench, &heard), json!({ "order": 7, "out": ["slow", "quick", "none"] }));
    assert_eq!(heard.at, 5 * SECOND);
    assert_eq!(bench.count("states_entered"), 7);
}

#[test]
fn a_failed_branch_ends_the_others_at_once() {
    let definition = json!({ "StartAt": "Both", "States": {
        "Both": {
            "Type": "Parallel",
            "Branches": [task("bad", &json!({})), task("slow", &json!({})), waiting("wait", 100)],
            "Catch": [{ "ErrorEquals": ["InternalServerError"], "ResultPath": "$.why", "Next": "Undo" }],
            "End": true
        },
        "Undo": { "Type": "Pass", "End": true }
    } });
    let backends: &[(&str, &[Operation], Outcome, Time)] = &[
        ("bad", &[Operation::Request], Outcome::of(Class::Unavailable, errors::INJECTED), SECOND),
        ("slow", &[Operation::Request], Outcome::OK, 30 * SECOND),
    ];
    let mut bench = bench(&definition, "resources: { bad: bad, slow: slow },", backends, false);
    let heard = run_one(&mut bench, &json!({}));
    assert_eq!(heard.at, SECOND);
    assert_eq!(output(&bench, &heard), json!({ "why": { "Error": "InternalServerError", "Cause": "" } }));
    // The call goes on, but nobody hears of it.
    assert_eq!((bench.backend("slow").answered, bench.backend("slow").abandoned), (1, 1));
}

#[test]
fn a_retry_of_a_parallel_runs_all_branches_again() {
    let definition = json!({ "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel", "Branches": [task("good", &json!({})), task("bad", &json!({}))],
        "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 1 }], "End": true
    } } });
    let backends: &[(&str, &[Operation], Outcome, Time)] = &[
        ("good", &[Operation::Request], Outcome::OK, SECOND),
        ("bad", &[Operation::Request], Outcome::of(Class::Unavailable, errors::INJECTED), 3 * SECOND),
    ];
    let mut bench = bench(&definition, "resources: { bad: bad, good: good },", backends, false);
    let heard = run_one(&mut bench, &json!({}));
    assert_eq!(seconds(bench.backend("good").got.iter().map(|got| got.at)), [0, 13]);
    assert_eq!((heard.at, error(&bench, &heard)), (16 * SECOND, "InternalServerError"));
}

fn map(fields: &Value, processor: &Value) -> Value {
    let mut state = json!({ "Type": "Map", "ItemProcessor": processor, "End": true });
    state.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({ "StartAt": "Each", "States": { "Each": state } })
}

#[test]
fn at_most_forty_iterations_run_at_once() {
    let cases = [
        (json!({}), 100, vec![40, 40, 20]),
        (json!({ "MaxConcurrency": 0 }), 41, vec![40, 1]),
        (json!({ "MaxConcurrency": 30 }), 40, vec![30, 10]),
        (json!({ "MaxConcurrency": 90 }), 90, vec![40, 40, 10]),
    ];
    for (fields, items, expected) in cases {
        let definition = map(&fields, &task("work", &json!({})));
        let backends: &[(&str, &[Operation], Outcome, Time)] = &[("work", &[Operation::Request], Outcome::OK, SECOND)];
        let mut bench = bench(&definition, "resources: { work: work },", backends, true);
        let list: Vec<u64> = (0..items).collect();
        let heard = run_one(&mut bench, &json!(list));
        let got = seconds(bench.backend("work").got.iter().map(|got| got.at));
        let waves: Vec<usize> = (0..expected.len() as u64).map(|wave| got.iter().filter(|at| **at == wave).count()).collect();
        assert_eq!(waves, expected, "{fields}");
        assert_eq!(heard.at, expected.len() as Time * SECOND);
    }
}

#[test]
fn results_of_a_map_are_in_the_order_of_the_items() {
    let processor = json!({ "StartAt": "Wait", "States": {
        "Wait": { "Type": "Wait", "SecondsPath": "$.seconds", "Next": "Show" },
        "Show": { "Type": "Pass", "Parameters": { "was.$": "$.seconds", "place.$": "$$.Map.Item.Index" }, "End": true }
    } });
    let fields = json!({ "ItemsPath": "$.list", "ItemSelector": { "seconds.$": "$$.Map.Item.Value", "extra.$": "$.extra" } });
    let mut bench = bench(&map(&fields, &processor), "", &[], true);
    let heard = run_one(&mut bench, &json!({ "list": [3, 1, 2], "extra": "x" }));
    let expected = json!([{ "was": 3, "place": 0 }, { "was": 1, "place": 1 }, { "was": 2, "place": 2 }]);
    assert_eq!(output(&bench, &heard), expected);
    assert_eq!(heard.at, 3 * SECOND);
}

#[test]
fn one_failed_iteration_fails_the_map_and_its_retry_runs_all_items_again() {
    let processor = json!({ "StartAt": "Check", "States": {
        "Check": { "Type": "Choice", "Choices": [{ "Variable": "$", "NumericEquals": 2, "Next": "Bad" }], "Default": "work" },
        "Bad": { "Type": "Fail", "Error": "BadItem" },
        "work": { "Type": "Task", "Resource": "work", "End": true }
    } });
    let fields = json!({ "MaxConcurrency": 1, "Retry": [{ "ErrorEquals": ["BadItem"], "MaxAttempts": 2 }] });
    let backends: &[(&str, &[Operation], Outcome, Time)] = &[("work", &[Operation::Request], Outcome::OK, 0)];
    let mut bench = bench(&map(&fields, &processor), "resources: { work: work },", backends, true);
    let heard = run_one(&mut bench, &json!([0, 1, 2, 3]));
    assert_eq!(error(&bench, &heard), "BadItem");
    assert_eq!(seconds(bench.backend("work").got.iter().map(|got| got.at)), [0, 0, 1, 1, 3, 3]);
}

#[test]
fn a_map_without_items_yields_an_empty_list() {
    let mut bench = bench(&map(&json!({}), &waiting("x", 9)), "", &[], true);
    let heard = run_one(&mut bench, &json!([]));
    assert_eq!((output(&bench, &heard), heard.at), (json!([]), 0));
}
