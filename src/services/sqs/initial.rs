//! The backlog with which a run begins.

use crate::fabric::{ContentId, Context, JourneyRef, Luck, PathId};
use crate::kernel::Lineage;

use super::events::TIMER_RETENTION;
use super::state::{Message, Queue, State, Tags};

impl Queue {
    /// Puts the initial messages into the queue, visible and sent at this moment. They belong to no journey.
    pub(super) fn fill(&mut self, context: &mut Context) {
        let Some((count, size)) = self.plan.initial else { return };
        let now = context.now();
        for number in 0..count {
            // Each has a lineage of its own, or all of them would share one luck.
            let lineage = Lineage::root().extend(u64::MAX).extend(number);
            let shard = self.visible.place(context.draw(Luck::Partition, u64::MAX, lineage.0));
            let stamp = self.next_stamp();
            let entry = self.messages.insert(Message {
                journey: JourneyRef::NONE,
                lineage,
                arrived_at: now,
                content: ContentId::EMPTY,
                size,
                path: PathId::NONE,
                born: stamp,
                receipt: stamp,
                receives: 0,
                tags: Tags::new(shard, false, false),
                state: State::Arriving,
            });
            if let Some(delay) = self.retention.set(now, entry, stamp) {
                context.timer(delay, TIMER_RETENTION, 0);
            }
            self.show(context, entry);
        }
        // For the books they were sent; no count of the window and no curve shows them, as the run begins only now.
        context.count_afterwards(self.probes.sent, count);
        self.sample_soon(context);
    }
}
