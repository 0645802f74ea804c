//! Reading the rules of a Choice.

use serde_json::Value;

use super::choice::{ComparedType, Comparison, Operand, Rule, RuleTarget, Sense, TypeTest};
use super::cursor::NESTING_MAX;
use super::fields::{Fields, Report};
use super::model::{Choice, QueryLanguage};
use super::template::Template;
use super::timestamp::Timestamp;

const TESTS: [(&str, TypeTest); 6] = [
    ("IsBoolean", TypeTest::Boolean),
    ("IsNull", TypeTest::Null),
    ("IsNumeric", TypeTest::Numeric),
    ("IsPresent", TypeTest::Present),
    ("IsString", TypeTest::String),
    ("IsTimestamp", TypeTest::Timestamp),
];
const TYPES: [(&str, ComparedType); 4] = [
    ("Boolean", ComparedType::Boolean),
    ("Numeric", ComparedType::Numeric),
    ("String", ComparedType::String),
    ("Timestamp", ComparedType::Timestamp),
];
const SENSES: [(&str, Sense); 5] = [
    ("Equals", Sense::Equals),
    ("GreaterThan", Sense::GreaterThan),
    ("GreaterThanEquals", Sense::GreaterThanEquals),
    ("LessThan", Sense::LessThan),
    ("LessThanEquals", Sense::LessThanEquals),
];
/// Fields of a rule that are no operator.
const OTHER_FIELDS: [&str; 5] = ["Variable", "Next", "Comment", "Assign", "Output"];

/// Reads Choices and Default.
pub(super) fn read_choice(fields: &mut Fields<'_>) -> Choice {
    if !fields.has("Choices") {
        fields.report.error("", "Choices is missing", "list at least one rule");
    }
    let list = fields.list("Choices");
    if list.is_some_and(Vec::is_empty) {
        fields.report.error("Choices", "Choices is empty", "list at least one rule");
    }
    let language = fields.language;
    let mut rules = Vec::new();
    fields.report.inside("Choices", |report| {
        for (index, value) in list.into_iter().flatten().enumerate() {
            rules.extend(report.inside(&index.to_string(), |report| read_rule_target(value, language, report)));
        }
    });
    Choice { rules, default: fields.text("Default") }
}

fn read_rule_target(value: &Value, language: QueryLanguage, report: &mut Report) -> Option<RuleTarget> {
    let Some(object) = value.as_object() else {
        report.error("", "a rule is an object", "");
        return None;
    };
    let mut fields = Fields { object, report, language };
    let rule = match language {
        QueryLanguage::JsonPath => read_rule(&mut fields, 0),
        QueryLanguage::Jsonata => read_condition(&mut fields),
    };
    let next = fields.required_text("Next", "a rule leads to a state; it cannot end the machine");
    let assign = fields.object_template("Assign");
    let output = fields.template("Output");
    Some(RuleTarget { rule: rule?, next, assign, output })
}

fn read_condition(fields: &mut Fields<'_>) -> Option<Rule> {
    fields.allow_only(&["Condition", "Next", "Comment", "Assign", "Output"], "a JSONata rule");
    if let Some(Value::Bool(held)) = fields.get("Condition") {
        return Some(Rule::Fixed(*held));
    }
    match fields.template("Condition") {
        Some(Template::Jsonata(expression)) => Some(Rule::Jsonata(expression)),
        Some(_) => {
            fields.report.error("Condition", "Condition is a JSONata expression or a truth value", "write `{% ... %}`");
            None
        }
        None => {
            fields.report.error("", "Condition is missing", "write `{% ... %}`");
            None
        }
    }
}

/// Reads a rule; nested ones have no target of their own.
fn read_rule(fields: &mut Fields<'_>, depth: usize) -> Option<Rule> {
    if depth > NESTING_MAX {
        fields.report.error("", format!("rules nest at most {NESTING_MAX} deep"), "");
        return None;
    }
    check_fields(fields, depth);
    let mut operators = fields.object.keys().filter(|key| is_operator(key));
    let (Some(operator), None) = (operators.next(), operators.next()) else {
        fields.report.error("", "a rule has exactly one operator", "such as StringEquals, IsPresent or And");
        return None;
    };
    match operator.as_str() {
        "And" => read_rules(fields, operator, depth).map(Rule::And),
        "Or" => read_rules(fields, operator, depth).map(Rule::Or),
        "Not" => {
            let object = fields.object_field("Not")?;
            let language = fields.language;
            let inner = fields.report.inside("Not", |report| read_rule(&mut Fields { object, report, language }, depth + 1));
            inner.map(|rule| Rule::Not(Box::new(rule)))
        }
        _ => read_test(fields, operator),
    }
}

fn check_fields(fields: &mut Fields<'_>, depth: usize) {
    for key in fields.object.keys() {
        let known = is_operator(key) || (OTHER_FIELDS.contains(&key.as_str()) && key != "Output");
        if !known {
            fields.report.error(key, format!("a rule cannot have a field {key}"), "see the list of comparison operators");
        } else if depth > 0 && (key == "Next" || key == "Assign") {
            fields.report.error(key, format!("{key} belongs to the outermost rule only"), "");
        }
    }
}

fn is_operator(key: &str) -> bool {
    matches!(key, "And" | "Or" | "Not" | "StringMatches")
        || TESTS.iter().any(|(name, _)| *name == key)
        || comparison_of(key).is_some()
}

/// The comparison an operator means, and whether its operand is a path.
fn comparison_of(operator: &str) -> Option<(Comparison, bool)> {
    let (kind_name, kind) = *TYPES.iter().find(|(name, _)| operator.starts_with(name))?;
    let rest = &operator[kind_name.len()..];
    let (sense_name, by_path) = rest.strip_suffix("Path").map_or((rest, false), |name| (name, true));
    let (_, sense) = *SENSES.iter().find(|(name, _)| *name == sense_name)?;
    // Truth values have no order.
    (kind != ComparedType::Boolean || sense == Sense::Equals).then_some((Comparison { kind, sense }, by_path))
}

fn read_rules(fields: &mut Fields<'_>, operator: &str, depth: usize) -> Option<Vec<Rule>> {
    let list = fields.list(operator)?;
    if list.is_empty() {
        fields.report.error(operator, format!("{operator} is empty"), "list at least one rule");
    }
    let language = fields.language;
    fields.report.inside(operator, |report| {
        let rules = list.iter().enumerate().map(|(index, value)| {
            report.inside(&index.to_string(), |report| {
                let Some(object) = value.as_object() else {
                    report.error("", "a rule is an object", "");
                    return None;
                };
                read_rule(&mut Fields { object, report, language }, depth + 1)
            })
        });
        // Collected first, so that the errors of every rule are noted.
        let rules: Vec<Option<Rule>> = rules.collect();
        rules.into_iter().collect()
    })
}

fn read_test(fields: &mut Fields<'_>, operator: &str) -> Option<Rule> {
    if !fields.has("Variable") {
        fields.report.error("", "Variable is missing", "name the value to look at, such as `$.order.total`");
    }
    let variable = fields.reference_path("Variable");
    if let Some((_, test)) = TESTS.iter().find(|(name, _)| *name == operator) {
        let expected = fields.boolean(operator)?;
        return Some(Rule::Test { variable: variable?, test: *test, expected });
    }
    if operator == "StringMatches" {
        let pattern = fields.text(operator)?;
        return Some(Rule::Matches { variable: variable?, pattern });
    }
    let (comparison, by_path) = comparison_of(operator)?;
    let operand = if by_path {
        fields.reference_path(operator).map(Operand::Path)
    } else {
        read_operand(fields, operator, comparison.kind)
    };
    Some(Rule::Compare { variable: variable?, comparison, operand: operand? })
}

fn read_operand(fields: &mut Fields<'_>, operator: &str, kind: ComparedType) -> Option<Operand> {
    let value = fields.get(operator)?;
    let (fits, expected) = match kind {
        ComparedType::Boolean => (value.is_boolean(), "true or false"),
        ComparedType::Numeric => (value.is_number(), "a number"),
        ComparedType::String => (value.is_string(), "a text"),
        ComparedType::Timestamp => {
            (value.as_str().is_some_and(|text| Timestamp::parse(text).is_some() || text.contains("${")), "a time stamp")
        }
    };
    if !fits {
        let hint = if kind == ComparedType::Timestamp { "such as 2026-11-23T20:00:00Z" } else { "" };
        fields.report.error(operator, format!("{operator} must be {expected} but is {value}"), hint);
        return None;
    }
    Some(Operand::Value(value.clone()))
}

/// One rule without a target, read as in a document.
#[cfg(test)]
pub(super) fn rule_of(document: &Value) -> Result<Rule, Vec<super::errors::AslError>> {
    let mut report = Report::default();
    let rule = document
        .as_object()
        .and_then(|object| read_rule(&mut Fields { object, report: &mut report, language: QueryLanguage::JsonPath }, 0));
    match rule {
        Some(rule) if report.errors.is_empty() => Ok(rule),
        _ => Err(report.errors),
    }
}
