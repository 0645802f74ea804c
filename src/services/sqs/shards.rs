//! Visible messages, spread over servers that short polls sample.

use std::collections::VecDeque;

use crate::kernel::{Draw, Slab};

use super::state::{Message, State};

/// Servers at most: a set of them is one word.
pub(super) const SHARDS_MAX: u64 = 64;

/// Stale spots are swept when there are more of them than this and than of the others.
const STALE_MAX: u64 = 32;

/// Visible messages of all servers in the order in which they became visible. A short poll passes over those of the servers
/// that it does not ask: as many as it takes, on average.
#[derive(Debug)]
pub(super) struct Shards {
    servers: u64,
    spots: VecDeque<Spot>,
    /// Visible messages.
    pub len: u64,
}

/// A place in the order; stale when the message has another receipt by now.
#[derive(Clone, Copy, Debug)]
struct Spot {
    receipt: u32,
    entry: u32,
}

impl Spot {
    /// The message, if it is still visible.
    fn message(self, messages: &Slab<Message>) -> Option<&Message> {
        messages.get(self.entry).filter(|message| message.state == State::Visible && message.receipt == self.receipt)
    }

    fn is_current(self, messages: &Slab<Message>) -> bool {
        self.message(messages).is_some()
    }
}

impl Shards {
    /// So many servers without messages.
    pub fn new(servers: u64) -> Self {
        Self { servers: servers.clamp(1, SHARDS_MAX), spots: VecDeque::new(), len: 0 }
    }

    /// The server that keeps the message this draw is for.
    pub fn place(&self, draw: Draw) -> u8 {
        draw.below(self.servers) as u8
    }

    /// All servers, as a long poll asks.
    pub fn all(&self) -> u64 {
        u64::MAX >> (SHARDS_MAX - self.servers)
    }

    /// A random half of the servers (rounded up), as a short poll asks.
    pub fn half(&self, draw: Draw) -> u64 {
        let servers = self.servers;
        let mut places: Vec<u64> = (0..servers).collect();
        let mut set = 0;
        for step in 0..servers.div_ceil(2) {
            let pick = step + draw.derive(step).below(servers - step);
            places.swap(step as usize, pick as usize);
            set |= 1 << places[step as usize];
        }
        set
    }

    /// A message became visible, after all that are.
    pub fn push(&mut self, entry: u32, receipt: u32) {
        self.spots.push_back(Spot { receipt, entry });
        self.len += 1;
    }

    /// The message of these servers that became visible first, which stays where it is.
    pub fn first(&self, servers: u64, messages: &Slab<Message>) -> Option<u32> {
        let asks = |message: &Message| servers & (1 << message.tags.shard()) != 0;
        let found = self.spots.iter().find(|spot| spot.message(messages).is_some_and(asks));
        found.map(|spot| spot.entry)
    }

    /// Reads the first so many messages together: one after the other the processor would wait for each.
    pub fn read_first(&self, count: u64, messages: &Slab<Message>) {
        let receipt = |spot: &Spot| messages.get(spot.entry).map_or(0, |message| message.receipt);
        if count > 1 {
            std::hint::black_box(self.spots.iter().take(count as usize).fold(0, |seen, spot| seen ^ receipt(spot)));
        }
    }

    /// A message is visible no more; its spot goes at once if it is the first, else when it comes to the front. To be called
    /// after the message has changed.
    pub fn leave(&mut self, messages: &Slab<Message>) {
        self.len -= 1;
        while self.spots.front().is_some_and(|front| !front.is_current(messages)) {
            self.spots.pop_front();
        }
        // Short polls take messages from the middle: what they leave behind is swept when it outnumbers the rest.
        if self.spots.len() as u64 > 2 * self.len + STALE_MAX {
            self.spots.retain(|spot| spot.is_current(messages));
        }
    }
}
