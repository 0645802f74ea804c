//! Any dependency that is not an AWS service: a payment provider, a database, a partner's API.
//!
//! Modelled: servers, a waiting room with a capacity that counts those in service, first-come-first-served order, service
//! times, retryable errors, business answers, and a rate limit that refuses. With exponential or other service times the
//! classic queues (M/M/c, M/G/1, M/M/c/K, M/G/infinity) are scenarios of this room, which is how the public path is
//! checked against theory. Its draws are keyed by journey and count of calls, so designs meet the same provider.
//!
//! Left out: other disciplines than first come, first served; connection set-up; a bill (bring your own provider's).

mod config;
mod events;
mod state;
#[cfg(test)]
mod tests;

pub use config::ExternalConfig;
pub use state::External;

use crate::fabric::{Builder, Declarer, LimiterKind, Operation, PartyId};
use crate::reader::Code;
use crate::results::SeriesKind;
use crate::units::Share;

use super::{Party, Room};

impl Room for ExternalConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let party = declarer.main_party(true);
        declarer.port(Operation::Request, party);
    }

    fn settable() -> &'static [&'static str] {
        External::SETTABLE
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::Request);
        let service = match crate::fabric::duration::sampler(&self.service_time) {
            Ok(sampler) => sampler,
            Err(message) => {
                builder.error(self.service_time.span(), Code::OutOfRange, message);
                return vec![(party, Party::Vacant)];
            }
        };
        let mut sum = 0.0;
        let answers = self.answers.iter().map(|(name, share)| {
            sum += share.0;
            (sum, builder.world.contents.intern(serde_json::json!({ "answer": name.value })))
        });
        let answers: Vec<_> = answers.collect();
        if let Some(first) = self.answers.keys().next()
            && (sum - 1.0).abs() > 1e-9
        {
            let name = builder.name();
            let message = format!("the answers of `{name}` add up to {}, not 100%", Share((sum * 1e9).round() / 1e9));
            builder.error(first.span, Code::OutOfRange, message);
        }
        let rate = self.rate_limit.map(|rate| {
            let per_second = rate.as_per_second();
            let depth = self.burst.map_or(per_second.max(1.0), |burst| burst.0 as f64);
            builder.limiter("rate_limit", "requests/s", LimiterKind::Bucket { per_second, depth }, false)
        });
        let probes = probes(builder);
        let room = External {
            servers: self.servers.map_or(u64::MAX, |servers| servers.0),
            capacity: self.capacity.map_or(u64::MAX, |capacity| capacity.0),
            service,
            errors: self.errors.map_or(0.0, |share| share.0),
            answers,
            rate,
            drop_when_abandoned: self.drop_when_abandoned,
            probes,
            queue: std::collections::VecDeque::new(),
            serving: crate::kernel::Slab::default(),
        };
        vec![(party, Party::External(Box::new(room)))]
    }
}

fn probes(builder: &mut Builder) -> state::Probes {
    let busy = builder.level("busy_servers", Some(SeriesKind::Concurrency));
    let waiting = builder.level("queue_length", Some(SeriesKind::Backlog));
    let requests = builder.counter_series("requests", SeriesKind::Throughput);
    let demand = builder.world.metrics.observe_rate(requests);
    let probes = state::Probes {
        requests,
        demand,
        queued: builder.counter("queued"),
        refused: builder.counter("refused_queue_full"),
        throttled: builder.counter("throttled_rate_limit"),
        failed: builder.counter_series("errors", SeriesKind::Failures),
        succeeded: builder.counter("succeeded"),
        dropped: builder.counter("dropped_abandoned"),
        busy,
        waiting,
        wait: builder.timing("queue_wait_ms"),
        service_time: builder.timing("service_time_ms"),
        waited: builder.law("requests in the queue", &[waiting]),
        served: builder.law("requests in service", &[busy]),
    };
    let ways = [probes.refused, probes.throttled, probes.failed, probes.succeeded, probes.dropped];
    builder.balance("requests", &[probes.requests], &ways, &[busy, waiting]);
    probes
}
