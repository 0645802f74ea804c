//! What is billed.

use super::*;

/// Five pollers that wait for nothing for 30 days make 5 x 3 x 60 x 24 x 30 = 648,000 requests, and not one event.
#[test]
fn idle_pollers_are_billed_without_events() {
    let mut trial = instant("queue: { type: sqs }").trial();
    for _ in 0..5 {
        receive(&mut trial, 0, PARK);
    }
    trial.run_until(0);
    let before = trial.events();
    trial.run_until(30 * DAY);
    assert_eq!(trial.events(), before);
    trial.finish();
    trial.finish();
    assert_eq!(trial.metered("queue", SKU), 648_000);
    assert_eq!(trial.counter("queue", "empty_receives"), 648_000);
}

/// Only polls that end in the measured window count, also when they are accounted for at its end or after.
#[test]
fn idle_polls_outside_the_measured_window_do_not_count() {
    let cases = [
        // (wakes at, window begins, window ends, polls that end in it)
        (None, 0, 100, 5),
        (None, 50, 100, 3),
        (None, 0, 45, 2),
        (Some(90), 0, 100, 4),
        (Some(70), 30, 60, 2),
        (Some(19), 0, 100, 0),
        (Some(150), 100, 140, 2),
    ];
    for (wakes, begins, ends, wanted) in cases {
        let mut trial = instant("queue: { type: sqs }").trial();
        receive(&mut trial, 0, PARK);
        if let Some(at) = wakes {
            // A dead letter of another service wakes the poller and is billed on account of no journey.
            let request = Request { site: trial.site(Parameters::Direct), ..Request::background(Operation::DeadLetter) };
            trial.at(at * SECOND, "queue", request);
        }
        trial.run_until(begins * SECOND);
        trial.begin_measuring();
        trial.run_until(ends * SECOND);
        // In the order of the engine: accounts are settled at the horizon, before the drain.
        trial.finish();
        trial.end_measuring();
        trial.run_until(200 * SECOND);
        let case = (wakes, begins, ends);
        assert_eq!(trial.counter("queue", "empty_receives"), wanted, "{case:?}");
        let woken = u128::from(wakes.is_some_and(|at| (begins..ends).contains(&at)));
        assert_eq!(trial.metered("queue", SKU), u128::from(wanted) + woken, "{case:?}");
    }
}

/// One request for each started 64 KB of a call; a batch is one call.
#[test]
fn calls_are_billed_in_64_kb_chunks() {
    // (bytes of a message, messages, requests of the sends, of the receive, of the delete)
    let cases = [
        (0, 1, 1, 1, 1),
        (64 << 10, 1, 1, 1, 1),
        ((64 << 10) + 1, 1, 2, 2, 1),
        (256 << 10, 1, 4, 4, 1),
        (1 << 20, 1, 16, 16, 1),
        (6 << 10, 10, 10, 1, 1),
        (7 << 10, 10, 10, 2, 1),
    ];
    for (bytes, messages, sends, receives, deletes) in cases {
        let mut trial = instant("queue: { type: sqs }").trial();
        for _ in 0..messages {
            send(&mut trial, 0, bytes);
        }
        trial.run_until(0);
        assert_eq!(trial.metered("queue", SKU), sends, "sends of {bytes} bytes");
        let got = receive_now(&mut trial, LONG);
        assert_eq!(trial.metered("queue", SKU), sends + receives, "receive of {messages} x {bytes} bytes");
        delete(&mut trial, SECOND, got);
        trial.run_until(SECOND);
        assert_eq!(trial.metered("queue", SKU), sends + receives + deletes, "delete of {messages}");
    }
}
