//! Arithmetic over parameters with units: `6 * charge_timeout + 1 s`, `min(200/s, rate * 50%)`.
//!
//! Operators + - * / and brackets, `min(...)` and `max(...)`. A unit may follow a number (`30 s`) or a slash
//! (`200/s`). Only equal dimensions add; products and quotients multiply and divide the dimensions.

mod parameters;

#[cfg(test)]
mod tests;

use indexmap::IndexMap;

pub use parameters::evaluate_parameters;

use super::diagnostics::{Code, suggest};
use super::tree::{Node, Span, Value};
use crate::units::{Exact, Quantity, UnitError, UnitErrorKind, number_length, too_precise, unknown_unit};

/// Longer texts are refused.
const LENGTH_MAX: usize = 1_000;
/// Brackets, signs and references from parameter to parameter may nest this deep.
const DEPTH_MAX: usize = 32;

/// What a name in an expression stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameter {
    /// Its value.
    Known(Quantity),
    /// It is defined, but its own expression was wrong, which has been reported.
    Broken,
}

/// The parameters of a scenario by name.
pub type Parameters = IndexMap<String, Parameter>;

/// Evaluates an expression. The error names the bytes of `text` that are to blame.
pub fn evaluate(text: &str, parameters: &Parameters) -> Result<Quantity, UnitError> {
    evaluate_with(text, &mut |name| look_up(name, parameters))
}

fn look_up(name: &str, parameters: &Parameters) -> Result<Quantity, UnitError> {
    match parameters.get(name) {
        Some(Parameter::Known(quantity)) => Ok(*quantity),
        Some(Parameter::Broken) => Err(UnitError::new(UnitErrorKind::Reported, "already reported")),
        None => Err(unknown_parameter(name, parameters.keys().map(String::as_str))),
    }
}

fn unknown_parameter<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> UnitError {
    let error = UnitError::new(UnitErrorKind::UnknownName, format!("there is no parameter `{name}`"));
    match suggest(name, names) {
        Some(meant) => error.hint(format!("did you mean `{meant}`?")),
        None => error,
    }
}

/// Evaluates an expression with names looked up by a function.
fn evaluate_with(text: &str, lookup: &mut dyn FnMut(&str) -> Result<Quantity, UnitError>) -> Result<Quantity, UnitError> {
    if text.len() > LENGTH_MAX {
        return Err(syntax(format!("an expression has at most {LENGTH_MAX} characters")));
    }
    let mut parser = Parser { text, position: 0, depth: 0, lookup };
    let quantity = parser.sum()?;
    parser.skip_spaces();
    if parser.position < text.len() {
        return Err(parser.unexpected());
    }
    Ok(quantity)
}

fn syntax(message: impl Into<String>) -> UnitError {
    UnitError::new(UnitErrorKind::Syntax, message)
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
    lookup: &'a mut dyn FnMut(&str) -> Result<Quantity, UnitError>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn skip_spaces(&mut self) {
        self.position = self.text.len() - self.rest().trim_start().len();
    }

    fn accept(&mut self, characters: &[char]) -> Option<char> {
        self.skip_spaces();
        let next = self.rest().chars().next().filter(|next| characters.contains(next))?;
        self.position += next.len_utf8();
        Some(next)
    }

    fn expect(&mut self, character: char) -> Result<(), UnitError> {
        match self.accept(&[character]) {
            Some(_) => Ok(()),
            None => Err(self.unexpected().hint(format!("`{character}` is missing"))),
        }
    }

    fn unexpected(&mut self) -> UnitError {
        self.skip_spaces();
        match self.rest().chars().next() {
            Some(next) => {
                let word = self.name();
                let shown = if word.is_empty() { next.to_string() } else { word.to_owned() };
                let end = self.position + shown.len();
                syntax(format!("`{shown}` was not expected here")).at(self.position, end)
            }
            None => syntax("the expression ends too early").at(0, self.text.len()),
        }
    }

    /// The name at the current position, which is not passed. Empty when there is none.
    fn name(&self) -> &'a str {
        let rest = self.rest();
        let starts = rest.starts_with(|first: char| first.is_alphabetic() || first == '_');
        let length = rest.find(|character: char| !character.is_alphanumeric() && character != '_').unwrap_or(rest.len());
        if starts { &rest[..length] } else { "" }
    }

    fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Result<T, UnitError>) -> Result<T, UnitError> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(syntax(format!("nested more than {DEPTH_MAX} levels deep")));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn sum(&mut self) -> Result<Quantity, UnitError> {
        self.skip_spaces();
        let start = self.position;
        let mut total = self.product()?;
        while let Some(operator) = self.accept(&['+', '-']) {
            let term = self.product()?;
            let result = if operator == '+' { total.plus(term) } else { total.minus(term) };
            total = result.map_err(|error| error.at(start, self.position))?;
        }
        Ok(total)
    }

    fn product(&mut self) -> Result<Quantity, UnitError> {
        self.skip_spaces();
        let start = self.position;
        let mut total = self.factor()?;
        while let Some(operator) = self.accept(&['*', '/']) {
            let per_unit = if operator == '/' { self.unit_after_slash() } else { None };
            let factor = match per_unit {
                Some(unit) => unit,
                None => self.factor()?,
            };
            let result = if operator == '*' { total.times(factor) } else { total.over(factor) };
            total = result.map_err(|error| error.at(start, self.position))?;
        }
        Ok(total)
    }

    /// In `200/s` the unit stands for one of it. `min(` is the function.
    fn unit_after_slash(&mut self) -> Option<Quantity> {
        self.skip_spaces();
        let name = self.name();
        let unit = Quantity::unit(name)?;
        let after = &self.rest()[name.len()..];
        if after.trim_start().starts_with('(') {
            return None;
        }
        self.position += name.len();
        Some(unit)
    }

    fn factor(&mut self) -> Result<Quantity, UnitError> {
        if self.accept(&['-']).is_some() {
            let start = self.position;
            let inner = self.nested(Self::factor)?;
            return Quantity::number(Exact::whole(-1)).times(inner).map_err(|error| error.at(start, self.position));
        }
        if self.accept(&['(']).is_some() {
            let inner = self.nested(Self::sum)?;
            self.expect(')')?;
            return Ok(inner);
        }
        let dollars = self.accept(&['$']).is_some();
        self.skip_spaces();
        let digits = number_length(self.rest());
        if digits > 0 {
            return self.literal(digits, dollars);
        }
        let name = self.name();
        if name.is_empty() || dollars {
            return Err(self.unexpected());
        }
        self.named(name)
    }

    fn literal(&mut self, digits: usize, dollars: bool) -> Result<Quantity, UnitError> {
        let start = self.position;
        let number = &self.rest()[..digits];
        self.position += digits;
        let value = Exact::parse(number).ok_or_else(|| too_precise(number).at(start, start + digits))?;
        self.skip_spaces();
        let unit_start = self.position;
        let name = if self.rest().starts_with('%') { "%" } else { self.name() };
        let name = if name.is_empty() && dollars { "USD" } else { name };
        if name.is_empty() {
            return Ok(Quantity::number(value));
        }
        let unit = Quantity::unit(name).ok_or_else(|| unknown_unit(name).at(unit_start, unit_start + name.len()))?;
        if self.rest().starts_with(name) {
            self.position += name.len();
        }
        let end = self.position;
        let quantity = Quantity::number(value).times(unit).map_err(|error| error.at(start, end))?;
        quantity.check_resolution(&self.text[start..end]).map_err(|error| error.at(start, end))?;
        Ok(quantity)
    }

    fn named(&mut self, name: &str) -> Result<Quantity, UnitError> {
        let start = self.position;
        self.position += name.len();
        if self.accept(&['(']).is_none() {
            return (self.lookup)(name).map_err(|error| error.at(start, start + name.len()));
        }
        let larger = match name {
            "min" => false,
            "max" => true,
            _ => {
                let error = syntax(format!("there is no function `{name}`")).hint("the functions are `min` and `max`");
                return Err(error.at(start, start + name.len()));
            }
        };
        let mut best = self.nested(Self::sum)?;
        while self.accept(&[',']).is_some() {
            let next = self.nested(Self::sum)?;
            best = best.choose(next, larger).map_err(|error| error.at(start, self.position))?;
        }
        self.expect(')')?;
        Ok(best)
    }
}

/// The value of a scalar node as a quantity: text is an expression, a number is itself. `None` for anything else.
pub fn evaluate_node(node: &Node, parameters: &Parameters) -> Option<Result<Quantity, UnitError>> {
    evaluate_node_with(node, &mut |name| look_up(name, parameters))
}

fn evaluate_node_with(
    node: &Node,
    lookup: &mut dyn FnMut(&str) -> Result<Quantity, UnitError>,
) -> Option<Result<Quantity, UnitError>> {
    match &node.value {
        Value::Str(text) => Some(evaluate_with(text, lookup)),
        Value::Int(value) => Some(Ok(Quantity::number(Exact::whole(i128::from(*value))))),
        // The shortest decimal of the float is what was written.
        Value::Float(value) => Some(Quantity::parse(&value.to_string())),
        _ => None,
    }
}

/// The part of a scalar that an error is about, as a place in the file.
pub fn blamed_span(node: &Node, error: &UnitError) -> Span {
    let Some((start, end)) = error.range else {
        return node.span;
    };
    let text_length = node.as_str().map_or(0, str::len);
    let length = (node.span.end - node.span.start) as usize;
    // Only where the text stands in the file as it is: plain, or quoted without escapes.
    let quote = match length.checked_sub(text_length) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return node.span,
    };
    let before = node.as_str().and_then(|text| text.get(..start)).map_or(0, |text| text.chars().count());
    Span {
        start: node.span.start + (start + quote) as u32,
        end: node.span.start + (end.max(start) + quote) as u32,
        column: node.span.column + (before + quote) as u32,
        ..node.span
    }
}

/// The code under which an error in a quantity is reported.
pub fn code_of(kind: UnitErrorKind) -> Code {
    match kind {
        UnitErrorKind::Unit => Code::WrongUnit,
        UnitErrorKind::Range => Code::OutOfRange,
        UnitErrorKind::UnknownName => Code::UnknownParameter,
        UnitErrorKind::Syntax | UnitErrorKind::Reported => Code::Expression,
    }
}
