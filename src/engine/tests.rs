use super::run_text;

#[test]
fn mm1_smoke() {
    let text = std::fs::read_to_string("scenarios/theory/mm1.yaml").unwrap();
    let start = std::time::Instant::now();
    let run = run_text(&text).unwrap();
    println!("{:?}", start.elapsed());
    let summary = run.summary();
    println!("{}", crate::report::run_text(summary, crate::report::Style::Plain));
    println!("events {}", summary.events);
    let latency = &summary.journeys["requests"].milestones["answered"].latency_ms;
    assert!((latency.mean.mean.unwrap() / 100.0 - 1.0).abs() < 0.01, "{latency:?}");
}
