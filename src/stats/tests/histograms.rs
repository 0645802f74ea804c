use proptest::prelude::*;

use super::*;
use crate::stats::*;

fn of(values: &[u64]) -> Histogram {
    let mut histogram = Histogram::new();
    for &value in values {
        histogram.record(value);
    }
    histogram
}

/// Numbers of all magnitudes, each as likely as the next.
fn any_values() -> impl Strategy<Value = Vec<u64>> {
    let value = (any::<u64>(), 0_u32..64).prop_map(|(bits, shift)| bits >> shift);
    proptest::collection::vec(value, 1..200)
}

proptest! {
    #[test]
    fn quantiles_are_within_0_4_percent_of_the_ranked_number(mut values in any_values(), q in 0.0..=1.0_f64) {
        let histogram = of(&values);
        values.sort_unstable();
        let rank = (q * values.len() as f64).ceil() as usize;
        let exact = values[rank.max(1) - 1] as f64;
        let estimate = histogram.quantile(q).unwrap();
        prop_assert!((estimate - exact).abs() <= 0.004 * exact, "{} for {}", estimate, exact);
        if exact < 512.0 {
            prop_assert_eq!(estimate, exact);
        }
    }

    #[test]
    fn count_sum_and_extremes_are_exact(values in any_values()) {
        let histogram = of(&values);
        prop_assert_eq!(histogram.count(), values.len() as u64);
        prop_assert_eq!(histogram.sum(), values.iter().map(|&value| u128::from(value)).sum::<u128>());
        prop_assert_eq!(histogram.min(), values.iter().min().copied());
        prop_assert_eq!(histogram.max(), values.iter().max().copied());
        prop_assert_eq!(histogram.buckets().map(|bucket| bucket.count).sum::<u64>(), values.len() as u64);
    }

    #[test]
    fn every_number_lies_in_its_bucket(value in any::<u64>(), shift in 0_u32..64) {
        let value = value >> shift;
        let bucket = of(&[value]).buckets().next().unwrap();
        prop_assert!(bucket.low <= value && value <= bucket.high);
        prop_assert!(u128::from(bucket.high - bucket.low) * 256 <= u128::from(bucket.low));
    }

    #[test]
    fn merging_is_recording_in_any_order(a in any_values(), b in any_values(), c in any_values()) {
        let merged = |parts: [&Histogram; 2]| {
            let mut sum = parts[0].clone();
            sum.merge(parts[1]);
            sum
        };
        let (x, y, z) = (of(&a), of(&b), of(&c));
        prop_assert_eq!(merged([&x, &y]), merged([&y, &x]));
        prop_assert_eq!(merged([&merged([&x, &y]), &z]), merged([&x, &merged([&y, &z])]));
        let all: Vec<u64> = a.iter().chain(&b).chain(&c).copied().collect();
        prop_assert_eq!(merged([&merged([&x, &y]), &z]), of(&all));
        prop_assert_eq!(merged([&Histogram::new(), &x]), merged([&x, &Histogram::new()]));
    }

    #[test]
    fn packed_histograms_hold_the_same_numbers(parts in proptest::collection::vec(any_values(), 1..5), times in 1_u64..1_000_000) {
        let mut packed = PackedHistograms::default();
        let kept: Vec<Histogram> = parts.iter().map(|values| of(values)).collect();
        for histogram in &kept {
            packed.push(histogram);
            packed.push(&Histogram::new());
        }
        let mut often = of(&parts[0]);
        often.record_many(parts[0][0], times);
        packed.push(&often);
        prop_assert_eq!(packed.len(), 2 * kept.len() + 1);
        let found = |index: usize| {
            let mut found = Histogram::new();
            packed.merge_into(index, &mut found);
            found
        };
        for (index, histogram) in kept.iter().enumerate() {
            prop_assert_eq!(&found(2 * index), histogram);
            prop_assert_eq!(found(2 * index + 1), Histogram::new());
        }
        prop_assert_eq!(found(2 * kept.len()), often);
        prop_assert_eq!(found(2 * kept.len() + 1), Histogram::new(), "behind the last there is none");
        let (mut merged, mut wanted) = (kept[0].clone(), kept[0].clone());
        packed.merge_into(2 * kept.len() - 2, &mut merged);
        wanted.merge(kept.last().unwrap());
        prop_assert_eq!(merged, wanted);
    }

    #[test]
    fn counts_above_miss_at_most_the_bucket_of_the_threshold(values in any_values(), pick in any::<prop::sample::Index>()) {
        let histogram = of(&values);
        let threshold = values[pick.index(values.len())];
        let exact = values.iter().filter(|&&value| value > threshold).count() as u64;
        let bucket = histogram.buckets().find(|bucket| bucket.high >= threshold).unwrap();
        prop_assert!(histogram.count_above(threshold).abs_diff(exact) <= bucket.count);
        if threshold < 512 {
            prop_assert_eq!(histogram.count_above(threshold), exact);
        }
    }
}

#[test]
fn buckets_follow_each_other_without_gaps() {
    // The first and last number of each octave and the neighbours of each bucket limit near a power of two.
    let mut histogram = Histogram::new();
    (0..20_000).for_each(|value| histogram.record(value));
    let mut next = 0;
    for bucket in histogram.buckets() {
        assert_eq!(bucket.low, next);
        next = bucket.high + 1;
        let inside = bucket.high.min(19_999) - bucket.low + 1;
        assert_eq!(bucket.count, inside, "{bucket:?}");
    }
    assert!(next >= 20_000);
    assert_eq!(of(&[u64::MAX]).buckets().next().unwrap().high, u64::MAX);
}

#[test]
fn an_empty_histogram_knows_nothing() {
    let empty = Histogram::new();
    assert_eq!((empty.quantile(0.5), empty.mean(), empty.min(), empty.max()), (None, None, None, None));
    assert_eq!((empty.count(), empty.count_above(0), empty.fraction_above(0)), (0, 0, 0.0));
}

#[test]
fn quantiles_interpolate_and_stay_within_what_was_recorded() {
    let constant = of(&[123_456_789; 50]);
    for q in [0.0, 0.3, 1.0, -1.0, 2.0] {
        assert_eq!(constant.quantile(q), Some(123_456_789.0));
    }
    // 16,384 to 16,447 share a bucket; half of its contents lie below its middle.
    let spread: Vec<u64> = (16_384..16_448).collect();
    close(of(&spread).quantile(0.5).unwrap(), 16_415.5, 1e-12, "middle of a bucket");
    let evenly: Vec<u64> = (1..=100_000).collect();
    for q in [0.01, 0.5, 0.99, 0.999] {
        close(of(&evenly).quantile(q).unwrap(), q * 100_000.0, 6e-4, "evenly spread");
        let above = of(&evenly).fraction_above((q * 100_000.0) as u64);
        assert!((above - (1.0 - q)).abs() < 2e-5, "{q}: {above}");
    }
}

#[test]
fn a_cleared_histogram_is_as_good_as_new() {
    let mut histogram = of(&[1_000_000, 2_000_000]);
    histogram.clear();
    assert_eq!(histogram, Histogram::new());
    histogram.record(1_500);
    assert_eq!(histogram, of(&[1_500]));
}

#[test]
fn recording_many_is_recording_often() {
    let mut many = Histogram::new();
    many.record_many(77_777, 3);
    many.record_many(5, 0);
    many.record_many(9, 2);
    assert_eq!(many, of(&[9, 77_777, 77_777, 9, 77_777]));
    assert_ne!(many, of(&[9, 77_777, 77_777, 9]));
}
