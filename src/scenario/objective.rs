//! Objectives: bounds on any metric of the summary.

use crate::reader::{Code, Diagnostics, Node, Span, suggest};
use crate::units::{Duration, Share};

use super::WorkloadModel;

/// A bound that a run passes or misses: `journeys.checkout.milestones.fulfilled.latency_ms.p99 < 5 s`.
#[derive(Clone, Debug, PartialEq)]
pub struct Objective {
    pub name: String,
    pub condition: String,
    /// A path of `summary.json`.
    pub path: Vec<String>,
    pub comparator: Comparator,
    /// The bound, in the unit of the metric.
    pub bound: f64,
    /// Where it stands.
    pub span: Span,
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

impl Objective {
    pub(super) fn read(root: &Node, workloads: &[WorkloadModel], diagnostics: &mut Diagnostics) -> Vec<Objective> {
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
                    objective.check(value, workloads, diagnostics);
                    made.push(objective);
                }
                Err(message) => {
                    diagnostics
                        .error(value.span, Code::InvalidValue, message)
                        .hint("a path of summary.json, one of < <= > >= ==, and a bound");
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
        let bound = text[place + sign.len()..].trim();
        let milliseconds = path.iter().any(|part| part.contains("_ms"));
        let number = bound
            .parse::<f64>()
            .ok()
            .or_else(|| bound.parse::<Duration>().ok().filter(|_| milliseconds).map(|bound| bound.as_seconds() * 1e3))
            .or_else(|| bound.parse::<Share>().ok().map(|share| share.0))
            .ok_or_else(|| format!("`{bound}` is not a bound for this metric"))?;
        Ok(Objective { name: name.to_string(), condition: text.trim().to_string(), path, comparator, bound: number, span })
    }

    /// Names that can be known before a run are checked before it.
    fn check(&self, node: &Node, workloads: &[WorkloadModel], diagnostics: &mut Diagnostics) {
        let roots = ["journeys", "services", "bill"];
        if !roots.contains(&self.path[0].as_str()) {
            diagnostics
                .error(node.span, Code::UnknownReference, format!("no metric begins with `{}`", self.path[0]))
                .hint("metrics begin with journeys, services or bill");
            return;
        }
        if self.path[0] != "journeys" || self.path.len() < 2 {
            return;
        }
        let Some(workload) = workloads.iter().find(|known| known.name == self.path[1]) else {
            let names: Vec<&str> = workloads.iter().map(|known| known.name.as_str()).collect();
            diagnostics
                .error(node.span, Code::UnknownReference, format!("no workload is called `{}`", self.path[1]))
                .hint(format!("workloads: {}", names.join(", ")));
            return;
        };
        let known: Vec<&str> = match self.path.get(2).map(String::as_str) {
            Some("milestones") => workload.config.milestones.keys().map(String::as_str).collect(),
            Some("endings") => workload.config.endings.keys().map(String::as_str).chain(["other"]).collect(),
            _ => return,
        };
        let Some(wanted) = self.path.get(3) else { return };
        if !known.contains(&wanted.as_str()) {
            let hint = suggest(wanted, known.iter().copied())
                .map_or_else(|| format!("known: {}", known.join(", ")), |close| format!("did you mean `{close}`?"));
            diagnostics.error(node.span, Code::UnknownReference, format!("the workload names no `{wanted}`")).hint(hint);
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
}

#[cfg(test)]
mod tests {
    use super::{Comparator, Objective, Verdict};
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
    }
}
