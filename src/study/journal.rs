//! What a study has finished, on disk, so that it can go on after an interrupt of any kind.
//!
//! One line of JSON per design and point of a sweep, or per tested value of a search, named by a key over everything that its outcome depends on. A line that is not whole,
//! as after a loss of power, counts as not there.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::results::Outcome;
use crate::scenario::Model;

/// A file of finished outcomes that grows line by line.
#[derive(Debug)]
pub struct Journal<O = Outcome> {
    path: PathBuf,
    file: File,
    known: FxHashMap<String, O>,
}

#[derive(Serialize, Deserialize)]
struct Line<O> {
    key: String,
    outcome: O,
}

impl<O: Serialize + DeserializeOwned> Journal<O> {
    /// Opens the journal at `path`: with what it holds if the study is to be resumed, else empty.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn open(path: &Path, resume: bool) -> io::Result<Self> {
        let mut known = FxHashMap::default();
        let mut lines = String::new();
        if resume && path.exists() {
            for text in std::fs::read_to_string(path)?.lines() {
                if let Ok(Line { key, outcome }) = serde_json::from_str::<Line<O>>(text) {
                    lines.push_str(text);
                    lines.push('\n');
                    known.insert(key, outcome);
                }
            }
        }
        // Written anew, so that a torn line is not continued by the next.
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, lines)?;
        std::fs::rename(&fresh, path)?;
        let file = OpenOptions::new().append(true).open(path)?;
        Ok(Self { path: path.to_owned(), file, known })
    }

    /// The outcome of this key, if it is known.
    pub fn get(&self, key: &str) -> Option<&O> {
        self.known.get(key)
    }

    /// Adds a line.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&mut self, key: &str, outcome: &O) -> io::Result<()> {
        let mut line = serde_json::to_string(&Line { key: key.to_owned(), outcome })?;
        line.push('\n');
        self.file.write_all(line.as_bytes())
    }

    /// Whether nothing has been finished.
    pub fn is_empty(&self) -> bool {
        std::fs::metadata(&self.path).map_or(true, |file| file.len() == 0)
    }

    /// Removes the file: the study is complete, or there is nothing to keep.
    pub fn remove(self) {
        // What stays behind costs space and nothing else.
        let _ = std::fs::remove_file(&self.path);
        let _ = std::fs::remove_file(self.path.with_extension("new"));
    }
}

/// What was written and read again is what an undisturbed study works with, too.
pub(super) fn written_and_read<O: Serialize + DeserializeOwned>(outcome: &O) -> serde_json::Result<O> {
    serde_json::from_str(&serde_json::to_string(outcome)?)
}

/// A name for each model of a point: everything that its outcome depends on. Where designs settle on a common warm-up or number of
/// replications, that is all of them.
pub fn keys(designs: &[Model]) -> Vec<String> {
    let own: Vec<String> = designs.iter().map(digest).collect();
    let common = designs.iter().any(|model| model.study.finds_warm_up || model.study.precision.is_some());
    if common { own.iter().map(|key| format!("{key}|{}", own.join("|"))).collect() } else { own }
}

/// The keys of a model, what they were read into (state machines and traces from other files included), and the version of this
/// program.
fn digest(model: &Model) -> String {
    struct Hashing(Sha256);
    impl std::fmt::Write for Hashing {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0.update(text.as_bytes());
            Ok(())
        }
    }
    let mut hashing = Hashing(Sha256::new());
    let services = model.services.iter().map(|service| &service.config);
    let _ = write!(hashing, "{}|{}|{}|", env!("CARGO_PKG_VERSION"), model.name, model.root.to_json());
    for config in services {
        let _ = write!(hashing, "{config:?}|");
    }
    for workload in &model.workloads {
        let _ = write!(hashing, "{:?}|", workload.recorded);
    }
    let mut text = String::new();
    for byte in hashing.0.finalize() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}
