//! Published measurements against the defaults. Calibrated figures are checked; the others are predictions, printed with
//! what was measured.

use serde_json::{Value, json};

use crate::engine::run_text;
use crate::fabric::{Operation, Outcome};
use crate::kernel::{MILLISECOND, SECOND, Time};

use super::super::super::bench::Setup;
use super::start;

/// From the start until the handler of a warm function runs.
fn start_to_handler(kind: &str) -> [f64; 3] {
    let definition = json!({ "StartAt": "T", "States": { "T": { "Type": "Task", "Resource": "f", "End": true } } });
    let text = format!(
        "name: latency\nregion: eu-west-1\nstudy: {{ duration: 4000 s, warm_up: 60 s, replications: 4, seed: 5 }}\nservices:\n  \
         f: {{ type: lambda, memory_size: 1024 MB, steps: [ {{ mark: begun }}, {{ work: 1 ms }} ] }}\n  \
         wf: {{ type: step_functions, workflow_type: {kind}, resources: {{ f: f }}, definition: {definition} }}\n\
         workload:\n  w: {{ target: wf, rate: 10/s, milestones: {{ begun: begun }} }}\n"
    );
    let run = run_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let latency = &run.summary().journeys["w"].milestones["begun"].latency_ms;
    [&latency.p50, &latency.p90, &latency.p99].map(|quantile| quantile.mean.unwrap_or(f64::NAN))
}

/// Calibrated on the median: <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/>, read 2026-11-23.
#[test]
fn start_to_handler_takes_as_long_as_measured() {
    for (kind, measured) in [("STANDARD", [99.1, 133.0, 250.0]), ("EXPRESS", [77.3, 129.0, 241.0])] {
        let model = start_to_handler(kind);
        for (name, (model, measured)) in ["p50", "p90", "p99"].iter().zip(model.iter().zip(measured)) {
            println!(
                "{kind} start to handler {name}: {model:.1} ms, measured {measured} ms ({:+.0} %)",
                (model / measured - 1.0) * 100.0
            );
        }
        assert!((model[0] / measured[0] - 1.0).abs() < 0.1, "{kind}: {model:?}");
    }
}

fn times(definition: &Value, input: &Value, after: Time) -> (Vec<Vec<Time>>, Vec<Time>) {
    let services = format!("wf: {{ type: step_functions, resources: {{ work: work }}, definition: {definition} }}\n");
    // Stands for a warm function: about 10 ms to its handler and back, on top of what it does.
    let backends: &[(&str, &[Operation], Outcome, Time)] =
        &[("work", &[Operation::Request], Outcome::OK, after + 10 * MILLISECOND)];
    let mut bench =
        Setup { services: &services, backends, ..Setup::default() }.build().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let asks = (0..101).map(|index| start(&mut bench, index, index * 1_000 * SECOND, Operation::StartExecution, input)).collect();
    bench.run(asks);
    let mut starts: Vec<Vec<Time>> = vec![Vec::new(); 101];
    for got in &bench.backend("work").got {
        starts[(got.at / (1_000 * SECOND)) as usize].push(got.at % (1_000 * SECOND));
    }
    let mut spreads: Vec<Time> =
        starts.iter().map(|starts| starts.iter().max().unwrap() - starts.iter().min().unwrap()).collect();
    spreads.sort_unstable();
    (starts, spreads)
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
        let (_, spreads) = times(&definition, &json!(list), after);
        let median = spreads[50] as f64 / SECOND as f64;
        println!("spread of {items} starts: {median:.3} s, measured {measured} s ({:+.0} %)", (median / measured - 1.0) * 100.0);
        assert!(!checked || (median / measured - 1.0).abs() < 0.3, "{items}: {median}");
    }
}

/// A saga of seven functions, three steps, a failing one and three compensations, with 49 ms of work in all: 0.92 s with a
/// tolerance of 20 %, measured from the first handler's start to the last one's end (same source, 2024).
#[test]
fn a_saga_takes_as_long_as_measured() {
    let mut states = serde_json::Map::new();
    for place in 0..7 {
        let mut state = json!({ "Type": "Task", "Resource": "work" });
        if place < 6 {
            state["Next"] = json!(format!("S{}", place + 1));
        } else {
            state["End"] = json!(true);
        }
        states.insert(format!("S{place}"), state);
    }
    let definition = json!({ "StartAt": "S0", "States": states });
    let (starts, _) = times(&definition, &json!({}), 7 * MILLISECOND);
    let mut totals: Vec<f64> =
        starts.iter().map(|starts| (starts[6] - starts[0] + 7 * MILLISECOND) as f64 / SECOND as f64).collect();
    totals.sort_unstable_by(f64::total_cmp);
    println!("saga: {:.3} s, measured 0.92 s ({:+.0} %)", totals[50], (totals[50] / 0.92 - 1.0) * 100.0);
    assert!((totals[50] / 0.92 - 1.0).abs() < 0.2, "{}", totals[50]);
}
