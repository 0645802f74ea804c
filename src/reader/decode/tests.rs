//! What is read, and the exact words for what cannot be read.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde::Deserialize;

use super::{Context, OneOrMany, Raw, Spanned, decode, decode_entry};
use crate::reader::diagnostics::Diagnostics;
use crate::reader::expression::evaluate_parameters;
use crate::reader::sources::Sources;
use crate::reader::tree::{Node, Span, Value, parse};
use crate::units::{Bytes, Count, Duration, Money, Number, Rate, Share};

#[derive(Debug, Deserialize, PartialEq, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Function {
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
#[allow(clippy::struct_field_names)] // The variant's own key is a field on purpose.
struct ForEach {
    for_each: String,
    #[serde(default)]
    concurrency: Option<u32>,
    steps: Vec<Step>,
}

pub(super) type Services = IndexMap<String, Function>;

pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> (Option<T>, String) {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    let mut diagnostics = Diagnostics::new();
    let value = parse(text, file, &mut diagnostics).and_then(|mut node| {
        let parameters = node.remove("parameters").map(|(_, map)| map).unwrap_or_default();
        let context = Context { parameters: evaluate_parameters(&parameters, &mut diagnostics) };
        decode::<T>(&node, &context, &mut diagnostics)
    });
    (value, diagnostics.render(&sources, false))
}

fn good<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let (value, messages) = read::<T>(text);
    assert_eq!(messages, "", "{text}");
    value.expect("no messages, so there is a value")
}

#[test]
fn a_function_reads_with_units_expressions_and_positions() {
    let text = "\
parameters: { charge_timeout: 10 s, batch: 10, half: 50% }
timeout: 6 * charge_timeout + 1 s
memory_size: 512 MB
rate: 200/s * half
errors: half / 100
batch_size: batch * 2
runtime: nodejs22.x
targets: one
price: 0.0000002
environments: min(3, batch)
factor: 1.5e300
redrive: { dead_letter: dlq, max_receive_count: 5 }
event_pattern: { detail: { amount: [ { numeric: ['>', 0] } ] } }
";
    let function: Function = good(text);
    assert_eq!(function.timeout, Duration::seconds(61));
    assert_eq!(function.memory_size, Some(Bytes::megabytes(512)));
    assert_eq!(function.rate, Some(Rate::per_second(100)));
    assert_eq!(function.errors, Some(Share(0.005)));
    assert_eq!(function.batch_size, Some(20));
    assert_eq!(function.price, Some(Money(200_000)));
    assert_eq!(function.environments, Some(Count(3)));
    assert_eq!(function.factor, Some(Number(1.5e300)));
    assert_eq!(function.targets.as_ref(), ["one".to_owned()]);
    let runtime = function.runtime.expect("it is set");
    assert_eq!((runtime.as_str(), runtime.span.line, runtime.span.column), ("nodejs22.x", 7, 10));
    let pattern = function.event_pattern.expect("it is set");
    let expected = serde_json::json!({"detail": {"amount": [{"numeric": [">", 0]}]}});
    assert_eq!(pattern.to_json(), expected);
    let amount = pattern.get("detail").and_then(|detail| detail.entry("amount")).expect("it is kept");
    assert_eq!((amount.0.span.line, amount.0.span.column), (13, 28));
}

#[test]
fn steps_read_in_every_form() {
    let text = "\
- commit
- commit:
- sleep: 3 s
- call: { service: psp }
- work: { p50: 1 ms, p99: 2 ms }
- for_each: record
  concurrency: 10
  steps: [ { sleep: 0 }, commit ]
";
    let nested =
        ForEach { for_each: "record".into(), concurrency: Some(10), steps: vec![Step::Sleep(Duration::ZERO), Step::Commit] };
    let expected = vec![
        Step::Commit,
        Step::Commit,
        Step::Sleep(Duration::seconds(3)),
        Step::Call { service: "psp".into() },
        Step::Work(Work { p50: Duration::millis(1), p99: Duration::millis(2) }),
        Step::ForEach(nested),
    ];
    assert_eq!(good::<Vec<Step>>(text), expected);
}

#[test]
fn maps_keep_their_order_and_keys_may_be_numbers() {
    let map: IndexMap<String, u32> = good("{ b: 1, a: 2, 404: 3, true: 4 }");
    let keys: Vec<&str> = map.keys().map(String::as_str).collect();
    assert_eq!(keys, ["b", "a", "404", "true"]);
    let spanned: IndexMap<Spanned<String>, u32> = good("first: 1\nsecond: 2\n");
    assert_eq!(spanned.keys().map(|key| key.span.line).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(good::<OneOrMany<u8>>("[1, 2]").0, [1, 2]);
    assert_eq!(serde_json::from_str::<OneOrMany<u8>>("[1, 2]").expect("JSON").0, [1, 2]);
    assert_eq!(serde_json::from_str::<OneOrMany<u8>>("3").expect("JSON").0, [3]);
    assert_eq!(serde_json::from_str::<Spanned<u8>>("3").expect("JSON").value, 3);
    assert_eq!(serde_json::from_str::<Raw>("[1]").expect("JSON").to_json(), serde_json::json!([1]));
}

#[test]
fn text_or_struct_reads_through_a_visitor_with_positions() {
    #[derive(Debug, PartialEq)]
    struct Target(Redrive);

    impl<'de> Deserialize<'de> for Target {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl<'de> serde::de::Visitor<'de> for Visitor {
                type Value = Target;

                fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    formatter.write_str("the name of a queue or a map")
                }

                fn visit_str<E>(self, name: &str) -> Result<Target, E> {
                    Ok(Target(Redrive { dead_letter: name.into(), max_receive_count: 1 }))
                }

                fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Target, A::Error> {
                    Redrive::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(Target)
                }
            }
            deserializer.deserialize_any(Visitor)
        }
    }

    let queue = |count| Target(Redrive { dead_letter: "dlq".into(), max_receive_count: count });
    assert_eq!(good::<Vec<Target>>("[dlq, { dead_letter: dlq, max_receive_count: 5 }]"), [queue(1), queue(5)]);
    let (_, messages) = read::<Vec<Target>>("[{ dead_letter: dlq, max_receive_count: x }, 3, { dead_leter: d }]");
    let lines: Vec<&str> = messages.lines().filter(|line| line.starts_with("error")).collect();
    let expected = [
        "error[unknown-parameter]: there is no parameter `x`",
        "error[wrong-type]: expected the name of a queue or a map, found the number 3",
        "error[missing-key]: the key `max_receive_count` is missing",
        "error[unknown-key]: the key `dead_leter` is not known here",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn rules_over_several_keys_are_not_checked_on_made_up_values() {
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "Work")]
    struct Ordered;

    impl TryFrom<Work> for Ordered {
        type Error = String;

        fn try_from(work: Work) -> Result<Self, String> {
            if work.p50 <= work.p99 { Ok(Self) } else { Err("p50 must not exceed p99".into()) }
        }
    }

    let first = |text: &str| read::<Ordered>(text).1.lines().next().unwrap_or_default().to_owned();
    assert_eq!(first("{ p50: 1 s, p99: 2 s }"), "");
    assert_eq!(first("{ p50: 3 s, p99: 2 s }"), "error[invalid-value]: p50 must not exceed p99");
    let (_, messages) = read::<Ordered>("{ p50: 3 s, p99: 2 }");
    assert_eq!(messages.matches("error[").count(), 1, "{messages}");
}

#[test]
fn a_wrong_key_beside_nested_steps_does_not_hide_them() {
    let (_, messages) = read::<Vec<Step>>("- for_each: 5\n  concurrency: two\n  steps: [ { sleep: 3 } ]\n");
    let lines: Vec<&str> = messages.lines().filter(|line| line.starts_with("error")).collect();
    let expected = [
        "error[wrong-type]: expected text, found the number 5",
        "error[unknown-parameter]: there is no parameter `two`",
        "error[wrong-unit]: a duration needs a unit",
    ];
    assert_eq!(lines, expected);
}

#[test]
fn a_word_that_looks_like_a_number_is_a_word() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        #[serde(rename = "2026")]
        Current,
        Legacy,
    }
    assert_eq!(good::<Vec<Mode>>("[2026, \"2026\", legacy]"), [Mode::Current, Mode::Current, Mode::Legacy]);
    let (_, messages) = read::<Vec<Mode>>("[2027]");
    assert!(messages.contains("expected one of `2026`, `legacy`, found the number 2027"), "{messages}");
}

#[test]
fn the_value_of_a_key_is_called_by_its_name() {
    let text = "charge:\n  type: lambda\n  memory_size: 1 GB\n";
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", text);
    let mut diagnostics = Diagnostics::new();
    let root = parse(text, file, &mut diagnostics).expect("it parses");
    let mut entry = root.entry("charge").expect("it is there").clone();
    entry.1.remove("type");
    let function = decode_entry::<Function>(&entry, &Context::new(), &mut diagnostics);
    assert_eq!(function, None);
    let messages = diagnostics.render(&sources, false);
    let expected = "error[missing-key]: `charge` needs the key `timeout`\n --> s.yaml:1:1\n";
    assert!(messages.starts_with(expected), "{messages}");
}

#[test]
fn a_wrong_parameter_is_told_once_however_often_it_is_used() {
    let (value, messages) = read::<Services>("parameters: { t: 5 sec }\na: { timeout: t }\nb: { timeout: 2 * t }\n");
    assert_eq!(value, None);
    assert_eq!(messages.matches("error[").count(), 1, "{messages}");
    assert!(messages.contains("there is no unit `sec`"), "{messages}");
}

#[test]
fn so_many_mistakes_are_cut_short() {
    let lines: Vec<String> = (0..500).map(|number| format!("service{number}: {{ timeout: {number} }}\n")).collect();
    let text = lines.concat();
    let (_, messages) = read::<Services>(&text);
    assert!(messages.contains("error[too-many-errors]"));
    assert!(messages.matches("error[").count() <= super::ERRORS_MAX + 1);
}

fn trees() -> impl Strategy<Value = Node> {
    let words = prop::sample::select(vec![
        "timeout",
        "steps",
        "work",
        "p50",
        "for_each",
        "commit",
        "30 s",
        "redrive",
        "dead_letter",
        "sleep",
        "6 * (",
        "µ",
        "targets",
        "event_pattern",
        "1 s + 1 KB",
        "call",
        "",
        "batch_size",
        "memory_size",
        "-",
    ]);
    let text = words.prop_map(|word| Value::Str(word.to_owned()));
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        text,
    ];
    let leaf = scalar.prop_map(|value| Node::new(value, Span::default()));
    leaf.prop_recursive(5, 60, 6, |inner| {
        let pairs = prop::collection::vec((inner.clone(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(|elements| Node::new(Value::Seq(elements), Span::default())),
            pairs.prop_map(|entries| Node::new(Value::Map(entries), Span::default())),
        ]
    })
}

proptest! {
    #[test]
    fn any_tree_is_read_or_complained_about(tree in trees()) {
        let mut diagnostics = Diagnostics::new();
        let context = Context::new();
        let services = decode::<Services>(&tree, &context, &mut diagnostics);
        prop_assert_eq!(services.is_none(), diagnostics.has_errors());
        let mut diagnostics = Diagnostics::new();
        let steps = decode::<Vec<Step>>(&tree, &context, &mut diagnostics);
        prop_assert_eq!(steps.is_none(), diagnostics.has_errors());
        let _ = diagnostics.render(&Sources::new(), true);
        let raw = decode::<Raw>(&tree, &context, &mut Diagnostics::new());
        prop_assert_eq!(format!("{:?}", raw.map(|raw| raw.0)), format!("{:?}", Some(tree)));
    }

    #[test]
    fn any_text_is_parsed_or_complained_about(text in "[a-c0-9 :\\-\\[\\]{},&*!|>'\"#%\n\tµ]{0,80}") {
        let mut sources = Sources::new();
        let file = sources.add("s.yaml", text.as_str());
        let mut diagnostics = Diagnostics::new();
        let tree = parse(&text, file, &mut diagnostics);
        prop_assert!(tree.is_some() || diagnostics.has_errors());
        if let Some(tree) = tree {
            let _ = decode::<Services>(&tree, &Context::new(), &mut diagnostics);
        }
        let _ = diagnostics.render(&sources, false);
        let _ = diagnostics.to_json(&sources);
    }
}
