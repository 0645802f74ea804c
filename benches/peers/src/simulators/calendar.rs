//! The event calendar of floodplan without anything around it: what its kernel would take if models cost nothing.

use std::collections::VecDeque;

use floodplan::kernel::{Calendar, SECOND};

use crate::draws::Draws;
use crate::measure::{Answer, Tally};
use crate::work::Work;

const ARRIVE: u16 = 0;
const DEPART: u16 = 1;

pub fn queue(servers: u32, requests: u64, seed: u64) -> Answer {
    let mut draws = Draws::new(seed);
    let mut tally = Tally::default();
    let mut calendar = Calendar::default();
    let mean = 1.0 / Work::rate(servers);
    let mut waiting = VecDeque::new();
    // When the request at each server arrived, and the servers that are free.
    let mut arrived_at = vec![0; servers as usize];
    let mut free: Vec<u32> = (0..servers).collect();
    let (mut arrivals, mut events) = (0, 0);
    calendar.schedule(draws.nanoseconds(mean), 0, ARRIVE, 0);
    while let Some(event) = calendar.pop() {
        events += 1;
        if event.kind == ARRIVE {
            arrivals += 1;
            if arrivals < requests {
                calendar.schedule(event.time + draws.nanoseconds(mean), 0, ARRIVE, 0);
            }
            waiting.push_back(event.time);
        } else {
            tally.record(event.time - arrived_at[event.argument as usize]);
            free.push(event.argument);
        }
        if !waiting.is_empty()
            && let Some(server) = free.pop()
            && let Some(arrived) = waiting.pop_front()
        {
            arrived_at[server as usize] = arrived;
            calendar.schedule(event.time + draws.nanoseconds(1.0), 0, DEPART, server);
        }
    }
    tally.answer(events)
}

pub fn hold(pending: u32, seconds: u32, seed: u64) -> Answer {
    let mut draws = Draws::new(seed);
    let mut tally = Tally::default();
    let mut calendar = Calendar::default();
    let end = u64::from(seconds) * SECOND;
    let mut began = vec![0; pending as usize];
    for job in 0..pending {
        calendar.schedule(draws.nanoseconds(1.0), 0, DEPART, job);
    }
    let mut events = 0;
    while let Some(event) = calendar.pop() {
        events += 1;
        let began = &mut began[event.argument as usize];
        tally.record(event.time - *began);
        *began = event.time;
        if event.time < end {
            calendar.schedule(event.time + draws.nanoseconds(1.0), 0, DEPART, event.argument);
        }
    }
    tally.answer(events)
}
