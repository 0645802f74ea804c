//! Simulated usage as a usage file of infracost: read back and priced, it costs what the run says.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// 40 orders a second over an API, a queue and a bus; 200 ms of 1 GB for each, and a table.
const SHOP: &str = "\
name: shop
study: { duration: 5 min, replications: 2, free_tier: false }
services:
  api: { type: api_gateway, protocol: http, routes: { POST /orders: { target: work } } }
  work:
    type: lambda
    memory_size: 1 GB
    architecture: arm64
    timeout: 10 s
    steps:
      - work: 200 ms
      - send_message: { queue: done }
      - put_item: { table: orders }
  done: { type: sqs }
  orders: { type: dynamodb }
workload:
  order:
    target: api
    route: POST /orders
    rate: 40/s
    arrivals: constant
    payload: { size: 2 KB }
    milestones: { answered: answered }
    endings: { fulfilled: answered }
";

fn floodplan(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.args(arguments).current_dir(folder).output().expect("the command runs")
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_run_writes_what_infracost_needs_to_price_it() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.yaml"), SHOP).expect("a file");
    let ran =
        floodplan(folder.path(), &["run", "shop.yaml", "--format", "json", "--no-charts", "--infracost-usage", "usage.yml"]);
    let month = json(&ran)["bill"]["month_usd"]["mean"].as_f64().expect("a bill");
    let text = fs::read_to_string(folder.path().join("usage.yml")).expect("the file is there");
    for expected in
        ["aws_apigatewayv2_api.api:", "aws_lambda_function.work:", "aws_sqs_queue.done:", "aws_dynamodb_table.orders:"]
    {
        assert!(text.contains(expected), "{text}");
    }
    assert!(text.contains("aws_cloudwatch_log_group.work:"), "the logs of a function are a group of their own: {text}");
    // 40 a second for 730 h.
    assert!(text.contains("aws_apigatewayv2_api.api:\n    monthly_requests: 105120000\n"), "{text}");
    // What Terraform holds is set by hand.
    let function = "resource_usage.\"aws_lambda_function.work\"";
    let priced = floodplan(
        folder.path(),
        &[
            "bill",
            "usage.yml",
            "--format",
            "json",
            "--set",
            &format!("{function}.memory_size=1 GB"),
            "--set",
            &format!("{function}.architecture=arm"),
        ],
    );
    let again = json(&priced)["total_usd"].as_str().expect("a total").parse::<f64>().expect("a number");
    // Durations are whole milliseconds there, and GB of logs whole ones; infracost bills logs without their tiers.
    assert!((again - month).abs() < 0.02 * month && month > 100.0, "{again} is not {month}:\n{text}");
}

#[test]
fn where_the_file_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("shop.yaml"), SHOP).expect("a file");
    fs::create_dir(folder.path().join("usage.yml")).expect("a folder in the way");
    let ran = floodplan(folder.path(), &["run", "shop.yaml", "--no-charts", "--infracost-usage", "usage.yml"]);
    assert_eq!(ran.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("a folder of that name is in the way"), "{ran:?}");
}
