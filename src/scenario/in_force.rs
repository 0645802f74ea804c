//! The values in force in a part of a scenario: what was written, and the defaults of what was not.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::reader::{Context, Node, expression};
use crate::units::Quantity;

use super::Model;
use super::schema::{assemble, resolve, service_definition};

/// What applies to one service, workload or other map of a scenario.
#[derive(Clone, Debug, Default, Serialize)]
pub struct InForce {
    /// Keys with the values that were written, `defaults` of the scenario included; expressions are evaluated.
    pub written: Map<String, Value>,
    /// Keys that were not written, with the values they then have.
    pub defaults: Map<String, Value>,
    /// Keys that were not written and then mean nothing, or that get their value from something else.
    pub unset: Vec<String>,
}

/// The values in force everywhere in a model, by the schema of scenario files.
#[derive(Clone, Debug)]
pub struct ValuesInForce {
    definitions: Map<String, Value>,
}

impl ValuesInForce {
    /// Prepares the schema.
    pub fn new() -> Self {
        let mut schema = assemble(true);
        let definitions = match schema.get_mut("$defs").map(Value::take) {
            Some(Value::Object(definitions)) => definitions,
            _ => Map::new(),
        };
        Self { definitions }
    }

    /// What applies to the service called `name`.
    pub fn service(&self, model: &Model, name: &str, kind: &str) -> InForce {
        let node = model.root.get("services").and_then(|services| services.get(name));
        let mut found = self.of(node, &service_definition(kind), &model.context);
        for key in ["type", "context"] {
            found.written.shift_remove(key);
            found.unset.retain(|unset| unset != key);
        }
        found
    }

    /// What applies to the workload called `name`.
    pub fn workload(&self, model: &Model, name: &str) -> InForce {
        let node = model.root.get("workload").and_then(|workloads| workloads.get(name));
        self.of(node, "WorkloadConfig", &model.context)
    }

    /// What applies to the study.
    pub fn study(&self, model: &Model) -> InForce {
        self.of(model.root.get("study"), "Study", &model.context)
    }

    fn of(&self, node: Option<&Node>, definition: &str, context: &Context) -> InForce {
        let mut found = InForce::default();
        let properties = self.definitions.get(definition).and_then(|schema| schema.get("properties")).and_then(Value::as_object);
        for (key, value) in node.map(Node::entries).unwrap_or_default() {
            let key = key.to_string();
            let schema = properties.and_then(|properties| properties.get(&key));
            found.written.insert(key, self.written(value, schema, context));
        }
        for (key, schema) in properties.into_iter().flatten() {
            if found.written.contains_key(key) {
                continue;
            }
            match schema.get("default") {
                Some(default) if !is_empty(default) => {
                    found.defaults.insert(key.clone(), default.clone());
                }
                _ => found.unset.push(key.clone()),
            }
        }
        found
    }

    /// A value as it was written, or what an expression in it comes to.
    fn written(&self, node: &Node, schema: Option<&Value>, context: &Context) -> Value {
        let text = node.as_str().filter(|text| Quantity::parse(text).is_err());
        let evaluated = text.and_then(|text| {
            let unit = self.unit(schema?)?;
            let quantity = expression::evaluate(text, &context.parameters).ok()?;
            in_unit(quantity, &unit)
        });
        evaluated.map_or_else(|| node.to_json(), Value::String)
    }

    /// The name of the unit type that a schema allows, if it allows one.
    fn unit(&self, schema: &Value) -> Option<String> {
        if let Some(path) = schema.get("$ref").and_then(Value::as_str) {
            let name = path.rsplit('/').next()?;
            let scalar = resolve(schema, &self.definitions).get("properties").is_none();
            return scalar.then(|| name.to_owned());
        }
        let parts = schema.get("anyOf").and_then(Value::as_array)?;
        parts.iter().find_map(|part| self.unit(part))
    }
}

impl Default for ValuesInForce {
    fn default() -> Self {
        Self::new()
    }
}

/// A quantity as text in a unit type; `None` if it is of another dimension, or the type is none of units.
pub fn in_unit(quantity: Quantity, unit: &str) -> Option<String> {
    match unit {
        "Duration" => quantity.to_duration().ok().map(|value| value.to_string()),
        "Bytes" => quantity.to_bytes().ok().map(|value| value.to_string()),
        "Rate" => quantity.to_rate().ok().map(|value| value.to_string()),
        "Share" => quantity.to_share().ok().map(|value| value.to_string()),
        "Count" => quantity.to_count().ok().map(|value| value.to_string()),
        "Number" => quantity.to_number().ok().map(|value| value.to_string()),
        "Money" => quantity.to_money().ok().map(|value| value.to_string()),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
        _ => false,
    }
}
