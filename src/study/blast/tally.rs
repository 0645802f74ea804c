//! What one replication of a disturbed run loses against the undisturbed one, journey by journey.

use rustc_hash::FxHashMap;

use crate::engine::{ContextMarks, Fate};
use crate::kernel::Time;

/// The way of a journey that the disturbed run does not have.
pub(super) const NEVER: usize = usize::MAX;

/// What one replication loses.
#[derive(Default)]
pub(super) struct Tally {
    pub arrived: u64,
    pub lost_of_arrived: u64,
    pub late_of_arrived: u64,
    pub lost: u64,
    pub late: u64,
    /// Sum of what those of `arrived` that are fulfilled in both runs are later by, nanoseconds, and how many they are.
    pub delay: i128,
    pub delayed: u64,
    /// What the lost ended as, by way; [`NEVER`] began.
    pub instead: FxHashMap<usize, u64>,
    pub contexts: Vec<Loss>,
}

#[derive(Clone, Copy, Default)]
pub(super) struct Loss {
    pub arrived: u64,
    pub lost_of_arrived: u64,
    pub lost: u64,
}

impl Loss {
    pub fn share(&self) -> f64 {
        share(self.lost_of_arrived, self.arrived)
    }
}

/// NaN, which estimates withhold, of none.
pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

pub(super) fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

impl Tally {
    /// Compares the fates of two runs, both in the order of their keys.
    pub fn of(before: &[Fate], after: &[Fate], (from, until): (Time, Time), late_after: Time, marks: &ContextMarks) -> Self {
        let mut tally = Self { contexts: vec![Loss::default(); marks.contexts.len()], ..Self::default() };
        let mut others = after.iter().peekable();
        for fate in before {
            while others.next_if(|other| other.key < fate.key).is_some() {}
            let other = others.next_if(|other| other.key == fate.key);
            let arrives = (from..until).contains(&fate.started);
            tally.journey(fate, other, arrives, late_after);
            let missing = fate.marks & !other.map_or(0, |other| other.marks);
            for (loss, own) in tally.contexts.iter_mut().zip(marks.contexts.values()) {
                let lost = u64::from(missing & own != 0);
                loss.lost += lost;
                if arrives {
                    loss.arrived += u64::from(fate.marks & own != 0);
                    loss.lost_of_arrived += lost;
                }
            }
        }
        tally
    }

    fn journey(&mut self, fate: &Fate, other: Option<&Fate>, arrives: bool, late_after: Time) {
        if !fate.fulfilled {
            return;
        }
        self.arrived += u64::from(arrives);
        if let Some(other) = other.filter(|other| other.fulfilled) {
            let (Some(before), Some(after)) = (fate.latency, other.latency) else { return };
            let late = u64::from(after > before.saturating_add(late_after));
            self.late += late;
            if arrives {
                self.late_of_arrived += late;
                self.delay += i128::from(after) - i128::from(before);
                self.delayed += 1;
            }
            return;
        }
        self.lost += 1;
        self.lost_of_arrived += u64::from(arrives);
        *self.instead.entry(other.map_or(NEVER, |other| other.way)).or_default() += 1;
    }

    pub fn context_share(&self) -> Option<f64> {
        let shares: Vec<f64> = self.contexts.iter().filter_map(|loss| known(loss.share())).collect();
        known(shares.iter().sum::<f64>() / shares.len() as f64)
    }
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::{NEVER, Tally};
    use crate::engine::{ContextMarks, Fate};

    fn fate(number: u64, started: u64, marks: u64, latency: Option<u64>) -> Fate {
        Fate { key: (0, number), started, marks, fulfilled: latency.is_some(), way: 3, latency }
    }

    #[test]
    fn journeys_are_compared_with_themselves() {
        let contexts = IndexMap::from([("billing".to_string(), 0b0110), ("shipping".to_string(), 0b1000)]);
        let marks = ContextMarks { contexts, silent: Vec::new() };
        let before = [
            fate(1, 10, 0b1110, Some(5)),
            fate(2, 20, 0b1110, Some(5)),
            fate(3, 21, 0b0010, None),
            fate(5, 22, 0b1000, Some(5)),
            fate(6, 29, 0b1110, Some(5)),
            fate(7, 30, 0b1110, Some(9)),
        ];
        let after = [
            fate(1, 10, 0b1110, Some(6)),
            // Billed in part and not shipped.
            fate(2, 20, 0b0010, None),
            // Was not fulfilled before, but has lost its bill.
            fate(3, 21, 0b0001, None),
            fate(4, 21, 0, None),
            // Late, though only just.
            fate(5, 22, 0b1000, Some(16)),
            // Number 6 never came, and 7, after the failure, is not shipped.
            fate(7, 30, 0b0110, None),
        ];
        let tally = Tally::of(&before, &after, (20, 30), 10, &marks);
        assert_eq!((tally.arrived, tally.lost_of_arrived, tally.late_of_arrived), (3, 2, 1));
        assert_eq!((tally.lost, tally.late, tally.delay, tally.delayed), (3, 1, 11, 1));
        assert_eq!((tally.instead[&3], tally.instead[&NEVER]), (2, 1));
        let losses: Vec<_> = tally.contexts.iter().map(|loss| (loss.arrived, loss.lost_of_arrived, loss.lost)).collect();
        assert_eq!(losses, [(3, 3, 3), (3, 2, 3)]);
        assert_eq!(tally.context_share(), Some(f64::midpoint(1.0, 2.0 / 3.0)));
    }
}
