//! Tables of blasts and sensitivity studies.

use super::{Sheet, interval};
use crate::report::ReportError;
use crate::results::{Blast, Estimate, Sensitivity};

/// `blast.csv`: one row per failure, subject and metric. A subject is `journeys`, `context NAME` or, of lost journeys, `instead WAY`.
pub(crate) fn blast(blast: &Blast) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&["design", "service", "type", "context", "subject", "metric", "mean", "low", "high", "withheld"]);
    for design in &blast.designs {
        for failure in &design.failures {
            let context = failure.context.as_deref().unwrap_or("");
            let names = [design.design.as_str(), &failure.service, &failure.kind, context];
            let mut row = |subject: &str, metric: &str, estimate: &Estimate| {
                let mut cells = vec![subject.to_owned(), metric.to_owned()];
                cells.extend(interval(estimate));
                cells.push(estimate.withheld.clone().unwrap_or_default());
                sheet.push(&names, cells);
            };
            for (metric, estimate) in [
                ("arrived", &failure.arrived),
                ("lost_share", &failure.lost_share),
                ("late_share", &failure.late_share),
                ("delay_ms", &failure.delay_ms),
                ("lost", &failure.lost),
                ("late", &failure.late),
                ("dead_letters", &failure.dead_letters),
                ("p99_difference_ms", &failure.p99_difference_ms),
                ("recovered_after_seconds", &failure.recovered_after_seconds),
            ] {
                row("journeys", metric, estimate);
            }
            for (context, loss) in &failure.contexts {
                let subject = format!("context {context}");
                row(&subject, "arrived", &loss.arrived);
                row(&subject, "lost_share", &loss.lost_share);
                row(&subject, "lost", &loss.lost);
            }
            for (way, lost) in &failure.instead {
                row(&format!("instead {way}"), "lost", lost);
            }
        }
    }
    sheet.text()
}

/// `sensitivity.csv`: one row per metric and assumption, the widest swing first.
pub(crate) fn sensitivity(found: &Sensitivity) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&[
        "metric",
        "assumption",
        "unit",
        "low",
        "in_force",
        "high",
        "metric_in_force",
        "metric_at_low",
        "metric_at_high",
        "swing",
        "swing_low",
        "swing_high",
        "shown",
        "explained_share",
        "explained_share_low",
        "explained_share_high",
        "withheld",
    ]);
    let mean = |estimate: &Estimate| estimate.mean.map_or_else(String::new, |value| value.to_string());
    for metric in &found.metrics {
        for effect in &metric.effects {
            let Some(assumption) = found.assumptions.iter().find(|one| one.name == effect.assumption) else { continue };
            let mut cells = vec![assumption.unit.clone()];
            cells.extend([assumption.low, assumption.value, assumption.high].map(|value| value.to_string()));
            cells.extend([&metric.value, &effect.at_low, &effect.at_high].map(mean));
            cells.extend(interval(&effect.swing));
            cells.push(effect.shown.to_string());
            cells.extend(interval(&effect.explained));
            cells.push(effect.swing.withheld.clone().unwrap_or_default());
            sheet.push(&[&metric.metric, &effect.assumption], cells);
        }
    }
    sheet.text()
}
