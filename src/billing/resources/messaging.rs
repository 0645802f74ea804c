//! SQS, SNS, EventBridge, Step Functions, API Gateway, AppSync.

use super::key;
use crate::billing::number::Number;
use crate::billing::resource::{Kind, Meter, Resource};
use crate::pricing::metering;

const GB: i128 = 1 << 30;
/// A GB of SNS FIFO payload: 10^6 KB, as infracost counts; AWS does not say.
const DECIMAL_GB: i128 = 1024 * 1_000_000;

pub const RESOURCES: &[Resource] = &[
    Resource {
        name: "sqs",
        about: "An SQS queue. Give either the calls, or the messages and how they are moved.",
        keys: &[
            key("variant", Kind::Word(&["standard", "fifo"]), "type of queue"),
            key("requests", Kind::Count, "API calls of any kind"),
            key("request_size", Kind::Size("0"), "what one of them carries; each started 64 KB is a request"),
            key("messages", Kind::Count, "messages that are sent, received and deleted"),
            key("message_size", Kind::Size("0"), "size of one"),
            key("send_batch", Kind::Plain("1"), "messages in a send"),
            key("receive_batch", Kind::Plain("1"), "messages in a receive"),
            key("delete_batch", Kind::Plain("1"), "messages in a delete"),
            key("idle_pollers", Kind::Plain("0"), "pollers that receive nothing all month; Lambda keeps 5 for a mapping"),
            key("poll_wait", Kind::Time("20 s"), "how long each of their receives waits"),
            key("fair_queue_requests", Kind::Count, "requests that carry the surcharge of fair queues"),
        ],
        meter: sqs,
    },
    Resource {
        name: "sns",
        about: "An SNS topic.",
        keys: &[
            key("variant", Kind::Word(&["standard", "fifo"]), "type of topic"),
            key("publishes", Kind::Count, "messages published"),
            key("publish_batch", Kind::Plain("1"), "messages in a publish call of a standard topic"),
            key("message_size", Kind::Size("0"), "size of one; each started 64 KB of a call is a request on a standard topic"),
            key("subscriptions", Kind::Plain("0"), "queues and functions that each message goes to; FIFO topics bill them"),
            key("http_deliveries", Kind::Count, "deliveries by HTTP"),
            key("email_deliveries", Kind::Count, "deliveries by email"),
            key("firehose_deliveries", Kind::Count, "deliveries to Firehose"),
            key("push_deliveries", Kind::Count, "mobile push notifications"),
            key("macos_deliveries", Kind::Count, "macOS notifications"),
            key("filtered", Kind::Gigabytes, "bytes scanned by filters on the message body, for each subscription that has one"),
            key("protected", Kind::Gigabytes, "bytes scanned by data protection"),
            key("archived", Kind::Gigabytes, "bytes archived (FIFO)"),
            key("archive_storage", Kind::Gigabytes, "archive kept, in GB-months (FIFO)"),
        ],
        meter: sns,
    },
    Resource {
        name: "eventbridge",
        about: "EventBridge: a classic bus with its rules, pipes and schedules.",
        keys: &[
            key("custom_events", Kind::Count, "events of your own"),
            key("partner_events", Kind::Count, "events of partners, and opt-in events of AWS services"),
            key("aws_events", Kind::Count, "management events of AWS services, which are free"),
            key("event_size", Kind::Size("0"), "size of an event; each started 64 KB is an event"),
            key("cross_account_deliveries", Kind::Count, "deliveries to a service in another account"),
            key("cross_account_management_deliveries", Kind::Count, "the same of management events"),
            key("other_bus_events", Kind::Count, "events sent to a bus of another account or Region"),
            key("archived", Kind::Gigabytes, "bytes archived"),
            key("archive_storage", Kind::Gigabytes, "archive kept, in GB-months"),
            key("replayed_events", Kind::Count, "events replayed"),
            key("api_destinations", Kind::Count, "invocations of API destinations"),
            key("pipe_requests", Kind::Count, "requests of pipes, after the filter"),
            key("schedules", Kind::Count, "invocations of Scheduler"),
            key("discovered_events", Kind::Count, "events seen by schema discovery; each started 8 KB is an event (unverified)"),
        ],
        meter: eventbridge,
    },
    Resource {
        name: "event_bus",
        about: "The Custom Event Bus of 2026. Its rates are unverified.",
        keys: &[
            key("events", Kind::Count, "events published"),
            key("event_size", Kind::Size("0"), "size of one; rounded up to a KB on ingest and on each delivery"),
            key("subscribers", Kind::Plain("1"), "subscribers that each event goes to"),
            key("retained", Kind::Gigabytes, "kept longer than the default day, in GB-months"),
            key("evaluations", Kind::Count, "content deduplications, transforms and schema checks"),
        ],
        meter: |meter| {
            let gigabytes = meter.number("events") * metering::event_bus_bytes(meter.bytes("event_size")) / GB;
            meter.add("eventbridge-bus-ingest", gigabytes);
            meter.add("eventbridge-bus-delivery", gigabytes * meter.number("subscribers"));
            meter.add("eventbridge-bus-retention", meter.number("retained"));
            meter.add("eventbridge-bus-evaluation", meter.number("evaluations"));
        },
    },
    Resource {
        name: "step_functions",
        about: "A state machine.",
        keys: &[
            key("variant", Kind::Word(&["standard", "express"]), "type of workflow"),
            key("executions", Kind::Count, "executions"),
            key("transitions", Kind::Plain("0"), "states entered by one execution (standard)"),
            key("map_items", Kind::Plain("0"), "items of inline Map states in one execution (standard)"),
            key(
                "map_states",
                Kind::Plain("0"),
                "states entered for each of them; the Map state itself is one of the `transitions`",
            ),
            key("retries", Kind::Plain("0"), "retries in one execution, each a transition more; may be a share"),
            key("duration", Kind::Time("0 s"), "time of one execution (express); rounded up to 100 ms"),
            key("memory_size", Kind::Size("0"), "memory of one execution (express); rounded up to 64 MB"),
            key(
                "definition_size",
                Kind::Size("0"),
                "size of the definition (express); without `memory_size`, memory is estimated from it as AWS does",
            ),
            key("data_size", Kind::Size("0"), "execution data (express), in that estimate once for each of the `parallel_steps`"),
            key("parallel_steps", Kind::Plain("0"), "steps of Map and Parallel states in one execution (express)"),
        ],
        meter: step_functions,
    },
    Resource {
        name: "api_gateway",
        about: "An API of API Gateway.",
        keys: &[
            key("variant", Kind::Word(&["rest", "http", "websocket"]), "type of API"),
            key("requests", Kind::Count, "calls"),
            key("request_size", Kind::Size("0"), "size of a request; on HTTP APIs each started 512 KB is a request"),
            key("response_size", Kind::Size("0"), "size of a response, billed as data transfer to the internet"),
            key("messages", Kind::Count, "WebSocket messages, sent and received"),
            key("message_size", Kind::Size("0"), "size of one; each started 32 KB is a message"),
            key("connection_minutes", Kind::Count, "minutes that WebSocket connections are open"),
            key(
                "cache_size",
                Kind::Word(&["none", "0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"]),
                "GB of the response cache",
            ),
            key("cache_hours", Kind::Hours, "how long there is one"),
        ],
        meter: api_gateway,
    },
    Resource {
        name: "appsync",
        about: "An API of AppSync.",
        keys: &[
            key("operations", Kind::Count, "queries and mutations"),
            key("realtime_updates", Kind::Count, "updates sent to subscribers"),
            key("update_size", Kind::Size("0"), "size of one; each started 5 KB is an update"),
            key("connection_minutes", Kind::Count, "minutes that connections are open"),
            key("event_operations", Kind::Count, "operations of the Events API"),
            key("event_size", Kind::Size("0"), "size of one; each started 5 KB is an operation"),
            key("event_connection_minutes", Kind::Count, "minutes that connections of the Events API are open"),
            key("cache_size", Kind::Word(&["none", "1.55", "3.22", "12.3", "25", "50", "101", "203", "318"]), "GB of the cache"),
            key("cache_hours", Kind::Hours, "how long there is one"),
            key(
                "peak_requests",
                Kind::Plain("0"),
                "requests in the busiest second; not billed, held against the quota in a note",
            ),
            key(
                "request_kb_seconds",
                Kind::Plain("0"),
                "resources that one takes, in KB-seconds; each started 1,500 are a token",
            ),
            key("token_quota", Kind::Plain("10000"), "quota of tokens a second over all APIs; 5,000 in many Regions"),
        ],
        meter: |meter| {
            note_tokens(meter);
            meter.add("appsync-operations", meter.number("operations"));
            let updates = metering::appsync_operations(meter.bytes("update_size"));
            meter.add("appsync-realtime-updates", meter.number("realtime_updates") * updates);
            meter.add("appsync-connection-minutes", meter.number("connection_minutes"));
            let operations = metering::appsync_operations(meter.bytes("event_size"));
            meter.add("appsync-events-operations", meter.number("event_operations") * operations);
            meter.add("appsync-events-connection-minutes", meter.number("event_connection_minutes"));
            cache(meter, "appsync");
        },
    },
];

fn note_tokens(meter: &mut Meter<'_>) {
    let [requests, resources, quota] =
        ["peak_requests", "request_kb_seconds", "token_quota"].map(|key| meter.number(key).to_bytes());
    if requests > 0 {
        let tokens = requests.saturating_mul(metering::appsync_request_tokens(resources));
        let verdict = if tokens > quota { "requests are throttled" } else { "within the quota" };
        meter.note(&format!("{tokens} tokens a second of the {quota} that there are: {verdict}"));
    }
}

fn cache(meter: &mut Meter<'_>, service: &str) {
    let size = meter.text("cache_size").replace('.', "-");
    if size != "none" {
        meter.add(&format!("{service}-cache-{size}"), meter.number("cache_hours"));
    }
}

fn sqs(meter: &mut Meter<'_>) {
    let sku = format!("sqs-requests-{}", meter.text("variant"));
    let calls = meter.number("requests") * metering::sqs_requests(meter.bytes("request_size"));
    meter.add(&sku, calls);
    for (part, batch, carries) in
        [("send", "send_batch", true), ("receive", "receive_batch", true), ("delete", "delete_batch", false)]
    {
        let (batch, size) = (meter.number(batch).max(1_u64), if carries { meter.bytes("message_size") } else { 0 });
        let requests = metering::sqs_batch_requests(batch.to_bytes(), size);
        meter.add_part(part, &sku, meter.number("messages") / batch * requests);
    }
    let (month, wait) = (meter.month_seconds.to_bytes(), (meter.number("poll_wait") * 1000_u64).to_bytes());
    let one = metering::idle_receives(1, month, wait);
    let idle = meter.number("idle_pollers") * i128::try_from(one).unwrap_or(i128::MAX);
    meter.add_part("empty receives", &sku, idle);
    meter.add("sqs-fair-queue", meter.number("fair_queue_requests"));
}

fn sns(meter: &mut Meter<'_>) {
    let (publishes, size) = (meter.number("publishes"), meter.number("message_size"));
    if meter.text("variant") == "fifo" {
        let payload = publishes * size / DECIMAL_GB;
        let subscriptions = meter.number("subscriptions");
        meter.add("sns-fifo-publish", publishes);
        meter.add("sns-fifo-publish-payload", payload);
        meter.add("sns-fifo-delivery", publishes * subscriptions);
        meter.add("sns-fifo-delivery-payload", payload * subscriptions);
    } else {
        let batch = meter.number("publish_batch").max(1_u64);
        meter.add("sns-publish-standard", publishes / batch * metering::sns_publish_requests((size * batch).to_bytes()));
    }
    for (key, sku) in [
        ("http_deliveries", "sns-delivery-http"),
        ("email_deliveries", "sns-delivery-email"),
        ("firehose_deliveries", "sns-delivery-firehose"),
        ("push_deliveries", "sns-delivery-push"),
        ("macos_deliveries", "sns-delivery-macos"),
        ("filtered", "sns-filter-payload"),
        ("protected", "sns-data-protection"),
        ("archived", "sns-archive-processing"),
        ("archive_storage", "sns-archive-storage"),
    ] {
        meter.add(sku, meter.number(key));
    }
}

fn eventbridge(meter: &mut Meter<'_>) {
    let chunks = metering::eventbridge_events(meter.bytes("event_size"));
    for (key, sku) in [
        ("custom_events", "eventbridge-events-custom"),
        ("partner_events", "eventbridge-events-partner"),
        ("aws_events", "eventbridge-events-aws"),
        ("cross_account_deliveries", "eventbridge-cross-account-delivery"),
        ("cross_account_management_deliveries", "eventbridge-cross-account-management"),
        ("other_bus_events", "eventbridge-other-bus"),
        ("replayed_events", "eventbridge-replay"),
        ("api_destinations", "eventbridge-api-destinations"),
        ("pipe_requests", "eventbridge-pipes"),
    ] {
        meter.add(sku, meter.number(key) * chunks);
    }
    for (key, sku) in [
        ("archived", "eventbridge-archive-processing"),
        ("archive_storage", "eventbridge-archive-storage"),
        ("schedules", "eventbridge-scheduler"),
    ] {
        meter.add(sku, meter.number(key));
    }
    let discovered = meter.number("discovered_events") * metering::discovered_events(meter.bytes("event_size"));
    meter.add("eventbridge-schema-discovery", discovered);
}

fn step_functions(meter: &mut Meter<'_>) {
    let executions = meter.number("executions");
    if meter.text("variant") == "standard" {
        let inside = meter.number("map_items") * meter.number("map_states");
        meter.add("step-functions-transitions", executions * (meter.number("transitions") + inside + meter.number("retries")));
        return;
    }
    let nanoseconds = (meter.number("duration") * 1_000_000_000_u64).to_bytes();
    let milliseconds = metering::express_billed_milliseconds(nanoseconds);
    // Steps of 64 MB; the file's MB is what the bill's MB is, so the step is taken in MB.
    let given = meter.number("memory_size");
    let megabytes = if given.is_zero() {
        let [definition, data, steps] = ["definition_size", "data_size", "parallel_steps"].map(|key| meter.bytes(key));
        Number::from(metering::express_billed_megabytes(metering::express_memory_bytes(definition, data, steps)))
    } else {
        (given / (64_i128 << 20)).ceil() * 64_u64
    };
    meter.add("step-functions-express-requests", executions);
    let gb_seconds = Number::from(milliseconds) / 1000_u64 * megabytes / 1024_u64;
    meter.add("step-functions-express-duration", executions * gb_seconds);
}

fn api_gateway(meter: &mut Meter<'_>) {
    let requests = meter.number("requests");
    match meter.text("variant") {
        "rest" => meter.add("api-gateway-requests-rest", requests),
        "http" => {
            let metered = metering::http_api_requests(meter.bytes("request_size"));
            meter.add("api-gateway-requests-http", requests * metered);
        }
        _ => {
            let metered = metering::websocket_messages(meter.bytes("message_size"));
            meter.add("api-gateway-websocket-messages", meter.number("messages") * metered);
            meter.add("api-gateway-websocket-minutes", meter.number("connection_minutes"));
        }
    }
    meter.add("data-transfer-internet-egress", requests * meter.number("response_size") / GB);
    cache(meter, "api-gateway");
}
