//! A queue in one piece of memory.

/// Room is made by an eighth of what is there.
const PART: usize = 8;

/// Values that come in at the end and leave at the front. They lie side by side, so that going through them, and removing
/// some, is cheap; and when there is no more room, what has left in front is used before more is taken, and that is little:
/// what is held twice over is what many deadlines cost.
#[derive(Clone, Debug)]
pub struct Line<T> {
    values: Vec<T>,
    /// So many in front have left.
    gone: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { values: Vec::new(), gone: 0 }
    }
}

impl<T: Copy> Line<T> {
    /// Adds a value at the end.
    #[inline]
    pub fn push(&mut self, value: T) {
        if self.values.len() == self.values.capacity() {
            self.make_room();
        }
        self.values.push(value);
    }

    #[cold]
    fn make_room(&mut self) {
        if self.gone > self.values.len() / PART {
            self.values.drain(..self.gone);
            self.gone = 0;
        } else {
            self.values.reserve_exact(self.values.len() / PART + 16);
        }
    }

    /// The first value.
    #[inline]
    pub fn first(&self) -> Option<T> {
        self.values.get(self.gone).copied()
    }

    /// Takes the first value.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        let value = self.first()?;
        self.gone += 1;
        if self.gone == self.values.len() {
            self.values.clear();
            self.gone = 0;
        }
        Some(value)
    }

    /// Keeps the values that `stays` answers with yes; it is asked from the front on.
    #[inline]
    pub fn retain(&mut self, mut stays: impl FnMut(T) -> bool) {
        let mut kept = self.gone;
        for place in self.gone..self.values.len() {
            let value = self.values[place];
            if stays(value) {
                self.values[kept] = value;
                kept += 1;
            }
        }
        self.truncate(kept - self.gone);
    }

    /// Keeps the first so many values.
    pub fn truncate(&mut self, len: usize) {
        self.values.truncate(self.gone + len);
    }

    /// The values from the front on.
    #[inline]
    pub fn as_slice(&self) -> &[T] {
        &self.values[self.gone..]
    }

    /// The values from the front on.
    #[inline]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.values[self.gone..]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::Line;

    #[test]
    fn a_line_is_a_queue_whose_room_follows_what_is_in_it() {
        let (mut line, mut queue, mut word) = (Line::default(), VecDeque::new(), 1_u64);
        for step in 0..20_000_u32 {
            word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            // It grows at first, then stands, then is used up.
            let comes = (word >> 33) % 10 < [7, 5, 3][step as usize / 7_000];
            if comes {
                line.push(step);
                queue.push_back(step);
            } else {
                assert_eq!(line.pop(), queue.pop_front());
            }
            if step % 1_000 == 0 {
                line.retain(|value| value % 7 != 0);
                queue.retain(|value| value % 7 != 0);
            }
            assert_eq!(line.first(), queue.front().copied());
            assert_eq!(line.as_slice().len(), queue.len());
        }
        assert!(queue.iter().eq(line.as_slice()));
        for step in 0..100_000 {
            line.push(step);
            line.pop();
        }
        assert!(line.values.capacity() < 5_000, "room for {}", line.values.capacity());
    }
}
