//! Studies: many runs of a scenario, and what they say together.
//!
//! A sweep runs designs at the points of a space ([`points`]) and keeps each finished point in a [`Journal`], so that an
//! interrupted sweep goes on where it was. A [`blast`] stops each service of a design in turn and follows each journey from the
//! undisturbed run to the disturbed one. A [`sensitivity`] study varies the assumptions in force within their ranges.
//!
//! Left out: spaces written in the scenario itself, and points chosen by what others have shown; failures of several services at
//! once, and failures other than a stop, in a blast (a timeline has them); what assumptions do only together, in what each explains.
//! A blast keeps a line for every journey of a design in memory while it compares them, some 50 bytes each.

mod blast;
mod journal;
mod select;
mod sensitivity;
mod space;
mod sweep;
#[cfg(test)]
mod tests;

pub use blast::{Outage, blast, spared};
pub use journal::{Journal, keys};
pub use select::{pareto, select};
pub use sensitivity::{Assumed, Points, assumed, sensitivity};
pub use space::{Axis, Sampling, SpaceError, points};
pub use sweep::{outcomes, sweep};
