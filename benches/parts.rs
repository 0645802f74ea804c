//! Speed of the parts that every event uses: keyed draws, samples of durations, a record of a histogram.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floodplan::kernel::{Draw, MILLISECOND, Purpose, Sampler, Streams};
use floodplan::stats::Histogram;

/// Operations of one measured iteration, each on another key or number.
const COUNT: u64 = 1_000;

fn draws(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("draw");
    group.throughput(Throughput::Elements(COUNT));
    let streams = Streams::new(7, 0);
    let draw = |key: u64| streams.draw(Purpose::new(3), key, 1);
    let mean = 20.0 * MILLISECOND as f64;
    let samplers = [
        ("exponential", Sampler::exponential(mean)),
        ("lognormal", Sampler::lognormal(mean, 3.0 * mean)),
        ("gamma", Sampler::gamma(2.0, mean)),
    ];
    group.bench_function("bits", |bencher| bencher.iter(|| (0..COUNT).fold(0, |sum, key| sum ^ draw(black_box(key)).bits())));
    for (name, sampler) in samplers {
        let sampler = sampler.expect("the parameters are valid");
        let sample = |draw: Draw| sampler.sample(draw);
        group.bench_function(name, |bencher| bencher.iter(|| (0..COUNT).fold(0, |sum, key| sum ^ sample(draw(black_box(key))))));
    }
    group.finish();
}

fn histogram(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("histogram");
    group.throughput(Throughput::Elements(COUNT));
    let streams = Streams::new(7, 0);
    let sampler = Sampler::exponential(20.0 * MILLISECOND as f64).expect("the parameters are valid");
    let values: Vec<u64> = (0..COUNT).map(|key| sampler.sample(streams.draw(Purpose::new(3), key, 1))).collect();
    let mut histogram = Histogram::new();
    group.bench_function("record", |bencher| bencher.iter(|| values.iter().for_each(|value| histogram.record(*value))));
    black_box(histogram.count());
    group.finish();
}

criterion_group!(benches, draws, histogram);
criterion_main!(benches);
