//! Bills as a tree for people, as CSV, JSON and Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::file::UsageFile;
use crate::pricing::{AllowanceUse, Bill, BillLine, Quantity};

/// Version of the shape of bills in JSON.
pub const SCHEMA: &str = "floodplan.bill/1";

const CENT: i128 = 10_000_000_000;

/// An amount in USD, rounded half up to the cent, with separators: `1,234.50`.
pub fn cents(picousd: i128) -> String {
    let cents = (picousd.abs() + CENT / 2) / CENT;
    let sign = if picousd < 0 && cents > 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", grouped(&(cents / 100).to_string()), cents % 100)
}

/// An amount in USD with all its decimals.
pub fn exact_usd(picousd: i128) -> String {
    let sign = if picousd < 0 { "-" } else { "" };
    format!("{sign}{}", Quantity::from_pico_units(picousd.unsigned_abs()))
}

/// A quantity with separators and at most three decimals.
pub fn quantity(quantity: Quantity) -> String {
    let thousandths = (quantity.pico_units() + 500_000_000) / 1_000_000_000;
    if thousandths == 0 && quantity > Quantity::ZERO {
        return quantity.to_string();
    }
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    let whole = grouped(&whole.to_string());
    if rest == 0 { whole } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What is paid by the hour or month whether it is used or not, and what grows with traffic, in pico-USD.
pub fn standing_and_traffic(bill: &Bill) -> (i128, i128) {
    let standing = bill.lines.iter().filter(|line| line.standing).map(|line| line.cost_picousd).sum();
    (standing, bill.total_picousd - standing)
}

/// Lines by service, in the order of the services' names; parts of a service stay with it.
fn by_service(bill: &Bill) -> BTreeMap<&str, Vec<&BillLine>> {
    let mut services: BTreeMap<&str, Vec<&BillLine>> = BTreeMap::new();
    for line in &bill.lines {
        services.entry(service_of(line)).or_default().push(line);
    }
    services
}

/// The service of a line, without the part.
fn service_of(line: &BillLine) -> &str {
    service_name(&line.service)
}

/// A name on a bill without the part of the service: `queue` of `queue/send`.
pub fn service_name(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

/// The SKU of a line, and the part of the service that used it.
fn dimension(line: &BillLine) -> String {
    match line.service.split_once('/') {
        Some((_, part)) => format!("{} ({part})", line.sku),
        None => line.sku.clone(),
    }
}

/// The price of a line: one number, or how many tiers the account pays in.
fn price(bill: &Bill, line: &BillLine) -> String {
    let tiers: Vec<_> = bill
        .tiers
        .iter()
        .filter(|tier| (&tier.sku, &tier.region, &tier.account) == (&line.sku, &line.region, &line.account))
        .collect();
    match tiers[..] {
        [] => "free".to_owned(),
        [tier] => tier.price.to_string(),
        _ => format!("{} tiers", tiers.len()),
    }
}

/// The bill as a tree: service, dimension, quantity, unit, price, month.
pub fn tree(file: &UsageFile, bill: &Bill) -> String {
    let mut rows: Vec<[String; 6]> = vec![["", "quantity", "unit", "USD per unit", "free", "USD a month"].map(str::to_owned)];
    let blank = String::new;
    for (service, lines) in by_service(bill) {
        let cost = lines.iter().map(|line| line.cost_picousd).sum();
        let kind = file.services.iter().find(|known| known.name == service).map_or("", |known| known.resource.name);
        rows.push([format!("{service} ({kind})"), blank(), blank(), blank(), blank(), cents(cost)]);
        for (index, line) in lines.iter().enumerate() {
            let branch = if index + 1 == lines.len() { " └─ " } else { " ├─ " };
            let free = if line.free_quantity > Quantity::ZERO { quantity(line.free_quantity) } else { blank() };
            let unit = line.unit.clone();
            let mut name = format!("{branch}{}", dimension(line));
            if bill.lines.iter().any(|other| other.region != line.region) {
                let _ = write!(name, ", {}", line.region);
            }
            rows.push([name, quantity(line.quantity), unit, price(bill, line), free, cents(line.cost_picousd)]);
        }
    }
    rows.push(["total".to_owned(), blank(), blank(), blank(), blank(), cents(bill.total_picousd)]);
    let mut text = aligned(&rows, &[false, true, false, true, true, true]);
    let (standing, traffic) = standing_and_traffic(bill);
    let _ = writeln!(text, "\nby the hour, used or not: {} USD; with traffic: {} USD", cents(standing), cents(traffic));
    for allowance in &bill.allowances {
        let _ = writeln!(text, "free allowance {}", allowance_text(allowance));
    }
    let hours = file.month_hours.to_quantity().map(quantity).unwrap_or_default();
    let on = |on: bool| if on { "on" } else { "off" };
    let _ = writeln!(
        text,
        "a month of {hours} h; always-free allowances {}, those of the first twelve months {}; before tax",
        on(file.allowances.always_free),
        on(file.allowances.twelve_months)
    );
    text
}

fn allowance_text(allowance: &AllowanceUse) -> String {
    let region = allowance.region.as_deref().map_or_else(String::new, |region| format!(" in {region}"));
    let (used, whole) = (quantity(allowance.used), quantity(allowance.quantity));
    format!("{}{region}: {used} of {whole} {}", allowance.group, allowance.unit)
}

/// Columns padded to one width; `right` tells which hold numbers.
pub fn aligned<const N: usize>(rows: &[[String; N]], right: &[bool; N]) -> String {
    let widths: Vec<usize> = (0..N).map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .zip(right)
            .map(|((cell, width), right)| if *right { format!("{cell:>width$}") } else { format!("{cell:<width$}") })
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The lines as CSV, costs in USD with all decimals.
pub fn csv(bill: &Bill) -> String {
    let mut text = String::from("account,region,service,part,product,sku,quantity,unit,free_quantity,cost_usd,standing\n");
    for line in &bill.lines {
        let part = line.service.split_once('/').map_or("", |(_, part)| part);
        let (quantity, free, cost) = (line.quantity.to_string(), line.free_quantity.to_string(), exact_usd(line.cost_picousd));
        let standing = if line.standing { "yes" } else { "no" };
        let fields: [&str; 11] = [
            &line.account,
            &line.region,
            service_of(line),
            part,
            &line.product,
            &line.sku,
            &quantity,
            &line.unit,
            &free,
            &cost,
            standing,
        ];
        let quoted = fields.map(|field| {
            if field.contains([',', '"', '\n']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field.to_owned() }
        });
        let _ = writeln!(text, "{}", quoted.join(","));
    }
    text
}

/// The bill as a table in Markdown.
pub fn markdown(bill: &Bill) -> String {
    let mut text = String::from(
        "| service | dimension | quantity | unit | USD per unit | free | USD a month |\n|---|---|---:|---|---:|---:|---:|\n",
    );
    for (service, lines) in by_service(bill) {
        for line in lines {
            let _ = writeln!(
                text,
                "| {service} | {} | {} | {} | {} | {} | {} |",
                dimension(line),
                quantity(line.quantity),
                line.unit,
                price(bill, line),
                quantity(line.free_quantity),
                cents(line.cost_picousd)
            );
        }
    }
    let _ = writeln!(text, "| **total** | | | | | | **{}** |", cents(bill.total_picousd));
    text
}

/// The bill as JSON. Quantities and amounts are decimal texts, which no reader rounds.
pub fn json(file: &UsageFile, bill: &Bill) -> Value {
    let (standing, traffic) = standing_and_traffic(bill);
    let lines: Vec<Value> = bill
        .lines
        .iter()
        .map(|line| {
            json!({
                "account": line.account, "region": line.region, "service": service_of(line),
                "part": line.service.split_once('/').map(|(_, part)| part), "product": line.product, "sku": line.sku,
                "quantity": line.quantity.to_string(), "unit": line.unit, "free_quantity": line.free_quantity.to_string(),
                "cost_usd": exact_usd(line.cost_picousd), "standing": line.standing,
            })
        })
        .collect();
    let tiers: Vec<Value> = bill
        .tiers
        .iter()
        .map(|tier| {
            json!({
                "account": tier.account, "region": tier.region, "sku": tier.sku, "quantity": tier.quantity.to_string(),
                "price_usd": tier.price.to_string(), "cost_usd": exact_usd(tier.cost_picousd),
            })
        })
        .collect();
    let allowances: Vec<Value> = bill
        .allowances
        .iter()
        .map(|allowance| {
            json!({
                "account": allowance.account, "name": allowance.group, "region": allowance.region, "unit": allowance.unit,
                "quantity": allowance.quantity.to_string(), "used": allowance.used.to_string(),
            })
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "month_hours": file.month_hours.to_quantity().map(|hours| hours.to_string()),
        "always_free": file.allowances.always_free,
        "twelve_months": file.allowances.twelve_months,
        "total_usd": exact_usd(bill.total_picousd),
        "standing_usd": exact_usd(standing),
        "traffic_usd": exact_usd(traffic),
        "lines": lines,
        "tiers": tiers,
        "allowances": allowances,
        "notes": file.notes,
    })
}

/// One line of a difference: service, SKU, cost before and after in pico-USD.
pub type Change = (String, String, i128, i128);

/// What differs between two bills, by service and SKU, the largest change first.
pub fn changes(before: &Bill, after: &Bill) -> Vec<Change> {
    let mut costs: BTreeMap<(String, String), (i128, i128)> = BTreeMap::new();
    for line in &before.lines {
        costs.entry((line.service.clone(), line.sku.clone())).or_default().0 += line.cost_picousd;
    }
    for line in &after.lines {
        costs.entry((line.service.clone(), line.sku.clone())).or_default().1 += line.cost_picousd;
    }
    let mut changes: Vec<Change> = costs
        .into_iter()
        .filter(|(_, (before, after))| before != after)
        .map(|((service, sku), (before, after))| (service, sku, before, after))
        .collect();
    changes.sort_by_key(|(service, sku, before, after)| (-(after - before).abs(), service.clone(), sku.clone()));
    changes
}

/// The difference of two bills as a table.
pub fn diff(before: &Bill, after: &Bill) -> String {
    let mut rows = vec![["service", "dimension", "before", "after", "change"].map(str::to_owned)];
    for (service, sku, old, new) in changes(before, after) {
        rows.push([service, sku, cents(old), cents(new), signed(new - old)]);
    }
    let (old, new) = (before.total_picousd, after.total_picousd);
    rows.push(["total".to_owned(), String::new(), cents(old), cents(new), signed(new - old)]);
    let mut text = aligned(&rows, &[false, false, true, true, true]);
    if old > 0 {
        // Tenths of a percent, in integers.
        let permille = (new - old) * 1000 / old;
        let _ = writeln!(
            text,
            "\nUSD a month; the total changes by {}{}.{} %",
            if permille < 0 { "-" } else { "+" },
            permille.abs() / 10,
            permille.abs() % 10
        );
    }
    text
}

fn signed(picousd: i128) -> String {
    if picousd > 0 { format!("+{}", cents(picousd)) } else { cents(picousd) }
}

/// The difference as JSON.
pub fn diff_json(before: &Bill, after: &Bill) -> Value {
    let lines: Vec<Value> = changes(before, after)
        .into_iter()
        .map(|(service, sku, old, new)| {
            json!({
                "service": service, "sku": sku, "before_usd": exact_usd(old), "after_usd": exact_usd(new),
                "change_usd": exact_usd(new - old),
            })
        })
        .collect();
    let (old, new) = (before.total_picousd, after.total_picousd);
    json!({
        "schema": "floodplan.bill-diff/1", "before_usd": exact_usd(old), "after_usd": exact_usd(new),
        "change_usd": exact_usd(new - old), "lines": lines,
    })
}
