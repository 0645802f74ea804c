//! Published measurements of how Maps start, against the defaults. The latencies of starts and tasks are in
//! `tests/latencies.rs` and `docs/validation.md`.

use serde_json::{Value, json};

use crate::fabric::Operation;
use crate::kernel::{MILLISECOND, SECOND, Time};
use crate::services::testing::services;

use super::{EXTERNAL, start};

/// How far the calls of the iterations lie apart, over executions that do not meet, in order.
fn spreads(definition: &Value, input: &Value, after: Time) -> Vec<Time> {
    let text = format!("wf: {{ type: step_functions, resources: {{ work: work }}, definition: {definition} }}\n");
    // Stands for a warm function: about 10 ms to its handler and back, on top of what it does.
    let mut trial = services(&text).accepting("work", EXTERNAL, after + 10 * MILLISECOND).trial();
    for index in 0..101 {
        start(&mut trial, index * 1_000 * SECOND, Operation::StartExecution, input);
    }
    trial.run();
    let mut starts: Vec<Vec<Time>> = vec![Vec::new(); 101];
    for got in &trial.arrivals("work") {
        starts[(got.at / (1_000 * SECOND)) as usize].push(got.at % (1_000 * SECOND));
    }
    let mut spreads: Vec<Time> =
        starts.iter().map(|starts| starts.iter().max().unwrap() - starts.iter().min().unwrap()).collect();
    spreads.sort_unstable();
    spreads
}

/// The spread of starts of an inline Map: <https://github.com/spcl/sebs-flow-artifact>, 2023, with a tolerance of 30 %.
#[test]
fn iterations_of_a_map_start_as_measured() {
    let processor = json!({ "StartAt": "T", "States": { "T": { "Type": "Task", "Resource": "work", "End": true } } });
    let definition = json!({ "StartAt": "M", "States": { "M": { "Type": "Map", "ItemProcessor": processor, "End": true } } });
    for (items, after, measured, checked) in
        [(2, SECOND, 0.012, false), (8, SECOND, 0.043, false), (16, SECOND, 0.143, true), (50, 2 * SECOND, 7.6, true)]
    {
        let list: Vec<u32> = vec![1; items];
        let median = spreads(&definition, &json!(list), after)[50] as f64 / SECOND as f64;
        println!("spread of {items} starts: {median:.3} s, measured {measured} s ({:+.0} %)", (median / measured - 1.0) * 100.0);
        assert!(!checked || (median / measured - 1.0).abs() < 0.3, "{items}: {median}");
    }
}
