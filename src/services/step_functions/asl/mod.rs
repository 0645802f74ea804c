//! The Amazon States Language as plain data, with pure evaluators over JSON values. Nothing here simulates.
//!
//! [`StateMachine::parse`] reads a document, checks all of it and compiles every path, template and rule; the evaluators
//! in `data_flow.rs`, `choice.rs` and `retry.rs` then answer, state by state, what goes in, what comes out, where it goes
//! next and who handles an error.
//!
//! Left out: evaluating `JSONata` (such documents are checked in form, and evaluating an expression says that it is not
//! modelled yet), reading the items of a distributed Map from S3, and regular expressions in path filters.
//!
//! Sources, read 2026-11-23: <https://states-language.net/spec.html> and
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html>.

mod choice;
mod choice_parse;
mod cursor;
mod data_flow;
pub mod errors;
mod fields;
mod filter;
mod functions;
mod graph;
mod intrinsic;
mod jsonata;
mod model;
mod parse;
mod path;
mod reads;
mod retry;
mod scope;
mod state_parse;
mod template;
mod timestamp;

#[cfg(test)]
pub(super) mod tests;

pub use choice::{Comparison, Operand, Rule, RuleTarget, TypeTest};
pub use data_flow::{Failure, ResultPath, Selection, WaitUntil, assigned, item_context};
pub use errors::{AslError, EvaluationError};
pub use intrinsic::Call;
pub use model::{
    Choice, ExecutionType, Fail, Integration, ItemBatcher, ItemReader, Map, Parallel, Pass, QueryLanguage, ResultWriter, State,
    StateKind, StateMachine, Task, Wait,
};
pub use path::{Path, Root};
pub use reads::Reads;
pub use retry::{Catcher, Jitter, Retrier, error_output, matching_catcher, matching_retrier};
pub use scope::Scope;
pub use template::Template;
pub use timestamp::Timestamp;
