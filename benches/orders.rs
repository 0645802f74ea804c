//! Speed of the order story: journeys per second on one core, per design.
//!
//! Each design runs ten virtual seconds of warm-up and ten of measurement at 200 orders a second.

mod common;
#[path = "common/runs.rs"]
mod runs;

use criterion::{Criterion, criterion_group, criterion_main};

fn orders(criterion: &mut Criterion) {
    let mut group = runs::group(criterion, "orders");
    for name in ["choreography", "orchestration-standard", "orchestration-express"] {
        let settings = [("study.duration", "10 s"), ("study.warm_up", "10 s")];
        let model = common::model(&format!("scenarios/orders/{name}.yaml"), &settings);
        runs::measure(&mut group, name, &model);
    }
    group.finish();
}

criterion_group!(benches, orders);
criterion_main!(benches);
