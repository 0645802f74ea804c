//! The assumptions in force, varied within their ranges: what the answer depends on.
//!
//! Each assumption is set to the low and to the high end of its range while all others stay as they are in force, and all of them
//! together take the points of a Latin hypercube, uniformly over their ranges. A hypercube orders each assumption's values by
//! chance of its own, so that few points already keep many assumptions apart; a Sobol sequence needs more points than there are
//! assumptions before its coordinates do not move in step. All points run under the same seeds, so that differences are paired.
//!
//! * The **swing** is the metric at the high end minus that at the low end, with a Student-t interval over replications. The
//!   intervals of all assumptions hold together at 95 % (Bonferroni); a swing is shown if its interval excludes 0. An assumption
//!   whose two ends lie on the same side of a turning point can matter and have no swing; the joint sample, and the metric at both
//!   ends, tell.
//! * The share of variance that an assumption **explains** is the square of the linear correlation between its value and the metric
//!   over the joint sample: the first-order index of an effect that is a straight line. Its interval is that of the correlation by
//!   Fisher's transformation, with the variance 1 / (n - 3), squared. The shares of all assumptions add up to about 1 but for
//!   chance, bends and what they do only together. Ranks would see through bends, and overrate what is small beside an
//!   assumption of few values.

use std::io;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::journal::{Journal, keys};
use super::space::points;
use super::sweep::outcomes_of;
use crate::engine::{Progress, Run, RunError, mean, settle_warm_up};
use crate::results::{
    AssumptionEffect, AssumptionUse, Estimate, JointSample, LeftOut, MetricSensitivity, ObjectiveSensitivity, SENSITIVITY_SCHEMA,
    Sensitivity, VariedAssumption,
};
use crate::scenario::Model;
use crate::scenario::axis::{Axis, Sampling, SpaceError};
use crate::stats;

/// Two-sided confidence of all swings together, and of each interval otherwise.
const CONFIDENCE: f64 = 0.95;
/// Units of which there are only whole numbers, where both ends of a range are whole.
const COUNTED: [&str; 4] = ["transitions", "iterations", "servers", "B"];
/// Marks numbers that are no counts while they pass through the text of a range.
const FRACTION: &str = "~";

/// The assumptions to vary, and those to leave as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assumed {
    pub varied: Vec<VariedAssumption>,
    pub left_out: Vec<LeftOut>,
}

/// Which of the assumptions in force are varied: `only` those named, or all that the scenario does not set itself.
pub fn assumed(in_force: &[AssumptionUse], only: &[String]) -> Assumed {
    let mut found = Assumed::default();
    for assumption in in_force {
        let numbers = &assumption.numbers;
        let reason = if !only.is_empty() {
            (!only.contains(&assumption.name)).then_some("not asked for")
        } else if numbers.set {
            Some("the scenario sets it itself")
        } else if numbers.low >= numbers.high {
            Some("its range is a single value")
        } else {
            None
        };
        match reason {
            Some(reason) => found.left_out.push(LeftOut { name: assumption.name.clone(), reason: reason.to_string() }),
            None => found.varied.push(VariedAssumption {
                name: assumption.name.clone(),
                unit: numbers.unit.to_string(),
                low: numbers.low,
                value: numbers.value,
                high: numbers.high,
                services: assumption.services.clone(),
                why: assumption.why.clone(),
            }),
        }
    }
    found
}

/// The values of all varied assumptions at each point: first as they are in force, then each at its low and high end, then the
/// sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Points {
    values: Vec<Vec<f64>>,
    samples: usize,
}

impl Points {
    /// The points for these assumptions with a joint sample of `samples` points (none if 0), which `seed` draws.
    ///
    /// # Errors
    /// The sample has too few points or too many.
    pub fn new(assumptions: &[VariedAssumption], samples: usize, seed: u64) -> Result<Self, SpaceError> {
        let in_force: Vec<f64> = assumptions.iter().map(|assumption| assumption.value).collect();
        let mut values = vec![in_force.clone()];
        for (index, assumption) in assumptions.iter().enumerate() {
            for end in [assumption.low, assumption.high] {
                let mut point = in_force.clone();
                point[index] = end;
                values.push(point);
            }
        }
        if samples > 0 && !assumptions.is_empty() {
            let axes = assumptions.iter().map(axis).collect::<Result<Vec<Axis>, SpaceError>>()?;
            for texts in points(&axes, Sampling::Latin(samples), seed)? {
                // The text is one of ours: a number, marked if it is no count.
                values.push(texts.iter().map(|text| text.trim_end_matches(FRACTION).parse().unwrap_or(f64::NAN)).collect());
            }
        }
        let samples = values.len() - 1 - 2 * assumptions.len();
        Ok(Self { values, samples })
    }

    /// The model at each point.
    pub fn models(&self, model: &Model, assumptions: &[VariedAssumption]) -> Vec<Model> {
        let at = |values: &Vec<f64>| {
            let mut model = model.clone();
            for (assumption, value) in assumptions.iter().zip(values) {
                if *value != assumption.value {
                    model.assume(&assumption.name, *value);
                }
            }
            model
        };
        self.values.iter().map(at).collect()
    }
}

fn axis(assumption: &VariedAssumption) -> Result<Axis, SpaceError> {
    let whole = COUNTED.contains(&assumption.unit.as_str());
    let mark = if whole { "" } else { FRACTION };
    Axis::new(&assumption.name, &[format!("{}{mark}..{}{mark}", assumption.low, assumption.high)])
}

/// What is kept of the run at one point.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PointOutcome {
    /// Each metric in each replication.
    samples: Vec<Vec<Option<f64>>>,
    met: Vec<bool>,
    stable: bool,
    stopped: Option<String>,
}

/// Simulates a model at all points and says what `metrics` owe to each assumption. Finished points are taken from the journal and
/// added to it.
///
/// # Errors
/// What keeps a run from yielding results; `Ok(Err)` if the journal cannot be written.
pub fn sensitivity(
    model: &Model,
    assumed: Assumed,
    points: &Points,
    metrics: &[String],
    journal: &mut Journal<PointOutcome>,
    progress: &Progress,
) -> Result<io::Result<Sensitivity>, RunError> {
    let mut base = [model.clone()];
    let key = keys(&base).swap_remove(0);
    settle_warm_up(&mut base, progress)?;
    let [mut base] = base;
    // Pairs need the same number of replications and the same warm-up everywhere.
    base.study.finds_warm_up = false;
    base.study.precision = None;
    let models = points.models(&base, &assumed.varied);
    // Points that are the same, as where a value in force is an end of its range, run once.
    let mut unique: Vec<usize> = Vec::new();
    let place: Vec<usize> = points
        .values
        .iter()
        .enumerate()
        .map(|(index, values)| match unique.iter().position(|known| points.values[*known] == *values) {
            Some(place) => place,
            None => {
                unique.push(index);
                unique.len() - 1
            }
        })
        .collect();
    let distinct: Vec<Model> = unique.iter().map(|index| models[*index].clone()).collect();
    let warm_up = base.study.warm_up.0;
    let names: Vec<&str> = assumed.varied.iter().map(|assumption| assumption.name.as_str()).collect();
    let keys: Vec<String> = unique
        .iter()
        .map(|index| format!("{key}|sensitivity|{}|{names:?}|{:?}|{warm_up}", metrics.join(","), points.values[*index]))
        .collect();
    let keep = |run: &Run| keep(run, metrics);
    let outcomes = match outcomes_of(&distinct, 1, &keys, journal, progress, keep)? {
        Ok(outcomes) => outcomes,
        Err(error) => return Ok(Err(error)),
    };
    let outcomes: Vec<&PointOutcome> = place.iter().map(|place| &outcomes[*place]).collect();
    Ok(Ok(Sensitivity {
        schema: SENSITIVITY_SCHEMA.to_string(),
        scenario: model.name.clone(),
        seed: model.study.seed.0,
        replications: model.study.replications.0,
        samples: points.samples as u64,
        metrics: metrics
            .iter()
            .enumerate()
            .map(|(index, metric)| of_metric(metric, index, &assumed.varied, points, &outcomes))
            .collect(),
        objectives: objectives(model, &assumed.varied, &outcomes),
        incomplete: outcomes.iter().any(|outcome| outcome.stopped.is_some()),
        warnings: warnings(&outcomes),
        assumptions: assumed.varied,
        left_out: assumed.left_out,
    }))
}

fn keep(run: &Run, metrics: &[String]) -> PointOutcome {
    let of = |metric: &String| -> Vec<Option<f64>> {
        let values = run.samples.get(metric).map_or(&[][..], Vec::as_slice);
        values.iter().map(|value| value.is_finite().then_some(*value)).collect()
    };
    PointOutcome {
        samples: metrics.iter().map(of).collect(),
        met: run.summary.objectives.iter().map(|objective| objective.met).collect(),
        stable: run.summary.stability.stable,
        stopped: run.stopped.clone(),
    }
}

fn of_metric(
    metric: &str,
    index: usize,
    assumptions: &[VariedAssumption],
    points: &Points,
    outcomes: &[&PointOutcome],
) -> MetricSensitivity {
    let each: Vec<Vec<f64>> =
        outcomes.iter().map(|outcome| outcome.samples[index].iter().map(|value| value.unwrap_or(f64::NAN)).collect()).collect();
    let first_sample = 1 + 2 * assumptions.len();
    let means: Vec<f64> = each[first_sample..].iter().map(|values| values.iter().sum::<f64>() / values.len() as f64).collect();
    let sampled = !means.is_empty() && means.iter().all(|mean| mean.is_finite());
    let confidence = 1.0 - (1.0 - CONFIDENCE) / assumptions.len().max(1) as f64;
    let mut effects: Vec<AssumptionEffect> = assumptions
        .iter()
        .enumerate()
        .map(|(number, assumption)| {
            let (low, high) = (&each[1 + 2 * number], &each[2 + 2 * number]);
            let (swing, shown) = swing(low, high, confidence);
            let values: Vec<f64> = points.values[first_sample..].iter().map(|values| values[number]).collect();
            let explained = if sampled { explained(&values, &means) } else { Estimate::default() };
            AssumptionEffect {
                assumption: assumption.name.clone(),
                at_low: metric_at(low),
                at_high: metric_at(high),
                swing,
                shown,
                explained,
            }
        })
        .collect();
    let width = |effect: &AssumptionEffect| effect.swing.mean.map_or(-1.0, f64::abs);
    effects.sort_by(|left, right| width(right).total_cmp(&width(left)));
    MetricSensitivity { metric: metric.to_string(), value: metric_at(&each[0]), effects, joint: sampled.then(|| joint(&means)) }
}

/// The mean over replications.
fn metric_at(values: &[f64]) -> Estimate {
    let found = mean(values);
    match found.withheld {
        Some(_) => {
            let reason = "in some replication it cannot be told (too few journeys, or it lies beyond what finished): run longer";
            Estimate { withheld: Some(reason.to_string()), ..Estimate::default() }
        }
        None => found,
    }
}

fn swing(low: &[f64], high: &[f64], confidence: f64) -> (Estimate, bool) {
    let differences: Vec<f64> = high.iter().zip(low).map(|(high, low)| high - low).collect();
    if differences.is_empty() || differences.iter().any(|difference| !difference.is_finite()) {
        return (metric_at(&differences), false);
    }
    let found = stats::interval(&differences, confidence);
    if !found.is_bounded() {
        return (Estimate::exact(found.mean), false);
    }
    let shown = !found.contains(0.0);
    (Estimate { mean: Some(found.mean), low: Some(found.low), high: Some(found.high), ..Estimate::default() }, shown)
}

/// The squared correlation with its interval; 0 where one of the two does not vary.
fn explained(values: &[f64], metric: &[f64]) -> Estimate {
    let count = values.len() as f64;
    let Some(correlation) = correlation(values, metric) else {
        return Estimate::exact(0.0);
    };
    if count <= 3.0 {
        return Estimate::exact(correlation * correlation);
    }
    let middle = libm::atanh(correlation.clamp(-1.0 + 1e-12, 1.0 - 1e-12));
    let half = stats::normal_quantile(f64::midpoint(CONFIDENCE, 1.0)) * (1.0 / (count - 3.0)).sqrt();
    let (low, high) = (libm::tanh(middle - half), libm::tanh(middle + half));
    let least = if low < 0.0 && high > 0.0 { 0.0 } else { low.abs().min(high.abs()) };
    let most = low.abs().max(high.abs());
    Estimate { mean: Some(correlation * correlation), low: Some(least * least), high: Some(most * most), ..Estimate::default() }
}

fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    let count = left.len() as f64;
    let (mean_left, mean_right) = (left.iter().sum::<f64>() / count, right.iter().sum::<f64>() / count);
    let product = |one: &[f64], one_mean: f64, other: &[f64], other_mean: f64| -> f64 {
        one.iter().zip(other).map(|(one, other)| (one - one_mean) * (other - other_mean)).sum()
    };
    let both = product(left, mean_left, right, mean_right);
    let spread = product(left, mean_left, left, mean_left) * product(right, mean_right, right, mean_right);
    (spread > 0.0).then(|| both / spread.sqrt())
}

fn joint(means: &[f64]) -> JointSample {
    let mut sorted = means.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len() - 1;
    // Between neighbours in proportion.
    let at = |share: f64| {
        let place = share * last as f64;
        let below = (place as usize).min(last);
        let above = (below + 1).min(last);
        sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
    };
    JointSample {
        points: means.len() as u64,
        minimum: sorted[0],
        p5: at(0.05),
        median: at(0.5),
        p95: at(0.95),
        maximum: sorted[last],
    }
}

fn objectives(model: &Model, assumptions: &[VariedAssumption], outcomes: &[&PointOutcome]) -> Vec<ObjectiveSensitivity> {
    let first_sample = 1 + 2 * assumptions.len();
    let made = model.objectives.iter().enumerate().map(|(index, objective)| {
        let met = |outcome: &PointOutcome| outcome.met.get(index).copied().unwrap_or(false);
        let in_force = met(outcomes[0]);
        let ends = assumptions.iter().enumerate().flat_map(|(number, assumption)| {
            [("low", 1 + 2 * number), ("high", 2 + 2 * number)].map(|(end, place)| (assumption, end, place))
        });
        let turned = ends.filter(|(_, _, place)| met(outcomes[*place]) != in_force);
        ObjectiveSensitivity {
            name: objective.name.clone(),
            condition: objective.condition.clone(),
            met: in_force,
            turned_by: turned.map(|(assumption, end, _)| (assumption.name.clone(), end.to_string())).collect(),
            turned_in_sample: outcomes[first_sample..].iter().filter(|outcome| met(outcome) != in_force).count() as u64,
        }
    });
    made.collect()
}

fn warnings(outcomes: &[&PointOutcome]) -> Vec<String> {
    let mut found = Vec::new();
    let unstable = outcomes.iter().filter(|outcome| !outcome.stable).count();
    if unstable > 0 {
        let all = outcomes.len();
        found.push(format!("the system is unstable at {unstable} of {all} points: costs there are lower bounds"));
    }
    let mut reasons: IndexMap<&str, u64> = IndexMap::new();
    for reason in outcomes.iter().filter_map(|outcome| outcome.stopped.as_deref()) {
        *reasons.entry(reason).or_default() += 1;
    }
    found.extend(reasons.into_iter().map(|(reason, count)| format!("{count} points are incomplete: {reason}")));
    found
}

#[cfg(test)]
mod tests {
    use super::{Points, VariedAssumption, explained, joint, swing};

    fn assumption(name: &str, unit: &str, low: f64, value: f64, high: f64) -> VariedAssumption {
        let name = name.to_string();
        VariedAssumption { name, unit: unit.to_string(), low, value, high, services: Vec::new(), why: String::new() }
    }

    #[test]
    fn each_assumption_goes_to_its_ends_and_all_move_together_in_the_sample() {
        let assumptions = [assumption("a", "ms", 2.0, 3.0, 4.0), assumption("b", "transitions", 0.0, 0.0, 1.0)];
        let points = Points::new(&assumptions, 16, 1).unwrap();
        assert_eq!(points.values[..5], [[3.0, 0.0], [2.0, 0.0], [4.0, 0.0], [3.0, 0.0], [3.0, 1.0]]);
        let sample = &points.values[5..];
        assert_eq!((sample.len(), points.samples), (16, 16));
        assert!(sample.iter().all(|point| (2.0..=4.0).contains(&point[0]) && (point[1] == 0.0 || point[1] == 1.0)), "{sample:?}");
        assert!(sample.iter().filter(|point| point[0].fract() != 0.0).count() > 12, "milliseconds have fractions: {sample:?}");
        assert_eq!(sample.iter().filter(|point| point[1] == 1.0).count(), 8, "the space is filled evenly");
        assert!(Points::new(&assumptions, 1, 1).is_err());
        assert_eq!(Points::new(&assumptions, 0, 1).unwrap().values.len(), 5);
    }

    #[test]
    fn swings_are_paired_and_shown_only_if_they_exclude_nothing() {
        // Far more spread than swing, but the same in each pair.
        let (found, shown) = swing(&[10.0, 50.0, 90.0], &[11.0, 51.0, 91.0], 0.99);
        assert_eq!((found.mean, found.low, found.high, shown), (Some(1.0), Some(1.0), Some(1.0), true));
        let (found, shown) = swing(&[10.0, 50.0, 90.0], &[11.0, 49.0, 92.0], 0.95);
        assert!(!shown && found.low < Some(0.0), "{found:?}");
        assert_eq!(swing(&[5.0, 6.0], &[5.0, 6.0], 0.95).0.mean, Some(0.0));
        assert!(!swing(&[5.0, 6.0], &[5.0, 6.0], 0.95).1);
        assert!(!swing(&[5.0], &[7.0], 0.95).1, "a single replication shows nothing");
    }

    #[test]
    fn what_is_explained_is_the_square_of_the_correlation() {
        let values: Vec<f64> = (0..20).map(f64::from).collect();
        let line: Vec<f64> = values.iter().map(|value| 7.0 - 2.0 * value).collect();
        let whole = explained(&values, &line);
        assert!((whole.mean.unwrap() - 1.0).abs() < 1e-12 && whole.low > Some(0.99), "{whole:?}");
        // Sums of products of 8 and of squares of 10 each: a correlation of 0.8.
        let part = explained(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 4.0, 3.0, 5.0]);
        assert!((part.mean.unwrap() - 0.64).abs() < 1e-12, "{part:?}");
        assert_eq!(part.low, Some(0.0), "five points prove nothing: {part:?}");
        assert_eq!(explained(&values, &[4.0; 20]).mean, Some(0.0));
        // One assumption moves the metric by 0 or 25, another by up to 1 within each half: ranks would give the small one a quarter.
        let large: Vec<f64> = (0..20).map(|index| f64::from(index % 2)).collect();
        let metric: Vec<f64> = large.iter().zip(&values).map(|(large, value)| 25.0 * large + value / 20.0).collect();
        assert!(explained(&values, &metric).mean < Some(0.02) && explained(&large, &metric).mean > Some(0.98));
    }

    #[test]
    fn a_joint_sample_is_told_by_rank() {
        let found = joint(&[5.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!((found.points, found.minimum, found.median, found.maximum), (5, 1.0, 3.0, 5.0));
        assert!((found.p5 - 1.2).abs() < 1e-12 && (found.p95 - 4.8).abs() < 1e-12, "{found:?}");
    }
}
