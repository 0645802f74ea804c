//! Faults on the timeline, each kind with the arithmetic that it must obey, and what the recovery report tells of them: when they
//! were over, what they took, and how far retries amplified the load.

use floodplan::engine::{Progress, Run, assess, run, run_all};
use floodplan::results::{Damage, Estimate, Load, Recovery};
use floodplan::scenario::{Model, read_text};

mod common;

/// The run of a scenario, with what its disturbances took.
fn assessed(model: Model) -> Run {
    let models = [model];
    let mut runs = run_all(&models, &Progress::default()).unwrap_or_else(|error| panic!("{error:?}"));
    assess(&models, &mut runs, &Progress::default()).unwrap_or_else(|error| panic!("{error:?}"));
    runs.remove(0)
}

fn model(text: &str) -> Model {
    let reading = read_text(text);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

/// One replication of 200 s without warm-up: series have bins of 1 s.
fn disturbed(services: &str, workload: &str, timeline: &str) -> Run {
    assessed(model(&text(services, workload, timeline)))
}

fn text(services: &str, workload: &str, timeline: &str) -> String {
    format!(
        "name: disturbed
study: {{ duration: 200 s, replications: 1, seed: 3 }}
services: {{ {services} }}
workload: {{ clients: {{ {workload}, milestones: {{ done: answered }}, endings: {{ fulfilled: answered, refused: refused }} }} }}
timeline: [ {timeline} ]
"
    )
}

fn mean(estimate: &Estimate) -> f64 {
    estimate.mean.unwrap_or_else(|| panic!("no value: {estimate:?}"))
}

fn recovery(run: &Run) -> &Recovery {
    &run.summary.recoveries[0]
}

fn damage(run: &Run) -> &Damage {
    recovery(run).damage.as_ref().expect("the run was repeated without the disturbance")
}

fn load<'a>(run: &'a Run, service: &str) -> &'a Load {
    recovery(run).loads.iter().find(|load| load.service == service).unwrap_or_else(|| panic!("no load on {service}"))
}

fn metric(run: &Run, service: &str, name: &str) -> f64 {
    mean(&run.summary.services[service].metrics[name])
}

fn ending(run: &Run, name: &str) -> f64 {
    mean(&run.summary.journeys["clients"].endings[name])
}

fn is_close(what: &str, measured: f64, predicted: f64, tolerance: f64) {
    println!("{what}: {measured:.3} for {predicted:.3}");
    assert!((measured - predicted).abs() <= tolerance, "{what}: {measured}, predicted {predicted} ± {tolerance}");
}

// ---- kinds of faults ----

/// 500 requests a second meet a service that is down for 60 s: 30,000 first attempts. A retry after a failure takes 14 of a
/// client's 500 tokens since 2026 and 5 before; nothing succeeds meanwhile, so nothing comes back.
#[test]
fn retries_amplify_the_load_on_what_is_down_until_tokens_end() {
    let retried = |mode: &str| {
        let clients = format!("target: psp, rate: 500/s, arrivals: constant, retry: {mode}");
        let run = disturbed(
            "psp: { type: external, service_time: 1 ms }",
            &clients,
            "{ from: 60 s, until: 120 s, service: psp, stop: true }",
        );
        let load = load(&run, "psp");
        is_close("before", mean(&load.before_per_second), 500.0, 1.0);
        assert_eq!(load.callers.len(), 1);
        assert_eq!(load.callers[0].caller, "clients");
        let (calls, first) = (mean(&load.callers[0].calls), mean(&load.callers[0].first_calls));
        // Long waits before a retry reach beyond the disturbance.
        if mode != "legacy" {
            is_close("first attempts", first, 30_000.0, 1.0);
            assert_eq!(mean(&load.amplification), calls / first);
        }
        let retries = libm::round((mean(&load.amplification) - 1.0) * 30_000.0);
        (retries, mean(&damage(&run).lost), mean(&recovery(&run).over_after_seconds))
    };
    let quotas = [("none", 0.0), ("\"2026\"", 35.0), ("pre2026-standard", 100.0)];
    for (mode, retries) in quotas {
        let (measured, lost, over) = retried(mode);
        assert_eq!((measured, over), (retries, 0.0), "{mode}: what fails at once leaves nothing behind");
        is_close("lost", lost, 30_000.0, 30.0);
    }
    // Without a quota each request is tried as often as it may be: three times at once, or five times within 15 s at most, of which
    // those of the last seconds come back in time.
    assert_eq!(retried("naive"), (60_000.0, 30_000.0, 0.0));
    let (legacy, lost, over) = retried("legacy");
    assert!(legacy > 3.0 * 30_000.0 && legacy < 4.0 * 30_000.0, "{legacy}");
    assert!(lost < 30_000.0 && lost > 45.0 * 500.0, "{lost}");
    assert!(over > 0.0 && over <= 16.0, "latencies show the waits: {over}");
}

#[test]
fn what_is_slow_is_slow_by_the_factor_and_loses_nothing() {
    let clients = "target: psp, rate: 50/s, arrivals: constant";
    let run =
        disturbed("psp: { type: external, service_time: 100 ms }", clients, "{ from: 60 s, for: 60 s, service: psp, slow: 5 }");
    is_close("p99 before", mean(&recovery(&run).before_p99_ms), 100.0, 1.0);
    is_close("p99 meanwhile", mean(&recovery(&run).worst_p99_ms), 500.0, 5.0);
    assert_eq!(mean(&damage(&run).lost), 0.0);
    assert_eq!(mean(&load(&run, "psp").amplification), 1.0, "nobody retries");
    // The last slow answer comes half a second after the end.
    assert!(mean(&recovery(&run).over_after_seconds) <= 1.0);
}

#[test]
fn what_fails_loses_that_share() {
    let clients = "target: psp, rate: 100/s, arrivals: constant, retry: none";
    let run =
        disturbed("psp: { type: external, service_time: 10 ms }", clients, "{ from: 60 s, for: 60 s, service: psp, fail: 25% }");
    // 6,000 calls: the standard deviation of the failures is 34.
    is_close("lost", mean(&damage(&run).lost), 1_500.0, 140.0);
    assert_eq!(mean(&damage(&run).lost), ending(&run, "refused"));
    assert_eq!(mean(&damage(&run).lost), mean(&damage(&run).endings["clients"]["refused"]));
    assert_eq!(mean(&damage(&run).lost), -mean(&damage(&run).endings["clients"]["fulfilled"]));
}

#[test]
fn a_lowered_quota_refuses_what_is_above_it() {
    // 10 a second against 4 a second for 60 s; the bucket of one second holds 4 at the start.
    let services = "psp: { type: external, service_time: 10 ms, rate_limit: 20/s }";
    let clients = "target: psp, rate: 10/s, arrivals: constant, retry: none";
    let entry = "{ from: 60 s, for: 60 s, service: psp, quotas: { rate_limit: 4/s } }";
    let run = disturbed(services, clients, entry);
    is_close("refused by the service", mean(&damage(&run).lost), 60.0 * 6.0 - 4.0, 2.0);
    // Five executions of one second at once: 5 a second of 10. Cold starts cost the first of them some tenths.
    let services = "work: { type: lambda, timeout: 10 s, steps: [ { work: 1 s } ] }";
    let clients = "target: work, rate: 10/s, arrivals: constant, retry: none";
    let run = disturbed(services, clients, "{ from: 60 s, for: 60 s, quotas: { lambda.unreserved_concurrency: 5 } }");
    is_close("refused by the account", mean(&damage(&run).lost), 60.0 * 5.0, 20.0);
    assert_eq!(metric(&run, "work", "throttled_account_concurrency"), mean(&damage(&run).lost));
    assert_eq!(load(&run, "work").callers[0].caller, "clients", "the functions of the account are what it is about");
}

#[test]
fn a_step_of_traffic_queues_and_drains() {
    let services = "psp: { type: external, service_time: 5 ms, servers: 1 }";
    let clients = "target: psp, rate: 100/s, arrivals: constant";
    // 100 a second more than it can do for 30 s: 3,000 wait, and go at 100 a second.
    let run = disturbed(services, clients, "{ from: 60 s, for: 30 s, workload: clients, set: { rate: 300/s } }");
    let held = &recovery(&run).held[0];
    assert_eq!((held.service.as_str(), held.metric.as_str()), ("psp", "queue_length"));
    is_close("waiting", mean(&held.peak), 3_000.0, 60.0);
    is_close("over after", mean(&recovery(&run).over_after_seconds), 30.0, 2.0);
    is_close("calls per second", mean(&load(&run, "psp").peak_per_second), 300.0, 1.0);
    // There are more arrivals than without the step, and all of them are answered.
    is_close("more are answered", -mean(&damage(&run).lost), 6_000.0, 2.0);
    assert_eq!(ending(&run, "refused"), 0.0);
}

const POISONED: &str = "
name: poison
study: { duration: 400 s, replications: 1, seed: 3 }
services:
  queue: { type: sqs, visibility_timeout: 10 s, redrive: { dead_letter: dead, max_receive_count: 3 } }
  dead: { type: sqs }
  work: { type: lambda, timeout: 5 s, events: { queue: { BATCH } }, steps: [ STEPS ] }
workload:
  clients: { target: queue, rate: 10/s, arrivals: constant, milestones: { done: worked }, endings: { fulfilled: worked, lost: dead_lettered } }
timeline: [ { from: 60 s, for: 60 s, service: work, poison: 20% } ]
";

#[test]
fn poison_fails_whenever_it_is_tried_until_it_is_dead_lettered() {
    let of = |batch: &str, steps: &str| assessed(model(&POISONED.replace("BATCH", batch).replace("STEPS", steps)));
    let by_one = of("batch_size: 1", "{ work: 10 ms }, { mark: worked }");
    let dead = mean(&damage(&by_one).dead_letters);
    // 600 messages: the standard deviation of a share of 20 % is 10.
    is_close("dead letters", dead, 120.0, 40.0);
    assert_eq!(ending(&by_one, "lost"), dead);
    assert_eq!(mean(&damage(&by_one).lost), dead);
    assert_eq!(metric(&by_one, "work", "errors"), 3.0 * dead, "each is received three times, and fails each time");
    // Where records report for themselves the others of a batch are none the worse; where they do not, they share its fate.
    let apart = of(
        "batch_size: 10, maximum_batching_window: 1 s, report_batch_item_failures: true",
        "{ for_each: { steps: [ { work: 10 ms }, { mark: worked } ] } }",
    );
    assert_eq!(ending(&apart, "lost"), dead, "the same payloads are poison in all designs");
    let together = of("batch_size: 10, maximum_batching_window: 1 s", "{ work: 10 ms }, { mark: worked }");
    assert!(metric(&together, "work", "errors") > 0.0 && ending(&together, "fulfilled") < ending(&apart, "fulfilled"));
}

// ---- partitions ----

#[test]
fn a_caller_that_is_cut_off_waits_for_its_time_out() {
    let services = "psp: { type: external, service_time: 10 ms }";
    let entry = "{ from: 60 s, for: 60 s, partition: { between: [clients, psp] } }";
    let waits = |client: &str, rest: &str| {
        let clients = format!("target: psp, rate: 10/s, arrivals: constant, retry: none{client}");
        let text =
            format!("{}{rest}", text(services, &clients, entry).replace("done: answered", "refused: refused, done: answered"));
        let run = assessed(model(&text));
        is_close("lost", mean(&damage(&run).lost), 600.0, 1.0);
        assert_eq!(metric(&run, "psp", "requests"), 2_000.0 - mean(&damage(&run).lost), "lost calls never arrive");
        mean(&run.summary.journeys["clients"].milestones["refused"].latency_ms.p50)
    };
    is_close("its own", waits(", timeout: 2 s", ""), 2_000.0, 20.0);
    is_close("its connection's", waits("", ""), 60_000.0, 600.0);
    is_close("as assumed", waits("", "assumptions: { network.connection_timeout: 5 }\n"), 5_000.0, 50.0);
}

/// Answers of work that was done are lost, so it is done again.
#[test]
fn what_was_answered_into_a_cut_is_done_twice() {
    let run = disturbed(
        "charge: { type: lambda, timeout: 30 s, steps: [ { work: 2 s }, { mark: charged } ] }",
        "target: charge, bursts: [ { at: 59 s, count: 500, over: 500 ms } ], timeout: 10 s, retry: naive",
        "{ from: 60 s, for: 5 s, partition: { between: [clients, charge] } }",
    );
    assert_eq!((mean(&damage(&run).duplicates), mean(&damage(&run).lost)), (500.0, 0.0));
    assert_eq!(metric(&run, "charge", "invocations"), 1_000.0);
    // Each client tries again ten seconds after its call, when the cut is mended.
    is_close("worst", mean(&recovery(&run).worst_p99_ms), 12_000.0, 500.0);
    assert!(mean(&damage(&run).usd) > 0.0, "the work is billed twice");
}

#[test]
fn pollers_that_are_cut_off_find_their_queue_again() {
    let text = POISONED.replace("BATCH", "batch_size: 1").replace("STEPS", "{ work: 10 ms }, { mark: worked }");
    let run = assessed(model(&text.replace("service: work, poison: 20%", "partition: { between: [queue, work] }")));
    let held = recovery(&run).held.iter().find(|held| held.service == "queue" && held.metric == "messages_visible");
    is_close("waiting", mean(&held.expect("messages wait").peak), 600.0, 20.0);
    // Receives that were lost time out a minute after they were made, up to a minute after the end.
    let over = mean(&recovery(&run).over_after_seconds);
    assert!(over > 0.0 && over <= 64.0, "{over}");
    assert_eq!((mean(&damage(&run).lost), mean(&damage(&run).dead_letters)), (0.0, 0.0));
}

// ---- load ----

#[test]
fn messages_received_again_repeat_their_calls() {
    let run = disturbed(
        "psp: { type: external, service_time: 10 ms }, queue: { type: sqs, visibility_timeout: 30 s },
        charge: { type: lambda, timeout: 5 s, events: { queue: { batch_size: 1 } }, steps: [ { call: { service: psp } } ] }",
        "target: queue, rate: 10/s, arrivals: constant",
        "{ from: 20 s, for: 120 s, service: psp, stop: true }",
    );
    // A message is tried when it comes and every 30 s after that: of those in the first half minute four tries fall into the outage,
    // of those in the last one.
    is_close("amplification", mean(&load(&run, "psp").amplification), (4.0 + 3.0 + 2.0 + 1.0) / 4.0, 0.05);
    assert_eq!(load(&run, "psp").callers[0].caller, "charge");
}

#[test]
fn two_calls_of_one_journey_are_no_repetition() {
    let of = |fail: &str| {
        disturbed(
            "psp: { type: external, service_time: 10 ms },
            charge: { type: lambda, timeout: 5 s, steps: [ { call: { service: psp, retry: naive } }, { call: { service: psp, retry: naive } } ] }",
            "target: charge, rate: 50/s, arrivals: constant",
            &format!("{{ from: 60 s, for: 60 s, service: psp, {fail} }}"),
        )
    };
    assert_eq!(mean(&load(&of("slow: 2"), "psp").amplification), 1.0);
    // With failures of a half, a call is tried 1 + 1/2 + 1/4 times. Failures for good end in retries of nobody.
    let run = of("fail: 50%");
    is_close("amplification", mean(&load(&run, "psp").amplification), 1.75, 0.05);
}

// ---- the report ----

/// What an outage costs is the difference of two bills, each of the whole window.
#[test]
fn extra_cost_is_the_difference_of_the_bills() {
    let text = text(
        "psp: { type: external, service_time: 10 ms }, queue: { type: sqs, visibility_timeout: 10 s },
        charge: { type: lambda, timeout: 5 s, events: { queue: { batch_size: 1 } }, steps: [ { call: { service: psp } } ] }",
        "target: queue, rate: 10/s, arrivals: constant",
        "{ from: 60 s, for: 60 s, service: psp, stop: true }",
    );
    let with = assessed(model(&text));
    let (before, _) = text.split_once("timeline:").expect("there is a timeline");
    let without = run(&model(before)).unwrap_or_else(|error| panic!("{error:?}"));
    let month = |run: &Run| mean(&run.summary.bill.month_usd);
    let extra = (month(&with) - month(&without)) * 200.0 / (730.0 * 3600.0);
    assert!(extra > 0.0);
    is_close("extra, in millionths of a dollar", mean(&damage(&with).usd) * 1e6, extra * 1e6, 1e-6);
}

/// Each entry is judged by a run that lacks it and has the others.
#[test]
fn disturbances_are_told_apart() {
    let run = disturbed(
        "psp: { type: external, service_time: 10 ms }",
        "target: psp, rate: 100/s, arrivals: constant, retry: none",
        "{ from: 20 s, for: 10 s, service: psp, stop: true }, { from: 100 s, for: 30 s, service: psp, stop: true }",
    );
    let lost: Vec<f64> = run.summary.recoveries.iter().map(|row| mean(&row.damage.as_ref().expect("assessed").lost)).collect();
    is_close("the first", lost[0], 1_000.0, 1.0);
    is_close("the second", lost[1], 3_000.0, 1.0);
}

#[test]
fn every_mistake_of_a_timeline_is_told_at_once() {
    let text = text(
        "psp: { type: external, service_time: 10 ms }, queue: { type: sqs }, charge: { type: lambda, steps: [ { call: { service: psp } } ] }",
        "target: charge, rate: 1/s",
        "{ from: 1 s, until: 2 s, for: 1 s, service: psp, stop: true },
        { from: 1 s, partition: { between: [charge, pps] } },
        { from: 1 s, partition: { between: [charge] } },
        { from: 1 s, partition: { between: [charge, psp] }, slow: 2 },
        { from: 1 s, service: queue, poison: 1% },
        { from: 1 s, service: psp, partition: { between: [charge, psp] } },
        { from: 1 s, quotas: { lambda.unreserved_concurrency: lots } },
        { from: 1 s, stop: true, quotas: { lambda.unreserved_concurrency: 1 } }",
    );
    let reading = read_text(&text);
    let told = reading.diagnostics.render(&reading.sources, false);
    for wanted in [
        "an entry has either `until` or `for`",
        "no service or workload is called `pps`",
        "did you mean `psp`?",
        "a partition lies between two different services",
        "a partition is an entry of its own",
        "`queue` is of type `sqs` and does not work on payloads",
        "a timeline entry names one of `service`, `workload` and `partition`",
        "a number, rate, share, count or duration is expected",
        "an account can only be given other `quotas`",
    ] {
        assert!(told.contains(wanted), "{wanted} is missing in\n{told}");
    }
}

#[test]
fn what_only_the_services_show_is_told_too() {
    let services = "psp: { type: external, service_time: 10 ms }, other: { type: external, service_time: 10 ms },
        charge: { type: lambda, steps: [ { call: { service: psp } }, { call: { service: other } } ] }";
    let entries = "{ from: 1 s, partition: { between: [psp, other] } },
        { from: 1 s, quotas: { lambda.unreserved_concurency: 1 } },
        { from: 1 s, service: psp, quotas: { rate_limit: 1 } }";
    let model = model(&text(services, "target: charge, rate: 1/s", entries));
    let Err(floodplan::engine::RunError::Diagnostics(found)) = run(&model) else { panic!("it runs") };
    let told: Vec<String> = found.sorted().iter().map(|found| found.message.clone()).collect();
    assert!(told.iter().any(|message| message.contains("neither `psp` nor `other` calls the other")), "{told:?}");
    assert!(told.iter().any(|message| message.contains("the account has no limiter `lambda.unreserved_concurency`")), "{told:?}");
    assert!(told.iter().any(|message| message.contains("`psp` has no limiter `rate_limit`")), "{told:?}");
}

// ---- a metastable failure ----

#[test]
fn a_storm_outlives_its_cause_unless_retries_have_a_quota() {
    let settings = [("study.duration", "5 min"), ("study.replications", "1")];
    let of = |design: &str| assessed(common::model(&format!("metastable/{design}.yaml"), &settings));
    let lost = |run: &Run| mean(&damage(run).lost);
    let (naive, quota) = (of("naive-retries"), of("kit-2026"));
    // Both stand before the ledger hangs: 500 calls a second, two thirds of 750.
    for run in [&naive, &quota] {
        is_close("calls before", mean(&load(run, "ledger").before_per_second), 500.0, 10.0);
        is_close("p99 before", mean(&recovery(run).before_p99_ms), 100.0, 10.0);
    }
    // Three attempts each, for ever: all that comes from minute 2 to the end, at 5 min 30 s, is lost.
    assert_eq!(recovery(&naive).over_after_seconds.withheld.as_deref(), Some("not over within the run in 1 of 1 replications"));
    let amplified = mean(&load(&naive, "ledger").amplification_after);
    assert!(amplified > 2.95 && amplified <= 3.01, "{amplified}");
    is_close("lost by naive retries", lost(&naive), 210.0 * 500.0, 1_500.0);
    // The quota of 500 tokens is spent after 35 retries of 14; a few more come with the first successes after.
    let caller = &load(&quota, "ledger").callers[0];
    let retries = mean(&caller.calls) - mean(&caller.first_calls);
    assert!((35.0..=60.0).contains(&retries), "{retries}");
    // 2,925 wait when the ledger is back and shrink by 250 a second. The first that is answered within 1 s, 0.1 s of which is the work,
    // finds 675 before it: 9 s. All of them are gone after 12 s.
    is_close("lost with the quota", lost(&quota), (60.0 + 9.0) * 500.0, 700.0);
    is_close("over after", mean(&recovery(&quota).over_after_seconds), 13.0, 3.0);
    let met = |run: &Run| run.summary.objectives.iter().all(|objective| objective.met);
    assert!(!met(&naive));
}
