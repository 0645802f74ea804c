//! What a run costs: by service, by hop, by business step.

use super::super::numbers::{self, Notes, Unit};
use super::{Entry, Section, cost_by_service, extrapolated, shown};
use crate::results::{Estimate, Summary};

/// The tables of the bill; those with nothing in them print nothing.
pub(super) fn sections(summary: &Summary, notes: &mut Notes) -> Vec<Section> {
    let bill = &summary.bill;
    let steps = [("context", &bill.contexts), ("mark", &bill.marks)];
    let mut made = vec![by_service(summary, notes)];
    made.extend(steps.map(|(group, costs)| {
        let mut section = Section::new(format!("Bill by {group}"), 1..usize::MAX, &[group, "USD per month", "share"]);
        for (name, cost) in costs {
            section.row(vec![name.clone().into(), shown(cost, Unit::Usd, notes), share(cost, summary)]);
        }
        section
    }));
    made
}

fn by_service(summary: &Summary, notes: &mut Notes) -> Section {
    let bill = &summary.bill;
    let bound = if bill.lower_bound { " (lower bound: work left undone is not billed)" } else { "" };
    let title = format!("Bill in {}{bound}: {}{}", summary.region, bill.basis, extrapolated(summary));
    let heading = ["service", "USD per month", "share", "per million journeys", "calls per journey", "per million calls"];
    let mut section = Section::new(title, 1..usize::MAX, &heading);
    for (service, cost) in cost_by_service(summary) {
        let mut row: Vec<Entry> = vec![service.clone().into(), shown(&cost, Unit::Usd, notes), share(&cost, summary)];
        if let Some(hop) = bill.hops.get(&service) {
            let called = hop.calls_per_journey.mean.is_some_and(|calls| calls > 0.0);
            row.push(numbers::estimate_mean(&hop.per_million_journeys_usd, Unit::Usd, notes).into());
            if called {
                row.push(numbers::estimate_mean(&hop.calls_per_journey, Unit::Number, notes).into());
                row.push(numbers::estimate_mean(&hop.per_million_calls_usd, Unit::Usd, notes).into());
            }
        }
        row.resize_with(heading.len(), || "".into());
        section.row(row);
    }
    let parts = [("billed by time, used or not", &bill.standing_month_usd), ("with traffic", &bill.traffic_month_usd)];
    for (name, estimate) in [("total", &bill.month_usd)].into_iter().chain(parts).chain([
        ("per million journeys", &bill.per_million_journeys_usd),
        ("per million more journeys", &bill.marginal_per_million_journeys_usd),
        ("per million fulfilled", &bill.per_million_fulfilled_usd),
    ]) {
        let mut row: Vec<Entry> = vec![name.into(), shown(estimate, Unit::Usd, notes)];
        row.resize_with(heading.len(), || "".into());
        section.row(row);
    }
    section
}

fn share(cost: &Estimate, summary: &Summary) -> Entry {
    let total = summary.bill.month_usd.mean.unwrap_or(0.0);
    match cost.mean {
        Some(mean) if total > 0.0 => numbers::percent(mean / total).into(),
        _ => "".into(),
    }
}
