//! What SNS bills, and when.
//!
//! A publish is billed when it is accepted, one request for each started 64 KB. Deliveries are metered once for each
//! message and subscription when the topic hands them over; to functions and queues they cost nothing, to HTTP endpoints
//! one for each started 64 KB. Sources disagree on whether retries to HTTP endpoints are billed; they are not here.
//! Filters on the body bill the bytes they scan, for each subscription that has one, whether it matches or not.

use crate::fabric::meter::MeterId;
use crate::fabric::{Builder, Context, JourneyRef};
use crate::pricing::metering::sns_publish_requests;

use super::state::Endpoint;

/// Bytes in a GB of filtered payload. Whether AWS counts 2^30 or 10^9 is not published.
const BYTES_PER_GB: u64 = 1 << 30;

/// The billed dimensions of a topic.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    published: MeterId,
    to_function: MeterId,
    to_queue: MeterId,
    to_http: MeterId,
    scanned: MeterId,
}

impl Usage {
    /// Registers the dimensions for the service being built.
    pub fn new(builder: &mut Builder) -> Self {
        Self {
            published: builder.meter("sns-publish-standard", 1),
            to_function: builder.meter("sns-delivery-lambda", 1),
            to_queue: builder.meter("sns-delivery-sqs", 1),
            to_http: builder.meter("sns-delivery-http", 1),
            scanned: builder.meter("sns-filter-payload", BYTES_PER_GB),
        }
    }

    /// A message was accepted, and `filters` filters read its body.
    pub fn published(&self, context: &mut Context, journey: JourneyRef, size: u32, filters: u64) {
        context.meter(self.published, sns_publish_requests(u64::from(size)), journey);
        if filters > 0 {
            context.meter(self.scanned, u64::from(size) * filters, journey);
        }
    }

    /// A message was handed over to a subscription.
    pub fn delivered(&self, context: &mut Context, journey: JourneyRef, size: u32, endpoint: Endpoint) {
        match endpoint {
            Endpoint::Function => context.meter(self.to_function, 1, journey),
            Endpoint::Queue => context.meter(self.to_queue, 1, journey),
            Endpoint::Http => context.meter(self.to_http, sns_publish_requests(u64::from(size)), journey),
        }
    }
}
