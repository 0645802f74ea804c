//! From YAML text to a tree, by the events of the parser.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use super::{Node, Span, Value};
use crate::reader::diagnostics::{Code, Diagnostics};

/// Nesting beyond this is refused: no scenario needs it, and recursion over the tree stays bounded.
pub const DEPTH_MAX: usize = 64;
/// Nodes beyond this are refused, aliases expanded: a few aliases of aliases could otherwise fill the memory.
pub const NODES_MAX: usize = 1_000_000;

/// Reads one YAML document. An empty text is null. `None` when it cannot be read at all; the reason is then in
/// `diagnostics`, and so are duplicate keys, of which the first is kept.
pub fn parse(text: &str, file: u32, diagnostics: &mut Diagnostics) -> Option<Node> {
    parse_with(text, file, false, diagnostics)
}

/// As [`parse`], for CloudFormation templates: the short form of a function is read as its long form, `!Ref x` as
/// `{ Ref: x }` and `!Sub x` as `{ Fn::Sub: x }`.
/// Source: <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getatt.html>,
/// read 2026-11-23.
pub fn parse_template(text: &str, file: u32, diagnostics: &mut Diagnostics) -> Option<Node> {
    parse_with(text, file, true, diagnostics)
}

fn parse_with(text: &str, file: u32, functions: bool, diagnostics: &mut Diagnostics) -> Option<Node> {
    if u32::try_from(text.len()).is_err() {
        diagnostics.error(Span::default(), Code::Syntax, "the file is larger than 4 GB");
        return None;
    }
    let mut builder = Builder {
        positions: Positions::new(text, file),
        parser: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
        functions,
        diagnostics,
    };
    match builder.document() {
        Ok(node) => Some(node),
        Err(Stop { span, message, hint }) => {
            let diagnostic = builder.diagnostics.error(span, Code::Syntax, message);
            if let Some(hint) = hint {
                diagnostic.hint(hint);
            }
            None
        }
    }
}

/// The reason why reading cannot go on.
struct Stop {
    span: Span,
    message: String,
    hint: Option<&'static str>,
}

impl Stop {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }
}

/// Turns the parser's character positions into byte positions.
struct Positions<'text> {
    text: &'text str,
    file: u32,
    /// Byte of each character; empty when the text is ASCII, where they are the same.
    bytes: Vec<u32>,
}

impl<'text> Positions<'text> {
    fn new(text: &'text str, file: u32) -> Self {
        let bytes = if text.is_ascii() { Vec::new() } else { text.char_indices().map(|(byte, _)| byte as u32).collect() };
        Self { text, file, bytes }
    }

    fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            character.min(self.text.len())
        } else {
            self.bytes.get(character).map_or(self.text.len(), |byte| *byte as usize)
        }
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        let from = self.byte(start.index());
        let to = self.byte(end.index()).max(from);
        // The parser lets some scalars end after the line breaks that follow them.
        let to = from + self.text.get(from..to).map_or(0, |covered| covered.trim_end().len());
        let (line, column) = if from == self.text.len() { self.end() } else { (start.line() as u32, start.col() as u32 + 1) };
        Span { file: self.file, start: from as u32, end: to as u32, line, column }
    }

    /// Line and column of the end. The parser reads a text as if it ended in a line break.
    fn end(&self) -> (u32, u32) {
        let last = self.text.rsplit('\n').next().unwrap_or("");
        (self.text.matches('\n').count() as u32 + 1, last.chars().count() as u32 + 1)
    }
}

struct Builder<'text, 'diagnostics> {
    positions: Positions<'text>,
    parser: Parser<'text, StrInput<'text>>,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
    /// Whether tags are the short form of CloudFormation's functions.
    functions: bool,
    diagnostics: &'diagnostics mut Diagnostics,
}

impl<'text> Builder<'text, '_> {
    fn next(&mut self) -> Result<(Event<'text>, Span), Stop> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.positions.span(span.start, span.end))),
            Some(Err(error)) => {
                let mut span = self.positions.span(*error.marker(), *error.marker());
                let rest = &self.positions.text[span.start as usize..];
                // One character, so that there is something to point at.
                span.end += rest.chars().next().filter(|first| *first != '\n').map_or(0, char::len_utf8) as u32;
                let hint = syntax_hint(rest, error.info());
                Err(Stop { hint, ..Stop::new(span, error.info()) })
            }
            None => Ok((Event::StreamEnd, Span { file: self.positions.file, ..Span::default() })),
        }
    }

    fn document(&mut self) -> Result<Node, Stop> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => {
                    return Ok(root.unwrap_or(Node::new(Value::Null, Span { line: 1, column: 1, ..span })));
                }
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(Stop::new(span, "a file holds one document; this is a second one"));
                }
                Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
                event => root = Some(self.node(event, span, 0)?),
            }
        }
    }

    fn node(&mut self, event: Event<'text>, span: Span, depth: usize) -> Result<Node, Stop> {
        self.count(1, span)?;
        if depth > DEPTH_MAX {
            return Err(Stop::new(span, format!("nested more than {DEPTH_MAX} levels deep")));
        }
        let (node, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = if plain { plain_scalar(&text) } else { tagged_scalar(text.into_owned(), tag.as_deref()) };
                (Node::new(value, span), anchor, tag)
            }
            Event::SequenceStart(anchor, tag) => (self.sequence(span, depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (self.mapping(span, depth)?, anchor, tag),
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            _ => return Err(Stop::new(span, "a value was expected here")),
        };
        let node = match tag.filter(|tag| !tag.is_yaml_core_schema()) {
            Some(tag) if self.functions && tag.handle == "!" => function(&tag.suffix, node),
            Some(tag) => return Err(custom_tag(span, &tag.to_string())),
            None => node,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn sequence(&mut self, start: Span, depth: usize) -> Result<Node, Stop> {
        let mut elements = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let last = elements.last().map(|last: &Node| last.span);
                return Ok(Node::new(Value::Seq(elements), self.covering(start, None, last, span)));
            }
            elements.push(self.node(event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Result<Node, Stop> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        // Maps are small; only a large one pays for an index.
        let mut seen: BTreeMap<String, Span> = BTreeMap::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                let first = entries.first().map(|(key, _)| key.span);
                let last = entries.last().map(|(_, value)| value.span);
                return Ok(Node::new(Value::Map(entries), self.covering(start, first, last, span)));
            }
            let key = self.node(event, span, depth + 1)?;
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            if matches!(key.value, Value::Seq(_) | Value::Map(_)) {
                self.diagnostics.error(key.span, Code::Syntax, "a key must be plain text");
                continue;
            }
            let name = key.to_string();
            if let Some(first) = seen.get(&name) {
                self.diagnostics
                    .error(key.span, Code::DuplicateKey, format!("the key `{name}` is given twice"))
                    .label(*first, "first given here")
                    .hint("keep one of the two, or give one of them another name");
                continue;
            }
            seen.insert(name, key.span);
            entries.push((key, value));
        }
    }

    /// Where a list or a map stands. The parser gives a bracketed one its brackets; an indented one spans from its
    /// first to its last entry.
    fn covering(&self, start: Span, first: Option<Span>, last: Option<Span>, end: Span) -> Span {
        let bracketed =
            matches!(self.positions.text.as_bytes().get(start.start as usize), Some(b'{' | b'[')) && start.end > start.start;
        let begin = if bracketed { start } else { first.unwrap_or(start) };
        let last = last.filter(|last| !bracketed && last.start >= begin.start);
        Span { end: last.unwrap_or(end).end.max(begin.end), ..begin }
    }

    fn alias(&mut self, anchor: usize, span: Span, depth: usize) -> Result<Node, Stop> {
        let Some(target) = self.anchors.get(&anchor) else {
            return Err(Stop::new(span, "this alias refers to itself"));
        };
        let (size, height) = measure(target);
        if depth + height > DEPTH_MAX {
            return Err(Stop::new(span, format!("nested more than {DEPTH_MAX} levels deep")));
        }
        let node = target.clone();
        self.count(size, span)?;
        Ok(node)
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > NODES_MAX {
            return Err(Stop::new(span, format!("more than {NODES_MAX} values, aliases counted")));
        }
        Ok(())
    }
}

/// Number of nodes and of levels.
fn measure(node: &Node) -> (usize, usize) {
    let children: Vec<&Node> = match &node.value {
        Value::Seq(elements) => elements.iter().collect(),
        Value::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        _ => Vec::new(),
    };
    children
        .into_iter()
        .map(measure)
        .fold((1, 0), |(size, height), (child_size, child_height)| (size + child_size, height.max(child_height + 1)))
}

/// A quoted scalar, or one whose tag says what it is. Only `!!str` changes what a scalar would be by itself.
fn tagged_scalar(text: String, tag: Option<&Tag>) -> Value {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() && tag.suffix != "str" => plain_scalar(&text),
        _ => Value::Str(text),
    }
}

/// The long form of a CloudFormation function. `!GetAtt a.b` names two things in one text.
fn function(name: &str, argument: Node) -> Node {
    let span = argument.span;
    let name = match name {
        "Ref" | "Condition" => name.to_owned(),
        other => format!("Fn::{other}"),
    };
    let parts = argument.as_str().filter(|_| name == "Fn::GetAtt").and_then(|text| text.split_once('.'));
    let value = match parts {
        Some((resource, attribute)) => {
            let part = |text: &str| Node::new(Value::Str(text.to_owned()), span);
            Value::Seq(vec![part(resource), part(attribute)])
        }
        None => argument.value,
    };
    let entry = (Node::new(Value::Str(name), span), Node::new(value, span));
    Node::new(Value::Map(vec![entry]), span)
}

fn custom_tag(span: Span, tag: &str) -> Stop {
    Stop {
        hint: Some("write the long form, a map such as `Fn::GetAtt: [...]`, or put the text in quotes"),
        ..Stop::new(span, format!("the tag `{tag}` has no meaning here"))
    }
}

fn syntax_hint(rest: &str, info: &str) -> Option<&'static str> {
    if rest.starts_with('\t') || info.contains("tab") {
        return Some("indent with spaces");
    }
    if info.contains("mapping values are not allowed") {
        return Some("put text that contains `: ` in quotes, and check the indentation");
    }
    if info.contains("flow mapping") || info.contains("flow sequence") {
        return Some("a comma is missing, or a `{` or `[` further up is not closed");
    }
    match rest.chars().next() {
        Some('%' | '@' | '`' | '*' | '&' | '!') => Some("put text that begins with this character in quotes"),
        _ => None,
    }
}

/// A scalar without quotes, by the core schema of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema).
fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" => return Value::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        _ => {}
    }
    let radix = |prefix: &str, radix: u32| text.strip_prefix(prefix).map(|digits| i64::from_str_radix(digits, radix));
    if let Some(Ok(value)) = radix("0x", 16).or_else(|| radix("0o", 8)) {
        return Value::Int(value);
    }
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')) {
        return Value::Str(text.to_owned());
    }
    if let Ok(value) = text.parse::<i64>() {
        return Value::Int(value);
    }
    match text.parse::<f64>() {
        Ok(value) => Value::Float(value),
        Err(_) => Value::Str(text.to_owned()),
    }
}
