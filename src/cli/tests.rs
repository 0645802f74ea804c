use clap::CommandFactory as _;

use super::arguments::{Arguments, Format};
use super::console::Console;
use super::exit::{EXIT_CODES, Exit, bug_report};
use super::failure::Failure;
use super::{asks_for_json, guarded};

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
fn mistakes_of_ours_end_with_1() {
    let console = Console::new(Format::Text, true);
    assert_eq!(Failure::our_mistake("two and two are five").report(console) as u8, 1);
    assert_eq!(guarded(|| panic!("on purpose")) as u8, 1);
    assert_eq!(guarded(|| Exit::ObjectiveMissed) as u8, 3);
}

#[test]
fn json_is_asked_for_in_two_ways() {
    let asks = |line: &str| asks_for_json(line.split(' ').map(str::to_owned));
    assert!(asks("floodplan run --format json --sed 1") && asks("floodplan --format=json"));
    assert!(!asks("floodplan run json --format text") && !asks("floodplan"));
}

#[test]
fn a_bug_report_names_version_and_place() {
    let text = bug_report("index out of bounds (src/x.rs:7)");
    for part in [env!("CARGO_PKG_VERSION"), "src/x.rs:7", "report it", "not through one of yours"] {
        assert!(text.contains(part), "{text}");
    }
}
