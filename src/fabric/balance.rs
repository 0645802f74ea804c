//! The books of a run: what came must have left or still be there, and levels must agree with the times behind them.
//!
//! Whoever takes something in declares its balance when it is built; the engine closes the books when a run ends. They cover
//! the whole run, warm-up and drain included, so nothing is lost at the edges of the measured window.

use crate::kernel::Time;

use super::metric::{CounterId, LevelId};

/// Flow balance: everything that came has left by one of the ways, or is held.
#[derive(Clone, Debug)]
pub struct Balance {
    pub service: u16,
    /// What flows: messages, requests, invocations.
    pub what: &'static str,
    pub came: Vec<CounterId>,
    pub left: Vec<CounterId>,
    pub held: Vec<LevelId>,
    /// It compares two parties: calls under way between them count at one end only, so it holds once an instant is over.
    pub between: bool,
}

/// Little's law, or the utilisation law: the area below the levels is the sum of the times that were spent there.
#[derive(Clone, Debug)]
pub struct Law {
    pub service: u16,
    /// What is there: messages, requests, executions.
    pub what: &'static str,
    pub levels: Vec<LevelId>,
    /// Nanoseconds spent by those that have left.
    pub spent: u128,
}

/// Index of a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LawId(pub u32);

/// All that must add up.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub balances: Vec<Balance>,
    pub laws: Vec<Law>,
}

impl Books {
    /// Notes that something spent so long in what a law is about.
    #[inline]
    pub fn spend(&mut self, id: LawId, duration: Time) {
        self.laws[id.0 as usize].spent += u128::from(duration);
    }
}
