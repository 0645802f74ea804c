//! Idle environments, in the order in which they are taken.

use std::collections::{BinaryHeap, VecDeque};

use super::config::Reuse;

/// Idle environments. Each keeps what it has allocated; entries of environments that have gone are swept when they outnumber
/// the others.
#[derive(Debug)]
pub(super) enum Idle {
    /// By ordinal, the newest on top, with the environments that went while they were idle still among them.
    Newest { heap: BinaryHeap<(u32, u32)>, gone: usize },
    /// In the order in which they became idle; the one that became idle last is taken.
    Stack(VecDeque<u32>),
    /// The same; the one that became idle first is taken.
    Queue(VecDeque<u32>),
}

impl Idle {
    /// No idle environments yet.
    pub(super) fn new(reuse: Reuse) -> Self {
        match reuse {
            Reuse::Newest => Self::Newest { heap: BinaryHeap::new(), gone: 0 },
            Reuse::MostRecentlyUsed => Self::Stack(VecDeque::new()),
            Reuse::LeastRecentlyUsed => Self::Queue(VecDeque::new()),
        }
    }

    /// An environment becomes idle.
    pub(super) fn add(&mut self, ordinal: u32, environment: u32) {
        match self {
            Self::Newest { heap, .. } => heap.push((ordinal, environment)),
            Self::Stack(order) | Self::Queue(order) => order.push_back(environment),
        }
    }

    /// The environment that is taken next; `is_idle` knows by ordinal and slot which are idle still.
    pub(super) fn take(&mut self, is_idle: impl Fn(u32, u32) -> bool) -> Option<u32> {
        match self {
            Self::Newest { heap, gone } => loop {
                let (ordinal, environment) = heap.pop()?;
                if is_idle(ordinal, environment) {
                    return Some(environment);
                }
                *gone -= 1;
            },
            Self::Stack(order) => order.pop_back(),
            Self::Queue(order) => order.pop_front(),
        }
    }

    /// The environment that became idle first has gone; `is_idle` is asked afterwards.
    pub(super) fn first_is_gone(&mut self, is_idle: impl Fn(u32, u32) -> bool) {
        match self {
            Self::Newest { heap, gone } => {
                *gone += 1;
                if *gone > 32 && *gone * 2 > heap.len() {
                    heap.retain(|(ordinal, environment)| is_idle(*ordinal, *environment));
                    *gone = 0;
                }
            }
            Self::Stack(order) | Self::Queue(order) => {
                order.pop_front();
            }
        }
    }

    /// Entries held, also of environments that have gone.
    #[cfg(test)]
    fn len(&self) -> usize {
        match self {
            Self::Newest { heap, .. } => heap.len(),
            Self::Stack(order) | Self::Queue(order) => order.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::{Idle, Reuse};

    /// Environments (their ordinals are their slots) become idle, go in the order in which they became idle, and are taken; what
    /// is taken is held against a search through all that are idle.
    #[test]
    fn each_policy_takes_what_a_search_finds() {
        for reuse in [Reuse::Newest, Reuse::MostRecentlyUsed, Reuse::LeastRecentlyUsed] {
            let (mut idle, mut known, mut busy) = (Idle::new(reuse), VecDeque::new(), Vec::new());
            let (mut word, mut created) = (1_u64, 0_u32);
            for _ in 0..20_000 {
                word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match word >> 61 {
                    0..=2 => {
                        let environment = busy.pop().unwrap_or_else(|| {
                            created += 1;
                            created
                        });
                        idle.add(environment, environment);
                        known.push_back(environment);
                    }
                    3 | 4 => {
                        if known.pop_front().is_some() {
                            idle.first_is_gone(|_, environment| known.contains(&environment));
                        }
                    }
                    _ => {
                        let expected = match reuse {
                            Reuse::Newest => known.iter().max().copied(),
                            Reuse::MostRecentlyUsed => known.back().copied(),
                            Reuse::LeastRecentlyUsed => known.front().copied(),
                        };
                        assert_eq!(idle.take(|_, environment| known.contains(&environment)), expected, "{reuse:?}");
                        known.retain(|environment| Some(*environment) != expected);
                        busy.extend(expected);
                    }
                }
            }
            assert!(created > 500, "{created} environments were created");
        }
    }

    /// The newest environment is taken again and again, and those below it go one after the other.
    #[test]
    fn what_has_gone_does_not_pile_up() {
        const NEWEST: u32 = 1_000_000;
        let mut idle = Idle::new(Reuse::Newest);
        for ordinal in 0..1_000 {
            idle.add(ordinal, ordinal);
            idle.add(NEWEST, NEWEST);
            idle.first_is_gone(|_, environment| environment == NEWEST);
            assert_eq!(idle.take(|_, environment| environment == NEWEST), Some(NEWEST));
            assert!(idle.len() <= 34, "{} entries are held", idle.len());
        }
    }
}
