use crate::pricing::exact::{DecimalProblem, apportion, picousd};
use crate::pricing::{MonthScale, Quantity, UnitPrice};

#[test]
fn decimals_are_read_and_written_exactly() {
    for (text, pico_units) in [
        ("0", 0),
        ("1", 1_000_000_000_000),
        ("0.5", 500_000_000_000),
        ("007.250", 7_250_000_000_000),
        ("0.000000000001", 1),
        ("0.0000000000010000", 1),
        ("340282366920938463463374607.431768211455", u128::MAX),
    ] {
        assert_eq!(Quantity::parse(text).map(Quantity::pico_units), Ok(pico_units), "{text}");
    }
    for text in ["0", "12", "0.5", "0.000000000001", "1024.25"] {
        assert_eq!(Quantity::parse(text).expect("valid").to_string(), text);
    }
    for text in ["0.0000166667", "0.00000000000001", "0.9"] {
        assert_eq!(UnitPrice::parse(text).expect("valid").to_string(), text);
    }
}

#[test]
fn what_is_not_a_plain_decimal_is_refused() {
    for (text, problem) in [
        ("", DecimalProblem::NotANumber),
        (".5", DecimalProblem::NotANumber),
        ("5.", DecimalProblem::NotANumber),
        ("1e6", DecimalProblem::NotANumber),
        ("+1", DecimalProblem::NotANumber),
        ("1.2.3", DecimalProblem::NotANumber),
        ("1,000", DecimalProblem::NotANumber),
        ("NaN", DecimalProblem::NotANumber),
        ("-1", DecimalProblem::Negative),
        ("0.0000000000001", DecimalProblem::TooManyDecimals(12)),
        ("340282366920938463463374607.431768211456", DecimalProblem::TooLarge),
    ] {
        assert_eq!(Quantity::parse(text), Err(problem), "{text}");
    }
    assert_eq!(UnitPrice::parse("0.0000000000000001"), Err(DecimalProblem::TooManyDecimals(15)));
}

#[test]
fn a_window_is_scaled_to_a_month_with_one_rounding() {
    let scale = |month, window| MonthScale::new(month, window).expect("a window");
    for (metered, per_unit, scale, expected) in [
        (7, 1, MonthScale::ONE, "7"),
        // 730 h from a window of 10 minutes: 4380 windows a month.
        (3, 1, scale(730 * 3600, 600), "13140"),
        (1, 1, scale(1, 3), "0.333333333333"),
        (2, 1, scale(1, 3), "0.666666666667"),
        // Ties go to the even neighbour: 0.5e-12 down to 0, 1.5e-12 up to 2e-12.
        (1, 2_000_000_000, scale(1, 1000), "0"),
        (3, 2_000_000_000, scale(1, 1000), "0.000000000002"),
        // 128 MB for 1 ms.
        (128, 1_024_000, MonthScale::ONE, "0.000125"),
        // Nanosecond windows: 2^64 metered units over an odd window, beyond u128 if multiplied out first.
        (1 << 64, 1 << 30, scale(2_628_000_000_000_000, 599_999_999_999), "75247827026045.413045043409"),
    ] {
        let quantity = Quantity::of_month(metered, per_unit, scale).expect("in range");
        assert_eq!(quantity.to_string(), expected, "{metered} / {per_unit} * {scale:?}");
    }
    assert_eq!(Quantity::of_month(1, 0, MonthScale::ONE), None);
    assert_eq!(Quantity::of_month(u128::MAX, 1, MonthScale::ONE), None);
    assert_eq!(Quantity::of_month(u128::MAX, 1, scale(3, 1)), None);
    assert_eq!(MonthScale::new(730, 0), None);
}

#[test]
fn costs_round_half_to_even() {
    const HALF: u128 = 500_000_000_000_000;
    for (product, expected) in [(0, 0), (HALF - 1, 0), (HALF, 0), (HALF + 1, 1), (3 * HALF, 2), (5 * HALF, 2), (5 * HALF + 1, 3)]
    {
        assert_eq!(picousd(product), expected, "{product}");
    }
}

#[test]
fn shares_add_up_and_leftovers_go_to_the_largest_remainders() {
    for (total, weights, expected) in [
        (10, vec![1, 1, 1], vec![4, 3, 3]),
        (10, vec![0, 1, 0], vec![0, 10, 0]),
        (10, vec![0, 0], vec![0, 0]),
        (5, vec![], vec![]),
        (7, vec![10, 20, 70], vec![1, 1, 5]),
        (3, vec![1, 1], vec![2, 1]),
        (100, vec![3, 3, 1], vec![43, 43, 14]),
        // Products beyond u128: exact thirds of 3e38 by equal weights, and a share of 2/3.
        (300_000_000_000_000_000_000_000_000_000_000_000_000, vec![1 << 100; 3], vec![10_u128.pow(38); 3]),
        (
            300_000_000_000_000_000_000_000_000_000_000_000_000,
            vec![1 << 101, 1 << 100],
            vec![2 * 10_u128.pow(38), 10_u128.pow(38)],
        ),
    ] {
        assert_eq!(apportion(total, &weights), expected, "{total} over {weights:?}");
    }
}
