//! How seldom a run allocates once it has warmed up: most of what a journey needs lies in slots that earlier ones have left.
//!
//! What remains is the calendar's chunks, which shrink after a burst and grow again, and payloads that have not been met before:
//! what a state machine, a rule or a function makes of a payload is remembered, so each costs once. The bounds are about one and a
//! half times what was measured.

use allocation_counter::measure;
use floodplan::engine::Progress;
use floodplan::engine::replicate;
use floodplan::reader::{Disk, Setting};
use floodplan::scenario::read;

/// Allocations, and events, of one replication of a scenario with these settings.
fn allocations(scenario: &str, settings: &[(&str, &str)]) -> (u64, u64) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    let settings: Vec<Setting> = settings
        .iter()
        .map(|(path, value)| Setting { origin: "test".to_string(), path: (*path).to_string(), value: (*value).to_string() })
        .collect();
    let reading = read(&path, &Disk, &settings);
    let model = reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)));
    let mut events = 0;
    let counted = measure(|| events = replicate(&model, 0, &Progress::default()).expect("the scenario runs").events);
    (counted.count_total, events)
}

/// How many allocations a thousand events of the later part of a run may come with.
fn steady(scenario: &str, short: &str, long: &str, others: &[(&str, &str)], in_a_thousand: u64) {
    let settings = |duration| [&[("study.duration", duration)], others].concat();
    let (first, early) = allocations(scenario, &settings(short));
    let (both, all) = allocations(scenario, &settings(long));
    let (more, events) = (both - first.min(both), all - early);
    println!("{scenario}: {more} allocations in {events} events");
    assert!(more * 1000 < events * in_a_thousand, "{scenario}: {more} allocations in {events} events");
}

#[test]
fn a_single_server_seldom_allocates() {
    steady("scenarios/theory/mm1.yaml", "1000 s", "3000 s", &[], 1);
}

#[test]
fn queues_and_their_consumers_seldom_allocate() {
    let others = [("workload.requests.rate", "1000/s"), ("parameters.workers", "20"), ("study.warm_up", "0 s")];
    steady("benches/scenarios/queues.yaml", "10 s", "30 s", &others, 9);
}

#[test]
fn functions_that_are_kept_alive_seldom_allocate() {
    let others = [("workload.requests.rate", "100/s")];
    steady("benches/scenarios/function.yaml", "1000 s", "3000 s", &others, 4);
}

const ORDERS: [&str; 3] = ["choreography", "orchestration-standard", "orchestration-express"];

#[test]
fn orders_of_known_amounts_seldom_allocate() {
    let others = [("study.warm_up", "0 s"), ("workload.checkout.payload.fields.amount", "{ choose: { 40: 50%, 400: 50% } }")];
    for design in ORDERS {
        steady(&format!("scenarios/orders/{design}.yaml"), "20 s", "60 s", &others, 2);
    }
}

/// A seventh of these orders has an amount that no order before had.
#[test]
fn orders_allocate_with_new_amounts_only() {
    for (design, in_a_thousand) in ORDERS.into_iter().zip([33, 92, 92]) {
        steady(&format!("scenarios/orders/{design}.yaml"), "20 s", "60 s", &[("study.warm_up", "0 s")], in_a_thousand);
    }
}
