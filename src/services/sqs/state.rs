use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use crate::fabric::balance::LawId;
use crate::fabric::call::ErrorId;
use crate::fabric::deadline::Deadlines;
use crate::fabric::metric::{CounterId, LevelId, TimingId};
use crate::fabric::{CallId, ContentId, JourneyRef, LimiterId, PartyId, PathId};
use crate::kernel::{Lineage, Sampler, Slab, Time};

use super::shards::{SHARDS_MAX, Shards};
use super::usage::Usage;

/// A standard queue at work.
#[derive(Debug)]
pub struct Queue {
    pub(super) plan: Plan,
    pub(super) probes: Probes,
    pub(super) usage: Usage,
    pub(super) messages: Slab<Message>,
    pub(super) visible: Shards,
    /// When those messages were first sent that have come from another queue: their retention counts from there.
    pub(super) sent_before: FxHashMap<u32, Time>,
    /// When messages in flight become visible again; keyed by entry and receipt.
    pub(super) visibility: Deadlines,
    /// When messages are too old; keyed by entry and birth. In order of arrival, so its front is the oldest message.
    pub(super) retention: Deadlines,
    /// Timers of single messages that differ from the queue's constant delays.
    pub(super) singles: Slab<Single>,
    /// The single timer that decides about a message in flight whose visibility was changed, by entry.
    pub(super) changed: FxHashMap<u32, u32>,
    pub(super) waiting: Waiting,
    /// Messages on their way to the dead-letter queue.
    pub(super) moves: Slab<Move>,
    /// The source of births and receipts: no two states of messages of this queue share one.
    pub(super) stamp: u32,
    /// Calls handled so far; keys the draws of calls that belong to no journey.
    pub(super) handled: u64,
    pub(super) sampling: bool,
}

/// The numbers of a queue.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub visible_after: Time,
    pub delay: Time,
    pub visibility_timeout: Time,
    pub retention: Time,
    pub message_bytes_max: u64,
    pub redrive: Option<Redrive>,
    /// Messages at the start of the run, and the size of each.
    pub initial: Option<(u64, u32)>,
    pub in_flight: LimiterId,
    pub over_limit: ErrorId,
    /// Probability that a delete misses a copy.
    pub duplicates: f64,
    pub send: Sampler,
    pub receive: Sampler,
    pub delete: Sampler,
    /// From a message's visibility until a parked receiver has it.
    pub delivery: Sampler,
    /// Whether messages received three times leave CloudWatch's age metric.
    pub hides_poison: bool,
}

/// Where messages go that have been received too often.
#[derive(Clone, Copy, Debug)]
pub(super) struct Redrive {
    pub party: PartyId,
    pub site: u32,
    pub receives_max: u16,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub sent: CounterId,
    pub received: CounterId,
    pub empty_receives: CounterId,
    pub deleted: CounterId,
    pub stale_deletes: CounterId,
    pub duplicates: CounterId,
    pub expired: CounterId,
    pub dead_lettered: CounterId,
    pub dead_letters_kept: CounterId,
    pub redelivered: CounterId,
    pub over_limit: CounterId,
    pub starved: CounterId,
    pub too_large: CounterId,
    pub visible: LevelId,
    pub in_flight: LevelId,
    pub delayed: LevelId,
    /// On their way into the queue, or out of it to its dead-letter queue.
    pub moving: LevelId,
    pub oldest: LevelId,
    pub oldest_shown: LevelId,
    pub age: TimingId,
    /// Time from arrival in this queue to the end.
    pub time: LawId,
}

/// Where a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Sent, not yet to be seen by receives.
    Arriving,
    /// Hidden by a delay that was asked for.
    Delayed,
    Visible,
    InFlight,
    /// On its way to the dead-letter queue.
    Moving,
    /// Expired while its timer was under way: removed when that goes off.
    Gone,
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub journey: JourneyRef,
    pub lineage: Lineage,
    /// When it came into this queue, which is when it was sent unless it came from another one: ages count from here.
    pub arrived_at: Time,
    pub content: ContentId,
    pub size: u32,
    pub path: PathId,
    /// Tells it from earlier messages of the same entry.
    pub born: u32,
    /// Changes with every state: a receive's copy is current while its receipt is.
    pub receipt: u32,
    pub receives: u16,
    pub tags: Tags,
    pub state: State,
}

const _: () = assert!(size_of::<Message>() == 48);

/// What never changes of a message, in one byte: the server that keeps it, and two flags.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tags(u8);

const HELD: u8 = 1 << 6;
const REPEAT: u8 = 1 << 7;
const _: () = assert!(SHARDS_MAX <= HELD as u64);

impl Tags {
    pub fn new(shard: u8, held: bool, repeat: bool) -> Self {
        Self(shard | if held { HELD } else { 0 } | if repeat { REPEAT } else { 0 })
    }

    pub fn shard(self) -> u8 {
        self.0 & (HELD - 1)
    }

    /// The message is an open share of its journey; dead letters are not.
    pub fn held(self) -> bool {
        self.0 & HELD != 0
    }

    /// What sent the message had been tried before.
    pub fn repeat(self) -> bool {
        self.0 & REPEAT != 0
    }
}

/// A timer of one message: (entry, birth or receipt).
#[derive(Clone, Copy, Debug)]
pub(super) struct Single {
    pub entry: u32,
    pub stamp: u32,
}

/// A message on its way to the dead-letter queue, and the batch that carries it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Move {
    pub entry: u32,
    pub batch: u32,
}

/// Receives that wait for a message.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    pub receivers: Slab<Receiver>,
    /// Receivers in the order in which they came: index and serial number. May name some that are gone.
    order: VecDeque<(u32, u32)>,
    serial: u32,
    /// One queue of deadlines per wait that occurs.
    pub deadlines: Vec<Deadlines>,
    /// A timer is under way that looks at the receivers again.
    pub rechecking: bool,
}

/// A receive that waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receiver {
    pub call: CallId,
    pub since: Time,
    pub maximum: u16,
    /// Which deadlines end its wait; nothing for a parked receiver, which waits as if it asked again and again.
    pub deadlines: Option<u16>,
    pub serial: u32,
}

/// Names of receivers that are gone are swept when there are more of them than this and than of the others.
const GONE_MAX: usize = 32;

impl Waiting {
    /// Adds a receiver behind the others and returns its index.
    pub fn push(&mut self, call: CallId, since: Time, maximum: u16, deadlines: Option<u16>) -> u32 {
        self.serial = self.serial.wrapping_add(1);
        let index = self.receivers.insert(Receiver { call, since, maximum, deadlines, serial: self.serial });
        self.order.push_back((index, self.serial));
        if self.order.len() > 2 * self.receivers.len() + GONE_MAX {
            let receivers = &self.receivers;
            self.order.retain(|(index, serial)| receivers.get(*index).is_some_and(|found| found.serial == *serial));
        }
        index
    }

    /// The receiver that has waited longest.
    pub fn front(&mut self) -> Option<u32> {
        while let Some((index, serial)) = self.order.front().copied() {
            if self.receivers.get(index).is_some_and(|found| found.serial == serial) {
                return Some(index);
            }
            self.order.pop_front();
        }
        None
    }

    /// The index of the deadlines with this delay, made now if they are new.
    pub fn deadline(&mut self, delay: Time) -> u16 {
        let known = self.deadlines.iter().position(|known| known.delay == delay);
        let place = known.unwrap_or_else(|| {
            self.deadlines.push(Deadlines::new(delay));
            self.deadlines.len() - 1
        });
        place as u16
    }
}
