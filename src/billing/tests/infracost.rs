//! Usage files of infracost, both ways.

use super::rules::file;
use crate::billing::{infracost, read_text};

/// The forms of <https://github.com/infracost/infracost>: its usage file is read, and one is written that reads the same.
#[test]
fn usage_files_of_infracost_go_both_ways() {
    let theirs = "version: 0.1\nresource_usage:\n  aws_lambda_function.hello:\n    monthly_requests: 100000\n    \
                  request_duration_ms: 350\n  aws_sqs_queue.q:\n    monthly_requests: 1000000\n    request_size_kb: 63\n  \
                  aws_sfn_state_machine.express:\n    monthly_requests: 100000\n    workflow_duration_ms: 123\n    memory_mb: 64\n  \
                  aws_sfn_state_machine.standard:\n    monthly_transitions: 1000\n  aws_instance.web:\n    operating_system: linux\n";
    let read = file(theirs);
    let told: Vec<(&str, String)> = read.usages.iter().map(|usage| (usage.sku.as_str(), usage.quantity.to_string())).collect();
    let expected = [
        ("lambda-requests-x86", "100000"),
        ("lambda-duration-x86", "4375"),
        ("sqs-requests-standard", "1000000"),
        ("step-functions-express-requests", "100000"),
        ("step-functions-express-duration", "1250"),
        ("step-functions-transitions", "1000"),
    ];
    assert_eq!(told, expected.map(|(sku, quantity)| (sku, quantity.to_owned())));
    assert!(read.notes.iter().any(|note| note.contains("aws_instance.web")), "{:?}", read.notes);
    assert!(!read.allowances.always_free);
    let written = infracost::write(&read);
    assert!(written.contains("aws_sqs_queue.q:\n    monthly_requests: 1000000\n"), "{written}");
    assert_eq!(file(&written).usages, read.usages, "{written}");
}

/// Every resource that both know, in one file each way: what is read is written so that it reads the same. Keys as in the usage files beside
/// the tests of <https://github.com/infracost/infracost>.
#[test]
fn resources_of_infracost_read_and_write_the_same() {
    for (theirs, expected) in [
        (
            "aws_lambda_provisioned_concurrency_config.c:\n    monthly_duration_hrs: 200\n    monthly_requests: 3000000\n    \
             request_duration_ms: 250\n    memory_mb: 1024\n    architecture: arm64\n",
            &[("lambda-requests-arm", "3000000"), ("lambda-duration-provisioned-arm", "750000")][..],
        ),
        (
            "aws_kinesis_stream.s:\n    monthly_on_demand_data_in_gb: 0.4\n    monthly_on_demand_data_out_gb: 0.6\n",
            &[("kinesis-on-demand-stream-hours", "730"), ("kinesis-on-demand-in", "0.4"), ("kinesis-on-demand-out", "0.6")],
        ),
        ("aws_kinesis_stream.p:\n    monthly_provisioned_put_units: 7000000\n", &[("kinesis-put-units", "7000000")]),
        ("aws_kinesis_firehose_delivery_stream.f:\n    monthly_data_ingested_gb: 1500\n", &[("firehose-ingestion", "1500")]),
        (
            "aws_vpc_endpoint.e:\n    monthly_data_processed_gb: 30\n",
            &[("vpc-endpoint-hours", "730"), ("vpc-endpoint-data", "30")],
        ),
        (
            "aws_data_transfer.t:\n    region: eu-west-1\n    monthly_intra_region_gb: 20\n    monthly_outbound_internet_gb: 40\n",
            &[("data-transfer-internet-egress", "40"), ("data-transfer-cross-az", "40")],
        ),
        ("aws_ecr_repository.r:\n    storage_gb: 12\n", &[("ecr-storage", "12")]),
        (
            "aws_rds_cluster.d:\n    capacity_units_per_hr: 4\n    storage_gb: 50\n    read_requests_per_sec: 2\n",
            &[("aurora-acu-standard", "2920"), ("aurora-storage-standard", "50"), ("aurora-io", "5256000")],
        ),
        (
            "aws_s3_bucket.b:\n    standard:\n      storage_gb: 70\n      monthly_tier_1_requests: 9000\n    standard_infrequent_access:\n      \
             monthly_tier_2_requests: 500\n      monthly_data_retrieval_gb: 8\n",
            &[("s3-storage-standard", "70"), ("s3-put", "9000"), ("s3-ia-get", "500"), ("s3-ia-retrieval", "8")],
        ),
        (
            "aws_sns_topic.n:\n    monthly_requests: 5000\n    http_subscriptions: 3\n    macos_subscriptions: 2\n",
            &[("sns-publish-standard", "5000"), ("sns-delivery-http", "15000"), ("sns-delivery-macos", "10000")],
        ),
        (
            "aws_cloudfront_distribution.w:\n    monthly_https_requests:\n      us: 700\n      europe: 800\n    monthly_shield_requests:\n      \
             singapore: 40\n    monthly_invalidation_requests: 2000\n",
            &[
                ("cloudfront-https-north-america", "700"),
                ("cloudfront-invalidations", "2000"),
                ("cloudfront-https-europe", "800"),
                ("cloudfront-origin-shield-asia-pacific", "40"),
            ],
        ),
    ] {
        let read = file(&format!("version: 0.1\nresource_usage:\n  {theirs}"));
        let told: Vec<(&str, String)> =
            read.usages.iter().map(|usage| (usage.sku.as_str(), usage.quantity.to_string())).collect();
        for (sku, quantity) in expected {
            assert!(told.contains(&(sku, (*quantity).to_owned())), "{theirs}: {told:?}");
        }
        let written = infracost::write(&read);
        assert_eq!(file(&written).usages, read.usages, "{theirs} is written {written}");
    }
    let unknown = read_text("resource_usage:\n  aws_s3_bucket.b:\n    standard:\n      storage_g: 70\n");
    let told = unknown.diagnostics.render(&unknown.sources, false);
    assert!(
        told.contains("`standard.storage_g` of `aws_s3_bucket.b`") && told.contains("did you mean `standard.storage_gb`"),
        "{told}"
    );
}
