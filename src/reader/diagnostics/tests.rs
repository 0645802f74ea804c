//! Order, form and suggestions of messages.

use std::collections::BTreeSet;

use super::{Code, Diagnostics, suggest};
use crate::reader::sources::Sources;
use crate::reader::tree::Span;

fn span(file: u32, start: u32, end: u32, line: u32, column: u32) -> Span {
    Span { file, start, end, line, column }
}

#[test]
fn messages_are_sorted_and_told_once() {
    let mut sources = Sources::new();
    let first = sources.add("a.yaml", "one: 1\ntwo: 2\n");
    let second = sources.add("b.yaml", "three: 3\n");
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(span(second, 0, 5, 1, 1), Code::UnknownKey, "third");
    diagnostics.warning(span(first, 7, 10, 2, 1), Code::Unused, "second").hint("do this").hint("or that");
    diagnostics.error(span(first, 0, 3, 1, 1), Code::UnknownKey, "first").label(span(second, 7, 8, 1, 8), "because");
    let copy = diagnostics.clone();
    diagnostics.extend(copy);
    let expected = "\
error[unknown-key]: first
 --> a.yaml:1:1
  |
1 | one: 1
  | ^^^
  |
 ::: b.yaml:1:8
  |
1 | three: 3
  |        - because

warning[unused]: second
 --> a.yaml:2:1
  |
2 | two: 2
  | ^^^
  |
  = hint: do this
  = hint: or that

error[unknown-key]: third
 --> b.yaml:1:1
  |
1 | three: 3
  | ^^^^^
";
    assert_eq!(diagnostics.render(&sources, false), expected);
    let coloured = diagnostics.render(&sources, true);
    assert!(coloured.contains("\u{1b}["), "colour adds escape sequences");
    let json = diagnostics.to_json(&sources);
    assert_eq!(json.as_array().map(Vec::len), Some(3));
    assert_eq!(json[1]["severity"], "warning");
    assert_eq!(json[1]["hints"], serde_json::json!(["do this", "or that"]));
    assert_eq!(json[0]["code"], "unknown-key");
    assert_eq!(json[0]["place"]["file"], "a.yaml");
    assert_eq!(json[0]["labels"][0]["place"]["column"], 8);
}

#[test]
fn only_errors_make_a_scenario_unusable() {
    let mut diagnostics = Diagnostics::new();
    assert!(diagnostics.is_empty() && !diagnostics.has_errors());
    diagnostics.warning(Span::default(), Code::Unused, "never used");
    assert!(!diagnostics.is_empty() && !diagnostics.has_errors());
    diagnostics.error(Span::default(), Code::Syntax, "broken");
    assert!(diagnostics.has_errors());
    assert!(diagnostics.render(&Sources::new(), false).contains("error[syntax]: broken"));
}

#[test]
fn codes_are_distinct_words_with_an_explanation() {
    let texts: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
    for code in Code::ALL {
        let kebab = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        assert!(code.as_str().bytes().all(kebab) && code.explain().ends_with('.'), "{code:?}");
    }
}

#[test]
fn suggestions_are_close_or_none() {
    let names = ["timeout", "memory_size", "visibility_timeout", "batch_size", "dead_letter"];
    let cases = [
        ("timout", Some("timeout")),
        ("Timeout", Some("timeout")),
        ("MemorySize", Some("memory_size")),
        ("memory-size", Some("memory_size")),
        ("memory", Some("memory_size")),
        ("batchsize", Some("batch_size")),
        ("visibilty_timeout", Some("visibility_timeout")),
        ("deadletter", Some("dead_letter")),
        ("runtime", None),
        ("x", None),
        ("", None),
    ];
    for (name, expected) in cases {
        assert_eq!(suggest(name, names), expected, "{name}");
    }
}
