//! The `parameters` of a scenario, which may refer to one another in any order.

use super::{DEPTH_MAX, Parameter, Parameters, blamed_span, code_of, evaluate_node_with, syntax, unknown_parameter};
use crate::reader::diagnostics::{Code, Diagnostics};
use crate::reader::tree::{Node, Span, Value};
use crate::units::{Quantity, UnitError, UnitErrorKind};

/// Evaluates a map of parameters, which may refer to one another in any order. Mistakes and cycles go to
/// `diagnostics`; the parameter is then [`Parameter::Broken`].
pub fn evaluate_parameters(map: &Node, diagnostics: &mut Diagnostics) -> Parameters {
    if !matches!(map.value, Value::Map(_) | Value::Null) {
        let message = format!("`parameters` must be a map, found {}", map.describe());
        diagnostics.error(map.span, Code::WrongType, message);
    }
    let mut evaluation = Evaluation { map, done: Parameters::new(), open: Vec::new(), diagnostics };
    let mut ordered = Parameters::new();
    for (key, _) in map.entries() {
        let name = key.to_string();
        evaluation.check_name(&name, key.span);
        let parameter = evaluation.parameter(&name);
        ordered.insert(name, parameter);
    }
    ordered
}

struct Evaluation<'a> {
    map: &'a Node,
    done: Parameters,
    open: Vec<String>,
    diagnostics: &'a mut Diagnostics,
}

impl Evaluation<'_> {
    fn check_name(&mut self, name: &str, span: Span) {
        let word = name.chars().all(|character| character.is_alphanumeric() || character == '_')
            && !name.starts_with(|first: char| first.is_ascii_digit());
        if !word {
            self.diagnostics
                .error(span, Code::Expression, format!("`{name}` cannot name a parameter"))
                .hint("use letters, digits and underscores, such as `charge_timeout`");
        } else if Quantity::unit(name).is_some() || matches!(name, "min" | "max") {
            let message = format!("`{name}` is a unit or a function and cannot name a parameter");
            self.diagnostics.error(span, Code::Expression, message);
        }
    }

    fn parameter(&mut self, name: &str) -> Parameter {
        if let Some(done) = self.done.get(name) {
            return *done;
        }
        let map = self.map;
        let Some((_, node)) = map.entries().iter().find(|(key, _)| key.to_string() == name) else {
            return Parameter::Broken;
        };
        self.open.push(name.to_owned());
        let result = evaluate_node_with(node, &mut |other| self.reference(other));
        self.open.pop();
        let parameter = match result {
            Some(Ok(quantity)) => Parameter::Known(quantity),
            Some(Err(error)) => {
                report(node, &error, self.diagnostics);
                Parameter::Broken
            }
            None => {
                let message = format!("a parameter is a quantity or an expression, found {}", node.describe());
                self.diagnostics.error(node.span, Code::WrongType, message);
                Parameter::Broken
            }
        };
        self.done.insert(name.to_owned(), parameter);
        parameter
    }

    fn reference(&mut self, name: &str) -> Result<Quantity, UnitError> {
        if let Some(position) = self.open.iter().position(|open| open == name) {
            let cycle = [&self.open[position..], &[name.to_owned()]].concat().join(" -> ");
            return Err(syntax(format!("the parameters refer to one another in a circle: {cycle}")));
        }
        if self.open.len() > DEPTH_MAX {
            return Err(syntax(format!("parameters refer to one another more than {DEPTH_MAX} deep")));
        }
        if !self.map.entries().iter().any(|(key, _)| key.to_string() == name) {
            let names: Vec<String> = self.map.entries().iter().map(|(key, _)| key.to_string()).collect();
            return Err(unknown_parameter(name, names.iter().map(String::as_str)));
        }
        match self.parameter(name) {
            Parameter::Known(quantity) => Ok(quantity),
            Parameter::Broken => Err(UnitError::new(UnitErrorKind::Reported, "already reported")),
        }
    }
}

fn report(node: &Node, error: &UnitError, diagnostics: &mut Diagnostics) {
    if error.kind == UnitErrorKind::Reported {
        return;
    }
    let diagnostic = diagnostics.error(blamed_span(node, error), code_of(error.kind), error.message.as_str());
    if let Some(hint) = &error.hint {
        diagnostic.hint(hint.as_str());
    }
}
