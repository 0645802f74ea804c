//! The bill by service, by hop and by business step.

use indexmap::IndexMap;

use super::super::super::RunError;
use super::super::super::estimate::mean;
use super::super::Collector;
use super::month::Billed;
use super::{MILLION, PICO};
use crate::pricing::BillLine;
use crate::results::{Estimate, HopCost, UNATTRIBUTED};

/// Cost in pico-USD of the lines of each name, in each replication; lines without a name are left out.
pub(super) fn sums(billed: &[Billed], name: impl Fn(&BillLine) -> Option<String>) -> IndexMap<String, Vec<i128>> {
    let mut costs: IndexMap<String, Vec<i128>> = IndexMap::new();
    for (index, billed_once) in billed.iter().enumerate() {
        for line in &billed_once.bill.lines {
            let Some(name) = name(line) else { continue };
            costs.entry(name).or_insert_with(|| vec![0; billed.len()])[index] += line.cost_picousd;
        }
    }
    costs
}

impl Collector<'_> {
    /// The whole bill by what a service stands for, dearest first and the rest last; empty when no service stands for anything.
    pub(super) fn split(
        &mut self,
        path: &str,
        billed: &[Billed],
        group: impl Fn(&str) -> Option<String>,
    ) -> Result<IndexMap<String, Estimate>, RunError> {
        let mut costs = sums(billed, |line| Some(group(&line.service).unwrap_or_else(|| UNATTRIBUTED.to_string())));
        for (index, billed) in billed.iter().enumerate() {
            let sum: i128 = costs.values().map(|values| values[index]).sum();
            if sum != billed.bill.total_picousd {
                let total = billed.bill.total_picousd;
                return Err(RunError::Violation(format!("the bill by business step is {sum} pico-USD, its total is {total}")));
            }
        }
        let rest = costs.shift_remove(UNATTRIBUTED);
        costs.sort_by(|_, left, _, right| right.iter().sum::<i128>().cmp(&left.iter().sum()));
        if costs.is_empty() {
            return Ok(IndexMap::new());
        }
        costs.extend(rest.map(|rest| (UNATTRIBUTED.to_string(), rest)));
        let mut made = IndexMap::new();
        for (name, values) in costs {
            let values: Vec<f64> = values.iter().map(|value| *value as f64 * PICO).collect();
            made.insert(name.clone(), mean(&values));
            self.samples.insert(format!("{path}.{name}"), values);
        }
        Ok(made)
    }

    /// Costs of hops, in the order of `services`.
    pub(super) fn hops<'a>(
        &mut self,
        billed: &[Billed],
        services: impl Iterator<Item = &'a String>,
    ) -> IndexMap<String, HopCost> {
        let costs = sums(billed, |line| Some(line.service.clone()).filter(|_| !line.standing));
        let mut made = IndexMap::new();
        for service in services {
            let Some(costs) = costs.get(service) else { continue };
            let mut figure = |name: &str, value: &dyn Fn(f64, f64, f64) -> f64| {
                let values: Vec<f64> = billed
                    .iter()
                    .zip(costs)
                    .map(|(billed, cost)| {
                        let calls = billed.calls.iter().find(|(known, _)| known == service).map_or(0.0, |(_, calls)| *calls);
                        value(*cost as f64 * PICO, calls, billed.journeys)
                    })
                    .collect();
                let estimate = mean(&values);
                self.samples.insert(format!("bill.hops.{service}.{name}"), values);
                estimate
            };
            let hop = HopCost {
                per_million_journeys_usd: figure("per_million_journeys_usd", &|cost, _, journeys| cost / journeys * MILLION),
                calls_per_journey: figure("calls_per_journey", &|_, calls, journeys| calls / journeys),
                per_million_calls_usd: figure("per_million_calls_usd", &|cost, calls, _| cost / calls * MILLION),
            };
            made.insert(service.clone(), hop);
        }
        made
    }
}
