//! What disturbances did: when they were over, what they took, and how far retries amplified the load.

use super::super::numbers::{Notes, Unit};
use super::{Entry, Section, scaled, shown};
use crate::results::{Damage, Load, Recovery, Summary};

/// Callers named in a cell; the others are summed up.
const CALLERS_SHOWN: usize = 3;

/// The tables of a run, those that have nothing to say left out.
pub(super) fn sections(summary: &Summary, notes: &mut Notes) -> Vec<Section> {
    vec![over(summary, notes), damages(summary, notes), loads(summary, notes)]
}

fn over(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = ["disturbance", "over after", "worst p99 in a bin", "held back at the peak"];
    let mut section = Section::new("Disturbances", 1..3, &heading);
    for row in &summary.recoveries {
        section.row(vec![row.label.clone().into(), over_after(row, notes), worst_latency(row, notes), held(row, notes)]);
    }
    section
}

fn damages(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = ["disturbance", "lost", "done twice", "dead letters", "extra USD", "more endings"];
    let mut section = Section::new("What they took, against the same run without them", 1..5, &heading);
    for row in &summary.recoveries {
        if row.damage.is_some() {
            let parts: [Part; 5] = [lost, duplicates, dead_letters, extra_cost, endings];
            section.row([row.label.clone().into()].into_iter().chain(parts.map(|part| part(row, notes))).collect());
        }
    }
    section
}

fn loads(summary: &Summary, notes: &mut Notes) -> Section {
    let heading = ["disturbed service", "calls/s before", "highest", "calls per first call", "after it", "at most", "by"];
    let mut section = Section::new("Load on disturbed services, retries included", 1..6, &heading);
    for row in &summary.recoveries {
        for load in &row.loads {
            section.row(vec![
                if summary.recoveries.len() > 1 { format!("{} ({})", load.service, row.label) } else { load.service.clone() }
                    .into(),
                shown(&load.before_per_second, Unit::Number, notes),
                shown(&load.peak_per_second, Unit::Number, notes),
                shown(&load.amplification, Unit::Number, notes),
                shown(&load.amplification_after, Unit::Number, notes),
                shown(&load.amplification_peak, Unit::Number, notes),
                callers(load).into(),
            ]);
        }
    }
    section
}

/// Who called, as shares of all calls, with the calls of each per first call.
fn callers(load: &Load) -> String {
    let all: f64 = load.callers.iter().filter_map(|caller| caller.calls.mean).sum();
    let part = |calls: f64, first: f64, name: &str| {
        let times = if first > 0.0 { format!(" x{:.2}", calls / first) } else { String::new() };
        format!("{name}{times} ({:.0} %)", calls / all * 100.0)
    };
    let sums = |callers: &[crate::results::CallerLoad]| {
        let sum = |value: fn(&crate::results::CallerLoad) -> Option<f64>| callers.iter().filter_map(value).sum::<f64>();
        (sum(|caller| caller.calls.mean), sum(|caller| caller.first_calls.mean))
    };
    let shown = load.callers.len().min(CALLERS_SHOWN);
    let mut parts: Vec<String> = Vec::new();
    for caller in &load.callers[..shown] {
        let (calls, first) = sums(std::slice::from_ref(caller));
        parts.push(part(calls, first, &caller.caller));
    }
    if load.callers.len() > shown {
        let (calls, first) = sums(&load.callers[shown..]);
        parts.push(part(calls, first, &format!("{} others", load.callers.len() - shown)));
    }
    parts.join(", ")
}

/// What a row of a comparison tells of a disturbance.
pub(super) type Part = fn(&Recovery, &mut Notes) -> Entry;

/// The rows of a comparison, with their titles.
pub(super) const PARTS: [(&str, Part); 9] = [
    ("over after", over_after),
    ("worst p99 in a time bin", worst_latency),
    ("held back at the peak", held),
    ("lost", lost),
    ("done twice", duplicates),
    ("dead letters", dead_letters),
    ("extra USD", extra_cost),
    ("more endings", endings),
    ("calls per first call, at most", amplification),
];

fn over_after(row: &Recovery, notes: &mut Notes) -> Entry {
    if row.over_after_seconds.withheld.is_some() {
        // The reason goes to the footnotes.
        shown(&row.over_after_seconds, Unit::Milliseconds, notes);
        return "not within the run".into();
    }
    shown(&scaled(&row.over_after_seconds, 1e3), Unit::Milliseconds, notes)
}

fn worst_latency(row: &Recovery, notes: &mut Notes) -> Entry {
    shown(&row.worst_p99_ms, Unit::Milliseconds, notes)
}

/// The levels that rose most.
fn held(row: &Recovery, notes: &mut Notes) -> Entry {
    let mut part = |held: &crate::results::Held| {
        format!("{} {}: {}", held.service, held.metric.replace('_', " "), shown(&held.peak, Unit::Number, notes).text)
    };
    if row.held.is_empty() { "nothing".into() } else { row.held.iter().map(&mut part).collect::<Vec<_>>().join("; ").into() }
}

/// An estimate out of the damage; `-` where the run was not repeated without the disturbance.
fn of_damage(row: &Recovery, part: impl FnOnce(&Damage) -> Entry) -> Entry {
    row.damage.as_ref().map_or_else(|| "-".into(), part)
}

fn lost(row: &Recovery, notes: &mut Notes) -> Entry {
    of_damage(row, |damage| shown(&damage.lost, Unit::Number, notes))
}

fn duplicates(row: &Recovery, notes: &mut Notes) -> Entry {
    of_damage(row, |damage| shown(&damage.duplicates, Unit::Number, notes))
}

fn dead_letters(row: &Recovery, notes: &mut Notes) -> Entry {
    of_damage(row, |damage| shown(&damage.dead_letters, Unit::Number, notes))
}

fn extra_cost(row: &Recovery, notes: &mut Notes) -> Entry {
    of_damage(row, |damage| shown(&damage.usd, Unit::Usd, notes))
}

/// Endings of which there are more because of the disturbance.
fn endings(row: &Recovery, notes: &mut Notes) -> Entry {
    of_damage(row, |damage| {
        let several = damage.endings.len() > 1;
        let mut parts = Vec::new();
        for (journey, endings) in &damage.endings {
            for (ending, more) in endings.iter().filter(|(_, more)| more.mean.is_some_and(|mean| mean > 0.0)) {
                let name = if several { format!("{journey} {ending}") } else { ending.clone() };
                parts.push(format!("{name}: {}", shown(more, Unit::Number, notes).text));
            }
        }
        if parts.is_empty() { "none".into() } else { parts.join("; ").into() }
    })
}

/// The highest amplification of the services that the entry is about.
fn amplification(row: &Recovery, notes: &mut Notes) -> Entry {
    let peak = |load: &&Load| load.amplification_peak.mean.unwrap_or(0.0);
    let most = row.loads.iter().max_by(|left, right| peak(left).total_cmp(&peak(right)));
    most.map_or_else(
        || "-".into(),
        |load| format!("{} at {}", shown(&load.amplification_peak, Unit::Number, notes).text, load.service).into(),
    )
}

#[cfg(test)]
mod tests {
    use indexmap::IndexMap;

    use super::{PARTS, callers, sections};
    use crate::report::numbers::Notes;
    use crate::report::tables::Style;
    use crate::results::{CallerLoad, Damage, Estimate, Load, Recovery, Summary};

    fn caller(name: &str, calls: f64, first_calls: f64) -> CallerLoad {
        let (calls, first_calls) = (Estimate::exact(calls), Estimate::exact(first_calls));
        CallerLoad { caller: name.to_string(), calls, first_calls }
    }

    fn row() -> Recovery {
        let withheld = Estimate { withheld: Some("not over within the run".to_string()), ..Estimate::default() };
        let peak = |service: &str, amplification_peak: f64| Load {
            service: service.to_string(),
            amplification_peak: Estimate::exact(amplification_peak),
            callers: vec![caller("charge", 600.0, 200.0)],
            ..Load::default()
        };
        let endings = [("fulfilled", -40.0), ("abandoned", 40.0), ("other", 0.0)];
        let own: IndexMap<String, Estimate> =
            endings.into_iter().map(|(ending, more)| (ending.to_string(), Estimate::exact(more))).collect();
        Recovery {
            label: "provider down".to_string(),
            over_after_seconds: withheld,
            loads: vec![peak("psp", 3.5), peak("bank", 1.5)],
            damage: Some(Damage {
                lost: Estimate { mean: Some(40.0), low: Some(38.0), high: Some(42.0), ..Estimate::default() },
                endings: [("checkout".to_string(), own)].into_iter().collect(),
                duplicates: Estimate::exact(7.0),
                dead_letters: Estimate::exact(3.0),
                usd: Estimate::exact(0.25),
            }),
            ..Recovery::default()
        }
    }

    #[test]
    fn a_comparison_tells_each_part() {
        let mut notes = Notes::default();
        let told: Vec<(&str, String)> = PARTS.map(|(title, part)| (title, part(&row(), &mut notes).text)).to_vec();
        let of = |title: &str| told.iter().find(|(known, _)| *known == title).map_or("", |(_, text)| text.as_str());
        assert_eq!(of("over after"), "not within the run");
        assert_eq!((of("lost"), of("done twice"), of("dead letters"), of("extra USD")), ("40.0 ± 2.0", "7", "3", "0.25"));
        assert_eq!(of("more endings"), "abandoned: 40", "endings of which there are fewer are not named");
        assert_eq!(of("calls per first call, at most"), "3.5 at psp", "the service with the most");
        assert_eq!(notes.text(), "[1] not over within the run");
    }

    #[test]
    fn what_was_not_repeated_has_no_table_of_damage() {
        let text = |row: Recovery| {
            let summary = Summary { recoveries: vec![row], ..Summary::default() };
            let mut out = String::new();
            for section in sections(&summary, &mut Notes::default()) {
                section.print(&mut out, Style::Plain);
            }
            out
        };
        assert!(text(row()).contains("What they took"));
        let plain = text(Recovery { damage: None, ..row() });
        assert!(plain.contains("Disturbances") && plain.contains("Load on") && !plain.contains("What they took"), "{plain}");
    }

    #[test]
    fn the_callers_with_the_most_calls_are_named_and_the_others_summed_up() {
        let all = [("a", 400.0, 100.0), ("b", 300.0, 300.0), ("c", 200.0, 0.0), ("d", 60.0, 30.0), ("e", 40.0, 20.0)];
        let load = Load { callers: all.map(|(name, calls, first)| caller(name, calls, first)).to_vec(), ..Load::default() };
        assert_eq!(callers(&load), "a x4.00 (40 %), b x1.00 (30 %), c (20 %), 2 others x2.00 (10 %)");
    }
}
