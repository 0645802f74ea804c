//! Bills that others worked out, from their raw inputs: each record is rewritten as a usage file, and where it assumes other
//! unit prices than the book's, as a user's price table beside it. No expected line or quantity is fed to the biller. The
//! collection is not part of this repository; where neither `FLOODPLAN_FACTS` nor the usual place beside the project has it, the
//! test says so and passes.

mod compound;
mod translate;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::billing::{self, price_book};
use crate::pricing::{Bill, PriceBook};

use translate::{Inputs, Writer, translate};

/// Flags that excuse a line which differs.
const EXCUSES: &[&str] = &[
    "source-ignores-egress-tiers",
    "v1-retired",
    "unit-mismatch-in-source",
    "out-of-scope-service",
    "source-inconsistent-free-tier",
    "page-rounding-mismatch",
    "legacy-prices",
    "storage-missing-in-source",
    "UNVERIFIED-minimum",
];

/// Unit prices of records: name, SKU (or a beginning that names one), factor to the unit of the book.
const PRICES: &[(&str, &str, &str, f64)] = &[
    ("amazon-mq", "pair_hour", "mq-", 1.0),
    ("amazon-mq", "cluster_hour", "mq-", 1.0),
    ("amazon-mq", "hour", "mq-", 1.0),
    ("amazon-mq", "instance_hour", "mq-", 1.0),
    ("aurora-serverless", "acu_hour", "aurora-acu-", 1.0),
    ("aurora-serverless", "acu_hour_v1", "aurora-acu-", 1.0),
    ("fargate", "vcpu_hour", "fargate-vcpu-", 1.0),
    ("fargate", "gb_hour", "fargate-memory-", 1.0),
    ("fargate", "vcpu_second", "fargate-vcpu-", 3600.0),
    ("fargate", "gb_second", "fargate-memory-", 3600.0),
    ("fargate", "ephemeral_gb_second", "fargate-ephemeral-storage", 3600.0),
    ("fargate", "licence_hour", "fargate-windows-licence", 1.0),
    ("fargate", "licence_second", "fargate-windows-licence", 3600.0),
    ("fargate", "os_licence_second", "fargate-windows-licence", 3600.0),
    ("kinesis", "shard_hour", "kinesis-shard-hours", 1.0),
    ("kinesis", "put_unit", "kinesis-put-units", 1.0),
    ("lambda", "gb_second", "lambda-duration-x86", 1.0),
    ("msk", "broker_hour", "msk-broker-", 1.0),
    ("msk", "gb_month", "msk-storage", 1.0),
    ("nat-gateway", "hour", "nat-gateway-hours", 1.0),
    ("nat-gateway", "gb", "nat-gateway-data", 1.0),
    ("rds-proxy", "acu_hour", "rds-proxy-acu", 1.0),
    ("rds-proxy", "vcpu_hour", "rds-proxy-vcpu", 1.0),
    ("vpc-endpoint", "hour", "vpc-endpoint-hours", 1.0),
    ("dynamodb", "wru", "dynamodb-write-request-units", 1.0),
    ("dynamodb", "rru", "dynamodb-read-request-units", 1.0),
    ("sqs", "standard_tier1", "sqs-requests-standard", 1.0),
    ("sqs", "fifo_tier1", "sqs-requests-fifo", 1.0),
    ("step-functions", "transition", "step-functions-transitions", 1.0),
];

/// Rows for the tiers of Express durations, which a page prints per GB-hour and rounded.
fn express_tiers(record: &Value, region: &str, book: &PriceBook, out: &mut String) {
    let price = |tier: &str| {
        let named = |unit: &str| record["unit_prices"][format!("{unit}_{tier}").as_str()].as_f64();
        named("gb_second").or_else(|| named("gb_hour").map(|price| price / 3600.0))
    };
    let prices: Vec<f64> = ["first", "next", "over"].into_iter().filter_map(price).collect();
    let Ok(known) = book.price("step-functions-express-duration", region) else { return };
    let differs = |(tier, price): (&crate::pricing::Tier, &f64)| {
        let feed = tier.price.femtousd() as f64 / 1e15;
        (feed - price).abs() > feed * 1e-4
    };
    if prices.len() == known.tiers.len() && known.tiers.iter().zip(&prices).any(differs) {
        for (tier, price) in known.tiers.iter().zip(prices) {
            let to = tier.to.map_or_else(String::new, |to| to.to_string());
            let (sku, product, from) = (&known.sku, &known.product, tier.from);
            let _ = writeln!(out, "{sku},{region},{product},GB-s,{from},{to},{price:.15},,2026-01-01,the record,");
        }
    }
}

/// Rows for prices of the record that are not those of the book, for SKUs that the usage has.
fn other_prices(record: &Value, region: &str, usages: &[crate::pricing::Usage], book: &PriceBook, out: &mut String) {
    let service = record["service"].as_str().expect("a service");
    // Prices of a table's replicas, by the Region in their names.
    for usage in usages.iter().filter(|usage| usage.sku.starts_with("dynamodb-replicated-")) {
        let (name, unit) = if usage.sku.contains("wcu") { ("rwcu", "rWCU-h") } else { ("rwru", "rWRU") };
        let name = format!("{name}_{}", usage.region.replace('-', "_"));
        if let Some(price) = record["unit_prices"][name.as_str()].as_f64() {
            let _ = writeln!(out, "{},{},Amazon DynamoDB,{unit},0,,{price:.15},,2026-01-01,the record,", usage.sku, usage.region);
        }
    }
    for (_, name, start, factor) in PRICES.iter().filter(|(known, ..)| *known == service) {
        let Some(price) = record["unit_prices"][*name].as_f64().map(|price| price * factor) else { continue };
        let Some(usage) = usages.iter().find(|usage| usage.sku.starts_with(start) && !usage.sku.starts_with("mq-storage")) else {
            continue;
        };
        let known = book.price(&usage.sku, region).ok();
        let same = known.is_some_and(|known| {
            let first = known.tiers[0].price.femtousd() as f64 / 1e15;
            (first - price).abs() <= first * 1e-4
        });
        if !same {
            let product = known.map_or("as in the record", |known| known.product.as_str());
            let unit = known.map_or("h", |known| known.unit.as_str());
            let free = known.and_then(|known| known.allowance.as_ref());
            let free = free.map_or_else(String::new, |free| format!("{} account {}", free.quantity, free.group));
            let _ = writeln!(out, "{},{region},{product},{unit},0,,{price:.15},{free},2026-01-01,the record,", usage.sku);
        }
    }
}

/// Amounts of a bill in USD, as published bills list them: tiers where several are reached, else lines.
fn amounts(bill: &Bill) -> Vec<f64> {
    let usd = |picousd: i128| picousd as f64 / 1e12;
    let tiers_of = |sku: &str, region: &str| {
        bill.tiers.iter().filter(|tier| tier.sku == sku && tier.region == region).map(|tier| usd(tier.cost_picousd)).collect()
    };
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for line in &bill.lines {
        let tiers: Vec<f64> = tiers_of(&line.sku, &line.region);
        if tiers.len() < 2 {
            found.push(usd(line.cost_picousd));
        } else if done.insert((line.sku.clone(), line.region.clone())) {
            found.extend(tiers);
        }
    }
    found
}

#[derive(Default)]
struct Tally {
    passed: usize,
    excused: Vec<String>,
    failed: Vec<String>,
}

fn region_of(record: &Value) -> String {
    let text = record["region"].as_str().expect("a region").to_owned();
    let first = text.split([' ', '(']).next().unwrap_or_default().to_owned();
    if crate::pricing::region::find(&first).is_some() { first } else { "us-east-1".to_owned() }
}

/// Rewrites a record; the usage file and the price table of the user.
fn rewrite(record: &Value, book: &PriceBook) -> Result<(String, String), String> {
    let mut inputs = record["usage"].clone();
    let service = record["service"].as_str().expect("a service");
    if service == "cloudfront" {
        let edge = record["region"].as_str().expect("a region").to_lowercase();
        let known = [("europe", "europe"), ("us", "north-america"), ("australia", "australia"), ("asia", "asia-pacific")];
        let edge = known.iter().find(|(start, _)| edge.starts_with(start)).map_or("north-america", |(_, edge)| edge);
        inputs["edge"] = Value::from(edge);
    }
    let inputs = Inputs::of(&inputs);
    let mut out = Writer::default();
    translate(service, &inputs, &mut out);
    let unread = inputs.unread();
    if !unread.is_empty() {
        return Err(format!("inputs that no key stands for: {}", unread.join(", ")));
    }
    let region = region_of(record);
    let free = record["free_tier"]["applied"].as_bool().unwrap_or(false);
    let used_up = if out.used_up.is_empty() { String::new() } else { format!("  used_up:\n{}", out.used_up) };
    let month = out.month.unwrap_or_else(|| "730 h".to_owned());
    // These have no other allowances.
    let first_year = free && ["api-gateway", "appsync", "s3"].contains(&service);
    let allowances = format!("  always_free: {free}\n  twelve_months: {first_year}\n{used_up}");
    let yaml = format!("month: {month}\nregion: {region}\nallowances:\n{allowances}services:\n{}", out.text);
    let reading = billing::read_text(&yaml);
    let Some(file) = reading.file else {
        return Err(format!("{}\n{yaml}", reading.diagnostics.render(&reading.sources, false)));
    };
    let mut prices = out.prices;
    other_prices(record, &region, &file.usages, book, &mut prices);
    if service == "step-functions" {
        express_tiers(record, &region, book, &mut prices);
    }
    Ok((yaml, prices))
}

fn check(record: &Value, book: &PriceBook, tally: &mut Tally) {
    let id = record["id"].as_str().expect("an id");
    let flags = record["flags"].as_array().expect("flags");
    let flag = flags.iter().filter_map(Value::as_str).find(|flag| EXCUSES.contains(flag));
    let lines = record["line_items"].as_array().expect("lines");
    let mut wrong = |what: String| match flag {
        Some(flag) => tally.excused.push(format!("{id} ({flag}): {what}")),
        None => tally.failed.push(format!("{id}: {what}")),
    };
    let (yaml, prices) = match rewrite(record, book) {
        Ok(rewritten) => rewritten,
        Err(problem) => {
            for line in lines {
                wrong(format!("{}: not billed: {problem}", line["name"]));
            }
            return;
        }
    };
    let file = billing::read_text(&yaml).file.expect("it was read before");
    let header = "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n";
    let overrides = PriceBook::parse(&format!("{header}{prices}"), "prices.csv").expect("a valid table");
    let book = book.clone().merge(overrides).unwrap_or_else(|errors| panic!("{id}: {errors:?}"));
    let bill = match billing::bill(&file, &book) {
        Ok(bill) => bill,
        Err(errors) => {
            for line in lines {
                wrong(format!("{}: not billed: {}", line["name"], errors[0]));
            }
            return;
        }
    };
    let mut left = amounts(&bill);
    let mut passed = 0;
    let mut missed = Vec::new();
    for line in lines {
        let expected = line["expected"].as_f64().expect("an amount");
        let distance = |amount: &f64| (amount - expected).abs();
        let best = (0..left.len()).min_by(|one, other| distance(&left[*one]).total_cmp(&distance(&left[*other])));
        match best.filter(|best| distance(&left[*best]) <= 0.01 + 1e-9) {
            Some(best) => {
                left.swap_remove(best);
                passed += 1;
            }
            // What is free altogether has no line in all bills.
            None if expected == 0.0 => passed += 1,
            None => missed.push(format!("{} is {expected} USD", line["name"])),
        }
    }
    left.retain(|amount| *amount > 0.01);
    let total = bill.total_picousd as f64 / 1e12;
    let published = record["expected_total"].as_f64().expect("a total");
    if missed.is_empty() && (!left.is_empty() || (total - published).abs() > 0.01 * lines.len() as f64) {
        missed.push(format!("the total is {published} USD, here {total}"));
    }
    for line in missed {
        wrong(format!("{line}; left here: {left:?}"));
    }
    tally.passed += passed;
}

#[test]
fn published_bills_are_reproduced_from_their_inputs() {
    let folder = std::env::var_os("FLOODPLAN_FACTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/facts"), PathBuf::from);
    let path = folder.join("worked-bills.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there; set FLOODPLAN_FACTS to its folder", path.display());
        return;
    };
    let records: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let book = price_book().expect("the tables are valid");
    let mut tally = Tally::default();
    for record in &records {
        check(record, &book, &mut tally);
    }
    let lines: usize = records.iter().map(|record| record["line_items"].as_array().map_or(0, Vec::len)).sum();
    println!("{} records, {lines} lines: {} pass", records.len(), tally.passed);
    println!("excused: {}\n  {}", tally.excused.len(), tally.excused.join("\n  "));
    assert!(tally.failed.is_empty(), "failed: {}\n  {}", tally.failed.len(), tally.failed.join("\n  "));
    assert!(records.len() >= 67 && tally.passed >= 190, "the collection has shrunk");
}
