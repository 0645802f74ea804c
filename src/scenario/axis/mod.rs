//! Axes of a sweep: keys of the scenario and the values they are to have.

mod range;

use std::str::FromStr;

use thiserror::Error;

pub use range::{Range, rounded};

/// Most points of a sweep; more is surely a mistake.
pub const POINTS_MAX: usize = 100_000;

/// A key of the scenario and the values it is to have.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    pub path: String,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    List(Vec<String>),
    Range(Range),
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
            return Ok(Self { path, values: Values::Range(Range::parse(text)?) });
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
            Values::Range(range) => range.listed(),
        }
    }

    /// The range, unless the values are a list.
    pub fn range(&self) -> Option<&Range> {
        match &self.values {
            Values::List(_) => None,
            Values::Range(range) => Some(range),
        }
    }

    /// Values that stand for all: those of a list, and the ends of a range.
    pub fn examples(&self) -> Vec<String> {
        match &self.values {
            Values::List(values) => values.clone(),
            Values::Range(range) => vec![range.at(0.0), range.at(1.0)],
        }
    }

    /// The value at a share of the way from the first to the last.
    pub fn at(&self, share: f64) -> String {
        match &self.values {
            Values::List(values) => {
                let index = (share * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
            Values::Range(range) => range.at(share),
        }
    }
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
