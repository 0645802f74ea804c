//! `summary.json` and `comparison.json`: the results as they are, indented, keys in a fixed order.

use serde::Serialize;

use super::ReportError;
use crate::results::{BreakEven, Comparison, Search, Summary};

/// The text of `summary.json`. Numbers that are not finite become `null`.
pub fn summary_json(summary: &Summary) -> Result<String, ReportError> {
    indented(summary)
}

/// The text of `comparison.json`. Numbers that are not finite become `null`.
pub fn comparison_json(comparison: &Comparison) -> Result<String, ReportError> {
    indented(comparison)
}

/// Version of the shape of a sweep's JSON.
const SWEEP_SCHEMA: &str = "floodplan.sweep/1";

/// A sweep as JSON: the setting that varies, and the comparison at each of its values.
pub fn sweep_json(varied: &str, points: &[(String, Comparison)]) -> Result<String, ReportError> {
    #[derive(Serialize)]
    struct Point<'a> {
        value: &'a str,
        comparison: &'a Comparison,
    }
    #[derive(Serialize)]
    struct Sweep<'a> {
        schema: &'a str,
        varied: &'a str,
        points: Vec<Point<'a>>,
    }
    let points = points.iter().map(|(value, comparison)| Point { value, comparison }).collect();
    indented(&Sweep { schema: SWEEP_SCHEMA, varied, points })
}

/// The text of a sweep's `sweep.json`.
pub fn points_json(sweep: &crate::results::Sweep) -> Result<String, ReportError> {
    indented(sweep)
}

/// The text of `blast.json`.
pub fn blast_json(blast: &crate::results::Blast) -> Result<String, ReportError> {
    indented(blast)
}

/// The text of `sensitivity.json`.
pub fn sensitivity_json(found: &crate::results::Sensitivity) -> Result<String, ReportError> {
    indented(found)
}

/// The text of a capacity search's `find.json`.
pub fn find_json(search: &Search) -> Result<String, ReportError> {
    indented(search)
}

/// The text of a break-even search's `break-even.json`.
pub fn break_even_json(found: &BreakEven) -> Result<String, ReportError> {
    indented(found)
}

/// The text of `ladder.json`.
pub fn ladder_json(ladder: &crate::results::Ladder) -> Result<String, ReportError> {
    indented(ladder)
}

fn indented(value: &impl Serialize) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(value).map_err(|error| ReportError::encode("JSON", error))?;
    text.push('\n');
    Ok(text)
}
