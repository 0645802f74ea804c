//! `sensitivity`: the assumptions in force, varied within their ranges.

use super::arguments::{Format, SensitivityOptions};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::kept::Kept;
use super::load::{Settings, load_all, warnings};
use super::run::charts;
use super::simulate::with_progress;
use super::{interrupt, output};
use crate::engine;
use crate::reader::{Diagnostics, suggest};
use crate::report;
use crate::results::Sensitivity;
use crate::scenario::Model;
use crate::study::{self, Assumed, Points};

/// Finished points of a study that is not complete.
const JOURNAL: &str = ".sensitivity.jsonl";

pub fn sensitivity(options: &SensitivityOptions, console: Console) -> Result<Exit, Failure> {
    let settings = Settings::new(&options.settings, Some(&options.study));
    let mut designs = load_all(&[(&options.scenario, settings)])?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let model = designs.remove(0).model;
    let (assumed, metrics) = asked(options, &model)?;
    let points = Points::new(&assumed.varied, options.samples, model.study.seed.0)
        .map_err(|error| Failure::new(Exit::BadInput, "usage", error.to_string()))?;
    let folder = options.output.out.clone().unwrap_or_else(|| output::sensitivity_folder(&model.name));
    output::probe(&folder)?;
    let mut kept = Kept::open(&folder, JOURNAL, options.resume)?;
    let result = with_progress(options.output.threads, console, |progress| {
        study::sensitivity(&model, assumed, &points, &metrics, &mut kept.journal, progress)
    })?;
    let found = match result {
        Ok(written) => written.map_err(|error| kept.unwritable(&error))?,
        Err(error) => return Err(kept.end(error)),
    };
    let files = interrupt::whole(|| {
        let written = report::write_sensitivity(&folder, &found, charts(&options.output))?;
        kept.journal.remove();
        Ok(written)
    })?;
    output::list(console, &files);
    console::result(&match console.format {
        Format::Text => report::sensitivity_text(&found, console::style()),
        Format::Markdown => report::fenced(&report::sensitivity_text(&found, report::Style::Plain)),
        Format::Json => report::sensitivity_json(&found)?,
    })?;
    Ok(verdict(&found))
}

/// What to vary and what to look at, or everything that is wrong with it.
fn asked(options: &SensitivityOptions, model: &Model) -> Result<(Assumed, Vec<String>), Failure> {
    let in_force = engine::understand(model, &mut Diagnostics::new()).map_or_else(Vec::new, |understood| understood.assumptions);
    let known_metrics = engine::metric_names(model);
    let metrics = if options.metric.is_empty() { default_metrics(model, &known_metrics) } else { options.metric.clone() };
    let mut problems: Vec<Problem> = Vec::new();
    let mut wrong = |message: String, hint: String| {
        problems.extend(Failure::new(Exit::BadInput, "usage", message).hint(hint).problems);
    };
    let names: Vec<&str> = in_force.iter().map(|assumption| assumption.name.as_str()).collect();
    for name in options.only.iter().filter(|name| !names.contains(&name.as_str())) {
        let hint = suggest(name, names.iter().copied())
            .map_or_else(|| "`check` lists the assumptions in force".to_string(), |close| format!("did you mean `{close}`?"));
        wrong(format!("this scenario does not rest on an assumption `{name}`"), hint);
    }
    for metric in metrics.iter().filter(|metric| !known_metrics.contains(metric)) {
        let hint = suggest(metric, known_metrics.iter().map(String::as_str)).map_or_else(
            || "a path in summary.json, as `journeys.NAME.milestones.NAME.latency_ms.p99`".to_string(),
            |close| format!("did you mean `{close}`?"),
        );
        wrong(format!("no metric of this scenario is called `{metric}`"), hint);
    }
    let assumed = study::assumed(&in_force, &options.only);
    if assumed.varied.is_empty() && options.only.is_empty() {
        let hint = "vary what it sets itself with `--only NAME`, or any other key with `sweep --vary`".to_string();
        wrong("this scenario rests on no assumption that could be varied".to_string(), hint);
    }
    if problems.is_empty() { Ok((assumed, metrics)) } else { Err(Failure { exit: Exit::BadInput, problems }) }
}

/// The 99th percentile of latency to each workload's observed milestone, and the cost per million fulfilled journeys.
fn default_metrics(model: &Model, known: &[String]) -> Vec<String> {
    let latency = model.workloads.iter().filter_map(|workload| {
        let config = &workload.config;
        let observed = config.observe.as_ref().map(|name| name.value.as_str());
        let milestone = observed.or_else(|| config.milestones.keys().last().map(String::as_str))?;
        Some(format!("journeys.{}.milestones.{milestone}.latency_ms.p99", workload.name))
    });
    let cost = "bill.per_million_fulfilled_usd".to_string();
    latency.chain(known.contains(&cost).then_some(cost)).collect()
}

fn verdict(found: &Sensitivity) -> Exit {
    if found.incomplete { Exit::Stopped } else { Exit::Fine }
}
