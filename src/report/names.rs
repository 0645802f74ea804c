//! Short names of designs: what their names share says nothing in a table or a legend.

use std::borrow::Cow;

use crate::results::{Comparison, Summary};

/// A comparison whose designs are called by what tells them apart, and what their names share.
pub(super) struct Named<'a> {
    pub comparison: Cow<'a, Comparison>,
    /// What all names have in common; empty if that is nothing.
    pub subject: String,
}

/// Shortens the names of designs in a copy; the files keep the whole names.
pub(super) fn shorten(comparison: &Comparison) -> Named<'_> {
    let names: Vec<&str> = comparison.designs.iter().map(|design| design.scenario.as_str()).collect();
    let Some((short, subject)) = tell_apart(&names) else {
        return Named { comparison: Cow::Borrowed(comparison), subject: String::new() };
    };
    let new = |old: &String| names.iter().position(|name| name == old).map_or_else(|| old.clone(), |index| short[index].clone());
    let rename = |design: &Summary| Summary { scenario: new(&design.scenario), ..design.clone() };
    let mut renamed = Comparison { designs: comparison.designs.iter().map(rename).collect(), ..comparison.clone() };
    for row in &mut renamed.differences {
        (row.baseline, row.design) = (new(&row.baseline), new(&row.design));
    }
    for row in &mut renamed.scenario_differences {
        row.design = new(&row.design);
    }
    Named { comparison: Cow::Owned(renamed), subject }
}

/// The names without the words that all of them begin and end with, and those words; `None` if nothing can be left out.
pub(super) fn tell_apart(names: &[&str]) -> Option<(Vec<String>, String)> {
    let words: Vec<Vec<&str>> = names.iter().map(|name| name.split(' ').collect()).collect();
    let first = words.first().filter(|_| words.len() > 1)?;
    let shortest = words.iter().map(Vec::len).min()?;
    let shared = |index: &usize| words.iter().all(|other| other[*index] == first[*index]);
    let front = (0..shortest - 1).take_while(shared).count();
    let back_word = |words: &[&str], index: usize| words[words.len() - 1 - index].to_owned();
    let shared = |index: &usize| words.iter().all(|other| back_word(other, *index) == back_word(first, *index));
    let back = (0..shortest - 1 - front).take_while(shared).count();
    if front + back == 0 {
        return None;
    }
    let trim = |text: String| {
        let text = text.trim_end_matches(',');
        let inner = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        inner.filter(|inner| !inner.contains(['(', ')'])).unwrap_or(text).to_owned()
    };
    let short = words.iter().map(|words| trim(words[front..words.len() - back].join(" "))).collect();
    let common: Vec<&str> = first[..front].iter().chain(&first[first.len() - back..]).copied().collect();
    Some((short, trim(common.join(" "))))
}

#[cfg(test)]
mod tests {
    use super::tell_apart;

    #[test]
    fn names_lose_what_they_share() {
        let cases: [(&[&str], Option<(&[&str], &str)>); 7] = [
            (
                &["orders, choreographed", "orders, orchestrated (Express)"],
                Some((&["choreographed", "orchestrated (Express)"], "orders")),
            ),
            (
                &["orders, choreographed, provider down", "orders, orchestrated (Express), provider down"],
                Some((&["choreographed", "orchestrated (Express)"], "orders, provider down")),
            ),
            (&["queue (one)", "queue (two)"], Some((&["one", "two"], "queue"))),
            (&["a", "b"], None),
            (&["alone, as it is"], None),
            (&["same words", "same words here"], Some((&["words", "words here"], "same"))),
            (&["queue", "queue, twice"], None),
        ];
        for (names, wanted) in cases {
            let wanted = wanted.map(|(short, subject)| (short.iter().map(ToString::to_string).collect(), subject.to_owned()));
            assert_eq!(tell_apart(names), wanted, "{names:?}");
        }
    }
}
