//! The bill of a month, from the usage of each replication.

mod load;
mod month;
mod split;

use indexmap::IndexMap;

use super::super::estimate::mean;
use super::super::replication::Replication;
use super::super::{RunError, self_check};
use super::Collector;
use crate::pricing::{AllowanceUse, Options, PriceBook, bill};
use crate::results::{BillLine, BillSummary, Estimate};
use crate::stats::Histogram;
use month::{Billed, monthly};

const PICO: f64 = 1e-12;
const MILLION: f64 = 1e6;

impl Collector<'_> {
    pub(super) fn bill(&mut self, book: &PriceBook, lower_bound: bool) -> Result<BillSummary, RunError> {
        let Some(month) = self.model.study.month() else {
            return Err(RunError::Violation("the window cannot be scaled to a month".to_string()));
        };
        let options = Options { free_tier: self.model.free_tier, twelve_months: self.model.study.twelve_month_free_tier };
        let mut billed = Vec::new();
        for replication in self.replications {
            let usage = monthly(replication, &month, &self.model.region, book)?;
            let usages = usage.all();
            let made = bill(book, &usages, &options).map_err(RunError::Prices)?;
            if let Some(violation) = self_check::of_bill(&made, &usages) {
                return Err(RunError::Violation(violation));
            }
            billed.push(Billed::new(replication, (&month, &self.model.region), book, usage, made)?);
        }
        let against_load = load::curve(&self.model.name, &billed, book, options)?;
        let first = billed.first();
        let mut summary = BillSummary {
            basis: month.basis.clone(),
            lower_bound,
            allowances: first.map_or(Vec::new(), |billed| billed.bill.allowances.iter().map(allowance_text).collect()),
            lines: lines(&billed),
            against_load,
            ..BillSummary::default()
        };
        self.totals(&mut summary, &billed);
        summary.services = self.services_of(&billed);
        summary.hops = self.hops(&billed, summary.services.keys());
        let replications = self.replications;
        let contexts = |service: &str| {
            let (_, _, context) = replications.first()?.kinds.iter().find(|(name, ..)| name == service)?;
            context.clone()
        };
        summary.contexts = self.split("bill.contexts", &billed, contexts)?;
        let marks = |service: &str| {
            let replication = replications.first()?;
            let index = replication.service_names.iter().position(|name| name == service)?;
            <[String; 1]>::try_from(replication.marks[index].clone()).ok().map(|[mark]| mark)
        };
        summary.marks = self.split("bill.marks", &billed, marks)?;
        Ok(summary)
    }

    fn totals(&mut self, summary: &mut BillSummary, billed: &[Billed]) {
        let usd = |value: fn(&Billed) -> i128| -> Vec<f64> { billed.iter().map(|billed| value(billed) as f64 * PICO).collect() };
        let total = usd(|billed| billed.bill.total_picousd);
        let per_million = |journeys: fn(&Billed) -> f64| -> Vec<f64> {
            total.iter().zip(billed).map(|(total, billed)| total / journeys(billed) * MILLION).collect()
        };
        let (journeys, fulfilled) = (per_million(|billed| billed.journeys), per_million(|billed| billed.fulfilled));
        let figures: [(&str, Vec<f64>, &mut Estimate); 6] = [
            ("month_usd", total, &mut summary.month_usd),
            ("per_million_journeys_usd", journeys, &mut summary.per_million_journeys_usd),
            ("per_million_fulfilled_usd", fulfilled, &mut summary.per_million_fulfilled_usd),
            (
                "marginal_per_million_journeys_usd",
                usd(|billed| billed.marginal_picousd),
                &mut summary.marginal_per_million_journeys_usd,
            ),
            ("standing_month_usd", usd(Billed::standing_picousd), &mut summary.standing_month_usd),
            (
                "traffic_month_usd",
                usd(|billed| billed.bill.total_picousd - billed.standing_picousd()),
                &mut summary.traffic_month_usd,
            ),
        ];
        for (name, values, place) in figures {
            *place = mean(&values);
            self.samples.insert(format!("bill.{name}"), values);
        }
    }

    fn services_of(&mut self, billed: &[Billed]) -> IndexMap<String, Estimate> {
        let costs = split::sums(billed, |line| Some(line.service.clone()));
        let usd = |values: &[i128]| -> Vec<f64> { values.iter().map(|value| *value as f64 * PICO).collect() };
        let mut made: IndexMap<String, Estimate> =
            costs.iter().map(|(name, values)| (name.clone(), mean(&usd(values)))).collect();
        made.sort_by(|_, left, _, right| right.mean.unwrap_or(0.0).total_cmp(&left.mean.unwrap_or(0.0)));
        self.samples.extend(costs.into_iter().map(|(name, values)| (format!("bill.services.{name}"), usd(&values))));
        made
    }
}

fn lines(billed: &[Billed]) -> Vec<BillLine> {
    let first = billed.first().map_or(&[][..], |billed| &billed.bill.lines);
    let line = |(index, line): (usize, &crate::pricing::BillLine)| {
        let quantities: Vec<f64> = billed.iter().map(|billed| billed.bill.lines[index].quantity.to_f64()).collect();
        let costs: Vec<f64> = billed.iter().map(|billed| billed.bill.lines[index].cost_picousd as f64 * PICO).collect();
        BillLine {
            service: line.service.clone(),
            product: line.product.clone(),
            sku: line.sku.clone(),
            unit: line.unit.clone(),
            standing: line.standing,
            quantity_month: mean(&quantities),
            usd_month: mean(&costs),
        }
    };
    first.iter().enumerate().map(line).collect()
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
