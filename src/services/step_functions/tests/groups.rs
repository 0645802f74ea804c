//! Parallel and Map, as documented at <https://docs.aws.amazon.com/step-functions/latest/dg/state-parallel.html> and
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>.

use serde_json::{Value, json};

use crate::fabric::testing::Plan;
use crate::fabric::{Category, Class, Outcome, errors};
use crate::kernel::{SECOND, Time};
use crate::services::testing::services;

use super::super::assumptions::{MAP_RATE, MAP_SPACING};
use super::{EXTERNAL, machine, run_one, seconds};

const FAILED: Outcome = Outcome::of(Class::Unavailable, errors::INJECTED);

fn plan(definition: &Value, keys: &str) -> Plan {
    services(&machine("EXPRESS", keys, definition))
}

/// All iterations that may start do so at once.
fn map_plan(definition: &Value, keys: &str) -> Plan {
    plan(definition, keys).assume(MAP_SPACING.name, 0.0).assume(MAP_RATE.name, 0.0)
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
    let mut trial = plan(&definition, "").trial();
    let (at, reply) = run_one(&mut trial, &json!({ "order": 7 }));
    assert_eq!(*trial.value(reply.content), json!({ "order": 7, "out": ["slow", "quick", "none"] }));
    assert_eq!(at, 5 * SECOND);
    assert_eq!(trial.counter("wf", "states_entered"), 7);
}

/// The way to what follows a Parallel leads through the branch that ended last.
#[test]
fn a_join_goes_on_from_its_slowest_branch() {
    let definition = json!({ "StartAt": "Both", "States": {
        "Both": { "Type": "Parallel", "Branches": [waiting("slow", 5), waiting("quick", 2)], "Next": "After" },
        "After": { "Type": "Pass", "End": true }
    } });
    let mut trial = plan(&definition, "marks: { After: done },").trial();
    run_one(&mut trial, &json!({}));
    let on_path = |category| trial.on_path("wf", category) / u128::from(SECOND);
    assert_eq!((trial.done().count(), Category::ALL.map(on_path).iter().sum::<u128>()), (1, 5));
    assert_eq!(on_path(Category::Work), 5, "the slow branch waits because it was told to");
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
    let plan = plan(&definition, "resources: { bad: bad, slow: slow },").answering("bad", EXTERNAL, FAILED, SECOND);
    let mut trial = plan.accepting("slow", EXTERNAL, 30 * SECOND).trial();
    let (at, reply) = run_one(&mut trial, &json!({}));
    assert_eq!(at, SECOND);
    assert_eq!(*trial.value(reply.content), json!({ "why": { "Error": "InternalServerError", "Cause": "" } }));
    // The call goes on, but nobody hears of it.
    assert_eq!((trial.arrivals("slow").len(), trial.abandoned()), (1, 1));
    assert!(trial.all_is_over());
}

#[test]
fn a_retry_of_a_parallel_runs_all_branches_again() {
    let definition = json!({ "StartAt": "Both", "States": { "Both": {
        "Type": "Parallel", "Branches": [task("good", &json!({})), task("bad", &json!({}))],
        "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 10, "MaxAttempts": 1 }], "End": true
    } } });
    let plan = plan(&definition, "resources: { bad: bad, good: good },").accepting("good", EXTERNAL, SECOND);
    let mut trial = plan.answering("bad", EXTERNAL, FAILED, 3 * SECOND).trial();
    let (at, reply) = run_one(&mut trial, &json!({}));
    assert_eq!(seconds(trial.arrivals("good").iter().map(|got| got.at)), [0, 13]);
    assert_eq!((at, trial.error_name(reply)), (16 * SECOND, "InternalServerError"));
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
        let mut trial = map_plan(&definition, "resources: { work: work },").accepting("work", EXTERNAL, SECOND).trial();
        let list: Vec<u64> = (0..items).collect();
        let (at, _) = run_one(&mut trial, &json!(list));
        let got = seconds(trial.arrivals("work").iter().map(|got| got.at));
        let waves: Vec<usize> = (0..expected.len() as u64).map(|wave| got.iter().filter(|at| **at == wave).count()).collect();
        assert_eq!(waves, expected, "{fields}");
        assert_eq!(at, expected.len() as Time * SECOND);
    }
}

#[test]
fn results_of_a_map_are_in_the_order_of_the_items() {
    let processor = json!({ "StartAt": "Wait", "States": {
        "Wait": { "Type": "Wait", "SecondsPath": "$.seconds", "Next": "Show" },
        "Show": { "Type": "Pass", "Parameters": { "was.$": "$.seconds", "place.$": "$$.Map.Item.Index" }, "End": true }
    } });
    let fields = json!({ "ItemsPath": "$.list", "ItemSelector": { "seconds.$": "$$.Map.Item.Value", "extra.$": "$.extra" } });
    let mut trial = map_plan(&map(&fields, &processor), "").trial();
    let (at, reply) = run_one(&mut trial, &json!({ "list": [3, 1, 2], "extra": "x" }));
    let expected = json!([{ "was": 3, "place": 0 }, { "was": 1, "place": 1 }, { "was": 2, "place": 2 }]);
    assert_eq!(*trial.value(reply.content), expected);
    assert_eq!(at, 3 * SECOND);
}

#[test]
fn one_failed_iteration_fails_the_map_and_its_retry_runs_all_items_again() {
    let processor = json!({ "StartAt": "Check", "States": {
        "Check": { "Type": "Choice", "Choices": [{ "Variable": "$", "NumericEquals": 2, "Next": "Bad" }], "Default": "work" },
        "Bad": { "Type": "Fail", "Error": "BadItem" },
        "work": { "Type": "Task", "Resource": "work", "End": true }
    } });
    let fields = json!({ "MaxConcurrency": 1, "Retry": [{ "ErrorEquals": ["BadItem"], "MaxAttempts": 2 }] });
    let definition = map(&fields, &processor);
    let mut trial = map_plan(&definition, "resources: { work: work },").accepting("work", EXTERNAL, 0).trial();
    let (_, reply) = run_one(&mut trial, &json!([0, 1, 2, 3]));
    assert_eq!(trial.error_name(reply), "BadItem");
    assert_eq!(seconds(trial.arrivals("work").iter().map(|got| got.at)), [0, 0, 1, 1, 3, 3]);
}

#[test]
fn a_map_without_items_yields_an_empty_list() {
    let mut trial = map_plan(&map(&json!({}), &waiting("x", 9)), "").trial();
    let (at, reply) = run_one(&mut trial, &json!([]));
    assert_eq!((trial.value(reply.content), at), (&json!([]), 0));
}
