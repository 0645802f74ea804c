//! SNS filter policies.

use super::json;
use crate::fabric::pattern::{FilterPolicy, Pattern, Scope};

fn assert_verdicts(scope: Scope, cases: &[(&str, &str, bool)]) {
    for (text, message, expected) in cases {
        let policy = FilterPolicy::parse(&json(text), scope).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
        assert_eq!(policy.matches(&json(message)), *expected, "{text} on {message}");
    }
}

fn errors(text: &str, scope: Scope) -> String {
    let errors = FilterPolicy::parse(&json(text), scope).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn attributes_in_the_form_of_the_interface() {
    let message = r#"{
        "interests": {"DataType": "String.Array", "StringValue": "[\"soccer\", \"rugby\", 3, null]"},
        "store": {"Type": "String", "Value": "example_corp"},
        "label": {"Type": "String.label", "Value": "x"},
        "price": {"DataType": "Number", "StringValue": "210.75"},
        "count": {"DataType": "Number.int", "StringValue": " 3.0e1 "},
        "sizes": {"Type": "Number.Array", "Value": "[100, 50]"},
        "raw": {"DataType": "Binary", "BinaryValue": "eA=="},
        "broken": {"DataType": "String.Array", "StringValue": "soccer"},
        "text": {"DataType": "String", "StringValue": "30"}
    }"#;
    let cases = [
        (r#"{"interests": ["rugby", "tennis"]}"#, true),
        (r#"{"interests": ["tennis"]}"#, false),
        (r#"{"interests": [null]}"#, true),
        (r#"{"interests": [{"numeric": ["=", 3]}]}"#, true),
        (r#"{"interests": [{"anything-but": ["soccer"]}]}"#, true),
        (r#"{"store": ["example_corp"], "price": [{"numeric": [">=", 100]}]}"#, true),
        (r#"{"store": ["example_corp"], "price": [{"numeric": ["<", 100]}]}"#, false),
        (r#"{"label": ["x"]}"#, true),
        (r#"{"price": [210.750]}"#, true),
        (r#"{"price": ["210.75"]}"#, false),
        (r#"{"count": [30]}"#, true),
        (r#"{"sizes": [{"anything-but": [100, 500]}]}"#, true),
        (r#"{"sizes": [{"numeric": ["<", 50]}]}"#, false),
        (r#"{"raw": [{"exists": true}]}"#, false),
        (r#"{"raw": [{"exists": false}]}"#, true),
        (r#"{"broken": [{"exists": true}]}"#, false),
        (r#"{"text": [30]}"#, false),
        (r#"{"text": [{"numeric": ["=", 30]}]}"#, false),
        (r#"{"text": ["30"]}"#, true),
        (r#"{"encrypted": [false]}"#, false),
    ];
    for (policy, expected) in cases {
        assert_verdicts(Scope::MessageAttributes, &[(policy, message, expected)]);
    }
}

#[test]
fn plain_attributes() {
    assert_verdicts(
        Scope::MessageAttributes,
        &[
            (r#"{"tier": ["gold"], "amount": [{"numeric": [">", 5]}]}"#, r#"{"tier": "gold", "amount": 6}"#, true),
            (r#"{"tier": ["gold"], "amount": [{"numeric": [">", 5]}]}"#, r#"{"tier": "gold", "amount": 5}"#, false),
            (r#"{"tier": ["gold", "silver"]}"#, r#"{"tier": ["bronze", "silver"]}"#, true),
            (r#"{"a.b": ["x"]}"#, r#"{"a.b": "x"}"#, true),
            (r#"{"tier": ["gold"]}"#, r#""gold""#, false),
        ],
    );
}

#[test]
fn existence() {
    let exists = r#"{"a": [{"exists": true}]}"#;
    let absent = r#"{"a": [{"exists": false}]}"#;
    for scope in [Scope::MessageAttributes, Scope::MessageBody] {
        assert_verdicts(
            scope,
            &[
                (exists, r#"{"a": "x"}"#, true),
                (exists, r#"{"a": 0}"#, true),
                (exists, r#"{"a": ""}"#, false),
                (exists, r#"{"a": null}"#, false),
                (exists, r#"{"b": 1}"#, false),
                (absent, r#"{"b": 1}"#, true),
                (absent, r#"{"a": "x", "b": 1}"#, false),
            ],
        );
    }
    // Without any attribute nothing is absent; an empty body is a body.
    assert_verdicts(Scope::MessageAttributes, &[(absent, "{}", false)]);
    assert_verdicts(Scope::MessageBody, &[(absent, "{}", true)]);
}

/// Policy, message, verdict; the same in both scopes.
const OPERATORS: &[(&str, &str, bool)] = &[
    (r#"{"a": [{"prefix": "bas"}]}"#, r#"{"a": "baseball"}"#, true),
    (r#"{"a": [{"prefix": "bas"}]}"#, r#"{"a": "rugby"}"#, false),
    (r#"{"a": [{"suffix": "ball"}]}"#, r#"{"a": "baseball"}"#, true),
    (r#"{"a": [{"suffix": "ball"}]}"#, r#"{"a": "ballet"}"#, false),
    (r#"{"a": [{"equals-ignore-case": "tennis"}]}"#, r#"{"a": "TENNIS"}"#, true),
    (r#"{"a": [{"equals-ignore-case": "tennis"}]}"#, r#"{"a": "TENNI"}"#, false),
    (r#"{"a": [{"wildcard": "*ball"}]}"#, r#"{"a": ["rugby", "football"]}"#, true),
    (r#"{"a": [{"wildcard": "*ball"}]}"#, r#"{"a": ["rugby"]}"#, false),
    (r#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, r#"{"a": "10.0.0.255"}"#, true),
    (r#"{"a": [{"cidr": "10.0.0.0/24"}]}"#, r#"{"a": "10.1.1.0"}"#, false),
    (r#"{"a": [{"anything-but": ["rugby", "tennis"]}]}"#, r#"{"a": ["rugby", "golf"]}"#, true),
    (r#"{"a": [{"anything-but": ["rugby", "tennis"]}]}"#, r#"{"a": ["rugby"]}"#, false),
    (r#"{"a": [{"anything-but": {"prefix": "order-"}}]}"#, r#"{"a": "order_number"}"#, true),
    (r#"{"a": [{"anything-but": {"prefix": "order-"}}]}"#, r#"{"a": "order-cancelled"}"#, false),
    (r#"{"a": [{"anything-but": {"suffix": "ball"}}]}"#, r#"{"a": "football"}"#, false),
    (r#"{"a": [{"anything-but": {"wildcard": "*ball"}}]}"#, r#"{"a": "hockey"}"#, true),
    (r#"{"a": [{"numeric": ["=", 301.5]}]}"#, r#"{"a": 3.015e2}"#, true),
    (r#"{"a": [{"numeric": [">", 0, "<=", 150]}]}"#, r#"{"a": 150}"#, true),
    (r#"{"a": [{"numeric": [">", 0, "<=", 150]}]}"#, r#"{"a": 0}"#, false),
    (r#"{"a": ["x"], "$or": [{"b": [1]}, {"c": [2]}]}"#, r#"{"a": "x", "c": 2}"#, true),
    (r#"{"a": ["x"], "$or": [{"b": [1]}, {"c": [2]}]}"#, r#"{"a": "x"}"#, false),
    // An $or that is not one is the name of a field.
    (r#"{"$or": ["x"]}"#, r#"{"$or": "x"}"#, true),
    (r#"{"$or": ["x"]}"#, r#"{"a": "x"}"#, false),
];

#[test]
fn operators_of_sns() {
    assert_verdicts(Scope::MessageAttributes, OPERATORS);
    assert_verdicts(Scope::MessageBody, OPERATORS);
}

#[test]
fn operators_that_sns_lacks() {
    for text in [
        r#"{"a": [{"exactly": "x"}]}"#,
        r#"{"a": [{"prefix": {"equals-ignore-case": "x"}}]}"#,
        r#"{"a": [{"suffix": {"equals-ignore-case": "x"}}]}"#,
        r#"{"a": [{"anything-but": {"equals-ignore-case": "x"}}]}"#,
        r#"{"$or": [{"numeric": 123}, {"prefix": "abc"}]}"#,
        r#"{"a": [{"numeric": ["<", 1000000001]}]}"#,
        r#"{"a": [{"anything-but": -1000000001}]}"#,
    ] {
        assert_ne!(errors(text, Scope::MessageBody), "", "{text}");
    }
    assert_eq!(errors(r#"{"a": [{"numeric": ["<=", 1000000000]}]}"#, Scope::MessageBody), "");
    assert!(Pattern::parse(&json(r#"{"a": [{"numeric": ["<", 1000000001]}]}"#)).is_ok());
}

#[test]
fn only_body_policies_nest() {
    let text = r#"{"order": {"lines": {"sku": ["a"], "count": [{"numeric": [">", 1]}]}}}"#;
    assert!(errors(text, Scope::MessageAttributes).contains("order: message attributes"));
    assert_verdicts(
        Scope::MessageBody,
        &[
            (text, r#"{"order": {"lines": [{"sku": "b", "count": 1}, {"sku": "a", "count": 2}]}}"#, true),
            (text, r#"{"order": {"lines": [{"sku": "b", "count": 2}, {"sku": "a", "count": 1}]}}"#, false),
            (text, r#""not an object""#, false),
        ],
    );
    let policy = FilterPolicy::parse(&json(text), Scope::MessageBody).expect("valid");
    let paths: Vec<String> = policy.fields().iter().map(|path| path.join("/")).collect();
    assert_eq!(paths, ["order/lines/sku", "order/lines/count"]);
}

#[test]
fn limits() {
    let attributes = Scope::MessageAttributes;
    let five = r#"{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1]}"#;
    let six = r#"{"a": [1], "b": [1], "c": [1], "d": [1], "e": [1], "f": [1]}"#;
    assert_eq!(errors(five, attributes), "");
    assert!(errors(six, attributes).contains("6 fields"));

    // 15 x 10 values make 150 combinations.
    let list = |count: usize| format!("{:?}", (0..count).collect::<Vec<_>>());
    let product = |first, second| format!(r#"{{"a": {}, "b": {}}}"#, list(first), list(second));
    assert_eq!(errors(&product(15, 10), attributes), "");
    assert!(errors(&product(16, 10), attributes).contains("160 combinations"));

    // 4 values three levels down and 3 two levels down make 72, with 5 x 2 values 120 and 180.
    let nested = |count| format!(r#"{{"a": {{"b": {{"c": [1, 2, 3, 4]}}}}, "d": {{"e": {}}}}}"#, list(count));
    assert_eq!(errors(&nested(6), Scope::MessageBody), "");
    assert!(errors(&nested(7), Scope::MessageBody).contains("168 combinations"));

    // The groups of $or add up: (1 x 2) + (1 x 1 x 2) + (1 x 1 x 3) = 7.
    let added = |count| {
        format!(r#"{{"s": ["x"], "$or": [{{"n": [1, 2]}}, {{"t": ["m"], "$or": [{{"i": [1, 2]}}, {{"j": {}}}]}}]}}"#, list(count))
    };
    assert_eq!(errors(&added(146), attributes), "");
    assert!(errors(&added(147), attributes).contains("151 combinations"));
}

#[test]
fn wildcard_limits() {
    let attributes = Scope::MessageAttributes;
    assert_eq!(errors(r#"{"a": [{"wildcard": "*a*b*"}]}"#, attributes), "");
    assert!(errors(r#"{"a": [{"wildcard": "*a*b*c*"}]}"#, attributes).contains("4 wildcards"));
    assert!(errors(r#"{"a": [{"anything-but": {"wildcard": ["*a*b*c*"]}}]}"#, attributes).contains("4 wildcards"));
    // n single wildcards make n x n points.
    let singles = |count| {
        let list: Vec<String> = (0..count).map(|n| format!(r#"{{"wildcard": "{n}*"}}"#)).collect();
        format!(r#"{{"a": [{}]}}"#, list.join(","))
    };
    assert_eq!(errors(&singles(10), attributes), "");
    assert!(errors(&singles(11), attributes).contains("121 points"));
    // Several wildcards count three, anything-but counts one, other values only multiply.
    let mixed = r#"{"a": [{"wildcard": "*a*"}, {"wildcard": "*b*"}, {"wildcard": "*c*"}, {"wildcard": "*d*"},
        {"anything-but": ["x"]}, "y", "z", "w"]}"#;
    assert!(errors(mixed, attributes).contains("104 points"), "{}", errors(mixed, attributes));
}
