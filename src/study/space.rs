//! The points of a sweep: axes of values, combined as a grid, in step, or as a sample of a space.

use crate::kernel::{Draw, Purpose, Streams};
use crate::scenario::axis::{Axis, POINTS_MAX, Sampling, SpaceError};

/// Draws that order the strata of a Latin hypercube, and those within a stratum.
const STRATUM: Purpose = Purpose::new(0x5357_0001);
const WITHIN: Purpose = Purpose::new(0x5357_0002);

/// The points: for each the values of all axes, in their order. `seed` decides samples.
///
/// # Errors
/// What is wrong with the axes together.
pub fn points(axes: &[Axis], sampling: Sampling, seed: u64) -> Result<Vec<Vec<String>>, SpaceError> {
    if let Some((_, axis)) = axes.iter().enumerate().find(|(index, axis)| axes[..*index].iter().any(|one| one.path == axis.path))
    {
        return Err(SpaceError::SamePath { path: axis.path.clone() });
    }
    match sampling.checked()? {
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
        Sampling::Latin(count) => Ok(latin(axes, count, seed)),
        Sampling::Sobol(count) => {
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
    use super::points;
    use crate::scenario::axis::{Axis, Sampling, SpaceError};

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
