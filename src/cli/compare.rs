//! `compare`: several designs under the same traffic and luck, at one point or at several values of a key.

use std::path::PathBuf;

use super::arguments::{CompareOptions, Format};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::load::{Design, Settings, load_all, split_setting, warnings};
use super::run::{charts, verdict};
use super::simulate::simulate;
use super::{interrupt, output};
use crate::engine::{self, Run};
use crate::report;
use crate::results::Comparison;
use crate::scenario::Model;
use crate::scenario::axis::split_values;

/// Where settings of `--vary` are said to come from.
const VARY: &str = "--vary";

/// The key that has another value at each point, and its values.
struct Varied {
    path: String,
    values: Vec<String>,
}

pub fn compare(options: &CompareOptions, console: Console) -> Result<Exit, Failure> {
    let varied = options.vary.as_deref().map(Varied::parse).transpose()?;
    if options.scenarios.len() < 2 && varied.is_none() {
        return Err(Failure::new(Exit::BadInput, "usage", "a comparison needs two scenarios at least")
            .hint("name more scenarios, or give `--vary PATH=V1,V2` to compare one design with itself"));
    }
    let designs = load_all(&jobs(options, varied.as_ref()))?;
    let width = options.scenarios.len();
    let path = varied.as_ref().map(|varied| varied.path.as_str());
    console::note(&warnings(&designs, console::coloured_notes()));
    let told: Vec<Vec<String>> = designs.iter().map(|design| design.findings.warnings()).collect();
    let mut models: Vec<Model> = designs.into_iter().map(|Design { model, .. }| model).collect();
    models.chunks_mut(width).for_each(|models| tell_apart(models, &options.scenarios));
    refuse(&models, width, &options.designs.allow)?;
    let names: Vec<&str> = models.iter().take(width).map(|model| model.name.as_str()).collect();
    let folder = options.output.out.clone().unwrap_or_else(|| output::comparison_folder(&names, path));
    output::probe(&folder)?;
    let mut runs = simulate(&models, options.output.threads, console)?;
    runs.iter_mut().zip(told).for_each(|(run, told)| run.summary.warnings.extend(told));
    let exit = verdict(&runs);
    let mut comparisons = comparisons(&models, runs, width);
    match varied {
        None => {
            let Some(comparison) = comparisons.pop() else { return Err(Failure::our_mistake("a comparison has no results")) };
            let write = || Ok(report::write_comparison(&folder, &comparison, charts(&options.output))?);
            output::list(console, &interrupt::whole(write)?);
            console::result(&match console.format {
                Format::Text => report::comparison_text(&comparison, console::style()),
                Format::Json => report::comparison_json(&comparison)?,
                Format::Markdown => report::comparison_markdown(&comparison),
            })?;
        }
        Some(Varied { path, values }) => {
            let points: Vec<(String, Comparison)> = values.into_iter().zip(comparisons).collect();
            let write = || Ok(report::write_sweep(&folder, &points, charts(&options.output))?);
            output::list(console, &interrupt::whole(write)?);
            console::result(&match console.format {
                Format::Text => report::sweep_text(&path, &points, console::style()),
                Format::Json => report::sweep_json(&path, &points)?,
                Format::Markdown => report::sweep_markdown(&path, &points),
            })?;
        }
    }
    Ok(exit)
}

impl Varied {
    fn parse(text: &str) -> Result<Self, Failure> {
        let wrong = |message: String| {
            Failure::new(Exit::BadInput, "usage", message).hint("for example `--vary workload.orders.rate=200/s,2000/s`")
        };
        let Some((path, values)) = split_setting(text) else {
            return Err(wrong(format!("`--vary {text}` is not written PATH=V1,V2,...")));
        };
        let values = split_values(values);
        if values.iter().any(String::is_empty) {
            return Err(wrong(format!("a value of `--vary {text}` is empty")));
        }
        if let Some(twice) = values.iter().enumerate().find(|(index, value)| values[..*index].contains(*value)) {
            return Err(wrong(format!("`--vary {text}` names the value {} twice", twice.1)));
        }
        Ok(Self { path: path.to_owned(), values })
    }
}

/// All designs with the first value, then all with the second, and so on.
fn jobs<'a>(options: &'a CompareOptions, varied: Option<&Varied>) -> Vec<(&'a PathBuf, Settings)> {
    let base = Settings::new(&options.settings, Some(&options.study));
    let points: Vec<Settings> = match varied {
        None => vec![base],
        Some(Varied { path, values }) => {
            let with = |value: &String| {
                let mut settings = base.clone();
                settings.push(VARY, path.clone(), value.clone());
                settings
            };
            values.iter().map(with).collect()
        }
    };
    let mut jobs = Vec::new();
    for point in points {
        for scenario in &options.scenarios {
            let mut settings = point.clone();
            if options.scenarios.len() > 1 {
                settings.name_target(scenario);
            }
            jobs.push((scenario, settings));
        }
    }
    jobs
}

/// Designs of one name could not be told apart in a report: then the file's name is added, or a number.
pub(super) fn tell_apart(models: &mut [Model], scenarios: &[PathBuf]) {
    let names: Vec<String> = models.iter().map(|model| model.name.clone()).collect();
    let shared = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let mut taken: Vec<String> = Vec::new();
    for (model, path) in models.iter_mut().zip(scenarios) {
        if shared(&model.name) {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            model.name = format!("{} ({stem})", model.name);
        }
        let base = model.name.clone();
        let mut number = 2;
        while taken.contains(&model.name) {
            model.name = format!("{base} {number}");
            number += 1;
        }
        taken.push(model.name.clone());
    }
}

/// Designs are comparable only if what comes in, and what they rest on, is the same.
pub(super) fn refuse(models: &[Model], width: usize, allowed: &[String]) -> Result<(), Failure> {
    let mut found: Vec<String> = Vec::new();
    for difference in models.chunks(width).flat_map(|designs| engine::refusals(designs, allowed)) {
        if !found.contains(&difference) {
            found.push(difference);
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let problem = |difference: String| {
        let key = difference.split('`').nth(1).unwrap_or_default();
        let hint = format!("make it the same, or let it pass with `--allow {key}`");
        let message = format!("these designs cannot be compared: {difference}");
        Problem::Plain { code: "designs-differ", message, hints: vec![hint] }
    };
    Err(Failure { exit: Exit::BadInput, problems: found.into_iter().map(problem).collect() })
}

/// One comparison for each group of `width` runs.
fn comparisons(models: &[Model], runs: Vec<Run>, width: usize) -> Vec<Comparison> {
    let mut runs = runs.into_iter();
    models.chunks(width).map(|designs| engine::compare(designs, runs.by_ref().take(designs.len()).collect())).collect()
}
