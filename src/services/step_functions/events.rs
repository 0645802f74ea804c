use crate::fabric::call::{ErrorId, NONE};
use crate::fabric::deadline::Deadlines;
use crate::fabric::limit::LimiterId;
use crate::fabric::program::{Machine, Program, Seed};
use crate::fabric::{About, CallId, Category, Class, Coming, Context, Luck, Operation, Reply, Service, errors, marks};
use crate::kernel::{SECOND, Time};

use super::assumptions::{EXPRESS_DURATION_MAX, PAYLOAD_BYTES_MAX};
use super::config::WorkflowType;
use super::state::{Execution, StepFunctions, Workflow};

const TIMER_BEGIN: u16 = 2;
const TIMER_TIMEOUT: u16 = 3;

/// Events of an execution itself: it started, it ended.
const EXECUTION_EVENTS: u64 = 2;

impl Service for StepFunctions {
    fn arrive(&mut self, context: &mut Context, call: CallId) {
        let (journey, lineage, path) = (context.get(call).journey, context.get(call).lineage, context.get(call).path);
        let (input, synchronous) =
            ((context.get(call).content, context.get(call).size), context.get(call).operation == Operation::StartSyncExecution);
        let (a, b) = context.luck_key(call);
        let latency = context.sample(&self.workflow.start, context.draw(Luck::Latency, a, b));
        if let Err(reply) = self.workflow.admit(context, input.1, synchronous) {
            return context.reply(call, reply, latency);
        }
        self.workflow.sequence = self.workflow.sequence.wrapping_add(1);
        let execution = self.workflow.executions.insert(Execution {
            call: synchronous.then_some(call),
            journey,
            lineage,
            path,
            repeat: context.get(call).repeat,
            input,
            root: NONE,
            started: context.now(),
            sequence: self.workflow.sequence,
            events: EXECUTION_EVENTS,
            failures: 0,
            parallel_steps: 0,
            largest: input.1,
            logged: 2 * u64::from(input.1),
            map_free: 0,
            map_due: 0,
            instant: 0,
            instant_states: 0,
            history_full: false,
        });
        self.workflow.usage.start(context, journey);
        context.count(self.workflow.probes.started, 1);
        context.raise(self.workflow.probes.open, 1);
        if !synchronous {
            context.hold(journey);
            context.reply(call, Reply::OK, latency);
        }
        let delay = context.sample(&self.workflow.begin, context.draw(Luck::Platform, a, b));
        context.spend(self.workflow.probes.time, delay);
        if delay == 0 { self.begin(context, execution) } else { context.timer(delay, TIMER_BEGIN, execution) }
    }

    fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
        self.machine.reply(context, &mut self.workflow, token, reply);
        self.end_finished(context);
    }

    fn about(&self, coming: Coming) -> About {
        match coming {
            Coming::Timer(TIMER_BEGIN | TIMER_TIMEOUT, _) => About::NOTHING,
            Coming::Timer(timer, argument) => self.machine.about_timer(timer, argument),
            Coming::Reply(token) => self.machine.about(token),
            Coming::Beyond(frame) => self.machine.beyond(&self.workflow, frame),
        }
    }

    fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
        match timer {
            TIMER_BEGIN => self.begin(context, argument),
            TIMER_TIMEOUT => self.time_out(context),
            _ => {
                self.machine.timer(context, &mut self.workflow, timer, argument);
                self.end_finished(context);
            }
        }
    }
}

impl StepFunctions {
    /// A machine without executions; each of them may last `longest`.
    pub(super) fn new(program: Program, workflow: Workflow, longest: Time) -> Self {
        Self { machine: Machine::new(program), workflow, deadlines: Deadlines::new(longest) }
    }

    fn begin(&mut self, context: &mut Context, index: u32) {
        let execution = self.workflow.executions[index];
        let path = context.lap(execution.journey, execution.path, Category::Service);
        let now = context.now();
        let (content, size) = execution.input;
        let payload = (self.workflow.operators.wrapped(context, content), size);
        let entry = &mut self.workflow.executions[index];
        entry.started = now;
        if let Some(delay) = self.deadlines.set(now, index, execution.sequence) {
            context.timer(delay, TIMER_TIMEOUT, 0);
        }
        let seed = Seed { journey: execution.journey, lineage: execution.lineage, payload, path, repeat: execution.repeat };
        let root = self.machine.start(context, &mut self.workflow, index, seed);
        self.workflow.executions[index].root = root;
        self.end_finished(context);
    }

    fn time_out(&mut self, context: &mut Context) {
        let now = context.now();
        while let Some((index, sequence)) = self.deadlines.due(now) {
            let Some(execution) = self.workflow.executions.get(index).copied() else { continue };
            if execution.sequence != sequence {
                continue;
            }
            let path = context.lap(execution.journey, self.machine.path(execution.root), Category::Service);
            self.machine.abort(context, execution.root);
            context.count(self.workflow.probes.timed_out, 1);
            if self.workflow.kind == WorkflowType::Express && self.deadlines.delay == EXPRESS_DURATION_MAX {
                context.count(self.workflow.probes.express_5_minutes, 1);
            }
            let reply = Reply { path, ..Reply::error(Class::Failed, errors::STATES_TIMEOUT) };
            self.workflow.end(context, index, reply);
        }
        if let Some(delay) = self.deadlines.rearm(now) {
            context.timer(delay, TIMER_TIMEOUT, 0);
        }
    }

    /// Ends the executions whose root frame has ended.
    fn end_finished(&mut self, context: &mut Context) {
        while let Some(finished) = self.machine.take_finished() {
            let (content, size) = finished.payload;
            let reply = if finished.error == errors::NONE {
                context.count(self.workflow.probes.succeeded, 1);
                Reply { content: self.workflow.operators.data(context, content), size, path: finished.path, ..Reply::OK }
            } else {
                context.count(self.workflow.probes.failed, 1);
                Reply { path: finished.path, ..Reply::error(Class::Failed, finished.error) }
            };
            self.workflow.end(context, finished.activation, reply);
            let executions = &self.workflow.executions;
            self.deadlines.end(|key, sequence| executions.get(key).is_some_and(|live| live.sequence == sequence));
        }
    }
}

impl Workflow {
    /// Whether an execution may start; if not, what the caller is told.
    fn admit(&mut self, context: &mut Context, size: u32, synchronous: bool) -> Result<(), Reply> {
        if size > PAYLOAD_BYTES_MAX {
            context.count(self.probes.refused_input, 1);
            return Err(Reply::error(Class::Rejected, errors::TOO_LARGE));
        }
        // Synchronous executions do not count towards these quotas.
        if synchronous {
            return Ok(());
        }
        if !context.admit(self.limiters.start, 1) {
            context.count(self.probes.throttled_start, 1);
            return Err(Reply::error(Class::Throttled, errors::THROTTLED));
        }
        if self.limiters.open.is_some_and(|limiter| !context.admit(limiter, 1)) {
            context.count(self.probes.refused_open, 1);
            return Err(Reply::error(Class::Throttled, self.errors.limit_exceeded));
        }
        Ok(())
    }

    /// An execution is over.
    fn end(&mut self, context: &mut Context, index: u32, reply: Reply) {
        let execution = self.executions.remove(index);
        let journey = execution.journey;
        let duration = context.now() - execution.started;
        let failed = !reply.outcome.is_ok();
        self.usage.end(context, &execution, duration, failed);
        self.observe(context, &execution, duration, reply.outcome.error);
        if failed {
            context.mark(journey, marks::FAILED, reply.path);
            if let Some(mark) = self.on_failed {
                context.mark(journey, mark, reply.path);
            }
        }
        match execution.call {
            Some(call) => context.reply(call, reply, 0),
            None => {
                if let Some(limiter) = self.limiters.open {
                    context.give_back(limiter, 1);
                }
                context.release(journey);
            }
        }
    }

    /// Notes how close the execution came to the limits of one execution, which no limiter counts by itself.
    fn observe(&self, context: &mut Context, execution: &Execution, duration: Time, error: ErrorId) {
        context.lower(self.probes.open, 1);
        context.time(self.probes.duration, duration);
        context.spend(self.probes.time, duration);
        let note = |context: &mut Context, limiter: Option<LimiterId>, used: u64, refused: bool| {
            if let Some(limiter) = limiter {
                let limiter = context.limiter(limiter);
                limiter.asked += 1;
                limiter.refused += u64::from(refused);
                limiter.peak = limiter.peak.max(used);
            }
        };
        note(context, self.limiters.history, execution.events, execution.history_full);
        let at_limit = error == errors::STATES_TIMEOUT && duration >= EXPRESS_DURATION_MAX;
        note(context, self.limiters.duration, duration.div_ceil(SECOND), at_limit);
    }
}
