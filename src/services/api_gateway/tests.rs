//! Documented rules of REST and HTTP APIs: throttles, time-outs, error mapping, payloads and what is billed.

use serde_json::json;

use crate::fabric::testing::{Plan, Trial};
use crate::fabric::{Class, Disturbance, Operation, Outcome, Parameters, Request, errors};
use crate::kernel::{MILLISECOND, Purpose, SECOND, Sampler, Streams, Time};
use crate::services::testing::services;

use super::{SMALL_REGIONS, THROTTLE_OVERSHOOT, THROTTLED_BILLED};

const FUNCTION: &[Operation] = &[Operation::Invoke, Operation::InvokeEvent];
const REST: &str = "api: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend } } }";
const HTTP: &str = "api: { type: api_gateway, protocol: http, latency: 0 s, routes: { GET /: { target: backend } } }";

const REQUEST: Request = Request::background(Operation::Request);

/// APIs whose backend is a function that succeeds at once.
fn quick(apis: &str) -> Plan {
    services(apis).accepting("backend", FUNCTION, 0)
}

/// Calls of the API at these times, each of a journey of its own.
fn call_at(trial: &mut Trial, times: impl IntoIterator<Item = Time>) {
    for at in times {
        trial.journey_at(at, "api", REQUEST);
    }
    trial.run();
}

/// Poisson arrivals of 60/s at a bucket of 50/s and 15: 16.73 % refused (closed form 1 - 1 / (pi_0 + rho) of the M/D/1 queue
/// that the bucket's missing tokens make).
#[test]
fn a_stage_bucket_refuses_what_theory_says() {
    let api = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 50/s, throttling_burst_limit: 15, \
               routes: { GET /: { target: backend } } }";
    let mut trial = quick(api).trial();
    let gap = Sampler::exponential(SECOND as f64 / 60.0).expect("a mean");
    let streams = Streams::new(11, 0);
    let mut at = 0;
    let count = 1_000_000;
    call_at(
        &mut trial,
        (0..count).map(|index| {
            at += gap.sample(streams.draw(Purpose::new(1), index, 0));
            at
        }),
    );
    let refused = trial.answered(Class::Throttled) as f64 / count as f64;
    assert!((refused - 0.167_299).abs() < 0.004, "{refused} refused");
    assert_eq!(trial.counter("api", "throttled_stage"), trial.limit("api", "stage_throttle").2);
    assert_eq!(trial.counter("api", "throttled_account"), 0);
}

#[test]
fn the_stage_is_asked_before_the_account() {
    let api = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 100/s, routes: { GET /: { target: backend } } }";
    let mut trial = quick(api).trial();
    call_at(&mut trial, vec![0; 6_000]);
    assert_eq!(trial.answered(Class::Accepted), 100);
    assert_eq!(trial.error_name(trial.reply(5_999)), "TooManyRequestsException");
    assert_eq!(trial.limit("api", "stage_throttle"), (100.0, 6_000, 5_900));
    let account = trial.limit("account", "api_gateway.account_throttle");
    assert_eq!(account, (10_000.0, 100, 0), "refused by the stage, they never reach it");
    assert_eq!(trial.counter("api", "errors_4xx"), 5_900);
    assert_eq!(trial.arrivals("backend").len(), 100);
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>: 10,000 rps with 5,000 at once, and a quarter in
/// the smaller Regions, for all APIs of the account together.
#[test]
fn all_apis_share_the_limit_of_the_account_and_its_region() {
    let apis = "
one: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend } } }
two: { type: api_gateway, protocol: http, latency: 0 s, routes: { GET /: { target: backend } } }";
    let large = ["us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1"];
    let regions =
        SMALL_REGIONS.iter().map(|region| (*region, 2_500.0, 1_250)).chain(large.map(|region| (region, 10_000.0, 5_000)));
    for (region, rate, burst) in regions {
        let mut trial = quick(apis).region(region).trial();
        for index in 0..12_000 {
            trial.journey_at(0, if index % 2 == 0 { "one" } else { "two" }, REQUEST);
        }
        trial.run();
        assert_eq!(trial.answered(Class::Accepted), burst, "{region}");
        let account = trial.limit("account", "api_gateway.account_throttle");
        assert_eq!(account, (rate, 12_000, 12_000 - burst as u64), "{region}");
    }
}

#[test]
fn limits_are_targets_that_an_assumption_may_let_be_exceeded() {
    let api = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 100/s, throttling_burst_limit: 10, \
               routes: { GET /: { target: backend } } }";
    for (overshoot, expected) in [(0.0, 1_010), (0.1, 1_110)] {
        let mut trial = quick(api).assume(THROTTLE_OVERSHOOT.name, overshoot).trial();
        call_at(&mut trial, (0..50_000).map(|index| index * SECOND / 5_000));
        let passed = trial.answered(Class::Accepted) as i64;
        assert!((passed - expected).abs() <= 2, "{passed} passed at {overshoot}");
    }
}

/// The trap: the client hears 504 at the limit, and the function goes on and is billed; a client that tries again has two
/// copies running.
#[test]
fn a_time_out_is_answered_while_the_backend_goes_on() {
    let custom =
        "api: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend, timeout: 50 ms } } }";
    for (api, limit) in [(REST, 29 * SECOND), (HTTP, 30 * SECOND), (custom, 50 * MILLISECOND)] {
        let mut trial = services(api).accepting("backend", FUNCTION, 40 * SECOND).trial();
        call_at(&mut trial, [0, limit]);
        for (place, (at, reply)) in trial.answers().into_iter().enumerate() {
            assert_eq!(at, limit * (place as u64 + 1));
            assert_eq!(reply.outcome.class, Class::TimedOut);
            assert_eq!(trial.error_name(reply), "EndpointRequestTimedOut");
        }
        let got = trial.arrivals("backend");
        assert_eq!((got.len(), trial.abandoned()), (2, 2), "nothing cancels the work");
        assert!(got[1].at < got[0].at + 40 * SECOND, "two copies run at once");
        assert_eq!(trial.counter("api", "errors_504_integration_timed_out"), 2);
        assert_eq!(trial.counter("api", "errors_5xx"), 2);
        assert!(trial.all_is_over());
    }
}

#[test]
fn an_answer_just_in_time_is_no_time_out() {
    let api = "api: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend, timeout: 60 ms } } }";
    let after = 59 * MILLISECOND + MILLISECOND / 2;
    let mut trial = services(api).accepting("backend", FUNCTION, after).trial();
    // Slots are used again while deadlines of their former users are still queued.
    call_at(&mut trial, (0..20_000).map(|index| index * MILLISECOND));
    assert_eq!(trial.answered(Class::Accepted), 20_000);
    assert!(trial.answers().iter().zip(0..).all(|((at, _), index)| *at == index * MILLISECOND + after));
    assert_eq!(trial.level("api", "requests_in_flight"), (0, 60));
}

/// Throttle of the function to 500, its error to 502; externals' answers pass unchanged.
#[test]
fn errors_of_the_integration_become_what_the_client_sees() {
    const EXTERNAL: &[Operation] = &[Operation::Request];
    const QUEUE: &[Operation] = &[Operation::SendMessage];
    const EXECUTION: &[Operation] = &[Operation::StartExecution];
    // What the client sees: class, error name, and the counter that tells.
    const INTERNAL: (Class, &str, &str) = (Class::Unavailable, "InternalServerError", "errors_500_integration_unavailable");
    const BAD_GATEWAY: (Class, &str, &str) = (Class::Unavailable, "BadGateway", "errors_502_function_failed");
    let cases = [
        (FUNCTION, Class::Throttled, errors::LAMBDA_THROTTLED, INTERNAL),
        (FUNCTION, Class::Unavailable, errors::SERVICE_DOWN, INTERNAL),
        (FUNCTION, Class::Failed, errors::HANDLER, BAD_GATEWAY),
        (FUNCTION, Class::TimedOut, errors::TIMEOUT, BAD_GATEWAY),
        (QUEUE, Class::Throttled, errors::THROTTLED, INTERNAL),
        (QUEUE, Class::Rejected, errors::TOO_LARGE, (Class::Rejected, "ValidationException", "errors_4xx")),
        (EXECUTION, Class::Failed, errors::EXECUTION_FAILED, INTERNAL),
        (EXTERNAL, Class::Unavailable, errors::QUEUE_FULL, (Class::Unavailable, "QueueFull", "errors_5xx")),
        (EXTERNAL, Class::Throttled, errors::THROTTLED, (Class::Throttled, "ThrottlingException", "errors_4xx")),
        (EXTERNAL, Class::Failed, errors::HANDLER, (Class::Failed, "Error", "errors_5xx")),
        (QUEUE, Class::Accepted, errors::NONE, (Class::Accepted, "", "requests")),
    ];
    for (operations, class, error, (expected, name, counter)) in cases {
        for api in [REST, HTTP] {
            let mut trial = services(api).answering("backend", operations, Outcome::of(class, error), MILLISECOND).trial();
            call_at(&mut trial, [0]);
            let reply = trial.reply(0);
            assert_eq!(reply.outcome.class, expected, "{operations:?} {class:?}");
            assert_eq!(trial.error_name(reply), name, "{operations:?} {class:?}");
            assert_eq!(trial.counter("api", counter), 1, "{operations:?} {class:?}: {counter}");
            let is_error = u64::from(expected != Class::Accepted);
            let errors = trial.counter("api", "errors_4xx") + trial.counter("api", "errors_5xx");
            assert_eq!(errors, is_error, "{operations:?} {class:?}");
            assert_eq!(trial.arrivals("backend").len(), 1, "API Gateway never retries");
        }
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html>.
#[test]
fn asynchronous_invocation_is_for_rest_apis() {
    let route = "latency: 0 s, routes: { POST /: { target: backend, invocation: event } } }";
    let mut trial = quick(&format!("api: {{ type: api_gateway, protocol: rest, {route}")).trial();
    call_at(&mut trial, [0]);
    assert_eq!(trial.arrivals("backend")[0].operation, Operation::InvokeEvent);
    let message = quick(&format!("api: {{ type: api_gateway, protocol: http, {route}")).mistakes();
    assert!(message.contains("an HTTP API cannot invoke a function asynchronously"), "{message}");
}

#[test]
fn the_targets_type_decides_what_is_called() {
    let sfn: &[Operation] = &[Operation::StartExecution, Operation::StartSyncExecution];
    let standard: &[Operation] = &[Operation::StartExecution];
    let cases: [(&[Operation], &str, Operation); 9] = [
        (FUNCTION, "", Operation::Invoke),
        (FUNCTION, ", invocation: request_response", Operation::Invoke),
        (&[Operation::ReceiveMessage, Operation::SendMessage], "", Operation::SendMessage),
        (&[Operation::Publish], "", Operation::Publish),
        (&[Operation::PutEvents], ", detail_type: Placed", Operation::PutEvents),
        (sfn, "", Operation::StartExecution),
        (sfn, ", invocation: request_response", Operation::StartSyncExecution),
        (standard, ", invocation: event", Operation::StartExecution),
        (&[Operation::GetItem, Operation::PutItem], "", Operation::PutItem),
    ];
    for (operations, keys, expected) in cases {
        for protocol in ["rest", "http"] {
            let api = format!(
                "api: {{ type: api_gateway, protocol: {protocol}, latency: 0 s, routes: {{ POST /: {{ target: backend{keys} }} }} }}"
            );
            // The list of services that HTTP APIs call is fixed:
            // <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html>.
            if protocol == "http" && matches!(expected, Operation::Publish | Operation::PutItem) {
                let message = services(&api).accepting("backend", operations, 0).mistakes();
                assert!(message.contains("an HTTP API has no direct integration with `backend`"), "{message}");
                continue;
            }
            let mut trial = services(&api).accepting("backend", operations, 0).trial();
            call_at(&mut trial, [0]);
            assert_eq!(trial.arrivals("backend")[0].operation, expected, "{operations:?}{keys}");
        }
    }
}

#[test]
fn mistakes_are_named() {
    let bus: &[Operation] = &[Operation::PutEvents];
    let standard: &[Operation] = &[Operation::StartExecution];
    let cases: [(&[Operation], &str, &str, &str, &str); 9] = [
        (bus, "rest", "", "", "needs a `detail_type`"),
        (FUNCTION, "rest", "", ", detail_type: Placed", "`detail_type` is for routes to an event bus"),
        (FUNCTION, "rest", "", ", source: shop", "`source` is for routes to an event bus"),
        (FUNCTION, "rest", "", ", timeout: 30 s", "between 50 ms and 29 s"),
        (FUNCTION, "rest", "", ", timeout: 49 ms", "between 50 ms and 29 s"),
        (FUNCTION, "http", "", ", timeout: 31 s", "between 50 ms and 30 s"),
        (standard, "rest", "", ", invocation: request_response", "cannot be called with `invocation: request_response`"),
        (&[Operation::DeadLetter], "rest", "", "", "cannot be the target of a route"),
        (FUNCTION, "rest", "throttling_burst_limit: 5, ", "", "needs a `throttling_rate_limit`"),
    ];
    for (operations, protocol, stage, keys, expected) in cases {
        let api = format!(
            "api: {{ type: api_gateway, protocol: {protocol}, {stage}routes: {{ POST /: {{ target: backend{keys} }} }} }}"
        );
        let message = services(&api).accepting("backend", operations, 0).mistakes();
        assert!(message.contains(expected), "expected {expected:?} in:\n{message}");
    }
}

#[test]
fn the_payload_is_picked_and_wrapped_on_its_way() {
    let bus: &[Operation] = &[Operation::PutEvents];
    let queue: &[Operation] = &[Operation::SendMessage];
    let whole = json!({ "tier": "gold", "amount": 3, "note": "x" });
    let picked = json!({ "tier": "gold", "amount": 3 });
    let cases: [(&[Operation], &str, serde_json::Value); 4] = [
        (
            bus,
            ", detail_type: Placed, fields: [tier, amount, none]",
            json!({ "source": "api", "detail-type": "Placed", "detail": picked }),
        ),
        (bus, ", detail_type: Placed, source: shop", json!({ "source": "shop", "detail-type": "Placed", "detail": whole })),
        (queue, ", fields: [tier, amount]", picked.clone()),
        (queue, "", whole.clone()),
    ];
    for (operations, keys, expected) in cases {
        let api = format!("api: {{ type: api_gateway, protocol: rest, routes: {{ POST /: {{ target: backend{keys} }} }} }}");
        let mut trial = services(&api).accepting("backend", operations, 0).trial();
        let request = Request { content: trial.intern(whole.clone()), size: 700, ..REQUEST };
        trial.journey_at(0, "api", request);
        trial.journey_at(0, "api", request);
        trial.run();
        let got: Vec<_> = trial.arrivals("backend").iter().map(|got| (trial.value(got.content).clone(), got.size)).collect();
        assert!(got.len() == 2 && got.iter().all(|(content, size)| *content == expected && *size == 700), "{got:?}");
    }
}

/// <https://aws.amazon.com/api-gateway/pricing/>: REST per request, HTTP per started 512 KB; 10 MB at most.
#[test]
fn requests_are_billed_by_protocol_and_refused_ones_are_not() {
    const KB: u32 = 1024;
    for (bytes, rest, http) in [(0, 1, 1), (512 * KB, 1, 1), (512 * KB + 1, 1, 2), (10_240 * KB, 1, 20), (10_240 * KB + 1, 0, 0)]
    {
        for (api, sku, expected) in [(REST, "api-gateway-requests-rest", rest), (HTTP, "api-gateway-requests-http", http)] {
            let failed = Outcome::of(Class::Failed, errors::HANDLER);
            let mut trial = services(api).answering("backend", FUNCTION, failed, 0).trial();
            let token = trial.journey_at(0, "api", Request { size: bytes, ..REQUEST });
            trial.run();
            assert_eq!(trial.metered("api", sku), expected, "{bytes} bytes; failed requests count like others");
            let class = if expected == 0 { Class::Rejected } else { Class::Unavailable };
            assert_eq!(trial.reply(token).outcome.class, class);
        }
    }
    let api = "api: { type: api_gateway, protocol: rest, throttling_rate_limit: 10/s, routes: { GET /: { target: backend } } }";
    for (billed, expected) in [(0.0, 10), (1.0, 25)] {
        let mut trial = quick(api).assume(THROTTLED_BILLED.name, billed).trial();
        call_at(&mut trial, [0; 25]);
        assert_eq!(trial.metered("api", "api-gateway-requests-rest"), expected);
    }
}

#[test]
fn routes_are_told_apart_by_the_call_site() {
    let api = "
api:
  type: api_gateway
  protocol: rest
  latency: 0 s
  routes: { GET /: { target: reader }, POST /: { target: writer, timeout: 1 s } }";
    let plan = services(api).accepting("reader", FUNCTION, 2 * SECOND);
    let mut trial = plan.accepting("writer", &[Operation::SendMessage], 2 * SECOND).trial();
    let routes = [0, 1, 2].map(|index| Parameters::Route { index });
    for site in routes.map(|route| trial.site(route)).into_iter().chain([0]) {
        trial.journey_at(0, "api", Request { site, ..REQUEST });
    }
    trial.run();
    let classes: Vec<Class> = trial.answers().iter().map(|(_, reply)| reply.outcome.class).collect();
    assert_eq!(classes, [Class::Accepted, Class::TimedOut, Class::Rejected, Class::Rejected]);
    assert_eq!((trial.arrivals("reader").len(), trial.arrivals("writer").len()), (1, 1));
}

/// Assumed latencies: medians of 12 and 6 ms.
#[test]
fn the_own_latency_comes_before_the_integration_and_has_the_assumed_median() {
    for (protocol, median) in [("rest", 12.0), ("http", 6.0)] {
        let api = format!("api: {{ type: api_gateway, protocol: {protocol}, routes: {{ GET /: {{ target: backend }} }} }}");
        let mut trial = services(&api).accepting("backend", FUNCTION, 100 * MILLISECOND).trial();
        call_at(&mut trial, (0..4_001).map(|index| index * SECOND));
        let starts = (0..).map(|index: Time| index * SECOND);
        let (answers, arrivals) = (trial.answers(), trial.arrivals("backend"));
        let mut own: Vec<Time> =
            answers.iter().zip(starts.clone()).map(|((at, _), start)| at - start - 100 * MILLISECOND).collect();
        let reached: Vec<Time> = arrivals.iter().zip(starts).map(|(got, start)| got.at - start).collect();
        assert_eq!(own, reached);
        own.sort_unstable();
        let seen = own[2_000] as f64 / MILLISECOND as f64;
        assert!((seen / median - 1.0).abs() < 0.06, "{protocol}: median {seen} ms");
    }
}

#[test]
fn the_timeline_sets_the_rate_of_the_stage() {
    let limited = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 100/s, throttling_burst_limit: 20, \
                   routes: { GET /: { target: backend } } }";
    for (api, depth) in [(REST, 10), (limited, 20)] {
        let mut trial = quick(api).trial();
        trial.disturb(0, "api", Disturbance::Set { key: "throttling_rate_limit".to_string(), value: 10.0 });
        // 100/s for 10 s at a limit of 10/s, and what the bucket holds.
        call_at(&mut trial, (0..1_000).map(|index| index * SECOND / 100));
        let passed = trial.answered(Class::Accepted) as i64;
        assert!((passed - 100 - depth).abs() <= 1, "{passed} passed");
    }
}

#[test]
fn a_journey_stays_open_until_the_client_is_answered_and_abandoned_work_has_ended() {
    for (after, open_for) in [(SECOND, SECOND), (40 * SECOND, 40 * SECOND)] {
        let mut trial = services(REST).accepting("backend", FUNCTION, after).trial();
        call_at(&mut trial, [0]);
        let outcomes = &trial.simulation.world.outcomes.workloads[0];
        assert!(trial.all_is_over());
        let mean = outcomes.closing.mean().expect("one journey closed");
        assert!((mean / open_for as f64 - 1.0).abs() < 0.01, "closed after {mean} ns");
    }
}

/// The public path: a scenario with an API in front of a table, its bill and its limits.
#[test]
fn a_scenario_bills_requests_and_lists_limits() {
    let text = "
name: direct write
study: { duration: 100 s, warm_up: 10 s, replications: 2 }
services:
  api:
    type: api_gateway
    protocol: rest
    latency: 10 ms
    throttling_rate_limit: 200/s
    routes: { GET /orders: { target: orders }, POST /orders: { target: orders } }
  orders: { type: dynamodb, latency_write: 5 ms }
workload:
  checkout:
    target: api
    route: POST /orders
    rate: 100/s
    arrivals: constant
    payload: { size: 2 KB }
    milestones: { answered: answered }
    endings: { fulfilled: answered }
";
    let run = crate::engine::run_text(text).expect("the scenario runs");
    let summary = run.summary();
    let per_month = 100.0 * 730.0 * 3600.0;
    for (sku, quantity, price) in
        [("api-gateway-requests-rest", per_month, 3.5e-6), ("dynamodb-write-request-units", 2.0 * per_month, 0.625e-6)]
    {
        let line = summary.bill.lines.iter().find(|line| line.sku == sku).expect("billed");
        let (seen, dollars) = (line.quantity_month.mean.expect("counted"), line.usd_month.mean.expect("priced"));
        assert!((seen / quantity - 1.0).abs() < 1e-3, "{sku}: {seen} a month, expected {quantity}");
        assert!((dollars / (quantity * price) - 1.0).abs() < 1e-3, "{sku}: {dollars} USD a month");
    }
    let latency = summary.journeys["checkout"].milestones["answered"].latency_ms.mean.mean.expect("answered");
    assert!((latency / 15.0 - 1.0).abs() < 0.01, "{latency} ms");
    // 100/s use half of the stage, a hundredth of the account, and 200 of the table's 4,000 write units.
    for (limiter, quota, multiple) in [
        ("stage_throttle", 200.0, 2.0),
        ("api_gateway.account_throttle", 10_000.0, 100.0),
        ("on_demand_write_limit", 4_000.0, 20.0),
    ] {
        let row = summary.limits.iter().find(|row| row.limiter == limiter).expect("listed");
        let load_multiple = row.load_multiple.expect("used");
        assert_eq!(row.quota, quota, "{limiter}");
        assert!((load_multiple / multiple - 1.0).abs() < 0.02, "{limiter} binds at {load_multiple}");
    }
    let partitions = summary.limits.iter().find(|row| row.limiter == "partition_write_ceiling").expect("listed");
    let busiest = partitions.peak_use.mean.expect("used");
    assert!((50.0..65.0).contains(&busiest), "the busiest of four partitions sees {busiest} units/s");
    let message = crate::engine::run_text(&text.replace("route: POST /orders", "route: PUT /orders")).expect_err("refused");
    assert!(message.contains("has no route `PUT /orders`"), "{message}");
}
