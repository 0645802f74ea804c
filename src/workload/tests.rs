//! Arrivals: what their documentation promises.

use super::arrivals::{Arrivals, Rates};
use crate::fabric::build::Builder;
use crate::fabric::{Bounds, Context, Declarer};
use crate::kernel::{SECOND, Streams, Time};
use crate::reader::Diagnostics;
use crate::units::Rate;

fn constant(per_second: f64) -> Arrivals {
    Arrivals::Rates(Rates::new(vec![(0, per_second)], None, false))
}

fn with_context<T>(look: impl FnOnce(&Context) -> T) -> T {
    let mut declarer = Declarer::default();
    declarer.service("clients", "workload", None);
    declarer.main_party(false);
    let mut diagnostics = Diagnostics::new();
    let bounds = Bounds { events: 100, in_flight: 100 };
    let mut builder = Builder::new(declarer, Streams::new(1, 0), bounds, "us-east-1", &mut diagnostics);
    look(&Context::new(&mut builder.world, 0))
}

/// Evenly spaced arrivals begin at a random phase, or workloads of one rate would all arrive together.
#[test]
fn evenly_spaced_arrivals_begin_at_a_random_phase() {
    let firsts: Vec<Time> =
        with_context(|context| (0..1_000).map(|key| constant(0.1).next(context, key, 0, 0).expect("an arrival")).collect());
    assert!(firsts.iter().all(|at| *at <= 10 * SECOND));
    let early = firsts.iter().filter(|at| **at < 5 * SECOND).count();
    assert!((440..560).contains(&early), "{early} of 1,000 in the first half");
}

/// A window has as many evenly spaced arrivals as its rate says: it begins with the first phase and ends before the next one's.
#[test]
fn a_window_has_as_many_even_arrivals_as_its_rate_says() {
    const DAY: Time = 86_400 * SECOND;
    for (rate, days, expected) in [("1/min", 30, 43_200), ("7/h", 30, 5_040), ("1/d", 30, 30), ("0.1/s", 1, 8_640)] {
        let rate: Rate = rate.parse().expect("a rate");
        let count = with_context(|context| {
            let mut arrivals = constant(rate.as_per_second());
            let times = std::iter::successors(arrivals.next(context, 1, 0, 0), |at| arrivals.next(context, 1, *at, 1));
            times.take_while(|at| *at < days * DAY).count()
        });
        assert_eq!(count, expected, "{rate} for {days} days");
    }
}

/// Three quarters of the way to an arrival are three quarters at any rate that follows.
#[test]
fn a_change_of_the_rate_keeps_the_wait_so_far() {
    with_context(|context| {
        let mut arrivals = constant(0.1);
        assert_eq!(arrivals.next(context, 1, 0, 1), Some(10 * SECOND));
        assert_eq!(arrivals.set_rate(SECOND * 15 / 2, 0.05), Some(SECOND * 25 / 2));
        assert_eq!(arrivals.set_rate(SECOND * 10, 0.0), None);
        assert_eq!(arrivals.set_rate(SECOND * 20, 0.125), Some(21 * SECOND), "an eighth is left");
    });
}

/// Counts of a trace are spread uniformly over their bin, in order.
#[test]
fn counted_arrivals_are_uniform_over_their_bin() {
    let rows = vec![(0, 1_000), (100 * SECOND, 0), (200 * SECOND, 2)];
    let mut arrivals = Arrivals::Recorded { rows, spread: Some(100 * SECOND), row: 0, within: 0, offsets: Vec::new() };
    let times: Vec<Time> = with_context(|context| {
        let (mut now, mut ordinal) = (0, 0);
        std::iter::from_fn(|| {
            now = arrivals.next(context, 1, now, ordinal)?;
            ordinal += 1;
            Some(now)
        })
        .collect()
    });
    assert_eq!(times.len(), 1_002);
    assert!(times.is_sorted() && times[999] < 100 * SECOND && times[1_000] >= 200 * SECOND);
    for quarter in 0..4 {
        let bin = quarter * 25 * SECOND..(quarter + 1) * 25 * SECOND;
        let inside = times.iter().filter(|at| bin.contains(at)).count();
        assert!((200..300).contains(&inside), "{inside} of 1,000 in quarter {quarter}");
    }
}
