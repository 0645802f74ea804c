//! Worked examples whose result is exact: published arithmetic that a reader can follow with a pencil.

use super::rules::{billed, file};
use crate::billing::render::cents;
use crate::pricing::metering;

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

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>: at a quota of 80 a second, 70 sign-ins that answer four
/// challenges each are 280 answers; 240 have a quota of their own, 40 are over, 110 in all: too many.
#[test]
fn challenges_beyond_their_own_quota_count_as_sign_ins() {
    assert_eq!(metering::cognito_authentications(70, 4, 80), 110);
    assert_eq!(metering::cognito_authentications(60, 4, 80), 60, "240 answers are all their own quota");
    assert_eq!(metering::cognito_authentications(61, 4, 80), 65);
    let notes = |challenges: u32| {
        let keys = format!("peak_sign_ins: 70, challenges: {challenges}, authentication_quota: 80");
        file(&format!("services: {{ users: {{ type: cognito, monthly_active_users: 5, {keys} }} }}")).notes
    };
    let told = "`users`: 110 requests a second count against the 80 of user authentication: sign-ins are throttled";
    assert_eq!(notes(4), [told]);
    assert!(notes(3)[0].ends_with("70 requests a second count against the 80 of user authentication: within the quota"));
}

/// <https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html>: up to 1,500 KB-seconds are a token, 3,350 are three.
#[test]
fn requests_of_many_resources_take_several_tokens() {
    for (resources, tokens) in [(0, 1), (1_500, 1), (1_501, 2), (3_350, 3)] {
        assert_eq!(metering::appsync_request_tokens(resources), tokens, "{resources} KB-seconds");
    }
    let notes = |peak: u32| {
        file(&format!("services: {{ graph: {{ type: appsync, peak_requests: {peak}, request_kb_seconds: 3_350 }} }}")).notes
    };
    assert_eq!(notes(3_334), ["`graph`: 10002 tokens a second of the 10000 that there are: requests are throttled"]);
    assert!(notes(3_333)[0].ends_with("within the quota"));
}

/// Two idle pollers of a provisioned mapping ask 259,200 times in 30 days; a consumer that asks each 100 ms 864,000 times a day, and
/// 4,320 times when it waits 20 s.
#[test]
fn idle_pollers_by_their_wait() {
    let asked = |month: &str, keys: &str| {
        let usages = file(&format!("month: {month}\nservices: {{ q: {{ type: sqs, {keys} }} }}")).usages;
        usages.iter().map(|usage| usage.quantity.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(asked("30 d", "idle_pollers: 5"), ["648000"]);
    assert_eq!(asked("30 d", "idle_pollers: 2"), ["259200"]);
    assert_eq!(asked("1 d", "idle_pollers: 1, poll_wait: 100 ms"), ["864000"]);
    assert_eq!(asked("1 d", "idle_pollers: 1, poll_wait: 20 s"), ["4320"]);
}
