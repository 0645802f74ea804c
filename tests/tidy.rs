//! The layering and habits that ARCHITECTURE.md promises, checked over the sources as text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Module to the modules of ours that it may use (besides itself).
const LAYERS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("maths", &[]),
    ("pricing", &[]),
    ("results", &[]),
    ("kernel", &["maths"]),
    ("stats", &["maths"]),
    ("reader", &["units"]),
    ("fabric", &["kernel", "reader", "units", "results", "stats"]),
    ("workload", &["fabric", "kernel", "reader", "units", "maths"]),
    ("services", &["fabric", "kernel", "reader", "units", "results", "maths", "workload", "pricing"]),
    ("scenario", &["reader", "kernel", "units", "workload", "services", "fabric", "pricing"]),
    ("engine", &["scenario", "services", "workload", "fabric", "kernel", "reader", "units", "results", "stats", "pricing"]),
    ("study", &["engine", "scenario", "kernel", "results", "stats"]),
    ("billing", &["reader", "units", "pricing", "services"]),
    ("report", &["results", "stats", "units"]),
    (
        "cli",
        &[
            "engine", "scenario", "services", "workload", "fabric", "kernel", "reader", "units", "results", "stats", "pricing",
            "report", "billing", "study",
        ],
    ),
];

fn sources() -> Vec<(PathBuf, String)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in std::fs::read_dir(folder).expect("src can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("sources can be read");
                found.push((path, text));
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found.sort();
    assert!(found.len() > 50, "the sources were not found");
    found
}

/// The path below `src`, with forward slashes.
fn below_src(path: &Path) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    path.strip_prefix(root).expect("a source lies below src").to_string_lossy().replace('\\', "/")
}

fn is_test(path: &str) -> bool {
    let folder = ["/tests/", "/testing/"].iter().any(|folder| path.contains(folder));
    folder || ["tests.rs", "testing.rs", "samples.rs"].iter().any(|file| path.ends_with(file))
}

/// The part of a file before its test module.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

#[test]
fn modules_use_only_the_layers_below_them() {
    let layers: BTreeMap<&str, &[&str]> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = below_src(&path);
        let module = name.split(['/', '.']).next().unwrap_or_default().to_string();
        if is_test(&name) || module == "lib" || module == "main" {
            continue;
        }
        let allowed = layers.get(module.as_str()).unwrap_or_else(|| panic!("module `{module}` has no layer"));
        for (number, line) in product(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for used in code.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                if layers.contains_key(used.as_str()) && used != module && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{name}:{}: `{module}` uses `{used}`", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_do_not_know_one_another() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = below_src(&path);
        let Some(rest) = name.strip_prefix("services/") else { continue };
        let Some((room, _)) = rest.split_once('/') else { continue };
        if is_test(&name) {
            continue;
        }
        for (number, line) in product(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for used in code.split("services::").skip(1) {
                let used: String = used.chars().take_while(|letter| letter.is_lowercase() || *letter == '_').collect();
                let is_room = path
                    .parent()
                    .is_some_and(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services").join(&used).is_dir());
                if !used.is_empty() && used != room && is_room {
                    wrong.push(format!("{name}:{}: room `{room}` knows room `{used}`", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn habits_hold() {
    let banned = [
        ("todo!", "unfinished"),
        ("unimplemented!", "unfinished"),
        ("dbg!", "debugging"),
        ("#[ignore", "a test that does not run"),
        ("HashMap<", "iteration order is random: use IndexMap, BTreeMap or FxHashMap without iterating"),
        ("Rc<RefCell", "parties talk through calls"),
        ("SystemTime", "no wall clock"),
        ("Instant::now", "no wall clock"),
    ];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = below_src(&path);
        let in_cli = name.starts_with("cli/") || name == "main.rs";
        for (number, line) in product(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for (word, why) in banned {
                let allowed =
                    (word == "HashMap<" && code.contains("FxHashMap<")) || (in_cli && word == "Instant::now") || is_test(&name);
                if code.contains(word) && !allowed {
                    wrong.push(format!("{name}:{}: {word} ({why})", number + 1));
                }
            }
            let prints = ["println!", "print!(", "eprintln!", "eprint!("].iter().any(|word| code.contains(word));
            if prints && !in_cli && !is_test(&name) {
                wrong.push(format!("{name}:{}: only the command prints", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Money is whole pico-USD and quantities whole parts of a unit: binary floats appear in pricing and in usage files only where a
/// number leaves for a chart or a statistic, or is a multiple of the load.
#[test]
fn money_is_never_a_binary_float() {
    let leaving = [
        "pub fn to_f64(self) -> f64 {",
        "self.0 as f64 / QUANTITY_ONE as f64",
        "self.numerator as f64 / self.denominator as f64",
    ];
    let (mut wrong, mut allowed) = (Vec::new(), 0);
    for (path, text) in sources() {
        let name = below_src(&path);
        if !(name.starts_with("pricing/") || name.starts_with("billing/")) || is_test(&name) {
            continue;
        }
        for (number, line) in product(&text).lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            if !["f64", "f32"].iter().any(|float| code.contains(float)) {
                continue;
            }
            let money = ["usd", "cost", "price:"].iter().any(|word| code.contains(word));
            if leaving.contains(&code.trim()) || (name == "pricing/load.rs" && !money) {
                allowed += 1;
            } else {
                wrong.push(format!("{name}:{}: {}", number + 1, code.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "binary floats in pricing:\n{}", wrong.join("\n"));
    assert!(allowed >= 6, "only {allowed} floats were looked at");
}

#[test]
fn every_scenario_says_which_question_it_answers() {
    fn walk(folder: &Path, wrong: &mut Vec<String>, seen: &mut usize) {
        for entry in std::fs::read_dir(folder).expect("scenarios can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, wrong, seen);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                let text = std::fs::read_to_string(&path).expect("scenarios can be read");
                let scenario = text.lines().any(|line| line.starts_with("name:"));
                *seen += usize::from(scenario);
                if scenario && !text.starts_with("# Question: ") {
                    wrong.push(path.display().to_string());
                }
            }
        }
    }
    let (mut wrong, mut seen) = (Vec::new(), 0);
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut wrong, &mut seen);
    assert!(wrong.is_empty(), "scenarios that do not begin with `# Question: `: {}", wrong.join(", "));
    assert!(seen >= 4, "only {seen} scenarios were found");
}
