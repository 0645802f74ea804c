//! A sweep that is written in the scenario.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::axis::{Axis, Sampling, SpaceError, split_values};
use crate::reader::load::{SetError, set_node};
use crate::reader::tree::parse;
use crate::reader::{Code, Context, Diagnostics, Node, Raw, Severity, Span, Spanned, Value, suggest};
use crate::units::Share;

/// The points of a sweep, so that `floodplan sweep shop.yaml` runs it. On the command line `--vary` replaces all of it, `--sample` and
/// `--indifference` their own key. Every point is the scenario with other values for the keys varied; `run`, `compare` and the other commands
/// simulate the scenario as it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SweepConfig {
    /// Keys and the values each is to have: a list, `[1, 2, 5]`, or text as behind `--vary`, `10/s..2000/s:log:12`. A key is a path such as
    /// `services.charge.memory_size` or `parameters.wait`.
    #[schemars(with = "Vary")]
    pub vary: IndexMap<String, Raw>,
    /// How keys are combined: `grid` (default), `zip` (in step), `latin:N` (hypercube) or `sobol:N` (scrambled), N being a count of points.
    pub sample: Option<Spanned<String>>,
    /// Costs per million fulfilled journeys that differ by less than this share count as equal when the cheapest point is chosen; 1 % by
    /// default.
    pub indifference: Option<Share>,
    /// The axes, once they are found to be right.
    #[serde(skip)]
    #[schemars(skip)]
    pub axes: Vec<Axis>,
    /// How they are combined.
    #[serde(skip)]
    #[schemars(skip)]
    pub sampling: Option<Sampling>,
}

/// How `vary` is written: for each key a list, or a text of values or of a range.
struct Vary;

impl JsonSchema for Vary {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Vary".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": { "type": ["array", "string", "number"] } })
    }
}

/// Reads the scenario again with another root, and adds what is wrong with it to the diagnostics.
pub(super) type Trial<'a> = dyn FnMut(Node, &mut Diagnostics) + 'a;

impl SweepConfig {
    /// Makes the axes and checks them: their texts, whether the keys exist, and whether the scenario can be read with each value.
    pub(super) fn check(&mut self, root: &Node, context: &Context, trial: &mut Trial, diagnostics: &mut Diagnostics) {
        let node = root.get("study").and_then(|study| study.get("sweep"));
        let span = node.map_or(root.span, |node| node.span);
        if self.vary.is_empty() {
            diagnostics
                .error(span, Code::MissingKey, "a sweep varies something")
                .hint("for example `vary: { workload.orders.rate: 10/s..2000/s:log:12 }`");
        }
        let keys = node.and_then(|node| node.get("vary"));
        let mut bare = root.clone();
        if let Some(study) = bare.get_mut("study") {
            study.remove("sweep");
        }
        for (path, values) in &self.vary {
            let key = keys.and_then(|keys| keys.entry(path)).map_or(span, |(key, _)| key.span);
            match Axis::new(path, &texts(values)) {
                Ok(axis) => {
                    let alone = Space { axis: &axis, key, values, context };
                    alone.check(&bare, trial, diagnostics);
                    self.axes.push(axis);
                }
                Err(error) => {
                    diagnostics.error(values.span, Code::InvalidValue, error.to_string());
                }
            }
        }
        match self.sample.as_ref().map_or(Ok(Sampling::Grid), |sample| sample.value.parse()) {
            Ok(sampling) => {
                self.sampling = Some(sampling);
                self.combine(sampling, self.sample.as_ref().map_or(span, |sample| sample.span), diagnostics);
            }
            Err(error) => {
                let place = self.sample.as_ref().map_or(span, |sample| sample.span);
                diagnostics.error(place, Code::InvalidValue, error.to_string());
            }
        }
    }

    /// What of the combination can be known before the points are made.
    fn combine(&self, sampling: Sampling, span: Span, diagnostics: &mut Diagnostics) {
        if let Err(error) = sampling.checked() {
            diagnostics.error(span, Code::OutOfRange, error.to_string());
        }
        if matches!(sampling, Sampling::Latin(_) | Sampling::Sobol(_)) {
            return;
        }
        let mut lengths = Vec::new();
        for axis in &self.axes {
            match axis.listed() {
                Ok(values) => lengths.push((axis, values.len())),
                Err(error) => {
                    let values = self.vary.get(&axis.path).map_or(span, |values| values.span);
                    diagnostics.error(values, Code::InvalidValue, error.to_string()).hint("or `sample: latin:N`");
                }
            }
        }
        if sampling == Sampling::Zip
            && let Some((first, of_first)) = lengths.first()
            && let Some((other, of_other)) = lengths.iter().find(|(_, length)| length != of_first)
        {
            let (first, of_first) = (first.path.clone(), *of_first);
            let error = SpaceError::Unequal { first, of_first, other: other.path.clone(), of_other: *of_other };
            diagnostics.error(span, Code::Conflict, error.to_string());
        }
        let count = lengths.iter().map(|(_, length)| *length).fold(1, usize::saturating_mul);
        if sampling == Sampling::Grid && count > super::axis::POINTS_MAX {
            diagnostics.error(span, Code::OutOfRange, SpaceError::TooMany { count }.to_string());
        }
    }
}

/// The values as texts: a text is split as that of `--vary` is.
fn texts(values: &Node) -> Vec<String> {
    match &values.value {
        Value::Seq(elements) => elements.iter().map(ToString::to_string).collect(),
        Value::Str(text) => split_values(text),
        _ => vec![values.to_string()],
    }
}

/// One axis and where it is written.
struct Space<'a> {
    axis: &'a Axis,
    key: Span,
    values: &'a Node,
    context: &'a Context,
}

impl Space<'_> {
    /// Tries each value by itself.
    fn check(&self, root: &Node, trial: &mut Trial, diagnostics: &mut Diagnostics) {
        let path = &self.axis.path;
        if path == "study.sweep" || path.starts_with("study.sweep.") {
            diagnostics.error(self.key, Code::Conflict, "a sweep cannot vary itself");
            return;
        }
        if let Some(name) = path.strip_prefix("parameters.") {
            self.check_parameter(name, diagnostics);
            return;
        }
        for (index, text) in self.axis.examples().iter().enumerate() {
            let span = self.values.elements().get(index).unwrap_or(self.values).span;
            let mut changed = root.clone();
            let mut found = Diagnostics::new();
            // Errors of syntax point into the text of the value alone.
            let value = parse(text, span.file, &mut found).filter(|_| !found.has_errors());
            let Some(value) = value.map(|value| placed(value, span)) else {
                diagnostics.error(span, Code::InvalidValue, format!("the value `{text}` of `{path}` cannot be read"));
                continue;
            };
            match set_node(&mut changed, path, value, self.key) {
                Ok(()) => trial(changed, &mut found),
                Err(error) => {
                    self.refuse(&error, diagnostics);
                    return;
                }
            }
            for item in found.sorted().into_iter().filter(|item| item.severity == Severity::Error) {
                if diagnostics.sorted().iter().any(|known| known.span == item.span && known.message.ends_with(&item.message)) {
                    continue;
                }
                let mut told = Diagnostics::new();
                let error = told.error(item.span, item.code, format!("with `{path}` at `{text}`: {}", item.message));
                error.hints.clone_from(&item.hints);
                diagnostics.extend(told);
            }
        }
    }

    fn check_parameter(&self, name: &str, diagnostics: &mut Diagnostics) {
        let names: Vec<&str> = self.context.parameters.keys().map(String::as_str).collect();
        if names.contains(&name) {
            return;
        }
        let hint = match suggest(name, names.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None if names.is_empty() => "the scenario has no `parameters`".to_owned(),
            None => format!("known: {}", names.join(", ")),
        };
        diagnostics.error(self.key, Code::UnknownReference, format!("there is no parameter `{name}`")).hint(hint);
    }

    fn refuse(&self, error: &SetError, diagnostics: &mut Diagnostics) {
        let start = self.key.start + error.range.start as u32;
        let before = self.axis.path.get(..error.range.start).map_or(0, |text| text.chars().count()) as u32;
        let span = Span { start, end: self.key.start + error.range.end as u32, column: self.key.column + before, ..self.key };
        let told =
            diagnostics.error(span, Code::UnknownReference, format!("cannot vary `{}`: {}", self.axis.path, error.message));
        if let Some(hint) = &error.hint {
            told.hint(hint.clone());
        }
    }
}

/// The value with all of it at one place.
fn placed(mut value: Node, span: Span) -> Node {
    value.span = span;
    match &mut value.value {
        Value::Seq(elements) => elements.iter_mut().for_each(|element| *element = placed(std::mem::take(element), span)),
        Value::Map(entries) => entries
            .iter_mut()
            .for_each(|(key, inner)| (*key, *inner) = (placed(std::mem::take(key), span), placed(std::mem::take(inner), span))),
        _ => {}
    }
    value
}
