//! What the output of an operator depends on and keeps, judged once from the document.

use super::super::asl::{QueryLanguage, ResultPath, Selection, State, StateKind, Template};
use super::super::integration::Called;
use super::Operator;
use super::evaluate::Kind;

/// Where the content of an output comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is the raw input.
    Input,
    /// It is the raw input unless that is a text, which is decoded.
    InputOrDecoded,
    /// It is made of the answer, or of the outputs of the children, alone.
    Answer,
    /// It is made of both.
    Both,
}

/// What is known of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub origin: Origin,
    /// Whether anything of the input can be in the output.
    pub keeps_input: bool,
    /// Whether anything of the answer, or of the children's outputs, can be in it.
    pub keeps_answer: bool,
}

impl Plan {
    /// Judges an operator of a state; `carried` contents hold variables beside the data.
    pub fn of(state: &State, operator: &Operator, carried: bool) -> Self {
        let plain = !carried && state.query_language == QueryLanguage::JsonPath && state.output.is_none();
        let origin = if plain { origin(state, &operator.kind) } else { Origin::Both };
        let placed = state.result_path != ResultPath::Discard;
        let replaced = state.result_path == ResultPath::default();
        let selected = state.result_selector.as_ref().is_none_or(Template::reads_input);
        let (keeps_input, keeps_answer) = match &operator.kind {
            Kind::Reply(_) => (!replaced, placed && selected),
            Kind::Gather => (!replaced, placed),
            Kind::Caught(catcher) => (state.catch[*catcher].result_path != ResultPath::default(), false),
            Kind::Output if has_fixed_result(state) => (!replaced, false),
            Kind::Request(_) | Kind::Output | Kind::Branches => {
                (state.parameters.as_ref().is_none_or(Template::reads_input), false)
            }
        };
        Self { origin, keeps_input, keeps_answer }
    }
}

/// Whether a state hands on its input as it is, unless it sets variables by rules.
pub fn is_identity(state: &State) -> bool {
    let plain = state.input_path == Selection::default() && state.output_path == Selection::default();
    let shaped = state.parameters.is_some() || state.output.is_some() || state.assign.is_some();
    plain && !shaped && !has_fixed_result(state) && state.result_path == ResultPath::default()
}

fn origin(state: &State, kind: &Kind) -> Origin {
    let whole = state.input_path == Selection::default();
    match kind {
        Kind::Request(called) if whole => match (&state.parameters, called) {
            (None, Called::Function | Called::Other) => Origin::Input,
            (Some(Template::Object(fields)), _) if called.body().is_some_and(|body| is_whole_body(fields, body)) => {
                Origin::InputOrDecoded
            }
            _ => Origin::Both,
        },
        Kind::Reply(_) | Kind::Gather => match &state.result_path {
            ResultPath::Discard if state.result_selector.is_none() && state.output_path == Selection::default() => Origin::Input,
            path if *path == ResultPath::default() => Origin::Answer,
            _ => Origin::Both,
        },
        Kind::Request(_) | Kind::Output | Kind::Branches | Kind::Caught(_) => Origin::Both,
    }
}

/// Whether of a task's parameters only the body is computed, and is the whole input.
fn is_whole_body(fields: &[(String, Template)], body: &str) -> bool {
    let mut bodies = fields.iter().filter(|(name, _)| name == body).map(|(_, template)| template);
    let whole = matches!(bodies.next(), Some(Template::Path(path)) if path.is_whole_input());
    let fixed = fields.iter().all(|(name, template)| name == body || template.fixed().is_some());
    whole && bodies.next().is_none() && fixed
}

fn has_fixed_result(state: &State) -> bool {
    matches!(&state.kind, StateKind::Pass(pass) if pass.result.is_some())
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{Value, json};

    use super::super::super::asl::{StateKind, StateMachine};
    use super::super::super::integration::Integration;
    use super::super::evaluate::{Kind, Sight, content};
    use super::super::{Operator, View};
    use super::{Origin, Plan};

    const INVOKE: &str = "arn:aws:states:::lambda:invoke";

    /// States with data flow of every kind.
    fn states() -> Vec<Value> {
        let invoke = |parameters: Value| json!({ "Type": "Task", "Resource": INVOKE, "Parameters": parameters });
        let send = json!({ "QueueUrl": "https://sqs/queue", "MessageBody.$": "$" });
        let mut states = vec![
            json!({ "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:charge" }),
            invoke(json!({ "FunctionName": "charge", "Payload.$": "$" })),
            invoke(json!({ "FunctionName": "charge", "Payload.$": "$.a" })),
            invoke(json!({ "FunctionName": "charge", "Payload": { "all.$": "$" } })),
            invoke(json!({ "FunctionName.$": "$.a", "Payload.$": "$" })),
            json!({ "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "Parameters": send }),
            json!({ "Type": "Parallel", "Branches": [{ "StartAt": "B", "States": { "B": { "Type": "Pass", "End": true } } }] }),
        ];
        let flows = [
            json!({ "InputPath": "$.a" }),
            json!({ "ResultPath": null }),
            json!({ "ResultPath": null, "OutputPath": "$.a" }),
            json!({ "ResultPath": null, "ResultSelector": { "a.$": "$.a" } }),
            json!({ "ResultPath": "$.result" }),
            json!({ "ResultSelector": { "whole.$": "$" } }),
            json!({ "ResultSelector": { "whole.$": "$" }, "OutputPath": "$.whole" }),
        ];
        for place in 0..states.len() {
            for flow in &flows {
                let mut state = states[place].clone();
                state.as_object_mut().unwrap().extend(flow.as_object().unwrap().clone());
                states.push(state);
            }
        }
        states
    }

    /// What is said of an operator is held against what it makes of all sorts of inputs and answers.
    #[test]
    fn outputs_come_from_where_the_plan_says() {
        let values = [
            json!({}),
            json!({ "a": { "b": 1 }, "result": 2 }),
            json!([1, 2]),
            json!("plain"),
            json!(r#"{"a":1}"#),
            json!(3),
            json!(null),
        ];
        let mut counts = [0; 4];
        for mut document in states() {
            document["End"] = json!(true);
            let machine = json!({ "StartAt": "S", "States": { "S": document } });
            let machine = StateMachine::parse(&machine).unwrap_or_else(|mistakes| panic!("{document}: {mistakes:?}"));
            let state = &machine.states["S"];
            let kinds = match &state.kind {
                StateKind::Task(task) => {
                    let called = Integration::of(task, state.parameters.as_ref()).called;
                    vec![Kind::Request(called), Kind::Reply(called)]
                }
                _ => vec![Kind::Branches, Kind::Gather],
            };
            for kind in kinds {
                let origin = Plan::of(state, &Operator { state: 0, kind: kind.clone() }, false).origin;
                counts[origin as usize] += 1;
                for answer in &values {
                    let made = |input: &Value| {
                        let (view, context) = (View::of(input, false), Value::Null);
                        let sight = Sight { context: &context, seed: 0 };
                        content(state, &kind, &view, Cow::Borrowed(answer), true, sight).map_err(|error| error.name)
                    };
                    for input in &values {
                        match origin {
                            Origin::Input => assert_eq!(made(input).as_ref(), Ok(input), "{document} {kind:?}"),
                            Origin::InputOrDecoded if input.is_string() => {}
                            Origin::InputOrDecoded => assert_eq!(made(input).as_ref(), Ok(input), "{document} {kind:?}"),
                            Origin::Answer => assert_eq!(made(input), made(&json!({})), "{document} {kind:?}"),
                            Origin::Both => {}
                        }
                    }
                }
            }
        }
        assert!(counts.iter().all(|count| *count >= 8), "{counts:?}");
    }
}
