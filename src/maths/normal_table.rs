//! The inverse of the normal distribution for sampling: a table, since samples need speed and not the last digits.

use std::sync::LazyLock;

use super::elementary::exp;
use super::normal::normal_quantile;

/// Each octave of the probability of the nearer tail is cut into 2^5 cells.
const CELL_BITS: u32 = 5;
const CELLS_PER_OCTAVE: usize = 1 << CELL_BITS;
/// From one half down to the smallest uniform number of a draw.
const OCTAVES: usize = 52;
const SMALLEST: f64 = 1.0 / (1_u64 << 53) as f64;
/// The mantissa bits that a cell does not use up.
const REST_BITS: u32 = 52 - CELL_BITS;
const FIRST: usize = (SMALLEST.to_bits() >> REST_BITS) as usize;
const ONE: u64 = 1.0_f64.to_bits();
const MANTISSA: u64 = (1 << 52) - 1;
const ROOT_TWO_PI: f64 = 2.506_628_274_631_000_5;

/// The cubics of all cells: the distance from the median in standard deviations, as a function of the way through the
/// cell. They meet with equal slopes.
static CELLS: LazyLock<Vec<[f64; 4]>> = LazyLock::new(|| {
    // One cell more than there are: the one that starts at one half.
    (0..=OCTAVES * CELLS_PER_OCTAVE).map(cubic).collect()
});

/// [`normal_quantile`] for `u` from 2^-53 to 1 - 2^-53, to an absolute error of 1e-8 and rising throughout. Numbers
/// outside of these bounds count as the nearer one.
#[inline]
pub fn normal_deviate(u: f64) -> f64 {
    let tail = u.min(1.0 - u).max(SMALLEST);
    let bits = tail.to_bits();
    let cells = CELLS.as_slice();
    let index = ((bits >> REST_BITS) as usize).wrapping_sub(FIRST);
    let [c0, c1, c2, c3] = cells[index.min(cells.len() - 1)];
    let way = f64::from_bits(ONE | (bits << CELL_BITS) & MANTISSA) - 1.0;
    (c0 + way * (c1 + way * (c2 + way * c3))).copysign(u - 0.5)
}

fn cubic(index: usize) -> [f64; 4] {
    let start = f64::from_bits(((FIRST + index) as u64) << REST_BITS);
    let end = f64::from_bits(((FIRST + index + 1) as u64) << REST_BITS);
    let (from, until) = (-normal_quantile(start), -normal_quantile(end));
    let slope = |z: f64| -(end - start) * ROOT_TWO_PI * exp(z * z / 2.0);
    let (leave, arrive, rise) = (slope(from), slope(until), until - from);
    [from, leave, 3.0 * rise - 2.0 * leave - arrive, leave + arrive - 2.0 * rise]
}
