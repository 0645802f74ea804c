//! Where the files of a report go, and whether they can go there.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::console::{self, Console};
use super::exit::Exit;
use super::failure::Failure;
use crate::report::file_name;

/// Where results go unless the user says otherwise.
const ROOT: &str = "output";
/// Longest name of a folder that is made up from names of scenarios.
const NAME_MAX: usize = 80;
/// More files than this are listed by folder.
const FILES_LISTED_MAX: usize = 30;

/// The default folder of a scenario's run: named as the scenario names itself.
pub fn run_folder(name: &str) -> PathBuf {
    Path::new(ROOT).join(file_name(name))
}

/// The default folder of a comparison, or of a sweep over `varied`: the designs' names without their common beginning.
pub fn comparison_folder(designs: &[&str], varied: Option<&str>) -> PathBuf {
    let names: Vec<String> = designs.iter().map(|name| file_name(name)).collect();
    let mut name = "compare".to_owned();
    let common = common_beginning(&names);
    for (index, part) in names.iter().enumerate() {
        let part = if index == 0 { part.as_str() } else { &part[common..] };
        if !part.is_empty() {
            name.push('-');
            name.push_str(part);
        }
    }
    name = name.chars().take(NAME_MAX).collect();
    if let Some(varied) = varied {
        let key: String =
            varied.rsplit('.').next().unwrap_or(varied).chars().filter(|sign| sign.is_alphanumeric() || *sign == '_').collect();
        name = format!("{name}-by-{key}");
    }
    Path::new(ROOT).join(name)
}

/// The default folder of a study over the keys `varied`: a `sweep`, for example.
pub fn study_folder(study: &str, designs: &[&str], varied: &[String]) -> PathBuf {
    let base = named_folder(study, designs);
    let base = base.file_name().unwrap_or_default().to_string_lossy();
    let last = |path: &String| path.rsplit('.').next().unwrap_or(path).to_owned();
    let keys = file_name(&varied.iter().map(last).collect::<Vec<_>>().join("-"));
    Path::new(ROOT).join(format!("{base}-by-{keys}"))
}

/// The default folder of a blast over these designs.
pub fn blast_folder(designs: &[&str]) -> PathBuf {
    named_folder("blast", designs)
}

/// The default folder of a sensitivity study.
pub fn sensitivity_folder(name: &str) -> PathBuf {
    named_folder("sensitivity", &[name])
}

/// The folder of a comparison of these designs, with another word for what was done to them.
fn named_folder(what: &str, designs: &[&str]) -> PathBuf {
    let base = comparison_folder(designs, None);
    Path::new(ROOT).join(base.file_name().unwrap_or_default().to_string_lossy().replacen("compare", what, 1))
}

/// Bytes that all names share at their beginning, up to and including a `-`, `_` or `.`.
fn common_beginning(names: &[String]) -> usize {
    let Some((first, others)) = names.split_first() else { return 0 };
    let shared = |end: &usize| others.iter().all(|other| other.starts_with(&first[..*end]));
    let ends = first.char_indices().filter(|(_, sign)| "-_.".contains(*sign)).map(|(index, sign)| index + sign.len_utf8());
    if others.is_empty() { 0 } else { ends.take_while(shared).last().unwrap_or(0) }
}

/// Checks before a run of minutes that its files can be written, without leaving a trace.
pub fn probe(folder: &Path) -> Result<(), Failure> {
    let refused = |what: String| {
        Failure::new(Exit::BadInput, "output", format!("cannot write to `{}`: {what}", folder.display()))
            .hint("choose another folder with `--out DIR`")
    };
    let mut existing = folder;
    while existing.symlink_metadata().is_err() {
        existing = match existing.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if existing == Path::new(".") {
            break;
        }
    }
    if !existing.is_dir() {
        return Err(refused(format!("`{}` is not a folder", existing.display())));
    }
    let trial = existing.join(format!(".floodplan-probe-{}", std::process::id()));
    fs::create_dir(&trial).map_err(|error| refused(error.to_string()))?;
    fs::remove_dir(&trial).map_err(|error| refused(error.to_string()))
}

/// Tells which files were written: each one, or folders with counts where there are many.
pub fn list(console: Console, files: &[PathBuf]) {
    if console.quiet {
        return;
    }
    let mut text = format!("Wrote {} files:\n", files.len());
    if files.len() <= FILES_LISTED_MAX {
        for file in files {
            let _ = writeln!(text, "  {}", file.display());
        }
    } else {
        let mut folders: Vec<(&Path, usize)> = Vec::new();
        for folder in files.iter().filter_map(|file| file.parent()) {
            match folders.iter_mut().find(|(known, _)| *known == folder) {
                Some((_, count)) => *count += 1,
                None => folders.push((folder, 1)),
            }
        }
        for (folder, count) in folders {
            let _ = writeln!(text, "  {} ({count})", folder.display());
        }
    }
    console::note(&text);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{comparison_folder, probe, run_folder};

    #[test]
    fn folders_are_named_after_scenarios() {
        assert_eq!(run_folder("orders, choreographed"), Path::new("output/orders-choreographed"));
        let cases: [(&[&str], Option<&str>, &str); 5] = [
            (&["M/M/1", "M/M/2"], None, "output/compare-M-M-1-2"),
            (
                &["orders, choreographed", "orders, orchestrated (Express)"],
                None,
                "output/compare-orders-choreographed-orchestrated-Express",
            ),
            (&["one queue"], Some("workload.requests.rate"), "output/compare-one-queue-by-rate"),
            (&["a b c", "a b"], None, "output/compare-a-b-c-b"),
            (&["é 1", "é 2"], Some("x.\"a b\""), "output/compare-é-1-2-by-ab"),
        ];
        for (names, varied, expected) in cases {
            assert_eq!(comparison_folder(names, varied), Path::new(expected));
        }
    }

    #[test]
    fn a_probe_leaves_no_trace_and_finds_a_file_in_the_way() {
        let folder = tempfile::tempdir().unwrap();
        assert!(probe(&folder.path().join("a/b/c")).is_ok());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(probe(&file).is_err() && probe(&file.join("sub")).is_err());
    }
}
