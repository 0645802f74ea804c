//! The largest, or smallest, value of a key at which all objectives hold.
//!
//! A value that all objectives clear with their whole intervals holds, one at which some objective lies beyond its bound with its
//! whole interval misses, and so does one at which the system is unstable or was stopped. Where neither is shown within the
//! budget of replications the value is too close to the bound to tell. Replications of all values have the same seeds.
//!
//! That objectives only get harder to meet in one direction is an assumption. The answer rests on tested values alone; some
//! values away from it are tested as well, and every pair that contradicts the assumption is reported.

use super::bisection::{self, Side};
use super::journal::{Journal, keys, written_and_read};
use super::sequential::{CONFIDENCE, SearchError, interval_confidence, looks, widened};
use crate::engine::{Progress, Replication, Run, RunError, quantile_interval, run_until};
use crate::results::{Capacity, Contradiction, Finding, Search, Shown, Tested, TestedObjective, Wanted};
use crate::scenario::axis::Range;
use crate::scenario::{Model, Objective, Verdict};

/// Version of the shape of find.json.
const SCHEMA: &str = "floodplan.find/1";

/// What is looked for, where, and at what expense.
#[derive(Clone, Debug)]
pub struct Plan {
    pub path: String,
    pub range: Range,
    pub wanted: Wanted,
    /// Relative.
    pub resolution: f64,
    /// Most replications at a value.
    pub budget: u64,
    /// Values to test besides, on each side of the answer.
    pub checks: usize,
}

impl Plan {
    /// Most values that a search may test: the ends, two halvings of the range, the checks.
    pub fn values_max(&self) -> usize {
        2 + 2 * self.range.halvings(self.resolution) + 2 * self.checks
    }

    /// What is reported of a search, given the answers.
    pub fn report(&self, designs: Vec<Capacity>) -> Search {
        Search {
            schema: SCHEMA.to_string(),
            varied: self.path.clone(),
            wanted: self.wanted,
            low: self.range.text(self.range.low),
            high: self.range.text(self.range.high),
            log: self.range.log,
            resolution: self.resolution,
            budget: self.budget,
            values_max: self.values_max() as u64,
            confidence: CONFIDENCE,
            designs,
        }
    }

    fn side(&self, shown: Shown) -> Side {
        match (shown, self.wanted) {
            (Shown::NotToldApart, _) => Side::Open,
            (Shown::Hold, Wanted::Largest) | (Shown::Miss, Wanted::Smallest) => Side::Low,
            (Shown::Miss, Wanted::Largest) | (Shown::Hold, Wanted::Smallest) => Side::High,
        }
    }
}

/// Searches for the answer of one design. `base` is its model at any value, `load` gives the one at the value of this text.
///
/// # Errors
/// Why there is no answer. Finished values are in the journal.
pub fn find<E>(
    plan: &Plan,
    base: &Model,
    load: impl FnMut(&str) -> Result<Model, E>,
    journal: &mut Journal<Tested>,
    progress: &Progress,
) -> Result<Capacity, SearchError<E>> {
    let looks = looks(base.study.replications.0, plan.budget);
    let interval_confidence = interval_confidence(base.objectives.len() * looks.len() * plan.values_max());
    let level = Level { looks, interval_confidence };
    let mut tester = Tester { plan, level, load, journal, progress, tested: Vec::new() };
    let (easiest, hardest) = match plan.wanted {
        Wanted::Largest => (plan.range.low, plan.range.high),
        Wanted::Smallest => (plan.range.high, plan.range.low),
    };
    let easiest = tester.test(easiest)?;
    let hardest = tester.test(hardest)?;
    if easiest == Shown::Hold {
        if hardest != Shown::Hold {
            tester.bisect()?;
        }
        tester.check()?;
    }
    let Tester { level, tested, .. } = tester;
    Ok(answer(plan, &base.name, level, tested))
}

/// After how many replications it is looked at intervals of which confidence.
struct Level {
    looks: Vec<u64>,
    interval_confidence: f64,
}

struct Tester<'a, L> {
    plan: &'a Plan,
    level: Level,
    load: L,
    journal: &'a mut Journal<Tested>,
    progress: &'a Progress,
    /// Rising.
    tested: Vec<Tested>,
}

impl<E, L: FnMut(&str) -> Result<Model, E>> Tester<'_, L> {
    /// Tests a value, unless that has been done.
    fn test(&mut self, number: f64) -> Result<Shown, SearchError<E>> {
        let place = self.tested.partition_point(|tested| tested.number < number);
        if let Some(known) = self.tested.get(place).filter(|tested| tested.number == number) {
            return Ok(known.shown);
        }
        let value = self.plan.range.text(number);
        let mut model = (self.load)(&value).map_err(SearchError::Load)?;
        // Replications are added until the verdict is clear, which is another rule.
        model.study.precision = None;
        let models = [model];
        let Level { looks, interval_confidence } = &self.level;
        let key = format!("{}|find|{looks:?}|{interval_confidence}", keys(&models).concat());
        let tested = if let Some(known) = self.journal.get(&key) {
            known.clone()
        } else {
            let tested = run(&models, &value, number, &self.level, self.progress).map_err(SearchError::Run)?;
            let tested = written_and_read(&tested).map_err(std::io::Error::from)?;
            self.journal.add(&key, &tested)?;
            tested
        };
        let shown = tested.shown;
        self.tested.insert(place, tested);
        Ok(shown)
    }

    /// Tests values until those that hold and those that do not are neighbours, but for what cannot be told.
    fn bisect(&mut self) -> Result<(), SearchError<E>> {
        // Values that come out in no order could take more tests than the confidence is shared out to.
        for _ in 0..2 * self.plan.range.halvings(self.plan.resolution) {
            let Some(number) = bisection::next(&self.plan.range, self.plan.resolution, &self.sides()) else { break };
            self.test(number)?;
        }
        Ok(())
    }

    fn sides(&self) -> Vec<(f64, Side)> {
        self.tested.iter().map(|tested| (tested.number, self.plan.side(tested.shown))).collect()
    }

    /// Tests values away from the answer, which should come out like the ends on their sides.
    fn check(&mut self) -> Result<(), SearchError<E>> {
        let range = &self.plan.range;
        let sides = self.sides();
        let last_low = sides.iter().rev().find(|(_, side)| *side == Side::Low).map(|(number, _)| (range.low, *number));
        let first_high = sides.iter().find(|(_, side)| *side == Side::High).map(|(number, _)| (*number, range.high));
        for (from, to) in [last_low, first_high].into_iter().flatten() {
            for check in 1..=self.plan.checks {
                let share = check as f64 / (self.plan.checks + 1) as f64;
                self.test(range.between(from, to, share, 0))?;
            }
        }
        Ok(())
    }
}

/// Runs replications at one value until it is clear whether all objectives hold, or the budget is used up.
fn run(models: &[Model], value: &str, number: f64, level: &Level, progress: &Progress) -> Result<Tested, RunError> {
    let [model] = models else { return Err(RunError::Violation("a search tests one design at a time".to_string())) };
    let mut judged = None;
    let found = run_until(models, progress, |look| {
        let (Some(run), Some(own)) = (look.runs.first(), look.replications.first()) else { return None };
        let found = judge(model, run, own, level);
        let open = found.0 == Shown::NotToldApart;
        judged = Some(found);
        level.looks.iter().copied().find(|next| open && *next > look.done)
    });
    let runs = match found {
        // Where the warm-up does not end nothing can be measured.
        Err(RunError::WarmUp(reason)) => {
            return Ok(Tested {
                value: value.to_string(),
                number,
                shown: Shown::NotToldApart,
                reason: Some(reason),
                replications: 0,
                stable: false,
                fingerprint: String::new(),
                objectives: Vec::new(),
            });
        }
        found => found?,
    };
    let (Some(run), Some((shown, objectives))) = (runs.first(), judged) else { return Err(RunError::Cancelled) };
    let stability = &run.summary.stability;
    let unstable = (!stability.stable).then(|| format!("unstable: {}", stability.reasons.join("; ")));
    Ok(Tested {
        value: value.to_string(),
        number,
        shown,
        reason: run.stopped.as_ref().map(|reason| format!("stopped: {reason}")).or(unstable),
        replications: u64::from(run.summary.replications),
        stable: stability.stable,
        fingerprint: run.summary.fingerprint.clone(),
        objectives,
    })
}

/// What a run shows of all objectives, and of each.
fn judge(model: &Model, run: &Run, replications: &[Replication], level: &Level) -> (Shown, Vec<TestedObjective>) {
    let named = |name: &str| run.summary.objectives.iter().find(|result| result.name == name);
    let tested: Vec<TestedObjective> = model
        .objectives
        .iter()
        .map(|objective| {
            let result = named(&objective.name);
            let value = result.map(|result| result.value.clone()).unwrap_or_default();
            let bound = result.map_or(objective.bound, |result| result.bound);
            let confidence = level.interval_confidence;
            let quantile =
                if objective.windows.is_some() { None } else { quantile_interval(replications, &objective.path, confidence) };
            let interval = quantile.unwrap_or_else(|| widened(&value, replications.len() as u64, confidence));
            // A quantile among what has not finished lies beyond every upper bound.
            let ends = interval.or(value.beyond.map(|_| (f64::INFINITY, f64::INFINITY)));
            TestedObjective {
                name: objective.name.clone(),
                condition: objective.condition.clone(),
                window_seconds: result.and_then(|result| result.window_seconds),
                bound,
                shown: ends.map_or(Shown::NotToldApart, |ends| clears(objective, bound, ends)),
                low: interval.map(|interval| interval.0),
                high: interval.map(|interval| interval.1).filter(|high| high.is_finite()),
                value,
            }
        })
        .collect();
    let some = |shown: Shown| tested.iter().any(|objective| objective.shown == shown);
    let shown = if !run.summary.stability.stable || run.stopped.is_some() || some(Shown::Miss) {
        Shown::Miss
    } else if some(Shown::NotToldApart) {
        Shown::NotToldApart
    } else {
        Shown::Hold
    };
    (shown, tested)
}

/// On which side of the bound a whole interval lies.
fn clears(objective: &Objective, bound: f64, (low, high): (f64, f64)) -> Shown {
    let across = low < bound && bound < high;
    match (objective.judge_run(low), objective.judge_run(high)) {
        (Verdict::Met, Verdict::Met) if !across => Shown::Hold,
        (Verdict::Missed, Verdict::Missed) if !across => Shown::Miss,
        _ => Shown::NotToldApart,
    }
}

/// Reads the answer off the tested values: up to the first that misses, so that where tests contradict one another it is the
/// careful one.
fn answer(plan: &Plan, design: &str, level: Level, tested: Vec<Tested>) -> Capacity {
    // From the easiest to the hardest.
    let ordered: Vec<&Tested> = match plan.wanted {
        Wanted::Largest => tested.iter().collect(),
        Wanted::Smallest => tested.iter().rev().collect(),
    };
    let first_miss = ordered.iter().position(|tested| tested.shown == Shown::Miss);
    let before = &ordered[..first_miss.unwrap_or(ordered.len())];
    let last_hold = before.iter().rposition(|tested| tested.shown == Shown::Hold);
    let text = |index: Option<usize>| index.map(|index| ordered[index].value.clone());
    let open = before[last_hold.map_or(0, |index| index + 1)..].iter().map(|tested| tested.value.clone());
    let mut contradictions = Vec::new();
    for (index, tested) in ordered.iter().enumerate().filter(|(_, tested)| tested.shown == Shown::Hold) {
        let easier = ordered[..index].iter().rev().find(|easier| easier.shown == Shown::Miss);
        let pair = easier.map(|easier| Contradiction { holds: tested.value.clone(), misses: easier.value.clone() });
        contradictions.extend(pair);
    }
    let finding = match last_hold {
        None => Finding::HoldsNowhere,
        Some(index) if index + 1 == ordered.len() => Finding::HoldsThroughout,
        Some(_) => Finding::Found,
    };
    Capacity {
        design: design.to_string(),
        finding,
        holds: text(last_hold),
        misses: text(first_miss),
        not_told_apart: open.collect(),
        contradictions,
        looks: level.looks,
        interval_confidence: level.interval_confidence,
        tested,
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, Plan, answer, clears};
    use crate::results::{Finding, Shown, Tested, Wanted};
    use crate::scenario::axis::Range;
    use crate::scenario::read_text;

    fn plan(wanted: Wanted) -> Plan {
        let range = Range::parse("1..100").unwrap().for_search();
        Plan { path: "a".to_string(), range, wanted, resolution: 0.01, budget: 10, checks: 1 }
    }

    /// The answer to values that hold (`h`), miss (`m`) or are not told apart (`?`).
    fn of(wanted: Wanted, tested: &[(f64, char)]) -> super::Capacity {
        let tested = tested.iter().map(|(number, shown)| Tested {
            value: number.to_string(),
            number: *number,
            shown: match shown {
                'h' => Shown::Hold,
                'm' => Shown::Miss,
                _ => Shown::NotToldApart,
            },
            reason: None,
            replications: 10,
            stable: true,
            fingerprint: String::new(),
            objectives: Vec::new(),
        });
        answer(&plan(wanted), "d", Level { looks: vec![10], interval_confidence: 0.99 }, tested.collect())
    }

    #[test]
    fn answers_are_tested_values_and_contradictions_are_told() {
        let plain = of(Wanted::Largest, &[(1.0, 'h'), (5.0, 'h'), (6.0, '?'), (7.0, 'm'), (9.0, 'm')]);
        assert_eq!((plain.holds.as_deref(), plain.misses.as_deref()), (Some("5"), Some("7")));
        assert_eq!((plain.finding, plain.not_told_apart), (Finding::Found, vec!["6".to_string()]));
        assert!(plain.contradictions.is_empty());
        let smallest = of(Wanted::Smallest, &[(1.0, 'm'), (5.0, '?'), (6.0, 'h'), (9.0, 'h')]);
        assert_eq!((smallest.holds.as_deref(), smallest.misses.as_deref()), (Some("6"), Some("1")));
        let odd = of(Wanted::Largest, &[(1.0, 'h'), (5.0, 'm'), (6.0, 'h'), (9.0, 'm')]);
        assert_eq!((odd.holds.as_deref(), odd.misses.as_deref()), (Some("1"), Some("5")), "the careful answer");
        assert_eq!((&*odd.contradictions[0].holds, &*odd.contradictions[0].misses), ("6", "5"));
        let all = of(Wanted::Smallest, &[(1.0, 'h'), (9.0, 'h')]);
        assert_eq!((all.finding, all.holds.as_deref(), all.misses), (Finding::HoldsThroughout, Some("1"), None));
        let none = of(Wanted::Largest, &[(1.0, 'm'), (9.0, 'h')]);
        assert_eq!((none.finding, none.holds, none.contradictions.len()), (Finding::HoldsNowhere, None, 1));
        assert_eq!(of(Wanted::Largest, &[(1.0, '?'), (9.0, 'm')]).finding, Finding::HoldsNowhere);
    }

    #[test]
    fn a_whole_interval_decides() {
        use Shown::{Hold, Miss, NotToldApart};
        let verdict = |condition: &str, low: f64, high: f64| {
            let text = format!(
                "name: n\nservices: {{ s: {{ type: external, service_time: 1 ms }} }}\nworkload: {{ w: {{ target: s, rate: 1/s }} }}\n\
                 objectives: {{ o: bill.month_usd {condition} }}\n"
            );
            let model = read_text(&text).model.expect("it can be read");
            clears(&model.objectives[0], 5.0, (low, high))
        };
        for (condition, low, high, expected) in [
            ("< 5", 1.0, 4.9, Hold),
            ("< 5", 1.0, 5.0, NotToldApart),
            ("<= 5", 1.0, 5.0, Hold),
            ("< 5", 5.0, 6.0, Miss),
            ("< 5", f64::INFINITY, f64::INFINITY, Miss),
            ("> 5", 4.0, 6.0, NotToldApart),
            (">= 5", 5.0, 6.0, Hold),
            ("> 5", 1.0, 5.0, Miss),
            ("== 5", 5.0, 5.0, Hold),
            ("== 5", 4.0, 6.0, NotToldApart),
            ("== 5", 5.5, 6.0, Miss),
        ] {
            assert_eq!(verdict(condition, low, high), expected, "{condition} {low}..{high}");
        }
    }
}
