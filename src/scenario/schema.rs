//! The JSON Schema of scenario files, put together from the structs that read them.
//!
//! It is meant for editors (`# yaml-language-server: $schema=`): it completes keys, shows what they mean, and marks what
//! cannot be right. It is laxer than the reader where a key may come from another place: nothing but a service's `type`
//! is required at the top of a file, of a service or of a workload, since included files, `defaults` and `override` can
//! bring the rest.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::pricing::REGIONS;
use crate::services;
use crate::units::Number;
use crate::workload::WorkloadConfig;

use super::timeline::EntryConfig;
use super::{Account, Study};

/// Where definitions stand in the schema.
const DEFINITIONS: &str = "#/$defs/";

/// The JSON Schema (draft 2020-12) of scenario files.
pub fn schema() -> Value {
    assemble(false)
}

/// What is to be said of objectives.
const OBJECTIVES: &str = "Bounds on metrics, by name: a path of summary.json, one of `<`, `<=`, `>`, `>=`, `==`, and a bound in the unit of \
    the metric, as `journeys.orders.milestones.paid.latency_ms.p99 < 2 s` or `journeys.orders.ending_shares.lost < 0.1%`. The mean over \
    replications is held against it; where its 95 % interval holds values on both sides of the bound, or there is none, reports say \
    `not shown`. With `in SHARE of windows of DURATION` behind it an objective is held window by window: \
    `services.queue.messages_visible_max < 500 in 99% of windows of 1 min`. Windows follow one another from the beginning of the measured \
    window, a last one that is cut short is left out. In each replication the share of the windows in which the bound holds is counted; the \
    mean over replications has to reach the share asked for. Journeys count in the window in which they arrive, whenever they end: \
    `started`, `unfinished`, `endings.NAME` (a count), `ending_shares.NAME`, and latencies, `latency_ms.max` included, where journeys still \
    open at the end count as endless. A window without journeys has no latency and no share, and is left out. By the time at which \
    something happens count the throughput `journeys.NAME.per_second` and, of services, counters (as `services.NAME.COUNTER`, or \
    `services.NAME.COUNTER_per_second`) and levels (`..._mean`, a time average, and `..._max`). The age of a queue's oldest message is \
    looked at every 10 s.";

/// The definition of a workload.
const WORKLOAD: &str = "WorkloadConfig";

/// The schema, lax for editors, or strict about required keys for the manual.
pub(super) fn assemble(strict: bool) -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let kinds = services::schemas(&mut generator);
    let properties = properties(&mut generator);
    let mut definitions = generator.take_definitions(true);
    merge_variants(&mut definitions);
    definitions.values_mut().for_each(plain_numbers);
    if let Some(workload) = definitions.get_mut(WORKLOAD).and_then(Value::as_object_mut).filter(|_| !strict) {
        // Designs share their traffic by inclusion and say themselves where it goes in.
        workload.remove("required");
    }
    let mut names = Vec::new();
    for (kind, schema) in kinds {
        let config = resolve(schema.as_value(), &definitions);
        let name = service_definition(kind);
        definitions.insert(name.clone(), service(kind, config, strict));
        names.push((kind, name));
    }
    definitions.insert("service".to_owned(), any_service(&names));
    let properties = Value::Object(properties);
    drop_unused(&properties, &mut definitions);
    let required = if strict { json!(["name", "services", "workload"]) } else { json!([]) };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "floodplan scenario",
        "description": "An architecture, its traffic, and what is asked of it. Every value with a unit may also be an \
                        expression over `parameters`.",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "$defs": definitions,
    })
}

/// The name of the definition of a service type.
pub(super) fn service_definition(kind: &str) -> String {
    format!("service_{kind}")
}

/// The keys at the top of a scenario, in the order in which people write them.
fn properties(generator: &mut SchemaGenerator) -> Map<String, Value> {
    let regions: Vec<Value> = REGIONS.iter().map(|region| region.code.into()).collect();
    let mut properties = Map::new();
    let mut add = |name: &str, description: &str, schema: Value| {
        let mut described = json!({ "description": description });
        if let (Value::Object(target), Value::Object(source)) = (&mut described, schema) {
            target.extend(source);
        }
        properties.insert(name.to_owned(), described);
    };
    add("name", "What reports call this design.", json!({ "type": "string" }));
    add("question", "The question that the scenario is to answer; printed on top of its report.", json!({ "type": "string" }));
    add("region", "The AWS Region whose prices, quotas and latencies apply.", json!({ "enum": regions, "default": "us-east-1" }));
    let one_or_more = json!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] });
    add("include", "Files that are read first, relative to this one; where both define a key, this file wins.", one_or_more);
    let scalars = json!({ "type": "object", "additionalProperties": { "type": ["string", "number"] } });
    add("parameters", "Named values for expressions: `charge_timeout: 10 s`, `wait: 6 * charge_timeout`.", scalars);
    add("study", "How long, how often and from which seed to simulate.", reference::<Study>(generator));
    add("account", "The AWS account that the services belong to.", reference::<Account>(generator));
    add(
        "assumptions",
        "Other values for numbers that no source states, by name; `floodplan check` lists names, values and ranges.",
        map_of(&reference::<Number>(generator)),
    );
    let kinds: Map<String, Value> =
        services::TYPES.iter().map(|kind| ((*kind).to_owned(), json!({ "type": "object" }))).collect();
    add(
        "defaults",
        "Keys that all services of a type have unless they say otherwise: `lambda: { runtime: nodejs22.x }`.",
        json!({ "type": "object", "properties": kinds, "additionalProperties": false }),
    );
    let service = json!({ "$ref": format!("{DEFINITIONS}service") });
    add("services", "The services of the design, by name.", map_of(&service));
    add("workload", "Streams of journeys that arrive, by name.", map_of(&reference::<WorkloadConfig>(generator)));
    let entries = json!({ "type": "array", "items": reference::<EntryConfig>(generator) });
    add("timeline", "What happens to services and workloads, from when until when.", entries);
    add("objectives", OBJECTIVES, map_of(&json!({ "type": "string" })));
    add(
        "override",
        "Changes to what included files say, written like a scenario: `services: { charge: { timeout: 5 s } }`.",
        json!({ "type": "object" }),
    );
    properties
}

fn reference<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn map_of(values: &Value) -> Value {
    json!({ "type": "object", "additionalProperties": values })
}

/// The schema that a `$ref` stands for; any other schema is itself.
pub(super) fn resolve(schema: &Value, definitions: &Map<String, Value>) -> Value {
    let name = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(DEFINITIONS));
    name.and_then(|name| definitions.get(name)).unwrap_or(schema).clone()
}

/// A service type: its own keys, and those that every service has.
fn service(kind: &str, mut config: Value, strict: bool) -> Value {
    // Any key may come from `defaults` or `override`, so an editor must not ask for it here.
    let own = config.get("required").and_then(Value::as_array).cloned().filter(|_| strict).unwrap_or_default();
    config["required"] = [json!("type")].into_iter().chain(own).collect();
    let mut properties = Map::new();
    properties.insert("type".to_owned(), json!({ "const": kind, "description": "The type of the service." }));
    let context = "The bounded context that the service belongs to, for reports.";
    properties.insert("context".to_owned(), json!({ "type": "string", "description": context }));
    if let Some(own) = config.get("properties").and_then(Value::as_object) {
        properties.extend(own.clone());
    }
    config["properties"] = properties.into();
    config
}

/// A service of any type. Conditions on `type` instead of alternatives: an editor then reports the mistake in the branch
/// that is meant, instead of "matches none of them".
fn any_service(names: &[(&str, String)]) -> Value {
    let kinds: Vec<&str> = names.iter().map(|(kind, _)| *kind).collect();
    let branches: Vec<Value> = names
        .iter()
        .map(|(kind, name)| {
            json!({
                "if": { "properties": { "type": { "const": kind } }, "required": ["type"] },
                "then": { "$ref": format!("{DEFINITIONS}{name}") },
            })
        })
        .collect();
    json!({
        "description": "A service; `type` says which keys it has.",
        "type": "object",
        "properties": { "type": { "enum": kinds, "description": "The type of the service." } },
        "required": ["type"],
        "allOf": branches,
    })
}

/// Adapts the alternatives of externally tagged enums to the reader: where the struct of a variant has a key named like
/// the variant (`- for_each: record`), the struct is the whole map.
pub(super) fn merge_variants(definitions: &mut Map<String, Value>) {
    let before = definitions.clone();
    for definition in definitions.values_mut() {
        let Some(variants) = definition.get_mut("oneOf").and_then(Value::as_array_mut) else { continue };
        for variant in variants {
            let Some((name, inner)) = tagged(variant) else { continue };
            let inner = resolve(inner, &before);
            if inner.get("properties").is_some_and(|properties| properties.get(name).is_some()) {
                let description = variant.get("description").or(inner.get("description")).cloned();
                *variant = inner;
                if let Some(description) = description {
                    variant["description"] = description;
                }
            }
        }
    }
}

/// Numbers where the derived schema has text: defaults of the unit types, and words such as `2026` that YAML reads as a
/// number.
fn plain_numbers(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            let counts = map.get("$ref").and_then(Value::as_str).is_some_and(|path| {
                let name = path.trim_start_matches(DEFINITIONS);
                name == "Count" || name == "Number"
            });
            if let Some(default) = map.get_mut("default").filter(|_| counts)
                && let Some(number) = default.as_str().and_then(number)
            {
                *default = number;
            }
            let word = map.get("const").and_then(Value::as_str).map(str::to_owned);
            if let Some(word) = word
                && let Some(number) = number(&word)
            {
                map.remove("const");
                map.remove("type");
                map.insert("enum".to_owned(), json!([word, number]));
            }
            map.values_mut().for_each(plain_numbers);
        }
        Value::Array(elements) => elements.iter_mut().for_each(plain_numbers),
        _ => {}
    }
}

fn number(text: &str) -> Option<Value> {
    let whole = text.parse::<u64>().ok().map(Value::from);
    whole.or_else(|| text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Value::from))
}

/// Removes definitions that nothing refers to.
fn drop_unused(properties: &Value, definitions: &mut Map<String, Value>) {
    let mut used = Vec::new();
    references(properties, &mut used);
    let mut next = 0;
    while let Some(name) = used.get(next).cloned() {
        if let Some(definition) = definitions.get(&name) {
            references(definition, &mut used);
        }
        next += 1;
    }
    definitions.retain(|name, _| used.contains(name));
}

/// Adds the names of all definitions that a schema refers to, each once, in order.
pub(super) fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str().and_then(|path| path.strip_prefix(DEFINITIONS)) {
                    Some(name) if key == "$ref" => {
                        if !names.iter().any(|known| known == name) {
                            names.push(name.to_owned());
                        }
                    }
                    _ => references(value, names),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| references(element, names)),
        _ => {}
    }
}

/// Name and content of a variant that is written as a map with one key.
pub(super) fn tagged(variant: &Value) -> Option<(&str, &Value)> {
    let properties = variant.get("properties")?.as_object()?;
    let closed = variant.get("additionalProperties") == Some(&Value::Bool(false));
    let (name, inner) = properties.iter().next()?;
    (closed && properties.len() == 1).then_some((name.as_str(), inner))
}
