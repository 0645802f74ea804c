//! The usage-file format of infracost, for the resources that both know.
//!
//! Source: <https://github.com/infracost/infracost> (infracost-usage-example.yml, usage keys of the AWS resources). Its
//! files hold usage only; what a resource is configured to (memory, type of queue) stands in Terraform. Such keys take the
//! defaults of AWS here, each named in a note, and can be set: `--set services."aws_lambda_function.f".memory_size="1 GB"`.

use std::fmt::Write as _;

use super::file::UsageFile;
use super::resource::Value as Held;
use crate::pricing::Usage;
use crate::reader::{Code, Diagnostics, Node, Span, Value, suggest};

/// How a key of infracost becomes one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// The number itself.
    Same,
    /// Milliseconds of one request.
    Milliseconds,
    /// MB of one execution.
    Megabytes,
    /// KB of one request.
    Kilobytes,
}

struct Mapping {
    terraform: &'static str,
    kind: &'static str,
    /// Key and value that tell our type of a resource that Terraform has types of its own for.
    fixed: Option<(&'static str, &'static str)>,
    /// What Terraform holds and this file does not.
    configured: &'static [&'static str],
    keys: &'static [(&'static str, &'static str, Unit)],
}

use Unit::{Kilobytes, Megabytes, Milliseconds, Same};

const MAPPINGS: &[Mapping] = &[
    Mapping {
        terraform: "aws_lambda_function",
        kind: "lambda",
        fixed: None,
        configured: &["memory_size", "architecture", "ephemeral_storage"],
        keys: &[("monthly_requests", "requests", Same), ("request_duration_ms", "duration", Milliseconds)],
    },
    Mapping {
        terraform: "aws_sqs_queue",
        kind: "sqs",
        fixed: None,
        configured: &["variant"],
        keys: &[("monthly_requests", "requests", Same), ("request_size_kb", "request_size", Kilobytes)],
    },
    Mapping {
        terraform: "aws_sns_topic",
        kind: "sns",
        fixed: None,
        configured: &["variant"],
        keys: &[("monthly_requests", "publishes", Same), ("request_size_kb", "message_size", Kilobytes)],
    },
    Mapping {
        terraform: "aws_sfn_state_machine",
        kind: "step_functions",
        fixed: Some(("variant", "express")),
        configured: &[],
        keys: &[
            ("monthly_requests", "executions", Same),
            ("workflow_duration_ms", "duration", Milliseconds),
            ("memory_mb", "memory_size", Megabytes),
        ],
    },
    Mapping {
        terraform: "aws_sfn_state_machine",
        kind: "step_functions",
        fixed: Some(("variant", "standard")),
        configured: &[],
        keys: &[("monthly_transitions", "transitions", Same)],
    },
    Mapping {
        terraform: "aws_api_gateway_rest_api",
        kind: "api_gateway",
        fixed: Some(("variant", "rest")),
        configured: &[],
        keys: &[("monthly_requests", "requests", Same)],
    },
    Mapping {
        terraform: "aws_apigatewayv2_api",
        kind: "api_gateway",
        fixed: Some(("variant", "http")),
        configured: &[],
        keys: &[("monthly_requests", "requests", Same), ("request_size_kb", "request_size", Kilobytes)],
    },
    Mapping {
        terraform: "aws_apigatewayv2_api",
        kind: "api_gateway",
        fixed: Some(("variant", "websocket")),
        configured: &[],
        keys: &[
            ("monthly_messages", "messages", Same),
            ("message_size_kb", "message_size", Kilobytes),
            ("monthly_connection_mins", "connection_minutes", Same),
        ],
    },
    Mapping {
        terraform: "aws_dynamodb_table",
        kind: "dynamodb",
        fixed: None,
        configured: &["table_class", "replicas"],
        keys: &[
            ("monthly_write_request_units", "write_request_units", Same),
            ("monthly_read_request_units", "read_request_units", Same),
            ("storage_gb", "storage", Same),
            ("pitr_backup_storage_gb", "pitr", Same),
            ("on_demand_backup_storage_gb", "backup", Same),
            ("monthly_data_restored_gb", "restored", Same),
            ("monthly_streams_read_request_units", "streams_reads", Same),
        ],
    },
    Mapping {
        terraform: "aws_cloudwatch_event_bus",
        kind: "eventbridge",
        fixed: None,
        configured: &[],
        keys: &[
            ("monthly_custom_events", "custom_events", Same),
            ("monthly_third_party_events", "partner_events", Same),
            ("monthly_archive_processing_gb", "archived", Same),
            ("archive_storage_gb", "archive_storage", Same),
            ("monthly_schema_discovery_events", "discovered_events", Same),
        ],
    },
    Mapping {
        terraform: "aws_cloudwatch_log_group",
        kind: "logs",
        fixed: Some(("class", "standard")),
        configured: &[],
        keys: &[
            ("monthly_data_ingested_gb", "ingested", Same),
            ("storage_gb", "stored", Same),
            ("monthly_data_scanned_gb", "scanned", Same),
        ],
    },
    Mapping {
        terraform: "aws_nat_gateway",
        kind: "nat_gateway",
        fixed: None,
        configured: &[],
        keys: &[("monthly_data_processed_gb", "data", Same)],
    },
];

/// Keys that infracost takes as billed: type, its key, beginning of the SKUs that hold the quantity.
const BILLED: &[(&str, &str, &str)] = &[
    ("sqs", "monthly_requests", "sqs-requests-"),
    ("dynamodb", "monthly_write_request_units", "dynamodb-write-request-units"),
    ("dynamodb", "monthly_read_request_units", "dynamodb-read-request-units"),
    ("dynamodb", "storage_gb", "dynamodb-storage"),
    ("step_functions", "monthly_transitions", "step-functions-transitions"),
];

/// Whether a tree is a usage file of infracost.
pub fn is_usage(root: &Node) -> bool {
    root.get("resource_usage").is_some()
}

/// Rewrites a usage file of infracost as one of ours.
pub fn convert(root: &Node, notes: &mut Vec<String>, diagnostics: &mut Diagnostics) -> Node {
    let text = |text: &str, span: Span| Node::new(Value::Str(text.to_owned()), span);
    let mut services = Vec::new();
    let usage = root.get("resource_usage").map(Node::entries).unwrap_or_default();
    for (name, node) in usage {
        let Some(address) = name.as_str() else { continue };
        let terraform = address.split('.').find(|part| part.starts_with("aws_")).unwrap_or(address);
        let candidates: Vec<&Mapping> = MAPPINGS.iter().filter(|mapping| mapping.terraform == terraform).collect();
        // Of several, the one that knows most of the keys.
        let known = |mapping: &&&Mapping| {
            node.entries().iter().filter(|(key, _)| mapping.keys.iter().any(|(theirs, ..)| key.as_str() == Some(*theirs))).count()
        };
        let Some(mapping) = candidates.iter().rev().max_by_key(known) else {
            notes.push(format!("`{address}` is left out: `{terraform}` is not known here"));
            continue;
        };
        let span = node.span;
        let mut entries = vec![(text("type", span), text(mapping.kind, span))];
        if let Some((key, value)) = mapping.fixed {
            entries.push((text(key, span), text(value, span)));
        }
        for (key, value) in node.entries() {
            let theirs = key.as_str().unwrap_or_default();
            if let Some((_, ours, unit)) = mapping.keys.iter().find(|(known, ..)| *known == theirs) {
                entries.push((text(ours, key.span), in_our_unit(value, *unit)));
            } else if mapping.configured.contains(&theirs) {
                entries.push((key.clone(), value.clone()));
            } else {
                let hint = suggest(theirs, mapping.keys.iter().map(|(known, ..)| *known))
                    .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
                diagnostics.warning(key.span, Code::UnknownKey, format!("`{theirs}` of `{address}` is not priced here{hint}"));
            }
        }
        if mapping.kind == "step_functions" && mapping.fixed == Some(("variant", "standard")) {
            entries.push((text("executions", span), Node::new(Value::Int(1), span)));
        }
        if !mapping.configured.is_empty() {
            notes.push(format!("`{address}`: {} as AWS sets them by default", mapping.configured.join(", ")));
        }
        services.push((name.clone(), Node::new(Value::Map(entries), span)));
    }
    let span = root.span;
    let mut top = vec![(text("services", span), Node::new(Value::Map(services), span))];
    // infracost takes off no free tier.
    let allowances = vec![(text("always_free", span), Node::new(Value::Bool(false), span))];
    top.push((text("allowances", span), Node::new(Value::Map(allowances), span)));
    Node::new(Value::Map(top), span)
}

fn in_our_unit(value: &Node, unit: Unit) -> Node {
    let written = match &value.value {
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return value.clone(),
    };
    let suffix = match unit {
        Unit::Same => return value.clone(),
        Unit::Milliseconds => "ms",
        Unit::Megabytes => "MB",
        Unit::Kilobytes => "KB",
    };
    Node::new(Value::Str(format!("{written} {suffix}")), value.span)
}

/// Writes the usage of the services that infracost knows, as a usage file of it. Numbers are rounded to whole ones, which is
/// all that it takes for most keys.
pub fn write(file: &UsageFile) -> String {
    let mut text = String::from("version: 0.1\nresource_usage:\n");
    for service in &file.services {
        let variant = |key: &str| match service.values.get(key) {
            Some(Held::Text(word)) => word.clone(),
            _ => String::new(),
        };
        let fits = |mapping: &&Mapping| {
            // Lambda's logs are those of a log group to infracost.
            let fixed = mapping.fixed.filter(|_| mapping.kind != "logs");
            mapping.kind == service.resource.name && fixed.is_none_or(|(key, value)| variant(key) == value)
        };
        let Some(mapping) = MAPPINGS.iter().find(fits) else { continue };
        let address = if service.name.starts_with("aws_") {
            service.name.clone()
        } else {
            format!("{}.{}", mapping.terraform, service.name.replace(['.', ' '], "_"))
        };
        let _ = writeln!(text, "  {address}:");
        for (theirs, ours, unit) in mapping.keys {
            let billed = |theirs: &str| BILLED.iter().find(|(kind, key, _)| *kind == mapping.kind && *key == theirs);
            if let Some((.., start)) = billed(theirs) {
                let of_service =
                    |usage: &&Usage| usage.service.split('/').next() == Some(&service.name) && usage.sku.starts_with(start);
                let total: u128 = file.usages.iter().filter(of_service).map(|usage| usage.quantity.pico_units()).sum();
                if total > 0 {
                    let _ = writeln!(text, "    {theirs}: {}", total.div_ceil(1_000_000_000_000));
                }
                continue;
            }
            // Requests are billed ones, each of one chunk.
            if mapping.kind == "sqs" {
                continue;
            }
            let Some(Held::Number(number)) = service.values.get(ours) else { continue };
            let scaled = match unit {
                Unit::Same => *number,
                Unit::Milliseconds => *number * 1000_u64,
                Unit::Megabytes => *number / (1_u64 << 20),
                Unit::Kilobytes => *number / 1024_u64,
            };
            if let Some(quantity) = scaled.ceil().to_quantity().filter(|_| !scaled.is_zero()) {
                let _ = writeln!(text, "    {theirs}: {quantity}");
            }
        }
    }
    text
}
