//! What a route calls, with which payload, and what its answers mean to the client.

use indexmap::IndexSet;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::fabric::content::{MemoId, Projection, fields_of};
use crate::fabric::deadline::Deadlines;
use crate::fabric::steps::{Event, Invocation};
use crate::fabric::{Builder, ContentId, Context, Operation, PartyId};
use crate::kernel::{MILLISECOND, SECOND, Time};
use crate::reader::Code;
use crate::units::Duration;

use super::config::{Protocol, RouteConfig};

/// The shortest integration time-out. Source:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>, read 2026-11-23.
const TIMEOUT_MIN: Time = 50 * MILLISECOND;
/// The longest integration time-out of a REST API in seconds; Regional APIs can have it raised. Source: as above.
const REST_TIMEOUT_SECONDS: f64 = 29.0;
/// The longest integration time-out of an HTTP API, which cannot be raised. Source:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>, read 2026-11-23.
const HTTP_TIMEOUT: Time = 30 * SECOND;

/// What a synchronous route may call, in the order of preference where a service takes several.
const TARGETS: [Operation; 7] = [
    Operation::Invoke,
    Operation::SendMessage,
    Operation::Publish,
    Operation::PutEvents,
    Operation::StartExecution,
    Operation::PutItem,
    Operation::Request,
];

/// What HTTP APIs do not call: their list of integrations with AWS services is fixed. Source:
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html>,
/// read 2026-11-27.
const HTTP_LACKS: [Operation; 2] = [Operation::Publish, Operation::PutItem];

/// A route, ready to be called.
#[derive(Clone, Debug)]
pub(super) struct Integration {
    pub party: PartyId,
    pub operation: Operation,
    /// Index of the deadlines of this time-out.
    pub deadline: u32,
    transform: Option<Transform>,
}

/// How the payload changes on its way.
#[derive(Clone, Debug)]
struct Transform {
    memo: MemoId,
    fields: Option<IndexSet<String>>,
    /// Source and detail type.
    envelope: Option<(String, String)>,
}

impl Integration {
    /// The payload that the target gets.
    pub fn payload(&self, context: &mut Context, content: ContentId) -> ContentId {
        match &self.transform {
            Some(transform) => context.world.contents.project(transform.memo, content, transform),
            None => content,
        }
    }

    /// Whether a function is called.
    pub fn is_function(&self) -> bool {
        matches!(self.operation, Operation::Invoke | Operation::InvokeEvent)
    }
}

impl Projection for Transform {
    fn write<S: Serializer>(&self, value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
        let body = Body { fields: self.fields.as_ref(), given: fields_of(value) };
        match &self.envelope {
            Some((source, detail_type)) => Event { source, detail_type, detail: body }.serialize(serializer),
            None => body.serialize(serializer),
        }
    }
}

/// The fields that are passed on; all of them if none are named.
struct Body<'a> {
    fields: Option<&'a IndexSet<String>>,
    given: &'a Value,
}

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.fields, self.given) {
            (Some(names), Value::Object(given)) => {
                serializer.collect_map(names.iter().filter_map(|name| Some((name, given.get(name)?))))
            }
            (_, given) => given.serialize(serializer),
        }
    }
}

/// Builds the integration of a route; mistakes go to the builder's diagnostics.
pub(super) fn build(
    builder: &mut Builder,
    protocol: Protocol,
    route: &RouteConfig,
    deadlines: &mut Vec<Deadlines>,
) -> Option<Integration> {
    let timeout = timeout(builder, protocol, route);
    let (party, operation) = target(builder, protocol, route)?;
    let envelope = envelope(builder, route, operation).ok()?;
    if let Some((source, detail_type)) = &envelope {
        builder.emits(party, Some((source, detail_type)));
    }
    let transform = (envelope.is_some() || route.fields.is_some()).then(|| Transform {
        memo: builder.memo(),
        fields: route.fields.as_ref().map(|fields| fields.iter().cloned().collect()),
        envelope,
    });
    let timeout = timeout?;
    let deadline = deadlines.iter().position(|known| known.delay == timeout).unwrap_or_else(|| {
        deadlines.push(Deadlines::new(timeout));
        deadlines.len() - 1
    });
    Some(Integration { party, operation, deadline: deadline as u32, transform })
}

fn timeout(builder: &mut Builder, protocol: Protocol, route: &RouteConfig) -> Option<Time> {
    let longest = match protocol {
        Protocol::Rest => {
            (builder.quota("api_gateway.integration_timeout_seconds", REST_TIMEOUT_SECONDS) * SECOND as f64) as Time
        }
        Protocol::Http => HTTP_TIMEOUT,
    };
    let Some(timeout) = route.timeout else { return Some(longest) };
    if (TIMEOUT_MIN..=longest).contains(&timeout.value.0) {
        return Some(timeout.value.0);
    }
    let message = format!("the time-out of a route is between {} and {}", Duration(TIMEOUT_MIN), Duration(longest));
    let diagnostic = builder.diagnostics.error(timeout.span, Code::OutOfRange, message);
    if protocol == Protocol::Rest {
        diagnostic.hint("for more, raise the quota `api_gateway.integration_timeout_seconds`");
    }
    None
}

fn target(builder: &mut Builder, protocol: Protocol, route: &RouteConfig) -> Option<(PartyId, Operation)> {
    let Some(invocation) = route.invocation else {
        let (party, operation) = builder.target(&route.target, &TARGETS, "the target of a route")?;
        if protocol == Protocol::Http && HTTP_LACKS.contains(&operation) {
            let message = format!("an HTTP API has no direct integration with `{}`", route.target.value);
            builder
                .diagnostics
                .error(route.target.span, Code::Conflict, message)
                .hint("it calls functions, queues, event buses, state machines and HTTP endpoints; use a REST API for topics and tables");
            return None;
        }
        return Some((party, operation));
    };
    match invocation.value {
        Invocation::RequestResponse => {
            let wanted = [Operation::Invoke, Operation::StartSyncExecution];
            builder.target(&route.target, &wanted, "called with `invocation: request_response`")
        }
        Invocation::Event => {
            let wanted = [Operation::InvokeEvent, Operation::StartExecution];
            let found = builder.target(&route.target, &wanted, "called with `invocation: event`")?;
            if protocol == Protocol::Http && found.1 == Operation::InvokeEvent {
                let message = "an HTTP API cannot invoke a function asynchronously";
                builder
                    .diagnostics
                    .error(invocation.span, Code::Conflict, message)
                    .hint("use a REST API, or put a queue, a topic or an event bus in between");
                return None;
            }
            Some(found)
        }
    }
}

/// The envelope that an event bus wants; what only buses read is a mistake elsewhere. Errors have been reported.
fn envelope(builder: &mut Builder, route: &RouteConfig, operation: Operation) -> Result<Option<(String, String)>, ()> {
    if operation == Operation::PutEvents {
        let Some(detail_type) = &route.detail_type else {
            let message = "a route to an event bus needs a `detail_type`";
            builder.error(route.target.span, Code::MissingKey, message);
            return Err(());
        };
        let source = route.source.as_ref().map_or_else(|| builder.name(), |source| source.value.clone());
        return Ok(Some((source, detail_type.value.clone())));
    }
    for (key, given) in [("detail_type", &route.detail_type), ("source", &route.source)] {
        if let Some(given) = given {
            let message = format!("`{key}` is for routes to an event bus, and `{}` is none", route.target.value);
            builder.error(given.span, Code::Conflict, message);
            return Err(());
        }
    }
    Ok(None)
}
