//! Limiters: token buckets and slots, each with a name, so that "throttled" is never the whole answer.

use crate::kernel::{SECOND, Time};

use super::demand::Demand;

/// Index of a limiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimiterId(pub u32);

/// What a limiter limits, for `limits.csv`.
#[derive(Clone, Debug)]
pub struct LimiterPlan {
    /// The service it belongs to, or the account.
    pub service: String,
    pub name: String,
    pub unit: String,
    pub kind: LimiterKind,
    /// Whether AWS raises the quota on request.
    pub adjustable: bool,
}

/// The two kinds of limiters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LimiterKind {
    /// `depth` tokens at most, refilled continuously at `per_second`.
    Bucket { per_second: f64, depth: f64 },
    /// At most so many at once.
    Slots { most: u64 },
}

/// Tokens are counted in millionths, so that continuous refill stays in integers.
const TOKEN: u64 = 1_000_000;

/// A limiter at work.
#[derive(Clone, Debug)]
pub struct Limiter {
    pub plan: LimiterPlan,
    state: State,
    /// Requests seen, refused and delayed in the measured window.
    pub asked: u64,
    pub refused: u64,
    pub delayed: u64,
    pub peak: u64,
    /// Tokens asked for.
    demand: Demand,
    /// Time-weighted occupancy of slots: nanoseconds at each level, in buckets of one level up to a bound.
    occupancy: Vec<u64>,
    occupied_since: Time,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Micro-tokens at `at`; refill in micro-tokens per second.
    Bucket {
        tokens: u64,
        at: Time,
        refill: u64,
        depth: u64,
    },
    Slots {
        used: u64,
        most: u64,
    },
}

const OCCUPANCY_LEVELS_MAX: u64 = 1 << 16;

impl Limiter {
    /// A full bucket, or slots that are all free.
    pub fn new(plan: LimiterPlan) -> Self {
        let state = match plan.kind {
            LimiterKind::Bucket { per_second, depth } => {
                let depth = (depth * TOKEN as f64) as u64;
                State::Bucket { tokens: depth, at: 0, refill: (per_second * TOKEN as f64) as u64, depth }
            }
            LimiterKind::Slots { most } => State::Slots { used: 0, most },
        };
        Self {
            plan,
            state,
            asked: 0,
            refused: 0,
            delayed: 0,
            peak: 0,
            demand: Demand::default(),
            occupancy: Vec::new(),
            occupied_since: 0,
        }
    }

    /// Takes `count` tokens or slots if they are there; otherwise takes nothing and says no.
    #[inline]
    pub fn try_take(&mut self, now: Time, count: u64) -> bool {
        self.asked += count;
        self.demand.add(now, count);
        let admitted = match &mut self.state {
            State::Bucket { .. } => {
                self.refill(now);
                match &mut self.state {
                    State::Bucket { tokens, .. } if *tokens >= count * TOKEN => {
                        *tokens -= count * TOKEN;
                        true
                    }
                    _ => false,
                }
            }
            State::Slots { used, most } => *used + count <= *most,
        };
        if !admitted {
            self.refused += count;
        } else if let State::Slots { used, .. } = self.state {
            self.occupy(now, used + count);
        }
        admitted
    }

    /// Whether `try_take` would succeed, without counting an attempt.
    pub fn has_room(&mut self, now: Time, count: u64) -> bool {
        self.refill(now);
        match self.state {
            State::Bucket { tokens, .. } => tokens >= count * TOKEN,
            State::Slots { used, most } => used + count <= most,
        }
    }

    /// Counts an attempt that is refused without asking: its owner has asked several limiters, and this one is the reason.
    pub fn refuse(&mut self, now: Time, count: u64) {
        self.asked += count;
        self.demand.add(now, count);
        self.refused += count;
    }

    /// Takes tokens in any case, going into debt, and returns how long the request must wait for its turn: the delaying
    /// quotas (EventBridge invocations, state transitions) queue instead of refusing.
    pub fn take_or_wait(&mut self, now: Time, count: u64) -> Time {
        self.asked += count;
        self.demand.add(now, count);
        self.refill(now);
        let State::Bucket { tokens, at, refill, .. } = &mut self.state else { return 0 };
        let wanted = count * TOKEN;
        // `at` lies in the future when earlier requests have already claimed coming tokens.
        if *at <= now && *tokens >= wanted {
            *tokens -= wanted;
            return 0;
        }
        let missing = wanted - *tokens;
        *tokens = 0;
        let wait = (u128::from(missing) * u128::from(SECOND)).div_ceil(u128::from((*refill).max(1))) as u64;
        *at = (*at).max(now) + wait;
        self.delayed += count;
        *at - now
    }

    /// Gives slots back.
    #[inline]
    pub fn give_back(&mut self, now: Time, count: u64) {
        if let State::Slots { used, .. } = self.state {
            debug_assert!(used >= count, "more slots given back than taken: {}", self.plan.name);
            self.occupy(now, used - count);
        }
    }

    /// Slots in use.
    pub fn used(&self) -> u64 {
        match self.state {
            State::Slots { used, .. } => used,
            State::Bucket { .. } => 0,
        }
    }

    /// Changes the quota from now on (timeline). A bucket keeps its depth in seconds, and at least one token.
    pub fn set_quota(&mut self, now: Time, quota: f64) {
        self.refill(now);
        match (&mut self.state, self.plan.kind) {
            (State::Bucket { refill, depth, tokens, .. }, LimiterKind::Bucket { per_second, depth: planned }) => {
                let seconds = if per_second > 0.0 { planned / per_second } else { 1.0 };
                *refill = (quota * TOKEN as f64) as u64;
                *depth = ((quota * seconds * TOKEN as f64) as u64).max(TOKEN);
                *tokens = (*tokens).min(*depth);
            }
            (State::Slots { most, .. }, _) => *most = quota as u64,
            (State::Bucket { .. }, LimiterKind::Slots { .. }) => unreachable!("a limiter's state is of its plan's kind"),
        }
    }

    /// Changes the number of slots by so many: others have taken them out of a shared pool, or given them back.
    pub fn change_slots(&mut self, change: i64) {
        if let State::Slots { most, .. } = &mut self.state {
            *most = most.saturating_add_signed(change);
        }
    }

    /// Gives a bucket another rate and depth from now on; the tokens at hand stay, as far as they fit. Slots are left alone.
    pub fn set_bucket(&mut self, now: Time, per_second: f64, depth: f64) {
        self.refill(now);
        if let State::Bucket { refill, depth: deepest, tokens, .. } = &mut self.state {
            *refill = (per_second * TOKEN as f64) as u64;
            *deepest = (depth * TOKEN as f64) as u64;
            *tokens = (*tokens).min(*deepest);
            self.plan.kind = LimiterKind::Bucket { per_second, depth };
        }
    }

    /// Forgets what was counted during warm-up; tokens and slots stay as they are.
    pub fn begin_measuring(&mut self, now: Time) {
        self.asked = 0;
        self.refused = 0;
        self.delayed = 0;
        self.demand = Demand::starting(now);
        self.peak = self.used();
        self.occupancy.clear();
        self.occupied_since = now;
    }

    /// The quota as listed: tokens per second, or slots.
    pub fn quota(&self) -> f64 {
        match self.plan.kind {
            LimiterKind::Bucket { per_second, .. } => per_second,
            LimiterKind::Slots { most } => most as f64,
        }
    }

    /// Peak use: the highest 10 s mean demand per second of a bucket, or the most slots in use at once.
    pub fn peak_use(&self, now: Time) -> f64 {
        match self.state {
            State::Bucket { .. } => self.demand.peak_per_second(now),
            State::Slots { .. } => self.peak as f64,
        }
    }

    /// What the quota is held against to estimate the load at which the limiter binds: the highest 10 s mean demand, or the
    /// 99.9th percentile of time-weighted use.
    pub fn high_use(&self, now: Time) -> f64 {
        match self.state {
            State::Bucket { .. } => self.peak_use(now),
            State::Slots { used, .. } => {
                let (last, open) = (used.min(OCCUPANCY_LEVELS_MAX) as usize, now.saturating_sub(self.occupied_since));
                let time_at =
                    |level: usize| self.occupancy.get(level).copied().unwrap_or(0) + if level == last { open } else { 0 };
                let mut above = (self.occupancy.iter().sum::<u64>() + open) / 1000;
                let mut level = self.occupancy.len().max(if open > 0 { last + 1 } else { 0 });
                while level > 0 && time_at(level - 1) <= above {
                    above -= time_at(level - 1);
                    level -= 1;
                }
                level.saturating_sub(1) as f64
            }
        }
    }

    #[inline]
    fn refill(&mut self, now: Time) {
        if let State::Bucket { tokens, at, refill, depth } = &mut self.state
            && now > *at
        {
            let (grown, whole) = growth(now - *at, *refill);
            if grown > 0 || *refill == 0 {
                // The remainder below one micro-token is kept by moving the mark only as far as whole micro-tokens go.
                let full = tokens.saturating_add(grown) >= *depth;
                *tokens = if full { *depth } else { *tokens + grown };
                *at = if full || *refill == 0 { now } else { *at + whole };
            }
        }
    }

    fn occupy(&mut self, now: Time, level: u64) {
        if let State::Slots { used, .. } = &mut self.state {
            let elapsed = now.saturating_sub(self.occupied_since);
            add_occupancy(&mut self.occupancy, *used, elapsed);
            self.occupied_since = now;
            *used = level;
            self.peak = self.peak.max(level);
        }
    }
}

/// Micro-tokens that `refill` a second make in `elapsed`, and how long it takes to make just as many.
#[inline]
fn growth(elapsed: Time, refill: u64) -> (u64, Time) {
    // In most cases both products fit into a word, which divides several times faster.
    if let Some(product) = elapsed.checked_mul(refill) {
        let grown = product / SECOND;
        return (grown, (grown * SECOND).div_ceil(refill.max(1)));
    }
    let grown = u128::from(elapsed) * u128::from(refill) / u128::from(SECOND);
    let whole = (grown * u128::from(SECOND)).div_ceil(u128::from(refill));
    (u64::try_from(grown).unwrap_or(u64::MAX), whole as Time)
}

fn add_occupancy(levels: &mut Vec<u64>, level: u64, elapsed: Time) {
    if elapsed == 0 {
        return;
    }
    let index = level.min(OCCUPANCY_LEVELS_MAX) as usize;
    if index >= levels.len() {
        levels.resize(index + 1, 0);
    }
    levels[index] += elapsed;
}

#[cfg(test)]
mod tests {
    use super::{Limiter, LimiterKind, LimiterPlan, SECOND};

    fn limiter(kind: LimiterKind) -> Limiter {
        Limiter::new(LimiterPlan { service: "s".into(), name: "n".into(), unit: "u".into(), kind, adjustable: true })
    }

    #[test]
    fn a_bucket_admits_its_depth_at_once_and_then_its_rate() {
        let mut bucket = limiter(LimiterKind::Bucket { per_second: 50.0, depth: 15.0 });
        let at_once = (0..100).filter(|_| bucket.try_take(0, 1)).count();
        assert_eq!(at_once, 15);
        // 10 ms apart for 10 s: 1,000 requests, 500 of which find a token.
        let later = (1..=1000).filter(|index| bucket.try_take(index * SECOND / 100, 1)).count();
        assert_eq!(later, 500);
        assert_eq!(bucket.refused, 85 + 500);
    }

    #[test]
    fn refill_never_exceeds_the_depth_and_loses_no_fraction() {
        let mut bucket = limiter(LimiterKind::Bucket { per_second: 3.0, depth: 2.0 });
        assert!(bucket.try_take(0, 2));
        assert!(bucket.try_take(1000 * SECOND, 2), "full again");
        assert!(!bucket.try_take(1000 * SECOND, 1), "but not more than full");
        // Asked every nanosecond-odd step, a third of a second still makes one token.
        let mut admitted = 0;
        for step in 1..=1_000_u64 {
            admitted += u64::from(bucket.try_take(1000 * SECOND + step * 7_777_777, 1));
        }
        assert_eq!(admitted, 7_777_777 * 1_000 * 3 / SECOND);
    }

    #[test]
    fn a_delaying_bucket_spaces_requests_at_its_rate() {
        let mut bucket = limiter(LimiterKind::Bucket { per_second: 10.0, depth: 1.0 });
        let waits: Vec<u64> = (0..4).map(|_| bucket.take_or_wait(0, 1) / (SECOND / 10)).collect();
        assert_eq!(waits, [0, 1, 2, 3]);
        assert_eq!(bucket.take_or_wait(SECOND / 10, 1) / (SECOND / 10), 3);
    }

    #[test]
    fn a_bucket_with_another_rate_and_depth_keeps_its_tokens() {
        let mut bucket = limiter(LimiterKind::Bucket { per_second: 10.0, depth: 10.0 });
        assert!(bucket.try_take(0, 10));
        bucket.set_bucket(0, 100.0, 50.0);
        assert!(!bucket.try_take(0, 1), "a deeper bucket is not a fuller one");
        assert!(bucket.try_take(SECOND / 4, 25), "but it refills at the new rate");
        assert!(bucket.try_take(10 * SECOND, 50) && !bucket.try_take(10 * SECOND, 1), "up to the new depth");
        bucket.set_bucket(20 * SECOND, 1.0, 5.0);
        assert!(!bucket.has_room(20 * SECOND, 6) && bucket.has_room(20 * SECOND, 5), "a shallower one spills");
        assert_eq!(bucket.quota(), 1.0);
    }

    #[test]
    fn a_lower_quota_of_the_timeline_spills_what_no_longer_fits() {
        let mut bucket = limiter(LimiterKind::Bucket { per_second: 10.0, depth: 20.0 });
        bucket.set_quota(0, 2.0);
        assert!(bucket.has_room(0, 4) && !bucket.has_room(0, 5), "two seconds deep, as before");
        assert!(bucket.try_take(0, 4) && bucket.has_room(SECOND, 2) && !bucket.has_room(SECOND, 3));
    }

    #[test]
    fn slots_count_peak_and_time_weighted_use() {
        let mut slots = limiter(LimiterKind::Slots { most: 4 });
        assert!(slots.try_take(0, 1));
        assert!(slots.try_take(10, 3));
        assert!(!slots.try_take(10, 1));
        slots.give_back(20, 3);
        assert_eq!(slots.used(), 1);
        assert_eq!(slots.peak_use(20), 4.0);
        assert_eq!(slots.high_use(1_000_000), 1.0, "1 in use nearly all of the time: it binds at four times the load");
    }
}
