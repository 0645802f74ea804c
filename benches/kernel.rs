//! Speed of the kernel: the calendars by themselves, and queues through the path that every scenario takes.
//!
//! The hold model (take the next event, schedule another one a random time later) runs on the wheel and on the heap it is
//! measured against. The queues run one replication on one core; the closed loops keep as many requests in flight, and so
//! events pending, as their name says.

mod common;
#[path = "common/runs.rs"]
mod runs;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use floodplan::kernel::calendar::{HeapCalendar, WheelCalendar};

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

fn queues(criterion: &mut Criterion) {
    let mut group = runs::group(criterion, "queue");
    let one = [("study.duration", "10000 s"), ("study.warm_up", "0 s"), ("workload.requests.rate", "45/s")];
    runs::measure(&mut group, "M/M/1", &common::model("scenarios/theory/mm1.yaml", &one));
    let hundred = [
        ("study.duration", "5000 s"),
        ("study.warm_up", "0 s"),
        ("services.pool.servers", "100"),
        ("workload.requests.rate", "90/s"),
    ];
    runs::measure(&mut group, "M/M/100", &common::model("scenarios/theory/mmc.yaml", &hundred));
    for (name, users, duration) in [("1k", "1000", "1000 s"), ("100k", "100000", "10 s"), ("1M", "1000000", "2 s")] {
        let settings = [("workload.requests.users", users), ("study.duration", duration), ("study.cool_down", "0 s")];
        let model = common::model("benches/scenarios/hold.yaml", &settings);
        runs::measure(&mut group, &format!("hold, {name} in flight"), &model);
    }
    group.finish();
}

criterion_group!(benches, holds, queues);
criterion_main!(benches);
