//! `bill` and `prices` as users meet them: transcripts in `tests/bill`, which `UPDATE=1` rewrites, and what is said of bad input.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SHOP: &str = include_str!("../examples/usage/shop.yaml");

/// Two services, small enough to read every form of their bill.
const SMALL: &str = "\
services:
  work: { type: lambda, requests: 3_000_000, duration: 120 ms, memory_size: 512 MB }
  out: { type: nat_gateway, data: 10 }
";

/// More work, and a queue.
const LARGE: &str = "\
services:
  work: { type: lambda, requests: 5_000_000, duration: 120 ms, memory_size: 512 MB }
  out: { type: nat_gateway, data: 10 }
  queue: { type: sqs, requests: 4_000_000 }
";

const HEADER: &str = "sku,region,product,unit,tier_from,tier_to,price_usd,free_allowance,as_of,source,note\n";

/// What a command did: exit code, standard output, standard error.
fn run(files: &[(&str, &str)], arguments: &str) -> (i32, String, String) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.args(arguments.split_whitespace()).current_dir(folder.path()).stdin(Stdio::null()).env_remove("CLICOLOR_FORCE");
    let output = command.output().expect("the command runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bill").join(format!("{name}.txt"))
}

#[test]
fn transcripts_are_as_reviewed() {
    let files = [("shop.yaml", SHOP), ("small.yaml", SMALL), ("large.yaml", LARGE)];
    let mut wrong = Vec::new();
    for (name, arguments) in [
        ("tree", "bill shop.yaml"),
        ("tree-small", "bill small.yaml"),
        ("csv", "bill small.yaml --format csv"),
        ("json", "bill small.yaml --format json"),
        ("markdown", "bill small.yaml --format markdown"),
        ("infracost", "bill small.yaml --format infracost"),
        ("diff", "bill large.yaml --against small.yaml"),
        ("diff-json", "bill large.yaml --against small.yaml --format json"),
        ("switches", "bill small.yaml --no-free-tier --month 30d --set services.work.requests=1_000_000"),
        ("prices", "prices sqs-requests --region eu-central-1"),
        ("prices-filter", "prices kms keys"),
        ("prices-explain", "prices lambda-duration-x86 --region us-west-2 --explain"),
        ("prices-json", "prices xray-recorded --region us-east-1 --format json"),
    ] {
        let (code, out, err) = run(&files, arguments);
        let mut text = format!("$ floodplan {arguments}\n{out}");
        if !err.is_empty() {
            let _ = write!(text, "--- standard error\n{err}");
        }
        let _ = writeln!(text, "--- exit code {code}");
        if std::env::var_os("UPDATE").is_some() {
            fs::create_dir_all(golden(name).parent().expect("a folder")).expect("the folder can be made");
            fs::write(golden(name), &text).expect("transcripts can be written");
        } else if fs::read_to_string(golden(name)).unwrap_or_default() != text {
            wrong.push(format!("=== {name}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "these transcripts changed (UPDATE=1 accepts them):\n{}", wrong.join("\n"));
}

/// The sums of the forms are one sum.
#[test]
fn all_forms_say_the_same() {
    let json: serde_json::Value =
        serde_json::from_str(&run(&[("small.yaml", SMALL)], "bill small.yaml --format json").1).expect("JSON");
    let total: f64 = json["total_usd"].as_str().expect("an exact decimal").parse().expect("a number");
    // 2 M requests at 0.20 and no duration beyond the free 400,000 GB-s (180,000); 730 h at 0.045 and 10 GB at 0.045.
    assert!((total - (0.4 + 32.85 + 0.45)).abs() < 1e-9, "{total}");
    let csv = run(&[("small.yaml", SMALL)], "bill small.yaml --format csv").1;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let column = reader
        .headers()
        .expect("a heading")
        .iter()
        .position(|name| name == "cost_usd" || name == "usd")
        .expect("a column of costs");
    let sum: f64 = reader.records().map(|row| row.expect("a row")[column].parse::<f64>().expect("a number")).sum();
    assert!((sum - total).abs() < 1e-9, "{sum}");
    for arguments in ["bill small.yaml", "bill small.yaml --format markdown"] {
        assert!(run(&[("small.yaml", SMALL)], arguments).1.contains("33.70"), "{arguments}");
    }
}

#[test]
fn bad_input_is_told_with_its_place_and_what_was_meant() {
    let prices = |rows: &str| format!("{HEADER}{rows}");
    let row = |sku: &str, unit: &str, tiers: &str| format!("{sku},us-east-1,P,{unit},{tiers},1,,2026-01-01,offer,\n");
    let usage = |body: &str| format!("services: {{ s: {{ {body} }} }}");
    for (what, usage, table, arguments, expected) in [
        ("unknown type", usage("type: lamda"), None, "bill u.yaml", "did you mean `lambda`?"),
        ("unknown key", usage("type: sqs, request: 1"), None, "bill u.yaml", "did you mean `requests`?"),
        ("unknown Region", usage("type: sqs, region: eu-wst-1"), None, "bill u.yaml", "did you mean `eu-west-1`?"),
        ("negative", usage("type: sqs, requests: -1"), None, "bill u.yaml", "usage is not negative"),
        ("overflow", usage("type: s3, storage: 1e30"), None, "bill u.yaml", "larger than can be counted exactly"),
        ("too dear", usage("type: lambda, requests: 1e25"), None, "bill u.yaml", "than can be counted exactly"),
        ("another unit", usage("type: s3, storage: 5 s"), None, "bill u.yaml", "expected a number of GB"),
        (
            "no price there",
            usage("type: rds_proxy, acu: 8, region: eu-central-1"),
            None,
            "bill u.yaml",
            "no price for `rds-proxy-acu` in region `eu-central-1`",
        ),
        ("no file", String::new(), None, "bill v.yaml", "v.yaml"),
        ("nothing given", String::new(), None, "bill", "no usage file is given"),
        ("a month of nothing", usage("type: sqs"), None, "bill u.yaml --month 0h", "more than zero hours"),
        ("a setting without a value", usage("type: sqs"), None, "bill u.yaml --set x", "PATH=VALUE"),
        (
            "forms of differences",
            usage("type: sqs"),
            None,
            "bill u.yaml --against u.yaml --format csv",
            "differences are printed as text or JSON only",
        ),
        (
            "overlapping tiers",
            usage("type: sqs"),
            Some(row("sqs-requests-standard", "request", "0,5") + &row("sqs-requests-standard", "request", "4,")),
            "bill u.yaml --prices p.csv",
            "p.csv:3: `sqs-requests-standard` in us-east-1: tiers overlap from 4 on (see line 2)",
        ),
        (
            "a gap",
            usage("type: sqs"),
            Some(row("sqs-requests-standard", "request", "0,5") + &row("sqs-requests-standard", "request", "6,")),
            "bill u.yaml --prices p.csv",
            "gap between tiers: nothing covers 5 to 6",
        ),
        (
            "a unit that usage is not counted in",
            usage("type: lambda"),
            Some(row("lambda-duration-x86", "GB-h", "0,")),
            "bill u.yaml --prices p.csv",
            "priced per `GB-h`, but its usage is counted in `GB-s`",
        ),
        (
            "an unknown SKU",
            usage("type: sqs"),
            Some(row("sqs-request-standard", "request", "0,")),
            "bill u.yaml --prices p.csv",
            "did you mean `sqs-requests-standard`?",
        ),
        (
            "a price below zero",
            usage("type: sqs"),
            Some("sqs-requests-standard,us-east-1,P,request,0,,-1,,2026-01-01,s,\n".into()),
            "bill u.yaml --prices p.csv",
            "p.csv:2: `price_usd` is `-1`, expected a number that is not negative",
        ),
        ("no such table", usage("type: sqs"), None, "bill u.yaml --prices q.csv", "q.csv cannot be read"),
        ("no such price", String::new(), None, "prices sqs-request-standard", "did you mean `sqs-requests-standard`?"),
        ("no such Region", String::new(), None, "prices sqs --region us-esat-1", "did you mean `us-east-1`?"),
    ] {
        let table = table.map(|rows| prices(&rows)).unwrap_or_default();
        let (code, out, err) = run(&[("u.yaml", &usage), ("p.csv", &table)], arguments);
        assert_eq!(code, 2, "{what}: {err}");
        assert!(out.is_empty(), "{what} prints {out}");
        assert!(err.contains(expected), "{what}: `{expected}` is not in\n{err}");
    }
    // Several mistakes at once, each with its line.
    let several = "services:\n  a: { type: lambda, requests: -1, duration: 5 }\n  b: { type: sqs, reqests: 1 }\n";
    let (_, _, err) = run(&[("u.yaml", several)], "bill u.yaml");
    assert_eq!(err.matches("error[").count(), 3, "{err}");
    assert!(err.contains("u.yaml:2:") && err.contains("u.yaml:3:"), "{err}");
}

/// The charts that `bill` draws are there, whole, and named on standard error.
#[test]
fn charts_are_written_next_to_the_bill() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("small.yaml"), SMALL).expect("a file");
    fs::write(folder.path().join("large.yaml"), LARGE).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command
        .args(["bill", "large.yaml", "--against", "small.yaml", "--charts", "drawn", "--load", "20"])
        .current_dir(folder.path());
    let output = command.output().expect("the command runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["cost", "cost-against-load", "waterfall"] {
        let svg =
            fs::read_to_string(folder.path().join(format!("drawn/{name}.svg"))).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{name} is cut off");
        assert!(svg.contains("queue"), "{name} does not name the queue");
        assert!(fs::read(folder.path().join(format!("drawn/{name}.png"))).expect("a picture").starts_with(b"\x89PNG"), "{name}");
    }
}
