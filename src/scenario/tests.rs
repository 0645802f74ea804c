//! The schema and the manual agree with what the reader takes.

use serde_json::{Map, Value, json};

use super::schema::{assemble, merge_variants, references, schema, service_definition};
use super::{KEYS, ValuesInForce, read_text, reference};
use crate::services;

const SCENARIO: &str = "\
name: x
parameters: { step: 5 ms }
defaults: { external: { capacity: 9 } }
services:
  a: { type: external, service_time: 2 * step, context: shop }
workload:
  w: { target: a, rate: 1/s, milestones: { done: answered } }
";

#[test]
fn the_schema_has_every_key_and_every_type() {
    let schema = schema();
    let properties = schema["properties"].as_object().unwrap();
    let mut known: Vec<&str> = KEYS.iter().copied().chain(["include", "parameters", "defaults", "override"]).collect();
    let mut described: Vec<&str> = properties.keys().map(String::as_str).collect();
    known.sort_unstable();
    described.sort_unstable();
    assert_eq!(described, known);
    for kind in services::TYPES {
        let service = &schema["$defs"][service_definition(kind)];
        assert_eq!(service["properties"]["type"]["const"], *kind);
        assert_eq!(service["required"], json!(["type"]), "other keys may come from `defaults`");
        assert_eq!(service["additionalProperties"], false, "unknown keys of {kind} are errors");
    }
    assert_eq!(schema["$defs"]["service"]["allOf"].as_array().unwrap().len(), services::TYPES.len());
}

#[test]
fn every_reference_leads_somewhere_and_every_definition_is_used() {
    let schema = schema();
    let mut names = Vec::new();
    references(&schema, &mut names);
    let mut definitions: Vec<String> = schema["$defs"].as_object().unwrap().keys().cloned().collect();
    names.sort_unstable();
    definitions.sort_unstable();
    assert_eq!(names, definitions);
}

#[test]
fn defaults_of_counts_are_numbers_and_words_like_numbers_may_be_written_so() {
    let schema = schema();
    assert_eq!(schema["$defs"]["Study"]["properties"]["replications"]["default"], 10);
    assert_eq!(schema["$defs"]["Study"]["properties"]["duration"]["default"], "10 min");
    assert_eq!(schema["$defs"]["RetryMode"]["oneOf"][0]["enum"], json!(["2026", 2026]));
}

#[test]
fn a_variant_whose_struct_has_its_name_as_a_key_is_the_whole_map() {
    let variant = |name: &str, to: &str| {
        let properties = Map::from_iter([(name.to_owned(), json!({ "$ref": format!("#/$defs/{to}") }))]);
        json!({ "type": "object", "properties": properties, "required": [name], "additionalProperties": false })
    };
    let each = json!({ "type": "object", "properties": { "for_each": {}, "steps": {} }, "required": ["for_each"] });
    let mut definitions = Map::new();
    definitions.insert("Each".to_owned(), each.clone());
    definitions.insert("Call".to_owned(), json!({ "type": "object", "properties": { "service": {} } }));
    definitions.insert("Step".to_owned(), json!({ "oneOf": [variant("for_each", "Each"), variant("call", "Call")] }));
    merge_variants(&mut definitions);
    assert_eq!(definitions["Step"]["oneOf"], json!([each, variant("call", "Call")]));
}

#[test]
fn the_manual_lists_all_keys_with_their_defaults() {
    let manual = reference();
    let strict = assemble(true);
    for (name, definition) in strict["$defs"].as_object().unwrap() {
        for key in definition["properties"].as_object().into_iter().flat_map(Map::keys) {
            assert!(name == "service" || manual.contains(&format!("| `{key}` |")), "{name}.{key}");
        }
    }
    for line in ["| `duration` | duration | `10 min` |", "| `target` | text | required |", "| `name` | text | required |"] {
        assert!(manual.contains(line), "{line}");
    }
    let service_time = manual.lines().find(|line| line.starts_with("| `service_time`")).unwrap();
    assert!(service_time.contains("duration or [distribution](#distribution) | required"), "{service_time}");
    // Links lead to headings.
    let headings: Vec<String> = manual
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches(['#', ' ']).to_lowercase().replace(' ', "-"))
        .collect();
    for link in manual.split("](#").skip(1) {
        let anchor = link.split(')').next().unwrap_or_default();
        assert!(headings.iter().any(|heading| heading == anchor), "nothing is called {anchor}");
    }
}

#[test]
fn values_in_force_are_what_was_written_and_the_defaults_of_the_rest() {
    let model = read_text(SCENARIO).model.unwrap();
    let values = ValuesInForce::new();
    let service = values.service(&model, "a", "external");
    assert_eq!(Value::Object(service.written), json!({ "service_time": "10 ms", "capacity": 9 }));
    assert_eq!(Value::Object(service.defaults), json!({ "drop_when_abandoned": false }));
    assert!(service.unset.contains(&"servers".to_owned()) && !service.unset.contains(&"type".to_owned()));
    let workload = values.workload(&model, "w");
    assert_eq!(workload.written["rate"], "1/s");
    assert_eq!(workload.defaults["arrivals"], "poisson");
    assert_eq!(values.study(&model).defaults["seed"], 1);
}
