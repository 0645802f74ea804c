use crate::fabric::fan_out::FanOut;
use crate::fabric::metric::CounterId;
use crate::fabric::pattern::FilterPolicy;
use crate::fabric::{LimiterId, PartyId};
use crate::kernel::Sampler;

use super::usage::Usage;

/// A standard topic at work. It keeps no message: what it accepts is at once with the hand-overs of its subscriptions.
#[derive(Debug)]
pub struct Topic {
    pub(super) subscriptions: Vec<Outlet>,
    pub(super) fan_out: FanOut,
    /// Subscriptions whose filter reads the body.
    pub(super) body_filters: u64,
    pub(super) maximum_size: u64,
    /// From the call until its answer.
    pub(super) publish: Sampler,
    pub(super) quota: LimiterId,
    pub(super) usage: Usage,
    pub(super) probes: Probes,
}

/// A subscription as the topic sees it.
#[derive(Debug)]
pub(super) struct Outlet {
    /// The connection that delivers.
    pub hand_over: PartyId,
    pub endpoint: Endpoint,
    pub filter: Option<FilterPolicy>,
    /// The filter reads attributes, which events from a bus do not have.
    pub reads_attributes: bool,
}

/// What a subscription delivers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Function,
    Queue,
    Http,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub requests: CounterId,
    pub notifications: CounterId,
    pub filtered: CounterId,
    pub throttled: CounterId,
    pub too_large: CounterId,
}
