//! Looks at growing numbers of replications, and intervals that all hold at once.
//!
//! A search looks at many intervals: those of several values, after several numbers of replications, for several objectives. That each
//! holds with 95 % does not mean that all do. By Bonferroni's rule they do if each holds with 1 - 5 % / (how many there may be),
//! whatever they have to do with one another. The numbers are fixed before anything runs, so that no look depends on another.

use std::io;

use thiserror::Error;

use crate::engine::RunError;
use crate::results::Estimate;
use crate::stats;

/// With which all verdicts of a search hold at once.
pub const CONFIDENCE: f64 = 0.95;
/// Confidence of the intervals that estimates come with.
const NOMINAL: f64 = 0.95;

/// Why a search ends without an answer; `E` is why a value could not be put into the scenario.
#[derive(Debug, Error)]
pub enum SearchError<E> {
    #[error("a value cannot be used")]
    Load(E),
    #[error("a run yields nothing")]
    Run(RunError),
    #[error("finished values cannot be kept")]
    Journal(#[from] io::Error),
}

/// Numbers of replications after which it is looked at the intervals: `first`, twice as many, and so on up to `budget`.
pub fn looks(first: u64, budget: u64) -> Vec<u64> {
    let mut looks = vec![first];
    let mut last = first;
    while last < budget {
        last = last.saturating_mul(2).min(budget);
        looks.push(last);
    }
    looks
}

/// The confidence that each of so many intervals needs for all to hold at once.
pub fn interval_confidence(intervals: usize) -> f64 {
    1.0 - (1.0 - CONFIDENCE) / intervals.max(1) as f64
}

/// The ends of an estimate's interval at another confidence: Student-t intervals differ by the ratio of their quantiles only. Those of
/// quantiles of durations do not.
pub fn widened(estimate: &Estimate, replications: u64, confidence: f64) -> Option<(f64, f64)> {
    let (mean, low, high) = (estimate.mean?, estimate.low?, estimate.high?);
    let quantile = |confidence: f64| stats::student_t_quantile(f64::midpoint(confidence, 1.0), replications as f64 - 1.0);
    let ratio = quantile(confidence) / quantile(NOMINAL);
    Some((mean - ratio * (mean - low), mean + ratio * (high - mean)))
}

/// An estimate from single values with its 95 % interval.
pub fn estimate(values: &[f64]) -> Estimate {
    let found = stats::interval(values, NOMINAL);
    let finite = |value: f64| value.is_finite().then_some(value);
    Estimate { mean: finite(found.mean), low: finite(found.low), high: finite(found.high), ..Estimate::default() }
}

#[cfg(test)]
mod tests {
    use super::{estimate, interval_confidence, looks, widened};
    use crate::stats;

    #[test]
    fn looks_double_up_to_the_budget() {
        assert_eq!(looks(10, 200), [10, 20, 40, 80, 160, 200]);
        assert_eq!(looks(10, 10), [10]);
        assert_eq!(looks(3, 12), [3, 6, 12]);
    }

    #[test]
    fn a_widened_interval_is_that_of_the_values() {
        let values = [3.0, 4.0, 8.0, 5.0];
        let confidence = interval_confidence(20);
        assert!((confidence - 0.9975).abs() < 1e-12);
        let (low, high) = widened(&estimate(&values), 4, confidence).unwrap();
        let direct = stats::interval(&values, confidence);
        assert!((low - direct.low).abs() < 1e-9 && (high - direct.high).abs() < 1e-9, "{low} {high} {direct:?}");
    }
}
