//! Distributions whose inverse has no formula: computed once on a grid, then interpolated.

use crate::maths::{exp, ln, ln_gamma, normal_cdf, normal_deviate, regularised_gamma};

/// The grid covers normal quantiles from minus this to this; a draw's uniform number stays within 8.21.
const EDGE: f64 = 8.25;
const CELLS_PER_UNIT: f64 = 4.0;
const CELLS: usize = 66;
/// A cell is halved until the interpolation misses the logarithm of the value by less than this half-way between
/// nodes (and then once more, since those values are known by then).
const TOLERANCE: f64 = 1e-6;
const MOST_PARTS: usize = 1024;
/// 1 / sqrt(2 pi), as a logarithm.
const LN_NORMAL_PEAK: f64 = -0.918_938_533_204_672_7;

/// A tabulated inverse: the logarithm of the value as a function of the normal quantile of the probability, which is
/// smooth and nearly straight for these distributions. Cubic between nodes, with exact slopes.
#[derive(Clone, Debug, PartialEq)]
pub struct Tabulated {
    shape: Shape,
    /// Mean of the distribution; the table is that of mean 1.
    mean: f64,
    cells: Vec<Cell>,
    nodes: Vec<Node>,
}

/// A distribution of mean 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    /// Gamma with this shape parameter.
    Gamma(f64),
    /// Exponential phases, of which one is chosen: (share, mean).
    Hyperexponential(Vec<(f64, f64)>),
}

/// An interval of the grid, with its own resolution.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    first_node: usize,
    parts: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    value: f64,
    slope: f64,
}

impl Tabulated {
    pub(super) fn new(shape: Shape, mean: f64) -> Self {
        let mut cells = Vec::with_capacity(CELLS);
        let mut nodes = Vec::new();
        let mut start = shape.node(-EDGE, shape.first_guess());
        for index in 0..CELLS {
            let from = index as f64 / CELLS_PER_UNIT - EDGE;
            let cell = refine(&shape, from, start);
            cells.push(Cell { first_node: nodes.len(), parts: (cell.len() - 1) as f64 });
            start = cell[cell.len() - 1];
            nodes.extend(cell);
        }
        Self { shape, mean, cells, nodes }
    }

    #[inline]
    pub(super) fn at(&self, u: f64) -> f64 {
        let position = ((normal_deviate(u) + EDGE) * CELLS_PER_UNIT).clamp(0.0, CELLS as f64);
        let index = (position as usize).min(CELLS - 1);
        let cell = self.cells[index];
        let within = (position - index as f64) * cell.parts;
        let part = within.min(cell.parts - 1.0).floor();
        let node = cell.first_node + part as usize;
        let width = 1.0 / (CELLS_PER_UNIT * cell.parts);
        self.mean * exp(interpolate(self.nodes[node], self.nodes[node + 1], width, within - part))
    }

    pub(super) fn mean(&self) -> f64 {
        self.mean
    }

    pub(super) fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 { 0.0 } else { self.shape.probabilities(x / self.mean).0 }
    }

    pub(super) fn scale(&mut self, factor: f64) {
        self.mean *= factor;
    }
}

/// The nodes of one cell, ends included, as close together as the tolerance asks for.
fn refine(shape: &Shape, from: f64, start: Node) -> Vec<Node> {
    let width = 1.0 / CELLS_PER_UNIT;
    let end = shape.node(from + width, start.value + start.slope * width);
    let mut nodes = vec![start, end];
    while nodes.len() <= MOST_PARTS {
        let step = width / (nodes.len() - 1) as f64;
        let mut finer = Vec::with_capacity(nodes.len() * 2);
        let mut error = 0.0_f64;
        for (index, pair) in nodes.windows(2).enumerate() {
            let guess = interpolate(pair[0], pair[1], step, 0.5);
            let middle = shape.node(from + (index as f64 + 0.5) * step, guess);
            error = error.max((middle.value - guess).abs());
            finer.extend([pair[0], middle]);
        }
        finer.push(nodes[nodes.len() - 1]);
        nodes = finer;
        if error < TOLERANCE {
            break;
        }
    }
    keep_monotone(&mut nodes, width);
    nodes
}

/// A cubic rises throughout when its end slopes are at most three times the slope between its ends (Fritsch and
/// Carlson). Matters only where the finest grid is still too coarse.
fn keep_monotone(nodes: &mut [Node], width: f64) {
    let step = width / (nodes.len() - 1) as f64;
    for index in 0..nodes.len() - 1 {
        let most = 3.0 * ((nodes[index + 1].value - nodes[index].value) / step).max(0.0);
        nodes[index].slope = nodes[index].slope.min(most);
        nodes[index + 1].slope = nodes[index + 1].slope.min(most);
    }
}

/// The cubic Hermite polynomial between two nodes, `t` in 0..=1 of the way.
#[inline]
fn interpolate(left: Node, right: Node, width: f64, t: f64) -> f64 {
    let rise = right.value - left.value;
    let from = left.slope * width;
    let until = right.slope * width;
    let square = 3.0 * rise - 2.0 * from - until;
    let cube = from + until - 2.0 * rise;
    left.value + t * (from + t * (square + t * cube))
}

impl Shape {
    /// The probabilities of a value of at most `x` and above it.
    fn probabilities(&self, x: f64) -> (f64, f64) {
        match self {
            Self::Gamma(shape) => regularised_gamma(*shape, x * shape),
            Self::Hyperexponential(phases) => phases
                .iter()
                .fold((0.0, 0.0), |sum, (share, mean)| (sum.0 - share * libm::expm1(-x / mean), sum.1 + share * exp(-x / mean))),
        }
    }

    /// Logarithm of the density of the logarithm of the variable, at the logarithm `y`.
    fn ln_density(&self, y: f64) -> f64 {
        let x = exp(y);
        match self {
            Self::Gamma(shape) => shape * (y + ln(*shape)) - x * shape - ln_gamma(*shape),
            Self::Hyperexponential(phases) => {
                let density: f64 = phases.iter().map(|(share, mean)| share * (x / mean) * exp(-x / mean)).sum();
                ln(density)
            }
        }
    }

    /// About the logarithm of the value at the lower edge, where both kinds follow a power of the value.
    fn first_guess(&self) -> f64 {
        let ln_probability = ln(normal_cdf(-EDGE));
        match self {
            Self::Gamma(shape) if *shape < 1.0 => ln_probability / shape,
            Self::Gamma(shape) => -EDGE / shape.sqrt(),
            Self::Hyperexponential(_) => ln_probability,
        }
    }

    /// The node at the normal quantile `z`, found by Newton's method on the logarithm of the nearer tail, between
    /// bounds that a bisection keeps.
    fn node(&self, z: f64, guess: f64) -> Node {
        let target = ln(normal_cdf(-z.abs()));
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut y = guess;
        let mut stride = 0.5;
        for _ in 0..200 {
            let (below, above) = self.probabilities(exp(y));
            let tail = if z <= 0.0 { below } else { above };
            let sign = if z <= 0.0 { 1.0 } else { -1.0 };
            let miss = sign * (ln(tail) - target);
            if miss > 0.0 {
                high = y;
            } else {
                low = y;
            }
            let newton = y - miss * exp(ln(tail) - self.ln_density(y));
            let next = if newton > low && newton < high && (newton - y).abs() < 4.0 {
                newton
            } else if low.is_finite() && high.is_finite() {
                f64::midpoint(low, high)
            } else {
                // Only one side is known: walk, in growing strides.
                stride *= 2.0;
                if miss > 0.0 { y - stride } else { y + stride }
            };
            let moved = (next - y).abs();
            y = next;
            if moved <= 1e-12 * y.abs().max(1.0) {
                break;
            }
        }
        let ln_normal = LN_NORMAL_PEAK - z * z / 2.0;
        Node { value: y, slope: exp(ln_normal - self.ln_density(y)) }
    }
}
