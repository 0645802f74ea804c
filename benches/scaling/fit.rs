//! Straight lines through logarithms.

/// A power of the size: time grows as size to the `exponent`.
#[derive(Clone, Copy, Debug)]
pub struct Power {
    pub exponent: f64,
    /// Of the exponent; from the scatter about the line, so at least three points are needed.
    pub standard_error: f64,
    /// The logarithm of the time at size 1.
    pub offset: f64,
}

impl Power {
    /// Least squares through the logarithms of (size, time).
    pub fn fit(points: &[(f64, f64)]) -> Self {
        assert!(points.len() >= 3, "a line and its error need three points");
        let count = points.len() as f64;
        let logs: Vec<(f64, f64)> = points.iter().map(|(size, time)| (size.ln(), time.ln())).collect();
        let mean_x = logs.iter().map(|log| log.0).sum::<f64>() / count;
        let mean_y = logs.iter().map(|log| log.1).sum::<f64>() / count;
        let squares: f64 = logs.iter().map(|log| (log.0 - mean_x).powi(2)).sum();
        let exponent = logs.iter().map(|log| (log.0 - mean_x) * (log.1 - mean_y)).sum::<f64>() / squares;
        let offset = mean_y - exponent * mean_x;
        let residuals: f64 = logs.iter().map(|log| (log.1 - offset - exponent * log.0).powi(2)).sum();
        Self { exponent, standard_error: (residuals / (count - 2.0) / squares).sqrt(), offset }
    }

    /// The time that the line has at a size.
    pub fn at(self, size: f64) -> f64 {
        (self.offset + self.exponent * size.ln()).exp()
    }
}

/// The middle one, or between the two middle ones.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_is_found_again() {
        let points: Vec<(f64, f64)> = [1.0, 2.0, 4.0, 8.0].map(|size: f64| (size, 3.0 * size.powf(1.5))).to_vec();
        let power = Power::fit(&points);
        assert!((power.exponent - 1.5).abs() < 1e-12 && power.standard_error < 1e-9, "{power:?}");
        assert!((power.at(16.0) - 192.0).abs() < 1e-9);
    }

    #[test]
    fn the_standard_error_is_that_of_a_regression() {
        // By hand: x = 0, 1, 2 and y = 0, 1, 1 in logarithms: slope 1/2, residuals -1/6, 1/3, -1/6, error sqrt(1/12).
        let points = [(1.0, 1.0), (1.0_f64.exp(), 1.0_f64.exp()), (2.0_f64.exp(), 1.0_f64.exp())];
        let power = Power::fit(&points);
        assert!(
            (power.exponent - 0.5).abs() < 1e-12 && (power.standard_error - (1.0_f64 / 12.0).sqrt()).abs() < 1e-12,
            "{power:?}"
        );
    }
}
