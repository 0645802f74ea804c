//! What is billed, and when: requests and duration when an invocation ends, whatever became of it.

use crate::fabric::build::Assumption;
use crate::fabric::meter::MeterId;
use crate::fabric::{Builder, Context, JourneyRef};
use crate::kernel::Time;
use crate::pricing::metering::{
    BYTES_PER_GB, MEGABYTE_MILLISECONDS_PER_GB_SECOND, lambda_async_requests, lambda_billed_milliseconds, lambda_log_bytes,
    megabyte_milliseconds,
};

use super::config::Architecture;

/// Ephemeral storage that comes without charge. Source: <https://aws.amazon.com/lambda/pricing/>, read 2026-11-23.
pub(super) const FREE_STORAGE_MEGABYTES: u64 = 512;

const PLATFORM_LOG_BYTES: Assumption = Assumption {
    name: "lambda.platform_log_bytes",
    default: 350.0,
    unit: "B",
    low: 250.0,
    high: 600.0,
    why: "the START, END and REPORT lines of an invocation; their length varies with the format",
};

/// Meters of one function.
#[derive(Clone, Debug)]
pub(super) struct Meters {
    requests: MeterId,
    duration: MeterId,
    storage: Option<MeterId>,
    logs: MeterId,
    memory_megabytes: u64,
    paid_storage_megabytes: u64,
    bill_init: bool,
    platform_log_bytes: u64,
    log_bytes: u64,
}

/// One invocation to be billed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invocation {
    pub journey: JourneyRef,
    pub init: Time,
    pub duration: Time,
    /// Bytes of the event if it came by the asynchronous queue, where large events count as several requests.
    pub event_bytes: Option<u32>,
}

/// What decides the bill besides the invocations.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub architecture: Architecture,
    pub memory_megabytes: u64,
    pub storage_megabytes: u64,
    pub log_bytes: u64,
    pub bill_init: bool,
}

impl Meters {
    pub(super) fn build(builder: &mut Builder, plan: Plan) -> Self {
        let divisor = u64::from(MEGABYTE_MILLISECONDS_PER_GB_SECOND);
        let (requests, duration) = match plan.architecture {
            Architecture::X86 => ("lambda-requests-x86", "lambda-duration-x86"),
            Architecture::Arm => ("lambda-requests-arm", "lambda-duration-arm"),
        };
        let paid_storage_megabytes = plan.storage_megabytes.saturating_sub(FREE_STORAGE_MEGABYTES);
        Self {
            requests: builder.meter(requests, 1),
            duration: builder.meter(duration, divisor),
            storage: (paid_storage_megabytes > 0).then(|| builder.meter("lambda-ephemeral-storage", divisor)),
            logs: builder.meter("logs-ingestion-vended", u64::from(BYTES_PER_GB)),
            memory_megabytes: plan.memory_megabytes,
            paid_storage_megabytes,
            bill_init: plan.bill_init,
            platform_log_bytes: builder.assume(&PLATFORM_LOG_BYTES) as u64,
            log_bytes: plan.log_bytes,
        }
    }

    /// Bills an invocation that has ended. A retry by the asynchronous queue is a request like any other.
    pub(super) fn bill(&self, context: &mut Context, invocation: &Invocation) {
        let journey = invocation.journey;
        let requests = invocation.event_bytes.map_or(1, |bytes| lambda_async_requests(u64::from(bytes)));
        context.meter(self.requests, requests, journey);
        let init = if self.bill_init { invocation.init } else { 0 };
        let milliseconds = lambda_billed_milliseconds(init, invocation.duration);
        context.meter(self.duration, megabyte_milliseconds(milliseconds, self.memory_megabytes) as u64, journey);
        if let Some(storage) = self.storage {
            context.meter(storage, megabyte_milliseconds(milliseconds, self.paid_storage_megabytes) as u64, journey);
        }
        context.meter(self.logs, lambda_log_bytes(1, self.platform_log_bytes, u128::from(self.log_bytes)) as u64, journey);
    }
}
