//! The values of a key at which two designs are equal in a metric.
//!
//! Both designs run under the same seeds, so that the difference of each replication is told apart from chance with few of them.
//! A few values spread over the range are tested first; where the sign of the difference changes between two, bisection follows.
//!
//! The root of a crossing is where the straight line between the mean differences at the two nearest values at which opposite
//! signs are shown crosses zero, on the scale of the range; both are run for equally many replications. Its interval is the delta
//! method on the pairs of both values: what each replication moves the root by, to first order. Roots of single replications
//! would be ratios with denominators near zero wherever noise is as large as the difference; the mean differences are not near
//! zero, since their signs are shown. The line may be straight because the two values are as close together as noise or the
//! resolution lets them be.

use super::bisection::{self, Side};
use super::journal::{Journal, keys, written_and_read};
use super::sequential::{CONFIDENCE, SearchError, estimate, interval_confidence, looks};
use crate::engine::{Progress, Run, RunError, run_until};
use crate::results::{BreakEven, Crossing, Estimate, Lower, TestedPair};
use crate::scenario::Model;
use crate::scenario::axis::{Range, rounded};
use crate::stats;

/// Version of the shape of break-even.json.
const SCHEMA: &str = "floodplan.break-even/1";
/// Significant digits of a root as text.
const DIGITS: i32 = 4;

/// What is looked for, where, and at what expense.
#[derive(Clone, Debug)]
pub struct PairPlan {
    pub path: String,
    pub range: Range,
    /// Path of a metric that has a value in each replication.
    pub metric: String,
    /// Relative.
    pub resolution: f64,
    /// Most replications at a value.
    pub budget: u64,
    /// Values tested before anything is known, the ends included: at least 2.
    pub spread: usize,
}

impl PairPlan {
    /// Most values that a search may test: those spread over the range, and two halvings of what lies between each two.
    pub fn values_max(&self) -> usize {
        self.spread + 2 * self.range.halvings(self.resolution) * (self.spread - 1)
    }
}

/// Searches for the crossings of two designs. `base` are their models at any value, `load` gives those at the value of this text.
///
/// # Errors
/// Why there is no answer. Finished values are in the journal.
pub fn break_even<E>(
    plan: &PairPlan,
    base: &[Model; 2],
    load: impl FnMut(&str) -> Result<[Model; 2], E>,
    journal: &mut Journal<TestedPair>,
    progress: &Progress,
) -> Result<BreakEven, SearchError<E>> {
    let first = base.iter().map(|model| model.study.replications.0).max().unwrap_or(0);
    let looks = looks(first, plan.budget);
    let interval_confidence = interval_confidence(looks.len() * plan.values_max());
    let mut tester = Tester { plan, looks, interval_confidence, load, journal, progress, tested: Vec::new() };
    for index in 0..plan.spread {
        let share = index as f64 / (plan.spread - 1) as f64;
        tester.test(plan.range.between(plan.range.low, plan.range.high, share, 0))?;
    }
    let number = |index: usize| tester.tested[index].number;
    let brackets: Vec<(f64, f64)> = changes(&tester.tested).into_iter().map(|(low, high)| (number(low), number(high))).collect();
    for (low, high) in brackets {
        tester.bisect(low, high)?;
    }
    for (low, high) in changes(&tester.tested) {
        let most = tester.tested[low].replications.max(tester.tested[high].replications);
        tester.complete(low, most)?;
        tester.complete(high, most)?;
    }
    let Tester { looks, tested, .. } = tester;
    let names = [&base[0].name, &base[1].name];
    let name = |lower: Lower| if lower == Lower::First { names[0].clone() } else { names[1].clone() };
    let crossings = changes(&tested).into_iter().map(|(low, high)| crossing(plan, &tested[low..=high], name)).collect();
    let throughout = tested.first().map(|pair| pair.lower).filter(|lower| *lower != Lower::NotToldApart);
    let throughout = throughout.filter(|lower| tested.iter().all(|pair| pair.lower == *lower));
    Ok(BreakEven {
        schema: SCHEMA.to_string(),
        varied: plan.path.clone(),
        metric: plan.metric.clone(),
        first: names[0].clone(),
        second: names[1].clone(),
        low: plan.range.text(plan.range.low),
        high: plan.range.text(plan.range.high),
        unit: plan.range.unit.clone(),
        log: plan.range.log,
        resolution: plan.resolution,
        budget: plan.budget,
        looks,
        values_max: plan.values_max() as u64,
        confidence: CONFIDENCE,
        interval_confidence,
        crossings,
        lower_throughout: throughout.map(name),
        tested,
    })
}

/// Pairs of tested values (indices) with opposite signs and none with a shown sign between them.
fn changes(tested: &[TestedPair]) -> Vec<(usize, usize)> {
    let shown: Vec<usize> = (0..tested.len()).filter(|index| tested[*index].lower != Lower::NotToldApart).collect();
    let pairs = shown.windows(2).map(|pair| (pair[0], pair[1]));
    pairs.filter(|(low, high)| tested[*low].lower != tested[*high].lower).collect()
}

struct Tester<'a, L> {
    plan: &'a PairPlan,
    looks: Vec<u64>,
    interval_confidence: f64,
    load: L,
    journal: &'a mut Journal<TestedPair>,
    progress: &'a Progress,
    /// Rising.
    tested: Vec<TestedPair>,
}

impl<E, L: FnMut(&str) -> Result<[Model; 2], E>> Tester<'_, L> {
    /// Tests a value, unless that has been done.
    fn test(&mut self, number: f64) -> Result<(), SearchError<E>> {
        let place = self.tested.partition_point(|tested| tested.number < number);
        if self.tested.get(place).is_none_or(|tested| tested.number != number) {
            let tested = self.known_or_run(number, 0)?;
            self.tested.insert(place, tested);
        }
        Ok(())
    }

    /// Runs a tested value for at least so many replications. What was shown before stays shown.
    fn complete(&mut self, index: usize, replications: u64) -> Result<(), SearchError<E>> {
        let TestedPair { number, lower, replications: done, .. } = self.tested[index];
        if done < replications {
            self.tested[index] = TestedPair { lower, ..self.known_or_run(number, replications)? };
        }
        Ok(())
    }

    /// What the journal has of a value, or what running it yields; at least so many replications.
    fn known_or_run(&mut self, number: f64, least: u64) -> Result<TestedPair, SearchError<E>> {
        let value = self.plan.range.text(number);
        let mut models = (self.load)(&value).map_err(SearchError::Load)?;
        for model in &mut models {
            // Replications are added until the sign is clear, which is another rule.
            model.study.precision = None;
            model.study.replications.0 = self.looks[0];
        }
        let own = (&self.plan.metric, &self.looks, self.interval_confidence, least);
        let key = format!("{}|break-even|{own:?}", keys(&models).join("|"));
        if let Some(known) = self.journal.get(&key) {
            return Ok(known.clone());
        }
        let tested = self.run(&models, value, number, least).map_err(SearchError::Run)?;
        let tested = written_and_read(&tested).map_err(std::io::Error::from)?;
        self.journal.add(&key, &tested)?;
        Ok(tested)
    }

    /// Tests values between two with opposite signs until these are neighbours, but for what cannot be told.
    fn bisect(&mut self, low: f64, high: f64) -> Result<(), SearchError<E>> {
        // Values that come out in no order could take more tests than the confidence is shared out to.
        for _ in 0..2 * self.plan.range.halvings(self.plan.resolution) {
            let between: Vec<&TestedPair> =
                self.tested.iter().filter(|tested| low <= tested.number && tested.number <= high).collect();
            let below = between[0].lower;
            let side = |tested: &&TestedPair| match tested.lower {
                Lower::NotToldApart => Side::Open,
                lower if lower == below => Side::Low,
                _ => Side::High,
            };
            let sides: Vec<(f64, Side)> = between.iter().map(|tested| (tested.number, side(tested))).collect();
            let Some(number) = bisection::next(&self.plan.range, self.plan.resolution, &sides) else { break };
            self.test(number)?;
        }
        Ok(())
    }

    /// Runs replications of both designs, at least so many, until it is clear which is lower, or the budget is used up.
    fn run(&self, models: &[Model], value: String, number: f64, least: u64) -> Result<TestedPair, RunError> {
        let pair = |runs: &[Run], done: u64| self.pair(runs, done, &value, number);
        let mut tested = None;
        run_until(models, self.progress, |look| {
            let (runs, done) = (look.runs, look.done);
            let found = pair(runs, done);
            let open = found.lower == Lower::NotToldApart && found.reason.is_none();
            tested = Some(found);
            self.looks.iter().copied().find(|look| *look > done && (open || done < least))
        })?;
        tested.ok_or(RunError::Cancelled)
    }

    fn pair(&self, runs: &[Run], replications: u64, value: &str, number: f64) -> TestedPair {
        let samples = |design: usize| -> &[f64] {
            runs.get(design).and_then(|run| run.samples.get(&self.plan.metric)).map_or(&[], Vec::as_slice)
        };
        let differences: Vec<f64> = samples(1).iter().zip(samples(0)).map(|(second, first)| second - first).collect();
        let reason = runs.iter().find_map(excuse).or_else(|| {
            let known = !differences.is_empty() && differences.iter().all(|difference| difference.is_finite());
            (!known).then(|| format!("`{}` has no value in some replication", self.plan.metric))
        });
        let interval = stats::interval(&differences, self.interval_confidence);
        let lower = match &reason {
            Some(_) => Lower::NotToldApart,
            None if interval.low > 0.0 => Lower::First,
            None if interval.high < 0.0 => Lower::Second,
            None => Lower::NotToldApart,
        };
        let finite = |value: f64| value.is_finite().then_some(value);
        TestedPair {
            value: value.to_string(),
            number,
            lower,
            reason,
            replications,
            first: estimate(samples(0)),
            second: estimate(samples(1)),
            difference: estimate(&differences),
            low: finite(interval.low),
            high: finite(interval.high),
            differences: differences.into_iter().map(finite).collect(),
        }
    }
}

/// Why a run's metric is no more than a bound.
fn excuse(run: &Run) -> Option<String> {
    let name = &run.summary.scenario;
    if let Some(reason) = &run.stopped {
        return Some(format!("`{name}` was stopped: {reason}"));
    }
    let stability = &run.summary.stability;
    (!stability.stable).then(|| format!("`{name}` is unstable: {}", stability.reasons.join("; ")))
}

/// The crossing between the first and the last of some tested values.
fn crossing(plan: &PairPlan, tested: &[TestedPair], name: impl Fn(Lower) -> String) -> Crossing {
    let (below, above) = (&tested[0], &tested[tested.len() - 1]);
    let at = root(&plan.range, below, above);
    Crossing {
        lower_below: name(below.lower),
        lower_above: name(above.lower),
        shown_below: below.value.clone(),
        shown_above: above.value.clone(),
        not_told_apart: tested[1..tested.len() - 1].iter().map(|pair| pair.value.clone()).collect(),
        value: at.mean.map_or_else(String::new, |mean| plan.range.text(rounded(mean, DIGITS))),
        at,
    }
}

/// Where the line between two mean differences of opposite sign crosses zero, with the interval that the delta method gives.
fn root(range: &Range, below: &TestedPair, above: &TestedPair) -> Estimate {
    let pairs: Vec<(f64, f64)> =
        below.differences.iter().zip(&above.differences).filter_map(|(below, above)| Some(((*below)?, (*above)?))).collect();
    let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / pairs.len() as f64;
    let (at_below, at_above) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (left, right) = (range.place(below.number), range.place(above.number));
    let width = (right - left) / (at_below - at_above);
    let place = left + width * at_below;
    let slope = width / (at_below - at_above);
    let moved = |(below, above): &(f64, f64)| slope * (at_below * above - at_above * below);
    let spread = stats::interval(&pairs.iter().map(moved).collect::<Vec<f64>>(), CONFIDENCE).half_width;
    let ends = spread.is_finite().then(|| (range.value(place - spread), range.value(place + spread)));
    Estimate {
        mean: Some(range.value(place)),
        low: ends.map(|ends| ends.0),
        high: ends.map(|ends| ends.1),
        ..Estimate::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Range, TestedPair, changes, root};
    use crate::results::{Estimate, Lower};

    fn pair(number: f64, differences: &[f64]) -> TestedPair {
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let lower = match mean {
            mean if mean > 0.5 => Lower::First,
            mean if mean < -0.5 => Lower::Second,
            _ => Lower::NotToldApart,
        };
        TestedPair {
            value: number.to_string(),
            number,
            lower,
            reason: None,
            replications: differences.len() as u64,
            first: Estimate::default(),
            second: Estimate::default(),
            difference: Estimate::default(),
            low: None,
            high: None,
            differences: differences.iter().map(|difference| Some(*difference)).collect(),
        }
    }

    #[test]
    fn every_change_of_sign_counts_once() {
        let signs = [2.0, 0.1, -2.0, -3.0, 0.0, 4.0, 5.0];
        let tested: Vec<TestedPair> = signs.iter().enumerate().map(|(at, sign)| pair(at as f64, &[*sign, *sign])).collect();
        assert_eq!(changes(&tested), [(0, 2), (3, 5)]);
        assert!(changes(&tested[5..]).is_empty());
    }

    #[test]
    fn the_root_of_a_line_is_exact_and_its_interval_that_of_shifted_lines() {
        let range = Range::parse("0..100").unwrap();
        let exact = root(&range, &pair(10.0, &[4.0, 4.0]), &pair(20.0, &[-6.0, -6.0]));
        assert_eq!((exact.mean, exact.low, exact.high), (Some(14.0), Some(14.0), Some(14.0)));
        // Lines of the same slope, -1, shifted by -1, 0 and 1: roots 13, 14 and 15, with a standard error of 1 / sqrt(3).
        let noisy = root(&range, &pair(10.0, &[3.0, 4.0, 5.0]), &pair(20.0, &[-7.0, -6.0, -5.0]));
        let half = 4.302_652_729_911_275 / 3.0_f64.sqrt();
        assert!((noisy.mean.unwrap() - 14.0).abs() < 1e-12);
        assert!((noisy.high.unwrap() - 14.0 - half).abs() < 1e-9, "{noisy:?}");
        // On a logarithmic scale the line is straight there.
        let log = Range { log: true, ..range };
        let found = root(&log, &pair(1.0, &[1.0, 1.0]), &pair(100.0, &[-1.0, -1.0])).mean.unwrap();
        assert!((found - 10.0).abs() < 1e-9, "{found}");
    }
}
