//! Load on disturbed services, as calls per first call.

use crate::fabric::load::Load as Pair;
use crate::fabric::metric::Bins;
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
        let ratio = |from: Time, to: Time| {
            let (calls, first) = (sum_between(&calls, from, to), sum_between(&first, from, to));
            (first > 0.0).then(|| calls / first)
        };
        let before = (times.from - times.warm_up).max(1) as f64 / SECOND as f64;
        let before_per_second = sum_between(&calls, times.warm_up, times.from) / before;
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
