//! Speed of reading: a scenario of 1,000 services, from text to a validated model, and on to a compiled simulation.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use floodplan::engine::understand;
use floodplan::reader::Diagnostics;
use floodplan::scenario::read_text;

const SERVICES: usize = 1_000;

/// Queues and functions in turn, each function fed by the queue before it and sending to the next.
fn text() -> String {
    let mut text = String::from("name: A thousand services\nservices:\n");
    for index in 0..SERVICES / 2 {
        writeln!(text, "  queue-{index}: {{ type: sqs, visibility_timeout: 30 s }}").expect("a text grows");
        writeln!(text, "  function-{index}:\n    type: lambda\n    memory_size: 512 MB").expect("a text grows");
        writeln!(text, "    events: {{ queue-{index}: {{ batch_size: 10, report_batch_item_failures: true }} }}")
            .expect("it grows");
        let next = (index + 1) % (SERVICES / 2);
        let send = if next == 0 { String::new() } else { format!(", {{ send_message: {{ queue: queue-{next} }} }}") };
        writeln!(text, "    steps: [ {{ for_each: {{ steps: [ {{ work: {{ p50: 5 ms, p99: 20 ms }} }}{send} ] }} }} ]")
            .expect("a text grows");
    }
    text.push_str("workload:\n  requests: { target: queue-0, rate: 1/s }\n");
    text
}

fn reader(criterion: &mut Criterion) {
    let text = text();
    let reading = read_text(&text);
    let model = reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)));
    let mut group = criterion.benchmark_group("a thousand services");
    group.sample_size(20).throughput(Throughput::Elements(SERVICES as u64));
    group.bench_function("read", |bencher| bencher.iter(|| read_text(black_box(&text))));
    group.bench_function("compile", |bencher| bencher.iter(|| understand(black_box(&model), &mut Diagnostics::new())));
    group.finish();
}

criterion_group!(benches, reader);
criterion_main!(benches);
