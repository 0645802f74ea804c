//! A generator for libraries that want a sequence of numbers.

use std::convert::Infallible;

use rand::rand_core::{TryRng, utils};

use super::Draw;

/// The sequence of draws derived from one draw, for algorithms that need an unknown count of numbers, such as those of
/// `rand_distr` (without its `std` feature, so that its maths is the `libm` crate's).
///
/// Not `Copy`: an accidental copy would repeat its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRng {
    draw: Draw,
    taken: u64,
}

impl KeyedRng {
    /// The sequence that belongs to `draw`.
    pub const fn new(draw: Draw) -> Self {
        // Its own branch, so that numbers taken here are not those of `draw.derive(0)`, `draw.derive(1)` ...
        Self { draw: draw.derive(u64::MAX), taken: 0 }
    }
}

impl From<Draw> for KeyedRng {
    fn from(draw: Draw) -> Self {
        Self::new(draw)
    }
}

impl TryRng for KeyedRng {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|word| (word >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let word = self.draw.derive(self.taken).bits();
        self.taken = self.taken.wrapping_add(1);
        Ok(word)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        utils::fill_bytes_via_next_word(bytes, || self.try_next_u64())
    }
}
