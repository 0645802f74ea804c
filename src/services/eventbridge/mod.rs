//! Amazon EventBridge, custom event buses of the Classic kind (rules and targets).
//!
//! Modelled: the account's quota of PutEvents requests, which refuses, and its quota of invocations, which delays; both
//! differ 25-fold between Regions. Event patterns on the whole event; every target of every matching rule by itself;
//! retries over 24 hours with an event age and a number of attempts; no retry after a permanent error; a dead-letter queue
//! for each target (any SQS queue here is a standard one, as AWS demands), or loss. One hop from bus to bus: an event that a bus has forwarded goes to no third bus, nor back, and
//! the refused delivery is dead-lettered, as AWS does. Limits of rules, targets and patterns; what is billed.
//!
//! A delivery to a function has succeeded when Lambda's queue has the event: an error of the handler is Lambda's to retry
//! and never reaches the target's dead-letter queue.
//!
//! Latency: from PutEvents accepted to the target called, without Lambda's own queue, a lognormal with median 44 ms and
//! sigma 0.46: through a p90 of 80 ms (Amazon Key, 2,000 events/s, 2026) and a p99 of about 130 ms (AWS, August 2024). It
//! counts from the PutEvents call here, so a PutEvents latency is added to it. `latency_profile: 2023` and `2022` are older
//! measurements from call to handler (113 / 148 / 241 / 387 ms and 221 / 395 / 579 / 794 ms; p10 / p50 / p90 / p99) less
//! Lambda's queue with its median of about 42 ms: a floor of 49 ms plus a lognormal with median 53 ms and sigma 0.73, found
//! by least squares on the logarithms of the percentiles of the sum; and percentiles 45 ms below those measured.
//!
//! Left out: the new custom event bus (subscribers); several entries in one PutEvents call (a call is one entry, so it meets
//! the quota of requests earlier than batches would); archive and replay, Pipes, Scheduler, API destinations, input
//! transformers and the bytes that the envelope adds; other accounts and Regions; invocations of retries in the quota;
//! spontaneous duplicates; schema discovery; encryption. Whether what a bus forwards counts as a PutEvents request is not published; it does
//! here.
//!
//! Sources, all read 2026-11-23: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>,
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html> and, for the error of the second hop,
//! <https://pubudu.dev/posts/manage-amazon-eventbridge-bus-to-bus-recursive-message-passing/>; latency:
//! <https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/> and
//! <https://sysdesign-wiki.pages.dev/sources/2026-02-04-aws-amazon-key-eventbridge-event-driven-architecture/>.

mod config;
mod delivery;
mod events;
mod rules;
mod state;
#[cfg(test)]
mod tests;
mod usage;
mod watch;

pub use config::EventBridgeConfig;
pub use state::EventBus;

use crate::fabric::fan_out::FanOut;
use crate::fabric::{Builder, Declarer, Operation, PartyId};
use crate::reader::Code;
use crate::results::SeriesKind;
use crate::units::Bytes;

use super::{Party, Room};
use config::RuleState;
use delivery::Profile;
use state::Probes;
use usage::Usage;
use watch::Watch;

/// Bytes of a PutEvents request. Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>,
/// read 2026-11-23; 256 KB until January 2026.
const SIZE_MAX: Bytes = Bytes::megabytes(1);

impl Room for EventBridgeConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let bus = declarer.main_party(false);
        declarer.port(Operation::PutEvents, bus);
        // One connection for each target, in order.
        for rule in self.rules.values() {
            for target in &rule.targets {
                declarer.party();
                if rule.state == RuleState::Enabled {
                    declarer.forwards(rules::name(target), rule.event_pattern.to_json());
                }
            }
        }
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::PutEvents);
        let profile = self.profile(builder);
        let built = rules::build(builder, &self.rules, party + 1, profile);
        let (mut parties, accepted) = (built.connections, built.accepted);
        let bus = EventBus {
            rules: built.rules,
            targets: built.outlets,
            fan_out: FanOut::new(builder.memo()),
            maximum_size: SIZE_MAX.0,
            put_events: delivery::put_events(builder),
            quota: delivery::put_events_limiter(builder),
            watch: Watch::new(),
            usage: Usage::new(builder),
            probes: Probes {
                requests: builder.counter_series("requests", SeriesKind::Throughput),
                unmatched: builder.counter("events_unmatched"),
                invocations: builder.counter_series("invocations", SeriesKind::Throughput),
                throttled: builder.counter_series("throttled_put_events_quota", SeriesKind::Failures),
                too_large: builder.counter("refused_too_large"),
                refused_hops: builder.counter("refused_second_hop"),
                idle_rules: builder.level("rules_never_matched", None),
            },
        };
        // What the rules send on is what their targets' connections have accepted.
        builder.balance_between("invocations", &[bus.probes.invocations], &[accepted]);
        parties.push((party, Party::EventBus(Box::new(bus))));
        parties
    }
}

impl EventBridgeConfig {
    fn profile(&self, builder: &mut Builder) -> Profile {
        let Some(year) = self.latency_profile else { return Profile::Of2026 };
        Profile::of_year(year.value.0).unwrap_or_else(|| {
            let message = format!("there is no latency profile of {}", year.value.0);
            builder.diagnostics.error(year.span, Code::UnknownChoice, message).hint("the profiles are 2022, 2023 and 2026");
            Profile::Of2026
        })
    }
}
