//! Rooms from text, for the tests of rooms: see `fabric::testing`.

use crate::fabric::Service;
use crate::fabric::testing::{Parties, Plan};
use crate::reader::tree::parse;
use crate::reader::{Context, Diagnostics, Sources};

use super::{Config, Party, decode};

/// Services as a scenario lists them: a map from names to configurations with their `type`.
pub fn services(text: &str) -> Plan {
    let mut diagnostics = Diagnostics::new();
    let mut sources = Sources::new();
    let file = sources.add("test.yaml", text);
    let root = parse(text, file, &mut diagnostics).unwrap_or_default();
    let mut rooms: Vec<(String, Config)> = Vec::new();
    for (name, node) in root.entries() {
        let mut node = node.clone();
        let kind =
            node.remove("type").and_then(|(_, kind)| kind.as_str().map(ToString::to_string)).expect("a service has a type");
        let config = decode(&kind, &node, &Context::new(), &mut diagnostics).expect("the type exists");
        rooms.extend(config.map(|config| (name.as_str().unwrap_or_default().to_string(), config)));
    }
    let mut plan = Plan::default();
    for (name, config) in rooms {
        let (kind, declaring) = (config.kind(), config.clone());
        plan.room(&name, kind, move |declarer| declaring.declare(declarer), move |builder| boxed(config.build(builder)));
    }
    plan.diagnostics = diagnostics;
    plan.sources = sources;
    plan
}

fn boxed(parties: Vec<(crate::fabric::PartyId, Party)>) -> Parties {
    parties.into_iter().map(|(party, built)| (party, Box::new(built) as Box<dyn Service>)).collect()
}
