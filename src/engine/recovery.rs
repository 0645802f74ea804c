//! What each disturbance on the timeline did and when it was over, read off the time series of the run.

use crate::kernel::{SECOND, Time};
use crate::results::{Estimate, Held, Recovery, Series, SeriesKind, Span};
use crate::scenario::{Model, TimelineEntry};
use crate::units::Duration;

use super::estimate::mean;
use super::load::{self, Times};
use super::replication::Replication;
use super::timeline;

/// A series is back when it stays below this multiple of the highest value that it had before the disturbance, or below that value
/// and this share of its rise: one that was next to nothing before would else be waited for until chance leaves it alone.
const BACK_BELOW: (f64, f64) = (1.25, 0.01);
/// Levels shown: those that rose most.
const HELD_SHOWN: usize = 3;
/// A level must have risen to this multiple of its highest value before, and by this much, to count as held work.
const HELD_ABOVE: (f64, f64) = (1.5, 10.0);

/// Idle environments linger for minutes and hold nothing back.
const ENVIRONMENTS: &str = "environments";

/// One row per disturbance that begins within the window; `series` holds those of each replication, all alike. What `kept` holds,
/// queues of dead letters, is for people to clear away and does not prolong the disturbance.
pub fn collect(model: &Model, replications: &[Replication], series: &[Vec<Series>], kept: &[String]) -> Vec<Recovery> {
    let study = &model.study;
    let (warm_up, end) = (study.warm_up.as_seconds(), Duration(study.horizon()).as_seconds());
    let callees = load::callees(replications);
    let row = |entry: usize| {
        let times = &model.timeline[entry];
        let span = disturbance(model, times);
        let lasts = times.until.is_none_or(|until| until >= study.horizon());
        let found: Vec<Found> = series.iter().map(|series| found(series, kept, &span, warm_up, end)).collect();
        let over = found.iter().map(|found| Times {
            warm_up: study.warm_up.0,
            from: times.from,
            to: times.until.unwrap_or(Time::MAX).min(study.horizon()),
            over: found.over_after.map_or(study.horizon(), |after| seconds(span.to_seconds + after).min(study.horizon())),
        });
        let over: Vec<Times> = over.collect();
        let about = replications.first().map_or_else(Vec::new, |first| about(model, times, first));
        let about = callees.iter().filter(|callee| about.contains(callee));
        let loads = about.filter_map(|callee| load::load(replications, *callee, &over)).collect();
        Recovery { loads, ..recovery(&span, &found, lasts) }
    };
    reported(model).into_iter().map(row).collect()
}

/// The entries of the timeline that have a row: those that begin within the window.
pub(super) fn reported(model: &Model) -> Vec<usize> {
    let inside = |entry: &&TimelineEntry| entry.from > model.study.warm_up.0 && entry.from < model.study.horizon();
    (0..model.timeline.len()).filter(|index| inside(&&model.timeline[*index])).collect()
}

/// An entry of the timeline as a span of the run.
pub(super) fn disturbance(model: &Model, entry: &TimelineEntry) -> Span {
    let horizon = model.study.horizon();
    Span {
        label: entry.label.clone(),
        from_seconds: Duration(entry.from).as_seconds(),
        to_seconds: Duration(entry.until.unwrap_or(horizon).min(horizon)).as_seconds(),
    }
}

fn seconds(time: f64) -> Time {
    (time * SECOND as f64) as Time
}

/// The services, by index, that an entry is about.
fn about(model: &Model, entry: &TimelineEntry, first: &Replication) -> Vec<u16> {
    let names = timeline::about(model, entry);
    let index = |name: &String| first.service_names.iter().position(|known| known == name);
    names.iter().filter_map(|name| index(name).map(|index| index as u16)).collect()
}

/// What one replication shows of a disturbance.
struct Found {
    /// Highest 99th percentile before and since.
    latency: Option<(f64, f64)>,
    /// Highest value of each level before and since.
    levels: Vec<(String, String, f64, f64)>,
    over_after: Option<f64>,
}

fn found(series: &[Series], kept: &[String], span: &Span, warm_up: f64, end: f64) -> Found {
    let watched = |series: &&Series| match series.kind {
        SeriesKind::Latency => series.name == "latency_p99",
        SeriesKind::Backlog | SeriesKind::Concurrency => series.name != ENVIRONMENTS,
        SeriesKind::Throughput | SeriesKind::Failures | SeriesKind::Load => false,
    };
    let mut latency: Option<(f64, f64)> = None;
    let mut levels = Vec::new();
    let mut last_above: f64 = span.to_seconds;
    for one in series.iter().filter(watched) {
        let before = highest(one, warm_up, span.from_seconds);
        let worst = highest(one, span.from_seconds, end);
        let is_latency = one.kind == SeriesKind::Latency;
        if !is_latency {
            levels.push((one.service.clone(), one.name.clone(), before, worst));
        } else if worst > latency.map_or(0.0, |(_, worst)| worst) {
            latency = Some((before, worst));
        }
        if !(rose(before, worst, !is_latency) && (is_latency || !kept.contains(&one.service))) {
            continue;
        }
        let back = (before * BACK_BELOW.0).max(before + (worst - before) * BACK_BELOW.1);
        let above = |bin: &usize| one.values[*bin] > back;
        let after = |bin: &usize| *bin as f64 * one.bin_seconds >= span.from_seconds;
        if let Some(bin) = (0..one.values.len()).rfind(|bin| after(bin) && above(bin)) {
            last_above = last_above.max((bin + 1) as f64 * one.bin_seconds);
        }
    }
    Found { latency, levels, over_after: (last_above < end).then_some((last_above - span.to_seconds).max(0.0)) }
}

fn rose(before: f64, worst: f64, level: bool) -> bool {
    worst >= before * HELD_ABOVE.0 && (!level || worst - before >= HELD_ABOVE.1)
}

fn recovery(span: &Span, found: &[Found], lasts: bool) -> Recovery {
    let latencies: Vec<(f64, f64)> = found.iter().filter_map(|one| one.latency).collect();
    let of = |values: Vec<f64>| if values.is_empty() { Estimate::default() } else { mean(&values) };
    let mut held: Vec<Held> = Vec::new();
    for (index, (service, metric, ..)) in found.first().map_or(&[][..], |first| &first.levels).iter().enumerate() {
        let before = mean(&found.iter().map(|one| one.levels[index].2).collect::<Vec<f64>>());
        let peak = mean(&found.iter().map(|one| one.levels[index].3).collect::<Vec<f64>>());
        if rose(before.mean.unwrap_or(0.0), peak.mean.unwrap_or(0.0), true) {
            held.push(Held { service: service.clone(), metric: metric.clone(), before, peak });
        }
    }
    let rise = |held: &Held| held.peak.mean.unwrap_or(0.0) - held.before.mean.unwrap_or(0.0);
    held.sort_by(|left, right| rise(right).total_cmp(&rise(left)));
    held.truncate(HELD_SHOWN);
    let over: Vec<f64> = found.iter().filter_map(|one| one.over_after).collect();
    let over_after_seconds = if lasts {
        Estimate { withheld: Some("it lasts to the end of the run".to_string()), ..Estimate::default() }
    } else if over.len() == found.len() {
        of(over)
    } else {
        let reason = format!("not over within the run in {} of {} replications", found.len() - over.len(), found.len());
        Estimate { withheld: Some(reason), ..Estimate::default() }
    };
    Recovery {
        label: span.label.clone(),
        from_seconds: span.from_seconds,
        to_seconds: span.to_seconds,
        before_p99_ms: of(latencies.iter().map(|one| one.0).collect()),
        worst_p99_ms: of(latencies.iter().map(|one| one.1).collect()),
        held,
        over_after_seconds,
        ..Recovery::default()
    }
}

/// The highest value of the bins that lie wholly between `from` and `to`; 0 without any.
fn highest(series: &Series, from: f64, to: f64) -> f64 {
    let inside = |bin: &usize| *bin as f64 * series.bin_seconds >= from && (*bin + 1) as f64 * series.bin_seconds <= to;
    let values = (0..series.values.len()).filter(inside).map(|bin| series.values[bin]);
    values.filter(|value| value.is_finite()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::{Found, found, recovery};
    use crate::results::{Recovery, Series, SeriesKind, Span};

    fn series(kind: SeriesKind, name: &str, values: &[f64]) -> Series {
        Series {
            kind,
            service: "queue".to_string(),
            name: name.to_string(),
            unit: String::new(),
            bin_seconds: 10.0,
            values: values.to_vec(),
            low: Vec::new(),
            high: Vec::new(),
        }
    }

    /// What a disturbance from second 30 to 50 did in a run that was measured from second 10 to `end`.
    fn collect(replications: &[Vec<Series>], kept: &[String], end: f64) -> Recovery {
        let span = Span { label: "down".to_string(), from_seconds: 30.0, to_seconds: 50.0 };
        let shown: Vec<Found> = replications.iter().map(|series| found(series, kept, &span, 10.0, end)).collect();
        recovery(&span, &shown, span.to_seconds >= end)
    }

    #[test]
    fn it_is_over_when_the_last_series_is_back() {
        let backlog = series(SeriesKind::Backlog, "messages_visible", &[9.0, 4.0, 5.0, 300.0, 700.0, 400.0, 50.0, 6.0, 5.0, 4.0]);
        let latency =
            series(SeriesKind::Latency, "latency_p99", &[90.0, 40.0, 50.0, f64::NAN, f64::NAN, 900.0, 800.0, 70.0, 50.0, 41.0]);
        let found = collect(&[vec![backlog, latency]], &[], 100.0);
        assert_eq!((found.before_p99_ms.mean, found.worst_p99_ms.mean), (Some(50.0), Some(900.0)));
        let held = &found.held[0];
        assert_eq!((held.before.mean, held.peak.mean), (Some(5.0), Some(700.0)), "the warm-up does not count as before");
        assert_eq!(found.over_after_seconds.mean, Some(30.0), "latency was above its old level until second 80");
    }

    #[test]
    fn replications_spread() {
        let back =
            |last: f64| series(SeriesKind::Backlog, "messages_visible", &[1.0, 1.0, 1.0, 90.0, 90.0, 90.0, last, 1.0, 1.0, 1.0]);
        let found = collect(&[vec![back(90.0)], vec![back(1.0)]], &[], 100.0);
        let over = &found.over_after_seconds;
        assert_eq!(over.mean, Some(15.0), "20 s in one replication, 10 s in the other");
        assert!(over.low < Some(0.0) && over.high > Some(30.0), "two replications bound it loosely: {over:?}");
    }

    #[test]
    fn what_never_comes_back_is_not_over() {
        let backlog = series(SeriesKind::Backlog, "messages_visible", &[0.0, 0.0, 0.0, 30.0, 70.0, 90.0, 90.0, 90.0, 90.0, 90.0]);
        let over = series(SeriesKind::Backlog, "messages_visible", &[0.0, 0.0, 0.0, 30.0, 70.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let found = collect(&[vec![over], vec![backlog]], &[], 100.0);
        let reason = found.over_after_seconds.withheld.as_deref();
        assert_eq!(reason, Some("not over within the run in 1 of 2 replications"));
    }

    #[test]
    fn disturbances_that_outlast_the_run_have_no_end_to_count_from() {
        let backlog = series(SeriesKind::Backlog, "messages_visible", &[1.0; 4]);
        let found = collect(&[vec![backlog]], &[], 40.0);
        assert_eq!(found.over_after_seconds.withheld.as_deref(), Some("it lasts to the end of the run"));
    }

    #[test]
    fn dead_letters_that_stay_do_not_prolong_it() {
        let letters = series(SeriesKind::Backlog, "messages_visible", &[0.0, 0.0, 0.0, 30.0, 70.0, 90.0, 90.0, 90.0, 90.0, 90.0]);
        let kept = ["queue".to_string()];
        let found = collect(&[vec![letters]], &kept, 100.0);
        let shown = (found.over_after_seconds.mean, found.held[0].peak.mean);
        assert_eq!(shown, (Some(0.0), Some(90.0)), "they are shown all the same");
    }
}
