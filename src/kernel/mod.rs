//! The kernel: a clock, a total order of events, slabs, and keyed random draws. It knows no service.

pub mod calendar;
pub mod random;
pub mod sampler;
pub mod slab;

pub use calendar::{Calendar, Event, EventClass};
pub use random::{Draw, Lineage, Purpose, Streams};
pub use sampler::Sampler;
pub use slab::Slab;

/// Virtual time in nanoseconds since the start of the run.
pub type Time = u64;

/// One second of virtual time.
pub const SECOND: Time = 1_000_000_000;
/// One millisecond of virtual time.
pub const MILLISECOND: Time = 1_000_000;
