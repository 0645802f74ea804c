//! Documented rules of on-demand tables: units, conditions, limits and growth.

use crate::fabric::testing::Trial;
use crate::fabric::{Class, Operation, Parameters, Request, errors};
use crate::kernel::{MILLISECOND, SECOND, Time};
use crate::services::testing::services;

use super::growth::Growth;
use super::{FAILED_CONDITION_BILLED, THROTTLED_BILLED};

const AT_ONCE: &str = "table: { type: dynamodb, latency_read: 0 s, latency_write: 0 s }";
const PAID: u64 = 1;
const RESERVED: u64 = 2;
const CANCELLED: u64 = 4;

fn item(bytes: u32) -> Parameters {
    Parameters::Item { bytes, set: 0, all_of: 0, pass: 0, absent: 0, consistent: false }
}

fn request(operation: Operation) -> Request {
    Request::background(operation)
}

/// Runs evenly spaced requests for journeys of their own.
fn steady(trial: &mut Trial, request: Request, per_second: u64, seconds: u64) {
    for index in 0..per_second * seconds {
        trial.journey_at(index * SECOND / per_second, "table", request);
    }
    trial.run();
}

fn flags(trial: &Trial) -> Vec<bool> {
    trial.answers().iter().map(|(_, reply)| reply.flag).collect()
}

/// Request units: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>.
#[test]
fn units_are_rounded_up_per_request() {
    const ITEM_MAX: u32 = 400 * 1024;
    // (operation, bytes, consistent, write units, half read units)
    let cases = [
        (Operation::PutItem, 0, false, 1, 0),
        (Operation::PutItem, 1024, false, 1, 0),
        (Operation::PutItem, 1025, false, 2, 0),
        (Operation::UpdateItem, 3500, true, 4, 0),
        (Operation::DeleteItem, 2048, false, 2, 0),
        (Operation::PutItem, ITEM_MAX, false, 400, 0),
        (Operation::PutItem, ITEM_MAX + 1, false, 0, 0),
        (Operation::GetItem, 0, false, 0, 1),
        (Operation::GetItem, 4096, false, 0, 1),
        (Operation::GetItem, 4097, false, 0, 2),
        (Operation::GetItem, 4096, true, 0, 2),
        (Operation::GetItem, 10_000, true, 0, 6),
    ];
    for (operation, bytes, consistent, writes, half_reads) in cases {
        let site = Parameters::Item { bytes, set: 0, all_of: 0, pass: 0, absent: 0, consistent };
        let mut trial = services(AT_ONCE).trial();
        let site = trial.site(site);
        let token = trial.journey_at(0, "table", Request { site, ..request(operation) });
        trial.run();
        let metered = ["dynamodb-write-request-units", "dynamodb-read-request-units"].map(|sku| trial.metered("table", sku));
        assert_eq!(metered, [writes, half_reads], "{operation:?} of {bytes} bytes");
        let is_too_large = bytes > ITEM_MAX;
        let outcome = trial.reply(token).outcome;
        assert_eq!(outcome.class, if is_too_large { Class::Rejected } else { Class::Accepted });
        let is_read = operation == Operation::GetItem;
        assert_eq!(trial.reply(token).size, if is_read { bytes } else { 0 }, "the answer to a read carries the item");
        assert_eq!(outcome.error, if is_too_large { errors::TOO_LARGE } else { errors::NONE });
    }
}

#[test]
fn a_call_site_without_item_parameters_writes_the_payload() {
    let mut trial = services(AT_ONCE).trial();
    trial.journey_at(0, "table", Request { size: 5000, ..request(Operation::PutItem) });
    trial.run();
    assert_eq!(trial.metered("table", "dynamodb-write-request-units"), 5);
}

/// Every order of two parties of a join and a duplicate of each.
#[test]
fn a_join_lets_exactly_one_caller_pass_whatever_the_order_and_the_duplicates() {
    let join =
        |set| Parameters::Item { bytes: 100, set, all_of: PAID | RESERVED, pass: set, absent: CANCELLED, consistent: false };
    for order in [[0, 0, 1, 1], [0, 1, 0, 1], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 1, 0], [1, 1, 0, 0]] {
        let mut trial = services(AT_ONCE).trial();
        let sites = [join(PAID), join(RESERVED)].map(|join| trial.site(join));
        let journey = trial.open_journey(0);
        for (place, who) in order.iter().enumerate() {
            trial.at(place as Time, "table", Request { journey, site: sites[*who], ..request(Operation::UpdateItem) });
        }
        trial.run();
        let flags = flags(&trial);
        let passed: Vec<usize> = (0..4).filter(|place| flags[*place]).collect();
        let completing = order.iter().position(|who| *who != order[0]).expect("both take part");
        assert_eq!(passed, [completing], "order {order:?}");
        assert_eq!(trial.answered(Class::Accepted), 4, "a failed condition is the caller's business, not an error of the table");
        assert_eq!(trial.counter("table", "condition_failed"), 2);
        assert_eq!(trial.metered("table", "dynamodb-write-request-units"), 4, "failed conditions are billed");
    }
}

#[test]
fn what_is_billed_of_failed_conditions_and_throttles_follows_the_assumptions() {
    let once = Parameters::Item { bytes: 100, set: PAID, all_of: PAID, pass: PAID, absent: 0, consistent: false };
    for (billed, units) in [(1.0, 3), (0.0, 1)] {
        let mut trial = services(AT_ONCE).assume(FAILED_CONDITION_BILLED.name, billed).trial();
        let (site, journey) = (trial.site(once.clone()), trial.open_journey(0));
        for _ in 0..3 {
            trial.at(0, "table", Request { journey, site, ..request(Operation::UpdateItem) });
        }
        trial.run();
        assert_eq!(flags(&trial).iter().filter(|flag| **flag).count(), 1);
        assert_eq!(trial.metered("table", "dynamodb-write-request-units"), units);
    }
    let capped = "table: { type: dynamodb, on_demand_throughput: { write: 10/s } }";
    for (billed, units) in [(0.0, 10), (1.0, 30)] {
        let mut trial = services(capped).assume(THROTTLED_BILLED.name, billed).trial();
        for _ in 0..30 {
            trial.journey_at(0, "table", request(Operation::PutItem));
        }
        trial.run();
        assert_eq!(trial.metered("table", "dynamodb-write-request-units"), units);
    }
}

#[test]
fn an_attribute_that_must_be_absent_keeps_everybody_from_passing() {
    let set = |set| Parameters::Item { bytes: 100, set, all_of: 0, pass: 0, absent: 0, consistent: false };
    let join =
        |set| Parameters::Item { bytes: 100, set, all_of: PAID | RESERVED, pass: set, absent: CANCELLED, consistent: false };
    let read = |all_of, absent| Parameters::Item { bytes: 100, set: 0, all_of, pass: 0, absent, consistent: true };
    let sites = [
        set(CANCELLED),
        join(PAID),
        join(RESERVED),
        read(PAID | RESERVED, 0),
        read(PAID, CANCELLED),
        set(CANCELLED),
        read(PAID, CANCELLED),
    ];
    let operations = [
        Operation::PutItem,
        Operation::UpdateItem,
        Operation::UpdateItem,
        Operation::GetItem,
        Operation::GetItem,
        Operation::DeleteItem,
        Operation::GetItem,
    ];
    let mut trial = services(AT_ONCE).trial();
    let journey = trial.open_journey(0);
    for (place, (site, operation)) in sites.into_iter().zip(operations).enumerate() {
        let site = trial.site(site);
        trial.at(place as Time, "table", Request { journey, site, ..request(operation) });
    }
    trial.run();
    // Nobody passes, yet both attributes are written; the read holds once the delete has removed the obstacle.
    assert_eq!(flags(&trial), [true, false, false, true, false, true, true]);
    assert_eq!(trial.counter("table", "condition_failed"), 0);
}

#[test]
fn the_items_of_a_closed_journey_are_out_of_reach_but_writes_to_them_are_billed() {
    let once = |set| Parameters::Item { bytes: 100, set, all_of: set, pass: set, absent: 0, consistent: false };
    let read = Parameters::Item { bytes: 100, set: 0, all_of: PAID, pass: 0, absent: 0, consistent: false };
    let mut trial = services(AT_ONCE).trial();
    let journey = trial.open_journey(0);
    let [paid, reserved] =
        [once(PAID), once(RESERVED)].map(|site| Request { journey, site: trial.site(site), ..request(Operation::UpdateItem) });
    let read = Request { journey, site: trial.site(read), ..request(Operation::GetItem) };
    for (at, request) in [(0, paid), (1, read), (2, paid), (SECOND, reserved), (SECOND + 1, read)] {
        trial.at(at, "table", request);
    }
    trial.run_until(2);
    trial.close_journey(journey);
    trial.run();
    assert_eq!(flags(&trial), [true, true, false, false, false]);
    let meters = &trial.simulation.world.ledger.meters;
    let meters = meters.iter().find(|meter| meter.sku == "dynamodb-write-request-units").expect("metered");
    assert_eq!(meters.quantity + meters.unmeasured, 3);
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html>: 4,000 and 12,000 at once.
/// A bucket is one second deep, so that in five seconds six seconds' worth passes.
#[test]
fn a_new_table_serves_four_thousand_writes_and_twelve_thousand_reads_per_second() {
    for (operation, per_second, limit, reasons) in [
        (Operation::PutItem, 20_000, 4_000.0, ["throttled_writes_on_demand", "throttled_writes_key_range"]),
        (Operation::GetItem, 60_000, 24_000.0, ["throttled_reads_on_demand", "throttled_reads_key_range"]),
    ] {
        let mut trial = services(AT_ONCE).trial();
        steady(&mut trial, Request { size: 1000, ..request(operation) }, per_second, 5);
        let passed = trial.answered(Class::Accepted) as f64;
        assert!((passed / (limit * 6.0) - 1.0).abs() < 0.01, "{operation:?}: {passed} passed");
        let refused = trial.counter("table", "throttled");
        assert_eq!(refused + passed as u64, per_second * 5);
        // Four partitions together serve just as much as the limit, but it is not the keys that are to blame.
        let [on_demand, key_range] = reasons.map(|reason| trial.counter("table", reason));
        assert_eq!(on_demand + key_range, refused);
        assert!(key_range < refused / 100, "{key_range} of {refused} by the key range");
    }
}

#[test]
fn a_warm_table_serves_at_once_what_it_was_warmed_for() {
    let warm = "table: { type: dynamodb, latency_write: 0 s, warm_throughput: { write: 20000/s } }";
    let mut trial = services(warm).trial();
    steady(&mut trial, Request { size: 1000, ..request(Operation::PutItem) }, 20_000, 5);
    assert_eq!(trial.answered(Class::Accepted), 100_000);
    assert_eq!(trial.counter("table", "throttled"), 0);
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/throttling-key-range-limit-exceeded-mitigation.html>.
#[test]
fn a_hot_key_gets_one_partition_and_the_table_is_not_to_blame() {
    let hot = "table: { type: dynamodb, latency_write: 0 s, warm_throughput: { write: 40000/s }, hot_key_share: 50% }";
    let mut trial = services(hot).trial();
    steady(&mut trial, Request { size: 1000, ..request(Operation::PutItem) }, 8_000, 10);
    let passed = trial.answered(Class::Accepted) as f64;
    // 4,000/s for the hot key and 100/s for others on its partition, of which 1,000/s and one second's worth pass.
    let expected = 40_000.0 * 39.0 / 40.0 + 11_000.0;
    assert!((passed / expected - 1.0).abs() < 0.01, "{passed} passed, {expected} expected");
    let throttled = trial.counter("table", "throttled");
    assert_eq!(throttled, trial.counter("table", "throttled_writes_key_range"));
    assert_eq!(trial.limit("table", "on_demand_write_limit").2, 0);
    assert_eq!(trial.limit("table", "partition_write_ceiling"), (1_000.0, 80_000, throttled));
}

#[test]
fn an_item_lives_on_one_partition_so_that_retries_meet_it_again() {
    let mut trial = services(AT_ONCE).trial();
    let journey = trial.open_journey(0);
    for _ in 0..2_500 {
        trial.at(0, "table", Request { journey, ..request(Operation::PutItem) });
    }
    trial.run();
    assert_eq!(trial.answered(Class::Accepted), 1_000);
    assert_eq!(trial.counter("table", "throttled_writes_key_range"), 1_500);
    assert!(trial.answers().iter().all(|(at, _)| *at == 0), "a refusal is never slower than an answer");
}

#[test]
fn the_owners_maximum_and_the_table_quota_have_reasons_of_their_own() {
    let capped = "table: { type: dynamodb, latency_write: 0 s, on_demand_throughput: { write: 100/s } }";
    let warm = "table: { type: dynamodb, latency_write: 0 s, warm_throughput: { write: 100000/s } }";
    for (table, per_second, limit, reason) in
        [(capped, 1_000, 100, "throttled_writes_maximum"), (warm, 60_000, 40_000, "throttled_writes_table_quota")]
    {
        let mut trial = services(table).trial();
        steady(&mut trial, Request { size: 1000, ..request(Operation::PutItem) }, per_second, 3);
        let passed = trial.answered(Class::Accepted) as f64;
        assert!((passed / (limit * 4) as f64 - 1.0).abs() < 0.01, "{reason}: {passed} passed");
        assert_eq!(trial.counter("table", reason), trial.counter("table", "throttled"));
    }
}

/// A step to five times what a new table can take recovers in steps of two, each half an hour apart.
#[test]
fn the_limit_doubles_after_half_an_hour_at_the_limit() {
    let mut trial = services(AT_ONCE).trial();
    steady(&mut trial, Request { size: 100 * 1024, ..request(Operation::PutItem) }, 200, 62 * 60);
    let answers = trial.answers();
    let units_per_second = |minute: usize| {
        let accepted = answers[minute * 12_000..(minute + 1) * 12_000].iter().filter(|(_, reply)| reply.outcome.is_ok());
        accepted.count() as f64 * 100.0 / 60.0
    };
    for (minute, expected) in [(1, 4_000.0), (29, 4_000.0), (31, 8_000.0), (59, 8_000.0), (61, 16_000.0)] {
        let seen = units_per_second(minute);
        assert!((seen / expected - 1.0).abs() < 0.03, "minute {minute}: {seen} units/s, expected {expected}");
    }
}

#[test]
fn only_what_was_sustained_raises_the_peak() {
    const MINUTE: Time = 60 * SECOND;
    let mut growth = Growth::new(4_000.0, 30.0);
    for minute in 0..29 {
        growth.consume(4_000 * 60);
        assert!(!growth.advance((minute + 1) * MINUTE), "minute {minute} is too early");
    }
    // One quiet minute, and the half hour begins anew.
    growth.consume(60);
    assert!(!growth.advance(30 * MINUTE));
    for minute in 30..59 {
        growth.consume(4_000 * 60);
        assert!(!growth.advance((minute + 1) * MINUTE), "the quiet minute is still in the window");
    }
    growth.consume(3_000 * 60);
    assert!(growth.advance(60 * MINUTE));
    assert_eq!(growth.limit(), 6_000.0, "twice the least minute");
    // Idle hours change nothing: a table does not shrink.
    assert!(!growth.advance(10_000 * MINUTE));
    assert_eq!(growth.limit(), 6_000.0);
}

/// Assumed latencies: medians of 4 and 6 ms, 99th percentiles of 12 and 18 ms.
#[test]
fn latencies_have_the_assumed_percentiles() {
    for (operation, bytes, median, p99) in
        [(Operation::GetItem, 0, 4.0, 12.0), (Operation::PutItem, 0, 6.0, 18.0), (Operation::PutItem, 100 * 1024, 9.0, 21.0)]
    {
        let mut trial = services("table: { type: dynamodb }").trial();
        let site = trial.site(item(bytes));
        steady(&mut trial, Request { site, ..request(operation) }, 20, 1_000);
        let mut elapsed: Vec<Time> =
            trial.answers().iter().zip(0..).map(|((at, _), index): (_, Time)| at - index * SECOND / 20).collect();
        elapsed.sort_unstable();
        let at = |share: f64| elapsed[(elapsed.len() as f64 * share) as usize] as f64 / MILLISECOND as f64;
        assert!((at(0.5) / median - 1.0).abs() < 0.03, "{operation:?}: median {} ms", at(0.5));
        assert!((at(0.99) / p99 - 1.0).abs() < 0.08, "{operation:?}: 99th percentile {} ms", at(0.99));
        assert!(at(0.9999) > 50.0, "the tail is there");
    }
}

#[test]
fn a_strongly_consistent_read_is_slower_unless_the_latency_is_given() {
    let read = |consistent| Parameters::Item { bytes: 0, set: 0, all_of: 0, pass: 0, absent: 0, consistent };
    for (table, extra) in [("table: { type: dynamodb }", MILLISECOND / 2), ("table: { type: dynamodb, latency_read: 1 ms }", 0)] {
        let elapsed = |consistent| {
            let mut trial = services(table).trial();
            // The same journey and call site have the same luck.
            let site = trial.site(read(consistent));
            let token = trial.journey_at(0, "table", Request { site, ..request(Operation::GetItem) });
            trial.run();
            trial.heard(token).expect("answered").0
        };
        assert_eq!(elapsed(true) - elapsed(false), extra);
    }
}

#[test]
fn what_is_not_modelled_is_refused_in_words() {
    let message = services("table: { type: dynamodb, billing_mode: PROVISIONED }").mistakes();
    assert!(message.contains("provisioned capacity is not modelled yet"), "{message}");
    let message = services("table: { type: dynamodb, billing_mode: FREE }").mistakes();
    assert!(message.contains("FREE"), "{message}");
    let message = services("table: { type: dynamodb, read_capacity_units: 5 }").mistakes();
    assert!(message.contains("read_capacity_units"), "{message}");
    assert!(services("table: { type: dynamodb, billing_mode: PAY_PER_REQUEST }").build().is_ok());
}
