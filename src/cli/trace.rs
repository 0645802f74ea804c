//! `trace`: one journey hop by hop, with the reason of each wait.

use std::fmt::Write as _;

use serde::Serialize;

use super::arguments::{Format, TraceOptions};
use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;
use super::load::{Settings, load_all, warnings};
use crate::engine;
use crate::fabric::trace::Step;
use crate::fabric::{Category, World};
use crate::kernel::Time;
use crate::report;
use crate::scenario::Model;

/// Version of the shape of `trace --format json`.
const SCHEMA: &str = "floodplan.trace/1";
const NANOS_PER_MS: f64 = 1e6;

/// A journey and what happened to it.
#[derive(Debug, Serialize)]
struct Story {
    schema: &'static str,
    scenario: String,
    journey: u64,
    seed: u64,
    /// From the start of the run to the journey's arrival.
    arrived_ms: f64,
    /// Whether the journey closed before the run ended.
    closed: bool,
    /// How it ended; none if it is open, or no named ending applies.
    ending: Option<String>,
    /// From its arrival to its end, or to the last thing that is known of it.
    lasted_ms: f64,
    steps: Vec<Event>,
}

/// One thing that happened.
#[derive(Debug, Serialize)]
struct Event {
    /// Since the journey's arrival.
    at_ms: f64,
    /// Where it happened; nowhere in particular for marks and the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum What {
    /// `service` is called.
    Call {
        operation: String,
        from: String,
    },
    /// `service` answers; `error` if it did not accept.
    Reply {
        to: String,
        error: Option<String>,
    },
    /// Time passed at `service` up to now.
    Wait {
        category: &'static str,
        duration_ms: f64,
    },
    Mark {
        mark: String,
    },
    /// The journey reached a milestone, so long after its arrival.
    Milestone {
        milestone: String,
        latency_ms: f64,
    },
    Closed {
        ending: Option<String>,
    },
}

pub fn trace(options: &TraceOptions, console: Console) -> Result<Exit, Failure> {
    let mut settings = Settings::new(&options.settings, None);
    settings.study("--seed", "seed", options.seed.as_ref());
    let mut designs = load_all(&[(&options.scenario, settings)])?;
    console::note(&warnings(&designs, console::coloured_notes()));
    let model = designs.remove(0).model;
    let Some((world, names)) = engine::trace(&model, options.journey) else {
        return Err(Failure::our_mistake("a scenario that compiles cannot be followed"));
    };
    let story = Story::new(&model, options.journey, &world, &names)?;
    console::result(&match console.format {
        Format::Text => story.text(),
        Format::Markdown => report::fenced(&story.text()),
        Format::Json => {
            let text = serde_json::to_string_pretty(&story).map_err(|error| Failure::our_mistake(error.to_string()))?;
            format!("{text}\n")
        }
    })?;
    if world.stopped().is_some() && !story.closed {
        console::note("the run was ended by a limit of `study` before the journey ended\n");
        return Ok(Exit::Stopped);
    }
    Ok(Exit::Fine)
}

impl Story {
    fn new(model: &Model, journey: u64, world: &World, names: &[String]) -> Result<Self, Failure> {
        let steps = world.tracer().map_or(&[][..], |tracer| &tracer.steps);
        let Some((arrived, _)) = steps.first() else {
            let arrivals = world.tracer().map_or(0, crate::fabric::trace::Tracer::arrivals);
            let message = format!("journey {journey} does not arrive: {arrivals} journeys arrive in the run");
            let failure = Failure::new(Exit::BadInput, "unknown-journey", message);
            return Err(failure.hint("journeys are counted from 0; a longer `study.duration` brings more"));
        };
        let name = |service: u16| names.get(usize::from(service)).cloned().unwrap_or_default();
        let event = |(time, step): &(Time, Step)| {
            let (service, what) = match step {
                Step::Call { from, to, operation } => {
                    (Some(name(*to)), What::Call { operation: format!("{operation:?}"), from: name(*from) })
                }
                Step::Reply { from, to, error } => {
                    let error = Some(error.clone()).filter(|error| !error.is_empty());
                    (Some(name(*from)), What::Reply { to: name(*to), error })
                }
                Step::Lap { service, category, duration } => {
                    let duration_ms = *duration as f64 / NANOS_PER_MS;
                    (Some(name(*service)), What::Wait { category: category.name(), duration_ms })
                }
                Step::Mark(mark) => (None, What::Mark { mark: mark.clone() }),
                Step::Milestone(name) => {
                    let latency_ms = (time - arrived) as f64 / NANOS_PER_MS;
                    (None, What::Milestone { milestone: name.clone(), latency_ms })
                }
                Step::Closed(ending) => (None, What::Closed { ending: ending.clone() }),
            };
            Event { at_ms: (time - arrived) as f64 / NANOS_PER_MS, service, what }
        };
        let ending = steps.iter().find_map(|(_, step)| match step {
            Step::Closed(ending) => Some(ending.clone()),
            _ => None,
        });
        let last = steps.last().map_or(*arrived, |(time, _)| *time);
        Ok(Self {
            schema: SCHEMA,
            scenario: model.name.clone(),
            journey,
            seed: model.study.seed.0,
            arrived_ms: *arrived as f64 / NANOS_PER_MS,
            closed: ending.is_some(),
            ending: ending.flatten(),
            lasted_ms: (last - arrived) as f64 / NANOS_PER_MS,
            steps: steps.iter().map(event).collect(),
        })
    }

    fn text(&self) -> String {
        let ending = match (&self.ending, self.closed) {
            (Some(ending), _) => format!("{ending} after {:.3} ms", self.lasted_ms),
            (None, true) => format!("closed after {:.3} ms without a named ending", self.lasted_ms),
            (None, false) => format!("still open when the run ended, {:.3} ms after its arrival or later", self.lasted_ms),
        };
        let mut text = format!(
            "{}: journey {} of seed {}, arrived at {:.3} ms: {ending}\n\n",
            self.scenario, self.journey, self.seed, self.arrived_ms
        );
        let at = self.steps.iter().map(|event| format!("{:.3}", event.at_ms).len()).max().unwrap_or(0).max("ms".len());
        let service = |event: &Event| event.service.clone().unwrap_or_default();
        let width = self.steps.iter().map(|event| service(event).chars().count()).max().unwrap_or(0).max("service".len());
        let _ = writeln!(text, "{:>at$}  {:width$}  what happened", "ms", "service");
        for event in &self.steps {
            let _ = writeln!(text, "{:>at$.3}  {:width$}  {}", event.at_ms, service(event), event.what.text());
        }
        text
    }
}

impl What {
    fn text(&self) -> String {
        match self {
            What::Call { operation, from } => format!("-> {operation} from {from}"),
            What::Reply { to, error: None } => format!("<- answers {to}"),
            What::Reply { to, error: Some(error) } => format!("<- answers {to}: {error}"),
            What::Wait { category, duration_ms } => {
                let reason = Category::ALL.into_iter().find(|known| known.name() == *category).map_or("", reason);
                format!("   {duration_ms:.3} ms {}: {reason}", category.replace('_', " "))
            }
            What::Mark { mark } => format!("   mark {mark}"),
            What::Milestone { milestone, latency_ms } => format!("   milestone {milestone} after {latency_ms:.3} ms"),
            What::Closed { ending: Some(ending) } => format!("   the journey ends: {ending}"),
            What::Closed { ending: None } => "   the journey ends without a named ending".to_owned(),
        }
    }
}

/// Why time passed, in words.
pub fn reason(category: Category) -> &'static str {
    match category {
        Category::Work => "doing what was asked for",
        Category::Service => "the service's own latency",
        Category::BatchWait => "until a batch closed",
        Category::Queue => "until a server, a poller or another record was done",
        Category::Throttle => "because a limiter refused or delayed",
        Category::BackOff => "before a retry, or until a message was visible again",
        Category::ColdStart => "until an execution environment had started",
    }
}
