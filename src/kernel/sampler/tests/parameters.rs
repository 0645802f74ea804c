use super::*;

#[test]
fn wrong_parameters_are_named() {
    let part = || Sampler::constant(1);
    let cases: Vec<(Result<Sampler, SamplerError>, &str)> = vec![
        (Sampler::lognormal(80.0 * MS, 60.0 * MS), "p50 (80 ms) is above p99 (60 ms)"),
        (Sampler::lognormal(-1.0, 5.0), "p50 is -1 ns, but it must be a finite time of 0 or more"),
        (Sampler::lognormal(0.0, 5.0), "p50 is 0, but it must be more than 0"),
        (Sampler::exponential(f64::NAN), "mean is NaN ns, but it must be a finite time of 0 or more"),
        (Sampler::exponential(f64::INFINITY), "mean is inf s, but it must be a finite time of 0 or more"),
        (Sampler::uniform(2e9, 1e9), "low (2 s) is above high (1 s)"),
        (Sampler::shifted_lognormal(1.0, 1.0, -0.5), "sigma is -0.5, but it must be between 0 and 20"),
        (Sampler::lognormal_of_mean(1.0, -1.0), "cv is -1, but it must be between 0 and 1000000"),
        (Sampler::gamma(0.0, 1.0), "shape is 0, but it must be between 0.1 and 10000"),
        (Sampler::erlang(0, 1.0), "phases is 0, but it must be between 1 and 10000"),
        (Sampler::weibull(0.0, 1.0), "shape is 0, but it must be between 0.05 and 1000"),
        (Sampler::pareto(2.0, -1e3), "minimum is -1 us, but it must be a finite time of 0 or more"),
        (Sampler::quantiles(&[]), "quantiles has 0 usable entries, but needs at least 2"),
        (Sampler::quantiles(&[(0.5, 1.0), (1.0, 2.0)]), "quantiles has 1 usable entries, but needs at least 2"),
        (Sampler::quantiles(&[(0.5, 2e3), (0.999, 1e3)]), "p50 (2 us) is above p99.9 (1 us)"),
        (Sampler::quantiles(&[(0.5, 2e3), (0.5, 3e3)]), "p50 is given twice"),
        (Sampler::quantiles(&[(0.5, 2e3), (1.5, 3e3)]), "a probability is 1.5, but it must be between 0 and 1"),
        (Sampler::quantiles(&[(0.5, 0.0), (0.9, 3e3)]), "p50 is 0, but it must be more than 0, unless all quantiles are 0"),
        (Sampler::hyperexponential(&[]), "phases has 0 usable entries, but needs at least 1"),
        (Sampler::hyperexponential(&[(1.0, 0.0)]), "mean is 0, but it must be more than 0"),
        (Sampler::empirical(&[(1.0, -1.0)]), "values is -1, but it must be a finite weight of 0 or more"),
        (Sampler::mixture(vec![(0.0, part())]), "mixture is 0 in all entries, but it must be positive in at least one entry"),
        (Sampler::sum(part(), 1.5, part()), "probability is 1.5, but it must be between 0 and 1"),
        (part().scaled(-1.0), "factor is -1, but it must be between 0 and 10^12"),
    ];
    for (result, message) in cases {
        assert_eq!(result.expect_err(message).to_string(), message);
    }
}

#[test]
fn degenerate_parameters_are_constants() {
    let cases = [
        (Sampler::exponential(0.0), 0),
        (Sampler::lognormal(5.0, 5.0), 5),
        (Sampler::lognormal(0.0, 0.0), 0),
        (Sampler::uniform(7.4, 7.4), 7),
        (Sampler::quantiles(&[(0.5, 0.0), (0.99, 0.0)]), 0),
        (Sampler::shifted_lognormal(3.0, 0.0, 1.0), 3),
        (Sampler::gamma(2.0, 0.0), 0),
        (Sampler::exponential(5.0).unwrap().scaled(0.0), 0),
    ];
    for (sampler, value) in cases {
        assert_eq!(sampler, Ok(Sampler::Constant(value)));
    }
}
