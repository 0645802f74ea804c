//! The command `floodplan`; everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    floodplan::cli::main()
}
