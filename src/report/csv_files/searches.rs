//! Tables of searches: every value that was tested.

use super::{Sheet, interval, optional};
use crate::report::ReportError;
use crate::results::{BreakEven, Search};

/// `tested.csv` of a capacity search: one row per design, value and objective; a value without measurements has one row.
pub(crate) fn tested(search: &Search) -> Result<String, ReportError> {
    let heading =
        ["design", &*search.varied, "number", "shown", "replications", "stable", "reason", "objective", "condition", "bound"];
    let mut heading = heading.to_vec();
    heading.extend(["objective_shown", "mean", "low", "high", "simultaneous_low", "simultaneous_high", "beyond", "withheld"]);
    let mut sheet = Sheet::new(&heading);
    for design in &search.designs {
        for tested in &design.tested {
            let mut value = vec![design.design.clone(), tested.value.clone(), tested.number.to_string(), name(tested.shown)?];
            value.extend([tested.replications.to_string(), tested.stable.to_string(), tested.reason.clone().unwrap_or_default()]);
            if tested.objectives.is_empty() {
                value.resize(heading.len(), String::new());
                sheet.push(&[], value.clone());
            }
            for objective in &tested.objectives {
                let mut row = value.clone();
                row.extend([objective.name.clone(), objective.condition.clone(), objective.bound.to_string()]);
                row.push(name(objective.shown)?);
                row.extend(interval(&objective.value));
                row.extend([objective.low, objective.high, objective.value.beyond].map(optional));
                row.push(objective.value.withheld.clone().unwrap_or_default());
                sheet.push(&[], row);
            }
        }
    }
    sheet.text()
}

/// `tested.csv` of a break-even search: one row per value.
pub(crate) fn tested_pairs(found: &BreakEven) -> Result<String, ReportError> {
    let mut heading = vec![&*found.varied, "number", "lower", "replications", "reason", "metric"];
    heading.extend(["first", "first_low", "first_high", "second", "second_low", "second_high"]);
    heading.extend(["difference", "difference_low", "difference_high", "simultaneous_low", "simultaneous_high"]);
    let mut sheet = Sheet::new(&heading);
    for pair in &found.tested {
        let mut row = vec![pair.value.clone(), pair.number.to_string(), name(pair.lower)?, pair.replications.to_string()];
        row.extend([pair.reason.clone().unwrap_or_default(), found.metric.clone()]);
        for estimate in [&pair.first, &pair.second, &pair.difference] {
            row.extend(interval(estimate));
        }
        row.extend([pair.low, pair.high].map(optional));
        sheet.push(&[], row);
    }
    sheet.text()
}

/// An enumeration's value as JSON has it.
fn name(value: impl serde::Serialize) -> Result<String, ReportError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        Ok(other) => Ok(other.to_string()),
        Err(error) => Err(ReportError::encode("CSV", error)),
    }
}
