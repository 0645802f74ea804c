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
    let second = &run.samples["services.consumer.poller_records_few"];
    for (own, (busy, calm)) in first.iter().zip(second).enumerate() {
        assert!((900.0..1_100.0).contains(busy) && (60.0..140.0).contains(calm), "replication {own}: {busy} and {calm}");
    }
    assert_eq!(value(&run, "consumer", "poller_records_few"), second.iter().sum::<f64>() / 2.0);
}

fn run_of(text: &str) -> Run {
    run_text(text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn an_overloaded_server_is_as_fast_after_a_warm_up_as_without_one() {
    // 40/s meet a server that does 20/s: the window's own requests stand behind those of a warm-up that is as long.
    let run = evenly("40/s", "duration: 100 s, warm_up: 100 s, replications: 2");
    assert!(!run.summary.stability.stable);
    let per_second = run.summary.journeys["requests"].per_second.mean.unwrap_or(0.0);
    assert!((per_second - 20.0).abs() < 0.1, "{per_second} a second");
}

#[test]
fn dead_letters_that_pile_up_do_not_make_a_system_unstable() {
    let run = run_of(
        "name: one message in ten is poison
study: { duration: 400 s, warm_up: 30 s, replications: 2, seed: 5 }
services:
  queue: { type: sqs, visibility_timeout: 6 s, redrive: { dead_letter: dead, max_receive_count: 2 } }
  dead: { type: sqs, message_retention_period: 14 d }
  consumer:
    type: lambda
    timeout: 1 s
    events: { queue: { batch_size: 1 } }
    steps: [ { work: 1 ms }, { when: { match: { poison: [bad] }, then: [ { fail: { share: 100% } } ] } }, { mark: done } ]
workload:
  requests: { target: queue, rate: 100/s, payload: { fields: { poison: { choose: { bad: 10%, good: 90% } } } }, milestones: { done: done }, endings: { fulfilled: done } }
",
    );
    let most = value(&run, "dead", "messages_visible_max");
    assert!(most > 300.0, "{most} dead letters");
    // The queue that a message leaves counts it, and so does the one that keeps it: it is one dead letter all the same.
    let (left, kept) = (value(&run, "queue", "messages_dead_lettered"), value(&run, "dead", "dead_letters_kept"));
    assert!(left > 300.0 && kept > 300.0, "{left} left, {kept} kept");
    assert_eq!(run.summary.dead_letters.mean, Some(left));
    let of_lines = |service: &str| {
        let lines = run.summary.bill.lines.iter().filter(|line| line.service == service);
        lines.filter_map(|line| line.usd_month.mean).sum::<f64>()
    };
    let by_service = &run.summary.bill.services;
    assert!(by_service.values().all(|cost| cost.low.is_some()), "{by_service:?}");
    for (service, cost) in by_service {
        assert!((cost.mean.unwrap_or(f64::NAN) - of_lines(service)).abs() < 1e-6, "{service}: {cost:?}");
    }
    assert!(run.summary.stability.stable, "{:?}", run.summary.stability);
    assert!(!run.summary.bill.lower_bound);
}

#[test]
fn a_rate_that_the_timeline_sets_holds_at_once_and_may_be_none() {
    let run = |rate: &str, timeline: &str| {
        run_of(&format!(
            "name: a rate that changes
study: {{ duration: 300 s, replications: 2 }}
services: {{ server: {{ type: external, service_time: 1 ms }} }}
workload: {{ requests: {{ target: server, rate: {rate}, arrivals: constant, milestones: {{ done: answered }} }} }}
timeline: [ {{ workload: requests, {timeline} }} ]
"
        ))
        .summary
        .journeys["requests"]
            .started
            .mean
            .unwrap_or(0.0)
    };
    // The rate of nothing for a third of the time, in the middle and at the beginning.
    let started = run("10/s", "from: 100 s, until: 200 s, set: { rate: 0/s }");
    assert!((1_999.0..=2_001.0).contains(&started), "{started} with a pause");
    let started = run("0/s", "from: 100 s, set: { rate: 10/s }");
    assert!((1_999.0..=2_001.0).contains(&started), "{started} after a late start");
    // One in 1,000 s, until a change: what is left of the wait shrinks with it.
    let started = run("0.001/s", "from: 100 s, set: { rate: 10/s }");
    assert!((1_999.0..=2_001.0).contains(&started), "{started} after a slow start");
}

#[test]
fn a_clients_retry_quota_gets_back_what_the_retry_took() {
    let run = run_of(
        "name: more requests at once than a provider takes
study: { duration: 60 s, replications: 3, seed: 2 }
services: { provider: { type: external, service_time: 1 ms, rate_limit: 40/s, burst: 1 } }
workload:
  requests: { target: provider, bursts: [ { at: 1 s, count: 400, over: 100 ms } ], milestones: { done: answered } }
",
    );
    for replication in 0..3 {
        let of = |path: &str| run.samples[path][replication];
        let (retries, succeeded) = (of("services.requests.client_retries"), of("services.provider.succeeded"));
        // 500 tokens, 5 for each retry after a throttle, and 5 at most back for each success.
        assert!(5.0 * retries <= 500.0 + 5.0 * succeeded, "{retries} retries, {succeeded} successes");
        assert!(5.0 * retries > 500.0 + succeeded, "{retries} retries cannot be paid with one token for each of {succeeded}");
    }
}

#[test]
fn an_external_refuses_beyond_its_capacity_even_with_a_server_idle() {
    let run = run_of(
        "name: more servers than capacity
study: { duration: 10 s, replications: 1 }
services: { provider: { type: external, servers: 5, capacity: 2, service_time: 1 s } }
workload: { requests: { target: provider, bursts: [ { at: 1 s, count: 4 } ], retry: none, milestones: { done: answered } } }
",
    );
    assert_eq!((value(&run, "provider", "succeeded"), value(&run, "provider", "refused_queue_full")), (2.0, 2.0));
}

/// Clients with the default retries against one service.
fn clients(service: &str, workload: &str, rest: &str) -> Run {
    run_of(&format!(
        "name: clients
study: {{ duration: 100 s, replications: 1, seed: 4 }}
services: {{ server: {{ {service} }} }}
workload:
  requests: {{ target: server, {workload}, milestones: {{ answered: answered }}, endings: {{ fulfilled: answered, refused: refused }} }}
{rest}"
    ))
}

#[test]
fn a_retry_of_a_client_has_new_luck_and_belongs_to_its_journey() {
    let run = clients("type: external, service_time: 10 ms, errors: 5%", "rate: 100/s, arrivals: constant", "");
    let journeys = &run.summary.journeys["requests"];
    let of = |estimate: &Estimate| estimate.mean.unwrap_or(f64::NAN);
    let (requests, retries) = (value(&run, "requests", "requests"), value(&run, "requests", "client_retries"));
    assert_eq!(of(&journeys.started), 10_000.0);
    assert_eq!(requests, 10_000.0 + retries);
    // 5 % and 0.25 % are tried again; with the same luck each time, 5 % would be refused.
    assert!((440.0..610.0).contains(&retries), "{retries} retries");
    assert!(of(&journeys.endings["refused"]) <= 8.0, "{:?}", journeys.endings);
    assert_eq!(of(&journeys.endings["fulfilled"]) + of(&journeys.endings["refused"]), 10_000.0);
}

/// Users, bursts and batches: how many requests come, and how many at once.
#[test]
fn clients_ask_as_often_as_they_say() {
    for (workload, requests, at_once) in [
        // 10 s from one request to the next of each user: the answers take 1 s.
        ("users: 7, think_time: 9 s", 70.0, 7.0),
        // At 0 s, 1 s and so on up to 100 s.
        ("users: 7", 707.0, 7.0),
        ("bursts: [ { at: 1 s, count: 40, over: 80 s } ]", 40.0, 1.0),
        ("bursts: [ { at: 1 s, count: 40 } ]", 40.0, 40.0),
        ("rate: 0.2/s, arrivals: constant, batch: 6", 120.0, 6.0),
        ("rate: 0.2/s, arrivals: constant", 20.0, 1.0),
    ] {
        let run = clients("type: external, service_time: 1 s", workload, "");
        assert_eq!(run.summary.journeys["requests"].started.mean, Some(requests), "{workload}");
        assert_eq!(value(&run, "server", "busy_servers_max"), at_once, "{workload}");
    }
}

#[test]
fn latency_counts_from_the_first_attempt_of_a_client() {
    let stop = "timeline: [ { from: 0 s, until: 1020 ms, service: server, stop: true } ]\n";
    let run = clients("type: external, service_time: 10 ms", "bursts: [ { at: 1 s, count: 40 } ]", stop);
    let latency = &run.summary.journeys["requests"].milestones["answered"].latency_ms;
    let reached = latency.count;
    assert!(reached > 10, "{reached} got through");
    // Down for 20 ms, and 10 ms of work: nobody can be faster, whenever the attempt that succeeded began.
    let fastest = run.summary.curves[0].points[0].1;
    assert!((29.5..100.0).contains(&fastest), "{fastest} ms");
}

#[test]
fn clients_retry_what_may_pass_and_nothing_else() {
    let tries = |service: &str, workload: &str, rest: &str| {
        let run = clients(service, &format!("bursts: [ {{ at: 1 s, count: 100, over: 50 s }} ], {workload}"), rest);
        (value(&run, "requests", "client_retries"), value(&run, "requests", "client_refused"))
    };
    let down = "timeline: [ { from: 0 s, service: server, stop: true } ]\n";
    // A client pays 14 of its 500 tokens for a retry after a failure or a time-out, and 5 after a throttle.
    assert_eq!(tries("type: external, service_time: 10 ms", "payload: {}", down), (35.0, 100.0), "unavailable");
    assert_eq!(tries("type: external, service_time: 2 s", "timeout: 1 s", ""), (35.0, 100.0), "timed out");
    let throttled = "type: external, service_time: 1 ms, rate_limit: 0.001/s, burst: 1";
    assert_eq!(tries(throttled, "payload: {}", ""), (100.0, 99.0), "throttled");
    // What is refused for good is not asked again, and neither is work that failed: the answer did come.
    assert_eq!(tries("type: sqs", "payload: { size: 2 MB }", ""), (0.0, 100.0), "too large");
    let failing = "type: lambda, timeout: 1 s, steps: [ { fail: { share: 100% } } ]";
    assert_eq!(tries(failing, "payload: {}", ""), (0.0, 100.0), "a handler's error");
    // And whoever asks for one attempt makes one.
    assert_eq!(tries("type: external, service_time: 10 ms", "retry: none", down), (0.0, 100.0), "no retries");
}

/// The last attempt decides: a client that gives up waiting has timed out and was refused, one that is told no was refused.
#[test]
fn clients_that_time_out_are_told_apart_from_those_refused() {
    let endings = |rest: &str| {
        let text = format!(
            "name: told apart
study: {{ duration: 100 s, replications: 1 }}
services: {{ server: {{ type: external, service_time: 2 s }} }}
workload:
  requests: {{ target: server, bursts: [ {{ at: 1 s, count: 7, over: 50 s }} ], timeout: 1 s, retry: none, endings: {{ late: timed_out, refused: refused }} }}
{rest}"
        );
        let run = run_of(&text);
        let endings = &run.summary.journeys["requests"].endings;
        (endings["late"].mean, endings["refused"].mean)
    };
    assert_eq!(endings(""), (Some(7.0), Some(0.0)));
    assert_eq!(endings("timeline: [ { from: 0 s, service: server, stop: true } ]\n"), (Some(0.0), Some(7.0)));
}

#[test]
fn what_comes_too_late_or_twice_is_counted_per_journey() {
    // Ten orders whose clients give up after 1 s and try twice more; the handler needs 3.5 s, and marks each copy of the work.
    let service = "type: lambda, timeout: 30 s, steps: [ { work: 3500 ms }, { mark: done } ]";
    let workload = "bursts: [ { at: 1 s, count: 10, over: 50 s } ], timeout: 1 s, retry: naive";
    let text = format!(
        "name: late
study: {{ duration: 100 s, replications: 2 }}
services: {{ server: {{ {service} }} }}
workload: {{ requests: {{ target: server, {workload}, milestones: {{ done: done }}, endings: {{ fulfilled: done }} }} }}
"
    );
    let run = run_of(&text);
    let journey = &run.summary.journeys["requests"];
    // The client gives up 3 s after it began, before the first copy is done.
    assert_eq!((journey.late.mean, journey.duplicates.mean, journey.stuck.mean), (Some(10.0), Some(20.0), Some(0.0)));
    let patient = run_of(&text.replace("timeout: 1 s,", "timeout: 10 s,"));
    let journey = &patient.summary.journeys["requests"];
    assert_eq!((journey.late.mean, journey.duplicates.mean), (Some(0.0), Some(0.0)));
    // An ending of one's own called `abandoned` is a deadline as well, and a journey without any ending is stuck.
    let own = text.replace("timeout: 1 s,", "timeout: 10 s,").replace("steps: [", "steps: [ { mark: over },");
    let run = run_of(&own.replace("endings: { fulfilled: done }", "endings: { abandoned: over }"));
    assert_eq!(run.summary.journeys["requests"].late.mean, Some(10.0));
    let run = run_of(&text.replace("endings: { fulfilled: done }", "endings: { lost: dead_lettered }"));
    assert_eq!(run.summary.journeys["requests"].stuck.mean, Some(10.0));
}

#[test]
fn the_rate_that_an_external_sees_is_reported_without_a_limit_of_its_rate() {
    let run = clients("type: external, service_time: 1 ms", "bursts: [ { at: 20 s, count: 500, over: 10 s } ]", "");
    assert_eq!(value(&run, "server", "requests_per_second_mean"), 5.0);
    assert_eq!(value(&run, "server", "requests_per_second_peak"), 50.0);
    assert_eq!(run.samples["services.server.requests_per_second_peak"], [50.0]);
}

#[test]
fn a_run_shorter_than_ten_seconds_does_not_understate_its_demand() {
    let run = |rate: &str, study: &str| {
        let text = format!(
            "name: short
study: {{ {study} }}
services: {{ server: {{ type: external, service_time: 1 ms, rate_limit: 100/s }} }}
workload: {{ requests: {{ target: server, rate: {rate}, arrivals: constant, milestones: {{ answered: answered }} }} }}
"
        );
        let run = run_of(&text);
        run.summary.limits.iter().find(|row| row.limiter == "rate_limit").and_then(|row| row.load_multiple)
    };
    assert_eq!(run("50/s", "duration: 2 s, replications: 3"), Some(2.0));
    assert_eq!(run("50/s", "duration: 60 s, replications: 3"), Some(2.0));
}
