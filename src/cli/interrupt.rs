//! Ctrl-C: once to stop in good order, twice to leave at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::console;
use super::exit::Exit;
use crate::engine::Progress;

/// From now on Ctrl-C cancels the run; a second one ends the process.
pub fn cancel_on_interrupt(progress: &Arc<Progress>) {
    let progress = Arc::clone(progress);
    // It fails only where there is a handler already or the system knows no signals; then Ctrl-C ends the process.
    let _ = ctrlc::set_handler(move || {
        if progress.cancelled.swap(true, Ordering::Relaxed) {
            std::process::exit(i32::from(Exit::Interrupted as u8));
        }
        console::note("stopping; press Ctrl-C again to leave at once\n");
    });
}
