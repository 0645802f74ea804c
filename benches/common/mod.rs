//! What the benches share: a scenario of the repository with other settings.

use std::path::Path;

use floodplan::reader::{Disk, Setting};
use floodplan::scenario::{Model, read};

/// A setting of a scenario: the path of its key, and the value as text.
pub type Set<'a> = (&'a str, &'a str);

/// The model of a scenario, by its path from the root of the repository: one replication, with these settings.
pub fn model(scenario: &str, settings: &[Set]) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(scenario);
    let settings: Vec<Setting> = [("study.replications", "1")]
        .iter()
        .chain(settings)
        .map(|(path, value)| Setting { origin: "bench".to_string(), path: (*path).to_string(), value: (*value).to_string() })
        .collect();
    let reading = read(&path, &Disk, &settings);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}
