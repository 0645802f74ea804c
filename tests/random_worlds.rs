//! Random topologies under random load and faults: nothing is lost, the books balance, and equal seeds give equal bytes.
//!
//! Each world is a scenario text made from a number; a failure prints the number and the text. `WORLDS=1000` tries more.

use std::collections::BTreeMap;
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

/// A chain of stages, each handing over to the next by another integration model; what clients enter by, side consumers,
/// state machines between stages and faults are chosen, too.
fn world(number: u64) -> String {
    let mut choices = Choices(number);
    let stages = 1 + choices.below(4);
    let mut services = String::new();
    let (entry, invocation) = enter(&mut choices, &mut services);
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
        if last {
            steps.push_str(", { mark: done }");
        } else {
            let (step, made) = hand_over(&mut choices, stage + 1);
            let _ = write!(steps, ", {step}");
            services.push_str(&made);
        }
        let reserved = if choices.below(3) == 0 {
            format!("reserved_concurrent_executions: {}, ", 1 + choices.below(5))
        } else {
            String::new()
        };
        let mut source = String::new();
        if format!("\n{services}").contains(&format!("\n  q{stage}: ")) {
            let window = choices.below(2);
            let partial = choices.one_of(&["true", "false"]);
            let filter = if choices.below(4) == 0 { ", filter_patterns: [ { body: { tier: [gold, silver] } } ]" } else { "" };
            source = format!(
                "events: {{ q{stage}: {{ batch_size: {}, maximum_batching_window: {window} s, report_batch_item_failures: {partial}{filter} }} }}, ",
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
    let queue = (0..stages).find(|stage| format!("\n{services}").contains(&format!("\n  q{stage}: "))).unwrap_or(0);
    let polled = services.contains(&format!("q{queue}: "));
    let fault = match choices.below(11) {
        0 => "from: 10 s, until: 25 s, service: partner, stop: true".to_string(),
        1 => "from: 5 s, until: 30 s, service: partner, slow: 6".to_string(),
        2 => "from: 8 s, until: 20 s, service: f0, fail: 40%".to_string(),
        3 => "from: 5 s, until: 60 s, service: failures, stop: true".to_string(),
        4 if polled => format!("from: 5 s, until: 40 s, service: q{queue}, stop: true"),
        5 => format!("from: 20 s, until: 300 s, service: f{}, stop: true", stages - 1),
        6 => format!("from: 5 s, until: 25 s, service: f{}, poison: 30%", stages - 1),
        7 => format!("from: 10 s, until: 20 s, partition: {{ between: [requests, {entry}] }}"),
        8 if polled => format!("from: 10 s, until: 30 s, partition: {{ between: [q{queue}, f{queue}] }}"),
        9 => "from: 10 s, until: 30 s, quotas: { lambda.unreserved_concurrency: 3 }".to_string(),
        _ => String::new(),
    };
    let fault = if fault.is_empty() { fault } else { format!("timeline: [ {{ {fault} }} ]\n") };
    let rate = 2 + choices.below(60);
    let retry = choices.one_of(&["none", "2026", "legacy", "naive"]);
    let drops = choices.one_of(&["true", "false"]);
    format!(
        "name: world {number}\nstudy: {{ duration: 40 s, warm_up: 5 s, replications: 2, seed: {number} }}\nservices:\n{services}\
         \x20 partner: {{ type: external, servers: {}, capacity: {}, service_time: {{ exponential: {{ mean: 50 ms }} }}, errors: {}%, \
         drop_when_abandoned: {drops} }}\n\
         \x20 state: {{ type: dynamodb }}\n  failures: {{ type: sqs }}\n\
         workload:\n  requests: {{ target: {entry}, {invocation}rate: {rate}/s, timeout: 3 s, retry: {retry}, \
         payload: {{ fields: {{ source: web, detail-type: Next, tier: {{ choose: {{ gold: 20%, silver: 30%, bronze: 50% }} }} }} }}, \
         milestones: {{ answered: answered, done: done }}, \
         endings: {{ done: done, lost: {{ any: [dead_lettered, discarded, expired, failed] }}, refused: refused }} }}\n{fault}",
        1 + choices.below(10),
        10 + choices.below(50),
        choices.below(20),
    )
}

/// What clients call, how, and what stands before the first function.
fn enter(choices: &mut Choices, services: &mut String) -> (&'static str, &'static str) {
    let api = |route: &str| {
        format!(
            "  api: {{ type: api_gateway, protocol: rest, throttling_rate_limit: 40/s, throttling_burst_limit: 5, routes: {{ POST /: {route} }} }}\n"
        )
    };
    match choices.below(8) {
        0 => ("f0", ""),
        1 => ("f0", "invocation: event, "),
        2 => {
            services.push_str(&api("{ target: f0 }"));
            ("api", "")
        }
        3 => {
            services.push_str(&api("{ target: f0, invocation: event }"));
            ("api", "")
        }
        4 => {
            services.push_str(&api("{ target: q0 }"));
            services.push_str(&queue(choices, 0));
            ("api", "")
        }
        5 => {
            services.push_str(&api("{ target: b0, detail_type: Next }"));
            services.push_str(&bus(choices, 0, "f0"));
            ("api", "")
        }
        6 => {
            services.push_str(&topic(choices, 0, "f0"));
            ("t0", "")
        }
        _ => {
            services.push_str(&queue(choices, 0));
            ("q0", "")
        }
    }
}

fn queue(choices: &mut Choices, stage: u64) -> String {
    let dead = if choices.below(2) == 0 { ", redrive: { dead_letter: failures, max_receive_count: 2 }" } else { "" };
    let retention = 60 + choices.below(300);
    let delay = if choices.below(4) == 0 { ", delay: 3 s" } else { "" };
    format!("  q{stage}: {{ type: sqs, visibility_timeout: 13 s, message_retention_period: {retention} s{delay}{dead} }}\n")
}

/// A bus with a rule that may pass some events over, and one whose queue nobody reads.
fn bus(choices: &mut Choices, stage: u64, target: &str) -> String {
    let detail = if choices.below(2) == 0 { ", detail: { tier: [gold, silver] }" } else { "" };
    format!(
        "  b{stage}: {{ type: eventbridge, rules: {{ all: {{ event_pattern: {{ detail-type: [Next]{detail} }}, targets: [ {{ target: {target}, \
         dead_letter: failures, maximum_retry_attempts: 2 }} ] }}, \
         some: {{ event_pattern: {{ detail: {{ tier: [gold] }} }}, targets: [gold{stage}] }} }} }}\n  gold{stage}: {{ type: sqs, message_retention_period: 60 s }}\n"
    )
}

/// A topic whose subscription may filter, and which may have a second subscriber that somebody runs himself.
fn topic(choices: &mut Choices, stage: u64, endpoint: &str) -> String {
    let filter = if choices.below(2) == 0 { ", filter_policy: { tier: [gold, silver] }" } else { "" };
    let (second, consumer) = match choices.below(2) {
        0 => (
            format!(", side: {{ endpoint: s{stage}, filter_policy: {{ tier: [ {{ anything-but: gold }} ] }} }}"),
            format!(
                "  s{stage}: {{ type: sqs, visibility_timeout: 2 s, redrive: {{ dead_letter: failures, max_receive_count: 3 }} }}\n  \
                 c{stage}: {{ type: consumer, queue: s{stage}, workers: 3, wait: 20 s, maximum_messages: 10, steps: [ {{ work: 20 ms }}, {{ fail: {{ share: 10% }} }} ] }}\n"
            ),
        ),
        _ => (String::new(), String::new()),
    };
    format!(
        "  t{stage}: {{ type: sns, subscriptions: {{ all: {{ endpoint: {endpoint}, dead_letter: failures{filter} }}{second} }} }}\n{consumer}"
    )
}

/// A state machine that does two things at once, tries them again, and may give up.
fn machine(choices: &mut Choices, stage: u64) -> String {
    let kind = choices.one_of(&["STANDARD", "EXPRESS"]);
    let (caught, sorry) = if choices.below(2) == 0 {
        ("Catch: [ { ErrorEquals: [States.ALL], Next: Sorry } ], ", "Sorry: { Type: Pass, End: true } ")
    } else {
        ("", "")
    };
    let again = "Retry: [ { ErrorEquals: [States.ALL], IntervalSeconds: 1, MaxAttempts: 2, BackoffRate: 2 } ]";
    let whole = if choices.below(3) == 0 { format!("{again}, ") } else { String::new() };
    format!(
        "  m{stage}: {{ type: step_functions, workflow_type: {kind}, resources: {{ next: f{stage}, partner: partner }}, \
         definition: {{ StartAt: Both, States: {{ Both: {{ Type: Parallel, {whole}{caught}Branches: [ \
         {{ StartAt: Go, States: {{ Go: {{ Type: Task, Resource: next, {again}, End: true }} }} }}, \
         {{ StartAt: Ask, States: {{ Ask: {{ Type: Task, Resource: partner, TimeoutSeconds: 2, {again}, End: true }} }} }} ], End: true }}, \
         {sorry}}} }} }}\n"
    )
}

/// A step that hands over to stage `next`, and the services between.
fn hand_over(choices: &mut Choices, next: u64) -> (String, String) {
    let send = format!("{{ send_message: {{ queue: q{next}, fields: [tier] }} }}");
    let publish = format!("{{ publish: {{ topic: t{next}, fields: [tier] }} }}");
    let put = format!("{{ put_events: {{ bus: b{next}, detail_type: Next, fields: [tier] }} }}");
    match choices.below(9) {
        0 => (format!("{{ invoke: {{ function: f{next}, fields: [tier] }} }}"), String::new()),
        1 => (format!("{{ invoke: {{ function: f{next}, invocation: event, fields: [tier] }} }}"), String::new()),
        2 => (send, queue(choices, next)),
        3 => (publish, topic(choices, next, &format!("f{next}"))),
        4 => (put, bus(choices, next, &format!("f{next}"))),
        5 => (publish, topic(choices, next, &format!("q{next}")) + &queue(choices, next)),
        6 => (put, bus(choices, next, &format!("q{next}")) + &queue(choices, next)),
        7 => (format!("{{ start_execution: {{ state_machine: m{next}, fields: [tier] }} }}"), machine(choices, next)),
        _ => (put, bus(choices, next, &format!("m{next}")) + &machine(choices, next)),
    }
}

fn mean(estimate: &floodplan::results::Estimate) -> f64 {
    estimate.mean.unwrap_or(f64::NAN)
}

/// Everything that came to a service is accounted for: delivered, failed, dead-lettered, expired, or still there. The engine
/// checks the same at run time by what the rooms declare; here it is written out anew, so that a room that declares too
/// little is found.
fn balance(number: u64, text: &str, run: &Run) {
    for totals in &run.totals {
        let mut given_up = 0;
        for (name, service) in &run.summary().services {
            let of = |metric: &str| {
                let found = totals.get(&format!("{name}.{metric}"));
                *found.unwrap_or_else(|| panic!("world {number}: `{name}` does not count {metric}"))
            };
            let sum = |metrics: &[&str]| -> u64 { metrics.iter().map(|metric| of(metric)).sum() };
            let same = |came: &[&str], went: &[&str]| {
                let (all, accounted) = (sum(came), sum(went));
                assert_eq!(all, accounted, "world {number}: `{name}`: {came:?} came, {went:?} went\n{text}");
            };
            match service.kind.as_str() {
                "sqs" => {
                    let kept = ["messages_visible", "messages_in_flight", "messages_delayed", "messages_on_their_way"];
                    let ends = ["messages_deleted", "messages_expired", "messages_dead_lettered"];
                    same(&["messages_sent", "dead_letters_kept"], &[&ends[..], &kept[..]].concat());
                    // Each receive ends in a delete, a time-out, an expiry, or has not ended.
                    let ended = sum(&["messages_deleted", "visibility_timeouts", "messages_in_flight"]);
                    let received = of("messages_received");
                    assert!((ended..=ended + of("messages_expired")).contains(&received), "world {number}: `{name}`\n{text}");
                    given_up += of("messages_dead_lettered");
                }
                "lambda" => {
                    let refused = ["requests_per_second", "reserved_concurrency", "account_concurrency", "scaling_rate"];
                    let refused: u64 = refused.iter().map(|limiter| of(&format!("throttled_{limiter}"))).sum();
                    assert_eq!(of("requests"), of("invocations") + refused, "world {number}: `{name}`\n{text}");
                    same(&["invocations"], &["succeeded", "errors", "concurrent_executions"]);
                    assert!(
                        of("timeouts") <= of("errors") && of("environments") <= of("cold_starts"),
                        "world {number}: `{name}`"
                    );
                    if totals.contains_key(&format!("{name}.poller_batches")) {
                        let went = ["poller_records", "poller_filtered", "poller_failed_records", "poller_given_up"];
                        same(&["poller_records_received"], &[&went[..], &["poller_records_held"]].concat());
                    }
                }
                "external" => {
                    let refused = ["refused_queue_full", "throttled_rate_limit", "dropped_abandoned"];
                    let open = ["busy_servers", "queue_length"];
                    same(&["requests"], &[&["succeeded", "errors"], &refused[..], &open[..]].concat());
                }
                "sns" => {
                    let accepted = of("requests") - of("throttled_publish_quota") - of("refused_too_large");
                    let subscriptions = if text.contains(&format!("endpoint: s{}", &name[1..])) { 2 } else { 1 };
                    assert_eq!(
                        accepted * subscriptions,
                        sum(&["notifications", "notifications_filtered_out"]),
                        "world {number}: `{name}`\n{text}"
                    );
                    same(&["notifications"], &["hand_over_accepted"]);
                }
                "eventbridge" => same(&["invocations"], &["hand_over_accepted"]),
                "step_functions" => {
                    let ends = ["executions_succeeded", "executions_failed", "executions_timed_out", "executions_open"];
                    same(&["executions_started"], &ends);
                }
                "api_gateway" => same(&["requests"], &["succeeded", "errors_4xx", "errors_5xx", "requests_in_flight"]),
                _ => {}
            }
            if totals.contains_key(&format!("{name}.hand_over_accepted")) {
                let ends = ["hand_over_delivered", "hand_over_dead_lettered", "hand_over_discarded"];
                same(&["hand_over_accepted"], &[&ends[..], &["hand_over_waiting"]].concat());
                assert!(
                    of("hand_over_expired") <= sum(&["hand_over_dead_lettered", "hand_over_discarded"]),
                    "world {number}: `{name}`"
                );
                given_up += of("hand_over_dead_lettered") - of("hand_over_destination_failures");
                given_up -= totals.get(&format!("{name}.destination_failures")).copied().unwrap_or(0);
            }
        }
        // What was given up lies where it was sent. A move from queue to queue counts at its end when it has arrived.
        let moving: u64 =
            totals.iter().filter(|(path, _)| path.ends_with(".messages_on_their_way")).map(|(_, value)| value).sum();
        let kept = totals["failures.dead_letters_kept"] + totals["failures.messages_sent"];
        // A record on its way to a destination has been given up, but lies nowhere yet.
        let waiting: u64 =
            totals.iter().filter(|(path, _)| path.ends_with(".destination_records_waiting")).map(|(_, value)| value).sum();
        assert!(
            (given_up - waiting..=given_up + moving).contains(&kept),
            "world {number}: {given_up} dead letters, {kept} kept\n{text}"
        );
    }
}

/// The books of one run.
fn check(number: u64, text: &str, run: &Run) {
    balance(number, text, run);
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
    let worlds: u64 = std::env::var("WORLDS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
    let mut seen: BTreeMap<(String, String), u64> = BTreeMap::new();
    for number in 1..=worlds {
        let text = world(number);
        let run = run_text(&text).unwrap_or_else(|error| panic!("world {number}: {error}\n{text}"));
        check(number, &text, &run);
        for (path, total) in run.totals.iter().flatten() {
            let (service, metric) = path.rsplit_once('.').expect("a service and its metric");
            if let Some(service) = run.summary().services.get(service) {
                *seen.entry((service.kind.clone(), metric.to_string())).or_default() += total;
            }
        }
        if number % 10 == 0 {
            let again = run_text(&text).expect("it ran before");
            let json = |run: &Run| serde_json::to_string(run.summary()).expect("summaries serialise");
            assert_eq!(json(&run), json(&again), "world {number}: the same seed gave other bytes\n{text}");
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
            let single = pool.install(|| run_text(&text)).expect("it ran before");
            assert_eq!(json(&run), json(&single), "world {number}: one thread gave other bytes\n{text}");
        }
    }
    // Balances of what never happened prove nothing: together the worlds reach every way out.
    let ways = [
        ("sqs", "messages_expired messages_dead_lettered dead_letters_kept messages_deleted visibility_timeouts stale_deletes"),
        ("lambda", "succeeded errors timeouts throttled_reserved_concurrency throttled_requests_per_second poller_filtered"),
        ("lambda", "poller_records poller_failed_records poller_given_up hand_over_delivered hand_over_dead_lettered"),
        ("lambda", "hand_over_discarded hand_over_expired hand_over_retries destination_failures"),
        ("external", "succeeded errors refused_queue_full dropped_abandoned queued"),
        ("sns", "notifications notifications_filtered_out hand_over_delivered"),
        ("eventbridge", "invocations events_unmatched hand_over_delivered hand_over_retries hand_over_dead_lettered"),
        ("step_functions", "executions_succeeded executions_failed retries"),
        ("api_gateway", "succeeded errors_4xx errors_5xx throttled_stage"),
        ("consumer", "messages_done messages_failed messages_received_again"),
    ];
    let never: Vec<String> = ways
        .iter()
        .flat_map(|(kind, metrics)| metrics.split(' ').map(move |metric| ((*kind).to_string(), metric.to_string())))
        .filter(|way| seen.get(way).is_none_or(|total| *total == 0))
        .map(|(kind, metric)| format!("{kind}.{metric}"))
        .collect();
    assert!(worlds < 600 || never.is_empty(), "no world has seen {}", never.join(", "));
}

#[test]
fn pollers_of_a_queue_that_is_down_do_not_spin() {
    let text = "
name: a queue that is down
study: { duration: 60 s, replications: 1, maximum_events: 20000 }
services:
  work: { type: sqs, visibility_timeout: 6 s }
  handle: { type: lambda, timeout: 1 s, events: { work: {} }, steps: [ { work: 5 ms }, { mark: done } ] }
workload:
  orders: { target: work, rate: 10/s, retry: 2026, milestones: { done: done }, endings: { done: done, refused: refused } }
timeline: [ { from: 10 s, until: 40 s, service: work, stop: true } ]
";
    let run = run_text(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(run.stopped, None, "pollers asked again and again");
    let endings = &run.summary().journeys["orders"].endings;
    assert!(mean(&endings["refused"]) > 200.0, "clients are refused for 30 s");
    assert!(mean(&endings["done"]) > 200.0, "and served before and after, so the pollers came back");
}
