//! The command: arguments, files and the terminal. Nothing else in the library prints, reads the clock or looks at the
//! terminal.
//!
//! Results go to standard output, everything else to standard error. Colour and progress appear only on a terminal.
//! What a command cannot do is a `failure::Failure` with an exit code of [`Exit`]; nothing below exits by itself.

mod arguments;
mod check;
mod compare;
mod console;
mod exit;
mod failure;
mod interrupt;
mod load;
mod output;
mod run;
mod simulate;
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
    // Wrong usage ends here with a message and exit code 2, `--help` and `--version` with 0.
    let arguments = Arguments::parse();
    match std::panic::catch_unwind(|| dispatch(arguments)) {
        Ok(exit) => exit.into(),
        // The hook has told what happened.
        Err(_) => Exit::OurMistake.into(),
    }
}

/// The definition of all commands and options, for manuals.
pub fn command() -> clap::Command {
    Arguments::command()
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
        Command::Check(options) => {
            let console = Console::new(options.format, false);
            (check::check(&options, console), console)
        }
        Command::Trace(options) => {
            let console = Console::new(options.format, false);
            (trace::trace(&options, console), console)
        }
        Command::Schema(options) => (schema(options.format), Console::new(Format::Text, false)),
        Command::Completions(options) => (completions(options.shell), Console::new(Format::Text, false)),
    };
    result.unwrap_or_else(|failure| failure.report(console))
}

fn schema(format: SchemaFormat) -> Result<Exit, Failure> {
    let text = match format {
        SchemaFormat::Json => format!("{:#}\n", crate::scenario::schema()),
        SchemaFormat::Markdown => crate::scenario::reference(),
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
