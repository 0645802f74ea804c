//! The price book: what each SKU costs in each Region.

use std::collections::BTreeMap;

use super::error::{MissingHint, PriceError, closest};
use super::exact::{Quantity, UnitPrice, picousd};
use super::read;
use super::region::GLOBAL;

/// Beginnings of names of SKUs that exist for many types of instance, or whose prices move or are in no source, and their unit: users
/// add those that they use.
pub const FAMILIES: &[(&str, &str)] = &[
    ("dynamodb-provisioned-rcu-ia", "RCU-h"),
    ("dynamodb-provisioned-wcu-ia", "WCU-h"),
    ("dynamodb-replicated-wcu", "rWCU-h"),
    ("dynamodb-replicated-write-request-units-ia", "rWRU"),
    ("ec2-instance-", "h"),
    ("fargate-spot-memory-", "GB-h"),
    ("fargate-spot-vcpu-", "vCPU-h"),
    ("cloudfront-key-value-reads", "read"),
    ("lambda-managed-instances-fee-", "h"),
    ("msk-broker-", "h"),
    ("msk-express-written", "GB"),
    ("mq-activemq-", "h"),
    ("mq-rabbitmq-", "h"),
];

/// Prices by SKU and Region. Tables come from the rooms ([`PriceBook::parse`], [`PriceBook::join`]) and may be replaced
/// row by row by the user ([`PriceBook::merge`]).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceBook {
    /// SKU, then Region code. No entry is empty.
    prices: BTreeMap<String, BTreeMap<String, Price>>,
}

/// The price of one SKU in one Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Stock-keeping unit: what is billed. An architecture or a queue type with its own price is its own SKU.
    pub sku: String,
    /// Region code.
    pub region: String,
    /// Name of the product on the bill, such as `AWS Lambda`.
    pub product: String,
    /// What one unit of quantity is, such as `request` or `GB-s`.
    pub unit: String,
    /// What is free each month, if anything.
    pub allowance: Option<Allowance>,
    /// Billed by the hour or month whether it is used or not, as against what grows with traffic.
    pub standing: bool,
    /// Graduated tiers: they start at zero, join, and the last one is open. Never empty.
    pub tiers: Vec<Tier>,
    /// Table that the price came from.
    pub file: String,
    /// Line of its first row in that table.
    pub line: u64,
}

/// A share of usage that is free every month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// SKUs that name the same group draw on one allowance.
    pub group: String,
    /// How far the sharing reaches.
    pub scope: AllowanceScope,
    /// For how long.
    pub term: AllowanceTerm,
    /// Free quantity per month.
    pub quantity: Quantity,
}

/// Who shares a free allowance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowanceScope {
    /// All Regions of an account draw on one allowance.
    Account,
    /// Each Region of an account has its own.
    Region,
}

/// How long an allowance lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowanceTerm {
    /// It does not expire.
    Always,
    /// For the first twelve months of an account, and only for those opened before 2025-07-15.
    TwelveMonths,
}

/// One step of a graduated price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Monthly quantity at which the tier starts.
    pub from: Quantity,
    /// Monthly quantity at which it ends; the last tier has no end.
    pub to: Option<Quantity>,
    /// Price of each unit inside the tier.
    pub price: UnitPrice,
    /// Date on which the source showed this price, `YYYY-MM-DD`.
    pub as_of: String,
    /// Public address or name of the price feed.
    pub source: String,
    /// Anything that a reader of the row should know.
    pub note: String,
}

impl PriceBook {
    /// Reads one price table. `name` is the file name shown in errors; the errors list everything that is wrong.
    ///
    /// Columns, in any order: `sku, region, product, unit, tier_from, tier_to, price_usd, free_allowance, as_of, source,
    /// note`. `tier_to` is empty in the last tier. `free_allowance` stands in the first tier's row only, as
    /// `QUANTITY SCOPE GROUP` such as `1000000 account lambda-requests`, with scope `account` or `region`, and `12-month`
    /// behind it if it ends after a year. A further column `standing` may be left out; `yes` marks what is billed by time,
    /// used or not. Lines that start with `#` are comments.
    pub fn parse(text: &str, name: &str) -> Result<Self, Vec<PriceError>> {
        let book = Self { prices: read::read(text, name)? };
        book.allowances_agree()?;
        Ok(book)
    }

    /// Puts the tables of several rooms together. A SKU that two tables price in the same Region is an error.
    pub fn join(books: impl IntoIterator<Item = Self>) -> Result<Self, Vec<PriceError>> {
        let mut joined = Self::default();
        let mut errors = Vec::new();
        for price in books.into_iter().flat_map(Self::into_prices) {
            let regions = joined.prices.entry(price.sku.clone()).or_default();
            if let Some(earlier) = regions.get(&price.region) {
                errors.push(PriceError::Duplicate {
                    file: price.file,
                    line: price.line,
                    sku: price.sku,
                    region: price.region,
                    other: format!("{}:{}", earlier.file, earlier.line),
                });
            } else {
                regions.insert(price.region.clone(), price);
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        joined.allowances_agree()?;
        Ok(joined)
    }

    /// Replaces prices by those of a user's table: all tiers of a SKU in a Region at once. New Regions are welcome; a SKU
    /// that nothing bills, another unit than the one usage is counted in, and a contradicting allowance are errors. Of the
    /// families in [`FAMILIES`] the user may add members.
    pub fn merge(mut self, overrides: Self) -> Result<Self, Vec<PriceError>> {
        let mut errors = Vec::new();
        for price in overrides.into_prices() {
            let hint = closest(&price.sku, self.prices.keys().map(String::as_str)).map(str::to_owned);
            if let Some((_, unit)) = FAMILIES.iter().find(|(family, _)| price.sku.starts_with(family))
                && price.unit == *unit
            {
                self.prices.entry(price.sku.clone()).or_default().insert(price.region.clone(), price);
                continue;
            }
            let Some(regions) = self.prices.get_mut(&price.sku) else {
                errors.push(PriceError::OverrideUnknown { file: price.file, line: price.line, sku: price.sku, hint });
                continue;
            };
            match regions.values().find(|known| known.unit != price.unit) {
                Some(known) => errors.push(PriceError::OverrideUnit {
                    file: price.file,
                    line: price.line,
                    sku: price.sku,
                    found: price.unit,
                    expected: known.unit.clone(),
                }),
                None => {
                    regions.insert(price.region.clone(), price);
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        self.allowances_agree()?;
        Ok(self)
    }

    /// The price of a SKU in a Region; the error names both and what is near.
    pub fn price(&self, sku: &str, region: &str) -> Result<&Price, PriceError> {
        let regions = self.prices.get(sku);
        if let Some(price) = regions.and_then(|regions| regions.get(region).or_else(|| regions.get(GLOBAL))) {
            return Ok(price);
        }
        let hint = match regions {
            Some(regions) => MissingHint::OtherRegions(regions.keys().cloned().collect()),
            None if FAMILIES.iter().any(|(family, _)| sku.starts_with(family)) => MissingHint::OwnRow,
            None => MissingHint::OtherSku(closest(sku, self.prices.keys().map(String::as_str)).map(str::to_owned)),
        };
        Err(PriceError::MissingPrice { sku: sku.to_owned(), region: region.to_owned(), hint })
    }

    /// All prices, sorted by SKU and Region.
    pub fn prices(&self) -> impl Iterator<Item = &Price> {
        self.prices.values().flat_map(BTreeMap::values)
    }

    fn into_prices(self) -> impl Iterator<Item = Price> {
        self.prices.into_values().flat_map(BTreeMap::into_values)
    }

    /// All members of an allowance group must state the same quantity and scope, and units that can be added.
    fn allowances_agree(&self) -> Result<(), Vec<PriceError>> {
        let mut first_of_group: BTreeMap<&str, (&Price, &Allowance)> = BTreeMap::new();
        let mut errors = Vec::new();
        for price in self.prices() {
            let Some(allowance) = &price.allowance else {
                continue;
            };
            let (first, agreed) = *first_of_group.entry(&allowance.group).or_insert((price, allowance));
            let (group, origin) = (&allowance.group, format!("{}:{}", first.file, first.line));
            let problem = if allowance.term != agreed.term {
                format!("`{group}` lasts for another time at {origin}")
            } else if allowance.quantity != agreed.quantity {
                format!("`{group}` is {} here, but {} at {origin}", allowance.quantity, agreed.quantity)
            } else if allowance.scope != agreed.scope {
                format!("`{group}` has another scope at {origin}")
            } else if base_unit(&price.unit) != base_unit(&first.unit) {
                format!("`{group}` counts `{}` here, but `{}` at {origin}", price.unit, first.unit)
            } else {
                continue;
            };
            errors.push(PriceError::Allowance {
                file: price.file.clone(),
                line: price.line,
                sku: price.sku.clone(),
                region: price.region.clone(),
                problem,
            });
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl Price {
    /// What a monthly quantity costs, in pico-USD rounded half to even; `None` beyond the exact range.
    pub fn cost_picousd(&self, quantity: Quantity) -> Option<i128> {
        let mut total = 0_u128;
        for tier in &self.tiers {
            let end = tier.to.map_or(quantity, |to| to.min(quantity));
            let inside = end.saturating_sub(tier.from);
            total = total.checked_add(tier.price.times(inside)?)?;
        }
        Some(picousd(total))
    }
}

/// AWS shares its free log GB between ingestion (GB), storage (GB-month) and queries (GB scanned): what follows the unit proper is not
/// compared.
pub(super) fn base_unit(unit: &str) -> &str {
    unit.strip_suffix("-month").or_else(|| unit.strip_suffix(" scanned")).unwrap_or(unit)
}
