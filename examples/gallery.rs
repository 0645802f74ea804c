//! Draws every chart from made-up results into a folder, to look at them: `cargo run --example gallery -- FOLDER`.

#[path = "../src/report/samples.rs"]
mod samples;

use floodplan::report::{self, Style, WriteOptions};
use floodplan::results;
use std::path::Path;

fn main() -> Result<(), report::ReportError> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    let run = samples::run();
    print!("{}", report::run_text(&run, Style::Plain));
    println!("{}", "=".repeat(100));
    let comparison = samples::comparison();
    print!("{}", report::comparison_text(&comparison, Style::Plain));
    let options = WriteOptions::default();
    let mut written = report::write_run(&folder.join("run"), &run, options)?;
    written.extend(report::write_comparison(&folder.join("comparison"), &comparison, options)?);
    let no_charts = WriteOptions { svg: false, png: false };
    written.extend(report::write_sweep(&folder.join("sweep"), &samples::sweep(), no_charts)?);
    for chart in report::sweep_charts(&samples::sweep()) {
        let path = folder.join("sweep.png");
        let failed = |source| report::ReportError::Write { action: "write", path: path.clone(), source };
        std::fs::write(&path, chart.png()?).map_err(failed)?;
        written.push(path);
    }
    written.extend(report::write_points(&folder.join("points"), &samples::points(), options)?);
    written.extend(report::write_ladder(&folder.join("ladder"), &samples::ladder(), options)?);
    let empty = results::Summary { scenario: "nothing happened".to_owned(), ..results::Summary::default() };
    written.extend(report::write_run(&folder.join("empty"), &empty, options)?);
    eprintln!("{} files", written.len());
    Ok(())
}
