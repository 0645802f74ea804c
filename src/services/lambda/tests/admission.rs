use super::*;
use crate::fabric::Disturbance;
use crate::fabric::limit::Limiter;

/// Refusals by reason: requests per second, reserved concurrency, account concurrency, scaling rate.
fn refusals(trial: &Trial, service: &str) -> [u64; 4] {
    ["requests_per_second", "reserved_concurrency", "account_concurrency", "scaling_rate"]
        .map(|reason| trial.counter(service, &format!("throttled_{reason}")))
}

/// The documented order: the rate of ten times the concurrency, then concurrency, then the scaling rate.
#[test]
fn refusals_name_the_limiter_that_binds_first() {
    for (keys, account, burst, expected) in [
        ("", 10.0, 20, [0, 0, 10, 0]),
        ("", 10.0, 150, [50, 0, 90, 0]),
        ("reserved_concurrent_executions: 5\n", 1000.0, 60, [10, 45, 0, 0]),
        ("", 5000.0, 3000, [0, 0, 0, 2000]),
        ("reserved_concurrent_executions: 500\n", 5000.0, 3000, [0, 2500, 0, 0]),
    ] {
        let plan = function(&format!("{keys}steps: [ {{ work: 2 s }} ]"));
        let mut trial = plan.quota("lambda.concurrent_executions", account).trial();
        let tokens: Vec<u32> = (0..burst).map(|_| trial.journey_at(0, "f", invoke())).collect();
        trial.run_until(10 * SECOND);
        assert_eq!(refusals(&trial, "f"), expected, "{keys}{burst} of {account}");
        let refused = tokens.iter().filter(|token| outcome(&trial, **token).1 == "Lambda.TooManyRequestsException").count();
        assert_eq!(refused as u64, expected.iter().sum::<u64>());
        assert_eq!(trial.counter("f", "invocations"), burst - expected.iter().sum::<u64>());
        assert_eq!(trial.level("f", "concurrent_executions").0, 0, "everything has ended");
        let slots = trial.simulation.world.limiters.iter().filter(|limiter| limiter.plan.unit == "executions");
        assert_eq!(slots.map(Limiter::used).sum::<u64>(), 0, "{keys}{burst} of {account}: every slot was given back");
    }
}

/// New environments of a function: 1,000 at once, then 100/s, however high the account's quota is.
#[test]
fn environments_scale_by_a_thousand_and_then_a_hundred_a_second() {
    let mut trial =
        function("timeout: 900 s\nsteps: [ { work: 100 s } ]").quota("lambda.concurrent_executions", 20_000.0).trial();
    for index in 0..10_000 {
        trial.journey_at(index * MILLISECOND, "f", invoke());
    }
    trial.run_until(1_500 * MILLISECOND);
    // The first second's 1,000 requests take 1,000 tokens and 100 new ones come; half a second more brings 50.
    assert_eq!(trial.counter("f", "cold_starts"), 1_150);
    trial.run_until(10 * SECOND);
    let cold_starts = trial.counter("f", "cold_starts");
    assert!((1_998..=2_000).contains(&cold_starts), "{cold_starts} in 10 s");
    let limiter = trial.limiter("f", "scaling_rate");
    assert_eq!((limiter.asked, limiter.refused), (10_000, 10_000 - cold_starts));
}

/// Functions without a reservation share what the reservations leave; a reservation is guaranteed and a ceiling.
#[test]
fn reservations_come_out_of_the_shared_pool() {
    let common = format!("type: lambda, {QUIET}, steps: [ {{ work: 1 s }} ]");
    let text = format!(
        "api: {{ {common} }}\nconsumer: {{ {common} }}\nguarded: {{ {common}, reserved_concurrent_executions: 60 }}\n\
         other: {{ {common}, reserved_concurrent_executions: 40 }}"
    );
    let mut trial = services(&text).quota("lambda.concurrent_executions", 300.0).trial();
    for (service, count) in [("consumer", 250), ("api", 30), ("guarded", 100)] {
        for _ in 0..count {
            trial.journey_at(0, service, invoke());
        }
    }
    trial.run_until(10 * SECOND);
    assert_eq!(trial.limiter("account", "lambda.unreserved_concurrency").quota(), 200.0);
    assert_eq!(trial.counter("consumer", "invocations"), 200);
    assert_eq!(refusals(&trial, "api"), [0, 0, 30, 0], "the noisy neighbour has taken the pool");
    assert_eq!((trial.counter("guarded", "invocations"), refusals(&trial, "guarded")), (60, [0, 40, 0, 0]));
}

/// At least 100 executions stay unreserved; the function that goes too far is told.
#[test]
fn reservations_leave_a_hundred() {
    let text = "a: { type: lambda, reserved_concurrent_executions: 600 }\nb: { type: lambda, reserved_concurrent_executions: 301 }\n\
                c: { type: lambda, reserved_concurrent_executions: 1 }";
    let complaints = services(text).complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("add up to 901"), "{complaints:?}");
    assert!(services(&text.replace("301", "299")).complaints().is_empty());
}

/// The timeline changes a reservation: the function's ceiling, its rate, and what is left to the others.
#[test]
fn the_timeline_sets_the_reservation() {
    let set = |value: f64| Disturbance::Set { key: "reserved_concurrent_executions".to_string(), value };
    for keys in ["", "reserved_concurrent_executions: 20\n"] {
        let mut trial = function(&format!("{keys}steps: [ {{ work: 500 ms }} ]")).trial();
        trial.disturb(10 * SECOND, "f", set(0.0));
        trial.disturb(20 * SECOND, "f", set(7.0));
        for at in [5, 15, 25] {
            for _ in 0..10 {
                trial.journey_at(at * SECOND, "f", invoke());
            }
        }
        trial.run_until(19 * SECOND);
        assert_eq!((trial.counter("f", "invocations"), refusals(&trial, "f")), (10, [0, 10, 0, 0]), "{keys}");
        trial.run_until(30 * SECOND);
        assert_eq!((trial.counter("f", "invocations"), refusals(&trial, "f")), (17, [0, 13, 0, 0]), "{keys}");
        let mut pool = trial.limiter("account", "lambda.unreserved_concurrency").clone();
        assert!(pool.has_room(30 * SECOND, 993) && !pool.has_room(30 * SECOND, 994), "{keys}: the others have what is left");
    }
}

/// A short function meets the rate limit long before its concurrency: 20 ms at 30,000/s need 600 executions, but a quota of
/// 1,000 admits 10,000 requests a second.
#[test]
fn short_functions_meet_the_rate_limit() {
    let mut trial = function("steps: [ { work: 20 ms } ]").trial();
    for index in 0..120_000_u64 {
        trial.journey_at(index * SECOND / 30_000, "f", invoke());
    }
    // After the first second, whose bucket was full, a third of the requests gets in.
    trial.run_until(SECOND);
    let early = (trial.counter("f", "invocations"), refusals(&trial, "f")[0]);
    trial.run_until(4 * SECOND);
    let admitted = trial.counter("f", "invocations") - early.0;
    let refused = refusals(&trial, "f")[0] - early.1;
    let share = refused as f64 / (admitted + refused) as f64;
    assert!((share - 2.0 / 3.0).abs() < 0.01, "{share} refused");
    assert_eq!(refusals(&trial, "f")[1..], [0, 0, 0]);
    assert!(trial.level("f", "concurrent_executions").1 <= 601);
}
