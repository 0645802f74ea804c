//! How the bill of a run grows with load: the mean usage of the replications, multiplied.

use std::collections::BTreeMap;

use super::super::super::RunError;
use super::PICO;
use super::month::Billed;
use crate::pricing::load::Growth;
use crate::pricing::{Options, PriceBook, Quantity, Usage, against_load};
use crate::results::CostAgainstLoad;

/// Loads at which the bill is made, and the highest multiple of the simulated one.
const STEPS: u64 = 50;
const HIGHEST: u64 = 10;

pub(super) fn curve(name: &str, billed: &[Billed], book: &PriceBook, options: Options) -> Result<CostAgainstLoad, RunError> {
    let mean =
        Growth { growing: mean_usage(billed, |growth| &growth.growing), fixed: mean_usage(billed, |growth| &growth.fixed) };
    let found = against_load(book, &mean, &options, &BTreeMap::new(), (STEPS, HIGHEST)).map_err(RunError::Prices)?;
    let usd = |costs: Vec<i128>| costs.into_iter().map(|cost| cost as f64 * PICO).collect();
    let mut services: Vec<(String, Vec<f64>)> =
        found.services.into_iter().map(|(service, costs)| (service, usd(costs))).collect();
    services.sort_by(|one, other| other.1.last().unwrap_or(&0.0).total_cmp(one.1.last().unwrap_or(&0.0)));
    let kinks = found.kinks.into_iter().map(|kink| (kink.load, kink.sku)).collect();
    Ok(CostAgainstLoad { name: name.to_string(), loads: found.loads, services, kinks })
}

/// Every replication has the same meters in the same order.
fn mean_usage(billed: &[Billed], part: fn(&Growth) -> &Vec<Usage>) -> Vec<Usage> {
    let first = billed.first().map_or(&[][..], |billed| part(&billed.usage));
    let mean = |(index, usage): (usize, &Usage)| {
        let parts = billed.iter().map(|one| part(&one.usage)[index].quantity.pico_units() / billed.len() as u128);
        Usage { quantity: Quantity::from_pico_units(parts.sum()), ..usage.clone() }
    };
    first.iter().enumerate().map(mean).collect()
}
