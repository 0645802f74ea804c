//! Durations as a scenario writes them: a plain duration, percentiles, or a named distribution.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Sampler;
use crate::reader::{Either, ScalarOr};
use crate::units::{Duration, Number, Share};

/// A random duration: `20 ms`, `{ p50: 12 ms, p99: 60 ms }`, or `{ exponential: { mean: 1 s } }`.
pub type DurationSpec = ScalarOr<Duration, Distribution>;

/// A distribution of durations. Give percentiles (`p50` and `p99` make a lognormal, any other set is interpolated), or
/// exactly one of the named families.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Distribution {
    /// 10th percentile.
    pub p10: Option<Duration>,
    /// Median.
    pub p50: Option<Duration>,
    /// 90th percentile.
    pub p90: Option<Duration>,
    /// 95th percentile.
    pub p95: Option<Duration>,
    /// 99th percentile.
    pub p99: Option<Duration>,
    /// 99.9th percentile.
    pub p999: Option<Duration>,
    /// Always the same.
    pub constant: Option<Duration>,
    /// Exponential with this mean.
    pub exponential: Option<Mean>,
    /// Uniform between two bounds.
    pub uniform: Option<Bounds>,
    /// Lognormal with a mean and a coefficient of variation.
    pub lognormal: Option<MeanAndVariation>,
    /// A constant plus a lognormal.
    pub shifted_lognormal: Option<Shifted>,
    /// Sum of `stages` exponential stages with this total mean.
    pub erlang: Option<Stages>,
    /// With the given probability one exponential, else the other.
    pub hyperexponential: Option<Hyperexponential>,
}

/// A mean.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mean {
    /// The mean.
    pub mean: Duration,
}

/// Bounds.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// The lower bound.
    pub from: Duration,
    /// The upper bound.
    pub to: Duration,
}

/// A mean and the standard deviation over it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeanAndVariation {
    /// The mean.
    pub mean: Duration,
    /// Standard deviation over mean.
    pub variation: Number,
}

/// A constant plus a lognormal.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shifted {
    /// The constant part.
    pub shift: Duration,
    /// Median of the random part.
    pub median: Duration,
    /// Standard deviation of the random part's logarithm.
    pub sigma: Number,
}

/// Stages of an Erlang distribution.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stages {
    /// Mean of the whole sum.
    pub mean: Duration,
    /// How many stages, from 1.
    pub stages: u32,
}

/// A mixture of two exponentials.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hyperexponential {
    /// Probability of the first.
    pub share: Share,
    /// Mean of the first exponential.
    pub first: Duration,
    /// Mean of the second one.
    pub second: Duration,
}

/// The sampler of a duration, or what is wrong with it.
pub fn sampler(spec: &DurationSpec) -> Result<Sampler, String> {
    match &spec.value {
        Either::Scalar(duration) => Ok(Sampler::constant(duration.nanos())),
        Either::Map(distribution) => distribution.sampler(),
    }
}

impl Distribution {
    fn sampler(&self) -> Result<Sampler, String> {
        let mut made = Vec::new();
        if let Some(duration) = self.constant {
            made.push(Ok(Sampler::constant(duration.nanos())));
        }
        if let Some(mean) = &self.exponential {
            made.push(Sampler::exponential(mean.mean.nanos() as f64));
        }
        if let Some(bounds) = &self.uniform {
            made.push(Sampler::uniform(bounds.from.nanos() as f64, bounds.to.nanos() as f64));
        }
        if let Some(lognormal) = &self.lognormal {
            made.push(Sampler::lognormal_of_mean(lognormal.mean.nanos() as f64, lognormal.variation.0));
        }
        if let Some(shifted) = &self.shifted_lognormal {
            let (shift, median) = (shifted.shift.nanos() as f64, shifted.median.nanos() as f64);
            made.push(Sampler::shifted_lognormal(shift, median, shifted.sigma.0));
        }
        if let Some(erlang) = &self.erlang {
            made.push(Sampler::erlang(erlang.stages, erlang.mean.nanos() as f64));
        }
        if let Some(two) = &self.hyperexponential {
            let (first, second) = (two.first.nanos() as f64, two.second.nanos() as f64);
            made.push(Sampler::hyperexponential(&[(two.share.0, first), (1.0 - two.share.0, second)]));
        }
        let percentiles = self.percentiles();
        if !percentiles.is_empty() {
            made.push(from_percentiles(&percentiles));
        }
        match made.len() {
            1 => made.remove(0).map_err(|error| error.to_string()),
            0 => Err("a distribution needs percentiles or one family such as `exponential`".to_string()),
            _ => Err("give percentiles or one family, not several".to_string()),
        }
    }

    fn percentiles(&self) -> Vec<(f64, f64)> {
        let given = [(0.1, self.p10), (0.5, self.p50), (0.9, self.p90), (0.95, self.p95), (0.99, self.p99), (0.999, self.p999)];
        given.into_iter().filter_map(|(share, value)| Some((share, value?.nanos() as f64))).collect()
    }
}

fn from_percentiles(percentiles: &[(f64, f64)]) -> Result<Sampler, crate::kernel::sampler::SamplerError> {
    match percentiles {
        [(_, only)] => Ok(Sampler::constant(*only as u64)),
        [(0.5, median), (0.99, p99)] if *median > 0.0 => Sampler::lognormal(*median, *p99),
        several => Sampler::quantiles(several),
    }
}
