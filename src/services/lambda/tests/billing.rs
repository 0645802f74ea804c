use super::*;

const KB: u32 = 1024;

/// What was metered of `f`: requests, MB-milliseconds, log bytes.
fn metered(trial: &Trial, architecture: &str) -> (u128, u128, u128) {
    (
        trial.metered("f", &format!("lambda-requests-{architecture}")),
        trial.metered("f", &format!("lambda-duration-{architecture}")),
        trial.metered("f", "logs-ingestion-vended"),
    )
}

/// Duration is initialisation and handler together, rounded up to 1 ms once per invocation, times the memory.
#[test]
fn duration_is_billed_with_initialisation_by_the_millisecond() {
    for (keys, architecture, cold, warm) in [
        ("memory_size: 128 MB", "x86", 111, 11),
        ("memory_size: 512 MB\narchitecture: arm64", "arm", 111, 11),
        ("memory_size: 128 MB\nbill_init: false", "x86", 11, 11),
    ] {
        let memory = if keys.contains("512") { 512 } else { 128 };
        let mut trial = function(&format!("{keys}\ninit: 100300 us\nlog_bytes: 200 B\nsteps: [ {{ work: 10200 us }} ]")).trial();
        trial.journey_at(0, "f", invoke());
        trial.run_until(SECOND);
        assert_eq!(metered(&trial, architecture), (1, cold * memory, 550), "{keys}");
        trial.journey_at(2 * SECOND, "f", invoke());
        trial.run_until(3 * SECOND);
        assert_eq!(metered(&trial, architecture), (2, (cold + warm) * memory, 1100), "{keys}");
    }
}

/// An asynchronous event is one request for its first 256 KB and one more for each further 64 KB, at every attempt; a
/// synchronous one is one request whatever its size. Refused invocations cost nothing.
#[test]
fn large_events_count_as_several_requests() {
    for (size, requests) in [(1, 1), (256 * KB, 1), (256 * KB + 1, 2), (320 * KB, 2), (320 * KB + 1, 3), (1024 * KB, 13)] {
        let mut trial = function("maximum_retry_attempts: 1\nsteps: [ { fail: { share: 100% } } ]").trial();
        trial.journey_at(0, "f", Request { size, ..event() });
        trial.run_until(3600 * SECOND);
        assert_eq!(metered(&trial, "x86").0, 2 * requests, "{size} B, two attempts");
        trial.journey_at(3601 * SECOND, "f", Request { size, ..invoke() });
        trial.run_until(3700 * SECOND);
        assert_eq!(metered(&trial, "x86").0, 2 * requests + 1);
    }
    let mut trial = function("reserved_concurrent_executions: 0").trial();
    trial.journey_at(0, "f", invoke());
    trial.run_until(SECOND);
    assert_eq!(metered(&trial, "x86"), (0, 0, 0));
}

/// A killed invocation is billed to its time-out; ephemeral storage beyond 512 MB for the billed time.
#[test]
fn timeouts_and_storage_are_billed() {
    let mut trial = function("timeout: 2 s\nephemeral_storage: 1 GB\nsteps: [ { work: 5 s } ]").trial();
    trial.journey_at(0, "f", invoke());
    trial.run_until(10 * SECOND);
    assert_eq!(metered(&trial, "x86"), (1, 2_000 * 128, 350));
    assert_eq!(trial.metered("f", "lambda-ephemeral-storage"), 2_000 * 512);
}

/// A re-initialisation inside an invocation is part of its duration and billed with it.
#[test]
fn suppressed_initialisation_is_billed_as_duration() {
    let mut trial = function("timeout: 30 s\ninit: 12 s\nbill_init: false\nsteps: [ { work: 1 s } ]").trial();
    trial.journey_at(0, "f", invoke());
    trial.run_until(60 * SECOND);
    assert_eq!(metered(&trial, "x86").1, 13_000 * 128);
}
