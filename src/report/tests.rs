use std::fs;
use std::path::{Path, PathBuf};

use super::numbers::{milliseconds, number, percent, tick, usd};
use super::*;
use super::{samples, search_samples};
use crate::results::{Comparison, Estimate, Summary};

const NO_CHARTS: WriteOptions = WriteOptions { svg: false, png: false };

/// All files below a folder with their bytes, sorted by path relative to it.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn names(folder: &Path) -> Vec<String> {
    let name = |(path, _): (PathBuf, Vec<u8>)| path.to_string_lossy().replace('\\', "/");
    tree(folder).into_iter().map(name).collect()
}

#[test]
fn numbers_are_short_and_grouped() {
    for (value, expected) in [
        (0.0, "0"),
        (1.0, "1"),
        (12.345_678, "12.35"),
        (0.001_234_56, "0.001235"),
        (1_234_567.0, "1,234,567"),
        (-1234.0, "-1,234"),
        (999.96, "1,000"),
        (0.5, "0.5"),
        (2.5e-9, "2.5e-9"),
        (f64::NAN, "-"),
    ] {
        assert_eq!(number(value), expected, "{value}");
    }
}

#[test]
fn units_are_chosen_for_reading() {
    for (text, expected) in [
        (milliseconds(0.25), "0.25 ms"),
        (milliseconds(1500.0), "1.5 s"),
        (milliseconds(900_000.0), "900 s"),
        (milliseconds(1_800_000.0), "30 min"),
        (milliseconds(9_000_000.0), "2.5 h"),
        (usd(1234.5), "1,234"),
        (usd(12.3), "12.30"),
        (usd(0.012_345), "0.0123"),
        (usd(0.0), "0"),
        (percent(0.1234), "12.3 %"),
        (percent(0.99995), "99.9950 %"),
        (percent(1.0), "100 %"),
        (percent(0.000_012), "0.0012 %"),
        (tick(2_500_000.0), "2.5 M"),
    ] {
        assert_eq!(text, expected);
    }
}

#[test]
fn estimates_show_no_more_than_their_interval_allows() {
    let with = |mean: f64, half: f64| Estimate {
        mean: Some(mean),
        low: Some(mean - half),
        high: Some(mean + half),
        ..Estimate::default()
    };
    for (value, unit, expected) in [
        (with(123.4, 1.2), Unit::Milliseconds, "123.4 ± 1.2 ms"),
        (with(1234.0, 12.0), Unit::Milliseconds, "1.234 ± 0.012 s"),
        (with(1_234_567.0, 12_345.0), Unit::Number, "1,235,000 ± 12,000"),
        (with(1_234_567.0, 12.0), Unit::Number, "1,234,567 ± 12"),
        (with(123.456_789, 0.000_1), Unit::Number, "123.5 ± 0.1"),
        (with(0.0, 0.5), Unit::Number, "0.00 ± 0.50"),
        (with(0.25, 0.031), Unit::Share, "25.0 ± 3.1 %"),
        (with(5.0, 0.0), Unit::Number, "5 ± 0"),
        (Estimate::exact(5.0), Unit::Usd, "5.00"),
        (Estimate::default(), Unit::Number, "-"),
        (Estimate { beyond: Some(900_000.0), ..Estimate::default() }, Unit::Milliseconds, "> 900 s"),
    ] {
        assert_eq!(estimate(&value, unit, &mut Notes::default()), expected);
    }
}

#[test]
fn withheld_numbers_share_a_footnote_per_reason() {
    let withheld = |reason: &str| Estimate { withheld: Some(reason.to_owned()), ..Estimate::default() };
    let mut notes = Notes::default();
    let mut shown = |reason| estimate(&withheld(reason), Unit::Number, &mut notes);
    assert_eq!((shown("too few"), shown("too late"), shown("too few")), ("- [1]".into(), "- [2]".into(), "- [1]".into()));
    assert_eq!(notes.text(), "[1] too few\n[2] too late");
}

fn small_run() -> Summary {
    let mut run = samples::run();
    run.journeys["order"].milestones.shift_remove("shipped");
    run.journeys["order"].milestones["paid"].latency_ms.p99 =
        Estimate { withheld: Some("too few journeys beyond p99".to_owned()), ..Estimate::default() };
    run.services.truncate(5);
    run.bill.lines.truncate(2);
    run.bill.services.truncate(2);
    run.breakdown.truncate(3);
    run.limits.truncate(2);
    run
}

/// The reviewed text; with `UPDATE` set it is replaced by the present one, to be reviewed in the diff.
fn assert_as_reviewed(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/golden").join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(&path).unwrap(), "{name}");
}

#[test]
fn run_text_is_as_reviewed() {
    assert_as_reviewed("run.txt", &run_text(&small_run(), Style::Plain));
}

#[test]
fn comparison_text_is_as_reviewed() {
    let mut comparison = samples::comparison();
    comparison.designs = vec![small_run(), small_run()];
    comparison.designs[1].scenario = "orders-express".to_owned();
    comparison.designs[1].bill.lower_bound = true;
    comparison.designs[1].stability.stable = false;
    assert_as_reviewed("comparison.txt", &comparison_text(&comparison, Style::Plain));
}

#[test]
fn texts_of_searches_are_as_reviewed() {
    assert_as_reviewed("find.txt", &find_text(&search_samples::search(), Style::Plain));
    assert_as_reviewed("break-even.txt", &break_even_text(&search_samples::break_even(), Style::Plain));
}

#[test]
fn markdown_is_as_reviewed() {
    assert_as_reviewed("run.md", &run_markdown(&small_run()));
    let mut comparison = samples::comparison();
    comparison.designs.truncate(2);
    comparison.designs[1].question = None;
    comparison.designs[1].scenario = "orders|express *new* @all".to_owned();
    comparison.differences.truncate(2);
    for row in &mut comparison.differences {
        row.design.clone_from(&comparison.designs[1].scenario);
    }
    assert_as_reviewed("comparison.md", &comparison_markdown(&comparison));
    assert_as_reviewed("ladder.md", &ladder_markdown(&samples::ladder()));
    assert_as_reviewed("ladder.txt", &ladder_text(&samples::ladder(), Style::Plain));
    assert_as_reviewed("points.md", &points_markdown(&samples::points()));
    assert_as_reviewed("sweep.md", &sweep_markdown("workload.orders.rate", &samples::sweep()[..2]));
}

#[test]
fn markdown_has_whole_tables_and_closes_what_it_folds() {
    let texts = [
        run_markdown(&samples::run()),
        run_markdown(&Summary::default()),
        comparison_markdown(&samples::comparison()),
        points_markdown(&samples::points()),
        ladder_markdown(&samples::ladder()),
        sweep_markdown("x", &samples::sweep()),
    ];
    for text in &texts {
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count(), "{text}");
        let mut columns = 0;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = 0;
                continue;
            }
            let found = line.replace("\\|", "").matches('|').count();
            assert!(columns == 0 || columns == found, "a row of another length: {line}");
            columns = found;
        }
        assert!(!text.contains("\n\n\n"), "two empty lines: {text}");
    }
    let order = ["paid in time", "key figure", "<details>"].map(|part| texts[0].find(part).unwrap());
    assert!(order.is_sorted(), "objectives, key figures, then the rest: {order:?}");
}

#[test]
fn tables_fit_one_hundred_columns() {
    let texts = [
        run_text(&samples::run(), Style::Plain),
        comparison_text(&samples::comparison(), Style::Plain),
        find_text(&search_samples::search(), Style::Plain),
        break_even_text(&search_samples::break_even(), Style::Plain),
        ladder_text(&samples::ladder(), Style::Plain),
    ];
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert!(line.chars().count() <= 100, "{line}");
        assert!(!line.contains('\u{1b}'), "colour code in plain text: {line}");
    }
}

#[test]
fn colour_only_adds_colour() {
    let coloured = run_text(&samples::run(), Style::Colour);
    assert!(coloured.contains("\u{1b}["), "no colour code");
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(start) = rest.find('\u{1b}') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        rest = &rest[rest.find('m').expect("end of a colour code") + 1..];
    }
    plain.push_str(rest);
    assert_eq!(plain, run_text(&samples::run(), Style::Plain));
}

#[test]
fn empty_results_make_text_without_panic() {
    assert!(run_text(&Summary::default(), Style::Plain).contains("UNSTABLE"));
    assert!(comparison_text(&Comparison::default(), Style::Plain).starts_with("Comparison of"));
}

#[test]
fn summary_json_has_the_documented_shape() {
    let json: serde_json::Value = serde_json::from_str(&summary_json(&samples::run()).unwrap()).unwrap();
    assert_eq!(json["schema"], "floodplan.summary/1");
    let p50 = &json["journeys"]["order"]["milestones"]["paid"]["latency_ms"]["p50"];
    assert!(p50["mean"].is_f64() && p50["low"].is_f64() && p50["high"].is_f64());
    assert_eq!(json["services"]["payments"]["type"], "aws_lambda");
    assert!(json["services"]["payments"]["concurrency_max"]["mean"].is_f64());
    assert_eq!(json["bill"]["lines"][0]["service"], "orchestration-standard");
    assert!(json.get("series").is_none() && json.get("limits").is_none(), "bulky tables have their own files");
}

#[test]
fn csv_files_have_their_columns_and_one_row_per_observation() {
    let run = samples::run();
    let curve_points: usize = run.curves.iter().map(|curve| curve.points.len()).sum();
    let bins: usize = run.series.iter().map(|series| series.values.len()).sum();
    for (name, text, heading, rows) in [
        ("bill", csv_files::bill(&run), "service,product,sku,unit,standing,quantity_month,", run.bill.lines.len() + 6),
        ("costs", csv_files::costs(&run), "by,name,figure,mean,low,high", run.bill.services.len() + 3 + 3 * run.bill.hops.len()),
        ("journeys", csv_files::journeys(&run), "journey,figure,mean,low,high", 6 + run.journeys["order"].endings.len()),
        ("latency", csv_files::latency(&run), "journey,milestone,statistic,ms,low,high,", 12 + curve_points),
        ("timeseries", csv_files::time_series(&run), "kind,service,name,unit,time_seconds,", bins),
        ("limits", csv_files::limits(&run), "service,limiter,unit,quota,peak_use,", run.limits.len()),
        ("breakdown", csv_files::breakdown(&run), "journey,milestone,group,service,category,mean_ms,low,high", 40),
    ] {
        let text = text.unwrap();
        assert!(text.starts_with(heading), "{name}: {}", text.lines().next().unwrap_or(""));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        // A record of another length than the heading is an error of the reader.
        assert_eq!(reader.records().map(Result::unwrap).count(), rows, "{name}");
    }
    let latency = csv_files::latency(&run).unwrap();
    assert!(latency.contains("order,shipped,p99,,,,99,4290345,900000,\n"), "an open quantile states what it lies beyond");
    assert!(latency.contains("order,paid,p999,,,,99.9,4290345,,fewer than 100"), "a withheld one its reason");
    assert!(csv_files::limits(&run).unwrap().lines().nth(1).unwrap().starts_with("payments,account concurrency"));
}

#[test]
fn csv_cells_are_quoted_and_holes_are_empty() {
    let mut run = samples::run();
    run.series.truncate(1);
    run.series[0].service = "a,\"b\"".to_owned();
    run.series[0].values = vec![f64::NAN, 1e-7];
    let text = csv_files::time_series(&run).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("latency,\"a,\"\"b\"\"\",p50,ms,0,30,,"), "{}", lines[1]);
    assert!(lines[2].contains(",30,30,0.0000001,"), "{}", lines[2]);
}

#[test]
fn a_run_fills_its_folder_and_leaves_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("output/orders");
    let written = write_run(&out, &samples::run(), WriteOptions::default()).unwrap();
    let expected = [
        "bill.csv",
        "breakdown.csv",
        "charts/breakdown-order-paid.png",
        "charts/breakdown-order-paid.svg",
        "charts/breakdown-order-shipped.png",
        "charts/breakdown-order-shipped.svg",
        "charts/breakdown.png",
        "charts/breakdown.svg",
        "charts/cost-against-load.png",
        "charts/cost-against-load.svg",
        "charts/cost.png",
        "charts/cost.svg",
        "charts/latency.png",
        "charts/latency.svg",
        "charts/limits.png",
        "charts/limits.svg",
        "charts/timeseries.png",
        "charts/timeseries.svg",
        "costs.csv",
        "journeys.csv",
        "latency.csv",
        "limits.csv",
        "summary.json",
        "timeseries.csv",
    ];
    assert_eq!(names(&out), expected);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 9, "the staging folder is gone");
    assert_eq!(written.len(), expected.len());
    assert!(written.iter().all(|path| path.is_file()));
}

#[test]
fn writing_twice_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a"), folder.path().join("b"));
    for out in [&first, &second, &second] {
        write_comparison(out, &samples::comparison(), WriteOptions { svg: true, png: false }).unwrap();
    }
    assert!(tree(&first) == tree(&second));
}

#[test]
fn a_comparison_holds_each_design_in_its_own_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut comparison = samples::comparison();
    comparison.designs[1].scenario = "charts".to_owned();
    comparison.designs[2].scenario = "orders/standard".to_owned();
    comparison.designs[3].scenario = "orders-standard".to_owned();
    write_comparison(folder.path(), &comparison, NO_CHARTS).unwrap();
    let names = names(folder.path());
    for expected in [
        "comparison.json",
        "differences.csv",
        "limits.csv",
        "orders-standard/summary.json",
        "charts-2/summary.json",
        "orders-standard-2/summary.json",
        "orders-standard-3/summary.json",
    ] {
        assert!(names.iter().any(|name| name == expected), "{expected} is missing from {names:?}");
    }
}

#[test]
fn a_sweep_holds_each_load_in_its_own_folder() {
    let folder = tempfile::tempdir().unwrap();
    write_sweep(folder.path(), &samples::sweep()[..2], NO_CHARTS).unwrap();
    let sweep = fs::read_to_string(folder.path().join("sweep.csv")).unwrap();
    assert_eq!(sweep.lines().count(), 1 + 2 * 3);
    assert!(sweep.contains("10 per second,orders-standard,true,"), "{sweep}");
    assert!(folder.path().join("20-per-second/orders-express/bill.csv").is_file());
}

#[test]
fn rewriting_replaces_our_files_and_spares_others() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    fs::create_dir_all(out.join("charts")).unwrap();
    for name in ["notes.md", "charts/latency-gone.svg", "charts/photo.png", "summary.json"] {
        fs::write(out.join(name), "old").unwrap();
    }
    write_run(out, &samples::run(), WriteOptions { svg: true, png: false }).unwrap();
    assert_eq!(fs::read_to_string(out.join("notes.md")).unwrap(), "old");
    assert_eq!(fs::read_to_string(out.join("charts/photo.png")).unwrap(), "old");
    assert!(!out.join("charts/latency-gone.svg").exists(), "a chart of an earlier run must not stay");
    assert_ne!(fs::read_to_string(out.join("summary.json")).unwrap(), "old");
}

#[test]
fn a_failure_part_way_restores_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    // `summary.json` and `bill.csv` are replaced before the folder in the way of `latency.csv` is met.
    fs::write(out.join("summary.json"), "old").unwrap();
    fs::create_dir(out.join("latency.csv")).unwrap();
    fs::write(out.join("latency.csv/kept"), "kept").unwrap();
    let error = write_run(out, &samples::run(), NO_CHARTS).unwrap_err();
    assert!(matches!(&error, ReportError::FolderInTheWay { path } if path.ends_with("latency.csv")), "{error}");
    assert_eq!(names(out), ["latency.csv/kept", "summary.json"]);
    assert_eq!(fs::read_to_string(out.join("summary.json")).unwrap(), "old");
}

#[test]
fn a_file_where_the_folder_should_be_is_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "mine").unwrap();
    for out in [file.clone(), file.join("below")] {
        let error = write_run(&out, &samples::run(), NO_CHARTS).unwrap_err().to_string();
        assert!(error.starts_with("cannot create `") && error.contains("taken"), "{error}");
        assert!(error.contains("a file stands where a folder is needed"), "{error}");
    }
    assert_eq!(names(folder.path()), ["taken"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn system_errors_say_what_to_do() {
    use std::io::{Error, ErrorKind};
    for (kind, advice) in [
        (ErrorKind::PermissionDenied, "you may write to"),
        (ErrorKind::StorageFull, "free some space"),
        (ErrorKind::ReadOnlyFilesystem, "you may write to"),
    ] {
        let error = ReportError::Write { action: "write", path: PathBuf::from("x"), source: Error::from(kind) };
        assert!(error.to_string().contains(advice), "{error}");
    }
}

#[test]
fn a_sweep_s_text_names_the_limiter_that_binds_first() {
    let mut points = samples::sweep();
    points.truncate(2);
    for design in points.iter_mut().flat_map(|point| &mut point.1.designs) {
        for row in &mut design.limits {
            row.refused_share = Estimate::exact(0.0);
            row.delayed_share = Estimate::exact(0.0);
        }
    }
    let idle = sweep_text("workload.orders.rate", &points, Style::Plain);
    assert!(idle.starts_with("3 designs over 2 values of workload.orders.rate\n"), "{idle}");
    assert!(idle.contains("at load ×") && !idle.contains("binds now"), "{idle}");
    // A limiter that binds already comes before one with a lower load multiple.
    let limits = &mut points[1].1.designs[0].limits;
    limits[0].load_multiple = Some(0.5);
    limits[1].load_multiple = Some(7.0);
    limits[1].delayed_share = Estimate::exact(0.25);
    let busy = sweep_text("workload.orders.rate", &points, Style::Plain);
    let mut lines = busy.lines().skip_while(|line| !line.contains("binds now"));
    let (line, below) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(line.contains("order-intake:") && line.contains("25.0") && below.contains("burst"), "{line}\n{below}");
    assert!(busy.lines().all(|line| line.chars().count() <= 100), "{busy}");
}

#[test]
fn a_limit_that_no_load_reaches_is_on_top_when_it_binds() {
    let mut run = samples::run();
    let mut row = run.limits[1].clone();
    row.service = "workflow".to_owned();
    row.limiter = "longest duration".to_owned();
    row.load_multiple = None;
    let first_row = |run: &Summary| {
        let text = run_text(run, Style::Plain);
        let table = text.split("What binds first").nth(1).unwrap().to_owned();
        table.lines().skip_while(|line| !line.starts_with('╞')).nth(1).unwrap().to_owned()
    };
    row.refused_share = Estimate::exact(0.0);
    run.limits.push(row.clone());
    assert!(first_row(&run).contains("payments: account"), "{}", first_row(&run));
    run.limits.pop();
    for other in &mut run.limits {
        other.refused_share = Estimate::exact(0.0);
        other.delayed_share = Estimate::exact(0.0);
    }
    row.refused_share = Estimate::exact(0.13);
    run.limits.push(row);
    let top = first_row(&run);
    assert!(top.contains("workflow: longest") && top.contains("already") && top.contains("13.0 %"), "{top}");
}

#[test]
fn no_word_is_broken_where_there_is_room() {
    let run = samples::run();
    let text = run_text(&run, Style::Plain);
    for name in run.assumptions.iter().map(|one| &one.name) {
        assert!(text.contains(&**name), "`{name}` is broken:\n{text}");
    }
    let points = samples::sweep();
    let text = sweep_text("workload.orders.rate", &points, Style::Plain);
    assert!(text.contains("orders-standard") && text.contains("orders-express"), "{text}");
}

#[test]
fn a_bill_with_faults_in_its_window_says_so() {
    let mut run = samples::run();
    run.spans.retain(|span| span.label == "warm-up");
    assert!(!run_text(&run, Style::Plain).contains("disturbances included"));
    run.spans.push(crate::results::Span { label: "provider down".to_owned(), from_seconds: 60.0, to_seconds: 90.0 });
    assert!(run_text(&run, Style::Plain).contains("disturbances included"));
}
