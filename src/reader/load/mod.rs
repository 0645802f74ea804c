//! From files to one tree: includes, overrides, values set from outside, parameters and defaults.
//!
//! The order is fixed. Included files come first, each once; the including file wins. Then the `override` maps, those
//! of included files before that of the including one. Then the settings from outside. Only then are `parameters`
//! evaluated and `defaults` filled into the services of their type.

mod files;
mod set;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use super::decode::Context;
use super::diagnostics::{Code, Diagnostics, suggest};
use super::expression::evaluate_parameters;
use super::sources::Sources;
use super::tree::{Node, Span, Value, parse};

pub use files::{Disk, FileSystem, normalise};
pub use set::{SetError, node_at, set_node, set_path};

/// Files may include one another this deep.
const INCLUDE_DEPTH_MAX: usize = 16;

/// A scenario as one tree.
#[derive(Clone, Debug)]
pub struct Document {
    /// The top-level map without `include`, `override`, `parameters` and `defaults`.
    pub root: Node,
    /// The parameters, for [`super::decode()`].
    pub context: Context,
}

/// A value set from outside the file, as by `--set services.charge.timeout="3 s"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Where the setting was made, for messages: `--set`.
    pub origin: String,
    /// Keys with points between them.
    pub path: String,
    /// The value as YAML.
    pub value: String,
}

/// Reads a scenario and all that it includes. There is a document unless nothing sensible could be read; it must not
/// be used when there are errors, except to look for more of them.
pub fn load(path: &Path, files: &dyn FileSystem) -> (Option<Document>, Sources, Diagnostics) {
    load_with(path, files, &[])
}

/// As [`load`], with values set from outside before parameters and defaults are worked out.
pub fn load_with(path: &Path, files: &dyn FileSystem, settings: &[Setting]) -> (Option<Document>, Sources, Diagnostics) {
    let mut loader = Loader {
        files,
        sources: Sources::new(),
        diagnostics: Diagnostics::new(),
        open: Vec::new(),
        done: Vec::new(),
        overrides: Vec::new(),
    };
    let document = loader.read(path, None).map(|mut root| {
        for changes in std::mem::take(&mut loader.overrides) {
            loader.apply_override(&mut root, changes);
        }
        for setting in settings {
            loader.apply_setting(&mut root, setting);
        }
        let parameters = root.remove("parameters").map(|(_, map)| map).unwrap_or_default();
        let parameters = evaluate_parameters(&parameters, &mut loader.diagnostics);
        if let Some((_, defaults)) = root.remove("defaults") {
            apply_defaults(&mut root, &defaults, &mut loader.diagnostics);
        }
        Document { root, context: Context { parameters } }
    });
    (document, loader.sources, loader.diagnostics)
}

/// The path of a file that is named in a scenario, relative to the file that names it.
pub fn beside(sources: &Sources, span: Span, relative: &str) -> PathBuf {
    let folder = Path::new(sources.name(span.file)).parent().unwrap_or(Path::new(""));
    normalise(&folder.join(relative))
}

struct Loader<'a> {
    files: &'a dyn FileSystem,
    sources: Sources,
    diagnostics: Diagnostics,
    /// Files that are being read, outermost first.
    open: Vec<PathBuf>,
    /// Files that have been read. A file that two others include counts once.
    done: Vec<PathBuf>,
    overrides: Vec<Node>,
}

impl Loader<'_> {
    /// A file merged with what it includes. `included` is the place of the name in the including file.
    fn read(&mut self, path: &Path, included: Option<Span>) -> Option<Node> {
        let path = normalise(path);
        if self.open.contains(&path) || self.open.len() > INCLUDE_DEPTH_MAX {
            let names: Vec<String> = self.open.iter().chain([&path]).map(|path| path.display().to_string()).collect();
            let message = format!("files include one another in a circle: {}", names.join(" -> "));
            let hint = "take what both need into a third file, and include that in both";
            self.diagnostics.error(included.unwrap_or_default(), Code::Include, message).hint(hint);
            return None;
        }
        if self.done.contains(&path) {
            return None;
        }
        let own = self.read_one(&path, included)?;
        self.open.push(path.clone());
        let merged = self.merge_includes(own);
        self.open.pop();
        self.done.push(path);
        Some(merged)
    }

    fn read_one(&mut self, path: &Path, included: Option<Span>) -> Option<Node> {
        let text = match self.files.read(path) {
            Ok(text) => text,
            Err(error) => {
                let span = included.unwrap_or_else(|| {
                    let file = self.sources.add(path.display().to_string(), "");
                    Span { file, ..Span::default() }
                });
                let message = match error.kind() {
                    io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
                    io::ErrorKind::InvalidData => format!("`{}` is not UTF-8 text", path.display()),
                    _ => format!("`{}` cannot be read: {error}", path.display()),
                };
                let diagnostic = self.diagnostics.error(span, Code::Include, message);
                if error.kind() == io::ErrorKind::NotFound && included.is_some() {
                    diagnostic.hint("paths are relative to the file that they stand in");
                }
                return None;
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let file = self.sources.add(path.display().to_string(), text);
        let node = parse(text, file, &mut self.diagnostics)?;
        match node.value {
            Value::Map(_) => Some(node),
            Value::Null => Some(Node::new(Value::Map(Vec::new()), node.span)),
            _ => {
                let message = format!("a scenario is a map, found {}", node.describe());
                self.diagnostics.error(node.span, Code::WrongType, message);
                None
            }
        }
    }

    fn merge_includes(&mut self, mut own: Node) -> Node {
        let include = own.remove("include").map(|(_, list)| list).unwrap_or_default();
        let changes = own.remove("override");
        let mut merged = Node::new(Value::Map(Vec::new()), own.span);
        let names = match &include.value {
            Value::Seq(names) => names.as_slice(),
            Value::Null => &[],
            _ => std::slice::from_ref(&include),
        };
        for name in names {
            let Some(relative) = name.as_str() else {
                let message = format!("expected the path of a file, found {}", name.describe());
                self.diagnostics.error(name.span, Code::Include, message);
                continue;
            };
            let path = beside(&self.sources, name.span, relative);
            if let Some(other) = self.read(&path, Some(name.span)) {
                merge(&mut merged, other, Level::Top(&mut self.diagnostics));
            }
        }
        merge(&mut merged, own, Level::Top(&mut self.diagnostics));
        self.overrides.extend(changes.map(|(_, changes)| changes));
        merged
    }

    fn apply_override(&mut self, root: &mut Node, changes: Node) {
        if !matches!(changes.value, Value::Map(_) | Value::Null) {
            let message = format!("`override` must be a map, found {}", changes.describe());
            self.diagnostics.error(changes.span, Code::WrongType, message);
            return;
        }
        for (key, _) in changes.entries() {
            if matches!(key.as_str(), Some("include" | "override")) {
                self.diagnostics.error(key.span, Code::UnknownKey, format!("`{key}` cannot be overridden"));
            }
        }
        let services = changes.get("services").map(Node::entries).unwrap_or_default();
        let names: Vec<&str> = service_names(root);
        for (key, _) in services {
            let Some(name) = key.as_str().filter(|name| !names.contains(name)) else {
                continue;
            };
            let message = format!("there is no service `{name}` to override");
            let diagnostic = self.diagnostics.error(key.span, Code::UnknownReference, message);
            if let Some(meant) = suggest(name, names.iter().copied()) {
                diagnostic.hint(format!("did you mean `{meant}`?"));
            }
        }
        merge(root, changes, Level::Inner);
    }

    fn apply_setting(&mut self, root: &mut Node, setting: &Setting) {
        let Setting { origin, path, value } = setting;
        let file = self.sources.add(origin.as_str(), format!("{path}={value}"));
        let place = Span { file, start: 0, end: path.len() as u32, line: 1, column: 1 };
        // Spaces in place of the path give the value its position behind it.
        let padded = format!("{:width$}{value}", "", width = path.len() + 1);
        let Some(node) = parse(&padded, file, &mut self.diagnostics) else {
            return;
        };
        if let Err(error) = set_node(root, path, node, place) {
            let span = Span {
                start: error.range.start as u32,
                end: error.range.end as u32,
                column: path.get(..error.range.start).map_or(1, |before| before.chars().count() as u32 + 1),
                ..place
            };
            let diagnostic = self.diagnostics.error(span, Code::Override, error.message);
            if let Some(hint) = error.hint {
                diagnostic.hint(hint);
            }
        }
    }
}

fn service_names(root: &Node) -> Vec<&str> {
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    services.iter().filter_map(|(key, _)| key.as_str()).collect()
}

/// How far a merge has come, which decides whether two entries of one name are a mistake.
enum Level<'a> {
    /// The top-level maps of two files.
    Top(&'a mut Diagnostics),
    /// The maps of services of two files.
    Services(&'a mut Diagnostics),
    /// Anything else, and overrides.
    Inner,
}

/// Merges maps key by key; anything else is replaced. An empty value leaves a map as it is.
fn merge(base: &mut Node, other: Node, mut level: Level<'_>) {
    let Value::Map(changes) = other.value else {
        let keeps = matches!((&base.value, &other.value), (Value::Map(_), Value::Null));
        if !keeps {
            *base = other;
        }
        return;
    };
    let Value::Map(entries) = &mut base.value else {
        *base = Node::new(Value::Map(changes), other.span);
        return;
    };
    for (key, value) in changes {
        let name = key.to_string();
        let Some((first, existing)) = entries.iter_mut().find(|(key, _)| key.to_string() == name) else {
            entries.push((key, value));
            continue;
        };
        match &mut level {
            Level::Top(diagnostics) if name == "services" => {
                merge(existing, value, Level::Services(diagnostics));
            }
            Level::Top(_) | Level::Inner => merge(existing, value, Level::Inner),
            Level::Services(diagnostics) => {
                diagnostics
                    .error(key.span, Code::DuplicateName, format!("the service `{name}` is defined in two files"))
                    .label(first.span, "first defined here")
                    .hint(format!("to change some of its keys, write them under `override: services: {name}:`"));
            }
        }
    }
}

/// Fills the defaults of each type into the services of that type. Keys of the service win.
fn apply_defaults(root: &mut Node, defaults: &Node, diagnostics: &mut Diagnostics) {
    if !matches!(defaults.value, Value::Map(_) | Value::Null) {
        let message = format!("`defaults` must be a map of service types, found {}", defaults.describe());
        diagnostics.error(defaults.span, Code::WrongType, message);
        return;
    }
    for (kind, values) in defaults.entries() {
        if !matches!(values.value, Value::Map(_) | Value::Null) {
            let message = format!("the defaults of `{kind}` must be a map, found {}", values.describe());
            diagnostics.error(values.span, Code::WrongType, message);
            continue;
        }
        if let Some((key, _)) = values.entry("type") {
            diagnostics.error(key.span, Code::UnknownKey, "`type` cannot have a default");
            continue;
        }
        if !fill_type(root, &kind.to_string(), values) {
            let kinds: Vec<&str> = service_types(root);
            let message = format!("no service has the type `{kind}`, so its defaults are not used");
            let diagnostic = diagnostics.warning(kind.span, Code::Unused, message);
            if let Some(meant) = suggest(&kind.to_string(), kinds) {
                diagnostic.hint(format!("did you mean `{meant}`?"));
            }
        }
    }
}

fn service_types(root: &Node) -> Vec<&str> {
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    services.iter().filter_map(|(_, service)| service.get("type")?.as_str()).collect()
}

/// Returns whether there is a service of this type.
fn fill_type(root: &mut Node, kind: &str, values: &Node) -> bool {
    let Some(Value::Map(services)) = root.get_mut("services").map(|services| &mut services.value) else {
        return false;
    };
    let mut found = false;
    for (_, service) in services {
        if service.get("type").and_then(Node::as_str) != Some(kind) {
            continue;
        }
        found = true;
        let missing: Vec<_> =
            values.entries().iter().filter(|(key, _)| service.get(&key.to_string()).is_none()).cloned().collect();
        if let Value::Map(entries) = &mut service.value {
            entries.extend(missing);
        }
    }
    found
}
