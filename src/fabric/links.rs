//! Who refers to whom, gathered while rooms are built: what nothing leads to can then be told before anything runs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::reader::Span;

use super::call::Operation;
use super::pattern::Pattern;

/// One service names another.
#[derive(Clone, Copy, Debug)]
pub struct Reference {
    pub from: u16,
    pub to: u16,
    pub operation: Operation,
}

/// Events that a service sends to a bus.
#[derive(Clone, Debug)]
struct Emission {
    from: u16,
    bus: u16,
    /// Envelope of the event; `None` when it is not known before the run.
    event: Option<Value>,
}

/// A rule of a bus.
#[derive(Clone, Debug)]
pub struct Listener {
    pub bus: u16,
    pub name: String,
    pub pattern: Value,
    /// Where its tests of `detail-type` and `source` were written, and the whole pattern.
    pub spans: [Span; 3],
}

/// The envelope fields that [`Listener`] keeps the places of.
pub const ENVELOPE: [&str; 2] = ["detail-type", "source"];

/// All that was gathered.
#[derive(Clone, Debug, Default)]
pub struct Links {
    pub references: Vec<Reference>,
    emissions: Vec<Emission>,
    pub listeners: Vec<Listener>,
}

/// A rule that no event can match, with what came instead.
#[derive(Clone, Debug)]
pub struct Deaf {
    /// The envelope field that no event satisfies; `None` when none satisfies both.
    pub field: Option<&'static str>,
    /// The values of that field that do come, or the pairs.
    pub come: Vec<String>,
}

impl Links {
    /// Notes that `from` sends events of this source and detail type to `bus`, or, with `None`, events of any kind.
    pub fn emits(&mut self, from: u16, bus: u16, event: Option<(&str, &str)>) {
        let event = event.map(|(source, detail_type)| json!({ "source": source, "detail-type": detail_type }));
        self.emissions.push(Emission { from, bus, event });
    }

    /// Notes an event by its envelope, which may lack fields.
    pub fn emits_envelope(&mut self, from: u16, bus: u16, envelope: Value) {
        self.emissions.push(Emission { from, bus, event: Some(envelope) });
    }

    /// Whether some service names `to` for an operation that `wanted` accepts.
    pub fn is_named(&self, to: u16, wanted: impl Fn(Operation) -> bool) -> bool {
        self.references.iter().any(|known| known.to == to && wanted(known.operation))
    }

    /// Whether `from` receives messages of a queue.
    pub fn receives(&self, from: u16) -> bool {
        self.references.iter().any(|known| known.from == from && known.operation == Operation::ReceiveMessage)
    }

    /// Why no event of the scenario can match the rule; `None` if one may, or if nobody sends its bus anything.
    pub fn deaf(&self, rule: &Listener) -> Option<Deaf> {
        let mut events = Vec::new();
        if !self.events(rule.bus, &mut BTreeSet::new(), &mut events) || events.is_empty() {
            return None;
        }
        let accepts = |fields: &[&str], event: &Value| {
            let wanted: serde_json::Map<_, _> =
                fields.iter().filter_map(|field| Some(((*field).to_string(), rule.pattern.get(*field)?.clone()))).collect();
            // A pattern that is not valid has been reported where it is read.
            wanted.is_empty() || Pattern::parse(&Value::Object(wanted)).map_or(true, |pattern| pattern.matches(event))
        };
        if events.iter().any(|event| accepts(&ENVELOPE, event)) {
            return None;
        }
        let field = ENVELOPE.into_iter().find(|field| !events.iter().any(|event| accepts(&[*field], event)));
        let text = |event: &Value, field: &str| event.get(field).and_then(Value::as_str).map(str::to_owned);
        let come: BTreeSet<String> = match field {
            Some(field) => events.iter().filter_map(|event| text(event, field)).collect(),
            None => events
                .iter()
                .filter_map(|event| Some(format!("{} from {}", text(event, ENVELOPE[0])?, text(event, ENVELOPE[1])?)))
                .collect(),
        };
        Some(Deaf { field, come: come.into_iter().collect() })
    }

    /// Gathers the envelopes of what comes to a bus, through other buses as well; false if some are not known.
    fn events(&self, bus: u16, seen: &mut BTreeSet<u16>, found: &mut Vec<Value>) -> bool {
        if !seen.insert(bus) {
            return true;
        }
        for link in self.references.iter().filter(|link| link.to == bus && link.operation == Operation::PutEvents) {
            let mut own = self.emissions.iter().filter(|emission| emission.from == link.from && emission.bus == bus).peekable();
            if own.peek().is_some() {
                for emission in own {
                    let Some(event) = &emission.event else { return false };
                    found.push(event.clone());
                }
            } else if !self.listeners.iter().any(|rule| rule.bus == link.from) || !self.events(link.from, seen, found) {
                return false;
            }
        }
        true
    }
}
