//! The charts of `bill`.

use std::collections::BTreeMap;
use std::path::Path;

use super::console;
use super::exit::Exit;
use super::failure::Failure;
use crate::billing::{self, UsageFile, render};
use crate::pricing::{AllowanceTerm, Bill, PriceBook, Quantity};
use crate::report::{Chart, CostAgainstLoad, Waterfall, load_chart, waterfall_chart};

/// Loads at which the bill is made for the chart.
const LOADS: u64 = 100;

/// Writes the charts as SVG and PNG.
pub fn write(
    folder: &Path,
    path: &Path,
    file: &UsageFile,
    after: &Bill,
    before: Option<(&Path, &Bill)>,
    book: &PriceBook,
    highest: u64,
) -> Result<(), Failure> {
    let mut charts = vec![load_chart(&against_load(&name_of(path), file, book, highest)?)];
    if let Some((other, before)) = before {
        let names = (name_of(other), name_of(path));
        let names = if names.0 == names.1 { ("before".to_owned(), "after".to_owned()) } else { names };
        charts.push(waterfall_chart(&waterfall(names, before, after)));
    }
    let failed = |error: std::io::Error, what: &Path| {
        Failure::new(Exit::BadInput, "output", format!("{} cannot be written: {error}", what.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(error, folder))?;
    for chart in &charts {
        for (ending, bytes) in [("svg", chart.svg()?.into_bytes()), ("png", Chart::png(chart)?)] {
            let target = folder.join(format!("{}.{ending}", chart.name()));
            std::fs::write(&target, bytes).map_err(|error| failed(error, &target))?;
            console::note(&format!("wrote {}\n", target.display()));
        }
    }
    Ok(())
}

fn name_of(path: &Path) -> String {
    path.file_stem().map_or_else(|| "usage".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// For axes and labels only.
fn usd(picousd: i128) -> f64 {
    picousd as f64 / 1e12
}

fn waterfall(names: (String, String), before: &Bill, after: &Bill) -> Waterfall {
    let changes = render::changes(before, after).into_iter();
    let changes = changes.map(|(service, sku, old, new)| (format!("{service}: {sku}"), usd(new - old))).collect();
    Waterfall { names, before: usd(before.total_picousd), changes }
}

/// Bills of the usage that grows with traffic at `LOADS` multiples up to the highest. What is billed by time stays.
fn against_load(name: &str, file: &UsageFile, book: &PriceBook, highest: u64) -> Result<CostAgainstLoad, Failure> {
    let grows = |sku: &str, region: &str| book.price(sku, region).is_ok_and(|price| !price.standing);
    let mut chart = CostAgainstLoad { name: name.to_owned(), loads: Vec::new(), services: Vec::new(), kinks: Vec::new() };
    let mut costs: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for step in 0..=LOADS {
        let mut scaled = file.clone();
        for usage in scaled.usages.iter_mut().filter(|usage| grows(&usage.sku, &usage.region)) {
            // Quantities are below 2^120 and a hundredth is exact enough for a chart.
            let hundredth = usage.quantity.pico_units() / u128::from(LOADS);
            usage.quantity = Quantity::from_pico_units(hundredth.saturating_mul(u128::from(step * highest)));
        }
        let bill = billing::bill(&scaled, book)?;
        chart.loads.push((step * highest) as f64 / LOADS as f64);
        for line in &bill.lines {
            let of_service = costs.entry(render::service_of(line).to_owned()).or_default();
            of_service.resize(chart.loads.len(), 0.0);
            of_service[step as usize] += usd(line.cost_picousd);
        }
    }
    chart.services = costs.into_iter().collect();
    chart.services.sort_by(|one, other| other.1.last().unwrap_or(&0.0).total_cmp(one.1.last().unwrap_or(&0.0)));
    chart.kinks = kinks(file, book, highest);
    Ok(chart)
}

/// Loads at which the account's usage of a SKU, without what is free, passes the bound of a tier.
fn kinks(file: &UsageFile, book: &PriceBook, highest: u64) -> Vec<(f64, String)> {
    let mut totals: BTreeMap<(&str, &str, &str), f64> = BTreeMap::new();
    for usage in &file.usages {
        *totals.entry((&usage.account, &usage.region, &usage.sku)).or_default() += usage.quantity.to_f64();
    }
    let mut kinks = Vec::new();
    for ((_, region, sku), total) in totals {
        let Ok(price) = book.price(sku, region) else { continue };
        for tier in price.tiers.iter().skip(1).filter(|_| !price.standing && total > 0.0) {
            let free = price.allowance.as_ref().filter(|free| match free.term {
                AllowanceTerm::Always => file.allowances.always_free,
                AllowanceTerm::TwelveMonths => file.allowances.twelve_months,
            });
            let load = (tier.from.to_f64() + free.map_or(0.0, |free| free.quantity.to_f64())) / total;
            if load <= highest as f64 {
                kinks.push((load, sku.to_owned()));
            }
        }
    }
    kinks.sort_by(|one, other| one.0.total_cmp(&other.0));
    kinks
}
