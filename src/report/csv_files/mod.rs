//! The CSV files: one table each, one observation a row, full precision, an empty cell where there is no number.

mod searches;
mod studies;

use super::ReportError;
use crate::results::{Comparison, Estimate, Ladder, LatencySummary, LimitRow, SeriesKind, Summary, Sweep, Test};

pub(super) use searches::{tested, tested_pairs};
pub(super) use studies::{blast, sensitivity};

/// Rows of text cells under a heading, written down as they come.
struct Sheet {
    writer: csv::Writer<Vec<u8>>,
    /// How writing has gone so far: rows behind one that could not be written are left out.
    outcome: Result<(), csv::Error>,
}

impl Sheet {
    fn new(heading: &[&str]) -> Self {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let outcome = writer.write_record(heading);
        Self { writer, outcome }
    }

    fn push(&mut self, names: &[&str], cells: Vec<String>) {
        if self.outcome.is_ok() {
            self.outcome = self.writer.write_record(names.iter().copied().chain(cells.iter().map(String::as_str)));
        }
    }

    fn text(self) -> Result<String, ReportError> {
        self.outcome.map_err(|error| ReportError::encode("CSV", error))?;
        let bytes = self.writer.into_inner().map_err(|error| ReportError::encode("CSV", error))?;
        String::from_utf8(bytes).map_err(|error| ReportError::encode("CSV", error))
    }
}

/// `points.csv` of a sweep: one row per point, design and metric. The columns after `point` are the varied keys.
pub(super) fn points(sweep: &Sweep) -> Result<String, ReportError> {
    let mut heading = vec!["point"];
    heading.extend(sweep.varied.iter().map(String::as_str));
    heading.extend(["design", "stable", "metric", "mean", "low", "high", "beyond", "withheld"]);
    let mut sheet = Sheet::new(&heading);
    for (index, point) in sweep.points.iter().enumerate() {
        for outcome in &point.designs {
            for (metric, estimate) in &outcome.metrics {
                let mut row = vec![index.to_string()];
                row.extend(point.values.iter().cloned());
                row.extend([outcome.design.clone(), outcome.stable.to_string(), metric.clone()]);
                row.extend(interval(estimate));
                row.push(estimate.beyond.map_or_else(String::new, |value| value.to_string()));
                row.push(estimate.withheld.clone().unwrap_or_default());
                sheet.push(&[], row);
            }
        }
    }
    sheet.text()
}

/// `bill.csv`: every billed line, then the totals (`service` = `total`). `standing` tells what is billed by time, used or not.
pub(super) fn bill(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&[
        "service",
        "product",
        "sku",
        "unit",
        "standing",
        "quantity_month",
        "quantity_month_low",
        "quantity_month_high",
        "usd_month",
        "usd_month_low",
        "usd_month_high",
        "lower_bound",
    ]);
    let bill = &summary.bill;
    let bound = bill.lower_bound.to_string();
    for line in &bill.lines {
        let mut cells = interval(&line.quantity_month);
        cells.extend(interval(&line.usd_month));
        cells.push(bound.clone());
        sheet.push(&[&line.service, &line.product, &line.sku, &line.unit, &line.standing.to_string()], cells);
    }
    for (name, standing, total) in [
        ("per month", "", &bill.month_usd),
        ("per month, billed by time", "true", &bill.standing_month_usd),
        ("per month, with traffic", "false", &bill.traffic_month_usd),
        ("per million journeys", "", &bill.per_million_journeys_usd),
        ("per million more journeys", "false", &bill.marginal_per_million_journeys_usd),
        ("per million fulfilled journeys", "", &bill.per_million_fulfilled_usd),
    ] {
        let mut cells = vec![String::new(); 3];
        cells.extend(interval(total));
        cells.push(bound.clone());
        sheet.push(&["total", "", name, "USD", standing], cells);
    }
    sheet.text()
}

/// `costs.csv`: the bill by service, context and mark, and what hops cost; one row a figure. Within one `by`, the figures
/// `usd_month` add up to the bill.
pub(super) fn costs(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&["by", "name", "figure", "mean", "low", "high"]);
    let bill = &summary.bill;
    for (by, costs) in [("service", &bill.services), ("context", &bill.contexts), ("mark", &bill.marks)] {
        for (name, cost) in costs {
            sheet.push(&[by, name, "usd_month"], interval(cost));
        }
    }
    for (name, hop) in &bill.hops {
        for (figure, estimate) in [
            ("per_million_journeys_usd", &hop.per_million_journeys_usd),
            ("calls_per_journey", &hop.calls_per_journey),
            ("per_million_calls_usd", &hop.per_million_calls_usd),
        ] {
            sheet.push(&["hop", name, figure], interval(estimate));
        }
    }
    sheet.text()
}

const JOURNEY_HEADING: [&str; 5] = ["journey", "figure", "mean", "low", "high"];

/// `journeys.csv` of a run: what became of the journeys, one row a figure.
pub(super) fn journeys(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&JOURNEY_HEADING);
    for (journey, figure, estimate) in journey_figures(summary) {
        sheet.push(&[journey, &figure], interval(estimate));
    }
    sheet.text()
}

/// `journeys.csv` of a comparison: as for a run, with the design in front.
pub(super) fn comparison_journeys(comparison: &Comparison) -> Result<String, ReportError> {
    let mut heading = vec!["design"];
    heading.extend(JOURNEY_HEADING);
    let mut sheet = Sheet::new(&heading);
    for design in &comparison.designs {
        for (journey, figure, estimate) in journey_figures(design) {
            sheet.push(&[&design.scenario, journey, &figure], interval(estimate));
        }
    }
    sheet.text()
}

/// Journey, figure and estimate; `figure` is the path below the journey in `summary.json`.
fn journey_figures(summary: &Summary) -> Vec<(&str, String, &Estimate)> {
    let mut figures = Vec::new();
    for (journey, result) in &summary.journeys {
        let own = [
            ("started", &result.started),
            ("per_second", &result.per_second),
            ("unfinished", &result.unfinished),
            ("stuck", &result.stuck),
            ("late", &result.late),
            ("duplicates", &result.duplicates),
        ];
        figures.extend(own.into_iter().map(|(name, estimate)| (journey.as_str(), name.to_owned(), estimate)));
        let endings = result.endings.iter();
        figures.extend(endings.map(|(name, estimate)| (journey.as_str(), format!("endings.{name}"), estimate)));
    }
    figures
}

/// `latency.csv`: the statistics of every milestone, then its percentile curve (`statistic` = `curve`).
pub(super) fn latency(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet =
        Sheet::new(&["journey", "milestone", "statistic", "ms", "low", "high", "percentile", "count", "beyond_ms", "withheld"]);
    for (journey, result) in &summary.journeys {
        for (milestone, reached) in &result.milestones {
            let latency = &reached.latency_ms;
            for (name, percentile, estimate) in statistics(latency) {
                let mut cells = interval(estimate);
                cells.push(percentile.map(cell).unwrap_or_default());
                cells.push(latency.count.to_string());
                cells.push(estimate.beyond.map(cell).unwrap_or_default());
                cells.push(estimate.withheld.clone().unwrap_or_default());
                sheet.push(&[journey, milestone, name], cells);
            }
        }
    }
    for curve in &summary.curves {
        for (percentile, milliseconds) in &curve.points {
            let mut cells = vec![cell(*milliseconds), String::new(), String::new()];
            cells.push(cell(*percentile));
            cells.extend(vec![String::new(); 3]);
            sheet.push(&[&curve.journey, &curve.milestone, "curve"], cells);
        }
    }
    sheet.text()
}

/// The statistics of a milestone: name, percentile where it is one, estimate.
fn statistics(latency: &LatencySummary) -> [(&'static str, Option<f64>, &Estimate); 6] {
    [
        ("mean", None, &latency.mean),
        ("p50", Some(50.0), &latency.p50),
        ("p90", Some(90.0), &latency.p90),
        ("p95", Some(95.0), &latency.p95),
        ("p99", Some(99.0), &latency.p99),
        ("p999", Some(99.9), &latency.p999),
    ]
}

/// `timeseries.csv`: one row per series and bin; `time_seconds` is the start of the bin.
pub(super) fn time_series(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&["kind", "service", "name", "unit", "time_seconds", "bin_seconds", "mean", "low", "high"]);
    for series in &summary.series {
        let kind = match series.kind {
            SeriesKind::Latency => "latency",
            SeriesKind::Throughput => "throughput",
            SeriesKind::Backlog => "backlog",
            SeriesKind::Concurrency => "concurrency",
            SeriesKind::Failures => "failures",
            SeriesKind::Load => "load",
        };
        let at = |values: &[f64], bin: usize| values.get(bin).copied().map(cell);
        for (bin, mean) in series.values.iter().enumerate() {
            let cells = vec![
                cell(bin as f64 * series.bin_seconds),
                cell(series.bin_seconds),
                cell(*mean),
                at(&series.low, bin).unwrap_or_default(),
                at(&series.high, bin).unwrap_or_default(),
            ];
            sheet.push(&[kind, &series.service, &series.name, &series.unit], cells);
        }
    }
    sheet.text()
}

const LIMIT_HEADING: [&str; 15] = [
    "service",
    "limiter",
    "unit",
    "quota",
    "peak_use",
    "peak_use_low",
    "peak_use_high",
    "refused_share",
    "refused_share_low",
    "refused_share_high",
    "delayed_share",
    "delayed_share_low",
    "delayed_share_high",
    "load_multiple",
    "adjustable",
];

/// `limits.csv` of a run, the limiter that binds first on top.
pub(super) fn limits(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&LIMIT_HEADING);
    for row in super::tables::limits_by_load(&summary.limits) {
        sheet.push(&[&row.service, &row.limiter, &row.unit], limit_cells(row));
    }
    sheet.text()
}

/// `limits.csv` of a comparison: as for a run, with the design in front.
pub(super) fn comparison_limits(comparison: &Comparison) -> Result<String, ReportError> {
    let mut heading = vec!["design"];
    heading.extend(LIMIT_HEADING);
    let mut sheet = Sheet::new(&heading);
    for design in &comparison.designs {
        for row in super::tables::limits_by_load(&design.limits) {
            let names = [&*design.scenario, &row.service, &row.limiter, &row.unit];
            sheet.push(&names, limit_cells(row));
        }
    }
    sheet.text()
}

fn limit_cells(row: &LimitRow) -> Vec<String> {
    let mut cells = vec![cell(row.quota)];
    cells.extend(interval(&row.peak_use));
    cells.extend(interval(&row.refused_share));
    cells.extend(interval(&row.delayed_share));
    cells.push(row.load_multiple.map(cell).unwrap_or_default());
    cells.push(row.adjustable.to_string());
    cells
}

/// `breakdown.csv`: milliseconds per journey on the critical path.
pub(super) fn breakdown(summary: &Summary) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&["journey", "milestone", "group", "service", "category", "mean_ms", "low", "high"]);
    for row in &summary.breakdown {
        let names = [&*row.journey, &row.milestone, &row.group, &row.service, &row.category];
        sheet.push(&names, interval(&row.mean_ms));
    }
    sheet.text()
}

/// `differences.csv`: the paired differences of a comparison.
pub(super) fn differences(comparison: &Comparison) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&[
        "metric",
        "unit",
        "baseline",
        "design",
        "difference",
        "low",
        "high",
        "verdict",
        "correlation",
        "variance_reduction",
        "withheld",
    ]);
    for row in &comparison.differences {
        let mut cells = interval(&row.difference);
        cells.push(row.verdict.clone());
        cells.push(row.correlation.map(cell).unwrap_or_default());
        cells.push(row.variance_reduction.map(cell).unwrap_or_default());
        cells.push(row.difference.withheld.clone().unwrap_or_default());
        sheet.push(&[&row.metric, &row.unit, &row.baseline, &row.design], cells);
    }
    sheet.text()
}

/// `sweep.csv`: per load and design the key figures and the limiter that binds first.
pub(super) fn sweep(points: &[(String, Comparison)]) -> Result<String, ReportError> {
    let mut sheet = Sheet::new(&[
        "load",
        "design",
        "stable",
        "p99_ms",
        "p99_ms_low",
        "p99_ms_high",
        "per_million_journeys_usd",
        "per_million_journeys_usd_low",
        "per_million_journeys_usd_high",
        "refused_share_highest",
        "first_limiter",
        "load_multiple",
        "binds_already",
    ]);
    for (load, comparison) in points {
        for design in &comparison.designs {
            let mut cells = vec![design.stability.stable.to_string()];
            let missing = Estimate::default();
            let p99 = super::charts::headline_latency(design).map(|latency| &latency.p99);
            cells.extend(interval(p99.unwrap_or(&missing)));
            cells.extend(interval(&design.bill.per_million_journeys_usd));
            let refused = super::charts::highest_refused_share(design);
            cells.push(refused.map(cell).unwrap_or_default());
            let first = super::tables::first_to_bind(&design.limits);
            let name = first.map(|row| format!("{} {}", row.service, row.limiter));
            cells.push(name.unwrap_or_default());
            let multiple = first.and_then(|row| row.load_multiple);
            cells.push(multiple.map(cell).unwrap_or_default());
            cells.push(first.map(|row| super::tables::binds(row).to_string()).unwrap_or_default());
            sheet.push(&[load, &design.scenario], cells);
        }
    }
    sheet.text()
}

/// `ladder.csv`: one row per limiter, with the tested loads between which it begins to bind.
pub(super) fn ladder(ladder: &Ladder) -> Result<String, ReportError> {
    let mut heading = vec!["service", "limiter", "unit", "quota", "adjustable", "estimate", "finding"];
    heading.extend(["below_load", "below_refused_share", "below_refused_share_low", "below_refused_share_high"]);
    heading.extend(["below_delayed_share", "below_delayed_share_low", "below_delayed_share_high"]);
    heading.extend(["above_load", "above_refused_share", "above_refused_share_low", "above_refused_share_high"]);
    heading.extend(["above_delayed_share", "above_delayed_share_low", "above_delayed_share_high"]);
    let mut sheet = Sheet::new(&heading);
    let tested = |test: Option<&Test>| {
        let Some(test) = test else { return vec![String::new(); 7] };
        let mut cells = vec![cell(test.load)];
        cells.extend(interval(&test.refused_share));
        cells.extend(interval(&test.delayed_share));
        cells
    };
    for rung in &ladder.rungs {
        let finding = serde_json::to_value(rung.finding).map_err(|error| ReportError::encode("CSV", error))?;
        let mut cells = vec![cell(rung.quota), rung.adjustable.to_string(), cell(rung.estimate)];
        cells.push(finding.as_str().unwrap_or_default().to_owned());
        cells.extend(tested(rung.below.as_ref()));
        cells.extend(tested(rung.above.as_ref()));
        sheet.push(&[&rung.service, &rung.limiter, &rung.unit], cells);
    }
    for row in &ladder.no_estimate {
        let mut cells = vec![cell(row.quota), row.adjustable.to_string(), String::new(), "no_estimate".to_owned()];
        cells.extend(vec![String::new(); 14]);
        sheet.push(&[&row.service, &row.limiter, &row.unit], cells);
    }
    sheet.text()
}

/// Mean, low and high of an estimate; a withheld one leaves three empty cells.
fn interval(estimate: &Estimate) -> Vec<String> {
    [estimate.mean, estimate.low, estimate.high].map(optional).to_vec()
}

fn optional(value: Option<f64>) -> String {
    value.map(cell).unwrap_or_default()
}

/// The shortest decimal that reads back as the same number; empty if it is not finite.
fn cell(value: f64) -> String {
    if value.is_finite() { format!("{value}") } else { String::new() }
}
