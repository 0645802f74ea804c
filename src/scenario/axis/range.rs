//! A range of values with a unit: parsed, and divided in even steps or in even ratios.

use super::SpaceError;

/// Significant digits of values that are computed between two ends, at least.
const DIGITS: i32 = 4;
/// On a linear scale the resolution of values near 0 is a share of this share of the range.
const NEAR_ZERO: f64 = 0.01;
/// A range of which the high end is so many times the low end is divided in even ratios.
const WIDE: f64 = 10.0;

/// `LOW..HIGH`, `LOW..HIGH:COUNT`, `LOW..HIGH:log` or `LOW..HIGH:log:COUNT`.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    /// As written, with the space before it.
    pub unit: String,
    /// Divided in even ratios.
    pub log: bool,
    /// How many values a sweep takes.
    pub count: Option<usize>,
    /// Only whole numbers between the ends.
    pub whole: bool,
}

impl Range {
    /// Reads a range.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, SpaceError> {
        let wrong = || SpaceError::NotARange { text: text.to_owned() };
        let (low, rest) = text.split_once("..").ok_or_else(wrong)?;
        let mut parts = rest.split(':').map(str::trim);
        let (low, unit) = number(low).ok_or_else(wrong)?;
        let (high, other) = parts.next().and_then(number).ok_or_else(wrong)?;
        let (mut log, mut count) = (false, None);
        for part in parts {
            match part.parse::<usize>() {
                Ok(given) if count.is_none() => count = Some(given),
                Err(_) if part == "log" && !log => log = true,
                _ => return Err(wrong()),
            }
        }
        let text = text.to_owned();
        if unit != other {
            return Err(SpaceError::Units { text });
        }
        if low >= high {
            return Err(SpaceError::EmptyRange { text });
        }
        if log && low <= 0.0 {
            return Err(SpaceError::LogOfNothing { text });
        }
        if count.is_some_and(|count| count < 2) {
            return Err(SpaceError::NoCount { text });
        }
        // A batch size of 2.15 would be refused, a memory size of 512.5 MB as well.
        let counted = unit.is_empty() || unit.trim() == "MB";
        let whole = counted && low.fract() == 0.0 && high.fract() == 0.0;
        Ok(Self { low, high, unit: unit.to_owned(), log, count, whole })
    }

    /// The values of a sweep, one by one.
    pub(super) fn listed(&self) -> Result<Vec<String>, SpaceError> {
        let Self { low, high, unit, .. } = self;
        let count = self.count.ok_or_else(|| SpaceError::NoCount { text: format!("{low}{unit}..{high}{unit}") })?;
        let mut values: Vec<String> = (0..count).map(|index| self.at(index as f64 / (count - 1) as f64)).collect();
        values.dedup();
        Ok(values)
    }

    /// The value at a share of the way from the low to the high end, as text.
    pub(super) fn at(&self, share: f64) -> String {
        // The ends are as written, however many digits they have.
        let value = if share <= 0.0 {
            self.low
        } else if share >= 1.0 {
            self.high
        } else {
            self.between(self.low, self.high, share, DIGITS)
        };
        self.text(value)
    }

    /// A value as it is written in a scenario.
    pub fn text(&self, value: f64) -> String {
        format!("{value}{}", self.unit)
    }

    /// The same range for a search: in even ratios if it is above 0 and is one of rates or shares, or wide.
    #[must_use]
    pub fn for_search(mut self) -> Self {
        let ratio = self.unit.contains('/') || self.unit.contains('%') || self.high >= WIDE * self.low;
        self.log |= self.low > 0.0 && ratio;
        self
    }

    /// A value as a place on the scale.
    pub fn place(&self, value: f64) -> f64 {
        if self.log { libm::log(value) } else { value }
    }

    /// The value at a place on the scale.
    pub fn value(&self, place: f64) -> f64 {
        if self.log { libm::exp(place) } else { place }
    }

    /// The value a share of the way from `low` to `high`, with few digits.
    pub fn between(&self, low: f64, high: f64, share: f64, digits: i32) -> f64 {
        let value = self.value(self.place(low) + share * (self.place(high) - self.place(low)));
        let value = if self.whole { libm::round(value) } else { rounded(value, digits.max(DIGITS)) };
        value.clamp(low, high)
    }

    /// The value in the middle of two, unless they are neighbours at this relative resolution.
    pub fn middle(&self, low: f64, high: f64, resolution: f64) -> Option<f64> {
        let near = if self.log { high / low <= 1.0 + resolution } else { high - low <= resolution * self.size(low, high) };
        if near || self.whole && high - low <= 1.0 {
            return None;
        }
        // Two digits more than the resolution, so that rounding does not decide.
        let digits = 2 + libm::ceil(-libm::log10(resolution)) as i32;
        let mut middle = self.between(low, high, 0.5, digits);
        if self.whole {
            middle = middle.clamp(low + 1.0, high - 1.0);
        }
        (low < middle && middle < high).then_some(middle)
    }

    /// How often the range can be halved until its parts are neighbours at this resolution, at most.
    pub fn halvings(&self, resolution: f64) -> usize {
        let span = self.high - self.low;
        let parts = if self.log {
            // Whole numbers are neighbours at 1, which is the smallest share at the high end.
            let share = if self.whole { resolution.max(1.0 / self.high) } else { resolution };
            (libm::log(self.high) - libm::log(self.low)) / libm::log1p(share)
        } else {
            let step = resolution * self.size(self.low.abs().min(self.high.abs()), 0.0);
            span / if self.whole { step.max(1.0) } else { step }
        };
        // One more, since rounded middles are a little off.
        libm::ceil(libm::log2(parts.max(1.0))) as usize + 1
    }

    /// What a resolution is a share of on a linear scale.
    fn size(&self, low: f64, high: f64) -> f64 {
        low.abs().max(high.abs()).max(NEAR_ZERO * (self.high - self.low))
    }
}

/// The value with so many significant digits.
pub fn rounded(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let digits = digits - 1 - libm::floor(libm::log10(value.abs())) as i32;
    // Through text, which has no rounding errors of its own.
    format!("{value:.*}", digits.clamp(0, 15) as usize).parse().unwrap_or(value)
}

/// A number and the unit behind it, with the space between them.
fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-')).unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then_some((value, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::Range;

    fn range(text: &str) -> Range {
        Range::parse(text).unwrap_or_else(|error| panic!("{error}")).for_search()
    }

    #[test]
    fn searches_halve_rates_shares_and_wide_ranges_in_ratios() {
        let cases = [
            ("10/s..20/s", true, Some(14.14)),
            ("0/s..20/s", false, Some(10.0)),
            ("1%..4%", true, Some(2.0)),
            ("1 s..3 s", false, Some(2.0)),
            ("1 s..100 s", true, Some(10.0)),
            ("2..9", false, Some(6.0)),
            ("1..100", true, Some(10.0)),
            ("4..5", false, None),
            ("128 MB..10240 MB", true, Some(1145.0)),
            ("512 MB..768 MB", false, Some(640.0)),
        ];
        for (text, log, middle) in cases {
            let range = range(text);
            assert_eq!((range.log, range.middle(range.low, range.high, 0.01)), (log, middle), "{text}");
        }
    }

    #[test]
    fn neighbours_have_no_middle_and_halving_comes_to_them_in_time() {
        for text in ["10/s..2000/s", "0/s..1000/s", "1..100000", "3..7", "0.5 s..0.6 s", "128 MB..10240 MB", "-5..5"] {
            for resolution in [0.1, 0.01, 0.0001] {
                let range = range(text);
                // Wherever what is looked for lies.
                for target in 0..=20 {
                    let target = range.low + f64::from(target) / 20.0 * (range.high - range.low);
                    let (mut low, mut high, mut halvings) = (range.low, range.high, 0);
                    while let Some(middle) = range.middle(low, high, resolution) {
                        assert!(low < middle && middle < high);
                        if middle <= target {
                            low = middle
                        } else {
                            high = middle
                        }
                        halvings += 1;
                    }
                    assert!(halvings <= range.halvings(resolution), "{text} {resolution} {target}: {halvings}");
                    let near = high - low <= 1.0 && range.whole || high - low <= resolution * 1.02 * range.size(low, high);
                    assert!(near, "{text} {resolution}: {low} {high}");
                }
            }
        }
    }
}
