//! What is billed: every API call, one request for each started 64 KB of what it carries. A batch is one call, an empty
//! receive is one, a delete of up to 10 messages is one. Moves by a redrive policy are free. Sources:
//! <https://aws.amazon.com/sqs/pricing/>, read 2026-11-23.

use crate::fabric::meter::MeterId;
use crate::fabric::{Builder, Context, JourneyRef};
use crate::kernel::{SECOND, Time};
use crate::pricing::metering::sqs_requests;

use super::state::Probes;

/// A receive waits at most this long, so that is how often a parked receiver asks again. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>, read 2026-11-23.
pub(super) const LONG_POLL: Time = 20 * SECOND;

/// The queue's meters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    requests: MeterId,
}

impl Usage {
    pub fn register(builder: &mut Builder) -> Self {
        Self { requests: builder.meter("sqs-requests-standard", 1) }
    }

    /// One call that carries so many bytes.
    pub fn call(self, context: &mut Context, bytes: u64, journey: JourneyRef) {
        context.meter(self.requests, sqs_requests(bytes), journey);
    }

    /// A receive that returned nothing.
    pub fn empty_receive(self, context: &mut Context, probes: &Probes) {
        context.count(probes.empty_receives, 1);
        context.meter(self.requests, 1, JourneyRef::NONE);
    }

    /// The empty receives of a receiver that asked from `since` to `until` without a pause: one per full long poll, at its end.
    /// With `last`, the poll under way at `until` comes back empty too.
    pub fn parked(self, context: &mut Context, probes: &Probes, since: Time, until: Time, last: bool) {
        let full = until.saturating_sub(since) / LONG_POLL;
        let polls = full + u64::from(last);
        let measured = match context.world.metrics.window() {
            // Polls 1 to `polls` end `LONG_POLL` apart; those that end in the window, its end included, count.
            Some((from, to)) => ended_by(since, to, polls) - ended_by(since, from, polls),
            None => 0,
        };
        context.count_afterwards(probes.empty_receives, measured);
        context.meter_afterwards(self.requests, measured, true);
        context.meter_afterwards(self.requests, polls - measured, false);
    }
}

/// How many of the first `polls` polls have ended by `time`.
fn ended_by(since: Time, time: Time, polls: u64) -> u64 {
    (time.saturating_sub(since) / LONG_POLL).min(polls)
}
