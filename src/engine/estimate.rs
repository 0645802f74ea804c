//! Estimates over replications.

use crate::results::Estimate;
use crate::stats::{Histogram, QuantileValue, Sample, interval, quantile_over_replications};

/// Two-sided confidence of every interval.
pub const CONFIDENCE: f64 = 0.95;
/// Exceedances that a quantile needs behind it.
const EXCEEDANCES: f64 = crate::stats::MINIMUM_EXCEEDANCES;
const NANOS_PER_MS: f64 = 1e6;

/// The mean over replications with its Student-t interval.
pub fn mean(values: &[f64]) -> Estimate {
    if values.is_empty() || values.iter().any(|value| !value.is_finite()) {
        return Estimate { withheld: Some("nothing was observed in some replication".to_string()), ..Estimate::default() };
    }
    let found = interval(values, CONFIDENCE);
    if found.is_bounded() {
        Estimate { mean: Some(found.mean), low: Some(found.low), high: Some(found.high), ..Estimate::default() }
    } else {
        Estimate::exact(found.mean)
    }
}

/// The mean of durations, milliseconds.
pub fn mean_ms(histograms: &[&Histogram]) -> Estimate {
    let means: Vec<f64> = histograms.iter().map(|histogram| histogram.mean().unwrap_or(f64::NAN) / NANOS_PER_MS).collect();
    mean(&means)
}

/// A quantile of durations, milliseconds; what was still open ranks slower than everything that finished.
pub fn quantile_ms(histograms: &[&Histogram], open: &[u64], q: f64) -> Estimate {
    let samples: Vec<Sample> = histograms.iter().zip(open).map(|(finished, open)| Sample { finished, open: *open }).collect();
    let found = quantile_over_replications(&samples, q, CONFIDENCE, EXCEEDANCES);
    match found.value {
        QuantileValue::Value(value) => {
            let end = |end: f64| (end.is_finite()).then_some(end / NANOS_PER_MS);
            Estimate {
                mean: Some(value / NANOS_PER_MS),
                low: found.interval.and_then(|interval| end(interval.low)),
                high: found.interval.and_then(|interval| end(interval.high)),
                ..Estimate::default()
            }
        }
        QuantileValue::Beyond(value) => Estimate { beyond: Some(value / NANOS_PER_MS), ..Estimate::default() },
        // The reason tells how many requests would do.
        QuantileValue::Withheld(reason) => Estimate { withheld: Some(reason), ..Estimate::default() },
    }
}

/// The interval of a quantile of durations, milliseconds, at this confidence. Where the high end is the slowest of all, or lies among
/// the open, nothing observed bounds it: it is infinite.
pub fn quantile_interval_ms(histograms: &[&Histogram], open: &[u64], q: f64, confidence: f64) -> Option<(f64, f64)> {
    let samples: Vec<Sample> = histograms.iter().zip(open).map(|(finished, open)| Sample { finished, open: *open }).collect();
    let found = quantile_over_replications(&samples, q, confidence, EXCEEDANCES).interval?;
    let slowest = histograms.iter().filter_map(|histogram| histogram.max()).max()? as f64;
    let high = if found.high < slowest { found.high } else { f64::INFINITY };
    Some((found.low / NANOS_PER_MS, high / NANOS_PER_MS))
}

/// A replication's own value of a quantile, milliseconds, for paired comparisons.
pub fn own_quantile_ms(histogram: &Histogram, open: u64, q: f64) -> f64 {
    match crate::stats::quantile_with_open(histogram, open, q) {
        QuantileValue::Value(value) => value / NANOS_PER_MS,
        QuantileValue::Beyond(_) | QuantileValue::Withheld(_) => f64::NAN,
    }
}
