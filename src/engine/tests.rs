use super::{Run, run_text};
use crate::results::Estimate;

/// A server that takes 50 ms for each of the requests, which come evenly spaced.
fn evenly(rate: &str, study: &str) -> Run {
    let text = format!(
        "name: evenly spaced
study: {{ {study} }}
services:
  server: {{ type: external, servers: 1, service_time: 50 ms }}
workload:
  requests:
    target: server
    rate: {rate}
    arrivals: constant
    milestones: {{ answered: answered }}
    endings: {{ fulfilled: answered }}
objectives:
  fast enough: journeys.requests.milestones.answered.latency_ms.p99 < 100 ms
"
    );
    run_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn value(run: &Run, service: &str, metric: &str) -> f64 {
    run.summary.services[service].metrics[metric].mean.unwrap_or(f64::NAN)
}

#[test]
fn without_chance_the_results_are_exact() {
    let run = evenly("10/s", "duration: 100 s, warm_up: 10 s, replications: 3");
    let summary = run.summary();
    assert!(summary.stability.stable, "{:?}", summary.stability);
    let journeys = &summary.journeys["requests"];
    assert_eq!(journeys.started.mean, Some(1_000.0));
    assert_eq!(journeys.endings["fulfilled"].mean, Some(1_000.0));
    assert_eq!(journeys.unfinished.mean, Some(0.0));
    assert_eq!(journeys.per_second.mean, Some(10.0));
    let latency = &journeys.milestones["answered"].latency_ms;
    assert_eq!((latency.count, latency.mean.mean, latency.p99.mean), (3_000, Some(50.0), Some(50.0)));
    assert_eq!(value(&run, "server", "queued"), 0.0);
    assert!((value(&run, "server", "busy_servers_mean") - 0.5).abs() < 1e-3, "half of the time, but for the edges");
    assert!(summary.objectives[0].met);
    // Four events a request: it arrives, reaches the server, is served, is answered. Warm-up, cool-down and edges on top.
    assert!((3 * 4 * 1_200..3 * 4 * 1_210).contains(&summary.events), "{} events", summary.events);
}

#[test]
fn a_backlog_that_grows_without_bound_is_called_unstable() {
    let run = evenly("24/s", "duration: 200 s, replications: 2");
    let summary = run.summary();
    assert!(!summary.stability.stable);
    assert!(summary.stability.reasons[0].contains("queue length of `server` grows by about 4.0 per second"), "{summary:?}");
    // Four of 24 a second are left behind, and an unstable system does not drain.
    let unfinished = summary.journeys["requests"].unfinished.mean.unwrap_or(0.0);
    assert!((795.0..=802.0).contains(&unfinished), "{unfinished} are left");
    assert!(summary.bill.lower_bound, "work left undone has not been billed");
    let p99 = &summary.journeys["requests"].milestones["answered"].latency_ms.p99;
    assert!(p99.mean.is_none() && p99.beyond.is_some(), "those left behind are slower than all others: {p99:?}");
    assert!(!summary.objectives[0].met);
    let peak = value(&run, "server", "queue_length_longest_s");
    assert!((199.0..=200.0).contains(&peak), "the queue was never empty for {peak} s");
}

#[test]
fn series_end_with_the_window_and_not_at_zero() {
    // Something happens at the very end of the window, after which nothing is recorded.
    let run = evenly("24/s", "duration: 200 s, replications: 2");
    for series in &run.summary().series {
        let begins = (series.values.len() - 1) as f64 * series.bin_seconds;
        assert!(begins < 200.0, "{} of {} has a bin that begins at {begins} s", series.name, series.service);
    }
    let queue = run.summary().series.iter().find(|series| series.name == "queue_length").expect("the queue has a series");
    let last = queue.values.last().copied().unwrap_or(0.0);
    assert!(last > 780.0, "the queue that grows by 4 a second for 200 s ends at {last}");
}

#[test]
fn a_bound_on_events_ends_the_run_with_partial_results() {
    let run = evenly("10/s", "duration: 100 s, replications: 2, maximum_events: 500");
    assert_eq!(run.stopped.as_deref(), Some("stopped after 500 events (`study.maximum_events`)"));
    assert!(run.summary.warnings[0].starts_with("the results are partial"), "{:?}", run.summary.warnings);
    assert!(run.summary.bill.lower_bound);
    assert!(run.summary.journeys["requests"].started.mean < Some(200.0));
}

#[test]
fn the_interval_of_each_estimate_comes_from_its_samples() {
    let text = std::fs::read_to_string("scenarios/theory/mm1.yaml").expect("the scenario can be read");
    let run =
        run_text(&text.replace("duration: 11000 s", "duration: 60 s").replace("replications: 96", "replications: 6")).unwrap();
    let json = serde_json::to_value(run.summary()).unwrap();
    let mut timings = 0;
    for (path, samples) in &run.samples {
        assert_eq!(samples.len(), 6, "{path}");
        let found = path.split('.').try_fold(&json, |at, part| at.get(part));
        let estimate = found.unwrap_or_else(|| panic!("{path} has samples but is not in the summary"));
        timings += usize::from(path.contains("queue_wait_ms"));
        let Some(mean) = estimate["mean"].as_f64() else { continue };
        // Quantiles are read off the merged histogram; their samples are the replications' own.
        let quantile = path.rsplit(['.', '_']).next().is_some_and(|end| end.starts_with('p') && end[1..].parse::<u32>().is_ok());
        let own = samples.iter().sum::<f64>() / 6.0;
        // A replication has some 2,400 requests here, so its own 99.9th percentile rests on two of them.
        let tolerance = if path.ends_with("p999") {
            0.3
        } else if quantile {
            0.1
        } else {
            1e-12
        };
        assert!((own - mean).abs() <= tolerance * mean.abs(), "{path}: {mean}, but {own} from {samples:?}");
    }
    assert_eq!(timings, 4, "timings can be compared, too");
}

#[test]
fn a_single_replication_has_no_interval() {
    let run = evenly("10/s", "duration: 10 s, replications: 1");
    let Estimate { mean, low, high, .. } = run.summary.journeys["requests"].started.clone();
    assert_eq!((mean, low, high), (Some(100.0), None, None));
}

#[test]
fn traffic_goes_on_unmeasured_so_that_the_last_batches_fill_like_those_before() {
    let run = |cool_down: &str| {
        run_text(&format!(
            "name: a batch window at the end
study: {{ duration: 60 s, warm_up: 10 s, replications: 2, seed: 3, {cool_down} }}
services:
  queue: {{ type: sqs, visibility_timeout: 1 min }}
  consumer:
    type: lambda
    timeout: 5 s
    events: {{ queue: {{ batch_size: 100, maximum_batching_window: 2 s }} }}
    steps: [ {{ for_each: {{ steps: [ {{ work: 1 ms }}, {{ mark: done }} ] }} }} ]
workload:
  requests: {{ target: queue, rate: 20/s, milestones: {{ done: done }}, endings: {{ fulfilled: done }} }}
"
        ))
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
    };
    let tail_ms = |run: &Run| run.summary.curves[0].points.last().map_or(0.0, |point| point.1);
    let (with, without) = (run(""), run("cool_down: 0 s"));
    assert_eq!(with.samples["journeys.requests.started"], without.samples["journeys.requests.started"], "the window is the same");
    // Without traffic a poller waits for the end of its long poll, 20 s: the last messages would look slow.
    assert!(tail_ms(&without) > 10_000.0, "{:?}", without.summary.curves);
    assert!(tail_ms(&with) < 6_000.0, "{:?}", with.summary.curves);
}

#[test]
fn the_second_connection_of_a_function_has_metrics_and_samples_of_its_own() {
    let run = run_text(
        "name: one function, two queues
study: { duration: 100 s, replications: 2 }
services:
  many: { type: sqs, visibility_timeout: 1 min }
  few: { type: sqs, visibility_timeout: 1 min }
  consumer:
    type: lambda
    timeout: 5 s
    events: { many: { batch_size: 1 }, few: { batch_size: 1 } }
    steps: [ { work: 1 ms }, { mark: done } ]
workload:
  busy: { target: many, rate: 10/s, milestones: { done: done }, endings: { fulfilled: done } }
  calm: { target: few, rate: 1/s, milestones: { done: done }, endings: { fulfilled: done } }
",
    )
    .unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let first = &run.samples["services.consumer.poller_records"];
    let second = &run.samples["services.consumer.poller_records_2"];
    for (own, (busy, calm)) in first.iter().zip(second).enumerate() {
        assert!((900.0..1_100.0).contains(busy) && (60.0..140.0).contains(calm), "replication {own}: {busy} and {calm}");
    }
    assert_eq!(value(&run, "consumer", "poller_records_2"), second.iter().sum::<f64>() / 2.0);
}
