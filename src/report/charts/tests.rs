use super::super::{samples, search_samples, study_samples};
use super::frame::spread;
use super::scale::{Label, Scale};
use super::scene::{HEIGHT, Point, Scene, Shape, WIDTH, fit_text, text_box, text_width};
use super::*;
use crate::results::{CostAgainstLoad, Estimate, SeriesKind};

fn texts(scene: &Scene) -> Vec<(String, (f64, f64, f64, f64))> {
    let text = |shape: &Shape| match shape {
        Shape::Text { at, text, face } => Some((text.clone(), text_box(*at, text, *face))),
        _ => None,
    };
    scene.shapes.iter().filter_map(text).collect()
}

/// Every chart of every sample, among them forty-letter names, eight designs and values over five decades.
fn all_charts() -> Vec<Chart> {
    let mut charts = run_charts(&samples::run());
    charts.extend(comparison_charts(&samples::comparison()));
    let mut crowd = samples::comparison();
    for copy in 0..4 {
        let mut design = crowd.designs[copy].clone();
        design.scenario = format!("{}-again", design.scenario);
        crowd.designs.push(design);
    }
    charts.extend(comparison_charts(&crowd));
    charts.extend(sweep_charts(&samples::sweep()));
    charts.extend(find_charts(&search_samples::search()));
    charts.push(break_even_chart(&search_samples::break_even()));
    charts.extend(blast_charts(&study_samples::blast()));
    charts.extend(sensitivity_charts(&study_samples::sensitivity()));
    charts.push(ladder_chart(&samples::ladder()));
    charts
}

#[test]
fn no_two_labels_overlap_and_none_leaves_the_chart() {
    for chart in all_charts() {
        let texts = texts(&chart.scene);
        let empty = texts.iter().any(|(text, _)| text.starts_with("no data"));
        assert!(empty || texts.len() > 5, "{} has hardly any text", chart.name());
        for (index, (text, a)) in texts.iter().enumerate() {
            let inside = a.0 >= 0.0 && a.1 >= 0.0 && a.2 <= WIDTH && a.3 <= HEIGHT;
            assert!(inside, "{}: `{text}` leaves the chart: {a:?}", chart.name());
            for (other, b) in &texts[index + 1..] {
                let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
                assert!(apart, "{}: `{text}` overlaps `{other}`", chart.name());
            }
        }
    }
}

#[test]
fn charts_are_valid_xml_with_their_labels() {
    let charts = all_charts();
    for (name, label) in [
        ("latency", "order: shipped"),
        ("timeseries", "payments answer slowly"),
        ("cost", "orchestration-standard"),
        ("limits", "order-table · partition write units"),
        ("breakdown", "cold start"),
        ("breakdown-order-paid", "slowest 1 %, 1.474 s in all"),
        ("key-figures", "USD per million fulfilled journeys"),
        ("latency-order-paid", "orders-choreography"),
        ("sweep", "payments acc"),
        ("find-orders-choreography", "Largest tested value that holds: 380.4/s; 433.3/s is shown to miss"),
        ("find-orders-choreography", "around the answer"),
        ("find-orders-orchestration-standard", "No tested value is shown to hold"),
        ("break-even", "break-even 5.66 s (95 %: 5.510 to 5.810 s)"),
        ("blast", "8 more services are in blast.csv"),
        ("blast-2", "orchestrated, in a fourth way"),
        ("tornado-journeys.checkout.milestones.fulfilled.latency_ms.p99", "8 smaller swings are in sensitivity.csv"),
        ("ladder", "No estimate (unused at this load, or out of reach of any): logs · ingestion"),
        ("ladder", "× 2.88 to × 3.15   quota 1,000 environments per 10 s"),
    ] {
        let chart = charts.iter().find(|chart| chart.name() == name).expect(name);
        let svg = chart.svg().expect(name);
        assert!(svg.contains(label), "{name} lacks `{label}`");
        assert!(svg.starts_with("<svg width=\"1200\" height=\"720\""), "{name}: {}", &svg[..80]);
        assert!(svg.trim_end().ends_with("</svg>"), "{name} is cut off");
        assert!(svg.contains("sans-serif"), "{name} names no fallback font");
    }
}

#[test]
fn names_are_escaped_in_svg() {
    let mut run = samples::run();
    run.scenario = "a<b & \"c\"".to_owned();
    let svg = run_charts(&run)[0].svg().unwrap();
    assert!(svg.contains("<title>Latency by percentile: a&lt;b &amp; \"c\"</title>"));
    assert!(!svg.contains("a<b"));
}

#[test]
fn png_decodes_to_a_picture_of_the_stated_size() {
    let bytes = run_charts(&samples::run())[0].png().unwrap();
    let decoder = png::Decoder::new(std::io::Cursor::new(&bytes));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (1200, 720));
    assert_eq!(pixels[..3], [255, 255, 255], "the corner is white");
    let dark = pixels.chunks(3).filter(|pixel| pixel.iter().all(|channel| *channel < 110)).count();
    assert!(dark > 1000, "only {dark} dark pixels: the text is missing");
}

#[test]
fn two_renders_are_byte_identical() {
    let (first, second) = (all_charts(), all_charts());
    for (a, b) in first.iter().zip(&second) {
        assert_eq!(a.svg().unwrap(), b.svg().unwrap(), "{}", a.name());
    }
    assert_eq!(first[1].png().unwrap(), second[1].png().unwrap());
}

#[test]
fn nothing_to_draw_is_said_and_does_not_panic() {
    let empty = Summary::default();
    for chart in run_charts(&empty) {
        assert!(chart.svg().unwrap().contains("no data"), "{}", chart.name());
    }
    let nothing = MetricSensitivity::default();
    let sensitivity = Sensitivity { metrics: vec![nothing], ..Sensitivity::default() };
    let mut studies = blast_charts(&Blast::default());
    studies.extend(sensitivity_charts(&sensitivity));
    for chart in comparison_charts(&Comparison::default()).iter().chain(&sweep_charts(&[])).chain(&studies) {
        assert!(chart.svg().unwrap().contains("no data"), "{}", chart.name());
    }
}

#[test]
fn zeros_and_holes_do_not_panic() {
    for value in [0.0, f64::NAN, f64::INFINITY, -1.0, 1e-300] {
        let mut run = samples::run();
        for series in &mut run.series {
            series.values.fill(value);
            series.high.truncate(3);
        }
        run.series[0].kind = SeriesKind::Latency;
        for line in &mut run.bill.lines {
            line.usd_month = Estimate::exact(value);
        }
        run.bill.month_usd = Estimate::exact(value);
        for row in &mut run.breakdown {
            row.mean_ms = Estimate::exact(value);
        }
        for row in &mut run.limits {
            row.load_multiple = Some(value);
            row.refused_share = Estimate::exact(value);
        }
        for curve in &mut run.curves {
            curve.points.iter_mut().for_each(|point| point.1 = value);
        }
        let both = Comparison { designs: vec![run.clone(), Summary::default()], ..Comparison::default() };
        let mut charts = run_charts(&run);
        charts.extend(comparison_charts(&both));
        charts.extend(sweep_charts(&[("1".to_owned(), both.clone()), ("2".to_owned(), both)]));
        for chart in charts {
            let svg = chart.svg().unwrap();
            assert!(svg.len() > 200, "{} at {value}", chart.name());
            assert!(!svg.contains("NaN") && !svg.contains("-2147483648"), "{} at {value}", chart.name());
        }
    }
}

#[test]
fn scales_of_differences_need_no_zero() {
    let scale = Scale::between(812.0, 1_240.0, 0.0, 100.0);
    assert!(scale.at(812.0) >= 0.0 && scale.at(1_240.0) <= 100.0 && scale.at(1_240.0) - scale.at(812.0) > 70.0);
    let ticks = scale.ticks(5);
    assert!((3..=7).contains(&ticks.len()) && ticks.iter().all(|tick| (800.0..=1_250.0).contains(tick)), "{ticks:?}");
    assert!(Scale::between(5.0, 5.0, 0.0, 1.0).at(5.0).is_finite(), "a metric that does not move");
}

#[test]
fn scales_map_their_ends_and_keep_proportions() {
    let linear = Scale::from_zero(90.0, 0.0, 100.0);
    assert_eq!(linear.at(0.0), 0.0, "bars start at zero");
    assert!((linear.at(80.0) - 2.0 * linear.at(40.0)).abs() < 1e-9);
    let log = Scale::log(1.0, 1000.0, 0.0, 300.0);
    for (value, pixel) in [(1.0, 0.0), (10.0, 100.0), (100.0, 200.0), (1000.0, 300.0), (0.0, 0.0), (1e9, 300.0)] {
        assert!((log.at(value) - pixel).abs() < 1e-6, "{value}");
    }
    let tail = Scale::tail(99.9, 0.0, 300.0);
    for (percentile, pixel) in [(0.0, 0.0), (90.0, 100.0), (99.0, 200.0), (99.9, 300.0)] {
        assert!((tail.at(percentile) - pixel).abs() < 1e-6, "{percentile}");
    }
}

#[test]
fn ticks_are_round_and_neither_few_nor_many() {
    for highest in [0.003, 0.9, 1.0, 7.0, 31.9, 120.0, 9_961.0, 123_456.0, 3e9] {
        for count in [2, 3, 5, 10] {
            let ticks = Scale::from_zero(highest, 0.0, 1.0).ticks(count);
            assert!((3..=count + 6).contains(&ticks.len()), "{highest} by {count}: {ticks:?}");
        }
    }
    assert_eq!(Scale::log(50.0, 20_000.0, 0.0, 1.0).ticks(3), [100.0, 1000.0, 10_000.0]);
    assert_eq!(Scale::log(2.0, 8.0, 0.0, 1.0).ticks(3), [2.0, 5.0, 10.0]);
    assert!(Scale::log(0.01, 1e6, 0.0, 1.0).ticks(4).contains(&1.0));
    assert_eq!(Scale::tail(99.95, 0.0, 1.0).ticks(9), [0.0, 50.0, 90.0, 99.0, 99.9]);
    assert_eq!(Label::Milliseconds.text(10_000.0), "10 s");
    assert_eq!(Label::Percent.text(0.5), "50 %");
}

#[test]
fn spread_keeps_the_gap_the_order_and_the_bounds() {
    for (wishes, expected) in [
        (vec![10.0, 50.0], vec![10.0, 50.0]),
        (vec![50.0, 50.0], vec![45.0, 55.0]),
        (vec![0.0, 0.0], vec![0.0, 10.0]),
        (vec![100.0, 99.0, 100.0], vec![90.0, 80.0, 100.0]),
        (vec![], vec![]),
    ] {
        assert_eq!(spread(&wishes, 10.0, 0.0, 100.0), expected, "{wishes:?}");
    }
    let crowded = spread(&[5.0; 30], 10.0, 0.0, 100.0);
    assert!(crowded.iter().all(|place| (0.0..=100.0 + 1e-9).contains(place)));
}

#[test]
fn long_names_lose_their_middle_and_fit() {
    let name = "a-service-name-of-exactly-forty-letters0";
    assert_eq!(fit_text(name, 13.0, 1000.0), name);
    for width in [40.0, 80.0, 150.0] {
        let short = fit_text(name, 13.0, width);
        assert!(text_width(&short, 13.0, false) <= width, "{short}");
        assert!(short.starts_with('a') && short.contains('…') && short.ends_with('0'), "{short}");
    }
}

#[test]
fn names_become_safe_and_distinct_file_names() {
    let mut taken = Vec::new();
    for (name, expected) in [
        ("orders", "orders"),
        ("Orders", "Orders-2"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "unnamed"),
        ("..", "unnamed-2"),
        ("50 per second", "50-per-second"),
        ("orders, orchestrated (Express), down", "orders-orchestrated-Express-down"),
    ] {
        assert_eq!(unique_name(name, &mut taken), expected, "{name}");
    }
}

#[test]
fn a_sweep_names_the_limiter_that_binds_first_at_the_last_load_too() {
    let points = samples::sweep();
    let charts = sweep_charts(&points);
    let texts = texts(&charts[0].scene);
    let (_, last) = points.last().unwrap();
    for design in &last.designs[..2] {
        let first = super::super::tables::first_to_bind(&design.limits).unwrap();
        let name = format!("{} {}", first.service, first.limiter);
        let shown = texts.iter().any(|(text, _)| *text == name || (text.contains('…') && name.starts_with(&text[..4])));
        assert!(shown, "`{name}` of {} is not among {texts:?}", design.scenario);
    }
}

#[test]
fn a_curve_of_few_journeys_says_how_many_got_there() {
    let mut run = samples::run();
    let all = texts(&latency::of_run(&run));
    assert!(!all.iter().any(|(text, _)| text.contains("got there")), "{all:?}");
    run.journeys["order"].milestones["paid"].latency_ms.count = 432_000 * 10 / 5;
    let few = texts(&latency::of_run(&run));
    assert!(few.iter().any(|(text, _)| text == "order: paid, 20.0 %"), "{few:?}");
}

#[test]
fn designs_that_fulfil_different_shares_are_compared_by_them() {
    let mut comparison = samples::comparison();
    let panels = |comparison: &Comparison| texts(&figures::of_comparison(comparison));
    let shown = |texts: &[(String, _)], name: &str| texts.iter().any(|(text, _)| text == name);
    for (design, fulfilled) in comparison.designs.iter_mut().zip([0.98, 0.90]) {
        let journey = design.journeys.values_mut().next().unwrap();
        let count = journey.started.mean.unwrap() * fulfilled;
        journey.endings.insert("fulfilled".to_owned(), Estimate::exact(count));
    }
    assert!(shown(&panels(&comparison), "journeys that are not fulfilled"));
    for design in &mut comparison.designs {
        let journey = design.journeys.values_mut().next().unwrap();
        let count = journey.started.mean.unwrap() * 0.98;
        journey.endings.insert("fulfilled".to_owned(), Estimate::exact(count));
    }
    assert!(!shown(&panels(&comparison), "journeys that are not fulfilled"));
}

fn areas(scene: &Scene) -> Vec<&[Point]> {
    let mut found = Vec::new();
    for shape in &scene.shapes {
        if let Shape::Area { points, .. } = shape {
            found.push(points.as_slice());
        }
    }
    found
}

/// Left and right ends of the bars: not of plates behind texts, which are white, nor of legends, which are low.
fn bars(scene: &Scene) -> Vec<(f64, f64)> {
    let bar = |shape: &Shape| match shape {
        Shape::Block { left, top, right, bottom, colour } => {
            let white = (colour.red, colour.green, colour.blue) == (255, 255, 255);
            (!white && bottom - top > 18.0).then_some((*left, *right))
        }
        _ => None,
    };
    scene.shapes.iter().filter_map(bar).collect()
}

/// Two services, one of which becomes cheaper from load 5 on: the drawn heights are the costs, and the upright line stands at 5.
#[test]
fn cost_against_load_is_drawn_as_it_is() {
    let load = |load: f64| if load <= 5.0 { load } else { 5.0 + (load - 5.0) / 2.0 };
    let loads: Vec<f64> = (0..=10).map(f64::from).collect();
    let curve = CostAgainstLoad {
        name: "shop".to_owned(),
        services: vec![
            ("traffic".to_owned(), loads.iter().map(|at| 10.0 * load(*at)).collect()),
            ("standing".to_owned(), vec![20.0; 11]),
        ],
        kinks: vec![(5.0, "requests".to_owned()), (11.0, "beyond the chart".to_owned())],
        loads,
    };
    let mut run = samples::run();
    run.bill.against_load = curve.clone();
    let chart = run_charts(&run).into_iter().find(|chart| chart.name() == "cost-against-load").expect("a run has the chart");
    assert_eq!(chart.scene, load_chart(&curve).scene, "the same chart as that of a bill");
    let areas = areas(&chart.scene);
    assert_eq!(areas.len(), 2, "one for each service");
    // Along the upper edge of the lower area: pixels per USD and per load are constant but for the kink.
    let upper = &areas[0][..11];
    let (per_load, per_usd) = (upper[1].0 - upper[0].0, (upper[0].1 - upper[1].1) / 10.0);
    assert!(per_load > 0.0 && per_usd > 0.0);
    for (index, point) in upper.iter().enumerate() {
        let at = index as f64;
        assert!((point.0 - upper[0].0 - at * per_load).abs() < 1e-6, "load {at}");
        assert!((upper[0].1 - point.1 - 10.0 * load(at) * per_usd).abs() < 1e-6, "cost at {at}");
    }
    let top = &areas[1][..11];
    assert!(top.iter().zip(upper).all(|(above, below)| (below.1 - above.1 - 20.0 * per_usd).abs() < 1e-6), "stacked on top");
    let upright = chart.scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Line { points, .. } if points.len() == 2 && points[0].0 == points[1].0 => Some(points[0].0),
        _ => None,
    });
    let at_five = upper[0].0 + 5.0 * per_load;
    assert_eq!(upright.filter(|x| (x - at_five).abs() < 1e-6).count(), 1, "one line at load 5");
    let names: Vec<String> = texts(&chart.scene).into_iter().map(|(text, _)| text).collect();
    assert!(names.contains(&"requests".to_owned()) && !names.contains(&"beyond the chart".to_owned()), "{names:?}");
}

/// From the first design to each other one, line by line: steps begin where the one before ended.
#[test]
fn a_comparison_draws_the_waterfall_between_two_simulated_bills() {
    let mut comparison = samples::comparison();
    comparison.designs.truncate(2);
    let line = |service: &str, usd: f64| crate::results::BillLine {
        service: service.to_owned(),
        product: "AWS Lambda".to_owned(),
        sku: "requests".to_owned(),
        unit: "request".to_owned(),
        standing: false,
        quantity_month: Estimate::exact(usd),
        usd_month: Estimate::exact(usd),
    };
    for (design, lines) in comparison.designs.iter_mut().zip([
        vec![line("same", 50.0), line("dearer", 100.0), line("gone", 30.0)],
        vec![line("same", 50.0), line("dearer", 180.0), line("new", 20.0)],
    ]) {
        design.bill.month_usd = Estimate::exact(lines.iter().filter_map(|line| line.usd_month.mean).sum());
        design.bill.lines = lines;
    }
    let charts = comparison_charts(&comparison);
    let chart = charts.iter().find(|chart| chart.name().starts_with("waterfall-")).expect("a waterfall");
    assert_eq!(chart.name(), format!("waterfall-{}", shorten(&comparison).comparison.designs[1].scenario));
    let blocks = bars(&chart.scene);
    assert_eq!(blocks.len(), 5, "before, three changes, after");
    let zero = blocks[0].0;
    let per_usd = (blocks[0].1 - zero) / 180.0;
    for (block, (from, to)) in blocks.iter().zip([(0.0, 180.0), (180.0, 260.0), (230.0, 260.0), (230.0, 250.0), (0.0, 250.0)]) {
        assert!((block.0 - zero - from * per_usd).abs() < 1e-6 && (block.1 - zero - to * per_usd).abs() < 1e-6, "{from} to {to}");
    }
    let names: Vec<String> = texts(&chart.scene).into_iter().map(|(text, _)| text).collect();
    for expected in ["dearer: requests", "gone: requests", "new: requests", "+80.00", "-30.00", "+20.00"] {
        assert!(names.iter().any(|name| name == expected), "{expected} is missing from {names:?}");
    }
    comparison.designs[1].bill = comparison.designs[0].bill.clone();
    assert!(!comparison_charts(&comparison).iter().any(|chart| chart.name().starts_with("waterfall")), "nothing changes");
}

/// The bar of a design is as long as its services' costs, end to end.
#[test]
fn the_bars_of_designs_are_stacked_by_service() {
    let comparison = samples::comparison();
    let charts = comparison_charts(&comparison);
    let chart = charts.iter().find(|chart| chart.name() == "cost").expect("a comparison has the chart");
    let blocks = bars(&chart.scene);
    let left = blocks.iter().map(|block| block.0).fold(f64::INFINITY, f64::min);
    let ends = |design: &Summary| {
        let mut costs: Vec<f64> = design.bill.services.values().filter_map(|cost| cost.mean).collect();
        costs.sort_by(f64::total_cmp);
        (costs.last().copied().unwrap_or(0.0), costs.iter().sum::<f64>())
    };
    // The longest bar gives the scale; the dearest service of each design starts at zero or has a block of its own length.
    let (_, highest) =
        comparison.designs.iter().map(ends).fold((0.0, 0.0), |most: (f64, f64), end| if end.1 > most.1 { end } else { most });
    let right = blocks.iter().map(|block| block.1).fold(0.0, f64::max);
    let per_usd = (right - left) / highest;
    for design in &comparison.designs {
        let (dearest, total) = ends(design);
        let near = |from: f64, to: f64| (from - to).abs() <= 1.5;
        assert!(blocks.iter().any(|block| near(block.1 - block.0, dearest * per_usd)), "{}: {dearest}", design.scenario);
        assert!(blocks.iter().any(|block| near(block.1 - left, total * per_usd)), "{}: {total}", design.scenario);
    }
}
