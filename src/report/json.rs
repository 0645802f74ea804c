//! `summary.json` and `comparison.json`: the results as they are, indented, keys in a fixed order.

use serde::Serialize;

use super::ReportError;
use crate::results::{Comparison, Summary};

/// The text of `summary.json`. Numbers that are not finite become `null`.
pub fn summary_json(summary: &Summary) -> Result<String, ReportError> {
    indented(summary)
}

/// The text of `comparison.json`. Numbers that are not finite become `null`.
pub fn comparison_json(comparison: &Comparison) -> Result<String, ReportError> {
    indented(comparison)
}

fn indented(value: &impl Serialize) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| ReportError::encode("JSON", error))?;
    text.push('\n');
    Ok(text)
}
