//! Checks on how the states of a machine hang together.

use indexmap::IndexSet;

use super::fields::{Report, nearest};
use super::model::{State, StateKind, StateMachine};

/// Checks the targets, the way to an end and reachability of one machine; inner machines check themselves.
///
/// `declared` are the names in the document, also of states that could not be read.
pub(super) fn check(machine: &StateMachine, declared: &[&str], report: &mut Report) {
    // Without states there is nothing to compare names with; that error is already noted.
    if declared.is_empty() {
        return;
    }
    check_target(declared, &machine.start_at, "StartAt", report);
    report.inside("States", |report| {
        for (name, state) in &machine.states {
            report.inside(name, |report| check_targets(declared, state, report));
        }
    });
    if machine.states.len() < declared.len() {
        return;
    }
    // An endless loop of existing states is legal, but nothing that ends at all is always a slip.
    if !machine.states.values().any(ends) {
        report.error("States", "no state ends the machine", "give one state `End: true` or add a Succeed or Fail");
    }
    warn_of_unreachable(machine, report);
}

fn ends(state: &State) -> bool {
    state.next.is_none() && !matches!(state.kind, StateKind::Choice(_))
}

fn check_targets(declared: &[&str], state: &State, report: &mut Report) {
    if let Some(next) = &state.next {
        check_target(declared, next, "Next", report);
    }
    if let StateKind::Choice(choice) = &state.kind {
        for (index, rule) in choice.rules.iter().enumerate() {
            check_listed_target(declared, &rule.next, "Choices", index, report);
        }
        if let Some(default) = &choice.default {
            check_target(declared, default, "Default", report);
        }
    }
    for (index, catcher) in state.catch.iter().enumerate() {
        check_listed_target(declared, &catcher.next, "Catch", index, report);
    }
}

fn check_listed_target(declared: &[&str], target: &str, key: &str, index: usize, report: &mut Report) {
    report.inside(key, |report| {
        report.inside(&index.to_string(), |report| check_target(declared, target, "Next", report));
    });
}

fn check_target(declared: &[&str], target: &str, key: &str, report: &mut Report) {
    // A missing target is noted where it is read and arrives here as an empty text.
    if target.is_empty() || declared.contains(&target) {
        return;
    }
    let hint = nearest(target, declared).map_or_else(
        || "only states of the same machine can follow, not those outside of its branch or Map".to_owned(),
        |name| format!("did you mean {name}?"),
    );
    report.error(key, format!("there is no state {target} here"), hint);
}

fn warn_of_unreachable(machine: &StateMachine, report: &mut Report) {
    let mut reached: IndexSet<&str> = IndexSet::from([machine.start_at.as_str()]);
    let mut position = 0;
    while let Some(name) = reached.get_index(position).copied() {
        if let Some(state) = machine.states.get(name) {
            reached.extend(state.targets());
        }
        position += 1;
    }
    report.inside("States", |report| {
        for name in machine.states.keys().filter(|name| !reached.contains(name.as_str())) {
            report.warning(name, format!("nothing leads to {name}"), "name it in a Next, Default or Catch, or remove it");
        }
    });
}

/// Names that occur in several machines of one document cannot be told apart in what people read.
pub(super) fn warn_of_repeated_names(machine: &StateMachine, report: &mut Report) {
    let mut seen = IndexSet::new();
    let mut repeated = IndexSet::new();
    for state in machine.all_states() {
        if !seen.insert(state.name.as_str()) {
            repeated.insert(state.name.as_str());
        }
    }
    for name in repeated {
        report.warning("States", format!("several states are called {name}"), "give each state its own name");
    }
}
