//! `find`: the largest load, or the smallest limit, at which all objectives hold.

use super::arguments::{FindOptions, Format};
use super::compare::tell_apart;
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::kept::Kept;
use super::load::{Design, Settings, warnings};
use super::run::charts;
use super::search::{Varied, failure, replications};
use super::simulate::with_progress;
use super::{interrupt, output};
use crate::report;
use crate::results::{Capacity, Finding, Search, Wanted};
use crate::scenario::Model;
use crate::study::{self, Plan};

/// Finished values of a search that is not complete.
const JOURNAL: &str = ".find.jsonl";

pub fn find(options: &FindOptions, console: Console) -> Result<Exit, Failure> {
    let base = Settings::new(&options.settings, Some(&options.study));
    let varied = Varied::new(&options.vary, base, options.scenarios.clone())?;
    let designs = varied.designs(|model, scenario| {
        let mut found = replications(model, scenario, options.budget);
        if model.objectives.is_empty() {
            found.push(Problem::Plain {
                code: "usage",
                message: format!("`{scenario}` has no objectives, so that there is nothing to hold"),
                hints: vec![
                    "add `objectives`, for example `quick: journeys.orders.milestones.paid.latency_ms.p99 < 2 s`".to_owned(),
                ],
            });
        }
        found
    })?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let mut models: Vec<Model> = designs.into_iter().map(|Design { model, .. }| model).collect();
    tell_apart(&mut models, &options.scenarios);
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let default = || output::study_folder("find", &names, std::slice::from_ref(&varied.path));
    let folder = options.output.out.clone().unwrap_or_else(default);
    output::probe(&folder)?;
    let plan = Plan {
        path: varied.path.clone(),
        range: varied.range.clone(),
        wanted: if options.smallest { Wanted::Smallest } else { Wanted::Largest },
        resolution: options.resolution,
        budget: options.budget,
        checks: options.checks as usize,
    };
    let mut kept = Kept::open(&folder, JOURNAL, options.resume)?;
    let found = with_progress(options.output.threads, console, |progress| {
        let search = |(index, base): (usize, &Model)| {
            let load = |value: &str| varied.load(index, value).map(|model| Model { name: base.name.clone(), ..model });
            study::find(&plan, base, load, &mut kept.journal, progress)
        };
        models.iter().enumerate().map(search).collect::<Result<Vec<Capacity>, _>>()
    })?;
    let search = match found {
        Ok(capacities) => plan.report(capacities),
        Err(error) => return Err(failure(error, kept)),
    };
    let files = interrupt::whole(|| {
        let written = report::write_find(&folder, &search, charts(&options.output))?;
        kept.journal.remove();
        Ok(written)
    })?;
    output::list(console, &files);
    console::result(&match console.format {
        Format::Text => report::find_text(&search, console::style()),
        Format::Markdown => report::fenced(&report::find_text(&search, report::Style::Plain)),
        Format::Json => report::find_json(&search)?,
    })?;
    Ok(verdict(&search))
}

fn verdict(search: &Search) -> Exit {
    let nowhere = search.designs.iter().any(|design| design.finding == Finding::HoldsNowhere);
    if nowhere { Exit::ObjectiveMissed } else { Exit::Fine }
}
