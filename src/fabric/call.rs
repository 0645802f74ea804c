//! Calls and replies: the only way in which parties touch one another.
//!
//! A call lives in one slab slot from the moment it is made until its reply is delivered, and the slot is freed in
//! exactly one place (`World::deliver`). A caller that gives up abandons the call; the callee still owns it, runs
//! to its own end (unless it looks at [`super::Context::abandoned`]) and replies, and the reply is then dropped.

use crate::kernel::{Lineage, Time};

use super::content::ContentId;
use super::journey::JourneyRef;
use super::path::PathId;

/// Index of a party: a room, a connection or a client.
pub type PartyId = u16;
/// No party: the caller of an abandoned call.
pub const NO_PARTY: PartyId = u16::MAX;
/// Index of a call slot.
pub type CallId = u32;
/// No call, frame, batch or other 32-bit index.
pub const NONE: u32 = u32::MAX;

/// What is asked of a service. The names are the AWS APIs' where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Operation {
    /// A request to an external service or an API route.
    Request,
    /// Lambda `Invoke`, `RequestResponse`.
    Invoke,
    /// Lambda `Invoke`, `Event`: accepted into the function's asynchronous queue.
    InvokeEvent,
    /// SQS `SendMessage`.
    SendMessage,
    /// SQS `ReceiveMessage`.
    ReceiveMessage,
    /// SQS `DeleteMessage` or `DeleteMessageBatch`.
    DeleteMessage,
    /// SQS `ChangeMessageVisibility`.
    ChangeMessageVisibility,
    /// A message moved into a dead-letter queue by the service itself: not a billed request.
    DeadLetter,
    /// SNS `Publish`.
    Publish,
    /// EventBridge `PutEvents`.
    PutEvents,
    /// Step Functions `StartExecution`.
    StartExecution,
    /// Step Functions `StartSyncExecution`.
    StartSyncExecution,
    /// DynamoDB `PutItem`.
    PutItem,
    /// DynamoDB `GetItem`.
    GetItem,
    /// DynamoDB `UpdateItem`.
    UpdateItem,
    /// DynamoDB `DeleteItem`.
    DeleteItem,
}

/// How an attempt ended, as its caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// Accepted, or done.
    Accepted,
    /// Refused by a limiter; the error names it. Software development kits retry it.
    Throttled,
    /// The service failed in a way that may pass (HTTP 5xx). Software development kits retry it.
    Unavailable,
    /// No answer in time. Software development kits retry it.
    TimedOut,
    /// The work itself failed (a handler's error, a failed execution): only the owner of the hand-over retries it.
    Failed,
    /// The request is not acceptable, or its condition does not hold: retrying cannot help.
    Rejected,
}

/// Index of an interned error name (`Lambda.TooManyRequestsException`).
pub type ErrorId = u16;

/// The class and, unless accepted, the name of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub class: Class,
    pub error: ErrorId,
}

impl Outcome {
    /// Accepted, or done.
    pub const OK: Outcome = Outcome { class: Class::Accepted, error: 0 };

    /// An outcome that carries an error name.
    pub const fn of(class: Class, error: ErrorId) -> Self {
        Self { class, error }
    }

    /// Whether the attempt was accepted.
    #[inline]
    pub fn is_ok(self) -> bool {
        self.class == Class::Accepted
    }
}

/// Error names every scenario knows, by their fixed index.
pub mod errors {
    use super::ErrorId;
    pub const NONE: ErrorId = 0;
    pub const TIMEOUT: ErrorId = 1;
    pub const STATES_TIMEOUT: ErrorId = 2;
    pub const LAMBDA_THROTTLED: ErrorId = 3;
    pub const SERVICE_DOWN: ErrorId = 4;
    pub const INJECTED: ErrorId = 5;
    pub const HANDLER: ErrorId = 6;
    pub const TASK_FAILED: ErrorId = 7;
    pub const THROTTLED: ErrorId = 8;
    pub const QUEUE_FULL: ErrorId = 9;
    pub const CONDITION_FAILED: ErrorId = 10;
    pub const EXECUTION_FAILED: ErrorId = 11;
    pub const TOO_LARGE: ErrorId = 12;
    pub const STATES_RUNTIME: ErrorId = 13;

    /// Names in index order; the first is the absence of an error.
    pub const NAMES: [&str; 14] = [
        "",
        "TimeoutError",
        "States.Timeout",
        "Lambda.TooManyRequestsException",
        "ServiceUnavailable",
        "InternalServerError",
        "Error",
        "States.TaskFailed",
        "ThrottlingException",
        "QueueFull",
        "ConditionalCheckFailedException",
        "ExecutionFailed",
        "ValidationException",
        "States.Runtime",
    ];
}

/// An open call: one line of the cache. Once it is answered, content, size, batch and path are the answer's.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Call {
    pub journey: JourneyRef,
    pub lineage: Lineage,
    /// When it was made; once its caller has given up, when that was.
    pub(super) since: Time,
    /// What the caller uses to recognise the reply.
    pub token: u32,
    pub content: ContentId,
    /// Bytes of the payload.
    pub size: u32,
    pub path: PathId,
    /// A batch, or [`NONE`].
    pub batch: u32,
    /// Index of the call site's parameters.
    pub site: u32,
    pub caller: PartyId,
    pub callee: PartyId,
    pub(super) outcome: Outcome,
    pub operation: Operation,
    /// It, or something that led to it, was tried before.
    pub repeat: bool,
    pub(super) answered: bool,
    /// Its answer was lost on the way, or it was itself; what its caller hears is its own time-out.
    pub(super) lost: bool,
    pub(super) flag: bool,
}

impl Call {
    /// Keeps an answer; the path goes on where the request's ended unless the answer has one of its own.
    #[inline]
    pub(super) fn answer(&mut self, reply: Reply) {
        assert!(!self.answered, "call answered twice");
        self.answered = true;
        if reply.path != PathId::NONE {
            self.path = reply.path;
        }
        self.content = reply.content;
        self.size = reply.size;
        self.batch = reply.batch;
        self.outcome = reply.outcome;
        self.flag = reply.flag;
    }

    /// The answer that was kept.
    #[inline]
    pub(super) fn reply(&self) -> Reply {
        debug_assert!(self.answered, "call freed before it was answered");
        Reply {
            outcome: self.outcome,
            content: self.content,
            size: self.size,
            batch: self.batch,
            path: self.path,
            flag: self.flag,
        }
    }
}

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    pub outcome: Outcome,
    pub content: ContentId,
    /// Bytes of the answer's payload.
    pub size: u32,
    /// A batch, or [`NONE`].
    pub batch: u32,
    /// The critical path up to the reply.
    pub path: PathId,
    /// The answer to a yes-or-no question (a join passed, an item was new or found).
    pub flag: bool,
}

impl Reply {
    /// A reply without content.
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome, content: ContentId::EMPTY, size: 0, batch: NONE, path: PathId::NONE, flag: true }
    }

    /// The plain acceptance.
    pub const OK: Reply = Reply::new(Outcome::OK);

    /// A reply with an error.
    pub const fn error(class: Class, error: ErrorId) -> Self {
        Self::new(Outcome::of(class, error))
    }
}

/// A request that a party is about to make.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    pub operation: Operation,
    pub journey: JourneyRef,
    pub lineage: Lineage,
    pub content: ContentId,
    pub size: u32,
    pub path: PathId,
    pub batch: u32,
    pub site: u32,
    /// It, or something that led to it, was tried before.
    pub repeat: bool,
}

impl Request {
    /// A request that belongs to no journey.
    pub const fn background(operation: Operation) -> Self {
        Self {
            operation,
            journey: JourneyRef::NONE,
            lineage: Lineage::root(),
            content: ContentId::EMPTY,
            size: 0,
            path: PathId::NONE,
            batch: NONE,
            site: 0,
            repeat: false,
        }
    }
}

/// What a call site says beyond its operation; compiled once, shared by all calls made there.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameters {
    None,
    /// Lambda `Invoke` by a service whose own latency model already covers the way to the handler: no front-end overhead.
    Direct,
    /// A request to one route of an API.
    Route {
        index: u16,
    },
    /// SQS `SendMessage`: per-message delay, if it differs from the queue's.
    Send {
        delay: Option<Time>,
    },
    /// SQS `ReceiveMessage`: up to `maximum` messages; an empty queue answers after `wait` (0: short poll). `park` waits
    /// without end, as a poller does that would only ask again: the queue bills the empty answers arithmetically.
    Receive {
        maximum: u16,
        wait: Time,
        park: bool,
    },
    /// SQS `ChangeMessageVisibility`: hidden from now for this long.
    Visibility {
        timeout: Time,
    },
    /// DynamoDB item access: bytes of the item, attributes set by it (bits of the journey's items), attributes that
    /// must all be present for the reply's flag, the bit that records that one caller has passed, and attributes
    /// that must be absent.
    Item {
        bytes: u32,
        set: u64,
        all_of: u64,
        pass: u64,
        absent: u64,
        consistent: bool,
    },
}
