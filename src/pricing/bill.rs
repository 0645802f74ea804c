//! Prices a month of usage.
//!
//! Order of work: usage of a SKU is added up over all services of an account and Region; free allowances are taken off;
//! what is left walks the tiers, starting at the first; the amount, rounded once to pico-USD, is split back to services
//! in proportion to their usage.
//!
//! Two rules where AWS publishes none:
//! * An allowance that several SKUs or Regions share is used in proportion to their usage. What has a unit of another
//!   kind (GB-month of storage, GB scanned by queries) draws on what the others (GB of ingestion) have left, as published bills of
//!   CloudWatch Logs do.
//! * Tiers count paid usage only. The other reading, in which free units fill the start of the first tier, differs by the
//!   allowance times the price step and only beyond the first tier: this bill is then higher, by at most 1.34 USD a month
//!   for Lambda's duration.

use std::collections::BTreeMap;

use super::book::{AllowanceScope, AllowanceTerm, Price, PriceBook, base_unit};
use super::error::PriceError;
use super::exact::{Quantity, UnitPrice, apportion, picousd};

/// A month of usage of one SKU by one service of the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Name of the service in the scenario.
    pub service: String,
    /// What was used.
    pub sku: String,
    /// Region code.
    pub region: String,
    /// Account: tiers and allowances count within one.
    pub account: String,
    /// How much, per month and in the unit of the price row; see [`Quantity::of_month`].
    pub quantity: Quantity,
}

/// How to bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Take off the always-free monthly allowances.
    pub free_tier: bool,
    /// Take off the allowances of an account's first twelve months.
    pub twelve_months: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { free_tier: true, twelve_months: false }
    }
}

/// A month's bill. Lines are sorted by account, region, SKU and service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// One line for each service and SKU.
    pub lines: Vec<BillLine>,
    /// Sum of the lines, in pico-USD.
    pub total_picousd: i128,
    /// Every free allowance that the usage could draw on.
    pub allowances: Vec<AllowanceUse>,
    /// The tiers that were reached.
    pub tiers: Vec<TierUse>,
}

/// What one service pays for one SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Account that pays.
    pub account: String,
    /// Region code.
    pub region: String,
    /// Name of the service in the scenario.
    pub service: String,
    /// Name of the AWS product.
    pub product: String,
    /// What was used.
    pub sku: String,
    /// What one unit of quantity is.
    pub unit: String,
    /// Monthly usage, the free part included.
    pub quantity: Quantity,
    /// Part of the usage that an allowance paid for.
    pub free_quantity: Quantity,
    /// Cost of the rest, in pico-USD.
    pub cost_picousd: i128,
    /// Billed by time, used or not.
    pub standing: bool,
}

/// What an account pays in one tier of a SKU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierUse {
    /// Account that pays.
    pub account: String,
    /// Region code.
    pub region: String,
    /// What was used.
    pub sku: String,
    /// Paid quantity inside the tier; not zero.
    pub quantity: Quantity,
    /// Price of each unit.
    pub price: UnitPrice,
    /// Cost, in pico-USD; rounded by itself, so that a sum over tiers may differ from the line in the last digit.
    pub cost_picousd: i128,
}

/// How much of a free allowance was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowanceUse {
    /// Account that it belongs to.
    pub account: String,
    /// Name of the allowance.
    pub group: String,
    /// Region it is limited to; `None` when all Regions share it.
    pub region: Option<String>,
    /// What one unit of quantity is.
    pub unit: String,
    /// Free quantity per month.
    pub quantity: Quantity,
    /// Part of it that was used.
    pub used: Quantity,
}

/// Prices usage. Every SKU that has no price in its Region is listed in the errors, once, even if nothing of it was used:
/// whether a scenario can be priced does not depend on its random draws.
pub fn bill(book: &PriceBook, usages: &[Usage], options: &Options) -> Result<Bill, Vec<PriceError>> {
    bill_with(book, usages, options, &BTreeMap::new())
}

/// As [`bill`], when a part of some allowances (by their name) has been used up elsewhere.
pub fn bill_with(
    book: &PriceBook,
    usages: &[Usage],
    options: &Options,
    used_up: &BTreeMap<String, Quantity>,
) -> Result<Bill, Vec<PriceError>> {
    let mut charges = collect(book, usages)?;
    let allowances = take_allowances(&mut charges, *options, used_up)?;
    let mut bill = Bill { allowances, ..Bill::default() };
    let mut errors = Vec::new();
    for (place, charge) in &charges {
        let billable = charge.total.saturating_sub(charge.free);
        match charge.price.cost_picousd(billable) {
            Some(cost) => {
                add_lines(&mut bill, place, charge, cost);
                add_tiers(&mut bill, place, charge.price, billable);
            }
            None => errors.push(too_large(place)),
        }
    }
    if errors.is_empty() { Ok(bill) } else { Err(errors) }
}

/// Where tiers count.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place<'a> {
    account: &'a str,
    region: &'a str,
    sku: &'a str,
}

struct Charge<'a> {
    price: &'a Price,
    by_service: BTreeMap<&'a str, Quantity>,
    total: Quantity,
    free: Quantity,
}

type Charges<'a> = BTreeMap<Place<'a>, Charge<'a>>;

fn collect<'a>(book: &'a PriceBook, usages: &'a [Usage]) -> Result<Charges<'a>, Vec<PriceError>> {
    let mut charges = Charges::new();
    let mut errors: Vec<PriceError> = Vec::new();
    for usage in usages {
        let price = match book.price(&usage.sku, &usage.region) {
            Ok(price) => price,
            Err(error) => {
                if !errors.contains(&error) {
                    errors.push(error);
                }
                continue;
            }
        };
        let place = Place { account: &usage.account, region: &usage.region, sku: &usage.sku };
        let charge = charges.entry(place).or_insert_with(|| Charge {
            price,
            by_service: BTreeMap::new(),
            total: Quantity::ZERO,
            free: Quantity::ZERO,
        });
        let own = charge.by_service.entry(&usage.service).or_default();
        // A service's own sum is at most the total, so checking the total checks both.
        match charge.total.checked_add(usage.quantity).filter(|total| total.pico_units() < 1 << 120) {
            Some(total) => {
                charge.total = total;
                *own = Quantity::from_pico_units(own.pico_units() + usage.quantity.pico_units());
            }
            None => errors.push(too_large(&place)),
        }
    }
    if errors.is_empty() { Ok(charges) } else { Err(errors) }
}

/// Fills in the free part of each charge and reports what was used of each allowance.
fn take_allowances(
    charges: &mut Charges<'_>,
    options: Options,
    used_up: &BTreeMap<String, Quantity>,
) -> Result<Vec<AllowanceUse>, Vec<PriceError>> {
    // Account, group, and the Region when each Region has its own allowance.
    let mut sharers: BTreeMap<(&str, &str, Option<&str>), Vec<Place<'_>>> = BTreeMap::new();
    for (place, charge) in charges.iter() {
        if let Some(allowance) = &charge.price.allowance
            && match allowance.term {
                AllowanceTerm::Always => options.free_tier,
                AllowanceTerm::TwelveMonths => options.twelve_months,
            }
        {
            let region = (allowance.scope == AllowanceScope::Region).then_some(place.region);
            sharers.entry((place.account, &allowance.group, region)).or_default().push(*place);
        }
    }
    let mut uses = Vec::new();
    for ((account, group, region), places) in sharers {
        let weights: Vec<u128> = places.iter().map(|place| charges[place].total.pico_units()).collect();
        let sum = weights.iter().try_fold(0_u128, |sum, weight| sum.checked_add(*weight));
        let Some(sum) = sum.filter(|sum| *sum < 1 << 126) else {
            return Err(vec![too_large(&places[0])]);
        };
        let first = charges[&places[0]].price;
        let quantity = first.allowance.as_ref().map_or(Quantity::ZERO, |allowance| allowance.quantity);
        let quantity = quantity.saturating_sub(used_up.get(group).copied().unwrap_or_default());
        let used = quantity.pico_units().min(sum);
        let comes_later = |place: &Place<'_>| base_unit(&charges[place].price.unit) != charges[place].price.unit;
        let at_once: Vec<u128> =
            places.iter().zip(&weights).map(|(place, weight)| if comes_later(place) { 0 } else { *weight }).collect();
        let later: Vec<u128> = weights.iter().zip(&at_once).map(|(weight, at_once)| weight - at_once).collect();
        let first_part = used.min(at_once.iter().sum());
        let shares = apportion(first_part, &at_once).into_iter().zip(apportion(used - first_part, &later));
        for (place, (at_once, later)) in places.iter().zip(shares) {
            if let Some(charge) = charges.get_mut(place) {
                charge.free = Quantity::from_pico_units(at_once + later);
            }
        }
        uses.push(AllowanceUse {
            account: account.to_owned(),
            group: group.to_owned(),
            region: region.map(str::to_owned),
            unit: first.unit.clone(),
            quantity,
            used: Quantity::from_pico_units(used),
        });
    }
    Ok(uses)
}

fn add_lines(bill: &mut Bill, place: &Place<'_>, charge: &Charge<'_>, cost_picousd: i128) {
    assert!(charge.free <= charge.total, "an allowance never covers more than was used");
    let weights: Vec<u128> = charge.by_service.values().map(|quantity| quantity.pico_units()).collect();
    let free = apportion(charge.free.pico_units(), &weights);
    let costs = apportion(cost_picousd.unsigned_abs(), &weights);
    bill.total_picousd += cost_picousd;
    for ((service, quantity), (free, cost)) in charge.by_service.iter().zip(free.into_iter().zip(costs)) {
        bill.lines.push(BillLine {
            account: place.account.to_owned(),
            region: place.region.to_owned(),
            service: (*service).to_owned(),
            product: charge.price.product.clone(),
            sku: place.sku.to_owned(),
            unit: charge.price.unit.clone(),
            quantity: *quantity,
            free_quantity: Quantity::from_pico_units(free),
            // A share of a cost that was an i128.
            cost_picousd: cost as i128,
            standing: charge.price.standing,
        });
    }
}

fn add_tiers(bill: &mut Bill, place: &Place<'_>, price: &Price, billable: Quantity) {
    for tier in &price.tiers {
        let quantity = tier.to.map_or(billable, |to| to.min(billable)).saturating_sub(tier.from);
        let Some(cost) = tier.price.times(quantity).filter(|_| quantity > Quantity::ZERO) else { continue };
        bill.tiers.push(TierUse {
            account: place.account.to_owned(),
            region: place.region.to_owned(),
            sku: place.sku.to_owned(),
            quantity,
            price: tier.price,
            cost_picousd: picousd(cost),
        });
    }
}

fn too_large(place: &Place<'_>) -> PriceError {
    PriceError::TooLarge { account: place.account.to_owned(), sku: place.sku.to_owned(), region: place.region.to_owned() }
}
