//! How a bill grows with load.

use std::collections::BTreeMap;

use super::bill::{Bill, Options, Usage, bill_with};
use super::book::PriceBook;
use super::error::PriceError;
use super::exact::Quantity;

/// A bill at equally spaced multiples of the load.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadCurve {
    /// Multiples of the load, ascending, from nothing.
    pub loads: Vec<f64>,
    /// Cost of each service at each load, in pico-USD.
    pub services: BTreeMap<String, Vec<i128>>,
    /// Where prices change.
    pub kinks: Vec<Kink>,
}

/// A multiple of the load at which the usage of a SKU, without what is free, passes the bound of a tier.
#[derive(Clone, Debug, PartialEq)]
pub struct Kink {
    /// Multiple of the load.
    pub load: f64,
    /// What the price is of.
    pub sku: String,
}

/// What of an account's usage grows with load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// At load 1.
    pub growing: Vec<Usage>,
    /// At any load: what is billed by time.
    pub fixed: Vec<Usage>,
}

impl Growth {
    /// At so many times the load, a fraction.
    pub fn at(&self, numerator: u64, denominator: u64) -> Vec<Usage> {
        let growing = self.growing.iter();
        let growing = growing.map(|usage| Usage { quantity: share(usage.quantity, numerator, denominator), ..usage.clone() });
        growing.chain(self.fixed.iter().cloned()).collect()
    }

    /// At load 1.
    pub fn all(&self) -> Vec<Usage> {
        self.at(1, 1)
    }
}

/// Bills at `steps` + 1 loads from nothing to `highest`. `used_up` is as for [`bill_with`].
pub fn against_load(
    book: &PriceBook,
    growth: &Growth,
    options: &Options,
    used_up: &BTreeMap<String, Quantity>,
    (steps, highest): (u64, u64),
) -> Result<LoadCurve, Vec<PriceError>> {
    let mut curve = LoadCurve::default();
    let mut before: Option<Tiers> = None;
    for step in 0..=steps {
        let bill = bill_with(book, &growth.at(step * highest, steps), options, used_up)?;
        curve.loads.push((step * highest) as f64 / steps as f64);
        for line in &bill.lines {
            let of_service = curve.services.entry(line.service.clone()).or_default();
            of_service.resize(curve.loads.len(), 0);
            of_service[step as usize] += line.cost_picousd;
        }
        let tiers = Tiers::of(&bill);
        if let Some(before) = before.replace(tiers.clone()) {
            curve.kinks.extend(kinks(book, &before, &tiers, step as f64 - 1.0, highest as f64 / steps as f64));
        }
    }
    curve.kinks.sort_by(|one, other| one.load.total_cmp(&other.load).then_with(|| one.sku.cmp(&other.sku)));
    Ok(curve)
}

/// A share of a quantity, rounded down; quantities are below 2^120.
fn share(quantity: Quantity, numerator: u64, denominator: u64) -> Quantity {
    let (whole, rest) = (quantity.pico_units() / u128::from(denominator), quantity.pico_units() % u128::from(denominator));
    let scaled = whole.saturating_mul(u128::from(numerator)) + rest * u128::from(numerator) / u128::from(denominator);
    Quantity::from_pico_units(scaled)
}

/// Paid quantity of each SKU in each account and Region.
#[derive(Clone)]
struct Tiers(BTreeMap<(String, String, String), Quantity>);

impl Tiers {
    fn of(bill: &Bill) -> Self {
        let mut paid: BTreeMap<(String, String, String), Quantity> = BTreeMap::new();
        for line in &bill.lines {
            let own = paid.entry((line.account.clone(), line.region.clone(), line.sku.clone())).or_default();
            let more = line.quantity.saturating_sub(line.free_quantity);
            *own = Quantity::from_pico_units(own.pico_units() + more.pico_units());
        }
        Self(paid)
    }
}

/// Bounds that are passed from one load to the next; between the two, paid usage is taken as a straight line.
fn kinks(book: &PriceBook, before: &Tiers, after: &Tiers, step: f64, per_step: f64) -> Vec<Kink> {
    let mut found = Vec::new();
    for ((account, region, sku), high) in &after.0 {
        let low = before.0.get(&(account.clone(), region.clone(), sku.clone())).copied().unwrap_or_default();
        let Ok(price) = book.price(sku, region) else { continue };
        for tier in price.tiers.iter().skip(1).filter(|tier| low < tier.from && tier.from <= *high) {
            let passed = (tier.from.to_f64() - low.to_f64()) / (high.to_f64() - low.to_f64());
            found.push(Kink { load: (step + passed) * per_step, sku: sku.clone() });
        }
    }
    found
}
