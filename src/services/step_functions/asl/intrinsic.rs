//! Intrinsic functions: reading `States.Format('{}', $.name)` and evaluating it. The functions themselves are in
//! `functions.rs`.
//!
//! Source: <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>, read 2026-11-23.

use serde_json::Value;

use super::cursor::{Cursor, NESTING_MAX};
use super::errors::EvaluationError;
use super::functions;
use super::path::Path;
use super::scope::Scope;

/// A parsed call of an intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    /// A text in single quotes, its backslashes kept: `\{` must not look like a placeholder to Format.
    Text(String),
    Literal(Value),
    Path(Path),
    Call(Call),
}

/// The functions of the Amazon States Language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `States.Array`
    Array,
    /// `States.ArrayContains`
    ArrayContains,
    /// `States.ArrayGetItem`
    ArrayGetItem,
    /// `States.ArrayLength`
    ArrayLength,
    /// `States.ArrayPartition`
    ArrayPartition,
    /// `States.ArrayRange`
    ArrayRange,
    /// `States.ArrayUnique`
    ArrayUnique,
    /// `States.Base64Decode`
    Base64Decode,
    /// `States.Base64Encode`
    Base64Encode,
    /// `States.Format`
    Format,
    /// `States.Hash`
    Hash,
    /// `States.JsonMerge`
    JsonMerge,
    /// `States.JsonToString`
    JsonToString,
    /// `States.MathAdd`
    MathAdd,
    /// `States.MathRandom`
    MathRandom,
    /// `States.StringSplit`
    StringSplit,
    /// `States.StringToJson`
    StringToJson,
    /// `States.UUID`
    Uuid,
}

/// Name, function, fewest and most arguments.
const FUNCTIONS: [(&str, Function, usize, usize); 18] = [
    ("Array", Function::Array, 0, usize::MAX),
    ("ArrayContains", Function::ArrayContains, 2, 2),
    ("ArrayGetItem", Function::ArrayGetItem, 2, 2),
    ("ArrayLength", Function::ArrayLength, 1, 1),
    ("ArrayPartition", Function::ArrayPartition, 2, 2),
    ("ArrayRange", Function::ArrayRange, 3, 3),
    ("ArrayUnique", Function::ArrayUnique, 1, 1),
    ("Base64Decode", Function::Base64Decode, 1, 1),
    ("Base64Encode", Function::Base64Encode, 1, 1),
    ("Format", Function::Format, 1, usize::MAX),
    ("Hash", Function::Hash, 2, 2),
    ("JsonMerge", Function::JsonMerge, 3, 3),
    ("JsonToString", Function::JsonToString, 1, 1),
    ("MathAdd", Function::MathAdd, 2, 2),
    ("MathRandom", Function::MathRandom, 2, 3),
    ("StringSplit", Function::StringSplit, 2, 2),
    ("StringToJson", Function::StringToJson, 1, 1),
    ("UUID", Function::Uuid, 0, 0),
];

impl Call {
    /// Reads a call; the error is a sentence about the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut cursor = Cursor::new(text);
        let call = Self::read(&mut cursor, 0)?;
        cursor.skip_space();
        if cursor.at_end() { Ok(call) } else { Err(format!("`{}` follows the function call", cursor.rest())) }
    }

    fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        if depth > NESTING_MAX {
            return Err(format!("functions nest at most {NESTING_MAX} deep"));
        }
        cursor.expect("States.")?;
        let name = cursor.take_while(|character| character.is_ascii_alphanumeric());
        let (_, function, fewest, most) = FUNCTIONS
            .into_iter()
            .find(|(known, ..)| *known == name)
            .ok_or_else(|| format!("there is no intrinsic function States.{name}"))?;
        cursor.skip_space();
        let arguments = Self::read_arguments(cursor, depth)?;
        if (fewest..=most).contains(&arguments.len()) {
            return Ok(Self { function, arguments });
        }
        let expected = if fewest == most { fewest.to_string() } else { format!("{fewest} or more") };
        Err(format!("States.{name} takes {expected} arguments but has {}", arguments.len()))
    }

    fn read_arguments(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Argument>, String> {
        cursor.expect("(")?;
        let mut arguments = Vec::new();
        loop {
            cursor.skip_space();
            if arguments.is_empty() && cursor.eat(")") {
                return Ok(arguments);
            }
            arguments.push(Argument::read(cursor, depth)?);
            cursor.skip_space();
            if cursor.eat(")") {
                return Ok(arguments);
            }
            cursor.expect(",")?;
        }
    }

    /// The result; `$` of the arguments' paths is `input`.
    ///
    /// Fails with `States.IntrinsicFailure`, or `States.Runtime` when a path names nothing.
    pub fn evaluate(&self, input: &Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        if self.function == Function::Format {
            return self.format(input, scope);
        }
        let arguments: Vec<Value> =
            self.arguments.iter().map(|argument| argument.evaluate(input, scope)).collect::<Result<_, _>>()?;
        functions::apply(self.function, arguments, scope)
    }

    fn format(&self, input: &Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        let [template, rest @ ..] = self.arguments.as_slice() else {
            return Err(EvaluationError::intrinsic("States.Format needs a template"));
        };
        let template = match template {
            Argument::Text(raw) => Value::String(raw.clone()),
            other => other.evaluate(input, scope)?,
        };
        let Value::String(template) = template else {
            return Err(EvaluationError::intrinsic("the template of States.Format is not a string"));
        };
        let values: Vec<Value> = rest.iter().map(|argument| argument.evaluate(input, scope)).collect::<Result<_, _>>()?;
        functions::format(&template, &values).map(Value::String)
    }

    /// Which function is called.
    pub(super) fn function(&self) -> Function {
        self.function
    }

    /// With which arguments.
    pub(super) fn arguments(&self) -> &[Argument] {
        &self.arguments
    }

    /// The paths among the arguments, nested calls included.
    pub(super) fn paths<'c>(&'c self, found: &mut Vec<&'c Path>) {
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => found.push(path),
                Argument::Call(call) => call.paths(found),
                Argument::Text(_) | Argument::Literal(_) => {}
            }
        }
    }
}

impl Argument {
    fn read(cursor: &mut Cursor<'_>, depth: usize) -> Result<Self, String> {
        for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)] {
            if cursor.eat(word) {
                return Ok(Self::Literal(value));
            }
        }
        match cursor.peek() {
            Some('\'') => cursor.quoted_raw().map(|raw| Self::Text(raw.to_owned())),
            Some('$') => Path::read(cursor).map(Self::Path),
            Some('S') => Call::read(cursor, depth + 1).map(Self::Call),
            Some(character) if character.is_ascii_digit() || "+-".contains(character) => {
                cursor.number().map(|number| Self::Literal(Value::Number(number)))
            }
            _ => Err(format!("`{}` is not an argument: texts take single quotes", cursor.rest())),
        }
    }

    fn evaluate(&self, input: &Value, scope: &Scope<'_>) -> Result<Value, EvaluationError> {
        match self {
            Self::Text(raw) => Ok(Value::String(functions::unescape_text(raw))),
            Self::Literal(value) => Ok(value.clone()),
            Self::Path(path) => path.require(input, scope).map(std::borrow::Cow::into_owned),
            Self::Call(call) => call.evaluate(input, scope),
        }
    }
}
