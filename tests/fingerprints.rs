//! What each scenario of the gallery yields on a short horizon, as hashes in `tests/fingerprints.csv`.
//!
//! The hashes are of the event sequence, of `summary.json`, of the bill, and of the tables and series that have files of
//! their own: which of them moved tells what a change touched. They are the same in every build and on any number of
//! threads. `UPDATE=1 cargo test --test fingerprints` rewrites them and adds rows; each changed row is explained in
//! CHANGELOG.md. The settings of a row are its own: edit them in the file, and update.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use floodplan::engine::{Run, run};
use floodplan::reader::{Disk, Setting};
use floodplan::report::summary_json;
use floodplan::scenario::read;
use sha2::{Digest, Sha256};

/// Settings of scenarios that have no row yet.
const SHORT: &str = "study.duration=20 s;study.warm_up=0 s;study.replications=2";

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Row {
    scenario: String,
    settings: String,
    seed: u64,
    events: u64,
    fingerprint: String,
    summary: String,
    bill: String,
    tables: String,
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file() -> PathBuf {
    home().join("tests/fingerprints.csv")
}

fn recorded() -> Vec<Row> {
    let Ok(text) = std::fs::read_to_string(file()) else { return Vec::new() };
    let rows: Result<Vec<Row>, _> = csv::Reader::from_reader(text.as_bytes()).deserialize().collect();
    rows.expect("fingerprints.csv can be read")
}

/// The scenarios of the gallery: files with a name.
fn scenarios() -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("scenarios can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = std::fs::read_to_string(&path).expect("scenarios can be read");
                if text.lines().any(|line| line.starts_with("name:")) {
                    found.push(path);
                }
            }
        }
    }
    let mut found = Vec::new();
    walk(&home().join("scenarios"), &mut found);
    let below =
        |path: &PathBuf| path.strip_prefix(home().join("scenarios")).expect("it lies there").to_string_lossy().replace('\\', "/");
    let mut names: Vec<String> = found.iter().map(below).collect();
    names.sort();
    names
}

/// The first 64 bits of a text's SHA-256.
fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hash, byte| {
        let _ = write!(hash, "{byte:02x}");
        hash
    })
}

fn observe(scenario: &str, settings: &str) -> Row {
    let parsed: Vec<Setting> = settings
        .split(';')
        .map(|setting| {
            let (path, value) = setting.split_once('=').expect("a setting is PATH=VALUE");
            Setting { origin: "fingerprints.csv".to_string(), path: path.to_string(), value: value.to_string() }
        })
        .collect();
    let reading = read(&home().join("scenarios").join(scenario), &Disk, &parsed);
    let model = reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)));
    let run = run(&model).unwrap_or_else(|error| panic!("{scenario}: {error:?}"));
    row(scenario, settings, &run)
}

fn row(scenario: &str, settings: &str, run: &Run) -> Row {
    let summary = &run.summary;
    let text = summary_json(summary).expect("a summary is JSON");
    // A release by itself changes no result.
    let text: Vec<&str> = text.lines().filter(|line| !line.starts_with("  \"version\":")).collect();
    let tables = (&summary.limits, &summary.breakdown, &summary.curves, &summary.series, &summary.spans);
    Row {
        scenario: scenario.to_string(),
        settings: settings.to_string(),
        seed: summary.seed,
        events: summary.events,
        fingerprint: summary.fingerprint.clone(),
        summary: hash(&text.join("\n")),
        bill: hash(&serde_json::to_string(&summary.bill).expect("a bill is JSON")),
        tables: hash(&format!("{tables:?}")),
    }
}

/// What moved between two rows of one scenario.
fn moved(before: &Row, after: &Row) -> Vec<&'static str> {
    let parts = [
        ("events", before.events == after.events && before.fingerprint == after.fingerprint),
        ("summary", before.summary == after.summary && before.seed == after.seed),
        ("bill", before.bill == after.bill),
        ("tables", before.tables == after.tables),
    ];
    parts.iter().filter(|(_, same)| !same).map(|(part, _)| *part).collect()
}

#[test]
fn scenarios_yield_what_they_yielded_before() {
    let mut before: BTreeMap<String, Row> = recorded().into_iter().map(|row| (row.scenario.clone(), row)).collect();
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for scenario in scenarios() {
        let old = before.remove(&scenario);
        let settings = old.as_ref().map_or(SHORT, |old| old.settings.as_str());
        let new = observe(&scenario, settings);
        assert!(new.events > 0, "{scenario}: nothing happened");
        match &old {
            None => wrong.push(format!("{scenario}: it has no row yet")),
            Some(old) if moved(old, &new).is_empty() => {}
            Some(old) => wrong.push(format!("{scenario}: {} moved", moved(old, &new).join(", "))),
        }
        rows.push(new);
    }
    wrong.extend(before.keys().map(|gone| format!("{gone}: there is a row but no scenario")));
    if std::env::var_os("UPDATE").is_some() {
        let mut writer = csv::Writer::from_path(file()).expect("fingerprints.csv can be written");
        for row in &rows {
            writer.serialize(row).expect("rows can be written");
        }
        writer.flush().expect("fingerprints.csv can be written");
        return;
    }
    assert!(
        wrong.is_empty(),
        "{}\nIf this is meant, explain in CHANGELOG.md which behaviour moved and why the new one is closer to AWS, and run \
         UPDATE=1 cargo test --test fingerprints",
        wrong.join("\n")
    );
}

#[test]
fn another_seed_moves_all_but_the_settings() {
    let scenario = "choices/sqs.yaml";
    let settings = "study.duration=5 s;study.replications=2";
    let (first, second) = (observe(scenario, settings), observe(scenario, &format!("{settings};study.seed=99")));
    assert_eq!(moved(&first, &second), ["events", "summary", "bill", "tables"]);
    assert_eq!(moved(&first, &observe(scenario, settings)), Vec::<&str>::new(), "and the same seed moves nothing");
}

#[test]
fn threads_move_nothing() {
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
        pool.install(|| observe("choices/poll.yaml", "study.duration=130 s;study.replications=3"))
    };
    assert_eq!(on(1), on(3));
}
