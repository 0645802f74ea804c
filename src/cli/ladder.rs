//! `ladder`: what breaks first as the load rises, confirmed by runs.

use super::arguments::{Format, LadderOptions};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;
use super::load::{Design, Settings, load_all, warnings};
use super::run::charts;
use super::simulate::with_progress;
use super::{interrupt, output};
use crate::report;
use crate::study::{self, LadderError, LadderPlan};

pub fn ladder(options: &LadderOptions, console: Console) -> Result<Exit, Failure> {
    let settings = Settings::new(&options.settings, Some(&options.study));
    let mut designs = load_all(&[(&options.scenario, settings)])?;
    let name = &designs[0].model.name;
    let folder = options.output.out.clone().unwrap_or_else(|| output::run_folder(&format!("ladder {name}")));
    output::probe(&folder)?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let Design { model, .. } = designs.remove(0);
    let plan = LadderPlan { limiters: options.limiters as usize, up_to: options.up_to, binds_above: options.binds_above };
    let ladder = with_progress(options.output.threads, console, |progress| study::ladder(&model, plan, progress))??;
    let files = interrupt::whole(|| Ok(report::write_ladder(&folder, &ladder, charts(&options.output))?))?;
    output::list(console, &files);
    console::result(&match console.format {
        Format::Text => report::ladder_text(&ladder, console::style()),
        Format::Json => report::ladder_json(&ladder)?,
        Format::Markdown => report::ladder_markdown(&ladder),
    })?;
    for reason in &ladder.stopped {
        console::note(&format!("`{}` is incomplete {reason}\n", ladder.scenario));
    }
    Ok(if ladder.stopped.is_empty() { Exit::Fine } else { Exit::Stopped })
}

impl From<LadderError> for Failure {
    fn from(error: LadderError) -> Self {
        match error {
            LadderError::Run(error) => error.into(),
            LadderError::Scale(error) => Self::new(Exit::BadInput, "load", error.to_string()),
        }
    }
}
