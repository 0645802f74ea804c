//! Whether an invocation may begin, in the order in which Lambda asks: requests per second, concurrency, scaling rate.

use crate::fabric::build::Assumption;
use crate::fabric::limit::Limiter;
use crate::fabric::{Builder, Context, LimiterId, LimiterKind, LimiterPlan};

/// Requests per second for each unit of concurrency, of the account and of a reservation; synchronous requests only. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html>, read 2026-11-23.
const REQUESTS_PER_CONCURRENCY: f64 = 10.0;
/// Concurrent executions of an account in a Region, by default. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>, read 2026-11-23.
const CONCURRENT_EXECUTIONS: f64 = 1000.0;
/// Reservations must leave so much. Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>,
/// read 2026-11-23.
pub(super) const UNRESERVED_MIN: u64 = 100;
/// New environments of one function: 1,000 at once, refilled by 1,000 every 10 s. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html>, read 2026-11-23.
const SCALING: LimiterKind = LimiterKind::Bucket { per_second: 100.0, depth: 1000.0 };

const RATE_DEPTH: Assumption = Assumption {
    name: "lambda.requests_per_second_depth",
    default: 1.0,
    unit: "s",
    low: 0.1,
    high: 10.0,
    why: "how many requests may come at once under the limit of ten times the concurrency is not documented",
};

/// The name under which a function tells the others of its reservation.
pub(super) const RESERVED: &str = "reserved_concurrent_executions";

/// Why an invocation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    RequestsPerSecond,
    ReservedConcurrency,
    AccountConcurrency,
    ScalingRate,
}

/// The limiters of one function.
#[derive(Clone, Debug)]
pub(super) struct Admission {
    account_rate: LimiterId,
    unreserved: LimiterId,
    scaling: LimiterId,
    /// The reservation in force, if there is one.
    reserved: Option<u64>,
    /// Slots and rate of the reservation; they stay when it is lifted, for the next.
    own: Option<(LimiterId, LimiterId)>,
    rate_depth: f64,
}

/// Concurrent executions of the account.
pub(super) fn concurrent_executions(builder: &mut Builder) -> u64 {
    builder.quota("lambda.concurrent_executions", CONCURRENT_EXECUTIONS) as u64
}

/// Reservations of all functions up to and including service number `last`.
pub(super) fn reservations(builder: &Builder, last: u16) -> u64 {
    builder.declared.values().take(usize::from(last) + 1).filter_map(|declared| declared.facts.get(RESERVED)).sum()
}

impl Admission {
    pub(super) fn build(builder: &mut Builder, reserved: Option<u64>) -> Self {
        let account = concurrent_executions(builder);
        let unreserved = account.saturating_sub(reservations(builder, u16::MAX));
        let rate_depth = builder.assume(&RATE_DEPTH);
        let service = builder.name();
        let account_rate = builder.account_limiter("lambda.requests_per_second", "requests/s", rate(account, rate_depth), true);
        let slots = LimiterKind::Slots { most: unreserved };
        let unreserved = builder.account_limiter("lambda.unreserved_concurrency", "executions", slots, true);
        let scaling = builder.limiter("scaling_rate", "environments/s", SCALING, false);
        let own = reserved.map(|reserved| {
            let [slots, rate] = own_limiters(&service, reserved, rate_depth);
            (
                builder.limiter(&slots.name, &slots.unit, slots.kind, true),
                builder.limiter(&rate.name, &rate.unit, rate.kind, true),
            )
        });
        Self { account_rate, unreserved, scaling, reserved, own, rate_depth }
    }

    /// Takes a slot of concurrency; the answer is the limiter to give it back to.
    pub(super) fn enter(&self, context: &mut Context, synchronous: bool) -> Result<LimiterId, Refusal> {
        let own = self.own.filter(|_| self.reserved.is_some());
        if synchronous {
            if !context.admit(self.account_rate, 1) {
                return Err(Refusal::RequestsPerSecond);
            }
            if own.is_some_and(|(_, rate)| !context.admit(rate, 1)) {
                return Err(Refusal::RequestsPerSecond);
            }
        }
        let (slots, refusal) = match own {
            Some((slots, _)) => (slots, Refusal::ReservedConcurrency),
            None => (self.unreserved, Refusal::AccountConcurrency),
        };
        if context.admit(slots, 1) { Ok(slots) } else { Err(refusal) }
    }

    /// Whether one more environment may be created now.
    pub(super) fn scale(&self, context: &mut Context) -> bool {
        context.admit(self.scaling, 1)
    }

    /// Whether the function has been stopped by a reservation of nothing.
    pub(super) fn is_stopped(&self) -> bool {
        self.reserved == Some(0)
    }

    /// The timeline changes the reservation; the shared pool has so much less, or more.
    pub(super) fn reserve(&mut self, context: &mut Context, value: u64) {
        let now = context.now();
        let change = value as i64 - self.reserved.unwrap_or(0) as i64;
        context.limiter(self.unreserved).change_slots(-change);
        self.reserved = Some(value);
        if let Some((slots, rate)) = self.own {
            context.limiter(slots).set_quota(now, value as f64);
            context.limiter(rate).set_quota(now, per_second(value));
            return;
        }
        let service = context.world.service_name(context.service()).to_string();
        let [slots, rate] = own_limiters(&service, value, self.rate_depth).map(|plan| {
            context.world.limiters.push(Limiter::new(plan));
            LimiterId(context.world.limiters.len() as u32 - 1)
        });
        self.own = Some((slots, rate));
    }
}

/// Ten times the concurrency; a reservation of nothing is refused by its slots, so its rate may as well be that of one.
fn per_second(concurrency: u64) -> f64 {
    concurrency.max(1) as f64 * REQUESTS_PER_CONCURRENCY
}

fn rate(concurrency: u64, depth_seconds: f64) -> LimiterKind {
    let per_second = per_second(concurrency);
    LimiterKind::Bucket { per_second, depth: (per_second * depth_seconds).max(1.0) }
}

fn own_limiters(service: &str, reserved: u64, rate_depth: f64) -> [LimiterPlan; 2] {
    let plan = |name: &str, unit: &str, kind| LimiterPlan {
        service: service.to_string(),
        name: name.to_string(),
        unit: unit.to_string(),
        kind,
        adjustable: true,
    };
    [
        plan("reserved_concurrency", "executions", LimiterKind::Slots { most: reserved }),
        plan("requests_per_second", "requests/s", rate(reserved, rate_depth)),
    ]
}
