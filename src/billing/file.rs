//! Usage files: YAML that says what is used in a month.

use std::collections::BTreeMap;
use std::path::Path;

use super::infracost;
use super::number::Number;
use super::resource::{Key, Kind, Meter, Resource, Value};
use super::resources;
use crate::pricing::{Options, Quantity as Amount, REGIONS, Usage};
use crate::reader::expression::{blamed_span, code_of, evaluate, evaluate_node};
use crate::reader::{Code, Context, Diagnostics, FileSystem, Node, Setting, Sources, Span, Value as Tree, load_with, suggest};
use crate::units::{Dimension, Exact, Quantity};

/// Top-level keys of a usage file.
pub const KEYS: &[&str] = &["month", "region", "account", "allowances", "services"];
/// Keys that every service takes besides those of its type.
pub const COMMON_KEYS: &[&str] = &["type", "region", "account"];

/// Which free allowances count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowances {
    /// Those that do not expire.
    pub always_free: bool,
    /// Those of an account's first twelve months.
    pub twelve_months: bool,
    /// What of them, by name, others in the account have used up.
    pub used_up: BTreeMap<String, Amount>,
}

impl Default for Allowances {
    fn default() -> Self {
        Self { always_free: true, twelve_months: false, used_up: BTreeMap::new() }
    }
}

impl Allowances {
    /// As the biller takes them.
    pub fn options(&self) -> Options {
        Options { free_tier: self.always_free, twelve_months: self.twelve_months }
    }
}

/// A usage file as understood.
#[derive(Clone, Debug)]
pub struct UsageFile {
    /// Hours of the month.
    pub month_hours: Number,
    /// Which allowances count.
    pub allowances: Allowances,
    /// Billed quantities.
    pub usages: Vec<Usage>,
    /// Services, their types and the values of their keys, in the order of the file.
    pub services: Vec<Service>,
    /// What was assumed about resources that the file does not tell.
    pub notes: Vec<String>,
}

/// A service of a usage file.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its type.
    pub resource: &'static Resource,
    /// Values of all keys in base units.
    pub values: BTreeMap<&'static str, Value>,
}

/// What reading a usage file yields.
#[derive(Debug)]
pub struct Reading {
    /// The usage, unless mistakes kept it from being understood.
    pub file: Option<UsageFile>,
    pub sources: Sources,
    pub diagnostics: Diagnostics,
}

/// Reads a usage file, of this program or of infracost, with settings from outside.
pub fn read(path: &Path, files: &dyn FileSystem, settings: &[Setting]) -> Reading {
    let (document, sources, mut diagnostics) = load_with(path, files, settings);
    let file = document.and_then(|document| {
        let mut notes = Vec::new();
        let root = if infracost::is_usage(&document.root) {
            infracost::convert(&document.root, &mut notes, &mut diagnostics)
        } else {
            document.root
        };
        let mut reader = Reader { context: &document.context, diagnostics: &mut diagnostics };
        reader.file(&root, notes)
    });
    let file = if diagnostics.has_errors() { None } else { file };
    Reading { file, sources, diagnostics }
}

/// Reads a usage file from text.
pub fn read_text(text: &str) -> Reading {
    let files = BTreeMap::from([("usage.yaml".into(), text.to_owned())]);
    read(Path::new("usage.yaml"), &files, &[])
}

struct Reader<'a> {
    context: &'a Context,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn file(&mut self, root: &Node, notes: Vec<String>) -> Option<UsageFile> {
        if !matches!(root.value, Tree::Map(_)) || root.entries().is_empty() {
            self.diagnostics
                .error(root.span, Code::WrongType, "a usage file is a map with `services`")
                .hint("`floodplan bill --keys` tells the types of services and their keys");
            return None;
        }
        self.known_keys(root, KEYS);
        let month_hours = match root.get("month") {
            Some(node) => self.number(node, Kind::Hours, Number::ZERO)?,
            None => Number::from(730_u64),
        };
        if month_hours.is_zero() {
            let span = root.get("month").map_or(root.span, |node| node.span);
            self.diagnostics.error(span, Code::OutOfRange, "a month has more than zero hours");
            return None;
        }
        let month_seconds = month_hours * 3600_u64;
        let region = self.region(root.get("region")).unwrap_or_else(|| "us-east-1".to_owned());
        let account = self.text(root.get("account")).unwrap_or_else(|| "default".to_owned());
        let allowances = self.allowances(root.get("allowances"));
        let mut file = UsageFile { month_hours, allowances, usages: Vec::new(), services: Vec::new(), notes };
        let Some(services) = root.get("services") else {
            let start = Span { end: root.span.start, ..root.span };
            self.diagnostics.error(start, Code::MissingKey, "the usage file has no `services`");
            return None;
        };
        let mut commitments = Vec::new();
        for (key, node) in services.entries() {
            let Some(name) = key.as_str() else { continue };
            if name.contains('/') {
                self.diagnostics
                    .error(key.span, Code::InvalidValue, "the name of a service has no `/`")
                    .hint("parts of a service, such as `queue/send`, are named so on the bill");
                continue;
            }
            let Some(resource) = self.resource(node) else { continue };
            let known: Vec<&str> = COMMON_KEYS.iter().copied().chain(resource.keys.iter().map(|key| key.name)).collect();
            self.known_keys(node, &known);
            let own_region = self.region(node.get("region")).unwrap_or_else(|| region.clone());
            let own_account = self.text(node.get("account")).unwrap_or_else(|| account.clone());
            let values: BTreeMap<&'static str, Value> = resource
                .keys
                .iter()
                .filter_map(|key| Some((key.name, self.value(node.get(key.name), key, month_hours)?)))
                .collect();
            if values.len() < resource.keys.len() {
                continue;
            }
            let mut meter = Meter {
                service: name,
                region: &own_region,
                account: &own_account,
                month_seconds,
                values: &values,
                usages: Vec::new(),
                too_large: Vec::new(),
                notes: Vec::new(),
                commitments: Vec::new(),
            };
            (resource.meter)(&mut meter);
            for sku in &meter.too_large {
                let message = format!("the usage of `{sku}` is larger than can be counted exactly (1.3e24 units)");
                self.diagnostics.error(key.span, Code::OutOfRange, message);
            }
            file.usages.append(&mut meter.usages);
            file.notes.append(&mut meter.notes);
            commitments.append(&mut meter.commitments);
            file.services.push(Service { name: name.to_owned(), resource, values });
        }
        fill_commitments(&mut file.usages, &commitments);
        Some(file)
    }

    fn known_keys(&mut self, node: &Node, known: &[&str]) {
        for (key, _) in node.entries() {
            let Some(text) = key.as_str().filter(|text| !known.contains(text)) else { continue };
            let hint = suggest(text, known.iter().copied())
                .map_or_else(|| format!("known keys: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
            self.diagnostics.error(key.span, Code::UnknownKey, format!("unknown key `{text}`")).hint(hint);
        }
    }

    fn resource(&mut self, node: &Node) -> Option<&'static Resource> {
        let names = || resources::all().into_iter().map(|resource| resource.name);
        let Some(kind) = node.get("type") else {
            self.diagnostics
                .error(node.span, Code::MissingKey, "a service needs a `type`")
                .hint(format!("one of {}", names().collect::<Vec<_>>().join(", ")));
            return None;
        };
        let word = kind.as_str().unwrap_or_default();
        let found = resources::find(word);
        if found.is_none() {
            let hint = suggest(word, names()).map_or_else(
                || format!("known types: {}", names().collect::<Vec<_>>().join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            self.diagnostics.error(kind.span, Code::UnknownChoice, format!("unknown type `{word}`")).hint(hint);
        }
        found
    }

    fn region(&mut self, node: Option<&Node>) -> Option<String> {
        let node = node?;
        let code = node.as_str().unwrap_or_default();
        if REGIONS.iter().any(|known| known.code == code) {
            return Some(code.to_owned());
        }
        let error = self.diagnostics.error(node.span, Code::InvalidValue, format!("`{code}` is not an AWS Region"));
        if let Some(close) = suggest(code, REGIONS.iter().map(|known| known.code)) {
            error.hint(format!("did you mean `{close}`?"));
        }
        None
    }

    fn text(&mut self, node: Option<&Node>) -> Option<String> {
        let node = node?;
        if let Some(text) = node.as_str() {
            return Some(text.to_owned());
        }
        self.diagnostics.error(node.span, Code::WrongType, format!("expected a text, found {}", node.describe()));
        None
    }

    fn flag(&mut self, node: Option<&Node>, default: bool) -> bool {
        match node.map(|node| (&node.value, node)) {
            None => default,
            Some((Tree::Bool(value), _)) => *value,
            Some((_, node)) => {
                let message = format!("expected `true` or `false`, found {}", node.describe());
                self.diagnostics.error(node.span, Code::WrongType, message);
                default
            }
        }
    }

    fn allowances(&mut self, node: Option<&Node>) -> Allowances {
        let mut allowances = Allowances::default();
        let Some(node) = node else { return allowances };
        self.known_keys(node, &["always_free", "twelve_months", "used_up"]);
        allowances.always_free = self.flag(node.get("always_free"), allowances.always_free);
        allowances.twelve_months = self.flag(node.get("twelve_months"), allowances.twelve_months);
        let Some(used_up) = node.get("used_up") else { return allowances };
        let book = super::price_book().unwrap_or_default();
        let mut known: Vec<&str> =
            book.prices().filter_map(|price| price.allowance.as_ref()).map(|allowance| allowance.group.as_str()).collect();
        known.sort_unstable();
        known.dedup();
        self.known_keys(used_up, &known);
        for (key, value) in used_up.entries() {
            let amount = self.number(value, Kind::Plain("0"), Number::ZERO).and_then(Number::to_quantity);
            if let (Some(name), Some(amount)) = (key.as_str(), amount) {
                allowances.used_up.insert(name.to_owned(), amount);
            }
        }
        allowances
    }

    /// The value of a key or its default; `None` when there is a mistake.
    fn value(&mut self, node: Option<&Node>, key: &Key, month_hours: Number) -> Option<Value> {
        match (key.kind, node) {
            (Kind::Word(words), None) => Some(Value::Text(words.first().copied().unwrap_or_default().to_owned())),
            (Kind::Name(default), None) => Some(Value::Text(default.to_owned())),
            (Kind::Word(words), Some(node)) => {
                // `no`, `0.5` and `118` are no texts in YAML.
                let word = match &node.value {
                    Tree::Bool(value) => (if *value { "yes" } else { "no" }).to_owned(),
                    Tree::Int(value) => value.to_string(),
                    Tree::Float(value) => value.to_string(),
                    _ => node.as_str().unwrap_or_default().to_owned(),
                };
                if words.contains(&word.as_str()) {
                    return Some(Value::Text(word));
                }
                let found = node.describe();
                let message = format!("`{}` is one of {}, found {found}", key.name, words.join(", "));
                let error = self.diagnostics.error(node.span, Code::UnknownChoice, message);
                if let Some(close) = suggest(&word, words.iter().copied()) {
                    error.hint(format!("did you mean `{close}`?"));
                }
                None
            }
            (Kind::Name(_), Some(node)) => self.text(Some(node)).map(Value::Text),
            (Kind::Regions, None) => Some(Value::List(Vec::new())),
            (Kind::Regions, Some(node)) => {
                let regions: Vec<String> = node.elements().iter().filter_map(|entry| self.region(Some(entry))).collect();
                if !matches!(node.value, Tree::Seq(_)) {
                    self.diagnostics.error(node.span, Code::WrongType, "expected a list of Regions");
                }
                (regions.len() == node.elements().len()).then_some(Value::List(regions))
            }
            (kind, None) => Some(Value::Number(default_of(kind, month_hours))),
            (kind, Some(node)) => self.number(node, kind, month_hours).map(Value::Number),
        }
    }

    fn number(&mut self, node: &Node, kind: Kind, month_hours: Number) -> Option<Number> {
        if matches!(kind, Kind::Hours | Kind::SomeHours) && node.as_str() == Some("month") {
            return Some(month_hours);
        }
        let quantity = match evaluate_node(node, &self.context.parameters) {
            Some(Ok(quantity)) => quantity,
            Some(Err(error)) => {
                let span = blamed_span(node, &error);
                let report = self.diagnostics.error(span, code_of(error.kind), error.message.clone());
                if let Some(hint) = &error.hint {
                    report.hint(hint.clone());
                }
                return None;
            }
            None => {
                let message = format!("expected {}, found {}", expectation(kind), node.describe());
                self.diagnostics.error(node.span, Code::WrongType, message);
                return None;
            }
        };
        if quantity.value.is_negative() {
            self.diagnostics.error(node.span, Code::OutOfRange, "usage is not negative");
            return None;
        }
        let number = in_base_unit(quantity, kind, month_hours);
        if number.is_none() {
            let message = format!("expected {}, found {}", expectation(kind), quantity.dimension);
            self.diagnostics.error(node.span, Code::WrongUnit, message);
        }
        number
    }
}

/// Adds what is missing from the largest commitment of each SKU in each account and Region, under the service that is its first.
fn fill_commitments(usages: &mut Vec<Usage>, commitments: &[Usage]) {
    let mut largest: BTreeMap<(&str, &str, &str), &Usage> = BTreeMap::new();
    for commitment in commitments {
        let kept = largest.entry((&commitment.account, &commitment.region, &commitment.sku)).or_insert(commitment);
        if commitment.quantity > kept.quantity {
            *kept = commitment;
        }
    }
    for commitment in largest.into_values() {
        let same = |usage: &&Usage| {
            (&usage.account, &usage.region, &usage.sku) == (&commitment.account, &commitment.region, &commitment.sku)
        };
        // What does not fit is an error once it is billed.
        let used = usages.iter().filter(same).fold(0_u128, |sum, usage| sum.saturating_add(usage.quantity.pico_units()));
        let missing = commitment.quantity.saturating_sub(Amount::from_pico_units(used));
        if missing > Amount::ZERO {
            usages.push(Usage { quantity: missing, ..commitment.clone() });
        }
    }
}

fn expectation(kind: Kind) -> &'static str {
    match kind {
        Kind::Count => "a number in the month, or a rate such as `25/min`",
        Kind::Gigabytes => "a number of GB, or a size such as `2 TB`",
        Kind::Size(_) => "a size such as `12 KB`",
        Kind::Time(_) => "a duration such as `120 ms`",
        Kind::Hours | Kind::SomeHours => "a number of hours, a duration such as `8 h`, or `month`",
        _ => "a plain number",
    }
}

/// Counts per month, GB, bytes, seconds, hours or plain numbers; `None` when the dimension is wrong.
fn in_base_unit(quantity: Quantity, kind: Kind, month_hours: Number) -> Option<Number> {
    let value = Number::from(quantity.value);
    let plain = quantity.dimension == Dimension::NONE;
    match kind {
        Kind::Count if plain => Some(value),
        Kind::Count if quantity.dimension == Dimension::RATE => Some(value * month_hours * 3600_u64),
        Kind::Gigabytes if plain => Some(value),
        Kind::Gigabytes if quantity.dimension == Dimension::BYTES => Some(value / (1_i128 << 30)),
        Kind::Size(_) if quantity.dimension == Dimension::BYTES || value.is_zero() => Some(value),
        Kind::Time(_) if quantity.dimension == Dimension::TIME || value.is_zero() => Some(value),
        Kind::Hours | Kind::SomeHours if plain => Some(value),
        Kind::Hours | Kind::SomeHours if quantity.dimension == Dimension::TIME => Some(value / 3600_u64),
        Kind::Plain(_) if plain => Some(value),
        _ => None,
    }
}

fn default_of(kind: Kind, month_hours: Number) -> Number {
    match kind {
        Kind::Hours => month_hours,
        Kind::Size(text) | Kind::Time(text) | Kind::Plain(text) => {
            let quantity = evaluate(text, &crate::reader::expression::Parameters::default());
            quantity.ok().map_or(Number::from(Exact::ZERO), |quantity| Number::from(quantity.value))
        }
        _ => Number::ZERO,
    }
}
