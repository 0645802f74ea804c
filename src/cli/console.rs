//! Standard output for results, standard error for the rest.

use std::io::{ErrorKind, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};

use super::arguments::Format;
use super::exit::Exit;
use super::failure::Failure;
use crate::report::Style;

/// How to talk to the user.
#[derive(Clone, Copy, Debug)]
pub struct Console {
    pub format: Format,
    /// Neither progress nor the list of files.
    pub quiet: bool,
}

impl Console {
    pub fn new(format: Format, quiet: bool) -> Self {
        Self { format, quiet }
    }

    /// Whether to show progress.
    pub fn shows_progress(self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }
}

/// Writes a result. A reader that has gone away (`floodplan run x.yaml | head`) is not an error.
pub fn result(text: &str) -> Result<(), Failure> {
    let mut stream = anstream::stdout().lock();
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::BadInput, "output", format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes anything else. If nobody can read it there is nobody to tell.
pub fn note(text: &str) {
    let mut stream = anstream::stderr().lock();
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// The style of results: colour only on a terminal, and not under `NO_COLOR`.
pub fn style() -> Style {
    if AutoStream::choice(&std::io::stdout()) == ColorChoice::Never { Style::Plain } else { Style::Colour }
}

/// Whether messages may carry colour.
pub fn coloured_notes() -> bool {
    AutoStream::choice(&std::io::stderr()) != ColorChoice::Never
}
