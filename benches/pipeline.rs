//! Speed of ten hops through real service models, with network latency on each of them: five queues with a consumer behind
//! each, and ten functions that invoke one another. The name says about how many requests are in flight at once.

mod common;
#[path = "common/runs.rs"]
mod runs;

use criterion::{Criterion, criterion_group, criterion_main};

fn pipelines(criterion: &mut Criterion) {
    let mut group = runs::group(criterion, "ten hops");
    let queues = "benches/scenarios/queues.yaml";
    let functions = "benches/scenarios/functions.yaml";
    let runs = [
        ("queues, 10k in flight", queues, "25000/s", "3 s", "workers", "200"),
        ("queues, 1M in flight", queues, "2500000/s", "200 ms", "workers", "20000"),
        ("functions, 10k in flight", functions, "20000/s", "3 s", "environments", "3000"),
        ("functions, 1M in flight", functions, "2000000/s", "200 ms", "environments", "300000"),
    ];
    for (name, scenario, rate, duration, capacity, count) in runs {
        let capacity = format!("parameters.{capacity}");
        let settings = [("workload.requests.rate", rate), ("study.duration", duration), (capacity.as_str(), count)];
        runs::measure(&mut group, name, &common::model(scenario, &settings));
    }
    group.finish();
}

criterion_group!(benches, pipelines);
criterion_main!(benches);
