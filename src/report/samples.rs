//! Made-up but plausible results, for the tests and for the gallery example. They come from no simulation.

use crate::results::{
    AssumptionNumbers, AssumptionUse, BillLine, BillSummary, BreakdownRow, Comparison, Confirmation, CostAgainstLoad, Estimate,
    HopCost, JourneySummary, Ladder, LatencyCurve, LatencySummary, LimitAtPoint, LimitRow, MilestoneSummary, ObjectiveResult,
    Outcome, PairedDifference, Rung, SUMMARY_SCHEMA, ScenarioDifference, Selection, Series, SeriesKind, ServiceSummary, Span,
    Stability, Summary, Sweep, SweepPoint, Test,
};
use indexmap::IndexMap;

/// Numbers in 0..1 that only look random; a fixed recurrence keeps every picture the same.
pub struct Wobble(u64);

impl Wobble {
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1 << 24)
    }
}

/// A mean with a half width that is a share of it.
pub fn about(mean: f64, share: f64) -> Estimate {
    Estimate { mean: Some(mean), low: Some(mean - mean * share), high: Some(mean + mean * share), ..Estimate::default() }
}

fn withheld(reason: &str) -> Estimate {
    Estimate { withheld: Some(reason.to_owned()), ..Estimate::default() }
}

fn curve_value(percentile: f64, median: f64, stretch: f64) -> f64 {
    let nines = -libm::log10(1.0 - percentile / 100.0);
    median * (0.55 + 0.9 * nines) + median * stretch * nines * nines * nines * 0.4
}

fn latency(median: f64, stretch: f64) -> LatencySummary {
    let at = |percentile: f64, share: f64| about(curve_value(percentile, median, stretch), share);
    LatencySummary {
        count: 4_290_345,
        mean: about(median * 1.3, 0.01),
        p50: at(50.0, 0.01),
        p90: at(90.0, 0.02),
        p95: at(95.0, 0.03),
        p99: at(99.0, 0.08),
        p999: withheld("fewer than 100 journeys lie beyond p99.9; run longer or add replications"),
    }
}

fn curve(journey: &str, milestone: &str, median: f64, stretch: f64) -> LatencyCurve {
    let points = (0..=120).map(|step| {
        let percentile = 100.0 * (1.0 - libm::pow(10.0, -f64::from(step) * 3.2 / 120.0));
        (percentile, curve_value(percentile, median, stretch))
    });
    LatencyCurve { journey: journey.to_owned(), milestone: milestone.to_owned(), points: points.collect() }
}

fn series(kind: SeriesKind, service: &str, name: &str, unit: &str, seed: u64, level: impl Fn(f64) -> f64) -> Series {
    let mut wobble = Wobble(seed);
    let bins = 120;
    let values: Vec<f64> = (0..bins).map(|bin| level(f64::from(bin) / f64::from(bins)) * (0.95 + 0.1 * wobble.next())).collect();
    Series {
        kind,
        service: service.to_owned(),
        name: name.to_owned(),
        unit: unit.to_owned(),
        bin_seconds: 30.0,
        low: values.iter().map(|value| value * 0.85).collect(),
        high: values.iter().map(|value| value * 1.15).collect(),
        values,
    }
}

/// A surge from a third to a half of the time, on top of one.
fn surge(time: f64, height: f64) -> f64 {
    if (0.33..0.5).contains(&time) { 1.0 + height } else { 1.0 }
}

/// What is still waiting after the surge, worked off linearly.
fn pile(time: f64) -> f64 {
    ((time - 0.33) / 0.17).clamp(0.0, 1.0) * (1.0 - ((time - 0.5) / 0.3).clamp(0.0, 1.0))
}

fn bill_line(service: &str, product: &str, usd: f64) -> BillLine {
    BillLine {
        service: service.to_owned(),
        product: product.to_owned(),
        sku: "requests".to_owned(),
        unit: "million".to_owned(),
        standing: service == "stock-stream",
        quantity_month: about(usd * 4.0, 0.01),
        usd_month: about(usd, 0.02),
    }
}

fn hop(line: &BillLine) -> (String, HopCost) {
    let usd = line.usd_month.mean.unwrap_or_default();
    let hop = HopCost {
        per_million_journeys_usd: about(usd / 315.0, 0.02),
        calls_per_journey: about(2.0, 0.01),
        per_million_calls_usd: about(usd / 630.0, 0.02),
    };
    (line.service.clone(), hop)
}

/// Twice the load costs twice as much, but for what is billed by time and for a cheaper tier from the fivefold on.
fn against_load(lines: &[BillLine]) -> CostAgainstLoad {
    let loads: Vec<f64> = (0..=50_u32).map(|step| f64::from(step) / 5.0).collect();
    let costs = |line: &BillLine| {
        let usd = line.usd_month.mean.unwrap_or_default();
        let at = |load: &f64| if line.standing { usd } else { usd * (load - 0.3 * (load - 5.0).max(0.0)) };
        (line.service.clone(), loads.iter().map(at).collect())
    };
    let services = lines.iter().map(costs).collect();
    CostAgainstLoad { name: "orders".to_owned(), services, kinks: vec![(5.0, "requests".to_owned())], loads }
}

fn limit(service: &str, limiter: &str, unit: &str, quota: f64, multiple: Option<f64>) -> LimitRow {
    let peak = multiple.map_or(0.0, |multiple| quota / multiple);
    let refused = multiple.map_or(0.0, |multiple| (1.0 - multiple).max(0.0));
    LimitRow {
        service: service.to_owned(),
        limiter: limiter.to_owned(),
        unit: unit.to_owned(),
        quota,
        peak_use: about(peak, 0.03),
        refused_share: Estimate::exact(refused),
        delayed_share: Estimate::exact(refused / 2.0),
        load_multiple: multiple,
        adjustable: !limiter.contains("5 minutes") && !limiter.contains("burst"),
    }
}

const SERVICES: [(&str, &str, f64); 12] = [
    ("orchestration-standard", "AWS Step Functions", 8_412.0),
    ("order-intake", "AWS Lambda", 812.5),
    ("payments", "AWS Lambda", 431.2),
    ("order-events", "Amazon EventBridge", 118.4),
    ("orders-queue", "Amazon SQS", 96.1),
    ("order-table", "Amazon DynamoDB", 54.9),
    ("fan-out", "Amazon SNS", 21.3),
    ("stock-stream", "Amazon Kinesis Data Streams", 10.8),
    ("notification-mailer-with-long-name", "AWS Lambda", 3.2),
    ("logs", "Amazon CloudWatch", 0.71),
    ("dead-letters", "Amazon SQS", 0.033),
    ("a-service-name-of-exactly-forty-letters0", "Amazon API Gateway", 0.09),
];

fn services() -> IndexMap<String, ServiceSummary> {
    let mut services = IndexMap::new();
    for (index, (name, product, _)) in SERVICES.iter().enumerate() {
        let mut metrics = IndexMap::new();
        let size = 1000.0 / (index + 1) as f64;
        if product.contains("Lambda") {
            metrics.insert("concurrency_max".to_owned(), about(size, 0.04));
            metrics.insert("throttled_concurrency_count".to_owned(), about(size * 3.0, 0.1));
            metrics.insert("throttled_burst_rate_count".to_owned(), Estimate::exact(0.0));
        }
        if product.contains("SQS") {
            metrics.insert("backlog_max".to_owned(), about(size * 123.0, 0.05));
            metrics.insert("oldest_message_age_seconds_max".to_owned(), about(size * 2.0, 0.05));
            metrics.insert("dead_letters_count".to_owned(), about(size / 100.0, 0.2));
        }
        let service = ServiceSummary { kind: product.to_lowercase().replace(' ', "_"), context: None, metrics };
        services.insert((*name).to_owned(), service);
    }
    services
}

fn breakdown(milestone: &str, factor: f64) -> Vec<BreakdownRow> {
    let mut rows = Vec::new();
    for (group, scale) in [("all", 1.0), ("slowest_1_percent", 14.0)] {
        for (service, category, time) in [
            ("order-intake", "work", 42.0),
            ("order-intake", "cold_start", 6.0 * scale),
            ("orders-queue", "queue", 35.0 * scale),
            ("orders-queue", "batch_wait", 12.0),
            ("payments", "service", 120.0),
            ("payments", "throttle", 9.0 * scale),
            ("payments", "back_off", 11.0 * scale),
            ("orchestration-standard", "work", 18.0),
            ("order-table", "service", 6.5),
            ("fan-out", "service", 0.012),
        ] {
            rows.push(BreakdownRow {
                journey: "order".to_owned(),
                milestone: milestone.to_owned(),
                group: group.to_owned(),
                service: service.to_owned(),
                category: category.to_owned(),
                mean_ms: about(time * factor * if scale > 1.0 { 1.4 } else { 1.0 }, 0.03),
            });
        }
    }
    rows
}

fn run_series(backlog: f64, latency: f64) -> Vec<Series> {
    let level = move |time: f64| latency * (1.0 + 20.0 * pile(time));
    vec![
        series(SeriesKind::Latency, "order", "p50", "ms", 1, move |time| level(time) / 6.0),
        series(SeriesKind::Latency, "order", "p99", "ms", 2, level),
        series(SeriesKind::Throughput, "order", "completed", "per second", 3, |time| 120.0 * surge(time, 2.5)),
        series(SeriesKind::Throughput, "order", "arrived", "per second", 4, |time| 120.0 * surge(time, 4.0)),
        series(SeriesKind::Backlog, "orders-queue", "waiting", "messages", 5, move |time| backlog * pile(time)),
        series(SeriesKind::Backlog, "stock-stream", "waiting", "messages", 6, move |time| backlog * 0.3 * pile(time)),
        series(SeriesKind::Concurrency, "order-intake", "running", "environments", 7, |time| 40.0 * surge(time, 4.0)),
        series(SeriesKind::Concurrency, "payments", "running", "environments", 8, |time| 100.0 * surge(time, 1.0)),
        series(SeriesKind::Concurrency, "notification-mailer-with-long-name", "running", "environments", 9, |_| 12.0),
        series(SeriesKind::Failures, "order", "failed", "per second", 10, |time| 3.0 * pile(time)),
    ]
}

fn limits(shift: f64) -> Vec<LimitRow> {
    vec![
        limit("payments", "account concurrency", "environments", 1000.0, Some(0.82 / shift)),
        limit("order-intake", "burst scaling", "environments per 10 s", 1000.0, Some(1.35 / shift)),
        limit("orchestration-standard", "state transitions", "per second", 5000.0, Some(2.4 / shift)),
        limit("order-events", "PutEvents rate", "per second", 10_000.0, Some(8.31 / shift)),
        limit("orders-queue", "messages in flight", "messages", 120_000.0, Some(44.0 / shift)),
        limit("order-table", "partition write units", "units per second", 1000.0, Some(3.1 / shift)),
        limit("fan-out", "publish rate", "per second", 30_000.0, Some(260.0 / shift)),
        limit("stock-stream", "shard write rate", "per second", 1000.0, Some(2.41 / shift)),
        limit("a-service-name-of-exactly-forty-letters0", "request rate with burst", "per second", 10_000.0, Some(12_345.0)),
        limit("orchestration-standard", "start rate", "per second", 1300.0, Some(2.6 / shift)),
        limit("logs", "ingestion", "per second", 5000.0, None),
    ]
}

fn assumptions() -> Vec<AssumptionUse> {
    vec![AssumptionUse {
        name: "environment_age_max".to_owned(),
        value: "2 h".to_owned(),
        range: "30 min to 8 h".to_owned(),
        why: "no published figure".to_owned(),
        services: vec!["order-intake".to_owned(), "payments".to_owned()],
        numbers: AssumptionNumbers::default(),
    }]
}

/// A run under a flash sale, scaled by `cost` and slowed by `slow`.
pub fn run_of(name: &str, cost: f64, slow: f64) -> Summary {
    let mut summary = Summary {
        schema: SUMMARY_SCHEMA.to_owned(),
        scenario: name.to_owned(),
        question: Some("Does the order system keep its promise of two seconds through a flash sale?".to_owned()),
        version: "0.1.0".to_owned(),
        region: "eu-west-1".to_owned(),
        seed: 1,
        replications: 10,
        fingerprint: "9f86d081884c7d65".to_owned(),
        events: 48_213_377,
        window_seconds: 3600.0,
        warm_up_seconds: 300.0,
        stability: Stability { stable: true, reasons: Vec::new() },
        ..Summary::default()
    };
    let mut journey = JourneySummary {
        started: about(432_000.0, 0.002),
        unfinished: about(12.5, 0.3),
        stuck: about(0.0, 0.0),
        late: about(3.0, 0.4),
        duplicates: about(41.0, 0.06),
        per_second: about(119.8, 0.002),
        ..JourneySummary::default()
    };
    journey.endings.insert("fulfilled".to_owned(), about(425_000.0, 0.002));
    journey.endings.insert("rejected".to_owned(), about(6_900.0, 0.02));
    journey.endings.insert("lost".to_owned(), about(3.1, 0.5));
    let shipped =
        LatencySummary { p99: Estimate { beyond: Some(900_000.0), ..Estimate::default() }, ..latency(41_000.0 * slow, 0.2) };
    journey.milestones.insert("paid".to_owned(), MilestoneSummary { latency_ms: latency(230.0 * slow, 0.5 * slow) });
    journey.milestones.insert("shipped".to_owned(), MilestoneSummary { latency_ms: shipped });
    summary.journeys.insert("order".to_owned(), journey);
    summary.services = services();
    let lines: Vec<BillLine> = SERVICES.iter().map(|(service, product, usd)| bill_line(service, product, usd * cost)).collect();
    let total: f64 = lines.iter().filter_map(|line| line.usd_month.mean).sum();
    let standing: f64 = lines.iter().filter(|line| line.standing).filter_map(|line| line.usd_month.mean).sum();
    summary.dead_letters = about(2.0, 0.2);
    summary.bill = BillSummary {
        month_usd: about(total, 0.01),
        per_million_journeys_usd: about(total / 315.0, 0.01),
        per_million_fulfilled_usd: about(total / 309.0, 0.01),
        basis: "730 h like the measured window".to_owned(),
        standing_month_usd: about(standing, 0.0),
        traffic_month_usd: about(total - standing, 0.01),
        marginal_per_million_journeys_usd: about(total / 330.0, 0.01),
        hops: lines.iter().filter(|line| !line.standing).map(hop).collect(),
        contexts: [("sales", 0.9), ("stock", 0.08), ("unattributed", 0.02)]
            .map(|(name, share)| (name.to_owned(), about(total * share, 0.01)))
            .into(),
        marks: IndexMap::new(),
        against_load: against_load(&lines),
        lower_bound: false,
        services: lines.iter().map(|line| (line.service.clone(), line.usd_month.clone())).collect(),
        lines,
        allowances: vec!["Lambda: 1 million requests a month".to_owned()],
    };
    summary.objectives = objectives(slow);
    summary.assumptions = assumptions();
    summary.warnings = vec!["the mean service time of `payments` lies outside the calibrated range".to_owned()];
    summary.limits = limits(1.0);
    summary.breakdown = breakdown("paid", slow);
    summary.breakdown.extend(breakdown("shipped", slow * 150.0));
    summary.curves = vec![curve("order", "paid", 230.0 * slow, 0.5 * slow), curve("order", "shipped", 41_000.0 * slow, 0.2)];
    summary.series = run_series(8_000.0 * slow, 600.0 * slow);
    summary.spans = vec![
        Span { label: "warm-up".to_owned(), from_seconds: 0.0, to_seconds: 300.0 },
        Span { label: "flash sale".to_owned(), from_seconds: 1200.0, to_seconds: 1800.0 },
        Span { label: "payments answer slowly".to_owned(), from_seconds: 1260.0, to_seconds: 1400.0 },
    ];
    summary
}

fn objectives(slow: f64) -> Vec<ObjectiveResult> {
    let p99 = curve_value(99.0, 230.0 * slow, 0.5 * slow);
    vec![
        ObjectiveResult {
            name: "paid in time".to_owned(),
            condition: "journeys.order.milestones.paid.latency_ms.p99 < 2 s".to_owned(),
            metric: "journeys.order.milestones.paid.latency_ms.p99".to_owned(),
            window_seconds: None,
            value: about(p99, 0.08),
            bound: 2000.0,
            met: p99 < 2000.0,
            shown: (p99 - 2000.0).abs() > 0.08 * p99,
        },
        ObjectiveResult {
            name: "hardly ever a backlog".to_owned(),
            condition: "services.orders-queue.backlog_max < 500 in 99% of windows of 1 min".to_owned(),
            metric: "services.orders-queue.backlog_max".to_owned(),
            window_seconds: Some(60.0),
            value: about(0.985, 0.01),
            bound: 0.99,
            met: false,
            shown: false,
        },
        ObjectiveResult {
            name: "affordable".to_owned(),
            condition: "bill.month_usd < 5000".to_owned(),
            metric: "bill.month_usd".to_owned(),
            window_seconds: None,
            value: about(9961.2, 0.01),
            bound: 5000.0,
            met: false,
            shown: true,
        },
    ]
}

pub fn run() -> Summary {
    run_of("orders-standard", 1.0, 1.0)
}

fn difference(metric: &str, unit: &str, design: &str, mean: f64, half: f64) -> PairedDifference {
    let verdict = match mean {
        mean if mean + half < 0.0 => "lower",
        mean if mean - half > 0.0 => "higher",
        _ => "no difference shown",
    };
    PairedDifference {
        metric: metric.to_owned(),
        unit: unit.to_owned(),
        baseline: "orders-standard".to_owned(),
        design: design.to_owned(),
        difference: Estimate { mean: Some(mean), low: Some(mean - half), high: Some(mean + half), ..Estimate::default() },
        verdict: verdict.to_owned(),
        correlation: Some(0.93),
        variance_reduction: Some(11.2),
    }
}

/// Four wirings of the same orders.
pub fn comparison() -> Comparison {
    let mut express = run_of("orders-express", 0.22, 0.8);
    let mut events = run_of("orders-choreography", 0.31, 1.6);
    let mut long = run_of("orders-with-a-name-of-forty-letters-here", 0.55, 1.1);
    express.bill.lines[0].usd_month = about(412.0, 0.02);
    express.bill.lower_bound = true;
    express.stability = Stability { stable: false, reasons: vec!["payments: 1.2 times its capacity".to_owned()] };
    events.bill.lines.remove(0);
    long.limits.truncate(4);
    for design in [&mut express, &mut events, &mut long] {
        let total: f64 = design.bill.lines.iter().filter_map(|line| line.usd_month.mean).sum();
        design.bill.month_usd = about(total, 0.01);
        design.bill.per_million_journeys_usd = about(total / 315.0, 0.01);
        design.bill.per_million_fulfilled_usd = about(total / 309.0, 0.01);
    }
    Comparison {
        schema: "floodplan.comparison/1".to_owned(),
        designs: vec![run(), express, events, long],
        simultaneous_intervals: 48,
        differences: vec![
            difference("journeys.order.milestones.paid.latency_ms.p99", "ms", "orders-express", -312.4, 24.5),
            difference("order: paid p50", "ms", "orders-express", 1.2, 3.4),
            difference("month", "USD", "orders-choreography", -9_120.0, 88.0),
        ],
        scenario_differences: vec![ScenarioDifference {
            design: "orders-express".to_owned(),
            key: ["services", "orchestration", "workflow_type"].map(ToOwned::to_owned).to_vec(),
            baseline_value: Some("\"STANDARD\"".to_owned()),
            design_value: Some("\"EXPRESS\"".to_owned()),
        }],
    }
}

/// A ladder on which an estimate is confirmed, one is wrong, one is never reached, and others were not tested.
pub fn ladder() -> Ladder {
    let test =
        |load: f64, refused: f64| Some(Test { load, refused_share: about(refused, 0.1), delayed_share: Estimate::exact(0.0) });
    let mut rungs: Vec<Rung> = limits(1.0)
        .into_iter()
        .filter_map(|row| {
            let estimate = row.load_multiple?;
            let LimitRow { service, limiter, quota, unit, adjustable, .. } = row;
            Some(Rung { service, limiter, quota, unit, adjustable, estimate, ..Rung::default() })
        })
        .collect();
    rungs.sort_by(|left, right| left.estimate.total_cmp(&right.estimate));
    let findings = [
        (Confirmation::Confirmed, test(0.779, 0.0), test(0.861, 0.04)),
        (Confirmation::Refined, test(2.88, 0.0004), test(3.15, 0.012)),
        (Confirmation::NotReached, test(20.0, 0.0), None),
        (Confirmation::BindsThroughout, None, test(0.0156, 0.3)),
    ];
    for (rung, (finding, below, above)) in rungs.iter_mut().zip(findings) {
        *rung = Rung { finding, below, above, ..rung.clone() };
    }
    Ladder {
        schema: "floodplan.ladder/1".to_owned(),
        scenario: "orders-standard".to_owned(),
        seed: 1,
        replications: 10,
        window_seconds: 600.0,
        binds_above: 0.001,
        up_to: 20.0,
        rungs,
        no_estimate: limits(1.0).into_iter().filter(|row| row.load_multiple.is_none()).collect(),
        ..Ladder::default()
    }
}

/// One design at three loads, of which the last is too much for it.
pub fn points() -> Sweep {
    let point = |(index, rate): (usize, &str)| {
        let slow = 1.0 + index as f64 * index as f64;
        let run = run_of("orders", 1.0, slow);
        let metrics = IndexMap::from([
            ("latency_ms.p50".to_owned(), about(80.0 * slow, 0.02)),
            ("latency_ms.p99".to_owned(), about(400.0 * slow, 0.05)),
            ("bill.month_usd".to_owned(), about(500.0 * (1.0 + index as f64), 0.01)),
            ("bill.per_million_fulfilled_usd".to_owned(), about(12.0 - index as f64, 0.01)),
        ]);
        let limit = LimitAtPoint {
            service: "payments".to_owned(),
            limiter: "account concurrency".to_owned(),
            bound_share: if index == 2 { 0.12 } else { 0.0 },
            load_multiple: Some(4.0 / slow),
        };
        let design = Outcome {
            design: run.scenario.clone(),
            fingerprint: run.fingerprint.clone(),
            stable: index < 2,
            stopped: None,
            latency: Some("latency_ms".to_owned()),
            objectives: run.objectives,
            limits: vec![limit],
            metrics,
            per_million_fulfilled_usd: vec![Some(12.0 - index as f64); 3],
        };
        SweepPoint { values: vec![rate.to_owned()], designs: vec![design] }
    };
    Sweep {
        schema: "floodplan.points/1".to_owned(),
        varied: vec!["workload.orders.rate".to_owned()],
        points: ["10/s", "100/s", "1000/s"].into_iter().enumerate().map(point).collect(),
        pareto: vec![(1, 0), (0, 0)],
        selection: Selection { best: None, not_told_apart: Vec::new(), indifference: 0.01, confidence: 0.95 },
    }
}

/// Three designs at seven loads.
pub fn sweep() -> Vec<(String, Comparison)> {
    let loads = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];
    let point = |load: f64| {
        let pressure = load / 150.0;
        let design = |name: &str, cost: f64, strength: f64| {
            let slow = 1.0 + libm::pow(pressure / strength, 2.0);
            let mut design = run_of(name, cost, slow);
            design.limits = limits(pressure / strength);
            if pressure / strength > 1.2 {
                design.limits[1].load_multiple = Some(0.3);
            }
            design.bill.per_million_journeys_usd = about(30.0 * cost + 20.0 / pressure, 0.03);
            design.bill.per_million_fulfilled_usd = about(32.0 * cost + 20.0 / pressure, 0.03);
            design
        };
        let designs = vec![
            design("orders-standard", 1.0, 1.0),
            design("orders-express", 0.4, 2.0),
            design("orders-with-a-name-of-forty-letters-here", 0.6, 4.0),
        ];
        (format!("{load} per second"), Comparison { designs, ..Comparison::default() })
    };
    loads.into_iter().map(point).collect()
}
