//! What a draw is for, and what caused it.

use super::{SALT, SPREAD, mix};

/// What a draw is for. Draws of different purposes are independent even when their keys are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Purpose(u32);

impl Purpose {
    /// The purpose with this number. Whoever hands out numbers keeps them distinct.
    pub const fn new(code: u32) -> Self {
        Self(code)
    }

    /// A purpose of one owner (a service or a party): `kind` tells the purposes of that owner apart.
    pub const fn of(owner: u16, kind: u16) -> Self {
        Self((owner as u32) << 16 | kind as u32)
    }

    /// The number.
    pub const fn code(self) -> u32 {
        self.0
    }
}

/// The chain of causes that led to a piece of work, folded into one word: every retry, redelivery, iteration and
/// branch extends it, so that no two pieces of work share a key and a retry does not repeat its predecessor's luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lineage(pub u64);

impl Lineage {
    /// The lineage of what nothing else caused.
    pub const fn root() -> Self {
        Self(SALT[3])
    }

    /// The lineage after one more step. Other steps, or the same steps in another order, give another lineage.
    #[inline]
    pub const fn extend(self, step: u64) -> Self {
        Self(mix(self.0 ^ SALT[2], step.wrapping_mul(SPREAD[1]) ^ SALT[3], SALT[0], SALT[1]))
    }

    /// The word, to be used as part of a key.
    #[inline]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Lineage {
    fn default() -> Self {
        Self::root()
    }
}
