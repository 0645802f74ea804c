//! Time series over replications.

use crate::fabric::metric::Bins;
use crate::fabric::outcomes::LatencyBins;
use crate::kernel::{SECOND, Time};
use crate::results::{Series, SeriesKind};

use super::replication::Replication;

/// All series of a run: journeys first, then services.
pub fn collect(replications: &[Replication]) -> Vec<Series> {
    let Some(first) = replications.first() else { return Vec::new() };
    let mut made = Vec::new();
    for (index, plan) in first.workloads.iter().enumerate() {
        for (name, q) in [("latency_p50", 0.5), ("latency_p99", 0.99)] {
            let bins: Vec<LatencyBins> = replications.iter().map(|r| r.outcomes.workloads[index].latencies.clone()).collect();
            made.push(latency(&plan.name, name, bins, q));
        }
        let arrivals = replications.iter().map(|r| r.outcomes.workloads[index].arrivals.clone()).collect();
        made.push(rate(SeriesKind::Throughput, &plan.name, "arrivals", arrivals));
        let completions = replications.iter().map(|r| r.outcomes.workloads[index].completions.clone()).collect();
        made.push(rate(SeriesKind::Throughput, &plan.name, "completions", completions));
    }
    for (index, level) in first.metrics.levels.iter().enumerate() {
        let Some(kind) = level.kind else { continue };
        let bins = replications.iter().map(|r| r.metrics.levels[index].bins.clone()).collect();
        let service = &first.service_names[level.service as usize];
        made.push(average(kind, service, level.name, bins));
    }
    for (index, counter) in first.metrics.counters.iter().enumerate() {
        let Some((kind, _)) = counter.series else { continue };
        let bins =
            replications.iter().filter_map(|r| r.metrics.counters[index].series.as_ref().map(|(_, bins)| bins.clone())).collect();
        let service = &first.service_names[counter.service as usize];
        made.push(rate(kind, service, counter.name, bins));
    }
    made
}

fn rate(kind: SeriesKind, service: &str, name: &str, bins: Vec<Bins>) -> Series {
    levelled(kind, service, name, "1/s", bins, |sum, width| sum / (width as f64 / SECOND as f64))
}

fn average(kind: SeriesKind, service: &str, name: &str, bins: Vec<Bins>) -> Series {
    levelled(kind, service, name, "", bins, |sum, width| sum / width as f64)
}

/// Brings the replications to one bin width and takes mean, lowest and highest per bin.
fn levelled(
    kind: SeriesKind,
    service: &str,
    name: &str,
    unit: &str,
    mut all: Vec<Bins>,
    value: impl Fn(f64, Time) -> f64,
) -> Series {
    let width = all.iter().map(|bins| bins.width).max().unwrap_or(SECOND);
    for bins in &mut all {
        while bins.width < width {
            bins.coarsen();
        }
    }
    let length = all.iter().map(|bins| bins.sums.len()).max().unwrap_or(0);
    let columns =
        (0..length).map(|index| all.iter().map(|bins| value(bins.sums.get(index).copied().unwrap_or(0) as f64, width)).collect());
    series(kind, service, name, unit, width, columns)
}

fn latency(service: &str, name: &str, mut all: Vec<LatencyBins>, q: f64) -> Series {
    let width = all.iter().map(|bins| bins.width).max().unwrap_or(SECOND);
    for bins in &mut all {
        while bins.width < width {
            bins.coarsen();
        }
    }
    let length = all.iter().map(|bins| bins.bins.len()).max().unwrap_or(0);
    let columns = (0..length).map(|index| all.iter().filter_map(|bins| Some(bins.bins.get(index)?.quantile(q)? / 1e6)).collect());
    series(SeriesKind::Latency, service, name, "ms", width, columns)
}

fn series(
    kind: SeriesKind,
    service: &str,
    name: &str,
    unit: &str,
    width: Time,
    columns: impl Iterator<Item = Vec<f64>>,
) -> Series {
    let (mut values, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
    for column in columns {
        let mean = if column.is_empty() { f64::NAN } else { column.iter().sum::<f64>() / column.len() as f64 };
        values.push(mean);
        low.push(column.iter().copied().reduce(f64::min).unwrap_or(f64::NAN));
        high.push(column.iter().copied().reduce(f64::max).unwrap_or(f64::NAN));
    }
    let bin_seconds = width as f64 / SECOND as f64;
    Series { kind, service: service.to_string(), name: name.to_string(), unit: unit.to_string(), bin_seconds, values, low, high }
}
