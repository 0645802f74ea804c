//! Each metering rule by the example of its source; bad input; allowances.

use crate::billing::render::{cents, changes, csv, diff, json, markdown, tree};
use crate::billing::{Reading, UsageFile, bill, price_book, read_text};
use crate::pricing::{Bill, PriceBook, metering};

pub(super) fn file(services: &str) -> UsageFile {
    let Reading { file, sources, diagnostics } = read_text(services);
    file.unwrap_or_else(|| panic!("{}", diagnostics.render(&sources, false)))
}

pub(super) fn billed(text: &str) -> Bill {
    bill(&file(text), &price_book().expect("valid")).expect("priced")
}

/// Quantity of each SKU of a file with one service of this body, in us-east-1.
fn quantities(body: &str) -> Vec<(String, String)> {
    let found = file(&format!("services: {{ s: {{ {body} }} }}"));
    found.usages.iter().map(|usage| (usage.sku.clone(), usage.quantity.to_string())).collect()
}

fn quantity(body: &str, sku: &str) -> String {
    let found = quantities(body);
    found.iter().find(|(known, _)| known == sku).unwrap_or_else(|| panic!("{sku} in {found:?}")).1.clone()
}

#[test]
fn metering_rules_of_the_pricing_pages() {
    for (body, sku, expected) in [
        // https://aws.amazon.com/lambda/pricing/: rounded up to 1 ms; GB is 1024 MB.
        ("type: lambda, requests: 1000, duration: 1.2 ms, memory_size: 1 GB", "lambda-duration-x86", "2"),
        // The first 256 KB are one request, each further 64 KB one more.
        ("type: lambda, requests: 10, asynchronous_requests: 10, event_size: 1 MB", "lambda-requests-x86", "130"),
        ("type: lambda, requests: 10, asynchronous_requests: 10, event_size: 256 KB", "lambda-requests-x86", "10"),
        // 5 minutes: 7 minutes are 10.
        (
            "type: lambda, provisioned_concurrency: 2, provisioned_hours: 7 min, memory_size: 1 GB",
            "lambda-provisioned-concurrency-x86",
            "1200",
        ),
        // A version is cached for 3 h at least.
        ("type: lambda, snapstart_versions: 1, snapstart_hours: 1, memory_size: 1 GB", "lambda-snapstart-cache", "10800"),
        // What is over 512 MB.
        ("type: lambda, requests: 1000, duration: 1 s, ephemeral_storage: 1536 MB", "lambda-ephemeral-storage", "1000"),
        // Durable functions: 1 M x 104 KB are 104 GB.
        ("type: lambda, durable_writes: 1_000_000, durable_write_size: 104 KB", "lambda-durable-data-written", "104"),
        // Kept for half of a month of 730 h.
        (
            "type: lambda, durable_writes: 1_000_000, durable_write_size: 104 KB, durable_kept: 365 h",
            "lambda-durable-data-retained",
            "52",
        ),
        // 15 % of the on-demand price, whatever the instances cost after a discount.
        (
            "type: lambda_managed_instances, instance_hours: 2000, on_demand_price: 0.1632, paid_price: 0.0457",
            "lambda-managed-instances-fee",
            "326.4",
        ),
        (
            "type: lambda_managed_instances, instance_hours: 2000, on_demand_price: 0.1632, paid_price: 0.0457",
            "ec2-instances",
            "91.4",
        ),
        ("type: lambda_managed_instances, instance_hours: 2000, on_demand_price: 0.1632", "ec2-instances", "326.4"),
        // https://aws.amazon.com/fargate/pricing/: at least a minute, image pull included.
        ("type: fargate, tasks: 60, duration: 10 s, image_pull: 20 s, vcpu: 1", "fargate-vcpu-linux-x86", "1"),
        ("type: fargate, tasks: 60, duration: 10 s, vcpu: 1, platform: windows-x86", "fargate-vcpu-windows-x86", "5"),
        // https://aws.amazon.com/sqs/pricing/: 256 KB are 4 requests, 1 MB is 16; ten 6 KB messages in a batch are one.
        ("type: sqs, requests: 1, request_size: 256 KB", "sqs-requests-standard", "4"),
        ("type: sqs, requests: 1, request_size: 1 MB", "sqs-requests-standard", "16"),
        (
            "type: sqs, messages: 10, message_size: 6 KB, send_batch: 10, receive_batch: 10, delete_batch: 10",
            "sqs-requests-standard",
            "1",
        ),
        // https://aws.amazon.com/sns/pricing/: a call is billed for each started 64 KB of all its messages.
        ("type: sns, publishes: 100, publish_batch: 10, message_size: 6 KB", "sns-publish-standard", "10"),
        ("type: sns, publishes: 100, publish_batch: 10, message_size: 7 KB", "sns-publish-standard", "20"),
        ("type: sns, protected: 3", "sns-data-protection", "3"),
        // https://aws.amazon.com/eventbridge/pricing/: a 256 KB payload is 4 events.
        ("type: eventbridge, custom_events: 1, event_size: 256 KB", "eventbridge-events-custom", "4"),
        // Each event is rounded up to a KB on ingest and on each delivery.
        ("type: event_bus, events: 1_048_576, event_size: 100 B, subscribers: 3", "eventbridge-bus-delivery", "3"),
        // https://aws.amazon.com/step-functions/pricing/: 100 ms and 64 MB.
        (
            "type: step_functions, variant: express, executions: 1000, duration: 1 ms, memory_size: 1 MB",
            "step-functions-express-duration",
            "6.25",
        ),
        // 50 MB, 50 KB of definition and 400 steps of 32 KB are 64 MB; 427 are too much.
        (
            "type: step_functions, variant: express, executions: 1000, duration: 1 s, definition_size: 50 KB, data_size: 32 KB, \
             parallel_steps: 400",
            "step-functions-express-duration",
            "62.5",
        ),
        (
            "type: step_functions, variant: express, executions: 1000, duration: 1 s, definition_size: 50 KB, data_size: 32 KB, \
             parallel_steps: 427",
            "step-functions-express-duration",
            "125",
        ),
        // A Map state is one, and each item enters the states inside: 100 x (4 + 10 x 3).
        (
            "type: step_functions, executions: 100, transitions: 4, map_items: 10, map_states: 3",
            "step-functions-transitions",
            "3400",
        ),
        ("type: step_functions, executions: 100, transitions: 5, retries: 0.1", "step-functions-transitions", "510"),
        // https://aws.amazon.com/api-gateway/pricing/: 512 KB and 32 KB.
        ("type: api_gateway, variant: http, requests: 2, request_size: 513 KB", "api-gateway-requests-http", "4"),
        ("type: api_gateway, variant: rest, requests: 2, request_size: 5 MB", "api-gateway-requests-rest", "2"),
        ("type: api_gateway, variant: websocket, messages: 1, message_size: 33 KB", "api-gateway-websocket-messages", "2"),
        // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
        ("type: dynamodb, transactional_writes: 10, item_size: 1.5 KB, index_writes: 1", "dynamodb-write-request-units", "80"),
        (
            "type: dynamodb, eventual_reads: 1, strong_reads: 1, transactional_reads: 1, item_size: 5 KB",
            "dynamodb-read-request-units",
            "7",
        ),
        // https://aws.amazon.com/kinesis/data-streams/pricing/: a 5 KB and a 25 KB record cost the same.
        ("type: kinesis, records: 2, record_size: 26 KB", "kinesis-put-units", "4"),
        ("type: kinesis, mode: on-demand, records: 1_048_576, record_size: 10 B", "kinesis-on-demand-in", "1"),
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html: at least 128 KB for 30 days; the month has 730 h.
        ("type: s3, ia_objects: 8192, ia_object_size: 10 KB, ia_object_kept: 5 d", "s3-ia-storage", "0.986301369863"),
        ("type: s3, ia_objects: 8192, ia_object_size: 256 KB, ia_object_kept: 730 h", "s3-ia-storage", "2"),
        ("type: dynamodb, provisioned_wcu: 20, provisioned_hours: 10, replicas: [us-east-2]", "dynamodb-replicated-wcu", "200"),
        (
            "type: dynamodb, table_class: infrequent-access, provisioned_wcu: 20, provisioned_hours: 10",
            "dynamodb-provisioned-wcu-ia",
            "200",
        ),
        ("type: fargate, tasks: 60, duration: 1 min, vcpu: 2, capacity: spot", "fargate-spot-vcpu-linux-x86", "2"),
        ("type: cloudwatch, alarms: 1, anomaly_alarms: 2", "cloudwatch-alarms-standard", "7"),
        ("type: logs, class: infrequent, stored: 5", "logs-storage-infrequent", "5"),
        ("type: eventbridge, discovered_events: 10, event_size: 9 KB", "eventbridge-schema-discovery", "20"),
        ("type: msk, broker_type: express.m7g.large, brokers: 3, hours: 2", "msk-broker-express-m7g-large", "6"),
        // https://aws.amazon.com/firehose/pricing/: two 1 KB records bill 10 KB.
        ("type: firehose, records: 209_715.2, record_size: 1 KB", "firehose-ingestion", "1"),
        ("type: firehose, source: vended-logs, records: 1_048_576, record_size: 1 KB", "firehose-vended-logs", "1"),
        // Partial hours as full.
        ("type: nat_gateway, hours: 90 min", "nat-gateway-hours", "2"),
        ("type: rds_proxy, vcpu: 1, hours: 10", "rds-proxy-vcpu", "20"),
        ("type: mq, engine: rabbitmq, mode: cluster, storage: 10", "mq-storage-ebs", "30"),
        ("type: data_transfer, cross_az: 5", "data-transfer-cross-az", "10"),
        ("type: cloudwatch, metrics: 10, metric_hours: 73", "cloudwatch-metrics", "1"),
    ] {
        assert_eq!(quantity(body, sku), expected, "{body}");
    }
    // What the least minute covers is no part of the image pull's.
    assert_eq!(quantities("type: fargate, tasks: 60, duration: 10 s, image_pull: 20 s, vcpu: 1").len(), 2);
    // 5 pollers x 3 receives a minute = 648,000 in 30 days; a 20 s wait makes 129,600 of one consumer, polling each 100 ms
    // 864,000 in a day.
    assert_eq!(metering::idle_receives(5, 30 * 86_400, 20_000), 648_000);
    assert_eq!(metering::idle_receives(1, 30 * 86_400, 20_000), 129_600);
    assert_eq!(metering::idle_receives(1, 86_400, 20_000), 4_320);
    assert_eq!(metering::idle_receives(1, 86_400, 100), 864_000);
}

/// <https://awsnegotiations.com/x-ray-pricing-strategy.html>: 10,000 requests a second are 501 traces a second (500.95),
/// 43 million and 216 USD a day.
#[test]
fn xray_at_its_default_rule() {
    let traces = metering::xray_default_sample(10_000 * 86_400, 86_400);
    assert_eq!(traces, 43_282_080);
    let day = "month: 1 d\nallowances: { always_free: false }\nservices: { t: { type: xray, sampled_requests: 10_000/s } }";
    assert_eq!(cents(billed(day).total_picousd), "216.41");
}

/// <https://aws.amazon.com/step-functions/pricing/>: the Express example, 100 million executions of 10 s at 64 MB, is
/// 482.97 USD with the page's rounded prices and 482.88 USD with those of the feed; the page's go in by a user's table.
#[test]
fn the_published_express_example() {
    let usage = "services: { s: { type: step_functions, variant: express, executions: 100_000_000, duration: 10 s, memory_size: 63 MB } }";
    assert_eq!(cents(billed(usage).total_picousd), "482.88");
    // 0.06, 0.03 and 0.01642 USD per GB-hour, per GB-second to 15 decimals.
    let table = "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n\
        step-functions-express-duration,us-east-1,AWS Step Functions,GB-s,0,3600000,0.000016666666667,,2026-11-23,page,\n\
        step-functions-express-duration,us-east-1,AWS Step Functions,GB-s,3600000,18000000,0.000008333333333,,2026-11-23,page,\n\
        step-functions-express-duration,us-east-1,AWS Step Functions,GB-s,18000000,,0.000004561111111,,2026-11-23,page,\n";
    let book = price_book().expect("valid").merge(PriceBook::parse(table, "page.csv").expect("valid")).expect("same unit");
    assert_eq!(cents(bill(&file(usage), &book).expect("priced").total_picousd), "482.97");
}

#[test]
fn allowances_can_be_switched_and_used_up() {
    let lambda = "services: { f: { type: lambda, requests: 3_000_000 } }";
    assert_eq!(cents(billed(lambda).total_picousd), "0.40");
    assert_eq!(cents(billed(&format!("allowances: {{ always_free: false }}\n{lambda}")).total_picousd), "0.60");
    let half = format!("allowances: {{ used_up: {{ lambda-requests: 500_000 }} }}\n{lambda}");
    assert_eq!(cents(billed(&half).total_picousd), "0.50");
    // A thousand paths are free by their price, which no switch takes away.
    let paths = "services: { c: { type: cloudfront, invalidation_paths: 3000 } }";
    assert_eq!(cents(billed(&format!("allowances: {{ always_free: false }}\n{paths}")).total_picousd), "10.00");
    let api = "services: { a: { type: api_gateway, requests: 2_000_000 } }";
    assert_eq!(cents(billed(api).total_picousd), "7.00");
    assert_eq!(cents(billed(&format!("allowances: {{ twelve_months: true }}\n{api}")).total_picousd), "3.50");
}

/// The free 5 GB of logs go to ingestion first; storage and queries draw on what is left.
#[test]
fn the_free_gigabytes_of_logs_go_to_ingestion_first() {
    let free = |ingested: u32| {
        let bill = billed(&format!("services: {{ l: {{ type: logs, ingested: {ingested}, stored: 6, scanned: 2 }} }}"));
        let lines = bill.lines.iter().map(|line| (line.sku.clone(), line.free_quantity.to_string()));
        lines.collect::<std::collections::BTreeMap<_, _>>()
    };
    let names = ["logs-ingestion-vended", "logs-insights", "logs-storage"];
    let shares = |ingested| names.map(|name| free(ingested)[name].clone());
    assert_eq!(shares(20), ["5", "0", "0"]);
    assert_eq!(shares(1), ["1", "1", "3"]);
}

/// <https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html>: 25 MB/s each way over all streams of the Region; for
/// 730 h that is 64,160.15625 GB.
#[test]
fn a_commitment_is_the_regions_and_not_the_streams() {
    let total = |services: &str| -> u128 {
        let usages = file(&format!("services: {{ {services} }}")).usages;
        usages.iter().filter(|usage| usage.sku == "kinesis-advantage-in").map(|usage| usage.quantity.pico_units()).sum()
    };
    let stream = |name: &str, records: &str| {
        format!("{name}: {{ type: kinesis, mode: advantage, records: {records}, record_size: 1 KB }}")
    };
    let committed = 64_160_156_250_000_000;
    assert_eq!(total(&stream("a", "1")), committed);
    assert_eq!(total(&format!("{}, {}", stream("a", "1"), stream("b", "1e9"))), committed);
    let other = stream("b", "1").replace("type:", "region: eu-west-1, type:");
    assert_eq!(total(&format!("{}, {other}", stream("a", "1"))), 2 * committed);
    // 70,000 GB are over it.
    assert_eq!(total(&stream("a", "70_000 * 1024 * 1024")), 70_000_000_000_000_000);
}

/// Two functions of one account share tiers and allowances; one function that does the work of both costs the same.
#[test]
fn splitting_usage_over_services_changes_nothing() {
    let one = billed("services: { a: { type: lambda, requests: 9e9, duration: 1 s, memory_size: 1 GB } }");
    let two = billed(
        "services:\n  a: { type: lambda, requests: 4e9, duration: 1 s, memory_size: 1 GB }\n  \
         b: { type: lambda, requests: 5e9, duration: 1 s, memory_size: 1 GB }",
    );
    assert_eq!(one.total_picousd, two.total_picousd);
    let apart = billed(
        "services:\n  a: { type: lambda, requests: 2_000_000 }\n  b: { type: lambda, requests: 2_000_000, account: other }",
    );
    assert_eq!(cents(apart.total_picousd), "0.40");
}

#[test]
fn months_have_the_length_that_is_asked_for() {
    let nat = |month: &str| billed(&format!("month: {month}\nservices: {{ n: {{ type: nat_gateway }} }}")).total_picousd;
    assert_eq!(cents(nat("730")), "32.85");
    assert_eq!(cents(nat("30 d")), "32.40");
    assert_eq!(cents(nat("31 d")), "33.48");
}

#[test]
fn mistakes_are_told_all_at_once_with_what_was_meant() {
    for (text, expected) in [
        ("services: { a: { type: lamda } }", "did you mean `lambda`?"),
        ("services: { a: { type: lambda, memory: 1 GB } }", "unknown key `memory`"),
        ("services: { a: { type: lambda, request: 1 } }", "did you mean `requests`?"),
        ("services: { a: { type: lambda, requests: -1 } }", "usage is not negative"),
        (
            "services: { a: { type: lambda, requests: 1 GB } }",
            "expected a number in the month, or a rate such as `25/min`, found a size",
        ),
        ("services: { a: { type: lambda, duration: 100 } }", "expected a duration such as `120 ms`, found a plain number"),
        ("services: { a: { type: s3, storage: 5 s } }", "expected a number of GB, or a size such as `2 TB`, found a duration"),
        ("services: { a: { type: sqs, variant: fifi } }", "did you mean `fifo`?"),
        ("region: eu-wst-1\nservices: { a: { type: sqs } }", "did you mean `eu-west-1`?"),
        ("services: { a: { type: sqs, region: mars } }", "`mars` is not an AWS Region"),
        ("month: 0\nservices: { a: { type: sqs } }", "more than zero hours"),
        ("services: { a: { type: s3, storage: 1e30 } }", "larger than can be counted exactly"),
        (
            "services: { a: { type: lambda, requests: 1e20, duration: 1e9 s, memory_size: 1e9 GB } }",
            "larger than can be counted exactly",
        ),
        ("allowances: { used_up: { lambda-request: 1 } }\nservices: { a: { type: sqs } }", "did you mean `lambda-requests`?"),
        ("services: { a/b: { type: sqs } }", "has no `/`"),
        ("month: 30 d", "has no `services`"),
        ("- 1", "is a map, found a list"),
    ] {
        let Reading { file, sources, diagnostics } = read_text(text);
        let told = diagnostics.render(&sources, false);
        assert!(file.is_none() && told.contains(expected), "{text}: {told}");
    }
    let several = read_text("services:\n  a: { type: lambda, requests: -1, duration: 5 }\n  b: { type: qs }\n");
    assert_eq!(several.diagnostics.sorted().len(), 3);
}

#[test]
fn what_has_no_price_is_an_error_that_names_it() {
    let text = "region: sa-east-1\nservices: { a: { type: msk, brokers: 3, broker_type: kafka.m9.huge } }";
    let errors = bill(&file(text), &price_book().expect("valid")).expect_err("no price");
    let told = errors[0].to_string();
    assert!(
        told.contains("msk-broker-m9-huge") && told.contains("sa-east-1") && told.contains("add a row of your own"),
        "{told}"
    );
    let table = "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n\
                 msk-broker-m9-huge,sa-east-1,Amazon MSK,h,0,,2,,2026-11-23,offer,\n";
    let book = price_book().expect("valid").merge(PriceBook::parse(table, "own.csv").expect("valid")).expect("a family");
    assert_eq!(cents(bill(&file(text), &book).expect("priced").total_picousd), "4,380.00");
}

/// All types with no usage but their defaults are metered without a mistake, and every SKU that rules name is in the book.
#[test]
fn every_type_can_be_metered() {
    let book = price_book().expect("valid");
    for resource in crate::billing::resources::all() {
        let mut body = format!("type: {}", resource.name);
        for key in resource.keys {
            use crate::billing::resource::Kind;
            let value = match key.kind {
                Kind::Size(_) => "9 KB",
                Kind::Time(_) => "9 s",
                Kind::Word(_) | Kind::Name(_) | Kind::Regions => continue,
                _ => "9",
            };
            body = format!("{body}, {}: {value}", key.name);
        }
        let found = file(&format!("services: {{ s: {{ {body} }} }}"));
        assert!(!found.usages.is_empty(), "{}", resource.name);
        let of_users = |sku: &str| crate::pricing::book::FAMILIES.iter().any(|(family, _)| sku.starts_with(family));
        for usage in found.usages.iter().filter(|usage| !of_users(&usage.sku) || usage.sku.starts_with("msk-broker-")) {
            assert!(book.price(&usage.sku, "us-east-1").is_ok(), "{} of {}", usage.sku, resource.name);
        }
    }
}

const TWO: &str = "services:\n  f: { type: lambda, requests: 2_000_000 }\n  n: { type: nat_gateway, data: 10 }\n";

#[test]
fn a_bill_can_be_printed_in_each_form() {
    let (file, bill) = (file(TWO), billed(TWO));
    let text = tree(&file, &bill);
    assert!(
        text.contains("f (lambda)") && text.contains("by the hour, used or not: 32.85 USD; with traffic: 0.65 USD"),
        "{text}"
    );
    assert!(text.contains("free allowance lambda-requests: 1,000,000 of 1,000,000 request"), "{text}");
    assert!(csv(&bill).contains("default,us-east-1,f,,AWS Lambda,lambda-requests-x86,2000000,request,1000000,0.2,no\n"));
    assert!(markdown(&bill).ends_with("| **total** | | | | | | **33.50** |\n"));
    assert_eq!(json(&file, &bill)["total_usd"], "33.5");
    let other = billed(&TWO.replace("2_000_000", "3_000_000"));
    assert_eq!(changes(&bill, &other).len(), 1);
    assert!(diff(&bill, &other).contains("+0.20"), "{}", diff(&bill, &other));
}
