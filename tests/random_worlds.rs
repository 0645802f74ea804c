//! Random topologies under random load and faults: nothing is lost, the books balance, and equal seeds give equal bytes.
//!
//! Each world is a scenario text made from a number; a failure prints the number and the text. `WORLDS=1000` tries more.

use std::fmt::Write;

use floodplan::engine::{Run, run_text};

/// A small generator of choices (SplitMix64), so that a world is its number.
struct Choices(u64);

impl Choices {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_of<'a>(&mut self, options: &[&'a str]) -> &'a str {
        options[self.below(options.len() as u64) as usize]
    }
}

/// A chain of stages, each handing over to the next by another integration model.
fn world(number: u64) -> String {
    let mut choices = Choices(number);
    let stages = 1 + choices.below(4);
    let mut services = String::new();
    let mut entry = "f0".to_string();
    for stage in 0..stages {
        let last = stage + 1 == stages;
        let mut steps = format!("{{ work: {{ p50: {} ms, p99: {} ms }} }}", 1 + choices.below(40), 50 + choices.below(400));
        if choices.below(2) == 0 {
            steps.push_str(", { call: { service: partner, timeout: 400 ms, retry: 2026 } }");
        }
        if choices.below(2) == 0 {
            steps.push_str(", { update_item: { table: state, set: [seen] } }");
        }
        if choices.below(3) == 0 {
            let _ = write!(steps, ", {{ fail: {{ share: {}% }} }}", 1 + choices.below(30));
        }
        let mut source = String::new();
        if last {
            steps.push_str(", { mark: done }");
        } else {
            let next = stage + 1;
            let (step, made) = hand_over(&mut choices, next);
            let _ = write!(steps, ", {step}");
            services.push_str(&made);
        }
        let reserved = if choices.below(3) == 0 {
            format!("reserved_concurrent_executions: {}, ", 1 + choices.below(5))
        } else {
            String::new()
        };
        if services.contains(&format!("\n  q{stage}: ")) || services.starts_with(&format!("  q{stage}: ")) {
            let window = choices.below(2);
            let partial = choices.one_of(&["true", "false"]);
            source = format!(
                "events: {{ q{stage}: {{ batch_size: {}, maximum_batching_window: {window} s, report_batch_item_failures: {partial} }} }}, ",
                1 + choices.below(10)
            );
        }
        let failures = if choices.below(2) == 0 { "on_failure: failures, " } else { "" };
        let _ = writeln!(
            services,
            "  f{stage}: {{ type: lambda, timeout: 2 s, {reserved}{source}{failures}maximum_retry_attempts: {}, maximum_event_age: {} s, steps: [ {steps} ] }}",
            choices.below(3),
            60 + choices.below(600)
        );
    }
    if choices.below(2) == 0 {
        services.push_str("  api: { type: api_gateway, protocol: rest, throttling_rate_limit: 40/s, throttling_burst_limit: 5, routes: { GET /: { target: f0 } } }\n");
        entry = "api".to_string();
    }
    let fault = match choices.below(4) {
        0 => "timeline: [ { from: 10 s, until: 25 s, service: partner, stop: true } ]\n",
        1 => "timeline: [ { from: 5 s, until: 30 s, service: partner, slow: 6 } ]\n",
        2 => "timeline: [ { from: 8 s, until: 20 s, service: f0, fail: 40% } ]\n",
        _ => "",
    };
    let rate = 2 + choices.below(60);
    let retry = choices.one_of(&["none", "2026", "legacy", "naive"]);
    format!(
        "name: world {number}\nstudy: {{ duration: 40 s, warm_up: 5 s, replications: 2, seed: {number} }}\nservices:\n{services}\
         \x20 partner: {{ type: external, servers: {}, capacity: {}, service_time: {{ exponential: {{ mean: 50 ms }} }}, errors: {}% }}\n\
         \x20 state: {{ type: dynamodb }}\n  failures: {{ type: sqs }}\n\
         workload:\n  requests: {{ target: {entry}, rate: {rate}/s, timeout: 3 s, retry: {retry}, milestones: {{ answered: answered, done: done }}, \
         endings: {{ done: done, lost: {{ any: [dead_lettered, discarded, expired, failed] }}, refused: refused }} }}\n{fault}",
        1 + choices.below(10),
        10 + choices.below(50),
        choices.below(20),
    )
}

/// A step that hands over to stage `next`, and the services between.
fn hand_over(choices: &mut Choices, next: u64) -> (String, String) {
    match choices.below(5) {
        0 => (format!("{{ invoke: {{ function: f{next} }} }}"), String::new()),
        1 => (format!("{{ invoke: {{ function: f{next}, invocation: event }} }}"), String::new()),
        2 => {
            let dead = if choices.below(2) == 0 { ", redrive: { dead_letter: failures, max_receive_count: 2 }" } else { "" };
            let retention = 60 + choices.below(300);
            let queue =
                format!("  q{next}: {{ type: sqs, visibility_timeout: 13 s, message_retention_period: {retention} s{dead} }}\n");
            (format!("{{ send_message: {{ queue: q{next} }} }}"), queue)
        }
        3 => {
            let topic =
                format!("  t{next}: {{ type: sns, subscriptions: {{ all: {{ endpoint: f{next}, dead_letter: failures }} }} }}\n");
            (format!("{{ publish: {{ topic: t{next} }} }}"), topic)
        }
        _ => {
            let bus = format!(
                "  b{next}: {{ type: eventbridge, rules: {{ all: {{ event_pattern: {{ detail-type: [Next] }}, targets: [f{next}] }} }} }}\n"
            );
            (format!("{{ put_events: {{ bus: b{next}, detail_type: Next }} }}"), bus)
        }
    }
}

fn mean(estimate: &floodplan::results::Estimate) -> f64 {
    estimate.mean.unwrap_or(f64::NAN)
}

/// The books of one run.
fn check(number: u64, text: &str, run: &Run) {
    let summary = run.summary();
    let journeys = &summary.journeys["requests"];
    let ended: f64 = journeys.endings.values().map(mean).sum();
    let (started, unfinished) = (mean(&journeys.started), mean(&journeys.unfinished));
    assert!(
        (started - ended - unfinished).abs() < 1e-6,
        "world {number}: {started} started, {ended} ended, {unfinished} open\n{text}"
    );
    if summary.stability.stable && run.stopped.is_none() {
        assert_eq!(unfinished, 0.0, "world {number}: a stable system drains\n{text}");
    }
    let lines: f64 = summary.bill.lines.iter().map(|line| mean(&line.usd_month)).sum();
    let total = mean(&summary.bill.month_usd);
    assert!((lines - total).abs() <= 1e-9 * total.max(1.0), "world {number}: lines {lines}, total {total}\n{text}");
    let breakdown: f64 = summary.breakdown.iter().filter(|row| row.group == "all").map(|row| mean(&row.mean_ms)).sum();
    let latency = &journeys.milestones["done"].latency_ms;
    if latency.count > 0 && latency.mean.mean.is_some() {
        let wanted = mean(&latency.mean);
        assert!(
            (breakdown - wanted).abs() <= 1e-6 * wanted.max(1.0),
            "world {number}: breakdown {breakdown} ms, latency {wanted} ms\n{text}"
        );
    }
}

#[test]
fn the_books_of_random_worlds_balance() {
    let worlds: u64 = std::env::var("WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    for number in 1..=worlds {
        let text = world(number);
        let run = run_text(&text).unwrap_or_else(|error| panic!("world {number}: {error}\n{text}"));
        check(number, &text, &run);
        if number % 10 == 0 {
            let again = run_text(&text).expect("it ran before");
            let json = |run: &Run| serde_json::to_string(run.summary()).expect("summaries serialise");
            assert_eq!(json(&run), json(&again), "world {number}: the same seed gave other bytes\n{text}");
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
            let single = pool.install(|| run_text(&text)).expect("it ran before");
            assert_eq!(json(&run), json(&single), "world {number}: one thread gave other bytes\n{text}");
        }
    }
}
