//! `sweep`: designs at many points, kept point by point so that nothing is lost on an interrupt.

use std::path::PathBuf;

use super::arguments::{Format, SweepOptions};
use super::compare::{refuse, tell_apart};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::kept::Kept;
use super::load::{Design, Settings, load_all, split_setting, warnings};
use super::run::charts;
use super::simulate::with_progress;
use super::{interrupt, output};
use crate::reader::Node;
use crate::report;
use crate::results::Outcome;
use crate::scenario::Model;
use crate::scenario::axis::{Axis, Sampling, split_values};
use crate::study;

/// Where settings of `--vary` are said to come from, and those of a sweep written in the scenario: its key.
const VARY: &str = "--vary";
const WRITTEN: &str = "study.sweep";
/// Width of the indifference zone unless it is said otherwise.
const INDIFFERENCE: f64 = 0.01;
/// Finished points of a sweep that is not complete.
const JOURNAL: &str = ".sweep.jsonl";

pub fn sweep(options: &SweepOptions, console: Console) -> Result<Exit, Failure> {
    let plan = if options.vary.is_empty() { Plan::written(options)? } else { Plan::given(options)? };
    let axes = &plan.axes;
    let seed = options.study.seed.unwrap_or(1);
    let values = study::points(axes, plan.sampling, seed).map_err(|error| usage(error.to_string()))?;
    let designs = load_all(&jobs(options, &plan, &values))?;
    let width = options.scenarios.len();
    console::note(&warnings(&designs, console::coloured_notes()));
    let mut models: Vec<Model> = designs.into_iter().map(|Design { model, .. }| model).collect();
    models.chunks_mut(width).for_each(|models| tell_apart(models, &options.scenarios));
    refuse(&models, width, &options.designs.allow)?;
    let names: Vec<&str> = models.iter().take(width).map(|model| model.name.as_str()).collect();
    let varied: Vec<String> = axes.iter().map(|axis| axis.path.clone()).collect();
    let folder = options.output.out.clone().unwrap_or_else(|| output::study_folder("sweep", &names, &varied));
    output::probe(&folder)?;
    let mut kept = Kept::open(&folder, JOURNAL, options.resume)?;
    let known = models.chunks(width).flat_map(study::keys).filter(|key| kept.journal.get(key).is_some()).count();
    if options.resume && !console.quiet {
        console::note(&format!("{known} of {} runs are there already\n", models.len()));
    }
    let result =
        with_progress(options.output.threads, console, |progress| study::outcomes(&models, width, &mut kept.journal, progress))?;
    let outcomes = match result {
        Ok(written) => written.map_err(|error| kept.unwritable(&error))?,
        Err(error) => return Err(kept.end(error)),
    };
    let exit = verdict(&outcomes);
    let sweep = study::sweep(varied, values, outcomes, width, plan.indifference);
    let files = interrupt::whole(|| {
        let written = report::write_points(&folder, &sweep, charts(&options.output))?;
        kept.journal.remove();
        Ok(written)
    })?;
    output::list(console, &files);
    console::result(&match console.format {
        Format::Text => report::points_text(&sweep, console::style()),
        Format::Json => report::points_json(&sweep)?,
        Format::Markdown => report::points_markdown(&sweep),
    })?;
    Ok(exit)
}

/// What is to be varied, and how.
struct Plan {
    /// Where it was said.
    origin: &'static str,
    axes: Vec<Axis>,
    sampling: Sampling,
    indifference: f64,
}

impl Plan {
    /// By options.
    fn given(options: &SweepOptions) -> Result<Self, Failure> {
        Ok(Self {
            origin: VARY,
            axes: axes(&options.vary)?,
            sampling: options.sample.unwrap_or(Sampling::Grid),
            indifference: options.indifference.unwrap_or(INDIFFERENCE),
        })
    }

    /// In the scenario: the first one's, which must be that of all others that have one.
    fn written(options: &SweepOptions) -> Result<Self, Failure> {
        let settings = Settings::new(&options.settings, Some(&options.study));
        let jobs: Vec<(&PathBuf, Settings)> = options.scenarios.iter().map(|path| (path, settings.clone())).collect();
        let designs = load_all(&jobs)?;
        let written = |design: &Design| design.model.root.get("study")?.get("sweep").map(Node::to_json);
        let mut sweeps = designs.iter().filter_map(|design| Some((design.model.study.sweep.clone()?, written(design))));
        let Some((sweep, text)) = sweeps.next() else {
            return Err(usage("nothing is varied: the scenario has no `study.sweep`, and there is no `--vary`".to_owned()));
        };
        if sweeps.any(|(_, other)| other != text) {
            let message = "the scenarios have different sweeps under `study.sweep`";
            return Err(Failure::new(Exit::BadInput, "designs-differ", message).hint("make them the same, or use `--vary`"));
        }
        Ok(Self {
            origin: WRITTEN,
            axes: sweep.axes,
            sampling: options.sample.or(sweep.sampling).unwrap_or(Sampling::Grid),
            indifference: options.indifference.or(sweep.indifference.map(|share| share.0)).unwrap_or(INDIFFERENCE),
        })
    }
}

fn usage(message: String) -> Failure {
    Failure::new(Exit::BadInput, "usage", message).hint("for example `--vary workload.orders.rate=10/s..2000/s:log:12`")
}

/// All axes, or everything that is wrong with any of them.
fn axes(texts: &[String]) -> Result<Vec<Axis>, Failure> {
    let mut made = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for text in texts {
        let found = match split_setting(text) {
            Some((path, values)) => {
                Axis::new(path, &split_values(values)).map_err(|error| usage(format!("`--vary {text}`: {error}")))
            }
            None => Err(usage(format!("`--vary {text}` is not written PATH=VALUES"))),
        };
        match found {
            Ok(axis) => made.push(axis),
            Err(failure) => problems.extend(failure.problems),
        }
    }
    if problems.is_empty() { Ok(made) } else { Err(Failure { exit: Exit::BadInput, problems }) }
}

/// All designs at the first point, then all at the second, and so on.
fn jobs<'a>(options: &'a SweepOptions, plan: &Plan, points: &[Vec<String>]) -> Vec<(&'a PathBuf, Settings)> {
    let mut base = Settings::new(&options.settings, Some(&options.study));
    // The sweep of the scenario has been checked, or is replaced: no point needs it.
    base.push(WRITTEN, WRITTEN.to_owned(), "null".to_owned());
    let mut jobs = Vec::new();
    for point in points {
        for scenario in &options.scenarios {
            let mut settings = base.clone();
            for (axis, value) in plan.axes.iter().zip(point) {
                settings.push(plan.origin, axis.path.clone(), value.clone());
            }
            if options.scenarios.len() > 1 {
                settings.name_target(scenario);
            }
            jobs.push((scenario, settings));
        }
    }
    jobs
}

/// A sweep maps where objectives hold and where not, so that missing one somewhere is no failure; a run that was stopped is.
fn verdict(outcomes: &[Outcome]) -> Exit {
    let mut exit = Exit::Fine;
    for outcome in outcomes {
        if let Some(reason) = &outcome.stopped {
            console::note(&format!("`{}` is incomplete at a point: {reason}\n", outcome.design));
            exit = Exit::Stopped;
        }
    }
    exit
}
