//! Statistics of results: pure functions and mergeable accumulators that know nothing of the simulation.
//!
//! Accumulators ([`Histogram`], [`LevelStat`]) hold integers only, so that merging is
//! exact and independent of the order. Estimates ([`Interval`] and what is made of it) come from independent
//! replications, never from pooled observations.

mod comparison;
mod histogram;
mod interval;
mod level;
mod packed;
mod quantile;
#[cfg(test)]
mod tests;
mod truncation;

pub use crate::maths::{normal_cdf, normal_quantile, regularised_beta, regularised_gamma};
pub use comparison::{Comparison, NotComparable, Verdict, compare, compare_many};
pub use histogram::{Bucket, Histogram};
pub use interval::{Interval, interval, ratio_interval, student_t_cdf, student_t_quantile};
pub use level::LevelStat;
pub use packed::PackedHistograms;
pub use quantile::{
    MINIMUM_EXCEEDANCES, QuantileEstimate, QuantileValue, Sample, quantile_over_replications, quantile_with_open,
};
pub use truncation::{Truncation, TruncationRefused, mser5};
