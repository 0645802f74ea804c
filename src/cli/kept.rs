//! What a long study keeps on the way, in a hidden file of its output folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::exit::Exit;
use super::failure::Failure;
use crate::engine::RunError;
use crate::study::Journal;

/// A journal in the folder that results go to.
pub struct Kept<O> {
    folder: PathBuf,
    /// Whether the folder was there before.
    existed: bool,
    pub journal: Journal<O>,
}

impl<O: Serialize + DeserializeOwned> Kept<O> {
    /// Opens the journal `name` in a folder, which is created if need be: with what it holds if the study is to be resumed.
    pub fn open(folder: &Path, name: &str, resume: bool) -> Result<Self, Failure> {
        let existed = folder.exists();
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        let journal = Journal::open(&folder.join(name), resume).map_err(|error| unwritable(folder, &error))?;
        Ok(Self { folder: folder.to_owned(), existed, journal })
    }

    /// What to say when the journal cannot be written.
    pub fn unwritable(&self, error: &io::Error) -> Failure {
        unwritable(&self.folder, error)
    }

    /// What to say when there are no results; a journal without anything in it goes away.
    pub fn end(self, error: RunError) -> Failure {
        if matches!(error, RunError::Cancelled) {
            return Failure::interrupted("interrupted: what is finished is kept")
                .hint("the same command with `--resume` simulates only what is missing");
        }
        self.clear();
        error.into()
    }

    /// Removes a journal without anything in it, and the folder if it was made for it.
    pub fn clear(self) {
        if self.journal.is_empty() {
            self.journal.remove();
            if !self.existed {
                // Fails, as it should, if something of the user's is in there.
                let _ = fs::remove_dir(&self.folder);
            }
        }
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot keep finished points in `{}`: {error}", folder.display());
    Failure::new(Exit::BadInput, "output", message).hint("what is finished is kept; go on with `--resume` when there is room")
}
