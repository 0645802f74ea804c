//! What is refused, where the error points and what is only warned of.

use serde_json::{Value, json};

use super::super::{AslError, ExecutionType, QueryLanguage, StateKind, StateMachine, Template, jsonata};
use super::machine;

/// A machine of a state under test, `S`, and one that ends, `T`.
fn with_state(state: Value) -> Value {
    json!({ "StartAt": "S", "States": { "S": state, "T": { "Type": "Succeed" } } })
}

fn errors(document: &Value) -> Vec<AslError> {
    StateMachine::parse(document).err().unwrap_or_default()
}

#[test]
fn errors_point_at_the_place() {
    let inner = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "Next": "T" } } });
    let cases = [
        (json!({ "Type": "Pass", "Next": "U" }), "/States/S/Next: there is no state U here"),
        (json!({ "Type": "Pass" }), "/States/S: neither Next nor End"),
        (json!({ "Type": "Pass", "Next": "T", "End": true }), "/States/S/End: Next and End exclude"),
        (json!({ "Type": "Psas", "End": true }), "/States/S/Type: there is no type of state Psas (did you mean Pass?"),
        (json!({ "Type": "Pass", "End": true, "InputPaht": "$" }), "/States/S/InputPaht: a Pass state cannot have"),
        (json!({ "Type": "Succeed", "End": true }), "/States/S/End: a Succeed state cannot have"),
        (
            json!({ "Type": "Pass", "End": true, "Parameters": { "a": [{ "b.$": "x" }] } }),
            "/States/S/Parameters/a/0/b.$: `x` is neither",
        ),
        (json!({ "Type": "Pass", "End": true, "Parameters": { "b.$": 1 } }), "/States/S/Parameters/b.$: the value"),
        (json!({ "Type": "Pass", "End": true, "ResultPath": "$.a[*]" }), "/States/S/ResultPath: ResultPath must name one"),
        (json!({ "Type": "Pass", "End": true, "ResultPath": "$$.a" }), "/States/S/ResultPath: ResultPath must name one"),
        (
            json!({ "Type": "Pass", "End": true, "Output": 1 }),
            "/States/S/Output: a Pass state cannot have a field Output (the state's query language is JSONPath",
        ),
        (
            json!({ "Type": "Pass", "End": true, "QueryLanguage": "JSONata", "Output": "{% 1 + %}" }),
            "/States/S/Output: the JSONata expression ends",
        ),
        (
            json!({ "Type": "Task", "Resource": "r", "End": true, "TimeoutSeconds": 0 }),
            "/States/S/TimeoutSeconds: TimeoutSeconds must be",
        ),
        (
            json!({ "Type": "Task", "Resource": "r", "End": true, "TimeoutSeconds": 5, "HeartbeatSeconds": 5 }),
            "/States/S/HeartbeatSeconds: ",
        ),
        (json!({ "Type": "Task", "End": true }), "/States/S: Resource is missing"),
        (json!({ "Type": "Choice", "Choices": [] }), "/States/S/Choices: Choices is empty"),
        (
            json!({ "Type": "Choice", "Choices": [{ "Variable": "$.a", "IsNull": true, "Next": "U" }] }),
            "/States/S/Choices/0/Next: ",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Variable": "$.a", "NumericEquals": "1", "Next": "T" }] }),
            "/States/S/Choices/0/NumericEquals: ",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Variable": "$.a", "BooleanLessThan": true, "Next": "T" }] }),
            "/States/S/Choices/0/BooleanLessThan: ",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Variable": "$.a", "IsNull": true, "IsString": true, "Next": "T" }] }),
            "/States/S/Choices/0: a rule has exactly one",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "And": [{ "Variable": "$.a", "IsNull": true, "Next": "T" }], "Next": "T" }] }),
            "/States/S/Choices/0/And/0/Next: ",
        ),
        (
            json!({ "Type": "Choice", "Choices": [{ "Not": { "IsNull": true }, "Next": "T" }] }),
            "/States/S/Choices/0/Not: Variable is missing",
        ),
        (json!({ "Type": "Wait", "Seconds": 1, "SecondsPath": "$.s", "End": true }), "/States/S: a Wait has exactly one"),
        (json!({ "Type": "Wait", "Timestamp": "tomorrow", "End": true }), "/States/S/Timestamp: `tomorrow`"),
        (
            json!({ "Type": "Parallel", "Branches": [inner], "End": true }),
            "/States/S/Branches/0/States/I/Next: there is no state T here",
        ),
        (json!({ "Type": "Map", "ItemProcessor": inner, "End": true }), "/States/S/ItemProcessor/States/I/Next: "),
        (
            json!({ "Type": "Map", "Iterator": inner, "ItemProcessor": inner, "End": true }),
            "/States/S/Iterator: ItemProcessor and Iterator",
        ),
    ];
    for (state, expected) in cases {
        let found = errors(&with_state(state.clone()));
        assert!(found.iter().any(|error| error.to_string().starts_with(expected)), "{state}: {found:?}");
    }
}

#[test]
fn retriers_and_catchers_are_checked() {
    let cases = [
        (json!({ "ErrorEquals": ["A"], "IntervalSeconds": 0 }), "IntervalSeconds"),
        (json!({ "ErrorEquals": ["A"], "MaxAttempts": -1 }), "MaxAttempts"),
        (json!({ "ErrorEquals": ["A"], "MaxAttempts": 1.5 }), "MaxAttempts"),
        (json!({ "ErrorEquals": ["A"], "BackoffRate": 0.99 }), "BackoffRate"),
        (json!({ "ErrorEquals": ["A"], "MaxDelaySeconds": 31_622_401 }), "MaxDelaySeconds"),
        (json!({ "ErrorEquals": ["A"], "IntervalSeconds": 5, "MaxDelaySeconds": 5 }), "MaxDelaySeconds"),
        (json!({ "ErrorEquals": ["A"], "JitterStrategy": "SOME" }), "JitterStrategy"),
        (json!({ "ErrorEquals": ["A", "States.ALL"] }), "ErrorEquals"),
        (json!({ "ErrorEquals": [] }), "ErrorEquals"),
        (json!({ "ErrorEquals": "A" }), "ErrorEquals"),
    ];
    for (retrier, key) in cases {
        let found = errors(&with_state(json!({ "Type": "Task", "Resource": "r", "End": true, "Retry": [retrier] })));
        let place: Vec<&str> = vec!["States", "S", "Retry", "0", key];
        assert!(found.iter().any(|error| error.path == place), "{retrier}: {found:?}");
    }
    let early = json!([{ "ErrorEquals": ["States.ALL"], "Next": "T" }, { "ErrorEquals": ["A"], "Next": "T" }]);
    let found = errors(&with_state(json!({ "Type": "Task", "Resource": "r", "End": true, "Catch": early })));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].message.contains("last entry"), "{found:?}");
}

#[test]
fn all_errors_are_returned() {
    let document = json!({
        "StartAt": "X", "Stats": {}, "TimeoutSeconds": "1",
        "States": { "A": { "Type": "Pass", "Next": "B" }, "C": { "Type": "Nap" }, "D": 1, "E": { "Type": "Succeed", "OutputPath": "x" } }
    });
    let mut places: Vec<String> = errors(&document).iter().map(|error| error.path.join("/")).collect();
    places.sort();
    let expected = ["StartAt", "States/A/Next", "States/C/Type", "States/D", "States/E/OutputPath", "Stats", "TimeoutSeconds"];
    assert_eq!(places, expected);
    for document in [json!(null), json!({}), json!([]), json!({ "StartAt": "A", "States": {} })] {
        assert!(!errors(&document).is_empty(), "{document} was accepted");
    }
    let endless = json!({ "StartAt": "A", "States": { "A": { "Type": "Pass", "Next": "A" } } });
    assert!(errors(&endless)[0].message.contains("no state ends"), "{:?}", errors(&endless));
}

#[test]
fn deep_nesting_is_refused() {
    let mut document = json!({ "StartAt": "S", "States": { "S": { "Type": "Succeed" } } });
    for _ in 0..40 {
        document = json!({ "StartAt": "S", "States": { "S": { "Type": "Parallel", "Branches": [document], "End": true } } });
    }
    assert!(errors(&document).iter().any(|error| error.message.contains("nest at most")));
}

#[test]
fn names_have_at_most_80_characters() {
    for (length, accepted) in [(80, true), (81, false)] {
        let name = "é".repeat(length);
        let document = json!({ "StartAt": name, "States": { (name.clone()): { "Type": "Succeed" } } });
        assert_eq!(StateMachine::parse(&document).is_ok(), accepted, "{length}");
    }
}

#[test]
fn doubtful_things_are_warnings() {
    let document = json!({
        "StartAt": "A",
        "States": {
            "A": { "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "B",
                   "Retry": [{ "ErrorEquals": ["States.Timeouts"] }] },
            "B": { "Type": "Choice", "Choices": [{ "Variable": "$.a[*]", "IsNull": true, "Next": "D" }] },
            "C": { "Type": "Pass", "Next": "D" },
            "D": { "Type": "Parallel", "End": true,
                   "Branches": [{ "StartAt": "A", "States": { "A": { "Type": "Pass", "End": true } } }] }
        }
    });
    let warnings: Vec<String> = machine(&document).warnings.iter().map(ToString::to_string).collect();
    let expected = [
        "/States/A: without a timeout",
        "/States/A/Retry/0/ErrorEquals/0: States.Timeouts is not one of the reserved error names (did you mean States.Timeout?)",
        "/States/B/Choices/0/Variable: Variable should be a reference path",
        "/States/C: nothing leads to C",
        "/States: several states are called A",
    ];
    assert_eq!(warnings.len(), expected.len(), "{warnings:#?}");
    for start in expected {
        assert!(warnings.iter().any(|warning| warning.starts_with(start)), "{start} not in {warnings:#?}");
    }
}

#[test]
fn fields_arrive_where_they_belong() {
    let processor = json!({
        "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS" },
        "StartAt": "I", "States": { "I": { "Type": "Task", "Resource": "${Function}", "TimeoutSecondsPath": "$.t", "End": true } }
    });
    let document = json!({
        "Comment": "c", "StartAt": "M", "TimeoutSeconds": 60,
        "States": {
            "M": { "Type": "Map", "Iterator": processor, "ItemsPath": "$.items", "Parameters": { "v.$": "$$.Map.Item.Value" },
                   "MaxConcurrency": 5, "ToleratedFailurePercentage": 2.5, "Label": "L", "Next": "W",
                   "ItemReader": { "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "MaxItemsPath": "$.most" } },
                   "ItemBatcher": { "MaxItemsPerBatch": 10, "BatchInput": { "x.$": "$.x" } } },
            "W": { "Type": "Wait", "SecondsPath": "$.pause", "Next": "C" },
            "C": { "Type": "Choice", "Choices": [
                       { "And": [{ "Variable": "$.a", "NumericEqualsPath": "$.b" }, { "Variable": "$$.State.Name", "IsString": true }], "Next": "W" }
                   ], "Default": "F" },
            "F": { "Type": "Fail", "ErrorPath": "$.a", "Cause": "because" }
        }
    });
    let machine = machine(&document);
    assert_eq!((machine.timeout_seconds, machine.comment.as_deref(), machine.states.len()), (Some(60), Some("c"), 4));
    let StateKind::Map(map) = &machine.states["M"].kind else { panic!("no Map") };
    assert_eq!(map.distributed, Some(ExecutionType::Express));
    assert!(map.item_selector.is_some() && machine.states["M"].parameters.is_none());
    assert_eq!(map.tolerated_failure_percentage, Some(Template::Literal(json!(2.5))));
    assert_eq!(map.item_batcher.as_ref().unwrap().items_max, Some(Template::Literal(json!(10))));
    assert_eq!(machine.states["C"].targets(), ["W", "F"]);
    assert_eq!(machine.paths_read(), ["$.items", "$.most", "$.t", "$.pause", "$.a", "$.b"]);
}

#[test]
fn languages_are_inherited_from_the_document() {
    let inner = json!({ "StartAt": "I", "States": { "I": { "Type": "Pass", "End": true } } });
    let nested = |top: Option<&str>, state: Option<&str>| {
        let mut document = json!({ "StartAt": "S", "States": { "S": { "Type": "Parallel", "Branches": [inner], "End": true } } });
        if let Some(top) = top {
            document["QueryLanguage"] = json!(top);
        }
        if let Some(state) = state {
            document["States"]["S"]["QueryLanguage"] = json!(state);
        }
        StateMachine::parse(&document).ok().map(|machine| {
            let inner = machine.states["S"].inner_machines()[0].states["I"].query_language;
            (machine.states["S"].query_language, inner)
        })
    };
    let (path, jsonata) = (QueryLanguage::JsonPath, QueryLanguage::Jsonata);
    assert_eq!(nested(None, None), Some((path, path)));
    assert_eq!(nested(None, Some("JSONata")), Some((jsonata, path)));
    assert_eq!(nested(Some("JSONata"), None), Some((jsonata, jsonata)));
    assert_eq!(nested(Some("JSONata"), Some("JSONata")), Some((jsonata, jsonata)));
    assert_eq!(nested(Some("JSONata"), Some("JSONPath")), None);
    assert_eq!(nested(Some("XPath"), None), None);
}

#[test]
fn jsonata_expressions_are_checked_in_form() {
    let accepted = [
        "{% 1 %}",
        "{%$x%}",
        "{% $states.input.a.b[0][-1] %}",
        "{% -1 + 2.5e-3 * (3 - -4) %}",
        "{% $f($x, ?, 1) %}",
        "{% $x ? 'a' : \"b\" %}",
        "{% { 'a': 1, \"b\": [1..5, $y], $k: {} }.a %}",
        "{% ($a := 1; $b := $a; $a & $b;) %}",
        "{% function($v, $i) { $v > 1 and $i in [1, 2] or false } %}",
        "{% $match(x, /^[a-z\\/]+$/i) %}",
        "{% *.**.%.a %}",
        "{% $map($.items, λ($i)<n:n>{ $i * 2 }) %}",
        "{% $ %}",
        "{% $$.a %}",
        "{% items^(>price, <name)[0] %}",
        "{% a /* note */ ~> $sum %}",
        "{% `odd name`.and.or %}",
        "{% $ ~> |a.b|{ 'x': 1 }| %}",
        "{%\n  $x\n%}",
        "{% $now() %}",
        "{% $x = null and $not(y) %}",
    ];
    for text in accepted {
        assert_eq!(jsonata::expression(text), Ok(true), "{text}");
    }
    let refused = [
        "{% %}",
        "{% 1",
        "1 %}",
        "{%}",
        "{% 1 + %}",
        "{% 1 + * 2 %}",
        "{% 1 2 %}",
        "{% (1 %}",
        "{% 1) %}",
        "{% [1, ] %}",
        "{% (1] %}",
        "{% 'open %}",
        "{% $.a[?(@.b < 1)].c %}",
        "{% function $x { 1 } %}",
        "{% /* open %}",
        "{% a..b.. %}",
        "{% + 1 %}",
    ];
    for text in refused {
        assert!(jsonata::expression(text).is_err(), "{text} was accepted");
    }
    assert_eq!(jsonata::expression("plain { % text"), Ok(false));
    assert!(jsonata::expression(&format!("{{% {}1{} %}}", "(".repeat(9_000), ")".repeat(9_000))).is_err());
}
