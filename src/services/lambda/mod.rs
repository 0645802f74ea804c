//! AWS Lambda functions.
//!
//! Modelled: execution environments that serve one invocation at a time and start cold (platform, runtime and own
//! initialisation, first run), are reused, kept while idle and replaced when old; initialisation over 10 s; admission by
//! named limiters in the documented order; time-outs that kill and reset; synchronous invocations; the asynchronous queue with
//! retries, maximum age, dead-letter targets and destinations; event source mappings of standard queues with their pollers,
//! batches, filters, partial responses and fewer pollers after failures and throttles; the SDK client's retry quota in each
//! environment; requests, duration, ephemeral storage and logs.
//!
//! Left out: SnapStart, provisioned concurrency, Managed Instances, durable functions and tenant isolation; mappings of
//! streams, brokers and FIFO queues, and provisioned pollers; payload and connection limits, network bandwidth and VPC
//! attachment, streamed responses; extensions, also those that run on after the answer; the recursion guard; ahead-of-time
//! initialisation, the effect of zip size, and the faster placement of environments that start together; crashes of the
//! runtime (a handler's failure is an exception that leaves the environment alive, only time-outs reset it); of the
//! asynchronous queue, duplicates, events that AWS drops and the slower reads of a long queue, for none of which it gives a
//! figure; destinations in S3, and the bytes that a destination's record adds to the event; the decrease of a mapping from 5
//! pollers to 2 on a queue that stays idle, which can save up to 60 % of its empty receives (AWS does not say when it happens,
//! and observed idle queues got the 15 receives a minute of 5 pollers). Durations of `work` are those at the given memory:
//! memory does not scale them. Quotas are those of an account in use; a new one starts with less concurrency. An abandoned
//! initialisation of more than 10 s is taken not to be billed, which AWS does not say. Events count against no request rate,
//! at their acceptance (documented) or when the queue invokes the function (not documented). Where an event cannot be handled
//! and both exist, AWS serves dead-letter target and destination; here a function has one of them. Waits after a throttle of
//! an event vary between half and all of the documented time, since they would otherwise come in step; AWS does not say. A
//! batching window opens with the first record of a batch, not with the end of the previous invocation, and a receive that
//! gathers waits its 20 s out: the longest wait that AWS names for a quiet queue. When pollers that found nothing to do stop
//! is not documented; here half of the idle ones go at each evaluation at which most are idle, down to 5.
//!
//! Sources: the Lambda developer guide at <https://docs.aws.amazon.com/lambda/latest/dg/> (pages at the constants),
//! <https://aws.amazon.com/lambda/pricing/>, and the measurements named in `cold_start`, all read 2026-11-23.

mod admission;
mod build;
mod cold_start;
mod config;
mod event_source;
mod events;
mod idle;
mod pool;
mod relay;
mod state;
#[cfg(test)]
mod tests;
mod usage;

pub use config::LambdaConfig;
pub use relay::Relay;
pub use state::Function;

use crate::fabric::{Builder, Declarer, Operation, PartyId};

use super::{Party, Room};

impl Room for LambdaConfig {
    fn declare(&self, declarer: &mut Declarer) {
        let function = declarer.main_party(true);
        declarer.port(Operation::Invoke, function);
        let queue = declarer.party();
        declarer.port(Operation::InvokeEvent, queue);
        for _ in 0..self.destinations().count() + self.events.len() {
            declarer.party();
        }
        if let Some(reserved) = &self.reserved_concurrent_executions {
            declarer.fact(admission::RESERVED, reserved.0);
        }
    }

    fn settable() -> &'static [&'static str] {
        Function::SETTABLE
    }

    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
        let function = builder.own(Operation::Invoke);
        let queue = builder.own(Operation::InvokeEvent);
        // In the order of declaration: destinations, then mappings.
        let mut next = queue;
        let mut party = || {
            next += 1;
            next
        };
        let mut built = Vec::new();
        let mut relays = [None, None];
        for (place, destination) in self.destinations() {
            let party = party();
            relays[place] = Some(party);
            built.push((party, build::relay(self, builder, destination, build::DETAIL_TYPES[place])));
        }
        let mappings: Vec<PartyId> = self.events.keys().map(|_| party()).collect();
        for ((name, source), party) in self.events.iter().zip(&mappings) {
            built.push((*party, event_source::pollers(self, builder, name, source)));
        }
        built.push((queue, build::queue(self, builder, relays)));
        built.push((function, build::function(self, builder, queue, &mappings)));
        built
    }
}
