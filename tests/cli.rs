//! The command as users meet it: the real binary, its streams, files and exit codes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// One server, short enough for a test.
const QUEUE: &str = "\
name: queue
question: How long does a request take?
study: { duration: 20 s, warm_up: 1 s, replications: 3, seed: 11 }
services:
  server: { type: external, servers: 1, service_time: { exponential: { mean: 20 ms } } }
workload:
  requests:
    target: server
    rate: 20/s
    payload: { size: 1 KB }
    milestones: { answered: answered }
    endings: { fulfilled: answered }
";

/// The same with another number of servers, which is what comparisons are for, but hidden in a service of its own.
fn limited(name: &str, rate_limit: &str) -> String {
    QUEUE
        .replace("name: queue", &format!("name: {name}"))
        .replace("servers: 1,", &format!("servers: 1, rate_limit: {rate_limit},"))
}

/// A command in a folder of its own.
struct Test {
    folder: tempfile::TempDir,
    arguments: Vec<String>,
}

/// What it did.
struct Outcome {
    code: i32,
    stdout: String,
    stderr: String,
    folder: tempfile::TempDir,
}

impl Test {
    fn new(arguments: &str) -> Self {
        let arguments = arguments.split_whitespace().map(ToString::to_string).collect();
        Self { folder: tempfile::tempdir().unwrap(), arguments }
    }

    /// With the scenario above as `queue.yaml`.
    fn queue(arguments: &str) -> Self {
        Self::new(arguments).file("queue.yaml", QUEUE)
    }

    fn file(self, path: &str, text: &str) -> Self {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// An argument that contains spaces.
    fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_string());
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
        command.args(&self.arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(self) -> Outcome {
        let output = self.command().output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            folder: self.folder,
        }
    }

    /// Runs it and expects this exit code.
    #[track_caller]
    fn ends_with(self, code: i32) -> Outcome {
        let outcome = self.run();
        assert_eq!(outcome.code, code, "stdout:\n{}\nstderr:\n{}", outcome.stdout, outcome.stderr);
        outcome
    }
}

impl Outcome {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// All files below a folder by relative path.
    fn files(&self, below: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        fn walk(folder: &Path, root: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, root, files);
                } else {
                    files.insert(path.strip_prefix(root).unwrap().to_path_buf(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        let root = self.folder.path().join(below);
        walk(&root, &root, &mut files);
        files
    }

    #[track_caller]
    fn stdout_has(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stdout.contains(part), "`{part}` is not in:\n{}", self.stdout);
        }
    }

    #[track_caller]
    fn stderr_has(&self, parts: &[&str]) {
        for part in parts {
            assert!(self.stderr.contains(part), "`{part}` is not in:\n{}", self.stderr);
        }
    }
}

#[test]
fn every_command_explains_itself() {
    let version = Test::new("--version").ends_with(0);
    assert_eq!(version.stdout, format!("floodplan {}\n", env!("CARGO_PKG_VERSION")));
    let commands = ["run", "compare", "check", "trace", "schema", "completions"];
    Test::new("--help").ends_with(0).stdout_has(&commands);
    Test::new("--help").ends_with(0).stdout_has(&["Exit codes:", "Examples:", "objective is missed"]);
    for command in commands {
        let help = Test::new(&format!("{command} --help")).ends_with(0);
        help.stdout_has(&["Usage: floodplan", "Examples:"]);
        let wide: Vec<&str> = help.stdout.lines().filter(|line| line.chars().count() > 120).collect();
        assert!(wide.is_empty(), "{wide:?}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    for arguments in ["", "rum", "run", "run queue.yaml --threads 0", "run queue.yaml --seed x", "run queue.yaml --format xml"] {
        let outcome = Test::queue(arguments).ends_with(2);
        assert_eq!(outcome.stdout, "", "{arguments}");
        assert!(outcome.stderr.contains("Usage: floodplan") || outcome.stderr.contains("--help"), "{}", outcome.stderr);
    }
}

#[test]
fn a_run_prints_a_summary_and_writes_its_files() {
    let outcome = Test::queue("run queue.yaml").ends_with(0);
    outcome.stdout_has(&["How long does a request take?", "3 replications of 20 s", "Latency from arrival", "Stable"]);
    assert!(!outcome.stdout.contains('\u{1b}'), "no colour off a terminal");
    outcome.stderr_has(&["Wrote", "output/queue/summary.json", "output/queue/charts/latency.svg"]);
    let files = outcome.files("output/queue");
    for name in ["summary.json", "bill.csv", "journeys.csv", "latency.csv", "timeseries.csv", "limits.csv", "breakdown.csv"] {
        assert!(files.contains_key(Path::new(name)), "{name}: {:?}", files.keys());
    }
    assert!(files.contains_key(Path::new("charts/latency.png")));
    assert!(files.keys().all(|path| !path.to_string_lossy().contains(".floodplan")), "{:?}", files.keys());
}

#[test]
fn json_is_the_summary_file_and_nothing_else() {
    let outcome = Test::queue("run queue.yaml --format json --no-charts --quiet --out here/results").ends_with(0);
    assert_eq!(outcome.json()["schema"], "floodplan.summary/1");
    assert_eq!(outcome.json()["journeys"]["requests"]["observed"], "answered");
    assert_eq!(outcome.stderr, "");
    let files = outcome.files("here/results");
    assert_eq!(files[Path::new("summary.json")], outcome.stdout.as_bytes());
    assert_eq!(files.len(), 8, "no charts: {:?}", files.keys());
}

#[test]
fn options_reach_the_study() {
    let arguments =
        "run queue.yaml --format json --no-charts --replications 2 --seed 99 --duration 5s --set workload.requests.rate=10/s";
    let summary = Test::queue(arguments).ends_with(0).json();
    assert_eq!((&summary["replications"], &summary["seed"]), (&2.into(), &99.into()));
    assert_eq!(summary["window_seconds"], 5.0);
    let started = summary["journeys"]["requests"]["started"]["mean"].as_f64().unwrap();
    assert!((20.0..90.0).contains(&started), "10 per second for 5 s: {started}");
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let with = |threads: u32, seed: u32| {
        let outcome = Test::queue(&format!("run queue.yaml --threads {threads} --seed {seed}")).ends_with(0);
        (outcome.stdout.clone(), outcome.files("output"))
    };
    let (one, two, other) = (with(1, 11), with(2, 11), with(2, 12));
    assert!(one == two, "{}\n{}", one.0, two.0);
    assert_ne!(one.0, other.0, "another seed, another run");
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places() {
    let bad =
        QUEUE.replace("rate: 20/s", "rate: 20 s").replace("servers: 1", "serves: 1").replace("target: server", "target: sever");
    let outcome =
        Test::new("run bad.yaml --set services.sever.capacity=4 --set nonsense --duration 5").file("bad.yaml", &bad).ends_with(2);
    assert_eq!(outcome.stdout, "");
    outcome.stderr_has(&[
        "bad.yaml:5:29",
        "`serves`",
        "bad.yaml:9:11",
        "error[wrong-unit]",
        "there is no `sever`",
        "did you mean `server`?",
        "--set:1:10",
        "a setting is written PATH=VALUE",
        "study.duration=5",
    ]);
    assert!(outcome.files("output").is_empty());
}

#[test]
fn mistakes_that_show_in_compiling_are_told_too() {
    let bad = QUEUE.replace("target: server", "target: sever");
    Test::new("check bad.yaml").file("bad.yaml", &bad).ends_with(2).stderr_has(&["bad.yaml:8:13", "did you mean `server`?"]);
}

#[test]
fn mistakes_are_json_where_json_is_asked_for() {
    let bad = QUEUE.replace("servers: 1", "serves: 1");
    for command in ["run", "check", "trace"] {
        let outcome = Test::new(&format!("{command} bad.yaml --format json")).file("bad.yaml", &bad).ends_with(2);
        let json = outcome.json();
        assert_eq!(json["schema"], "floodplan.diagnostics/1", "{command}");
        let first = &json["diagnostics"][0];
        assert_eq!((&first["code"], &first["severity"]), (&"unknown-key".into(), &"error".into()));
        assert_eq!((&first["place"]["line"], &first["place"]["file"]), (&5.into(), &"bad.yaml".into()));
        assert_eq!(outcome.stderr, "", "{command}");
    }
    let missing = Test::new("run none.yaml --format json").ends_with(2);
    assert!(missing.json()["diagnostics"][0]["message"].as_str().unwrap().contains("no file `none.yaml`"));
}

#[test]
fn wrong_usage_is_json_where_json_is_asked_for() {
    let cases = [("run --format json", "required"), ("run queue.yaml --format=json --sed 1", "--sed")];
    for (arguments, part) in cases {
        let outcome = Test::queue(arguments).ends_with(2);
        let first = &outcome.json()["diagnostics"][0];
        assert_eq!((&first["code"], &first["place"]), (&"usage".into(), &Value::Null), "{arguments}");
        assert!(first["message"].as_str().unwrap().contains(part), "{first}");
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn files_that_are_no_scenarios_are_told_and_never_crash() {
    let deep = format!("a: {}{}", "[".repeat(20_000), "]".repeat(20_000));
    let maps = (0..5_000).fold(String::new(), |text, depth| format!("{text}{}a:\n", " ".repeat(depth % 2_000)));
    let aliases = (0..20).fold("a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_string(), |text, level| {
        let parts = vec![format!("*a{level}"); 10].join(", ");
        format!("{text}b{level}: &a{} [{parts}]\n", level + 1)
    });
    let cases: [(&str, &[u8], &str); 10] = [
        ("empty", b"", "the scenario is empty"),
        ("comment", b"# nothing\n", "the scenario is empty"),
        ("binary", b"\xff\xfe\x00\x01", "is not UTF-8 text"),
        ("list", b"- a\n- b\n", "a scenario is a map"),
        ("null-byte", b"name: \0\n", "error"),
        ("deep", deep.as_bytes(), "error[syntax]"),
        ("maps", maps.as_bytes(), "error"),
        ("aliases", aliases.as_bytes(), "more than 1000000 values"),
        ("self", b"name: &a [*a]\n", "error[syntax]"),
        ("two", b"name: a\n---\nname: b\n", "one document"),
    ];
    for command in ["check", "run", "trace", "compare queue.yaml"] {
        for (name, bytes, part) in &cases {
            let test = Test::queue(&format!("{command} broken.yaml"));
            fs::write(test.folder.path().join("broken.yaml"), bytes).unwrap();
            let outcome = test.ends_with(2);
            assert!(
                outcome.stderr.contains(part) && !outcome.stderr.contains("mistake of its own"),
                "{name}: {}",
                outcome.stderr
            );
            assert_eq!(outcome.stdout, "", "{name}");
        }
    }
    let folder = Test::queue("check folder").file("folder/x.yaml", "").ends_with(2);
    folder.stderr_has(&["`folder` cannot be read"]);
    Test::new("check none.yaml").ends_with(2).stderr_has(&["there is no file `none.yaml`"]);
}

#[test]
fn numbers_too_large_are_told() {
    for setting in [
        "workload.requests.rate=1e300/s",
        "workload.requests.rate=99999999999999999999/s",
        "study.duration=1000 years",
        "study.duration=99999999 d",
        "study.replications=99999999999999999999",
        "study.seed=-1",
        "services.server.servers=18446744073709551616",
        "workload.requests.payload.fields={ n: { integer: { from: -9223372036854775808, to: 9223372036854775807 } } }",
        "workload.requests.payload.fields={ n: { integer: { from: -99999999999999999999, to: 1 } } }",
        "workload.requests.payload.size=99999999999 TB",
    ] {
        let outcome = Test::queue("check queue.yaml --set").argument(setting).ends_with(2);
        outcome.stderr_has(&["error[", "--set:1:"]);
    }
}

#[test]
fn unknown_paths_get_a_hint() {
    let cases = [
        ("workload.request.rate=1/s", "did you mean `requests`?"),
        ("services.sever.servers=1", "did you mean `server`?"),
        ("services.psp.servers=1", "known: server"),
        ("services.server.severs=1", "did you mean `servers`?"),
        ("study.durations=1 s", "did you mean `duration`?"),
        ("studi.duration=1 s", "did you mean `study`?"),
        ("services..servers=1", "a path looks like"),
        ("services.server.servers.more=1", "cannot be set within"),
    ];
    for (setting, hint) in cases {
        Test::queue("run queue.yaml --set").argument(setting).ends_with(2).stderr_has(&[hint]);
        Test::queue("compare queue.yaml --vary").argument(setting).ends_with(2).stderr_has(&[hint]);
    }
}

/// A bus whose consumer answers each event with another of the same kind.
const LOOP: &str = "\
name: echo
study: { duration: 10 min, replications: 2 }
services:
  bus: { type: eventbridge, rules: { again: { event_pattern: { source: [echo] }, targets: [echo] } } }
  echo: { type: lambda, steps: [ { put_events: { bus: bus, detail_type: Echoed, source: echo } } ] }
workload:
  events: { target: echo, invocation: event, rate: RATE, milestones: { done: answered }, endings: { fulfilled: answered } }
";

#[test]
fn a_bus_that_feeds_itself_stops_at_a_limit_that_names_it() {
    for rate in ["0.01/s", "2/s"] {
        let text = LOOP.replace("RATE", rate);
        let test = |options: &str| Test::new(&format!("run loop.yaml --no-charts {options}")).file("loop.yaml", &text);
        let outcome = test("").ends_with(4);
        outcome.stderr_has(&["`echo` is incomplete", "events cause themselves without end", "`bus`"]);
        outcome.stdout_has(&["the results are partial"]);
        assert!(outcome.files("output/echo").contains_key(Path::new("summary.json")), "a partial report is a report");
        assert!(test("--format json").ends_with(4).json()["warnings"][0].as_str().unwrap().contains("`bus`"));
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_the_run() {
    // A run of a year of virtual time would not end within the test.
    let outcome = Test::queue("run queue.yaml --out queue.yaml/results --set study.duration=365d").ends_with(2);
    outcome.stderr_has(&["cannot write to `queue.yaml/results`", "`queue.yaml` is not a folder", "--out DIR"]);
    let json = Test::queue("run queue.yaml --out queue.yaml --format json").ends_with(2).json();
    assert_eq!(json["diagnostics"][0]["code"], "output");
}

#[test]
fn a_missed_objective_ends_with_3_and_a_limit_with_4() {
    let objectives = "objectives: { fast: \"journeys.requests.milestones.answered.latency_ms.p50 < BOUND\" }\n";
    for (bound, code) in [("10 s", 0), ("1 us", 3)] {
        let text = format!("{QUEUE}{}", objectives.replace("BOUND", bound));
        let outcome = Test::new("run x.yaml --no-charts").file("x.yaml", &text).ends_with(code);
        assert_eq!(outcome.stdout.contains("missed"), code == 3, "{}", outcome.stdout);
        assert!(!outcome.files("output/queue").is_empty());
    }
    let stopped = Test::queue("run queue.yaml --no-charts --set study.maximum_events=100").ends_with(4);
    stopped.stderr_has(&["incomplete", "study.maximum_events"]);
    assert!(!stopped.files("output/queue").is_empty(), "a partial report is a report");
    let text = format!("{QUEUE}{}", objectives.replace("BOUND", "1 us"));
    Test::new("run x.yaml --no-charts --set study.maximum_events=100").file("x.yaml", &text).ends_with(4);
}

#[test]
fn an_unstable_system_is_a_finding_not_a_failure() {
    let outcome = Test::queue("run queue.yaml --no-charts --set workload.requests.rate=200/s").ends_with(0);
    outcome.stdout_has(&["UNSTABLE"]);
}

#[test]
fn designs_are_compared_with_their_differences() {
    let test = || {
        Test::new("compare shop-one.yaml shop-two.yaml --allow services.server --no-charts")
            .file("shop-one.yaml", QUEUE)
            .file("shop-two.yaml", &limited("limited", "15/s"))
    };
    let outcome = test().ends_with(0);
    outcome.stdout_has(&[
        "Comparison of 2 designs",
        "queue",
        "limited",
        "limited differs in: server (rate_limit)",
        "server rate_limit already",
    ]);
    let files = outcome.files("output/compare-queue-limited");
    assert!(files.contains_key(Path::new("comparison.json")) && files.contains_key(Path::new("limited/summary.json")));
    let json = test().argument("--format").argument("json").ends_with(0).json();
    assert_eq!(json["schema"], "floodplan.comparison/1");
    assert_eq!(json["designs"].as_array().unwrap().len(), 2);
    assert!(!json["differences"].as_array().unwrap().is_empty());
}

#[test]
fn different_workloads_are_refused_unless_allowed() {
    let other = QUEUE.replace("name: queue", "name: other").replace("rate: 20/s", "rate: 25/s");
    let test = |options: &str| {
        Test::queue(&format!("compare queue.yaml other.yaml --no-charts --duration 5s {options}")).file("other.yaml", &other)
    };
    let refused = test("").ends_with(2);
    refused.stderr_has(&["cannot be compared", "`workload.requests.rate`", "20/s", "25/s", "--allow workload.requests.rate"]);
    assert!(refused.files("output").is_empty());
    assert_eq!(test("--format json").ends_with(2).json()["diagnostics"][0]["code"], "designs-differ");
    test("--allow workload.requests.rate").ends_with(0);
    test("--set workload.requests.rate=22/s").ends_with(0);
}

#[test]
fn one_design_cannot_be_compared_and_equal_names_are_told_apart() {
    Test::queue("compare queue.yaml").ends_with(2).stderr_has(&["two scenarios", "--vary"]);
    let twins = Test::queue("compare queue.yaml twin.yaml --no-charts --duration 5s").file("twin.yaml", QUEUE).ends_with(0);
    twins.stdout_has(&["designs: queue", "twin minus queue", "no difference"]);
}

#[test]
fn a_sweep_tells_which_limiter_binds_first() {
    let sweep = |format: &str| {
        Test::new(&format!(
            "compare low.yaml high.yaml --allow services --vary workload.requests.rate=2/s,30/s --no-charts {format}"
        ))
        .file("low.yaml", &limited("low", "10/s"))
        .file("high.yaml", &limited("high", "100/s"))
    };
    let outcome = sweep("").ends_with(0);
    outcome.stdout_has(&[
        "2 designs over 2 values of workload.requests.rate",
        "server: rate_limit",
        "binds now",
        "at load × ",
        "30/s",
    ]);
    assert_eq!(outcome.stdout.matches("binds now").count(), 1, "only `low` at 30/s:\n{}", outcome.stdout);
    let csv = &outcome.files("output/compare-low-high-by-rate")[Path::new("sweep.csv")];
    let csv = String::from_utf8(csv.clone()).unwrap();
    let last: Vec<&str> = csv.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(last, ["binds_already", "false", "false", "true", "false"], "{csv}");
    let json = sweep("--format json").ends_with(0).json();
    assert_eq!((&json["schema"], &json["varied"]), (&"floodplan.sweep/1".into(), &"workload.requests.rate".into()));
    assert_eq!(json["points"][1]["comparison"]["designs"][0]["scenario"], "low");
}

#[test]
fn a_wrong_sweep_is_told_once_per_design() {
    let sweep = |vary: &str| Test::queue("compare queue.yaml --no-charts --vary").argument(vary).ends_with(2);
    let wrong = sweep("services.sever.capacity=1,2,3");
    wrong.stderr_has(&["there is no `sever`", "did you mean `server`?", "--vary:1:10"]);
    assert_eq!(wrong.stderr.matches("there is no `sever`").count(), 1, "{}", wrong.stderr);
    let values = sweep("workload.requests.rate=2/s,3 parsec,4 s");
    values.stderr_has(&["3 parsec", "rate=4 s"]);
    for (vary, message) in [("rate", "is not written PATH=V1,V2"), ("a=1,,2", "is empty"), ("a=1,1", "the value 1 twice")] {
        sweep(vary).stderr_has(&[message]);
    }
}

#[test]
fn check_tells_how_a_scenario_was_understood() {
    let text = QUEUE
        .replace("services:", "parameters: { step: 10 ms }\nservices:")
        .replace("servers: 1", "servers: 1, rate_limit: 50/s")
        + "timeline: [{ from: 3 s, until: 5 s, service: server, stop: true }]\n";
    let text = text.replace("    rate: 20/s", "    rate: 20/s\n    timeout: 2 * step + 1 ms");
    let check = |options: &str| Test::new(&format!("check x.yaml {options}")).file("x.yaml", &text).ends_with(0);
    let outcome = check("");
    outcome.stdout_has(&[
        "server: external",
        "servers: 1\n",
        "drop_when_abandoned: false (default)",
        "not set: capacity",
        "timeout: 21 ms",
        "step: 10 ms",
        "arrivals: poisson (default)",
        "server: rate_limit: 50 requests/s",
        "answered",
        "drain: 1 d (default)",
        "from 3 s to 5 s: server: down",
    ]);
    assert_eq!(outcome.stderr, "");
    let json = check("--format json").json();
    assert_eq!(json["schema"], "floodplan.check/1");
    assert_eq!(json["services"][0]["written"]["rate_limit"], "50/s");
    assert_eq!(json["limits"][0]["quota"], 50.0);
    assert!(check("").files("output").is_empty(), "nothing is simulated or written");
}

#[test]
fn warnings_do_not_stop_a_check() {
    let text = format!("{QUEUE}defaults: {{ lamda: {{ timeout: 3 s }} }}\n");
    let outcome = Test::new("check x.yaml").file("x.yaml", &text).ends_with(0);
    outcome.stderr_has(&["warning[unused]"]);
    let json = Test::new("check x.yaml --format json").file("x.yaml", &text).ends_with(0).json();
    assert_eq!(json["diagnostics"][0]["severity"], "warning");
}

#[test]
fn a_trace_tells_hops_waits_and_the_end() {
    let outcome = Test::queue("trace queue.yaml --journey 3").ends_with(0);
    outcome.stdout_has(&[
        "journey 3 of seed 11",
        "-> Request from requests",
        "ms work: doing what",
        "<- answers requests",
        "mark answered",
        "ends: fulfilled",
    ]);
    let json = Test::queue("trace queue.yaml --journey 3 --format json").ends_with(0).json();
    let steps = json["steps"].as_array().unwrap();
    assert_eq!((&steps[0]["event"], &steps[0]["at_ms"]), (&"call".into(), &0.0.into()));
    let waits = steps.iter().filter(|step| step["event"] == "wait");
    let waited: f64 = waits.map(|step| step["duration_ms"].as_f64().unwrap()).sum();
    let lasted = json["lasted_ms"].as_f64().unwrap();
    assert!((waited - lasted).abs() < 1e-6, "one thread of work: waits add up, {waited} and {lasted}");
    let other = Test::queue("trace queue.yaml --journey 3 --seed 12 --format json").ends_with(0).json();
    assert_ne!(other["lasted_ms"], json["lasted_ms"]);
    Test::queue("trace queue.yaml --journey 1000000").ends_with(2).stderr_has(&["does not arrive"]);
}

#[test]
fn a_trace_names_the_error_of_a_refused_call() {
    let text =
        QUEUE.replace("servers: 1", "servers: 1, rate_limit: 1/s, burst: 1").replace("rate: 50/s", "rate: 50/s, retry: none");
    Test::new("trace x.yaml --journey 1")
        .file("x.yaml", &text)
        .ends_with(0)
        .stdout_has(&["<- answers requests: ThrottlingException"]);
}

#[test]
fn the_schema_is_json_and_the_manual_is_markdown() {
    let schema = Test::new("schema").ends_with(0).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["$defs"]["service_external"]["properties"]["service_time"].is_object());
    Test::new("schema --format markdown").ends_with(0).stdout_has(&[
        "# Scenario reference",
        "### `external`",
        "| `rate` | rate |",
    ]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        Test::new(&format!("completions {shell}")).ends_with(0).stdout_has(&["floodplan", "compare"]);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for arguments in ["schema", "run queue.yaml --no-charts --duration 1s", "--help"] {
        let test = Test::queue(arguments);
        let mut child = test.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{arguments}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{arguments}: {stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let test = Test::new("schema");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = test.command().stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write to standard output"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_stops_in_good_order() {
    let test = Test::queue("run queue.yaml --set study.duration=3650d --set study.maximum_events=1000000000000");
    let mut child = test.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    // A step of the run may take long; a second interrupt ends it at once.
    std::thread::sleep(std::time::Duration::from_millis(300));
    if child.try_wait().unwrap().is_none() {
        let _ = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    }
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{stderr}");
    assert!(stderr.contains("press Ctrl-C again"), "{stderr}");
    assert!(!test.folder.path().join("output").exists(), "nothing is half-written");
}

#[cfg(unix)]
#[test]
fn an_interrupt_is_json_where_json_is_asked_for() {
    let test = Test::queue("run queue.yaml --format json --set study.duration=1000000s");
    let child = test.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["diagnostics"][0]["code"], "interrupted");
    assert!(!test.folder.path().join("output").exists());
}

/// Whenever the interrupt comes, the folder holds the earlier report or the new one.
#[cfg(unix)]
#[test]
fn an_interrupt_at_any_time_leaves_files_whole() {
    let arguments = "run queue.yaml --out here --set study.duration=100s --seed";
    let (earlier, later) = (format!("{arguments} 1"), format!("{arguments} 2"));
    let new = Test::queue(&later).ends_with(0).files("here");
    let began = std::time::Instant::now();
    let folder = Test::queue(&earlier).ends_with(0);
    let whole_run = began.elapsed();
    let old = folder.files("here");
    assert!(old.len() > 10 && old.keys().eq(new.keys()) && old != new);
    let mut codes = Vec::new();
    for step in 0..20_u32 {
        let test = Test::queue(&later);
        for (path, bytes) in &old {
            let path = test.folder.path().join("here").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let mut child = test.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let interrupt = || Command::new("kill").args(["-INT", &child.id().to_string()]).stderr(Stdio::null()).status().unwrap();
        std::thread::sleep(whole_run * step / 18);
        interrupt();
        if step % 2 == 1 {
            interrupt();
        }
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        let code = child.wait().unwrap().code();
        let after = Outcome { code: 0, stdout: String::new(), stderr, folder: test.folder };
        let found = after.files("here");
        match code {
            Some(0) => assert!(found == new, "step {step}: {:?}", found.keys()),
            // Without a code it ended before it listened to interrupts.
            Some(130) | None => assert!(found == old || found == new, "step {step}: {:?}", found.keys()),
            other => panic!("step {step} ended with {other:?}: {}", after.stderr),
        }
        if code == Some(130) && step % 2 == 0 {
            after.stderr_has(&["interrupted: "]);
        }
        codes.push(code);
    }
    assert!(codes.contains(&Some(130)), "no interrupt came while it ran: {codes:?}");
}

/// A terminal is needed to see what is only for terminals; `script` brings one along.
#[cfg(target_os = "linux")]
#[test]
fn a_terminal_gets_colour_and_progress() {
    let test = Test::queue("");
    let line = format!("{} run queue.yaml --no-charts --set study.duration=20000s", env!("CARGO_BIN_EXE_floodplan"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(test.folder.path()).stdin(Stdio::null()).env("TERM", "xterm");
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"] {
        command.env_remove(name);
    }
    let Ok(output) = command.output() else {
        eprintln!("skipped: this system has no `script`");
        return;
    };
    let seen = String::from_utf8_lossy(&output.stdout);
    assert!(seen.contains('\u{1b}'), "no colour: {seen}");
    assert!(seen.contains("replications"), "no progress: {seen}");
    assert!(seen.contains("%, "), "no progress: {seen}");
}

#[test]
fn colour_is_only_for_terminals_and_who_asks_for_it() {
    let plain = Test::queue("run queue.yaml --no-charts --duration 1s").ends_with(0);
    assert!(!plain.stdout.contains('\u{1b}') && !plain.stderr.contains('\u{1b}'));
    let test = Test::queue("run queue.yaml --no-charts --duration 1s");
    let forced = test.command().env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8_lossy(&forced.stdout).contains('\u{1b}'));
    let quenched = test.command().env("NO_COLOR", "1").output().unwrap();
    assert!(!String::from_utf8_lossy(&quenched.stdout).contains('\u{1b}'));
}
