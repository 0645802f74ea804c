//! What the expressions of a state look at, so that whoever remembers results knows what they depend on.

use super::choice::Rule;
use super::data_flow::{ResultPath, Selection};
use super::intrinsic::{Argument, Call, Function};
use super::model::{State, StateKind, Wait};
use super::path::{Path, Root};
use super::template::Template;

/// What the expressions of a state look at besides the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reads {
    /// The context object, `$$`.
    pub context: bool,
    /// Random numbers: `States.UUID`, `States.MathRandom`.
    pub random: bool,
    /// `JSONata`, which nothing evaluates yet.
    pub jsonata: bool,
}

impl State {
    /// What the state's own expressions look at; states inside of it are asked for themselves.
    pub fn reads(&self) -> Reads {
        let mut reads = Reads::default();
        for template in self.templates() {
            template.note(&mut reads);
        }
        for path in self.plain_paths() {
            reads.context |= *path.root() == Root::Context;
        }
        if let StateKind::Choice(choice) = &self.kind {
            reads.jsonata |= choice.rules.iter().any(|rule| is_jsonata(&rule.rule));
        }
        reads
    }

    /// Whether the state sets variables, in whichever way it is left.
    pub fn assigns(&self) -> bool {
        let by_rule = if let StateKind::Choice(choice) = &self.kind {
            choice.rules.iter().any(|rule| rule.assign.is_some())
        } else {
            false
        };
        by_rule || self.assign.is_some() || self.catch.iter().any(|catcher| catcher.assign.is_some())
    }

    fn templates(&self) -> Vec<&Template> {
        let mut found: Vec<Option<&Template>> =
            vec![self.parameters.as_ref(), self.result_selector.as_ref(), self.output.as_ref(), self.assign.as_ref()];
        for catcher in &self.catch {
            found.extend([catcher.assign.as_ref(), catcher.output.as_ref()]);
        }
        match &self.kind {
            StateKind::Task(task) => found.extend([task.timeout_seconds.as_ref(), task.heartbeat_seconds.as_ref()]),
            StateKind::Choice(choice) => {
                choice.rules.iter().for_each(|rule| found.extend([rule.assign.as_ref(), rule.output.as_ref()]));
            }
            StateKind::Map(map) => {
                found.extend([map.items.as_ref(), map.item_selector.as_ref(), map.max_concurrency.as_ref()]);
            }
            StateKind::Wait(Wait::Seconds(template) | Wait::Timestamp(template)) => found.push(Some(template)),
            StateKind::Fail(fail) => found.extend([fail.error.as_ref(), fail.cause.as_ref()]),
            StateKind::Parallel(_) | StateKind::Pass(_) | StateKind::Succeed => {}
        }
        found.into_iter().flatten().collect()
    }

    fn plain_paths(&self) -> Vec<&Path> {
        let mut found = Vec::new();
        for selection in [&self.input_path, &self.output_path] {
            if let Selection::Path(path) = selection {
                found.push(path);
            }
        }
        if let ResultPath::Place(path) = &self.result_path {
            found.push(path);
        }
        if let StateKind::Choice(choice) = &self.kind {
            choice.rules.iter().for_each(|rule| super::model::rule_paths(&rule.rule, &mut found));
        }
        found
    }
}

impl Template {
    /// Whether anything in the template is computed from the input or a variable.
    pub fn reads_input(&self) -> bool {
        let mut paths = Vec::new();
        self.paths(&mut paths);
        paths.iter().any(|path| *path.root() != Root::Context)
    }

    fn note(&self, reads: &mut Reads) {
        match self {
            Self::Literal(_) => {}
            Self::Path(path) => reads.context |= *path.root() == Root::Context,
            Self::Call(call) => call.note(reads),
            Self::Jsonata(_) => reads.jsonata = true,
            Self::Object(fields) => fields.iter().for_each(|(_, field)| field.note(reads)),
            Self::Array(elements) => elements.iter().for_each(|element| element.note(reads)),
        }
    }
}

impl Call {
    fn note(&self, reads: &mut Reads) {
        reads.random |= matches!(self.function(), Function::Uuid | Function::MathRandom);
        for argument in self.arguments() {
            match argument {
                Argument::Path(path) => reads.context |= *path.root() == Root::Context,
                Argument::Call(call) => call.note(reads),
                Argument::Text(_) | Argument::Literal(_) => {}
            }
        }
    }
}

fn is_jsonata(rule: &Rule) -> bool {
    match rule {
        Rule::And(rules) | Rule::Or(rules) => rules.iter().any(is_jsonata),
        Rule::Not(rule) => is_jsonata(rule),
        Rule::Jsonata(_) => true,
        Rule::Test { .. } | Rule::Compare { .. } | Rule::Matches { .. } | Rule::Fixed(_) => false,
    }
}
