//! Which resource, and which key, of infracost's usage files is which of ours.
//!
//! Source: the usage files beside the tests of <https://github.com/infracost/infracost> (internal/providers/terraform/aws/testdata), read
//! 2026-11-27.

/// How a key of infracost becomes one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// The number itself, a whole one.
    Same,
    /// The number itself, which may be a fraction.
    Fraction,
    /// Milliseconds of one request.
    Milliseconds,
    /// MB of one execution.
    Megabytes,
    /// KB of one request.
    Kilobytes,
    /// So many each second.
    PerSecond,
    /// So many for each of the `monthly_requests`.
    PerRequest,
    /// `arm64` or `x86_64`.
    Architecture,
}

pub(super) struct Mapping {
    pub(super) terraform: &'static str,
    pub(super) kind: &'static str,
    /// Key and value that tell our type of a resource that Terraform has types of its own for.
    pub(super) fixed: Option<(&'static str, &'static str)>,
    /// What Terraform holds and this file does not.
    pub(super) configured: &'static [&'static str],
    /// Their key, with a dot between the names of nested maps; ours; and its unit.
    pub(super) keys: &'static [(&'static str, &'static str, Unit)],
}

impl Mapping {
    /// What is known of a key of theirs.
    pub(super) fn find(&self, theirs: &str) -> Option<&(&'static str, &'static str, Unit)> {
        self.keys.iter().find(|(known, ..)| *known == theirs)
    }
}

use Unit::{Architecture, Fraction, Kilobytes, Megabytes, Milliseconds, PerRequest, PerSecond, Same};

/// Resources of which one becomes several of ours: all mappings that know any of its keys hold.
pub(super) const PARTED: &[&str] = &["aws_cloudfront_distribution"];

pub(super) const MAPPINGS: &[Mapping] = &[
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
        keys: &[
            ("monthly_requests", "publishes", Same),
            ("request_size_kb", "message_size", Kilobytes),
            ("fifo_subscriptions", "subscriptions", Same),
            ("http_subscriptions", "http_deliveries", PerRequest),
            ("email_subscriptions", "email_deliveries", PerRequest),
            ("kinesis_subscriptions", "firehose_deliveries", PerRequest),
            ("mobile_push_subscriptions", "push_deliveries", PerRequest),
            ("macos_subscriptions", "macos_deliveries", PerRequest),
        ],
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
    Mapping {
        terraform: "aws_lambda_provisioned_concurrency_config",
        kind: "lambda",
        fixed: None,
        configured: &["provisioned_concurrency"],
        keys: &[
            ("monthly_duration_hrs", "provisioned_hours", Same),
            ("monthly_requests", "provisioned_requests", Same),
            ("request_duration_ms", "provisioned_duration", Milliseconds),
            ("memory_mb", "memory_size", Megabytes),
            ("architecture", "architecture", Architecture),
        ],
    },
    Mapping {
        terraform: "aws_kinesis_stream",
        kind: "kinesis",
        fixed: Some(("mode", "on-demand")),
        configured: &[],
        keys: &[
            ("monthly_on_demand_data_in_gb", "written", Fraction),
            ("monthly_on_demand_data_out_gb", "read", Fraction),
            ("monthly_on_demand_efo_data_out_gb", "fan_out_data", Fraction),
            ("monthly_on_demand_extended_retention_gb", "extended_retention", Fraction),
            ("monthly_on_demand_long_term_retention_gb", "long_term_retention", Fraction),
        ],
    },
    Mapping {
        terraform: "aws_kinesis_stream",
        kind: "kinesis",
        fixed: Some(("mode", "provisioned")),
        configured: &["shards"],
        keys: &[("monthly_provisioned_put_units", "put_units", Same)],
    },
    Mapping {
        terraform: "aws_kinesis_firehose_delivery_stream",
        kind: "firehose",
        fixed: Some(("source", "direct-put")),
        configured: &["format_conversion"],
        keys: &[("monthly_data_ingested_gb", "ingested", Same)],
    },
    Mapping {
        terraform: "aws_mq_broker",
        kind: "mq",
        fixed: None,
        configured: &["engine", "mode", "instance_type"],
        keys: &[("storage_size_gb", "storage", Same)],
    },
    Mapping {
        terraform: "aws_vpc_endpoint",
        kind: "vpc_endpoint",
        fixed: None,
        configured: &["zones"],
        keys: &[("monthly_data_processed_gb", "data", Same)],
    },
    Mapping {
        terraform: "aws_data_transfer",
        kind: "data_transfer",
        fixed: None,
        configured: &[],
        keys: &[
            ("region", "region", Same),
            ("monthly_intra_region_gb", "cross_az", Same),
            ("monthly_outbound_us_east_to_us_east_gb", "us_east", Same),
            ("monthly_outbound_other_regions_gb", "other_region", Same),
            ("monthly_outbound_internet_gb", "internet", Same),
        ],
    },
    Mapping {
        terraform: "aws_ecr_repository",
        kind: "ecr",
        fixed: None,
        configured: &[],
        keys: &[("storage_gb", "storage", Same)],
    },
    Mapping {
        terraform: "aws_rds_cluster",
        kind: "aurora_serverless",
        fixed: None,
        configured: &["configuration"],
        keys: &[
            ("capacity_units_per_hr", "acu", Same),
            ("storage_gb", "storage", Same),
            ("read_requests_per_sec", "reads", PerSecond),
            ("write_requests_per_sec", "writes", PerSecond),
            ("backup_snapshot_size_gb", "backup", Same),
        ],
    },
    Mapping {
        terraform: "aws_s3_bucket",
        kind: "s3",
        fixed: None,
        configured: &[],
        keys: &[
            ("standard.storage_gb", "storage", Same),
            ("standard.monthly_tier_1_requests", "puts", Same),
            ("standard.monthly_tier_2_requests", "gets", Same),
            ("standard.monthly_select_data_scanned_gb", "select_scanned", Same),
            ("standard.monthly_select_data_returned_gb", "select_returned", Same),
            ("standard_infrequent_access.storage_gb", "ia_storage", Same),
            ("standard_infrequent_access.monthly_tier_1_requests", "ia_puts", Same),
            ("standard_infrequent_access.monthly_tier_2_requests", "ia_gets", Same),
            ("standard_infrequent_access.monthly_data_retrieval_gb", "ia_retrieved", Same),
        ],
    },
    Mapping {
        terraform: "aws_cloudfront_distribution",
        kind: "cloudfront",
        fixed: Some(("edge", "north-america")),
        configured: &[],
        keys: &[
            ("monthly_data_transfer_to_internet_gb.us", "egress", Same),
            ("monthly_data_transfer_to_origin_gb.us", "to_origin", Same),
            ("monthly_http_requests.us", "http_requests", Same),
            ("monthly_https_requests.us", "https_requests", Same),
            ("monthly_shield_requests.us", "origin_shield_requests", Same),
            ("monthly_invalidation_requests", "invalidation_paths", Same),
            ("monthly_encryption_requests", "encrypted_requests", Same),
            ("monthly_log_lines", "log_lines", Same),
            ("custom_ssl_certificates", "dedicated_certificates", Same),
        ],
    },
    Mapping {
        terraform: "aws_cloudfront_distribution",
        kind: "cloudfront",
        fixed: Some(("edge", "europe")),
        configured: &[],
        keys: &[
            ("monthly_data_transfer_to_internet_gb.europe", "egress", Same),
            ("monthly_data_transfer_to_origin_gb.europe", "to_origin", Same),
            ("monthly_http_requests.europe", "http_requests", Same),
            ("monthly_https_requests.europe", "https_requests", Same),
            ("monthly_shield_requests.europe", "origin_shield_requests", Same),
        ],
    },
    Mapping {
        terraform: "aws_cloudfront_distribution",
        kind: "cloudfront",
        fixed: Some(("edge", "australia")),
        configured: &[],
        keys: &[
            ("monthly_data_transfer_to_internet_gb.australia", "egress", Same),
            ("monthly_data_transfer_to_origin_gb.australia", "to_origin", Same),
            ("monthly_http_requests.australia", "http_requests", Same),
            ("monthly_https_requests.australia", "https_requests", Same),
            ("monthly_shield_requests.australia", "origin_shield_requests", Same),
        ],
    },
    Mapping {
        terraform: "aws_cloudfront_distribution",
        kind: "cloudfront",
        fixed: Some(("edge", "asia-pacific")),
        configured: &[],
        keys: &[
            ("monthly_data_transfer_to_internet_gb.asia_pacific", "egress", Same),
            ("monthly_data_transfer_to_origin_gb.asia_pacific", "to_origin", Same),
            ("monthly_http_requests.asia_pacific", "http_requests", Same),
            ("monthly_https_requests.asia_pacific", "https_requests", Same),
            ("monthly_shield_requests.singapore", "origin_shield_requests", Same),
        ],
    },
];

/// Keys that infracost takes as billed: type, its key, beginning of the SKUs that hold the quantity.
pub(super) const BILLED: &[(&str, &str, &str)] = &[
    ("kinesis", "monthly_on_demand_data_in_gb", "kinesis-on-demand-in"),
    ("kinesis", "monthly_provisioned_put_units", "kinesis-put-units"),
    ("firehose", "monthly_data_ingested_gb", "firehose-ingestion"),
    ("sqs", "monthly_requests", "sqs-requests-"),
    ("dynamodb", "monthly_write_request_units", "dynamodb-write-request-units"),
    ("dynamodb", "monthly_read_request_units", "dynamodb-read-request-units"),
    ("dynamodb", "storage_gb", "dynamodb-storage"),
    ("step_functions", "monthly_transitions", "step-functions-transitions"),
];
