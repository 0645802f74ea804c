//! Tests of the statistics, by subject.

mod accumulators;
mod estimates;
mod histograms;

use crate::kernel::random::{Draw, Purpose, Streams};
use crate::maths::normal_deviate;

/// Keyed random numbers for the tests: those of `experiment` never meet those of another one.
fn draw(experiment: u64, index: u64) -> Draw {
    Streams::new(2026, 0).draw(Purpose::new(1), experiment, index)
}

fn normal(experiment: u64, index: u64) -> f64 {
    normal_deviate(draw(experiment, index).unit())
}

fn exponential(experiment: u64, index: u64) -> f64 {
    -libm::log(draw(experiment, index).unit())
}

fn close(actual: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!((actual - wanted).abs() <= tolerance * wanted.abs(), "{what}: {actual}, not {wanted}");
}
