//! YAML as YAML 1.2 means it, and bounds on what is read.

use super::{DEPTH_MAX, Node, Span, Value, parse, parse_template};
use crate::reader::diagnostics::{Code, Diagnostics};

fn read(text: &str) -> (Option<Node>, Vec<Code>) {
    let mut diagnostics = Diagnostics::new();
    let node = parse(text, 0, &mut diagnostics);
    let codes = diagnostics.sorted().iter().map(|diagnostic| diagnostic.code).collect();
    (node, codes)
}

fn good(text: &str) -> Node {
    let (node, codes) = read(text);
    assert_eq!(codes, [], "{text}");
    node.expect("no messages, so there is a tree")
}

#[test]
fn scalars_follow_the_core_schema() {
    let text = |text: &str| Value::Str(text.into());
    let cases = [
        ("~", Value::Null),
        ("null", Value::Null),
        ("true", Value::Bool(true)),
        ("no", text("no")),
        ("12", Value::Int(12)),
        ("-12", Value::Int(-12)),
        ("0x1F", Value::Int(31)),
        ("0o17", Value::Int(15)),
        ("1.5e3", Value::Float(1500.0)),
        (".5", Value::Float(0.5)),
        ("99999999999999999999", Value::Float(1e20)),
        ("12:30:00", text("12:30:00")),
        ("2026-11-23", text("2026-11-23")),
        ("1_000", text("1_000")),
        ("'12'", text("12")),
        ("\"a\\n\"", text("a\n")),
        ("!!str 12", text("12")),
        ("infinity", text("infinity")),
        ("-", Value::Seq(vec![Node::new(Value::Null, Span { start: 1, end: 1, line: 1, column: 2, file: 0 })])),
    ];
    for (written, expected) in cases {
        assert_eq!(good(written).value, expected, "{written}");
    }
}

#[test]
fn json_reads_the_same() {
    let json = r#"{ "a": [1, -2.5, "x\u00e9", null, true], "b": { "c": {} } }"#;
    let expected: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(good(json).to_json(), expected);
    assert_eq!(good("a: [1, -2.5, xé, ~, true]\nb:\n  c: {}\n").to_json(), expected);
    assert_eq!(Node::from_json(&expected, Span::default()).to_json(), expected);
}

#[test]
fn spans_cover_what_was_written() {
    let text = "é: { k: [1, 'two'] }\nlist:\n  - a: 1\n    b: 2\n\n  - x\ntail: 'q'\n";
    let node = good(text);
    let covered = |node: &Node| text[node.span.start as usize..node.span.end as usize].to_owned();
    assert_eq!(covered(&node), text.trim_end());
    let first = node.get("é").expect("it is there");
    assert_eq!(covered(first), "{ k: [1, 'two'] }");
    assert_eq!(covered(first.get("k").expect("it is there")), "[1, 'two']");
    assert_eq!(covered(&first.get("k").expect("it is there").elements()[1]), "'two'");
    let list = node.get("list").expect("it is there");
    assert_eq!(covered(&list.elements()[0]), "a: 1\n    b: 2");
    assert_eq!((list.elements()[1].span.line, list.elements()[1].span.column), (6, 5));
    assert_eq!(node.entry("tail").map(|(key, _)| key.span.line), Some(7));
}

#[test]
fn aliases_copy_and_are_bounded() {
    let node = good("a: &x { k: 1 }\nb: *x\nc: [*x, *x]\n");
    assert_eq!(node.to_json()["c"][1]["k"], 1);
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb = format!("{bomb}a{level}: &a{level} [{aliases}]\n");
    }
    assert_eq!(read(&bomb), (None, vec![Code::Syntax]));
    assert_eq!(read("a: &x [*x]").1, [Code::Syntax]);
    assert_eq!(read("a: *nothing").1, [Code::Syntax]);
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(DEPTH_MAX)).0.is_some());
    assert_eq!(read(&nested(DEPTH_MAX + 2)), (None, vec![Code::Syntax]));
    assert_eq!(read(&nested(100_000)), (None, vec![Code::Syntax]));
    assert_eq!(read(&"- ".repeat(100_000)), (None, vec![Code::Syntax]));
}

#[test]
fn duplicate_and_complex_keys_are_reported_and_left_out() {
    let (node, codes) = read("a: 1\nb: 2\na: 3\n\"b\": 4\n");
    assert_eq!(codes, [Code::DuplicateKey, Code::DuplicateKey]);
    assert_eq!(node.map(|node| node.to_json()), Some(serde_json::json!({ "a": 1, "b": 2 })));
    assert_eq!(read("[a]: 1\n").1, [Code::Syntax]);
}

#[test]
fn empty_texts_are_null() {
    for text in ["", "# nothing\n", "---\n", "\n\n"] {
        assert_eq!(good(text).value, Value::Null, "{text:?}");
    }
}

#[test]
fn templates_may_use_the_short_form_of_functions() {
    let text =
        "a: !Ref Queue\nb: !GetAtt Queue.Arn.x\nc: !Sub ['${x}', { x: !Ref 12 }]\nd: !If\n  - c\n  - 1\n  - !Condition e\n";
    let mut diagnostics = Diagnostics::new();
    let node = parse_template(text, 0, &mut diagnostics).expect("it parses");
    let expected = serde_json::json!({
        "a": { "Ref": "Queue" },
        "b": { "Fn::GetAtt": ["Queue", "Arn.x"] },
        "c": { "Fn::Sub": ["${x}", { "x": { "Ref": "12" } }] },
        "d": { "Fn::If": ["c", 1, { "Condition": "e" }] },
    });
    assert_eq!(node.to_json(), expected);
    assert_eq!(read(text), (None, vec![Code::Syntax]), "scenarios have no tags");
}
