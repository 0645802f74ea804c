//! From the inputs of a record to a usage file: which key of the one is which of the other, service by service.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

/// Keys that state a rule which the program knows by itself, or repeat another key as already metered.
pub(super) const RULES: &[&str] = &[
    "step_kb",
    "overhead_bytes",
    "billed_ms",
    "billed_mb",
    "billing_step_ms",
    "ephemeral_free_gb",
    "free_mb_per_request",
    "gb_used_by_source",
    "nodes",
    "calls",
    "event_kb",
];

/// The inputs of a record, with note of what has been read.
pub(super) struct Inputs<'a> {
    pub(super) map: &'a Value,
    pub(super) read: RefCell<BTreeSet<String>>,
}

impl<'a> Inputs<'a> {
    pub(super) fn of(map: &'a Value) -> Self {
        Self { map, read: RefCell::default() }
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(key.to_owned());
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.map.get(key).is_some()
    }

    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.get(key).and_then(Value::as_f64)
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.get(key).and_then(Value::as_str).unwrap_or_default().to_lowercase()
    }

    pub(super) fn unread(&self) -> Vec<String> {
        let read = self.read.borrow();
        let keys = self.map.as_object().expect("a map").keys();
        keys.filter(|key| !read.contains(*key) && !RULES.contains(&key.as_str())).cloned().collect()
    }
}

/// A usage file in the making.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) text: String,
    pub(super) month: Option<String>,
    pub(super) prices: String,
    pub(super) used_up: String,
}

impl Writer {
    /// A service with those of its keys that have a value.
    pub(super) fn service(&mut self, name: &str, kind: &str, keys: &[(&str, Option<String>)]) {
        let _ = writeln!(self.text, "  {name}:\n    type: {kind}");
        for (key, value) in keys {
            if let Some(value) = value {
                let _ = writeln!(self.text, "    {key}: {value}");
            }
        }
    }
}

/// The number of a key with a unit behind it.
pub(super) fn with(inputs: &Inputs<'_>, key: &str, unit: &str) -> Option<String> {
    inputs.number(key).map(|number| format!("{number}{unit}"))
}

pub(super) fn n(inputs: &Inputs<'_>, key: &str) -> Option<String> {
    with(inputs, key, "")
}

/// A word, as the value of a key.
#[allow(clippy::unnecessary_wraps, reason = "it stands among values that may be missing")]
pub(super) fn word(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Two numbers of a record multiplied, as an expression that the reader of usage files works out.
pub(super) fn product(inputs: &Inputs<'_>, keys: &[&str]) -> Option<String> {
    let numbers: Option<Vec<String>> = keys.iter().map(|key| n(inputs, key)).collect();
    numbers.map(|numbers| format!("\"{}\"", numbers.join(" * ")))
}

pub(super) fn translate(service: &str, u: &Inputs<'_>, out: &mut Writer) {
    out.month = u.number("days").map(|days| format!("{days} d"));
    match service {
        "amazon-mq" => {
            let mode = match u.text("mode").as_str() {
                "active-standby" => "standby".to_owned(),
                other => other.to_owned(),
            };
            out.service(
                "broker",
                "mq",
                &[
                    ("engine", word(&u.text("engine"))),
                    ("mode", Some(mode)),
                    ("instance_type", word(&u.text("type"))),
                    ("hours", n(u, "hours")),
                    ("storage", n(u, "gb_per_node").or_else(|| n(u, "gb"))),
                    ("storage_type", u.has("storage_type").then(|| u.text("storage_type"))),
                ],
            );
        }
        "api-gateway" => {
            let variant = if u.has("api") { u.text("api") } else { "rest".to_owned() };
            let size = |mb: &str, kb: &str| with(u, mb, " MB").or_else(|| with(u, kb, " KB"));
            let messages = || {
                let (sent, received) = (n(u, "sent_per_day")?, n(u, "received_per_day")?);
                Some(format!("\"{} * ({sent} + {received})/d\"", n(u, "users")?))
            };
            let connected = || Some(format!("\"{} * {} * 60/d\"", n(u, "users")?, n(u, "hours_per_day")?));
            // The page adds data transfer to its REST examples only.
            let response = if variant == "rest" { with(u, "response_kb", " KB") } else { None };
            let _ = u.get("response_kb");
            out.service(
                "api",
                "api_gateway",
                &[
                    ("variant", Some(variant)),
                    ("requests", n(u, "requests").or_else(|| with(u, "requests_per_minute", "/min"))),
                    ("request_size", size("request_mb", "request_kb")),
                    ("response_size", response),
                    ("messages", n(u, "messages").or_else(messages)),
                    ("message_size", with(u, "message_kb", " KB")),
                    ("connection_minutes", n(u, "connection_minutes").or_else(connected)),
                    ("cache_size", n(u, "cache_gb")),
                    ("cache_hours", n(u, "hours")),
                ],
            );
        }
        "appsync" => out.service(
            "graph",
            "appsync",
            &[
                ("operations", n(u, "operations")),
                ("realtime_updates", n(u, "realtime_updates")),
                ("connection_minutes", n(u, "connection_minutes")),
            ],
        ),
        "aurora-serverless" => {
            let per_second = |key: &str| with(u, key, "/s");
            let configuration = if u.text("config").contains("io") { "io-optimized" } else { "standard" };
            out.service(
                "cluster",
                "aurora_serverless",
                &[
                    ("configuration", word(configuration)),
                    ("acu", n(u, "acu").or_else(|| n(u, "base_acu"))),
                    ("hours", n(u, "hours").or_else(|| n(u, "base_hours"))),
                    ("peak_acu", n(u, "peak_acu")),
                    ("peak_hours", n(u, "peak_hours")),
                    ("storage", n(u, "storage_gb")),
                    ("reads", per_second("reads_per_s")),
                    ("writes", per_second("writes_per_s")),
                    ("backup", n(u, "backup_gb")),
                    ("data_api_requests", n(u, "data_api_requests")),
                ],
            );
        }
        "cloudwatch" => {
            out.service(
                "logs",
                "logs",
                &[
                    ("class", word("standard")),
                    ("ingested", n(u, "ingested_gb")),
                    ("stored", n(u, "stored_gb")),
                    ("scanned", n(u, "scanned_gb")),
                ],
            );
            out.service(
                "metrics",
                "cloudwatch",
                &[
                    ("metrics", n(u, "custom_metrics")),
                    ("alarms", n(u, "alarms")),
                    ("requests", n(u, "api_requests")),
                    ("dashboards", n(u, "dashboards")),
                ],
            );
        }
        "cognito" => out.service(
            "users",
            "cognito",
            &[("plan", u.has("plan").then(|| u.text("plan"))), ("monthly_active_users", n(u, "mau"))],
        ),
        "composite" => composite(u, out),
        "data-transfer" => out.service(
            "network",
            "data_transfer",
            &[
                ("internet", n(u, "internet_gb")),
                ("cross_az", n(u, "cross_az_gb")),
                ("other_region", n(u, "inter_region_gb")),
                ("us_east", n(u, "us_east_gb")),
            ],
        ),
        "dynamodb" => out.service(
            "table",
            "dynamodb",
            &[
                ("write_request_units", n(u, "wru")),
                ("read_request_units", n(u, "rru")),
                ("provisioned_wcu", n(u, "wcu")),
                ("provisioned_rcu", n(u, "rcu")),
                ("provisioned_hours", n(u, "hours")),
                ("storage", n(u, "storage_gb")),
                ("items", n(u, "items")),
                ("item_size", with(u, "item_bytes", " B")),
                ("pitr", n(u, "pitr_gb")),
                ("backup", n(u, "backup_gb")),
                ("restored", n(u, "restore_gb")),
                ("streams_reads", n(u, "streams_reads")),
                ("replicas", u.get("replicas").map(Value::to_string)),
            ],
        ),
        "eventbridge" => {
            let kind = if u.text("kind") == "partner" { "partner_events" } else { "custom_events" };
            out.service(
                "bus",
                "eventbridge",
                &[
                    (kind, n(u, "events")),
                    ("cross_account_deliveries", n(u, "cross_account_service_deliveries")),
                    ("api_destinations", n(u, "api_destination_invocations")),
                    ("archived", n(u, "archive_gb")),
                    ("archive_storage", n(u, "archive_storage_gb")),
                    ("schedules", n(u, "scheduler_invocations")),
                    ("pipe_requests", n(u, "pipe_requests")),
                ],
            );
        }
        "fargate" => {
            let daily = u.has("seconds_per_day");
            let platform = match u.text("arch").as_str() {
                "arm64" => "linux-arm",
                _ if u.text("os") == "windows" => "windows-x86",
                _ => "linux-x86",
            };
            out.service(
                "task",
                "fargate",
                &[
                    ("tasks", n(u, "tasks").map(|tasks| if daily { format!("{tasks}/d") } else { tasks })),
                    ("duration", with(u, "seconds_per_day", " s").or_else(|| n(u, "hours"))),
                    ("vcpu", n(u, "vcpu")),
                    ("memory_size", with(u, "gb", " GB")),
                    ("ephemeral_storage", with(u, "ephemeral_gb", " GB")),
                    ("platform", word(platform)),
                ],
            );
        }
        "firehose" => out.service(
            "stream",
            "firehose",
            &[("ingested", n(u, "ingested_gb")), ("records", n(u, "records")), ("record_size", with(u, "record_kb", " KB"))],
        ),
        "kinesis" => out.service(
            "stream",
            "kinesis",
            &[
                ("shards", n(u, "shards")),
                ("hours", n(u, "hours")),
                ("put_units", n(u, "put_units")),
                ("records", n(u, "records")),
                ("record_size", with(u, "record_kb", " KB")),
                ("extended_retention_hours", n(u, "extended_shard_h")),
                ("long_term_retention", n(u, "long_term_gb")),
                ("long_term_retrieved", n(u, "long_term_retrieved_gb")),
                ("fan_out_data", n(u, "efo_gb")),
                ("fan_out_hours", n(u, "efo_consumer_shard_h")),
            ],
        ),
        "kms" => {
            let requests: Vec<String> = ["encrypts", "decrypts", "requests"].iter().filter_map(|key| n(u, key)).collect();
            out.service("keys", "kms", &[("keys", n(u, "keys")), ("requests", Some(format!("\"{}\"", requests.join(" + "))))]);
        }
        "lambda" if u.has("instance") => {
            out.service(
                "functions",
                "lambda_managed_instances",
                &[
                    ("requests", n(u, "requests")),
                    ("instance_type", word(&u.text("instance"))),
                    ("instance_hours", n(u, "instance_hours")),
                ],
            );
            if let Some(price) = u.number("discounted_hour") {
                let sku = format!("ec2-instance-{}", u.text("instance").replace('.', "-"));
                let _ = writeln!(out.prices, "{sku},us-east-1,Amazon EC2,h,0,,{price},,2026-01-01,the user,");
            }
        }
        "lambda" => lambda(u, out),
        "msk" => out.service(
            "cluster",
            "msk",
            &[
                ("broker_type", word(&u.text("type"))),
                ("brokers", n(u, "brokers")),
                ("hours", n(u, "hours")),
                ("storage_per_broker", n(u, "gb_per_broker")),
            ],
        ),
        "nat-gateway" => {
            out.service("nat", "nat_gateway", &[("gateways", n(u, "gateways")), ("hours", n(u, "hours")), ("data", n(u, "gb"))]);
        }
        "rds-proxy" => out.service(
            "proxy",
            "rds_proxy",
            &[("acu", n(u, "acu").or_else(|| n(u, "acu_billed"))), ("vcpu", n(u, "vcpu")), ("hours", n(u, "hours"))],
        ),
        "s3" => out.service(
            "bucket",
            "s3",
            &[
                ("storage", n(u, "storage_gb")),
                ("puts", n(u, "puts")),
                ("gets", n(u, "gets")),
                ("select_scanned", n(u, "select_scanned_gb")),
                ("select_returned", n(u, "select_returned_gb")),
            ],
        ),
        "sns" => {
            let fifo = u.get("fifo").and_then(Value::as_bool).unwrap_or(false);
            let none = Value::Object(serde_json::Map::new());
            let subs = Inputs::of(u.get("subs").unwrap_or(&none));
            let publishes = n(u, "publishes").or_else(|| n(u, "requests"));
            let deliveries = |key: &str| Some(format!("\"{} * {}\"", publishes.clone()?, n(&subs, key)?));
            out.service(
                "topic",
                "sns",
                &[
                    ("variant", word(if fifo { "fifo" } else { "standard" })),
                    ("publishes", publishes.clone()),
                    ("message_size", with(u, "publish_kb", " KB").or_else(|| with(u, "request_kb", " KB"))),
                    ("subscriptions", n(u, "subscriptions")),
                    ("http_deliveries", deliveries("http")),
                    ("email_deliveries", deliveries("email")),
                    ("firehose_deliveries", deliveries("firehose")),
                    ("push_deliveries", deliveries("mobile_push")),
                    ("macos_deliveries", deliveries("macos")),
                ],
            );
        }
        "sqs" => {
            let fifo = u.get("fifo").and_then(Value::as_bool).unwrap_or(false);
            out.service(
                "queue",
                "sqs",
                &[
                    ("variant", word(if fifo { "fifo" } else { "standard" })),
                    ("requests", n(u, "requests")),
                    ("request_size", with(u, "request_kb", " KB")),
                    ("messages", n(u, "messages")),
                    ("message_size", with(u, "message_kb", " KB")),
                    ("send_batch", n(u, "send_batch")),
                    ("receive_batch", n(u, "receive_batch")),
                    ("delete_batch", n(u, "delete_batch")),
                ],
            );
        }
        "step-functions" => {
            let transitions = n(u, "transitions_each").or_else(|| n(u, "transitions"));
            let executions = n(u, "executions").or_else(|| u.has("transitions").then(|| "1".to_owned()));
            out.service(
                "flow",
                "step_functions",
                &[
                    ("variant", word(&u.text("type"))),
                    ("executions", executions),
                    ("transitions", transitions),
                    ("retries", n(u, "retry_rate")),
                    ("duration", with(u, "avg_ms", " ms")),
                    // A record that states only what is billed states a multiple of the step.
                    ("memory_size", with(u, "memory_mb", " MB").or_else(|| with(u, "billed_mb", " MB"))),
                ],
            );
        }
        "vpc-endpoint" => out.service(
            "endpoints",
            "vpc_endpoint",
            &[("endpoints", n(u, "endpoints")), ("zones", n(u, "azs")), ("hours", n(u, "hours")), ("data", n(u, "gb"))],
        ),
        "x-ray" => out.service(
            "traces",
            "xray",
            &[("traces", n(u, "traces")), ("retrieved", n(u, "scanned").or_else(|| n(u, "retrieved")))],
        ),
        "cloudfront" => out.service(
            "cdn",
            "cloudfront",
            &[
                ("edge", u.has("edge").then(|| u.text("edge"))),
                ("egress", n(u, "out_gb")),
                ("to_origin", n(u, "to_origin_gb")),
                ("http_requests", n(u, "http")),
                ("https_requests", n(u, "https")),
                ("invalidation_paths", n(u, "invalidations")),
                ("function_invocations", n(u, "function_invocations")),
            ],
        ),
        other => panic!("no translation for `{other}`"),
    }
}

pub(super) fn lambda(u: &Inputs<'_>, out: &mut Writer) {
    let part = |key: &str| u.get(key).filter(|value| value.is_object()).map(Inputs::of);
    let architecture = if u.text("arch").starts_with("arm") { "arm" } else { "x86" };
    let memory = with(u, "memory_mb", " MB");
    let provisioned = u.has("pc");
    let on_demand = u.has("od_requests");
    // With provisioned concurrency and no other figures all requests run under it.
    let (requests, duration) = if on_demand {
        (n(u, "od_requests"), with(u, "od_ms", " ms"))
    } else if provisioned {
        (None, None)
    } else {
        (n(u, "requests"), with(u, "avg_billed_ms", " ms"))
    };
    out.service(
        "function",
        "lambda",
        &[
            ("architecture", word(architecture)),
            ("memory_size", memory.clone()),
            ("requests", requests),
            ("duration", duration),
            ("ephemeral_storage", with(u, "ephemeral_mb", " MB")),
            ("provisioned_concurrency", n(u, "pc")),
            ("provisioned_hours", n(u, "pc_hours")),
            ("provisioned_requests", n(u, "pc_requests").or_else(|| if provisioned { n(u, "requests") } else { None })),
            (
                "provisioned_duration",
                with(u, "pc_ms", " ms").or_else(|| if provisioned { with(u, "avg_billed_ms", " ms") } else { None }),
            ),
            ("snapstart_versions", n(u, "versions")),
            ("snapstart_hours", with(u, "active_seconds", " s")),
            ("snapstart_restores", n(u, "restores")),
            ("tenant_environments", product(u, &["tenants", "environments_per_tenant"])),
            ("sqs_poller_hours", n(u, "epu_hours")),
            ("durable_operations", n(u, "durable_operations")),
        ],
    );
    for name in ["small", "large"] {
        if let Some(responses) = part(name) {
            let size = with(&responses, "kb", " KB").or_else(|| with(&responses, "mb", " MB"));
            out.service(name, "lambda", &[("streamed_responses", n(&responses, "n")), ("streamed_size", size)]);
        }
    }
    if let Some(left) = u.number("streaming_free_gb_left") {
        out.used_up = format!("    lambda-response-streaming: {}\n", 100.0 - left);
    }
}

pub(super) fn composite(u: &Inputs<'_>, out: &mut Writer) {
    out.service("api", "api_gateway", &[("variant", word("http")), ("requests", n(u, "http_requests"))]);
    out.service(
        "functions",
        "lambda",
        &[
            ("requests", n(u, "lambda_invocations")),
            ("duration", with(u, "lambda_ms", " ms")),
            ("memory_size", with(u, "lambda_mb", " MB")),
        ],
    );
    let none = Value::Object(serde_json::Map::new());
    let part = |key: &str| u.get(key).filter(|value| value.is_object()).unwrap_or(&none);
    let (table, bucket, fargate) = (Inputs::of(part("dynamodb")), Inputs::of(part("s3")), Inputs::of(part("fargate")));
    out.service(
        "table",
        "dynamodb",
        &[
            ("write_request_units", n(u, "wru").or_else(|| n(&table, "wru"))),
            ("read_request_units", n(u, "rru").or_else(|| n(&table, "rru"))),
            ("storage", n(u, "ddb_gb").or_else(|| n(&table, "storage_gb"))),
        ],
    );
    out.service("bus", "eventbridge", &[("custom_events", n(u, "custom_events").or_else(|| n(u, "eventbridge_custom")))]);
    // A text says that there is next to none of it.
    out.service("queue", "sqs", &[("requests", n(u, "sqs_requests"))]);
    let _ = u.get("sqs");
    out.service(
        "flow",
        "step_functions",
        &[("executions", word("1")), ("transitions", n(u, "sfn_transitions").or_else(|| n(u, "sfn_standard_transitions")))],
    );
    if let Some(price) = u.number("cloudfront_flat_plan") {
        let plan = [(0.0, "free"), (15.0, "pro"), (200.0, "business"), (1000.0, "premium")];
        let plan = plan.into_iter().find(|(known, _)| *known == price).expect("a plan");
        out.service("cdn", "cloudfront", &[("plan", word(plan.1))]);
    }
    let stored = u.has("logs_gb").then(|| n(u, "logs_gb")).flatten();
    out.service("logs", "logs", &[("ingested", n(u, "log_gb").or_else(|| n(u, "logs_gb"))), ("stored", stored)]);
    out.service(
        "bucket",
        "s3",
        &[("storage", n(u, "s3_gb").or_else(|| n(&bucket, "gb"))), ("puts", n(&bucket, "puts")), ("gets", n(&bucket, "gets"))],
    );
    out.service("users", "cognito", &[("monthly_active_users", n(u, "mau"))]);
    out.service("metrics", "cloudwatch", &[("metrics", n(u, "metrics")), ("alarms", n(u, "alarms"))]);
    out.service("images", "ecr", &[("storage", n(u, "ecr_gb"))]);
    if u.has("public_ipv4_hours") {
        out.service("addresses", "public_ipv4", &[("hours", n(u, "public_ipv4_hours"))]);
    }
    if u.has("fargate") {
        out.service(
            "tasks",
            "fargate",
            &[
                ("tasks", n(&fargate, "task_runs")),
                ("duration", with(&fargate, "minutes", " min")),
                ("image_pull", with(&fargate, "pull_s", " s")),
                ("vcpu", n(&fargate, "vcpu")),
                ("memory_size", with(&fargate, "gb", " GB")),
            ],
        );
    }
}
