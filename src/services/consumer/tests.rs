use crate::fabric::testing::{Plan, Trial};
use crate::fabric::{Category, Class, Disturbance, Operation, Reply, Request, errors};
use crate::kernel::{MILLISECOND, SECOND, Time};
use crate::services::testing::services;

const MINUTE: Time = 60 * SECOND;
const DAY: Time = 24 * 60 * MINUTE;
const SKU: &str = "sqs-requests-standard";

/// Without latencies of the queue and spontaneous duplicates, so that times are exact.
fn instant(text: &str) -> Plan {
    [
        "visible_after",
        "poller_delivery_floor",
        "poller_delivery_p50_above_floor",
        "send_p50",
        "receive_p50",
        "delete_p50",
        "duplicate_probability",
    ]
    .iter()
    .fold(services(text), |plan, name| plan.assume(&format!("sqs.{name}"), 0.0))
}

fn send(trial: &mut Trial, time: Time) -> u32 {
    trial.journey_at(time, "queue", Request { size: 1_000, ..Request::background(Operation::SendMessage) })
}

/// T1, the published example: short polls every 100 ms make 864,000 empty receives a day, long polls of 20 s 4,320 (and here
/// not one event).
#[test]
fn idle_consumers_are_billed_for_empty_receives() {
    let cases = [
        ("poll_interval: 100 ms", 864_000, true),
        ("wait: 20 s", 4_320, false),
        ("wait: 10 s", 8_640, true),
        ("wait: 20 s, poll_interval: 20 s", 2_160, true),
    ];
    for (polling, wanted, events) in cases {
        let mut trial =
            instant(&format!("queue: {{ type: sqs }}\nworker: {{ type: consumer, queue: queue, {polling}, work: 1 s }}")).trial();
        trial.run_until(SECOND);
        let before = trial.events();
        trial.run_until(DAY);
        trial.finish();
        let empty = trial.counter("queue", "empty_receives");
        assert!(empty.abs_diff(wanted) <= 1, "{polling}: {empty} empty receives");
        assert_eq!(trial.metered("queue", SKU), u128::from(empty));
        assert_eq!(trial.events() > before, events, "{polling}");
    }
}

/// T1 from end to end: with few messages short polls come back empty although messages are there; the wait shows in the
/// latency, too.
#[test]
fn short_polling_misses_messages_and_long_polling_does_not() {
    let run = |polling: &str| {
        let text =
            format!("queue: {{ type: sqs }}\nworker: {{ type: consumer, queue: queue, {polling}, work: 0 s, marks: [done] }}");
        let mut trial = instant(&text).trial();
        for round in 0..2_000 {
            // Sent at all phases of the polls' period.
            send(&mut trial, round * SECOND + round * 7_919_123 % (10 * MILLISECOND));
        }
        trial.run_until(2_000 * SECOND);
        trial.finish();
        let mean = trial.done().mean().unwrap_or_default() / MILLISECOND as f64;
        (mean, trial.counter("queue", "empty_receives"), trial.metered("queue", SKU))
    };
    let (mean, empty, requests) = run("poll_interval: 10 ms");
    // Half of the 10 ms until the next poll, and 10 ms more for each of one miss on average.
    assert!((14.0..16.0).contains(&mean), "{mean} ms");
    assert!(empty > 190_000 && requests > 190_000);
    let (mean, empty, requests) = run("wait: 20 s");
    assert_eq!((mean, empty, requests), (0.0, 0, 3 * 2_000), "send, receive and delete");
}

/// One worker handles the messages of a batch one after the other and deletes them together; the time of each is work or
/// waiting for its turn, to the nanosecond.
#[test]
fn a_worker_handles_a_batch_and_deletes_it_at_once() {
    let text = "queue: { type: sqs, delay: 2 s }\nworker: { type: consumer, queue: queue, wait: 15 s, maximum_messages: 10, work: 1 s, marks: [done] }";
    let mut trial = instant(text).trial();
    // The first message wakes the worker, the other ten are there when it asks again.
    send(&mut trial, 0);
    for _ in 0..10 {
        send(&mut trial, 1);
    }
    trial.run_until(12 * SECOND);
    assert_eq!(trial.level("queue", "messages_in_flight").0, 10, "nothing is deleted before all are done");
    trial.run_until(14 * SECOND);
    assert_eq!(trial.level("worker", "busy_workers"), (0, 1));
    assert_eq!((trial.counter("worker", "batches"), trial.counter("worker", "messages_done")), (2, 11));
    assert_eq!((trial.counter("queue", "messages_deleted"), trial.open_journeys(), trial.endings("")), (11, 0, 11));
    let seconds = |service: &str, category| (trial.on_path(service, category) as f64 / SECOND as f64).round() as u64;
    assert_eq!(trial.done().count(), 11);
    assert_eq!(seconds("queue", Category::Service), 11 * 2, "the delay");
    assert_eq!(seconds("queue", Category::Queue), 10, "until the worker asks again");
    assert_eq!(seconds("worker", Category::Queue), (1..10).sum::<u64>(), "until it is a message's turn");
    assert_eq!(seconds("worker", Category::Work), 11);
    // 11 sends, 2 receives, 2 deletes.
    assert_eq!(trial.metered("queue", SKU), 15);
}

/// T2 from end to end: work that outlasts the visibility time-out is done twice and its message is dead-lettered; with a time-out
/// that is long enough neither happens.
#[test]
fn work_longer_than_the_visibility_timeout_is_repeated() {
    for (timeout, repeated, dead) in [("5 s", 10, 10), ("60 s", 0, 0)] {
        let text = format!(
            "
queue: {{ type: sqs, visibility_timeout: {timeout}, redrive: {{ dead_letter: dlq, max_receive_count: 2 }} }}
dlq: {{ type: sqs, message_retention_period: 14 d }}
worker: {{ type: consumer, queue: queue, workers: 40, wait: 20 s, work: 8 s, marks: [done] }}
"
        );
        let mut trial = instant(&text).trial();
        for round in 0..10 {
            send(&mut trial, round * MINUTE);
        }
        trial.run_until(20 * MINUTE);
        assert_eq!(trial.counter("worker", "messages_received_again"), repeated, "{timeout}");
        assert_eq!(trial.counter("worker", "messages_done"), 10 + repeated);
        assert_eq!(trial.counter("worker", "messages_failed"), 0);
        assert_eq!(trial.simulation.world.duplicates(), repeated, "the mark is set again");
        assert_eq!(trial.counter("queue", "stale_deletes"), 2 * repeated);
        assert_eq!((trial.counter("queue", "messages_dead_lettered"), trial.level("dlq", "messages_visible").0), (dead, dead));
        assert_eq!((trial.endings("dead_lettered"), trial.done().count(), trial.open_journeys()), (dead, 10, 0));
    }
}

/// Messages whose steps fail are not deleted; they come again until the redrive policy takes them. The others of the batch
/// are deleted.
#[test]
fn failed_messages_come_again() {
    let text = "
queue: { type: sqs, visibility_timeout: 10 s, delay: 1 s, redrive: { dead_letter: dlq, max_receive_count: 3 } }
dlq: { type: sqs, message_retention_period: 14 d }
worker:
  type: consumer
  queue: queue
  wait: 15 s
  maximum_messages: 10
  steps:
    - for_each:
        concurrency: 10
        steps: [ { call: { service: psp } }, { mark: done } ]
";
    let refuses = 3;
    let mut trial = instant(text)
        .stub("psp", &[Operation::Request], move |context, call| {
            let token = context.world.journeys().get(context.get(call).journey).map_or(0, |journey| journey.key);
            let outcome = if token == refuses { Reply::error(Class::Failed, errors::HANDLER) } else { Reply::OK };
            Some((outcome, SECOND))
        })
        .trial();
    for _ in 0..6 {
        send(&mut trial, 0);
    }
    trial.run_until(2 * MINUTE);
    assert_eq!(trial.arrivals("psp").len(), 5 + 3);
    assert_eq!((trial.counter("worker", "messages_done"), trial.counter("worker", "messages_failed")), (5, 3));
    assert_eq!((trial.counter("queue", "messages_deleted"), trial.counter("queue", "messages_dead_lettered")), (5, 1));
    assert_eq!((trial.endings("dead_lettered"), trial.endings(""), trial.open_batches()), (1, 5, 0));
    // Concurrent handling: the whole first batch took one second.
    assert_eq!(trial.timing("worker", "batch_time_ms").max(), Some(SECOND));
}

/// An error outside of the loop over the messages fails them all; `delete: false` keeps what was done.
#[test]
fn nothing_is_deleted_after_an_error_of_the_batch_or_when_deletes_are_off() {
    for (setting, done, failed) in [
        ("steps: [ { for_each: { steps: [ { work: 1 s } ] } }, { fail: { share: 100% } } ]", 0, 2),
        ("work: 1 s, delete: false", 2, 0),
    ] {
        let text = format!("queue: {{ type: sqs }}\nworker: {{ type: consumer, queue: queue, wait: 20 s, {setting} }}");
        let mut trial = instant(&text).trial();
        send(&mut trial, 0);
        trial.run_until(45 * SECOND);
        assert_eq!(
            (trial.counter("worker", "messages_done"), trial.counter("worker", "messages_failed")),
            (done, failed),
            "{setting}"
        );
        assert_eq!((trial.counter("queue", "messages_deleted"), trial.open_journeys()), (0, 1), "{setting}");
    }
}

/// Workers set the throughput: 10 messages a second against 2 s of work need 20.
#[test]
fn throughput_is_that_of_the_workers() {
    // The first worker starts at once, each other with the message that comes for it and so ends one fewer in time.
    for (workers, done) in [(5, 50 + 4 * 49), (10, 50 + 9 * 49), (30, 980)] {
        let text = format!(
            "queue: {{ type: sqs }}\nworker: {{ type: consumer, queue: queue, workers: {workers}, wait: 20 s, work: 2 s }}"
        );
        let mut trial = instant(&text).trial();
        for message in 0..1_000 {
            send(&mut trial, message * SECOND / 10);
        }
        trial.run_until(100 * SECOND);
        let found = trial.counter("worker", "messages_done");
        assert!(found.abs_diff(done) <= 1, "{workers} workers did {found} messages");
        assert!(trial.level("worker", "busy_workers").1 <= workers);
    }
}

/// Without a wait of its own the consumer waits as the queue says.
#[test]
fn the_queue_sets_the_default_wait() {
    for (queue, consumer, wanted) in
        [("", "", 0), ("receive_message_wait_time: 5 s,", "", 12), ("receive_message_wait_time: 5 s,", "wait: 10 s,", 6)]
    {
        let text = format!("queue: {{ {queue} type: sqs }}\nworker: {{ {consumer} type: consumer, queue: queue, work: 1 s }}");
        let mut trial = instant(&text).trial();
        trial.run_until(MINUTE);
        let empty = trial.counter("queue", "empty_receives");
        assert!(if wanted == 0 { empty > 10_000 } else { empty == wanted }, "{queue} {consumer}: {empty}");
    }
}

/// The timeline stops and starts workers, and keeps the consumer or its queue down; what waits is worked off afterwards.
#[test]
fn the_timeline_reaches_the_workers() {
    let workers = |value| Disturbance::Set { key: "workers".to_string(), value };
    let cases = [
        ("worker", workers(0.0), workers(2.0)),
        ("worker", Disturbance::Down(true), Disturbance::Down(false)),
        ("queue", Disturbance::Down(true), Disturbance::Down(false)),
    ];
    for polling in ["wait: 20 s", "wait: 5 s", "poll_interval: 100 ms"] {
        for (target, from, to) in cases.clone() {
            let text = format!(
                "queue: {{ type: sqs, visibility_timeout: 2 s }}\nworker: {{ type: consumer, queue: queue, workers: 2, {polling}, work: 10 ms, marks: [done] }}"
            );
            let mut trial = instant(&text).trial();
            trial.disturb(10 * SECOND, target, from);
            trial.disturb(100 * SECOND, target, to);
            send(&mut trial, SECOND);
            let during = send(&mut trial, 50 * SECOND);
            let after = send(&mut trial, 101 * SECOND);
            trial.run_until(99 * SECOND);
            assert_eq!(trial.counter("worker", "messages_done"), 1, "{target} {polling}");
            let refused = trial.reply(during).outcome.class == Class::Unavailable;
            assert_eq!(refused, target == "queue");
            trial.run_until(2 * MINUTE);
            assert!(trial.reply(after).outcome.is_ok());
            assert_eq!(trial.counter("worker", "messages_done"), if refused { 2 } else { 3 }, "{target} {polling}");
            assert!(trial.counter("worker", "receives_refused") < 100, "refused receives wait before they are repeated");
            assert_eq!((trial.open_journeys(), trial.open_batches()), (0, 0));
        }
    }
}

#[test]
fn mistakes_are_reported() {
    let cases = [
        ("queue: elsewhere", "no service is called `elsewhere`"),
        ("queue: psp", "cannot be received from"),
        ("queue: queue, wait: 21 s", "a receive waits at most 20 s, not 21 s"),
        ("queue: queue, workers: 0", "`workers` is from 1 to 100000, not 0"),
        ("queue: queue, maximum_messages: 11", "`maximum_messages` is from 1 to 10, not 11"),
        ("queue: queue, work: 1 s, steps: [ { mark: done } ]", "give a consumer `steps` or `work`, not both"),
        ("queue: queue, marks: [done], steps: [ { work: 1 s } ]", "`marks` go with `work`"),
    ];
    for (text, wanted) in cases {
        let text =
            format!("queue: {{ type: sqs }}\npsp: {{ type: external, service_time: 1 s }}\nworker: {{ type: consumer, {text} }}");
        let found = services(&text).complaints();
        assert!(found.len() == 1 && found[0].contains(wanted), "{text}: {found:?} instead of `{wanted}`");
    }
}
