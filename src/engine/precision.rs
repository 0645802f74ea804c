//! Replications until metrics are known well enough, and what that would take.

use crate::results::{Estimate, MetricPrecision, Planning, Precision, Summary};
use crate::scenario::Model;
use crate::stats::student_t_quantile;

use super::collect::{self, Run};
use super::estimate::CONFIDENCE;

/// What the planning lines aim at where the study does not say.
const PLANNED: f64 = 0.02;
/// Planning ends here: more replications than this are no plan.
const PLANNED_MOST: u64 = 1 << 40;

/// How many replications each model begins with: the same number for all once one of them is after precision.
pub(super) fn begin(models: &[Model]) -> Vec<u64> {
    let most = models.iter().map(|model| model.study.replications.0).max().unwrap_or(0);
    let sequential = models.iter().any(|model| model.study.precision.is_some());
    models.iter().map(|model| if sequential { most } else { model.study.replications.0 }).collect()
}

/// How many replications all models go on to; `None` when every metric is known well enough, the budget is spent, or there
/// is a system that is unstable or was stopped.
pub(super) fn go_on(models: &[Model], runs: &[Run], done: u64) -> Option<u64> {
    let missing = runs.iter().any(|run| run.summary.precision.as_ref().is_some_and(|precision| !precision.reached));
    let in_vain = runs.iter().any(|run| run.stopped.is_some() || !run.summary.stability.stable);
    let budget =
        models.iter().filter_map(|model| model.study.precision.as_ref()).map(|precision| precision.maximum_replications.0);
    let budget = budget.max()?;
    (missing && !in_vain && done < budget).then(|| (done + done.div_ceil(2)).min(budget))
}

/// Holds a summary against what the study asks for.
pub(super) fn judge(model: &Model, summary: &Summary, looks: &[u64]) -> Option<Precision> {
    let asked = model.study.precision.as_ref()?;
    let json = serde_json::to_value(summary).unwrap_or_default();
    let metrics: Vec<MetricPrecision> = asked
        .metrics
        .iter()
        .map(|metric| {
            let path: Vec<&str> = metric.value.split('.').collect();
            let relative_half_width = collect::at(&json, &path).and_then(|estimate| relative_half_width(&estimate));
            let reached = relative_half_width.is_some_and(|known| known <= asked.relative.0);
            MetricPrecision { metric: metric.value.clone(), relative_half_width, reached }
        })
        .collect();
    Some(Precision {
        relative: asked.relative.0,
        maximum_replications: asked.maximum_replications.0,
        looks: looks.to_vec(),
        reached: metrics.iter().all(|metric| metric.reached),
        metrics,
    })
}

/// Half width over the size of the mean; 0 for what is the same in all replications, even if that is 0.
fn relative_half_width(estimate: &Estimate) -> Option<f64> {
    let half = estimate.half_width()?;
    if half == 0.0 {
        return Some(0.0);
    }
    Some(half / estimate.mean?.abs()).filter(|relative| relative.is_finite())
}

/// The planning lines: mean and p99 of every milestone.
pub(super) fn plan(model: &Model, summary: &Summary) -> Vec<Planning> {
    let relative = model.study.precision.as_ref().map_or(PLANNED, |precision| precision.relative.0);
    let mut made = Vec::new();
    for (journey, found) in &summary.journeys {
        for (milestone, reached) in &found.milestones {
            let latency = &reached.latency_ms;
            for (metric, estimate) in [("mean", &latency.mean), ("p99", &latency.p99)] {
                let each = latency.count as f64 / f64::from(summary.replications.max(1));
                let line = line(estimate, summary.replications, each, relative);
                made.push(Planning {
                    journey: journey.clone(),
                    milestone: milestone.clone(),
                    metric: metric.to_string(),
                    ..line
                });
            }
        }
    }
    made
}

fn line(estimate: &Estimate, replications: u32, requests_each: f64, relative: f64) -> Planning {
    let plan = Planning { relative, relative_half_width: relative_half_width(estimate), ..Planning::default() };
    let withheld = |reason: &str| Planning { withheld: Some(reason.to_string()), ..plan.clone() };
    if let Some(reason) = &estimate.withheld {
        return withheld(reason);
    }
    if estimate.beyond.is_some() {
        return withheld("it lies among journeys that were still open");
    }
    let Some(now) = plan.relative_half_width else {
        return withheld("without an interval there is no spread to plan by: run two replications or more");
    };
    let needed = replications_for(now, u64::from(replications), relative);
    Planning { replications: Some(needed), requests: Some(libm::ceil(needed as f64 * requests_each) as u64), ..plan }
}

/// The least number of replications whose half width would be at most `wanted`, when that of `done` is `now`.
fn replications_for(now: f64, done: u64, wanted: f64) -> u64 {
    let t = |count: u64| student_t_quantile(f64::midpoint(CONFIDENCE, 1.0), (count - 1) as f64);
    let spread = now * (done as f64).sqrt() / t(done.max(2));
    let enough = |count: u64| t(count) * spread <= wanted * (count as f64).sqrt();
    let (mut low, mut high) = (1, 2);
    while !enough(high) && high < PLANNED_MOST {
        (low, high) = (high, high * 2);
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if enough(middle) { high = middle } else { low = middle }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::replications_for;

    #[test]
    fn planning_inverts_the_half_width() {
        // 4 % with 10 and 2 % wanted: about 4 times as many, less what Student's t gains (2.262 to 2.03).
        assert_eq!(replications_for(0.04, 10, 0.02), 33);
        assert_eq!(replications_for(0.02, 10, 0.02), 10);
        assert_eq!(replications_for(0.0, 10, 0.02), 2);
        // Without Student's t the square root alone counts.
        let many = replications_for(0.02, 10_000, 0.01);
        assert!((39_990..=40_000).contains(&many), "{many}");
    }
}
