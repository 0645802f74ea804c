//! The timeline as disturbances of a simulation, and which services they are about.

use crate::fabric::faults::CONNECTION_TIME_OUT;
use crate::fabric::{Builder, Disturbance, LimiterId, PartyId};
use crate::kernel::Time;
use crate::reader::{Code, Span};
use crate::scenario::{ACCOUNT, Change, Model, TimelineEntry};

use super::compile::hint;

/// All disturbances in the order of the entries; watches the load on the services that they are about. Mistakes that only the
/// services show go to the builder's diagnostics.
pub(super) fn compile(builder: &mut Builder, model: &Model) -> Vec<(Time, PartyId, Disturbance)> {
    let mut made = Vec::new();
    for entry in &model.timeline {
        for name in about(model, entry) {
            if let Some(service) = builder.declared.get(&name).map(|declared| declared.index) {
                builder.world.watch_load(service);
            }
        }
        let party = builder.declared.get(&entry.target).map_or(0, |declared| declared.main);
        for change in &entry.changes {
            let Some((begin, end)) = disturbance(builder, entry, change) else { continue };
            made.push((entry.from, party, begin));
            if let (Some(until), Some(end)) = (entry.until, end) {
                made.push((until, party, end));
            }
        }
    }
    made
}

/// What begins a change and what ends it.
fn disturbance(builder: &mut Builder, entry: &TimelineEntry, change: &Change) -> Option<(Disturbance, Option<Disturbance>)> {
    Some(match change {
        Change::Stop => (Disturbance::Down(true), Some(Disturbance::Down(false))),
        Change::Slow(factor) => (Disturbance::Slow(*factor), Some(Disturbance::Slow(1.0))),
        Change::Fail(share) => (Disturbance::Fail(*share), Some(Disturbance::Fail(0.0))),
        Change::Poison(share) => (Disturbance::Poison(*share), Some(Disturbance::Poison(0.0))),
        Change::Partition(other) => {
            let other = cut(builder, entry, other)?;
            (Disturbance::Cut { other, cut: true }, Some(Disturbance::Cut { other, cut: false }))
        }
        Change::Quota { limiter, quota, span } => {
            let (limiter, usual) = quota_of(builder, &entry.target, limiter, *span)?;
            let back = Disturbance::Quota { limiter, quota: usual };
            (Disturbance::Quota { limiter, quota: *quota }, Some(back))
        }
        Change::Set { key, value, back } => {
            let end = back.map(|back| Disturbance::Set { key: key.clone(), value: back });
            (Disturbance::Set { key: key.clone(), value: *value }, end)
        }
    })
}

/// The other end of a partition; both must have to do with one another.
fn cut(builder: &mut Builder, entry: &TimelineEntry, other: &str) -> Option<u16> {
    let (one, far) = (builder.declared.get(&entry.target)?.index, builder.declared.get(other)?.index);
    let ends = [(one, far), (far, one)];
    if !builder.links.references.iter().any(|link| ends.contains(&(link.from, link.to))) {
        let message = format!("neither `{}` nor `{other}` calls the other: there is nothing to cut", entry.target);
        let near: Vec<&str> = builder
            .links
            .references
            .iter()
            .filter_map(|link| if link.from == one { Some(link.to) } else { (link.to == one).then_some(link.from) })
            .filter_map(|service| builder.declared.get_index(usize::from(service)).map(|(name, _)| name.as_str()))
            .collect();
        let hint = format!("`{}` has to do with {}", entry.target, distinct(near).join(", "));
        builder.diagnostics.error(entry.span, Code::WrongReference, message).hint(hint);
        return None;
    }
    builder.service = one;
    builder.world.faults.connection_timeout = builder.assume_time(&CONNECTION_TIME_OUT);
    Some(far)
}

fn distinct(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.dedup();
    names
}

/// A limiter by its owner and name, and its quota.
fn quota_of(builder: &mut Builder, owner: &str, name: &str, span: Span) -> Option<(LimiterId, f64)> {
    let own = || builder.world.limiters.iter().enumerate().filter(|(_, limiter)| limiter.plan.service == owner);
    if let Some((index, limiter)) = own().find(|(_, limiter)| limiter.plan.name == name) {
        return Some((LimiterId(index as u32), limiter.quota()));
    }
    let known: Vec<String> = own().map(|(_, limiter)| limiter.plan.name.clone()).collect();
    let message = match owner {
        ACCOUNT => format!("the account has no limiter `{name}`"),
        _ => format!("`{owner}` has no limiter `{name}`"),
    };
    builder.diagnostics.error(span, Code::UnknownReference, message).hint(hint(name, &known));
    None
}

/// The services that an entry is about, by name: its own, both ends of a partition, what a workload calls, and those of the type that
/// a quota of the account is named after.
pub(super) fn about(model: &Model, entry: &TimelineEntry) -> Vec<String> {
    let mut names: Vec<&str> = vec![&entry.target];
    for change in &entry.changes {
        match change {
            Change::Partition(other) => names.push(other),
            Change::Quota { limiter, .. } if entry.target == ACCOUNT => {
                let kind = limiter.split('.').next().unwrap_or_default();
                let own = model.services.iter().filter(|service| service.config.kind() == kind);
                names.extend(own.map(|service| service.name.as_str()));
            }
            _ => {}
        }
    }
    let target =
        |name: &str| model.workloads.iter().find(|workload| workload.name == name).map(|found| &*found.config.target.value);
    names.into_iter().map(|name| target(name).unwrap_or(name).to_string()).collect()
}
