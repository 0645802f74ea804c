mod parameters;

use super::*;
use crate::kernel::random::{Purpose, Streams};
use crate::maths::regularised_gamma;

const MS: f64 = 1e6;
const COUNT: u64 = 1_000_000;

fn draw(key: u64) -> Draw {
    Streams::new(42, 0).draw(Purpose::new(1), key, 0)
}

/// One of each kind, with names.
fn all_kinds() -> Vec<(&'static str, Sampler)> {
    let lognormal = Sampler::lognormal(12.0 * MS, 60.0 * MS).unwrap();
    let table = [(0.5, 12.0 * MS), (0.9, 30.0 * MS), (0.99, 60.0 * MS), (0.999, 200.0 * MS)];
    let bounded = [(0.0, 2.0 * MS), (0.1, 5.0 * MS), (0.5, 5.0 * MS), (0.9, 9.0 * MS), (1.0, 20.0 * MS)];
    let values = [(3.0 * MS, 1.0), (1.0 * MS, 2.0), (2.0 * MS, 1.0), (9.0 * MS, 0.0)];
    let parts = vec![
        (0.9, Sampler::uniform(MS, 2.0 * MS).unwrap()),
        (0.1, Sampler::sum(Sampler::constant(9_000_000), 0.5, Sampler::exponential(MS).unwrap()).unwrap()),
    ];
    vec![
        ("constant", Sampler::constant(5_000_000)),
        ("uniform", Sampler::uniform(MS, 3.0 * MS).unwrap()),
        ("exponential", Sampler::exponential(7.0 * MS).unwrap()),
        ("lognormal", lognormal.clone()),
        ("lognormal of mean", Sampler::lognormal_of_mean(10.0 * MS, 0.8).unwrap()),
        ("shifted lognormal", Sampler::shifted_lognormal(4.0 * MS, 3.0 * MS, 0.9).unwrap()),
        ("quantiles", Sampler::quantiles(&table).unwrap()),
        ("quantiles with bounds", Sampler::quantiles(&bounded).unwrap()),
        ("gamma", Sampler::gamma(2.5, 10.0 * MS).unwrap()),
        ("gamma of low shape", Sampler::gamma(0.3, 10.0 * MS).unwrap()),
        ("erlang", Sampler::erlang(4, 10.0 * MS).unwrap()),
        ("weibull", Sampler::weibull(1.7, 10.0 * MS).unwrap()),
        ("pareto", Sampler::pareto(3.5, 10.0 * MS).unwrap()),
        ("hyperexponential", Sampler::hyperexponential(&[(0.9, MS), (0.1, 20.0 * MS)]).unwrap()),
        ("empirical", Sampler::empirical(&values).unwrap()),
        ("mixture", Sampler::mixture(parts).unwrap()),
        ("sum", Sampler::sum(lognormal, 0.2, Sampler::exponential(40.0 * MS).unwrap()).unwrap()),
        ("scaled", Sampler::weibull(0.9, MS).unwrap().scaled(2.5).unwrap()),
    ]
}

fn close(actual: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!((actual - wanted).abs() <= tolerance * wanted.abs(), "{what}: {actual}, not {wanted}");
}

#[test]
fn means_and_quantiles_of_a_million_samples_are_those_promised() {
    for (name, sampler) in all_kinds() {
        let mut samples: Vec<f64> = (0..COUNT).map(|key| sampler.sample(draw(key)) as f64).collect();
        let mean = samples.iter().sum::<f64>() / COUNT as f64;
        let variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / COUNT as f64;
        // Four standard errors, and half a nanosecond of rounding.
        let error = 4.0 * (variance / COUNT as f64).sqrt() + 0.5;
        assert!((mean - sampler.mean()).abs() < error, "{name}: mean {mean}, not {}", sampler.mean());
        samples.sort_by(f64::total_cmp);
        for p in [0.01, 0.1, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999] {
            // The share below the promised quantile is p, up to four standard errors; at steps it jumps over p. The
            // numeric inverse of mixtures stops 1e-9 short of such a step.
            let quantile = sampler.quantile(p);
            let error = 4.0 * (p * (1.0 - p) / COUNT as f64).sqrt() + 1e-4 * f64::from(u8::from(name == "sum"));
            let below = samples.partition_point(|&x| x < quantile - 1.0) as f64 / COUNT as f64;
            let at_most = samples.partition_point(|&x| x <= quantile + 1.0) as f64 / COUNT as f64;
            assert!(below <= p + error && at_most >= p - error, "{name}: p{p} is {quantile}: {below} to {at_most}");
        }
    }
}

#[test]
fn quantiles_and_distribution_functions_are_inverse() {
    for (name, sampler) in all_kinds() {
        for p in [1e-6, 0.001, 0.07, 0.3, 0.62, 0.9, 0.9999, 1.0 - 1e-9] {
            let quantile = sampler.quantile(p);
            let (below, at_most) = (sampler.cdf(quantile * (1.0 - 1e-5) - 1e-3), sampler.cdf(quantile * (1.0 + 1e-5)));
            assert!(below <= p && p <= at_most * (1.0 + 1e-12), "{name}: {p} gives {quantile}: {below}, {at_most}");
        }
        assert_eq!(sampler.cdf(-1.0), 0.0, "{name}");
        assert!(sampler.cdf(1e300) > 1.0 - 1e-12, "{name}");
    }
}

#[test]
fn means_are_the_integrals_of_the_quantiles() {
    for (name, sampler) in all_kinds() {
        if matches!(sampler, Sampler::Mixture(_) | Sampler::Sum(_)) {
            continue;
        }
        // Midpoints that crowd towards both ends.
        let count = 200_000;
        let integral: f64 = (0..count)
            .map(|i| (f64::from(i) + 0.5) / f64::from(count))
            .map(|t| sampler.quantile(t * t * (3.0 - 2.0 * t)) * 6.0 * t * (1.0 - t) / f64::from(count))
            .sum();
        close(sampler.mean(), integral, 2e-5, name);
    }
}

#[test]
fn closed_forms() {
    let z99 = 2.326_347_874_040_840_8;
    let sigma = libm::log(5.0) / z99;
    let lognormal = Sampler::lognormal(12.0 * MS, 60.0 * MS).unwrap();
    let variation = Sampler::lognormal_of_mean(10.0 * MS, 0.8).unwrap();
    let spread = libm::log(1.64);
    let cases = [
        ("lognormal p50", lognormal.quantile(0.5), 12.0 * MS),
        ("lognormal p99", lognormal.quantile(0.99), 60.0 * MS),
        ("lognormal mean", lognormal.mean(), 12.0 * MS * libm::exp(sigma * sigma / 2.0)),
        ("lognormal of mean: mean", variation.mean(), 10.0 * MS),
        ("lognormal of mean: median", variation.quantile(0.5), 10.0 * MS * libm::exp(-spread / 2.0)),
        ("logarithm", Sampler::lognormal_of_logarithm(3.0, 0.5).unwrap().mean(), libm::exp(3.125)),
        ("shifted median", Sampler::shifted_lognormal(4.0 * MS, 3.0 * MS, 0.9).unwrap().quantile(0.5), 7.0 * MS),
        ("exponential median", Sampler::exponential(MS).unwrap().quantile(0.5), MS * libm::log(2.0)),
        ("uniform p25", Sampler::uniform(MS, 3.0 * MS).unwrap().quantile(0.25), 1.5 * MS),
        ("weibull p63", Sampler::weibull(1.7, MS).unwrap().quantile(1.0 - libm::exp(-1.0)), MS),
        ("weibull mean", Sampler::weibull(2.0, MS).unwrap().mean(), MS * std::f64::consts::PI.sqrt() / 2.0),
        ("weibull of mean", Sampler::weibull_of_mean(0.7, MS).unwrap().mean(), MS),
        ("pareto mean", Sampler::pareto(3.0, MS).unwrap().mean(), 1.5 * MS),
        ("pareto median", Sampler::pareto(2.0, MS).unwrap().quantile(0.5), MS * 2.0_f64.sqrt()),
        // Chi-square of 5 is gamma of shape 2.5 and mean 5; 11.0705 is its 95th percentile.
        ("gamma p95", Sampler::gamma(2.5, 5.0).unwrap().quantile(0.95), 11.070_497_69),
        ("gamma p5", Sampler::gamma(2.5, 5.0).unwrap().quantile(0.05), 1.145_476_226),
        ("gamma of shape 1", Sampler::gamma(1.0, MS).unwrap().quantile(0.5), MS * libm::log(2.0)),
        ("empirical mean", all_kinds()[14].1.mean(), 1.75 * MS),
        ("mixture mean", all_kinds()[15].1.mean(), 0.9 * 1.5 * MS + 0.1 * 9.5 * MS),
        ("sum mean", all_kinds()[16].1.mean(), lognormal.mean() + 8.0 * MS),
    ];
    for (name, actual, wanted) in cases {
        close(actual, wanted, 1e-7, name);
    }
    assert_eq!(Sampler::pareto(1.0, MS).unwrap().mean(), f64::INFINITY);
    // Two exponential phases: the chance to exceed x is 0.9 e^-x + 0.1 e^(-x/20), in milliseconds.
    let two = Sampler::hyperexponential(&[(9.0, MS), (1.0, 20.0 * MS)]).unwrap();
    for x in [0.1_f64, 1.0, 5.0, 30.0] {
        let p = 1.0 - 0.9 * libm::exp(-x) - 0.1 * libm::exp(-x / 20.0);
        close(two.quantile(p), x * MS, 1e-6, "hyperexponential");
    }
}

#[test]
fn samples_grow_with_the_draw() {
    for (name, sampler) in all_kinds() {
        if matches!(sampler, Sampler::Mixture(_) | Sampler::Sum(_)) {
            continue;
        }
        let mut bits: Vec<u64> = (0..200_000).map(|key| draw(key).bits()).collect();
        // The far tails, one octave after the other.
        bits.extend((0..63).map(|shift| u64::MAX >> shift));
        bits.extend((0..63).map(|shift| !(u64::MAX >> shift)));
        bits.sort_unstable();
        let samples: Vec<u64> = bits.iter().map(|&bits| sampler.sample(Draw::from_bits(bits))).collect();
        let fall = samples.windows(2).position(|pair| pair[0] > pair[1]);
        assert_eq!(fall, None, "{name}");
        if name != "constant" {
            assert!(samples[0] < samples[samples.len() - 1], "{name} never changes");
        }
    }
}

#[test]
fn tables_of_gamma_are_accurate_for_all_shapes() {
    for shape in [0.1, 0.5, 0.99, 1.5, 7.0, 100.0, 10_000.0] {
        let sampler = Sampler::gamma(shape, MS).unwrap();
        for p in [1e-12, 1e-4, 0.02, 0.31, 0.5, 0.77, 0.99, 1.0 - 1e-7, 1.0 - 1e-13] {
            let x = sampler.quantile(p) / MS * shape;
            let (below, above) = regularised_gamma(shape, x);
            // A relative error of 1e-6 in the value is up to 1e-6 * shape of its probability, and more in the tails.
            let tolerance = 1e-6 * shape.max(1.0).sqrt() * 40.0;
            if p < 0.5 {
                close(below, p, tolerance, &format!("shape {shape}, {p}"));
            } else {
                close(above, 1.0 - p, tolerance.max(1e-3 * f64::from(u8::from(p > 1.0 - 1e-12))), &format!("shape {shape}, {p}"));
            }
        }
    }
}

#[test]
fn widely_separated_phases_are_resolved() {
    // A jump of four orders of magnitude within a sliver of probability.
    let phases = Sampler::hyperexponential(&[(0.999, MS), (0.001, 1e4 * MS)]).unwrap();
    for p in [0.5, 0.99, 0.998_9, 0.999, 0.999_01, 0.999_2, 0.999_9] {
        let quantile = phases.quantile(p);
        assert!((phases.cdf(quantile) - p).abs() < 1e-7, "{p}: {quantile} has {}", phases.cdf(quantile));
    }
}

#[test]
fn two_quantiles_are_the_lognormal_through_them_up_to_the_cap() {
    let lognormal = Sampler::lognormal(12.0 * MS, 60.0 * MS).unwrap();
    let table = Sampler::quantiles(&[(0.99, 60.0 * MS), (0.5, 12.0 * MS)]).unwrap();
    for p in [1e-9, 0.01, 0.5, 0.9, 0.999, 0.999_99] {
        close(table.quantile(p), lognormal.quantile(p), 1e-9, &p.to_string());
    }
    close(table.mean(), lognormal.mean(), 1e-6, "mean");
    assert_eq!(table.quantile(1.0 - 1e-12), 600.0 * MS);
    assert!(lognormal.quantile(1.0 - 1e-12) > 601.0 * MS);
}

#[test]
fn tables_pass_through_their_quantiles_and_end_at_their_bounds() {
    let pairs = [(0.0, 2.0 * MS), (0.1, 5.0 * MS), (0.5, 6.0 * MS), (0.9, 9.0 * MS), (1.0, 20.0 * MS)];
    let table = Sampler::quantiles(&pairs).unwrap();
    for (p, value) in &pairs[1..4] {
        close(table.quantile(*p), *value, 1e-7, &p.to_string());
    }
    assert_eq!(table.quantile(0.0), 2.0 * MS);
    assert_eq!(table.quantile(1.0), 20.0 * MS);
    // Half-way between two normal quantiles lies the geometric mean of the values.
    close(table.quantile(crate::maths::normal_cdf(1.281_551_565_544_600_4 / 2.0)), (54.0_f64).sqrt() * MS, 1e-7, "between");
}

#[test]
fn samples_are_rounded_to_the_nearest_and_saturate() {
    let uniform = Sampler::uniform(0.0, 3.0).unwrap();
    for (share, wanted) in [(0.1, 0), (0.2, 1), (0.49, 1), (0.51, 2), (0.84, 3)] {
        let bits = (share * libm::ldexp(1.0, 64)) as u64;
        assert_eq!(uniform.sample(Draw::from_bits(bits)), wanted, "{share}");
    }
    let endless = Sampler::pareto(0.05, 1e9).unwrap();
    assert_eq!(endless.sample(Draw::from_bits(u64::MAX)), i64::MAX as u64);
    assert_eq!(Sampler::constant(10).sample_scaled(Draw::from_bits(0), -3.0), 0);
}

#[test]
fn scaling_multiplies_every_kind() {
    for (name, sampler) in all_kinds() {
        let scaled = sampler.clone().scaled(3.0).unwrap();
        close(scaled.mean(), 3.0 * sampler.mean(), 1e-12, name);
        for key in 0..1_000 {
            let (once, thrice) = (sampler.sample(draw(key)) as f64, scaled.sample(draw(key)) as f64);
            assert!((thrice - 3.0 * once).abs() <= 2.0 + 1e-12 * thrice, "{name}: {once}, {thrice}");
            let passing = sampler.sample_scaled(draw(key), 3.0) as f64;
            assert!((passing - thrice).abs() <= 1.0, "{name}: {passing}, {thrice}");
        }
    }
}

#[test]
fn an_extra_leaves_the_luck_of_the_base_alone() {
    let base = Sampler::exponential(MS).unwrap();
    let extra = Sampler::constant(1_000_000_000);
    let once = Sampler::sum(base.clone(), 0.3, extra.clone()).unwrap();
    let twice = Sampler::sum(once.clone(), 0.3, extra).unwrap();
    let mut counts = [0_u32; 3];
    for key in 0..100_000 {
        let samples = [&base, &once, &twice].map(|sampler| sampler.sample(draw(key)));
        assert_eq!(samples[1] % 1_000_000_000, samples[0]);
        assert_eq!(samples[2] % 1_000_000_000, samples[0]);
        counts[(samples[2] / 1_000_000_000) as usize] += 1;
    }
    // Both extras happen independently: 0.49, 0.42, 0.09.
    for (count, share) in counts.into_iter().zip([0.49, 0.42, 0.09_f64]) {
        let error = 4.0 * (100_000.0 * share * (1.0 - share)).sqrt();
        assert!((f64::from(count) - 100_000.0 * share).abs() < error, "{counts:?}");
    }
}

#[test]
fn changed_weights_leave_the_luck_within_components_alone() {
    let mix = |weight: f64| {
        let quick = Sampler::uniform(1e6, 2e6).unwrap();
        Sampler::mixture(vec![(weight, quick.clone()), (1.0 - weight, quick.scaled(1e3).unwrap())]).unwrap()
    };
    let (before, after) = (mix(0.5), mix(0.6));
    let mut moved = 0_u32;
    for key in 0..100_000 {
        let (one, other) = (before.sample(draw(key)), after.sample(draw(key)));
        if one != other {
            assert!(one.abs_diff(other * 1_000) <= 1_000, "{one}, {other}");
            moved += 1;
        }
    }
    assert!((f64::from(moved) - 10_000.0).abs() < 400.0, "{moved}");
}
