//! What travels with an execution's data: variables, and the item of a Map's iteration.
//!
//! A content is all that a frame of the fabric carries. Machines that set variables, or whose Maps read the context
//! object, therefore wrap their data, `{ "data", "variables", "item" }`; all others carry the data alone.

use std::sync::LazyLock;

use serde_json::{Map as Object, Value, json};

static NO_VARIABLES: LazyLock<Object<String, Value>> = LazyLock::new(Object::new);

/// A content taken apart.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    pub carried: bool,
    pub data: &'a Value,
    pub variables: &'a Object<String, Value>,
    /// `{ "Index", "Value" }` of the innermost Map.
    pub item: Option<&'a Value>,
}

impl<'a> View<'a> {
    /// Takes a content apart.
    pub fn of(content: &'a Value, carried: bool) -> Self {
        let variables = &*NO_VARIABLES;
        if !carried {
            return Self { carried, data: content, variables, item: None };
        }
        Self {
            carried,
            data: content.get("data").unwrap_or(content),
            variables: content.get("variables").and_then(Value::as_object).unwrap_or(variables),
            item: content.get("item"),
        }
    }

    /// The same with other data.
    pub fn with(&self, data: Value) -> Value {
        self.with_variables(data, Object::new())
    }

    /// The same with other data and further variables.
    pub fn with_variables(&self, data: Value, assigned: Object<String, Value>) -> Value {
        if !self.carried {
            return data;
        }
        let mut variables = self.variables.clone();
        variables.extend(assigned);
        let mut content = json!({ "data": data, "variables": variables });
        if let Some(item) = self.item {
            content["item"] = item.clone();
        }
        content
    }

    /// The input of an iteration.
    pub fn with_item(&self, data: Value, index: usize, item: Value) -> Value {
        let mut content = self.with(data);
        if self.carried {
            content["item"] = json!({ "Index": index, "Value": item });
        }
        content
    }
}
