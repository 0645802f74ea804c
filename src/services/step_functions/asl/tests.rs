//! Tests: documents in `tests/corpus.rs` and `tests/parsing.rs`, evaluators in `tests/expressions.rs` and
//! `tests/evaluating.rs`.

pub(in super::super) mod corpus;
mod evaluating;
mod expressions;
mod interpreter;
mod parsing;

use serde_json::{Map, Value};

use super::{Scope, StateMachine};

fn machine(document: &Value) -> StateMachine {
    StateMachine::parse(document).unwrap_or_else(|errors| panic!("{document} was refused: {errors:?}"))
}

/// Calls `test` with a scope that has a context object and variables.
fn with_scope<T>(context: &Value, variables: &Value, test: impl FnOnce(&Scope<'_>) -> T) -> T {
    let variables: Map<String, Value> = variables.as_object().cloned().unwrap_or_default();
    test(&Scope::new(context, &variables, 42))
}
