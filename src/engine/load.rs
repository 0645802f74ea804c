//! Load on disturbed services, as calls per first call.

use crate::fabric::load::Load as Pair;
use crate::fabric::series::Bins;
use crate::kernel::{SECOND, Time};
use crate::results::{CallerLoad, Estimate, Load};

use super::estimate::mean;
use super::replication::{Replication, sum_between};

/// First calls that a time bin must have on average before its amplification counts as a peak; bins are merged until they do.
const FIRST_CALLS_MIN: f64 = 30.0;

/// When a disturbance was on and when it was over in one replication, as far as the run knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub warm_up: Time,
    pub from: Time,
    pub to: Time,
    /// When it was over, or the end of the window.
    pub over: Time,
}

/// Services on which the load was watched and that were called in some replication, in the order of services.
pub(super) fn callees(replications: &[Replication]) -> Vec<u16> {
    let mut found: Vec<u16> =
        replications.iter().flat_map(|replication| replication.loads.iter().map(|pair| pair.callee)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The sum over all callers of a service, bin by bin.
pub(super) fn total(pairs: &[Pair], callee: u16, part: fn(&Pair) -> &Bins) -> Bins {
    let mut total = Bins::default();
    for bins in pairs.iter().filter(|pair| pair.callee == callee).map(part) {
        let mut bins = bins.clone();
        while bins.width < total.width {
            bins.coarsen();
        }
        while total.width < bins.width {
            total.coarsen();
        }
        total.sums.resize(total.sums.len().max(bins.sums.len()), 0);
        for (sum, more) in total.sums.iter_mut().zip(&bins.sums) {
            *sum += more;
        }
    }
    total
}

/// The load on a service while it was disturbed and after; `times` of each replication.
pub(super) fn load(replications: &[Replication], callee: u16, times: &[Times]) -> Option<Load> {
    let first = replications.first()?;
    let own: Vec<Own> =
        replications.iter().zip(times).map(|(replication, times)| Own::of(&replication.loads, callee, *times)).collect();
    let estimate = |value: fn(&Own) -> f64| mean(&own.iter().map(value).collect::<Vec<f64>>());
    let known = |value: fn(&Own) -> Option<f64>, otherwise: &str| {
        let values: Vec<f64> = own.iter().filter_map(value).collect();
        if values.is_empty() { Estimate { withheld: Some(otherwise.to_string()), ..Estimate::default() } } else { mean(&values) }
    };
    Some(Load {
        service: first.service_names[usize::from(callee)].clone(),
        before_per_second: estimate(|own| own.before_per_second),
        peak_per_second: estimate(|own| own.peak_per_second),
        amplification: known(|own| own.during, "nothing called it for the first time meanwhile"),
        amplification_after: known(
            |own| own.after,
            "nothing called it for the first time between the end of the disturbance and when it was over",
        ),
        amplification_peak: known(|own| own.peak, "too few calls to tell"),
        callers: callers(replications, callee, times),
    })
}

fn callers(replications: &[Replication], callee: u16, times: &[Times]) -> Vec<CallerLoad> {
    let mut names: Vec<u16> = Vec::new();
    for pair in replications.iter().flat_map(|replication| &replication.loads).filter(|pair| pair.callee == callee) {
        if !names.contains(&pair.caller) {
            names.push(pair.caller);
        }
    }
    names.sort_unstable();
    let sums = |caller: u16, part: fn(&Pair) -> &Bins| {
        let own = replications.iter().zip(times).map(|(replication, times)| {
            let pairs = replication.loads.iter().filter(|pair| (pair.caller, pair.callee) == (caller, callee));
            pairs.map(|pair| sum_between(part(pair), times.from, times.over)).sum()
        });
        mean(&own.collect::<Vec<f64>>())
    };
    let mut made: Vec<CallerLoad> = names
        .into_iter()
        .map(|caller| CallerLoad {
            caller: replications[0].service_names[usize::from(caller)].clone(),
            calls: sums(caller, |pair| &pair.calls),
            first_calls: sums(caller, |pair| &pair.first),
        })
        .collect();
    made.sort_by(|left, right| right.calls.mean.unwrap_or(0.0).total_cmp(&left.calls.mean.unwrap_or(0.0)));
    made
}

/// What one replication shows.
struct Own {
    before_per_second: f64,
    peak_per_second: f64,
    during: Option<f64>,
    after: Option<f64>,
    peak: Option<f64>,
}

impl Own {
    fn of(pairs: &[Pair], callee: u16, times: Times) -> Self {
        let (mut calls, mut first) = (total(pairs, callee, |pair| &pair.calls), total(pairs, callee, |pair| &pair.first));
        while first.width < calls.width {
            first.coarsen();
        }
        // Where there is one, whole bins only: at the edges of a disturbance the two sides differ by much.
        let width = calls.width;
        let whole = |from: Time, to: Time| {
            let (begin, end) = (from.next_multiple_of(width), to - to % width);
            if begin < end { (begin, end) } else { (from, to) }
        };
        let ratio = |from: Time, to: Time| {
            let (from, to) = whole(from, to);
            let (calls, first) = (sum_between(&calls, from, to), sum_between(&first, from, to));
            (first > 0.0).then(|| calls / first)
        };
        let (begin, end) = whole(times.warm_up, times.from);
        let before_per_second = sum_between(&calls, begin, end) / ((end - begin).max(1) as f64 / SECOND as f64);
        let (during, after) = (ratio(times.from, times.to), ratio(times.to, times.over));
        let inside = |bins: &Bins| (times.from.div_ceil(bins.width) as usize, (times.over / bins.width) as usize);
        let busiest = highest(&calls, inside(&calls), |sum, _| sum as f64);
        let peak_per_second = busiest * SECOND as f64 / calls.width as f64;
        let enough = |bins: &Bins| {
            sum_between(bins, times.from, times.over) * bins.width as f64 >= FIRST_CALLS_MIN * (times.over - times.from) as f64
        };
        while !enough(&first) && first.sums.len() > 1 {
            calls.coarsen();
            first.coarsen();
        }
        let most = highest(&calls, inside(&calls), |sum, bin| match first.sums.get(bin) {
            Some(first) if *first > 0 => sum as f64 / *first as f64,
            _ => 0.0,
        });
        Self { before_per_second, peak_per_second, during, after, peak: (most > 0.0).then_some(most) }
    }
}

/// The highest value of the bins from one index up to another.
fn highest(bins: &Bins, (from, to): (usize, usize), value: impl Fn(u128, usize) -> f64) -> f64 {
    let shown = bins.sums.iter().enumerate().take(to).skip(from);
    shown.map(|(bin, sum)| value(*sum, bin)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::{Own, Pair, Times, total};
    use crate::fabric::series::Bins;
    use crate::kernel::SECOND;

    /// `each` first calls a second up to 40 s, and `times` as many calls from second 10 to 20.
    fn pair(caller: u16, each: u128, times: u128) -> Pair {
        let (mut calls, mut first) = (Bins::default(), Bins::default());
        for second in 0..40 {
            let factor = if (10..20).contains(&second) { times } else { 1 };
            calls.add(second * SECOND, each * factor);
            first.add(second * SECOND, each);
        }
        Pair { caller, callee: 7, calls, first }
    }

    #[test]
    fn callers_add_up_and_phases_are_told_apart() {
        let pairs = [pair(1, 40, 3), pair(2, 20, 1), Pair { callee: 8, ..pair(3, 1_000, 9) }];
        assert_eq!(total(&pairs, 7, |pair| &pair.calls).sums.iter().sum::<u128>(), 40 * 40 + 40 * 2 * 10 + 20 * 40);
        let times = Times { warm_up: 2 * SECOND, from: 10 * SECOND, to: 20 * SECOND, over: 30 * SECOND };
        let own = Own::of(&pairs, 7, times);
        assert_eq!(own.before_per_second, 60.0);
        assert_eq!((own.during, own.after), (Some((120.0 + 20.0) / 60.0), Some(1.0)));
        assert_eq!(own.peak, Some(140.0 / 60.0), "the bins of a second have first calls enough");
    }

    #[test]
    fn few_first_calls_are_put_together_before_a_peak_is_told() {
        // Two calls a second, and nine more in one of them: bins of 16 s have 32 first calls, and the one from 16 to 32 has 41 calls.
        let mut lone = pair(1, 2, 1);
        lone.calls.add(20 * SECOND, 9);
        let times = Times { warm_up: 0, from: 8 * SECOND, to: 24 * SECOND, over: 32 * SECOND };
        assert_eq!(Own::of(&[lone], 7, times).peak, Some(41.0 / 32.0));
        assert_eq!(Own::of(&[pair(1, 1, 9)], 7, times).peak, None, "no such bin lies within");
    }
}
