//! The texts that a scenario was read from, for excerpts in messages.

use super::tree::Span;

/// One text with the name it is shown under.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
}

/// All texts of one load. [`Span::file`] is an index into it.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

impl Sources {
    /// No texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a text and returns its index.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> u32 {
        self.sources.push(Source { name: name.into(), text: text.into() });
        u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX)
    }

    /// The name a text is shown under; empty for an index that was never given out.
    pub fn name(&self, file: u32) -> &str {
        self.get(file).map_or("", |source| &source.name)
    }

    /// The text; empty for an index that was never given out.
    pub fn text(&self, file: u32) -> &str {
        self.get(file).map_or("", |source| &source.text)
    }

    /// What a span covers; empty when it covers nothing.
    pub fn excerpt(&self, span: Span) -> &str {
        self.text(span.file).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn get(&self, file: u32) -> Option<&Source> {
        self.sources.get(file as usize)
    }
}
