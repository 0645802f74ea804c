//! Scenario files and settings from the command line to models that are known to compile.

use std::path::{Path, PathBuf};

use super::arguments::{SettingOptions, StudyOptions};
use super::failure::{Failure, Findings};
use crate::engine;
use crate::reader::diagnostics::Code;
use crate::reader::{Disk, Setting, Span};
use crate::scenario::{Model, read};

/// A scenario that can be run, and the warnings about it.
#[derive(Debug)]
pub struct Design {
    pub model: Model,
    pub findings: Findings,
}

/// What the command line sets, well-formed or not.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    good: Vec<Setting>,
    /// Origin and text of what is no `PATH=VALUE`.
    malformed: Vec<(&'static str, String)>,
}

impl Settings {
    pub fn new(options: &SettingOptions, study: Option<&StudyOptions>) -> Self {
        let mut settings = Self::default();
        for text in &options.set {
            settings.add("--set", text);
        }
        if let Some(study) = study {
            settings.study("--replications", "replications", study.replications.as_ref());
            settings.study("--seed", "seed", study.seed.as_ref());
            settings.study("--duration", "duration", study.duration.as_ref());
        }
        settings
    }

    /// Adds an option that stands for a key of the study.
    pub fn study(&mut self, option: &'static str, key: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.push(option, format!("study.{key}"), value.to_string());
        }
    }

    pub fn push(&mut self, origin: &str, path: String, value: String) {
        self.good.push(Setting { origin: origin.to_owned(), path, value });
    }

    /// Says in messages which scenario a setting could not be made in, where there are several.
    pub fn name_target(&mut self, scenario: &Path) {
        for setting in &mut self.good {
            setting.origin = format!("{} in {}", setting.origin, scenario.display());
        }
    }

    fn add(&mut self, origin: &'static str, text: &str) {
        match split_setting(text) {
            Some((path, value)) => self.push(origin, path.to_owned(), value.to_owned()),
            None => self.malformed.push((origin, text.to_owned())),
        }
    }
}

/// Splits `PATH=VALUE` at the first `=` outside double quotes, since quoted keys may contain it.
pub fn split_setting(text: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let place = text.find(|sign| {
        quoted ^= sign == '"';
        sign == '=' && !quoted
    })?;
    let (path, value) = (text[..place].trim(), &text[place + 1..]);
    (!path.is_empty()).then_some((path, value))
}

/// Reads one scenario and compiles it, so that all its mistakes are known. `Err` holds them.
pub fn load_one(path: &Path, settings: &Settings) -> Result<Design, Findings> {
    let reading = read(path, &Disk, &settings.good);
    let mut findings = Findings { diagnostics: reading.diagnostics, sources: reading.sources };
    for (origin, text) in &settings.malformed {
        let file = findings.sources.add(*origin, text.as_str());
        let span = Span { file, start: 0, end: text.len() as u32, line: 1, column: 1 };
        findings
            .diagnostics
            .error(span, Code::Override, "a setting is written PATH=VALUE")
            .hint("for example `--set services.charge.timeout=\"3 s\"`");
    }
    let Some(model) = reading.model else { return Err(findings) };
    engine::validate(&model, &mut findings.diagnostics);
    if findings.diagnostics.has_errors() { Err(findings) } else { Ok(Design { model, findings }) }
}

/// Reads all scenarios; the failure tells what is wrong with any of them.
pub fn load_all(jobs: &[(&PathBuf, Settings)]) -> Result<Vec<Design>, Failure> {
    let mut designs = Vec::new();
    let mut wrong = Vec::new();
    for (path, settings) in jobs {
        match load_one(path, settings) {
            Ok(design) => designs.push(design),
            Err(findings) => wrong.push(findings),
        }
    }
    if wrong.is_empty() { Ok(designs) } else { Err(Failure::scenarios(wrong)) }
}

/// The warnings of all designs as text, each once; empty if there are none.
pub fn warnings(designs: &[Design], colour: bool) -> String {
    let mut parts: Vec<String> = Vec::new();
    for design in designs {
        for part in design.findings.diagnostics.render_each(&design.findings.sources, colour) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::split_setting;

    #[test]
    fn settings_are_split_at_the_first_equals_sign_outside_quotes() {
        let cases = [
            ("a.b=1", Some(("a.b", "1"))),
            ("a=b=c", Some(("a", "b=c"))),
            ("a=", Some(("a", ""))),
            (r#"api."GET /x=1".target=f"#, Some((r#"api."GET /x=1".target"#, "f"))),
            ("a", None),
            ("=1", None),
            (r#""a=1"#, None),
        ];
        for (text, expected) in cases {
            assert_eq!(split_setting(text), expected, "{text}");
        }
    }
}
