//! Which value to test next, when tests tell one of three things: on the low side, on the high side, or too close to tell.

use crate::scenario::axis::Range;

/// On which side of what is looked for a tested value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Low,
    High,
    /// Too close to tell.
    Open,
}

/// The next value to test, given the tested ones in rising order; `None` when there is nothing between them at this resolution.
///
/// First the gap between the highest value on the low side and its neighbour is halved until they are neighbours at the
/// resolution, then the gap below the lowest value on the high side. What remains between is too close to tell.
pub fn next(range: &Range, resolution: f64, tested: &[(f64, Side)]) -> Option<f64> {
    let high = tested.iter().position(|(_, side)| *side == Side::High);
    let below = &tested[..high.unwrap_or(tested.len())];
    let low = below.iter().rposition(|(_, side)| *side == Side::Low);
    let gap = |index: usize| {
        let (left, right) = (tested.get(index)?.0, tested.get(index + 1)?.0);
        range.middle(left, right, resolution)
    };
    low.and_then(gap).or_else(|| gap(high?.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::{Range, Side, next};

    /// All values tested when what lies in `open` cannot be told.
    fn search(range: &str, resolution: f64, open: (f64, f64)) -> Vec<(f64, Side)> {
        let range = Range::parse(range).unwrap().for_search();
        let side = |value: f64| match value {
            _ if value < open.0 => Side::Low,
            _ if value > open.1 => Side::High,
            _ => Side::Open,
        };
        let mut tested = vec![(range.low, side(range.low)), (range.high, side(range.high))];
        while let Some(value) = next(&range, resolution, &tested) {
            let place = tested.partition_point(|(known, _)| *known < value);
            tested.insert(place, (value, side(value)));
        }
        assert!(tested.len() <= 2 + 2 * range.halvings(resolution), "{tested:?}");
        tested
    }

    fn edges(tested: &[(f64, Side)]) -> (Option<f64>, Option<f64>) {
        let low = tested.iter().rev().find(|(_, side)| *side == Side::Low);
        let high = tested.iter().find(|(_, side)| *side == Side::High);
        (low.map(|edge| edge.0), high.map(|edge| edge.0))
    }

    #[test]
    fn both_edges_of_what_cannot_be_told_are_found() {
        let (low, high) = edges(&search("10/s..2000/s", 0.01, (300.0, 330.0)));
        let (low, high) = (low.unwrap(), high.unwrap());
        assert!((297.0..300.0).contains(&low) && (330.0..=333.4).contains(&high), "{low} {high}");
        assert_eq!(edges(&search("1..50", 0.01, (17.5, 17.5))), (Some(17.0), Some(18.0)));
        let clear = search("1..1000", 0.01, (17.5, 17.5));
        assert!(clear.iter().all(|(_, side)| *side != Side::Open));
    }

    #[test]
    fn an_end_that_cannot_be_told_leaves_one_edge() {
        let (low, high) = edges(&search("1..50", 0.01, (40.5, 90.0)));
        assert_eq!((low, high), (Some(40.0), None));
        let (low, high) = edges(&search("1..50", 0.01, (0.0, 7.5)));
        assert_eq!((low, high), (None, Some(8.0)));
    }
}
