//! Retriers and catchers.
//!
//! Source of defaults and ranges: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>,
//! read 2026-11-23.

use serde_json::{Value, json};

use super::data_flow::ResultPath;
use super::errors::{EvaluationError, covers};
use super::scope::Scope;
use super::template::Template;

/// One entry of Retry.
#[derive(Debug, Clone, PartialEq)]
pub struct Retrier {
    /// Names of the errors it applies to, wildcards included.
    pub error_equals: Vec<String>,
    /// Seconds before the first retry; 1 if not given.
    pub interval_seconds: u64,
    /// Retries before the error stands; 3 if not given, 0 for none.
    pub max_attempts: u64,
    /// Factor between one wait and the next; 2.0 if not given, at least 1.
    pub backoff_rate: f64,
    /// The longest wait in seconds; no cap if not given.
    pub max_delay_seconds: Option<u64>,
    /// How the wait is spread.
    pub jitter: Jitter,
}

/// How the wait before a retry is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Jitter {
    /// The wait as computed.
    #[default]
    None,
    /// Uniform between nothing and the wait as computed.
    Full,
}

impl Retrier {
    /// Seconds to wait before a retry, before jitter; the first retry is number 1.
    pub fn wait_seconds(&self, retry: u64) -> f64 {
        let doublings = retry.saturating_sub(1) as f64;
        let wait = self.interval_seconds as f64 * libm::pow(self.backoff_rate, doublings);
        self.max_delay_seconds.map_or(wait, |cap| wait.min(cap as f64))
    }

    /// As [`Retrier::wait_seconds`], with jitter; `uniform` is a draw from [0, 1).
    pub fn jittered_wait_seconds(&self, retry: u64, uniform: f64) -> f64 {
        match self.jitter {
            Jitter::None => self.wait_seconds(retry),
            Jitter::Full => self.wait_seconds(retry) * uniform,
        }
    }
}

/// One entry of Catch.
#[derive(Debug, Clone, PartialEq)]
pub struct Catcher {
    /// Names of the errors it applies to, wildcards included.
    pub error_equals: Vec<String>,
    /// The state that goes on.
    pub next: String,
    /// Where the error output goes in the state's raw input (`JSONPath` states).
    pub result_path: ResultPath,
    /// Variables set on the way; `$` is the error output.
    pub assign: Option<Template>,
    /// The output of the failed state (`JSONata` states); the error output if not given.
    pub output: Option<Template>,
}

impl Catcher {
    /// What the next state gets: the error and its cause, put into the failed state's raw input.
    pub fn output_of(&self, raw_input: &Value, error: &str, cause: &str, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        let error_output = error_output(error, cause);
        match &self.output {
            Some(output) => output.evaluate(&error_output, scope),
            None => self.result_path.apply(raw_input, error_output),
        }
    }
}

/// `{"Error": ..., "Cause": ...}`.
pub fn error_output(error: &str, cause: &str) -> Value {
    json!({ "Error": error, "Cause": cause })
}

/// The position of the first retrier that lists an error or a wildcard that covers it.
///
/// Each retrier counts its own retries while the state is visited; when the first match is used up, the error goes to
/// Catch, whatever the later retriers list.
pub fn matching_retrier(retriers: &[Retrier], error_name: &str) -> Option<usize> {
    retriers.iter().position(|retrier| lists(&retrier.error_equals, error_name))
}

/// The position of the first catcher that lists an error or a wildcard that covers it.
pub fn matching_catcher(catchers: &[Catcher], error_name: &str) -> Option<usize> {
    catchers.iter().position(|catcher| lists(&catcher.error_equals, error_name))
}

fn lists(error_equals: &[String], error_name: &str) -> bool {
    error_equals.iter().any(|listed| covers(listed, error_name))
}
