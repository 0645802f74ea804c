use crate::fabric::balance::LawId;
use crate::fabric::call::ErrorId;
use crate::fabric::deadline::Deadlines;
use crate::fabric::metric::{CounterId, LevelId, TimingId};
use crate::fabric::program::{Machine, Payload, Visit};
use crate::fabric::{CallId, ContentId, JourneyRef, LimiterId, PathId};
use crate::kernel::{Lineage, Sampler, Slab, Time};

use super::assumptions::MapStarts;
use super::config::WorkflowType;
use super::operators::Operators;
use super::usage::Usage;

/// A state machine at work: the fabric's machine runs its program, the workflow answers the machine's questions.
#[derive(Debug)]
pub struct StepFunctions {
    pub(super) machine: Machine,
    pub(super) workflow: Workflow,
    /// Time-outs of executions.
    pub(super) deadlines: Deadlines,
}

/// Everything but the frames.
#[derive(Debug)]
pub(super) struct Workflow {
    pub kind: WorkflowType,
    pub operators: Operators,
    /// By state.
    pub entries: Vec<Entry>,
    /// Where a Choice goes on, by state and rule, the default last.
    pub choices: Vec<Vec<u32>>,
    pub start: Sampler,
    pub begin: Sampler,
    pub task: Sampler,
    pub completion: Sampler,
    pub transition: Sampler,
    pub map_starts: MapStarts,
    pub limiters: Limiters,
    pub on_failed: Option<u32>,
    pub errors: Errors,
    pub usage: Usage,
    pub probes: Probes,
    pub executions: Slab<Execution>,
    pub sequence: u32,
    /// The frame that the machine's questions are about.
    pub visit: Visit,
}

/// What entering a state means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Whether it is a task, which takes longer to enter.
    pub task: bool,
    /// Events of the history, from entering to leaving.
    pub events: u32,
    /// Events that one more try adds.
    pub retry_events: u32,
    /// Branches of a Parallel; a Map counts its iterations when it knows them.
    pub branches: u32,
}

/// One execution.
#[derive(Clone, Copy, Debug)]
pub(super) struct Execution {
    /// Who waits for the result of a synchronous execution.
    pub call: Option<CallId>,
    pub journey: JourneyRef,
    pub lineage: Lineage,
    pub path: PathId,
    /// What started it had been tried before.
    pub repeat: bool,
    /// Its input, as the context object shows it.
    pub input: Payload,
    pub root: u32,
    pub started: Time,
    /// Tells time-outs of this execution from those of others in the same slot.
    pub sequence: u32,
    pub events: u64,
    pub failures: u64,
    /// Branches and iterations so far.
    pub parallel_steps: u64,
    /// Largest data seen, and all data logged.
    pub largest: u32,
    pub logged: u64,
    /// When iterations may start: after the last one, and by the rate beyond the burst.
    pub map_free: Time,
    pub map_due: Time,
    /// States entered at one instant: an endless loop without time would never end.
    pub instant: Time,
    pub instant_states: u32,
    /// It failed because its history was full.
    pub history_full: bool,
}

/// Limiters, each with its own name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limiters {
    pub start: LimiterId,
    /// Standard only.
    pub transitions: Option<LimiterId>,
    pub open: Option<LimiterId>,
    pub history: Option<LimiterId>,
    /// The longest duration: Express only.
    pub duration: Option<LimiterId>,
}

/// Indices of error names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errors {
    pub limit_exceeded: ErrorId,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub started: CounterId,
    pub succeeded: CounterId,
    pub failed: CounterId,
    pub timed_out: CounterId,
    pub throttled_start: CounterId,
    pub refused_open: CounterId,
    pub refused_input: CounterId,
    pub throttled_transitions: CounterId,
    pub states_entered: CounterId,
    pub transitions: CounterId,
    pub retries: CounterId,
    pub history_limit: CounterId,
    pub express_5_minutes: CounterId,
    pub open: LevelId,
    pub duration: TimingId,
    /// Executions are open from the call that starts them to their end.
    pub time: LawId,
}

impl Workflow {
    /// What the operators need to know of the execution at hand.
    pub fn seen(&self, activation: u32) -> super::operators::Seen {
        super::operators::Seen { input: self.executions[activation].input.0, visit: self.visit }
    }

    /// Keeps account of data that passes, for memory and logs.
    pub fn note_data(&mut self, activation: u32, (_, size): (ContentId, u32)) {
        let execution = &mut self.executions[activation];
        execution.largest = execution.largest.max(size);
        // Each payload is in two events: the output of one and the input of the next.
        execution.logged += 2 * u64::from(size);
    }
}
