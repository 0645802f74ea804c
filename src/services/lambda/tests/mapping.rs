use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::fabric::testing::Plan;
use crate::fabric::{Batch, JourneyRef, PathId, Record, Reply};
use crate::kernel::Lineage;

/// Payloads of the messages that the next receives hand out, one list for each receive; further receives stay parked.
type Messages = Rc<RefCell<Vec<Vec<serde_json::Value>>>>;

/// Adds a queue `q` that hands out these messages and takes deletes.
fn with_queue(plan: Plan, messages: &[Vec<serde_json::Value>], visibility: Time) -> Plan {
    with_queue_of(plan, "q", messages, (100, 0), visibility)
}

/// As [`with_queue`], of another name, with messages of so many bytes that are so long on their way.
fn with_queue_of(
    plan: Plan,
    name: &str,
    messages: &[Vec<serde_json::Value>],
    (size, way): (u32, Time),
    visibility: Time,
) -> Plan {
    let messages: Messages = Rc::new(RefCell::new(messages.iter().rev().cloned().collect()));
    plan.stub(name, &[Operation::ReceiveMessage, Operation::DeleteMessage], move |context, call| {
        if context.get(call).operation == Operation::DeleteMessage {
            let batch = context.get(call).batch;
            context.close_batch(batch);
            return Some((Reply::OK, 0));
        }
        let bodies = messages.borrow_mut().pop()?;
        let record = |(place, body): (usize, serde_json::Value)| Record {
            journey: JourneyRef::NONE,
            lineage: Lineage::root().extend(place as u64),
            content: context.world.contents.intern(body),
            size,
            path: PathId::NONE,
            entry: place as u32,
            receipt: 0,
            failed: false,
            receives: 1,
            repeat: false,
        };
        let records = bodies.into_iter().enumerate().map(record).collect();
        Some((Reply { batch: context.open_batch(Batch::of(records)), ..Reply::OK }, way))
    })
    .fact("visibility_timeout", visibility)
}

fn poison(place: usize, count: usize) -> Vec<serde_json::Value> {
    (0..count).map(|index| serde_json::json!({ "poison": index == place })).collect()
}

/// Entries of the messages that were deleted.
fn deleted(trial: &Trial) -> Vec<u32> {
    deleted_from(trial, "q")
}

fn deleted_from(trial: &Trial, queue: &str) -> Vec<u32> {
    let calls = trial.arrivals(queue).into_iter().filter(|arrival| arrival.operation == Operation::DeleteMessage);
    calls.flat_map(|call| call.records).map(|record| record.entry).collect()
}

/// Mean duration of the invocations.
fn mean_seconds(trial: &Trial) -> f64 {
    trial.timing("f", "duration_ms").mean().expect("an invocation") / SECOND as f64
}

const STEPS: &str = "steps: [ { work: 1 s }, { when: { match: { poison: [true] }, then: [ { fail: { share: 100% } } ] } } ]";

/// Steps without a loop handle the records one after the other, and everything is deleted.
#[test]
fn a_batch_is_handled_record_by_record() {
    let plan = function(&format!("timeout: 30 s\nevents: {{ q: {{ }} }}\n{STEPS}"));
    let mut trial = with_queue(plan, &[poison(9, 4)], 180 * SECOND).trial();
    trial.run_until(60 * SECOND);
    assert_eq!(trial.counter("f", "invocations"), 1);
    assert_eq!(mean_seconds(&trial), 4.0);
    assert_eq!(deleted(&trial), [0, 1, 2, 3]);
    assert_eq!(trial.open_batches(), 0);
}

/// One poison message fails the whole batch; reported failures leave only it behind, and are no error of the function.
#[test]
fn failures_are_reported_per_record_or_fail_the_batch() {
    for (reports, expected, errors, seconds) in [(false, vec![], 1, 2.0), (true, vec![0, 2, 3], 0, 4.0)] {
        let keys = format!("timeout: 30 s\nevents: {{ q: {{ report_batch_item_failures: {reports} }} }}\n{STEPS}");
        let mut trial = with_queue(function(&keys), &[poison(1, 4)], 180 * SECOND).trial();
        trial.run_until(60 * SECOND);
        assert_eq!(deleted(&trial), expected, "reports: {reports}");
        assert_eq!(trial.counter("f", "errors"), errors);
        assert_eq!(mean_seconds(&trial), seconds, "an exception ends the batch at the record that threw it");
        assert_eq!(trial.open_batches(), 0);
    }
}

/// Of two mappings one reports failed records: for the other the function throws once the whole batch is done, since it is
/// the same handler, and nothing of the batch is deleted.
#[test]
fn a_function_may_report_to_one_queue_and_throw_to_the_other() {
    let keys = format!("timeout: 30 s\nevents: {{ q: {{ report_batch_item_failures: true }}, other: {{ }} }}\n{STEPS}");
    let plan = with_queue(function(&keys), &[poison(1, 4)], 180 * SECOND);
    let mut trial = with_queue_of(plan, "other", &[poison(1, 4), poison(9, 2)], (100, 0), 180 * SECOND).trial();
    trial.run_until(60 * SECOND);
    assert_eq!((deleted(&trial), deleted_from(&trial, "other")), (vec![0, 2, 3], vec![0, 1]));
    assert_eq!((trial.counter("f", "invocations"), trial.counter("f", "errors"), trial.open_batches()), (3, 1, 0));
}

/// Pollers that are to go finish what is on its way to them: no message is left to its visibility time-out.
#[test]
fn pollers_that_stop_leave_no_message_behind() {
    // Every invocation fails, so five pollers become two at 1.5 s, while five messages are on their way that arrive at 2 s.
    let keys = "events: { q: { batch_size: 1 } }\nsteps: [ { fail: { share: 100% } } ]";
    let plan = function(keys).assume("lambda.event_source_evaluation", 1.5).assume("lambda.event_source_reduces_to", 0.5);
    let mut trial = with_queue_of(plan, "q", &vec![poison(9, 1); 10], (100, SECOND), 180 * SECOND).trial();
    trial.run_until(1_900 * MILLISECOND);
    assert_eq!((trial.counter("f", "invocations"), trial.level("f", "pollers").0), (5, 5));
    trial.run_until(2_500 * MILLISECOND);
    assert_eq!((trial.counter("f", "invocations"), trial.level("f", "pollers").0), (10, 2));
    assert_eq!((trial.simulation.world.abandoned(), trial.open_batches()), (0, 0));
}

/// A function with a mapping can also be invoked directly: the steps see the request itself.
#[test]
fn a_function_with_a_mapping_takes_direct_calls() {
    let plan =
        function("events: { q: { } }\nsteps: [ { work: 1 s }, { mark: done }, { return: { values: { a: 1 }, size: 10 B } } ]");
    let mut trial = with_queue(plan, &[], 30 * SECOND).trial();
    let token = trial.journey_at(0, "f", invoke());
    trial.run_until(60 * SECOND);
    assert_eq!((outcome(&trial, token), trial.reply(token).size, trial.done().count()), ((1_000, ""), 10, 1));
    let plan = function("events: { q: { } }\nsteps: [ { fail: { share: 100%, error: Declined } } ]");
    let mut trial = with_queue(plan, &[], 30 * SECOND).trial();
    let token = trial.journey_at(0, "f", invoke());
    trial.run_until(60 * SECOND);
    assert_eq!(outcome(&trial, token), (0, "Declined"));
}

/// Fewer reserved executions than pollers: throttled batches are tried again until the visibility time-out and then given up,
/// without ever having run.
#[test]
fn throttled_batches_are_given_up_at_the_visibility_timeout() {
    let keys = format!(
        "timeout: 60 s\nreserved_concurrent_executions: 1\nevents: {{ q: {{ batch_size: 1 }} }}\n{}",
        "steps: [ { work: 50 s } ]"
    );
    let mut trial = with_queue(function(&keys), &vec![poison(9, 1); 3], 60 * SECOND).trial();
    trial.run_until(49 * SECOND);
    assert_eq!((trial.counter("f", "invocations"), trial.counter("f", "poller_given_up")), (1, 0));
    let throttled = trial.counter("f", "throttled_reserved_concurrency");
    assert!((80..=125).contains(&throttled), "{throttled} throttles of two batches in 49 s, about one a second each");
    trial.run_until(55 * SECOND);
    assert_eq!(trial.counter("f", "invocations"), 2, "one of them gets in when the first has ended");
    trial.run_until(70 * SECOND);
    assert_eq!(trial.counter("f", "poller_given_up"), 1);
    assert_eq!(trial.counter("f", "errors"), 0);
}

/// The handler starts when the mapping's latency has passed, and holds no concurrency before.
#[test]
fn a_batch_reaches_the_function_after_the_mappings_latency() {
    let text = format!(
        "f:\n  type: lambda\n  {}\n  events: {{ q: {{ }} }}\n  steps: [ {{ call: {{ service: psp }} }} ]",
        QUIET.replace("event_source: 0", "event_source: 70 ms")
    );
    let plan = services(&text).accepting("psp", &[Operation::Request], 0);
    let mut trial = with_queue(plan, &[poison(9, 1)], 30 * SECOND).trial();
    trial.run_until(69 * MILLISECOND);
    assert_eq!(trial.level("f", "concurrent_executions").1, 0);
    trial.run_until(SECOND);
    assert_eq!(trial.arrivals("psp")[0].at, 70 * MILLISECOND);
}

/// A batch closes at 6 MB, whatever one receive brought: the rest is the next batch.
#[test]
fn a_batch_is_at_most_six_megabytes() {
    for (megabytes, expected) in [(1, [6.0, 2.0]), (4, [1.0, 1.0]), (7, [1.0, 1.0])] {
        let keys = format!("timeout: 30 s\nevents: {{ q: {{ }} }}\n{STEPS}");
        let count = expected.iter().sum::<f64>() as usize;
        let mut trial = with_queue_of(function(&keys), "q", &[poison(9, count)], (megabytes << 20, 0), 180 * SECOND).trial();
        trial.run_until(SECOND / 2);
        assert_eq!(trial.level("f", "poller_records_held").0 as usize, count, "{megabytes} MB each");
        trial.run_until(60 * SECOND);
        assert_eq!(trial.counter("f", "invocations"), 2, "{megabytes} MB each");
        let longest = trial.timing("f", "duration_ms").quantile(1.0).expect("an invocation") as f64 / SECOND as f64;
        assert!((longest / expected[0] - 1.0).abs() < 0.02, "{longest} s of {megabytes} MB each");
        assert_eq!((deleted(&trial).len(), trial.open_batches()), (count, 0));
        assert_eq!(trial.level("f", "poller_records_held").0, 0);
    }
}

/// A poller whose receive was refused asks again after its pause.
#[test]
fn pollers_pause_after_a_receive_that_failed() {
    for (pause, receives) in [(1.0, 5 * 10), (5.0, 5 * 2)] {
        let plan = function("events: { q: { } }").assume("lambda.event_source_pause_after_error", pause);
        let refusal = Reply::error(crate::fabric::Class::Unavailable, crate::fabric::errors::SERVICE_DOWN);
        let plan = plan.stub("q", &[Operation::ReceiveMessage, Operation::DeleteMessage], move |_, _| Some((refusal, 0)));
        let mut trial = plan.fact("visibility_timeout", 30 * SECOND).trial();
        trial.run_until(10 * SECOND - 1);
        assert_eq!(trial.arrivals("q").len(), receives, "a pause of {pause} s");
    }
}

/// Records that match no filter are deleted without an invocation.
#[test]
fn filters_keep_records_away() {
    let keys = format!("timeout: 30 s\nevents: {{ q: {{ filter_patterns: [ {{ body: {{ poison: [false] }} }} ] }} }}\n{STEPS}");
    let mut trial = with_queue(function(&keys), &[poison(1, 3)], 180 * SECOND).trial();
    trial.run_until(60 * SECOND);
    assert_eq!((deleted(&trial), trial.counter("f", "poller_filtered")), (vec![1, 0, 2], 1));
}

/// 5 pollers at the start, or fewer with a lower maximum concurrency.
#[test]
fn mappings_start_with_five_pollers() {
    for (source, account, pollers) in
        [("", 1000.0, 5), ("maximum_concurrency: 2", 1000.0, 2), ("maximum_concurrency: 50", 1000.0, 5), ("", 3.0, 3)]
    {
        let plan = with_queue(function(&format!("events: {{ q: {{ {source} }} }}")), &[], 30 * SECOND);
        let mut trial = plan.quota("lambda.concurrent_executions", account).trial();
        trial.run_until(SECOND);
        assert_eq!(trial.level("f", "pollers").0, pollers, "{source} of {account}");
    }
}

/// What AWS refuses, and what it advises against.
#[test]
fn mistakes_of_mappings_are_told() {
    let complaints = |keys: &str, visibility: Time| with_queue(function(keys), &[], visibility).complaints();
    for (keys, visibility, expected) in [
        ("timeout: 31 s\nevents: { q: { } }", 30, "Error conflict: the visibility time-out of `q` (30 s) is shorter"),
        ("events: { q: { batch_size: 11 } }", 30, "needs a `maximum_batching_window`"),
        ("events: { q: { batch_size: 0 } }", 30, "1 to 10,000"),
        ("events: { q: { batch_size: 10001, maximum_batching_window: 1 s } }", 30, "1 to 10,000"),
        ("events: { q: { maximum_batching_window: 301 s } }", 30, "0 s to 300 s"),
        ("events: { q: { maximum_batching_window: 1500 ms } }", 30, "whole seconds"),
        ("events: { q: { maximum_concurrency: 1 } }", 30, "2 to 1,000"),
        ("events: { q: { maximum_concurrency: 1001 } }", 30, "2 to 1,000"),
        ("events: { q: { filter_patterns: [ { body: { a: 1 } } ] } }", 30, "bad-pattern"),
        ("events: { nowhere: { } }", 30, "no service is called `nowhere`"),
        ("events: { f: { } }", 30, "cannot be an event source"),
        ("reserved_concurrent_executions: 4\nevents: { q: { } }", 30, "Warning conflict: up to 1000 batches at once meet"),
        ("reserved_concurrent_executions: 4\nevents: { q: { maximum_concurrency: 5 } }", 30, "Warning conflict"),
    ] {
        let found = complaints(keys, visibility * SECOND);
        assert!(found.len() == 1 && found[0].contains(expected), "{keys}: {found:?}");
    }
    for keys in [
        "timeout: 30 s\nevents: { q: { } }",
        "events: { q: { batch_size: 10000, maximum_batching_window: 300 s } }",
        "reserved_concurrent_executions: 5\nevents: { q: { maximum_concurrency: 5 } }",
    ] {
        assert!(complaints(keys, 30 * SECOND).is_empty(), "{keys}: {:?}", complaints(keys, 30 * SECOND));
    }
}
