//! Exact decimal arithmetic of bills.
//!
//! A quantity counts 1e-12 of its unit, a price 1e-15 USD per unit, so their product counts 1e-27 USD and a `u128` holds
//! up to 3.4e11 USD of it. The list prices of the modelled services need at most 13 decimals. Rounding happens in two
//! places only: when a measured window is scaled to a month ([`Quantity::of_month`], at 1e-12 of a unit) and when the cost
//! of a SKU becomes pico-USD (`picousd`); both round half to even.

use std::fmt;

/// Decimal places of a [`Quantity`].
pub const QUANTITY_DECIMALS: u32 = 12;
/// Decimal places of a [`UnitPrice`] in USD.
pub const PRICE_DECIMALS: u32 = 15;

const QUANTITY_ONE: u128 = 10_u128.pow(QUANTITY_DECIMALS);
/// The product of a quantity and a price counts 1e-27 USD, which is this many per pico-USD.
const PRODUCT_PER_PICOUSD: u128 = 10_u128.pow(QUANTITY_DECIMALS + PRICE_DECIMALS - 12);

/// An exact non-negative amount of some billed unit, in steps of 1e-12 of the unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u128);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A whole number of units.
    pub fn from_count(count: u64) -> Self {
        Self(u128::from(count) * QUANTITY_ONE)
    }

    /// An amount given in steps of 1e-12 of the unit.
    pub const fn from_pico_units(pico_units: u128) -> Self {
        Self(pico_units)
    }

    /// Scales an amount metered in the measured window to a month: `metered / metered_per_unit * scale`, rounded half to
    /// even at 1e-12 of the unit.
    ///
    /// `metered_per_unit` turns the integer that was metered into the unit of the price row, for example 1 024 000
    /// megabyte-milliseconds per GB-second. `None` when `metered_per_unit` is zero or the result is beyond range (2.8e26
    /// units).
    pub fn of_month(metered: u128, metered_per_unit: u32, scale: MonthScale) -> Option<Self> {
        if metered_per_unit == 0 {
            return None;
        }
        let denominator = u128::from(metered_per_unit) * u128::from(scale.denominator);
        let shared = greatest_common_divisor(metered, denominator);
        let (metered, denominator) = (metered / shared, denominator / shared);
        let numerator = metered.checked_mul(u128::from(scale.numerator))?;
        // Long division: one decimal digit at a time, because the numerator times 1e12 may not fit. The denominator is
        // below 2^96, so ten times a remainder always fits.
        let mut quotient = numerator / denominator;
        let mut remainder = numerator % denominator;
        for _ in 0..QUANTITY_DECIMALS {
            remainder *= 10;
            quotient = quotient.checked_mul(10)?.checked_add(remainder / denominator)?;
            remainder %= denominator;
        }
        if rounds_up(quotient, remainder, denominator) {
            quotient = quotient.checked_add(1)?;
        }
        Some(Self(quotient))
    }

    /// Reads a plain decimal such as `0.5` or `400000`; no sign, no exponent, at most 12 decimals.
    pub fn parse(text: &str) -> Result<Self, DecimalProblem> {
        parse_decimal(text, QUANTITY_DECIMALS).map(Self)
    }

    /// The amount in steps of 1e-12 of the unit.
    pub const fn pico_units(self) -> u128 {
        self.0
    }

    /// The sum, or `None` beyond range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or zero when `other` is larger.
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// For charts and tables only: the nearest binary float.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / QUANTITY_ONE as f64
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(formatter, self.0, QUANTITY_DECIMALS)
    }
}

/// An exact non-negative price of one unit, in steps of 1e-15 USD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPrice(u128);

impl UnitPrice {
    /// Reads a plain decimal number of USD such as `0.0000166667`; at most 15 decimals.
    pub fn parse(text: &str) -> Result<Self, DecimalProblem> {
        parse_decimal(text, PRICE_DECIMALS).map(Self)
    }

    /// The price in steps of 1e-15 USD.
    pub const fn femtousd(self) -> u128 {
        self.0
    }

    /// Price times quantity in steps of 1e-27 USD, or `None` beyond 3.4e11 USD.
    pub(super) fn times(self, quantity: Quantity) -> Option<u128> {
        self.0.checked_mul(quantity.0)
    }
}

impl fmt::Display for UnitPrice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_decimal(formatter, self.0, PRICE_DECIMALS)
    }
}

/// The exact factor from the measured window to a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MonthScale {
    numerator: u64,
    denominator: u64,
}

impl MonthScale {
    /// Usage is already monthly.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// Month length over window length, both in the same unit of time. `None` when the window is empty.
    pub fn new(month: u64, window: u64) -> Option<Self> {
        if window == 0 {
            return None;
        }
        let shared = greatest_common_divisor(u128::from(month), u128::from(window)) as u64;
        Some(Self { numerator: month / shared, denominator: window / shared })
    }

    /// The factor times a fraction; `None` when the denominator is zero or the result is no fraction of 64-bit numbers.
    pub fn times(self, numerator: u64, denominator: u64) -> Option<Self> {
        let (above, below) =
            (u128::from(self.numerator) * u128::from(numerator), u128::from(self.denominator) * u128::from(denominator));
        if below == 0 {
            return None;
        }
        let shared = greatest_common_divisor(above, below);
        Some(Self { numerator: u64::try_from(above / shared).ok()?, denominator: u64::try_from(below / shared).ok()? })
    }

    /// For counts in statistics only: the nearest binary float.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// Why a text is not a decimal number of the wanted kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalProblem {
    /// Not digits with at most one point.
    #[error("a plain decimal number without sign or exponent")]
    NotANumber,
    /// Starts with a minus sign.
    #[error("a number that is not negative")]
    Negative,
    /// More decimals than are kept exactly.
    #[error("a number with at most {0} decimals")]
    TooManyDecimals(u32),
    /// Does not fit.
    #[error("a smaller number")]
    TooLarge,
}

/// Rounds an amount in steps of 1e-27 USD to pico-USD, half to even.
pub(super) fn picousd(product: u128) -> i128 {
    let quotient = product / PRODUCT_PER_PICOUSD;
    let remainder = product % PRODUCT_PER_PICOUSD;
    let rounded = if rounds_up(quotient, remainder, PRODUCT_PER_PICOUSD) { quotient + 1 } else { quotient };
    // At most 3.4e38 / 1e15, far inside an i128.
    rounded as i128
}

/// Splits `total` in proportion to `weights`; the shares add up to `total` exactly. Each share is the exact one rounded
/// down, and the units left over go to the largest remainders (ties to the earlier weight). All zero when the weights
/// are. A share never exceeds its weight when `total` is at most the sum of the weights, which must be below 2^126.
pub(super) fn apportion(total: u128, weights: &[u128]) -> Vec<u128> {
    let sum: u128 = weights.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let (mut shares, remainders): (Vec<u128>, Vec<u128>) =
        weights.iter().map(|&weight| multiply_then_divide(total, weight, sum)).unzip();
    let left_over = total - shares.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    // The sort is stable, so equal remainders keep their order.
    order.sort_by(|&left, &right| remainders[right].cmp(&remainders[left]));
    for &index in order.iter().take(left_over as usize) {
        shares[index] += 1;
    }
    shares
}

/// Quotient and remainder of `left * right / divisor` without overflow, for `right <= divisor < 2^126`.
fn multiply_then_divide(left: u128, right: u128, divisor: u128) -> (u128, u128) {
    assert!(right <= divisor && divisor < 1 << 126, "a share is at most the whole");
    if let Some(product) = left.checked_mul(right) {
        return (product / divisor, product % divisor);
    }
    // Schoolbook multiplication bit by bit, reduced as it goes: value = quotient * divisor + remainder throughout. The
    // remainder stays below three times the divisor, hence the bound.
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    for bit in (0..u128::BITS).rev() {
        quotient *= 2;
        remainder *= 2;
        if left >> bit & 1 == 1 {
            remainder += right % divisor;
            quotient += right / divisor;
        }
        while remainder >= divisor {
            remainder -= divisor;
            quotient += 1;
        }
    }
    (quotient, remainder)
}

fn rounds_up(quotient: u128, remainder: u128, divisor: u128) -> bool {
    let rest = divisor - remainder;
    remainder > rest || (remainder == rest && quotient % 2 == 1)
}

fn greatest_common_divisor(left: u128, right: u128) -> u128 {
    let (mut left, mut right) = (left, right);
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

fn parse_decimal(text: &str, decimals: u32) -> Result<u128, DecimalProblem> {
    if text.starts_with('-') {
        return Err(DecimalProblem::Negative);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return Err(DecimalProblem::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals as usize {
        return Err(DecimalProblem::TooManyDecimals(decimals));
    }
    format!("{whole}{fraction:0<width$}", width = decimals as usize).parse().map_err(|_| DecimalProblem::TooLarge)
}

fn write_decimal(formatter: &mut fmt::Formatter<'_>, scaled: u128, decimals: u32) -> fmt::Result {
    let one = 10_u128.pow(decimals);
    let (whole, fraction) = (scaled / one, scaled % one);
    if fraction == 0 {
        return write!(formatter, "{whole}");
    }
    let digits = format!("{fraction:0width$}", width = decimals as usize);
    write!(formatter, "{whole}.{}", digits.trim_end_matches('0'))
}
