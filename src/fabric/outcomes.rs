//! What became of the journeys: milestones timed, endings counted, time on the critical path summed.

use crate::kernel::Time;
use crate::stats::Histogram;

use super::classes::Classes;
use super::journey::Reached;
use super::latency::LatencyBins;
use super::path::Paths;
use super::roll::Roll;
use super::series::Bins;
use super::windows::JourneyWatch;

/// Everything observed of one workload.
#[derive(Clone, Debug, Default)]
pub struct WorkloadOutcomes {
    pub started: u64,
    pub closed: u64,
    /// Observed milestones reached, and journeys closed, while the window was open, whenever the journey started.
    pub reached_in_window: u64,
    pub closed_in_window: u64,
    /// Measured journeys that reached the observed milestone when they counted as given up already.
    pub late: u64,
    /// Marks that measured journeys made again.
    pub duplicates: u64,
    /// By ending; the last entry counts journeys that closed under no named ending.
    pub endings: Vec<u64>,
    pub milestones: Vec<Histogram>,
    /// Measured journeys still open at the end of the run that have not reached the milestone: they rank slower than all
    /// that have.
    pub open: Vec<u64>,
    /// Latency classes of the observed milestone.
    pub classes: Classes,
    /// Arrivals and reached observed milestones per bin of warm-up and window.
    pub arrivals: Bins,
    pub completions: Bins,
    /// All arrivals and all reached observed milestones of the run.
    arrived: u64,
    completed: u64,
    /// Latency of the observed milestone per bin of completion.
    pub latencies: LatencyBins,
    /// Time from arrival until the last share closed.
    pub closing: Histogram,
    /// What objectives that hold window by window ask for; empty without any.
    pub watches: Vec<JourneyWatch>,
}

/// All workloads.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    pub workloads: Vec<WorkloadOutcomes>,
    pub presence: Presence,
    /// Every journey, where a study asks for it.
    pub roll: Option<Roll>,
}

/// How many journeys were open and for how long, counted both ways: Little's law in the form in which it is exact.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presence {
    pub open: u64,
    since: Time,
    /// Open journeys x nanoseconds.
    pub area: u128,
    /// Nanoseconds that the journeys that have closed were open.
    pub spent: u128,
}

impl Presence {
    #[inline]
    fn pass(&mut self, now: Time) {
        self.area += u128::from(self.open) * u128::from(now - self.since);
        self.since = now;
    }
}

impl Outcomes {
    /// Prepares for a workload with so many milestones and endings.
    pub fn register(&mut self, milestones: usize, endings: usize) {
        self.workloads.push(WorkloadOutcomes {
            endings: vec![0; endings + 1],
            milestones: vec![Histogram::default(); milestones],
            open: vec![0; milestones],
            ..WorkloadOutcomes::default()
        });
    }

    /// Notes in the bin `bin` how many journeys have arrived and completed since the last look.
    pub(super) fn look(&mut self, bin: usize) {
        for outcomes in &mut self.workloads {
            outcomes.arrivals.look(bin, u128::from(outcomes.arrived));
            outcomes.completions.look(bin, u128::from(outcomes.completed));
        }
    }

    /// Whether any has arrived or completed since the last look.
    pub(super) fn has_news(&self) -> bool {
        self.workloads.iter().any(|outcomes| {
            outcomes.arrivals.has_news(u128::from(outcomes.arrived))
                || outcomes.completions.has_news(u128::from(outcomes.completed))
        })
    }

    /// The bins of the time series are twice as wide from now on.
    pub(super) fn coarsen(&mut self) {
        for outcomes in &mut self.workloads {
            outcomes.arrivals.coarsen();
            outcomes.completions.coarsen();
        }
    }

    /// A journey starts.
    pub(super) fn start(&mut self, now: Time, workload: u16, measured: bool) {
        self.presence.pass(now);
        self.presence.open += 1;
        let outcomes = &mut self.workloads[workload as usize];
        outcomes.started += u64::from(measured);
        if measured {
            outcomes.watches.iter_mut().for_each(|watch| watch.start(now));
        }
        outcomes.arrived += 1;
    }

    /// A journey reaches a milestone; `recorded` says whether the time series go on.
    pub(super) fn reach(&mut self, now: Time, event: &Reached, paths: &Paths, recorded: bool) {
        let outcomes = &mut self.workloads[event.workload as usize];
        outcomes.completed += u64::from(event.observed);
        if event.observed && recorded {
            outcomes.latencies.record(now, event.latency);
        }
        outcomes.reached_in_window += u64::from(event.observed && event.in_window);
        if !event.measured {
            return;
        }
        outcomes.milestones[event.milestone as usize].record(event.latency);
        let started = now - event.latency;
        outcomes.watches.iter_mut().for_each(|watch| watch.reach(event.milestone as usize, started, event.latency));
        outcomes.late += u64::from(event.observed && event.late);
        if event.path != super::path::PathId::NONE {
            outcomes.classes.add(event.latency, paths, event.path);
        }
    }

    /// A journey closes; it may have started in the measured window, and close in it.
    pub(super) fn close(
        &mut self,
        now: Time,
        workload: u16,
        ending: Option<usize>,
        (measured, in_window): (bool, bool),
        open_for: Time,
    ) {
        self.presence.pass(now);
        self.presence.open -= 1;
        self.presence.spent += u128::from(open_for);
        let outcomes = &mut self.workloads[workload as usize];
        outcomes.closed_in_window += u64::from(in_window);
        if !measured {
            return;
        }
        outcomes.closed += 1;
        outcomes.closing.record(open_for);
        let other = outcomes.endings.len() - 1;
        let ending = ending.unwrap_or(other);
        outcomes.endings[ending] += 1;
        outcomes.watches.iter_mut().for_each(|watch| watch.close(ending, now - open_for));
    }
}
