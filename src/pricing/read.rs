//! Reads a price table from CSV text and collects everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use super::book::{Allowance, AllowanceScope, AllowanceTerm, Price, Tier};
use super::error::{PriceError, closest};
use super::exact::{DecimalProblem, Quantity, UnitPrice};
use super::region;

/// The columns of a price table.
pub(super) const COLUMNS: [&str; 12] = [
    "sku",
    "region",
    "product",
    "unit",
    "tier_from",
    "tier_to",
    "price_usd",
    "free_allowance",
    "as_of",
    "source",
    "note",
    "standing",
];
/// A column that may be left out.
const OPTIONAL: &str = "standing";

type Prices = BTreeMap<String, BTreeMap<String, Price>>;

/// Reads all rows, then checks that the rows of each SKU and Region belong together.
pub(super) fn read(text: &str, file: &str) -> Result<Prices, Vec<PriceError>> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).comment(Some(b'#')).from_reader(text.as_bytes());
    let headers = reader.headers().cloned().unwrap_or_default();
    let columns = columns_of(&headers, file, line_of(text, headers.position()))?;
    let mut errors = Vec::new();
    let mut rows: BTreeMap<(String, String), Vec<Row>> = BTreeMap::new();
    let mut is_torn = false;
    let mut spoiled: BTreeSet<String> = BTreeSet::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = line_of(text, record.position());
                if record.len() == headers.len() {
                    let mut fields = Fields { file, line, record: &record, columns, errors: &mut errors };
                    match fields.row() {
                        Some(row) => rows.entry((row.sku.clone(), row.region.clone())).or_default().push(row),
                        None => _ = spoiled.insert(fields.text("sku").to_owned()),
                    }
                } else {
                    is_torn = true;
                    let problem = format!("{} fields, expected {} as in the header", record.len(), headers.len());
                    errors.push(PriceError::Malformed { file: file.to_owned(), line, problem });
                }
            }
            Err(error) => {
                is_torn = true;
                let line = line_of(text, error.position());
                errors.push(PriceError::Malformed { file: file.to_owned(), line, problem: error.to_string() });
            }
        }
    }
    // Rows that could not be read would show up as gaps between tiers of their SKU, which would only hide the cause.
    if is_torn {
        return Err(errors);
    }
    let mut prices = Prices::new();
    for ((sku, region), rows) in rows.into_iter().filter(|((sku, _), _)| !spoiled.contains(sku)) {
        let price = joined_rows(file, rows, &mut errors);
        prices.entry(sku).or_default().insert(region, price);
    }
    if errors.is_empty() { Ok(prices) } else { Err(errors) }
}

/// One row as read.
struct Row {
    line: u64,
    sku: String,
    region: String,
    product: String,
    unit: String,
    allowance: Option<Allowance>,
    standing: bool,
    tier: Tier,
}

/// Where each of [`COLUMNS`] stands in the header.
fn columns_of(headers: &csv::StringRecord, file: &str, line: u64) -> Result<[usize; COLUMNS.len()], Vec<PriceError>> {
    let mut errors = Vec::new();
    let mut columns = [usize::MAX; COLUMNS.len()];
    for (position, header) in headers.iter().enumerate() {
        match COLUMNS.iter().position(|column| *column == header) {
            Some(known) if columns[known] == usize::MAX => columns[known] = position,
            Some(_) => errors.push(PriceError::DuplicateColumn { file: file.to_owned(), line, column: header.to_owned() }),
            None => errors.push(PriceError::UnknownColumn {
                file: file.to_owned(),
                line,
                column: header.to_owned(),
                hint: closest(header, COLUMNS.into_iter()).map(str::to_owned),
            }),
        }
    }
    for (column, position) in COLUMNS.iter().zip(columns) {
        if position == usize::MAX && *column != OPTIONAL {
            errors.push(PriceError::MissingColumn { file: file.to_owned(), line, column: (*column).to_owned() });
        }
    }
    if errors.is_empty() { Ok(columns) } else { Err(errors) }
}

/// The line on which a record starts. The reader reports where it began to look for the record, which is before any
/// blank lines and comments that it then skipped.
fn line_of(text: &str, position: Option<&csv::Position>) -> u64 {
    let Some(position) = position else { return 1 };
    let rest = text.get(position.byte() as usize..).unwrap_or_default();
    let is_skipped = |line: &&str| line.is_empty() || line.starts_with('#');
    position.line() + rest.lines().take_while(is_skipped).count() as u64
}

/// The fields of one line, by column name; what cannot be used becomes an error.
struct Fields<'a> {
    file: &'a str,
    line: u64,
    record: &'a csv::StringRecord,
    columns: [usize; COLUMNS.len()],
    errors: &'a mut Vec<PriceError>,
}

impl<'a> Fields<'a> {
    /// Reads every field before giving up, so that each bad one is reported.
    fn row(&mut self) -> Option<Row> {
        let errors_before = self.errors.len();
        let sku = self.filled("sku");
        let region = self.region();
        let product = self.filled("product");
        let unit = self.filled("unit");
        let from = self.decimal("tier_from", Quantity::parse);
        let is_open = self.text("tier_to").is_empty();
        let to = if is_open { None } else { Some(self.decimal("tier_to", Quantity::parse)) };
        let price = self.decimal("price_usd", UnitPrice::parse);
        let allowance = self.allowance();
        let as_of = self.date();
        let source = self.filled("source");
        let note = self.text("note").to_owned();
        let standing = self.standing();
        let tier = Tier { from, to, price, as_of, source, note };
        let row = Row { line: self.line, sku, region, product, unit, allowance, standing, tier };
        (self.errors.len() == errors_before).then_some(row)
    }

    fn text(&self, column: &'static str) -> &'a str {
        let known = COLUMNS.iter().position(|name| *name == column);
        known.and_then(|known| self.record.get(self.columns[known])).unwrap_or_default()
    }

    fn wrong(&mut self, column: &'static str, expected: impl Into<String>) {
        self.errors.push(PriceError::Field {
            file: self.file.to_owned(),
            line: self.line,
            column,
            text: self.text(column).to_owned(),
            expected: expected.into(),
        });
    }

    fn filled(&mut self, column: &'static str) -> String {
        let text = self.text(column);
        if text.is_empty() {
            self.wrong(column, "some text");
        }
        text.to_owned()
    }

    fn region(&mut self) -> String {
        let code = self.text("region");
        if code != region::GLOBAL && region::find(code).is_none() {
            let hint = match region::suggest(code) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => " such as `eu-west-1`".to_owned(),
            };
            self.wrong("region", format!("an AWS Region code{hint}"));
        }
        code.to_owned()
    }

    fn decimal<T: Default>(&mut self, column: &'static str, parse: fn(&str) -> Result<T, DecimalProblem>) -> T {
        parse(self.text(column)).unwrap_or_else(|problem| {
            self.wrong(column, problem.to_string());
            T::default()
        })
    }

    fn allowance(&mut self) -> Option<Allowance> {
        let words: Vec<&str> = self.text("free_allowance").split_whitespace().collect();
        let (quantity, scope, group, term) = match words[..] {
            [quantity, scope, group] => (quantity, scope, group, AllowanceTerm::Always),
            [quantity, scope, group, "12-month"] => (quantity, scope, group, AllowanceTerm::TwelveMonths),
            [] => return None,
            _ => {
                let expected = "nothing, or `QUANTITY SCOPE GROUP` such as `1000000 account lambda-requests`, and `12-month` \
                                behind it if it ends after a year";
                self.wrong("free_allowance", expected);
                return None;
            }
        };
        let scope = match scope {
            "account" => AllowanceScope::Account,
            "region" => AllowanceScope::Region,
            _ => {
                self.wrong("free_allowance", "the scope `account` (over all regions) or `region` as second word");
                return None;
            }
        };
        match Quantity::parse(quantity) {
            Ok(quantity) => Some(Allowance { group: group.to_owned(), scope, term, quantity }),
            Err(problem) => {
                self.wrong("free_allowance", format!("{problem} as first word"));
                None
            }
        }
    }

    fn standing(&mut self) -> bool {
        let text = self.text("standing");
        if !matches!(text, "" | "yes" | "no") {
            self.wrong("standing", "`yes`, `no` or nothing");
        }
        text == "yes"
    }

    fn date(&mut self) -> String {
        let text = self.text("as_of");
        if !is_date(text) {
            self.wrong("as_of", "a date that exists, as YYYY-MM-DD");
        }
        text.to_owned()
    }
}

/// Checks that the rows of one SKU and Region agree and that their tiers join.
fn joined_rows(file: &str, mut rows: Vec<Row>, errors: &mut Vec<PriceError>) -> Price {
    rows.sort_by_key(|row| row.tier.from);
    let mut wrong = |row: &Row, problem: String| {
        errors.push(PriceError::Rows {
            file: file.to_owned(),
            line: row.line,
            sku: row.sku.clone(),
            region: row.region.clone(),
            problem,
        });
    };
    let first = &rows[0];
    if first.tier.from != Quantity::ZERO {
        wrong(first, format!("the first tier starts at {}, it must start at 0", first.tier.from));
    }
    for row in &rows {
        if row.product != first.product || row.unit != first.unit {
            wrong(row, format!("product and unit differ from those in line {}", first.line));
        }
        if row.allowance.is_some() && row.tier.from != Quantity::ZERO {
            wrong(row, "the free allowance stands in the row of the first tier only".to_owned());
        }
        if row.tier.to.is_some_and(|to| to <= row.tier.from) {
            wrong(row, "the tier ends before it starts".to_owned());
        }
    }
    for pair in rows.windows(2) {
        let (tier, next) = (&pair[0].tier, &pair[1].tier);
        match tier.to {
            Some(to) if to < next.from => {
                wrong(&pair[1], format!("gap between tiers: nothing covers {to} to {}", next.from));
            }
            Some(to) if to == next.from => {}
            _ => wrong(&pair[1], format!("tiers overlap from {} on (see line {})", next.from, pair[0].line)),
        }
    }
    if let Some(last) = rows.last()
        && let Some(to) = last.tier.to
    {
        wrong(last, format!("nothing covers usage over {to}: leave `tier_to` of the last tier empty"));
    }
    Price {
        sku: first.sku.clone(),
        region: first.region.clone(),
        product: first.product.clone(),
        unit: first.unit.clone(),
        allowance: first.allowance.clone(),
        standing: first.standing,
        file: file.to_owned(),
        line: first.line,
        tiers: rows.into_iter().map(|row| row.tier).collect(),
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has_shape = bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !has_shape {
        return false;
    }
    let number = |from: usize, to: usize| bytes[from..to].iter().fold(0_u32, |sum, byte| sum * 10 + u32::from(byte - b'0'));
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}
