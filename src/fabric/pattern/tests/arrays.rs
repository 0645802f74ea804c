//! Arrays: one common element, and fields that must share it.

use super::{assert_verdicts, json, pattern};

#[test]
fn one_common_element_is_enough() {
    assert_verdicts(&[
        (r#"{"a": ["x"]}"#, r#"{"a": ["y", "x"]}"#, true),
        (r#"{"a": ["x"]}"#, r#"{"a": ["y", "z"]}"#, false),
        (r#"{"a": ["x"]}"#, r#"{"a": [["y"], [["x"]]]}"#, true),
        (r#"{"a": ["x"]}"#, r#"{"a": [{"a": "x"}]}"#, false),
        (r#"{"a": {"b": [1]}}"#, r#"{"a": [{"b": 2}, {"b": 1}]}"#, true),
        (r#"{"a": {"b": [1]}}"#, r#"{"a": [[{"b": [2]}], [{"b": [3, 1]}]]}"#, true),
        (r#"{"a": {"b": [1]}}"#, r#"{"a": [1, "b", null]}"#, false),
        (r#"{"a": [{"numeric": [">", 1]}], "b": ["x"]}"#, r#"{"a": [0, 2], "b": ["x"]}"#, true),
    ]);
}

#[test]
fn fields_below_an_array_share_its_element() {
    assert_verdicts(&[
        (r#"{"a": {"x": [1], "y": [2]}}"#, r#"{"a": [{"x": 1, "y": 1}, {"x": 2, "y": 2}]}"#, false),
        (r#"{"a": {"x": [1], "y": [2]}}"#, r#"{"a": [{"x": 1}, {"x": 1, "y": 2}]}"#, true),
        (r#"{"a": {"x": [1], "y": [2]}}"#, r#"{"a": [[{"x": 1}, {"y": 2}]]}"#, false),
        (r#"{"a": {"x": [1], "y": [2]}}"#, r#"{"a": [[{"x": 1}], {"x": 1, "y": 2}]}"#, true),
        // Different arrays are independent.
        (r#"{"a": {"x": [1]}, "b": {"y": [2]}}"#, r#"{"a": [{}, {"x": 1}], "b": [{"y": 2}]}"#, true),
        // Scalars of one array do not tie each other down.
        (r#"{"a": {"t": ["u"], "x": [1]}}"#, r#"{"a": [{"t": ["s", "u"], "x": [2, 1]}]}"#, true),
        // The outer element is shared, the inner ones are apart.
        (r#"{"a": {"x": {"p": [1]}, "y": {"q": [2]}}}"#, r#"{"a": [{"x": [{"p": 1}], "y": [{"q": 0}, {"q": 2}]}]}"#, true),
        (r#"{"a": {"x": {"p": [1]}, "y": {"q": [2]}}}"#, r#"{"a": [{"x": [{"p": 1}]}, {"y": [{"q": 2}]}]}"#, false),
        // The first field must give up its first choice for the third, past the second.
        (
            r#"{"a": {"x": [1], "z": [3]}, "b": {"y": [2]}}"#,
            r#"{"a": [{"x": 1}, {"x": 1, "z": 3}], "b": [{"y": 2}, {"y": 2}]}"#,
            true,
        ),
        // Each group of $or is a search of its own.
        (
            r#"{"a": {"$or": [{"x": [1], "y": [2]}, {"x": [3], "y": [4]}]}}"#,
            r#"{"a": [{"x": 1, "y": 4}, {"x": 3, "y": 4}]}"#,
            true,
        ),
        (
            r#"{"a": {"$or": [{"x": [1], "y": [2]}, {"x": [3], "y": [4]}]}}"#,
            r#"{"a": [{"x": 1, "y": 4}, {"x": 3, "y": 2}]}"#,
            false,
        ),
    ]);
}

#[test]
fn absence_is_asked_of_the_chosen_elements() {
    assert_verdicts(&[
        // No element chosen yet: absent from all of them.
        (r#"{"a": {"x": [{"exists": false}]}}"#, r#"{"a": [{"y": 1}, {"x": 1}]}"#, false),
        (r#"{"a": {"x": [{"exists": false}]}}"#, r#"{"a": [{"y": 1}, {}]}"#, true),
        // A field with an earlier name has chosen.
        (r#"{"a": {"w": [1], "x": [{"exists": false}]}}"#, r#"{"a": [{"w": 1}, {"x": 1}]}"#, true),
        (r#"{"a": {"w": [1], "x": [{"exists": false}]}}"#, r#"{"a": [{"w": 1, "x": 1}]}"#, false),
        (r#"{"a": {"w": [1], "x": [{"exists": false}]}}"#, r#"{"a": [{"w": 1, "x": 1}, {"w": 1}]}"#, true),
        // The first choice of c, outside any array, leaves d present; the second does not.
        (r#"{"a.b.c": [1], "a.b.d": [{"exists": false}]}"#, r#"{"a": {"b": {"c": 1}}, "a.b": [{"d": 1}, {"c": 1}]}"#, true),
        // A field with a later name has not, wherever it stands in the pattern.
        (r#"{"a": {"y": [1], "x": [{"exists": false}]}}"#, r#"{"a": [{"y": 1}, {"x": 1}]}"#, false),
    ]);
}

#[test]
fn unrelated_arrays_are_not_multiplied() {
    // Six arrays of 200 objects; the last field fails. Trying all choices would take
    // 200^5 steps.
    let names = ["a", "b", "c", "d", "e", "f"];
    let array = format!("[{}]", [r#"{"x": 1}"#; 200].join(","));
    let members: Vec<String> = names.iter().map(|name| format!(r#""{name}": {array}"#)).collect();
    let event = json(&format!("{{{}}}", members.join(",")));
    let fields = |last: u8| {
        let value = |name: &&str| if **name == *"f" { last } else { 1 };
        let fields: Vec<String> = names.iter().map(|name| format!(r#""{name}": {{"x": [{}]}}"#, value(name))).collect();
        format!("{{{}}}", fields.join(","))
    };
    assert!(pattern(&fields(1)).matches(&event));
    assert!(!pattern(&fields(2)).matches(&event));
}

#[test]
fn a_pattern_of_the_largest_size_is_evaluated() {
    let fields: Vec<String> = (0..400).map(|number| format!(r#""{number}":[1]"#)).collect();
    let members: Vec<String> = (0..400).map(|number| format!(r#""{number}":[[1]]"#)).collect();
    let pattern = pattern(&format!("{{{}}}", fields.join(",")));
    assert!(pattern.matches(&json(&format!("{{{}}}", members.join(",")))));
    assert!(!pattern.matches(&json(&format!("{{{}}}", members[1..].join(",")))));
}
