//! The rooms: one folder per service, all of one shape, registered here in one line each.
//!
//! A room knows the fabric and itself. It declares its parties and the operations they take, builds them from its
//! configuration, and brings its price rows. Nothing here names a neighbour: references are resolved by operation.

pub mod api_gateway;
pub mod consumer;
pub mod dynamodb;
pub mod eventbridge;
pub mod external;
pub mod lambda;
pub mod sns;
pub mod sqs;
pub mod step_functions;
#[cfg(test)]
pub mod testing;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::fabric::hand_over::HandOver;
use crate::fabric::poller::Pollers;
use crate::fabric::{About, Builder, CallId, Coming, Context, Declarer, PartyId, Reply, Service};
use crate::reader::{self, Diagnostics, Node};
use crate::workload::Client;

/// What every room offers besides its configuration.
pub trait Room: serde::de::DeserializeOwned + JsonSchema {
    /// Declares the room's parties and the operations they take.
    fn declare(&self, declarer: &mut Declarer);
    /// Builds what was declared. Mistakes go to the builder's diagnostics; every declared party must be built.
    fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)>;
    /// Scalars that the timeline may set, by the names of configuration keys.
    fn settable() -> &'static [&'static str] {
        &[]
    }
}

/// Price tables of what is billed but is no party of a simulation (yet): the folder holds the table only. A room that gets
/// a model moves its line to `rooms!`.
const PRICED: &[(&str, &str)] = &[
    ("appsync", include_str!("appsync/prices.csv")),
    ("aurora_serverless", include_str!("aurora_serverless/prices.csv")),
    ("cloudfront", include_str!("cloudfront/prices.csv")),
    ("cloudwatch", include_str!("cloudwatch/prices.csv")),
    ("cognito", include_str!("cognito/prices.csv")),
    ("data_transfer", include_str!("data_transfer/prices.csv")),
    ("ecr", include_str!("ecr/prices.csv")),
    ("fargate", include_str!("fargate/prices.csv")),
    ("firehose", include_str!("firehose/prices.csv")),
    ("kinesis", include_str!("kinesis/prices.csv")),
    ("kms", include_str!("kms/prices.csv")),
    ("logs", include_str!("logs/prices.csv")),
    ("mq", include_str!("mq/prices.csv")),
    ("msk", include_str!("msk/prices.csv")),
    ("rds_proxy", include_str!("rds_proxy/prices.csv")),
    ("s3", include_str!("s3/prices.csv")),
    ("vpc", include_str!("vpc/prices.csv")),
    ("xray", include_str!("xray/prices.csv")),
];

/// Registers rooms: type name, module, configuration, own parties, price rows.
macro_rules! rooms {
    ($($kind:literal => $module:ident :: $config:ident [$($party:ident),*] $prices:expr;)*) => {
        /// The configuration of a service.
        #[derive(Clone, Debug)]
        pub enum Config {
            $($config(Box<$module::$config>),)*
        }

        /// Type names in alphabetical order of registration.
        pub const TYPES: &[&str] = &[$($kind),*];

        /// Reads the configuration of a service of type `kind`; the outer option says whether the type exists.
        pub fn decode(kind: &str, node: &Node, context: &reader::Context, diagnostics: &mut Diagnostics) -> Option<Option<Config>> {
            match kind {
                $($kind => Some(reader::decode::<$module::$config>(node, context, diagnostics).map(|config| Config::$config(Box::new(config)))),)*
                _ => None,
            }
        }

        /// The JSON schema of each type's configuration.
        pub fn schemas(generator: &mut SchemaGenerator) -> Vec<(&'static str, Schema)> {
            vec![$(($kind, generator.subschema_for::<$module::$config>())),*]
        }

        /// The price tables of all rooms: name and CSV text.
        pub fn prices() -> Vec<(&'static str, &'static str)> {
            let tables: Vec<(&'static str, Option<&'static str>)> = vec![$(($kind, $prices)),*];
            tables.into_iter().filter_map(|(name, text)| Some((name, text?))).chain(PRICED.iter().copied()).collect()
        }

        impl Config {
            /// The type name in scenarios.
            pub fn kind(&self) -> &'static str {
                match self { $(Config::$config(_) => $kind,)* }
            }

            /// Scalars that the timeline may set.
            pub fn settable(&self) -> &'static [&'static str] {
                match self { $(Config::$config(_) => <$module::$config as Room>::settable(),)* }
            }

            /// Declares the service's parties.
            pub fn declare(&self, declarer: &mut Declarer) {
                match self { $(Config::$config(config) => config.declare(declarer),)* }
            }

            /// Builds the service's parties.
            pub fn build(&self, builder: &mut Builder) -> Vec<(PartyId, Party)> {
                match self { $(Config::$config(config) => config.build(builder),)* }
            }
        }

        /// Everything that acts, by static dispatch.
        #[derive(Debug)]
        pub enum Party {
            Client(Box<Client>),
            HandOver(Box<HandOver>),
            Pollers(Box<Pollers>),
            /// Stands where building failed, so that the other mistakes of a scenario can be found too.
            Vacant,
            $($($party(Box<$module::$party>),)*)*
        }

        impl Service for Party {
            fn start(&mut self, context: &mut Context) {
                match self { Party::Vacant => {}, Party::Client(p) => p.start(context), Party::HandOver(p) => p.start(context), Party::Pollers(p) => p.start(context), $($(Party::$party(p) => p.start(context),)*)* }
            }
            fn arrive(&mut self, context: &mut Context, call: CallId) {
                match self { Party::Vacant => {}, Party::Client(p) => p.arrive(context, call), Party::HandOver(p) => p.arrive(context, call), Party::Pollers(p) => p.arrive(context, call), $($(Party::$party(p) => p.arrive(context, call),)*)* }
            }
            fn reply(&mut self, context: &mut Context, token: u32, reply: Reply) {
                match self { Party::Vacant => {}, Party::Client(p) => p.reply(context, token, reply), Party::HandOver(p) => p.reply(context, token, reply), Party::Pollers(p) => p.reply(context, token, reply), $($(Party::$party(p) => p.reply(context, token, reply),)*)* }
            }
            fn timer(&mut self, context: &mut Context, timer: u16, argument: u32) {
                match self { Party::Vacant => {}, Party::Client(p) => p.timer(context, timer, argument), Party::HandOver(p) => p.timer(context, timer, argument), Party::Pollers(p) => p.timer(context, timer, argument), $($(Party::$party(p) => p.timer(context, timer, argument),)*)* }
            }
            fn about(&self, coming: Coming) -> About {
                match self { Party::Vacant => About::NOTHING, Party::Client(p) => p.about(coming), Party::HandOver(p) => p.about(coming), Party::Pollers(p) => p.about(coming), $($(Party::$party(p) => p.about(coming),)*)* }
            }
            fn set(&mut self, context: &mut Context, key: &str, value: f64) {
                match self { Party::Vacant => {}, Party::Client(p) => p.set(context, key, value), Party::HandOver(p) => p.set(context, key, value), Party::Pollers(p) => p.set(context, key, value), $($(Party::$party(p) => p.set(context, key, value),)*)* }
            }
            fn finish(&mut self, context: &mut Context) {
                match self { Party::Vacant => {}, Party::Client(p) => p.finish(context), Party::HandOver(p) => p.finish(context), Party::Pollers(p) => p.finish(context), $($(Party::$party(p) => p.finish(context),)*)* }
            }
        }
    };
}

rooms! {
    "consumer" => consumer::ConsumerConfig [Consumer] None;
    "api_gateway" => api_gateway::ApiGatewayConfig [ApiGateway] Some(include_str!("api_gateway/prices.csv"));
    "dynamodb" => dynamodb::DynamodbConfig [Dynamodb] Some(include_str!("dynamodb/prices.csv"));
    "external" => external::ExternalConfig [External] None;
    "sqs" => sqs::SqsConfig [Queue] Some(include_str!("sqs/prices.csv"));
    "lambda" => lambda::LambdaConfig [Function, Relay] Some(include_str!("lambda/prices.csv"));
    "step_functions" => step_functions::StepFunctionsConfig [StepFunctions] Some(include_str!("step_functions/prices.csv"));
    "eventbridge" => eventbridge::EventBridgeConfig [EventBus] Some(include_str!("eventbridge/prices.csv"));
    "sns" => sns::SnsConfig [Topic] Some(include_str!("sns/prices.csv"));
}

/// Wraps a hand-over as a party.
pub fn hand_over(party: HandOver) -> Party {
    Party::HandOver(Box::new(party))
}

/// Wraps pollers as a party.
pub fn pollers(party: Pollers) -> Party {
    Party::Pollers(Box::new(party))
}
