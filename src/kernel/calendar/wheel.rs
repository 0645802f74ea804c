//! The calendar in use: a 64-ary monotone wheel with a small sorted buffer for what comes next.
//!
//! The wheel files an event by the highest 6-bit digit in which its time differs from `base`: the position of that
//! digit is the level, its value the bucket. `base` is no later than anything in the wheel, so the lowest bucket of the
//! lowest level in use holds the next events. A small bucket is sorted into the buffer `near`; a large one is spread
//! over the levels below. An event is moved at most once per level, and on level 0 a bucket is one instant.
//!
//! * All events up to and including `near_until` are in `near` or in the lanes, all later ones in the wheel.
//! * `near` is sorted with the next event last. When insertions make it large, its later half goes back to the wheel.
//! * Events for the current instant wait in one lane per class, in insertion order. If nothing else is due at the instant, the
//!   first of them waits in `front`, before all lanes: most calls and answers find nothing else there.
//!
//! Buckets and lanes are chains of chunks out of one slab, so memory follows the number of pending events and not the history
//! of single buckets; a slab that has become mostly empty is shortened.

use super::{Event, EventClass, Time};

/// Bits of a digit.
const DIGIT: u32 = 6;
/// Buckets of a level.
const RADIX: usize = 1 << DIGIT;
/// Digits of a time.
const LEVELS: usize = u64::BITS.div_ceil(DIGIT) as usize;
/// Events of a chunk.
const CHUNK: usize = 32;
/// Buckets of up to this many events are sorted and not spread any more.
const SMALL: u32 = 32;
/// The sorted buffer is split when it holds more than this, save for ties.
const NEAR: usize = 64;
/// From so many pending on, so many events that come near together are told of beforehand.
const FRESH_FROM: usize = 1 << 14;
const FRESH_MIN: u32 = 4;
const FRESH_MAX: u32 = 512;
/// Spare capacity in events that is kept after a burst, for the buffer and for the slab.
const SPARE: usize = 1024;
/// No chunk.
const NONE: u32 = u32::MAX;

/// The last chunk of a chain, and the number of events in all of it. Every chunk but the last is full.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    last: u32,
    len: u32,
}

const EMPTY: Bucket = Bucket { last: NONE, len: 0 };

/// Events in the order in which they came: the first and the last chunk of a chain, and which event of the first is next.
#[derive(Clone, Copy, Debug)]
struct Lane {
    first: u32,
    last: u32,
    from: usize,
    len: usize,
}

impl Lane {
    const EMPTY: Lane = Lane { first: NONE, last: NONE, from: 0, len: 0 };
}

#[derive(Clone, Copy, Debug)]
struct Chunk {
    events: [Event; CHUNK],
    /// The chunk before it in the chain of a bucket, the one after it in that of a lane, or the next free one.
    next: u32,
}

/// Chunks under indices. A freed chunk is the next to be used.
#[derive(Debug)]
struct Chunks {
    chunks: Vec<Chunk>,
    free: u32,
    used: usize,
}

impl Chunks {
    fn new() -> Self {
        Self { chunks: Vec::new(), free: NONE, used: 0 }
    }

    /// Appends an event to the chain of a bucket.
    #[inline]
    fn push(&mut self, bucket: &mut Bucket, event: Event) {
        let position = bucket.len as usize % CHUNK;
        if position == 0 {
            bucket.last = self.take(bucket.last, event);
        } else {
            self.chunks[bucket.last as usize].events[position] = event;
        }
        bucket.len += 1;
    }

    /// A chunk that begins with `event` and comes after `before`.
    fn take(&mut self, before: u32, event: Event) -> u32 {
        self.used += 1;
        let index = self.free;
        if index == NONE {
            self.chunks.push(Chunk { events: [event; CHUNK], next: before });
            return (self.chunks.len() - 1) as u32;
        }
        let chunk = &mut self.chunks[index as usize];
        self.free = chunk.next;
        chunk.next = before;
        chunk.events[0] = event;
        index
    }

    /// The last chunk of a chain: its index and how many events it has.
    #[inline]
    fn last(&self, bucket: Bucket) -> Option<(usize, usize)> {
        (bucket.len > 0).then_some((bucket.last as usize, (bucket.len as usize).wrapping_sub(1) % CHUNK + 1))
    }

    /// Frees the last chunk of a chain, which has so many events.
    #[inline]
    fn free_last(&mut self, bucket: &mut Bucket, len: usize) {
        let index = bucket.last;
        let chunk = &mut self.chunks[index as usize];
        bucket.last = chunk.next;
        bucket.len -= len as u32;
        chunk.next = self.free;
        self.free = index;
        self.used -= 1;
    }

    /// Appends an event to a lane.
    #[inline]
    fn append(&mut self, lane: &mut Lane, event: Event) {
        let position = (lane.from + lane.len) % CHUNK;
        if lane.len == 0 {
            lane.first = self.take(NONE, event);
            lane.last = lane.first;
        } else if position == 0 {
            let next = self.take(NONE, event);
            self.chunks[lane.last as usize].next = next;
            lane.last = next;
        } else {
            self.chunks[lane.last as usize].events[position] = event;
        }
        lane.len += 1;
    }

    /// The first event of a lane.
    #[inline]
    fn first(&self, lane: &Lane) -> Option<&Event> {
        (lane.len > 0).then(|| &self.chunks[lane.first as usize].events[lane.from])
    }

    /// Removes the first event of a lane.
    #[inline]
    fn pop_first(&mut self, lane: &mut Lane) -> Option<Event> {
        let event = *self.first(lane)?;
        lane.from += 1;
        lane.len -= 1;
        if lane.from == CHUNK || lane.len == 0 {
            let chunk = &mut self.chunks[lane.first as usize];
            let index = std::mem::replace(&mut lane.first, chunk.next);
            chunk.next = self.free;
            self.free = index;
            self.used -= 1;
            lane.from = 0;
        }
        Some(event)
    }

    /// Forgets the free chunks behind the place where the last one in use would be if all lay side by side.
    fn forget_far(&mut self) {
        let mut at = std::mem::replace(&mut self.free, NONE);
        while at != NONE {
            let next = self.chunks[at as usize].next;
            if (at as usize) < self.used {
                self.chunks[at as usize].next = self.free;
                self.free = at;
            }
            at = next;
        }
    }

    /// Moves a chunk that lies too far back to a free place; where it lies now.
    fn settle(&mut self, index: u32) -> u32 {
        let place = self.free;
        if index == NONE || (index as usize) < self.used || place == NONE {
            return index;
        }
        self.free = self.chunks[place as usize].next;
        self.chunks[place as usize] = self.chunks[index as usize];
        place
    }

    /// Gives back what is not used, all in use lying side by side.
    fn give_back(&mut self) {
        debug_assert!(self.free == NONE, "free chunks are left among those in use");
        self.chunks.truncate(self.used);
        self.chunks.shrink_to((2 * self.used).max(SPARE / CHUNK));
    }

    /// Whether a burst left much more room than is used.
    #[inline]
    fn is_wasteful(&self) -> bool {
        self.chunks.len() > SPARE / CHUNK && self.chunks.len() / 4 > self.used
    }
}

/// A calendar on a monotone wheel: constant time per event and level, whatever the number of pending events.
#[derive(Debug)]
pub struct WheelCalendar {
    now: Time,
    inserted: u64,
    /// The next event, of the current instant.
    front: Option<Event>,
    /// Events of the current instant that were scheduled at it, by class.
    lanes: [Lane; 3],
    in_lanes: usize,
    near: Vec<Event>,
    near_until: Time,
    /// The events that came near last, and up to when all have been among them.
    fresh: Vec<Event>,
    fresh_until: Time,
    is_fresh: bool,
    base: Time,
    /// Bit n: level n has events.
    levels: u32,
    /// Per level, bit n: bucket n has events.
    filled: [u64; LEVELS],
    buckets: Box<[[Bucket; RADIX]; LEVELS]>,
    chunks: Chunks,
    in_wheel: usize,
}

impl Default for WheelCalendar {
    fn default() -> Self {
        Self {
            now: 0,
            inserted: 0,
            front: None,
            lanes: [Lane::EMPTY; 3],
            in_lanes: 0,
            near: Vec::with_capacity(NEAR + 1),
            near_until: 0,
            fresh: Vec::with_capacity(FRESH_MAX as usize),
            fresh_until: 0,
            is_fresh: false,
            base: 0,
            levels: 0,
            filled: [0; LEVELS],
            buckets: Box::new([[EMPTY; RADIX]; LEVELS]),
            chunks: Chunks::new(),
            in_wheel: 0,
        }
    }
}

impl WheelCalendar {
    /// The current virtual time.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Number of pending events.
    pub fn len(&self) -> usize {
        usize::from(self.front.is_some()) + self.in_lanes + self.near.len() + self.in_wheel
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Schedules an event of the default class.
    #[inline]
    pub fn schedule(&mut self, time: Time, party: u16, kind: u16, argument: u32) {
        self.schedule_class(EventClass::Default, time, party, kind, argument);
    }

    /// Schedules an event of the given class; a time in the past is a mistake of the caller.
    #[inline]
    pub fn schedule_class(&mut self, class: EventClass, time: Time, party: u16, kind: u16, argument: u32) {
        debug_assert!(time >= self.now, "event scheduled {} ns in the past", self.now - time);
        let order = (u64::from(class as u8) << 56) | self.inserted;
        self.inserted += 1;
        let event = Event { time, order, party, kind, argument };
        if time == self.now {
            self.line_up(class, event);
        } else if time > self.near_until {
            self.file(event);
        } else {
            self.insert_near(event);
        }
    }

    /// Takes in an event of the current instant.
    #[inline]
    fn line_up(&mut self, class: EventClass, event: Event) {
        if class == EventClass::Default && self.front.is_none() && self.in_lanes == 0 && self.is_instant_over() {
            self.front = Some(event);
        } else {
            self.push_to_lane(class, event);
        }
    }

    /// Whether no event of the current instant is in the buffer or in the wheel.
    #[inline]
    fn is_instant_over(&self) -> bool {
        self.near.last().map_or(self.near_until >= self.now, |next| next.time > self.now)
    }

    fn push_to_lane(&mut self, class: EventClass, event: Event) {
        if class == EventClass::First
            && let Some(front) = self.front.take()
        {
            // It goes before all that came behind it.
            let lane = &mut self.lanes[EventClass::Default as usize];
            self.chunks.append(lane, front);
            for _ in 1..lane.len {
                if let Some(event) = self.chunks.pop_first(lane) {
                    self.chunks.append(lane, event);
                }
            }
            self.in_lanes += 1;
        }
        self.chunks.append(&mut self.lanes[class as usize], event);
        self.in_lanes += 1;
    }

    /// Removes the next event and advances the clock to it.
    #[inline]
    pub fn pop(&mut self) -> Option<Event> {
        self.pop_until(Time::MAX)
    }

    /// As [`Self::pop`], but an event later than `until` stays where it is.
    #[inline]
    pub fn pop_until(&mut self, until: Time) -> Option<Event> {
        if self.front.is_some() {
            return if self.now <= until { self.front.take() } else { None };
        }
        if self.near.is_empty() {
            self.refill();
        }
        if self.in_lanes > 0 {
            return if self.now <= until { self.pop_with_lanes() } else { None };
        }
        if self.near.last()?.time > until {
            return None;
        }
        let event = self.near.pop()?;
        self.now = event.time;
        Some(event)
    }

    /// Some events, if any have come near since this was asked last: none of them was among an earlier answer.
    #[inline]
    pub fn take_fresh(&mut self) -> Option<&[Event]> {
        std::mem::take(&mut self.is_fresh).then_some(&self.fresh)
    }

    /// Moves the clock on to `time`, before which nothing may be pending; never back.
    pub fn advance_to(&mut self, time: Time) {
        debug_assert!(self.next_time().is_none_or(|next| next >= time), "the clock would pass a pending event");
        self.now = self.now.max(time);
    }

    /// The time of the next event. (It may have to be looked for, hence `mut`.)
    #[inline]
    pub fn next_time(&mut self) -> Option<Time> {
        if self.front.is_some() || self.in_lanes > 0 {
            return Some(self.now);
        }
        if self.near.is_empty() {
            self.refill();
        }
        self.near.last().map(|event| event.time)
    }

    /// The first of the lanes, unless an event that was scheduled for this instant before it came sorts earlier.
    fn pop_with_lanes(&mut self) -> Option<Event> {
        let lane = self.lanes.iter_mut().find(|lane| lane.len > 0)?;
        let front = self.chunks.first(lane)?;
        if let Some(next) = self.near.last()
            && next.key() < front.key()
        {
            self.now = next.time;
            return self.near.pop();
        }
        self.in_lanes -= 1;
        self.chunks.pop_first(lane)
    }

    /// The highest digit in which a time differs from `base`.
    #[inline]
    fn level_of(&self, time: Time) -> u32 {
        ((time ^ self.base) | 1).ilog2() / DIGIT
    }

    /// Puts an event into its bucket.
    #[inline]
    fn file(&mut self, event: Event) {
        let level = self.level_of(event.time);
        let digit = (event.time >> (DIGIT * level)) as usize % RADIX;
        let level = level as usize;
        self.levels |= 1 << level;
        self.filled[level] |= 1 << digit;
        self.in_wheel += 1;
        self.chunks.push(&mut self.buckets[level][digit], event);
    }

    /// Takes the lowest bucket of the lowest level in use: the bucket, its level and its digit.
    #[inline]
    fn take_lowest(&mut self) -> Option<(Bucket, u32, u32)> {
        if self.levels == 0 {
            return None;
        }
        let level = self.levels.trailing_zeros();
        let filled = &mut self.filled[level as usize];
        let digit = filled.trailing_zeros();
        *filled &= *filled - 1;
        self.levels ^= u32::from(*filled == 0) << level;
        let bucket = std::mem::replace(&mut self.buckets[level as usize][digit as usize], EMPTY);
        debug_assert!(bucket.len > 0, "an empty bucket is marked as filled");
        self.in_wheel -= bucket.len as usize;
        Some((bucket, level, digit))
    }

    /// Fills the empty buffer with the next events of the wheel, if there are any.
    fn refill(&mut self) {
        while let Some((mut bucket, level, digit)) = self.take_lowest() {
            let shift = DIGIT * level;
            self.base = ((self.base >> shift) & !(RADIX as u64 - 1) | u64::from(digit)) << shift;
            let until = self.base | ((1 << shift) - 1);
            if self.in_wheel >= FRESH_FROM && (FRESH_MIN..=FRESH_MAX).contains(&bucket.len) && until > self.fresh_until {
                self.fresh_until = until;
                self.note_fresh(bucket);
            }
            if level == 0 || bucket.len <= SMALL {
                self.near_until = until;
                self.near.shrink_to(SPARE);
                while let Some((at, len)) = self.chunks.last(bucket) {
                    self.near.extend_from_slice(&self.chunks.chunks[at].events[..len]);
                    self.chunks.free_last(&mut bucket, len);
                }
                self.near.sort_unstable_by_key(|event| std::cmp::Reverse(event.key()));
                break;
            }
            self.spread(&mut bucket, level);
        }
        if self.in_lanes == 0 && self.chunks.is_wasteful() {
            self.compact();
        }
    }

    fn note_fresh(&mut self, bucket: Bucket) {
        self.is_fresh = true;
        self.fresh.clear();
        let (mut at, mut left) = (bucket.last, bucket.len as usize);
        while left > 0 {
            let len = (left - 1) % CHUNK + 1;
            let chunk = &self.chunks.chunks[at as usize];
            self.fresh.extend_from_slice(&chunk.events[..len]);
            (at, left) = (chunk.next, left - len);
        }
    }

    /// Files the events of a bucket anew; all belong below level `below`, or they would come round again for ever.
    fn spread(&mut self, bucket: &mut Bucket, below: u32) {
        while let Some((at, len)) = self.chunks.last(*bucket) {
            for place in 0..len {
                let event = self.chunks.chunks[at].events[place];
                debug_assert!(self.level_of(event.time) < below, "an event does not come down to below level {below}");
                self.file(event);
            }
            self.chunks.free_last(bucket, len);
        }
    }

    /// Inserts an event that comes no later than `near_until`.
    fn insert_near(&mut self, event: Event) {
        let position = self.near.partition_point(|other| other.key() > event.key());
        self.near.insert(position, event);
        if self.near.len() > NEAR {
            self.split_near();
        }
    }

    /// Returns the later half of the buffer to the wheel. Events of the current instant stay, and ties stay together.
    fn split_near(&mut self) {
        let from = self.near[self.near.len() / 2].time.max(self.now.saturating_add(1));
        let count = self.near.partition_point(|event| event.time >= from);
        if count == 0 {
            return;
        }
        if from < self.base {
            self.lower_base(from);
        }
        self.near_until = from - 1;
        for index in 0..count {
            self.file(self.near[index]);
        }
        self.near.drain(..count);
    }

    /// Makes `base` earlier. Buckets below the level on which old and new base differ then belong to one bucket of it.
    /// (The clock stopped short of events that were already in the buffer, and many came in between.)
    fn lower_base(&mut self, base: Time) {
        let level = self.level_of(base);
        self.base = base;
        let mut lower = Vec::new();
        while self.levels != 0 && self.levels.trailing_zeros() < level {
            lower.extend(self.take_lowest().map(|(bucket, _, _)| bucket));
        }
        for bucket in &mut lower {
            self.spread(bucket, level + 1);
        }
    }

    /// Moves the chunks at the end of the slab to free places before it, and gives back the rest; no lane may have any.
    fn compact(&mut self) {
        self.chunks.forget_far();
        for bucket in self.buckets.iter_mut().flatten() {
            bucket.last = self.chunks.settle(bucket.last);
            let mut at = bucket.last;
            while at != NONE {
                let next = self.chunks.chunks[at as usize].next;
                let next = self.chunks.settle(next);
                self.chunks.chunks[at as usize].next = next;
                at = next;
            }
        }
        self.chunks.give_back();
    }

    /// Events there is room for.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.near.capacity() + self.chunks.chunks.capacity() * CHUNK
    }
}
