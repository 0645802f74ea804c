//! From the tree to configuration structs, with every mistake reported at its place.
//!
//! serde stops at the first error. Here the error says which node is to blame; that node is left out (or, when its
//! key is required, answered with a stand-in), and the whole is read again until nothing new turns up. The structs
//! stay plain `#[derive(Deserialize)]`.
//!
//! Externally tagged enums are written `- work: {..}`, unit variants as plain text. When the struct of a variant has
//! a field named like the variant, the struct reads the whole map, so that `- for_each: record` may have further
//! keys beside it.

mod deserializer;
mod error;
mod raw;
mod scalar_or;
mod stand_in;
mod types;
mod variant;

#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use super::diagnostics::{Code, Diagnostics};
use super::expression::Parameters;
use super::tree::Node;
use deserializer::NodeDeserializer;
use error::{Blame, DecodeError};

pub use raw::Raw;
pub use scalar_or::{Either, ScalarOr};
pub use types::{OneOrMany, Spanned};

/// Mistakes in one node beyond this are not looked for.
const ERRORS_MAX: usize = 100;
/// Readings of one node, those that only find consequences of earlier mistakes included.
const ATTEMPTS_MAX: usize = 1_000;

/// What values may refer to.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Names that expressions may use.
    pub parameters: Parameters,
}

impl Context {
    /// No parameters.
    pub fn new() -> Self {
        Self::default()
    }
}

/// What has been found wrong so far: nodes are known by their address, which is stable because the tree is borrowed.
struct Session<'a> {
    context: &'a Context,
    pruned: BTreeSet<usize>,
    stand_ins: BTreeSet<(usize, &'static str)>,
}

impl Session<'_> {
    fn is_pruned(&self, node: &Node) -> bool {
        self.pruned.contains(&address(node))
    }

    /// Whether something in or under the node was left out or made up, so that a complaint about the whole of it
    /// may be a mere consequence.
    fn is_tainted(&self, node: &Node) -> bool {
        self.is_pruned(node)
            || self.stand_ins.iter().any(|(container, _)| *container == address(node))
            || node.elements().iter().any(|element| self.is_tainted(element))
            || node.entries().iter().any(|(_, value)| self.is_tainted(value))
    }
}

fn address(node: &Node) -> usize {
    std::ptr::from_ref(node).addr()
}

/// Reads a configuration struct. `None` when there was any error; all of them are in `diagnostics` then.
pub fn decode<T: DeserializeOwned>(node: &Node, context: &Context, diagnostics: &mut Diagnostics) -> Option<T> {
    decode_from(node, None, context, diagnostics)
}

/// As [`decode`], for the value of a key: messages about the whole value name the key and point to it.
pub fn decode_entry<T: DeserializeOwned>(entry: &(Node, Node), context: &Context, diagnostics: &mut Diagnostics) -> Option<T> {
    decode_from(&entry.1, Some(&entry.0), context, diagnostics)
}

fn decode_from<T: DeserializeOwned>(
    node: &Node,
    key: Option<&Node>,
    context: &Context,
    diagnostics: &mut Diagnostics,
) -> Option<T> {
    let mut session = Session { context, pruned: BTreeSet::new(), stand_ins: BTreeSet::new() };
    let mut reported = 0;
    for _ in 0..ATTEMPTS_MAX {
        let reader = NodeDeserializer::root(node, key, &session);
        let error = match reader.blame(T::deserialize(reader)) {
            Ok(value) => return session.is_clean().then_some(value),
            Err(error) => error,
        };
        reported += usize::from(error.report(diagnostics));
        if reported >= ERRORS_MAX {
            break;
        }
        if !session.learn(&error, node) {
            return None;
        }
    }
    diagnostics.error(node.span, Code::TooManyErrors, "there is more wrong here than can be listed");
    None
}

impl Session<'_> {
    fn is_clean(&self) -> bool {
        self.pruned.is_empty() && self.stand_ins.is_empty()
    }

    /// Takes note of what to leave out next time. False when another reading would not find more.
    fn learn(&mut self, error: &DecodeError, root: &Node) -> bool {
        match error.blame() {
            Some(Blame::Prune(node)) => node != address(root) && self.pruned.insert(node),
            Some(Blame::StandIn(container, field)) => self.stand_ins.insert((container, field)),
            None => false,
        }
    }
}
