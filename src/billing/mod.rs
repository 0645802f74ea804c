//! Bills without a simulation: what a user says that is used in a month, priced as AWS would bill it.
//!
//! A usage file names services; each is a [`resource::Resource`] whose metering rules turn what people know (requests,
//! sizes, times) into billed quantities. All arithmetic is on exact fractions, see [`number`].
//!
//! Left out: what AWS decides from how usage is spread within the month, such as the hourly accrual of storage: a GB-month
//! is an average.

pub mod file;
pub mod infracost;
pub mod number;
pub mod render;
pub mod resource;
pub mod resources;
pub mod simulated;

#[cfg(test)]
mod tests;

use crate::pricing::{Bill, PriceBook, PriceError, bill_with};
pub use file::{Allowances, Reading, UsageFile, read, read_text};

/// All price tables of this program as one book.
pub fn price_book() -> Result<PriceBook, Vec<PriceError>> {
    let tables = crate::services::prices();
    let books = tables.iter().map(|(name, text)| PriceBook::parse(text, &format!("{name}/prices.csv")));
    PriceBook::join(books.collect::<Result<Vec<_>, _>>()?)
}

/// Prices a usage file.
pub fn bill(file: &UsageFile, book: &PriceBook) -> Result<Bill, Vec<PriceError>> {
    bill_with(book, &file.usages, &file.allowances.options(), &file.allowances.used_up)
}
