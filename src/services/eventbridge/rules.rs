//! From configured rules to patterns, targets and the connections that deliver.

use indexmap::IndexMap;
use serde_json::Value;

use crate::fabric::hand_over::{self, HandOver, Policy};
use crate::fabric::links::{ENVELOPE, Listener};
use crate::fabric::metric::CounterId;
use crate::fabric::pattern::Pattern;
use crate::fabric::{Builder, LimiterId, Operation, Parameters, PartyId};
use crate::kernel::{Sampler, Time};
use crate::reader::{Code, Either, ScalarOr, Span, Spanned, suggest};
use crate::services::Party;
use crate::units::Duration;

use super::config::{Rule, RuleState, Target};
use super::delivery::{self, Profile};
use super::state::{ActiveRule, Outlet};

/// Targets of one rule; fixed. Source, also of the limits below, which can be raised:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>, read 2026-11-23.
const TARGETS_MAX: usize = 5;
const RULES_MAX: f64 = 300.0;
const RULES_MAX_SMALL: f64 = 100.0;
const WILDCARD_RULES_MAX: f64 = 30.0;
const PATTERN_CHARACTERS: f64 = 2_048.0;
/// Retries and age of a delivery. Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RetryPolicy.html>, read 2026-11-23.
const RETRIES_MAX: u64 = 185;
const AGE_MIN: Duration = Duration::seconds(60);
const AGE_MAX: Duration = Duration::seconds(86_400);

/// The parts of a bus that its rules make.
pub(super) struct Built {
    pub rules: Vec<ActiveRule>,
    pub outlets: Vec<Outlet>,
    pub connections: Vec<(PartyId, Party)>,
    /// Counts what the connections have accepted.
    pub accepted: CounterId,
}

/// What all targets of a bus have in common.
struct Common {
    delivery: Sampler,
    quota: LimiterId,
    probes: hand_over::Probes,
}

/// Builds the rules; their connections are the parties from `first` on.
pub(super) fn build(builder: &mut Builder, rules: &IndexMap<String, Rule>, first: PartyId, profile: Profile) -> Built {
    check_count(builder, rules);
    let common = Common {
        delivery: delivery::delivery(builder, profile),
        quota: delivery::invocations_limiter(builder),
        probes: builder.hand_over_probes(),
    };
    let accepted = common.probes.accepted;
    let mut built = Built { rules: Vec::new(), outlets: Vec::new(), connections: Vec::new(), accepted };
    let mut next = first;
    for (name, rule) in rules {
        if rule.targets.len() > TARGETS_MAX {
            let message = format!(
                "the rule `{name}` has {} targets; a rule has at most {TARGETS_MAX}, and AWS does not raise that",
                rule.targets.len()
            );
            let hint =
                "send to an SNS topic and subscribe the targets to it, or spread them over a second rule with the same pattern";
            builder.diagnostics.error(rule.targets[TARGETS_MAX].span, Code::OutOfRange, message).hint(hint);
        }
        let mut targets = Vec::new();
        for target in &rule.targets {
            let party = next;
            next += 1;
            if rule.state == RuleState::Enabled {
                check_hops(builder, target, &rule.event_pattern.to_json());
            }
            let made = build_target(builder, &full_form(target), &common);
            built.connections.push((
                party,
                made.map_or(Party::Vacant, |(is_bus, policy)| {
                    targets.push(built.outlets.len() as u16);
                    built.outlets.push(Outlet { hand_over: party, is_bus, dead_letter: policy.on_failure });
                    crate::services::hand_over(HandOver::new(policy, common.probes))
                }),
            ));
        }
        check_fields(builder, rule, &rule.event_pattern.to_json(), &mut Vec::new());
        match Pattern::parse(&rule.event_pattern.to_json()) {
            Err(problems) => builder.pattern_errors(&rule.event_pattern, problems),
            Ok(pattern) if rule.state == RuleState::Enabled => {
                let span = |field: Option<&str>| rule.event_pattern.span_of(field);
                let spans = [span(Some(ENVELOPE[0])), span(Some(ENVELOPE[1])), span(None)];
                let (bus, pattern_text) = (builder.service, rule.event_pattern.to_json());
                builder.links.listeners.push(Listener { bus, name: name.clone(), pattern: pattern_text, spans });
                built.rules.push(ActiveRule { pattern, targets, has_matched: false });
            }
            Ok(_) => {}
        }
    }
    check_wildcards(builder, rules, &built.rules);
    built
}

/// Fields that events have at their top. Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html>, read 2026-11-27.
const FIELDS: [&str; 9] = ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"];

/// A field that no event has makes a rule that never matches, without a word from AWS.
fn check_fields(builder: &mut Builder, rule: &Rule, pattern: &Value, way: &mut Vec<String>) {
    let Value::Object(members) = pattern else { return };
    for (name, test) in members {
        way.push(name.clone());
        if let ("$or", Value::Array(groups)) = (name.as_str(), test) {
            for (index, group) in groups.iter().enumerate() {
                way.push(index.to_string());
                check_fields(builder, rule, group, way);
                way.pop();
            }
        } else if !FIELDS.contains(&name.split('.').next().unwrap_or_default()) {
            let span = rule.event_pattern.key_span_of(way.iter().map(String::as_str));
            let hint = suggest(name, FIELDS).map_or_else(
                || format!("events have {}; what a service sends stands under `detail`", FIELDS.join(", ")),
                |close| format!("did you mean `{close}`?"),
            );
            let message = format!("no event has a field `{name}` at its top, so the rule never matches");
            builder.diagnostics.error(span, Code::BadPattern, message).hint(hint);
        }
        way.pop();
    }
}

/// Quotas that count rules or the characters of their patterns.
fn check_count(builder: &mut Builder, rules: &IndexMap<String, Rule>) {
    let small = matches!(builder.region.as_str(), "af-south-1" | "eu-south-1");
    let most = builder.quota("eventbridge.rules_per_bus", if small { RULES_MAX_SMALL } else { RULES_MAX });
    if let Some((name, rule)) = rules.get_index(most as usize) {
        let message = format!("the bus has {} rules, more than its quota of {most}; `{name}` is the first too many", rules.len());
        let hint = "raise the quota `eventbridge.rules_per_bus`, or use a second bus";
        builder.diagnostics.error(rule.event_pattern.span, Code::OutOfRange, message).hint(hint);
    }
    let most = builder.quota("eventbridge.event_pattern_characters", PATTERN_CHARACTERS);
    for (name, rule) in rules {
        let length = rule.event_pattern.to_json().to_string().chars().count();
        if length as f64 > most {
            let message = format!("the pattern of the rule `{name}` has {length} characters, more than the quota of {most}");
            let hint = "shorten it, split the rule, or raise the quota `eventbridge.event_pattern_characters` (4,096 at most)";
            builder.diagnostics.error(rule.event_pattern.span, Code::OutOfRange, message).hint(hint);
        }
    }
}

fn check_wildcards(builder: &mut Builder, rules: &IndexMap<String, Rule>, active: &[ActiveRule]) {
    let most = builder.quota("eventbridge.wildcard_rules_per_bus", WILDCARD_RULES_MAX);
    let count = active.iter().filter(|rule| rule.pattern.uses_wildcard()).count();
    if count as f64 > most {
        let span = rules.values().next().map_or(Span::default(), |rule| rule.event_pattern.span);
        let message = format!("{count} rules of the bus use wildcards, more than its quota of {most}");
        builder.diagnostics.error(span, Code::OutOfRange, message).hint("use `prefix` or `suffix`, which are not limited");
    }
}

/// Finds events that a target is sure to send on to a bus, although it has got them from a bus: AWS refuses that.
fn check_hops(builder: &mut Builder, target: &ScalarOr<String, Target>, pattern: &Value) {
    let (own, name, span) = (builder.name(), name(target), target.span);
    let is_bus = |name: &str| {
        builder.declared.get(name).is_some_and(|found| found.ports.iter().any(|port| port.0 == Operation::PutEvents))
    };
    if !is_bus(name) {
        return;
    }
    let next = builder.declared[name].forwards.iter().filter(|(_, theirs)| accepts_all_of(theirs, pattern));
    let Some(next) = next.map(|(next, _)| next.clone()).find(|next| is_bus(next)) else { return };
    let hint = "an event goes from bus to bus only once; AWS dead-letters it or drops it at the second hop";
    if name == own || next == own {
        let message = format!("events go from `{own}` to `{name}` and back again");
        builder.diagnostics.error(span, Code::EventLoop, message).hint(hint);
    } else {
        let message = format!("`{name}` cannot send on to `{next}` what it gets from `{own}`");
        builder.diagnostics.warning(span, Code::Conflict, message).hint(hint);
    }
}

/// Whether the first pattern is sure to match whatever the second one matches: it tests no other fields, and allows at
/// least the same values. It may match more than this can tell.
fn accepts_all_of(wide: &Value, narrow: &Value) -> bool {
    match (wide, narrow) {
        (Value::Object(wide), Value::Object(narrow)) => wide.iter().all(|(name, test)| {
            narrow.get(name).is_some_and(|other| if name == "$or" { test == other } else { accepts_all_of(test, other) })
        }),
        (Value::Array(wide), Value::Array(narrow)) => narrow.iter().all(|value| wide.contains(value)),
        _ => false,
    }
}

/// The name of a target.
pub(super) fn name(target: &ScalarOr<String, Target>) -> &str {
    match &target.value {
        Either::Map(target) => &target.target.value,
        Either::Scalar(name) => name,
    }
}

/// A target written as a name, in full.
fn full_form(target: &ScalarOr<String, Target>) -> Target {
    match &target.value {
        Either::Map(target) => target.clone(),
        Either::Scalar(name) => Target {
            target: Spanned { value: name.clone(), span: target.span },
            dead_letter: None,
            maximum_retry_attempts: None,
            maximum_event_age: None,
        },
    }
}

/// Whether the target is a bus, and how events are delivered to it.
fn build_target(builder: &mut Builder, config: &Target, common: &Common) -> Option<(bool, Policy)> {
    let attempts = config.maximum_retry_attempts.map_or(RETRIES_MAX, |attempts| attempts.value.0);
    if let Some(written) = config.maximum_retry_attempts.filter(|_| attempts > RETRIES_MAX) {
        let message = format!("a target has between 0 and {RETRIES_MAX} retry attempts");
        builder.error(written.span, Code::OutOfRange, message);
    }
    let age = config.maximum_event_age.map_or(AGE_MAX, |age| age.value);
    if let Some(written) = config.maximum_event_age.filter(|_| age < AGE_MIN || age > AGE_MAX) {
        builder.error(written.span, Code::OutOfRange, "the maximum age of an event is between 60 s and 24 h");
    }
    let dead_letter = config.dead_letter.as_ref();
    let on_failure = dead_letter.and_then(|queue| builder.destination(queue, &[Operation::DeadLetter], "a dead-letter queue"));
    let wanted =
        [Operation::InvokeEvent, Operation::SendMessage, Operation::Publish, Operation::StartExecution, Operation::PutEvents];
    let mut target = builder.destination(&config.target, &wanted, "the target of a rule")?;
    let is_bus = target.operation == Operation::PutEvents;
    if is_bus {
        // Tells the other bus that the event comes from a bus.
        target.site = builder.site(Parameters::Direct);
    }
    let retries = delivery::retries(builder, attempts as u32);
    let policy = Policy {
        target,
        acceptance: Sampler::constant(0),
        delivery: common.delivery.clone(),
        after_failure: retries.clone(),
        after_throttle: retries,
        maximum_age: age.nanos() as Time,
        on_failure,
        on_success: None,
        delivery_quota: Some(common.quota),
    };
    Some((is_bus, policy))
}
