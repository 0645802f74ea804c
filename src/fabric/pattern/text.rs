//! Text comparisons: ignoring case, and with wildcards.

/// Whether two texts are equal but for case.
pub(super) fn equals_ignoring_case(text: &str, wanted: &str) -> bool {
    strip_prefix_ignoring_case(text, wanted).is_some_and(str::is_empty)
}

/// What follows `prefix` in `text`, ignoring case.
///
/// event-ruler folds each character of the pattern by itself: it accepts the lower or
/// the upper case of it, which may be several characters (`ß` accepts `SS`).
pub(super) fn strip_prefix_ignoring_case<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let mut rest = text;
    for wanted in prefix.chars() {
        rest = if folds(wanted) {
            strip_start(rest, wanted.to_lowercase()).or_else(|| strip_start(rest, wanted.to_uppercase()))?
        } else {
            rest.strip_prefix(wanted)?
        };
    }
    Some(rest)
}

/// Whether `text` ends with `suffix`, ignoring case.
pub(super) fn ends_with_ignoring_case(text: &str, suffix: &str) -> bool {
    let mut rest = Some(text);
    for wanted in suffix.chars().rev() {
        rest = rest.and_then(|text| {
            if folds(wanted) {
                strip_end(text, wanted.to_lowercase().rev()).or_else(|| strip_end(text, wanted.to_uppercase().rev()))
            } else {
                text.strip_suffix(wanted)
            }
        });
    }
    rest.is_some()
}

/// event-ruler folds UTF-16 units, so characters beyond the first plane have no case.
fn folds(character: char) -> bool {
    character <= '\u{FFFF}'
}

fn strip_start(text: &str, wanted: impl Iterator<Item = char>) -> Option<&str> {
    let mut rest = text.chars();
    for character in wanted {
        if rest.next()? != character {
            return None;
        }
    }
    Some(rest.as_str())
}

fn strip_end(text: &str, wanted_reversed: impl Iterator<Item = char>) -> Option<&str> {
    let mut rest = text.chars();
    for character in wanted_reversed {
        if rest.next_back()? != character {
            return None;
        }
    }
    Some(rest.as_str())
}

/// A text in which `*` stands for any characters, none included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    /// The literal texts around the wildcards: one more than there are wildcards.
    literals: Box<[Box<str>]>,
}

impl Wildcard {
    /// Reads a wildcard text. `\*` and `\\` stand for the characters themselves.
    pub(super) fn parse(text: &str) -> Result<Wildcard, &'static str> {
        let mut literals = Vec::new();
        let mut literal = String::new();
        let mut after_wildcard = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let is_wildcard = character == '*';
            match character {
                '*' if after_wildcard => return Err("two wildcard characters in a row"),
                '*' => literals.push(std::mem::take(&mut literal).into_boxed_str()),
                '\\' => match characters.next() {
                    Some(escaped @ ('*' | '\\')) => literal.push(escaped),
                    _ => return Err("a backslash that escapes neither * nor \\"),
                },
                other => literal.push(other),
            }
            after_wildcard = is_wildcard;
        }
        literals.push(literal.into_boxed_str());
        Ok(Wildcard { literals: literals.into_boxed_slice() })
    }

    /// Number of wildcard characters.
    pub(super) fn count(&self) -> usize {
        self.literals.len() - 1
    }

    /// Whether the whole text fits. Takes time linear in the length of the text: the
    /// outer literals are anchored, and taking each inner one at its first occurrence
    /// leaves the most room for the next, so there is no backtracking.
    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, middle @ .., last] = &*self.literals else {
            return self.literals.first().is_some_and(|only| **only == *text);
        };
        let Some(inner) = text.strip_prefix(&**first).and_then(|rest| rest.strip_suffix(&**last)) else {
            return false;
        };
        let mut rest = inner;
        for literal in middle {
            let Some(start) = rest.find(&**literal) else {
                return false;
            };
            rest = &rest[start + literal.len()..];
        }
        true
    }
}
