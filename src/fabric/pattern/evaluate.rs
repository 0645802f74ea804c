//! Evaluation of a pattern on an event.
//!
//! A combination of fields matches when each field finds a leaf that it accepts and
//! these leaves agree on the elements of the arrays they lie in. event-ruler tries the
//! fields in the order of their names, and so does this search: the order shows in
//! `exists: false`, which asks for absence from the elements chosen so far and from the
//! whole of an array that no field before it has entered.
//!
//! The choices made so far are a chain of [`Choice`]s on the stack, so nothing is
//! allocated. When a field fails, the search returns to the last field whose choice had
//! a part in it (see [`Culprits`]); fields in unrelated arrays are therefore never
//! multiplied with each other.

use super::{Field, Pattern};
use serde_json::Value;
use std::ops::ControlFlow;

/// Whether one combination of the pattern's fields is satisfied by the event.
pub(super) fn matches(pattern: &Pattern, event: &Value) -> bool {
    event.is_object()
        && pattern.combinations.iter().any(|combination| {
            let search = Search { fields: &pattern.fields, combination, event };
            search.satisfy(0, None).is_ok()
        })
}

/// One combination on one event.
struct Search<'s> {
    fields: &'s [Field],
    combination: &'s [usize],
    event: &'s Value,
}

/// A field's choice of one element of an array.
struct Choice<'c> {
    /// The array, known by its place in memory.
    array: *const Vec<Value>,
    element: usize,
    /// Position in the combination of the field that chose.
    chooser: usize,
    previous: Option<&'c Choice<'c>>,
}

impl Search<'_> {
    /// Satisfies the fields from `position` on under the choices made before, or tells
    /// which of the fields that chose stand in the way.
    fn satisfy(&self, position: usize, choices: Option<&Choice<'_>>) -> Result<(), Culprits> {
        let Some(field) = self.combination.get(position).map(|index| &self.fields[*index]) else {
            return Ok(());
        };
        let mut culprits = Culprits::default();
        if field.accepts_absence {
            // Any earlier choice may be what makes the field absent or present.
            culprits = Culprits::all_before(position);
            if !self.is_present(field, choices) {
                return self.satisfy(position + 1, choices);
            }
        }
        let mut on_leaf = |leaf: &Value, choices: Option<&Choice<'_>>| {
            if !field.alternatives.iter().any(|test| test.accepts(leaf)) {
                return ControlFlow::Continue(());
            }
            match self.satisfy(position + 1, choices) {
                Ok(()) => ControlFlow::Break(Ok(())),
                Err(others) if others.contains(position) => {
                    culprits = culprits.union(others);
                    ControlFlow::Continue(())
                }
                // No other choice of this field can help, whatever it was.
                Err(others) => ControlFlow::Break(Err(others)),
            }
        };
        let mut walk = Walk { position, consulted: Culprits::default(), on_leaf: &mut on_leaf };
        let outcome = walk.visit(self.event, Some(&field.path), choices);
        let consulted = walk.consulted;
        match outcome {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(()) => Err(culprits.union(consulted).without(position)),
        }
    }

    /// Whether the event holds a leaf for the field among the elements chosen.
    fn is_present(&self, field: &Field, choices: Option<&Choice<'_>>) -> bool {
        let mut on_leaf = |_: &Value, _: Option<&Choice<'_>>| ControlFlow::Break(());
        let mut walk = Walk { position: 0, consulted: Culprits::default(), on_leaf: &mut on_leaf };
        walk.visit(self.event, Some(&field.path), choices).is_break()
    }
}

/// What is done with a leaf and the choices that lead to it.
type OnLeaf<'w, B> = dyn FnMut(&Value, Option<&Choice<'_>>) -> ControlFlow<B> + 'w;

/// A walk over the leaves of an event that one field reads.
struct Walk<'w, B> {
    /// Position of the field, the chooser of elements on the way.
    position: usize,
    /// Fields whose choices narrowed the walk.
    consulted: Culprits,
    on_leaf: &'w mut OnLeaf<'w, B>,
}

impl<B> Walk<'_, B> {
    /// Visits the leaves below `value`; `path` is what remains of the field's path.
    fn visit(&mut self, value: &Value, path: Option<&str>, choices: Option<&Choice<'_>>) -> ControlFlow<B> {
        match (value, path) {
            (Value::Array(elements), _) => self.visit_array(elements, path, choices),
            (Value::Object(members), Some(path)) => {
                // A name may hold dots itself, so each prefix of the path may be one.
                for (end, _) in path.match_indices('.') {
                    if let Some(member) = members.get(&path[..end]) {
                        self.visit(member, Some(&path[end + 1..]), choices)?;
                    }
                }
                members.get(path).map_or(ControlFlow::Continue(()), |member| self.visit(member, None, choices))
            }
            // The path ends at an object or goes below a scalar.
            (Value::Object(_), None) | (_, Some(_)) => ControlFlow::Continue(()),
            (leaf, None) => (self.on_leaf)(leaf, choices),
        }
    }

    fn visit_array(&mut self, elements: &Vec<Value>, path: Option<&str>, choices: Option<&Choice<'_>>) -> ControlFlow<B> {
        let mut chain = choices;
        let mut chosen = None;
        while let Some(choice) = chain {
            if std::ptr::eq(choice.array, elements) {
                chosen = Some(choice.element);
                self.consulted = self.consulted.union(Culprits::one(choice.chooser));
                break;
            }
            chain = choice.previous;
        }
        for (element, value) in elements.iter().enumerate() {
            // Scalars belong to the array itself, not to one of its elements.
            if !value.is_object() && !value.is_array() {
                self.visit(value, path, choices)?;
            } else if chosen.is_none() {
                let choice = Choice { array: elements, element, chooser: self.position, previous: choices };
                self.visit(value, path, Some(&choice))?;
            } else if chosen == Some(element) {
                self.visit(value, path, choices)?;
            }
        }
        ControlFlow::Continue(())
    }
}

/// A set of positions in a combination: the fields whose choices a failure rests on.
/// Positions from 63 on share one bit, which only makes the search return to more of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Culprits(u64);

impl Culprits {
    const SHARED_BIT: usize = 63;

    fn one(position: usize) -> Culprits {
        Culprits(1 << position.min(Self::SHARED_BIT))
    }

    fn all_before(position: usize) -> Culprits {
        if position > Self::SHARED_BIT { Culprits(u64::MAX) } else { Culprits((1 << position) - 1) }
    }

    fn contains(self, position: usize) -> bool {
        self.0 & Self::one(position).0 != 0
    }

    fn union(self, other: Culprits) -> Culprits {
        Culprits(self.0 | other.0)
    }

    /// The set without a position, unless others may share its bit.
    fn without(self, position: usize) -> Culprits {
        if position >= Self::SHARED_BIT { self } else { Culprits(self.0 & !Self::one(position).0) }
    }
}
