//! `prices`: lists, filters and explains the price book.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::arguments::{Format, PricesOptions};
use super::bill::book;
use super::console;
use super::exit::Exit;
use super::failure::Failure;
use crate::billing::render::aligned;
use crate::pricing::{AllowanceTerm, GLOBAL, Price, REGIONS};
use crate::reader::suggest;
use crate::report;

pub fn prices(options: &PricesOptions) -> Result<Exit, Failure> {
    let book = book(&options.prices)?;
    if let Some(region) = &options.region
        && region != GLOBAL
        && !REGIONS.iter().any(|known| known.code == region)
    {
        let failure = Failure::new(Exit::BadInput, "invalid-value", format!("`{region}` is not an AWS Region"));
        return Err(match suggest(region, REGIONS.iter().map(|known| known.code)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure,
        });
    }
    let filter = options.filter.join(" ");
    let wanted = |price: &&Price| {
        let lower = |text: &str| text.to_lowercase();
        let words = filter.to_lowercase();
        let hit = words.split_whitespace().all(|word| lower(&price.sku).contains(word) || lower(&price.product).contains(word));
        hit && options.region.as_ref().is_none_or(|region| price.region == *region || price.region == GLOBAL)
    };
    let found: Vec<&Price> = book.prices().filter(wanted).collect();
    if found.is_empty() {
        let place = options.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
        let failure = Failure::new(Exit::BadInput, "price-missing", format!("no price is called `{filter}`{place}"));
        return Err(match suggest(&filter, book.prices().map(|price| price.sku.as_str())) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("`floodplan prices` lists all"),
        });
    }
    let text = || if options.explain { found.iter().copied().map(explain).collect::<Vec<_>>().join("\n") } else { list(&found) };
    let text = match options.format {
        Format::Json => format!(
            "{:#}\n",
            json!({ "schema": "floodplan.prices/1", "prices": found.iter().copied().map(as_json).collect::<Vec<_>>() })
        ),
        Format::Text => text(),
        Format::Markdown => report::fenced(&text()),
    };
    console::result(&text)?;
    Ok(Exit::Fine)
}

fn list(found: &[&Price]) -> String {
    let mut rows = vec![["sku", "region", "unit", "from", "USD per unit", "as of"].map(str::to_owned)];
    for price in found {
        for tier in &price.tiers {
            let (unit, from) = (price.unit.clone(), tier.from.to_string());
            rows.push([price.sku.clone(), price.region.clone(), unit, from, tier.price.to_string(), tier.as_of.clone()]);
        }
    }
    aligned(&rows, &[false, false, false, true, true, false])
}

fn explain(price: &Price) -> String {
    let mut text = format!("{} in {}: {}, per {}\n", price.sku, price.region, price.product, price.unit);
    for tier in &price.tiers {
        let to = tier.to.map_or_else(|| "on".to_owned(), |to| format!("to {to}"));
        let _ = writeln!(text, "  from {} {to}: {} USD, as of {}, {}", tier.from, tier.price, tier.as_of, tier.source);
        if !tier.note.is_empty() {
            let _ = writeln!(text, "    {}", tier.note);
        }
    }
    if let Some(allowance) = &price.allowance {
        let term = if allowance.term == AllowanceTerm::Always { "always free" } else { "free in the first twelve months" };
        let _ = writeln!(text, "  {term}: {} {} a month, shared as `{}`", allowance.quantity, price.unit, allowance.group);
    }
    if price.standing {
        text.push_str("  billed by time, used or not\n");
    }
    let _ = writeln!(text, "  read from {}:{}", price.file, price.line);
    text
}

fn as_json(price: &Price) -> Value {
    let tiers: Vec<Value> = price
        .tiers
        .iter()
        .map(|tier| {
            json!({
                "from": tier.from.to_string(), "to": tier.to.map(|to| to.to_string()), "price_usd": tier.price.to_string(),
                "as_of": tier.as_of, "source": tier.source, "note": tier.note,
            })
        })
        .collect();
    let allowance = price.allowance.as_ref().map(|allowance| {
        json!({
            "name": allowance.group, "quantity": allowance.quantity.to_string(),
            "always": allowance.term == AllowanceTerm::Always,
        })
    });
    json!({
        "sku": price.sku, "region": price.region, "product": price.product, "unit": price.unit, "standing": price.standing,
        "tiers": tiers, "allowance": allowance,
    })
}
