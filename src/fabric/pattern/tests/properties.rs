//! Properties that hold for all patterns and events.

use super::pattern;
use crate::fabric::pattern::{FILTERS_MAX, FilterCriteria, FilterPolicy, Pattern, Scope};
use proptest::prelude::*;
use serde_json::{Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..3).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        prop_oneof![Just(0.5), Just(1.0), Just(1e300), Just(-0.0)].prop_map(Value::from),
        "[aAß*\\\\]{0,4}".prop_map(Value::from),
        prop_oneof![Just("10.0.0.1"), Just("::1"), Just("08:23")].prop_map(Value::from),
    ]
}

/// Any JSON, with the words of patterns among its names and texts.
fn anything() -> impl Strategy<Value = Value> {
    let word = || {
        prop::sample::select(vec![
            "a",
            "b",
            "a.b",
            "$or",
            "prefix",
            "suffix",
            "equals-ignore-case",
            "wildcard",
            "anything-but",
            "numeric",
            "exists",
            "cidr",
            "exactly",
            "=",
            "<",
            ">=",
            "Filters",
            "Pattern",
            "Type",
            "Value",
            "DataType",
            "String.Array",
            "Number",
            "**",
            "10.0.0.0/8",
            "",
        ])
    };
    let leaf = prop_oneof![scalar(), word().prop_map(Value::from)];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((word(), inner), 0..5)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

/// Events with few names and values, so that patterns often match, and with arrays.
fn event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![4 => (0..3).prop_map(Value::from), 1 => Just(Value::Null)];
    let node = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from), object(inner)]
    });
    object(node)
}

fn object(member: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec!["a", "b", "c", "a.b"]);
    prop::collection::vec((name, member), 0..4)
        .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A field of a pattern: dotted path, values, and whether absence will do.
type Wanted = (String, Vec<i64>, bool);

fn wanted() -> impl Strategy<Value = Vec<Wanted>> {
    let path = prop::sample::select(vec!["a", "b", "c", "a.a", "a.b", "a.c", "b.a", "b.b", "a.b.c", "a.b.a", "a.c.b"]);
    let field = (path.prop_map(str::to_owned), prop::collection::vec(0_i64..3, 0..3), any::<bool>()).prop_map(
        |(path, values, absent)| {
            let absent = absent || values.is_empty();
            (path, values, absent)
        },
    );
    prop::collection::vec(field, 1..5)
}

fn as_pattern(fields: &[Wanted]) -> Value {
    let member = |(path, values, absent): &Wanted| {
        let mut list: Vec<Value> = values.iter().map(|value| json!(value)).collect();
        if *absent {
            list.push(json!({ "exists": false }));
        }
        (path.clone(), Value::from(list))
    };
    fields.iter().map(member).collect()
}

/// A leaf of an event: its path, its value and the elements of the arrays around it.
type Leaf<'e> = (String, &'e Value, Vec<(usize, usize)>);

/// All leaves of an event, arrays numbered as they come.
fn leaves<'e>(value: &'e Value, path: &str, elements: &[(usize, usize)], arrays: &mut usize, found: &mut Vec<Leaf<'e>>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                leaves(member, &path, elements, arrays, found);
            }
        }
        Value::Array(list) => {
            let array = *arrays;
            *arrays += 1;
            for (index, element) in list.iter().enumerate() {
                let mut inside = elements.to_vec();
                if element.is_object() || element.is_array() {
                    inside.push((array, index));
                }
                leaves(element, path, &inside, arrays, found);
            }
        }
        leaf => found.push((path.to_owned(), leaf, elements.to_vec())),
    }
}

/// The definition by exhaustion: the fields in the order of their paths, each on every
/// leaf that is consistent with the elements of the leaves before.
fn matches_by_exhaustion(fields: &[Wanted], leaves: &[Leaf<'_>], chosen: &[(usize, usize)]) -> bool {
    let Some(((path, values, absent), rest)) = fields.split_first() else {
        return true;
    };
    let consistent: Vec<&Leaf<'_>> = leaves
        .iter()
        .filter(|(leaf_path, _, elements)| {
            let agrees = |(array, index): &(usize, usize)| chosen.iter().all(|(other, at)| other != array || at == index);
            leaf_path == path && elements.iter().all(agrees)
        })
        .collect();
    if *absent && consistent.is_empty() && matches_by_exhaustion(rest, leaves, chosen) {
        return true;
    }
    consistent.iter().any(|(_, value, elements)| {
        values.iter().any(|wanted| json!(wanted) == **value) && matches_by_exhaustion(rest, leaves, &[chosen, elements].concat())
    })
}

fn wildcard_by_exhaustion(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skip| wildcard_by_exhaustion(rest, &text[skip..])),
        Some((first, rest)) => text.first() == Some(first) && wildcard_by_exhaustion(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(value in anything(), event in anything()) {
        let verdict = Pattern::parse(&value).map(|pattern| (pattern.matches(&event), pattern.fields()));
        if let Ok((_, fields)) = &verdict {
            prop_assert!(!fields.is_empty());
        }
        for scope in [Scope::MessageAttributes, Scope::MessageBody] {
            let _ = FilterPolicy::parse(&value, scope).map(|policy| policy.matches(&event));
        }
        let _ = FilterCriteria::parse(&value, FILTERS_MAX).map(|filters| filters.matches(&event));
        // A list of alternatives reaches the operators more often.
        if let Err(errors) = Pattern::parse(&json!({ "a": [value] })) {
            prop_assert!(!errors.is_empty());
            prop_assert!(errors.iter().all(|error| !error.message.is_empty() && !error.hint.is_empty()));
        }
    }

    #[test]
    fn the_search_agrees_with_exhaustion(fields in wanted(), event in event()) {
        let value = as_pattern(&fields);
        let mut last: Vec<Wanted> = Vec::new();
        for field in fields.iter().rev() {
            if !last.iter().any(|(path, _, _)| *path == field.0) {
                last.push(field.clone());
            }
        }
        last.sort();
        let mut found = Vec::new();
        leaves(&event, "", &[], &mut 0, &mut found);
        let pattern = Pattern::parse(&value).expect("valid by construction");
        prop_assert_eq!(pattern.matches(&event), matches_by_exhaustion(&last, &found, &[]), "{} on {}", value, event);
    }

    #[test]
    fn or_of_equal_groups_is_the_group(fields in wanted(), event in event()) {
        let group = as_pattern(&fields);
        let or = Pattern::parse(&json!({ "$or": [group, group] })).expect("valid by construction");
        let plain = Pattern::parse(&group).expect("valid by construction");
        prop_assert_eq!(or.matches(&event), plain.matches(&event));
        prop_assert_eq!(or.fields(), plain.fields());
    }

    #[test]
    fn or_is_the_disjunction(first in wanted(), second in wanted(), event in event()) {
        let (first, second) = (as_pattern(&first), as_pattern(&second));
        let or = Pattern::parse(&json!({ "$or": [first, second] })).expect("valid by construction");
        let one = Pattern::parse(&first).expect("valid by construction").matches(&event);
        let other = Pattern::parse(&second).expect("valid by construction").matches(&event);
        prop_assert_eq!(or.matches(&event), one || other);
    }

    #[test]
    fn anything_but_is_the_negation_on_scalars(text in "[aAb]{1,3}", number in -2_i64..3, leaf in scalar()) {
        let event = json!({ "a": leaf });
        let excluded = [
            (json!(text), json!([{ "exactly": text }])),
            (json!([text, "b"]), json!([{ "exactly": text }, { "exactly": "b" }])),
            (json!(number), json!([number])),
            (json!([number, 1.5]), json!([number, 1.5])),
            (json!({ "prefix": text }), json!([{ "prefix": text }])),
            (json!({ "suffix": [text, "b"] }), json!([{ "suffix": text }, { "suffix": "b" }])),
            (json!({ "equals-ignore-case": text }), json!([{ "equals-ignore-case": text }])),
            (json!({ "wildcard": format!("*{text}") }), json!([{ "wildcard": format!("*{text}") }])),
        ];
        for (operand, plain) in excluded {
            let negated = Pattern::parse(&json!({ "a": [{ "anything-but": operand }] })).expect("valid");
            let plain = Pattern::parse(&json!({ "a": plain })).expect("valid");
            prop_assert_ne!(negated.matches(&event), plain.matches(&event), "{} on {}", operand, event);
        }
    }

    #[test]
    fn wildcards_agree_with_exhaustion(wanted in "[ab*]{0,7}", text in "[ab]{0,9}") {
        let wildcard = json!({ "a": [{ "wildcard": wanted }] });
        if let Ok(pattern) = Pattern::parse(&wildcard) {
            let (wanted, characters): (Vec<char>, Vec<char>) = (wanted.chars().collect(), text.chars().collect());
            let expected = wildcard_by_exhaustion(&wanted, &characters);
            prop_assert_eq!(pattern.matches(&json!({ "a": text })), expected);
        } else {
            prop_assert!(wanted.contains("**") || wanted.matches('*').count() > 5);
        }
    }

    #[test]
    fn case_is_ignored_in_whole_start_and_end(wanted in "[a-cA-Cé]{0,4}", text in "[a-cA-CÉ]{0,6}") {
        let (low_wanted, low_text) = (wanted.to_lowercase(), text.to_lowercase());
        let event = json!({ "a": text });
        for (alternative, expected) in [
            (json!({ "equals-ignore-case": wanted }), low_text == low_wanted),
            (json!({ "prefix": { "equals-ignore-case": wanted } }), low_text.starts_with(&low_wanted)),
            (json!({ "suffix": { "equals-ignore-case": wanted } }), low_text.ends_with(&low_wanted)),
        ] {
            let pattern = Pattern::parse(&json!({ "a": [alternative] })).expect("valid");
            prop_assert_eq!(pattern.matches(&event), expected, "{} on {}", alternative, event);
        }
    }

    #[test]
    fn spelling_of_numbers_does_not_matter(number in -1_000_000_i64..1_000_000) {
        let event = json!({ "a": number as f64 });
        let accepts = |spelled: String, event: &Value| {
            pattern(&format!("{{\"a\": [{spelled}]}}")).matches(event)
        };
        let as_double = accepts(number.to_string(), &event);
        let as_integer = accepts(format!("{number}.0e0"), &json!({ "a": number }));
        let next = accepts((number + 1).to_string(), &event);
        prop_assert!(as_double);
        prop_assert!(as_integer);
        prop_assert!(!next);
    }
}
