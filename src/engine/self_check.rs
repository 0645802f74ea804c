//! The checks of a run against itself. What they find is a mistake of ours, never of the scenario.
//!
//! Flow balance: what came has left or is held, for journeys and for every room and connection. Little's law and the
//! utilisation law: the area below a level is the sum of the times spent there, to the nanosecond. The parts of a latency
//! sum to it, and the lines of a bill to its total. All of it is integer arithmetic, so nothing is allowed for rounding.

use crate::fabric::World;
use crate::fabric::balance::{Balance, Law};
use crate::fabric::metric::Metrics;
use crate::fabric::outcomes::{Outcomes, WorkloadOutcomes};
use crate::pricing::{Bill, Quantity, Usage};

/// Checks a run whose horizon has come: the instant is over, so calls between two parties have arrived.
pub fn of_horizon(world: &World) -> Option<String> {
    if world.stopped().is_some() {
        return None;
    }
    let metrics = &world.metrics;
    metrics.books.balances.iter().find_map(|balance| flow(world, metrics, balance))
}

/// Checks a run that is over.
pub fn of_end(world: &World) -> Option<String> {
    let metrics = &world.metrics;
    let within = || metrics.books.balances.iter().filter(|balance| !balance.between);
    journeys(world)
        .or_else(|| presence(&world.outcomes, world.journeys().len() as u64))
        .or_else(|| within().find_map(|balance| flow(world, metrics, balance)))
        .or_else(|| metrics.books.laws.iter().find_map(|law| little(world, metrics, law)))
        .or_else(|| world.outcomes.workloads.iter().find_map(parts))
}

/// Flow balance of the journeys: every measured one is closed under an ending or still open.
fn journeys(world: &World) -> Option<String> {
    for (index, outcomes) in world.outcomes.workloads.iter().enumerate() {
        let open = world.journeys().iter().filter(|journey| journey.is_measured() && journey.workload() as usize == index).count()
            as u64;
        if let Some(found) = closed(outcomes, open) {
            return Some(format!("workload {index}: {found}"));
        }
    }
    if world.journeys().is_empty() && world.open_messages() != 0 {
        let orphans = world.open_messages();
        return Some(format!("{orphans} messages are held for journeys that have closed"));
    }
    None
}

fn closed(outcomes: &WorkloadOutcomes, open: u64) -> Option<String> {
    let (started, closed) = (outcomes.started, outcomes.closed);
    if started != closed + open {
        return Some(format!("{started} journeys started, but {closed} closed and {open} are open"));
    }
    let ended: u64 = outcomes.endings.iter().sum();
    (ended != closed).then(|| format!("{closed} journeys closed under {ended} endings"))
}

/// Little's law of the journeys.
fn presence(outcomes: &Outcomes, open: u64) -> Option<String> {
    let presence = outcomes.presence;
    if presence.open != open {
        return Some(format!("{open} journeys are open, but the balance of openings and closings is {}", presence.open));
    }
    let agrees = presence.area == presence.spent || open > 0 && presence.area >= presence.spent;
    (!agrees).then(|| {
        format!(
            "Little's law: the journeys were open for {} ns by their number, but for {} ns by their times",
            presence.area, presence.spent
        )
    })
}

fn flow(world: &World, metrics: &Metrics, balance: &Balance) -> Option<String> {
    let total =
        |counters: &[crate::fabric::metric::CounterId]| -> u64 { counters.iter().map(|id| metrics.totals[id.0 as usize]).sum() };
    let held: u64 = balance.held.iter().map(|id| metrics.value(*id)).sum();
    let (came, left) = (total(&balance.came), total(&balance.left));
    (came != left + held).then(|| {
        let (service, what) = (world.service_name(balance.service), balance.what);
        format!("flow balance of {what} at `{service}`: {came} came, but {left} left and {held} are there")
    })
}

/// Little's law or the utilisation law. While somebody is there, times that have not ended are unknown, and nothing is said.
fn little(world: &World, metrics: &Metrics, law: &Law) -> Option<String> {
    if law.levels.iter().any(|id| metrics.value(*id) > 0) {
        return None;
    }
    let area: u128 = law.levels.iter().map(|id| metrics.whole_area(*id)).sum();
    (area != law.spent).then(|| {
        let (service, what) = (world.service_name(law.service), law.what);
        format!("Little's law of {what} at `{service}`: {area} ns by their number, but {} ns by their times", law.spent)
    })
}

/// The parts of the latency sum to it, in each class of latency.
fn parts(outcomes: &WorkloadOutcomes) -> Option<String> {
    outcomes.classes.iter().find_map(|class| {
        let parts: u128 = class.sums.iter().sum();
        let latency = class.latency;
        (parts != latency).then(|| format!("the critical path sums to {parts} ns, but the latency is {latency} ns"))
    })
}

/// The lines of a bill sum to its total, and what was used is on them.
pub fn of_bill(bill: &Bill, usages: &[Usage]) -> Option<String> {
    let lines: i128 = bill.lines.iter().map(|line| line.cost_picousd).sum();
    if lines != bill.total_picousd {
        return Some(format!("the lines of the bill sum to {lines} pico-USD, but its total is {}", bill.total_picousd));
    }
    usages.iter().find_map(|usage| {
        let used = sum(usages.iter().filter(|other| other.sku == usage.sku).map(|other| other.quantity));
        let billed = sum(bill.lines.iter().filter(|line| line.sku == usage.sku).map(|line| line.quantity));
        (used != billed).then(|| format!("`{}`: {used:?} were used, but {billed:?} are on the bill", usage.sku))
    })
}

fn sum(mut quantities: impl Iterator<Item = Quantity>) -> Option<String> {
    quantities.try_fold(Quantity::ZERO, Quantity::checked_add).map(|sum| sum.to_string())
}

#[cfg(test)]
mod tests {
    use super::{of_bill, of_end, of_horizon};
    use crate::engine::compile::{Compiled, compile};
    use crate::engine::price_book;
    use crate::fabric::Simulation;
    use crate::kernel::SECOND;
    use crate::pricing::{Options, Quantity, Usage, bill};
    use crate::reader::Diagnostics;
    use crate::services::Party;

    /// Every room and connection that keeps books, and faults, so that no count is zero by chance.
    const WORLD: &str = "
name: everything once
study: { duration: 60 s, replications: 1, seed: 3 }
services:
  api: { type: api_gateway, protocol: rest, throttling_rate_limit: 15/s, throttling_burst_limit: 2, routes: { GET /: { target: front } } }
  front:
    type: lambda
    timeout: 1 s
    reserved_concurrent_executions: 4
    steps:
      - call: { service: partner, timeout: 300 ms, on_error: [] }
      - fail: { share: 5% }
      - publish: { topic: news }
      - put_events: { bus: shop, detail_type: Placed }
      - start_execution: { state_machine: flow }
  news: { type: sns, subscriptions: { queue: work, function: { endpoint: tail, dead_letter: dead } } }
  shop: { type: eventbridge, rules: { all: { event_pattern: { detail-type: [Placed] }, targets: [work] } } }
  flow:
    type: step_functions
    workflow_type: EXPRESS
    resources: { partner: partner }
    definition: { StartAt: Ask, States: { Ask: { Type: Task, Resource: partner, End: true } } }
  work: { type: sqs, visibility_timeout: 6 s, redrive: { dead_letter: dead, max_receive_count: 2 } }
  dead: { type: sqs }
  tail:
    type: lambda
    timeout: 1 s
    maximum_retry_attempts: 1
    events: { work: { batch_size: 5 } }
    steps: [ { work: 30 ms }, { fail: { share: 20% } }, { mark: done } ]
  partner: { type: external, servers: 2, capacity: 5, service_time: { exponential: { mean: 60 ms } }, errors: 5%, drop_when_abandoned: true }
workload:
  visits: { target: api, rate: 20/s, milestones: { done: done }, endings: { done: done } }
";

    /// The world after its run, up to the horizon or to the end.
    fn after(drained: bool) -> Simulation<Party> {
        let reading = crate::scenario::read_text(WORLD);
        let model = reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)));
        let Compiled { mut simulation, .. } = compile(&model, 0, &mut Diagnostics::new()).expect("it compiles");
        simulation.start();
        simulation.world.metrics.begin_measuring(0);
        simulation.run_until(60 * SECOND);
        simulation.world.end_measuring(60 * SECOND);
        if drained {
            simulation.world.close_arrivals();
            simulation.run_until(3_600 * SECOND);
            simulation.world.metrics.finish(3_600 * SECOND);
            assert!(simulation.world.journeys().is_empty(), "the world drains");
        }
        simulation
    }

    #[test]
    fn a_run_agrees_with_itself() {
        let at_horizon = after(false);
        assert!(!at_horizon.world.journeys().is_empty(), "something is under way");
        assert_eq!(of_horizon(&at_horizon.world), None);
        assert_eq!(of_end(&at_horizon.world), None);
        let at_end = after(true);
        assert_eq!(of_horizon(&at_end.world), None);
        assert_eq!(of_end(&at_end.world), None);
        for balance in &at_end.world.metrics.books.balances {
            let came: u64 = balance.came.iter().map(|id| at_end.world.metrics.totals[id.0 as usize]).sum();
            let name = at_end.world.service_name(balance.service);
            assert!(came > 0 || name == "dead" || balance.what == "events handed over", "{name} has no {}", balance.what);
        }
    }

    #[test]
    fn each_balance_notices_each_of_its_counts_being_off_by_one() {
        let mut simulation = after(false);
        let world = &mut simulation.world;
        let now = world.now();
        let balances = world.metrics.books.balances.clone();
        assert!(balances.iter().any(|balance| balance.between), "a topic's notifications are compared with what was accepted");
        for balance in balances {
            for id in balance.came.iter().chain(&balance.left) {
                world.metrics.totals[id.0 as usize] += 1;
                let found = of_horizon(world).unwrap_or_else(|| panic!("{balance:?} does not notice {id:?}"));
                assert!(found.contains("flow balance"), "{found}");
                world.metrics.totals[id.0 as usize] -= 1;
            }
            for id in &balance.held {
                world.metrics.raise(now, *id, 1);
                assert!(of_horizon(world).is_some(), "{balance:?} does not notice {id:?}");
                world.metrics.lower(now, *id, 1);
            }
        }
        assert_eq!(of_horizon(world), None, "all is as it was");
    }

    #[test]
    fn each_law_notices_a_nanosecond() {
        let mut simulation = after(true);
        let world = &mut simulation.world;
        let mut empty = 0;
        for index in 0..world.metrics.books.laws.len() {
            let law = world.metrics.books.laws[index].clone();
            // Dead letters stay, so the law of their queue has nothing to say.
            if law.levels.iter().any(|id| world.metrics.value(*id) > 0) {
                assert_eq!(world.service_name(law.service), "dead");
                continue;
            }
            empty += 1;
            world.metrics.books.laws[index].spent += 1;
            let found = of_end(world).unwrap_or_else(|| panic!("{law:?} is not checked"));
            assert!(found.contains("Little's law of"), "{found}");
            world.metrics.books.laws[index].spent -= 1;
        }
        assert!(empty >= 8, "only {empty} laws were tried");
    }

    #[test]
    fn journeys_that_are_not_accounted_for_are_noticed() {
        let mut simulation = after(true);
        let world = &mut simulation.world;
        let check = |world: &mut crate::fabric::World, words: &str| {
            let found = of_end(world).expect("a mistake is found");
            assert!(found.contains(words), "{found}");
        };
        world.outcomes.workloads[0].started += 1;
        check(world, "journeys started, but");
        world.outcomes.workloads[0].started -= 1;
        world.outcomes.workloads[0].endings[0] += 1;
        check(world, "endings");
        world.outcomes.workloads[0].endings[0] -= 1;
        world.outcomes.presence.open += 1;
        check(world, "the balance of openings and closings");
        world.outcomes.presence.open -= 1;
        world.outcomes.presence.spent += 1;
        check(world, "Little's law: the journeys");
        world.outcomes.presence.spent -= 1;
        let class = world.outcomes.workloads[0].classes.first_mut().expect("a journey arrived");
        class.latency += 1;
        check(world, "the critical path sums to");
    }

    #[test]
    fn a_bill_whose_lines_do_not_add_up_is_noticed() {
        let book = price_book().expect("the prices can be read");
        let usage = |service: &str| Usage {
            service: service.to_string(),
            sku: "lambda-requests-arm".to_string(),
            region: "us-east-1".to_string(),
            account: "default".to_string(),
            quantity: Quantity::from_count(7_000_003),
        };
        let usages = [usage("one"), usage("other")];
        let made = bill(book, &usages, &Options::default()).expect("it can be priced");
        assert_eq!(of_bill(&made, &usages), None);
        let mut wrong = made.clone();
        wrong.lines[0].cost_picousd += 1;
        assert!(of_bill(&wrong, &usages).is_some_and(|found| found.contains("its total is")));
        let more = [usage("one"), usage("other"), usage("third")];
        assert!(of_bill(&made, &more).is_some_and(|found| found.contains("are on the bill")));
    }
}
