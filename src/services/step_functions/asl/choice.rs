//! Choice rules.
//!
//! Source of the operators: <https://docs.aws.amazon.com/step-functions/latest/dg/state-choice.html>, read 2026-11-23.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::errors::{EvaluationError, NO_CHOICE_MATCHED};
use super::model::Choice;
use super::path::Path;
use super::scope::Scope;
use super::template::{Template, not_modelled};
use super::timestamp::Timestamp;

/// A rule of a Choice and where it leads.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleTarget {
    /// The condition.
    pub rule: Rule,
    /// The state that follows if it holds.
    pub next: String,
    /// Variables set if it holds.
    pub assign: Option<Template>,
    /// The state's output if it holds (`JSONata`).
    pub output: Option<Template>,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// All of them.
    And(Vec<Rule>),
    /// At least one.
    Or(Vec<Rule>),
    /// The opposite.
    Not(Box<Rule>),
    /// A test of what kind of value it is; true if the outcome is as expected.
    Test {
        /// The value.
        variable: Path,
        /// What is asked.
        test: TypeTest,
        /// The outcome that makes the rule hold.
        expected: bool,
    },
    /// A comparison of two values of one type.
    Compare {
        /// The left side.
        variable: Path,
        /// Type and sense.
        comparison: Comparison,
        /// The right side.
        operand: Operand,
    },
    /// `StringMatches`.
    Matches {
        /// The text.
        variable: Path,
        /// The pattern: `*` stands for any characters, a backslash protects `*` and itself.
        pattern: String,
    },
    /// `Condition` of a `JSONata` state, as written. Evaluating it is not modelled yet.
    Jsonata(String),
    /// `Condition` given as a plain truth value.
    Fixed(bool),
}

/// What kind of value something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are the language's own: IsBoolean and so on")]
pub enum TypeTest {
    Boolean,
    Null,
    Numeric,
    Present,
    String,
    Timestamp,
}

/// The type two values must have and the orders that make a comparison hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    pub(super) kind: ComparedType,
    pub(super) sense: Sense,
}

/// The type both sides of a comparison must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ComparedType {
    Boolean,
    Numeric,
    String,
    Timestamp,
}

/// The orders that make a comparison hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sense {
    Equals,
    GreaterThan,
    GreaterThanEquals,
    LessThan,
    LessThanEquals,
}

/// The right side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A fixed value of the comparison's type.
    Value(Value),
    /// What a path names.
    Path(Path),
}

impl Choice {
    /// The state that follows and the rule that decided, None for the default.
    ///
    /// `input` is the state's input after `InputPath`. Fails with `States.NoChoiceMatched`, or `States.Runtime` when a
    /// rule's path names nothing.
    pub fn choose<'c>(&'c self, input: &Value, scope: &Scope<'_>) -> Result<(&'c str, Option<&'c RuleTarget>), EvaluationError> {
        for target in &self.rules {
            if target.rule.holds(input, scope)? {
                return Ok((&target.next, Some(target)));
            }
        }
        match &self.default {
            Some(default) => Ok((default, None)),
            None => Err(EvaluationError::new(NO_CHOICE_MATCHED, "no rule of the Choice holds and it has no Default")),
        }
    }
}

impl Rule {
    /// Whether the rule holds. Sides of another type than the comparison's make it false; a path that names nothing is
    /// `States.Runtime`, except for `IsPresent`.
    pub fn holds(&self, input: &Value, scope: &Scope<'_>) -> Result<bool, EvaluationError> {
        match self {
            Self::And(rules) => all(rules, true, input, scope),
            Self::Or(rules) => all(rules, false, input, scope),
            Self::Not(rule) => rule.holds(input, scope).map(|held| !held),
            Self::Test { variable, test: TypeTest::Present, expected } => Ok(variable.find(input, scope).is_some() == *expected),
            Self::Test { variable, test, expected } => {
                variable.require(input, scope).map(|value| test.holds(&value) == *expected)
            }
            Self::Compare { variable, comparison, operand } => {
                let left = variable.require(input, scope)?;
                let right = match operand {
                    Operand::Value(value) => Cow::Borrowed(value),
                    Operand::Path(path) => path.require(input, scope)?,
                };
                Ok(comparison.holds(&left, &right))
            }
            Self::Matches { variable, pattern } => {
                variable.require(input, scope).map(|value| value.as_str().is_some_and(|text| matches_pattern(text, pattern)))
            }
            Self::Jsonata(expression) => Err(not_modelled(expression)),
            Self::Fixed(held) => Ok(*held),
        }
    }
}

/// And (`sense` true) or Or (`sense` false): stops at the first rule that settles it.
fn all(rules: &[Rule], sense: bool, input: &Value, scope: &Scope<'_>) -> Result<bool, EvaluationError> {
    for rule in rules {
        if rule.holds(input, scope)? != sense {
            return Ok(!sense);
        }
    }
    Ok(sense)
}

impl TypeTest {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Boolean => value.is_boolean(),
            Self::Null => value.is_null(),
            Self::Numeric => value.is_number(),
            Self::Present => true,
            Self::String => value.is_string(),
            Self::Timestamp => value.as_str().is_some_and(|text| Timestamp::parse(text).is_some()),
        }
    }
}

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        self.kind.order(left, right).is_some_and(|order| self.sense.accepts(order))
    }
}

impl ComparedType {
    /// The order of two values; None if one is not of the type.
    fn order(self, left: &Value, right: &Value) -> Option<Ordering> {
        match self {
            Self::Boolean => Some(left.as_bool()?.cmp(&right.as_bool()?)),
            Self::Numeric => match (left.as_i64(), right.as_i64()) {
                (Some(left), Some(right)) => Some(left.cmp(&right)),
                _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
            },
            Self::String => Some(left.as_str()?.cmp(right.as_str()?)),
            Self::Timestamp => Some(Timestamp::parse(left.as_str()?)?.cmp(&Timestamp::parse(right.as_str()?)?)),
        }
    }
}

impl Sense {
    fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equals => order.is_eq(),
            Self::GreaterThan => order.is_gt(),
            Self::GreaterThanEquals => order.is_ge(),
            Self::LessThan => order.is_lt(),
            Self::LessThanEquals => order.is_le(),
        }
    }
}

/// One element of a `StringMatches` pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Any,
    Exactly(char),
}

/// Whether a text matches a pattern as a whole.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    let tokens = pattern_tokens(pattern);
    let characters: Vec<char> = text.chars().collect();
    let (mut character, mut token) = (0, 0);
    // Where to go on if the present attempt fails: the last star swallows one character more. No recursion, so the time
    // is at most the product of both lengths.
    let mut retry: Option<(usize, usize)> = None;
    while character < characters.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                token += 1;
                retry = Some((character, token));
            }
            Some(Token::Exactly(expected)) if *expected == characters[character] => {
                character += 1;
                token += 1;
            }
            _ => {
                let Some((swallowed, after_star)) = retry else { return false };
                character = swallowed + 1;
                token = after_star;
                retry = Some((character, after_star));
            }
        }
    }
    tokens[token..].iter().all(|token| *token == Token::Any)
}

fn pattern_tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        tokens.push(match character {
            '*' => Token::Any,
            '\\' if matches!(characters.peek(), Some('*' | '\\')) => Token::Exactly(characters.next().unwrap_or('\\')),
            other => Token::Exactly(other),
        });
    }
    tokens
}
