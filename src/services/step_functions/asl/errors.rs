//! Error names of the Amazon States Language, what a document gets wrong, and what an evaluation gets wrong.
//!
//! Sources, read 2026-11-23: <https://states-language.net/spec.html#appendix-a> and
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>.

use std::fmt;

/// Wildcard of Retry and Catch: any error but `States.DataLimitExceeded` and `States.Runtime`.
pub const ALL: &str = "States.ALL";
/// A branch of a Parallel state failed.
pub const BRANCH_FAILED: &str = "States.BranchFailed";
/// A payload was larger than the quota.
pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
/// More items of a Map failed than it tolerates.
pub const EXCEED_TOLERATED_FAILURE_THRESHOLD: &str = "States.ExceedToleratedFailureThreshold";
/// A task sent no heartbeat for longer than `HeartbeatSeconds`.
pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
/// An HTTP task ran into its socket timeout (60 s).
pub const HTTP_SOCKET: &str = "States.Http.Socket";
/// An intrinsic function could not be computed.
pub const INTRINSIC_FAILURE: &str = "States.IntrinsicFailure";
/// A distributed Map could not read its items.
pub const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
/// No rule of a Choice matched and it has no Default.
pub const NO_CHOICE_MATCHED: &str = "States.NoChoiceMatched";
/// A path in Parameters, `ItemSelector`, `ResultSelector` or Credentials found nothing.
pub const PARAMETER_PATH_FAILURE: &str = "States.ParameterPathFailure";
/// The execution role may not do what the task asks.
pub const PERMISSIONS: &str = "States.Permissions";
/// A `JSONata` expression failed.
pub const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
/// `ResultPath` cannot be applied to the state's input.
pub const RESULT_PATH_MATCH_FAILURE: &str = "States.ResultPathMatchFailure";
/// A distributed Map could not write its results.
pub const RESULT_WRITER_FAILED: &str = "States.ResultWriterFailed";
/// Something the service cannot process, such as a path that is not in the input. Ends the execution.
pub const RUNTIME: &str = "States.Runtime";
/// Wildcard of Retry and Catch: any error but `States.Timeout`; also the name of a failed nested execution.
pub const TASK_FAILED: &str = "States.TaskFailed";
/// A task or execution ran longer than `TimeoutSeconds`, or a heartbeat was missed.
pub const TIMEOUT: &str = "States.Timeout";

/// Every reserved name, for checking `ErrorEquals`.
pub const RESERVED: [&str; 17] = [
    ALL,
    BRANCH_FAILED,
    DATA_LIMIT_EXCEEDED,
    EXCEED_TOLERATED_FAILURE_THRESHOLD,
    HEARTBEAT_TIMEOUT,
    HTTP_SOCKET,
    INTRINSIC_FAILURE,
    ITEM_READER_FAILED,
    NO_CHOICE_MATCHED,
    PARAMETER_PATH_FAILURE,
    PERMISSIONS,
    QUERY_EVALUATION_ERROR,
    RESULT_PATH_MATCH_FAILURE,
    RESULT_WRITER_FAILED,
    RUNTIME,
    TASK_FAILED,
    TIMEOUT,
];

/// Whether one name listed in `ErrorEquals` covers a reported error.
///
/// `States.Runtime` always ends the execution, so nothing covers it. `States.ALL` does not cover
/// `States.DataLimitExceeded`; `States.TaskFailed` covers everything but `States.Timeout`. A missed heartbeat is also a
/// timeout, by the wording of the specification's appendix A.
pub fn covers(listed: &str, reported: &str) -> bool {
    if reported == RUNTIME {
        return false;
    }
    if listed == reported {
        return true;
    }
    match listed {
        ALL => reported != DATA_LIMIT_EXCEEDED,
        TASK_FAILED => reported != TIMEOUT,
        TIMEOUT => reported == HEARTBEAT_TIMEOUT,
        _ => false,
    }
}

/// One thing wrong (or, in a list of warnings, doubtful) in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AslError {
    /// Keys and list indices from the root of the document to the offending value.
    pub path: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl fmt::Display for AslError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "/{}: {}", self.path.join("/"), self.message)?;
        if !self.hint.is_empty() {
            write!(formatter, " ({})", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for AslError {}

/// Why a state failed while its data was evaluated: what Catch and Retry see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationError {
    /// The error name, one of the constants of this module.
    pub name: &'static str,
    /// What happened, for people.
    pub cause: String,
}

impl EvaluationError {
    /// An error of a given name.
    pub fn new(name: &'static str, cause: impl Into<String>) -> Self {
        Self { name, cause: cause.into() }
    }

    /// `States.Runtime`.
    pub(crate) fn runtime(cause: impl Into<String>) -> Self {
        Self::new(RUNTIME, cause)
    }

    /// `States.IntrinsicFailure`.
    pub(crate) fn intrinsic(cause: impl Into<String>) -> Self {
        Self::new(INTRINSIC_FAILURE, cause)
    }
}

impl fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.name, self.cause)
    }
}

impl std::error::Error for EvaluationError {}
