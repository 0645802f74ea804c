//! Reading one state.

use serde_json::Value;

use super::choice_parse::read_choice;
use super::fields::{Fields, Report, nearest};
use super::model::{
    ExecutionType, Fail, Integration, ItemBatcher, ItemReader, Map, Parallel, Pass, QueryLanguage, ResultWriter, State,
    StateKind, Task, Wait,
};
use super::parse::{Level, SECONDS_MAX, read_catch, read_machine, read_query_language, read_retry};
use super::template::Template;
use super::timestamp::Timestamp;

const TYPES: [&str; 8] = ["Task", "Choice", "Parallel", "Map", "Wait", "Pass", "Succeed", "Fail"];

/// Fields that some types of state have whatever the query language.
const SHARED_FIELDS: [(&str, &[&str]); 8] = [
    ("Task", &["Resource", "TimeoutSeconds", "HeartbeatSeconds", "Credentials", "Retry", "Catch", "Next", "End", "Assign"]),
    ("Choice", &["Choices", "Default", "Assign"]),
    ("Parallel", &["Branches", "Retry", "Catch", "Next", "End", "Assign"]),
    (
        "Map",
        &[
            "ItemProcessor",
            "Iterator",
            "ItemSelector",
            "ItemReader",
            "ItemBatcher",
            "ResultWriter",
            "MaxConcurrency",
            "ToleratedFailurePercentage",
            "ToleratedFailureCount",
            "Label",
            "Retry",
            "Catch",
            "Next",
            "End",
            "Assign",
        ],
    ),
    ("Wait", &["Seconds", "Timestamp", "Next", "End", "Assign"]),
    ("Pass", &["Next", "End", "Assign"]),
    ("Succeed", &[]),
    ("Fail", &["Error", "Cause"]),
];
const JSONPATH_FIELDS: [(&str, &[&str]); 8] = [
    (
        "Task",
        &["InputPath", "Parameters", "ResultSelector", "ResultPath", "OutputPath", "TimeoutSecondsPath", "HeartbeatSecondsPath"],
    ),
    ("Choice", &["InputPath", "OutputPath"]),
    ("Parallel", &["InputPath", "Parameters", "ResultSelector", "ResultPath", "OutputPath"]),
    (
        "Map",
        &[
            "InputPath",
            "ItemsPath",
            "Parameters",
            "ResultSelector",
            "ResultPath",
            "OutputPath",
            "MaxConcurrencyPath",
            "ToleratedFailurePercentagePath",
            "ToleratedFailureCountPath",
        ],
    ),
    ("Wait", &["InputPath", "OutputPath", "SecondsPath", "TimestampPath"]),
    ("Pass", &["InputPath", "Parameters", "Result", "ResultPath", "OutputPath"]),
    ("Succeed", &["InputPath", "OutputPath"]),
    ("Fail", &["ErrorPath", "CausePath"]),
];
const JSONATA_FIELDS: [(&str, &[&str]); 8] = [
    ("Task", &["Arguments", "Output"]),
    ("Choice", &["Output"]),
    ("Parallel", &["Arguments", "Output"]),
    ("Map", &["Items", "Output"]),
    ("Wait", &["Output"]),
    ("Pass", &["Output"]),
    ("Succeed", &["Output"]),
    ("Fail", &[]),
];

/// Reads a state at the report's place. None only if an error was noted.
pub(super) fn read_state(
    name: &str,
    value: &Value,
    inherited: QueryLanguage,
    depth: usize,
    report: &mut Report,
) -> Option<State> {
    let Some(object) = value.as_object() else {
        report.error("", "a state is an object", "it needs a Type");
        return None;
    };
    let mut fields = Fields { object, report, language: inherited };
    fields.language = read_query_language(&mut fields).unwrap_or(inherited);
    if inherited == QueryLanguage::Jsonata && fields.language == QueryLanguage::JsonPath {
        let hint = "leave QueryLanguage to the states instead";
        fields.report.error("QueryLanguage", "a state of a JSONata machine cannot be JSONPath", hint);
    }
    let type_name = fields.required_text("Type", "one of Task, Choice, Parallel, Map, Wait, Pass, Succeed and Fail");
    let Some(known) = TYPES.into_iter().find(|known| *known == type_name) else {
        if !type_name.is_empty() {
            let hint = nearest(&type_name, &TYPES).map_or_else(|| TYPES.join(", "), |known| format!("did you mean {known}?"));
            fields.report.error("Type", format!("there is no type of state {type_name}"), hint);
        }
        return None;
    };
    check_fields(&mut fields, known);
    let next = read_next(&mut fields, known);
    let kind = read_kind(&mut fields, known, inherited, depth);
    let is_map = known == "Map";
    Some(State {
        name: name.to_owned(),
        comment: fields.text("Comment"),
        query_language: fields.language,
        input_path: fields.selection("InputPath"),
        // The Parameters of a Map are the former name of ItemSelector.
        parameters: if is_map { None } else { fields.template("Parameters").or_else(|| fields.template("Arguments")) },
        result_selector: fields.template("ResultSelector"),
        result_path: fields.result_path("ResultPath"),
        output_path: fields.selection("OutputPath"),
        output: fields.template("Output"),
        assign: fields.object_template("Assign"),
        next,
        retry: read_retry(&mut fields),
        catch: read_catch(&mut fields),
        kind: kind?,
    })
}

fn fields_of(table: &[(&str, &'static [&'static str]); 8], type_name: &str) -> &'static [&'static str] {
    table.iter().find(|(name, _)| *name == type_name).map_or(&[], |(_, fields)| *fields)
}

/// Refuses fields the type does not have, with a word on those of the other query language.
fn check_fields(fields: &mut Fields<'_>, type_name: &str) {
    let (own, other, language) = match fields.language {
        QueryLanguage::JsonPath => (&JSONPATH_FIELDS, &JSONATA_FIELDS, "JSONPath"),
        QueryLanguage::Jsonata => (&JSONATA_FIELDS, &JSONPATH_FIELDS, "JSONata"),
    };
    let mut allowed = vec!["Type", "Comment", "QueryLanguage"];
    allowed.extend(fields_of(&SHARED_FIELDS, type_name));
    allowed.extend(fields_of(own, type_name));
    for key in fields.object.keys().map(String::as_str) {
        if allowed.contains(&key) {
            continue;
        }
        let hint = if fields_of(other, type_name).contains(&key) {
            format!("the state's query language is {language}, which does not have this field")
        } else {
            nearest(key, &allowed)
                .map_or_else(|| format!("allowed are {}", allowed.join(", ")), |name| format!("did you mean {name}?"))
        };
        fields.report.error(key, format!("a {type_name} state cannot have a field {key}"), hint);
    }
}

/// Exactly one of Next and End, where a state has them at all.
fn read_next(fields: &mut Fields<'_>, type_name: &str) -> Option<String> {
    if matches!(type_name, "Choice" | "Succeed" | "Fail") {
        return None;
    }
    let end = fields.boolean("End").unwrap_or(false);
    match (fields.has("Next"), end) {
        (true, true) => fields.report.error("End", "Next and End exclude each other", "remove one of them"),
        (false, false) if fields.get("End").is_none_or(Value::is_boolean) => {
            fields.report.error("", "neither Next nor End is given", "name the next state or write `\"End\": true`");
        }
        _ => {}
    }
    if fields.get("Next") == Some(&Value::String(String::new())) {
        fields.report.error("Next", "Next is empty", "name the next state");
    }
    fields.text("Next")
}

/// Machines inside a state follow the document's language, `inherited`, not one the state sets for itself.
fn read_kind(fields: &mut Fields<'_>, type_name: &str, inherited: QueryLanguage, depth: usize) -> Option<StateKind> {
    Some(match type_name {
        "Task" => StateKind::Task(read_task(fields)),
        "Choice" => StateKind::Choice(read_choice(fields)),
        "Parallel" => StateKind::Parallel(read_parallel(fields, inherited, depth)),
        "Map" => StateKind::Map(Box::new(read_map(fields, inherited, depth)?)),
        "Wait" => StateKind::Wait(read_wait(fields)?),
        "Pass" => StateKind::Pass(Pass { result: fields.get("Result").cloned() }),
        "Succeed" => StateKind::Succeed,
        _ => StateKind::Fail(Fail { error: fields.text_template("Error"), cause: fields.text_template("Cause") }),
    })
}

fn read_task(fields: &mut Fields<'_>) -> Task {
    let seconds = 1.0..=SECONDS_MAX as f64;
    let task = Task {
        resource: fields.required_text("Resource", "the ARN of what the task calls"),
        timeout_seconds: fields.number_template("TimeoutSeconds", seconds.clone(), true),
        heartbeat_seconds: fields.number_template("HeartbeatSeconds", seconds, true),
        credentials: fields.object_template("Credentials"),
    };
    let fixed = |template: &Option<Template>| template.as_ref()?.fixed()?.as_u64();
    if let (Some(timeout), Some(heartbeat)) = (fixed(&task.timeout_seconds), fixed(&task.heartbeat_seconds))
        && heartbeat >= timeout
    {
        fields.report.error("HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds", "");
    }
    let waits = matches!(task.integration(), Integration::TaskToken | Integration::Activity);
    if waits && task.timeout_seconds.is_none() && task.heartbeat_seconds.is_none() {
        let message = "without a timeout or heartbeat, a lost answer keeps the execution waiting for up to a year";
        fields.report.warning("", message, "set TimeoutSeconds or HeartbeatSeconds");
    }
    task
}

fn read_parallel(fields: &mut Fields<'_>, inherited: QueryLanguage, depth: usize) -> Parallel {
    if !fields.has("Branches") {
        fields.report.error("", "Branches is missing", "list at least one machine");
    }
    let list = fields.list("Branches");
    if list.is_some_and(Vec::is_empty) {
        fields.report.error("Branches", "Branches is empty", "list at least one machine");
    }
    let mut branches = Vec::new();
    fields.report.inside("Branches", |report| {
        for (index, value) in list.into_iter().flatten().enumerate() {
            branches.extend(
                report.inside(&index.to_string(), |report| read_machine(value, Level::Branch, inherited, depth + 1, report)),
            );
        }
    });
    Parallel { branches }
}

fn read_map(fields: &mut Fields<'_>, inherited: QueryLanguage, depth: usize) -> Option<Map> {
    fields.only_one_of("ItemProcessor", "Iterator");
    fields.only_one_of("ItemSelector", "Parameters");
    let processor_key = if fields.has("Iterator") { "Iterator" } else { "ItemProcessor" };
    let Some(processor) = fields.get(processor_key) else {
        fields.report.error("", "ItemProcessor is missing", "it is the machine that runs for each item");
        return None;
    };
    let item_processor =
        fields.report.inside(processor_key, |report| read_machine(processor, Level::ItemProcessor, inherited, depth + 1, report));
    let selector_key = if fields.has("Parameters") { "Parameters" } else { "ItemSelector" };
    let items =
        if fields.has("Items") { fields.template("Items") } else { fields.reference_path("ItemsPath").map(Template::Path) };
    Some(Map {
        distributed: read_processor_config(fields, processor_key),
        items,
        item_selector: fields.template(selector_key),
        max_concurrency: fields.number_template("MaxConcurrency", 0.0..=SECONDS_MAX as f64, true),
        tolerated_failure_percentage: fields.number_template("ToleratedFailurePercentage", 0.0..=100.0, false),
        tolerated_failure_count: fields.number_template("ToleratedFailureCount", 0.0..=f64::from(u32::MAX), true),
        item_reader: read_item_reader(fields),
        item_batcher: read_item_batcher(fields),
        result_writer: read_result_writer(fields),
        label: fields.text("Label"),
        item_processor: item_processor?,
    })
}

/// None for inline, the children's type for distributed.
fn read_processor_config(fields: &mut Fields<'_>, processor_key: &str) -> Option<ExecutionType> {
    let config = fields.get(processor_key)?.get("ProcessorConfig")?;
    let language = fields.language;
    fields.report.inside(processor_key, |report| {
        report.inside("ProcessorConfig", |report| {
            let Some(object) = config.as_object() else {
                report.error("", "ProcessorConfig is an object", "");
                return None;
            };
            let mut fields = Fields { object, report, language };
            fields.allow_only(&["Mode", "ExecutionType"], "a processor configuration");
            let execution_type = match fields.text("ExecutionType").as_deref() {
                None => None,
                Some("STANDARD") => Some(ExecutionType::Standard),
                Some("EXPRESS") => Some(ExecutionType::Express),
                Some(other) => {
                    let message = format!("there is no execution type {other}");
                    fields.report.error("ExecutionType", message, "STANDARD or EXPRESS");
                    None
                }
            };
            match fields.text("Mode").as_deref() {
                None | Some("INLINE") => None,
                Some("DISTRIBUTED") => {
                    if !fields.has("ExecutionType") {
                        fields.report.error("", "ExecutionType is missing", "STANDARD or EXPRESS");
                    }
                    execution_type
                }
                Some(other) => {
                    fields.report.error("Mode", format!("there is no mode {other}"), "INLINE or DISTRIBUTED");
                    None
                }
            }
        })
    })
}

/// Reads an inner object of a Map with its own fields.
fn read_part<T>(fields: &mut Fields<'_>, key: &str, read: impl FnOnce(&mut Fields<'_>) -> T) -> Option<T> {
    let object = fields.object_field(key)?;
    let language = fields.language;
    Some(fields.report.inside(key, |report| read(&mut Fields { object, report, language })))
}

fn read_item_reader(fields: &mut Fields<'_>) -> Option<ItemReader> {
    read_part(fields, "ItemReader", |fields| {
        fields.allow_only(&["Resource", "Parameters", "Arguments", "ReaderConfig"], "an item reader");
        ItemReader {
            resource: fields.required_text("Resource", "such as arn:aws:states:::s3:getObject"),
            parameters: fields.template("Parameters").or_else(|| fields.template("Arguments")),
            config: fields.get("ReaderConfig").cloned(),
            items_max: read_part(fields, "ReaderConfig", |config| {
                config.number_template("MaxItems", 0.0..=SECONDS_MAX as f64 + 1.0, true)
            })
            .flatten(),
        }
    })
}

fn read_item_batcher(fields: &mut Fields<'_>) -> Option<ItemBatcher> {
    read_part(fields, "ItemBatcher", |fields| {
        let allowed =
            ["MaxItemsPerBatch", "MaxItemsPerBatchPath", "MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath", "BatchInput"];
        fields.allow_only(&allowed, "an item batcher");
        ItemBatcher {
            items_max: fields.number_template("MaxItemsPerBatch", 1.0..=SECONDS_MAX as f64, true),
            bytes_max: fields.number_template("MaxInputBytesPerBatch", 1.0..=262_144.0, true),
            batch_input: fields.template("BatchInput"),
        }
    })
}

fn read_result_writer(fields: &mut Fields<'_>) -> Option<ResultWriter> {
    read_part(fields, "ResultWriter", |fields| {
        fields.allow_only(&["Resource", "Parameters", "Arguments", "WriterConfig"], "a result writer");
        ResultWriter {
            resource: fields.text("Resource"),
            parameters: fields.template("Parameters").or_else(|| fields.template("Arguments")),
            config: fields.get("WriterConfig").cloned(),
        }
    })
}

fn read_wait(fields: &mut Fields<'_>) -> Option<Wait> {
    let given: Vec<&str> =
        ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"].into_iter().filter(|key| fields.has(key)).collect();
    match given.as_slice() {
        ["Seconds" | "SecondsPath"] => fields.number_template("Seconds", 0.0..=SECONDS_MAX as f64, true).map(Wait::Seconds),
        ["Timestamp" | "TimestampPath"] => read_timestamp(fields).map(Wait::Timestamp),
        _ => {
            let message = format!("a Wait has exactly one of Seconds, Timestamp and their paths, not {}", given.len());
            fields.report.error("", message, "");
            None
        }
    }
}

fn read_timestamp(fields: &mut Fields<'_>) -> Option<Template> {
    let template = if fields.has("TimestampPath") {
        fields.reference_path("TimestampPath").map(Template::Path)
    } else {
        fields.text_template("Timestamp")
    };
    if let Some(Value::String(text)) = template.as_ref().and_then(Template::fixed)
        && Timestamp::parse(text).is_none()
        && !text.contains("${")
    {
        let message = format!("`{text}` is not a time stamp");
        fields.report.error("Timestamp", message, "such as 2026-11-23T20:00:00Z");
    }
    template
}
