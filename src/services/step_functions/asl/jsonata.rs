//! `JSONata` is not evaluated; this checks the form of expressions, so that a document with a slip is refused early.
//!
//! The check alternates between "a value must come" and "an operator may come" and balances brackets, which finds missing
//! operands, stray operators and `JSONPath` in place of `JSONata`. Source of the grammar:
//! <https://docs.jsonata.org/expressions>, read 2026-11-23.

use super::cursor::{Cursor, NESTING_MAX};

/// Whether a text is a well-formed `{% ... %}` expression; an error if it is one with a mistake.
pub(super) fn expression(text: &str) -> Result<bool, String> {
    let inner = match (text.strip_prefix("{%"), text.ends_with("%}")) {
        (None, false) => return Ok(false),
        (Some(rest), true) => rest.strip_suffix("%}").ok_or("the expression `{%}` is incomplete")?,
        (Some(_), false) => return Err("a JSONata expression that starts with `{%` ends with `%}`".to_owned()),
        (None, true) => return Err("a JSONata expression that ends with `%}` starts with `{%`".to_owned()),
    };
    // Third-party validators refuse any line break; many documents in use start a new line right after the opening.
    if inner.trim_start_matches(' ').starts_with('\n') && inner.starts_with(' ') {
        return Err("blanks between `{%` and a line break are not allowed".to_owned());
    }
    check(inner).map(|()| true)
}

/// Two-character operators first.
const OPERATORS: [&str; 25] = [
    ":=", "!=", "<=", ">=", "~>", "..", "?:", "??", "+", "-", "*", "/", "%", ".", "=", "<", ">", "&", "?", ":", ",", ";", "@",
    "#", "^",
];
const WORD_OPERATORS: [&str; 3] = ["and", "or", "in"];

fn check(text: &str) -> Result<(), String> {
    let mut cursor = Cursor::new(text);
    let mut open = Vec::new();
    let mut value_expected = true;
    // An opening bracket may close at once, as in `$now()`.
    let mut just_opened = false;
    loop {
        skip_blank(&mut cursor)?;
        let Some(character) = cursor.peek() else { break };
        let closes = matches!(character, ')' | ']' | '}');
        // A block may end in a semicolon, an optional list element may not be missing.
        let may_close = !value_expected || just_opened || after_semicolon(&cursor, text);
        if closes && may_close {
            cursor.next();
            if open.pop() != Some(character) {
                return Err(format!("`{character}` closes nothing in the JSONata expression"));
            }
            (value_expected, just_opened) = (false, false);
        } else if value_expected {
            value_expected = read_value(&mut cursor, &mut open)?;
            just_opened = matches!(character, '(' | '[' | '{');
        } else if let Some(bracket) = closing(character) {
            cursor.next();
            open.push(bracket);
            (value_expected, just_opened) = (true, true);
        } else {
            value_expected = read_operator(&mut cursor)?;
            just_opened = false;
        }
        if open.len() > NESTING_MAX {
            return Err(format!("JSONata brackets nest at most {NESTING_MAX} deep"));
        }
    }
    match open.last() {
        Some(bracket) => Err(format!("`{bracket}` is missing in the JSONata expression")),
        None if value_expected && !after_semicolon(&cursor, text) => {
            Err("the JSONata expression ends where a value must follow".to_owned())
        }
        None => Ok(()),
    }
}

fn after_semicolon(cursor: &Cursor<'_>, text: &str) -> bool {
    text[..cursor.position()].trim_end().ends_with(';')
}

fn closing(character: char) -> Option<char> {
    match character {
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    }
}

/// Spaces and comments.
fn skip_blank(cursor: &mut Cursor<'_>) -> Result<(), String> {
    loop {
        cursor.skip_space();
        if !cursor.eat("/*") {
            return Ok(());
        }
        while !cursor.eat("*/") {
            cursor.next().ok_or("a comment in the JSONata expression does not end")?;
        }
    }
}

/// Reads where a value must come; returns whether one must still come.
fn read_value(cursor: &mut Cursor<'_>, open: &mut Vec<char>) -> Result<bool, String> {
    let character = cursor.peek().unwrap_or(' ');
    if let Some(bracket) = closing(character) {
        cursor.next();
        open.push(bracket);
        return Ok(true);
    }
    match character {
        '"' | '\'' | '`' => cursor.quoted_raw().map(|_| false),
        '/' => read_regular_expression(cursor).map(|()| false),
        '-' => {
            cursor.next();
            Ok(true)
        }
        // Wildcards and the parent operator are values; `?` is a gap in a partial application, so inside a call only.
        '*' | '%' => {
            cursor.next();
            cursor.eat("*");
            Ok(false)
        }
        '?' if open.last() == Some(&')') => {
            cursor.next();
            Ok(false)
        }
        // The direction of an order-by: `^(>price, <title)`.
        '<' | '>' if open.last() == Some(&')') => {
            cursor.next();
            Ok(true)
        }
        // `|place|update|` transforms; its parts are not looked into.
        '|' => read_transform(cursor).map(|()| false),
        _ => read_word(cursor),
    }
}

fn read_word(cursor: &mut Cursor<'_>) -> Result<bool, String> {
    cursor.take_while(|character| character == '$');
    let start = cursor.position();
    let word = cursor.take_while(|character| character.is_alphanumeric() || character == '_');
    let number = word.starts_with(|character: char| character.is_ascii_digit());
    if number {
        // A fraction, but not the range operator of `[1..3]`.
        let mut ahead = cursor.clone();
        if ahead.eat(".") && ahead.peek().is_some_and(|character| character.is_ascii_digit()) {
            ahead.take_while(|character| character.is_ascii_alphanumeric());
            *cursor = ahead;
        }
        if cursor.since(start).ends_with(['e', 'E']) && (cursor.eat("-") || cursor.eat("+")) {
            cursor.take_while(|character| character.is_ascii_digit());
        }
        return Ok(false);
    }
    if word.is_empty() && !cursor_after_dollar(cursor, start) {
        return Err(format!("`{}` cannot start a value in the JSONata expression", cursor.rest().trim_end()));
    }
    if matches!(word, "function" | "λ") {
        read_function_head(cursor)?;
    }
    Ok(false)
}

/// Whether the word just read was a bare `$` or `$$`, the context and root values.
fn cursor_after_dollar(cursor: &Cursor<'_>, start: usize) -> bool {
    // `start` lies behind the dollar signs; a cursor that has not moved past a dollar sign is at a word's start.
    cursor.position() == start && cursor.text_before(start).ends_with('$')
}

/// `function($a, $b)<signature>`: the parameters look like a call, the body is a block that follows.
fn read_function_head(cursor: &mut Cursor<'_>) -> Result<(), String> {
    cursor.skip_space();
    cursor.expect("(")?;
    cursor.take_while(|character| character != ')');
    cursor.expect(")")?;
    cursor.skip_space();
    if cursor.eat("<") {
        cursor.take_while(|character| character != '{');
    }
    cursor.skip_space();
    if cursor.peek() == Some('{') { Ok(()) } else { Err("a JSONata function has a body in braces".to_owned()) }
}

fn read_regular_expression(cursor: &mut Cursor<'_>) -> Result<(), String> {
    cursor.quoted_raw()?;
    cursor.take_while(|character| "im".contains(character));
    Ok(())
}

fn read_transform(cursor: &mut Cursor<'_>) -> Result<(), String> {
    cursor.next();
    for _ in 0..2 {
        cursor.take_while(|character| character != '|');
        cursor.expect("|")?;
    }
    Ok(())
}

/// Reads where an operator must come; returns whether a value must follow.
fn read_operator(cursor: &mut Cursor<'_>) -> Result<bool, String> {
    for word in WORD_OPERATORS {
        let mut ahead = cursor.clone();
        if ahead.eat(word) && !ahead.peek().is_some_and(|next| next.is_alphanumeric() || next == '_') {
            *cursor = ahead;
            return Ok(true);
        }
    }
    if OPERATORS.iter().any(|operator| cursor.eat(operator)) {
        return Ok(true);
    }
    Err(format!("`{}` cannot follow a value in the JSONata expression", cursor.rest().trim_end()))
}
