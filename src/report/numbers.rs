//! Numbers as people read them: few digits, thousands separators, units, and no more precision than the interval allows.

use crate::results::Estimate;

/// Significant digits of a number that has no interval to limit them.
const DIGITS: i32 = 4;
/// Significant digits of a half width.
const HALF_WIDTH_DIGITS: i32 = 2;
/// Below this magnitude a decimal fraction is all zeros, so the exponent is the readable form.
const TINY: f64 = 1e-6;

/// What an estimate measures; decides unit, scale and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A count, a rate or anything whose unit stands in the heading.
    Number,
    /// Milliseconds; printed in ms, s, min or h, whichever reads best.
    Milliseconds,
    /// US dollars; the currency stands in the heading.
    Usd,
    /// A share in 0..1, printed in percent.
    Share,
}

/// Collects the reasons of withheld numbers, to be printed below the tables.
#[derive(Debug, Default)]
pub struct Notes {
    reasons: Vec<String>,
}

impl Notes {
    /// Number of the footnote that gives `reason`; equal reasons share one.
    pub fn mark(&mut self, reason: &str) -> usize {
        if let Some(position) = self.reasons.iter().position(|known| known == reason) {
            return position + 1;
        }
        self.reasons.push(reason.to_owned());
        self.reasons.len()
    }

    /// The footnotes, one a line, empty if there are none.
    pub fn text(&self) -> String {
        let numbered = self.reasons.iter().enumerate();
        let lines: Vec<String> = numbered.map(|(index, reason)| format!("[{}] {reason}", index + 1)).collect();
        lines.join("\n")
    }
}

/// Prints an estimate with its half width: `123.4 ± 1.2 ms`, `> 900 s`, or `-` with a footnote when it is withheld.
pub fn estimate(estimate: &Estimate, unit: Unit, notes: &mut Notes) -> String {
    if let Some(reason) = &estimate.withheld {
        return format!("- [{}]", notes.mark(reason));
    }
    if let Some(beyond) = estimate.beyond {
        return format!("> {}", value(beyond, unit));
    }
    let Some(mean) = estimate.mean else {
        return "-".to_owned();
    };
    match estimate.half_width() {
        Some(half) => value_with_half_width(mean, half, unit),
        None => value(mean, unit),
    }
}

/// Prints an estimate without its interval.
pub fn estimate_mean(estimate: &Estimate, unit: Unit, notes: &mut Notes) -> String {
    let plain = Estimate { low: None, high: None, ..estimate.clone() };
    self::estimate(&plain, unit, notes)
}

/// A count that is only roughly known, with two significant digits: `33`, `1,300`.
pub fn about(count: u64) -> String {
    let count = count as f64;
    fixed(count, decimals(count, 2).min(0))
}

/// Prints one value in its unit.
pub fn value(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Number => number(value),
        Unit::Milliseconds => milliseconds(value),
        Unit::Usd => usd(value),
        Unit::Share => percent(value),
    }
}

/// Four significant digits, all digits of the whole part, thousands separators: `1,234,567`, `12.35`, `0.001235`.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if value.abs() < TINY {
        return format!("{value:.1e}");
    }
    trim_zeros(&fixed(value, decimals(value, DIGITS).max(0)))
}

/// A time in milliseconds, printed in the unit that keeps the number short: `0.25 ms`, `1.5 s`, `20 min`, `3.2 h`.
pub fn milliseconds(value: f64) -> String {
    let (divisor, name) = time_unit(value);
    format!("{} {name}", number(value / divisor))
}

/// An amount of US dollars without the currency: cents from one dollar up, whole dollars from a thousand up.
pub fn usd(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => fixed(value, 0),
        size if size >= 1.0 => fixed(value, 2),
        size if size >= TINY => trim_zeros(&fixed(value, decimals(value, 3))),
        _ => number(value),
    }
}

/// A share in 0..1 as percent. Shares near one keep the digits that tell them from one: `99.995 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "-".to_owned();
    }
    let percent = share * 100.0;
    let distance = percent.abs().min((100.0 - percent).abs());
    if percent == 0.0 || distance < 1e-9 {
        return format!("{} %", fixed(percent, 0));
    }
    let places = decimals(distance, 2).clamp(1, 6);
    format!("{} %", fixed(percent, places))
}

/// A plain tick label: separators up to a million, then `M` and `G`.
pub fn tick(value: f64) -> String {
    match value.abs() {
        size if size >= 1e9 => format!("{} G", number(value / 1e9)),
        size if size >= 1e6 => format!("{} M", number(value / 1e6)),
        _ => number(value),
    }
}

/// A tick label on a time axis in milliseconds; seconds are the largest unit so that decades stay round.
pub fn tick_milliseconds(value: f64) -> String {
    if value.abs() >= 1000.0 { format!("{} s", tick(value / 1000.0)) } else { format!("{} ms", tick(value)) }
}

/// Mean and half width with the same decimals, chosen by the half width.
fn value_with_half_width(mean: f64, half: f64, unit: Unit) -> String {
    let (divisor, suffix) = match unit {
        Unit::Milliseconds => {
            let (divisor, name) = time_unit(mean);
            (divisor, format!(" {name}"))
        }
        Unit::Share => (0.01, " %".to_owned()),
        Unit::Number | Unit::Usd => (1.0, String::new()),
    };
    let (mean, half) = (mean / divisor, half / divisor);
    if half == 0.0 {
        return format!("{} ± 0{suffix}", number(mean));
    }
    let size = mean.abs().max(half);
    if size < TINY {
        return format!("{mean:.1e} ± {half:.1e}{suffix}");
    }
    let places = decimals(half, HALF_WIDTH_DIGITS).min(decimals(size, DIGITS).max(0));
    let step = power_of_ten(-places);
    // A half width below the last digit shown is rounded up to it: it is at most that.
    format!("{} ± {}{suffix}", fixed(mean, places), fixed(half.max(step), places))
}

/// Milliseconds per unit, and the unit's name, for a time of this size.
fn time_unit(milliseconds: f64) -> (f64, &'static str) {
    match milliseconds.abs() {
        size if size < 1e3 => (1.0, "ms"),
        size if size < 1e6 => (1e3, "s"),
        size if size < 7.2e6 => (6e4, "min"),
        _ => (3.6e6, "h"),
    }
}

/// Decimal places that give `digits` significant digits; negative when the last one stands left of the point.
fn decimals(value: f64, digits: i32) -> i32 {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    let magnitude = libm::floor(libm::log10(value.abs())) as i32;
    (digits - 1 - magnitude).clamp(-12, 12)
}

fn power_of_ten(exponent: i32) -> f64 {
    libm::pow(10.0, f64::from(exponent))
}

/// Rounds to `places` decimals (to tens, hundreds, ... when negative) and groups the thousands.
fn fixed(value: f64, places: i32) -> String {
    let rounded = if places < 0 {
        let step = power_of_ten(-places);
        libm::round(value / step) * step
    } else {
        value
    };
    let text = format!("{rounded:.*}", places.max(0) as usize);
    group_thousands(&text)
}

fn group_thousands(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let all_zero = digits.chars().all(|digit| digit == '0' || digit == '.');
    let sign = if all_zero { "" } else { sign };
    if fraction.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{fraction}") }
}

fn trim_zeros(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}
