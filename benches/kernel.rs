//! Speed of the kernel: the calendars by themselves, and queues through the path that every scenario takes.
//!
//! The hold model (take the next event, schedule another one a random time later) runs on the wheel and on the heap it is
//! measured against. The queues run one replication on one core with histograms, usage and fingerprint on; the pools
//! without a limit keep as many requests in flight, and so events pending, as their name says.

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use floodplan::engine::run;
use floodplan::kernel::calendar::{HeapCalendar, WheelCalendar};
use floodplan::reader::{Disk, Setting};
use floodplan::scenario::{Model, read};

/// Events handled per measured iteration of the hold model.
const HOLDS: u64 = 10_000;

/// Delays of a linear congruential generator: uniform below 17 ms.
fn delays() -> impl FnMut() -> u64 {
    let mut word = 1_u64;
    move || {
        word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        word >> 40
    }
}

macro_rules! hold {
    ($criterion:expr, $name:literal, $calendar:ty) => {
        let mut group = $criterion.benchmark_group(concat!("hold/", $name));
        group.throughput(Throughput::Elements(HOLDS));
        for pending in [10_u32, 1_000, 100_000, 1_000_000] {
            let mut calendar = <$calendar>::default();
            let mut delay = delays();
            for index in 0..pending {
                calendar.schedule(delay(), 0, 0, index);
            }
            let mut hold = |count: u64| {
                for _ in 0..count {
                    let event = calendar.pop().expect("events stay pending");
                    calendar.schedule(event.time + delay(), 0, 0, event.argument);
                    black_box(event.time);
                }
            };
            // Until the events lie as the model leaves them.
            hold(2 * u64::from(pending));
            group.bench_function(BenchmarkId::from_parameter(pending), |bencher| {
                bencher.iter_batched(|| (), |()| hold(HOLDS), BatchSize::PerIteration);
            });
        }
        group.finish();
    };
}

fn holds(criterion: &mut Criterion) {
    hold!(criterion, "heap", HeapCalendar);
    hold!(criterion, "wheel", WheelCalendar);
}

fn queue(scenario: &str, settings: &[(&str, &str)]) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/theory").join(scenario);
    let one = [("study.replications", "1"), ("study.warm_up", "0 s"), ("study.maximum_in_flight", "10000000")];
    let settings: Vec<Setting> = one
        .iter()
        .chain(settings)
        .map(|(path, value)| Setting { origin: "bench".to_string(), path: (*path).to_string(), value: (*value).to_string() })
        .collect();
    let reading = read(&path, &Disk, &settings);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

fn queues(criterion: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    let mut group = criterion.benchmark_group("queue");
    group.sample_size(10).measurement_time(Duration::from_secs(10));
    let endless = "unlimited-servers.yaml";
    let models = [
        ("M/M/1", "mm1.yaml", vec![("workload.requests.rate", "45/s"), ("study.duration", "10000 s")]),
        (
            "M/M/100",
            "mmc.yaml",
            vec![("services.pool.servers", "100"), ("workload.requests.rate", "90/s"), ("study.duration", "5000 s")],
        ),
        ("1k in flight", endless, vec![("workload.requests.rate", "1333/s"), ("study.duration", "600 s")]),
        ("100k in flight", endless, vec![("workload.requests.rate", "133333/s"), ("study.duration", "10 s")]),
        ("1M in flight", endless, vec![("workload.requests.rate", "1333333/s"), ("study.duration", "3 s")]),
    ];
    for (name, scenario, settings) in models {
        let model = queue(scenario, &settings);
        let once = pool.install(|| run(&model)).expect("the queue runs").summary;
        println!("{name}: {} events", once.events);
        group.throughput(Throughput::Elements(once.events));
        group.bench_function(name, |bencher| bencher.iter(|| pool.install(|| black_box(run(&model).expect("it ran before")))));
    }
    group.finish();
}

criterion_group!(benches, holds, queues);
criterion_main!(benches);
