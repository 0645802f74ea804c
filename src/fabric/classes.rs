//! Where the time of journeys went, by how long they took: sums of laps per class of latency.
//!
//! Journeys are not kept. So that the slowest 1 % can be told apart at the end, the laps of their critical paths are summed per
//! class of latency, 16 classes per octave.

use crate::kernel::Time;

use super::path::{Category, PathId, Paths};

const CLASSES_PER_OCTAVE: u32 = 16;
/// No place yet.
const NOWHERE: u16 = u16::MAX;

/// What journeys of one latency class spent.
#[derive(Clone, Debug, Default)]
pub struct ClassSums {
    pub count: u64,
    /// Nanoseconds in all.
    pub latency: u128,
    /// Nanoseconds by place; places that came later are not there.
    pub sums: Vec<u128>,
}

/// All latency classes of a milestone.
#[derive(Clone, Debug, Default)]
pub struct Classes {
    rows: Vec<ClassSums>,
    /// Services and reasons in the order in which journeys first lost time there.
    places: Vec<(u16, Category)>,
    /// From service and reason to the index among the places, or [`NOWHERE`].
    index: Vec<u16>,
}

impl Classes {
    /// A journey took `latency`, and this is its critical path. What passed after the last lap belongs to the last service.
    pub(super) fn add(&mut self, latency: Time, paths: &Paths, path: PathId) {
        let class = class_of(latency) as usize;
        if class >= self.rows.len() {
            self.rows.resize(class + 1, ClassSums::default());
        }
        let row = &mut self.rows[class];
        row.count += 1;
        row.latency += u128::from(latency);
        let (mut covered, mut last) = (0, u16::MAX);
        for (service, category, begin, end) in paths.walk(path) {
            if covered == 0 {
                last = service;
            }
            covered += end - begin;
            self.spend(class, (service, category), end - begin);
        }
        debug_assert!(covered <= latency, "the critical path is longer than the latency");
        if covered < latency {
            self.spend(class, (last, Category::Service), latency - covered);
        }
    }

    #[inline]
    fn spend(&mut self, class: usize, key: (u16, Category), duration: Time) {
        let place = self.place(key);
        let sums = &mut self.rows[class].sums;
        if place >= sums.len() {
            sums.resize(place + 1, 0);
        }
        sums[place] += u128::from(duration);
    }

    #[inline]
    fn place(&mut self, key: (u16, Category)) -> usize {
        let at = key.0 as usize * Category::ALL.len() + key.1 as usize;
        match self.index.get(at) {
            Some(place) if *place != NOWHERE => *place as usize,
            _ => self.make_place(at, key),
        }
    }

    #[cold]
    fn make_place(&mut self, at: usize, key: (u16, Category)) -> usize {
        if at >= self.index.len() {
            self.index.resize(at + 1, NOWHERE);
        }
        self.index[at] = self.places.len() as u16;
        self.places.push(key);
        self.places.len() - 1
    }

    /// The classes that any journey fell into, by rising latency.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &ClassSums> {
        self.rows.iter().filter(|row| row.count > 0)
    }

    /// The first class that any journey fell into.
    #[cfg(test)]
    pub fn first_mut(&mut self) -> Option<&mut ClassSums> {
        self.rows.iter_mut().find(|row| row.count > 0)
    }

    /// What a class spent where and why, sorted; nanoseconds.
    pub fn spent(&self, class: &ClassSums) -> Vec<((u16, Category), u128)> {
        let mut found: Vec<_> = self.places.iter().copied().zip(class.sums.iter().copied()).filter(|(_, sum)| *sum > 0).collect();
        found.sort_unstable_by_key(|(key, _)| *key);
        found
    }

    /// Whether no journey got there.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The latency class of a duration: logarithmic, 16 per octave.
fn class_of(latency: Time) -> u32 {
    let latency = latency.max(16);
    let octave = latency.ilog2();
    let within = (latency >> (octave - 4)) as u32 & (CLASSES_PER_OCTAVE - 1);
    octave * CLASSES_PER_OCTAVE + within
}
