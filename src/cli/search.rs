//! What `find` and `break-even` have in common: the key that is varied, checks before anything runs, models at a value.

use std::path::PathBuf;

use super::exit::Exit;
use super::failure::{Failure, Problem};
use super::kept::Kept;
use super::load::{Design, Settings, load_one, split_setting};
use crate::reader::{Node, Value, node_at};
use crate::scenario::Model;
use crate::scenario::axis::Range;
use crate::study::SearchError;

/// Where settings of `--vary` are said to come from.
const VARY: &str = "--vary";
/// So many keys below a map are named.
const KEYS_NAMED: usize = 6;

/// The scenarios of a search and the key that is varied in them.
pub struct Varied {
    pub path: String,
    pub range: Range,
    base: Settings,
    scenarios: Vec<PathBuf>,
}

impl Varied {
    /// Reads `PATH=LOW..HIGH`.
    pub fn new(text: &str, base: Settings, scenarios: Vec<PathBuf>) -> Result<Self, Failure> {
        let wrong = |message: String| {
            Failure::new(Exit::BadInput, "usage", message).hint("for example `--vary workload.orders.rate=10/s..2000/s`")
        };
        let Some((path, range)) = split_setting(text) else {
            return Err(wrong(format!("`--vary {text}` is not written PATH=LOW..HIGH")));
        };
        if !range.contains("..") {
            return Err(wrong(format!("`--vary {text}` names no range: a search needs both ends, LOW..HIGH")));
        }
        let range = Range::parse(range).map_err(|error| wrong(format!("`--vary {text}`: {error}")))?;
        if let Some(count) = range.count {
            let message =
                format!("`--vary {text}`: a search chooses its values by itself, so that the count {count} has no meaning");
            return Err(
                Failure::new(Exit::BadInput, "usage", message).hint("write LOW..HIGH, and say how fine with `--resolution`")
            );
        }
        Ok(Self { path: path.to_owned(), range: range.for_search(), base, scenarios })
    }

    /// The designs as their files have them, of which it is known that they can be read with the ends of the range and its
    /// middle; all that is wrong with any of them if not. `demand` adds what else a design lacks.
    pub fn designs(&self, demand: impl Fn(&Model, &str) -> Vec<Problem>) -> Result<Vec<Design>, Failure> {
        let mut problems: Vec<Problem> = Vec::new();
        let mut designs = Vec::new();
        let Range { low, high, .. } = self.range;
        let values = [low, self.range.between(low, high, 0.5, 0), high].map(|number| self.range.text(number));
        for (index, scenario) in self.scenarios.iter().enumerate() {
            match load_one(scenario, &self.settings(index, None)) {
                Ok(design) => {
                    problems.extend(demand(&design.model, &scenario.display().to_string()));
                    // One end that cannot be read is told of once, and not with other values again.
                    let wrong = || values.iter().find_map(|value| self.load(index, value).err());
                    match self.not_a_value(&design.model.root) {
                        Some(problem) => problems.push(problem),
                        None => problems.extend(wrong().into_iter().flat_map(|failure| failure.problems)),
                    }
                    designs.push(design);
                }
                Err(findings) => problems.push(Problem::Scenario(findings)),
            }
        }
        if problems.is_empty() { Ok(designs) } else { Err(Failure { exit: Exit::BadInput, problems }) }
    }

    /// The model of a scenario at a value.
    pub fn load(&self, index: usize, value: &str) -> Result<Model, Failure> {
        let design = load_one(&self.scenarios[index], &self.settings(index, Some(value)));
        design.map(|design| design.model).map_err(|findings| Failure::scenarios(vec![findings]))
    }

    fn settings(&self, index: usize, value: Option<&str>) -> Settings {
        let mut settings = self.base.clone();
        if let Some(value) = value {
            settings.push(VARY, self.path.clone(), value.to_owned());
        }
        if self.scenarios.len() > 1 {
            settings.name_target(&self.scenarios[index]);
        }
        settings
    }

    /// A map or a list cannot take the values of a range.
    fn not_a_value(&self, root: &Node) -> Option<Problem> {
        let node = node_at(root, &self.path)?;
        let mut below = Vec::new();
        leaves(node, &self.path, &mut below);
        let kind = match &node.value {
            Value::Map(_) => "a map",
            Value::Seq(_) => "a list",
            _ => return None,
        };
        let message = format!("`{}` is {kind}, and no single value that could be varied", self.path);
        let more = if below.len() > KEYS_NAMED { ", ..." } else { "" };
        below.truncate(KEYS_NAMED);
        let hints =
            if below.is_empty() { Vec::new() } else { vec![format!("single values below it: {}{more}", below.join(", "))] };
        Some(Problem::Plain { code: "usage", message, hints })
    }
}

/// Paths of the single values below a node.
fn leaves(node: &Node, path: &str, found: &mut Vec<String>) {
    let mut below = |name: String, node: &Node| {
        let name = if name.contains('.') { format!("\"{name}\"") } else { name };
        leaves(node, &format!("{path}.{name}"), found);
    };
    match &node.value {
        Value::Map(entries) => entries.iter().for_each(|(key, value)| below(key.to_string(), value)),
        Value::Seq(elements) => elements.iter().enumerate().for_each(|(index, value)| below(index.to_string(), value)),
        _ => found.push(path.to_owned()),
    }
}

/// Intervals need two replications, and a budget that is no smaller than what the study begins with.
pub fn replications(model: &Model, scenario: &str, budget: u64) -> Vec<Problem> {
    let count = model.study.replications.0;
    let problem = |message: String, hint: &str| Problem::Plain { code: "usage", message, hints: vec![hint.to_owned()] };
    let mut found = Vec::new();
    if count < 2 {
        let message = format!("one replication of `{scenario}` shows no spread, and nothing can be shown by it");
        found.push(problem(message, "give `--replications N` with N of 2 at least"));
    }
    if count > budget {
        let message = format!("`--budget {budget}` is less than the {count} replications that `{scenario}` begins with");
        found.push(problem(message, "give a larger budget, or fewer `--replications`"));
    }
    found
}

/// What to say when a search ends without an answer.
pub fn failure<O: serde::Serialize + serde::de::DeserializeOwned>(error: SearchError<Failure>, kept: Kept<O>) -> Failure {
    match error {
        SearchError::Load(failure) => {
            kept.clear();
            failure
        }
        SearchError::Run(error) => kept.end(error),
        SearchError::Journal(error) => kept.unwritable(&error),
    }
}
