use rand::RngExt;
use rand::rand_core::Rng;
use rand_distr::{Distribution, Exp1, StandardNormal};

use super::*;

const PURPOSE: Purpose = Purpose::new(1);
/// Per bit of the key, in the test of single bits.
const TRIALS: u64 = 4_000;

type Key = fn(u64) -> (u32, u64, u64);
type Flip = fn(u32, u64) -> Draw;
type NamedDraw = (&'static str, Box<dyn Fn(u64) -> Draw>);
type NamedUnit = (String, Box<dyn Fn(u64) -> f64>);

/// The chi-square statistic of counts that should be equal, in standard deviations from its mean.
fn chi_square_score(counts: &[u64]) -> f64 {
    let expected = counts.iter().sum::<u64>() as f64 / counts.len() as f64;
    let statistic: f64 = counts.iter().map(|&count| (count as f64 - expected) * (count as f64 - expected) / expected).sum();
    let freedom = (counts.len() - 1) as f64;
    (statistic - freedom) / (2.0 * freedom).sqrt()
}

/// Pearson's correlation in standard deviations from 0.
fn correlation_score(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut count, mut sum) = (0.0, 0.0);
    for (x, y) in pairs {
        count += 1.0;
        sum += (x - 0.5) * (y - 0.5);
    }
    sum / (count / 144.0_f64).sqrt()
}

#[test]
fn draws_have_known_answers() {
    // From an independent implementation of the same formulas.
    let max = u64::MAX;
    let cases = [
        (0, 0, 0, 0, 0, 0x47cc_5b0b_b93b_f573),
        (7, 0, 1, 2, 3, 0x38e4_82d7_810a_efe1),
        (7, 1, 1, 2, 3, 0xfc36_742e_909a_df38),
        (8, 0, 1, 2, 3, 0x084b_8b1e_406d_407b),
        (7, 0, 2, 2, 3, 0x3613_b5b0_fd41_8c00),
        (7, 0, 1, 3, 2, 0xcb24_b9c8_4a99_9ea6),
        (max, u32::MAX, u32::MAX, max, max, 0xc497_76c1_6733_c89b_u64),
    ];
    for (seed, replication, purpose, a, b, bits) in cases {
        let draw = Streams::new(seed, replication).draw(Purpose::new(purpose), a, b);
        assert_eq!(draw.bits(), bits, "seed {seed}, replication {replication}, {purpose} ({a}, {b})");
    }
    let draw = Streams::new(7, 0).draw(PURPOSE, 2, 3);
    assert_eq!(draw.derive(0).bits(), 0xa5a5_2e26_821b_3cd7);
    assert_eq!(draw.derive(1).bits(), 0x1756_40fa_208c_18f1);
    assert_eq!(Lineage::root().extend(1).value(), 0x6c97_3ef4_42e2_d0e5);
    assert_eq!(Lineage::root().extend(1).extend(2).value(), 0x974a_be66_09f8_9d7d);
    let mut sequence = KeyedRng::new(draw);
    assert_eq!([sequence.next_u64(), sequence.next_u64()], [0x915b_74dd_985e_efec, 0x3e09_5a77_69c7_f685]);
}

#[test]
fn draws_of_consecutive_keys_are_uniform() {
    let streams = Streams::new(1, 0);
    let keys: [(&str, Key); 5] = [
        ("a counts", |i| (1, i, 0)),
        ("b counts", |i| (1, 0, i)),
        ("the purpose counts", |i| (i as u32, 0, 0)),
        ("a counts in its upper half", |i| (1, i << 32, 0)),
        ("both count", |i| (1, i, i)),
    ];
    for (name, key) in keys {
        for shift in [0, 20, 56] {
            let mut counts = [0; 256];
            for i in 0..1_000_000 {
                let (purpose, a, b) = key(i);
                counts[(streams.draw(Purpose::new(purpose), a, b).bits() >> shift) as usize & 255] += 1;
            }
            let score = chi_square_score(&counts);
            assert!(score.abs() < 4.5, "{name}, bits from {shift}: {score}");
        }
    }
}

#[test]
fn seeds_replications_and_derivations_are_uniform_too() {
    let source = Streams::new(3, 0).draw(PURPOSE, 1, 1);
    let draws: [NamedDraw; 4] = [
        ("seed", Box::new(|i| Streams::new(i, 0).draw(PURPOSE, 0, 0))),
        ("replication", Box::new(|i| Streams::new(0, i as u32).draw(PURPOSE, 0, 0))),
        ("derivation", Box::new(move |i| source.derive(i))),
        ("derivation of raw bits", Box::new(|i| Draw::from_bits(i).derive(1))),
    ];
    for (name, draw) in draws {
        for shift in [0, 56] {
            let mut counts = [0; 256];
            (0..500_000).for_each(|i| counts[(draw(i).bits() >> shift) as usize & 255] += 1);
            let score = chi_square_score(&counts);
            assert!(score.abs() < 4.5, "{name}, bits from {shift}: {score}");
        }
    }
}

#[test]
fn one_bit_of_the_key_changes_half_of_the_draw() {
    let flips: [(&str, u32, Flip); 5] = [
        ("a", 64, |bit, i| Streams::new(5, 0).draw(PURPOSE, i ^ (1 << bit), 9)),
        ("b", 64, |bit, i| Streams::new(5, 0).draw(PURPOSE, i, 9 ^ (1 << bit))),
        ("purpose", 32, |bit, i| Streams::new(5, 0).draw(Purpose::new(1 ^ (1 << bit)), i, 9)),
        ("seed", 64, |bit, i| Streams::new(5 ^ (1 << bit), 0).draw(PURPOSE, i, 9)),
        ("replication", 32, |bit, i| Streams::new(5, 1 << bit).draw(PURPOSE, i, 9)),
    ];
    for (name, width, flip) in flips {
        for bit in 0..width {
            let mut changed = [0_u32; 64];
            for i in 0..TRIALS {
                let difference = Streams::new(5, 0).draw(PURPOSE, i, 9).bits() ^ flip(bit, i).bits();
                for (position, count) in changed.iter_mut().enumerate() {
                    *count += (difference >> position & 1) as u32;
                }
            }
            for (position, count) in changed.into_iter().enumerate() {
                // Five and a half standard deviations: 16,384 such figures are looked at.
                let score = (f64::from(count) - TRIALS as f64 / 2.0) / (TRIALS as f64 / 4.0).sqrt();
                assert!(score.abs() < 5.5, "{name}, bit {bit}, bit {position} of the draw: {score}");
            }
        }
    }
}

#[test]
fn neighbours_are_independent() {
    const COUNT: u64 = 1_000_000;
    let streams = Streams::new(11, 3);
    let unit = move |purpose: u32, a: u64, b: u64| streams.draw(Purpose::new(purpose), a, b).unit();
    for lag in [1, 2, 3, 7, 64, 4096] {
        let score = correlation_score((0..COUNT).map(|i| (unit(1, i, 0), unit(1, i + lag, 0))));
        assert!(score.abs() < 4.0, "lag {lag}: {score}");
    }
    let mut others: Vec<NamedUnit> = vec![
        ("a and b exchanged".to_owned(), Box::new(move |i| unit(1, 5, i))),
        ("next replication".to_owned(), Box::new(|i| Streams::new(11, 4).draw(PURPOSE, i, 5).unit())),
        ("next seed".to_owned(), Box::new(|i| Streams::new(12, 3).draw(PURPOSE, i, 5).unit())),
        ("derived".to_owned(), Box::new(move |i| streams.draw(PURPOSE, i, 5).derive(0).unit())),
    ];
    for purpose in [0, 2, 3, 1 << 16, u32::MAX] {
        others.push((format!("purpose {purpose}"), Box::new(move |i| unit(purpose, i, 5))));
    }
    for (name, other) in others {
        let score = correlation_score((0..COUNT).map(|i| (unit(1, i, 5), other(i))));
        assert!(score.abs() < 4.0, "{name}: {score}");
        // Pairs fill the square evenly, which a correlation of 0 alone does not say.
        let mut cells = vec![0; 1024];
        for i in 0..COUNT {
            cells[(unit(1, i, 5) * 32.0) as usize * 32 + (other(i) * 32.0) as usize] += 1;
        }
        let score = chi_square_score(&cells);
        assert!(score.abs() < 4.5, "{name}, pairs: {score}");
    }
}

#[test]
fn ten_million_keys_give_ten_million_draws() {
    let streams = Streams::new(1, 1);
    let mut all: Vec<u64> = (0..10_000_000).map(|i| streams.draw(PURPOSE, i, 0).bits()).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 10_000_000);
}

#[test]
fn lineages_do_not_meet() {
    // All paths of up to three steps out of 100, and a long chain of equal steps.
    let mut all = vec![Lineage::root()];
    let mut last = all.clone();
    for _ in 0..3 {
        last = last.iter().flat_map(|lineage| (0..100).map(|step| lineage.extend(step))).collect();
        all.extend(&last);
    }
    let mut chain = Lineage::root().extend(100);
    for _ in 0..10_000 {
        all.push(chain);
        chain = chain.extend(0);
    }
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    assert_eq!(count, 1 + 100 + 10_000 + 1_000_000 + 10_000);
}

#[test]
fn units_stay_strictly_between_0_and_1() {
    let step = 1.0 / (1_u64 << 53) as f64;
    let (smallest, largest) = (Draw::from_bits(0).unit(), Draw::from_bits(u64::MAX).unit());
    assert_eq!(smallest, step);
    assert_eq!(largest, 1.0 - step);
    assert!(largest < 1.0);
    assert_eq!(1.0 - largest, smallest);
    assert!(Draw::from_bits(1 << 63).unit() > 0.5 && Draw::from_bits((1 << 63) - 1).unit() < 0.5);
}

#[test]
fn below_and_chance_keep_to_their_bounds() {
    for (n, bits, wanted) in [(0, u64::MAX, 0), (1, u64::MAX, 0), (10, 0, 0), (10, u64::MAX, 9), (10, 1 << 63, 5)] {
        assert_eq!(Draw::from_bits(bits).below(n), wanted, "{n}, {bits}");
    }
    let (first, last) = (Draw::from_bits(0), Draw::from_bits(u64::MAX));
    assert!(!first.chance(0.0) && !first.chance(f64::NAN) && !first.chance(-1.0));
    assert!(last.chance(1.0) && first.chance(1e-15) && !last.chance(0.999_999_999));
    let streams = Streams::new(2, 0);
    let mut counts = [0; 6];
    let mut hits = 0_u32;
    for i in 0..600_000 {
        let draw = streams.draw(PURPOSE, i, 0);
        counts[draw.below(6) as usize] += 1;
        hits += u32::from(draw.chance(0.3));
    }
    assert!(chi_square_score(&counts).abs() < 4.0);
    assert!((f64::from(hits) - 180_000.0).abs() < 4.0 * (600_000.0 * 0.21_f64).sqrt(), "{hits}");
}

#[test]
fn purposes_of_owners_are_distinct() {
    assert_eq!(Purpose::of(3, 1), Purpose::new(3 << 16 | 1));
    assert_ne!(Purpose::of(1, 0), Purpose::of(0, 1));
}

#[test]
fn the_keyed_generator_serves_other_libraries() {
    let sequence = |key| KeyedRng::new(Streams::new(4, 0).draw(PURPOSE, key, 0));
    // Same key, same numbers; another key, others.
    let take = |key: u64| -> Vec<u64> { sequence(key).random_iter().take(8).collect() };
    assert_eq!(take(1), take(1));
    assert_ne!(take(1), take(2));
    let mut bytes = [0; 11];
    sequence(1).fill_bytes(&mut bytes);
    assert_eq!(bytes[..8], take(1)[0].to_le_bytes());
    assert_eq!(bytes[8..], take(1)[1].to_le_bytes()[..3]);
    // Numbers taken in sequence are not those derived from the draw by hand.
    let draw = Streams::new(4, 0).draw(PURPOSE, 1, 0);
    assert!((0..8).all(|k| !take(1).contains(&draw.derive(k).bits())));
    let mut generator = sequence(3);
    let (mut normal, mut squares, mut exponential) = (0.0, 0.0, 0.0);
    for _ in 0..1_000_000 {
        let z: f64 = StandardNormal.sample(&mut generator);
        let e: f64 = Exp1.sample(&mut generator);
        normal += z;
        squares += z * z;
        exponential += e;
    }
    assert!((normal / 1e6).abs() < 4e-3, "{normal}");
    assert!((squares / 1e6 - 1.0).abs() < 6e-3, "{squares}");
    assert!((exponential / 1e6 - 1.0).abs() < 4e-3, "{exponential}");
}
