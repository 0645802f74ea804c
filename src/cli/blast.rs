//! `blast`: each service of each design stopped in turn.

use super::arguments::{BlastOptions, Format};
use super::compare::{refuse, tell_apart};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::kept::Kept;
use super::load::{Design, Settings, load_all, warnings};
use super::run::charts;
use super::simulate::with_progress;
use super::{interrupt, output};
use crate::reader::suggest;
use crate::report;
use crate::results::Blast;
use crate::scenario::Model;
use crate::study::{self, Outage};
use crate::units::Duration;

/// Finished failures of a blast that is not complete.
const JOURNAL: &str = ".blast.jsonl";
/// How long services are down unless the user says otherwise or the window is short.
const OUTAGE: Duration = Duration::seconds(120);

pub fn blast(options: &BlastOptions, console: Console) -> Result<Exit, Failure> {
    let base = Settings::new(&options.settings, Some(&options.study));
    let several = options.scenarios.len() > 1;
    let jobs = options.scenarios.iter().map(|scenario| {
        let mut settings = base.clone();
        if several {
            settings.name_target(scenario);
        }
        (scenario, settings)
    });
    let designs = load_all(&jobs.collect::<Vec<_>>())?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let mut models: Vec<Model> = designs.into_iter().map(|Design { model, .. }| model).collect();
    tell_apart(&mut models, &options.scenarios);
    refuse(&models, models.len(), &options.designs.allow)?;
    let outage = outage(options, &models)?;
    let names: Vec<&str> = models.iter().map(|model| model.name.as_str()).collect();
    let folder = options.output.out.clone().unwrap_or_else(|| output::blast_folder(&names));
    output::probe(&folder)?;
    let mut kept = Kept::open(&folder, JOURNAL, options.resume)?;
    let result =
        with_progress(options.output.threads, console, |progress| study::blast(models, &outage, &mut kept.journal, progress))?;
    let blast = match result {
        Ok(written) => written.map_err(|error| kept.unwritable(&error))?,
        Err(error) => return Err(kept.end(error)),
    };
    let files = interrupt::whole(|| {
        let written = report::write_blast(&folder, &blast, charts(&options.output))?;
        kept.journal.remove();
        Ok(written)
    })?;
    output::list(console, &files);
    console::result(&match console.format {
        Format::Text => report::blast_text(&blast, console::style()),
        Format::Markdown => report::fenced(&report::blast_text(&blast, report::Style::Plain)),
        Format::Json => report::blast_json(&blast)?,
    })?;
    Ok(verdict(&blast))
}

/// What is done to each service, or everything that is wrong with it.
fn outage(options: &BlastOptions, models: &[Model]) -> Result<Outage, Failure> {
    let window = models.iter().map(|model| model.study.duration.0).min().unwrap_or(0);
    let at = options.at.map_or(window / 3, |at| at.0);
    let length = options.outage.map_or(OUTAGE.0.min(window / 3), |length| length.0);
    let mut problems: Vec<Problem> = Vec::new();
    let mut wrong = |message: String, hint: String| {
        problems.extend(Failure::new(Exit::BadInput, "usage", message).hint(hint).problems);
    };
    if length == 0 {
        wrong("an outage of no time is none".to_string(), "for example `--outage '2 min'`".to_string());
    }
    if at.saturating_add(length) > window {
        let message = format!(
            "an outage from {} to {} does not lie within the measured window of {}",
            Duration(at),
            Duration(at.saturating_add(length)),
            Duration(window)
        );
        wrong(
            message,
            "begin earlier with `--at`, shorten it with `--outage`, or lengthen the window with `--duration`".to_string(),
        );
    }
    let known: Vec<&str> = models.iter().flat_map(|model| &model.services).map(|service| service.name.as_str()).collect();
    for name in options.service.iter().filter(|name| !known.contains(&name.as_str())) {
        let hint = suggest(name, known.iter().copied())
            .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
        wrong(format!("no design has a service `{name}`"), hint);
    }
    if problems.is_empty() {
        Ok(Outage { at, length, late_after: options.late.0, only: options.service.clone() })
    } else {
        Err(Failure { exit: Exit::BadInput, problems })
    }
}

/// A failure that takes everything with it is a finding; a run that was stopped is incomplete.
fn verdict(blast: &Blast) -> Exit {
    let mut exit = Exit::Fine;
    for design in &blast.designs {
        for failure in &design.failures {
            if let Some(reason) = &failure.stopped {
                console::note(&format!("`{}` without `{}` is incomplete: {reason}\n", design.design, failure.service));
                exit = Exit::Stopped;
            }
        }
    }
    exit
}
