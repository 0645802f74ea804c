//! The usage of a simulated month as a usage file, so that other programs can price it.

use std::collections::BTreeMap;

use super::file::{Allowances, Service, UsageFile};
use super::number::Number;
use super::resource::Value;
use super::resources;
use crate::pricing::Usage;

/// Where usage of a SKU stands in usage files.
struct Place {
    /// The SKU, or its beginning.
    sku: &'static str,
    /// Type of the service.
    kind: &'static str,
    /// Key and word that tell its variant.
    variant: Option<(&'static str, &'static str)>,
    /// Key of the quantity; none for GB-seconds.
    key: Option<&'static str>,
}

const fn place(
    sku: &'static str,
    kind: &'static str,
    variant: Option<(&'static str, &'static str)>,
    key: Option<&'static str>,
) -> Place {
    Place { sku, kind, variant, key }
}

const PLACES: &[Place] = &[
    place("api-gateway-requests-http", "api_gateway", Some(("variant", "http")), Some("requests")),
    place("api-gateway-requests-rest", "api_gateway", Some(("variant", "rest")), Some("requests")),
    place("dynamodb-read-request-units", "dynamodb", None, Some("read_request_units")),
    place("dynamodb-write-request-units", "dynamodb", None, Some("write_request_units")),
    place("eventbridge-events-custom", "eventbridge", None, Some("custom_events")),
    place("lambda-duration-", "lambda", None, None),
    place("lambda-requests-", "lambda", None, Some("requests")),
    place("logs-ingestion-", "logs", None, Some("ingested")),
    place("sns-delivery-http", "sns", None, Some("http_deliveries")),
    place("sns-publish-standard", "sns", Some(("variant", "standard")), Some("publishes")),
    place("sqs-requests-standard", "sqs", Some(("variant", "standard")), Some("requests")),
    place("sqs-requests-fifo", "sqs", Some(("variant", "fifo")), Some("requests")),
    place("step-functions-express-duration", "step_functions", Some(("variant", "express")), None),
    place("step-functions-express-requests", "step_functions", Some(("variant", "express")), Some("executions")),
    place("step-functions-transitions", "step_functions", Some(("variant", "standard")), Some("transitions")),
];

/// SKUs that other programs work out from how a resource is set, or that are free.
const IMPLIED: &[&str] = &["lambda-ephemeral-storage", "sns-delivery-lambda", "sns-delivery-sqs"];

/// Bytes in a GB of memory.
const GB: i128 = 1 << 30;
/// Memory of a function that does not say it.
const FUNCTION_BYTES: u64 = 128 << 20;
/// The least memory of an Express execution: durations are given at this one, where rounding them up changes least.
const EXPRESS_BYTES: u64 = 64 << 20;
/// In the place of a key: GB-seconds, which become a duration.
const GB_SECONDS: &str = "GB-s";

/// A usage file of billed quantities of a month. A function's mean duration follows from its memory, of which `memory` holds the bytes
/// by name; what has no place in a usage file is told in the notes.
pub fn usage_file(month_hours: Number, usages: Vec<Usage>, memory: &BTreeMap<String, u64>) -> UsageFile {
    let mut notes = Vec::new();
    let mut totals: BTreeMap<(String, &str), (Option<(&str, &str)>, BTreeMap<&str, Number>)> = BTreeMap::new();
    for usage in &usages {
        let Some(place) = PLACES.iter().find(|place| usage.sku.starts_with(place.sku)) else {
            if !IMPLIED.contains(&usage.sku.as_str()) {
                notes.push(format!("`{}` of `{}` is left out", usage.sku, usage.service));
            }
            continue;
        };
        let (variant, values) = totals.entry((usage.service.clone(), place.kind)).or_default();
        *variant = variant.or(place.variant);
        let key = place.key.unwrap_or(GB_SECONDS);
        let before = values.get(key).copied().unwrap_or(Number::ZERO);
        values.insert(key, before + Number::of_quantity(usage.quantity));
    }
    let services = totals.into_iter().filter_map(|((name, kind), (variant, values))| {
        let resource = resources::find(kind)?;
        let bytes = if kind == "lambda" { memory.get(&name).copied().unwrap_or(FUNCTION_BYTES) } else { EXPRESS_BYTES };
        let mut held: BTreeMap<&'static str, Value> = BTreeMap::new();
        let mut hold = |key: &str, value: Value| {
            if let Some(known) = resource.keys.iter().find(|known| known.name == key) {
                held.insert(known.name, value);
            }
        };
        if let Some((key, word)) = variant {
            hold(key, Value::Text(word.to_owned()));
        }
        let requests = ["requests", "executions"].iter().find_map(|key| values.get(key)).copied().unwrap_or(Number::ZERO);
        let seconds = values.get(GB_SECONDS).copied().unwrap_or(Number::ZERO);
        hold("memory_size", Value::Number(bytes.into()));
        if !requests.is_zero() {
            hold("duration", Value::Number(seconds * GB / bytes / requests));
        }
        for (key, value) in values {
            hold(key, Value::Number(value));
        }
        Some(Service { name, resource, values: held })
    });
    UsageFile { month_hours, allowances: Allowances::default(), services: services.collect(), usages, notes }
}
