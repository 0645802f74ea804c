//! Studies: many runs of a scenario, and what they say together.
//!
//! A [`ladder`] tells at which multiples of the load limiters bind. A sweep runs designs at the points of a space ([`points`]) and keeps each finished point in a [`Journal`], so that an
//! interrupted sweep goes on where it was. Left out: points chosen by what others have shown.

mod journal;
mod ladder;
mod select;
mod space;
mod sweep;
#[cfg(test)]
mod tests;

pub use journal::{Journal, keys};
pub use ladder::{LadderError, LadderPlan, ladder};
pub use select::{pareto, select};
pub use space::points;
pub use sweep::{outcomes, sweep};
