//! What the machine asks: what entering costs, what data operators make, how long to wait.

use crate::fabric::call::ErrorId;
use crate::fabric::program::{Host, Payload, Visit};
use crate::fabric::{Category, ContentId, Context, Luck, Reply, errors};
use crate::kernel::Time;

use super::assumptions::HISTORY_EVENTS_MAX;
use super::state::Workflow;

/// Why a frame pauses: the index in the program is the state's times [`PAUSES`], plus one of these.
pub const PAUSE_TRANSITION: u32 = 0;
pub const PAUSE_LATENCY: u32 = 1;
pub const PAUSE_MAP_START: u32 = 2;
pub const PAUSE_COMPLETION: u32 = 3;
pub const PAUSES: u32 = 4;

/// Indices of branches from here on are states whose error is computed; below, Choices.
pub const FAILURES: u32 = 1 << 31;

/// States entered at one instant before time is nudged, so that the machine's recursion stays shallow, and before the
/// execution fails, because it will never end.
const INSTANT_STATES_NUDGE: u32 = 500;
const INSTANT_STATES_MAX: u32 = 100_000;
/// Time that counts as no progress.
const INSTANT: Time = 1_000;

impl Host for Workflow {
    fn visit(&mut self, visit: Visit) {
        self.visit = visit;
    }

    fn enter(&mut self, context: &mut Context, activation: u32, state: u32) -> Result<Time, ErrorId> {
        context.count(self.probes.states_entered, 1);
        let entry = self.entries[state as usize];
        self.executions[activation].parallel_steps += u64::from(entry.branches);
        self.history(context, activation, u64::from(entry.events))?;
        let now = context.now();
        let execution = &mut self.executions[activation];
        if now > execution.instant + INSTANT {
            execution.instant = now;
            execution.instant_states = 0;
        }
        execution.instant_states += 1;
        if execution.instant_states > INSTANT_STATES_MAX {
            return Err(errors::STATES_RUNTIME);
        }
        Ok(Time::from(execution.instant_states.is_multiple_of(INSTANT_STATES_NUDGE)))
    }

    fn pause(&mut self, context: &mut Context, activation: u32, pause: u32) -> Result<(Time, Category), ErrorId> {
        match pause % PAUSES {
            PAUSE_TRANSITION => Ok((self.transition(context, activation), Category::Throttle)),
            PAUSE_MAP_START => Ok((self.map_start(context, activation), Category::Queue)),
            reason => {
                let task = self.entries[(pause / PAUSES) as usize].task;
                let lineage = self.visit.lineage.extend(u64::from(reason));
                let draw = context.draw(Luck::Latency, context.journey_key(self.visit.journey), lineage.0);
                let sampler = match (reason, task) {
                    (PAUSE_COMPLETION, _) => &self.completion,
                    (_, true) => &self.task,
                    (_, false) => &self.transition,
                };
                Ok((context.sample(sampler, draw), Category::Service))
            }
        }
    }

    fn branch(
        &mut self,
        context: &mut Context,
        activation: u32,
        branch: u32,
        payload: Payload,
        _answer: ContentId,
    ) -> Result<(u32, Payload), ErrorId> {
        let seen = self.seen(activation);
        if branch >= FAILURES {
            return Err(self.operators.failure(context, branch - FAILURES, payload, seen));
        }
        let (rule, payload) = self.operators.choose(context, branch, payload, seen)?;
        Ok((self.choices[branch as usize][rule], payload))
    }

    fn transform(
        &mut self,
        context: &mut Context,
        activation: u32,
        transform: u32,
        payload: Payload,
    ) -> Result<Payload, ErrorId> {
        let seen = self.seen(activation);
        let made = self.operators.transform(context, transform, payload, seen)?;
        self.note_data(activation, made);
        Ok(made)
    }

    fn result(
        &mut self,
        context: &mut Context,
        activation: u32,
        result: u32,
        payload: Payload,
        reply: &Reply,
    ) -> Result<Payload, ErrorId> {
        let seen = self.seen(activation);
        let answer = ((reply.content, reply.size), reply.flag);
        let made = self.operators.merge(context, result, payload, answer, seen)?;
        self.note_data(activation, made);
        Ok(made)
    }

    fn caught(
        &mut self,
        context: &mut Context,
        activation: u32,
        transform: u32,
        payload: Payload,
        error: ErrorId,
    ) -> Result<Payload, ErrorId> {
        self.executions[activation].failures += 1;
        let seen = self.seen(activation);
        self.operators.caught(context, transform, payload, error, seen)
    }

    fn items(
        &mut self,
        context: &mut Context,
        activation: u32,
        items: u32,
        payload: Payload,
        made: &mut Vec<Payload>,
    ) -> Result<(), ErrorId> {
        let seen = self.seen(activation);
        self.operators.items(context, items, payload, seen, made)?;
        let iterations = made.len() as u64;
        self.executions[activation].parallel_steps += iterations;
        // Each iteration is started and succeeds.
        self.history(context, activation, 2 * iterations)
    }

    fn gather(
        &mut self,
        context: &mut Context,
        activation: u32,
        result: u32,
        payload: Payload,
        children: &[Payload],
    ) -> Result<Payload, ErrorId> {
        let seen = self.seen(activation);
        let made = self.operators.gather(context, result, payload, children, seen)?;
        self.note_data(activation, made);
        Ok(made)
    }

    fn seconds(&mut self, context: &mut Context, activation: u32, transform: u32, payload: Payload) -> Result<Time, ErrorId> {
        let seen = self.seen(activation);
        self.operators.wait(context, transform, payload, seen)
    }

    fn retried(&mut self, context: &mut Context, activation: u32, state: u32) {
        context.count(self.probes.retries, 1);
        let events = u64::from(self.entries[state as usize].retry_events);
        let execution = &mut self.executions[activation];
        execution.failures += 1;
        // Should the history be full now, the next state finds out.
        execution.events += events;
    }
}

impl Workflow {
    /// Adds events to the history; a Standard execution fails when it is full.
    fn history(&mut self, context: &mut Context, activation: u32, events: u64) -> Result<(), ErrorId> {
        let execution = &mut self.executions[activation];
        execution.events += events;
        if self.limiters.history.is_some() && execution.events > HISTORY_EVENTS_MAX {
            context.count(self.probes.history_limit, 1);
            execution.history_full = true;
            return Err(errors::STATES_RUNTIME);
        }
        Ok(())
    }

    /// Bills a transition and takes it from the account's bucket; the answer is the wait for its turn.
    fn transition(&mut self, context: &mut Context, activation: u32) -> Time {
        context.count(self.probes.transitions, 1);
        let journey = self.executions[activation].journey;
        self.usage.transition(context, journey);
        let Some(limiter) = self.limiters.transitions else { return 0 };
        let wait = context.queue_at(limiter, 1);
        if wait > 0 {
            context.count(self.probes.throttled_transitions, 1);
        }
        wait
    }

    /// How long an iteration of a Map waits: iterations of one execution start one after the other, and beyond a burst
    /// at a rate.
    fn map_start(&mut self, context: &mut Context, activation: u32) -> Time {
        let now = context.now();
        let starts = self.map_starts;
        let execution = &mut self.executions[activation];
        // The rate's clock runs ahead of time by at most the burst.
        execution.map_due = execution.map_due.max(now) + starts.interval;
        let allowed = execution.map_due.saturating_sub(starts.burst * starts.interval);
        let at = now.max(execution.map_free).max(allowed);
        execution.map_free = at + starts.spacing;
        at - now
    }
}
