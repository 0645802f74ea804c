//! The numbers in the names of tests are those of the validation set and the traps that AWS's documents describe.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::fabric::testing::{Plan, Trial};
use crate::fabric::{Category, Class, Operation, PartyId, Reply, Request, Stopped, errors};
use crate::kernel::{Draw, MILLISECOND, Purpose, SECOND, Sampler, Streams, Time};
use crate::services::testing::services;

use super::delivery;
use super::watch::EVENTS_MAX;

const MINUTE: Time = 60 * SECOND;
const HOUR: Time = 60 * MINUTE;
const KB: u32 = 1024;

/// A bus with one rule that sends everything from `s` to `work`.
const PLAIN: &str = "bus: { type: eventbridge, rules: { all: { event_pattern: { source: [s] }, targets: work } } }";

fn event(trial: &mut Trial, fields: Value) -> Request {
    let content = trial.simulation.world.contents.intern(fields);
    Request { content, size: KB, ..Request::background(Operation::PutEvents) }
}

fn placed(trial: &mut Trial) -> Request {
    event(trial, json!({ "source": "s", "detail-type": "Placed", "detail": {} }))
}

/// No latency at all.
fn instant(plan: Plan) -> Plan {
    plan.assume("eventbridge.put_events_latency_p50", 0.0).assume("eventbridge.delivery_p50", 0.0)
}

/// A function that is not reached before `until`, and a dead-letter queue.
fn function_down(text: &str, until: Time) -> Plan {
    instant(services(text))
        .stub("work", &[Operation::InvokeEvent], move |context, _| {
            let down = Reply::error(Class::Unavailable, errors::SERVICE_DOWN);
            Some((if context.now() < until { down } else { Reply::OK }, 0))
        })
        .accepting("dead", &[Operation::DeadLetter], 0)
}

fn with_target(target: &str) -> String {
    format!("bus: {{ type: eventbridge, rules: {{ all: {{ event_pattern: {{ source: [s] }}, targets: [{target}] }} }} }}")
}

fn arrival_times(trial: &Trial, stub: &str) -> Vec<Time> {
    trial.arrivals(stub).iter().map(|arrival| arrival.at).collect()
}

fn percentiles(mut durations: Vec<Time>) -> [f64; 4] {
    durations.sort_unstable();
    [0.1, 0.5, 0.9, 0.99].map(|share| durations[(durations.len() as f64 * share) as usize] as f64 / MILLISECOND as f64)
}

fn assert_close(found: [f64; 4], expected: [f64; 4], tolerances: [f64; 4]) {
    for index in 0..4 {
        let ratio = found[index] / expected[index];
        assert!((ratio - 1.0).abs() < tolerances[index], "{found:?} instead of {expected:?}");
    }
}

#[test]
fn rules_route_by_content_and_each_target_gets_its_own_copy() {
    let text = "
bus:
  type: eventbridge
  rules:
    charge: { event_pattern: { detail-type: [Placed], detail: { amount: [{ numeric: ['>', 0] }] } }, targets: [charge] }
    all: { event_pattern: { detail-type: [{ prefix: P }] }, targets: [audit, { target: archive }] }
    again: { event_pattern: { source: [s] }, targets: audit }
    off: { event_pattern: { source: [s] }, targets: [charge], state: DISABLED }
    never: { event_pattern: { source: [nobody] }, targets: [charge] }
";
    let of = |kind: &str, detail: Value| json!({ "source": "s", "detail-type": kind, "detail": detail });
    let cases = [
        (of("Placed", json!({ "amount": 3 })), [1, 2, 1]),
        (of("Placed", json!({ "amount": 0 })), [0, 2, 1]),
        (of("Shipped", json!({ "amount": 3 })), [0, 1, 0]),
        (json!({ "source": "x", "detail-type": "Paid", "detail": {} }), [0, 1, 1]),
        (json!({ "source": "x", "detail-type": "Other", "detail": {} }), [0, 0, 0]),
        // A workload's payload: the fields beside `source` and `detail-type` are the detail.
        (json!({ "detail-type": "Placed", "amount": 3 }), [1, 1, 1]),
        (json!({ "amount": 3 }), [0, 0, 0]),
    ];
    let names = ["charge", "audit", "archive"];
    let build = || {
        services(text)
            .accepting("charge", &[Operation::Invoke, Operation::InvokeEvent], 0)
            .accepting("audit", &[Operation::SendMessage], 0)
            .accepting("archive", &[Operation::Publish], 0)
    };
    for (fields, expected) in cases {
        let mut trial = build().trial();
        let request = event(&mut trial, fields.clone());
        // Twice: the second is answered from memory.
        trial.journey_at(0, "bus", request);
        trial.journey_at(SECOND, "bus", request);
        trial.run_until(MINUTE);
        assert_eq!(names.map(|name| trial.arrivals(name).len()), expected.map(|count| 2 * count), "{fields}");
        let total = expected.iter().sum::<usize>();
        assert_eq!(trial.counter("bus", "invocations"), 2 * total as u64);
        assert_eq!(trial.counter("bus", "events_unmatched"), if total == 0 { 2 } else { 0 }, "{fields}");
        assert!(trial.arrivals("charge").iter().all(|arrival| arrival.operation == Operation::InvokeEvent));
        assert!(trial.arrivals("audit").iter().all(|arrival| arrival.content == request.content), "the event is handed on");
        assert_eq!(trial.open_journeys(), 0);
    }
    let mut trial = build().trial();
    let request = event(&mut trial, of("Placed", json!({ "amount": 3 })));
    trial.run_until(SECOND);
    assert_eq!(trial.level("bus", "rules_never_matched"), (4, 4), "the disabled rule is not missed");
    trial.journey_at(2 * SECOND, "bus", request);
    trial.journey_at(3 * SECOND, "bus", request);
    trial.run_until(MINUTE);
    assert_eq!(trial.level("bus", "rules_never_matched").0, 1);
}

#[test]
fn t11_handler_errors_never_reach_the_dead_letter_queue_of_the_target() {
    let plan = services(&with_target("{ target: work, dead_letter: dead }"))
        .stub("work", &[Operation::Invoke, Operation::InvokeEvent], |context, call| {
            let accepts = context.get(call).operation == Operation::InvokeEvent;
            Some((if accepts { Reply::OK } else { Reply::error(Class::Failed, errors::HANDLER) }, 0))
        })
        .accepting("dead", &[Operation::DeadLetter], 0);
    let mut trial = plan.trial();
    let request = placed(&mut trial);
    trial.journey_at(0, "bus", request);
    trial.run_until(48 * HOUR);
    assert_eq!((trial.arrivals("work").len(), trial.arrivals("dead").len()), (1, 0));
    assert_eq!((trial.open_journeys(), trial.endings("")), (0, 1));
}

#[test]
fn t12_the_invocation_quota_delays_and_never_refuses() {
    let plan = instant(services(PLAIN)).quota("eventbridge.invocations", 10.0).accepting("work", &[Operation::InvokeEvent], 0);
    let mut trial = plan.trial();
    let request = placed(&mut trial);
    let tokens: Vec<u32> = (0..200).map(|_| trial.journey_at(0, "bus", request)).collect();
    trial.run_until(9 * SECOND);
    assert!(tokens.iter().all(|token| trial.reply(*token).outcome.is_ok()), "no error for the producer");
    assert_eq!(trial.level("bus", "hand_over_waiting").0, 100, "10 at once, 10 a second since");
    trial.run_until(MINUTE);
    let times = arrival_times(&trial, "work");
    assert_eq!((times.len(), times.last()), (200, Some(&(19 * SECOND))));
    assert_eq!(times[100], 10 * SECOND - 900 * MILLISECOND);
    let limiter = trial.limiter("account", "eventbridge.invocations");
    assert_eq!((limiter.delayed, limiter.refused), (190, 0));
    assert_eq!(trial.counter("bus", "hand_over_retries"), 0);
    assert_eq!(trial.timing("bus", "hand_over_age_ms").max().map(|age| age / SECOND), Some(19));
}

/// Waiting for the invocation quota is throttling in the breakdown of latency: ten pass at once, ten more 0.1 s to 1 s later.
#[test]
fn what_the_invocation_quota_delays_counts_as_throttled() {
    let latency =
        "{ front_end: 0, asynchronous: 0, event_source: 0, destination: 0, platform: 0, runtime_init: 0, first_run: 0 }";
    let function = format!("{{ type: lambda, latency: {latency}, steps: [ {{ mark: done }} ] }}");
    let text = format!("{}\nf: {function}\n", PLAIN.replace("targets: work", "targets: f"));
    let mut trial = instant(services(&text)).quota("eventbridge.invocations", 10.0).trial();
    let request = placed(&mut trial);
    for _ in 0..20 {
        trial.journey_at(0, "bus", request);
    }
    trial.run_until(MINUTE);
    assert_eq!(trial.done().count(), 20);
    let waited = [Category::Throttle, Category::Service].map(|category| trial.on_path("bus", category) / u128::from(MILLISECOND));
    assert_eq!(waited, [5_500, 0]);
}

#[test]
fn t13_quotas_differ_25_fold_between_regions() {
    let quotas = [
        ("us-east-1", 10_000.0, 18_750.0),
        ("eu-central-1", 2_400.0, 4_500.0),
        ("eu-west-2", 1_200.0, 2_250.0),
        ("sa-east-1", 600.0, 1_100.0),
        ("me-south-1", 400.0, 750.0),
    ];
    for (region, requests, invocations) in quotas {
        let trial = services("bus: { type: eventbridge }").region(region).trial();
        assert_eq!(trial.limiter("account", "eventbridge.put_events").quota(), requests, "{region}");
        assert_eq!(trial.limiter("account", "eventbridge.invocations").quota(), invocations, "{region}");
    }
    let mut trial = services("one: { type: eventbridge }\ntwo: { type: eventbridge }").region("me-south-1").trial();
    let request = placed(&mut trial);
    let tokens: Vec<u32> =
        (0..500).map(|index| trial.journey_at(0, if index % 2 == 0 { "one" } else { "two" }, request)).collect();
    trial.run_until(MINUTE);
    let throttled = tokens.iter().filter(|token| trial.reply(**token).outcome.class == Class::Throttled).count();
    assert_eq!(throttled, 100, "all buses of the account share 400 requests");
    assert_eq!(trial.counter("one", "throttled_put_events_quota"), 50);
    assert_eq!(trial.metered("one", "eventbridge-events-custom"), 200, "a refused entry is not billed");
}

#[test]
fn retries_fill_24_hours() {
    let mut sum = 0.0;
    let schedule = delivery::schedule(SECOND, 652 * SECOND, 185);
    assert_eq!(schedule.retries(), 185);
    let streams = Streams::new(3, 0);
    for run in 0..200 {
        for retry in 0..185 {
            let wait = schedule.wait(retry, streams.draw(Purpose::new(1), run, u64::from(retry))).expect("a retry");
            sum += wait as f64 / (200.0 * HOUR as f64);
        }
    }
    assert!((sum - 24.0).abs() < 0.25, "{sum} hours, a mean gap of 467 s");
    assert_eq!(schedule.wait(185, Draw::from_bits(0)), None);
    let longest = schedule.wait(0, Draw::from_bits(u64::MAX)).expect("a retry");
    assert!(longest <= SECOND && longest > SECOND - MILLISECOND, "{longest}");
}

#[test]
fn a_target_that_is_down_for_ten_minutes_gets_its_events_later() {
    let mut trial = function_down(&with_target("{ target: work, dead_letter: dead }"), 10 * MINUTE).trial();
    let request = placed(&mut trial);
    for index in 0..50 {
        trial.journey_at(index * SECOND, "bus", request);
    }
    trial.run_until(10 * MINUTE - 1);
    assert_eq!(trial.level("bus", "hand_over_waiting").0, 50);
    trial.run_until(30 * MINUTE);
    assert_eq!((trial.level("bus", "hand_over_waiting").0, trial.arrivals("dead").len()), (0, 0));
    let attempts = trial.arrivals("work").len();
    assert!((450..650).contains(&attempts), "doubling waits: about ten attempts in ten minutes, not {attempts} for 50 events");
    assert_eq!((trial.open_journeys(), trial.endings("")), (0, 50));
}

#[test]
fn the_retry_policy_of_a_target_ends_by_attempts_or_by_age() {
    // Options of the target, attempts, when it is over at the earliest and latest.
    let cases = [
        ("maximum_retry_attempts: 0", 1..=1, 0, 0),
        ("maximum_retry_attempts: 3", 4..=4, 3 * SECOND + SECOND / 2, 7 * SECOND),
        ("maximum_event_age: 60 s", 6..=7, 60 * SECOND, 127 * SECOND),
        ("maximum_retry_attempts: 185", 150..=186, 23 * HOUR, 25 * HOUR),
    ];
    for (options, attempts, earliest, latest) in cases {
        let text = with_target(&format!("{{ target: work, dead_letter: dead, {options} }}"));
        let mut trial = function_down(&text, Time::MAX).trial();
        let request = placed(&mut trial);
        trial.journey_at(0, "bus", request);
        trial.run_until(48 * HOUR);
        let made = trial.arrivals("work").len();
        assert!(attempts.contains(&made), "{options}: {made} attempts");
        let times = arrival_times(&trial, "dead");
        assert!(times.len() == 1 && times[0] >= earliest && times[0] <= latest, "{options}: {times:?}");
        assert_eq!((trial.endings("dead_lettered"), trial.open_journeys()), (1, 0), "{options}");
        if !options.contains("185") {
            assert_eq!(trial.counter("bus", "hand_over_expired"), u64::from(options.contains("age")), "{options}");
        }
    }
}

#[test]
fn permanent_errors_are_not_retried() {
    for (dead_letter, ending, dead) in [(", dead_letter: dead", "dead_lettered", 1), ("", "discarded", 0)] {
        let plan = services(&with_target(&format!("{{ target: work{dead_letter} }}")))
            .stub("work", &[Operation::StartExecution], |_, _| Some((Reply::error(Class::Rejected, errors::TOO_LARGE), 0)))
            .accepting("dead", &[Operation::DeadLetter], 0);
        let mut trial = plan.trial();
        let request = placed(&mut trial);
        trial.journey_at(0, "bus", request);
        trial.run_until(HOUR);
        assert_eq!((trial.arrivals("work").len(), trial.arrivals("dead").len()), (1, dead));
        assert_eq!((trial.endings(ending), trial.open_journeys()), (1, 0));
    }
}

#[test]
fn entries_are_billed_by_64_kb_and_limited_to_1_mb() {
    for (size, billed) in [(0, 1), (64 * KB, 1), (64 * KB + 1, 2), (256 * KB, 4), (1024 * KB, 16), (1024 * KB + 1, 0)] {
        let mut trial = services(PLAIN).accepting("work", &[Operation::InvokeEvent], 0).trial();
        let request = Request { size, ..placed(&mut trial) };
        let token = trial.journey_at(0, "bus", request);
        trial.run_until(MINUTE);
        assert_eq!(trial.metered("bus", "eventbridge-events-custom"), billed, "{size} bytes");
        assert_eq!(trial.reply(token).outcome.class == Class::Rejected, billed == 0);
        assert_eq!(trial.counter("bus", "refused_too_large"), u64::from(billed == 0));
        assert_eq!(trial.arrivals("work").len(), usize::from(billed > 0));
    }
}

/// Times from the PutEvents call to the delivery, and to the answer, for events a second apart.
fn latencies(profile: &str) -> (Vec<Time>, Vec<Time>) {
    let text = PLAIN.replace("type: eventbridge", &format!("type: eventbridge, {profile}"));
    let mut trial = services(&text).accepting("work", &[Operation::InvokeEvent], 0).trial();
    let request = placed(&mut trial);
    let tokens: Vec<u32> = (0..40_000).map(|index| trial.journey_at(index * SECOND, "bus", request)).collect();
    trial.run_until(40_060 * SECOND);
    let answered = tokens.iter().map(|token| trial.heard(*token).expect("answered").0 % SECOND).collect();
    (trial.arrivals("work").iter().map(|arrival| arrival.at % SECOND).collect(), answered)
}

#[test]
fn v5_accepted_to_target_called() {
    let (called, answered) = latencies("latency_profile: 2026");
    let differences = called.iter().zip(&answered).map(|(called, answered)| called.saturating_sub(*answered)).collect();
    let found = percentiles(differences);
    assert_close(found, [found[0], 44.0, 80.0, 130.0], [0.15; 4]);
    assert!((percentiles(answered)[1] - 15.0).abs() < 0.5);
}

#[test]
fn v4_the_older_profiles_reach_the_handler_as_measured() {
    // Lambda's asynchronous queue: a constant and a lognormal whose median is the 42 ms of V8.
    let queue = Sampler::shifted_lognormal(32e6, 10e6, 1.0).expect("a distribution");
    let streams = Streams::new(7, 0);
    for (year, measured) in [(2023, [113.0, 148.0, 241.0, 387.0]), (2022, [221.0, 395.0, 579.0, 794.0])] {
        let (called, _) = latencies(&format!("latency_profile: {year}"));
        let luck = |index: usize| streams.draw(Purpose::new(1), index as u64, 0);
        let handled = called.iter().enumerate().map(|(index, time)| time + queue.sample(luck(index))).collect();
        assert_close(percentiles(handled), measured, [0.1; 4]);
    }
}

#[test]
fn an_event_goes_from_bus_to_bus_once() {
    let text = "
first: { type: eventbridge, rules: { on: { event_pattern: { source: [s] }, targets: second } } }
second:
  type: eventbridge
  rules:
    work: { event_pattern: { source: [s] }, targets: work }
    back: { event_pattern: { detail-type: [Placed] }, targets: [{ target: first, dead_letter: dead }] }
    on: { event_pattern: { source: [s] }, targets: third }
third: { type: eventbridge, rules: { work: { event_pattern: { source: [s] }, targets: work } } }
";
    let plan = services(text).accepting("work", &[Operation::InvokeEvent], 0).accepting("dead", &[Operation::DeadLetter], 0);
    let mut trial = plan.trial();
    let request = placed(&mut trial);
    trial.journey_at(0, "first", request);
    trial.run_until(HOUR);
    assert_eq!((trial.arrivals("work").len(), trial.arrivals("dead").len()), (1, 1));
    assert_eq!(trial.counter("second", "refused_second_hop"), 2);
    let billed = ["first", "second", "third"].map(|bus| trial.metered(bus, "eventbridge-events-custom"));
    assert_eq!(billed, [1, 1, 0], "each hop is an event");
    assert_eq!((trial.open_journeys(), trial.endings("dead_lettered")), (0, 1));
    // What is put on the second bus itself may go on, once.
    trial.journey_at(2 * HOUR, "second", request);
    trial.run_until(3 * HOUR);
    let billed = ["first", "second", "third"].map(|bus| trial.metered(bus, "eventbridge-events-custom"));
    assert_eq!(billed, [2, 2, 1], "back to the first, and to the third");
    assert_eq!(trial.counter("first", "refused_second_hop"), 1);
    assert_eq!((trial.arrivals("work").len(), trial.open_journeys()), (3, 0));
}

/// A bus whose target answers each event of a journey with another, `again` times.
fn echoing(again: u32) -> Trial {
    let bus: Rc<Cell<PartyId>> = Rc::default();
    let target = Rc::clone(&bus);
    let mut left = again;
    let quotas = ["eventbridge.put_events", "eventbridge.invocations"];
    let plan = quotas.into_iter().fold(instant(services(PLAIN)), |plan, quota| plan.quota(quota, 1e6));
    let plan = plan.stub("work", &[Operation::InvokeEvent], move |context, call| {
        if left > 0 {
            left -= 1;
            let event = *context.get(call);
            let request = Request {
                operation: Operation::PutEvents,
                journey: event.journey,
                lineage: event.lineage,
                content: event.content,
                size: event.size,
                path: event.path,
                ..Request::background(Operation::PutEvents)
            };
            let call = context.call(target.get(), request, 0);
            context.abandon(call);
        }
        Some((Reply::OK, MILLISECOND))
    });
    let mut trial = plan.trial();
    bus.set(trial.party("bus", Operation::PutEvents));
    let request = placed(&mut trial);
    trial.journey_at(0, "bus", request);
    trial
}

#[test]
fn events_that_cause_themselves_end_the_run() {
    let mut trial = echoing(u32::MAX);
    trial.simulation.run_until(HOUR);
    let Some(Stopped::Loop(names)) = trial.simulation.world.stopped() else { panic!("not stopped by the loop") };
    assert!(names.contains("`bus`"), "{names}");
    assert_eq!(trial.counter("bus", "requests"), u64::from(EVENTS_MAX) + 1);
    let mut trial = echoing(EVENTS_MAX - 1);
    trial.run_until(HOUR);
    assert_eq!(trial.open_journeys(), 0, "a long chain that ends is no loop");
}

#[test]
fn many_journeys_are_not_taken_for_a_loop() {
    let mut trial = instant(services(PLAIN)).accepting("work", &[Operation::InvokeEvent], 0).trial();
    let request = placed(&mut trial);
    for index in 0..u64::from(3 * EVENTS_MAX) {
        trial.journey_at(index * MILLISECOND, "bus", request);
    }
    trial.run_until(HOUR);
    assert_eq!((trial.arrivals("work").len(), trial.open_journeys()), (3 * EVENTS_MAX as usize, 0));
}

#[test]
fn a_second_hop_is_found_before_the_run_where_it_is_certain() {
    // The pattern of the rule from `one` to `two`, that of the rule on `two`, that rule's target, and what is said.
    let cases = [
        ("{ source: [s] }", "{ source: [s] }", "one", Some("Error event-loop: events go from `one` to `two` and back again")),
        ("{ source: [s], detail: { a: [1] } }", "{ source: [t, s] }", "one", Some("Error event-loop")),
        ("{ source: [s] }", "{ source: [s] }", "three", Some("Warning conflict: `two` cannot send on to `three`")),
        ("{ source: [s] }", "{ source: [s] }", "work", None),
        ("{ source: [s] }", "{ source: [t] }", "one", None),
        ("{ source: [s, t] }", "{ source: [s] }", "one", None),
        ("{ source: [s] }", "{ source: [s], detail: { a: [1] } }", "one", None),
    ];
    for (to, on, target, expected) in cases {
        let text = format!(
            "one: {{ type: eventbridge, rules: {{ to: {{ event_pattern: {to}, targets: two }} }} }}\n\
             two: {{ type: eventbridge, rules: {{ on: {{ event_pattern: {on}, targets: [{{ target: {target} }}] }} }} }}\n\
             three: {{ type: eventbridge }}"
        );
        let mut complaints = services(&text).accepting("work", &[Operation::InvokeEvent], 0).complaints();
        // Both buses of a loop complain.
        complaints.retain(|complaint| complaint.contains("`one` to `two`") || !complaint.contains("event-loop"));
        match expected {
            Some(start) => assert!(complaints.len() == 1 && complaints[0].starts_with(start), "{to} {on}: {complaints:?}"),
            None => assert!(complaints.is_empty(), "{to} {on}: {complaints:?}"),
        }
    }
}

#[test]
fn mistakes_are_reported() {
    let rule = |rest: &str| format!("all: {{ event_pattern: {{ source: [s] }}, {rest} }}");
    let many = |count: usize, pattern: &str| {
        let rules: Vec<String> =
            (0..count).map(|index| format!("r{index}: {{ event_pattern: {pattern}, targets: work }}")).collect();
        rules.join(", ")
    };
    let long = format!("{{ source: [{}] }}", "x".repeat(2_048));
    let cases = [
        (rule("targets: [work, work, work, work, work, work]"), "the rule `all` has 6 targets; a rule has at most 5"),
        (many(301, "{ source: [s] }"), "301 rules, more than its quota of 300"),
        (many(31, "{ source: [{ wildcard: 'a*' }] }"), "31 rules of the bus use wildcards"),
        (many(1, &long), "more than the quota of 2048"),
        (rule("targets: nobody"), "no service is called `nobody`"),
        (rule("targets: dead"), "`dead` is of type `stub` and cannot be the target of a rule"),
        (rule("targets: bus"), "events go from `bus` to `bus` and back again"),
        (rule("targets: [{ target: work, dead_letter: work }]"), "cannot be a dead-letter queue"),
        (rule("targets: [{ target: work, maximum_retry_attempts: 186 }]"), "between 0 and 185"),
        (rule("targets: [{ target: work, maximum_event_age: 59 s }]"), "between 60 s and 24 h"),
        (rule("targets: [{ target: work, maximum_event_age: 25 h }]"), "between 60 s and 24 h"),
        (many(1, "{ source: [{ like: 'a' }] }"), "like"),
    ];
    for (rules, expected) in cases {
        let complaints = services(&format!("bus: {{ type: eventbridge, rules: {{ {rules} }} }}"))
            .accepting("work", &[Operation::InvokeEvent], 0)
            .accepting("dead", &[Operation::DeadLetter], 0)
            .complaints();
        assert!(complaints.len() == 1 && complaints[0].contains(expected), "{expected}: {complaints:?}");
    }
    let complaints = services("bus: { type: eventbridge, latency_profile: 2021 }").complaints();
    assert!(complaints.len() == 1 && complaints[0].contains("no latency profile of 2021"), "{complaints:?}");
    let raised = services(&format!("bus: {{ type: eventbridge, rules: {{ {} }} }}", many(301, "{ source: [s] }")))
        .accepting("work", &[Operation::InvokeEvent], 0)
        .quota("eventbridge.rules_per_bus", 400.0);
    assert_eq!(raised.complaints(), Vec::<String>::new());
}

#[test]
fn t11_with_a_real_function_the_bus_delivers_once_and_lambda_tries_three_times() {
    let text = "
bus: { type: eventbridge, rules: { all: { event_pattern: { source: [s] }, targets: [{ target: work, dead_letter: dead }] } } }
work: { type: lambda, steps: [ { fail: { share: 100% } } ] }
dead: { type: sqs }
";
    let mut trial = services(text).trial();
    let request = placed(&mut trial);
    trial.journey_at(0, "bus", request);
    trial.run_until(HOUR);
    assert_eq!(trial.counter("bus", "hand_over_attempts"), 1);
    assert_eq!(trial.counter("work", "hand_over_attempts"), 3);
    assert_eq!(trial.counter("bus", "hand_over_dead_lettered"), 0);
    assert_eq!((trial.metered("dead", "sqs-requests-standard"), trial.endings("discarded")), (0, 1), "the event is lost");
}

#[test]
fn undelivered_events_are_kept_in_a_real_queue_while_their_journey_ends() {
    let text = "
bus: { type: eventbridge, rules: { all: { event_pattern: { source: [s] }, targets: [{ target: work, dead_letter: dead, maximum_retry_attempts: 2 }] } } }
dead: { type: sqs }
";
    let mut trial = services(text)
        .stub("work", &[Operation::InvokeEvent], |_, _| Some((Reply::error(Class::Unavailable, errors::SERVICE_DOWN), 0)))
        .trial();
    let request = placed(&mut trial);
    trial.journey_at(0, "bus", request);
    trial.run_until(HOUR);
    assert_eq!((trial.endings("dead_lettered"), trial.open_journeys()), (1, 0));
    assert_eq!(trial.metered("dead", "sqs-requests-standard"), 1, "the bus sends it as a request");
}
