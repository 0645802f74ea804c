//! Patterns that are refused: each mistake with its place.

use super::json;
use crate::fabric::pattern::{COMBINATIONS_MAX, Pattern, PatternError};

fn errors(text: &str) -> Vec<PatternError> {
    Pattern::parse(&json(text)).err().unwrap_or_default()
}

/// The places of the mistakes, as they print before the colon.
fn places(text: &str) -> Vec<String> {
    errors(text)
        .iter()
        .map(|error| {
            let line = error.to_string();
            if error.path.is_empty() {
                return String::new();
            }
            line.split(": ").next().unwrap_or_default().to_owned()
        })
        .collect()
}

/// Patterns and the places of their mistakes.
const MISTAKES: &[(&str, &[&str])] = &[
    ("[1]", &[""]),
    ("{}", &[""]),
    (r#"{"a": {}}"#, &["a"]),
    (r#"{"a": []}"#, &["a"]),
    (r#"{"a": 1}"#, &["a"]),
    (r#"{"a": {"b": "x"}}"#, &["a.b"]),
    (r#"{"a": [[1]]}"#, &["a[0]"]),
    (r#"{"a": [1, {}]}"#, &["a[1]"]),
    (r#"{"a": [{"prefix": "x", "suffix": "y"}]}"#, &["a[0]"]),
    (r#"{"a": [{"like": "x"}]}"#, &["a[0].like"]),
    (r#"{"a": [{"Prefix": "x"}]}"#, &["a[0].Prefix"]),
    (r#"{"a": [{"prefix": 1}]}"#, &["a[0].prefix"]),
    (r#"{"a": [{"prefix": {"suffix": "x"}}]}"#, &["a[0].prefix.suffix"]),
    (r#"{"a": [{"prefix": {"equals-ignore-case": ["x"]}}]}"#, &["a[0].prefix.equals-ignore-case"]),
    (r#"{"a": [{"suffix": ["x"]}]}"#, &["a[0].suffix"]),
    (r#"{"a": [{"equals-ignore-case": null}]}"#, &["a[0].equals-ignore-case"]),
    (r#"{"a": [{"wildcard": "**"}]}"#, &["a[0].wildcard"]),
    (r#"{"a": [{"wildcard": "a\\b"}]}"#, &["a[0].wildcard"]),
    (r#"{"a": [{"wildcard": "a\\"}]}"#, &["a[0].wildcard"]),
    (r#"{"a": [{"wildcard": "*a*b*c*d*e*"}]}"#, &["a[0].wildcard"]),
    (r#"{"a": [{"anything-but": null}]}"#, &["a[0].anything-but"]),
    (r#"{"a": [{"anything-but": []}]}"#, &["a[0].anything-but"]),
    (r#"{"a": [{"anything-but": ["x", 1]}]}"#, &["a[0].anything-but"]),
    (r#"{"a": [{"anything-but": ["x", true]}]}"#, &["a[0].anything-but[1]"]),
    (r#"{"a": [{"anything-but": {"prefix": ["x", ""]}}]}"#, &["a[0].anything-but.prefix[1]"]),
    (r#"{"a": [{"anything-but": {"numeric": ["=", 1]}}]}"#, &["a[0].anything-but.numeric"]),
    (r#"{"a": [{"anything-but": {"suffix": {"equals-ignore-case": "x"}}}]}"#, &["a[0].anything-but.suffix"]),
    (r#"{"a": [{"anything-but": 9007199254740993}]}"#, &["a[0].anything-but"]),
    (r#"{"a": [{"exists": "true"}]}"#, &["a[0].exists"]),
    (r#"{"a": [{"cidr": "10.0.0.0"}]}"#, &["a[0].cidr"]),
    (r#"{"a": [{"cidr": "10.0.0.0/32"}]}"#, &["a[0].cidr"]),
    (r#"{"a": [{"cidr": "::/128"}]}"#, &["a[0].cidr"]),
    (r#"{"a": [{"cidr": "10.0.0.256/8"}]}"#, &["a[0].cidr"]),
    (r#"{"a": [{"cidr": "10.0.0.0/-1"}]}"#, &["a[0].cidr"]),
    (r#"{"$or": {"a": [1]}}"#, &["$or"]),
    (r#"{"$or": [{"a": [1]}]}"#, &["$or"]),
    (r#"{"$or": [{"a": [1]}, 2]}"#, &["$or[1]"]),
    (r#"{"$or": [{"a": [1]}, {"prefix": ["x"]}]}"#, &["$or[1].prefix"]),
    (r#"{"$or": [{"a": [1]}, {"b": {"numeric": [1]}}]}"#, &["$or[1].b.numeric"]),
];

#[test]
fn mistakes_have_places() {
    for (text, expected) in MISTAKES {
        assert_eq!(places(text), *expected, "{text}: {:?}", errors(text));
    }
}

#[test]
fn numeric_mistakes_have_places() {
    let cases: &[(&str, &str)] = &[
        ("5", "a[0].numeric"),
        ("[]", "a[0].numeric"),
        (r#"["<"]"#, "a[0].numeric"),
        (r#"["==", 1]"#, "a[0].numeric[0]"),
        (r#"[1, "<"]"#, "a[0].numeric[0]"),
        (r#"["<", "1"]"#, "a[0].numeric[1]"),
        (r#"["<", true]"#, "a[0].numeric[1]"),
        (r#"["=", 9007199254740993]"#, "a[0].numeric[1]"),
        (r#"["=", 1, "<", 2]"#, "a[0].numeric"),
        (r#"["<", 2, ">", 1]"#, "a[0].numeric"),
        (r#"[">", 1, "<"]"#, "a[0].numeric"),
        (r#"[">", 1, ">", 2]"#, "a[0].numeric[2]"),
        (r#"[">", 1, "<", "2"]"#, "a[0].numeric[3]"),
        (r#"[">", 1, "<", 2, 3]"#, "a[0].numeric"),
        (r#"[">=", 2, "<=", 2]"#, "a[0].numeric"),
        (r#"[">", 3, "<", 2]"#, "a[0].numeric"),
    ];
    for (numeric, place) in cases {
        let text = format!(r#"{{"a": [{{"numeric": {numeric}}}]}}"#);
        assert_eq!(places(&text)[0], *place, "{text}: {:?}", errors(&text));
    }
}

#[test]
fn all_mistakes_are_reported() {
    let text = r#"{"a": 1, "b": {"c": [{"prefix": 1}, "fine", {"like": 2}]}, "$or": [{"d": []}, {"e": [1]}, {}]}"#;
    assert_eq!(places(text), ["a", "b.c[0].prefix", "b.c[2].like", "$or[0].d", "$or[2]"]);
}

#[test]
fn hints_name_the_operator_that_was_meant() {
    for (written, meant) in [("EXISTS", "`exists`"), ("anything_but", "`anything-but`")] {
        let text = format!(r#"{{"a": [{{"{written}": true}}]}}"#);
        let error = errors(&text).remove(0);
        assert!(error.hint.contains(meant), "{error}");
    }
    assert!(errors(r#"{"a": [{"like": 1}]}"#)[0].hint.contains("wildcard, anything-but"));
}

#[test]
fn valid_patterns_at_the_edge() {
    for text in [
        r#"{"a": [{"wildcard": "*a*b*c*d*"}]}"#,
        r#"{"a": [{"anything-but": {"equals-ignore-case": ""}}]}"#,
        r#"{"a": [{"anything-but": {"wildcard": ["", "*"]}}]}"#,
        r#"{"a": [{"numeric": ["<", 9007199254740992]}]}"#,
        r#"{"a": [{"numeric": ["=", 1e-320]}]}"#,
        r#"{"a": [9007199254740993]}"#,
        r#"{"a": [{"cidr": "::/0"}]}"#,
        r#"{"numeric": [1], "prefix": {"exists": ["x"]}}"#,
    ] {
        assert_eq!(errors(text), [], "{text}");
    }
}

#[test]
fn combinations_have_a_limit() {
    let group = |name: &str, count: usize| {
        let groups: Vec<String> = (0..count).map(|value| format!(r#"{{"{name}":[{value}]}}"#)).collect();
        format!(r#"{{"$or":[{}]}}"#, groups.join(","))
    };
    let both = |count: usize| format!(r#"{{"x":{},"y":{}}}"#, group("a", count), group("b", 20));
    assert_eq!(COMBINATIONS_MAX, 1_000);
    assert_eq!(errors(&both(50)), []);
    let errors = errors(&both(51));
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].message.contains("1000"), "{}", errors[0]);
}

#[test]
fn size_and_depth_have_limits() {
    let sized = |size: usize| format!(r#"{{"a":["{}"]}}"#, "x".repeat(size - 10));
    assert_eq!(errors(&sized(4_096)), []);
    assert!(errors(&sized(4_097))[0].message.contains("4097"));

    let mut value = json("[1]");
    for _ in 0..100 {
        value = serde_json::json!({ "a": value });
    }
    assert!(Pattern::parse(&value).is_ok());
    for _ in 0..2_000 {
        value = serde_json::json!({ "a": value });
    }
    let errors = Pattern::parse(&value).expect_err("too deep");
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].path.len(), 100);
}
