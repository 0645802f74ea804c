//! Retry schedules: when the next attempt of a hand-over or of a client's call comes, if one comes at all.

use crate::kernel::{Draw, MILLISECOND, SECOND, Time};

use super::call::Class;

/// How a wait is randomised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    None,
    /// Uniform between zero and the nominal wait.
    Full,
    /// Uniform between half of the nominal wait and the nominal wait.
    Half,
}

/// Waits between attempts.
#[derive(Clone, Debug, PartialEq)]
pub enum Schedule {
    /// No second attempt.
    Never,
    /// These waits, then no more.
    Fixed(Vec<Time>),
    /// `base` x `rate`^n, at most `cap`, for `retries` retries.
    Exponential { base: Time, rate: f64, cap: Time, retries: u32, jitter: Jitter },
    /// One schedule after another (Amazon SNS's delivery phases).
    Phases(Vec<(u32, Schedule)>),
}

impl Schedule {
    /// The wait before retry number `retry` (0 is the first retry), or `None` when no attempt is left.
    pub fn wait(&self, retry: u32, draw: Draw) -> Option<Time> {
        match self {
            Schedule::Never => None,
            Schedule::Fixed(waits) => waits.get(retry as usize).copied(),
            Schedule::Exponential { base, rate, cap, retries, jitter } => {
                if retry >= *retries {
                    return None;
                }
                let nominal = (*base as f64 * libm::pow(*rate, f64::from(retry.min(400)))).min(*cap as f64);
                Some(jittered(nominal, *jitter, draw))
            }
            Schedule::Phases(phases) => {
                let mut before = 0;
                for (count, schedule) in phases {
                    if retry < before + count {
                        return schedule.wait(retry - before, draw);
                    }
                    before += count;
                }
                None
            }
        }
    }

    /// The number of retries, when the schedule is followed to its end.
    pub fn retries(&self) -> u32 {
        match self {
            Schedule::Never => 0,
            Schedule::Fixed(waits) => waits.len() as u32,
            Schedule::Exponential { retries, .. } => *retries,
            Schedule::Phases(phases) => phases.iter().map(|(count, _)| count).sum(),
        }
    }
}

fn jittered(nominal: f64, jitter: Jitter, draw: Draw) -> Time {
    (match jitter {
        Jitter::None => nominal,
        Jitter::Full => nominal * draw.unit(),
        Jitter::Half => nominal * (0.5 + 0.5 * draw.unit()),
    }) as Time
}

/// A software development kit's retry behaviour.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html> and
/// <https://aws.amazon.com/blogs/developer/updated-default-retry-behavior-for-aws-sdks-and-tools/>, read 2026-11-23.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryProfile {
    pub maximum_attempts: u32,
    /// First wait after a transient failure, and after a throttle.
    pub transient_base: Time,
    pub throttle_base: Time,
    pub cap: Time,
    pub jitter: Jitter,
    /// Tokens of the client's retry quota, what a retry takes, and what a success without retry gives back.
    pub quota: Option<RetryQuota>,
}

/// The client-side token bucket that stops retry storms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryQuota {
    pub tokens: u32,
    pub transient_cost: u32,
    pub throttle_cost: u32,
    pub time_out_cost: u32,
}

impl RetryProfile {
    /// One attempt.
    pub const NONE: RetryProfile =
        RetryProfile { maximum_attempts: 1, transient_base: 0, throttle_base: 0, cap: 0, jitter: Jitter::None, quota: None };

    /// The default since 2026-11-10; DynamoDB clients have their own base and attempts.
    pub const fn standard_2026(dynamodb: bool) -> Self {
        Self {
            maximum_attempts: if dynamodb { 4 } else { 3 },
            transient_base: if dynamodb { 25 * MILLISECOND } else { 50 * MILLISECOND },
            throttle_base: SECOND,
            cap: 20 * SECOND,
            jitter: Jitter::Full,
            quota: Some(RetryQuota { tokens: 500, transient_cost: 14, throttle_cost: 5, time_out_cost: 14 }),
        }
    }

    /// The standard mode before 2026-11-10, with the figures of the Python and Rust kits.
    pub const PRE_2026_STANDARD: RetryProfile = RetryProfile {
        maximum_attempts: 3,
        transient_base: SECOND,
        throttle_base: SECOND,
        cap: 20 * SECOND,
        jitter: Jitter::Full,
        quota: Some(RetryQuota { tokens: 500, transient_cost: 5, throttle_cost: 5, time_out_cost: 10 }),
    };

    /// boto3's legacy mode; DynamoDB without jitter from 50 ms.
    pub const fn legacy(dynamodb: bool) -> Self {
        Self {
            maximum_attempts: if dynamodb { 10 } else { 5 },
            transient_base: if dynamodb { 50 * MILLISECOND } else { SECOND },
            throttle_base: if dynamodb { 50 * MILLISECOND } else { SECOND },
            cap: 20 * SECOND,
            jitter: if dynamodb { Jitter::None } else { Jitter::Full },
            quota: None,
        }
    }

    /// Retries without pause or bound on load: what a hand-written loop does.
    pub const fn naive(attempts: u32) -> Self {
        Self { maximum_attempts: attempts, transient_base: 0, throttle_base: 0, cap: 0, jitter: Jitter::None, quota: None }
    }

    /// Whether kits retry an outcome of this class at all.
    pub fn retries(class: Class) -> bool {
        matches!(class, Class::Throttled | Class::Unavailable | Class::TimedOut)
    }

    /// The wait before retry number `retry` (0 is the first).
    pub fn wait(&self, class: Class, retry: u32, draw: Draw) -> Time {
        let base = if class == Class::Throttled { self.throttle_base } else { self.transient_base };
        let nominal = (base as f64 * libm::exp2(f64::from(retry.min(40)))).min(self.cap as f64);
        jittered(nominal, self.jitter, draw)
    }

    /// Tokens that a retry after this class of outcome takes.
    pub fn cost(&self, class: Class) -> u32 {
        self.quota.map_or(0, |quota| match class {
            Class::Throttled => quota.throttle_cost,
            Class::TimedOut => quota.time_out_cost,
            _ => quota.transient_cost,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Jitter, RetryProfile, Schedule};
    use crate::fabric::call::Class;
    use crate::kernel::{Draw, MILLISECOND, SECOND};

    #[test]
    fn schedules_end_where_they_say() {
        let draw = Draw::from_bits(1 << 63);
        let exponential = Schedule::Exponential { base: SECOND, rate: 2.0, cap: 5 * SECOND, retries: 4, jitter: Jitter::None };
        let waits: Vec<_> = (0..6).map(|retry| exponential.wait(retry, draw).map(|wait| wait / SECOND)).collect();
        assert_eq!(waits, [Some(1), Some(2), Some(4), Some(5), None, None]);
        let phases = Schedule::Phases(vec![(1, Schedule::Fixed(vec![0])), (4, exponential)]);
        assert_eq!(phases.retries(), 5);
        assert_eq!(phases.wait(1, draw), Some(SECOND));
        assert_eq!(phases.wait(5, draw), None);
        assert_eq!(Schedule::Never.wait(0, draw), None);
    }

    #[test]
    fn the_2026_profile_pays_14_tokens_and_waits_50_ms_after_a_transient_failure() {
        let profile = RetryProfile::standard_2026(false);
        assert_eq!(profile.cost(Class::Unavailable), 14);
        assert_eq!(500 / profile.cost(Class::Unavailable), 35);
        assert_eq!(500 / profile.cost(Class::Throttled), 100);
        let half = Draw::from_bits(1 << 63);
        assert_eq!(profile.wait(Class::Unavailable, 0, half) / MILLISECOND, 25);
        assert_eq!(profile.wait(Class::Throttled, 1, half) / MILLISECOND, 1_000);
        assert!(!RetryProfile::retries(Class::Failed));
        let costs =
            |profile: RetryProfile| [Class::Unavailable, Class::Throttled, Class::TimedOut].map(|class| profile.cost(class));
        assert_eq!((costs(profile), costs(RetryProfile::PRE_2026_STANDARD)), ([14, 5, 14], [5, 5, 10]));
    }
}
