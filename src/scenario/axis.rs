//! Axes of a sweep: keys of the scenario and the values they are to have.

use std::str::FromStr;

use thiserror::Error;

/// Most points of a sweep; more is surely a mistake.
pub const POINTS_MAX: usize = 100_000;
/// Significant digits of values that are computed between two ends.
const DIGITS: i32 = 4;

/// A key of the scenario and the values it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub path: String,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    List(Vec<String>),
    Range { low: f64, high: f64, unit: String, log: bool, count: Option<usize>, whole: bool },
}

/// How axes are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sampling {
    /// Every value of an axis with every value of the others; the first axis changes slowest.
    Grid,
    /// The first values of all axes, then the second ones, and so on.
    Zip,
    /// So many points, of which each axis has one in each of as many equal parts.
    Latin(usize),
    /// So many points of a scrambled Sobol sequence, which fills the space evenly.
    Sobol(usize),
}

/// What is wrong with axes, or with how they are combined.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpaceError {
    #[error("a value of `{path}` is empty")]
    EmptyValue { path: String },
    #[error("`{path}` has the value {value} twice")]
    Twice { path: String, value: String },
    #[error("`{text}` is not written LOW..HIGH, LOW..HIGH:COUNT or LOW..HIGH:log:COUNT")]
    NotARange { text: String },
    #[error("the ends of `{text}` have different units; write both in one unit")]
    Units { text: String },
    #[error("the range `{text}` is empty: its first end must be below its second")]
    EmptyRange { text: String },
    #[error("a logarithmic range begins above 0, unlike `{text}`")]
    LogOfNothing { text: String },
    #[error("`{text}` needs a count of values, at least 2: LOW..HIGH:COUNT")]
    NoCount { text: String },
    #[error("axes that go in step need equally many values: `{first}` has {of_first}, `{other}` has {of_other}")]
    Unequal { first: String, of_first: usize, other: String, of_other: usize },
    #[error("`{path}` is varied twice")]
    SamePath { path: String },
    #[error("{count} points are more than {POINTS_MAX}")]
    TooMany { count: usize },
    #[error("a sample needs at least 2 points")]
    TooFew,
}

/// A text that names no way to combine axes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SamplingError {
    #[error("`{0}` is no count of points")]
    Count(String),
    #[error("write grid, zip, latin:N or sobol:N")]
    Unknown,
}

impl FromStr for Sampling {
    type Err = SamplingError;

    fn from_str(text: &str) -> Result<Self, SamplingError> {
        let count = |text: &str| text.parse::<usize>().map_err(|_| SamplingError::Count(text.to_owned()));
        match text.split_once(':') {
            None if text == "grid" => Ok(Self::Grid),
            None if text == "zip" => Ok(Self::Zip),
            Some(("latin", points)) => Ok(Self::Latin(count(points)?)),
            Some(("sobol", points)) => Ok(Self::Sobol(count(points)?)),
            _ => Err(SamplingError::Unknown),
        }
    }
}

impl Sampling {
    /// Whether this many points can be taken.
    ///
    /// # Errors
    /// Too few or too many.
    pub fn checked(self) -> Result<Self, SpaceError> {
        match self {
            Self::Latin(0 | 1) | Self::Sobol(0 | 1) => Err(SpaceError::TooFew),
            Self::Latin(count) | Self::Sobol(count) if count > POINTS_MAX => Err(SpaceError::TooMany { count }),
            _ => Ok(self),
        }
    }
}

impl Axis {
    /// An axis from its text: values separated by commas (split by the caller), or a range.
    ///
    /// # Errors
    /// What is wrong with the values.
    pub fn new(path: &str, values: &[String]) -> Result<Self, SpaceError> {
        let path = path.to_owned();
        if let [text] = values
            && text.contains("..")
        {
            return Ok(Self { path, values: range(text)? });
        }
        if values.iter().any(String::is_empty) {
            return Err(SpaceError::EmptyValue { path });
        }
        if let Some((_, value)) = values.iter().enumerate().find(|(index, value)| values[..*index].contains(value)) {
            return Err(SpaceError::Twice { path, value: value.clone() });
        }
        Ok(Self { path, values: Values::List(values.to_vec()) })
    }

    /// The values one by one; a range has as many as its count says.
    pub fn listed(&self) -> Result<Vec<String>, SpaceError> {
        match &self.values {
            Values::List(values) => Ok(values.clone()),
            Values::Range { count: Some(count), .. } => {
                let mut values: Vec<String> = (0..*count).map(|index| self.at(index as f64 / (*count - 1) as f64)).collect();
                values.dedup();
                Ok(values)
            }
            Values::Range { low, high, unit, count: None, .. } => {
                Err(SpaceError::NoCount { text: format!("{low}{unit}..{high}{unit}") })
            }
        }
    }

    /// Values that stand for all: those of a list, and the ends of a range.
    pub fn examples(&self) -> Vec<String> {
        match &self.values {
            Values::List(values) => values.clone(),
            Values::Range { .. } => vec![self.at(0.0), self.at(1.0)],
        }
    }

    /// The value at a share of the way from the first to the last.
    pub fn at(&self, share: f64) -> String {
        match &self.values {
            Values::List(values) => {
                let index = (share * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
            Values::Range { low, high, unit, log, whole, .. } => {
                // The ends are as written, however many digits they have.
                let between = if share <= 0.0 || share >= 1.0 {
                    return format!("{}{unit}", if share <= 0.0 { low } else { high });
                } else if *log {
                    libm::exp(libm::log(*low) + share * (libm::log(*high) - libm::log(*low)))
                } else {
                    low + share * (high - low)
                };
                let value = if *whole { libm::round(between) } else { rounded(between) };
                format!("{}{unit}", value.clamp(*low, *high))
            }
        }
    }
}

/// The value with [`DIGITS`] significant digits.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let digits = DIGITS - 1 - libm::floor(libm::log10(value.abs())) as i32;
    // Through text, which has no rounding errors of its own.
    format!("{value:.*}", digits.clamp(0, 15) as usize).parse().unwrap_or(value)
}

fn range(text: &str) -> Result<Values, SpaceError> {
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
    // A batch size of 2.15 would be refused; what is written without a unit and a fraction is counted.
    let whole = unit.is_empty() && low.fract() == 0.0 && high.fract() == 0.0;
    Ok(Values::Range { low, high, unit: unit.to_owned(), log, count, whole })
}

/// A number and the unit behind it, with the space between them.
fn number(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end = text.find(|sign: char| !(sign.is_ascii_digit() || sign == '.' || sign == '-')).unwrap_or(text.len());
    let value: f64 = text[..end].parse().ok()?;
    value.is_finite().then_some((value, &text[end..]))
}

/// Splits the values of an axis at commas outside brackets and quotes.
pub fn split_values(text: &str) -> Vec<String> {
    let (mut depth, mut quoted) = (0_u32, None);
    let mut values = vec![String::new()];
    for sign in text.chars() {
        match sign {
            '"' | '\'' if quoted.is_none() => quoted = Some(sign),
            _ if quoted == Some(sign) => quoted = None,
            '[' | '{' | '(' if quoted.is_none() => depth += 1,
            ']' | '}' | ')' if quoted.is_none() => depth = depth.saturating_sub(1),
            ',' if depth == 0 && quoted.is_none() => {
                values.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = values.last_mut() {
            last.push(sign);
        }
    }
    values.into_iter().map(|value| value.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::split_values;

    #[test]
    fn values_are_split_at_commas_outside_brackets_and_quotes() {
        let cases: [(&str, &[&str]); 5] = [
            ("1, 2,3", &["1", "2", "3"]),
            ("{ p50: 1 ms, p99: 2 ms }, 5 ms", &["{ p50: 1 ms, p99: 2 ms }", "5 ms"]),
            (r#""a,b",'c,d'"#, &[r#""a,b""#, "'c,d'"]),
            ("min(a, b),c", &["min(a, b)", "c"]),
            ("1,,2", &["1", "", "2"]),
        ];
        for (text, expected) in cases {
            assert_eq!(split_values(text), expected, "{text}");
        }
    }
}
