//! Numbers that AWS publishes, by Region, and numbers that nobody publishes, as named assumptions.

use crate::fabric::build::Assumption;
use crate::fabric::duration::{DurationSpec, sampler};
use crate::fabric::limit::LimiterKind;
use crate::fabric::{Builder, LimiterId};
use crate::kernel::{MILLISECOND, SECOND, Sampler, Time};
use crate::reader::Code;

use super::config::{StepFunctionsConfig, WorkflowType};

/// Largest input or output of a state or execution. Source:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>, read 2026-11-23.
pub const PAYLOAD_BYTES_MAX: u32 = 256 * 1024;
/// Events in the history of a Standard execution; one more fails it. Source: as above.
pub const HISTORY_EVENTS_MAX: u64 = 25_000;
/// Longest Express execution. Source: as above.
pub const EXPRESS_DURATION_MAX: Time = 300 * SECOND;
/// Longest Standard execution, one year. Source: as above.
pub const STANDARD_DURATION_MAX: Time = 365 * 86_400 * SECOND;
/// Iterations of an inline Map at once. Source:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>, read 2026-11-23.
pub const INLINE_MAP_CONCURRENCY_MAX: u64 = 40;
/// Open Standard executions of an account and Region. Source: as `PAYLOAD_BYTES_MAX`.
const OPEN_EXECUTIONS_MAX: f64 = 1_000_000.0;
/// Express starts per second, and at once. Source: as `PAYLOAD_BYTES_MAX`.
const EXPRESS_STARTS: f64 = 6_000.0;
/// Regions with the larger quotas. Source: as `PAYLOAD_BYTES_MAX`.
const LARGE_REGIONS: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];

const fn milliseconds(name: &'static str, default: f64, low: f64, high: f64, why: &'static str) -> Assumption {
    Assumption { name, default, unit: "ms", low, high, why }
}

const ESTIMATE: &str = "no source states it; estimate for warm calls within a Region";
/// The least-squares fits, on the logarithms of the percentiles, to 73/99.1/133/250 ms (Standard) and 57.5/77.3/129/241 ms
/// (Express; p10/p50/p90/p99, eu-west-1, September 2022), read 2026-11-23. `docs/validation.md` says how far off they are.
const FITTED: &str = "no source states it; chosen so that the way from the start to a warm handler takes as long as \
    measured by https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/ (2022)";
/// The same of Standard tasks, which others found to be faster.
const FITTED_STANDARD: &str = "no source states it; fitted to https://bitesizedserverless.com/bite/serverless-messaging-latency-compared/ \
    (2022); two applications measured in 2020 (https://github.com/pacslab/SLApp-PerfCost-MdlOpt) leave a sixth of it";
const ESTIMATE_STANDARD: &str = "no source states it; estimate for warm calls within a Region; two applications measured in 2020 \
    (https://github.com/pacslab/SLApp-PerfCost-MdlOpt) leave next to nothing";

/// A lognormal latency by its median and 99th percentile.
type Latency = [Assumption; 2];

const STANDARD_START_LATENCY: Latency = [
    milliseconds("step_functions.standard_start_latency_median", 30.0, 10.0, 60.0, ESTIMATE),
    milliseconds("step_functions.standard_start_latency_p99", 120.0, 50.0, 300.0, ESTIMATE),
];
const EXPRESS_START_LATENCY: Latency = [
    milliseconds("step_functions.express_start_latency_median", 20.0, 8.0, 50.0, ESTIMATE),
    milliseconds("step_functions.express_start_latency_p99", 90.0, 40.0, 250.0, ESTIMATE),
];
const STANDARD_START_DELAY: Latency = [
    milliseconds("step_functions.standard_start_delay_median", 0.0, 0.0, 40.0, "contained in the latency of the first state"),
    milliseconds("step_functions.standard_start_delay_p99", 0.0, 0.0, 150.0, "contained in the latency of the first state"),
];
const EXPRESS_START_DELAY: Latency = [
    milliseconds("step_functions.express_start_delay_median", 64.0, 10.0, 70.0, FITTED),
    milliseconds("step_functions.express_start_delay_p99", 235.0, 40.0, 250.0, FITTED),
];
const EXPRESS_START_DELAY_FLOOR: Assumption = milliseconds("step_functions.express_start_delay_floor", 40.0, 0.0, 50.0, FITTED);
const STANDARD_TASK: Latency = [
    milliseconds("step_functions.standard_task_latency_median", 92.5, 15.0, 150.0, FITTED_STANDARD),
    milliseconds("step_functions.standard_task_latency_p99", 244.5, 40.0, 300.0, FITTED_STANDARD),
];
const STANDARD_TASK_FLOOR: Assumption =
    milliseconds("step_functions.standard_task_latency_floor", 66.0, 0.0, 75.0, FITTED_STANDARD);
const EXPRESS_TASK: Latency = [
    milliseconds("step_functions.express_task_latency_median", 10.0, 4.0, 40.0, ESTIMATE),
    milliseconds("step_functions.express_task_latency_p99", 40.0, 15.0, 120.0, ESTIMATE),
];
const SEQUENTIAL: &str = "no source states it; between the measured start of one task and the measured way from one handler to \
    the next in SeBS-Flow's sagas (124 to 157 ms, an upper bound: https://github.com/spcl/sebs-flow-artifact, 2024)";
const STANDARD_COMPLETION: Latency = [
    milliseconds("step_functions.standard_completion_latency_median", 20.0, 0.0, 60.0, SEQUENTIAL),
    milliseconds("step_functions.standard_completion_latency_p99", 60.0, 0.0, 180.0, SEQUENTIAL),
];
const EXPRESS_COMPLETION: Latency = [
    milliseconds("step_functions.express_completion_latency_median", 2.0, 0.0, 20.0, ESTIMATE),
    milliseconds("step_functions.express_completion_latency_p99", 10.0, 0.0, 60.0, ESTIMATE),
];
const STANDARD_TRANSITION: Latency = [
    milliseconds("step_functions.standard_transition_latency_median", 20.0, 1.0, 50.0, ESTIMATE_STANDARD),
    milliseconds("step_functions.standard_transition_latency_p99", 80.0, 4.0, 150.0, ESTIMATE_STANDARD),
];
const EXPRESS_TRANSITION: Latency = [
    milliseconds("step_functions.express_transition_latency_median", 2.0, 0.5, 8.0, ESTIMATE),
    milliseconds("step_functions.express_transition_latency_p99", 10.0, 2.0, 40.0, ESTIMATE),
];

pub const START_TRANSITIONS: Assumption = Assumption {
    name: "step_functions.billed_start_transitions",
    default: 0.0,
    unit: "transitions",
    low: 0.0,
    high: 1.0,
    why: "whether the way out of Start is billed as a transition is not stated by the pricing page",
};
pub const MAP_SPACING: Assumption = milliseconds(
    "step_functions.map_start_spacing",
    5.0,
    0.0,
    12.0,
    "starts of 2 to 16 warm iterations spread over 12 to 143 ms in SeBS-Flow's fan-out benchmark (2023)",
);
pub const MAP_BURST: Assumption = Assumption {
    name: "step_functions.map_start_burst",
    default: 20.0,
    unit: "iterations",
    low: 16.0,
    high: 40.0,
    why: "a Map of 50 items of 2 s started slowly after about 20 in SeBS-Flow's fan-out benchmark (2023); part of that may \
        be the benchmark account's Lambda limit: 40 switches it off",
};
pub const MAP_RATE: Assumption = Assumption {
    name: "step_functions.map_start_rate",
    default: 4.5,
    unit: "iterations/s",
    low: 4.0,
    high: 100.0,
    why: "starts of iterations beyond the burst, in the same measurement",
};
const LOG_EVENT_BYTES: Assumption = Assumption {
    name: "step_functions.log_event_bytes",
    default: 750.0,
    unit: "B",
    low: 500.0,
    high: 1_000.0,
    why: "bytes of one logged history event without its data are not published",
};

/// What the iterations of an inline Map wait for before they start.
#[derive(Clone, Copy, Debug)]
pub struct MapStarts {
    pub spacing: Time,
    pub burst: u64,
    /// Time between starts beyond the burst; 0 for none.
    pub interval: Time,
}

/// The latencies of one machine.
#[derive(Clone, Debug)]
pub struct Latencies {
    pub start: Sampler,
    pub begin: Sampler,
    pub task: Sampler,
    pub completion: Sampler,
    pub transition: Sampler,
}

/// The latencies: the scenario's, or those assumed for the type.
pub fn latencies(builder: &mut Builder, config: &StepFunctionsConfig) -> Latencies {
    let standard = config.workflow_type == WorkflowType::Standard;
    let mut pick = |given: &Option<DurationSpec>, usual: (&Latency, Floor), express: (&Latency, Floor)| match given {
        Some(spec) => sampler(spec).unwrap_or_else(|message| {
            builder.error(spec.span(), Code::OutOfRange, message);
            Sampler::constant(0)
        }),
        None => {
            let ([median, p99], floor) = if standard { usual } else { express };
            match floor {
                Some(floor) => above_floor(builder, [floor, median, p99]),
                None => builder.assume_latency(median, p99),
            }
        }
    };
    Latencies {
        start: pick(&config.start_latency, (&STANDARD_START_LATENCY, None), (&EXPRESS_START_LATENCY, None)),
        begin: pick(&config.start_delay, (&STANDARD_START_DELAY, None), (&EXPRESS_START_DELAY, Some(&EXPRESS_START_DELAY_FLOOR))),
        task: pick(&config.task_latency, (&STANDARD_TASK, Some(&STANDARD_TASK_FLOOR)), (&EXPRESS_TASK, None)),
        completion: pick(&config.completion_latency, (&STANDARD_COMPLETION, None), (&EXPRESS_COMPLETION, None)),
        transition: pick(&config.transition_latency, (&STANDARD_TRANSITION, None), (&EXPRESS_TRANSITION, None)),
    }
}

/// What a latency never falls below, where a lognormal alone does not have the measured shape.
type Floor<'a> = Option<&'a Assumption>;

/// A floor plus the lognormal that leads to the median and the 99th percentile of the whole.
fn above_floor(builder: &mut Builder, milliseconds: [&Assumption; 3]) -> Sampler {
    /// 99th percentile of the standard normal distribution.
    const Z99: f64 = 2.326_347_874_040_841;
    let [floor, median, p99] = milliseconds.map(|assumption| builder.assume(assumption) * MILLISECOND as f64);
    let floor = floor.clamp(0.0, median.max(0.0));
    let above = median - floor;
    let sigma = if above > 0.0 { libm::log((p99 - floor).max(above) / above) / Z99 } else { 0.0 };
    Sampler::shifted_lognormal(floor, above.max(0.0), sigma).unwrap_or(Sampler::constant(median.max(0.0) as Time))
}

/// How the iterations of Maps start.
pub fn map_starts(builder: &mut Builder) -> MapStarts {
    let spacing = (builder.assume(&MAP_SPACING) * 1e6).max(0.0) as Time;
    let (burst, rate) = (builder.assume(&MAP_BURST), builder.assume(&MAP_RATE));
    let interval = if rate > 0.0 { (SECOND as f64 / rate) as Time } else { 0 };
    MapStarts { spacing, burst: burst.max(1.0) as u64, interval }
}

/// Transitions that a start is billed as.
pub fn start_transitions(builder: &mut Builder) -> u64 {
    builder.assume(&START_TRANSITIONS).max(0.0) as u64
}

/// Bytes of one logged event.
pub fn log_event_bytes(builder: &mut Builder) -> u64 {
    builder.assume(&LOG_EVENT_BYTES).max(0.0) as u64
}

/// The bucket of `StartExecution`, one for each type of workflow.
pub fn start_limiter(builder: &mut Builder, kind: WorkflowType) -> LimiterId {
    let large = LARGE_REGIONS.contains(&builder.region.as_str());
    let (name, per_second, depth) = match kind {
        WorkflowType::Standard if large => ("step_functions.start_execution", 300.0, 1_300.0),
        WorkflowType::Standard => ("step_functions.start_execution", 150.0, 800.0),
        WorkflowType::Express => ("step_functions.start_express_execution", EXPRESS_STARTS, EXPRESS_STARTS),
    };
    bucket(builder, name, "starts/s", per_second, depth)
}

/// The bucket of state transitions of Standard workflows.
pub fn transition_limiter(builder: &mut Builder) -> LimiterId {
    let quota = if LARGE_REGIONS.contains(&builder.region.as_str()) { 5_000.0 } else { 800.0 };
    bucket(builder, "step_functions.state_transition", "transitions/s", quota, quota)
}

/// Open Standard executions.
pub fn open_limiter(builder: &mut Builder) -> LimiterId {
    let most = builder.quota("step_functions.open_executions", OPEN_EXECUTIONS_MAX) as u64;
    builder.account_limiter("step_functions.open_executions", "executions", LimiterKind::Slots { most }, true)
}

fn bucket(builder: &mut Builder, name: &str, unit: &str, per_second: f64, depth: f64) -> LimiterId {
    let per_second = builder.quota(&format!("{name}_refill"), per_second);
    let depth = builder.quota(&format!("{name}_bucket"), depth);
    builder.account_limiter(name, unit, LimiterKind::Bucket { per_second, depth }, true)
}
