//! How seldom a run allocates once it has warmed up: most of what a journey needs lies in slots that earlier ones have left.
//!
//! What remains is histograms that grow, one for each bin of a time series, and the data operators of workflows. The bounds are about
//! twice what was measured on 2026-11-27 (0.4, 0.9 and 3.6 allocations in a hundred events, 7.8 in the choreography, and 156 in the
//! workflow); none at all is the aim.

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

/// How many allocations a hundred events of the later part of a run may come with.
fn steady(scenario: &str, short: &str, long: &str, others: &[(&str, &str)], in_a_hundred: u64) {
    let settings = |duration| [&[("study.duration", duration)], others].concat();
    let (first, early) = allocations(scenario, &settings(short));
    let (both, all) = allocations(scenario, &settings(long));
    let (more, events) = (both - first.min(both), all - early);
    println!("{scenario}: {more} allocations in {events} events");
    assert!(more * 100 < events * in_a_hundred, "{scenario}: {more} allocations in {events} events");
}

#[test]
fn a_single_server_seldom_allocates() {
    steady("scenarios/theory/mm1.yaml", "1000 s", "3000 s", &[], 1);
}

#[test]
fn queues_and_their_consumers_seldom_allocate() {
    let others = [("workload.requests.rate", "1000/s"), ("parameters.workers", "20"), ("study.warm_up", "0 s")];
    steady("benches/scenarios/queues.yaml", "10 s", "30 s", &others, 2);
}

#[test]
fn functions_that_are_kept_alive_seldom_allocate() {
    let others = [("workload.requests.rate", "100/s")];
    steady("benches/scenarios/function.yaml", "1000 s", "3000 s", &others, 7);
}

#[test]
fn orders_allocate_within_bounds() {
    for (design, in_a_hundred) in [("choreography", 16), ("orchestration-standard", 310), ("orchestration-express", 310)] {
        steady(&format!("scenarios/orders/{design}.yaml"), "20 s", "60 s", &[("study.warm_up", "0 s")], in_a_hundred);
    }
}
