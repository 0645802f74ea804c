//! Tests of the pricing module; the tables under test are those that the rooms embed.

mod bills;
mod exactness;
mod growth;
mod metering;
mod properties;
mod tables;

use std::sync::LazyLock;

use super::{Bill, Options, PriceBook, Quantity, Usage, bill};

const NOTHING_FREE: Options = Options { free_tier: false, twelve_months: false };

static BOOK: LazyLock<PriceBook> = LazyLock::new(|| {
    let books = crate::services::prices();
    let books = books.iter().map(|(room, text)| PriceBook::parse(text, room).expect("the rooms' tables are valid"));
    PriceBook::join(books).expect("no SKU is priced twice")
});

fn book() -> &'static PriceBook {
    &BOOK
}

fn units(text: &str) -> Quantity {
    Quantity::parse(text).expect("a decimal")
}

fn usage(service: &str, sku: &str, region: &str, quantity: &str) -> Usage {
    Usage {
        service: service.to_owned(),
        sku: sku.to_owned(),
        region: region.to_owned(),
        account: "main".to_owned(),
        quantity: units(quantity),
    }
}

fn billed(usages: &[Usage], options: Options) -> Bill {
    bill(book(), usages, &options).expect("all SKUs are priced")
}

/// Pico-USD in a USD.
const USD: i128 = 1_000_000_000_000;
