//! How fields join, how names are written, and what a pattern says of itself.

use super::{assert_verdicts, pattern};

/// Pattern, event, verdict.
const JOINED: &[(&str, &str, bool)] = &[
    (r#"{"a": [1], "b": [2]}"#, r#"{"a": 1, "b": 2, "c": 3}"#, true),
    (r#"{"a": [1], "b": [2]}"#, r#"{"a": 1, "b": 3}"#, false),
    (r#"{"a": [1], "b": [2]}"#, r#"{"a": 1}"#, false),
    (r#"{"$or": [{"a": [1]}, {"b": [2]}]}"#, r#"{"b": 2}"#, true),
    (r#"{"$or": [{"a": [1]}, {"b": [2]}]}"#, r#"{"a": 2, "b": 1}"#, false),
    (r#"{"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}"#, r#"{"a": 1}"#, false),
    (r#"{"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}"#, r#"{"a": 1, "c": 3}"#, true),
    (r#"{"d": {"$or": [{"a": [1], "b": [2]}, {"c": [3]}]}}"#, r#"{"d": {"a": 1, "c": 1}}"#, false),
    (r#"{"d": {"$or": [{"a": [1], "b": [2]}, {"c": [3]}]}}"#, r#"{"d": {"a": 1, "b": 2}}"#, true),
    (r#"{"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": [3]}], "d": [4]}]}"#, r#"{"c": 3, "d": 4}"#, true),
    (r#"{"$or": [{"a": [1]}, {"$or": [{"b": [2]}, {"c": [3]}], "d": [4]}]}"#, r#"{"c": 3}"#, false),
    // Of several definitions of one field the last counts, in $or as well.
    (r#"{"a": {"b": [1]}, "a.b": [2]}"#, r#"{"a": {"b": 1}}"#, false),
    (r#"{"a": {"b": [1]}, "a.b": [2]}"#, r#"{"a": {"b": 2}}"#, true),
    (r#"{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}"#, r#"{"a": 2}"#, true),
    (r#"{"a": [1], "$or": [{"a": [2]}, {"b": [3]}]}"#, r#"{"a": 1}"#, false),
    // An event is an object.
    (r#"{"a": [{"exists": false}]}"#, "[]", false),
    (r#"{"a": [{"exists": false}]}"#, "null", false),
    // The keys of the event that an operator looks like are just keys.
    (r#"{"prefix": ["x"]}"#, r#"{"prefix": "x"}"#, true),
];

#[test]
fn fields_join_by_and_or() {
    assert_verdicts(JOINED);
}

#[test]
fn names_are_joined_by_dots() {
    assert_verdicts(&[
        (r#"{"a": {"b": {"c": [1]}}}"#, r#"{"a.b": {"c": 1}}"#, true),
        (r#"{"a": {"b": {"c": [1]}}}"#, r#"{"a": {"b.c": 1}}"#, true),
        (r#"{"a.b.c": [1]}"#, r#"{"a": {"b": {"c": 1}}}"#, true),
        (r#"{"a.b.c": [1]}"#, r#"{"a": {"b": {"c": 2}}, "a.b.c": 1}"#, true),
        (r#"{"a.b.c": [1]}"#, r#"{"a": {"c": {"b": 1}}}"#, false),
        (r#"{"a.b.c": [{"exists": false}]}"#, r#"{"a.b": {"c": 1}}"#, false),
    ]);
}

#[test]
fn fields_are_listed_once_and_in_order() {
    let pattern = pattern(r#"{"source": ["x"], "$or": [{"detail": {"b": [1], "a.c": [2]}}, {"detail": {"b": [3]}, "z": [1]}]}"#);
    let paths: Vec<String> = pattern.fields().iter().map(|path| path.join("/")).collect();
    assert_eq!(paths, ["source", "detail/b", "detail/a/c", "z"]);
    // A definition that another replaced is not read.
    let replaced = super::pattern(r#"{"b": [1], "a": {"x": [1]}, "a.x": [2]}"#);
    let paths: Vec<String> = replaced.fields().iter().map(|path| path.join("/")).collect();
    assert_eq!(paths, ["b", "a/x"]);
}

#[test]
fn wildcard_use_is_reported() {
    for (text, expected) in [
        (r#"{"a": [{"wildcard": "*"}]}"#, true),
        (r#"{"a": ["x"], "$or": [{"b": [1]}, {"c": [{"anything-but": {"wildcard": "*x"}}]}]}"#, true),
        (r#"{"a": ["*", {"prefix": "*"}, {"anything-but": "*"}]}"#, false),
    ] {
        assert_eq!(pattern(text).uses_wildcard(), expected, "{text}");
    }
}
