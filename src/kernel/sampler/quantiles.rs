//! A distribution given by a few of its quantiles.

use super::error::{SamplerError, number, ordered, time};
use crate::maths::{exp, ln, normal_cdf, normal_deviate, normal_quantile};

/// Above the highest given quantile the tail goes on, but no further than this many times its value: a promise about
/// p99 says nothing about hours.
const MOST_BEYOND_LAST: f64 = 10.0;

/// Quantiles joined by straight lines between the normal quantile of the probability and the logarithm of the value.
///
/// Two quantiles therefore give exactly the lognormal distribution through them. Below the first and above the last
/// quantile the outermost lines go on; values end at those given for the probabilities 0 and 1 or else at 0 and at ten
/// times the last quantile.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileTable {
    segments: Vec<Segment>,
    low: f64,
    high: f64,
}

/// The line `ln(value) = intercept + slope * z` up to a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    until: f64,
    from_z: f64,
    until_z: f64,
    intercept: f64,
    slope: f64,
}

impl QuantileTable {
    /// The table through these `(probability, value)` pairs, in any order.
    pub(super) fn new(pairs: &[(f64, f64)]) -> Result<Self, SamplerError> {
        let mut pairs = pairs.to_vec();
        for &(probability, value) in &pairs {
            number("a probability", probability, 0.0, 1.0, "between 0 and 1")?;
            time(&name(probability), value)?;
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in pairs.windows(2) {
            let (lower, upper) = (name(pair[0].0), name(pair[1].0));
            if pair[0].0 == pair[1].0 {
                return Err(SamplerError::Twice { parameter: lower });
            }
            ordered((&lower, pair[0].1), (&upper, pair[1].1))?;
        }
        let (mut low, mut high) = (0.0, None);
        let mut inner = Vec::new();
        for (probability, value) in pairs {
            match probability {
                0.0 => low = value,
                1.0 => high = Some(value),
                _ => inner.push((probability, value)),
            }
        }
        if inner.len() < 2 {
            return Err(SamplerError::TooFew { parameter: "quantiles", given: inner.len(), least: 2 });
        }
        let last = inner[inner.len() - 1].1;
        let high = high.unwrap_or(last * MOST_BEYOND_LAST);
        Ok(Self { segments: segments(&inner)?, low, high })
    }

    #[inline]
    pub(super) fn at(&self, u: f64) -> f64 {
        let last = &self.segments[self.segments.len() - 1];
        let segment = self.segments.iter().find(|segment| u <= segment.until).unwrap_or(last);
        let value = exp(segment.intercept + segment.slope * normal_deviate(u));
        value.clamp(self.low, self.high)
    }

    /// Each line's part of the mean is that of a lognormal variable between two bounds.
    pub(super) fn mean(&self) -> f64 {
        let mut mean = 0.0;
        for segment in &self.segments {
            let (mut from, mut until) = (segment.from_z, segment.until_z);
            if from == f64::NEG_INFINITY && self.low > 0.0 && segment.slope > 0.0 {
                from = segment.reach(self.low).min(until);
                mean += self.low * normal_cdf(from);
            }
            if until == f64::INFINITY && segment.slope > 0.0 {
                until = segment.reach(self.high).max(from);
                mean += self.high * normal_cdf(-until);
            }
            let whole = exp(segment.intercept + segment.slope * segment.slope / 2.0);
            mean += whole * between(from - segment.slope, until - segment.slope);
        }
        mean
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        if x < self.low || x <= 0.0 {
            return 0.0;
        }
        if x >= self.high {
            return 1.0;
        }
        let logarithm = ln(x);
        for segment in self.segments.iter().rev() {
            let start = if segment.slope > 0.0 { segment.intercept + segment.slope * segment.from_z } else { segment.intercept };
            if start <= logarithm {
                let z = if segment.slope > 0.0 { segment.reach(x) } else { f64::INFINITY };
                return normal_cdf(z.min(segment.until_z));
            }
        }
        0.0
    }

    pub(super) fn scale(&mut self, factor: f64) {
        for segment in &mut self.segments {
            segment.intercept += ln(factor);
        }
        self.low *= factor;
        self.high *= factor;
    }
}

impl Segment {
    /// Where the rising line reaches `value`.
    fn reach(&self, value: f64) -> f64 {
        (ln(value) - self.intercept) / self.slope
    }
}

/// The lines through quantiles strictly between the probabilities 0 and 1, in order.
fn segments(inner: &[(f64, f64)]) -> Result<Vec<Segment>, SamplerError> {
    for &(probability, value) in inner {
        if value == 0.0 {
            return Err(SamplerError::OutOfRange {
                parameter: name(probability),
                value: "0".to_owned(),
                must: "more than 0, unless all quantiles are 0",
            });
        }
    }
    let count = inner.len() - 1;
    let mut segments = Vec::with_capacity(count);
    for (index, pair) in inner.windows(2).enumerate() {
        let (from_z, until_z) = (normal_quantile(pair[0].0), normal_quantile(pair[1].0));
        let (from, until) = (ln(pair[0].1), ln(pair[1].1));
        let slope = (until - from) / (until_z - from_z);
        segments.push(Segment {
            until: if index + 1 == count { 1.0 } else { pair[1].0 },
            from_z: if index == 0 { f64::NEG_INFINITY } else { from_z },
            until_z: if index + 1 == count { f64::INFINITY } else { until_z },
            intercept: from - slope * from_z,
            slope,
        });
    }
    Ok(segments)
}

/// Probability that a standard normal variable lies between two bounds, without cancellation in either tail.
fn between(from: f64, until: f64) -> f64 {
    if from > 0.0 { normal_cdf(-from) - normal_cdf(-until) } else { normal_cdf(until) - normal_cdf(from) }
}

/// What people call the quantile: `p50`, `p99.9`, `minimum`, `maximum`.
fn name(probability: f64) -> String {
    match probability {
        0.0 => "minimum".to_owned(),
        1.0 => "maximum".to_owned(),
        _ => {
            // Nine digits hide the error of multiplying by 100.
            let percent = format!("{:.9}", probability * 100.0);
            format!("p{}", percent.trim_end_matches('0').trim_end_matches('.'))
        }
    }
}
