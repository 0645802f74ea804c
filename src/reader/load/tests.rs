//! Includes, overrides, settings, parameters and defaults, over files in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Document, Setting, load_with, normalise, set_path};
use crate::reader::diagnostics::Diagnostics;
use crate::reader::expression::Parameter;
use crate::reader::sources::Sources;
use crate::reader::tree::parse;
use crate::units::Duration;

fn files(list: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
    list.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect()
}

fn set(list: &[(&str, &str)]) -> Vec<Setting> {
    let setting = |(path, value): &(&str, &str)| Setting { origin: "--set".into(), path: (*path).into(), value: (*value).into() };
    list.iter().map(setting).collect()
}

fn run(list: &[(&str, &str)], settings: &[(&str, &str)]) -> (Option<Document>, String) {
    let (document, sources, diagnostics) = load_with(Path::new("a/main.yaml"), &files(list), &set(settings));
    (document, diagnostics.render(&sources, false))
}

fn good(list: &[(&str, &str)], settings: &[(&str, &str)]) -> Document {
    let (document, messages) = run(list, settings);
    assert_eq!(messages, "");
    document.expect("no messages, so there is a document")
}

const MAIN: &str = "\
include: [../shared/common.yaml, more.yaml]
name: one
study: { duration: 10 min }
parameters: { charge_timeout: 7 s, wait: 2 * charge_timeout }
defaults: { lambda: { runtime: nodejs22.x, memory_size: 512 MB } }
override: { services: { psp: { capacity: 9 } } }
services:
  charge: { type: lambda, memory_size: 1 GB }
";
const COMMON: &str = "\
name: shared
study: { seed: 7, duration: 1 min }
parameters: { charge_timeout: 10 s, other: 3 }
services:
  psp: { type: external, capacity: 4, slow: true }
";
const MORE: &str = "include: ../shared/common.yaml\nservices:\n  pack: { type: lambda }\n";

fn three() -> Vec<(&'static str, &'static str)> {
    vec![("a/main.yaml", MAIN), ("shared/common.yaml", COMMON), ("a/more.yaml", MORE)]
}

#[test]
fn files_merge_and_defaults_fill_in() {
    let document = good(&three(), &[]);
    let expected = serde_json::json!({
        "name": "one",
        "study": { "seed": 7, "duration": "10 min" },
        "services": {
            "psp": { "type": "external", "capacity": 9, "slow": true },
            "pack": { "type": "lambda", "runtime": "nodejs22.x", "memory_size": "512 MB" },
            "charge": { "type": "lambda", "memory_size": "1 GB", "runtime": "nodejs22.x" },
        },
    });
    assert_eq!(document.root.to_json(), expected);
    let value = |name: &str| match document.context.parameters.get(name) {
        Some(Parameter::Known(quantity)) => *quantity,
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(value("wait").to_duration(), Ok(Duration::seconds(14)));
    assert_eq!(value("other").to_count().map(|count| count.0), Ok(3));
}

#[test]
fn settings_come_before_parameters_and_defaults() {
    let settings = [
        ("parameters.charge_timeout", "20 s"),
        ("defaults.lambda.runtime", "python3.13"),
        ("services.psp.capacity", "2"),
        ("services.charge.events.queue.batch_size", "5"),
        ("study.seed", "9"),
    ];
    let document = good(&three(), &settings);
    let json = document.root.to_json();
    assert_eq!(json["services"]["pack"]["runtime"], "python3.13");
    assert_eq!(json["services"]["psp"]["capacity"], 2);
    assert_eq!(json["services"]["charge"]["events"]["queue"]["batch_size"], 5);
    assert_eq!(json["study"]["seed"], 9);
    match document.context.parameters.get("wait") {
        Some(Parameter::Known(quantity)) => {
            assert_eq!(quantity.to_duration(), Ok(Duration::seconds(40)));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn mistakes_between_files_and_in_settings() {
    type Case<'a> = (Vec<(&'a str, &'a str)>, &'a [(&'a str, &'a str)], &'a str);
    let one = |text: &'static str| vec![("a/main.yaml", text)];
    let cases: &[Case] = &[
        (
            vec![
                ("a/main.yaml", "include: [b.yaml]\nservices: { x: { type: sqs } }"),
                ("a/b.yaml", "services: { x: { type: sns } }"),
            ],
            &[],
            "error[duplicate-name]: the service `x` is defined in two files",
        ),
        (
            vec![("a/main.yaml", "include: [b.yaml]"), ("a/b.yaml", "include: [./main.yaml]")],
            &[],
            "error[include]: files include one another in a circle: a/main.yaml -> a/b.yaml -> a/main.yaml",
        ),
        (one("include: [none.yaml, 5]"), &[], "error[include]: there is no file `a/none.yaml`"),
        (vec![], &[], "error[include]: there is no file `a/main.yaml`"),
        (one("- a\n"), &[], "error[wrong-type]: a scenario is a map, found a list"),
        (
            one("services: { charge: { type: sqs } }\noverride: { services: { charg: { a: 1 } } }"),
            &[],
            "error[unknown-reference]: there is no service `charg` to override",
        ),
        (
            one("services: { charge: { type: lambda } }\ndefaults: { lamda: { a: 1 } }"),
            &[],
            "warning[unused]: no service has the type `lamda`, so its defaults are not used",
        ),
        (one("services: { charge: { type: sqs } }"), &[("services.chage.a", "1")], "error[override]: there is no `chage`"),
        (one("parameters: { rate: 5/s }"), &[("parameters.rates", "1/s")], "error[override]: there is no `rates`"),
        (one("a: [1, 2]"), &[("a.2", "1")], "error[override]: there is no element `2` in this list"),
        (one("a: 5"), &[("a.b", "1")], "error[override]: `b` cannot be set within the number 5"),
        (one("a: 5"), &[("a..b", "1")], "error[override]: a part of the path is empty"),
        (one("a: 5"), &[("a", "[1")], "error[syntax]: while parsing a flow sequence, expected ',' or ']'"),
        (one("parameters: { rate: 5/s }"), &[("parameters.rate", "5 parsec")], "error[wrong-unit]: there is no unit `parsec`"),
    ];
    for (list, settings, expected) in cases {
        let (_, messages) = run(list, settings);
        assert_eq!(messages.lines().next(), Some(*expected), "{messages}");
    }
}

#[test]
fn a_setting_is_shown_where_it_was_made() {
    let (_, messages) = run(
        &[("a/main.yaml", "services: { charge: { type: sqs } }\nparameters: { rate: 5/s }")],
        &[("services.chage.timeout", "1 s"), ("parameters.rate", "5 parsec")],
    );
    let expected = "\
error[override]: there is no `chage`
 --> --set:1:10
  |
1 | services.chage.timeout=1 s
  |          ^^^^^
  |
  = hint: did you mean `charge`?

error[wrong-unit]: there is no unit `parsec`
 --> --set:1:19
  |
1 | parameters.rate=5 parsec
  |                   ^^^^^^
  |
  = hint: units are ns, us, ms, s, min, h, d; B, KB, MB, GB, TB; /s, /min, /h; %; USD
";
    assert_eq!(messages, expected);
}

#[test]
fn two_files_are_shown_for_a_name_that_both_define() {
    let list = [
        ("a/main.yaml", "include: [b.yaml]\nservices:\n  x: { type: sqs }\n"),
        ("a/b.yaml", "\u{feff}services: { x: { type: sns } }"),
    ];
    let expected = "\
error[duplicate-name]: the service `x` is defined in two files
 --> a/main.yaml:3:3
  |
3 |   x: { type: sqs }
  |   ^
  |
 ::: a/b.yaml:1:13
  |
1 | services: { x: { type: sns } }
  |             - first defined here
  |
  = hint: to change some of its keys, write them under `override: services: x:`
";
    assert_eq!(run(&list, &[]).1, expected);
}

#[test]
fn a_path_may_quote_keys_with_points() {
    let text = "services: { api: { routes: { POST /v1.0: { target: a } } } }";
    let mut node = parse(text, 0, &mut Diagnostics::new()).expect("it parses");
    let path = r#"services.api.routes."POST /v1.0".target"#;
    assert_eq!(set_path(&mut node, path, "b"), Ok(()));
    assert_eq!(node.to_json()["services"]["api"]["routes"]["POST /v1.0"]["target"], "b");
    let error = set_path(&mut node, "services.app.x", "1").expect_err("there is no such service");
    assert_eq!(error.to_string(), "there is no `app` (did you mean `api`?)");
}

#[test]
fn names_of_assumptions_and_quotas_have_points() {
    let mut node = parse("name: x", 0, &mut Diagnostics::new()).expect("it parses");
    for path in ["assumptions.lambda.keep_alive", "account.quotas.lambda.concurrent_executions", r#"assumptions."a.b""#] {
        assert_eq!(set_path(&mut node, path, "5"), Ok(()));
    }
    let set = node.to_json();
    assert_eq!(set["assumptions"], serde_json::json!({ "lambda.keep_alive": 5, "a.b": 5 }));
    assert_eq!(set["account"]["quotas"]["lambda.concurrent_executions"], 5);
}

#[test]
fn paths_have_one_spelling() {
    for (path, expected) in [("a/./b/../c.yaml", "a/c.yaml"), ("../x/../y", "../y"), ("./a", "a"), ("/a/../../b", "/../b")] {
        assert_eq!(normalise(Path::new(path)), Path::new(expected));
    }
    let mut sources = Sources::new();
    let file = sources.add("a/b/main.yaml", "");
    let span = crate::reader::tree::Span { file, ..Default::default() };
    assert_eq!(super::beside(&sources, span, "../x.json"), Path::new("a/x.json"));
}
