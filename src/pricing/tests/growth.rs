//! The end of a bill: what a little more costs, and how it grows with load.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::{NOTHING_FREE, USD, billed, book, units, usage};
use crate::pricing::load::{Growth, against_load};
use crate::pricing::{MonthScale, Options, Quantity, Usage, bill, marginal_costs};

const DURATION: &str = "lambda-duration-x86";

fn marginal(used: &[Usage], more: &[Usage], options: Options) -> i128 {
    marginal_costs(book(), &billed(used, options), more).expect("priced").iter().sum()
}

#[test]
fn the_next_unit_costs_what_the_tier_says_in_which_the_month_ends() {
    let region = "us-east-1";
    let more = [usage("f", DURATION, region, "1000000")];
    for (used, options, expected) in [
        // Inside the free 400,000 GB-s nothing; right at their end the first price.
        ("399999", Options::default(), 0),
        ("400000", Options::default(), 16_666_700_000_000),
        ("0", NOTHING_FREE, 16_666_700_000_000),
        ("5999999999", NOTHING_FREE, 16_666_700_000_000),
        // At the bound of a tier the next one begins; what is free does not count towards it.
        ("6000000000", NOTHING_FREE, 15_000_000_000_000),
        ("6000000000", Options::default(), 16_666_700_000_000),
        ("6000400000", Options::default(), 15_000_000_000_000),
        ("15000000000", NOTHING_FREE, 13_333_400_000_000),
    ] {
        assert_eq!(marginal(&[usage("f", DURATION, region, used)], &more, options), expected, "{used} {options:?}");
    }
    // The tier of the account counts, not of the function, nor of another Region or account.
    let other = [usage("g", DURATION, region, "6000000000")];
    assert_eq!(marginal(&other, &more, NOTHING_FREE), 15_000_000_000_000);
    let elsewhere = [usage("f", DURATION, "eu-west-1", "6000000000")];
    assert_eq!(marginal(&elsewhere, &more, NOTHING_FREE), 16_666_700_000_000);
    // What is billed by the hour does not come with traffic.
    assert_eq!(marginal(&[], &[usage("n", "nat-gateway-hours", region, "1")], NOTHING_FREE), 0);
    assert!(marginal_costs(book(), &billed(&[], NOTHING_FREE), &[usage("f", "no-such", region, "1")]).is_err());
}

#[test]
fn a_scale_is_multiplied_exactly() {
    let hour = MonthScale::new(730, 1).expect("a window");
    let half = hour.times(1, 2).expect("fits");
    assert_eq!(half, MonthScale::new(365, 1).expect("a window"));
    assert_eq!(Quantity::of_month(3, 1, half).map(|quantity| quantity.to_string()).as_deref(), Some("1095"));
    assert_eq!(hour.times(0, 7), MonthScale::new(0, 1));
    assert_eq!(hour.times(1, 0), None);
    assert_eq!(hour.times(u64::MAX, 1), None, "beyond 64 bits");
    assert_eq!(
        MonthScale::new(u64::MAX, 3).and_then(|scale| scale.times(3, u64::MAX)),
        Some(MonthScale::ONE),
        "cut before it is kept"
    );
}

/// 1 G GB-s at load 1: tiers at 6 G and 15 G, so that prices change at load 6 and 15; a NAT gateway stays.
#[test]
fn a_bill_grows_with_load_and_bends_where_tiers_change() {
    let growth = Growth {
        growing: vec![usage("f", DURATION, "us-east-1", "1000000000")],
        fixed: vec![usage("n", "nat-gateway-hours", "us-east-1", "730")],
    };
    let curve = against_load(book(), &growth, &NOTHING_FREE, &BTreeMap::new(), (10, 20)).expect("priced");
    assert_eq!(curve.loads, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0]);
    assert!(curve.services["n"].iter().all(|cost| *cost == 3_285 * USD / 100));
    let function = &curve.services["f"];
    assert_eq!((function[0], function[3]), (0, 1_000_002 * USD / 10));
    // 6 G at 16.6667, 9 G at 15, 5 G at 13.3334 USD per million.
    assert_eq!(function[10], 1_000_002 * USD / 10 + 135_000 * USD + 66_667 * USD);
    let kinks: Vec<(f64, &str)> = curve.kinks.iter().map(|kink| (kink.load, kink.sku.as_str())).collect();
    assert_eq!(kinks, [(6.0, DURATION), (15.0, DURATION)]);
    // With the free allowance they come 400,000 GB-s later.
    let curve = against_load(book(), &growth, &Options::default(), &BTreeMap::new(), (10, 20)).expect("priced");
    assert!((curve.kinks[0].load - 6.0004).abs() < 1e-9, "{:?}", curve.kinks);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        rng_seed: RngSeed::Fixed(20_261_127),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A derivative is what the difference comes to when the step stays inside a tier and away from the end of an allowance.
    #[test]
    fn the_marginal_cost_is_the_difference_that_a_small_step_makes(used in 1..20_000_000_000_u64, free_tier: bool) {
        let options = Options { free_tier, ..Options::default() };
        let step = 1000;
        let near_bound = [400_000, 6_000_000_000, 6_000_400_000, 15_000_000_000, 15_000_400_000_u64];
        prop_assume!(near_bound.iter().all(|bound| used + step < *bound || used >= *bound));
        let month = |quantity: u64| [usage("f", DURATION, "us-east-1", &quantity.to_string())];
        let book = book();
        let (before, after) = (bill(book, &month(used), &options).unwrap(), bill(book, &month(used + step), &options).unwrap());
        let told: i128 = marginal_costs(book, &before, &month(step)).unwrap().iter().sum();
        prop_assert!((after.total_picousd - before.total_picousd - told).abs() <= 1, "{} {}", after.total_picousd - before.total_picousd, told);
    }
}

#[test]
fn a_share_of_growth_is_exact() {
    let growth = Growth {
        growing: vec![usage("f", DURATION, "us-east-1", "10")],
        fixed: vec![usage("n", "nat-gateway-hours", "us-east-1", "7")],
    };
    let at = |numerator, denominator| growth.at(numerator, denominator).iter().map(|usage| usage.quantity).collect::<Vec<_>>();
    assert_eq!(at(1, 3), [units("3.333333333333"), units("7")]);
    assert_eq!(growth.all().iter().map(|usage| usage.quantity).collect::<Vec<_>>(), [units("10"), units("7")]);
}
