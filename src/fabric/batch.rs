//! Batches: copies of messages that travel together, each with its own journey and its own outcome.

use crate::kernel::{Lineage, Time};

use super::content::ContentId;
use super::journey::JourneyRef;
use super::path::PathId;

/// A copy of a message as a receive hands it out.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    pub journey: JourneyRef,
    pub lineage: Lineage,
    pub content: ContentId,
    pub size: u32,
    pub path: PathId,
    /// The queue entry and its generation: stale once the message is visible again.
    pub entry: u32,
    pub receipt: u32,
    /// The record's own outcome, set by the handler.
    pub failed: bool,
    /// How often the message has been received, this time included.
    pub receives: u16,
    /// It was received before, or something that led to it was tried before.
    pub repeat: bool,
}

const _: () = assert!(size_of::<Record>() == 40);

/// Records that travel together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub records: Vec<Record>,
    /// When they were received together; of a message that moves to a dead-letter queue, when it was first sent. Nobody asks it
    /// of other batches.
    pub since: Time,
    /// Who names it in a call keeps it: the callee reads it only.
    pub kept: bool,
}

impl Batch {
    /// Records for whoever gets them.
    pub fn of(records: Vec<Record>) -> Self {
        Self { records, since: 0, kept: false }
    }

    /// Bytes of all records.
    pub fn size(&self) -> u64 {
        self.records.iter().map(|record| u64::from(record.size)).sum()
    }
}
