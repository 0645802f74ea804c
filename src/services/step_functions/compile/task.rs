//! Tasks: which service they call, with what, and for how long.

use crate::fabric::call::{NONE, Parameters, PartyId, errors};
use crate::fabric::program::{CallSpec, Op, Size};
use crate::fabric::retry::RetryProfile;
use crate::reader::{Code, Spanned};

use super::super::asl::{self, State, Task};
use super::super::config::{ItemConfig, WorkflowType};
use super::super::host::{PAUSE_COMPLETION, PAUSES};
use super::super::integration::{Called, Integration, entries, envelope};
use super::super::operators::Kind;
use super::{Compiler, seconds};

/// Bytes of an item when the scenario does not say.
const ITEM_BYTES: u64 = 1024;

impl Compiler<'_, '_> {
    pub(super) fn task(&mut self, id: u32, state: &State, task: &Task, first_pause: u32) {
        self.check_integration(state, task);
        let integration = Integration::of(task, state.parameters.as_ref());
        if integration.called == Called::Event && entries(state.parameters.as_ref()).is_some_and(|entries| entries != 1) {
            self.error(
                "Parameters",
                "`putEvents` with one entry is modelled, this task has several",
                "send them in several states",
            );
        }
        let Some((target, operation, called)) = self.called(state, &integration) else {
            self.push(Op::End);
            return;
        };
        let (site, size) = self.item(state, called, target);
        let deadline = self.deadline(task);
        let argument = self.operator(id, Kind::Request(called));
        let result = self.operator(id, Kind::Reply(called));
        let handlers = self.handlers(id, state, first_pause);
        self.made.program.calls.push(CallSpec {
            target,
            operation,
            site,
            argument,
            size,
            deadline,
            deadline_error: errors::STATES_TIMEOUT,
            retry: RetryProfile::NONE,
            handlers,
            result,
        });
        let call = self.made.program.calls.len() as u32 - 1;
        self.push(Op::Call { call });
        self.push(Op::Pause { pause: id * PAUSES + PAUSE_COMPLETION });
        self.leave(state);
        self.catchers(state, handlers);
    }

    /// Integration patterns that are not there, or not in Express workflows.
    fn check_integration(&mut self, state: &State, task: &Task) {
        let pattern = match task.integration() {
            asl::Integration::RequestResponse => None,
            asl::Integration::RunJob => Some("waiting for a job (`.sync`)"),
            asl::Integration::TaskToken => Some("waiting for a task token (`.waitForTaskToken`)"),
            asl::Integration::Activity => Some("an activity"),
        };
        if let Some(pattern) = pattern {
            let name = &state.name;
            let message = match self.config.workflow_type {
                WorkflowType::Standard => format!("state `{name}`: {pattern} is not modelled yet"),
                WorkflowType::Express => format!("state `{name}`: {pattern} does not exist in Express workflows"),
            };
            self.error("Resource", message, "a request and its response are; map the task to an `external` that takes as long");
        }
        if task.heartbeat_seconds.is_some() && pattern.is_none() {
            let span = self.span("HeartbeatSeconds");
            let message = "HeartbeatSeconds has no effect on a task that sends no heartbeats";
            self.builder.diagnostics.warning(span, Code::BadStateMachine, message);
        }
    }

    /// The party that a task calls, and how.
    fn called(&mut self, state: &State, integration: &Integration) -> Option<(PartyId, crate::fabric::Operation, Called)> {
        let config = self.config;
        let names: Vec<&String> = std::iter::once(&state.name).chain(&integration.names).collect();
        let found = names.iter().find_map(|name| config.resources.get_key_value(name.as_str()));
        self.used.offered.extend(integration.names.iter().cloned());
        let Some((key, service)) = found else {
            let resource = integration.names.first().map_or("", String::as_str);
            let shortest = integration.names.iter().min_by_key(|name| name.len()).map_or("", String::as_str);
            let key = if shortest.contains(":states:::") { state.name.as_str() } else { shortest };
            let message = format!("state `{}` calls `{resource}`, which no service is mapped to", state.name);
            self.error("Resource", message, format!("add it under `resources`, as in `resources: {{ \"{key}\": my-service }}`"));
            return None;
        };
        self.used.resources.push(key.clone());
        let (target, operation) = self.builder.target(service, &integration.operations, purpose(integration.called))?;
        if operation == crate::fabric::Operation::PutEvents {
            let event = envelope(state.parameters.as_ref());
            self.builder.emits(target, event.as_ref().map(|(source, detail_type)| (&**source, &**detail_type)));
        }
        // Whatever the resource is, an external gets the task's input and answers with its result.
        let external = operation == crate::fabric::Operation::Request && integration.called != Called::Http;
        Some((target, operation, if external { Called::Other } else { integration.called }))
    }

    /// The call site of an item access, and how many bytes are sent.
    fn item(&mut self, state: &State, called: Called, table: PartyId) -> (u32, Size) {
        if !matches!(called, Called::Read | Called::Write) {
            return (0, Size::Payload);
        }
        let config = self.config;
        let known = config.items.get(&state.name);
        if known.is_some() {
            self.used.items.push(state.name.clone());
        }
        let usual = ItemConfig::default();
        let item = known.unwrap_or(&usual);
        let bytes = item.size.map_or(ITEM_BYTES, |size| size.0).min(u64::from(u32::MAX)) as u32;
        let parameters = Parameters::Item {
            bytes,
            set: self.attributes(table, &item.set),
            all_of: self.attributes(table, &item.all_of),
            pass: 0,
            absent: self.attributes(table, &item.absent),
            consistent: reads_consistently(state),
        };
        (self.builder.site(parameters), Size::Fixed(bytes))
    }

    fn attributes(&mut self, table: PartyId, names: &[Spanned<String>]) -> u64 {
        names.iter().filter_map(|name| self.builder.attribute(table, name)).fold(0, |bits, bit| bits | bit)
    }

    fn deadline(&mut self, task: &Task) -> u32 {
        match task.timeout_seconds.as_ref().map(|template| template.fixed()) {
            None => NONE,
            Some(Some(value)) => self.made.program.deadline(seconds(value.as_f64().unwrap_or(0.0) as u64)),
            Some(None) => {
                self.error("TimeoutSecondsPath", "a computed TimeoutSeconds is not modelled yet", "write the number of seconds");
                NONE
            }
        }
    }
}

fn purpose(called: Called) -> &'static str {
    match called {
        Called::Function | Called::Invoke | Called::InvokeEvent => "invoked",
        Called::Message => "sent messages",
        Called::Topic => "published to",
        Called::Event => "sent events",
        Called::Read => "read",
        Called::Write => "written to",
        Called::Execution | Called::SyncExecution => "started",
        Called::Http | Called::Other => "called by a task",
    }
}

/// `ConsistentRead` of a `GetItem`, where the document says so.
fn reads_consistently(state: &State) -> bool {
    match &state.parameters {
        Some(asl::Template::Literal(value)) => value.get("ConsistentRead") == Some(&serde_json::Value::Bool(true)),
        Some(asl::Template::Object(fields)) => {
            fields.iter().any(|(key, field)| key == "ConsistentRead" && field.fixed() == Some(&serde_json::Value::Bool(true)))
        }
        _ => false,
    }
}
