//! Time stamps of Choice rules and Wait states: the RFC 3339 profile of ISO 8601 with capital T and Z.

/// A point in time, ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    pub seconds: i64,
    /// Nanoseconds within the second.
    pub nanoseconds: u32,
}

impl Timestamp {
    /// Reads `2016-03-14T01:59:00Z` and the like: optional fraction, `Z` or an offset. None if it is anything else.
    ///
    /// Source of the form: <https://states-language.net/spec.html#timestamps>, read 2026-11-23.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = digits(bytes, 0, 4)?;
        let month = digits(bytes, 5, 2)?;
        let day = digits(bytes, 8, 2)?;
        let hour = digits(bytes, 11, 2)?;
        let minute = digits(bytes, 14, 2)?;
        let second = digits(bytes, 17, 2)?;
        let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if separators.iter().any(|&(position, byte)| bytes[position] != byte) {
            return None;
        }
        // A leap second is written as 60; it is read as the first instant of the next minute.
        if day == 0 || day > days_in_month(year, month)? || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (nanoseconds, zone) = fraction(&bytes[19..])?;
        let seconds = days_since_epoch(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
        Some(Self { seconds: seconds - zone_offset_seconds(zone)?, nanoseconds })
    }
}

/// A number of exactly `length` digits at `start`.
fn digits(bytes: &[u8], start: usize, length: usize) -> Option<i64> {
    let slice = bytes.get(start..start + length)?;
    slice.iter().try_fold(0, |total, byte| byte.is_ascii_digit().then(|| total * 10 + i64::from(byte - b'0')))
}

/// The fraction of a second, in nanoseconds, and what follows it.
fn fraction(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = bytes.strip_prefix(b".") else {
        return Some((0, bytes));
    };
    let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return None;
    }
    // Digits beyond the ninth are below the resolution and dropped.
    let nanoseconds = (0..9).fold(0, |total, position| {
        let digit = if position < length { u32::from(rest[position] - b'0') } else { 0 };
        total * 10 + digit
    });
    Some((nanoseconds, &rest[length..]))
}

fn zone_offset_seconds(zone: &[u8]) -> Option<i64> {
    match zone {
        [b'Z'] => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let (hour, minute) = (digits(zone, 1, 2)?, digits(zone, 4, 2)?);
            if hour > 23 || minute > 59 {
                return None;
            }
            let seconds = hour * 3_600 + minute * 60;
            Some(if *sign == b'+' { seconds } else { -seconds })
        }
        _ => None,
    }
}

fn days_in_month(year: i64, month: i64) -> Option<i64> {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar; years start in March so that the leap day comes last.
fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}
