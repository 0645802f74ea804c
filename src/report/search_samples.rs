//! Made-up but plausible results of searches, for the tests. They come from no simulation.

use super::samples::about;
use crate::results::{
    BreakEven, Capacity, Contradiction, Crossing, Estimate, Finding, Lower, Search, Shown, Tested, TestedObjective, TestedPair,
    Wanted,
};

fn objective(name: &str, condition: &str, bound: f64, value: f64, shown: Shown) -> TestedObjective {
    TestedObjective {
        name: name.to_owned(),
        condition: condition.to_owned(),
        window_seconds: None,
        bound,
        value: about(value, 0.03),
        low: Some(value * 0.94),
        high: Some(value * 1.06),
        shown,
    }
}

fn tested(number: f64, shown: Shown) -> Tested {
    let latency = 900.0 / (1.0 - number / 520.0).max(0.02);
    let (unstable, bill) = (number > 500.0, 300.0 + 5.0 * number);
    Tested {
        value: format!("{number}/s"),
        number,
        shown,
        reason: unstable.then(|| "unstable: messages visible of `payments` grows by about 12.3 per second".to_owned()),
        replications: if shown == Shown::NotToldApart { 200 } else { 10 },
        stable: !unstable,
        fingerprint: "0123456789abcdef".to_owned(),
        objectives: vec![
            objective("paid in time", "journeys.order.milestones.paid.latency_ms.p99 < 5 s", 5000.0, latency, shown),
            objective(
                "a bill we can pay",
                "bill.month_usd < 4000",
                4000.0,
                bill,
                if bill < 3500.0 { Shown::Hold } else { Shown::Miss },
            ),
        ],
    }
}

/// A search with values that cannot be told apart, and one that contradicts the assumption.
pub fn search() -> Search {
    let numbers = [
        (10.0, 'h'),
        (141.4, 'h'),
        (274.5, 'h'),
        (380.4, 'h'),
        (424.1, '?'),
        (428.0, '?'),
        (433.3, 'm'),
        (531.7, 'm'),
        (2000.0, 'm'),
    ];
    let shown = |sign: char| match sign {
        'h' => Shown::Hold,
        'm' => Shown::Miss,
        _ => Shown::NotToldApart,
    };
    let found = Capacity {
        design: "orders-choreography".to_owned(),
        finding: Finding::Found,
        holds: Some("380.4/s".to_owned()),
        misses: Some("433.3/s".to_owned()),
        not_told_apart: vec!["424.1/s".to_owned(), "428/s".to_owned()],
        contradictions: vec![Contradiction { holds: "380.4/s".to_owned(), misses: "12/s".to_owned() }],
        looks: vec![10, 20, 40, 80, 160, 200],
        interval_confidence: 0.99981,
        tested: numbers.into_iter().map(|(number, sign)| tested(number, shown(sign))).collect(),
    };
    let nowhere = Capacity {
        design: "orders-orchestration-standard".to_owned(),
        finding: Finding::HoldsNowhere,
        holds: None,
        misses: Some("10/s".to_owned()),
        not_told_apart: Vec::new(),
        contradictions: Vec::new(),
        tested: vec![tested(10.0, Shown::Miss), tested(2000.0, Shown::Miss)],
        ..found.clone()
    };
    Search {
        schema: "floodplan.find/1".to_owned(),
        varied: "workload.order.rate".to_owned(),
        wanted: Wanted::Largest,
        low: "10/s".to_owned(),
        high: "2000/s".to_owned(),
        log: true,
        resolution: 0.01,
        budget: 200,
        values_max: 24,
        confidence: 0.95,
        designs: vec![found, nowhere],
    }
}

/// A search over two crossings.
pub fn break_even() -> BreakEven {
    let costs = [
        (1.0, 100.0, 180.0),
        (5.0, 300.0, 320.0),
        (5.6, 322.0, 322.0),
        (6.0, 350.0, 340.0),
        (20.0, 900.0, 700.0),
        (100.0, 1200.0, 1900.0),
    ];
    let pair = |(number, first, second): (f64, f64, f64)| TestedPair {
        value: format!("{number} s"),
        number,
        lower: match second - first {
            difference if difference > 5.0 => Lower::First,
            difference if difference < -5.0 => Lower::Second,
            _ => Lower::NotToldApart,
        },
        reason: None,
        replications: 20,
        first: about(first, 0.02),
        second: about(second, 0.02),
        difference: about(second - first, 0.05),
        low: Some(second - first - 2.0),
        high: Some(second - first + 2.0),
        differences: vec![Some(second - first); 20],
    };
    let crossing = |names: [&str; 2], shown: [&str; 2], open: &[&str], at: [f64; 3]| Crossing {
        lower_below: names[0].to_owned(),
        lower_above: names[1].to_owned(),
        shown_below: shown[0].to_owned(),
        shown_above: shown[1].to_owned(),
        not_told_apart: open.iter().map(ToString::to_string).collect(),
        at: Estimate { mean: Some(at[1]), low: Some(at[0]), high: Some(at[2]), ..Estimate::default() },
        value: format!("{} s", at[1]),
    };
    let names = ["orders-orchestration-standard", "orders-orchestration-express"];
    BreakEven {
        schema: "floodplan.break-even/1".to_owned(),
        varied: "parameters.review".to_owned(),
        metric: "bill.month_usd".to_owned(),
        first: names[0].to_owned(),
        second: names[1].to_owned(),
        low: "1 s".to_owned(),
        high: "100 s".to_owned(),
        unit: " s".to_owned(),
        log: true,
        resolution: 0.01,
        budget: 200,
        looks: vec![10, 20, 40, 80, 160, 200],
        values_max: 60,
        confidence: 0.95,
        interval_confidence: 0.99986,
        crossings: vec![
            crossing(names, ["5 s", "6 s"], &["5.6 s"], [5.51, 5.66, 5.81]),
            crossing([names[1], names[0]], ["20 s", "100 s"], &[], [28.7, 31.2, 33.9]),
        ],
        lower_throughout: None,
        tested: costs.into_iter().map(pair).collect(),
    }
}
