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
    times: Rising,
    /// So many dead entries in front of `keys` have nothing left but a time.
    passed: usize,
    keys: Line<u32>,
    /// The generation of each key.
    generations: Rising,
    armed: bool,
    ended: usize,
}

impl Deadlines {
    /// No deadlines yet.
    pub fn new(delay: Time) -> Self {
        let (times, keys, generations) = (Rising::default(), Line::default(), Rising::default());
        Self { delay, times, passed: 0, keys, generations, armed: false, ended: 0 }
    }

    /// Sets a deadline for (`key`, `generation`). When the answer is a delay, the owner must arm its timer for it.
    pub fn set(&mut self, now: Time, key: u32, generation: u32) -> Option<Time> {
        let time = now + self.delay;
        debug_assert!(self.is_empty() || time >= self.times.last, "deadlines fall due in the order in which they were set");
        self.times.push(time);
        self.keys.push(key);
        self.generations.push(u64::from(generation));
        (!std::mem::replace(&mut self.armed, true)).then_some(self.delay)
    }

    /// One entry ended early; dead entries are swept when they outnumber the live ones.
    pub fn end(&mut self, is_live: impl Fn(u32, u32) -> bool) {
        self.ended += 1;
        while self.first().is_some_and(|(key, generation)| !is_live(key, generation)) {
            self.pop();
            self.passed += 1;
        }
        if self.ended > 32 && self.ended * 2 > self.len() {
            self.sweep(is_live);
            self.ended = 0;
        }
    }

    fn first(&self) -> Option<(u32, u32)> {
        Some((self.keys.first()?, self.generations.first()? as u32))
    }

    fn pop(&mut self) -> Option<(u32, u32)> {
        Some((self.keys.pop()?, self.generations.pop()? as u32))
    }

    /// Removes the dead entries. The front entry stays, since the armed timer is for it.
    fn sweep(&mut self, is_live: impl Fn(u32, u32) -> bool) {
        let passed = self.passed;
        self.passed = passed.min(1);
        let mut place = passed;
        let (mut times, mut generations) = (self.times.sweep(passed), self.generations.sweep(0));
        self.keys.retain(|key| {
            times.read();
            let generation = generations.read() as u32;
            let stays = place == 0 || is_live(key, generation);
            if stays {
                times.keep();
                generations.keep();
            }
            place += 1;
            stays
        });
        times.finish();
        generations.finish();
    }

    /// The timer went off: the next due entry, if there is one.
    pub fn due(&mut self, now: Time) -> Option<(u32, u32)> {
        loop {
            if self.times.first()? > now {
                return None;
            }
            self.times.pop();
            if self.passed == 0 {
                return self.pop();
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
        self.keys.as_slice().iter().copied().zip(self.generations.iter().map(|generation| generation as u32))
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

/// A queue of numbers that rise little by little, times or counts: all but the first as the distance from the one before, in one
/// word below 32,768. (Where a count begins anew at zero, the distance is what leads there past the largest number.)
#[derive(Clone, Debug, Default)]
struct Rising {
    len: usize,
    first: u64,
    last: u64,
    distances: Line<u16>,
}

impl Rising {
    #[inline]
    fn push(&mut self, value: u64) {
        if self.len == 0 {
            self.first = value;
        } else {
            write(value.wrapping_sub(self.last), |word| self.distances.push(word));
        }
        self.last = value;
        self.len += 1;
    }

    #[inline]
    fn first(&self) -> Option<u64> {
        (self.len > 0).then_some(self.first)
    }

    #[inline]
    fn pop(&mut self) -> Option<u64> {
        let value = self.first()?;
        self.len -= 1;
        if self.len > 0 {
            self.first = value.wrapping_add(read(|| self.distances.pop()));
        }
        Some(value)
    }

    fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        let mut words = self.distances.as_slice().iter().copied();
        let mut value = self.first;
        (0..self.len).map(move |place| {
            if place > 0 {
                value = value.wrapping_add(read(|| words.next()));
            }
            value
        })
    }

    /// Goes through all numbers to keep some of them, having kept the first of so many and skipped the others of these.
    fn sweep(&mut self, passed: usize) -> Sweep<'_> {
        let mut sweep = Sweep {
            value: self.first,
            last: self.first,
            read: 0,
            written: 0,
            started: false,
            kept: passed.min(1),
            numbers: self,
        };
        (0..passed).for_each(|_| {
            sweep.read();
        });
        sweep
    }
}

/// Numbers on the way from what they were to those that stay, which take no more words.
struct Sweep<'a> {
    numbers: &'a mut Rising,
    /// The last one read, and the last one kept.
    value: u64,
    last: u64,
    /// Words.
    read: usize,
    written: usize,
    /// The first has been read.
    started: bool,
    kept: usize,
}

impl Sweep<'_> {
    /// The next one.
    #[inline]
    fn read(&mut self) -> u64 {
        if std::mem::replace(&mut self.started, true) {
            let words = self.numbers.distances.as_slice();
            let distance = read(|| {
                self.read += 1;
                words.get(self.read - 1).copied()
            });
            self.value = self.value.wrapping_add(distance);
        }
        self.value
    }

    /// The one read last stays.
    #[inline]
    fn keep(&mut self) {
        if self.kept == 0 {
            self.numbers.first = self.value;
        } else {
            let words = self.numbers.distances.as_mut_slice();
            write(self.value.wrapping_sub(self.last), |word| {
                words[self.written] = word;
                self.written += 1;
            });
        }
        self.last = self.value;
        self.kept += 1;
    }

    fn finish(self) {
        self.numbers.distances.truncate(self.written);
        self.numbers.len = self.kept;
        self.numbers.last = self.last;
    }
}

#[inline]
fn write(mut distance: u64, mut push: impl FnMut(u16)) {
    while distance >> WORD > 0 {
        push(distance as u16 | 1 << WORD);
        distance >>= WORD;
    }
    push(distance as u16);
}

#[inline]
fn read(mut pop: impl FnMut() -> Option<u16>) -> u64 {
    let (mut distance, mut shift) = (0, 0);
    while let Some(word) = pop() {
        distance |= u64::from(word & !(1 << WORD)) << shift;
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

    use super::{Deadlines, Rising};
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
        let mut times = Rising::default();
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
