//! A tiny interpreter for replaying recorded executions: no time, no tasks, branches one after the other.

use serde_json::{Map as Object, Value, json};

use super::super::errors::{BRANCH_FAILED, RUNTIME};
use super::super::{EvaluationError, Map, Scope, State, StateKind, StateMachine, item_context, matching_catcher};

/// How a replay ended.
#[derive(Debug, PartialEq)]
pub enum Ending {
    Output(Value),
    Failed(Option<String>, Option<String>),
}

/// What a replay did.
pub struct Replay {
    pub entered: Vec<String>,
    pub ending: Ending,
}

struct Interpreter {
    entered: Vec<String>,
    variables: Object<String, Value>,
}

/// Runs a machine that has no tasks.
pub fn replay(machine: &StateMachine, input: &Value) -> Replay {
    let context = json!({
        "Execution": { "Id": "id", "Input": input, "Name": "execution" },
        "StateMachine": { "Id": "id", "Name": "machine" },
    });
    let mut interpreter = Interpreter { entered: Vec::new(), variables: Object::new() };
    let ending = interpreter.run(machine, input.clone(), &context);
    Replay { entered: interpreter.entered, ending }
}

/// Either the output and the next state, or the error and its cause.
type Step = Result<(Value, Option<String>), (Option<String>, Option<String>)>;

impl Interpreter {
    fn run(&mut self, machine: &StateMachine, input: Value, context: &Value) -> Ending {
        let mut name = machine.start_at.clone();
        let mut value = input;
        for _ in 0..1_000 {
            let state = &machine.states[&name];
            self.entered.push(name.clone());
            match self.step(state, &value, context) {
                Ok((output, Some(next))) => (value, name) = (output, next),
                Ok((output, None)) => return Ending::Output(output),
                Err((error, cause)) => return Ending::Failed(error, cause),
            }
        }
        panic!("the replay does not end");
    }

    fn step(&mut self, state: &State, raw_input: &Value, context: &Value) -> Step {
        let mut context = context.clone();
        context["State"] = json!({ "Name": state.name });
        let step = self.work(state, raw_input, &context);
        let Err((error, cause)) = step else { return step };
        let error_name = error.clone().unwrap_or_default();
        let Some(position) = matching_catcher(&state.catch, &error_name) else {
            return Err((error, cause));
        };
        let variables = self.variables.clone();
        let scope = Scope::new(&context, &variables, 1);
        let catcher = &state.catch[position];
        let output = catcher.output_of(raw_input, &error_name, &cause.unwrap_or_default(), &scope).map_err(failure)?;
        Ok((output, Some(catcher.next.clone())))
    }

    fn work(&mut self, state: &State, raw_input: &Value, context: &Value) -> Step {
        let variables = self.variables.clone();
        let scope = Scope::new(context, &variables, 1);
        let input = state.input_of(raw_input, &scope).map_err(failure)?;
        let mut next = state.next.clone();
        let result = match &state.kind {
            StateKind::Pass(_) | StateKind::Succeed => state.pass_result(input.clone()),
            StateKind::Wait(wait) => {
                wait.until(&input, &scope).map_err(failure)?;
                input.clone()
            }
            StateKind::Choice(choice) => {
                next = Some(choice.choose(&input, &scope).map_err(failure)?.0.to_owned());
                input.clone()
            }
            StateKind::Fail(fail) => {
                let reported = fail.failure(&input, &scope).map_err(failure)?;
                return Err((reported.error, reported.cause));
            }
            StateKind::Parallel(parallel) => {
                let branches = parallel.branches.iter().map(|branch| self.run(branch, input.clone(), context));
                list(branches.collect())?
            }
            StateKind::Map(map) => self.map(map, &input, &scope, context)?,
            StateKind::Task(_) => return Err((Some(RUNTIME.to_owned()), Some("tasks are not replayed".to_owned()))),
        };
        let selected = state.selected_result(result.clone(), &scope).map_err(failure)?;
        let assigned = state.assigned(&selected, &scope).map_err(failure)?;
        self.variables.extend(assigned);
        let output = state.output_of(raw_input, result, &scope).map_err(failure)?;
        Ok((output, next))
    }

    fn map(
        &mut self,
        map: &Map,
        input: &Value,
        scope: &Scope<'_>,
        context: &Value,
    ) -> Result<Value, (Option<String>, Option<String>)> {
        map.max_concurrency(input, scope).map_err(failure)?;
        map.tolerated_failure_count(input, scope).map_err(failure)?;
        map.tolerated_failure_percentage(input, scope).map_err(failure)?;
        let mut endings = Vec::new();
        for (index, item) in map.items_of(input, scope).map_err(failure)?.into_iter().enumerate() {
            let item_input = map.item_input(input, index, item.clone(), scope).map_err(failure)?;
            let entered_before = self.entered.len();
            let ending = self.run(&map.item_processor, item_input, &item_context(context, index, item));
            if map.distributed.is_some() {
                // The children of a distributed Map have histories of their own.
                self.entered.truncate(entered_before);
            }
            let failed = matches!(ending, Ending::Failed(..));
            endings.push(ending);
            if failed {
                break;
            }
        }
        list(endings)
    }
}

fn list(endings: Vec<Ending>) -> Result<Value, (Option<String>, Option<String>)> {
    let outputs: Result<Vec<Value>, _> = endings
        .into_iter()
        .map(|ending| match ending {
            Ending::Output(output) => Ok(output),
            Ending::Failed(error, cause) => Err((error.or(Some(BRANCH_FAILED.to_owned())), cause)),
        })
        .collect();
    outputs.map(Value::Array)
}

fn failure(error: EvaluationError) -> (Option<String>, Option<String>) {
    (Some(error.name.to_owned()), Some(error.cause))
}
