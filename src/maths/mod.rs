//! Special functions that both the kernel's samplers and the statistics need. A leaf: it uses nothing of ours.
//!
//! Everything rests on the `libm` crate instead of std's platform functions, so that a value is the same on every
//! machine of a target.

mod elementary;
mod gamma;
mod normal;
mod normal_table;
#[cfg(test)]
mod tests;

pub use elementary::{exp, ln};
pub use gamma::{ln_gamma, regularised_beta, regularised_gamma};
pub use normal::{normal_cdf, normal_quantile};
pub use normal_table::normal_deviate;
