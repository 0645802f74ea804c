//! The text that `ladder` prints: each limiter, where it is estimated to bind, and where it does.

use super::super::numbers::{self, Unit};
use super::{Entry, Section, Style, print_list, print_title, print_wrapped};
use crate::results::{Confirmation, Ladder, Rung, Test};

/// A ladder as text.
pub fn ladder_text(ladder: &Ladder, style: Style) -> String {
    let mut out = String::new();
    print_title(&mut out, &format!("What binds first: {}", ladder.scenario), style);
    if let Some(question) = &ladder.question {
        print_wrapped(&mut out, "", question);
    }
    print_wrapped(&mut out, "", &rule(ladder));
    rungs(ladder).print(&mut out, style);
    print_list(&mut out, style, NO_ESTIMATE, &no_estimate(ladder));
    print_list(&mut out, style, "Remarks", &ladder.remarks);
    print_list(&mut out, style, "Incomplete", &ladder.stopped);
    out
}

pub(super) const NO_ESTIMATE: &str = "No estimate: unused at the load simulated, or out of reach of any load";

/// What binding means here.
pub(super) fn rule(ladder: &Ladder) -> String {
    let runs = if ladder.replications == 1 { "replication" } else { "replications" };
    format!(
        "A limiter binds where it refuses or delays more than {} of what comes to it. Each load: {} {runs} of {} s; up to {} times the \
         load of the scenario, all arrivals multiplied.",
        numbers::percent(ladder.binds_above),
        ladder.replications,
        numbers::number(ladder.window_seconds),
        numbers::number(ladder.up_to)
    )
}

pub(super) fn no_estimate(ladder: &Ladder) -> Vec<String> {
    ladder
        .no_estimate
        .iter()
        .map(|row| format!("{}: {}, quota {} {}", row.service, row.limiter, numbers::number(row.quota), row.unit))
        .collect()
}

pub(super) fn rungs(ladder: &Ladder) -> Section {
    let heading = ["limiter", "estimate", "finding", "binds between", "refused or delayed there", "quota"];
    let mut section = Section::new("Load multiples at which limiters bind", 3..usize::MAX, &heading);
    for rung in &ladder.rungs {
        let fixed = if rung.adjustable { "" } else { ", fixed" };
        section.row(vec![
            format!("{}: {}", rung.service, rung.limiter).into(),
            format!("× {}", numbers::number(rung.estimate)).into(),
            finding(rung),
            between(rung).into(),
            shares(rung).into(),
            format!("{} {}{fixed}", numbers::number(rung.quota), rung.unit).into(),
        ]);
    }
    section
}

/// The finding in words.
fn finding(rung: &Rung) -> Entry {
    match rung.finding {
        Confirmation::Confirmed => Entry::verdict(true, "✓ confirmed"),
        Confirmation::Refined => Entry::verdict(false, "✗ binds elsewhere"),
        Confirmation::NotReached => Entry::verdict(false, "✗ not reached: others hold the load back"),
        Confirmation::BindsThroughout => Entry::verdict(false, "✗ binds at every load tested"),
        Confirmation::NotTested => "not tested".into(),
    }
}

/// The tested loads between which the limiter begins to bind.
pub(in super::super) fn between(rung: &Rung) -> String {
    let load = |test: &Test| format!("× {}", numbers::number(test.load));
    match (&rung.below, &rung.above) {
        (Some(below), Some(above)) => format!("{} and {}", load(below), load(above)),
        (Some(below), None) => format!("above {}", load(below)),
        (None, Some(above)) => format!("below {}", load(above)),
        (None, None) => String::new(),
    }
}

/// The shares at both of these loads.
fn shares(rung: &Rung) -> String {
    let share = |test: &Option<Test>| {
        let test = test.as_ref()?;
        let most = [&test.refused_share, &test.delayed_share].iter().filter_map(|share| share.mean).fold(0.0, f64::max);
        Some(numbers::value(most, Unit::Share))
    };
    [share(&rung.below), share(&rung.above)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
