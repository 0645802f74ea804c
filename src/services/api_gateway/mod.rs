//! Amazon API Gateway: REST APIs (Regional) and HTTP APIs.
//!
//! Modelled: routes to functions (synchronous and, on REST APIs, asynchronous), direct integrations with SQS, EventBridge and
//! Step Functions, on REST APIs also with SNS and DynamoDB, and requests to externals; the token buckets of stage and account, in that
//! order (429); the integration time-out (504), after which the backend goes on and is billed; the API's own latency, spent
//! before the integration is called; the 10 MB limit of requests; billing per request (REST) or per 512 KB (HTTP).
//! API Gateway never retries. A throttled or unreachable function becomes 500, a failed one 502. An external's errors pass as
//! they are. A synchronous execution that failed becomes 500, as response templates usually have it.
//!
//! Sources, read 2026-11-23:
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html>.
//!
//! Left out: WebSocket APIs, caching, usage plans, throttling per method, authorisers, response streaming, edge-optimised and
//! private endpoints, the size limit of responses, connections that stay
//! idle for 310 s, quotas of routes, data transfer out.

mod config;
mod events;
mod integration;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use config::{ApiGatewayConfig, Protocol, RouteConfig};
pub use state::ApiGateway;

use crate::fabric::build::Assumption;
use crate::fabric::duration;
use crate::fabric::{Builder, Declarer, LimiterId, LimiterKind, Operation, PartyId};
use crate::kernel::{Sampler, Slab};
use crate::reader::Code;
use crate::results::SeriesKind;

use super::{Party, Room};
use state::{Errors, Probes, Stage};

/// Requests per second of an account in most Regions, and how many it takes at once: all APIs of the account share them.
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>, read 2026-11-23.
const ACCOUNT_THROTTLE: (f64, f64) = (10_000.0, 5_000.0);
/// The same in the smaller Regions.
const SMALL_ACCOUNT_THROTTLE: (f64, f64) = (2_500.0, 1_250.0);
/// Cape Town, Milan, Jakarta, UAE, Hyderabad, Melbourne, Spain, Zurich, Tel Aviv, Calgary, Malaysia, Thailand, Mexico. Source:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>, read 2026-11-23.
const SMALL_REGIONS: [&str; 13] = [
    "af-south-1",
    "eu-south-1",
    "ap-southeast-3",
    "me-central-1",
    "ap-south-2",
    "ap-southeast-4",
    "eu-south-2",
    "eu-central-2",
    "il-central-1",
    "ca-west-1",
    "ap-southeast-5",
    "ap-southeast-7",
    "mx-central-1",
];

const THROTTLE_OVERSHOOT: Assumption = Assumption {
    name: "api_gateway.throttle_overshoot",
    default: 0.0,
    unit: "",
    low: 0.0,
    high: 0.1,
    why: "throttling limits are targets and may be exceeded; by how much is not published",
};
const THROTTLED_BILLED: Assumption = Assumption {
    name: "api_gateway.throttled_billed",
    default: 0.0,
    unit: "",
    low: 0.0,
    high: 1.0,
    why: "whether requests that are refused with 429 are billed was not found stated",
};
const REST_P50: Assumption = Assumption {
    name: "api_gateway.rest_latency_p50",
    default: 12.0,
    unit: "ms",
    low: 5.0,
    high: 30.0,
    why: "only third parties report the own latency of REST APIs: 10 to 30 ms",
};
const REST_P99: Assumption = Assumption {
    name: "api_gateway.rest_latency_p99",
    default: 50.0,
    unit: "ms",
    low: 25.0,
    high: 200.0,
    why: "no percentiles of the own latency are published",
};
const HTTP_P50: Assumption = Assumption {
    name: "api_gateway.http_latency_p50",
    default: 6.0,
    unit: "ms",
    low: 2.0,
    high: 15.0,
    why: "HTTP APIs are said to be faster than REST APIs; by how much is not published",
};
const HTTP_P99: Assumption = Assumption {
    name: "api_gateway.http_latency_p99",
    default: 25.0,
    unit: "ms",
    low: 10.0,
    high: 100.0,
    why: "no percentiles of the own latency are published",
};

impl Room for ApiGatewayConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let party = declarer.main_party(false);
        declarer.port(Operation::Request, party);
        declarer.routes(self.routes.keys().cloned().collect());
    }

    fn settable() -> &'static [&'static str] {
        ApiGateway::SETTABLE
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::Request);
        let mut deadlines = Vec::new();
        let routes = self.routes.values().filter_map(|route| integration::build(builder, self.protocol, route, &mut deadlines));
        let routes: Vec<_> = routes.collect();
        if routes.len() < self.routes.len() {
            return vec![(party, Party::Vacant)];
        }
        let overshoot = 1.0 + builder.assume(&THROTTLE_OVERSHOOT);
        let account = account_throttle(builder, overshoot);
        let api = ApiGateway {
            routes,
            deadlines,
            stage: self.stage(builder, overshoot),
            account,
            latency: self.latency(builder),
            pending: Slab::default(),
            sequence: 0,
            protocol: self.protocol,
            throttled_billed: builder.assume(&THROTTLED_BILLED) >= 0.5,
            meter: usage::meter(builder, self.protocol),
            errors: Errors {
                internal: builder.error_name("InternalServerError"),
                bad_gateway: builder.error_name("BadGateway"),
                timed_out: builder.error_name("EndpointRequestTimedOut"),
                too_many: builder.error_name("TooManyRequestsException"),
                too_large: builder.error_name("RequestEntityTooLarge"),
                not_found: builder.error_name("NotFoundException"),
            },
            probes: probes(builder),
        };
        vec![(party, Party::ApiGateway(Box::new(api)))]
    }
}

impl ApiGatewayConfig {
    /// The stage's bucket. Without a limit of its own the stage asks nobody, but the timeline can still set one.
    fn stage(&self, builder: &mut Builder, overshoot: f64) -> Stage {
        let burst = self.throttling_burst_limit.map(|burst| burst.value.0 as f64);
        if let (Some(burst), None) = (&self.throttling_burst_limit, &self.throttling_rate_limit) {
            builder.error(burst.span, Code::Conflict, "`throttling_burst_limit` needs a `throttling_rate_limit`");
        }
        let limiter = self.throttling_rate_limit.map(|rate| {
            let per_second = rate.value.as_per_second() * overshoot;
            let depth = burst.unwrap_or(per_second.max(1.0));
            builder.limiter("stage_throttle", "requests/s", LimiterKind::Bucket { per_second, depth }, true)
        });
        Stage { limiter, burst, overshoot, name: builder.name() }
    }

    fn latency(&self, builder: &mut Builder) -> Sampler {
        let Some(spec) = &self.latency else {
            return match self.protocol {
                Protocol::Rest => builder.assume_latency(&REST_P50, &REST_P99),
                Protocol::Http => builder.assume_latency(&HTTP_P50, &HTTP_P99),
            };
        };
        duration::sampler(spec).unwrap_or_else(|message| {
            builder.error(spec.span(), Code::OutOfRange, message);
            Sampler::constant(0)
        })
    }
}

/// The bucket that all APIs of the account share in the Region.
fn account_throttle(builder: &mut Builder, overshoot: f64) -> LimiterId {
    let (rate, burst) = if SMALL_REGIONS.contains(&builder.region.as_str()) { SMALL_ACCOUNT_THROTTLE } else { ACCOUNT_THROTTLE };
    let per_second = builder.quota("api_gateway.account_throttle_rate", rate) * overshoot;
    let depth = builder.quota("api_gateway.account_throttle_burst", burst);
    builder.account_limiter("api_gateway.account_throttle", "requests/s", LimiterKind::Bucket { per_second, depth }, true)
}

fn probes(builder: &mut Builder) -> Probes {
    let in_flight = builder.level("requests_in_flight", Some(SeriesKind::Concurrency));
    let probes = Probes {
        requests: builder.counter_series("requests", SeriesKind::Throughput),
        throttled_stage: builder.counter("throttled_stage"),
        throttled_account: builder.counter("throttled_account"),
        succeeded: builder.counter("succeeded"),
        errors_4xx: builder.counter("errors_4xx"),
        errors_5xx: builder.counter_series("errors_5xx", SeriesKind::Failures),
        internal: builder.counter("errors_500_integration_unavailable"),
        bad_gateway: builder.counter("errors_502_function_failed"),
        timed_out: builder.counter("errors_504_integration_timed_out"),
        in_flight,
        latency: builder.timing("latency_ms"),
        integration: builder.timing("integration_latency_ms"),
        time: builder.law("requests", &[in_flight]),
    };
    let ways = [probes.succeeded, probes.errors_4xx, probes.errors_5xx];
    builder.balance("requests", &[probes.requests], &ways, &[in_flight]);
    probes
}
