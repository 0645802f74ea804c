//! Quantiles over replications, and over journeys of which some have not ended.

use super::histogram::Histogram;
use super::interval::{Interval, student_t_quantile};

/// A quantile wants at least this many observations beyond it, in expectation, before it is worth printing.
pub const MINIMUM_EXCEEDANCES: f64 = 10.0;

/// What can be said about a quantile.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantileValue {
    /// It is this.
    Value(f64),
    /// It falls among the unfinished, which are slower than everything that finished: more than this, the slowest of
    /// those.
    Beyond(f64),
    /// Nothing, for the reason given.
    Withheld(String),
}

/// The finished durations of one replication, and how many were still open at its end.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a> {
    pub finished: &'a Histogram,
    pub open: u64,
}

/// A quantile estimated from replications.
#[derive(Clone, Debug, PartialEq)]
pub struct QuantileEstimate {
    /// From all replications together.
    pub value: QuantileValue,
    /// Seldom symmetric about the value; its upper end is infinite when it falls among the unfinished. `None` when there is
    /// no value, or a single replication.
    pub interval: Option<Interval>,
    /// When the value is withheld for want of observations: how many, over all replications, would suffice.
    pub requests_needed: Option<u64>,
}

/// The quantile `q` of finished and open ones together, the open ones ranking slower than all others.
///
/// Withheld only if nothing finished; see [`quantile_over_replications`] for the rule on scarce observations.
pub fn quantile_with_open(finished: &Histogram, open: u64, q: f64) -> QuantileValue {
    let Some(slowest) = finished.max() else {
        return QuantileValue::Withheld(match open {
            0 => "there were none".to_owned(),
            _ => format!("none of the {open} has finished"),
        });
    };
    let count = finished.count();
    let rank = q.clamp(0.0, 1.0) * (count as f64 + open as f64);
    // A rank that only a rounding error has carried past the last finished one still belongs to it.
    if rank > count as f64 * (1.0 + 4.0 * f64::EPSILON) {
        return QuantileValue::Beyond(slowest as f64);
    }
    finished.value_at_rank(rank).map_or_else(|| QuantileValue::Beyond(slowest as f64), QuantileValue::Value)
}

/// The quantile `q` over replications: its value from all observations together, its interval at `confidence` from how much
/// the replications differ in their share of observations up to that value.
///
/// The share beyond `q` is uncertain by a Student-t half width over replications (as a ratio estimate, so that long replications
/// count for more), and the ends are the values at the shares so found: R. S. Woodruff, "Confidence intervals for medians
/// and other position measures", JASA 47 (1952). The interval reaches further where observations are thinner. A replication's own quantile is
/// not used: in short runs it is biased, and too much alike from one to the next. Where the upper share exceeds one, the end is the largest
/// observation, or unbounded if some are still open.
///
/// Withheld when fewer than `minimum_exceedances` observations, over all replications, are expected beyond the
/// quantile ([`MINIMUM_EXCEEDANCES`] is usual).
pub fn quantile_over_replications(samples: &[Sample], q: f64, confidence: f64, minimum_exceedances: f64) -> QuantileEstimate {
    let mut all = Histogram::new();
    let mut open = 0;
    for sample in samples {
        all.merge(sample.finished);
        open += sample.open;
    }
    let total = all.count() + open;
    let beyond = 1.0 - q.clamp(0.0, 1.0);
    // The tolerance absorbs that 1 - 0.9 is a little less than a tenth.
    if total > 0 && (total as f64 * beyond) < minimum_exceedances * (1.0 - 1e-9) {
        return too_few(total, q, beyond, minimum_exceedances);
    }
    let value = quantile_with_open(&all, open, q);
    let QuantileValue::Value(merged) = value else {
        return QuantileEstimate { value, interval: None, requests_needed: None };
    };
    let interval = share_half_width(samples, &all, q, total as f64, confidence).map(|half_width| {
        let at = |share: f64| match quantile_with_open(&all, open, share) {
            QuantileValue::Value(value) => value,
            QuantileValue::Beyond(_) | QuantileValue::Withheld(_) => f64::INFINITY,
        };
        Interval::between(merged, at(q - half_width), at(q + half_width))
    });
    QuantileEstimate { value, interval, requests_needed: None }
}

/// Half width of the interval of the share up to the quantile `q` of `all`; `None` with a single replication.
fn share_half_width(samples: &[Sample], all: &Histogram, q: f64, total: f64, confidence: f64) -> Option<f64> {
    let count = samples.len() as f64;
    if samples.len() < 2 {
        return None;
    }
    let (bucket, part) = all.place_of_rank(q * total)?;
    // What the replications have too many or too few up to the quantile; these add up to 0.
    let surplus = samples.iter().map(|sample| {
        let (before, inside) = sample.finished.before_and_in(bucket);
        before as f64 + part * inside as f64 - q * (sample.finished.count() + sample.open) as f64
    });
    let squares: f64 = surplus.map(|surplus| surplus * surplus).sum();
    let error = (squares * count / (count - 1.0)).sqrt() / total;
    Some(student_t_quantile(f64::midpoint(confidence, 1.0), count - 1.0) * error)
}

fn too_few(total: u64, q: f64, beyond: f64, minimum: f64) -> QuantileEstimate {
    let needed = (minimum / beyond * (1.0 - 1e-9)).ceil();
    let percent = format!("{:.6}", q * 100.0);
    let percent = percent.trim_end_matches('0').trim_end_matches('.');
    let (reason, requests_needed) = if needed.is_finite() {
        let reason = format!(
            "p{percent} of {total} rests on {:.1} slower ones, fewer than {minimum}; {needed} would suffice",
            total as f64 * beyond
        );
        (reason, Some(needed as u64))
    } else {
        (format!("no count of observations bounds p{percent}"), None)
    };
    QuantileEstimate { value: QuantileValue::Withheld(reason), interval: None, requests_needed }
}
