//! The ladder of limits: linear estimates from one simulation, confirmed by simulations just below and just above, or refined.
//!
//! Left out: what would bind if the limiters that bind earlier were raised. Where one of them holds the load back, those behind it
//! are never reached, and the report says so.

use crate::engine::{Progress, RunError, run_all};
use crate::results::{Confirmation, Ladder, LimitRow, Rung, Summary, Test};
use crate::scenario::{Model, ScaleError};

/// Version of the shape of ladder.json.
const SCHEMA: &str = "floodplan.ladder/1";
/// The loads tested first lie this far below and above the estimate; a refined bracket is at most as wide as theirs.
const MARGIN: f64 = 0.05;
/// Where the estimate is wrong, the load goes on by this factor until it is bracketed.
const STRIDE: f64 = 1.5;
/// Loads below this multiple are not tested.
const LOWEST: f64 = 1.0 / 64.0;

/// What is to be confirmed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LadderPlan {
    /// So many limiters, the first to bind first.
    pub limiters: usize,
    /// No load beyond this multiple is tested.
    pub up_to: f64,
    /// A limiter binds where it refuses or delays more than this share of what comes to it.
    pub binds_above: f64,
}

/// Why there is no ladder.
#[derive(Debug)]
pub enum LadderError {
    Scale(ScaleError),
    Run(RunError),
}

impl From<RunError> for LadderError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl From<ScaleError> for LadderError {
    fn from(error: ScaleError) -> Self {
        Self::Scale(error)
    }
}

/// Climbs the ladder of a model.
///
/// # Errors
/// The load cannot be multiplied, or a run yields nothing.
pub fn ladder(model: &Model, plan: LadderPlan, progress: &Progress) -> Result<Ladder, LadderError> {
    // Before anything is simulated: what cannot be multiplied by the margins cannot be by anything.
    for factor in [1.0 - MARGIN, 1.0 + MARGIN] {
        model.at_load(factor)?;
    }
    let mut climb = Climb { model, plan, progress, tested: Vec::new(), stopped: Vec::new() };
    let base = climb.simulate(1.0)?;
    let (mut used, no_estimate): (Vec<LimitRow>, Vec<LimitRow>) = base
        .limits
        .iter()
        .cloned()
        .partition(|row| row.load_multiple.is_some_and(|multiple| multiple.is_finite() && multiple > 0.0));
    used.sort_by(|left, right| left.load_multiple.unwrap_or_default().total_cmp(&right.load_multiple.unwrap_or_default()));
    let (mut rungs, mut remarks) = (Vec::new(), Vec::new());
    for (place, row) in used.iter().enumerate() {
        let mut rung = Rung {
            service: row.service.clone(),
            limiter: row.limiter.clone(),
            quota: row.quota,
            unit: row.unit.clone(),
            adjustable: row.adjustable,
            estimate: row.load_multiple.unwrap_or_default(),
            ..Rung::default()
        };
        if place < plan.limiters && rung.estimate <= plan.up_to {
            match climb.confirm(&mut rung) {
                // The margins can be had of these counts, but not every load that the search asks for.
                Err(LadderError::Scale(error)) => {
                    remarks.push(format!("{}: {} was not tested further: {error}", rung.service, rung.limiter));
                    rung.finding = Confirmation::NotTested;
                }
                other => other?,
            }
        }
        rungs.push(rung);
    }
    Ok(Ladder {
        schema: SCHEMA.to_string(),
        scenario: base.scenario,
        question: base.question,
        seed: base.seed,
        replications: base.replications,
        window_seconds: base.window_seconds,
        binds_above: plan.binds_above,
        up_to: plan.up_to,
        rungs,
        no_estimate,
        remarks,
        stopped: climb.stopped,
    })
}

/// A ladder being climbed, and the loads that were tested on the way: each is simulated once, for all limiters.
struct Climb<'a> {
    model: &'a Model,
    plan: LadderPlan,
    progress: &'a Progress,
    tested: Vec<(f64, Vec<LimitRow>)>,
    stopped: Vec<String>,
}

impl Climb<'_> {
    fn simulate(&mut self, load: f64) -> Result<Summary, LadderError> {
        let model = self.model.at_load(load)?;
        let mut runs = run_all(std::slice::from_ref(&model), self.progress)?;
        let run = runs.remove(0);
        if let Some(reason) = run.stopped {
            self.stopped.push(format!("at load × {load:.3}: {reason}"));
        }
        self.tested.push((load, run.summary.limits.clone()));
        Ok(run.summary)
    }

    /// What a limiter does at a load.
    fn test(&mut self, load: f64, rung: &Rung) -> Result<Test, LadderError> {
        if !self.tested.iter().any(|(known, _)| *known == load) {
            self.simulate(load)?;
        }
        let rows = self.tested.iter().find(|(known, _)| *known == load).map_or(&[][..], |(_, rows)| rows);
        let row = rows.iter().find(|row| row.service == rung.service && row.limiter == rung.limiter);
        Ok(row.map_or_else(Test::default, |row| Test {
            load,
            refused_share: row.refused_share.clone(),
            delayed_share: row.delayed_share.clone(),
        }))
    }

    fn binds(&self, test: &Test) -> bool {
        [&test.refused_share, &test.delayed_share].iter().any(|share| share.mean.is_some_and(|mean| mean > self.plan.binds_above))
    }

    /// Tests a load and takes it for the bound that it is.
    fn narrow(&mut self, load: f64, rung: &mut Rung) -> Result<bool, LadderError> {
        let test = self.test(load, rung)?;
        let binds = self.binds(&test);
        *(if binds { &mut rung.above } else { &mut rung.below }) = Some(test);
        Ok(binds)
    }

    /// Finds two loads between which the limiter begins to bind.
    fn confirm(&mut self, rung: &mut Rung) -> Result<(), LadderError> {
        let low = self.test(rung.estimate * (1.0 - MARGIN), rung)?;
        let high = self.test((rung.estimate * (1.0 + MARGIN)).min(self.plan.up_to), rung)?;
        let down = self.binds(&low);
        if !down && self.binds(&high) {
            rung.finding = Confirmation::Confirmed;
            (rung.below, rung.above) = (Some(low), Some(high));
            return Ok(());
        }
        let from = if down { low.load } else { high.load };
        (rung.below, rung.above) = if down { (None, Some(low)) } else { (Some(high), None) };
        rung.finding = match (self.bracket(rung, from, down)?, down) {
            (true, _) => Confirmation::Refined,
            (false, true) => Confirmation::BindsThroughout,
            (false, false) => Confirmation::NotReached,
        };
        self.bisect(rung)
    }

    /// Goes down where it binds, up where it does not, until it is otherwise; whether that happened within the loads to be tested.
    fn bracket(&mut self, rung: &mut Rung, from: f64, down: bool) -> Result<bool, LadderError> {
        let mut load = from;
        loop {
            let next = if down { load / STRIDE } else { (load * STRIDE).min(self.plan.up_to) };
            if next < LOWEST || next <= load && !down {
                return Ok(false);
            }
            load = next;
            if self.narrow(load, rung)? != down {
                return Ok(true);
            }
        }
    }

    /// Halves the bracket, in ratios, until it is as narrow as that of a confirmed estimate.
    fn bisect(&mut self, rung: &mut Rung) -> Result<(), LadderError> {
        while let (Some(below), Some(above)) = (&rung.below, &rung.above)
            && above.load / below.load > (1.0 + MARGIN) / (1.0 - MARGIN)
        {
            let middle = (below.load * above.load).sqrt();
            self.narrow(middle, rung)?;
        }
        Ok(())
    }
}
