//! Groups of long measurements, and the measured loop around one run of a scenario.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput};
use floodplan::engine::run;
use floodplan::scenario::Model;

/// A group of long measurements: few samples, each of one run.
pub fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(6));
    group
}

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
