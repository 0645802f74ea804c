use crate::fabric::{CallId, Class, Context, JourneyRef, Luck, Operation, Parameters, Reply, Service, errors};
use crate::kernel::{Sampler, Time};

use super::state::{Dynamodb, ON_DEMAND, READ, WRITE};
use super::usage;

/// The largest item. Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html>,
/// read 2026-11-23.
const ITEM_BYTES_MAX: u32 = 400 * 1024;

/// What a call asks for.
#[derive(Clone, Copy)]
struct Access {
    operation: Operation,
    journey: JourneyRef,
    /// [`READ`] or [`WRITE`].
    which: usize,
    bytes: u32,
    set: u64,
    all_of: u64,
    pass: u64,
    absent: u64,
    consistent: bool,
}

impl Service for Dynamodb {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let access = access(context, call);
        context.count(self.directions[access.which].requests, 1);
        let latency = self.latency(context, call, &access);
        if access.bytes > ITEM_BYTES_MAX {
            context.count(self.probes.too_large, 1);
            context.reply(call, Reply::error(Class::Rejected, errors::TOO_LARGE), latency.min(self.throttled_latency));
            return;
        }
        let tokens = usage::tokens(access.which, access.bytes, access.consistent);
        self.grow(context, access.which);
        let partition = self.partition(context, call);
        let direction = &mut self.directions[access.which];
        if let Err(reason) = direction.admit(context, partition, tokens) {
            context.count(direction.throttled[reason], 1);
            context.count(self.probes.throttled, 1);
            if self.throttled_billed {
                context.meter(direction.meter, tokens, access.journey);
            }
            // A refusal is never slower than an answer.
            context.reply(call, Reply::error(Class::Throttled, errors::THROTTLED), latency.min(self.throttled_latency));
            return;
        }
        direction.growth.consume(tokens);
        context.count(direction.consumed, tokens);
        context.time(direction.timing, latency);
        let (meter, answer) = (direction.meter, perform(context, &access));
        if answer.condition_holds || self.failed_condition_billed {
            context.meter(meter, tokens, access.journey);
        }
        if !answer.condition_holds {
            context.count(self.probes.condition_failed, 1);
        }
        let size = if access.which == READ { access.bytes } else { 0 };
        context.reply(call, Reply { flag: answer.flag, size, ..Reply::OK }, latency);
    }

    fn reply(&mut self, _context: &mut Context, _token: u32, _reply: Reply) {
        unreachable!("a table calls nobody")
    }

    fn timer(&mut self, _context: &mut Context, _timer: u16, _argument: u32) {
        unreachable!("a table sets no timer")
    }

    fn set(&mut self, _context: &mut Context, key: &str, value: f64) {
        if key == "hot_key_share" {
            self.hot_key_share = value;
        }
    }

    fn finish(&mut self, context: &mut Context) {
        for direction in &self.directions {
            direction.report(context);
        }
    }
}

impl Dynamodb {
    /// Scalars that the timeline may set.
    pub const SETTABLE: &'static [&'static str] = &["hot_key_share"];

    fn latency(&self, context: &mut Context, call: CallId, access: &Access) -> Time {
        let (a, b) = context.luck_key(call);
        let latency = &self.directions[access.which].latency;
        let base = context.sample(&latency.base, context.draw(Luck::Latency, a, b));
        let mut extra = (f64::from(access.bytes) * latency.per_byte) as Time;
        if access.consistent {
            extra += latency.consistent_extra;
        }
        // By way of the sampler, so that a slowed table is slower in all it does.
        base + context.sample(&Sampler::constant(extra), context.draw(Luck::Latency, a, b))
    }

    /// Raises the on-demand limit when the previous peak has risen, and tells the partitions when measuring begins.
    fn grow(&mut self, context: &mut Context, which: usize) {
        let now = context.now();
        if !self.measuring && context.world.metrics.is_measuring() {
            self.measuring = true;
            for partition in self.directions.iter_mut().flat_map(|direction| &mut direction.partitions) {
                partition.begin_measuring(now);
            }
        }
        let direction = &mut self.directions[which];
        if direction.growth.advance(now) {
            let limit = direction.growth.limit();
            if let Some(on_demand) = direction.limiters[ON_DEMAND] {
                context.limiter(on_demand).set_bucket(now, limit, limit);
            }
            self.split();
        }
    }

    /// The partition that holds the item. Where an item lives depends on its key alone, so that retries meet it again.
    fn partition(&self, context: &Context, call: CallId) -> u64 {
        let (journey, lineage) = (context.get(call).journey, context.get(call).lineage);
        let key = context.world.journeys().get(journey).map_or(lineage.0, |found| found.key);
        if self.hot_key_share > 0.0 && context.draw(Luck::Partition, key, 0).chance(self.hot_key_share) {
            return 0;
        }
        context.draw(Luck::Partition, key, 1).below(self.partitions)
    }
}

/// What a call asks for; a call site without parameters of an item means the payload at hand.
fn access(context: &Context, call: CallId) -> Access {
    let (operation, journey, size) = (context.get(call).operation, context.get(call).journey, context.get(call).size);
    let which = if operation == Operation::GetItem { READ } else { WRITE };
    let plain = Access { operation, journey, which, bytes: size, set: 0, all_of: 0, pass: 0, absent: 0, consistent: false };
    match *context.parameters(call) {
        Parameters::Item { bytes, set, all_of, pass, absent, consistent } => {
            Access { bytes, set, all_of, pass, absent, consistent: consistent && which == READ, ..plain }
        }
        _ => plain,
    }
}

/// What became of an access.
struct Answer {
    flag: bool,
    condition_holds: bool,
}

/// Reads or changes the attributes of the journey's item. An item that nobody can reach any more reads as empty.
fn perform(context: &mut Context, access: &Access) -> Answer {
    let items = context.items(access.journey);
    let found = items.unwrap_or(0);
    let complete = |bits: u64| bits & access.all_of == access.all_of && bits & access.absent == 0;
    if access.which == READ {
        return Answer { flag: complete(found), condition_holds: true };
    }
    if access.operation == Operation::DeleteItem {
        context.set_items(access.journey, found & !access.set);
        return Answer { flag: true, condition_holds: true };
    }
    if access.pass == 0 {
        context.set_items(access.journey, found | access.set);
        return Answer { flag: true, condition_holds: true };
    }
    if items.is_none() || found & access.pass != 0 {
        return Answer { flag: false, condition_holds: false };
    }
    let written = found | access.set | access.pass;
    context.set_items(access.journey, written);
    Answer { flag: complete(written), condition_holds: true }
}
