use clap::CommandFactory as _;

use super::arguments::Arguments;
use super::exit::{EXIT_CODES, Exit, bug_report};

#[test]
fn the_command_line_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn every_exit_code_is_documented() {
    let codes = [Exit::Fine, Exit::OurMistake, Exit::BadInput, Exit::ObjectiveMissed, Exit::Stopped, Exit::Interrupted];
    let documented: Vec<u8> =
        EXIT_CODES.lines().skip(1).filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect();
    assert_eq!(documented, codes.map(|code| code as u8));
}

#[test]
fn a_bug_report_names_version_and_place() {
    let text = bug_report("index out of bounds (src/x.rs:7)");
    for part in [env!("CARGO_PKG_VERSION"), "src/x.rs:7", "report it", "not through one of yours"] {
        assert!(text.contains(part), "{text}");
    }
}
