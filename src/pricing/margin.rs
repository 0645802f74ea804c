//! What a little more usage costs at the end of a month's bill.

use super::bill::{Bill, Usage};
use super::book::PriceBook;
use super::error::PriceError;
use super::exact::{Quantity, UnitPrice, picousd};

/// Costs of further usage at the prices in force where the bill ends, in pico-USD, one for each of `more`: the derivative of
/// the bill to the right, times the quantity. It is exact up to one rounding of each cost.
///
/// Nothing of an allowance that has room left is charged; the split of an allowance that is used up stays as it is. At the
/// bound of a tier the price is that of the tier which begins there. What is billed by time does not grow: it costs nothing.
pub fn marginal_costs(book: &PriceBook, bill: &Bill, more: &[Usage]) -> Result<Vec<i128>, Vec<PriceError>> {
    let mut errors = Vec::new();
    let mut costs = Vec::new();
    for usage in more {
        let price = marginal_price(book, bill, usage);
        match price.map(|price| price.times(usage.quantity)) {
            Ok(Some(cost)) => costs.push(picousd(cost)),
            Ok(None) => errors.push(PriceError::TooLarge {
                account: usage.account.clone(),
                sku: usage.sku.clone(),
                region: usage.region.clone(),
            }),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(costs) } else { Err(errors) }
}

/// What the next unit costs.
fn marginal_price(book: &PriceBook, bill: &Bill, usage: &Usage) -> Result<UnitPrice, PriceError> {
    let price = book.price(&usage.sku, &usage.region)?;
    let has_room = price.allowance.as_ref().is_some_and(|allowance| {
        let drawn = bill.allowances.iter().find(|drawn| {
            drawn.account == usage.account
                && drawn.group == allowance.group
                && drawn.region.as_ref().is_none_or(|region| *region == usage.region)
        });
        drawn.is_some_and(|drawn| drawn.used < drawn.quantity)
    });
    if price.standing || has_room {
        return Ok(UnitPrice::default());
    }
    let own =
        bill.lines.iter().filter(|line| line.account == usage.account && line.region == usage.region && line.sku == usage.sku);
    let paid: u128 = own.map(|line| line.quantity.saturating_sub(line.free_quantity).pico_units()).sum();
    let paid = Quantity::from_pico_units(paid);
    Ok(price.tiers.iter().rev().find(|tier| tier.from <= paid).map_or(UnitPrice::default(), |tier| tier.price))
}
