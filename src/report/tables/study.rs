//! What was found out about the study itself, in sentences.

use super::super::numbers;
use crate::results::{Precision, Summary};

/// How the warm-up was found, and whether the precision that was asked for was reached.
pub(super) fn study_lines(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(series) = &summary.warm_up_decided_by {
        let found = numbers::number(summary.warm_up_seconds);
        lines.push(format!("The warm-up of {found} s was found by MSER-5; the latest cut is that of {series}."));
    }
    lines.extend(summary.precision.as_ref().map(|precision| precision_line(summary, precision)));
    lines
}

fn precision_line(summary: &Summary, precision: &Precision) -> String {
    let relative = numbers::percent(precision.relative);
    if precision.reached {
        return format!("Precision of ± {relative} reached with {} replications.", summary.replications);
    }
    let missing = precision.metrics.iter().filter(|metric| !metric.reached);
    let missing: Vec<String> = missing
        .map(|metric| match metric.relative_half_width {
            Some(known) => format!("{} is known to ± {}", metric.metric, numbers::percent(known)),
            None => format!("{} has no interval", metric.metric),
        })
        .collect();
    let replications = summary.replications;
    let end = if u64::from(replications) >= precision.maximum_replications {
        format!("within the {replications} replications allowed")
    } else {
        format!("with {replications} replications, after which it was no use going on")
    };
    format!("Precision of ± {relative} NOT reached {end}: {}.", missing.join("; "))
}
