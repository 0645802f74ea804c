//! Time series over replications: all of a run have the same bins.

use crate::fabric::latency::LatencyBins;
use crate::fabric::load::Load;
use crate::fabric::series::Bins;
use crate::kernel::{SECOND, Time};
use crate::results::{Series, SeriesKind};

use super::load;
use super::replication::Replication;

/// All series of a run: journeys first, then services.
pub fn collect(replications: &[Replication]) -> Vec<Series> {
    let Some(first) = replications.first() else { return Vec::new() };
    let grid = Grid::of(replications);
    let mut made = Vec::new();
    for (index, plan) in first.workloads.iter().enumerate() {
        let latencies = replications.iter().map(|r| r.outcomes.workloads[index].latencies.clone()).collect();
        made.extend(grid.latency(&plan.name, latencies));
        let arrivals = replications.iter().map(|r| r.outcomes.workloads[index].arrivals.clone()).collect();
        made.push(grid.rate(SeriesKind::Throughput, &plan.name, "arrivals", arrivals));
        if let Some((milestone, _)) = plan.milestones.get(plan.observed) {
            let completions = replications.iter().map(|r| r.outcomes.workloads[index].completions.clone()).collect();
            made.push(grid.rate(SeriesKind::Throughput, &plan.name, milestone, completions));
        }
    }
    for (index, level) in first.metrics.levels.iter().enumerate() {
        let Some(kind) = level.kind else { continue };
        let bins = replications.iter().map(|r| r.metrics.levels[index].bins.clone()).collect();
        let service = &first.service_names[level.service as usize];
        made.push(grid.average(kind, service, level.name, bins));
    }
    for (index, counter) in first.metrics.counters.iter().enumerate() {
        let Some((kind, _)) = counter.series else { continue };
        let bins =
            replications.iter().filter_map(|r| r.metrics.counters[index].series.as_ref().map(|(_, bins)| bins.clone())).collect();
        let service = &first.service_names[counter.service as usize];
        made.push(grid.rate(kind, service, counter.name, bins));
    }
    for callee in load::callees(replications) {
        let service = &first.service_names[usize::from(callee)];
        let sums = |part: fn(&Load) -> &Bins| replications.iter().map(|r| load::total(&r.loads, callee, part)).collect();
        made.push(grid.rate(SeriesKind::Load, service, "calls", sums(|load| &load.calls)));
        made.push(grid.rate(SeriesKind::Load, service, "first_calls", sums(|load| &load.first)));
    }
    made
}

/// The bins that all series of a run are brought to: a series in which nothing happens late has finer ones.
struct Grid {
    width: Time,
    length: usize,
    /// End of the measured window; the last bin may reach beyond it.
    end: Time,
}

impl Grid {
    fn of(replications: &[Replication]) -> Self {
        let workloads = || replications.iter().flat_map(|replication| &replication.outcomes.workloads);
        let metrics = || replications.iter().map(|replication| &replication.metrics);
        let bins = || {
            let levels = metrics().flat_map(|metrics| metrics.levels.iter().map(|level| &level.bins));
            let counters = metrics()
                .flat_map(|metrics| metrics.counters.iter().filter_map(|counter| counter.series.as_ref().map(|(_, bins)| bins)));
            let loads =
                replications.iter().flat_map(|replication| &replication.loads).flat_map(|load| [&load.calls, &load.first]);
            let journeys = workloads().flat_map(|outcomes| [&outcomes.arrivals, &outcomes.completions]);
            levels.chain(counters).chain(journeys).chain(loads).map(|bins| (bins.width, bins.sums.len()))
        };
        let all = || bins().chain(workloads().map(|outcomes| (outcomes.latencies.width, outcomes.latencies.len())));
        let width = all().map(|(width, _)| width).max().unwrap_or(SECOND);
        // Widths differ by powers of two.
        let length = all().map(|(own, length)| length.div_ceil((width / own) as usize)).max().unwrap_or(0);
        let end = metrics().filter_map(|metrics| metrics.window()).map(|window| window.1).max().unwrap_or(Time::MAX);
        // What happens at the very end opens a bin of its own, which nothing could fill: it would show every level as zero.
        let length = length.min(usize::try_from(end.div_ceil(width)).unwrap_or(usize::MAX));
        Self { width, length, end }
    }

    fn rate(&self, kind: SeriesKind, service: &str, name: &str, bins: Vec<Bins>) -> Series {
        self.sums(kind, service, name, "1/s", bins, SECOND)
    }

    fn average(&self, kind: SeriesKind, service: &str, name: &str, bins: Vec<Bins>) -> Series {
        self.sums(kind, service, name, "", bins, 1)
    }

    /// Mean, lowest and highest replication per bin of the sums per `time`.
    fn sums(&self, kind: SeriesKind, service: &str, name: &str, unit: &str, mut all: Vec<Bins>, time: Time) -> Series {
        for bins in &mut all {
            while bins.width < self.width {
                bins.coarsen();
            }
        }
        let covered = |index: usize| self.end.saturating_sub(index as Time * self.width).clamp(1, self.width);
        let value =
            |bins: &Bins, index: usize| bins.sums.get(index).copied().unwrap_or(0) as f64 * time as f64 / covered(index) as f64;
        let columns = (0..self.length).map(|index| all.iter().map(|bins| value(bins, index)).collect());
        self.series(kind, service, name, unit, columns)
    }

    /// Quantiles of the latencies per bin.
    fn latency(&self, service: &str, mut all: Vec<LatencyBins>) -> [Series; 2] {
        for bins in &mut all {
            while bins.width < self.width {
                bins.coarsen();
            }
        }
        let quantiles = [("latency_p50", 0.5), ("latency_p99", 0.99)];
        let bin = |index: usize| {
            let histograms = all.iter().map(|bins| bins.histogram(index));
            histograms.map(|histogram| quantiles.map(|(_, q)| histogram.quantile(q))).collect()
        };
        let bins: Vec<Vec<[Option<f64>; 2]>> = (0..self.length).map(bin).collect();
        [0, 1].map(|which| {
            let columns = bins.iter().map(|values| values.iter().filter_map(|value| Some(value[which]? / 1e6)).collect());
            self.series(SeriesKind::Latency, service, quantiles[which].0, "ms", columns)
        })
    }

    fn series(&self, kind: SeriesKind, service: &str, name: &str, unit: &str, columns: impl Iterator<Item = Vec<f64>>) -> Series {
        let (mut values, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for column in columns {
            let mean = if column.is_empty() { f64::NAN } else { column.iter().sum::<f64>() / column.len() as f64 };
            values.push(mean);
            low.push(column.iter().copied().reduce(f64::min).unwrap_or(f64::NAN));
            high.push(column.iter().copied().reduce(f64::max).unwrap_or(f64::NAN));
        }
        let bin_seconds = self.width as f64 / SECOND as f64;
        Series {
            kind,
            service: service.to_string(),
            name: name.to_string(),
            unit: unit.to_string(),
            bin_seconds,
            values,
            low,
            high,
        }
    }
}
