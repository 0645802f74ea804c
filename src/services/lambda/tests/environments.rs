use super::*;
use crate::fabric::build::Builder;
use crate::fabric::{Bounds, Context, Declarer, Disturbance};
use crate::kernel::{Purpose, Sampler, Streams};
use crate::reader::Diagnostics;
use crate::services::lambda::cold_start::{first_run, runtime_init};
use crate::services::lambda::config::{Architecture, PackageType, Reuse, Runtime};
use crate::services::lambda::pool::{Durations, Pool};

/// Closed formula (one sandbox, rejected when busy, Poisson arrivals at rate l, idle time-out T): a request is cold with
/// probability exp(-l T); the loss is a / (1 + a) with a = l x mean service.
#[test]
fn one_sandbox_with_a_keep_alive_meets_its_formula() {
    let keys = "reserved_concurrent_executions: 1\nkeep_alive: 100 s\nmaximum_environment_age: 0 s\ntimeout: 900 s\n\
                init: { exponential: { mean: 900 ms } }\nsteps: [ { work: { exponential: { mean: 300 ms } } } ]";
    let mut trial = function(keys).trial();
    let arrivals = 300_000;
    let draws = Streams::new(5, 0);
    let mut at = 0.0;
    let tokens: Vec<(Time, u32)> = (0..arrivals)
        .map(|index| {
            at -= libm::log(draws.draw(Purpose::new(1), index, 0).unit()) / 0.01;
            (seconds(at), trial.journey_at(seconds(at), "f", invoke()))
        })
        .collect();
    trial.run_until(seconds(at + 100.0));
    let served = trial.counter("f", "invocations") as f64;
    let cold = trial.counter("f", "cold_starts") as f64 / served;
    let refused = trial.counter("f", "throttled_reserved_concurrency") as f64 / arrivals as f64;
    let total: Time = tokens
        .iter()
        .filter_map(|(sent, token)| trial.heard(*token).filter(|(_, reply)| reply.outcome.is_ok()).map(|(at, _)| at - sent))
        .sum();
    let mean = total as f64 / SECOND as f64 / served;
    assert!((cold / 0.367_879 - 1.0).abs() < 0.01, "P(cold) = {cold}");
    assert!((mean / 0.631_091 - 1.0).abs() < 0.01, "mean duration = {mean}");
    assert!((refused / 0.006_271 - 1.0).abs() < 0.08, "P(rejected) = {refused}");
}

/// Idle environments are kept for 600 s since their last use (assumption), then they go, and the level shows it.
#[test]
fn an_idle_environment_lives_for_its_keep_alive() {
    let mut trial = function("steps: [ { work: 1 s } ]").trial();
    for at in [0.0, 600.0, 1200.9, 1802.0] {
        trial.journey_at(seconds(at), "f", invoke());
    }
    trial.run_until(seconds(1801.0));
    assert_eq!(trial.counter("f", "cold_starts"), 1, "idle for 599 s and for 599.9 s");
    assert_eq!(trial.level("f", "environments").0, 1);
    trial.run_until(seconds(1801.95));
    assert_eq!(trial.level("f", "environments").0, 0, "idle for 600 s at 1801.9 s");
    trial.run_until(seconds(1810.0));
    assert_eq!(trial.counter("f", "cold_starts"), 2);
    assert_eq!(trial.level("f", "environments"), (1, 1));
}

/// Which environment is reused: by default the newest, as options the one idle for the shortest or longest time.
#[test]
fn reuse_takes_the_environment_it_says() {
    // Created 0, 1, 2; idle in the order 1, 2, 0.
    for (reuse, expected) in
        [(Reuse::Newest, [2, 1, 0]), (Reuse::MostRecentlyUsed, [0, 2, 1]), (Reuse::LeastRecentlyUsed, [1, 2, 0])]
    {
        let mut declarer = Declarer::default();
        declarer.service("f", "lambda", None);
        declarer.main_party(false);
        let mut diagnostics = Diagnostics::new();
        let bounds = Bounds { events: 100, in_flight: 100 };
        let mut builder = Builder::new(declarer, Streams::new(1, 0), bounds, "us-east-1", &mut diagnostics);
        let zero = || Sampler::constant(0);
        let durations = Durations { platform: zero(), runtime_init: zero(), own_init: zero(), first_run: zero(), age: None };
        let mut pool = Pool::new(durations, reuse, 600 * SECOND, builder.level("environments", None));
        let mut context = Context::new(&mut builder.world, 0);
        let created = [0, 1, 2].map(|_| pool.create(&mut context).0);
        assert_eq!(created, [0, 1, 2]);
        for index in [1, 2, 0] {
            pool.release(&mut context, index);
        }
        let taken = [0, 1, 2].map(|_| pool.take(&mut context).expect("an idle environment"));
        assert_eq!((taken, pool.take(&mut context)), (expected, None), "{reuse:?}");
    }
}

/// Taking the newest lets the rest of the pool die out; taking turns keeps all of it alive.
#[test]
fn reuse_decides_how_many_environments_stay() {
    for (reuse, left) in [("newest", 1), ("most_recently_used", 1), ("least_recently_used", 2)] {
        let mut trial = function(&format!("reuse: {reuse}\nsteps: [ {{ work: 1 s }} ]")).trial();
        for at in [0, 0, 200, 400, 600, 800, 1000] {
            trial.journey_at(at * SECOND, "f", invoke());
        }
        trial.run_until(1100 * SECOND);
        assert_eq!(trial.level("f", "environments"), (left, 2), "{reuse}");
    }
}

/// Environments are replaced after some hours even under constant traffic; the hours are an assumption.
#[test]
fn old_environments_are_replaced() {
    for (age, cold_starts) in [("maximum_environment_age: 100 s", 10), ("maximum_environment_age: 0 s", 1)] {
        let mut trial = function(&format!("{age}\nsteps: [ {{ work: 10 ms }} ]")).trial();
        for at in 0..1000 {
            trial.journey_at(at * SECOND, "f", invoke());
        }
        trial.run_until(1001 * SECOND);
        assert_eq!(trial.counter("f", "cold_starts"), cold_starts, "{age}");
        assert_eq!(trial.level("f", "environments"), (1, 1));
    }
    let mut trial = function("maximum_environment_age: { from: 50 s, to: 150 s }\nsteps: [ { work: 1 ms } ]").trial();
    for at in 0..100_000 {
        trial.journey_at(at * SECOND / 5, "f", invoke());
    }
    trial.run_until(20_001 * SECOND);
    let cold_starts = trial.counter("f", "cold_starts");
    assert!((185..=215).contains(&cold_starts), "{cold_starts} replacements in 20,000 s at a mean age of 100 s");
}

/// An idle environment that has become too old is not used again, though its keep-alive is not over.
#[test]
fn an_idle_environment_that_is_too_old_is_not_taken() {
    let mut trial = function("maximum_environment_age: 100 s\nsteps: [ { work: 10 ms } ]").trial();
    for at in [0, 90, 150] {
        trial.journey_at(at * SECOND, "f", invoke());
    }
    trial.run_until(151 * SECOND);
    assert_eq!((trial.counter("f", "cold_starts"), trial.level("f", "environments")), (2, (1, 1)));
}

/// The measured percentiles of `Init Duration` and fitted first runs: the data table of `cold_start`.
#[test]
fn initialisation_has_the_measured_percentiles() {
    use Architecture::{Arm, X86};
    use PackageType::{Image, Zip};
    let cases: [(Runtime, Architecture, PackageType, &[(f64, f64)]); 8] = [
        (Runtime::Nodejs22, X86, Zip, &[(0.1, 130.0), (0.5, 145.0), (0.9, 172.0), (0.99, 220.0), (0.999, 267.0)]),
        (Runtime::Nodejs22, Arm, Zip, &[(0.5, 129.0), (0.9, 139.0), (0.99, 173.0)]),
        (Runtime::Nodejs22, X86, Image, &[(0.5, 300.0), (0.9, 601.0), (0.99, 826.0), (0.999, 1000.0)]),
        (Runtime::Nodejs22, Arm, Image, &[(0.5, 231.0), (0.9, 459.0), (0.99, 721.0)]),
        (Runtime::Python313, X86, Zip, &[(0.1, 79.0), (0.5, 92.0), (0.999, 247.0)]),
        (Runtime::Java21, X86, Zip, &[(0.5, 243.0), (0.9, 285.0), (0.99, 603.0)]),
        (Runtime::Dotnet10, X86, Zip, &[(0.5, 261.0), (0.9, 567.0)]),
        (Runtime::GraalvmJava23, X86, Image, &[(0.9, 209.0), (0.99, 1547.0), (0.999, 6395.0)]),
    ];
    for (runtime, architecture, package, percentiles) in cases {
        let sampler = runtime_init(runtime, architecture, package);
        for (share, expected) in percentiles {
            let found = sampler.quantile(*share) / MILLISECOND as f64;
            assert!((found / expected - 1.0).abs() < 1e-4, "{runtime:?} {architecture:?} {package:?} p{share}: {found}");
        }
    }
    // Measured medians of the cold invocation's duration: .NET 8 166 ms at 512 MB, Node 3.3 ms from 256 MB up.
    for (runtime, memory, low, high) in [
        (Runtime::Dotnet8, 512, 150.0, 185.0),
        (Runtime::Dotnet8, 128, 600.0, 725.0),
        (Runtime::Java21, 1024, 7.0, 11.0),
        (Runtime::Nodejs22, 1024, 3.2, 3.4),
        (Runtime::Nodejs22, 128, 11.0, 13.0),
        (Runtime::Python312, 128, 2.1, 2.3),
    ] {
        let found = first_run(runtime, memory) as f64 / MILLISECOND as f64;
        assert!(low <= found && found <= high, "{runtime:?} at {memory} MB: {found} ms");
    }
}

/// Default cold starts are platform, initialisation and first run: a Node function's median lies near 150 + 145 + 6 ms.
#[test]
fn a_cold_start_is_the_sum_of_its_parts() {
    let text = "f: { type: lambda, memory_size: 256 MB, latency: { front_end: 0 }, steps: [ { work: 1 ms } ] }";
    let mut trial = services(text).quota("lambda.concurrent_executions", 5000.0).trial();
    let tokens: Vec<u32> = (0..1000).map(|_| trial.journey_at(0, "f", invoke())).collect();
    trial.run_until(100 * SECOND);
    let mut latencies: Vec<u64> = tokens.iter().map(|token| outcome(&trial, *token).0).collect();
    latencies.sort_unstable();
    assert!((290..=325).contains(&latencies[500]), "median {} ms", latencies[500]);
    assert!((480..=650).contains(&latencies[990]), "p99 {} ms", latencies[990]);
    let cold_start = trial.timing("f", "cold_start_ms");
    assert_eq!(cold_start.count(), 1000);
}

/// The first run in an environment takes longer, and that is part of the billed duration; a time-out makes the next a first one.
#[test]
fn the_first_run_in_an_environment_takes_longer() {
    let text = format!(
        "f:\n  type: lambda\n  {}\n  timeout: 1 s\n  steps: [ {{ work: 100 ms }}, {{ call: {{ service: psp }} }} ]",
        QUIET.replace("first_run: 0", "first_run: 50 ms")
    );
    let stuck = |context: &mut crate::fabric::Context, _| {
        let after = if context.now() < 15 * SECOND { 0 } else { 5 * SECOND };
        Some((crate::fabric::Reply::OK, if context.now() < 25 * SECOND { after } else { 0 }))
    };
    let mut trial = services(&text).stub("psp", &[Operation::Request], stuck).trial();
    let tokens = [0, 10, 20, 30, 40].map(|at| trial.journey_at(at * SECOND, "f", invoke()));
    trial.run_until(50 * SECOND);
    let took: Vec<u64> = tokens.iter().zip(0..).map(|(token, place)| outcome(&trial, *token).0 - place * 10_000).collect();
    assert_eq!(took, [150, 100, 1_000, 150, 100]);
    assert_eq!(trial.timing("f", "duration_ms").count(), 5);
    let total = trial.timing("f", "duration_ms").mean().expect("invocations") * 5.0 / MILLISECOND as f64;
    assert_eq!(total.round(), 1_500.0, "the first runs are part of the duration");
}

/// Environments draw by their own number: who needs them first does not matter.
#[test]
fn luck_of_environments_belongs_to_no_journey() {
    let text = "f: { type: lambda, latency: { front_end: 0 }, steps: [ { work: 1 ms } ] }";
    let cold_start = |skipped: u64| {
        let mut trial = services(text).trial();
        for _ in 0..skipped {
            // Journeys that never reach the function: those that do have other keys.
            trial.journey_at(500 * SECOND, "f", invoke());
        }
        let token = trial.journey_at(0, "f", invoke());
        trial.run_until(10 * SECOND);
        trial.heard(token).expect("answered").0
    };
    assert_eq!(cold_start(0), cold_start(7));
}

/// Initialisation over 10 s is abandoned and run again inside the invocation, under its time-out.
#[test]
fn initialisation_has_ten_seconds() {
    for (init, timeout, answered) in [
        ("9.9 s", "3 s", (10_900, "")),
        ("10.1 s", "30 s", (10_000 + 10_100 + 1_000, "")),
        ("10.1 s", "3 s", (13_000, "Sandbox.Timedout")),
    ] {
        let mut trial = function(&format!("init: {init}\ntimeout: {timeout}\nsteps: [ {{ work: 1 s }} ]")).trial();
        let token = trial.journey_at(0, "f", invoke());
        trial.run_until(60 * SECOND);
        assert_eq!(outcome(&trial, token), answered, "init {init}, time-out {timeout}");
    }
}

/// A time-out kills the invocation and resets the environment: the next one initialises inside its own duration.
#[test]
fn a_timeout_kills_and_the_next_invocation_initialises_again() {
    let plan = function("timeout: 1 s\ninit: 200 ms\nsteps: [ { work: 500 ms }, { call: { service: psp } }, { work: 10 ms } ]");
    let mut trial = plan.accepting("psp", &[Operation::Request], 0).trial();
    trial.disturb(0, "f", Disturbance::Slow(4.0));
    trial.disturb(5 * SECOND, "f", Disturbance::Slow(1.0));
    let tokens = [0, 10, 20].map(|at| trial.journey_at(at * SECOND, "f", invoke()));
    trial.run_until(30 * SECOND);
    // 800 ms of (slowed) initialisation come before the invocation; after the reset they are part of it.
    assert_eq!(outcome(&trial, tokens[0]), (800 + 1_000, "Sandbox.Timedout"));
    assert_eq!(outcome(&trial, tokens[1]), (10_000 + 200 + 510, ""));
    assert_eq!(outcome(&trial, tokens[2]), (20_000 + 510, ""));
    assert_eq!(trial.counter("f", "timeouts"), 1);
    assert_eq!(trial.counter("f", "errors"), 1);
    assert_eq!(trial.counter("f", "cold_starts"), 1, "the environment itself stays");
    assert_eq!(trial.arrivals("psp").len(), 2, "what was killed calls nobody");
    assert_eq!(trial.level("f", "concurrent_executions"), (0, 1));
}

/// A time-out that strikes during a call abandons it; the callee still answers, into the void.
#[test]
fn a_timeout_abandons_the_call_under_way() {
    let plan = function("timeout: 1 s\nsteps: [ { call: { service: psp } }, { mark: done } ]");
    let mut trial = plan.accepting("psp", &[Operation::Request], 5 * SECOND).trial();
    let token = trial.journey_at(0, "f", invoke());
    trial.run_until(10 * SECOND);
    assert_eq!(outcome(&trial, token), (1_000, "Sandbox.Timedout"));
    assert_eq!((trial.done().count(), trial.open_journeys()), (0, 0));
    assert_eq!(trial.simulation.world.abandoned(), 1);
}

/// An error that the handler throws ends the invocation, not the environment; the caller gets its name.
#[test]
fn a_handlers_error_leaves_the_environment_alone() {
    let mut trial = function("init: 200 ms\nsteps: [ { work: 100 ms }, { fail: { share: 100%, error: Declined } } ]").trial();
    let tokens = [0, 10].map(|at| trial.journey_at(at * SECOND, "f", invoke()));
    trial.run_until(30 * SECOND);
    assert_eq!(outcome(&trial, tokens[0]), (300, "Declined"));
    assert_eq!(outcome(&trial, tokens[1]), (10_100, "Declined"));
    assert_eq!((trial.counter("f", "errors"), trial.counter("f", "timeouts")), (2, 0));
    assert_eq!(trial.endings(""), 2, "an error marks nothing by itself");
}

/// The SDK client of an environment has 500 tokens: 35 retries at 14 each in a total outage, then none.
#[test]
fn the_retry_quota_is_the_environments() {
    let steps = "steps: [ { call: { service: psp, retry: '2026', on_error: [] } } ]\ntimeout: 900 s";
    let failing = crate::fabric::Reply::error(crate::fabric::Class::Unavailable, crate::fabric::errors::SERVICE_DOWN);
    let mut trial = function(steps).stub("psp", &[Operation::Request], move |_, _| Some((failing, 0))).trial();
    for at in 0..100 {
        trial.journey_at(at * SECOND, "f", invoke());
    }
    trial.run_until(200 * SECOND);
    assert_eq!(trial.arrivals("psp").len(), 100 + 35);
}

/// A success gives back what its last retry cost, or one token: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>.
#[test]
fn successes_give_retry_tokens_back() {
    let steps = "steps: [ { call: { service: psp, retry: '2026', on_error: [] } } ]\ntimeout: 900 s";
    let failing = crate::fabric::Reply::error(crate::fabric::Class::Unavailable, crate::fabric::errors::SERVICE_DOWN);
    let mut calls = 0;
    // The outage leaves 500 - 35 x 14 = 10 tokens; four successes make it 14, which is one retry; each retry then pays the next.
    let answer = move |_: &mut crate::fabric::Context, _| {
        calls += 1;
        let fails = calls <= 135 || calls > 139 && calls % 2 == 0;
        Some((if fails { failing } else { crate::fabric::Reply::OK }, 0))
    };
    let mut trial = function(steps).stub("psp", &[Operation::Request], answer).trial();
    for at in 0..114 {
        trial.journey_at(at * SECOND, "f", invoke());
    }
    trial.run_until(99 * SECOND + SECOND / 2);
    assert_eq!(trial.arrivals("psp").len(), 135);
    trial.run_until(200 * SECOND);
    assert_eq!(trial.arrivals("psp").len(), 135 + 4 + 10 * 2);
}

/// The result of a synchronous invocation is what the steps return, after the front end's share of the time.
#[test]
fn the_caller_gets_the_result() {
    let text = "f: { type: lambda, latency: { front_end: 20 ms, platform: 0, runtime_init: 0, first_run: 0 },\n  \
                steps: [ { work: 5 ms }, { return: { values: { state: paid }, size: 300 B } } ] }";
    let mut trial = services(text).trial();
    let direct = trial.site(crate::fabric::Parameters::Direct);
    let token = trial.journey_at(0, "f", invoke());
    let from_service = trial.journey_at(SECOND, "f", Request { site: direct, ..invoke() });
    trial.run_until(10 * SECOND);
    let reply = trial.reply(token);
    assert_eq!((outcome(&trial, token), reply.size), ((25, ""), 300));
    assert_eq!(trial.simulation.world.contents.value(reply.content), &serde_json::json!({ "state": "paid" }));
    assert_eq!(outcome(&trial, from_service).0, 1_005);
}
