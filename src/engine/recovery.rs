//! What each disturbance on the timeline did and when it was over, read off the time series of the run.

use crate::results::{Held, Recovery, Series, SeriesKind, Span};

/// A series is back when it stays below this multiple of the highest value that it had before the disturbance.
const BACK_BELOW: f64 = 1.25;
/// Levels shown: those that rose most.
const HELD_SHOWN: usize = 3;
/// A level must have risen to this multiple of its highest value before, and by this much, to count as held work.
const HELD_ABOVE: (f64, f64) = (1.5, 10.0);

/// Idle environments linger for minutes and hold nothing back.
const ENVIRONMENTS: &str = "environments";

/// One row per disturbance that begins and ends within the series; `warm_up` and `end` in seconds. What `kept` holds,
/// queues of dead letters, is for people to clear away and does not prolong the disturbance.
pub fn collect(series: &[Series], kept: &[String], disturbances: &[Span], warm_up: f64, end: f64) -> Vec<Recovery> {
    let inside = |span: &&Span| span.from_seconds > warm_up && span.to_seconds < end;
    disturbances.iter().filter(inside).map(|span| recovery(series, kept, span, warm_up, end)).collect()
}

fn recovery(series: &[Series], kept: &[String], span: &Span, warm_up: f64, end: f64) -> Recovery {
    let watched = |series: &&Series| match series.kind {
        SeriesKind::Latency => series.name == "latency_p99",
        SeriesKind::Backlog | SeriesKind::Concurrency => series.name != ENVIRONMENTS,
        SeriesKind::Throughput | SeriesKind::Failures => false,
    };
    let mut held = Vec::new();
    let mut made = Recovery {
        label: span.label.clone(),
        from_seconds: span.from_seconds,
        to_seconds: span.to_seconds,
        ..Recovery::default()
    };
    let mut last_above: f64 = span.to_seconds;
    for one in series.iter().filter(watched) {
        let before = highest(one, warm_up, span.from_seconds);
        let worst = highest(one, span.from_seconds, end);
        let latency = one.kind == SeriesKind::Latency;
        if latency && worst > made.worst_p99_ms.unwrap_or(0.0) {
            (made.before_p99_ms, made.worst_p99_ms) = (Some(before), Some(worst));
        }
        let rose = worst >= before * HELD_ABOVE.0 && (latency || worst - before >= HELD_ABOVE.1);
        if !rose {
            continue;
        }
        if !latency {
            held.push(Held { service: one.service.clone(), metric: one.name.clone(), before, peak: worst });
        }
        if !latency && kept.contains(&one.service) {
            continue;
        }
        let above = |bin: &usize| one.values[*bin] > before * BACK_BELOW;
        let after = |bin: &usize| *bin as f64 * one.bin_seconds >= span.from_seconds;
        if let Some(bin) = (0..one.values.len()).rfind(|bin| after(bin) && above(bin)) {
            last_above = last_above.max((bin + 1) as f64 * one.bin_seconds);
        }
    }
    held.sort_by(|left, right| (right.peak - right.before).total_cmp(&(left.peak - left.before)));
    held.truncate(HELD_SHOWN);
    made.held = held;
    made.over_after_seconds = (last_above < end).then_some((last_above - span.to_seconds).max(0.0));
    made
}

/// The highest value of the bins that lie wholly between `from` and `to`; 0 without any.
fn highest(series: &Series, from: f64, to: f64) -> f64 {
    let inside = |bin: &usize| *bin as f64 * series.bin_seconds >= from && (*bin + 1) as f64 * series.bin_seconds <= to;
    let values = (0..series.values.len()).filter(inside).map(|bin| series.values[bin]);
    values.filter(|value| value.is_finite()).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::collect;
    use crate::results::{Series, SeriesKind, Span};

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

    fn span() -> Vec<Span> {
        vec![Span { label: "down".to_string(), from_seconds: 30.0, to_seconds: 50.0 }]
    }

    #[test]
    fn it_is_over_when_the_last_series_is_back() {
        let backlog = series(SeriesKind::Backlog, "messages_visible", &[9.0, 4.0, 5.0, 300.0, 700.0, 400.0, 50.0, 6.0, 5.0, 4.0]);
        let latency =
            series(SeriesKind::Latency, "latency_p99", &[90.0, 40.0, 50.0, f64::NAN, f64::NAN, 900.0, 800.0, 70.0, 50.0, 41.0]);
        let found = collect(&[backlog, latency], &[], &span(), 10.0, 100.0);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].before_p99_ms, found[0].worst_p99_ms), (Some(50.0), Some(900.0)));
        assert_eq!((found[0].held[0].before, found[0].held[0].peak), (5.0, 700.0), "the warm-up does not count as before");
        assert_eq!(found[0].over_after_seconds, Some(30.0), "latency was above its old level until second 80");
    }

    #[test]
    fn what_never_comes_back_is_not_over() {
        let backlog = series(SeriesKind::Backlog, "messages_visible", &[0.0, 0.0, 0.0, 30.0, 70.0, 90.0, 90.0, 90.0, 90.0, 90.0]);
        let found = collect(&[backlog], &[], &span(), 10.0, 100.0);
        assert_eq!(found[0].over_after_seconds, None);
    }

    #[test]
    fn disturbances_that_outlast_the_run_have_no_end_to_count_from() {
        let backlog = series(SeriesKind::Backlog, "messages_visible", &[1.0; 4]);
        assert!(collect(&[backlog], &[], &span(), 10.0, 40.0).is_empty());
    }

    #[test]
    fn dead_letters_that_stay_do_not_prolong_it() {
        let letters = series(SeriesKind::Backlog, "messages_visible", &[0.0, 0.0, 0.0, 30.0, 70.0, 90.0, 90.0, 90.0, 90.0, 90.0]);
        let kept = ["queue".to_string()];
        let found = collect(&[letters], &kept, &span(), 10.0, 100.0);
        assert_eq!((found[0].over_after_seconds, found[0].held[0].peak), (Some(0.0), 90.0), "they are shown all the same");
    }
}
