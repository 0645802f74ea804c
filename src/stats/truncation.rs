//! Where the warm-up of a steady-state run ends.

use thiserror::Error;

/// Observations per batch.
const BATCH: usize = 5;
/// Fewer batches than this say nothing about where the warm-up ends.
const FEWEST_BATCHES: usize = 20;
/// The statistic is not evaluated on fewer remaining batches than this: a handful of them are alike by chance.
const FEWEST_REMAINING: usize = 10;

/// Where to cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// How many observations to drop from the start, a multiple of five.
    pub observations: usize,
    /// The squared standard error of what remains, which the cut minimises.
    pub statistic: f64,
}

/// Why no cut can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TruncationRefused {
    /// Too short to tell.
    #[error("{given} observations are too few to find the warm-up; run longer, for at least {least}")]
    TooShort { given: usize, least: usize },
    /// The best cut is so late that the run may still be warming up.
    #[error("the warm-up would take {cut} of {given} observations; run longer")]
    TooLate { cut: usize, given: usize },
    /// A value is not a finite number.
    #[error("observation {index} is not a finite number")]
    NotFinite { index: usize },
}

/// The end of the warm-up by MSER-5 (White, Cobb and Spratt 2000): of all cuts between batches of five observations,
/// the one that minimises the squared standard error of the mean of what remains.
///
/// Observations must be evenly spaced, such as the bins of a time series. Refuses when the best cut lies past the
/// middle. What does not fill the last batch is left out of the reckoning.
pub fn mser5(observations: &[f64]) -> Result<Truncation, TruncationRefused> {
    if let Some(index) = observations.iter().position(|value| !value.is_finite()) {
        return Err(TruncationRefused::NotFinite { index });
    }
    let given = observations.len();
    let batches: Vec<f64> = observations.chunks_exact(BATCH).map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    if batches.len() < FEWEST_BATCHES {
        return Err(TruncationRefused::TooShort { given, least: FEWEST_BATCHES * BATCH });
    }
    let (cut, statistic) = best_cut(&batches);
    if cut * 2 > batches.len() {
        return Err(TruncationRefused::TooLate { cut: cut * BATCH, given });
    }
    Ok(Truncation { observations: cut * BATCH, statistic })
}

/// Walks from the end to the start with a running mean and sum of squares (Welford), so all cuts take one pass.
fn best_cut(batches: &[f64]) -> (usize, f64) {
    let mut best = (0, f64::INFINITY);
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for (cut, value) in batches.iter().enumerate().rev() {
        count += 1.0;
        let miss = value - mean;
        mean += miss / count;
        squares += miss * (value - mean);
        let statistic = squares / (count * count);
        // Of equally good cuts the earliest keeps the most data.
        if count >= FEWEST_REMAINING as f64 && statistic <= best.1 {
            best = (cut, statistic);
        }
    }
    best
}
