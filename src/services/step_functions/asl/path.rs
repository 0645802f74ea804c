//! `JSONPath` as Step Functions reads it: a path that can only name one place gives that value or fails, any other path
//! gives a list, possibly empty.
//!
//! Sources, read 2026-11-23: <https://states-language.net/spec.html#path>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html> and the library the service's
//! error texts point to, <https://github.com/json-path/JsonPath>. Functions such as `length()` and regular expressions are
//! refused, as the service refuses them.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::cursor::{Cursor, unescape};
use super::errors::{EvaluationError, RESULT_PATH_MATCH_FAILURE};
use super::filter::Filter;
use super::scope::Scope;

/// A parsed path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    text: String,
    root: Root,
    segments: Vec<Segment>,
}

/// Where a path starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the input, the result or whatever the field applies to.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Segment {
    Key(String),
    Keys(Vec<String>),
    Index(i64),
    Indices(Vec<i64>),
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
    Wildcard,
    Filter(Filter),
    /// `..`: the following segment applies to this place and everything below it.
    Descendants,
}

impl Path {
    /// Reads a path; the error is a sentence about the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut cursor = Cursor::new(text);
        let path = Self::read(&mut cursor)?;
        if cursor.at_end() {
            return Ok(path);
        }
        if cursor.rest().starts_with('(') {
            return Err("functions are not supported in paths; intrinsic functions such as States.ArrayLength are".to_owned());
        }
        Err(format!("`{}` cannot follow `{}` in a path", cursor.rest(), path.text))
    }

    /// `$`.
    pub fn whole_input() -> Self {
        Self { text: "$".to_owned(), root: Root::Input, segments: Vec::new() }
    }

    /// Whether the path is `$`.
    pub fn is_whole_input(&self) -> bool {
        self.root == Root::Input && self.segments.is_empty()
    }

    /// Reads a path that is part of a longer text.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, String> {
        let start = cursor.position();
        if !cursor.eat("$") {
            return Err("a path starts with `$`".to_owned());
        }
        let root = if cursor.eat("$") {
            Root::Context
        } else {
            match cursor.take_while(|character| character.is_alphanumeric() || character == '_') {
                "" => Root::Input,
                name => Root::Variable(name.to_owned()),
            }
        };
        let segments = read_segments(cursor, 0)?;
        Ok(Self { text: cursor.since(start).to_owned(), root, segments })
    }

    /// The path as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where the path starts.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the path can only name one place, which is what the specification calls a reference path.
    pub fn is_reference(&self) -> bool {
        self.segments.iter().all(|segment| matches!(segment, Segment::Key(_) | Segment::Index(_)))
    }

    /// What the path names, given the value that `$` stands for. None if a reference path names nothing.
    pub fn find<'v>(&self, input: &'v Value, scope: &Scope<'v>) -> Option<Cow<'v, Value>> {
        let root = match &self.root {
            Root::Input => input,
            Root::Context => scope.context,
            Root::Variable(name) => scope.variables.get(name)?,
        };
        select(&self.segments, root, root)
    }

    /// As [`Path::find`], with `States.Runtime` when it names nothing.
    pub fn require<'v>(&self, input: &'v Value, scope: &Scope<'v>) -> Result<Cow<'v, Value>, EvaluationError> {
        self.find(input, scope)
            .ok_or_else(|| EvaluationError::runtime(format!("the path '{}' names nothing in the input", self.text)))
    }

    /// Puts `value` at the place the path names and returns the whole; missing objects on the way are created.
    ///
    /// Fails with `States.ResultPathMatchFailure` where a key meets something that is not an object, or an index meets
    /// no such element.
    pub fn assign(&self, mut target: Value, value: Value) -> Result<Value, EvaluationError> {
        let mut place = &mut target;
        for segment in &self.segments {
            place = step_into(place, segment).ok_or_else(|| {
                EvaluationError::new(
                    RESULT_PATH_MATCH_FAILURE,
                    format!("the ResultPath '{}' cannot be applied to the state's input", self.text),
                )
            })?;
        }
        *place = value;
        Ok(target)
    }
}

/// The place one segment further, created if it is a missing key of an object.
fn step_into<'v>(place: &'v mut Value, segment: &Segment) -> Option<&'v mut Value> {
    match (segment, place) {
        (Segment::Key(key), Value::Object(object)) => {
            Some(object.entry(key.clone()).or_insert_with(|| Value::Object(Map::new())))
        }
        (Segment::Index(index), Value::Array(array)) => {
            let position = position_of(*index, array.len())?;
            array.get_mut(position)
        }
        _ => None,
    }
}

/// Reads segments until something that cannot be one.
pub(super) fn read_segments(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Segment>, String> {
    let mut segments = Vec::new();
    loop {
        if cursor.eat("..") {
            segments.push(Segment::Descendants);
            segments.push(read_step(cursor, depth)?);
        } else if cursor.eat(".") {
            segments.push(read_step(cursor, depth)?);
        } else if cursor.peek() == Some('[') {
            segments.push(read_bracket(cursor, depth)?);
        } else {
            return Ok(segments);
        }
    }
}

/// What follows a dot.
fn read_step(cursor: &mut Cursor<'_>, depth: usize) -> Result<Segment, String> {
    if cursor.peek() == Some('[') {
        return read_bracket(cursor, depth);
    }
    if cursor.eat("*") {
        return Ok(Segment::Wildcard);
    }
    let start = cursor.position();
    loop {
        cursor.take_while(|character| {
            !character.is_whitespace() && !character.is_control() && !".[](),'\"=<>!&|*?\\".contains(character)
        });
        // A backslash protects the next character, as in `$.store\.book`.
        if !cursor.eat("\\") {
            break;
        }
        cursor.next();
    }
    let name = cursor.since(start);
    if name.is_empty() {
        return Err("a name is missing after a dot".to_owned());
    }
    if cursor.peek() == Some('(') {
        return Err(format!(
            "the function {name}() is not supported in paths; intrinsic functions such as States.ArrayLength are"
        ));
    }
    Ok(Segment::Key(unescape(name)))
}

fn read_bracket(cursor: &mut Cursor<'_>, depth: usize) -> Result<Segment, String> {
    cursor.expect("[")?;
    cursor.skip_space();
    let segment = match cursor.peek() {
        Some('*') => {
            cursor.next();
            Segment::Wildcard
        }
        Some('?') => {
            cursor.next();
            cursor.skip_space();
            Segment::Filter(Filter::read(cursor, depth + 1)?)
        }
        Some('\'' | '"') => read_keys(cursor)?,
        Some('(') => return Err("scripts are not supported in paths; `[-1]` names the last element".to_owned()),
        _ => read_positions(cursor)?,
    };
    cursor.skip_space();
    cursor.expect("]")?;
    Ok(segment)
}

fn read_keys(cursor: &mut Cursor<'_>) -> Result<Segment, String> {
    let mut keys = vec![unescape(cursor.quoted_raw()?)];
    loop {
        cursor.skip_space();
        if !cursor.eat(",") {
            break;
        }
        cursor.skip_space();
        if !matches!(cursor.peek(), Some('\'' | '"')) {
            return Err("names in brackets are quoted".to_owned());
        }
        keys.push(unescape(cursor.quoted_raw()?));
    }
    Ok(if keys.len() == 1 { Segment::Key(keys.remove(0)) } else { Segment::Keys(keys) })
}

/// An index, a list of them or a slice.
fn read_positions(cursor: &mut Cursor<'_>) -> Result<Segment, String> {
    let first = read_integer(cursor)?;
    if cursor.peek() == Some(':') {
        return read_slice(cursor, first);
    }
    let missing = "a bracket holds an index, a quoted name, `*`, a slice or `?(...)`";
    let first = first.ok_or(missing)?;
    let mut indices = vec![first];
    while cursor.eat(",") {
        cursor.skip_space();
        indices.push(read_integer(cursor)?.ok_or(missing)?);
    }
    Ok(if indices.len() == 1 { Segment::Index(first) } else { Segment::Indices(indices) })
}

fn read_slice(cursor: &mut Cursor<'_>, start: Option<i64>) -> Result<Segment, String> {
    cursor.expect(":")?;
    cursor.skip_space();
    let end = read_integer(cursor)?;
    let step = if cursor.eat(":") { read_integer(cursor)?.unwrap_or(1) } else { 1 };
    if step < 1 {
        return Err("the step of a slice is at least 1".to_owned());
    }
    Ok(Segment::Slice { start, end, step })
}

fn read_integer(cursor: &mut Cursor<'_>) -> Result<Option<i64>, String> {
    let text = cursor.take_while(|character| character.is_ascii_digit() || character == '-');
    cursor.skip_space();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("`{text}` is not an index"))
}

/// Follows segments from `place`; `root` is what `$` means inside filters.
pub(super) fn select<'v>(segments: &[Segment], place: &'v Value, root: &'v Value) -> Option<Cow<'v, Value>> {
    let mut place = place;
    for (position, segment) in segments.iter().enumerate() {
        place = match segment {
            Segment::Key(key) => place.as_object()?.get(key)?,
            Segment::Index(index) => {
                let array = place.as_array()?;
                array.get(position_of(*index, array.len())?)?
            }
            // The last step of a path may name several keys of one object: the result is an object of them.
            Segment::Keys(keys) if position + 1 == segments.len() => {
                let object = place.as_object()?;
                let found = keys.iter().filter_map(|key| Some((key.clone(), object.get(key)?.clone())));
                return Some(Cow::Owned(Value::Object(found.collect())));
            }
            _ => return Some(Cow::Owned(select_list(&segments[position..], place, root))),
        };
    }
    Some(Cow::Borrowed(place))
}

/// Follows segments that may name any number of places.
fn select_list(segments: &[Segment], place: &Value, root: &Value) -> Value {
    let mut places = vec![place];
    for segment in segments {
        let mut found = Vec::new();
        for place in places {
            collect(segment, place, root, &mut found);
        }
        places = found;
    }
    Value::Array(places.into_iter().cloned().collect())
}

/// Appends what one segment names at one place; what is not there is left out.
fn collect<'v>(segment: &Segment, place: &'v Value, root: &Value, found: &mut Vec<&'v Value>) {
    match (segment, place) {
        (Segment::Descendants, _) => collect_descendants(place, found),
        (Segment::Key(key), Value::Object(object)) => found.extend(object.get(key)),
        (Segment::Keys(keys), Value::Object(object)) => found.extend(keys.iter().filter_map(|key| object.get(key))),
        (Segment::Wildcard, Value::Object(object)) => found.extend(object.values()),
        (Segment::Wildcard, Value::Array(array)) => found.extend(array),
        (Segment::Filter(filter), Value::Array(array)) => {
            found.extend(array.iter().filter(|element| filter.accepts(element, root)));
        }
        (Segment::Filter(filter), Value::Object(_)) if filter.accepts(place, root) => found.push(place),
        (Segment::Index(index), Value::Array(array)) => {
            found.extend(position_of(*index, array.len()).and_then(|position| array.get(position)));
        }
        (Segment::Indices(indices), Value::Array(array)) => {
            let positions = indices.iter().filter_map(|index| position_of(*index, array.len()));
            found.extend(positions.filter_map(|position| array.get(position)));
        }
        (Segment::Slice { start, end, step }, Value::Array(array)) => {
            let (start, end) = slice_bounds(*start, *end, array.len());
            let step = usize::try_from(*step).unwrap_or(usize::MAX);
            found.extend(array.get(start..end).unwrap_or_default().iter().step_by(step));
        }
        _ => {}
    }
}

fn collect_descendants<'v>(place: &'v Value, found: &mut Vec<&'v Value>) {
    found.push(place);
    match place {
        Value::Object(object) => object.values().for_each(|child| collect_descendants(child, found)),
        Value::Array(array) => array.iter().for_each(|child| collect_descendants(child, found)),
        _ => {}
    }
}

/// A negative index counts from the end. None if it lies before the start; the end is for the caller to check.
fn position_of(index: i64, length: usize) -> Option<usize> {
    if index >= 0 {
        return usize::try_from(index).ok();
    }
    length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
}

fn slice_bounds(start: Option<i64>, end: Option<i64>, length: usize) -> (usize, usize) {
    let clamp = |index: i64| position_of(index, length).unwrap_or(0).min(length);
    (start.map_or(0, clamp), end.map_or(length, clamp))
}
