//! The usage of a replication as a month's, and what is known once it is billed.

use super::super::super::RunError;
use super::super::super::replication::Replication;
use super::fulfilled;
use crate::fabric::meter::Meter;
use crate::pricing::load::Growth;
use crate::pricing::{Bill, MonthScale, PriceBook, PriceError, Quantity, Usage, marginal_costs};
use crate::scenario::Month;

/// The account that everything belongs to.
const ACCOUNT: &str = "default";
/// Journeys to which a marginal cost is scaled, so that quantities of one journey keep their digits.
const MILLION: u64 = 1_000_000;

/// A replication's bill.
pub(super) struct Billed {
    pub bill: Bill,
    pub usage: Growth,
    /// In a month.
    pub journeys: f64,
    pub fulfilled: f64,
    /// Calls in a month to each service, by its index in the replication, and the names of the services.
    pub calls: Vec<(String, f64)>,
    /// Of a million more journeys.
    pub marginal_picousd: i128,
}

impl Billed {
    pub(super) fn new(
        replication: &Replication,
        (month, region): (&Month, &str),
        book: &PriceBook,
        usage: Growth,
        bill: Bill,
    ) -> Result<Self, RunError> {
        let started: u64 = replication.outcomes.workloads.iter().map(|workload| workload.started).sum();
        let factor = month.traffic.to_f64();
        let marginal_picousd = match MonthScale::new(MILLION, started) {
            Some(million) => {
                let more = usages(replication, region, |meter| scaled(meter.quantity - meter.background, meter, million))?;
                marginal_costs(book, &bill, &more).map_err(RunError::Prices)?.iter().sum()
            }
            None => 0,
        };
        let calls = replication.service_names.iter().cloned().zip(replication.calls.iter().map(|calls| *calls as f64 * factor));
        Ok(Self {
            journeys: started as f64 * factor,
            fulfilled: fulfilled(replication) * factor,
            calls: calls.collect(),
            marginal_picousd,
            bill,
            usage,
        })
    }

    pub(super) fn standing_picousd(&self) -> i128 {
        self.bill.lines.iter().filter(|line| line.standing).map(|line| line.cost_picousd).sum()
    }
}

/// What the month of a replication uses: what grows with traffic, and what goes by time.
pub(super) fn monthly(replication: &Replication, month: &Month, region: &str, book: &PriceBook) -> Result<Growth, RunError> {
    let standing = |meter: &Meter| book.price(meter.sku, region).is_ok_and(|price| price.standing);
    let growing = usages(replication, region, |meter| {
        let metered = if standing(meter) { 0 } else { meter.quantity - meter.background };
        scaled(metered, meter, month.traffic)
    })?;
    let fixed = usages(replication, region, |meter| {
        let metered = if standing(meter) { meter.quantity } else { meter.background };
        scaled(metered, meter, month.by_time)
    })?;
    Ok(Growth { growing, fixed })
}

fn scaled(metered: u128, meter: &Meter, scale: MonthScale) -> Option<Quantity> {
    Quantity::of_month(metered, u32::try_from(meter.divisor).ok()?, scale)
}

/// Usage of every meter; an error where it is beyond range.
fn usages(
    replication: &Replication,
    region: &str,
    quantity: impl Fn(&Meter) -> Option<Quantity>,
) -> Result<Vec<Usage>, RunError> {
    let mut errors = Vec::new();
    let mut made = Vec::new();
    for meter in &replication.usage {
        let (account, sku, region) = (ACCOUNT.to_string(), meter.sku.to_string(), region.to_string());
        match quantity(meter) {
            Some(quantity) => {
                let service = replication.service_names[meter.service as usize].clone();
                made.push(Usage { service, sku, region, account, quantity });
            }
            None => errors.push(PriceError::TooLarge { account, sku, region }),
        }
    }
    if errors.is_empty() { Ok(made) } else { Err(RunError::Prices(errors)) }
}
