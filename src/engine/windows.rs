//! Objectives that hold window by window: in how many of the windows of a replication each of them holds.
//!
//! Windows of the objective's own width follow one another from the beginning of the measured window; what is left at its end and
//! fills none is left out. Counters and levels are read at the boundaries, which costs nothing in between; journeys are
//! counted by the window in which they arrived ([`JourneyWatch`]).

use crate::fabric::journey::WorkloadPlan;
use crate::fabric::metric::Metrics;
use crate::fabric::windows::{JourneyWatch, Watched, Window};
use crate::fabric::{Simulation, World};
use crate::kernel::{SECOND, Time};
use crate::scenario::{Model, Objective, Verdict};
use crate::services::Party;

use super::collect::MetricNames;

/// Nanoseconds of a millisecond.
const MILLISECOND: f64 = 1e6;

/// What of a latency an objective is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Statistic {
    Mean,
    /// In thousandths.
    Quantile(u64),
    Maximum,
}

const STATISTICS: [(&str, Statistic); 7] = [
    ("mean", Statistic::Mean),
    ("p50", Statistic::Quantile(500)),
    ("p90", Statistic::Quantile(900)),
    ("p95", Statistic::Quantile(950)),
    ("p99", Statistic::Quantile(990)),
    ("p999", Statistic::Quantile(999)),
    ("max", Statistic::Maximum),
];

/// What a metric is within a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Occurrences, or occurrences per second, of the counter of this index.
    Count(usize),
    Rate(usize),
    /// The time average, or the highest value, of the level of this index.
    LevelMean(usize),
    LevelMax(usize),
    /// Journeys of the workload of this index that arrived.
    Started(usize),
    /// Journeys per second that reached the observed milestone, or closed where there is none, whenever they arrived.
    Throughput(usize),
    /// Of those that arrived in the window, how many ended in a certain way, or what share of them.
    Ended(usize, Watched),
    EndedShare(usize, Watched),
    /// Of those that arrived in the window, the latency to a milestone.
    Latency(usize, Watched, Statistic),
}

/// The metrics that windows have, by their path.
pub(super) fn offered(workloads: &[WorkloadPlan], metrics: &Metrics, services: &[String]) -> Vec<(String, Part)> {
    let mut found = Vec::new();
    for (index, plan) in workloads.iter().enumerate() {
        let path = format!("journeys.{}", plan.name);
        found.push((format!("{path}.started"), Part::Started(index)));
        found.push((format!("{path}.per_second"), Part::Throughput(index)));
        found.push((format!("{path}.unfinished"), Part::Ended(index, Watched::Unfinished)));
        let endings = plan.endings.iter().map(|(name, _)| name.as_str()).chain(["other"]);
        for (place, name) in endings.enumerate() {
            found.push((format!("{path}.endings.{name}"), Part::Ended(index, Watched::Ending(place))));
            found.push((format!("{path}.ending_shares.{name}"), Part::EndedShare(index, Watched::Ending(place))));
        }
        for (place, (name, _)) in plan.milestones.iter().enumerate() {
            let part = |(suffix, statistic): (&str, Statistic)| {
                let watched = Watched::Milestone(place);
                (format!("{path}.milestones.{name}.latency_ms.{suffix}"), Part::Latency(index, watched, statistic))
            };
            found.extend(STATISTICS.map(part));
        }
    }
    let mut names = MetricNames::default();
    for (index, counter) in metrics.counters.iter().enumerate() {
        let name = names.next(services, counter.service, counter.name, counter.connection);
        let path = format!("services.{}.{name}", services[counter.service as usize]);
        if !counter.settled_later {
            found.push((path.clone(), Part::Count(index)));
            found.push((format!("{path}_per_second"), Part::Rate(index)));
        }
    }
    for (index, level) in metrics.levels.iter().enumerate() {
        let name = names.next(services, level.service, level.name, level.connection);
        let path = format!("services.{}.{name}", services[level.service as usize]);
        found.push((format!("{path}_mean"), Part::LevelMean(index)));
        found.push((format!("{path}_max"), Part::LevelMax(index)));
    }
    found
}

/// In how many windows of a replication an objective holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub held: u64,
    /// Windows in which there is something to hold against the bound: a latency or a share of nothing is none.
    pub of: u64,
}

impl Held {
    fn add(&mut self, holds: Option<bool>) {
        if let Some(holds) = holds {
            self.of += 1;
            self.held += u64::from(holds);
        }
    }

    /// The share of the windows; not a number where none has anything to judge.
    pub fn share(self) -> f64 {
        if self.of == 0 { f64::NAN } else { self.held as f64 / self.of as f64 }
    }
}

/// An objective at work.
struct Meter<'a> {
    objective: &'a Objective,
    part: Part,
    width: Time,
    /// The end of the window that is open, and how many whole ones are left, this one included.
    next: Time,
    left: u64,
    /// The counter, or the area under the level, when the window began.
    before: u128,
    /// The highest value of the level in the window so far.
    highest: u64,
    /// Place among the watches of the workload, for journeys.
    watch: usize,
    found: Held,
}

/// All objectives of a model that hold window by window, while a replication runs.
pub(super) struct Meters<'a> {
    meters: Vec<Meter<'a>>,
    /// Levels whose highest value is asked for, and the highest value since the measured window began.
    levels: Vec<(usize, u64)>,
}

impl<'a> Meters<'a> {
    /// Prepares a simulation whose measured window lasts from `begin` to `end`.
    pub fn new(model: &'a Model, simulation: &mut Simulation<Party>, begin: Time, end: Time) -> Self {
        let mut made = Self { meters: Vec::new(), levels: Vec::new() };
        let asked = || model.objectives.iter().filter_map(|objective| Some((objective, objective.windows?)));
        if asked().next().is_none() {
            return made;
        }
        let world = &mut simulation.world;
        let offered = offered(&world.workloads, &world.metrics, &world.service_names);
        for (objective, windows) in asked() {
            let path = objective.path.join(".");
            let Some((_, part)) = offered.iter().find(|(name, _)| *name == path) else { continue };
            let (part, width) = (*part, windows.width);
            let count = (end - begin) / width;
            let mut watch = 0;
            if let Part::Ended(workload, watched) | Part::EndedShare(workload, watched) | Part::Latency(workload, watched, _) =
                part
            {
                let bound = libm::round(objective.bound * MILLISECOND) as Time;
                let watches = &mut world.outcomes.workloads[workload].watches;
                watch = watches.len();
                watches.push(JourneyWatch::new(watched, bound, begin, width, count as usize));
            }
            if let Part::LevelMax(level) = part
                && !made.levels.iter().any(|(known, _)| *known == level)
            {
                made.levels.push((level, 0));
            }
            let found = Held::default();
            made.meters.push(Meter {
                objective,
                part,
                width,
                next: begin + width,
                left: count,
                before: 0,
                highest: 0,
                watch,
                found,
            });
        }
        made
    }

    /// When the next window ends, if any is open: up to then, and not including it, the simulation may run on.
    pub fn next_end(&self) -> Option<Time> {
        let open = self.meters.iter().filter(|meter| meter.left > 0 && !meter.watches_journeys());
        open.map(|meter| meter.next).min()
    }

    /// Everything before `now` has happened: judges the windows that end here.
    pub fn cut(&mut self, world: &mut World, now: Time) {
        for (level, highest) in &mut self.levels {
            let seen = world.metrics.take_max(*level);
            *highest = (*highest).max(seen);
            for meter in self.meters.iter_mut().filter(|meter| meter.part == Part::LevelMax(*level)) {
                meter.highest = meter.highest.max(seen);
            }
        }
        for meter in self.meters.iter_mut().filter(|meter| meter.next == now && meter.left > 0 && !meter.watches_journeys()) {
            meter.cut(world, now);
        }
    }

    /// The measured window is over: gives back what was borrowed from the levels.
    pub fn end(&mut self, world: &mut World) {
        for (level, highest) in &self.levels {
            world.metrics.restore_max(*level, *highest);
        }
    }

    /// In how many windows each objective held, in their order. Of a run that was stopped, windows after `end` do not count.
    pub fn judge(self, world: &World, begin: Time, end: Time) -> Vec<Held> {
        let each = self.meters.into_iter().map(|mut meter| {
            let (Part::Ended(workload, _) | Part::EndedShare(workload, _) | Part::Latency(workload, ..)) = meter.part else {
                return meter.found;
            };
            let complete = (end.saturating_sub(begin) / meter.width) as usize;
            for window in world.outcomes.workloads[workload].watches[meter.watch].windows.iter().take(complete) {
                meter.found.add(meter.of_journeys(window));
            }
            meter.found
        });
        each.collect()
    }
}

impl Meter<'_> {
    fn watches_journeys(&self) -> bool {
        matches!(self.part, Part::Ended(..) | Part::EndedShare(..) | Part::Latency(..))
    }

    /// Judges the window that ends now; the next one begins.
    fn cut(&mut self, world: &mut World, now: Time) {
        let seconds = self.width as f64 / SECOND as f64;
        let total = match self.part {
            Part::Count(index) | Part::Rate(index) => u128::from(world.metrics.counted(index)),
            Part::LevelMean(index) => world.metrics.area_at(now, index),
            Part::Started(workload) => u128::from(world.outcomes.workloads[workload].started),
            Part::Throughput(workload) => {
                let outcomes = &world.outcomes.workloads[workload];
                u128::from(if outcomes.milestones.is_empty() { outcomes.closed_in_window } else { outcomes.reached_in_window })
            }
            _ => 0,
        };
        let grown = (total - self.before) as f64;
        let value = match self.part {
            Part::Rate(_) | Part::Throughput(_) => grown / seconds,
            Part::LevelMean(_) => grown / self.width as f64,
            Part::LevelMax(_) => self.highest as f64,
            _ => grown,
        };
        self.found.add(Some(self.holds(value)));
        self.before = total;
        self.highest = 0;
        self.next += self.width;
        self.left -= 1;
    }

    fn holds(&self, value: f64) -> bool {
        self.objective.judge(value) == Verdict::Met
    }

    /// Whether the objective holds for the journeys of a window; `None` if there is nothing to judge.
    fn of_journeys(&self, window: &Window) -> Option<bool> {
        match self.part {
            Part::EndedShare(..) => (window.started > 0).then(|| self.holds(window.found as f64 / window.started as f64)),
            Part::Latency(_, _, statistic) => {
                let ranked = window.ranked();
                if ranked == 0 {
                    return None;
                }
                Some(match statistic {
                    // What is still open might take for ever.
                    Statistic::Mean if window.open > 0 => self.holds(f64::INFINITY),
                    Statistic::Mean => self.holds(window.sum as f64 / window.found as f64 / MILLISECOND),
                    Statistic::Maximum if window.open > 0 => self.holds(f64::INFINITY),
                    Statistic::Maximum => self.holds(window.longest as f64 / MILLISECOND),
                    Statistic::Quantile(thousandths) => {
                        let (below, at_most) = window.holds_at((ranked * thousandths).div_ceil(1000));
                        self.objective.comparator.holds(below, at_most)
                    }
                })
            }
            _ => Some(self.holds(window.found as f64)),
        }
    }
}
