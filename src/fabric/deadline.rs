//! Time-outs without tombstones: one queue and one calendar event per constant delay.

use crate::kernel::Time;

use super::line::Line;

/// Deadlines that all lie the same delay after they were set, so that they fall due in order.
///
/// Its owner keeps one timer armed for the front entry. Entries whose work ended early are dead, and never live again: of those
/// in front of all others only the times are kept, and all but the first are swept when they outnumber the live ones.
#[derive(Clone, Debug)]
pub struct Deadlines {
    pub delay: Time,
    /// When each entry falls due, from the front on.
    times: Times,
    /// So many dead entries in front of `entries` have nothing left but a time.
    passed: usize,
    /// Keys and generations.
    entries: Line<(u32, u32)>,
    armed: bool,
    ended: usize,
}

impl Deadlines {
    /// No deadlines yet.
    pub fn new(delay: Time) -> Self {
        Self { delay, times: Times::default(), passed: 0, entries: Line::default(), armed: false, ended: 0 }
    }

    /// Sets a deadline for (`key`, `generation`). When the answer is a delay, the owner must arm its timer for it.
    pub fn set(&mut self, now: Time, key: u32, generation: u32) -> Option<Time> {
        self.times.push(now + self.delay);
        self.entries.push((key, generation));
        (!std::mem::replace(&mut self.armed, true)).then_some(self.delay)
    }

    /// One entry ended early; dead entries are swept when they outnumber the live ones.
    pub fn end(&mut self, is_live: impl Fn(u32, u32) -> bool) {
        self.ended += 1;
        while self.entries.first().is_some_and(|(key, generation)| !is_live(key, generation)) {
            self.entries.pop();
            self.passed += 1;
        }
        if self.ended > 32 && self.ended * 2 > self.len() {
            self.sweep(is_live);
            self.ended = 0;
        }
    }

    /// Removes the dead entries. The front entry stays, since the armed timer is for it.
    fn sweep(&mut self, is_live: impl Fn(u32, u32) -> bool) {
        let (passed, entries) = (self.passed, &mut self.entries);
        self.passed = passed.min(1);
        let mut place = passed;
        let mut times = self.times.sweep(passed);
        entries.retain(|(key, generation)| {
            let stays = place == 0 || is_live(key, generation);
            times.next(stays);
            place += 1;
            stays
        });
        times.finish();
    }

    /// The timer went off: the next due entry, if there is one.
    pub fn due(&mut self, now: Time) -> Option<(u32, u32)> {
        loop {
            if self.times.first()? > now {
                return None;
            }
            self.times.pop();
            if self.passed == 0 {
                return self.entries.pop();
            }
            self.passed -= 1;
        }
    }

    /// After all due entries were taken: the delay to arm the timer for, if any entry is left.
    pub fn rearm(&mut self, now: Time) -> Option<Time> {
        let next = self.times.first().map(|time| time.saturating_sub(now));
        self.armed = next.is_some();
        next
    }

    /// Keys and generations in the order in which they were set; dead ones may be among them.
    pub fn entries(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.entries.as_slice().iter().copied()
    }

    /// Entries held, dead ones included.
    pub fn len(&self) -> usize {
        self.times.len
    }

    /// Whether no entry is held.
    pub fn is_empty(&self) -> bool {
        self.times.len == 0
    }
}

/// Bits of a distance that one word holds; the bit above them says that another word follows.
const WORD: u32 = 15;

/// A queue of times that never fall: all but the first as the distance from the one before, in one word below 33 microseconds.
#[derive(Clone, Debug, Default)]
struct Times {
    len: usize,
    first: Time,
    last: Time,
    distances: Line<u16>,
}

impl Times {
    fn push(&mut self, time: Time) {
        if self.len == 0 {
            self.first = time;
        } else {
            debug_assert!(time >= self.last, "deadlines fall due in the order in which they were set");
            write(time - self.last, |word| self.distances.push(word));
        }
        self.last = time;
        self.len += 1;
    }

    fn first(&self) -> Option<Time> {
        (self.len > 0).then_some(self.first)
    }

    fn pop(&mut self) -> Option<Time> {
        let time = self.first()?;
        self.len -= 1;
        if self.len > 0 {
            self.first += read(|| self.distances.pop());
        }
        Some(time)
    }

    /// Goes through all times to keep some of them, having kept the first of so many and skipped the others of these.
    fn sweep(&mut self, passed: usize) -> Sweep<'_> {
        let (mut time, mut words) = (self.first, 0);
        if passed > 1 {
            let distances = self.distances.as_slice();
            (1..passed).for_each(|_| {
                time += read(|| {
                    words += 1;
                    distances.get(words - 1).copied()
                });
            });
        }
        Sweep { time, last: self.first, read: words, written: 0, started: passed > 0, kept: passed.min(1), times: self }
    }
}

/// Times on the way from what they were to those that stay, which take no more words.
struct Sweep<'a> {
    times: &'a mut Times,
    /// The last one read, and the last one kept.
    time: Time,
    last: Time,
    /// Words.
    read: usize,
    written: usize,
    /// The first has been read.
    started: bool,
    kept: usize,
}

impl Sweep<'_> {
    /// The next time stays or goes.
    #[inline]
    fn next(&mut self, stays: bool) {
        let words = self.times.distances.as_mut_slice();
        if std::mem::replace(&mut self.started, true) {
            self.time += read(|| {
                self.read += 1;
                words.get(self.read - 1).copied()
            });
        }
        if !stays {
            return;
        }
        if self.kept == 0 {
            self.times.first = self.time;
        } else {
            write(self.time - self.last, |word| {
                words[self.written] = word;
                self.written += 1;
            });
        }
        self.last = self.time;
        self.kept += 1;
    }

    fn finish(self) {
        self.times.distances.truncate(self.written);
        self.times.len = self.kept;
        self.times.last = self.last;
    }
}

#[inline]
fn write(mut distance: Time, mut push: impl FnMut(u16)) {
    while distance >> WORD > 0 {
        push(distance as u16 | 1 << WORD);
        distance >>= WORD;
    }
    push(distance as u16);
}

#[inline]
fn read(mut pop: impl FnMut() -> Option<u16>) -> Time {
    let (mut distance, mut shift) = (0, 0);
    while let Some(word) = pop() {
        distance |= Time::from(word & !(1 << WORD)) << shift;
        shift += WORD;
        if word >> WORD == 0 {
            break;
        }
    }
    distance
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use super::{Deadlines, Times};
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

    #[test]
    fn times_come_back_as_they_went_in() {
        let mut times = Times::default();
        let distances = [0, 1, 32_767, 32_768, 1 << 30, (1 << 30) - 1, 0, 1 << 45, 1 << 60, 7];
        let mut sums = Vec::new();
        for round in 0..3 {
            for distance in distances {
                sums.push(sums.last().map_or(5, |last| last + (distance >> round)));
                times.push(*sums.last().unwrap());
            }
            // Some stay for the next round; the last round leaves none.
            let left = if round == 2 { 0 } else { 4 };
            while times.len > left {
                assert_eq!(times.pop(), Some(sums.remove(0)));
            }
            if left == 0 {
                assert_eq!((times.pop(), times.first(), times.distances.as_slice().len()), (None, None, 0));
            }
        }
    }

    /// The deadlines as they were first written: every entry in one queue, dead ones included.
    struct Plain {
        entries: VecDeque<(u64, u32, u32)>,
        ended: usize,
    }

    impl Plain {
        fn end(&mut self, is_live: impl Fn(u32, u32) -> bool) {
            self.ended += 1;
            if self.ended > 32 && self.ended * 2 > self.entries.len() {
                let front = self.entries.pop_front();
                self.entries.retain(|(_, key, generation)| is_live(*key, *generation));
                self.entries.extend(front);
                self.entries.rotate_right(usize::from(front.is_some()));
                self.ended = 0;
            }
        }
    }

    #[test]
    fn what_is_left_of_dead_entries_changes_no_time() {
        let mut deadlines = Deadlines::new(5_000);
        let mut plain = Plain { entries: VecDeque::new(), ended: 0 };
        let mut live = BTreeSet::new();
        let (mut now, mut word, mut fell_due) = (0, 1_u64, 0);
        for key in 0..100_000 {
            word = word.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            now += word >> 60;
            deadlines.set(now, key, 0);
            plain.entries.push_back((now + 5_000, key, 0));
            live.insert(key);
            // Mostly the oldest end, now and then a young one, and sometimes nobody for a while.
            if key % 1_000 < 900 {
                let oldest = word >> 40 & 7 != 0;
                let ends = if oldest { live.first().copied() } else { live.range(key / 2..).next().copied() };
                live.remove(&ends.unwrap());
                deadlines.end(|key, _| live.contains(&key));
                plain.end(|key, _| live.contains(&key));
            }
            assert_eq!((deadlines.len(), deadlines.times.first()), (plain.entries.len(), plain.entries.front().map(|at| at.0)));
            while let Some((key, _)) = deadlines.due(now) {
                fell_due += u64::from(live.remove(&key));
            }
            while plain.entries.front().is_some_and(|entry| entry.0 <= now) {
                plain.entries.pop_front();
            }
        }
        assert!(fell_due > 100, "{fell_due} fell due");
        let left: Vec<u32> = deadlines.entries().map(|entry| entry.0).filter(|key| live.contains(key)).collect();
        assert_eq!(left, live.into_iter().collect::<Vec<_>>());
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
