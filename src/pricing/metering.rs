//! Metering: from what happened to what is billed, as documented by AWS.
//!
//! Pure integer functions that rooms call while they count usage. Each rounds once per call, execution or item, as AWS
//! does; summing first and rounding later gives another bill. Sources were read 2026-11-23.

/// Nanoseconds per millisecond; simulated time is in nanoseconds.
const NANOSECONDS_PER_MILLISECOND: u128 = 1_000_000;
/// AWS's KB of message sizes.
const BYTES_PER_KB: u64 = 1024;

/// Megabyte-milliseconds in a GB-second, for [`super::Quantity::of_month`]: 1 GB is 1024 MB.
/// Source: <https://aws.amazon.com/lambda/pricing/>.
pub const MEGABYTE_MILLISECONDS_PER_GB_SECOND: u32 = 1024 * 1000;
/// Bytes in a second of Kinesis On-Demand Advantage that an account commits to in a Region, each way, whether used or not. Source:
/// <https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html>.
pub const KINESIS_COMMITTED_BYTES_PER_SECOND: u32 = 25 << 20;
/// Bytes in a GB of internet egress, for [`super::Quantity::of_month`]. The API Gateway example divides by 1024 twice to
/// come from KB to GB. Source: <https://aws.amazon.com/api-gateway/pricing/>.
pub const BYTES_PER_GB: u32 = 1 << 30;
/// Half read units in a DynamoDB read request unit, for [`super::Quantity::of_month`].
pub const HALF_UNITS_PER_READ_REQUEST_UNIT: u32 = 2;

/// Billed milliseconds of one Lambda invocation: initialisation and handler together, rounded up to 1 ms.
///
/// `init_nanoseconds` is zero for a warm start. Initialisation is billed for all package types since 2025-08-01; pass zero
/// to reproduce older bills. Sources: <https://aws.amazon.com/lambda/pricing/>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>.
pub fn lambda_billed_milliseconds(init_nanoseconds: u64, handler_nanoseconds: u64) -> u64 {
    let busy = u128::from(init_nanoseconds) + u128::from(handler_nanoseconds);
    busy.div_ceil(NANOSECONDS_PER_MILLISECOND) as u64
}

/// Megabyte-milliseconds of a billed duration; see [`MEGABYTE_MILLISECONDS_PER_GB_SECOND`].
pub fn megabyte_milliseconds(billed_milliseconds: u64, memory_megabytes: u64) -> u128 {
    u128::from(billed_milliseconds) * u128::from(memory_megabytes)
}

/// Billed requests of one asynchronous Lambda invocation: one for the first 256 KB of the event and one more for each
/// further 64 KB that is started. Source: <https://aws.amazon.com/lambda/pricing/>.
pub fn lambda_async_requests(event_bytes: u64) -> u64 {
    1 + event_bytes.saturating_sub(256 * BYTES_PER_KB).div_ceil(64 * BYTES_PER_KB)
}

/// Billed requests of one SQS API call: one for each started 64 KB of everything the call carries, so a batch of small
/// messages is one request and so is a receive that returns nothing. Source: <https://aws.amazon.com/sqs/pricing/>.
pub fn sqs_requests(call_bytes: u64) -> u64 {
    started_chunks(call_bytes, 64 * BYTES_PER_KB)
}

/// Billed requests of one SNS publish call: one for each started 64 KB. Source: <https://aws.amazon.com/sns/pricing/>.
pub fn sns_publish_requests(call_bytes: u64) -> u64 {
    started_chunks(call_bytes, 64 * BYTES_PER_KB)
}

/// Billed events of one EventBridge entry: one for each started 64 KB. Entries of a PutEvents call count each by itself,
/// so batching saves nothing. Source: <https://aws.amazon.com/eventbridge/pricing/>.
pub fn eventbridge_events(entry_bytes: u64) -> u64 {
    started_chunks(entry_bytes, 64 * BYTES_PER_KB)
}

/// Billed requests of one call of an HTTP API: one for each started 512 KB of the request. Calls of a REST API are one
/// request each, whatever their size. Source: <https://aws.amazon.com/api-gateway/pricing/>.
pub fn http_api_requests(request_bytes: u64) -> u64 {
    started_chunks(request_bytes, 512 * BYTES_PER_KB)
}

/// DynamoDB write request units of one item: one for each started KB, twice that in a transaction. Each index that the
/// write touches takes units of its own. Source:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>.
pub fn dynamodb_write_request_units(item_bytes: u64, is_transactional: bool) -> u64 {
    started_chunks(item_bytes, BYTES_PER_KB) * if is_transactional { 2 } else { 1 }
}

/// How a DynamoDB read is done, which decides what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadConsistency {
    /// The default of AWS: half a unit for each started 4 KB.
    Eventual,
    /// One unit for each started 4 KB.
    Strong,
    /// Two units for each started 4 KB.
    Transactional,
}

/// Half DynamoDB read request units of one read; see [`HALF_UNITS_PER_READ_REQUEST_UNIT`]. For Query and Scan, `bytes` is
/// the sum of the items read: they round the sum, not each item. A read that finds nothing takes the least unit. Source:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html>.
pub fn dynamodb_read_half_units(bytes: u64, consistency: ReadConsistency) -> u64 {
    let half_units_per_chunk = match consistency {
        ReadConsistency::Eventual => 1,
        ReadConsistency::Strong => 2,
        ReadConsistency::Transactional => 4,
    };
    started_chunks(bytes, 4 * BYTES_PER_KB) * half_units_per_chunk
}

/// Bytes that DynamoDB bills for storing items: 100 more than the data for each item, also in an index. Source:
/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>.
pub fn dynamodb_storage_bytes(data_bytes: u128, items: u64) -> u128 {
    data_bytes + 100 * u128::from(items)
}

/// Billed milliseconds of one Express execution of Step Functions: rounded up to 100 ms. Source:
/// <https://aws.amazon.com/step-functions/pricing/>.
pub fn express_billed_milliseconds(duration_nanoseconds: u64) -> u64 {
    u128::from(duration_nanoseconds).div_ceil(100 * NANOSECONDS_PER_MILLISECOND) as u64 * 100
}

/// Memory that AWS estimates for one Express execution: 50 MB, the definition, and the execution data once for each step
/// of Map and Parallel states. The published example adds KB as thousandths of a MB, so an MB is 10^6 bytes here. Source:
/// <https://aws.amazon.com/step-functions/pricing/>.
pub fn express_memory_bytes(definition_bytes: u64, data_bytes: u64, parallel_steps: u64) -> u128 {
    50_000_000 + u128::from(definition_bytes) + u128::from(data_bytes) * u128::from(parallel_steps)
}

/// Billed memory of one Express execution: rounded up to 64 MB. Source: <https://aws.amazon.com/step-functions/pricing/>.
pub fn express_billed_megabytes(memory_bytes: u128) -> u64 {
    memory_bytes.div_ceil(64_000_000).max(1) as u64 * 64
}

/// Bytes of log data ingested for some Lambda invocations: the platform's START, END and REPORT lines of each, and what
/// the functions wrote. Ingestion bills uncompressed bytes. Source: <https://aws.amazon.com/cloudwatch/pricing/>.
pub fn lambda_log_bytes(invocations: u64, platform_bytes_per_invocation: u64, written_bytes: u128) -> u128 {
    u128::from(invocations) * u128::from(platform_bytes_per_invocation) + written_bytes
}

/// Bytes of log data kept after compression, at the 15 % of the ingested bytes that AWS's calculator assumes, rounded up.
/// Source: <https://dev.classmethod.jp/articles/compare-archive-cost-cloudwatchlogs-s3/> (2021).
pub fn log_archived_bytes(ingested_bytes: u128) -> u128 {
    let (hundreds, rest) = (ingested_bytes / 100, ingested_bytes % 100);
    hundreds * 15 + (rest * 15).div_ceil(100)
}

/// Started chunks of a size; even nothing is one.
fn started_chunks(bytes: u64, chunk_bytes: u64) -> u64 {
    bytes.div_ceil(chunk_bytes).max(1)
}

/// Seconds of provisioned concurrency that are billed: rounded up to 5 minutes. Source:
/// <https://aws.amazon.com/lambda/pricing/>.
pub fn provisioned_concurrency_seconds(seconds: u64) -> u64 {
    seconds.div_ceil(300).saturating_mul(300)
}

/// Seconds for which a cached SnapStart version is billed: at least 3 h. Source: <https://aws.amazon.com/lambda/pricing/>.
pub fn snapstart_cache_seconds(seconds: u64) -> u64 {
    seconds.max(3 * 3600)
}

/// Bytes of one streamed response that are billed: those over the first 6 MB. Source:
/// <https://aws.amazon.com/lambda/pricing/>.
pub fn streamed_bytes(response_bytes: u64) -> u64 {
    response_bytes.saturating_sub(6 << 20)
}

/// Seconds of one Fargate task that are billed, image pull included: rounded up to a second, at least 1 minute, on Windows
/// 5. Source: <https://aws.amazon.com/fargate/pricing/>.
pub fn fargate_seconds(nanoseconds: u64, is_windows: bool) -> u64 {
    nanoseconds.div_ceil(1_000_000_000).max(if is_windows { 300 } else { 60 })
}

/// Billed messages of one WebSocket frame: one for each started 32 KB. Source: <https://aws.amazon.com/api-gateway/pricing/>.
pub fn websocket_messages(bytes: u64) -> u64 {
    started_chunks(bytes, 32 * BYTES_PER_KB)
}

/// Billed operations of AppSync for one payload: one for each started 5 KB (unverified).
pub fn appsync_operations(bytes: u64) -> u64 {
    started_chunks(bytes, 5 * BYTES_PER_KB)
}

/// Billed requests of one call of the Aurora Data API: one for each started 32 KB (unverified).
pub fn data_api_requests(bytes: u64) -> u64 {
    started_chunks(bytes, 32 * BYTES_PER_KB)
}

/// PUT payload units of one Kinesis record in a provisioned stream: one for each started 25 KB. Source:
/// <https://aws.amazon.com/kinesis/data-streams/pricing/>.
pub fn kinesis_put_units(record_bytes: u64) -> u64 {
    started_chunks(record_bytes, 25 * BYTES_PER_KB)
}

/// Bytes of one record that an on-demand Kinesis stream bills for writing: rounded up to a KB. Source:
/// <https://aws.amazon.com/kinesis/data-streams/pricing/>.
pub fn kinesis_on_demand_bytes(record_bytes: u64) -> u64 {
    started_chunks(record_bytes, BYTES_PER_KB).saturating_mul(BYTES_PER_KB)
}

/// Bytes for which S3 bills an object of an infrequent-access class: at least 128 KB. Source:
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html>.
pub fn infrequent_access_bytes(object_bytes: u64) -> u64 {
    object_bytes.max(128 * BYTES_PER_KB)
}

/// Seconds for which S3 bills it: at least 30 days. Source as for [`infrequent_access_bytes`].
pub fn infrequent_access_seconds(seconds: u64) -> u64 {
    seconds.max(30 * 24 * 3600)
}

/// Billed events of schema discovery for one event: one for each started 8 KB (unverified).
pub fn discovered_events(event_bytes: u64) -> u64 {
    started_chunks(event_bytes, 8 * BYTES_PER_KB)
}

/// Tokens that one request takes of AppSync's quota: 1 for up to 1,500 KB-seconds of resources, one more for each further 1,500
/// that are started. Source: <https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html>.
pub fn appsync_request_tokens(kilobyte_seconds: u64) -> u64 {
    started_chunks(kilobyte_seconds, 1_500)
}

/// Requests a second that count against Cognito's quota of user authentication when each sign-in answers so many challenges:
/// answers have three times that quota for themselves, what is over counts with the sign-ins. Source:
/// <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>.
pub fn cognito_authentications(sign_ins: u64, challenges: u64, quota: u64) -> u64 {
    sign_ins.saturating_add(sign_ins.saturating_mul(challenges).saturating_sub(quota.saturating_mul(3)))
}

/// Bytes of one record that Firehose bills: rounded up to 5 KB, also inside a batch. Source:
/// <https://aws.amazon.com/firehose/pricing/>.
pub fn firehose_bytes(record_bytes: u64) -> u64 {
    started_chunks(record_bytes, 5 * BYTES_PER_KB).saturating_mul(5 * BYTES_PER_KB)
}

/// Bytes of one event that the Custom Event Bus of 2026 bills, on ingest and again on each delivery: rounded up to a KB.
/// Source: <https://github.com/aws/agent-toolkit-for-aws> (amazon-eventbridge-event-bus, cost-and-quotas.md).
pub fn event_bus_bytes(event_bytes: u64) -> u64 {
    started_chunks(event_bytes, BYTES_PER_KB).saturating_mul(BYTES_PER_KB)
}

/// Change data capture units of one DynamoDB item: one for each started KB. Source:
/// <https://aws.amazon.com/dynamodb/pricing/on-demand/>.
pub fn capture_units(item_bytes: u64) -> u64 {
    started_chunks(item_bytes, BYTES_PER_KB)
}

/// SQS calls that move `messages` in batches of `batch` at `message_bytes` each. A call is billed once for each started
/// 64 KB of all it carries; a batch that does not fill up is a call, too. Source: <https://aws.amazon.com/sqs/pricing/>.
pub fn sqs_batch_requests(batch: u64, message_bytes: u64) -> u64 {
    sqs_requests(message_bytes.saturating_mul(batch.max(1)))
}

/// Receives in `seconds` of pollers that wait `wait` seconds for each empty answer. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>.
pub fn idle_receives(pollers: u64, seconds: u64, wait_milliseconds: u64) -> u128 {
    u128::from(pollers) * (u128::from(seconds) * 1000 / u128::from(wait_milliseconds.max(1)))
}

/// Traces that X-Ray records under its default rule: the first request of each second and 5 % of the rest. Source:
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html>.
pub fn xray_default_sample(requests: u128, seconds: u64) -> u128 {
    let first = requests.min(u128::from(seconds));
    first + (requests - first) / 20
}
