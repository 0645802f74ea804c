//! Charts fit for a design review: labelled axes, honest scales, colours for every kind of colour vision.
//!
//! A chart is built as a [`scene::Scene`] and painted with `plotters` as SVG or PNG; the two show the same.

mod bill;
mod blast;
mod break_even;
mod breakdown;
mod cost;
mod figures;
mod find;
mod frame;
mod ladder;
mod latency;
mod limits;
mod palette;
mod points;
mod render;
mod scale;
mod scene;
mod sweep;
mod time_series;
mod tornado;

#[cfg(test)]
mod tests;

use super::ReportError;
use super::names::shorten;
use crate::results::{
    BillSummary, Blast, BreakEven, Capacity, Comparison, CostAgainstLoad, Estimate, Ladder, LatencySummary, MetricSensitivity,
    Search, Sensitivity, Summary, Sweep, Waterfall,
};
use scene::Scene;

/// Milestones that get a chart of their own; more would flood the folder.
const MILESTONES_SHOWN: usize = 6;

/// Beginnings of the names of all charts; used to clear away those of an earlier run.
pub(super) const NAMES: [&str; 15] = [
    "latency",
    "waterfall",
    "timeseries",
    "cost",
    "breakdown",
    "limits",
    "key-figures",
    "sweep",
    "heatmap",
    "pareto",
    "blast",
    "tornado",
    "find",
    "break-even",
    "ladder",
];

/// A finished chart, 1200 x 720 pixels, to be saved as SVG or PNG.
#[derive(Clone, Debug)]
pub struct Chart {
    name: String,
    scene: Scene,
}

impl Chart {
    fn new(name: impl Into<String>, scene: Scene) -> Self {
        Self { name: name.into(), scene }
    }

    /// File name without extension.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The chart as an SVG document.
    ///
    /// # Errors
    /// [`ReportError::Encode`] if the drawing library fails.
    pub fn svg(&self) -> Result<String, ReportError> {
        render::svg(&self.scene)
    }

    /// The chart as a PNG file.
    ///
    /// # Errors
    /// [`ReportError::Encode`] if the drawing or the image library fails.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        render::png(&self.scene)
    }
}

/// What changes from one bill to another.
pub fn waterfall_chart(bill: &Waterfall) -> Chart {
    Chart::new("waterfall", bill::waterfall(bill))
}

/// What each service of a bill costs, USD per month, in the order given.
pub fn services_chart(name: &str, place: &str, costs: &[(String, f64)]) -> Chart {
    let services = costs.iter().map(|(service, cost)| (service.clone(), Estimate::exact(*cost))).collect();
    let month_usd = Estimate::exact(costs.iter().map(|(_, cost)| cost).sum());
    let bill = BillSummary { month_usd, services, ..BillSummary::default() };
    Chart::new("cost", cost::of_run(&Summary { scenario: name.to_owned(), region: place.to_owned(), bill, ..Summary::default() }))
}

/// How a bill grows with load.
pub fn load_chart(bill: &CostAgainstLoad) -> Chart {
    Chart::new("cost-against-load", bill::against_load(bill))
}

/// The charts of one run: latency, time series, cost, cost against load, breakdown (also per milestone) and limits.
pub fn run_charts(summary: &Summary) -> Vec<Chart> {
    let mut charts = vec![
        Chart::new("latency", latency::of_run(summary)),
        Chart::new("timeseries", time_series::of_run(summary)),
        Chart::new("cost", cost::of_run(summary)),
        load_chart(&summary.bill.against_load),
        Chart::new("limits", limits::of_run(summary)),
        Chart::new("breakdown", breakdown::overview(summary)),
    ];
    let mut names = Vec::new();
    for (journey, milestone) in breakdown::milestones(summary).into_iter().take(MILESTONES_SHOWN) {
        let name = unique_name(&format!("breakdown-{journey}-{milestone}"), &mut names);
        charts.push(Chart::new(name, breakdown::by_service(summary, &journey, &milestone)));
    }
    charts
}

/// The charts of a comparison: key figures, cost, what changes from the first design's bill to each other's, time series, and
/// latency per milestone.
pub fn comparison_charts(comparison: &Comparison) -> Vec<Chart> {
    let comparison: &Comparison = &shorten(comparison).comparison;
    let mut charts = vec![
        Chart::new("key-figures", figures::of_comparison(comparison)),
        Chart::new("cost", cost::of_comparison(comparison)),
        Chart::new("timeseries", time_series::of_comparison(comparison)),
    ];
    let mut names = Vec::new();
    let changes = comparison.designs.iter().skip(1).map(|design| (design, cost::changes(&comparison.designs[0], design)));
    for (design, changes) in changes.filter(|(_, changes)| !changes.changes.is_empty()) {
        let name = unique_name(&format!("waterfall-{}", design.scenario), &mut names);
        charts.push(Chart::new(name, bill::waterfall(&changes)));
    }
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for curve in comparison.designs.iter().flat_map(|design| &design.curves) {
        let pair = (&*curve.journey, &*curve.milestone);
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    let mut names = Vec::new();
    for (journey, milestone) in pairs.into_iter().take(MILESTONES_SHOWN) {
        let name = unique_name(&format!("latency-{journey}-{milestone}"), &mut names);
        charts.push(Chart::new(name, latency::of_comparison(comparison, journey, milestone)));
    }
    charts
}

/// The chart of a load sweep: pairs of a load label (best beginning with a number) and the designs at that load.
pub fn sweep_charts(points: &[(String, Comparison)]) -> Vec<Chart> {
    let named = points.iter().map(|(value, comparison)| (value.clone(), shorten(comparison).comparison.into_owned()));
    vec![Chart::new("sweep", sweep::of_points(&named.collect::<Vec<_>>()))]
}

/// The chart of a ladder of limits.
pub fn ladder_chart(ladder: &Ladder) -> Chart {
    Chart::new("ladder", ladder::of_ladder(ladder))
}

/// The charts of a sweep: curves over one key, heat maps over a grid of two, and cost against latency.
pub fn points_charts(sweep: &Sweep) -> Vec<Chart> {
    let mut charts = vec![Chart::new("pareto", points::pareto(sweep))];
    if sweep.varied.len() == 1 {
        charts.push(Chart::new("sweep", points::curves(sweep)));
    }
    if sweep.varied.len() == 2 {
        let mut names = Vec::new();
        for design in 0..sweep.points.first().map_or(0, |point| point.designs.len()) {
            if let Some(scene) = points::heat_map(sweep, design) {
                let name = unique_name(&format!("heatmap-{}", sweep.points[0].designs[design].design), &mut names);
                charts.push(Chart::new(name, scene));
            }
        }
    }
    charts
}

/// The heat maps of a blast, a few designs on each chart.
pub fn blast_charts(blast: &Blast) -> Vec<Chart> {
    let mut names = Vec::new();
    let firsts = (0..blast.designs.len().max(1)).step_by(blast::PANELS);
    firsts.map(|first| Chart::new(unique_name("blast", &mut names), blast::maps(blast, first))).collect()
}

/// A tornado for each metric of a sensitivity study.
pub fn sensitivity_charts(found: &Sensitivity) -> Vec<Chart> {
    let mut names = Vec::new();
    let chart = |metric: &MetricSensitivity| {
        let name = unique_name(&format!("tornado-{}", metric.metric), &mut names);
        Chart::new(name, tornado::of_metric(found, metric))
    };
    found.metrics.iter().map(chart).collect()
}

/// The charts of a capacity search: one for each design, named after it where there are several.
pub fn find_charts(search: &Search) -> Vec<Chart> {
    let mut names = Vec::new();
    let chart = |design: &Capacity| {
        let name = if search.designs.len() > 1 { format!("find-{}", design.design) } else { "find".to_owned() };
        Chart::new(unique_name(&name, &mut names), find::of_design(search, design))
    };
    search.designs.iter().map(chart).collect()
}

/// The chart of a break-even search.
pub fn break_even_chart(found: &BreakEven) -> Chart {
    Chart::new("break-even", break_even::of_pair(found))
}

/// Journey and milestone that a design is first judged by: the first journey that has any, and its observed milestone.
fn headline_milestone(design: &Summary) -> Option<(String, String)> {
    let with_milestone = |(journey, result): (&String, &crate::results::JourneySummary)| {
        let observed = result.observed.as_ref().filter(|name| result.milestones.contains_key(*name));
        Some((journey.clone(), observed.or_else(|| result.milestones.keys().next())?.clone()))
    };
    design.journeys.iter().find_map(with_milestone)
}

/// Latency of the headline milestone.
pub(super) fn headline_latency(design: &Summary) -> Option<&LatencySummary> {
    let (journey, milestone) = headline_milestone(design)?;
    Some(&design.journeys.get(&journey)?.milestones.get(&milestone)?.latency_ms)
}

/// The highest share of requests that any limiter refused; `None` without limiters.
pub(super) fn highest_refused_share(design: &Summary) -> Option<f64> {
    let shares = design.limits.iter().filter_map(|row| row.refused_share.mean);
    shares.filter(|share| share.is_finite()).reduce(f64::max)
}

/// A cost that leaves out work left undone is no mean but a bound: charts draw it hollow.
pub(super) fn lower_bound(design: &Summary, cost: &Estimate) -> Estimate {
    if design.bill.lower_bound && cost.mean.is_some() {
        return Estimate { beyond: cost.mean, ..Estimate::default() };
    }
    cost.clone()
}

/// A name as part of a file name: letters, digits, `-`, `_` and `.`; whatever else stands together becomes one `-`.
pub fn file_name(name: &str) -> String {
    let mut text = String::new();
    for sign in name.chars().take(100) {
        let safe = if sign.is_alphanumeric() || "_.".contains(sign) { sign } else { '-' };
        if safe != '-' || !text.ends_with('-') {
            text.push(safe);
        }
    }
    let text = text.trim_matches(['.', '-']).to_owned();
    if text.is_empty() { "unnamed".to_owned() } else { text }
}

/// [`file_name`] with a number appended if `taken` has it already, whatever the case of its letters.
pub(super) fn unique_name(name: &str, taken: &mut Vec<String>) -> String {
    let base = file_name(name);
    let mut candidate = base.clone();
    let mut number = 2;
    while taken.contains(&candidate.to_lowercase()) {
        candidate = format!("{base}-{number}");
        number += 1;
    }
    taken.push(candidate.to_lowercase());
    candidate
}
