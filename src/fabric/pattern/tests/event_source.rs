//! Filters of event source mappings.

use super::json;
use crate::fabric::pattern::{FILTERS_DEFAULT, FILTERS_MAX, FilterCriteria};

fn criteria(text: &str) -> FilterCriteria {
    FilterCriteria::parse(&json(text), FILTERS_DEFAULT).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn errors(text: &str, filters_max: usize) -> Vec<String> {
    let errors = FilterCriteria::parse(&json(text), filters_max).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn one_filter_is_enough() {
    let both = r#"[{"body": {"city": ["Rome"]}}, {"body": {"count": [{"numeric": [">", 5]}]}}]"#;
    for (filters, record, expected) in [
        (both, r#"{"body": {"city": "Rome", "count": 1}}"#, true),
        (both, r#"{"body": {"city": "Bern", "count": 6}}"#, true),
        (both, r#"{"body": {"city": "Bern", "count": 5}}"#, false),
        // A body of plain text has no fields, and an object is no text.
        (both, r#"{"body": "Rome"}"#, false),
        (r#"[{"body": ["Rome"]}]"#, r#"{"body": "Rome"}"#, true),
        (r#"[{"body": ["Rome"]}]"#, r#"{"body": {"city": "Rome"}}"#, false),
        ("[]", r#"{"body": 1}"#, true),
    ] {
        assert_eq!(criteria(filters).matches(&json(record)), expected, "{filters} on {record}");
    }
}

#[test]
fn forms_of_the_list() {
    for text in [
        r#"[{"body": {"a": [1]}}]"#,
        r#"["{\"body\": {\"a\": [1]}}"]"#,
        r#"[{"Pattern": "{\"body\": {\"a\": [1]}}"}]"#,
        r#"{"Filters": [{"Pattern": "{\"body\": {\"a\": [1]}}"}]}"#,
        r#"{"filters": [{"pattern": {"body": {"a": [1]}}}]}"#,
    ] {
        let criteria = criteria(text);
        assert!(criteria.matches(&json(r#"{"body": {"a": 1}}"#)), "{text}");
        assert!(!criteria.matches(&json(r#"{"body": {"a": 2}}"#)), "{text}");
        assert_eq!(criteria.fields(), [["body", "a"]], "{text}");
    }
}

#[test]
fn fields_of_all_filters_are_listed_once() {
    let criteria = criteria(r#"[{"a": [1], "b": [1]}, {"b": [2], "c": [3]}]"#);
    assert_eq!(criteria.fields(), [["a"], ["b"], ["c"]]);
}

#[test]
fn operators_that_mappings_lack() {
    for (alternative, is_valid) in [
        (r#"{"prefix": "x"}"#, true),
        (r#"{"suffix": "x"}"#, true),
        (r#"{"equals-ignore-case": "x"}"#, true),
        (r#"{"anything-but": ["x"]}"#, true),
        (r#"{"numeric": [">", 1]}"#, true),
        (r#"{"exists": false}"#, true),
        (r#"{"wildcard": "x*"}"#, false),
        (r#"{"anything-but": {"prefix": "x"}}"#, false),
        (r#"{"anything-but": {"suffix": "x"}}"#, false),
        (r#"{"anything-but": {"equals-ignore-case": "x"}}"#, false),
        (r#"{"anything-but": {"wildcard": "x"}}"#, false),
    ] {
        let text = format!(r#"[{{"a": [{alternative}]}}]"#);
        assert_eq!(errors(&text, FILTERS_DEFAULT).is_empty(), is_valid, "{text}");
    }
}

#[test]
fn mistakes_have_places() {
    assert_eq!(errors(r#"[{"a": [1]}, {"pattern": {"b": 2}}]"#, 5).len(), 1);
    assert!(errors(r#"[{"a": [1]}, {"pattern": {"b": 2}}]"#, 5)[0].starts_with("[1].pattern.b: "));
    assert!(errors(r#"{"Filters": [{"a": 1}]}"#, 5)[0].starts_with("Filters[0].a: "));
    assert!(errors(r#"["{"]"#, 5)[0].starts_with("[0]: the pattern is not valid JSON"));
    assert!(errors(r#"["{\"b\": 2}"]"#, 5)[0].starts_with("[0]: b: "));
    assert!(errors(r#"{"body": ["x"]}"#, 5)[0].starts_with("filters are a list"));
    assert_eq!(errors(r#"[{"a": 1}, {"b": 2}]"#, 5).len(), 2);
}

#[test]
fn the_number_of_filters_has_a_limit() {
    let six = r#"[{"a": [1]}, {"a": [2]}, {"a": [3]}, {"a": [4]}, {"a": [5]}, {"a": [6]}]"#;
    assert!(errors(six, FILTERS_DEFAULT)[0].contains("6 filters, more than 5"));
    assert!(errors(six, FILTERS_MAX).is_empty());
}
