//! Studies: many runs of a scenario, and what they say together.
//!
//! A sweep runs designs at the points of a space ([`points`]) and keeps each finished point in a [`Journal`], so that an
//! interrupted sweep goes on where it was. Searches choose the values of one key by what others have shown: [`find`] looks for
//! the largest or smallest at which all objectives hold, [`break_even`] for those at which two designs are equal, and a
//! [`ladder`] tells at which multiples of the load limiters bind. A [`blast`] stops each service of a design in turn and
//! follows each journey from the undisturbed run to the disturbed one. A [`sensitivity`] study varies the assumptions in force
//! within their ranges.
//!
//! Left out: searches over several keys; failures of several services at once, and failures other than a stop, in a blast (a
//! timeline has them); what assumptions do only together, in what each explains. A blast keeps a line for every journey of a
//! design in memory while it compares them, 64 bytes each.

mod bisection;
mod blast;
mod break_even;
mod find;
mod journal;
mod ladder;
mod select;
mod sensitivity;
mod sequential;
mod space;
mod sweep;
#[cfg(test)]
mod tests;

pub use blast::{Outage, blast};
pub use break_even::{PairPlan, break_even};
pub use find::{Plan, find};
pub use journal::{Journal, keys};
pub use ladder::{LadderError, LadderPlan, ladder};
pub use select::{pareto, select};
pub use sensitivity::{Assumed, Points, assumed, sensitivity};
pub use sequential::SearchError;
pub use space::points;
pub use sweep::{outcomes, sweep};
