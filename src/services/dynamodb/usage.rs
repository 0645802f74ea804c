//! What is billed: write and read request units, rounded once per request. Refused requests take none.

use crate::fabric::Builder;
use crate::fabric::meter::MeterId;
use crate::pricing::metering::{
    HALF_UNITS_PER_READ_REQUEST_UNIT, ReadConsistency, dynamodb_read_half_units, dynamodb_write_request_units,
};

use super::state::READ;

/// The meter of one direction.
pub(super) fn meter(builder: &mut Builder, which: usize) -> MeterId {
    if which == READ {
        builder.meter("dynamodb-read-request-units", u64::from(HALF_UNITS_PER_READ_REQUEST_UNIT))
    } else {
        builder.meter("dynamodb-write-request-units", 1)
    }
}

/// What a request takes: half units of a read, units of a write.
pub(super) fn tokens(which: usize, bytes: u32, consistent: bool) -> u64 {
    if which == READ {
        let consistency = if consistent { ReadConsistency::Strong } else { ReadConsistency::Eventual };
        dynamodb_read_half_units(u64::from(bytes), consistency)
    } else {
        dynamodb_write_request_units(u64::from(bytes), false)
    }
}
