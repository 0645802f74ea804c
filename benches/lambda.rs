//! Speed of functions with cold starts and keep-alive: the base case of the function simulators (0.9 requests a second), the
//! same at 100 a second, and a hundred functions side by side.

mod common;
#[path = "common/runs.rs"]
mod runs;

use std::fmt::Write;

use criterion::{Criterion, criterion_group, criterion_main};
use floodplan::scenario::{Model, read_text};

const BASE: &str = "benches/scenarios/function.yaml";

/// A hundred functions like that of the base case, each with its clients.
fn hundred() -> Model {
    let mut services = String::from("services:\n");
    let mut workload = String::from("workload:\n");
    for index in 0..100 {
        let steps = "steps: [ { work: { exponential: { mean: 1991 ms } } } ]";
        writeln!(services, "  f{index}: {{ type: lambda, timeout: 60 s, keep_alive: 600 s, {steps} }}").expect("a text grows");
        let counted = "milestones: { answered: answered }, endings: { answered: answered }";
        writeln!(workload, "  w{index}: {{ target: f{index}, rate: 0.9/s, {counted} }}").expect("a text grows");
    }
    let study = "study: { duration: 5000 s, replications: 1, seed: 3, breakdown_every: 1000 }\n";
    let reading = read_text(&format!("name: A hundred functions\n{study}{services}{workload}"));
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

fn functions(criterion: &mut Criterion) {
    let mut group = runs::group(criterion, "functions");
    runs::measure(&mut group, "0.9 a second", &common::model(BASE, &[("study.duration", "1000000 s")]));
    let busy = [("study.duration", "10000 s"), ("workload.requests.rate", "100/s")];
    runs::measure(&mut group, "100 a second", &common::model(BASE, &busy));
    runs::measure(&mut group, "a hundred functions, 90 a second", &hundred());
    group.finish();
}

criterion_group!(benches, functions);
criterion_main!(benches);
