//! Histograms that are kept but not recorded into: a few bytes for each bucket in use.

use super::Histogram;
use super::histogram::{Cells, index_of};

/// Histograms one behind the other, as bytes: exactly what was recorded, none of the room for more.
///
/// An empty histogram takes no byte. Another one is its smallest and largest number and its sum in two halves, then for each
/// bucket in use how many empty ones lie before it, with a bit for a count of one, and any other count. All are integers of
/// seven bits a byte, the lowest first.
#[derive(Clone, Debug, Default)]
pub struct PackedHistograms {
    bytes: Vec<u8>,
    /// Where each ends among the bytes.
    ends: Vec<usize>,
}

impl PackedHistograms {
    /// Appends a histogram.
    pub fn push(&mut self, histogram: &Histogram) {
        if let (Some(min), Some(max)) = (histogram.min(), histogram.max()) {
            self.write(min);
            self.write(max - min);
            self.write(histogram.sum() as u64);
            self.write((histogram.sum() >> 64) as u64);
            let mut next = index_of(min);
            for (index, count) in histogram.cells() {
                self.write((((index - next) as u64) << 1) | u64::from(count == 1));
                if count != 1 {
                    self.write(count);
                }
                next = index + 1;
            }
        }
        self.ends.push(self.bytes.len());
    }

    /// How many there are, empty ones included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds everything that the histogram at `index` holds to another one; nothing where there is none.
    pub fn merge_into(&self, index: usize, other: &mut Histogram) {
        let Some(&end) = self.ends.get(index) else { return };
        let begin = if index == 0 { 0 } else { self.ends[index - 1] };
        let mut bytes = &self.bytes[begin..end];
        if bytes.is_empty() {
            return;
        }
        let min = read(&mut bytes);
        let max = min + read(&mut bytes);
        let sum = u128::from(read(&mut bytes)) | u128::from(read(&mut bytes)) << 64;
        let mut next = index_of(min);
        let cells = std::iter::from_fn(|| {
            if bytes.is_empty() {
                return None;
            }
            let word = read(&mut bytes);
            let index = next + (word >> 1) as usize;
            next = index + 1;
            Some((index, if word & 1 == 1 { 1 } else { read(&mut bytes) }))
        });
        other.merge_cells(Cells { min, max, sum, cells });
    }

    #[inline]
    fn write(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }
}

/// Reads an integer off the front; the bytes are our own.
#[inline]
fn read(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    while let Some((&byte, rest)) = bytes.split_first() {
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte < 0x80 {
            break;
        }
    }
    value
}
