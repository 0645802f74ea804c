use super::*;
use crate::stats::*;

#[test]
fn student_t_matches_published_tables() {
    let cases = [
        (0.975, 1.0, 12.706_204_736),
        (0.975, 2.0, 4.302_652_730),
        (0.975, 9.0, 2.262_157_163),
        (0.95, 9.0, 1.833_112_933),
        (0.995, 4.0, 4.604_094_871),
        (0.9995, 5.0, 6.868_826_626),
        (0.975, 29.0, 2.045_229_642),
        (0.975, 1000.0, 1.962_339_081),
        (0.75, 1.0, 1.0),
        (0.6, f64::INFINITY, 0.253_347_103),
    ];
    for (p, df, t) in cases {
        close(student_t_quantile(p, df), t, 1e-9, &format!("t of {df} at {p}"));
        close(student_t_quantile(1.0 - p, df), -t, 1e-8, &format!("t of {df} at 1 - {p}"));
        assert!((student_t_cdf(t, df) - p).abs() < 1e-9 && (student_t_cdf(-t, df) - (1.0 - p)).abs() < 1e-9);
    }
    assert_eq!(student_t_quantile(0.5, 3.0), 0.0);
    assert_eq!(student_t_quantile(1.0, 3.0), f64::INFINITY);
    assert_eq!(student_t_quantile(0.0, 3.0), f64::NEG_INFINITY);
    for (p, df) in [(1.5, 3.0), (0.9, 0.0), (0.9, -1.0), (f64::NAN, 3.0), (0.9, f64::NAN)] {
        assert!(student_t_quantile(p, df).is_nan(), "{p}, {df}");
    }
}

#[test]
fn an_interval_by_hand() {
    // Mean 5, variance 2.5, so the standard error of five values is sqrt(0.5); t of 4 at 97.5 % is 2.776445.
    let five = interval(&[3.0, 4.0, 5.0, 6.0, 7.0], 0.95);
    assert_eq!(five.mean, 5.0);
    close(five.half_width, 2.776_445_105 * 0.5_f64.sqrt(), 1e-9, "half width");
    assert_eq!((five.low, five.high), (5.0 - five.half_width, 5.0 + five.half_width));
    assert!(five.contains(3.1) && !five.contains(2.9) && five.is_bounded());
    close(five.relative_half_width().unwrap(), five.half_width / 5.0, 1e-12, "relative");
    assert!(interval(&[3.0, 7.0, 5.0], 0.99).half_width > interval(&[3.0, 7.0, 5.0], 0.9).half_width);
    let one = interval(&[4.0], 0.95);
    assert_eq!((one.mean, one.low, one.high, one.is_bounded()), (4.0, f64::NEG_INFINITY, f64::INFINITY, false));
    assert!(interval(&[], 0.95).mean.is_nan());
    assert_eq!(interval(&[0.1; 7], 0.95), Interval::around(0.1, 0.0));
    assert_eq!(interval(&[1.0, -1.0], 0.95).relative_half_width(), None);
}

/// The share of experiments whose interval holds the truth.
fn coverage(experiments: u64, truth: f64, estimate: impl Fn(u64) -> Interval) -> f64 {
    let hits = (0..experiments).filter(|&experiment| estimate(experiment).contains(truth)).count();
    hits as f64 / experiments as f64
}

#[test]
fn intervals_cover_as_often_as_they_say() {
    let share = coverage(4_000, 3.0, |experiment| {
        let means: Vec<f64> = (0..10).map(|index| 3.0 + 2.0 * normal(experiment, index)).collect();
        interval(&means, 0.95)
    });
    assert!((0.935..=0.965).contains(&share), "{share}");
}

#[test]
fn ratios_cover_as_often_as_they_say() {
    let share = coverage(4_000, 2.0, |experiment| {
        let below: Vec<f64> = (0..10).map(|index| 60.0 + 80.0 * draw(experiment, index).unit()).collect();
        let above: Vec<f64> = below.iter().zip(10..).map(|(d, index)| 2.0 * d + 15.0 * normal(experiment, index)).collect();
        ratio_interval(&above, &below, 0.95)
    });
    assert!((0.935..=0.965).contains(&share), "{share}");
}

#[test]
fn ratios_are_those_of_the_totals() {
    let exact = ratio_interval(&[2.0, 20.0, 8.0], &[1.0, 10.0, 4.0], 0.95);
    close(exact.mean, 2.0, 1e-12, "proportional");
    assert!(exact.half_width < 1e-12);
    // All together 8 / 4; without the first, second and third pair 4 / 3, 5 / 3 and 7 / 2.
    let by_hand = ratio_interval(&[4.0, 3.0, 1.0], &[1.0, 1.0, 2.0], 0.95);
    let pseudo = [6.0 - 2.0 * (4.0 / 3.0), 6.0 - 2.0 * (5.0 / 3.0), 6.0 - 2.0 * 3.5];
    assert_eq!(by_hand, interval(&pseudo, 0.95));
    assert!(ratio_interval(&[], &[], 0.95).mean.is_nan());
    assert_eq!(ratio_interval(&[3.0], &[2.0], 0.95).mean, 1.5);
    assert!(!ratio_interval(&[1.0, 1.0], &[0.0, 0.0], 0.95).mean.is_finite());
}

#[test]
fn waiting_times_of_replications_cover_the_theory() {
    // M/M/1 at utilisation 0.5: the mean wait in the queue is one service time. A replication starts empty, which
    // biases its mean of 10,000 waits by less than a thousandth.
    let replication = |number: u64| {
        let (mut wait, mut sum) = (0.0_f64, 0.0);
        for customer in 0..10_000 {
            sum += wait;
            wait = (wait + exponential(number, 2 * customer) - 2.0 * exponential(number, 2 * customer + 1)).max(0.0);
        }
        sum / 10_000.0
    };
    let share = coverage(150, 1.0, |experiment| {
        let means: Vec<f64> = (0..10).map(|index| replication(10 * experiment + index)).collect();
        interval(&means, 0.95)
    });
    assert!((0.90..=0.99).contains(&share), "{share}");
}

fn histogram(values: impl IntoIterator<Item = u64>) -> Histogram {
    let mut histogram = Histogram::new();
    values.into_iter().for_each(|value| histogram.record(value));
    histogram
}

#[test]
fn open_ones_rank_slower_than_all_finished() {
    let hundred = histogram(1..=100);
    let cases = [
        (0, 0.5, QuantileValue::Value(50.0)),
        (0, 1.0, QuantileValue::Value(100.0)),
        (100, 0.25, QuantileValue::Value(50.0)),
        (100, 0.5, QuantileValue::Value(100.0)),
        (100, 0.505, QuantileValue::Beyond(100.0)),
        (1, 0.99, QuantileValue::Value(100.0)),
        (2, 0.99, QuantileValue::Beyond(100.0)),
    ];
    for (open, q, wanted) in cases {
        assert_eq!(quantile_with_open(&hundred, open, q), wanted, "{open} open, {q}");
    }
    let none = Histogram::new();
    assert_eq!(quantile_with_open(&none, 0, 0.5), QuantileValue::Withheld("there were none".to_owned()));
    let waiting = QuantileValue::Withheld("none of the 7 has finished".to_owned());
    assert_eq!(quantile_with_open(&none, 7, 0.5), waiting);
}

#[test]
fn scarce_quantiles_are_withheld_with_the_number_that_would_suffice() {
    let of = |count: u64, q: f64| {
        let finished = histogram(1..=count);
        let sample = Sample { finished: &finished, open: 0 };
        quantile_over_replications(&[sample, sample], q, 0.95, MINIMUM_EXCEEDANCES)
    };
    for (q, needed) in [(0.5, 20), (0.9, 100), (0.99, 1_000), (0.999, 10_000)] {
        assert!(matches!(of(needed / 2, q).value, QuantileValue::Value(_)), "{q}");
        let scarce = of(needed / 2 - 1, q);
        assert_eq!((scarce.requests_needed, scarce.interval), (Some(needed), None), "{q}");
    }
    let reason = "p99.9 of 1998 rests on 2.0 slower ones, fewer than 10; 10000 would suffice".to_owned();
    assert_eq!(of(999, 0.999).value, QuantileValue::Withheld(reason));
    let endless = "no count of observations bounds p100".to_owned();
    assert_eq!(of(999, 1.0).value, QuantileValue::Withheld(endless));
    // Open ones count as observations.
    let finished = histogram(1..=60);
    let sample = Sample { finished: &finished, open: 40 };
    let estimate = quantile_over_replications(&[sample], 0.9, 0.95, 10.0);
    assert_eq!(estimate.value, QuantileValue::Beyond(60.0));
    let nothing = quantile_over_replications(&[], 0.9, 0.95, 10.0);
    assert_eq!(nothing.value, QuantileValue::Withheld("there were none".to_owned()));
}

#[test]
fn quantile_intervals_come_from_the_shares_of_the_replications() {
    let parts = [histogram(1..=100), histogram(11..=110), histogram(21..=120)];
    let samples: Vec<Sample> = parts.iter().map(|finished| Sample { finished, open: 0 }).collect();
    let estimate = quantile_over_replications(&samples, 0.5, 0.95, 10.0);
    assert_eq!(estimate.value, QuantileValue::Value(60.0));
    // Up to 60 the replications have 60, 50 and 40 of their 100.
    let half = interval(&[0.6, 0.5, 0.4], 0.95).half_width;
    let mut all = Histogram::new();
    parts.iter().for_each(|part| all.merge(part));
    let found = estimate.interval.unwrap();
    close(found.low, all.quantile(0.5 - half).unwrap(), 1e-9, "low");
    close(found.high, all.quantile(0.5 + half).unwrap(), 1e-9, "high");
    // The 95th percentile is 110.5: it has all, all, and 90.5 % below it, so the upper end is the largest.
    let late = quantile_over_replications(&samples, 0.95, 0.95, 10.0).interval.unwrap();
    assert_eq!(late.high, 120.0);
    // Open ones rank last: a share beyond the finished leaves no upper end.
    let mut stuck = samples.clone();
    stuck[2].open = 10;
    let open_end = quantile_over_replications(&stuck, 0.95, 0.95, 10.0);
    assert!(matches!(open_end.value, QuantileValue::Value(_)));
    assert_eq!(open_end.interval.map(|interval| (interval.low.is_finite(), interval.high)), Some((true, f64::INFINITY)));
    assert_eq!(quantile_over_replications(&samples[..1], 0.5, 0.95, 10.0).interval, None, "one replication shows no spread");
    // What is the same in all replications is known.
    let same = [samples[1], samples[1], samples[1]];
    let known = quantile_over_replications(&same, 0.5, 0.95, 10.0).interval.unwrap();
    assert_eq!((known.low, known.high), (60.0, 60.0));
}

/// Waits in an M/M/1 queue at a load of 0.8, begun in the steady state: slow ones come in clusters of which 6,000 have few, and the
/// spread of the replications' own quantiles covers 88 % here.
#[test]
fn quantile_intervals_of_clustered_observations_cover_as_often_as_they_say() {
    let rho = 0.8;
    let truth = 1e6 * libm::log(100.0) / (1.0 - rho);
    let share = coverage(300, truth, |experiment| {
        let part = |part: u64| {
            let draws = |index: u64| exponential(experiment, part * 20_000 + index);
            let busy = draw(experiment, part * 20_000 + 19_999).chance(rho);
            let mut wait = if busy { draws(19_998) / (1.0 - rho) } else { 0.0 };
            histogram((0..6_000).map(|index| {
                let sojourn = wait + draws(2 * index);
                wait = (sojourn - draws(2 * index + 1) / rho).max(0.0);
                (1e6 * sojourn) as u64
            }))
        };
        let parts: Vec<Histogram> = (0..10).map(part).collect();
        let samples: Vec<Sample> = parts.iter().map(|finished| Sample { finished, open: 0 }).collect();
        quantile_over_replications(&samples, 0.99, 0.95, 10.0).interval.unwrap()
    });
    assert!((0.915..=0.975).contains(&share), "{share}");
}

#[test]
fn quantile_intervals_cover_as_often_as_they_say() {
    // The 90th percentile of an exponential of mean 10^6.
    let truth = 1e6 * libm::log(10.0);
    let share = coverage(1_000, truth, |experiment| {
        let parts: Vec<Histogram> =
            (0..10).map(|part| histogram((0..1_000).map(|i| (1e6 * exponential(experiment, part * 1_000 + i)) as u64))).collect();
        let samples: Vec<Sample> = parts.iter().map(|finished| Sample { finished, open: 0 }).collect();
        quantile_over_replications(&samples, 0.9, 0.95, 10.0).interval.unwrap()
    });
    assert!((0.925..=0.975).contains(&share), "{share}");
}

/// An autocorrelated series around 10 that starts `bias` too high and forgets it over about `memory` observations.
fn biased_start(experiment: u64, count: u64, bias: f64, memory: f64) -> Vec<f64> {
    let mut noise = 0.0;
    (0..count)
        .map(|index| {
            noise = 0.7 * noise + normal(experiment, index);
            10.0 + noise + bias * libm::exp(-(index as f64) / memory)
        })
        .collect()
}

#[test]
fn the_warm_up_is_cut() {
    let (mut cuts, mut with, mut without) = (0.0, 0.0, 0.0);
    for experiment in 0..200 {
        let series = biased_start(experiment, 1_000, 30.0, 40.0);
        let cut = mser5(&series).unwrap().observations;
        assert!(cut.is_multiple_of(5) && (80..=500).contains(&cut), "experiment {experiment}: {cut}");
        let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
        cuts += cut as f64 / 200.0;
        with += mean(&series) / 200.0;
        without += mean(&series[cut..]) / 200.0;
    }
    // The bias is 30 * 40 / 1000 when all is kept; by 100 to 200 observations it has gone.
    assert!((100.0..250.0).contains(&cuts), "{cuts}");
    assert!((with - 11.2).abs() < 0.05, "{with}");
    assert!((without - 10.0).abs() < 0.05, "{without}");
}

#[test]
fn a_series_without_warm_up_keeps_most_of_itself() {
    let kept: usize = (0..200)
        .map(|experiment| mser5(&biased_start(experiment, 1_000, 0.0, 1.0)).map_or(0, |cut| 1_000 - cut.observations))
        .sum();
    assert!(kept > 200 * 850, "{kept}");
    assert_eq!(mser5(&[4.0; 100]), Ok(Truncation { observations: 0, statistic: 0.0 }));
}

#[test]
fn the_cut_minimises_the_statistic() {
    // 40 batches: two at 100, then alternately 0 and 1.
    let batches: Vec<f64> = (0..40).map(|i| if i < 2 { 100.0 } else { f64::from(i % 2) }).collect();
    let series: Vec<f64> = batches.iter().flat_map(|&value| [value - 1.0, value, value + 1.0, value, value]).collect();
    let cut = mser5(&series).unwrap();
    assert_eq!(cut.observations, 10);
    close(cut.statistic, 38.0 * 0.25 / (38.0 * 38.0), 1e-12, "squared standard error");
}

#[test]
fn late_cuts_and_short_series_are_refused() {
    // A backlog that only begins to clear late in the run.
    let late: Vec<f64> = (0..400).map(|i| if i < 250 { 50.0 } else { 1.0 } + 0.1 * normal(9, i)).collect();
    assert_eq!(mser5(&late), Err(TruncationRefused::TooLate { cut: 250, given: 400 }));
    assert_eq!(mser5(&late[..99]), Err(TruncationRefused::TooShort { given: 99, least: 100 }));
    let message = mser5(&late).unwrap_err().to_string();
    assert_eq!(message, "the warm-up would take 250 of 400 observations; run longer");
    assert_eq!(mser5(&[0.0, f64::NAN]), Err(TruncationRefused::NotFinite { index: 1 }));
}

#[test]
fn pairs_are_compared_by_their_differences() {
    let before = [10.0, 20.0, 30.0, 40.0];
    let after = [9.0, 18.5, 29.0, 38.5];
    let comparison = compare(&before, &after, 0.95).unwrap();
    assert_eq!(comparison.difference, interval(&[-1.0, -1.5, -1.0, -1.5], 0.95));
    assert_eq!(comparison.verdict, Verdict::Lower);
    assert!(comparison.correlation.unwrap() > 0.999 && comparison.variance_reduction.unwrap() > 0.999);
    let back = compare(&after, &before, 0.95).unwrap();
    assert_eq!((back.verdict, back.difference.mean), (Verdict::Higher, 1.25));
    // Opposite movements: perfectly anticorrelated, and pairing doubles the variance.
    let mirrored = compare(&before, &[40.0, 30.0, 20.0, 10.0], 0.95).unwrap();
    assert_eq!(mirrored.verdict, Verdict::NoDifferenceShown);
    assert!((mirrored.correlation.unwrap() + 1.0).abs() < 1e-12);
    assert!((mirrored.variance_reduction.unwrap() + 1.0).abs() < 1e-12);
    let same = compare(&before, &before, 0.95).unwrap();
    assert_eq!((same.verdict, same.difference.half_width), (Verdict::Identical, 0.0));
    let fixed = compare(&[5.0; 3], &[4.0; 3], 0.95).unwrap();
    assert_eq!((fixed.verdict, fixed.correlation, fixed.variance_reduction), (Verdict::Lower, None, None));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let unequal = NotComparable::UnequalCounts { baseline: 2, design: 1 };
    assert_eq!(compare(&[1.0, 2.0], &[1.0], 0.95), Err(unequal));
    assert_eq!(compare(&[1.0], &[1.0], 0.95), Err(NotComparable::TooFew { given: 1 }));
    assert_eq!(compare(&[1.0, f64::NAN], &[1.0, 1.0], 0.95), Err(NotComparable::NotFinite { index: 1 }));
}

#[test]
fn pairing_brings_the_variance_down_and_keeps_coverage() {
    // Shared luck of variance 9, own luck of variance 1 each, true difference one half.
    let run = |experiment: u64| {
        let shared = |index: u64| 3.0 * normal(experiment, index);
        let before: Vec<f64> = (0..10).map(|i| shared(i) + normal(experiment, 100 + i)).collect();
        let after: Vec<f64> = (0..10).map(|i| 0.5 + shared(i) + normal(experiment, 200 + i)).collect();
        compare(&before, &after, 0.95).unwrap()
    };
    let share = coverage(4_000, 0.5, |experiment| run(experiment).difference);
    assert!((0.935..=0.965).contains(&share), "{share}");
    let correlation: f64 = (0..400).map(|experiment| run(experiment).correlation.unwrap() / 400.0).sum();
    assert!((correlation - 0.9).abs() < 0.02, "{correlation}");
    let reduction: f64 = (0..400).map(|experiment| run(experiment).variance_reduction.unwrap() / 400.0).sum();
    assert!((reduction - 0.9).abs() < 0.03, "{reduction}");
}

#[test]
fn many_designs_hold_together() {
    // Five designs that differ from the baseline in nothing: one at a time, about a fifth of the studies would call
    // at least one of them different.
    let study = |experiment: u64, together: bool| {
        let sample = |design: u64| -> Vec<f64> { (0..10).map(|i| normal(experiment, 100 * design + i)).collect() };
        let designs: Vec<Vec<f64>> = (1..=5).map(sample).collect();
        let comparisons = if together {
            compare_many(&sample(0), &designs, 0.95).unwrap()
        } else {
            designs.iter().map(|design| compare(&sample(0), design, 0.95).unwrap()).collect()
        };
        comparisons.iter().any(|comparison| comparison.verdict != Verdict::NoDifferenceShown)
    };
    let alarms = |together| (0..2_000).filter(|&experiment| study(experiment, together)).count() as f64 / 2_000.0;
    assert!(alarms(true) <= 0.055, "{}", alarms(true));
    assert!(alarms(false) > 0.12, "{}", alarms(false));
    let one = compare_many(&[1.0, 2.0, 4.0], &[vec![2.0, 2.0, 2.0]], 0.9).unwrap();
    assert_eq!(one[0], compare(&[1.0, 2.0, 4.0], &[2.0, 2.0, 2.0], 0.9).unwrap());
}
