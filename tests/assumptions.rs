//! Every assumption that a scenario of the gallery rests on does something: at another value within its range the events or the bill
//! are others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use floodplan::engine::{run, understand};
use floodplan::reader::{Diagnostics, Disk, Setting};
use floodplan::scenario::{Model, read};

/// Short runs: what they do not show is shown by [`SHOWN_BY`].
const STUDY: [(&str, &str); 4] =
    [("study.duration", "20 s"), ("study.warm_up", "0 s"), ("study.replications", "1"), ("study.drain", "30 min")];

/// Assumptions that short runs of the gallery do not touch: what touches them.
const SHOWN_BY: &[(&str, &str)] = &[];

fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut found = Vec::new();
    for folder in ["orders", "traps", "choices", "latency"] {
        let entries = std::fs::read_dir(root.join(folder)).expect("a folder of scenarios");
        found
            .extend(entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "yaml")));
    }
    found.sort();
    found
}

/// `None` for what is included by others and no scenario by itself.
fn short(path: &Path) -> Option<Model> {
    let setting = |(path, value): (&str, &str)| Setting { origin: "test".into(), path: path.into(), value: value.into() };
    read(path, &Disk, &STUDY.map(setting)).model
}

/// What a run shows: its fingerprint and its bill.
fn shown(model: &Model) -> (String, String) {
    let run = run(model).expect("it runs");
    (run.summary.fingerprint.clone(), format!("{:?}", run.summary.bill))
}

#[test]
fn every_assumption_in_force_does_something() {
    let mut idle: BTreeMap<String, u64> = BTreeMap::new();
    let mut at_work: BTreeSet<String> = BTreeSet::new();
    let texts = SHOWN_BY.iter().map(|(_, text)| {
        let reading = floodplan::scenario::read_text(text);
        reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
    });
    for model in scenarios().iter().filter_map(|path| short(path)).chain(texts) {
        let Some(understood) = understand(&model, &mut Diagnostics::new()) else { continue };
        let open: Vec<_> = understood.assumptions.iter().filter(|one| !one.numbers.set && !at_work.contains(&one.name)).collect();
        if open.is_empty() {
            continue;
        }
        let before = shown(&model);
        let mut found = Vec::new();
        for assumption in open {
            let numbers = &assumption.numbers;
            let mut other = model.clone();
            other.assume(&assumption.name, if numbers.value == numbers.high { numbers.low } else { numbers.high });
            if shown(&other) == before {
                *idle.entry(assumption.name.clone()).or_default() += 1;
            } else {
                found.push(assumption.name.clone());
            }
        }
        at_work.extend(found);
    }
    idle.retain(|name, _| !at_work.contains(name));
    assert!(at_work.len() > 40, "few assumptions were found: {at_work:?}");
    assert!(idle.is_empty(), "these assumptions change nothing, in so many scenarios: {idle:#?}");
}
