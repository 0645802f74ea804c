//! What a task calls, judged by its resource, and the names by which a scenario may mean its target.
//!
//! Sources, read 2026-11-23: <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html> and
//! <https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html>.

use serde_json::Value;

use crate::fabric::Operation;

use super::asl::{Path, Task, Template};

/// What a task calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    /// A function, by its ARN: input and result are the payloads.
    Function,
    /// A function, by `lambda:invoke`: parameters and result wrap the payloads.
    Invoke,
    /// The same with `InvocationType: Event`.
    InvokeEvent,
    /// SQS `SendMessage`.
    Message,
    /// SNS `Publish`.
    Topic,
    /// EventBridge `PutEvents`.
    Event,
    /// DynamoDB `GetItem`.
    Read,
    /// DynamoDB `PutItem`, `UpdateItem`, `DeleteItem`.
    Write,
    /// Step Functions `StartExecution`.
    Execution,
    /// Step Functions `StartSyncExecution`.
    SyncExecution,
    /// An HTTP task.
    Http,
    /// Anything else: an external service.
    Other,
}

/// How a task is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Integration {
    pub called: Called,
    /// What the target must take, the best first.
    pub operations: Vec<Operation>,
    /// Names of the target, the most telling first.
    pub names: Vec<String>,
}

impl Integration {
    /// Judges a task by its resource and parameters.
    pub fn of(task: &Task, parameters: Option<&Template>) -> Self {
        let resource = task.resource.as_str();
        let (called, operation, parameter) = match resource.split_once(":states:::").map(|(_, action)| action) {
            Some(action) => by_action(action.strip_prefix("aws-sdk:").unwrap_or(action)),
            None => (Called::Function, Some(Operation::Invoke), None),
        };
        let mut names = names_of(resource);
        let target = parameter.and_then(|name| field(parameters?, name));
        let target = if called == Called::Event { bus(parameters).or(Some("default".to_owned())) } else { target };
        for name in target.iter().flat_map(|text| names_of(text)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let event = called == Called::Invoke
            && parameters.and_then(|parameters| field(parameters, "InvocationType")).as_deref() == Some("Event");
        let (called, operation) = if event { (Called::InvokeEvent, Some(Operation::InvokeEvent)) } else { (called, operation) };
        Self { called, operations: operation.into_iter().chain([Operation::Request]).collect(), names }
    }
}

fn by_action(action: &str) -> (Called, Option<Operation>, Option<&'static str>) {
    match action {
        "lambda:invoke" => (Called::Invoke, Some(Operation::Invoke), Some("FunctionName")),
        "sqs:sendMessage" => (Called::Message, Some(Operation::SendMessage), Some("QueueUrl")),
        "sns:publish" => (Called::Topic, Some(Operation::Publish), Some("TopicArn")),
        "events:putEvents" | "eventbridge:putEvents" => (Called::Event, Some(Operation::PutEvents), None),
        "dynamodb:getItem" => (Called::Read, Some(Operation::GetItem), Some("TableName")),
        "dynamodb:putItem" => (Called::Write, Some(Operation::PutItem), Some("TableName")),
        "dynamodb:updateItem" => (Called::Write, Some(Operation::UpdateItem), Some("TableName")),
        "dynamodb:deleteItem" => (Called::Write, Some(Operation::DeleteItem), Some("TableName")),
        "states:startExecution" | "sfn:startExecution" => {
            (Called::Execution, Some(Operation::StartExecution), Some("StateMachineArn"))
        }
        "sfn:startSyncExecution" => (Called::SyncExecution, Some(Operation::StartSyncExecution), Some("StateMachineArn")),
        "http:invoke" => (Called::Http, None, Some("ApiEndpoint")),
        _ => (Called::Other, None, None),
    }
}

/// The text of a field of the parameters; of a computed one its path as written.
fn field(parameters: &Template, name: &str) -> Option<String> {
    match parameters {
        Template::Literal(value) => value.get(name)?.as_str().map(str::to_owned),
        Template::Object(fields) => fields.iter().find(|(key, _)| key == name).and_then(|(_, field)| text_of(field)),
        _ => None,
    }
}

fn text_of(template: &Template) -> Option<String> {
    match template {
        Template::Literal(value) => value.as_str().map(str::to_owned),
        Template::Path(path) => Some(Path::text(path).to_owned()),
        _ => None,
    }
}

/// The bus of the first entry.
fn bus(parameters: Option<&Template>) -> Option<String> {
    match parameters? {
        Template::Literal(value) => value.get("Entries")?.get(0)?.get("EventBusName")?.as_str().map(str::to_owned),
        Template::Object(fields) => match &fields.iter().find(|(key, _)| key == "Entries")?.1 {
            Template::Array(entries) => field(entries.first()?, "EventBusName"),
            Template::Literal(value) => value.get(0)?.get("EventBusName")?.as_str().map(str::to_owned),
            _ => None,
        },
        _ => None,
    }
}

/// How many entries a `PutEvents` has, where the document says so.
pub fn entries(parameters: Option<&Template>) -> Option<usize> {
    match parameters? {
        Template::Literal(value) => value.get("Entries")?.as_array().map(Vec::len),
        Template::Object(fields) => match &fields.iter().find(|(key, _)| key == "Entries")?.1 {
            Template::Array(entries) => Some(entries.len()),
            Template::Literal(Value::Array(entries)) => Some(entries.len()),
            _ => None,
        },
        _ => None,
    }
}

/// `Source` and `DetailType` of the first entry of a `PutEvents`, where the document says both.
pub fn envelope(parameters: Option<&Template>) -> Option<(String, String)> {
    let constant = |fields: &[(String, Template)], name: &str| {
        let (_, template) = fields.iter().find(|(key, _)| key == name)?;
        Some(template.fixed()?.as_str()?.to_owned())
    };
    let written = |entry: &Value| {
        let text = |name: &str| entry.get(name)?.as_str().map(str::to_owned);
        Some((text("Source")?, text("DetailType")?))
    };
    match parameters? {
        Template::Literal(value) => written(value.get("Entries")?.get(0)?),
        Template::Object(fields) => match &fields.iter().find(|(key, _)| key == "Entries")?.1 {
            Template::Array(entries) => match entries.first()? {
                Template::Object(fields) => Some((constant(fields, "Source")?, constant(fields, "DetailType")?)),
                Template::Literal(value) => written(value),
                _ => None,
            },
            Template::Literal(value) => written(value.get(0)?),
            _ => None,
        },
        _ => None,
    }
}

/// A text, and the names in it: what a placeholder stands for, the function of an ARN, the last part of an ARN or URL.
fn names_of(text: &str) -> Vec<String> {
    let mut names = vec![text.to_owned()];
    let mut add = |name: &str| {
        if !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    };
    if text.contains(":states:::") {
        return names;
    }
    if let Some((_, function)) = text.split_once(":function:") {
        add(function);
        // Without the version or alias.
        add(function.split(':').next().unwrap_or(function));
    }
    let last = text.rsplit([':', '/']).next().unwrap_or(text);
    add(last);
    for name in names.clone() {
        if let Some(inner) = name.strip_prefix("${").and_then(|rest| rest.split('}').next()) {
            // `${Function.Arn}` and `${Function}` name the same thing.
            for inner in [inner, inner.split('.').next().unwrap_or(inner)] {
                if !inner.is_empty() && !names.iter().any(|known| known == inner) {
                    names.push(inner.to_owned());
                }
            }
        }
    }
    names
}
