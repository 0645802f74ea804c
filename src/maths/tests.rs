use super::*;

fn close(actual: f64, wanted: f64, tolerance: f64, what: &str) {
    let miss = (actual - wanted).abs();
    assert!(miss <= tolerance * wanted.abs().max(1e-300), "{what}: {actual}, not {wanted}");
}

#[test]
fn normal_quantiles_match_published_values() {
    let cases = [
        (0.6, 0.253_347_103_135_799_8),
        (0.975, 1.959_963_984_540_053_6),
        (0.99, 2.326_347_874_040_840_8),
        (0.999, 3.090_232_306_167_813),
        (0.07, -1.475_791_028_179_170_2),
        (1e-10, -6.361_340_902_404_056),
        (1e-15, -7.941_345_326_170_995),
    ];
    for (p, z) in cases {
        close(normal_quantile(p), z, 1e-14, &format!("quantile of {p}"));
    }
    assert_eq!(normal_quantile(0.5), 0.0);
    assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
    assert_eq!(normal_quantile(1.0), f64::INFINITY);
    for outside in [-0.1, 1.1, f64::NAN] {
        assert!(normal_quantile(outside).is_nan(), "{outside}");
    }
}

#[test]
fn the_normal_quantile_undoes_the_distribution_function() {
    for step in -800..=0 {
        let z = f64::from(step) / 100.0;
        let p = normal_cdf(z);
        assert!((normal_quantile(p) - z).abs() < 1e-14 * 8.0, "{z}");
    }
}

#[test]
fn the_normal_table_is_close_and_rises() {
    let mut before = f64::NEG_INFINITY;
    let mut check = |u: f64| {
        let z = normal_deviate(u);
        assert!((z - normal_quantile(u)).abs() < 1e-8, "{u}: {z}");
        assert!(z >= before, "falls at {u}");
        before = z;
    };
    // Both tails down to the smallest number of a draw, 1,000 points per octave.
    let tail: Vec<f64> = (0..52_000).map(|i| libm::exp2(-53.0 + f64::from(i) / 1_000.0)).collect();
    for &u in &tail {
        check(u);
    }
    check(0.5);
    for u in tail.iter().rev() {
        check(1.0 - u);
    }
    assert_eq!(normal_deviate(0.5), 0.0);
    assert!(normal_deviate(0.0).is_finite() && normal_deviate(1.0).is_finite());
    assert_eq!(normal_deviate(0.25), -normal_deviate(0.75));
}

#[test]
fn exponential_and_logarithm_agree_with_the_precise_ones() {
    for step in -70_000..=70_000 {
        let x = f64::from(step) / 100.0;
        close(exp(x), libm::exp(x), 5e-16, &format!("exp {x}"));
        let positive = libm::exp(x);
        close(ln(positive), libm::log(positive), 5e-16, &format!("ln {positive}"));
    }
    for step in 1..10_000 {
        let x = f64::from(step) / 5_000.0;
        close(ln(x), libm::log(x), 5e-16, &format!("ln {x}"));
        let near_one = 1.0 - f64::from(step) * f64::EPSILON;
        close(ln(near_one), libm::log(near_one), 5e-16, "just below 1");
    }
    assert_eq!((exp(0.0), ln(1.0)), (1.0, 0.0));
    assert_eq!((exp(1e4), exp(-1e4), exp(f64::INFINITY)), (f64::INFINITY, 0.0, f64::INFINITY));
    assert_eq!((ln(0.0), ln(f64::INFINITY)), (f64::NEG_INFINITY, f64::INFINITY));
    assert!(exp(f64::NAN).is_nan() && ln(f64::NAN).is_nan() && ln(-1.0).is_nan());
    close(ln(5e-324), libm::log(5e-324), 1e-15, "a subnormal number");
}

#[test]
fn incomplete_gamma_matches_closed_forms() {
    for x in [1e-6, 0.1, 0.9, 1.5, 3.0, 10.0, 40.0] {
        let (below, above) = regularised_gamma(1.0, x);
        close(below, -libm::expm1(-x), 1e-13, "shape 1");
        close(above, libm::exp(-x), 1e-13, "shape 1, above");
        close(regularised_gamma(0.5, x).0, libm::erf(x.sqrt()), 1e-13, "shape one half");
        close(regularised_gamma(0.5, x).1, libm::erfc(x.sqrt()), 1e-12, "shape one half, above");
        // A gamma variable of shape 3 exceeds x when a Poisson variable of mean x is below 3.
        close(regularised_gamma(3.0, x).1, libm::exp(-x) * (1.0 + x + x * x / 2.0), 1e-12, "shape 3");
    }
    // Chi-square tables: 11.0705 is the 95th percentile at 5 degrees of freedom, 129.561 of 100 the 97.5th.
    close(regularised_gamma(2.5, 11.070_497_69 / 2.0).0, 0.95, 1e-8, "chi-square of 5");
    close(regularised_gamma(50.0, 129.561_197_2 / 2.0).0, 0.975, 1e-7, "chi-square of 100");
    // For a large shape the median is a third below the shape.
    close(regularised_gamma(10_000.0, 10_000.0 - 1.0 / 3.0).0, 0.5, 1e-6, "large shape");
    assert_eq!(regularised_gamma(2.0, 0.0), (0.0, 1.0));
    assert!(regularised_gamma(0.0, 1.0).0.is_nan() && regularised_gamma(1.0, -1.0).0.is_nan());
}

#[test]
fn incomplete_beta_matches_closed_forms() {
    for x in [0.001, 0.2, 0.5, 0.7, 0.999] {
        close(regularised_beta(1.0, 4.0, x), 1.0 - libm::pow(1.0 - x, 4.0), 1e-13, "a = 1");
        close(regularised_beta(3.0, 1.0, x), x * x * x, 1e-13, "b = 1");
        // At least 2 of 4 tosses of a coin with probability x.
        let fewer = libm::pow(1.0 - x, 4.0) + 4.0 * x * libm::pow(1.0 - x, 3.0);
        close(regularised_beta(2.0, 3.0, x), 1.0 - fewer, 1e-9, "binomial");
        let mirrored = 1.0 - regularised_beta(7.5, 2.5, 1.0 - x);
        assert!((regularised_beta(2.5, 7.5, x) - mirrored).abs() < 1e-13, "{x}");
    }
    assert_eq!((regularised_beta(2.0, 3.0, 0.0), regularised_beta(2.0, 3.0, 1.0)), (0.0, 1.0));
    assert!(regularised_beta(0.0, 1.0, 0.5).is_nan() && regularised_beta(1.0, 1.0, 1.5).is_nan());
}
