//! When journeys arrive.

use crate::fabric::{Context, Luck};
use crate::kernel::{SECOND, Time};

/// A source of arrival times. Times are keyed draws, so that two designs under the same seed see the same arrivals.
#[derive(Clone, Debug)]
pub enum Arrivals {
    /// A rate that changes at given times.
    Rates(Rates),
    /// Recorded times and how many arrive at each, or spread uniformly over the bin that begins there.
    Recorded { rows: Vec<(Time, u64)>, spread: Option<Time>, row: usize, within: u64, offsets: Vec<Time> },
}

/// Arrivals at piecewise constant rates.
#[derive(Clone, Debug)]
pub struct Rates {
    /// (from, arrivals per second), ascending; the first holds from zero.
    steps: Vec<(Time, f64)>,
    period: Option<Time>,
    poisson: bool,
    /// What the next arrival waits for: since when, and how much hazard is to be used up.
    wait: Option<(Time, f64)>,
    /// The step that was looked up last: from when and until when which rate holds.
    held: (Time, Time, f64),
}

impl Rates {
    /// Arrivals at the rates of `steps`, over and over if there is a period.
    pub fn new(steps: Vec<(Time, f64)>, period: Option<Time>, poisson: bool) -> Self {
        Self { steps, period, poisson, wait: None, held: (0, 0, 0.0) }
    }

    /// As [`Self::at`]; most arrivals fall into the step of the one before.
    #[inline]
    fn hold(&mut self, now: Time) -> (f64, Time) {
        let (from, until, rate) = self.held;
        if now >= from && now < until {
            return (rate, until);
        }
        let (rate, until) = self.at(now);
        self.held = (now, until, rate);
        (rate, until)
    }

    /// The rate at `now` and until when it holds.
    fn at(&self, now: Time) -> (f64, Time) {
        let (offset, base) = match self.period {
            Some(period) if period > 0 => (now % period, now - now % period),
            _ => (now, 0),
        };
        let place = self.steps.partition_point(|(from, _)| *from <= offset).max(1) - 1;
        let rate = self.steps[place].1;
        let end = match (self.steps.get(place + 1), self.period) {
            (Some((next, _)), _) => base + next,
            (None, Some(period)) => base + period,
            (None, None) => Time::MAX,
        };
        (rate, end)
    }

    /// Hazard that passes between two times.
    fn passed(&self, from: Time, to: Time) -> f64 {
        let (mut at, mut sum) = (from, 0.0);
        while at < to {
            let (rate, end) = self.at(at);
            let end = end.min(to);
            sum += rate * ((end - at) as f64 / SECOND as f64);
            at = end;
        }
        sum
    }

    /// The next arrival after `now`: unit hazard (or one, for constant spacing) used up at the rates on the way.
    fn next(&mut self, now: Time, hazard: f64) -> Option<Time> {
        let mut left = hazard;
        let mut at = now;
        for _ in 0..1_000_000 {
            let (rate, end) = self.hold(at);
            let needed = if rate > 0.0 { left / rate * SECOND as f64 } else { f64::INFINITY };
            if end == Time::MAX && needed.is_infinite() {
                return None;
            }
            if needed <= (end - at) as f64 {
                return Some(at.saturating_add(needed as Time));
            }
            left -= rate * ((end - at) as f64 / SECOND as f64);
            at = end;
        }
        None
    }
}

impl Arrivals {
    /// The time of arrival number `ordinal`, which comes at or after `now`.
    pub fn next(&mut self, context: &Context, key: u64, now: Time, ordinal: u64) -> Option<Time> {
        match self {
            Arrivals::Rates(rates) => {
                let draw = context.draw(Luck::Arrival, key, ordinal);
                let hazard = if rates.poisson {
                    -libm::log(draw.unit())
                } else if ordinal == 0 {
                    // The first of evenly spaced arrivals comes at a random phase.
                    draw.unit()
                } else {
                    1.0
                };
                rates.wait = Some((now, hazard));
                rates.next(now, hazard)
            }
            Arrivals::Recorded { rows, spread, row, within, offsets } => loop {
                let (time, count) = *rows.get(*row)?;
                if *within >= count {
                    *row += 1;
                    *within = 0;
                    continue;
                }
                if let Some(width) = *spread {
                    if *within == 0 {
                        *offsets = (0..count)
                            .map(|nth| (context.draw(Luck::Spread, key, ordinal + nth).unit() * width as f64) as Time)
                            .collect();
                        offsets.sort_unstable();
                    }
                    *within += 1;
                    return Some((time + offsets[*within as usize - 1]).max(now));
                }
                *within += 1;
                return Some(time.max(now));
            },
        }
    }

    /// Sets the rate of arrivals that have one; the answer is when the arrival that is due next comes at this rate.
    pub fn set_rate(&mut self, now: Time, rate: f64) -> Option<Time> {
        let Arrivals::Rates(rates) = self else { return None };
        let left = rates.wait.map(|(since, hazard)| (hazard - rates.passed(since, now)).max(0.0));
        rates.steps = vec![(0, rate)];
        rates.held = (0, 0, 0.0);
        rates.wait = left.map(|left| (now, left));
        rates.next(now, left?)
    }
}
