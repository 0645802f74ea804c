//! Integer time, sizes, rates and money: how users write them and how they are printed.
//!
//! A value carries its unit (`30 s`, `512 MB`, `200/s`, `0.5%`, `20 USD`). Decimals are read exactly,
//! never through a float. Sizes count in steps of 1024, as AWS's own settings do.

mod exact;
mod quantity;
mod serde_impls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use exact::Exact;
pub use quantity::{Dimension, Quantity, UnitError, UnitErrorKind, number_length, too_precise, unknown_unit};
pub use serde_impls::UnitType;

/// A span of time in nanoseconds: `30 s`, `1.991 s`, `10 min`. Units: ns, us, ms, s, min, h, d.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(pub u64);

/// A size in bytes: `256 KB`, `1.5 GB`. Units: B, KB, MB, GB, TB in steps of 1024.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub u64);

/// A rate in thousand-millionths per second: `200/s`, `5/min`, `10/h`, `3/d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(pub u64);

/// Steps of a rate in one per second: one a day is then off by six in a million, where millionths were off by 4 %.
const RATE_PARTS: i128 = 1_000_000_000;

/// A share from 0 to 1: `0.5%` or `0.005`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Share(pub f64);

/// A whole number, 0 or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count(pub u64);

/// A plain number.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Number(pub f64);

/// An amount of money in millionths of a millionth of a US dollar: `20 USD`, `0.0000002 USD`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(pub i128);

impl Duration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// So many whole seconds; the longest duration when they do not fit.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// So many whole milliseconds; the longest duration when they do not fit.
    pub const fn millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// The nanoseconds.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// The time in seconds, for statistics and print.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

impl Bytes {
    /// So many times 1024 bytes; the largest size when they do not fit.
    pub const fn kilobytes(count: u64) -> Self {
        Self(count.saturating_mul(1 << 10))
    }

    /// So many times 1024 x 1024 bytes; the largest size when they do not fit.
    pub const fn megabytes(count: u64) -> Self {
        Self(count.saturating_mul(1 << 20))
    }
}

impl Rate {
    /// So many per second; the highest rate when they do not fit.
    pub const fn per_second(count: u64) -> Self {
        Self(count.saturating_mul(RATE_PARTS as u64))
    }

    /// Events per second, for statistics and print.
    pub fn as_per_second(self) -> f64 {
        self.0 as f64 / RATE_PARTS as f64
    }
}

impl Money {
    /// The amount in US dollars, for statistics and print.
    pub fn as_usd(self) -> f64 {
        self.0 as f64 / 1e12
    }
}

macro_rules! from_str {
    ($($name:ident => $convert:ident),* $(,)?) => { $(
        impl FromStr for $name {
            type Err = UnitError;

            fn from_str(text: &str) -> Result<Self, UnitError> {
                Quantity::parse(text)?.$convert()
            }
        }
    )* };
}

from_str! {
    Duration => to_duration, Bytes => to_bytes, Rate => to_rate, Share => to_share,
    Count => to_count, Number => to_number, Money => to_money,
}

/// One way to write a value: its digits and its unit.
struct Candidate {
    digits: String,
    unit: &'static str,
}

/// The candidate with the fewest digits; on a tie the last, so list small units first.
fn shortest(candidates: impl IntoIterator<Item = Candidate>) -> Option<Candidate> {
    let length = |candidate: &Candidate| candidate.digits.bytes().filter(|byte| *byte != b'.').count();
    candidates.into_iter().reduce(|best, next| if length(&next) <= length(&best) { next } else { best })
}

impl fmt::Display for Duration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Minutes, hours and days only when whole: nobody reads `1.5 min` faster than `90 s`.
        const UNITS: [(u64, &str, u32); 7] = [
            (1, "ns", 0),
            (1_000, "us", 3),
            (1_000_000, "ms", 6),
            (1_000_000_000, "s", 9),
            (60_000_000_000, "min", 0),
            (3_600_000_000_000, "h", 0),
            (86_400_000_000_000, "d", 0),
        ];
        write_shortest(formatter, self.0, &UNITS, "0 s")
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str, u32); 5] =
            [(1, "B", 0), (1 << 10, "KB", 3), (1 << 20, "MB", 3), (1 << 30, "GB", 3), (1 << 40, "TB", 3)];
        write_shortest(formatter, self.0, &UNITS, "0 B")
    }
}

fn write_shortest(formatter: &mut fmt::Formatter<'_>, value: u64, units: &[(u64, &'static str, u32)], zero: &str) -> fmt::Result {
    let candidates = units.iter().filter(|(size, _, _)| value >= *size).filter_map(|(size, unit, decimals)| {
        let exact = Exact::ratio(i128::from(value), i128::from(*size))?;
        let digits = exact.to_decimal(*decimals)?;
        Some(Candidate { digits, unit })
    });
    match shortest(candidates) {
        Some(Candidate { digits, unit }) => formatter.pad(&format!("{digits} {unit}")),
        None => formatter.pad(zero),
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i128, &str); 4] = [(86_400, "/d"), (3_600, "/h"), (60, "/min"), (1, "/s")];
        let candidates = UNITS.iter().filter_map(|(seconds, unit)| {
            let digits = shortest_rate_digits(self.0, *seconds)?;
            Some(Candidate { digits, unit })
        });
        match shortest(candidates) {
            Some(Candidate { digits, unit }) => formatter.pad(&format!("{digits}{unit}")),
            None => formatter.pad("0/s"),
        }
    }
}

/// The fewest decimals per `seconds` that read back as the same stored rate, so that `5/min` prints
/// as `5/min` although a twelfth per second has no exact decimal.
fn shortest_rate_digits(parts: u64, seconds: i128) -> Option<String> {
    (0..=9u32).find_map(|decimals| {
        let scale = 10_i128.pow(decimals);
        let exact = Exact::ratio(i128::from(parts) * seconds * scale, RATE_PARTS)?;
        let rounded = Exact::ratio(exact.round(), scale)?;
        let back = rounded.times(Exact::ratio(RATE_PARTS, seconds)?)?.round();
        if back == i128::from(parts) { rounded.to_decimal(decimals) } else { None }
    })
}

impl fmt::Display for Share {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The shortest decimal of the float, with the point moved two places: exact where a product is not.
        let percent = Exact::parse(&self.0.to_string())
            .and_then(|value| value.times(Exact::whole(100)))
            .and_then(|value| value.to_decimal(30));
        match percent {
            Some(digits) => formatter.pad(&format!("{digits}%")),
            None => formatter.pad(&self.0.to_string()),
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = Exact::ratio(self.0, 1_000_000_000_000).and_then(|value| value.to_decimal(12));
        formatter.pad(&format!("{} USD", digits.unwrap_or_default()))
    }
}
