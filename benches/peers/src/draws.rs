//! The random numbers of all peers: a fast generator and a fast sampler.

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

/// Exponentially distributed times, drawn by the ziggurat method.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draws(Xoshiro256PlusPlus);

impl Draws {
    pub fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// A time in seconds with this mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        let unit: f64 = Exp1.sample(&mut self.0);
        mean * unit
    }

    /// A time in whole nanoseconds, at least one, with this mean in seconds.
    pub fn nanoseconds(&mut self, mean: f64) -> u64 {
        ((self.exponential(mean) * 1e9) as u64).max(1)
    }
}
