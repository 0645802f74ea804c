//! How the command ends, and what it says when it fails through a mistake of its own.

use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit codes; scripts may rely on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done. A system that turns out unstable is a finding, not a failure.
    Fine = 0,
    /// A mistake of this program: a crash, or results that contradict themselves.
    OurMistake = 1,
    /// The command line, a scenario, or a file or folder that it names cannot be used.
    BadInput = 2,
    /// A scenario (any, when several are compared) misses one of its objectives.
    ObjectiveMissed = 3,
    /// A run was ended by a limit, such as `study.maximum_events`; its results are partial.
    Stopped = 4,
    /// Interrupted from the keyboard; files were written whole or not at all.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Exit codes as `--help` lists them.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0    done (an unstable system included, unless an objective is missed)
  1    a mistake of this program
  2    bad input: command line, scenario, or a file that cannot be read or written
  3    an objective is missed
  4    a run was ended by one of its limits; the results are partial
  130  interrupted";

/// Replaces Rust's words for a panic by ones that tell a user what to do.
pub(super) fn explain_panics() {
    std::panic::set_hook(Box::new(|panic| {
        // Several threads may fail at once; the first one tells it.
        static TOLD: AtomicBool = AtomicBool::new(false);
        if TOLD.swap(true, Ordering::Relaxed) {
            return;
        }
        let what = bug_report(&words(panic));
        let _ = std::io::stderr().write_all(what.as_bytes());
    }));
}

fn words(panic: &PanicHookInfo) -> String {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let message = text.unwrap_or("no message");
    match panic.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message.to_owned(),
    }
}

/// What to tell about a mistake of ours.
pub(super) fn bug_report(what: &str) -> String {
    let address = match env!("CARGO_PKG_REPOSITORY") {
        "" => "to whoever gave you this program".to_owned(),
        address => format!("at {address}"),
    };
    format!(
        "error: floodplan {} has failed through a mistake of its own, not through one of yours\n\
         \x20 what happened: {what}\n\
         \x20 please report it {address}, with these lines, the command and, if you can, the scenario\n",
        env!("CARGO_PKG_VERSION")
    )
}
