//! The usage-file format of infracost, for the resources that both know.
//!
//! Source: <https://github.com/infracost/infracost> (infracost-usage-example.yml, usage keys of the AWS resources). Its
//! files hold usage only; what a resource is configured to (memory, type of queue) stands in Terraform. Such keys take the
//! defaults of AWS here, each named in a note, and can be set: `--set resource_usage."aws_lambda_function.f".memory_size="1 GB"`.

mod mappings;

use std::fmt::Write as _;

use super::file::{Service, UsageFile};
use super::number::Number;
use super::resource::Value as Held;
use crate::pricing::{Quantity, Usage};
use crate::reader::{Code, Diagnostics, Node, Span, Value, suggest};
use mappings::{BILLED, MAPPINGS, Mapping, PARTED, Unit};

/// Whether a tree is a usage file of infracost.
pub fn is_usage(root: &Node) -> bool {
    root.get("resource_usage").is_some()
}

/// Rewrites a usage file of infracost as one of ours.
pub fn convert(root: &Node, notes: &mut Vec<String>, diagnostics: &mut Diagnostics) -> Node {
    let mut services = Vec::new();
    let usage = root.get("resource_usage").map(Node::entries).unwrap_or_default();
    for (name, node) in usage {
        let Some(address) = name.as_str() else { continue };
        let terraform = address.split('.').find(|part| part.starts_with("aws_")).unwrap_or(address);
        let candidates: Vec<&Mapping> = MAPPINGS.iter().filter(|mapping| mapping.terraform == terraform).collect();
        let entries = flat(node);
        let known = |mapping: &Mapping| entries.iter().filter(|(path, ..)| mapping.find(path).is_some()).count();
        // Of several, the one that knows most of the keys; or all that know any.
        let Some(best) = candidates.iter().rev().max_by_key(|mapping| known(mapping)) else {
            notes.push(format!("`{address}` is left out: `{terraform}` is not known here"));
            continue;
        };
        let chosen: Vec<&Mapping> = if PARTED.contains(&terraform) {
            candidates.iter().copied().filter(|mapping| known(mapping) > 0).collect()
        } else {
            vec![best]
        };
        for (path, key, _) in &entries {
            if chosen.iter().any(|mapping| mapping.find(path).is_some() || mapping.configured.contains(&path.as_str())) {
                continue;
            }
            let hint = suggest(path, candidates.iter().flat_map(|mapping| mapping.keys.iter().map(|(theirs, ..)| *theirs)))
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            diagnostics.warning(key.span, Code::UnknownKey, format!("`{path}` of `{address}` is not priced here{hint}"));
        }
        for mapping in &chosen {
            let part = mapping.fixed.filter(|_| chosen.len() > 1).map_or_else(String::new, |(_, value)| format!(".{value}"));
            services.push((text(&format!("{address}{part}"), name.span), service(mapping, &entries, node.span)));
        }
        if !best.configured.is_empty() {
            notes.push(format!("`{address}`: {} as AWS sets them by default", best.configured.join(", ")));
        }
    }
    let span = root.span;
    let mut top = vec![(text("services", span), Node::new(Value::Map(services), span))];
    // infracost takes off no free tier.
    let allowances = vec![(text("always_free", span), Node::new(Value::Bool(false), span))];
    top.push((text("allowances", span), Node::new(Value::Map(allowances), span)));
    Node::new(Value::Map(top), span)
}

fn text(text: &str, span: Span) -> Node {
    Node::new(Value::Str(text.to_owned()), span)
}

/// The entries of a map with the names of nested maps before theirs: path, key and value.
fn flat(node: &Node) -> Vec<(String, &Node, &Node)> {
    let mut found = Vec::new();
    for (key, value) in node.entries() {
        let outer = key.as_str().unwrap_or_default();
        if let Value::Map(inner) = &value.value {
            found.extend(inner.iter().map(|(key, value)| (format!("{outer}.{}", key.as_str().unwrap_or_default()), key, value)));
        } else {
            found.push((outer.to_owned(), key, value));
        }
    }
    found
}

/// One service of ours from the entries that a mapping knows.
fn service(mapping: &Mapping, entries: &[(String, &Node, &Node)], span: Span) -> Node {
    let mut made = vec![(text("type", span), text(mapping.kind, span))];
    if let Some((key, value)) = mapping.fixed {
        made.push((text(key, span), text(value, span)));
    }
    let requests = entries.iter().find(|(path, ..)| path == "monthly_requests").and_then(|(.., value)| digits(value));
    for (path, key, value) in entries {
        if let Some((_, ours, unit)) = mapping.find(path) {
            made.push((text(ours, key.span), in_our_unit(value, *unit, requests.as_deref())));
        } else if mapping.configured.contains(&path.as_str()) {
            made.push(((*key).clone(), (*value).clone()));
        }
    }
    if mapping.kind == "step_functions" && mapping.fixed == Some(("variant", "standard")) {
        made.push((text("executions", span), Node::new(Value::Int(1), span)));
    }
    Node::new(Value::Map(made), span)
}

fn digits(value: &Node) -> Option<String> {
    match &value.value {
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

fn in_our_unit(value: &Node, unit: Unit, requests: Option<&str>) -> Node {
    let Some(written) = digits(value) else {
        return match (unit, value.as_str()) {
            (Unit::Architecture, Some("arm64")) => text("arm", value.span),
            (Unit::Architecture, Some("x86_64")) => text("x86", value.span),
            _ => value.clone(),
        };
    };
    let expression = match unit {
        Unit::Same | Unit::Fraction | Unit::Architecture => return value.clone(),
        Unit::Milliseconds => format!("{written} ms"),
        Unit::Megabytes => format!("{written} MB"),
        Unit::Kilobytes => format!("{written} KB"),
        Unit::PerSecond => format!("{written}/s"),
        Unit::PerRequest => format!("{written} * {}", requests.unwrap_or("0")),
    };
    text(&expression, value.span)
}

/// Writes the usage of the services that infracost knows, as a usage file of it. Numbers are rounded up to whole ones, which is
/// all that it takes for most keys.
pub fn write(file: &UsageFile) -> String {
    let mut written = String::from("version: 0.1\nresource_usage:\n");
    for service in &file.services {
        let word = |key: &str| match service.values.get(key) {
            Some(Held::Text(word)) => word.as_str(),
            _ => "",
        };
        for mapping in MAPPINGS.iter().filter(|mapping| mapping.kind == service.resource.name) {
            // Lambda's logs are those of a log group to infracost.
            let fixed = mapping.fixed.filter(|_| mapping.kind != "logs");
            if fixed.is_some_and(|(key, value)| word(key) != value) {
                continue;
            }
            let lines: Vec<(&str, String)> = mapping
                .keys
                .iter()
                .filter_map(|(theirs, ours, unit)| Some((*theirs, theirs_of(file, service, mapping, (theirs, ours, *unit))?)))
                .collect();
            // What has no usage but its setting has none to infracost.
            if lines.iter().all(|(theirs, _)| SETTINGS.contains(theirs)) {
                continue;
            }
            let own = service.name.split('.').any(|part| part == mapping.terraform);
            let name = service.name.replace(' ', "_");
            let _ = if own {
                writeln!(written, "  {name}:")
            } else {
                writeln!(written, "  {}.{}:", mapping.terraform, name.replace('.', "_"))
            };
            let mut outer = "";
            for (theirs, value) in lines {
                let Some((group, key)) = theirs.split_once('.') else {
                    let _ = writeln!(written, "    {theirs}: {value}");
                    continue;
                };
                if group != outer {
                    let _ = writeln!(written, "    {group}:");
                    outer = group;
                }
                let _ = writeln!(written, "      {key}: {value}");
            }
        }
    }
    written
}

/// Keys of infracost that say how something is set and not what is used.
const SETTINGS: &[&str] = &["memory_mb", "architecture", "region", "monthly_duration_hrs"];

/// What infracost's key says of a service; nothing if that is nothing.
fn theirs_of(file: &UsageFile, service: &Service, mapping: &Mapping, (theirs, ours, unit): (&str, &str, Unit)) -> Option<String> {
    let own = |usage: &&Usage| usage.service.split('/').next() == Some(&service.name);
    if ours == "region" {
        return file.usages.iter().find(own).map(|usage| usage.region.clone());
    }
    if let Some((.., start)) = BILLED.iter().find(|(kind, key, _)| *kind == mapping.kind && *key == theirs) {
        let of_sku = |usage: &&Usage| own(usage) && usage.sku.starts_with(start);
        let total: u128 = file.usages.iter().filter(of_sku).map(|usage| usage.quantity.pico_units()).sum();
        let whole = Quantity::from_pico_units(total.div_ceil(1_000_000_000_000) * 1_000_000_000_000);
        let told = if unit == Unit::Fraction { Quantity::from_pico_units(total) } else { whole };
        return (total > 0).then(|| told.to_string());
    }
    // Requests are billed ones, each of one chunk.
    if mapping.kind == "sqs" {
        return None;
    }
    let number = match service.values.get(ours)? {
        Held::Number(number) => *number,
        Held::Text(word) if unit == Unit::Architecture => return Some(if word == "arm" { "arm64" } else { "x86_64" }.to_owned()),
        _ => return None,
    };
    let requests = match service.values.get("publishes") {
        Some(Held::Number(requests)) => *requests,
        _ => Number::ZERO,
    };
    let scaled = match unit {
        Unit::Same | Unit::Fraction | Unit::Architecture => number,
        Unit::Milliseconds => number * 1000_u64,
        Unit::Megabytes => number / (1_u64 << 20),
        Unit::Kilobytes => number / 1024_u64,
        Unit::PerSecond => number / (file.month_hours * 3600_u64),
        Unit::PerRequest if requests.is_zero() => return None,
        Unit::PerRequest => number / requests,
    };
    let scaled = if unit == Unit::Fraction { scaled } else { scaled.ceil() };
    scaled.to_quantity().filter(|_| !scaled.is_zero()).map(|quantity| quantity.to_string())
}
