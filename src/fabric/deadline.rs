//! Time-outs without tombstones: one queue and one calendar event per constant delay.

use std::collections::VecDeque;

use crate::kernel::Time;

/// Deadlines that all lie the same delay after they were set, so that they fall due in order.
///
/// Its owner keeps one timer armed for the front entry; entries whose work ended early are skipped when they come to
/// the front, and swept when they outnumber the live ones, so that it holds at most about twice the live entries.
#[derive(Clone, Debug)]
pub struct Deadlines {
    pub delay: Time,
    entries: VecDeque<(Time, u32, u32)>,
    armed: bool,
    ended: usize,
}

impl Deadlines {
    /// No deadlines yet.
    pub fn new(delay: Time) -> Self {
        Self { delay, entries: VecDeque::new(), armed: false, ended: 0 }
    }

    /// Sets a deadline for (`key`, `generation`). When the answer is a delay, the owner must arm its timer for it.
    pub fn set(&mut self, now: Time, key: u32, generation: u32) -> Option<Time> {
        self.entries.push_back((now + self.delay, key, generation));
        (!std::mem::replace(&mut self.armed, true)).then_some(self.delay)
    }

    /// One entry ended early; dead entries are swept when they outnumber the live ones.
    pub fn end(&mut self, is_live: impl Fn(u32, u32) -> bool) {
        self.ended += 1;
        if self.ended > 32 && self.ended * 2 > self.entries.len() {
            // The front entry stays, since the armed timer is for it.
            let front = self.entries.pop_front();
            self.entries.retain(|(_, key, generation)| is_live(*key, *generation));
            if let Some(front) = front {
                self.entries.push_front(front);
            }
            self.ended = 0;
        }
    }

    /// The timer went off: the next due entry, if there is one.
    pub fn due(&mut self, now: Time) -> Option<(u32, u32)> {
        let (time, key, generation) = *self.entries.front()?;
        if time > now {
            return None;
        }
        self.entries.pop_front();
        Some((key, generation))
    }

    /// After all due entries were taken: the delay to arm the timer for, if any entry is left.
    pub fn rearm(&mut self, now: Time) -> Option<Time> {
        let next = self.entries.front().map(|(time, _, _)| time.saturating_sub(now));
        self.armed = next.is_some();
        next
    }

    /// Keys and generations in the order in which they were set, dead ones included.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.entries.iter().map(|(_, key, generation)| (*key, *generation))
    }

    /// Entries held, dead ones included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no entry is held.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Deadlines;
    use crate::kernel::calendar::{HeapCalendar, WheelCalendar};

    #[test]
    fn entries_fall_due_in_order_and_dead_ones_are_swept() {
        let mut deadlines = Deadlines::new(100);
        assert_eq!(deadlines.set(0, 1, 0), Some(100));
        assert_eq!(deadlines.set(5, 2, 0), None);
        assert_eq!(deadlines.due(99), None);
        assert_eq!(deadlines.due(100), Some((1, 0)));
        assert_eq!(deadlines.due(100), None);
        assert_eq!(deadlines.rearm(100), Some(5));
        for key in 10..1_000 {
            deadlines.set(10, key, 0);
            deadlines.end(|key, _| key == 2 || key >= 990);
        }
        assert!(deadlines.len() <= 100, "{} entries are held", deadlines.len());
        assert_eq!(deadlines.due(105), Some((2, 0)));
    }

    /// Keys whose deadlines are ended early and set again under another delay; when which of them fell due.
    macro_rules! fell_due {
        ($calendar:ty) => {{
            const DELAYS: [u64; 5] = [3, 1_000, 60_000, 3_000_000_000, 1 << 62];
            const EXPIRE: u16 = 0;
            const WORK: u16 = 1;
            let mut calendar = <$calendar>::default();
            let mut queues = DELAYS.map(Deadlines::new);
            let mut keys = [(0_usize, 0_u32, false); 500];
            let mut fell_due = Vec::new();
            let mut word = 1_u64;
            calendar.schedule(0, 0, WORK, 0);
            while let Some(event) = calendar.pop() {
                let now = event.time;
                if event.kind == WORK {
                    word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let (key, queue) = ((word >> 33) as usize % keys.len(), (word >> 55) as usize % queues.len());
                    let (before, _, armed) = keys[key];
                    keys[key] = (queue, keys[key].1 + 1, true);
                    if armed {
                        queues[before].end(|key, generation| keys[key as usize].1 == generation);
                    }
                    if let Some(delay) = queues[queue].set(now, key as u32, keys[key].1) {
                        calendar.schedule(now + delay, queue as u16, EXPIRE, 0);
                    }
                    if event.argument < 50_000 {
                        calendar.schedule(now + (word >> 60) * (word >> 58), 0, WORK, event.argument + 1);
                    }
                } else {
                    let queue = &mut queues[event.party as usize];
                    while let Some((key, generation)) = queue.due(now) {
                        if keys[key as usize].1 == generation {
                            keys[key as usize].2 = false;
                            fell_due.push((now, key));
                        }
                    }
                    if let Some(delay) = queue.rearm(now) {
                        calendar.schedule(now + delay, event.party, EXPIRE, 0);
                    }
                }
                assert!(calendar.len() <= DELAYS.len() + 1, "{} events are pending", calendar.len());
            }
            fell_due
        }};
    }

    #[test]
    fn ended_and_rearmed_deadlines_fall_due_alike_on_both_calendars() {
        let (wheel, heap) = (fell_due!(WheelCalendar), fell_due!(HeapCalendar));
        assert!(heap.len() > 10_000 && heap.len() < 50_000, "{} of 50,000 fell due", heap.len());
        assert_eq!(wheel, heap);
    }
}
