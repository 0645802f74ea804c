//! The charts that the README shows are what its command yields: they are made again here and compared byte for byte.
//! With `UPDATE=1` they are replaced by the present ones, to be looked at before they are committed.

use std::fs;
use std::path::{Path, PathBuf};

use floodplan::engine::{Progress, compare, run_all};
use floodplan::reader::Disk;
use floodplan::report::comparison_charts;
use floodplan::scenario::{Model, read};

/// The designs of the README's first command, in its order.
const DESIGNS: [&str; 3] = ["choreography", "orchestration-standard", "orchestration-express"];
/// The charts of that comparison which the README shows.
const SHOWN: [&str; 1] = ["key-figures"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn design(name: &str) -> Model {
    let reading = read(&root().join("scenarios/orders").join(format!("{name}.yaml")), &Disk, &[]);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

#[test]
fn the_readme_shows_what_its_command_draws() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let models: Vec<Model> = DESIGNS.iter().map(|name| design(name)).collect();
    let runs = run_all(&models, &Progress::default()).expect("the designs run");
    let comparison = compare(&models, runs);
    for design in &comparison.designs {
        assert!(design.stability.stable, "{} is unstable", design.scenario);
        assert!(design.replications >= 10, "{}: the README promises ten replications", design.scenario);
        let started = design.journeys["checkout"].started.mean.unwrap_or(0.0);
        assert!((started - 100_000.0).abs() < 1_000.0, "{}: the README promises 100,000 orders", design.scenario);
    }
    let charts = comparison_charts(&comparison);
    for name in SHOWN {
        let path = Path::new("output/readme").join(format!("{name}.png"));
        assert!(readme.contains(&format!("]({})", path.display())), "the README does not show {}", path.display());
        let chart = charts.iter().find(|chart| chart.name() == name).expect("the comparison has the chart");
        let drawn = chart.png().expect("the chart can be drawn");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(root().join(&path), &drawn).expect("the chart can be written");
        }
        let kept = fs::read(root().join(&path)).expect("the chart is kept");
        assert!(
            kept == drawn,
            "{} is not what the command draws: look at it after `UPDATE=1 cargo test --test readme_charts`",
            path.display()
        );
    }
}
