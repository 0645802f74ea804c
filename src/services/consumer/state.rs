use crate::fabric::metric::{CounterId, LevelId, TimingId};
use crate::fabric::program::Machine;
use crate::fabric::retry::RetryProfile;
use crate::fabric::steps::Transforms;
use crate::fabric::{CallId, ContentId, PartyId};
use crate::kernel::Time;

/// A consumer at work: the machine runs the steps, the workers are what it acts on.
#[derive(Debug)]
pub struct Consumer {
    pub(super) machine: Machine,
    pub(super) workers: Workers,
}

/// The workers and what they share.
#[derive(Debug)]
pub(super) struct Workers {
    pub plan: Plan,
    pub probes: Probes,
    pub transforms: Transforms,
    pub workers: Vec<Worker>,
    /// Workers that ought to run: the timeline may stop some.
    pub wanted: usize,
    /// Tokens of the client's retry quota.
    pub tokens: u32,
    /// Receives and batches so far; keys draws.
    pub receives: u64,
}

/// The numbers of a consumer.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub queue: PartyId,
    pub receive_site: u32,
    pub poll_interval: Time,
    pub deletes: bool,
    /// Waits after receives that were refused.
    pub retry: RetryProfile,
}

/// One worker.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub state: State,
    /// The batch at work, or none.
    pub batch: u32,
    pub started_at: Time,
    /// Receives refused in a row.
    pub refused: u32,
}

/// What a worker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Stopped,
    /// It waits before it asks again.
    Pausing,
    Receiving(CallId),
    Working,
    Deleting,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub batches: CounterId,
    pub records: CounterId,
    pub failed: CounterId,
    pub empty: CounterId,
    pub refused: CounterId,
    pub repeated: CounterId,
    pub busy: LevelId,
    pub batch_time: TimingId,
}

/// An empty payload: a worker's own frame carries none, the messages do.
pub(super) const NOTHING: (ContentId, u32) = (ContentId::EMPTY, 0);
