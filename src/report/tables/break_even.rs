//! The text that a break-even search prints: crossings, how sure they are, and all tested values.

use super::super::numbers::{self, Notes};
use super::{Entry, Section, Style, print_list, print_title, print_wrapped, shown, unit_of_path};
use crate::results::{BreakEven, Crossing, Lower, TestedPair};

/// Significant digits of a root's interval.
const DIGITS: usize = 4;

/// A break-even search as text. Withheld numbers print `-` with a footnote that gives the reason.
pub fn break_even_text(found: &BreakEven, style: Style) -> String {
    let mut out = String::new();
    let mut notes = Notes::default();
    print_title(&mut out, &headline(found), style);
    print_wrapped(
        &mut out,
        "",
        &format!("{} against {}, searched from {} to {}.", found.first, found.second, found.low, found.high),
    );
    print_list(&mut out, style, "Break-even", &answer(found));
    tested(found, &mut notes).print(&mut out, style);
    print_list(&mut out, style, "How sure this is", &confidence(found));
    notes.print(&mut out);
    out
}

/// What is looked for, in words.
pub(in super::super) fn headline(found: &BreakEven) -> String {
    format!("The {} at which {} is the same", found.varied, found.metric)
}

/// The root with its unit, and its interval.
pub(in super::super) fn root(found: &BreakEven, crossing: &Crossing) -> String {
    match (crossing.at.low, crossing.at.high) {
        (Some(low), Some(high)) => {
            format!("{} (95 %: {} to {}{})", crossing.value, digits(low), digits(high), found.unit)
        }
        _ => crossing.value.clone(),
    }
}

/// A number with as many digits as a root has, as ranges write it: without separators.
fn digits(value: f64) -> String {
    let places = (DIGITS as f64 - 1.0 - libm::floor(libm::log10(value.abs().max(1e-12)))).clamp(0.0, 12.0) as usize;
    format!("{value:.places$}")
}

/// The answer in sentences.
pub(in super::super) fn answer(found: &BreakEven) -> Vec<String> {
    let mut lines: Vec<String> = found
        .crossings
        .iter()
        .flat_map(|crossing| {
            let open = match crossing.not_told_apart.as_slice() {
                [] => String::new(),
                open => format!(" Between them neither is shown to be lower: {}.", open.join(", ")),
            };
            [
                format!("Break-even at {}.", root(found, crossing)),
                format!(
                    "{} is shown to be lower up to {}, and {} from {} on.{open}",
                    crossing.lower_below, crossing.shown_below, crossing.lower_above, crossing.shown_above
                ),
            ]
        })
        .collect();
    if found.crossings.len() > 1 {
        lines.push(format!("The designs change places {} times in this range.", found.crossings.len()));
    }
    if lines.is_empty() {
        lines.push(match &found.lower_throughout {
            Some(design) => {
                format!(
                    "The designs do not change places: {design} is shown to be lower at every tested value from {} to {}.",
                    found.low, found.high
                )
            }
            None => no_crossing(found),
        });
    }
    lines
}

/// Where nothing changes sign, but not every value shows a sign.
fn no_crossing(found: &BreakEven) -> String {
    let shown: Vec<&TestedPair> = found.tested.iter().filter(|pair| pair.lower != Lower::NotToldApart).collect();
    let lower = |pair: &&TestedPair| if pair.lower == Lower::First { found.first.clone() } else { found.second.clone() };
    match shown.first() {
        None => "At no tested value is either design shown to be lower.".to_owned(),
        Some(first) => format!(
            "The designs are not shown to change places: {} is lower at {} of the {} tested values; at the others neither is shown to be.",
            lower(first),
            shown.len(),
            found.tested.len()
        ),
    }
}

fn tested(found: &BreakEven, notes: &mut Notes) -> Section {
    let key = found.varied.rsplit('.').next().unwrap_or(&found.varied).replace('_', " ");
    let heading = [&*key, "lower", "replications", &*found.first, &*found.second, "difference", "because"];
    let mut section = Section::new("Tested values; difference: second minus first, pair by pair", 3..6, &heading);
    let unit = unit_of_path(&found.metric);
    for pair in &found.tested {
        let lower: Entry = match pair.lower {
            Lower::First => found.first.clone().into(),
            Lower::Second => found.second.clone().into(),
            Lower::NotToldApart => "? not told apart".into(),
        };
        let mut cells = vec![pair.value.clone().into(), lower, pair.replications.to_string().into()];
        cells.extend([&pair.first, &pair.second, &pair.difference].map(|estimate| shown(estimate, unit, notes)));
        cells.push(pair.reason.clone().unwrap_or_default().into());
        section.row(cells);
    }
    section.drop_empty_columns(3);
    section
}

fn confidence(found: &BreakEven) -> Vec<String> {
    let looks: Vec<String> = found.looks.iter().map(ToString::to_string).collect();
    let mut lines = vec![format!(
        "All shown signs hold at once with {} confidence: Bonferroni's rule over looks after {} replications and at most {} values; each \
         interval that decides has {} confidence. ± in the table is half the 95 % interval, which is narrower.",
        numbers::percent(found.confidence),
        looks.join(", "),
        found.values_max,
        numbers::percent(found.interval_confidence),
    )];
    if !found.crossings.is_empty() {
        lines.push(
            "A break-even is where the straight line between the mean differences at the two values that show opposite signs crosses zero; \
             its 95 % interval is that of this root alone."
                .to_owned(),
        );
    }
    lines
}
