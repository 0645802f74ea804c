use crate::fabric::balance::LawId;
use crate::fabric::call::{ErrorId, NONE};
use crate::fabric::deadline::Deadlines;
use crate::fabric::metric::{CounterId, LevelId, TimingId};
use crate::fabric::program::{Host, Machine, Payload};
use crate::fabric::steps::Transforms;
use crate::fabric::{CallId, ContentId, Context, LimiterId, PartyId};
use crate::kernel::{Lineage, Sampler, Slab, Time};

use super::admission::Admission;
use super::pool::Pool;
use super::usage::Meters;

/// A function at work.
#[derive(Debug)]
pub struct Function {
    pub(super) machine: Machine,
    pub(super) floor: Floor,
    pub(super) admission: Admission,
    pub(super) timeouts: Deadlines,
    /// The round trip to the public front end, besides the function.
    pub(super) front_end: Sampler,
    /// From a mapping's receive until the function is invoked.
    pub(super) event_source: Sampler,
    /// The function's own asynchronous queue.
    pub(super) queue: PartyId,
    /// Its event source mappings.
    pub(super) mappings: Vec<Mapping>,
    /// The operation at which an invocation without a batch begins.
    pub(super) direct_entry: u32,
    /// The error of a time-out.
    pub(super) timed_out: ErrorId,
    /// Environments that are warm at the start of the run.
    pub(super) initial_environments: u64,
    /// Counts invocations; tells time-outs of reused slots apart.
    pub(super) sequence: u32,
    pub(super) meters: Meters,
    pub(super) probes: Probes,
}

/// An event source mapping as the function knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapping {
    pub party: PartyId,
    pub reports_records: bool,
}

/// What the handlers' frames see of the function: its invocations and their environments.
#[derive(Debug)]
pub(super) struct Floor {
    pub activations: Slab<Activation>,
    pub pool: Pool,
    pub transforms: Transforms,
}

/// One invocation: one line of the cache.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Activation {
    pub call: CallId,
    /// From which the handler's draws are keyed.
    pub lineage: Lineage,
    pub environment: u32,
    pub limiter: LimiterId,
    /// Root frame of the handler, or [`NONE`] before it runs.
    pub root: u32,
    pub sequence: u32,
    /// Billed initialisation before the invocation.
    pub init: Time,
    /// When the invocation proper began: what the time-out and `Duration` count from.
    pub begun_at: Time,
    /// Time that the answer takes to reach the caller.
    pub answer_after: Time,
    pub batch: u32,
    /// Came by the function's asynchronous queue.
    pub asynchronous: bool,
    /// Failed records are reported one by one instead of by an exception.
    pub reports_records: bool,
    /// A record of the batch failed.
    pub failed_record: bool,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    /// Asked for, refused ones included.
    pub requests: CounterId,
    pub invocations: CounterId,
    pub succeeded: CounterId,
    pub errors: CounterId,
    pub timeouts: CounterId,
    pub cold_starts: CounterId,
    pub throttled_rate: CounterId,
    pub throttled_reserved: CounterId,
    pub throttled_account: CounterId,
    pub throttled_scaling: CounterId,
    pub concurrency: LevelId,
    pub duration: TimingId,
    pub cold_start: TimingId,
    /// Executions last as long as their cold start and their duration together.
    pub time: LawId,
}

impl Host for Floor {
    fn branch(
        &mut self,
        context: &mut Context,
        _activation: u32,
        branch: u32,
        payload: Payload,
        answer: ContentId,
    ) -> Result<(u32, Payload), ErrorId> {
        Ok((self.transforms.branch(context, branch, payload, answer), payload))
    }

    fn transform(
        &mut self,
        context: &mut Context,
        _activation: u32,
        transform: u32,
        payload: Payload,
    ) -> Result<Payload, ErrorId> {
        self.transforms.apply(context, transform, payload)
    }

    fn record(&mut self, context: &mut Context, activation: u32, record: u32, error: Option<ErrorId>) {
        let activation = &mut self.activations[activation];
        activation.failed_record |= error.is_some();
        if activation.batch != NONE {
            context.batch_mut(activation.batch).records[record as usize].failed = error.is_some();
        }
    }

    fn take_tokens(&mut self, activation: u32, cost: u32) -> bool {
        self.pool.take_tokens(self.activations[activation].environment, cost)
    }

    fn refund_tokens(&mut self, activation: u32, spent: u32) {
        self.pool.refund_tokens(self.activations[activation].environment, spent);
    }

    fn batch(&self, activation: u32) -> u32 {
        self.activations[activation].batch
    }
}
