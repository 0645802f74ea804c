//! Comparing designs that ran under the same seeds.

use thiserror::Error;

use super::interval::{Interval, interval, mean_and_variance};

/// What a comparison shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The design is lower than the baseline at the confidence asked for.
    Lower,
    /// It is higher.
    Higher,
    /// It gave the same value in each replication.
    Identical,
    /// The interval of the difference holds 0.
    NoDifferenceShown,
}

/// A design against a baseline, replication by replication.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// Design minus baseline.
    pub difference: Interval,
    /// How closely both moved together over the replications, from -1 to 1; `None` when one of them did not move.
    pub correlation: Option<f64>,
    /// The share of the variance of the difference that pairing removed, against independent seeds: 0.9 means a tenth
    /// is left. Negative when pairing did harm; `None` when neither moved.
    pub variance_reduction: Option<f64>,
    pub verdict: Verdict,
}

/// Why two designs cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotComparable {
    #[error("the baseline has {baseline} replications and the design {design}; pairs need the same seeds")]
    UnequalCounts { baseline: usize, design: usize },
    #[error("{given} replications show no spread; at least 2 are needed")]
    TooFew { given: usize },
    #[error("replication {index} is not a finite number")]
    NotFinite { index: usize },
}

/// Compares the values that a baseline and a design reached in the same replications, by a paired Student-t interval.
pub fn compare(baseline: &[f64], design: &[f64], confidence: f64) -> Result<Comparison, NotComparable> {
    if baseline.len() != design.len() {
        return Err(NotComparable::UnequalCounts { baseline: baseline.len(), design: design.len() });
    }
    if baseline.len() < 2 {
        return Err(NotComparable::TooFew { given: baseline.len() });
    }
    let differences: Vec<f64> = design.iter().zip(baseline).map(|(after, before)| after - before).collect();
    if let Some(index) = differences.iter().position(|difference| !difference.is_finite()) {
        return Err(NotComparable::NotFinite { index });
    }
    let difference = interval(&differences, confidence);
    let (before, after) = (mean_and_variance(baseline), mean_and_variance(design));
    let (_, left) = mean_and_variance(&differences);
    let unpaired = before.1 + after.1;
    let scale = before.1.sqrt() * after.1.sqrt();
    Ok(Comparison {
        difference,
        // Var(after - before) = Var(after) + Var(before) - 2 Cov.
        correlation: (scale > 0.0).then(|| ((unpaired - left) / (2.0 * scale)).clamp(-1.0, 1.0)),
        variance_reduction: (unpaired > 0.0).then(|| 1.0 - left / unpaired),
        verdict: verdict(&differences, &difference),
    })
}

/// Compares many designs with one baseline so that all intervals hold together at `confidence`: each is widened by
/// Bonferroni's rule, which asks nothing about how the designs depend on each other.
pub fn compare_many(baseline: &[f64], designs: &[Vec<f64>], confidence: f64) -> Result<Vec<Comparison>, NotComparable> {
    let each = 1.0 - (1.0 - confidence) / designs.len().max(1) as f64;
    designs.iter().map(|design| compare(baseline, design, each)).collect()
}

fn verdict(differences: &[f64], interval: &Interval) -> Verdict {
    if differences.iter().all(|difference| *difference == 0.0) {
        Verdict::Identical
    } else if interval.high < 0.0 {
        Verdict::Lower
    } else if interval.low > 0.0 {
        Verdict::Higher
    } else {
        Verdict::NoDifferenceShown
    }
}
