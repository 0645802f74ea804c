//! What the output of an operator depends on and keeps, judged once from the document.

use super::super::asl::{QueryLanguage, ResultPath, Selection, State, StateKind, Template};
use super::super::integration::Called;
use super::Operator;
use super::evaluate::Kind;

/// Where the content of an output comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It is the raw input.
    Input,
    /// It is the raw input unless that is a text, which is decoded.
    InputOrDecoded,
    /// It is made of the answer, or of the outputs of the children, alone.
    Answer,
    /// It is made of both.
    Both,
}

/// What is known of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    pub origin: Origin,
    /// Whether anything of the input can be in the output.
    pub keeps_input: bool,
    /// Whether anything of the answer, or of the children's outputs, can be in it.
    pub keeps_answer: bool,
}

impl Plan {
    /// Judges an operator of a state; `carried` contents hold variables beside the data.
    pub fn of(state: &State, operator: &Operator, carried: bool) -> Self {
        let plain = !carried && state.query_language == QueryLanguage::JsonPath && state.output.is_none();
        let origin = if plain { origin(state, &operator.kind) } else { Origin::Both };
        let placed = state.result_path != ResultPath::Discard;
        let replaced = state.result_path == ResultPath::default();
        let selected = state.result_selector.as_ref().is_none_or(Template::reads_input);
        let (keeps_input, keeps_answer) = match &operator.kind {
            Kind::Reply(_) => (!replaced, placed && selected),
            Kind::Gather => (!replaced, placed),
            Kind::Caught(catcher) => (state.catch[*catcher].result_path != ResultPath::default(), false),
            Kind::Output if has_fixed_result(state) => (!replaced, false),
            Kind::Request(_) | Kind::Output | Kind::Branches => {
                (state.parameters.as_ref().is_none_or(Template::reads_input), false)
            }
        };
        Self { origin, keeps_input, keeps_answer }
    }
}

/// Whether a state hands on its input as it is, unless it sets variables by rules.
pub fn is_identity(state: &State) -> bool {
    let plain = state.input_path == Selection::default() && state.output_path == Selection::default();
    let shaped = state.parameters.is_some() || state.output.is_some() || state.assign.is_some();
    plain && !shaped && !has_fixed_result(state) && state.result_path == ResultPath::default()
}

fn origin(state: &State, kind: &Kind) -> Origin {
    let whole = state.input_path == Selection::default();
    match kind {
        Kind::Request(called) if whole => match (&state.parameters, called) {
            (None, Called::Function | Called::Other) => Origin::Input,
            (Some(Template::Object(fields)), _) if called.body().is_some_and(|body| is_whole_body(fields, body)) => {
                Origin::InputOrDecoded
            }
            _ => Origin::Both,
        },
        Kind::Reply(_) | Kind::Gather => match &state.result_path {
            ResultPath::Discard if state.result_selector.is_none() && state.output_path == Selection::default() => Origin::Input,
            path if *path == ResultPath::default() => Origin::Answer,
            _ => Origin::Both,
        },
        Kind::Request(_) | Kind::Output | Kind::Branches | Kind::Caught(_) => Origin::Both,
    }
}

/// Whether of a task's parameters only the body is computed, and is the whole input.
fn is_whole_body(fields: &[(String, Template)], body: &str) -> bool {
    let mut bodies = fields.iter().filter(|(name, _)| name == body).map(|(_, template)| template);
    let whole = matches!(bodies.next(), Some(Template::Path(path)) if path.is_whole_input());
    let fixed = fields.iter().all(|(name, template)| name == body || template.fixed().is_some());
    whole && bodies.next().is_none() && fixed
}

fn has_fixed_result(state: &State) -> bool {
    matches!(&state.kind, StateKind::Pass(pass) if pass.result.is_some())
}
