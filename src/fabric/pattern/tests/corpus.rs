//! Cases from the real service and from event-ruler: pattern, event, verdict.

use crate::corpus::corpus;
use crate::fabric::pattern::Pattern;
use serde_json::Value;

fn verdict(case: &Value) -> &'static str {
    match (Pattern::parse(&case["pattern"]), &case["event"]) {
        (Err(_), _) => "invalid",
        (Ok(_), Value::Null) => "valid",
        (Ok(pattern), event) if pattern.matches(event) => "match",
        (Ok(_), _) => "no-match",
    }
}

#[test]
fn agrees_with_the_corpus() {
    let Some(file) = corpus("event-patterns/cases.json") else {
        return;
    };
    let text = std::fs::read_to_string(file).expect("the corpus is readable");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the corpus is a JSON list");
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| case["expected"] != verdict(case))
        .map(|case| {
            let errors = Pattern::parse(&case["pattern"]).err();
            format!("{}: {} instead of {}, {errors:?}", case["id"], verdict(case), case["expected"])
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} cases agree", cases.len());
}
