//! Made-up results of studies, for the tests. They come from no simulation.

use indexmap::IndexMap;

use super::samples::about;
use crate::results::{
    AssumptionEffect, Blast, BlastDesign, BlastTotals, ContextLoss, Estimate, JointSample, LeftOut, MetricSensitivity,
    ObjectiveSensitivity, Sensitivity, ServiceFailure, Spared, VariedAssumption,
};

fn failure(service: &str, contexts: &[String], share: f64) -> ServiceFailure {
    let loss = |index: usize| ContextLoss {
        arrived: about(24_000.0, 0.01),
        lost_share: if index == 5 { Estimate::default() } else { about(share / (index + 1) as f64, 0.04) },
        lost: about(24_000.0 * share, 0.04),
    };
    ServiceFailure {
        service: service.to_owned(),
        kind: "lambda".to_owned(),
        context: Some("ordering".to_owned()),
        stable: share < 1.0,
        arrived: about(24_000.0, 0.01),
        lost_share: about(share, 0.05),
        late_share: about(1.0 - share, 0.05),
        delay_ms: Estimate { withheld: Some("no journey is fulfilled in both runs".to_owned()), ..Estimate::default() },
        lost: about(24_000.0 * share, 0.05),
        late: about(24_000.0 * (1.0 - share), 0.05),
        instead: IndexMap::from([("abandoned".to_owned(), about(24_000.0 * share, 0.05))]),
        contexts: contexts.iter().enumerate().map(|(index, name)| (name.clone(), loss(index))).collect(),
        dead_letters: Estimate::exact(0.0),
        recovered_after_seconds: about(30.67, 0.3),
        ..ServiceFailure::default()
    }
}

/// Four designs, the second with more services than a panel has rows.
pub fn blast() -> Blast {
    let contexts = ["ordering", "warehouse", "billing", "shipping", "customers", "analytics", "support"].map(ToString::to_string);
    let design = |name: &str, services: usize| BlastDesign {
        design: format!("orders, {name}"),
        replications: 10,
        contexts: contexts.to_vec(),
        silent_contexts: vec!["audit".to_owned()],
        own_timeline: vec!["psp 3x slower".to_owned()],
        failures: (0..services)
            .map(|index| {
                let name =
                    if index == 3 { "a-service-name-of-exactly-forty-letters0".to_owned() } else { format!("service-{index}") };
                failure(&name, &contexts, index as f64 / (services - 1) as f64)
            })
            .collect(),
        spared: vec![Spared { service: "carrier".to_owned(), reason: "its own timeline stops it".to_owned() }],
        totals: BlastTotals {
            failures: services as u64,
            hit_all: services as u64 - 1,
            hit_none: 1,
            lost_share: about(0.5, 0.02),
            context_share: about(0.3, 0.02),
            against_first: (name != "choreographed").then(|| about(0.2, 0.1)),
            ..BlastTotals::default()
        },
        ..BlastDesign::default()
    };
    let designs = vec![
        design("choreographed", 22),
        design("orchestrated (Standard)", 40),
        design("orchestrated (Express)", 14),
        design("orchestrated, in a fourth way", 5),
    ];
    Blast { outage_seconds: 120.0, late_after_ms: 10_000.0, designs, ..Blast::default() }
}

/// Two metrics, one that nothing moves, and more assumptions than a chart has bars.
pub fn sensitivity() -> Sensitivity {
    let assumptions: Vec<VariedAssumption> = (0..24)
        .map(|index| VariedAssumption {
            name: format!("step_functions.standard_transition_latency_p{index}"),
            unit: "ms".to_owned(),
            low: 0.5,
            value: 2.0 + f64::from(index),
            high: 80.0,
            services: vec!["workflow".to_owned()],
            why: "no source states it".to_owned(),
        })
        .collect();
    let effects = |size: f64| -> Vec<AssumptionEffect> {
        let of = |(index, assumption): (usize, &VariedAssumption)| {
            let width = size / (index + 1) as f64;
            AssumptionEffect {
                assumption: assumption.name.clone(),
                at_low: about(900.0 - width / 3.0, 0.01),
                at_high: about(900.0 + width, 0.01),
                swing: about(width * 4.0 / 3.0, 0.2),
                shown: index < 8,
                explained: Estimate { low: Some(0.5), high: Some(0.7), ..Estimate::exact(0.6 / (index + 1) as f64) },
            }
        };
        assumptions.iter().enumerate().map(of).collect()
    };
    let joint = Some(JointSample { points: 32, minimum: 700.0, p5: 750.0, median: 920.0, p95: 1180.0, maximum: 1250.0 });
    let metric = |metric: &str, size: f64| MetricSensitivity {
        metric: metric.to_owned(),
        value: about(900.0, 0.02),
        effects: effects(size),
        joint: joint.clone(),
    };
    Sensitivity {
        scenario: "orders, orchestrated (Standard)".to_owned(),
        samples: 32,
        metrics: vec![
            metric("journeys.checkout.milestones.fulfilled.latency_ms.p99", 300.0),
            metric("bill.per_million_fulfilled_usd", 0.0),
        ],
        objectives: vec![ObjectiveSensitivity {
            name: "fulfilled in time".to_owned(),
            condition: "journeys.checkout.milestones.fulfilled.latency_ms.p99 < 1 s".to_owned(),
            met: true,
            turned_by: vec![(assumptions[0].name.clone(), "high".to_owned())],
            turned_in_sample: 9,
        }],
        left_out: vec![LeftOut { name: "lambda.keep_alive".to_owned(), reason: "the scenario sets it itself".to_owned() }],
        warnings: vec!["the system is unstable at 3 of 81 points: costs there are lower bounds".to_owned()],
        assumptions,
        ..Sensitivity::default()
    }
}
