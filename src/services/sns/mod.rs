//! Amazon SNS, standard topics.
//!
//! Modelled: the account's publish quota, which counts messages and differs a hundredfold between Regions; the size limit;
//! a publish latency that does not depend on the number of subscriptions; filter policies on attributes or body;
//! deliveries to Lambda (its asynchronous queue), SQS and HTTP endpoints, each subscription by itself, with the documented
//! retries, with no retry after a permanent error, and with a dead-letter queue or loss at the end; what is billed.
//!
//! A delivery to a function has succeeded when Lambda's queue has the event: an error of the handler is Lambda's to retry
//! and never comes back here.
//!
//! Latency: publish to handler took 62 / 73 / 125 / 225 ms (p10 / p50 / p90 / p99; eu-west-1, September 2022, light load).
//! Lambda's asynchronous queue is part of that and has a median of about 42 ms (the same author's Step Functions rows,
//! asynchronous less synchronous). What is left for SNS is a floor of 20.5 ms plus a lognormal with median 8.5 ms and sigma
//! 1.2, found by least squares on the logarithms of the four percentiles of the sum; it counts from the publish call.
//! Deliveries to queues count from the call too: a publish latency plus the delivery's own.
//!
//! Left out: FIFO topics; the account's own limits on topics, subscriptions and filter policies; the JSON envelope that a queue gets without raw delivery, in size and in content; jitter of
//! retries; the 15 s after which a call to an HTTP endpoint counts as failed; arithmetic and geometric back-off of HTTP
//! endpoints; throttling policies; the lag before a changed filter works; the batch call (a batch counts, bills and travels
//! as its messages); encryption; email, SMS, push and Firehose; data protection.
//!
//! Sources, all read 2026-11-23: <https://docs.aws.amazon.com/general/latest/gr/sns.html> (quotas),
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>,
//! <https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html>,
//! <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html> (size), the sources of the filters in
//! `fabric::pattern`, and <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/> (latency).

mod config;
mod delivery;
mod events;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use config::SnsConfig;
pub use state::Topic;

use crate::fabric::fan_out::FanOut;
use crate::fabric::hand_over::{self, Destination, HandOver, Policy};
use crate::fabric::pattern::FilterPolicy;
use crate::fabric::{Builder, Declarer, Operation, PartyId};
use crate::kernel::{Sampler, Time};
use crate::reader::{Code, Either, ScalarOr, Spanned};
use crate::results::SeriesKind;
use crate::units::Bytes;

use super::{Party, Room};
use config::Subscription;
use state::{Endpoint, Outlet, Probes};
use usage::Usage;

/// Message size that a topic accepts unless it is raised, and the most it can be raised to. Source: attribute
/// `MaximumMessageSize`, <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>, read 2026-11-23.
const SIZE_DEFAULT: Bytes = Bytes::kilobytes(256);
const SIZE_MIN: Bytes = Bytes::kilobytes(1);
const SIZE_MAX: Bytes = Bytes::megabytes(1);
/// Subscriptions of a topic that takes more than the default size; same source.
const SUBSCRIPTIONS_OF_LARGE_MAX: usize = 100;
/// Subscriptions with a filter policy; can be raised. Source: <https://docs.aws.amazon.com/general/latest/gr/sns.html>,
/// read 2026-11-23.
const FILTERS_MAX: f64 = 200.0;

impl Room for SnsConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let topic = declarer.main_party(false);
        declarer.port(Operation::Publish, topic);
        // One connection for each subscription, in order.
        for _ in &self.subscriptions {
            declarer.party();
        }
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::Publish);
        self.check(builder);
        let large = self.maximum_message_size.is_some_and(|size| size.value > SIZE_DEFAULT);
        let probes = builder.hand_over_probes();
        let (mut parties, mut outlets) = (Vec::new(), Vec::new());
        for (index, subscription) in self.subscriptions.values().enumerate() {
            let hand_over = party + 1 + index as PartyId;
            let built = build_subscription(builder, &full_form(subscription), hand_over, large, probes);
            parties.push((
                hand_over,
                built.map_or(Party::Vacant, |(outlet, connection)| {
                    outlets.push(outlet);
                    super::hand_over(connection)
                }),
            ));
        }
        let topic = Topic {
            body_filters: outlets.iter().filter(|outlet| outlet.filter.is_some() && !outlet.reads_attributes).count() as u64,
            subscriptions: outlets,
            fan_out: FanOut::new(builder.memo()),
            maximum_size: self.maximum_message_size.map_or(SIZE_DEFAULT, |size| size.value).0,
            publish: delivery::publish(builder),
            quota: delivery::limiter(builder),
            usage: Usage::new(builder),
            probes: Probes {
                requests: builder.counter_series("requests", SeriesKind::Throughput),
                notifications: builder.counter_series("notifications", SeriesKind::Throughput),
                filtered: builder.counter("notifications_filtered_out"),
                throttled: builder.counter_series("throttled_publish_quota", SeriesKind::Failures),
                too_large: builder.counter("refused_too_large"),
            },
        };
        // What the topic sends on is what its subscriptions have accepted.
        builder.balance_between("notifications", &[topic.probes.notifications], &[probes.accepted]);
        parties.push((party, Party::Topic(Box::new(topic))));
        parties
    }
}

impl SnsConfig {
    /// Limits of the topic as a whole.
    fn check(&self, builder: &mut Builder) {
        if let Some(size) = self.maximum_message_size {
            if size.value < SIZE_MIN || size.value > SIZE_MAX {
                builder.error(size.span, Code::OutOfRange, "a topic's messages are limited to between 1 KB and 1 MB");
            } else if size.value > SIZE_DEFAULT && self.subscriptions.len() > SUBSCRIPTIONS_OF_LARGE_MAX {
                let message = "a topic for messages above 256 KB has at most 100 subscriptions";
                builder.error(size.span, Code::Conflict, message);
            }
        }
        let mut filters = self.subscriptions.values().filter_map(|subscription| full_form(subscription).filter_policy);
        let most = builder.quota("sns.filter_policies_per_topic", FILTERS_MAX);
        if let Some(first_too_many) = filters.nth(most as usize) {
            let message = format!("a topic has at most {most} filter policies");
            let hint = "raise the quota `sns.filter_policies_per_topic`, or use a second topic";
            builder.diagnostics.error(first_too_many.span, Code::OutOfRange, message).hint(hint);
        }
    }
}

/// A subscription written as the name of its endpoint, in full.
fn full_form(subscription: &ScalarOr<String, Subscription>) -> Subscription {
    match &subscription.value {
        Either::Map(subscription) => subscription.clone(),
        Either::Scalar(endpoint) => Subscription {
            endpoint: Spanned { value: endpoint.clone(), span: subscription.span },
            filter_policy: None,
            filter_policy_scope: None,
            dead_letter: None,
            delivery_policy: None,
        },
    }
}

/// What the topic needs to know of a subscription, and the connection that delivers.
fn build_subscription(
    builder: &mut Builder,
    subscription: &Subscription,
    hand_over: PartyId,
    large: bool,
    probes: hand_over::Probes,
) -> Option<(Outlet, HandOver)> {
    let filter = build_filter(builder, subscription);
    let dead_letter = subscription.dead_letter.as_ref();
    let on_failure = dead_letter.and_then(|queue| builder.destination(queue, &[Operation::DeadLetter], "a dead-letter queue"));
    let (target, endpoint) = build_target(builder, subscription, large)?;
    let retries = match endpoint {
        Endpoint::Http => delivery::http_retries(builder, subscription.delivery_policy.as_ref()),
        _ => delivery::managed_retries(),
    };
    let policy = Policy {
        target,
        acceptance: Sampler::constant(0),
        delivery: delivery::delivery(builder, endpoint),
        after_failure: retries.clone(),
        after_throttle: retries,
        // The retries end by themselves.
        maximum_age: Time::MAX,
        on_failure,
        on_success: None,
        delivery_quota: None,
    };
    let reads_attributes = subscription.filter_policy_scope.map_or_else(Default::default, |scope| scope.value)
        == config::FilterPolicyScope::MessageAttributes;
    Some((Outlet { hand_over, endpoint, filter, reads_attributes }, HandOver::new(policy, probes)))
}

fn build_filter(builder: &mut Builder, subscription: &Subscription) -> Option<FilterPolicy> {
    let scope = subscription.filter_policy_scope;
    let Some(written) = &subscription.filter_policy else {
        if let Some(scope) = scope {
            builder.error(scope.span, Code::Unused, "`filter_policy_scope` means nothing without a `filter_policy`");
        }
        return None;
    };
    let scope = scope.map_or_else(Default::default, |scope| scope.value);
    FilterPolicy::parse(&written.to_json(), scope.into()).map_err(|problems| builder.pattern_errors(written, problems)).ok()
}

fn build_target(builder: &mut Builder, subscription: &Subscription, large: bool) -> Option<(Destination, Endpoint)> {
    let name = &subscription.endpoint;
    let wanted = [Operation::InvokeEvent, Operation::SendMessage, Operation::Request];
    let target = builder.destination(name, &wanted, "the endpoint of a subscription")?;
    let endpoint = match target.operation {
        Operation::InvokeEvent => Endpoint::Function,
        Operation::SendMessage => Endpoint::Queue,
        _ => Endpoint::Http,
    };
    let mistake = match endpoint {
        Endpoint::Http if large => {
            Some(("a topic for messages above 256 KB cannot deliver to an HTTP endpoint", "put a queue between them"))
        }
        Endpoint::Http if !builder.declared[name.value.as_str()].routes.is_empty() => {
            Some(("a subscription cannot name a route of an API", "subscribe the function behind the API"))
        }
        _ => None,
    };
    if let Some((message, hint)) = mistake {
        builder.diagnostics.error(name.span, Code::WrongReference, message).hint(hint);
        return None;
    }
    if endpoint != Endpoint::Http
        && let Some(policy) = &subscription.delivery_policy
    {
        let message = "a `delivery_policy` is for HTTP endpoints; retries to functions and queues cannot be changed";
        builder.error(policy.span, Code::Conflict, message);
    }
    Some((target, endpoint))
}
