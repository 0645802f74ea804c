//! Broken scenarios and the diagnostics they get: golden texts in `tests/broken`. `UPDATE=1` rewrites them.

use std::path::{Path, PathBuf};

use floodplan::reader::{Diagnostics, Disk};

/// Everything that is wrong with a scenario, as a user sees it.
fn diagnose(path: &Path) -> String {
    let reading = floodplan::scenario::read(path, &Disk, &[]);
    let mut text = reading.diagnostics.render(&reading.sources, false);
    if let Some(model) = &reading.model {
        let mut of_compiling = Diagnostics::new();
        let compiled = floodplan::engine::compile(model, 0, &mut of_compiling);
        assert_eq!(compiled.is_none(), of_compiling.has_errors(), "{}: compiled, or said why not", path.display());
        let mut diagnostics = Diagnostics::new();
        floodplan::engine::validate(model, &mut diagnostics);
        text.push_str(&diagnostics.render(&reading.sources, false));
    }
    text.replace(&format!("{}/", folder().display()), "")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken")
}

#[test]
fn broken_scenarios_get_clear_diagnostics() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder exists")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 30, "only {} broken scenarios", paths.len());
    let mut wrong = Vec::new();
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_string();
        let text = diagnose(path);
        assert!(text.contains("error") || text.contains("warning"), "{name} is not broken:\n{text}");
        let golden = path.with_extension("txt");
        if update {
            std::fs::write(&golden, &text).expect("golden texts can be written");
        } else if std::fs::read_to_string(&golden).unwrap_or_default() != text {
            wrong.push(format!("--- {name}\n{text}"));
        }
    }
    assert!(wrong.is_empty(), "these diagnostics changed (UPDATE=1 accepts them):\n{}", wrong.join("\n"));
}
