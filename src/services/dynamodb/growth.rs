//! How an on-demand table grows: it serves twice its previous peak at once, and the peak rises to what was sustained.

use std::collections::VecDeque;

use crate::kernel::{SECOND, Time};

/// Consumption is looked at in steps of this length.
const STEP: Time = 60 * SECOND;

/// The previous peak of one direction of a table, in tokens per second.
///
/// A level counts as sustained when no minute of the window stayed below it. Steps are closed when the next request comes,
/// so that an idle table needs no events.
#[derive(Clone, Debug)]
pub(super) struct Growth {
    peak: f64,
    window: usize,
    recent: VecDeque<u64>,
    step: u64,
    admitted: u64,
}

impl Growth {
    /// A table that can serve `limit` tokens per second at once; `window` is in minutes.
    pub fn new(limit: f64, window: f64) -> Self {
        let window = window.clamp(1.0, 24.0 * 60.0) as usize;
        Self { peak: limit / 2.0, window, recent: VecDeque::with_capacity(window), step: 0, admitted: 0 }
    }

    /// Tokens per second that the table can serve at once.
    pub fn limit(&self) -> f64 {
        self.peak * 2.0
    }

    /// Notes consumption.
    pub fn consume(&mut self, tokens: u64) {
        self.admitted += tokens;
    }

    /// Closes the steps that are over; says whether the peak rose.
    pub fn advance(&mut self, now: Time) -> bool {
        let step = now / STEP;
        if step == self.step {
            return false;
        }
        let idle = (step - self.step - 1).min(self.window as u64);
        self.push(self.admitted);
        let mut rose = self.settle();
        for _ in 0..idle {
            self.push(0);
            rose |= self.settle();
        }
        self.step = step;
        self.admitted = 0;
        rose
    }

    fn push(&mut self, admitted: u64) {
        if self.recent.len() == self.window {
            self.recent.pop_front();
        }
        self.recent.push_back(admitted);
    }

    fn settle(&mut self) -> bool {
        if self.recent.len() < self.window {
            return false;
        }
        let least = self.recent.iter().copied().min().unwrap_or(0);
        let sustained = least as f64 / (STEP / SECOND) as f64;
        let rose = sustained > self.peak;
        if rose {
            self.peak = sustained;
        }
        rose
    }
}
