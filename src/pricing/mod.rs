//! Pricing: usage times price rows is the bill.
//!
//! What it does: reads price tables (CSV text that is handed in), adds up what all services of an account and region
//! used, takes off the free monthly allowances, walks the graduated tiers, and splits each amount back to the
//! services so that the lines add up to the total to the last pico-USD.
//!
//! Left out: sign-up credits; savings plans and private discounts; tax;
//! currencies other than USD (hence the China partition); consolidated billing over several accounts.
//!
//! This module knows no service. SKUs are plain names; rooms hand in their rows, and the units of a row are the units in
//! which the room reports its usage. All arithmetic is on integers, see [`exact`].

pub mod bill;
pub mod book;
pub mod error;
pub mod exact;
pub mod load;
pub mod margin;
pub mod metering;
mod read;
pub mod region;

#[cfg(test)]
mod tests;

pub use bill::{AllowanceUse, Bill, BillLine, Options, TierUse, Usage, bill, bill_with};
pub use book::{Allowance, AllowanceScope, AllowanceTerm, Price, PriceBook, Tier};
pub use error::PriceError;
pub use exact::{MonthScale, Quantity, UnitPrice};
pub use load::{Growth, Kink, LoadCurve, against_load};
pub use margin::marginal_costs;
pub use region::{GLOBAL, REGIONS, Region};
