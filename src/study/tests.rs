use std::sync::atomic::Ordering;

use super::{Journal, keys, outcomes};
use crate::engine::Progress;
use crate::scenario::{Model, read_text};

fn model(rate: &str, study: &str) -> Model {
    let text = format!(
        "name: a queue
study: {{ duration: 20 s, replications: 3{study} }}
services: {{ server: {{ type: external, service_time: {{ exponential: {{ mean: 20 ms }} }} }} }}
workload: {{ requests: {{ target: server, rate: {rate}, milestones: {{ done: answered }} }} }}
"
    );
    let reading = read_text(&text);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

#[test]
fn what_is_known_is_taken_from_the_journal_and_only_the_rest_is_simulated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.jsonl");
    let models = [model("10/s", ""), model("20/s", ""), model("30/s", "")];
    let mut journal = Journal::open(&path, false).unwrap();
    let all = outcomes(&models, 1, &mut journal, &Progress::default()).unwrap().unwrap();
    drop(journal);
    // The first outcome is marked, so that it shows where it comes from; the second is lost; the third is torn.
    let lines = std::fs::read_to_string(&path).unwrap();
    let line = |model: &Model| lines.lines().find(|line| line.contains(&keys(std::slice::from_ref(model))[0])).unwrap();
    let marked = line(&models[0]).replace("\"design\":\"a queue\"", "\"design\":\"marked\"");
    std::fs::write(&path, format!("{marked}\n{}", &line(&models[2])[..200])).unwrap();

    let mut journal = Journal::open(&path, true).unwrap();
    let progress = Progress::default();
    let again = outcomes(&models, 1, &mut journal, &progress).unwrap().unwrap();
    assert_eq!(again[0].design, "marked");
    assert_eq!(progress.done.load(Ordering::Relaxed), 6, "three replications of two points");
    let text = |index: usize| [&all[index], &again[index]].map(|outcome| serde_json::to_string(outcome).unwrap());
    for index in [1, 2] {
        let [before, after] = text(index);
        assert_eq!(before, after);
    }
    drop(journal);
    assert!(<Journal>::open(&path, false).unwrap().is_empty(), "a sweep that is not resumed begins anew");
}

#[test]
fn keys_tell_apart_what_outcomes_depend_on() {
    let plain = [model("10/s", ""), model("20/s", "")];
    let key = |models: &[Model]| keys(models)[0].clone();
    assert_eq!(key(&plain[..1]), key(&[model("10/s", "")]), "the same scenario read twice");
    assert_ne!(key(&plain[..1]), key(&plain[1..]));
    assert_ne!(key(&plain[..1]), key(&[model("10/s", ", seed: 2")]));
    assert_eq!(key(&plain[..1]), key(&plain), "a design alone is what it is beside another");
    let precise = ", precision: { metrics: journeys.requests.milestones.done.latency_ms.mean, relative: 5% }";
    let precise = [model("10/s", precise), model("20/s", precise)];
    assert_ne!(key(&precise[..1]), key(&precise), "unless they settle on a common number of replications");
}
