//! The machine: runs frames through a program.

use std::collections::VecDeque;

use crate::kernel::{Draw, Lineage, Slab, Time};

use super::super::ahead::About;
use super::super::call::{Class, ErrorId, NONE, Reply, Request};
use super::super::content::ContentId;
use super::super::context::{Context, Luck};
use super::super::deadline::Deadlines;
use super::super::errors;
use super::super::path::{Category, PathId};
use super::super::retry::RetryProfile;
use super::groups::{Group, Payloads};
use super::{Children, Host, Op, Payload, Program, RETRIERS_MAX, Seed, Size, TIMER_DEADLINE, TIMER_FRAME, Visit};

/// What a frame waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiting {
    /// A timer, after which the operation behind the counter runs; the time passed for this reason.
    Timer(Category),
    /// The answer to the call that is awaited.
    Call,
    /// The children of the group that is awaited.
    Children,
    /// Aborted while a timer was under way: freed when it goes off.
    Aborted,
}

/// One thread of control: what every program needs of it ([`Note`] has the rest).
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub journey: super::super::journey::JourneyRef,
    pub lineage: Lineage,
    pub payload: Payload,
    pub path: PathId,
    pub counter: u32,
    pub activation: u32,
    /// The group it is a child of, or [`NONE`] for the root.
    pub group: u32,
    /// Its place among the children.
    pub index: u32,
    /// The call or the group that it waits for, if it waits for one.
    pub awaited: u32,
    pub waiting: Waiting,
    /// The last answer's flag.
    pub flag: bool,
    /// Attempts of the client at the current call, and tokens paid for the last retry.
    pub attempts: u8,
    pub spent: u8,
    /// What it is part of was tried before.
    pub repeat: bool,
    /// A retrier of its current operation has been at work.
    pub retried: bool,
}

const _: () = assert!(size_of::<Frame>() == 56);

/// What only programs with states, branches, handlers or deadlines need of a frame.
#[derive(Clone, Copy, Debug)]
struct Note {
    /// Counts of the retriers of its current operation.
    tries: [u16; RETRIERS_MAX],
    /// Tells a deadline whether the call it was set for is still the one under way.
    sequence: u32,
    /// The last answer's content.
    answer: ContentId,
    /// The state entered last; names what a retry repeats.
    state: u32,
}

const NO_NOTE: Note = Note { tries: [0; RETRIERS_MAX], sequence: 0, answer: ContentId::EMPTY, state: NONE };

impl Frame {
    /// Whether what it does now was tried before.
    pub(super) fn repeats(&self) -> bool {
        self.repeat || self.attempts > 0 || self.retried
    }

    fn visit(&self, state: u32) -> Visit {
        Visit { activation: self.activation, state, journey: self.journey, lineage: self.lineage }
    }
}

/// A root frame that has ended.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    pub activation: u32,
    /// The error it ended with, or [`errors::NONE`].
    pub error: ErrorId,
    pub payload: Payload,
    pub path: PathId,
}

/// Frames at work on one program.
#[derive(Debug)]
pub struct Machine {
    pub program: Program,
    pub(super) frames: Slab<Frame>,
    pub(super) groups: Slab<Group>,
    deadlines: Vec<Deadlines>,
    sequence: u32,
    /// Root frames that ended and that the owner has not taken yet.
    finished: VecDeque<Finished>,
    /// Of each frame, in programs that need it.
    notes: Vec<Note>,
    takes_notes: bool,
    /// Lists of closed groups, to be used again.
    pub(super) spare_lists: Vec<Vec<u32>>,
    pub(super) payloads: Payloads,
}

/// Operations run at one instant by one frame: more is an endless loop without time.
const INSTANT_OPS_MAX: u32 = 100_000;

impl Machine {
    /// A machine without frames.
    pub fn new(program: Program) -> Self {
        let deadlines = program.deadlines.iter().map(|delay| Deadlines::new(*delay)).collect();
        let mut ops = program.ops.iter();
        let notes_in_ops = ops.any(|op| matches!(op, Op::Enter { .. } | Op::Branch { .. }));
        Self {
            takes_notes: notes_in_ops || !program.handlers.is_empty() || !program.deadlines.is_empty(),
            program,
            frames: Slab::default(),
            groups: Slab::default(),
            deadlines,
            sequence: 0,
            finished: VecDeque::new(),
            notes: Vec::new(),
            spare_lists: Vec::new(),
            payloads: Payloads::default(),
        }
    }

    /// Takes the next root frame that ended. The owner must take them all after each call to the machine.
    pub fn take_finished(&mut self) -> Option<Finished> {
        self.finished.pop_front()
    }

    /// Starts an activation at the program's first operation and runs it as far as it goes; answers its root frame.
    pub fn start<H: Host>(&mut self, context: &mut Context, host: &mut H, activation: u32, seed: Seed) -> u32 {
        self.start_at(context, host, activation, seed, 0)
    }

    /// As [`Machine::start`], at another operation.
    pub fn start_at<H: Host>(&mut self, context: &mut Context, host: &mut H, activation: u32, seed: Seed, counter: u32) -> u32 {
        let root = self.insert(activation, NONE, 0, counter, seed);
        if context.has_poison() && self.is_poisoned(context, host, activation, seed) {
            self.end(context, host, root, errors::HANDLER);
        } else {
            self.advance(context, host, root);
        }
        root
    }

    /// Whether an activation fails as a whole: its payload is poison, or one of a batch that it does not take record by record.
    fn is_poisoned<H: Host>(&self, context: &Context, host: &H, activation: u32, seed: Seed) -> bool {
        let batch = host.batch(activation);
        if batch == NONE {
            return context.is_poisoned(seed.journey);
        }
        let by_record = self.program.groups.iter().any(|group| matches!(group.children, Children::Records { .. }));
        !by_record && context.batch(batch).records.iter().any(|record| context.is_poisoned(record.journey))
    }

    pub(super) fn insert(&mut self, activation: u32, group: u32, index: u32, counter: u32, seed: Seed) -> u32 {
        let frame = self.frames.insert(Frame {
            journey: seed.journey,
            lineage: seed.lineage,
            payload: seed.payload,
            path: seed.path,
            counter,
            activation,
            group,
            index,
            awaited: NONE,
            waiting: Waiting::Children,
            flag: true,
            attempts: 0,
            spent: 0,
            repeat: seed.repeat,
            retried: false,
        });
        if self.takes_notes {
            if frame as usize >= self.notes.len() {
                self.notes.resize(frame as usize + 1, NO_NOTE);
            }
            self.notes[frame as usize] = NO_NOTE;
        }
        frame
    }

    /// The frame that the next questions to the host are about.
    pub(super) fn visit(&self, frame: u32) -> Visit {
        self.frames[frame].visit(self.notes.get(frame as usize).map_or(NONE, |note| note.state))
    }

    /// A frame comes to another operation, whose retriers have not been at work yet.
    #[inline]
    fn forget_tries(&mut self, frame: u32) {
        if !self.program.handlers.is_empty() {
            self.notes[frame as usize].tries = [0; RETRIERS_MAX];
            self.frames[frame].retried = false;
        }
    }

    /// A call that a frame made was answered; `token` is the frame.
    pub fn reply<H: Host>(&mut self, context: &mut Context, host: &mut H, token: u32, reply: Reply) {
        let frame = &mut self.frames[token];
        frame.path = reply.path;
        if let Op::Call { call } = self.program.ops[frame.counter as usize] {
            let deadline = self.program.calls[call as usize].deadline;
            if deadline != NONE {
                self.notes[token as usize].sequence = 0;
                let (frames, notes) = (&self.frames, &self.notes);
                self.deadlines[deadline as usize]
                    .end(|key, sequence| frames.get(key).is_some() && notes[key as usize].sequence == sequence);
            }
        }
        self.answered(context, host, token, reply);
    }

    /// What a timer of the machine is about.
    pub fn about_timer(&self, timer: u16, argument: u32) -> About {
        if timer == TIMER_DEADLINE { About::NOTHING } else { self.about(argument) }
    }

    /// What a frame is about that waits for a timer or an answer.
    pub fn about(&self, index: u32) -> About {
        let Some(frame) = self.frames.get(index) else { return About::NOTHING };
        let beyond = if frame.group == NONE { NONE } else { index };
        About { beyond, ..About::journey(frame.journey) }
    }

    /// What hangs on a frame that is one of several children.
    pub fn beyond<H: Host>(&self, host: &H, index: u32) -> About {
        let Some(frame) = self.frames.get(index) else { return About::NOTHING };
        let record = (host.batch(frame.activation), frame.index);
        About { record, seen: self.groups.get(frame.group).map_or(0, Group::children), ..About::NOTHING }
    }

    /// A timer of the machine went off.
    pub fn timer<H: Host>(&mut self, context: &mut Context, host: &mut H, timer: u16, argument: u32) {
        if timer == TIMER_DEADLINE {
            self.deadline(context, host, argument);
            return;
        }
        let frame = self.frames[argument];
        match frame.waiting {
            Waiting::Aborted => {
                self.frames.remove(argument);
            }
            Waiting::Timer(category) => {
                self.frames[argument].path = context.lap(frame.journey, frame.path, category);
                self.advance(context, host, argument);
            }
            Waiting::Call | Waiting::Children => unreachable!("a timer went off for a frame that waits for something else"),
        }
    }

    fn deadline<H: Host>(&mut self, context: &mut Context, host: &mut H, index: u32) {
        let now = context.now();
        while let Some((key, sequence)) = self.deadlines[index as usize].due(now) {
            let Some(frame) = self.frames.get(key) else { continue };
            if frame.waiting != Waiting::Call || self.notes[key as usize].sequence != sequence {
                continue;
            }
            let (journey, path) = (frame.journey, frame.path);
            context.abandon(frame.awaited);
            let Op::Call { call } = self.program.ops[frame.counter as usize] else { continue };
            let error = self.program.calls[call as usize].deadline_error;
            self.frames[key].path = context.lap(journey, path, Category::Service);
            self.answered(context, host, key, Reply::error(Class::TimedOut, error));
        }
        if let Some(delay) = self.deadlines[index as usize].rearm(now) {
            context.timer(delay, TIMER_DEADLINE, index);
        }
    }

    /// Runs a frame until it waits or ends.
    pub(super) fn advance<H: Host>(&mut self, context: &mut Context, host: &mut H, index: u32) {
        host.visit(self.visit(index));
        for _ in 0..INSTANT_OPS_MAX {
            let frame = &mut self.frames[index];
            let counter = frame.counter;
            match self.program.ops[counter as usize] {
                Op::Work { sampler } => {
                    frame.counter += 1;
                    let draw = step_draw(context, frame, sampler, Luck::Work);
                    let nominal = context.sample(&self.program.samplers[sampler as usize], draw);
                    let duration = host.work(context, frame.activation, nominal);
                    return wait(context, frame, index, duration, Category::Work);
                }
                Op::Sleep { sampler } => {
                    frame.counter += 1;
                    let draw = step_draw(context, frame, sampler, Luck::Work);
                    let duration = self.program.samplers[sampler as usize].sample(draw);
                    return wait(context, frame, index, duration, Category::Work);
                }
                Op::SleepFrom { transform } => {
                    frame.counter += 1;
                    match host.seconds(context, frame.activation, transform, frame.payload) {
                        Ok(duration) => return wait(context, frame, index, duration, Category::Work),
                        Err(error) => return self.raise(context, host, index, error),
                    }
                }
                Op::Call { call } => return self.call(context, host, index, call),
                Op::Mark { mark } => {
                    frame.counter += 1;
                    let (journey, path) = (frame.journey, frame.path);
                    context.mark(journey, mark, path);
                }
                Op::Chance { share, ordinal, otherwise } => {
                    let happens = step_draw(context, frame, ordinal, Luck::Step).chance(share);
                    frame.counter = if happens { counter + 1 } else { otherwise };
                }
                Op::IfFlag { otherwise } => frame.counter = if frame.flag { counter + 1 } else { otherwise },
                Op::Branch { branch } => {
                    let answer = self.notes[index as usize].answer;
                    match host.branch(context, frame.activation, branch, frame.payload, answer) {
                        Ok((next, payload)) => {
                            frame.counter = next;
                            frame.payload = payload;
                        }
                        Err(error) => return self.raise(context, host, index, error),
                    }
                }
                Op::Set { transform } => match host.transform(context, frame.activation, transform, frame.payload) {
                    Ok(payload) => {
                        frame.counter += 1;
                        frame.payload = payload;
                    }
                    Err(error) => return self.raise(context, host, index, error),
                },
                Op::Enter { state } => {
                    frame.counter += 1;
                    frame.lineage = frame.lineage.extend(u64::from(state));
                    let visit = frame.visit(state);
                    self.notes[index as usize].state = state;
                    self.forget_tries(index);
                    host.visit(visit);
                    match host.enter(context, visit.activation, state) {
                        Ok(0) => {}
                        Ok(delay) => return wait(context, &mut self.frames[index], index, delay, Category::Service),
                        Err(error) => return self.end(context, host, index, error),
                    }
                }
                Op::Pause { pause } => {
                    frame.counter += 1;
                    match host.pause(context, frame.activation, pause) {
                        Ok((0, _)) => {}
                        Ok((delay, category)) => return wait(context, frame, index, delay, category),
                        Err(error) => return self.end(context, host, index, error),
                    }
                }
                Op::Group { group } => return self.open_group(context, host, index, group),
                Op::Jump { to } => frame.counter = to,
                Op::Fail { error } => return self.end(context, host, index, error),
                Op::End => return self.end(context, host, index, errors::NONE),
            }
        }
        // Only a state machine can loop without time; AWS ends it by its history, we by this bound.
        self.end(context, host, index, errors::STATES_RUNTIME);
    }

    fn call<H: Host>(&mut self, context: &mut Context, host: &mut H, index: u32, call: u32) {
        let frame = self.frames[index];
        let spec = &self.program.calls[call as usize];
        let (content, size) = if spec.argument == NONE {
            frame.payload
        } else {
            match host.transform(context, frame.activation, spec.argument, frame.payload) {
                Ok(payload) => payload,
                Err(error) => return self.raise(context, host, index, error),
            }
        };
        let request = Request {
            operation: spec.operation,
            journey: frame.journey,
            lineage: frame.lineage.extend(u64::from(frame.counter) << 8 | u64::from(frame.attempts)),
            content,
            size: match spec.size {
                Size::Payload => size,
                Size::Fixed(bytes) => bytes,
            },
            path: frame.path,
            batch: NONE,
            site: spec.site,
            repeat: frame.repeats(),
        };
        let (target, deadline) = (spec.target, spec.deadline);
        let id = context.call(target, request, index);
        self.sequence = self.sequence.wrapping_add(1).max(1);
        let frame = &mut self.frames[index];
        frame.waiting = Waiting::Call;
        frame.awaited = id;
        frame.attempts += 1;
        if deadline == NONE {
            return;
        }
        self.notes[index as usize].sequence = self.sequence;
        if let Some(delay) = self.deadlines[deadline as usize].set(context.now(), index, self.sequence) {
            context.timer(delay, TIMER_DEADLINE, deadline);
        }
    }

    /// A call is answered, or its deadline has passed.
    fn answered<H: Host>(&mut self, context: &mut Context, host: &mut H, index: u32, reply: Reply) {
        let frame = self.frames[index];
        host.visit(self.visit(index));
        let Op::Call { call } = self.program.ops[frame.counter as usize] else {
            unreachable!("an answer for a frame that made no call")
        };
        let spec = &self.program.calls[call as usize];
        if reply.outcome.is_ok() {
            host.refund_tokens(frame.activation, u32::from(frame.spent));
            let result = spec.result;
            self.forget_tries(index);
            let frame = &mut self.frames[index];
            frame.attempts = 0;
            frame.spent = 0;
            frame.flag = reply.flag;
            if let Some(note) = self.notes.get_mut(index as usize) {
                note.answer = reply.content;
            }
            if result != NONE {
                match host.result(context, frame.activation, result, frame.payload, &reply) {
                    Ok(payload) => frame.payload = payload,
                    Err(error) => return self.raise(context, host, index, error),
                }
            }
            frame.counter += 1;
            return self.advance(context, host, index);
        }
        let class = reply.outcome.class;
        let cost = spec.retry.cost(class);
        if RetryProfile::retries(class)
            && u32::from(frame.attempts) < spec.retry.maximum_attempts
            && host.take_tokens(frame.activation, cost)
        {
            let draw = step_draw(context, &frame, frame.counter << 8 | u32::from(frame.attempts), Luck::Jitter);
            let delay = spec.retry.wait(class, u32::from(frame.attempts) - 1, draw);
            let frame = &mut self.frames[index];
            frame.spent = cost as u8;
            let category = if class == Class::Throttled { Category::Throttle } else { Category::BackOff };
            return wait(context, frame, index, delay, category);
        }
        self.raise(context, host, index, reply.outcome.error);
    }

    /// An operation failed: retry it, catch the error, or end the frame.
    pub(super) fn raise<H: Host>(&mut self, context: &mut Context, host: &mut H, index: u32, error: ErrorId) {
        let frame = self.frames[index];
        self.frames[index].attempts = 0;
        self.frames[index].spent = 0;
        let handlers = match self.program.ops[frame.counter as usize] {
            Op::Call { call } => self.program.calls[call as usize].handlers,
            Op::Group { group } => self.program.groups[group as usize].handlers,
            _ => NONE,
        };
        let Some(handlers) = self.program.handlers.get(handlers as usize) else {
            return self.end(context, host, index, error);
        };
        if let Some(place) = handlers.retriers.iter().position(|retrier| retrier.errors.takes(error)) {
            let retrier = &handlers.retriers[place];
            let slot = place.min(RETRIERS_MAX - 1);
            let note = &mut self.notes[index as usize];
            let tries = u32::from(note.tries[slot]);
            if tries < retrier.maximum_attempts {
                let nominal = retrier.interval as f64 * libm::pow(retrier.backoff_rate, f64::from(tries));
                let nominal = nominal.min(retrier.maximum_delay as f64);
                let draw = step_draw(context, &frame, frame.counter << 8 | tries, Luck::Jitter);
                let delay = if retrier.jitter == super::Jitter::Full { nominal * draw.unit() } else { nominal } as Time;
                note.tries[slot] = note.tries[slot].saturating_add(1);
                let state = note.state;
                let entry = &mut self.frames[index];
                entry.retried = true;
                entry.lineage = frame.lineage.extend(u64::from(tries) + (1 << 32));
                entry.counter = handlers.retry_at.unwrap_or(frame.counter);
                host.retried(context, frame.activation, state);
                return wait(context, &mut self.frames[index], index, delay, Category::BackOff);
            }
        }
        if let Some(catcher) = handlers.catchers.iter().find(|catcher| catcher.errors.takes(error)) {
            let (next, transform) = (catcher.next, catcher.transform);
            let payload = if transform == NONE {
                Ok(frame.payload)
            } else {
                host.visit(self.visit(index));
                host.caught(context, frame.activation, transform, frame.payload, error)
            };
            return match payload {
                Ok(payload) => {
                    self.frames[index].payload = payload;
                    self.frames[index].counter = next;
                    self.advance(context, host, index);
                }
                Err(error) => self.end(context, host, index, error),
            };
        }
        self.end(context, host, index, error);
    }

    /// A frame ends, with an error unless it is [`errors::NONE`].
    pub(super) fn end<H: Host>(&mut self, context: &mut Context, host: &mut H, index: u32, error: ErrorId) {
        let frame = self.frames.remove(index);
        if frame.group == NONE {
            let Frame { activation, payload, path, .. } = frame;
            self.finished.push_back(Finished { activation, error, payload, path });
        } else {
            self.child_ended(context, host, index, &frame, error);
        }
    }

    /// Ends an activation from outside (time-out, abort): nothing of it runs on and nothing is reported.
    pub fn abort(&mut self, context: &mut Context, index: u32) {
        match self.frames[index].waiting {
            Waiting::Call => {
                context.abandon(self.frames[index].awaited);
                self.frames.remove(index);
            }
            Waiting::Timer(_) => self.frames[index].waiting = Waiting::Aborted,
            Waiting::Aborted => {}
            Waiting::Children => {
                self.abort_children_of(context, index);
                self.frames.remove(index);
            }
        }
    }

    /// The critical path of a frame that is still under way.
    pub fn path(&self, frame: u32) -> PathId {
        self.frames.get(frame).map_or(PathId::NONE, |frame| frame.path)
    }
}

fn step_draw(context: &Context, frame: &Frame, step: u32, luck: Luck) -> Draw {
    context.draw(luck, context.journey_key(frame.journey), frame.lineage.extend(u64::from(step)).0)
}

/// Makes a frame wait; the operation behind its counter runs when the timer goes off.
pub(super) fn wait(context: &mut Context, frame: &mut Frame, index: u32, duration: Time, category: Category) {
    frame.waiting = Waiting::Timer(category);
    context.timer(duration, TIMER_FRAME, index);
}
