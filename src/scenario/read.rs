//! From files to a model, collecting every mistake on the way.

use std::path::Path;

use indexmap::IndexMap;

use crate::pricing::REGIONS;
use crate::reader::load::beside;
use crate::reader::tree::parse;
use crate::reader::{
    Code, Context, Diagnostics, Document, FileSystem, Node, Setting, Sources, Span, Value, decode, load_with, suggest,
};
use crate::services;
use crate::units::{Duration, Number};
use crate::workload::WorkloadConfig;

use super::{Account, Model, Objective, ServiceModel, Study, TimelineEntry, WorkloadModel, month, precision, traces};

/// A window may end later than its trace by this part of it.
const TRACE_GAP: u64 = 20;

/// What reading a scenario yields.
#[derive(Debug)]
pub struct Reading {
    /// The model, unless mistakes kept it from being made.
    pub model: Option<Model>,
    pub sources: Sources,
    pub diagnostics: Diagnostics,
}

/// Top-level keys of a scenario (besides those that the reader itself takes).
pub const KEYS: &[&str] =
    &["name", "question", "region", "study", "account", "assumptions", "services", "workload", "objectives", "timeline"];

/// Reads a scenario file with settings from outside.
pub fn read(path: &Path, files: &dyn FileSystem, settings: &[Setting]) -> Reading {
    let (document, mut sources, mut diagnostics) = load_with(path, files, settings);
    let reader = Reader { files, sources: &mut sources, diagnostics: &mut diagnostics };
    let model = document.and_then(|document| reader.model(document));
    let model = if diagnostics.has_errors() { None } else { model };
    Reading { model, sources, diagnostics }
}

/// Reads a scenario from text, for tests and embedders; it can include nothing.
pub fn read_text(text: &str) -> Reading {
    struct OneFile<'a>(&'a str);
    impl FileSystem for OneFile<'_> {
        fn read(&self, path: &Path) -> std::io::Result<String> {
            if path == Path::new("scenario.yaml") { Ok(self.0.to_string()) } else { std::fs::read_to_string(path) }
        }
    }
    read(Path::new("scenario.yaml"), &OneFile(text), &[])
}

struct Reader<'a> {
    files: &'a dyn FileSystem,
    sources: &'a mut Sources,
    diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    fn model(mut self, document: Document) -> Option<Model> {
        let Document { mut root, context } = document;
        if !matches!(root.value, Value::Map(_)) {
            self.diagnostics.error(root.span, Code::WrongType, "a scenario is a map with `services` and `workload`");
            return None;
        }
        if root.entries().is_empty() {
            self.diagnostics
                .error(root.span, Code::MissingKey, "the scenario is empty")
                .hint("it needs a `name`, `services` and a `workload`; `floodplan schema --format markdown` tells all keys");
            return None;
        }
        self.unknown_keys(&root);
        self.documents(&mut root);
        let name: Option<String> = self.required(&root, "name", &context);
        let question: Option<String> = self.optional(&root, "question", &context);
        let region = self.region(&root, &context);
        let mut study = self.study(&root, &context);
        self.check_study(&root, &study);
        let account: Account = self.optional(&root, "account", &context).unwrap_or_default();
        let quotas = spanned(&root, "account", Some("quotas"), account.quotas);
        let assumptions: IndexMap<String, Number> = self.optional(&root, "assumptions", &context).unwrap_or_default();
        let assumptions = spanned(&root, "assumptions", None, assumptions);
        let services = self.services(&root, &context);
        let workloads = self.workloads(&root, &context);
        let objectives = Objective::read(&root, &workloads, &study, self.diagnostics);
        let timeline = TimelineEntry::read(&root, &context, &services, &workloads, self.diagnostics);
        self.check_horizon(&study, &workloads, &timeline);
        month::check_traces(&root, &study, &workloads, self.diagnostics);
        if let Some(warm_up) = root.get("study").and_then(|study| study.get("warm_up")).filter(|_| study.finds_warm_up)
            && !timeline.is_empty()
        {
            let message = "a run with a `timeline` has no steady state whose beginning `auto` could find";
            self.diagnostics.error(warm_up.span, Code::Conflict, message).hint("give `warm_up` a duration");
        }
        if let Some(mut sweep) = study.sweep.take() {
            let (files, sources) = (self.files, &mut *self.sources);
            let mut trial = |root: Node, diagnostics: &mut Diagnostics| {
                Reader { files, sources: &mut *sources, diagnostics }.model(Document { root, context: context.clone() });
            };
            sweep.check(&root, &context, &mut trial, self.diagnostics);
            study.sweep = Some(sweep);
        }
        Some(Model {
            name: name?,
            question,
            region,
            free_tier: study.free_tier,
            study,
            services,
            workloads,
            objectives,
            timeline,
            assumptions,
            quotas,
            root,
            context,
        })
    }

    /// A document in a language of its own may stand in a file of its own: `definition: { file: orders.asl.json }`. It takes
    /// the place of the key's value, so that whoever reads or compares the scenario finds it as if it were written there.
    fn documents(&mut self, root: &mut Node) {
        let Some(Value::Map(services)) = root.get_mut("services").map(|services| &mut services.value) else { return };
        for (_, service) in services {
            let Some(definition) = service.get_mut("definition") else { continue };
            if definition.entries().len() == 1
                && let Some(file) = definition.get("file")
                && let Some(document) = self.document(file)
            {
                *definition = document;
            }
        }
    }

    fn document(&mut self, file: &Node) -> Option<Node> {
        let Some(relative) = file.as_str() else {
            let message = format!("expected the path of a file, found {}", file.describe());
            self.diagnostics.error(file.span, Code::WrongType, message);
            return None;
        };
        let path = beside(self.sources, file.span, relative);
        let text = match self.files.read(&path) {
            Ok(text) => text,
            Err(error) => {
                let message = format!("`{}` cannot be read: {error}", path.display());
                self.diagnostics.error(file.span, Code::Include, message);
                return None;
            }
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let index = self.sources.add(path.display().to_string(), text);
        parse(text, index, self.diagnostics)
    }

    fn unknown_keys(&mut self, root: &Node) {
        for (key, _) in root.entries() {
            let Some(text) = key.as_str() else { continue };
            if KEYS.contains(&text) {
                continue;
            }
            let known = KEYS.iter().copied().chain(["include", "parameters", "defaults", "override"]);
            let hint = suggest(text, known.clone()).map_or_else(
                || format!("known keys: {}", known.collect::<Vec<_>>().join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            self.diagnostics.error(key.span, Code::UnknownKey, format!("unknown key `{text}`")).hint(hint);
        }
    }

    fn optional<T: serde::de::DeserializeOwned>(&mut self, root: &Node, key: &str, context: &Context) -> Option<T> {
        root.get(key).and_then(|node| decode(node, context, self.diagnostics))
    }

    fn required<T: serde::de::DeserializeOwned>(&mut self, root: &Node, key: &str, context: &Context) -> Option<T> {
        if root.get(key).is_none() {
            let start = Span { end: root.span.start, ..root.span };
            self.diagnostics
                .error(start, Code::MissingKey, format!("the scenario has no `{key}`"))
                .hint(format!("give it one at the top: `{key}: ...`"));
        }
        self.optional(root, key, context)
    }

    fn region(&mut self, root: &Node, context: &Context) -> String {
        let region: String = self.optional(root, "region", context).unwrap_or_else(|| "us-east-1".to_string());
        if !REGIONS.iter().any(|known| known.code == region) {
            let span = root.get("region").map_or(root.span, |node| node.span);
            let mut message = self.diagnostics.error(span, Code::InvalidValue, format!("`{region}` is not an AWS Region"));
            if let Some(close) = suggest(&region, REGIONS.iter().map(|known| known.code)) {
                message = message.hint(format!("did you mean `{close}`?"));
            }
            let _ = message;
        }
        region
    }

    /// `warm_up: auto` is taken out first, since durations are expressions and `auto` would be a parameter.
    fn study(&mut self, root: &Node, context: &Context) -> Study {
        let Some(node) = root.get("study") else { return Study::default() };
        let mut plain = node.clone();
        let finds_warm_up = node.get("warm_up").and_then(Node::as_str) == Some("auto");
        if finds_warm_up {
            plain.remove("warm_up");
        }
        let study: Study = decode(&plain, context, self.diagnostics).unwrap_or_default();
        Study { finds_warm_up, ..study }
    }

    fn check_study(&mut self, root: &Node, study: &Study) {
        let at = |key: &str| root.get("study").and_then(|node| node.get(key)).map_or(root.span, |node| node.span);
        if study.duration.0 == 0 {
            self.diagnostics.error(at("duration"), Code::OutOfRange, "the measured window must be longer than zero");
        }
        if study.replications.0 == 0 || study.replications.0 > 100_000 {
            self.diagnostics.error(at("replications"), Code::OutOfRange, "between 1 and 100,000 replications can be run");
        }
        if study.breakdown_every.0 == 0 {
            self.diagnostics.error(at("breakdown_every"), Code::OutOfRange, "`breakdown_every` counts journeys from 1");
        }
        if study.month_hours.0 <= 0.0 {
            self.diagnostics.error(at("month_hours"), Code::OutOfRange, "a month has more than zero hours");
        }
        month::check(root, study, self.diagnostics);
        precision::check(root, study, self.diagnostics);
    }

    /// What lies behind the end of the measured window, or ends before it.
    fn check_horizon(&mut self, study: &Study, workloads: &[WorkloadModel], timeline: &[TimelineEntry]) {
        let (warm_up, end) = (Duration(study.warm_up.0), Duration(study.horizon()));
        for entry in timeline.iter().filter(|entry| entry.from >= end.0) {
            let message = format!("the entry begins at {}, but the measured window ends at {end}", Duration(entry.from));
            let hint =
                format!("times count from the start of the run; the window is `study.duration` after a warm-up of {warm_up}");
            self.diagnostics.warning(entry.span, Code::Unused, message).hint(hint);
        }
        for workload in workloads {
            let (Some(recorded), Some(trace)) = (&workload.recorded, &workload.config.trace) else { continue };
            let last = recorded.rows.last().map_or(0, |(time, _)| *time) + recorded.spread.unwrap_or(0);
            // The last arrival of a trace that fits lies a little before the end.
            if last + study.duration.0 / TRACE_GAP < end.0 {
                let message =
                    format!("the trace ends at {}, the measured window at {end}: nothing arrives in between", Duration(last));
                let hint = format!("set `study.duration` to what is left of the trace after a warm-up of {warm_up}");
                self.diagnostics.warning(trace.file.span, Code::Unused, message).hint(hint);
            }
        }
    }

    fn services(&mut self, root: &Node, context: &Context) -> Vec<ServiceModel> {
        let Some(node) = root.get("services") else {
            let start = Span { end: root.span.start, ..root.span };
            self.diagnostics
                .error(start, Code::MissingKey, "the scenario has no `services`")
                .hint("write them by name: `services: { queue: { type: sqs } }`");
            return Vec::new();
        };
        if !matches!(node.value, Value::Map(_)) {
            self.diagnostics.error(node.span, Code::WrongType, "`services` is a map from names to services");
            return Vec::new();
        }
        node.entries().iter().filter_map(|(key, value)| self.service(key, value, context)).collect()
    }

    fn service(&mut self, key: &Node, value: &Node, context: &Context) -> Option<ServiceModel> {
        let name = key.as_str().map_or_else(|| key.describe(), ToString::to_string);
        if name == "account" {
            self.diagnostics.error(
                key.span,
                Code::InvalidValue,
                "`account` names the account in reports; call the service something else",
            );
        }
        let Some(kind) = value.get("type") else {
            let message = format!("service `{name}` has no `type`");
            self.diagnostics.error(key.span, Code::MissingKey, message).hint(format!("types: {}", services::TYPES.join(", ")));
            return None;
        };
        let text = kind.as_str().unwrap_or_default().to_string();
        let mut plain = value.clone();
        plain.remove("type");
        let label = plain.remove("context");
        let label = label.and_then(|(_, node)| decode::<String>(&node, context, self.diagnostics));
        let Some(config) = services::decode(&text, &plain, context, self.diagnostics) else {
            let message = format!("`{text}` is not a service type");
            let hint = suggest(&text, services::TYPES.iter().copied())
                .map_or_else(|| format!("types: {}", services::TYPES.join(", ")), |close| format!("did you mean `{close}`?"));
            self.diagnostics.error(kind.span, Code::UnknownType, message).hint(hint);
            return None;
        };
        Some(ServiceModel { name, span: key.span, context: label, config: config? })
    }

    fn workloads(&mut self, root: &Node, context: &Context) -> Vec<WorkloadModel> {
        let Some(node) = root.get("workload") else {
            let start = Span { end: root.span.start, ..root.span };
            self.diagnostics
                .error(start, Code::MissingKey, "the scenario has no `workload`")
                .hint("say what arrives, by name: `workload: { orders: { target: queue, rate: 10/s } }`");
            return Vec::new();
        };
        let mut made = Vec::new();
        for (key, value) in node.entries() {
            let Some(name) = key.as_str() else { continue };
            let Some(config) = decode::<WorkloadConfig>(value, context, self.diagnostics) else { continue };
            let recorded =
                config.trace.as_ref().and_then(|trace| traces::read(trace, self.files, self.sources, self.diagnostics));
            self.check_workload(key, value, &config);
            made.push(WorkloadModel { name: name.to_string(), span: key.span, config, recorded });
        }
        made
    }

    fn check_workload(&mut self, key: &Node, value: &Node, config: &WorkloadConfig) {
        let sources = ["rate", "profile", "trace", "users"];
        let given: Vec<&Node> = sources.iter().filter_map(|name| value.entry(name)).map(|(name, _)| name).collect();
        if let [first, second, ..] = given.as_slice() {
            let (first, second) = if first.span.start < second.span.start { (first, second) } else { (second, first) };
            self.diagnostics
                .error(second.span, Code::Conflict, format!("`{second}` and `{first}` both say how journeys arrive"))
                .label(first.span, "said here before")
                .hint("give one of `rate`, `profile`, `trace` and `users`");
        }
        if given.is_empty() && config.bursts.is_empty() {
            let message = "the workload has no arrivals: give `rate`, `profile`, `trace`, `users` or `bursts`";
            self.diagnostics.error(key.span, Code::MissingKey, message);
        }
        if config.think_time.is_some() && config.users.is_none() {
            self.diagnostics.error(key.span, Code::Conflict, "`think_time` belongs to `users`");
        }
        if config.batch.is_some_and(|batch| batch.0 == 0) {
            self.diagnostics.error(key.span, Code::OutOfRange, "`batch` counts from 1");
        }
        if config.profile.first().is_some_and(|step| step.at.0 != 0) {
            self.diagnostics.error(key.span, Code::OutOfRange, "the first step of a profile is `at: 0 s`");
        }
        if config.profile.windows(2).any(|pair| pair[1].at <= pair[0].at) {
            self.diagnostics.error(key.span, Code::OutOfRange, "the steps of a profile are in order of time");
        }
        if config.milestones.len() > 16 {
            self.diagnostics.error(key.span, Code::OutOfRange, "a workload has at most 16 milestones");
        }
    }
}

/// Attaches to each value the place of its key.
fn spanned(root: &Node, key: &str, inner: Option<&str>, values: IndexMap<String, Number>) -> IndexMap<String, (f64, Span)> {
    let node = root.get(key).and_then(|node| inner.map_or(Some(node), |inner| node.get(inner)));
    values
        .into_iter()
        .map(|(name, value)| {
            let span = node.and_then(|node| node.entry(&name)).map_or(root.span, |(key, _)| key.span);
            (name, (value.0, span))
        })
        .collect()
}
