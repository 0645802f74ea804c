//! The numbers in the names of tests are those of the validation set and the traps that AWS's documents describe.

use serde_json::{Value, json};

use crate::fabric::testing::{Plan, Trial};
use crate::fabric::{Class, Operation, Reply, Request, errors};
use crate::kernel::{Draw, MILLISECOND, Purpose, SECOND, Sampler, Streams, Time};
use crate::services::testing::services;
use crate::units::{Count, Duration};

use super::config::{BackoffFunction, DeliveryPolicy};
use super::delivery;

const MINUTE: Time = 60 * SECOND;
const KB: u32 = 1024;

fn publish(size: u32) -> Request {
    Request { size, ..Request::background(Operation::Publish) }
}

/// A message with these fields.
fn message(trial: &mut Trial, fields: Value) -> Request {
    let content = trial.simulation.world.contents.intern(fields);
    Request { content, ..publish(KB) }
}

/// No latency at all.
fn instant(plan: Plan) -> Plan {
    ["sns.publish_latency_p50", "sns.publish_slow_share"].into_iter().fold(plan, |plan, name| plan.assume(name, 0.0))
}

fn failing(plan: Plan, name: &str, operation: Operation, until: Time) -> Plan {
    plan.stub(name, &[operation], move |context, _| {
        let down = Reply::error(Class::Unavailable, errors::SERVICE_DOWN);
        Some((if context.now() < until { down } else { Reply::OK }, 0))
    })
}

fn arrival_times(trial: &Trial, stub: &str) -> Vec<Time> {
    trial.arrivals(stub).iter().map(|arrival| arrival.at).collect()
}

fn percentiles(mut durations: Vec<Time>) -> [f64; 4] {
    durations.sort_unstable();
    [0.1, 0.5, 0.9, 0.99].map(|share| durations[(durations.len() as f64 * share) as usize] as f64 / MILLISECOND as f64)
}

#[test]
fn v15_retries_to_queues_and_functions_are_100_015_over_23_days() {
    let schedule = delivery::managed_retries();
    assert_eq!(schedule.retries(), 100_015);
    let draw = Draw::from_bits(0);
    let waits: Vec<Time> = (0..100_015).map(|retry| schedule.wait(retry, draw).expect("a retry")).collect();
    assert_eq!(schedule.wait(100_015, draw), None);
    assert_eq!(waits[..6], [0, 0, 0, SECOND, SECOND, SECOND]);
    assert!(waits[5..15].windows(2).all(|pair| pair[0] < pair[1]), "the third phase grows");
    assert!(waits[14].abs_diff(20 * SECOND) < SECOND / 10, "up to 20 s: {}", waits[14]);
    assert_eq!(waits[15..].iter().sum::<Time>(), 2_000_000 * SECOND, "100,000 waits of 20 s are 23.15 days");
}

#[test]
fn v15_a_queue_that_never_answers_is_given_up_after_23_days() {
    let plan = services("topic: { type: sns, subscriptions: { all: { endpoint: queue, dead_letter: dead } } }");
    let plan = failing(instant(plan), "queue", Operation::SendMessage, Time::MAX).accepting("dead", &[Operation::DeadLetter], 0);
    let mut trial = plan.trial();
    trial.journey_at(0, "topic", publish(KB));
    trial.run_until(30 * 24 * 60 * MINUTE);
    assert_eq!(trial.counter("topic", "hand_over_attempts"), 100_016);
    let days = arrival_times(&trial, "dead")[0] as f64 / (86_400 * SECOND) as f64;
    assert!((days - 23.15).abs() < 0.01, "{days}");
    assert_eq!((trial.endings("dead_lettered"), trial.open_journeys()), (1, 0));
}

#[test]
fn t10_an_http_endpoint_loses_messages_in_an_outage_that_a_queue_survives() {
    let plan = services("topic: { type: sns, subscriptions: { web: partner, work: queue } }");
    let plan = failing(instant(plan).assume("sns.delivery_p50", 0.0), "partner", Operation::Request, 5 * MINUTE);
    let mut trial = failing(plan, "queue", Operation::SendMessage, 5 * MINUTE).trial();
    trial.journey_at(0, "topic", publish(KB));
    trial.run_until(60 * MINUTE);
    assert_eq!(arrival_times(&trial, "partner"), [0, 20 * SECOND, 40 * SECOND, 60 * SECOND], "3 retries, 20 s apart");
    let last = *arrival_times(&trial, "queue").last().expect("delivered");
    assert!((5 * MINUTE..5 * MINUTE + 20 * SECOND).contains(&last), "{last}");
    assert_eq!((trial.counter("topic", "hand_over_discarded"), trial.endings("discarded")), (1, 1));
    assert_eq!(trial.level("topic", "hand_over_waiting").0, 0);
}

#[test]
fn t11_a_delivery_to_a_function_is_done_when_its_queue_has_the_event() {
    let plan = services("topic: { type: sns, subscriptions: { work: { endpoint: handler, dead_letter: dead } } }")
        .stub("handler", &[Operation::Invoke, Operation::InvokeEvent], |context, call| {
            let accepts = context.get(call).operation == Operation::InvokeEvent;
            Some((if accepts { Reply::OK } else { Reply::error(Class::Failed, errors::HANDLER) }, 0))
        })
        .accepting("dead", &[Operation::DeadLetter], 0);
    let mut trial = plan.trial();
    trial.journey_at(0, "topic", publish(KB));
    trial.run_until(60 * MINUTE);
    let operations: Vec<Operation> = trial.arrivals("handler").iter().map(|arrival| arrival.operation).collect();
    assert_eq!(operations, [Operation::InvokeEvent], "invoked asynchronously, once");
    assert_eq!((trial.arrivals("dead").len(), trial.open_journeys()), (0, 0));
}

#[test]
fn permanent_errors_are_not_retried() {
    for (dead_letter, ending, dead) in [(", dead_letter: dead", "dead_lettered", 1), ("", "discarded", 0)] {
        let text = format!("topic: {{ type: sns, subscriptions: {{ work: {{ endpoint: queue{dead_letter} }} }} }}");
        let plan = services(&text)
            .stub("queue", &[Operation::SendMessage], |_, _| Some((Reply::error(Class::Rejected, errors::TOO_LARGE), 0)))
            .accepting("dead", &[Operation::DeadLetter], 0);
        let mut trial = plan.trial();
        trial.journey_at(0, "topic", publish(KB));
        trial.run_until(60 * MINUTE);
        assert_eq!((trial.arrivals("queue").len(), trial.arrivals("dead").len()), (1, dead));
        assert_eq!((trial.endings(ending), trial.open_journeys()), (1, 0), "{ending}");
    }
}

#[test]
fn filter_policies_route_by_content() {
    let text = "
topic:
  type: sns
  subscriptions:
    all: { endpoint: all }
    gold: { endpoint: gold, filter_policy: { tier: [gold] } }
    big: { endpoint: big, filter_policy: { amount: [{ numeric: ['>=', 100] }] }, filter_policy_scope: MessageBody }
    placed: { endpoint: placed, filter_policy: { detail: { tier: [gold] } }, filter_policy_scope: MessageBody }
";
    let names = ["all", "gold", "big", "placed"];
    let event = json!({ "source": "shop", "detail-type": "Placed", "detail": { "tier": "gold" }, "tier": "gold" });
    let cases = [
        (json!({ "tier": "gold", "amount": 5 }), [1, 1, 0, 0]),
        (json!({ "tier": "silver", "amount": 100 }), [1, 0, 1, 0]),
        (json!({ "tier": "gold", "amount": 500.5 }), [1, 1, 1, 0]),
        (json!({}), [1, 0, 0, 0]),
        // The body of what a rule sends is the event; it has no attributes, so a policy on attributes takes none of it.
        (event, [1, 0, 0, 1]),
    ];
    for (fields, expected) in cases {
        let plan = names.iter().fold(services(text), |plan, name| plan.accepting(name, &[Operation::SendMessage], 0));
        let mut trial = plan.trial();
        let request = message(&mut trial, fields.clone());
        // Twice: the second is answered from memory.
        trial.journey_at(0, "topic", request);
        trial.journey_at(SECOND, "topic", request);
        trial.run_until(MINUTE);
        assert_eq!(names.map(|name| trial.arrivals(name).len()), expected.map(|count| 2 * count), "{fields}");
        assert!(trial.arrivals("all").iter().all(|arrival| arrival.content == request.content), "the content is handed on");
        let delivered = 2 * expected.iter().sum::<usize>() as u64;
        assert_eq!(trial.counter("topic", "notifications"), delivered);
        assert_eq!(trial.counter("topic", "notifications_filtered_out"), 8 - delivered);
        assert_eq!(trial.open_journeys(), 0);
    }
}

#[test]
fn t13_the_publish_quota_differs_between_regions_and_refuses() {
    let quotas = [("us-east-1", 30_000.0), ("eu-west-1", 9_000.0), ("eu-central-1", 1_500.0), ("eu-north-1", 300.0)];
    for (region, quota) in quotas {
        let trial = services("topic: { type: sns }").region(region).trial();
        assert_eq!(trial.limiter("account", "sns.publish").quota(), quota, "{region}");
    }
    let mut trial = services("one: { type: sns }\ntwo: { type: sns }").region("eu-north-1").trial();
    let tokens: Vec<u32> =
        (0..400).map(|index| trial.journey_at(0, if index % 2 == 0 { "one" } else { "two" }, publish(KB))).collect();
    trial.run_until(MINUTE);
    let throttled = tokens.iter().filter(|token| trial.reply(**token).outcome.class == Class::Throttled).count();
    assert_eq!(throttled, 100, "all topics of the account share 300 messages");
    let refused = ["one", "two"].map(|topic| trial.counter(topic, "throttled_publish_quota"));
    assert_eq!(refused, [50, 50]);
    assert_eq!(trial.metered("one", "sns-publish-standard"), 150, "a refused publish is not billed");
}

#[test]
fn the_quota_can_be_raised() {
    let mut trial = services("topic: { type: sns }").region("eu-north-1").quota("sns.publish", 400.0).trial();
    let tokens: Vec<u32> = (0..400).map(|_| trial.journey_at(0, "topic", publish(KB))).collect();
    trial.run_until(MINUTE);
    assert!(tokens.iter().all(|token| trial.reply(*token).outcome.is_ok()));
}

#[test]
fn messages_above_the_maximum_size_are_rejected() {
    for (setting, size, accepted) in [
        ("", 256 * KB, true),
        ("", 256 * KB + 1, false),
        (", maximum_message_size: 1 MB", 1024 * KB, true),
        (", maximum_message_size: 10 KB", 11 * KB, false),
    ] {
        let plan = services(&format!("topic: {{ type: sns, subscriptions: {{ work: queue }}{setting} }}"));
        let mut trial = plan.accepting("queue", &[Operation::SendMessage], 0).trial();
        let token = trial.journey_at(0, "topic", publish(size));
        trial.run_until(MINUTE);
        let class = if accepted { Class::Accepted } else { Class::Rejected };
        assert_eq!(trial.reply(token).outcome.class, class, "{size} bytes{setting}");
        assert_eq!(trial.arrivals("queue").len(), usize::from(accepted));
        assert_eq!(trial.counter("topic", "refused_too_large"), u64::from(!accepted));
    }
}

#[test]
fn publishes_are_billed_by_64_kb_and_body_filters_by_what_they_scan() {
    let text = "
topic:
  type: sns
  subscriptions:
    work: queue
    never: { endpoint: queue, filter_policy: { a: [1] }, filter_policy_scope: MessageBody }
    nor: { endpoint: handler, filter_policy: { b: [1] }, filter_policy_scope: MessageBody }
    free: { endpoint: handler, filter_policy: { b: [1] } }
    call: handler
    web: partner
";
    for (size, chunks) in [(0, 1), (64 * KB, 1), (64 * KB + 1, 2), (256 * KB, 4)] {
        let plan = services(text)
            .accepting("queue", &[Operation::SendMessage], 0)
            .accepting("handler", &[Operation::InvokeEvent], 0)
            .accepting("partner", &[Operation::Request], 0);
        let mut trial = plan.trial();
        trial.journey_at(0, "topic", publish(size));
        trial.run_until(MINUTE);
        let metered = |sku| trial.metered("topic", sku);
        assert_eq!(metered("sns-publish-standard"), chunks);
        assert_eq!((metered("sns-delivery-sqs"), metered("sns-delivery-lambda")), (1, 1));
        assert_eq!(metered("sns-delivery-http"), chunks);
        assert_eq!(metered("sns-filter-payload"), 2 * u128::from(size), "two filters on the body, one on attributes");
    }
}

#[test]
fn publish_takes_as_long_with_no_subscription_as_with_five() {
    let answered = |subscriptions: &str| {
        let plan = services(&format!("topic: {{ type: sns, subscriptions: {{ {subscriptions} }} }}"));
        let mut trial = plan.accepting("queue", &[Operation::SendMessage], 0).trial();
        let tokens: Vec<u32> = (0..1_000).map(|_| trial.journey_at(0, "topic", publish(KB))).collect();
        trial.run_until(MINUTE);
        tokens.iter().map(|token| trial.heard(*token).expect("answered").0).collect::<Vec<Time>>()
    };
    let alone = answered("");
    assert_eq!(alone, answered("a: queue, b: queue, c: queue, d: queue, e: queue"));
    let [_, p50, _, p99] = percentiles(alone);
    assert!((p50 - 15.0).abs() < 1.0 && (p99 - 60.0).abs() < 15.0, "{p50} {p99}");
}

/// Times from the publish call to the arrival of each delivery.
fn deliveries(operation: Operation, count: u32) -> Vec<Time> {
    let plan = services("topic: { type: sns, subscriptions: { work: target } }").accepting("target", &[operation], 0);
    let mut trial = plan.trial();
    for index in 0..count {
        trial.journey_at(Time::from(index) * SECOND, "topic", publish(KB));
    }
    trial.run_until(Time::from(count + 60) * SECOND);
    trial.arrivals("target").iter().map(|arrival| arrival.at % SECOND).collect()
}

#[test]
fn v3_publish_to_handler_has_the_measured_percentiles() {
    // Lambda's asynchronous queue: a constant and a lognormal whose median is the 42 ms of V8.
    let queue = Sampler::shifted_lognormal(32e6, 10e6, 1.0).expect("a distribution");
    let streams = Streams::new(7, 0);
    let luck = |index: usize| streams.draw(Purpose::new(1), index as u64, 0);
    let to_queue = deliveries(Operation::InvokeEvent, 40_000);
    let to_handler = to_queue.iter().enumerate().map(|(index, time)| time + queue.sample(luck(index))).collect();
    let found = percentiles(to_handler);
    for ((found, measured), tolerance) in found.into_iter().zip([62.0, 73.0, 125.0, 225.0]).zip([0.1, 0.1, 0.1, 0.25]) {
        assert!((found / measured - 1.0).abs() < tolerance, "{found} instead of {measured}");
    }
}

#[test]
fn a_queue_has_the_message_after_publish_and_delivery() {
    let [_, p50, _, p99] = percentiles(deliveries(Operation::SendMessage, 20_000));
    // 15 ms and 20 ms of medians; with the 8 ms from a queue to a function that makes about 45 ms.
    assert!((35.0..40.0).contains(&p50), "{p50}");
    assert!((100.0..130.0).contains(&p99), "{p99}");
}

#[test]
fn an_http_endpoint_has_the_retries_of_its_delivery_policy() {
    let seconds = |time: u64| Some(Duration::seconds(time));
    let default = DeliveryPolicy::default();
    let cases = [
        (default, vec![20, 20, 20]),
        (DeliveryPolicy { num_retries: Some(Count(0)), ..default }, vec![]),
        (DeliveryPolicy { min_delay_target: seconds(5), ..default }, vec![5, 12, 20]),
        (DeliveryPolicy { max_delay_target: seconds(60), ..default }, vec![20, 40, 60]),
        (DeliveryPolicy { max_delay_target: seconds(1), ..default }, vec![1, 1, 1]),
        (
            DeliveryPolicy {
                num_retries: Some(Count(9)),
                num_no_delay_retries: Some(Count(2)),
                num_min_delay_retries: Some(Count(1)),
                num_max_delay_retries: Some(Count(1)),
                min_delay_target: seconds(1),
                max_delay_target: seconds(16),
                backoff_function: Some(BackoffFunction::Exponential),
            },
            vec![0, 0, 1, 1, 2, 4, 8, 16, 16],
        ),
    ];
    for (policy, expected) in cases {
        let waits = delivery::http_waits(policy).expect("a valid policy");
        assert_eq!(waits.iter().map(|wait| wait / SECOND).collect::<Vec<_>>(), expected, "{policy:?}");
    }
}

#[test]
fn mistakes_are_reported() {
    let http = "web: { endpoint: partner, delivery_policy: ";
    let many: Vec<String> = (0..101).map(|index| format!("s{index}: queue")).collect();
    let filters: Vec<String> =
        (0..201).map(|index| format!("s{index}: {{ endpoint: queue, filter_policy: {{ a: [1] }} }}")).collect();
    let cases = [
        ("work: nobody".to_string(), "", "no service is called `nobody`"),
        ("work: table".to_string(), "", "`table` is of type `stub` and cannot be the endpoint of a subscription"),
        ("work: { endpoint: queue, dead_letter: partner }".to_string(), "", "cannot be a dead-letter queue"),
        ("work: { endpoint: queue, filter_policy: { a: [{ bigger: 1 }] } }".to_string(), "", "bigger"),
        ("work: { endpoint: queue, filter_policy_scope: MessageBody }".to_string(), "", "without a `filter_policy`"),
        ("work: { endpoint: queue, delivery_policy: { num_retries: 5 } }".to_string(), "", "is for HTTP endpoints"),
        (format!("{http}{{ num_retries: 101 }} }}"), "", "at most 100 retries"),
        (format!("{http}{{ num_no_delay_retries: 4 }} }}"), "", "more than the 3"),
        (format!("{http}{{ min_delay_target: 30 s, max_delay_target: 20 s }} }}"), "", "longer than `max_delay_target`"),
        (format!("{http}{{ num_retries: 100, max_delay_target: 60 s }} }}"), "", "SNS allows an hour"),
        ("work: queue".to_string(), ", maximum_message_size: 2 MB", "between 1 KB and 1 MB"),
        (many.join(", "), ", maximum_message_size: 1 MB", "at most 100 subscriptions"),
        ("web: partner".to_string(), ", maximum_message_size: 1 MB", "cannot deliver to an HTTP endpoint"),
        (filters.join(", "), "", "at most 200 filter policies"),
    ];
    for (subscriptions, setting, expected) in cases {
        let plan = services(&format!("topic: {{ type: sns, subscriptions: {{ {subscriptions} }}{setting} }}"))
            .accepting("queue", &[Operation::SendMessage, Operation::DeadLetter], 0)
            .accepting("partner", &[Operation::Request], 0)
            .accepting("table", &[Operation::PutItem], 0);
        let complaints = plan.complaints();
        assert!(complaints.len() == 1 && complaints[0].contains(expected), "{expected}: {complaints:?}");
    }
}

#[test]
fn every_latency_can_be_zero() {
    let zero = ["sns.delivery_p50", "sns.lambda_delivery_p50"];
    let plan = services("topic: { type: sns, subscriptions: { work: queue, call: handler } }");
    let plan = zero.into_iter().fold(instant(plan), |plan, name| plan.assume(name, 0.0));
    let plan = plan.accepting("queue", &[Operation::SendMessage], 0).accepting("handler", &[Operation::InvokeEvent], 0);
    let mut trial = plan.trial();
    let token = trial.journey_at(SECOND, "topic", publish(KB));
    trial.run_until(MINUTE);
    assert_eq!((arrival_times(&trial, "queue"), arrival_times(&trial, "handler")), (vec![SECOND], vec![SECOND]));
    assert_eq!(trial.heard(token).expect("answered").0, SECOND);
}

/// The latency of the mark `done`, in ms, of 5,000 publishes 100 ms apart.
fn composed(text: &str) -> [f64; 4] {
    let mut trial = services(text).trial();
    for index in 0..5_000 {
        trial.journey_at(index * 100 * MILLISECOND, "topic", publish(KB));
    }
    trial.run_until(20 * MINUTE);
    assert_eq!((trial.done().count(), trial.open_journeys()), (5_000, 0));
    [0.1, 0.5, 0.9, 0.99].map(|share| trial.done().quantile(share).expect("durations") / 1e6)
}

#[test]
fn v3_topic_and_function_together() {
    let found =
        composed("topic: { type: sns, subscriptions: { work: handler } }\nhandler: { type: lambda, steps: [ { mark: done } ] }");
    for ((found, measured), tolerance) in found.into_iter().zip([62.0, 73.0, 125.0, 225.0]).zip([0.1, 0.1, 0.1, 0.25]) {
        assert!((found / measured - 1.0).abs() < tolerance, "{found} instead of {measured}");
    }
}
