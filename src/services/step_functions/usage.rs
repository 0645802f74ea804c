//! What is billed: transitions of Standard workflows; requests, duration and memory of Express workflows; log data of
//! both. Source: <https://aws.amazon.com/step-functions/pricing/>, read 2026-11-23.

use crate::fabric::meter::MeterId;
use crate::fabric::{Builder, Context, JourneyRef};
use crate::kernel::Time;
use crate::pricing::metering;

use super::assumptions;
use super::config::{LogLevel, LoggingConfig, StepFunctionsConfig, WorkflowType};
use super::state::Execution;

/// Meters and what they need to know.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    billing: Billing,
    logging: LoggingConfig,
    log: Option<(MeterId, u64)>,
}

#[derive(Clone, Copy, Debug)]
enum Billing {
    /// Transitions, and how many of them a start is.
    Standard {
        transitions: MeterId,
        start: u64,
    },
    Express {
        requests: MeterId,
        duration: MeterId,
        definition_bytes: u64,
    },
}

impl Usage {
    /// The meters of a machine whose definition has so many bytes.
    pub fn new(builder: &mut Builder, config: &StepFunctionsConfig, definition_bytes: u64) -> Self {
        let billing = match config.workflow_type {
            WorkflowType::Standard => Billing::Standard {
                transitions: builder.meter("step-functions-transitions", 1),
                start: assumptions::start_transitions(builder),
            },
            WorkflowType::Express => Billing::Express {
                requests: builder.meter("step-functions-express-requests", 1),
                duration: builder
                    .meter("step-functions-express-duration", u64::from(metering::MEGABYTE_MILLISECONDS_PER_GB_SECOND)),
                definition_bytes,
            },
        };
        let logging = config.logging_configuration.clone();
        let log = (logging.level != LogLevel::Off).then(|| {
            let bytes = logging.log_bytes.map_or_else(|| assumptions::log_event_bytes(builder), |bytes| bytes.0);
            (builder.meter("logs-ingestion-vended", u64::from(metering::BYTES_PER_GB)), bytes)
        });
        Self { billing, logging, log }
    }

    /// An execution is accepted.
    pub fn start(&self, context: &mut Context, journey: JourneyRef) {
        match self.billing {
            Billing::Standard { start: 0, .. } => {}
            Billing::Standard { transitions, start } => context.meter(transitions, start, journey),
            Billing::Express { requests, .. } => context.meter(requests, 1, journey),
        }
    }

    /// A state is entered, or tried again.
    pub fn transition(&self, context: &mut Context, journey: JourneyRef) {
        if let Billing::Standard { transitions, .. } = self.billing {
            context.meter(transitions, 1, journey);
        }
    }

    /// An execution ended after `duration`.
    pub fn end(&self, context: &mut Context, execution: &Execution, duration: Time, failed: bool) {
        if let Billing::Express { duration: meter, definition_bytes, .. } = self.billing {
            let milliseconds = metering::express_billed_milliseconds(duration);
            let steps = execution.parallel_steps.max(1);
            let memory = metering::express_memory_bytes(definition_bytes, u64::from(execution.largest), steps);
            let megabytes = metering::express_billed_megabytes(memory);
            context.meter(meter, milliseconds * megabytes, execution.journey);
        }
        let Some((meter, event_bytes)) = self.log else { return };
        let events = match self.logging.level {
            LogLevel::Off => 0,
            LogLevel::All => execution.events,
            LogLevel::Error => execution.failures + u64::from(failed),
            LogLevel::Fatal => u64::from(failed),
        };
        let data = self.logging.include_execution_data && self.logging.level == LogLevel::All;
        let bytes = events * event_bytes + if data { execution.logged } else { 0 };
        if bytes > 0 {
            context.meter(meter, bytes, execution.journey);
        }
    }
}
