//! How long deliveries take, and when they are tried again.

use crate::fabric::build::Assumption;
use crate::fabric::retry::{Jitter, Schedule};
use crate::fabric::{Builder, LimiterId, LimiterKind};
use crate::kernel::{SECOND, Sampler, Time};
use crate::reader::{Code, Spanned};
use crate::units::{Count, Duration};

use super::config::{BackoffFunction, DeliveryPolicy};
use super::state::Endpoint;

const PUBLISH_P50: Assumption = Assumption {
    name: "sns.publish_latency_p50",
    default: 15.0,
    unit: "ms",
    low: 8.0,
    high: 30.0,
    why: "AWS publishes no latency of Publish; estimate for a warm connection within the Region",
};
const PUBLISH_P99: Assumption = Assumption {
    name: "sns.publish_latency_p99",
    default: 60.0,
    unit: "ms",
    low: 30.0,
    high: 200.0,
    why: "as sns.publish_latency_p50",
};
/// Source: <https://github.com/aws/aws-sdk-js-v3/issues/2518>, read 2026-11-23: 5 to 10 of 190,000 calls a day took more
/// than 3 s.
const PUBLISH_SLOW: Assumption = Assumption {
    name: "sns.publish_slow_share",
    default: 3e-5,
    unit: "",
    low: 0.0,
    high: 5e-5,
    why: "one user's measurement of 2021: this share of calls took longer than 3 s; taken as 3 to 10 s",
};
const DELIVERY_P50: Assumption = Assumption {
    name: "sns.delivery_p50",
    default: 20.0,
    unit: "ms",
    low: 10.0,
    high: 40.0,
    why: "from the end of the publish call to the queue or HTTP endpoint; chosen so that SNS to SQS to Lambda lands near 45 ms",
};
const DELIVERY_P99: Assumption =
    Assumption { name: "sns.delivery_p99", default: 100.0, unit: "ms", low: 50.0, high: 300.0, why: "as sns.delivery_p50" };
const LAMBDA_FLOOR: Assumption = Assumption {
    name: "sns.lambda_delivery_floor",
    default: 20.5,
    unit: "ms",
    low: 10.0,
    high: 25.0,
    why: "calibrated: with Lambda's own queue (median about 42 ms) publish to handler has the published percentiles",
};
const LAMBDA_P50: Assumption = Assumption {
    name: "sns.lambda_delivery_p50",
    default: 29.0,
    unit: "ms",
    low: 20.0,
    high: 40.0,
    why: "as sns.lambda_delivery_floor; from the publish call to the function's queue",
};
const LAMBDA_P99: Assumption = Assumption {
    name: "sns.lambda_delivery_p99",
    default: 159.0,
    unit: "ms",
    low: 100.0,
    high: 250.0,
    why: "as sns.lambda_delivery_floor",
};
const PUBLISH_BURST: Assumption = Assumption {
    name: "sns.publish_burst",
    default: 1.0,
    unit: "s",
    low: 0.1,
    high: 5.0,
    why: "how many seconds' worth of the publish quota may come at once is not published",
};

/// Messages per second that an account may publish, by Region; can be raised. Source:
/// <https://docs.aws.amazon.com/general/latest/gr/sns.html>, read 2026-11-23.
fn publish_quota(region: &str) -> f64 {
    match region {
        "us-east-1" => 30_000.0,
        "us-west-2" | "eu-west-1" => 9_000.0,
        "us-east-2" | "us-west-1" | "ap-south-1" | "ap-northeast-1" | "ap-northeast-2" | "ap-southeast-1" | "ap-southeast-2"
        | "eu-central-1" => 1_500.0,
        _ => 300.0,
    }
}

/// The limiter that all topics of the account share. It counts messages, not calls.
pub(super) fn limiter(builder: &mut Builder) -> LimiterId {
    let default = publish_quota(&builder.region);
    let per_second = builder.quota("sns.publish", default);
    let depth = (per_second * builder.assume(&PUBLISH_BURST)).max(1.0);
    builder.account_limiter("sns.publish", "messages/s", LimiterKind::Bucket { per_second, depth }, true)
}

/// From the publish call to its answer: independent of the number of subscriptions. Source:
/// <https://github.com/localstack/localstack/issues/2928>, read 2026-11-23.
pub(super) fn publish(builder: &mut Builder) -> Sampler {
    let usual = builder.assume_latency(&PUBLISH_P50, &PUBLISH_P99);
    let share = builder.assume(&PUBLISH_SLOW);
    let slow = Sampler::uniform(3.0 * SECOND as f64, 10.0 * SECOND as f64);
    slow.and_then(|slow| Sampler::sum(usual.clone(), share, slow)).unwrap_or(usual)
}

/// From the publish call to the first attempt at an endpoint.
pub(super) fn delivery(builder: &mut Builder, endpoint: Endpoint) -> Sampler {
    if endpoint == Endpoint::Function {
        let (floor, p50, p99) = (builder.assume(&LAMBDA_FLOOR), builder.assume(&LAMBDA_P50), builder.assume(&LAMBDA_P99));
        return to_function(floor, p50, p99);
    }
    let after = builder.assume_latency(&DELIVERY_P50, &DELIVERY_P99);
    let publish = builder.assume_latency(&PUBLISH_P50, &PUBLISH_P99);
    Sampler::sum(after.clone(), 1.0, publish).unwrap_or(after)
}

/// A floor plus a lognormal through the median and the 99th percentile, all in milliseconds.
pub(super) fn to_function(floor: f64, p50: f64, p99: f64) -> Sampler {
    /// 99th percentile of the standard normal distribution.
    const Z99: f64 = 2.326_347_874_040_841;
    let floor = floor.clamp(0.0, p50.max(0.0));
    let above = p50 - floor;
    let sigma = if above > 0.0 { libm::log((p99 - floor).max(above) / above) / Z99 } else { 0.0 };
    let constant = Sampler::constant((p50.max(0.0) * 1e6) as Time);
    Sampler::shifted_lognormal(floor * 1e6, above.max(0.0) * 1e6, sigma).unwrap_or(constant)
}

/// Retries of deliveries to functions and queues: 3 at once, 2 a second apart, 10 that grow from 1 to 20 s, and 100,000
/// at 20 s: 100,015 over 23 days. The factor by which the ten grow is an assumption (equal factors), and the jitter is
/// left out because its size is not published. Source:
/// <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>, read 2026-11-23.
pub(super) fn managed_retries() -> Schedule {
    const LONGEST: Time = 20 * SECOND;
    /// 20 to the power of one ninth: ten waits from 1 s to 20 s.
    const FACTOR: f64 = 1.395;
    let growing = Schedule::Exponential { base: SECOND, rate: FACTOR, cap: LONGEST, retries: 10, jitter: Jitter::None };
    let steady = Schedule::Exponential { base: LONGEST, rate: 1.0, cap: LONGEST, retries: 100_000, jitter: Jitter::None };
    Schedule::Phases(vec![
        (3, Schedule::Fixed(vec![0; 3])),
        (2, Schedule::Fixed(vec![SECOND; 2])),
        (10, growing),
        (100_000, steady),
    ])
}

/// Retries of deliveries to an HTTP endpoint.
pub(super) fn http_retries(builder: &mut Builder, policy: Option<&Spanned<DeliveryPolicy>>) -> Schedule {
    let waits = http_waits(policy.map(|policy| policy.value).unwrap_or_default());
    Schedule::Fixed(waits.unwrap_or_else(|message| {
        builder.error(policy.map(|policy| policy.span).unwrap_or_default(), Code::InvalidValue, message);
        Vec::new()
    }))
}

/// The waits of a delivery policy, or what is wrong with it: 3, 20 s apart, unless it says otherwise; never more than 100,
/// nor over more than an hour. Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>, read
/// 2026-11-23.
pub(super) fn http_waits(policy: DeliveryPolicy) -> Result<Vec<Time>, String> {
    const RETRIES_MAX: u64 = 100;
    const TOTAL_MAX: Duration = Duration::seconds(3_600);
    const DELAY: Duration = Duration::seconds(20);
    let count = |count: Option<Count>, default: u64| count.map_or(default, |count| count.0);
    let retries = count(policy.num_retries, 3);
    let none = count(policy.num_no_delay_retries, 0);
    let at_least = count(policy.num_min_delay_retries, 0);
    let at_most = count(policy.num_max_delay_retries, 0);
    let fixed = none.saturating_add(at_least).saturating_add(at_most);
    let (first, last) = match (policy.min_delay_target, policy.max_delay_target) {
        (Some(first), Some(last)) => (first, last),
        (Some(first), None) => (first, first.max(DELAY)),
        (None, last) => (last.map_or(DELAY, |last| last.min(DELAY)), last.unwrap_or(DELAY)),
    };
    if retries > RETRIES_MAX {
        return Err(format!("a delivery policy has at most {RETRIES_MAX} retries"));
    }
    if fixed > retries {
        return Err(format!("the phases have {fixed} retries, more than the {retries} of `num_retries`"));
    }
    if first > last {
        return Err("`min_delay_target` is longer than `max_delay_target`".to_string());
    }
    let mut waits = vec![0; none as usize];
    waits.extend(vec![first.nanos(); at_least as usize]);
    waits.extend(growing(first.nanos(), last.nanos(), retries - fixed, policy.backoff_function.unwrap_or_default()));
    waits.extend(vec![last.nanos(); at_most as usize]);
    let total = waits.iter().fold(0_u64, |sum, wait| sum.saturating_add(*wait));
    if total > TOTAL_MAX.nanos() {
        return Err(format!("the retries take {:.0} s together; SNS allows an hour", Duration(total).as_seconds()));
    }
    Ok(waits)
}

/// `count` waits from the least to the greatest.
fn growing(least: Time, greatest: Time, count: u64, function: BackoffFunction) -> Vec<Time> {
    let steps = count.saturating_sub(1).max(1) as f64;
    let (from, to) = (least as f64, greatest as f64);
    let wait = |index: u64| {
        let share = index as f64 / steps;
        match function {
            BackoffFunction::Exponential if least > 0 => from * libm::pow(to / from, share),
            _ => from + (to - from) * share,
        }
    };
    (0..count).map(|index| wait(index).round() as Time).collect()
}
