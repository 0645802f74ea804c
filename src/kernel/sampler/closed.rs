//! Distributions whose inverse is a short formula.

use crate::maths::{exp, ln, ln_gamma, normal_cdf, normal_deviate};

/// Equally likely between two durations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Uniform {
    pub(super) low: f64,
    pub(super) span: f64,
}

impl Uniform {
    #[inline]
    pub(super) fn at(self, u: f64) -> f64 {
        self.low + self.span * u
    }

    pub(super) fn mean(self) -> f64 {
        self.low + self.span / 2.0
    }

    pub(super) fn cdf(self, x: f64) -> f64 {
        ((x - self.low) / self.span).clamp(0.0, 1.0)
    }
}

/// Without memory: what is left does not depend on what has passed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    pub(super) mean: f64,
}

impl Exponential {
    #[inline]
    pub(super) fn at(self, u: f64) -> f64 {
        -self.mean * ln(1.0 - u)
    }

    pub(super) fn mean(self) -> f64 {
        self.mean
    }

    pub(super) fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 { 0.0 } else { -libm::expm1(-x / self.mean) }
    }
}

/// `shift` plus a duration whose logarithm is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lognormal {
    pub(super) shift: f64,
    /// Logarithm of the median above the shift.
    pub(super) mu: f64,
    pub(super) sigma: f64,
}

impl Lognormal {
    #[inline]
    pub(super) fn at(self, u: f64) -> f64 {
        self.shift + exp(self.mu + self.sigma * normal_deviate(u))
    }

    pub(super) fn mean(self) -> f64 {
        self.shift + exp(self.mu + self.sigma * self.sigma / 2.0)
    }

    pub(super) fn cdf(self, x: f64) -> f64 {
        if x <= self.shift {
            return 0.0;
        }
        normal_cdf((ln(x - self.shift) - self.mu) / self.sigma)
    }
}

/// Ageing (shape above 1) or wearing in (below 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weibull {
    pub(super) scale: f64,
    pub(super) inverse_shape: f64,
}

impl Weibull {
    #[inline]
    pub(super) fn at(self, u: f64) -> f64 {
        let exponential = -ln(1.0 - u);
        self.scale * exp(self.inverse_shape * ln(exponential))
    }

    pub(super) fn mean(self) -> f64 {
        self.scale * exp(ln_gamma(1.0 + self.inverse_shape))
    }

    pub(super) fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        -libm::expm1(-exp(ln(x / self.scale) / self.inverse_shape))
    }
}

/// A power law above a minimum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pareto {
    pub(super) minimum: f64,
    pub(super) inverse_shape: f64,
}

impl Pareto {
    #[inline]
    pub(super) fn at(self, u: f64) -> f64 {
        self.minimum * exp(-self.inverse_shape * ln(1.0 - u))
    }

    pub(super) fn mean(self) -> f64 {
        if self.inverse_shape >= 1.0 {
            return f64::INFINITY;
        }
        self.minimum / (1.0 - self.inverse_shape)
    }

    pub(super) fn cdf(self, x: f64) -> f64 {
        if x <= self.minimum {
            return 0.0;
        }
        -libm::expm1(-ln(x / self.minimum) / self.inverse_shape)
    }
}
