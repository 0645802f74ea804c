//! NexoSim (formerly asynchronix) on its single-threaded executor: one model that schedules its own inputs. Two models with a
//! connection between them would cost it a message more per request.

use std::collections::VecDeque;
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::QuerySource;
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::draws::Draws;
use crate::measure::{Answer, Tally};
use crate::work::Work;

fn now<M: Model>(context: &Context<M>) -> u64 {
    context.time().duration_since(MonotonicTime::EPOCH).as_nanos() as u64
}

#[derive(Serialize, Deserialize)]
pub struct Queue {
    draws: Draws,
    #[serde(skip)]
    tally: Tally,
    interval: f64,
    waiting: VecDeque<u64>,
    free: u32,
    to_come: u64,
    events: u64,
}

#[Model]
impl Queue {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.expect(context);
    }

    fn expect(&mut self, context: &Context<Self>) {
        let interval = Duration::from_nanos(self.draws.nanoseconds(self.interval));
        context.schedule_event(interval, schedulable!(Self::arrive), ()).expect("the delay is not zero");
    }

    #[nexosim(schedulable)]
    fn arrive(&mut self, _: (), context: &Context<Self>) {
        self.events += 1;
        self.to_come -= 1;
        if self.to_come > 0 {
            self.expect(context);
        }
        self.waiting.push_back(now(context));
        self.serve(context);
    }

    #[nexosim(schedulable)]
    fn depart(&mut self, arrived: u64, context: &Context<Self>) {
        self.events += 1;
        self.tally.record(now(context) - arrived);
        self.free += 1;
        self.serve(context);
    }

    fn serve(&mut self, context: &Context<Self>) {
        if self.free > 0
            && let Some(arrived) = self.waiting.pop_front()
        {
            self.free -= 1;
            let service = Duration::from_nanos(self.draws.nanoseconds(1.0));
            context.schedule_event(service, schedulable!(Self::depart), arrived).expect("the delay is not zero");
        }
    }

    async fn found(&mut self) -> (Tally, u64) {
        (std::mem::take(&mut self.tally), self.events)
    }
}

pub fn queue(servers: u32, requests: u64, seed: u64) -> Answer {
    let queue = Queue {
        draws: Draws::new(seed),
        tally: Tally::default(),
        interval: 1.0 / Work::rate(servers),
        waiting: VecDeque::new(),
        free: servers,
        to_come: requests,
        events: 0,
    };
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let found = QuerySource::new().connect(Queue::found, &mailbox).register(&mut bench);
    let mut simulation = bench.add_model(queue, mailbox, "servers").init(MonotonicTime::EPOCH).expect("the bench is complete");
    simulation.run().expect("the simulation runs");
    let (tally, events): (Tally, u64) = simulation.process_query(&found, ()).expect("the model answers");
    tally.answer(events)
}

#[derive(Serialize, Deserialize)]
pub struct Hold {
    draws: Draws,
    #[serde(skip)]
    tally: Tally,
    pending: u32,
    end: u64,
}

#[Model]
impl Hold {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        for _ in 0..self.pending {
            self.begin(0, context);
        }
    }

    fn begin(&mut self, now: u64, context: &Context<Self>) {
        let delay = Duration::from_nanos(self.draws.nanoseconds(1.0));
        context.schedule_event(delay, schedulable!(Self::over), now).expect("the delay is not zero");
    }

    #[nexosim(schedulable)]
    fn over(&mut self, began: u64, context: &Context<Self>) {
        let now = now(context);
        self.tally.record(now - began);
        if now < self.end {
            self.begin(now, context);
        }
    }

    async fn found(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}

pub fn hold(pending: u32, seconds: u32, seed: u64) -> Answer {
    let hold =
        Hold { draws: Draws::new(seed), tally: Tally::default(), pending, end: u64::from(seconds) * floodplan::kernel::SECOND };
    let mailbox = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    let found = QuerySource::new().connect(Hold::found, &mailbox).register(&mut bench);
    let mut simulation = bench.add_model(hold, mailbox, "jobs").init(MonotonicTime::EPOCH).expect("the bench is complete");
    simulation.run().expect("the simulation runs");
    let tally: Tally = simulation.process_query(&found, ()).expect("the model answers");
    let answer = tally.answer(0);
    Answer { events: Some(answer.requests), ..answer }
}
