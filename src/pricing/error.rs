//! Everything that can be wrong with price tables and with pricing a usage.

/// What is wrong, where, and what to do. Errors come in lists: reading never stops at the first one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// The header has a column that means nothing here.
    #[error("{file}:{line}: unknown column `{column}`{}", did_you_mean(hint.as_deref()))]
    UnknownColumn { file: String, line: u64, column: String, hint: Option<String> },
    /// The header lacks a column.
    #[error("{file}:{line}: column `{column}` is missing; a price table has all of: {}", super::read::COLUMNS.join(", "))]
    MissingColumn { file: String, line: u64, column: String },
    /// The header names a column twice.
    #[error("{file}:{line}: column `{column}` appears twice")]
    DuplicateColumn { file: String, line: u64, column: String },
    /// A line is not CSV, or has too few or too many fields.
    #[error("{file}:{line}: {problem}")]
    Malformed { file: String, line: u64, problem: String },
    /// A field has a value that cannot be used.
    #[error("{file}:{line}: `{column}` is `{text}`, expected {expected}")]
    Field { file: String, line: u64, column: &'static str, text: String, expected: String },
    /// The tiers of a SKU in a Region do not join, or its rows contradict each other.
    #[error("{file}:{line}: `{sku}` in {region}: {problem}")]
    Rows { file: String, line: u64, sku: String, region: String, problem: String },
    /// Two rows name the same free allowance but mean different ones.
    #[error("{file}:{line}: `{sku}` in {region}: free allowance {problem}")]
    Allowance { file: String, line: u64, sku: String, region: String, problem: String },
    /// Two tables price the same SKU in the same Region.
    #[error("{file}:{line}: `{sku}` in {region} already has a price in {other}; to replace it, pass an override table")]
    Duplicate { file: String, line: u64, sku: String, region: String, other: String },
    /// An override names a SKU that nothing bills.
    #[error("{file}:{line}: no price table has a SKU `{sku}`{}", did_you_mean(hint.as_deref()))]
    OverrideUnknown { file: String, line: u64, sku: String, hint: Option<String> },
    /// An override states another unit than the one in which usage is counted.
    #[error("{file}:{line}: `{sku}` is priced per `{found}`, but its usage is counted in `{expected}`")]
    OverrideUnit { file: String, line: u64, sku: String, found: String, expected: String },
    /// Usage that the price book cannot price.
    #[error("no price for `{sku}` in region `{region}`{}", priced_elsewhere(hint))]
    MissingPrice { sku: String, region: String, hint: MissingHint },
    /// A number left the exact range.
    #[error("`{sku}` in {region}: usage of account `{account}` costs more than can be counted exactly (3.4e11 USD)")]
    TooLarge { account: String, sku: String, region: String },
}

/// What would have been found instead of a missing price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingHint {
    /// The SKU exists in these Regions.
    OtherRegions(Vec<String>),
    /// The SKU is one of those for which users add rows.
    OwnRow,
    /// The SKU exists nowhere; this one is near.
    OtherSku(Option<String>),
}

impl PriceError {
    /// A stable name of the kind of error, for documentation and tests.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownColumn { .. } => "price-unknown-column",
            Self::MissingColumn { .. } => "price-missing-column",
            Self::DuplicateColumn { .. } => "price-duplicate-column",
            Self::Malformed { .. } => "price-malformed-line",
            Self::Field { .. } => "price-bad-field",
            Self::Rows { .. } => "price-bad-tiers",
            Self::Allowance { .. } => "price-bad-allowance",
            Self::Duplicate { .. } => "price-duplicate",
            Self::OverrideUnknown { .. } => "price-override-unknown",
            Self::OverrideUnit { .. } => "price-override-unit",
            Self::MissingPrice { .. } => "price-missing",
            Self::TooLarge { .. } => "price-too-large",
        }
    }
}

/// The candidate nearest to `wanted`, if at most a third of its characters differ.
pub(super) fn closest<'a>(wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(wanted, candidate), candidate))
        .filter(|&(distance, candidate)| distance * 3 <= candidate.chars().count().max(3))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

fn did_you_mean(hint: Option<&str>) -> String {
    hint.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn priced_elsewhere(hint: &MissingHint) -> String {
    match hint {
        MissingHint::OtherRegions(regions) => {
            format!("; it has prices in {}; add a row for this region in an override table", regions.join(", "))
        }
        MissingHint::OwnRow => "; no source states it: add a row of your own in an override table".to_owned(),
        MissingHint::OtherSku(near) => {
            format!("; no region has this SKU{}", did_you_mean(near.as_deref()))
        }
    }
}
