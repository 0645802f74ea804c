//! From values to pixels: linear scales from zero, logarithmic scales, and the scale of percentiles.

use super::super::numbers;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Linear,
    Log,
    /// Percentile p at log10(100 / (100 - p)): each nine takes the same room.
    Tail,
}

/// One axis: a range of values laid over a range of pixels.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    kind: Kind,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// From zero to at least `highest`; an honest base for bars.
    pub(super) fn from_zero(highest: f64, from: f64, to: f64) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { 1.0 };
        // Finer than the ticks, so that little room is left above the highest value.
        let step = nice_step(highest, 10);
        let high = libm::ceil(highest / step * 0.999_999) * step;
        Self { kind: Kind::Linear, low: 0.0, high, from, to }
    }

    /// From zero to exactly `highest`, for time.
    pub(super) fn exactly(highest: f64, from: f64, to: f64) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { 1.0 };
        Self { kind: Kind::Linear, low: 0.0, high: highest, from, to }
    }

    /// From a round number at or below `lowest` to one at or above `highest`, for differences rather than sizes.
    pub(super) fn between(lowest: f64, highest: f64, from: f64, to: f64) -> Self {
        let room = if highest > lowest { highest - lowest } else { lowest.abs().max(1.0) };
        let step = nice_step(room, 10);
        let low = libm::floor(lowest / step) * step;
        let high = (libm::ceil(highest / step) * step).max(low + step);
        Self { kind: Kind::Linear, low, high, from, to }
    }

    /// From `low` to `high` as they are, for a part of an axis.
    pub(super) fn within(low: f64, high: f64, from: f64, to: f64) -> Self {
        let valid = low.is_finite() && high.is_finite() && low < high;
        let (low, high) = if valid { (low, high) } else { (0.0, 1.0) };
        Self { kind: Kind::Linear, low, high, from, to }
    }

    /// Logarithmic over at least the given positive values, out to the next 1, 2 or 5 of a decade.
    pub(super) fn log(lowest: f64, highest: f64, from: f64, to: f64) -> Self {
        let valid = lowest.is_finite() && highest.is_finite() && lowest > 0.0 && highest >= lowest;
        let (lowest, highest) = if valid { (lowest, highest) } else { (1.0, 10.0) };
        let (mut low, mut high) = (round_down(lowest), round_up(highest));
        if high / low < 2.0 {
            low /= 2.0;
            high *= 2.0;
        }
        Self { kind: Kind::Log, low, high, from, to }
    }

    /// Percentiles from 0 to `highest` (below 100).
    pub(super) fn tail(highest: f64, from: f64, to: f64) -> Self {
        Self { kind: Kind::Tail, low: 0.0, high: highest.clamp(50.0, 99.9999), from, to }
    }

    /// The pixel of a value; values outside the range end at its ends.
    pub(super) fn at(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.low } else { value.clamp(self.low, self.high) };
        let (value, low, high) = (self.stretched(value), self.stretched(self.low), self.stretched(self.high));
        self.from + (value - low) / (high - low) * (self.to - self.from)
    }

    pub(super) fn is_log(&self) -> bool {
        self.kind == Kind::Log
    }

    fn stretched(&self, value: f64) -> f64 {
        match self.kind {
            Kind::Linear => value,
            Kind::Log => libm::log10(value),
            Kind::Tail => -libm::log10((100.0 - value) / 100.0),
        }
    }

    /// Values worth a grid line: about `count` of them on a linear or logarithmic scale.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        match self.kind {
            Kind::Linear if self.low != 0.0 => ticks_within(self.low, self.high, count),
            Kind::Linear => linear_ticks(self.high, count),
            Kind::Log => log_ticks(self.low, self.high, count),
            Kind::Tail => {
                let known = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999];
                known.into_iter().filter(|tick| *tick <= self.high + 1e-9).collect()
            }
        }
    }
}

/// How the numbers along an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    Number,
    Milliseconds,
    Percent,
}

impl Label {
    pub(super) fn text(self, value: f64) -> String {
        match self {
            Self::Number => numbers::tick(value),
            Self::Milliseconds if value == 0.0 => "0".to_owned(),
            Self::Milliseconds => numbers::tick_milliseconds(value),
            Self::Percent => format!("{} %", numbers::tick(value * 100.0)),
        }
    }
}

fn linear_ticks(high: f64, count: usize) -> Vec<f64> {
    // A step just above the wanted one can leave a single tick besides zero, which is no scale to read from.
    let mut parts = count.max(1);
    while high / nice_step(high, parts) < 2.0 {
        parts += 1;
    }
    let step = nice_step(high, parts);
    let steps = libm::floor(high / step * 1.000_001) as usize;
    (0..=steps).map(|index| index as f64 * step).collect()
}

/// Multiples of a step between two ends.
fn ticks_within(low: f64, high: f64, count: usize) -> Vec<f64> {
    let step = nice_step(high - low, count.max(1));
    let (first, last) = (libm::ceil(low / step - 1e-6) as i64, libm::floor(high / step + 1e-6) as i64);
    (first..=last).map(|index| index as f64 * step).collect()
}

/// Powers of ten, thinned out if there are too many, with 2 and 5 between them if there are few.
fn log_ticks(low: f64, high: f64, count: usize) -> Vec<f64> {
    let first = libm::floor(libm::log10(low) + 1e-9) as i32;
    let last = libm::ceil(libm::log10(high) - 1e-9) as i32;
    let inside = libm::floor(libm::log10(high) + 1e-9) - libm::ceil(libm::log10(low) - 1e-9) + 1.0;
    let decades = inside.max(1.0) as usize;
    let multiples: &[f64] = if inside < 2.0 || decades * 3 <= count + 2 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let every = decades.div_ceil(count.max(1)).max(1) as i32;
    let mut ticks = Vec::new();
    // Counted from 1, so that 1 is always among the ticks of a range that holds it.
    for exponent in (first..=last).filter(|exponent| exponent.rem_euclid(every) == 0) {
        for multiple in multiples {
            let tick = multiple * libm::pow(10.0, f64::from(exponent));
            if tick >= low * 0.999_999 && tick <= high * 1.000_001 {
                ticks.push(tick);
            }
        }
    }
    ticks
}

/// A step of 1, 2, 2.5 or 5 times a power of ten that divides `range` into about `count` parts.
fn nice_step(range: f64, count: usize) -> f64 {
    let raw = range / count.max(1) as f64;
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    let multiples = [1.0, 2.0, 2.5, 5.0, 10.0];
    let fitting = multiples.into_iter().find(|multiple| multiple * power >= raw * 0.999_999);
    fitting.unwrap_or(10.0) * power
}

fn round_down(value: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(value)));
    let multiples = [5.0, 2.0, 1.0];
    let fitting = multiples.into_iter().find(|multiple| multiple * power <= value * 1.000_001);
    fitting.unwrap_or(1.0) * power
}

fn round_up(value: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(value)));
    let multiples = [1.0, 2.0, 5.0, 10.0];
    let fitting = multiples.into_iter().find(|multiple| multiple * power >= value * 0.999_999);
    fitting.unwrap_or(10.0) * power
}
