//! The story of `scenarios/orders` and `scenarios/outage` on shortened runs: what the three designs share, what they change,
//! and what an outage of the provider does to each.

use floodplan::engine::{Progress, Run, compile, run_all};
use floodplan::reader::Diagnostics;
use floodplan::report::{Style, run_text};
use floodplan::results::SeriesKind;
use floodplan::scenario::Model;

mod common;
use common::model;

const DESIGNS: [&str; 3] = ["choreography", "orchestration-standard", "orchestration-express"];

/// The three designs of a folder, run under the same seeds.
fn designs(folder: &str, settings: &[(&str, &str)]) -> [Run; 3] {
    let models: Vec<Model> = DESIGNS.iter().map(|design| model(&format!("{folder}/{design}.yaml"), settings)).collect();
    let runs = run_all(&models, &Progress::default()).unwrap_or_else(|error| panic!("{folder}: {error:?}"));
    for (design, run) in DESIGNS.iter().zip(&runs) {
        assert_eq!(run.stopped, None, "{design} was stopped");
        assert!(run.summary.stability.stable, "{design}: {:?}", run.summary.stability.reasons);
        assert_eq!(value(run, "journeys.checkout.unfinished"), 0.0, "{design} drains");
    }
    runs.try_into().unwrap_or_else(|_| panic!("there are three designs"))
}

fn value(run: &Run, path: &str) -> f64 {
    let json = serde_json::to_value(&run.summary).expect("a summary is JSON");
    let found = path.split('.').try_fold(&json, |at, part| at.get(part)).unwrap_or_else(|| panic!("there is no {path}"));
    found["mean"].as_f64().unwrap_or_else(|| panic!("{path} has no value: {found}"))
}

fn ending(run: &Run, name: &str) -> f64 {
    value(run, &format!("journeys.checkout.endings.{name}"))
}

/// Endings per replication, which common random numbers make comparable one by one.
fn samples<'a>(run: &'a Run, metric: &str) -> &'a [f64] {
    &run.samples[metric]
}

fn is_close(what: &str, measured: f64, predicted: f64, tolerance: f64) {
    println!("{what}: {measured:.6} for {predicted:.6}");
    assert!((measured - predicted).abs() <= tolerance * predicted.abs(), "{what}: {measured}, predicted {predicted}");
}

// ---- in fair weather ----

const FAIR: [(&str, &str); 3] = [("study.duration", "60 s"), ("study.warm_up", "20 s"), ("study.replications", "3")];

#[test]
fn the_designs_meet_the_same_orders_and_end_them_alike() {
    let runs = designs("orders", &FAIR);
    let [choreography, standard, express] = &runs;
    for other in [standard, express] {
        assert_ne!(choreography.summary.fingerprint, other.summary.fingerprint, "they are different designs");
        // The provider refuses the same orders in all designs, and failures that come and go change no order's end.
        for metric in ["started", "endings.fulfilled", "endings.compensated"] {
            let path = format!("journeys.checkout.{metric}");
            assert_eq!(samples(choreography, &path), samples(other, &path), "{metric}, by replication");
        }
    }
    for run in &runs {
        let started = value(run, "journeys.checkout.started");
        is_close("orders started", started, 200.0 * 60.0, 0.02);
        // 36,000 orders: the standard deviation of a 2 % share is 0.07 points.
        is_close("refused by the provider", ending(run, "compensated") / started, 0.02, 0.15);
        assert_eq!(ending(run, "fulfilled") + ending(run, "compensated"), started, "every order ends one of two ways");
        for none in ["refused", "abandoned", "lost", "stuck", "other"] {
            assert_eq!(ending(run, none), 0.0, "{none}");
        }
        let objectives: Vec<&str> =
            run.summary.objectives.iter().filter(|objective| !objective.met).map(|objective| objective.name.as_str()).collect();
        assert!(objectives.is_empty(), "missed: {objectives:?}");
    }
}

#[test]
fn express_is_the_cheapest_and_standard_by_far_the_dearest() {
    let [choreography, standard, express] = designs("orders", &FAIR);
    let cost = |run: &Run| value(run, "bill.per_million_fulfilled_usd");
    let (choreographed, by_transition, by_time) = (cost(&choreography), cost(&standard), cost(&express));
    println!("USD per million fulfilled: {choreographed:.2}, {by_transition:.2}, {by_time:.2}");
    assert!(by_time < choreographed && choreographed < by_transition);
    // A fulfilled order enters eleven states: CreateOrder, ReserveAndCharge, Reserve, Charge, Charged?, Ship, TellEverybody,
    // Notify, Loyalty, Analytics, Done. 25 USD per million of each; a refused one enters eight.
    let line = standard.summary.bill.lines.iter().find(|line| line.sku.starts_with("step-functions-")).expect("it is billed");
    let orders_a_month = value(&standard, "journeys.checkout.started") / 60.0 * 730.0 * 3600.0;
    let transitions = line.quantity_month.mean.expect("a quantity") / orders_a_month;
    is_close("transitions per order", transitions, 0.98 * 11.0 + 0.02 * 8.0, 0.005);
    is_close("USD per million orders", line.usd_month.mean.expect("a price") / orders_a_month * 1e6, 25.0 * transitions, 0.001);
}

#[test]
fn a_choreographed_order_is_answered_sooner_and_fulfilled_later() {
    let [choreography, standard, express] = designs("orders", &FAIR);
    let mean = |run: &Run, milestone: &str| value(run, &format!("journeys.checkout.milestones.{milestone}.latency_ms.mean"));
    assert!(mean(&choreography, "answered") < mean(&express, "answered"));
    assert!(mean(&express, "answered") < mean(&standard, "answered"));
    assert!(mean(&express, "fulfilled") < mean(&standard, "fulfilled"));
    assert!(mean(&standard, "fulfilled") < mean(&choreography, "fulfilled"));
    // The batching window is what the queue in front of the provider costs.
    let waits = choreography
        .summary
        .breakdown
        .iter()
        .find(|row| (row.service.as_str(), row.category.as_str(), row.group.as_str()) == ("charge", "batch_wait", "all"));
    let wait = waits.and_then(|row| row.mean_ms.mean).expect("the batch wait is on the critical path");
    assert!(wait > 300.0 && wait < 1_100.0, "batch wait {wait} ms");
}

#[test]
fn the_wiring_is_what_the_story_says() {
    let root = |design: &str| model(&format!("orders/{design}.yaml"), &[]).root.to_json();
    let choreography = root("choreography");
    let services = choreography["services"].as_object().expect("services");
    let subscriptions = services["order-updates"]["subscriptions"].as_object().expect("subscriptions");
    assert!(subscriptions.len() >= 3, "the topic fans out");
    assert!(subscriptions.values().all(|subscription| subscription.get("dead_letter").is_some()));
    let rules = services["shop"]["rules"].as_object().expect("rules");
    assert!(rules.values().any(|rule| rule["event_pattern"]["detail"]["amount"][0]["numeric"].is_array()), "a real pattern");
    for target in rules.values().flat_map(|rule| rule["targets"].as_array().expect("targets")) {
        assert!(target.get("dead_letter").is_some(), "a target without a dead-letter queue: {target}");
    }
    for (name, service) in services {
        // Each queue that feeds a function gives up into another one, but the last, where somebody has to look.
        if service["type"] == "sqs" && !["payments-dlq", "failures"].contains(&name.as_str()) {
            assert!(service["redrive"]["max_receive_count"].as_u64().is_some_and(|count| count >= 5), "{name}");
        }
    }
    let (standard, express) = (root("orchestration-standard"), root("orchestration-express"));
    let mut same = express.clone();
    same["services"]["workflow"]["workflow_type"] = standard["services"]["workflow"]["workflow_type"].clone();
    assert_eq!(same["services"], standard["services"], "the workflows differ in their type only");
    let definition = standard["services"]["workflow"]["definition"].to_string();
    for part in ["Task", "Choice", "Parallel", "Retry", "Catch", "TimeoutSeconds"] {
        assert!(definition.contains(&format!("\"{part}\"")), "no {part} in the document");
    }
}

#[test]
fn the_deadline_is_built_of_billed_parts() {
    let [choreography, ..] = designs("orders", &FAIR);
    let orders = value(&choreography, "journeys.checkout.started");
    for metric in ["messages_sent", "messages_delayed_max"] {
        assert!(value(&choreography, &format!("services.deadlines.{metric}")) > 0.0, "{metric}");
    }
    // Counted when they are sent, so some of the first belong to orders from before the window.
    is_close("deadlines kept", value(&choreography, "services.deadlines.messages_sent"), orders, 1e-3);
    for (service, sku) in
        [("deadlines", "sqs-requests-standard"), ("deadline", "lambda-requests-arm"), ("orders", "dynamodb-read-request-units")]
    {
        let line = choreography.summary.bill.lines.iter().find(|line| line.service == service && line.sku == sku);
        assert!(line.and_then(|line| line.usd_month.mean).is_some_and(|usd| usd > 0.0), "{service}: {sku} is billed");
    }
}

#[test]
fn the_deadline_abandons_an_order_that_hangs() {
    // The reservation fails for good, so the pair is never complete and nobody cancels.
    let settings = [
        ("workload.checkout.rate", "5/s"),
        ("study.duration", "30 s"),
        ("study.replications", "1"),
        ("services.reserve.steps", "[ { fail: { share: 100% } } ]"),
    ];
    let [choreography, standard, express] = designs("orders", &settings);
    let started = value(&choreography, "journeys.checkout.started");
    let refused = ending(&choreography, "compensated");
    assert!(refused < 0.1 * started, "only what the provider refused is compensated");
    assert_eq!(ending(&choreography, "abandoned") + refused, started, "the rest is abandoned at the deadline");
    for run in [&standard, &express] {
        assert_eq!(ending(run, "abandoned"), started, "and by the workflow when its retries are used up");
    }
}

// ---- the outage ----

/// A tenth of the traffic, from before the outage (minutes 3 to 9) until after the last retry.
const OUTAGE: [(&str, &str); 3] = [("workload.checkout.rate", "20/s"), ("study.duration", "13 min"), ("study.replications", "2")];
const END_S: f64 = 9.0 * 60.0;

#[test]
fn an_outage_delays_orders_and_only_express_gives_some_up() {
    let [choreography, standard, express] = designs("outage", &OUTAGE);
    let started = value(&choreography, "journeys.checkout.started");
    for run in [&choreography, &standard, &express] {
        assert_eq!(samples(run, "journeys.checkout.started"), samples(&choreography, "journeys.checkout.started"));
        for none in ["lost", "stuck", "refused", "other"] {
            assert_eq!(ending(run, none), 0.0, "{none}");
        }
    }
    // The queue and the Standard workflow try for longer than the outage lasts: nothing is lost, the provider refuses as ever.
    assert_eq!(ending(&choreography, "abandoned"), 0.0);
    assert_eq!(ending(&standard, "abandoned"), 0.0);
    for run in [&choreography, &standard] {
        is_close("compensated", ending(run, "compensated") / started, 0.02, 0.2);
    }
    // Random waits of up to two minutes rarely add up to the outage: that is what the workflow gives up on by itself.
    let given_up = ending(&standard, "compensated") - ending(&choreography, "compensated");
    assert!((0.0..0.005 * started).contains(&given_up), "{given_up} orders used up their retries");
    // Express ends after 5 minutes: all orders of the outage's first minute, and those of the next two whose retry came too
    // late, at 20/s; stock stays reserved and nobody is told.
    let abandoned = ending(&express, "abandoned");
    assert!(abandoned > 20.0 * 60.0 && abandoned < 20.0 * 180.0, "{abandoned} orders are abandoned");
}

#[test]
fn the_report_names_the_five_minutes_of_express() {
    let endings = "{ fulfilled_and_cut_off: { all: [shipped, notified, abandoned] }, fulfilled: { all: [shipped, notified] },
                     compensated: { all: [released, told] }, refused: refused, abandoned: abandoned,
                     lost: { any: [dead_lettered, discarded, expired, failed] }, stuck: answered }";
    let settings: Vec<_> = OUTAGE.into_iter().chain([("workload.checkout.endings", endings)]).collect();
    let [_, standard, express] = designs("outage", &settings);
    let row = express.summary.limits.iter().find(|row| row.limiter == "express_5_minutes").expect("it is a row of the limits");
    assert_eq!((row.service.as_str(), row.quota, row.adjustable), ("workflow", 300.0, false));
    // The limit asks each execution when it ends, so its share is that of the executions that ended in the window;
    // `executions_started` counts others, those that were under way at the window's edges.
    let workflow = |metric: &str| samples(&express, &format!("services.workflow.{metric}"));
    let cut = workflow("express_5_minutes");
    let (succeeded, failed) = (workflow("executions_succeeded"), workflow("executions_failed"));
    let shares = (0..cut.len()).map(|index| cut[index] / (cut[index] + succeeded[index] + failed[index]));
    let share = shares.sum::<f64>() / cut.len() as f64;
    is_close("share refused", row.refused_share.mean.expect("a share"), share, 1e-12);
    // Executions count when they are cut off in the window, orders when they have started in it: the same ones, since the
    // outage begins and ends far from the window's edges. An order whose shipping and whose customer's message were done
    // when its execution was cut off, so that only the loyalty points or the analytics were left, is fulfilled all the same.
    let orders = |ending: &str| samples(&express, &format!("journeys.checkout.endings.{ending}"));
    for (index, cut) in cut.iter().enumerate() {
        let (abandoned, late) = (orders("abandoned")[index], orders("fulfilled_and_cut_off")[index]);
        println!("replication {index}: {cut} cut off, {abandoned} abandoned, {late} fulfilled and cut off");
        assert!(*cut > 0.0 && late < 0.01 * abandoned);
        assert_eq!(*cut, abandoned + late, "each execution that is cut off is an order of one of two kinds");
    }
    let report = run_text(&express.summary, Style::Plain);
    let table = report.split("What binds first").nth(1).expect("limits are reported");
    let top: Vec<&str> = table.lines().skip_while(|line| !line.starts_with('╞')).skip(1).take(2).collect();
    let named = top[0].contains("workflow:") && top[0].contains("already") && top.concat().contains("express_5_minutes");
    assert!(named, "it is on top of what binds: {top:?}");
    assert!(
        standard.summary.limits.iter().all(|row| row.limiter != "express_5_minutes"),
        "a Standard workflow has no such limit"
    );
    // And `check` warns beforehand that the document asks for more.
    let mut diagnostics = Diagnostics::new();
    compile(&model("outage/orchestration-express.yaml", &[]), 0, &mut diagnostics);
    assert!(diagnostics.sorted().iter().any(|found| found.message.contains("after 300 s")), "{:?}", diagnostics.sorted());
}

#[test]
fn orders_queue_during_the_outage_and_are_gone_two_minutes_after_it() {
    let [choreography, standard, _] = designs("outage", &OUTAGE);
    // 20 orders a second for 6 minutes.
    let queued = 20.0 * 360.0;
    is_close("waiting at the queue", value(&choreography, "services.payments.messages_in_flight_max"), queued, 0.05);
    is_close("waiting in executions", value(&standard, "services.workflow.executions_open_max"), queued, 0.05);
    // The queue shows a message again after 61 s, the workflow tries after at most 120 s; then the work itself.
    for (run, service, at_most) in [(&choreography, "payments", 61.0), (&standard, "workflow", 120.0)] {
        let over = over_after(run, service, 0.02 * queued);
        println!("{service}: over {over:.0} s after the outage");
        assert!(over > 0.5 * at_most && over < at_most + 25.0, "{service}: over {over} s after the outage");
    }
    // Nothing is left at the end.
    let dead = value(&choreography, "services.payments.messages_dead_lettered");
    assert_eq!(dead, 0.0, "no charge was given up");
}

/// Seconds from the end of the outage until the series of what is under way at a service falls below `level` for good.
fn over_after(run: &Run, service: &str, level: f64) -> f64 {
    let series: Vec<_> = run
        .summary
        .series
        .iter()
        .filter(|series| series.service == service && matches!(series.kind, SeriesKind::Concurrency | SeriesKind::Backlog))
        .collect();
    let highest = |values: &[f64]| values.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let busiest = series.iter().max_by(|a, b| highest(&a.values).total_cmp(&highest(&b.values)));
    let series = busiest.unwrap_or_else(|| panic!("{service} has no series"));
    assert!(highest(&series.values) > level, "{service} never holds {level}");
    let last = series.values.iter().rposition(|value| *value > level).expect("it was above");
    (last + 1) as f64 * series.bin_seconds - END_S
}
