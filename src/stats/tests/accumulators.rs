use super::*;
use crate::stats::*;

const MS: u64 = 1_000_000;

#[test]
fn a_level_is_weighted_by_time() {
    let mut level = LevelStat::new(10, 2);
    level.set(20, 5); // 2 for 10
    level.add(25, -4); // 5 for 5
    level.add(25, 1_000); // a peak that lasts no time
    level.set(25, 1);
    level.advance(45); // 1 for 20
    assert_eq!((level.area(), level.elapsed(), level.max(), level.level()), (65, 35, 1_001, 1));
    close(level.mean(), 65.0 / 35.0, 1e-15, "mean");
    assert_eq!(level.quantile(0.5), 1.0);
    assert_eq!(level.quantile(0.8), 2.0);
    assert_eq!(level.quantile(0.999), 5.0);
    close(level.fraction_above(1), 15.0 / 35.0, 1e-15, "share of the time above 1");
    level.restart(45);
    assert_eq!((level.mean(), level.max(), level.level(), level.elapsed()), (1.0, 1, 1, 0));
    level.set(40, 9); // time does not run backwards
    level.advance(46);
    assert_eq!((level.area(), level.elapsed()), (9, 1));
    level.add(46, i64::MIN);
    assert_eq!(level.level(), 0);
}

#[test]
fn merged_levels_are_one_longer_history() {
    let (mut one, mut other) = (LevelStat::new(0, 3), LevelStat::new(0, 9));
    one.advance(10);
    other.advance(30);
    one.merge(&other);
    assert_eq!((one.mean(), one.max(), one.elapsed()), (7.5, 9, 40));
    assert_eq!((one.quantile(0.2), one.quantile(0.3)), (3.0, 9.0));
}

/// Runs the number in an M/M/1 system: birth at rate 0.8, death at rate 1 (per ms).
fn birth_and_death(events: u64, mut seen: impl FnMut(u64, u64)) -> u64 {
    let (mut now, mut number) = (0.0, 0_u64);
    for event in 0..events {
        let rate = if number == 0 { 0.8 } else { 1.8 };
        now += exponential(1, event) / rate * MS as f64;
        let arrival = number == 0 || draw(2, event).chance(0.8 / 1.8);
        number = if arrival { number + 1 } else { number - 1 };
        seen(now as u64, number);
    }
    now as u64
}

#[test]
fn levels_of_a_queue_match_theory() {
    let mut level = LevelStat::new(0, 0);
    let mut series = LevelSeries::new(MS);
    let end = birth_and_death(4_000_000, |now, number| {
        level.set(now, number);
        series.set(now, number);
    });
    level.advance(end);
    series.advance(end);
    // Geometric: mean 0.8 / 0.2, more than k with probability 0.8^(k + 1).
    close(level.mean(), 4.0, 0.03, "mean number");
    for above in [0, 3, 9, 19] {
        close(level.fraction_above(above), libm::pow(0.8, above as f64 + 1.0), 0.12, &format!("share above {above}"));
    }
    assert!((level.quantile(0.999) - 30.0).abs() <= 3.0, "{}", level.quantile(0.999));
    // The series holds the same history.
    let area: u128 = series.bins().iter().map(|bin| bin.sum).sum();
    assert_eq!(area, level.area());
    assert_eq!(series.bins().iter().map(|bin| bin.max).max(), Some(level.max()));
    assert!(series.bins().len() > 120 && series.bins().len() <= 240);
    for bin in &series.bins()[..series.bins().len() - 1] {
        assert_eq!(bin.weight, series.width());
    }
}

#[test]
fn series_double_their_width_and_lose_nothing() {
    let mut series = TimeSeries::with_bins(4, 10);
    for (time, value) in [(0, 5), (9, 7), (10, 1), (39, 4)] {
        series.record(time, value);
    }
    let means: Vec<Option<f64>> = series.bins().iter().map(Bin::mean).collect();
    assert_eq!((series.width(), means), (10, vec![Some(6.0), Some(1.0), None, Some(4.0)]));
    series.record(40, 100);
    let bin = |weight, sum, max| Bin { weight, sum, max };
    assert_eq!((series.width(), series.bins()), (20, &[bin(3, 13, 7), bin(1, 4, 4), bin(1, 100, 100)][..]));
    // Far ahead: several doublings at once.
    series.record(1_000, 2);
    assert_eq!(series.width(), 320);
    assert_eq!(series.bins(), &[bin(5, 117, 100), bin(0, 0, 0), bin(0, 0, 0), bin(1, 2, 2)]);
    series.record(u64::MAX, 1);
    assert_eq!(series.bins().iter().map(|bin| bin.weight).sum::<u64>(), 7);
}

#[test]
fn narrow_bins_that_merged_are_the_wide_ones() {
    let (mut narrow, mut wide) = (TimeSeries::new(1), TimeSeries::new(1 << 12));
    for index in 0..100_000 {
        let time = draw(3, index).below(900_000);
        narrow.record(time, index);
        wide.record(time, index);
    }
    assert_eq!(narrow.width(), 1 << 12);
    assert_eq!(narrow, wide);
}

#[test]
fn a_level_spreads_over_all_bins_it_lasts() {
    let mut series = LevelSeries::with_bins(4, 10);
    series.set(5, 3);
    series.set(32, 1);
    series.set(32, 50);
    series.set(32, 2);
    series.advance(35);
    let bin = |weight, sum, max| Bin { weight, sum, max };
    assert_eq!(series.bins(), &[bin(10, 15, 3), bin(10, 30, 3), bin(10, 30, 3), bin(5, 12, 50)]);
    assert_eq!(series.bins()[0].mean(), Some(1.5));
    series.advance(100);
    assert_eq!((series.width(), series.bins().len()), (40, 3));
    assert_eq!(series.bins().iter().map(|bin| bin.sum).sum::<u128>(), 87 + 2 * 65);
    // A wait of a century costs no more than the bins.
    series.advance(u64::MAX);
    assert_eq!(series.bins().iter().map(|bin| bin.weight).sum::<u64>(), u64::MAX);
}

#[test]
fn series_merge_at_equal_widths_only() {
    let series = |width: u64, times: &[u64]| {
        let mut series = TimeSeries::with_bins(4, width);
        for &time in times {
            series.record(time, time);
        }
        series
    };
    let mut one = series(10, &[1, 25]);
    let other = series(20, &[3, 70]);
    assert_eq!(one.merge(&other), Err(UnequalBins::Width { own: 10, other: 20 }));
    assert_eq!(one.coarsen_to(30), Err(UnequalBins::NotDoubled { width: 10, wanted: 30 }));
    assert_eq!(one.coarsen_to(5), Err(UnequalBins::NotDoubled { width: 10, wanted: 5 }));
    assert_eq!(one.coarsen_to(20), Ok(()));
    assert_eq!(one.merge(&other), Ok(()));
    assert_eq!(one, series(20, &[70, 25, 3, 1]));
    let odd = TimeSeries::with_bins(3, 20);
    assert_eq!(one.merge(&odd), Ok(()), "3 bins are rounded up to 4");
    assert_eq!(one.merge(&TimeSeries::with_bins(6, 20)), Err(UnequalBins::Limit { own: 4, other: 6 }));
    let (mut high, mut low) = (LevelSeries::new(10), LevelSeries::new(10));
    high.set(0, 9);
    high.advance(10);
    low.set(0, 1);
    low.advance(10);
    assert_eq!(high.merge(&low), Ok(()));
    assert_eq!((high.bins()[0].mean(), high.bins()[0].max), (Some(5.0), 9));
}
