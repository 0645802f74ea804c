//! One file per simulator: the same work, written as its documentation would have it, with its leanest means.

mod calendar;
mod floodplan;
mod nexosim;
mod odem;
mod simcore;
mod simrs;

use clap::ValueEnum;
use serde::Serialize;

use crate::measure::Answer;
use crate::work::Work;

/// The simulators that run in this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
pub enum Simulator {
    /// floodplan as users have it: a scenario is read, compiled, run and summarised.
    Floodplan,
    /// As before, with the critical path of every 1,000th request only.
    Sampled,
    /// The event calendar of floodplan by itself.
    Calendar,
    Simrs,
    Simcore,
    Odem,
    Nexosim,
}

impl Simulator {
    /// Does the work.
    pub fn run(self, work: Work, seed: u64) -> Answer {
        match (self, work) {
            (Self::Floodplan, work) => floodplan::run(work, seed, 1),
            (Self::Sampled, work) => floodplan::run(work, seed, 1_000),
            (Self::Calendar, Work::Queue { servers, requests }) => calendar::queue(servers, requests, seed),
            (Self::Calendar, Work::Hold { pending, seconds }) => calendar::hold(pending, seconds, seed),
            (Self::Simrs, Work::Queue { servers, requests }) => simrs::queue(servers, requests, seed),
            (Self::Simrs, Work::Hold { pending, seconds }) => simrs::hold(pending, seconds, seed),
            (Self::Simcore, Work::Queue { servers, requests }) => simcore::queue(servers, requests, seed),
            (Self::Simcore, Work::Hold { pending, seconds }) => simcore::hold(pending, seconds, seed),
            (Self::Odem, Work::Queue { servers, requests }) => odem::queue(servers, requests, seed),
            (Self::Odem, Work::Hold { pending, seconds }) => odem::hold(pending, seconds, seed),
            (Self::Nexosim, Work::Queue { servers, requests }) => nexosim::queue(servers, requests, seed),
            (Self::Nexosim, Work::Hold { pending, seconds }) => nexosim::hold(pending, seconds, seed),
        }
    }
}
