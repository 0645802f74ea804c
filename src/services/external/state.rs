use std::collections::VecDeque;

use crate::fabric::balance::LawId;
use crate::fabric::metric::{CounterId, DemandId, LevelId, TimingId};
use crate::fabric::{CallId, ContentId, LimiterId};
use crate::kernel::{Draw, Sampler, Slab, Time};

/// An external service at work.
#[derive(Debug)]
pub struct External {
    pub(super) servers: u64,
    pub(super) capacity: u64,
    pub(super) service: Sampler,
    pub(super) errors: f64,
    /// Cumulative shares and what is answered.
    pub(super) answers: Vec<(f64, ContentId)>,
    pub(super) rate: Option<LimiterId>,
    pub(super) drop_when_abandoned: bool,
    pub(super) probes: Probes,
    pub(super) queue: VecDeque<Waiting>,
    pub(super) serving: Slab<Serving>,
}

/// A request in the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub call: CallId,
    pub since: Time,
}

/// A request in service. Of so many at once each byte counts, so none is spent on alignment.
#[derive(Clone, Copy, Debug)]
#[repr(Rust, packed(4))]
pub(super) struct Serving {
    pub call: CallId,
    /// Decides about errors and answers when service ends.
    pub luck: Draw,
}

const _: () = assert!(size_of::<Serving>() == 12);

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub requests: CounterId,
    pub demand: DemandId,
    /// Requests that found all servers busy and had to wait.
    pub queued: CounterId,
    pub refused: CounterId,
    pub throttled: CounterId,
    pub failed: CounterId,
    pub succeeded: CounterId,
    pub dropped: CounterId,
    pub busy: LevelId,
    pub waiting: LevelId,
    pub wait: TimingId,
    pub service_time: TimingId,
    /// Little's law of the waiting room.
    pub waited: LawId,
    /// The utilisation law: servers are busy for as long as the service times drawn.
    pub served: LawId,
}
