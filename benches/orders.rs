//! Speed of the order story: journeys per second on one core, per design.
//!
//! `cargo bench` measures; each design runs one replication of ten virtual seconds at 200 orders a second, everything on
//! (histograms, critical paths, usage, time series). The events per order are printed, so that time per event follows.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floodplan::engine::run;
use floodplan::reader::{Disk, Setting};
use floodplan::scenario::{Model, read};

/// Virtual seconds of one measured run, after as many of warm-up.
const SECONDS: u64 = 10;

fn design(name: &str) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/orders").join(format!("{name}.yaml"));
    let settings = [
        ("study.replications", "1".to_string()),
        ("study.duration", format!("{SECONDS} s")),
        ("study.warm_up", format!("{SECONDS} s")),
    ];
    let settings: Vec<Setting> = settings
        .into_iter()
        .map(|(path, value)| Setting { origin: "bench".to_string(), path: path.to_string(), value })
        .collect();
    let reading = read(&path, &Disk, &settings);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

fn orders(criterion: &mut Criterion) {
    // One core: what a replication takes, since replications share nothing.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let mut group = criterion.benchmark_group("orders");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    for name in ["choreography", "orchestration-standard", "orchestration-express"] {
        let model = design(name);
        let once = pool.install(|| run(&model)).expect("the design runs").summary;
        let per_second = once.journeys["checkout"].started.mean.unwrap_or(0.0) / once.window_seconds;
        // Warm-up and cool-down are simulated like the window.
        let simulated = (SECONDS * 2) as f64 + SECONDS as f64 / 10.0;
        let orders = (per_second * simulated) as u64;
        println!("{name}: {orders} orders, {} events, {:.1} per order", once.events, once.events as f64 / orders as f64);
        group.throughput(Throughput::Elements(orders));
        group.bench_function(name, |bencher| bencher.iter(|| pool.install(|| black_box(run(&model).expect("it ran before")))));
    }
    group.finish();
}

criterion_group!(benches, orders);
criterion_main!(benches);
