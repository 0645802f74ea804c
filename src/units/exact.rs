//! Exact fractions: what a user writes as a decimal is never rounded on the way to an integer unit.

use std::cmp::Ordering;

/// A reduced fraction with a positive denominator. All arithmetic is checked; `None` means that the
/// result does not fit 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exact {
    numerator: i128,
    denominator: i128,
}

impl Exact {
    /// Nought.
    pub const ZERO: Self = Self::whole(0);
    /// One.
    pub const ONE: Self = Self::whole(1);

    /// A whole number.
    pub const fn whole(value: i128) -> Self {
        Self { numerator: value, denominator: 1 }
    }

    /// `numerator / denominator`, reduced. `None` when the denominator is zero or the sign cannot be moved.
    pub fn ratio(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator == 0 {
            return None;
        }
        let divisor = i128::try_from(greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs())).ok()?;
        let sign = if denominator < 0 { -1 } else { 1 };
        Some(Self {
            numerator: (numerator / divisor).checked_mul(sign)?,
            denominator: (denominator / divisor).checked_mul(sign)?,
        })
    }

    /// Reads digits with an optional point and exponent (`12`, `0.25`, `1_000`, `2e3`), without a sign.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(position) => (&text[..position], text[position + 1..].parse::<i32>().ok()?),
            None => (text, 0),
        };
        let mut numerator: i128 = 0;
        let mut decimals: i32 = 0;
        let (mut seen_point, mut seen_digit) = (false, false);
        for character in mantissa.chars() {
            match character {
                '0'..='9' => {
                    let digit = i128::from(character.to_digit(10)?);
                    numerator = numerator.checked_mul(10)?.checked_add(digit)?;
                    decimals = decimals.checked_add(i32::from(seen_point))?;
                    seen_digit = true;
                }
                '.' if !seen_point => seen_point = true,
                '_' if seen_digit => {}
                _ => return None,
            }
        }
        if !seen_digit {
            return None;
        }
        if numerator == 0 {
            return Some(Self::ZERO);
        }
        let scale = exponent.checked_sub(decimals)?;
        let power = 10_i128.checked_pow(scale.unsigned_abs())?;
        if scale < 0 { Self::ratio(numerator, power) } else { Some(Self::whole(numerator.checked_mul(power)?)) }
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::ratio(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(other.negate()?)
    }

    /// The product.
    pub fn times(self, other: Self) -> Option<Self> {
        // Crosswise reduction first keeps the intermediate products small.
        let left = Self::ratio(self.numerator, other.denominator)?;
        let right = Self::ratio(other.numerator, self.denominator)?;
        Self::ratio(left.numerator.checked_mul(right.numerator)?, left.denominator.checked_mul(right.denominator)?)
    }

    /// The quotient; `None` also when `other` is zero.
    pub fn over(self, other: Self) -> Option<Self> {
        self.times(Self::ratio(other.denominator, other.numerator)?)
    }

    /// The same size with the other sign.
    pub fn negate(self) -> Option<Self> {
        Some(Self { numerator: self.numerator.checked_neg()?, denominator: self.denominator })
    }

    /// Order of the two values; `None` when they are too large to compare exactly.
    pub fn compare(self, other: Self) -> Option<Ordering> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Some(left.cmp(&right))
    }

    /// Whether this is nought.
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// Whether this is below nought.
    pub fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// The value, if it has no fraction.
    pub fn to_whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// The nearest whole number, halves away from nought.
    pub fn round(self) -> i128 {
        let quotient = self.numerator / self.denominator;
        let rest = (self.numerator % self.denominator).unsigned_abs();
        if rest >= self.denominator.unsigned_abs() - rest { quotient + self.numerator.signum() } else { quotient }
    }

    /// The nearest float.
    pub fn to_f64(self) -> f64 {
        // Both parts of a decimal a person writes are exact in a float, so the quotient is rounded once.
        self.numerator as f64 / self.denominator as f64
    }

    /// The digits as a decimal without exponent, when there are at most `decimals` of them behind the point.
    pub fn to_decimal(self, decimals: u32) -> Option<String> {
        let mut scale: i128 = 1;
        for places in 0..=decimals {
            if scale % self.denominator == 0 {
                let scaled = self.numerator.checked_mul(scale / self.denominator)?;
                return Some(place_point(scaled, places as usize));
            }
            scale = scale.checked_mul(10)?;
        }
        None
    }
}

fn place_point(scaled: i128, places: usize) -> String {
    let sign = if scaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left.max(1)
}
