//! Steps to operations.

use serde_json::json;

use crate::kernel::Sampler;
use crate::reader::{Code, Spanned};

use super::super::build::Builder;
use super::super::call::{NONE, Operation, Parameters, PartyId, errors};
use super::super::duration::{DurationSpec, sampler};
use super::super::pattern::Pattern;
use super::super::program::{CallSpec, Catcher, Children, ErrorMatch, GroupSpec, Handlers, Op, Program, Size};
use super::super::retry::RetryProfile;
use super::transform::{Branch, Emission, Transforms};
use super::{
    CallStep, FieldsStep, ForEachStep, IdempotentStep, Invocation, InvokeStep, JoinStep, PublishStep, PutEventsStep, ReadStep,
    RetryMode, SendStep, StartExecutionStep, Step, WhenStep, WriteStep,
};

/// Bytes of an item when the scenario does not say.
const ITEM_BYTES: u32 = 1024;
/// The longest delay of an SQS message. Source:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>, read 2026-11-23.
const DELAY_MAX: u64 = 15 * 60 * crate::kernel::SECOND;

/// Compiled steps.
#[derive(Clone, Debug, Default)]
pub struct StepProgram {
    pub program: Program,
    pub transforms: Transforms,
    /// Whether a loop over records exists: the function may report outcomes per record.
    pub handles_records: bool,
}

/// Compiles the steps of a function or task called `name`; mistakes go to the builder's diagnostics.
pub fn compile(builder: &mut Builder, name: &str, steps: &[Step]) -> StepProgram {
    let mut compiler = Compiler { builder, name, made: StepProgram::default(), chances: 0 };
    compiler.steps(steps);
    // Without an explicit `return`, a function's result is empty.
    let empty = compiler.emission(&[], &indexmap::IndexMap::new(), None, Some(0));
    compiler.push(Op::Set { transform: empty });
    compiler.push(Op::End);
    compiler.made
}

struct Compiler<'a, 'b> {
    builder: &'a mut Builder<'b>,
    name: &'a str,
    made: StepProgram,
    chances: u32,
}

impl Compiler<'_, '_> {
    fn push(&mut self, op: Op) -> u32 {
        self.made.program.ops.push(op);
        self.made.program.ops.len() as u32 - 1
    }

    fn here(&self) -> u32 {
        self.made.program.ops.len() as u32
    }

    /// Points an earlier jump, chance or flag test at the next operation.
    fn land(&mut self, at: u32) {
        let here = self.here();
        match &mut self.made.program.ops[at as usize] {
            Op::Jump { to } => *to = here,
            Op::Chance { otherwise, .. } | Op::IfFlag { otherwise } => *otherwise = here,
            _ => unreachable!("only jumps land"),
        }
    }

    fn steps(&mut self, steps: &[Step]) {
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Work(duration) => {
                let sampler = self.sampler(duration);
                self.push(Op::Work { sampler });
            }
            Step::Sleep(duration) => {
                let sampler = self.sampler(duration);
                self.push(Op::Sleep { sampler });
            }
            Step::Call(call) => self.external(call),
            Step::Invoke(invoke) => self.invoke(invoke),
            Step::SendMessage(send) => self.send(send),
            Step::Publish(publish) => self.publish(publish),
            Step::PutEvents(put) => self.put_events(put),
            Step::StartExecution(start) => self.start_execution(start),
            Step::PutItem(write) => self.write(write, Operation::PutItem),
            Step::UpdateItem(write) => self.write(write, Operation::UpdateItem),
            Step::DeleteItem(write) => self.write(write, Operation::DeleteItem),
            Step::GetItem(read) => self.read(read),
            Step::Join(join) => self.join(join),
            Step::Idempotent(once) => self.idempotent(once),
            Step::Mark(name) => {
                if let Some(mark) = self.builder.makes_mark(name) {
                    self.push(Op::Mark { mark });
                }
            }
            Step::Fail(fail) => {
                let error = self.builder.error_name(fail.error.as_deref().unwrap_or("Error"));
                let chance = self.chance(fail.share.0);
                self.push(Op::Fail { error });
                self.land(chance);
            }
            Step::Choose(choose) => {
                let chance = self.chance(choose.share.0);
                self.two_ways(chance, &choose.then, &choose.otherwise);
            }
            Step::When(when) => self.when(when),
            Step::ForEach(each) => self.for_each(each),
            Step::Set(fields) => {
                let transform = self.fields(fields);
                self.push(Op::Set { transform });
            }
            Step::Return(fields) => {
                let transform = self.fields(fields);
                self.push(Op::Set { transform });
                self.push(Op::End);
            }
        }
    }

    fn sampler(&mut self, duration: &DurationSpec) -> u32 {
        let made = sampler(duration).unwrap_or_else(|message| {
            let span = duration.span();
            self.builder.error(span, Code::OutOfRange, message);
            Sampler::constant(0)
        });
        self.made.program.sampler(made)
    }

    fn chance(&mut self, share: f64) -> u32 {
        self.chances += 1;
        self.push(Op::Chance { share, ordinal: self.chances, otherwise: 0 })
    }

    /// `test` falls through to `then` and jumps to `otherwise`.
    fn two_ways(&mut self, test: u32, then: &[Step], otherwise: &[Step]) {
        self.steps(then);
        if otherwise.is_empty() {
            self.land(test);
            return;
        }
        let over = self.push(Op::Jump { to: 0 });
        self.land(test);
        self.steps(otherwise);
        self.land(over);
    }

    fn emission(
        &mut self,
        fields: &[String],
        values: &indexmap::IndexMap<String, serde_json::Value>,
        envelope: Option<(String, String)>,
        size: Option<u32>,
    ) -> u32 {
        let emission = Emission::new(self.builder, fields, values, envelope, size);
        self.made.transforms.emissions.push(emission);
        self.made.transforms.emissions.len() as u32 - 1
    }

    fn fields(&mut self, fields: &FieldsStep) -> u32 {
        self.emission(&fields.fields, &fields.values, None, fields.size.map(|size| size.0.min(u64::from(u32::MAX)) as u32))
    }

    /// Pushes a call and, behind it, the steps that run when it fails for good.
    fn call(&mut self, call: Site, retry: RetryMode, on_error: Option<&Vec<Step>>) {
        let dynamodb =
            matches!(call.operation, Operation::PutItem | Operation::GetItem | Operation::UpdateItem | Operation::DeleteItem);
        let handlers = if on_error.is_some() { self.made.program.handlers.len() as u32 } else { NONE };
        let deadline = call.timeout.map_or(NONE, |timeout| self.made.program.deadline(timeout));
        self.made.program.calls.push(CallSpec {
            target: call.target,
            operation: call.operation,
            site: call.site,
            argument: call.argument,
            size: call.size,
            deadline,
            deadline_error: errors::TIMEOUT,
            retry: profile(retry, dynamodb),
            handlers,
            result: NONE,
        });
        let index = self.made.program.calls.len() as u32 - 1;
        if let Some(steps) = on_error {
            self.made.program.handlers.push(Handlers::default());
            self.push(Op::Call { call: index });
            let over = self.push(Op::Jump { to: 0 });
            let next = self.here();
            let errors = ErrorMatch { all: true, ..ErrorMatch::default() };
            self.made.program.handlers[handlers as usize].catchers.push(Catcher { errors, next, transform: NONE });
            self.steps(steps);
            self.land(over);
        } else {
            self.push(Op::Call { call: index });
        }
    }

    fn external(&mut self, step: &CallStep) {
        let Some((target, operation)) = self.builder.target(&step.service, &[Operation::Request], "called by a step") else {
            return;
        };
        let site = Site { target, operation, site: 0, argument: NONE, size: Size::Payload, timeout: step.timeout.map(|t| t.0) };
        self.call(site, step.retry, step.on_error.as_ref());
        if step.answers.is_empty() {
            return;
        }
        let branch = self.made.transforms.branches.len() as u32;
        self.made.transforms.branches.push(Branch::Answer { answers: Vec::new(), otherwise: 0 });
        self.push(Op::Branch { branch });
        let mut answers = Vec::new();
        let mut ends = Vec::new();
        for (name, steps) in &step.answers {
            let content = self.builder.world.contents.intern(json!({ "answer": name }));
            answers.push((content, self.here()));
            self.steps(steps);
            ends.push(self.push(Op::Jump { to: 0 }));
        }
        for end in ends {
            self.land(end);
        }
        self.made.transforms.branches[branch as usize] = Branch::Answer { answers, otherwise: self.here() };
    }

    fn invoke(&mut self, step: &InvokeStep) {
        let operation = match step.invocation {
            Invocation::RequestResponse => Operation::Invoke,
            Invocation::Event => Operation::InvokeEvent,
        };
        let Some((target, operation)) = self.builder.target(&step.function, &[operation], "invoked") else { return };
        let argument = self.emission(&step.fields, &step.values, None, bytes(step.size));
        self.call(Site::plain(target, operation, 0, argument), step.retry, step.on_error.as_ref());
    }

    fn send(&mut self, step: &SendStep) {
        let wanted = [Operation::SendMessage];
        let Some((target, operation)) = self.builder.target(&step.queue, &wanted, "sent messages") else { return };
        if step.delay.is_some_and(|delay| delay.0 > DELAY_MAX) {
            self.builder.error(step.queue.span, Code::OutOfRange, "SQS delays a message by at most 15 min");
        }
        let site = self.builder.site(Parameters::Send { delay: step.delay.map(|delay| delay.0) });
        let argument = self.emission(&step.fields, &step.values, None, bytes(step.size));
        self.call(Site::plain(target, operation, site, argument), step.retry, step.on_error.as_ref());
    }

    fn publish(&mut self, step: &PublishStep) {
        let Some((target, operation)) = self.builder.target(&step.topic, &[Operation::Publish], "published to") else { return };
        let argument = self.emission(&step.fields, &step.values, None, bytes(step.size));
        self.call(Site::plain(target, operation, 0, argument), step.retry, step.on_error.as_ref());
    }

    fn put_events(&mut self, step: &PutEventsStep) {
        let Some((target, operation)) = self.builder.target(&step.bus, &[Operation::PutEvents], "sent events") else { return };
        let source = step.source.clone().unwrap_or_else(|| self.name.to_string());
        self.builder.emits(target, Some((&source, &step.detail_type)));
        let envelope = Some((source, step.detail_type.clone()));
        let argument = self.emission(&step.fields, &step.values, envelope, bytes(step.size));
        self.call(Site::plain(target, operation, 0, argument), step.retry, step.on_error.as_ref());
    }

    fn start_execution(&mut self, step: &StartExecutionStep) {
        let wanted = [Operation::StartExecution];
        let Some((target, operation)) = self.builder.target(&step.state_machine, &wanted, "started") else { return };
        let argument = self.emission(&step.fields, &step.values, None, bytes(step.size));
        self.call(Site::plain(target, operation, 0, argument), step.retry, step.on_error.as_ref());
    }

    fn attributes(&mut self, table: PartyId, names: &[Spanned<String>]) -> u64 {
        names.iter().filter_map(|name| self.builder.attribute(table, name)).fold(0, |bits, bit| bits | bit)
    }

    fn write(&mut self, step: &WriteStep, operation: Operation) {
        let Some((target, operation)) = self.builder.target(&step.table, &[operation], "written to") else { return };
        let set = self.attributes(target, &step.set);
        let site = self.item(bytes(step.size), set, 0, 0, 0, false);
        self.call(Site::plain(target, operation, site, NONE), step.retry, step.on_error.as_ref());
    }

    fn item(&mut self, bytes: Option<u32>, set: u64, all_of: u64, pass: u64, absent: u64, consistent: bool) -> u32 {
        self.builder.site(Parameters::Item { bytes: bytes.unwrap_or(ITEM_BYTES), set, all_of, pass, absent, consistent })
    }

    fn read(&mut self, step: &ReadStep) {
        let Some((target, operation)) = self.builder.target(&step.table, &[Operation::GetItem], "read") else { return };
        let (all_of, absent) = (self.attributes(target, &step.all_of), self.attributes(target, &step.absent));
        let site = self.item(bytes(step.size), 0, all_of, 0, absent, step.consistent);
        self.call(Site::plain(target, operation, site, NONE), step.retry, step.on_error.as_ref());
        if !(step.then.is_empty() && step.otherwise.is_empty()) {
            let test = self.push(Op::IfFlag { otherwise: 0 });
            self.two_ways(test, &step.then, &step.otherwise);
        }
    }

    fn join(&mut self, step: &JoinStep) {
        let Some((target, operation)) = self.builder.target(&step.table, &[Operation::UpdateItem], "joined on") else { return };
        let set = self.attributes(target, std::slice::from_ref(&step.set));
        let (all_of, absent) = (self.attributes(target, &step.all_of), self.attributes(target, &step.absent));
        // Whoever completes the set passes, once: the write is conditional on its own attribute being absent.
        let site = self.item(bytes(step.size), set, all_of, set, absent, false);
        self.call(Site::plain(target, operation, site, NONE), step.retry, step.on_error.as_ref());
        let test = self.push(Op::IfFlag { otherwise: 0 });
        self.two_ways(test, &step.then, &step.otherwise);
    }

    fn idempotent(&mut self, step: &IdempotentStep) {
        let Some((target, operation)) = self.builder.target(&step.table, &[Operation::UpdateItem], "written to") else { return };
        let set = self.attributes(target, std::slice::from_ref(&step.key));
        let site = self.item(bytes(step.size), set, set, set, 0, false);
        self.call(Site::plain(target, operation, site, NONE), step.retry, step.on_error.as_ref());
        let test = self.push(Op::IfFlag { otherwise: 0 });
        self.two_ways(test, &step.steps, &[]);
    }

    fn when(&mut self, step: &WhenStep) {
        let pattern = match Pattern::parse(&step.pattern.to_json()) {
            Ok(pattern) => pattern,
            Err(problems) => {
                for problem in problems {
                    let way: Vec<String> = problem.path.iter().map(super::super::pattern::Segment::text).collect();
                    let span = step.pattern.span_of(way.iter().map(String::as_str));
                    self.builder.diagnostics.error(span, Code::BadPattern, problem.message).hint(problem.hint);
                }
                return;
            }
        };
        let memo = self.builder.memo();
        let branch = self.made.transforms.branches.len() as u32;
        self.made.transforms.branches.push(Branch::Answer { answers: Vec::new(), otherwise: 0 });
        self.push(Op::Branch { branch });
        let then = self.here();
        self.steps(&step.then);
        let over = self.push(Op::Jump { to: 0 });
        let otherwise = self.here();
        self.steps(&step.otherwise);
        self.land(over);
        self.made.transforms.branches[branch as usize] = Branch::Match { memo, pattern, then, otherwise };
    }

    fn for_each(&mut self, step: &ForEachStep) {
        self.made.handles_records = true;
        let group = self.made.program.groups.len() as u32;
        self.push(Op::Group { group });
        self.made.program.groups.push(GroupSpec {
            children: Children::Records { body: 0 },
            concurrency: step.concurrency.unwrap_or(1).max(1),
            argument: NONE,
            result: NONE,
            fails_together: false,
            handlers: NONE,
        });
        let over = self.push(Op::Jump { to: 0 });
        let body = self.here();
        self.steps(&step.steps);
        self.push(Op::End);
        self.land(over);
        self.made.program.groups[group as usize].children = Children::Records { body };
    }
}

/// A call about to be compiled.
struct Site {
    target: PartyId,
    operation: Operation,
    site: u32,
    argument: u32,
    size: Size,
    timeout: Option<u64>,
}

impl Site {
    fn plain(target: PartyId, operation: Operation, site: u32, argument: u32) -> Self {
        Self { target, operation, site, argument, size: Size::Payload, timeout: None }
    }
}

fn bytes(size: Option<crate::units::Bytes>) -> Option<u32> {
    size.map(|size| size.0.min(u64::from(u32::MAX)) as u32)
}

/// The numbers behind a retry mode.
pub fn profile(mode: RetryMode, dynamodb: bool) -> RetryProfile {
    match mode {
        RetryMode::Standard2026 => RetryProfile::standard_2026(dynamodb),
        RetryMode::Pre2026Standard => RetryProfile::PRE_2026_STANDARD,
        RetryMode::Legacy => RetryProfile::legacy(dynamodb),
        RetryMode::None => RetryProfile::NONE,
        RetryMode::Naive => RetryProfile::naive(3),
    }
}
