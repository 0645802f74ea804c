//! From a document to a program: states become operations, fields become operators.
//!
//! A state is `Enter`, the pauses of entering (the account's transition bucket, the engine's latency), its body, its mark,
//! and a jump. Targets of jumps are states until all states have their place; then they are resolved.

mod handlers;
mod task;

use indexmap::IndexMap;

use crate::fabric::Builder;
use crate::fabric::call::{NONE, errors};
use crate::fabric::program::{Children, GroupSpec, Op, Program};
use crate::kernel::{SECOND, Time};
use crate::reader::{Code, Node, Span, Spanned, Value, suggest};

use super::asl::errors::BRANCH_FAILED;
use super::asl::{Fail, Map, Selection, State, StateKind, StateMachine, Wait};
use super::assumptions::{EXPRESS_DURATION_MAX, INLINE_MAP_CONCURRENCY_MAX};
use super::config::{StepFunctionsConfig, WorkflowType};
use super::host::{FAILURES, PAUSE_LATENCY, PAUSE_MAP_START, PAUSE_TRANSITION, PAUSES};
use super::operators::{Kind, Operator, is_identity};
use super::state::Entry;

/// A compiled machine.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub program: Program,
    pub states: Vec<State>,
    pub operators: Vec<Operator>,
    pub entries: Vec<Entry>,
    /// Where a Choice goes on, by state and rule.
    pub choices: Vec<Vec<u32>>,
    pub has_maps: bool,
}

/// Compiles a checked document; mistakes go to the builder's diagnostics.
pub(super) fn compile(builder: &mut Builder, config: &StepFunctionsConfig, machine: &StateMachine) -> Compiled {
    let mut compiler = Compiler {
        builder,
        config,
        made: Compiled::default(),
        places: Vec::new(),
        way: Vec::new(),
        names: Vec::new(),
        used: Used::default(),
        depth: 0,
    };
    let start = compiler.push(Op::Jump { to: NONE });
    let first = compiler.machine(machine);
    compiler.made.program.ops[start as usize] = Op::Jump { to: first };
    compiler.resolve();
    compiler.unused();
    compiler.made
}

struct Compiler<'a, 'b> {
    builder: &'a mut Builder<'b>,
    config: &'a StepFunctionsConfig,
    made: Compiled,
    /// Where each state's operations begin.
    places: Vec<u32>,
    /// Keys from the document's root to the machine or state at hand.
    way: Vec<String>,
    /// States of the machine at hand by name.
    names: Vec<IndexMap<String, u32>>,
    used: Used,
    depth: usize,
}

/// Keys of the configuration that the document has a use for.
#[derive(Debug, Default)]
struct Used {
    resources: Vec<String>,
    marks: Vec<String>,
    items: Vec<String>,
    /// Names that `resources` could have used, for hints.
    offered: Vec<String>,
}

impl Compiler<'_, '_> {
    fn push(&mut self, op: Op) -> u32 {
        self.made.program.ops.push(op);
        self.made.program.ops.len() as u32 - 1
    }

    fn here(&self) -> u32 {
        self.made.program.ops.len() as u32
    }

    fn operator(&mut self, state: u32, kind: Kind) -> u32 {
        self.made.operators.push(Operator { state, kind });
        self.made.operators.len() as u32 - 1
    }

    /// The place of the state at hand in the document, or of one of its fields.
    fn span(&self, field: &str) -> Span {
        self.config.definition.span_of(self.way.iter().map(String::as_str).chain([field]))
    }

    fn error(&mut self, field: &str, message: impl Into<String>, hint: impl Into<String>) {
        let (span, hint) = (self.span(field), hint.into());
        let diagnostic = self.builder.diagnostics.error(span, Code::BadStateMachine, message);
        if !hint.is_empty() {
            diagnostic.hint(hint);
        }
    }

    /// Compiles a machine and answers its first state.
    fn machine(&mut self, machine: &StateMachine) -> u32 {
        let names = machine.states.iter().map(|(name, state)| {
            let id = self.places.len() as u32;
            self.places.push(NONE);
            self.made.states.push(state.clone());
            self.made.entries.push(entry(state));
            self.made.choices.push(Vec::new());
            (name.clone(), id)
        });
        let names: IndexMap<String, u32> = names.collect();
        let start = names.get(&machine.start_at).copied().unwrap_or(NONE);
        self.names.push(names);
        for (name, state) in &machine.states {
            self.way.extend(["States".to_owned(), name.clone()]);
            self.state(state);
            self.way.truncate(self.way.len() - 2);
        }
        self.names.pop();
        start
    }

    fn target(&self, name: &str) -> u32 {
        self.names.last().and_then(|names| names.get(name)).copied().unwrap_or(NONE)
    }

    fn state(&mut self, state: &State) {
        let id = self.target(&state.name);
        self.places[id as usize] = self.push(Op::Enter { state: id });
        let first_pause = self.here();
        if self.config.workflow_type == WorkflowType::Standard {
            self.push(Op::Pause { pause: id * PAUSES + PAUSE_TRANSITION });
        }
        self.push(Op::Pause { pause: id * PAUSES + PAUSE_LATENCY });
        if state.reads().jsonata {
            self.error("", format!("state `{}` needs JSONata, which is not modelled yet", state.name), "write it in JSONPath");
        }
        match &state.kind {
            StateKind::Task(task) => self.task(id, state, task, first_pause),
            StateKind::Choice(choice) => {
                self.choice(id, state, choice.rules.iter().map(|rule| rule.next.as_str()), choice.default.as_deref())
            }
            StateKind::Parallel(parallel) => self.parallel(id, state, &parallel.branches, first_pause),
            StateKind::Map(map) => self.map(id, state, map, first_pause),
            StateKind::Wait(wait) => {
                self.check_wait(wait);
                self.push(Op::SleepFrom { transform: id });
                self.output(id, state);
                self.leave(state);
            }
            StateKind::Pass(_) | StateKind::Succeed => {
                self.output(id, state);
                self.leave(state);
            }
            StateKind::Fail(fail) => self.fail(id, fail),
        }
    }

    /// The output of a state without a result from elsewhere.
    fn output(&mut self, id: u32, state: &State) {
        if !is_identity(state) {
            let transform = self.operator(id, Kind::Output);
            self.push(Op::Set { transform });
        }
    }

    /// The state's mark, and the way to the next state.
    fn leave(&mut self, state: &State) {
        self.mark(state);
        match &state.next {
            Some(next) => {
                let to = self.target(next);
                self.push(Op::Jump { to });
            }
            None => {
                self.push(Op::End);
            }
        }
    }

    fn mark(&mut self, state: &State) {
        let config = self.config;
        if let Some(name) = config.marks.get(&state.name) {
            self.used.marks.push(state.name.clone());
            if let Some(mark) = self.builder.makes_mark(name) {
                self.push(Op::Mark { mark });
            }
        }
    }

    fn choice<'c>(&mut self, id: u32, state: &State, rules: impl Iterator<Item = &'c str>, default: Option<&'c str>) {
        self.push(Op::Branch { branch: id });
        let mut places = Vec::new();
        for next in rules.chain(default) {
            places.push(self.here());
            self.mark(state);
            let to = self.target(next);
            self.push(Op::Jump { to });
        }
        self.made.choices[id as usize] = places;
    }

    fn parallel(&mut self, id: u32, state: &State, branches: &[StateMachine], first_pause: u32) {
        let argument = if state.parameters.is_none() && state.input_path == Selection::default() {
            NONE
        } else {
            self.operator(id, Kind::Branches)
        };
        let children = Children::Branches { bodies: Vec::new() };
        let group = self.group(id, state, children, 0, argument, first_pause);
        let mut bodies = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            self.way.extend(["Branches".to_owned(), index.to_string()]);
            bodies.push(self.inner(branch, None));
            self.way.truncate(self.way.len() - 2);
        }
        self.made.program.groups[group as usize].children = Children::Branches { bodies };
    }

    fn map(&mut self, id: u32, state: &State, map: &Map, first_pause: u32) {
        self.made.has_maps = true;
        if map.distributed.is_some() || map.item_reader.is_some() {
            let hint = "use an inline Map, or start an execution per item from a queue";
            self.error("", format!("state `{}`: the distributed Map is not modelled yet", state.name), hint);
        }
        let concurrency = match map.max_concurrency.as_ref().map(|template| template.fixed()) {
            None => 0,
            Some(Some(value)) => value.as_f64().unwrap_or(0.0) as u64,
            Some(None) => {
                self.error("MaxConcurrencyPath", "a computed MaxConcurrency is not modelled yet", "write the number");
                0
            }
        };
        let concurrency = if concurrency == 0 { INLINE_MAP_CONCURRENCY_MAX } else { concurrency.min(INLINE_MAP_CONCURRENCY_MAX) };
        let children = Children::Items { body: NONE, items: id };
        let group = self.group(id, state, children, concurrency as u32, NONE, first_pause);
        let key = if self.has_field("Iterator") { "Iterator" } else { "ItemProcessor" };
        self.way.push(key.to_owned());
        let body = self.inner(&map.item_processor, Some(id * PAUSES + PAUSE_MAP_START));
        self.way.pop();
        self.made.program.groups[group as usize].children = Children::Items { body, items: id };
    }

    /// The operations of a state with children, but for the children's own.
    fn group(&mut self, id: u32, state: &State, children: Children, concurrency: u32, argument: u32, first_pause: u32) -> u32 {
        let result = self.operator(id, Kind::Gather);
        let handlers = self.handlers(id, state, first_pause);
        let spec = GroupSpec { children, concurrency, argument, result, fails_together: true, handlers };
        self.made.program.groups.push(spec);
        let group = self.made.program.groups.len() as u32 - 1;
        self.push(Op::Group { group });
        self.leave(state);
        self.catchers(state, handlers);
        group
    }

    /// A machine inside of a state; answers where it begins, with a pause if there is one.
    fn inner(&mut self, machine: &StateMachine, pause: Option<u32>) -> u32 {
        let place = self.here();
        if let Some(pause) = pause {
            self.push(Op::Pause { pause });
        }
        let jump = self.push(Op::Jump { to: NONE });
        self.depth += 1;
        let to = self.machine(machine);
        self.depth -= 1;
        self.made.program.ops[jump as usize] = Op::Jump { to };
        place
    }

    fn fail(&mut self, id: u32, fail: &Fail) {
        let op = match fail.error.as_ref().map(|template| template.fixed()) {
            None if self.depth == 0 => Op::Fail { error: errors::EXECUTION_FAILED },
            None => Op::Fail { error: self.builder.error_name(BRANCH_FAILED) },
            Some(Some(name)) => Op::Fail { error: self.builder.error_name(name.as_str().unwrap_or_default()) },
            Some(None) => Op::Branch { branch: FAILURES + id },
        };
        self.push(op);
    }

    fn check_wait(&mut self, wait: &Wait) {
        let Wait::Seconds(template) = wait else { return };
        let seconds = template.fixed().and_then(serde_json::Value::as_u64).unwrap_or(0);
        let longest = EXPRESS_DURATION_MAX / SECOND;
        if self.config.workflow_type == WorkflowType::Express && seconds >= longest {
            let span = self.span("Seconds");
            let message = format!("an Express execution ends after {longest} s, before this wait does");
            self.builder.diagnostics.warning(span, Code::BadStateMachine, message);
        }
    }

    /// Whether the state at hand has a field in the document.
    fn has_field(&self, field: &str) -> bool {
        let mut at: &Node = &self.config.definition;
        for step in &self.way {
            let next = match &at.value {
                Value::Seq(elements) => step.parse::<usize>().ok().and_then(|index| elements.get(index)),
                _ => at.get(step),
            };
            let Some(next) = next else { return false };
            at = next;
        }
        at.get(field).is_some()
    }

    /// Points jumps from states to operations.
    fn resolve(&mut self) {
        for op in &mut self.made.program.ops {
            if let Op::Jump { to } = op {
                // A target that does not exist was reported when the document was checked.
                *to = self.places.get(*to as usize).copied().unwrap_or(0);
            }
        }
    }

    /// Keys that nothing in the document reads are mistakes, not decoration.
    fn unused(&mut self) {
        let config = self.config;
        let states: Vec<String> = self.made.states.iter().map(|state| state.name.clone()).collect();
        let offered = std::mem::take(&mut self.used.offered);
        let resources = config.resources.iter().filter(|(key, _)| !self.used.resources.contains(key));
        let unused: Vec<(Span, &str, &String, &[String])> = resources
            .map(|(key, value)| (value.span, "no task calls", key, offered.as_slice()))
            .chain(
                unused_of(&config.marks, &self.used.marks)
                    .map(|(key, span)| (span, "no state that ends is", key, states.as_slice())),
            )
            .collect();
        for (span, what, key, known) in unused {
            self.builder.diagnostics.error(span, Code::UnknownReference, format!("{what} `{key}`")).hint(hint(key, known));
        }
        for (key, item) in &config.items {
            if !self.used.items.contains(key) {
                let span = item.set.first().or(item.all_of.first()).map_or(self.config.definition.span, |name| name.span);
                let message = format!("`items`: no DynamoDB task is `{key}`");
                self.builder.diagnostics.error(span, Code::UnknownReference, message).hint(hint(key, &states));
            }
        }
    }
}

fn unused_of<'c>(config: &'c IndexMap<String, Spanned<String>>, used: &'c [String]) -> impl Iterator<Item = (&'c String, Span)> {
    config.iter().filter(|(key, _)| !used.contains(key)).map(|(key, value)| (key, value.span))
}

fn hint(name: &str, known: &[String]) -> String {
    suggest(name, known.iter().map(String::as_str))
        .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"))
}

/// What entering a state means. Events: every state is entered and left (a Fail only entered); a task is also scheduled,
/// started and succeeds; a Parallel or Map starts and succeeds. Derived from the list of event types of
/// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>, read 2026-11-23.
fn entry(state: &State) -> Entry {
    let (events, retry_events, branches) = match &state.kind {
        StateKind::Task(_) => (5, 3, 0),
        StateKind::Parallel(parallel) => (4, 2, parallel.branches.len() as u32),
        StateKind::Map(_) => (4, 2, 0),
        StateKind::Fail(_) => (1, 0, 0),
        StateKind::Choice(_) | StateKind::Wait(_) | StateKind::Pass(_) | StateKind::Succeed => (2, 0, 0),
    };
    Entry { task: matches!(state.kind, StateKind::Task(_)), events, retry_events, branches }
}

/// Seconds as virtual time.
fn seconds(seconds: u64) -> Time {
    seconds.saturating_mul(SECOND)
}
