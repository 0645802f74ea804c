//! What is read, and the exact words for what cannot be read.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde::Deserialize;

use super::{Context, OneOrMany, Raw, Spanned, decode};
use crate::reader::diagnostics::Diagnostics;
use crate::reader::expression::evaluate_parameters;
use crate::reader::sources::Sources;
use crate::reader::tree::{Node, Span, Value, parse};
use crate::units::{Bytes, Count, Duration, Money, Number, Rate, Share};

#[derive(Debug, Deserialize, PartialEq, Default)]
#[serde(deny_unknown_fields)]
struct Function {
    timeout: Duration,
    #[serde(default)]
    memory_size: Option<Bytes>,
    #[serde(default)]
    rate: Option<Rate>,
    #[serde(default)]
    errors: Option<Share>,
    #[serde(default)]
    batch_size: Option<u16>,
    #[serde(default)]
    traced: bool,
    #[serde(default)]
    runtime: Option<Spanned<String>>,
    #[serde(default)]
    targets: OneOrMany<String>,
    #[serde(default)]
    event_pattern: Option<Raw>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(default)]
    redrive: Option<Redrive>,
    #[serde(default)]
    price: Option<Money>,
    #[serde(default)]
    environments: Option<Count>,
    #[serde(default)]
    factor: Option<Number>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Redrive {
    dead_letter: String,
    max_receive_count: u32,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Step {
    Work(Work),
    Call { service: String },
    Commit,
    Sleep(Duration),
    ForEach(ForEach),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Work {
    p50: Duration,
    p99: Duration,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct ForEach {
    for_each: String,
    #[serde(default)]
    concurrency: Option<u32>,
    steps: Vec<Step>,
}

type Services = IndexMap<String, Function>;

fn read<T: serde::de::DeserializeOwned>(text: &str) -> (Option<T>, String) {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    let mut diagnostics = Diagnostics::new();
    let value = parse(text, file, &mut diagnostics).and_then(|mut node| {
        let parameters = node
            .remove("parameters")
            .map(|(_, map)| map)
            .unwrap_or_default();
        let context = Context {
            parameters: evaluate_parameters(&parameters, &mut diagnostics),
        };
        decode::<T>(&node, &context, &mut diagnostics)
    });
    (value, diagnostics.render(&sources, false))
}


fn dump(text: &str) {
    let (_, messages) = read::<Services>(text);
    println!("{messages}=====");
}

#[test]
fn dump_all() {
    for case in std::fs::read_to_string("/tmp/w/reader/cases.txt").unwrap().split("=====\n") {
        dump(case);
    }
}
