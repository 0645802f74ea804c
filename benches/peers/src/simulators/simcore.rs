//! simcore, the kernel of DSLab, with callbacks (its faster way): one component with two events per request.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use serde::Serialize;
use simcore::{Event, EventHandler, Simulation, SimulationContext, cast};

use crate::draws::Draws;
use crate::measure::{Answer, Tally};
use crate::work::Work;

const NAME: &str = "servers";

#[derive(Clone, Serialize)]
struct Arrive {}

#[derive(Clone, Serialize)]
struct Depart {
    arrived: f64,
}

struct Queue {
    context: SimulationContext,
    draws: Draws,
    tally: Tally,
    interval: f64,
    waiting: VecDeque<f64>,
    free: u32,
    to_come: u64,
    events: u64,
}

impl Queue {
    fn arrive(&mut self) {
        self.to_come -= 1;
        if self.to_come > 0 {
            let interval = self.draws.exponential(self.interval);
            self.context.emit_self(Arrive {}, interval);
        }
        self.waiting.push_back(self.context.time());
    }

    fn depart(&mut self, arrived: f64) {
        self.tally.record_seconds(self.context.time() - arrived);
        self.free += 1;
    }

    fn serve(&mut self) {
        if self.free > 0
            && let Some(arrived) = self.waiting.pop_front()
        {
            self.free -= 1;
            let service = self.draws.exponential(1.0);
            self.context.emit_self(Depart { arrived }, service);
        }
    }
}

impl EventHandler for Queue {
    fn on(&mut self, event: Event) {
        self.events += 1;
        cast!(match event.data {
            Arrive {} => {
                self.arrive();
            }
            Depart { arrived } => {
                self.depart(arrived);
            }
        });
        self.serve();
    }
}

pub fn queue(servers: u32, requests: u64, seed: u64) -> Answer {
    let mut simulation = Simulation::new(seed);
    let mut draws = Draws::new(seed);
    let interval = 1.0 / Work::rate(servers);
    let context = simulation.create_context(NAME);
    context.emit_self(Arrive {}, draws.exponential(interval));
    let queue = Rc::new(RefCell::new(Queue {
        context,
        draws,
        tally: Tally::default(),
        interval,
        waiting: VecDeque::new(),
        free: servers,
        to_come: requests,
        events: 0,
    }));
    simulation.add_handler(NAME, queue.clone());
    simulation.step_until_no_events();
    let queue = queue.borrow();
    queue.tally.answer(queue.events)
}

#[derive(Clone, Serialize)]
struct Over {
    began: f64,
}

struct Hold {
    context: SimulationContext,
    draws: Draws,
    tally: Tally,
    end: f64,
}

impl EventHandler for Hold {
    fn on(&mut self, event: Event) {
        cast!(match event.data {
            Over { began } => {
                let now = self.context.time();
                self.tally.record_seconds(now - began);
                if now < self.end {
                    self.context.emit_self(Over { began: now }, self.draws.exponential(1.0));
                }
            }
        })
    }
}

pub fn hold(pending: u32, seconds: u32, seed: u64) -> Answer {
    let mut simulation = Simulation::new(seed);
    let mut draws = Draws::new(seed);
    let context = simulation.create_context(NAME);
    for _ in 0..pending {
        context.emit_self(Over { began: 0.0 }, draws.exponential(1.0));
    }
    let hold = Rc::new(RefCell::new(Hold { context, draws, tally: Tally::default(), end: f64::from(seconds) }));
    simulation.add_handler(NAME, hold.clone());
    simulation.step_until_no_events();
    let answer = hold.borrow().tally.answer(0);
    Answer { events: Some(answer.requests), ..answer }
}
