//! simrs: one component with two events per request. Its state is in a cell of the component, not in the `State` of simrs, which
//! costs a hash look-up per access.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use simrs::{Component, ComponentId, Executor, Scheduler, Simulation, State};

use crate::draws::Draws;
use crate::measure::{Answer, Tally};
use crate::work::Work;

#[derive(Debug)]
enum QueueEvent {
    Arrive,
    /// With the time of the arrival.
    Depart(Duration),
}

struct QueueState {
    draws: Draws,
    tally: Tally,
    interval: f64,
    waiting: VecDeque<Duration>,
    free: u32,
    to_come: u64,
    events: u64,
}

struct Queue(Rc<RefCell<QueueState>>);

impl Component for Queue {
    type Event = QueueEvent;

    fn process_event(&self, me: ComponentId<QueueEvent>, event: &QueueEvent, scheduler: &mut Scheduler, _: &mut State) {
        let mut state = self.0.borrow_mut();
        let state = &mut *state;
        state.events += 1;
        match *event {
            QueueEvent::Arrive => {
                state.to_come -= 1;
                if state.to_come > 0 {
                    let interval = state.draws.nanoseconds(state.interval);
                    scheduler.schedule(Duration::from_nanos(interval), me, QueueEvent::Arrive);
                }
                state.waiting.push_back(scheduler.time());
            }
            QueueEvent::Depart(arrived) => {
                state.tally.record((scheduler.time() - arrived).as_nanos() as u64);
                state.free += 1;
            }
        }
        if state.free > 0
            && let Some(arrived) = state.waiting.pop_front()
        {
            state.free -= 1;
            scheduler.schedule(Duration::from_nanos(state.draws.nanoseconds(1.0)), me, QueueEvent::Depart(arrived));
        }
    }
}

pub fn queue(servers: u32, requests: u64, seed: u64) -> Answer {
    let state = Rc::new(RefCell::new(QueueState {
        draws: Draws::new(seed),
        tally: Tally::default(),
        interval: 1.0 / Work::rate(servers),
        waiting: VecDeque::new(),
        free: servers,
        to_come: requests,
        events: 0,
    }));
    let mut simulation = Simulation::default();
    let queue = simulation.add_component(Queue(Rc::clone(&state)));
    let first = state.borrow_mut().draws.nanoseconds(1.0 / Work::rate(servers));
    simulation.schedule(Duration::from_nanos(first), queue, QueueEvent::Arrive);
    simulation.execute(Executor::unbound());
    let state = state.borrow();
    state.tally.answer(state.events)
}

/// A hold that began then is over.
#[derive(Debug)]
struct Over(Duration);

struct HoldState {
    draws: Draws,
    tally: Tally,
    end: Duration,
}

struct Hold(Rc<RefCell<HoldState>>);

impl Component for Hold {
    type Event = Over;

    fn process_event(&self, me: ComponentId<Over>, began: &Over, scheduler: &mut Scheduler, _: &mut State) {
        let mut state = self.0.borrow_mut();
        let now = scheduler.time();
        state.tally.record((now - began.0).as_nanos() as u64);
        if now < state.end {
            scheduler.schedule(Duration::from_nanos(state.draws.nanoseconds(1.0)), me, Over(now));
        }
    }
}

pub fn hold(pending: u32, seconds: u32, seed: u64) -> Answer {
    let state = Rc::new(RefCell::new(HoldState {
        draws: Draws::new(seed),
        tally: Tally::default(),
        end: Duration::from_secs(u64::from(seconds)),
    }));
    let mut simulation = Simulation::default();
    let hold = simulation.add_component(Hold(Rc::clone(&state)));
    for _ in 0..pending {
        let delay = state.borrow_mut().draws.nanoseconds(1.0);
        simulation.schedule(Duration::from_nanos(delay), hold, Over(Duration::ZERO));
    }
    simulation.execute(Executor::unbound());
    let answer = state.borrow().tally.answer(0);
    Answer { events: Some(answer.requests), ..answer }
}
