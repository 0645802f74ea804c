//! The timeline: what happens to services and workloads, from when until when.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Time;
use crate::reader::{Code, Context, Diagnostics, Node, Raw, Span, Spanned, Value, decode, suggest};
use crate::units::{Count, Duration, Number, Rate, Share};

use super::{ServiceModel, WorkloadModel};

/// What entries that change quotas of the account alone are about.
pub const ACCOUNT: &str = "account";
/// Types of services that work on payloads, which can be poison.
const POISONABLE: [&str; 4] = ["consumer", "external", "lambda", "step_functions"];

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// Name of the service or workload; [`ACCOUNT`] for quotas of the account.
    pub target: String,
    pub from: Time,
    pub until: Option<Time>,
    pub changes: Vec<Change>,
    /// What charts call it.
    pub label: String,
    /// Where it was written.
    pub span: Span,
}

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Stop,
    Slow(f64),
    Fail(f64),
    /// This share of the journeys that start meanwhile always fails at the service.
    Poison(f64),
    /// Nothing passes between the target and this service or workload.
    Partition(String),
    /// A limiter has another quota meanwhile.
    Quota {
        limiter: String,
        quota: f64,
        span: Span,
    },
    /// A scalar's value during the entry, and after it.
    Set {
        key: String,
        value: f64,
        back: Option<f64>,
    },
}

/// What happens to a service or a workload, from when until when: `{ from: 2 min, until: 8 min, service: psp, stop: true }`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryConfig {
    /// When it begins, from the start of the run (warm-up included).
    pub from: Duration,
    /// When it ends, from the start of the run; without it and `for`, it lasts.
    pub until: Option<Duration>,
    /// How long it lasts, instead of `until`.
    #[serde(rename = "for")]
    pub lasts: Option<Duration>,
    /// The service it happens to; an entry names a `service`, a `workload` or a `partition`, or changes `quotas` of the account.
    pub service: Option<Spanned<String>>,
    /// The workload it happens to: its `rate` can be set.
    pub workload: Option<Spanned<String>>,
    /// Every call is answered with an error at once.
    #[serde(default)]
    pub stop: bool,
    /// Service times and latencies are multiplied by this: `3` is three times as slow.
    pub slow: Option<Number>,
    /// This share of the calls fails with a retryable error.
    pub fail: Option<Share>,
    /// Poison messages: the payload of this share of the journeys that start meanwhile fails at the service whenever it is tried,
    /// also after the entry has ended. For functions, consumers, state machines and externals.
    pub poison: Option<Share>,
    /// The network between two services is cut: calls and answers between them are lost. A caller waits for its own time-out; one
    /// that sets none fails when its connection times out (assumption `network.connection_timeout`).
    pub partition: Option<PartitionConfig>,
    /// Limiters that have another quota meanwhile, by their names in the table of limits: those of the `service`, or, without
    /// one, those of the account. A bucket keeps its depth in seconds.
    #[serde(default)]
    pub quotas: IndexMap<Spanned<String>, Raw>,
    /// Configuration keys that have another value meanwhile; `check` and error messages tell which can be set.
    #[serde(default)]
    pub set: IndexMap<Spanned<String>, Raw>,
    /// What charts call it; by default what it does.
    pub label: Option<String>,
}

/// A network that is cut in two.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionConfig {
    /// Two services, or a service and a workload, whose calls to each other are lost: `[charge, psp]`. What connects them, such as
    /// the pollers of a function that has a queue, is cut with them.
    pub between: Vec<Spanned<String>>,
}

impl TimelineEntry {
    /// An entry that stops a service for a while.
    pub fn stop(service: &ServiceModel, from: Time, until: Time) -> Self {
        let changes = vec![Change::Stop];
        let label = label(&service.name, &changes);
        Self { target: service.name.clone(), from, until: Some(until), changes, label, span: service.span }
    }

    pub(super) fn read(
        root: &Node,
        context: &Context,
        services: &[ServiceModel],
        workloads: &[WorkloadModel],
        diagnostics: &mut Diagnostics,
    ) -> Vec<TimelineEntry> {
        let Some(node) = root.get("timeline") else { return Vec::new() };
        if !matches!(node.value, Value::Seq(_)) {
            diagnostics.error(node.span, Code::WrongType, "`timeline` is a list of entries");
            return Vec::new();
        }
        let mut entries = Vec::new();
        for element in node.elements() {
            let Some(config) = decode::<EntryConfig>(element, context, diagnostics) else { continue };
            let mut maker = Maker { root, context, services, workloads, diagnostics };
            entries.extend(maker.entry(element.span, config));
        }
        entries
    }
}

struct Maker<'a> {
    root: &'a Node,
    context: &'a Context,
    services: &'a [ServiceModel],
    workloads: &'a [WorkloadModel],
    diagnostics: &'a mut Diagnostics,
}

impl Maker<'_> {
    fn entry(&mut self, span: Span, config: EntryConfig) -> Option<TimelineEntry> {
        let until = self.end(span, &config);
        let mut changes = Vec::new();
        let target = match (&config.service, &config.workload, &config.partition) {
            (Some(service), None, None) => {
                let Some(found) = self.services.iter().find(|known| known.name == service.value) else {
                    self.unknown(service, "service", self.services.iter().map(|known| known.name.as_str()).collect());
                    return None;
                };
                let (kind, settable) = (found.config.kind(), found.config.settable());
                let node = self.root.get("services").and_then(|node| node.get(&service.value));
                for (key, value) in &config.set {
                    changes.extend(self.set(key, value, settable, node, until.is_some()));
                }
                if config.poison.is_some() && !POISONABLE.contains(&kind) {
                    let message = format!(
                        "`{}` is of type `{kind}` and does not work on payloads: they cannot be poison for it",
                        service.value
                    );
                    let hint = format!("poison what handles them, a service of type {}", POISONABLE.join(", "));
                    self.diagnostics.error(service.span, Code::WrongReference, message).hint(hint);
                }
                service.value.clone()
            }
            (None, Some(workload), None) => {
                if !self.workloads.iter().any(|known| known.name == workload.value) {
                    // One that is written, but wrong, has been told of.
                    if self.root.get("workload").is_none_or(|written| written.get(&workload.value).is_none()) {
                        self.unknown(workload, "workload", self.workloads.iter().map(|known| known.name.as_str()).collect());
                    }
                    return None;
                }
                for (key, value) in &config.set {
                    changes.extend(self.set_workload(key, value, &workload.value));
                }
                workload.value.clone()
            }
            (None, None, Some(partition)) => {
                let (one, other) = self.ends(span, partition)?;
                changes.push(Change::Partition(other));
                one
            }
            (None, None, None) if !config.quotas.is_empty() => ACCOUNT.to_string(),
            _ => {
                let message = "a timeline entry names one of `service`, `workload` and `partition`, or changes `quotas`";
                self.diagnostics.error(span, Code::Conflict, message);
                return None;
            }
        };
        for (limiter, value) in &config.quotas {
            let quota = self.number(value);
            changes.extend(quota.map(|quota| Change::Quota { limiter: limiter.value.clone(), quota, span: limiter.span }));
        }
        changes.extend(config.stop.then_some(Change::Stop));
        changes.extend(config.slow.map(|factor| Change::Slow(factor.0)));
        changes.extend(config.fail.map(|share| Change::Fail(share.0)));
        changes.extend(config.poison.map(|share| Change::Poison(share.0)));
        self.fits(span, &config, &changes);
        let label = config.label.unwrap_or_else(|| label(&target, &changes));
        Some(TimelineEntry { target, from: config.from.0, until, changes, label, span })
    }

    /// When an entry ends.
    fn end(&mut self, span: Span, config: &EntryConfig) -> Option<Time> {
        if config.until.is_some() && config.lasts.is_some() {
            self.diagnostics.error(span, Code::Conflict, "an entry has either `until` or `for`");
        }
        let until = config.until.map(|until| until.0).or_else(|| Some(config.from.0.saturating_add(config.lasts?.0)));
        if until.is_some_and(|until| until <= config.from.0) {
            self.diagnostics.error(span, Code::OutOfRange, "the entry ends before it begins");
        }
        until
    }

    /// Whether what an entry changes can be changed where it says so.
    fn fits(&mut self, span: Span, config: &EntryConfig, changes: &[Change]) {
        if changes.is_empty() && config.set.is_empty() && config.quotas.is_empty() {
            let message = "the entry changes nothing: give `stop`, `slow`, `fail`, `poison`, `quotas` or `set`";
            self.diagnostics.error(span, Code::MissingKey, message);
        }
        if config.workload.is_some() && changes.iter().any(|change| !matches!(change, Change::Set { .. })) {
            self.diagnostics.error(span, Code::Conflict, "a workload can only be `set`");
        }
        if config.partition.is_some() && (changes.len() > 1 || !config.set.is_empty()) {
            let message = "a partition is an entry of its own: what else happens needs another entry";
            self.diagnostics.error(span, Code::Conflict, message);
        }
        let alone = config.service.is_none() && config.workload.is_none() && config.partition.is_none();
        if alone && (!config.set.is_empty() || changes.iter().any(|change| !matches!(change, Change::Quota { .. }))) {
            self.diagnostics.error(span, Code::Conflict, "an account can only be given other `quotas`");
        }
    }

    /// The two ends of a partition.
    fn ends(&mut self, span: Span, partition: &PartitionConfig) -> Option<(String, String)> {
        let known: Vec<&str> = self
            .services
            .iter()
            .map(|known| known.name.as_str())
            .chain(self.workloads.iter().map(|known| known.name.as_str()))
            .collect();
        let mut all_known = true;
        for end in partition.between.iter().filter(|end| !known.contains(&end.value.as_str())) {
            self.unknown(end, "service or workload", known.clone());
            all_known = false;
        }
        match partition.between.as_slice() {
            [one, other] if one.value != other.value => all_known.then(|| (one.value.clone(), other.value.clone())),
            _ => {
                let message = "a partition lies between two different services";
                self.diagnostics
                    .error(span, Code::OutOfRange, message)
                    .hint("for example `partition: { between: [charge, psp] }`");
                None
            }
        }
    }

    fn unknown(&mut self, name: &Spanned<String>, what: &str, known: Vec<&str>) {
        let hint = suggest(&name.value, known.iter().copied())
            .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
        self.diagnostics.error(name.span, Code::UnknownReference, format!("no {what} is called `{}`", name.value)).hint(hint);
    }

    fn set(
        &mut self,
        name: &Spanned<String>,
        value: &Raw,
        settable: &[&str],
        node: Option<&Node>,
        returns: bool,
    ) -> Option<Change> {
        let key = name.value.as_str();
        if !settable.contains(&key) {
            let hint = if settable.is_empty() {
                "nothing of this service can be set".to_string()
            } else {
                format!("can be set: {}", settable.join(", "))
            };
            self.diagnostics.error(name.span, Code::UnknownKey, format!("`{key}` cannot be set by the timeline")).hint(hint);
            return None;
        }
        let number = self.number(value)?;
        let back = node.and_then(|node| node.get(key)).and_then(|node| scalar(node, self.context));
        if returns && back.is_none() {
            let message = format!("`{key}` has no value of its own to return to");
            self.diagnostics
                .error(value.span, Code::MissingKey, message)
                .hint("give the service a value for it, or leave `until` out");
        }
        Some(Change::Set { key: key.to_string(), value: number, back })
    }

    fn set_workload(&mut self, key: &Spanned<String>, value: &Raw, workload: &str) -> Option<Change> {
        let node = self.root.get("workload").and_then(|node| node.get(workload)).and_then(|node| node.get("rate"));
        let base = node.and_then(|node| scalar(node, self.context));
        let (Some(base), "rate") = (base, key.value.as_str()) else {
            self.diagnostics
                .error(key.span, Code::UnknownKey, format!("`{}` cannot be set by the timeline", key.value))
                .hint("the `rate` of a workload that has one can be set");
            return None;
        };
        let value = self.number(value)?;
        Some(Change::Set { key: "rate".to_string(), value, back: Some(base) })
    }

    fn number(&mut self, value: &Raw) -> Option<f64> {
        let number = scalar(value, self.context);
        if number.is_none() {
            self.diagnostics.error(value.span, Code::WrongType, "a number, rate, share, count or duration is expected");
        }
        number
    }
}

/// A scalar of any dimension as a plain number: rates per second, durations in seconds.
fn scalar(node: &Node, context: &Context) -> Option<f64> {
    fn quiet<T: serde::de::DeserializeOwned>(node: &Node, context: &Context) -> Option<T> {
        decode(node, context, &mut Diagnostics::new())
    }
    quiet::<Count>(node, context)
        .map(|count| count.0 as f64)
        .or_else(|| quiet::<Number>(node, context).map(|number| number.0))
        .or_else(|| quiet::<Rate>(node, context).map(Rate::as_per_second))
        .or_else(|| quiet::<Share>(node, context).map(|share| share.0))
        .or_else(|| quiet::<Duration>(node, context).map(Duration::as_seconds))
}

fn label(target: &str, changes: &[Change]) -> String {
    let words: Vec<String> = changes
        .iter()
        .map(|change| match change {
            Change::Stop => format!("{target} down"),
            Change::Slow(factor) => format!("{target} {factor}x slower"),
            Change::Fail(share) => format!("{target} fails {:.3} %", share * 100.0),
            Change::Poison(share) => format!("{:.3} % poison for {target}", share * 100.0),
            Change::Partition(other) => format!("{target} cut off from {other}"),
            Change::Quota { limiter, quota, .. } => format!("{target} {limiter} {quota}"),
            Change::Set { key, value, .. } => format!("{target} {key} {value}"),
        })
        .collect();
    words.join(", ")
}
