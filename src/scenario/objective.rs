//! Objectives: bounds on any metric of the summary, over the whole run or window by window.

use crate::kernel::Time;
use crate::reader::{Code, Diagnostics, Node, Span, suggest};
use crate::units::{Duration, Money, Rate, Share};

use super::{Study, WorkloadModel};

/// A bound that a run passes or misses: `journeys.checkout.milestones.fulfilled.latency_ms.p99 < 5 s`, or, window by window,
/// `services.queue.messages_visible_max < 500 in 99% of windows of 1 min`.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    pub name: String,
    pub condition: String,
    /// A path of `summary.json`.
    pub path: Vec<String>,
    pub comparator: Comparator,
    /// The bound, in the unit of the metric.
    pub bound: f64,
    /// In how many windows it has to hold; without them it is about the whole run.
    pub windows: Option<Windows>,
    /// Where it stands.
    pub span: Span,
}

/// The windows that an objective is held in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Windows {
    /// Length of a window.
    pub width: Time,
    /// The share of the windows in which the bound has to hold.
    pub share: f64,
}

/// How a value is held against the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

impl Comparator {
    /// Whether it holds for a value of which is known if it is below the bound, and if it is at most the bound.
    pub fn holds(self, below: bool, at_most: bool) -> bool {
        match self {
            Comparator::Less => below,
            Comparator::LessOrEqual => at_most,
            Comparator::Greater => !at_most,
            Comparator::GreaterOrEqual => !below,
            Comparator::Equal => at_most && !below,
        }
    }
}

/// Whether an objective is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
}

const COMPARATORS: [(&str, Comparator); 5] = [
    ("<=", Comparator::LessOrEqual),
    (">=", Comparator::GreaterOrEqual),
    ("==", Comparator::Equal),
    ("<", Comparator::Less),
    (">", Comparator::Greater),
];

/// Between the bound and the windows of an objective.
const IN: &str = " in ";
/// More windows than this are surely a mistake.
const WINDOWS_MAX: Time = 100_000;
/// What a replication's share of windows may lie below the wanted one, for the rounding of their mean.
const ROUNDING: f64 = 1e-12;

impl Objective {
    pub(super) fn read(root: &Node, workloads: &[WorkloadModel], study: &Study, diagnostics: &mut Diagnostics) -> Vec<Objective> {
        let Some(node) = root.get("objectives") else { return Vec::new() };
        let mut made = Vec::new();
        for (key, value) in node.entries() {
            let name = key.as_str().unwrap_or_default().to_string();
            let Some(text) = value.as_str() else {
                diagnostics.error(value.span, Code::WrongType, "an objective is text such as `bill.month_usd < 500`");
                continue;
            };
            match Objective::parse(&name, text, value.span) {
                Ok(objective) => {
                    objective.check(root, workloads, diagnostics);
                    objective.check_windows(study, diagnostics);
                    made.push(objective);
                }
                Err(message) => {
                    diagnostics.error(value.span, Code::InvalidValue, message).hint(
                        "a path of summary.json, one of < <= > >= ==, and a bound; after it, if it is to hold window by window, `in 99% of \
                         windows of 1 min`",
                    );
                }
            }
        }
        made
    }

    fn parse(name: &str, text: &str, span: Span) -> Result<Objective, String> {
        let (place, sign, comparator) = COMPARATORS
            .iter()
            .filter_map(|(sign, comparator)| text.find(sign).map(|place| (place, *sign, *comparator)))
            .min_by_key(|(place, sign, _)| (*place, usize::MAX - sign.len()))
            .ok_or("there is no comparison in it")?;
        let path: Vec<String> = text[..place].trim().split('.').map(|part| part.trim().to_string()).collect();
        if path.iter().any(String::is_empty) {
            return Err("the path of the metric is not complete".to_string());
        }
        let rest = &text[place + sign.len()..];
        let (bound, windows) = match rest.split_once(IN) {
            Some((bound, windows)) => (bound.trim(), Some(Windows::parse(windows)?)),
            None => (rest.trim(), None),
        };
        let number = bound_of(&path, bound)?;
        let (name, condition) = (name.to_string(), text.trim().to_string());
        let objective = Objective { name, condition, path, comparator, bound: number, windows, span };
        objective.sensible(bound).map(|()| objective)
    }

    /// No metric is below 0, and no share above 1.
    fn sensible(&self, bound: &str) -> Result<(), String> {
        let share = Dimension::of(&self.path) == Dimension::Share;
        if !self.bound.is_finite() || self.bound < 0.0 || (share && self.bound > 1.0) {
            let range = if share { "a share lies between 0% and 100%" } else { "no metric is below 0" };
            return Err(format!("`{bound}` is no sensible bound: {range}"));
        }
        let (never, always) = (
            self.comparator == Comparator::Less && self.bound == 0.0
                || share && self.comparator == Comparator::Greater && self.bound == 1.0,
            self.comparator == Comparator::GreaterOrEqual && self.bound == 0.0
                || share && self.comparator == Comparator::LessOrEqual && self.bound == 1.0,
        );
        match (never, always) {
            (true, _) => Err("no value of the metric can meet this bound".to_string()),
            (_, true) => Err("every value of the metric meets this bound".to_string()),
            _ => Ok(()),
        }
    }

    /// The windows have to fit into the measured window.
    fn check_windows(&self, study: &Study, diagnostics: &mut Diagnostics) {
        let Some(windows) = self.windows else { return };
        let (width, duration) = (Duration(windows.width), study.duration);
        if windows.width > duration.0 {
            let message = format!("a window of {width} does not fit into the measured window of {duration}");
            diagnostics.error(self.span, Code::OutOfRange, message).hint("make `study.duration` longer or the windows shorter");
        } else if duration.0 / windows.width > WINDOWS_MAX {
            let message = format!("windows of {width} are more than {WINDOWS_MAX} in {duration}");
            diagnostics.error(self.span, Code::OutOfRange, message).hint("make the windows longer");
        }
    }

    /// Names that can be known before a run are checked before it.
    fn check(&self, root: &Node, workloads: &[WorkloadModel], diagnostics: &mut Diagnostics) {
        let roots = ["journeys", "services", "bill"];
        if !roots.contains(&self.path[0].as_str()) {
            diagnostics
                .error(self.span, Code::UnknownReference, format!("no metric begins with `{}`", self.path[0]))
                .hint("metrics begin with journeys, services or bill");
            return;
        }
        if self.path[0] != "journeys" || self.path.len() < 2 {
            return;
        }
        let Some(workload) = workloads.iter().find(|known| known.name == self.path[1]) else {
            let written = root.get("workload").map_or(&[][..], Node::entries);
            let names: Vec<&str> = written.iter().filter_map(|(key, _)| key.as_str()).collect();
            // One that is written, but wrong, has been told of.
            if names.contains(&self.path[1].as_str()) {
                return;
            }
            diagnostics
                .error(self.span, Code::UnknownReference, format!("no workload is called `{}`", self.path[1]))
                .hint(format!("workloads: {}", names.join(", ")));
            return;
        };
        let known: Vec<&str> = match self.path.get(2).map(String::as_str) {
            Some("milestones") => workload.config.milestones.keys().map(String::as_str).collect(),
            Some("endings" | "ending_shares") => workload.config.endings.keys().map(String::as_str).chain(["other"]).collect(),
            _ => return,
        };
        let Some(wanted) = self.path.get(3) else { return };
        if !known.contains(&wanted.as_str()) {
            let hint = suggest(wanted, known.iter().copied())
                .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
            diagnostics.error(self.span, Code::UnknownReference, format!("the workload names no `{wanted}`")).hint(hint);
        }
    }

    /// Holds a value against the bound.
    pub fn judge(&self, value: f64) -> Verdict {
        let met = match self.comparator {
            Comparator::Less => value < self.bound,
            Comparator::LessOrEqual => value <= self.bound,
            Comparator::Greater => value > self.bound,
            Comparator::GreaterOrEqual => value >= self.bound,
            Comparator::Equal => value == self.bound,
        };
        if met { Verdict::Met } else { Verdict::Missed }
    }

    /// Holds what a run yields against what it is to be: the metric against its bound, or the share of windows in which that holds
    /// against the wanted share.
    pub fn judge_run(&self, value: f64) -> Verdict {
        match self.windows {
            None => self.judge(value),
            Some(windows) if value >= windows.share - ROUNDING => Verdict::Met,
            Some(_) => Verdict::Missed,
        }
    }
}

impl Windows {
    /// `99% of windows of 1 min`.
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is not written `99% of windows of 1 min`", text.trim());
        let (share, width) = text.split_once(" of windows of ").ok_or_else(wrong)?;
        let share: Share = share.trim().parse().map_err(|error| format!("`{}` is no share of windows: {error}", share.trim()))?;
        let width: Duration = width.trim().parse().map_err(|error| format!("`{}` is no window: {error}", width.trim()))?;
        if share.0 <= 0.0 {
            return Err("a bound that has to hold in 0% of the windows says nothing".to_string());
        }
        if width.0 == 0 {
            return Err("a window is longer than zero".to_string());
        }
        Ok(Self { width: width.0, share: share.0 })
    }
}

/// What a metric measures, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Milliseconds,
    Seconds,
    Share,
    Rate,
    Money,
    Number,
}

impl Dimension {
    fn of(path: &[String]) -> Self {
        let has = |word: &str| path.iter().any(|part| part.contains(word));
        if has("_ms") {
            Self::Milliseconds
        } else if has("_seconds") || path.last().is_some_and(|last| last.ends_with("_s")) {
            Self::Seconds
        } else if has("share") {
            Self::Share
        } else if has("per_second") {
            Self::Rate
        } else if has("usd") {
            Self::Money
        } else {
            Self::Number
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Milliseconds | Self::Seconds => "a time, such as `5 s`",
            Self::Share => "a share, such as `1%`",
            Self::Rate => "a rate, such as `200/s`",
            Self::Money => "an amount in USD, such as `500`",
            Self::Number => "a plain number",
        }
    }
}

/// The bound in the unit of the metric: a plain number is in that unit already.
fn bound_of(path: &[String], text: &str) -> Result<f64, String> {
    if let Ok(number) = text.parse::<f64>() {
        return Ok(number);
    }
    let dimension = Dimension::of(path);
    if path.get(2).is_some_and(|part| part == "endings") && text.parse::<Share>().is_ok() {
        let shares: Vec<&str> = path.iter().map(|part| if part == "endings" { "ending_shares" } else { part.as_str() }).collect();
        return Err(format!("`{text}` is not a bound for a number of journeys; `{}` is their share", shares.join(".")));
    }
    let found = match dimension {
        Dimension::Milliseconds => text.parse::<Duration>().ok().map(|bound| bound.as_seconds() * 1e3),
        Dimension::Seconds => text.parse::<Duration>().ok().map(|bound| bound.as_seconds()),
        Dimension::Share => text.parse::<Share>().ok().map(|bound| bound.0),
        Dimension::Rate => text.parse::<Rate>().ok().map(|bound| bound.as_per_second()),
        Dimension::Money => text.parse::<Money>().ok().map(|bound| bound.as_usd()),
        Dimension::Number => None,
    };
    found.ok_or_else(|| format!("`{text}` is not a bound for this metric, which is {}", dimension.name()))
}

#[cfg(test)]
mod tests {
    use super::{Comparator, Objective, Verdict, Windows};
    use crate::reader::Span;

    fn parsed(name: &str, text: &str) -> Result<Objective, String> {
        Objective::parse(name, text, Span::default())
    }

    #[test]
    fn bounds_take_the_metric_s_unit() {
        let fast = parsed("fast", "journeys.a.milestones.b.latency_ms.p99 < 5 s").unwrap();
        assert_eq!((fast.comparator, fast.bound), (Comparator::Less, 5000.0));
        assert_eq!(fast.path.last().map(String::as_str), Some("p99"));
        let cheap = parsed("cheap", "bill.month_usd<=20").unwrap();
        assert_eq!((cheap.comparator, cheap.bound), (Comparator::LessOrEqual, 20.0));
        assert_eq!(cheap.judge(20.0), Verdict::Met);
        assert_eq!(cheap.judge(20.01), Verdict::Missed);
        assert!(parsed("x", "bill.month_usd").is_err());
        assert!(parsed("x", "bill.month_usd < 5 s").is_err());
        let bound = |text: &str| parsed("x", text).map(|objective| objective.bound);
        assert_eq!(bound("services.q.oldest_message_age_seconds_max < 1 min"), Ok(60.0));
        assert_eq!(bound("journeys.a.ending_shares.failed < 1%"), Ok(0.01));
        assert_eq!(bound("journeys.a.per_second >= 120/min"), Ok(2.0));
        assert_eq!(bound("bill.month_usd < $500"), Ok(500.0));
    }

    #[test]
    fn windows_follow_the_bound() {
        let fresh = parsed("fresh", "services.q.oldest_message_age_seconds_max < 60 s in 99% of windows of 1 min").unwrap();
        assert_eq!((fresh.bound, fresh.windows), (60.0, Some(Windows { width: 60 * crate::kernel::SECOND, share: 0.99 })));
        assert_eq!(fresh.judge_run(0.99), Verdict::Met);
        assert_eq!(fresh.judge_run(0.989), Verdict::Missed);
        assert_eq!(fresh.judge(61.0), Verdict::Missed, "a single window");
    }

    #[test]
    fn bounds_without_sense_are_refused() {
        for (text, expected) in [
            ("journeys.a.endings.failed < 1%", "`journeys.a.ending_shares.failed` is their share"),
            ("services.q.sent < 1%", "a plain number"),
            ("bill.month_usd < -1", "no metric is below 0"),
            ("bill.month_usd < nan", "no sensible bound"),
            ("bill.month_usd < 0", "no value"),
            ("bill.month_usd >= 0", "every value"),
            ("journeys.a.ending_shares.failed < 5", "between 0% and 100%"),
            ("journeys.a.ending_shares.failed <= 100%", "every value"),
            ("services.q.sent < 5 in 99% of minutes", "is not written"),
            ("services.q.sent < 5 in 101% of windows of 1 min", "no share of windows"),
            ("services.q.sent < 5 in 0% of windows of 1 min", "says nothing"),
            ("services.q.sent < 5 in 99% of windows of 0 s", "longer than zero"),
            ("services.q.sent < 5 in 99% of windows of 5 KB", "no window"),
        ] {
            let told = parsed("x", text).unwrap_err();
            assert!(told.contains(expected), "{text}: {told}");
        }
    }
}
