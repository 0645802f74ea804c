//! From configuration to parties: the function, its asynchronous queue, its destinations.

use crate::fabric::build::Assumption;
use crate::fabric::deadline::Deadlines;
use crate::fabric::duration::{DurationSpec, sampler};
use crate::fabric::hand_over::{Destination, HandOver, Policy};
use crate::fabric::program::{Children, Machine, Op};
use crate::fabric::retry::{Jitter, Schedule};
use crate::fabric::steps::{ForEachStep, Step, StepProgram, compile};
use crate::fabric::{Builder, Operation, Parameters, PartyId};
use crate::kernel::{MILLISECOND, SECOND, Sampler, Slab, Time};
use crate::reader::{Code, Either, Spanned};
use crate::results::SeriesKind;

use super::super::Party;
use super::admission::{Admission, UNRESERVED_MIN, concurrent_executions, reservations};
use super::cold_start;
use super::config::LambdaConfig;
use super::pool::{Durations, Pool};
use super::relay::{EVENT_SOURCE, Relay};
use super::state::{Floor, Function, Mapping, Probes};
use super::usage::{FREE_STORAGE_MEGABYTES, Meters, Plan};

/// Detail types of the events that destinations send, on success and on failure. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>, read 2026-11-23.
pub(super) const DETAIL_TYPES: [&str; 2] =
    ["Lambda Function Invocation Result - Success", "Lambda Function Invocation Result - Failure"];

/// Limits of a function. Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>, read 2026-11-23.
const MEMORY_MEGABYTES: (u64, u64) = (128, 10_240);
const STORAGE_MEGABYTES: (u64, u64) = (FREE_STORAGE_MEGABYTES, 10_240);
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>, read 2026-11-23.
const TIMEOUT: Time = 3 * SECOND;
const TIMEOUT_SECONDS: (u64, u64) = (1, 900);
/// Waits before the retries of an event whose handler failed, and the range of its age. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>, read 2026-11-23.
const RETRY_WAITS: [Time; 2] = [60 * SECOND, 120 * SECOND];
const EVENT_AGE_SECONDS: (u64, u64) = (60, 6 * 3600);
/// First and longest wait before a throttled event is tried again; same source.
const THROTTLE_WAITS: (Time, Time) = (SECOND, 300 * SECOND);

const FRONT_END_MEDIAN: Assumption = Assumption {
    name: "lambda.front_end_p50",
    default: 10.0,
    unit: "ms",
    low: 5.0,
    high: 25.0,
    why: "overhead of a warm synchronous invocation; measured 18 ms in 2021 in the data centre, no newer measurement found",
};
const FRONT_END_P99: Assumption = Assumption {
    name: "lambda.front_end_p99",
    default: 45.0,
    unit: "ms",
    low: 25.0,
    high: 80.0,
    why: "overhead of a warm synchronous invocation; measured 74 ms in 2021 in the data centre, no newer measurement found",
};
const PLATFORM_MEDIAN: Assumption = Assumption {
    name: "lambda.platform_start_p50",
    default: 150.0,
    unit: "ms",
    low: 90.0,
    high: 290.0,
    why: "placing an environment and fetching its code; derived from client-side cold starts of 2021, in no log line",
};
const PLATFORM_P99: Assumption = Assumption {
    name: "lambda.platform_start_p99",
    default: 400.0,
    unit: "ms",
    low: 250.0,
    high: 1000.0,
    why: "placing an environment and fetching its code; derived from client-side cold starts of 2021, in no log line",
};
const KEEP_ALIVE: Assumption = Assumption {
    name: "lambda.keep_alive",
    default: 600.0,
    unit: "s",
    low: 300.0,
    high: 2700.0,
    why: "AWS ends idle environments after some time it does not name; 10 min was measured in 2019 and 2021. Sparse traffic depends on it",
};
const AGE_FROM: Assumption = Assumption {
    name: "lambda.environment_age_from",
    default: 2.0 * 3600.0,
    unit: "s",
    low: 3600.0,
    high: 6.0 * 3600.0,
    why: "environments are replaced every few hours, even under constant traffic; the hours are not documented",
};
const AGE_TO: Assumption = Assumption {
    name: "lambda.environment_age_to",
    default: 6.0 * 3600.0,
    unit: "s",
    low: 2.0 * 3600.0,
    high: 14.0 * 3600.0,
    why: "environments are replaced every few hours, even under constant traffic; the hours are not documented",
};
/// The asynchronous path adds 41 to 43 ms to the median of the synchronous one in published measurements
/// (<https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/>, 2022, read 2026-11-23).
const ASYNCHRONOUS_MEDIAN: Assumption = Assumption {
    name: "lambda.asynchronous_queue_p50",
    default: 42.0,
    unit: "ms",
    low: 38.0,
    high: 61.0,
    why: "time in the queue of asynchronous invocations, a difference of measured paths; two such differences give 42, a third 61",
};
/// How the asynchronous path's median splits into a constant and a lognormal part, and the latter's sigma: the measured
/// 10th and 90th percentiles of the same paths differ by about 42 and 71 ms.
const ASYNCHRONOUS_CONSTANT: f64 = 32.0 / 42.0;
const ASYNCHRONOUS_SIGMA: f64 = 1.0;

/// From the end of one function to the start of another that is its destination took 156, 175, 223 and 303 ms (5th, 50th, 90th
/// and 99th percentile; 240 events, Region not named, 2021: <https://github.com/LedgeDash/unum>, read 2026-11-23). The queue of
/// the second function is part of that; this is the rest.
const DESTINATION_MEDIAN: Assumption = Assumption {
    name: "lambda.destination_p50",
    default: 130.0,
    unit: "ms",
    low: 0.0,
    high: 150.0,
    why: "from the end of an event until its record is sent to the destination; what one measurement of 2021 leaves beside the \
          queue of events, and none newer was found",
};
/// How that median splits into a constant and a lognormal part, and the latter's sigma, by the same percentiles.
const DESTINATION_CONSTANT: f64 = 0.88;
const DESTINATION_SIGMA: f64 = 0.8;

/// A destination of asynchronous invocations.
pub(super) fn relay(config: &LambdaConfig, builder: &mut Builder, name: &Spanned<String>, detail_type: &'static str) -> Party {
    // What failed is dead-lettered, where the target tells that apart; what succeeded goes on.
    let failure = detail_type == DETAIL_TYPES[1];
    let mut operations = vec![Operation::SendMessage, Operation::Publish, Operation::PutEvents, Operation::InvokeEvent];
    if failure {
        operations.insert(0, Operation::DeadLetter);
    }
    let Some(target) = builder.destination(name, &operations, "a destination of asynchronous invocations") else {
        return Party::Vacant;
    };
    let delivery = latency(builder, config.latency.destination.as_ref(), |builder| {
        split_latency(builder, &DESTINATION_MEDIAN, DESTINATION_CONSTANT, DESTINATION_SIGMA)
    });
    let envelope = (target.operation == Operation::PutEvents).then(|| {
        builder.emits(target.party, Some((EVENT_SOURCE, detail_type)));
        (builder.memo(), detail_type)
    });
    let waiting = builder.level("destination_records_waiting", None);
    Party::Relay(Box::new(Relay { target, envelope, delivery, failures: builder.counter("destination_failures"), waiting }))
}

/// The queue of asynchronous invocations.
pub(super) fn queue(config: &LambdaConfig, builder: &mut Builder, relays: [Option<PartyId>; 2]) -> Party {
    let target = Destination {
        party: builder.own(Operation::Invoke),
        operation: Operation::Invoke,
        site: builder.site(Parameters::Direct),
    };
    let relay =
        |place: usize| relays[place].map(|party: PartyId| Destination { party, operation: Operation::SendMessage, site: 0 });
    let dead_letter = config.dead_letter.as_ref().and_then(|name| {
        let operations = [Operation::DeadLetter, Operation::SendMessage, Operation::Publish];
        builder.destination(name, &operations, "a dead-letter target")
    });
    if let (Some(name), Some(_)) = (&config.dead_letter, &config.on_failure) {
        builder.error(name.span, Code::Conflict, "give `dead_letter` or `on_failure`: the model serves one of them");
    }
    let retries = config.maximum_retry_attempts.as_ref().map_or(2, |attempts| {
        if attempts.0 > 2 {
            builder.error(attempts.span, Code::OutOfRange, "an event is retried at most twice");
        }
        attempts.0.min(2) as usize
    });
    let maximum_age = config.maximum_event_age.as_ref().map_or(EVENT_AGE_SECONDS.1 * SECOND, |age| {
        let (least, most) = EVENT_AGE_SECONDS;
        if age.0 < least * SECOND || age.0 > most * SECOND {
            builder.error(age.span, Code::OutOfRange, "events are kept for 60 s to 6 h");
        }
        age.0
    });
    let policy = Policy {
        target,
        acceptance: front_end(config, builder),
        delivery: latency(builder, config.latency.asynchronous.as_ref(), |builder| {
            split_latency(builder, &ASYNCHRONOUS_MEDIAN, ASYNCHRONOUS_CONSTANT, ASYNCHRONOUS_SIGMA)
        }),
        after_failure: Schedule::Fixed(RETRY_WAITS[..retries].to_vec()),
        after_throttle: Schedule::Exponential {
            base: THROTTLE_WAITS.0,
            rate: 2.0,
            cap: THROTTLE_WAITS.1,
            retries: u32::MAX,
            jitter: Jitter::Half,
        },
        maximum_age,
        on_failure: dead_letter.or(relay(1)),
        on_success: relay(0),
        delivery_quota: None,
    };
    let probes = builder.hand_over_probes();
    Party::HandOver(Box::new(HandOver::new(policy, probes)))
}

/// The function itself.
pub(super) fn function(config: &LambdaConfig, builder: &mut Builder, queue: PartyId, mappings: &[PartyId]) -> Party {
    check_reservation(config, builder);
    check_timeout(config, builder);
    check_initial(config, builder);
    let memory_megabytes = megabytes(builder, config.memory_size.as_ref(), MEMORY_MEGABYTES, "memory");
    let storage_megabytes = megabytes(builder, config.ephemeral_storage.as_ref(), STORAGE_MEGABYTES, "ephemeral storage");
    let name = builder.name();
    let (StepProgram { program, transforms, .. }, direct_entry) = handler(config, builder, &name);
    let plan = Plan {
        architecture: config.architecture,
        memory_megabytes,
        storage_megabytes,
        log_bytes: config.log_bytes.map_or(0, |bytes| bytes.0),
        bill_init: config.bill_init,
    };
    let pool = pool(config, builder, memory_megabytes);
    let mappings = config.events.values().zip(mappings);
    Party::Function(Box::new(Function {
        machine: Machine::new(program),
        floor: Floor { activations: Slab::default(), pool, transforms },
        admission: Admission::build(builder, config.reserved_concurrent_executions.as_ref().map(|reserved| reserved.0)),
        timeouts: Deadlines::new(config.timeout()),
        front_end: front_end(config, builder),
        event_source: super::event_source::latency(config, builder),
        queue,
        mappings: mappings
            .map(|(source, party)| Mapping { party: *party, reports_records: source.report_batch_item_failures })
            .collect(),
        direct_entry,
        timed_out: builder.error_name("Sandbox.Timedout"),
        initial_environments: config.initial_environments.as_ref().map_or(0, |count| count.0),
        sequence: 0,
        meters: Meters::build(builder, plan),
        probes: probes(builder),
    }))
}

/// The compiled steps, and the operation at which an invocation without a batch begins.
fn handler(config: &LambdaConfig, builder: &mut Builder, name: &str) -> (StepProgram, u32) {
    let wrapped = !config.events.is_empty() && !config.steps.iter().any(|step| matches!(step, Step::ForEach(_)));
    let mut made = if wrapped {
        let loop_over_records = ForEachStep { concurrency: None, steps: config.steps.clone() };
        compile(builder, name, &[Step::ForEach(loop_over_records)])
    } else {
        compile(builder, name, &config.steps)
    };
    let reports_records = config.events.values().any(|source| source.report_batch_item_failures);
    let mut entry = 0;
    for (place, group) in made.program.groups.iter_mut().enumerate() {
        if let Children::Records { body } = group.children {
            // Without reports on records, a failed record is an exception that ends the batch.
            group.fails_together = !reports_records;
            if wrapped && place == 0 {
                entry = body;
            }
        }
    }
    // An invocation without a batch runs the body itself and ends as a function does, with an empty result.
    if let [_, Op::Jump { to }, ..] = made.program.ops[..]
        && wrapped
    {
        made.program.ops[to as usize - 1] = Op::Jump { to };
    }
    (made, entry)
}

fn pool(config: &LambdaConfig, builder: &mut Builder, memory_megabytes: u64) -> Pool {
    let overrides = &config.latency;
    let age = match config.maximum_environment_age.as_ref().map(|age| &age.value) {
        Some(Either::Scalar(age)) if age.0 == 0 => None,
        Some(Either::Scalar(age)) => Some(Sampler::constant(age.0)),
        Some(Either::Map(bounds)) => {
            let span = config.maximum_environment_age.as_ref().map(crate::reader::ScalarOr::span).unwrap_or_default();
            made(builder, span, Sampler::uniform(bounds.from.0 as f64, bounds.to.0 as f64).map_err(|error| error.to_string()))
        }
        None => {
            let (from, to) = (builder.assume_time(&AGE_FROM) as f64, builder.assume_time(&AGE_TO) as f64);
            Some(Sampler::uniform(from, to.max(from)).unwrap_or(Sampler::constant(from as Time)))
        }
    };
    let durations = Durations {
        platform: latency(builder, overrides.platform.as_ref(), |builder| {
            builder.assume_latency(&PLATFORM_MEDIAN, &PLATFORM_P99)
        }),
        runtime_init: latency(builder, overrides.runtime_init.as_ref(), |_| {
            cold_start::runtime_init(config.runtime, config.architecture, config.package_type)
        }),
        own_init: latency(builder, config.init.as_ref(), |_| Sampler::constant(0)),
        first_run: latency(builder, overrides.first_run.as_ref(), |_| {
            Sampler::constant(cold_start::first_run(config.runtime, memory_megabytes))
        }),
        age,
    };
    let keep_alive = config.keep_alive.map_or_else(|| builder.assume_time(&KEEP_ALIVE), |keep_alive| keep_alive.0);
    let level = builder.level("environments", Some(SeriesKind::Concurrency));
    Pool::new(durations, config.reuse, keep_alive, level)
}

fn probes(builder: &mut Builder) -> Probes {
    let concurrency = builder.level("concurrent_executions", Some(SeriesKind::Concurrency));
    let probes = Probes {
        requests: builder.counter("requests"),
        invocations: builder.counter_series("invocations", SeriesKind::Throughput),
        succeeded: builder.counter("succeeded"),
        errors: builder.counter_series("errors", SeriesKind::Failures),
        timeouts: builder.counter("timeouts"),
        cold_starts: builder.counter("cold_starts"),
        throttled_rate: builder.counter("throttled_requests_per_second"),
        throttled_reserved: builder.counter("throttled_reserved_concurrency"),
        throttled_account: builder.counter("throttled_account_concurrency"),
        throttled_scaling: builder.counter("throttled_scaling_rate"),
        concurrency,
        duration: builder.timing("duration_ms"),
        cold_start: builder.timing("cold_start_ms"),
        time: builder.law("executions", &[concurrency]),
    };
    let refused = [probes.throttled_rate, probes.throttled_reserved, probes.throttled_account, probes.throttled_scaling];
    builder.balance("requests", &[probes.requests], &[&[probes.invocations], &refused[..]].concat(), &[]);
    // Errors include the time-outs.
    builder.balance("invocations", &[probes.invocations], &[probes.succeeded, probes.errors], &[concurrency]);
    probes
}

fn front_end(config: &LambdaConfig, builder: &mut Builder) -> Sampler {
    latency(builder, config.latency.front_end.as_ref(), |builder| builder.assume_latency(&FRONT_END_MEDIAN, &FRONT_END_P99))
}

/// A latency of which a share of the median is constant and the rest lognormal.
fn split_latency(builder: &mut Builder, median: &Assumption, constant: f64, sigma: f64) -> Sampler {
    let median = builder.assume(median) * MILLISECOND as f64;
    let constant = median * constant;
    Sampler::shifted_lognormal(constant, median - constant, sigma).unwrap_or(Sampler::constant(median as Time))
}

/// The latency that the scenario gives, or the default.
pub(super) fn latency(
    builder: &mut Builder,
    given: Option<&DurationSpec>,
    default: impl FnOnce(&mut Builder) -> Sampler,
) -> Sampler {
    match given {
        Some(spec) => made(builder, spec.span(), sampler(spec)).unwrap_or(Sampler::constant(0)),
        None => default(builder),
    }
}

fn made(builder: &mut Builder, span: crate::reader::Span, sampler: Result<Sampler, String>) -> Option<Sampler> {
    sampler.map_err(|message| builder.error(span, Code::OutOfRange, message)).ok()
}

/// A size in whole megabytes; the smallest possible one by default.
fn megabytes(builder: &mut Builder, given: Option<&Spanned<crate::units::Bytes>>, range: (u64, u64), what: &str) -> u64 {
    let Some(size) = given else { return range.0 };
    let megabytes = size.0 >> 20;
    if size.0 % (1 << 20) != 0 || megabytes < range.0 || megabytes > range.1 {
        let message = format!("{what} is {} MB to {} MB, in whole MB", range.0, range.1);
        builder.error(size.span, Code::OutOfRange, message);
        return range.0;
    }
    megabytes
}

/// Reservations must leave 100 to everybody else; the function that goes too far is told.
fn check_reservation(config: &LambdaConfig, builder: &mut Builder) {
    let Some(reserved) = &config.reserved_concurrent_executions else { return };
    let most = concurrent_executions(builder).saturating_sub(UNRESERVED_MIN);
    let sum = reservations(builder, builder.service);
    if sum > most && sum - reserved.0 <= most {
        let message =
            format!("reservations add up to {sum}, but {UNRESERVED_MIN} of the account's concurrency must stay unreserved");
        let hint = "reserve less, or raise the quota `lambda.concurrent_executions`";
        builder.diagnostics.error(reserved.span, Code::Conflict, message).hint(hint);
    }
}

/// A function has no more environments than it may run at once.
fn check_initial(config: &LambdaConfig, builder: &mut Builder) {
    let Some(initial) = &config.initial_environments else { return };
    let account = concurrent_executions(builder);
    let most = config.reserved_concurrent_executions.as_ref().map_or(account, |reserved| reserved.0);
    if initial.0 > most {
        let message = format!("{} warm environments are more than the {most} that may run at once", initial.0);
        builder.error(initial.span, Code::OutOfRange, message);
    }
}

fn check_timeout(config: &LambdaConfig, builder: &mut Builder) {
    let Some(timeout) = &config.timeout else { return };
    let (least, most) = TIMEOUT_SECONDS;
    if timeout.0 < least * SECOND || timeout.0 > most * SECOND || timeout.0 % SECOND != 0 {
        builder.error(timeout.span, Code::OutOfRange, "a time-out is 1 s to 900 s, in whole seconds");
    }
}

impl LambdaConfig {
    /// Destinations in the order of [`DETAIL_TYPES`], with their place in it.
    pub(super) fn destinations(&self) -> impl Iterator<Item = (usize, &Spanned<String>)> {
        [&self.on_success, &self.on_failure].into_iter().enumerate().filter_map(|(place, name)| Some((place, name.as_ref()?)))
    }

    /// The time-out.
    pub(super) fn timeout(&self) -> Time {
        self.timeout.as_ref().map_or(TIMEOUT, |timeout| timeout.0)
    }
}
