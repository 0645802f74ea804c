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
    let end = birth_and_death(4_000_000, |now, number| level.set(now, number));
    level.advance(end);
    // Geometric: mean 0.8 / 0.2, more than k with probability 0.8^(k + 1).
    close(level.mean(), 4.0, 0.03, "mean number");
    for above in [0, 3, 9, 19] {
        close(level.fraction_above(above), libm::pow(0.8, above as f64 + 1.0), 0.12, &format!("share above {above}"));
    }
    assert!((level.quantile(0.999) - 30.0).abs() <= 3.0, "{}", level.quantile(0.999));
}
