//! The story of one journey, hop by hop, with the reason of each wait.

use crate::kernel::Time;

use super::call::Operation;
use super::journey::JourneyRef;
use super::path::Category;

/// One thing that happened to the traced journey.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A call was made to a service.
    Call { from: u16, to: u16, operation: Operation },
    /// A call was answered; the error's name if it was not accepted.
    Reply { from: u16, to: u16, error: String },
    /// Time passed at a service for a reason.
    Lap { service: u16, category: Category, duration: Time },
    /// A mark was emitted.
    Mark(String),
    /// A milestone was reached.
    Milestone(String),
    /// The journey closed with an ending, or with none that is named.
    Closed(Option<String>),
}

/// Records one journey.
#[derive(Clone, Debug, Default)]
pub struct Tracer {
    /// The arrival to follow, counted from zero over all workloads.
    pub wanted: u64,
    pub(super) seen: u64,
    pub(super) journey: Option<JourneyRef>,
    /// What happened, in order.
    pub steps: Vec<(Time, Step)>,
    /// The trace is complete: its journey closed.
    pub closed: bool,
}

/// A journey with more steps than this is cut short.
const STEPS_MAX: usize = 10_000;

impl Tracer {
    /// Follows the arrival number `wanted`.
    pub fn new(wanted: u64) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Journeys that have arrived so far.
    pub fn arrivals(&self) -> u64 {
        self.seen
    }

    /// Notes that a journey arrived; says whether it is the one.
    pub(super) fn arrive(&mut self, journey: JourneyRef) -> bool {
        let hit = self.seen == self.wanted;
        self.seen += 1;
        if hit {
            self.journey = Some(journey);
        }
        hit
    }

    pub(super) fn step(&mut self, journey: JourneyRef, now: Time, step: impl FnOnce() -> Step) {
        if self.journey == Some(journey) && !self.closed && self.steps.len() < STEPS_MAX {
            self.steps.push((now, step()));
        }
    }

    pub(super) fn mark(&mut self, journey: JourneyRef, now: Time, name: &str) {
        self.step(journey, now, || Step::Mark(name.to_string()));
    }

    pub(super) fn milestone(&mut self, journey: JourneyRef, now: Time, name: &str) {
        self.step(journey, now, || Step::Milestone(name.to_string()));
    }

    pub(super) fn close(&mut self, journey: JourneyRef, now: Time, ending: Option<&str>) {
        self.step(journey, now, || Step::Closed(ending.map(ToString::to_string)));
        if self.journey == Some(journey) {
            self.closed = true;
        }
    }
}
