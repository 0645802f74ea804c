//! Payload fields drawn for each journey.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::fabric::{ContentId, Context, Luck};
use crate::kernel::Draw;
use crate::reader::Either;
use crate::units::Share;

use super::config::{Field, FieldSpec, PayloadConfig};

/// A field, and what is wrong with it.
pub type Problem = (String, String);

/// Compiled fields.
#[derive(Clone, Debug, Default)]
pub struct PayloadPlan {
    pub size: u32,
    fields: Vec<(String, Generator)>,
    constant: Option<ContentId>,
    known: Known,
}

/// Contents that were made before, by what was drawn for each field in turn: a tree whose branches are drawn values.
#[derive(Clone, Debug, Default)]
struct Known {
    /// From a node and a drawn value to the next node, and from the last node to the content.
    branches: FxHashMap<(u32, u64), u32>,
    /// What is drawn at the moment.
    drawn: Vec<u64>,
}

impl Known {
    fn find(&self) -> Option<ContentId> {
        let mut node = 0;
        for drawn in &self.drawn {
            node = *self.branches.get(&(node, *drawn))?;
        }
        Some(ContentId(node))
    }

    fn add(&mut self, content: ContentId) {
        let mut node = 0;
        for (place, drawn) in self.drawn.iter().enumerate() {
            let fresh = self.branches.len() as u32 + 1;
            let next = if place + 1 == self.drawn.len() { content.0 } else { fresh };
            node = *self.branches.entry((node, *drawn)).or_insert(next);
        }
    }
}

#[derive(Clone, Debug)]
enum Generator {
    Constant(Value),
    Choose(Vec<(f64, Value)>),
    Integer { from: i64, to: i64 },
    Number { median: f64, sigma: f64 },
    List { from: i64, to: i64, item: Vec<(String, Generator)> },
}

/// Bytes of a request when the scenario does not say.
const SIZE: u64 = 1024;
/// 99th percentile of the standard normal distribution.
const Z99: f64 = 2.326_347_874_040_841;

impl PayloadPlan {
    /// Compiles the fields; the answer lists what is wrong.
    pub fn compile(config: &PayloadConfig) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let fields = compile_fields(&config.fields, &mut problems);
        if problems.is_empty() {
            let size = config.size.map_or(SIZE, |size| size.0).min(u64::from(u32::MAX)) as u32;
            Ok(Self { size, fields, constant: None, known: Known::default() })
        } else {
            Err(problems)
        }
    }

    /// The content of a journey's request.
    pub fn draw(&mut self, context: &mut Context, journey: u64) -> ContentId {
        if let Some(content) = self.constant {
            return content;
        }
        let repeats = self.draw_values(context, journey);
        if let Some(content) = self.known.find().filter(|_| repeats) {
            return content;
        }
        let mut at = 0;
        let value = object(&self.fields, &mut |step| {
            at += 1;
            context.draw(Luck::Field, journey, at << 32 | step)
        });
        let content = context.world.contents.intern(value);
        if repeats {
            self.known.add(content);
        }
        if self.fields.iter().all(|(_, field)| matches!(field, Generator::Constant(_))) {
            self.constant = Some(content);
        }
        content
    }

    /// Draws what decides the fields, without making them; lists are too varied for that.
    fn draw_values(&mut self, context: &Context, journey: u64) -> bool {
        self.known.drawn.clear();
        let mut at = 0;
        let mut draw = || {
            at += 1;
            context.draw(Luck::Field, journey, at << 32)
        };
        for (_, generator) in &self.fields {
            self.known.drawn.push(match generator {
                Generator::Constant(_) => 0,
                Generator::Choose(steps) => chosen(steps, draw()) as u64,
                Generator::Integer { from, to } => between(*from, *to, draw()) as u64,
                Generator::Number { median, sigma } => number(*median, *sigma, draw()).to_bits(),
                Generator::List { .. } => return false,
            });
        }
        true
    }
}

fn compile_fields(fields: &indexmap::IndexMap<String, FieldSpec>, problems: &mut Vec<Problem>) -> Vec<(String, Generator)> {
    fields
        .iter()
        .map(|(name, spec)| {
            let generator = match &spec.value {
                Either::Scalar(value) => Generator::Constant(value.clone()),
                Either::Map(field) => compile_field(name, field, problems),
            };
            (name.clone(), generator)
        })
        .collect()
}

fn compile_field(name: &str, field: &Field, problems: &mut Vec<Problem>) -> Generator {
    let mut made = Vec::new();
    let mut told = Vec::new();
    if let Some(choose) = &field.choose {
        let total: f64 = choose.values().map(|share| share.0).sum();
        if (total - 1.0).abs() > 1e-9 {
            told.push(format!("the shares of field `{name}` add up to {}, not 100%", Share((total * 1e9).round() / 1e9)));
        }
        let mut sum = 0.0;
        let steps = choose.iter().map(|(value, share)| {
            sum += share.0;
            (sum, scalar(value))
        });
        made.push(Generator::Choose(steps.collect()));
    }
    if let Some(range) = &field.integer {
        if range.from > range.to || range.to.abs_diff(range.from) > 100_000 {
            told.push(format!("field `{name}` needs `from` <= `to`, at most 100,000 apart"));
        }
        made.push(Generator::Integer { from: range.from, to: range.to });
    }
    if let Some(number) = &field.number {
        let (median, p99) = (number.p50.0, number.p99.0);
        if !(median > 0.0 && p99 >= median) {
            told.push(format!("field `{name}` needs 0 < p50 <= p99"));
        }
        made.push(Generator::Number { median, sigma: libm::log((p99 / median).max(1.0)) / Z99 });
    }
    if let Some(list) = &field.list {
        if list.length.from < 0 || list.length.from > list.length.to || list.length.to > 1_000 {
            told.push(format!("the length of list `{name}` must lie between 0 and 1,000, `from` <= `to`"));
        }
        let mut inner = Vec::new();
        let item = compile_fields(&list.item, &mut inner);
        told.extend(inner.into_iter().map(|(_, message)| message));
        made.push(Generator::List { from: list.length.from, to: list.length.to, item });
    }
    if made.len() != 1 {
        told.push(format!("field `{name}` needs exactly one of `choose`, `integer`, `number` and `list`"));
    }
    problems.extend(told.into_iter().map(|message| (name.to_string(), message)));
    made.pop().unwrap_or(Generator::Constant(Value::Null))
}

/// Choices are written as keys; those that read as numbers or truth values are.
fn scalar(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "null" => Value::Null,
        other => other.parse::<serde_json::Number>().map_or_else(|_| Value::String(other.to_string()), Value::Number),
    }
}

fn object(fields: &[(String, Generator)], draw: &mut impl FnMut(u64) -> Draw) -> Value {
    let mut map = Map::new();
    for (name, generator) in fields {
        let value = generate(generator, draw);
        map.insert(name.clone(), value);
    }
    Value::Object(map)
}

fn generate(generator: &Generator, draw: &mut impl FnMut(u64) -> Draw) -> Value {
    match generator {
        Generator::Constant(value) => value.clone(),
        Generator::Choose(steps) => steps.get(chosen(steps, draw(0))).map_or(Value::Null, |(_, value)| value.clone()),
        Generator::Integer { from, to } => Value::from(between(*from, *to, draw(0))),
        Generator::Number { median, sigma } => Value::from(without_noise(number(*median, *sigma, draw(0)))),
        Generator::List { from, to, item } => {
            let length = between(*from, *to, draw(0));
            Value::Array((0..length).map(|_| object(item, draw)).collect())
        }
    }
}

/// Which of the choices a draw hits.
fn chosen(steps: &[(f64, Value)], draw: Draw) -> usize {
    let point = draw.unit();
    steps.iter().position(|(sum, _)| point < *sum).unwrap_or(steps.len().saturating_sub(1))
}

fn between(from: i64, to: i64, draw: Draw) -> i64 {
    from + draw.below((to - from + 1) as u64) as i64
}

/// A lognormal number, rounded to three significant digits.
fn number(median: f64, sigma: f64, draw: Draw) -> f64 {
    let number = median * libm::exp(sigma * crate::maths::normal_quantile(draw.unit()));
    if number <= 0.0 {
        return 0.0;
    }
    let scale = libm::pow(10.0, libm::floor(libm::log10(number)) - 2.0);
    libm::round(number / scale) * scale
}

/// Decimal noise such as 0.30000000000000004 would make equal numbers different contents.
fn without_noise(number: f64) -> f64 {
    format!("{number:.6}").parse().unwrap_or(number)
}
