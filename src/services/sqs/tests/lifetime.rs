//! Redrive, retention and delays.

use super::*;

const WITH_DLQ: &str = "
queue: { type: sqs, visibility_timeout: 5 s, redrive: { dead_letter: dlq, max_receive_count: 2 } }
dlq: { type: sqs, message_retention_period: 14 d }
";

/// T2: work that takes longer than the visibility time-out is done again, and good messages end in the dead-letter queue.
#[test]
fn a_short_visibility_timeout_dead_letters_good_messages() {
    let mut trial = instant(WITH_DLQ).trial();
    send(&mut trial, 0, 1);
    let mut handled = 0;
    for round in 0..4 {
        let start = round * 8 * SECOND + SECOND;
        let token = receive(&mut trial, start, Parameters::Receive { maximum: 10, wait: SECOND, park: false });
        trial.run_until(start + 7 * SECOND);
        let got = records(&mut trial, token);
        handled += got.len();
        // The work succeeded; its delete comes two seconds too late.
        delete(&mut trial, start + 7 * SECOND, got);
    }
    trial.run_until(MINUTE);
    assert_eq!(handled, 2, "processed twice without an error");
    assert_eq!(trial.counter("queue", "messages_dead_lettered"), 1);
    assert_eq!(trial.counter("dlq", "dead_letters_kept"), 1);
    assert_eq!((levels(&trial, "queue"), levels(&trial, "dlq")), ([0, 0, 0], [1, 0, 0]));
    assert_eq!((trial.endings("dead_lettered"), trial.open_journeys(), trial.open_batches()), (1, 0, 0));
    // One send and four receives and deletes (of nothing, too); the move is not billed, in neither queue.
    assert_eq!((trial.metered("queue", SKU), trial.metered("dlq", SKU)), (9, 0));
}

/// The count is checked when somebody asks for the message, not when the last attempt has failed; the same receive goes on
/// to the next message.
#[test]
fn redrive_happens_at_the_next_receive() {
    let mut trial = instant(&WITH_DLQ.replace("max_receive_count: 2", "max_receive_count: 1")).trial();
    send(&mut trial, 0, 1);
    trial.run_until(0);
    assert_eq!(receive_now(&mut trial, LONG).len(), 1);
    send(&mut trial, 20 * SECOND, 2);
    trial.run_until(MINUTE);
    assert_eq!((levels(&trial, "queue"), trial.counter("queue", "messages_dead_lettered")), ([2, 0, 0], 0));
    let got = receive_now(&mut trial, LONG);
    assert_eq!(got.iter().map(|record| record.size).collect::<Vec<_>>(), [2]);
    assert_eq!(trial.counter("queue", "messages_dead_lettered"), 1);
    assert_eq!(levels(&trial, "dlq"), [1, 0, 0]);
}

/// A dead-letter queue that cannot be reached: nothing is lost, the message moves later.
#[test]
fn a_move_that_fails_is_tried_again() {
    let mut trial = instant(&WITH_DLQ.replace("max_receive_count: 2", "max_receive_count: 1")).trial();
    send(&mut trial, 0, 1);
    receive(&mut trial, 1, PARK);
    receive(&mut trial, 2, PARK);
    trial.disturb(0, "dlq", Disturbance::Down(true));
    trial.disturb(MINUTE, "dlq", Disturbance::Down(false));
    trial.run_until(30 * SECOND);
    assert_eq!(trial.counter("queue", "messages_dead_lettered"), 0);
    assert_eq!(trial.open_journeys(), 1);
    trial.run_until(2 * MINUTE);
    assert_eq!((trial.counter("queue", "messages_dead_lettered"), levels(&trial, "dlq")), (1, [1, 0, 0]));
    assert_eq!(trial.endings("dead_lettered"), 1);
}

/// Retention counts from the send, whatever the message is doing: visible, delayed or in flight.
#[test]
fn messages_expire_by_age_in_every_state() {
    let text = "queue: { type: sqs, message_retention_period: 60 s, visibility_timeout: 12 h }";
    let mut trial = instant(text).trial();
    let delayed = trial.site(Parameters::Send { delay: Some(10 * MINUTE) });
    let in_flight = send(&mut trial, 0, 1);
    trial.run_until(30 * SECOND);
    let got = receive_now(&mut trial, LONG);
    send(&mut trial, 30 * SECOND, 2);
    trial.journey_at(30 * SECOND, "queue", Request { site: delayed, ..Request::background(Operation::SendMessage) });
    trial.run_until(60 * SECOND - 1);
    assert_eq!(levels(&trial, "queue"), [1, 1, 1]);
    trial.run_until(60 * SECOND);
    assert_eq!((levels(&trial, "queue"), trial.endings("expired")), ([1, 0, 1], 1));
    assert!(trial.simulation.world.journeys().get(trial.journey(in_flight)).is_none());
    let late = delete(&mut trial, 61 * SECOND, got);
    trial.run_until(90 * SECOND);
    assert!(trial.reply(late).outcome.is_ok());
    assert_eq!((levels(&trial, "queue"), trial.endings("expired"), trial.counter("queue", "stale_deletes")), ([0, 0, 0], 3, 1));
    // The slot of the delayed message may be used again only when its timer has gone off.
    send(&mut trial, 91 * SECOND, 4);
    trial.run_until(20 * MINUTE);
    assert_eq!((trial.endings("expired"), trial.open_journeys()), (4, 0));
}

/// The clock of a standard queue goes on in the dead-letter queue: a day here and four days there make four days in all; the
/// age metric starts again with the move.
#[test]
fn the_dead_letter_clock_counts_from_the_first_send() {
    let text = "
queue: { type: sqs, redrive: { dead_letter: dlq, max_receive_count: 1 } }
dlq: { type: sqs, message_retention_period: 4 d }
";
    let mut trial = instant(text).trial();
    send(&mut trial, 0, 1);
    trial.run_until(SECOND);
    receive_now(&mut trial, LONG);
    trial.run_until(DAY);
    receive_now(&mut trial, SHORT);
    receive_now(&mut trial, LONG);
    assert_eq!(levels(&trial, "dlq"), [1, 0, 0]);
    trial.run_until(2 * DAY);
    assert_eq!(trial.level("dlq", "oldest_message_age_seconds").0, 24 * 3600);
    trial.run_until(4 * DAY - 1);
    assert_eq!(levels(&trial, "dlq"), [1, 0, 0]);
    trial.run_until(4 * DAY);
    assert_eq!((levels(&trial, "dlq"), trial.counter("dlq", "messages_expired")), ([0, 0, 0], 1));
}

/// Delays hide a message from all receives; a message's own delay takes precedence over the queue's.
#[test]
fn delays_hide_messages() {
    let mut trial = instant("queue: { type: sqs, delay: 10 s }").trial();
    let own = trial.site(Parameters::Send { delay: Some(3 * SECOND) });
    send(&mut trial, 0, 1);
    trial.journey_at(0, "queue", Request { site: own, size: 2, ..Request::background(Operation::SendMessage) });
    let tokens = [receive(&mut trial, 0, PARK), receive(&mut trial, 0, PARK)];
    trial.run_until(2 * SECOND);
    assert_eq!(levels(&trial, "queue"), [0, 0, 2]);
    trial.run_until(MINUTE);
    let heard = tokens.map(|token| {
        let at = trial.heard(token).expect("answered").0;
        (at / SECOND, records(&mut trial, token)[0].size)
    });
    assert_eq!(heard, [(3, 2), (10, 1)]);
}

/// A delay runs beside a message's way through the service: it hides the message for the longer of the two.
#[test]
fn a_delay_includes_the_way_through_the_service() {
    for (delay, seen) in [(0, 2), (1, 2), (10, 10)] {
        let plan = instant(&format!("queue: {{ type: sqs, delay: {delay} s }}")).assume("sqs.visible_after", 2.0);
        let mut trial = plan.trial();
        send(&mut trial, 0, 1);
        let token = receive(&mut trial, 0, PARK);
        trial.run_until(MINUTE);
        assert_eq!(trial.heard(token).expect("answered").0, seen * SECOND, "a delay of {delay} s");
    }
}
