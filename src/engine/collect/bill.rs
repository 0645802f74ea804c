//! The bill of a month, from the usage of each replication.

use indexmap::IndexMap;

use super::super::estimate::mean;
use super::super::replication::Replication;
use super::super::{RunError, self_check};
use super::Collector;
use crate::kernel::SECOND;
use crate::pricing::{AllowanceUse, Bill, MonthScale, Options, PriceBook, Quantity, Usage, bill};
use crate::results::{BillLine, BillSummary, Estimate};
use crate::stats::Histogram;

/// The account that everything belongs to.
const ACCOUNT: &str = "default";
const PICO: f64 = 1e-12;

impl Collector<'_> {
    pub(super) fn bill(&mut self, book: &PriceBook, lower_bound: bool) -> Result<BillSummary, RunError> {
        let month = (self.model.month_hours * 3_600.0 * SECOND as f64) as u64;
        let scale = MonthScale::new(month, self.model.study.duration.0).unwrap_or(MonthScale::ONE);
        let options = Options { free_tier: self.model.free_tier, ..Options::default() };
        let mut bills = Vec::new();
        for replication in self.replications {
            let usages: Vec<Usage> = replication
                .usage
                .iter()
                .map(|(service, sku, divisor, quantity)| Usage {
                    service: replication.service_names[*service as usize].clone(),
                    sku: (*sku).to_string(),
                    region: self.model.region.clone(),
                    account: ACCOUNT.to_string(),
                    quantity: Quantity::of_month(*quantity, *divisor as u32, scale).unwrap_or(Quantity::ZERO),
                })
                .collect();
            let made = bill(book, &usages, &options).map_err(RunError::Prices)?;
            if let Some(violation) = self_check::of_bill(&made, &usages) {
                return Err(RunError::Violation(violation));
            }
            bills.push(made);
        }
        let months = month as f64 / self.model.study.duration.0 as f64;
        let totals: Vec<f64> = bills.iter().map(|bill| bill.total_picousd as f64 * PICO).collect();
        let started: Vec<f64> = self
            .replications
            .iter()
            .map(|r| r.outcomes.workloads.iter().map(|w| w.started as f64).sum::<f64>() * months)
            .collect();
        let fulfilled: Vec<f64> = self.replications.iter().map(|r| fulfilled(r) * months).collect();
        let per_million =
            |base: &[f64]| -> Vec<f64> { totals.iter().zip(base).map(|(total, base)| total / base * 1e6).collect() };
        let (journeys, done) = (per_million(&started), per_million(&fulfilled));
        let mut lines = Vec::new();
        for (index, line) in bills.first().map_or(&[][..], |bill| &bill.lines).iter().enumerate() {
            let quantities: Vec<f64> = bills.iter().map(|bill| bill.lines[index].quantity.to_f64()).collect();
            let costs: Vec<f64> = bills.iter().map(|bill| bill.lines[index].cost_picousd as f64 * PICO).collect();
            lines.push(BillLine {
                service: line.service.clone(),
                product: line.product.clone(),
                sku: line.sku.clone(),
                unit: line.unit.clone(),
                quantity_month: mean(&quantities),
                usd_month: mean(&costs),
            });
        }
        let services = self.bill_by_service(&bills);
        let summary = BillSummary {
            month_usd: mean(&totals),
            per_million_journeys_usd: mean(&journeys),
            per_million_fulfilled_usd: mean(&done),
            lower_bound,
            services,
            lines,
            allowances: bills.first().map_or(Vec::new(), |bill| bill.allowances.iter().map(allowance_text).collect()),
        };
        self.samples.insert("bill.month_usd".to_string(), totals);
        self.samples.insert("bill.per_million_journeys_usd".to_string(), journeys);
        self.samples.insert("bill.per_million_fulfilled_usd".to_string(), done);
        Ok(summary)
    }

    fn bill_by_service(&mut self, bills: &[Bill]) -> IndexMap<String, Estimate> {
        let lines = bills.first().map_or(&[][..], |bill| &bill.lines);
        let mut costs: IndexMap<String, Vec<f64>> = IndexMap::new();
        for (index, line) in lines.iter().enumerate() {
            let values = costs.entry(line.service.clone()).or_insert_with(|| vec![0.0; bills.len()]);
            for (value, bill) in values.iter_mut().zip(bills) {
                *value += bill.lines[index].cost_picousd as f64 * PICO;
            }
        }
        let mut made: IndexMap<String, Estimate> = costs.iter().map(|(name, values)| (name.clone(), mean(values))).collect();
        made.sort_by(|_, left, _, right| right.mean.unwrap_or(0.0).total_cmp(&left.mean.unwrap_or(0.0)));
        self.samples.extend(costs.into_iter().map(|(name, values)| (format!("bill.services.{name}"), values)));
        made
    }
}

fn allowance_text(used: &AllowanceUse) -> String {
    format!("{}: {} of {} {} free each month", used.group, used.used, used.quantity, used.unit)
}

/// Journeys that ended fulfilled: by the ending of that name, else by the observed milestone.
fn fulfilled(replication: &Replication) -> f64 {
    let counts = replication.workloads.iter().zip(&replication.outcomes.workloads).map(|(plan, outcomes)| match plan.fulfilled {
        Some(ending) => outcomes.endings[ending],
        None => outcomes.milestones.get(plan.observed).map_or(outcomes.closed, Histogram::count),
    });
    counts.sum::<u64>() as f64
}
