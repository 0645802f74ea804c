use crate::fabric::fan_out::FanOut;
use crate::fabric::hand_over::Destination;
use crate::fabric::metric::{CounterId, LevelId};
use crate::fabric::pattern::Pattern;
use crate::fabric::{LimiterId, PartyId};
use crate::kernel::Sampler;

use super::usage::Usage;
use super::watch::Watch;

/// A Classic bus at work. It keeps no event: what it accepts is at once with the hand-overs of its targets.
#[derive(Debug)]
pub struct EventBus {
    pub(super) rules: Vec<ActiveRule>,
    /// Targets of all rules, by index.
    pub(super) targets: Vec<Outlet>,
    pub(super) fan_out: FanOut,
    pub(super) maximum_size: u64,
    /// From the call until its answer.
    pub(super) put_events: Sampler,
    pub(super) quota: LimiterId,
    pub(super) watch: Watch,
    pub(super) usage: Usage,
    pub(super) probes: Probes,
}

/// A rule that is enabled.
#[derive(Debug)]
pub(super) struct ActiveRule {
    pub pattern: Pattern,
    /// Indices of its targets.
    pub targets: Vec<u16>,
    pub has_matched: bool,
}

/// A target as the bus sees it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outlet {
    /// The connection that delivers.
    pub hand_over: PartyId,
    /// The target is a bus itself.
    pub is_bus: bool,
    pub dead_letter: Option<Destination>,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub requests: CounterId,
    pub unmatched: CounterId,
    pub invocations: CounterId,
    pub throttled: CounterId,
    pub too_large: CounterId,
    pub refused_hops: CounterId,
    pub idle_rules: LevelId,
}
