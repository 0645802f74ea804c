//! Children: forks, loops over the records of a batch, and maps.

use super::super::call::{ErrorId, NONE};
use super::super::context::Context;
use super::super::errors;
use super::super::path::Category;
use super::machine::{Frame, Machine, Waiting};
use super::{Children, Host, Payload, Seed};

/// Lists of closed groups that are kept to be used again.
const SPARE_MAX: usize = 1024;

/// A frame's children at work.
#[derive(Clone, Debug)]
pub(super) struct Group {
    parent: u32,
    spec: u32,
    /// Frames that are under way.
    running: Vec<u32>,
    /// The payload that all start from.
    payload: Payload,
    /// The payloads of each child, where the owner makes those or something of what they ended with; else [`NONE`].
    each: u32,
    next: u32,
    total: u32,
    /// Children are being started: one that ends at once must not start its successor itself.
    spawning: bool,
}

const _: () = assert!(size_of::<Group>() == 56);

/// Payloads of the children of groups, which are used again when the group closes.
#[derive(Clone, Debug, Default)]
pub(super) struct Payloads {
    sets: Vec<Set>,
    spare: Vec<u32>,
}

/// Payloads of the children of a group, in their order.
#[derive(Clone, Debug, Default)]
struct Set {
    /// Those that they start from, where the owner made one for each.
    items: Vec<Payload>,
    /// Those that they ended with, where the owner makes something of them.
    results: Vec<Payload>,
}

impl Payloads {
    /// The index of an empty set.
    fn take(&mut self) -> u32 {
        self.spare.pop().unwrap_or_else(|| {
            self.sets.push(Set::default());
            (self.sets.len() - 1) as u32
        })
    }

    fn get(&self, each: u32) -> Option<&Set> {
        self.sets.get(each as usize)
    }

    fn give_back(&mut self, each: u32) {
        if let Some(set) = self.sets.get_mut(each as usize) {
            set.items.clear();
            set.results.clear();
            self.spare.push(each);
        }
    }
}

impl Group {
    /// Its children that are under way; one of them, if there are any.
    pub(super) fn children(&self) -> u32 {
        self.running.first().copied().unwrap_or(NONE)
    }
}

impl Machine {
    pub(super) fn open_group<H: Host>(&mut self, context: &mut Context, host: &mut H, parent: u32, spec: u32) {
        let frame = self.frames[parent];
        let plan = &self.program.groups[spec as usize];
        let mut payload = frame.payload;
        if plan.argument != NONE {
            match host.transform(context, frame.activation, plan.argument, payload) {
                Ok(made) => payload = made,
                Err(error) => return self.raise(context, host, parent, error),
            }
        }
        let makes = matches!(plan.children, Children::Items { .. });
        let each = if makes || plan.result != NONE { self.payloads.take() } else { NONE };
        let total = match &plan.children {
            Children::Records { .. } => {
                let batch = host.batch(frame.activation);
                if batch == NONE { 0 } else { context.batch(batch).records.len() }
            }
            Children::Branches { bodies } => bodies.len(),
            Children::Items { items, .. } => {
                let made = &mut self.payloads.sets[each as usize].items;
                match host.items(context, frame.activation, *items, payload, made) {
                    Ok(()) => made.len(),
                    Err(error) => {
                        self.payloads.give_back(each);
                        return self.raise(context, host, parent, error);
                    }
                }
            }
        };
        if plan.result != NONE {
            let Set { items, results } = &mut self.payloads.sets[each as usize];
            results.extend((0..total).map(|index| items.get(index).copied().unwrap_or(payload)));
        }
        let at_once = if plan.concurrency == 0 { total } else { total.min(plan.concurrency as usize) };
        let mut running = self.spare_lists.pop().unwrap_or_default();
        running.reserve_exact(at_once);
        let total = total as u32;
        let group = self.groups.insert(Group { parent, spec, running, payload, each, next: 0, total, spawning: false });
        self.frames[parent].waiting = Waiting::Children;
        self.frames[parent].awaited = group;
        self.spawn(context, host, group);
    }

    /// Starts as many children as may run at once; closes the group when all have ended.
    fn spawn<H: Host>(&mut self, context: &mut Context, host: &mut H, group: u32) {
        self.groups[group].spawning = true;
        loop {
            let at = &self.groups[group];
            let limit = self.program.groups[at.spec as usize].concurrency;
            if at.next >= at.total || (limit > 0 && at.running.len() as u32 >= limit) {
                break;
            }
            let index = at.next;
            let (spec, parent) = (at.spec, self.frames[at.parent]);
            let (counter, seed) = self.child_seed(context, host, group, index, &parent);
            let records = matches!(self.program.groups[spec as usize].children, Children::Records { .. });
            let child = self.insert(parent.activation, group, index, counter, seed);
            let at = &mut self.groups[group];
            at.next += 1;
            at.running.push(child);
            if records && context.has_poison() && context.is_poisoned(seed.journey) {
                self.end(context, host, child, errors::HANDLER);
            } else {
                self.advance(context, host, child);
            }
            // A child that failed at once may have closed the whole group.
            if self.groups.get(group).is_none_or(|at| !at.spawning) {
                return;
            }
        }
        let at = &mut self.groups[group];
        at.spawning = false;
        if at.running.is_empty() && at.next >= at.total {
            self.close_group(context, host, group);
        }
    }

    fn child_seed<H: Host>(
        &mut self,
        context: &mut Context,
        host: &mut H,
        group: u32,
        index: u32,
        parent: &Frame,
    ) -> (u32, Seed) {
        let at = &self.groups[group];
        let lineage = parent.lineage.extend(u64::from(at.spec) << 32 | u64::from(index));
        let made = self.payloads.get(at.each).and_then(|set| set.items.get(index as usize));
        let payload = made.copied().unwrap_or(at.payload);
        let seed = Seed { journey: parent.journey, lineage, payload, path: parent.path, repeat: parent.repeats() };
        match &self.program.groups[at.spec as usize].children {
            Children::Branches { bodies } => (bodies[index as usize], seed),
            Children::Items { body, .. } => (*body, seed),
            Children::Records { body } => {
                let body = *body;
                let batch = host.batch(parent.activation);
                let record = context.batch(batch).records[index as usize];
                // Until now the record waited for its turn behind the others.
                let path = context.lap(record.journey, record.path, Category::Queue);
                let lineage = host.record_lineage(context, record.journey, record.lineage);
                let payload = (record.content, record.size);
                (body, Seed { journey: record.journey, lineage, payload, path, repeat: record.repeat || seed.repeat })
            }
        }
    }

    pub(super) fn child_ended<H: Host>(
        &mut self,
        context: &mut Context,
        host: &mut H,
        child: u32,
        frame: &Frame,
        error: ErrorId,
    ) {
        let group = frame.group;
        let at = &mut self.groups[group];
        at.running.retain(|running| *running != child);
        if let Some(set) = self.payloads.sets.get_mut(at.each as usize)
            && let Some(result) = set.results.get_mut(frame.index as usize)
        {
            *result = frame.payload;
        }
        let (parent, spawning) = (at.parent, at.spawning);
        let spec = &self.program.groups[at.spec as usize];
        let records = matches!(spec.children, Children::Records { .. });
        if records {
            let batch = host.batch(frame.activation);
            context.batch_mut(batch).records[frame.index as usize].path = frame.path;
            host.record(context, frame.activation, frame.index, (error != errors::NONE).then_some(error));
        } else {
            // A join goes on with the path of the last arrival.
            self.frames[parent].path = frame.path;
        }
        if error != errors::NONE && spec.fails_together {
            self.abort_children_of(context, parent);
            return self.raise(context, host, parent, error);
        }
        if !spawning {
            self.spawn(context, host, group);
        }
    }

    fn close_group<H: Host>(&mut self, context: &mut Context, host: &mut H, group: u32) {
        let at = self.groups.remove(group);
        let spec = &self.program.groups[at.spec as usize];
        let (result, parent) = (spec.result, at.parent);
        if result == NONE {
            self.recycle(at);
        } else {
            host.visit(self.visit(parent));
            let frame = &self.frames[parent];
            let results = self.payloads.get(at.each).map_or(&[][..], |set| &set.results);
            let gathered = host.gather(context, frame.activation, result, frame.payload, results);
            self.recycle(at);
            match gathered {
                Ok(payload) => self.frames[parent].payload = payload,
                Err(error) => return self.raise(context, host, parent, error),
            }
        }
        self.frames[parent].counter += 1;
        self.advance(context, host, parent);
    }

    /// Aborts every child of a frame that waits for children, and frees their group.
    pub(super) fn abort_children_of(&mut self, context: &mut Context, parent: u32) {
        let at = self.groups.remove(self.frames[parent].awaited);
        for child in &at.running {
            self.abort(context, *child);
        }
        self.recycle(at);
    }

    /// Keeps what a closed group has allocated for the next one.
    fn recycle(&mut self, mut group: Group) {
        if self.spare_lists.len() < SPARE_MAX {
            group.running.clear();
            self.spare_lists.push(group.running);
        }
        self.payloads.give_back(group.each);
    }
}
