//! Bills that others worked out: AWS's pricing pages, published tools and articles. The collection is not part of this
//! repository; its folder is given by `FLOODPLAN_FACTS`, and the test says so and passes when there is none.

use std::path::PathBuf;

use serde_json::Value;

use super::{NOTHING_FREE, book};
use crate::pricing::{Options, PriceBook, Quantity, Usage, bill};

/// How the lines of a record are turned into usage.
#[derive(Clone, Copy, PartialEq)]
enum Basis {
    /// Quantities are paid ones.
    Paid,
    /// The record's free allowance (of this name) is added to the quantity and must be taken off again.
    Free(&'static str),
    /// As `Paid`, but flat at the record's own price, which differs from today's.
    OwnPrice,
    /// As `OwnPrice`, with a free allowance.
    OwnPriceFree(&'static str),
}

struct Check {
    record: &'static str,
    sku: &'static str,
    lines: &'static [&'static str],
    basis: Basis,
}

const fn check(record: &'static str, sku: &'static str, lines: &'static [&'static str], basis: Basis) -> Check {
    Check { record, sku, lines, basis }
}

const CHECKS: &[Check] = &[
    check("api-gateway-01", "api-gateway-requests-rest", &["calls"], Basis::Paid),
    check("api-gateway-01", "data-transfer-internet-egress", &["data transfer out"], Basis::Paid),
    check("api-gateway-03", "api-gateway-requests-rest", &["first 333 M", "next 667 M", "next 19 B"], Basis::Paid),
    // The page prices 57 TB at the first tier.
    check("api-gateway-03", "data-transfer-internet-egress", &["data transfer out"], Basis::OwnPrice),
    check("api-gateway-05", "api-gateway-requests-http", &["first 300 M", "over 300 M"], Basis::Paid),
    check("api-gateway-11", "api-gateway-requests-http", &["metered requests"], Basis::Paid),
    check("cloudwatch-01", "logs-ingestion-standard", &["ingestion"], Basis::Paid),
    check("cloudwatch-01", "logs-storage", &["storage"], Basis::Paid),
    check("cloudwatch-03", "logs-ingestion-vended", &["ingestion"], Basis::Paid),
    check("cloudwatch-03", "logs-storage", &["storage"], Basis::Paid),
    check(
        "data-transfer-01",
        "data-transfer-internet-egress",
        &["first 10 TB", "next 40 TB", "next 100 TB", "over 150 TB"],
        Basis::Paid,
    ),
    check("data-transfer-03", "data-transfer-internet-egress", &["first 10 TB", "next 40 TB", "next 100 TB"], Basis::Paid),
    check("dynamodb-01", "dynamodb-write-request-units", &["WRU"], Basis::Paid),
    check("dynamodb-01", "dynamodb-read-request-units", &["RRU"], Basis::Paid),
    check("dynamodb-01", "dynamodb-storage", &["storage"], Basis::Paid),
    check("dynamodb-07", "dynamodb-storage", &["storage"], Basis::Paid),
    check("eventbridge-01", "eventbridge-events-custom", &["ingest"], Basis::Paid),
    check("eventbridge-03", "eventbridge-events-custom", &["ingest"], Basis::Paid),
    check("lambda-03", "lambda-requests-x86", &["requests"], Basis::Paid),
    check("lambda-03", "lambda-duration-x86", &["compute"], Basis::Paid),
    check("lambda-05", "lambda-requests-arm", &["requests"], Basis::Paid),
    check(
        "lambda-05",
        "lambda-duration-arm",
        &["duration first 7.5 B", "duration next 11.25 B", "duration over 18.75 B"],
        Basis::Paid,
    ),
    check("lambda-07", "lambda-requests-x86", &["requests"], Basis::Free("requests")),
    check("lambda-07", "lambda-duration-x86", &["compute"], Basis::Free("gb_seconds")),
    check("lambda-09", "lambda-requests-arm", &["requests"], Basis::Paid),
    check("lambda-09", "lambda-duration-arm", &["duration first 7.5 B", "duration next 11.25 B"], Basis::Paid),
    check("lambda-11", "lambda-requests-x86", &["requests"], Basis::Free("requests")),
    check("lambda-11", "lambda-duration-x86", &["compute"], Basis::Free("gb_seconds")),
    check("lambda-13", "lambda-provisioned-concurrency-x86", &["provisioned concurrency"], Basis::Paid),
    check("lambda-13", "lambda-requests-x86", &["requests"], Basis::Free("requests")),
    check("lambda-13", "lambda-duration-provisioned-x86", &["compute under PC"], Basis::Paid),
    check("lambda-13", "lambda-duration-x86", &["compute on demand"], Basis::Free("gb_seconds")),
    check("lambda-15", "lambda-requests-x86", &["requests"], Basis::Paid),
    check("lambda-15", "lambda-duration-x86", &["compute"], Basis::Paid),
    check("lambda-17", "lambda-requests-x86", &["requests"], Basis::Free("requests")),
    check("lambda-17", "lambda-duration-x86", &["compute"], Basis::OwnPriceFree("gb_seconds")),
    check("lambda-21", "lambda-requests-x86", &["requests"], Basis::Paid),
    check("lambda-21", "lambda-duration-x86", &["compute"], Basis::Paid),
    check("lambda-23", "lambda-requests-arm", &["requests"], Basis::Paid),
    check("lambda-23", "lambda-provisioned-concurrency-arm", &["provisioned concurrency"], Basis::Paid),
    check("lambda-23", "lambda-duration-provisioned-arm", &["duration"], Basis::Paid),
    check("sns-03", "sns-delivery-http", &["HTTP over 100 K"], Basis::Free("http")),
    check("sqs-01", "sqs-requests-standard", &["send requests", "receive requests", "delete requests"], Basis::Paid),
    check("sqs-03", "sqs-requests-fifo", &["metered requests"], Basis::Paid),
    check("sqs-05", "sqs-requests-standard", &["requests"], Basis::Paid),
    check("step-functions-01", "step-functions-express-requests", &["requests"], Basis::Paid),
    check(
        "step-functions-01",
        "step-functions-express-duration",
        &["duration first 3.6 M GB-s", "duration next 14.4 M GB-s", "duration over 18 M GB-s"],
        Basis::Paid,
    ),
    check("step-functions-03", "step-functions-express-requests", &["requests"], Basis::Paid),
    check(
        "step-functions-03",
        "step-functions-express-duration",
        &["duration first 3.6 M GB-s", "duration next 14.4 M GB-s"],
        Basis::Paid,
    ),
    check("step-functions-05", "step-functions-transitions", &["transitions"], Basis::Paid),
    check("step-functions-07", "step-functions-express-requests", &["requests"], Basis::Paid),
    check("step-functions-07", "step-functions-express-duration", &["duration"], Basis::Paid),
];

/// Lines over all checks, so that an emptied collection or a renamed line cannot pass.
const LINES: usize = 68;

fn facts(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("FLOODPLAN_FACTS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/facts"), PathBuf::from);
    let path = folder.join(file);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is not there; set FLOODPLAN_FACTS to its folder", path.display());
    None
}

/// The fields of the named lines.
fn lines<'a>(record: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    let all = record["line_items"].as_array().expect("line items");
    let find = |name: &&str| all.iter().find(|line| line["name"] == **name).expect("the line exists");
    names.iter().map(find).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The records hold binary floats; nine decimals are more than any of their quantities has.
fn quantity(value: &Value) -> Quantity {
    Quantity::parse(&format!("{:.9}", number(value))).expect("a quantity")
}

fn own_prices(check: &Check, region: &str, line: &Value, like: &PriceBook) -> PriceBook {
    let price = like.price(check.sku, region).expect("priced");
    let allowance = price.allowance.as_ref().expect("both have one");
    let text = format!(
        "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n\
         {},{region},{},{},0,,{:.15},{} account {},2026-11-23,{},\n",
        check.sku,
        price.product,
        price.unit,
        number(&line["unit_price"]),
        allowance.quantity,
        allowance.group,
        check.record,
    );
    PriceBook::parse(&text, check.record).expect("a valid override")
}

#[test]
fn published_bills_are_reproduced() {
    let Some(path) = facts("worked-bills.json") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("readable");
    let records: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut checked = 0;
    for check in CHECKS {
        let record = records.iter().find(|record| record["id"] == check.record).expect("the record exists");
        let region = record["region"].as_str().and_then(|text| text.split_whitespace().next());
        let region = region.expect("starts with a region code");
        let lines = lines(record, check.lines);
        let (free, own) = match check.basis {
            Basis::Paid => (None, false),
            Basis::Free(name) => (Some(name), false),
            Basis::OwnPrice => (None, true),
            Basis::OwnPriceFree(name) => (Some(name), true),
        };
        let mut book = book();
        if own {
            book = book.clone().merge(own_prices(check, region, lines[0], &book)).expect("same unit");
        }
        let mut usages: Vec<Usage> = lines
            .iter()
            .zip(check.lines)
            .map(|(line, name)| super::usage(name, check.sku, region, &quantity(&line["quantity"]).to_string()))
            .collect();
        if let Some(name) = free {
            let allowance = quantity(&record["free_tier"][name]);
            usages[0].quantity = usages[0].quantity.checked_add(allowance).expect("in range");
        }
        let options = if free.is_some() { Options::default() } else { NOTHING_FREE };
        let total = bill(&book, &usages, &options).expect("priced").total_picousd as f64 / 1e12;
        let expected: f64 = lines.iter().map(|line| number(&line["expected"])).sum();
        // Each printed line is rounded to the cent. One page rounds a line up instead, one tool prints four decimals.
        let per_line = match check.record {
            "lambda-15" => 0.01,
            "dynamodb-07" => 0.000_05,
            _ => 0.005,
        };
        let tolerance = per_line * lines.len() as f64 + 1e-9;
        assert!((total - expected).abs() <= tolerance, "{} {}: {total} USD, published {expected}", check.record, check.sku);
        checked += lines.len();
    }
    println!("checked {checked} lines of published bills in {} checks", CHECKS.len());
    assert_eq!(checked, LINES);
}
