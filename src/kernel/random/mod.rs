//! Keyed random draws.
//!
//! A draw is a hash of what it is for, never the next number of a sequence. Two designs that run under the same seed
//! therefore see the same arrivals and the same luck wherever they ask the same question (common random numbers), no
//! matter in which order their events happen or what else they draw.

mod keyed_rng;
mod purpose;
#[cfg(test)]
mod tests;

pub use keyed_rng::KeyedRng;
pub use purpose::{Lineage, Purpose};

/// All random draws of one replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// Hides the first word of the key.
    first: u64,
    /// Hides the second word of the key.
    second: u64,
    /// Enter between the two rounds.
    low: u64,
    high: u64,
}

impl Streams {
    /// The draws of replication number `replication` of a run with this seed.
    pub fn new(seed: u64, replication: u32) -> Self {
        let root = Draw(mix(seed ^ SALT[0], u64::from(replication).wrapping_mul(SPREAD[0]) ^ SALT[1], SALT[2], SALT[3]));
        // The seed enters once more, in another way, so that two pairs of seed and replication cannot share all words.
        let other = Draw(finish(seed).wrapping_add(finish(u64::from(replication) ^ SALT[3])));
        Self { first: root.derive(1).0, second: other.derive(2).0, low: root.derive(3).0, high: other.derive(4).0 }
    }

    /// The draw of this purpose for the key `(a, b)`: the same arguments always give the same draw. About 4 ns.
    ///
    /// What `a` and `b` stand for is up to the purpose; a journey and the number of a call are typical. Keys with more
    /// parts fold them into one word by [`Lineage::extend`].
    #[inline]
    pub fn draw(&self, purpose: Purpose, a: u64, b: u64) -> Draw {
        let purpose = u64::from(purpose.code());
        let x = a ^ self.first ^ purpose.wrapping_mul(SPREAD[0]);
        let y = b ^ self.second ^ purpose.wrapping_mul(SPREAD[1]);
        Draw(mix(x, y, self.low, self.high))
    }
}

/// One random draw: 64 uniform bits. The same draw gives the same answer however often it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Draw(u64);

impl Draw {
    /// A draw with these bits, for tests and for replaying a recorded one.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// All 64 bits.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// A uniform number strictly between 0 and 1, never either.
    ///
    /// The values are the odd multiples of 2^-53: they are exact, symmetric about one half, and `1 - unit()` is exact
    /// too, which keeps both tails of an inverse transform equally fine.
    #[inline]
    pub fn unit(self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 53) as f64;
        // By way of i64, which the processor converts at once.
        ((self.0 >> 11) | 1) as i64 as f64 * STEP
    }

    /// A uniform integer in `0..n`, growing with the draw; 0 when `n` is 0. The bias is below n / 2^64.
    #[inline]
    pub const fn below(self, n: u64) -> u64 {
        ((self.0 as u128 * n as u128) >> 64) as u64
    }

    /// True with probability `p`: never when `p` is at most 0 (or not a number), always when it is at least 1.
    #[inline]
    pub fn chance(self, p: f64) -> bool {
        self.unit() < p
    }

    /// Another draw, independent of this one and of those derived with another `k`.
    #[inline]
    pub const fn derive(self, k: u64) -> Self {
        Self(mix(self.0 ^ SALT[0], k.wrapping_mul(SPREAD[0]) ^ SALT[1], SALT[2], SALT[3]))
    }
}

/// Two rounds of 64 x 64 -> 128 bit multiplication. After the first round both halves depend on all bits of `x` and
/// `y` (for given `y` other than 0 they still determine `x`); the second folds them into one word.
#[inline]
const fn mix(x: u64, y: u64, low: u64, high: u64) -> u64 {
    let product = x as u128 * y as u128;
    let folded = (product as u64 ^ low) as u128 * ((product >> 64) as u64 ^ high) as u128;
    folded as u64 ^ (folded >> 64) as u64
}

/// A bijection of the 64-bit words that mixes well (Stafford's thirteenth variant of the murmur finaliser).
const fn finish(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The first fractional bits of pi, in order: numbers with nothing up their sleeve.
const SALT: [u64; 4] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];
/// Odd multipliers that spread small numbers over the word: 2^64 over the golden ratio, and the square root of 3.
const SPREAD: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xbb67_ae85_84ca_a73b];
