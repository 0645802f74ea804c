//! What became of single journeys, and which marks are the work of which business context: for studies that follow journeys from
//! run to run.

use indexmap::IndexMap;

use crate::fabric::journey::{WorkloadPlan, marks};
use crate::kernel::Time;
use crate::reader::Diagnostics;
use crate::scenario::Model;

use super::compile::compile;
use super::replication::Replication;

/// What became of one journey of the measured window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fate {
    /// Workload, and the key of the arrival there: the same in every run under the same seed.
    pub key: (u16, u64),
    pub started: Time,
    /// One bit for each mark that it has.
    pub marks: u64,
    /// It came to the ending named `fulfilled`; without one, to the observed milestone; without any, it was accepted.
    pub fulfilled: bool,
    /// Index into [`Replication::ways`].
    pub way: usize,
    /// Time from arrival to the observed milestone, if it got there.
    pub latency: Option<Time>,
}

impl Replication {
    /// Takes out what became of each journey, by key; empty unless the study keeps journeys.
    pub fn take_fates(&mut self) -> Vec<Fate> {
        let Some(mut roll) = self.outcomes.roll.take() else { return Vec::new() };
        roll.entries.sort_unstable_by_key(|entry| (entry.workload, entry.key));
        roll.latencies.sort_unstable();
        let mut reached = roll.latencies.into_iter().peekable();
        let mut first_way = Vec::with_capacity(self.workloads.len());
        let mut ways = 0;
        for plan in &self.workloads {
            first_way.push(ways);
            ways += plan.endings.len() + 2;
        }
        let fate = |entry: crate::fabric::roll::RollEntry| {
            let plan = &self.workloads[usize::from(entry.workload)];
            let ending = plan.endings.iter().position(|(_, condition)| condition.holds(entry.marks));
            let key = (entry.workload, entry.key);
            while reached.next_if(|(workload, other, _)| (*workload, *other) < key).is_some() {}
            let latency = reached.next_if(|(workload, other, _)| (*workload, *other) == key).map(|(_, _, latency)| latency);
            let other = plan.endings.len();
            let way = if entry.open { other + 1 } else { ending.unwrap_or(other) };
            let way = first_way[usize::from(entry.workload)] + way;
            Fate {
                key,
                started: entry.started,
                marks: entry.marks,
                fulfilled: fulfilled(plan, ending, entry.marks),
                way,
                latency,
            }
        };
        roll.entries.into_iter().map(fate).collect()
    }

    /// The ways in which journeys end: for each workload its endings, `other`, and `unfinished` (still open when the run ended).
    /// With several workloads each is named before its endings.
    pub fn ways(&self) -> Vec<String> {
        let several = self.workloads.len() > 1;
        let named = |plan: &WorkloadPlan, way: &str| if several { format!("{} {way}", plan.name) } else { way.to_string() };
        let of = |plan: &WorkloadPlan| -> Vec<String> {
            let endings = plan.endings.iter().map(|(name, _)| name.as_str());
            endings.chain(["other", "unfinished"]).map(|way| named(plan, way)).collect()
        };
        self.workloads.iter().flat_map(of).collect()
    }
}

fn fulfilled(plan: &WorkloadPlan, ending: Option<usize>, marks: u64) -> bool {
    match (plan.fulfilled, plan.milestones.get(plan.observed)) {
        (Some(wanted), _) => ending == Some(wanted),
        (None, Some((_, condition))) => condition.holds(marks),
        (None, None) => marks & (1 << marks::ANSWERED) != 0,
    }
}

/// The marks by which the work of each business context shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextMarks {
    /// Context to its marks, one bit each. Services without a context are one by themselves.
    pub contexts: IndexMap<String, u64>,
    /// Contexts whose services make no mark, so that their work does not show.
    pub silent: Vec<String>,
}

/// What services without a context are called together.
pub const NO_CONTEXT: &str = "no context";

/// Which marks the services of each context make. Marks that say that a journey was given up, those of the ending named
/// `abandoned`, are no work done. `None` if the model does not compile.
pub fn context_marks(model: &Model) -> Option<ContextMarks> {
    let compiled = compile(model, 0, &mut Diagnostics::new())?;
    let world = &compiled.simulation.world;
    let given_up = world.workloads.iter().flat_map(|plan| &plan.given_up).flat_map(|condition| &condition.any);
    let given_up = given_up.fold(0, |all, set| all | set);
    let mut found = ContextMarks::default();
    let services = compiled.kinds.iter().take(compiled.first_client).enumerate();
    for (index, (_, _, context)) in services {
        let made = world.marks_made.iter().filter(|(service, _)| usize::from(*service) == index);
        let made = made.fold(0, |all, (_, mark)| all | 1 << mark) & !given_up;
        match context {
            Some(context) => *found.contexts.entry(context.clone()).or_default() |= made,
            None if made != 0 => *found.contexts.entry(NO_CONTEXT.to_string()).or_default() |= made,
            None => {}
        }
    }
    found.silent = found.contexts.iter().filter(|(_, marks)| **marks == 0).map(|(context, _)| context.clone()).collect();
    found.contexts.retain(|_, marks| *marks != 0);
    Some(found)
}
