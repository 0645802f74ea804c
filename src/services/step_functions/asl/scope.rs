//! What expressions can see besides their `$`.

use std::cell::Cell;

use serde_json::{Map, Value};

/// What an expression can see besides the state's input: the context object, the variables and random numbers.
///
/// The random numbers of one scope are derived from one draw and the order in which the expressions ask, so evaluating
/// the same state with the same draw gives the same result. Use a fresh scope, with a fresh draw, per visit of a state.
#[derive(Debug, Clone)]
pub struct Scope<'a> {
    /// The context object, `$$`.
    pub context: &'a Value,
    /// The variables, by name without the dollar sign.
    pub variables: &'a Map<String, Value>,
    draw: u64,
    drawn: Cell<u64>,
}

impl<'a> Scope<'a> {
    /// A scope for one visit of a state; `draw` feeds `States.MathRandom` and `States.UUID`.
    pub fn new(context: &'a Value, variables: &'a Map<String, Value>, draw: u64) -> Self {
        Self { context, variables, draw, drawn: Cell::new(0) }
    }

    /// The same scope with another context object, as the iterations of a Map need.
    pub fn with_context<'b>(&self, context: &'b Value) -> Scope<'b>
    where
        'a: 'b,
    {
        Scope { context, variables: self.variables, draw: self.draw, drawn: self.drawn.clone() }
    }

    pub(super) fn next_random(&self) -> u64 {
        let ordinal = self.drawn.get();
        self.drawn.set(ordinal.wrapping_add(1));
        mixed(self.draw, ordinal)
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014), which turns a key and an ordinal into independent bits.
pub(super) fn mixed(key: u64, ordinal: u64) -> u64 {
    let mut bits = key.wrapping_add(ordinal.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}
