//! Speed of a sweep on one and on two threads: sixteen points of the single server, one replication each.
//!
//! Linear scaling is half the time on two threads; a machine that does other work shows less.

mod common;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floodplan::engine::Progress;
use floodplan::scenario::Model;
use floodplan::study::{Journal, outcomes};

const POINTS: u32 = 16;

fn points() -> Vec<Model> {
    let point = |index: u32| {
        let rate = format!("{}/s", 10 + 2 * index);
        common::model("scenarios/theory/mm1.yaml", &[("workload.requests.rate", &rate), ("study.duration", "4000 s")])
    };
    (0..POINTS).map(point).collect()
}

fn sweep(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder for the journal");
    let models = points();
    let mut group = criterion.benchmark_group("sweep");
    group.sample_size(10);
    group.throughput(Throughput::Elements(u64::from(POINTS)));
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        group.bench_function(format!("{threads} threads"), |bencher| {
            bencher.iter(|| {
                let mut journal = Journal::open(&folder.path().join("points"), false).expect("the journal can be written");
                let made = pool.install(|| outcomes(&models, 1, &mut journal, &Progress::default()));
                black_box(made.expect("the points run").expect("the journal can be written"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, sweep);
criterion_main!(benches);
