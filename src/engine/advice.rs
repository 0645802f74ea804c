//! What a scenario leaves unused, told before anything runs: such designs run, but rarely mean what was meant.

use serde_json::{Map, Value};

use crate::fabric::links::ENVELOPE;
use crate::fabric::{Builder, Operation, PartyId};
use crate::reader::{Code, Either, suggest};
use crate::scenario::Model;
use crate::workload::config::{FieldSpec, PayloadConfig};

/// Warns of services that nothing leads to, queues that nobody empties, and rules that no event matches. Where something
/// is wrong already, links may be missing, so nothing is said.
pub fn give(builder: &mut Builder, model: &Model) {
    if builder.diagnostics.has_errors() {
        return;
    }
    for (index, service) in model.services.iter().enumerate() {
        let index = index as u16;
        let kind = service.config.kind();
        // Comparisons want the same externals in all designs, used or not.
        if kind == "external" || builder.links.receives(index) {
            continue;
        }
        let name = &service.name;
        if !builder.links.is_named(index, |operation| operation != Operation::ReceiveMessage) {
            let message = format!("nobody calls `{name}`");
            let hint = "let a workload, a step, a rule, a subscription or a mapping name it, or leave it out";
            builder.diagnostics.warning(service.span, Code::Unused, message).hint(hint);
        } else if builder.declared[index as usize].takes(Operation::ReceiveMessage)
            && !builder.links.is_named(index, |operation| matches!(operation, Operation::ReceiveMessage | Operation::DeadLetter))
        {
            let message =
                format!("nobody receives from `{name}`, and it is no dead-letter queue: its messages wait until they expire");
            let hint = "name it under the `events` of a function or as the `queue` of a `consumer`";
            builder.diagnostics.warning(service.span, Code::Unused, message).hint(hint);
        }
    }
    deaf_rules(builder);
}

fn deaf_rules(builder: &mut Builder) {
    for rule in &builder.links.listeners {
        let Some(deaf) = builder.links.deaf(rule) else { continue };
        let bus = &builder.declared[rule.bus as usize].name;
        let place = deaf.field.and_then(|field| ENVELOPE.iter().position(|known| *known == field)).unwrap_or(ENVELOPE.len());
        let message = match deaf.field {
            Some(field) => format!("nobody sends `{bus}` an event with a `{field}` that the rule `{}` matches", rule.name),
            None => {
                format!("nobody sends `{bus}` an event with the `detail-type` and `source` that the rule `{}` matches", rule.name)
            }
        };
        let warning = builder.diagnostics.warning(rule.spans[place], Code::Unused, message);
        let wanted = deaf.field.and_then(|field| rule.pattern.get(field)?.get(0)?.as_str());
        match wanted.and_then(|wanted| suggest(wanted, deaf.come.iter().map(String::as_str))) {
            Some(close) => warning.hint(format!("did you mean `{close}`?")),
            None if deaf.come.is_empty() => warning.hint("the events that come have none"),
            None => warning.hint(format!("what comes: {}", deaf.come.join(", "))),
        };
    }
}

/// Combinations of sources and detail types of a workload that are told apart.
const ENVELOPES_MAX: usize = 1_000;

/// Notes which events a workload sends to a bus: `source` and `detail-type` are fields of its payload.
pub fn events_of_payload(builder: &mut Builder, bus: PartyId, payload: &PayloadConfig) {
    let (from, bus) = (builder.service, builder.service_of(bus));
    let known = ENVELOPE.map(|name| payload.fields.get(name).map_or(Some(Vec::new()), values));
    let [Some(types), Some(sources)] = known else { return builder.links.emits(from, bus, None) };
    if types.len().max(1) * sources.len().max(1) > ENVELOPES_MAX {
        return builder.links.emits(from, bus, None);
    }
    let absent = [Value::Null];
    let or_absent = |values: &[Value]| if values.is_empty() { absent.to_vec() } else { values.to_vec() };
    for kind in or_absent(&types) {
        for source in or_absent(&sources) {
            let fields = ENVELOPE.into_iter().zip([kind.clone(), source]).filter(|(_, value)| !value.is_null());
            let event: Map<String, Value> = fields.map(|(name, value)| (name.to_string(), value)).collect();
            builder.links.emits_envelope(from, bus, Value::Object(event));
        }
    }
}

/// The values of a field, if they can be listed.
fn values(field: &FieldSpec) -> Option<Vec<Value>> {
    match &field.value {
        Either::Scalar(value) => Some(vec![value.clone()]),
        Either::Map(field) => Some(field.choose.as_ref()?.keys().cloned().map(Value::String).collect()),
    }
}
