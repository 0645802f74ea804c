mod arrays;
mod corpus;
mod errors;
mod event_source;
mod operators;
mod properties;
mod sns;
mod structure;

use super::Pattern;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|mistake| panic!("{text}: {mistake}"))
}

fn pattern(text: &str) -> Pattern {
    Pattern::parse(&json(text)).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

/// Asserts the verdict of each (pattern, event, matches).
fn assert_verdicts(cases: &[(&str, &str, bool)]) {
    for (pattern_text, event, expected) in cases {
        let verdict = pattern(pattern_text).matches(&json(event));
        assert_eq!(verdict, *expected, "{pattern_text} on {event}");
    }
}
