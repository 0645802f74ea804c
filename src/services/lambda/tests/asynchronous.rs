use super::*;
use crate::fabric::testing::Plan;

/// When a stub got its calls, in milliseconds.
fn arrivals_ms(trial: &Trial, stub: &str) -> Vec<u64> {
    trial.arrivals(stub).iter().map(|arrival| arrival.at / MILLISECOND).collect()
}

fn failing(keys: &str) -> Plan {
    let keys = format!("{keys}\nsteps: [ {{ call: {{ service: psp }} }}, {{ work: 1 s }}, {{ fail: {{ share: 100% }} }} ]");
    function(&keys).accepting("psp", &[Operation::Request], 0).accepting("letters", &[Operation::DeadLetter], 0)
}

/// A failed event is tried again 60 s and 120 s after the attempts before, then it is dead-lettered.
#[test]
fn failed_events_are_retried_after_one_and_two_minutes() {
    for (attempts, tries, given_up) in [(2, vec![0, 61_000, 182_000], 183_000), (1, vec![0, 61_000], 62_000), (0, vec![0], 1_000)]
    {
        let mut trial = failing(&format!("dead_letter: letters\nmaximum_retry_attempts: {attempts}")).trial();
        trial.journey_at(0, "f", event());
        trial.run_until(3600 * SECOND);
        assert_eq!(arrivals_ms(&trial, "psp"), tries, "{attempts} retries");
        assert_eq!(arrivals_ms(&trial, "letters"), [given_up]);
        assert_eq!(trial.counter("f", "invocations"), tries.len() as u64);
        assert_eq!(trial.counter("f", "errors"), tries.len() as u64);
        assert_eq!((trial.endings("dead_lettered"), trial.open_journeys()), (1, 0));
    }
}

/// A killed invocation counts as a failed one.
#[test]
fn events_that_time_out_are_retried() {
    let plan = function("timeout: 5 s\ndead_letter: letters\nsteps: [ { call: { service: psp } } ]");
    let plan = plan.accepting("psp", &[Operation::Request], 60 * SECOND).accepting("letters", &[Operation::DeadLetter], 0);
    let mut trial = plan.trial();
    trial.journey_at(0, "f", event());
    trial.run_until(3600 * SECOND);
    assert_eq!(arrivals_ms(&trial, "psp"), [0, 65_000, 190_000]);
    assert_eq!(arrivals_ms(&trial, "letters"), [195_000]);
}

/// Events older than the maximum age are given up before the next attempt.
#[test]
fn events_age_out() {
    let mut trial = failing("maximum_event_age: 60 s").trial();
    trial.journey_at(0, "f", event());
    trial.run_until(3600 * SECOND);
    assert_eq!(arrivals_ms(&trial, "psp"), [0]);
    assert_eq!((trial.counter("f", "hand_over_expired"), trial.endings("expired")), (1, 1));
}

/// The producer is accepted whatever the function does; a throttled event waits 1 s, 2 s, 4 s ... (varied down to half) and
/// is not counted against the retries.
#[test]
fn throttled_events_wait_and_the_producer_hears_nothing_of_it() {
    let keys = "reserved_concurrent_executions: 1\ntimeout: 60 s\nmaximum_retry_attempts: 0\nsteps: [ { call: { service: psp } }, { work: 20 s } ]";
    let mut trial = function(keys).accepting("psp", &[Operation::Request], 0).trial();
    let tokens = [0, 0].map(|_| trial.journey_at(0, "f", event()));
    trial.run_until(3600 * SECOND);
    assert_eq!(tokens.map(|token| outcome(&trial, token)), [(0, ""), (0, "")]);
    let starts = arrivals_ms(&trial, "psp");
    assert_eq!((starts.len(), starts[0]), (2, 0));
    assert!((20_000..52_000).contains(&starts[1]), "the second starts at {} ms", starts[1]);
    let throttled = trial.counter("f", "throttled_reserved_concurrency");
    assert!((4..=6).contains(&throttled), "{throttled} attempts in between");
    assert_eq!(trial.counter("f", "errors"), 0);
    assert_eq!(trial.endings(""), 2);
}

/// A reservation of nothing: synchronous calls are refused, events go to the dead-letter target at once.
#[test]
fn a_stopped_function_gives_up_its_events_untried() {
    let mut trial = failing("dead_letter: letters\nreserved_concurrent_executions: 0").trial();
    let event = trial.journey_at(0, "f", event());
    let call = trial.journey_at(SECOND, "f", invoke());
    trial.run_until(3600 * SECOND);
    assert_eq!(outcome(&trial, event), (0, ""));
    assert_eq!(outcome(&trial, call), (1_000, "Lambda.TooManyRequestsException"));
    assert_eq!(arrivals_ms(&trial, "letters"), [0]);
    assert_eq!((trial.counter("f", "invocations"), trial.counter("f", "hand_over_retries")), (0, 0));
}

/// Asynchronous deliveries do not count against the limit of ten requests per second and execution.
#[test]
fn events_know_no_rate_limit() {
    let mut trial = function("steps: [ { work: 1 ms } ]").quota("lambda.concurrent_executions", 100.0).trial();
    for index in 0..20_000_u64 {
        trial.journey_at(index * SECOND / 10_000, "f", event());
    }
    trial.run_until(100 * SECOND);
    assert_eq!((trial.counter("f", "invocations"), trial.counter("f", "throttled_requests_per_second")), (20_000, 0));
}

/// Destinations hear of every event; an event bus gets it in the documented envelope.
#[test]
fn destinations_hear_of_success_and_failure() {
    let keys = "on_success: bus\non_failure: next\nmaximum_retry_attempts: 0\n\
                steps: [ { when: { match: { bad: [true] }, then: [ { fail: { share: 100% } } ] } } ]";
    let plan = function(keys).accepting("bus", &[Operation::PutEvents], 0).accepting("next", &[Operation::InvokeEvent], 0);
    let mut trial = plan.trial();
    let contents = &mut trial.simulation.world.contents;
    let [good, bad] = [false, true].map(|bad| contents.intern(serde_json::json!({ "bad": bad })));
    trial.journey_at(0, "f", Request { content: good, ..event() });
    trial.journey_at(0, "f", Request { content: bad, ..event() });
    trial.run_until(3600 * SECOND);
    let [to_bus, to_next] = ["bus", "next"].map(|stub| trial.arrivals(stub));
    assert_eq!((to_bus.len(), to_next.len()), (1, 1));
    let expected = serde_json::json!({
        "source": "lambda",
        "detail-type": "Lambda Function Invocation Result - Success",
        "detail": { "requestPayload": { "bad": false } },
    });
    assert_eq!(trial.simulation.world.contents.value(to_bus[0].content), &expected);
    assert_eq!(to_next[0].content, bad);
    assert_eq!(trial.endings("dead_lettered"), 1);
}

/// A record reaches its destination after the destination's latency, and its journey is open until then.
#[test]
fn a_record_is_on_its_way_to_the_destination() {
    let keys = QUIET.replace("destination: 0", "destination: 70 ms");
    let text = format!("f: {{ type: lambda, {keys}, on_success: next, steps: [ {{ mark: done }} ] }}");
    let mut trial = services(&text).accepting("next", &[Operation::InvokeEvent], 0).trial();
    trial.journey_at(0, "f", event());
    trial.run_until(69 * MILLISECOND);
    assert_eq!((trial.arrivals("next").len(), trial.open_journeys()), (0, 1));
    trial.run_until(SECOND);
    assert_eq!((arrivals_ms(&trial, "next"), trial.open_journeys()), (vec![70], 0));
}

/// From the end of one function to the start of its destination: 156, 175, 223 and 303 ms (5th, 50th, 90th and 99th percentile;
/// <https://github.com/LedgeDash/unum>, 2021, read 2026-11-23), the queue of events included.
#[test]
fn a_destination_takes_its_measured_time() {
    let text = "f: { type: lambda, latency: { asynchronous: 0, platform: 0, runtime_init: 0, first_run: 0 }, on_success: g }\n\
                g: { type: lambda, latency: { platform: 0, runtime_init: 0, first_run: 0 }, steps: [ { mark: done } ] }";
    let mut trial = services(text).trial();
    for index in 0..20_000_u64 {
        trial.journey_at(index * SECOND / 100, "f", event());
    }
    trial.run_until(1000 * SECOND);
    for (share, measured) in [(0.05, 156.0), (0.5, 175.0), (0.9, 223.2), (0.99, 303.05)] {
        let found = trial.done().quantile(share).expect("events") as f64 / MILLISECOND as f64;
        assert!((found / measured - 1.0).abs() < 0.05, "p{share}: {found} ms, measured {measured} ms");
    }
}

/// The asynchronous queue adds 41 to 43 ms to the median, by published measurements.
#[test]
fn the_queue_takes_its_measured_time() {
    let text = "f: { type: lambda, latency: { platform: 0, runtime_init: 0, first_run: 0 }, steps: [ { mark: done } ] }";
    let mut trial = services(text).trial();
    for index in 0..20_000_u64 {
        trial.journey_at(index * SECOND / 100, "f", event());
    }
    trial.run_until(1000 * SECOND);
    let median = trial.done().quantile(0.5).expect("events") as f64 / MILLISECOND as f64;
    assert!((41.0..=43.0).contains(&median), "median {median} ms");
}

/// What the settings may be.
#[test]
fn settings_out_of_range_are_told() {
    let plan = |keys: &str| function(keys).accepting("letters", &[Operation::DeadLetter, Operation::SendMessage], 0);
    for (keys, expected) in [
        ("maximum_retry_attempts: 3", "at most twice"),
        ("maximum_event_age: 59 s", "60 s to 6 h"),
        ("maximum_event_age: 7 h", "60 s to 6 h"),
        ("timeout: 901 s", "1 s to 900 s"),
        ("timeout: 1500 ms", "whole seconds"),
        ("memory_size: 127 MB", "128 MB to 10240 MB"),
        ("memory_size: 128.5 MB", "whole MB"),
        ("ephemeral_storage: 11 GB", "512 MB to 10240 MB"),
        ("dead_letter: letters\non_failure: letters", "`dead_letter` or `on_failure`"),
        ("dead_letter: nowhere", "no service is called"),
        ("dead_letter: f", "cannot be a dead-letter target"),
        ("init: { p50: 2 s, p99: 1 s }", "p99"),
    ] {
        let complaints = plan(keys).complaints();
        assert!(complaints.len() == 1 && complaints[0].contains(expected), "{keys}: {complaints:?}");
    }
    for keys in
        ["timeout: 900 s", "memory_size: 10 GB", "ephemeral_storage: 10 GB", "maximum_event_age: 6 h", "on_success: letters"]
    {
        assert!(plan(keys).complaints().is_empty(), "{keys}: {:?}", plan(keys).complaints());
    }
}
