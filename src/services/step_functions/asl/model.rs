//! The data of a state machine.

use indexmap::IndexMap;
use serde_json::Value;

use super::choice::{Operand, Rule, RuleTarget};
use super::data_flow::{ResultPath, Selection};
use super::errors::AslError;
use super::path::{Path, Root};
use super::retry::{Catcher, Retrier};
use super::template::Template;

/// A state machine: a document, a branch of a Parallel or the processor of a Map.
#[derive(Debug, Clone, PartialEq)]
pub struct StateMachine {
    /// The state an execution starts in.
    pub start_at: String,
    /// The states by name, in document order. Every name in `next`, `default`, rules and catchers is one of them.
    pub states: IndexMap<String, State>,
    /// Seconds after which an execution ends with `States.Timeout`. None: the service's own limit.
    pub timeout_seconds: Option<u64>,
    /// The document's comment.
    pub comment: Option<String>,
    /// The language of the states that do not name their own.
    pub query_language: QueryLanguage,
    /// What is legal but doubtful; of the whole document at its root, empty in inner machines.
    pub warnings: Vec<AslError>,
}

/// How expressions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QueryLanguage {
    /// Paths and intrinsic functions.
    #[default]
    JsonPath,
    /// `{% ... %}`, checked in form only.
    Jsonata,
}

/// One state.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The key of the state in its machine.
    pub name: String,
    /// The state's comment.
    pub comment: Option<String>,
    /// How the state's expressions are written.
    pub query_language: QueryLanguage,
    /// What the state does.
    pub kind: StateKind,
    /// `InputPath`.
    pub input_path: Selection,
    /// `Parameters` (for a Map, see [`Map::item_selector`]) or, in `JSONata`, `Arguments`.
    pub parameters: Option<Template>,
    /// `ResultSelector`.
    pub result_selector: Option<Template>,
    /// `ResultPath`.
    pub result_path: ResultPath,
    /// `OutputPath`.
    pub output_path: Selection,
    /// `Output` of a `JSONata` state.
    pub output: Option<Template>,
    /// `Assign`: an object of variables, see [`State::assigned`]. Of a Choice: what is set when no rule holds.
    pub assign: Option<Template>,
    /// The state that follows. None: the machine ends here (`End`, Succeed, Fail) or, in a Choice, the rules decide.
    pub next: Option<String>,
    /// `Retry`, in order.
    pub retry: Vec<Retrier>,
    /// `Catch`, in order.
    pub catch: Vec<Catcher>,
}

/// What a state does.
#[derive(Debug, Clone, PartialEq)]
pub enum StateKind {
    /// Calls something.
    Task(Task),
    /// Branches on data.
    Choice(Choice),
    /// Runs branches side by side.
    Parallel(Parallel),
    /// Runs a machine once per item.
    Map(Box<Map>),
    /// Waits.
    Wait(Wait),
    /// Shapes data.
    Pass(Pass),
    /// Ends its machine well.
    Succeed,
    /// Ends its machine with an error.
    Fail(Fail),
}

/// A Task.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// The resource as written, placeholders included.
    pub resource: String,
    /// Seconds until `States.Timeout`: a number, or an expression that gives one. None: 99,999,999.
    pub timeout_seconds: Option<Template>,
    /// Seconds without a heartbeat until `States.HeartbeatTimeout`.
    pub heartbeat_seconds: Option<Template>,
    /// The role to assume.
    pub credentials: Option<Template>,
}

/// When a Task counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integration {
    /// When the call returns.
    RequestResponse,
    /// `.sync`, `.sync:2`: when the job it started has ended.
    RunJob,
    /// `.waitForTaskToken`: when somebody returns the token.
    TaskToken,
    /// When a worker of the activity reports.
    Activity,
}

impl Task {
    /// When the task counts as done, judged by its resource.
    pub fn integration(&self) -> Integration {
        match self.resource.rsplit_once('.').map(|(_, suffix)| suffix) {
            Some("waitForTaskToken") => Integration::TaskToken,
            Some("sync" | "sync:2") => Integration::RunJob,
            _ if self.resource.contains(":activity:") => Integration::Activity,
            _ => Integration::RequestResponse,
        }
    }
}

/// A Choice.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The rules, in order; the first that holds decides.
    pub rules: Vec<RuleTarget>,
    /// The state that follows when no rule holds. None: `States.NoChoiceMatched`.
    pub default: Option<String>,
}

/// A Parallel.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// The branches; each gets the same input, their outputs make a list in this order.
    pub branches: Vec<StateMachine>,
}

/// A Map.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// What runs per item: `ItemProcessor`, formerly `Iterator`.
    pub item_processor: StateMachine,
    /// None: inline. Otherwise distributed, with children of this type.
    pub distributed: Option<ExecutionType>,
    /// `ItemsPath`, or `Items` in `JSONata`: the list (or object) to run over. None: the whole input.
    pub items: Option<Template>,
    /// `ItemSelector`, formerly `Parameters`: the input of each item's run. None: the item.
    pub item_selector: Option<Template>,
    /// Most runs at a time; 0 for as many as the mode allows. None: 0.
    pub max_concurrency: Option<Template>,
    /// Percentage of items that may fail (distributed). None: 0.
    pub tolerated_failure_percentage: Option<Template>,
    /// Number of items that may fail (distributed). None: 0.
    pub tolerated_failure_count: Option<Template>,
    /// Where a distributed Map gets its items.
    pub item_reader: Option<ItemReader>,
    /// How a distributed Map groups its items.
    pub item_batcher: Option<ItemBatcher>,
    /// Where a distributed Map puts its results.
    pub result_writer: Option<ResultWriter>,
    /// Prefix of the Map Run's name.
    pub label: Option<String>,
}

/// The type of a distributed Map's children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionType {
    /// Standard workflows.
    Standard,
    /// Express workflows.
    Express,
}

/// Where a distributed Map gets its items.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemReader {
    /// Such as `arn:aws:states:::s3:getObject`.
    pub resource: String,
    /// Bucket, key and the like.
    pub parameters: Option<Template>,
    /// `ReaderConfig`, as written.
    pub config: Option<Value>,
    /// `MaxItems` or `MaxItemsPath` of the reader.
    pub items_max: Option<Template>,
}

/// How a distributed Map groups its items.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemBatcher {
    /// `MaxItemsPerBatch` or its path.
    pub items_max: Option<Template>,
    /// `MaxInputBytesPerBatch` or its path.
    pub bytes_max: Option<Template>,
    /// What every batch gets besides its items.
    pub batch_input: Option<Template>,
}

/// Where a distributed Map puts its results.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultWriter {
    /// Such as `arn:aws:states:::s3:putObject`.
    pub resource: Option<String>,
    /// Bucket and prefix.
    pub parameters: Option<Template>,
    /// `WriterConfig`, as written.
    pub config: Option<Value>,
}

/// A Wait.
#[derive(Debug, Clone, PartialEq)]
pub enum Wait {
    /// A number of seconds: fixed, a path or an expression.
    Seconds(Template),
    /// A time stamp: fixed, a path or an expression.
    Timestamp(Template),
}

/// A Pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Pass {
    /// The result. None: the state's effective input.
    pub result: Option<Value>,
}

/// A Fail.
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// The error's name: fixed, a path, a function or an expression.
    pub error: Option<Template>,
    /// The error's cause.
    pub cause: Option<Template>,
}

impl State {
    /// The machines inside the state: branches or the item processor.
    pub fn inner_machines(&self) -> &[StateMachine] {
        match &self.kind {
            StateKind::Parallel(parallel) => &parallel.branches,
            StateKind::Map(map) => std::slice::from_ref(&map.item_processor),
            _ => &[],
        }
    }

    /// Every state that may follow: next, rules, default, catchers.
    pub fn targets(&self) -> Vec<&str> {
        let mut targets: Vec<&str> = self.next.as_deref().into_iter().collect();
        if let StateKind::Choice(choice) = &self.kind {
            targets.extend(choice.rules.iter().map(|rule| rule.next.as_str()));
            targets.extend(choice.default.as_deref());
        }
        targets.extend(self.catch.iter().map(|catcher| catcher.next.as_str()));
        targets
    }

    /// Appends the paths whose values decide where an execution goes, how often and how long.
    fn control_paths<'s>(&'s self, found: &mut Vec<&'s Path>) {
        let mut templates: Vec<Option<&Template>> = Vec::new();
        match &self.kind {
            StateKind::Choice(choice) => choice.rules.iter().for_each(|rule| rule_paths(&rule.rule, found)),
            StateKind::Wait(Wait::Seconds(template) | Wait::Timestamp(template)) => templates.push(Some(template)),
            StateKind::Task(task) => templates.extend([task.timeout_seconds.as_ref(), task.heartbeat_seconds.as_ref()]),
            StateKind::Fail(fail) => templates.push(fail.error.as_ref()),
            StateKind::Map(map) => {
                templates.extend([
                    map.items.as_ref(),
                    map.max_concurrency.as_ref(),
                    map.tolerated_failure_count.as_ref(),
                    map.tolerated_failure_percentage.as_ref(),
                    map.item_reader.as_ref().and_then(|reader| reader.items_max.as_ref()),
                    map.item_batcher.as_ref().and_then(|batcher| batcher.items_max.as_ref()),
                    map.item_batcher.as_ref().and_then(|batcher| batcher.bytes_max.as_ref()),
                ]);
            }
            StateKind::Parallel(_) | StateKind::Pass(_) | StateKind::Succeed => {}
        }
        templates.into_iter().flatten().for_each(|template| template.paths(found));
    }
}

pub(super) fn rule_paths<'r>(rule: &'r Rule, found: &mut Vec<&'r Path>) {
    match rule {
        Rule::And(rules) | Rule::Or(rules) => rules.iter().for_each(|rule| rule_paths(rule, found)),
        Rule::Not(rule) => rule_paths(rule, found),
        Rule::Test { variable, .. } | Rule::Matches { variable, .. } => found.push(variable),
        Rule::Compare { variable, operand, .. } => {
            found.push(variable);
            if let Operand::Path(path) = operand {
                found.push(path);
            }
        }
        Rule::Jsonata(_) | Rule::Fixed(_) => {}
    }
}

impl StateMachine {
    /// The paths whose values control flow reads: rule variables and operands, Map items and limits, waits, timeouts.
    ///
    /// Each once, in document order, as written. A path is relative to the input of the state that reads it, so this is
    /// a hint of which fields a scenario must provide, not an analysis of how they get there. Paths into the context
    /// object are left out.
    pub fn paths_read(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for state in self.all_states() {
            let mut found = Vec::new();
            state.control_paths(&mut found);
            for path in found {
                if *path.root() != Root::Context && !texts.iter().any(|text| text == path.text()) {
                    texts.push(path.text().to_owned());
                }
            }
        }
        texts
    }

    /// Every state, inner ones directly after the state that holds them.
    pub fn all_states(&self) -> Vec<&State> {
        let mut states = Vec::new();
        for state in self.states.values() {
            states.push(state);
            for machine in state.inner_machines() {
                states.extend(machine.all_states());
            }
        }
        states
    }
}
