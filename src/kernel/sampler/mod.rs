//! Random durations.
//!
//! A [`Sampler`] is compiled once from parameters in nanoseconds and then turns draws into whole nanoseconds. Wherever
//! a distribution allows it, a sample is the inverse of the distribution function at the one uniform number of the
//! draw: it grows with the draw, so two designs that share a draw share the luck even when their parameters differ.
//! Only mixtures and sums need more than one number; they derive the others from the same draw.
//!
//! All transcendental functions come from the `libm` crate, so samples are the same on every machine of a target.

mod build;
mod closed;
mod composed;
mod error;
mod quantiles;
mod tabulated;
#[cfg(test)]
mod tests;

pub use closed::{Exponential, Lognormal, Pareto, Uniform, Weibull};
pub use composed::{Empirical, Mixture, Sum};
pub use error::SamplerError;
pub use quantiles::QuantileTable;
pub use tabulated::Tabulated;

use super::random::Draw;

/// A distribution of durations, ready to be sampled. Built by the functions of the same names; see there.
#[derive(Clone, Debug, PartialEq)]
pub enum Sampler {
    /// Always the same.
    Constant(u64),
    Uniform(Uniform),
    Exponential(Exponential),
    /// Also the shifted lognormal.
    Lognormal(Lognormal),
    Weibull(Weibull),
    Pareto(Pareto),
    /// Percentiles, as measured or promised.
    Quantiles(Box<QuantileTable>),
    /// Gamma, Erlang and hyperexponential.
    Tabulated(Box<Tabulated>),
    Empirical(Box<Empirical>),
    Mixture(Box<Mixture>),
    Sum(Box<Sum>),
}

impl Sampler {
    /// The duration that belongs to this draw, in nanoseconds, rounded to the nearest; at most `i64::MAX`
    /// (292 years).
    #[inline]
    pub fn sample(&self, draw: Draw) -> u64 {
        match self {
            Self::Constant(value) => *value,
            // The two most frequent kinds are worth a copy at the call; the others are worth a call.
            Self::Exponential(exponential) => round(exponential.at(draw.unit())),
            Self::Lognormal(lognormal) => round(lognormal.at(draw.unit())),
            _ => self.sample_other(draw),
        }
    }

    #[inline(never)]
    fn sample_other(&self, draw: Draw) -> u64 {
        round(self.value(draw))
    }

    /// Like [`Self::sample`], but `factor` times as long, rounded once. For slow-downs that come and go during a run;
    /// for a lasting factor see [`Self::scaled`].
    #[inline]
    pub fn sample_scaled(&self, draw: Draw, factor: f64) -> u64 {
        round(self.value(draw) * factor)
    }

    /// The mean in nanoseconds: a closed form for all kinds. Infinite for a Pareto distribution of shape 1 or less.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Constant(value) => *value as f64,
            Self::Uniform(uniform) => uniform.mean(),
            Self::Exponential(exponential) => exponential.mean(),
            Self::Lognormal(lognormal) => lognormal.mean(),
            Self::Weibull(weibull) => weibull.mean(),
            Self::Pareto(pareto) => pareto.mean(),
            Self::Quantiles(table) => table.mean(),
            Self::Tabulated(table) => table.mean(),
            Self::Empirical(list) => list.mean(),
            Self::Mixture(mixture) => mixture.mean(),
            Self::Sum(sum) => sum.mean(),
        }
    }

    /// The duration in nanoseconds that is not exceeded with probability `p`. Probabilities closer than 2^-53 to 0 or
    /// 1 count as that. The relative error is below 1e-6 (1e-7 for most), but about 1e-3 for sums, which are
    /// integrated numerically.
    pub fn quantile(&self, p: f64) -> f64 {
        let smallest = Draw::from_bits(0).unit();
        let p = p.clamp(smallest, 1.0 - smallest);
        match self {
            Self::Mixture(_) | Self::Sum(_) => composed::invert(self, p),
            _ => self.at(p),
        }
    }

    /// The probability of a duration of at most `x` nanoseconds, with the accuracy of [`Self::quantile`].
    pub fn cdf(&self, x: f64) -> f64 {
        match self {
            Self::Constant(value) => f64::from(u8::from(x >= *value as f64)),
            Self::Uniform(uniform) => uniform.cdf(x),
            Self::Exponential(exponential) => exponential.cdf(x),
            Self::Lognormal(lognormal) => lognormal.cdf(x),
            Self::Weibull(weibull) => weibull.cdf(x),
            Self::Pareto(pareto) => pareto.cdf(x),
            Self::Quantiles(table) => table.cdf(x),
            Self::Tabulated(table) => table.cdf(x),
            Self::Empirical(list) => list.cdf(x),
            Self::Mixture(mixture) => mixture.cdf(x),
            Self::Sum(sum) => sum.cdf(x),
        }
    }

    /// The sample before rounding.
    #[inline]
    fn value(&self, draw: Draw) -> f64 {
        match self {
            Self::Mixture(mixture) => mixture.value(draw),
            Self::Sum(sum) => sum.value(draw),
            _ => self.at(draw.unit()),
        }
    }

    /// The inverse of the distribution function at `u`, strictly between 0 and 1. Not for mixtures and sums, which
    /// [`Self::quantile`] inverts numerically.
    #[inline]
    fn at(&self, u: f64) -> f64 {
        match self {
            Self::Constant(value) => *value as f64,
            Self::Uniform(uniform) => uniform.at(u),
            Self::Exponential(exponential) => exponential.at(u),
            Self::Lognormal(lognormal) => lognormal.at(u),
            Self::Weibull(weibull) => weibull.at(u),
            Self::Pareto(pareto) => pareto.at(u),
            Self::Quantiles(table) => table.at(u),
            Self::Tabulated(table) => table.at(u),
            Self::Empirical(list) => list.at(u),
            Self::Mixture(_) | Self::Sum(_) => composed::invert(self, u),
        }
    }
}

/// The nearest whole number; what is negative or not a number becomes 0. The cast saturates. It goes by way of i64,
/// which the processor converts at once, so the longest duration is that of an i64.
#[inline]
fn round(value: f64) -> u64 {
    ((value + 0.5) as i64).max(0) as u64
}
