//! odem-rs: processes. The queue follows the M/M/1 of its examples: servers take requests from a list and sleep while it is
//! empty. An event is a wait for a time, or waking a server that slept.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;
use std::task::Waker;

use odem_rs::core::ops::waker;
use odem_rs::prelude::*;

use crate::draws::Draws;
use crate::measure::{Answer, Tally};
use crate::work::Work;

struct Station {
    draws: RefCell<Draws>,
    tally: RefCell<Tally>,
    waiting: RefCell<VecDeque<f64>>,
    asleep: RefCell<Vec<Waker>>,
    closed: Cell<bool>,
    events: Cell<u64>,
}

impl Station {
    fn new(seed: u64) -> Self {
        Self {
            draws: RefCell::new(Draws::new(seed)),
            tally: RefCell::default(),
            waiting: RefCell::default(),
            asleep: RefCell::default(),
            closed: Cell::new(false),
            events: Cell::new(0),
        }
    }

    fn draw(&self, mean: f64) -> f64 {
        self.events.set(self.events.get() + 1);
        self.draws.borrow_mut().exponential(mean)
    }

    fn request(&self, now: f64) {
        self.waiting.borrow_mut().push_back(now);
        if let Some(server) = self.asleep.borrow_mut().pop() {
            self.events.set(self.events.get() + 1);
            server.wake();
        }
    }

    fn close(&self) {
        self.closed.set(true);
        self.asleep.borrow_mut().drain(..).for_each(Waker::wake);
    }

    fn next(&self) -> Option<f64> {
        self.waiting.borrow_mut().pop_front()
    }

    fn answer(self) -> Answer {
        self.tally.borrow().answer(self.events.get())
    }
}

async fn serve(sim: &Sim, station: &Station) {
    loop {
        while let Some(arrived) = station.next() {
            sim.advance(station.draw(1.0)).await;
            station.tally.borrow_mut().record_seconds(sim.now() - arrived);
        }
        if station.closed.get() {
            return;
        }
        let waker = waker().await;
        station.asleep.borrow_mut().push(waker);
        sleep().await;
    }
}

#[odem_rs::main]
pub async fn queue(sim: &Sim, servers: u32, requests: u64, seed: u64) -> Answer {
    let station = Station::new(seed);
    {
        let pool = pin!(Pool::with_capacity(servers as usize).with(Job::new));
        let mut jobs = Vec::new();
        for _ in 0..servers {
            jobs.push(sim.activate(pool.alloc(serve(sim, &station))));
        }
        for _ in 0..requests {
            sim.advance(station.draw(1.0 / Work::rate(servers))).await;
            station.request(sim.now());
        }
        station.close();
        for job in jobs {
            job.await;
        }
    }
    station.answer()
}

async fn circulate(sim: &Sim, station: &Station, end: f64) {
    let mut began = 0.0;
    while began < end {
        sim.advance(station.draw(1.0)).await;
        let now = sim.now();
        station.tally.borrow_mut().record_seconds(now - began);
        began = now;
    }
}

#[odem_rs::main]
pub async fn hold(sim: &Sim, pending: u32, seconds: u32, seed: u64) -> Answer {
    // No hold lasts so long: its probability is e^-100.
    const LONGEST_HOLD: f64 = 100.0;
    let station = Station::new(seed);
    let end = f64::from(seconds);
    {
        let pool = pin!(Pool::with_capacity(pending as usize).with(Job::new));
        for _ in 0..pending {
            sim.activate(pool.alloc(circulate(sim, &station, end)));
        }
        sim.advance(end + LONGEST_HOLD).await;
    }
    station.answer()
}
