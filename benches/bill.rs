//! How long a bill takes: reading the price book, reading a usage file, pricing it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use floodplan::billing;

fn bill(criterion: &mut Criterion) {
    let text = include_str!("../examples/usage/shop.yaml");
    let book = billing::price_book().expect("the tables are valid");
    let file = billing::read_text(text).file.expect("the example is valid");
    criterion.bench_function("price book", |bencher| bencher.iter(|| billing::price_book().expect("valid")));
    criterion.bench_function("usage file", |bencher| bencher.iter(|| billing::read_text(black_box(text))));
    criterion.bench_function("pricing", |bencher| bencher.iter(|| billing::bill(black_box(&file), &book).expect("priced")));
}

criterion_group!(benches, bill);
criterion_main!(benches);
