//! What the tests of searches need: a folder with scenarios, the command, and all bytes that it leaves.

#[path = "files.rs"]
mod files;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

pub use files::bytes;

/// A folder with these files.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a scenario");
    }
    folder
}

/// The command with these arguments; results go to `out`.
pub fn command(folder: &Path, out: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_floodplan"));
    command.current_dir(folder).args(arguments).args(["--quiet", "--out", out]);
    command
}

pub fn run(folder: &Path, out: &str, arguments: &[&str]) -> Output {
    command(folder, out, arguments).output().expect("the command runs")
}

pub fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a search answers as JSON, with its exit code.
pub fn answer(folder: &Path, out: &str, arguments: &[&str]) -> (serde_json::Value, Option<i32>) {
    let output = run(folder, out, &[arguments, &["--format", "json", "--no-charts"]].concat());
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", told(&output)));
    (json, output.status.code())
}

/// A search ends with the same bytes on one and on two threads, and after being killed at several moments; `files` are among
/// them.
pub fn ends_with_the_same_bytes(folder: &Path, arguments: &[&str], journal: &str, files: &[&str]) {
    let with = |more: &[&'static str]| [arguments, more].concat();
    let one = run(folder, "one", &with(&["--threads", "1"]));
    assert_eq!(one.status.code(), Some(0), "{}", told(&one));
    let expected = bytes(&folder.join("one"));
    assert_eq!(expected.keys().map(String::as_str).collect::<Vec<_>>(), files);
    let two = run(folder, "two", &with(&["--threads", "2"]));
    assert_eq!(two.status.code(), Some(0), "{}", told(&two));
    assert!(bytes(&folder.join("two")) == expected, "two threads, other bytes");
    assert_eq!(one.stdout, two.stdout);
    let lines = |name: &str| fs::read_to_string(folder.join(name).join(journal)).map_or(0, |text| text.lines().count());
    let mut kept = 0;
    // Stopped shortly after the first value is kept, after some, and so on.
    for (more, milliseconds) in [(1, 0), (1, 11), (2, 3), (3, 23)] {
        let mut child = command(folder, "killed", &with(&["--threads", "2", "--resume"]))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the command starts");
        while lines("killed") < kept + more && child.try_wait().expect("it can be asked").is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
        let _ = child.kill();
        child.wait().expect("it ends");
        let finished = folder.join("killed").join(files[files.len() - 1]).exists();
        assert!(lines("killed") >= kept + more || finished, "what was kept is lost: {} of {kept}", lines("killed"));
        kept = lines("killed");
    }
    println!("{kept} values kept when it was stopped for the last time");
    let finished = run(folder, "killed", &with(&["--threads", "1", "--resume"]));
    assert_eq!(finished.status.code(), Some(0), "{}", told(&finished));
    assert!(bytes(&folder.join("killed")) == expected, "killed and resumed, other bytes");
    // What is resumed is not simulated again: a marked line shows through.
    fs::create_dir_all(folder.join("marked")).expect("a folder");
    let mut child = command(folder, "marked", &with(&["--threads", "2"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    while lines("marked") < 2 {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it ended before it could be stopped");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it can be stopped");
    child.wait().expect("it ends");
    let path = folder.join("marked").join(journal);
    let text = fs::read_to_string(&path).expect("a journal");
    fs::write(&path, text.replacen("\"outcome\":{\"value\":\"", "\"outcome\":{\"value\":\"marked ", 1)).expect("a journal");
    let marked = run(folder, "marked", &with(&["--resume", "--format", "json"]));
    assert!(String::from_utf8_lossy(&marked.stdout).contains("\"value\": \"marked "), "the journal is used");
}
