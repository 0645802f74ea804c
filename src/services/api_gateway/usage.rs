//! What is billed: requests. A request of a REST API is one, whatever its size; of an HTTP API, one for each started 512 KB.
//! Refused requests are free unless the assumption `api_gateway.throttled_billed` says otherwise.

use crate::fabric::Builder;
use crate::fabric::meter::MeterId;
use crate::pricing::metering::http_api_requests;

use super::config::Protocol;

/// The meter of an API.
pub(super) fn meter(builder: &mut Builder, protocol: Protocol) -> MeterId {
    match protocol {
        Protocol::Rest => builder.meter("api-gateway-requests-rest", 1),
        Protocol::Http => builder.meter("api-gateway-requests-http", 1),
    }
}

/// Billed requests of one request of so many bytes.
pub(super) fn requests(protocol: Protocol, bytes: u32) -> u64 {
    match protocol {
        Protocol::Rest => 1,
        Protocol::Http => http_api_requests(u64::from(bytes)),
    }
}
