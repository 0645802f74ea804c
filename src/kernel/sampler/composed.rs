//! Distributions made of values or of other distributions.

use super::{Draw, Sampler};

/// Marks the number that a mixture's component is sampled with; its own number chooses the component.
const COMPONENT: u64 = 1;
/// The first of two marks per extra of a sum: whether it happens, and how long it takes.
const FIRST_EXTRA: u64 = 2;

/// Values with weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Empirical {
    /// Rising values with the probability of at most that value.
    steps: Vec<(f64, f64)>,
    mean: f64,
}

impl Empirical {
    /// From `(value, share)`; the shares add up to 1.
    pub(super) fn new(mut entries: Vec<(f64, f64)>) -> Self {
        entries.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mean = entries.iter().map(|(value, share)| value * share).sum();
        let mut sum = 0.0;
        let mut steps = Vec::with_capacity(entries.len());
        for (value, share) in entries.into_iter().filter(|entry| entry.1 > 0.0) {
            sum += share;
            steps.push((value, sum));
        }
        Self { steps, mean }
    }

    #[inline]
    pub(super) fn at(&self, u: f64) -> f64 {
        let index = self.steps.partition_point(|step| step.1 < u);
        // Shares may add up to a hair less than 1.
        self.steps[index.min(self.steps.len() - 1)].0
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        match self.steps.partition_point(|step| step.0 <= x) {
            0 => 0.0,
            all if all == self.steps.len() => 1.0,
            below => self.steps[below - 1].1,
        }
    }

    pub(super) fn scale(&mut self, factor: f64) {
        for step in &mut self.steps {
            step.0 *= factor;
        }
        self.mean *= factor;
    }
}

/// One of several distributions, chosen by weight. The choice and the duration are drawn separately, so that a changed
/// weight leaves the luck within a component alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixture {
    /// Components with the probability of this or an earlier one.
    components: Vec<(f64, Sampler)>,
}

impl Mixture {
    /// From `(share, component)`; the shares add up to 1.
    pub(super) fn new(parts: Vec<(f64, Sampler)>) -> Self {
        let mut sum = 0.0;
        let mut components = Vec::with_capacity(parts.len());
        for (share, sampler) in parts.into_iter().filter(|part| part.0 > 0.0) {
            sum += share;
            components.push((sum, sampler));
        }
        Self { components }
    }

    pub(super) fn value(&self, draw: Draw) -> f64 {
        let choice = draw.unit();
        let index = self.components.partition_point(|component| component.0 < choice);
        self.components[index.min(self.components.len() - 1)].1.value(draw.derive(COMPONENT))
    }

    pub(super) fn mean(&self) -> f64 {
        self.shares().map(|(share, sampler)| share * sampler.mean()).sum()
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        self.shares().map(|(share, sampler)| share * sampler.cdf(x)).sum()
    }

    pub(super) fn scale(self, factor: f64) -> Self {
        let components = self.components.into_iter();
        Self { components: components.map(|(sum, sampler)| (sum, sampler.scaled_by(factor))).collect() }
    }

    fn shares(&self) -> impl Iterator<Item = (f64, &Sampler)> {
        let mut before = 0.0;
        self.components.iter().map(move |(sum, sampler)| {
            let share = sum - before;
            before = *sum;
            (share, sampler)
        })
    }
}

/// A base duration and, each with its own probability, extras on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Sum {
    /// Never a sum itself: its extras would share their numbers with these.
    base: Sampler,
    extras: Vec<(f64, Sampler)>,
}

impl Sum {
    pub(super) fn new(base: Sampler, probability: f64, extra: Sampler) -> Self {
        let (base, mut extras) = match base {
            Sampler::Sum(sum) => (sum.base, sum.extras),
            other => (other, Vec::new()),
        };
        extras.push((probability, extra));
        Self { base, extras }
    }

    pub(super) fn value(&self, draw: Draw) -> f64 {
        let mut value = self.base.value(draw);
        let mut mark = FIRST_EXTRA;
        for (probability, extra) in &self.extras {
            if draw.derive(mark).chance(*probability) {
                value += extra.value(draw.derive(mark + 1));
            }
            mark += 2;
        }
        value
    }

    pub(super) fn mean(&self) -> f64 {
        let extras: f64 = self.extras.iter().map(|(probability, extra)| probability * extra.mean()).sum();
        self.base.mean() + extras
    }

    /// The convolution, integrated over the quantiles of the extras.
    pub(super) fn cdf(&self, x: f64) -> f64 {
        self.cdf_over(&self.quantile_grids(), x)
    }

    fn cdf_over(&self, grids: &[Vec<(f64, f64)>], x: f64) -> f64 {
        let Some((grid, earlier)) = grids.split_last() else {
            return self.base.cdf(x);
        };
        let probability = self.extras[earlier.len()].0;
        let without = self.cdf_over(earlier, x);
        let with: f64 = grid.iter().map(|(value, weight)| weight * self.cdf_over(earlier, x - value)).sum();
        (1.0 - probability) * without + probability * with
    }

    /// For each extra, durations with weights that stand for its distribution. Nodes crowd towards both tails.
    fn quantile_grids(&self) -> Vec<Vec<(f64, f64)>> {
        // The work is the product over all extras.
        let count: u16 = match self.extras.len() {
            0 | 1 => 1024,
            2 => 256,
            3 => 40,
            4 => 16,
            _ => 8,
        };
        let grid = |sampler: &Sampler| {
            let nodes = (0..count).map(|index| {
                let t = (f64::from(index) + 0.5) / f64::from(count);
                (sampler.quantile(t * t * (3.0 - 2.0 * t)), 6.0 * t * (1.0 - t) / f64::from(count))
            });
            let nodes: Vec<(f64, f64)> = nodes.collect();
            let total: f64 = nodes.iter().map(|node| node.1).sum();
            nodes.into_iter().map(|(value, weight)| (value, weight / total)).collect()
        };
        self.extras.iter().map(|(_, sampler)| grid(sampler)).collect()
    }

    pub(super) fn scale(self, factor: f64) -> Self {
        let extras = self.extras.into_iter();
        Self {
            base: self.base.scaled_by(factor),
            extras: extras.map(|(probability, extra)| (probability, extra.scaled_by(factor))).collect(),
        }
    }
}

/// The smallest duration whose probability of not being exceeded reaches `p`, by bisection between bounds.
pub(super) fn invert(sampler: &Sampler, p: f64) -> f64 {
    let bounds = bounds(sampler);
    // The grids of a sum are the same at every step.
    let grids = if let Sampler::Sum(sum) = sampler { sum.quantile_grids() } else { Vec::new() };
    let cdf = |x: f64| match sampler {
        Sampler::Sum(sum) => sum.cdf_over(&grids, x),
        other => other.cdf(x),
    };
    let (mut low, mut high) = bounds;
    if cdf(low) >= p {
        return low;
    }
    while high - low > 1e-9 * high {
        // Far apart, halve the exponent; close together, the difference.
        let middle = if high > 4.0 * (low + 1.0) { (low + 1.0).sqrt() * high.sqrt() } else { f64::midpoint(low, high) };
        if cdf(middle) >= p {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The shortest and the longest duration that a sampler can give.
fn bounds(sampler: &Sampler) -> (f64, f64) {
    match sampler {
        Sampler::Mixture(mixture) => mixture
            .components
            .iter()
            .map(|component| bounds(&component.1))
            .fold((f64::INFINITY, 0.0), |sum, next| (f64::min(sum.0, next.0), f64::max(sum.1, next.1))),
        Sampler::Sum(sum) => {
            let base = bounds(&sum.base);
            let longest: f64 = sum.extras.iter().map(|(_, extra)| bounds(extra).1).sum();
            // An extra that always happens makes this bound lower than need be, which does no harm.
            (base.0, (base.1 + longest).min(f64::MAX))
        }
        other => (other.quantile(0.0), other.quantile(1.0).min(f64::MAX)),
    }
}
