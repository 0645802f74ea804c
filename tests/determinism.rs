//! Same scenario, seed and version: same bytes on any number of threads. Another design: same arrivals, same luck.

use floodplan::engine::{Run, run, run_text};
use floodplan::report::summary_json;
use floodplan::scenario::Model;

mod common;
use common::model;

fn run_on(threads: usize, model: &Model) -> Run {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    pool.install(|| run(model)).expect("the scenario runs")
}

/// Everything that a run yields, as text.
fn everything(run: &Run) -> String {
    let summary = &run.summary;
    let tables = (&summary.limits, &summary.breakdown, &summary.curves, &summary.series, &summary.spans);
    format!("{}\n{tables:?}\n{:?}", summary_json(summary).expect("a summary is JSON"), run.samples)
}

/// Short runs of scenarios that use every kind of room.
const SCENARIOS: [(&str, &[(&str, &str)]); 4] = [
    ("theory/mm1.yaml", &[("study.duration", "60 s"), ("study.replications", "7"), ("study.breakdown_every", "1")]),
    ("theory/retries.yaml", &[("study.duration", "30 s"), ("study.replications", "5"), ("study.breakdown_every", "3")]),
    ("orders/choreography.yaml", &[("study.duration", "10 s"), ("study.warm_up", "2 s"), ("study.replications", "5")]),
    ("orders/orchestration-standard.yaml", &[("study.duration", "10 s"), ("study.warm_up", "2 s"), ("study.replications", "5")]),
];

#[test]
fn equal_seeds_give_equal_bytes_on_any_number_of_threads() {
    for (path, settings) in SCENARIOS {
        let model = model(path, settings);
        let alone = run_on(1, &model);
        assert!(alone.summary.events > 1_000, "{path}: hardly anything happened");
        for threads in [1, 2, 5] {
            let again = run_on(threads, &model);
            assert_eq!(alone.summary.fingerprint, again.summary.fingerprint, "{path} on {threads} threads");
            assert!(everything(&alone) == everything(&again), "{path}: results differ on {threads} threads");
        }
    }
}

#[test]
fn another_seed_gives_another_run() {
    for (path, settings) in SCENARIOS {
        let run_with = |seed: &'static str| {
            let settings: Vec<(&str, &str)> = settings.iter().copied().chain([("study.seed", seed)]).collect();
            run_on(2, &model(path, &settings))
        };
        let (first, second) = (run_with("1001"), run_with("1002"));
        assert_ne!(first.summary.fingerprint, second.summary.fingerprint, "{path}");
        assert_ne!(first.samples, second.samples, "{path}");
    }
}

#[test]
fn replications_differ_from_one_another() {
    let run = run_on(2, &model("theory/mm1.yaml", &[("study.duration", "60 s"), ("study.replications", "7")]));
    let latencies = &run.samples["journeys.requests.milestones.answered.latency_ms.mean"];
    let mut distinct = latencies.clone();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    assert_eq!(distinct.len(), 7, "{latencies:?}");
}

/// Three designs around one partner: called directly, called by a function first thing, and with a queue in front of more
/// servers. `services` is the design; the rest is shared.
fn design(target: &str, services: &str) -> Run {
    let text = format!(
        "# Question: the same partner in another design.
name: {target}
question: What does the design change?
study: {{ duration: 200 s, replications: 4, seed: 5 }}
services:
{services}
workload:
  orders:
    target: {target}
    rate: 20/s
    milestones: {{ answered: answered }}
    endings: {{ fulfilled: answered }}
"
    );
    run_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// Mean time of work at the partner per journey, over all replications.
fn work(run: &Run) -> f64 {
    let row = run
        .summary
        .breakdown
        .iter()
        .find(|row| (row.service.as_str(), row.category.as_str(), row.group.as_str()) == ("partner", "work", "all"))
        .expect("the partner's work is in the breakdown");
    row.mean_ms.mean.expect("it has a value")
}

#[test]
fn designs_that_differ_elsewhere_meet_the_same_arrivals_and_the_same_partner() {
    const PARTNER: &str = "service_time: { p50: 30 ms, p99: 300 ms }";
    let narrow = design("partner", &format!("  partner: {{ type: external, servers: 1, {PARTNER} }}"));
    let wide = design("partner", &format!("  partner: {{ type: external, servers: 8, {PARTNER} }}"));
    let behind = design(
        "front",
        &format!(
            "  front: {{ type: lambda, timeout: 60 s, steps: [{{ work: {{ p50: 5 ms, p99: 50 ms }} }}, {{ call: {{ service: partner }} }}] }}
  partner: {{ type: external, servers: 8, {PARTNER} }}"
        ),
    );
    for other in [&wide, &behind] {
        assert_ne!(narrow.summary.fingerprint, other.summary.fingerprint, "the designs must differ");
        for metric in ["journeys.orders.started", "journeys.orders.endings.fulfilled"] {
            assert_eq!(narrow.samples[metric], other.samples[metric], "{metric}");
        }
        let arrivals = |run: &Run| {
            let series = run.summary.series.iter().find(|series| series.name == "arrivals").expect("arrivals are a series");
            let counts = |values: &[f64]| values.iter().map(|rate| (rate * series.bin_seconds).round()).sum::<f64>();
            (counts(&series.low), counts(&series.high))
        };
        assert_eq!(arrivals(&narrow), arrivals(other), "the same arrivals at the same times");
        assert_eq!(work(&narrow), work(other), "the same order takes the partner the same time");
    }
    let latency = |run: &Run| run.samples["journeys.orders.milestones.answered.latency_ms.mean"].clone();
    assert!(latency(&narrow).iter().zip(latency(&wide)).all(|(narrow, wide)| wide < *narrow), "queueing differs all the same");
}

#[test]
fn the_name_of_a_service_makes_its_luck() {
    let run = |name: &str| {
        design(name, &format!("  {name}: {{ type: external, servers: 1, service_time: {{ exponential: {{ mean: 20 ms }} }} }}"))
    };
    let metric = "journeys.orders.milestones.answered.latency_ms.mean";
    let (first, second) = (run("first"), run("second"));
    assert_eq!(first.samples["journeys.orders.started"], second.samples["journeys.orders.started"]);
    assert_ne!(first.samples[metric], second.samples[metric]);
}
