//! Payload templates: JSON in which some values are computed.

use serde_json::{Map, Value};

use super::errors::{EvaluationError, QUERY_EVALUATION_ERROR};
use super::intrinsic::Call;
use super::jsonata;
use super::path::Path;
use super::scope::Scope;

/// A value that may have to be computed: a fixed one, a path, a function call or an object or list of such.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// A fixed value.
    Literal(Value),
    /// What a path names.
    Path(Path),
    /// The result of an intrinsic function.
    Call(Call),
    /// A `JSONata` expression, `{% ... %}`, as written. Evaluating it is not modelled yet.
    Jsonata(String),
    /// An object with at least one computed field; keys without their `.$`.
    Object(Vec<(String, Template)>),
    /// A list with at least one computed element.
    Array(Vec<Template>),
}

/// What is wrong in a template, and where within it.
pub(super) type Problems = Vec<(Vec<String>, String)>;

impl Template {
    /// Reads a template of a `JSONPath` state: fields whose names end in `.$` are computed.
    pub(super) fn of_jsonpath(value: &Value, place: &mut Vec<String>, problems: &mut Problems) -> Self {
        match value {
            Value::Object(object) => {
                let fields = object.iter().map(|(key, value)| jsonpath_field(key, value, place, problems));
                Self::object(fields.collect())
            }
            Value::Array(array) => {
                let elements = each_element(array, place, |element, place| Self::of_jsonpath(element, place, problems));
                Self::array(elements)
            }
            other => Self::Literal(other.clone()),
        }
    }

    /// Reads a template of a `JSONata` state: texts `{% ... %}` are computed.
    pub(super) fn of_jsonata(value: &Value, place: &mut Vec<String>, problems: &mut Problems) -> Self {
        match value {
            Value::Object(object) => {
                let fields = object.iter().map(|(key, value)| {
                    place.push(key.clone());
                    let field = Self::of_jsonata(value, place, problems);
                    place.pop();
                    (key.clone(), field)
                });
                Self::object(fields.collect())
            }
            Value::Array(array) => {
                let elements = each_element(array, place, |element, place| Self::of_jsonata(element, place, problems));
                Self::array(elements)
            }
            Value::String(text) => match jsonata::expression(text) {
                Ok(true) => Self::Jsonata(text.clone()),
                Ok(false) => Self::Literal(value.clone()),
                Err(message) => {
                    problems.push((place.clone(), message));
                    Self::Literal(value.clone())
                }
            },
            other => Self::Literal(other.clone()),
        }
    }

    /// Reads what may follow `.$`: a path or an intrinsic function.
    pub(super) fn of_expression(text: &str) -> Result<Self, String> {
        if text.starts_with('$') {
            return Path::parse(text).map(Self::Path);
        }
        if text.starts_with("States.") {
            return Call::parse(text).map(Self::Call);
        }
        Err(format!("`{text}` is neither a path, which starts with `$`, nor an intrinsic function, `States.`"))
    }

    /// An object stays a literal as long as nothing in it is computed, which makes evaluating it one copy.
    fn object(fields: Vec<(String, Self)>) -> Self {
        if fields.iter().any(|(_, field)| !matches!(field, Self::Literal(_))) {
            return Self::Object(fields);
        }
        Self::Literal(Value::Object(fields.into_iter().filter_map(|(key, field)| Some((key, field.literal()?))).collect()))
    }

    fn array(elements: Vec<Self>) -> Self {
        if elements.iter().any(|element| !matches!(element, Self::Literal(_))) {
            return Self::Array(elements);
        }
        Self::Literal(Value::Array(elements.into_iter().filter_map(Self::literal).collect()))
    }

    fn literal(self) -> Option<Value> {
        if let Self::Literal(value) = self { Some(value) } else { None }
    }

    /// The value; `$` is `input`.
    ///
    /// Fails with `States.Runtime` when a path names nothing. The specification calls that
    /// `States.ParameterPathFailure`, but the service reports `States.Runtime` ("The `JSONPath` ... could not be found in
    /// the input"): <https://000047.awsstudygroup.com/3-serviceorchestration/3.3-updatepermission/3.3.3-checkworkflow/>,
    /// read 2026-11-23. Functions fail with `States.IntrinsicFailure`, `JSONata` with `States.QueryEvaluationError`.
    pub fn evaluate(&self, input: &Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        match self {
            Self::Literal(value) => Ok(value.clone()),
            Self::Path(path) => path.require(input, scope).map(std::borrow::Cow::into_owned),
            Self::Call(call) => call.evaluate(input, scope),
            Self::Jsonata(text) => Err(not_modelled(text)),
            Self::Object(fields) => {
                let mut object = Map::new();
                for (key, field) in fields {
                    object.insert(key.clone(), field.evaluate(input, scope)?);
                }
                Ok(Value::Object(object))
            }
            Self::Array(elements) => {
                let values: Result<Vec<Value>, _> = elements.iter().map(|element| element.evaluate(input, scope)).collect();
                values.map(Value::Array)
            }
        }
    }

    /// The fixed value, if nothing in the template is computed.
    pub fn fixed(&self) -> Option<&Value> {
        if let Self::Literal(value) = self { Some(value) } else { None }
    }

    /// Every path in the template.
    pub(super) fn paths<'t>(&'t self, found: &mut Vec<&'t Path>) {
        match self {
            Self::Path(path) => found.push(path),
            Self::Call(call) => call.paths(found),
            Self::Object(fields) => fields.iter().for_each(|(_, field)| field.paths(found)),
            Self::Array(elements) => elements.iter().for_each(|element| element.paths(found)),
            Self::Literal(_) | Self::Jsonata(_) => {}
        }
    }
}

/// The error of everything that would need a `JSONata` interpreter.
pub(super) fn not_modelled(expression: &str) -> EvaluationError {
    EvaluationError::new(QUERY_EVALUATION_ERROR, format!("JSONata is not modelled yet: {expression}"))
}

fn each_element(
    array: &[Value],
    place: &mut Vec<String>,
    mut read: impl FnMut(&Value, &mut Vec<String>) -> Template,
) -> Vec<Template> {
    let mut elements = Vec::with_capacity(array.len());
    for (index, element) in array.iter().enumerate() {
        place.push(index.to_string());
        elements.push(read(element, place));
        place.pop();
    }
    elements
}

fn jsonpath_field(key: &str, value: &Value, place: &mut Vec<String>, problems: &mut Problems) -> (String, Template) {
    place.push(key.to_owned());
    let field = match (key.strip_suffix(".$"), value) {
        (Some(name), Value::String(text)) => {
            let template = Template::of_expression(text).unwrap_or_else(|message| {
                problems.push((place.clone(), message));
                Template::Literal(Value::Null)
            });
            (name.to_owned(), template)
        }
        (Some(name), _) => {
            problems.push((place.clone(), format!("the value of a field that ends in `.$` is a text, not {value}")));
            (name.to_owned(), Template::Literal(Value::Null))
        }
        (None, _) => (key.to_owned(), Template::of_jsonpath(value, place, problems)),
    };
    place.pop();
    field
}
