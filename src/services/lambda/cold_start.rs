//! How long a new environment takes to initialise, by runtime, and what its first run takes longer.
//!
//! `Init Duration` of an empty function: about 3,000 cold starts per row from 2026-06-01 to 2026-08-22, four memory sizes
//! pooled because they do not differ. Real code adds its own static initialisation (`init`). Source: daily data of
//! <https://github.com/maxday/lambda-perf> (commit 6070b794, 2026-08-22), read 2026-11-23. Images on arm64, which start
//! faster than on x86, are from the same source, 2026-01-01 to 2026-06-30, the percentiles averaged over memory sizes. A
//! lognormal would miss the second mode near 2.4 times the median, so the measured percentiles are interpolated.

use crate::kernel::{MILLISECOND, Sampler, Time};

use super::config::{Architecture, PackageType, Runtime};

/// Measurements of one runtime, in milliseconds.
struct Row {
    runtime: Runtime,
    /// 10th, 50th, 90th, 99th and 99.9th percentile.
    zip_x86: [f64; 5],
    /// 50th, 90th and 99th percentile.
    zip_arm: [f64; 3],
    /// 50th, 90th, 99th and 99.9th percentile.
    image_x86: [f64; 4],
    /// 50th, 90th and 99th percentile.
    image_arm: [f64; 3],
    /// The first run takes this long on one vCPU, and inversely more on less, but not less than the second figure: fitted
    /// to the medians of the cold invocations' duration at 128 to 1,024 MB in the same data.
    first_run: (f64, f64),
}

const fn row(
    runtime: Runtime,
    zip_x86: [f64; 5],
    zip_arm: [f64; 3],
    image_x86: [f64; 4],
    image_arm: [f64; 3],
    first_run: (f64, f64),
) -> Row {
    Row { runtime, zip_x86, zip_arm, image_x86, image_arm, first_run }
}

#[rustfmt::skip]
const TABLE: [Row; 16] = [
    row(Runtime::Nodejs22, [130., 145., 172., 220., 267.], [129., 139., 173.], [300., 601., 826., 1000.], [231., 459., 721.], (0.9, 3.3)),
    row(Runtime::Nodejs24, [124., 141., 171., 215., 281.], [124., 137., 177.], [282., 604., 830., 917.], [225., 455., 747.], (0.9, 3.3)),
    row(Runtime::Python312, [78., 87., 106., 140., 205.], [81., 88., 117.], [162., 269., 387., 484.], [125., 162., 310.], (0.0, 2.2)),
    row(Runtime::Python313, [79., 92., 119., 181., 247.], [81., 98., 121.], [163., 288., 387., 478.], [143., 244., 362.], (0.0, 2.2)),
    row(Runtime::Python314, [100., 117., 158., 274., 334.], [103., 119., 152.], [187., 355., 475., 585.], [164., 296., 397.], (0.0, 2.2)),
    row(Runtime::Java17, [192., 208., 241., 392., 623.], [215., 231., 314.], [308., 451., 713., 937.], [283., 429., 659.], (6.0, 0.0)),
    row(Runtime::Java21, [224., 243., 285., 603., 710.], [247., 266., 360.], [343., 579., 822., 975.], [294., 393., 743.], (6.0, 0.0)),
    row(Runtime::Java25, [175., 194., 275., 493., 605.], [194., 222., 436.], [248., 503., 653., 756.], [231., 376., 529.], (12.0, 0.0)),
    row(Runtime::Dotnet8, [231., 258., 330., 657., 759.], [294., 380., 696.], [405., 685., 840., 948.], [395., 551., 778.], (48.0, 0.0)),
    row(Runtime::Dotnet10, [231., 261., 567., 715., 867.], [252., 591., 662.], [401., 712., 869., 1055.], [369., 548., 779.], (52.0, 0.0)),
    row(Runtime::Ruby34, [195., 230., 393., 505., 621.], [233., 390., 428.], [270., 395., 491., 680.], [257., 320., 426.], (0.8, 2.6)),
    row(Runtime::Dotnet10Aot, [68., 74., 85., 114., 152.], [63., 68., 88.], [59., 105., 166., 669.], [50., 71., 133.], (0.0, 1.6)),
    row(Runtime::Go, [48., 51., 55., 73., 86.], [43., 44., 52.], [48., 85., 128., 215.], [36., 50., 82.], (0.0, 1.6)),
    row(Runtime::Rust, [15., 16., 21., 50., 68.], [14., 16., 44.], [36., 60., 109., 294.], [27., 35., 79.], (0.0, 1.3)),
    row(Runtime::Llrt, [61., 68., 75., 88., 108.], [61., 69., 73.], [60., 127., 216., 909.], [43., 75., 154.], (0.0, 1.6)),
    row(Runtime::GraalvmJava23, [148., 157., 176., 210., 250.], [137., 145., 171.], [92., 209., 1547., 6395.], [74., 149., 536.], (0.0, 1.6)),
];

/// Memory that comes with one vCPU. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>, read 2026-11-23.
const MEGABYTES_PER_CPU: f64 = 1769.0;

fn measured(runtime: Runtime) -> &'static Row {
    TABLE.iter().find(|row| row.runtime == runtime).unwrap_or(&TABLE[0])
}

/// The distribution of the runtime's own initialisation.
pub(super) fn runtime_init(runtime: Runtime, architecture: Architecture, package: PackageType) -> Sampler {
    let row = measured(runtime);
    let (shares, values): (&[f64], &[f64]) = match (package, architecture) {
        (PackageType::Zip, Architecture::X86) => (&[0.1, 0.5, 0.9, 0.99, 0.999], &row.zip_x86),
        (PackageType::Zip, Architecture::Arm) => (&[0.5, 0.9, 0.99], &row.zip_arm),
        (PackageType::Image, Architecture::X86) => (&[0.5, 0.9, 0.99, 0.999], &row.image_x86),
        (PackageType::Image, Architecture::Arm) => (&[0.5, 0.9, 0.99], &row.image_arm),
    };
    let pairs: Vec<(f64, f64)> = shares.iter().zip(values).map(|(share, value)| (*share, value * MILLISECOND as f64)).collect();
    Sampler::quantiles(&pairs).unwrap_or_else(|_| Sampler::constant(pairs[0].1 as Time))
}

/// What the first run in an environment takes longer: work that grows as the share of a vCPU shrinks.
pub(super) fn first_run(runtime: Runtime, memory_megabytes: u64) -> Time {
    let (one_cpu, least) = measured(runtime).first_run;
    let cpu = memory_megabytes as f64 / MEGABYTES_PER_CPU;
    ((one_cpu / cpu).max(least) * MILLISECOND as f64) as Time
}
