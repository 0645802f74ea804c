//! The command: arguments, files and the terminal. Nothing else in the library prints, reads the clock or looks at the
//! terminal.
//!
//! Results go to standard output, everything else to standard error. Colour and progress appear only on a terminal.
//! What a command cannot do is a `failure::Failure` with an exit code of [`Exit`]; nothing below exits by itself.

mod arguments;
mod bill;
mod bill_charts;
mod blast;
mod break_even;
mod check;
mod compare;
mod console;
mod exit;
mod failure;
mod find;
mod interrupt;
mod kept;
mod ladder;
mod load;
pub mod manual;
mod output;
mod prices;
mod run;
mod search;
mod sensitivity;
mod simulate;
mod sweep;
mod trace;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

pub use exit::Exit;

use arguments::{Arguments, Command, Format, SchemaFormat};
use console::Console;
use failure::Failure;

/// Runs the command with the arguments of this process.
pub fn main() -> ExitCode {
    exit::explain_panics();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error).into(),
    };
    guarded(|| dispatch(arguments)).into()
}

/// A panic is a mistake of ours; the hook has told what happened.
fn guarded(work: impl FnOnce() -> Exit + std::panic::UnwindSafe) -> Exit {
    std::panic::catch_unwind(work).unwrap_or(Exit::OurMistake)
}

/// The definition of all commands and options, for manuals.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Ends with 2 for wrong usage, and with 0 for `--help` and `--version`, which the parser treats alike.
fn usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() || !asks_for_json(std::env::args()) {
        // A reader that has gone away needs no explanation.
        let _ = error.print();
        return if error.use_stderr() { Exit::BadInput } else { Exit::Fine };
    }
    let text = error.to_string();
    let mut lines = text.trim().lines().filter(|line| !line.is_empty());
    let message = lines.next().unwrap_or_default().trim_start_matches("error: ");
    let failure = lines.fold(Failure::new(Exit::BadInput, "usage", message), |failure, line| failure.hint(line.trim()));
    failure.report(Console::new(Format::Json, true))
}

/// Whether a command line that cannot be parsed asks for JSON.
fn asks_for_json(arguments: impl Iterator<Item = String>) -> bool {
    let mut previous = String::new();
    for argument in arguments {
        if argument == "--format=json" || (previous == "--format" && argument == "json") {
            return true;
        }
        previous = argument;
    }
    false
}

fn dispatch(arguments: Arguments) -> Exit {
    let (result, console) = match arguments.command {
        Command::Run(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (run::run(&options, console), console)
        }
        Command::Compare(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (compare::compare(&options, console), console)
        }
        Command::Sweep(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (sweep::sweep(&options, console), console)
        }
        Command::Blast(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (blast::blast(&options, console), console)
        }
        Command::Sensitivity(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (sensitivity::sensitivity(&options, console), console)
        }
        Command::Find(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (find::find(&options, console), console)
        }
        Command::BreakEven(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (break_even::break_even(&options, console), console)
        }
        Command::Ladder(options) => {
            let console = Console::new(options.output.format, options.output.quiet);
            (ladder::ladder(&options, console), console)
        }
        Command::Check(options) => {
            let console = Console::new(options.format, false);
            (check::check(&options, console), console)
        }
        Command::Trace(options) => {
            let console = Console::new(options.format, false);
            (trace::trace(&options, console), console)
        }
        Command::Bill(options) => (bill::bill(&options), bill::console(&options)),
        Command::Prices(options) => (prices::prices(&options), Console::new(options.format, false)),
        Command::Schema(options) => (schema(options.format), Console::new(Format::Text, false)),
        Command::Completions(options) => (completions(options.shell), Console::new(Format::Text, false)),
    };
    result.unwrap_or_else(|failure| failure.report(console))
}

fn schema(format: SchemaFormat) -> Result<Exit, Failure> {
    let text = match format {
        SchemaFormat::Json => format!("{:#}\n", crate::scenario::schema()),
        SchemaFormat::Markdown => manual::reference(),
    };
    console::result(&text)?;
    Ok(Exit::Fine)
}

fn completions(shell: clap_complete::Shell) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "floodplan", &mut script);
    console::result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}
