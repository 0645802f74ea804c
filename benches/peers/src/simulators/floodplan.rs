//! floodplan through its public path: a scenario as text is read, checked, compiled, run and summarised. Nothing is switched
//! off: histograms, critical paths, time series, usage and its bill, self-checks, fingerprint. Critical paths, which no peer
//! keeps, are those of all requests (the default) or of every n-th.

use floodplan::engine::run_text;

use crate::measure::Answer;
use crate::work::Work;

pub fn run(work: Work, seed: u64, breakdown_every: u32) -> Answer {
    let study = format!("replications: 1, seed: {seed}, breakdown_every: {breakdown_every}");
    let scenario = match work {
        Work::Queue { servers, requests } => queue(servers, requests, &study),
        Work::Hold { pending, seconds } => hold(pending, seconds, &study),
    };
    let run = run_text(&scenario).expect("the scenario runs");
    let summary = run.summary();
    let latency = &summary.journeys["requests"].milestones["answered"].latency_ms;
    let seconds = |milliseconds: Option<f64>| milliseconds.unwrap_or(f64::NAN) / 1e3;
    Answer {
        requests: latency.count,
        events: Some(summary.events),
        mean_seconds: seconds(latency.mean.mean),
        p99_seconds: seconds(latency.p99.mean),
    }
}

fn queue(servers: u32, requests: u64, study: &str) -> String {
    let rate = Work::rate(servers);
    format!(
        "name: M/M/{servers}
question: How long does a request take at servers that are busy 90 % of the time?
study: {{ duration: {duration:.3} s, {study} }}
services:
  servers: {{ type: external, servers: {servers}, service_time: {{ exponential: {{ mean: 1 s }} }} }}
workload:
  requests:
    target: servers
    rate: {rate}/s
    milestones: {{ answered: answered }}
    endings: {{ fulfilled: answered }}
",
        duration = requests as f64 / rate
    )
}

fn hold(pending: u32, seconds: u32, study: &str) -> String {
    format!(
        "name: hold
question: How long does a request take where nothing limits how many are served at once?
study: {{ duration: {seconds} s, cool_down: 0 s, {study} }}
services:
  servers: {{ type: external, service_time: {{ exponential: {{ mean: 1 s }} }} }}
workload:
  requests:
    target: servers
    users: {pending}
    milestones: {{ answered: answered }}
    endings: {{ fulfilled: answered }}
"
    )
}
