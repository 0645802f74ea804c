//! `run`: one scenario, its report and its files.

use std::collections::BTreeMap;

use super::arguments::{Format, OutputOptions, RunOptions};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;
use super::load::{Design, Settings, load_all, warnings};
use super::simulate::simulate;
use super::{interrupt, output};
use crate::billing::{self, number::Number};
use crate::engine::Run;
use crate::pricing::{Quantity, Usage};
use crate::report::{self, WriteOptions};
use crate::results::{BillLine, Summary};
use crate::scenario::{Model, ServiceModel};
use crate::services::Config;
use crate::units::Exact;

pub fn run(options: &RunOptions, console: Console) -> Result<Exit, Failure> {
    let settings = Settings::new(&options.settings, Some(&options.study));
    let mut designs = load_all(&[(&options.scenario, settings)])?;
    let folder = options.output.out.clone().unwrap_or_else(|| output::run_folder(&designs[0].model.name));
    output::probe(&folder)?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let Design { model, findings } = designs.remove(0);
    let memory = memory_sizes(&model);
    let hours = Exact::parse(&model.study.month_hours.0.to_string()).map_or(Number::from(730_u64), Number::from);
    let mut runs = simulate(&[model], options.output.threads, console)?;
    runs.iter_mut().for_each(|run| run.summary.warnings.extend(findings.warnings()));
    let Some(run) = runs.first() else { return Err(Failure::our_mistake("a run has no results")) };
    let files = interrupt::whole(|| Ok(report::write_run(&folder, &run.summary, charts(&options.output))?))?;
    output::list(console, &files);
    if let Some(path) = &options.infracost_usage {
        let usage = usage_of_month(&run.summary);
        let file = billing::simulated::usage_file(hours, usage, &memory);
        interrupt::whole(|| Ok(report::write_text(path, &billing::infracost::write(&file))?))?;
        let notes: Vec<String> = file.notes.iter().map(|note| format!("note: {note}\n")).collect();
        console::note(&notes.concat());
    }
    let text = match console.format {
        Format::Text => report::run_text(&run.summary, console::style()),
        Format::Json => report::summary_json(&run.summary)?,
        Format::Markdown => report::run_markdown(&run.summary),
    };
    console::result(&text)?;
    Ok(verdict(&runs))
}

/// Memory of the functions, in bytes.
fn memory_sizes(model: &Model) -> BTreeMap<String, u64> {
    let size = |service: &ServiceModel| match &service.config {
        Config::LambdaConfig(function) => function.memory_size.as_ref().map(|memory| (service.name.clone(), memory.value.0)),
        _ => None,
    };
    model.services.iter().filter_map(size).collect()
}

/// The mean usage of a month, as far as floats of the report tell it.
fn usage_of_month(summary: &Summary) -> Vec<Usage> {
    let usage = |line: &BillLine| {
        let quantity = format!("{:.6}", line.quantity_month.mean?);
        Some(Usage {
            service: line.service.clone(),
            sku: line.sku.clone(),
            region: summary.region.clone(),
            account: "default".to_owned(),
            quantity: Quantity::parse(&quantity).ok()?,
        })
    };
    summary.bill.lines.iter().filter_map(usage).collect()
}

/// Which charts to write.
pub fn charts(options: &OutputOptions) -> WriteOptions {
    WriteOptions { svg: !options.no_charts, png: !options.no_charts }
}

/// How runs end: stopped counts more than a missed objective, which may be missed because of it.
pub fn verdict(runs: &[Run]) -> Exit {
    let mut exit = Exit::Fine;
    for run in runs {
        if run.summary.objectives.iter().any(|objective| !objective.met) && exit == Exit::Fine {
            exit = Exit::ObjectiveMissed;
        }
        if let Some(reason) = &run.stopped {
            console::note(&format!("`{}` is incomplete: {reason}\n", run.summary.scenario));
            exit = Exit::Stopped;
        }
    }
    exit
}
