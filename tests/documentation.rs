//! The documents that are made from the program, and the promises of those that are not. `UPDATE=1` rewrites the former.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use floodplan::cli::manual;
use floodplan::reader::{Diagnostics, Disk, Setting};
use floodplan::services;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn has_extension(name: &str, wanted: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == wanted)
}

/// Holds a document against what the program makes of it now, or rewrites it.
#[track_caller]
fn is_current(path: &str, text: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join(path), text).expect("documents can be written");
        return;
    }
    let written = std::fs::read_to_string(root().join(path)).unwrap_or_default();
    let differs = written.lines().zip(text.lines()).position(|(one, other)| one != other);
    let line = differs.unwrap_or_else(|| written.lines().count().min(text.lines().count()));
    assert!(
        written == text,
        "{path} is out of date from line {}: `UPDATE=1 cargo test --test documentation` rewrites it\nnow: {}",
        line + 1,
        text.lines().nth(line).unwrap_or("(the end)")
    );
}

/// All sources below a folder with their paths, those of tests left out.
fn sources(below: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).expect("sources can be listed").flatten() {
            let path = entry.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                walk(&path, found);
            } else if has_extension(&name, "rs") && !["tests.rs", "testing.rs", "golden_tests.rs"].contains(&name.as_str()) {
                let text = std::fs::read_to_string(&path).expect("sources can be read");
                let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                found.push((path.to_string_lossy().into_owned(), product));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(below), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no sources below {below}");
    found
}

/// What stands in quotes right behind each occurrence of `before`.
fn quoted_after<'a>(text: &'a str, before: &str) -> Vec<&'a str> {
    text.split(before).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next()).collect()
}

#[test]
fn the_reference_is_current() {
    is_current("docs/reference.md", &manual::reference());
}

#[test]
fn the_schema_is_current() {
    is_current("docs/floodplan.schema.json", &format!("{:#}\n", floodplan::scenario::schema()));
}

/// Whether a value fits a schema, by the keywords that the schema of scenarios uses, but for `pattern`: as an editor sees it.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    let Some(rules) = schema.as_object() else { return schema != &Value::Bool(false) };
    rules.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$ref" => {
            let path = rule.as_str().unwrap_or_default().trim_start_matches('#');
            fits(value, root.pointer(path).unwrap_or_else(|| panic!("{path} leads nowhere")), root)
        }
        "type" => match rule {
            Value::Array(kinds) => kinds.iter().any(|kind| is_kind(value, kind)),
            kind => is_kind(value, kind),
        },
        "enum" => rule.as_array().is_some_and(|words| words.contains(value)),
        "const" => rule == value,
        "minimum" => value.as_f64().is_none_or(|number| rule.as_f64().is_some_and(|least| number >= least)),
        "maximum" => value.as_f64().is_none_or(|number| rule.as_f64().is_some_and(|most| number <= most)),
        "required" => value.as_object().is_none_or(|map| {
            rule.as_array().into_iter().flatten().all(|key| map.contains_key(key.as_str().unwrap_or_default()))
        }),
        "properties" => value.as_object().is_none_or(|map| {
            rule.as_object()
                .is_some_and(|known| known.iter().all(|(key, inner)| map.get(key).is_none_or(|found| fits(found, inner, root))))
        }),
        "additionalProperties" => value.as_object().is_none_or(|map| {
            map.iter().all(|(key, found)| {
                rules.get("properties").is_some_and(|known| known.get(key).is_some()) || fits(found, rule, root)
            })
        }),
        "items" => value.as_array().is_none_or(|elements| elements.iter().all(|element| fits(element, rule, root))),
        "allOf" => rule.as_array().is_some_and(|parts| parts.iter().all(|part| fits(value, part, root))),
        "anyOf" => rule.as_array().is_some_and(|parts| parts.iter().any(|part| fits(value, part, root))),
        "oneOf" => rule.as_array().is_some_and(|parts| parts.iter().filter(|part| fits(value, part, root)).count() == 1),
        "if" => !fits(value, rule, root) || rules.get("then").is_none_or(|then| fits(value, then, root)),
        "then" | "$schema" | "$defs" | "title" | "description" | "default" | "format" | "pattern" => true,
        other => panic!("the schema uses `{other}`, which this test does not know"),
    })
}

fn is_kind(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("number") => value.is_number(),
        Some("integer") => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => panic!("unknown type {kind}"),
    }
}

/// A YAML file as JSON.
fn as_json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a file");
    let mut diagnostics = Diagnostics::new();
    floodplan::reader::tree::parse(&text, 0, &mut diagnostics)
        .unwrap_or_else(|| panic!("{} is no YAML", path.display()))
        .to_json()
}

/// What an editor underlines is wrong, and the gallery has nothing that it underlines.
#[test]
fn the_schema_accepts_the_gallery_and_refuses_what_is_misspelt() {
    let schema = floodplan::scenario::schema();
    let mut folders = vec![root().join("scenarios")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("scenarios can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                seen += 1;
                assert!(fits(&as_json(&path), &schema, &schema), "the schema refuses {}", path.display());
            }
        }
    }
    assert!(seen > 20, "only {seen} files were found");
    for name in [
        "unknown-service-key",
        "unknown-top-level-key",
        "unknown-step",
        "unknown-service-type",
        "unknown-runtime",
        "unknown-region",
        "missing-type",
        "wrong-type",
    ] {
        let path = root().join("tests/broken").join(name).with_extension("yaml");
        assert!(!fits(&as_json(&path), &schema, &schema), "the schema accepts {name}");
    }
}

#[test]
fn the_help_of_commands_is_current() {
    is_current("docs/commands.md", &manual::commands());
}

#[test]
fn the_keys_of_usage_files_are_current() {
    is_current("docs/usage.md", &manual::usage_keys());
}

#[test]
fn the_limits_are_current() {
    is_current("docs/limits.md", &limits());
}

#[test]
fn the_diagnostics_are_current() {
    is_current("docs/diagnostics.md", &diagnostics());
}

#[test]
fn every_assumption_quota_and_account_limiter_of_a_room_is_in_the_reference() {
    let reference = manual::reference();
    let (mut missing, mut seen) = (BTreeSet::new(), 0);
    for (path, text) in sources("src/services") {
        for literal in text.split('"').skip(1).step_by(2) {
            let Some((kind, name)) = literal.split_once('.') else { continue };
            let plain = name.chars().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '_');
            if services::TYPES.contains(&kind) && plain && !name.is_empty() && !path.ends_with("services/mod.rs") {
                seen += 1;
                if !reference.contains(&format!("`{literal}")) {
                    missing.insert(literal.to_owned());
                }
            }
        }
    }
    assert!(seen > 60, "only {seen} names were found in the sources");
    assert!(missing.is_empty(), "the specimen in src/cli/manual does not use {missing:?}");
}

#[test]
fn every_metric_of_a_room_is_in_the_reference() {
    let reference = manual::reference();
    let (mut missing, mut seen) = (BTreeSet::new(), 0);
    for (_, text) in sources("src/services").into_iter().chain(sources("src/fabric")) {
        for call in ["builder.counter(", "builder.counter_series(", "builder.level(", "builder.timing(", "self.counter("] {
            for name in quoted_after(&text, call) {
                seen += 1;
                if !reference.contains(&format!("| `{name}` |")) {
                    missing.insert(name.to_owned());
                }
            }
        }
    }
    assert!(seen > 60, "only {seen} metrics were found in the sources");
    assert!(missing.is_empty(), "the specimen in src/cli/manual does not use {missing:?}");
}

/// Every key of the reference that can be left out says what holds without it, and every key says what it means.
#[test]
fn every_key_of_the_reference_is_explained() {
    let reference = manual::reference();
    let mut silent = Vec::new();
    let mut section = "";
    let mut in_keys = false;
    for line in reference.lines() {
        if line.starts_with('#') {
            section = line;
        }
        if line.starts_with("| key |") {
            in_keys = true;
        } else if !line.starts_with('|') {
            in_keys = false;
        } else if in_keys && line.ends_with("|  |") {
            silent.push(format!("{section}: {line}"));
        }
    }
    assert!(silent.is_empty(), "without a meaning:\n{}", silent.join("\n"));
}

/// The paths of a JSON value, with names of the scenario and positions left out.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    const NAMED: [&str; 11] = [
        "journeys",
        "services",
        "bill.services",
        "bill.hops",
        "bill.contexts",
        "bill.marks",
        "journeys.NAME.endings",
        "journeys.NAME.ending_shares",
        "journeys.NAME.milestones",
        "recoveries.damage.endings",
        "recoveries.damage.endings.NAME",
    ];
    match value {
        Value::Object(map) if map.contains_key("mean") && map.len() <= 5 && !map.contains_key("p50") => {
            found.insert(path.to_owned());
        }
        Value::Object(map) => {
            for (key, value) in map {
                let key = if NAMED.contains(&path) { "NAME" } else { key.as_str() };
                let dot = if path.is_empty() { "" } else { "." };
                paths(value, &format!("{path}{dot}{key}"), found);
            }
        }
        Value::Array(elements) => {
            let maps = elements.iter().any(Value::is_object);
            if !maps {
                found.insert(path.to_owned());
            }
            elements.iter().filter(|_| maps).for_each(|element| paths(element, path, found));
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

#[test]
fn the_paths_of_summary_json_are_those_of_the_reference() {
    // A steady state has a warm-up to be found, and a disturbance has none.
    let scenario = |study: &str, timeline: &str| {
        format!(
            "name: paths\nquestion: Which?\nstudy: {{ duration: 60 s, {study}replications: 3, precision: {{ relative: 50%, \
             metrics: journeys.w.milestones.answered.latency_ms.mean }} }}\n\
             services:\n  f: {{ type: lambda, context: c, steps: [ {{ work: 5 ms }}, {{ mark: done }} ] }}\n\
             workload:\n  w: {{ target: f, rate: 5/s, milestones: {{ answered: answered }}, endings: {{ fulfilled: answered }} }}\n\
             objectives: {{ fast: services.f.invocations > 0, steady: services.f.invocations > 0 in 99% of windows of 10 s }}\n\
             {timeline}"
        )
    };
    let mut found = BTreeSet::new();
    for text in [scenario("warm_up: auto, ", ""), scenario("", "timeline: [ { from: 40 s, service: f, slow: 1000 } ]\n")] {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("paths.yaml");
        std::fs::write(&file, text).expect("a file");
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_floodplan"))
            .args(["run", "paths.yaml", "--no-charts", "--quiet", "--format", "json"])
            .current_dir(folder.path())
            .output()
            .expect("a run");
        let summary: Value = serde_json::from_slice(&run.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}", String::from_utf8_lossy(&run.stderr)));
        paths(&summary, "", &mut found);
    }
    found.retain(|path| {
        !path.starts_with("services.NAME.") || ["services.NAME.type", "services.NAME.context"].contains(&path.as_str())
    });
    let told: BTreeSet<String> = manual::SUMMARY.iter().map(|(path, _, _)| (*path).to_owned()).collect();
    assert_eq!(told.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "in the reference but not in the file");
    assert_eq!(found.difference(&told).collect::<Vec<_>>(), Vec::<&String>::new(), "in the file but not in the reference");
}

/// The text of the part of a module's header that begins with `Left out:`.
fn left_out(path: &str) -> String {
    let text = read(path);
    let header: Vec<&str> = text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let Some(start) = header.iter().position(|line| line.starts_with("Left out:")) else {
        panic!("the header of {path} has no paragraph that begins with `Left out:`")
    };
    let paragraph: Vec<&str> = header[start..].iter().copied().take_while(|line| !line.is_empty()).collect();
    // A word that was parted at the end of a line is one word.
    let text = paragraph.join(" ").replace("- of", "-of");
    text.trim_start_matches("Left out:").trim().to_owned()
}

/// One bullet for each part of a list that semicolons part; a sentence that follows stands by itself.
fn bullets(text: &mut String, list: &str) {
    let (parts, rest) = list.split_once(". ").unwrap_or((list.trim_end_matches('.'), ""));
    // Commas may stand inside an entry, so a list that has only them stays whole.
    for part in parts.split("; ") {
        let mut part = part.to_owned();
        if let Some(first) = part.get(..1).map(str::to_uppercase) {
            part.replace_range(..1, &first);
        }
        let _ = writeln!(text, "- {part}.");
    }
    if !rest.is_empty() {
        let _ = write!(text, "\n{rest}\n");
    }
    text.push('\n');
}

fn limits() -> String {
    let mut text = String::from(
        "# Limits\n\n<!-- Made by tests/documentation.rs from the `Left out` paragraphs of the modules; `UPDATE=1` rewrites it. -->\n\n\
         What each model leaves out. A key that a model would ignore is an error, so whatever a scenario can say is modelled; what stands \
         here cannot be said, or happens in AWS without being said.\n\n",
    );
    let mut kinds = services::TYPES.to_vec();
    kinds.sort_unstable();
    for kind in kinds {
        let _ = write!(text, "## `{kind}`\n\n");
        bullets(&mut text, &left_out(&format!("src/services/{kind}/mod.rs")));
    }
    for (title, path) in [
        ("Connections, steps and journeys", "src/fabric/mod.rs"),
        ("Event patterns and filter policies", "src/fabric/pattern/mod.rs"),
        ("Traffic", "src/workload/mod.rs"),
        ("Runs and results", "src/engine/mod.rs"),
        ("The bill", "src/pricing/mod.rs"),
    ] {
        let _ = write!(text, "## {title}\n\n");
        bullets(&mut text, &left_out(path));
    }
    text
}

/// Everything that is wrong with a broken scenario, as the golden text says it, with its name.
fn examples() -> Vec<(String, String)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root().join("tests/broken")).expect("a folder").flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "txt"));
    paths.sort();
    let mut found: Vec<(String, String)> = Vec::new();
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        found.push((name, std::fs::read_to_string(path).expect("a text")));
    }
    let setting = Setting { origin: "--set".into(), path: "services.sever.servers".into(), value: "3".into() };
    let reading = floodplan::scenario::read(&root().join("scenarios/theory/mm1.yaml"), &Disk, &[setting]);
    found.push(("a setting".into(), reading.diagnostics.render(&reading.sources, false)));
    found
}

/// The shortest message with a code among the examples.
fn example(code: &str, examples: &[(String, String)]) -> Option<String> {
    let mut found: Vec<&str> = Vec::new();
    for (_, text) in examples {
        found.extend(text.trim_end().split("\n\n").filter(|message| {
            message.starts_with(&format!("error[{code}]")) || message.starts_with(&format!("warning[{code}]"))
        }));
    }
    // One with a hint shows more of what a message is.
    found.sort_by_key(|message| (!message.contains("= hint"), message.len()));
    found.first().map(|message| (*message).to_owned())
}

fn diagnostics() -> String {
    let examples = examples();
    let mut text = String::from(
        "# Diagnostics\n\n<!-- Made by tests/documentation.rs from the program and tests/broken; `UPDATE=1` rewrites it. -->\n\n\
         All mistakes of a scenario are told at once, each with file, line, column, excerpt and, where there is one, a hint. With \
         `--format json` they are printed as JSON: `{ \"schema\": \"floodplan.diagnostics/1\", \"diagnostics\": [ { \"severity\", \"code\", \
         \"message\", \"place\": { \"file\", \"line\", \"column\", \"start\", \"end\" }, \"hints\", \"labels\" } ] }`. The codes are stable.\n\n",
    );
    for (code, meaning) in manual::codes() {
        let _ = write!(text, "## `{code}`\n\n{meaning}\n\n");
        if let Some(example) = example(code, &examples) {
            let lines: Vec<&str> = example.lines().map(str::trim_end).collect();
            let _ = write!(text, "```text\n{}\n```\n\n", lines.join("\n"));
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Codes without an example of their own among the broken scenarios: they need a million mistakes or another command.
#[test]
fn every_code_about_a_scenario_has_an_example() {
    let examples = examples();
    let bare: Vec<&str> =
        floodplan::reader::Code::ALL.iter().map(|code| code.as_str()).filter(|code| example(code, &examples).is_none()).collect();
    assert_eq!(bare, ["too-many-errors"], "it takes a hundred mistakes");
}

#[test]
fn every_code_that_is_emitted_is_explained_and_the_other_way_round() {
    let explained: BTreeSet<String> = manual::codes().into_iter().map(|(code, _)| code.to_owned()).collect();
    assert_eq!(explained.len(), manual::codes().len(), "a code is explained twice");
    let mut emitted = BTreeSet::new();
    for (path, text) in sources("src") {
        if path.ends_with("cli/failure.rs") || path.contains("/cli/") {
            for before in ["code: ", "Exit::BadInput, ", "Exit::OurMistake, ", "Exit::Interrupted, "] {
                emitted.extend(quoted_after(&text, before).into_iter().map(str::to_owned));
            }
        }
        if path.ends_with("pricing/error.rs") {
            // Mistakes in the tables that the program brings along are mistakes of ours, but for these.
            let user: Vec<&str> = quoted_after(&text, "=> ").into_iter().filter(|code| explained.contains(*code)).collect();
            emitted.extend(user.into_iter().map(str::to_owned));
        }
        for code in floodplan::reader::Code::ALL {
            let name = format!("Code::{code:?}");
            let names = text
                .match_indices(&name)
                .any(|(place, _)| !text[place + name.len()..].starts_with(|next: char| next.is_alphanumeric() || next == '_'));
            if names {
                emitted.insert(code.as_str().to_owned());
            }
        }
    }
    assert_eq!(emitted.difference(&explained).collect::<Vec<_>>(), Vec::<&String>::new(), "emitted but not explained");
    assert_eq!(explained.difference(&emitted).collect::<Vec<_>>(), Vec::<&String>::new(), "explained but never emitted");
}

/// The `floodplan` commands of a document: those of `cargo run ... -- ARGUMENTS` and of `floodplan ARGUMENTS` in code.
fn documented_commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("    ")) {
        let line = line.trim();
        if let Some((_, arguments)) = line.strip_prefix("cargo run ").and_then(|rest| rest.split_once("-- ")) {
            found.push(arguments.to_owned());
        } else if let Some(arguments) = line.strip_prefix("floodplan ") {
            found.push(arguments.to_owned());
        }
    }
    found
}

/// Splits like a shell: at spaces outside quotes, which are taken away.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut quote, mut open) = (vec![String::new()], None, false);
    for sign in line.chars() {
        match sign {
            '"' | '\'' if quote.is_none() => (quote, open) = (Some(sign), true),
            _ if quote == Some(sign) => quote = None,
            ' ' if quote.is_none() => {
                if open {
                    words.push(String::new());
                }
                open = false;
            }
            _ => {
                open = true;
                if let Some(last) = words.last_mut() {
                    last.push(sign);
                }
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn the_commands_of_the_readme_parse_and_their_scenarios_are_good() {
    let readme = read("README.md");
    let commands = documented_commands(&readme);
    assert!(commands.len() >= 3, "only {} commands in the README", commands.len());
    for line in &commands {
        let arguments = words(line);
        let matches = floodplan::cli::command()
            .try_get_matches_from(std::iter::once("floodplan".to_owned()).chain(arguments.iter().cloned()))
            .unwrap_or_else(|error| panic!("`{line}`: {error}"));
        assert!(matches.subcommand_name().is_some(), "{line}");
        let scenarios: Vec<&String> = arguments.iter().filter(|word| has_extension(word, "yaml")).collect();
        assert!(!scenarios.is_empty(), "`{line}` names no scenario");
        for scenario in scenarios {
            let reading = floodplan::scenario::read(&root().join(scenario), &Disk, &[]);
            assert!(reading.model.is_some(), "{scenario}:\n{}", reading.diagnostics.render(&reading.sources, false));
        }
    }
    assert!(
        read(".ci/run").replace("\\\n", " ").split_whitespace().collect::<Vec<_>>().join(" ").contains(&commands[0]),
        "CI runs the first"
    );
}

#[test]
fn the_table_of_commands_in_the_readme_is_complete() {
    let readme = read("README.md");
    for command in floodplan::cli::command().get_subcommands() {
        let name = command.get_name();
        assert!(readme.contains(&format!("`floodplan {name}")), "the README does not name `floodplan {name}`");
    }
    assert!(floodplan::cli::command().get_subcommands().count() >= 6);
}

/// The blocks of a language in a document.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    text.split(begin.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn the_scenarios_shown_in_documents_are_good() {
    let mut seen = 0;
    for document in ["README.md", "CONTRIBUTING.md"] {
        for text in blocks(&read(document), "yaml") {
            let reading = floodplan::scenario::read_text(text);
            let mut diagnostics = Diagnostics::new();
            let compiled = reading.model.as_ref().and_then(|model| floodplan::engine::compile(model, 0, &mut diagnostics));
            let told = reading.diagnostics.render(&reading.sources, false) + &diagnostics.render(&reading.sources, false);
            assert!(compiled.is_some() && told.is_empty(), "{document}:\n{told}\n{text}");
            seen += 1;
        }
    }
    assert!(seen >= 1, "no example was found");
}

/// Files that documents link to exist.
#[test]
fn links_between_documents_lead_somewhere() {
    let mut documents =
        vec!["README.md".to_owned(), "ARCHITECTURE.md".to_owned(), "CONTRIBUTING.md".to_owned(), "CHANGELOG.md".to_owned()];
    for entry in std::fs::read_dir(root().join("docs")).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if has_extension(&name, "md") {
            documents.push(format!("docs/{name}"));
        }
    }
    let mut broken = Vec::new();
    for document in documents {
        let text = read(&document);
        let anchors: BTreeSet<String> = text.lines().filter(|line| line.starts_with('#')).map(anchor).collect();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let (file, part) = target.split_once('#').unwrap_or((target, ""));
            if file.contains("://") {
                continue;
            }
            let folder = root().join(&document).parent().unwrap_or(root()).to_owned();
            if !file.is_empty() && !folder.join(file).exists() || file.is_empty() && !anchors.contains(part) {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A heading as the address within a page that it gets.
fn anchor(heading: &str) -> String {
    let plain = heading.trim_start_matches('#').trim().to_lowercase();
    plain
        .chars()
        .filter(|sign| sign.is_alphanumeric() || "-_ ".contains(*sign))
        .map(|sign| if sign == ' ' { '-' } else { sign })
        .collect()
}
