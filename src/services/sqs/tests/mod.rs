mod lifetime;
mod properties;
mod usage;

use crate::fabric::testing::{Plan, Trial};
use crate::fabric::{Class, Disturbance, NONE, Operation, Parameters, Record, Request, errors};
use crate::kernel::{Draw, MILLISECOND, SECOND, Time};
use crate::services::testing::services;

use super::shards::Shards;

const DAY: Time = 24 * 3600 * SECOND;
const MINUTE: Time = 60 * SECOND;
const SKU: &str = "sqs-requests-standard";
const PARK: Parameters = Parameters::Receive { maximum: 10, wait: 0, park: true };
const SHORT: Parameters = Parameters::Receive { maximum: 10, wait: 0, park: false };
const LONG: Parameters = Parameters::Receive { maximum: 10, wait: 20 * SECOND, park: false };

/// Without latencies and spontaneous duplicates, so that times are exact.
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

fn send(trial: &mut Trial, time: Time, size: u32) -> u32 {
    trial.journey_at(time, "queue", Request { size, ..Request::background(Operation::SendMessage) })
}

fn receive_from(trial: &mut Trial, time: Time, queue: &str, parameters: Parameters) -> u32 {
    let site = trial.site(parameters);
    trial.at(time, queue, Request { site, ..Request::background(Operation::ReceiveMessage) })
}

fn receive(trial: &mut Trial, time: Time, parameters: Parameters) -> u32 {
    receive_from(trial, time, "queue", parameters)
}

/// The records that a receive made at this moment gets.
fn receive_now(trial: &mut Trial, parameters: Parameters) -> Vec<Record> {
    let now = trial.now();
    let token = receive(trial, now, parameters);
    trial.run_until(now);
    records(trial, token)
}

fn records(trial: &mut Trial, token: u32) -> Vec<Record> {
    let Some((_, reply)) = trial.heard(token) else { return Vec::new() };
    trial.take_records(reply.batch)
}

fn delete(trial: &mut Trial, time: Time, records: Vec<Record>) -> u32 {
    let batch = trial.put_records(records);
    trial.at(time, "queue", Request { batch, ..Request::background(Operation::DeleteMessage) })
}

fn levels(trial: &Trial, queue: &str) -> [u64; 3] {
    ["messages_visible", "messages_in_flight", "messages_delayed"].map(|name| trial.level(queue, name).0)
}

#[test]
fn a_short_poll_asks_half_of_the_servers() {
    for servers in [1, 2, 7, 10, 64] {
        let shards = Shards::new(servers);
        assert_eq!(u64::from(shards.all().count_ones()), servers);
        let mut asked = vec![0_u64; servers as usize];
        for draw in 0..2_000 {
            let half = shards.half(Draw::from_bits(0).derive(draw));
            assert_eq!((u64::from(half.count_ones()), half & !shards.all()), (servers.div_ceil(2), 0));
            asked.iter_mut().enumerate().for_each(|(server, count)| *count += half >> server & 1);
        }
        let mean = 2_000 * servers.div_ceil(2) / servers;
        assert!(asked.iter().all(|count| count.abs_diff(mean) < 150), "{servers} servers are asked {asked:?} times");
    }
}

/// T1: a short poll asks half of the servers, so it finds a lone message every second time; a long poll always does.
#[test]
fn short_polls_miss_messages_that_long_polls_find() {
    const ROUNDS: u64 = 1_000;
    let mut trial = instant("queue: { type: sqs, visibility_timeout: 12 h, message_retention_period: 14 d }").trial();
    let (mut misses, mut polls) = (0, 0);
    for round in 0..ROUNDS {
        send(&mut trial, round * 10 * SECOND, 100);
        trial.run_until(round * 10 * SECOND + SECOND);
        loop {
            polls += 1;
            let found = receive_now(&mut trial, SHORT);
            if !found.is_empty() {
                break;
            }
            misses += 1;
        }
    }
    // Misses before a hit of probability 1/2 are 1 on average, with a standard deviation of 1.41 a round.
    assert!((ROUNDS * 8 / 10..ROUNDS * 12 / 10).contains(&misses), "{misses} false empties");
    assert_eq!(trial.counter("queue", "empty_receives"), misses);
    assert_eq!(trial.metered("queue", SKU), u128::from(ROUNDS + polls), "every call is billed, empty or not");

    let mut trial = instant("queue: { type: sqs, visibility_timeout: 12 h, message_retention_period: 14 d }").trial();
    for round in 0..ROUNDS {
        send(&mut trial, round * 10 * SECOND, 100);
        trial.run_until(round * 10 * SECOND + SECOND);
        assert_eq!(receive_now(&mut trial, LONG).len(), 1);
    }
    assert_eq!(trial.counter("queue", "empty_receives"), 0);
    assert_eq!(trial.metered("queue", SKU), u128::from(2 * ROUNDS));
}

/// A large queue fills short polls; a poll never returns more than 10 messages, in order of visibility.
#[test]
fn receives_return_at_most_ten_messages() {
    let mut trial = instant("queue: { type: sqs }").trial();
    for message in 0..25 {
        send(&mut trial, message * MILLISECOND, message as u32);
    }
    trial.run_until(SECOND);
    let sizes: Vec<Vec<u32>> = (0..4)
        .map(|_| {
            receive_now(&mut trial, Parameters::Receive { maximum: 99, wait: SECOND, park: false })
                .iter()
                .map(|record| record.size)
                .collect()
        })
        .collect();
    assert_eq!(sizes, [(0..10).collect::<Vec<_>>(), (10..20).collect(), (20..25).collect(), vec![]]);
    let few = Parameters::Receive { maximum: 3, wait: SECOND, park: false };
    trial.run_until(32 * SECOND);
    assert_eq!(receive_now(&mut trial, few).len(), 3);
}

/// Long polls wait for the first visible message, at most as long as they say.
#[test]
fn long_polls_wake_at_the_first_message() {
    let mut trial = instant("queue: { type: sqs }").trial();
    let early = receive(&mut trial, 0, LONG);
    let second = receive(&mut trial, SECOND, Parameters::Receive { maximum: 10, wait: 5 * SECOND, park: false });
    let third = receive(&mut trial, 2 * SECOND, LONG);
    send(&mut trial, 10 * SECOND, 1);
    send(&mut trial, 11 * SECOND, 2);
    let last = receive(&mut trial, 12 * SECOND, LONG);
    trial.run_until(MINUTE);
    let heard = [early, second, third, last].map(|token| {
        let (at, reply) = trial.heard(token).expect("answered");
        (at / SECOND, trial.take_records(reply.batch).len())
    });
    assert_eq!(heard, [(10, 1), (6, 0), (11, 1), (32, 0)]);
    assert_eq!(trial.counter("queue", "empty_receives"), 2);
}

/// V1: 13.7/16.2/33.8/105 ms at p10/p50/p90/p99 from the send call to the handler of an idle function.
#[test]
fn the_way_to_a_poller_is_as_measured() {
    const SENDS: u64 = 20_000;
    let mut trial = services("queue: { type: sqs }").assume("sqs.duplicate_probability", 0.0).trial();
    let mut ways = Vec::new();
    for round in 0..SENDS {
        let start = round * 5 * SECOND;
        let parked = receive(&mut trial, start, PARK);
        let sent = start + 3 * SECOND;
        send(&mut trial, sent, 1_000);
        trial.run_until(sent + 2 * SECOND - 1);
        let (at, reply) = trial.heard(parked).expect("within two seconds");
        ways.push(at - sent);
        let got = trial.take_records(reply.batch);
        let now = trial.now();
        delete(&mut trial, now, got);
    }
    ways.sort_unstable();
    for (share, wanted, tolerance) in [(0.1, 13.7, 0.1), (0.5, 16.2, 0.1), (0.9, 33.8, 0.1), (0.99, 105.0, 0.25)] {
        let found = ways[(SENDS as f64 * share) as usize] as f64 / MILLISECOND as f64;
        assert!((found / wanted - 1.0).abs() < tolerance, "{found} ms instead of {wanted} ms at {share}");
    }
}

/// At-least-once delivery: after the time-out the message comes again, with a higher count; the first receiver's delete
/// does nothing any more.
#[test]
fn a_message_can_be_in_two_batches_and_stale_deletes_do_nothing() {
    let mut trial = instant("queue: { type: sqs }").trial();
    send(&mut trial, 0, 1);
    trial.run_until(0);
    let first = receive_now(&mut trial, LONG);
    trial.run_until(30 * SECOND - 1);
    assert_eq!(levels(&trial, "queue"), [0, 1, 0]);
    trial.run_until(31 * SECOND);
    assert_eq!(levels(&trial, "queue"), [1, 0, 0]);
    let second = receive_now(&mut trial, LONG);
    assert_eq!((first[0].receives, second[0].receives), (1, 2));
    assert_ne!(first[0].lineage, second[0].lineage, "a redelivery has its own luck");
    let now = trial.now();
    let stale = delete(&mut trial, now, first);
    trial.run_until(now);
    assert!(trial.reply(stale).outcome.is_ok());
    assert_eq!((trial.counter("queue", "stale_deletes"), levels(&trial, "queue")), (1, [0, 1, 0]));
    delete(&mut trial, now + SECOND, second.clone());
    delete(&mut trial, now + 2 * SECOND, second);
    trial.run_until(now + 3 * SECOND);
    assert_eq!((trial.counter("queue", "messages_deleted"), trial.counter("queue", "stale_deletes")), (1, 2));
    assert_eq!((levels(&trial, "queue"), trial.open_journeys(), trial.open_batches()), ([0, 0, 0], 0, 0));
}

/// Hand-overs of other services dead-letter here with a request that is billed.
#[test]
fn other_services_dead_letters_are_billed_and_hold_no_journey() {
    let mut trial = instant("dlq: { type: sqs }").trial();
    trial.journey_at(0, "dlq", Request { size: 100 << 10, ..Request::background(Operation::DeadLetter) });
    trial.run_until(SECOND);
    assert_eq!((trial.metered("dlq", SKU), trial.open_journeys(), levels(&trial, "dlq")), (2, 0, [1, 0, 0]));
}

/// T6: at the limit of messages in flight a long poll gets nothing and no error, a short poll gets `OverLimit`.
#[test]
fn the_in_flight_limit_is_silent_for_long_polls() {
    let mut trial = instant("queue: { type: sqs }").quota("sqs.messages_in_flight", 3.0).trial();
    for _ in 0..5 {
        send(&mut trial, 0, 1);
    }
    trial.run_until(0);
    let first = receive_now(&mut trial, LONG);
    assert_eq!((first.len(), levels(&trial, "queue")), (3, [2, 3, 0]));
    let long = receive(&mut trial, SECOND, LONG);
    let short = receive(&mut trial, SECOND, SHORT);
    trial.run_until(2 * SECOND);
    assert_eq!(trial.heard(long), None, "it waits as if the queue were empty");
    let outcome = trial.reply(short).outcome;
    assert_eq!(outcome.class, Class::Throttled);
    assert_eq!(trial.simulation.world.error_names[outcome.error as usize], "OverLimit");
    assert_eq!(
        (trial.counter("queue", "receives_starved_in_flight"), trial.counter("queue", "receives_refused_over_limit")),
        (1, 1)
    );
    assert!(trial.limiter("queue", "messages_in_flight").refused > 0);
    delete(&mut trial, 5 * SECOND, first[..1].to_vec());
    trial.run_until(6 * SECOND);
    assert_eq!(trial.heard(long).expect("a slot is free").0, 5 * SECOND);
    assert_eq!(records(&mut trial, long).len(), 1);
    assert_eq!(levels(&trial, "queue"), [1, 3, 0]);
    let standard = services("queue: { type: sqs }").trial();
    assert_eq!(standard.limiter("queue", "messages_in_flight").quota(), 120_000.0);
}

/// A poller that is stopped while it waits has asked for a poll that comes back empty; messages go to the others.
#[test]
fn receivers_that_gave_up_get_nothing() {
    let mut trial = instant("queue: { type: sqs }").trial();
    let gone = receive(&mut trial, 0, PARK);
    let there = receive(&mut trial, SECOND, PARK);
    trial.run_until(50 * SECOND);
    trial.abandon(gone);
    send(&mut trial, 70 * SECOND, 1);
    trial.run_until(80 * SECOND);
    assert_eq!(trial.heard(gone), None);
    assert_eq!(records(&mut trial, there).len(), 1);
    // Three of the first (at 20 s, 40 s, and the one under way), three of the second (21 s, 41 s, 61 s).
    assert_eq!(trial.counter("queue", "empty_receives"), 6);
    assert_eq!(trial.metered("queue", SKU), 6 + 2);
}

/// A caller that gives up while messages are on their way loses them until their time-out, and nothing leaks.
#[test]
fn messages_on_their_way_to_nobody_come_back() {
    let mut trial = services("queue: { type: sqs }").assume("sqs.receive_p50", 100.0).assume("sqs.receive_p99", 100.0).trial();
    send(&mut trial, 0, 1);
    let token = receive(&mut trial, SECOND, LONG);
    trial.run_until(SECOND + MILLISECOND);
    trial.abandon(token);
    trial.run_until(2 * SECOND);
    assert_eq!((levels(&trial, "queue"), trial.open_batches()), ([0, 1, 0], 0));
    trial.run_until(32 * SECOND);
    assert_eq!(levels(&trial, "queue"), [1, 0, 0]);
}

#[test]
fn messages_above_the_size_limit_are_refused() {
    let mut trial = instant("queue: { type: sqs, maximum_message_size: 256 KB }").trial();
    let (fits, too_large) = (send(&mut trial, 0, 256 << 10), send(&mut trial, 0, (256 << 10) + 1));
    trial.run_until(SECOND);
    assert!(trial.reply(fits).outcome.is_ok());
    let outcome = trial.reply(too_large).outcome;
    assert_eq!((outcome.class, outcome.error), (Class::Rejected, errors::TOO_LARGE));
    assert_eq!((trial.counter("queue", "sends_refused_too_large"), levels(&trial, "queue")), (1, [1, 0, 0]));
}

/// T8: CloudWatch's age of the oldest message leaves out messages that were received three times.
#[test]
fn poison_messages_leave_the_age_metric_but_not_the_queue() {
    let redrive = "redrive: { dead_letter: dlq, max_receive_count:";
    let cases = [(String::new(), true), (format!("{redrive} 4 }}"), true), (format!("{redrive} 3 }}"), false)];
    for (redrive, hidden) in cases {
        let comma = if redrive.is_empty() { "" } else { "," };
        let text = format!(
            "queue: {{ type: sqs, visibility_timeout: 10 s{comma} {redrive} }}\ndlq: {{ type: sqs, message_retention_period: 14 d }}"
        );
        let mut trial = instant(&text).trial();
        send(&mut trial, 0, 1);
        for round in 0..3 {
            trial.run_until(round * 20 * SECOND + SECOND);
            assert_eq!(receive_now(&mut trial, LONG).len(), 1);
        }
        send(&mut trial, 60 * SECOND, 1);
        trial.run_until(101 * SECOND);
        assert_eq!(trial.level("queue", "oldest_message_age_seconds").0, 100);
        let shown = if hidden { 40 } else { 100 };
        assert_eq!(trial.level("queue", "cloudwatch_oldest_message_age_seconds").0, shown, "{text}");
    }
}

/// A change hides the message from now for the new time; the total may not pass 12 h.
#[test]
fn visibility_can_be_changed_while_in_flight() {
    let mut trial = instant("queue: { type: sqs }").trial();
    send(&mut trial, 0, 1);
    trial.run_until(0);
    let got = receive_now(&mut trial, LONG);
    let change = |trial: &mut Trial, at: Time, timeout: Time| {
        let (batch, site) = (trial.put_records(got.clone()), trial.site(Parameters::Visibility { timeout }));
        trial.at(at, "queue", Request { batch, site, ..Request::background(Operation::ChangeMessageVisibility) })
    };
    let longer = change(&mut trial, 10 * SECOND, MINUTE);
    trial.run_until(70 * SECOND - 1);
    assert!(trial.reply(longer).outcome.is_ok());
    assert_eq!(levels(&trial, "queue"), [0, 1, 0], "beyond the queue's own 30 s");
    let too_long = change(&mut trial, 70 * SECOND - 1, 12 * 3600 * SECOND);
    trial.run_until(70 * SECOND);
    assert_eq!(trial.reply(too_long).outcome.class, Class::Rejected);
    assert_eq!(levels(&trial, "queue"), [1, 0, 0]);
    let again = receive_now(&mut trial, LONG);
    change(&mut trial, 71 * SECOND, 0);
    trial.run_until(72 * SECOND);
    assert_eq!(levels(&trial, "queue"), [0, 1, 0], "the first receipt is stale");
    let (batch, site) = (trial.put_records(again), trial.site(Parameters::Visibility { timeout: 0 }));
    trial.at(73 * SECOND, "queue", Request { batch, site, ..Request::background(Operation::ChangeMessageVisibility) });
    trial.run_until(74 * SECOND);
    assert_eq!(levels(&trial, "queue"), [1, 0, 0], "zero shows it at once");
}

/// A copy that a delete missed comes again after the visibility time-out.
#[test]
fn deletes_may_miss_a_copy() {
    let mut trial = instant("queue: { type: sqs }").assume("sqs.duplicate_probability", 1.0).trial();
    send(&mut trial, 0, 1);
    trial.run_until(0);
    let got = receive_now(&mut trial, LONG);
    delete(&mut trial, SECOND, got);
    trial.run_until(31 * SECOND);
    assert_eq!((trial.counter("queue", "missed_deletes"), levels(&trial, "queue")), (1, [1, 0, 0]));
}

/// While the timeline keeps the queue down nothing is handed out, not even to receivers that wait.
#[test]
fn a_queue_that_is_down_hands_out_nothing() {
    let mut trial = instant("queue: { type: sqs, delay: 10 s }").trial();
    let parked = receive(&mut trial, 0, PARK);
    send(&mut trial, 0, 1);
    trial.disturb(5 * SECOND, "queue", Disturbance::Down(true));
    trial.disturb(MINUTE, "queue", Disturbance::Down(false));
    trial.run_until(59 * SECOND);
    assert_eq!((trial.heard(parked), levels(&trial, "queue")), (None, [1, 0, 0]));
    trial.run_until(62 * SECOND);
    assert_eq!(records(&mut trial, parked).len(), 1);
}

#[test]
fn the_timeline_can_change_the_visibility_timeout() {
    let mut trial = instant("queue: { type: sqs }").trial();
    trial.disturb(SECOND, "queue", Disturbance::Set { key: "visibility_timeout".to_string(), value: 5.0 });
    send(&mut trial, 0, 1);
    trial.run_until(2 * SECOND);
    receive_now(&mut trial, LONG);
    trial.run_until(7 * SECOND - 1);
    assert_eq!(levels(&trial, "queue"), [0, 1, 0]);
    trial.run_until(7 * SECOND);
    assert_eq!(levels(&trial, "queue"), [1, 0, 0]);
}

/// What was sent before keeps its delay.
#[test]
fn the_timeline_can_change_the_delay() {
    let mut trial = instant("queue: { type: sqs, delay: 10 s }").trial();
    trial.disturb(2 * SECOND, "queue", Disturbance::Set { key: "delay".to_string(), value: 3.0 });
    send(&mut trial, SECOND, 1);
    send(&mut trial, 3 * SECOND, 2);
    let tokens = [receive(&mut trial, 0, PARK), receive(&mut trial, 0, PARK)];
    trial.run_until(MINUTE);
    let heard = tokens.map(|token| (trial.heard(token).expect("answered").0 / SECOND, records(&mut trial, token)[0].size));
    assert_eq!(heard, [(6, 2), (11, 1)]);
}

/// T9 among them: a dead-letter queue that keeps messages no longer than its source.
#[test]
fn mistakes_are_reported() {
    let dlq = "\ndlq: { type: sqs, message_retention_period: 14 d }";
    let cases = [
        (
            "queue: { type: sqs, visibility_timeout: 13 h }",
            "Error out-of-range: the `visibility_timeout` of a queue is from 0 s to 12 h, not 13 h",
        ),
        ("queue: { type: sqs, message_retention_period: 59 s }", "from 1 min to 14 d, not 59 s"),
        ("queue: { type: sqs, message_retention_period: 15 d }", "from 1 min to 14 d, not 15 d"),
        ("queue: { type: sqs, delay: 16 min }", "the `delay` of a queue is from 0 s to 15 min"),
        ("queue: { type: sqs, receive_message_wait_time: 21 s }", "from 0 s to 20 s"),
        ("queue: { type: sqs, maximum_message_size: 2 MB }", "from 1 KB to 1 MB, not 2 MB"),
        ("queue: { type: sqs, delay: 10 min, message_retention_period: 5 min }", "Warning conflict: every message expires"),
        ("queue: { type: sqs, redrive: { dead_letter: dlq, max_receive_count: 0 } }", "`max_receive_count` is from 1 to 1,000"),
        (
            "queue: { type: sqs, redrive: { dead_letter: dlq, max_receive_count: 1001 } }",
            "`max_receive_count` is from 1 to 1,000",
        ),
        ("queue: { type: sqs, redrive: { dead_letter: queue, max_receive_count: 5 } }", "cannot be its own dead-letter queue"),
        ("queue: { type: sqs, redrive: { dead_letter: dlx, max_receive_count: 5 } }", "no service is called `dlx`"),
        (
            "queue: { type: sqs, redrive: { dead_letter: psp, max_receive_count: 5 } }\npsp: { type: external, service_time: 1 s }",
            "cannot be a dead-letter queue",
        ),
        (
            "queue: { type: sqs, message_retention_period: 14 d, redrive: { dead_letter: dlq, max_receive_count: 5 } }",
            "Warning conflict: `dlq` keeps messages for 14 d, not longer than `queue` (14 d)",
        ),
    ];
    for (text, wanted) in cases {
        let found = services(&format!("{text}{dlq}")).complaints();
        assert!(found.len() == 1 && found[0].contains(wanted), "{text}: {found:?} instead of `{wanted}`");
    }
    let fine =
        "queue: { type: sqs, visibility_timeout: 12 h, delay: 15 min, redrive: { dead_letter: dlq, max_receive_count: 1000 } }";
    assert_eq!(services(&format!("{fine}{dlq}")).complaints(), Vec::<String>::new());
}
