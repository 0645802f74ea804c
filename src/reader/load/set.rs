//! Values set from outside the file: `services.charge.timeout=3 s`.

use std::fmt;
use std::ops::Range;

use crate::reader::diagnostics::{Diagnostics, suggest};
use crate::reader::tree::{Node, Span, Value, parse};

/// Maps whose keys are names that the scenario defines. Setting something under an unknown name is a mistake;
/// setting a key that was left at its default is not.
const NAMED: [&str; 3] = ["services", "parameters", "workload"];

/// The reason why a value cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetError {
    /// One sentence.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Bytes of the path that are to blame.
    pub range: Range<usize>,
}

impl fmt::Display for SetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(formatter, " ({hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SetError {}

/// Sets the value at a path of keys and list positions, such as `services.api.routes."POST /v1.0".target`. Keys that
/// have a default may be new; services, parameters and workloads must exist. The value is read as YAML.
pub fn set_path(root: &mut Node, path: &str, text: &str) -> Result<(), SetError> {
    let nowhere = Span { file: u32::MAX, ..Span::default() };
    let mut diagnostics = Diagnostics::new();
    let value = parse(text, u32::MAX, &mut diagnostics).filter(|_| !diagnostics.has_errors());
    if let Some(value) = value {
        return set_node(root, path, value, nowhere);
    }
    let reason = diagnostics.sorted().first().map(|first| first.message.clone()).unwrap_or_default();
    Err(SetError { message: format!("the value `{text}` cannot be read: {reason}"), hint: None, range: 0..0 })
}

/// As [`set_path`], with a value that was read before. `origin` is the place where the path is written; new keys get
/// their places within it.
pub fn set_node(root: &mut Node, path: &str, value: Node, origin: Span) -> Result<(), SetError> {
    let segments = split(path)?;
    let mut node = root;
    let mut parents: Vec<&str> = Vec::new();
    for (position, segment) in segments.iter().enumerate() {
        let last = position + 1 == segments.len();
        let key = Node::new(Value::Str(segment.name.clone()), segment.span(path, origin));
        let named = matches!(parents.as_slice(), [only] if NAMED.contains(only));
        node = step(node, segment, key, named, last)?;
        parents.push(&segment.name);
    }
    *node = value;
    Ok(())
}

/// What stands at a path of keys and list positions, if anything does.
pub fn node_at<'a>(root: &'a Node, path: &str) -> Option<&'a Node> {
    split(path).ok()?.iter().try_fold(root, |node, segment| match &node.value {
        Value::Map(entries) => entries.iter().find(|(key, _)| key.to_string() == segment.name).map(|(_, value)| value),
        Value::Seq(elements) => elements.get(segment.name.parse::<usize>().ok()?),
        _ => None,
    })
}

struct Segment {
    name: String,
    range: Range<usize>,
}

impl Segment {
    fn span(&self, path: &str, origin: Span) -> Span {
        let before = path.get(..self.range.start).map_or(0, |text| text.chars().count());
        Span {
            start: origin.start + self.range.start as u32,
            end: origin.start + self.range.end as u32,
            column: origin.column + before as u32,
            ..origin
        }
    }

    fn error(&self, message: String, hint: Option<String>) -> SetError {
        SetError { message, hint, range: self.range.clone() }
    }
}

/// One key or position further into the tree.
fn step<'a>(node: &'a mut Node, segment: &Segment, key: Node, named: bool, last: bool) -> Result<&'a mut Node, SetError> {
    let name = &segment.name;
    if let Value::Null = node.value {
        node.value = Value::Map(Vec::new());
    }
    let description = node.describe();
    match &mut node.value {
        Value::Map(entries) => {
            let found = entries.iter().position(|(key, _)| key.to_string() == *name);
            if found.is_none() && named {
                let names: Vec<String> = entries.iter().map(|(key, _)| key.to_string()).collect();
                let hint = match suggest(name, names.iter().map(String::as_str)) {
                    Some(meant) => Some(format!("did you mean `{meant}`?")),
                    None if names.is_empty() => None,
                    None => Some(format!("known: {}", names.join(", "))),
                };
                return Err(segment.error(format!("there is no `{name}`"), hint));
            }
            let position = found.unwrap_or_else(|| {
                let value = if last { Value::Null } else { Value::Map(Vec::new()) };
                let span = key.span;
                entries.push((key, Node::new(value, span)));
                entries.len() - 1
            });
            Ok(&mut entries[position].1)
        }
        Value::Seq(elements) => {
            let count = elements.len();
            let element = name.parse::<usize>().ok().and_then(|position| elements.get_mut(position));
            element.ok_or_else(|| {
                let hint = format!("a list is addressed by position, here from 0 to {}", count.saturating_sub(1));
                segment.error(format!("there is no element `{name}` in this list"), Some(hint))
            })
        }
        _ => {
            let message = format!("`{name}` cannot be set within {description}");
            Err(segment.error(message, None))
        }
    }
}

/// Splits at points; a part in double quotes may contain points.
fn split(path: &str) -> Result<Vec<Segment>, SetError> {
    let mut segments = Vec::new();
    let mut start = 0;
    loop {
        let rest = &path[start..];
        let (name, end) = if let Some(quoted) = rest.strip_prefix('"') {
            let Some(length) = quoted.find('"') else {
                return Err(path_error("a quote is not closed", start..path.len()));
            };
            (&quoted[..length], start + length + 2)
        } else {
            let length = rest.find('.').unwrap_or(rest.len());
            (&rest[..length], start + length)
        };
        if name.is_empty() {
            return Err(path_error("a part of the path is empty", start..end));
        }
        segments.push(Segment { name: name.to_owned(), range: start..end });
        if end == path.len() {
            return Ok(with_points(segments));
        }
        if !path[end..].starts_with('.') {
            return Err(path_error("a point is missing", end..path.len()));
        }
        start = end + 1;
    }
}

/// Names of assumptions and quotas have points in them, quoted or not.
fn with_points(mut segments: Vec<Segment>) -> Vec<Segment> {
    let name = |place: usize| segments.get(place).map(|segment| segment.name.as_str());
    let above = match (name(0), name(1)) {
        (Some("assumptions"), _) => 1,
        (Some("account"), Some("quotas")) => 2,
        _ => return segments,
    };
    if segments.len() > above + 1 {
        let parts = segments.split_off(above);
        let name = parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(".");
        let range = parts[0].range.start..parts[parts.len() - 1].range.end;
        segments.push(Segment { name, range });
    }
    segments
}

fn path_error(message: &str, range: Range<usize>) -> SetError {
    let hint = Some("a path looks like `services.charge.timeout`".to_owned());
    SetError { message: message.to_owned(), hint, range }
}
