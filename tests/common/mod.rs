//! What several tests need.

use std::path::Path;

use floodplan::reader::{Disk, Setting};
use floodplan::scenario::{Model, read};

/// The model of a file of `scenarios/`, with settings (path, value) as `--set` gives them.
pub fn model(path: &str, settings: &[(&str, &str)]) -> Model {
    let settings: Vec<Setting> = settings
        .iter()
        .map(|(path, value)| Setting { origin: "test".to_string(), path: (*path).to_string(), value: (*value).to_string() })
        .collect();
    let reading = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(path), &Disk, &settings);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}
