//! Both calendars against the same expectations, and the wheel against the heap.

use proptest::prelude::*;

use super::{Event, EventClass, HeapCalendar, WheelCalendar};

const CLASSES: [EventClass; 3] = [EventClass::First, EventClass::Default, EventClass::Last];

/// Both calendars, which must agree on everything they answer.
#[derive(Default)]
struct Both {
    wheel: WheelCalendar,
    heap: HeapCalendar,
    inserted: u32,
}

impl Both {
    fn schedule(&mut self, class: EventClass, time: u64) {
        self.wheel.schedule_class(class, time, 3, 4, self.inserted);
        self.heap.schedule_class(class, time, 3, 4, self.inserted);
        self.inserted += 1;
    }

    fn after(&mut self, class: EventClass, delay: u64) {
        self.schedule(class, self.heap.now().saturating_add(delay));
    }

    fn next_time(&mut self) -> Option<u64> {
        assert_eq!(self.wheel.next_time(), self.heap.next_time());
        self.heap.next_time()
    }

    fn pop(&mut self) -> Option<Event> {
        let event = self.heap.pop();
        assert_eq!(self.wheel.pop(), event);
        assert_eq!((self.wheel.now(), self.wheel.len()), (self.heap.now(), self.heap.len()));
        assert_eq!(self.wheel.is_empty(), self.heap.is_empty());
        event
    }

    /// Pops all events of the next `delay`, and nothing beyond it.
    fn pop_until(&mut self, delay: u64) {
        let until = self.heap.now().saturating_add(delay);
        loop {
            let event = self.heap.pop_until(until);
            assert_eq!(self.wheel.pop_until(until), event);
            assert_eq!((self.wheel.now(), self.wheel.len()), (self.heap.now(), self.heap.len()));
            if event.is_none() {
                return;
            }
        }
    }

    /// Moves the clock on by `delay`, or to the next event if that comes first.
    fn advance(&mut self, delay: u64) {
        let time = self.heap.now().saturating_add(delay);
        let time = self.next_time().map_or(time, |next| next.min(time));
        self.wheel.advance_to(time);
        self.heap.advance_to(time);
    }

    fn drain(&mut self) {
        while self.pop().is_some() {}
    }
}

#[test]
fn an_event_is_24_bytes() {
    assert_eq!(std::mem::size_of::<Event>(), 24);
}

#[test]
fn a_million_ties_keep_their_insertion_order() {
    let mut both = Both::default();
    for index in 0..1_000_000_u32 {
        if index == 500_000 {
            // The first half is already in the buffer when the second half comes.
            both.next_time();
        }
        both.schedule(EventClass::Default, 7);
    }
    for index in 0..1_000_000_u32 {
        assert_eq!(both.pop().map(|event| event.argument), Some(index));
    }
    assert_eq!(both.pop(), None);
}

#[test]
fn a_million_ties_of_all_classes_at_the_current_instant_take_no_square_time() {
    let mut both = Both::default();
    for _ in 0..200_000 {
        both.schedule(EventClass::Default, 7);
    }
    both.pop();
    for index in 0..800_000 {
        both.schedule(CLASSES[index % 3], 7);
    }
    both.drain();
}

#[test]
fn earlier_calendar_events_of_the_instant_precede_the_lane() {
    let mut both = Both::default();
    both.schedule(EventClass::Default, 5); // 0
    both.schedule(EventClass::Default, 5); // 1
    both.schedule(EventClass::Last, 5); // 2
    assert_eq!(both.pop().map(|event| event.argument), Some(0));
    both.schedule(EventClass::Default, 5); // 3
    both.schedule(EventClass::First, 5); // 4
    let order: Vec<u32> = std::iter::from_fn(|| both.pop()).map(|event| event.argument).collect();
    assert_eq!(order, [4, 1, 3, 2]);
}

#[test]
fn times_at_the_end_of_the_range_are_fine() {
    let mut both = Both::default();
    for time in [u64::MAX, 0, u64::MAX - 1, 1 << 63, (1 << 63) - 1, 1, u64::MAX] {
        both.schedule(EventClass::Default, time);
    }
    assert_eq!(both.next_time(), Some(0));
    let times: Vec<u64> = std::iter::from_fn(|| both.pop()).map(|event| event.time).collect();
    assert_eq!(times, [0, 1, (1 << 63) - 1, 1 << 63, u64::MAX - 1, u64::MAX, u64::MAX]);
    // The clock stands at the end of time: only the current instant is left.
    both.schedule(EventClass::Last, u64::MAX);
    both.schedule(EventClass::Default, u64::MAX);
    assert_eq!(both.pop().map(|event| event.argument), Some(8));
    assert_eq!(both.pop().map(|event| event.argument), Some(7));
    assert_eq!(both.pop(), None);
}

#[test]
fn many_events_before_those_that_were_already_looked_at() {
    let mut both = Both::default();
    for index in 0..100 {
        both.schedule(EventClass::Default, 1_000_000_000 + index);
        both.schedule(EventClass::Default, 1_000_000_000 + index * 1_000);
    }
    assert_eq!(both.next_time(), Some(1_000_000_000));
    both.advance(5_000);
    for index in 0..1_000_u64 {
        both.after(EventClass::Default, index * 7_919 % 400_000);
    }
    both.drain();
}

#[test]
fn events_up_to_a_time_include_those_at_it() {
    let mut both = Both::default();
    for time in [5, 5, 6, 70, 4_096, 4_097] {
        both.schedule(EventClass::Default, time);
    }
    for (delay, left) in [(4, 6), (5, 4), (1, 3), (0, 3), (64, 2), (4_026, 1), (1, 0)] {
        both.pop_until(delay);
        assert_eq!(both.heap.len(), left, "{delay} ns further");
    }
}

#[test]
fn an_event_of_an_earlier_class_at_the_very_end_of_the_buffer_precedes_what_is_there() {
    let mut both = Both::default();
    // Both lie in the bucket of 64 to 127, which the look at the next time moves into the buffer.
    both.schedule(EventClass::Default, 70); // 0
    both.schedule(EventClass::Default, 127); // 1
    both.next_time();
    both.schedule(EventClass::First, 127); // 2
    let order: Vec<u32> = std::iter::from_fn(|| both.pop()).map(|event| event.argument).collect();
    assert_eq!(order, [0, 2, 1]);
}

#[test]
fn the_clock_never_moves_back_and_a_bound_behind_it_yields_nothing() {
    let mut both = Both::default();
    both.advance(10);
    both.wheel.advance_to(3);
    both.heap.advance_to(3);
    assert_eq!((both.wheel.now(), both.heap.now()), (10, 10));
    both.after(EventClass::Default, 0);
    assert_eq!((both.wheel.pop_until(9), both.heap.pop_until(9)), (None, None));
    both.drain();
}

#[test]
fn events_that_come_near_are_told_of_once_and_before_they_come() {
    let mut calendar = WheelCalendar::default();
    for index in 0..50_000_u32 {
        calendar.schedule(1 + (u64::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40), 0, 0, index);
    }
    let mut told = vec![false; 50_000];
    let mut told_before_it_came = 0;
    while let Some(event) = calendar.pop() {
        told_before_it_came += u32::from(told[event.argument as usize]);
        let left = calendar.len();
        for fresh in calendar.take_fresh().unwrap_or_default() {
            assert!(left > 16_000, "event {} is told of although {left} are left", fresh.argument);
            assert!(fresh.time >= event.time, "event {} has passed", fresh.argument);
            assert!(!std::mem::replace(&mut told[fresh.argument as usize], true), "event {} twice", fresh.argument);
        }
        assert!(calendar.take_fresh().is_none(), "asked again at once");
    }
    assert!(told_before_it_came > 29_000, "only {told_before_it_came} while more than 16,384 of 50,000 were left");
}

#[test]
fn chunks_are_used_again() {
    let mut calendar = WheelCalendar::default();
    let delay = |index: u64| 1 + (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 34);
    for index in 0..10_000 {
        calendar.schedule(delay(index), 0, 0, 0);
    }
    for index in 0..200_000 {
        let now = calendar.pop().expect("events stay pending").time;
        calendar.schedule(now + delay(index), 0, 0, 0);
        assert!(calendar.capacity() < 25_000, "room for {} events after {index} of them", calendar.capacity());
    }
}

#[test]
fn memory_of_a_burst_is_released() {
    let mut calendar = WheelCalendar::default();
    let delay = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 34;
    for index in 0..1_000_000 {
        calendar.schedule(1 + delay(index), 0, 0, 0);
        calendar.schedule(1 << 40, 0, 0, 0);
        calendar.schedule(0, 0, 0, 0);
    }
    assert!(calendar.capacity() < 9_000_000, "room for {} events", calendar.capacity());
    while calendar.len() > 100 {
        assert!(calendar.pop().is_some(), "{} events are counted and none is there", calendar.len());
    }
    // The last hundred are ties, which are in the buffer that once held a million. It goes with its next use.
    while calendar.pop().is_some() {}
    for index in 0..1_000 {
        let now = calendar.now();
        calendar.schedule(now + 1 + delay(index), 0, 0, 0);
        calendar.schedule(now, 0, 0, 0);
        calendar.pop();
        calendar.pop();
    }
    assert!(calendar.capacity() < 10_000, "room for {} events", calendar.capacity());
}

/// What a run may do to a calendar.
#[derive(Clone, Debug)]
enum Action {
    Schedule(usize, u64),
    Burst(usize, u64, u16),
    Pop(u16),
    PopUntil(u64),
    Advance(u64),
}

/// Delays of every magnitude, ties and the end of time included.
fn delay() -> impl Strategy<Value = u64> {
    prop_oneof![
        2 => Just(0_u64),
        2 => 0_u64..4,
        8 => (0_u32..64, any::<u64>()).prop_map(|(bits, word)| word >> bits),
        4 => (0_u32..40, any::<u64>()).prop_map(|(bits, word)| (word >> 24) >> bits),
        1 => Just(u64::MAX),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => (0_usize..3, delay()).prop_map(|(class, delay)| Action::Schedule(class, delay)),
        1 => (0_usize..3, delay(), 1_u16..300).prop_map(|(class, delay, count)| Action::Burst(class, delay, count)),
        4 => (1_u16..20).prop_map(Action::Pop),
        1 => (100_u16..400).prop_map(Action::Pop),
        1 => delay().prop_map(Action::PopUntil),
        1 => delay().prop_map(Action::Advance),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_wheel_yields_what_the_heap_yields(
        actions in proptest::collection::vec(action(), 1..300),
        spread in 0_u32..40,
    ) {
        let mut both = Both::default();
        for action in actions {
            match action {
                Action::Schedule(class, delay) => both.after(CLASSES[class], delay),
                Action::Burst(class, delay, count) => {
                    for index in 0..u64::from(count) {
                        // Ties in part, and in no order.
                        let more = (index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) << spread;
                        both.after(CLASSES[class], delay.saturating_add(more));
                    }
                }
                Action::Pop(count) => (0..count).for_each(|_| {
                    both.next_time();
                    both.pop();
                }),
                Action::PopUntil(delay) => both.pop_until(delay),
                Action::Advance(delay) => both.advance(delay),
            }
        }
        both.drain();
    }
}
