//! The standard normal distribution.

use std::f64::consts::FRAC_1_SQRT_2;

use super::elementary::ln;

/// Probability that a standard normal variable is at most `z`. Accurate in relative terms in the lower tail; for the
/// upper tail ask for `normal_cdf(-z)`.
#[inline]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The `z` that a standard normal variable stays below with probability `p`: minus infinity at 0, infinity at 1, NaN
/// outside of that.
///
/// Wichura's algorithm AS 241 (PPND16, Applied Statistics 37, 1988), relative error about 1e-16. Its polynomials are
/// evaluated pairwise instead of by Horner's rule, which halves the chain of dependent operations.
#[inline]
pub fn normal_quantile(p: f64) -> f64 {
    let from_median = p - 0.5;
    if from_median.abs() <= 0.425 {
        let r = 0.180_625 - from_median * from_median;
        return from_median * (pairwise(&CENTRE_ABOVE, r) / pairwise(&CENTRE_BELOW, r));
    }
    tail(p, from_median)
}

#[inline]
fn tail(p: f64, from_median: f64) -> f64 {
    let outside = if from_median < 0.0 { p } else { 1.0 - p };
    if outside <= 0.0 || outside.is_nan() {
        return if outside == 0.0 { f64::INFINITY.copysign(from_median) } else { f64::NAN };
    }
    let r = (-ln(outside)).sqrt();
    let z = if r <= 5.0 {
        let r = r - 1.6;
        pairwise(&TAIL_ABOVE, r) / pairwise(&TAIL_BELOW, r)
    } else {
        let r = r - 5.0;
        pairwise(&FAR_ABOVE, r) / pairwise(&FAR_BELOW, r)
    };
    z.copysign(from_median)
}

/// The polynomial with these coefficients (constant first) at `r`.
#[inline]
fn pairwise(c: &[f64; 8], r: f64) -> f64 {
    let r2 = r * r;
    let low = (c[0] + c[1] * r) + (c[2] + c[3] * r) * r2;
    let high = (c[4] + c[5] * r) + (c[6] + c[7] * r) * r2;
    low + high * (r2 * r2)
}

const CENTRE_ABOVE: [f64; 8] = [
    3.387_132_872_796_366_5,
    133.141_667_891_784_38,
    1_971.590_950_306_551_3,
    13_731.693_765_509_46,
    45_921.953_931_549_87,
    67_265.770_927_008_7,
    33_430.575_583_588_13,
    2_509.080_928_730_122_7,
];
const CENTRE_BELOW: [f64; 8] = [
    1.0,
    42.313_330_701_600_91,
    687.187_007_492_057_9,
    5_394.196_021_424_751,
    21_213.794_301_586_597,
    39_307.895_800_092_71,
    28_729.085_735_721_943,
    5_226.495_278_852_854,
];
const TAIL_ABOVE: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    0.241_780_725_177_450_6,
    0.022_723_844_989_269_184,
    0.000_774_545_014_278_341_4,
];
const TAIL_BELOW: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    0.689_767_334_985_1,
    0.148_103_976_427_480_08,
    0.015_198_666_563_616_457,
    0.000_547_593_808_499_534_5,
    1.050_750_071_644_416_9e-9,
];
const FAR_ABOVE: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    0.296_560_571_828_504_87,
    0.026_532_189_526_576_124,
    0.001_242_660_947_388_078_4,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_BELOW: [f64; 8] = [
    1.0,
    0.599_832_206_555_888,
    0.136_929_880_922_735_8,
    0.014_875_361_290_850_615,
    0.000_786_869_131_145_613_2,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];
