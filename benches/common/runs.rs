//! The measured loop around one run of a scenario.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Throughput};
use floodplan::engine::run;
use floodplan::scenario::Model;

/// Measures whole runs of a model on one core, compiling included, with everything on that a run has: histograms, usage,
/// critical paths, fingerprint. The throughput is in journeys; events and events per journey are printed.
pub fn measure(group: &mut BenchmarkGroup<WallTime>, name: &str, model: &Model) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let summary = pool.install(|| run(model)).expect("the scenario runs").summary;
    let started: f64 = summary.journeys.values().filter_map(|journeys| journeys.started.mean).sum();
    // Warm-up and cool-down are simulated like the window.
    let simulated = (model.study.horizon() + model.study.cool_down()) as f64 / model.study.duration.nanos() as f64;
    let journeys = started * simulated;
    println!("{name}: {journeys:.0} journeys, {} events, {:.1} a journey", summary.events, summary.events as f64 / journeys);
    group.throughput(Throughput::Elements(journeys as u64));
    group.bench_function(name, |bencher| bencher.iter(|| pool.install(|| black_box(run(model).expect("it ran before")))));
}
