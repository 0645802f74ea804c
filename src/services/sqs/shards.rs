//! Visible messages, spread over servers that short polls sample.

use std::collections::VecDeque;

use crate::kernel::{Draw, Slab, Time};

use super::state::{Message, State};

/// Servers at most: a set of them is one word.
pub(super) const SHARDS_MAX: u64 = 64;

/// Stale spots of all servers together are swept when there are more of them than this and than of the others.
const STALE_MAX: u64 = 32;

/// Visible messages in the order in which they became visible: of each server, and of all together, which is what most
/// receives ask.
#[derive(Debug)]
pub(super) struct Shards {
    queues: Vec<VecDeque<Spot>>,
    together: VecDeque<Spot>,
    /// Visible messages.
    pub len: u64,
}

/// A place in a server's queue; stale when the message has another receipt by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Spot {
    since: Time,
    receipt: u32,
    entry: u32,
}

impl Spot {
    fn is_current(self, messages: &Slab<Message>) -> bool {
        messages.get(self.entry).is_some_and(|message| message.state == State::Visible && message.receipt == self.receipt)
    }
}

impl Shards {
    /// So many servers without messages.
    pub fn new(servers: u64) -> Self {
        Self { queues: vec![VecDeque::new(); servers.clamp(1, SHARDS_MAX) as usize], together: VecDeque::new(), len: 0 }
    }

    /// The server that keeps the message this draw is for.
    pub fn place(&self, draw: Draw) -> u8 {
        draw.below(self.queues.len() as u64) as u8
    }

    /// All servers, as a long poll asks.
    pub fn all(&self) -> u64 {
        u64::MAX >> (64 - self.queues.len())
    }

    /// A random half of the servers (rounded up), as a short poll asks.
    pub fn half(&self, draw: Draw) -> u64 {
        let servers = self.queues.len() as u64;
        let mut places: Vec<u64> = (0..servers).collect();
        let mut set = 0;
        for step in 0..servers.div_ceil(2) {
            let pick = step + draw.derive(step).below(servers - step);
            places.swap(step as usize, pick as usize);
            set |= 1 << places[step as usize];
        }
        set
    }

    /// A message became visible.
    pub fn push(&mut self, shard: u8, since: Time, entry: u32, receipt: u32) {
        let spot = Spot { since, receipt, entry };
        self.queues[shard as usize].push_back(spot);
        self.together.push_back(spot);
        self.len += 1;
    }

    /// The message of these servers that became visible first, which stays where it is.
    pub fn first(&mut self, servers: u64, messages: &Slab<Message>) -> Option<u32> {
        if servers == self.all() {
            trim(&mut self.together, messages);
            return self.together.front().map(|spot| spot.entry);
        }
        let mut best: Option<Spot> = None;
        for (index, queue) in self.queues.iter_mut().enumerate() {
            if servers & (1 << index) == 0 {
                continue;
            }
            trim(queue, messages);
            if let Some(front) = queue.front()
                && best.is_none_or(|best| *front < best)
            {
                best = Some(*front);
            }
        }
        best.map(|spot| spot.entry)
    }

    /// A message is visible no more; its spot goes at once if it is the first, else when it comes to the front. To be called
    /// after the message has changed.
    pub fn leave(&mut self, shard: u8, messages: &Slab<Message>) {
        self.len -= 1;
        trim(&mut self.queues[shard as usize], messages);
        trim(&mut self.together, messages);
        // Short polls take messages from the middle: what they leave behind is swept when it outnumbers the rest.
        if self.together.len() as u64 > 2 * self.len + STALE_MAX {
            self.together.retain(|spot| spot.is_current(messages));
        }
    }
}

fn trim(queue: &mut VecDeque<Spot>, messages: &Slab<Message>) {
    while queue.front().is_some_and(|front| !front.is_current(messages)) {
        queue.pop_front();
    }
}
