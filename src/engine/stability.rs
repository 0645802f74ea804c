//! Telling a system whose backlog grows without bound from one that is merely busy.

use crate::fabric::World;
use crate::kernel::{SECOND, Time};
use crate::results::SeriesKind;

use super::replication::sum_between;

/// A backlog that grows by more than this share of the arrivals is growing without bound.
const GROWTH_SHARE: f64 = 0.01;
/// A backlog that was large when the window began cannot grow to a multiple of itself: it grows without bound if it grows by this
/// share of the arrivals, and evenly: in each quarter by at least half of what it does in the fastest.
const EVEN_GROWTH_SHARE: f64 = 0.05;
/// What waits in a hand-over may wait for its next attempt, minutes away, and levels off after that: even growth proves nothing.
const WAITS_FOR_RETRIES: &str = "hand_over_waiting";
/// Smaller backlogs than this are noise.
pub(super) const BACKLOG_MIN: f64 = 50.0;

/// Services that only keep dead letters, which nobody has received so far: they fill without any work piling up, and the
/// report counts what they hold.
pub(super) fn dead_letter_queues(world: &World) -> Vec<u16> {
    let total = |service: u16, name: &str| -> u64 {
        let counters = world.metrics.counters.iter().zip(&world.metrics.totals);
        counters.filter(|(counter, _)| counter.service == service && counter.name == name).map(|(_, total)| *total).sum()
    };
    let services = 0..world.service_names.len() as u16;
    let only_keeps = |service: &u16| {
        total(*service, "dead_letters_kept") > 0
            && total(*service, "messages_sent") == 0
            && total(*service, "messages_received") == 0
    };
    services.filter(only_keeps).collect()
}

/// Names every backlog that grows through the whole measured window; empty when the system is stable.
///
/// A backlog is judged by its means over the four quarters of the window: it must rise from quarter to quarter, end at
/// half as much again as in the second or grow evenly, and grow by at least 1 % of the arrivals.
pub fn judge(world: &World, from: Time, to: Time) -> Vec<String> {
    let quarter = (to - from) / 4;
    if quarter == 0 {
        return Vec::new();
    }
    let arrivals: f64 = world.outcomes.workloads.iter().map(|outcomes| sum_between(&outcomes.arrivals, from, to)).sum();
    let per_second = arrivals / ((to - from) as f64 / SECOND as f64);
    let mut reasons = Vec::new();
    let kept = dead_letter_queues(world);
    for level in &world.metrics.levels {
        if level.kind != Some(SeriesKind::Backlog) || kept.contains(&level.service) {
            continue;
        }
        let mean = |index: u64| sum_between(&level.bins, from + index * quarter, from + (index + 1) * quarter) / quarter as f64;
        let means = [mean(0), mean(1), mean(2), mean(3)];
        let seconds = 2.0 * quarter as f64 / SECOND as f64;
        let growth = (means[3] - means[1]) / seconds;
        let rising = means[0] < means[1] && means[1] < means[2] && means[2] < means[3];
        let steps = [means[1] - means[0], means[2] - means[1], means[3] - means[2]];
        let evenly = steps.iter().all(|step| steps.iter().all(|other| *step >= 0.5 * other));
        let evenly = evenly && level.name != WAITS_FOR_RETRIES;
        let much = means[3] > 1.5 * means[1] || evenly && growth > EVEN_GROWTH_SHARE * per_second;
        if rising && means[3] > BACKLOG_MIN && much && growth > GROWTH_SHARE * per_second {
            let name = world.service_name(level.service);
            reasons.push(format!(
                "{} of `{name}` grows by about {growth:.1} per second at {per_second:.1} arrivals per second",
                level.name.replace('_', " ")
            ));
        }
    }
    if !reasons.is_empty() {
        let busy = world.limiters.iter().filter(|limiter| limiter.refused + limiter.delayed > 0);
        for limiter in busy {
            reasons.push(format!("limiter `{}` of `{}` refused or delayed work", limiter.plan.name, limiter.plan.service));
        }
    }
    reasons
}
