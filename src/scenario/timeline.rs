//! The timeline: what happens to services and workloads, from when until when.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::Time;
use crate::reader::{Code, Context, Diagnostics, Node, Raw, Span, Spanned, Value, decode, suggest};
use crate::units::{Count, Duration, Number, Rate, Share};

use super::{ServiceModel, WorkloadModel};

/// One entry of the timeline.
#[derive(Clone, Debug)]
pub struct TimelineEntry {
    /// Name of the service or workload.
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
    /// When it ends, from the start of the run; without it, it lasts.
    pub until: Option<Duration>,
    /// The service it happens to; an entry has either this or `workload`.
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
    /// Configuration keys that have another value meanwhile; `check` and error messages tell which can be set.
    #[serde(default)]
    pub set: IndexMap<Spanned<String>, Raw>,
    /// What charts call it; by default what it does.
    pub label: Option<String>,
}

impl TimelineEntry {
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
        if config.until.is_some_and(|until| until <= config.from) {
            self.diagnostics.error(span, Code::OutOfRange, "the entry ends before it begins");
        }
        let mut changes = Vec::new();
        let target = match (&config.service, &config.workload) {
            (Some(service), None) => {
                let Some(found) = self.services.iter().find(|known| known.name == service.value) else {
                    self.unknown(service, "service", self.services.iter().map(|known| known.name.as_str()).collect());
                    return None;
                };
                let settable = found.config.settable();
                let node = self.root.get("services").and_then(|node| node.get(&service.value));
                for (key, value) in &config.set {
                    changes.extend(self.set(key, value, settable, node, config.until.is_some()));
                }
                service.value.clone()
            }
            (None, Some(workload)) => {
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
            _ => {
                self.diagnostics.error(span, Code::Conflict, "a timeline entry names either a `service` or a `workload`");
                return None;
            }
        };
        changes.extend(config.stop.then_some(Change::Stop));
        changes.extend(config.slow.map(|factor| Change::Slow(factor.0)));
        changes.extend(config.fail.map(|share| Change::Fail(share.0)));
        if changes.is_empty() && config.set.is_empty() {
            self.diagnostics.error(span, Code::MissingKey, "the entry changes nothing: give `stop`, `slow`, `fail` or `set`");
        }
        if config.workload.is_some() && changes.iter().any(|change| !matches!(change, Change::Set { .. })) {
            self.diagnostics.error(span, Code::Conflict, "a workload can only be `set`");
        }
        let label = config.label.unwrap_or_else(|| label(&target, &changes));
        Some(TimelineEntry { target, from: config.from.0, until: config.until.map(|until| until.0), changes, label, span })
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
            Change::Set { key, value, .. } => format!("{target} {key} {value}"),
        })
        .collect();
    words.join(", ")
}
