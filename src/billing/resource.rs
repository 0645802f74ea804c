//! What a usage file may say about a resource, and how it becomes billed quantities.

use std::collections::BTreeMap;

use super::number::Number;
use crate::pricing::{Quantity, Usage};

/// A type of resource in usage files.
#[derive(Debug)]
pub struct Resource {
    /// Name of the type.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// The keys it takes.
    pub keys: &'static [Key],
    /// The metering rules.
    pub meter: fn(&mut Meter<'_>),
}

/// A key of a resource.
#[derive(Debug)]
pub struct Key {
    /// Name in the file.
    pub name: &'static str,
    /// What may stand there.
    pub kind: Kind,
    /// Meaning, for the manual.
    pub about: &'static str,
}

/// What the value of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How often in the month: a number, or a rate such as `25/min` that goes on all month. Nothing unless given.
    Count,
    /// GB of the month: a number of GB or a size such as `2 TB`. Nothing unless given.
    Gigabytes,
    /// Size of one thing, such as `12 KB`; the text is the default.
    Size(&'static str),
    /// Time that one thing takes, such as `120 ms`; the text is the default.
    Time(&'static str),
    /// Time in the month: hours as a number, or a duration. All month unless given.
    Hours,
    /// As `Hours`, but none unless given.
    SomeHours,
    /// A plain number; the text is the default.
    Plain(&'static str),
    /// One of some words; the first is the default.
    Word(&'static [&'static str]),
    /// A name that is part of the SKU, such as a type of instance; the text is the default.
    Name(&'static str),
    /// A list of Regions; none unless given.
    Regions,
}

/// Values of the keys of one service, in base units.
#[derive(Clone, Debug)]
pub enum Value {
    /// Count, GB, bytes, seconds, hours or plain number.
    Number(Number),
    /// A word or name.
    Text(String),
    /// Regions.
    List(Vec<String>),
}

/// One service of a usage file while it is metered.
#[derive(Debug)]
pub struct Meter<'a> {
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    pub(super) month_seconds: Number,
    pub(super) values: &'a BTreeMap<&'static str, Value>,
    pub(super) usages: Vec<Usage>,
    /// SKUs whose quantity left the range.
    pub(super) too_large: Vec<String>,
    /// What the reader of the bill should know of this service.
    pub(super) notes: Vec<String>,
    /// What the account pays for in the Region, used or not: SKU and quantity.
    pub(super) commitments: Vec<Usage>,
}

impl Meter<'_> {
    /// The number of a key. Keys are declared with the rules, so a missing one is a mistake of ours.
    pub fn number(&self, key: &str) -> Number {
        match self.values.get(key) {
            Some(Value::Number(number)) => *number,
            _ => panic!("`{key}` is no number of this resource"),
        }
    }

    /// The bytes of a size, for rules that count chunks.
    pub fn bytes(&self, key: &str) -> u64 {
        self.number(key).to_bytes()
    }

    /// The word or name of a key.
    pub fn text(&self, key: &str) -> &str {
        match self.values.get(key) {
            Some(Value::Text(text)) => text,
            _ => panic!("`{key}` is no text of this resource"),
        }
    }

    /// The Regions of a key.
    pub fn regions(&self, key: &str) -> Vec<String> {
        match self.values.get(key) {
            Some(Value::List(regions)) => regions.clone(),
            _ => panic!("`{key}` is no list of this resource"),
        }
    }

    /// Adds usage of a SKU.
    pub fn add(&mut self, sku: &str, quantity: Number) {
        self.add_in(self.region.to_owned(), "", sku, quantity);
    }

    /// Adds usage by a part of the service, which gets a line of its own.
    pub fn add_part(&mut self, part: &str, sku: &str, quantity: Number) {
        self.add_in(self.region.to_owned(), part, sku, quantity);
    }

    /// Tells the reader of the bill something.
    pub fn note(&mut self, text: &str) {
        self.notes.push(format!("`{}`: {text}", self.service));
    }

    /// Usage of a SKU that the account pays for at least, over all of its services in the Region.
    pub fn commit(&mut self, sku: &str, least: Number) {
        let before = self.usages.len();
        self.add_part("commitment", sku, least);
        self.commitments.extend(self.usages.drain(before..));
    }

    /// Adds usage in another Region.
    pub fn add_in(&mut self, region: String, part: &str, sku: &str, quantity: Number) {
        if quantity.is_zero() {
            return;
        }
        let Some(quantity) = quantity.to_quantity() else {
            self.too_large.push(sku.to_owned());
            return;
        };
        if quantity == Quantity::ZERO {
            return;
        }
        let service = if part.is_empty() { self.service.to_owned() } else { format!("{}/{part}", self.service) };
        self.usages.push(Usage { service, sku: sku.to_owned(), region, account: self.account.to_owned(), quantity });
    }
}
