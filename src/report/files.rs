//! Puts a report on disk: whole or not at all.
//!
//! All bytes are made first. They are written to a staging folder beside their destination, flushed to the disk, and
//! then renamed into place. If a rename fails, those before it are undone, so that the folder holds either the old
//! report or the new one. Files that are not ours are left alone.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::charts::{self, Chart, comparison_charts, run_charts, sweep_charts, unique_name};
use super::{ReportError, csv_files, json};
use crate::results::{Blast, BreakEven, Comparison, Ladder, Search, Sensitivity, Summary, Sweep};

/// Name of the folder in which files are made, before the number of the process.
const STAGING: &str = ".floodplan-writing-";

/// Which charts to write. They take most of the time and space of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteOptions {
    /// Write `charts/*.svg`.
    pub svg: bool,
    /// Write `charts/*.png`.
    pub png: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { svg: true, png: true }
    }
}

/// A file of a report: where it goes, relative to the output folder, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Path relative to the output folder.
    pub path: PathBuf,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// Writes the report of one run into `out`, which is created if need be. Returns the paths of the files written.
///
/// # Errors
/// [`ReportError`] if the folder cannot be written; what stood there before is then unchanged.
pub fn write_run(out: &Path, summary: &Summary, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    run_files(Path::new(""), summary, options, &mut files)?;
    put_in_place(out, &files)
}

/// Writes a comparison into `out`, and each design's own report into a sub-folder named after it.
///
/// # Errors
/// As for [`write_run`].
pub fn write_comparison(out: &Path, comparison: &Comparison, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    comparison_files(Path::new(""), comparison, options, &mut files)?;
    put_in_place(out, &files)
}

/// Writes `sweep.csv` and the sweep chart into `out`, and each load's comparison into a sub-folder named after it.
///
/// # Errors
/// As for [`write_run`].
pub fn write_sweep(out: &Path, points: &[(String, Comparison)], options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "sweep.csv", csv_files::sweep(points)?);
    push_charts(&mut files, root, &sweep_charts(points), options)?;
    let mut taken = vec!["charts".to_owned()];
    for (load, comparison) in points {
        let folder = PathBuf::from(unique_name(load, &mut taken));
        comparison_files(&folder, comparison, options, &mut files)?;
    }
    put_in_place(out, &files)
}

/// Writes `points.csv`, `sweep.json` and the charts of a sweep into `out`.
///
/// # Errors
/// As for [`write_run`].
pub fn write_points(out: &Path, sweep: &Sweep, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "points.csv", csv_files::points(sweep)?);
    push(&mut files, root, "sweep.json", json::points_json(sweep)?);
    push_charts(&mut files, root, &charts::points_charts(sweep), options)?;
    put_in_place(out, &files)
}

/// Writes `blast.csv`, `blast.json` and the charts of a blast into `out`.
///
/// # Errors
/// As for [`write_run`].
pub fn write_blast(out: &Path, blast: &Blast, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "blast.csv", csv_files::blast(blast)?);
    push(&mut files, root, "blast.json", json::blast_json(blast)?);
    push_charts(&mut files, root, &charts::blast_charts(blast), options)?;
    put_in_place(out, &files)
}

/// Writes `sensitivity.csv`, `sensitivity.json` and the charts of a sensitivity study into `out`.
///
/// # Errors
/// As for [`write_run`].
pub fn write_sensitivity(out: &Path, found: &Sensitivity, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "sensitivity.csv", csv_files::sensitivity(found)?);
    push(&mut files, root, "sensitivity.json", json::sensitivity_json(found)?);
    push_charts(&mut files, root, &charts::sensitivity_charts(found), options)?;
    put_in_place(out, &files)
}

/// Writes `tested.csv`, `find.json` and the charts of a capacity search into `out`.
///
/// # Errors
/// As for [`write_run`].
pub fn write_find(out: &Path, search: &Search, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "tested.csv", csv_files::tested(search)?);
    push(&mut files, root, "find.json", json::find_json(search)?);
    push_charts(&mut files, root, &charts::find_charts(search), options)?;
    put_in_place(out, &files)
}

/// Writes `tested.csv`, `break-even.json` and the chart of a break-even search into `out`.
///
/// # Errors
/// As for [`write_run`].
pub fn write_break_even(out: &Path, found: &BreakEven, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "tested.csv", csv_files::tested_pairs(found)?);
    push(&mut files, root, "break-even.json", json::break_even_json(found)?);
    push_charts(&mut files, root, &[charts::break_even_chart(found)], options)?;
    put_in_place(out, &files)
}

/// Writes `ladder.csv`, `ladder.json` and the chart of a ladder into `out`.
///
/// # Errors
/// As for [`write_run`].
pub fn write_ladder(out: &Path, ladder: &Ladder, options: WriteOptions) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    let root = Path::new("");
    push(&mut files, root, "ladder.csv", csv_files::ladder(ladder)?);
    push(&mut files, root, "ladder.json", json::ladder_json(ladder)?);
    push_charts(&mut files, root, &[charts::ladder_chart(ladder)], options)?;
    put_in_place(out, &files)
}

/// Writes one file, whole or not at all.
///
/// # Errors
/// As for [`write_run`].
pub fn write_text(path: &Path, text: &str) -> Result<(), ReportError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    put_in_place(folder, &[OutputFile { path: name, bytes: text.as_bytes().to_vec() }]).map(|_| ())
}

/// Writes charts into `out` itself.
///
/// # Errors
/// As for [`write_run`].
pub fn write_charts(out: &Path, drawn: &[Chart]) -> Result<Vec<PathBuf>, ReportError> {
    let mut files = Vec::new();
    for chart in drawn {
        push(&mut files, Path::new(""), &format!("{}.svg", chart.name()), chart.svg()?);
        push(&mut files, Path::new(""), &format!("{}.png", chart.name()), chart.png()?);
    }
    put_in_place(out, &files)
}

fn run_files(folder: &Path, summary: &Summary, options: WriteOptions, files: &mut Vec<OutputFile>) -> Result<(), ReportError> {
    push(files, folder, "summary.json", json::summary_json(summary)?);
    push(files, folder, "bill.csv", csv_files::bill(summary)?);
    push(files, folder, "costs.csv", csv_files::costs(summary)?);
    push(files, folder, "journeys.csv", csv_files::journeys(summary)?);
    push(files, folder, "latency.csv", csv_files::latency(summary)?);
    push(files, folder, "timeseries.csv", csv_files::time_series(summary)?);
    push(files, folder, "limits.csv", csv_files::limits(summary)?);
    push(files, folder, "breakdown.csv", csv_files::breakdown(summary)?);
    push_charts(files, folder, &run_charts(summary), options)
}

fn comparison_files(
    folder: &Path,
    comparison: &Comparison,
    options: WriteOptions,
    files: &mut Vec<OutputFile>,
) -> Result<(), ReportError> {
    push(files, folder, "comparison.json", json::comparison_json(comparison)?);
    push(files, folder, "differences.csv", csv_files::differences(comparison)?);
    push(files, folder, "journeys.csv", csv_files::comparison_journeys(comparison)?);
    push(files, folder, "limits.csv", csv_files::comparison_limits(comparison)?);
    push_charts(files, folder, &comparison_charts(comparison), options)?;
    let mut taken = vec!["charts".to_owned()];
    for design in &comparison.designs {
        let sub_folder = folder.join(unique_name(&design.scenario, &mut taken));
        run_files(&sub_folder, design, options, files)?;
    }
    Ok(())
}

fn push(files: &mut Vec<OutputFile>, folder: &Path, name: &str, bytes: impl Into<Vec<u8>>) {
    files.push(OutputFile { path: folder.join(name), bytes: bytes.into() });
}

fn push_charts(files: &mut Vec<OutputFile>, folder: &Path, charts: &[Chart], options: WriteOptions) -> Result<(), ReportError> {
    let folder = folder.join("charts");
    for chart in charts {
        if options.svg {
            push(files, &folder, &format!("{}.svg", chart.name()), chart.svg()?);
        }
        if options.png {
            push(files, &folder, &format!("{}.png", chart.name()), chart.png()?);
        }
    }
    Ok(())
}

/// A folder that is removed, with all it holds, when the writing ends for whatever reason.
struct Staging {
    path: PathBuf,
    /// Set when it holds the only copy of files that could not be put back.
    keep: bool,
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing useful can be done if this fails; the report itself is complete or untouched by now.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn put_in_place(out: &Path, files: &[OutputFile]) -> Result<Vec<PathBuf>, ReportError> {
    let out_existed = out.exists();
    clear_abandoned(out);
    fs::create_dir_all(out).map_err(|source| failed("create", out, source))?;
    let result = stage_and_install(out, files);
    if result.is_err() && !out_existed {
        // Fails, as it should, if someone else has put something there meanwhile.
        let _ = fs::remove_dir(out);
    }
    result
}

/// Removes what writers that were killed have left behind. Whoever may still be at work is left alone.
fn clear_abandoned(out: &Path) {
    let Ok(entries) = fs::read_dir(out) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(STAGING)).and_then(|process| process.parse::<u32>().ok());
        // Only where the system tells which processes there are.
        let ended = |process: u32| Path::new("/proc/self").exists() && !Path::new(&format!("/proc/{process}")).exists();
        if process.is_some_and(ended) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn stage_and_install(out: &Path, files: &[OutputFile]) -> Result<Vec<PathBuf>, ReportError> {
    // Inside the output folder, hence on the same disk, so that a rename is atomic.
    let mut staging = Staging { path: out.join(format!("{STAGING}{}", std::process::id())), keep: false };
    let (fresh, old) = (staging.path.join("new"), staging.path.join("old"));
    for folder in [&fresh, &old] {
        fs::create_dir_all(folder).map_err(|source| failed("create", folder, source))?;
    }
    for file in files {
        write_flushed(&fresh.join(&file.path), &file.bytes)?;
    }
    let mut moves = Moves::default();
    let installed = install(out, &fresh, &old, files, &mut moves);
    if installed.is_err() {
        staging.keep = !moves.undo();
    }
    installed
}

fn write_flushed(path: &Path, bytes: &[u8]) -> Result<(), ReportError> {
    create_parent(path)?;
    let write = || -> std::io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|source| failed("write", path, source))
}

/// Creates the folder a file goes to.
fn create_parent(path: &Path) -> Result<(), ReportError> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(|source| failed("create", parent, source)),
        None => Ok(()),
    }
}

/// The renames done so far, so that they can be taken back.
#[derive(Default)]
struct Moves {
    done: Vec<(PathBuf, PathBuf)>,
    folders: Vec<PathBuf>,
}

impl Moves {
    fn rename(&mut self, from: &Path, to: &Path) -> Result<(), ReportError> {
        fs::rename(from, to).map_err(|source| failed("replace", to, source))?;
        self.done.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    /// Creates a folder and those above it, remembering which are new.
    fn create_folder(&mut self, folder: &Path) -> Result<(), ReportError> {
        let mut missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
        while let Some(path) = missing.pop() {
            fs::create_dir(path).map_err(|source| failed("create", path, source))?;
            self.folders.push(path.to_owned());
        }
        Ok(())
    }

    /// Takes all back, last first. False if a file could not be put back.
    fn undo(&mut self) -> bool {
        let mut complete = true;
        // The first error is what the user gets to read; a failing step back must not keep the others from being tried.
        while let Some((from, to)) = self.done.pop() {
            complete &= fs::rename(to, from).is_ok();
        }
        while let Some(folder) = self.folders.pop() {
            let _ = fs::remove_dir(folder);
        }
        complete
    }
}

fn install(out: &Path, fresh: &Path, old: &Path, files: &[OutputFile], moves: &mut Moves) -> Result<Vec<PathBuf>, ReportError> {
    let mut written = Vec::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for file in files {
        let target = out.join(&file.path);
        if target.is_dir() {
            return Err(ReportError::FolderInTheWay { path: target });
        }
        let folder = target.parent().unwrap_or(out).to_owned();
        moves.create_folder(&folder)?;
        if !folders.contains(&folder) {
            set_aside_stale_charts(out, old, &folder, moves)?;
            folders.push(folder);
        }
        set_aside(out, old, &target, moves)?;
        moves.rename(&fresh.join(&file.path), &target)?;
        written.push(target);
    }
    for folder in &folders {
        flush_folder(folder);
    }
    Ok(written)
}

/// Moves an existing file to the same relative path under `old`.
fn set_aside(out: &Path, old: &Path, target: &Path, moves: &mut Moves) -> Result<(), ReportError> {
    if target.symlink_metadata().is_err() {
        return Ok(());
    }
    let kept = old.join(target.strip_prefix(out).unwrap_or(target));
    create_parent(&kept)?;
    moves.rename(target, &kept)
}

/// Charts of an earlier run must not be taken for this one's: those with our names go, whatever else is there stays.
fn set_aside_stale_charts(out: &Path, old: &Path, folder: &Path, moves: &mut Moves) -> Result<(), ReportError> {
    if folder.file_name().is_none_or(|name| name != "charts") {
        return Ok(());
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(failed("read", folder, source)),
    };
    for entry in entries {
        let path = entry.map_err(|source| failed("read", folder, source))?.path();
        if is_chart(&path) {
            set_aside(out, old, &path, moves)?;
        }
    }
    Ok(())
}

fn is_chart(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("");
    let ours = |name: &str| stem.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
    let image = path.extension().is_some_and(|extension| extension == "svg" || extension == "png");
    image && path.is_file() && charts::NAMES.into_iter().any(ours)
}

/// Makes the renames durable where the system knows how; where it does not, they are still atomic.
fn flush_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        let _ = handle.sync_all();
    }
}

fn failed(action: &'static str, path: &Path, source: std::io::Error) -> ReportError {
    ReportError::Write { action, path: path.to_owned(), source }
}
