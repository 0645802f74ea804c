//! How data flows through a state: raw input, `InputPath`, Parameters, the work, `ResultSelector`, `ResultPath` (into the
//! raw input), `OutputPath`.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html>, read 2026-11-23.

use serde_json::{Map as Object, Value, json};

use super::errors::EvaluationError;
use super::model::{Fail, Map, QueryLanguage, State, StateKind, Wait};
use super::path::Path;
use super::scope::Scope;
use super::template::Template;
use super::timestamp::Timestamp;

/// `InputPath` or `OutputPath`.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection {
    /// `null`: an empty object.
    Nothing,
    /// What a path names; `$` if not given.
    Path(Path),
}

impl Default for Selection {
    fn default() -> Self {
        Self::Path(Path::whole_input())
    }
}

impl Selection {
    /// The selected part of a value; `States.Runtime` if it is not there.
    pub fn apply(&self, value: &Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        match self {
            Self::Nothing => Ok(Value::Object(Object::new())),
            Self::Path(path) => path.require(value, scope).map(std::borrow::Cow::into_owned),
        }
    }
}

/// `ResultPath`.
#[derive(Debug, Clone, PartialEq)]
pub enum ResultPath {
    /// `null`: the result is dropped and the raw input goes on.
    Discard,
    /// The place of the result in the raw input; `$`, if not given, replaces all of it.
    Place(Path),
}

impl Default for ResultPath {
    fn default() -> Self {
        Self::Place(Path::whole_input())
    }
}

impl ResultPath {
    /// The raw input with the result in it; `States.ResultPathMatchFailure` if it does not fit.
    pub fn apply(&self, raw_input: &Value, result: Value) -> Result<Value, EvaluationError> {
        match self {
            Self::Discard => Ok(raw_input.clone()),
            Self::Place(path) if path.is_whole_input() => Ok(result),
            Self::Place(path) => path.assign(raw_input.clone(), result),
        }
    }
}

/// When a Wait ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitUntil {
    /// This many seconds after it began.
    Seconds(u64),
    /// At this time; at once if it is past.
    Timestamp(Timestamp),
}

/// What a Fail reports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The error's name.
    pub error: Option<String>,
    /// The error's cause.
    pub cause: Option<String>,
}

impl State {
    /// What the state's work gets: `InputPath`, then Parameters (`Arguments` in `JSONata`).
    ///
    /// For a Map this is what its items are taken from, see [`Map::items_of`]; for a Choice what its rules look at; for a
    /// Wait, Succeed or Fail what its fields look at.
    pub fn input_of(&self, raw_input: &Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        match (&self.parameters, &self.input_path) {
            (None, selection) => selection.apply(raw_input, scope),
            (Some(parameters), Selection::Path(path)) => parameters.evaluate(path.require(raw_input, scope)?.as_ref(), scope),
            (Some(parameters), Selection::Nothing) => parameters.evaluate(&Value::Object(Object::new()), scope),
        }
    }

    /// The result as the state would put it out before `OutputPath`: `ResultSelector`, then `ResultPath` into the raw
    /// input; in `JSONata` the value of `Output`.
    ///
    /// Of a Pass, [`State::pass_result`] is the result; of a Choice, Wait or Succeed its [`State::input_of`].
    pub fn result_of(&self, raw_input: &Value, result: Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        if let Some(output) = &self.output {
            return output.evaluate(raw_input, scope);
        }
        if self.query_language == QueryLanguage::Jsonata || !self.has_result() {
            return Ok(result);
        }
        let selected = self.selected_result(result, scope)?;
        self.result_path.apply(raw_input, selected)
    }

    /// The result after `ResultSelector`, which is what `$` means in Assign.
    pub fn selected_result(&self, result: Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        match &self.result_selector {
            Some(selector) => selector.evaluate(&result, scope),
            None => Ok(result),
        }
    }

    /// The state's output: [`State::result_of`], then `OutputPath`.
    pub fn output_of(&self, raw_input: &Value, result: Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        let whole = self.result_of(raw_input, result, scope)?;
        match &self.output_path {
            Selection::Path(path) if path.is_whole_input() => Ok(whole),
            selection => selection.apply(&whole, scope),
        }
    }

    /// The result of a Pass (its Result, else `input`) and, for the states without a result of their own, `input`.
    pub fn pass_result(&self, input: Value) -> Value {
        match &self.kind {
            StateKind::Pass(pass) => pass.result.clone().unwrap_or(input),
            _ => input,
        }
    }

    /// The variables the state sets when it succeeds, by name.
    ///
    /// `input` is what `$` means in Assign: [`State::selected_result`] of a Task, Parallel or Map, the result of a Pass,
    /// the effective input of any other state. Source: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>,
    /// read 2026-11-23.
    pub fn assigned(&self, input: &Value, scope: &Scope<'_>) -> Result<Object<String, Value>, EvaluationError> {
        assigned(self.assign.as_ref(), input, scope)
    }

    /// Whether the state has a result that `ResultPath` places.
    fn has_result(&self) -> bool {
        matches!(self.kind, StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_) | StateKind::Pass(_))
    }
}

/// The variables an Assign sets, by name; none without one. For rules (`$` is the Choice's input) and catchers (`$` is
/// the error output); for states see [`State::assigned`].
pub fn assigned(template: Option<&Template>, input: &Value, scope: &Scope<'_>) -> Result<Object<String, Value>, EvaluationError> {
    match template.map(|template| template.evaluate(input, scope)).transpose()? {
        Some(Value::Object(variables)) => Ok(variables),
        _ => Ok(Object::new()),
    }
}

impl Map {
    /// The items, given the Map's effective input. An object is a list of its entries, `{"Key": ..., "Value": ...}`.
    ///
    /// Items of an `ItemReader` come from elsewhere and are not looked at here.
    pub fn items_of(&self, input: &Value, scope: &Scope<'_>) -> Result<Vec<Value>, EvaluationError> {
        let items = match &self.items {
            Some(items) => items.evaluate(input, scope)?,
            None => input.clone(),
        };
        match items {
            Value::Array(items) => Ok(items),
            Value::Object(entries) if self.distributed.is_some() => {
                Ok(entries.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect())
            }
            other => Err(EvaluationError::runtime(format!("the items of a Map are a list, not {other}"))),
        }
    }

    /// The input of one item's run: the item, or what `ItemSelector` makes of it.
    ///
    /// `input` is the Map's effective input, which is `$` in the selector; the item is `$$.Map.Item.Value`.
    pub fn item_input(&self, input: &Value, index: usize, item: Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        let Some(selector) = &self.item_selector else {
            return Ok(item);
        };
        let context = item_context(scope.context, index, item);
        selector.evaluate(input, &scope.with_context(&context))
    }

    /// Most runs at a time; 0 for as many as the mode allows.
    pub fn max_concurrency(&self, input: &Value, scope: &Scope<'_>) -> Result<u64, EvaluationError> {
        whole_number(self.max_concurrency.as_ref(), "MaxConcurrency", input, scope).map(|number| number.unwrap_or(0))
    }

    /// Number of items that may fail; None if not limited by number.
    pub fn tolerated_failure_count(&self, input: &Value, scope: &Scope<'_>) -> Result<Option<u64>, EvaluationError> {
        whole_number(self.tolerated_failure_count.as_ref(), "ToleratedFailureCount", input, scope)
    }

    /// Percentage of items that may fail, 0 to 100; None if not limited by percentage.
    pub fn tolerated_failure_percentage(&self, input: &Value, scope: &Scope<'_>) -> Result<Option<f64>, EvaluationError> {
        let Some(template) = &self.tolerated_failure_percentage else {
            return Ok(None);
        };
        let value = template.evaluate(input, scope)?;
        match value.as_f64() {
            Some(percentage) if (0.0..=100.0).contains(&percentage) => Ok(Some(percentage)),
            Some(_) => Err(EvaluationError::runtime("ToleratedFailurePercentage must be between 0 and 100")),
            None => Err(EvaluationError::runtime(format!("ToleratedFailurePercentage is a number, not {value}"))),
        }
    }
}

/// The context object of one item's run: the Map's, with `Map.Item` in it.
pub fn item_context(context: &Value, index: usize, item: Value) -> Value {
    let mut object = context.as_object().cloned().unwrap_or_default();
    object.insert("Map".to_owned(), json!({ "Item": { "Index": index, "Value": item } }));
    Value::Object(object)
}

impl super::model::Task {
    /// Seconds until the task times out; None for the service's default of 99,999,999.
    pub fn timeout_seconds(&self, input: &Value, scope: &Scope<'_>) -> Result<Option<u64>, EvaluationError> {
        whole_number(self.timeout_seconds.as_ref(), "TimeoutSeconds", input, scope)
    }

    /// Longest time between heartbeats in seconds; None if none are expected.
    pub fn heartbeat_seconds(&self, input: &Value, scope: &Scope<'_>) -> Result<Option<u64>, EvaluationError> {
        whole_number(self.heartbeat_seconds.as_ref(), "HeartbeatSeconds", input, scope)
    }
}

impl Wait {
    /// When the wait ends; `input` is the state's effective input.
    pub fn until(&self, input: &Value, scope: &Scope<'_>) -> Result<WaitUntil, EvaluationError> {
        match self {
            Self::Seconds(template) => {
                let seconds = whole_number(Some(template), "Seconds", input, scope)?;
                Ok(WaitUntil::Seconds(seconds.unwrap_or(0)))
            }
            Self::Timestamp(template) => {
                let value = template.evaluate(input, scope)?;
                let timestamp = value.as_str().and_then(Timestamp::parse);
                timestamp
                    .map(WaitUntil::Timestamp)
                    .ok_or_else(|| EvaluationError::runtime(format!("{value} is not a time stamp such as 2026-11-23T20:00:00Z")))
            }
        }
    }
}

impl Fail {
    /// What the state reports; `input` is the state's input.
    pub fn failure(&self, input: &Value, scope: &Scope<'_>) -> Result<Failure, EvaluationError> {
        Ok(Failure {
            error: text_of(self.error.as_ref(), "Error", input, scope)?,
            cause: text_of(self.cause.as_ref(), "Cause", input, scope)?,
        })
    }
}

fn text_of(
    template: Option<&Template>,
    field: &str,
    input: &Value,
    scope: &Scope<'_>,
) -> Result<Option<String>, EvaluationError> {
    match template.map(|template| template.evaluate(input, scope)).transpose()? {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(EvaluationError::runtime(format!("{field} is a text, not {other}"))),
    }
}

/// A whole number that is not negative; `States.Runtime` if it is anything else.
fn whole_number(
    template: Option<&Template>,
    field: &str,
    input: &Value,
    scope: &Scope<'_>,
) -> Result<Option<u64>, EvaluationError> {
    let Some(value) = template.map(|template| template.evaluate(input, scope)).transpose()? else {
        return Ok(None);
    };
    // 5.0 is a whole number too; beyond 2^53 a float is not exact.
    let whole = value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        ((0.0..9_007_199_254_740_992.0).contains(&number) && number == number.trunc()).then_some(number as u64)
    });
    whole.map(Some).ok_or_else(|| EvaluationError::runtime(format!("{field} is a whole number from 0, not {value}")))
}
