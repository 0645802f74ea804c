//! Retry and Catch.

use crate::fabric::call::{NONE, errors};
use crate::fabric::program::{Catcher, ErrorMatch, Handlers, Op, RETRIERS_MAX, Retrier};
use crate::fabric::retry;
use crate::kernel::Time;

use super::super::asl::errors::{ALL, DATA_LIMIT_EXCEEDED, RUNTIME, TASK_FAILED};
use super::super::asl::{Jitter, State};
use super::super::operators::Kind;
use super::{Compiler, seconds};

/// Names under which Step Functions reports a Lambda function that AWS could not run. Source:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html>, read 2026-11-23.
const LAMBDA_UNAVAILABLE: [&str; 3] = ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"];

impl Compiler<'_, '_> {
    /// The handlers of a state, or [`NONE`]; catchers get their target in [`Compiler::catchers`].
    pub(super) fn handlers(&mut self, id: u32, state: &State, retry_at: u32) -> u32 {
        if state.retry.is_empty() && state.catch.is_empty() {
            return NONE;
        }
        if state.retry.len() > RETRIERS_MAX {
            let message = format!("a state has at most {RETRIERS_MAX} retriers here, and {} are given", state.retry.len());
            self.error("Retry", message, "merge those with the same intervals");
        }
        let retriers = state.retry.iter().map(|retrier| Retrier {
            errors: self.matching(&retrier.error_equals),
            interval: seconds(retrier.interval_seconds),
            maximum_attempts: retrier.max_attempts.min(u64::from(u16::MAX)) as u32,
            backoff_rate: retrier.backoff_rate,
            maximum_delay: retrier.max_delay_seconds.map_or(Time::MAX, seconds),
            jitter: match retrier.jitter {
                Jitter::None => retry::Jitter::None,
                Jitter::Full => retry::Jitter::Full,
            },
        });
        let retriers = retriers.collect();
        let mut catchers = Vec::new();
        for (index, catcher) in state.catch.iter().enumerate() {
            let errors = self.matching(&catcher.error_equals);
            catchers.push(Catcher { errors, next: NONE, transform: self.operator(id, Kind::Caught(index)) });
        }
        self.made.program.handlers.push(Handlers { retriers, catchers, retry_at: Some(retry_at) });
        self.made.program.handlers.len() as u32 - 1
    }

    /// The ways from a state to those that catch its errors.
    pub(super) fn catchers(&mut self, state: &State, handlers: u32) {
        for (index, catcher) in state.catch.iter().enumerate() {
            let to = self.target(&catcher.next);
            let place = self.push(Op::Jump { to });
            self.made.program.handlers[handlers as usize].catchers[index].next = place;
        }
    }

    /// Which errors a list of names takes. `States.Runtime` ends an execution whatever is listed; `States.ALL` does not
    /// take `States.DataLimitExceeded` either. Source:
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>, read 2026-11-23.
    fn matching(&mut self, names: &[String]) -> ErrorMatch {
        let (all, task_failed) = (names.iter().any(|name| name == ALL), names.iter().any(|name| name == TASK_FAILED));
        let mut never = vec![errors::STATES_RUNTIME];
        if !task_failed {
            never.push(self.builder.error_name(DATA_LIMIT_EXCEEDED));
        }
        let mut ids = Vec::new();
        for name in names.iter().filter(|name| name.as_str() != RUNTIME) {
            for alias in aliases(name) {
                ids.push(self.builder.error_name(&alias));
            }
            if LAMBDA_UNAVAILABLE.contains(&name.as_str()) {
                ids.extend([errors::SERVICE_DOWN, errors::INJECTED]);
            }
        }
        ErrorMatch { all, task_failed, names: ids, never }
    }
}

/// An error name as listed, and as the service itself calls it: Step Functions puts the service before it, and some lists
/// have `Exception` at the end where others do not.
fn aliases(name: &str) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    if let Some((service, error)) = name.split_once('.')
        && service != "States"
    {
        names.push(error.to_owned());
        names.push(error.strip_suffix("Exception").map_or_else(|| format!("{error}Exception"), str::to_owned));
    }
    names
}
