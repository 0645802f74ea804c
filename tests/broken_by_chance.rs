//! Scenarios of the gallery with tokens deleted, doubled, swapped or replaced: reading them never panics, and ends with a model
//! that compiles or with mistakes that have a place.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use floodplan::engine;
use floodplan::reader::diagnostics::Severity;
use floodplan::reader::{Diagnostics, Disk, FileSystem};
use floodplan::scenario;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// What takes the place of a token.
const WORDS: [&str; 36] = [
    "",
    "0",
    "-1",
    "1e308",
    "99999999999999999999",
    ".nan",
    "-.inf",
    "~",
    "true",
    "5 s",
    "5 MB",
    "5/s",
    "50%",
    "(",
    "[",
    "]",
    "{",
    "}",
    ":",
    ": ",
    "- ",
    ",",
    "#",
    "&a",
    "*a",
    "!tag",
    "\"",
    "'",
    "|",
    ">",
    "\t",
    "\n",
    "...",
    "---",
    "\u{e9}\u{1F300}",
    "<<",
];

/// The disk with other texts for some files.
struct Changed(BTreeMap<PathBuf, String>);

impl FileSystem for Changed {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.0.get(path).cloned().map_or_else(|| Disk.read(path), Ok)
    }
}

/// A scenario and one of the files that it is made of.
struct Case {
    scenario: PathBuf,
    file: PathBuf,
    tokens: Vec<String>,
}

/// Words, runs of spaces and single signs.
fn tokens(text: &str) -> Vec<String> {
    let kind = |sign: char| if sign.is_alphanumeric() || sign == '_' || sign == '.' { 1 } else { usize::from(sign == ' ') * 2 };
    let mut found: Vec<String> = Vec::new();
    let mut previous = 0;
    for sign in text.chars() {
        match found.last_mut() {
            Some(token) if kind(sign) != 0 && kind(sign) == previous => token.push(sign),
            _ => found.push(sign.to_string()),
        }
        previous = kind(sign);
    }
    found
}

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut cases = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).expect("scenarios can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
        files.sort();
        let texts: Vec<(PathBuf, String)> =
            files.into_iter().filter_map(|path| Some((path.clone(), std::fs::read_to_string(path).ok()?))).collect();
        for (scenario, text) in texts.iter().filter(|(_, text)| text.lines().any(|line| line.starts_with("name:"))) {
            for (file, part) in &texts {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                if file == scenario || text.contains(&*name) {
                    cases.push(Case { scenario: scenario.clone(), file: file.clone(), tokens: tokens(part) });
                }
            }
        }
    }
    assert!(cases.len() > 10, "the gallery was not found");
    cases
}

/// One change: what is done, where (as a share of the tokens), and with which word.
type Change = (u8, f64, f64, usize);

fn change(tokens: &mut Vec<String>, (what, at, other, word): Change) {
    if tokens.is_empty() {
        return;
    }
    let place = |share: f64, tokens: &Vec<String>| ((share * tokens.len() as f64) as usize).min(tokens.len() - 1);
    let (at, other) = (place(at, tokens), place(other, tokens));
    match what {
        0 => drop(tokens.remove(at)),
        1 => tokens.insert(at, tokens[at].clone()),
        2 => tokens.swap(at, other),
        3 => WORDS[word % WORDS.len()].clone_into(&mut tokens[at]),
        4 => tokens.truncate(at),
        5 => tokens[at] = tokens[other].clone(),
        _ => tokens.insert(at, WORDS[word % WORDS.len()].to_owned()),
    }
}

/// Every message has a place within the text that it is about.
fn placed(diagnostics: &Diagnostics, sources: &floodplan::reader::Sources) -> Result<(), TestCaseError> {
    for item in diagnostics.sorted() {
        prop_assert!(item.span.line >= 1 && item.span.column >= 1, "without a place: {item:?}");
        let lines = sources.text(item.span.file).split('\n').count();
        prop_assert!(item.span.line as usize <= lines, "line {} of {lines}: {item:?}", item.span.line);
        prop_assert!(!sources.name(item.span.file).is_empty(), "in no file: {item:?}");
        prop_assert!(!item.message.is_empty());
    }
    prop_assert!(!diagnostics.render(sources, true).is_empty() || diagnostics.is_empty());
    Ok(())
}

fn holds(case: &Case, changes: &[Change]) -> Result<bool, TestCaseError> {
    let mut tokens = case.tokens.clone();
    changes.iter().for_each(|one| change(&mut tokens, *one));
    let files = Changed(BTreeMap::from([(case.file.clone(), tokens.concat())]));
    let reading = scenario::read(&case.scenario, &files, &[]);
    placed(&reading.diagnostics, &reading.sources)?;
    let Some(model) = reading.model else {
        prop_assert!(reading.diagnostics.has_errors(), "neither a model nor a mistake");
        return Ok(false);
    };
    prop_assert!(reading.diagnostics.sorted().iter().all(|item| item.severity == Severity::Warning));
    let mut diagnostics = Diagnostics::new();
    let compiled = engine::compile(&model, 0, &mut diagnostics);
    placed(&diagnostics, &reading.sources)?;
    prop_assert_eq!(compiled.is_none(), diagnostics.has_errors(), "compiled, or said why not");
    Ok(compiled.is_some())
}

#[test]
fn a_broken_scenario_is_read_without_a_panic_and_its_mistakes_have_places() {
    let cases = cases();
    let config = Config { cases: 10_000, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::default()));
    let changes = proptest::collection::vec((0..7_u8, 0.0..1.0_f64, 0.0..1.0_f64, 0..WORDS.len()), 1..4);
    let (good, bad) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let result = runner.run(&(0..cases.len(), changes), |(case, changes)| {
        let counter = if holds(&cases[case], &changes)? { &good } else { &bad };
        counter.set(counter.get() + 1);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    // Otherwise the changes would be too harmless, or too harmful, to test much.
    assert!(good.get() > 1_000 && bad.get() > 1_000, "{} good, {} bad", good.get(), bad.get());
}

#[test]
fn a_gallery_without_changes_is_good() {
    for case in cases() {
        assert!(holds(&case, &[]).is_ok_and(|good| good), "{}", case.scenario.display());
    }
}
