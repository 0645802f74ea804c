//! A slab: dense storage with stable 32-bit indices and O(1) insert and remove, so that events can stay small.

/// Values of one type under stable indices. Freed slots are reused, last freed first, so memory is proportional to
/// the largest number of values alive at once.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
    free: u32,
    live: u32,
}

#[derive(Clone, Debug)]
enum Slot<T> {
    Live(T),
    Free(u32),
}

const NONE: u32 = u32::MAX;

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: NONE, live: 0 }
    }
}

impl<T> Slab<T> {
    /// A slab with room for so many values: what is not touched takes no memory, and until it is full nothing is copied.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { slots: Vec::with_capacity(capacity), ..Self::default() }
    }

    /// Stores a value and returns its index.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        self.live += 1;
        if self.free == NONE {
            self.slots.push(Slot::Live(value));
            return (self.slots.len() - 1) as u32;
        }
        let index = self.free;
        let slot = &mut self.slots[index as usize];
        let Slot::Free(next) = *slot else { unreachable!("the free list names only free slots") };
        self.free = next;
        *slot = Slot::Live(value);
        index
    }

    /// Removes and returns the value under `index`.
    ///
    /// # Panics
    /// When the slot is empty: that is a mistake of ours, never of a scenario.
    #[inline]
    pub fn remove(&mut self, index: u32) -> T {
        match std::mem::replace(&mut self.slots[index as usize], Slot::Free(self.free)) {
            Slot::Live(value) => {
                self.free = index;
                self.live -= 1;
                value
            }
            Slot::Free(_) => panic!("slab slot {index} removed twice"),
        }
    }

    /// The number of live values.
    pub fn len(&self) -> usize {
        self.live as usize
    }

    /// Whether no value is alive.
    pub fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The value under `index`, if the slot is live.
    #[inline]
    pub fn get(&self, index: u32) -> Option<&T> {
        match self.slots.get(index as usize) {
            Some(Slot::Live(value)) => Some(value),
            _ => None,
        }
    }

    /// The value under `index`, if the slot is live.
    #[inline]
    pub fn get_mut(&mut self, index: u32) -> Option<&mut T> {
        match self.slots.get_mut(index as usize) {
            Some(Slot::Live(value)) => Some(value),
            _ => None,
        }
    }

    /// Live values with their indices, in index order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().enumerate().filter_map(|(index, slot)| match slot {
            Slot::Live(value) => Some((index as u32, value)),
            Slot::Free(_) => None,
        })
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;
    #[inline]
    fn index(&self, index: u32) -> &T {
        match &self.slots[index as usize] {
            Slot::Live(value) => value,
            Slot::Free(_) => panic!("slab slot {index} is empty"),
        }
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut T {
        match &mut self.slots[index as usize] {
            Slot::Live(value) => value,
            Slot::Free(_) => panic!("slab slot {index} is empty"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Slab;

    #[test]
    fn freed_slots_are_reused_and_memory_follows_the_peak() {
        let mut slab = Slab::default();
        let keys: Vec<u32> = (0..4).map(|value| slab.insert(value)).collect();
        assert_eq!(keys, [0, 1, 2, 3]);
        assert_eq!(slab.remove(1), 1);
        assert_eq!(slab.remove(3), 3);
        assert_eq!(slab.len(), 2);
        assert_eq!(slab.insert(30), 3);
        assert_eq!(slab.insert(10), 1);
        assert_eq!(slab.insert(40), 4);
        assert_eq!(
            slab.iter().map(|(index, value)| (index, *value)).collect::<Vec<_>>(),
            [(0, 0), (1, 10), (2, 2), (3, 30), (4, 40)]
        );
    }

    #[test]
    #[should_panic(expected = "removed twice")]
    fn removing_twice_is_caught() {
        let mut slab = Slab::default();
        let key = slab.insert(());
        slab.remove(key);
        slab.remove(key);
    }
}
