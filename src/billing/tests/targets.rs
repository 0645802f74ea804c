//! Worked examples whose result is exact: published arithmetic that a reader can follow with a pencil.

use super::rules::billed;
use crate::billing::render::cents;

/// A bill of nothing but what is named, without free allowances.
fn usd(month: &str, region: &str, services: &str) -> String {
    cents(
        billed(&format!("month: {month}\nregion: {region}\nallowances: {{ always_free: false }}\nservices: {{ {services} }}"))
            .total_picousd,
    )
}

/// <https://aws.amazon.com/api-gateway/pricing/>, WebSocket: 500 connections a second that live for 2 h are 3.6 million at a time. All of
/// a day of 86,400 s that is 5,184 million connection minutes; each connection that sends one message a minute of up to 32 KB, as many
/// messages.
#[test]
fn websocket_connections_that_live_for_two_hours() {
    let open = 500 * 2 * 3_600;
    assert_eq!(open, 3_600_000);
    let minutes = format!("ws: {{ type: api_gateway, variant: websocket, connection_minutes: {open} * 1440 }}");
    assert_eq!(usd("1 d", "us-east-1", &minutes), "1,296.00");
    // A thousand million at 1.00, 4,184 million at 0.80 USD per million.
    let messages = format!("ws: {{ type: api_gateway, variant: websocket, messages: {open} * 1440, message_size: 32 KB }}");
    assert_eq!(usd("1 d", "us-east-1", &messages), "4,347.20");
    let larger = messages.replace("32 KB", "33 KB");
    assert_eq!(usd("1 d", "us-east-1", &larger), "8,494.40");
}

/// The quota counts messages: 3,000 calls of 10 exhaust 30,000 a second. A call is billed by what it carries, one request for each
/// started 64 KB: 3,000 a second if the 10 are small, 30,000 if each has 64 KB.
#[test]
fn publishing_thirty_thousand_messages_a_second() {
    let publishes = |size: &str, rate: u32| format!("t: {{ type: sns, publishes: {rate}/s, message_size: {size} }}");
    assert_eq!(usd("1 d", "us-east-1", &publishes("60 KB", 3_000)), "129.60");
    assert_eq!(usd("1 d", "us-east-1", &publishes("640 KB", 3_000)), "1,296.00");
    assert_eq!(usd("1 d", "us-east-1", &publishes("64 KB", 30_000)), "1,296.00");
}

/// Five idle pollers ask 648,000 times in 30 days; unbatched a message is 3 requests, batched by tens 0.3.
#[test]
fn polling_and_batching() {
    // 648,000 at 0.40 USD a million.
    assert_eq!(usd("30 d", "eu-west-1", "q: { type: sqs, idle_pollers: 5 }"), "0.26");
    let messages = |batch: u32| {
        let batches = format!("send_batch: {batch}, receive_batch: {batch}, delete_batch: {batch}");
        usd("30 d", "eu-west-1", &format!("q: {{ type: sqs, messages: 100_000_000, message_size: 6 KB, {batches} }}"))
    };
    assert_eq!((messages(1).as_str(), messages(10).as_str()), ("120.00", "12.00"));
}
