//! Where the time of journeys goes, and how it is distributed.

use indexmap::IndexMap;

use super::super::estimate::mean;
use super::Collector;
use crate::fabric::outcomes::WorkloadOutcomes;
use crate::fabric::path::Category;
use crate::results::{BreakdownRow, LatencyCurve};
use crate::stats::Histogram;

impl Collector<'_> {
    pub(super) fn breakdown(&mut self) -> Vec<BreakdownRow> {
        let Some(first) = self.replications.first() else { return Vec::new() };
        let mut rows = Vec::new();
        for (index, plan) in first.workloads.iter().enumerate() {
            let Some((milestone, _)) = plan.milestones.get(plan.observed) else { continue };
            for (group, share) in [("all", 1.0), ("slowest_1_percent", 0.01)] {
                // A replication in which no watched journey got there has no mean; zeros would make the others look fast.
                let watched = self.replications.iter().map(|r| &r.outcomes.workloads[index]).filter(|w| !w.classes.is_empty());
                let tables: Vec<IndexMap<(u16, Category), f64>> = watched.map(|w| mean_per_journey(w, share)).collect();
                let mut keys: Vec<(u16, Category)> = tables.iter().flat_map(|table| table.keys().copied()).collect();
                keys.sort_unstable();
                keys.dedup();
                for key in keys {
                    let values: Vec<f64> = tables.iter().map(|table| table.get(&key).copied().unwrap_or(0.0)).collect();
                    rows.push(BreakdownRow {
                        journey: plan.name.clone(),
                        milestone: milestone.clone(),
                        group: group.to_string(),
                        service: first.service_names.get(key.0 as usize).cloned().unwrap_or_else(|| plan.name.clone()),
                        category: key.1.name().to_string(),
                        mean_ms: mean(&values),
                    });
                }
            }
        }
        rows
    }

    pub(super) fn curves(&mut self) -> Vec<LatencyCurve> {
        let Some(first) = self.replications.first() else { return Vec::new() };
        let mut curves = Vec::new();
        for (index, plan) in first.workloads.iter().enumerate() {
            for (place, (name, _)) in plan.milestones.iter().enumerate() {
                let mut all = Histogram::new();
                for replication in self.replications {
                    all.merge(&replication.outcomes.workloads[index].milestones[place]);
                }
                let points = percentiles(&all);
                if !points.is_empty() {
                    curves.push(LatencyCurve { journey: plan.name.clone(), milestone: name.clone(), points });
                }
            }
        }
        curves
    }
}

/// Mean time on the critical path per journey, milliseconds, of the slowest `share` of the journeys.
fn mean_per_journey(outcomes: &WorkloadOutcomes, share: f64) -> IndexMap<(u16, Category), f64> {
    let total: u64 = outcomes.classes.iter().map(|class| class.count).sum();
    let mut wanted = total as f64 * share;
    let mut sums: IndexMap<(u16, Category), f64> = IndexMap::new();
    let mut counted = 0.0;
    for class in outcomes.classes.iter().rev() {
        if wanted <= 0.0 {
            break;
        }
        // The class on the boundary counts in part.
        let part = (wanted / class.count as f64).min(1.0);
        wanted -= class.count as f64 * part;
        counted += class.count as f64 * part;
        for (key, nanos) in outcomes.classes.spent(class) {
            *sums.entry(key).or_default() += nanos as f64 * part;
        }
    }
    for sum in sums.values_mut() {
        *sum /= counted.max(1.0) * 1e6;
    }
    sums
}

fn percentiles(histogram: &Histogram) -> Vec<(f64, f64)> {
    let steps = [
        0.0, 1.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 85.0, 90.0, 92.5, 95.0, 96.0, 97.0, 98.0, 98.5, 99.0,
        99.25, 99.5, 99.75, 99.9, 99.95, 99.99, 99.995, 99.999,
    ];
    let count = histogram.count() as f64;
    let supported = steps.into_iter().filter(|percent| (1.0 - percent / 100.0) * count >= 10.0);
    supported.filter_map(|percent| Some((percent, histogram.quantile(percent / 100.0)? / 1e6))).collect()
}
