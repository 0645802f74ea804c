//! The points of a sweep: axes of values, combined as a grid, in step, or as a sample of a space.

use thiserror::Error;

use super::range::Range;
use crate::kernel::{Draw, Purpose, Streams};

/// Most points of a sweep; more is surely a mistake.
const POINTS_MAX: usize = 100_000;

/// Draws that order the strata of a Latin hypercube, and those within a stratum.
const STRATUM: Purpose = Purpose::new(0x5357_0001);
const WITHIN: Purpose = Purpose::new(0x5357_0002);

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
    fn listed(&self) -> Result<Vec<String>, SpaceError> {
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

    /// The value at a share of the way from the first to the last.
    fn at(&self, share: f64) -> String {
        match &self.values {
            Values::List(values) => {
                let index = (share * values.len() as f64) as usize;
                values[index.min(values.len() - 1)].clone()
            }
            Values::Range(range) => range.at(share),
        }
    }
}

/// The points: for each the values of all axes, in their order. `seed` decides samples.
///
/// # Errors
/// What is wrong with the axes together.
pub fn points(axes: &[Axis], sampling: Sampling, seed: u64) -> Result<Vec<Vec<String>>, SpaceError> {
    if let Some((_, axis)) = axes.iter().enumerate().find(|(index, axis)| axes[..*index].iter().any(|one| one.path == axis.path))
    {
        return Err(SpaceError::SamePath { path: axis.path.clone() });
    }
    let checked = |count: usize| match count {
        0 | 1 => Err(SpaceError::TooFew),
        _ if count > POINTS_MAX => Err(SpaceError::TooMany { count }),
        _ => Ok(count),
    };
    match sampling {
        Sampling::Grid => {
            let lists = axes.iter().map(Axis::listed).collect::<Result<Vec<_>, _>>()?;
            let count = lists.iter().map(Vec::len).fold(1, usize::saturating_mul);
            if count > POINTS_MAX {
                return Err(SpaceError::TooMany { count });
            }
            let mut made = vec![Vec::new()];
            for list in &lists {
                let longer = |point: &Vec<String>| {
                    list.iter().map(|value| [&point[..], std::slice::from_ref(value)].concat()).collect::<Vec<_>>()
                };
                made = made.iter().flat_map(longer).collect();
            }
            Ok(made)
        }
        Sampling::Zip => {
            let lists = axes.iter().map(Axis::listed).collect::<Result<Vec<_>, _>>()?;
            let Some(first) = lists.first() else { return Ok(Vec::new()) };
            if let Some(other) = lists.iter().position(|list| list.len() != first.len()) {
                return Err(SpaceError::Unequal {
                    first: axes[0].path.clone(),
                    of_first: first.len(),
                    other: axes[other].path.clone(),
                    of_other: lists[other].len(),
                });
            }
            Ok((0..first.len()).map(|index| lists.iter().map(|list| list[index].clone()).collect()).collect())
        }
        Sampling::Latin(count) => Ok(latin(axes, checked(count)?, seed)),
        Sampling::Sobol(count) => {
            let count = checked(count)?;
            let share = |point: usize, axis: usize| f64::from(sobol_burley::sample(point as u32, axis as u32, seed as u32));
            Ok((0..count)
                .map(|point| axes.iter().enumerate().map(|(index, axis)| axis.at(share(point, index))).collect())
                .collect())
        }
    }
}

fn latin(axes: &[Axis], count: usize, seed: u64) -> Vec<Vec<String>> {
    let streams = Streams::new(seed, 0);
    let draw = |purpose, axis: usize, point: usize| -> Draw { streams.draw(purpose, axis as u64, point as u64) };
    let mut made = vec![Vec::new(); count];
    for (index, axis) in axes.iter().enumerate() {
        let mut strata: Vec<usize> = (0..count).collect();
        strata.sort_by_key(|stratum| draw(STRATUM, index, *stratum).bits());
        for (point, stratum) in strata.into_iter().enumerate() {
            let share = (stratum as f64 + draw(WITHIN, index, point).unit()) / count as f64;
            made[point].push(axis.at(share));
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::{Axis, Sampling, SpaceError, points};

    fn axis(path: &str, text: &str) -> Axis {
        parsed(path, text).unwrap_or_else(|error| panic!("{error}"))
    }

    fn parsed(path: &str, text: &str) -> Result<Axis, SpaceError> {
        Axis::new(path, &text.split(',').map(|value| value.trim().to_owned()).collect::<Vec<_>>())
    }

    fn one(text: &str) -> Vec<String> {
        let made = points(&[axis("a", text)], Sampling::Grid, 1).unwrap();
        made.into_iter().map(|mut point| point.remove(0)).collect()
    }

    #[test]
    fn ranges_have_both_ends_and_even_steps() {
        assert_eq!(one("10/s..1000/s:log:3"), ["10/s", "100/s", "1000/s"]);
        assert_eq!(one("1 s..2 s:3"), ["1 s", "1.5 s", "2 s"]);
        assert_eq!(one("1..10:log:4"), ["1", "2", "5", "10"], "counts are whole");
        assert_eq!(one("1..3:9"), ["1", "2", "3"], "and named once");
        assert_eq!(one("0.5%..1%:2"), ["0.5%", "1%"]);
        assert_eq!(one("3.123456/s..7/s:log:2"), ["3.123456/s", "7/s"], "the ends are as written");
    }

    #[test]
    fn what_is_no_range_is_said() {
        let wrong = |text: &str| parsed("a", text).unwrap_err().to_string();
        assert!(wrong("1..x:3").contains("is not written"));
        assert!(wrong("1..5:lin:3").contains("is not written"));
        assert!(wrong("1 s..5 ms:3").contains("different units"));
        assert!(wrong("5..5:3").contains("is empty"));
        assert!(wrong("0..5:log:3").contains("begins above 0"));
        assert!(wrong("1..5:1").contains("needs a count"));
        assert!(wrong("1,,2").contains("is empty"));
        assert!(wrong("1,2,1").contains("twice"));
        let without = points(&[axis("a", "1..5")], Sampling::Grid, 1).unwrap_err();
        assert!(without.to_string().contains("needs a count"), "{without}");
    }

    #[test]
    fn grids_hold_every_pair_and_lists_in_step_only_neighbours() {
        let axes = [axis("a", "1,2"), axis("b", "x,y,z")];
        let grid = points(&axes, Sampling::Grid, 1).unwrap();
        assert_eq!(grid.len(), 6);
        assert_eq!((grid[0].join(""), grid[1].join(""), grid[5].join("")), ("1x".into(), "1y".into(), "2z".into()));
        assert!(matches!(points(&axes, Sampling::Zip, 1), Err(SpaceError::Unequal { of_first: 2, of_other: 3, .. })));
        let zipped = points(&[axis("a", "1,2"), axis("b", "x,y")], Sampling::Zip, 1).unwrap();
        assert_eq!(zipped, [["1", "x"], ["2", "y"]]);
        assert!(matches!(points(&[axis("a", "1"), axis("a", "2")], Sampling::Grid, 1), Err(SpaceError::SamePath { .. })));
    }

    #[test]
    fn samples_put_one_point_into_each_part_of_every_axis() {
        let axes = [axis("a", "0..1000000"), axis("b", "0..1000000")];
        for sampling in [Sampling::Latin(16), Sampling::Sobol(16)] {
            let made = points(&axes, sampling, 7).unwrap();
            for place in 0..2 {
                let mut parts: Vec<usize> =
                    made.iter().map(|point| (point[place].parse::<f64>().unwrap() / 62_500.0) as usize).collect();
                parts.sort_unstable();
                assert_eq!(parts, (0..16).collect::<Vec<_>>(), "{sampling:?}");
            }
            assert_eq!(made, points(&axes, sampling, 7).unwrap(), "the same seed, the same points");
            assert_ne!(made, points(&axes, sampling, 8).unwrap());
        }
    }
}
