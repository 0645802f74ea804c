//! The data operators of a machine, remembered: each is a pure function of contents, so it is computed once for each
//! combination of what it depends on.
//!
//! What makes executions differ without end is held fixed: names and identifiers of executions, time stamps of the context
//! object (always [`EPOCH_TEXT`]), retry counts (0), and causes of errors (empty). Random functions have 4,096 outcomes each.

mod carrier;
mod evaluate;
mod plan;
mod sizes;

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use crate::fabric::build::Builder;
use crate::fabric::call::ErrorId;
use crate::fabric::content::MemoId;
use crate::fabric::program::{Payload, Visit};
use crate::fabric::{ContentId, Context, Luck};
use crate::kernel::{SECOND, Time};

use super::asl::errors::{RESERVED, RUNTIME};
use super::asl::{EvaluationError, Reads, State, StateKind, Timestamp, WaitUntil};

use carrier::View;
pub use evaluate::Kind;
use evaluate::Sight;
pub use plan::is_identity;
use plan::{Origin, Plan};

/// Virtual time zero, for waits until a time stamp.
pub const EPOCH_TEXT: &str = "2026-01-01T00:00:00Z";
/// Outcomes of random functions.
const SEEDS: u64 = 4_096;
/// Remembered answers beyond this are forgotten, all at once, so that memory stays bounded.
const REMEMBERED_MAX: usize = 1 << 20;

/// One operator of one state.
#[derive(Clone, Debug)]
pub struct Operator {
    pub state: u32,
    pub kind: Kind,
}

/// Everything an answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// Operator, or state with the kind of question.
    operator: (u8, u32),
    raw: ContentId,
    second: ContentId,
    flag: bool,
    /// Input of the execution, if the state reads the context object.
    input: ContentId,
    seed: u16,
}

/// Questions about states that are no operators.
const CHOICE: u8 = 1;
const ITEMS: u8 = 2;
const WAIT: u8 = 3;
const FAILURE: u8 = 4;
const OPERATOR: u8 = 0;

/// An execution, as far as operators look at it.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub input: ContentId,
    pub visit: Visit,
}

/// All operators of a machine.
#[derive(Debug)]
pub struct Operators {
    pub states: Vec<State>,
    pub operators: Vec<Operator>,
    plans: Vec<Plan>,
    reads: Vec<Reads>,
    /// By state: whether it hands on its input as it is.
    plain: Vec<bool>,
    /// Contents carry variables and items beside the data.
    carried: bool,
    machine: String,
    length: MemoId,
    wrap: MemoId,
    unwrap: MemoId,
    errors: Vec<(&'static str, ErrorId)>,
    epoch: i64,
    answers: FxHashMap<Key, Result<u64, ErrorId>>,
    lists: FxHashMap<Key, Result<Vec<ContentId>, ErrorId>>,
    /// By what a key says and the children's outputs, in one list.
    gathered: FxHashMap<Box<[u32]>, Result<ContentId, ErrorId>>,
    list: Vec<u32>,
}

impl Operators {
    /// The operators of the states of one machine.
    pub fn new(builder: &mut Builder, states: Vec<State>, operators: Vec<Operator>) -> Self {
        let reads: Vec<Reads> = states.iter().map(State::reads).collect();
        let maps = states.iter().any(|state| matches!(state.kind, StateKind::Map(_)));
        let carried = states.iter().any(State::assigns) || (maps && reads.iter().any(|reads| reads.context));
        let plain = states.iter().map(|state| !carried && is_identity(state)).collect();
        let plan = |operator: &Operator| Plan::of(&states[operator.state as usize], operator, carried);
        let plans = operators.iter().map(plan).collect();
        let errors = RESERVED.iter().map(|name| (*name, builder.error_name(name))).collect();
        Self {
            states,
            operators,
            plans,
            reads,
            plain,
            carried,
            machine: builder.name(),
            length: builder.memo(),
            wrap: builder.memo(),
            unwrap: builder.memo(),
            errors,
            epoch: Timestamp::parse(EPOCH_TEXT).map_or(0, |epoch| epoch.seconds),
            answers: FxHashMap::default(),
            lists: FxHashMap::default(),
            gathered: FxHashMap::default(),
            list: Vec::new(),
        }
    }

    /// The content with which an execution starts.
    pub fn wrapped(&self, context: &mut Context, input: ContentId) -> ContentId {
        if !self.carried {
            return input;
        }
        context.world.contents.transform(self.wrap, input, |value| json!({ "data": value, "variables": {} }))
    }

    /// The data in a content.
    pub fn data(&self, context: &mut Context, content: ContentId) -> ContentId {
        if !self.carried {
            return content;
        }
        context.world.contents.transform(self.unwrap, content, |value| View::of(value, true).data.clone())
    }

    /// What an operator makes of a payload, without a second value.
    pub fn transform(&mut self, context: &mut Context, operator: u32, payload: Payload, seen: Seen) -> Result<Payload, ErrorId> {
        let content = self.make(context, operator, payload.0, (ContentId::EMPTY, true), seen)?;
        self.kept(context, operator, content, payload)
    }

    /// What an operator makes of a payload and an answer.
    pub fn merge(
        &mut self,
        context: &mut Context,
        operator: u32,
        payload: Payload,
        (answer, flag): (Payload, bool),
        seen: Seen,
    ) -> Result<Payload, ErrorId> {
        let content = self.make(context, operator, payload.0, (answer.0, flag), seen)?;
        let plan = self.plans[operator as usize];
        if !plan.keeps_answer {
            return self.kept(context, operator, content, payload);
        }
        let mut from = context.world.contents.length(answer.0);
        let mut unseen = answer.1.saturating_sub(from);
        if plan.keeps_input {
            unseen += self.unseen(context, payload);
            from += self.visible(context, payload.0);
        }
        self.sized(context, content, unseen, from)
    }

    /// The outputs of children as one list, merged into the payload.
    pub fn gather(
        &mut self,
        context: &mut Context,
        operator: u32,
        payload: Payload,
        children: &[Payload],
        seen: Seen,
    ) -> Result<Payload, ErrorId> {
        let plan = self.plans[operator as usize];
        let made = match plan.origin {
            Origin::Input => payload.0,
            Origin::Answer => self.gathered(context, operator, ContentId::EMPTY, children, seen)?,
            Origin::InputOrDecoded | Origin::Both => self.gathered(context, operator, payload.0, children, seen)?,
        };
        if !plan.keeps_answer {
            return self.kept(context, operator, made, payload);
        }
        // The list is as long as its elements, with a comma or bracket each.
        let bytes = children.iter().map(|child| u64::from(child.1) + 1).sum::<u64>() + 1;
        let mut from: u32 = children.iter().fold(1, |sum: u32, child| sum.saturating_add(self.visible(context, child.0) + 1));
        let mut unseen = bytes.saturating_sub(u64::from(from)).min(u64::from(u32::MAX)) as u32;
        if plan.keeps_input {
            unseen = unseen.saturating_add(self.unseen(context, payload));
            from = from.saturating_add(self.visible(context, payload.0));
        }
        self.sized(context, made, unseen, from)
    }

    fn gathered(
        &mut self,
        context: &mut Context,
        operator: u32,
        raw: ContentId,
        children: &[Payload],
        seen: Seen,
    ) -> Result<ContentId, ErrorId> {
        let key = self.key(context, (OPERATOR, operator), raw, (ContentId::EMPTY, true), seen);
        self.list.clear();
        self.list.extend([operator, raw.0, key.input.0, u32::from(key.seed)]);
        self.list.extend(children.iter().map(|child| child.0.0));
        if let Some(made) = self.gathered.get(self.list.as_slice()) {
            return *made;
        }
        let data = |child: &Payload| View::of(context.world.contents.value(child.0), self.carried).data.clone();
        let outputs = Value::Array(children.iter().map(data).collect());
        let made = self.compute(context, operator, raw, Cow::Owned(outputs), true, seen, key.seed);
        let made = made.map(|value| context.world.contents.intern(value));
        bounded(&mut self.gathered).insert(self.list.as_slice().into(), made);
        made
    }

    /// Which rule of a Choice holds, and what the Choice hands on.
    pub fn choose(
        &mut self,
        context: &mut Context,
        state: u32,
        payload: Payload,
        seen: Seen,
    ) -> Result<(usize, Payload), ErrorId> {
        let key = self.key_of(context, (CHOICE, state), state, payload.0, (ContentId::EMPTY, true), seen);
        let known = self.answers.get(&key).copied();
        let answer = match known {
            Some(answer) => answer,
            None => {
                let plain = self.plain[state as usize];
                let question = |state: &State, view: &View<'_>, sight: Sight<'_>| evaluate::choice(state, view, sight, plain);
                let made = self.ask(context, state, payload.0, seen, key.seed, question);
                let made = made.map(|(place, value)| {
                    let content = value.map_or(payload.0, |value| context.world.contents.intern(value));
                    (place as u64) << 32 | u64::from(content.0)
                });
                bounded(&mut self.answers).insert(key, made);
                made
            }
        }?;
        let content = ContentId(answer as u32);
        Ok(((answer >> 32) as usize, self.whole(context, content, payload)?))
    }

    /// Adds the payloads of the iterations of a Map to `made`.
    pub fn items(
        &mut self,
        context: &mut Context,
        state: u32,
        payload: Payload,
        seen: Seen,
        made: &mut Vec<Payload>,
    ) -> Result<(), ErrorId> {
        let key = self.key_of(context, (ITEMS, state), state, payload.0, (ContentId::EMPTY, true), seen);
        if !self.lists.contains_key(&key) {
            let items = self.ask(context, state, payload.0, seen, key.seed, evaluate::items);
            let items = items.map(|items| items.into_iter().map(|item| context.world.contents.intern(item)).collect());
            bounded(&mut self.lists).insert(key, items);
        }
        let items = self.lists[&key].as_ref().map_err(|error| *error)?;
        let (unseen, from) = (self.unseen(context, payload), self.visible(context, payload.0));
        for item in items {
            made.push(self.sized(context, *item, unseen, from)?);
        }
        Ok(())
    }

    /// How long a Wait lasts from now on.
    pub fn wait(&mut self, context: &mut Context, state: u32, payload: Payload, seen: Seen) -> Result<Time, ErrorId> {
        let key = self.key_of(context, (WAIT, state), state, payload.0, (ContentId::EMPTY, true), seen);
        let known = self.answers.get(&key).copied();
        let answer = match known {
            Some(answer) => answer,
            None => {
                let epoch = self.epoch;
                let made = self.ask(context, state, payload.0, seen, key.seed, evaluate::wait);
                // The lowest bit tells a point in time from a duration.
                let made = made.map(|until| match until {
                    WaitUntil::Seconds(seconds) => seconds.saturating_mul(SECOND).min(u64::MAX >> 1) << 1,
                    WaitUntil::Timestamp(time) => {
                        let seconds = u64::try_from(time.seconds - epoch).unwrap_or(0);
                        let nanoseconds = seconds.saturating_mul(SECOND).saturating_add(u64::from(time.nanoseconds));
                        nanoseconds.min(u64::MAX >> 1) << 1 | 1
                    }
                });
                bounded(&mut self.answers).insert(key, made);
                made
            }
        }?;
        Ok(if answer & 1 == 1 { (answer >> 1).saturating_sub(context.now()) } else { answer >> 1 })
    }

    /// The error that a Fail reports.
    pub fn failure(&mut self, context: &mut Context, state: u32, payload: Payload, seen: Seen) -> ErrorId {
        let key = self.key_of(context, (FAILURE, state), state, payload.0, (ContentId::EMPTY, true), seen);
        if let Some(Err(error)) = self.answers.get(&key) {
            return *error;
        }
        let made = self.ask(context, state, payload.0, seen, key.seed, evaluate::failure);
        let error = made.map_or_else(|error| error, |name| runtime_error(context, &name, self.error(RUNTIME)));
        bounded(&mut self.answers).insert(key, Err(error));
        error
    }

    /// The payload of the state that catches an error.
    pub fn caught(
        &mut self,
        context: &mut Context,
        operator: u32,
        payload: Payload,
        error: ErrorId,
        seen: Seen,
    ) -> Result<Payload, ErrorId> {
        let world = &mut *context.world;
        let name = world.contents.intern_text(&world.error_names[error as usize]);
        let content = self.make(context, operator, payload.0, (name, true), seen)?;
        self.kept(context, operator, content, payload)
    }

    /// The index of an error of the language.
    pub fn error(&self, name: &str) -> ErrorId {
        self.errors.iter().find(|(known, _)| *known == name).map_or(crate::fabric::errors::STATES_RUNTIME, |(_, id)| *id)
    }

    fn make(
        &mut self,
        context: &mut Context,
        operator: u32,
        raw: ContentId,
        second: (ContentId, bool),
        seen: Seen,
    ) -> Result<ContentId, ErrorId> {
        let raw = match self.plans[operator as usize].origin {
            Origin::Input => return Ok(raw),
            Origin::InputOrDecoded if !context.world.contents.value(raw).is_string() => return Ok(raw),
            Origin::Answer => ContentId::EMPTY,
            Origin::InputOrDecoded | Origin::Both => raw,
        };
        let key = self.key(context, (OPERATOR, operator), raw, second, seen);
        if let Some(answer) = self.answers.get(&key) {
            return answer.map(|content| ContentId(content as u32));
        }
        let value = Cow::Borrowed(context.world.contents.value(second.0));
        let made = self.compute(context, operator, raw, value, second.1, seen, key.seed);
        let made = made.map(|value| context.world.contents.intern(value));
        bounded(&mut self.answers).insert(key, made.map(|content| u64::from(content.0)));
        made
    }

    #[expect(clippy::too_many_arguments, reason = "everything that an answer depends on")]
    fn compute(
        &self,
        context: &Context,
        operator: u32,
        raw: ContentId,
        second: Cow<'_, Value>,
        flag: bool,
        seen: Seen,
        seed: u16,
    ) -> Result<Value, ErrorId> {
        let Operator { state, kind } = &self.operators[operator as usize];
        self.ask(context, *state, raw, seen, seed, |state, view, sight| evaluate::content(state, kind, view, second, flag, sight))
    }

    /// Answers a question about a state with a given raw input.
    fn ask<T>(
        &self,
        context: &Context,
        state: u32,
        raw: ContentId,
        seen: Seen,
        seed: u16,
        question: impl FnOnce(&State, &View<'_>, Sight<'_>) -> Result<T, EvaluationError>,
    ) -> Result<T, ErrorId> {
        let view = View::of(context.world.contents.value(raw), self.carried);
        let known = &self.states[state as usize];
        let object = if self.reads[state as usize].context {
            let whole = self.context_object(known, context.world.contents.value(seen.input));
            Sight::inside(whole, view.item)
        } else {
            Value::Null
        };
        question(known, &view, Sight { context: &object, seed: u64::from(seed) }).map_err(|error| self.error(error.name))
    }

    fn context_object(&self, state: &State, input: &Value) -> Value {
        json!({
            "Execution": { "Id": "execution", "Input": input, "Name": "execution", "RoleArn": "role", "StartTime": EPOCH_TEXT },
            "State": { "EnteredTime": EPOCH_TEXT, "Name": state.name, "RetryCount": 0 },
            "StateMachine": { "Id": self.machine, "Name": self.machine },
        })
    }

    fn key(&self, context: &Context, operator: (u8, u32), raw: ContentId, second: (ContentId, bool), seen: Seen) -> Key {
        let state = self.operators[operator.1 as usize].state;
        self.key_of(context, operator, state, raw, second, seen)
    }

    fn key_of(
        &self,
        context: &Context,
        operator: (u8, u32),
        state: u32,
        raw: ContentId,
        (second, flag): (ContentId, bool),
        seen: Seen,
    ) -> Key {
        let reads = self.reads[state as usize];
        let input = if reads.context { seen.input } else { ContentId::EMPTY };
        let seed = if reads.random {
            let lineage = seen.visit.lineage.extend(u64::from(operator.0) << 32 | u64::from(operator.1));
            1 + context.draw(Luck::Sample, context.journey_key(seen.visit.journey), lineage.0).below(SEEDS) as u16
        } else {
            0
        };
        Key { operator, raw, second, flag, input, seed }
    }
}

fn bounded<K, V>(map: &mut FxHashMap<K, V>) -> &mut FxHashMap<K, V> {
    if map.len() >= REMEMBERED_MAX {
        map.clear();
    }
    map
}

/// The index of an error whose name comes out of a payload.
fn runtime_error(context: &mut Context, name: &str, otherwise: ErrorId) -> ErrorId {
    let names = &mut context.world.error_names;
    if let Some(place) = names.iter().position(|known| known == name) {
        return place as ErrorId;
    }
    if names.len() >= usize::from(ErrorId::MAX) {
        return otherwise;
    }
    names.push(name.to_owned());
    names.len() as ErrorId - 1
}
