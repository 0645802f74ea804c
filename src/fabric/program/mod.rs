//! One program form for function steps, tasks and state machines: a list of operations run by small frames.
//!
//! A frame is a program counter with its own journey, lineage, payload and critical path, and waits on exactly one
//! thing at a time: a timer, a call, or its children. What work takes on its hardware, what entering a state costs and
//! what data operators do is the owner's business ([`Host`]); retry and catch handlers stand in a side table.

mod groups;
mod machine;

use crate::kernel::{Lineage, Sampler, Time};

use super::call::{ErrorId, NONE, Operation, PartyId, Reply};
use super::content::ContentId;
use super::context::Context;
use super::journey::JourneyRef;
use super::path::{Category, PathId};
use super::retry::{Jitter, RetryProfile};

pub use machine::{Finished, Machine};

/// Timers of the owner that belong to its machine: hand both to [`Machine::timer`]. The owner's own start at 2.
pub const TIMER_FRAME: u16 = 0;
pub const TIMER_DEADLINE: u16 = 1;

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// Do work: the owner decides how long the nominal duration takes on its hardware. Draws are keyed by the
    /// sampler's place among the program's, so that changes elsewhere in the program leave its luck alone.
    Work {
        sampler: u32,
    },
    /// Wait for a duration that no hardware changes.
    Sleep {
        sampler: u32,
    },
    /// Wait as long as the owner reads out of the payload.
    SleepFrom {
        transform: u32,
    },
    /// Call a service and wait for the answer.
    Call {
        call: u32,
    },
    /// Emit a mark of the journey.
    Mark {
        mark: u32,
    },
    /// Go on with this probability, else jump.
    Chance {
        share: f64,
        ordinal: u32,
        otherwise: u32,
    },
    /// Go on if the last answer's flag was set, else jump.
    IfFlag {
        otherwise: u32,
    },
    /// The owner reads the payload and says where to go on.
    Branch {
        branch: u32,
    },
    /// The owner changes the payload.
    Set {
        transform: u32,
    },
    /// Enter a state: the owner bills it, limits it and counts its history.
    Enter {
        state: u32,
    },
    /// The owner says how long the frame waits and why: the way into a state, a limiter that delays.
    Pause {
        pause: u32,
    },
    /// Run children and wait for all of them.
    Group {
        group: u32,
    },
    Jump {
        to: u32,
    },
    Fail {
        error: ErrorId,
    },
    End,
}

/// How many bytes a call sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// As many as the frame's payload has.
    Payload,
    Fixed(u32),
}

/// A call site.
#[derive(Clone, Debug)]
pub struct CallSpec {
    pub target: PartyId,
    pub operation: Operation,
    pub site: u32,
    /// What the owner makes of the payload to send it; [`NONE`] sends the payload as it is.
    pub argument: u32,
    pub size: Size,
    /// Index of the machine's deadlines, or [`NONE`].
    pub deadline: u32,
    /// The error that missing the deadline raises.
    pub deadline_error: ErrorId,
    pub retry: RetryProfile,
    /// Index of handlers, or [`NONE`].
    pub handlers: u32,
    /// What the owner makes of the answer; [`NONE`] ignores it.
    pub result: u32,
}

/// Which children a group runs.
#[derive(Clone, Debug)]
pub enum Children {
    /// One per record of the activation's batch.
    Records { body: u32 },
    /// One per branch.
    Branches { bodies: Vec<u32> },
    /// One per item that the owner finds in the payload.
    Items { body: u32, items: u32 },
}

/// A fork, a loop over records, or a map.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    pub children: Children,
    /// Children at once; 0 is as many as there are.
    pub concurrency: u32,
    /// What the owner makes of the payload for the children; [`NONE`] hands it on.
    pub argument: u32,
    /// What the owner makes of the children's results; [`NONE`] keeps the payload.
    pub result: u32,
    /// A failed child fails the group at once; otherwise the owner notes it and the group goes on.
    pub fails_together: bool,
    pub handlers: u32,
}

/// Which errors a handler takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorMatch {
    /// `States.ALL`: everything except `States.Runtime` and `States.DataLimitExceeded`.
    pub all: bool,
    /// `States.TaskFailed`: everything except time-outs.
    pub task_failed: bool,
    pub names: Vec<ErrorId>,
    /// Errors that `all` does not take.
    pub never: Vec<ErrorId>,
}

impl ErrorMatch {
    /// Whether the handler takes this error.
    pub fn takes(&self, error: ErrorId) -> bool {
        if self.names.contains(&error) {
            return true;
        }
        if self.never.contains(&error) {
            return false;
        }
        self.all || (self.task_failed && error != super::errors::STATES_TIMEOUT)
    }
}

/// Retry after certain errors.
#[derive(Clone, Debug)]
pub struct Retrier {
    pub errors: ErrorMatch,
    pub interval: Time,
    pub maximum_attempts: u32,
    pub backoff_rate: f64,
    pub maximum_delay: Time,
    pub jitter: Jitter,
}

/// Go on elsewhere after certain errors.
#[derive(Clone, Debug)]
pub struct Catcher {
    pub errors: ErrorMatch,
    pub next: u32,
    /// What the owner makes of payload and error; [`NONE`] keeps the payload.
    pub transform: u32,
}

/// Retriers and catchers of one operation, each in order.
#[derive(Clone, Debug, Default)]
pub struct Handlers {
    pub retriers: Vec<Retrier>,
    pub catchers: Vec<Catcher>,
    /// Where a retry goes on, if not at the operation itself: the pauses before it come again.
    pub retry_at: Option<u32>,
}

/// Retriers of one operation that keep their own count.
pub const RETRIERS_MAX: usize = 8;

/// A compiled program.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub ops: Vec<Op>,
    pub calls: Vec<CallSpec>,
    pub groups: Vec<GroupSpec>,
    pub samplers: Vec<Sampler>,
    pub handlers: Vec<Handlers>,
    /// Delays of the deadlines that calls refer to.
    pub deadlines: Vec<Time>,
}

impl Program {
    /// Index of the deadlines of `delay`, shared by all calls with the same one.
    pub fn deadline(&mut self, delay: Time) -> u32 {
        if let Some(index) = self.deadlines.iter().position(|known| *known == delay) {
            return index as u32;
        }
        self.deadlines.push(delay);
        self.deadlines.len() as u32 - 1
    }

    /// Stores a sampler.
    pub fn sampler(&mut self, sampler: Sampler) -> u32 {
        self.samplers.push(sampler);
        self.samplers.len() as u32 - 1
    }
}

/// A payload: its content and its size in bytes.
pub type Payload = (ContentId, u32);

/// The frame that the next questions to its owner are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    pub activation: u32,
    /// The state entered last, or [`NONE`].
    pub state: u32,
    pub journey: JourneyRef,
    /// Differs between frames, visits of a state and tries: draws keyed by it never repeat.
    pub lineage: Lineage,
}

/// What the owner of a machine decides. The defaults suit an owner without data operators.
pub trait Host {
    /// The frame that the next questions are about.
    fn visit(&mut self, _visit: Visit) {}
    /// How long the frame waits, and why.
    fn pause(&mut self, _context: &mut Context, _activation: u32, _pause: u32) -> Result<(Time, Category), ErrorId> {
        Ok((0, Category::Service))
    }
    /// How long nominal work takes here.
    fn work(&mut self, _context: &mut Context, _activation: u32, nominal: Time) -> Time {
        nominal
    }
    /// A state is entered: the wait before it goes on, or the error that ends the activation.
    fn enter(&mut self, _context: &mut Context, _activation: u32, _state: u32) -> Result<Time, ErrorId> {
        Ok(0)
    }
    /// Where a branch goes on, and with which payload.
    fn branch(
        &mut self,
        _context: &mut Context,
        _activation: u32,
        _branch: u32,
        _payload: Payload,
        _answer: ContentId,
    ) -> Result<(u32, Payload), ErrorId> {
        Err(super::errors::STATES_RUNTIME)
    }
    /// The payload that a transform makes.
    fn transform(
        &mut self,
        _context: &mut Context,
        _activation: u32,
        _transform: u32,
        payload: Payload,
    ) -> Result<Payload, ErrorId> {
        Ok(payload)
    }
    /// The payload after a call was answered.
    fn result(
        &mut self,
        _context: &mut Context,
        _activation: u32,
        _result: u32,
        payload: Payload,
        _reply: &Reply,
    ) -> Result<Payload, ErrorId> {
        Ok(payload)
    }
    /// The payload with which a catcher goes on.
    fn caught(
        &mut self,
        _context: &mut Context,
        _activation: u32,
        _transform: u32,
        payload: Payload,
        _error: ErrorId,
    ) -> Result<Payload, ErrorId> {
        Ok(payload)
    }
    /// Adds the payloads of a map's children to `made`, which is empty.
    fn items(
        &mut self,
        _context: &mut Context,
        _activation: u32,
        _items: u32,
        _payload: Payload,
        _made: &mut Vec<Payload>,
    ) -> Result<(), ErrorId> {
        Ok(())
    }
    /// The payload after all children ended.
    fn gather(
        &mut self,
        _context: &mut Context,
        _activation: u32,
        _result: u32,
        payload: Payload,
        _children: &[Payload],
    ) -> Result<Payload, ErrorId> {
        Ok(payload)
    }
    /// How long to wait according to the payload.
    fn seconds(&mut self, _context: &mut Context, _activation: u32, _transform: u32, _payload: Payload) -> Result<Time, ErrorId> {
        Ok(0)
    }
    /// A record's own outcome is known.
    fn record(&mut self, _context: &mut Context, _activation: u32, _record: u32, _error: Option<ErrorId>) {}
    /// Whether the client's retry quota has so many tokens; they are taken.
    fn take_tokens(&mut self, _activation: u32, _cost: u32) -> bool {
        true
    }
    /// A call succeeded after the client paid `spent` tokens for its last retry (0: at the first attempt).
    fn refund_tokens(&mut self, _activation: u32, _spent: u32) {}
    /// An operation is retried by its handler.
    fn retried(&mut self, _context: &mut Context, _activation: u32, _state: u32) {}
    /// The batch of an activation, for loops over records.
    fn batch(&self, _activation: u32) -> u32 {
        NONE
    }
    /// The lineage from which a record's child starts.
    fn record_lineage(&mut self, context: &mut Context, journey: JourneyRef, lineage: Lineage) -> Lineage {
        let (_, word) = context.luck_key_of(journey, lineage, 0);
        Lineage::root().extend(word)
    }
}

/// What a frame starts with.
#[derive(Clone, Copy, Debug)]
pub struct Seed {
    pub journey: JourneyRef,
    pub lineage: Lineage,
    pub payload: Payload,
    pub path: PathId,
    /// What it is part of was tried before.
    pub repeat: bool,
}
