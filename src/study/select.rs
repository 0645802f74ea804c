//! Which points are worth a look: the Pareto front of latency and cost, and the cheapest that meet the objectives.

use crate::results::{Outcome, Selection, SweepPoint};
use crate::stats;

/// Confidence of a selection.
const CONFIDENCE: f64 = 0.95;

fn all(points: &[SweepPoint]) -> impl Iterator<Item = ((usize, usize), &Outcome)> {
    points
        .iter()
        .enumerate()
        .flat_map(|(point, at)| at.designs.iter().enumerate().map(move |(design, outcome)| ((point, design), outcome)))
}

/// 99th percentile of the latency to look at first, and USD per million fulfilled journeys.
fn latency_and_cost(outcome: &Outcome) -> Option<(f64, f64)> {
    let latency = outcome.metrics.get(&format!("{}.p99", outcome.latency.as_ref()?))?.mean?;
    Some((latency, outcome.metrics.get("bill.per_million_fulfilled_usd")?.mean?))
}

/// The stable outcomes that no other beats in p99 latency and in cost, cheapest first. Means are compared, not intervals.
pub fn pareto(points: &[SweepPoint]) -> Vec<(usize, usize)> {
    let usable = all(points).filter(|(_, outcome)| outcome.stable && outcome.stopped.is_none());
    let mut ranked: Vec<((usize, usize), (f64, f64))> =
        usable.filter_map(|(place, outcome)| Some((place, latency_and_cost(outcome)?))).collect();
    ranked.sort_by(|(_, left), (_, right)| left.1.total_cmp(&right.1).then(left.0.total_cmp(&right.0)));
    let mut fastest = f64::INFINITY;
    ranked.retain(|(_, (latency, _))| {
        let better = *latency < fastest;
        fastest = fastest.min(*latency);
        better
    });
    ranked.into_iter().map(|(place, _)| place).collect()
}

/// The cheapest of the stable outcomes that meet all objectives, with those that are not shown to be dearer by more than
/// `indifference` times its cost per million fulfilled journeys: paired differences under common random numbers, each at a confidence that makes all of them
/// hold together (Bonferroni), so that with the confidence stated the truly cheapest, or one within the zone, is among them.
pub fn select(points: &[SweepPoint], indifference: f64) -> Selection {
    let fit = |outcome: &Outcome| outcome.stable && outcome.stopped.is_none() && outcome.objectives.iter().all(|one| one.met);
    let cost = |outcome: &Outcome| -> Option<(f64, Vec<f64>)> {
        let each: Option<Vec<f64>> = outcome.per_million_fulfilled_usd.iter().copied().collect();
        let each = each?;
        (!each.is_empty()).then(|| (each.iter().sum::<f64>() / each.len() as f64, each))
    };
    let candidates: Vec<((usize, usize), (f64, Vec<f64>))> =
        all(points).filter(|(_, outcome)| fit(outcome)).filter_map(|(place, outcome)| Some((place, cost(outcome)?))).collect();
    let mut selection = Selection { indifference, confidence: CONFIDENCE, ..Selection::default() };
    let Some((best, (mean, each))) = candidates.iter().min_by(|(_, left), (_, right)| left.0.total_cmp(&right.0)) else {
        return selection;
    };
    selection.best = Some(*best);
    let others = candidates.len().saturating_sub(1).max(1);
    let confidence = 1.0 - (1.0 - CONFIDENCE) / others as f64;
    for (place, (_, other)) in candidates.iter().filter(|(place, _)| place != best) {
        let dearer = stats::compare(each, other, confidence).is_ok_and(|found| found.difference.low > mean * indifference);
        if !dearer {
            selection.not_told_apart.push(*place);
        }
    }
    selection
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::{pareto, select};
    use crate::results::{Estimate, ObjectiveResult, Outcome, SweepPoint};

    fn at(latency: f64, costs: &[f64], met: bool) -> SweepPoint {
        let mean = costs.iter().sum::<f64>() / costs.len() as f64;
        let metrics = IndexMap::from([
            ("latency_ms.p99".to_string(), Estimate::exact(latency)),
            ("bill.per_million_fulfilled_usd".to_string(), Estimate::exact(mean)),
        ]);
        let objective = ObjectiveResult { met, ..ObjectiveResult::default() };
        let outcome = Outcome {
            design: "d".into(),
            fingerprint: String::new(),
            stable: true,
            stopped: None,
            latency: Some("latency_ms".into()),
            objectives: vec![objective],
            limits: Vec::new(),
            metrics,
            per_million_fulfilled_usd: costs.iter().map(|cost| Some(*cost)).collect(),
        };
        SweepPoint { values: Vec::new(), designs: vec![outcome] }
    }

    #[test]
    fn the_front_leaves_out_what_is_beaten_in_both() {
        let points = [at(100.0, &[10.0], true), at(50.0, &[20.0], true), at(60.0, &[30.0], true), at(10.0, &[90.0], true)];
        assert_eq!(pareto(&points), [(0, 0), (1, 0), (3, 0)]);
    }

    #[test]
    fn the_cheapest_that_meets_its_objectives_is_found_with_its_equals() {
        let points = [
            at(1.0, &[5.0, 5.0, 5.0], false),
            at(1.0, &[10.0, 11.0, 12.0], true),
            // Dearer in each replication by the same: told apart although the spread is larger than the difference.
            at(1.0, &[10.5, 11.5, 12.5], true),
            at(1.0, &[12.0, 10.0, 11.6], true),
        ];
        let found = select(&points, 0.01);
        assert_eq!((found.best, found.not_told_apart), (Some((1, 0)), vec![(3, 0)]));
        let found = select(&points, 0.10);
        assert_eq!(found.not_told_apart, [(2, 0), (3, 0)], "half a dollar lies within a zone of 1.1");
        assert_eq!(select(&points[..1], 0.01).best, None);
    }
}
