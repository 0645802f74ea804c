//! The gallery: every scenario parses, says which question it answers, and runs; the small ones give the answers that
//! documented rules predict.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use floodplan::engine::{Run, compile, refusals, run};
use floodplan::reader::{Diagnostics, Disk, Setting, Severity};
use floodplan::scenario::{Model, Reading, read};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// All files below `scenarios` that hold YAML, by their path there.
fn files() -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("scenarios can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let below = path.strip_prefix(root()).expect("it lies below scenarios");
                found.push(below.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), &mut found);
    found.sort();
    assert!(found.len() > 30, "only {} files", found.len());
    found
}

fn text(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).expect("scenarios can be read")
}

/// The comment that a file begins with, as running text.
fn header(file: &str) -> String {
    let lines: Vec<String> = text(file)
        .lines()
        .take_while(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches('#').trim().to_string())
        .collect();
    lines.join(" ")
}

fn is_scenario(file: &str) -> bool {
    text(file).lines().any(|line| line.starts_with("name:"))
}

/// The files that a file includes, by their path below `scenarios`.
fn included(file: &str) -> Vec<String> {
    let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let names: Vec<String> = match yaml.get("include") {
        None => Vec::new(),
        Some(serde_yaml_ng::Value::Sequence(names)) => {
            names.iter().filter_map(|name| name.as_str().map(str::to_string)).collect()
        }
        Some(name) => name.as_str().map(str::to_string).into_iter().collect(),
    };
    let folder = Path::new(file).parent().expect("scenarios lie in folders");
    names.iter().map(|name| floodplan::reader::load::normalise(&folder.join(name)).to_string_lossy().replace('\\', "/")).collect()
}

fn reading(file: &str, settings: &[(&str, &str)]) -> Reading {
    let settings: Vec<Setting> = settings
        .iter()
        .map(|(path, value)| Setting { origin: "test".to_string(), path: (*path).to_string(), value: (*value).to_string() })
        .collect();
    read(&root().join(file), &Disk, &settings)
}

fn model(file: &str, settings: &[(&str, &str)]) -> Model {
    let reading = reading(file, settings);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

/// A run of a scenario of `choices`.
fn choice(file: &str, settings: &[(&str, &str)]) -> Run {
    let run = run(&model(&format!("choices/{file}.yaml"), settings)).unwrap_or_else(|error| panic!("{file}: {error:?}"));
    assert_eq!(run.stopped, None, "{file} was stopped");
    assert!(run.summary.stability.stable, "{file}: {:?}", run.summary.stability.reasons);
    run
}

/// A number of the summary, by its path there.
fn value(run: &Run, path: &str) -> f64 {
    let json = serde_json::to_value(&run.summary).expect("a summary is JSON");
    let found = path.split('.').try_fold(&json, |at, part| at.get(part)).unwrap_or_else(|| panic!("there is no {path}"));
    found["mean"].as_f64().unwrap_or_else(|| panic!("{path} has no value: {found}"))
}

/// The units a month and the price of a bill line.
fn line(run: &Run, service: &str, sku: &str) -> (f64, f64) {
    let found = run.summary.bill.lines.iter().find(|line| line.service == service && line.sku == sku);
    let found = found.unwrap_or_else(|| panic!("{service} has no line {sku}"));
    (found.quantity_month.mean.expect("a quantity"), found.usd_month.mean.expect("a price"))
}

/// What a month of a service costs, without what functions write to their logs.
fn usd(run: &Run, service: &str) -> f64 {
    let lines = run.summary.bill.lines.iter().filter(|line| line.service == service && !line.sku.starts_with("logs-"));
    lines.map(|line| line.usd_month.mean.expect("a price")).sum()
}

fn journeys_a_month(run: &Run, workload: &str) -> f64 {
    value(run, &format!("journeys.{workload}.started")) / run.summary.window_seconds * 730.0 * 3600.0
}

fn is_close(what: &str, measured: f64, predicted: f64, tolerance: f64) {
    println!("{what}: {measured:.6} for {predicted:.6} ({:+.2} %)", 100.0 * (measured / predicted - 1.0));
    assert!((measured - predicted).abs() <= tolerance * predicted.abs(), "{what}: {measured}, predicted {predicted}");
}

// ---- every file ----

#[test]
fn every_file_is_a_scenario_or_included_by_one() {
    let files = files();
    let included: BTreeSet<String> = files.iter().flat_map(|file| included(file)).collect();
    let mut wrong = Vec::new();
    for file in &files {
        let says_so = header(file).contains("not a scenario by itself");
        if is_scenario(file) == says_so {
            wrong.push(format!("{file}: a scenario has a name; any other file says `not a scenario by itself`"));
        }
        if !is_scenario(file) && !included.contains(file) {
            wrong.push(format!("{file}: no scenario includes it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scenario_is_described() {
    let mut wrong = Vec::new();
    let (mut names, scenarios) = (BTreeSet::new(), files().into_iter().filter(|file| is_scenario(file)));
    for file in scenarios {
        let header = header(&file);
        if !header.strip_prefix("Question: ").is_some_and(|question| question.contains('?')) {
            wrong.push(format!("{file}: it begins with `# Question: ...?`"));
        }
        let model = model(&file, &[]);
        if !model.question.as_ref().is_some_and(|question| question.contains('?')) {
            wrong.push(format!("{file}: it has no question"));
        }
        if model.workloads.iter().any(|workload| workload.config.milestones.is_empty() || workload.config.endings.is_empty()) {
            wrong.push(format!("{file}: a workload without milestones or endings"));
        }
        if !names.insert(model.name.clone()) {
            wrong.push(format!("{file}: another scenario is called `{}`", model.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scenario_reads_without_diagnostics_and_runs() {
    const SHORT: [(&str, &str); 3] = [("study.duration", "4 s"), ("study.warm_up", "0 s"), ("study.replications", "1")];
    let (mut wrong, mut quiet) = (Vec::new(), Vec::new());
    for file in files().into_iter().filter(|file| is_scenario(file)) {
        // What is said of the scenario as it stands; a shorter run would leave parts of its timeline behind.
        let shortened = reading(&file, &SHORT);
        let reading = reading(&file, &[]);
        let mut found = reading.diagnostics.render(&reading.sources, false);
        let Some(model) = &reading.model else {
            wrong.push(format!("{file}:\n{found}"));
            continue;
        };
        let mut diagnostics = Diagnostics::new();
        compile(model, 0, &mut diagnostics);
        // A design may have a flaw on purpose, or a limit that it lives with; then its header prepares the reader for the warning.
        let only_warnings = diagnostics.sorted().iter().all(|diagnostic| diagnostic.severity == Severity::Warning);
        if !(only_warnings && header(&file).contains("`check`")) {
            found.push_str(&diagnostics.render(&reading.sources, false));
        }
        if !found.is_empty() {
            wrong.push(format!("{file}:\n{found}"));
            continue;
        }
        let Some(model) = &shortened.model else {
            wrong.push(format!("{file}: {}", shortened.diagnostics.render(&shortened.sources, false)));
            continue;
        };
        match run(model) {
            Ok(run) if run.stopped.is_some() => wrong.push(format!("{file}: {:?}", run.stopped)),
            Ok(run) => quiet.extend((run.summary.events == 0).then(|| file.clone())),
            Err(error) => wrong.push(format!("{file}: {error:?}")),
        }
    }
    // A few arrivals a minute take longer to show that they are answered.
    for file in quiet {
        let run = run(&model(&file, &[("study.duration", "5 min"), SHORT[1], SHORT[2]])).expect("it ran before");
        assert!(run.summary.events > 0, "{file}: nothing happened");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_choices_can_be_compared_and_have_objectives() {
    let questions: [&[&str]; 5] = [
        &["push", "event", "poll"],
        &["sqs", "sns"],
        &["six-two-rules", "six-rule-topic", "six-topic"],
        &["standard", "express"],
        &["reminder-standard", "reminder-express"],
    ];
    for files in questions {
        let models: Vec<Model> = files.iter().map(|file| model(&format!("choices/{file}.yaml"), &[])).collect();
        assert_eq!(refusals(&models, &[]), Vec::<String>::new(), "{files:?}");
        assert!(models.iter().all(|model| !model.objectives.is_empty()), "{files:?} have objectives");
    }
    let stranger = [model("choices/sqs.yaml", &[]), model("choices/push.yaml", &[])];
    assert!(!refusals(&stranger, &[]).is_empty(), "designs for another workload are not compared");
}

// ---- push, event, poll ----

#[test]
fn who_pushes_waits_for_the_work_and_is_turned_away_in_a_burst() {
    let (push, event, poll) = (choice("push", &[]), choice("event", &[]), choice("poll", &[]));
    let answered = |run: &Run| value(run, "journeys.requests.milestones.answered.latency_ms.p50");
    let (work, acceptance) = (80.0, 20.0);
    assert!(answered(&push) > work, "the caller of push waits for the work: {} ms", answered(&push));
    for run in [&event, &poll] {
        assert!(answered(run) < acceptance, "the others wait for an acceptance: {} ms", answered(run));
        assert_eq!(value(run, "journeys.requests.endings.refused"), 0.0, "nothing is turned away");
    }
    // 5,000 at once meet 100 places. Each kit tries twice more, after up to 1 s and then up to 2 s; meanwhile the function
    // gets through 3 s of 100 places of 100.8 ms each (the mean of a lognormal with these percentiles). At least the rest
    // is refused.
    let started = value(&push, "journeys.requests.started");
    let refused = value(&push, "journeys.requests.endings.refused");
    let errors = 0.02 * (started - refused);
    let (burst, places, seconds, mean_s) = (5_000.0, 100.0, 3.0, 0.1008);
    assert!(refused - errors > burst - places - places * seconds / mean_s, "{refused} refused, {errors} of them errors");
    assert!(refused - errors < burst - places, "retries get some through: {refused} refused");
}

#[test]
fn errors_reach_who_pushes_and_are_retried_after_a_minute_for_the_others() {
    // 2 % fail, without a burst.
    let settings = [("workload.requests.bursts", "[]"), ("study.replications", "3")];
    let [push, event, poll] = ["push", "event", "poll"].map(|file| choice(file, &settings));
    let share = |run: &Run, ending: &str| {
        value(run, &format!("journeys.requests.endings.{ending}")) / value(run, "journeys.requests.started")
    };
    is_close("push: refused", share(&push, "refused"), 0.02, 0.07);
    for run in [&event, &poll] {
        assert!(share(run, "handled") > 0.9999, "retries see to the errors: {}", share(run, "handled"));
        let p99 = value(run, "journeys.requests.milestones.handled.latency_ms.p99");
        is_close("an error costs a minute", p99, 60_000.0, 0.02);
    }
}

#[test]
fn a_burst_waits_in_the_queue_for_pollers_that_grow_by_five_a_second() {
    let poll = choice("poll", &[("workload.requests.rate", "1/s"), ("study.replications", "3")]);
    assert!(value(&poll, "services.inbox.messages_visible_max") > 4_900.0, "the burst is in the queue");
    let most = value(&poll, "services.handle.concurrent_executions_max");
    assert!(most > 40.0 && most <= 100.0, "pollers grow, up to the maximum concurrency: {most}");
    // n pollers after t seconds are 5 + 5 t; each takes a message per work and way (about 130 ms), so 5,000 are gone when
    // (5 t + 2.5 t^2) / 0.13 = 5,000, after 15 s; the model reconsiders every 10 s, so it may take that much longer.
    let longest = value(&poll, "services.inbox.messages_visible_longest_s");
    assert!((13.0..27.0).contains(&longest), "the burst is over after {longest} s");
}

// ---- SQS or SNS ----

#[test]
fn requests_per_message_depend_on_the_batch() {
    // Without the failure; one message per batch: send, receive, delete.
    let calm = ("timeline", "[]");
    let quick = ("study.replications", "2");
    let requests = |run: &Run| line(run, "inbox", "sqs-requests-standard").0 / journeys_a_month(run, "orders");
    let alone = choice("sqs", &[calm, quick, ("services.worker.events.inbox.batch_size", "1")]);
    // Five idle pollers ask three times a minute each; a few more come when all are busy.
    is_close("requests per message, batches of 1", requests(&alone), 3.0, 0.005);
    // Pollers that keep up get single messages, and a window saves deletes: 1 send, 1 receive, and a tenth of a delete at best.
    let window = [calm, quick, ("services.worker.events.inbox", "{ batch_size: 10, maximum_batching_window: 1 s }")];
    let gathered = requests(&choice("sqs", &window));
    assert!((2.1..2.25).contains(&gathered), "{gathered} requests per message, gathered");
    // Two pollers near their limit find several messages whenever they ask, and share a receive and a delete among them.
    let backlog = [
        calm,
        quick,
        ("services.worker.events.inbox", "{ batch_size: 10, maximum_concurrency: 2 }"),
        ("services.ledger.service_time", "18 ms"),
    ];
    let full = choice("sqs", &backlog);
    let fill = value(&full, "services.worker.poller_records") / value(&full, "services.worker.poller_batches");
    assert!(fill > 5.0, "batches of {fill}");
    is_close("requests per message, fuller batches", requests(&full), 1.0 + 2.0 / fill, 0.01);
}

#[test]
fn a_topic_bills_the_publish_and_a_queue_three_requests() {
    let settings = [("timeline", "[]"), ("study.replications", "2")];
    let (queue, topic) = (choice("sqs", &settings), choice("sns", &settings));
    let (deliveries, price) = line(&topic, "orders-topic", "sns-delivery-lambda");
    is_close("deliveries", deliveries, journeys_a_month(&topic, "orders"), 1e-9);
    assert_eq!(price, 0.0, "deliveries to functions are free");
    // 0.50 USD per million publishes, 0.40 per million requests; a million of each is free in a month.
    let millions = journeys_a_month(&topic, "orders") / 1e6;
    is_close("topic", usd(&topic, "orders-topic"), 0.5 * (millions - 1.0), 0.001);
    is_close("queue", usd(&queue, "inbox"), 0.4 * (3.0 * millions - 1.0), 0.01);
    // Published medians: 16 ms from a queue to its function, 73 ms from a topic; and 20 ms of work.
    let done = |run: &Run| value(run, "journeys.orders.milestones.done.latency_ms.p50");
    let (slower, measured) = (done(&topic) - done(&queue), 73.0 - 16.2);
    is_close("a topic is slower by", slower, measured, 0.15);
}

#[test]
fn four_minutes_of_failure_lose_a_minute_of_a_topics_events_and_nothing_of_a_queues() {
    let (queue, topic) = (choice("sqs", &[]), choice("sns", &[]));
    assert_eq!(value(&queue, "journeys.orders.endings.lost"), 0.0);
    // Tries at once, after 1 minute and after 2 more: whatever came in the first of the 4 minutes has used them up.
    is_close("lost", value(&topic, "journeys.orders.endings.lost"), 100.0 * 60.0, 0.02);
    assert_eq!(value(&topic, "services.orders-topic.hand_over_retries"), 0.0, "the topic knows of no failure");
    let lost = value(&topic, "services.worker.hand_over_discarded");
    assert_eq!(lost, value(&topic, "journeys.orders.endings.lost"), "Lambda gives them up");
}

// ---- six consumers ----

#[test]
fn events_are_billed_as_published_whatever_the_rules_and_targets() {
    let quick = [("study.replications", "2")];
    let [rules, behind, topic] = ["six-two-rules", "six-rule-topic", "six-topic"].map(|file| choice(file, &quick));
    for run in [&rules, &behind, &topic] {
        assert_eq!(value(run, "journeys.orders.endings.delivered"), value(run, "journeys.orders.started"));
    }
    // Custom events 1 USD per million, none free; SNS publishes 0.50 USD, the first million of a month free.
    let millions = journeys_a_month(&rules, "orders") / 1e6;
    is_close("two rules", usd(&rules, "shop"), millions, 1e-6);
    is_close("a rule before the topic", usd(&behind, "shop"), millions, 1e-6);
    is_close("the topic behind it", usd(&behind, "orders-placed"), 0.5 * (millions - 1.0), 1e-3);
    is_close("the topic alone", usd(&topic, "orders-placed"), 0.5 * (millions - 1.0), 1e-3);
    let total = |run: &Run| value(run, "bill.month_usd");
    assert!(total(&topic) < total(&rules) && total(&rules) < total(&behind));
    // The bus's quota counts an invocation per target.
    let invocations = |run: &Run| {
        let limit = run.summary.limits.iter().find(|row| row.limiter.contains("invocations")).expect("the quota is listed");
        limit.load_multiple.expect("it is used")
    };
    is_close("room left under the quota", invocations(&behind) / invocations(&rules), 6.0, 0.1);
}

#[test]
fn a_second_hop_adds_its_latency() {
    let quick = [("study.replications", "2")];
    let first = |file: &str| value(&choice(file, &quick), "journeys.orders.milestones.first.latency_ms.p50");
    let (rules, behind, topic) = (first("six-two-rules"), first("six-rule-topic"), first("six-topic"));
    assert!(topic < rules && rules < behind, "topic {topic}, rules {rules}, both {behind} ms");
    // A median of 44 ms from PutEvents accepted to the target called.
    assert!(behind - topic > 44.0, "the bus adds {} ms", behind - topic);
}

#[test]
fn a_rule_takes_five_targets() {
    let six = "[billing, shipping, stock, loyalty, search, mail]";
    let model = model("choices/six-two-rules.yaml", &[("services.shop.rules.fulfilment.targets", six)]);
    let mut diagnostics = Diagnostics::new();
    assert!(compile(&model, 0, &mut diagnostics).is_none(), "six targets are refused");
    assert!(diagnostics.sorted().iter().any(|found| found.message.contains("at most 5")), "{:?}", diagnostics.sorted());
}

// ---- Standard or Express ----

#[test]
fn standard_is_billed_by_transition_and_express_by_time() {
    let mut cheaper = Vec::new();
    for (review, seconds) in [("2 s", 2.0), ("60 s", 60.0), ("90 s", 90.0), ("100 s", 100.0), ("240 s", 240.0)] {
        let settings = [("parameters.review", review), ("study.duration", "2 h"), ("study.replications", "2")];
        let (standard, express) = (choice("standard", &settings), choice("express", &settings));
        let executions = journeys_a_month(&standard, "claims");
        // Four tasks are four transitions, 25 USD per million, 4,000 a month free.
        is_close("Standard", usd(&standard, "workflow"), 25e-6 * (4.0 * executions - 4_000.0), 1e-4);
        // 1 USD per million requests; 64 MB for the three short tasks, the review and the workflow's own time, to 100 ms,
        // at 16.67 USD per million GB-s, and 8.33 above 3.6 million.
        let duration = value(&express, "services.workflow.execution_ms_mean") / 1e3;
        assert!(duration > seconds + 0.3 && duration < seconds + 0.5, "{duration} s");
        let price = |seconds: f64| {
            let gigabyte_seconds = executions * 64.0 / 1024.0 * seconds;
            1e-6 * executions + 16.67e-6 * gigabyte_seconds.min(3.6e6) + 8.33e-6 * (gigabyte_seconds - 3.6e6).max(0.0)
        };
        let (least, most) = (price(duration), price(duration + 0.1));
        let measured = usd(&express, "workflow");
        println!("Express, {review}: {measured:.4}, predicted {least:.4} to {most:.4}");
        assert!(measured > least && measured < most, "{measured} USD for {least} to {most}");
        cheaper.push(measured < usd(&standard, "workflow"));
    }
    // 100 USD of transitions pay for (100 - 1) / 1.042 = 95 s.
    assert_eq!(cheaper, [true, true, true, false, false], "where the lines cross");
}

#[test]
fn express_cuts_off_what_standard_waits_for() {
    let settings = [("parameters.review", "6 min"), ("study.duration", "30 min"), ("study.replications", "2")];
    let (standard, express) = (choice("standard", &settings), choice("express", &settings));
    assert_eq!(value(&standard, "journeys.claims.endings.filed"), value(&standard, "journeys.claims.started"));
    assert_eq!(value(&express, "journeys.claims.endings.cut off"), value(&express, "journeys.claims.started"));
    let limit = express.summary.limits.iter().find(|row| row.limiter == "express_5_minutes").expect("the limit is named");
    assert_eq!(limit.refused_share.mean, Some(1.0), "and every execution met it");
}
