//! Event source mappings of standard queues: the numbers of Lambda's pollers.

use serde_json::json;

use crate::fabric::build::Assumption;
use crate::fabric::pattern::{FILTERS_DEFAULT, FilterCriteria, Pattern, PatternError, Segment};
use crate::fabric::poller::{Policy, Pollers};
use crate::fabric::{Builder, Operation, Parameters};
use crate::kernel::{SECOND, Sampler, Time};
use crate::reader::{Code, Raw, Spanned};

use super::super::Party;
use super::admission::concurrent_executions;
use super::config::{EventSource, LambdaConfig};

/// Pollers at the start, added per minute while all are busy, and at most; and the range of a maximum concurrency. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>, read 2026-11-23.
const POLLERS_START: u64 = 5;
const POLLERS_PER_SECOND: f64 = 300.0 / 60.0;
const POLLERS_MAX: u64 = 1250;
const MAXIMUM_CONCURRENCY: (u64, u64) = (2, 1000);
/// Records per batch, by default and at most, and the longest window. Source:
/// <https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html>, read 2026-11-23.
const BATCH_SIZE: u64 = 10;
const BATCH_SIZE_MAX: u64 = 10_000;
/// A batch of more than this needs a window; same source.
const BATCH_SIZE_WITHOUT_WINDOW: u64 = 10;
const WINDOW_MAX: Time = 300 * SECOND;
/// Bytes that close a batch. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html>, read 2026-11-23.
const BATCH_BYTES: u64 = 6 << 20;
/// The longest wait of a receive. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>, read 2026-11-23.
const RECEIVE_WAIT: Time = 20 * SECOND;
/// The visibility time-out of a queue that does not tell its own. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>, read 2026-11-23.
const VISIBILITY_TIMEOUT: Time = 30 * SECOND;
/// The name under which a queue tells of it, in nanoseconds.
const VISIBILITY_TIMEOUT_FACT: &str = "visibility_timeout";

const THROTTLE_WAIT: Assumption = Assumption {
    name: "lambda.event_source_throttle_wait",
    default: 1.0,
    unit: "s",
    low: 0.1,
    high: 10.0,
    why: "mean wait before pollers try a throttled batch again; that they do so until the visibility time-out is documented, how often is not",
};

const PAUSE_AFTER_ERROR: Assumption = Assumption {
    name: "lambda.event_source_pause_after_error",
    default: 1.0,
    unit: "s",
    low: 0.1,
    high: 20.0,
    why: "pause of a poller whose receive the queue has refused; that pollers do not spin is certain, how long they pause not documented",
};
const EVALUATION: Assumption = Assumption {
    name: "lambda.event_source_evaluation",
    default: 10.0,
    unit: "s",
    low: 1.0,
    high: 60.0,
    why: "how often a mapping reconsiders the number of its pollers; the documentation gives a rate per minute only",
};
/// That a mapping reduces its concurrency when invocations fail or are throttled is documented, but not by how much. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>, read 2026-11-23.
const REDUCES_ABOVE: Assumption = Assumption {
    name: "lambda.event_source_reduces_above",
    default: 0.5,
    unit: "",
    low: 0.05,
    high: 1.0,
    why: "share of failed or throttled invocations above which a mapping reduces its pollers; that it does so is documented, \
          when is not. 1 switches it off",
};
const REDUCES_TO: Assumption = Assumption {
    name: "lambda.event_source_reduces_to",
    default: 0.5,
    unit: "",
    low: 0.2,
    high: 0.9,
    why: "share of its pollers that a mapping keeps at each such evaluation; not documented",
};

/// The latency of mappings. The measured way from a message's send to its handler is covered by the queue, whose delivery to
/// a waiting poller is calibrated with it; more would count it twice.
pub(super) fn latency(config: &LambdaConfig, builder: &mut Builder) -> Sampler {
    super::build::latency(builder, config.latency.event_source.as_ref(), |_| Sampler::constant(0))
}

/// The pollers of one mapping.
pub(super) fn pollers(config: &LambdaConfig, builder: &mut Builder, name: &Spanned<String>, source: &EventSource) -> Party {
    let Some((queue, _)) = builder.target(name, &[Operation::ReceiveMessage], "an event source") else { return Party::Vacant };
    let (batch_size, window) = batch(builder, source);
    let visibility_timeout = visibility_timeout(config, builder, name);
    let account = concurrent_executions(builder);
    let maximum = source.maximum_concurrency.as_ref().map(|most| {
        if most.0 < MAXIMUM_CONCURRENCY.0 || most.0 > MAXIMUM_CONCURRENCY.1 {
            builder.error(most.span, Code::OutOfRange, "the maximum concurrency of a mapping is 2 to 1,000");
        }
        most.0.max(1)
    });
    let pollers_maximum = maximum.unwrap_or(POLLERS_MAX).min(account.max(1));
    let wait = builder.assume(&THROTTLE_WAIT) * SECOND as f64;
    let policy = Policy {
        queue,
        function: builder.own(Operation::Invoke),
        invoke_site: builder.site(Parameters::Direct),
        receive_sites: sites(builder, true),
        gather_sites: sites(builder, false),
        batch_size: batch_size as u32,
        window,
        batch_bytes: BATCH_BYTES,
        pollers_start: POLLERS_START.min(pollers_maximum) as u32,
        pollers_maximum: pollers_maximum as u32,
        pollers_per_second: POLLERS_PER_SECOND,
        evaluation: builder.assume_time(&EVALUATION).max(SECOND / 10),
        // Reported failures do not slow a mapping down.
        backs_off: !source.report_batch_item_failures,
        reduces_above: builder.assume(&REDUCES_ABOVE),
        reduces_to: builder.assume(&REDUCES_TO),
        pause_after_error: builder.assume_time(&PAUSE_AFTER_ERROR).max(SECOND / 1000),
        throttle_wait: Sampler::uniform(wait / 2.0, wait * 1.5).unwrap_or(Sampler::constant(SECOND)),
        visibility_timeout,
        filters: filters(builder, &source.filter_patterns),
    };
    warn_of_throttling(config, builder, name, pollers_maximum);
    let probes = builder.poller_probes(policy.queue);
    Party::Pollers(Box::new(Pollers::new(policy, probes)))
}

/// Call sites of receives for 1 to 10 messages.
fn sites(builder: &mut Builder, park: bool) -> Vec<u32> {
    (1..=10).map(|maximum| builder.site(Parameters::Receive { maximum, wait: RECEIVE_WAIT, park })).collect()
}

fn batch(builder: &mut Builder, source: &EventSource) -> (u64, Time) {
    let window = source.maximum_batching_window.as_ref().map_or(0, |window| {
        if window.0 > WINDOW_MAX || window.0 % SECOND != 0 {
            builder.error(window.span, Code::OutOfRange, "a batching window is 0 s to 300 s, in whole seconds");
        }
        window.0
    });
    let size = source.batch_size.as_ref().map_or(BATCH_SIZE, |size| {
        if size.0 == 0 || size.0 > BATCH_SIZE_MAX {
            builder.error(size.span, Code::OutOfRange, "a batch has 1 to 10,000 records");
        } else if size.0 > BATCH_SIZE_WITHOUT_WINDOW && window == 0 {
            let message = "a batch of more than 10 records needs a `maximum_batching_window` of at least 1 s";
            let hint = "add `maximum_batching_window: 1 s`, or make the batch 10 records or fewer";
            builder.diagnostics.error(size.span, Code::Conflict, message).hint(hint);
        }
        size.0.clamp(1, BATCH_SIZE_MAX)
    });
    (size, window)
}

/// The queue's visibility time-out, which must not be shorter than the function's time-out and should be much longer. Source:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>, read 2026-11-23.
fn visibility_timeout(config: &LambdaConfig, builder: &mut Builder, name: &Spanned<String>) -> Time {
    let declared = builder.declared.get(name.value.as_str());
    let visibility = declared.and_then(|declared| declared.facts.get(VISIBILITY_TIMEOUT_FACT).copied());
    let visibility = visibility.unwrap_or(VISIBILITY_TIMEOUT);
    let timeout = config.timeout();
    let (shown, function) = (crate::units::Duration(visibility), crate::units::Duration(timeout));
    if visibility < timeout {
        let message =
            format!("the visibility time-out of `{}` ({shown}) is shorter than the function's time-out ({function})", name.value);
        let hint =
            format!("AWS refuses this mapping; six times the time-out is advised: {}", crate::units::Duration(timeout * 6));
        builder.diagnostics.error(name.span, Code::Conflict, message).hint(hint);
    }
    visibility
}

/// Pollers that outnumber the reservation fetch messages which are then throttled and come back with one receive used up.
fn warn_of_throttling(config: &LambdaConfig, builder: &mut Builder, name: &Spanned<String>, pollers_maximum: u64) {
    let Some(reserved) = &config.reserved_concurrent_executions else { return };
    if reserved.0 < pollers_maximum {
        let message = format!("up to {pollers_maximum} batches at once meet a reserved concurrency of {}", reserved.0);
        let hint =
            "throttled batches use up receives and can be dead-lettered untried; set `maximum_concurrency` to the reservation";
        builder.diagnostics.warning(name.span, Code::Conflict, message).hint(hint);
    }
}

fn filters(builder: &mut Builder, patterns: &[Raw]) -> Vec<(crate::fabric::content::MemoId, Pattern)> {
    if let Some(surplus) = patterns.get(FILTERS_DEFAULT) {
        let message = format!("a mapping has at most {FILTERS_DEFAULT} filter patterns");
        builder.error(surplus.span, Code::OutOfRange, message);
    }
    let mut parsed = Vec::new();
    for raw in patterns {
        let pattern = raw.to_json();
        // Mappings know fewer operators than event buses do.
        let checked = FilterCriteria::parse(&json!([pattern]), FILTERS_DEFAULT).map_err(below_the_list);
        match checked.and_then(|_| Pattern::parse(&pattern)) {
            Ok(pattern) => parsed.push((builder.memo(), pattern)),
            Err(problems) => {
                for problem in problems {
                    let way: Vec<String> = problem.path.iter().map(Segment::text).collect();
                    let span = raw.span_of(way.iter().map(String::as_str));
                    builder.diagnostics.error(span, Code::BadPattern, problem.message).hint(problem.hint);
                }
            }
        }
    }
    parsed
}

/// The places of mistakes without the list around the pattern.
fn below_the_list(problems: Vec<PatternError>) -> Vec<PatternError> {
    let below = |mut problem: PatternError| {
        problem.path.drain(..problem.path.len().min(1));
        problem
    };
    problems.into_iter().map(below).collect()
}
