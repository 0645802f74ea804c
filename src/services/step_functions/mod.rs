//! AWS Step Functions: state machines in the Amazon States Language, as Standard or Express workflows.
//!
//! Modelled: all states of a real document, with their `JSONPath` data flow, variables, Choice rules, Retry and Catch with each
//! retrier's own count, time-outs of tasks and executions, Parallel and inline Map (40 iterations at once, slow start); tasks
//! that call Lambda, SQS, SNS, EventBridge, DynamoDB, other state machines, HTTP endpoints and anything mapped to an external;
//! the account's buckets of starts (refusing) and of state transitions (delaying: an assumption, since AWS only says that
//! executions are throttled), open executions, 256 KiB of data, 25,000 events of history, 5 minutes of an Express execution;
//! the bill by transitions, retries included, or by requests, duration and memory, and log data.
//!
//! An execution begins when its request arrives, after a start delay; the caller of `StartExecution` is answered after a
//! latency of its own. What rules read of the context object is the input, the name of the state and the item of a Map;
//! identifiers, time stamps and retry counts in it are constant (see `operators`).
//!
//! Left out: `JSONata`, the distributed Map, `.sync`, `.waitForTaskToken` and activities, computed time-outs and
//! concurrency (each an error that says so); executions under a name that exists, `StopExecution`, redrive, versions and
//! aliases; that asynchronous Express executions may run more than once; bursts that `StartSyncExecution` may refuse; the
//! 60 s limit and the quota of 300 HTTP tasks per second; the smaller quotas that new accounts start with.
//!
//! Sources, read 2026-11-23: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>,
//! <https://aws.amazon.com/step-functions/pricing/>.

pub mod asl;
mod assumptions;
mod compile;
mod config;
mod events;
mod host;
mod integration;
mod operators;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use config::StepFunctionsConfig;
pub use state::StepFunctions;

use crate::fabric::call::{NONE, errors};
use crate::fabric::program::Visit;
use crate::fabric::{Builder, Declarer, JourneyRef, LimiterKind, Operation, PartyId};
use crate::kernel::{Lineage, SECOND, Slab, Time};
use crate::reader::Code;
use crate::results::SeriesKind;

use super::{Party, Room};
use asl::StateMachine;
use assumptions::{EXPRESS_DURATION_MAX, HISTORY_EVENTS_MAX, MapStarts, STANDARD_DURATION_MAX};
use config::WorkflowType;
use operators::Operators;
use state::{Errors, Limiters, Probes, Workflow};

impl Room for StepFunctionsConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let party = declarer.main_party(false);
        declarer.port(Operation::StartExecution, party);
        if self.workflow_type == WorkflowType::Express {
            declarer.port(Operation::StartSyncExecution, party);
        }
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let party = builder.own(Operation::StartExecution);
        let built = self.document(builder).map(|machine| self.workflow(builder, &machine));
        vec![(party, built.map_or(Party::Vacant, |built| Party::StepFunctions(Box::new(built))))]
    }
}

impl StepFunctionsConfig {
    /// The document, unless it has mistakes, which are reported.
    fn document(&self, builder: &mut Builder) -> Option<StateMachine> {
        let note = |diagnostic: &mut crate::reader::Diagnostic, hint: String| {
            if !hint.is_empty() {
                diagnostic.hint(hint);
            }
        };
        match StateMachine::parse(&self.definition.to_json()) {
            Ok(machine) => {
                for warning in &machine.warnings {
                    let span = self.definition.span_of(warning.path.iter().map(String::as_str));
                    note(builder.diagnostics.warning(span, Code::BadStateMachine, warning.message.clone()), warning.hint.clone());
                }
                Some(machine)
            }
            Err(mistakes) => {
                for mistake in mistakes {
                    let span = self.definition.span_of(mistake.path.iter().map(String::as_str));
                    note(builder.diagnostics.error(span, Code::BadStateMachine, mistake.message), mistake.hint);
                }
                None
            }
        }
    }

    fn workflow(&self, builder: &mut Builder, machine: &StateMachine) -> StepFunctions {
        let compiled = compile::compile(builder, self, machine);
        let latencies = assumptions::latencies(builder, self);
        let no_maps = MapStarts { spacing: 0, burst: 1, interval: 0 };
        let map_starts = if compiled.has_maps { assumptions::map_starts(builder) } else { no_maps };
        let definition_bytes = self.definition.to_json().to_string().len() as u64;
        let visit = Visit { activation: NONE, state: NONE, journey: JourneyRef::NONE, lineage: Lineage::root() };
        let workflow = Workflow {
            kind: self.workflow_type,
            operators: Operators::new(builder, compiled.states, compiled.operators),
            entries: compiled.entries,
            choices: compiled.choices,
            start: latencies.start,
            begin: latencies.begin,
            task: latencies.task,
            completion: latencies.completion,
            transition: latencies.transition,
            map_starts,
            limiters: self.limiters(builder),
            on_failed: self.on_failed_mark.as_ref().and_then(|name| builder.mark(name)),
            errors: Errors { limit_exceeded: builder.error_name("ExecutionLimitExceeded") },
            usage: usage::Usage::new(builder, self, definition_bytes),
            probes: probes(builder),
            executions: Slab::default(),
            sequence: 0,
            visit,
        };
        StepFunctions::new(compiled.program, workflow, self.longest(builder, machine))
    }

    /// How long an execution may last: what the document says, at most what the type allows.
    fn longest(&self, builder: &mut Builder, machine: &StateMachine) -> Time {
        let limit = match self.workflow_type {
            WorkflowType::Standard => STANDARD_DURATION_MAX,
            WorkflowType::Express => EXPRESS_DURATION_MAX,
        };
        let Some(seconds) = machine.timeout_seconds else { return limit };
        let asked = seconds.saturating_mul(SECOND);
        if asked > limit {
            let span = self.definition.span_of(["TimeoutSeconds"]);
            let message = format!("the execution ends after {} s all the same", limit / SECOND);
            builder.diagnostics.warning(span, Code::BadStateMachine, message);
        }
        asked.min(limit)
    }

    fn limiters(&self, builder: &mut Builder) -> Limiters {
        let standard = self.workflow_type == WorkflowType::Standard;
        let mut bound = |wanted: bool, name: &str, unit: &str, most: u64| {
            wanted.then(|| builder.limiter(name, unit, LimiterKind::Slots { most }, false))
        };
        let history = bound(standard, "history_events", "events", HISTORY_EVENTS_MAX);
        let duration = bound(!standard, "express_5_minutes", "s", EXPRESS_DURATION_MAX / SECOND);
        Limiters {
            start: assumptions::start_limiter(builder, self.workflow_type),
            transitions: standard.then(|| assumptions::transition_limiter(builder)),
            open: standard.then(|| assumptions::open_limiter(builder)),
            history,
            duration,
        }
    }
}

fn probes(builder: &mut Builder) -> Probes {
    debug_assert_eq!(errors::NAMES[errors::STATES_RUNTIME as usize], asl::errors::RUNTIME, "both speak of the same error");
    let open = builder.level("executions_open", Some(SeriesKind::Concurrency));
    let probes = Probes {
        started: builder.counter_series("executions_started", SeriesKind::Throughput),
        succeeded: builder.counter("executions_succeeded"),
        failed: builder.counter_series("executions_failed", SeriesKind::Failures),
        timed_out: builder.counter("executions_timed_out"),
        throttled_start: builder.counter("throttled_start_execution"),
        refused_open: builder.counter("refused_open_executions"),
        refused_input: builder.counter("refused_input_size"),
        throttled_transitions: builder.counter("throttled_transitions"),
        states_entered: builder.counter("states_entered"),
        transitions: builder.counter("transitions"),
        retries: builder.counter("retries"),
        history_limit: builder.counter("history_limit"),
        express_5_minutes: builder.counter("express_5_minutes"),
        open,
        duration: builder.timing("execution_ms"),
        time: builder.law("executions", &[open]),
    };
    builder.balance("executions", &[probes.started], &[probes.succeeded, probes.failed, probes.timed_out], &[open]);
    probes
}
