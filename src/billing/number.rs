//! Exact arithmetic for metering rules: a fraction that remembers whether it ever left its range.

use std::ops::{Add, Div, Mul, Sub};

use crate::pricing::Quantity;
use crate::units::Exact;

/// An exact fraction; `None` once a result did not fit 128 bits, and in everything computed from that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(Option<Exact>);

impl Number {
    /// Nothing.
    pub const ZERO: Self = Self(Some(Exact::ZERO));

    /// The fraction `numerator / denominator`.
    pub fn ratio(numerator: i128, denominator: i128) -> Self {
        Self(Exact::ratio(numerator, denominator))
    }

    /// The difference, or nothing if `other` is larger.
    pub fn over(self, other: impl Into<Self>) -> Self {
        let difference = self - other.into();
        if difference.0.is_some_and(Exact::is_negative) { Self::ZERO } else { difference }
    }

    /// The smallest whole number that is not smaller.
    pub fn ceil(self) -> Self {
        let Some(value) = self.0 else { return self };
        let nearest = value.round();
        let below = Exact::whole(nearest).compare(value).is_some_and(std::cmp::Ordering::is_lt);
        Self(Some(Exact::whole(nearest + i128::from(below))))
    }

    /// The larger of both.
    pub fn max(self, other: impl Into<Self>) -> Self {
        let other = other.into();
        let compare = self.0.zip(other.0).and_then(|(left, right)| left.compare(right));
        match compare {
            Some(order) => {
                if order.is_lt() {
                    other
                } else {
                    self
                }
            }
            None => Self(None),
        }
    }

    /// A size in bytes for the rules that count chunks: rounded up to a whole byte; the largest number if it is beyond range.
    pub fn to_bytes(self) -> u64 {
        self.ceil().0.and_then(Exact::to_whole).and_then(|whole| u64::try_from(whole).ok()).unwrap_or(u64::MAX)
    }

    /// A billed quantity.
    pub fn of_quantity(quantity: Quantity) -> Self {
        Self(i128::try_from(quantity.pico_units()).ok().and_then(|pico| Exact::ratio(pico, 1_000_000_000_000)))
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.0.is_some_and(Exact::is_zero)
    }

    /// The amount, rounded at 1e-12 of its unit, half away from nought; `None` beyond range.
    pub fn to_quantity(self) -> Option<Quantity> {
        let scaled = self.0?.times(Exact::whole(1_000_000_000_000))?;
        u128::try_from(scaled.round()).ok().filter(|pico| *pico < 1 << 120).map(Quantity::from_pico_units)
    }
}

impl From<Exact> for Number {
    fn from(value: Exact) -> Self {
        Self(Some(value))
    }
}

impl From<i128> for Number {
    fn from(value: i128) -> Self {
        Self(Some(Exact::whole(value)))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(Some(Exact::whole(i128::from(value))))
    }
}

macro_rules! operator {
    ($($trait:ident $method:ident $exact:ident;)*) => { $(
        impl<T: Into<Number>> $trait<T> for Number {
            type Output = Self;
            fn $method(self, other: T) -> Self {
                Self(self.0.zip(other.into().0).and_then(|(left, right)| left.$exact(right)))
            }
        }
    )* };
}

operator! { Add add plus; Sub sub minus; Mul mul times; Div div over; }

#[cfg(test)]
mod tests {
    use super::Number;

    #[test]
    fn rounding_and_range() {
        assert_eq!(Number::ratio(5, 2).ceil(), Number::from(3_u64));
        assert_eq!(Number::ratio(9, 4).ceil(), Number::from(3_u64));
        assert_eq!(Number::from(3_u64).ceil(), Number::from(3_u64));
        assert_eq!(Number::from(3_u64).over(5_u64), Number::ZERO);
        assert_eq!(Number::from(3_u64).max(5_u64), Number::from(5_u64));
        let huge = Number::from(i128::MAX) * 2_u64;
        assert_eq!((huge + 1_u64).to_quantity(), None);
        assert_eq!(Number::ratio(1, 3).to_quantity().map(|third| third.to_string()).as_deref(), Some("0.333333333333"));
    }
}
