//! Tests: documents in `tests/corpus.rs` and `tests/parsing.rs`, evaluators in `tests/expressions.rs` and
//! `tests/evaluating.rs`.

pub(in super::super) mod corpus;
mod evaluating;
mod expressions;
mod interpreter;
mod parsing;

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{Scope, StateMachine};

/// A file or folder of the corpus; None, with a word why, where there is none.
pub(in super::super) fn corpus(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("FLOODPLAN_CORPUS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    let place = root.join(path);
    if place.exists() {
        return Some(place);
    }
    println!("skipped: there is no {}; set FLOODPLAN_CORPUS", place.display());
    None
}

fn machine(document: &Value) -> StateMachine {
    StateMachine::parse(document).unwrap_or_else(|errors| panic!("{document} was refused: {errors:?}"))
}

/// Calls `test` with a scope that has a context object and variables.
fn with_scope<T>(context: &Value, variables: &Value, test: impl FnOnce(&Scope<'_>) -> T) -> T {
    let variables: Map<String, Value> = variables.as_object().cloned().unwrap_or_default();
    test(&Scope::new(context, &variables, 42))
}
