//! Confidence intervals from independent replications.

use crate::maths::{normal_cdf, normal_quantile, regularised_beta};

/// An estimate with the range that covers the true value at the confidence asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    pub mean: f64,
    /// The larger distance from the mean to an end. Infinite when the data do not bound the error, as with a single replication.
    pub half_width: f64,
    pub low: f64,
    pub high: f64,
}

impl Interval {
    /// The interval of this centre and half width.
    pub fn around(mean: f64, half_width: f64) -> Self {
        Self { mean, half_width, low: mean - half_width, high: mean + half_width }
    }

    /// The interval with these ends, which need not be equally far from the mean.
    pub fn between(mean: f64, low: f64, high: f64) -> Self {
        Self { mean, half_width: (mean - low).max(high - mean), low, high }
    }

    /// Whether `value` lies inside, ends included.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }

    /// Whether the error is bounded.
    pub fn is_bounded(&self) -> bool {
        self.half_width.is_finite()
    }

    /// Half width over the size of the mean, when both are finite and the mean is not 0.
    pub fn relative_half_width(&self) -> Option<f64> {
        let relative = self.half_width / self.mean.abs();
        relative.is_finite().then_some(relative)
    }
}

/// The mean of the replications' values with its Student-t interval at `confidence` (0.95 for 95 %).
///
/// One value gives an unbounded interval around it, no values a mean of NaN.
pub fn interval(means: &[f64], confidence: f64) -> Interval {
    if means.is_empty() {
        return Interval::around(f64::NAN, f64::INFINITY);
    }
    let (mean, variance) = mean_and_variance(means);
    if means.len() < 2 {
        return Interval { mean, half_width: f64::INFINITY, low: f64::NEG_INFINITY, high: f64::INFINITY };
    }
    let error = (variance / means.len() as f64).sqrt();
    if error == 0.0 {
        return Interval::around(mean, 0.0);
    }
    let factor = student_t_quantile(f64::midpoint(confidence, 1.0), (means.len() - 1) as f64);
    Interval::around(mean, factor * error)
}

/// The ratio of two totals over replications (cost per fulfilled journey), with its interval: the jackknife, whose
/// pseudo-values remove most of the bias that a mean of ratios has. Pairs beyond the shorter list are ignored.
///
/// The mean is NaN or infinite when the denominators, or all but one of them, add up to 0.
pub fn ratio_interval(numerators: &[f64], denominators: &[f64], confidence: f64) -> Interval {
    let pairs: Vec<(f64, f64)> = numerators.iter().copied().zip(denominators.iter().copied()).collect();
    let above: f64 = pairs.iter().map(|pair| pair.0).sum();
    let below: f64 = pairs.iter().map(|pair| pair.1).sum();
    let all = above / below;
    let count = pairs.len() as f64;
    if pairs.len() < 2 {
        return interval(if pairs.is_empty() { &[] } else { std::slice::from_ref(&all) }, confidence);
    }
    let without = |pair: &(f64, f64)| (above - pair.0) / (below - pair.1);
    let pseudo_values: Vec<f64> = pairs.iter().map(|pair| count * all - (count - 1.0) * without(pair)).collect();
    interval(&pseudo_values, confidence)
}

/// Mean, and variance with `n - 1` below (0 for a single value). Two passes, so that a large mean costs no digits.
pub(super) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    // Equal values have no variance, though their computed mean may miss them by a rounding error.
    if values.iter().all(|value| *value == values[0]) {
        return (values[0], 0.0);
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, squares / (count - 1.0))
}

/// The probability that a Student-t variable with `df` degrees of freedom is at most `t`. NaN unless `df` is positive.
pub fn student_t_cdf(t: f64, df: f64) -> f64 {
    if df == f64::INFINITY {
        return normal_cdf(t);
    }
    let outside = 0.5 * regularised_beta(df / 2.0, 0.5, df / (df + t * t));
    if t > 0.0 { 1.0 - outside } else { outside }
}

/// The `t` that a Student-t variable with `df` degrees of freedom stays below with probability `p`: infinite at 0 and
/// 1, NaN outside of that and unless `df` is positive. Relative error about 1e-10.
pub fn student_t_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    let outside = p.min(1.0 - p);
    if outside == 0.0 {
        return f64::INFINITY.copysign(p - 0.5);
    }
    if outside == 0.5 {
        return 0.0;
    }
    if df == f64::INFINITY {
        return normal_quantile(p);
    }
    // Bisection of the upper half; the bounds first grow until they hold the answer.
    let tail = |t: f64| 0.5 * regularised_beta(df / 2.0, 0.5, df / (df + t * t));
    let (mut low, mut high) = (0.0, 1.0);
    while tail(high) > outside && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    while high - low > 1e-11 * high {
        let middle = f64::midpoint(low, high);
        if tail(middle) > outside {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high).copysign(p - 0.5)
}
