//! From the measured window to a month: what the window stands for, and the exact factors that follow.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::kernel::{SECOND, Time};
use crate::pricing::MonthScale;
use crate::reader::{Code, Diagnostics, Node};
use crate::units::{Duration, Number};

use super::{Study, WorkloadModel};

const HOUR: Time = 3_600 * SECOND;
const DAY: Time = 24 * HOUR;
/// Shortest and longest month.
const MONTH_DAYS: (u64, u64) = (28, 31);
/// A profile has a factor for each hour of a day, or of a week.
const PROFILE_HOURS: [usize; 2] = [24, 168];
/// Factors are exact in thousandths.
const FACTOR_PARTS: u64 = 1_000;
const FACTOR_MOST: f64 = 1_000.0;

/// What the measured window stands for when its usage is made a month's.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Represents {
    /// All of the month goes like the window, however long that is: usage times month over window.
    #[default]
    Steady,
    /// The window is a day of 24 h, and the month has `month_hours` / 24 like it (30.4167).
    Day,
    /// The window is the month, of 28 to 31 days: usage counts once, and what is billed by the hour for as long as the window.
    Month,
    /// Load at each hour of a day (24 factors) or of a week (168) relative to the simulated load, 0 to 1,000, at most three
    /// decimals: `{ profile: [0.2, 0.2, ...] }`. Usage that comes with traffic is multiplied by their mean as well: what a request
    /// uses is taken as not depending on load. What is billed by time, and what no journey causes (empty receives), is not.
    /// Not with workloads that are traces.
    Profile(Vec<Number>),
}

/// A month made of measured windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// For what is used or billed by time.
    pub by_time: MonthScale,
    /// For what comes with traffic.
    pub traffic: MonthScale,
    /// What the month is, in words.
    pub basis: String,
}

impl Study {
    /// The factors from window to month; `None` when they are no fractions of 64-bit numbers, which reading reports.
    pub fn month(&self) -> Option<Month> {
        let (hours, window) = (self.month_hours.0, self.duration.0);
        let steady = MonthScale::new((hours * HOUR as f64) as u64, window)?;
        let month = |traffic, basis| Month { by_time: steady, traffic, basis };
        Some(match &self.represents {
            Represents::Steady => month(steady, format!("{hours} h like the measured window")),
            Represents::Day => month(steady, format!("{} days like the measured one", rounded(hours / 24.0))),
            Represents::Month => {
                let basis = format!("the measured window is the month, {} days", rounded(window as f64 / DAY as f64));
                Month { by_time: MonthScale::ONE, traffic: MonthScale::ONE, basis }
            }
            Represents::Profile(factors) => {
                let parts: u64 = factors.iter().map(|factor| thousandths(factor.0)).sum();
                let traffic = steady.times(parts, FACTOR_PARTS * factors.len() as u64)?;
                let percent = rounded(100.0 * parts as f64 / (FACTOR_PARTS as f64 * factors.len() as f64));
                let basis = format!("{hours} h at {percent} % of the simulated load on average, by its profile");
                month(traffic, basis)
            }
        })
    }
}

fn thousandths(factor: f64) -> u64 {
    (factor * FACTOR_PARTS as f64).round() as u64
}

/// To four decimals, without trailing zeros.
fn rounded(value: f64) -> String {
    format!("{}", (value * 1e4).round() / 1e4)
}

/// Contradictions between the window and what it is said to represent.
pub(super) fn check(root: &Node, study: &Study, diagnostics: &mut Diagnostics) {
    let section = root.get("study");
    let at = |key: &str| section.and_then(|section| section.get(key)).or(section).map_or(root.span, |node| node.span);
    let span = at("represents");
    let window = study.duration;
    match &study.represents {
        Represents::Steady => {}
        Represents::Day if window.0 != DAY => {
            diagnostics
                .error(span, Code::Conflict, format!("a day has 24 h, but the measured window has {window}"))
                .label(at("duration"), "the measured window")
                .hint("set `study.duration: 24 h`; a shorter window that all of the month goes like is `represents: steady`");
        }
        Represents::Month if window.0 < MONTH_DAYS.0 * DAY || window.0 > MONTH_DAYS.1 * DAY => {
            diagnostics
                .error(span, Code::Conflict, format!("a month has 28 to 31 days, but the measured window has {window}"))
                .label(at("duration"), "the measured window")
                .hint(
                    "set `study.duration` to that of the trace; a window that all of the month goes like is `represents: steady`",
                );
        }
        Represents::Month => {
            let given = section.and_then(|section| section.get("month_hours"));
            if let Some(given) = given.filter(|_| (study.month_hours.0 * HOUR as f64) as u64 != window.0) {
                let message =
                    format!("the month has {} h here, but the window that is the month has {window}", study.month_hours.0);
                diagnostics
                    .error(given.span, Code::Conflict, message)
                    .label(span, "the window is the month")
                    .hint("leave `month_hours` out");
            }
        }
        Represents::Day => {}
        Represents::Profile(factors) => check_profile(factors, span, diagnostics),
    }
    if study.duration.0 > 0 && study.month_hours.0 > 0.0 && study.month().is_none() && !diagnostics.has_errors() {
        let message = format!("usage of a window of {} cannot be made a month's exactly", Duration(window.0));
        diagnostics.error(at("duration"), Code::OutOfRange, message).hint("give the window whole milliseconds");
    }
}

/// A profile is about a load that holds on; a trace has its own hours.
pub(super) fn check_traces(root: &Node, study: &Study, workloads: &[WorkloadModel], diagnostics: &mut Diagnostics) {
    let Represents::Profile(_) = study.represents else { return };
    let section = root.get("study");
    let span = section.and_then(|section| section.get("represents")).or(section).map_or(root.span, |node| node.span);
    for workload in workloads {
        let Some(trace) = &workload.config.trace else { continue };
        diagnostics
            .error(span, Code::Conflict, format!("the arrivals of `{}` are a trace, which has no load for a profile to vary", workload.name))
            .label(trace.file.span, "the trace")
            .hint("a trace of a day is `represents: day`, one of a month `represents: month`; any other goes on like this: `represents: steady`");
    }
}

fn check_profile(factors: &[Number], span: crate::reader::Span, diagnostics: &mut Diagnostics) {
    if !PROFILE_HOURS.contains(&factors.len()) {
        let message = format!("a profile has 24 factors, one for each hour of a day, or 168 for a week, not {}", factors.len());
        diagnostics.error(span, Code::OutOfRange, message);
    }
    for (hour, factor) in factors.iter().enumerate() {
        let exact = (factor.0 * FACTOR_PARTS as f64 - thousandths(factor.0) as f64).abs() < 1e-6;
        if !(0.0..=FACTOR_MOST).contains(&factor.0) || !exact {
            let message =
                format!("the factor of hour {hour} is {}: factors are from 0 to 1,000, with at most three decimals", factor.0);
            diagnostics.error(span, Code::OutOfRange, message);
        }
    }
    if !factors.is_empty() && factors.iter().all(|factor| factor.0 == 0.0) {
        diagnostics.error(span, Code::OutOfRange, "all factors of the profile are 0: nothing would be billed");
    }
}
