//! Reading the fields of a JSON object while noting everything that is wrong, and where.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::data_flow::{ResultPath, Selection};
use super::errors::AslError;
use super::model::QueryLanguage;
use super::path::{Path, Root};
use super::template::{Problems, Template};

/// What was found wrong so far, and the place being read.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub errors: Vec<AslError>,
    pub warnings: Vec<AslError>,
    place: Vec<String>,
}

impl Report {
    /// Notes an error at a field of the present place; an empty key means the place itself.
    pub fn error(&mut self, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        let error = self.note(key, message.into(), hint.into());
        self.errors.push(error);
    }

    /// Notes something legal but doubtful.
    pub fn warning(&mut self, key: &str, message: impl Into<String>, hint: impl Into<String>) {
        let warning = self.note(key, message.into(), hint.into());
        self.warnings.push(warning);
    }

    /// Reads something one level further in.
    pub fn inside<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.place.push(key.to_owned());
        let value = read(self);
        self.place.pop();
        value
    }

    fn note(&self, key: &str, message: String, hint: String) -> AslError {
        let mut path = self.place.clone();
        if !key.is_empty() {
            path.push(key.to_owned());
        }
        AslError { path, message, hint }
    }

    fn note_problems(&mut self, key: &str, problems: Problems) {
        for (place, message) in problems {
            let mut path = self.place.clone();
            path.push(key.to_owned());
            path.extend(place);
            self.errors.push(AslError { path, message, hint: String::new() });
        }
    }
}

/// The fields of one object.
pub(super) struct Fields<'a> {
    pub object: &'a Map<String, Value>,
    pub report: &'a mut Report,
    pub language: QueryLanguage,
}

impl<'a> Fields<'a> {
    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.object.get(key)
    }

    pub fn has(&self, key: &str) -> bool {
        self.object.contains_key(key)
    }

    pub fn wrong_type(&mut self, key: &str, expected: &str) {
        let found = self.get(key).map_or("nothing", type_name);
        self.report.error(key, format!("{key} must be {expected} but is {found}"), "");
    }

    /// Refuses fields that are not in the list.
    pub fn allow_only(&mut self, allowed: &[&str], what: &str) {
        for key in self.object.keys() {
            if !allowed.contains(&key.as_str()) {
                let hint = nearest(key, allowed)
                    .map_or_else(|| format!("allowed are {}", allowed.join(", ")), |name| format!("did you mean {name}?"));
                self.report.error(key, format!("{what} cannot have a field {key}"), hint);
            }
        }
    }

    /// Refuses two fields that say the same thing.
    pub fn only_one_of(&mut self, first: &str, second: &str) {
        if self.has(first) && self.has(second) {
            self.report.error(second, format!("{first} and {second} exclude each other"), "remove one of them");
        }
    }

    pub fn text(&mut self, key: &str) -> Option<String> {
        let text = self.get(key)?.as_str().map(str::to_owned);
        if text.is_none() {
            self.wrong_type(key, "a text");
        }
        text
    }

    pub fn required_text(&mut self, key: &str, hint: &str) -> String {
        if !self.has(key) {
            self.report.error("", format!("{key} is missing"), hint);
        }
        let text = self.text(key).unwrap_or_default();
        if self.get(key) == Some(&Value::String(String::new())) {
            self.report.error(key, format!("{key} is empty"), hint);
        }
        text
    }

    pub fn boolean(&mut self, key: &str) -> Option<bool> {
        let value = self.get(key)?.as_bool();
        if value.is_none() {
            self.wrong_type(key, "true or false");
        }
        value
    }

    pub fn whole(&mut self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.get(key)?;
        let whole = value.as_u64().filter(|whole| range.contains(whole));
        if whole.is_none() {
            self.report.error(
                key,
                format!("{key} must be a whole number from {} to {} but is {value}", range.start(), range.end()),
                "",
            );
        }
        whole
    }

    pub fn object_field(&mut self, key: &str) -> Option<&'a Map<String, Value>> {
        let object = self.get(key)?.as_object();
        if object.is_none() {
            self.wrong_type(key, "an object");
        }
        object
    }

    pub fn list(&mut self, key: &str) -> Option<&'a Vec<Value>> {
        let list = self.get(key)?.as_array();
        if list.is_none() {
            self.wrong_type(key, "a list");
        }
        list
    }

    /// A payload template in the language of the state.
    pub fn template(&mut self, key: &str) -> Option<Template> {
        let value = self.get(key)?;
        let mut problems = Problems::new();
        let mut place = Vec::new();
        let template = match self.language {
            QueryLanguage::JsonPath => Template::of_jsonpath(value, &mut place, &mut problems),
            QueryLanguage::Jsonata => Template::of_jsonata(value, &mut place, &mut problems),
        };
        self.report.note_problems(key, problems);
        Some(template)
    }

    /// A template that has to be an object, such as Assign.
    pub fn object_template(&mut self, key: &str) -> Option<Template> {
        let jsonata_text = self.language == QueryLanguage::Jsonata && self.get(key).is_some_and(Value::is_string);
        if !jsonata_text {
            self.object_field(key)?;
        }
        self.template(key)
    }

    pub fn path(&mut self, key: &str) -> Option<Path> {
        let text = self.text(key)?;
        match Path::parse(&text) {
            Ok(path) => Some(path),
            Err(message) => {
                self.report.error(key, format!("{key} is not a path: {message}"), format!("it is `{text}`"));
                None
            }
        }
    }

    /// A path that should name one place; any other works but gives a list.
    pub fn reference_path(&mut self, key: &str) -> Option<Path> {
        let path = self.path(key)?;
        if !path.is_reference() {
            self.report.warning(
                key,
                format!("{key} should be a reference path; `{}` can name several places and gives a list", path.text()),
                "",
            );
        }
        Some(path)
    }

    pub fn selection(&mut self, key: &str) -> Selection {
        match self.get(key) {
            Some(Value::Null) => Selection::Nothing,
            _ => self.path(key).map(Selection::Path).unwrap_or_default(),
        }
    }

    pub fn result_path(&mut self, key: &str) -> ResultPath {
        if self.get(key) == Some(&Value::Null) {
            return ResultPath::Discard;
        }
        let Some(path) = self.path(key) else {
            return ResultPath::default();
        };
        if *path.root() != Root::Input || !path.is_reference() {
            self.report.error(
                key,
                format!("{key} must name one place in the input but is `{}`", path.text()),
                "variables are set with Assign; `null` drops the result",
            );
        }
        ResultPath::Place(path)
    }

    /// A number given as such, as a path (`keyPath`) or as a `JSONata` expression.
    pub fn number_template(&mut self, key: &str, range: RangeInclusive<f64>, whole: bool) -> Option<Template> {
        let path_key = format!("{key}Path");
        self.only_one_of(key, &path_key);
        if self.has(&path_key) {
            return self.reference_path(&path_key).map(Template::Path);
        }
        let value = self.get(key)?;
        if self.language == QueryLanguage::Jsonata && value.is_string() {
            return self.jsonata_text(key);
        }
        let fits = value.as_f64().is_some_and(|number| range.contains(&number)) && (!whole || value.is_u64());
        if !fits {
            let kind = if whole { "a whole number" } else { "a number" };
            self.report.error(key, format!("{key} must be {kind} from {} to {} but is {value}", range.start(), range.end()), "");
            return None;
        }
        Some(Template::Literal(value.clone()))
    }

    /// A text given as such, as a path or function (`keyPath`) or as a `JSONata` expression.
    pub fn text_template(&mut self, key: &str) -> Option<Template> {
        let path_key = format!("{key}Path");
        self.only_one_of(key, &path_key);
        if let Some(text) = self.has(&path_key).then(|| self.text(&path_key)).flatten() {
            return match Template::of_expression(&text) {
                Ok(template) => Some(template),
                Err(message) => {
                    self.report.error(&path_key, message, "");
                    None
                }
            };
        }
        self.text(key)?;
        if self.language == QueryLanguage::Jsonata { self.template(key) } else { self.get(key).cloned().map(Template::Literal) }
    }

    /// A text that must be a `JSONata` expression.
    fn jsonata_text(&mut self, key: &str) -> Option<Template> {
        let errors_before = self.report.errors.len();
        let template = self.template(key)?;
        if self.report.errors.len() == errors_before && template.fixed().is_some() {
            self.report.error(key, format!("{key} must be a number or a JSONata expression"), "write `{% ... %}`");
        }
        Some(template)
    }
}

/// What kind of value it is, for messages.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The known name closest to one that is not known, if any is close.
pub(super) fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    let scored = known.iter().map(|candidate| (strsim::jaro_winkler(name, candidate), *candidate));
    scored.filter(|(score, _)| *score > 0.9).max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, name)| name)
}
