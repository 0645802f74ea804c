//! How long deliveries take, when they are tried again, and the quotas of the account.

use crate::fabric::build::Assumption;
use crate::fabric::retry::{Jitter, Schedule};
use crate::fabric::{Builder, LimiterId, LimiterKind};
use crate::kernel::{MILLISECOND, Sampler, Time};

const PUT_P50: Assumption = Assumption {
    name: "eventbridge.put_events_latency_p50",
    default: 15.0,
    unit: "ms",
    low: 8.0,
    high: 30.0,
    why: "AWS publishes no latency of PutEvents; estimate for a warm connection within the Region",
};
const PUT_P99: Assumption = Assumption {
    name: "eventbridge.put_events_latency_p99",
    default: 60.0,
    unit: "ms",
    low: 30.0,
    high: 200.0,
    why: "as eventbridge.put_events_latency_p50",
};
const DELIVERY_P50: Assumption = Assumption {
    name: "eventbridge.delivery_p50",
    default: 44.0,
    unit: "ms",
    low: 30.0,
    high: 62.0,
    why: "from PutEvents accepted to the target called; the lognormal through the published p90 of 80 ms and p99 of about 130 ms",
};
const DELIVERY_P99: Assumption = Assumption {
    name: "eventbridge.delivery_p99",
    default: 128.3,
    unit: "ms",
    low: 110.0,
    high: 200.0,
    why: "as eventbridge.delivery_p50",
};
const RETRY_BASE: Assumption = Assumption {
    name: "eventbridge.retry_base",
    default: 1.0,
    unit: "s",
    low: 0.1,
    high: 60.0,
    why: "AWS says exponential with jitter; the first wait is not published",
};
const RETRY_CAP: Assumption = Assumption {
    name: "eventbridge.retry_cap",
    default: 652.0,
    unit: "s",
    low: 480.0,
    high: 940.0,
    why: "the longest wait before jitter is not published; with this one 185 retries fill the documented 24 h",
};
const BURST: Assumption = Assumption {
    name: "eventbridge.burst",
    default: 1.0,
    unit: "s",
    low: 0.1,
    high: 5.0,
    why: "how many seconds' worth of the quotas of requests and invocations may come at once is not published",
};

/// Requests and invocations per second and account, by Region; both can be raised. Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>, read 2026-11-23.
fn quotas(region: &str) -> (f64, f64) {
    match region {
        "us-east-1" | "us-west-2" | "eu-west-1" => (10_000.0, 18_750.0),
        "us-east-2" | "eu-central-1" | "eu-south-2" => (2_400.0, 4_500.0),
        "us-west-1" | "ap-northeast-1" | "ap-southeast-1" | "ap-southeast-2" | "eu-west-2" => (1_200.0, 2_250.0),
        "ap-east-1" | "ap-northeast-2" | "ap-south-1" | "ca-central-1" | "eu-north-1" | "eu-west-3" | "sa-east-1" => {
            (600.0, 1_100.0)
        }
        _ => (400.0, 750.0),
    }
}

/// The limiter of PutEvents requests that all buses of the account share: it refuses.
pub(super) fn put_events_limiter(builder: &mut Builder) -> LimiterId {
    let default = quotas(&builder.region).0;
    limiter(builder, "eventbridge.put_events", "requests/s", default)
}

/// The limiter of invocations that all rules of the account share: it delays, and never refuses.
pub(super) fn invocations_limiter(builder: &mut Builder) -> LimiterId {
    let default = quotas(&builder.region).1;
    limiter(builder, "eventbridge.invocations", "invocations/s", default)
}

fn limiter(builder: &mut Builder, name: &str, unit: &str, default: f64) -> LimiterId {
    let per_second = builder.quota(name, default);
    let depth = (per_second * builder.assume(&BURST)).max(1.0);
    builder.account_limiter(name, unit, LimiterKind::Bucket { per_second, depth }, true)
}

/// From the PutEvents call to its answer.
pub(super) fn put_events(builder: &mut Builder) -> Sampler {
    builder.assume_latency(&PUT_P50, &PUT_P99)
}

/// From the PutEvents call to the first attempt at a target.
pub(super) fn delivery(builder: &mut Builder, profile: Profile) -> Sampler {
    match profile {
        Profile::Of2026 => {
            let after = builder.assume_latency(&DELIVERY_P50, &DELIVERY_P99);
            let put = put_events(builder);
            Sampler::sum(after.clone(), 1.0, put).unwrap_or(after)
        }
        Profile::Of2023 => after_update(),
        Profile::Of2022 => before_update(),
    }
}

/// A dated set of delivery latencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Profile {
    Of2026,
    Of2023,
    Of2022,
}

impl Profile {
    /// The profile of a year, if there is one.
    pub fn of_year(year: u64) -> Option<Self> {
        match year {
            2026 => Some(Self::Of2026),
            2023 => Some(Self::Of2023),
            2022 => Some(Self::Of2022),
            _ => None,
        }
    }
}

/// February 2023, after AWS's update: see the module's header for the measurement and what was taken off it.
pub(super) fn after_update() -> Sampler {
    let fallback = Sampler::constant(102 * MILLISECOND);
    Sampler::shifted_lognormal(49e6, 53e6, 0.73).unwrap_or(fallback)
}

/// September 2022, before it.
pub(super) fn before_update() -> Sampler {
    let fallback = Sampler::constant(351 * MILLISECOND);
    Sampler::quantiles(&[(0.1, 176e6), (0.5, 351e6), (0.9, 534e6), (0.99, 748e6)]).unwrap_or(fallback)
}

/// Retries of a delivery: so many, unless the event gets too old before.
pub(super) fn retries(builder: &mut Builder, attempts: u32) -> Schedule {
    let (base, cap) = (builder.assume_time(&RETRY_BASE), builder.assume_time(&RETRY_CAP));
    schedule(base, cap.max(base), attempts)
}

/// Waits that double from the base to the cap, each between half of its nominal length and all of it.
pub(super) fn schedule(base: Time, cap: Time, attempts: u32) -> Schedule {
    Schedule::Exponential { base, rate: 2.0, cap, retries: attempts, jitter: Jitter::Half }
}
