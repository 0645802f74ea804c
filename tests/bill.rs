//! What a simulation costs: from the window to the month, what is billed by time and what comes with traffic, the cost of one more
//! journey, of a hop and of a business step.

use std::collections::BTreeMap;
use std::path::Path;

use floodplan::engine::{Run, run_text};
use floodplan::results::{BillSummary, Estimate, UNATTRIBUTED};

/// 36 orders an hour, evenly spaced: over a queue to a function, which asks an external shop.
fn orders(study: &str) -> String {
    format!(
        "name: orders
study: {{ replications: 2, seed: 7, free_tier: false, {study} }}
services:
  queue: {{ type: sqs }}
  sell:
    type: lambda
    context: sales
    timeout: 10 s
    memory_size: 1 GB
    events: {{ queue: {{ batch_size: 1 }} }}
    steps: [ {{ for_each: {{ steps: [ {{ work: 100 ms }}, {{ mark: sold }}, {{ invoke: {{ function: pack }} }} ] }} }} ]
  pack:
    type: lambda
    context: stock
    timeout: 10 s
    steps: [ {{ work: 50 ms }}, {{ mark: picked }}, {{ mark: packed }} ]
workload:
  order:
    target: queue
    rate: 0.01/s
    arrivals: constant
    payload: {{ size: 1 KB }}
    milestones: {{ sold: sold }}
    endings: {{ fulfilled: sold }}
"
    )
}

fn run(study: &str) -> Run {
    run_text(&orders(study)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn told(study: &str) -> String {
    run_text(&orders(study)).err().unwrap_or_else(|| panic!("{study} is not refused"))
}

fn mean(estimate: &Estimate) -> f64 {
    estimate.mean.unwrap_or_else(|| panic!("{estimate:?}"))
}

fn quantity(bill: &BillSummary, service: &str, sku: &str) -> f64 {
    let line = bill.lines.iter().find(|line| line.service == service && line.sku == sku);
    mean(&line.unwrap_or_else(|| panic!("{service} has no {sku}")).quantity_month)
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-9), "{found} is not {expected}");
}

const HALF_THE_DAY: &str =
    "profile: [0, 0, 0, 0, 0, 0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]";

/// 36 orders an hour are 26,280 in 730 h; half of that by a profile whose mean is a half; and a window of 30 days that is the
/// month holds 25,920.
#[test]
fn the_window_becomes_the_month_that_it_represents() {
    for (study, sold, basis) in [
        ("duration: 1 h", 26_280.0, "730 h like the measured window"),
        ("duration: 1 h, represents: steady, month_hours: 720", 25_920.0, "720 h like the measured window"),
        ("duration: 24 h, represents: day", 26_280.0, "30.4167 days like the measured one"),
        ("duration: 30 d, represents: month", 25_920.0, "the measured window is the month, 30 days"),
        (
            &format!("duration: 1 h, represents: {{ {HALF_THE_DAY} }}"),
            13_140.0,
            "730 h at 50 % of the simulated load on average, by its profile",
        ),
    ] {
        let bill = run(study).summary.bill;
        assert_near(quantity(&bill, "sell", "lambda-requests-x86"), sold);
        assert_near(quantity(&bill, "pack", "lambda-requests-x86"), sold);
        assert_eq!(bill.basis, basis, "{study}");
        let million = mean(&bill.month_usd) / sold * 1e6;
        assert_near(mean(&bill.per_million_journeys_usd), million);
        assert_near(mean(&bill.per_million_fulfilled_usd), million);
        assert!(bill.month_usd.low.is_some() && bill.month_usd.high.is_some(), "an interval over replications");
    }
}

/// Empty receives go by time: a profile halves what orders cause and leaves them as they are.
#[test]
fn a_profile_scales_what_comes_with_traffic_and_nothing_else() {
    let (steady, profile) = (run("duration: 1 h"), run(&format!("duration: 1 h, represents: {{ {HALF_THE_DAY} }}")));
    let empty = mean(&steady.summary.services["queue"].metrics["empty_receives"]) * 730.0;
    let requests = |run: &Run| quantity(&run.summary.bill, "queue", "sqs-requests-standard");
    assert!(empty > 100_000.0, "idle pollers ask all the time: {empty}");
    assert_near(requests(&profile), (requests(&steady) - empty) / 2.0 + empty);
    let flat =
        run("duration: 1 h, represents: { profile: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }");
    assert_near(mean(&flat.summary.bill.month_usd), mean(&steady.summary.bill.month_usd));
    assert_eq!(flat.summary.fingerprint, profile.summary.fingerprint, "what is simulated is the same");
}

/// Tiers apply to the scaled usage: 40 GB of logs at 0.50 USD, and a thousand times as many, of which the most are cheaper.
#[test]
fn tiers_apply_after_scaling() {
    let logs = |factor: &str| {
        let factors = vec![factor; 24].join(", ");
        let text = orders(&format!("duration: 1 h, represents: {{ profile: [{factors}] }}"));
        let bill = run_text(&text.replace("memory_size: 1 GB", "memory_size: 1 GB\n    log_bytes: 1600 KB"))
            .expect("a run")
            .summary
            .bill;
        let lines = bill.lines.iter().filter(|line| line.sku == "logs-ingestion-vended");
        let sum = lines.fold((0.0, 0.0), |sum, line| (sum.0 + mean(&line.quantity_month), sum.1 + mean(&line.usd_month)));
        (sum.0, sum.1, bill)
    };
    let (steady, usd, _) = logs("1");
    assert_near(usd, steady * 0.5);
    let (gigabytes, usd, bill) = logs("1000");
    assert_near(gigabytes, steady * 1_000.0);
    assert!((30_720.0..51_200.0).contains(&gigabytes), "{gigabytes}");
    assert_near(usd, 10_240.0 * 0.5 + 20_480.0 * 0.25 + (gigabytes - 30_720.0) * 0.1);
    // One more journey logs in the third tier.
    let per_journey = gigabytes / 26_280_000.0;
    let dearest = mean(&bill.marginal_per_million_journeys_usd) - per_journey * 1e6 * 0.1;
    let others: f64 =
        bill.lines.iter().filter(|line| line.sku != "logs-ingestion-vended").map(|line| mean(&line.usd_month)).sum();
    assert!(dearest > 0.0 && dearest < others / 26.28, "{dearest} of {}", others / 26.28);
    // The bill against load bends where the logs pass a bound, and is the bill at load 1.
    let curve = &bill.against_load;
    let bends: Vec<f64> =
        curve.kinks.iter().filter(|(_, sku)| sku == "logs-ingestion-vended").map(|(load, _)| load * gigabytes).collect();
    assert_eq!(bends.len(), 3, "{:?}", curve.kinks);
    for (bend, bound) in bends.iter().zip([10_240.0, 30_720.0, 51_200.0]) {
        assert!((bend - bound).abs() < 1e-6 * bound, "{bend}, not {bound}");
    }
    let at_one = curve.loads.iter().position(|load| *load == 1.0).expect("load 1");
    let total: f64 = curve.services.iter().map(|(_, costs)| costs[at_one]).sum();
    assert!((total - mean(&bill.month_usd)).abs() < 1e-6 * total, "{total} at load 1");
    let without: f64 = curve.services.iter().filter(|(name, _)| name != "queue").map(|(_, costs)| costs[0]).sum();
    assert_eq!((curve.loads[0], without), (0.0, 0.0), "without traffic only the polls of the queue cost anything");
}

#[test]
fn a_window_that_cannot_be_what_it_is_said_to_represent_is_refused() {
    for (study, expected) in [
        ("duration: 1 h, represents: day", "a day has 24 h, but the measured window has 1 h"),
        ("duration: 7 d, represents: month", "a month has 28 to 31 days, but the measured window has 7 d"),
        (
            "duration: 30 d, represents: month, month_hours: 730",
            "the month has 730 h here, but the window that is the month has 30 d",
        ),
        (
            "duration: 1 h, represents: { profile: [1, 2] }",
            "a profile has 24 factors, one for each hour of a day, or 168 for a week, not 2",
        ),
        ("duration: 1 h, represents: week", "week"),
        ("duration: 1 h, represents: { profiles: [1] }", "did you mean `profile`?"),
        (
            "duration: 1 h, represents: { profile: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] }",
            "all factors of the profile are 0",
        ),
    ] {
        let told = told(study);
        assert!(told.contains("error") && told.contains(expected), "{study}:\n{told}");
    }
    // All mistakes of a profile at once, with the hour of each.
    let told = told(
        "duration: 1 h, represents: { profile: [-1, 0.0001, 1001, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1] }",
    );
    for expected in ["the factor of hour 0 is -1", "the factor of hour 1 is 0.0001", "the factor of hour 2 is 1001"] {
        assert!(told.contains(expected), "{told}");
    }
}

/// The hours of a trace are in the trace; each workload with one is told, at the profile and at its trace.
#[test]
fn a_profile_of_a_trace_is_refused() {
    let rate = "rate: 0.01/s\n    arrivals: constant";
    let scenario = |represents: &str| {
        orders(&format!("duration: 1 h, represents: {represents}")).replace(rate, "trace: { file: arrivals.csv, time: time }")
    };
    let read = |represents: &str| {
        let files = BTreeMap::from([
            ("orders.yaml".into(), scenario(represents)),
            ("arrivals.csv".into(), "time\n0\n1800\n3599.9\n".to_owned()),
        ]);
        let reading = floodplan::scenario::read(Path::new("orders.yaml"), &files, &[]);
        reading.diagnostics.render(&reading.sources, false)
    };
    let told = read(&format!("{{ {HALF_THE_DAY} }}"));
    for expected in ["the arrivals of `order` are a trace", "orders.yaml:2:", "the trace", "represents: month"] {
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(read("steady"), "");
}

/// A million calls of a REST API are free in the first twelve months: 3.50 USD; both kinds of allowances have a switch of their own.
#[test]
fn allowances_of_the_first_year_can_be_switched_on() {
    let api = |study: &str| {
        let text = format!(
            "name: calls\nstudy: {{ duration: 1 h, replications: 2, {study} }}\nservices:\n  \
             api: {{ type: api_gateway, protocol: rest, routes: {{ GET /: {{ target: shop }} }} }}\n  \
             shop: {{ type: external, service_time: 1 ms }}\nworkload:\n  calls: {{ target: api, route: GET /, rate: 1/s, arrivals: \
             constant, milestones: {{ done: answered }} }}\n"
        );
        let run = run_text(&text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        (mean(&run.summary.bill.month_usd), run.summary.bill.allowances)
    };
    let ((list, none), (first_year, told)) = (api(""), api("twelve_month_free_tier: true"));
    // 2,628,000 calls.
    assert_near(list, 9.198);
    assert_near(first_year, 9.198 - 3.5);
    assert!(none.is_empty(), "{none:?}");
    assert_eq!(told, ["api-gateway-requests-rest: 1000000 of 1000000 request free each month"]);
    assert_near(api("free_tier: false, twelve_month_free_tier: true").0, first_year);
}

#[test]
fn what_contexts_and_marks_cost_adds_up_to_the_bill() {
    let run = run("duration: 1 h");
    let bill = &run.summary.bill;
    let total = mean(&bill.month_usd);
    let names = |costs: &indexmap::IndexMap<String, Estimate>| costs.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&bill.contexts), ["sales", "stock", UNATTRIBUTED]);
    assert_near(bill.contexts.values().map(mean).sum(), total);
    assert_near(mean(&bill.contexts["sales"]), mean(&bill.services["sell"]));
    assert_near(mean(&bill.contexts[UNATTRIBUTED]), mean(&bill.services["queue"]));
    // `pack` makes two marks, so that its cost is nobody's.
    assert_eq!(names(&bill.marks), ["sold", UNATTRIBUTED]);
    assert_near(bill.marks.values().map(mean).sum(), total);
    assert_near(mean(&bill.marks["sold"]), mean(&bill.services["sell"]));
    assert_near(mean(&bill.standing_month_usd) + mean(&bill.traffic_month_usd), total);
    assert_eq!(mean(&bill.standing_month_usd), 0.0, "nothing of this design is billed by the hour");
}

/// Objectives may be about any of them, and about no other.
#[test]
fn objectives_may_be_about_the_parts_of_the_bill() {
    let with = |metric: &str| run_text(&format!("{}objectives: {{ cheap: {metric} < 1 }}\n", orders("duration: 1 h")));
    for (metric, met) in [
        ("bill.contexts.sales", true),
        ("bill.marks.sold", true),
        ("bill.marks.unattributed", true),
        ("bill.hops.queue.calls_per_journey", false),
        ("bill.traffic_month_usd", true),
        ("bill.standing_month_usd", true),
        ("bill.marginal_per_million_journeys_usd", false),
    ] {
        let run = with(metric).unwrap_or_else(|mistakes| panic!("{mistakes}"));
        assert_eq!(run.summary.objectives[0].met, met, "{metric}: {:?}", run.summary.objectives[0].value);
    }
    let told = with("bill.contexts.sale").expect_err("there is no such context");
    assert!(told.contains("did you mean `bill.contexts.sales`?"), "{told}");
}

/// A queue is called to send and to delete, a function once; each order costs three requests and what is polled in vain.
#[test]
fn hops_cost_what_their_service_bills_for_traffic() {
    let bill = run("duration: 1 h").summary.bill;
    let calls = |service: &str| mean(&bill.hops[service].calls_per_journey);
    assert_eq!((calls("queue"), calls("sell"), calls("pack")), (2.0, 1.0, 1.0));
    for (service, hop) in &bill.hops {
        assert_near(mean(&hop.per_million_journeys_usd), mean(&bill.services[service]) / 26_280.0 * 1e6);
        assert_near(mean(&hop.per_million_calls_usd) * calls(service), mean(&hop.per_million_journeys_usd));
    }
    let all: f64 = bill.hops.values().map(|hop| mean(&hop.per_million_journeys_usd)).sum();
    assert_near(all, mean(&bill.per_million_journeys_usd));
}

/// One more order costs its own requests and time, but no polls: those are made anyway. Inside the free tier it costs nothing.
#[test]
fn one_more_journey_costs_less_than_the_average() {
    let bill = run("duration: 1 h").summary.bill;
    let functions: f64 = ["sell", "pack"].iter().map(|service| mean(&bill.hops[*service].per_million_journeys_usd)).sum();
    // A send, a receive that returns something and a delete at 0.40 USD a million.
    let expected = functions + 3.0 * 0.4;
    let found = mean(&bill.marginal_per_million_journeys_usd);
    assert!((found - expected).abs() < 1e-6, "{found}, not {expected}");
    assert!(found < mean(&bill.per_million_journeys_usd));
    let free = orders("duration: 1 h").replace("free_tier: false", "free_tier: true");
    let free = run_text(&free).expect("a run").summary.bill;
    assert_eq!(mean(&free.marginal_per_million_journeys_usd), 0.0, "all of it is free at this volume");
}
