//! A number with a physical dimension: what literals and expressions evaluate to before they become a unit type.

use std::fmt;

use super::exact::Exact;
use super::{Bytes, Count, Duration, Money, Number, RATE_PARTS, Rate, Share};

/// Exponents of the base units second, byte and US dollar. A rate is time to the power of -1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dimension {
    time: i8,
    bytes: i8,
    money: i8,
}

impl Dimension {
    /// A plain number.
    pub const NONE: Self = Self::of(0, 0, 0);
    /// Seconds.
    pub const TIME: Self = Self::of(1, 0, 0);
    /// Bytes.
    pub const BYTES: Self = Self::of(0, 1, 0);
    /// Events per second.
    pub const RATE: Self = Self::of(-1, 0, 0);
    /// US dollars.
    pub const MONEY: Self = Self::of(0, 0, 1);

    const fn of(time: i8, bytes: i8, money: i8) -> Self {
        Self { time, bytes, money }
    }

    fn combine(self, other: Self, sign: i8) -> Option<Self> {
        let add = |left: i8, right: i8| left.checked_add(right.checked_mul(sign)?);
        Some(Self {
            time: add(self.time, other.time)?,
            bytes: add(self.bytes, other.bytes)?,
            money: add(self.money, other.money)?,
        })
    }
}

impl fmt::Display for Dimension {
    /// Writes what a user would call it, with its article: `a duration`, `a size`, `a rate`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match (self.time, self.bytes, self.money) {
            (0, 0, 0) => "a plain number",
            (1, 0, 0) => "a duration",
            (0, 1, 0) => "a size",
            (-1, 0, 0) => "a rate",
            (0, 0, 1) => "an amount of money",
            (-1, 1, 0) => "a size per time",
            (-1, 0, 1) => "an amount of money per time",
            _ => "a product of units",
        };
        formatter.write_str(name)
    }
}

/// What went wrong with a literal or an expression, in words for the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// The group of mistakes it belongs to.
    pub kind: UnitErrorKind,
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Bytes of the text that are to blame, when it is not all of it.
    pub range: Option<(usize, usize)>,
}

/// Groups of mistakes in a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitErrorKind {
    /// The text is neither a quantity nor an expression.
    Syntax,
    /// The unit is missing, unknown, or of another dimension.
    Unit,
    /// The value does not fit.
    Range,
    /// A name that no parameter has.
    UnknownName,
    /// It follows from a mistake that has been reported.
    Reported,
}

impl UnitError {
    /// An error without hint.
    pub fn new(kind: UnitErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None, range: None }
    }

    /// The same error with a hint.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same error, blamed on some bytes of the text unless it is already blamed on others.
    pub fn at(mut self, start: usize, end: usize) -> Self {
        self.range = self.range.or(Some((start, end)));
        self
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for UnitError {}

/// A value in base units (seconds, bytes, US dollars) and its dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The value in base units.
    pub value: Exact,
    /// What is measured.
    pub dimension: Dimension,
}

impl Quantity {
    /// A plain number.
    pub const fn number(value: Exact) -> Self {
        Self { value, dimension: Dimension::NONE }
    }

    /// One of the unit with this name, `None` when there is no such unit.
    pub fn unit(name: &str) -> Option<Self> {
        let whole = |value: i128, dimension| Some((Exact::whole(value), dimension));
        let parts = |value: i128| Some((Exact::ratio(1, value)?, Dimension::TIME));
        let (value, dimension) = match name {
            "ns" => parts(1_000_000_000),
            "us" | "µs" => parts(1_000_000),
            "ms" => parts(1_000),
            "s" => whole(1, Dimension::TIME),
            "min" => whole(60, Dimension::TIME),
            "h" => whole(3_600, Dimension::TIME),
            "d" => whole(86_400, Dimension::TIME),
            "B" => whole(1, Dimension::BYTES),
            "KB" | "KiB" => whole(1 << 10, Dimension::BYTES),
            "MB" | "MiB" => whole(1 << 20, Dimension::BYTES),
            "GB" | "GiB" => whole(1 << 30, Dimension::BYTES),
            "TB" | "TiB" => whole(1 << 40, Dimension::BYTES),
            "USD" => whole(1, Dimension::MONEY),
            "%" => Some((Exact::ratio(1, 100)?, Dimension::NONE)),
            _ => None,
        }?;
        Some(Self { value, dimension })
    }

    /// Reads one literal: a number with or without unit (`1.991 s`, `512 MB`, `200/s`, `0.5%`, `$3`, `7`).
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let trimmed = text.trim();
        let (negative, unsigned) = match trimmed.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, trimmed),
        };
        let (dollars, unsigned) = match unsigned.strip_prefix('$') {
            Some(rest) => (true, rest.trim_start()),
            None => (false, unsigned),
        };
        let digits = number_length(unsigned);
        let (number, rest) = unsigned.split_at(digits);
        if digits == 0 {
            let message = format!("`{trimmed}` is not a quantity");
            return Err(UnitError::new(UnitErrorKind::Syntax, message).hint("start with a number"));
        }
        let value = Exact::parse(number).ok_or_else(|| too_precise(number))?;
        let value = if negative { value.negate().ok_or_else(|| too_precise(number))? } else { value };
        let unit = if dollars && rest.trim().is_empty() { "USD" } else { rest.trim() };
        Self::number(value).with_unit(unit, trimmed)
    }

    fn with_unit(self, unit: &str, literal: &str) -> Result<Self, UnitError> {
        let (name, per) = match unit.strip_prefix('/') {
            Some(name) => (name.trim(), true),
            None => (unit, false),
        };
        if name.is_empty() && !per {
            return Ok(self);
        }
        let unit = Self::unit(name).ok_or_else(|| unknown_unit(name))?;
        let result = if per { self.over(unit) } else { self.times(unit) }?;
        result.check_resolution(literal)?;
        Ok(result)
    }

    /// Refuses a literal that is finer than the integer it becomes: it was meant in another unit.
    pub fn check_resolution(self, literal: &str) -> Result<(), UnitError> {
        let (scale, what) = match self.dimension {
            Dimension::TIME => (1_000_000_000, "a nanosecond"),
            Dimension::BYTES => (1, "a byte"),
            _ => return Ok(()),
        };
        match self.value.times(Exact::whole(scale)) {
            Some(scaled) if scaled.to_whole().is_none() => {
                let message = format!("`{literal}` is not a whole number of {}s", &what[2..]);
                Err(UnitError::new(UnitErrorKind::Range, message).hint(format!("{what} is the finest step")))
            }
            _ => Ok(()),
        }
    }

    /// The sum of two quantities of the same dimension.
    pub fn plus(self, other: Self) -> Result<Self, UnitError> {
        let dimension = self.same_dimension(other, "added to")?;
        let value = self.value.plus(other.value).ok_or_else(overflow)?;
        Ok(Self { value, dimension })
    }

    /// The difference of two quantities of the same dimension.
    pub fn minus(self, other: Self) -> Result<Self, UnitError> {
        let dimension = other.same_dimension(self, "subtracted from")?;
        let value = self.value.minus(other.value).ok_or_else(overflow)?;
        Ok(Self { value, dimension })
    }

    /// The product; dimensions multiply.
    pub fn times(self, other: Self) -> Result<Self, UnitError> {
        let value = self.value.times(other.value).ok_or_else(overflow)?;
        let dimension = self.dimension.combine(other.dimension, 1).ok_or_else(overflow)?;
        Ok(Self { value, dimension })
    }

    /// The quotient; dimensions divide.
    pub fn over(self, other: Self) -> Result<Self, UnitError> {
        if other.value.is_zero() {
            return Err(UnitError::new(UnitErrorKind::Range, "division by zero"));
        }
        let value = self.value.over(other.value).ok_or_else(overflow)?;
        let dimension = self.dimension.combine(other.dimension, -1).ok_or_else(overflow)?;
        Ok(Self { value, dimension })
    }

    /// The smaller (or larger) of two quantities of the same dimension.
    pub fn choose(self, other: Self, larger: bool) -> Result<Self, UnitError> {
        self.same_dimension(other, "compared with")?;
        let order = self.value.compare(other.value).ok_or_else(overflow)?;
        Ok(if order.is_lt() == larger { other } else { self })
    }

    fn same_dimension(self, other: Self, action: &str) -> Result<Dimension, UnitError> {
        if self.dimension == other.dimension {
            return Ok(self.dimension);
        }
        let message = format!("{} cannot be {action} {}", self.dimension, other.dimension);
        Err(UnitError::new(UnitErrorKind::Unit, message))
    }

    fn expect(self, dimension: Dimension, example: &str) -> Result<Exact, UnitError> {
        if self.dimension == dimension || (self.dimension == Dimension::NONE && self.value.is_zero()) {
            return Ok(self.value);
        }
        let message = if self.dimension == Dimension::NONE {
            format!("{dimension} needs a unit")
        } else {
            format!("expected {dimension}, found {}", self.dimension)
        };
        Err(UnitError::new(UnitErrorKind::Unit, message).hint(format!("write it like `{example}`")))
    }

    /// As a duration, rounded to the nanosecond.
    pub fn to_duration(self) -> Result<Duration, UnitError> {
        let value = self.expect(Dimension::TIME, "30 s")?;
        scaled_unsigned(value, 1_000_000_000, "a duration", "584 years").map(Duration)
    }

    /// As a size, rounded to the byte.
    pub fn to_bytes(self) -> Result<Bytes, UnitError> {
        let value = self.expect(Dimension::BYTES, "256 KB")?;
        scaled_unsigned(value, 1, "a size", "16 million TB").map(Bytes)
    }

    /// As a rate, rounded to a thousand-millionth per second.
    pub fn to_rate(self) -> Result<Rate, UnitError> {
        let value = self.expect(Dimension::RATE, "200/s")?;
        let rate = scaled_unsigned(value, RATE_PARTS, "a rate", "18 thousand million per second")?;
        if rate == 0 && !value.is_zero() {
            return Err(UnitError::new(UnitErrorKind::Range, "a rate below one in a thousand million seconds is not supported"));
        }
        Ok(Rate(rate))
    }

    /// As a share from 0 to 1.
    pub fn to_share(self) -> Result<Share, UnitError> {
        let value = self.expect(Dimension::NONE, "0.5%")?;
        let share = value.to_f64();
        if (0.0..=1.0).contains(&share) {
            return Ok(Share(share));
        }
        let error = UnitError::new(UnitErrorKind::Range, "a share lies between 0 and 1, that is 0% and 100%");
        Err(match value.to_decimal(6) {
            Some(digits) if (0.0..=100.0).contains(&share) => error.hint(format!("`{digits}%`?")),
            _ => error,
        })
    }

    /// As a whole number that is not negative.
    pub fn to_count(self) -> Result<Count, UnitError> {
        let value = self.expect(Dimension::NONE, "10")?;
        let Some(whole) = value.to_whole() else {
            return Err(UnitError::new(UnitErrorKind::Range, "expected a whole number"));
        };
        u64::try_from(whole).map(Count).map_err(|_| UnitError::new(UnitErrorKind::Range, "a count is 0 or more and fits 64 bits"))
    }

    /// As a plain number.
    pub fn to_number(self) -> Result<Number, UnitError> {
        Ok(Number(self.expect(Dimension::NONE, "1.5")?.to_f64()))
    }

    /// As money, rounded to the pico-dollar. A plain number means US dollars.
    pub fn to_money(self) -> Result<Money, UnitError> {
        let value = match self.dimension {
            Dimension::NONE => self.value,
            _ => self.expect(Dimension::MONEY, "20 USD")?,
        };
        let scaled = value.times(Exact::whole(1_000_000_000_000)).ok_or_else(overflow)?;
        Ok(Money(scaled.round()))
    }
}

/// How many bytes of the start of `text` form a number: digits, one point, underscores, an exponent.
pub fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    let mut point = false;
    while let Some(&byte) = bytes.get(end) {
        match byte {
            b'0'..=b'9' => end += 1,
            b'_' if end > 0 => end += 1,
            b'.' if !point && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) => {
                point = true;
                end += 1;
            }
            _ => break,
        }
    }
    if end > 0 && matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let digits = bytes[end + 1 + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            end += 1 + sign + digits;
        }
    }
    end
}

/// The error for a unit that does not exist, with the one that was probably meant.
pub fn unknown_unit(name: &str) -> UnitError {
    let error = UnitError::new(UnitErrorKind::Unit, format!("there is no unit `{name}`"));
    let meant = match name.to_ascii_lowercase().as_str() {
        "m" => return error.hint("`min` for minutes, `ms` for milliseconds, `MB` for megabytes"),
        "sec" | "secs" | "second" | "seconds" => "s",
        "mins" | "minute" | "minutes" => "min",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "usec" | "micros" | "microsecond" | "microseconds" => "us",
        "nanos" | "nanosecond" | "nanoseconds" => "ns",
        "b" | "byte" | "bytes" => "B",
        "k" | "kb" | "kib" => "KB",
        "mb" | "mib" => "MB",
        "g" | "gb" | "gib" => "GB",
        "t" | "tb" | "tib" => "TB",
        "usd" | "dollar" | "dollars" | "$" => "USD",
        "percent" | "pct" => "%",
        _ => {
            return error.hint("units are ns, us, ms, s, min, h, d; B, KB, MB, GB, TB; /s, /min, /h; %; USD");
        }
    };
    error.hint(format!("did you mean `{meant}`?"))
}

/// The error for a number with more digits than can be kept.
pub fn too_precise(number: &str) -> UnitError {
    UnitError::new(UnitErrorKind::Range, format!("`{number}` has too many digits"))
}

fn overflow() -> UnitError {
    UnitError::new(UnitErrorKind::Range, "the result is too large to be kept exactly")
}

fn scaled_unsigned(value: Exact, scale: i128, what: &str, most: &str) -> Result<u64, UnitError> {
    if value.is_negative() {
        return Err(UnitError::new(UnitErrorKind::Range, format!("{what} cannot be negative")));
    }
    value
        .times(Exact::whole(scale))
        .and_then(|scaled| u64::try_from(scaled.round()).ok())
        .ok_or_else(|| UnitError::new(UnitErrorKind::Range, format!("{what} can be at most {most}")))
}
