use crate::pricing::metering::{
    BYTES_PER_GB, HALF_UNITS_PER_READ_REQUEST_UNIT, MEGABYTE_MILLISECONDS_PER_GB_SECOND, ReadConsistency,
    dynamodb_read_half_units, dynamodb_storage_bytes, dynamodb_write_request_units, eventbridge_events, express_billed_megabytes,
    express_billed_milliseconds, express_memory_bytes, http_api_requests, lambda_async_requests, lambda_billed_milliseconds,
    lambda_log_bytes, log_archived_bytes, megabyte_milliseconds, sns_publish_requests, sqs_requests,
};
use crate::pricing::{MonthScale, Quantity};

const KB: u64 = 1024;

/// <https://aws.amazon.com/lambda/pricing/> and
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>: up to the next millisecond, once, with
/// initialisation inside.
#[test]
fn lambda_duration_rounds_the_sum_up_to_a_millisecond() {
    for (init, handler, expected) in [
        (0, 1, 1),
        (0, 1_000_000, 1),
        (0, 1_000_001, 2),
        // Two half milliseconds are one: rounding each part would bill two.
        (500_000, 500_000, 1),
        (200_400_000, 50_300_000, 251),
        (u64::MAX, u64::MAX, 36_893_488_147_420),
    ] {
        assert_eq!(lambda_billed_milliseconds(init, handler), expected, "{init} + {handler}");
    }
    // 1 s at 512 MB is half a GB-second.
    let half = Quantity::of_month(megabyte_milliseconds(1000, 512), MEGABYTE_MILLISECONDS_PER_GB_SECOND, MonthScale::ONE);
    assert_eq!(half.map(|quantity| quantity.to_string()).as_deref(), Some("0.5"));
}

/// <https://aws.amazon.com/lambda/pricing/>: 256 KB in the first request, then one for each 64 KB, up to 1 MB.
#[test]
fn lambda_async_requests_grow_by_size() {
    for (bytes, expected) in [(0, 1), (256 * KB, 1), (256 * KB + 1, 2), (320 * KB, 2), (320 * KB + 1, 3), (1024 * KB, 13)] {
        assert_eq!(lambda_async_requests(bytes), expected, "{bytes}");
    }
}

/// <https://aws.amazon.com/sqs/pricing/>, <https://aws.amazon.com/sns/pricing/>,
/// <https://aws.amazon.com/eventbridge/pricing/>: a 256 KB payload is four; a MB is sixteen.
#[test]
fn messages_are_billed_per_started_64_kb() {
    for (bytes, expected) in [(0, 1), (1, 1), (64 * KB, 1), (64 * KB + 1, 2), (256 * KB, 4), (1024 * KB, 16)] {
        assert_eq!(sqs_requests(bytes), expected, "SQS {bytes}");
        assert_eq!(sns_publish_requests(bytes), expected, "SNS {bytes}");
        assert_eq!(eventbridge_events(bytes), expected, "EventBridge {bytes}");
    }
    // Ten messages of 6 KB: one SQS request as a batch, ten EventBridge events whatever the batch.
    assert_eq!(sqs_requests(10 * 6 * KB), 1);
    assert_eq!((0..10).map(|_| eventbridge_events(6 * KB)).sum::<u64>(), 10);
}

/// <https://aws.amazon.com/api-gateway/pricing/>: uploads of 4.5 MB count nine requests.
#[test]
fn http_api_calls_are_billed_per_started_512_kb() {
    for (bytes, expected) in [(0, 1), (512 * KB, 1), (512 * KB + 1, 2), (4608 * KB, 9)] {
        assert_eq!(http_api_requests(bytes), expected, "{bytes}");
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>.
#[test]
fn dynamodb_units_follow_item_size_and_consistency() {
    for (bytes, is_transactional, expected) in
        [(0, false, 1), (KB, false, 1), (KB + 1, false, 2), (3 * KB, true, 6), (500, true, 2)]
    {
        assert_eq!(dynamodb_write_request_units(bytes, is_transactional), expected, "write {bytes}");
    }
    for (bytes, consistency, half_units) in [
        (0, ReadConsistency::Eventual, 1),
        (4 * KB, ReadConsistency::Eventual, 1),
        (8 * KB, ReadConsistency::Eventual, 2),
        (8 * KB, ReadConsistency::Strong, 4),
        (8 * KB, ReadConsistency::Transactional, 8),
        (4 * KB + 1, ReadConsistency::Strong, 4),
    ] {
        assert_eq!(dynamodb_read_half_units(bytes, consistency), half_units, "{consistency:?} read of {bytes}");
    }
    let units = Quantity::of_month(3, HALF_UNITS_PER_READ_REQUEST_UNIT, MonthScale::ONE);
    assert_eq!(units.map(|quantity| quantity.to_string()).as_deref(), Some("1.5"));
    // A million items of 1 KiB and 100 bytes of overhead each.
    let stored = dynamodb_storage_bytes(1_000_000 * 1024, 1_000_000);
    let stored = Quantity::of_month(stored, BYTES_PER_GB, MonthScale::ONE).map(|quantity| quantity.to_string());
    assert_eq!(stored.as_deref(), Some("1.046806573868"));
}

/// <https://aws.amazon.com/step-functions/pricing/>: 50 KB of definition and 400 steps of 32 KB are 62.85 MB.
#[test]
fn express_rounds_time_and_memory_up() {
    for (nanoseconds, expected) in
        [(0, 0), (1, 100), (100_000_000, 100), (123_000_000, 200), (801_000_000, 900), (10_000_000_000, 10_000)]
    {
        assert_eq!(express_billed_milliseconds(nanoseconds), expected, "{nanoseconds}");
    }
    assert_eq!(express_memory_bytes(50_000, 32_000, 400), 62_850_000);
    for (bytes, expected) in [(50_000_000, 64), (62_850_000, 64), (64_000_000, 64), (64_000_001, 128), (1_200_000_000, 1216)] {
        assert_eq!(express_billed_megabytes(bytes), expected, "{bytes}");
    }
}

/// <https://aws.amazon.com/cloudwatch/pricing/>, and AWS's calculator for the 15 %.
#[test]
fn log_bytes_are_counted_uncompressed_and_kept_compressed() {
    assert_eq!(lambda_log_bytes(1000, 350, 20_000), 370_000);
    for (ingested, kept) in [(0, 0), (1, 1), (100, 15), (101, 16), (1 << 30, 161_061_274)] {
        assert_eq!(log_archived_bytes(ingested), kept, "{ingested}");
    }
}
