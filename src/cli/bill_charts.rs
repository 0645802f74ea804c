//! The charts of `bill`.

use std::collections::BTreeMap;
use std::path::Path;

use super::console;
use super::failure::Failure;
use super::interrupt;
use crate::billing::{UsageFile, render};
use crate::pricing::{self, Bill, Growth, PriceBook, Usage};
use crate::report::{Chart, load_chart, services_chart, waterfall_chart, write_charts};
use crate::results::{CostAgainstLoad, Waterfall};

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
    let name = name_of(path);
    let mut charts = vec![by_service(&name, after), load_chart(&against_load(&name, file, book, highest)?)];
    if let Some((other, before)) = before {
        let names = (name_of(other), name_of(path));
        let names = if names.0 == names.1 { ("before".to_owned(), "after".to_owned()) } else { names };
        charts.push(waterfall_chart(&waterfall(names, before, after)));
    }
    for file in interrupt::whole(|| Ok(write_charts(folder, &charts)?))? {
        console::note(&format!("wrote {}\n", file.display()));
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

/// The bars of services, dearest first.
fn by_service(name: &str, bill: &Bill) -> Chart {
    let mut costs: BTreeMap<&str, i128> = BTreeMap::new();
    for line in &bill.lines {
        *costs.entry(render::service_name(&line.service)).or_default() += line.cost_picousd;
    }
    let mut costs: Vec<(String, i128)> = costs.into_iter().map(|(service, cost)| (service.to_owned(), cost)).collect();
    costs.sort_by_key(|(_, cost)| -cost);
    let mut regions: Vec<&str> = bill.lines.iter().map(|line| line.region.as_str()).collect();
    regions.dedup();
    let place = if let [region] = regions[..] { region } else { "several Regions" };
    let costs: Vec<(String, f64)> = costs.into_iter().map(|(service, cost)| (service, usd(cost))).collect();
    services_chart(name, place, &costs)
}

fn waterfall(names: (String, String), before: &Bill, after: &Bill) -> Waterfall {
    let changes = render::changes(before, after).into_iter();
    let changes = changes.map(|(service, sku, old, new)| (format!("{service}: {sku}"), usd(new - old))).collect();
    Waterfall { names, before: usd(before.total_picousd), changes }
}

/// Bills of the usage that grows with traffic at `LOADS` multiples up to the highest. What is billed by time stays.
fn against_load(name: &str, file: &UsageFile, book: &PriceBook, highest: u64) -> Result<CostAgainstLoad, Failure> {
    let grows = |usage: &Usage| book.price(&usage.sku, &usage.region).is_ok_and(|price| !price.standing);
    let (growing, fixed) = file.usages.iter().cloned().partition(grows);
    let allowances = &file.allowances;
    let found =
        pricing::against_load(book, &Growth { growing, fixed }, &allowances.options(), &allowances.used_up, (LOADS, highest))?;
    let mut costs: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (name, own) in &found.services {
        let of_service = costs.entry(render::service_name(name)).or_insert_with(|| vec![0.0; found.loads.len()]);
        for (sum, cost) in of_service.iter_mut().zip(own) {
            *sum += usd(*cost);
        }
    }
    let mut services: Vec<(String, Vec<f64>)> = costs.into_iter().map(|(name, costs)| (name.to_owned(), costs)).collect();
    services.sort_by(|one, other| other.1.last().unwrap_or(&0.0).total_cmp(one.1.last().unwrap_or(&0.0)));
    let kinks = found.kinks.into_iter().map(|kink| (kink.load, kink.sku)).collect();
    Ok(CostAgainstLoad { name: name.to_owned(), loads: found.loads, services, kinks })
}
