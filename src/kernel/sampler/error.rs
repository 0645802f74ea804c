//! What can be wrong with the parameters of a sampler.

use thiserror::Error;

/// Why parameters describe no distribution. The message names the parameter; whoever read it adds the place.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum SamplerError {
    /// A single value is out of its range.
    #[error("{parameter} is {value}, but it must be {must}")]
    OutOfRange { parameter: String, value: String, must: &'static str },
    /// Two values contradict each other.
    #[error("{lower} ({lower_value}) is above {upper} ({upper_value})")]
    OutOfOrder { lower: String, lower_value: String, upper: String, upper_value: String },
    /// The same probability was given twice.
    #[error("{parameter} is given twice")]
    Twice { parameter: String },
    /// A list is too short.
    #[error("{parameter} has {given} usable entries, but needs at least {least}")]
    TooFew { parameter: &'static str, given: usize, least: usize },
}

/// A time that is finite and not negative.
pub(super) fn time(parameter: &str, value: f64) -> Result<f64, SamplerError> {
    if value.is_finite() && value >= 0.0 {
        return Ok(value);
    }
    Err(SamplerError::OutOfRange { parameter: parameter.to_owned(), value: show_time(value), must: "a finite time of 0 or more" })
}

/// A plain number within `low..=high`.
pub(super) fn number(parameter: &str, value: f64, low: f64, high: f64, must: &'static str) -> Result<f64, SamplerError> {
    if (low..=high).contains(&value) {
        return Ok(value);
    }
    Err(SamplerError::OutOfRange { parameter: parameter.to_owned(), value: value.to_string(), must })
}

/// Two times in this order.
pub(super) fn ordered(lower: (&str, f64), upper: (&str, f64)) -> Result<(), SamplerError> {
    if lower.1 <= upper.1 {
        return Ok(());
    }
    Err(SamplerError::OutOfOrder {
        lower: lower.0.to_owned(),
        lower_value: show_time(lower.1),
        upper: upper.0.to_owned(),
        upper_value: show_time(upper.1),
    })
}

/// The shares of a list of weights. Weights must be finite, not negative, and not all zero.
pub(super) fn shares(parameter: &'static str, weights: impl Iterator<Item = f64>) -> Result<Vec<f64>, SamplerError> {
    let mut shares = Vec::new();
    for weight in weights {
        shares.push(number(parameter, weight, 0.0, f64::MAX, "a finite weight of 0 or more")?);
    }
    if shares.is_empty() {
        return Err(SamplerError::TooFew { parameter, given: 0, least: 1 });
    }
    // Dividing by the largest first keeps the sum of huge weights finite.
    let largest = shares.iter().copied().fold(0.0, f64::max);
    if largest == 0.0 {
        return Err(SamplerError::OutOfRange {
            parameter: parameter.to_owned(),
            value: "0 in all entries".to_owned(),
            must: "positive in at least one entry",
        });
    }
    let total: f64 = shares.iter().map(|weight| weight / largest).sum();
    for share in &mut shares {
        *share = *share / largest / total;
    }
    Ok(shares)
}

/// A time in nanoseconds as a person would write it.
fn show_time(nanoseconds: f64) -> String {
    let (size, unit) = match nanoseconds.abs() {
        size if size >= 1e9 => (1e9, "s"),
        size if size >= 1e6 => (1e6, "ms"),
        size if size >= 1e3 => (1e3, "us"),
        _ => (1.0, "ns"),
    };
    format!("{} {unit}", nanoseconds / size)
}
