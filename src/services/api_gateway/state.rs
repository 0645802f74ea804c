use crate::fabric::balance::LawId;
use crate::fabric::call::ErrorId;
use crate::fabric::deadline::Deadlines;
use crate::fabric::meter::MeterId;
use crate::fabric::metric::{CounterId, LevelId, TimingId};
use crate::fabric::{CallId, LimiterId};
use crate::kernel::{Sampler, Slab, Time};

use super::config::Protocol;
use super::integration::Integration;

/// An API at work.
#[derive(Debug)]
pub struct ApiGateway {
    pub(super) routes: Vec<Integration>,
    /// One queue of deadlines for each different time-out.
    pub(super) deadlines: Vec<Deadlines>,
    pub(super) stage: Stage,
    pub(super) account: LimiterId,
    pub(super) latency: Sampler,
    pub(super) pending: Slab<Pending>,
    /// Number of the last integration call: tells the users of one slot apart.
    pub(super) sequence: u32,
    pub(super) protocol: Protocol,
    pub(super) throttled_billed: bool,
    pub(super) meter: MeterId,
    pub(super) errors: Errors,
    pub(super) probes: Probes,
}

/// The stage's throttle.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    /// None while the stage has no limit of its own.
    pub limiter: Option<LimiterId>,
    pub burst: Option<f64>,
    pub overshoot: f64,
    /// The API's name, for the list of limits.
    pub name: String,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    /// The client's call.
    pub call: CallId,
    pub arrived_at: Time,
    pub route: u32,
    /// The call to the integration, once it has been made.
    pub integration: CallId,
    pub integrated_at: Time,
    pub sequence: u32,
}

/// Names of the errors that clients see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Errors {
    pub internal: ErrorId,
    pub bad_gateway: ErrorId,
    pub timed_out: ErrorId,
    pub too_many: ErrorId,
    pub too_large: ErrorId,
    pub not_found: ErrorId,
}

/// What is observed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probes {
    pub requests: CounterId,
    pub throttled_stage: CounterId,
    pub throttled_account: CounterId,
    pub succeeded: CounterId,
    pub errors_4xx: CounterId,
    pub errors_5xx: CounterId,
    pub internal: CounterId,
    pub bad_gateway: CounterId,
    pub timed_out: CounterId,
    pub in_flight: LevelId,
    pub latency: TimingId,
    pub integration: TimingId,
    /// Requests are open from their arrival to their answer.
    pub time: LawId,
}
