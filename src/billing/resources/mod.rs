//! The types of resources in usage files, and their metering rules.
//!
//! A file of usage holds averages. Rules that round each thing (chunks, milliseconds) are applied to the average, which
//! is exact when all things are alike; unlike things are better written as two services.

mod compute;
mod data;
mod messaging;
mod network;
mod streams;

use super::resource::{Key, Kind, Resource};

/// All types, sorted by name.
pub fn all() -> Vec<&'static Resource> {
    let groups = [compute::RESOURCES, data::RESOURCES, messaging::RESOURCES, network::RESOURCES, streams::RESOURCES];
    let mut all: Vec<&'static Resource> = groups.into_iter().flatten().collect();
    all.sort_by_key(|resource| resource.name);
    all
}

/// The type with this name.
pub fn find(name: &str) -> Option<&'static Resource> {
    all().into_iter().find(|resource| resource.name == name)
}

const fn key(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { name, kind, about }
}
