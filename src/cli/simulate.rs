//! Runs the engine while showing how far it has come.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::console::Console;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::cancel_on_interrupt;
use crate::engine::{Progress, Run, RunError, assess, run_all};
use crate::scenario::Model;

/// Time between two looks at the progress.
const POLL: Duration = Duration::from_millis(100);

/// Runs all models on `threads` threads (all processors by default), with a progress bar if there is a terminal; finds what the
/// disturbances of their timelines took.
pub fn simulate(models: &[Model], threads: Option<u64>, console: Console) -> Result<Vec<Run>, Failure> {
    let work = |progress: &Progress| {
        let mut runs = run_all(models, progress)?;
        assess(models, &mut runs, progress)?;
        Ok(runs)
    };
    with_progress(threads, console, work)?.map_err(|error: RunError| Failure::from(error))
}

/// Does work that simulates on `threads` threads, with a progress bar if there is a terminal.
pub fn with_progress<T: Send>(
    threads: Option<u64>,
    console: Console,
    work: impl FnOnce(&Progress) -> T + Send,
) -> Result<T, Failure> {
    if let Some(threads) = threads {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads as usize);
        let refused = |error| Failure::new(Exit::BadInput, "threads", format!("cannot start {threads} threads: {error}"));
        pool.build_global().map_err(refused)?;
    }
    let progress = Arc::new(Progress::default());
    cancel_on_interrupt(&progress);
    let (done, finished) = channel::<()>();
    let result = std::thread::scope(|scope| {
        let progress = &progress;
        let worker = scope.spawn(move || {
            // Dropped when the work ends in whatever way, which wakes the one who waits.
            let _done = done;
            work(progress)
        });
        let bar = console.shows_progress().then(Bar::new);
        while finished.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
            if let Some(bar) = &bar {
                bar.update(progress);
            }
        }
        if let Some(bar) = bar {
            bar.clear();
        }
        worker.join()
    });
    // The hook has told what happened.
    result.map_err(|_| Failure { exit: Exit::OurMistake, problems: Vec::new() })
}

/// A bar over virtual time, summed over all replications. How many there will be may change on the way.
struct Bar {
    bar: ProgressBar,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = "{bar:30} {percent:>3} %, {msg}, {elapsed} elapsed, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    fn update(&self, progress: &Progress) {
        let (done, planned) = (progress.done.load(Ordering::Relaxed), progress.planned.load(Ordering::Relaxed));
        let stopping = if progress.cancelled.load(Ordering::Relaxed) { ", stopping" } else { "" };
        self.bar.set_message(format!("{done} of {planned} replications{stopping}"));
        self.bar.set_length(progress.expected.load(Ordering::Relaxed));
        self.bar.set_position(progress.simulated.load(Ordering::Relaxed));
    }

    fn clear(self) {
        self.bar.finish_and_clear();
    }
}
