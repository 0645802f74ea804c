//! Documented rules of REST and HTTP APIs: throttles, time-outs, error mapping, payloads and what is billed.

use serde_json::json;

use crate::fabric::{Class, Context, Operation, Outcome, Parameters, Service, errors};
use crate::kernel::{MILLISECOND, Purpose, SECOND, Sampler, Streams, Time};
use crate::services::bench::{Actor, Ask, Bench, Heard, Setup, count_of};

use super::{SMALL_REGIONS, THROTTLE_OVERSHOOT, THROTTLED_BILLED};

type BackendSpec<'a> = (&'a str, &'a [Operation], Outcome, Time);

const FUNCTION: &[Operation] = &[Operation::Invoke, Operation::InvokeEvent];
const REST: &str = "api: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend } } }";
const HTTP: &str = "api: { type: api_gateway, protocol: http, latency: 0 s, routes: { GET /: { target: backend } } }";

fn function(outcome: Outcome, after: Time) -> [BackendSpec<'static>; 1] {
    [("backend", FUNCTION, outcome, after)]
}

fn setup<'a>(services: &'a str, backends: &'a [BackendSpec<'a>]) -> Setup<'a> {
    Setup { services, backends, ..Setup::default() }
}

fn bench(services: &str, backends: &[BackendSpec]) -> Bench {
    setup(services, backends).build().expect("the API is built")
}

fn error_of(services: &str, backends: &[BackendSpec]) -> String {
    setup(services, backends).build().err().expect("the API is refused")
}

fn ask(bench: &Bench) -> Ask {
    bench.ask("api", Operation::Request)
}

fn error_name(bench: &Bench, heard: &Heard) -> String {
    bench.simulation.world.error_names[heard.reply.outcome.error as usize].clone()
}

/// Poisson arrivals of 60/s at a bucket of 50/s and 15: 16.73 % refused (closed form 1 - 1 / (pi_0 + rho) of the M/D/1 queue
/// that the bucket's missing tokens make).
#[test]
fn a_stage_bucket_refuses_what_theory_says() {
    let services = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 50/s, throttling_burst_limit: 15, \
                    routes: { GET /: { target: backend } } }";
    let backends = function(Outcome::OK, 0);
    let mut bench = bench(services, &backends);
    let gap = Sampler::exponential(SECOND as f64 / 60.0).expect("a mean");
    let streams = Streams::new(11, 0);
    let mut at = 0;
    let count = 1_000_000;
    let one = ask(&bench);
    let asks = (0..count).map(|index| {
        at += gap.sample(streams.draw(Purpose::new(1), index, 0));
        Ask { at, journey: index, last: true, ..one.clone() }
    });
    let asks = asks.collect();
    let refused = count_of(&bench.run(asks), Class::Throttled) as f64 / count as f64;
    assert!((refused - 0.167_299).abs() < 0.004, "{refused} refused");
    assert_eq!(bench.count("throttled_stage"), count_of_refused(&bench));
    assert_eq!(bench.count("throttled_account"), 0);
}

fn count_of_refused(bench: &Bench) -> u64 {
    bench.limiter("stage_throttle").2
}

#[test]
fn the_stage_is_asked_before_the_account() {
    let services = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 100/s, routes: { GET /: { target: backend } } }";
    let backends = function(Outcome::OK, 0);
    let mut bench = bench(services, &backends);
    let heard = bench.run(vec![ask(&bench); 6_000]);
    assert_eq!(count_of(&heard, Class::Accepted), 100);
    assert_eq!(error_name(&bench, &heard[5_999].expect("answered")), "TooManyRequestsException");
    assert_eq!(bench.limiter("stage_throttle"), (100.0, 6_000, 5_900));
    assert_eq!(bench.limiter("api_gateway.account_throttle"), (10_000.0, 100, 0), "refused by the stage, they never reach it");
    assert_eq!(bench.count("errors_4xx"), 5_900);
    assert_eq!(bench.backend("backend").got.len(), 100);
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>: 10,000 rps with 5,000 at once, and a quarter in
/// the smaller Regions, for all APIs of the account together.
#[test]
fn all_apis_share_the_limit_of_the_account_and_its_region() {
    let services = "
one: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend } } }
two: { type: api_gateway, protocol: http, latency: 0 s, routes: { GET /: { target: backend } } }";
    let backends = function(Outcome::OK, 0);
    let large = ["us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1"];
    let regions =
        SMALL_REGIONS.iter().map(|region| (*region, 2_500.0, 1_250)).chain(large.map(|region| (region, 10_000.0, 5_000)));
    for (region, rate, burst) in regions {
        let mut bench = Setup { region: Some(region), ..setup(services, &backends) }.build().expect("built");
        let (one, two) = (bench.ask("one", Operation::Request), bench.ask("two", Operation::Request));
        let asks = (0..12_000).map(|index| if index % 2 == 0 { one.clone() } else { two.clone() }).collect();
        assert_eq!(count_of(&bench.run(asks), Class::Accepted), burst, "{region}");
        assert_eq!(bench.limiter("api_gateway.account_throttle"), (rate, 12_000, 12_000 - burst as u64), "{region}");
    }
}

#[test]
fn limits_are_targets_that_an_assumption_may_let_be_exceeded() {
    let services = "api: { type: api_gateway, protocol: rest, latency: 0 s, throttling_rate_limit: 100/s, throttling_burst_limit: 10, \
                    routes: { GET /: { target: backend } } }";
    let backends = function(Outcome::OK, 0);
    for (overshoot, expected) in [(0.0, 1_010), (0.1, 1_110)] {
        let assumed = [(&THROTTLE_OVERSHOOT, overshoot)];
        let mut bench = Setup { assumed: &assumed, ..setup(services, &backends) }.build().expect("built");
        let one = ask(&bench);
        let asks = (0..50_000).map(|index| Ask { at: index * SECOND / 5_000, ..one.clone() }).collect();
        let passed = count_of(&bench.run(asks), Class::Accepted) as i64;
        assert!((passed - expected).abs() <= 2, "{passed} passed at {overshoot}");
    }
}

/// The trap: the client hears 504 at the limit, and the function goes on and is billed; a client that tries again has two
/// copies running.
#[test]
fn a_time_out_is_answered_while_the_backend_goes_on() {
    let custom =
        "api: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend, timeout: 50 ms } } }";
    for (services, limit) in [(REST, 29 * SECOND), (HTTP, 30 * SECOND), (custom, 50 * MILLISECOND)] {
        let backends = function(Outcome::OK, 40 * SECOND);
        let mut bench = bench(services, &backends);
        let first = ask(&bench);
        let again = Ask { at: limit, ..first.clone() };
        let heard = bench.run(vec![first, again]);
        for (place, heard) in heard.iter().enumerate() {
            let heard = heard.expect("answered");
            assert_eq!(heard.at, limit * (place as u64 + 1));
            assert_eq!(heard.reply.outcome.class, Class::TimedOut);
            assert_eq!(error_name(&bench, &heard), "EndpointRequestTimedOut");
        }
        let backend = bench.backend("backend");
        assert_eq!((backend.answered, backend.abandoned), (2, 2), "nothing cancels the work");
        assert!(backend.got[1].at < backend.got[0].at + 40 * SECOND, "two copies run at once");
        assert_eq!(bench.count("errors_504_integration_timed_out"), 2);
        assert_eq!(bench.count("errors_5xx"), 2);
        assert_eq!(bench.simulation.world.open_calls(), 0);
    }
}

#[test]
fn an_answer_just_in_time_is_no_time_out() {
    let services =
        "api: { type: api_gateway, protocol: rest, latency: 0 s, routes: { GET /: { target: backend, timeout: 60 ms } } }";
    let backends = function(Outcome::OK, 59 * MILLISECOND);
    let mut bench = bench(services, &backends);
    let one = ask(&bench);
    // Slots are used again while deadlines of their former users are still queued.
    let asks = (0..20_000).map(|index| Ask { at: index * MILLISECOND, journey: index, ..one.clone() }).collect();
    let heard = bench.run(asks);
    assert_eq!(count_of(&heard, Class::Accepted), 20_000);
    assert!(heard.iter().enumerate().all(|(index, heard)| heard.expect("answered").at == (index as u64 + 59) * MILLISECOND));
    let level = &bench.simulation.world.metrics.levels[0];
    assert_eq!((level.name, level.value, level.max), ("requests_in_flight", 0, 60));
}

/// Throttle of the function to 500, its error to 502; externals' answers pass unchanged.
#[test]
fn errors_of_the_integration_become_what_the_client_sees() {
    const REQUEST: &[Operation] = &[Operation::Request];
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
        (REQUEST, Class::Unavailable, errors::QUEUE_FULL, (Class::Unavailable, "QueueFull", "errors_5xx")),
        (REQUEST, Class::Throttled, errors::THROTTLED, (Class::Throttled, "ThrottlingException", "errors_4xx")),
        (REQUEST, Class::Failed, errors::HANDLER, (Class::Failed, "Error", "errors_5xx")),
        (QUEUE, Class::Accepted, errors::NONE, (Class::Accepted, "", "requests")),
    ];
    for (operations, class, error, (expected, name, counter)) in cases {
        for services in [REST, HTTP] {
            let backends = [("backend", operations, Outcome::of(class, error), MILLISECOND)];
            let mut bench = bench(services, &backends);
            let heard = bench.run(vec![ask(&bench)])[0].expect("answered");
            assert_eq!(heard.reply.outcome.class, expected, "{operations:?} {class:?}");
            assert_eq!(error_name(&bench, &heard), name, "{operations:?} {class:?}");
            assert_eq!(bench.count(counter), 1, "{operations:?} {class:?}: {counter}");
            let is_error = u64::from(expected != Class::Accepted);
            assert_eq!(bench.count("errors_4xx") + bench.count("errors_5xx"), is_error, "{operations:?} {class:?}");
            assert_eq!(bench.backend("backend").got.len(), 1, "API Gateway never retries");
        }
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html>.
#[test]
fn asynchronous_invocation_is_for_rest_apis() {
    let route = "latency: 0 s, routes: { POST /: { target: backend, invocation: event } } }";
    let backends = function(Outcome::OK, 0);
    let mut bench = bench(&format!("api: {{ type: api_gateway, protocol: rest, {route}"), &backends);
    bench.run(vec![ask(&bench)]);
    assert_eq!(bench.backend("backend").got[0].operation, Operation::InvokeEvent);
    let message = error_of(&format!("api: {{ type: api_gateway, protocol: http, {route}"), &backends);
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
            let services = format!(
                "api: {{ type: api_gateway, protocol: {protocol}, latency: 0 s, routes: {{ POST /: {{ target: backend{keys} }} }} }}"
            );
            let backends = [("backend", operations, Outcome::OK, 0)];
            // The list of services that HTTP APIs call is fixed:
            // <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html>.
            if protocol == "http" && matches!(expected, Operation::Publish | Operation::PutItem) {
                let message = error_of(&services, &backends);
                assert!(message.contains("an HTTP API has no direct integration with `backend`"), "{message}");
                continue;
            }
            let mut bench = bench(&services, &backends);
            bench.run(vec![ask(&bench)]);
            assert_eq!(bench.backend("backend").got[0].operation, expected, "{operations:?}{keys}");
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
        let services = format!(
            "api: {{ type: api_gateway, protocol: {protocol}, {stage}routes: {{ POST /: {{ target: backend{keys} }} }} }}"
        );
        let message = error_of(&services, &[("backend", operations, Outcome::OK, 0)]);
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
        let services = format!("api: {{ type: api_gateway, protocol: rest, routes: {{ POST /: {{ target: backend{keys} }} }} }}");
        let mut bench = bench(&services, &[("backend", operations, Outcome::OK, 0)]);
        let content = bench.simulation.world.contents.intern(whole.clone());
        let asks = vec![Ask { content, size: 700, ..ask(&bench) }; 2];
        bench.run(asks);
        let got = &bench.backend("backend").got;
        assert!(got.len() == 2 && got.iter().all(|got| got.content == expected && got.size == 700), "{got:?}");
    }
}

/// <https://aws.amazon.com/api-gateway/pricing/>: REST per request, HTTP per started 512 KB; 10 MB at most.
#[test]
fn requests_are_billed_by_protocol_and_refused_ones_are_not() {
    const KB: u32 = 1024;
    for (bytes, rest, http) in [(0, 1, 1), (512 * KB, 1, 1), (512 * KB + 1, 1, 2), (10_240 * KB, 1, 20), (10_240 * KB + 1, 0, 0)]
    {
        for (services, sku, expected) in [(REST, "api-gateway-requests-rest", rest), (HTTP, "api-gateway-requests-http", http)] {
            let backends = function(Outcome::of(Class::Failed, errors::HANDLER), 0);
            let mut bench = bench(services, &backends);
            let one = Ask { size: bytes, ..ask(&bench) };
            let heard = bench.run(vec![one])[0].expect("answered");
            assert_eq!(bench.metered(sku), expected, "{bytes} bytes; failed requests count like others");
            let class = if expected == 0 { Class::Rejected } else { Class::Unavailable };
            assert_eq!(heard.reply.outcome.class, class);
        }
    }
    let services =
        "api: { type: api_gateway, protocol: rest, throttling_rate_limit: 10/s, routes: { GET /: { target: backend } } }";
    let backends = function(Outcome::OK, 0);
    for (billed, expected) in [(0.0, 10), (1.0, 25)] {
        let assumed = [(&THROTTLED_BILLED, billed)];
        let mut bench = Setup { assumed: &assumed, ..setup(services, &backends) }.build().expect("built");
        bench.run(vec![ask(&bench); 25]);
        assert_eq!(bench.metered("api-gateway-requests-rest"), expected);
    }
}

#[test]
fn routes_are_told_apart_by_the_call_site() {
    let services = "
api:
  type: api_gateway
  protocol: rest
  latency: 0 s
  routes: { GET /: { target: reader }, POST /: { target: writer, timeout: 1 s } }";
    let queue: &[Operation] = &[Operation::SendMessage];
    let backends = [("reader", FUNCTION, Outcome::OK, 2 * SECOND), ("writer", queue, Outcome::OK, 2 * SECOND)];
    let sites = [0, 1, 2].map(|index| Parameters::Route { index });
    let mut bench = Setup { sites: &sites, ..setup(services, &backends) }.build().expect("built");
    let one = ask(&bench);
    let mut asks: Vec<Ask> = bench.sites.iter().map(|site| Ask { site: *site, ..one.clone() }).collect();
    asks.push(one);
    let classes: Vec<Class> = bench.run(asks).iter().map(|heard| heard.expect("answered").reply.outcome.class).collect();
    assert_eq!(classes, [Class::Accepted, Class::TimedOut, Class::Rejected, Class::Rejected]);
    assert_eq!((bench.backend("reader").got.len(), bench.backend("writer").got.len()), (1, 1));
}

/// Assumed latencies: medians of 12 and 6 ms.
#[test]
fn the_own_latency_comes_before_the_integration_and_has_the_assumed_median() {
    for (protocol, median) in [("rest", 12.0), ("http", 6.0)] {
        let services = format!("api: {{ type: api_gateway, protocol: {protocol}, routes: {{ GET /: {{ target: backend }} }} }}");
        let backends = function(Outcome::OK, 100 * MILLISECOND);
        let mut bench = bench(&services, &backends);
        let one = ask(&bench);
        let asks = (0..4_001).map(|index| Ask { at: index * SECOND, journey: index, ..one.clone() }).collect();
        let heard = bench.run(asks);
        let mut own: Vec<Time> = heard
            .iter()
            .enumerate()
            .map(|(index, heard)| heard.expect("answered").at - index as u64 * SECOND - 100 * MILLISECOND)
            .collect();
        let reached: Vec<Time> =
            bench.backend("backend").got.iter().enumerate().map(|(index, got)| got.at - index as u64 * SECOND).collect();
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
    for services in [REST, limited] {
        let backends = function(Outcome::OK, 0);
        let mut bench = bench(services, &backends);
        let party = bench.party("api", Operation::Request);
        let Bench { simulation, .. } = &mut bench;
        if let Actor::Room(room) = &mut simulation.parties[party as usize] {
            room.set(&mut Context::new(&mut simulation.world, party), "throttling_rate_limit", 10.0);
        }
        let one = ask(&bench);
        // 100/s for 10 s at a limit of 10/s, and what the bucket holds.
        let asks = (0..1_000).map(|index| Ask { at: index * SECOND / 100, ..one.clone() }).collect();
        let depth = if services == limited { 20 } else { 10 };
        let passed = count_of(&bench.run(asks), Class::Accepted) as i64;
        assert!((passed - 100 - depth).abs() <= 1, "{passed} passed");
    }
}

#[test]
fn a_journey_stays_open_until_the_client_is_answered_and_abandoned_work_has_ended() {
    for (after, open_for) in [(SECOND, SECOND), (40 * SECOND, 40 * SECOND)] {
        let backends = function(Outcome::OK, after);
        let mut bench = bench(REST, &backends);
        let one = Ask { last: true, ..ask(&bench) };
        bench.run(vec![one]);
        let outcomes = &bench.simulation.world.outcomes.workloads[0];
        assert!(bench.simulation.world.journeys().is_empty());
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
