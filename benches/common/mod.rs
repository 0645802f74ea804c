//! What the benches share: a scenario of the repository with other settings, and groups of long measurements.

use std::path::Path;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
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

/// A group of long measurements: few samples, each of one run.
pub fn group<'a>(criterion: &'a mut Criterion, name: &str) -> BenchmarkGroup<'a, WallTime> {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(6));
    group
}
