//! `run`: one scenario, its report and its files.

use super::arguments::{Format, OutputOptions, RunOptions};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;
use super::load::{Design, Settings, load_all, warnings};
use super::simulate::simulate;
use super::{interrupt, output};
use crate::engine::Run;
use crate::report::{self, WriteOptions};

pub fn run(options: &RunOptions, console: Console) -> Result<Exit, Failure> {
    let settings = Settings::new(&options.settings, Some(&options.study));
    let mut designs = load_all(&[(&options.scenario, settings)])?;
    let folder = options.output.out.clone().unwrap_or_else(|| output::run_folder(&designs[0].model.name));
    output::probe(&folder)?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let Design { model, findings } = designs.remove(0);
    let mut runs = simulate(&[model], options.output.threads, console)?;
    runs.iter_mut().for_each(|run| run.summary.warnings.extend(findings.warnings()));
    let Some(run) = runs.first() else { return Err(Failure::our_mistake("a run has no results")) };
    let files = interrupt::whole(|| Ok(report::write_run(&folder, &run.summary, charts(&options.output))?))?;
    output::list(console, &files);
    let text = match console.format {
        Format::Text => report::run_text(&run.summary, console::style()),
        Format::Json => report::summary_json(&run.summary)?,
        Format::Markdown => report::run_markdown(&run.summary),
    };
    console::result(&text)?;
    Ok(verdict(&runs))
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
