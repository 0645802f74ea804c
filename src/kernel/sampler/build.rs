//! How samplers are built. All times are in nanoseconds.

use super::closed::{Exponential, Lognormal, Pareto, Uniform, Weibull};
use super::composed::{Empirical, Mixture, Sum};
use super::error::{SamplerError, number, ordered, shares, time};
use super::quantiles::QuantileTable;
use super::tabulated::{Shape, Tabulated};
use super::{Sampler, round};
use crate::maths::{exp, ln, ln_gamma, normal_quantile};

/// Most exponents, orders of magnitude and the like that still give durations anyone could mean.
const MOST_SIGMA: f64 = 20.0;
const MOST_FACTOR: f64 = 1e12;

impl Sampler {
    /// Always `value`.
    pub const fn constant(value: u64) -> Self {
        Self::Constant(value)
    }

    /// Equally likely from `low` to `high`.
    pub fn uniform(low: f64, high: f64) -> Result<Self, SamplerError> {
        let (low, high) = (time("low", low)?, time("high", high)?);
        ordered(("low", low), ("high", high))?;
        if low == high {
            return Ok(Self::Constant(round(low)));
        }
        Ok(Self::Uniform(Uniform { low, span: high - low }))
    }

    /// Exponential with this mean; a mean of 0 is the constant 0.
    pub fn exponential(mean: f64) -> Result<Self, SamplerError> {
        let mean = time("mean", mean)?;
        Ok(if mean == 0.0 { Self::Constant(0) } else { Self::Exponential(Exponential { mean }) })
    }

    /// Lognormal by its median and its 99th percentile; equal ones are a constant.
    pub fn lognormal(p50: f64, p99: f64) -> Result<Self, SamplerError> {
        let (p50, p99) = (time("p50", p50)?, time("p99", p99)?);
        ordered(("p50", p50), ("p99", p99))?;
        if p50 == p99 {
            return Ok(Self::Constant(round(p50)));
        }
        positive("p50", p50)?;
        Self::lognormal_of_logarithm(ln(p50), ln(p99 / p50) / normal_quantile(0.99))
    }

    /// Lognormal by mean (`mu`) and standard deviation (`sigma`) of the natural logarithm of the nanoseconds.
    pub fn lognormal_of_logarithm(mu: f64, sigma: f64) -> Result<Self, SamplerError> {
        let mu = number("mu", mu, -100.0, 100.0, "a logarithm between -100 and 100")?;
        shifted(0.0, mu, sigma)
    }

    /// Lognormal by its mean and its coefficient of variation (standard deviation over mean).
    pub fn lognormal_of_mean(mean: f64, variation: f64) -> Result<Self, SamplerError> {
        let mean = time("mean", mean)?;
        let variation = number("cv", variation, 0.0, 1e6, "between 0 and 1000000")?;
        if mean == 0.0 {
            return Ok(Self::Constant(0));
        }
        let variance = libm::log1p(variation * variation);
        shifted(0.0, ln(mean) - variance / 2.0, variance.sqrt())
    }

    /// `shift` plus a lognormal duration of this median (above the shift) and `sigma`.
    pub fn shifted_lognormal(shift: f64, median: f64, sigma: f64) -> Result<Self, SamplerError> {
        let (shift, median) = (time("shift", shift)?, time("median", median)?);
        if median == 0.0 {
            number("sigma", sigma, 0.0, MOST_SIGMA, "between 0 and 20")?;
            return Ok(Self::Constant(round(shift)));
        }
        shifted(shift, ln(median), sigma)
    }

    /// Through `(probability, value)` pairs in any order, at least two of them strictly between the probabilities 0
    /// and 1; see [`QuantileTable`] for what lies between and beyond them.
    pub fn quantiles(pairs: &[(f64, f64)]) -> Result<Self, SamplerError> {
        if pairs.len() >= 2 && pairs.iter().all(|pair| pair.1 == 0.0 && (0.0..=1.0).contains(&pair.0)) {
            return Ok(Self::Constant(0));
        }
        QuantileTable::new(pairs).map(|table| Self::Quantiles(Box::new(table)))
    }

    /// Gamma by its shape, from 0.1 to 10,000, and its mean. The coefficient of variation is `1 / sqrt(shape)`.
    pub fn gamma(shape: f64, mean: f64) -> Result<Self, SamplerError> {
        let shape = number("shape", shape, 0.1, 10_000.0, "between 0.1 and 10000")?;
        let mean = time("mean", mean)?;
        if mean == 0.0 || shape == 1.0 {
            return Self::exponential(mean);
        }
        Ok(Self::Tabulated(Box::new(Tabulated::new(Shape::Gamma(shape), mean))))
    }

    /// The sum of `phases` exponential phases, from 1 to 10,000, with this mean of the whole.
    pub fn erlang(phases: u32, mean: f64) -> Result<Self, SamplerError> {
        number("phases", f64::from(phases), 1.0, 10_000.0, "between 1 and 10000")?;
        Self::gamma(f64::from(phases), mean)
    }

    /// Weibull by shape, from 0.05 to 1,000, and scale (the 63rd percentile).
    pub fn weibull(shape: f64, scale: f64) -> Result<Self, SamplerError> {
        let shape = number("shape", shape, 0.05, 1_000.0, "between 0.05 and 1000")?;
        let scale = time("scale", scale)?;
        if scale == 0.0 {
            return Ok(Self::Constant(0));
        }
        Ok(Self::Weibull(Weibull { scale, inverse_shape: 1.0 / shape }))
    }

    /// Weibull by shape, from 0.05 to 1,000, and mean.
    pub fn weibull_of_mean(shape: f64, mean: f64) -> Result<Self, SamplerError> {
        let mean = time("mean", mean)?;
        number("shape", shape, 0.05, 1_000.0, "between 0.05 and 1000")?;
        Self::weibull(shape, mean / exp(ln_gamma(1.0 + 1.0 / shape)))
    }

    /// Pareto by shape (the exponent of its tail), from 0.05 to 1,000, and minimum.
    pub fn pareto(shape: f64, minimum: f64) -> Result<Self, SamplerError> {
        let shape = number("shape", shape, 0.05, 1_000.0, "between 0.05 and 1000")?;
        let minimum = time("minimum", minimum)?;
        if minimum == 0.0 {
            return Ok(Self::Constant(0));
        }
        Ok(Self::Pareto(Pareto { minimum, inverse_shape: 1.0 / shape }))
    }

    /// One of several exponential phases, given as `(weight, mean)`.
    pub fn hyperexponential(phases: &[(f64, f64)]) -> Result<Self, SamplerError> {
        let shares = shares("phases", phases.iter().map(|phase| phase.0))?;
        let mut parts = Vec::new();
        for (share, &(_, mean)) in shares.into_iter().zip(phases) {
            let mean = positive("mean", time("mean", mean)?)?;
            if share > 0.0 {
                parts.push((share, mean));
            }
        }
        let mean = parts.iter().map(|(share, mean)| share * mean).sum();
        if parts.iter().all(|part| part.1 == parts[0].1) {
            return Self::exponential(mean);
        }
        let unit = parts.into_iter().map(|(share, part)| (share, part / mean)).collect();
        Ok(Self::Tabulated(Box::new(Tabulated::new(Shape::Hyperexponential(unit), mean))))
    }

    /// One of the values given as `(value, weight)`, in any order.
    pub fn empirical(entries: &[(f64, f64)]) -> Result<Self, SamplerError> {
        let shares = shares("values", entries.iter().map(|entry| entry.1))?;
        let mut steps = Vec::with_capacity(entries.len());
        for (share, &(value, _)) in shares.into_iter().zip(entries) {
            steps.push((time("a value", value)?, share));
        }
        Ok(Self::Empirical(Box::new(Empirical::new(steps))))
    }

    /// One of the samplers given as `(weight, sampler)`.
    pub fn mixture(parts: Vec<(f64, Self)>) -> Result<Self, SamplerError> {
        let shares = shares("mixture", parts.iter().map(|part| part.0))?;
        let parts = shares.into_iter().zip(parts).map(|(share, part)| (share, part.1));
        Ok(Self::Mixture(Box::new(Mixture::new(parts.collect()))))
    }

    /// `base`, and with this probability `extra` on top. The luck of the base does not depend on the extra.
    pub fn sum(base: Self, probability: f64, extra: Self) -> Result<Self, SamplerError> {
        let probability = number("probability", probability, 0.0, 1.0, "between 0 and 1")?;
        if probability == 0.0 || extra == Self::Constant(0) {
            return Ok(base);
        }
        Ok(Self::Sum(Box::new(Sum::new(base, probability, extra))))
    }

    /// `factor` times as long, factor from 0 to 10^12.
    pub fn scaled(self, factor: f64) -> Result<Self, SamplerError> {
        let factor = number("factor", factor, 0.0, MOST_FACTOR, "between 0 and 10^12")?;
        Ok(self.scaled_by(factor))
    }

    pub(super) fn scaled_by(self, factor: f64) -> Self {
        if factor == 0.0 {
            return Self::Constant(0);
        }
        match self {
            Self::Constant(value) => Self::Constant(round(value as f64 * factor)),
            Self::Uniform(Uniform { low, span }) => Self::Uniform(Uniform { low: low * factor, span: span * factor }),
            Self::Exponential(Exponential { mean }) => Self::Exponential(Exponential { mean: mean * factor }),
            Self::Lognormal(Lognormal { shift, mu, sigma }) => {
                Self::Lognormal(Lognormal { shift: shift * factor, mu: mu + ln(factor), sigma })
            }
            Self::Weibull(weibull) => Self::Weibull(Weibull { scale: weibull.scale * factor, ..weibull }),
            Self::Pareto(pareto) => Self::Pareto(Pareto { minimum: pareto.minimum * factor, ..pareto }),
            Self::Quantiles(mut table) => {
                table.scale(factor);
                Self::Quantiles(table)
            }
            Self::Tabulated(mut table) => {
                table.scale(factor);
                Self::Tabulated(table)
            }
            Self::Empirical(mut list) => {
                list.scale(factor);
                Self::Empirical(list)
            }
            Self::Mixture(mixture) => Self::Mixture(Box::new(mixture.scale(factor))),
            Self::Sum(sum) => Self::Sum(Box::new(sum.scale(factor))),
        }
    }
}

fn shifted(shift: f64, mu: f64, sigma: f64) -> Result<Sampler, SamplerError> {
    let sigma = number("sigma", sigma, 0.0, MOST_SIGMA, "between 0 and 20")?;
    if sigma == 0.0 {
        return Ok(Sampler::Constant(round(shift + exp(mu))));
    }
    Ok(Sampler::Lognormal(Lognormal { shift, mu, sigma }))
}

fn positive(parameter: &str, value: f64) -> Result<f64, SamplerError> {
    if value > 0.0 {
        return Ok(value);
    }
    Err(SamplerError::OutOfRange { parameter: parameter.to_owned(), value: "0".to_owned(), must: "more than 0" })
}
