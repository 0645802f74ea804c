//! `check`: what is wrong with a scenario, and how it was understood.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};

use super::arguments::{CheckOptions, Format};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Findings};
use super::load::{Design, Settings, load_one};
use crate::engine::{self, QuotaInForce, Understood};
use crate::kernel::Time;
use crate::reader::Diagnostics;
use crate::reader::expression::Parameter;
use crate::report::fenced;
use crate::results::AssumptionUse;
use crate::scenario::{Change, InForce, Model, ValuesInForce, in_unit};
use crate::units::Duration;

/// Version of the shape of `check --format json`.
const SCHEMA: &str = "floodplan.check/1";

/// How a scenario was understood.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    scenario: String,
    question: Option<String>,
    region: String,
    /// Warnings; with errors there is no report.
    diagnostics: Vec<Value>,
    parameters: Map<String, Value>,
    study: InForce,
    services: Vec<Service>,
    workloads: Vec<Workload>,
    marks: Vec<String>,
    limits: Vec<Limit>,
    quotas: Vec<QuotaInForce>,
    assumptions: Vec<AssumptionUse>,
    timeline: Vec<String>,
    objectives: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Service {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    context: Option<String>,
    #[serde(flatten)]
    values: InForce,
}

#[derive(Debug, Serialize)]
struct Workload {
    name: String,
    #[serde(flatten)]
    values: InForce,
}

#[derive(Debug, Serialize)]
struct Limit {
    service: String,
    limiter: String,
    quota: f64,
    unit: String,
}

pub fn check(options: &CheckOptions, console: Console) -> Result<Exit, Failure> {
    let settings = Settings::new(&options.settings, None);
    let Design { model, findings } =
        load_one(&options.scenario, &settings).map_err(|findings| Failure::scenarios(vec![findings]))?;
    let Some(understood) = engine::understand(&model, &mut Diagnostics::new()) else {
        return Err(Failure::our_mistake("a scenario that compiles is not understood"));
    };
    let report = Report::new(&model, understood, &findings);
    match console.format {
        Format::Text => {
            console::note(&findings.diagnostics.render(&findings.sources, console::coloured_notes()));
            console::result(&report.text())?;
        }
        Format::Markdown => {
            console::note(&findings.diagnostics.render(&findings.sources, console::coloured_notes()));
            console::result(&fenced(&report.text()))?;
        }
        Format::Json => {
            let text = serde_json::to_string_pretty(&report).map_err(|error| Failure::our_mistake(error.to_string()))?;
            console::result(&format!("{text}\n"))?;
        }
    }
    Ok(Exit::Fine)
}

impl Report {
    fn new(model: &Model, understood: Understood, findings: &Findings) -> Self {
        let values = ValuesInForce::new();
        let service = |service: &crate::scenario::ServiceModel| Service {
            name: service.name.clone(),
            kind: service.config.kind(),
            context: service.context.clone(),
            values: values.service(model, &service.name, service.config.kind()),
        };
        let limits = understood.limiters.into_iter();
        let objective = |objective: &crate::scenario::Objective| format!("{}: {}", objective.name, objective.condition);
        Self {
            schema: SCHEMA,
            scenario: model.name.clone(),
            question: model.question.clone(),
            region: model.region.clone(),
            diagnostics: findings.json(),
            parameters: parameters(model),
            study: values.study(model),
            services: model.services.iter().map(service).collect(),
            workloads: model
                .workloads
                .iter()
                .map(|workload| Workload { name: workload.name.clone(), values: values.workload(model, &workload.name) })
                .collect(),
            marks: understood.marks,
            limits: limits.map(|(service, limiter, quota, unit)| Limit { service, limiter, quota, unit }).collect(),
            quotas: understood.quotas,
            assumptions: understood.assumptions,
            timeline: model.timeline.iter().map(entry).collect(),
            objectives: model.objectives.iter().map(objective).collect(),
        }
    }

    fn text(&self) -> String {
        let mut text = format!("{}\n", self.scenario);
        if let Some(question) = &self.question {
            line(&mut text, 0, question);
        }
        line(&mut text, 0, &format!("region {}", self.region));
        self.services_text(&mut text);
        heading(&mut text, "Study");
        values(&mut text, 2, &self.study);
        if !self.parameters.is_empty() {
            heading(&mut text, "Parameters");
            for (name, value) in &self.parameters {
                line(&mut text, 2, &format!("{name}: {}", flow(value)));
            }
        }
        list(&mut text, "Timeline", &self.timeline);
        list(&mut text, "Objectives", &self.objectives);
        heading(&mut text, "Marks that milestones and endings can name");
        line(&mut text, 2, &self.marks.join(", "));
        self.limits_text(&mut text);
        text
    }

    fn services_text(&self, text: &mut String) {
        heading(text, "Services");
        for service in &self.services {
            let context = service.context.as_ref().map(|context| format!(" in {context}")).unwrap_or_default();
            line(text, 2, &format!("{}: {}{context}", service.name, service.kind));
            values(text, 4, &service.values);
        }
        heading(text, "Workload");
        for workload in &self.workloads {
            line(text, 2, &workload.name);
            values(text, 4, &workload.values);
        }
    }

    fn limits_text(&self, text: &mut String) {
        let limit = |limit: &Limit| format!("{}: {}: {} {}", limit.service, limit.limiter, limit.quota, limit.unit);
        list(text, "Limits", &self.limits.iter().map(limit).collect::<Vec<_>>());
        let quota = |quota: &QuotaInForce| {
            let default =
                if quota.value == quota.default { " (default)".to_owned() } else { format!(" (default {})", quota.default) };
            format!("{}: {}{default}", quota.name, quota.value)
        };
        let title = "Account quotas; change them under `account: quotas:`";
        list(text, title, &self.quotas.iter().map(quota).collect::<Vec<_>>());
        let assumption = |found: &AssumptionUse| {
            let services = found.services.join(", ");
            format!("{}: {} (range {}): {}; used by {services}", found.name, found.value, found.range, found.why)
        };
        let title = "Assumptions that no source states; change them under `assumptions:`";
        list(text, title, &self.assumptions.iter().map(assumption).collect::<Vec<_>>());
    }
}

fn parameters(model: &Model) -> Map<String, Value> {
    let known = model.context.parameters.iter().filter_map(|(name, parameter)| match parameter {
        Parameter::Known(quantity) => {
            let units = ["Duration", "Bytes", "Rate", "Number", "Money"];
            let value = units.iter().find_map(|unit| in_unit(*quantity, unit))?;
            Some((name.clone(), Value::String(value)))
        }
        Parameter::Broken => None,
    });
    known.collect()
}

/// A timeline entry in words.
fn entry(entry: &crate::scenario::TimelineEntry) -> String {
    let time = |time: Time| Duration(time).to_string();
    let until = entry.until.map_or_else(|| "to the end".to_owned(), |until| format!("to {}", time(until)));
    let change = |change: &Change| match change {
        Change::Stop => "down".to_owned(),
        Change::Slow(factor) => format!("{factor} times slower"),
        Change::Fail(share) => format!("fails {} %", share * 100.0),
        Change::Poison(share) => format!("{} % of the payloads are poison", share * 100.0),
        Change::Partition(other) => format!("cut off from {other}"),
        Change::Quota { limiter, quota, .. } => format!("quota of {limiter} = {quota}"),
        Change::Set { key, value, .. } => format!("{key} = {value}"),
    };
    let changes: Vec<String> = entry.changes.iter().map(change).collect();
    format!("from {} {until}: {}: {}", time(entry.from), entry.target, changes.join(", "))
}

fn heading(text: &mut String, title: &str) {
    text.push('\n');
    line(text, 0, title);
}

fn list(text: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        heading(text, title);
        for entry in lines {
            line(text, 2, entry);
        }
    }
}

fn values(text: &mut String, indent: usize, values: &InForce) {
    for (key, value) in &values.written {
        line(text, indent, &format!("{key}: {}", flow(value)));
    }
    for (key, value) in &values.defaults {
        line(text, indent, &format!("{key}: {} (default)", flow(value)));
    }
    if !values.unset.is_empty() {
        line(text, indent, &format!("not set: {}", values.unset.join(", ")));
    }
}

/// Widest line; longer ones go on below, indented further.
const WIDTH: usize = 100;

fn line(text: &mut String, indent: usize, content: &str) {
    let mut used = indent;
    let _ = write!(text, "{:indent$}", "");
    for (index, word) in content.split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && used + 1 + length > WIDTH {
            used = indent + 4;
            let _ = write!(text, "\n{:used$}", "");
        } else if index > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text.push('\n');
}

/// A value on one line, as YAML would have it.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => format!("[{}]", elements.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries: Vec<String> = map.iter().map(|(key, value)| format!("{key}: {}", flow(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => other.to_string(),
    }
}
