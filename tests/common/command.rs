//! The command in a folder, and what it prints.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// The command with these arguments, the first of which is the command's own name for what it does.
pub fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(arguments).arg("--quiet").output().expect("the command runs")
}

/// What it said beside its result.
pub fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Its result as JSON; it must not fail.
pub fn json(folder: &Path, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
