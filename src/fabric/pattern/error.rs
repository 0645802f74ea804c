//! What is wrong with a pattern, and where.

use std::fmt;

/// One step of the way from the top of a pattern to a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// The value under this name of an object.
    Key(String),
    /// The element at this position of an array, from 0.
    Index(usize),
}

impl Segment {
    /// The step as text: the key, or the position.
    pub fn text(&self) -> String {
        match self {
            Segment::Key(name) => name.clone(),
            Segment::Index(index) => index.to_string(),
        }
    }
}

/// One mistake in a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// The way from the top of the given value to the offending part; empty when the
    /// whole is at fault.
    pub path: Vec<Segment>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl fmt::Display for PatternError {
    /// Writes the path in dots and brackets, the message and the hint on one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.path.iter().enumerate() {
            match segment {
                Segment::Key(name) if position == 0 => write!(formatter, "{name}")?,
                Segment::Key(name) => write!(formatter, ".{name}")?,
                Segment::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        if !self.path.is_empty() {
            write!(formatter, ": ")?;
        }
        write!(formatter, "{} ({})", self.message, self.hint)
    }
}

impl std::error::Error for PatternError {}
