//! `break-even`: the value of a key at which two designs are equal in a metric.

use super::arguments::{BreakEvenOptions, Format};
use super::compare::{refuse, tell_apart};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::kept::Kept;
use super::load::{Design, Settings, warnings};
use super::run::charts;
use super::search::{Varied, failure, replications};
use super::simulate::with_progress;
use super::{interrupt, output};
use crate::engine::metric_names;
use crate::reader::suggest;
use crate::report;
use crate::scenario::Model;
use crate::study::{self, PairPlan};

/// Finished values of a search that is not complete.
const JOURNAL: &str = ".break-even.jsonl";

pub fn break_even(options: &BreakEvenOptions, console: Console) -> Result<Exit, Failure> {
    let base = Settings::new(&options.settings, Some(&options.study));
    let scenarios = vec![options.first.clone(), options.second.clone()];
    let varied = Varied::new(&options.vary, base, scenarios.clone())?;
    let designs = varied.designs(|model, scenario| {
        let mut found = replications(model, scenario, options.budget);
        found.extend(unknown_metric(model, scenario, &options.metric));
        found
    })?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let mut models: Vec<Model> = designs.into_iter().map(|Design { model, .. }| model).collect();
    tell_apart(&mut models, &scenarios);
    refuse(&models, 2, &options.designs.allow)?;
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let default = || output::study_folder("break-even", &names, std::slice::from_ref(&varied.path));
    let folder = options.output.out.clone().unwrap_or_else(default);
    output::probe(&folder)?;
    let plan = PairPlan {
        path: varied.path.clone(),
        range: varied.range.clone(),
        metric: options.metric.clone(),
        resolution: options.resolution,
        budget: options.budget,
        spread: options.spread as usize,
    };
    let base: [Model; 2] = models.try_into().map_err(|_| Failure::our_mistake("a break-even is one of two designs"))?;
    let mut kept = Kept::open(&folder, JOURNAL, options.resume)?;
    let found = with_progress(options.output.threads, console, |progress| {
        let load = |value: &str| -> Result<[Model; 2], Failure> {
            let at = |index: usize| varied.load(index, value).map(|model| Model { name: base[index].name.clone(), ..model });
            Ok([at(0)?, at(1)?])
        };
        study::break_even(&plan, &base, load, &mut kept.journal, progress)
    })?;
    let found = match found {
        Ok(found) => found,
        Err(error) => return Err(failure(error, kept)),
    };
    let files = interrupt::whole(|| {
        let written = report::write_break_even(&folder, &found, charts(&options.output))?;
        kept.journal.remove();
        Ok(written)
    })?;
    output::list(console, &files);
    console::result(&match console.format {
        Format::Text => report::break_even_text(&found, console::style()),
        Format::Markdown => report::fenced(&report::break_even_text(&found, report::Style::Plain)),
        Format::Json => report::break_even_json(&found)?,
    })?;
    Ok(Exit::Fine)
}

/// Both designs need the metric in each replication.
fn unknown_metric(model: &Model, scenario: &str, metric: &str) -> Option<Problem> {
    let known = metric_names(model);
    if known.iter().any(|path| path == metric) {
        return None;
    }
    let hint = suggest(metric, known.iter().map(String::as_str)).map_or_else(
        || "a path in summary.json, as `journeys.NAME.milestones.NAME.latency_ms.p99`".to_owned(),
        |close| format!("did you mean `{close}`?"),
    );
    let message = format!("no metric of `{scenario}` is called `{metric}`");
    Some(Problem::Plain { code: "usage", message, hints: vec![hint] })
}
