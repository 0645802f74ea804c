//! Records of Lambda, and of several services at once.

use serde_json::Value;

use super::translate::{Inputs, Writer, n, product, with, word};

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
        (n(u, "requests"), with(u, "avg_billed_ms|avg_ms", " ms"))
    };
    if u.text("edge|product").contains("edge") || u.get("edge").and_then(Value::as_bool) == Some(true) {
        let duration = with(u, "avg_billed_ms|avg_ms", " ms");
        out.service(
            "function",
            "lambda_edge",
            &[("requests", n(u, "requests")), ("duration", duration), ("memory_size", memory)],
        );
        return;
    }
    let kafka = u.text("source|event_source").contains("kafka");
    let pollers = n(u, "epu_hours");
    out.service(
        "function",
        "lambda",
        &[
            ("architecture", word(architecture)),
            ("memory_size", memory.clone()),
            ("requests", requests),
            ("duration", duration),
            ("ephemeral_storage", with(u, "ephemeral_mb", " MB")),
            ("asynchronous_requests", n(u, "async_requests|asynchronous_requests")),
            ("event_size", with(u, "event_kb|payload_kb", " KB")),
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
            ("sqs_poller_hours", pollers.clone().filter(|_| !kafka)),
            ("kafka_poller_hours", n(u, "kafka_epu_hours").or(pollers.filter(|_| kafka))),
            (
                "durable_operations",
                n(u, "durable_operations|operations").or_else(|| product(u, &["executions", "operations_per_execution"])),
            ),
            ("durable_writes", n(u, "durable_writes|writes|executions")),
            ("durable_write_size", with(u, "write_kb|kb_written|data_kb|kb_per_execution", " KB")),
            ("durable_kept", with(u, "retention_days", " d")),
            ("durable_retained", n(u, "retained_gb|retained_gb_month|retained_gb_months")),
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
