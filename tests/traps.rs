//! Behaviours that people get wrong, as pairs of scenarios: the wrong design must do the damage that the rule predicts, to the
//! number, and the corrected one must do none.
//!
//! Each pair is `scenarios/traps/NAME-wrong.yaml` and `NAME-right.yaml`; the wrong file's header says what the trap is, how its
//! numbers follow, and the source. The objectives of a pair are what the trap costs: the wrong design misses all of them,
//! the right one meets all. Numbers that depend on drawn latencies have a tolerance, which says why.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use floodplan::engine::{Run, refusals, run};
use floodplan::reader::{Disk, Setting};
use floodplan::scenario::{Model, read};

/// Declares a test for each pair, and the list of all of them.
macro_rules! pairs {
    ($($name:literal => $check:ident,)*) => {
        const PAIRS: &[&str] = &[$($name),*];

        mod pairs {
            $(#[test]
            fn $check() {
                let (wrong, right) = super::pair($name);
                super::$check(&wrong, &right);
            })*
        }
    };
}

pairs! {
    "reserved-concurrency" => throttled_messages_are_dead_lettered_without_running,
    "poison-message" => a_bad_message_takes_its_batch_with_it,
    "scaling-rate" => a_spike_meets_the_scaling_rate_and_not_the_quota,
    "event-age" => events_wait_unseen_and_are_dropped_after_six_hours,
    "retry-amplification" => retries_triple_the_load_on_what_is_down,
    "caller-timeout" => work_goes_on_when_its_caller_has_given_up,
    "short-polling" => short_polls_cost_money_and_miss_messages,
    "visibility-timeout" => work_longer_than_the_visibility_timeout_is_repeated,
    "handler-errors" => errors_of_the_handler_are_no_failed_deliveries,
    "invocation-quota" => the_invocation_quota_delays_without_an_error,
    "execution-burst" => a_burst_is_refused_and_retries_eat_the_transitions,
    "integration-timeout" => an_api_gives_up_and_its_function_does_not,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/traps")
}

fn model(file: &str, settings: &[(&str, &str)]) -> Model {
    let settings: Vec<Setting> = settings
        .iter()
        .map(|(path, value)| Setting { origin: "test".to_string(), path: (*path).to_string(), value: (*value).to_string() })
        .collect();
    let reading = read(&folder().join(file), &Disk, &settings);
    reading.model.unwrap_or_else(|| panic!("{}", reading.diagnostics.render(&reading.sources, false)))
}

fn run_model(model: &Model) -> Run {
    let run = run(model).unwrap_or_else(|error| panic!("{}: {error:?}", model.name));
    assert_eq!(run.stopped, None, "{} was stopped", model.name);
    run
}

/// Both runs of a pair, which can be put side by side by `compare`.
fn pair(name: &str) -> (Run, Run) {
    let models = ["wrong", "right"].map(|design| model(&format!("{name}-{design}.yaml"), &[]));
    assert_eq!(refusals(&models, &[]), Vec::<String>::new(), "{name}: the designs cannot be compared");
    let [wrong, right] = models.each_ref().map(run_model);
    for (run, met) in [(&wrong, false), (&right, true)] {
        assert!(!run.summary.objectives.is_empty(), "{name} has no objectives");
        for objective in &run.summary.objectives {
            let found = objective.value.mean;
            assert_eq!(objective.met, met, "{}: {}: {found:?}", run.summary.scenario, objective.condition);
        }
    }
    (wrong, right)
}

/// A number of the summary, by its path there.
fn get(run: &Run, path: &str) -> f64 {
    let json = serde_json::to_value(&run.summary).expect("a summary is JSON");
    let found = path.split('.').try_fold(&json, |at, part| at.get(part));
    let estimate = found.unwrap_or_else(|| panic!("{}: there is no metric {path}", run.summary.scenario));
    estimate["mean"].as_f64().unwrap_or_else(|| panic!("{}: {path} has no value: {estimate}", run.summary.scenario))
}

/// Asserts exact numbers.
fn exactly(run: &Run, expected: &[(&str, f64)]) {
    let found: Vec<(&str, f64)> = expected.iter().map(|(path, _)| (*path, get(run, path))).collect();
    assert_eq!(found, expected, "{}", run.summary.scenario);
}

/// Asserts a number within a relative tolerance.
fn about(run: &Run, path: &str, expected: f64, tolerance: f64) {
    let found = get(run, path);
    assert!((found / expected - 1.0).abs() <= tolerance, "{}: {path} is {found}, not {expected}", run.summary.scenario);
}

/// The value of a series at a time.
fn at(run: &Run, service: &str, name: &str, seconds: f64) -> f64 {
    let series = run.summary.series.iter().find(|series| series.service == service && series.name == name);
    let series = series.unwrap_or_else(|| panic!("there is no series {name} of {service}"));
    series.values[(seconds / series.bin_seconds) as usize]
}

/// USD a month on the bill for what a service uses of one kind.
fn billed(run: &Run, service: &str, sku: &str) -> f64 {
    let lines = run.summary.bill.lines.iter().filter(|line| line.service == service && line.sku == sku);
    lines.map(|line| line.usd_month.mean.expect("a bill line has a value")).sum()
}

#[test]
fn every_file_of_the_folder_belongs_to_a_pair() {
    let found: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder can be listed")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    let expected: BTreeSet<String> =
        PAIRS.iter().flat_map(|name| ["wrong", "right"].map(|design| format!("{name}-{design}.yaml"))).collect();
    assert_eq!(expected.len(), 2 * PAIRS.len(), "a pair is listed twice");
    assert_eq!(found, expected);
}

#[test]
fn headers_tell_the_trap_and_name_a_dated_source() {
    for name in PAIRS {
        for (design, word) in [("wrong", "The trap"), ("right", "The correction of ")] {
            let text = std::fs::read_to_string(folder().join(format!("{name}-{design}.yaml"))).expect("a scenario");
            let header: Vec<&str> = text.lines().take_while(|line| line.starts_with('#')).collect();
            let header = header.join(" ");
            for wanted in ["# Question: ", word, "Source: https://", "read 2026-"] {
                assert!(header.contains(wanted), "{name}-{design}: the header lacks `{wanted}`");
            }
        }
    }
}

/// Of the five messages of each of six rounds, two run, two start late and lose their visibility meanwhile, one never runs.
fn throttled_messages_are_dead_lettered_without_running(wrong: &Run, right: &Run) {
    exactly(
        wrong,
        &[
            ("journeys.checkout.started", 30.0),
            ("services.orders.messages_received", 30.0),
            ("services.orders.messages_dead_lettered", 18.0),
            ("services.charge.invocations", 24.0),
            ("services.charge.poller_given_up", 6.0),
            ("services.charge.errors", 0.0),
        ],
    );
    exactly(
        right,
        &[
            ("services.orders.messages_received", 30.0),
            ("services.charge.invocations", 30.0),
            ("services.charge.concurrent_executions_max", 2.0),
            ("services.charge.poller_throttled", 0.0),
            ("journeys.checkout.endings.fulfilled", 30.0),
        ],
    );
}

/// Ten messages are received three times instead of one of them.
fn a_bad_message_takes_its_batch_with_it(wrong: &Run, right: &Run) {
    exactly(
        wrong,
        &[
            ("services.orders.messages_received", 190.0 + 3.0 * 10.0),
            ("services.psp.requests", 190.0 + 3.0 * 10.0),
            ("services.charge.poller_failed_batches", 3.0),
            ("services.orders.messages_dead_lettered", 10.0),
            ("journeys.good.endings.lost", 9.0),
        ],
    );
    exactly(
        right,
        &[
            ("services.orders.messages_received", 199.0 + 3.0),
            ("services.psp.requests", 199.0 + 3.0),
            ("services.orders.messages_dead_lettered", 1.0),
            ("journeys.good.endings.fulfilled", 199.0),
        ],
    );
}

/// A thousand environments at once and one more in each 10 ms between the tries; the account could run ten times as many.
fn a_spike_meets_the_scaling_rate_and_not_the_quota(wrong: &Run, right: &Run) {
    let served = 1_000.0 + 2.0;
    exactly(
        wrong,
        &[
            ("services.tickets.cold_starts", served),
            ("services.tickets.concurrent_executions_max", served),
            ("journeys.fans.endings.fulfilled", served),
            // One of those served came through at the second try and one at the third.
            ("services.tickets.throttled_scaling_rate", 3.0 * (5_000.0 - served) + 1.0 + 2.0),
            ("services.tickets.throttled_account_concurrency", 0.0),
            ("services.tickets.throttled_requests_per_second", 0.0),
        ],
    );
    exactly(right, &[("journeys.fans.endings.fulfilled", 5_000.0), ("services.fans.client_refused", 0.0)]);
    // Random waits alone get nearly everybody through.
    let patient = run_model(&model("scaling-rate-wrong.yaml", &[("workload.fans.retry", "legacy")]));
    let refused = get(&patient, "journeys.fans.endings.turned_away") / 5_000.0;
    assert!((0.01..0.08).contains(&refused), "{refused} of the patient clients are turned away");
}

/// What waits grows by 0.1 a second, its age by a second a second, and the first event is dropped when it is six hours old;
/// the bus has delivered everything.
fn events_wait_unseen_and_are_dropped_after_six_hours(wrong: &Run, right: &Run) {
    exactly(
        wrong,
        &[
            ("services.shop.hand_over_attempts", 8_640.0),
            ("services.shop.hand_over_dead_lettered", 0.0),
            ("services.shop.hand_over_discarded", 0.0),
            ("services.undelivered.dead_letters_kept", 0.0),
            ("services.fulfil.errors", 0.0),
            ("services.orders.client_refused", 0.0),
        ],
    );
    let (lost, handled) = (get(wrong, "journeys.orders.endings.lost"), get(wrong, "services.fulfil.invocations"));
    assert_eq!(lost + handled, 8_640.0);
    assert_eq!(lost, get(wrong, "services.fulfil.hand_over_expired"));
    // Had both executions always been busy while something was waiting, 2,160; had they stopped with the arrivals, 4,320.
    assert!((2_160.0..4_320.0).contains(&lost), "{lost} events are lost");

    let until = |duration| run_model(&model("event-age-wrong.yaml", &[("study.duration", duration)]));
    let [three, six, later] = ["3 h", "6 h", "6 h + 30 min"].map(until);
    exactly(&six, &[("services.fulfil.hand_over_expired", 0.0)]);
    assert!(get(&later, "services.fulfil.hand_over_expired") > 0.0, "nothing is dropped after six hours");
    // An execution waits for the next try now and then, so slightly more is left than 0.1/s.
    about(&three, "services.fulfil.hand_over_waiting_max", 1_080.0, 0.03);
    about(&six, "services.fulfil.hand_over_waiting_max", 2_160.0, 0.03);
    let age = "services.fulfil.hand_over_age_ms_p99";
    about(&six, age, 2.0 * get(&three, age), 0.03);

    exactly(
        right,
        &[
            ("journeys.orders.endings.fulfilled", 8_640.0),
            ("services.fulfil.hand_over_attempts", 0.0),
            ("services.fulfil.throttled_reserved_concurrency", 0.0),
            ("services.fulfil.concurrent_executions_max", 2.0),
        ],
    );
}

/// Events of the first seven minutes of the outage fail three times, those of the next two twice, of the last once.
fn retries_triple_the_load_on_what_is_down(wrong: &Run, right: &Run) {
    let per_minute = 5.0 * 60.0;
    exactly(
        wrong,
        &[
            ("services.charge.hand_over_discarded", 7.0 * per_minute),
            ("services.charge.errors", (7.0 * 3.0 + 2.0 * 2.0 + 1.0) * per_minute),
            ("services.psp.requests", (20.0 - 7.0) * per_minute),
        ],
    );
    // Minutes, and tries for one event that comes: the outage lasts from minute 5 to 15, its echo two minutes longer.
    for (minute, tries) in [(4.0, 1.0), (5.6, 1.0), (7.0, 2.0), (9.0, 3.0), (14.0, 3.0), (15.5, 3.0), (16.5, 2.0), (17.6, 1.0)] {
        let rate = at(wrong, "charge", "invocations", minute * 60.0);
        assert!((rate / (5.0 * tries) - 1.0).abs() < 0.05, "{rate} invocations per second in minute {minute}");
        let spared = at(right, "charge", "invocations", minute * 60.0);
        assert!((spared / 5.0 - 1.0).abs() < 0.05, "{spared} invocations per second in minute {minute}");
    }
    exactly(
        right,
        &[
            ("services.parked.messages_sent", 10.0 * per_minute),
            ("services.charge.errors", 0.0),
            ("services.charge-later.invocations", 10.0 * per_minute),
            ("services.charge-later.errors", 0.0),
            ("services.psp.requests", 20.0 * per_minute),
            ("journeys.orders.endings.fulfilled", 20.0 * per_minute),
        ],
    );
}

/// Three tries for orders of 110 s, two for those of 10 s, all of them charged.
fn work_goes_on_when_its_caller_has_given_up(wrong: &Run, right: &Run) {
    let tries = 10.0 * (110.0 * 3.0 + 10.0 * 2.0 + 130.0);
    exactly(
        wrong,
        &[
            ("services.pay.invocations", tries),
            ("services.psp.requests", tries),
            ("journeys.orders.endings.refused_but_charged", 1_000.0),
        ],
    );
    exactly(
        right,
        &[
            ("services.psp.requests", 2_500.0),
            ("services.payments.condition_failed", 10.0 * 120.0),
            ("journeys.orders.endings.fulfilled", 2_500.0),
        ],
    );
    // Ten charges a second of 12 s each, threefold or not; cold starts make some begin together.
    about(wrong, "services.psp.busy_servers_max", 3.0 * 120.0, 0.06);
    about(right, "services.psp.busy_servers_max", 120.0, 0.06);
}

/// A poll every 100 ms of the day, half of which miss what is there.
fn short_polls_cost_money_and_miss_messages(wrong: &Run, right: &Run) {
    let messages = get(wrong, "journeys.checkout.started");
    let (receives, sent_and_deleted) = (864_000.0, 3.0 * messages);
    about(wrong, "services.orders.empty_receives", receives, 0.0001);
    // Half of the time to the next poll, and one more period for one miss on average; the mean of 2,900 has an error of 3 ms.
    about(wrong, "services.orders.age_at_receive_ms_mean", 150.0, 0.05);
    let month = 730.0 / 24.0;
    let expected = (receives + sent_and_deleted) * month * 0.40e-6;
    about(wrong, "bill.month_usd", expected, 0.001);

    // A gap of 60 s on average has 1 / (exp(20 / 60) - 1) whole long polls; an idle day would have 4,320.
    let idle = messages / libm::expm1(20.0 / 60.0);
    about(right, "services.orders.empty_receives", idle, 0.05);
    exactly(right, &[("services.worker.empty_answers", 0.0)]);
    // Only the way into the queue, 3 ms.
    about(right, "journeys.checkout.milestones.done.latency_ms.mean", 3.0, 0.01);
}

/// Each message is processed three times, in vain.
fn work_longer_than_the_visibility_timeout_is_repeated(wrong: &Run, right: &Run) {
    exactly(
        wrong,
        &[
            ("services.videos.messages_received", 3.0 * 40.0),
            ("services.workers.messages_done", 3.0 * 40.0),
            ("services.workers.messages_failed", 0.0),
            ("services.videos.stale_deletes", 3.0 * 40.0),
            ("services.videos.messages_deleted", 0.0),
            ("services.videos.messages_dead_lettered", 40.0),
        ],
    );
    exactly(
        right,
        &[
            ("services.videos.messages_received", 40.0),
            ("services.workers.messages_done", 40.0),
            ("services.videos.stale_deletes", 0.0),
            ("services.videos.messages_deleted", 40.0),
        ],
    );
}

/// Three tries and gone, while the dead-letter queues of bus and topic stay empty.
fn errors_of_the_handler_are_no_failed_deliveries(wrong: &Run, right: &Run) {
    for run in [wrong, right] {
        exactly(
            run,
            &[
                ("services.handle.invocations", 200.0 + 2.0 * 60.0),
                ("services.handle.errors", 3.0 * 60.0),
                ("services.shop.hand_over_attempts", 100.0),
                ("services.news.hand_over_attempts", 100.0),
                ("services.undelivered-events.dead_letters_kept", 0.0),
                ("services.undelivered-messages.dead_letters_kept", 0.0),
            ],
        );
    }
    exactly(wrong, &[("services.handle.hand_over_discarded", 60.0)]);
    exactly(right, &[("services.handle.hand_over_discarded", 0.0), ("services.failed.dead_letters_kept", 60.0)]);
}

/// Event number k is put at k/300 s and delivered at (k - 50)/50 s, as 50 may go at once; no counter of errors moves.
fn the_invocation_quota_delays_without_an_error(wrong: &Run, right: &Run) {
    for run in [wrong, right] {
        exactly(
            run,
            &[
                ("services.update.invocations", 180_000.0),
                ("journeys.import.endings.fulfilled", 180_000.0),
                ("services.prices.throttled_put_events_quota", 0.0),
                ("services.prices.hand_over_retries", 0.0),
                ("services.undelivered.dead_letters_kept", 0.0),
            ],
        );
    }
    let delay = |number: f64| 1_000.0 * ((number - 50.0) / 50.0 - number / 300.0);
    about(wrong, "services.prices.hand_over_age_ms_mean", delay(90_000.0), 0.001);
    about(wrong, "services.prices.hand_over_age_ms_p99", delay(0.99 * 180_000.0), 0.002);
    about(wrong, "services.prices.hand_over_waiting_longest_s", 180_000.0 / 50.0, 0.001);
    // What is left is the bus's own way, by assumption some 60 ms.
    assert!(get(right, "services.prices.hand_over_age_ms_mean") < 100.0);
}

/// The bucket of starts takes 1,300 of 2,000; the bucket of transitions is emptied for as long as the outage lasts.
fn a_burst_is_refused_and_retries_eat_the_transitions(wrong: &Run, right: &Run) {
    exactly(
        wrong,
        &[
            ("services.fulfil.executions_started", 1_300.0),
            ("services.fulfil.throttled_start_execution", 700.0),
            ("journeys.orders.endings.turned_away", 700.0),
            ("services.erp.requests", 5.0 * 1_300.0),
        ],
    );
    // Those under way when the outage ends succeed, too: 300 ms of 5,000/s may be missing.
    let transitions = 5_000.0 + 5_000.0 * 59.5 + 5.0 * 1_300.0;
    about(wrong, "services.fulfil.transitions", transitions, 0.005);
    let month = 730.0 * 3_600.0 / 300.0;
    let price = 25e-6;
    let expected = get(wrong, "services.fulfil.transitions") * month * price;
    let found = billed(wrong, "fulfil", "step-functions-transitions");
    assert!((found / expected - 1.0).abs() < 1e-6, "{found} USD for transitions, not {expected}");

    exactly(
        right,
        &[
            ("services.fulfil.executions_started", 2_000.0),
            ("services.fulfil.throttled_start_execution", 0.0),
            ("services.fulfil.executions_succeeded", 2_000.0),
            ("services.erp.requests", 5.0 * 2_000.0),
        ],
    );
    let retries = |run| get(run, "services.fulfil.retries") / get(run, "services.erp.requests");
    assert!(retries(right) < 5.0 && retries(wrong) > 40.0, "{} and {} retries a task", retries(right), retries(wrong));
}

/// Three reports for nobody instead of one for the client.
fn an_api_gives_up_and_its_function_does_not(wrong: &Run, right: &Run) {
    exactly(
        wrong,
        &[
            ("services.api.errors_504_integration_timed_out", 3.0 * 60.0),
            ("services.report.invocations", 3.0 * 60.0),
            ("services.report.errors", 0.0),
            ("journeys.reports.endings.refused_but_done", 60.0),
        ],
    );
    exactly(
        right,
        &[("services.api.errors_5xx", 0.0), ("services.report.invocations", 60.0), ("journeys.reports.endings.fulfilled", 60.0)],
    );
    // Cold starts are billed, too, and differ.
    let [wrong, right] = [wrong, right].map(|run| billed(run, "report", "lambda-duration-x86"));
    assert!((wrong / right / 3.0 - 1.0).abs() < 0.01, "{wrong} USD instead of {right} USD");
}
