//! The data operators themselves: pure functions from contents to contents.

use std::borrow::Cow;

use serde_json::{Map as Object, Value, json};

use crate::fabric::steps::event_envelope;

use super::super::asl::errors::{BRANCH_FAILED, NO_CHOICE_MATCHED};
use super::super::asl::{self, EvaluationError, Scope, State, StateKind, WaitUntil, item_context};
use super::super::integration::Called;
use super::carrier::View;

/// What is computed for a state.
#[derive(Clone, Debug)]
pub enum Kind {
    /// The request of a task.
    Request(Called),
    /// The output of a task, from what was answered.
    Reply(Called),
    /// The output of a state without a result from elsewhere.
    Output,
    /// The input of the branches of a Parallel.
    Branches,
    /// The output of a Parallel or Map, from the list of its children's outputs.
    Gather,
    /// What the state gets that catches an error; the error's name is the second value.
    Caught(usize),
}

/// What an expression can see besides the input.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    pub context: &'a Value,
    /// Feeds the random functions.
    pub seed: u64,
}

impl Sight<'_> {
    fn scope<'b>(&'b self, view: &'b View<'b>) -> Scope<'b> {
        Scope::new(self.context, view.variables, self.seed)
    }

    /// The context object of a state inside of a Map.
    pub fn inside(context: Value, item: Option<&Value>) -> Value {
        match item {
            Some(item) => {
                let index = item.get("Index").and_then(Value::as_u64).unwrap_or(0) as usize;
                item_context(&context, index, item.get("Value").cloned().unwrap_or_default())
            }
            None => context,
        }
    }
}

/// A new content; `second` is what was answered, gathered or went wrong.
pub fn content(
    state: &State,
    kind: &Kind,
    view: &View<'_>,
    second: Cow<'_, Value>,
    flag: bool,
    sight: Sight<'_>,
) -> Result<Value, EvaluationError> {
    let scope = sight.scope(view);
    match kind {
        Kind::Request(called) => state.input_of(view.data, &scope).map(|input| called.request(&input)),
        Kind::Reply(called) => left(state, view, called.result(&second, flag), &scope),
        Kind::Output => {
            let input = state.input_of(view.data, &scope)?;
            left(state, view, state.pass_result(input), &scope)
        }
        Kind::Branches => state.input_of(view.data, &scope).map(|input| view.with(input)),
        Kind::Gather => left(state, view, second.into_owned(), &scope),
        Kind::Caught(catcher) => {
            let catcher = &state.catch[*catcher];
            let error = second.as_str().unwrap_or_default();
            let output = catcher.output_of(view.data, error, "", &scope)?;
            let assigned = asl::assigned(catcher.assign.as_ref(), &asl::error_output(error, ""), &scope)?;
            Ok(view.with_variables(output, assigned))
        }
    }
}

/// What the state hands on, given its result: `ResultSelector`, `ResultPath`, `OutputPath`, and the variables it sets.
fn left(state: &State, view: &View<'_>, result: Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
    if !view.carried {
        return state.output_of(view.data, result, scope);
    }
    let output = state.output_of(view.data, result.clone(), scope)?;
    let placed = matches!(state.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_));
    let input = if placed { state.selected_result(result, scope)? } else { result };
    Ok(view.with_variables(output, state.assigned(&input, scope)?))
}

/// Which rule of a Choice holds (the default comes after the last), and what the Choice hands on; a `plain` one hands on what
/// it got.
pub fn choice(state: &State, view: &View<'_>, sight: Sight<'_>, plain: bool) -> Result<(usize, Option<Value>), EvaluationError> {
    let StateKind::Choice(choice) = &state.kind else {
        return Err(EvaluationError::new(NO_CHOICE_MATCHED, "not a Choice"));
    };
    let scope = sight.scope(view);
    let input = if plain { Cow::Borrowed(view.data) } else { Cow::Owned(state.input_of(view.data, &scope)?) };
    let (_, rule) = choice.choose(&input, &scope)?;
    let place = rule.and_then(|rule| choice.rules.iter().position(|known| std::ptr::eq(known, rule)));
    let place = place.unwrap_or(choice.rules.len());
    if plain {
        return Ok((place, None));
    }
    let output = state.output_of(view.data, input.clone().into_owned(), &scope)?;
    let assigned = match rule {
        Some(rule) => asl::assigned(rule.assign.as_ref(), &input, &scope)?,
        None => state.assigned(&input, &scope)?,
    };
    Ok((place, Some(view.with_variables(output, assigned))))
}

/// The inputs of the iterations of a Map.
pub fn items(state: &State, view: &View<'_>, sight: Sight<'_>) -> Result<Vec<Value>, EvaluationError> {
    let StateKind::Map(map) = &state.kind else { return Ok(Vec::new()) };
    let scope = sight.scope(view);
    let input = state.input_of(view.data, &scope)?;
    let items = map.items_of(&input, &scope)?;
    let inputs = items.into_iter().enumerate().map(|(index, item)| {
        let made = map.item_input(&input, index, item.clone(), &scope)?;
        Ok(view.with_item(made, index, item))
    });
    inputs.collect()
}

/// When a Wait ends.
pub fn wait(state: &State, view: &View<'_>, sight: Sight<'_>) -> Result<WaitUntil, EvaluationError> {
    let StateKind::Wait(wait) = &state.kind else { return Ok(WaitUntil::Seconds(0)) };
    let scope = sight.scope(view);
    let input = state.input_of(view.data, &scope)?;
    wait.until(&input, &scope)
}

/// The error that a Fail reports; without a name it is that of a failed branch, or nothing in the outermost machine.
pub fn failure(state: &State, view: &View<'_>, sight: Sight<'_>) -> Result<String, EvaluationError> {
    let StateKind::Fail(fail) = &state.kind else { return Ok(String::new()) };
    let failure = fail.failure(view.data, &sight.scope(view))?;
    Ok(failure.error.unwrap_or_else(|| BRANCH_FAILED.to_owned()))
}

impl Called {
    /// The parameter whose value is sent, where parameters wrap it.
    pub fn body(self) -> Option<&'static str> {
        match self {
            Called::Invoke | Called::InvokeEvent => Some("Payload"),
            Called::Message => Some("MessageBody"),
            Called::Topic => Some("Message"),
            Called::Execution | Called::SyncExecution => Some("Input"),
            Called::Http => Some("RequestBody"),
            Called::Function | Called::Other | Called::Read | Called::Write | Called::Event => None,
        }
    }

    /// What is sent, out of the task's effective input.
    fn request(self, input: &Value) -> Value {
        if let Some(body) = self.body() {
            return input.get(body).map_or_else(empty, decoded);
        }
        match self {
            Called::Event => {
                let entry = input.get("Entries").and_then(|entries| entries.get(0)).cloned().unwrap_or_default();
                let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
                event_envelope(&text("Source"), &text("DetailType"), entry.get("Detail").map_or_else(empty, decoded))
            }
            Called::Read | Called::Write => empty(),
            _ => input.clone(),
        }
    }

    /// The task's result, out of what was answered: the fields that the service's answer has, with fixed identifiers.
    fn result(self, answer: &Value, flag: bool) -> Value {
        match self {
            Called::Function | Called::Other => answer.clone(),
            Called::Invoke => json!({ "ExecutedVersion": "$LATEST", "Payload": answer, "StatusCode": 200 }),
            Called::InvokeEvent => json!({ "StatusCode": 202 }),
            Called::Message => json!({ "MD5OfMessageBody": "", "MessageId": "message" }),
            Called::Topic => json!({ "MessageId": "message" }),
            Called::Event => json!({ "Entries": [{ "EventId": "event" }], "FailedEntryCount": 0 }),
            Called::Write => empty(),
            Called::Read if flag => json!({ "Item": answer }),
            Called::Read => empty(),
            Called::Execution => json!({ "ExecutionArn": "execution", "StartDate": super::EPOCH_TEXT }),
            Called::SyncExecution => {
                json!({ "ExecutionArn": "execution", "Output": answer.to_string(), "Status": "SUCCEEDED" })
            }
            Called::Http => json!({ "ResponseBody": answer, "StatusCode": 200, "StatusText": "OK" }),
        }
    }
}

fn empty() -> Value {
    Value::Object(Object::new())
}

/// Text that holds JSON is what it holds: bodies are passed as text, and rules downstream read their fields.
fn decoded(value: &Value) -> Value {
    value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}
