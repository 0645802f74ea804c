//! Ctrl-C: once to stop in good order, twice to leave at once; but never with files half written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::console;
use super::exit::Exit;
use super::failure::Failure;
use crate::engine::Progress;

/// Whether files are being put in place, which takes a moment and is not left half done.
static WRITING: AtomicBool = AtomicBool::new(false);
/// Whether Ctrl-C was pressed since the run began.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C cancels the run; a second one ends the process.
pub fn cancel_on_interrupt(progress: &Arc<Progress>) {
    let progress = Arc::clone(progress);
    // It fails only where there is a handler already or the system knows no signals; then Ctrl-C ends the process.
    let _ = ctrlc::set_handler(move || {
        let again = INTERRUPTED.swap(true, Ordering::SeqCst);
        progress.cancelled.store(true, Ordering::Relaxed);
        if WRITING.load(Ordering::SeqCst) {
            console::note("the files are being written; this ends when they are whole\n");
        } else if again {
            std::process::exit(i32::from(Exit::Interrupted as u8));
        } else {
            console::note("stopping; press Ctrl-C again to leave at once\n");
        }
    });
}

/// Writes files so that no interrupt comes in between: one that came before keeps them from being written, one that comes
/// meanwhile ends the command when they are whole.
pub fn whole<T>(write: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    // A second Ctrl-C that does not see `WRITING` was preceded by a first that is seen here.
    WRITING.store(true, Ordering::SeqCst);
    if INTERRUPTED.load(Ordering::SeqCst) {
        return Err(Failure::interrupted("interrupted: nothing was written"));
    }
    let written = write();
    WRITING.store(false, Ordering::SeqCst);
    if written.is_ok() && INTERRUPTED.load(Ordering::SeqCst) {
        return Err(Failure::interrupted("interrupted: the files are complete, the report was not printed"));
    }
    written
}
