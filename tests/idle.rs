//! An idle system costs no events, and its empty receives are billed exactly all the same.

use floodplan::engine::{Run, run};
use floodplan::scenario::read_text;

/// A queue that a function polls, for a month of 30 days, with so many messages an hour.
fn month(rate: &str) -> Run {
    let text = format!(
        "name: a month\n\
         study: {{ duration: 30 d, replications: 1, seed: 1 }}\n\
         services:\n  queue: {{ type: sqs }}\n  \
         handle: {{ type: lambda, events: {{ queue: {{ batch_size: 10 }} }}, steps: [ {{ work: 5 ms }} ] }}\n\
         workload:\n  orders: {{ target: queue, rate: {rate}, arrivals: constant, milestones: {{ answered: answered }} }}\n"
    );
    let reading = read_text(&text);
    let model = reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)));
    run(&model).expect("the month runs")
}

fn empty_receives(run: &Run) -> f64 {
    run.summary.services["queue"].metrics["empty_receives"].mean.expect("one replication has a mean")
}

#[test]
fn a_month_with_an_empty_queue_takes_a_handful_of_events_and_bills_every_receive() {
    let run = month("0/s");
    // Five pollers, each of which asks every 20 s.
    assert_eq!(empty_receives(&run), 5.0 * 30.0 * 86_400.0 / 20.0);
    assert!(run.summary.events < 50, "{} events in an idle month", run.summary.events);
}

#[test]
fn a_message_an_hour_costs_only_the_events_that_it_causes() {
    let run = month("1/h");
    assert!(run.summary.events < 720 * 60, "{} events for 720 messages", run.summary.events);
    // Each message cuts short one of the 20 s that some poller waits, and nothing else.
    let idle = 5.0 * 30.0 * 86_400.0 / 20.0;
    let found = empty_receives(&run);
    assert!(found < idle && found > idle - 3.0 * 720.0, "{found} empty receives of {idle}");
}
