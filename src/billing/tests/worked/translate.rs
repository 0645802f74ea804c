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

    /// The value of a key, or of the first that is there of several with `|` between them: records name one thing differently.
    pub(super) fn get(&self, keys: &str) -> Option<&'a Value> {
        let present = keys.split('|').find(|key| self.map.get(*key).is_some())?;
        self.read.borrow_mut().insert(present.to_owned());
        self.map.get(present).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, keys: &str) -> bool {
        keys.split('|').any(|key| self.map.get(key).is_some())
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

/// The sum of those numbers of a record that are there.
pub(super) fn sum(inputs: &Inputs<'_>, keys: &[&str]) -> Option<String> {
    let numbers: Vec<String> = keys.iter().filter_map(|key| n(inputs, key)).collect();
    (!numbers.is_empty()).then(|| format!("\"{}\"", numbers.join(" + ")))
}

/// Two numbers of a record multiplied, as an expression that the reader of usage files works out.
pub(super) fn product(inputs: &Inputs<'_>, keys: &[&str]) -> Option<String> {
    let numbers: Option<Vec<String>> = keys.iter().map(|key| n(inputs, key)).collect();
    numbers.map(|numbers| format!("\"{}\"", numbers.join(" * ")))
}

pub(super) fn translate(service: &str, u: &Inputs<'_>, out: &mut Writer) {
    let hours = |u: &Inputs<'_>| u.number("month_hours|hours_in_month").map(|hours| format!("{hours} h"));
    out.month = u.number("days|days_in_month").map(|days| format!("{days} d")).or_else(|| hours(u));
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
                    ("storage", n(u, "gb_per_node|gb|storage_gb")),
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
                    ("cache_hours", n(u, "cache_hours|hours")),
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
                ("event_operations", n(u, "event_operations|events_operations|event_api_operations")),
                ("event_connection_minutes", n(u, "event_connection_minutes|events_connection_minutes")),
                ("cache_size", n(u, "cache_gb")),
                ("cache_hours", n(u, "cache_hours|hours")),
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
                    ("acu", n(u, "acu|base_acu|avg_acu|average_acu")),
                    ("hours", n(u, "hours|base_hours")),
                    ("peak_acu", n(u, "peak_acu")),
                    ("peak_hours", n(u, "peak_hours")),
                    ("storage", n(u, "storage_gb")),
                    ("reads", per_second("reads_per_s").or_else(|| n(u, "reads|io_requests|ios|io"))),
                    ("writes", per_second("writes_per_s").or_else(|| n(u, "writes"))),
                    ("backup", n(u, "backup_gb")),
                    ("data_api_requests", n(u, "data_api_requests")),
                    ("data_api_size", with(u, "data_api_kb|request_kb", " KB")),
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
                    ("metrics", n(u, "custom_metrics|metrics")),
                    ("alarms", n(u, "alarms|standard_alarms")),
                    ("anomaly_alarms", n(u, "anomaly_alarms")),
                    ("high_resolution_alarms", n(u, "high_resolution_alarms")),
                    ("composite_alarms", n(u, "composite_alarms")),
                    ("requests", n(u, "api_requests")),
                    ("dashboards", n(u, "dashboards")),
                ],
            );
        }
        "cognito" => out.service(
            "users",
            "cognito",
            &[
                ("plan", u.has("plan").then(|| u.text("plan"))),
                ("monthly_active_users", n(u, "mau")),
                ("federated_users", n(u, "federated_mau|saml_mau|saml_oidc_mau")),
                ("m2m_tokens", n(u, "m2m_tokens|tokens|token_requests")),
                ("advanced_security_users", n(u, "advanced_security_mau")),
            ],
        ),
        "composite" => super::compound::composite(u, out),
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
                ("writes", n(u, "writes").or_else(|| with(u, "writes_per_s", "/s"))),
                ("transactional_writes", n(u, "transactional_writes")),
                ("eventual_reads", n(u, "eventual_reads")),
                ("strong_reads", n(u, "strong_reads|reads").or_else(|| with(u, "reads_per_s", "/s"))),
                ("transactional_reads", n(u, "transactional_reads")),
                ("index_writes", n(u, "gsi|gsis|indexes")),
                ("exported", n(u, "export_gb")),
                ("captured_writes", n(u, "cdc_units|captured_writes")),
                ("provisioned_wcu", n(u, "wcu")),
                ("provisioned_rcu", n(u, "rcu")),
                ("provisioned_hours", n(u, "hours")),
                ("storage", n(u, "storage_gb")),
                ("items", n(u, "items")),
                ("item_size", with(u, "item_bytes", " B").or_else(|| with(u, "item_kb", " KB"))),
                ("pitr", n(u, "pitr_gb")),
                ("backup", n(u, "backup_gb")),
                ("restored", n(u, "restore_gb")),
                ("streams_reads", n(u, "streams_reads")),
                ("replicas", u.get("replicas").map(Value::to_string)),
            ],
        ),
        "eventbridge" => {
            let kind = if u.text("kind") == "partner" { "partner_events" } else { "custom_events" };
            // A text there says that each is one chunk.
            let size = with(u, "event_kb|payload_kb", " KB");
            out.service(
                "bus",
                "eventbridge",
                &[
                    (kind, n(u, "events|custom_events")),
                    ("event_size", size),
                    ("cross_account_deliveries", n(u, "cross_account_service_deliveries")),
                    (
                        "cross_account_management_deliveries",
                        n(u, "cross_account_management_deliveries|management_cross_account_deliveries"),
                    ),
                    ("other_bus_events", n(u, "other_bus_events|cross_account_bus_events")),
                    ("replayed_events", n(u, "replayed_events|replay_events")),
                    ("discovered_events", n(u, "schema_discovery_events|discovery_events|discovered_events")),
                    ("api_destinations", n(u, "api_destination_invocations|api_destinations")),
                    ("archived", n(u, "archive_gb|archive_processing_gb")),
                    ("archive_storage", n(u, "archive_storage_gb")),
                    ("schedules", n(u, "scheduler_invocations|schedules")),
                    ("pipe_requests", n(u, "pipe_requests|pipes_requests")),
                ],
            );
        }
        "fargate" => {
            let daily = u.has("seconds_per_day|minutes_per_day|hours_per_day");
            let platform = match u.text("arch").as_str() {
                "arm64" => "linux-arm",
                _ if u.text("os|platform") == "windows" => "windows-x86",
                _ => "linux-x86",
            };
            let seconds = || {
                with(u, "seconds_per_day", " s")
                    .or_else(|| with(u, "minutes_per_day", " min"))
                    .or_else(|| with(u, "hours_per_day", " h"))
            };
            out.service(
                "task",
                "fargate",
                &[
                    ("tasks", n(u, "tasks").map(|tasks| if daily { format!("{tasks}/d") } else { tasks })),
                    ("duration", seconds().or_else(|| n(u, "hours"))),
                    ("image_pull", with(u, "pull_s", " s")),
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
            &[
                (
                    "source",
                    u.has("source").then(|| u.text("source")).filter(|source| ["msk", "vended-logs"].contains(&source.as_str())),
                ),
                ("ingested", n(u, "ingested_gb")),
                ("records", n(u, "records").or_else(|| with(u, "records_per_s", "/s"))),
                ("record_size", with(u, "record_kb", " KB")),
                ("format_conversion", u.get("format_conversion").map(Value::to_string)),
                ("partitioned", n(u, "partitioned_gb|dynamic_partitioning_gb")),
                ("partition_objects", n(u, "objects|partition_objects")),
                ("jq_hours", n(u, "jq_hours")),
                ("vpc_zone_hours", n(u, "vpc_az_hours|vpc_hours")),
                ("vpc_delivered", n(u, "vpc_gb")),
            ],
        ),
        "kinesis" => out.service(
            "stream",
            "kinesis",
            &[
                ("mode", u.text("mode|capacity").contains("demand").then(|| "on-demand".to_owned())),
                ("shards", n(u, "shards")),
                ("hours", n(u, "hours|stream_hours")),
                ("written", n(u, "in_gb|data_in_gb|written_gb")),
                ("read", n(u, "out_gb|data_out_gb|read_gb")),
                ("extended_retention", n(u, "extended_gb|extended_retention_gb|retention_gb")),
                ("put_units", n(u, "put_units")),
                ("records", n(u, "records").or_else(|| with(u, "records_per_s", "/s"))),
                ("record_size", with(u, "record_kb", " KB").or_else(|| with(u, "record_bytes", " B"))),
                ("extended_retention_hours", n(u, "extended_shard_h")),
                ("long_term_retention", n(u, "long_term_gb|long_term_retention_gb")),
                ("long_term_retrieved", n(u, "long_term_retrieved_gb")),
                ("fan_out_data", n(u, "efo_gb|efo_out_gb")),
                ("fan_out_hours", n(u, "efo_consumer_shard_h")),
            ],
        ),
        "kms" => {
            let requests: Vec<String> =
                ["encrypts", "decrypts", "requests", "signs", "generates"].iter().filter_map(|key| n(u, key)).collect();
            let requests = (!requests.is_empty()).then(|| format!("\"{}\"", requests.join(" + ")));
            out.service(
                "keys",
                "kms",
                &[
                    ("keys", n(u, "keys")),
                    ("requests", requests),
                    ("asymmetric_requests", n(u, "asymmetric_requests")),
                    ("ecc_key_pairs", n(u, "ecc_key_pairs|ecc_requests")),
                    ("rsa_key_pairs", n(u, "rsa_key_pairs|rsa_requests")),
                ],
            );
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
        "lambda" => super::compound::lambda(u, out),
        "msk" => out.service(
            "cluster",
            "msk",
            &[
                ("broker_type", u.has("type").then(|| u.text("type"))),
                ("brokers", n(u, "brokers")),
                ("hours", n(u, "hours")),
                ("storage_per_broker", n(u, "gb_per_broker|storage_gb_per_broker")),
                ("serverless_clusters", n(u, "serverless_clusters|clusters")),
                ("serverless_partitions", n(u, "partitions")),
                ("serverless_in", n(u, "in_gb|data_in_gb")),
                ("serverless_out", n(u, "out_gb|data_out_gb")),
                ("serverless_storage", n(u, "storage_gb")),
                ("tiered_storage", n(u, "tiered_gb|tiered_storage_gb")),
            ],
        ),
        "nat-gateway" => {
            out.service("nat", "nat_gateway", &[("gateways", n(u, "gateways")), ("hours", n(u, "hours")), ("data", n(u, "gb"))]);
        }
        "rds-proxy" => out.service(
            "proxy",
            "rds_proxy",
            &[("acu", n(u, "acu|acu_billed")), ("vcpu", n(u, "vcpu|vcpus")), ("hours", n(u, "hours"))],
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
                ("ia_storage", n(u, "ia_storage_gb|ia_gb")),
                ("ia_puts", n(u, "ia_puts")),
                ("ia_gets", n(u, "ia_gets")),
                ("ia_retrieved", n(u, "ia_retrieved_gb|ia_retrieval_gb")),
                ("express_storage", n(u, "express_storage_gb|express_gb")),
                ("express_puts", n(u, "express_puts")),
                ("express_gets", n(u, "express_gets")),
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
                    ("idle_pollers", n(u, "idle_pollers|pollers")),
                    ("poll_wait", with(u, "wait_s|long_poll_s", " s")),
                ],
            );
        }
        "step-functions" => {
            let transitions = n(u, "transitions_each|transitions_per_execution|states|transitions");
            let executions = n(u, "executions").or_else(|| u.has("transitions").then(|| "1".to_owned()));
            out.service(
                "flow",
                "step_functions",
                &[
                    ("variant", word(&u.text("type"))),
                    ("executions", executions),
                    ("transitions", transitions),
                    ("map_items", n(u, "map_items|iterations")),
                    ("map_states", n(u, "map_states|states_per_item|states_inside")),
                    ("retries", n(u, "retry_rate|retries")),
                    (
                        "duration",
                        with(u, "avg_ms|ms", " ms")
                            .or_else(|| with(u, "avg_s|seconds", " s"))
                            .or_else(|| with(u, "billed_ms", " ms")),
                    ),
                    // A record that states only what is billed states a multiple of the step.
                    ("memory_size", with(u, "memory_mb", " MB").or_else(|| with(u, "billed_mb", " MB"))),
                    ("definition_size", with(u, "definition_kb", " KB")),
                    ("data_size", with(u, "payload_kb|data_kb", " KB")),
                    ("parallel_steps", n(u, "map_steps|parallel_steps|branches")),
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
            &[
                ("traces", n(u, "traces|recorded")),
                ("sampled_requests", n(u, "requests").or_else(|| with(u, "requests_per_s", "/s"))),
                ("retrieved", sum(u, &["scanned", "retrieved"])),
            ],
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
                ("origin_shield_requests", n(u, "shield|shield_requests|origin_shield|origin_shield_requests")),
                ("invalidation_paths", n(u, "invalidations|invalidation_paths|invalidation_requests")),
                ("function_invocations", n(u, "function_invocations|functions")),
                ("log_lines", n(u, "log_lines|realtime_log_lines")),
                ("encrypted_requests", n(u, "encryption_requests|field_level_encryption|encrypted_requests")),
                ("dedicated_certificates", n(u, "custom_ssl_certificates|ssl_certificates|custom_ssl")),
            ],
        ),
        other => panic!("no translation for `{other}`"),
    }
}
