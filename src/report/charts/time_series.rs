//! What happened when: stacked panels over one time axis, with faults and warm-up shaded.

use super::super::numbers;
use super::super::tables::WARM_UP;
use super::frame::{EndLabel, MARGIN, Panel, SMALL, TEXT, TOP, end_labels, legend, no_data, titled};
use super::headline_milestone;
use super::palette::{self, SHADE, SOFT_INK, ServiceColours};
use super::scale::{Label, Scale};
use super::scene::{Anchor, Colour, Face, HEIGHT, Point, Scene, WIDTH, fit_text, text_width};
use crate::results::{Comparison, Series, SeriesKind, Span, Summary};

/// Lines in one panel; those with the highest peaks are kept.
const LINES_SHOWN: usize = 6;
/// What waits without standing in a queue: messages that one has handed out, and keeps until they are deleted or visible again,
/// and executions that a state machine has begun.
const HELD: [&str; 2] = ["messages_in_flight", "executions_open"];
/// Execution environments of a function, idle ones included: in the file, but nothing that is in progress.
const ENVIRONMENTS: &str = "environments";
/// Servers of externals that are at work.
const BUSY: &str = "busy_servers";
/// A latency that spans more than this factor is drawn on a logarithmic scale.
const LOG_FACTOR: f64 = 30.0;

const KINDS: [(SeriesKind, &str); 6] = [
    (SeriesKind::Latency, "latency at the time of completion"),
    (SeriesKind::Throughput, "throughput, journeys per second"),
    (SeriesKind::Load, "calls per second at what is disturbed, and those that repeat no other"),
    (SeriesKind::Backlog, "backlog, waiting at once"),
    (SeriesKind::Concurrency, "in progress or in flight at once"),
    (SeriesKind::Failures, "failures per second"),
];

/// One line of a panel.
struct Line<'a> {
    name: String,
    colour: Colour,
    series: &'a Series,
}

/// One panel and what it shows.
struct PanelPlan<'a> {
    title: String,
    latency: bool,
    lines: Vec<Line<'a>>,
}

/// The highest value of a series; zero if there is none.
pub(super) fn peak(series: &Series) -> f64 {
    let finite = series.values.iter().copied().filter(|value| value.is_finite());
    finite.fold(0.0, f64::max)
}

/// All kinds of series of a run, a panel each.
pub(super) fn of_run(summary: &Summary) -> Scene {
    let colours = ServiceColours::of_run(summary);
    let mut panels = Vec::new();
    for (kind, title) in KINDS {
        // What single services let through is in the file; the chart has the journeys.
        let shown = |series: &&Series| {
            series.kind == kind
                && (kind != SeriesKind::Throughput || summary.journeys.contains_key(&series.service))
                && series.name != ENVIRONMENTS
        };
        let mut series: Vec<&Series> = summary.series.iter().filter(shown).collect();
        if kind != SeriesKind::Latency && series.iter().any(|one| peak(one) > 0.0) {
            series.retain(|one| peak(one) > 0.0);
        }
        let by_service = matches!(kind, SeriesKind::Backlog | SeriesKind::Concurrency);
        if series.is_empty() || (kind == SeriesKind::Failures && series.iter().all(|one| peak(one) == 0.0)) {
            continue;
        }
        let all = series.len();
        series.sort_by(|left, right| peak(right).total_cmp(&peak(left)));
        series.truncate(LINES_SHOWN);
        let mut title = title.to_owned();
        if all > series.len() {
            title = format!("{title}, highest {} of {all}", series.len());
        }
        let lines = series.into_iter().enumerate().map(|(position, series)| {
            let colour = if by_service { colours.get(&series.service) } else { palette::by_position(position) };
            let name = line_name(series, by_service);
            Line { name, colour, series }
        });
        panels.push(PanelPlan { title, latency: kind == SeriesKind::Latency, lines: lines.collect() });
    }
    let title = format!("Over time: {}", summary.scenario);
    let subtitle = "Means over replications per time bin; bands span the lowest and the highest replication.";
    draw(&title, subtitle, panels, &spans(summary), true, &[])
}

/// Throughput, backlog and p99 of all designs, a panel each.
pub(super) fn of_comparison(comparison: &Comparison) -> Scene {
    let designs = palette::designs(comparison);
    let totals: Vec<Option<Series>> = comparison.designs.iter().map(total_backlog).collect();
    let running: Vec<Option<Series>> = comparison.designs.iter().map(executions).collect();
    let mut panels = Vec::new();
    for (kind, word, title) in [
        (SeriesKind::Latency, "p99", "p99 latency at the time of completion"),
        (SeriesKind::Throughput, "", "throughput, journeys per second"),
        (SeriesKind::Load, "", "calls per second, retries included"),
        (SeriesKind::Backlog, "", "backlog of all queues, messages in flight and open executions included"),
        (SeriesKind::Concurrency, "", "executions of functions at once"),
    ] {
        let mut lines = Vec::new();
        let mut wanted: Option<&Series> = None;
        for (position, design) in comparison.designs.iter().enumerate() {
            let series = match kind {
                SeriesKind::Backlog => totals[position].as_ref(),
                SeriesKind::Concurrency => running[position].as_ref(),
                SeriesKind::Throughput => completions(design),
                _ => matching(design, kind, word, wanted),
            };
            if let Some(series) = series {
                wanted = wanted.or(Some(series));
                let (name, colour) = designs[position].clone();
                lines.push(Line { name, colour, series });
            }
        }
        if let Some(first) = lines.first() {
            let series = first.series;
            let title = match kind {
                SeriesKind::Throughput => format!("{title}: {} {}", series.service, series.name),
                SeriesKind::Load => format!("{title}: {}", series.service),
                SeriesKind::Concurrency if series.name == BUSY => "busy servers at once".to_owned(),
                SeriesKind::Latency => format!("{title}: {}", series.service),
                _ => title.to_owned(),
            };
            panels.push(PanelPlan { title, latency: kind == SeriesKind::Latency, lines });
        }
    }
    let spans = comparison.designs.first().map_or_else(Vec::new, spans);
    let subtitle = "Means over replications per time bin, all designs under the same random numbers.";
    draw("Designs over time", subtitle, panels, &spans, false, &designs)
}

/// What is shaded: disturbances, and the warm-up with how it was found.
fn spans(summary: &Summary) -> Vec<Span> {
    let mut spans = summary.spans.clone();
    if summary.warm_up_decided_by.is_some() {
        for warm_up in spans.iter_mut().filter(|span| span.label == WARM_UP) {
            warm_up.label = format!("{WARM_UP}, cut by MSER-5");
        }
    }
    spans
}

/// The design's series that corresponds to `wanted`, else its first of that kind whose name holds `word`.
fn matching<'a>(design: &'a Summary, kind: SeriesKind, word: &str, wanted: Option<&Series>) -> Option<&'a Series> {
    let mut candidates = design.series.iter().filter(|series| series.kind == kind && series.name.contains(word));
    let same = |series: &&Series| wanted.is_some_and(|wanted| wanted.service == series.service && wanted.name == series.name);
    candidates.clone().find(same).or_else(|| candidates.next())
}

/// The rate at which journeys reach their observed milestone, or at which they arrive where none is observed.
fn completions(design: &Summary) -> Option<&Series> {
    let (journey, milestone) = headline_milestone(design)?;
    let mut rates = design.series.iter().filter(|series| series.kind == SeriesKind::Throughput && series.service == journey);
    rates.clone().find(|series| series.name == milestone).or_else(|| rates.next())
}

/// The sum of what waits anywhere, bin by bin.
fn total_backlog(design: &Summary) -> Option<Series> {
    let waits = |series: &&Series| {
        series.kind == SeriesKind::Backlog || (series.kind == SeriesKind::Concurrency && HELD.contains(&&*series.name))
    };
    total(design.series.iter().filter(waits))
}

/// What runs at once: executions of functions, or busy servers where there are none.
fn executions(design: &Summary) -> Option<Series> {
    let named = |name: &'static str| design.series.iter().filter(move |series| series.name == name);
    total(named("concurrent_executions")).or_else(|| total(named(BUSY)))
}

/// The sum of series, bin by bin; `None` without any.
fn total<'a>(mut all: impl Iterator<Item = &'a Series>) -> Option<Series> {
    let mut total = all.next()?.clone();
    for series in all {
        for (sum, value) in total.values.iter_mut().zip(&series.values) {
            *sum += value;
        }
    }
    total.service = String::new();
    total.low.clear();
    total.high.clear();
    Some(total)
}

fn line_name(series: &Series, by_service: bool) -> String {
    if by_service && !series.service.is_empty() {
        let peak = numbers::number(libm::round(peak(series) * 10.0) / 10.0);
        return format!("{} (peak {peak})", series.service);
    }
    match (series.service.is_empty(), series.name.is_empty()) {
        (true, _) => series.name.clone(),
        (false, true) => series.service.clone(),
        (false, false) => format!("{} {}", series.service, series.name.trim_start_matches("latency_").replace('_', " ")),
    }
}

/// Seconds per unit of the time axis, and its name.
fn time_axis(seconds: f64) -> (f64, &'static str) {
    match seconds {
        size if size <= 300.0 => (1.0, "time, seconds"),
        size if size <= 4.0 * 3600.0 => (60.0, "time, minutes"),
        size if size <= 4.0 * 86_400.0 => (3600.0, "time, hours"),
        _ => (86_400.0, "time, days"),
    }
}

fn draw(
    title: &str,
    subtitle: &str,
    plans: Vec<PanelPlan<'_>>,
    spans: &[Span],
    direct_labels: bool,
    legend_entries: &[(String, Colour)],
) -> Scene {
    let lines = plans.iter().flat_map(|plan| &plan.lines);
    let length = |line: &Line| line.series.values.len() as f64 * line.series.bin_seconds;
    let seconds = lines.map(length).fold(0.0, f64::max);
    if seconds <= 0.0 || !seconds.is_finite() {
        return no_data(title, "no time series were recorded");
    }
    let mut scene = titled(title, subtitle, "");
    let (unit, axis_name) = time_axis(seconds);
    let right = if direct_labels { WIDTH - 270.0 } else { WIDTH - MARGIN - 12.0 };
    let left = 92.0;
    let mut top = TOP - 8.0;
    if !legend_entries.is_empty() {
        top = legend(&mut scene, legend_entries, MARGIN, WIDTH - MARGIN, TOP - 8.0) + 4.0;
    }
    let time = Scale::exactly(seconds / unit, left, right);
    let bottom = HEIGHT - 62.0;
    let marks = span_marks(spans, &time, unit, right);
    let lanes = marks.iter().map(|mark| mark.lane + 1).max().unwrap_or(0);
    let first = top + lanes as f64 * 17.0;
    let height = (bottom - first) / plans.len() as f64;
    for mark in &marks {
        // One shading behind all panels, so that causes line up with effects.
        let shade = SHADE.with_alpha(0.16);
        scene.block((mark.from, first), (mark.to, bottom), shade);
        let y = top + mark.lane as f64 * 17.0;
        scene.line(vec![(mark.from, y + 8.0), (mark.from, first)], SHADE, 1.0);
        let face = Face::new(SMALL, SOFT_INK);
        scene.text((mark.text_at, y), mark.label.clone(), face);
    }
    for (index, plan) in plans.iter().enumerate() {
        let start = first + index as f64 * height;
        let panel = Panel { left, top: start + 28.0, right, bottom: start + height - 6.0 };
        let last = index + 1 == plans.len();
        panel.horizontal_axis(&mut scene, &time, Label::Number, axis_name, last);
        draw_panel(&mut scene, panel, plan, &time, unit, direct_labels);
    }
    scene
}

fn draw_panel(scene: &mut Scene, panel: Panel, plan: &PanelPlan<'_>, time: &Scale, unit: f64, labelled: bool) {
    let drawn = plan.lines.iter().flat_map(|line| line.series.values.iter().chain(&line.series.high));
    let highest = drawn.copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let means = plan.lines.iter().flat_map(|line| line.series.values.iter().copied());
    let lowest = means.filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let log = plan.latency && lowest.is_finite() && highest / lowest > LOG_FACTOR;
    let y = if log {
        Scale::log(lowest, highest, panel.bottom, panel.top)
    } else {
        Scale::from_zero(highest, panel.bottom, panel.top)
    };
    let label = if plan.latency { Label::Milliseconds } else { Label::Number };
    panel.vertical_axis(scene, &y, label, &plan.title);
    panel.edges(scene);
    let mut labels = Vec::new();
    for line in &plan.lines {
        let x = |bin: usize| time.at((bin as f64 + 0.5) * line.series.bin_seconds / unit);
        if labelled {
            draw_band(scene, line, &x, &y);
        }
    }
    for line in &plan.lines {
        let x = |bin: usize| time.at((bin as f64 + 0.5) * line.series.bin_seconds / unit);
        let end = draw_line(scene, line, &x, &y);
        if let Some(from) = end {
            labels.push(EndLabel { text: line.name.clone(), colour: line.colour, from });
        }
    }
    if labels.is_empty() {
        let middle = (f64::midpoint(panel.left, panel.right), f64::midpoint(panel.top, panel.bottom));
        scene.text(middle, "no data", Face::new(TEXT, SOFT_INK).anchored(Anchor::Middle));
    } else if labelled {
        end_labels(scene, &labels, panel.right, panel.top - 4.0, panel.bottom);
    }
}

/// The area between the lowest and the highest replication, in pieces where there are data.
fn draw_band(scene: &mut Scene, line: &Line<'_>, x: &impl Fn(usize) -> f64, y: &Scale) {
    let mut upper: Vec<Point> = Vec::new();
    let mut lower: Vec<Point> = Vec::new();
    let bins = line.series.low.len().min(line.series.high.len());
    for bin in 0..=bins {
        let (low, high) = match (line.series.low.get(bin), line.series.high.get(bin)) {
            (Some(low), Some(high)) if low.is_finite() && high.is_finite() => (*low, *high),
            _ => {
                let outline: Vec<Point> = upper.drain(..).chain(lower.drain(..).rev()).collect();
                scene.area(outline, line.colour.with_alpha(0.16));
                continue;
            }
        };
        upper.push((x(bin), y.at(high)));
        lower.push((x(bin), y.at(low)));
    }
}

/// The mean, in pieces where there are data; a lone bin becomes a dot. Returns where the last piece ends.
fn draw_line(scene: &mut Scene, line: &Line<'_>, x: &impl Fn(usize) -> f64, y: &Scale) -> Option<Point> {
    let mut end = None;
    let mut piece: Vec<Point> = Vec::new();
    for bin in 0..=line.series.values.len() {
        if let Some(value) = line.series.values.get(bin).filter(|value| value.is_finite()) {
            piece.push((x(bin), y.at(*value)));
            continue;
        }
        end = piece.last().copied().or(end);
        match piece.as_slice() {
            [alone] => scene.dot(*alone, 2.0, line.colour, false),
            _ => scene.line(std::mem::take(&mut piece), line.colour, 1.8),
        }
        piece.clear();
    }
    end
}

/// A span in pixels, and the lane its label goes to.
struct SpanMark {
    label: String,
    from: f64,
    to: f64,
    text_at: f64,
    lane: usize,
}

/// Places the labels of spans in the first lane in which they do not touch another label.
fn span_marks(spans: &[Span], time: &Scale, unit: f64, right: f64) -> Vec<SpanMark> {
    let mut lane_ends: Vec<f64> = Vec::new();
    let mut marks = Vec::new();
    let mut sorted: Vec<&Span> = spans.iter().collect();
    sorted.sort_by(|left, right| left.from_seconds.total_cmp(&right.from_seconds));
    for span in sorted {
        let from = time.at(span.from_seconds / unit);
        let to = time.at(span.to_seconds / unit).max(from + 2.0);
        let label = fit_text(&span.label, SMALL, 320.0);
        let width = text_width(&label, SMALL, false);
        let text_at = (from - 1.0).min(right - width);
        let free = lane_ends.iter().position(|end| end + 10.0 < text_at);
        let lane = free.unwrap_or(lane_ends.len());
        if lane == lane_ends.len() {
            lane_ends.push(0.0);
        }
        lane_ends[lane] = text_at + width;
        marks.push(SpanMark { label, from, to, text_at, lane });
    }
    marks
}
