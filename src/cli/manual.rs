//! Manuals made from the program itself: the reference of scenarios and results, and the help of all commands.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use clap::CommandFactory as _;
use indexmap::IndexMap;

use super::arguments::Arguments;
use super::failure::CODES;
use super::trace::reason;
use crate::engine::{self, Understood};
use crate::fabric::{Category, marks as journey_marks};
use crate::pricing::REGIONS;
use crate::reader::Diagnostics;
use crate::reader::diagnostics::Code;
use crate::results::SeriesKind;
use crate::scenario::{self, Model};

/// A scenario with one service of every kind and variant.
const SPECIMEN: &str = include_str!("manual/specimen.yaml");
/// The Region whose quotas the tables show.
const REGION: &str = "us-east-1";

/// What stands in `summary.json` besides the metrics of services, as (path, unit, meaning). `NAME` is a name that the scenario
/// gives. A test holds this against the file.
pub const SUMMARY: &[(&str, &str, &str)] = &[
    ("schema", "", "name and version of the file's shape"),
    ("scenario", "", "name of the scenario"),
    ("question", "", "the question it answers, if it says so"),
    ("version", "", "version of floodplan"),
    ("region", "", "AWS Region"),
    ("seed", "", "seed of all draws"),
    ("replications", "", "independent replications"),
    ("fingerprint", "", "hash of the event sequences: the same for the same scenario, seed and version"),
    ("events", "events", "events simulated, all replications together"),
    ("window_seconds", "s", "length of the measured window"),
    ("warm_up_seconds", "s", "time before it that was not measured"),
    ("warm_up_decided_by", "", "with `warm_up: auto`: the series with the latest cut, in words"),
    ("precision.relative", "", "half width of the 95 % intervals over the mean, as `study.precision` asks for it"),
    ("precision.maximum_replications", "", "the budget"),
    ("precision.looks", "", "numbers of replications after which it was looked at the intervals"),
    ("precision.reached", "", "whether all metrics are known as well as that"),
    ("precision.metrics.metric", "", "path of the metric"),
    ("precision.metrics.relative_half_width", "", "half width over the mean, as it is"),
    ("precision.metrics.reached", "", "whether that is enough"),
    ("planning.journey", "", "workload"),
    ("planning.milestone", "", "the milestone whose latency is planned for"),
    ("planning.metric", "", "`mean` or `p99`"),
    ("planning.relative_half_width", "", "half width of the 95 % interval over the mean, as it is"),
    ("planning.relative", "", "as it should be: what `study.precision` asks for, 0.02 without it"),
    ("planning.replications", "replications", "of this length that would do, by the present spread"),
    ("planning.requests", "journeys", "in all of them together"),
    ("planning.withheld", "", "why there is no such number"),
    ("stability.stable", "", "whether all work that came in got done"),
    ("stability.reasons", "", "why not, naming what binds"),
    ("journeys.NAME.observed", "", "the milestone that `per_second` and the breakdown refer to"),
    ("journeys.NAME.started", "journeys", "started in the measured window *"),
    ("journeys.NAME.endings.NAME", "journeys", "closed with this ending; `other`: under no named one *"),
    ("journeys.NAME.ending_shares.NAME", "share", "the same as a share of those started *"),
    ("journeys.NAME.unfinished", "journeys", "still open when the run ended *"),
    (
        "journeys.NAME.stuck",
        "journeys",
        "of which nothing more came: under the ending named `stuck`, or, without one, under no named ending *",
    ),
    (
        "journeys.NAME.late",
        "journeys",
        "reached the observed milestone after the client had given up, or after the ending named `abandoned` held *",
    ),
    ("journeys.NAME.duplicates", "marks", "made again by a journey that had them: side effects that happened twice *"),
    (
        "journeys.NAME.per_second",
        "1/s",
        "of the window, that reached the observed milestone; if unstable, of all while it was open *",
    ),
    ("journeys.NAME.milestones.NAME.latency_ms.count", "journeys", "that reached the milestone, all replications together"),
    ("journeys.NAME.milestones.NAME.latency_ms.mean", "ms", "from the journey's arrival to the milestone *"),
    ("journeys.NAME.milestones.NAME.latency_ms.p50", "ms", "median; journeys still open rank slowest *"),
    ("journeys.NAME.milestones.NAME.latency_ms.p90", "ms", "90th percentile *"),
    ("journeys.NAME.milestones.NAME.latency_ms.p95", "ms", "95th percentile *"),
    ("journeys.NAME.milestones.NAME.latency_ms.p99", "ms", "99th percentile *"),
    ("journeys.NAME.milestones.NAME.latency_ms.p999", "ms", "99.9th percentile *"),
    ("services.NAME.type", "", "type of the service; `workload` for the clients of a workload"),
    ("services.NAME.context", "", "its bounded context, if the scenario gives one"),
    ("dead_letters", "messages", "sent to dead-letter queues and destinations, all services together, mean per replication *"),
    ("bill.basis", "", "what the month is made of, in words: see `study.represents`"),
    ("bill.month_usd", "USD", "the bill of a month under the traffic that `study.represents` says *"),
    ("bill.standing_month_usd", "USD", "the part of it that is billed by time, used or not *"),
    ("bill.traffic_month_usd", "USD", "the part of it that comes with traffic *"),
    ("bill.per_million_journeys_usd", "USD", "the same per million journeys started *"),
    ("bill.per_million_fulfilled_usd", "USD", "the same per million journeys that ended `fulfilled` *"),
    (
        "bill.marginal_per_million_journeys_usd",
        "USD",
        "a million times what one more journey costs, at the tiers in force at the month's volume *",
    ),
    ("bill.services.NAME", "USD", "what one service costs a month *"),
    ("bill.hops.NAME.per_million_journeys_usd", "USD", "what comes with traffic at one service, per million journeys started *"),
    ("bill.hops.NAME.calls_per_journey", "calls", "that the service got for a journey; polls do not count *"),
    ("bill.hops.NAME.per_million_calls_usd", "USD", "what comes with traffic at one service, per million such calls *"),
    ("bill.contexts.NAME", "USD", "a month by the `context` of services; `unattributed` has the rest; they add up to the bill *"),
    (
        "bill.marks.NAME",
        "USD",
        "a month by step mark, for services that make exactly one; `unattributed` has the rest, also services that make several; they add up to the bill *",
    ),
    ("bill.lower_bound", "", "true when work was left undone, which nobody has billed"),
    ("bill.lines.service", "", "the service that caused the line"),
    ("bill.lines.product", "", "AWS product"),
    ("bill.lines.sku", "", "what is billed"),
    ("bill.lines.unit", "", "unit of the quantity"),
    ("bill.lines.standing", "", "whether it is billed by time, used or not"),
    ("bill.lines.quantity_month", "its unit", "quantity of a month *"),
    ("bill.lines.usd_month", "USD", "price of that quantity, after free allowances *"),
    ("bill.allowances", "", "free allowances that were applied, in words"),
    ("objectives.name", "", "name of the objective"),
    ("objectives.condition", "", "as it is written"),
    ("objectives.metric", "", "the path it is about"),
    (
        "objectives.window_seconds",
        "s",
        "length of its windows, if it holds window by window; value and bound are then shares of windows",
    ),
    ("objectives.value", "the metric's", "what the run says *"),
    ("objectives.bound", "the metric's", "what the value is held against"),
    ("objectives.met", "", "whether the mean meets it"),
    ("objectives.shown", "", "whether all of the 95 % interval lies on the same side of the bound as the mean"),
    ("assumptions.name", "", "name, the key under `assumptions`"),
    ("assumptions.value", "", "value in force, with its unit"),
    ("assumptions.range", "", "range in which the truth is thought to lie"),
    ("assumptions.why", "", "why no source settles it"),
    ("assumptions.services", "", "services that rest on it"),
    ("warnings", "", "what to know before using the figures"),
    ("recoveries.label", "", "the entry of the timeline, one row for each that begins in the window; the rows are a list"),
    ("recoveries.from_seconds", "s", "when it began, from the start of the run"),
    ("recoveries.to_seconds", "s", "when it ended"),
    ("recoveries.over_after_seconds", "s", "from its end until latency and levels were back near what they were before *"),
    ("recoveries.before_p99_ms", "ms", "highest 99th percentile of a time bin before *"),
    ("recoveries.worst_p99_ms", "ms", "and from its beginning on *"),
    ("recoveries.held.service", "", "where work was held back"),
    ("recoveries.held.metric", "", "the level that rose"),
    ("recoveries.held.before", "", "highest value of a time bin before *"),
    ("recoveries.held.peak", "", "and from its beginning on *"),
    ("recoveries.loads.service", "", "a service that the entry is about"),
    ("recoveries.loads.before_per_second", "1/s", "calls before *"),
    ("recoveries.loads.peak_per_second", "1/s", "calls in the busiest time bin from its beginning until it was over *"),
    ("recoveries.loads.amplification", "", "calls per call that repeats no other, during the disturbance *"),
    ("recoveries.loads.amplification_after", "", "the same from its end until it was over *"),
    ("recoveries.loads.amplification_peak", "", "the same in the time bin with the most *"),
    ("recoveries.loads.callers.caller", "", "a service or workload that called"),
    ("recoveries.loads.callers.calls", "calls", "from the beginning of the disturbance until it was over *"),
    ("recoveries.loads.callers.first_calls", "calls", "those among them that repeat no other *"),
    ("recoveries.damage.lost", "journeys", "that did not reach the observed milestone, against the same run without the entry *"),
    ("recoveries.damage.endings.NAME.NAME", "journeys", "more by journey and ending, `unfinished` among them *"),
    ("recoveries.damage.duplicates", "marks", "made again, more than without the entry *"),
    ("recoveries.damage.dead_letters", "messages", "more than without the entry *"),
    ("recoveries.damage.usd", "USD", "more on the bill of the window *"),
];

/// All keys of scenarios, and all assumptions, quotas, limiters and metrics, as Markdown.
pub fn reference() -> String {
    let mut text = scenario::reference();
    let specimen = specimen(REGION);
    let Some((model, understood)) = specimen else { return text };
    marks(&mut text);
    assumptions(&mut text, &understood);
    quotas(&mut text, &understood);
    limiters(&mut text, &model, &understood);
    summary(&mut text);
    metrics(&mut text, &model);
    text
}

fn specimen(region: &str) -> Option<(Model, Understood)> {
    let mut model = scenario::read_text(SPECIMEN).model?;
    region.clone_into(&mut model.region);
    let understood = engine::understand(&model, &mut Diagnostics::new())?;
    Some((model, understood))
}

fn marks(text: &mut String) {
    text.push_str(
        "## Marks\n\nMilestones and endings are conditions on marks. Steps and states make those that a scenario names; these are made by \
         themselves.\n\n",
    );
    let rows = journey_marks::NAMES.iter().zip(journey_marks::MEANINGS).map(|(name, when)| [code(name), when.to_owned()]);
    table(text, ["mark", "made when"], rows);
}

fn assumptions(text: &mut String, understood: &Understood) {
    text.push_str(
        "## Assumptions\n\nNumbers that the model needs and no source states. A report lists those that it rests on; a scenario \
         sets others under `assumptions:`, as plain numbers in the unit given here.\n\n",
    );
    let mut sorted: Vec<_> = understood.assumptions.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    let rows = sorted.iter().map(|known| [code(&known.name), known.value.clone(), known.range.clone(), known.why.clone()]);
    table(text, ["assumption", "default", "range", "why"], rows);
}

fn quotas(text: &mut String, understood: &Understood) {
    text.push_str(
        "## Quotas\n\nAWS's quotas of an account, which a scenario changes under `account: { quotas: ... }`. Where Regions differ, the \
         last column says between which values.\n\n",
    );
    let mut ranges: IndexMap<String, (f64, f64)> = IndexMap::new();
    for region in REGIONS {
        for quota in specimen(region.code).into_iter().flat_map(|(_, understood)| understood.quotas) {
            let range = ranges.entry(quota.name).or_insert((quota.default, quota.default));
            *range = (range.0.min(quota.default), range.1.max(quota.default));
        }
    }
    let mut sorted: Vec<_> = understood.quotas.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    let rows = sorted.iter().map(|quota| {
        let range = match ranges.get(&quota.name) {
            Some((low, high)) if low < high => format!("{} to {}", number(*low), number(*high)),
            _ => "the same".to_owned(),
        };
        [code(&quota.name), number(quota.default), range]
    });
    table(text, ["quota", "default in us-east-1", "in other Regions"], rows);
}

fn limiters(text: &mut String, model: &Model, understood: &Understood) {
    text.push_str(
        "## Limiters\n\nEverything that refuses or delays, as `limits.csv` and the tables name it. Those of the account are shared by \
         all its services.\n\n",
    );
    let kind = |name: &str| model.services.iter().find(|known| known.name == name).map_or("account", |known| known.config.kind());
    let mut rows: Vec<[String; 3]> = understood
        .limiters
        .iter()
        .map(|(service, limiter, _, unit)| [kind(service).to_owned(), code(limiter), unit.clone()])
        .collect();
    rows.sort();
    rows.dedup();
    table(text, ["of", "limiter", "unit"], rows);
}

fn summary(text: &mut String) {
    text.push_str(
        "## Metrics\n\nPaths of `summary.json`, which objectives name. Those marked * are estimates: `{ mean, low, high }`, a mean over \
         replications with its 95 % Student-t interval; `withheld` says why there is no number, `beyond` that the quantile falls \
         among journeys still open. Counts are means per replication.\n\n",
    );
    let rows = SUMMARY.iter().map(|(path, unit, meaning)| [code(path), (*unit).to_owned(), (*meaning).to_owned()]);
    table(text, ["path", "unit", "meaning"], rows);
}

/// What a metric is, which decides how its name goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Counter { rate: bool },
    Level { concurrency: bool, backlog: bool },
    Timing,
}

impl Shape {
    fn text(self) -> String {
        match self {
            Shape::Counter { rate: false } => "count".to_owned(),
            Shape::Counter { rate: true } => {
                "count; its rate: `_per_second_mean`, `_per_second_peak` (highest 10 s mean)".to_owned()
            }
            Shape::Level { concurrency, backlog } => {
                let quantiles = if concurrency { ", `_p50`, `_p99`, `_p999` (of time)" } else { "" };
                let longest = if backlog { ", `_longest_s` (longest time above zero, s)" } else { "" };
                format!("level: `_mean`, `_max`{quantiles}{longest}")
            }
            Shape::Timing => "time: `_mean`, `_p50`, `_p90`, `_p99`, ms".to_owned(),
        }
    }
}

fn metrics(text: &mut String, model: &Model) {
    text.push_str(
        "### Metrics of services\n\nUnder `services.NAME`, each an estimate. A count is of the measured window, per replication; the name \
         of a level or a time goes on as the second column says.\n\n",
    );
    let Some(compiled) = engine::compile(model, 0, &mut Diagnostics::new()) else { return };
    let observed = &compiled.simulation.world.metrics;
    let mut found: BTreeSet<(&str, &str, Shape)> = BTreeSet::new();
    let kind = |service: u16| compiled.kinds.get(usize::from(service)).map_or("", |(_, kind, _)| *kind);
    found.extend(
        observed
            .counters
            .iter()
            .enumerate()
            .map(|(index, counter)| (kind(counter.service), counter.name, Shape::Counter { rate: observed.has_rate(index) })),
    );
    found.extend(observed.levels.iter().enumerate().map(|(index, level)| {
        let backlog = level.kind == Some(SeriesKind::Backlog);
        (kind(level.service), level.name, Shape::Level { concurrency: observed.distribution(index).is_some(), backlog })
    }));
    found.extend(observed.timings.iter().map(|timing| (kind(timing.service), timing.name, Shape::Timing)));
    let rows = found.into_iter().map(|(kind, name, shape)| [kind.to_owned(), code(name), shape.text()]);
    table(text, ["type", "metric", "what it is"], rows);
    text.push_str("### Where time goes\n\nThe categories of `breakdown.csv` and of `trace`.\n\n");
    let rows = Category::ALL.into_iter().map(|category| [code(category.name()), reason(category).to_owned()]);
    table(text, ["category", "time passes"], rows);
}

/// The keys of usage files, in Markdown.
pub fn usage_keys() -> String {
    super::bill::keys()
}

/// The help of all commands as Markdown.
pub fn commands() -> String {
    let mut text = String::from(
        "# Commands\n\n<!-- Generated from the program's own help; do not edit. -->\n\nResults go to standard output, everything else to \
         standard error.\n",
    );
    let mut command = Arguments::command().term_width(100);
    command.build();
    help(&mut text, "floodplan", &mut command.clone());
    for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
        let name = format!("floodplan {}", inner.get_name());
        help(&mut text, &name, inner);
    }
    text
}

fn help(text: &mut String, name: &str, command: &mut clap::Command) {
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    let _ = write!(text, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
}

/// All codes of messages, with what they mean: those about a place in a scenario, then those without a place.
pub fn codes() -> Vec<(&'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.as_str(), code.explain())).chain(CODES.iter().copied()).collect()
}

fn table<const N: usize>(text: &mut String, heads: [&str; N], rows: impl IntoIterator<Item = [String; N]>) {
    let _ = writeln!(text, "| {} |\n|{}", heads.join(" | "), "---|".repeat(N));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.map(|cell| cell.replace('|', "\\|")).join(" | "));
    }
    text.push('\n');
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A number with its thousands apart.
fn number(value: f64) -> String {
    let text = format!("{value}");
    let (whole, rest) = text.split_once('.').map_or((text.as_str(), None), |(whole, rest)| (whole, Some(rest)));
    let mut apart = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            apart.push(',');
        }
        apart.push(digit);
    }
    rest.map_or(apart.clone(), |rest| format!("{apart}.{rest}"))
}
