//! The same month in each Region whose prices a user may expect.

use super::rules::{billed, file};
use crate::billing::render::cents;
use crate::billing::{bill, price_book};

/// A shop of all services that are simulated, and some more.
const SHOP: &str = "\
services:
  api: { type: api_gateway, variant: http, requests: 400_000_000 }
  rest: { type: api_gateway, variant: rest, requests: 1_000_000 }
  work: { type: lambda, requests: 10_000_000, duration: 1 s, memory_size: 1 GB }
  arm: { type: lambda, architecture: arm, requests: 10_000_000, duration: 1 s, memory_size: 1 GB }
  queue: { type: sqs, requests: 10_000_000 }
  fifo: { type: sqs, variant: fifo, requests: 10_000_000 }
  topic: { type: sns, publishes: 10_000_000, http_deliveries: 1_000_000 }
  bus: { type: eventbridge, custom_events: 10_000_000, schedules: 20_000_000 }
  flow: { type: step_functions, executions: 1_000_000, transitions: 10 }
  express: { type: step_functions, variant: express, executions: 10_000_000, duration: 1 s, memory_size: 64 MB }
  table: { type: dynamodb, writes: 10_000_000, strong_reads: 10_000_000, item_size: 1 KB, storage: 100 }
  bucket: { type: s3, storage: 100_000, puts: 1_000_000, gets: 10_000_000 }
  stream: { type: kinesis, shards: 2, records: 10_000_000, record_size: 1 KB }
  logs: { type: logs, ingested: 20_000, stored: 100 }
";

/// Totals by another program (Python's `decimal`) from the feed's numbers, quantity by quantity.
#[test]
fn one_month_in_five_regions() {
    for (region, expected) in [
        ("us-east-1", "10,890.26"),
        ("us-west-2", "10,890.26"),
        ("eu-west-1", "11,998.87"),
        ("eu-central-1", "13,099.66"),
        ("ap-southeast-2", "13,790.40"),
    ] {
        let text = format!("region: {region}\nallowances: {{ always_free: false }}\n{SHOP}");
        assert_eq!(cents(billed(&text).total_picousd), expected, "{region}");
    }
}

#[test]
fn what_no_source_prices_in_a_region_is_named_with_the_region() {
    let text = "region: eu-central-1\nservices: { e: { type: s3, express_storage: 1 }, t: { type: rds_proxy, acu: 8 } }";
    let errors = bill(&file(text), &price_book().expect("valid")).expect_err("no prices");
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with("no price for `s3-express-storage` in region `eu-central-1`; it has prices in eu-west-1"),
        "{told:?}"
    );
    assert!(told[1].starts_with("no price for `rds-proxy-acu` in region `eu-central-1`; it has prices in"), "{told:?}");
}
