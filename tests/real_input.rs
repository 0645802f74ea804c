//! Input that others made: recorded arrivals, and state machines in use.
//!
//! The corpus is not part of the repository: where it is not at hand, the tests say so and do nothing.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use floodplan::engine::{Run, compile, run};
use floodplan::reader::diagnostics::Severity;
use floodplan::reader::{Disk, Setting};
use floodplan::results::BillLine;
use floodplan::scenario::{Reading, read};
use serde_json::Value;

#[path = "common/corpus.rs"]
mod corpus;
use corpus::corpus;

/// A scenario file in a folder of its own.
struct Scenario {
    folder: tempfile::TempDir,
}

impl Scenario {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("scenario.yaml"), text).expect("the scenario is written");
        Self { folder }
    }

    /// Another file beside it.
    fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).expect("the file is written");
        self
    }

    fn read(&self, settings: &[(&str, &str)]) -> Reading {
        let setting = |(path, value): &(&str, &str)| Setting {
            origin: "test".to_string(),
            path: (*path).to_string(),
            value: (*value).to_string(),
        };
        read(&self.folder.path().join("scenario.yaml"), &Disk, &settings.iter().map(setting).collect::<Vec<_>>())
    }

    fn run(&self, settings: &[(&str, &str)]) -> Run {
        let reading = self.read(settings);
        let model = reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)));
        let run = run(&model).expect("it runs");
        assert_eq!(run.stopped, None);
        run
    }
}

/// A server that answers at once gets what the trace says.
fn replay(trace: &str, warm_up: &str, duration: &str) -> Scenario {
    Scenario::new(&format!(
        "name: replay\nquestion: What comes out of a trace?\n\
         study: {{ duration: {duration}, warm_up: {warm_up}, replications: 2, seed: 31 }}\n\
         services: {{ server: {{ type: external, service_time: 1 ms }} }}\n\
         workload:\n  recorded:\n    target: server\n    trace: {trace}\n    milestones: {{ answered: answered }}\n    \
         endings: {{ fulfilled: answered }}\n"
    ))
}

/// Journeys that began in the measured window, which must be the same in each replication.
fn started(run: &Run) -> f64 {
    let values = &run.samples["journeys.recorded.started"];
    assert!(values.iter().all(|value| value == &values[0]), "{values:?}");
    values[0]
}

/// Width of the bins in seconds, and arrivals in each, from the start of the run.
fn arrivals(run: &Run) -> (f64, Vec<f64>) {
    let mut series = run.summary.series.iter();
    let series = series.find(|series| series.service == "recorded" && series.name == "arrivals").expect("arrivals");
    (series.bin_seconds, series.values.iter().map(|rate| rate * series.bin_seconds).collect())
}

/// The times of a trace in seconds from its first.
fn from_first(times: impl Iterator<Item = f64>) -> Vec<f64> {
    let times: Vec<f64> = times.collect();
    let first = times.iter().copied().fold(f64::INFINITY, f64::min);
    times.iter().map(|time| time - first).collect()
}

fn replays_exactly(run: &Run, times: &[f64], from: f64, until: f64) {
    let within = times.iter().filter(|time| (from..until).contains(*time)).count();
    assert!(within > 20, "the window is empty");
    assert_eq!(started(run), within as f64);
    let (width, bins) = arrivals(run);
    for (index, found) in bins.iter().enumerate() {
        let (begin, end) = (index as f64 * width, (index + 1) as f64 * width);
        let expected = times.iter().filter(|time| (begin..end.min(until)).contains(*time)).count();
        assert!((found - expected as f64).abs() < 1e-6, "{found} instead of {expected} from {begin} s to {end} s");
    }
    assert!(bins.len() as f64 * width >= 0.9 * until, "{} bins of {width} s", bins.len());
}

/// Time stamps of one hour of requests to a language model: all of them, and those of a window in the middle.
#[test]
fn time_stamps_are_replayed_when_they_were_recorded() {
    let Some(file) = corpus("traces/azure_llm_2023_code.csv") else { return };
    let text = std::fs::read_to_string(&file).expect("the trace is readable");
    // All on one day: the clock is enough.
    let seconds = |line: &str| {
        let clock = &line[11..line.find(',').expect("columns")];
        clock.split(':').fold(0.0, |sum, part| 60.0 * sum + part.parse::<f64>().expect("a number"))
    };
    let times = from_first(text.lines().skip(1).map(seconds));
    assert_eq!(times.len(), 8_819);
    let trace = format!("{{ file: {}, time: TIMESTAMP }}", file.display());
    let whole = replay(&trace, "0 s", "1 h").run(&[]);
    replays_exactly(&whole, &times, 0.0, 3_600.0);
    assert_eq!(started(&whole), 8_819.0);
    let window = replay(&trace, "10 min", "20 min").run(&[]);
    replays_exactly(&window, &times, 600.0, 1_800.0);
}

/// Seconds since 1970 out of the log of somebody's load generator, a day of sparse calls.
#[test]
fn numbers_of_seconds_are_replayed_too() {
    let Some(file) = corpus("traces/pacslab_lambda_res-01-2020-05-28_01-57-40.csv") else { return };
    let mut reader = csv::Reader::from_path(&file).expect("the trace is readable");
    let column = reader.headers().expect("a header").iter().position(|name| name == "client_start_time").expect("times");
    let records = reader.records().map(|record| record.expect("CSV")[column].parse::<f64>().expect("a number"));
    let times = from_first(records);
    let trace = format!("{{ file: {}, time: client_start_time }}", file.display());
    let run = replay(&trace, "0 s", "28 h").run(&[]);
    replays_exactly(&run, &times, 0.0, 28.0 * 3_600.0);
    assert_eq!(started(&run), 186.0);
}

/// Counts per minute of a web site, spread over their minutes: exact at the end of each minute.
#[test]
fn counts_are_spread_over_their_bins() {
    let Some(file) = corpus("traces/worldcup98_day33_1.csv") else { return };
    let text = std::fs::read_to_string(&file).expect("the trace is readable");
    let counts: Vec<f64> =
        text.lines().take(64).map(|line| line.split(',').nth(1).expect("a count").trim().parse().expect("a number")).collect();
    let trace = format!("{{ file: {}, header: false, time: '0', count: '1', unit: 1 min }}", file.display());
    let run = replay(&trace, "0 s", "64 min").run(&[]);
    assert_eq!(started(&run), counts.iter().sum::<f64>());
    assert!(started(&run) > 100_000.0);
    let (width, bins) = arrivals(&run);
    let (mut found, mut aligned) = (0.0, 0);
    for (index, bin) in bins.iter().enumerate() {
        let end = (index + 1) as f64 * width;
        found += bin;
        let minutes = end / 60.0;
        let whole = (minutes as usize).min(counts.len());
        let expected = counts[..whole].iter().sum::<f64>()
            + counts.get(whole).map_or(0.0, |count| count * (minutes - whole as f64).max(0.0));
        if minutes.fract() == 0.0 {
            aligned += 1;
            assert!((found - expected).abs() < 1e-3, "{found} instead of {expected} after {minutes} min");
        }
        // Within a minute times are random: a count has at most half the variance of its size.
        assert!((found - expected).abs() < 200.0, "{found} instead of {expected} after {minutes} min");
    }
    assert!(aligned >= 4, "bins of {width} s never end with a minute");
    let window = replay(&trace, "8 min", "16 min").run(&[]);
    assert_eq!(started(&window), counts[8..24].iter().sum::<f64>());
}

/// Tables of another shape are refused, where they are named, with a hint.
#[test]
fn traces_of_another_shape_are_refused_with_a_hint() {
    let cases = [
        // One column per minute, one row per function.
        ("azure2019_example_invocations.csv", "time: HashFunction", "no time in column `HashFunction`"),
        ("azure2019_example_invocations.csv", "time: minute, count: count, unit: 1 min", "no column `minute`"),
        ("faasrail_azure_15rps_5min.csv", "time: mapped_wreq", "no time in column `mapped_wreq`"),
        // Percentiles, no arrivals at all.
        ("azure_durable_dag_structure.csv", "time: WidthPercentile", "no time in column `WidthPercentile`"),
        ("worldcup98_day47_7.csv", "header: false, time: '0', count: '2', unit: 1 min", "the count is not a whole number"),
        ("MANIFEST.json", "time: file", "no column `file`"),
    ];
    for (name, columns, expected) in cases {
        let Some(file) = corpus(&format!("traces/{name}")) else { return };
        let scenario = replay(&format!("{{ file: {}, {columns} }}", file.display()), "0 s", "1 h");
        let reading = scenario.read(&[]);
        let rendered = reading.diagnostics.render(&reading.sources, false);
        assert!(reading.model.is_none() && rendered.contains(expected), "{name}: {rendered}");
        assert!(rendered.contains("scenario.yaml:8:"), "{name}: {rendered}");
        assert!(rendered.contains("hint: ") && rendered.contains("a row per bin"), "{name}: {rendered}");
    }
}

/// A number of a service.
fn metric(run: &Run, service: &str, name: &str) -> f64 {
    run.summary.services[service].metrics[name].mean.unwrap_or(f64::NAN)
}

fn ended(run: &Run, workload: &str, ending: &str) -> f64 {
    run.summary.journeys[workload].endings[ending].mean.unwrap_or(f64::NAN)
}

/// What is billed in the window, per replication, out of the bill of a month.
fn billed(run: &Run, sku: &str) -> f64 {
    let lines: Vec<&BillLine> = run.summary.bill.lines.iter().filter(|line| line.sku == sku).collect();
    let month: f64 = lines.iter().map(|line| line.quantity_month.mean.unwrap_or(f64::NAN)).sum();
    month * run.summary.window_seconds / (730.0 * 3_600.0)
}

/// Arrivals that stop before the window does, so that counters of services are complete.
const UNTIL_800_S: &str = "profile: [ { at: 0 s, rate: 5/s }, { at: 800 s, rate: 0/s } ]";

fn workflow(document: &Path, rest: &str) -> Scenario {
    let text = format!(
        "name: a document of others\nquestion: Does it run as its author meant?\n\
         study: {{ duration: 1200 s, warm_up: 0 s, replications: 2, seed: 41 }}\n\
         services:\n  machine:\n    type: step_functions\n    definition: {{ file: {} }}\n{rest}",
        document.display()
    );
    Scenario::new(&text)
}

/// Checks what must hold for each type of workflow: every state once, retries billed again, Express by executions.
fn types_of_workflow(scenario: &Scenario, workload: &str, holds: impl Fn(&Run)) {
    for kind in ["STANDARD", "EXPRESS"] {
        let run = scenario.run(&[("services.machine.workflow_type", kind)]);
        let counted = |name| metric(&run, "machine", name);
        let journeys = run.summary.journeys[workload].started.mean.unwrap_or(f64::NAN);
        assert!(journeys > 3_500.0, "{journeys} journeys");
        assert_eq!(counted("executions_started"), journeys, "{kind}");
        assert_eq!(counted("executions_succeeded") + counted("executions_failed"), journeys, "{kind}");
        assert_eq!(run.summary.journeys[workload].unfinished.mean, Some(0.0));
        holds(&run);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-3, "{kind}: {found}, not {expected}");
        if kind == "STANDARD" {
            assert_eq!(counted("transitions"), counted("states_entered") + counted("retries"));
            close(billed(&run, "step-functions-transitions"), counted("transitions"));
            close(billed(&run, "step-functions-express-requests"), 0.0);
        } else {
            assert_eq!(counted("transitions"), 0.0);
            close(billed(&run, "step-functions-transitions"), 0.0);
            close(billed(&run, "step-functions-express-requests"), journeys);
        }
    }
}

/// Task, Choice, Pass, Parallel, Retry and Catch; functions, a topic and a table.
#[test]
fn photos_are_processed_in_parallel_or_refused() {
    let Some(document) = corpus("asl/aws-serverless-workshops__ImageProcessing__stepfunction.json") else { return };
    let rest = format!(
        "    resources:
      FaceDetection: detect
      CheckFaceDuplicate: search
      AddFaceToIndex: index
      Thumbnail: thumbnail
      PhotoDoesNotMeetRequirement: alerts
      PersistMetadata: photos
    marks: {{ PersistMetadata: kept, PhotoDoesNotMeetRequirement: refused_photo }}
  detect: {{ type: lambda, steps: [ {{ fail: {{ share: 10%, error: PhotoDoesNotMeetRequirementError }} }} ] }}
  search: {{ type: lambda, steps: [ {{ fail: {{ share: 5%, error: PhotoDoesNotMeetRequirementError }} }} ] }}
  index:
    type: lambda
    steps: [ {{ fail: {{ share: 20%, error: Lambda.ServiceException }} }}, {{ return: {{ values: {{ FaceId: f-1 }} }} }} ]
  thumbnail:
    type: lambda
    steps: [ {{ work: 50 ms }}, {{ return: {{ values: {{ thumbnail: {{ s3bucket: small, s3key: t-1 }} }} }} }} ]
  alerts: {{ type: sns, subscriptions: {{ owner: owner }} }}
  owner: {{ type: lambda, steps: [ {{ work: 1 ms }} ] }}
  photos: {{ type: dynamodb }}
workload:
  given:
    target: machine
    {UNTIL_800_S}
    payload: {{ fields: {{ userId: u-1, s3Bucket: photos, s3Key: {{ choose: {{ a.jpg: 50%, b.jpg: 50% }} }} }} }}
    milestones: {{ kept: kept }}
    endings: {{ kept: kept, refused: refused_photo, failed: failed }}
"
    );
    types_of_workflow(&workflow(&document, &rest), "given", |run| {
        let [kept, refused, failed] = ["kept", "refused", "failed"].map(|ending| ended(run, "given", ending));
        let [undetected, duplicates] = ["detect", "search"].map(|function| metric(run, function, "errors"));
        assert_eq!((refused, failed), (undetected + duplicates, 0.0));
        assert!(undetected > 300.0 && duplicates > 120.0 && kept > 3_000.0, "{undetected} {duplicates} {kept}");
        // Choice, FaceDetection, CheckFaceDuplicate, ParallelProcessing with two branches, PersistMetadata; or the alert.
        assert_eq!(metric(run, "machine", "states_entered"), 7.0 * kept + 3.0 * undetected + 4.0 * duplicates);
        // Only the exceptions that are listed are retried.
        assert_eq!(metric(run, "machine", "retries"), metric(run, "index", "errors"));
        assert_eq!(metric(run, "index", "invocations"), kept + metric(run, "index", "errors"));
        assert_eq!(metric(run, "photos", "writes"), kept);
        assert_eq!(metric(run, "owner", "invocations"), refused);
    });
    // An event of S3 in place of the fields goes through TransformS3event first.
    let fields = "payload: { fields: { userId: u-1, s3Bucket: photos, s3Key: { choose: { a.jpg: 50%, b.jpg: 50% } } } }";
    assert!(rest.contains(fields));
    let events = rest.replace(fields, "").replace("    target: machine\n", "    target: uploads\n").replace(
        "workload:\n",
        "  uploads:
    type: lambda
    steps:
      - start_execution:
          state_machine: machine
          values: { detail: { userIdentity: { principalId: u-1 }, requestParameters: { bucketName: photos, key: a.jpg } } }
workload:\n",
    );
    types_of_workflow(&workflow(&document, &events), "given", |run| {
        let kept = ended(run, "given", "kept");
        let [undetected, duplicates] = ["detect", "search"].map(|function| metric(run, function, "errors"));
        assert_eq!(metric(run, "machine", "states_entered"), 8.0 * kept + 4.0 * undetected + 5.0 * duplicates);
    });
}

/// Task, Choice without default, Pass, and two Maps in a Parallel.
#[test]
fn maps_run_in_parallel_branches_and_an_unmatched_choice_fails() {
    let Some(document) = corpus("asl/triggerflow__examples__state-machine-example__mixed.json") else { return };
    let rest = format!(
        "    resources:
      GenerateRandom: random
      ToPositive: absolute
      GenerateList: list
      MapTask1: add
      MapTask2: add
    marks: {{ ParallelMap: mapped }}
  random:
    type: lambda
    steps:
      - choose:
          share: 50%
          then: [ {{ return: {{ values: {{ random: 5 }} }} }} ]
          otherwise:
            - choose:
                share: 90%
                then: [ {{ return: {{ values: {{ random: -5 }} }} }} ]
                otherwise: [ {{ return: {{ values: {{ random: 0 }} }} }} ]
  absolute: {{ type: lambda, steps: [ {{ return: {{ values: {{ number: 5 }} }} }} ] }}
  list: {{ type: lambda, steps: [ {{ return: {{ values: {{ list: [1, 2, 3] }} }} }} ] }}
  add: {{ type: lambda, steps: [ {{ work: 5 ms }} ] }}
workload:
  asked: {{ target: machine, {UNTIL_800_S}, milestones: {{ mapped: mapped }}, endings: {{ mapped: mapped, failed: failed }} }}
"
    );
    types_of_workflow(&workflow(&document, &rest), "asked", |run| {
        let [mapped, failed] = ["mapped", "failed"].map(|ending| ended(run, "asked", ending));
        // Zero is neither less nor greater than zero: States.NoChoiceMatched.
        assert_eq!(metric(run, "machine", "executions_failed"), failed);
        assert!(failed > 120.0 && mapped > 3_500.0, "{failed} {mapped}");
        assert_eq!(metric(run, "add", "invocations"), 6.0 * mapped, "two Maps of three items");
        // Five states to the Parallel, a Map and its three tasks in each of two branches; or two states and the failure.
        assert_eq!(metric(run, "machine", "states_entered"), 13.0 * mapped + 2.0 * failed);
    });
}

/// Task, Choice, Wait and Retry: a job that is asked after until it is done.
#[test]
fn a_job_is_asked_after_until_it_is_done() {
    let name = "asl/aws-sam-cli-app-templates__python3.12__-cookiecutter.project_name-__statemachine__asl.json";
    let Some(document) = corpus(name) else { return };
    let rest = format!(
        "    resources: {{ Glue StartJobRun: glue, FnCheck: check, FnSuccess: success, FnFailure: failure }}
    marks: {{ Lambda Invoke on Success: done, Lambda Invoke on Failure: not_done }}
  glue: {{ type: external, service_time: 100 ms }}
  check:
    type: lambda
    steps:
      - choose:
          share: 40%
          then: [ {{ return: {{ values: {{ JobRunState: RUNNING }} }} }} ]
          otherwise:
            - choose:
                share: 75%
                then: [ {{ return: {{ values: {{ JobRunState: SUCCEEDED }} }} }} ]
                otherwise: [ {{ return: {{ values: {{ JobRunState: FAILED }} }} }} ]
  success: {{ type: lambda, steps: [ {{ work: 5 ms }} ] }}
  failure: {{ type: lambda, steps: [ {{ work: 5 ms }} ] }}
workload:
  jobs: {{ target: machine, {UNTIL_800_S}, milestones: {{ done: done }}, endings: {{ done: done, not_done: not_done, failed: failed }} }}
"
    );
    types_of_workflow(&workflow(&document, &rest), "jobs", |run| {
        let [done, not_done, failed] = ["done", "not_done", "failed"].map(|ending| ended(run, "jobs", ending));
        let jobs = done + not_done;
        assert_eq!((failed, metric(run, "success", "invocations"), metric(run, "failure", "invocations")), (0.0, done, not_done));
        assert_eq!(metric(run, "glue", "requests"), jobs);
        // The start, then a check, its Choice and a Wait for each round but the last, then the function of the ending.
        let checks = metric(run, "check", "invocations");
        assert!(checks > 1.5 * jobs && checks < 1.85 * jobs, "{checks} checks of {jobs} jobs");
        assert_eq!(metric(run, "machine", "states_entered"), jobs + 3.0 * checks);
        // Each round but the last waits for 5 s.
        let waited = 5_000.0 * (checks / jobs - 1.0);
        let mean = run.summary.services["machine"].metrics["execution_ms_mean"].mean.unwrap_or(f64::NAN);
        assert!((waited..waited + 1_500.0).contains(&mean), "{mean} ms, of which {waited} ms are waits");
    });
}

/// Names of the tasks of a document, at any depth.
fn tasks(machine: &Value, names: &mut Vec<String>) {
    for (name, state) in machine["States"].as_object().into_iter().flatten() {
        if state["Type"] == "Task" {
            names.push(name.clone());
        }
        for branch in state["Branches"].as_array().into_iter().flatten() {
            tasks(branch, names);
        }
        for inner in ["Iterator", "ItemProcessor"] {
            tasks(&state[inner], names);
        }
    }
}

/// What is not modelled, in the words of the diagnostics.
const NOT_MODELLED: [&str; 5] = [
    "needs JSONata, which is not modelled yet",
    "the distributed Map is not modelled yet",
    "waiting for a job (`.sync`) is not modelled yet",
    "waiting for a task token (`.waitForTaskToken`) is not modelled yet",
    "a computed MaxConcurrency is not modelled yet",
];

/// Every document is accepted or refused for a feature that is named, at its place in the document and with a hint.
#[test]
fn documents_in_use_are_accepted_or_refused_with_reason_place_and_hint() {
    let Some(folder) = corpus("asl") else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let (mut accepted, mut refused) = (0, Vec::new());
    for file in &files {
        let text = std::fs::read_to_string(file).expect("the document is readable");
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let document: Value = match extension {
            "json5" => json5::from_str(&text).expect("JSON5"),
            "json" => serde_json::from_str(&text).expect("JSON"),
            _ => serde_yaml_ng::from_str(&text).expect("YAML"),
        };
        // JSON5 is no format of state machines: what it says is written as JSON. The others are read as they are.
        let pretty = serde_json::to_string_pretty(&document).expect("JSON");
        let definition = if extension == "json5" { "document.json".to_string() } else { file.display().to_string() };
        let mut names = Vec::new();
        tasks(&document, &mut names);
        let mut resources = String::new();
        for name in &names {
            let _ = write!(resources, "{}: backend, ", serde_json::to_string(name).expect("JSON"));
        }
        let scenario = Scenario::new(&format!(
            "name: a document\nquestion: Is it accepted?\nservices:\n  backend: {{ type: external, service_time: 10 ms }}\n  \
             machine: {{ type: step_functions, definition: {{ file: {definition} }}, resources: {{ {resources} }} }}\n\
             workload: {{ asked: {{ target: machine, rate: 1/s }} }}\n"
        ))
        .with("document.json", &pretty);
        let name = file.file_name().expect("a name").to_string_lossy();
        let reading = scenario.read(&[]);
        let mut diagnostics = reading.diagnostics;
        if let Some(model) = &reading.model {
            let compiled = compile(model, 0, &mut diagnostics).is_some();
            assert_eq!(compiled, !diagnostics.has_errors(), "{name}");
        }
        if !diagnostics.has_errors() {
            accepted += 1;
            continue;
        }
        let mut reasons = Vec::new();
        for found in diagnostics.sorted().iter().filter(|found| found.severity == Severity::Error) {
            let reason = NOT_MODELLED.iter().find(|reason| found.message.contains(*reason));
            reasons.push(*reason.unwrap_or_else(|| panic!("{name}: {}", found.message)));
            assert!(!found.hints.is_empty() && found.hints.iter().all(|hint| !hint.is_empty()), "{name}: {found:?}");
        }
        // The place is in the document, not where the scenario names it.
        for place in places(&diagnostics.to_json(&reading.sources)) {
            assert!(place.0.ends_with(&definition) && place.1 > 1 && place.2 >= 1, "{name}: {place:?}");
        }
        reasons.sort_unstable();
        reasons.dedup();
        refused.push((name.to_string(), reasons));
    }
    println!("{accepted} of {} documents are accepted; refused:", files.len());
    for reason in NOT_MODELLED {
        println!("  {}: {reason}", refused.iter().filter(|(_, reasons)| reasons.contains(&reason)).count());
    }
    for (name, reasons) in &refused {
        println!("  {name}: {}", reasons.join("; "));
    }
    assert_eq!(accepted + refused.len(), files.len());
    assert!(accepted >= 45, "only {accepted} accepted");
}

/// File, line and column of each error.
fn places(diagnostics: &Value) -> Vec<(String, u64, u64)> {
    let list = diagnostics.as_array().or_else(|| diagnostics["diagnostics"].as_array()).expect("diagnostics");
    list.iter()
        .filter(|found| found["severity"] == "error")
        .map(|found| {
            let place = &found["place"];
            let number = |key: &str| place[key].as_u64().expect("a place");
            (place["file"].as_str().expect("a file").to_string(), number("line"), number("column"))
        })
        .collect()
}
