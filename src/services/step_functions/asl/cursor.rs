//! A reading position in a short text, shared by the parsers of paths, filters and intrinsic functions.

/// How deep brackets may nest in an expression; deeper is refused rather than recursed into.
pub(super) const NESTING_MAX: usize = 32;

/// A reading position.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Cursor<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, position: 0 }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    pub fn rest(&self) -> &'t str {
        &self.text[self.position..]
    }

    /// The text before a position.
    pub fn text_before(&self, position: usize) -> &'t str {
        &self.text[..position]
    }

    /// The text from an earlier position up to here.
    pub fn since(&self, start: usize) -> &'t str {
        &self.text[start..self.position]
    }

    pub fn at_end(&self) -> bool {
        self.position == self.text.len()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    /// Steps over `expected` if it comes next.
    pub fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.position += expected.len();
        }
        found
    }

    /// Steps over `expected` or says that it is missing.
    pub fn expect(&mut self, expected: &str) -> Result<(), String> {
        if self.eat(expected) {
            return Ok(());
        }
        let found = self.peek().map_or("the end".to_owned(), |character| format!("`{character}`"));
        Err(format!("expected `{expected}` at character {} but found {found}", self.position + 1))
    }

    pub fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    pub fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|character| !accept(character)).unwrap_or(rest.len());
        self.position += length;
        &rest[..length]
    }

    /// A text in quotes, the opening quote comes next. Backslashes stay as they are.
    pub fn quoted_raw(&mut self) -> Result<&'t str, String> {
        let quote = self.next().ok_or("a quoted text is missing")?;
        let start = self.position;
        loop {
            match self.next() {
                Some('\\') => {
                    self.next();
                }
                Some(character) if character == quote => {
                    return Ok(&self.text[start..self.position - quote.len_utf8()]);
                }
                Some(_) => {}
                None => return Err(format!("the text that starts at character {start} has no closing {quote}")),
            }
        }
    }

    /// A JSON number.
    pub fn number(&mut self) -> Result<serde_json::Number, String> {
        let text = self.take_while(|character| character.is_ascii_digit() || "+-.eE".contains(character));
        text.parse().map_err(|_| format!("`{text}` is not a number"))
    }
}

/// A text without the backslashes that protect the next character.
pub(super) fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut characters = raw.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            text.extend(characters.next());
        } else {
            text.push(character);
        }
    }
    text
}
